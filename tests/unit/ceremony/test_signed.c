/* SPDX-License-Identifier: Apache-2.0 */
/* Signed sums of secret integers, against GMP's. */
#include "lib/ceremony/signed.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define LIMBS 9

static void limbs_of(mp_limb_t *out, size_t limbs, const mpz_t value)
{
    memset(out, 0, limbs * sizeof *out);
    mpn_copyi(out, mpz_limbs_read(value), (mp_size_t)mpz_size(value));
}

Test(signed, sums_of_products_are_what_gmp_says)
{
    gmp_randstate_t random;
    mpz_t expected, got, x, factor;

    gmp_randinit_default(random);
    mpz_inits(expected, got, x, factor, NULL);
    for (unsigned round = 0; round < 400; round++) {
        mp_limb_t sum[LIMBS] = {0};
        mp_limb_t value[4];
        uint8_t wire[1 + 8 * LIMBS];

        mpz_set_ui(expected, 0);
        for (unsigned i = 0; i < 5; i++) {
            mpz_rrandomb(x, random, 1 + gmp_urandomm_ui(random, 256));
            mpz_rrandomb(factor, random, 1 + gmp_urandomm_ui(random, 280));
            if (mpz_sgn(factor) == 0)
                mpz_set_ui(factor, 1);
            if (gmp_urandomb_ui(random, 1))
                mpz_neg(factor, factor);
            limbs_of(value, 4, x);
            if (i == 4) {
                qs_signed_add(sum, LIMBS, value, 4, mpz_sgn(factor) < 0);
                mpz_set_si(factor, mpz_sgn(factor));
            } else {
                mp_limb_t *scratch = calloc(qs_signed_scratch(4, factor), sizeof *scratch);

                qs_signed_add_product(sum, LIMBS, value, 4, factor, scratch);
                free(scratch);
            }
            mpz_addmul(expected, x, factor);
        }
        qs_signed_write(wire, sizeof wire, sum, LIMBS);
        cr_expect_eq(qs_signed_read(got, wire, sizeof wire), 0);
        cr_expect_eq(mpz_cmp(got, expected), 0, "round %u", round);
    }
    mpz_clears(expected, got, x, factor, NULL);
    gmp_randclear(random);
}

Test(signed, ends_of_the_range_keep_their_sign)
{
    static const long values[] = {0, 1, -1, 255, -255, 256, -256, 65535, -65535};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        mp_limb_t x[2] = {(mp_limb_t)values[i], values[i] < 0 ? ~(mp_limb_t)0 : 0};
        uint8_t wire[3];
        mpz_t got;

        mpz_init(got);
        qs_signed_write(wire, sizeof wire, x, 2);
        cr_expect_eq(wire[0], values[i] < 0);
        cr_expect_eq(qs_signed_read(got, wire, sizeof wire), 0);
        cr_expect_eq(mpz_cmp_si(got, values[i]), 0, "%ld", values[i]);
        mpz_clear(got);
    }
}

Test(signed, one_integer_has_one_form)
{
    static const uint8_t forms[][3] = {{1, 0, 0}, {2, 0, 1}, {255, 0, 1}, {3, 0, 0}};
    mpz_t got;

    mpz_init(got);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        cr_expect_eq(qs_signed_read(got, forms[i], 3), -1, "%zu", i);
    mpz_clear(got);
}
