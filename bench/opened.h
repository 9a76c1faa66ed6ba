/* SPDX-License-Identifier: Apache-2.0 */
/* A vector of ciphertexts, a quorum's partials of it, and its opening: for what trustees do, and after them anybody. */
#ifndef QS_BENCH_OPENED_H
#define QS_BENCH_OPENED_H

#include "bench/bench.h"

typedef struct bench_opened {
    const bench *b;
    quorsum_ciphertexts *ciphertexts;
    quorsum_partial *partials[BENCH_QUORUM];
    quorsum_opening *opening;
    mp_limb_t *out; /* an element of the ring a ciphertext */
    quorsum_bytes encoded;
    quorsum_run run;
} bench_opened;

/* Long vectors repeat themselves; the partials' proofs are then of the first part. To be cleared in any case. */
quorsum_status bench_opened_init(bench_opened *o, bench *b, size_t count);
void bench_opened_clear(bench_opened *o);

/* bench_work's on a bench_opened. */
quorsum_status bench_partial_work(void *context); /* the powers alone */
quorsum_status bench_proven_work(void *context);  /* powers and proof */
quorsum_status bench_combine_work(void *context);
quorsum_status bench_randomiser_work(void *context); /* one r^(N^s) */
quorsum_status bench_complete_work(void *context);
quorsum_status bench_opening_work(void *context);
quorsum_status bench_record_work(void *context);

/* An exponent of the length of 2 S_i, which is what a partial's is. */
void bench_partial_exponent(mpz_t out, bench *b);
/* 2 Delta s_i of the classical partial, s_i below N^s times the order of the squares: (s+1) |N| - 2 bits, and those of
 * 2 Delta. */
void bench_classical_exponent(mpz_t out, bench *b);

#endif
