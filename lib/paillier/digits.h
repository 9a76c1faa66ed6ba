/* SPDX-License-Identifier: Apache-2.0 */
/*
 * n-adic digits as one binary integer, and the binomial series behind (1+N)^m. Both work on secrets, in constant time,
 * over any ring of lib/arith: N's own, and the rings of its two primes when a private key decrypts.
 */
#ifndef QS_DIGITS_H
#define QS_DIGITS_H

#include "lib/arith/ring.h"

/* out (ring->width limbs) = x0 + x1 n + x2 n^2 + ..., below n^digits; not x itself. */
size_t qs_digits_scratch(const qs_ring *ring);
void qs_digits_integer(const qs_ring *ring, mp_limb_t *out, const mp_limb_t *x, mp_limb_t *scratch);

/*
 * The series   S(m) = m + sum_{k=2..d} c_k m (m-1) ... (m-k+1) n^(k-1)  mod n^d,   d = ring->digits.
 *
 * With c_k = 1/k! it is ((1+n)^m - 1)/n mod n^d. With n = p and c_k = q^(k-1)/k! it is ((1+pq)^m - 1)/(pq) mod p^d,
 * because C(m,k) (pq)^k / (pq) = q^(k-1) C(m,k) p^(k-1). coefficient: c_2 .. c_d, Montgomery form, width limbs each.
 */
size_t qs_series_scratch(const qs_ring *ring); /* for both functions below */
void qs_series_sum(const qs_ring *ring, const mp_limb_t *coefficient, mp_limb_t *out, const mp_limb_t *m,
                   mp_limb_t *scratch);
/* The m with S(m) = t. m, t and out above: plain form; out is not m, m is not t. */
void qs_series_solve(const qs_ring *ring, const mp_limb_t *coefficient, mp_limb_t *m, const mp_limb_t *t,
                     mp_limb_t *scratch);

#endif
