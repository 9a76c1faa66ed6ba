/* SPDX-License-Identifier: Apache-2.0 */
/* What the maker and the checker of a norm proof share: its sizes, its transcript, and the plaintext side. */
#ifndef QS_NORM_INSIDE_H
#define QS_NORM_INSIDE_H

#include "lib/proof/norm.h"
#include "lib/proof/norm_bases.h"

#define QS_CHALLENGE_BITS (8 * QS_CHALLENGE_BYTES)
#define QS_CHALLENGE_LIMBS (QS_CHALLENGE_BITS / GMP_LIMB_BITS)

/* Bits, bytes and limbs of a proof's numbers, and where they begin in it. */
typedef struct qs_norm_sizes {
    size_t values;      /* n */
    size_t b;           /* bits of a signed x; as many as a y has, 2 B <= isqrt(4 B2 + 1) <= 2 B + 1 */
    size_t lambda;
    size_t mask_bits;   /* of m_i and m_(y,k): b + mu; z_i + 2^(b+127) has 2 more, z_(y,k) 1 more */
    size_t z_bytes;
    size_t z_limbs;     /* for either, and for masks */
    size_t y_bytes;
    size_t alpha_mask_bits; /* of y'_k; w_k has 1 more */
    size_t w_bytes;
    size_t w_limbs;
    size_t r_bytes;     /* of z_r and z_t, below N 2^385 */
    size_t r_limbs;
    size_t e, z, y, r, w, t, all; /* V stands at 0, C1 a word behind it */
} qs_norm_sizes;

/* ERR_PLAN as qs_norm_check. */
quorsum_status qs_norm_measure(qs_norm_sizes *sizes, const qs_norm_statement *statement);

/* Everything the challenge is made from, plain form. */
typedef struct qs_norm_messages {
    const mp_limb_t *v;
    const mp_limb_t *a;
    const mp_limb_t *plain; /* a_1 .. a_K */
    const mp_limb_t *c1;
    const mp_limb_t *c0;
} qs_norm_messages;

quorsum_status qs_norm_challenge(uint8_t e[QS_CHALLENGE_BYTES], const qs_context *context,
                                 const qs_norm_statement *statement, const qs_norm_sizes *sizes,
                                 const quorsum_ciphertexts *ciphertexts, const qs_norm_messages *messages);

/* out (plain, plain form) = sum_j 2^(beta j) value_j mod N^s over `count` values of `limbs` limbs, `stride` limbs apart.
 * Constant time. Scratch: qs_norm_pack_scratch limbs. */
size_t qs_norm_pack_scratch(const quorsum_public_key *key, size_t limbs);
void qs_norm_pack(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *values, size_t limbs, size_t stride,
                  size_t count, unsigned beta, mp_limb_t *scratch);

/* out[k] (ring, plain form) = (1+N)^(m_k) h_s^(x_k), k < count; exponents: ceil(bits / limb) limbs each, below 2^bits.
 * Constant time. ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_norm_blind(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *m,
                             const mp_limb_t *exponents, size_t bits, size_t count, const quorsum_run *run);

#endif
