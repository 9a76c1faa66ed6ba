/* SPDX-License-Identifier: Apache-2.0 */
/* The sets, by counting, and their weights, by what a replicated sharing is for: sums interpolate. */
#include <criterion/criterion.h>
#include <gmp.h>

#include "lib/arith/lagrange.h"
#include "lib/ceremony/sets.h"

static const struct {
    uint32_t n, t;
    size_t count;
} sizes[] = {{2, 1, 2},   {3, 1, 3},   {3, 2, 3},    {4, 1, 4},    {5, 2, 10},   {5, 4, 5},
             {7, 3, 35},  {9, 4, 126}, {11, 3, 165}, {13, 5, 1287}, {15, 4, 1365}, {15, 14, 15}};

Test(sets, are_all_of_their_size_in_order)
{
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        qs_sets *sets;
        size_t held = 0;

        cr_assert_eq(qs_sets_new(&sets, sizes[k].n, sizes[k].t), QUORSUM_OK);
        cr_assert_eq(sets->count, sizes[k].count);
        for (size_t a = 0; a < sets->count; a++) {
            cr_assert_eq((uint32_t)__builtin_popcount(sets->mask[a]), sets->members - sets->degree);
            cr_assert_eq(sets->mask[a] >> sets->members, 0);
            /* Lexicographic order of ascending members: the lowest member that is in one of the two only is the first's. */
            if (a > 0) {
                unsigned differ = sets->mask[a] ^ sets->mask[a - 1];

                cr_assert(sets->mask[a - 1] & (differ & -differ), "set %zu of (%u,%u)", a, sizes[k].n, sizes[k].t);
            }
        }
        for (uint32_t i = 1; i <= sets->members; i++) {
            for (size_t j = 0; j < sets->own; j++, held++) {
                uint16_t a = sets->mine[(i - 1) * sets->own + j];

                cr_assert(qs_sets_has(sets, a, i));
                cr_assert(j == 0 || a > sets->mine[(i - 1) * sets->own + j - 1]);
            }
        }
        cr_assert_eq(held, sets->count * (sets->members - sets->degree));
        qs_sets_free(sets);
    }
}

Test(sets, weights_are_values_of_a_polynomial_of_the_degree_that_is_n_factorial_at_0)
{
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        qs_sets *sets;
        uint32_t points[QS_MEMBERS_MAX];
        mpz_t sum, lambda, delta;

        cr_assert_eq(qs_sets_new(&sets, sizes[k].n, sizes[k].t), QUORSUM_OK);
        mpz_inits(sum, lambda, delta, NULL);
        qs_factorial(delta, sets->members);
        cr_assert_eq(mpz_cmp_ui(delta, sets->factorial), 0);
        for (uint32_t j = 0; j <= sets->degree; j++)
            points[j] = sets->members - j;
        for (size_t a = 0; a < sets->count; a++) {
            mpz_set_ui(sum, 0);
            for (uint32_t j = 0; j <= sets->degree; j++) {
                int64_t weight = sets->weight[a * sets->members + points[j] - 1];

                cr_assert(qs_sets_has(sets, a, points[j]) || weight == 0);
                qs_lagrange(lambda, sets->members, points, sets->degree + 1, points[j], 0);
                mpz_mul_si(lambda, lambda, weight);
                mpz_add(sum, sum, lambda);
            }
            mpz_mul(lambda, delta, delta); /* n! from the interpolation, n! from the weight */
            cr_assert_eq(mpz_cmp(sum, lambda), 0, "set %zu of (%u,%u)", a, sizes[k].n, sizes[k].t);
        }
        mpz_clears(sum, lambda, delta, NULL);
        qs_sets_free(sets);
    }
}

Test(sets, the_largest_sum_of_weights)
{
    qs_sets *sets;

    cr_assert_eq(qs_sets_new(&sets, 3, 1), QUORSUM_OK);
    /* f_A(i) = (j - i) / j, j outside A: member 3 has -2 (j = 1) and -1/2 (j = 2), times 6 */
    cr_assert_eq(qs_sets_weight_max(sets), 15);
    qs_sets_free(sets);
}

Test(sets, refuses_other_sizes)
{
    static const uint32_t wrong[][2] = {{1, 0}, {1, 1}, {3, 0}, {3, 3}, {16, 1}, {13, 6}, {15, 5}, {15, 7}};
    qs_sets *sets;

    for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
        cr_expect_eq(qs_sets_new(&sets, wrong[k][0], wrong[k][1]), QUORSUM_ERR_RANGE, "(%u,%u)", wrong[k][0], wrong[k][1]);
        cr_expect_null(sets);
    }
}
