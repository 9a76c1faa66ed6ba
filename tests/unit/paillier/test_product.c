/* SPDX-License-Identifier: Apache-2.0 */
/* The running product: the same as multiplying plain integers, at every point, and never half a factor. */
#include "lib/paillier/product.h"

#include "tests/unit/paillier/oracle.h"

#define WIDTH 150 /* more than two blocks */

Test(product, equals_the_product_of_its_factors_at_every_point)
{
    for (unsigned s = 1; s <= 4; s++) {
        oracle o;
        mpz_t wanted[WIDTH];
        qs_product *product;
        quorsum_ciphertexts *value;

        oracle_open_random(&o, 69, s, QUORSUM_RANDOMISER_HALF);
        cr_assert_eq(qs_product_new(&product, o.key, WIDTH), QUORSUM_OK);
        for (size_t i = 0; i < WIDTH; i++)
            mpz_init_set_ui(wanted[i], 1);
        for (size_t k = 0; k < 6; k++) {
            mpz_t numbers[WIDTH];
            quorsum_ciphertexts *factor = random_vector(&o, numbers, WIDTH);

            for (size_t i = 0; i < WIDTH; i++) {
                mpz_mul(wanted[i], wanted[i], numbers[i]);
                mpz_mod(wanted[i], wanted[i], o.modulus);
            }
            cr_assert_eq(qs_product_multiply(product, factor, NULL), QUORSUM_OK);
            cr_assert_eq(qs_product_value(&value, product, NULL), QUORSUM_OK);
            expect_numbers(&o, value, wanted, WIDTH);
            quorsum_ciphertexts_free(value);
            quorsum_ciphertexts_free(factor);
            clear_numbers(numbers, WIDTH);
        }
        clear_numbers(wanted, WIDTH);
        qs_product_free(product);
        oracle_close(&o);
    }
}

/* Kernels may work on several positions at once; each of the last ones is still its own. */
Test(product, is_right_in_every_position_of_any_width)
{
    oracle o;

    oracle_open_random(&o, 130, 1, QUORSUM_RANDOMISER_HALF);
    for (size_t width = 1; width <= 17; width++) {
        mpz_t wanted[17], numbers[17];
        qs_product *product;
        quorsum_ciphertexts *first = random_vector(&o, wanted, width);
        quorsum_ciphertexts *second = random_vector(&o, numbers, width);
        quorsum_ciphertexts *value;

        cr_assert_eq(qs_product_new(&product, o.key, width), QUORSUM_OK);
        cr_assert_eq(qs_product_multiply(product, first, NULL), QUORSUM_OK);
        cr_assert_eq(qs_product_value(&value, product, NULL), QUORSUM_OK);
        expect_numbers(&o, value, wanted, width);
        quorsum_ciphertexts_free(value);
        cr_assert_eq(qs_product_multiply(product, second, NULL), QUORSUM_OK);
        for (size_t i = 0; i < width; i++) {
            mpz_mul(wanted[i], wanted[i], numbers[i]);
            mpz_mod(wanted[i], wanted[i], o.modulus);
        }
        cr_assert_eq(qs_product_value(&value, product, NULL), QUORSUM_OK);
        expect_numbers(&o, value, wanted, width);
        quorsum_ciphertexts_free(value);
        quorsum_ciphertexts_free(first);
        quorsum_ciphertexts_free(second);
        qs_product_free(product);
        clear_numbers(wanted, width);
        clear_numbers(numbers, width);
    }
    oracle_close(&o);
}

Test(product, has_no_value_before_its_first_factor)
{
    oracle o;
    qs_product *product;
    quorsum_ciphertexts *value = (quorsum_ciphertexts *)1;

    oracle_open_random(&o, 69, 1, QUORSUM_RANDOMISER_HALF);
    cr_assert_eq(qs_product_new(&product, o.key, 4), QUORSUM_OK);
    cr_expect_eq(qs_product_value(&value, product, NULL), QUORSUM_ERR_COHORT);
    cr_expect_null(value);
    qs_product_free(product);
    qs_product_free(NULL);
    cr_expect_eq(qs_product_new(&product, o.key, 0), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_product_new(&product, o.key, QS_COUNT_MAX + 1), QUORSUM_ERR_LIMIT);
    cr_expect_null(product);
    oracle_close(&o);
}

Test(product, is_not_changed_by_a_factor_it_refuses)
{
    oracle o, other;
    mpz_t good[4], narrow[3], foreign[4];
    qs_product *product;
    quorsum_ciphertexts *factor, *short_one, *stranger, *value;

    oracle_open_random(&o, 69, 1, QUORSUM_RANDOMISER_HALF);
    oracle_open_random(&other, 70, 1, QUORSUM_RANDOMISER_HALF);
    factor = random_vector(&o, good, 4);
    short_one = random_vector(&o, narrow, 3);
    stranger = random_vector(&other, foreign, 4);
    cr_assert_eq(qs_product_new(&product, o.key, 4), QUORSUM_OK);
    cr_assert_eq(qs_product_multiply(product, factor, NULL), QUORSUM_OK);
    cr_expect_eq(qs_product_multiply(product, short_one, NULL), QUORSUM_ERR_WIDTH);
    cr_expect_eq(qs_product_multiply(product, stranger, NULL), QUORSUM_ERR_KEY_MISMATCH);
    cr_assert_eq(qs_product_value(&value, product, NULL), QUORSUM_OK);
    expect_numbers(&o, value, good, 4);
    quorsum_ciphertexts_free(value);
    quorsum_ciphertexts_free(factor);
    quorsum_ciphertexts_free(short_one);
    quorsum_ciphertexts_free(stranger);
    qs_product_free(product);
    clear_numbers(good, 4);
    clear_numbers(narrow, 3);
    clear_numbers(foreign, 4);
    oracle_close(&o);
    oracle_close(&other);
}

static int stop(uint64_t done, uint64_t total, void *user)
{
    (void)done, (void)total, (void)user;
    return 1;
}

Test(product, is_spoilt_by_a_factor_that_went_in_half)
{
    quorsum_run run = {.threads = 1, .progress = stop};
    oracle o;
    mpz_t numbers[WIDTH];
    qs_product *product;
    quorsum_ciphertexts *factor, *value = (quorsum_ciphertexts *)1;

    oracle_open_random(&o, 69, 1, QUORSUM_RANDOMISER_HALF);
    factor = random_vector(&o, numbers, WIDTH);
    cr_assert_eq(qs_product_new(&product, o.key, WIDTH), QUORSUM_OK);
    cr_assert_eq(qs_product_multiply(product, factor, NULL), QUORSUM_OK);
    cr_expect_eq(qs_product_multiply(product, factor, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_eq(qs_product_multiply(product, factor, NULL), QUORSUM_ERR_CANCELLED);
    cr_expect_eq(qs_product_value(&value, product, NULL), QUORSUM_ERR_CANCELLED);
    cr_expect_null(value);
    qs_product_free(product);
    quorsum_ciphertexts_free(factor);
    clear_numbers(numbers, WIDTH);
    oracle_close(&o);
}
