/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a processor family may do better than GMP: the loops under every residue product. A kernel is
 * chosen once, at its first use: the fastest that the processor runs, or the one QUORSUM_KERNEL in the environment
 * names (for tests and measurements). All kernels give the same bits. Faster ones go behind this contract without
 * touching a caller.
 */
#ifndef QS_KERNEL_H
#define QS_KERNEL_H

#include <gmp.h>
#include <stddef.h>

typedef struct qs_kernel {
    const char *name;
    /* r[0..2*limbs) = x * y; no overlap; constant time. scratch: qs_kernel_scratch(limbs) limbs. */
    void (*mul)(mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, size_t limbs, mp_limb_t *scratch);
    void (*sqr)(mp_limb_t *r, const mp_limb_t *x, size_t limbs, mp_limb_t *scratch);
    /* Montgomery: t (2*limbs) += q n with q = -t/n mod R. Leaves q in t[0..limbs), (t + q n)/R in
     * t[limbs..2*limbs), and returns its carry limb (0 or 1). Constant time. */
    mp_limb_t (*reduce)(mp_limb_t *t, const mp_limb_t *n, size_t limbs, mp_limb_t inverse);
    /* Batches of eight residues at once (lanes.h), or NULL. */
    const struct qs_lane_body *lanes;
    /* Powers of one residue across the lanes (across.h), or NULL. */
    const struct qs_across_body *across;
} qs_kernel;

const qs_kernel *qs_kernel_active(void);
size_t qs_kernel_scratch(size_t limbs);

/* All kernels this build knows; *usable says whether this processor runs the one at `index`. NULL past the end. */
const qs_kernel *qs_kernel_at(size_t index, int *usable);

#endif
