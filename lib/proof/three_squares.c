/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for three squares, in 128-bit arithmetic without branches. What outlives a function lies in one guarded
 * block. A p that is not prime does no harm: t^2 = -1 modulo p is all that Euclid's algorithm needs.
 */
#include "lib/proof/three_squares.h"

#include <string.h>

#include "lib/arith/mask.h"
#include "lib/base/invariant.h"
#include "lib/base/random.h"
#include "lib/base/secret.h"

#define TRIES_A_BIT 16
#define STEPS 96 /* of Euclid from below 2^126 to below its root: two of them at least halve, 1.44 * 63 + 2 */

typedef struct search {
    qs_wide n;
    uint64_t root; /* of n, rounded down */
    uint64_t found; /* all ones once there is something in the rest */
    uint64_t y1;
    qs_wide p;
    qs_wide t;
    uint64_t random[TRIES_A_BIT * QS_THREE_SQUARES_BITS][3];
} search;

/* ---- choices ---- */

static uint64_t mask_of(int bit)
{
    return (uint64_t)qs_mask((mp_limb_t)bit);
}

static qs_wide spread(uint64_t mask)
{
    return (qs_wide)mask << 64 | mask;
}

static qs_wide choose(uint64_t mask, qs_wide yes, qs_wide no)
{
    return no ^ (spread(mask) & (yes ^ no));
}

static uint64_t choose64(uint64_t mask, uint64_t yes, uint64_t no)
{
    return no ^ (mask & (yes ^ no));
}

/* All ones if x < y: the borrow of x - y. Both below 2^127. */
static uint64_t below(qs_wide x, qs_wide y)
{
    return mask_of((int)((x - y) >> 127));
}

static uint64_t same(qs_wide x, qs_wide y)
{
    qs_wide difference = x ^ y;

    return mask_of((int)qs_is_zero((mp_limb_t)(difference >> 64) | (mp_limb_t)difference));
}

static uint64_t square_root(qs_wide n) /* rounded down; n < 2^126 */
{
    uint64_t root = 0;

    for (unsigned bit = QS_THREE_SQUARES_BITS / 2; bit-- > 0;) {
        uint64_t more = root | (uint64_t)1 << bit;

        root = choose64(~below(n, (qs_wide)more * more), more, root);
    }
    return root;
}

/* a mod b bit by bit; a itself for b = 0. */
static qs_wide remainder_of(qs_wide a, qs_wide b)
{
    qs_wide rest = 0;

    for (unsigned bit = QS_THREE_SQUARES_BITS; bit-- > 0;) {
        rest = rest << 1 | (a >> bit & 1);
        rest -= b & spread(~below(rest, b));
    }
    return rest;
}

/* ---- modulo p, an odd number below 2^126; R = 2^128 ---- */

static uint64_t negative_inverse(uint64_t p) /* -1/p mod 2^64: three bits are right at the start */
{
    uint64_t inverse = p;

    for (int i = 0; i < 5; i++)
        inverse *= 2 - p * inverse;
    return 0 - inverse;
}

static qs_wide reduce_once(qs_wide x, qs_wide p)
{
    return x - (p & spread(~below(x, p)));
}

/* a b / R; one of the two may be any number of 128 bits. */
static qs_wide multiply(qs_wide a, qs_wide b, qs_wide p, uint64_t inverse)
{
    uint64_t digits[2] = {(uint64_t)a, (uint64_t)(a >> 64)};
    uint64_t low = 0;
    uint64_t high = 0;

    for (int i = 0; i < 2; i++) {
        qs_wide sum = (qs_wide)digits[i] * (uint64_t)b + low;
        qs_wide upper = (qs_wide)digits[i] * (uint64_t)(b >> 64) + high + (uint64_t)(sum >> 64);
        uint64_t quotient = (uint64_t)sum * inverse;

        sum = (qs_wide)quotient * (uint64_t)p + (uint64_t)sum;
        sum = (qs_wide)quotient * (uint64_t)(p >> 64) + (uint64_t)upper + (uint64_t)(sum >> 64);
        low = (uint64_t)sum;
        high = (uint64_t)(upper >> 64) + (uint64_t)(sum >> 64);
    }
    return reduce_once((qs_wide)high << 64 | low, p);
}

/* R mod p, by doublings */
static qs_wide one_modulo(qs_wide p)
{
    qs_wide one = reduce_once(1, p);

    for (int i = 0; i < 128; i++)
        one = reduce_once(one << 1, p);
    return one;
}

/* base^(p/4), `bits` of p */
static qs_wide power(qs_wide base, qs_wide one, qs_wide p, uint64_t inverse, unsigned bits)
{
    qs_wide r = one;

    for (unsigned bit = bits; bit-- > 2;) {
        r = multiply(r, r, p, inverse);
        r = choose(mask_of((int)(p >> bit & 1)), multiply(r, base, p, inverse), r);
    }
    return r;
}

/* ---- the search ---- */

/* Half of y1 at random; for a chosen candidate one less where p would not be 5 modulo 8, if there is one less: n is 1
 * or 5, and (2 k)^2 is 0 or 4 as k is even or odd. */
static uint64_t draw_half(const search *self, uint64_t random, uint64_t chosen)
{
    uint64_t half = (uint64_t)((qs_wide)random * (self->root / 2 + 1) >> 64);
    uint64_t wrong = (half ^ ~((uint64_t)self->n >> 2)) & 1;

    return half - (wrong & chosen & (uint64_t)(1 ^ qs_is_zero((mp_limb_t)half | (mp_limb_t)(half >> 32))));
}

/* One candidate. Of a prime p that is 5 modulo 8, 2 is no square, so a = 2 gives t; of any other half of all a do.
 * Every other candidate is chosen (1, else 0): these are better, but some n have nothing among them. */
static void attempt(search *self, const uint64_t random[3], unsigned bits, uint64_t chosen)
{
    uint64_t y1 = 2 * draw_half(self, random[0], chosen);
    qs_wide p = self->n - (qs_wide)y1 * y1;
    uint64_t inverse = negative_inverse((uint64_t)p);
    qs_wide one = one_modulo(p);
    qs_wide any = (qs_wide)random[1] << 64 | random[2];
    qs_wide a = choose(mask_of((int)(p >> 2 & 1)), reduce_once(one << 1, p), multiply(any, one, p, inverse));
    qs_wide t = power(a, one, p, inverse, bits);
    uint64_t good = same(multiply(t, t, p, inverse) + one, p) | same(p, 1);
    uint64_t take = good & ~self->found;

    self->y1 = choose64(take, y1, self->y1);
    self->p = choose(take, p, self->p);
    self->t = choose(take, multiply(t, 1, p, inverse), self->t);
    self->found |= good;
}

/* The first remainder not above the root of p, and the next one. For p = 1 these are 0 and 1. */
static void two_squares(uint64_t y[2], qs_wide p, qs_wide t)
{
    uint64_t root = square_root(p);
    qs_wide a = p;
    qs_wide b = t;

    for (int i = 0; i < STEPS; i++) {
        uint64_t go = below(root, b);
        qs_wide rest = remainder_of(a, b);

        a = choose(go, b, a);
        b = choose(go, rest, b);
    }
    y[0] = (uint64_t)b;
    y[1] = (uint64_t)remainder_of(a, b);
}

quorsum_status qs_three_squares(uint64_t y[3], qs_wide n, unsigned bits)
{
    search *self = qs_secret_block(sizeof *self);
    uint64_t is_square, is_85;

    if (self == NULL)
        return QUORSUM_ERR_MEMORY;
    self->n = n;
    self->root = square_root(n);
    is_square = same((qs_wide)self->root * self->root, n);
    is_85 = same(n, 85);
    self->p = 1;
    do {
        qs_random_bytes(self->random, sizeof self->random);
        for (size_t i = 0; i < (size_t)TRIES_A_BIT * bits; i++)
            attempt(self, self->random[i], bits, i & 1);
    } while (!qs_reveal((is_square | is_85 | self->found) & 1));
    two_squares(y + 1, self->p, self->t);
    y[0] = choose64(is_square, self->root, choose64(is_85, 9, self->y1));
    y[1] = choose64(is_square, 0, choose64(is_85, 2, y[1]));
    y[2] = choose64(is_square | is_85, 0, y[2]);
    QS_INVARIANT((qs_wide)y[0] * y[0] + (qs_wide)y[1] * y[1] + (qs_wide)y[2] * y[2] == n);
    qs_secret_release(self);
    return QUORSUM_OK;
}
