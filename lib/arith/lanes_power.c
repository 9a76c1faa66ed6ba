/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight powers by one exponent. For a secret exponent: windows of 5 bits, every digit's table read whole, as exponent.c
 * does for one number. For a public one: sliding windows over odd powers.
 */
#include <string.h>

#include "lib/arith/lanes.h"
#include "lib/arith/table.h"

#define WINDOW 5
#define ENTRIES ((size_t)1 << WINDOW)
#define SLIDING 6 /* 32 odd powers: the same table */

/* The table, an entry, and what products need. */
size_t qs_lanes_power_scratch(const qs_lanes *lanes)
{
    return (ENTRIES + 1) * qs_lanes_group(lanes) + qs_lanes_scratch(lanes);
}

static void store_entry(const qs_lanes *lanes, mp_limb_t *table, size_t index, const mp_limb_t *x)
{
    size_t block = QS_LANE_BLOCK * QS_LANES;

    for (size_t b = 0; b * block < qs_lanes_group(lanes); b++)
        memcpy(table + qs_lane_entry(ENTRIES, b, index), x + b * block, block * sizeof *x);
}

static void fill_powers(const qs_lanes *lanes, mp_limb_t *table, const mp_limb_t *x, mp_limb_t *power, mp_limb_t *rest)
{
    memcpy(power, qs_lanes_one(lanes), qs_lanes_group(lanes) * sizeof *power);
    store_entry(lanes, table, 0, power);
    for (size_t k = 1; k < ENTRIES; k++) {
        qs_lanes_mul(lanes, power, power, x, rest);
        store_entry(lanes, table, k, power);
    }
}

/* Windows from the top, the topmost one possibly short; every digit, zero included, costs the same. */
void qs_lanes_power(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *exponent, size_t bits,
                    mp_limb_t *scratch)
{
    size_t group = qs_lanes_group(lanes);
    mp_limb_t *table = scratch;
    mp_limb_t *entry = table + ENTRIES * group;
    mp_limb_t *rest = entry + group;
    size_t limbs = (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
    size_t windows = (bits + WINDOW - 1) / WINDOW;

    fill_powers(lanes, table, x, entry, rest);
    memcpy(r, qs_lanes_one(lanes), group * sizeof *r);
    for (size_t w = windows; w-- > 0;) {
        unsigned length = bits - w * WINDOW < WINDOW ? (unsigned)(bits - w * WINDOW) : WINDOW;
        mp_limb_t digit = qs_digit_at(exponent, limbs, w * WINDOW, length);
        mp_limb_t *target = w + 1 == windows ? r : entry; /* one times the first entry needs no product */

        qs_lanes_body(lanes)->select(target, table, qs_lanes_rows(lanes), ENTRIES, digit);
        if (target == r)
            continue;
        for (unsigned k = 0; k < WINDOW; k++)
            qs_lanes_sqr(lanes, r, r, rest);
        qs_lanes_mul(lanes, r, r, entry, rest);
    }
}

static void fill_odd(const qs_lanes *lanes, mp_limb_t *odd, const mp_limb_t *x, mp_limb_t *square, mp_limb_t *rest)
{
    size_t group = qs_lanes_group(lanes);

    memcpy(odd, x, group * sizeof *odd);
    qs_lanes_sqr(lanes, square, x, rest);
    for (size_t k = 1; k < (size_t)1 << (SLIDING - 1); k++)
        qs_lanes_mul(lanes, odd + k * group, odd + (k - 1) * group, square, rest);
}

/* Each window begins and ends on a one. The first one is copied, not multiplied. */
void qs_lanes_power_vartime(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *x, const mpz_t exponent,
                            mp_limb_t *scratch)
{
    size_t group = qs_lanes_group(lanes);
    mp_limb_t *odd = scratch;
    mp_limb_t *square = odd + ENTRIES * group;
    mp_limb_t *rest = square + group;
    size_t top = mpz_sgn(exponent) == 0 ? 0 : mpz_sizeinbase(exponent, 2);
    int started = 0;

    fill_odd(lanes, odd, x, square, rest);
    memcpy(r, qs_lanes_one(lanes), group * sizeof *r);
    while (top > 0) {
        size_t low = top > SLIDING ? top - SLIDING : 0;
        size_t digit = 0;

        if (!mpz_tstbit(exponent, top - 1))
            low = top - 1;
        else
            while (!mpz_tstbit(exponent, low))
                low++;
        for (size_t bit = top; bit-- > low;) {
            digit = 2 * digit + (size_t)mpz_tstbit(exponent, bit);
            if (started)
                qs_lanes_sqr(lanes, r, r, rest);
        }
        if (digit != 0 && started)
            qs_lanes_mul(lanes, r, r, odd + digit / 2 * group, rest);
        else if (digit != 0)
            memcpy(r, odd + digit / 2 * group, group * sizeof *r);
        started |= digit != 0;
        top = low;
    }
}
