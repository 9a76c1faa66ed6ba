/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integer Lagrange interpolation over the points 1..n, scaled by Delta = n! so that every coefficient is an
 * integer. All public.
 */
#ifndef QS_LAGRANGE_H
#define QS_LAGRANGE_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

void qs_factorial(mpz_t out, uint32_t n);

/* lambda = n! * prod_{j in points, j != i} (at - j) / (i - j). `points`: `count` distinct indices in 1..n that
 * contain i; at: 0 for the secret, or the index of another party. */
void qs_lagrange(mpz_t lambda, uint32_t n, const uint32_t *points, size_t count, uint32_t i, uint32_t at);

#endif
