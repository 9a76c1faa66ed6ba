/* SPDX-License-Identifier: Apache-2.0 */
/* Completions: written, read, and checked by re-encryption. */
#include "lib/round/completion.h"

#include <stdlib.h>
#include <string.h>

#include "lib/threshold/exact.h"

quorsum_status qs_part_range(qs_range *out, qs_part part, size_t count)
{
    uint64_t elements = count; /* below 2^27, like the part: no overflow of 64 bits */

    *out = (qs_range){0};
    if (part.number < 1 || part.number > part.parts || part.parts > count)
        return QUORSUM_ERR_RANGE;
    out->begin = (size_t)((part.number - 1) * elements / part.parts);
    out->count = (size_t)(part.number * elements / part.parts) - out->begin;
    return QUORSUM_OK;
}

static quorsum_status encode(quorsum_bytes *out, const quorsum_task *task, const quorsum_aggregate *aggregate,
                             qs_part part, const quorsum_opening *opening, const quorsum_identity *signer)
{
    qs_buffer message = {0};
    uint8_t *blocks;

    qs_bound_begin(&message, QS_KIND_COMPLETION, QS_COMPLETION_KEYS, task, signer);
    qs_bound_put_bytes(&message, 10, aggregate->digest, QUORSUM_DIGEST_BYTES);
    qs_bound_put_uint(&message, 11, part.number);
    qs_bound_put_uint(&message, 12, part.parts);
    qs_bound_put_trustees(&message, 13, opening->trustees, opening->trustee_count);
    qs_bound_put_uint(&message, 14, opening->count);
    blocks = qs_buffer_extend(&message, qs_opening_bytes(opening->key, opening->count));
    if (blocks != NULL)
        qs_opening_write(blocks, opening);
    return qs_bound_finish(out, &message, QS_KIND_COMPLETION, task, signer, NULL);
}

quorsum_status qs_completion_make(quorsum_bytes *out, const quorsum_task *task, const quorsum_aggregate *aggregate,
                                  qs_part part, const quorsum_opening *opening, const quorsum_identity *signer)
{
    qs_range range;
    quorsum_status status = qs_part_range(&range, part, aggregate->ciphertexts->count);

    *out = (quorsum_bytes){0};
    if (status == QUORSUM_OK && opening->count != range.count)
        status = QUORSUM_ERR_WIDTH;
    if (status == QUORSUM_OK && memcmp(aggregate->task, task->digest, sizeof aggregate->task) != 0)
        status = QUORSUM_ERR_TASK_MISMATCH;
    return status == QUORSUM_OK ? encode(out, task, aggregate, part, opening, signer) : status;
}

static void take_part(qs_completion *completion, qs_message *message, size_t count)
{
    qs_cbor_reader *header = &message->header;

    qs_cbor_key(header, 11);
    completion->part.number = (uint32_t)qs_cbor_uint(header, UINT32_MAX);
    qs_cbor_key(header, 12);
    completion->part.parts = (uint32_t)qs_cbor_uint(header, UINT32_MAX);
    if (qs_part_range(&completion->range, completion->part, count) != QUORSUM_OK)
        qs_bound_refuse(message, QUORSUM_ERR_RANGE);
}

static quorsum_status read_completion(qs_completion *completion, const quorsum_task *task,
                                      const quorsum_aggregate *aggregate, const uint8_t *in, size_t len)
{
    const quorsum_public_key *key = quorsum_key_record_public(task->record);
    qs_message message;
    quorsum_status status = qs_bound_open(&message, QS_KIND_COMPLETION, QS_COMPLETION_KEYS, task, in, len);

    if (status != QUORSUM_OK)
        return status;
    qs_bound_expect_digest(&message, 10, aggregate->digest, QUORSUM_ERR_MISSING); /* made for another aggregate */
    take_part(completion, &message, aggregate->ciphertexts->count);
    completion->trustee_count = qs_bound_take_trustees(&message, 13, completion->trustees, task->record);
    qs_bound_expect_uint(&message, 14, completion->range.count, QUORSUM_ERR_WIDTH);
    status = qs_message_close(&message, qs_opening_bytes(key, completion->range.count));
    if (status == QUORSUM_OK)
        status = qs_opening_read(&completion->opening, key, message.blocks, completion->range.count);
    return status;
}

quorsum_status qs_completion_decode(qs_completion **out, const quorsum_task *task, const quorsum_aggregate *aggregate,
                                    const uint8_t *in, size_t len)
{
    qs_completion *completion;
    quorsum_status status;

    *out = NULL;
    if (memcmp(aggregate->task, task->digest, sizeof aggregate->task) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    completion = calloc(1, sizeof *completion);
    if (completion == NULL)
        return QUORSUM_ERR_MEMORY;
    status = read_completion(completion, task, aggregate, in, len);
    if (status == QUORSUM_OK) {
        *out = completion;
        completion = NULL;
    }
    qs_completion_free(completion);
    return status;
}

quorsum_status qs_completion_check(const qs_completion *completion, const quorsum_aggregate *aggregate,
                                   const quorsum_run *run)
{
    const quorsum_ciphertexts part = qs_ciphertexts_range(aggregate->ciphertexts, completion->range.begin,
                                                          completion->range.count);

    return qs_opening_verify_exact_vartime(completion->opening, &part, run);
}

void qs_completion_free(qs_completion *completion)
{
    if (completion == NULL)
        return;
    quorsum_opening_free(completion->opening);
    free(completion);
}
