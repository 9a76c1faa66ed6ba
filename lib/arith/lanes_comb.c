/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The comb of fixed_base.c for eight exponents in eight lanes, or for two such groups in turn. A table holds its 2^TEETH
 * entries limb by limb, so that every lane picks its own with a few permutations of registers, and each table is read
 * whole for every column, once for both groups.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/lanes.h"

/* Together the tables should stay in a core's own second cache: 768 KiB at most, that is 9 tables at 2048 bits and two
 * digits. Measured beside 6 teeth and 640 KiB on a core whose cache has 1 MiB: 3 to 6 % faster at 2048 to 4096 bits;
 * 8 teeth, where reading weighs more, are no faster than 6. */
#define TEETH 7
#define TABLES_LIMBS ((size_t)96 * 1024)
#define SIZE ((size_t)1 << TEETH)
#define ALIGNMENT 64

struct qs_lanes_comb {
    const qs_lanes *lanes;
    size_t bits;
    size_t columns;
    size_t spread;      /* columns that share a table */
    size_t count;       /* of tables */
    size_t table_limbs; /* of one */
    mp_limb_t *tables;
    mp_limb_t *radix; /* the ring's R in all lanes: what turns lane form into the ring's Montgomery form */
    mp_limb_t *block;
};

static void choose_shape(qs_lanes_comb *comb, size_t bits)
{
    size_t wanted;

    comb->bits = bits;
    comb->columns = (bits + TEETH - 1) / TEETH;
    comb->table_limbs = qs_lane_table_limbs(qs_lanes_body(comb->lanes), qs_lanes_rows(comb->lanes), TEETH);
    wanted = TABLES_LIMBS / comb->table_limbs;
    if (wanted == 0)
        wanted = 1;
    comb->spread = (comb->columns + wanted - 1) / wanted;
    comb->count = (comb->columns + comb->spread - 1) / comb->spread;
}

size_t qs_lanes_comb_bytes(const qs_lanes_comb *comb)
{
    return comb->count * comb->table_limbs * sizeof(mp_limb_t);
}

/* starts[t count + j] = base^(2^(t columns + j spread)), plain form: one chain of squarings passes them all. */
static void fill_starts(const qs_lanes_comb *comb, const qs_ring *ring, mp_limb_t *starts, const mp_limb_t *base,
                        mp_limb_t *scratch)
{
    mp_limb_t *power = scratch;
    mp_limb_t *rest = power + ring->width;

    memcpy(power, base, ring->width * sizeof *power);
    for (size_t t = 0; t < TEETH; t++)
        for (size_t c = 0; c < comb->columns; c++) {
            if (c % comb->spread == 0)
                qs_ring_leave(ring, starts + (t * comb->count + c / comb->spread) * ring->width, power, rest);
            qs_ring_sqr(ring, power, power, rest);
        }
}

/* Entry d of eight tables stands in eight lanes: each goes to its table. */
static void store_entry(const qs_lanes_comb *comb, size_t first, size_t tables, size_t d, const mp_limb_t *entry,
                        mp_limb_t *side_by_side)
{
    size_t rows = qs_lanes_rows(comb->lanes);
    mp_limb_t *residues[QS_LANES];

    qs_lanes_places(residues, side_by_side, rows, QS_LANES);
    qs_lanes_body(comb->lanes)->split(residues, entry, rows);
    for (size_t j = 0; j < tables; j++)
        qs_lanes_body(comb->lanes)->lay(comb->tables + (first + j) * comb->table_limbs, rows, TEETH, d, residues[j]);
}

/* Tables first .. first + 7, or as many as there are. Entry d is the one without its top bit times that bit's start. */
static void build_tables(const qs_lanes_comb *comb, size_t first, const mp_limb_t *starts, size_t width,
                         mp_limb_t *scratch)
{
    size_t tables = comb->count - first < QS_LANES ? comb->count - first : QS_LANES;
    size_t group = qs_lanes_group(comb->lanes);
    mp_limb_t *entries = scratch;
    mp_limb_t *start = entries + SIZE * group;
    mp_limb_t *rest = start + group;
    const mp_limb_t *sources[QS_LANES];

    memcpy(entries, qs_lanes_one(comb->lanes), group * sizeof *entries);
    for (unsigned t = 0; t < TEETH; t++) {
        size_t half = (size_t)1 << t;

        qs_lanes_sources(sources, starts + (t * comb->count + first) * width, width, tables);
        qs_lanes_enter(comb->lanes, start, sources, rest);
        for (size_t d = 0; d < half; d++)
            qs_lanes_mul(comb->lanes, entries + (half + d) * group, entries + d * group, start, rest);
    }
    for (size_t d = 0; d < SIZE; d++)
        store_entry(comb, first, tables, d, entries + d * group, start);
}

static quorsum_status fill_tables(qs_lanes_comb *comb, const qs_ring *ring, const mp_limb_t *base)
{
    size_t group = qs_lanes_group(comb->lanes);
    size_t room = (SIZE + 1) * group + qs_lanes_scratch(comb->lanes) + ring->width + qs_ring_scratch(ring);
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *starts = calloc(TEETH * comb->count, ring->width * sizeof *starts);
    mp_limb_t *block = malloc((room + QS_LANES_SLACK) * sizeof *block);
    quorsum_status status = starts == NULL || block == NULL ? QUORSUM_ERR_MEMORY : QUORSUM_OK;

    if (status == QUORSUM_OK) {
        mp_limb_t *scratch = qs_lanes_align(block);

        fill_starts(comb, ring, starts, base, scratch);
        for (size_t first = 0; first < comb->count; first += QS_LANES)
            build_tables(comb, first, starts, ring->width, scratch);
        qs_lanes_sources(sources, ring->one, 0, 1);
        qs_lanes_load(comb->lanes, comb->radix, sources, scratch);
    }
    free(starts);
    free(block);
    return status;
}

static quorsum_status comb_alloc(qs_lanes_comb *comb)
{
    size_t tables = qs_lanes_comb_bytes(comb) / sizeof(mp_limb_t);

    comb->block = malloc((tables + qs_lanes_group(comb->lanes) + QS_LANES_SLACK) * sizeof *comb->block);
    if (comb->block == NULL)
        return QUORSUM_ERR_MEMORY;
    comb->tables = qs_lanes_align(comb->block);
    comb->radix = comb->tables + tables;
    return QUORSUM_OK;
}

quorsum_status qs_lanes_comb_new(qs_lanes_comb **out, const qs_ring *ring, const mp_limb_t *base, size_t bits)
{
    qs_lanes_comb *comb;
    quorsum_status status;

    *out = NULL;
    if (ring->lanes == NULL)
        return QUORSUM_OK;
    comb = calloc(1, sizeof *comb);
    if (comb == NULL)
        return QUORSUM_ERR_MEMORY;
    comb->lanes = ring->lanes;
    choose_shape(comb, bits);
    status = comb_alloc(comb);
    if (status == QUORSUM_OK)
        status = fill_tables(comb, ring, base);
    if (status == QUORSUM_OK) {
        *out = comb;
        comb = NULL;
    }
    qs_lanes_comb_free(comb);
    return status;
}

void qs_lanes_comb_free(qs_lanes_comb *comb)
{
    if (comb == NULL)
        return;
    free(comb->block);
    free(comb);
}

/* The powers and an entry of two groups, and what products need. */
size_t qs_lanes_comb_scratch(const qs_lanes_comb *comb)
{
    return 2 * QS_LANE_PICKS * qs_lanes_group(comb->lanes) + qs_lanes_scratch(comb->lanes) + QS_LANES_SLACK;
}

typedef struct raising {
    const qs_lanes_comb *comb;
    size_t groups;
    const mp_limb_t *exponents[QS_LANE_PICKS * QS_LANES];
    mp_limb_t *power; /* of every group */
    mp_limb_t *entry;
    mp_limb_t *rest;
} raising;

static mp_limb_t bit_at(const mp_limb_t *exponent, size_t bits, size_t place)
{
    return place < bits ? exponent[place / GMP_LIMB_BITS] >> place % GMP_LIMB_BITS & 1 : 0;
}

/* Column c of an exponent: a bit from each row. Rows may reach past its end, where bits read as zero. */
static mp_limb_t column_at(const qs_lanes_comb *comb, const mp_limb_t *exponent, size_t column)
{
    mp_limb_t digit = 0;

    for (unsigned t = 0; t < TEETH; t++)
        digit |= bit_at(exponent, comb->bits, t * comb->columns + column) << t;
    return digit;
}

static void pick_column(const raising *work, mp_limb_t *r, size_t column)
{
    const qs_lanes_comb *comb = work->comb;
    mp_limb_t digits[QS_LANE_PICKS * QS_LANES];

    for (size_t j = 0; j < work->groups * QS_LANES; j++)
        digits[j] = column_at(comb, work->exponents[j], column);
    qs_lanes_body(comb->lanes)->pick(r, comb->tables + column / comb->spread * comb->table_limbs,
                                     qs_lanes_rows(comb->lanes), TEETH, digits, work->groups);
    sodium_memzero(digits, sizeof digits);
}

static void square_groups(const raising *work)
{
    const qs_lanes *lanes = work->comb->lanes;

    for (size_t g = 0; g < work->groups; g++)
        qs_lanes_sqr(lanes, work->power + g * qs_lanes_group(lanes), work->power + g * qs_lanes_group(lanes),
                     work->rest);
}

static void multiply_groups(const raising *work)
{
    const qs_lanes *lanes = work->comb->lanes;

    for (size_t at = 0; at < work->groups * qs_lanes_group(lanes); at += qs_lanes_group(lanes))
        qs_lanes_mul(lanes, work->power + at, work->power + at, work->entry + at, work->rest);
}

/* The columns with the same place in their tables share a squaring: place spread-1 first, place 0 last. */
static void raise(const raising *work)
{
    const qs_lanes_comb *comb = work->comb;
    int first = 1;

    for (size_t place = comb->spread; place-- > 0;) {
        if (!first)
            square_groups(work);
        for (size_t column = place; column < comb->columns; column += comb->spread) {
            pick_column(work, first ? work->power : work->entry, column);
            if (!first)
                multiply_groups(work);
            first = 0;
        }
    }
}

/* Out of lane form by the last product: with R for the ring's Montgomery form, or plain times Montgomery form, which is
 * plain. Places beyond the last repeat it. */
static void finish(const raising *work, size_t group, mp_limb_t *const *results, const mp_limb_t *const *factors,
                   size_t count)
{
    const qs_lanes *lanes = work->comb->lanes;
    mp_limb_t *power = work->power + group * qs_lanes_group(lanes);
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];

    for (size_t j = 0; j < QS_LANES; j++) {
        size_t place = group * QS_LANES + j < count ? group * QS_LANES + j : count - 1;

        places[j] = results[place];
        sources[j] = factors != NULL ? factors[place] : NULL;
    }
    if (factors != NULL)
        qs_lanes_load(lanes, work->entry, sources, work->rest);
    qs_lanes_mul(lanes, power, power, factors != NULL ? work->entry : work->comb->radix, work->rest);
    qs_lanes_store(lanes, places, power, work->rest);
}

void qs_lanes_comb_power(const qs_lanes_comb *comb, mp_limb_t *const *results, const mp_limb_t *const *factors,
                         const mp_limb_t *const *exponents, size_t count, mp_limb_t *scratch)
{
    raising work = {.comb = comb, .groups = (count + QS_LANES - 1) / QS_LANES};
    size_t group = qs_lanes_group(comb->lanes);

    work.power = qs_lanes_align(scratch);
    work.entry = work.power + QS_LANE_PICKS * group;
    work.rest = work.entry + QS_LANE_PICKS * group;
    for (size_t j = 0; j < work.groups * QS_LANES; j++)
        work.exponents[j] = exponents[j < count ? j : count - 1];
    raise(&work);
    for (size_t g = 0; g < work.groups; g++)
        finish(&work, g, results, factors, count);
}
