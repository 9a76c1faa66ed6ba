/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixed base by a comb (Lim and Lee, CRYPTO 1994). The exponent is laid out in `teeth` rows of `columns` bits;
 * column c is the digit made of bits c, c + columns, c + 2 columns, ... Table j serves `spread` columns from
 * j spread on and holds, for every digit d,
 *
 *     prod over the bits t of d of base^(2^(t columns + j spread)).
 *
 * A power takes one product for each column and spread - 1 squarings. With teeth = w that is as many products as
 * windows of w bits cost, but the tables are `spread` times smaller, so they stay in the processor's caches.
 * Each is read whole, once for a group of exponents.
 */
#include "lib/arith/fixed_base.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/lanes.h"
#include "lib/arith/table.h"
#include "lib/base/parallel.h"

/* Measured at 2048 bits, two digits, 1024-bit exponents: 8 x 8 (2 MiB) equals windows of 8 bits with tables of 16
 * MiB, which take eight times as long to build; 7 x 8 and 8 x 16 are within 3 %, 6 teeth 10 % slower. */
#define TEETH 8
#define SPREAD 8
#define ALIGNMENT 64

struct qs_fixed_base {
    const qs_ring *ring;
    size_t bits;
    size_t columns;
    size_t spread;
    size_t count;       /* of tables */
    size_t table_limbs; /* of one */
    unsigned teeth;
    mp_limb_t *tables;
    qs_lanes_comb *comb; /* does all the work where there is one; then there are no tables here */
};

_Static_assert(QS_FIXED_GROUP <= QS_LANE_PICKS * QS_LANES, "a group fits the lanes");

typedef struct building {
    qs_fixed_base *table;
    mp_limb_t *starts; /* base^(2^(t columns + j spread)) at t count + j */
    mp_limb_t *scratch;
} building;

/* A table in the making, entry after entry, and working space. */
static size_t build_limbs(const qs_fixed_base *table)
{
    return (table->ring->width << table->teeth) + qs_ring_scratch(table->ring);
}

/* Entry d is the one without its top bit times that bit's start. */
static void build_table(const building *work, size_t j, mp_limb_t *entries, mp_limb_t *scratch)
{
    const qs_fixed_base *table = work->table;
    const qs_ring *ring = table->ring;
    size_t size = (size_t)1 << table->teeth;

    memcpy(entries, ring->one, ring->width * sizeof *entries);
    for (unsigned t = 0; t < table->teeth; t++) {
        const mp_limb_t *start = work->starts + (t * table->count + j) * ring->width;

        for (size_t d = 0; d < (size_t)1 << t; d++)
            qs_ring_mul(ring, entries + (((size_t)1 << t) + d) * ring->width, entries + d * ring->width, start,
                        scratch);
    }
    for (size_t d = 0; d < size; d++)
        qs_table_store(table->tables + j * table->table_limbs, size, ring->width, d, entries + d * ring->width);
}

static quorsum_status build_tables(void *context, unsigned worker, size_t begin, size_t end)
{
    const building *work = context;
    const qs_fixed_base *table = work->table;
    mp_limb_t *entries = work->scratch + worker * build_limbs(table);

    for (size_t j = begin; j < end; j++)
        build_table(work, j, entries, entries + (table->ring->width << table->teeth));
    return QUORSUM_OK;
}

/* One chain of squarings passes all the starts. */
static void fill_starts(const building *work, const mp_limb_t *base, mp_limb_t *power, mp_limb_t *scratch)
{
    const qs_fixed_base *table = work->table;
    size_t width = table->ring->width;

    memcpy(power, base, width * sizeof *power);
    for (size_t t = 0; t < table->teeth; t++)
        for (size_t c = 0; c < table->columns; c++) {
            if (c % table->spread == 0)
                memcpy(work->starts + (t * table->count + c / table->spread) * width, power, width * sizeof *power);
            qs_ring_sqr(table->ring, power, power, scratch);
        }
}

static quorsum_status fill_tables(qs_fixed_base *table, const mp_limb_t *base, const quorsum_run *run)
{
    size_t threads = qs_run_threads(run);
    building work = {.table = table};
    quorsum_status status = QUORSUM_ERR_MEMORY;

    work.starts = calloc(table->teeth * table->count, table->ring->width * sizeof *work.starts);
    work.scratch = calloc(threads, build_limbs(table) * sizeof *work.scratch);
    if (work.starts != NULL && work.scratch != NULL) {
        fill_starts(&work, base, work.scratch, work.scratch + table->ring->width);
        status = qs_parallel(run, table->count, 1, build_tables, &work);
    }
    free(work.starts);
    free(work.scratch);
    return status;
}

/* Exponents of a few bits have no more teeth than bits. */
static void choose_shape(qs_fixed_base *table, size_t bits)
{
    table->bits = bits;
    table->teeth = bits < TEETH ? (unsigned)bits : TEETH;
    table->columns = (bits + table->teeth - 1) / table->teeth;
    table->spread = SPREAD < table->columns ? SPREAD : table->columns;
    table->count = (table->columns + table->spread - 1) / table->spread;
    table->table_limbs = qs_table_limbs((size_t)1 << table->teeth, table->ring->width);
}

static quorsum_status make_tables(qs_fixed_base *table, const mp_limb_t *base, const quorsum_run *run)
{
    size_t bytes = qs_fixed_base_bytes(table);

    table->tables = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    if (table->tables == NULL)
        return QUORSUM_ERR_MEMORY;
    memset(table->tables, 0, bytes);
    return fill_tables(table, base, run);
}

quorsum_status qs_fixed_base_new(qs_fixed_base **out, const qs_ring *ring, const mp_limb_t *base, size_t bits,
                                 const quorsum_run *run)
{
    qs_fixed_base *table;
    quorsum_status status;

    *out = NULL;
    if (bits == 0 || bits > QS_MAX_LIMBS * GMP_LIMB_BITS)
        return QUORSUM_ERR_ARGUMENT;
    table = calloc(1, sizeof *table);
    if (table == NULL)
        return QUORSUM_ERR_MEMORY;
    table->ring = ring;
    choose_shape(table, bits);
    status = qs_lanes_comb_new(&table->comb, ring, base, bits);
    if (status == QUORSUM_OK && table->comb == NULL)
        status = make_tables(table, base, run);
    if (status == QUORSUM_OK) {
        *out = table;
        table = NULL;
    }
    qs_fixed_base_free(table);
    return status;
}

void qs_fixed_base_free(qs_fixed_base *table)
{
    if (table == NULL)
        return;
    qs_lanes_comb_free(table->comb);
    free(table->tables);
    free(table);
}

size_t qs_fixed_base_bytes(const qs_fixed_base *table)
{
    if (table->comb != NULL)
        return qs_lanes_comb_bytes(table->comb);
    return table->count * table->table_limbs * sizeof(mp_limb_t);
}

size_t qs_fixed_base_scratch(const qs_fixed_base *table)
{
    if (table->comb != NULL)
        return qs_lanes_comb_scratch(table->comb);
    return QS_FIXED_GROUP * table->ring->width + qs_ring_scratch(table->ring);
}

/* Column c of an exponent: a bit from each row. Rows may reach past its end, where bits read as zero. */
static mp_limb_t column_at(const qs_fixed_base *table, const mp_limb_t *exponent, size_t column)
{
    size_t limbs = (table->bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
    mp_limb_t digit = 0;

    for (unsigned t = 0; t < table->teeth; t++)
        digit |= qs_digit_at(exponent, limbs, t * table->columns + column, 1) << t;
    return digit;
}

/* results[j] *= the entries of one table, or = them if this is the first. */
static void multiply_column(const qs_fixed_base *table, mp_limb_t *const *results, const mp_limb_t *const *exponents,
                            size_t count, size_t column, int first, mp_limb_t *scratch)
{
    const qs_ring *ring = table->ring;
    mp_limb_t *entries[QS_FIXED_GROUP];
    mp_limb_t digits[QS_FIXED_GROUP];
    mp_limb_t *rest = scratch + QS_FIXED_GROUP * ring->width;

    for (size_t j = 0; j < count; j++) {
        entries[j] = scratch + j * ring->width;
        digits[j] = column_at(table, exponents[j], column);
    }
    qs_table_select(first ? results : entries, table->tables + column / table->spread * table->table_limbs,
                    (size_t)1 << table->teeth, ring->width, digits, count);
    for (size_t j = 0; !first && j < count; j++)
        qs_ring_mul(ring, results[j], results[j], entries[j], rest);
    sodium_memzero(digits, sizeof digits);
}

/* The columns with the same place in their tables share a squaring: place spread-1 first, place 0 last. */
static void raise_group(const qs_fixed_base *table, mp_limb_t *const *results, const mp_limb_t *const *exponents,
                        size_t count, mp_limb_t *scratch)
{
    mp_limb_t *rest = scratch + QS_FIXED_GROUP * table->ring->width;
    int first = 1;

    for (size_t place = table->spread; place-- > 0;) {
        for (size_t j = 0; !first && j < count; j++)
            qs_ring_sqr(table->ring, results[j], results[j], rest);
        for (size_t column = place; column < table->columns; column += table->spread) {
            multiply_column(table, results, exponents, count, column, first, scratch);
            first = 0;
        }
    }
}

void qs_fixed_base_power(const qs_fixed_base *table, mp_limb_t *const *results, const mp_limb_t *const *exponents,
                         size_t count, mp_limb_t *scratch)
{
    if (table->comb != NULL)
        qs_lanes_comb_power(table->comb, results, NULL, exponents, count, scratch);
    else
        raise_group(table, results, exponents, count, scratch);
}

void qs_fixed_base_blind(const qs_fixed_base *table, mp_limb_t *const *results, const mp_limb_t *const *factors,
                         const mp_limb_t *const *exponents, size_t count, mp_limb_t *scratch)
{
    if (table->comb != NULL) {
        qs_lanes_comb_power(table->comb, results, factors, exponents, count, scratch);
        return;
    }
    raise_group(table, results, exponents, count, scratch);
    for (size_t j = 0; j < count; j++) /* plain times Montgomery form is plain */
        qs_ring_mul(table->ring, results[j], factors[j], results[j], scratch);
}
