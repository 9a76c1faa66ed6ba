/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dealer who knows the factors of his N and makes the best record there is for it, whatever N is: shares,
 * verification keys, root certificate, both proofs of the modulus, all by the equations of docs/wire-format.md in plain
 * GMP integers, signed, and confirmed by a quorum of trustees in league.
 */
#ifndef QS_ATTACKS_CROOKED_DEALER_H
#define QS_ATTACKS_CROOKED_DEALER_H

#include "scene.h"

#define POWERS_MAX 3

typedef struct crooked_dealer {
    const fixture *f; /* whose dealer and trustees he is in league with */
    size_t count;
    mpz_t prime[POWERS_MAX];
    mpz_t power[POWERS_MAX]; /* prime^exponent */
    mpz_t n;
    mpz_t lambda; /* exponent of the group */
    gmp_randstate_t random;
    qs_key_parts parts;
} crooked_dealer;

/* N = product of hex primes to their exponents, each prime 3 mod 4. */
void crooked_open(crooked_dealer *d, const fixture *f, const char *const *primes, const unsigned *exponents,
                  size_t count);
void crooked_close(crooked_dealer *d);

/* Shares of D with D N = theta as nearly as it can be, and their v_i. */
void crooked_deal(crooked_dealer *d, const mpz_t theta);
/* N-th roots of the challenges where there are any: how many of the seven. */
size_t crooked_certify(crooked_dealer *d);
/* Fourth roots for the best of 24 w: how many of the 128 equations hold. */
size_t crooked_prove_modulus(crooked_dealer *d);
/* That N = first rest with both large. 1 if the responses fit their places; where they do not they are cut. */
int crooked_prove_factors(crooked_dealer *d, const mpz_t first);

/* The record, signed by the dealer, with the confirmations of trustees 1, 2 and 3. */
quorsum_bytes crooked_record(const crooked_dealer *d);
/* A reader who finds this record where the board has its key: refused for that reason, and the dealer named. */
void expect_refused_key(scene *s, const quorsum_bytes *record, quorsum_status reason);

#endif
