/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Powers: by a secret exponent with fixed windows, by public ones with sliding windows on one chain of
 * squarings (Straus). Many bases with short exponents are in multiexp.c.
 */
#include "lib/arith/exponent.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/table.h"

/* 5 bits: for 2048-bit exponents 4 and 6 cost 2 % more (more products; a longer table read whole each time). */
#define WINDOW 5
#define ENTRIES ((size_t)1 << WINDOW)

size_t qs_power_scratch(const qs_ring *ring)
{
    return qs_table_limbs(ENTRIES, ring->width) + ring->width + qs_ring_scratch(ring);
}

static void fill_powers(const qs_ring *ring, mp_limb_t *table, const mp_limb_t *x, mp_limb_t *power, mp_limb_t *rest)
{
    memset(table, 0, qs_table_limbs(ENTRIES, ring->width) * sizeof *table);
    memcpy(power, ring->one, ring->width * sizeof *power);
    qs_table_store(table, ENTRIES, ring->width, 0, power);
    for (size_t k = 1; k < ENTRIES; k++) {
        qs_ring_mul(ring, power, power, x, rest);
        qs_table_store(table, ENTRIES, ring->width, k, power);
    }
}

/* Windows from the top, the topmost one possibly short; every digit, zero included, costs the same. */
void qs_power(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *exponent, size_t bits,
              mp_limb_t *scratch)
{
    mp_limb_t *table = scratch;
    mp_limb_t *entry = table + qs_table_limbs(ENTRIES, ring->width);
    mp_limb_t *rest = entry + ring->width;
    size_t limbs = (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
    size_t windows = (bits + WINDOW - 1) / WINDOW;

    fill_powers(ring, table, x, entry, rest);
    memcpy(r, ring->one, ring->width * sizeof *r);
    for (size_t w = windows; w-- > 0;) {
        unsigned length = bits - w * WINDOW < WINDOW ? (unsigned)(bits - w * WINDOW) : WINDOW;
        mp_limb_t digit = qs_digit_at(exponent, limbs, w * WINDOW, length);

        qs_table_select(&entry, table, ENTRIES, ring->width, &digit, 1);
        if (w + 1 == windows) { /* one times the entry needs no product */
            memcpy(r, entry, ring->width * sizeof *r);
            continue;
        }
        for (unsigned k = 0; k < WINDOW; k++)
            qs_ring_sqr(ring, r, r, rest);
        qs_ring_mul(ring, r, r, entry, rest);
    }
}

/* One base of a joint power: its odd powers, and at the lowest bit of each window the odd digit, else 0. */
typedef struct track {
    mp_limb_t *odd;
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

static void fill_odd(const qs_ring *ring, mp_limb_t *odd, const mp_limb_t *x, unsigned window, mp_limb_t *scratch)
{
    mp_limb_t *square = scratch;
    mp_limb_t *rest = square + ring->width;

    memcpy(odd, x, ring->width * sizeof *odd);
    qs_ring_sqr(ring, square, x, rest);
    for (size_t k = 1; k < (size_t)1 << (window - 1); k++)
        qs_ring_mul(ring, odd + k * ring->width, odd + (k - 1) * ring->width, square, rest);
}

/* scratch: an element and qs_ring_scratch limbs */
static quorsum_status prepare_track(const qs_ring *ring, track *line, const mp_limb_t *base, const mpz_t exponent,
                                    mp_limb_t *scratch)
{
    unsigned window;
    mp_limb_t *rest = scratch + ring->width;

    line->bits = mpz_sgn(exponent) == 0 ? 0 : mpz_sizeinbase(exponent, 2);
    window = sliding_window(line->bits);
    line->odd = calloc((size_t)1 << (window - 1), ring->width * sizeof *line->odd);
    line->digits = calloc(line->bits + 1, 1);
    if (line->odd == NULL || line->digits == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(line->odd, base, ring->width * sizeof *line->odd);
    if (mpz_sgn(exponent) < 0) {
        mpz_t positive;

        qs_ring_leave(ring, line->odd, line->odd, rest);
        if (qs_ring_invert_vartime(ring, line->odd, line->odd) != 0)
            return QUORSUM_ERR_NOT_UNIT;
        qs_ring_enter(ring, line->odd, line->odd, rest);
        slide(line, mpz_roinit_n(positive, mpz_limbs_read(exponent), (mp_size_t)mpz_size(exponent)), window);
    } else {
        slide(line, exponent, window);
    }
    fill_odd(ring, line->odd, line->odd, window, scratch);
    return QUORSUM_OK;
}

static void run_tracks(const qs_ring *ring, mp_limb_t *r, const track *lines, size_t count, mp_limb_t *scratch)
{
    size_t bits = 0;
    int started = 0;

    for (size_t i = 0; i < count; i++)
        bits = lines[i].bits > bits ? lines[i].bits : bits;
    memcpy(r, ring->one, ring->width * sizeof *r);
    for (size_t bit = bits; bit-- > 0;) {
        if (started)
            qs_ring_sqr(ring, r, r, scratch);
        for (size_t i = 0; i < count; i++) {
            unsigned digit = bit < lines[i].bits ? lines[i].digits[bit] : 0;
            const mp_limb_t *factor = lines[i].odd + digit / 2 * ring->width;

            if (digit != 0 && started)
                qs_ring_mul(ring, r, r, factor, scratch);
            else if (digit != 0)
                memcpy(r, factor, ring->width * sizeof *r);
            started |= digit != 0;
        }
    }
}

quorsum_status qs_power_joint_vartime(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *const *bases,
                                      const mpz_t *exponents, size_t count)
{
    track *lines = calloc(count + 1, sizeof *lines);
    mp_limb_t *scratch = calloc(ring->width + qs_ring_scratch(ring), sizeof *scratch);
    quorsum_status status = lines == NULL || scratch == NULL ? QUORSUM_ERR_MEMORY : QUORSUM_OK;

    for (size_t i = 0; i < count && status == QUORSUM_OK; i++)
        status = prepare_track(ring, &lines[i], bases[i], exponents[i], scratch);
    if (status == QUORSUM_OK)
        run_tracks(ring, r, lines, count, scratch);
    for (size_t i = 0; lines != NULL && i < count; i++) {
        free(lines[i].odd);
        free(lines[i].digits);
    }
    free(lines);
    free(scratch);
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
