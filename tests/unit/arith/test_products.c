/* SPDX-License-Identifier: Apache-2.0 */
/* qs_products against one mpz_powm for each base. */
#include "lib/arith/products.h"

#include "moduli.h"

typedef struct given { /* bases that are there, handed out on demand */
    const sample *s;
    mp_limb_t *bases;
    unsigned char *asked;
} given;

static void base_at(const void *context, size_t index, mp_limb_t *out)
{
    const given *g = context;

    memcpy(out, g->bases + index * g->s->ring->width, g->s->ring->width * sizeof *out);
    g->asked[index]++;
}

/* The first few: 0, 1, all ones, the top bit. */
static void make_exponents(const qs_exponents *exponents, mp_limb_t *out, size_t count, gmp_randstate_t random)
{
    mpz_t e;

    mpz_init(e);
    memset(out, 0, count * exponents->limbs * sizeof *out);
    for (size_t i = 0; i < count; i++) {
        mpz_set_ui(e, i < 2 ? i : 0);
        if (i == 2 || i == 3)
            mpz_setbit(e, exponents->bits - (i == 3));
        if (i == 2)
            mpz_sub_ui(e, e, 1);
        if (i > 3)
            mpz_urandomb(e, random, exponents->bits);
        mpn_copyi(out + i * exponents->limbs, mpz_limbs_read(e), (mp_size_t)mpz_size(e));
    }
    mpz_clear(e);
}

/* element: Montgomery form; exponents NULL: all are 1. */
static void expect_product(sample *s, mp_limb_t *element, const given *g, const qs_exponents *exponents, size_t count)
{
    mpz_t base, e, wanted;

    mpz_inits(base, wanted, NULL);
    mpz_set_ui(wanted, 1);
    for (size_t i = 0; i < count; i++) {
        value_of(base, s, g->bases + i * s->ring->width);
        if (exponents != NULL)
            mpz_powm(base, base,
                     mpz_roinit_n(e, exponents->value + i * exponents->limbs, (mp_size_t)exponents->limbs), s->modulus);
        mpz_mul(wanted, wanted, base);
        mpz_mod(wanted, wanted, s->modulus);
    }
    qs_ring_leave(s->ring, element, element, s->scratch);
    value_of(base, s, element);
    mpz_mod(wanted, wanted, s->modulus);
    cr_expect_eq(mpz_cmp(base, wanted), 0, "%zu bases, %zu bits, %u digits, exponents of %zu bits", count,
                 s->ring->bits, s->ring->digits, exponents != NULL ? exponents->bits : 0);
    mpz_clears(base, wanted, NULL);
}

static void check(sample *s, size_t count, size_t first_bits, size_t second_bits, unsigned threads,
                  gmp_randstate_t random)
{
    const quorsum_run run = {.threads = threads};
    size_t products = second_bits > 0 ? 2 : 1;
    size_t bits[2] = {first_bits, second_bits};
    size_t width = s->ring->width;
    given g = {s, calloc(count + 1, width * sizeof(mp_limb_t)), calloc(count + 1, 1)};
    qs_bases bases = {count, base_at, &g};
    qs_exponents exponents[2] = {{0}};
    mp_limb_t *limbs[2] = {NULL, NULL};
    mp_limb_t *r = calloc(3, width * sizeof *r);
    mpz_t base;

    mpz_init(base);
    for (size_t i = 0; i < count; i++) {
        make_residue(base, s, i < EDGES && count < 2 * EDGES ? (unsigned)i : EDGES + 1, random);
        set_element(s, g.bases + i * width, base);
    }
    for (size_t p = 0; p < products; p++) {
        exponents[p] = (qs_exponents){NULL, bits[p] / GMP_LIMB_BITS + 1 + p, bits[p]};
        limbs[p] = calloc(count + 1, exponents[p].limbs * sizeof *limbs[p]);
        make_exponents(&exponents[p], limbs[p], count, random);
        exponents[p].value = limbs[p];
    }
    cr_assert_eq(qs_products(s->ring, r, r + 2 * width, &bases, exponents, products, &run), QUORSUM_OK);
    for (size_t p = 0; p < products; p++)
        expect_product(s, r + p * width, &g, &exponents[p], count);
    expect_product(s, r + 2 * width, &g, NULL, count);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(g.asked[i], 1, "base %zu was asked for %u times", i, g.asked[i]);
    mpz_clear(base);
    free(g.bases);
    free(g.asked);
    free(limbs[0]);
    free(limbs[1]);
    free(r);
}

Test(products, agree_with_powm_for_any_number_of_bases, .timeout = 600)
{
    static const size_t counts[] = {0, 1, 5, 6, 7, 12, 47, 48, 49, 54, 100};
    static const size_t shapes[][2] = {{12, 2}, {64, 1}, {100, 3}, {1020, 2}, {2048, 1}, {2048, 2}, {3072, 1}};
    static const size_t bits[][2] = {{1, 0}, {7, 9}, {8, 0}, {17, 290}, {64, 65}, {128, 3}};
    gmp_randstate_t random;
    size_t turn = 0;
    mpz_t n;
    sample s;

    gmp_randinit_default(random);
    gmp_randseed_ui(random, 11);
    mpz_init(n);
    for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
        make_modulus(n, shapes[k][0], (unsigned)k % SHAPES, random);
        sample_open(&s, n, (unsigned)shapes[k][1], 0);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++, turn++) {
            const size_t *b = bits[turn % (sizeof bits / sizeof bits[0])];

            check(&s, counts[i], b[0], b[1], 1 + (unsigned)i % 3, random);
        }
        sample_close(&s);
    }
    mpz_clear(n);
    gmp_randclear(random);
}

Test(products, are_the_same_on_many_threads, .timeout = 600)
{
    gmp_randstate_t random;
    mpz_t n;
    sample s;

    gmp_randinit_default(random);
    mpz_init(n);
    make_modulus(n, 640, 0, random);
    sample_open(&s, n, 1, 0);
    check(&s, 1000, 20, 70, 32, random);
    check(&s, 999, 70, 0, 3, random);
    sample_close(&s);
    mpz_clear(n);
    gmp_randclear(random);
}
