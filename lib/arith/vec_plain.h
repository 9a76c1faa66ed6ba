/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vectors of eight 64-bit words in plain C, lane by lane, for lanes_kernel.h and across_kernel.h, which say what each
 * of these does. For processors, tools and sanitizers without the vector instructions: to test against, not to be fast.
 */
#ifndef QS_VEC_PLAIN_H
#define QS_VEC_PLAIN_H

#include <gmp.h>
#include <stddef.h>

#include "lib/arith/lanes_body.h"
#include "lib/arith/mask.h"

#define PART 8  /* words of a vector */
#define BITS 52 /* of a limb */
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

/* ---- along the lanes ---- */

static inline vec lowered(vec low, vec high)
{
    for (size_t j = 0; j + 1 < QS_LANES; j++)
        low.lane[j] = low.lane[j + 1];
    low.lane[QS_LANES - 1] = high.lane[0];
    return low;
}

static inline vec raised(vec low, vec high)
{
    for (size_t j = QS_LANES - 1; j > 0; j--)
        high.lane[j] = high.lane[j - 1];
    high.lane[0] = low.lane[QS_LANES - 1];
    return high;
}

static inline vec spread(vec a)
{
    return all(a.lane[0]);
}

static inline vec first(vec a)
{
    vec r = zero();

    r.lane[0] = a.lane[0];
    return r;
}

static inline vec sub_first(vec a, vec b)
{
    a.lane[0] -= b.lane[0];
    return a;
}

static inline vec add_bits(vec a, mp_limb_t bits)
{
    EACH a.lane[j] += bits >> j & 1;
    return a;
}

/* Words below 2^63, as all here are. */
static inline mp_limb_t above(vec a, vec b)
{
    mp_limb_t bits = 0;

    EACH bits |= (b.lane[j] - a.lane[j]) >> 63 << j;
    return bits;
}

static inline mp_limb_t same(vec a, vec b)
{
    mp_limb_t bits = 0;

    EACH bits |= qs_is_zero(a.lane[j] ^ b.lane[j]) << j;
    return bits;
}

#endif
