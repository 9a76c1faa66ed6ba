/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of single residues with limbs of 26 bits: words of 32 bits, a limb's words of all entries side by side. */

static void lane_lay(mp_limb_t *table, size_t rows, unsigned teeth, size_t entry, const mp_limb_t *limbs)
{
    uint32_t *word = (uint32_t *)(void *)table;

    for (size_t i = 0; i < rows; i++)
        word[(i << teeth) + entry] = (uint32_t)limbs[i];
}
