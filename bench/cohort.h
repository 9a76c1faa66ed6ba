/* SPDX-License-Identifier: Apache-2.0 */
/* Contributors of a made-up task, for the third ring: unsigned 16-bit values, room for 1,000 contributions in a sum. */
#ifndef QS_BENCH_COHORT_H
#define QS_BENCH_COHORT_H

#include "bench/bench.h"

#define BENCH_VALUES 100000
#define BENCH_COHORT 1000

typedef struct bench_cohort {
    bench *b;
    quorsum_task *task;
    quorsum_encryptor *encryptor;
    int64_t *values;
    size_t count;
} bench_cohort;

/* To be cleared in any case. */
quorsum_status bench_cohort_init(bench_cohort *cohort, bench *b, size_t values);
void bench_cohort_clear(bench_cohort *cohort);

/* How many of the task's values one ciphertext holds; 0 without memory. */
size_t bench_cohort_slots(const bench *b);

quorsum_status bench_cohort_contribution(quorsum_bytes *out, const bench_cohort *cohort,
                                         const quorsum_identity *sender);

/* Makes `count` contributions, all of the same values, and adds them. */
quorsum_status bench_cohort_feed(quorsum_aggregator *aggregator, const bench_cohort *cohort, unsigned count);

/* `count` fresh identities, ascending by their public half. Release with bench_identities_free. */
quorsum_identity **bench_identities(unsigned count);
void bench_identities_free(quorsum_identity **identities, unsigned count);

quorsum_status bench_aggregate(bench *b, const bench_case *self);
quorsum_status bench_agreed(bench *b, const bench_case *self);
quorsum_status bench_agreed_bare(bench *b, const bench_case *self);

#endif
