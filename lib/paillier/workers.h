/* SPDX-License-Identifier: Apache-2.0 */
/* One scratch for every worker of a parallel loop, in one block: guarded and wiped when secrets pass through it. */
#ifndef QS_WORKERS_H
#define QS_WORKERS_H

#include <gmp.h>
#include <stddef.h>

#include "lib/base/parallel.h"

typedef struct qs_workers { /* zero-initialise */
    mp_limb_t *block;
    size_t stride;
    unsigned count;
    int secret;
} qs_workers;

/* Scratch of `limbs` limbs for each worker of qs_parallel(run, count, block, ...). ERR_MEMORY. */
quorsum_status qs_workers_init(qs_workers *workers, const quorsum_run *run, size_t count, size_t block, size_t limbs,
                               int secret);
mp_limb_t *qs_workers_scratch(const qs_workers *workers, unsigned worker);
void qs_workers_clear(qs_workers *workers);

#endif
