/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The masked pass over a table. The compiler's vector extensions say it; where it can, it makes a second copy
 * for AVX2 and the loader picks. A compiler without vectors gets the same loops on single limbs.
 */
#include "lib/arith/table.h"

#include <sodium.h>
#include <string.h>

#include "lib/arith/mask.h"

/* The loader's choice is made before the thread sanitizer is up, which then crashes. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_CLONES
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define NO_CLONES
#endif

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__has_attribute) && !defined(NO_CLONES)
#if __has_attribute(target_clones)
#define CLONES __attribute__((target_clones("avx2", "default")))
#endif
#endif
#ifndef CLONES
#define CLONES
#endif

#ifdef __GNUC__
#define LANES 4
typedef mp_limb_t lanes __attribute__((vector_size(LANES * sizeof(mp_limb_t)), aligned(sizeof(mp_limb_t)), may_alias));
#define SAME(x, y) ((lanes)((x) == (y))) /* all ones in the lanes that agree */
#define BROADCAST(x) ((lanes){(x), (x), (x), (x)})
#else
#define LANES 1
typedef mp_limb_t lanes;
#define SAME(x, y) qs_mask(qs_is_zero((x) ^ (y)))
#define BROADCAST(x) (x)
#endif

#define COLUMN (2 * LANES) /* limbs: two vectors */
#define TOGETHER 4         /* digits in one pass: their sums fill half the vector registers */
#define GROUP 8            /* digits for each of which a column is read before the next */

static size_t columns_of(size_t width)
{
    return (width + COLUMN - 1) / COLUMN;
}

size_t qs_table_limbs(size_t entries, size_t width)
{
    return entries * columns_of(width) * COLUMN;
}

static size_t column_width(size_t width, size_t column)
{
    size_t left = width - column * COLUMN;

    return left < COLUMN ? left : COLUMN;
}

void qs_table_store(mp_limb_t *table, size_t entries, size_t width, size_t index, const mp_limb_t *x)
{
    for (size_t c = 0; c < columns_of(width); c++)
        memcpy(table + (c * entries + index) * COLUMN, x + c * COLUMN, column_width(width, c) * sizeof *x);
}

/* sums[0..1] = the entry of one column for one digit */
CLONES static void select_one(mp_limb_t *sums, const mp_limb_t *column, size_t entries, const mp_limb_t *digits)
{
    const lanes *row = (const lanes *)(const void *)column;
    lanes *out = (lanes *)(void *)sums;
    lanes digit = BROADCAST(digits[0]);
    lanes index = BROADCAST((mp_limb_t)0);
    lanes low = index;
    lanes high = index;

    for (size_t k = 0; k < entries; k++, row += 2, index += 1) {
        lanes mask = SAME(digit, index);

        low |= row[0] & mask;
        high |= row[1] & mask;
    }
    out[0] = low, out[1] = high;
}

/* The same for four digits, written out so that the sums stay in registers. */
CLONES static void select_four(mp_limb_t *sums, const mp_limb_t *column, size_t entries, const mp_limb_t *digits)
{
    const lanes *row = (const lanes *)(const void *)column;
    lanes *out = (lanes *)(void *)sums;
    lanes digit[TOGETHER] = {BROADCAST(digits[0]), BROADCAST(digits[1]), BROADCAST(digits[2]), BROADCAST(digits[3])};
    lanes index = BROADCAST((mp_limb_t)0);
    lanes low0 = index, low1 = index, low2 = index, low3 = index;
    lanes high0 = index, high1 = index, high2 = index, high3 = index;

    for (size_t k = 0; k < entries; k++, row += 2, index += 1) {
        lanes low = row[0];
        lanes high = row[1];
        lanes mask0 = SAME(digit[0], index), mask1 = SAME(digit[1], index);
        lanes mask2 = SAME(digit[2], index), mask3 = SAME(digit[3], index);

        low0 |= low & mask0, high0 |= high & mask0;
        low1 |= low & mask1, high1 |= high & mask1;
        low2 |= low & mask2, high2 |= high & mask2;
        low3 |= low & mask3, high3 |= high & mask3;
    }
    out[0] = low0, out[1] = high0, out[2] = low1, out[3] = high1;
    out[4] = low2, out[5] = high2, out[6] = low3, out[7] = high3;
}

/* One column for all digits: a column stays in the nearest cache meanwhile. Slots beyond `count` in the last
 * group of digits read as digit 0 and are dropped. */
static void select_column(mp_limb_t *sums, const mp_limb_t *column, size_t entries, const mp_limb_t *wanted,
                          size_t count)
{
    for (size_t j = 0; j < count; j += TOGETHER)
        if (count - j == 1)
            select_one(sums + j * COLUMN, column, entries, wanted + j);
        else
            select_four(sums + j * COLUMN, column, entries, wanted + j);
}

static void select_group(mp_limb_t *const *results, const mp_limb_t *table, size_t entries, size_t width,
                         const mp_limb_t *digits, size_t count)
{
    mp_limb_t wanted[GROUP] = {0};
    mp_limb_t sums[GROUP * COLUMN];

    memcpy(wanted, digits, count * sizeof *digits);
    for (size_t c = 0; c < columns_of(width); c++) {
        select_column(sums, table + c * entries * COLUMN, entries, wanted, count);
        for (size_t j = 0; j < count; j++)
            memcpy(results[j] + c * COLUMN, sums + j * COLUMN, column_width(width, c) * sizeof(mp_limb_t));
    }
    sodium_memzero(wanted, sizeof wanted);
    sodium_memzero(sums, sizeof sums);
}

void qs_table_select(mp_limb_t *const *results, const mp_limb_t *table, size_t entries, size_t width,
                     const mp_limb_t *digits, size_t count)
{
    for (size_t j = 0; j < count; j += GROUP)
        select_group(results + j, table, entries, width, digits + j, count - j < GROUP ? count - j : GROUP);
}

mp_limb_t qs_digit_at(const mp_limb_t *e, size_t limbs, size_t from, unsigned length)
{
    size_t limb = from / GMP_LIMB_BITS;
    unsigned shift = from % GMP_LIMB_BITS;
    mp_limb_t low = limb < limbs ? e[limb] >> shift : 0;
    mp_limb_t high = shift > 0 && limb + 1 < limbs ? e[limb + 1] << (GMP_LIMB_BITS - shift) : 0;

    return (low | high) & (((mp_limb_t)1 << length) - 1);
}
