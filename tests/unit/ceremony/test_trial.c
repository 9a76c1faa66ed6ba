/* SPDX-License-Identifier: Apache-2.0 */
/* lib/ceremony/trial.c: divides like somebody who tries every number. */
#include "lib/ceremony/trial.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static int has_factor(const mpz_t x, unsigned long limit)
{
    for (unsigned long d = 3; d <= limit; d += 2)
        if (mpz_divisible_ui_p(x, d))
            return 1;
    return 0;
}

/* `count` odd numbers of `bits` bits, the same ones every time. */
static mpz_t *numbers(size_t count, unsigned bits)
{
    mpz_t *number = calloc(count + 1, sizeof *number);
    gmp_randstate_t state;

    gmp_randinit_mt(state);
    gmp_randseed_ui(state, count + bits);
    for (size_t i = 0; i < count; i++) {
        mpz_init(number[i]);
        mpz_urandomb(number[i], state, bits);
        mpz_setbit(number[i], 0);
        mpz_setbit(number[i], bits - 1);
    }
    gmp_randclear(state);
    return number;
}

static void numbers_free(mpz_t *number, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mpz_clear(number[i]);
    free(number);
}

Test(trial, passes_what_has_no_small_factor, .timeout = 60)
{
    static const size_t counts[] = {0, 1, 2, 3, 7, 127, 128, 129, 300};
    static const quorsum_run threads = {.threads = 2};
    uint8_t passed[300];
    qs_trial *trial;

    cr_assert_eq(qs_trial_new(&trial, 1000), QUORSUM_OK);
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        mpz_t *number = numbers(counts[k], 200);

        cr_assert_eq(qs_trial_divide(trial, passed, number, counts[k], &threads), QUORSUM_OK);
        for (size_t i = 0; i < counts[k]; i++)
            cr_expect_eq(passed[i], !has_factor(number[i], 1000), "%zu of %zu", i, counts[k]);
        numbers_free(number, counts[k]);
    }
    qs_trial_free(trial);
}

/* A prime p, times primes about the limit: 1021 is the last below 1024, 1031 the first behind it. */
Test(trial, knows_the_limit_exactly)
{
    static const struct { unsigned long factor; int passes; } cases[] = {
        {3, 0}, {5, 0}, {1019, 0}, {1021, 0}, {1031, 1}, {1033, 1}, {1021 * 1031, 0}, {1031 * 1033, 1}, {3 * 3 * 3, 0}};
    size_t count = sizeof cases / sizeof cases[0];
    mpz_t *number = numbers(count, 10);
    uint8_t passed[16];
    qs_trial *trial;

    for (size_t i = 0; i < count; i++) {
        mpz_ui_pow_ui(number[i], 2, 127);
        mpz_sub_ui(number[i], number[i], 1); /* prime */
        mpz_mul_ui(number[i], number[i], cases[i].factor);
    }
    cr_assert_eq(qs_trial_new(&trial, 1024), QUORSUM_OK);
    cr_assert_eq(qs_trial_divide(trial, passed, number, count, NULL), QUORSUM_OK);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(passed[i], cases[i].passes, "%lu", cases[i].factor);
    qs_trial_free(trial);
    numbers_free(number, count);
}

Test(trial, nothing_is_no_number)
{
    mpz_t *number = numbers(3, 64);
    uint8_t passed[3];
    qs_trial *trial;

    mpz_set_ui(number[1], 0);
    mpz_set_ui(number[0], 1031);
    mpz_set_ui(number[2], 1033);
    cr_assert_eq(qs_trial_new(&trial, 1024), QUORSUM_OK);
    cr_assert_eq(qs_trial_divide(trial, passed, number, 3, NULL), QUORSUM_OK);
    cr_expect_eq(passed[0], 1);
    cr_expect_eq(passed[1], 0);
    cr_expect_eq(passed[2], 1);
    qs_trial_free(trial);
    numbers_free(number, 3);
}
