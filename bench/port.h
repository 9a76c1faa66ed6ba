/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How near a row comes to what the processor can do: every 512-bit vpmadd52 ("IFMA", eight half products of 52 bits)
 * takes a port for some time, which is measured, and an operation needs so many of them, which is counted.
 */
#ifndef QS_BENCH_PORT_H
#define QS_BENCH_PORT_H

#include "bench/bench.h"

/* Measures b->port anew where the kernel in use has lanes of AVX-512 IFMA; elsewhere it stays 0. Milliseconds. */
void bench_port_measure(bench *b);

/* The IFMA instructions of one call over `count` values (port_limit.c says what is counted). */
double bench_ifma_aggregate(const bench *b, size_t count);
double bench_ifma_encrypt(const bench *b, quorsum_randomiser randomiser, size_t count);
double bench_ifma_validate(const bench *b, size_t count);
double bench_ifma_decrypt(const bench *b, size_t count);
double bench_ifma_partial(const bench *b, size_t count);
double bench_ifma_complete(const bench *b, size_t count);
double bench_ifma_opening(const bench *b, size_t count);
double bench_ifma_knowledge(const bench *b, size_t count);
double bench_ifma_share(const bench *b, size_t count);
double bench_ifma_multiexp(const bench *b, size_t count);

#endif
