/* SPDX-License-Identifier: Apache-2.0 */
/* The two inner products that a norm proof commits to, as integers; secret, and in constant time. */
#include <string.h>

#include "lib/base/invariant.h"
#include "lib/proof/norm_inside.h"

/* |8 sum m_i x_i + 2 sum m_(y,k) y_k| is below 2^this: 8 n 2^(b-1) 2^(b+mu) and 6 2^b 2^(b+mu) */
size_t qs_norm_sign_bits(const qs_norm_sizes *sizes)
{
    return sizes->lambda + sizes->b + sizes->mask_bits + 4;
}

/* (4 n + 3) 2^(2 (b+mu)), and 4 n + 3 < 2^(lambda+3) */
size_t qs_norm_f0_bits(const qs_norm_sizes *sizes)
{
    return 2 * sizes->mask_bits + sizes->lambda + 3;
}

/* A mask has two bits less than z_limbs have at most, so this is enough for f0; and for f1, mask_bits >= b + 257. */
size_t qs_norm_sum_limbs(const qs_norm_sizes *sizes)
{
    return 2 * sizes->z_limbs + 1;
}

static size_t product_itch(const qs_norm_sizes *sizes)
{
    size_t product = (size_t)mpn_sec_mul_itch((mp_size_t)sizes->z_limbs, QS_NORM_VALUE_LIMBS);
    size_t square = (size_t)mpn_sec_sqr_itch((mp_size_t)sizes->z_limbs);

    return product > square ? product : square;
}

size_t qs_norm_sums_scratch(const qs_norm_sizes *sizes)
{
    return 2 * qs_norm_sum_limbs(sizes) + product_itch(sizes);
}

void qs_norm_shift(mp_limb_t *x, size_t limbs, size_t bits)
{
    size_t whole = bits / GMP_LIMB_BITS;

    memmove(x + whole, x, (limbs - whole) * sizeof *x);
    memset(x, 0, whole * sizeof *x);
    if (bits % GMP_LIMB_BITS > 0)
        (void)mpn_lshift(x, x, (mp_size_t)limbs, (unsigned)(bits % GMP_LIMB_BITS));
}

static void sum_f0(mp_limb_t *f0, const qs_norm_witness *witness, mp_limb_t *scratch)
{
    const qs_norm_sizes *sizes = witness->sizes;
    size_t limbs = qs_norm_sum_limbs(sizes);
    mp_limb_t *term = scratch;

    memset(f0, 0, limbs * sizeof *f0);
    memset(term, 0, limbs * sizeof *term);
    for (size_t i = 0; i < sizes->values + QS_NORM_SQUARES; i++) {
        if (i == sizes->values)
            qs_norm_shift(f0, limbs, 2);
        mpn_sec_sqr(term, witness->m + i * sizes->z_limbs, (mp_size_t)sizes->z_limbs, term + limbs);
        (void)mpn_add_n(f0, f0, term, (mp_size_t)limbs);
    }
}

/* f1 = 4 sum m_i x'_i + sum m_(y,k) y'_k and masks = 4 sum m_i + sum m_(y,k), both with x' = x + 2^(b-1): then
 * 2 (f1 - 2^(b-1) masks) is the sum without the offset, modulo a power of 2, above which it does not reach. */
static void sum_f1(mp_limb_t *f1, const qs_norm_witness *witness, mp_limb_t *scratch)
{
    const qs_norm_sizes *sizes = witness->sizes;
    size_t limbs = qs_norm_sum_limbs(sizes);
    mp_limb_t *term = scratch;
    mp_limb_t *masks = term + limbs;

    memset(f1, 0, limbs * sizeof *f1);
    memset(scratch, 0, 2 * limbs * sizeof *scratch);
    for (size_t i = 0; i < sizes->values + QS_NORM_SQUARES; i++) {
        const mp_limb_t *m = witness->m + i * sizes->z_limbs;

        if (i == sizes->values) { /* the x_i have 4 times the weight of the y_k */
            qs_norm_shift(f1, limbs, 2);
            qs_norm_shift(masks, limbs, 2);
        }
        mpn_sec_mul(term, m, (mp_size_t)sizes->z_limbs, witness->x + i * QS_NORM_VALUE_LIMBS, QS_NORM_VALUE_LIMBS,
                    masks + limbs);
        (void)mpn_add_n(f1, f1, term, (mp_size_t)limbs);
        memset(term, 0, limbs * sizeof *term);
        memcpy(term, m, sizes->z_limbs * sizeof *term);
        (void)mpn_add_n(masks, masks, term, (mp_size_t)limbs);
    }
    qs_norm_shift(masks, limbs, sizes->b - 1);
    (void)mpn_sub_n(f1, f1, masks, (mp_size_t)limbs);
    qs_norm_shift(f1, limbs, 1);
}

void qs_norm_sums(mp_limb_t *f1, mp_limb_t *f0, const qs_norm_witness *witness, mp_limb_t *scratch)
{
    size_t limbs = qs_norm_sum_limbs(witness->sizes);
    size_t bits = qs_norm_sign_bits(witness->sizes);

    QS_INVARIANT(bits + 1 < limbs * GMP_LIMB_BITS && qs_norm_f0_bits(witness->sizes) <= limbs * GMP_LIMB_BITS);
    sum_f0(f0, witness, scratch);
    sum_f1(f1, witness, scratch);
    memset(scratch, 0, limbs * sizeof *scratch);
    scratch[bits / GMP_LIMB_BITS] = (mp_limb_t)1 << bits % GMP_LIMB_BITS;
    (void)mpn_add_n(f1, f1, scratch, (mp_size_t)limbs);
}
