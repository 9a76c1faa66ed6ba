/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Combining partials into the randomiser, completing it to the plaintext, and checking openings (docs/protocol.md).
 * All public data.
 *
 *     w = prod c_i^(2 lambda_i),   a 4 Delta^2 theta + b N^s = 1,   r = w^a c0^b mod N        never another root than r
 *     u = r^(N^s) mod N^(s+1);   refuse unless c = u mod N;   m = dlog(c/u)
 */
#ifndef QS_OPENING_H
#define QS_OPENING_H

#include "lib/threshold/key_record.h"

/* The r with r^(N^s) = base mod N for `count` bases (plain form in root, `stride` limbs apart, units), from the partials
 * of exactly parts->quorum distinct trustees (1..n): partials[j] is the array of trustees[j], root->limbs apart, units.
 * A wrong partial gives a wrong r: completion tells. ERR_TRUSTEE (index out of range or twice), ERR_NOT_UNIT,
 * ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_combine_roots_vartime(mp_limb_t *r, const qs_key_parts *parts, const mp_limb_t *bases, size_t stride,
                                        size_t count, const uint32_t *trustees, const mp_limb_t *const *partials,
                                        const quorsum_run *run);

/* The same for a vector of ciphertexts: their randomisers. r: count * root->limbs limbs, plain form. */
quorsum_status qs_combine_vartime(mp_limb_t *r, const quorsum_key_record *record,
                                  const quorsum_ciphertexts *ciphertexts, const uint32_t *trustees,
                                  const mp_limb_t *const *partials, const quorsum_run *run);

/* Room for `count` openings under the key. ERR_LIMIT, ERR_MEMORY. */
quorsum_status qs_opening_new(quorsum_opening **out, const quorsum_public_key *key, size_t count);

/* Completes and checks each by the single equation (u is at hand). ERR_OPENING if one refuses. Also its own public
 * step. */
quorsum_status qs_complete_vartime(mp_limb_t *m, const quorsum_ciphertexts *ciphertexts, const mp_limb_t *r,
                                   const quorsum_run *run);

/* Wire form of an opening, m then r for every element: (s+1) digits of |N| each. decode checks ranges (m digits < N,
 * 0 < r < N) but not against a ciphertext: quorsum_opening_verify does. */
size_t qs_opening_bytes(const quorsum_public_key *key, size_t count);
void qs_opening_write(uint8_t *out, const quorsum_opening *opening);
quorsum_status qs_opening_read(quorsum_opening **out, const quorsum_public_key *key, const uint8_t *in, size_t count);

/* Every digit of a public element below N. */
int qs_in_range(const qs_ring *ring, const mp_limb_t *x);

/* The single equation for one element, ranges and units included; decides what a valid opening is. Answers as
 * quorsum_opening_verify; ERR_WIDTH for an index that one of the two has not. */
quorsum_status qs_opening_verify_one_vartime(const quorsum_opening *opening, size_t index,
                                             const quorsum_ciphertexts *ciphertexts);

#endif
