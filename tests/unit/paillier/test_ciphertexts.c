/* SPDX-License-Identifier: Apache-2.0 */
/* Ciphertext vectors as bytes: both forms round-trip, and nothing but valid ciphertexts comes in. */
#include "tests/unit/paillier/oracle.h"

#define COUNT 300 /* more than two blocks of the reader */

typedef struct sample { /* a vector and its two byte forms */
    oracle o;
    mpz_t numbers[COUNT];
    quorsum_ciphertexts *vector;
    uint8_t *wire;
    uint8_t *integers;
    size_t bytes; /* of one ciphertext */
    size_t digit; /* of one digit */
} sample;

static void sample_open(sample *x, size_t prime_bits, unsigned s)
{
    size_t len = 0;

    oracle_open_random(&x->o, prime_bits, s, QUORSUM_RANDOMISER_HALF);
    x->bytes = ciphertext_bytes(&x->o);
    x->digit = quorsum_public_key_modulus_bytes(x->o.key);
    x->vector = random_vector(&x->o, x->numbers, COUNT);
    x->wire = malloc(COUNT * x->bytes);
    x->integers = malloc(COUNT * x->bytes);
    cr_assert_eq(quorsum_ciphertexts_encode(x->vector, x->wire, COUNT * x->bytes, &len), QUORSUM_OK);
    cr_assert_eq(len, COUNT * x->bytes);
    cr_assert_eq(quorsum_ciphertexts_export(x->vector, x->o.key, x->integers, COUNT * x->bytes, &len), QUORSUM_OK);
    cr_assert_eq(len, COUNT * x->bytes);
}

static void sample_close(sample *x)
{
    clear_numbers(x->numbers, COUNT);
    quorsum_ciphertexts_free(x->vector);
    free(x->wire);
    free(x->integers);
    oracle_close(&x->o);
}

Test(ciphertexts, round_trip_in_both_forms)
{
    for (unsigned s = 1; s <= 4; s++) {
        sample x;
        quorsum_ciphertexts *back;
        uint8_t *wanted;

        sample_open(&x, 69, s);
        wanted = malloc(x.bytes);
        for (size_t i = 0; i < COUNT; i++) {
            wire_of(&x.o, wanted, x.numbers[i]);
            cr_assert_arr_eq(x.wire + i * x.bytes, wanted, x.bytes);
            number_to_bytes(wanted, x.bytes, x.numbers[i]);
            cr_assert_arr_eq(x.integers + i * x.bytes, wanted, x.bytes);
        }
        cr_assert_eq(quorsum_ciphertexts_import(&back, x.o.key, x.integers, COUNT * x.bytes, NULL, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_ciphertexts_count(back), COUNT);
        cr_assert_arr_eq(back->value, x.vector->value, COUNT * x.o.key->ring->width * sizeof(mp_limb_t));
        quorsum_ciphertexts_free(back);
        cr_assert_eq(quorsum_ciphertexts_decode(&back, x.o.key, x.wire, COUNT * x.bytes, NULL, NULL), QUORSUM_OK);
        cr_assert_arr_eq(back->value, x.vector->value, COUNT * x.o.key->ring->width * sizeof(mp_limb_t));
        quorsum_ciphertexts_free(back);
        free(wanted);
        sample_close(&x);
    }
}

Test(ciphertexts, say_how_much_room_they_need)
{
    sample x;
    uint8_t byte = 77;
    size_t len = 0;
    oracle other;

    sample_open(&x, 64, 2);
    oracle_open_random(&other, 65, 2, QUORSUM_RANDOMISER_HALF);
    cr_expect_eq(quorsum_ciphertexts_encode(x.vector, NULL, 0, &len), QUORSUM_ERR_BUFFER);
    cr_expect_eq(len, COUNT * x.bytes);
    cr_expect_eq(quorsum_ciphertexts_encode(x.vector, &byte, 1, &len), QUORSUM_ERR_BUFFER);
    cr_expect_eq(quorsum_ciphertexts_export(x.vector, x.o.key, x.wire, COUNT * x.bytes - 1, &len), QUORSUM_ERR_BUFFER);
    cr_expect_eq(len, COUNT * x.bytes);
    cr_expect_eq(byte, 77);
    cr_expect_eq(quorsum_ciphertexts_encode(NULL, &byte, 1, &len), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(len, 0);
    cr_expect_eq(quorsum_ciphertexts_encode(x.vector, &byte, 1, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_ciphertexts_export(x.vector, NULL, x.wire, COUNT * x.bytes, &len), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_ciphertexts_export(x.vector, other.key, x.wire, COUNT * x.bytes, &len),
                 QUORSUM_ERR_KEY_MISMATCH);
    oracle_close(&other);
    sample_close(&x);
}

/* What each reader says of the bytes; all of them must agree, on one thread and on several. */
static void expect_refusal(const sample *x, const uint8_t *wire, quorsum_status wanted, size_t wanted_index)
{
    for (unsigned threads = 1; threads <= 4; threads += 3) {
        quorsum_run run = {.threads = threads};
        quorsum_ciphertexts *out = (quorsum_ciphertexts *)1;
        size_t index = SIZE_MAX;

        cr_expect_eq(quorsum_ciphertexts_decode(&out, x->o.key, wire, COUNT * x->bytes, &index, &run), wanted);
        cr_expect_null(out);
        cr_expect_eq(index, wanted_index, "decode: %zu, not %zu", index, wanted_index);
        index = SIZE_MAX;
        cr_expect_eq(qs_ciphertexts_validate(x->o.key, wire, COUNT, &index, &run), wanted);
        cr_expect_eq(index, wanted_index, "validate: %zu, not %zu", index, wanted_index);
        cr_expect_eq(qs_ciphertexts_validate(x->o.key, wire, COUNT, NULL, &run), wanted);
    }
}

/* Puts a number into one digit of one element. */
static void put_digit(const sample *x, uint8_t *wire, size_t index, unsigned digit, const mpz_t value)
{
    number_to_bytes(wire + index * x->bytes + digit * x->digit, x->digit, value);
}

Test(ciphertexts, come_in_with_every_digit_below_n_only)
{
    static const size_t places[] = {0, 1, 127, 128, 255, 256, COUNT - 1};
    sample x;
    uint8_t *wire;

    sample_open(&x, 69, 2);
    wire = malloc(COUNT * x.bytes);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        for (unsigned digit = 0; digit <= 2; digit++) {
            mpz_t value;

            mpz_init_set(value, x.o.n);
            memcpy(wire, x.wire, COUNT * x.bytes);
            put_digit(&x, wire, places[i], digit, value);
            expect_refusal(&x, wire, QUORSUM_ERR_RANGE, places[i]);
            memset(wire + places[i] * x.bytes + digit * x.digit, 0xff, x.digit);
            expect_refusal(&x, wire, QUORSUM_ERR_RANGE, places[i]);
            mpz_sub_ui(value, value, 1); /* N - 1 is a digit and a unit */
            put_digit(&x, wire, places[i], digit, value);
            cr_expect_eq(qs_ciphertexts_validate(x.o.key, wire, COUNT, NULL, NULL), QUORSUM_OK);
            mpz_clear(value);
        }
    free(wire);
    sample_close(&x);
}

Test(ciphertexts, come_in_as_units_only)
{
    static const size_t places[] = {0, 1, 127, 128, 255, 256, COUNT - 1};
    sample x;
    uint8_t *wire;
    mpz_t value;

    sample_open(&x, 69, 2);
    wire = malloc(COUNT * x.bytes);
    mpz_init(value);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        memcpy(wire, x.wire, COUNT * x.bytes);
        put_digit(&x, wire, places[i], 0, x.o.p);
        expect_refusal(&x, wire, QUORSUM_ERR_NOT_UNIT, places[i]);
        mpz_mul_ui(value, x.o.q, 12345);
        put_digit(&x, wire, places[i], 0, value);
        expect_refusal(&x, wire, QUORSUM_ERR_NOT_UNIT, places[i]);
        mpz_set_ui(value, 0);
        put_digit(&x, wire, places[i], 0, value);
        expect_refusal(&x, wire, QUORSUM_ERR_NOT_UNIT, places[i]);
        memset(wire + places[i] * x.bytes, 0, x.bytes);
        expect_refusal(&x, wire, QUORSUM_ERR_NOT_UNIT, places[i]);
    }
    mpz_clear(value);
    free(wire);
    sample_close(&x);
}

/* Kernels may read several elements at once; each of the last ones is still checked, and kept, on its own. */
Test(ciphertexts, are_checked_in_every_place_of_any_length)
{
    sample x;
    uint8_t *wire;

    sample_open(&x, 130, 1);
    wire = malloc(COUNT * x.bytes);
    memcpy(wire, x.wire, COUNT * x.bytes);
    for (size_t count = 1; count <= 17; count++) {
        quorsum_ciphertexts *back = NULL;

        cr_assert_eq(quorsum_ciphertexts_decode(&back, x.o.key, wire, count * x.bytes, NULL, NULL), QUORSUM_OK);
        expect_numbers(&x.o, back, x.numbers, count);
        quorsum_ciphertexts_free(back);
        for (size_t place = 0; place < count; place++)
            for (unsigned bad = 0; bad < 4; bad++) { /* digit 0 or 1 too large, a multiple of p, zero */
                size_t index = SIZE_MAX;

                if (bad < 2)
                    put_digit(&x, wire, place, bad, x.o.n);
                else if (bad == 2)
                    put_digit(&x, wire, place, 0, x.o.p);
                else
                    memset(wire + place * x.bytes, 0, x.digit);
                cr_expect_eq(quorsum_ciphertexts_decode(&back, x.o.key, wire, count * x.bytes, &index, NULL),
                             bad < 2 ? QUORSUM_ERR_RANGE : QUORSUM_ERR_NOT_UNIT);
                cr_expect_eq(index, place, "%zu instead of %zu of %zu", index, place, count);
                memcpy(wire + place * x.bytes, x.wire + place * x.bytes, x.bytes);
            }
    }
    free(wire);
    sample_close(&x);
}

Test(ciphertexts, are_blamed_by_the_lowest_bad_index)
{
    sample x;
    uint8_t *wire;

    sample_open(&x, 69, 1);
    wire = malloc(COUNT * x.bytes);
    memcpy(wire, x.wire, COUNT * x.bytes);
    memset(wire + 290 * x.bytes, 0xff, x.bytes);
    expect_refusal(&x, wire, QUORSUM_ERR_RANGE, 290);
    put_digit(&x, wire, 200, 0, x.o.p);
    expect_refusal(&x, wire, QUORSUM_ERR_NOT_UNIT, 200);
    memset(wire + 190 * x.bytes, 0xff, x.bytes);
    expect_refusal(&x, wire, QUORSUM_ERR_RANGE, 190);
    put_digit(&x, wire, 189, 0, x.o.q);
    expect_refusal(&x, wire, QUORSUM_ERR_NOT_UNIT, 189);
    put_digit(&x, wire, 5, 1, x.o.n);
    expect_refusal(&x, wire, QUORSUM_ERR_RANGE, 5);
    free(wire);
    sample_close(&x);
}

Test(ciphertexts, come_in_as_whole_elements_only)
{
    sample x;
    quorsum_ciphertexts *out = (quorsum_ciphertexts *)1;

    sample_open(&x, 64, 1);
    for (size_t len = 0; len < x.bytes; len++)
        cr_expect_eq(quorsum_ciphertexts_decode(&out, x.o.key, x.wire, len, NULL, NULL), QUORSUM_ERR_TRUNCATED);
    for (size_t len = x.bytes + 1; len < 2 * x.bytes; len++)
        cr_expect_eq(quorsum_ciphertexts_decode(&out, x.o.key, x.wire, len, NULL, NULL), QUORSUM_ERR_TRAILING);
    cr_expect_null(out);
    cr_expect_eq(quorsum_ciphertexts_decode(&out, x.o.key, NULL, x.bytes, NULL, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_ciphertexts_decode(&out, NULL, x.wire, x.bytes, NULL, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_ciphertexts_decode(NULL, x.o.key, x.wire, x.bytes, NULL, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_ciphertexts_new(&out, x.o.key, 0), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_ciphertexts_new(&out, x.o.key, QS_COUNT_MAX + 1), QUORSUM_ERR_LIMIT);
    sample_close(&x);
}

static void expect_import(const sample *x, const mpz_t value, quorsum_status wanted)
{
    uint8_t *bytes = malloc(2 * x->bytes);
    quorsum_ciphertexts *out = NULL;
    size_t index = SIZE_MAX;

    memcpy(bytes, x->integers, x->bytes);
    number_to_bytes(bytes + x->bytes, x->bytes, value);
    cr_expect_eq(quorsum_ciphertexts_import(&out, x->o.key, bytes, 2 * x->bytes, &index, NULL), wanted);
    if (wanted != QUORSUM_OK)
        cr_expect_eq(index, 1);
    quorsum_ciphertexts_free(out);
    free(bytes);
}

Test(ciphertexts, are_imported_from_units_below_the_modulus_only)
{
    for (unsigned s = 1; s <= 3; s++) {
        sample x;
        mpz_t value;

        sample_open(&x, 69, s);
        mpz_init_set(value, x.o.modulus);
        expect_import(&x, value, QUORSUM_ERR_RANGE);
        mpz_sub_ui(value, x.o.modulus, 1);
        expect_import(&x, value, QUORSUM_OK);
        mpz_sub(value, x.o.modulus, x.o.p);
        expect_import(&x, value, QUORSUM_ERR_NOT_UNIT);
        mpz_set_ui(value, 0);
        expect_import(&x, value, QUORSUM_ERR_NOT_UNIT);
        expect_import(&x, x.o.n, QUORSUM_ERR_NOT_UNIT);
        mpz_set_ui(value, 1);
        expect_import(&x, value, QUORSUM_OK);
        mpz_clear(value);
        sample_close(&x);
    }
}
