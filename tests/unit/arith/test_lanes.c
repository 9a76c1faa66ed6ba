/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight-lane kernel, every body that this processor runs, against GMP: digits up to just below 2 n, all sizes,
 * moduli of awkward shapes. What could not run is named.
 */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/lanes.h"
#include "moduli.h"

#define BODIES 4
#define GUARD 0x5a5a5a5a5a5a5a5au

typedef struct candidate {
    const qs_lane_body *body;
    int usable;
} candidate;

/* Plain bodies first: 0 and 2 run the same kernel, 1 and 3 do. */
static candidate candidate_at(size_t index)
{
#ifdef QS_LANE_PLAIN
    if (index < 2)
        return (candidate){index == 0 ? &qs_lane_plain : &qs_lane_plain26, 1};
#endif
#ifdef QS_LANE_IFMA
    if (index == 2)
        return (candidate){&qs_lane_ifma, qs_lane_ifma_usable()};
    if (index == 3)
        return (candidate){&qs_lane_avx2, qs_lane_avx2_usable()};
#endif
    return (candidate){NULL, 0};
}

/* Body `index`, or NULL: past the end (*more = 0), or not for this processor, which is said. */
static const qs_lane_body *body_at(size_t index, int *more)
{
    candidate found = candidate_at(index);

    *more = index < BODIES;
    if (found.body != NULL && !found.usable)
        fprintf(stderr, "skipped: the %s lanes, which this processor cannot run\n", found.body->name);
    return found.usable ? found.body : NULL;
}

typedef struct bench { /* lanes over a modulus, and room */
    qs_lanes *lanes;
    sample s;
    mpz_t radix; /* R of the lanes */
    size_t columns;
    mp_limb_t *block;
    mp_limb_t *x, *y, *r, *rest;
} bench;

static void bench_open(bench *b, const qs_lane_body *body, const mpz_t n, unsigned digits, int secret)
{
    size_t group;

    sample_open(&b->s, n, digits, 0);
    cr_assert_eq(qs_lanes_make(&b->lanes, body, mpz_limbs_read(n), mpz_sizeinbase(n, 2), digits, secret),
                 QUORSUM_OK);
    cr_assert_not_null(b->lanes);
    cr_assert_eq(qs_lanes_spare(b->lanes), qs_lanes_rows(b->lanes) / digits * body->bits - mpz_sizeinbase(n, 2));
    group = qs_lanes_group(b->lanes);
    b->columns = qs_lanes_rows(b->lanes) / digits;
    mpz_init(b->radix);
    mpz_setbit(b->radix, b->columns * body->bits);
    b->block = calloc(3 * group + qs_lanes_power_scratch(b->lanes) + QS_LANES_SLACK, sizeof *b->block);
    b->x = qs_lanes_align(b->block);
    b->y = b->x + group;
    b->r = b->y + group;
    b->rest = b->r + group;
}

static void bench_close(bench *b)
{
    free(b->block);
    mpz_clear(b->radix);
    qs_lanes_free(b->lanes);
    sample_close(&b->s);
}

static unsigned bits_of(const bench *b)
{
    return qs_lanes_body(b->lanes)->bits;
}

/* Where limb c of digit i of lane j stands: limbs of 26 bits come in two parts of four lanes. */
static size_t place_of(const bench *b, unsigned i, size_t c, size_t j)
{
    size_t part = bits_of(b) == 52 ? QS_LANES : QS_LANES / 2;

    return (j / part * qs_lanes_rows(b->lanes) + i * b->columns + c) * part + j % part;
}

/* Digit i of lane j, below R. */
static void put_digit(const bench *b, mp_limb_t *group, unsigned i, size_t j, const mpz_t digit)
{
    mpz_t limb;

    mpz_init(limb);
    for (size_t c = 0; c < b->columns; c++) {
        mpz_fdiv_q_2exp(limb, digit, c * bits_of(b));
        mpz_fdiv_r_2exp(limb, limb, bits_of(b));
        group[place_of(b, i, c, j)] = (mp_limb_t)mpz_get_ui(limb);
    }
    mpz_clear(limb);
}

/* What lane j holds; its limbs must be canonical and its digits below 2 n. */
static void lane_value(mpz_t out, const bench *b, const mp_limb_t *group, size_t j)
{
    mpz_t digit, twice;

    mpz_init(digit);
    mpz_init(twice);
    mpz_mul_2exp(twice, b->s.n, 1);
    mpz_set_ui(out, 0);
    for (unsigned i = b->s.ring->digits; i-- > 0;) {
        mpz_set_ui(digit, 0);
        for (size_t c = b->columns; c-- > 0;) {
            mp_limb_t limb = group[place_of(b, i, c, j)];

            cr_assert_eq(limb >> bits_of(b), 0, "a limb is not canonical");
            mpz_mul_2exp(digit, digit, bits_of(b));
            mpz_add_ui(digit, digit, limb);
        }
        cr_assert_lt(mpz_cmp(digit, twice), 0, "a digit is not below 2 n");
        mpz_mul(out, out, b->s.n);
        mpz_add(out, out, digit);
    }
    mpz_clears(digit, twice, NULL);
}

/* Edge `kind` of a digit, in [0, 2 n); all limbs ones as far as that allows; then anything. */
#define DIGIT_EDGES 10
static void make_digit(mpz_t digit, const bench *b, unsigned kind, gmp_randstate_t random)
{
    mpz_t twice;
    size_t bits = mpz_sizeinbase(b->s.n, 2);

    mpz_init(twice);
    mpz_mul_2exp(twice, b->s.n, 1);
    mpz_set_ui(digit, kind < 2 ? kind : 0);
    if (kind >= 2 && kind <= 4)
        mpz_sub_ui(digit, kind == 4 ? twice : b->s.n, kind == 3 ? 0 : 1);
    else if (kind == 5)
        mpz_setbit(digit, bits), mpz_sub_ui(digit, digit, 1);
    else if (kind == 6)
        mpz_setbit(digit, bits - 1), mpz_sub_ui(digit, digit, 1);
    else if (kind == 7)
        mpz_rrandomb(digit, random, bits);
    else if (kind == 8)
        mpz_sub_ui(digit, twice, 2);
    else if (kind == 9)
        mpz_setbit(digit, bits / bits_of(b) * bits_of(b)), mpz_sub_ui(digit, digit, 1);
    else if (kind >= DIGIT_EDGES)
        mpz_urandomm(digit, random, twice);
    mpz_mod(digit, digit, twice);
    mpz_clear(twice);
}

/* A group whose lanes are edges from `kind` on; the digits of one lane differ. */
static void make_group(const bench *b, mp_limb_t *group, unsigned kind, gmp_randstate_t random)
{
    mpz_t digit;

    mpz_init(digit);
    for (size_t j = 0; j < QS_LANES; j++)
        for (unsigned i = 0; i < b->s.ring->digits; i++) {
            make_digit(digit, b, (kind + (unsigned)j + 3 * i) % (DIGIT_EDGES + 3), random);
            put_digit(b, group, i, j, digit);
        }
    mpz_clear(digit);
}

static void expect_product(const bench *b, const mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, const char *what)
{
    mpz_t u, v, w;

    mpz_init(u);
    mpz_init(v);
    mpz_init(w);
    for (size_t j = 0; j < QS_LANES; j++) {
        lane_value(u, b, x, j);
        lane_value(v, b, y, j);
        lane_value(w, b, r, j);
        mpz_mul(u, u, v);
        mpz_mul(w, w, b->radix);
        mpz_sub(u, u, w);
        cr_assert(mpz_divisible_p(u, b->s.modulus), "%s, lane %zu, %zu columns, %u digits", what, j, b->columns,
                  b->s.ring->digits);
    }
    mpz_clears(u, v, w, NULL);
}

static void keep_first_digit(const bench *b, mp_limb_t *group)
{
    mp_limb_t *zero = calloc(qs_lanes_group(b->lanes), sizeof *zero);

    for (unsigned i = 1; i < b->s.ring->digits; i++)
        qs_lanes_put_digit(b->lanes, group, i, zero);
    free(zero);
}

static void check_products(bench *b, unsigned rounds, gmp_randstate_t random)
{
    size_t bytes = qs_lanes_group(b->lanes) * sizeof *b->x;
    mp_limb_t *keep = malloc(2 * bytes);
    mp_limb_t *square = keep + qs_lanes_group(b->lanes);

    for (unsigned k = 0; k < rounds; k++) {
        make_group(b, b->x, k, random);
        make_group(b, b->y, k * 5 + k / 13, random);
        qs_lanes_mul(b->lanes, b->r, b->x, b->y, b->rest);
        expect_product(b, b->r, b->x, b->y, "product");
        memcpy(keep, b->r, bytes);
        qs_lanes_sqr(b->lanes, b->r, b->x, b->rest);
        expect_product(b, b->r, b->x, b->x, "square");
        memcpy(square, b->r, bytes);
        memcpy(b->r, b->y, bytes);
        qs_lanes_mul(b->lanes, b->r, b->x, b->r, b->rest);
        cr_assert_eq(memcmp(keep, b->r, bytes), 0, "in place of the second factor");
        memcpy(b->r, b->x, bytes);
        qs_lanes_mul(b->lanes, b->r, b->r, b->y, b->rest);
        cr_assert_eq(memcmp(keep, b->r, bytes), 0, "in place of the first factor");
        memcpy(b->r, b->x, bytes);
        qs_lanes_sqr(b->lanes, b->r, b->r, b->rest);
        cr_assert_eq(memcmp(square, b->r, bytes), 0, "a square in place");
        qs_lanes_scale(b->lanes, b->r, b->x, b->y, b->rest);
        keep_first_digit(b, b->y);
        expect_product(b, b->r, b->x, b->y, "product by a digit");
        qs_lanes_scale(b->lanes, b->r, b->x, b->x, b->rest);
        memcpy(b->y, b->x, bytes);
        keep_first_digit(b, b->y);
        expect_product(b, b->r, b->x, b->y, "product by its own digit");
    }
    free(keep);
}

/* The group of ones is R, and what enters is multiplied by it, each modulo n^digits; leaving takes it back. */
static void check_constants(bench *b, gmp_randstate_t random)
{
    size_t width = b->s.ring->width;
    mp_limb_t *elements = calloc(QS_LANES * width, sizeof *elements);
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];
    mpz_t got, wanted, x[QS_LANES];

    mpz_inits(got, wanted, NULL);
    qs_lanes_sources(sources, elements, width, QS_LANES);
    qs_lanes_places(places, elements, width, QS_LANES);
    for (size_t j = 0; j < QS_LANES; j++) {
        mpz_init(x[j]);
        make_residue(x[j], &b->s, (unsigned)j + 3, random);
        set_element(&b->s, elements + j * width, x[j]);
    }
    qs_lanes_enter(b->lanes, b->x, sources, b->rest);
    for (size_t j = 0; j < QS_LANES; j++) {
        mpz_mod(wanted, b->radix, b->s.modulus);
        lane_value(got, b, qs_lanes_one(b->lanes), j);
        cr_assert_eq(mpz_cmp(got, wanted), 0, "one, %zu columns, %u digits", b->columns, b->s.ring->digits);
        mpz_mul(wanted, x[j], b->radix);
        lane_value(got, b, b->x, j);
        mpz_sub(got, got, wanted);
        cr_assert(mpz_divisible_p(got, b->s.modulus), "entered, %zu columns", b->columns);
    }
    memset(elements, 0xff, QS_LANES * width * sizeof *elements);
    qs_lanes_leave(b->lanes, places, b->x, b->rest);
    for (size_t j = 0; j < QS_LANES; j++) {
        value_of(got, &b->s, elements + j * width);
        cr_assert_eq(mpz_cmp(got, x[j]), 0, "left, %zu columns", b->columns);
        mpz_clear(x[j]);
    }
    mpz_clears(got, wanted, NULL);
    free(elements);
}

/* Redundant digits come out canonical, and canonical ones go in and out unchanged. */
static void check_conversion(bench *b, unsigned rounds, gmp_randstate_t random)
{
    size_t width = b->s.ring->width;
    mp_limb_t *out = malloc((QS_LANES * width + 1) * sizeof *out);
    mp_limb_t *places[QS_LANES];
    const mp_limb_t *sources[QS_LANES];
    mpz_t got, wanted;

    mpz_init(got);
    mpz_init(wanted);
    qs_lanes_places(places, out, width, QS_LANES);
    qs_lanes_sources(sources, out, width, QS_LANES);
    for (unsigned k = 0; k < rounds; k++) {
        make_group(b, b->x, k, random);
        out[QS_LANES * width] = (mp_limb_t)GUARD;
        qs_lanes_store(b->lanes, places, b->x, b->rest);
        cr_assert_eq(out[QS_LANES * width], (mp_limb_t)GUARD);
        qs_lanes_load(b->lanes, b->y, sources, b->rest);
        for (size_t j = 0; j < QS_LANES; j++) {
            lane_value(wanted, b, b->x, j);
            mpz_mod(wanted, wanted, b->s.modulus);
            value_of(got, &b->s, out + j * width);
            cr_assert_eq(mpz_cmp(got, wanted), 0, "stored, lane %zu", j);
            lane_value(got, b, b->y, j);
            cr_assert_eq(mpz_cmp(got, wanted), 0, "loaded, lane %zu", j);
        }
    }
    mpz_clears(got, wanted, NULL);
    free(out);
}

/* Wire elements: canonical ones come in as they are; lanes with a digit of n or more, up to all bytes ones, are named,
 * and no others. */
static void check_wire(bench *b, unsigned rounds, gmp_randstate_t random)
{
    size_t bytes = b->s.ring->bytes;
    size_t len = bytes * b->s.ring->digits;
    uint8_t *wire = malloc(QS_LANES * len); /* of this length exactly: a sanitizer sees what is read beyond */
    const uint8_t *sources[QS_LANES];
    mpz_t digit, got, wanted;

    mpz_inits(digit, got, wanted, NULL);
    for (unsigned k = 0; k < rounds; k++) {
        unsigned bad = 0;

        memset(wire, 0, QS_LANES * len);
        make_group(b, b->x, k, random);
        for (size_t j = 0; j < QS_LANES; j++) {
            sources[j] = wire + j * len;
            for (unsigned i = 0; i < b->s.ring->digits; i++) {
                make_digit(digit, b, (k + (unsigned)j + 3 * i) % (DIGIT_EDGES + 3), random);
                if (k == 0 && j == 5 && i + 1 == b->s.ring->digits)
                    memset(wire + j * len + i * bytes, 0xff, bytes), mpz_set(digit, b->s.n);
                else if (mpz_sizeinbase(digit, 2) > 8 * bytes || (k + i) % 3 == 0)
                    mpz_mod(digit, digit, b->s.n);
                if (mpz_cmp(digit, b->s.n) >= 0)
                    bad |= 1u << j;
                if (!(k == 0 && j == 5 && i + 1 == b->s.ring->digits) && mpz_sgn(digit) != 0)
                    (void)mpz_export(wire + j * len + (i + 1) * bytes - (mpz_sizeinbase(digit, 2) + 7) / 8, NULL, 1, 1,
                                     1, 0, digit);
            }
        }
        cr_assert_eq(qs_lanes_take(b->lanes, b->x, sources, bytes, b->rest), bad);
        for (size_t j = 0; j < QS_LANES; j++) {
            if (bad >> j & 1)
                continue;
            mpz_set_ui(wanted, 0);
            for (unsigned i = b->s.ring->digits; i-- > 0;) {
                mpz_import(digit, bytes, 1, 1, 1, 0, wire + j * len + i * bytes);
                mpz_mul(wanted, wanted, b->s.n);
                mpz_add(wanted, wanted, digit);
            }
            lane_value(got, b, b->x, j);
            cr_assert_eq(mpz_cmp(got, wanted), 0, "lane %zu", j);
        }
    }
    mpz_clears(digit, got, wanted, NULL);
    free(wire);
}

/* Eight arrays in and out again: each word where it belongs, nothing beyond the end. */
static void check_join(bench *b)
{
    size_t rows = qs_lanes_rows(b->lanes);
    mp_limb_t *arrays = malloc((QS_LANES * rows + 1) * sizeof *arrays);
    mp_limb_t *back = malloc((QS_LANES * rows + 1) * sizeof *back);
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];

    for (size_t i = 0; i < QS_LANES * rows; i++)
        arrays[i] = 0x9e3779b97f4a7c15u * (mp_limb_t)(i + 1);
    qs_lanes_sources(sources, arrays, rows, QS_LANES);
    qs_lanes_places(places, back, rows, QS_LANES);
    back[QS_LANES * rows] = (mp_limb_t)GUARD;
    memset(b->x, 0, qs_lanes_group(b->lanes) * sizeof *b->x);
    b->y[0] = (mp_limb_t)GUARD; /* just behind x */
    qs_lanes_body(b->lanes)->join(b->x, sources, rows);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < QS_LANES; j++)
            cr_assert_eq(b->x[place_of(b, 0, i, j)], arrays[j * rows + i]);
    qs_lanes_body(b->lanes)->split(places, b->x, rows);
    cr_assert_eq(memcmp(back, arrays, QS_LANES * rows * sizeof *arrays), 0);
    cr_assert_eq(back[QS_LANES * rows], (mp_limb_t)GUARD);
    cr_assert_eq(b->y[0], (mp_limb_t)GUARD);
    free(back);
    free(arrays);
}

static void check_modulus(const qs_lane_body *body, size_t bits, unsigned digits, unsigned shape, unsigned rounds,
                          gmp_randstate_t random)
{
    bench b;
    mpz_t n;

    mpz_init(n);
    make_modulus(n, bits, shape, random);
    bench_open(&b, body, n, digits, (int)((shape + digits) % 2));
    check_constants(&b, random);
    check_products(&b, rounds, random);
    check_conversion(&b, rounds, random);
    check_wire(&b, rounds, random);
    check_join(&b);
    bench_close(&b);
    mpz_clear(n);
}

/* Sizes with the most and the least spare room of their blocks, the sizes of keys and of their primes, and toy ones. */
static const size_t sizes[] = {12,   52,   63,   64,   65,   511,  516,  517,  1024, 1036, 1037, 1536,
                               2047, 2048, 2049, 2076, 2077, 2560, 3071, 3072, 3116, 3117, 4095, 4096, 4156};
#define SIZES (sizeof sizes / sizeof sizes[0])

Test(lanes, multiply_as_gmp_does_whatever_the_digits_below_twice_the_modulus, .timeout = 900)
{
    gmp_randstate_t random;
    const qs_lane_body *body;
    int more;

    gmp_randinit_default(random);
    for (size_t i = 0; body = body_at(i, &more), more; i++)
        for (size_t k = 0; body != NULL && k < SIZES; k++)
            for (unsigned digits = 1; digits <= 3; digits++)
                for (unsigned shape = 0; shape < SHAPES; shape++)
                    check_modulus(body, sizes[k], digits, shape, sizes[k] > 2100 ? 5 : 14, random);
    gmp_randclear(random);
}

/* Two bodies with limbs of the same bits run the same kernel: not only the residues agree but every limb. */
static void expect_same_limbs(size_t plain_index)
{
    gmp_randstate_t random;
    const qs_lane_body *plain, *other;
    int more;

    plain = body_at(plain_index, &more);
    other = body_at(plain_index + 2, &more);
    if (plain == NULL || other == NULL) {
        fprintf(stderr, "skipped: a comparison of the lanes' bodies, there is one only\n");
        return;
    }
    gmp_randinit_default(random);
    for (size_t k = 0; k < SIZES; k++)
        for (unsigned digits = 1; digits <= 3; digits++) {
            bench a, b;
            mpz_t n;

            mpz_init(n);
            make_modulus(n, sizes[k], (unsigned)k % SHAPES, random);
            bench_open(&a, plain, n, digits, 0);
            bench_open(&b, other, n, digits, 1);
            for (unsigned round = 0; round < 5; round++) {
                size_t bytes = qs_lanes_group(a.lanes) * sizeof *a.x;

                make_group(&a, a.x, round, random);
                make_group(&a, a.y, 2 * round, random);
                qs_lanes_mul(a.lanes, a.r, a.x, a.y, a.rest);
                qs_lanes_mul(b.lanes, b.r, a.x, a.y, b.rest);
                cr_assert_eq(memcmp(a.r, b.r, bytes), 0);
                qs_lanes_sqr(a.lanes, a.r, a.x, a.rest);
                qs_lanes_sqr(b.lanes, b.r, a.x, b.rest);
                cr_assert_eq(memcmp(a.r, b.r, bytes), 0);
            }
            bench_close(&a);
            bench_close(&b);
            mpz_clear(n);
        }
    gmp_randclear(random);
}

Test(lanes, give_the_same_limbs_as_plain_code_does, .timeout = 600)
{
    expect_same_limbs(0);
    expect_same_limbs(1);
}

static void expect_powers(const bench *b, const mp_limb_t *out, const mp_limb_t *in, size_t count, const mpz_t exponent)
{
    size_t width = b->s.ring->width;
    mpz_t base, power;

    mpz_init(base);
    mpz_init(power);
    for (size_t j = 0; j < count; j++) {
        value_of(base, &b->s, in + j * width);
        mpz_powm(base, base, exponent, b->s.modulus);
        value_of(power, &b->s, out + j * width);
        cr_assert_eq(mpz_cmp(base, power), 0, "lane %zu of %zu, %zu bits", j, count, mpz_sizeinbase(exponent, 2));
    }
    mpz_clears(base, power, NULL);
}

/* Powers of `count` residues both ways, the exponent's limbs padded for the secret one. */
static void check_powers(bench *b, size_t count, const mpz_t exponent, size_t bits, gmp_randstate_t random)
{
    size_t width = b->s.ring->width;
    mp_limb_t *in = calloc(2 * count * width + 1, sizeof *in);
    mp_limb_t *out = in + count * width;
    mp_limb_t *e = calloc(bits / GMP_LIMB_BITS + 2, sizeof *e);
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];
    mpz_t x;

    mpz_init(x);
    memcpy(e, mpz_limbs_read(exponent), mpz_size(exponent) * sizeof *e);
    for (size_t j = 0; j < count; j++) {
        make_residue(x, &b->s, (unsigned)(j < 4 ? 2 * j : EDGES), random);
        set_element(&b->s, in + j * width, x);
    }
    out[count * width] = (mp_limb_t)GUARD;
    qs_lanes_sources(sources, in, width, count);
    qs_lanes_places(places, out, width, count);
    qs_lanes_enter(b->lanes, b->x, sources, b->rest);
    qs_lanes_power(b->lanes, b->r, b->x, e, bits, b->rest);
    qs_lanes_leave(b->lanes, places, b->r, b->rest);
    expect_powers(b, out, in, count, exponent);
    qs_lanes_power_vartime(b->lanes, b->r, b->x, exponent, b->rest);
    qs_lanes_leave(b->lanes, places, b->r, b->rest);
    expect_powers(b, out, in, count, exponent);
    cr_assert_eq(out[count * width], (mp_limb_t)GUARD, "lanes beyond the last are not stored");
    mpz_clear(x);
    free(e);
    free(in);
}

Test(lanes, raise_to_secret_and_public_exponents_in_groups_of_any_size, .timeout = 600)
{
    static const size_t bits[] = {1, 4, 5, 6, 64, 65, 131};
    gmp_randstate_t random;
    const qs_lane_body *body;
    int more;
    mpz_t n, e;

    gmp_randinit_default(random);
    mpz_init(n);
    mpz_init(e);
    for (size_t i = 0; body = body_at(i, &more), more; i++)
        for (unsigned digits = 1; body != NULL && digits <= 3; digits++)
            for (size_t k = 0; k < sizeof bits / sizeof bits[0]; k++)
                for (size_t count = 1; count <= QS_LANES; count++) {
                    bench b;

                    make_modulus(n, k == 6 && count == 8 ? 2048 : 200 + 64 * k, (unsigned)count % SHAPES, random);
                    mpz_urandomb(e, random, bits[k]);
                    if (count == 7)
                        mpz_set_ui(e, 0);
                    else if (count == 6)
                        mpz_set_ui(e, 1), mpz_mul_2exp(e, e, bits[k]), mpz_sub_ui(e, e, 1);
                    else if (count == 5)
                        mpz_rrandomb(e, random, bits[k]);
                    bench_open(&b, body, n, digits, (int)count % 2);
                    check_powers(&b, count, e, bits[k], random);
                    bench_close(&b);
                }
    mpz_clears(n, e, NULL);
    gmp_randclear(random);
}

/* Products of `count` powers, each lane its own bases, signs of the exponents left out. */
static void check_joint(bench *b, const mpz_t *exponents, size_t count, gmp_randstate_t random)
{
    size_t width = b->s.ring->width;
    size_t group = qs_lanes_group(b->lanes);
    mp_limb_t *in = calloc(QS_LANES * width, sizeof *in);
    mp_limb_t *block = calloc((count + 1) * group + QS_LANES_SLACK, sizeof *block);
    mp_limb_t *bases = qs_lanes_align(block);
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];
    mpz_t wanted[QS_LANES];
    mpz_t x, e;

    mpz_inits(x, e, NULL);
    qs_lanes_sources(sources, in, width, QS_LANES);
    qs_lanes_places(places, in, width, QS_LANES);
    for (size_t j = 0; j < QS_LANES; j++)
        mpz_init_set_ui(wanted[j], 1);
    for (size_t i = 0; i < count; i++) {
        mpz_abs(e, exponents[i]);
        for (size_t j = 0; j < QS_LANES; j++) {
            make_residue(x, &b->s, (unsigned)(i + j) % (EDGES + 3), random);
            set_element(&b->s, in + j * width, x);
            mpz_powm(x, x, e, b->s.modulus);
            mpz_mul(wanted[j], wanted[j], x);
            mpz_mod(wanted[j], wanted[j], b->s.modulus);
        }
        qs_lanes_enter(b->lanes, bases + i * group, sources, b->rest);
    }
    cr_assert_eq(qs_lanes_power_joint_vartime(b->lanes, b->r, bases, exponents, count), QUORSUM_OK);
    qs_lanes_leave(b->lanes, places, b->r, b->rest);
    for (size_t j = 0; j < QS_LANES; j++) {
        value_of(x, &b->s, in + j * width);
        cr_expect_eq(mpz_cmp(x, wanted[j]), 0, "%zu bases, lane %zu", count, j);
        mpz_clear(wanted[j]);
    }
    mpz_clears(x, e, NULL);
    free(block);
    free(in);
}

Test(lanes, multiply_a_few_powers_whatever_their_lengths_and_signs, .timeout = 600)
{
    static const size_t bits[] = {1, 0, 6, 7, 20, 24, 25, 80, 81, 128, 240, 241, 672, 673, 900};
    enum { COUNT = sizeof bits / sizeof bits[0] };
    gmp_randstate_t random;
    const qs_lane_body *body;
    mpz_t exponents[COUNT];
    mpz_t n;
    int more;

    gmp_randinit_default(random);
    mpz_init(n);
    for (size_t k = 0; k < COUNT; k++) {
        mpz_init(exponents[k]);
        if (k % 3 != 0) /* all ones */
            mpz_setbit(exponents[k], bits[k]), mpz_sub_ui(exponents[k], exponents[k], 1);
        else
            mpz_rrandomb(exponents[k], random, bits[k]);
        if (k % 2 != 0)
            mpz_neg(exponents[k], exponents[k]);
    }
    for (size_t i = 0; body = body_at(i, &more), more; i++)
        for (unsigned digits = 1; body != NULL && digits <= 3; digits++)
            for (size_t count = 0; count <= COUNT; count++) {
                bench b;

                make_modulus(n, 200 + 60 * digits, (unsigned)count % SHAPES, random);
                bench_open(&b, body, n, digits, 0);
                check_joint(&b, (const mpz_t *)exponents + (COUNT - count), count, random);
                bench_close(&b);
            }
    for (size_t k = 0; k < COUNT; k++)
        mpz_clear(exponents[k]);
    mpz_clear(n);
    gmp_randclear(random);
}

/* Every group of a table by one digit for all lanes. */
static void check_select(const qs_lane_body *body, mp_limb_t *found, const mp_limb_t *table, size_t rows)
{
    for (size_t k = 0; k < 32; k++) {
        body->select(found, table, rows, 32, (mp_limb_t)k);
        for (size_t r = 0; r < rows * QS_LANES; r++)
            cr_assert_eq(found[r], table[qs_lane_entry(32, r / 80, k) + r % 80], "%s, entry %zu", body->name, k);
    }
}

/* Every entry of a table of single residues in every lane. */
static void check_pick(const qs_lane_body *body, mp_limb_t *found, mp_limb_t *table, size_t rows, unsigned teeth)
{
    size_t size = (size_t)1 << teeth;
    size_t part = body->bits == 52 ? QS_LANES : QS_LANES / 2;
    mp_limb_t *limbs = malloc(size * rows * sizeof *limbs);
    mp_limb_t digits[QS_LANE_PICKS * QS_LANES];

    for (size_t i = 0; i < size * rows; i++)
        limbs[i] = 0x9e3779b97f4a7c15u * (mp_limb_t)(i + 1) >> (64 - body->bits);
    for (size_t k = 0; k < size; k++)
        body->lay(table, rows, teeth, k, limbs + k * rows);
    for (size_t first = 0; first < size; first++) {
        size_t groups = 1 + first % QS_LANE_PICKS;

        for (size_t j = 0; j < groups * QS_LANES; j++)
            digits[j] = (first + 37 * j) % size;
        body->pick(found, table, rows, teeth, digits, groups);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < groups * QS_LANES; j++)
                cr_assert_eq(found[(j / part * rows + i) * part + j % part], limbs[digits[j] * rows + i]);
    }
    free(limbs);
}

Test(lanes, table_reads_find_every_entry)
{
    enum { ROWS = 20, ENTRIES_MAX = 256 };
    mp_limb_t *block = calloc((size_t)ROWS * QS_LANES * (ENTRIES_MAX + QS_LANE_PICKS) + QS_LANES_SLACK,
                              sizeof *block);
    mp_limb_t *table = qs_lanes_align(block);
    mp_limb_t *found = table + (size_t)ROWS * QS_LANES * ENTRIES_MAX;
    const qs_lane_body *body;
    int more;

    for (size_t i = 0; body = body_at(i, &more), more; i++) {
        if (body == NULL)
            continue;
        for (size_t k = 0; k < (size_t)ROWS * QS_LANES * ENTRIES_MAX; k++)
            table[k] = 0x9e3779b97f4a7c15u * (mp_limb_t)(k + 1);
        check_select(body, found, table, ROWS);
        for (unsigned teeth = 4; teeth <= QS_LANE_TEETH_MAX; teeth++)
            check_pick(body, found, table, ROWS, teeth);
    }
    free(block);
}

/* One bit wrong in one lane of a square, of a product, of a table read. */
static const qs_lane_body *honest;

static void wrong_sqr(const qs_lane_modulus *m, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch)
{
    honest->sqr(m, r, x, scratch);
    r[5 * QS_LANES + 3] ^= 1;
}

static void wrong_pick(mp_limb_t *r, const mp_limb_t *table, size_t rows, unsigned teeth, const mp_limb_t *digits,
                       size_t groups)
{
    honest->pick(r, table, rows, teeth, digits, groups);
    r[(rows - 1) * QS_LANES + 7] ^= 1;
}

Test(lanes, a_body_that_computes_wrongly_is_found_out)
{
    int more;

    for (size_t i = 0; honest = body_at(i, &more), more; i++) {
        qs_lane_body wrong;

        if (honest == NULL)
            continue;
        cr_expect(qs_lane_check(honest));
        wrong = *honest;
        wrong.sqr = wrong_sqr;
        cr_expect_not(qs_lane_check(&wrong));
        wrong = *honest;
        wrong.pick = wrong_pick;
        cr_expect_not(qs_lane_check(&wrong));
    }
}

/* Nothing for rings it does not fit; the callers then go on alone. */
Test(lanes, are_left_out_where_they_do_not_fit)
{
    gmp_randstate_t random;
    qs_lanes *lanes;
    int more;
    const qs_lane_body *body = body_at(0, &more);
    mpz_t n;

    gmp_randinit_default(random);
    mpz_init(n);
    make_modulus(n, 4157, 0, random);
    cr_expect_eq(qs_lanes_make(&lanes, body, mpz_limbs_read(n), 4157, 1, 1), QUORSUM_OK);
    cr_expect_null(lanes);
    make_modulus(n, 2048, 0, random);
    cr_expect_eq(qs_lanes_make(&lanes, body, mpz_limbs_read(n), 2048, 4, 0), QUORSUM_OK);
    cr_expect_null(lanes);
    cr_expect_eq(qs_lanes_make(&lanes, NULL, mpz_limbs_read(n), 2048, 1, 0), QUORSUM_OK);
    cr_expect_null(lanes);
    mpz_clear(n);
    gmp_randclear(random);
}

/* On its own a ring makes them for a public modulus only. */
Test(lanes, a_ring_of_a_secret_modulus_gets_them_when_asked)
{
    gmp_randstate_t random;
    qs_ring *public, *secret;
    mpz_t n;

    gmp_randinit_default(random);
    mpz_init(n);
    for (unsigned digits = 1; digits <= 4; digits++) {
        make_modulus(n, 1000, digits, random);
        cr_assert_eq(qs_ring_new(&public, mpz_limbs_read(n), mpz_size(n), digits, 0), QUORSUM_OK);
        cr_assert_eq(qs_ring_new(&secret, mpz_limbs_read(n), mpz_size(n), digits, 1), QUORSUM_OK);
        cr_expect_null(secret->lanes);
        cr_expect_eq(qs_ring_add_lanes(secret), QUORSUM_OK);
        cr_expect_eq(secret->lanes != NULL, public->lanes != NULL);
        if (secret->lanes != NULL)
            cr_expect_eq(memcmp(qs_lanes_one(secret->lanes), qs_lanes_one(public->lanes),
                                qs_lanes_group(public->lanes) * sizeof(mp_limb_t)), 0);
        qs_ring_free(secret);
        qs_ring_free(public);
    }
    mpz_clear(n);
    gmp_randclear(random);
}
