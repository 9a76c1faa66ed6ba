/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The single-number kernel, every body that this processor runs, against GMP: digits up to just below 2 n, all sizes,
 * moduli of awkward shapes, one to three digits. What could not run is named.
 */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/across.h"
#include "lib/arith/exponent.h"
#include "lib/arith/lanes.h"
#include "moduli.h"

#define BODIES 2
#define GUARD 0x5a5a5a5a5a5a5a5au

/* Body `index`, or NULL: past the end (*more = 0), or not for this processor. */
static const qs_across_body *body_at(size_t index, int *more)
{
    *more = index < BODIES;
#ifdef QS_LANE_IFMA
    if (index == 1 && !qs_lane_ifma_usable())
        fprintf(stderr, "skipped: the ifma single-number kernel, which this processor cannot run\n");
    else if (index == 1)
        return &qs_across_ifma;
#endif
#ifdef QS_LANE_PLAIN
    if (index == 0)
        return &qs_across_plain;
#endif
    return NULL;
}

typedef struct bench { /* a modulus, and room */
    qs_across_modulus m;
    mpz_t n, modulus, radix;
    size_t count; /* limbs of a digit */
    size_t width;
    mp_limb_t *block;
    mp_limb_t *x, *y, *r, *keep;
} bench;

static void bench_open(bench *b, const mpz_t n, unsigned digits)
{
    size_t bits = mpz_sizeinbase(n, 2);
    mp_limb_t inverse = 1;

    b->count = qs_across_vectors(bits) * QS_LANES;
    b->width = b->count * digits;
    cr_assert_gt(b->count, 0);
    mpz_init_set(b->n, n);
    mpz_init(b->modulus);
    mpz_init(b->radix);
    mpz_pow_ui(b->modulus, n, digits);
    mpz_setbit(b->radix, b->count * QS_ACROSS_BITS);
    for (unsigned i = 0; i < 7; i++)
        inverse *= 2 - mpz_limbs_read(n)[0] * inverse;
    b->block = calloc(2 * b->count + 4 * (b->width + QS_LANES_SLACK) + QS_LANES_SLACK, sizeof *b->block);
    b->x = qs_lanes_align(b->block) + 2 * b->count;
    b->y = b->x + b->width + QS_LANES_SLACK;
    b->r = b->y + b->width + QS_LANES_SLACK;
    b->keep = b->r + b->width + QS_LANES_SLACK;
    qs_across_modulus_set(&b->m, qs_lanes_align(b->block), mpz_limbs_read(n), mpz_size(n), bits, digits,
                          (mp_limb_t)0 - inverse);
}

static void bench_close(bench *b)
{
    free(b->block);
    mpz_clears(b->n, b->modulus, b->radix, NULL);
}

/* Digit i, below 2^(52 count). */
static void put_digit(const bench *b, mp_limb_t *x, unsigned i, const mpz_t digit)
{
    mpz_t limb;

    mpz_init(limb);
    for (size_t c = 0; c < b->count; c++) {
        mpz_fdiv_q_2exp(limb, digit, c * QS_ACROSS_BITS);
        mpz_fdiv_r_2exp(limb, limb, QS_ACROSS_BITS);
        x[i * b->count + c] = (mp_limb_t)mpz_get_ui(limb);
    }
    mpz_clear(limb);
}

/* What x is; its limbs must be canonical and its digits below 2 n. */
static void number_of(mpz_t out, const bench *b, const mp_limb_t *x)
{
    mpz_t digit, twice;

    mpz_init(digit);
    mpz_init(twice);
    mpz_mul_2exp(twice, b->n, 1);
    mpz_set_ui(out, 0);
    for (unsigned i = b->m.digits; i-- > 0;) {
        mpz_set_ui(digit, 0);
        for (size_t c = b->count; c-- > 0;) {
            cr_assert_eq(x[i * b->count + c] >> QS_ACROSS_BITS, 0, "a limb is not canonical");
            mpz_mul_2exp(digit, digit, QS_ACROSS_BITS);
            mpz_add_ui(digit, digit, x[i * b->count + c]);
        }
        cr_assert_lt(mpz_cmp(digit, twice), 0, "a digit is not below 2 n");
        mpz_mul(out, out, b->n);
        mpz_add(out, out, digit);
    }
    mpz_clears(digit, twice, NULL);
}

/* Edge `kind` of a digit, in [0, 2 n): 0, 1, around n and 2 n, all limbs ones as far as they go, long runs, a one above
 * zeros only; then anything. */
#define DIGIT_EDGES 11
#define KINDS (DIGIT_EDGES + 3)
static void make_digit(mpz_t digit, const bench *b, unsigned kind, gmp_randstate_t random)
{
    mpz_t twice;
    size_t bits = mpz_sizeinbase(b->n, 2);

    mpz_init(twice);
    mpz_mul_2exp(twice, b->n, 1);
    mpz_set_ui(digit, kind < 2 ? kind : 0);
    if (kind >= 2 && kind <= 4)
        mpz_sub_ui(digit, kind == 4 ? twice : b->n, kind == 3 ? 0 : 1);
    else if (kind == 5)
        mpz_setbit(digit, bits), mpz_sub_ui(digit, digit, 1);
    else if (kind == 6)
        mpz_setbit(digit, bits - 1), mpz_sub_ui(digit, digit, 1);
    else if (kind == 7)
        mpz_rrandomb(digit, random, bits);
    else if (kind == 8)
        mpz_sub_ui(digit, twice, 2);
    else if (kind == 9)
        mpz_setbit(digit, bits / QS_ACROSS_BITS * QS_ACROSS_BITS), mpz_sub_ui(digit, digit, 1);
    else if (kind == 10)
        mpz_setbit(digit, bits - 1);
    else if (kind >= DIGIT_EDGES)
        mpz_urandomm(digit, random, twice);
    mpz_mod(digit, digit, twice);
    mpz_clear(twice);
}

/* The digits of a number are different edges, neighbours first. A guard stands behind it. */
static void make_number(const bench *b, mp_limb_t *x, unsigned kind, gmp_randstate_t random)
{
    mpz_t digit;

    mpz_init(digit);
    for (unsigned i = 0; i < b->m.digits; i++) {
        make_digit(digit, b, (kind + (1 + kind / KINDS) * i) % KINDS, random);
        put_digit(b, x, i, digit);
    }
    x[b->width] = (mp_limb_t)GUARD;
    mpz_clear(digit);
}

static void expect_product(const bench *b, const mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, const char *what)
{
    mpz_t u, v, w;

    mpz_init(u);
    mpz_init(v);
    mpz_init(w);
    number_of(u, b, x);
    number_of(v, b, y);
    number_of(w, b, r);
    mpz_mul(u, u, v);
    mpz_mul(w, w, b->radix);
    cr_assert(mpz_congruent_p(u, w, b->modulus), "%s, %zu bits, %u digits", what, mpz_sizeinbase(b->n, 2),
              b->m.digits);
    mpz_clears(u, v, w, NULL);
}

/* Every edge with every other; in place as well. */
static void check_products(bench *b, const qs_across_body *body, unsigned first, unsigned rounds,
                           gmp_randstate_t random)
{
    size_t bytes = b->width * sizeof *b->x;

    b->r[b->width] = (mp_limb_t)GUARD;
    for (unsigned k = first; k < first + rounds; k++) {
        make_number(b, b->x, k, random);
        make_number(b, b->y, k * 5 + k / KINDS, random);
        body->mul(&b->m, b->r, b->x, b->y);
        expect_product(b, b->r, b->x, b->y, "product");
        memcpy(b->keep, b->y, bytes);
        body->mul(&b->m, b->keep, b->x, b->keep);
        cr_assert_eq(memcmp(b->keep, b->r, bytes), 0, "in place of y");
        memcpy(b->keep, b->x, bytes);
        body->mul(&b->m, b->keep, b->keep, b->y);
        cr_assert_eq(memcmp(b->keep, b->r, bytes), 0, "in place of x");
        body->sqr(&b->m, b->r, b->x);
        expect_product(b, b->r, b->x, b->x, "square");
        body->sqr(&b->m, b->x, b->x);
        cr_assert_eq(memcmp(b->x, b->r, bytes), 0, "square in place");
        cr_assert_eq(b->r[b->width], (mp_limb_t)GUARD);
        cr_assert_eq(b->x[b->width], (mp_limb_t)GUARD);
    }
}

/* Redundant digits come out canonical, and canonical ones go in and out unchanged. */
static void check_conversion(bench *b, unsigned rounds, gmp_randstate_t random)
{
    size_t limbs = mpz_size(b->n) * b->m.digits;
    mp_limb_t *out = calloc(limbs + 1, sizeof *out);
    mpz_t got, wanted, digit;

    mpz_init(got);
    mpz_init(wanted);
    out[limbs] = (mp_limb_t)GUARD;
    for (unsigned k = 0; k < rounds; k++) {
        make_number(b, b->x, k, random);
        number_of(wanted, b, b->x);
        mpz_mod(wanted, wanted, b->modulus);
        qs_across_store(&b->m, out, b->x);
        mpz_set_ui(got, 0);
        for (unsigned i = b->m.digits; i-- > 0;) {
            mpz_roinit_n(digit, out + i * mpz_size(b->n), (mp_size_t)mpz_size(b->n));
            cr_assert_lt(mpz_cmp(digit, b->n), 0, "stored digits are canonical");
            mpz_mul(got, got, b->n);
            mpz_add(got, got, digit);
        }
        cr_assert_eq(mpz_cmp(got, wanted), 0, "stored");
        qs_across_load(&b->m, b->y, out);
        number_of(got, b, b->y);
        cr_assert_eq(mpz_cmp(got, wanted), 0, "loaded");
        cr_assert_eq(out[limbs], (mp_limb_t)GUARD);
    }
    mpz_clears(got, wanted, NULL);
    free(out);
}

/* Sizes with the most and the least spare room of their vectors, the sizes of keys and of primes, and toy ones. */
static const size_t sizes[] = {12,   52,   63,   64,   65,   511,  1024, 1244, 1245, 1536, 1660, 1661, 2047,
                               2048, 2049, 2076, 2077, 3071, 3072, 3324, 3325, 4095, 4096, 4097, 4156};
#define SIZES (sizeof sizes / sizeof sizes[0])

Test(across, multiplies_as_gmp_does_whatever_the_digits_below_twice_the_modulus, .timeout = 900)
{
    gmp_randstate_t random;
    const qs_across_body *body;
    int more;
    mpz_t n;

    gmp_randinit_default(random);
    mpz_init(n);
    for (size_t i = 0; body = body_at(i, &more), more; i++)
        for (size_t k = 0; body != NULL && k < SIZES; k++)
            for (unsigned digits = 1; digits <= QS_ACROSS_DIGITS_MAX; digits++)
                for (unsigned shape = 0; shape < SHAPES; shape++) {
                    bench b;

                    make_modulus(n, sizes[k], shape, random);
                    bench_open(&b, n, digits);
                    check_products(&b, body, 11 * shape, i == 0 ? KINDS : 2 * KINDS, random);
                    check_conversion(&b, i == 0 ? KINDS : 0, random);
                    bench_close(&b);
                }
    mpz_clear(n);
    gmp_randclear(random);
}

/* A carry that goes through all limbs is rare in a product of random numbers. Here the result is chosen: y = 1, so
 * that the result is x / R for the x = result * R mod n^digits; long runs of ones, and their neighbours. */
Test(across, carries_run_through_all_limbs, .timeout = 300)
{
    gmp_randstate_t random;
    const qs_across_body *body;
    int more;
    mpz_t n, wanted, x, digit;

    gmp_randinit_default(random);
    mpz_init(n);
    mpz_init(wanted);
    mpz_init(x);
    mpz_init(digit);
    for (size_t i = 0; body = body_at(i, &more), more; i++)
        for (size_t k = 5; body != NULL && k < SIZES; k++)
            for (unsigned digits = 1; digits <= QS_ACROSS_DIGITS_MAX; digits++)
                for (size_t run = 40; run < digits * sizes[k]; run += 52 * 7 + 1) {
                    bench b;

                    make_modulus(n, sizes[k], (unsigned)(run % 2), random);
                    bench_open(&b, n, digits);
                    mpz_set_ui(wanted, 0);
                    mpz_setbit(wanted, run);
                    mpz_sub_ui(wanted, wanted, 2);
                    for (unsigned step = 0; step < 4; step++, mpz_add_ui(wanted, wanted, 1)) {
                        mpz_mul(x, wanted, b.radix);
                        mpz_mod(x, x, b.modulus);
                        for (unsigned d = 0; d < digits; d++) {
                            mpz_fdiv_qr(x, digit, x, n);
                            put_digit(&b, b.x, d, digit);
                            mpz_set_ui(digit, d == 0);
                            put_digit(&b, b.y, d, digit);
                        }
                        body->mul(&b.m, b.r, b.x, b.y);
                        number_of(x, &b, b.r);
                        cr_assert(mpz_congruent_p(x, wanted, b.modulus), "%zu bits, run of %zu", sizes[k], run);
                    }
                    bench_close(&b);
                }
    mpz_clears(n, wanted, x, digit, NULL);
    gmp_randclear(random);
}

/* Both bodies run the same kernel: not only the residues agree but every limb. */
Test(across, gives_the_same_limbs_in_all_bodies, .timeout = 600)
{
    gmp_randstate_t random;
    const qs_across_body *plain, *other;
    int more;
    mpz_t n;

    plain = body_at(0, &more);
    other = body_at(1, &more);
    if (plain == NULL || other == NULL) {
        fprintf(stderr, "skipped: a comparison of the single-number kernel's bodies, there is one only\n");
        return;
    }
    gmp_randinit_default(random);
    mpz_init(n);
    for (size_t k = 0; k < SIZES; k++)
        for (unsigned digits = 1; digits <= QS_ACROSS_DIGITS_MAX; digits++) {
            bench b;

            make_modulus(n, sizes[k], (unsigned)k % SHAPES, random);
            bench_open(&b, n, digits);
            for (unsigned round = 0; round < 5; round++) {
                make_number(&b, b.x, round, random);
                make_number(&b, b.y, 2 * round, random);
                plain->mul(&b.m, b.r, b.x, b.y);
                other->mul(&b.m, b.keep, b.x, b.y);
                cr_assert_eq(memcmp(b.r, b.keep, b.width * sizeof *b.r), 0);
                plain->sqr(&b.m, b.r, b.x);
                other->sqr(&b.m, b.keep, b.x);
                cr_assert_eq(memcmp(b.r, b.keep, b.width * sizeof *b.r), 0);
            }
            bench_close(&b);
        }
    mpz_clear(n);
    gmp_randclear(random);
}

/* A ring's copy with the constants of this body, whatever kernel is in use and however small the modulus. */
typedef struct armed {
    qs_ring ring;
    mp_limb_t *block;
} armed;

static void arm(armed *a, const sample *s, const qs_across_body *body)
{
    a->ring = *s->ring;
    a->block = calloc(qs_across_limbs(s->ring), sizeof *a->block);
    a->ring.across = qs_across_make(a->block, body, s->ring, s->scratch);
}

static void check_powers(const qs_across_body *body, const mpz_t n, unsigned digits, int secret, size_t bits,
                         unsigned kind, gmp_randstate_t random)
{
    sample s;
    armed a;
    mp_limb_t *x, *r, *scratch;
    mp_limb_t limbs[4] = {0};
    const mp_limb_t *bases[2];
    mpz_t exponents[2];
    mpz_t base, wanted;

    sample_open(&s, n, digits, secret);
    arm(&a, &s, body);
    x = new_element(&s);
    r = new_element(&s);
    scratch = calloc(qs_power_scratch(s.ring) + 1, sizeof *scratch);
    scratch[qs_power_scratch(s.ring)] = (mp_limb_t)GUARD;
    mpz_inits(base, wanted, exponents[0], exponents[1], NULL);
    make_residue(base, &s, kind % (EDGES + 4), random);
    mpz_rrandomb(exponents[0], random, bits);
    if (kind % 5 == 0)
        mpz_set_ui(exponents[0], 0);
    memcpy(limbs, mpz_limbs_read(exponents[0]), mpz_size(exponents[0]) * sizeof *limbs);
    set_element(&s, x, base);
    qs_ring_enter(s.ring, x, x, s.scratch);
    qs_power(&a.ring, r, x, limbs, bits, scratch);
    cr_assert_eq(scratch[qs_power_scratch(s.ring)], (mp_limb_t)GUARD, "keeps to its scratch");
    qs_ring_leave(s.ring, r, r, s.scratch);
    mpz_powm(wanted, base, exponents[0], s.modulus);
    value_of(base, &s, r);
    cr_assert_eq(mpz_cmp(base, wanted), 0, "secret exponent: %zu bits, %u digits", s.ring->bits, digits);
    mpz_set_ui(exponents[1], 77);
    bases[0] = bases[1] = x;
    cr_assert_eq(qs_power_joint_vartime(&a.ring, r, bases, (const mpz_t *)exponents, 2), QUORSUM_OK);
    qs_ring_leave(s.ring, x, x, s.scratch);
    value_of(base, &s, x);
    mpz_powm_ui(base, base, 77, s.modulus);
    mpz_mul(wanted, wanted, base);
    mpz_mod(wanted, wanted, s.modulus);
    qs_ring_leave(s.ring, r, r, s.scratch);
    value_of(base, &s, r);
    cr_assert_eq(mpz_cmp(base, wanted), 0, "public exponents: %zu bits, %u digits", s.ring->bits, digits);
    mpz_clears(base, wanted, exponents[0], exponents[1], NULL);
    free(scratch);
    free(x);
    free(r);
    free(a.block);
    sample_close(&s);
}

Test(across, raises_elements_of_public_and_secret_rings_to_powers, .timeout = 600)
{
    static const size_t bits[] = {1, 4, 5, 6, 64, 65, 131};
    gmp_randstate_t random;
    const qs_across_body *body;
    int more;
    unsigned round = 0;
    mpz_t n;

    gmp_randinit_default(random);
    mpz_init(n);
    for (size_t i = 0; body = body_at(i, &more), more; i++)
        for (size_t k = 0; body != NULL && k < SIZES; k++)
            for (unsigned digits = 1; digits <= QS_ACROSS_DIGITS_MAX; digits++, round++) {
                make_modulus(n, sizes[k], round % SHAPES, random);
                check_powers(body, n, digits, (int)(round % 2), bits[round % 7], round, random);
            }
    mpz_clear(n);
    gmp_randclear(random);
}

Test(across, table_reads_find_every_entry)
{
    enum { ROWS_MAX = 30, ENTRIES_MAX = 32 };
    mp_limb_t *block = calloc((size_t)ROWS_MAX * QS_LANES * (ENTRIES_MAX + 2) + QS_LANES_SLACK, sizeof *block);
    mp_limb_t *table = qs_lanes_align(block);
    mp_limb_t *found = table + (size_t)ROWS_MAX * QS_LANES * ENTRIES_MAX;
    const qs_across_body *body;
    int more;

    for (size_t i = 0; i < (size_t)ROWS_MAX * QS_LANES * ENTRIES_MAX; i++)
        table[i] = 0x9e3779b97f4a7c15u * (mp_limb_t)(i + 1);
    for (size_t i = 0; body = body_at(i, &more), more; i++)
        for (size_t rows = 1; body != NULL && rows <= ROWS_MAX; rows++)
            for (size_t k = 0; k < ENTRIES_MAX; k++) {
                found[rows * QS_LANES] = (mp_limb_t)GUARD;
                body->select(found, table, rows, ENTRIES_MAX, (mp_limb_t)k);
                cr_assert_eq(memcmp(found, table + k * rows * QS_LANES, rows * QS_LANES * sizeof *found), 0);
                cr_assert_eq(found[rows * QS_LANES], (mp_limb_t)GUARD);
            }
    free(block);
}

/* One bit wrong in a square, a product, a table read. */
static const qs_across_body *honest;

static void wrong_sqr(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x)
{
    honest->sqr(m, r, x);
    r[43] ^= 1;
}

static void wrong_mul(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y)
{
    honest->mul(m, r, x, y);
    r[7] ^= 1;
}

static void wrong_select(mp_limb_t *r, const mp_limb_t *table, size_t rows, size_t entries, mp_limb_t index)
{
    honest->select(r, table, rows, entries, index);
    r[(rows - 1) * QS_LANES - 1] ^= 1;
}

Test(across, a_body_that_computes_wrongly_is_found_out)
{
    int more;

    for (size_t i = 0; honest = body_at(i, &more), more; i++) {
        qs_across_body wrong;

        if (honest == NULL)
            continue;
        cr_expect(qs_across_check(honest));
        wrong = *honest;
        wrong.sqr = wrong_sqr;
        cr_expect_not(qs_across_check(&wrong));
        wrong = *honest;
        wrong.mul = wrong_mul;
        cr_expect_not(qs_across_check(&wrong));
        wrong = *honest;
        wrong.select = wrong_select;
        cr_expect_not(qs_across_check(&wrong));
    }
}

/* Rings of sizes that it does not fit, or that are too small to gain, go on without. */
Test(across, is_left_out_where_it_does_not_fit)
{
    static const struct {
        size_t bits;
        unsigned digits;
        int fits;
    } cases[] = {{2048, 1, 1}, {2048, 3, 1}, {2048, 4, 0}, {4156, 2, 1}, {4157, 1, 0}, {128, 2, 0}};
    gmp_randstate_t random;
    mpz_t n;
    sample s;

    gmp_randinit_default(random);
    mpz_init(n);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_modulus(n, cases[i].bits, 0, random);
        sample_open(&s, n, cases[i].digits, (int)(i % 2));
        cr_expect_eq(s.ring->across != NULL, cases[i].fits && qs_kernel_active()->across != NULL, "case %zu", i);
        sample_close(&s);
    }
    mpz_clear(n);
    gmp_randclear(random);
}

/* A caller with two rings of one modulus takes the scratch of the longer. */
Test(across, powers_of_fewer_digits_need_no_more_scratch)
{
    for (size_t bits = 100; bits <= 4200; bits += 100)
        for (unsigned digits = 1; digits < QS_MAX_DIGITS; digits++) {
            size_t limbs = (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
            qs_ring shorter = {.limbs = limbs, .width = digits * limbs, .bits = bits, .digits = digits};
            qs_ring longer = {.limbs = limbs, .width = (digits + 1) * limbs, .bits = bits, .digits = digits + 1};

            cr_expect_leq(qs_power_scratch(&shorter), qs_power_scratch(&longer), "%zu bits, %u digits", bits, digits);
            cr_expect_leq(qs_ring_scratch(&shorter), qs_power_scratch(&shorter));
        }
}
