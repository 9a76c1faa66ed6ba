/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partial decryptions as messages. Reading one ties it to key, task, aggregate and the trustee's identity; whether its
 * numbers are right is for the combiner, which asks its proof.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/proof/share.h"
#include "lib/round/aggregate.h"

static quorsum_status encode(quorsum_bytes *out, const quorsum_task *task, const quorsum_aggregate *aggregate,
                             const quorsum_partial *partial, const quorsum_identity *identity)
{
    const qs_ring *root = quorsum_key_record_public(task->record)->root;
    qs_buffer message = {0};
    uint8_t *blocks;

    qs_bound_begin(&message, QS_KIND_PARTIAL, QS_PARTIAL_KEYS, task, identity);
    qs_bound_put_uint(&message, 10, partial->trustee);
    qs_bound_put_bytes(&message, 11, aggregate->digest, QUORSUM_DIGEST_BYTES);
    qs_bound_put_uint(&message, 12, partial->count);
    qs_bound_put_bytes(&message, 13, partial->proof, QS_CHALLENGE_BYTES);
    qs_bound_put_bytes(&message, 14, partial->proof + QS_CHALLENGE_BYTES, partial->proof_len - QS_CHALLENGE_BYTES);
    blocks = qs_buffer_extend(&message, partial->count * root->bytes);
    for (size_t k = 0; k < partial->count && blocks != NULL; k++)
        qs_ring_write(root, blocks + k * root->bytes, partial->value + k * root->limbs);
    return qs_bound_finish(out, &message, QS_KIND_PARTIAL, task, identity, NULL);
}

quorsum_status quorsum_partial_make(quorsum_bytes *out, const quorsum_task *task, const quorsum_aggregate *aggregate,
                                    const quorsum_key_share *share, const quorsum_identity *identity,
                                    const quorsum_run *run)
{
    quorsum_partial *partial = NULL;
    const uint8_t *expected;
    quorsum_status status;

    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || task == NULL || aggregate == NULL || share == NULL || identity == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (memcmp(aggregate->task, task->digest, sizeof aggregate->task) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    expected = quorsum_key_record_trustee(task->record, quorsum_key_share_trustee(share));
    if (expected != NULL && memcmp(expected, quorsum_identity_public(identity), QUORSUM_IDENTITY_BYTES) != 0)
        return QUORSUM_ERR_TRUSTEE;
    status = quorsum_partial_decrypt(&partial, task->record, share, aggregate->ciphertexts, task->digest,
                                     quorsum_identity_public(identity), run);
    if (status == QUORSUM_OK)
        status = encode(out, task, aggregate, partial, identity);
    quorsum_partial_free(partial);
    return status;
}

static quorsum_status allocate(quorsum_partial *partial, const quorsum_task *task)
{
    partial->count = quorsum_plan_plaintexts(task->plan);
    partial->limbs = quorsum_key_record_public(task->record)->root->limbs;
    partial->proof_len = qs_share_proof_bytes(task->record->parts.share_bits);
    partial->value = calloc(partial->count, partial->limbs * sizeof *partial->value);
    partial->proof = malloc(partial->proof_len);
    return partial->value != NULL && partial->proof != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
}

static void take_header(quorsum_partial *partial, qs_message *message, const quorsum_task *task,
                        const quorsum_aggregate *aggregate)
{
    qs_cbor_reader *header = &message->header;

    qs_cbor_key(header, 10);
    partial->trustee = (uint32_t)qs_cbor_uint(header, QUORSUM_TRUSTEES_MAX);
    if (partial->trustee == 0 || partial->trustee > quorsum_key_record_trustees(task->record))
        qs_bound_refuse(message, QUORSUM_ERR_TRUSTEE);
    qs_bound_expect_digest(message, 11, aggregate->digest, QUORSUM_ERR_MISSING); /* made for another aggregate */
    qs_bound_expect_uint(message, 12, partial->count, QUORSUM_ERR_WIDTH);
    qs_cbor_key(header, 13);
    qs_cbor_fixed(header, partial->proof, QS_CHALLENGE_BYTES);
    qs_cbor_key(header, 14);
    qs_cbor_fixed(header, partial->proof + QS_CHALLENGE_BYTES, partial->proof_len - QS_CHALLENGE_BYTES);
}

static quorsum_status take_values(quorsum_partial *partial, const qs_message *message, const qs_ring *root)
{
    for (size_t k = 0; k < partial->count; k++) {
        if (qs_ring_read(root, partial->value + k * root->limbs, message->blocks + k * root->bytes) != 0)
            return QUORSUM_ERR_RANGE;
    }
    return QUORSUM_OK;
}

static quorsum_status read_partial(quorsum_partial *partial, const quorsum_task *task,
                                   const quorsum_aggregate *aggregate, const uint8_t *in, size_t len)
{
    const qs_ring *root = quorsum_key_record_public(task->record)->root;
    uint64_t blocks_len = (uint64_t)partial->count * root->bytes;
    const uint8_t *expected;
    qs_message message;
    quorsum_status status = qs_bound_open(&message, QS_KIND_PARTIAL, QS_PARTIAL_KEYS, task, in, len);

    if (status != QUORSUM_OK)
        return status;
    take_header(partial, &message, task, aggregate);
    expected = quorsum_key_record_trustee(task->record, partial->trustee);
    if (qs_bound_fits(&message, blocks_len) && expected != NULL &&
        memcmp(expected, message.sender, QUORSUM_IDENTITY_BYTES) != 0)
        return QUORSUM_ERR_TRUSTEE;
    status = qs_message_close(&message, blocks_len);
    if (status == QUORSUM_OK)
        status = take_values(partial, &message, root);
    memcpy(partial->key, message.key, sizeof partial->key);
    memcpy(partial->task, message.task, sizeof partial->task);
    memcpy(partial->prover, message.sender, sizeof partial->prover);
    return status;
}

quorsum_status quorsum_partial_decode(quorsum_partial **out, const quorsum_task *task,
                                      const quorsum_aggregate *aggregate, const uint8_t *in, size_t len)
{
    quorsum_partial *partial;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || task == NULL || aggregate == NULL || (in == NULL && len > 0))
        return QUORSUM_ERR_ARGUMENT;
    if (memcmp(aggregate->task, task->digest, sizeof aggregate->task) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    partial = calloc(1, sizeof *partial);
    if (partial == NULL)
        return QUORSUM_ERR_MEMORY;
    status = allocate(partial, task);
    if (status == QUORSUM_OK)
        status = read_partial(partial, task, aggregate, in, len);
    if (status == QUORSUM_OK) {
        *out = partial;
        partial = NULL;
    }
    quorsum_partial_free(partial);
    return status;
}
