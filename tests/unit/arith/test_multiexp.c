/* SPDX-License-Identifier: Apache-2.0 */
/* qs_multiexp_vartime against one mpz_powm for each base. */
#include "lib/arith/exponent.h"

#include "moduli.h"

static void make_exponents(uint8_t (*exponents)[16], size_t count, gmp_randstate_t random)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < 16; k++)
            exponents[i][k] = (uint8_t)gmp_urandomb_ui(random, 8);
    if (count > 2) {
        memset(exponents[0], 0, 16);
        memset(exponents[1], 0xff, 16);
        memset(exponents[2], 0, 15), exponents[2][15] = 1;
    }
}

/* The k-th of an exponent's rounds. */
static void get_exponent(mpz_t e, const uint8_t exponent[16], unsigned k, unsigned rounds)
{
    mpz_import(e, 16 / rounds, 1, 1, 1, 0, exponent + k * 16 / rounds);
}

static void expect_products(const sample *s, const mp_limb_t *r, const mp_limb_t *bases, size_t stride,
                            const uint8_t (*exponents)[16], unsigned rounds, size_t count)
{
    mpz_t base, e, wanted;

    mpz_inits(base, e, wanted, NULL);
    for (unsigned k = 0; k < rounds; k++) {
        mpz_set_ui(wanted, 1);
        for (size_t i = 0; i < count; i++) {
            value_of(base, s, bases + i * stride);
            get_exponent(e, exponents[i], k, rounds);
            mpz_powm(base, base, e, s->modulus);
            mpz_mul(wanted, wanted, base);
            mpz_mod(wanted, wanted, s->modulus);
        }
        value_of(base, s, r + k * s->ring->width);
        cr_expect_eq(mpz_cmp(base, wanted), 0, "%zu bases, %zu bits, %u digits, round %u of %u", count, s->ring->bits,
                     s->ring->digits, k, rounds);
    }
    mpz_clears(base, e, wanted, NULL);
}

static void check_rounds(sample *s, size_t count, size_t gap, unsigned threads, unsigned rounds, gmp_randstate_t random)
{
    const quorsum_run run = {.threads = threads};
    size_t stride = s->ring->width + gap;
    mp_limb_t *bases = calloc(count * stride + 1, sizeof *bases);
    uint8_t(*exponents)[16] = calloc(count + 1, 16);
    const uint8_t(*given)[16] = (const uint8_t(*)[16])exponents;
    size_t cut = count / 3; /* the terms come in two parts */
    const qs_terms rest = {bases + cut * stride, stride, given + cut, count - cut, NULL};
    const qs_terms terms = {bases, stride, given, cut, &rest};
    mp_limb_t *r = calloc(rounds, s->ring->width * sizeof *r);
    mpz_t base;

    mpz_init(base);
    make_exponents(exponents, count, random);
    for (size_t i = 0; i < count; i++) {
        make_residue(base, s, i < EDGES && count < 2 * EDGES ? (unsigned)i : EDGES + 1, random);
        set_element(s, bases + i * stride, base);
    }
    cr_expect_eq(qs_multiexp_vartime(s->ring, r, &terms, rounds, &run), QUORSUM_OK);
    expect_products(s, r, bases, stride, given, rounds, count);
    mpz_clear(base);
    free(bases);
    free(exponents);
    free(r);
}

static void check_count(sample *s, size_t count, size_t gap, unsigned threads, gmp_randstate_t random)
{
    check_rounds(s, count, gap, threads, 1, random);
}

Test(multiexp, agrees_with_powm_for_any_number_of_bases, .timeout = 600)
{
    static const size_t counts[] = {0, 1, 2, 3, 17, 100, 300};
    static const size_t shapes[][2] = {{12, 2}, {64, 1}, {100, 5}, {1020, 2}, {2048, 1}, {2048, 2}};
    gmp_randstate_t random;
    mpz_t n;
    sample s;

    gmp_randinit_default(random);
    gmp_randseed_ui(random, 9);
    mpz_init(n);
    for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
        make_modulus(n, shapes[k][0], (unsigned)k % SHAPES, random);
        sample_open(&s, n, (unsigned)shapes[k][1], 0);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            check_count(&s, counts[i], i % 3, 1 + (unsigned)i % 3, random);
        sample_close(&s);
    }
    mpz_clear(n);
    gmp_randclear(random);
}

Test(multiexp, cuts_many_bases_into_slices_for_many_threads, .timeout = 600)
{
    gmp_randstate_t random;
    mpz_t n;
    sample s;

    gmp_randinit_default(random);
    mpz_init(n);
    make_modulus(n, 128, 0, random);
    sample_open(&s, n, 2, 0);
    check_count(&s, 5000, 0, 32, random);
    check_count(&s, 4999, 1, 1, random);
    sample_close(&s);
    mpz_clear(n);
    gmp_randclear(random);
}

Test(multiexp, raises_to_several_short_exponents_at_once_whatever_the_tail, .timeout = 600)
{
    gmp_randstate_t random;
    mpz_t n;
    sample s;

    gmp_randinit_default(random);
    gmp_randseed_ui(random, 10);
    mpz_init(n);
    for (unsigned digits = 1; digits <= 4; digits++) {
        make_modulus(n, 250 * digits + 12, digits, random);
        sample_open(&s, n, digits, 0);
        for (size_t count = 0; count <= 17; count++)
            for (unsigned rounds = 1; rounds <= 8; rounds *= 2)
                check_rounds(&s, count, count % 2, 1 + (unsigned)count % 3, rounds, random);
        check_rounds(&s, 900, 3, 2, 8, random);
        check_rounds(&s, 460, 3, 1, 8, random);
        sample_close(&s);
    }
    mpz_clear(n);
    gmp_randclear(random);
}

/* As many as make the sum of the exponents longer than two of them. */
Test(multiexp, takes_all_exponents_of_ones_however_many, .timeout = 600)
{
    const quorsum_run run = {.threads = 2};
    const size_t count = 70000;
    uint8_t(*exponents)[16] = malloc(count * sizeof *exponents);
    qs_terms terms;
    mp_limb_t *bases;
    mp_limb_t *r;
    mpz_t n, wanted, got, e;
    sample s;

    mpz_inits(n, wanted, got, e, NULL);
    mpz_set_ui(n, 3989 * 4001);
    sample_open(&s, n, 2, 0);
    bases = calloc(count, s.ring->width * sizeof *bases);
    r = calloc(8, s.ring->width * sizeof *r);
    memset(exponents, 0xff, count * sizeof *exponents);
    for (size_t i = 0; i < count; i++)
        bases[i * s.ring->width] = 2;
    terms = (qs_terms){bases, s.ring->width, (const uint8_t(*)[16])exponents, count, NULL};
    cr_assert_eq(qs_multiexp_vartime(s.ring, r, &terms, 8, &run), QUORSUM_OK);
    mpz_set_ui(wanted, 2);
    mpz_set_ui(e, count * 0xffff);
    mpz_powm(wanted, wanted, e, s.modulus);
    for (size_t k = 0; k < 8; k++) {
        value_of(got, &s, r + k * s.ring->width);
        cr_expect_eq(mpz_cmp(got, wanted), 0);
    }
    sample_close(&s);
    mpz_clears(n, wanted, got, e, NULL);
    free(bases);
    free(exponents);
    free(r);
}
