/* SPDX-License-Identifier: Apache-2.0 */
/* lib/arith/fixed_base.c against mpz_powm, for every size of group. */
#include "lib/arith/fixed_base.h"

#include "moduli.h"

#define LIMBS_MAX 16

static void check_table(sample *s, const qs_fixed_base *table, const mpz_t base, size_t bits, gmp_randstate_t random)
{
    mp_limb_t exponents[QS_FIXED_GROUP][LIMBS_MAX];
    const mp_limb_t *rows[QS_FIXED_GROUP];
    mp_limb_t *results[QS_FIXED_GROUP];
    mp_limb_t *factors[QS_FIXED_GROUP];
    mp_limb_t *scratch = calloc(qs_fixed_base_scratch(table), sizeof *scratch);
    mpz_t e;
    mpz_t view;
    mpz_t wanted;
    mpz_t value;
    mpz_t factor;

    mpz_inits(e, wanted, value, factor, NULL);
    for (size_t j = 0; j < QS_FIXED_GROUP; j++) {
        rows[j] = exponents[j];
        results[j] = new_element(s);
        factors[j] = new_element(s);
        mpz_urandomm(factor, random, s->modulus);
        set_element(s, factors[j], factor);
    }
    for (size_t count = 1; count <= QS_FIXED_GROUP; count++) {
        memset(exponents, 0, sizeof exponents);
        for (size_t j = 0; j < count; j++) {
            mpz_urandomb(e, random, bits);
            if (j == count - 1 && count > 1)
                mpz_set_ui(e, 0), mpz_setbit(e, bits), mpz_sub_ui(e, e, 1);
            if (j == 3)
                mpz_set_ui(e, 0);
            memcpy(exponents[j], mpz_limbs_read(e), mpz_size(e) * sizeof exponents[0][0]);
        }
        qs_fixed_base_power(table, results, rows, count, scratch);
        for (size_t j = 0; j < count; j++) {
            mpz_powm(wanted, base, mpz_roinit_n(view, exponents[j], LIMBS_MAX), s->modulus);
            qs_ring_leave(s->ring, results[j], results[j], s->scratch);
            value_of(value, s, results[j]);
            cr_expect_eq(mpz_cmp(value, wanted), 0, "%zu bits, %u digits, exponent %zu bits, %zu of %zu",
                         s->ring->bits, s->ring->digits, bits, j, count);
        }
        qs_fixed_base_blind(table, results, (const mp_limb_t *const *)factors, rows, count, scratch);
        for (size_t j = 0; j < count; j++) {
            mpz_powm(wanted, base, mpz_roinit_n(view, exponents[j], LIMBS_MAX), s->modulus);
            value_of(factor, s, factors[j]);
            mpz_mul(wanted, wanted, factor);
            mpz_mod(wanted, wanted, s->modulus);
            value_of(value, s, results[j]);
            cr_expect_eq(mpz_cmp(value, wanted), 0, "blinding: %zu bits, %u digits, exponent %zu bits, %zu of %zu",
                         s->ring->bits, s->ring->digits, bits, j, count);
        }
    }
    for (size_t j = 0; j < QS_FIXED_GROUP; j++) {
        free(results[j]);
        free(factors[j]);
    }
    free(scratch);
    mpz_clears(e, wanted, value, factor, NULL);
}

Test(fixed_base, agrees_with_powm_over_sizes_digits_and_groups, .timeout = 600)
{
    static const size_t cases[][3] = {{12, 1, 6},    {12, 2, 7},   {64, 5, 33},   {100, 3, 64},  {1020, 2, 65},
                                      {2048, 2, 96}, {2048, 1, 8}, {3072, 5, 80}, {2048, 3, 512}, {512, 2, 1024},
                                      {2064, 2, 900}, {2075, 2, 100}, {2076, 2, 70}};
    gmp_randstate_t random;
    mpz_t n;
    mpz_t base;
    sample s;

    gmp_randinit_default(random);
    gmp_randseed_ui(random, 5);
    mpz_inits(n, base, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const quorsum_run run = {.threads = 1 + (unsigned)i % 3};
        qs_fixed_base *table;
        mp_limb_t *x;

        make_modulus(n, cases[i][0], (unsigned)i % SHAPES, random);
        sample_open(&s, n, (unsigned)cases[i][1], 0);
        mpz_urandomm(base, random, s.modulus);
        x = new_element(&s);
        set_element(&s, x, base);
        qs_ring_enter(s.ring, x, x, s.scratch);
        cr_assert_eq(qs_fixed_base_new(&table, s.ring, x, cases[i][2], &run), QUORSUM_OK);
        cr_expect_leq(qs_fixed_base_bytes(table), (size_t)32 << 20);
        check_table(&s, table, base, cases[i][2], random);
        qs_fixed_base_free(table);
        free(x);
        sample_close(&s);
    }
    qs_fixed_base_free(NULL);
    mpz_clears(n, base, NULL);
    gmp_randclear(random);
}

Test(fixed_base, refuses_exponents_without_bits_or_beyond_all_bounds)
{
    mp_limb_t n = 101;
    qs_ring *ring;
    qs_fixed_base *table;

    cr_assert_eq(qs_ring_new(&ring, &n, 1, 1, 0), QUORSUM_OK);
    cr_expect_eq(qs_fixed_base_new(&table, ring, ring->one, 0, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_null(table);
    cr_expect_eq(qs_fixed_base_new(&table, ring, ring->one, (size_t)1 << 40, NULL), QUORSUM_ERR_ARGUMENT);
    qs_ring_free(ring);
}
