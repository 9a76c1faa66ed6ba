/* SPDX-License-Identifier: Apache-2.0 */
/* Contributors for the third ring. Every one sends the same values: time and bytes do not depend on them. */
#include "bench/cohort.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 16

static quorsum_field field_of(size_t values)
{
    return (quorsum_field){.name = "value", .count = (uint32_t)values, .bits = WIDTH, .scale = 1};
}

/* No guard bit: a slot holds the sum and nothing more. */
quorsum_status bench_cohort_init(bench_cohort *cohort, bench *b, size_t values)
{
    quorsum_field field = field_of(values);
    quorsum_task_options options = {.label = "bench",
                                    .fields = &field,
                                    .field_count = 1,
                                    .min_cohort = 2,
                                    .max_cohort = BENCH_COHORT};
    quorsum_status status;

    *cohort = (bench_cohort){.b = b, .count = values};
    cohort->values = calloc(values, sizeof *cohort->values);
    if (cohort->values == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < values; i++)
        cohort->values[i] = (int64_t)gmp_urandomb_ui(b->keys.random, WIDTH);
    if (b->options.contributions > BENCH_COHORT)
        options.max_cohort = b->options.contributions;
    status = quorsum_task_make(&cohort->task, b->keys.record, &options, b->keys.signer, NULL);
    if (status == QUORSUM_OK)
        status = quorsum_encryptor_new(&cohort->encryptor, bench_key(b), NULL);
    return status;
}

void bench_cohort_clear(bench_cohort *cohort)
{
    quorsum_encryptor_free(cohort->encryptor);
    quorsum_task_free(cohort->task);
    free(cohort->values);
}

size_t bench_cohort_slots(const bench *b)
{
    quorsum_field field = field_of(1);
    quorsum_plan_options options = {.max_cohort = BENCH_COHORT,
                                    .plaintext_bits = quorsum_public_key_plaintext_bits(bench_key(b))};
    quorsum_plan *plan = NULL;
    size_t slots = 0;

    if (b->options.contributions > BENCH_COHORT)
        options.max_cohort = b->options.contributions;
    if (quorsum_plan_new(&plan, &field, 1, &options, NULL) == QUORSUM_OK)
        slots = (options.plaintext_bits - 1) / quorsum_plan_slot_bits(plan, 0);
    quorsum_plan_free(plan);
    return slots;
}

quorsum_status bench_cohort_contribution(quorsum_bytes *out, const bench_cohort *cohort,
                                         const quorsum_identity *sender)
{
    quorsum_run run = {.threads = cohort->b->options.threads};

    return quorsum_contribution_make(out, cohort->task, cohort->encryptor, sender, cohort->values, cohort->count, 1, 1,
                                     &run);
}

static int by_public_half(const void *a, const void *b)
{
    const uint8_t *x = quorsum_identity_public(*(quorsum_identity *const *)a);
    const uint8_t *y = quorsum_identity_public(*(quorsum_identity *const *)b);

    return memcmp(x, y, QUORSUM_IDENTITY_BYTES);
}

void bench_identities_free(quorsum_identity **identities, unsigned count)
{
    for (unsigned i = 0; identities != NULL && i < count; i++)
        quorsum_identity_free(identities[i]);
    free(identities);
}

quorsum_identity **bench_identities(unsigned count)
{
    quorsum_identity **identities = calloc(count, sizeof *identities);
    quorsum_status status = identities != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    for (unsigned i = 0; i < count && status == QUORSUM_OK; i++)
        status = quorsum_identity_generate(&identities[i]);
    if (status != QUORSUM_OK) {
        bench_identities_free(identities, count);
        return NULL;
    }
    qsort(identities, count, sizeof(quorsum_identity *), by_public_half);
    return identities;
}

quorsum_status bench_cohort_feed(quorsum_aggregator *aggregator, const bench_cohort *cohort, unsigned count)
{
    quorsum_identity **identities = bench_identities(count);
    quorsum_status status = identities != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    for (unsigned i = 0; i < count && status == QUORSUM_OK; i++) {
        quorsum_contribution *contribution = NULL;
        quorsum_bytes bytes = {NULL, 0};

        status = bench_cohort_contribution(&bytes, cohort, identities[i]);
        if (status == QUORSUM_OK)
            status = quorsum_contribution_decode(&contribution, cohort->task, bytes.data, bytes.len, NULL);
        if (status == QUORSUM_OK)
            status = quorsum_aggregator_add(aggregator, contribution, NULL);
        quorsum_contribution_free(contribution);
        quorsum_bytes_free(&bytes);
    }
    bench_identities_free(identities, count);
    return status;
}
