/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight-lane kernel in plain C with limbs of 52 bits: the same kernel as on AVX-512 IFMA, for processors, tools and
 * sanitizers that do not know that. It is there to be tested against, not to be fast.
 */
#include "lib/arith/lanes_body.h"

#ifdef QS_LANE_PLAIN

#define BITS 52
#define PART 8
#define HALF 26
#define HALF_MASK (((mp_limb_t)1 << HALF) - 1)
#define LIMB_MASK (((mp_limb_t)1 << BITS) - 1)

#include "lib/arith/lanes_plain_vec.h"

/* With halves a1 2^26 + a0 and b1 2^26 + b0: the low 52 bits, their carry, and the rest. No step exceeds 2^54. */
static inline mp_limb_t halves(mp_limb_t a, mp_limb_t b, mp_limb_t *high)
{
    mp_limb_t a0 = a & HALF_MASK, a1 = a >> HALF & HALF_MASK;
    mp_limb_t b0 = b & HALF_MASK, b1 = b >> HALF & HALF_MASK;
    mp_limb_t middle = a1 * b0 + a0 * b1;
    mp_limb_t low = a0 * b0 + ((middle & HALF_MASK) << HALF);

    *high = a1 * b1 + (middle >> HALF) + (low >> 52);
    return low & LIMB_MASK;
}

static inline vec lo(vec c, vec a, vec b)
{
    mp_limb_t high;

    EACH c.lane[j] += halves(a.lane[j], b.lane[j], &high);
    return c;
}

static inline vec hi(vec c, vec a, vec b)
{
    EACH {
        mp_limb_t high;

        (void)halves(a.lane[j], b.lane[j], &high);
        c.lane[j] += high;
    }
    return c;
}

static inline vec lookup(vec low, vec index, vec high)
{
    vec found = zero();

    for (mp_limb_t k = 0; k < QS_LANES; k++)
        EACH {
            mp_limb_t wanted = index.lane[j] & (2 * QS_LANES - 1);

            found.lane[j] |= low.lane[k] & qs_mask(qs_is_zero(wanted ^ k));
            found.lane[j] |= high.lane[k] & qs_mask(qs_is_zero(wanted ^ (k + QS_LANES)));
        }
    return found;
}

#include "lib/arith/lanes_kernel.h"
#include "lib/arith/lanes_lookup.h"

const qs_lane_body qs_lane_plain = {"plain",   BITS,      lane_mul,   lane_sqr, lane_load,   lane_store,
                                    lane_take, lane_join, lane_split, lane_lay, lane_select, lane_pick};

#else

typedef int qs_no_lane_plain; /* a file must declare something */

#endif
