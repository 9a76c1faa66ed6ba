/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coordinator's part: accepted contributions are multiplied together one at a time. Memory: the product, and 64
 * bytes a contribution for the manifest. Senders come in ascending order, so a repeat stands next to its first.
 */
#include <stdlib.h>
#include <string.h>

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
    quorsum_task_free(aggregator->task);
    free(aggregator);
}

static quorsum_status check_place(const quorsum_aggregator *aggregator, const quorsum_contribution *contribution)
{
    int order = 1;

    if (memcmp(contribution->task, aggregator->task->digest, sizeof contribution->task) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    if (aggregator->cohort > 0)
        order = memcmp(contribution->sender, aggregator->entries.data + aggregator->entries.len - QS_ENTRY_BYTES,
                       sizeof contribution->sender);
    if (order <= 0)
        return order == 0 ? QUORSUM_ERR_DUPLICATE : QUORSUM_ERR_ARGUMENT;
    return aggregator->cohort < aggregator->task->max_cohort ? QUORSUM_OK : QUORSUM_ERR_COHORT;
}

quorsum_status quorsum_aggregator_add(quorsum_aggregator *aggregator, const quorsum_contribution *contribution,
                                      const quorsum_run *run)
{
    uint8_t *entry;
    quorsum_status status;

    if (aggregator == NULL || contribution == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = check_place(aggregator, contribution);
    if (status != QUORSUM_OK)
        return status;
    entry = qs_buffer_extend(&aggregator->entries, QS_ENTRY_BYTES);
    if (entry == NULL)
        return aggregator->entries.status;
    memcpy(entry, contribution->sender, QUORSUM_IDENTITY_BYTES);
    memcpy(entry + QUORSUM_IDENTITY_BYTES, contribution->digest, QUORSUM_DIGEST_BYTES);
    status = quorsum_sum_add(aggregator->sum, contribution->ciphertexts, run);
    if (status == QUORSUM_OK)
        aggregator->cohort++;
    else
        aggregator->entries.len -= QS_ENTRY_BYTES; /* neither in the sum nor in the list */
    return status;
}

uint32_t quorsum_aggregator_cohort(const quorsum_aggregator *aggregator)
{
    return aggregator->cohort;
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
    status = qs_manifest_encode(manifest, digest, aggregator->task, aggregator->entries.data, aggregator->cohort,
                                signer);
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
