/* SPDX-License-Identifier: Apache-2.0 */
/* The third ring: dealing keys, a contribution of 100,000 values, and a whole opening with a quorum. */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/cohort.h"
#include "lib/base/parallel.h"

/* ---- dealing ---- */

/* Every deal starts from fresh randomness, so the times spread widely: the figure is their median. All cores. */
static quorsum_status deal(bench *b, const bench_case *self, unsigned bits, double asked)
{
    bench_row row = bench_row_new(b, self->name, 1);
    quorsum_deal_options options = {.key = {.modulus_bits = bits, .degree = b->options.degree},
                                    .trustees = BENCH_TRUSTEES,
                                    .quorum = BENCH_QUORUM};
    double *samples = calloc(b->options.deals + 1, sizeof *samples);
    quorsum_status status = samples != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    for (unsigned i = 0; i < b->options.deals && status == QUORSUM_OK; i++) {
        quorsum_key_record *record = NULL;
        quorsum_key_share *shares[BENCH_TRUSTEES] = {NULL};

        samples[i] = -bench_clock(0);
        status = quorsum_deal(&record, shares, &options, b->keys.signer, NULL);
        samples[i] += bench_clock(0);
        for (unsigned k = 0; k < BENCH_TRUSTEES; k++)
            quorsum_key_share_free(shares[k]);
        quorsum_key_record_free(record);
    }
    row.bits = bits;
    row.threads = qs_run_threads(NULL);
    row.samples = b->options.deals;
    row.sense = BENCH_AT_MOST;
    row.asked = asked;
    if (status == QUORSUM_OK && row.samples > 0) {
        bench_summarise(samples, row.samples, &row.min, &row.median, &row.max);
        row.figure = row.median;
        row.unit = "s";
        bench_print_row(b, &row);
    }
    free(samples);
    return status;
}

static quorsum_status deal_2048(bench *b, const bench_case *self)
{
    return deal(b, self, 2048, 30);
}

static quorsum_status deal_3072(bench *b, const bench_case *self)
{
    return deal(b, self, 3072, 120);
}

/* ---- a contribution ---- */

typedef struct sending {
    bench_cohort cohort;
    quorsum_bytes bytes;
} sending;

static quorsum_status contribute_work(void *context)
{
    sending *s = context;

    quorsum_bytes_free(&s->bytes);
    return bench_cohort_contribution(&s->bytes, &s->cohort, s->cohort.b->keys.signer);
}

static quorsum_status accept_work(void *context)
{
    sending *s = context;
    quorsum_contribution *contribution = NULL;
    quorsum_run run = {.threads = s->cohort.b->options.threads};
    quorsum_status status =
        quorsum_contribution_decode(&contribution, s->cohort.task, s->bytes.data, s->bytes.len, &run);

    quorsum_contribution_free(contribution);
    return status;
}

static quorsum_status contribution(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, BENCH_VALUES));
    sending s = {.bytes = {NULL, 0}};
    bench_side make = {contribute_work, &s, row.values};
    quorsum_status status = bench_cohort_init(&s.cohort, b, row.values);

    if (status == QUORSUM_OK)
        status = contribute_work(&s);
    row.bytes = (double)s.bytes.len;
    row.figure = row.bytes / (double)row.values;
    row.unit = "B a value";
    if (!b->options.quick)
        bench_ask(&row, BENCH_AT_MOST, 7);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &make, NULL);
    quorsum_bytes_free(&s.bytes);
    bench_cohort_clear(&s.cohort);
    return status;
}

static quorsum_status acceptance(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, BENCH_VALUES));
    sending s = {.bytes = {NULL, 0}};
    bench_side accept = {accept_work, &s, row.values};
    quorsum_status status = bench_cohort_init(&s.cohort, b, row.values);

    if (status == QUORSUM_OK)
        status = contribute_work(&s);
    row.bytes = (double)s.bytes.len;
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &accept, NULL);
    quorsum_bytes_free(&s.bytes);
    bench_cohort_clear(&s.cohort);
    return status;
}

/* ---- opening with a quorum ---- */

/* One trustee after the other, then whoever combines: everything but the contributions. */
typedef struct opening_round {
    bench_cohort cohort;
    quorsum_manifest *manifest;
    quorsum_aggregate *aggregate;
    double bytes; /* partials and result */
    int64_t expected;
} opening_round;

static quorsum_status add_partial(opening_round *o, quorsum_combiner *combiner, unsigned trustee,
                                  const quorsum_run *run)
{
    const bench_keys *keys = &o->cohort.b->keys;
    quorsum_partial *partial = NULL;
    quorsum_bytes bytes = {NULL, 0};
    quorsum_status status =
        quorsum_partial_make(&bytes, o->cohort.task, o->aggregate, keys->shares[trustee],
                             keys->trustees[trustee], run);

    o->bytes += (double)bytes.len;
    if (status == QUORSUM_OK)
        status = quorsum_partial_decode(&partial, o->cohort.task, o->aggregate, bytes.data, bytes.len);
    if (status == QUORSUM_OK)
        status = quorsum_combiner_add(combiner, partial, run);
    quorsum_partial_free(partial);
    quorsum_bytes_free(&bytes);
    return status;
}

/* The result as a stranger reads it; the first total must be what was contributed. */
static quorsum_status check_result(opening_round *o, const quorsum_opening *opening, const quorsum_run *run)
{
    quorsum_result *result = NULL;
    quorsum_bytes bytes = {NULL, 0};
    quorsum_status status = quorsum_result_make(&bytes, o->cohort.task, o->manifest, o->aggregate, opening,
                                                o->cohort.b->keys.signer);

    o->bytes += (double)bytes.len;
    if (status == QUORSUM_OK)
        status = quorsum_result_decode(&result, o->cohort.task, o->manifest, o->aggregate, bytes.data, bytes.len, run);
    if (status == QUORSUM_OK && quorsum_result_totals(result)[0] != o->expected)
        status = QUORSUM_ERR_OPENING;
    quorsum_result_free(result);
    quorsum_bytes_free(&bytes);
    return status;
}

static quorsum_status open_work(void *context)
{
    opening_round *o = context;
    const bench *b = o->cohort.b;
    quorsum_run run = {.threads = b->options.threads};
    quorsum_combiner *combiner = NULL;
    quorsum_opening *opening = NULL;
    quorsum_status status =
        quorsum_combiner_new(&combiner, b->keys.record, quorsum_aggregate_ciphertexts(o->aggregate),
                             quorsum_task_digest(o->cohort.task));

    o->bytes = 0;
    for (unsigned i = 0; i < BENCH_QUORUM && status == QUORSUM_OK; i++)
        status = add_partial(o, combiner, i, &run);
    if (status == QUORSUM_OK)
        status = quorsum_combiner_open(&opening, combiner, &run);
    if (status == QUORSUM_OK)
        status = check_result(o, opening, &run);
    quorsum_opening_free(opening);
    quorsum_combiner_free(combiner);
    return status;
}

/* Two contributions, which is the least a task takes. */
static quorsum_status aggregate_two(opening_round *o)
{
    quorsum_aggregator *aggregator = NULL;
    quorsum_bytes manifest = {NULL, 0};
    quorsum_bytes aggregate = {NULL, 0};
    quorsum_status status = quorsum_aggregator_new(&aggregator, o->cohort.task);

    if (status == QUORSUM_OK)
        status = bench_cohort_feed(aggregator, &o->cohort, 2);
    if (status == QUORSUM_OK)
        status = quorsum_aggregator_finish(&manifest, &aggregate, aggregator, o->cohort.b->keys.signer, NULL);
    if (status == QUORSUM_OK)
        status = quorsum_manifest_decode(&o->manifest, o->cohort.task, manifest.data, manifest.len);
    if (status == QUORSUM_OK)
        status = quorsum_aggregate_decode(&o->aggregate, o->cohort.task, o->manifest, aggregate.data, aggregate.len,
                                          NULL);
    o->expected = 2 * o->cohort.values[0];
    quorsum_bytes_free(&manifest);
    quorsum_bytes_free(&aggregate);
    quorsum_aggregator_free(aggregator);
    return status;
}

static quorsum_status open_round(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 100));
    opening_round o = {.bytes = 0};
    bench_side open = {open_work, &o, row.values};
    size_t values = row.values * bench_cohort_slots(b);
    quorsum_status status = bench_cohort_init(&o.cohort, b, values);

    if (status == QUORSUM_OK)
        status = aggregate_two(&o);
    if (status == QUORSUM_OK)
        status = open_work(&o);
    row.bytes = o.bytes;
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &open, NULL);
    quorsum_aggregate_free(o.aggregate);
    quorsum_manifest_free(o.manifest);
    bench_cohort_clear(&o.cohort);
    return status;
}

const bench_case bench_rounds[] = {
    {"rounds.deal_2048", "dealing a 3-of-5 key of 2048 bits, all cores", deal_2048},
    {"rounds.deal_3072", "dealing a 3-of-5 key of 3072 bits, all cores", deal_3072},
    {"rounds.contribution", "making a contribution: 100,000 values of 16 bits for a cohort of 1,000", contribution},
    {"rounds.acceptance", "checking one", acceptance},
    {"rounds.aggregate", "a board of 10 and of --contributions such, each in its own process", bench_aggregate},
    {"rounds.acknowledge", "a trustee's check of --contributions of 100 ciphertexts that it has verified before", bench_agreed},
    {"rounds.acknowledge_bare", "the same beside the multiplications alone", bench_agreed_bare},
    {"rounds.open_3_of_5", "three trustees' partials of 100 ciphertexts, combined, opened, read", open_round},
    {NULL, NULL, NULL},
};
