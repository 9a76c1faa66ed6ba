/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choices without branches. A mask is all ones or all zeros; the compiler is kept from knowing which, so that
 * it cannot turn the selection that follows back into a jump.
 */
#ifndef QS_MASK_H
#define QS_MASK_H

#include <gmp.h>
#include <stddef.h>

/* All ones for bit = 1, zero for bit = 0. */
static inline mp_limb_t qs_mask(mp_limb_t bit)
{
    mp_limb_t mask = (mp_limb_t)0 - bit;

#ifdef __GNUC__
    __asm__("" : "+r"(mask));
#endif
    return mask;
}

/* 1 if the limb is zero, else 0. */
static inline mp_limb_t qs_is_zero(mp_limb_t limb)
{
    return (mp_limb_t)1 ^ ((limb | ((mp_limb_t)0 - limb)) >> (GMP_LIMB_BITS - 1));
}

/* 1 if x < y, else 0, both `limbs` long. */
static inline mp_limb_t qs_is_below(const mp_limb_t *x, const mp_limb_t *y, size_t limbs)
{
    mp_limb_t borrow = 0;

    for (size_t i = 0; i < limbs; i++) {
        mp_limb_t difference = x[i] - y[i];
        mp_limb_t below = (mp_limb_t)(x[i] < y[i]) | ((mp_limb_t)(difference < borrow));

        borrow = below;
    }
    return borrow;
}

#endif
