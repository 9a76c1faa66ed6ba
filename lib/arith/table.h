/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of residues read at secret places: every entry is read and masked, for several digits in one pass, so
 * that the memory traffic is shared. Entries lie column by column (a column is a cache line wide), so that a
 * pass reads straight on.
 */
#ifndef QS_TABLE_H
#define QS_TABLE_H

#include <gmp.h>
#include <stddef.h>

/* Limbs that a table of `entries` elements of `width` limbs takes. */
size_t qs_table_limbs(size_t entries, size_t width);

/* Entry `index` (public) of the table = x. The limbs that pad the last column must be zero from the start. */
void qs_table_store(mp_limb_t *table, size_t entries, size_t width, size_t index, const mp_limb_t *x);

/* results[j] = entry digits[j] for j < count, by reading the whole table. */
void qs_table_select(mp_limb_t *const *results, const mp_limb_t *table, size_t entries, size_t width,
                     const mp_limb_t *digits, size_t count);

/* `length` bits (below GMP_LIMB_BITS) of the `limbs`-limb integer e from bit `from` on; bits above the end read
 * as zero. Constant time in e. */
mp_limb_t qs_digit_at(const mp_limb_t *e, size_t limbs, size_t from, unsigned length);

#endif
