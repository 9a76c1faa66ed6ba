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

static void check_count(sample *s, size_t count, size_t gap, unsigned threads, gmp_randstate_t random)
{
    const quorsum_run run = {.threads = threads};
    size_t stride = s->ring->width + gap;
    mp_limb_t *bases = calloc(count * stride + 1, sizeof *bases);
    uint8_t(*exponents)[16] = calloc(count + 1, 16);
    mp_limb_t *r = new_element(s);
    mpz_t base;
    mpz_t e;
    mpz_t wanted;

    mpz_inits(base, e, wanted, NULL);
    mpz_set_ui(wanted, 1);
    make_exponents(exponents, count, random);
    for (size_t i = 0; i < count; i++) {
        make_residue(base, s, EDGES + 1 + (unsigned)i, random);
        set_element(s, bases + i * stride, base);
        mpz_import(e, 16, 1, 1, 1, 0, exponents[i]);
        mpz_powm(base, base, e, s->modulus);
        mpz_mul(wanted, wanted, base);
        mpz_mod(wanted, wanted, s->modulus);
    }
    cr_expect_eq(qs_multiexp_vartime(s->ring, r, bases, stride, (const uint8_t(*)[16])exponents, count, &run),
                 QUORSUM_OK);
    value_of(base, s, r);
    cr_expect_eq(mpz_cmp(base, wanted), 0, "%zu bases, %zu bits, %u digits", count, s->ring->bits, s->ring->digits);
    mpz_clears(base, e, wanted, NULL);
    free(bases);
    free(exponents);
    free(r);
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
