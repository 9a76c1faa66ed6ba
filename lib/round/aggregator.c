/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coordinator's part: accepted contributions are multiplied together one at a time. Memory: the product, and 68
 * bytes a contribution for the manifest. Senders come in ascending order, so a repeat stands next to its first.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/invariant.h"
#include "lib/round/aggregate.h"
#include "lib/round/contribution.h"

quorsum_status quorsum_aggregator_new(quorsum_aggregator **out, const quorsum_task *task)
{
    quorsum_aggregator *aggregator;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || task == NULL)
        return QUORSUM_ERR_ARGUMENT;
    aggregator = calloc(1, sizeof *aggregator);
    if (aggregator == NULL)
        return QUORSUM_ERR_MEMORY;
    aggregator->task = qs_task_hold(task);
    status = quorsum_sum_new(&aggregator->sum, quorsum_key_record_public(task->record),
                             quorsum_plan_plaintexts(task->plan));
    if (status == QUORSUM_OK) {
        *out = aggregator;
        aggregator = NULL;
    }
    quorsum_aggregator_free(aggregator);
    return status;
}

void quorsum_aggregator_free(quorsum_aggregator *aggregator)
{
    if (aggregator == NULL)
        return;
    quorsum_sum_free(aggregator->sum);
    qs_buffer_free(&aggregator->entries);
    qs_buffer_free(&aggregator->refused);
    quorsum_task_free(aggregator->task);
    free(aggregator);
}

static quorsum_status check_place(const quorsum_aggregator *aggregator, const uint8_t *sender)
{
    int order = 1;

    if (aggregator->cohort > 0)
        order = memcmp(sender, aggregator->entries.data + aggregator->entries.len - QS_ENTRY_BYTES,
                       QUORSUM_IDENTITY_BYTES);
    if (order <= 0)
        return order == 0 ? QUORSUM_ERR_DUPLICATE : QUORSUM_ERR_ARGUMENT;
    return aggregator->cohort < aggregator->task->max_cohort ? QUORSUM_OK : QUORSUM_ERR_COHORT;
}

static quorsum_status begin_entry(quorsum_aggregator *aggregator, const uint8_t *task, const uint8_t *sender,
                                  uint32_t sequence, const uint8_t *digest)
{
    uint8_t entry[QS_ENTRY_BYTES];
    quorsum_status status;

    if (memcmp(task, aggregator->task->digest, QUORSUM_DIGEST_BYTES) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    status = check_place(aggregator, sender);
    if (status != QUORSUM_OK)
        return status;
    qs_entry_write(entry, sender, sequence, digest);
    qs_buffer_append(&aggregator->entries, entry, sizeof entry);
    return aggregator->entries.status;
}

static quorsum_status end_entry(quorsum_aggregator *aggregator, quorsum_status status)
{
    if (status == QUORSUM_OK)
        aggregator->cohort++;
    else
        aggregator->entries.len -= QS_ENTRY_BYTES; /* neither in the sum nor in the list */
    return status;
}

quorsum_status quorsum_aggregator_add(quorsum_aggregator *aggregator, const quorsum_contribution *contribution,
                                      const quorsum_run *run)
{
    quorsum_status status;

    if (aggregator == NULL || contribution == NULL)
        return QUORSUM_ERR_ARGUMENT;
    QS_INVARIANT(contribution->pending == NULL);
    status = begin_entry(aggregator, contribution->task, contribution->sender, contribution->sequence,
                         contribution->digest);
    if (status != QUORSUM_OK)
        return status;
    return end_entry(aggregator, quorsum_sum_add(aggregator->sum, contribution->ciphertexts, run));
}

quorsum_status qs_aggregator_add_recalled(quorsum_aggregator *aggregator, const qs_recalled *recalled,
                                          const quorsum_run *run)
{
    quorsum_status status = begin_entry(aggregator, aggregator->task->digest, recalled->sender, recalled->sequence,
                                        recalled->digest);

    if (status != QUORSUM_OK)
        return status;
    return end_entry(aggregator, quorsum_sum_add_bytes(aggregator->sum, recalled->ciphertexts,
                                                       recalled->ciphertexts_len, NULL, run));
}

quorsum_status quorsum_aggregator_refuse(quorsum_aggregator *aggregator, const uint8_t *sender, uint32_t sequence,
                                         const uint8_t *contribution, quorsum_status reason)
{
    const qs_refused *last;
    qs_refused refused = {.sequence = sequence};
    int order = 1;

    if (aggregator == NULL || sender == NULL || contribution == NULL || sequence < 1 || sequence > QS_SEQUENCE_MAX ||
        reason == QUORSUM_OK)
        return QUORSUM_ERR_ARGUMENT;
    if (aggregator->refused.len > 0) {
        last = (const qs_refused *)(const void *)(aggregator->refused.data + aggregator->refused.len) - 1;
        order = memcmp(sender, last->sender, sizeof last->sender);
        if (order < 0 || (order == 0 && sequence <= last->sequence))
            return QUORSUM_ERR_ARGUMENT;
    }
    if (aggregator->refused.len / sizeof refused >= QS_REFUSED_MAX)
        return QUORSUM_OK; /* the list is full */
    memcpy(refused.sender, sender, sizeof refused.sender);
    memcpy(refused.digest, contribution, sizeof refused.digest);
    strncpy(refused.reason, quorsum_status_name(reason), sizeof refused.reason - 1);
    qs_buffer_append(&aggregator->refused, &refused, sizeof refused);
    return aggregator->refused.status;
}

uint32_t quorsum_aggregator_cohort(const quorsum_aggregator *aggregator)
{
    return aggregator->cohort;
}

quorsum_status qs_aggregator_list(quorsum_bytes *out, uint8_t *digest, const quorsum_aggregator *aggregator,
                                  const quorsum_identity *signer)
{
    return qs_manifest_encode(out, digest, aggregator->task, aggregator->entries.data, aggregator->cohort,
                              (const qs_refused *)(const void *)aggregator->refused.data,
                              aggregator->refused.len / sizeof(qs_refused), signer);
}

quorsum_status quorsum_aggregator_finish(quorsum_bytes *manifest, quorsum_bytes *aggregate,
                                         const quorsum_aggregator *aggregator, const quorsum_identity *signer,
                                         const quorsum_run *run)
{
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    quorsum_status status;

    if (manifest != NULL)
        *manifest = (quorsum_bytes){0};
    if (aggregate != NULL)
        *aggregate = (quorsum_bytes){0};
    if (manifest == NULL || aggregate == NULL || aggregator == NULL || signer == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (aggregator->cohort < aggregator->task->min_cohort)
        return QUORSUM_ERR_COHORT;
    status = qs_aggregator_list(manifest, digest, aggregator, signer);
    if (status == QUORSUM_OK)
        status = qs_aggregate_encode(aggregate, aggregator, digest, signer, run);
    if (status != QUORSUM_OK)
        quorsum_bytes_free(manifest);
    return status;
}

quorsum_status qs_aggregator_matches(const quorsum_aggregator *aggregator, const quorsum_manifest *manifest)
{
    if (aggregator->cohort != manifest->cohort ||
        memcmp(aggregator->entries.data, manifest->entries, aggregator->entries.len) != 0)
        return QUORSUM_ERR_MISSING;
    return QUORSUM_OK;
}
