/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a contributor can compute who has left the library behind: ciphertexts of anything, and proofs by the equations
 * of docs/wire-format.md in plain GMP integers (tests/unit/paillier/oracle.h), signed with his own identity. He has no
 * factor of N: the oracle's p and q are not looked at here.
 */
#ifndef QS_ATTACKS_FORGER_H
#define QS_ATTACKS_FORGER_H

#include "scene.h"
#include "tests/unit/paillier/oracle.h"

#define FORGED_MAX 8 /* ciphertexts of a contribution */

typedef struct forger { /* a contribution in the making, degree 1 */
    const scene *s;
    oracle o;
    size_t who;
    size_t count; /* K */
    mpz_t c[FORGED_MAX];
    mpz_t m[FORGED_MAX];     /* in [0, N) */
    mpz_t alpha[FORGED_MAX];
    uint8_t seed[64];        /* the knowledge proof */
    mpz_t z;
    mpz_t w;
} forger;

void forger_open(forger *g, const scene *s, size_t who);
void forger_close(forger *g);

/* c_k = (1+N)^m h_s^alpha with fresh alpha; m may be negative. */
void forger_encrypt(forger *g, size_t k, const mpz_t m);
void forger_encrypt_si(forger *g, size_t k, long m);
/* The proof of knowledge of m and alpha, as an honest contributor makes it. */
void forger_prove(forger *g);
/* Takes over ciphertexts and knowledge proof of somebody's contribution. */
void forger_steal(forger *g, const quorsum_bytes *contribution);
/* e_k of the knowledge proof at hand. */
void forger_exponent(const forger *g, mpz_t e, size_t k);
/* (1+N)^z h_s^w / prod c_k^(e_k): the A that the proof at hand fits, whatever was hashed. */
void forger_commitment(const forger *g, mpz_t a);

/* The contribution, signed: K ciphertexts, the knowledge proof, and behind them the level's proof (or NULL). What does
 * not fit its field is cut. */
quorsum_bytes forger_message(const forger *g, const uint8_t *level, size_t level_len);
/* What the proofs of a contribution are bound to; bytes of its ciphertexts. */
void forger_context(qs_context *context, const scene *s, size_t who);
size_t ciphertexts_len(const scene *s);

#endif
