/* SPDX-License-Identifier: Apache-2.0 */
/* Scratch for parallel loops. A loop has no more workers than blocks of work, so neither has this. */
#include "lib/paillier/workers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"

#define LINE_LIMBS ((size_t)8) /* workers share no cache line */

quorsum_status qs_workers_init(qs_workers *workers, const quorsum_run *run, size_t count, size_t block, size_t limbs,
                               int secret)
{
    size_t blocks = count / block + (count % block != 0);
    size_t wanted = qs_run_threads(run);

    if (wanted > blocks)
        wanted = blocks > 0 ? blocks : 1;
    workers->stride = (limbs + LINE_LIMBS - 1) / LINE_LIMBS * LINE_LIMBS;
    workers->secret = secret;
    if (workers->stride > SIZE_MAX / sizeof(mp_limb_t) / wanted)
        return QUORSUM_ERR_MEMORY;
    if (secret)
        workers->block = qs_secret_block(wanted * workers->stride * sizeof(mp_limb_t));
    else
        workers->block = malloc(wanted * workers->stride * sizeof(mp_limb_t));
    if (workers->block == NULL)
        return QUORSUM_ERR_MEMORY;
    workers->count = (unsigned)wanted;
    return QUORSUM_OK;
}

mp_limb_t *qs_workers_scratch(const qs_workers *workers, unsigned worker)
{
    return workers->block + worker * workers->stride;
}

void qs_workers_clear(qs_workers *workers)
{
    if (workers->secret)
        qs_secret_release(workers->block);
    else
        free(workers->block);
    memset(workers, 0, sizeof *workers);
}
