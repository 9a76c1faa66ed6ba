/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing and reading the signed envelope. The signature covers the digest of header and blocks, and besides it
 * kind and task, so that no signature given for one purpose serves another.
 */
#include "lib/base/message.h"

#include <sodium.h>
#include <string.h>

#define DOMAIN "quorsum/v1/message"
#define SIGNED_MAX (4 * 8 + sizeof DOMAIN - 1 + QS_KIND_BYTES + 2 * QUORSUM_DIGEST_BYTES)

enum { KEY_KIND = 0, KEY_VERSION = 1, KEY_SENDER = 2, KEY_KEY = 3, KEY_TASK = 4 };

typedef struct kind_rule {
    const char *name;
    unsigned names_key;
    unsigned names_task;
} kind_rule;

static const kind_rule kinds[] = {
    {QS_KIND_KEY, 0, 0},        {QS_KIND_TASK, 1, 0},      {QS_KIND_CONTRIBUTION, 1, 1},
    {QS_KIND_RECEIPT, 1, 1},    {QS_KIND_MANIFEST, 1, 1},  {QS_KIND_AGGREGATE, 1, 1},
    {QS_KIND_ACKNOWLEDGEMENT, 1, 1}, {QS_KIND_PARTIAL, 1, 1}, {QS_KIND_COMPLETION, 1, 1},
    {QS_KIND_RESULT, 1, 1},     {QS_KIND_EVIDENCE, 1, 1},   {QS_KIND_PROPOSAL, 0, 0},
    {QS_KIND_CEREMONY, 0, 0},
};

static const kind_rule *find_kind(const char *name, size_t len)
{
    for (size_t i = 0; name != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, name, len) == 0)
            return &kinds[i];
    }
    return NULL;
}

static size_t common_keys(const kind_rule *rule)
{
    return 3 + rule->names_key + rule->names_task;
}

static void fail(qs_buffer *out, quorsum_status status)
{
    if (out->status == QUORSUM_OK)
        out->status = status;
}

void qs_message_begin(qs_buffer *out, const char *kind, size_t extra_keys, const uint8_t *sender, const uint8_t *key,
                      const uint8_t *task)
{
    const kind_rule *rule = find_kind(kind, strlen(kind));

    if (rule == NULL || sender == NULL || out->len != 0 || (key != NULL) != rule->names_key ||
        (task != NULL) != rule->names_task || extra_keys > QS_KEYS_MAX - common_keys(rule)) {
        fail(out, QUORSUM_ERR_ARGUMENT);
        return;
    }
    qs_cbor_put_map(out, common_keys(rule) + extra_keys);
    qs_cbor_put_uint(out, KEY_KIND);
    qs_cbor_put_text(out, kind);
    qs_cbor_put_uint(out, KEY_VERSION);
    qs_cbor_put_uint(out, QS_MESSAGE_VERSION);
    qs_cbor_put_uint(out, KEY_SENDER);
    qs_cbor_put_bytes(out, sender, QUORSUM_IDENTITY_BYTES);
    if (key != NULL) {
        qs_cbor_put_uint(out, KEY_KEY);
        qs_cbor_put_bytes(out, key, QUORSUM_DIGEST_BYTES);
    }
    if (task != NULL) {
        qs_cbor_put_uint(out, KEY_TASK);
        qs_cbor_put_bytes(out, task, QUORSUM_DIGEST_BYTES);
    }
}

static size_t put_item(uint8_t *out, const void *data, size_t len)
{
    qs_store64(out, len);
    memcpy(out + 8, data, len);
    return 8 + len;
}

/* What the signature is over. */
static size_t signed_bytes(uint8_t out[SIGNED_MAX], const char *kind, const uint8_t *task, const uint8_t *digest)
{
    static const uint8_t no_task[QUORSUM_DIGEST_BYTES];
    size_t len = 0;

    len += put_item(out + len, DOMAIN, sizeof DOMAIN - 1);
    len += put_item(out + len, kind, strlen(kind));
    len += put_item(out + len, task != NULL ? task : no_task, QUORSUM_DIGEST_BYTES);
    len += put_item(out + len, digest, QUORSUM_DIGEST_BYTES);
    return len;
}

/* The sender that `begin` wrote: it stands behind the map's head, the kind and the version. */
static int sender_is(const qs_buffer *out, const kind_rule *rule, const uint8_t *public_half)
{
    qs_cbor_reader reader;
    uint8_t sender[QUORSUM_IDENTITY_BYTES];
    size_t len;

    qs_cbor_begin(&reader, out->data, out->len);
    (void)qs_cbor_map(&reader, QS_KEYS_MAX);
    qs_cbor_key(&reader, KEY_KIND);
    (void)qs_cbor_text(&reader, &len, strlen(rule->name));
    qs_cbor_key(&reader, KEY_VERSION);
    (void)qs_cbor_uint(&reader, QS_MESSAGE_VERSION);
    qs_cbor_key(&reader, KEY_SENDER);
    qs_cbor_fixed(&reader, sender, sizeof sender);
    return reader.status == QUORSUM_OK && memcmp(sender, public_half, sizeof sender) == 0;
}

void qs_message_make_signature(uint8_t signature[QS_SIGNATURE_BYTES], const char *kind,
                               const quorsum_identity *identity, const uint8_t *task,
                               const uint8_t digest[QUORSUM_DIGEST_BYTES])
{
    uint8_t text[SIGNED_MAX];
    size_t len = signed_bytes(text, kind, task, digest);

    qs_identity_sign(identity, signature, text, len);
}

void qs_message_sign(qs_buffer *out, const char *kind, const quorsum_identity *identity, const uint8_t *task,
                     uint8_t *digest)
{
    const kind_rule *rule = find_kind(kind, strlen(kind));
    uint8_t name[QUORSUM_DIGEST_BYTES];
    uint8_t signature[QS_SIGNATURE_BYTES];

    if (out->status != QUORSUM_OK)
        return;
    if (rule == NULL || identity == NULL || (task != NULL) != rule->names_task ||
        !sender_is(out, rule, quorsum_identity_public(identity))) {
        fail(out, QUORSUM_ERR_ARGUMENT);
        return;
    }
    (void)crypto_generichash(name, sizeof name, out->data, out->len, NULL, 0);
    qs_message_make_signature(signature, kind, identity, task, name);
    qs_buffer_append(out, signature, sizeof signature);
    if (digest != NULL && out->status == QUORSUM_OK)
        memcpy(digest, name, sizeof name);
}

/* 32 bytes, lent. */
static const uint8_t *take_digest(qs_cbor_reader *reader, uint64_t key)
{
    size_t len;
    const uint8_t *bytes;

    qs_cbor_key(reader, key);
    bytes = qs_cbor_bytes(reader, &len, QUORSUM_DIGEST_BYTES);
    if (reader->status == QUORSUM_OK && len != QUORSUM_DIGEST_BYTES)
        reader->status = QUORSUM_ERR_RANGE;
    return reader->status == QUORSUM_OK ? bytes : NULL;
}

/* The map's head and the kind, as far as every version has them. NULL, and the reader's status set, if it is none
 * of the known ones. */
static const kind_rule *take_kind(qs_cbor_reader *reader, uint64_t *keys)
{
    const kind_rule *rule;
    const char *text;
    size_t len;

    *keys = qs_cbor_map(reader, QS_KEYS_MAX);
    qs_cbor_key(reader, KEY_KIND);
    text = qs_cbor_text(reader, &len, QS_KIND_BYTES - 1);
    rule = find_kind(text, len);
    if (rule == NULL && reader->status == QUORSUM_OK)
        reader->status = QUORSUM_ERR_TYPE;
    return rule;
}

static void take_version(qs_cbor_reader *reader)
{
    uint64_t version;

    qs_cbor_key(reader, KEY_VERSION);
    version = qs_cbor_uint(reader, UINT64_MAX);
    if (reader->status == QUORSUM_OK && version != QS_MESSAGE_VERSION)
        reader->status = QUORSUM_ERR_VERSION;
}

quorsum_status qs_message_open(qs_message *message, const char *kind, size_t extra_keys, const uint8_t *data,
                               size_t len)
{
    const kind_rule *rule;
    qs_cbor_reader *reader = &message->header;
    uint64_t keys;

    memset(message, 0, sizeof *message);
    message->data = data;
    message->len = len;
    qs_cbor_begin(reader, data, len);
    rule = take_kind(reader, &keys);
    if (rule != NULL && strcmp(rule->name, kind) != 0)
        reader->status = QUORSUM_ERR_TYPE;
    if (rule == NULL || reader->status != QUORSUM_OK)
        return reader->status;
    message->kind = rule->name;
    take_version(reader);
    if (reader->status == QUORSUM_OK && keys != common_keys(rule) + extra_keys)
        reader->status = QUORSUM_ERR_NOT_CANONICAL;
    message->sender = take_digest(reader, KEY_SENDER);
    if (rule->names_key)
        message->key = take_digest(reader, KEY_KEY);
    if (rule->names_task)
        message->task = take_digest(reader, KEY_TASK);
    return reader->status;
}

static quorsum_status check_lengths(const qs_message *message, uint64_t blocks_len)
{
    size_t left = (size_t)(message->header.end - message->header.at);

    if (left < QS_SIGNATURE_BYTES || blocks_len > left - QS_SIGNATURE_BYTES)
        return QUORSUM_ERR_TRUNCATED;
    return blocks_len < left - QS_SIGNATURE_BYTES ? QUORSUM_ERR_TRAILING : QUORSUM_OK;
}

quorsum_status qs_message_check_signature(const uint8_t signature[QS_SIGNATURE_BYTES], const char *kind,
                                          const uint8_t *task, const uint8_t digest[QUORSUM_DIGEST_BYTES],
                                          const uint8_t sender[QUORSUM_IDENTITY_BYTES])
{
    uint8_t text[SIGNED_MAX];
    size_t len = signed_bytes(text, kind, task, digest);

    return crypto_sign_verify_detached(signature, text, len, sender) == 0 ? QUORSUM_OK : QUORSUM_ERR_SIGNATURE;
}

const uint8_t *qs_message_signature(const qs_message *message)
{
    return message->data + message->len - QS_SIGNATURE_BYTES;
}

void qs_message_digest(uint8_t digest[QUORSUM_DIGEST_BYTES], const uint8_t *data, size_t len)
{
    (void)crypto_generichash(digest, QUORSUM_DIGEST_BYTES, data, len - QS_SIGNATURE_BYTES, NULL, 0);
}

quorsum_status qs_message_close(qs_message *message, uint64_t blocks_len)
{
    quorsum_status status = message->header.status;

    if (status == QUORSUM_OK)
        status = check_lengths(message, blocks_len);
    if (status != QUORSUM_OK)
        return status;
    qs_message_digest(message->digest, message->data, message->len);
    status = qs_message_check_signature(qs_message_signature(message), message->kind, message->task, message->digest,
                                        message->sender);
    if (status != QUORSUM_OK)
        return status;
    message->blocks = message->header.at;
    message->blocks_len = (size_t)blocks_len;
    return QUORSUM_OK;
}

quorsum_status qs_message_close_followed(qs_message *message, uint64_t blocks_len, size_t *behind)
{
    size_t left = (size_t)(message->header.end - message->header.at);

    *behind = 0;
    if (message->header.status == QUORSUM_OK && left > QS_SIGNATURE_BYTES && blocks_len < left - QS_SIGNATURE_BYTES) {
        *behind = left - QS_SIGNATURE_BYTES - (size_t)blocks_len;
        message->header.end -= *behind;
        message->len -= *behind;
    }
    return qs_message_close(message, blocks_len);
}

quorsum_status qs_message_peek(const uint8_t *data, size_t len, char kind[QS_KIND_BYTES])
{
    qs_cbor_reader reader;
    const kind_rule *rule;
    uint64_t keys;

    memset(kind, 0, QS_KIND_BYTES);
    qs_cbor_begin(&reader, data, len);
    rule = take_kind(&reader, &keys);
    if (rule == NULL || reader.status != QUORSUM_OK)
        return reader.status;
    memcpy(kind, rule->name, strlen(rule->name));
    return QUORSUM_OK;
}
