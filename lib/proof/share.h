/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One proof that a whole vector of partial decryptions was made with the share behind a verification key: it names a
 * liar (docs/protocol.md; Chaum-Pedersen in a group of unknown order, batched by Bellare, Garay, Rabin 1998).
 *
 *     statement  v, v_i from the key record (never from the proof), i, c0_k, c_(i,k) = c0_k^(2 S_i) mod N
 *     seed = H("share-batch", context, i, v, v_i, K, all c0_k, all c_(i,k)),   rho_k = H(seed, k), 128 bits
 *     C = prod c0_k^rho_k,  E = prod c_(i,k)^rho_k
 *     x <- [0, 2^(l_S + 256));  A = (C^4)^x,  B = v^x
 *     e = first 128 bits of H("share", context, seed, i, v, v_i, C, E, A, B);  z = x + e S_i over Z (never reduced)
 *     check: 0 <= z < 2^(l_S + 257), C and E units,  e = H(... (C^4)^z E^(-2e), v^z v_i^(-e))
 *
 * Items are absorbed in the order written; integers modulo N at |N| bytes, counts and i as u64. Proof: e ‖ z.
 */
#ifndef QS_SHARE_PROOF_H
#define QS_SHARE_PROOF_H

#include "lib/base/secret.h"
#include "lib/paillier/public_key.h"

typedef struct qs_share_statement {
    const quorsum_public_key *key;
    uint32_t trustee;       /* i, 1..n */
    size_t share_bits;      /* l_S */
    const mp_limb_t *v;     /* plain form in key->root */
    const mp_limb_t *v_i;   /* plain */
    const mp_limb_t *bases; /* c0_k: plain form in root, `stride` limbs apart (the ciphertexts' own digits) */
    size_t stride;
    const mp_limb_t *partials; /* c_(i,k), root->limbs apart */
    size_t count;
} qs_share_statement;

size_t qs_share_proof_bytes(size_t share_bits);

/* share: S_i, below 2^share_bits. Constant time in it. */
quorsum_status qs_share_prove(uint8_t *out, const qs_context *context, const qs_share_statement *statement,
                              const qs_secret *share, const quorsum_run *run);
/* ERR_TRUNCATED/TRAILING, ERR_RANGE, ERR_NOT_UNIT (a partial is no unit), ERR_PROOF. Public data. */
quorsum_status qs_share_verify_vartime(const uint8_t *proof, size_t len, const qs_context *context,
                                       const qs_share_statement *statement, const quorsum_run *run);

#endif
