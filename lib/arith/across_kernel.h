/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The single-number kernel, written once over a vector of eight 64-bit words. Beside what lanes_kernel.h asks for, the
 * including file defines
 *
 *     lowered(low,high)   lanes 1..7 of low, then lane 0 of high   raised(low,high)   lane 7 of low, then 0..6 of high
 *     spread(a)           a's lane 0 in every lane                   first(a)           a's lane 0, zero elsewhere
 *     sub_first(a,b)      a - b in lane 0, a elsewhere               add_bits(a,bits)   a + bit j of bits in lane j
 *     above(a,b) same(a,b)    bit j: lane j of a is above, is equal to lane j of b (words below 2^63)
 *
 * Montgomery's product row by row: for limb i of y the sums take x y_i + q n and go down one limb, which is one lane.
 * The only thing that waits for the row before is the lowest column, from which q comes: so the sums W_i held here are
 * the columns from i on PLUS the low halves of x y_i. From one row to the next they become
 *
 *     W_(i+1) = W_i one lane down + high(x y_i) + low(x y_(i+1)) + low(q n one lane down) + high(q n) + the carry
 *
 * in which all products with x are ready beforehand, and n one place down (`lower`) needs no lane to move after q is
 * known. On the way from one q to the next lie three instructions: q = low(W inverse), its spreading, low(q lower).
 *
 * Digits as in lanes_kernel.h: digit i sums T_i = sum_{j<=i} x_j y_(i-j) - q_(i-1), all digits' rows side by side,
 * q_(i-1) a limb at a time as it comes up. Squares take each mixed product once, one factor doubled by a shift.
 *
 * Bounds. 16 n <= R and digits in [0, 2n) give digits in [0, 2n): the derivation is in lanes_kernel.h and does not
 * depend on the order of the sums. A column meets at most 8 vectors_max = 80 rows, each adding at most 8 halves (three
 * digits: three products and q n, two halves each), so it stays below 80 * 8 * 2^52 < 2^62. Only the lowest column of a
 * digit i > 0 can be negative, by q_(i-1) and what that left in the row before: with the carry v >= -1 into it,
 *
 *     ceil((v - (2^52 - 1)) / 2^52) >= -1
 *
 * which starts with v = 0 and so holds in every row: carries are arithmetic shifts. At the end column 0 is at least -1.
 */
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "lib/arith/across_body.h"
#include "lib/arith/mask.h"
#include "lib/base/invariant.h"

#define D QS_ACROSS_DIGITS_MAX
#define V QS_ACROSS_VECTORS_MAX
#define MASK (((mp_limb_t)1 << QS_ACROSS_BITS) - 1)
#define INLINE static LANE_INLINE LANE_FN

/* Limb i of y's digits in every lane, and limb i of twice the digit. */
typedef struct row {
    vec plain[D];
    vec twice[D];
} row;

/* Zero past the last limb. What a shift by one bit brings in from the limb below is public by its place. */
INLINE row row_at(const mp_limb_t *y, size_t i, unsigned digits, size_t vectors)
{
    size_t limbs = vectors * QS_LANES;
    row at;

    UNROLL for (unsigned j = 0; j < digits; j++) {
        const mp_limb_t *digit = y + j * limbs;
        mp_limb_t limb = i < limbs ? digit[i] : 0;
        mp_limb_t below = i > 0 ? digit[i - 1] : 0;

        at.plain[j] = all(limb);
        at.twice[j] = all((limb << 1 | below >> (QS_ACROSS_BITS - 1)) & MASK);
    }
    return at;
}

/* What x_j meets in digit d of a product: y_(d-j); of a square: twice that or nothing off the middle. */
#define MEETS(d, j, square) (!(square) || 2 * (j) <= (d))
#define FACTOR(at, d, j, square) ((square) && 2 * (j) < (d) ? (at)->twice[(d) - (j)] : (at)->plain[(d) - (j)])

/* sum + the low (high) halves of vector k of digit d's products */
INLINE vec low_halves(vec sum, const vec *x, const row *at, unsigned d, size_t k, size_t vectors, int square)
{
    UNROLL for (unsigned j = 0; j <= d; j++) if (MEETS(d, j, square)) sum =
        lo(sum, x[j * vectors + k], FACTOR(at, d, j, square));
    return sum;
}

INLINE vec high_halves(vec sum, const vec *x, const row *at, unsigned d, size_t k, size_t vectors, int square)
{
    UNROLL for (unsigned j = 0; j <= d; j++) if (MEETS(d, j, square)) sum =
        hi(sum, x[j * vectors + k], FACTOR(at, d, j, square));
    return sum;
}

/* ---- carries ---- */

/* bits + generate, with carries that go through a one of propagate: in which lanes a carry arrives. Lanes of more than
 * one word of 64 bits go on from `in`, the carry out of the word before. */
INLINE mp_limb_t carries_into(mp_limb_t generate, mp_limb_t propagate, mp_limb_t *in)
{
    mp_limb_t arriving = generate << 1 | *in;
    mp_limb_t sum = arriving + propagate;

    *in = generate >> 63 | (mp_limb_t)(sum < arriving);
    return sum ^ propagate;
}

/* Columns in [0, 2^63) into limbs, modulo R. After one round of carries, below 2^11, limbs are below 2^52 + 2^11: a
 * limb above the mask sends one more on and then is too small to do it again, one equal to it sends on what it gets. */
INLINE void normalise(vec *x, size_t vectors)
{
    vec mask = all(MASK);
    vec lower = zero();
    mp_limb_t generate[2] = {0, 0};
    mp_limb_t propagate[2] = {0, 0};
    mp_limb_t into[2];
    mp_limb_t carried = 0;

    UNROLL for (size_t k = 0; k < vectors; k++) {
        vec over = carry(x[k]);

        x[k] = add(and(x[k], mask), raised(lower, over));
        lower = over;
        generate[k / 8] |= above(x[k], mask) << 8 * (k % 8);
        propagate[k / 8] |= same(x[k], mask) << 8 * (k % 8);
    }
    into[0] = carries_into(generate[0], propagate[0], &carried);
    into[1] = carries_into(generate[1], propagate[1], &carried);
    UNROLL for (size_t k = 0; k < vectors; k++) x[k] = and(add_bits(x[k], into[k / 8] >> 8 * (k % 8)), mask);
}

/* What a digit d > 0 has in its columns may owe one in the lowest. Plus R, which normalise() drops again. */
INLINE void settle(vec *x, size_t vectors)
{
    UNROLL for (size_t k = 0; k < vectors; k++) x[k] = add(x[k], all(MASK));
    x[0] = add_bits(x[0], 1);
}

/* Below 2 n, limbs canonical. Only for the test build's invariants: it branches. */
#ifdef QS_TEST_BUILD
static int digit_is_bounded(const qs_across_modulus *m, const mp_limb_t *x)
{
    int64_t borrow = 0;

    for (size_t i = 0; i < m->vectors * QS_LANES; i++) {
        if (x[i] > MASK)
            return 0;
        borrow = ((int64_t)x[i] - 2 * (int64_t)m->n[i] + borrow) >> QS_ACROSS_BITS;
    }
    return borrow < 0;
}
#endif

/* ---- products ---- */

/* x y / R, or x^2 / R where square says so (then y is x). Where digits and vectors are constants, all sums are in
 * registers. y is read a limb at a time, so the result stays apart until the end. */
INLINE void across_product(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *from_x, const mp_limb_t *y,
                           unsigned digits, size_t vectors, int square)
{
    const vec *x = (const vec *)(const void *)from_x;
    const vec *n = (const vec *)(const void *)m->n;
    const vec *lower = (const vec *)(const void *)m->lower;
    vec *out = (vec *)(void *)r;
    vec sum[D][V];
    vec q[D], over[D];
    row now = row_at(y, 0, digits, vectors);

    UNROLL for (size_t k = 0; k < vectors; k++)
        UNROLL for (unsigned d = 0; d < digits; d++) sum[d][k] = low_halves(zero(), x, &now, d, k, vectors, square);
    for (size_t i = 1; i <= vectors * QS_LANES; i++) {
        row next = row_at(y, i, digits, vectors);

        UNROLL for (unsigned d = 0; d < digits; d++) {
            if (d > 0)
                sum[d][0] = sub_first(sum[d][0], q[d - 1]);
            q[d] = spread(lo(zero(), sum[d][0], all(m->inverse)));
            /* the column and the low half of q n[0] are together a multiple of 2^52: its carry without that half */
            over[d] = first(carry(add(sum[d][0], all(MASK))));
        }
        UNROLL for (size_t k = 0; k < vectors; k++) UNROLL for (unsigned d = 0; d < digits; d++) {
            vec down = lowered(sum[d][k], k + 1 < vectors ? sum[d][k + 1] : zero());
            vec ready = high_halves(zero(), x, &now, d, k, vectors, square);

            ready = low_halves(ready, x, &next, d, k, vectors, square);
            ready = lo(add(ready, down), lower[k], q[d]);
            /* the lowest column is waited for: there the carry comes late and the halves of q n side by side */
            sum[d][k] = k == 0 ? add(ready, hi(over[d], n[k], q[d])) : hi(ready, n[k], q[d]);
        }
        now = next;
    }
    UNROLL for (unsigned d = 0; d < digits; d++) {
        if (d > 0)
            settle(sum[d], vectors);
        normalise(sum[d], vectors);
        UNROLL for (size_t k = 0; k < vectors; k++) out[d * vectors + k] = sum[d][k];
        QS_INVARIANT(digit_is_bounded(m, r + d * vectors * QS_LANES));
    }
}

/* ---- tables ---- */

#define TOGETHER 5 /* vectors of the result that stay in registers during a pass */

INLINE void select_rows(vec *out, const vec *table, size_t rows, size_t entries, mp_limb_t index, size_t count)
{
    vec found[TOGETHER];

    UNROLL for (size_t t = 0; t < count; t++) found[t] = zero();
    for (mp_limb_t k = 0; k < entries; k++, table += rows) {
        vec mask = all(qs_mask(qs_is_zero(k ^ index)));

        UNROLL for (size_t t = 0; t < count; t++) found[t] = or(found[t], and(table[t], mask));
    }
    UNROLL for (size_t t = 0; t < count; t++) out[t] = found[t];
}

LANE_FN static void across_select(mp_limb_t *r, const mp_limb_t *table, size_t rows, size_t entries, mp_limb_t index)
{
    const vec *from = (const vec *)(const void *)table;
    vec *out = (vec *)(void *)r;
    size_t c = 0;

    for (; c + TOGETHER <= rows; c += TOGETHER)
        select_rows(out + c, from + c, rows, entries, index, TOGETHER);
    for (; c < rows; c++)
        select_rows(out + c, from + c, rows, entries, index, 1);
}
