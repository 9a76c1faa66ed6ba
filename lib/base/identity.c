/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ed25519 identities by libsodium. The seed comes from the library's one entry for randomness; the sealed form
 * holds the 32-byte seed, from which the rest follows.
 */
#include "lib/base/identity.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/random.h"
#include "lib/base/seal.h"
#include "lib/base/secret.h"

#define SEED_BYTES crypto_sign_SEEDBYTES
#define KIND "identity"

static quorsum_status identity_new(quorsum_identity **out)
{
    quorsum_identity *identity = calloc(1, sizeof *identity);

    *out = NULL;
    if (identity == NULL)
        return QUORSUM_ERR_MEMORY;
    identity->secret = qs_secret_block(crypto_sign_SECRETKEYBYTES); /* sets up libsodium too */
    if (identity->secret == NULL) {
        free(identity);
        return QUORSUM_ERR_MEMORY;
    }
    *out = identity;
    return QUORSUM_OK;
}

quorsum_status quorsum_identity_generate(quorsum_identity **out)
{
    quorsum_identity *identity = NULL;
    uint8_t *seed = NULL;
    quorsum_status status;

    if (out == NULL)
        return QUORSUM_ERR_ARGUMENT;
    *out = NULL;
    status = identity_new(&identity);
    if (status == QUORSUM_OK) {
        seed = qs_secret_block(SEED_BYTES);
        status = seed != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
    }
    if (status == QUORSUM_OK) {
        qs_random_bytes(seed, SEED_BYTES);
        (void)crypto_sign_seed_keypair(identity->public_half, identity->secret, seed);
        *out = identity;
        identity = NULL;
    }
    qs_secret_release(seed);
    quorsum_identity_free(identity);
    return status;
}

quorsum_status qs_identity_copy(quorsum_identity **out, const quorsum_identity *identity)
{
    quorsum_status status = identity_new(out);

    if (status == QUORSUM_OK) {
        memcpy((*out)->public_half, identity->public_half, sizeof identity->public_half);
        memcpy((*out)->secret, identity->secret, crypto_sign_SECRETKEYBYTES);
    }
    return status;
}

void quorsum_identity_free(quorsum_identity *identity)
{
    if (identity == NULL)
        return;
    qs_secret_release(identity->secret);
    free(identity);
}

const uint8_t *quorsum_identity_public(const quorsum_identity *identity)
{
    return identity != NULL ? identity->public_half : NULL;
}

void qs_identity_sign(const quorsum_identity *identity, uint8_t signature[64], const void *message, size_t len)
{
    (void)crypto_sign_detached(signature, NULL, message, len, identity->secret); /* never fails */
}

/* BLAKE2b keyed with the seed. The purpose's NUL ends it, so that no two inputs run into one another. */
void qs_identity_derive(const quorsum_identity *identity, uint8_t key[32], const char *purpose, const void *data,
                        size_t len)
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, identity->secret, SEED_BYTES, 32);
    (void)crypto_generichash_update(&state, (const unsigned char *)purpose, strlen(purpose) + 1);
    (void)crypto_generichash_update(&state, data, len);
    (void)crypto_generichash_final(&state, key, 32);
    sodium_memzero(&state, sizeof state);
    sodium_stackzero(QS_HASH_STACK);
}

quorsum_status quorsum_identity_seal(quorsum_bytes *out, const quorsum_identity *identity, const char *passphrase,
                                     size_t passphrase_len)
{
    qs_buffer sealed = {0};
    quorsum_status status;

    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || identity == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = qs_seal(&sealed, KIND, identity->secret, SEED_BYTES, passphrase, passphrase_len); /* the seed is first */
    if (status == QUORSUM_OK)
        *out = (quorsum_bytes){sealed.data, sealed.len};
    else
        qs_buffer_free(&sealed);
    return status;
}

quorsum_status quorsum_identity_unseal(quorsum_identity **out, const uint8_t *sealed, size_t len,
                                       const char *passphrase, size_t passphrase_len)
{
    quorsum_identity *identity = NULL;
    void *seed = NULL;
    size_t seed_len = 0;
    quorsum_status status;

    if (out == NULL)
        return QUORSUM_ERR_ARGUMENT;
    *out = NULL;
    status = qs_unseal(&seed, &seed_len, KIND, sealed, len, passphrase, passphrase_len);
    if (status == QUORSUM_OK && seed_len != SEED_BYTES)
        status = seed_len < SEED_BYTES ? QUORSUM_ERR_TRUNCATED : QUORSUM_ERR_TRAILING;
    if (status == QUORSUM_OK)
        status = identity_new(&identity);
    if (status == QUORSUM_OK) {
        (void)crypto_sign_seed_keypair(identity->public_half, identity->secret, seed);
        *out = identity;
    }
    qs_secret_release(seed);
    return status;
}
