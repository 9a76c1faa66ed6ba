/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of powers of a few bases, eight such products at once by the same public exponents: Straus, with sliding
 * windows over odd powers on one chain of squarings, as exponent.c does for one product.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/lanes.h"

#define WINDOW_MAX 6u

typedef struct track { /* one base */
    mp_limb_t *odd;
    unsigned window;
    size_t low;     /* where its present window ends */
    unsigned digit; /* which is odd; 0: no window is open */
} track;

static size_t exponent_bits(const mpz_t exponent)
{
    return mpz_sgn(exponent) == 0 ? 0 : mpz_sizeinbase(exponent, 2);
}

/* About where one bit more of window begins to pay: 2^(w-1) products for the table, bits/(w+1) on the way. */
static unsigned window_for(size_t bits)
{
    static const unsigned short from[WINDOW_MAX] = {0, 7, 25, 81, 241, 673};
    unsigned window = WINDOW_MAX;

    while (window > 1 && bits < from[window - 1])
        window--;
    return window;
}

static void fill_odd(const qs_lanes *lanes, const track *line, const mp_limb_t *x, mp_limb_t *square, mp_limb_t *rest)
{
    size_t group = qs_lanes_group(lanes);

    memcpy(line->odd, x, group * sizeof *x);
    if (line->window == 1)
        return;
    qs_lanes_sqr(lanes, square, x, rest);
    for (size_t k = 1; k < (size_t)1 << (line->window - 1); k++)
        qs_lanes_mul(lanes, line->odd + k * group, line->odd + (k - 1) * group, square, rest);
}

/* Opens a window at `bit` if there is a one: it ends on a one, too, and is at most line->window long. */
static void open_window(track *line, const mpz_t given, size_t bit)
{
    mpz_t exponent; /* without its sign */

    mpz_roinit_n(exponent, mpz_limbs_read(given), (mp_size_t)mpz_size(given));
    if (line->digit != 0 || !mpz_tstbit(exponent, bit))
        return;
    line->low = bit + 1 < line->window ? 0 : bit + 1 - line->window;
    while (!mpz_tstbit(exponent, line->low))
        line->low++;
    for (size_t b = bit + 1; b-- > line->low;)
        line->digit = 2 * line->digit + (unsigned)mpz_tstbit(exponent, b);
}

static void run_tracks(const qs_lanes *lanes, mp_limb_t *r, track *lines, const mpz_t *exponents, size_t count,
                       mp_limb_t *rest)
{
    size_t group = qs_lanes_group(lanes);
    size_t bits = 0;
    int started = 0;

    for (size_t i = 0; i < count; i++)
        bits = exponent_bits(exponents[i]) > bits ? exponent_bits(exponents[i]) : bits;
    memcpy(r, qs_lanes_one(lanes), group * sizeof *r);
    for (size_t bit = bits; bit-- > 0;) {
        if (started)
            qs_lanes_sqr(lanes, r, r, rest);
        for (size_t i = 0; i < count; i++) {
            track *line = &lines[i];
            const mp_limb_t *factor;

            open_window(line, exponents[i], bit);
            if (line->digit == 0 || line->low != bit)
                continue;
            factor = line->odd + line->digit / 2 * group;
            if (started)
                qs_lanes_mul(lanes, r, r, factor, rest);
            else
                memcpy(r, factor, group * sizeof *r);
            started = 1;
            line->digit = 0;
        }
    }
}

quorsum_status qs_lanes_power_joint_vartime(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *bases,
                                            const mpz_t *exponents, size_t count)
{
    size_t group = qs_lanes_group(lanes);
    track *lines = calloc(count + 1, sizeof *lines);
    size_t entries = 0;
    mp_limb_t *block = NULL;
    mp_limb_t *rest;

    for (size_t i = 0; lines != NULL && i < count; i++) {
        lines[i].window = window_for(exponent_bits(exponents[i]));
        entries += (size_t)1 << (lines[i].window - 1);
    }
    if (lines != NULL)
        block = malloc(((entries + 1) * group + qs_lanes_scratch(lanes) + QS_LANES_SLACK) * sizeof *block);
    if (block != NULL) {
        mp_limb_t *odd = qs_lanes_align(block);
        mp_limb_t *square = odd + entries * group;

        rest = square + group;
        for (size_t i = 0; i < count; i++) {
            lines[i].odd = odd;
            odd += group << (lines[i].window - 1);
            fill_odd(lanes, &lines[i], bases + i * group, square, rest);
        }
        run_tracks(lanes, r, lines, exponents, count, rest);
    }
    free(lines);
    free(block);
    return block != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
}
