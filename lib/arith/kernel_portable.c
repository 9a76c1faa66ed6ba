/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel that runs everywhere: GMP's mpn functions whose time depends on sizes only. mpn_mul_n is not
 * among them (its Toom branches look at the data), so large products get one level of Karatsuba here.
 */
#include "lib/arith/kernel_list.h"

#include "lib/arith/karatsuba.h"

/* Below this many limbs, or for an odd number, the plain product is faster. Measured with GMP 6.2.1 on x86-64. */
#define KARATSUBA_MUL 32
#define KARATSUBA_SQR 64

/* For any kernel: Karatsuba's sums, and what one half product needs. */
size_t qs_kernel_scratch(size_t limbs)
{
    size_t mul = (size_t)mpn_sec_mul_itch((mp_size_t)limbs, (mp_size_t)limbs);
    size_t sqr = (size_t)mpn_sec_sqr_itch((mp_size_t)limbs);

    return (mul > sqr ? mul : sqr) + qs_karatsuba_scratch(limbs) + 2 * limbs;
}

static void plain_mul(mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, size_t limbs, mp_limb_t *scratch)
{
    mpn_sec_mul(r, x, (mp_size_t)limbs, y, (mp_size_t)limbs, scratch);
}

static void plain_sqr(mp_limb_t *r, const mp_limb_t *x, size_t limbs, mp_limb_t *scratch)
{
    mpn_sec_sqr(r, x, (mp_size_t)limbs, scratch);
}

static void portable_mul(mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, size_t limbs, mp_limb_t *scratch)
{
    if (limbs >= KARATSUBA_MUL && limbs % 2 == 0)
        qs_karatsuba_mul(plain_mul, r, x, y, limbs / 2, scratch);
    else
        plain_mul(r, x, y, limbs, scratch);
}

static void portable_sqr(mp_limb_t *r, const mp_limb_t *x, size_t limbs, mp_limb_t *scratch)
{
    if (limbs >= KARATSUBA_SQR && limbs % 2 == 0)
        qs_karatsuba_sqr(plain_sqr, r, x, limbs / 2, scratch);
    else
        plain_sqr(r, x, limbs, scratch);
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

const qs_kernel qs_kernel_portable = {"portable", portable_mul, portable_sqr, portable_reduce, NULL, NULL};

#ifdef QS_LANE_PLAIN
const qs_kernel qs_kernel_lanes_plain = {"lanes-plain", portable_mul, portable_sqr, portable_reduce, &qs_lane_plain,
                                         &qs_across_plain};
const qs_kernel qs_kernel_lanes_plain26 = {"lanes-plain26", portable_mul, portable_sqr, portable_reduce,
                                           &qs_lane_plain26, NULL};
#endif
