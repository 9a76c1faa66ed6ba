/* SPDX-License-Identifier: Apache-2.0 */
/* The running sum: the product of plain integers, at every point, and never a part of a vector. */
#include "tests/unit/paillier/oracle.h"

/* The same vector as an object or as bytes. */
static quorsum_status add_either_way(quorsum_sum *sum, const quorsum_ciphertexts *vector, int as_bytes,
                                     const quorsum_run *run)
{
    size_t len = vector->count * quorsum_public_key_ciphertext_bytes(vector->key);
    uint8_t *wire;
    size_t index = 77;
    quorsum_status status;

    if (!as_bytes)
        return quorsum_sum_add(sum, vector, run);
    wire = malloc(len);
    cr_assert_eq(quorsum_ciphertexts_encode(vector, wire, len, &len), QUORSUM_OK);
    status = quorsum_sum_add_bytes(sum, wire, len, &index, run);
    cr_expect_eq(index, 0);
    free(wire);
    return status;
}

#define WIDTH 150 /* more than two blocks */

Test(sum, equals_the_product_of_its_vectors_at_every_point)
{
    for (unsigned s = 1; s <= 4; s++) {
        oracle o;
        mpz_t wanted[WIDTH];
        quorsum_sum *sum;
        quorsum_ciphertexts *value;

        oracle_open_random(&o, 69, s, QUORSUM_RANDOMISER_HALF);
        cr_assert_eq(quorsum_sum_new(&sum, o.key, WIDTH), QUORSUM_OK);
        for (size_t i = 0; i < WIDTH; i++)
            mpz_init_set_ui(wanted[i], 1);
        for (size_t k = 0; k < 6; k++) {
            mpz_t numbers[WIDTH];
            quorsum_ciphertexts *factor = random_vector(&o, numbers, WIDTH);

            for (size_t i = 0; i < WIDTH; i++) {
                mpz_mul(wanted[i], wanted[i], numbers[i]);
                mpz_mod(wanted[i], wanted[i], o.modulus);
            }
            cr_assert_eq(add_either_way(sum, factor, k % 3 != 1, NULL), QUORSUM_OK);
            cr_assert_eq(quorsum_sum_value(&value, sum, NULL), QUORSUM_OK);
            expect_numbers(&o, value, wanted, WIDTH);
            quorsum_ciphertexts_free(value);
            quorsum_ciphertexts_free(factor);
            clear_numbers(numbers, WIDTH);
        }
        clear_numbers(wanted, WIDTH);
        quorsum_sum_free(sum);
        oracle_close(&o);
    }
}

/* Kernels may work on several positions at once; each of the last ones is still its own. */
Test(sum, is_right_in_every_position_of_any_width)
{
    oracle o;

    oracle_open_random(&o, 130, 1, QUORSUM_RANDOMISER_HALF);
    for (size_t width = 1; width <= 17; width++) {
        mpz_t wanted[17], numbers[17];
        quorsum_sum *sum;
        quorsum_ciphertexts *first = random_vector(&o, wanted, width);
        quorsum_ciphertexts *second = random_vector(&o, numbers, width);
        quorsum_ciphertexts *value;

        cr_assert_eq(quorsum_sum_new(&sum, o.key, width), QUORSUM_OK);
        cr_assert_eq(add_either_way(sum, first, width % 3 == 0, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_sum_value(&value, sum, NULL), QUORSUM_OK);
        expect_numbers(&o, value, wanted, width);
        quorsum_ciphertexts_free(value);
        cr_assert_eq(add_either_way(sum, second, width % 2 == 0, NULL), QUORSUM_OK);
        for (size_t i = 0; i < width; i++) {
            mpz_mul(wanted[i], wanted[i], numbers[i]);
            mpz_mod(wanted[i], wanted[i], o.modulus);
        }
        cr_assert_eq(quorsum_sum_value(&value, sum, NULL), QUORSUM_OK);
        expect_numbers(&o, value, wanted, width);
        quorsum_ciphertexts_free(value);
        quorsum_ciphertexts_free(first);
        quorsum_ciphertexts_free(second);
        quorsum_sum_free(sum);
        clear_numbers(wanted, width);
        clear_numbers(numbers, width);
    }
    oracle_close(&o);
}

Test(sum, has_no_value_before_its_first_vector)
{
    oracle o;
    quorsum_sum *sum;
    quorsum_ciphertexts *value = (quorsum_ciphertexts *)1;

    oracle_open_random(&o, 69, 1, QUORSUM_RANDOMISER_HALF);
    cr_assert_eq(quorsum_sum_new(&sum, o.key, 4), QUORSUM_OK);
    cr_expect_eq(quorsum_sum_value(&value, sum, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_null(value);
    quorsum_sum_free(sum);
    quorsum_sum_free(NULL);
    cr_expect_eq(quorsum_sum_value(&value, NULL, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_sum_new(NULL, o.key, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_sum_new(&sum, NULL, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_sum_new(&sum, o.key, 0), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_sum_new(&sum, o.key, QS_COUNT_MAX + 1), QUORSUM_ERR_LIMIT);
    cr_expect_null(sum);
    oracle_close(&o);
}

Test(sum, is_not_changed_by_a_vector_it_refuses)
{
    oracle o, other;
    mpz_t good[4], narrow[3], foreign[4];
    quorsum_sum *sum;
    quorsum_ciphertexts *factor, *short_one, *stranger, *value;

    oracle_open_random(&o, 69, 1, QUORSUM_RANDOMISER_HALF);
    oracle_open_random(&other, 70, 1, QUORSUM_RANDOMISER_HALF);
    factor = random_vector(&o, good, 4);
    short_one = random_vector(&o, narrow, 3);
    stranger = random_vector(&other, foreign, 4);
    cr_assert_eq(quorsum_sum_new(&sum, o.key, 4), QUORSUM_OK);
    cr_assert_eq(quorsum_sum_add(sum, factor, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_sum_add(sum, short_one, NULL), QUORSUM_ERR_WIDTH);
    cr_expect_eq(quorsum_sum_add(sum, stranger, NULL), QUORSUM_ERR_KEY_MISMATCH);
    cr_assert_eq(quorsum_sum_value(&value, sum, NULL), QUORSUM_OK);
    expect_numbers(&o, value, good, 4);
    quorsum_ciphertexts_free(value);
    quorsum_ciphertexts_free(factor);
    quorsum_ciphertexts_free(short_one);
    quorsum_ciphertexts_free(stranger);
    quorsum_sum_free(sum);
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

Test(sum, is_what_it_was_after_a_call_that_was_stopped)
{
    quorsum_run run = {.threads = 1, .progress = stop};
    oracle o;
    mpz_t numbers[WIDTH];
    quorsum_sum *sum;
    quorsum_ciphertexts *factor, *value;

    oracle_open_random(&o, 69, 1, QUORSUM_RANDOMISER_HALF);
    factor = random_vector(&o, numbers, WIDTH);
    cr_assert_eq(quorsum_sum_new(&sum, o.key, WIDTH), QUORSUM_OK);
    for (size_t k = 0; k < 3; k++) {
        for (int as_bytes = 0; as_bytes < 2; as_bytes++)
            cr_expect_eq(add_either_way(sum, factor, as_bytes, &run), QUORSUM_ERR_CANCELLED);
        cr_assert_eq(quorsum_sum_add(sum, factor, NULL), QUORSUM_OK);
    }
    for (size_t i = 0; i < WIDTH; i++)
        mpz_powm_ui(numbers[i], numbers[i], 3, o.modulus);
    cr_expect_eq(quorsum_sum_value(&value, sum, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_null(value);
    cr_assert_eq(quorsum_sum_value(&value, sum, NULL), QUORSUM_OK);
    expect_numbers(&o, value, numbers, WIDTH);
    quorsum_ciphertexts_free(value);
    quorsum_sum_free(sum);
    quorsum_ciphertexts_free(factor);
    clear_numbers(numbers, WIDTH);
    oracle_close(&o);
}

/* One digit of one element replaced, by a value no element may have there. */
static void expect_refused(quorsum_sum *sum, const oracle *o, uint8_t *wire, size_t width, size_t place, unsigned digit,
                           const mpz_t value, quorsum_status wanted)
{
    size_t bytes = ciphertext_bytes(o);
    size_t len = quorsum_public_key_modulus_bytes(o->key);
    uint8_t *at = wire + place * bytes + digit * len;
    uint8_t kept[64];
    size_t index = SIZE_MAX;

    cr_assert_leq(len, sizeof kept);
    memcpy(kept, at, len);
    number_to_bytes(at, len, value);
    cr_expect_eq(quorsum_sum_add_bytes(sum, wire, width * bytes, &index, NULL), wanted);
    cr_expect_eq(index, place, "%zu instead of %zu of %zu", index, place, width);
    memcpy(at, kept, len);
}

Test(sum, is_not_changed_by_bytes_it_refuses)
{
    oracle o;
    mpz_t multiple;

    oracle_open_random(&o, 130, 1, QUORSUM_RANDOMISER_HALF);
    mpz_init(multiple);
    mpz_mul_ui(multiple, o.q, 54321);
    for (size_t width = 1; width <= 17; width++) {
        mpz_t numbers[17];
        quorsum_ciphertexts *vector = random_vector(&o, numbers, width);
        quorsum_ciphertexts *value;
        quorsum_sum *sum;
        size_t len = width * ciphertext_bytes(&o);
        uint8_t *wire = malloc(len + 1);

        cr_assert_eq(quorsum_ciphertexts_encode(vector, wire, len, &len), QUORSUM_OK);
        cr_assert_eq(quorsum_sum_new(&sum, o.key, width), QUORSUM_OK);
        cr_assert_eq(quorsum_sum_add_bytes(sum, wire, len, NULL, NULL), QUORSUM_OK);
        for (size_t place = 0; place < width; place++) {
            expect_refused(sum, &o, wire, width, place, 0, o.n, QUORSUM_ERR_RANGE);
            expect_refused(sum, &o, wire, width, place, 1, o.n, QUORSUM_ERR_RANGE);
            expect_refused(sum, &o, wire, width, place, 0, o.p, QUORSUM_ERR_NOT_UNIT);
            expect_refused(sum, &o, wire, width, place, 0, multiple, QUORSUM_ERR_NOT_UNIT);
        }
        cr_expect_eq(quorsum_sum_add_bytes(sum, wire, len - 1, NULL, NULL), QUORSUM_ERR_TRUNCATED);
        cr_expect_eq(quorsum_sum_add_bytes(sum, wire, len + 1, NULL, NULL), QUORSUM_ERR_TRAILING);
        cr_expect_eq(quorsum_sum_add_bytes(sum, NULL, len, NULL, NULL), QUORSUM_ERR_ARGUMENT);
        cr_assert_eq(quorsum_sum_value(&value, sum, NULL), QUORSUM_OK);
        expect_numbers(&o, value, numbers, width);
        quorsum_ciphertexts_free(value);
        quorsum_ciphertexts_free(vector);
        quorsum_sum_free(sum);
        clear_numbers(numbers, width);
        free(wire);
    }
    mpz_clear(multiple);
    oracle_close(&o);
}
