/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys to test with, and the cryptosystem once more in plain GMP integers: whole numbers modulo N^(s+1), no digits, no
 * Montgomery forms, variable time. Numbers cross over as bytes only. Fixed seeds: a failure comes again.
 */
#ifndef QS_TEST_ORACLE_H
#define QS_TEST_ORACLE_H

#include <criterion/criterion.h>
#include <gmp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/paillier/private_key.h"

typedef struct oracle {
    quorsum_private_key *private;
    const quorsum_public_key *key;
    unsigned s;
    mpz_t p;
    mpz_t q;
    mpz_t n;
    mpz_t ns;      /* N^s */
    mpz_t modulus; /* N^(s+1) */
    mpz_t h_s;
    gmp_randstate_t random;
} oracle;

static inline void secret_from_mpz(qs_secret *out, const mpz_t x)
{
    cr_assert_eq(qs_secret_init(out, mpz_size(x)), 0);
    memcpy(out->limb, mpz_limbs_read(x), mpz_size(x) * sizeof(mp_limb_t));
}

static inline quorsum_status key_from_mpz(quorsum_private_key **out, const mpz_t p, const mpz_t q,
                                          const quorsum_key_options *options)
{
    qs_secret first, second;
    quorsum_status status;

    secret_from_mpz(&first, p);
    secret_from_mpz(&second, q);
    status = qs_private_key_from_primes(out, &first, &second, options);
    qs_secret_clear(&first);
    qs_secret_clear(&second);
    return status;
}

static inline void number_from_bytes(mpz_t out, const uint8_t *in, size_t len)
{
    mpz_import(out, len, 1, 1, 1, 0, in);
}

static inline void number_to_bytes(uint8_t *out, size_t len, const mpz_t value)
{
    size_t used = mpz_sgn(value) == 0 ? 0 : (mpz_sizeinbase(value, 2) + 7) / 8;

    cr_assert_leq(used, len);
    memset(out, 0, len);
    if (used > 0)
        (void)mpz_export(out + len - used, NULL, 1, 1, 1, 0, value);
}

/* h_s by the definition: h as the key has it, to the power N^s in one go. */
static inline void oracle_open(oracle *o, const mpz_t p, const mpz_t q, unsigned s, quorsum_randomiser randomiser)
{
    quorsum_key_options options = {.degree = s, .randomiser = randomiser};

    cr_assert_eq(key_from_mpz(&o->private, p, q, &options), QUORSUM_OK);
    o->key = quorsum_private_key_public(o->private);
    o->s = s;
    mpz_init_set(o->p, p);
    mpz_init_set(o->q, q);
    mpz_inits(o->n, o->ns, o->modulus, o->h_s, NULL);
    mpz_mul(o->n, p, q);
    mpz_pow_ui(o->ns, o->n, s);
    mpz_mul(o->modulus, o->ns, o->n);
    mpz_import(o->h_s, o->key->root->limbs, -1, sizeof(mp_limb_t), 0, 0, o->key->h);
    mpz_powm(o->h_s, o->h_s, o->ns, o->modulus);
    gmp_randinit_default(o->random);
    gmp_randseed_ui(o->random, 1000 + s);
}

static inline void oracle_open_small(oracle *o, unsigned long p, unsigned long q, unsigned s,
                                     quorsum_randomiser randomiser)
{
    mpz_t first, second;

    mpz_init_set_ui(first, p);
    mpz_init_set_ui(second, q);
    oracle_open(o, first, second, s, randomiser);
    mpz_clears(first, second, NULL);
}

static inline void find_prime(mpz_t p, size_t bits, gmp_randstate_t random)
{
    do {
        mpz_urandomb(p, random, bits);
        mpz_setbit(p, bits - 1);
        mpz_setbit(p, bits - 2);
        mpz_nextprime(p, p);
    } while (mpz_sizeinbase(p, 2) != bits);
}

/* Primes of `bits` bits each. Sizes that fill their limbs, and sizes that do not. */
static inline void oracle_open_random(oracle *o, size_t bits, unsigned s, quorsum_randomiser randomiser)
{
    gmp_randstate_t random;
    mpz_t p, q;

    gmp_randinit_default(random);
    gmp_randseed_ui(random, bits);
    mpz_inits(p, q, NULL);
    find_prime(p, bits, random);
    find_prime(q, bits, random);
    oracle_open(o, p, q, s, randomiser);
    mpz_clears(p, q, NULL);
    gmp_randclear(random);
}

static inline void oracle_close(oracle *o)
{
    quorsum_private_key_free(o->private);
    mpz_clears(o->p, o->q, o->n, o->ns, o->modulus, o->h_s, NULL);
    gmp_randclear(o->random);
}

/* (1+N)^m by an ordinary power. */
static inline void oracle_lift(const oracle *o, mpz_t out, const mpz_t m)
{
    mpz_t base;

    mpz_init(base);
    mpz_add_ui(base, o->n, 1);
    mpz_powm(out, base, m, o->modulus);
    mpz_clear(base);
}

static inline void oracle_encrypt(const oracle *o, mpz_t out, const mpz_t m, const mpz_t alpha)
{
    mpz_t blind;

    mpz_init(blind);
    oracle_lift(o, out, m);
    mpz_powm(blind, o->h_s, alpha, o->modulus);
    mpz_mul(out, out, blind);
    mpz_mod(out, out, o->modulus);
    mpz_clear(blind);
}

/* m from (1+N)^m, docs/protocol.md as it stands there. */
static inline void oracle_log(const oracle *o, mpz_t x, const mpz_t a)
{
    mpz_t t1, t2, power, factor;

    mpz_inits(t1, t2, power, factor, NULL);
    mpz_set_ui(x, 0);
    for (unsigned j = 1; j <= o->s; j++) {
        mpz_pow_ui(power, o->n, j + 1);
        mpz_mod(t1, a, power);
        mpz_sub_ui(t1, t1, 1);
        mpz_divexact(t1, t1, o->n);
        mpz_divexact(power, power, o->n);
        mpz_set(t2, x);
        for (unsigned k = 2; k <= j; k++) {
            mpz_sub_ui(x, x, 1);
            mpz_mul(t2, t2, x);
            mpz_mod(t2, t2, power);
            mpz_fac_ui(factor, k);
            cr_assert_neq(mpz_invert(factor, factor, power), 0);
            mpz_mul(factor, factor, t2);
            for (unsigned i = 1; i < k; i++)
                mpz_mul(factor, factor, o->n);
            mpz_sub(t1, t1, factor);
            mpz_mod(t1, t1, power);
        }
        mpz_mod(x, t1, power);
    }
    mpz_clears(t1, t2, power, factor, NULL);
}

/* Decryption with d = 1 mod N^s, d = 0 mod lcm(p-1, q-1). */
static inline void oracle_decrypt(const oracle *o, mpz_t m, const mpz_t c)
{
    mpz_t d, lambda;

    mpz_inits(d, lambda, NULL);
    mpz_sub_ui(d, o->p, 1);
    mpz_sub_ui(lambda, o->q, 1);
    mpz_lcm(lambda, lambda, d);
    cr_assert_neq(mpz_invert(d, lambda, o->ns), 0);
    mpz_mul(d, d, lambda);
    mpz_powm(d, c, d, o->modulus);
    oracle_log(o, m, d);
    mpz_clears(d, lambda, NULL);
}

/* ---- crossing over ---- */

static inline size_t ciphertext_bytes(const oracle *o)
{
    return quorsum_public_key_ciphertext_bytes(o->key);
}

/* Element `index` as one number, read from the wire form. */
static inline void number_of(const oracle *o, mpz_t out, const quorsum_ciphertexts *vector, size_t index)
{
    size_t digit = quorsum_public_key_modulus_bytes(o->key);
    size_t len = quorsum_ciphertexts_count(vector) * ciphertext_bytes(o);
    uint8_t *wire = malloc(len);
    mpz_t part;

    mpz_init(part);
    mpz_set_ui(out, 0);
    cr_assert_eq(quorsum_ciphertexts_encode(vector, wire, len, &len), QUORSUM_OK);
    for (unsigned i = o->s + 1; i-- > 0;) {
        number_from_bytes(part, wire + index * ciphertext_bytes(o) + i * digit, digit);
        cr_assert_lt(mpz_cmp(part, o->n), 0);
        mpz_mul(out, out, o->n);
        mpz_add(out, out, part);
    }
    mpz_clear(part);
    free(wire);
}

static inline void wire_of(const oracle *o, uint8_t *out, const mpz_t value)
{
    size_t digit = quorsum_public_key_modulus_bytes(o->key);
    mpz_t rest, part;

    mpz_init_set(rest, value);
    mpz_init(part);
    for (unsigned i = 0; i <= o->s; i++) {
        mpz_fdiv_qr(rest, part, rest, o->n);
        number_to_bytes(out + i * digit, digit, part);
    }
    cr_assert_eq(mpz_sgn(rest), 0);
    mpz_clears(rest, part, NULL);
}

static inline quorsum_ciphertexts *vector_of(const oracle *o, mpz_t *values, size_t count)
{
    uint8_t *wire = malloc(count * ciphertext_bytes(o));
    quorsum_ciphertexts *vector = NULL;

    for (size_t i = 0; i < count; i++)
        wire_of(o, wire + i * ciphertext_bytes(o), values[i]);
    cr_assert_eq(quorsum_ciphertexts_decode(&vector, o->key, wire, count * ciphertext_bytes(o), NULL, NULL),
                 QUORSUM_OK);
    free(wire);
    return vector;
}

/* value may be negative */
static inline quorsum_status set_number(quorsum_plaintexts *plaintexts, size_t index, const mpz_t value)
{
    uint8_t bytes[4096];
    size_t len = (mpz_sizeinbase(value, 2) + 7) / 8;
    mpz_t magnitude;

    mpz_init(magnitude);
    mpz_abs(magnitude, value);
    number_to_bytes(bytes, len, magnitude);
    mpz_clear(magnitude);
    return quorsum_plaintexts_set(plaintexts, index, bytes, len, mpz_sgn(value) < 0);
}

/* in [0, N^s) */
static inline void get_number(const oracle *o, mpz_t out, const quorsum_plaintexts *plaintexts, size_t index)
{
    uint8_t bytes[4096];
    size_t len = o->s * quorsum_public_key_modulus_bytes(o->key);
    int negative = 2;

    cr_assert_eq(quorsum_plaintexts_get(plaintexts, index, bytes, len, &negative), QUORSUM_OK);
    number_from_bytes(out, bytes, len);
    if (negative)
        mpz_sub(out, o->ns, out);
}

/* A vector of ciphertexts by the formula, with random plaintexts and exponents of `bits` bits. */
static inline quorsum_ciphertexts *random_vector(oracle *o, mpz_t *numbers, size_t count)
{
    mpz_t m, alpha;

    mpz_inits(m, alpha, NULL);
    for (size_t i = 0; i < count; i++) {
        mpz_urandomm(m, o->random, o->ns);
        mpz_urandomb(alpha, o->random, o->key->alpha_bits);
        mpz_init(numbers[i]);
        oracle_encrypt(o, numbers[i], m, alpha);
    }
    mpz_clears(m, alpha, NULL);
    return vector_of(o, numbers, count);
}

static inline void clear_numbers(mpz_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mpz_clear(numbers[i]);
}

static inline void expect_numbers(const oracle *o, const quorsum_ciphertexts *vector, mpz_t *numbers, size_t count)
{
    mpz_t got;

    mpz_init(got);
    cr_assert_eq(quorsum_ciphertexts_count(vector), count);
    for (size_t i = 0; i < count; i++) {
        number_of(o, got, vector, i);
        cr_assert_eq(mpz_cmp(got, numbers[i]), 0, "element %zu, degree %u", i, o->s);
    }
    mpz_clear(got);
}

#endif
