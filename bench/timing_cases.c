/* SPDX-License-Identifier: Apache-2.0 */
/* What is timed, on which two classes of secrets. */
#include <string.h>

#include <sodium.h>

#include "bench/timing.h"

#define ENTRIES 32 /* of a table of qs_lanes_power */
#define TEETH 6    /* of a table of the comb */
#define READS 16   /* table reads in one measurement */

_Static_assert(TIMING_TABLE >= 2 * QS_LANE_COLUMNS_MAX << TEETH, "a table of the comb fits");
_Static_assert(TIMING_TABLE >= ENTRIES * QS_LANE_COLUMNS_MAX * QS_LANES, "a table of eight powers fits");

/* ---- exponents ---- */

static size_t one_exponent(const timing *t)
{
    (void)t;
    return TIMING_EXPONENT_LIMBS;
}

static size_t eight_exponents(const timing *t)
{
    (void)t;
    return QS_LANES * TIMING_EXPONENT_LIMBS;
}

static void fixed_or_random(timing *t, mp_limb_t *input, unsigned class, size_t limbs)
{
    if (class == 0)
        memcpy(input, t->fixed, limbs * sizeof *input);
    else
        randombytes_buf(input, limbs * sizeof *input);
}

static void draw_exponent(timing *t, mp_limb_t *input, unsigned class)
{
    fixed_or_random(t, input, class, TIMING_EXPONENT_LIMBS);
}

static void draw_exponents(timing *t, mp_limb_t *input, unsigned class)
{
    fixed_or_random(t, input, class, QS_LANES * TIMING_EXPONENT_LIMBS);
}

/* 1, or all bits set. */
static void draw_weight(timing *t, mp_limb_t *input, unsigned class)
{
    (void)t;
    memset(input, class == 0 ? 0 : 0xff, TIMING_EXPONENT_LIMBS * sizeof *input);
    input[0] |= 1;
}

static void draw_weights(timing *t, mp_limb_t *input, unsigned class)
{
    for (size_t j = 0; j < QS_LANES; j++)
        draw_weight(t, input + j * TIMING_EXPONENT_LIMBS, class);
}

static void run_power(timing *t, mp_limb_t *exponent)
{
    qs_power(t->ring, t->result, t->base, exponent, TIMING_EXPONENT_BITS, t->scratch);
}

static void run_lanes_power(timing *t, mp_limb_t *exponent)
{
    qs_lanes_power(t->lanes, t->result, t->base, exponent, TIMING_EXPONENT_BITS, t->scratch);
}

static void run_lanes_power_vartime(timing *t, mp_limb_t *exponent)
{
    mpz_t e;

    qs_lanes_power_vartime(t->lanes, t->result, t->base, mpz_roinit_n(e, exponent, TIMING_EXPONENT_LIMBS), t->scratch);
}

static void run_comb(timing *t, mp_limb_t *input)
{
    mp_limb_t *results[QS_LANES];
    const mp_limb_t *exponents[QS_LANES];

    qs_lanes_places(results, t->result, t->square_ring->width, QS_LANES);
    qs_lanes_sources(exponents, input, TIMING_EXPONENT_LIMBS, QS_LANES);
    qs_fixed_base_power(t->comb, results, exponents, QS_LANES, t->scratch);
}

/* ---- table reads ---- */

static size_t read_digits(const timing *t)
{
    (void)t;
    return READS * QS_LANES;
}

/* The digits of all reads are one and the same, or random. */
static void draw_digits(mp_limb_t *input, unsigned class, mp_limb_t entries, mp_limb_t same)
{
    randombytes_buf(input, READS * QS_LANES * sizeof *input);
    for (size_t i = 0; i < READS * QS_LANES; i++)
        input[i] = (class == 0 ? same : input[i]) % entries;
}

static void draw_select(timing *t, mp_limb_t *input, unsigned class)
{
    draw_digits(input, class, ENTRIES, t->fixed[0]);
}

static void draw_pick(timing *t, mp_limb_t *input, unsigned class)
{
    draw_digits(input, class, 1 << TEETH, t->fixed[0]);
}

static void run_select(timing *t, mp_limb_t *digits)
{
    for (size_t i = 0; i < READS; i++)
        qs_lanes_body(t->lanes)->select(t->result, t->table, qs_lanes_rows(t->lanes), ENTRIES, digits[i]);
}

static void run_pick(timing *t, mp_limb_t *digits)
{
    for (size_t i = 0; i < READS; i++)
        qs_lanes_body(t->lanes)->pick(t->result, t->table, qs_lanes_rows(t->square_lanes), TEETH,
                                     digits + i * QS_LANES, 1);
}

/* What a table read must not be: only the wanted entry, here one word of each line of a cache. */
static void run_lookup(timing *t, mp_limb_t *digits)
{
    size_t size = TIMING_TABLE / ENTRIES;

    for (size_t i = 0; i < READS; i++)
        for (size_t k = 0; k < size; k += 8)
            t->result[0] ^= t->table[digits[i] * size + k];
}

/* ---- residues in lanes, two digits ---- */

static size_t residue_group(const timing *t)
{
    return qs_lanes_group(t->square_lanes);
}

static void draw_residues(timing *t, mp_limb_t *input, unsigned class)
{
    if (class == 0)
        memcpy(input, t->residues, residue_group(t) * sizeof *input);
    else
        timing_residues(t, input, 1);
}

static void draw_zero(timing *t, mp_limb_t *input, unsigned class)
{
    if (class == 0)
        memset(input, 0, residue_group(t) * sizeof *input);
    else
        timing_residues(t, input, 1);
}

/* Digits below N, or from N on: these are brought below it when they leave. */
static void draw_excess(timing *t, mp_limb_t *input, unsigned class)
{
    timing_residues(t, input, class == 0);
}

static void draw_alike(timing *t, mp_limb_t *input, unsigned class)
{
    (void)class;
    timing_residues(t, input, 1);
}

static void run_mul(timing *t, mp_limb_t *x)
{
    qs_lanes_mul(t->square_lanes, t->result, x, t->residues, t->scratch);
}

static void run_sqr(timing *t, mp_limb_t *x)
{
    qs_lanes_sqr(t->square_lanes, t->result, x, t->scratch);
}

static void run_store(timing *t, mp_limb_t *x)
{
    mp_limb_t *places[QS_LANES];

    qs_lanes_places(places, t->result, t->square_ring->width, QS_LANES);
    qs_lanes_store(t->square_lanes, places, x, t->scratch);
}

static void run_leave(timing *t, mp_limb_t *x)
{
    mp_limb_t *places[QS_LANES];

    qs_lanes_places(places, t->result, t->square_ring->width, QS_LANES);
    qs_lanes_leave(t->square_lanes, places, x, t->scratch);
}

const timing_case timing_cases[] = {
    {"planted.power", "qs_lanes_power_vartime, exponent 1 or all bits set: leaks", 1, 1, one_exponent, draw_weight,
     run_lanes_power_vartime},
    {"planted.lookup", "reads of the wanted table entry alone, one digit or random ones: leaks", 1, 0, read_digits,
     draw_select, run_lookup},
    {"control.alike", "a product; both classes are random residues", 0, 1, residue_group, draw_alike, run_mul},
    {"lanes.power_random", "qs_lanes_power mod N, a fixed exponent or random ones", 0, 1, one_exponent, draw_exponent,
     run_lanes_power},
    {"lanes.power_weight", "qs_lanes_power mod N, exponent 1 or all bits set", 0, 1, one_exponent, draw_weight,
     run_lanes_power},
    {"lanes.select", "table reads of qs_lanes_power, one digit or random ones", 0, 1, read_digits, draw_select,
     run_select},
    {"lanes.mul", "a product mod N^2, one factor zero or random", 0, 1, residue_group, draw_zero, run_mul},
    {"lanes.sqr", "a square mod N^2, of zero or random residues", 0, 1, residue_group, draw_zero, run_sqr},
    {"lanes.store", "to canonical digits, from digits below N or from N on", 0, 1, residue_group, draw_excess,
     run_store},
    {"lanes.leave", "out of Montgomery form, fixed residues or random ones", 0, 1, residue_group, draw_residues,
     run_leave},
    {"comb.random", "qs_fixed_base_power mod N^2, fixed exponents or random ones", 0, 0, eight_exponents,
     draw_exponents, run_comb},
    {"comb.weight", "qs_fixed_base_power mod N^2, exponents 1 or all bits set", 0, 0, eight_exponents, draw_weights,
     run_comb},
    {"comb.pick", "table reads of the comb, one digit or random ones", 0, 1, read_digits, draw_pick, run_pick},
    {"single.power_random", "qs_power mod N, a fixed exponent or random ones", 0, 0, one_exponent, draw_exponent,
     run_power},
    {"single.power_weight", "qs_power mod N, exponent 1 or all bits set", 0, 0, one_exponent, draw_weight, run_power},
    {NULL, NULL, 0, 0, NULL, NULL, NULL},
};
