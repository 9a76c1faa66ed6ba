/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passphrase sealing. The key and the stream's state live in one secret block; nothing derived from the
 * passphrase stays behind on any path.
 */
#include "lib/base/seal.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/cbor.h"
#include "lib/base/random.h"
#include "lib/base/secret.h"

#define TYPE "sealed"
#define FIELDS 6
#define SALT_BYTES crypto_pwhash_SALTBYTES
#define STREAM_BYTES crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define EXTRA_BYTES crypto_secretstream_xchacha20poly1305_ABYTES

#ifdef QS_TEST_BUILD /* a test seals hundreds of times */
#define DEFAULT_OPS 1
#define DEFAULT_MEM QS_SEAL_MEM_MIN
#else
#define DEFAULT_OPS crypto_pwhash_OPSLIMIT_MODERATE
#define DEFAULT_MEM crypto_pwhash_MEMLIMIT_MODERATE
#endif

_Static_assert(SALT_BYTES == 16, "the format has 16 bytes of salt");
_Static_assert(STREAM_BYTES == 24 && EXTRA_BYTES == 17, "the format has these lengths");

struct header {
    size_t bytes; /* length of the CBOR header */
    uint64_t ops;
    uint64_t mem;
    uint8_t salt[SALT_BYTES];
};

struct keyed { /* in a secret block */
    uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    crypto_secretstream_xchacha20poly1305_state state;
};

/* `keyed` stays NULL on failure. */
static quorsum_status derive(struct keyed **keyed, const struct header *header, const void *passphrase,
                             size_t passphrase_len)
{
    *keyed = qs_secret_block(sizeof **keyed);
    if (*keyed == NULL)
        return QUORSUM_ERR_MEMORY;
    if (crypto_pwhash((*keyed)->key, sizeof (*keyed)->key, passphrase, passphrase_len, header->salt, header->ops,
                      (size_t)header->mem, crypto_pwhash_ALG_ARGON2ID13) == 0)
        return QUORSUM_OK;
    qs_secret_release(*keyed); /* its arguments are in range, so it had no memory */
    *keyed = NULL;
    return QUORSUM_ERR_MEMORY;
}

static quorsum_status check_secrets(const char *kind, const void *passphrase, size_t passphrase_len)
{
    if (kind == NULL || kind[0] == '\0' || strlen(kind) > QS_SEAL_KIND_MAX)
        return QUORSUM_ERR_ARGUMENT;
    if (passphrase == NULL || passphrase_len == 0)
        return QUORSUM_ERR_ARGUMENT;
    return passphrase_len > QS_SEAL_SECRET_MAX ? QUORSUM_ERR_LIMIT : QUORSUM_OK;
}

static void put_header(qs_buffer *out, const char *kind, struct header *header)
{
    header->ops = DEFAULT_OPS;
    header->mem = DEFAULT_MEM;
    qs_random_bytes(header->salt, sizeof header->salt);
    qs_cbor_put_map(out, FIELDS);
    qs_cbor_put_uint(out, 0);
    qs_cbor_put_text(out, TYPE);
    qs_cbor_put_uint(out, 1);
    qs_cbor_put_uint(out, QS_SEAL_VERSION);
    qs_cbor_put_uint(out, 2);
    qs_cbor_put_text(out, kind);
    qs_cbor_put_uint(out, 3);
    qs_cbor_put_uint(out, header->ops);
    qs_cbor_put_uint(out, 4);
    qs_cbor_put_uint(out, header->mem);
    qs_cbor_put_uint(out, 5);
    qs_cbor_put_bytes(out, header->salt, sizeof header->salt);
    header->bytes = out->len;
}

/* Appends the stream header and the one chunk behind the CBOR header, which it authenticates. */
static quorsum_status put_stream(qs_buffer *out, const struct header *header, struct keyed *keyed,
                                 const void *secret, size_t len)
{
    uint8_t *stream = qs_buffer_extend(out, STREAM_BYTES + len + EXTRA_BYTES);

    if (stream == NULL)
        return out->status;
    /* neither call can fail: lengths are far below the stream's limits */
    (void)crypto_secretstream_xchacha20poly1305_init_push(&keyed->state, stream, keyed->key);
    (void)crypto_secretstream_xchacha20poly1305_push(&keyed->state, stream + STREAM_BYTES, NULL, secret, len,
                                                     out->data, header->bytes,
                                                     crypto_secretstream_xchacha20poly1305_TAG_FINAL);
    return QUORSUM_OK;
}

quorsum_status qs_seal(qs_buffer *out, const char *kind, const void *secret, size_t len, const void *passphrase,
                       size_t passphrase_len)
{
    struct header header = {0};
    struct keyed *keyed = NULL;
    quorsum_status status = check_secrets(kind, passphrase, passphrase_len);

    if (out == NULL || out->len != 0 || (secret == NULL && len > 0))
        return QUORSUM_ERR_ARGUMENT;
    if (status == QUORSUM_OK && len > QS_SEAL_SECRET_MAX)
        status = QUORSUM_ERR_LIMIT;
    if (status == QUORSUM_OK) {
        put_header(out, kind, &header);
        status = out->status;
    }
    if (status == QUORSUM_OK)
        status = derive(&keyed, &header, passphrase, passphrase_len);
    if (status == QUORSUM_OK)
        status = put_stream(out, &header, keyed, secret, len);
    if (status != QUORSUM_OK) {
        qs_buffer_free(out);
        out->status = status;
    }
    qs_secret_release(keyed);
    return status;
}

/* Reads a text and demands that it is `wanted`, else ERR_TYPE. */
static void expect_text(qs_cbor_reader *reader, const char *wanted)
{
    size_t len;
    const char *text = qs_cbor_text(reader, &len, QS_SEAL_KIND_MAX);

    if (text != NULL && (len != strlen(wanted) || memcmp(text, wanted, len) != 0))
        reader->status = QUORSUM_ERR_TYPE;
}

/* Type and version come before everything that a later version may have changed. */
static quorsum_status read_header(struct header *header, const char *kind, const uint8_t *sealed, size_t len)
{
    qs_cbor_reader reader;
    uint64_t fields;

    qs_cbor_begin(&reader, sealed, len);
    fields = qs_cbor_map(&reader, 64);
    qs_cbor_key(&reader, 0);
    expect_text(&reader, TYPE);
    qs_cbor_key(&reader, 1);
    if (qs_cbor_uint(&reader, UINT64_MAX) != QS_SEAL_VERSION && reader.status == QUORSUM_OK)
        reader.status = QUORSUM_ERR_VERSION;
    if (fields != FIELDS && reader.status == QUORSUM_OK)
        reader.status = QUORSUM_ERR_NOT_CANONICAL;
    qs_cbor_key(&reader, 2);
    expect_text(&reader, kind);
    qs_cbor_key(&reader, 3);
    header->ops = qs_cbor_uint(&reader, QS_SEAL_OPS_MAX);
    qs_cbor_key(&reader, 4);
    header->mem = qs_cbor_uint(&reader, QS_SEAL_MEM_MAX);
    qs_cbor_key(&reader, 5);
    qs_cbor_fixed(&reader, header->salt, sizeof header->salt);
    if (reader.status == QUORSUM_OK && (header->ops < 1 || header->mem < QS_SEAL_MEM_MIN))
        reader.status = QUORSUM_ERR_RANGE;
    header->bytes = (size_t)(reader.at - sealed);
    return reader.status;
}

static quorsum_status check_lengths(const struct header *header, size_t sealed_len)
{
    size_t rest = sealed_len - header->bytes;

    if (rest < STREAM_BYTES + EXTRA_BYTES)
        return QUORSUM_ERR_TRUNCATED;
    return rest - STREAM_BYTES - EXTRA_BYTES > QS_SEAL_SECRET_MAX ? QUORSUM_ERR_LIMIT : QUORSUM_OK;
}

/* Opens the one chunk, which must be the final one, into `secret`. */
static quorsum_status take_stream(uint8_t *secret, struct keyed *keyed, const struct header *header,
                                  const uint8_t *sealed, size_t sealed_len)
{
    const uint8_t *stream = sealed + header->bytes;
    unsigned char tag = 0;

    if (crypto_secretstream_xchacha20poly1305_init_pull(&keyed->state, stream, keyed->key) != 0)
        return QUORSUM_ERR_PASSPHRASE;
    if (crypto_secretstream_xchacha20poly1305_pull(&keyed->state, secret, NULL, &tag, stream + STREAM_BYTES,
                                                   sealed_len - header->bytes - STREAM_BYTES, sealed,
                                                   header->bytes) != 0)
        return QUORSUM_ERR_PASSPHRASE;
    return tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL ? QUORSUM_OK : QUORSUM_ERR_PASSPHRASE;
}

quorsum_status qs_unseal(void **secret, size_t *len, const char *kind, const uint8_t *sealed, size_t sealed_len,
                         const void *passphrase, size_t passphrase_len)
{
    struct header header = {0};
    struct keyed *keyed = NULL;
    uint8_t *opened = NULL;
    size_t opened_len = 0;
    quorsum_status status = check_secrets(kind, passphrase, passphrase_len);

    if (secret != NULL)
        *secret = NULL;
    if (len != NULL)
        *len = 0;
    if (secret == NULL || len == NULL || sealed == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (status == QUORSUM_OK)
        status = read_header(&header, kind, sealed, sealed_len);
    if (status == QUORSUM_OK)
        status = check_lengths(&header, sealed_len);
    if (status == QUORSUM_OK) {
        opened_len = sealed_len - header.bytes - STREAM_BYTES - EXTRA_BYTES;
        opened = qs_secret_block(opened_len);
        status = opened != NULL ? derive(&keyed, &header, passphrase, passphrase_len) : QUORSUM_ERR_MEMORY;
    }
    if (status == QUORSUM_OK)
        status = take_stream(opened, keyed, &header, sealed, sealed_len);
    if (status == QUORSUM_OK) {
        *secret = opened;
        *len = opened_len;
        opened = NULL;
    }
    qs_secret_release(keyed);
    qs_secret_release(opened);
    return status;
}
