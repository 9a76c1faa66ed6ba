/* SPDX-License-Identifier: Apache-2.0 */
/* Sums, differences, multiples and products of ciphertexts: the very numbers that plain integers give. */
#include "tests/unit/paillier/oracle.h"

#define COUNT 70 /* more than two blocks */

/* out = prod numbers[v]^weights[v] modulo N^(s+1) */
static void oracle_weigh(const oracle *o, mpz_t out, mpz_t *const *vectors, size_t i, const int64_t *weights,
                         size_t count)
{
    mpz_t power, weight;

    mpz_inits(power, weight, NULL);
    mpz_set_ui(out, 1);
    for (size_t v = 0; v < count; v++) {
        mpz_set_si(weight, (long)weights[v]);
        mpz_powm(power, vectors[v][i], weight, o->modulus);
        mpz_mul(out, out, power);
        mpz_mod(out, out, o->modulus);
    }
    mpz_clears(power, weight, NULL);
}

static void expect_weighed(const oracle *o, const quorsum_ciphertexts *got, mpz_t *const *vectors,
                           const int64_t *weights, size_t count, size_t length)
{
    mpz_t wanted, value;

    mpz_inits(wanted, value, NULL);
    cr_assert_eq(quorsum_ciphertexts_count(got), length);
    for (size_t i = 0; i < length; i++) {
        oracle_weigh(o, wanted, vectors, i, weights, count);
        number_of(o, value, got, i);
        cr_assert_eq(mpz_cmp(value, wanted), 0, "element %zu, degree %u", i, o->s);
    }
    mpz_clears(wanted, value, NULL);
}

Test(operations, add_and_subtract_what_is_inside)
{
    for (unsigned s = 1; s <= 4; s++)
        for (size_t count = 1; count <= COUNT; count += s + 22) {
            static const int64_t plus[] = {1, 1}, minus[] = {1, -1};
            oracle o;
            mpz_t a[COUNT], b[COUNT];
            mpz_t *const both[] = {a, b};
            quorsum_ciphertexts *x, *y, *out;

            oracle_open_random(&o, 69, s, QUORSUM_RANDOMISER_HALF);
            x = random_vector(&o, a, count);
            y = random_vector(&o, b, count);
            cr_assert_eq(quorsum_ciphertexts_add(&out, o.key, x, y, NULL), QUORSUM_OK);
            expect_weighed(&o, out, both, plus, 2, count);
            quorsum_ciphertexts_free(out);
            cr_assert_eq(quorsum_ciphertexts_subtract(&out, o.key, x, y, NULL), QUORSUM_OK);
            expect_weighed(&o, out, both, minus, 2, count);
            quorsum_ciphertexts_free(out);
            quorsum_ciphertexts_free(x);
            quorsum_ciphertexts_free(y);
            clear_numbers(a, count);
            clear_numbers(b, count);
            oracle_close(&o);
        }
}

Test(operations, take_one_vector_for_both_operands)
{
    static const int64_t twice[] = {2};
    oracle o;
    mpz_t a[5], one;
    mpz_t *const vectors[] = {a};
    quorsum_ciphertexts *x, *out;

    oracle_open_random(&o, 100, 2, QUORSUM_RANDOMISER_HALF);
    x = random_vector(&o, a, 5);
    cr_assert_eq(quorsum_ciphertexts_add(&out, o.key, x, x, NULL), QUORSUM_OK);
    expect_weighed(&o, out, vectors, twice, 1, 5);
    quorsum_ciphertexts_free(out);
    cr_assert_eq(quorsum_ciphertexts_subtract(&out, o.key, x, x, NULL), QUORSUM_OK);
    mpz_init(one);
    for (size_t i = 0; i < 5; i++) {
        number_of(&o, one, out, i);
        cr_expect_eq(mpz_cmp_ui(one, 1), 0);
    }
    mpz_clear(one);
    quorsum_ciphertexts_free(out);
    quorsum_ciphertexts_free(x);
    clear_numbers(a, 5);
    oracle_close(&o);
}

Test(operations, scale_by_any_signed_integer)
{
    static const int64_t factors[] = {0, 1, -1, 2, -2, 1000003, -65536, INT64_MAX, INT64_MIN, INT64_MIN + 1};

    for (unsigned s = 1; s <= 3; s++)
        for (size_t k = 0; k < sizeof factors / sizeof factors[0]; k++) {
            oracle o;
            mpz_t a[35];
            mpz_t *const vectors[] = {a};
            quorsum_ciphertexts *x, *out;

            oracle_open_random(&o, 69, s, QUORSUM_RANDOMISER_HALF);
            x = random_vector(&o, a, 35);
            cr_assert_eq(quorsum_ciphertexts_scale(&out, o.key, x, factors[k], NULL), QUORSUM_OK);
            expect_weighed(&o, out, vectors, &factors[k], 1, 35);
            quorsum_ciphertexts_free(out);
            quorsum_ciphertexts_free(x);
            clear_numbers(a, 35);
            oracle_close(&o);
        }
}

Test(operations, weigh_vectors_of_any_length)
{
    static const int64_t weights[][2] = {{3, -2}, {1000003, 65535}, {-1, 0}};

    for (size_t count = 1; count <= 17; count++) {
        const quorsum_run run = {.threads = 1 + (unsigned)count % 3};
        oracle o;
        mpz_t a[17], b[17];
        mpz_t *const numbers[] = {a, b};
        const quorsum_ciphertexts *vectors[2];
        quorsum_ciphertexts *x, *y, *out;

        oracle_open_random(&o, 69, 1 + (unsigned)count % 2, QUORSUM_RANDOMISER_HALF);
        vectors[0] = x = random_vector(&o, a, count);
        vectors[1] = y = random_vector(&o, b, count);
        for (size_t k = 0; k < sizeof weights / sizeof weights[0]; k++) {
            cr_assert_eq(quorsum_ciphertexts_weighted_sum(&out, o.key, vectors, weights[k], 2, &run), QUORSUM_OK);
            expect_weighed(&o, out, numbers, weights[k], 2, count);
            quorsum_ciphertexts_free(out);
        }
        quorsum_ciphertexts_free(x);
        quorsum_ciphertexts_free(y);
        clear_numbers(a, count);
        clear_numbers(b, count);
        oracle_close(&o);
    }
}

#define VECTORS 40 /* more than are raised together */

static quorsum_status weighted_sum(quorsum_ciphertexts **out, const quorsum_public_key *key,
                                   quorsum_ciphertexts *const *vectors, const int64_t *weights, size_t count)
{
    return quorsum_ciphertexts_weighted_sum(out, key, (const quorsum_ciphertexts *const *)vectors, weights, count,
                                            NULL);
}

Test(operations, weigh_any_number_of_vectors)
{
    static const size_t counts[] = {1, 2, 15, 16, 17, 33, VECTORS};
    oracle o;
    mpz_t numbers[VECTORS][6];
    mpz_t *rows[VECTORS];
    quorsum_ciphertexts *vectors[VECTORS], *out;
    int64_t weights[VECTORS];

    oracle_open_random(&o, 69, 2, QUORSUM_RANDOMISER_HALF);
    for (size_t v = 0; v < VECTORS; v++) {
        rows[v] = numbers[v];
        vectors[v] = random_vector(&o, numbers[v], 6);
    }
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++)
        for (int mix = 0; mix < 4; mix++) { /* positive, negative, both with gaps, all zero */
            for (size_t v = 0; v < counts[k]; v++) {
                int64_t size = (int64_t)gmp_urandomb_ui(o.random, 1 + v % 60);

                if (mix == 1 || (mix == 2 && v % 3 == 0))
                    size = -size;
                weights[v] = mix == 3 || (mix == 2 && v % 4 == 0) ? 0 : size;
            }
            cr_assert_eq(weighted_sum(&out, o.key, vectors, weights, counts[k]), QUORSUM_OK);
            expect_weighed(&o, out, rows, weights, counts[k], 6);
            quorsum_ciphertexts_free(out);
        }
    for (size_t v = 0; v < VECTORS; v++) {
        quorsum_ciphertexts_free(vectors[v]);
        clear_numbers(numbers[v], 6);
    }
    oracle_close(&o);
}

Test(operations, decrypt_to_what_they_say)
{
    for (unsigned s = 1; s <= 3; s++) {
        static const int64_t weights[] = {5, -3};
        oracle o;
        mpz_t a[4], b[4], first, second;
        quorsum_ciphertexts *pair[2], *out;
        quorsum_plaintexts *plain;

        oracle_open_random(&o, 80, s, QUORSUM_RANDOMISER_HALF);
        mpz_inits(first, second, NULL);
        pair[0] = random_vector(&o, a, 4);
        pair[1] = random_vector(&o, b, 4);
        cr_assert_eq(weighted_sum(&out, o.key, pair, weights, 2), QUORSUM_OK);
        cr_assert_eq(quorsum_decrypt(&plain, o.private, out, NULL), QUORSUM_OK);
        for (size_t i = 0; i < 4; i++) {
            oracle_decrypt(&o, first, a[i]);
            oracle_decrypt(&o, second, b[i]);
            mpz_mul_ui(first, first, 5);
            mpz_submul_ui(first, second, 3);
            mpz_mod(first, first, o.ns);
            get_number(&o, second, plain, i);
            cr_expect_eq(mpz_cmp(first, second), 0);
        }
        mpz_clears(first, second, NULL);
        clear_numbers(a, 4);
        clear_numbers(b, 4);
        quorsum_plaintexts_free(plain);
        quorsum_ciphertexts_free(out);
        quorsum_ciphertexts_free(pair[0]);
        quorsum_ciphertexts_free(pair[1]);
        oracle_close(&o);
    }
}

typedef struct odd_pair { /* vectors that do not go together */
    oracle o;
    oracle other;
    mpz_t numbers[3][4];
    quorsum_ciphertexts *three;
    quorsum_ciphertexts *four;
    quorsum_ciphertexts *foreign;
} odd_pair;

static void odd_pair_open(odd_pair *x)
{
    oracle_open_random(&x->o, 69, 1, QUORSUM_RANDOMISER_HALF);
    oracle_open_random(&x->other, 69, 2, QUORSUM_RANDOMISER_HALF);
    x->three = random_vector(&x->o, x->numbers[0], 3);
    x->four = random_vector(&x->o, x->numbers[1], 4);
    x->foreign = random_vector(&x->other, x->numbers[2], 3);
}

static void odd_pair_close(odd_pair *x)
{
    clear_numbers(x->numbers[0], 3);
    clear_numbers(x->numbers[1], 4);
    clear_numbers(x->numbers[2], 3);
    quorsum_ciphertexts_free(x->three);
    quorsum_ciphertexts_free(x->four);
    quorsum_ciphertexts_free(x->foreign);
    oracle_close(&x->o);
    oracle_close(&x->other);
}

Test(operations, refuse_other_keys_and_widths)
{
    typedef quorsum_status (*binary)(quorsum_ciphertexts **, const quorsum_public_key *, const quorsum_ciphertexts *,
                                     const quorsum_ciphertexts *, const quorsum_run *);
    static const binary both[] = {quorsum_ciphertexts_add, quorsum_ciphertexts_subtract};
    odd_pair x;
    quorsum_ciphertexts *out = (quorsum_ciphertexts *)1;

    odd_pair_open(&x);
    for (size_t k = 0; k < 2; k++) {
        cr_expect_eq(both[k](&out, x.o.key, x.three, x.four, NULL), QUORSUM_ERR_WIDTH);
        cr_expect_null(out);
        cr_expect_eq(both[k](&out, x.o.key, x.three, x.foreign, NULL), QUORSUM_ERR_KEY_MISMATCH);
        cr_expect_eq(both[k](&out, x.o.key, x.foreign, x.three, NULL), QUORSUM_ERR_KEY_MISMATCH);
        cr_expect_eq(both[k](&out, x.other.key, x.three, x.three, NULL), QUORSUM_ERR_KEY_MISMATCH);
        cr_expect_eq(both[k](&out, x.o.key, x.three, NULL, NULL), QUORSUM_ERR_ARGUMENT);
        cr_expect_eq(both[k](&out, x.o.key, NULL, x.three, NULL), QUORSUM_ERR_ARGUMENT);
        cr_expect_eq(both[k](&out, NULL, x.three, x.three, NULL), QUORSUM_ERR_ARGUMENT);
        cr_expect_eq(both[k](NULL, x.o.key, x.three, x.three, NULL), QUORSUM_ERR_ARGUMENT);
    }
    odd_pair_close(&x);
}

Test(operations, refuse_weighted_sums_without_sense)
{
    static const int64_t weights[] = {1, 2};
    odd_pair x;
    quorsum_ciphertexts *out = (quorsum_ciphertexts *)1;

    odd_pair_open(&x);
    {
        quorsum_ciphertexts *uneven[] = {x.three, x.four};
        quorsum_ciphertexts *mixed[] = {x.three, x.foreign};
        quorsum_ciphertexts *gap[] = {x.three, NULL};

        cr_expect_eq(weighted_sum(&out, x.o.key, uneven, weights, 2), QUORSUM_ERR_WIDTH);
        cr_expect_eq(weighted_sum(&out, x.o.key, mixed, weights, 2), QUORSUM_ERR_KEY_MISMATCH);
        cr_expect_eq(weighted_sum(&out, x.o.key, gap, weights, 2), QUORSUM_ERR_ARGUMENT);
        cr_expect_eq(weighted_sum(&out, x.o.key, uneven, weights, 0), QUORSUM_ERR_ARGUMENT);
        cr_expect_eq(weighted_sum(&out, x.o.key, uneven, NULL, 2), QUORSUM_ERR_ARGUMENT);
        cr_expect_eq(quorsum_ciphertexts_scale(&out, x.o.key, x.foreign, 2, NULL), QUORSUM_ERR_KEY_MISMATCH);
        cr_expect_eq(quorsum_ciphertexts_scale(&out, x.o.key, NULL, 2, NULL), QUORSUM_ERR_ARGUMENT);
        cr_expect_null(out);
    }
    odd_pair_close(&x);
}
