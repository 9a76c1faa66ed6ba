/* SPDX-License-Identifier: Apache-2.0 */
/* Decimals against rational arithmetic: what is a number, what it is exactly, and that sums are rounded once. */
#include "tools/quorsum/decimal.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static tool_decimal parse(const char *text)
{
    tool_decimal x = {0};

    cr_assert_eq(tool_decimal_parse(&x, text, strlen(text)), TOOL_DECIMAL_FINITE, "%s", text);
    return x;
}

static int64_t scaled(const char *text, uint64_t scale)
{
    tool_decimal x = parse(text);

    return tool_decimal_scale(&x, scale);
}

Test(decimal, reads_what_people_write)
{
    static const struct {
        const char *text;
        int64_t thousandths;
    } rows[] = {
        {"0", 0}, {"-0", 0}, {"1", 1000}, {"+1", 1000}, {"-1", -1000}, {" 12.5\t", 12500}, {"12.", 12000}, {".5", 500},
        {"-.5", -500}, {"007", 7000}, {"1e3", 1000000}, {"1E+3", 1000000}, {"1e-3", 1}, {"1.5e-2", 15},
        {"0.0000000000000000000000000000000000000000000001e46", 1000}, {"123000e-3", 123000}, {"0e999999999999", 0},
        {"1e-999999999999", 0}, {"0000000000000000000000000000000000000000000000000000000000000000001", 1000},
        {"1.00000000000000000000000000000000000000000000000000000", 1000},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(scaled(rows[i].text, 1000), rows[i].thousandths, "%s", rows[i].text);
    cr_expect_eq(scaled("0.006399", 1000000), 6399);
}

/* The value of digits and exponent, however many zeros stand around: numbers of up to 19 digits are read in another way. */
Test(decimal, reads_the_same_from_few_digits_and_from_many)
{
    static const char *const digits[] = {"0", "7", "10", "9999999999999999999", "1000000000000000000",
                                         "99999999999999999999", "12345678901234567890"};
    char text[128];

    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++)
        for (int exponent = -45; exponent <= 40; exponent++)
            for (size_t point = 0; point <= strlen(digits[i]); point += 3) {
                tool_decimal few;
                tool_decimal many;

                snprintf(text, sizeof text, "%.*s.%se%d", (int)point, digits[i], digits[i] + point, exponent);
                few = parse(text);
                snprintf(text, sizeof text, "00000000000000000000000%.*s.%se%d", (int)point, digits[i],
                         digits[i] + point, exponent);
                many = parse(text);
                cr_expect_eq(few.huge, many.huge, "%s", text);
                cr_expect_arr_eq(few.units, many.units, sizeof few.units, "%s", text);
            }
}

Test(decimal, names_what_is_no_number)
{
    static const struct {
        const char *text;
        tool_decimal_kind kind;
    } rows[] = {
        {"", TOOL_DECIMAL_EMPTY}, {" \t ", TOOL_DECIMAL_EMPTY}, {"nan", TOOL_DECIMAL_NAN}, {"-NaN", TOOL_DECIMAL_NAN},
        {"inf", TOOL_DECIMAL_INFINITE}, {"+Infinity", TOOL_DECIMAL_INFINITE}, {"-INF", TOOL_DECIMAL_INFINITE},
        {"NA", TOOL_DECIMAL_TEXT}, {"nan1", TOOL_DECIMAL_TEXT}, {"na", TOOL_DECIMAL_TEXT}, {"infi", TOOL_DECIMAL_TEXT},
        {".", TOOL_DECIMAL_TEXT}, {"-", TOOL_DECIMAL_TEXT}, {"+-1", TOOL_DECIMAL_TEXT}, {"1e", TOOL_DECIMAL_TEXT},
        {"1e+", TOOL_DECIMAL_TEXT}, {"1e1.5", TOOL_DECIMAL_TEXT}, {"e5", TOOL_DECIMAL_TEXT}, {"1,5", TOOL_DECIMAL_TEXT},
        {"1 2", TOOL_DECIMAL_TEXT}, {"0x10", TOOL_DECIMAL_TEXT}, {"1.2.3", TOOL_DECIMAL_TEXT},
        {"1_000", TOOL_DECIMAL_TEXT}, {"12a", TOOL_DECIMAL_TEXT}, {"\xc2\xa0" "1", TOOL_DECIMAL_TEXT},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tool_decimal x;

        cr_expect_eq(tool_decimal_parse(&x, rows[i].text, strlen(rows[i].text)), rows[i].kind, "\"%s\"", rows[i].text);
    }
}

Test(decimal, reads_no_byte_behind_its_text)
{
    tool_decimal x;

    cr_expect_eq(tool_decimal_parse(&x, "123", 2), TOOL_DECIMAL_FINITE);
    cr_expect_eq(tool_decimal_scale(&x, 1), 12);
    cr_expect_eq(tool_decimal_parse(&x, "infinity", 3), TOOL_DECIMAL_INFINITE);
    cr_expect_eq(tool_decimal_parse(&x, "1e55", 2), TOOL_DECIMAL_TEXT);
}

Test(decimal, rounds_half_to_even)
{
    cr_expect_eq(scaled("0.5", 1), 0);
    cr_expect_eq(scaled("1.5", 1), 2);
    cr_expect_eq(scaled("-2.5", 1), -2);
    cr_expect_eq(scaled("-3.5", 1), -4);
    cr_expect_eq(scaled("0.285", 100), 28); /* a true half, unlike the double */
    cr_expect_eq(scaled("0.295", 100), 30);
    cr_expect_eq(scaled("0.50000000000000000000000000000000000001", 1), 1);
    cr_expect_eq(scaled("0.49999999999999999999999999999999999999", 1), 0);
}

Test(decimal, rounds_behind_the_38th_place_half_to_even)
{
    static const struct {
        const char *text;
        mp_limb_t units;
    } rows[] = {
        {"1e-38", 1}, {"4e-39", 0}, {"5e-39", 0}, {"5.0000001e-39", 1}, {"15e-39", 2}, {"25e-39", 2}, {"26e-39", 3},
        {"0.000000000000000000000000000000000000001", 0}, {"9.9999e-40", 0}, {"1e-50", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tool_decimal x = parse(rows[i].text);

        cr_expect_eq(x.units[0], rows[i].units, "%s", rows[i].text);
        cr_expect(mpn_zero_p(x.units + 1, TOOL_DECIMAL_LIMBS - 1));
    }
}

Test(decimal, saturates_beyond_every_field)
{
    cr_expect_eq(scaled("9223372036854775807", 1), INT64_MAX);
    cr_expect_eq(scaled("9223372036854775806", 1), INT64_MAX - 1);
    cr_expect_eq(scaled("-9223372036854775808", 1), -INT64_MAX);
    cr_expect_eq(scaled("99999999999999999999999999999999999999.99999999999999999999999999999999999999",
                        (uint64_t)1 << 53), INT64_MAX);
    cr_expect_eq(scaled("1e38", 1), INT64_MAX);
    cr_expect_eq(scaled("-1e5000000", 1), -INT64_MAX);
    cr_expect(parse("1e38").huge);
    cr_expect_not(parse("99999999999999999999999999999999999999").huge);
    /* rounds up to 10^38 exactly, which still fits */
    cr_expect_not(parse("99999999999999999999999999999999999999.999999999999999999999999999999999999999").huge);
}

/* ---- random numbers against mpq ---- */

static void round_half_even(mpz_t out, const mpq_t value)
{
    mpz_t doubled;
    mpz_t two;

    mpz_inits(doubled, two, NULL);
    mpz_mul_2exp(doubled, mpq_numref(value), 1);
    mpz_add(doubled, doubled, mpq_denref(value));
    mpz_mul_2exp(two, mpq_denref(value), 1);
    mpz_fdiv_q(out, doubled, two);
    if (mpz_divisible_p(doubled, two) && mpz_odd_p(out))
        mpz_sub_ui(out, out, 1);
    mpz_clears(doubled, two, NULL);
}

/* A random decimal as text, with up to 38 places, and as a rational. */
static void random_decimal(char text[128], mpq_t value, gmp_randstate_t state)
{
    unsigned places = (unsigned)gmp_urandomm_ui(state, 39);
    unsigned long bits = gmp_urandomm_ui(state, 64);
    mpz_t digits;
    mpz_t ten;

    mpz_inits(digits, ten, NULL);
    mpz_urandomb(digits, state, bits);
    if (gmp_urandomb_ui(state, 1))
        mpz_neg(digits, digits);
    mpz_ui_pow_ui(ten, 10, places);
    mpq_set_num(value, digits);
    mpq_set_den(value, ten);
    mpq_canonicalize(value);
    gmp_snprintf(text, 128, "%Zde-%u", digits, places);
    mpz_clears(digits, ten, NULL);
}

static void expect_scaled(int64_t got, const mpq_t value, uint64_t scale, const char *what)
{
    mpq_t product;
    mpz_t want;

    mpq_init(product);
    mpz_init(want);
    mpz_mul_ui(mpq_numref(product), mpq_numref(value), scale);
    mpz_set(mpq_denref(product), mpq_denref(value));
    mpq_canonicalize(product);
    round_half_even(want, product);
    if (mpz_cmp_si(want, INT64_MAX) > 0)
        mpz_set_si(want, INT64_MAX);
    if (mpz_cmp_si(want, -INT64_MAX) < 0)
        mpz_set_si(want, -INT64_MAX);
    cr_assert_eq(mpz_cmp_si(want, got), 0, "%s", what);
    mpq_clear(product);
    mpz_clear(want);
}

Test(decimal, scales_and_sums_as_rational_arithmetic_does)
{
    gmp_randstate_t state;
    mpq_t value;
    mpq_t sum;
    mpq_t squares;

    gmp_randinit_default(state);
    gmp_randseed_ui(state, 6);
    mpq_inits(value, sum, squares, NULL);
    for (unsigned round = 0; round < 300; round++) {
        uint64_t scale = (gmp_urandomb_ui(state, 53) >> gmp_urandomm_ui(state, 53)) + 1;
        tool_total added = {0};
        tool_total squared = {0};

        mpq_set_ui(sum, 0, 1);
        mpq_set_ui(squares, 0, 1);
        for (unsigned i = 0; i < 50; i++) {
            char text[128];
            tool_decimal x;

            random_decimal(text, value, state);
            x = parse(text);
            expect_scaled(tool_decimal_scale(&x, scale), value, scale, text);
            tool_total_add(&added, &x);
            tool_total_add_square(&squared, &x);
            mpq_add(sum, sum, value);
            mpq_mul(value, value, value);
            mpq_add(squares, squares, value);
            expect_scaled(tool_total_scale(&added, scale), sum, scale, "sum");
            expect_scaled(tool_total_scale_squares(&squared, scale), squares, scale, "sum of squares");
        }
    }
    mpq_clears(value, sum, squares, NULL);
    gmp_randclear(state);
}

Test(decimal, a_sum_is_rounded_once)
{
    tool_total total = {0};
    tool_decimal x = parse("0.4");

    for (unsigned i = 0; i < 10; i++)
        tool_total_add(&total, &x);
    cr_expect_eq(tool_total_scale(&total, 1), 4); /* each alone rounds to 0 */
    x = parse("-0.4");
    for (unsigned i = 0; i < 20; i++)
        tool_total_add(&total, &x);
    cr_expect_eq(tool_total_scale(&total, 1), -4);
    total = (tool_total){0};
    x = parse("-0.1");
    for (unsigned i = 0; i < 100; i++)
        tool_total_add_square(&total, &x);
    cr_expect_eq(tool_total_scale_squares(&total, 1), 1);
}
