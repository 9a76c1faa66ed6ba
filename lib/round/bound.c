/* SPDX-License-Identifier: Apache-2.0 */
/* The common part of writing and reading a task's messages. Lengths are sums of fixed widths that the task fixes. */
#include "lib/round/bound.h"

#include <stdlib.h>
#include <string.h>

#include "lib/proof/knowledge.h"
#include "lib/proof/share.h"
#include "lib/round/level.h"

#define HEADER_MAX 1024 /* map, kind, version, sender, digests, counts and the trustees of a result: under 900 bytes */
#define REFUSED_MAX_BYTES 160 /* a map of sender, sequence, digest and a reason of 64 bytes: 145 */

void qs_bound_begin(qs_buffer *out, const char *kind, size_t keys, const quorsum_task *task,
                    const quorsum_identity *signer)
{
    qs_message_begin(out, kind, keys, quorsum_identity_public(signer), quorsum_key_record_digest(task->record),
                     task->digest);
}

void qs_bound_put_uint(qs_buffer *out, uint64_t key, uint64_t value)
{
    qs_cbor_put_uint(out, key);
    qs_cbor_put_uint(out, value);
}

void qs_bound_put_bytes(qs_buffer *out, uint64_t key, const void *data, size_t len)
{
    qs_cbor_put_uint(out, key);
    qs_cbor_put_bytes(out, data, len);
}

void qs_bound_put_trustees(qs_buffer *out, uint64_t key, const uint32_t *trustees, size_t count)
{
    qs_cbor_put_uint(out, key);
    qs_cbor_put_array(out, count);
    for (size_t i = 0; i < count; i++)
        qs_cbor_put_uint(out, trustees[i]);
}

quorsum_status qs_bound_finish(quorsum_bytes *out, qs_buffer *buffer, const char *kind, const quorsum_task *task,
                               const quorsum_identity *signer, uint8_t *digest)
{
    quorsum_status status;

    qs_message_sign(buffer, kind, signer, task->digest, digest);
    status = buffer->status;
    if (status == QUORSUM_OK)
        *out = (quorsum_bytes){buffer->data, buffer->len};
    else
        qs_buffer_free(buffer);
    return status;
}

quorsum_status qs_bound_open(qs_message *message, const char *kind, size_t keys, const quorsum_task *task,
                             const uint8_t *in, size_t len)
{
    quorsum_status status = qs_message_open(message, kind, keys, in, len);

    if (status != QUORSUM_OK)
        return status;
    if (memcmp(message->key, quorsum_key_record_digest(task->record), QUORSUM_DIGEST_BYTES) != 0)
        return QUORSUM_ERR_KEY_MISMATCH;
    if (memcmp(message->task, task->digest, QUORSUM_DIGEST_BYTES) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    return QUORSUM_OK;
}

void qs_bound_refuse(qs_message *message, quorsum_status status)
{
    if (message->header.status == QUORSUM_OK)
        message->header.status = status;
}

void qs_bound_expect_uint(qs_message *message, uint64_t key, uint64_t expected, quorsum_status otherwise)
{
    qs_cbor_key(&message->header, key);
    if (qs_cbor_uint(&message->header, UINT64_MAX) != expected)
        qs_bound_refuse(message, otherwise);
}

void qs_bound_expect_digest(qs_message *message, uint64_t key, const uint8_t *expected, quorsum_status otherwise)
{
    uint8_t digest[QUORSUM_DIGEST_BYTES];

    qs_cbor_key(&message->header, key);
    qs_cbor_fixed(&message->header, digest, sizeof digest);
    if (memcmp(digest, expected, sizeof digest) != 0)
        qs_bound_refuse(message, otherwise);
}

size_t qs_bound_take_trustees(qs_message *message, uint64_t key, uint32_t trustees[QUORSUM_TRUSTEES_MAX],
                              const quorsum_key_record *record)
{
    qs_cbor_reader *header = &message->header;
    size_t count;
    uint32_t last = 0;

    qs_cbor_key(header, key);
    count = (size_t)qs_cbor_array(header, QUORSUM_TRUSTEES_MAX);
    if (count < quorsum_key_record_quorum(record))
        qs_bound_refuse(message, QUORSUM_ERR_TOO_FEW_SHARES);
    for (size_t i = 0; i < count && header->status == QUORSUM_OK; i++) {
        uint32_t trustee = (uint32_t)qs_cbor_uint(header, QUORSUM_TRUSTEES_MAX);

        if (trustee == 0 || trustee > quorsum_key_record_trustees(record))
            qs_bound_refuse(message, QUORSUM_ERR_TRUSTEE);
        if (trustee <= last)
            qs_bound_refuse(message, trustee == last ? QUORSUM_ERR_DUPLICATE_TRUSTEE : QUORSUM_ERR_NOT_CANONICAL);
        trustees[i] = trustee;
        last = trustee;
    }
    return count;
}

uint32_t qs_bound_take_sequence(qs_message *message, uint64_t key)
{
    uint32_t sequence;

    qs_cbor_key(&message->header, key);
    sequence = (uint32_t)qs_cbor_uint(&message->header, QS_SEQUENCE_MAX);
    if (sequence == 0)
        qs_bound_refuse(message, QUORSUM_ERR_RANGE);
    return sequence;
}

int qs_bound_is_coordinator(const quorsum_task *task, const uint8_t *identity)
{
    return memcmp(task->coordinator, identity, QUORSUM_IDENTITY_BYTES) == 0;
}

uint32_t qs_bound_trustee_of(const quorsum_task *task, const uint8_t *identity)
{
    for (uint32_t i = 1; i <= quorsum_key_record_trustees(task->record); i++) {
        const uint8_t *trustee = quorsum_key_record_trustee(task->record, i);

        if (trustee != NULL && memcmp(trustee, identity, QUORSUM_IDENTITY_BYTES) == 0)
            return i;
    }
    return 0;
}

int qs_bound_fits(const qs_message *message, uint64_t blocks_len)
{
    uint64_t left = (uint64_t)(message->header.end - message->header.at);

    return message->header.status == QUORSUM_OK && left >= QS_SIGNATURE_BYTES &&
           left - QS_SIGNATURE_BYTES == blocks_len;
}

int qs_bound_sender(uint8_t out[QUORSUM_IDENTITY_BYTES], const char *kind, size_t keys, const uint8_t *in, size_t len)
{
    qs_message message;

    memset(out, 0, QUORSUM_IDENTITY_BYTES);
    /* The sender stands near the front: it may be readable although what follows is not. */
    if (qs_message_open(&message, kind, keys, in, len) != QUORSUM_OK && message.sender == NULL)
        return 0;
    memcpy(out, message.sender, QUORSUM_IDENTITY_BYTES);
    return 1;
}

/* count * each + more, or SIZE_MAX where that does not fit: no file is that long. */
static size_t bounded(uint64_t count, uint64_t each, uint64_t more)
{
    uint64_t total = count * each + more; /* 2^32 * 2^12 + ...: no overflow of 64 bits */

    return total < SIZE_MAX ? (size_t)total : SIZE_MAX;
}

size_t qs_contribution_max(const quorsum_task *task)
{
    const quorsum_public_key *key = quorsum_key_record_public(task->record);
    size_t count = quorsum_plan_plaintexts(task->plan);

    return bounded(count, quorsum_public_key_ciphertext_bytes(key), HEADER_MAX + qs_knowledge_bytes(key, count) + qs_level_bytes(task));
}

size_t qs_manifest_max(const quorsum_task *task)
{
    return bounded(task->max_cohort < QS_SENDERS_MAX ? task->max_cohort : QS_SENDERS_MAX, QS_ENTRY_BYTES,
                   HEADER_MAX + (uint64_t)QS_REFUSED_MAX * REFUSED_MAX_BYTES);
}

size_t qs_aggregate_max(const quorsum_task *task)
{
    const quorsum_public_key *key = quorsum_key_record_public(task->record);

    return bounded(quorsum_plan_plaintexts(task->plan), quorsum_public_key_ciphertext_bytes(key), HEADER_MAX);
}

size_t qs_partial_max(const quorsum_task *task)
{
    const quorsum_public_key *key = quorsum_key_record_public(task->record);
    size_t proof = qs_share_proof_bytes(task->record->parts.share_bits);

    return bounded(quorsum_plan_plaintexts(task->plan), quorsum_public_key_modulus_bytes(key), HEADER_MAX + proof);
}

size_t qs_completion_max(const quorsum_task *task)
{
    return qs_result_max(task); /* one part of one */
}

size_t qs_result_max(const quorsum_task *task)
{
    return qs_aggregate_max(task); /* m and r together are as long as their ciphertext */
}
