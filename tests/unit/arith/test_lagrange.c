/* SPDX-License-Identifier: Apache-2.0 */
/* lib/arith/lagrange.c against interpolation with rational numbers. */
#include "lib/arith/lagrange.h"

#include <criterion/criterion.h>

/* n! times the rational coefficient. */
static void rational_lagrange(mpq_t out, uint32_t n, const uint32_t *points, size_t count, uint32_t i, uint32_t at)
{
    mpq_t factor;

    mpq_init(factor);
    mpz_set_ui(mpq_numref(out), 1);
    mpz_set_ui(mpq_denref(out), 1);
    for (size_t k = 0; k < count; k++) {
        if (points[k] == i)
            continue;
        mpz_set_si(mpq_numref(factor), (long)at - (long)points[k]);
        mpz_set_si(mpq_denref(factor), (long)i - (long)points[k]);
        mpq_canonicalize(factor);
        mpq_mul(out, out, factor);
    }
    for (uint32_t k = 2; k <= n; k++) {
        mpq_set_ui(factor, k, 1);
        mpq_mul(out, out, factor);
    }
    mpq_clear(factor);
}

static void check_set(uint32_t n, const uint32_t *points, size_t count)
{
    mpz_t lambda;
    mpq_t wanted;

    mpz_init(lambda);
    mpq_init(wanted);
    for (size_t k = 0; k < count; k++)
        for (uint32_t at = 0; at <= n; at++) {
            qs_lagrange(lambda, n, points, count, points[k], at);
            rational_lagrange(wanted, n, points, count, points[k], at);
            cr_expect_eq(mpz_cmp_ui(mpq_denref(wanted), 1), 0);
            cr_expect_eq(mpz_cmp(lambda, mpq_numref(wanted)), 0, "n %u, i %u, at %u", n, points[k], at);
        }
    mpz_clear(lambda);
    mpq_clear(wanted);
}

Test(lagrange, agrees_with_rational_interpolation_for_every_set_of_up_to_eight_points)
{
    for (uint32_t n = 1; n <= 8; n++)
        for (unsigned set = 1; set < 1u << n; set++) {
            uint32_t points[8];
            size_t count = 0;

            for (uint32_t j = 1; j <= n; j++)
                if (set >> (j - 1) & 1)
                    points[count++] = j;
            check_set(n, points, count);
        }
}

Test(lagrange, holds_for_255_points_in_any_order)
{
    uint32_t points[128];
    mpz_t lambda;
    mpz_t sum;
    mpz_t value;

    mpz_inits(lambda, sum, value, NULL);
    for (uint32_t k = 0; k < 128; k++)
        points[k] = 255 - 2 * k;
    for (uint32_t k = 0; k < 128; k++) { /* f(x) = (x + 3)^127 at 0 */
        qs_lagrange(lambda, 255, points, 128, points[k], 0);
        mpz_ui_pow_ui(value, points[k] + 3, 127);
        mpz_addmul(sum, lambda, value);
    }
    qs_factorial(lambda, 255);
    mpz_ui_pow_ui(value, 3, 127);
    mpz_mul(value, value, lambda);
    cr_expect_eq(mpz_cmp(sum, value), 0);
    mpz_clears(lambda, sum, value, NULL);
}
