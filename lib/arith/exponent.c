/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Powers: by a secret exponent with fixed windows, by public ones with sliding windows on one chain of
 * squarings (Straus). Many bases with short exponents are in multiexp.c.
 *
 * On the way, numbers are in a form of their own: across the lanes of vectors where the ring has that, else as
 * elements of the ring. The first few functions know which; everything else is the same for both.
 */
#include "lib/arith/exponent.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/across.h"
#include "lib/arith/lanes.h"
#include "lib/arith/table.h"

/* 5 bits: for 2048-bit exponents 4 and 6 cost 2 % more (more products; a longer table read whole each time). */
#define WINDOW 5
#define ENTRIES ((size_t)1 << WINDOW)

/* ---- the form on the way ---- */

static size_t width_of(const qs_ring *ring)
{
    return ring->across != NULL ? qs_across_width(ring) : ring->width;
}

static const mp_limb_t *one_of(const qs_ring *ring)
{
    return ring->across != NULL ? ring->across->one : ring->one;
}

/* scratch: qs_ring_scratch limbs, here and below. */
static void multiply(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *scratch)
{
    if (ring->across != NULL)
        ring->across->body->mul(&ring->across->modulus, r, x, y);
    else
        qs_ring_mul(ring, r, x, y, scratch);
}

static void square(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch)
{
    if (ring->across != NULL)
        ring->across->body->sqr(&ring->across->modulus, r, x);
    else
        qs_ring_sqr(ring, r, x, scratch);
}

/* From an element of the ring in Montgomery form, and back, which spoils x. */
static void take_in(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x)
{
    if (ring->across != NULL)
        qs_across_enter(ring->across, r, x);
    else
        memcpy(r, x, ring->width * sizeof *r);
}

static void give_out(const qs_ring *ring, mp_limb_t *r, mp_limb_t *x)
{
    if (ring->across != NULL)
        qs_across_leave(ring->across, r, x);
    else
        memcpy(r, x, ring->width * sizeof *r);
}

static void store_entry(const qs_ring *ring, mp_limb_t *table, size_t index, const mp_limb_t *x)
{
    if (ring->across != NULL)
        memcpy(table + index * width_of(ring), x, width_of(ring) * sizeof *x);
    else
        qs_table_store(table, ENTRIES, ring->width, index, x);
}

static void read_entry(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *table, mp_limb_t digit)
{
    if (ring->across != NULL)
        ring->across->body->select(r, table, width_of(ring) / QS_LANES, ENTRIES, digit);
    else
        qs_table_select(&r, table, ENTRIES, ring->width, &digit, 1);
}

/* ---- a secret exponent ---- */

/* Limbs of the table, which hold numbers in either form; not fewer than for a ring of fewer digits, as callers with two
 * rings of one modulus expect. */
static size_t table_limbs(const qs_ring *ring)
{
    size_t digits = ring->digits < QS_ACROSS_DIGITS_MAX ? ring->digits : QS_ACROSS_DIGITS_MAX;
    size_t across = ENTRIES * digits * qs_across_vectors(ring->bits) * QS_LANES;
    size_t plain = qs_table_limbs(ENTRIES, ring->width);

    return across > plain ? across : plain;
}

size_t qs_power_scratch(const qs_ring *ring)
{
    return QS_LANES_SLACK + table_limbs(ring) + 2 * table_limbs(ring) / ENTRIES + qs_ring_scratch(ring);
}

static void fill_powers(const qs_ring *ring, mp_limb_t *table, const mp_limb_t *x, mp_limb_t *power, mp_limb_t *rest)
{
    memset(table, 0, table_limbs(ring) * sizeof *table);
    memcpy(power, one_of(ring), width_of(ring) * sizeof *power);
    store_entry(ring, table, 0, power);
    for (size_t k = 1; k < ENTRIES; k++) {
        multiply(ring, power, power, x, rest);
        store_entry(ring, table, k, power);
    }
}

/* Windows from the top, the topmost one possibly short; every digit, zero included, costs the same. */
void qs_power(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *exponent, size_t bits,
              mp_limb_t *scratch)
{
    mp_limb_t *table = qs_lanes_align(scratch);
    mp_limb_t *power = table + table_limbs(ring);
    mp_limb_t *entry = power + table_limbs(ring) / ENTRIES;
    mp_limb_t *rest = entry + table_limbs(ring) / ENTRIES;
    size_t limbs = (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
    size_t windows = (bits + WINDOW - 1) / WINDOW;

    take_in(ring, power, x);
    fill_powers(ring, table, power, entry, rest);
    memcpy(power, one_of(ring), width_of(ring) * sizeof *power);
    for (size_t w = windows; w-- > 0;) {
        unsigned length = bits - w * WINDOW < WINDOW ? (unsigned)(bits - w * WINDOW) : WINDOW;
        mp_limb_t digit = qs_digit_at(exponent, limbs, w * WINDOW, length);
        mp_limb_t *target = w + 1 == windows ? power : entry; /* one times the first entry needs no product */

        read_entry(ring, target, table, digit);
        if (target == power)
            continue;
        for (unsigned k = 0; k < WINDOW; k++)
            square(ring, power, power, rest);
        multiply(ring, power, power, entry, rest);
    }
    give_out(ring, r, power);
}

/* ---- several secret exponents ---- */

/* A comb (fixed_base.c) of WINDOW teeth: the exponent in as many rows of `columns` bits, a column being a digit. For
 * ten exponents of 128 bits a third of the products of ten powers. */

static size_t element_limbs(const qs_ring *ring) /* in either form, aligned if the first one is */
{
    return table_limbs(ring) / ENTRIES;
}

size_t qs_power_several_scratch(const qs_ring *ring)
{
    return QS_LANES_SLACK + table_limbs(ring) + (ENTRIES + 2) * element_limbs(ring) + qs_ring_scratch(ring);
}

/* Entry d is the product of x^(2^(columns t)) over d's bits t. power: x, which is spoilt. */
static void fill_comb(const qs_ring *ring, mp_limb_t *table, mp_limb_t *entries, mp_limb_t *power, size_t columns,
                      mp_limb_t *rest)
{
    size_t limbs = element_limbs(ring);

    memcpy(entries, one_of(ring), width_of(ring) * sizeof *entries);
    for (unsigned t = 0; t < WINDOW; t++) {
        mp_limb_t *half = entries + limbs * ((size_t)1 << t);

        for (size_t c = 0; t > 0 && c < columns; c++)
            square(ring, power, power, rest);
        memcpy(half, power, width_of(ring) * sizeof *half);
        for (size_t d = 1; d < (size_t)1 << t; d++)
            multiply(ring, half + d * limbs, entries + d * limbs, power, rest);
    }
    memset(table, 0, table_limbs(ring) * sizeof *table);
    for (size_t d = 0; d < ENTRIES; d++)
        store_entry(ring, table, d, entries + d * limbs);
}

static mp_limb_t column_of(const mp_limb_t *exponent, size_t limbs, size_t columns, size_t column)
{
    mp_limb_t digit = 0;

    for (unsigned t = 0; t < WINDOW; t++)
        digit |= qs_digit_at(exponent, limbs, t * columns + column, 1) << t;
    return digit;
}

void qs_power_several(const qs_ring *ring, mp_limb_t *const *results, const mp_limb_t *x,
                      const mp_limb_t *const *exponents, size_t count, size_t bits, mp_limb_t *scratch)
{
    mp_limb_t *table = qs_lanes_align(scratch);
    mp_limb_t *entries = table + table_limbs(ring);
    mp_limb_t *power = entries + ENTRIES * element_limbs(ring);
    mp_limb_t *entry = power + element_limbs(ring);
    mp_limb_t *rest = entry + element_limbs(ring);
    size_t limbs = (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
    size_t columns = (bits + WINDOW - 1) / WINDOW;

    take_in(ring, power, x);
    fill_comb(ring, table, entries, power, columns, rest);
    for (size_t j = 0; j < count; j++) {
        read_entry(ring, power, table, column_of(exponents[j], limbs, columns, columns - 1));
        for (size_t c = columns - 1; c-- > 0;) {
            square(ring, power, power, rest);
            read_entry(ring, entry, table, column_of(exponents[j], limbs, columns, c));
            multiply(ring, power, power, entry, rest);
        }
        give_out(ring, results[j], power);
    }
}

/* ---- parts of a number ---- */

void qs_power_chain(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *parts, size_t count, size_t bits,
                    mp_limb_t *scratch)
{
    mp_limb_t *power = qs_lanes_align(scratch);
    mp_limb_t *part = power + table_limbs(ring) / ENTRIES;
    mp_limb_t *rest = part + table_limbs(ring) / ENTRIES;

    take_in(ring, power, parts);
    for (size_t j = 1; j < count; j++) {
        for (size_t i = 0; i < bits; i++)
            square(ring, power, power, rest);
        take_in(ring, part, parts + j * ring->width);
        multiply(ring, power, power, part, rest);
    }
    give_out(ring, r, power);
}

/* ---- public exponents ---- */

/* One base of a joint power: its odd powers, and at the lowest bit of each window the odd digit, else 0. */
typedef struct track {
    mp_limb_t *block;
    mp_limb_t *odd; /* in it */
    uint8_t *digits;
    size_t bits;
} track;

#define WINDOW_MAX 7 /* digits up to 127, 64 odd powers */

/* About where one bit more of window begins to pay: 2^(w-1) products for the table, bits/(w+1) on the way. */
static unsigned sliding_window(size_t bits)
{
    static const unsigned short from[] = {0, 7, 25, 81, 241, 673, 1793};
    unsigned window = WINDOW_MAX;

    while (window > 1 && bits < from[window - 1])
        window--;
    return window;
}

/* Each window begins and ends on a one and is at most `window` long. */
static void slide(track *line, const mpz_t exponent, unsigned window)
{
    for (size_t top = line->bits; top-- > 0;) {
        size_t low;
        unsigned digit = 0;

        if (!mpz_tstbit(exponent, top))
            continue;
        low = top + 1 < window ? 0 : top + 1 - window;
        while (!mpz_tstbit(exponent, low))
            low++;
        for (size_t bit = top + 1; bit-- > low;)
            digit = 2 * digit + (unsigned)mpz_tstbit(exponent, bit);
        line->digits[low] = (uint8_t)digit;
        top = low;
    }
}

/* odd[0] is there. scratch: a number and qs_ring_scratch limbs */
static void fill_odd(const qs_ring *ring, mp_limb_t *odd, unsigned window, mp_limb_t *scratch)
{
    size_t width = width_of(ring);
    mp_limb_t *twice = scratch;
    mp_limb_t *rest = twice + width;

    square(ring, twice, odd, rest);
    for (size_t k = 1; k < (size_t)1 << (window - 1); k++)
        multiply(ring, odd + k * width, odd + (k - 1) * width, twice, rest);
}

/* element = 1/base. scratch: qs_ring_scratch limbs */
static quorsum_status invert(const qs_ring *ring, mp_limb_t *element, const mp_limb_t *base, mp_limb_t *scratch)
{
    qs_ring_leave(ring, element, base, scratch);
    if (qs_ring_invert_vartime(ring, element, element) != 0)
        return QUORSUM_ERR_NOT_UNIT;
    qs_ring_enter(ring, element, element, scratch);
    return QUORSUM_OK;
}

/* scratch: a number in either form and qs_ring_scratch limbs */
static quorsum_status prepare_track(const qs_ring *ring, track *line, const mp_limb_t *base, const mpz_t exponent,
                                    mp_limb_t *scratch)
{
    unsigned window;
    mpz_t positive;
    quorsum_status status = QUORSUM_OK;

    line->bits = mpz_sgn(exponent) == 0 ? 0 : mpz_sizeinbase(exponent, 2);
    window = sliding_window(line->bits);
    line->block = calloc((width_of(ring) << (window - 1)) + QS_LANES_SLACK, sizeof *line->block);
    line->digits = calloc(line->bits + 1, 1);
    if (line->block == NULL || line->digits == NULL)
        return QUORSUM_ERR_MEMORY;
    line->odd = qs_lanes_align(line->block);
    if (mpz_sgn(exponent) < 0) {
        status = invert(ring, scratch, base, scratch + ring->width);
        base = scratch;
    }
    if (status != QUORSUM_OK)
        return status;
    slide(line, mpz_roinit_n(positive, mpz_limbs_read(exponent), (mp_size_t)mpz_size(exponent)), window);
    take_in(ring, line->odd, base);
    fill_odd(ring, line->odd, window, scratch);
    return QUORSUM_OK;
}

/* scratch: a number and qs_ring_scratch limbs */
static void run_tracks(const qs_ring *ring, mp_limb_t *r, const track *lines, size_t count, mp_limb_t *scratch)
{
    size_t width = width_of(ring);
    mp_limb_t *power = scratch;
    mp_limb_t *rest = power + width;
    size_t bits = 0;
    int started = 0;

    for (size_t i = 0; i < count; i++)
        bits = lines[i].bits > bits ? lines[i].bits : bits;
    memcpy(power, one_of(ring), width * sizeof *power);
    for (size_t bit = bits; bit-- > 0;) {
        if (started)
            square(ring, power, power, rest);
        for (size_t i = 0; i < count; i++) {
            unsigned digit = bit < lines[i].bits ? lines[i].digits[bit] : 0;
            const mp_limb_t *factor = lines[i].odd + digit / 2 * width;

            if (digit != 0 && started)
                multiply(ring, power, power, factor, rest);
            else if (digit != 0)
                memcpy(power, factor, width * sizeof *power);
            started |= digit != 0;
        }
    }
    give_out(ring, r, power);
}

quorsum_status qs_power_joint_vartime(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *const *bases,
                                      const mpz_t *exponents, size_t count)
{
    size_t number = ring->width > width_of(ring) ? ring->width : width_of(ring);
    track *lines = calloc(count + 1, sizeof *lines);
    mp_limb_t *block = calloc(QS_LANES_SLACK + number + qs_ring_scratch(ring), sizeof *block);
    quorsum_status status = lines == NULL || block == NULL ? QUORSUM_ERR_MEMORY : QUORSUM_OK;

    for (size_t i = 0; i < count && status == QUORSUM_OK; i++)
        status = prepare_track(ring, &lines[i], bases[i], exponents[i], qs_lanes_align(block));
    if (status == QUORSUM_OK)
        run_tracks(ring, r, lines, count, qs_lanes_align(block));
    for (size_t i = 0; lines != NULL && i < count; i++) {
        free(lines[i].block);
        free(lines[i].digits);
    }
    free(lines);
    free(block);
    return status;
}

quorsum_status qs_power_vartime(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mpz_t exponent)
{
    const mp_limb_t *bases[1] = {x};
    mpz_t exponents[1];

    if (mpz_sgn(exponent) < 0)
        return QUORSUM_ERR_ARGUMENT;
    mpz_roinit_n(exponents[0], mpz_limbs_read(exponent), (mp_size_t)mpz_size(exponent));
    return qs_power_joint_vartime(ring, r, bases, (const mpz_t *)exponents, 1);
}
