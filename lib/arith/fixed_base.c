/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixed base by windows without squarings: table k holds base^(d 2^(w k)) for every digit d, and a power is one
 * product for each of the ceil(bits / w) tables. Each is read whole, once for a group of exponents.
 */
#include "lib/arith/fixed_base.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/table.h"
#include "lib/base/parallel.h"

#define WINDOW_MIN 4
#define WINDOW_MAX 8
#define BYTES_MAX ((size_t)24 << 20)
#define ALIGNMENT 64

struct qs_fixed_base {
    const qs_ring *ring;
    size_t bits;
    size_t windows;
    size_t table_limbs; /* of one window */
    unsigned window;
    mp_limb_t *tables;
};

static size_t windows_of(size_t bits, unsigned window)
{
    return (bits + window - 1) / window;
}

static size_t bytes_of(const qs_ring *ring, size_t bits, unsigned window)
{
    return windows_of(bits, window) * qs_table_limbs((size_t)1 << window, ring->width) * sizeof(mp_limb_t);
}

/* The longest window whose tables stay within BYTES_MAX. Reading costs 2^w entries for each product saved. */
static unsigned choose_window(const qs_ring *ring, size_t bits)
{
    unsigned window = WINDOW_MAX;

    while (window > WINDOW_MIN && bytes_of(ring, bits, window) > BYTES_MAX)
        window--;
    return window;
}

typedef struct building {
    qs_fixed_base *table;
    mp_limb_t *starts; /* base^(2^(w k)) for every window k */
    mp_limb_t *scratch;
} building;

static size_t build_scratch(const qs_ring *ring)
{
    return ring->width + qs_ring_scratch(ring);
}

static quorsum_status build_windows(void *context, unsigned worker, size_t begin, size_t end)
{
    const building *work = context;
    const qs_fixed_base *table = work->table;
    const qs_ring *ring = table->ring;
    size_t entries = (size_t)1 << table->window;
    mp_limb_t *power = work->scratch + worker * build_scratch(ring);
    mp_limb_t *rest = power + ring->width;

    for (size_t k = begin; k < end; k++) {
        memcpy(power, ring->one, ring->width * sizeof *power);
        for (size_t d = 0; d < entries; d++) {
            qs_table_store(table->tables + k * table->table_limbs, entries, ring->width, d, power);
            qs_ring_mul(ring, power, power, work->starts + k * ring->width, rest);
        }
    }
    return QUORSUM_OK;
}

static void fill_starts(const qs_fixed_base *table, mp_limb_t *starts, const mp_limb_t *base, mp_limb_t *scratch)
{
    size_t width = table->ring->width;

    memcpy(starts, base, width * sizeof *starts);
    for (size_t k = 1; k < table->windows; k++) {
        qs_ring_sqr(table->ring, starts + k * width, starts + (k - 1) * width, scratch);
        for (unsigned i = 1; i < table->window; i++)
            qs_ring_sqr(table->ring, starts + k * width, starts + k * width, scratch);
    }
}

static quorsum_status fill_tables(qs_fixed_base *table, const mp_limb_t *base, const quorsum_run *run)
{
    size_t threads = qs_run_threads(run);
    building work = {.table = table};
    quorsum_status status = QUORSUM_ERR_MEMORY;

    work.starts = calloc(table->windows, table->ring->width * sizeof *work.starts);
    work.scratch = calloc(threads, build_scratch(table->ring) * sizeof *work.scratch);
    if (work.starts != NULL && work.scratch != NULL) {
        fill_starts(table, work.starts, base, work.scratch);
        status = qs_parallel(run, table->windows, 1, build_windows, &work);
    }
    free(work.starts);
    free(work.scratch);
    return status;
}

quorsum_status qs_fixed_base_new(qs_fixed_base **out, const qs_ring *ring, const mp_limb_t *base, size_t bits,
                                 const quorsum_run *run)
{
    qs_fixed_base *table = NULL;
    quorsum_status status = QUORSUM_ERR_MEMORY;

    *out = NULL;
    if (bits == 0 || bits > QS_MAX_LIMBS * GMP_LIMB_BITS)
        return QUORSUM_ERR_ARGUMENT;
    table = calloc(1, sizeof *table);
    if (table != NULL) {
        table->ring = ring;
        table->bits = bits;
        table->window = choose_window(ring, bits);
        table->windows = windows_of(bits, table->window);
        table->table_limbs = qs_table_limbs((size_t)1 << table->window, ring->width);
        table->tables = aligned_alloc(ALIGNMENT, (qs_fixed_base_bytes(table) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    }
    if (table != NULL && table->tables != NULL) {
        memset(table->tables, 0, qs_fixed_base_bytes(table));
        status = fill_tables(table, base, run);
    }
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
    free(table->tables);
    free(table);
}

size_t qs_fixed_base_bytes(const qs_fixed_base *table)
{
    return bytes_of(table->ring, table->bits, table->window);
}

size_t qs_fixed_base_scratch(const qs_fixed_base *table)
{
    return QS_FIXED_GROUP * table->ring->width + qs_ring_scratch(table->ring);
}

void qs_fixed_base_power(const qs_fixed_base *table, mp_limb_t *const *results, const mp_limb_t *const *exponents,
                         size_t count, mp_limb_t *scratch)
{
    const qs_ring *ring = table->ring;
    size_t limbs = (table->bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
    mp_limb_t *entries[QS_FIXED_GROUP];
    mp_limb_t digits[QS_FIXED_GROUP];
    mp_limb_t *rest = scratch + QS_FIXED_GROUP * ring->width;

    for (size_t j = 0; j < count; j++)
        entries[j] = scratch + j * ring->width;
    for (size_t k = 0; k < table->windows; k++) {
        for (size_t j = 0; j < count; j++)
            digits[j] = qs_digit_at(exponents[j], limbs, k * table->window, table->window);
        qs_table_select(k == 0 ? results : entries, table->tables + k * table->table_limbs,
                        (size_t)1 << table->window, ring->width, digits, count);
        for (size_t j = 0; k > 0 && j < count; j++)
            qs_ring_mul(ring, results[j], results[j], entries[j], rest);
    }
    sodium_memzero(digits, sizeof digits);
}
