/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confirmations: trustees who have checked a key record, and their own share against it, sign its digest. They stand
 * behind the record's message, in ascending order of the trustees,
 *
 *     index (1 byte) | Ed25519 signature by the trustee's identity over
 *                      L("quorsum/v1/confirmation") L(key digest) L(u64(index))
 *
 * and are no part of it: a record's digest, and with it every share and every task, stays when one more comes.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/identity.h"
#include "lib/base/message.h"
#include "lib/threshold/key_record.h"

#define DOMAIN "quorsum/v1/confirmation"
#define ENTRY QS_CONFIRMATION_BYTES
#define SIGNED_BYTES (3 * 8 + sizeof DOMAIN - 1 + QUORSUM_DIGEST_BYTES + 8)

static size_t put_item(uint8_t *out, const void *data, size_t len)
{
    qs_store64(out, len);
    memcpy(out + 8, data, len);
    return 8 + len;
}

/* What trustee `index` signs. */
static void signed_bytes(uint8_t out[SIGNED_BYTES], const uint8_t digest[QUORSUM_DIGEST_BYTES], uint32_t index)
{
    uint8_t number[8];
    size_t len = put_item(out, DOMAIN, sizeof DOMAIN - 1);

    qs_store64(number, index);
    len += put_item(out + len, digest, QUORSUM_DIGEST_BYTES);
    (void)put_item(out + len, number, sizeof number);
}

void qs_confirmation_sign(uint8_t entry[QS_CONFIRMATION_BYTES], const uint8_t digest[QUORSUM_DIGEST_BYTES],
                          uint32_t index, const quorsum_identity *identity)
{
    uint8_t text[SIGNED_BYTES];

    entry[0] = (uint8_t)index;
    signed_bytes(text, digest, index);
    qs_identity_sign(identity, entry + 1, text, sizeof text);
}

quorsum_status qs_confirmation_check(const uint8_t entry[QS_CONFIRMATION_BYTES],
                                     const uint8_t digest[QUORSUM_DIGEST_BYTES],
                                     const uint8_t trustee[QUORSUM_IDENTITY_BYTES])
{
    uint8_t text[SIGNED_BYTES];

    signed_bytes(text, digest, entry[0]);
    return crypto_sign_verify_detached(entry + 1, text, sizeof text, trustee) == 0 ? QUORSUM_OK
                                                                                    : QUORSUM_ERR_SIGNATURE;
}

static quorsum_status check_entry(const qs_key_parts *parts, const uint8_t *digest, const uint8_t *entry,
                                  uint32_t previous)
{
    uint32_t index = entry[0];

    if (parts->roster == NULL || index < 1 || index > parts->trustees)
        return QUORSUM_ERR_TRUSTEE;
    if (index <= previous)
        return index == previous ? QUORSUM_ERR_DUPLICATE_TRUSTEE : QUORSUM_ERR_NOT_CANONICAL;
    return qs_confirmation_check(entry, digest, parts->roster + (size_t)(index - 1) * QUORSUM_IDENTITY_BYTES);
}

quorsum_status qs_confirmations_check(const qs_key_parts *parts, const uint8_t digest[QUORSUM_DIGEST_BYTES],
                                      const uint8_t *in, size_t len)
{
    uint32_t previous = 0;
    quorsum_status status = QUORSUM_OK;

    for (; len >= ENTRY && status == QUORSUM_OK; in += ENTRY, len -= ENTRY) {
        status = check_entry(parts, digest, in, previous);
        previous = in[0];
    }
    return status == QUORSUM_OK && len > 0 ? QUORSUM_ERR_TRUNCATED : status;
}

/* ---- of a record ---- */

static const uint8_t *entry_at(const quorsum_key_record *record, size_t i)
{
    return record->encoded.data + record->message_len + i * ENTRY;
}

uint32_t quorsum_key_record_confirmed(const quorsum_key_record *record)
{
    return (uint32_t)((record->encoded.len - record->message_len) / ENTRY);
}

/* A dealer's key has proofs and a dealer who answers for it, so a quorum, one of them honest, is enough. What a ceremony
 * makes is sound because every honest member of it saw the whole of it. One honest signature and those of all who deviated
 * are a quorum too; and there could be two such records if one member's state was set back and it signed twice. */
uint32_t quorsum_key_record_needed(const quorsum_key_record *record)
{
    return qs_digest_is_none(record->parts.ceremony) ? record->parts.quorum : record->parts.trustees;
}

int qs_key_record_is_confirmed(const quorsum_key_record *record)
{
    return quorsum_key_record_confirmed(record) >= quorsum_key_record_needed(record);
}

static const uint8_t *find_entry(const quorsum_key_record *record, uint32_t trustee)
{
    for (size_t i = 0; i < quorsum_key_record_confirmed(record); i++) {
        if (entry_at(record, i)[0] == trustee)
            return entry_at(record, i);
    }
    return NULL;
}

int quorsum_key_record_confirmed_by(const quorsum_key_record *record, uint32_t trustee)
{
    return find_entry(record, trustee) != NULL;
}

/* The record with the entries of both: `one`, or those of `other`; either may be NULL. */
static quorsum_status with_more(quorsum_key_record **out, const quorsum_key_record *record, const uint8_t *one,
                                const quorsum_key_record *other)
{
    uint8_t *entries = malloc((size_t)QUORSUM_TRUSTEES_MAX * ENTRY);
    size_t len = 0;
    quorsum_status status;

    if (entries == NULL)
        return QUORSUM_ERR_MEMORY;
    for (uint32_t i = 1; i <= record->parts.trustees; i++) {
        const uint8_t *entry = find_entry(record, i);

        if (entry == NULL && one != NULL && one[0] == i)
            entry = one;
        if (entry == NULL && other != NULL)
            entry = find_entry(other, i);
        if (entry != NULL) {
            memcpy(entries + len, entry, ENTRY);
            len += ENTRY;
        }
    }
    status = qs_key_record_with(out, record, entries, len);
    free(entries);
    return status;
}

/* Whoever confirms what a ceremony made says that it took part and saw everything hold. A share that fits says nothing
 * of the kind: somebody alone may have made N, dealt shares and written a record that claims a ceremony. */
quorsum_status quorsum_key_record_confirm(quorsum_key_record **out, const quorsum_key_record *record,
                                          const quorsum_key_share *share, const quorsum_identity *identity)
{
    uint8_t entry[ENTRY];
    const uint8_t *expected;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || record == NULL || share == NULL || identity == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_digest_is_none(record->parts.ceremony))
        return QUORSUM_ERR_TYPE;
    status = quorsum_key_share_check(share, record);
    if (status != QUORSUM_OK)
        return status;
    expected = quorsum_key_record_trustee(record, share->trustee);
    if (expected == NULL || memcmp(expected, quorsum_identity_public(identity), QUORSUM_IDENTITY_BYTES) != 0)
        return QUORSUM_ERR_TRUSTEE;
    qs_confirmation_sign(entry, record->digest, share->trustee, identity);
    return with_more(out, record, entry, NULL);
}

quorsum_status quorsum_key_record_merge(quorsum_key_record **out, const quorsum_key_record *record,
                                        const quorsum_key_record *other)
{
    if (out != NULL)
        *out = NULL;
    if (out == NULL || record == NULL || other == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (memcmp(record->digest, other->digest, sizeof record->digest) != 0)
        return QUORSUM_ERR_KEY_MISMATCH;
    return with_more(out, record, NULL, other);
}
