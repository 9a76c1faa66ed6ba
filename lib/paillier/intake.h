/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ciphertexts as they come in from their wire form, eight at a time where the kernel has lanes. Each is read once: its
 * digits are compared with N, digit 0 goes into a product that tells in the end whether all are units, and whoever
 * wants more of it takes it while it is at hand. All public.
 */
#ifndef QS_INTAKE_H
#define QS_INTAKE_H

#include "lib/paillier/public_key.h"

typedef struct qs_intake {
    const quorsum_public_key *key;
    const uint8_t *in;
    size_t count;
    /* What becomes of the elements from `first` on, or NULL: where the key's ring has lanes, x is one group of `used`
     * (lanes.h: plain, lanes beyond the last repeat it); else one element. scratch: enough for the ring's operations.
     * Called from several threads. Elements that are no units come here, too: what is made of them is good for nothing
     * unless the whole intake succeeds. */
    void (*keep)(void *context, size_t first, size_t used, const mp_limb_t *x, mp_limb_t *scratch);
    void *context;
} qs_intake;

/* ERR_RANGE or ERR_NOT_UNIT: the lowest bad element is *index (may be NULL). ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_intake_all(const qs_intake *intake, size_t *index, const quorsum_run *run);

#endif
