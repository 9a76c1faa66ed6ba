/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GF(l^3) for primes l up to the number of members: GF(l)[x] / (x^3 - a x - b), an element three residues. There are
 * enough points for 26 members: that of i has the base-3 digits of i, lowest first.
 */
#ifndef QS_CUBIC_H
#define QS_CUBIC_H

#include <stdint.h>

#include "lib/ceremony/sets.h"

typedef struct qs_cubic {
    uint32_t prime;
    uint32_t a, b; /* the first pair, in order of a from 0 and then b from 1, for which the polynomial has no root */
} qs_cubic;

typedef struct qs_cube { /* an element */
    uint32_t at[3];
} qs_cube;

/* Public elements: not constant time. */
qs_cubic qs_cubic_of(uint32_t prime);
qs_cube qs_cubic_point(uint32_t member);
qs_cube qs_cubic_multiply_vartime(const qs_cubic *field, qs_cube x, qs_cube y);
/* f_A(i) = prod over j outside A of (j - i) / j */
qs_cube qs_cubic_weight(const qs_cubic *field, const qs_sets *sets, size_t set, uint32_t member);
/* The factor of the value at member j in the value at `at` (0: the secret) of a polynomial of that degree, given at
 * members 1..degree+1. */
qs_cube qs_cubic_lagrange(const qs_cubic *field, uint32_t degree, uint32_t j, uint32_t at);

/* x^3 .. of the products of coordinates: c[0..5) without reduction, each below 2^28, back into three. */
static inline void qs_cubic_fold(const qs_cubic *field, uint32_t *out, const uint32_t *c)
{
    out[0] = c[0] + field->b * c[3];
    out[1] = c[1] + field->a * c[3] + field->b * c[4];
    out[2] = c[2] + field->a * c[4];
}

#endif
