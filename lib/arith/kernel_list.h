/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of this build, for kernel.c and for kernels that lean on another: everybody else asks
 * qs_kernel_active(). */
#ifndef QS_KERNEL_LIST_H
#define QS_KERNEL_LIST_H

#include "lib/arith/across_body.h"
#include "lib/arith/kernel.h"
#include "lib/arith/lanes_body.h"

extern const qs_kernel qs_kernel_portable;

#ifdef QS_LANE_PLAIN
extern const qs_kernel qs_kernel_lanes_plain; /* for tests: portable, and batches in plain C, which are slow */
extern const qs_kernel qs_kernel_lanes_plain26;
#endif

/* x32 has 32-bit pointers, which the assembly does not know. */
#if defined(__x86_64__) && defined(__LP64__) && defined(__GNUC__) && GMP_LIMB_BITS == 64
#define QS_KERNEL_MULX 1
extern const qs_kernel qs_kernel_mulx;
int qs_mulx_usable(void);
#endif

#if defined(QS_KERNEL_MULX) && defined(QS_LANE_AVX2)
#define QS_KERNEL_AVX2 1
extern const qs_kernel qs_kernel_avx2;
int qs_avx2_usable(void);
#endif

#if defined(QS_KERNEL_MULX) && defined(QS_LANE_IFMA)
#define QS_KERNEL_IFMA 1
extern const qs_kernel qs_kernel_ifma;
int qs_ifma_usable(void);
#endif

#endif
