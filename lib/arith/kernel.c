/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which kernel this process uses: the fastest that the processor runs, or the one that QUORSUM_KERNEL names
 * (ignored when it names none, and in set-user-id programs). Decided once; immutable from then on.
 */
#include "lib/arith/kernel.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/kernel_list.h"
#include "quorsum/status.h"

typedef struct choice {
    const qs_kernel *kernel;
    int (*usable)(void); /* on this processor */
    int only_by_name;
} choice;

static int always(void)
{
    return 1;
}

/* Best last. */
static const choice kernels[] = {
#ifdef QS_LANE_PLAIN
    {&qs_kernel_lanes_plain, always, 1},
    {&qs_kernel_lanes_plain26, always, 1},
#endif
    {&qs_kernel_portable, always, 0},
#ifdef QS_KERNEL_MULX
    {&qs_kernel_mulx, qs_mulx_usable, 0},
#endif
#ifdef QS_KERNEL_AVX2
    {&qs_kernel_avx2, qs_avx2_usable, 0},
#endif
#ifdef QS_KERNEL_IFMA
    {&qs_kernel_ifma, qs_ifma_usable, 0},
#endif
};

#define KERNELS (sizeof kernels / sizeof kernels[0])

static pthread_once_t chosen_once = PTHREAD_ONCE_INIT;
static const qs_kernel *chosen;

static void choose(void)
{
    const char *wanted = secure_getenv("QUORSUM_KERNEL");
    int named = 0;

    for (size_t i = 0; i < KERNELS; i++) {
        int this_one = wanted != NULL && strcmp(wanted, kernels[i].kernel->name) == 0;

        if ((named || kernels[i].only_by_name) && !this_one)
            continue;
        if (!kernels[i].usable())
            continue;
        chosen = kernels[i].kernel;
        named |= this_one;
    }
}

const qs_kernel *qs_kernel_active(void)
{
    pthread_once(&chosen_once, choose);
    return chosen;
}

const qs_kernel *qs_kernel_at(size_t index, int *usable)
{
    if (index >= KERNELS)
        return NULL;
    *usable = kernels[index].usable();
    return kernels[index].kernel;
}

const char *quorsum_kernel(void)
{
    return qs_kernel_active()->name;
}
