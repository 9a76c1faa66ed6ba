/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One residue of a qs_ring with its limbs across the lanes of vectors: what the powers of exponent.c work on where the
 * kernel in use has such vectors. Elements of the ring go in and come out canonical and in the ring's Montgomery form,
 * so results are the same bits with and without.
 *
 * Within, digits are below 2 n and R = 2^(52 * 8 * vectors), which is not the R of qs_ring (across_body.h). All is
 * constant time in the residues and in n, and its constants lie in the ring's own block: the ring may be secret.
 */
#ifndef QS_ACROSS_H
#define QS_ACROSS_H

#include "lib/arith/across_body.h"
#include "lib/arith/ring.h"

typedef struct qs_across {
    const qs_across_body *body;
    qs_across_modulus modulus;
    const mp_limb_t *one;   /* R: one in Montgomery form */
    const mp_limb_t *enter; /* R^2 / R' with the ring's R': what makes x R' into x R */
    const mp_limb_t *leave; /* R': makes x R into x R' */
} qs_across;

/* What the ring may have: only its bits, limbs and digits are looked at. NULL where the kernel in use has none, or the
 * size does not fit, or is so small that single words are faster. */
const qs_across_body *qs_across_wanted(const qs_ring *shape);

/* Limbs of an element, 0 for a size that does not fit; of all constants, of any alignment. */
size_t qs_across_width(const qs_ring *shape);
size_t qs_across_limbs(const qs_ring *shape);

/* In `block`, from a ring that is otherwise complete. scratch: qs_ring_scratch limbs. */
qs_across *qs_across_make(mp_limb_t *block, const qs_across_body *body, const qs_ring *ring, mp_limb_t *scratch);

/* The modulus alone; `arrays`: 16 * vectors words on a multiple of 64 bytes. */
void qs_across_modulus_set(qs_across_modulus *modulus, mp_limb_t *arrays, const mp_limb_t *n, size_t limbs,
                           size_t bits, unsigned digits, mp_limb_t inverse);

/* Elements as they are, cut into other limbs; store brings x into canonical digits and spoils it. */
void qs_across_load(const qs_across_modulus *modulus, mp_limb_t *x, const mp_limb_t *element);
void qs_across_store(const qs_across_modulus *modulus, mp_limb_t *element, mp_limb_t *x);

/* From the ring's Montgomery form, and back, which spoils x. */
void qs_across_enter(const qs_across *across, mp_limb_t *x, const mp_limb_t *element);
void qs_across_leave(const qs_across *across, mp_limb_t *element, mp_limb_t *x);

#endif
