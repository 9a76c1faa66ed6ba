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

LANE_FN static void lane_pick(mp_limb_t *r, const mp_limb_t *table, size_t rows, unsigned teeth,
                              const mp_limb_t *digits)
{
    const vec *word = (const vec *)(const void *)table;
    vec *out = (vec *)(void *)r;
    size_t pairs = (size_t)1 << (teeth - 4);
    vec here[(size_t)1 << (QS_LANE_TEETH_MAX - 4)]; /* the lanes whose digit lies in this pair of vectors */
    vec wanted;

    memcpy(&wanted, digits, sizeof wanted);
    for (size_t k = 0; k < pairs; k++) {
        here[k] = all(~(mp_limb_t)0);
        for (unsigned bit = 4; bit < teeth; bit++)
            here[k] = and(here[k], xor(bit_mask(wanted, bit), all((mp_limb_t)(k >> (bit - 4) & 1) - 1)));
    }
    for (size_t i = 0; i < rows; i++) {
        vec found = zero();

        for (size_t k = 0; k < pairs; k++, word += 2)
            found = or(found, and(lookup(word[0], wanted, word[1]), here[k]));
        out[i] = found;
    }
    sodium_memzero(here, pairs * sizeof *here);
    sodium_memzero(&wanted, sizeof wanted);
}
