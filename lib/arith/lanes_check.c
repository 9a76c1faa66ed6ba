/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body's check of itself before it is used: a product, a square and table reads on fixed numbers, compared with GMP.
 * Vector units have had errata, and emulators and systems that save half of a register exist; a wrong kernel would
 * make wrong ciphertexts. Takes well under a millisecond.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/lanes.h"

#define BITS ((size_t)2048)
#define LIMBS (BITS / GMP_LIMB_BITS)
#define WIDTH (2 * LIMBS)

typedef struct trial {
    qs_lanes *lanes;
    mp_limb_t element[QS_LANES][WIDTH];
    mp_limb_t *x;
    mp_limb_t *y;
    mp_limb_t *rest;
} trial;

/* Digits below n, all different, from a simple recurrence; n itself from the same. */
static void fill(mp_limb_t *out, size_t limbs, mp_limb_t seed)
{
    for (size_t i = 0; i < limbs; i++) {
        seed = seed * 0x5851f42du + 0x14057b7fu;
        out[i] = seed ^ seed << 29;
    }
}

static void value(mpz_t out, const mp_limb_t *x, const mpz_t n)
{
    mpz_t digit;

    mpz_mul(out, n, mpz_roinit_n(digit, x + LIMBS, (mp_size_t)LIMBS));
    mpz_add(out, out, mpz_roinit_n(digit, x, (mp_size_t)LIMBS));
}

/* Element j: (x_j)^2 x_(j+1), where lane j of `wanted` in the table is x_(j+1). */
static int results_right(const trial *t, const mpz_t n, mp_limb_t (*got)[WIDTH])
{
    mpz_t modulus, x, y;
    int right = 1;

    mpz_init(x);
    mpz_init(y);
    mpz_init(modulus);
    mpz_mul(modulus, n, n);
    for (size_t j = 0; j < QS_LANES; j++) {
        value(x, t->element[j], n);
        mpz_mul(x, x, x);
        value(y, t->element[(j + 1) % QS_LANES], n);
        mpz_mul(x, x, y);
        mpz_mod(x, x, modulus);
        value(y, got[j], n);
        right &= mpz_cmp(x, y) == 0;
    }
    mpz_clear(modulus);
    mpz_clear(y);
    mpz_clear(x);
    return right;
}

/* y = the table's entries (j + 1) % 8, lane by lane; the rest of the table is a decoy. Read for two groups, the second
 * into `rest`: 1 if it is the same. */
static int read_table(const trial *t, mp_limb_t *table)
{
    const qs_lane_body *body = qs_lanes_body(t->lanes);
    size_t rows = qs_lanes_rows(t->lanes);
    mp_limb_t *residues[QS_LANES];
    mp_limb_t digits[QS_LANE_PICKS * QS_LANES];

    qs_lanes_places(residues, t->y, rows, QS_LANES);
    body->split(residues, t->x, rows);
    for (size_t d = 0; d < 4 * QS_LANES; d++)
        body->lay(table, rows, 5, d, residues[d / QS_LANES == 2 ? d % QS_LANES : (3 * d + 1) % QS_LANES]);
    for (size_t j = 0; j < QS_LANE_PICKS * QS_LANES; j++)
        digits[j] = 2 * QS_LANES + (j + 1) % QS_LANES;
    body->pick(t->y, table, rows, 5, digits, QS_LANE_PICKS);
    return memcmp(t->y, t->rest, qs_lanes_group(t->lanes) * sizeof *t->y) == 0;
}

static int compute(trial *t, const mpz_t n, mp_limb_t *table)
{
    mp_limb_t got[QS_LANES][WIDTH];
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];

    qs_lanes_sources(sources, t->element[0], WIDTH, QS_LANES);
    qs_lanes_places(places, got[0], WIDTH, QS_LANES);
    qs_lanes_enter(t->lanes, t->x, sources, t->rest);
    if (!read_table(t, table))
        return 0;
    qs_lanes_sqr(t->lanes, t->x, t->x, t->rest);
    qs_lanes_mul(t->lanes, t->x, t->x, t->y, t->rest);
    qs_lanes_body(t->lanes)->select(t->y, t->x, qs_lanes_rows(t->lanes), 1, 0);
    qs_lanes_leave(t->lanes, places, t->y, t->rest);
    return results_right(t, n, got);
}

int qs_lane_check(const qs_lane_body *body)
{
    mp_limb_t n[LIMBS];
    mpz_t modulus;
    trial t = {0};
    mp_limb_t *block = NULL;
    int right = 0;

    fill(n, LIMBS, 1);
    n[0] |= 1;
    n[LIMBS - 1] |= (mp_limb_t)1 << (GMP_LIMB_BITS - 1);
    for (size_t j = 0; j < QS_LANES; j++) {
        fill(t.element[j], WIDTH, (mp_limb_t)j + 2);
        t.element[j][LIMBS - 1] >>= 1;
        t.element[j][WIDTH - 1] >>= 1;
    }
    if (qs_lanes_make(&t.lanes, body, n, BITS, 2, 0) == QUORSUM_OK && t.lanes != NULL)
        block = malloc((6 * qs_lanes_group(t.lanes) + qs_lanes_scratch(t.lanes) + QS_LANES_SLACK) * sizeof *block);
    if (block != NULL) {
        t.x = qs_lanes_align(block);
        t.y = t.x + qs_lanes_group(t.lanes);
        t.rest = t.y + qs_lanes_group(t.lanes);
        right = compute(&t, mpz_roinit_n(modulus, n, (mp_size_t)LIMBS), t.rest + qs_lanes_scratch(t.lanes));
    }
    free(block);
    qs_lanes_free(t.lanes);
    return right;
}
