/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors with one proof each: of plaintext knowledge, a contributor's, and of a correct share, a trustee's. */
#ifndef QS_BENCH_PROVEN_H
#define QS_BENCH_PROVEN_H

#include "bench/bench.h"
#include "lib/base/secret.h"
#include "lib/proof/knowledge.h"
#include "lib/threshold/partial.h"

typedef struct bench_known {
    quorsum_encryptor *encryptor;
    quorsum_plaintexts *plaintexts;
    quorsum_ciphertexts *ciphertexts;
    qs_secret alpha;
    qs_context context;
    uint8_t *proof;
    size_t len;
    quorsum_run run;
} bench_known;

/* To be cleared in any case; so below. */
quorsum_status bench_known_init(bench_known *k, bench *b, size_t count);
void bench_known_clear(bench_known *k);
quorsum_status bench_prove_work(void *context);
quorsum_status bench_verify_work(void *context);

typedef struct bench_shared {
    qs_share_statement statement;
    qs_context context;
    const quorsum_key_share *share;
    quorsum_ciphertexts *ciphertexts;
    quorsum_partial *partial;
    uint8_t *proof; /* a second one, which is made and not read */
    quorsum_run run;
} bench_shared;

quorsum_status bench_shared_init(bench_shared *s, bench *b, size_t count);
void bench_shared_clear(bench_shared *s);
quorsum_status bench_share_prove_work(void *context);
quorsum_status bench_share_verify_work(void *context);

#endif
