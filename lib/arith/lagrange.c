/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lambda_i = n! * prod_{j in S, j != i} (at - j) / (i - j) is an integer for every S within 1..n: the |i - j|
 * for j < i are distinct and at most i-1, those for j > i at most n-i, so the denominator divides
 * (i-1)! (n-i)!, which divides n!. Everything is multiplied first and divided once: the steps in between need
 * not divide exactly. With n <= 255 no number here exceeds a few thousand bits.
 */
#include "lib/arith/lagrange.h"

#include "lib/base/invariant.h"

void qs_factorial(mpz_t out, uint32_t n)
{
    mpz_fac_ui(out, n);
}

void qs_lagrange(mpz_t lambda, uint32_t n, const uint32_t *points, size_t count, uint32_t i, uint32_t at)
{
    mpz_t denominator;

    mpz_init_set_ui(denominator, 1);
    qs_factorial(lambda, n);
    for (size_t k = 0; k < count; k++) {
        long j = (long)points[k];

        if (j == (long)i)
            continue;
        mpz_mul_si(lambda, lambda, (long)at - j);
        mpz_mul_si(denominator, denominator, (long)i - j);
    }
    QS_INVARIANT(mpz_divisible_p(lambda, denominator));
    mpz_divexact(lambda, lambda, denominator);
    mpz_clear(denominator);
}
