/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exact norm proof: the slots x_(k,j) of a vector of ciphertexts, n of them in all, are integers whose squares sum
 * to at most B2 (docs/protocol.md, section "The norm of a vector"; the composition is ours).
 *
 * Integer commitments modulo N itself (Fujisaki-Okamoto 1997, Damgard-Fujisaki 2002) over bases that are hashed and not
 * squared; B2 - sum x^2 >= 0 because four times it plus one is a sum of three squares (Groth 2005). With B = isqrt(B2),
 * b = bit length of B, plus 1, lambda = max(1, ceil(log2 n)), mu = 256 + lambda:
 *
 *     4 (B2 - sum x_i^2) + 1 = y_1^2 + y_2^2 + y_3^2
 *     V   = +- prod gamma_i^(x_i) prod gamma_(y,k)^(y_k) eta^r                          mod N
 *     A   = (prod gamma_i^(m_i) prod gamma_(y,k)^(m_(y,k)) eta^R)^2                     mod N
 *     a_k = (1+N)^(sum_j 2^(beta j) m_(k,j)) h_s^(y'_k)                                 mod N^(s+1)
 *     C1  = +- gamma_F^(F1) eta^(r1),   F1 = -8 sum m_i x_i - 2 sum m_(y,k) y_k
 *     C0  = (gamma_F^(F0) eta^(r0))^2,  F0 = -4 sum m_i^2 - sum m_(y,k)^2
 *     e   = H("l2", context, s, alpha_bits, K, L_1..L_K, c_1..c_K, B2, W, beta, b, V, A, a_1..a_K, C1, C0), 128 bits
 *     z_i = m_i + e x_i,  z_(y,k) = m_(y,k) + e y_k,  z_r = R + e r,  w_k = y'_k + e alpha_k,  z_t = r0 + e r1
 *
 * masks: m_i < 2^(b+mu), m_(y,k) < 2^(b+mu) (y_k has b bits, too), y'_k < 2^(alpha_bits+mu), r, r1 < N 2^128,
 * R, r0 < N 2^384. The checker recomputes A, a_k and C0 = (gamma_F^F eta^(z_t) C1^(-e))^2 with
 * F = 4 (e^2 B2 - sum z_i^2) + e^2 - sum z_(y,k)^2; its ranges are in docs/wire-format.md.
 *
 * Who knows the order of the group, the dealer or a quorum of trustees together, can forge this proof.
 */
#ifndef QS_NORM_H
#define QS_NORM_H

#include "lib/paillier/public_key.h"
#include "lib/proof/three_squares.h"

#define QS_NORM_VALUES_MAX ((size_t)1 << 20)

/* What is proven of a vector of `count` ciphertexts. Slot j of plaintext k begins at bit slot_bits j, j < slots[k]. */
typedef struct qs_norm_statement {
    const quorsum_public_key *key;
    const size_t *slots;
    size_t count;
    unsigned slot_bits;    /* beta */
    qs_wide norm_squared;  /* B2 */
    uint64_t max_cohort;   /* W: so many vectors of this norm are added in one slot */
} qs_norm_statement;

/* ERR_PLAN unless 1 <= B2 < 2^124, 2 W B + 1 <= 2^beta, B < 2^(beta-1), 1 <= L_k, beta L_k <= plaintext_bits - 1,
 * n <= 2^20, W >= 1. Proving and verifying ask this themselves. */
quorsum_status qs_norm_check(const qs_norm_statement *statement);

size_t qs_norm_bytes(const qs_norm_statement *statement); /* of a proof; 0 if the statement is refused */

/* out: qs_norm_bytes. values: all of them, in order of slots; ciphertexts and alpha as qs_encrypt_keep made them from
 * these. Constant time in values, alpha and masks, but for what three_squares.h says; the search comes first.
 * ERR_NORM if the vector is too long, and nothing else is told about it. ERR_PLAN, ERR_KEY_MISMATCH, ERR_WIDTH,
 * ERR_MODULUS_FACTOR (a hashed base is no unit, or none has a negative Jacobi symbol), ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_norm_prove(uint8_t *out, const qs_context *context, const quorsum_encryptor *encryptor,
                             const qs_norm_statement *statement, const quorsum_ciphertexts *ciphertexts,
                             const int64_t *values, const qs_secret *alpha, const quorsum_run *run);

/* ERR_PLAN, ERR_KEY_MISMATCH, ERR_WIDTH, ERR_TRUNCATED or ERR_TRAILING, ERR_RANGE (V, C1 or a response), ERR_NOT_UNIT,
 * ERR_PROOF, ERR_MODULUS_FACTOR, ERR_MEMORY, ERR_CANCELLED. Public data. */
quorsum_status qs_norm_verify_vartime(const uint8_t *proof, size_t len, const qs_context *context,
                                      const qs_norm_statement *statement, const quorsum_ciphertexts *ciphertexts,
                                      const quorsum_run *run);

#endif
