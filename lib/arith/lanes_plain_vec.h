/* SPDX-License-Identifier: Apache-2.0 */
/* The vector of lanes_kernel.h in plain C, lane by lane, all but its products. The including file defines PART, BITS. */
#include <string.h>

#include "lib/arith/mask.h"

typedef struct vec {
    mp_limb_t lane[PART];
} vec;

#define LANE_FN
#define LANE_INLINE
#define UNROLL
#define EACH for (size_t j = 0; j < PART; j++)

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

        a.lane[j] = a.lane[j] >> BITS | sign << (64 - BITS);
    }
    return a;
}

static inline void turn(vec rows[PART])
{
    for (size_t i = 0; i < PART; i++)
        for (size_t j = 0; j < i; j++) {
            mp_limb_t word = rows[i].lane[j];

            rows[i].lane[j] = rows[j].lane[i];
            rows[j].lane[i] = word;
        }
}

static inline vec words(const mp_limb_t *from, size_t count)
{
    vec r = zero();

    memcpy(&r, from, (count < PART ? count : PART) * sizeof *from);
    return r;
}

static inline void put(mp_limb_t *to, size_t count, vec a)
{
    memcpy(to, &a, (count < PART ? count : PART) * sizeof *to);
}

static inline vec wire_words(const uint8_t *in, size_t len, size_t from)
{
    vec r = zero();

    EACH for (size_t byte = 8 * (from + j); byte < 8 * (from + j + 1) && byte < len; byte++) r.lane[j] |=
        (mp_limb_t)in[len - 1 - byte] << byte % 8 * 8;
    return r;
}
