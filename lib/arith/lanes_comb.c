/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The comb of fixed_base.c for eight exponents in eight lanes. A table holds its 2^TEETH entries limb by limb, so that
 * every lane picks its own with a few permutations of registers, and each table is read whole for every column.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/lanes.h"
#include "lib/arith/table.h"

/* Together the tables should stay in a core's own second cache: 640 KiB at most, that is 16 tables at 2048 bits and two
 * digits. A prototype of this comb was no faster with larger ones. */
#define TEETH 6
#define SIZE ((size_t)1 << TEETH)
#define TABLES_LIMBS ((size_t)80 * 1024)
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

/* The powers, an entry, and what products need. */
size_t qs_lanes_comb_scratch(const qs_lanes_comb *comb)
{
    return 2 * qs_lanes_group(comb->lanes) + qs_lanes_scratch(comb->lanes) + QS_LANES_SLACK;
}

/* Column c of an exponent: a bit from each row. Rows may reach past its end, where bits read as zero. */
static mp_limb_t column_at(const qs_lanes_comb *comb, const mp_limb_t *exponent, size_t column)
{
    size_t limbs = (comb->bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
    mp_limb_t digit = 0;

    for (unsigned t = 0; t < TEETH; t++)
        digit |= qs_digit_at(exponent, limbs, t * comb->columns + column, 1) << t;
    return digit;
}

static void pick_column(const qs_lanes_comb *comb, mp_limb_t *r, const mp_limb_t *const *exponents, size_t column)
{
    mp_limb_t digits[QS_LANES];

    for (size_t j = 0; j < QS_LANES; j++)
        digits[j] = column_at(comb, exponents[j], column);
    qs_lanes_body(comb->lanes)->pick(r, comb->tables + column / comb->spread * comb->table_limbs,
                                     qs_lanes_rows(comb->lanes), TEETH, digits);
    sodium_memzero(digits, sizeof digits);
}

/* The columns with the same place in their tables share a squaring: place spread-1 first, place 0 last. */
static void raise(const qs_lanes_comb *comb, mp_limb_t *power, const mp_limb_t *const *exponents, mp_limb_t *entry,
                  mp_limb_t *rest)
{
    int first = 1;

    for (size_t place = comb->spread; place-- > 0;) {
        if (!first)
            qs_lanes_sqr(comb->lanes, power, power, rest);
        for (size_t column = place; column < comb->columns; column += comb->spread) {
            pick_column(comb, first ? power : entry, exponents, column);
            if (!first)
                qs_lanes_mul(comb->lanes, power, power, entry, rest);
            first = 0;
        }
    }
}

void qs_lanes_comb_power(const qs_lanes_comb *comb, mp_limb_t *const *results, const mp_limb_t *const *factors,
                         const mp_limb_t *const *exponents, size_t count, mp_limb_t *scratch)
{
    size_t group = qs_lanes_group(comb->lanes);
    mp_limb_t *power = qs_lanes_align(scratch);
    mp_limb_t *entry = power + group;
    mp_limb_t *rest = entry + group;
    const mp_limb_t *wanted[QS_LANES];
    const mp_limb_t *times[QS_LANES];
    mp_limb_t *places[QS_LANES];

    for (size_t j = 0; j < QS_LANES; j++) {
        size_t source = j < count ? j : count - 1; /* idle lanes repeat the last one */

        wanted[j] = exponents[source];
        times[j] = factors != NULL ? factors[source] : NULL;
        places[j] = results[source];
    }
    raise(comb, power, wanted, entry, rest);
    if (factors != NULL)
        qs_lanes_load(comb->lanes, entry, times, rest); /* plain times Montgomery form is plain */
    qs_lanes_mul(comb->lanes, power, power, factors != NULL ? entry : comb->radix, rest);
    qs_lanes_store(comb->lanes, places, power, rest);
}
