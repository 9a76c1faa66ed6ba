/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of single residues for vectors of eight words that have lookup(low, index, high): by the low four bits of each
 * lane of index, one of low's eight words, then of high's. A limb's words of all entries stand side by side.
 */

LANE_FN static void lane_lay(mp_limb_t *table, size_t rows, unsigned teeth, size_t entry, const mp_limb_t *limbs)
{
    for (size_t i = 0; i < rows; i++)
        table[(i << teeth) + entry] = limbs[i];
}

/* -1 in the lanes whose digit has bit `bit`. */
static LANE_INLINE LANE_FN vec bit_mask(vec digits, unsigned bit)
{
    return sub(zero(), and(down(digits, bit), all(1)));
}

typedef struct picking { /* of one group */
    vec digits;
    vec here[(size_t)1 << (QS_LANE_TEETH_MAX - 4)]; /* the lanes whose digit lies in this pair of vectors */
} picking;

static LANE_INLINE LANE_FN void begin_picking(picking *group, unsigned teeth, const mp_limb_t *digits)
{
    memcpy(&group->digits, digits, sizeof group->digits);
    for (size_t k = 0; k < (size_t)1 << (teeth - 4); k++) {
        group->here[k] = all(~(mp_limb_t)0);
        for (unsigned bit = 4; bit < teeth; bit++)
            group->here[k] = and(group->here[k],
                                 xor(bit_mask(group->digits, bit), all((mp_limb_t)(k >> (bit - 4) & 1) - 1)));
    }
}

/* What is read of the table serves all groups. */
static LANE_INLINE LANE_FN void pick_rows(vec *out, const vec *word, size_t rows, size_t pairs, const picking *group,
                                          size_t groups)
{
    for (size_t i = 0; i < rows; i++) {
        vec found[QS_LANE_PICKS];

        UNROLL for (size_t g = 0; g < groups; g++) found[g] = zero();
        for (size_t k = 0; k < pairs; k++, word += 2)
            UNROLL for (size_t g = 0; g < groups; g++) found[g] =
                or(found[g], and(lookup(word[0], group[g].digits, word[1]), group[g].here[k]));
        UNROLL for (size_t g = 0; g < groups; g++) out[g * rows + i] = found[g];
    }
}

LANE_FN static void lane_pick(mp_limb_t *r, const mp_limb_t *table, size_t rows, unsigned teeth,
                              const mp_limb_t *digits, size_t groups)
{
    const vec *word = (const vec *)(const void *)table;
    size_t pairs = (size_t)1 << (teeth - 4);
    picking group[QS_LANE_PICKS];

    for (size_t g = 0; g < groups; g++)
        begin_picking(&group[g], teeth, digits + g * QS_LANES);
    if (groups == 1)
        pick_rows((vec *)(void *)r, word, rows, pairs, group, 1);
    else
        pick_rows((vec *)(void *)r, word, rows, pairs, group, QS_LANE_PICKS);
    sodium_memzero(group, sizeof group);
}
