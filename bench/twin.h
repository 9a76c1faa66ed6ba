/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second process of the bench, on the portable kernel: a kernel is chosen once a process, and rows want both in one
 * run. The twin makes its own keys and inputs, and times a case's own side whenever it is asked for a sample; between
 * samples it waits and takes no time from the machine. It ends when its socket closes.
 */
#ifndef QS_BENCH_TWIN_H
#define QS_BENCH_TWIN_H

#include "bench/bench.h"

/* Starts b->twin, with the arguments this process has; or none, when the kernel in use is already the portable
 * one. ERR_SYSTEM. */
quorsum_status bench_twin_start(bench *b, char **arguments);
/* No process is left behind. */
void bench_twin_stop(bench *b);

/* The twin sets up the case of that name; *seconds: of its first sample. Then samples, and an end. ERR_SYSTEM when it
 * does not answer, or what went wrong with it. */
quorsum_status bench_twin_prepare(bench *b, const char *name, double *seconds);
quorsum_status bench_twin_sample(bench *b, double *seconds);
quorsum_status bench_twin_finish(bench *b);

/* ---- in the twin ---- */

/* Runs the cases that are asked for, until the socket closes. */
quorsum_status bench_twin_serve(bench *b);
/* What bench_compare does there: samples on request. */
quorsum_status bench_twin_answer(bench *b, const bench_row *row, const bench_side *ours);

#endif
