/* SPDX-License-Identifier: Apache-2.0 */
/* Products of secret integers of public lengths: GMP's constant-time one, which wants the longer factor first. */
#ifndef QS_MULTIPLY_H
#define QS_MULTIPLY_H

#include <gmp.h>
#include <stddef.h>

static inline size_t qs_multiply_scratch(size_t x_limbs, size_t y_limbs)
{
    size_t longer = x_limbs > y_limbs ? x_limbs : y_limbs;

    return (size_t)mpn_sec_mul_itch((mp_size_t)longer, (mp_size_t)(x_limbs + y_limbs - longer));
}

/* out = x y in x_limbs + y_limbs limbs, apart from both; neither length is 0. */
static inline void qs_multiply(mp_limb_t *out, const mp_limb_t *x, size_t x_limbs, const mp_limb_t *y, size_t y_limbs,
                               mp_limb_t *scratch)
{
    if (x_limbs >= y_limbs)
        mpn_sec_mul(out, x, (mp_size_t)x_limbs, y, (mp_size_t)y_limbs, scratch);
    else
        mpn_sec_mul(out, y, (mp_size_t)y_limbs, x, (mp_size_t)x_limbs, scratch);
}

#endif
