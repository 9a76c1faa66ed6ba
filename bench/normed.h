/* SPDX-License-Identifier: Apache-2.0 */
/* A vector with a proof of its norm, a contributor's. */
#ifndef QS_BENCH_NORMED_H
#define QS_BENCH_NORMED_H

#include "bench/bench.h"
#include "lib/base/secret.h"
#include "lib/proof/norm.h"

typedef struct bench_normed {
    qs_norm_statement statement;
    size_t *slots;
    int64_t *values;
    quorsum_encryptor *encryptor;
    quorsum_plaintexts *plaintexts;
    quorsum_ciphertexts *ciphertexts;
    qs_secret alpha;
    qs_context context;
    uint8_t *proof;
    size_t len;
    quorsum_run run;
} bench_normed;

/* `count` random values of 16 bits with their sign, bounded by half the largest norm there could be, in slots for a
 * cohort of 1000. To be cleared in any case. */
quorsum_status bench_normed_init(bench_normed *x, bench *b, size_t count);
void bench_normed_clear(bench_normed *x);
quorsum_status bench_norm_prove_work(void *context);
quorsum_status bench_norm_verify_work(void *context);

#endif
