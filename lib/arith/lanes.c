/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of eight residues: their constants, and the way in and out. A constant is eight times the same element; it is
 * public, so GMP makes it.
 */
#include "lib/arith/lanes.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64
#define SPARE 4 /* 16 n <= R, see lanes_kernel.h */

struct qs_lanes {
    const qs_lane_body *body;
    qs_lane_modulus modulus;
    mp_limb_t *one;    /* R */
    mp_limb_t *square; /* R^2 */
    mp_limb_t *unit;   /* 1 */
    mp_limb_t *block;
};

size_t qs_lanes_rows(const qs_lanes *lanes)
{
    return lanes->modulus.digits * lanes->modulus.columns;
}

size_t qs_lanes_group(const qs_lanes *lanes)
{
    return qs_lanes_rows(lanes) * QS_LANES;
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

/* group = 2^exponent modulo n^digits in every lane */
static void set_power_of_two(const qs_lanes *lanes, mp_limb_t *group, const mpz_t n, size_t exponent,
                             mp_limb_t *scratch)
{
    const qs_lane_modulus *modulus = &lanes->modulus;
    const mp_limb_t *elements[QS_LANES];
    mp_limb_t element[QS_LANE_DIGITS_MAX * QS_LANE_RADIX_BITS_MAX / GMP_LIMB_BITS] = {0};
    mpz_t power;
    mpz_t digit;

    mpz_init(digit);
    mpz_init_set_ui(power, 0);
    mpz_setbit(power, exponent);
    for (unsigned i = 0; i < modulus->digits; i++) {
        mpz_fdiv_qr(power, digit, power, n);
        mpn_copyi(element + i * modulus->limbs, mpz_limbs_read(digit), (mp_size_t)mpz_size(digit));
    }
    mpz_clear(digit);
    mpz_clear(power);
    qs_lanes_sources(elements, element, 0, 1);
    lanes->body->load(modulus, group, elements, scratch);
}

static void fill_constants(qs_lanes *lanes, const mpz_t n)
{
    size_t group = qs_lanes_group(lanes);
    size_t radix_bits = lanes->modulus.columns * lanes->body->bits;
    mp_limb_t *scratch;

    lanes->one = qs_lanes_align(lanes->block);
    lanes->square = lanes->one + group;
    lanes->unit = lanes->square + group;
    scratch = lanes->unit + group;
    set_power_of_two(lanes, lanes->one, n, radix_bits, scratch);
    set_power_of_two(lanes, lanes->square, n, 2 * radix_bits, scratch);
    set_power_of_two(lanes, lanes->unit, n, 0, scratch);
}

static void fill_modulus(qs_lane_modulus *modulus, const mpz_t n, unsigned digits, unsigned bits)
{
    mpz_t limb;

    mpz_init(limb);
    modulus->digits = digits;
    modulus->limbs = mpz_size(n);
    modulus->columns = radix_bits_for(mpz_sizeinbase(n, 2)) / bits;
    for (size_t c = 0; c < modulus->columns; c++) {
        mpz_fdiv_q_2exp(limb, n, c * bits);
        mpz_fdiv_r_2exp(limb, limb, bits);
        modulus->n[c] = mpz_size(limb) > 0 ? mpz_limbs_read(limb)[0] : 0;
    }
    modulus->inverse = negated_inverse(modulus->n[0], bits);
    mpz_clear(limb);
}

quorsum_status qs_lanes_make(qs_lanes **out, const qs_lane_body *body, const mp_limb_t *n, size_t limbs,
                             unsigned digits)
{
    mpz_t modulus;
    qs_lanes *lanes;

    *out = NULL;
    mpz_roinit_n(modulus, n, (mp_size_t)limbs);
    if (body == NULL || digits < 1 || digits > QS_LANE_DIGITS_MAX || radix_bits_for(mpz_sizeinbase(modulus, 2)) == 0)
        return QUORSUM_OK;
    lanes = calloc(1, sizeof *lanes);
    if (lanes == NULL)
        return QUORSUM_ERR_MEMORY;
    lanes->body = body;
    fill_modulus(&lanes->modulus, modulus, digits, body->bits);
    lanes->block = malloc((3 * qs_lanes_group(lanes) + qs_lanes_scratch(lanes) + QS_LANES_SLACK) * sizeof *n);
    if (lanes->block == NULL) {
        free(lanes);
        return QUORSUM_ERR_MEMORY;
    }
    fill_constants(lanes, modulus);
    *out = lanes;
    return QUORSUM_OK;
}

void qs_lanes_free(qs_lanes *lanes)
{
    if (lanes == NULL)
        return;
    free(lanes->block);
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

const qs_lane_body *qs_lanes_body(const qs_lanes *lanes)
{
    return lanes->body;
}

void qs_lanes_mul(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *scratch)
{
    lanes->body->mul(&lanes->modulus, r, x, y, scratch);
}

void qs_lanes_sqr(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch)
{
    lanes->body->sqr(&lanes->modulus, r, x, scratch);
}

/* In terms of f(k) = R^(k+1): one is f(0), square is f(1), and a product of f(a) and f(b) is f(a+b). */
void qs_lanes_radix_vartime(const qs_lanes *lanes, mp_limb_t *r, uint64_t power, mp_limb_t *scratch)
{
    uint64_t mask = (uint64_t)1 << 63;

    memcpy(r, lanes->one, qs_lanes_group(lanes) * sizeof *r);
    for (; mask > 0; mask >>= 1) {
        qs_lanes_sqr(lanes, r, r, scratch);
        if (((power - 1) & mask) != 0)
            qs_lanes_mul(lanes, r, r, lanes->square, scratch);
    }
}
