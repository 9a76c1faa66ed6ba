/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rings of n-adic residues: making one, and its arithmetic. Conversions are in ring_convert.c.
 *
 * How large things get in a product. Let digit i see m = i + 1 digit products, and c = c_(i-1), q = q_(i-1):
 *
 *     T_i = sum of m products + c R - q        V_i = (T_i + q_i n) / R,   an integer
 *
 * One factor's digits are canonical (<= n - 1), the other's below R, so each product is at most (R-1)(n-1) and
 * m of them over R are below m (n-1). With 0 <= q, q_i <= R - 1 and c <= m - 1 (by induction):
 *
 *     V_i >= (c R - (R-1)) / R > c - 1,                     so V_i >= c >= 0
 *     V_i <  m (n-1) + c + n <= m (n-1) + m - 1 + n,        so V_i <  (m+1) n - 1
 *
 * Hence c_i = floor(V_i / n) <= m, found by m subtractions that are taken back under a mask; c_0 <= 1 starts the
 * induction. R may be much larger than n, so nothing here uses that n fills its limbs.
 */
#include "lib/arith/ring.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/across.h"
#include "lib/arith/kernel.h"
#include "lib/arith/lanes.h"
#include "lib/arith/mask.h"
#include "lib/base/invariant.h"
#include "lib/base/secret.h"

/* Four products' worth of working space beside the result; ring_convert.c needs no more than this either. */
size_t qs_ring_scratch(const qs_ring *ring)
{
    return 2 * ring->width + 8 * ring->limbs + 4 + qs_kernel_scratch(ring->limbs);
}

/* A product in the making. `sum` and `last` trade places from digit to digit. */
typedef struct product {
    const qs_ring *ring;
    const qs_kernel *kernel;
    mp_limb_t *result;
    mp_limb_t *sum;   /* T_i in 2*limbs limbs and `high` */
    mp_limb_t *last;  /* q_(i-1) in its low half */
    mp_limb_t *term;  /* one digit product */
    mp_limb_t *rest;  /* the kernel's scratch */
    mp_limb_t high;
    mp_limb_t carry;  /* c_(i-1) */
} product;

static product begin_product(const qs_ring *ring, mp_limb_t *scratch)
{
    product work = {.ring = ring, .kernel = qs_kernel_active()};

    work.result = scratch;
    work.sum = work.result + ring->width;
    work.last = work.sum + 2 * ring->limbs;
    work.term = work.last + 2 * ring->limbs;
    work.rest = work.term + 2 * ring->limbs;
    return work;
}

static void end_product(const product *work, mp_limb_t *r)
{
    memcpy(r, work->result, work->ring->width * sizeof(mp_limb_t));
}

/* sum = or += x_j y_(i-j) */
static void add_term(product *work, int first, const mp_limb_t *x, const mp_limb_t *y)
{
    size_t limbs = work->ring->limbs;
    mp_limb_t *target = first ? work->sum : work->term;

    if (x == y)
        work->kernel->sqr(target, x, limbs, work->rest);
    else
        work->kernel->mul(target, x, y, limbs, work->rest);
    if (first)
        work->high = 0;
    else
        work->high += mpn_add_n(work->sum, work->sum, work->term, (mp_size_t)(2 * limbs));
}

/* v (limbs) += plus - minus, both small; the carry out, as a signed limb. */
static mp_limb_t adjust(mp_limb_t *v, size_t limbs, mp_limb_t plus, mp_limb_t minus)
{
    for (size_t i = 0; i < limbs; i++) {
        mp_limb_t sum = v[i] + plus;

        plus = (mp_limb_t)(sum < plus);
        v[i] = sum - minus;
        minus = (mp_limb_t)(sum < minus);
    }
    return plus - minus;
}

/* Subtracts n up to `times` times from (top, v), never going below 0, and answers how often it did. */
static mp_limb_t subtract_multiples(const qs_ring *ring, mp_limb_t *v, mp_limb_t top, unsigned times)
{
    mp_size_t limbs = (mp_size_t)ring->limbs;
    mp_limb_t count = 0;

    for (unsigned k = 0; k < times; k++) {
        mp_limb_t left = top - mpn_sub_n(v, v, ring->n, limbs);
        mp_limb_t negative = left >> (GMP_LIMB_BITS - 1);

        top = left + mpn_cnd_add_n(negative, v, v, ring->n, limbs);
        count += 1 ^ negative;
    }
    QS_INVARIANT(top == 0 && qs_is_below(v, ring->n, ring->limbs));
    return count;
}

/* Turns the sum of digit i into r_i and leaves q_i and c_i for the next digit. */
static void finish_digit(product *work, unsigned i)
{
    const qs_ring *ring = work->ring;
    size_t limbs = ring->limbs;
    mp_limb_t *v = work->result + i * limbs;
    mp_limb_t *sum = work->sum;
    mp_limb_t top;
    mp_limb_t borrow = 0;

    if (i > 0)
        borrow = mpn_sub_n(sum, sum, work->last, (mp_size_t)limbs);
    top = work->high + work->kernel->reduce(sum, ring->n, limbs, ring->inverse);
    if (i > 0)
        top += adjust(sum + limbs, limbs, work->carry, borrow); /* c R - borrow R, after the division by R */
    memcpy(v, sum + limbs, limbs * sizeof *v);
    QS_INVARIANT(top <= i + 1);
    work->carry = subtract_multiples(ring, v, top, i + 1);
    QS_INVARIANT(work->carry <= i + 1);
    work->sum = work->last;
    work->last = sum;
}

void qs_ring_mul(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *scratch)
{
    product work = begin_product(ring, scratch);
    size_t limbs = ring->limbs;

    for (unsigned i = 0; i < ring->digits; i++) {
        for (unsigned j = 0; j <= i; j++)
            add_term(&work, j == 0, x + j * limbs, y + (i - j) * limbs);
        finish_digit(&work, i);
    }
    end_product(&work, r);
}

/* The mixed products once, doubled, then the square in the middle. */
static void square_terms(product *work, const mp_limb_t *x, unsigned i)
{
    size_t limbs = work->ring->limbs;
    unsigned pairs = (i + 1) / 2;

    for (unsigned j = 0; j < pairs; j++)
        add_term(work, j == 0, x + j * limbs, x + (i - j) * limbs);
    if (pairs > 0)
        work->high = 2 * work->high + mpn_lshift(work->sum, work->sum, (mp_size_t)(2 * limbs), 1);
    if (i % 2 == 0)
        add_term(work, pairs == 0, x + i / 2 * limbs, x + i / 2 * limbs);
}

void qs_ring_sqr(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch)
{
    product work = begin_product(ring, scratch);

    for (unsigned i = 0; i < ring->digits; i++) {
        square_terms(&work, x, i);
        finish_digit(&work, i);
    }
    end_product(&work, r);
}

void qs_ring_enter(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch)
{
    qs_ring_mul(ring, r, x, ring->square, scratch);
}

/* A product by the plain 1: digit i's only term is x_i. */
void qs_ring_leave(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch)
{
    product work = begin_product(ring, scratch);
    size_t limbs = ring->limbs;

    for (unsigned i = 0; i < ring->digits; i++) {
        memcpy(work.sum, x + i * limbs, limbs * sizeof *x);
        memset(work.sum + limbs, 0, limbs * sizeof *x);
        finish_digit(&work, i);
    }
    end_product(&work, r);
}

/* Digit sums with the carry are at most 2 n - 1, so one subtraction does. */
void qs_ring_add(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *scratch)
{
    size_t limbs = ring->limbs;
    mp_limb_t carry = 0;

    (void)scratch;
    for (unsigned i = 0; i < ring->digits; i++) {
        mp_limb_t *digit = r + i * limbs;
        mp_limb_t top = mpn_add_n(digit, x + i * limbs, y + i * limbs, (mp_size_t)limbs);

        top += adjust(digit, limbs, carry, 0);
        carry = subtract_multiples(ring, digit, top, 1);
    }
}

/* Digit differences with the borrow are at least -n, so one addition does. */
void qs_ring_sub(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *scratch)
{
    size_t limbs = ring->limbs;
    mp_limb_t borrow = 0;

    (void)scratch;
    for (unsigned i = 0; i < ring->digits; i++) {
        mp_limb_t *digit = r + i * limbs;
        mp_limb_t top = (mp_limb_t)0 - mpn_sub_n(digit, x + i * limbs, y + i * limbs, (mp_size_t)limbs);

        top += adjust(digit, limbs, 0, borrow);
        borrow = top & 1; /* top is 0 or -1 */
        (void)mpn_cnd_add_n(borrow, digit, digit, ring->n, (mp_size_t)limbs);
        QS_INVARIANT(qs_is_below(digit, ring->n, limbs));
    }
}

/* -1/n modulo the limb base: each step doubles the number of right bits, and n n = 1 modulo 8 gives three. */
static mp_limb_t negated_inverse(mp_limb_t n)
{
    mp_limb_t inverse = n;

    for (unsigned right = 3; right < GMP_LIMB_BITS; right *= 2)
        inverse *= 2 - n * inverse;
    return (mp_limb_t)0 - inverse;
}

static size_t bit_length(const mp_limb_t *n, size_t limbs)
{
    size_t bits = limbs * GMP_LIMB_BITS;

    for (mp_limb_t top = n[limbs - 1]; qs_reveal(top >> (GMP_LIMB_BITS - 1)) == 0; top <<= 1)
        bits--;
    return bits;
}

static void *take(size_t bytes, int secret)
{
    return secret ? qs_secret_block(bytes) : calloc(1, bytes);
}

/* R by doublings of 2^(bits-1), which is below n; then R^2 = R 2^(64 limbs) by squarings and doublings in
 * Montgomery form. The same steps for every n of these bits. */
static void fill_radix(qs_ring *ring, mp_limb_t *scratch)
{
    size_t radix_bits = ring->limbs * GMP_LIMB_BITS;
    size_t mask = 1;

    ring->one[(ring->bits - 1) / GMP_LIMB_BITS] = (mp_limb_t)1 << (ring->bits - 1) % GMP_LIMB_BITS;
    for (size_t i = ring->bits - 1; i < radix_bits; i++)
        qs_ring_add(ring, ring->one, ring->one, ring->one, scratch);
    memcpy(ring->square, ring->one, ring->width * sizeof(mp_limb_t));
    while (mask <= radix_bits / 2)
        mask *= 2;
    for (; mask > 0; mask /= 2) {
        qs_ring_sqr(ring, ring->square, ring->square, scratch);
        if ((radix_bits & mask) != 0)
            qs_ring_add(ring, ring->square, ring->square, ring->square, scratch);
    }
}

quorsum_status qs_ring_add_lanes(qs_ring *ring)
{
    return qs_lanes_make(&ring->lanes, qs_kernel_active()->lanes, ring->n, ring->bits, ring->digits, ring->secret);
}

/* One block for everything, the descriptor included: `inverse` tells the low limb of n. */
quorsum_status qs_ring_new(qs_ring **out, const mp_limb_t *n, size_t limbs, unsigned digits, int secret)
{
    size_t head = (sizeof(qs_ring) + 63) / 64 * 64;
    qs_ring shape = {.limbs = limbs, .digits = digits, .width = limbs * digits, .secret = secret};
    const qs_across_body *across;
    qs_ring *ring;
    mp_limb_t *scratch;

    *out = NULL;
    if (digits < 1 || digits > QS_MAX_DIGITS || limbs < 1 || limbs > QS_MAX_LIMBS)
        return QUORSUM_ERR_ARGUMENT;
    if (qs_reveal(qs_is_zero(n[limbs - 1]) | (~n[0] & 1) | (limbs == 1 ? qs_is_zero(n[0] >> 1) : 0)))
        return QUORSUM_ERR_ARGUMENT;
    shape.bits = bit_length(n, limbs);
    shape.bytes = (shape.bits + 7) / 8;
    across = qs_across_wanted(&shape);
    ring = take(head + (limbs + 2 * shape.width + qs_ring_scratch(&shape) +
                        (across != NULL ? qs_across_limbs(&shape) : 0)) * sizeof *n, secret);
    if (ring == NULL)
        return QUORSUM_ERR_MEMORY;
    *ring = shape;
    ring->block = ring;
    ring->n = (mp_limb_t *)(void *)((char *)ring + head);
    ring->one = ring->n + limbs;
    ring->square = ring->one + ring->width;
    scratch = ring->square + ring->width;
    memcpy(ring->n, n, limbs * sizeof *n);
    ring->inverse = negated_inverse(n[0]);
    fill_radix(ring, scratch);
    if (across != NULL)
        ring->across = qs_across_make(scratch + qs_ring_scratch(ring), across, ring, scratch);
    if (!secret && qs_ring_add_lanes(ring) != QUORSUM_OK) {
        qs_ring_free(ring);
        return QUORSUM_ERR_MEMORY;
    }
    *out = ring;
    return QUORSUM_OK;
}

void qs_ring_free(qs_ring *ring)
{
    if (ring == NULL)
        return;
    qs_lanes_free(ring->lanes);
    if (ring->secret)
        qs_secret_release(ring->block);
    else
        free(ring->block);
}
