/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight-lane kernel, written once over a vector of 64-bit words. The including file defines
 *
 *     vec                      the vector        LANE_FN    attributes of a function that uses it
 *     PART                     its words: 8, or 4: then a group is two parts, each with its rows of four words
 *     BITS                     of a limb: 52, or 26
 *     UNROLL                   a pragma for loops over the columns of a block, or nothing
 *     zero() all(x)            no bits; a word in every lane
 *     lo(c,a,b) hi(c,a,b)      for BITS 52: c + the low / high 52 bits of the 104-bit product of a's and b's low 52 bits
 *     lo(c,a,b)                for BITS 26: c + the whole product of a's and b's low 32 bits
 *     add sub and or xor       as on words      carry(a)  a >> BITS, arithmetic      up(a,n) down(a,n)  shifts, n < 64
 *     turn(rows)               transposes PART vectors
 *     words(from,count)        the first words of an array of count >= 1, zeros behind them      put(to,count,a)   back
 *     wire_words(in,len,from)  words [from, from + PART) of a big-endian number of len bytes, zeros behind its end
 *     lane_lay, lane_pick      tables of single residues (lanes_body.h)
 *
 * Products are scanned by blocks of ten columns: eleven sums stay in registers while every row that meets these columns
 * passes, low halves on one column, high halves on the next; products of 26-bit limbs stay whole, in one column. Carries
 * are taken once a column.
 *
 * With digits x0, x1, x2 (x = x0 + x1 n + x2 n^2), R = 2^(BITS columns) and q(-1) = 0, digit i of a product is
 *
 *     r_i = (T_i + q_i n) / R     T_i = sum_{j<=i} x_j y_(i-j) - q_(i-1)     q_i = -T_i / n mod R
 *
 * since T_i = r_i R - q_i n exactly: what one reduction added, the next digit owes. For two digits that is 5/8 of the
 * work of a plain product of that size, for three 1/2; squares take each mixed product once.
 *
 * Bounds. Let 16 n <= R and all digits be in [0, 2n). Then, for i <= 2,
 *
 *     r_i < ((i + 1) 4 n^2 + R n) / R <= n + (i + 1) n/4 < 2 n     and     r_i > -q_(i-1) / R > -1, so r_i >= 0:
 *
 * nothing is ever conditionally subtracted between products. A column sums at most 2 * 80 halves, or 160 whole products,
 * below 2^52 for each of up to three digit products (Karatsuba: twice that, four times those of half the length) and for
 * the quotient's: 7 * 160 * 2^52 < 2^62.2, besides a carry below 2^36 and a few limbs. Sums are signed, far from
 * overflow, and carries are arithmetic shifts.
 */
#include <sodium.h>
#include <string.h>

#include "lib/arith/mask.h"
#include "lib/base/invariant.h"

#define W QS_LANE_BLOCK
#define MASK (((mp_limb_t)1 << BITS) - 1)
#define INLINE static LANE_INLINE LANE_FN
#define PARTS (QS_LANES / PART)

/* ---- sums of columns ---- */

/* One row: sum[t] += a * x[t], its low halves first: they wait for nothing but each other. */
#define ROW(sum, a, X, from, to)                                                                                       \
    do {                                                                                                               \
        UNROLL for (int t_ = 0; t_ < W; t_++) if (t_ >= (from) && t_ < (to)) (sum)[t_] = lo((sum)[t_], a, X(t_));      \
        UNROLL for (int t_ = 0; t_ < W; t_++) if (BITS == 52 && t_ >= (from) && t_ < (to))(sum)[t_ + 1] =              \
            hi((sum)[t_ + 1], a, X(t_));                                                                               \
    } while (0)

INLINE void clear(vec sum[W + 1])
{
    UNROLL for (int t = 0; t <= W; t++) sum[t] = zero();
}

INLINE void twice(vec sum[W + 1])
{
    UNROLL for (int t = 0; t <= W; t++) sum[t] = add(sum[t], sum[t]);
}

/* Rows first <= i < last of x y in the W columns from `column` on, all of whose partners y[column + t - i] exist. */
INLINE void rows(vec sum[W + 1], const vec *x, const vec *y, size_t column, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++) {
        const vec *partner = y + (column - i);
        vec a = x[i];
#define AT(t) partner[t]
        ROW(sum, a, AT, 0, W);
#undef AT
    }
}

INLINE void rows_of_modulus(vec sum[W + 1], const vec *x, const mp_limb_t *n, size_t column, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++) {
        const mp_limb_t *partner = n + (column - i);
        vec a = x[i];
#define AT(t) all(partner[t])
        ROW(sum, a, AT, 0, W);
#undef AT
    }
}

/* The rows x[1..W) of a block below the diagonal: columns t >= u meet y[t - u]. */
INLINE void lower_triangle(vec sum[W + 1], const vec *x, const vec *y)
{
    UNROLL for (int u = 1; u < W; u++) {
        vec a = x[u];
#define AT(t) y[(t) - u]
        ROW(sum, a, AT, u, W);
#undef AT
    }
}

/* The rows x[1..W) at the upper end: columns t < u meet top[t - u], where top is just past y's last limb. */
INLINE void upper_triangle(vec sum[W + 1], const vec *x, const vec *top)
{
    UNROLL for (int u = 1; u < W; u++) {
        vec a = x[u];
#define AT(t) top[(t) - u]
        ROW(sum, a, AT, 0, u);
#undef AT
    }
}

INLINE void upper_triangle_of_modulus(vec sum[W + 1], const vec *x, const mp_limb_t *top)
{
    UNROLL for (int u = 1; u < W; u++) {
        vec a = x[u];
#define AT(t) all(top[(t) - u])
        ROW(sum, a, AT, 0, u);
#undef AT
    }
}

/* sum += columns [c, c + W) of x y, 0 <= c < 2 h, both of h limbs. */
INLINE void product(vec sum[W + 1], const vec *x, const vec *y, size_t c, size_t h)
{
    if (c < h) {
        rows(sum, x, y, c, 0, c + 1);
        lower_triangle(sum, x + c, y);
    } else {
        upper_triangle(sum, x + (c - h), y + h);
        rows(sum, x, y, c, c - h + W, h);
    }
}

INLINE void upper_product_of_modulus(vec sum[W + 1], const vec *q, const mp_limb_t *n, size_t c, size_t h)
{
    upper_triangle_of_modulus(sum, q + (c - h), n + h);
    rows_of_modulus(sum, q, n, c, c - h + W, h);
}

/* The pairs i < j of x^2 around the middle of an even block (its first column 2 p): u + v = t, u < v. */
INLINE void even_middle(vec sum[W + 1], const vec *p)
{
    UNROLL for (int u = 0; 2 * u + 1 < W; u++) {
        vec a = p[u];
#define AT(t) p[(t) - u]
        ROW(sum, a, AT, 2 * u + 1, W);
#undef AT
    }
}

/* Of an odd block (first column 2 p + W): row u meets p[W + t - u] with W + t - u > u, as far as those exist. */
INLINE void odd_middle(vec sum[W + 1], const vec *p, int at_end)
{
    UNROLL for (int u = 0; u < W; u++) {
        vec a = p[u];
#define AT(t) p[W + (t) - u]
        if (at_end)
            ROW(sum, a, AT, (2 * u - W + 1 > 0 ? 2 * u - W + 1 : 0), u);
        else
            ROW(sum, a, AT, (2 * u - W + 1 > 0 ? 2 * u - W + 1 : 0), W);
#undef AT
    }
}

/* sum += the mixed products in columns [c, c + W) of x^2, each once. */
INLINE void mixed(vec sum[W + 1], const vec *x, size_t c, size_t h)
{
    size_t middle = c / (2 * W) * W;
    const vec *p = x + middle;

    if (c + W == 2 * h) {
        odd_middle(sum, p, 1);
        return;
    }
    if (c < h) {
        rows(sum, x, x, c, 0, middle);
    } else {
        upper_triangle(sum, x + (c - h), x + h);
        rows(sum, x, x, c, c - h + W, middle);
    }
    if (c / W % 2 == 0)
        even_middle(sum, p);
    else
        odd_middle(sum, p, 0);
}

/* sum += the squares x[i]^2 in columns [c, c + W). */
INLINE void pure(vec sum[W + 1], const vec *x, size_t c)
{
    const vec *p = x + c / 2;

    UNROLL for (int u = 0; u < W / 2; u++) {
        sum[2 * u] = lo(sum[2 * u], p[u], p[u]);
        if (BITS == 52)
            sum[2 * u + 1] = hi(sum[2 * u + 1], p[u], p[u]);
    }
}

/* ---- Montgomery's reduction ---- */

/* The quotient's limbs of one block; the sums become multiples of 2^BITS one after the other and pass their carries on.
 * In halves, a column plus the low half of q n[0] is such a multiple and the half is below 2^52, so its carry is
 * ceil(sum / 2^52): that half is never computed. */
INLINE void quotient(vec sum[W + 1], vec *q, const mp_limb_t *n, mp_limb_t inverse)
{
    vec factor = all(inverse);
    vec almost = all(MASK);

    UNROLL for (int u = 0; u < W; u++) {
        vec digit = BITS == 52 ? lo(zero(), sum[u], factor) : and(lo(zero(), sum[u], factor), almost);
        vec over = BITS == 52 ? hi(carry(add(sum[u], almost)), digit, all(n[0])) : carry(lo(sum[u], digit, all(n[0])));

        q[u] = digit;
#define AT(t) all(n[(t) - u])
        ROW(sum, digit, AT, u + 1, W);
#undef AT
        sum[u + 1] = add(sum[u + 1], over);
    }
}

/* The columns of a digit of a product, 2 h rows. Reducing turns the lower half into the quotient. */
typedef struct reduction {
    vec *columns;
    vec carry;
} reduction;

/* Columns [c, c + W), c < h. `owed`: the digit before, whose quotient this one owes. */
INLINE void reduce_low(reduction *work, const reduction *owed, const qs_lane_modulus *m, size_t c)
{
    vec *p = work->columns + c;
    vec sum[W + 1];

    UNROLL for (int t = 0; t < W; t++) sum[t] = p[t];
    sum[0] = add(sum[0], work->carry);
    sum[W] = zero();
    if (owed != NULL) {
        UNROLL for (int t = 0; t < W; t++) sum[t] = sub(sum[t], owed->columns[c + (size_t)t]);
    }
    rows_of_modulus(sum, work->columns, m->n, c, 0, c);
    /* the block's own rows below the diagonal come with quotient() */
    quotient(sum, p, m->n, m->inverse);
    work->carry = sum[W];
}

/* Columns [c, c + W), c >= h, of the sum and q n: limbs [c - h, c - h + W) of the result. */
INLINE void reduce_high(vec *r, reduction *work, const qs_lane_modulus *m, size_t c)
{
    const vec *p = work->columns + c;
    vec mask = all(MASK);
    vec sum[W + 1];

    UNROLL for (int t = 0; t < W; t++) sum[t] = p[t];
    sum[0] = add(sum[0], work->carry);
    sum[W] = zero();
    upper_product_of_modulus(sum, work->columns, m->n, c, m->columns);
    UNROLL for (int t = 0; t < W; t++) {
        r[t] = and(sum[t], mask);
        sum[t + 1] = add(sum[t + 1], carry(sum[t]));
    }
    work->carry = sum[W];
}

/* All lanes of a digit below 2 n, limbs canonical. Only for the test build's invariants: it branches. */
#ifdef QS_TEST_BUILD
LANE_FN static int digit_in_bounds(const qs_lane_modulus *m, const vec *x)
{
    vec below = zero(); /* 0 or -1: the borrow of x - 2 n */
    vec mask = all(MASK);
    vec excess = zero();
    mp_limb_t word[2 * PART];
    mp_limb_t bad = 0;
    mp_limb_t lent = ~(mp_limb_t)0;

    for (size_t i = 0; i < m->columns; i++) {
        below = carry(add(sub(x[i], all(2 * m->n[i])), below));
        excess = or(excess, xor(x[i], and(x[i], mask)));
    }
    memcpy(word, &below, sizeof below);
    memcpy(word + PART, &excess, sizeof excess);
    for (size_t j = 0; j < PART; j++) {
        lent &= word[j];
        bad |= word[PART + j];
    }
    return (bad | ~lent) == 0;
}
#endif

/* ---- products and squares ---- */

/* The two factors of one product, digit after digit, `stride` rows apart, of h rows each. */
typedef struct factors {
    const vec *x;
    const vec *y; /* x itself for a square */
    size_t stride;
    size_t h;
    int single; /* y counts with digit 0 alone: no square, even if it is x */
} factors;

/* sum = columns [c, c + W) of sum_{j<=i} x_j y_(i-j), and what the block before gave: over, which is passed on. A square
 * takes each mixed product once, and doubles. */
INLINE void scan_block(vec sum[W + 1], const factors *f, unsigned i, size_t c, vec *over)
{
    size_t h = f->h;

    clear(sum);
    if (f->x == f->y && !f->single) {
        for (unsigned j = 0; 2 * j < i; j++)
            product(sum, f->x + j * f->stride, f->x + (i - j) * f->stride, c, h);
        if (i % 2 == 0)
            mixed(sum, f->x + i / 2 * f->stride, c, h);
        twice(sum);
        if (i % 2 == 0)
            pure(sum, f->x + i / 2 * f->stride, c);
    } else {
        for (unsigned j = f->single ? i : 0; j <= i; j++)
            product(sum, f->x + j * f->stride, f->y + (i - j) * f->stride, c, h);
    }
    sum[0] = add(sum[0], *over);
    *over = sum[W];
}

/* p = the 2 h columns of sum_{j<=i} x_j y_(i-j). */
LANE_FN static void scan(vec *p, const factors *f, unsigned i)
{
    vec over = zero();
    vec sum[W + 1];

    for (size_t c = 0; c < 2 * f->h; c += W) {
        scan_block(sum, f, i, c, &over);
        UNROLL for (int t = 0; t < W; t++) p[c + (size_t)t] = sum[t];
    }
}

/* d = low half - high half modulo 2^(BITS k), and its borrow: -1, else 0. */
INLINE vec difference(vec *d, const vec *x, size_t k)
{
    vec borrow = zero();
    vec mask = all(MASK);

    for (size_t t = 0; t < k; t++) {
        vec limb = add(sub(x[t], x[k + t]), borrow);

        borrow = carry(limb);
        d[t] = and(limb, mask);
    }
    return borrow;
}

/* The differences of all digits of both factors, for Karatsuba's middle product. */
typedef struct cleft {
    factors low, high, between;
    vec below_x[QS_LANE_DIGITS_MAX];
    vec below_y[QS_LANE_DIGITS_MAX];
} cleft;

INLINE void halve(cleft *of, const factors *f, unsigned digits, vec *room)
{
    size_t k = f->h / 2;
    vec *dx = room;
    vec *dy = f->x == f->y ? dx : dx + digits * k;

    of->low = (factors){f->x, f->y, f->stride, k, f->single};
    of->high = (factors){f->x + k, f->y + k, f->stride, k, f->single};
    of->between = (factors){dx, dy, k, k, f->single};
    for (unsigned j = 0; j < digits; j++) {
        of->below_x[j] = difference(dx + j * k, f->x + j * f->stride, k);
        of->below_y[j] = dx == dy ? of->below_x[j] : difference(dy + j * k, f->y + j * f->stride, k);
    }
}

/* Karatsuba: with halves a, b of both factors and X = 2^(BITS k),
 *
 *     x y = z0 + (z0 + z2 - z1) X + z2 X^2     z0 = x_a y_a, z2 = x_b y_b, z1 = (x_a - x_b) (y_a - y_b)
 *
 * A difference below 0 stands as itself plus X, so z1 = d e - X (e, if d was below 0, and d, if e was) + X^2 (if both
 * were). Columns come out signed. */
LANE_FN static void karatsuba(vec *p, const cleft *of, unsigned i)
{
    size_t k = of->low.h;
    vec over = zero();
    vec both = zero();
    vec sum[W + 1];

    scan(p, &of->low, i);
    scan(p + 2 * k, &of->high, i);
    for (size_t c = 0; c < k; c += W) {
        scan_block(sum, &of->between, i, c, &over);
        UNROLL for (size_t t = 0; t < W; t++) {
            vec shared = add(p[k + c + t], p[2 * k + c + t]);

            p[k + c + t] = sub(add(shared, p[c + t]), sum[t]);
            p[2 * k + c + t] = add(shared, p[3 * k + c + t]);
        }
    }
    for (size_t c = 0; c < k; c += W) {
        scan_block(sum, &of->between, i, k + c, &over);
        for (unsigned j = of->low.single ? i : 0; j <= i; j++)
            UNROLL for (size_t t = 0; t < W; t++) {
                sum[t] = sub(sum[t], and(of->between.y[(i - j) * k + c + t], of->below_x[j]));
                sum[t] = sub(sum[t], and(of->between.x[j * k + c + t], of->below_y[i - j]));
            }
        UNROLL for (size_t t = 0; t < W; t++) p[2 * k + c + t] = sub(p[2 * k + c + t], sum[t]);
    }
    for (unsigned j = of->low.single ? i : 0; j <= i; j++)
        both = add(both, and(of->below_x[j], of->below_y[i - j]));
    p[3 * k] = add(p[3 * k], both);
}

/* From so many columns on halving pays. */
#define KARATSUBA 20

/* All columns of all digits first; then the digits are reduced block by block in turn: while one waits for its quotient's
 * limbs, another one multiplies. r, which may be x or y, is written last. */
INLINE void multiply(const qs_lane_modulus *m, vec *r, const vec *x, const vec *y, int single, vec *scratch)
{
    size_t h = m->columns;
    factors f = {x, y, h, h, single};
    vec *room = scratch + 2 * h * m->digits;
    reduction digit[QS_LANE_DIGITS_MAX];
    cleft of;

    if (h >= KARATSUBA && h % (2 * W) == 0)
        halve(&of, &f, m->digits, room);
    for (unsigned i = 0; i < m->digits; i++) {
        digit[i] = (reduction){.columns = scratch + 2 * h * i, .carry = zero()};
        if (h >= KARATSUBA && h % (2 * W) == 0)
            karatsuba(digit[i].columns, &of, i);
        else
            scan(digit[i].columns, &f, i);
    }
    for (size_t c = 0; c < h; c += W)
        for (unsigned i = 0; i < m->digits; i++)
            reduce_low(&digit[i], i > 0 ? &digit[i - 1] : NULL, m, c);
    for (size_t c = h; c < 2 * h; c += W)
        for (unsigned i = 0; i < m->digits; i++)
            reduce_high(r + i * h + (c - h), &digit[i], m, c);
    for (unsigned i = 0; i < m->digits; i++)
        QS_INVARIANT(digit_in_bounds(m, r + i * h));
    sodium_memzero(&of, sizeof of);
}

INLINE size_t part_rows(const qs_lane_modulus *m)
{
    return m->digits * m->columns;
}

LANE_FN static void lane_mul(const qs_lane_modulus *m, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y,
                             mp_limb_t *scratch)
{
    for (size_t part = 0, at = 0; part < PARTS; part++, at += part_rows(m))
        multiply(m, (vec *)(void *)r + at, (const vec *)(const void *)x + at, (const vec *)(const void *)y + at,
                 0, (vec *)(void *)scratch);
}

LANE_FN static void lane_scale(const qs_lane_modulus *m, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y,
                               mp_limb_t *scratch)
{
    for (size_t part = 0, at = 0; part < PARTS; part++, at += part_rows(m))
        multiply(m, (vec *)(void *)r + at, (const vec *)(const void *)x + at, (const vec *)(const void *)y + at,
                 1, (vec *)(void *)scratch);
}

LANE_FN static void lane_sqr(const qs_lane_modulus *m, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch)
{
    for (size_t part = 0, at = 0; part < PARTS; part++, at += part_rows(m))
        multiply(m, (vec *)(void *)r + at, (const vec *)(const void *)x + at, (const vec *)(const void *)x + at,
                 0, (vec *)(void *)scratch);
}

/* ---- 64-bit limbs in, shorter ones out, and back ---- */

/* Bits [from, from + 64) of a number cut into words of `bits` bits, one number a lane; words past the end are zero. */
INLINE vec window(const vec *word, size_t words, unsigned bits, size_t from)
{
    size_t k = from / bits;
    unsigned done = 0;
    vec result = k < words ? down(word[k], (unsigned)(from % bits)) : zero();

    for (done = bits - (unsigned)(from % bits), k++; done < 64 && k < words; done += bits, k++)
        result = or(result, up(word[k], done));
    return result;
}

/* Limbs from `count` words of eight numbers, a word of each in a row. */
INLINE void cut(const qs_lane_modulus *m, vec *out, const vec *turned, size_t count)
{
    for (size_t c = 0; c < m->columns; c++)
        out[c] = and(window(turned, count, 64, c * BITS), all(MASK));
}

LANE_FN static void lane_load(const qs_lane_modulus *m, mp_limb_t *r, const mp_limb_t *const *elements,
                              mp_limb_t *scratch)
{
    vec *turned = (vec *)(void *)scratch; /* word k of all; no more than there are columns, and a few */
    vec *out = (vec *)(void *)r;

    for (size_t part = 0; part < PARTS; part++)
        for (unsigned i = 0; i < m->digits; i++, out += m->columns) {
            for (size_t k = 0; k < m->limbs; k += PART) {
                UNROLL for (size_t j = 0; j < PART; j++) turned[k + j] =
                    words(elements[part * PART + j] + i * m->limbs + k, m->limbs - k);
                turn(turned + k);
            }
            cut(m, out, turned, m->limbs);
        }
}

/* The borrow of x - n: -1 in the lanes where x is below n, else 0. */
LANE_FN static vec below_modulus(const qs_lane_modulus *m, const vec *x)
{
    vec borrow = zero();

    for (size_t c = 0; c < m->columns; c++)
        borrow = carry(add(sub(x[c], all(m->n[c])), borrow));
    return borrow;
}

/* One part's elements; the answer as lane_take's, for these lanes. */
LANE_FN static unsigned take_part(const qs_lane_modulus *m, vec *out, const uint8_t *const *elements, size_t bytes,
                                  vec *turned)
{
    vec in_range = all(~(mp_limb_t)0);
    size_t count = (bytes + 7) / 8;
    mp_limb_t word[PART];
    unsigned misfits = 0;

    for (unsigned i = 0; i < m->digits; i++, out += m->columns) {
        for (size_t k = 0; k < count; k += PART) {
            UNROLL for (size_t j = 0; j < PART; j++) turned[k + j] = wire_words(elements[j] + i * bytes, bytes, k);
            turn(turned + k);
        }
        cut(m, out, turned, count);
        in_range = and(in_range, below_modulus(m, out));
    }
    memcpy(word, &in_range, sizeof word);
    for (size_t j = 0; j < PART; j++)
        misfits |= (unsigned)(~word[j] & 1) << j;
    return misfits;
}

LANE_FN static unsigned lane_take(const qs_lane_modulus *m, mp_limb_t *r, const uint8_t *const *elements, size_t bytes,
                                  mp_limb_t *scratch)
{
    unsigned misfits = 0;

    for (size_t part = 0; part < PARTS; part++)
        misfits |= take_part(m, (vec *)(void *)r + part * part_rows(m), elements + part * PART, bytes,
                             (vec *)(void *)scratch)
                   << part * PART;
    return misfits;
}

/* x -= n if that is not below 0; 1 in the lanes where it was done. */
LANE_FN static vec subtract_modulus(const qs_lane_modulus *m, vec *x, vec *less)
{
    vec borrow = zero(); /* 0 or -1 */
    vec mask = all(MASK);

    for (size_t c = 0; c < m->columns; c++) {
        vec limb = add(sub(x[c], all(m->n[c])), borrow);

        borrow = carry(limb);
        less[c] = and(limb, mask);
    }
    for (size_t c = 0; c < m->columns; c++)
        x[c] = xor(less[c], and(xor(x[c], less[c]), borrow));
    return add(borrow, all(1));
}

/* x += plus, which is small, in every lane. */
LANE_FN static void add_small(const qs_lane_modulus *m, vec *x, vec plus)
{
    vec mask = all(MASK);

    for (size_t c = 0; c < m->columns; c++) {
        vec limb = add(x[c], plus);

        plus = carry(limb);
        x[c] = and(limb, mask);
    }
}

/* Digit 0 is below 2 n and gives at most one n to digit 1, which is then at most 2 n: two subtractions, and what they
 * take out of the last digit is a multiple of n^digits. */
LANE_FN static void store_part(const qs_lane_modulus *m, mp_limb_t *const *elements, const vec *x, vec *digit)
{
    vec *less = digit + m->columns;
    vec given = zero();
    vec turned[PART];

    for (unsigned i = 0; i < m->digits; i++, x += m->columns) {
        memcpy(digit, x, m->columns * sizeof *digit);
        add_small(m, digit, given);
        given = subtract_modulus(m, digit, less);
        given = add(given, subtract_modulus(m, digit, less));
        for (size_t k = 0; k < m->limbs; k += PART) {
            UNROLL for (size_t t = 0; t < PART; t++) turned[t] = window(digit, m->columns, BITS, (k + t) * 64);
            turn(turned);
            UNROLL for (size_t j = 0; j < PART; j++) put(elements[j] + i * m->limbs + k, m->limbs - k, turned[j]);
        }
    }
    sodium_memzero(turned, sizeof turned);
}

LANE_FN static void lane_store(const qs_lane_modulus *m, mp_limb_t *const *elements, const mp_limb_t *x,
                               mp_limb_t *scratch)
{
    for (size_t part = 0; part < PARTS; part++)
        store_part(m, elements + part * PART, (const vec *)(const void *)x + part * part_rows(m),
                   (vec *)(void *)scratch);
}

/* ---- eight numbers side by side ---- */

/* The last rows overlap the ones before, so that nothing is read or written past the end. */
INLINE size_t step(size_t k, size_t rows)
{
    return k + PART <= rows ? k : rows - PART;
}

LANE_FN static void lane_join(mp_limb_t *r, const mp_limb_t *const *arrays, size_t rows)
{
    vec *out = (vec *)(void *)r;

    for (size_t part = 0; part < PARTS; part++, out += rows, arrays += PART)
        for (size_t k = 0; k < rows; k += PART) {
            size_t from = step(k, rows);

            UNROLL for (size_t j = 0; j < PART; j++) out[from + j] = words(arrays[j] + from, PART);
            turn(out + from);
        }
}

LANE_FN static void lane_split(mp_limb_t *const *arrays, const mp_limb_t *x, size_t rows)
{
    const vec *in = (const vec *)(const void *)x;
    vec turned[PART];

    for (size_t part = 0; part < PARTS; part++, in += rows, arrays += PART)
        for (size_t k = 0; k < rows; k += PART) {
            size_t from = step(k, rows);

            UNROLL for (size_t j = 0; j < PART; j++) turned[j] = in[from + j];
            turn(turned);
            UNROLL for (size_t j = 0; j < PART; j++) put(arrays[j] + from, PART, turned[j]);
        }
    sodium_memzero(turned, sizeof turned);
}

/* ---- tables of groups ---- */

LANE_FN static void lane_select(mp_limb_t *r, const mp_limb_t *table, size_t rows, size_t entries, mp_limb_t digit)
{
    const vec *block = (const vec *)(const void *)table;
    vec *out = (vec *)(void *)r;

    for (size_t c = 0; c < rows * PARTS; c += W, out += W) {
        const vec *entry = block + c / (W * PARTS) * W * PARTS * entries + c % (W * PARTS);
        vec sum[W];

        UNROLL for (int t = 0; t < W; t++) sum[t] = zero();
        for (mp_limb_t k = 0; k < entries; k++, entry += W * PARTS) {
            vec mask = all(qs_mask(qs_is_zero(k ^ digit)));

            UNROLL for (int t = 0; t < W; t++) sum[t] = or(sum[t], and(entry[t], mask));
        }
        UNROLL for (int t = 0; t < W; t++) out[t] = sum[t];
    }
}
