/* SPDX-License-Identifier: Apache-2.0 */
/* Fields and fixed point: what is refused, where values are clipped, and that the only rounding is half to even. */
#include "lib/encode/fields.h"

#include <criterion/criterion.h>
#include <gmp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static quorsum_field field(void)
{
    return (quorsum_field){.name = "age", .count = 1, .bits = 16, .is_signed = 1, .scale = 100};
}

static quorsum_field wide(uint64_t scale)
{
    return (quorsum_field){.name = "wide", .count = 1, .bits = 62, .is_signed = 1, .scale = scale};
}

static int64_t quantise(const quorsum_field *f, double number, int *clipped)
{
    int64_t value = 77;

    cr_assert_eq(quorsum_field_quantise(f, number, &value, clipped), QUORSUM_OK);
    return value;
}

/* ---- what a field may be ---- */

Test(fields, accepts_the_ends_of_every_range)
{
    quorsum_field f = field();
    char name[129];

    memset(name, 'n', 128);
    name[128] = '\0';
    f.name = name;
    f.count = 1u << 26;
    f.bits = 62;
    f.scale = (uint64_t)1 << 53;
    f.clip = UINT64_MAX;
    cr_expect_eq(qs_field_check(&f), QUORSUM_OK);
    f = (quorsum_field){.name = "\xc3\xa9", .count = 1, .bits = 1, .scale = 1, .column = ""};
    cr_expect_eq(qs_field_check(&f), QUORSUM_OK);
    f.reduce = QUORSUM_REDUCE_SUM_SQUARES;
    cr_expect_eq(qs_field_check(&f), QUORSUM_OK);
}

#define REFUSED(member, wrong)                                                               \
    do {                                                                                     \
        quorsum_field bad = field();                                                         \
        bad.member = wrong;                                                                  \
        cr_expect_eq(qs_field_check(&bad), QUORSUM_ERR_FIELDS, #member " = " #wrong " passed"); \
    } while (0)

Test(fields, refuses_each_member_outside_its_range)
{
    char name[130];

    memset(name, 'n', 129);
    name[129] = '\0';
    REFUSED(name, NULL);
    REFUSED(name, "");
    REFUSED(name, name);
    REFUSED(name, "\xff");
    REFUSED(name, "\xed\xa0\x80"); /* a surrogate */
    REFUSED(column, name);
    REFUSED(column, "\xc0\x80");
    REFUSED(count, 0);
    REFUSED(count, (1u << 26) + 1);
    REFUSED(bits, 0);
    REFUSED(bits, 63);
    REFUSED(is_signed, 2);
    REFUSED(is_signed, -1);
    REFUSED(scale, 0);
    REFUSED(scale, ((uint64_t)1 << 53) + 1);
    REFUSED(reduce, (quorsum_reduce)4);
    cr_expect_eq(qs_field_check(NULL), QUORSUM_ERR_ARGUMENT);
}

Test(fields, reduces_a_column_to_one_value_only)
{
    quorsum_field f = field();

    f.count = 2;
    cr_expect_eq(qs_field_check(&f), QUORSUM_OK);
    f.reduce = QUORSUM_REDUCE_SUM;
    cr_expect_eq(qs_field_check(&f), QUORSUM_ERR_FIELDS);
}

Test(fields, names_the_later_field_of_a_repeated_name)
{
    quorsum_field list[5] = {field(), field(), field(), field(), field()};
    static const char *names[5] = {"d", "b", "a", "b", "d"};
    size_t index = 99;

    for (size_t i = 0; i < 5; i++)
        list[i].name = names[i];
    cr_expect_eq(qs_fields_check(list, 5, &index), QUORSUM_ERR_FIELDS);
    cr_expect_eq(index, 3, "the first repetition, not %zu", index);
    cr_expect_eq(qs_fields_check(list, 3, &index), QUORSUM_OK);
    cr_expect_eq(qs_fields_check(list, 0, &index), QUORSUM_ERR_FIELDS);
}

Test(fields, bounds_the_values_of_a_whole_list)
{
    quorsum_field list[2] = {field(), field()};
    size_t index = 99;

    list[1].name = "other";
    list[0].count = (1u << 26) - 1;
    cr_expect_eq(qs_fields_check(list, 2, &index), QUORSUM_OK);
    list[1].count = 2;
    cr_expect_eq(qs_fields_check(list, 2, &index), QUORSUM_ERR_LIMIT);
    cr_expect_eq(index, 1);
}

Test(fields, copies_its_strings)
{
    char name[] = "before";
    quorsum_field list[2] = {field(), field()};
    quorsum_field *copy;

    list[0].name = name;
    list[1].column = "feeds";
    copy = qs_fields_copy(list, 2);
    cr_assert_not_null(copy);
    memset(name, 'x', sizeof name - 1);
    cr_expect_str_eq(copy[0].name, "before");
    cr_expect_str_eq(copy[0].column, "");
    cr_expect_str_eq(copy[1].name, "age");
    cr_expect_str_eq(copy[1].column, "feeds");
    cr_expect_eq(copy[1].scale, 100);
    free(copy);
}

/* ---- ranges ---- */

Test(fields, clip_narrows_the_range_of_bits_and_never_widens_it)
{
    static const struct {
        uint32_t bits;
        int is_signed;
        uint64_t clip;
        int64_t low;
        int64_t high;
        uint64_t bound;
    } rows[] = {
        {8, 1, 0, -128, 127, 128},
        {8, 1, 127, -127, 127, 127},
        {8, 1, 128, -128, 127, 128},
        {8, 1, 1000, -128, 127, 128},
        {8, 1, 1, -1, 1, 1},
        {8, 0, 0, 0, 255, 255},
        {8, 0, 254, 0, 254, 254},
        {8, 0, UINT64_MAX, 0, 255, 255},
        {1, 1, 0, -1, 0, 1},
        {1, 0, 0, 0, 1, 1},
        {62, 1, UINT64_MAX, -((int64_t)1 << 61), ((int64_t)1 << 61) - 1, (uint64_t)1 << 61},
        {62, 0, 0, 0, ((int64_t)1 << 62) - 1, ((uint64_t)1 << 62) - 1},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        quorsum_field f = field();
        int64_t low;
        int64_t high;
        int clipped = 7;

        f.bits = rows[i].bits;
        f.is_signed = rows[i].is_signed;
        f.clip = rows[i].clip;
        qs_field_range(&f, &low, &high);
        cr_expect(low == rows[i].low && high == rows[i].high, "row %zu", i);
        cr_expect_eq(qs_field_bound(&f), rows[i].bound, "row %zu", i);
        cr_expect_eq(quorsum_field_clip(&f, high, &clipped), high);
        cr_expect_eq(clipped, 0);
        cr_expect_eq(quorsum_field_clip(&f, high + 1, &clipped), high);
        cr_expect_eq(clipped, 1);
        cr_expect_eq(quorsum_field_clip(&f, low, &clipped), low);
        cr_expect_eq(clipped, 0);
        cr_expect_eq(quorsum_field_clip(&f, low - 1, &clipped), low);
        cr_expect_eq(clipped, 1);
        cr_expect_eq(quorsum_field_clip(&f, INT64_MIN, NULL), low);
        cr_expect_eq(quorsum_field_clip(&f, INT64_MAX, NULL), high);
    }
}

/* ---- fixed point ---- */

Test(fields, rounds_half_to_even)
{
    static const double numbers[] = {0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, 0.49999999999999994, 4503599627370495.5};
    static const int64_t rounded[] = {0, 2, 2, 4, 0, -2, -2, 0, 4503599627370496};
    quorsum_field f = wide(1);

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        cr_expect_eq(quantise(&f, numbers[i], NULL), rounded[i], "%a", numbers[i]);
    f = wide(100);
    cr_expect_eq(quantise(&f, 0.125, NULL), 12);
    cr_expect_eq(quantise(&f, 0.375, NULL), 38);
    cr_expect_eq(quantise(&f, 0.285, NULL), 28); /* the double is below 0.285, and times 100 in floating point is not */
    f = wide(1000000);
    cr_expect_eq(quantise(&f, 0.006399, NULL), 6399);
}

Test(fields, refuses_nan_and_infinity_by_name)
{
    quorsum_field f = field();
    const double bad[] = {NAN, -NAN, INFINITY, -INFINITY};

    for (size_t i = 0; i < 4; i++) {
        int64_t value = 5;
        int clipped = 5;

        cr_expect_eq(quorsum_field_quantise(&f, bad[i], &value, &clipped), QUORSUM_ERR_NOT_A_NUMBER);
        cr_expect(value == 0 && clipped == 0);
    }
    cr_expect_eq(quorsum_field_quantise(&f, 1.0, NULL, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_field_quantise(NULL, 1.0, &(int64_t){0}, NULL), QUORSUM_ERR_ARGUMENT);
}

Test(fields, clips_and_says_so)
{
    quorsum_field f = field();
    int clipped;

    cr_expect_eq(quantise(&f, 327.67, &clipped), 32767);
    cr_expect_eq(clipped, 0);
    cr_expect_eq(quantise(&f, 327.68, &clipped), 32767);
    cr_expect_eq(clipped, 1);
    cr_expect_eq(quantise(&f, -327.68, &clipped), -32768);
    cr_expect_eq(clipped, 0);
    cr_expect_eq(quantise(&f, -1e300, &clipped), -32768);
    cr_expect_eq(clipped, 1);
    cr_expect_eq(quantise(&f, 1.7976931348623157e308, &clipped), 32767);
    cr_expect_eq(clipped, 1);
    cr_expect_eq(quantise(&f, 5e-324, &clipped), 0);
    cr_expect_eq(quantise(&f, -0.0, &clipped), 0);
    cr_expect_eq(clipped, 0);
    f.is_signed = 0;
    cr_expect_eq(quantise(&f, -1.0, &clipped), 0);
    cr_expect_eq(clipped, 1);
    cr_expect_eq(quantise(&f, -0.004, &clipped), 0); /* rounds to zero, which is in range */
    cr_expect_eq(clipped, 0);
}

/* round(number * scale), half to even, from mpq arithmetic. */
static void oracle(mpz_t out, double number, uint64_t scale)
{
    mpq_t q;
    mpz_t doubled;

    mpq_init(q);
    mpz_init(doubled);
    mpq_set_d(q, number);
    mpz_mul_ui(mpq_numref(q), mpq_numref(q), scale);
    mpq_canonicalize(q);
    mpz_mul_2exp(doubled, mpq_numref(q), 1);
    mpz_add(doubled, doubled, mpq_denref(q)); /* floor(x + 1/2) = floor((2 num + den) / (2 den)) */
    mpz_mul_2exp(mpq_denref(q), mpq_denref(q), 1);
    mpz_fdiv_q(out, doubled, mpq_denref(q));
    if (mpz_divisible_p(doubled, mpq_denref(q)) && mpz_odd_p(out))
        mpz_sub_ui(out, out, 1);
    mpq_clear(q);
    mpz_clear(doubled);
}

Test(fields, quantises_as_exact_rational_arithmetic_does)
{
    gmp_randstate_t state;
    mpz_t want;

    gmp_randinit_default(state);
    gmp_randseed_ui(state, 4);
    mpz_init(want);
    for (unsigned i = 0; i < 200000; i++) {
        int64_t mantissa = (int64_t)gmp_urandomb_ui(state, 53) - ((int64_t)1 << 52);
        int exponent = (int)gmp_urandomm_ui(state, 190) - 160;
        uint64_t scale = (gmp_urandomb_ui(state, 53) >> gmp_urandomm_ui(state, 53)) + 1;
        double number = ldexp((double)(i % 3 == 0 ? mantissa >> 40 : mantissa), exponent);
        quorsum_field f = wide(scale);
        int64_t low;
        int64_t high;
        int clipped;
        int64_t value = quantise(&f, number, &clipped);

        oracle(want, number, scale);
        qs_field_range(&f, &low, &high);
        if (mpz_cmp_si(want, high) > 0)
            cr_assert(value == high && clipped, "%a * %lu", number, (unsigned long)scale);
        else if (mpz_cmp_si(want, low) < 0)
            cr_assert(value == low && clipped, "%a * %lu", number, (unsigned long)scale);
        else
            cr_assert(mpz_cmp_si(want, value) == 0 && !clipped, "%a * %lu", number, (unsigned long)scale);
    }
    mpz_clear(want);
    gmp_randclear(state);
}

Test(fields, shows_a_total_as_the_nearest_double)
{
    quorsum_field f = wide(1000000);

    cr_expect_eq(quorsum_field_number(&f, 6399), 0.006399);
    cr_expect_eq(quorsum_field_number(&f, -123456789), -123.456789);
    cr_expect_eq(quorsum_field_number(&f, 0), 0.0);
    f = wide(1);
    cr_expect_eq(quorsum_field_number(&f, ((int64_t)1 << 53) + 1), 9007199254740992.0);
    cr_expect_eq(quorsum_field_number(&f, ((int64_t)1 << 53) + 3), 9007199254740996.0);
    cr_expect_eq(quorsum_field_number(&f, INT64_MIN), -9223372036854775808.0);
    f = wide((uint64_t)1 << 53);
    cr_expect_eq(quorsum_field_number(&f, 1), ldexp(1.0, -53));
}

/* No double lies nearer to value / scale: compared with both neighbours in exact arithmetic. */
static int is_nearest(double number, int64_t value, uint64_t scale)
{
    const double near[3] = {nextafter(number, -INFINITY), number, nextafter(number, INFINITY)};
    mpq_t distance[3];
    mpq_t exact;
    int nearest;

    mpq_init(exact);
    mpz_set_si(mpq_numref(exact), value);
    mpz_set_ui(mpq_denref(exact), scale);
    mpq_canonicalize(exact);
    for (unsigned i = 0; i < 3; i++) {
        mpq_init(distance[i]);
        mpq_set_d(distance[i], near[i]);
        mpq_sub(distance[i], distance[i], exact);
        mpq_abs(distance[i], distance[i]);
    }
    nearest = mpq_cmp(distance[1], distance[0]) <= 0 && mpq_cmp(distance[1], distance[2]) <= 0;
    for (unsigned i = 0; i < 3; i++)
        mpq_clear(distance[i]);
    mpq_clear(exact);
    return nearest;
}

Test(fields, shows_random_totals_as_the_nearest_double)
{
    gmp_randstate_t state;

    gmp_randinit_default(state);
    gmp_randseed_ui(state, 5);
    for (unsigned i = 0; i < 50000; i++) {
        uint64_t scale = (gmp_urandomb_ui(state, 53) >> gmp_urandomm_ui(state, 53)) + 1;
        int64_t value = (int64_t)(gmp_urandomb_ui(state, 62) >> gmp_urandomm_ui(state, 60)) - ((int64_t)1 << 10);
        quorsum_field f = wide(scale);

        cr_assert(is_nearest(quorsum_field_number(&f, value), value, scale), "%ld / %lu", (long)value,
                  (unsigned long)scale);
    }
    gmp_randclear(state);
}
