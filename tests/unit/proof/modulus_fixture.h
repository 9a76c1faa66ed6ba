/* SPDX-License-Identifier: Apache-2.0 */
/* Moduli of known factors for the tests of the dealer's proofs. */
#ifndef QS_TEST_MODULUS_FIXTURE_H
#define QS_TEST_MODULUS_FIXTURE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "lib/paillier/public_key.h"
#include "tests/fixtures/primes.h"

static inline qs_context key_context(const quorsum_public_key *key)
{
    qs_context context = {.label = "key"};

    memcpy(context.key, quorsum_public_key_digest(key), sizeof context.key);
    memset(context.prover, 0x5a, sizeof context.prover);
    return context;
}

/* The public key of N; NULL, and the reason, if there is none. */
static inline quorsum_public_key *key_of(const mpz_t n, quorsum_status *reason)
{
    uint8_t bytes[512];
    size_t len = 0;
    quorsum_public_key *key = NULL;

    cr_assert_leq(mpz_sizeinbase(n, 2), 8 * sizeof bytes);
    mpz_export(bytes, &len, 1, 1, 1, 0, n);
    *reason = quorsum_public_key_new(&key, bytes, len, NULL);
    return key;
}

static inline void secret_of(qs_secret *out, const mpz_t value)
{
    cr_assert_eq(qs_secret_init(out, mpz_size(value)), 0);
    mpn_copyi(out->limb, mpz_limbs_read(value), (mp_size_t)mpz_size(value));
}

/* The fixture's safe primes for |N| = bits. */
static inline void fixture_primes(mpz_t p, mpz_t q, unsigned bits)
{
    const test_primes *primes = test_primes_find(bits);

    cr_assert_not_null(primes);
    mpz_set_str(p, primes->p, 16);
    mpz_set_str(q, primes->q, 16);
}

/* A prime of exactly `bits` bits, top two set, = residue mod modulus. */
static inline void prime_of(mpz_t out, gmp_randstate_t random, unsigned bits, unsigned long residue,
                            unsigned long modulus)
{
    do {
        mpz_urandomb(out, random, bits);
        mpz_setbit(out, bits - 1);
        mpz_setbit(out, bits - 2);
        mpz_nextprime(out, out);
    } while (mpz_sizeinbase(out, 2) != bits || mpz_fdiv_ui(out, modulus) != residue);
}

#endif
