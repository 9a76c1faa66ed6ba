/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Combining partials into the randomiser, completing it to the plaintext, and checking openings (protocols.md 1, 1.2,
 * 1.5). All public data.
 *
 *     w = prod c_i^(2 lambda_i),   a 4 Delta^2 theta + b N^s = 1,   r = w^a c0^b mod N        never another root than r
 *     u = r^(N^s) mod N^(s+1);   refuse unless c = u mod N;   m = dlog(c/u)
 */
#ifndef QS_OPENING_H
#define QS_OPENING_H

#include "lib/threshold/key_record.h"

/* The randomisers of `count` ciphertexts from partials of exactly `quorum` trustees: partials[j] is the array of trustee
 * trustees[j]. r: count * root->limbs limbs, plain form. */
quorsum_status qs_combine_vartime(mp_limb_t *r, const quorsum_key_record *record, const quorsum_ciphertexts *ciphertexts,
                                  const uint32_t *trustees, const mp_limb_t *const *partials, const quorsum_run *run);

/* Completes and checks each by the single equation (u is at hand). ERR_OPENING if one refuses. Also its own public step. */
quorsum_status qs_complete_vartime(mp_limb_t *m, const quorsum_ciphertexts *ciphertexts, const mp_limb_t *r,
                                   const quorsum_run *run);

/* Wire form of an opening, m then r for every element: (s+1) digits of |N| each. decode checks ranges (m digits < N,
 * 0 < r < N) but not against a ciphertext: quorsum_opening_verify does. */
size_t qs_opening_bytes(const quorsum_public_key *key, size_t count);
void qs_opening_write(uint8_t *out, const quorsum_opening *opening);
quorsum_status qs_opening_read(quorsum_opening **out, const quorsum_public_key *key, const uint8_t *in, size_t count);

/* The single equation for one element; decides what a valid opening is. */
quorsum_status qs_opening_verify_one_vartime(const quorsum_opening *opening, size_t index,
                                             const quorsum_ciphertexts *ciphertexts);

#endif
