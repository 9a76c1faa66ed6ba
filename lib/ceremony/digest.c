/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of a ceremony. Constant time in what is hashed, not in its length. */
#include "lib/ceremony/digest.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"

#define DOMAIN "quorsum/v1/"

static void put_length(qs_digest *digest, size_t len)
{
    uint8_t length[8];

    qs_store64(length, len);
    (void)crypto_generichash_update(&digest->state, length, sizeof length);
}

void qs_digest_begin(qs_digest *digest, const uint8_t *key, const char *name)
{
    size_t len = strlen(name);

    (void)crypto_generichash_init(&digest->state, key, key != NULL ? 32 : 0, QUORSUM_DIGEST_BYTES);
    put_length(digest, sizeof DOMAIN - 1 + len);
    (void)crypto_generichash_update(&digest->state, (const unsigned char *)DOMAIN, sizeof DOMAIN - 1);
    (void)crypto_generichash_update(&digest->state, (const unsigned char *)name, len);
}

void qs_digest_bytes(qs_digest *digest, const void *data, size_t len)
{
    put_length(digest, len);
    if (len > 0)
        (void)crypto_generichash_update(&digest->state, data, len);
}

void qs_digest_text(qs_digest *digest, const char *text)
{
    qs_digest_bytes(digest, text, strlen(text));
}

void qs_digest_u64(qs_digest *digest, uint64_t value)
{
    uint8_t bytes[8];

    qs_store64(bytes, value);
    qs_digest_bytes(digest, bytes, sizeof bytes);
}

void qs_digest_end(qs_digest *digest, uint8_t out[QUORSUM_DIGEST_BYTES])
{
    (void)crypto_generichash_final(&digest->state, out, QUORSUM_DIGEST_BYTES);
    sodium_memzero(digest, sizeof *digest);
    sodium_stackzero(QS_HASH_STACK);
}
