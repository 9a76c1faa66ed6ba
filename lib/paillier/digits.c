/* SPDX-License-Identifier: Apache-2.0 */
/* Digits to integers by Horner, and the binomial series and its inverse. Lengths alone decide what is done. */
#include "lib/paillier/digits.h"

#include <string.h>

size_t qs_digits_scratch(const qs_ring *ring)
{
    return ring->width + (size_t)mpn_sec_mul_itch((mp_size_t)ring->width, (mp_size_t)ring->limbs);
}

void qs_digits_integer(const qs_ring *ring, mp_limb_t *out, const mp_limb_t *x, mp_limb_t *scratch)
{
    size_t limbs = ring->limbs;
    mp_limb_t *product = scratch;
    mp_limb_t *rest = product + ring->width;

    memset(out, 0, ring->width * sizeof *out);
    memcpy(out, x + (ring->digits - 1) * limbs, limbs * sizeof *out);
    for (size_t done = 1; done < ring->digits; done++) {
        const mp_limb_t *digit = x + (ring->digits - 1 - done) * limbs;
        size_t size = done * limbs; /* out < n^done fits; times n plus a digit is below n^(done+1) */

        mpn_sec_mul(product, out, (mp_size_t)size, ring->n, (mp_size_t)limbs, rest);
        memset(out, 0, ring->width * sizeof *out);
        memcpy(out, digit, limbs * sizeof *out);
        (void)mpn_add_n(out, out, product, (mp_size_t)(size + limbs));
    }
}

size_t qs_series_scratch(const qs_ring *ring)
{
    return 4 * ring->width + qs_ring_scratch(ring);
}

/* x n^places: digits move up, those at the top fall off. */
static void shift_digits(const qs_ring *ring, mp_limb_t *x, unsigned places)
{
    size_t shift = places * ring->limbs;

    memmove(x + shift, x, (ring->width - shift) * sizeof *x);
    memset(x, 0, shift * sizeof *x);
}

void qs_series_sum(const qs_ring *ring, const mp_limb_t *coefficient, mp_limb_t *out, const mp_limb_t *m,
                   mp_limb_t *scratch)
{
    size_t width = ring->width;
    mp_limb_t *factor = scratch;          /* m - k + 1, Montgomery form */
    mp_limb_t *falling = factor + width;  /* m (m-1) ... (m-k+1), plain form */
    mp_limb_t *term = falling + width;
    mp_limb_t *rest = term + width;

    memcpy(out, m, width * sizeof *out);
    if (ring->digits < 2)
        return;
    memcpy(falling, m, width * sizeof *m);
    qs_ring_enter(ring, factor, m, rest);
    for (unsigned k = 2; k <= ring->digits; k++) {
        qs_ring_sub(ring, factor, factor, ring->one, rest);
        qs_ring_mul(ring, falling, falling, factor, rest);
        qs_ring_mul(ring, term, falling, coefficient + (k - 2) * width, rest);
        shift_digits(ring, term, k - 1);
        qs_ring_add(ring, out, out, term, rest);
    }
}

/* m <- m + (t - S(m)). The terms of S beyond m carry a factor n, so an m right in j digits becomes right in j+1; and
 * t itself is right in the first. */
void qs_series_solve(const qs_ring *ring, const mp_limb_t *coefficient, mp_limb_t *m, const mp_limb_t *t,
                     mp_limb_t *scratch)
{
    mp_limb_t *sum = scratch;
    mp_limb_t *rest = sum + ring->width;

    memcpy(m, t, ring->width * sizeof *m);
    for (unsigned right = 1; right < ring->digits; right++) {
        qs_series_sum(ring, coefficient, sum, m, rest);
        qs_ring_sub(ring, sum, t, sum, rest);
        qs_ring_add(ring, m, m, sum, rest);
    }
}
