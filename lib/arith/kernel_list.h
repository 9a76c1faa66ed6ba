/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of this build, for kernel.c only: everybody else asks qs_kernel_active(). */
#ifndef QS_KERNEL_LIST_H
#define QS_KERNEL_LIST_H

#include "lib/arith/kernel.h"

extern const qs_kernel qs_kernel_portable;
size_t qs_portable_scratch(size_t limbs);

#endif
