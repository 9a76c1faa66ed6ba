/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of reach.c and threads.c time: a whole operation on a vector, with all it works on. */
#ifndef QS_BENCH_SUBJECT_H
#define QS_BENCH_SUBJECT_H

#include "bench/opened.h"
#include "bench/proven.h"
#include "bench/vectors.h"

/* In the order of what they work on: subject.c relies on it. */
typedef enum bench_operation {
    BENCH_ENCRYPT_HALF,
    BENCH_ENCRYPT_SHORT,
    BENCH_AGGREGATE,
    BENCH_PRODUCT,
    BENCH_VALIDATE,
    BENCH_DECRYPT,
    BENCH_PARTIAL,
    BENCH_COMPLETE,
    BENCH_OPENING,
    BENCH_KNOWLEDGE,
    BENCH_SHARE
} bench_operation;

typedef struct bench_subject {
    bench_side side;
    quorsum_run *run; /* the side's: how many threads it takes */
    double bytes;     /* as bench_row has them */
    double ifma;
    bench_operation operation;
    union {
        bench_vectors vectors;
        bench_opened opened;
        bench_known known;
        bench_shared shared;
    } of;
} bench_subject;

/* To be cleared in any case, and not to be moved. */
quorsum_status bench_subject_init(bench_subject *s, bench *b, bench_operation operation, size_t count);
void bench_subject_clear(bench_subject *s);

#endif
