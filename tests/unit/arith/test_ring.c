/* SPDX-License-Identifier: Apache-2.0 */
/* lib/arith/ring.c and ring_convert.c against plain GMP integers. */
#include "moduli.h"

static const size_t sizes[] = {12, 15, 31, 32, 33, 63, 64, 65, 127, 128, 190, 512, 1020, 1024, 2047, 2048, 3072, 4096};
#define SIZES (sizeof sizes / sizeof sizes[0])

typedef void (*ring_check)(sample *s, gmp_randstate_t random);

/* Every size, shape and number of digits, as public and as secret ring in turn. */
static void over_rings(ring_check check)
{
    gmp_randstate_t random;
    mpz_t n;
    sample s;

    gmp_randinit_default(random);
    gmp_randseed_ui(random, 20240501);
    mpz_init(n);
    for (size_t i = 0; i < SIZES; i++)
        for (unsigned shape = 0; shape < SHAPES; shape++)
            for (unsigned digits = 1; digits <= QS_MAX_DIGITS; digits++) {
                make_modulus(n, sizes[i], shape, random);
                sample_open(&s, n, digits, (int)((i + shape + digits) % 2));
                check(&s, random);
                sample_close(&s);
            }
    mpz_clear(n);
    gmp_randclear(random);
}

static void expect_value(const sample *s, const mp_limb_t *x, const mpz_t wanted, const char *what)
{
    mpz_t value;
    mpz_t reduced;

    mpz_inits(value, reduced, NULL);
    mpz_mod(reduced, wanted, s->modulus);
    value_of(value, s, x);
    cr_expect_eq(mpz_cmp(value, reduced), 0, "%s: %zu bits, %u digits", what, s->ring->bits, s->ring->digits);
    mpz_clears(value, reduced, NULL);
}

/* All operations on one pair, in the given Montgomery forms. */
static void check_pair(sample *s, const mpz_t a, const mpz_t b)
{
    mp_limb_t *x = new_element(s);
    mp_limb_t *y = new_element(s);
    mp_limb_t *r = new_element(s);
    mpz_t wanted;
    mpz_t inverse;

    mpz_inits(wanted, inverse, NULL);
    set_element(s, x, a);
    set_element(s, y, b);
    mpz_invert(inverse, s->radix, s->modulus);
    qs_ring_mul(s->ring, r, x, y, s->scratch);
    mpz_mul(wanted, a, b);
    mpz_mul(wanted, wanted, inverse);
    expect_value(s, r, wanted, "mul");
    memcpy(r, x, s->ring->width * sizeof *r);
    qs_ring_mul(s->ring, r, r, y, s->scratch);
    expect_value(s, r, wanted, "mul in place");
    memcpy(r, y, s->ring->width * sizeof *r);
    qs_ring_mul(s->ring, r, x, r, s->scratch);
    expect_value(s, r, wanted, "mul in place of the second");
    qs_ring_product_vartime(s->ring, r, x, y, s->scratch);
    mpz_mul(wanted, a, b);
    expect_value(s, r, wanted, "product");
    qs_ring_product_vartime(s->ring, y, x, y, s->scratch);
    expect_value(s, y, wanted, "product in place");
    set_element(s, y, b);
    mpz_add(wanted, a, b);
    qs_ring_add(s->ring, r, x, y, s->scratch);
    expect_value(s, r, wanted, "add");
    mpz_sub(wanted, a, b);
    qs_ring_sub(s->ring, r, x, y, s->scratch);
    expect_value(s, r, wanted, "sub");
    cr_expect_eq(qs_ring_equal(s->ring, x, y), mpz_cmp(a, b) == 0 ? ~(mp_limb_t)0 : 0);
    qs_ring_select(s->ring, r, x, y, 0);
    expect_value(s, r, a, "select 0");
    qs_ring_select(s->ring, r, x, y, 1);
    expect_value(s, r, b, "select 1");
    qs_ring_sub(s->ring, y, x, y, s->scratch);
    expect_value(s, y, wanted, "sub in place");
    mpz_clears(wanted, inverse, NULL);
    free(x);
    free(y);
    free(r);
}

static void check_single(sample *s, const mpz_t a)
{
    mp_limb_t *x = new_element(s);
    mp_limb_t *r = new_element(s);
    mpz_t wanted;

    mpz_init(wanted);
    set_element(s, x, a);
    mpz_mul(wanted, a, s->radix);
    qs_ring_enter(s->ring, r, x, s->scratch);
    expect_value(s, r, wanted, "enter");
    qs_ring_leave(s->ring, r, r, s->scratch);
    expect_value(s, r, a, "leave");
    qs_ring_enter(s->ring, r, x, s->scratch);
    qs_ring_sqr(s->ring, r, r, s->scratch);
    qs_ring_leave(s->ring, r, r, s->scratch);
    mpz_mul(wanted, a, a);
    expect_value(s, r, wanted, "sqr");
    qs_ring_product_vartime(s->ring, r, x, x, s->scratch);
    expect_value(s, r, wanted, "product of equals");
    qs_ring_add(s->ring, x, x, x, s->scratch);
    mpz_add(wanted, a, a);
    expect_value(s, x, wanted, "doubling in place");
    mpz_clear(wanted);
    free(x);
    free(r);
}

static void check_arithmetic(sample *s, gmp_randstate_t random)
{
    mpz_t a;
    mpz_t b;
    unsigned kinds = s->ring->bits > 1100 ? EDGES + 1 : EDGES + 6;

    mpz_inits(a, b, NULL);
    for (unsigned i = 0; i < kinds; i++) {
        make_residue(a, s, i, random);
        check_single(s, a);
        for (unsigned j = 0; j < kinds; j++) {
            make_residue(b, s, j, random);
            check_pair(s, a, b);
        }
    }
    mpz_clears(a, b, NULL);
}

Test(ring, agrees_with_integers_over_all_shapes_of_modulus, .timeout = 600)
{
    over_rings(check_arithmetic);
}

static void check_constants(sample *s, gmp_randstate_t random)
{
    mp_limb_t *r = new_element(s);
    mpz_t wanted;

    expect_value(s, s->ring->one, s->radix, "one");
    mpz_init(wanted);
    mpz_mul(wanted, s->radix, s->radix);
    expect_value(s, s->ring->square, wanted, "square");
    cr_expect_eq(s->ring->bits, mpz_sizeinbase(s->n, 2));
    for (uint64_t power = 0; power < 40; power += power < 6 ? 1 : 1 + gmp_urandomm_ui(random, 10)) {
        mpz_powm_ui(wanted, s->radix, power, s->modulus);
        qs_ring_radix_vartime(s->ring, r, power, s->scratch);
        expect_value(s, r, wanted, "radix");
    }
    mpz_powm_ui(wanted, s->radix, 0xf123456789abcdefu, s->modulus);
    qs_ring_radix_vartime(s->ring, r, 0xf123456789abcdefu, s->scratch);
    expect_value(s, r, wanted, "radix to a large power");
    mpz_clear(wanted);
    free(r);
}

/* Whether n is secret decides about memory only. */
static void check_twin(sample *s, gmp_randstate_t random)
{
    qs_ring *twin;

    (void)random;
    cr_assert_eq(qs_ring_new(&twin, s->ring->n, s->ring->limbs, s->ring->digits, !s->ring->secret), QUORSUM_OK);
    cr_expect_eq(twin->inverse, s->ring->inverse);
    cr_expect_eq(twin->bits, s->ring->bits);
    cr_expect_eq(twin->bytes, s->ring->bytes);
    cr_expect_eq(twin->width, s->ring->width);
    cr_expect_neq(qs_ring_equal(twin, twin->one, s->ring->one), 0);
    cr_expect_neq(qs_ring_equal(twin, twin->square, s->ring->square), 0);
    qs_ring_free(twin);
}

Test(ring, is_the_same_for_secret_and_public_moduli, .timeout = 600)
{
    over_rings(check_twin);
}

Test(ring, knows_its_radix, .timeout = 600)
{
    over_rings(check_constants);
}

/* Integers shorter than a digit, around n^digits and far longer; all ones among them. */
static void check_reduction(sample *s, gmp_randstate_t random)
{
    size_t limbs[] = {0, 1, s->ring->limbs, s->ring->limbs + 1, s->ring->width, 2 * s->ring->width + 3};
    mp_limb_t *r = new_element(s);
    mp_limb_t *long_one = calloc(2 * s->ring->width + 3, sizeof *long_one);
    mpz_t value;

    mpz_init(value);
    for (size_t i = 0; i < 6; i++)
        for (int ones = 0; ones < 2; ones++) {
            mpz_rrandomb(value, random, limbs[i] * GMP_LIMB_BITS);
            if (ones) {
                mpz_set_ui(value, 0);
                mpz_setbit(value, limbs[i] * GMP_LIMB_BITS);
                mpz_sub_ui(value, value, 1);
            }
            memset(long_one, 0, (2 * s->ring->width + 3) * sizeof *long_one);
            memcpy(long_one, mpz_limbs_read(value), mpz_size(value) * sizeof *long_one);
            qs_ring_reduce(s->ring, r, long_one, limbs[i], s->scratch);
            expect_value(s, r, value, "reduce");
            mpz_neg(value, value);
            qs_ring_from_mpz_vartime(s->ring, r, value);
            expect_value(s, r, value, "from a negative integer");
        }
    mpz_clear(value);
    free(long_one);
    free(r);
}

Test(ring, reduces_integers_of_any_length, .timeout = 600)
{
    over_rings(check_reduction);
}

static void check_wire(sample *s, gmp_randstate_t random)
{
    size_t bytes = s->ring->bytes * s->ring->digits;
    uint8_t *wire = malloc(bytes);
    mp_limb_t *x = new_element(s);
    mp_limb_t *y = new_element(s);
    mpz_t a;
    mpz_t b;

    mpz_inits(a, b, NULL);
    for (unsigned kind = 0; kind < EDGES + 3; kind++) {
        make_residue(a, s, kind, random);
        set_element(s, x, a);
        qs_ring_write(s->ring, wire, x);
        mpz_import(b, s->ring->bytes, 1, 1, 1, 0, wire);
        cr_expect_lt(mpz_cmp(b, s->n), 0);
        mpz_mod(a, a, s->n);
        cr_expect_eq(mpz_cmp(a, b), 0, "digit 0 comes first");
        cr_expect_eq(qs_ring_read(s->ring, y, wire), 0);
        cr_expect_neq(qs_ring_equal(s->ring, x, y), 0);
        qs_ring_to_mpz(s->ring, b, x);
        expect_value(s, x, b, "to integer");
    }
    for (unsigned digit = 0; digit < s->ring->digits; digit++) {
        memset(wire, 0, bytes);
        mpz_export(wire + digit * s->ring->bytes, NULL, 1, 1, 1, 0, s->n);
        cr_expect_eq(qs_ring_read(s->ring, y, wire), -1, "a digit equal to n is refused");
        memset(wire + digit * s->ring->bytes, 0xff, s->ring->bytes);
        cr_expect_eq(qs_ring_read(s->ring, y, wire), -1, "a digit of all ones is refused");
    }
    mpz_clears(a, b, NULL);
    free(wire);
    free(x);
    free(y);
}

Test(ring, reads_and_writes_canonical_digits_only, .timeout = 600)
{
    over_rings(check_wire);
}

static void check_inverse(sample *s, gmp_randstate_t random)
{
    mp_limb_t *x = new_element(s);
    mpz_t a;
    mpz_t wanted;

    mpz_inits(a, wanted, NULL);
    for (unsigned kind = 0; kind < EDGES + 2; kind++) {
        int unit;

        make_residue(a, s, kind, random);
        unit = mpz_invert(wanted, a, s->modulus) != 0;
        set_element(s, x, a);
        cr_expect_eq(qs_ring_invert_vartime(s->ring, x, x), unit ? 0 : -1);
        if (unit)
            expect_value(s, x, wanted, "inverse");
    }
    mpz_clears(a, wanted, NULL);
    free(x);
}

Test(ring, inverts_units_and_refuses_others, .timeout = 600)
{
    over_rings(check_inverse);
}

/* Every pair modulo n^2 and n^3, and n^5 for the least n: nothing is left to chance. */
Test(ring, inverts_several_at_once_or_none)
{
    gmp_randstate_t random;
    mpz_t n, x, wanted;
    sample s;

    gmp_randinit_default(random);
    mpz_inits(n, x, wanted, NULL);
    mpz_set_ui(n, 3989 * 4001);
    sample_open(&s, n, 2, 0);
    for (size_t count = 1; count <= 17; count++) {
        size_t width = s.ring->width;
        mp_limb_t *element = calloc(3 * count * width, sizeof *element);
        mp_limb_t *keep = element + count * width;
        mp_limb_t *scratch = calloc(width + qs_ring_scratch(s.ring), sizeof *scratch);

        for (size_t i = 0; i < count; i++) {
            do
                mpz_urandomm(x, random, s.modulus);
            while (mpz_invert(wanted, x, s.modulus) == 0);
            set_element(&s, element + i * width, x);
        }
        memcpy(keep, element, count * width * sizeof *keep);
        cr_expect_eq(qs_ring_invert_all_vartime(s.ring, element, count, keep + count * width, scratch), 0);
        for (size_t i = 0; i < count; i++) {
            value_of(x, &s, keep + i * width);
            (void)mpz_invert(wanted, x, s.modulus);
            value_of(x, &s, element + i * width);
            cr_expect_eq(mpz_cmp(x, wanted), 0, "element %zu of %zu", i, count);
        }
        mpz_set_ui(x, 3989);
        set_element(&s, element + (count - 1) * width, x);
        memcpy(keep, element, count * width * sizeof *keep);
        cr_expect_eq(qs_ring_invert_all_vartime(s.ring, element, count, keep + count * width, scratch), -1);
        cr_expect_eq(memcmp(keep, element, count * width * sizeof *keep), 0);
        free(scratch);
        free(element);
    }
    sample_close(&s);
    mpz_clears(n, x, wanted, NULL);
    gmp_randclear(random);
}

Test(ring, is_right_for_every_pair_modulo_tiny_powers, .timeout = 600)
{
    static const unsigned tiny[][2] = {{3, 1}, {3, 2}, {3, 3}, {3, 4}, {3, 5}, {5, 3}, {7, 2}, {15, 2}, {21, 2}};
    sample s;
    mpz_t n;
    mpz_t a;
    mpz_t b;

    mpz_inits(n, a, b, NULL);
    for (size_t i = 0; i < sizeof tiny / sizeof tiny[0]; i++) {
        mpz_set_ui(n, tiny[i][0]);
        sample_open(&s, n, tiny[i][1], 0);
        for (unsigned long x = 0; mpz_cmp_ui(s.modulus, x) > 0; x++) {
            mpz_set_ui(a, x);
            check_single(&s, a);
            for (unsigned long y = 0; mpz_cmp_ui(s.modulus, y) > 0; y += tiny[i][1] > 3 ? 3 : 1) {
                mpz_set_ui(b, y);
                check_pair(&s, a, b);
            }
        }
        sample_close(&s);
    }
    mpz_clears(n, a, b, NULL);
}

/* Non-units at the ends and in the middle, alone and together: the lowest is named. */
Test(ring, names_the_lowest_value_that_is_no_unit)
{
    enum { COUNT = 37, STRIDE = 9 };
    static const size_t bad[][2] = {{0, 36}, {36, 36}, {17, 20}, {1, 2}, {35, 36}, {16, 17}};
    mp_limb_t values[COUNT * STRIDE] = {0};
    gmp_randstate_t random;
    mpz_t p;
    mpz_t n;
    sample s;
    size_t first = 99;

    gmp_randinit_default(random);
    mpz_inits(p, n, NULL);
    mpz_setbit(p, 127);
    mpz_nextprime(p, p);
    mpz_mul_ui(n, p, 1000003);
    sample_open(&s, n, 2, 0);
    for (size_t i = 0; i < 6; i++) {
        for (size_t k = 0; k < COUNT; k++)
            values[k * STRIDE] = k + 2;
        cr_expect_eq(qs_ring_units_vartime(s.ring, values, STRIDE, COUNT, &first, s.scratch), 1);
        for (size_t side = 0; side < 2; side++)
            memcpy(values + bad[i][side] * STRIDE, mpz_limbs_read(p), mpz_size(p) * sizeof values[0]);
        cr_expect_eq(qs_ring_units_vartime(s.ring, values, STRIDE, COUNT, &first, s.scratch), 0);
        cr_expect_eq(first, bad[i][0]);
        memset(values, 0, sizeof values);
    }
    cr_expect_eq(qs_ring_units_vartime(s.ring, values, STRIDE, 1, &first, s.scratch), 0, "zero is no unit");
    cr_expect_eq(first, 0);
    cr_expect_eq(qs_ring_units_vartime(s.ring, values, STRIDE, 0, &first, s.scratch), 1);
    sample_close(&s);
    mpz_clears(p, n, NULL);
    gmp_randclear(random);
}

/* One digit is what goes eight at a time: every tail, every place, either factor of n. */
Test(ring, finds_what_is_no_unit_at_any_place_of_a_vector_of_any_length)
{
    enum { COUNT = 75, STRIDE = 5 };
    mp_limb_t values[COUNT * STRIDE] = {0};
    mpz_t p, n, value;
    sample s;
    size_t first;

    mpz_inits(p, n, value, NULL);
    mpz_setbit(p, 127);
    mpz_nextprime(p, p);
    mpz_mul_ui(n, p, 1000003);
    sample_open(&s, n, 1, 0);
    for (size_t k = 0; k < COUNT; k++) {
        mpz_sub_ui(value, n, k + 2);
        memcpy(values + k * STRIDE, mpz_limbs_read(value), mpz_size(value) * sizeof values[0]);
    }
    for (size_t count = 1; count <= COUNT; count++) {
        cr_assert_eq(qs_ring_units_vartime(s.ring, values, STRIDE, count, &first, s.scratch), 1);
        for (size_t k = 0; k < count; k += 1 + count / 20) {
            mp_limb_t keep[STRIDE];

            memcpy(keep, values + k * STRIDE, sizeof keep);
            memset(values + k * STRIDE, 0, sizeof keep);
            if (k % 3 == 0)
                memcpy(values + k * STRIDE, mpz_limbs_read(p), mpz_size(p) * sizeof values[0]);
            else if (k % 3 == 1)
                values[k * STRIDE] = 1000003;
            cr_expect_eq(qs_ring_units_vartime(s.ring, values, STRIDE, count, &first, s.scratch), 0);
            cr_expect_eq(first, k, "%zu of %zu", k, count);
            memcpy(values + k * STRIDE, keep, sizeof keep);
        }
    }
    sample_close(&s);
    mpz_clears(p, n, value, NULL);
}

Test(ring, refuses_even_small_and_misshapen_moduli)
{
    mp_limb_t n[2] = {15, 0};
    qs_ring *ring;

    cr_expect_eq(qs_ring_new(&ring, n, 2, 1, 0), QUORSUM_ERR_ARGUMENT);
    cr_expect_null(ring);
    cr_expect_eq(qs_ring_new(&ring, n, 1, 0, 0), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_ring_new(&ring, n, 1, 6, 0), QUORSUM_ERR_ARGUMENT);
    n[0] = 16;
    cr_expect_eq(qs_ring_new(&ring, n, 1, 2, 0), QUORSUM_ERR_ARGUMENT);
    n[0] = 1;
    cr_expect_eq(qs_ring_new(&ring, n, 1, 2, 0), QUORSUM_ERR_ARGUMENT);
    qs_ring_free(NULL);
}
