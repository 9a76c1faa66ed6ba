/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of eight residues: their constants, and the way in and out. A constant is eight times the same element. The
 * modulus may be a secret, so constants come by doublings, which take no division, and by the kernel's own squares;
 * everything, the descriptor included, then lies in one guarded block.
 */
#include "lib/arith/lanes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/table.h"
#include "lib/base/secret.h"

#define ALIGNMENT 64
#define SPARE 4 /* 16 n <= R, see lanes_kernel.h */

struct qs_lanes {
    const qs_lane_body *body;
    qs_lane_modulus modulus;
    size_t bits;       /* of n */
    mp_limb_t *one;    /* R */
    mp_limb_t *square; /* R^2 */
    mp_limb_t *unit;   /* 1 */
    int secret;        /* n itself is secret: all of this lies in guarded memory */
};

size_t qs_lanes_rows(const qs_lanes *lanes)
{
    return lanes->modulus.digits * lanes->modulus.columns;
}

size_t qs_lanes_group(const qs_lanes *lanes)
{
    return qs_lanes_rows(lanes) * QS_LANES;
}

size_t qs_lanes_spare(const qs_lanes *lanes)
{
    return lanes->modulus.columns * lanes->body->bits - lanes->bits;
}

size_t qs_lanes_scratch(const qs_lanes *lanes)
{
    return 3 * lanes->modulus.digits * lanes->modulus.columns * QS_LANES;
}

mp_limb_t *qs_lanes_align(mp_limb_t *block)
{
    size_t past = (uintptr_t)block % ALIGNMENT;

    return past == 0 ? block : block + (ALIGNMENT - past) / sizeof *block;
}

void qs_lanes_places(mp_limb_t **places, mp_limb_t *first, size_t stride, size_t count)
{
    for (size_t j = 0; j < QS_LANES; j++)
        places[j] = first + (j < count ? j : count - 1) * stride;
}

void qs_lanes_sources(const mp_limb_t **places, const mp_limb_t *first, size_t stride, size_t count)
{
    for (size_t j = 0; j < QS_LANES; j++)
        places[j] = first + (j < count ? j : count - 1) * stride;
}

/* Each part of a group has all its digits, one behind the other. */
void qs_lanes_digit(const qs_lanes *lanes, mp_limb_t *digit, const mp_limb_t *x, unsigned i)
{
    size_t run = lanes->modulus.columns * lanes->body->part;

    for (size_t part = 0; part < QS_LANES / lanes->body->part; part++)
        memcpy(digit + part * run, x + (part * lanes->modulus.digits + i) * run, run * sizeof *x);
}

void qs_lanes_put_digit(const qs_lanes *lanes, mp_limb_t *x, unsigned i, const mp_limb_t *digit)
{
    size_t run = lanes->modulus.columns * lanes->body->part;

    for (size_t part = 0; part < QS_LANES / lanes->body->part; part++)
        memcpy(x + (part * lanes->modulus.digits + i) * run, digit + part * run, run * sizeof *x);
}

/* -1/n modulo 2^bits, as ring.c's. */
static mp_limb_t negated_inverse(mp_limb_t n, unsigned bits)
{
    mp_limb_t inverse = n;

    for (unsigned right = 3; right < bits; right *= 2)
        inverse *= 2 - n * inverse;
    return ((mp_limb_t)0 - inverse) & (((mp_limb_t)1 << bits) - 1);
}

/* R is the same whatever the limbs' bits: whole blocks of 52. 0 for a number beyond all bounds. */
static size_t radix_bits_for(size_t bits)
{
    size_t block = (size_t)QS_LANE_BLOCK * 52;
    size_t radix_bits = (bits + SPARE + block - 1) / block * block;

    return radix_bits <= QS_LANE_RADIX_BITS_MAX ? radix_bits : 0;
}

/* x = 2 x modulo n^digits: twice a digit and a carry are at most 2 n - 1, so one subtraction does. */
static void double_element(const qs_lane_modulus *modulus, mp_limb_t *x, const mp_limb_t *n)
{
    mp_size_t limbs = (mp_size_t)modulus->limbs;
    mp_limb_t carry = 0;

    for (unsigned i = 0; i < modulus->digits; i++, x += limbs) {
        mp_limb_t top = mpn_lshift(x, x, limbs, 1);
        mp_limb_t negative;

        x[0] |= carry;
        negative = (top - mpn_sub_n(x, x, n, limbs)) >> (GMP_LIMB_BITS - 1);
        (void)mpn_cnd_add_n(negative, x, x, n, limbs);
        carry = 1 ^ negative;
    }
}

/* R by doublings of 2^(bits-1), which is below n. Then x = R 2^k by k doublings more, and squares: x^2 / R = R 2^(2k),
 * until that is R R. A square takes as long as some hundred doublings. `element` is zero at first. The same steps for
 * every n of these bits. */
#define DOUBLINGS_MAX 130 /* where they can be fewer */

static void fill_constants(qs_lanes *lanes, const mp_limb_t *n, size_t bits, mp_limb_t *element, mp_limb_t *scratch)
{
    const qs_lane_modulus *modulus = &lanes->modulus;
    size_t radix_bits = modulus->columns * lanes->body->bits;
    size_t more = radix_bits;
    const mp_limb_t *elements[QS_LANES];

    while (more % 2 == 0 && more > DOUBLINGS_MAX)
        more /= 2;
    qs_lanes_sources(elements, element, 0, 1);
    element[0] = 1;
    lanes->body->load(modulus, lanes->unit, elements, scratch);
    element[0] = 0;
    element[(bits - 1) / GMP_LIMB_BITS] = (mp_limb_t)1 << (bits - 1) % GMP_LIMB_BITS;
    for (size_t i = bits - 1; i < radix_bits; i++)
        double_element(modulus, element, n);
    lanes->body->load(modulus, lanes->one, elements, scratch);
    for (size_t i = 0; i < more; i++)
        double_element(modulus, element, n);
    lanes->body->load(modulus, lanes->square, elements, scratch);
    for (; more < radix_bits; more *= 2)
        lanes->body->sqr(modulus, lanes->square, lanes->square, scratch);
}

static void fill_modulus(qs_lane_modulus *modulus, const mp_limb_t *n, unsigned bits)
{
    for (size_t c = 0; c < modulus->columns; c++)
        modulus->n[c] = qs_digit_at(n, modulus->limbs, c * bits, bits);
    modulus->inverse = negated_inverse(modulus->n[0], bits);
}

quorsum_status qs_lanes_make(qs_lanes **out, const qs_lane_body *body, const mp_limb_t *n, size_t bits,
                             unsigned digits, int secret)
{
    qs_lanes shape = {.body = body, .bits = bits, .secret = secret};
    size_t bytes;
    qs_lanes *lanes;

    *out = NULL;
    if (body == NULL || digits < 1 || digits > QS_LANE_DIGITS_MAX || radix_bits_for(bits) == 0)
        return QUORSUM_OK;
    shape.modulus.columns = radix_bits_for(bits) / body->bits;
    shape.modulus.limbs = (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
    shape.modulus.digits = digits;
    bytes = sizeof shape + (4 * qs_lanes_group(&shape) + qs_lanes_scratch(&shape) + QS_LANES_SLACK) * sizeof *n;
    lanes = secret ? qs_secret_block(bytes) : calloc(1, bytes);
    if (lanes == NULL)
        return QUORSUM_ERR_MEMORY;
    *lanes = shape;
    fill_modulus(&lanes->modulus, n, body->bits);
    lanes->one = qs_lanes_align((mp_limb_t *)(lanes + 1));
    lanes->square = lanes->one + qs_lanes_group(lanes);
    lanes->unit = lanes->square + qs_lanes_group(lanes);
    fill_constants(lanes, n, bits, lanes->unit + qs_lanes_group(lanes), lanes->unit + 2 * qs_lanes_group(lanes));
    *out = lanes;
    return QUORSUM_OK;
}

void qs_lanes_free(qs_lanes *lanes)
{
    if (lanes != NULL && lanes->secret)
        qs_secret_release(lanes);
    else
        free(lanes);
}

void qs_lanes_load(const qs_lanes *lanes, mp_limb_t *x, const mp_limb_t *const *elements, mp_limb_t *scratch)
{
    lanes->body->load(&lanes->modulus, x, elements, scratch);
}

unsigned qs_lanes_take(const qs_lanes *lanes, mp_limb_t *x, const uint8_t *const *elements, size_t bytes,
                       mp_limb_t *scratch)
{
    return lanes->body->take(&lanes->modulus, x, elements, bytes, scratch);
}

void qs_lanes_store(const qs_lanes *lanes, mp_limb_t *const *elements, const mp_limb_t *x, mp_limb_t *scratch)
{
    lanes->body->store(&lanes->modulus, elements, x, scratch);
}

void qs_lanes_enter(const qs_lanes *lanes, mp_limb_t *x, const mp_limb_t *const *elements, mp_limb_t *scratch)
{
    lanes->body->load(&lanes->modulus, x, elements, scratch);
    lanes->body->mul(&lanes->modulus, x, x, lanes->square, scratch);
}

void qs_lanes_leave(const qs_lanes *lanes, mp_limb_t *const *elements, mp_limb_t *x, mp_limb_t *scratch)
{
    lanes->body->mul(&lanes->modulus, x, x, lanes->unit, scratch);
    lanes->body->store(&lanes->modulus, elements, x, scratch);
}

const mp_limb_t *qs_lanes_one(const qs_lanes *lanes)
{
    return lanes->one;
}

const mp_limb_t *qs_lanes_radix(const qs_lanes *lanes)
{
    return lanes->square;
}

const qs_lane_body *qs_lanes_body(const qs_lanes *lanes)
{
    return lanes->body;
}

void qs_lanes_mul(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *scratch)
{
    lanes->body->mul(&lanes->modulus, r, x, y, scratch);
}

void qs_lanes_scale(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *scratch)
{
    lanes->body->scale(&lanes->modulus, r, x, y, scratch);
}

void qs_lanes_sqr(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch)
{
    lanes->body->sqr(&lanes->modulus, r, x, scratch);
}

/* In terms of f(k) = R^(k+1): one is f(0), square is f(1), and a product of f(a) and f(b) is f(a+b). */
void qs_lanes_radix_vartime(const qs_lanes *lanes, mp_limb_t *r, uint64_t power, mp_limb_t *scratch)
{
    uint64_t mask = 1;

    while (mask <= (power - 1) / 2)
        mask *= 2;
    memcpy(r, lanes->one, qs_lanes_group(lanes) * sizeof *r);
    for (; mask > 0; mask >>= 1) {
        qs_lanes_sqr(lanes, r, r, scratch);
        if (((power - 1) & mask) != 0)
            qs_lanes_mul(lanes, r, r, lanes->square, scratch);
    }
}
