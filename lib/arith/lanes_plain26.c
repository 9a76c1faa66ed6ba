/* SPDX-License-Identifier: Apache-2.0 */
/* The eight-lane kernel in plain C with limbs of 26 bits, in two parts of four lanes: AVX2's, for everywhere else. */
#include "lib/arith/lanes_body.h"

#ifdef QS_LANE_PLAIN

#define BITS 26
#define PART 4

#include "lib/arith/lanes_plain_vec.h"

static inline vec lo(vec c, vec a, vec b)
{
    EACH c.lane[j] += (a.lane[j] & 0xffffffffu) * (b.lane[j] & 0xffffffffu);
    return c;
}

static inline vec hi(vec c, vec a, vec b)
{
    (void)a;
    (void)b;
    return c;
}

#include "lib/arith/lanes_kernel.h"
#include "lib/arith/lanes_lay26.h"

static void pick_group(mp_limb_t *r, const mp_limb_t *table, size_t rows, unsigned teeth, const mp_limb_t *digits)
{
    const uint32_t *word = (const uint32_t *)(const void *)table;

    for (size_t i = 0; i < rows; i++, word += (size_t)1 << teeth)
        for (size_t j = 0; j < QS_LANES; j++) {
            mp_limb_t found = 0;

            for (mp_limb_t k = 0; k < (mp_limb_t)1 << teeth; k++)
                found |= word[k] & qs_mask(qs_is_zero(k ^ digits[j]));
            r[(j / PART * rows + i) * PART + j % PART] = found;
        }
}

static void lane_pick(mp_limb_t *r, const mp_limb_t *table, size_t rows, unsigned teeth, const mp_limb_t *digits,
                      size_t groups)
{
    for (size_t g = 0; g < groups; g++)
        pick_group(r + g * rows * QS_LANES, table, rows, teeth, digits + g * QS_LANES);
}

const qs_lane_body qs_lane_plain26 = {"plain26", BITS, PART, lane_mul, lane_scale, lane_sqr, lane_load,
                                      lane_store, lane_take, lane_join, lane_split, lane_lay, lane_select, lane_pick};

#else

typedef int qs_no_lane_plain26; /* a file must declare something */

#endif
