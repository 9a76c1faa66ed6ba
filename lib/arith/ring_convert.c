/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Residues in other clothes: selection and comparison, wire bytes, integers, GMP numbers; and the few operations
 * on public residues that are cheaper by plain division.
 */
#include <string.h>

#include "lib/arith/mask.h"
#include "lib/arith/ring.h"
#include "lib/base/bytes.h"

void qs_ring_select(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t bit)
{
    mp_limb_t mask = qs_mask(bit);

    for (size_t i = 0; i < ring->width; i++)
        r[i] = x[i] ^ (mask & (x[i] ^ y[i]));
}

mp_limb_t qs_ring_equal(const qs_ring *ring, const mp_limb_t *x, const mp_limb_t *y)
{
    mp_limb_t difference = 0;

    for (size_t i = 0; i < ring->width; i++)
        difference |= x[i] ^ y[i];
    return qs_mask(qs_is_zero(difference));
}

static void set_one(const qs_ring *ring, mp_limb_t *r)
{
    memset(r, 0, ring->width * sizeof *r);
    r[0] = 1;
}

/* In terms of f(k) = R^(k+1): one is f(0), square is f(1), and a Montgomery product of f(a) and f(b) is f(a+b). */
void qs_ring_radix_vartime(const qs_ring *ring, mp_limb_t *r, uint64_t power, mp_limb_t *scratch)
{
    uint64_t mask = (uint64_t)1 << 63;

    if (power == 0) {
        set_one(ring, r);
        return;
    }
    memcpy(r, ring->one, ring->width * sizeof *r);
    for (; mask > 0; mask >>= 1) {
        qs_ring_sqr(ring, r, r, scratch);
        if (((power - 1) & mask) != 0)
            qs_ring_mul(ring, r, r, ring->square, scratch);
    }
}

/* Horner with chunks of one digit's limbs: r = r R + chunk. A chunk is below R and may exceed n; the products
 * bring it into canonical digits (ring.c: one factor need only be below R), here times R^2 over R, and over R. */
void qs_ring_reduce(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *integer, size_t limbs, mp_limb_t *scratch)
{
    mp_limb_t *chunk = scratch;
    mp_limb_t *rest = chunk + ring->width;
    size_t chunks = (limbs + ring->limbs - 1) / ring->limbs;

    memset(r, 0, ring->width * sizeof *r);
    for (size_t k = chunks; k-- > 0;) {
        size_t from = k * ring->limbs;
        size_t count = limbs - from < ring->limbs ? limbs - from : ring->limbs;

        memset(chunk, 0, ring->width * sizeof *chunk);
        memcpy(chunk, integer + from, count * sizeof *chunk);
        qs_ring_mul(ring, chunk, chunk, ring->one, rest);
        if (k + 1 < chunks)
            qs_ring_mul(ring, r, r, ring->square, rest);
        qs_ring_add(ring, r, r, chunk, rest);
    }
}

int qs_ring_read(const qs_ring *ring, mp_limb_t *r, const uint8_t *in)
{
    mp_limb_t below = 1;
    int misfit = 0;

    for (unsigned i = 0; i < ring->digits; i++) {
        mp_limb_t *digit = r + i * ring->limbs;

        misfit |= qs_limbs_from_bytes(digit, ring->limbs, in + i * ring->bytes, ring->bytes);
        below &= qs_is_below(digit, ring->n, ring->limbs);
    }
    return misfit | ((int)below - 1);
}

void qs_ring_write(const qs_ring *ring, uint8_t *out, const mp_limb_t *x)
{
    for (unsigned i = 0; i < ring->digits; i++)
        (void)qs_limbs_to_bytes(out + i * ring->bytes, ring->bytes, x + i * ring->limbs, ring->limbs);
}

/* sum (2*limbs+1) += x y */
static void add_product_vartime(mp_limb_t *sum, mp_limb_t *term, const mp_limb_t *x, const mp_limb_t *y, size_t limbs)
{
    mp_size_t size = (mp_size_t)limbs;

    if (x == y)
        mpn_sqr(term, x, size);
    else
        mpn_mul_n(term, x, y, size);
    sum[2 * limbs] += mpn_add_n(sum, sum, term, 2 * size);
}

/* Schoolbook on digits, the quotient of each by n carried to the next. The sum stays below 6 R^2, the quotient
 * below R^2 (it is at most the sum over n). */
void qs_ring_product_vartime(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y,
                             mp_limb_t *scratch)
{
    size_t limbs = ring->limbs;
    mp_limb_t *result = scratch;
    mp_limb_t *sum = result + ring->width;
    mp_limb_t *term = sum + 2 * limbs + 1; /* a digit product, then the quotient of 2*limbs+1 - limbs + 1 */
    size_t length;

    memset(sum, 0, (2 * limbs + 1) * sizeof *sum);
    for (unsigned i = 0; i < ring->digits; i++) {
        for (unsigned j = 0; j <= i; j++)
            add_product_vartime(sum, term, x + j * limbs, y + (i - j) * limbs, limbs);
        length = 2 * limbs + (sum[2 * limbs] != 0);
        mpn_tdiv_qr(term, result + i * limbs, 0, sum, (mp_size_t)length, ring->n, (mp_size_t)limbs);
        memset(sum, 0, (2 * limbs + 1) * sizeof *sum);
        memcpy(sum, term, (length - limbs + 1) * sizeof *sum);
    }
    memcpy(r, result, ring->width * sizeof *r);
}

void qs_ring_to_mpz(const qs_ring *ring, mpz_t out, const mp_limb_t *x)
{
    mpz_t n;
    mpz_t digit;

    mpz_set_ui(out, 0);
    for (unsigned i = ring->digits; i-- > 0;) {
        mpz_mul(out, out, mpz_roinit_n(n, ring->n, (mp_size_t)ring->limbs));
        mpz_add(out, out, mpz_roinit_n(digit, x + i * ring->limbs, (mp_size_t)ring->limbs));
    }
}

void qs_ring_from_mpz_vartime(const qs_ring *ring, mp_limb_t *r, const mpz_t integer)
{
    mpz_t n;
    mpz_t digit;
    mpz_t rest;

    mpz_roinit_n(n, ring->n, (mp_size_t)ring->limbs);
    mpz_init(digit);
    mpz_init_set(rest, integer);
    memset(r, 0, ring->width * sizeof *r);
    for (unsigned i = 0; i < ring->digits; i++) {
        mpz_fdiv_qr(rest, digit, rest, n);
        mpn_copyi(r + i * ring->limbs, mpz_limbs_read(digit), (mp_size_t)mpz_size(digit));
    }
    mpz_clear(rest);
    mpz_clear(digit);
}

int qs_ring_invert_vartime(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x)
{
    mpz_t n;
    mpz_t value;
    mpz_t modulus;
    int answer = -1;

    mpz_init(value);
    mpz_init(modulus);
    mpz_pow_ui(modulus, mpz_roinit_n(n, ring->n, (mp_size_t)ring->limbs), ring->digits);
    qs_ring_to_mpz(ring, value, x);
    if (mpz_invert(value, value, modulus) != 0) {
        qs_ring_from_mpz_vartime(ring, r, value);
        answer = 0;
    }
    mpz_clear(modulus);
    mpz_clear(value);
    return answer;
}

int qs_ring_invert_all_vartime(const qs_ring *ring, mp_limb_t *x, size_t count, mp_limb_t *prefix,
                               mp_limb_t *scratch)
{
    size_t width = ring->width;
    mp_limb_t *running = scratch; /* 1/(x_0 ... x_i) */
    mp_limb_t *rest = running + width;

    memcpy(prefix, x, width * sizeof *x);
    for (size_t i = 1; i < count; i++)
        qs_ring_product_vartime(ring, prefix + i * width, prefix + (i - 1) * width, x + i * width, rest);
    if (qs_ring_invert_vartime(ring, running, prefix + (count - 1) * width) != 0)
        return -1;
    for (size_t i = count - 1; i > 0; i--) {
        mp_limb_t *inverse = prefix + i * width; /* its prefix has done its work */

        qs_ring_product_vartime(ring, inverse, running, prefix + (i - 1) * width, rest);
        qs_ring_product_vartime(ring, running, running, x + i * width, rest);
    }
    memcpy(x, running, width * sizeof *x);
    memcpy(x + width, prefix + width, (count - 1) * width * sizeof *x);
    return 0;
}
