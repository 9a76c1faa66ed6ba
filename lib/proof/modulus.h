/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dealer's proof that N = p^a q^b or p^a with primes p = q = 3 mod 4 (docs/protocol.md; Pi_mod of Canetti, Gennaro,
 * Goldfeder, Makriyannis, Peled, CCS 2020, its fourth roots alone: the root certificate shows that N is square-free).
 *
 *     w with Jacobi symbol (w/N) = -1;  seed = H("modulus", context, w);  y_i = HashToZ(seed, i) mod N, i = 1..128
 *     a_i, b_i in {0, 1} and the square x_i of Z_N^* with  x_i^4 = (-1)^(a_i) w^(b_i) y_i mod N
 *     check: 0 < w, x_i < N, units, (w/N) = -1, the 128 equations; N odd, composite, without small factors
 *
 * For such N each y_i has exactly one (a_i, b_i). With a third prime factor only half of the y_i have any, and with a
 * prime = 1 mod 4 only half of the squares are fourth powers: error 2^-128 for every w that is tried.
 */
#ifndef QS_MODULUS_PROOF_H
#define QS_MODULUS_PROOF_H

#include "lib/paillier/public_key.h"

#define QS_MODULUS_ROOTS 128
#define QS_MODULUS_WORDS (1 + QS_MODULUS_ROOTS)

typedef struct qs_modulus_proof {
    uint8_t negate[QS_MODULUS_ROOTS / 8]; /* a_1..a_128, a_1 the top bit of the first byte */
    uint8_t twist[QS_MODULUS_ROOTS / 8];  /* b_1..b_128 */
    mp_limb_t *words; /* w, x_1..x_128 in the caller's room: plain form in key->root, root->limbs apart */
} qs_modulus_proof;

/* p and q: the primes of the key's N, both 3 mod 4 (what comes out for others does not verify). Constant time in them.
 * ERR_RANDOM: no fitting w among very many. ERR_MEMORY. */
quorsum_status qs_modulus_prove(qs_modulus_proof *out, const qs_context *context, const quorsum_public_key *key,
                                const qs_secret *p, const qs_secret *q);

/* A public key's N is odd, composite and without small factors by its making. ERR_RANGE for a word that is no residue,
 * ERR_NOT_UNIT, ERR_MODULUS_PROOF; ERR_MEMORY. */
quorsum_status qs_modulus_verify_vartime(const qs_modulus_proof *proof, const qs_context *context,
                                         const quorsum_public_key *key);

#endif
