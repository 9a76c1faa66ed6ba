/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A residue across lanes: the constants of a ring, and the way in and out, in single words. n may be secret, so the
 * ring makes the constants, which are powers of two, by steps that are the same for every n of its size.
 */
#include "lib/arith/across.h"

#include <string.h>

#include "lib/arith/kernel.h"
#include "lib/arith/lanes.h"
#include "lib/arith/mask.h"
#include "lib/arith/table.h"

#define SPARE 4 /* 16 n <= R, see lanes_kernel.h */
#define MASK (((mp_limb_t)1 << QS_ACROSS_BITS) - 1)

/* Below so many bits a product takes less time in single words: at 512 bits 105 ns against 170, at 768 it is 220. */
#define WORTH_BITS 640

/* Those of 1024, 1536, 2048, 3072 and 4096 bits. */
size_t qs_across_vectors(size_t bits)
{
    static const unsigned char offered[] = {3, 4, 5, 8, QS_ACROSS_VECTORS_MAX};

    for (size_t i = 0; i < sizeof offered; i++)
        if (bits + SPARE <= (size_t)offered[i] * QS_LANES * QS_ACROSS_BITS)
            return offered[i];
    return 0;
}

const qs_across_body *qs_across_wanted(const qs_ring *shape)
{
    return shape->bits < WORTH_BITS || qs_across_width(shape) == 0 ? NULL : qs_kernel_active()->across;
}

size_t qs_across_width(const qs_ring *shape)
{
    return shape->digits > QS_ACROSS_DIGITS_MAX ? 0 : shape->digits * qs_across_vectors(shape->bits) * QS_LANES;
}

static size_t head_limbs(void)
{
    return (sizeof(qs_across) + sizeof(mp_limb_t) - 1) / sizeof(mp_limb_t);
}

/* The descriptor, n and its lower form, three elements, and one of the ring on the way there. */
size_t qs_across_limbs(const qs_ring *shape)
{
    return head_limbs() + QS_LANES_SLACK + 2 * qs_across_vectors(shape->bits) * QS_LANES +
           3 * qs_across_width(shape) + shape->width;
}

static void cut(mp_limb_t *x, size_t count, const mp_limb_t *digit, size_t limbs)
{
    for (size_t c = 0; c < count; c++)
        x[c] = qs_digit_at(digit, limbs, c * QS_ACROSS_BITS, QS_ACROSS_BITS);
}

/* Bits [64 k, 64 k + 64) of a number in limbs of 52 bits, of which it may touch three. */
static mp_limb_t joined(const mp_limb_t *x, size_t count, size_t k)
{
    size_t from = k * GMP_LIMB_BITS / QS_ACROSS_BITS;
    unsigned done = QS_ACROSS_BITS - (unsigned)(k * GMP_LIMB_BITS % QS_ACROSS_BITS);
    mp_limb_t limb = x[from] >> (QS_ACROSS_BITS - done);

    for (from++; done < GMP_LIMB_BITS && from < count; from++, done += QS_ACROSS_BITS)
        limb |= x[from] << done;
    return limb;
}

void qs_across_modulus_set(qs_across_modulus *modulus, mp_limb_t *arrays, const mp_limb_t *n, size_t limbs,
                           size_t bits, unsigned digits, mp_limb_t inverse)
{
    size_t count = qs_across_vectors(bits) * QS_LANES;

    *modulus = (qs_across_modulus){.vectors = count / QS_LANES, .limbs = limbs, .digits = digits,
                                   .inverse = inverse & MASK, .n = arrays, .lower = arrays + count};
    cut(arrays, count, n, limbs);
    memcpy(arrays + count, arrays + 1, (count - 1) * sizeof *arrays);
    arrays[2 * count - 1] = 0;
}

void qs_across_load(const qs_across_modulus *modulus, mp_limb_t *x, const mp_limb_t *element)
{
    size_t count = modulus->vectors * QS_LANES;

    for (unsigned i = 0; i < modulus->digits; i++)
        cut(x + i * count, count, element + i * modulus->limbs, modulus->limbs);
}

/* 0 or all ones: what a limb's difference, as a signed number, borrows from the next. */
static mp_limb_t next_borrow(mp_limb_t difference)
{
    return (mp_limb_t)0 - (difference >> (GMP_LIMB_BITS - 1));
}

/* x -= n if that is not below 0; 1 if it was done. */
static mp_limb_t subtract_modulus(const qs_across_modulus *modulus, mp_limb_t *x)
{
    size_t count = modulus->vectors * QS_LANES;
    mp_limb_t borrow = 0;
    mp_limb_t done;

    for (size_t c = 0; c < count; c++)
        borrow = next_borrow(x[c] - modulus->n[c] + borrow);
    done = qs_mask(1 + borrow);
    borrow = 0;
    for (size_t c = 0; c < count; c++) {
        mp_limb_t limb = x[c] - (modulus->n[c] & done) + borrow;

        borrow = next_borrow(limb);
        x[c] = limb & MASK;
    }
    return done & 1;
}

/* A digit below 2 n with at most 2 from the one before is at most 2 n + 1: two subtractions, which give 2 at most to
 * the next. What the last digit gives is a multiple of n^digits. */
void qs_across_store(const qs_across_modulus *modulus, mp_limb_t *element, mp_limb_t *x)
{
    size_t count = modulus->vectors * QS_LANES;
    mp_limb_t given = 0;

    for (unsigned i = 0; i < modulus->digits; i++, x += count) {
        for (size_t c = 0; c < count; c++) {
            mp_limb_t limb = x[c] + given;

            given = limb >> QS_ACROSS_BITS;
            x[c] = limb & MASK;
        }
        given = subtract_modulus(modulus, x);
        given += subtract_modulus(modulus, x);
        for (size_t k = 0; k < modulus->limbs; k++)
            element[i * modulus->limbs + k] = joined(x, count, k);
    }
}

void qs_across_enter(const qs_across *across, mp_limb_t *x, const mp_limb_t *element)
{
    qs_across_load(&across->modulus, x, element);
    across->body->mul(&across->modulus, x, x, across->enter);
}

void qs_across_leave(const qs_across *across, mp_limb_t *element, mp_limb_t *x)
{
    across->body->mul(&across->modulus, x, x, across->leave);
    qs_across_store(&across->modulus, element, x);
}

/* r = 2^exponent mod n^digits, plain: by doublings from R' if that is not too much already, or from 2^(bits-1) < n. */
static void power_of_two(const qs_ring *ring, mp_limb_t *r, size_t exponent, mp_limb_t *scratch)
{
    size_t from = ring->limbs * GMP_LIMB_BITS;

    if (from <= exponent) {
        memcpy(r, ring->one, ring->width * sizeof *r);
    } else {
        from = ring->bits - 1;
        memset(r, 0, ring->width * sizeof *r);
        r[from / GMP_LIMB_BITS] = (mp_limb_t)1 << from % GMP_LIMB_BITS;
    }
    for (; from < exponent; from++)
        qs_ring_add(ring, r, r, r, scratch);
}

/* R^2 / R' is a Montgomery product of the ring. */
qs_across *qs_across_make(mp_limb_t *block, const qs_across_body *body, const qs_ring *ring, mp_limb_t *scratch)
{
    qs_across *across = (qs_across *)(void *)block;
    qs_across_modulus *modulus = &across->modulus;
    mp_limb_t *arrays = qs_lanes_align(block + head_limbs());
    size_t width = qs_across_width(ring);
    mp_limb_t *one = arrays + 2 * width / ring->digits;
    mp_limb_t *enter = one + width;
    mp_limb_t *leave = enter + width;
    mp_limb_t *power = leave + width;

    *across = (qs_across){.body = body, .one = one, .enter = enter, .leave = leave};
    qs_across_modulus_set(modulus, arrays, ring->n, ring->limbs, ring->bits, ring->digits, ring->inverse);
    qs_across_load(modulus, leave, ring->one);
    power_of_two(ring, power, modulus->vectors * QS_LANES * QS_ACROSS_BITS, scratch);
    qs_across_load(modulus, one, power);
    qs_ring_sqr(ring, power, power, scratch);
    qs_across_load(modulus, enter, power);
    return across;
}
