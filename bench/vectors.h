/* SPDX-License-Identifier: Apache-2.0 */
/* Two vectors of ciphertexts, their wire form, and what encrypts them: for the calls that need no trustee. */
#ifndef QS_BENCH_VECTORS_H
#define QS_BENCH_VECTORS_H

#include "bench/bench.h"
#include "lib/paillier/pool.h"
#include "lib/paillier/public_key.h"

typedef struct bench_vectors {
    const quorsum_public_key *key;
    quorsum_encryptor *encryptor;
    quorsum_plaintexts *plaintexts;
    quorsum_ciphertexts *a, *b;
    const quorsum_private_key *private;
    quorsum_sum *sum;
    qs_pool_block *stock; /* randomisers for bench_pooled_work */
    uint8_t *wire; /* of a */
    size_t len;
    quorsum_run run;
} bench_vectors;

/* To be cleared in any case. */
quorsum_status bench_vectors_init(bench_vectors *c, bench *b, quorsum_randomiser randomiser, size_t count);
void bench_vectors_clear(bench_vectors *c);

/* bench_work's on a bench_vectors. */
quorsum_status bench_table_work(void *context); /* an encryptor's table */
quorsum_status bench_encrypt_work(void *context);
/* With randomisers made ahead of time, QS_POOL_BLOCK at most: always the same ones, which only a bench puts back. That
 * they are copied into the pool is timed with the rest. */
quorsum_status bench_pooled_work(void *context);
quorsum_status bench_rerandomise_work(void *context);
quorsum_status bench_add_work(void *context);
quorsum_status bench_aggregate_work(void *context); /* a into the running sum */
quorsum_status bench_wire_work(void *context);      /* the same from a's wire form, checked on the way */
quorsum_status bench_validate_work(void *context);  /* a's wire form checked */
quorsum_status bench_decode_work(void *context);    /* and kept */
quorsum_status bench_decrypt_work(void *context);

#endif
