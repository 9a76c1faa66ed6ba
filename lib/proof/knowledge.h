/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One proof that its maker knows every plaintext of a vector of ciphertexts (docs/protocol.md: Damgard-Jurik 2001,
 * batched as Gennaro, Leigh, Sundaram, Yerazunis, ASIACRYPT 2004, over H-form ciphertexts).
 *
 *     x <- Z_(N^s), y <- [0, 2^(kappa_alpha + 128 + 128 + ceil(log2 K)));   A = (1+N)^x h_s^y
 *     seed = H("pok-vector", context, s, kappa_alpha, K, c_1..c_K, A),   e_k = H(seed, k-1), 128 bits (qs_seed_exponent)
 *     z = x + sum e_k m_k mod N^s,   w = y + sum e_k alpha_k over Z (never reduced)
 *     check: 0 <= z < N^s, 0 <= w < 2^(kappa_alpha + 256 + ceil(log2 K) + 1), every c_k valid,
 *            (1+N)^z h_s^w = A prod c_k^(e_k), by recomputing A and the seed
 *
 * slack: sum e_k alpha_k < K 2^(128 + kappa_alpha), so w hides it within 2^-128.  ceil(log2 K) is at least 1 here, as
 * in the reference. The proof is (seed, z, w): 64 bytes, s digits, and a fixed width for (key, K).
 *
 * Transcript items after the context (proof "pok-vector", label as the caller sets it): u64 s, u64 kappa_alpha, u64 K,
 * all ciphertexts in wire form as one item, A in wire form.
 */
#ifndef QS_KNOWLEDGE_H
#define QS_KNOWLEDGE_H

#include "lib/paillier/public_key.h"

size_t qs_knowledge_bytes(const quorsum_public_key *key, size_t count);   /* seed ‖ z ‖ w, in all */
size_t qs_knowledge_w_bytes(const quorsum_public_key *key, size_t count); /* of w alone */

/* out: qs_knowledge_bytes. ciphertexts, plaintexts and alpha are those of qs_encrypt_keep. Constant time in secrets. */
quorsum_status qs_knowledge_prove(uint8_t *out, const qs_context *context, const quorsum_encryptor *encryptor,
                                  const quorsum_ciphertexts *ciphertexts, const quorsum_plaintexts *plaintexts,
                                  const qs_secret *alpha, const quorsum_run *run);

/* ERR_TRUNCATED or ERR_TRAILING for a wrong length, ERR_RANGE for z or w, ERR_PROOF. Public data. */
quorsum_status qs_knowledge_verify_vartime(const uint8_t *proof, size_t len, const qs_context *context,
                                           const quorsum_public_key *key, const quorsum_ciphertexts *ciphertexts,
                                           const quorsum_run *run);

#endif
