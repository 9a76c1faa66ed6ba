/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key shares: at rest under a passphrase, as {0: trustee, 1: key digest, 2: share_bits, 3: S_i at the full width of
 * share_bits}, and checked against the verification key before use.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/cbor.h"
#include "lib/base/seal.h"
#include "lib/threshold/partial.h"

#define KIND "share"
#define FIELDS 4

enum { FIELD_TRUSTEE = 0, FIELD_KEY = 1, FIELD_BITS = 2, FIELD_VALUE = 3 };

quorsum_status qs_key_share_new(quorsum_key_share **out, uint32_t trustee, size_t share_bits)
{
    quorsum_key_share *share = calloc(1, sizeof *share);

    *out = NULL;
    if (share == NULL)
        return QUORSUM_ERR_MEMORY;
    share->trustee = trustee;
    share->share_bits = share_bits;
    if (qs_secret_init(&share->value, (share_bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS) != 0) {
        free(share);
        return QUORSUM_ERR_MEMORY;
    }
    *out = share;
    return QUORSUM_OK;
}

quorsum_status qs_key_share_copy(quorsum_key_share **out, const quorsum_key_share *share)
{
    quorsum_status status = qs_key_share_new(out, share->trustee, share->share_bits);

    if (status == QUORSUM_OK) {
        memcpy((*out)->key, share->key, sizeof share->key);
        memcpy((*out)->value.limb, share->value.limb, share->value.limbs * sizeof(mp_limb_t));
    }
    return status;
}

void quorsum_key_share_free(quorsum_key_share *share)
{
    if (share == NULL)
        return;
    qs_secret_clear(&share->value);
    free(share);
}

uint32_t quorsum_key_share_trustee(const quorsum_key_share *share)
{
    return share->trustee;
}

const uint8_t *quorsum_key_share_key(const quorsum_key_share *share)
{
    return share->key;
}

/* ---- sealing ---- */

/* The content with a share of zeros: what is secret never enters a growing buffer. */
static void put_template(qs_buffer *out, const quorsum_key_share *share, size_t value_len)
{
    uint8_t *zeros = calloc(1, value_len);

    qs_cbor_put_map(out, FIELDS);
    qs_cbor_put_uint(out, FIELD_TRUSTEE);
    qs_cbor_put_uint(out, share->trustee);
    qs_cbor_put_uint(out, FIELD_KEY);
    qs_cbor_put_bytes(out, share->key, sizeof share->key);
    qs_cbor_put_uint(out, FIELD_BITS);
    qs_cbor_put_uint(out, share->share_bits);
    qs_cbor_put_uint(out, FIELD_VALUE);
    qs_cbor_put_bytes(out, zeros, value_len); /* NULL without memory: the buffer then says ERR_ARGUMENT */
    if (zeros == NULL)
        out->status = QUORSUM_ERR_MEMORY;
    free(zeros);
}

quorsum_status quorsum_key_share_seal(quorsum_bytes *out, const quorsum_key_share *share, const char *passphrase,
                                      size_t passphrase_len)
{
    qs_buffer template = {0};
    qs_buffer sealed = {0};
    uint8_t *content = NULL;
    size_t value_len;
    quorsum_status status;

    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || share == NULL)
        return QUORSUM_ERR_ARGUMENT;
    value_len = (share->share_bits + 7) / 8;
    put_template(&template, share, value_len);
    status = template.status;
    if (status == QUORSUM_OK) {
        content = qs_secret_block(template.len);
        status = content != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
    }
    if (status == QUORSUM_OK) {
        memcpy(content, template.data, template.len);
        (void)qs_limbs_to_bytes(content + template.len - value_len, value_len, share->value.limb, share->value.limbs);
        status = qs_seal(&sealed, KIND, content, template.len, passphrase, passphrase_len);
    }
    if (status == QUORSUM_OK)
        *out = (quorsum_bytes){sealed.data, sealed.len};
    else
        qs_buffer_free(&sealed);
    qs_secret_release(content);
    qs_buffer_free(&template);
    return status;
}

/* ---- unsealing ---- */

/* The value's bytes are exactly as long as share_bits says, and no bit above it is set. */
static quorsum_status take_value(quorsum_key_share *share, const uint8_t *bytes, size_t len)
{
    unsigned spare = (unsigned)(8 * len - share->share_bits);

    if (qs_limbs_from_bytes(share->value.limb, share->value.limbs, bytes, len) != 0 || bytes[0] >> (8 - spare) != 0)
        return QUORSUM_ERR_RANGE;
    return QUORSUM_OK;
}

static quorsum_status read_content(quorsum_key_share **out, const uint8_t *content, size_t content_len)
{
    qs_cbor_reader reader;
    uint8_t key[QUORSUM_DIGEST_BYTES];
    const uint8_t *value;
    uint64_t trustee, bits;
    size_t len;
    quorsum_status status;

    qs_cbor_begin(&reader, content, content_len);
    if (qs_cbor_map(&reader, FIELDS) != FIELDS && reader.status == QUORSUM_OK)
        return QUORSUM_ERR_NOT_CANONICAL;
    qs_cbor_key(&reader, FIELD_TRUSTEE);
    trustee = qs_cbor_uint(&reader, QUORSUM_TRUSTEES_MAX);
    qs_cbor_key(&reader, FIELD_KEY);
    qs_cbor_fixed(&reader, key, sizeof key);
    qs_cbor_key(&reader, FIELD_BITS);
    bits = qs_cbor_uint(&reader, QS_SHARE_BITS_MAX);
    qs_cbor_key(&reader, FIELD_VALUE);
    value = qs_cbor_bytes(&reader, &len, QS_SHARE_BITS_MAX / 8);
    status = qs_cbor_finish(&reader);
    if (status != QUORSUM_OK)
        return status;
    if (trustee == 0 || bits == 0 || len != (bits + 7) / 8)
        return QUORSUM_ERR_RANGE;
    status = qs_key_share_new(out, (uint32_t)trustee, (size_t)bits);
    if (status == QUORSUM_OK) {
        memcpy((*out)->key, key, sizeof key);
        status = take_value(*out, value, len);
    }
    return status;
}

quorsum_status quorsum_key_share_unseal(quorsum_key_share **out, const uint8_t *sealed, size_t len,
                                        const char *passphrase, size_t passphrase_len)
{
    quorsum_key_share *share = NULL;
    void *content = NULL;
    size_t content_len = 0;
    quorsum_status status;

    if (out == NULL)
        return QUORSUM_ERR_ARGUMENT;
    *out = NULL;
    status = qs_unseal(&content, &content_len, KIND, sealed, len, passphrase, passphrase_len);
    if (status == QUORSUM_OK)
        status = read_content(&share, content, content_len);
    if (status == QUORSUM_OK) {
        *out = share;
        share = NULL;
    }
    quorsum_key_share_free(share);
    qs_secret_release(content);
    return status;
}

/* ---- against the record ---- */

quorsum_status quorsum_key_share_check(const quorsum_key_share *share, const quorsum_key_record *record)
{
    const qs_key_parts *parts;
    const qs_ring *root;
    mp_limb_t *power;
    quorsum_status status;

    if (share == NULL || record == NULL)
        return QUORSUM_ERR_ARGUMENT;
    parts = &record->parts;
    root = parts->key->root;
    if (memcmp(share->key, record->digest, sizeof share->key) != 0)
        return QUORSUM_ERR_KEY_MISMATCH;
    if (share->trustee < 1 || share->trustee > parts->trustees || share->share_bits != parts->share_bits)
        return QUORSUM_ERR_KEY_CHECK;
    power = calloc(root->width, sizeof *power);
    if (power == NULL)
        return QUORSUM_ERR_MEMORY;
    status = qs_verification_key(power, parts->key, record->v, &share->value, share->share_bits);
    if (status == QUORSUM_OK &&
        !qs_ring_equal(root, power, parts->verify + (size_t)(share->trustee - 1) * root->limbs))
        status = QUORSUM_ERR_KEY_CHECK;
    free(power);
    return status;
}
