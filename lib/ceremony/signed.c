/* SPDX-License-Identifier: Apache-2.0 */
/* Secret integers with a sign: sums of products with public factors, and how they become public. */
#include "lib/ceremony/signed.h"

#include "lib/arith/mask.h"
#include "lib/arith/multiply.h"
#include "lib/base/bytes.h"
#include "lib/base/invariant.h"

size_t qs_signed_scratch(size_t x_limbs, const mpz_t factor)
{
    return x_limbs + mpz_size(factor) + qs_multiply_scratch(x_limbs, mpz_size(factor));
}

/* Borrows and carries go through all limbs: GMP's functions for one limb stop where there are none. */
void qs_signed_add(mp_limb_t *sum, size_t limbs, const mp_limb_t *x, size_t x_limbs, int subtract)
{
    mp_limb_t carry;

    if (subtract)
        carry = mpn_sub_n(sum, sum, x, (mp_size_t)x_limbs);
    else
        carry = mpn_add_n(sum, sum, x, (mp_size_t)x_limbs);
    for (size_t i = x_limbs; i < limbs; i++) {
        mp_limb_t before = sum[i];

        sum[i] = subtract ? before - carry : before + carry;
        carry = subtract ? (mp_limb_t)(sum[i] > before) : (mp_limb_t)(sum[i] < before);
    }
}

/* The product may be a limb longer than the sum: that limb is 0, or beyond what counts. */
void qs_signed_add_product(mp_limb_t *sum, size_t limbs, const mp_limb_t *x, size_t x_limbs, const mpz_t factor,
                           mp_limb_t *scratch)
{
    size_t product = x_limbs + mpz_size(factor);

    qs_multiply(scratch, x, x_limbs, mpz_limbs_read(factor), mpz_size(factor), scratch + product);
    qs_signed_add(sum, limbs, scratch, product < limbs ? product : limbs, mpz_sgn(factor) < 0);
}

void qs_signed_write(uint8_t *out, size_t len, mp_limb_t *x, size_t limbs)
{
    mp_limb_t negative = x[limbs - 1] >> (GMP_LIMB_BITS - 1);
    mp_limb_t mask = qs_mask(negative);
    mp_limb_t carry = negative;
    int fits;

    for (size_t i = 0; i < limbs; i++) {
        x[i] = (x[i] ^ mask) + carry;
        carry = (mp_limb_t)(x[i] < carry);
    }
    out[0] = (uint8_t)negative;
    fits = qs_limbs_to_bytes(out + 1, len - 1, x, limbs) == 0;
    QS_INVARIANT(fits);
    (void)fits;
}

int qs_signed_read(mpz_t out, const uint8_t *in, size_t len)
{
    mpz_import(out, len - 1, 1, 1, 1, 0, in + 1);
    if (in[0] > 1 || (in[0] == 1 && mpz_sgn(out) == 0))
        return -1;
    if (in[0] == 1)
        mpz_neg(out, out);
    return 0;
}
