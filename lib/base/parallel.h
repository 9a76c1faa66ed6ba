/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parallel loop. Threads live for one call only, so a fork between calls finds none; the calling thread
 * works too, and it alone calls the progress callback. Work is handed out in small blocks, so uneven tails
 * cost at most one block. The first failing block ends the loop; its status is returned.
 */
#ifndef QS_PARALLEL_H
#define QS_PARALLEL_H

#include <stddef.h>

#include "quorsum/status.h"

/* Does the items begin <= i < end. `worker` is 0..threads-1 and names a per-thread scratch of the caller. */
typedef quorsum_status (*qs_loop_body)(void *context, unsigned worker, size_t begin, size_t end);

unsigned qs_run_threads(const quorsum_run *run); /* the number of workers a loop would use, at least 1 */

/* run may be NULL. block: items per hand-out, at least 1. count may be 0. */
quorsum_status qs_parallel(const quorsum_run *run, size_t count, size_t block, qs_loop_body body, void *context);

#endif
