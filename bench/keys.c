/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key everything is measured with: a 3-of-5 key dealt from the committed test primes, so that no run waits for a
 * search, and the private key of the same primes. TEST ONLY: the primes are public.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "lib/base/secret.h"
#include "lib/paillier/private_key.h"
#include "lib/threshold/dealer.h"
#include "tests/fixtures/primes.h"

#define SEED 20240501

quorsum_status bench_secret(qs_secret *out, const mpz_t value)
{
    if (qs_secret_init(out, mpz_size(value)) != 0)
        return QUORSUM_ERR_MEMORY;
    memcpy(out->limb, mpz_limbs_read(value), mpz_size(value) * sizeof *out->limb);
    return QUORSUM_OK;
}

static quorsum_status make_trustees(bench_keys *keys, uint8_t roster[BENCH_TRUSTEES * QUORSUM_IDENTITY_BYTES])
{
    quorsum_status status = QUORSUM_OK;

    for (unsigned i = 0; i < BENCH_TRUSTEES && status == QUORSUM_OK; i++) {
        status = quorsum_identity_generate(&keys->trustees[i]);
        if (status == QUORSUM_OK)
            memcpy(roster + i * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(keys->trustees[i]),
                   QUORSUM_IDENTITY_BYTES);
    }
    return status;
}

static quorsum_status confirm(bench_keys *keys)
{
    quorsum_status status = QUORSUM_OK;

    for (unsigned i = 0; i < BENCH_QUORUM && status == QUORSUM_OK; i++) {
        quorsum_key_record *confirmed = NULL;

        status = quorsum_key_record_confirm(&confirmed, keys->record, keys->shares[i], keys->trustees[i]);
        if (status == QUORSUM_OK) {
            quorsum_key_record_free(keys->record);
            keys->record = confirmed;
        }
    }
    return status;
}

static quorsum_status deal(bench *b, const quorsum_key_options *key)
{
    bench_keys *keys = &b->keys;
    uint8_t roster[BENCH_TRUSTEES * QUORSUM_IDENTITY_BYTES];
    quorsum_deal_options options = {.key = *key, .trustees = BENCH_TRUSTEES, .quorum = BENCH_QUORUM, .roster = roster};
    qs_secret p = {0};
    qs_secret q = {0};
    quorsum_status status = make_trustees(keys, roster);

    if (status == QUORSUM_OK)
        status = bench_secret(&p, keys->p);
    if (status == QUORSUM_OK)
        status = bench_secret(&q, keys->q);
    if (status == QUORSUM_OK)
        status = qs_deal_from_primes(&keys->record, keys->shares, &p, &q, &options, keys->signer, NULL);
    if (status == QUORSUM_OK)
        status = confirm(keys);
    if (status == QUORSUM_OK)
        status = qs_private_key_from_primes(&keys->private, &p, &q, key);
    qs_secret_clear(&p);
    qs_secret_clear(&q);
    return status;
}

static quorsum_status make_public_keys(bench_keys *keys, quorsum_key_options options)
{
    const quorsum_public_key *key = quorsum_key_record_public(keys->record);
    uint8_t *modulus = malloc(quorsum_public_key_modulus_bytes(key));
    quorsum_status status = modulus != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    if (status == QUORSUM_OK)
        quorsum_public_key_modulus(key, modulus);
    for (unsigned i = 0; i < 3 && status == QUORSUM_OK; i++) {
        options.randomiser = (quorsum_randomiser)i;
        status = quorsum_public_key_new(&keys->key[i], modulus, quorsum_public_key_modulus_bytes(key), &options);
    }
    free(modulus);
    return status;
}

quorsum_status bench_keys_make(bench *b)
{
    bench_keys *keys = &b->keys;
    const test_primes *primes = test_primes_find(b->options.bits);
    quorsum_key_options options = {.modulus_bits = b->options.bits, .degree = b->options.degree};
    quorsum_status status;

    gmp_randinit_default(keys->random);
    gmp_randseed_ui(keys->random, SEED);
    mpz_inits(keys->p, keys->q, keys->n, keys->ns, keys->ns1, NULL);
    if (primes == NULL || mpz_set_str(keys->p, primes->p, 16) != 0 || mpz_set_str(keys->q, primes->q, 16) != 0)
        return QUORSUM_ERR_MODULUS_SIZE;
    mpz_mul(keys->n, keys->p, keys->q);
    mpz_pow_ui(keys->ns, keys->n, options.degree);
    mpz_mul(keys->ns1, keys->ns, keys->n);
    status = quorsum_identity_generate(&keys->signer);
    if (status == QUORSUM_OK)
        status = deal(b, &options);
    if (status == QUORSUM_OK)
        status = make_public_keys(keys, options);
    return status;
}

void bench_keys_clear(bench *b)
{
    bench_keys *keys = &b->keys;

    for (unsigned i = 0; i < 3; i++)
        quorsum_public_key_free(keys->key[i]);
    for (unsigned i = 0; i < BENCH_TRUSTEES; i++)
        quorsum_key_share_free(keys->shares[i]);
    for (unsigned i = 0; i < BENCH_TRUSTEES; i++)
        quorsum_identity_free(keys->trustees[i]);
    quorsum_private_key_free(keys->private);
    quorsum_key_record_free(keys->record);
    quorsum_identity_free(keys->signer);
    mpz_clears(keys->p, keys->q, keys->n, keys->ns, keys->ns1, NULL);
    gmp_randclear(keys->random);
}

const quorsum_public_key *bench_key(const bench *b)
{
    return b->keys.key[QUORSUM_RANDOMISER_HALF];
}

/* Below 2^(bits of N^s - 8), so below N^s. */
quorsum_status bench_plaintexts(quorsum_plaintexts **out, bench *b, const quorsum_public_key *key, size_t count)
{
    size_t len = quorsum_public_key_plaintext_bits(key) / 8 - 1;
    uint8_t *magnitude = malloc(len);
    quorsum_status status = magnitude != NULL ? quorsum_plaintexts_new(out, key, count) : QUORSUM_ERR_MEMORY;

    for (size_t i = 0; i < count && status == QUORSUM_OK; i++) {
        for (size_t k = 0; k < len; k++)
            magnitude[k] = (uint8_t)gmp_urandomb_ui(b->keys.random, 8);
        status = quorsum_plaintexts_set(*out, i, magnitude, len, (int)(i & 1));
    }
    free(magnitude);
    return status;
}

quorsum_status bench_ciphertexts(quorsum_ciphertexts **out, bench *b, size_t count)
{
    quorsum_plaintexts *plaintexts = NULL;
    quorsum_encryptor *encryptor = NULL;
    quorsum_status status = bench_plaintexts(&plaintexts, b, bench_key(b), count);

    if (status == QUORSUM_OK)
        status = quorsum_encryptor_new(&encryptor, bench_key(b), NULL);
    if (status == QUORSUM_OK)
        status = quorsum_encrypt(out, encryptor, plaintexts, NULL);
    quorsum_encryptor_free(encryptor);
    quorsum_plaintexts_free(plaintexts);
    return status;
}
