/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dealer's proof that N = p q with both factors large (docs/protocol.md; Pi_fac of Canetti, Gennaro, Goldfeder,
 * Makriyannis, Peled, CCS 2020), over commitments modulo RSA-2048, whose factors nobody knows. M is that number,
 * h = |N|/2 rounded up, kappa = sigma = 128.
 *
 *     s = HashToZ(M, "fac-s")^2,  t = HashToZ(M, "fac-t")^2
 *     alpha, beta <- [0, 2^(h + 256));  mu, nu <- [0, M 2^128);  x, y <- [0, M 2^384);  rho <- [0, M 2^(h + 384))
 *     P = s^p t^mu,  Q = s^q t^nu;   A = s^alpha t^x,  B = s^beta t^y,  T = Q^alpha t^rho   mod M
 *     e = first 128 bits of H("factors", context, N, M, s, t, P, Q, A, B, T)
 *     z1 = alpha + e p,  z2 = beta + e q,  w1 = x + e mu,  w2 = y + e nu,  u = rho - e nu p   over Z (never reduced)
 *     check: P, Q units below M,  z1, z2 < 2^(h + 257),  w1, w2 < M 2^385,  |u| < M 2^(h + 385),
 *            e = H(... s^z1 t^w1 P^(-e), s^z2 t^w2 Q^(-e), Q^z1 t^u s^(-N e))
 *
 * Shows N = u v with u, v > 2^(h - 260); with Pi_mod and the root certificate these are the two primes. Items are absorbed
 * in the order written, N as a word, the others at 256 bytes. Proof: P | Q | e | z1 | z2 | w1 | w2 | sign of u | |u|, each
 * as wide as its bound; the sign is 1 for a negative u, which is never 0.
 */
#ifndef QS_FACTORS_H
#define QS_FACTORS_H

#include "lib/paillier/public_key.h"

size_t qs_factors_proof_bytes(size_t modulus_bits);

/* out: qs_factors_proof_bytes(|N|). p, q: the factors of the key's N. Constant time in them. ERR_MEMORY, ERR_RANDOM. */
quorsum_status qs_factors_prove(uint8_t *out, const qs_context *context, const quorsum_public_key *key,
                                const qs_secret *p, const qs_secret *q);

/* ERR_TRUNCATED, ERR_TRAILING, ERR_RANGE, ERR_NOT_CANONICAL (a negative zero), ERR_NOT_UNIT, ERR_MODULUS_PROOF. */
quorsum_status qs_factors_verify_vartime(const uint8_t *proof, size_t len, const qs_context *context,
                                         const quorsum_public_key *key);

#endif
