/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel that runs everywhere: GMP's mpn functions whose time depends on sizes only. mpn_mul_n is not
 * among them (its Toom branches look at the data), so large products get one level of Karatsuba here.
 */
#include "lib/arith/kernel_list.h"

#include "lib/arith/mask.h"

/* Below this many limbs, or for an odd number, the plain product is faster. Measured with GMP 6.2.1 on x86-64. */
#define KARATSUBA_MUL 32
#define KARATSUBA_SQR 64

/* What Karatsuba keeps: two sums of `half` limbs, their product and the sum of the outer products. */
static size_t karatsuba_limbs(size_t half)
{
    return 6 * half + 1;
}

size_t qs_portable_scratch(size_t limbs)
{
    size_t mul = (size_t)mpn_sec_mul_itch((mp_size_t)limbs, (mp_size_t)limbs);
    size_t sqr = (size_t)mpn_sec_sqr_itch((mp_size_t)limbs);

    return (mul > sqr ? mul : sqr) + karatsuba_limbs((limbs + 1) / 2);
}

/* r[0..limbs) += carry, every limb visited. The carry out is returned. */
static mp_limb_t add_limb(mp_limb_t *r, size_t limbs, mp_limb_t carry)
{
    for (size_t i = 0; i < limbs; i++) {
        r[i] += carry;
        carry = (mp_limb_t)(r[i] < carry);
    }
    return carry;
}

/* Adds the middle product to r = low + high B^(2 half): r += (middle - low - high) B^half, where `middle` has
 * 2 half limbs and the carry `top`. The difference is x_l y_h + x_h y_l, so nothing ends negative. */
static void karatsuba_middle(mp_limb_t *r, mp_limb_t *middle, mp_limb_t top, mp_size_t half)
{
    top -= mpn_sub_n(middle, middle, r, 2 * half);
    top -= mpn_sub_n(middle, middle, r + 2 * half, 2 * half);
    top += mpn_add_n(r + half, r + half, middle, 2 * half);
    (void)add_limb(r + 3 * half, (size_t)half, top);
}

/* (x_l + x_h)(y_l + y_h) with the two sums' carries put back by masked additions. */
static void karatsuba_mul(mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_size_t half, mp_limb_t *scratch)
{
    mp_limb_t *x_sum = scratch;
    mp_limb_t *y_sum = x_sum + half;
    mp_limb_t *middle = y_sum + half;
    mp_limb_t *rest = middle + 2 * half;
    mp_limb_t x_carry = mpn_add_n(x_sum, x, x + half, half);
    mp_limb_t y_carry = mpn_add_n(y_sum, y, y + half, half);
    mp_limb_t top = x_carry & y_carry;

    mpn_sec_mul(middle, x_sum, half, y_sum, half, rest);
    top += mpn_cnd_add_n(x_carry, middle + half, middle + half, y_sum, half);
    top += mpn_cnd_add_n(y_carry, middle + half, middle + half, x_sum, half);
    mpn_sec_mul(r, x, half, y, half, rest);
    mpn_sec_mul(r + 2 * half, x + half, half, y + half, half, rest);
    karatsuba_middle(r, middle, top, half);
}

static void karatsuba_sqr(mp_limb_t *r, const mp_limb_t *x, mp_size_t half, mp_limb_t *scratch)
{
    mp_limb_t *sum = scratch;
    mp_limb_t *middle = sum + half;
    mp_limb_t *rest = middle + 2 * half;
    mp_limb_t carry = mpn_add_n(sum, x, x + half, half);
    mp_limb_t top = carry;

    mpn_sec_sqr(middle, sum, half, rest);
    top += mpn_cnd_add_n(carry, middle + half, middle + half, sum, half);
    top += mpn_cnd_add_n(carry, middle + half, middle + half, sum, half);
    mpn_sec_sqr(r, x, half, rest);
    mpn_sec_sqr(r + 2 * half, x + half, half, rest);
    karatsuba_middle(r, middle, top, half);
}

static void portable_mul(mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, size_t limbs, mp_limb_t *scratch)
{
    if (limbs >= KARATSUBA_MUL && limbs % 2 == 0)
        karatsuba_mul(r, x, y, (mp_size_t)(limbs / 2), scratch);
    else
        mpn_sec_mul(r, x, (mp_size_t)limbs, y, (mp_size_t)limbs, scratch);
}

static void portable_sqr(mp_limb_t *r, const mp_limb_t *x, size_t limbs, mp_limb_t *scratch)
{
    if (limbs >= KARATSUBA_SQR && limbs % 2 == 0)
        karatsuba_sqr(r, x, (mp_size_t)(limbs / 2), scratch);
    else
        mpn_sec_sqr(r, x, (mp_size_t)limbs, scratch);
}

/* Row i clears limb i, whose place then holds q_i, and its carry goes to limb i + limbs: together with the bit
 * that the row before left over there. */
static mp_limb_t portable_reduce(mp_limb_t *t, const mp_limb_t *n, size_t limbs, mp_limb_t inverse)
{
    mp_limb_t bit = 0;

    for (size_t i = 0; i < limbs; i++) {
        mp_limb_t q = t[i] * inverse;
        mp_limb_t carry = mpn_addmul_1(t + i, n, (mp_size_t)limbs, q);
        mp_limb_t sum = t[i + limbs] + bit;
        mp_limb_t over = (mp_limb_t)(sum < bit);

        t[i] = q;
        t[i + limbs] = sum + carry;
        bit = over | (mp_limb_t)(t[i + limbs] < carry);
    }
    return bit;
}

const qs_kernel qs_kernel_portable = {"portable", portable_mul, portable_sqr, portable_reduce};
