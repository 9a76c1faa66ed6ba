/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums of secret integers with public signed weights: what the pieces x_A of a shared x come to in a member's share.
 * The positive and the negative terms are added up apart, so that nothing is ever below zero; the sum goes into a ring
 * at the end:
 *
 *     n! x(i) = sum over the sets A of member i of x_A (n! f_A(i)),      weights: qs_sets
 *
 * A wide of `limbs` limbs takes 2 limbs limbs of memory: what is added, then what is taken away. Zeroed memory is 0.
 * Constant time in values, not in weights, which are public. Scratch comes from guarded memory.
 */
#ifndef QS_WIDE_H
#define QS_WIDE_H

#include "lib/arith/ring.h"
#include "lib/ceremony/prf.h"
#include "lib/ceremony/sets.h"

/* Limbs of a wide for values of `bits` bits: weights, the powers of a point that a mask has, and the number of sets add
 * less than two words. */
size_t qs_wide_limbs(size_t bits);
/* wide += value weight; value_limbs <= limbs. */
void qs_wide_add(mp_limb_t *wide, size_t limbs, const mp_limb_t *value, size_t value_limbs, int64_t weight);

/* Weights of the party's own sets: n! f_A(i) of its k-th. */
static inline int64_t qs_party_weight(const qs_party *party, size_t k)
{
    return party->sets->weight[qs_party_set(party, k) * party->sets->members + party->index - 1];
}

/* wide[c] += n! f_A(i) x_(A,first+c) for the party's k-th set A and c < count: x_A from the set's stream `label`, index
 * 0, `bits` bits each, one after the other. Wides lie side by side, 2 limbs apart. scratch: qs_wide_scratch limbs,
 * guarded. */
void qs_wide_draw(mp_limb_t *wide, size_t limbs, size_t first, size_t count, const qs_party *party, size_t k,
                  const char *label, size_t bits, mp_limb_t *scratch);
/* The same for the share o(i) of zero, of degree 2t, that an opening is masked by: x_A = sum_j z_(A,j) i^j, z_(A,j)
 * from stream `label`, index j = 1..t. */
void qs_wide_mask(mp_limb_t *wide, size_t limbs, size_t first, size_t count, const qs_party *party, size_t k,
                  const char *label, size_t bits, mp_limb_t *scratch);
size_t qs_wide_scratch(const qs_sets *sets, size_t bits); /* limbs, for both */

/* 1 / n! in Montgomery form; n! must be a unit. Public. */
quorsum_status qs_wide_inverse_vartime(mp_limb_t *inverse, const qs_ring *ring, const qs_sets *sets);
/* r = the wide over n! in the ring, plain form: the member's share. scratch: an element and qs_ring_scratch, guarded.
 * */
void qs_wide_share(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *wide, size_t limbs, const mp_limb_t *inverse,
                   mp_limb_t *scratch);

/* The ring that integers of up to `bits` bits are opened in: modulo 2^w - c, w the smallest multiple of 64 from `bits`
 * on, c the smallest odd number for which the points 1..n and their differences are units. */
quorsum_status qs_wide_ring(qs_ring **out, size_t bits);

/* The value at `at` (0, or a point behind the first) of a polynomial of that degree is the sum over j = 1..degree+1 of
 * its value at j times this. degree < 15, at <= 15: below 2^31. */
int64_t qs_wide_lagrange(uint32_t degree, uint32_t j, uint32_t at);
/* Opens x at 0 from shares of a polynomial of the given degree at 1, 2, .., as public numbers below `modulus`:
 * *consistent = 0 when those of members behind the first degree + 1 are off the polynomial. */
void qs_wide_open(mpz_t out, int *consistent, mpz_t *share, uint32_t members, uint32_t degree, const mpz_t modulus);

#endif
