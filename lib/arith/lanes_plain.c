/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight-lane kernel in plain C, lane by lane: the same kernel as on the vector instructions, for processors, tools
 * and sanitizers that do not know them. It is there to be tested against, not to be fast.
 */
#include "lib/arith/lanes_body.h"

#ifdef QS_LANE_PLAIN

#include <string.h>

#include "lib/arith/mask.h"

typedef struct vec {
    mp_limb_t lane[QS_LANES];
} vec;

#define LANE_FN
#define LANE_INLINE
#define UNROLL
#define EACH for (size_t j = 0; j < QS_LANES; j++)
#define HALF 26
#define HALF_MASK (((mp_limb_t)1 << HALF) - 1)
#define LIMB_MASK (((mp_limb_t)1 << QS_LANE_BITS) - 1)

static inline vec zero(void)
{
    return (vec){{0}};
}

static inline vec all(mp_limb_t x)
{
    vec r;

    EACH r.lane[j] = x;
    return r;
}

/* With halves a1 2^26 + a0 and b1 2^26 + b0: the low 52 bits, their carry, and the rest. No step exceeds 2^54. */
static inline mp_limb_t multiply(mp_limb_t a, mp_limb_t b, mp_limb_t *high)
{
    mp_limb_t a0 = a & HALF_MASK, a1 = a >> HALF & HALF_MASK;
    mp_limb_t b0 = b & HALF_MASK, b1 = b >> HALF & HALF_MASK;
    mp_limb_t middle = a1 * b0 + a0 * b1;
    mp_limb_t low = a0 * b0 + ((middle & HALF_MASK) << HALF);

    *high = a1 * b1 + (middle >> HALF) + (low >> QS_LANE_BITS);
    return low & LIMB_MASK;
}

static inline vec lo(vec c, vec a, vec b)
{
    mp_limb_t high;

    EACH c.lane[j] += multiply(a.lane[j], b.lane[j], &high);
    return c;
}

static inline vec hi(vec c, vec a, vec b)
{
    EACH {
        mp_limb_t high;

        (void)multiply(a.lane[j], b.lane[j], &high);
        c.lane[j] += high;
    }
    return c;
}

static inline vec add(vec a, vec b)
{
    EACH a.lane[j] += b.lane[j];
    return a;
}

static inline vec sub(vec a, vec b)
{
    EACH a.lane[j] -= b.lane[j];
    return a;
}

static inline vec and(vec a, vec b)
{
    EACH a.lane[j] &= b.lane[j];
    return a;
}

static inline vec or(vec a, vec b)
{
    EACH a.lane[j] |= b.lane[j];
    return a;
}

static inline vec xor(vec a, vec b)
{
    EACH a.lane[j] ^= b.lane[j];
    return a;
}

static inline vec up(vec a, unsigned n)
{
    EACH a.lane[j] <<= n;
    return a;
}

static inline vec down(vec a, unsigned n)
{
    EACH a.lane[j] >>= n;
    return a;
}

/* The sign goes into the bits that a logical shift leaves empty. */
static inline vec carry(vec a)
{
    EACH {
        mp_limb_t sign = (mp_limb_t)0 - (a.lane[j] >> 63);

        a.lane[j] = a.lane[j] >> QS_LANE_BITS | sign << (64 - QS_LANE_BITS);
    }
    return a;
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

static inline void turn(vec rows[QS_LANES])
{
    for (size_t i = 0; i < QS_LANES; i++)
        for (size_t j = 0; j < i; j++) {
            mp_limb_t word = rows[i].lane[j];

            rows[i].lane[j] = rows[j].lane[i];
            rows[j].lane[i] = word;
        }
}

static inline vec words(const mp_limb_t *from, size_t count)
{
    vec r = zero();

    memcpy(&r, from, (count < QS_LANES ? count : QS_LANES) * sizeof *from);
    return r;
}

static inline void put(mp_limb_t *to, size_t count, vec a)
{
    memcpy(to, &a, (count < QS_LANES ? count : QS_LANES) * sizeof *to);
}

static inline vec wire_words(const uint8_t *in, size_t len, size_t from)
{
    vec r = zero();

    EACH for (size_t byte = 8 * (from + j); byte < 8 * (from + j + 1) && byte < len; byte++) r.lane[j] |=
        (mp_limb_t)in[len - 1 - byte] << byte % 8 * 8;
    return r;
}

#include "lib/arith/lanes_kernel.h"

const qs_lane_body qs_lane_plain = {"plain",   lane_mul,  lane_sqr,   lane_load,   lane_store,
                                    lane_take, lane_join, lane_split, lane_select, lane_pick};

#else

typedef int qs_no_lane_plain; /* a file must declare something */

#endif
