/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ballot proof: of every clause, that its ciphertexts' product encrypts one of the allowed values, and nothing
 * about which (docs/protocol.md: Cramer, Damgard, Schoenmakers, CRYPTO 1994, with one challenge for all clauses).
 *
 *     c_l = c (1+N)^(-mu_l) for branch l: c the product of its clause, mu_l its value. The maker knows of one branch of
 *     every clause that c_l = h_s^alpha, alpha the sum of the product's randomness over Z: the real one.
 *     every branch:  e_l, w_l random, A_l = h_s^(w_l) c_l^(-e_l), where for the real one e_l = 0
 *     e = the first 128 bits of H("or", context, s, kappa_alpha, K, c_1..c_K, clauses, A_1..A_P)
 *     the real ones: e_l = e - sum of the clause's other e_l mod 2^128,  w_l += e_l alpha over Z (never reduced)
 *     check: 0 <= w_l < 2^(kappa_alpha + 256 + l(P) + 1), 0 <= e_l < 2^128, all A_l canonical units, in every clause
 *            sum e_l = e mod 2^128, and (h_s^(w_l))^2 = (A_l c_l^(e_l))^2 for every branch.
 *     l(P) = ceil(log2 P), at least 1
 *
 * Sound without any assumption about factoring: in the component of 1+N the last line says a_l = -e_l (m - mu_l) mod
 * N^s. If m is none of the mu_l, each A_l leaves room for one e_l below 2^128, as N has no prime factor that small: so
 * the commitments fix sum e_l before e is known. It is here that an e_l of more than 128 bits would forge: a multiple
 * of N^s fits every a_l = 0.
 *
 * Hiding: the masks w_l, of kappa_alpha + 256 + l(P) bits, hide the e_l alpha of all clauses together within 2^-128,
 * for the alphas are sums of as many as the clauses cover, which qs_choices_new holds to P.
 *
 * Bytes: A_1..A_P in wire form, then e_1..e_P (16 bytes each), then w_1..w_P. Transcript items behind the context
 * (proof "or"): u64 s, u64 kappa_alpha, u64 K, all ciphertexts as one item, u64 number of clauses; for each clause u64
 * first, u64 count, u64 number of values, all values in wire form as one item; u64 P, all A as one item.
 */
#ifndef QS_CHOICE_H
#define QS_CHOICE_H

#include "lib/proof/choices.h"

size_t qs_choice_bytes(const qs_choices *choices);
size_t qs_choice_w_bytes(const qs_choices *choices);   /* of one w_l */
size_t qs_choice_mask_bits(const qs_choices *choices); /* of a w_l when it is drawn; one bit fewer than in the proof */

/* commitments: all A in wire form. The seed's first 16 bytes are e. ERR_MEMORY. */
quorsum_status qs_choice_seed(uint8_t seed[QS_SEED_BYTES], const qs_context *context, const qs_choices *choices,
                              const quorsum_ciphertexts *ciphertexts, const uint8_t *commitments);

/* out: qs_choice_bytes. ciphertexts and alpha are those of qs_encrypt_keep; chosen: for every clause a limb, the place
 * of its plaintext among the clause's values. Constant time in alpha and chosen. ERR_KEY_MISMATCH, ERR_WIDTH (counts),
 * ERR_CHOICE for a place beyond the values, ERR_MEMORY. A witness that does not fit gives a proof that does not
 * verify. */
quorsum_status qs_choice_prove(uint8_t *out, const qs_context *context, const qs_choices *choices,
                               const quorsum_encryptor *encryptor, const quorsum_ciphertexts *ciphertexts,
                               const qs_secret *alpha, const qs_secret *chosen, const quorsum_run *run);

/* ERR_TRUNCATED or ERR_TRAILING for a wrong length, ERR_WIDTH or ERR_KEY_MISMATCH for the ciphertexts, ERR_RANGE for an
 * A or w, ERR_NOT_UNIT for an A, ERR_PROOF. ciphertexts are units (they are checked when they come in). Public data. */
quorsum_status qs_choice_verify_vartime(const uint8_t *proof, size_t len, const qs_context *context,
                                        const qs_choices *choices, const quorsum_ciphertexts *ciphertexts,
                                        const quorsum_run *run);

typedef struct qs_ballot {
    const qs_context *context;
    const quorsum_ciphertexts *ciphertexts;
    const uint8_t *proof;
    size_t len;
    quorsum_status status; /* out: as qs_choice_verify_vartime */
} qs_ballot;

/* Many ballots of one task at once, which is several times faster: all their equations together, and where they do not
 * hold, by halves, until every bad one is found. QUORSUM_OK when all have been judged; *bad: how many are refused.
 * ERR_MEMORY, ERR_CANCELLED: then the statuses say nothing. */
quorsum_status qs_choice_verify_all_vartime(qs_ballot *ballots, size_t count, const qs_choices *choices, size_t *bad,
                                            const quorsum_run *run);

#endif
