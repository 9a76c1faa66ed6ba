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

/* Best last. */
static const qs_kernel *const kernels[] = {&qs_kernel_portable};

#define KERNELS (sizeof kernels / sizeof kernels[0])

static pthread_once_t chosen_once = PTHREAD_ONCE_INIT;
static const qs_kernel *chosen;

static int usable_here(size_t index)
{
    return index == 0;
}

static void choose(void)
{
    const char *wanted = secure_getenv("QUORSUM_KERNEL");

    for (size_t i = 0; i < KERNELS; i++)
        if (usable_here(i))
            chosen = kernels[i];
    for (size_t i = 0; wanted != NULL && i < KERNELS; i++)
        if (usable_here(i) && strcmp(wanted, kernels[i]->name) == 0)
            chosen = kernels[i];
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
    *usable = usable_here(index);
    return kernels[index];
}

size_t qs_kernel_scratch(size_t limbs)
{
    return qs_portable_scratch(limbs);
}

const char *quorsum_kernel(void)
{
    return qs_kernel_active()->name;
}
