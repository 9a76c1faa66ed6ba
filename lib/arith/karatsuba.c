/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With x = x_l + x_h B, y likewise, B = 2^(half limbs):
 *
 *     x y = x_l y_l + ((x_l + x_h)(y_l + y_h) - x_l y_l - x_h y_h) B + x_h y_h B^2.
 *
 * The sums have a carry each, put back by masked additions.
 */
#include "lib/arith/karatsuba.h"

/* Two sums of half the limbs and the middle product. */
size_t qs_karatsuba_scratch(size_t limbs)
{
    return 2 * limbs;
}

/* r[0..limbs) += carry, every limb visited. It is never carried out of r: the product fits. */
static void add_limb(mp_limb_t *r, size_t limbs, mp_limb_t carry)
{
    for (size_t i = 0; i < limbs; i++) {
        r[i] += carry;
        carry = (mp_limb_t)(r[i] < carry);
    }
}

/* r = low + high B^2 becomes r + (middle - low - high) B; middle has 2 half limbs and the carry `top`. */
static void add_middle(mp_limb_t *r, mp_limb_t *middle, mp_limb_t top, mp_size_t half)
{
    top -= mpn_sub_n(middle, middle, r, 2 * half);
    top -= mpn_sub_n(middle, middle, r + 2 * half, 2 * half);
    top += mpn_add_n(r + half, r + half, middle, 2 * half);
    add_limb(r + 3 * half, (size_t)half, top);
}

void qs_karatsuba_mul(qs_mul_function mul, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, size_t half,
                      mp_limb_t *scratch)
{
    mp_size_t size = (mp_size_t)half;
    mp_limb_t *x_sum = scratch;
    mp_limb_t *y_sum = x_sum + half;
    mp_limb_t *middle = y_sum + half;
    mp_limb_t *rest = middle + 2 * half;
    mp_limb_t x_carry = mpn_add_n(x_sum, x, x + half, size);
    mp_limb_t y_carry = mpn_add_n(y_sum, y, y + half, size);
    mp_limb_t top = x_carry & y_carry;

    mul(middle, x_sum, y_sum, half, rest);
    top += mpn_cnd_add_n(x_carry, middle + half, middle + half, y_sum, size);
    top += mpn_cnd_add_n(y_carry, middle + half, middle + half, x_sum, size);
    mul(r, x, y, half, rest);
    mul(r + 2 * half, x + half, y + half, half, rest);
    add_middle(r, middle, top, size);
}

void qs_karatsuba_sqr(qs_sqr_function sqr, mp_limb_t *r, const mp_limb_t *x, size_t half, mp_limb_t *scratch)
{
    mp_size_t size = (mp_size_t)half;
    mp_limb_t *sum = scratch;
    mp_limb_t *middle = sum + 2 * half;
    mp_limb_t *rest = middle + 2 * half;
    mp_limb_t carry = mpn_add_n(sum, x, x + half, size);
    mp_limb_t top = carry;

    sqr(middle, sum, half, rest);
    top += mpn_cnd_add_n(carry, middle + half, middle + half, sum, size);
    top += mpn_cnd_add_n(carry, middle + half, middle + half, sum, size);
    sqr(r, x, half, rest);
    sqr(r + 2 * half, x + half, half, rest);
    add_middle(r, middle, top, size);
}
