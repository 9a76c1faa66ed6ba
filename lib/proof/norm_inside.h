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

static inline size_t qs_norm_limbs(size_t bits)
{
    return (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
}

/* ERR_PLAN as qs_norm_check. */
quorsum_status qs_norm_measure(qs_norm_sizes *sizes, const qs_norm_statement *statement);

/* ---- norm.c: the transcript ---- */

/* Everything the challenge is made from, plain form. */
typedef struct qs_norm_messages {
    const mp_limb_t *v;
    const mp_limb_t *a;
    mp_limb_t *plain; /* a_1 .. a_K */
    const mp_limb_t *c1;
    const mp_limb_t *c0;
} qs_norm_messages;

quorsum_status qs_norm_challenge(uint8_t e[QS_CHALLENGE_BYTES], const qs_context *context,
                                 const qs_norm_statement *statement, const qs_norm_sizes *sizes,
                                 const quorsum_ciphertexts *ciphertexts, const qs_norm_messages *messages);

/* ---- norm_plain.c: the plaintext side ---- */

/* out (plain, plain form) = sum_j 2^(beta j) value_j mod N^s over `count` values of `limbs` limbs, `stride` limbs
 * apart. Constant time. Scratch: qs_norm_pack_scratch limbs. */
size_t qs_norm_pack_scratch(const quorsum_public_key *key, size_t limbs);
void qs_norm_pack(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *values, size_t limbs, size_t stride,
                  size_t count, unsigned beta, mp_limb_t *scratch);

/* out[k] (ring, plain form) = (1+N)^(m_k) h_s^(x_k), k < count; exponents: ceil(bits / limb) limbs each, below 2^bits.
 * Constant time. ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_norm_blind(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *m,
                             const mp_limb_t *exponents, size_t bits, size_t count, const quorsum_run *run);

/* out[k] (ring, plain form) = c_k^e, e not negative. Public. ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_norm_raise_vartime(mp_limb_t *out, const quorsum_ciphertexts *ciphertexts, const mpz_t e,
                                     const quorsum_run *run);

/* ---- norm_sums.c: what is under gamma_F ---- */

/* The witness and its masks, n + 3 of each, the last three those of the squares: x + 2^(b-1), 64 bits each, and
 * sizes->z_limbs limbs. Both secret. */
typedef struct qs_norm_witness {
    const qs_norm_sizes *sizes;
    const mp_limb_t *x;
    const mp_limb_t *m;
} qs_norm_witness;

#define QS_NORM_VALUE_LIMBS (64 / GMP_LIMB_BITS)

/* f1 = 2^(sign bits) + 8 sum m_i x_i + 2 sum m_(y,k) y_k, which is not negative, and has one bit more at most.
 * f0 = 4 sum m_i^2 + sum m_(y,k)^2. Both qs_norm_sum_limbs. Constant time. Scratch: qs_norm_sums_scratch limbs. */
size_t qs_norm_sign_bits(const qs_norm_sizes *sizes);
size_t qs_norm_f0_bits(const qs_norm_sizes *sizes);
size_t qs_norm_sum_limbs(const qs_norm_sizes *sizes);
size_t qs_norm_sums_scratch(const qs_norm_sizes *sizes);
void qs_norm_sums(mp_limb_t *f1, mp_limb_t *f0, const qs_norm_witness *witness, mp_limb_t *scratch);

/* x <- x 2^bits, modulo 2^(limbs) */
void qs_norm_shift(mp_limb_t *x, size_t limbs, size_t bits);

#endif
