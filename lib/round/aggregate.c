/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregates as messages, and the check that one is the product it says it is. */
#include "lib/round/aggregate.h"

#include <stdlib.h>
#include <string.h>

static void put_ciphertexts(qs_buffer *out, const quorsum_ciphertexts *ciphertexts)
{
    const qs_ring *ring = ciphertexts->key->ring;
    size_t len = ciphertexts->count * ring->digits * ring->bytes;
    uint8_t *blocks = qs_buffer_extend(out, len);

    if (blocks != NULL)
        out->status = quorsum_ciphertexts_encode(ciphertexts, blocks, len, &len);
}

quorsum_status qs_aggregate_encode(quorsum_bytes *out, const quorsum_aggregator *aggregator, const uint8_t *manifest,
                                   const quorsum_identity *signer, const quorsum_run *run)
{
    qs_buffer message = {0};
    quorsum_ciphertexts *product = NULL;
    quorsum_status status;

    if (!qs_bound_is_coordinator(aggregator->task, quorsum_identity_public(signer)))
        return QUORSUM_ERR_COORDINATOR;
    status = quorsum_sum_value(&product, aggregator->sum, run);
    if (status != QUORSUM_OK)
        return status;
    qs_bound_begin(&message, QS_KIND_AGGREGATE, QS_AGGREGATE_KEYS, aggregator->task, signer);
    qs_bound_put_bytes(&message, 10, manifest, QUORSUM_DIGEST_BYTES);
    qs_bound_put_uint(&message, 11, aggregator->cohort);
    qs_bound_put_uint(&message, 12, product->count);
    put_ciphertexts(&message, product);
    quorsum_ciphertexts_free(product);
    return qs_bound_finish(out, &message, QS_KIND_AGGREGATE, aggregator->task, signer, NULL);
}

static quorsum_status read_aggregate(quorsum_aggregate *aggregate, const quorsum_task *task,
                                     const quorsum_manifest *manifest, const uint8_t *in, size_t len,
                                     const quorsum_run *run)
{
    const quorsum_public_key *key = quorsum_key_record_public(task->record);
    size_t count = quorsum_plan_plaintexts(task->plan);
    uint64_t blocks_len = (uint64_t)count * quorsum_public_key_ciphertext_bytes(key);
    qs_message message;
    quorsum_status status = qs_bound_open(&message, QS_KIND_AGGREGATE, QS_AGGREGATE_KEYS, task, in, len);

    if (status != QUORSUM_OK)
        return status;
    /* another manifest than the one at hand: what this is the product of is not known */
    qs_bound_expect_digest(&message, 10, manifest->digest, QUORSUM_ERR_MISSING);
    qs_bound_expect_uint(&message, 11, manifest->cohort, QUORSUM_ERR_COHORT);
    qs_bound_expect_uint(&message, 12, count, QUORSUM_ERR_WIDTH);
    if (qs_bound_fits(&message, blocks_len) && !qs_bound_is_coordinator(task, message.sender))
        return QUORSUM_ERR_COORDINATOR;
    status = qs_message_close(&message, blocks_len);
    if (status == QUORSUM_OK)
        status = quorsum_ciphertexts_decode(&aggregate->ciphertexts, key, message.blocks, message.blocks_len, NULL,
                                            run);
    memcpy(aggregate->task, task->digest, sizeof aggregate->task);
    memcpy(aggregate->manifest, manifest->digest, sizeof aggregate->manifest);
    memcpy(aggregate->digest, message.digest, sizeof aggregate->digest);
    aggregate->cohort = manifest->cohort;
    return status;
}

quorsum_status quorsum_aggregate_decode(quorsum_aggregate **out, const quorsum_task *task,
                                        const quorsum_manifest *manifest, const uint8_t *in, size_t len,
                                        const quorsum_run *run)
{
    quorsum_aggregate *aggregate;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || task == NULL || manifest == NULL || (in == NULL && len > 0))
        return QUORSUM_ERR_ARGUMENT;
    if (memcmp(manifest->task, task->digest, sizeof manifest->task) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    aggregate = calloc(1, sizeof *aggregate);
    if (aggregate == NULL)
        return QUORSUM_ERR_MEMORY;
    status = read_aggregate(aggregate, task, manifest, in, len, run);
    if (status == QUORSUM_OK) {
        *out = aggregate;
        aggregate = NULL;
    }
    quorsum_aggregate_free(aggregate);
    return status;
}

void quorsum_aggregate_free(quorsum_aggregate *aggregate)
{
    if (aggregate == NULL)
        return;
    quorsum_ciphertexts_free(aggregate->ciphertexts);
    free(aggregate);
}

const uint8_t *quorsum_aggregate_digest(const quorsum_aggregate *aggregate)
{
    return aggregate->digest;
}

const quorsum_ciphertexts *quorsum_aggregate_ciphertexts(const quorsum_aggregate *aggregate)
{
    return aggregate->ciphertexts;
}

/* Digits are canonical, so equal residues are equal limbs. */
static quorsum_status compare_products(const quorsum_ciphertexts *a, const quorsum_ciphertexts *b)
{
    size_t bytes = a->count * a->key->ring->width * sizeof *a->value;

    if (a->count != b->count || !qs_public_key_same(a->key, b->key) || memcmp(a->value, b->value, bytes) != 0)
        return QUORSUM_ERR_PRODUCT;
    return QUORSUM_OK;
}

quorsum_status quorsum_aggregate_check(const quorsum_aggregate *aggregate, const quorsum_manifest *manifest,
                                       const quorsum_aggregator *recomputed, const quorsum_run *run)
{
    quorsum_ciphertexts *product = NULL;
    quorsum_status status;

    if (aggregate == NULL || manifest == NULL || recomputed == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (memcmp(aggregate->task, recomputed->task->digest, sizeof aggregate->task) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    if (memcmp(aggregate->manifest, manifest->digest, sizeof aggregate->manifest) != 0)
        return QUORSUM_ERR_MISSING;
    status = qs_aggregator_matches(recomputed, manifest);
    if (status == QUORSUM_OK)
        status = quorsum_sum_value(&product, recomputed->sum, run);
    if (status == QUORSUM_OK)
        status = compare_products(product, aggregate->ciphertexts);
    quorsum_ciphertexts_free(product);
    return status;
}
