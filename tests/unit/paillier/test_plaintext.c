/* SPDX-License-Identifier: Apache-2.0 */
/* Plaintext vectors: signed numbers in, the same numbers out, and nothing outside (-N^s, N^s) taken. */
#include "tests/unit/paillier/oracle.h"

static quorsum_plaintexts *vector(const oracle *o, size_t count)
{
    quorsum_plaintexts *plaintexts = NULL;

    cr_assert_eq(quorsum_plaintexts_new(&plaintexts, o->key, count), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_count(plaintexts), count);
    return plaintexts;
}

Test(plaintext, starts_as_zeros)
{
    oracle o;
    quorsum_plaintexts *plaintexts;

    oracle_open_random(&o, 100, 2, QUORSUM_RANDOMISER_HALF);
    plaintexts = vector(&o, 5);
    for (size_t i = 0; i < 5; i++) {
        int64_t value = -1;

        cr_expect_eq(quorsum_plaintexts_get_int64(plaintexts, i, &value), QUORSUM_OK);
        cr_expect_eq(value, 0);
    }
    quorsum_plaintexts_free(plaintexts);
    quorsum_plaintexts_free(NULL);
    oracle_close(&o);
}

Test(plaintext, refuses_no_elements_and_too_many)
{
    oracle o;
    quorsum_plaintexts *plaintexts;

    oracle_open_small(&o, 47, 59, 1, QUORSUM_RANDOMISER_HALF);
    cr_expect_eq(quorsum_plaintexts_new(&plaintexts, o.key, 0), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_plaintexts_new(NULL, o.key, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_plaintexts_new(&plaintexts, NULL, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_plaintexts_new(&plaintexts, o.key, QS_COUNT_MAX + 1), QUORSUM_ERR_LIMIT);
    cr_expect_eq(quorsum_plaintexts_new(&plaintexts, o.key, SIZE_MAX), QUORSUM_ERR_LIMIT);
    cr_expect_null(plaintexts);
    oracle_close(&o);
}

/* Digits in base N, whatever sign the number came with. */
static void expect_digits(const oracle *o, const quorsum_plaintexts *plaintexts, size_t index, const mpz_t value)
{
    const qs_ring *plain = o->key->plain;
    mpz_t digit, rest, stored;

    mpz_inits(digit, rest, NULL);
    mpz_mod(rest, value, o->ns);
    for (unsigned i = 0; i < o->s; i++) {
        mpz_fdiv_qr(rest, digit, rest, o->n);
        mpz_roinit_n(stored, plaintexts->value + index * plain->width + i * plain->limbs, (mp_size_t)plain->limbs);
        cr_assert_eq(mpz_cmp(stored, digit), 0, "digit %u", i);
    }
    mpz_clears(digit, rest, NULL);
}

Test(plaintext, gives_back_every_number_of_a_tiny_key)
{
    for (unsigned s = 1; s <= 2; s++) {
        oracle o;
        quorsum_plaintexts *plaintexts;
        mpz_t value;
        unsigned long step = s == 1 ? 1 : 997;

        oracle_open_small(&o, 47, 59, s, QUORSUM_RANDOMISER_HALF);
        plaintexts = vector(&o, 2);
        mpz_init(value);
        mpz_ui_sub(value, 1, o.ns);
        while (mpz_cmp(value, o.ns) < 0) {
            mpz_t back;

            mpz_init(back);
            cr_assert_eq(set_number(plaintexts, 1, value), QUORSUM_OK);
            expect_digits(&o, plaintexts, 1, value);
            get_number(&o, back, plaintexts, 1);
            cr_assert(mpz_congruent_p(back, value, o.ns));
            mpz_clear(back);
            mpz_add_ui(value, value, step);
        }
        quorsum_plaintexts_free(plaintexts);
        mpz_clear(value);
        oracle_close(&o);
    }
}

Test(plaintext, keeps_large_numbers_of_every_degree)
{
    for (unsigned s = 1; s <= 4; s++)
        for (size_t bits = 64; bits <= 300; bits += 59) {
            oracle o;
            quorsum_plaintexts *plaintexts;
            mpz_t value, back;

            oracle_open_random(&o, bits, s, QUORSUM_RANDOMISER_HALF);
            plaintexts = vector(&o, 1);
            mpz_inits(value, back, NULL);
            for (unsigned round = 0; round < 40; round++) {
                mpz_urandomm(value, o.random, o.ns);
                if (round % 2 == 1)
                    mpz_neg(value, value);
                cr_assert_eq(set_number(plaintexts, 0, value), QUORSUM_OK);
                expect_digits(&o, plaintexts, 0, value);
                get_number(&o, back, plaintexts, 0);
                mpz_mod(value, value, o.ns);
                mpz_mod(back, back, o.ns);
                cr_assert_eq(mpz_cmp(back, value), 0);
            }
            mpz_clears(value, back, NULL);
            quorsum_plaintexts_free(plaintexts);
            oracle_close(&o);
        }
}

Test(plaintext, reads_the_number_nearest_to_zero)
{
    oracle o;
    quorsum_plaintexts *plaintexts;
    uint8_t bytes[8];
    int negative;

    oracle_open_small(&o, 47, 59, 1, QUORSUM_RANDOMISER_HALF); /* N = 2773: -1386 .. 1386 */
    plaintexts = vector(&o, 1);
    cr_assert_eq(quorsum_plaintexts_set_int64(plaintexts, 0, 1386), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_get(plaintexts, 0, bytes, 2, &negative), QUORSUM_OK);
    cr_expect(negative == 0 && bytes[0] * 256 + bytes[1] == 1386);
    cr_assert_eq(quorsum_plaintexts_set_int64(plaintexts, 0, 1387), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_get(plaintexts, 0, bytes, 2, &negative), QUORSUM_OK);
    cr_expect(negative == 1 && bytes[0] * 256 + bytes[1] == 1386);
    cr_assert_eq(quorsum_plaintexts_set_int64(plaintexts, 0, -2772), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_get(plaintexts, 0, bytes, 8, &negative), QUORSUM_OK);
    cr_expect(negative == 0 && bytes[7] == 1 && bytes[0] == 0);
    quorsum_plaintexts_free(plaintexts);
    oracle_close(&o);
}

Test(plaintext, refuses_numbers_out_of_range_and_keeps_what_it_had)
{
    for (unsigned s = 1; s <= 4; s++) {
        oracle o;
        quorsum_plaintexts *plaintexts;
        uint8_t bytes[600];
        int64_t value;
        mpz_t bound;

        oracle_open_random(&o, 100, s, QUORSUM_RANDOMISER_HALF);
        plaintexts = vector(&o, 2);
        cr_assert_eq(quorsum_plaintexts_set_int64(plaintexts, 1, -77), QUORSUM_OK);
        mpz_init_set(bound, o.ns);
        cr_expect_eq(set_number(plaintexts, 1, bound), QUORSUM_ERR_RANGE);
        mpz_neg(bound, bound);
        cr_expect_eq(set_number(plaintexts, 1, bound), QUORSUM_ERR_RANGE);
        memset(bytes, 0xff, sizeof bytes);
        cr_expect_eq(quorsum_plaintexts_set(plaintexts, 1, bytes, sizeof bytes, 0), QUORSUM_ERR_RANGE);
        cr_expect_eq(quorsum_plaintexts_set(plaintexts, 2, bytes, 1, 0), QUORSUM_ERR_ARGUMENT);
        cr_expect_eq(quorsum_plaintexts_set(plaintexts, 1, bytes, 1, 2), QUORSUM_ERR_ARGUMENT);
        cr_expect_eq(quorsum_plaintexts_set(plaintexts, 1, bytes, 1, -1), QUORSUM_ERR_ARGUMENT);
        cr_expect_eq(quorsum_plaintexts_set(plaintexts, 1, NULL, 1, 0), QUORSUM_ERR_ARGUMENT);
        cr_expect_eq(quorsum_plaintexts_get_int64(plaintexts, 1, &value), QUORSUM_OK);
        cr_expect_eq(value, -77);
        mpz_clear(bound);
        quorsum_plaintexts_free(plaintexts);
        oracle_close(&o);
    }
}

Test(plaintext, takes_any_length_of_bytes)
{
    oracle o;
    quorsum_plaintexts *plaintexts;
    uint8_t bytes[200] = {0};
    int64_t value;

    oracle_open_random(&o, 64, 1, QUORSUM_RANDOMISER_HALF);
    plaintexts = vector(&o, 1);
    bytes[199] = 9;
    cr_expect_eq(quorsum_plaintexts_set(plaintexts, 0, bytes, sizeof bytes, 1), QUORSUM_OK);
    cr_expect_eq(quorsum_plaintexts_get_int64(plaintexts, 0, &value), QUORSUM_OK);
    cr_expect_eq(value, -9);
    cr_expect_eq(quorsum_plaintexts_set(plaintexts, 0, NULL, 0, 0), QUORSUM_OK);
    cr_expect_eq(quorsum_plaintexts_get_int64(plaintexts, 0, &value), QUORSUM_OK);
    cr_expect_eq(value, 0);
    quorsum_plaintexts_free(plaintexts);
    oracle_close(&o);
}

Test(plaintext, keeps_the_edges_of_64_bits)
{
    static const int64_t edges[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX};
    oracle o;
    quorsum_plaintexts *plaintexts;
    mpz_t beyond;
    int64_t value;

    oracle_open_random(&o, 64, 1, QUORSUM_RANDOMISER_HALF);
    plaintexts = vector(&o, 1);
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        cr_expect_eq(quorsum_plaintexts_set_int64(plaintexts, 0, edges[i]), QUORSUM_OK);
        cr_expect_eq(quorsum_plaintexts_get_int64(plaintexts, 0, &value), QUORSUM_OK);
        cr_expect_eq(value, edges[i]);
    }
    mpz_init_set_ui(beyond, 1);
    mpz_mul_2exp(beyond, beyond, 63);
    cr_assert_eq(set_number(plaintexts, 0, beyond), QUORSUM_OK);
    cr_expect_eq(quorsum_plaintexts_get_int64(plaintexts, 0, &value), QUORSUM_ERR_RANGE, "2^63");
    cr_expect_eq(value, 0);
    mpz_add_ui(beyond, beyond, 1);
    mpz_neg(beyond, beyond);
    cr_assert_eq(set_number(plaintexts, 0, beyond), QUORSUM_OK);
    cr_expect_eq(quorsum_plaintexts_get_int64(plaintexts, 0, &value), QUORSUM_ERR_RANGE, "-2^63 - 1");
    cr_expect_eq(quorsum_plaintexts_get_int64(plaintexts, 1, &value), QUORSUM_ERR_ARGUMENT);
    mpz_clear(beyond);
    quorsum_plaintexts_free(plaintexts);
    oracle_close(&o);
}

Test(plaintext, zeroes_a_buffer_that_is_too_short)
{
    oracle o;
    quorsum_plaintexts *plaintexts;
    uint8_t bytes[2] = {1, 2};
    int negative = 7;

    oracle_open_random(&o, 64, 1, QUORSUM_RANDOMISER_HALF);
    plaintexts = vector(&o, 1);
    cr_assert_eq(quorsum_plaintexts_set_int64(plaintexts, 0, -65536), QUORSUM_OK);
    cr_expect_eq(quorsum_plaintexts_get(plaintexts, 0, bytes, 2, &negative), QUORSUM_ERR_RANGE);
    cr_expect(bytes[0] == 0 && bytes[1] == 0 && negative == 0);
    quorsum_plaintexts_free(plaintexts);
    oracle_close(&o);
}
