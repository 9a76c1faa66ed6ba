/* SPDX-License-Identifier: Apache-2.0 */
/* Three squares: every small number against a search through all of them, and large ones by adding up. */
#include "lib/proof/three_squares.h"

#include <criterion/criterion.h>
#include <gmp.h>

#include "lib/base/random.h"

static unsigned bits_of(qs_wide n)
{
    unsigned bits = 0;

    for (; n > 0; n >>= 1)
        bits++;
    return bits;
}

static void set_wide(mpz_t out, qs_wide n)
{
    mpz_set_ui(out, (unsigned long)(n >> 64));
    mpz_mul_2exp(out, out, 64);
    mpz_add_ui(out, out, (unsigned long)(uint64_t)n);
}

/* By GMP's integers. */
static void expect_sum(qs_wide n, unsigned bits)
{
    uint64_t y[3] = {1, 1, 1};
    mpz_t sum, part, wanted;

    cr_assert_eq(qs_three_squares(y, n, bits), QUORSUM_OK);
    mpz_inits(sum, part, wanted, NULL);
    for (int k = 0; k < 3; k++) {
        mpz_set_ui(part, (unsigned long)y[k]);
        mpz_addmul(sum, part, part);
    }
    set_wide(wanted, n);
    cr_expect_eq(mpz_cmp(sum, wanted), 0, "%llu %llu", (unsigned long long)(n >> 64), (unsigned long long)n);
    mpz_clears(sum, part, wanted, NULL);
}

Test(three_squares, are_found_for_every_small_number)
{
    for (qs_wide n = 1; n < 6000; n += 4)
        expect_sum(n, bits_of(n));
}

/* What the loop over candidates would not end for, and what it does: the numbers of which no n - y1^2 is 1 or a prime
 * that is 1 modulo 4. */
Test(three_squares, end_for_the_numbers_that_have_no_prime_candidate)
{
    unsigned long exceptions = 0;

    for (unsigned long n = 1; n < 60000; n += 4) {
        int found = 0;
        mpz_t p;

        mpz_init(p);
        for (unsigned long y = 0; y * y < n && !found; y += 2) {
            mpz_set_ui(p, n - y * y);
            found = mpz_cmp_ui(p, 1) == 0 || mpz_probab_prime_p(p, 20) > 0;
        }
        if (!found) {
            mpz_set_ui(p, n);
            cr_expect(mpz_perfect_square_p(p) || n == 85, "%lu", n);
            expect_sum(n, bits_of(n));
            exceptions++;
        }
        mpz_clear(p);
    }
    cr_expect_gt(exceptions, 1);
}

Test(three_squares, are_found_for_numbers_of_every_length)
{
    for (unsigned bits = 4; bits <= QS_THREE_SQUARES_BITS; bits++)
        for (int i = 0; i < 8; i++) {
            qs_wide n;

            qs_random_bytes(&n, sizeof n);
            n = (n & (((qs_wide)1 << bits) - 1) & ~(qs_wide)3) | 1;
            expect_sum(n, bits);
            expect_sum(n, bits + 7 < QS_THREE_SQUARES_BITS ? bits + 7 : QS_THREE_SQUARES_BITS);
        }
}

Test(three_squares, are_found_at_the_edges)
{
    qs_wide top = (qs_wide)1 << QS_THREE_SQUARES_BITS;

    for (unsigned i = 0; i < 64; i += 4)
        expect_sum(top - 3 - i, QS_THREE_SQUARES_BITS);
    for (uint64_t j = 0; j < 40; j++) /* perfect squares, small and large */
        expect_sum((qs_wide)(2 * j + 1) * (2 * j + 1), QS_THREE_SQUARES_BITS);
    for (uint64_t j = 1; j < 20; j += 2)
        expect_sum((qs_wide)(((uint64_t)1 << 63) - j) * (((uint64_t)1 << 63) - j), QS_THREE_SQUARES_BITS);
    for (unsigned bits = 7; bits < QS_THREE_SQUARES_BITS; bits += 9)
        expect_sum(85, bits);
}
