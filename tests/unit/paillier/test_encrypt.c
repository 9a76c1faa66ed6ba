/* SPDX-License-Identifier: Apache-2.0 */
/* Encryption: exactly (1+N)^m h_s^alpha, fresh and short alphas, whole vectors or nothing. */
#include "tests/unit/paillier/oracle.h"

static quorsum_plaintexts *random_plaintexts(oracle *o, size_t count)
{
    quorsum_plaintexts *plaintexts = NULL;
    mpz_t m;

    mpz_init(m);
    cr_assert_eq(quorsum_plaintexts_new(&plaintexts, o->key, count), QUORSUM_OK);
    for (size_t i = 0; i < count; i++) {
        mpz_urandomm(m, o->random, o->ns);
        cr_assert_eq(set_number(plaintexts, i, m), QUORSUM_OK);
    }
    mpz_clear(m);
    return plaintexts;
}

/* The ciphertexts by the formula from the plaintexts and the alphas that were kept. */
static void expect_formula(const oracle *o, const quorsum_ciphertexts *ciphertexts,
                           const quorsum_plaintexts *plaintexts, const qs_secret *alpha)
{
    size_t limbs = qs_alpha_limbs(o->key);
    mpz_t m, exponent, wanted, got;

    mpz_inits(m, wanted, got, NULL);
    cr_assert_eq(alpha->limbs, ciphertexts->count * limbs);
    for (size_t i = 0; i < ciphertexts->count; i++) {
        get_number(o, m, plaintexts, i);
        mpz_roinit_n(exponent, alpha->limb + i * limbs, (mp_size_t)limbs);
        cr_assert_leq(mpz_sizeinbase(exponent, 2), o->key->alpha_bits);
        oracle_encrypt(o, wanted, m, exponent);
        number_of(o, got, ciphertexts, i);
        cr_assert_eq(mpz_cmp(got, wanted), 0, "element %zu of %zu, degree %u", i, ciphertexts->count, o->s);
    }
    mpz_clears(m, wanted, got, NULL);
}

static void check_encryption(oracle *o, size_t count, unsigned threads)
{
    quorsum_run run = {.threads = threads};
    quorsum_plaintexts *plaintexts = random_plaintexts(o, count);
    quorsum_plaintexts *back = NULL;
    quorsum_encryptor *encryptor = NULL;
    quorsum_ciphertexts *ciphertexts = NULL;
    qs_secret alpha;

    cr_assert_eq(quorsum_encryptor_new(&encryptor, o->key, &run), QUORSUM_OK);
    cr_assert_eq(qs_encrypt_keep(&ciphertexts, &alpha, encryptor, plaintexts, &run), QUORSUM_OK);
    expect_formula(o, ciphertexts, plaintexts, &alpha);
    cr_assert_eq(quorsum_decrypt(&back, o->private, ciphertexts, &run), QUORSUM_OK);
    cr_assert_arr_eq(back->value, plaintexts->value, count * o->key->plain->width * sizeof(mp_limb_t));
    qs_secret_clear(&alpha);
    quorsum_plaintexts_free(plaintexts);
    quorsum_plaintexts_free(back);
    quorsum_ciphertexts_free(ciphertexts);
    quorsum_encryptor_free(encryptor);
}

Test(encrypt, follows_the_formula_for_every_degree_and_randomiser)
{
    static const size_t sizes[] = {6, 20, 64, 130};

    for (unsigned s = 1; s <= 4; s++)
        for (int randomiser = 0; randomiser < 3; randomiser++)
            for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
                oracle o;

                if (sizes[k] == 6)
                    oracle_open_small(&o, 47, 59, s, (quorsum_randomiser)randomiser);
                else
                    oracle_open_random(&o, sizes[k], s, (quorsum_randomiser)randomiser);
                check_encryption(&o, 9, 1);
                oracle_close(&o);
            }
}

Test(encrypt, does_vectors_of_any_length_on_any_number_of_threads)
{
    static const size_t counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 130};

    for (unsigned threads = 1; threads <= 5; threads += 2)
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
            oracle o;

            oracle_open_random(&o, 64, 1, QUORSUM_RANDOMISER_SHORT);
            check_encryption(&o, counts[k], threads);
            oracle_close(&o);
        }
}

Test(encrypt, never_blinds_twice_alike)
{
    oracle o;
    quorsum_plaintexts *plaintexts;
    quorsum_encryptor *encryptor;
    quorsum_ciphertexts *first, *second;
    size_t bytes;

    oracle_open_random(&o, 64, 1, QUORSUM_RANDOMISER_HALF);
    bytes = o.key->ring->width * sizeof(mp_limb_t);
    cr_assert_eq(quorsum_plaintexts_new(&plaintexts, o.key, 20), QUORSUM_OK);
    cr_assert_eq(quorsum_encryptor_new(&encryptor, o.key, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_encrypt(&first, encryptor, plaintexts, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_encrypt(&second, encryptor, plaintexts, NULL), QUORSUM_OK);
    for (size_t i = 0; i < 20; i++)
        for (size_t j = 0; j < 20; j++) {
            const mp_limb_t *a = first->value + i * o.key->ring->width;

            cr_expect_neq(memcmp(a, second->value + j * o.key->ring->width, bytes), 0);
            cr_expect(i == j || memcmp(a, first->value + j * o.key->ring->width, bytes) != 0);
        }
    quorsum_ciphertexts_free(first);
    quorsum_ciphertexts_free(second);
    quorsum_encryptor_free(encryptor);
    quorsum_plaintexts_free(plaintexts);
    oracle_close(&o);
}

/* A factor of the re-randomised one is an N^s-th power of h: it decrypts to 0. */
Test(encrypt, rerandomises_without_changing_what_is_inside)
{
    for (unsigned s = 1; s <= 3; s++) {
        oracle o;
        mpz_t numbers[11], before, after;
        quorsum_encryptor *encryptor;
        quorsum_ciphertexts *vector, *fresh;

        oracle_open_random(&o, 70, s, QUORSUM_RANDOMISER_FULL);
        mpz_inits(before, after, NULL);
        vector = random_vector(&o, numbers, 11);
        cr_assert_eq(quorsum_encryptor_new(&encryptor, o.key, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_ciphertexts_rerandomise(&fresh, encryptor, vector, NULL), QUORSUM_OK);
        for (size_t i = 0; i < 11; i++) {
            number_of(&o, after, fresh, i);
            cr_expect_neq(mpz_cmp(after, numbers[i]), 0);
            oracle_decrypt(&o, after, after);
            oracle_decrypt(&o, before, numbers[i]);
            cr_expect_eq(mpz_cmp(after, before), 0);
        }
        expect_numbers(&o, vector, numbers, 11); /* untouched */
        clear_numbers(numbers, 11);
        mpz_clears(before, after, NULL);
        quorsum_ciphertexts_free(vector);
        quorsum_ciphertexts_free(fresh);
        quorsum_encryptor_free(encryptor);
        oracle_close(&o);
    }
}

static int stop(uint64_t done, uint64_t total, void *user)
{
    (void)done, (void)total;
    return ++*(int *)user == 2;
}

Test(encrypt, refuses_other_keys_and_stops_when_asked)
{
    oracle o, other;
    quorsum_plaintexts *plaintexts, *foreign;
    quorsum_encryptor *encryptor;
    quorsum_ciphertexts *out = (quorsum_ciphertexts *)1, *vector;
    qs_secret alpha;
    int calls = 0;
    quorsum_run run = {.threads = 1, .progress = stop, .user = &calls};

    oracle_open_random(&o, 64, 1, QUORSUM_RANDOMISER_HALF);
    oracle_open_random(&other, 65, 1, QUORSUM_RANDOMISER_HALF);
    plaintexts = random_plaintexts(&o, 100);
    foreign = random_plaintexts(&other, 3);
    cr_assert_eq(quorsum_encryptor_new(&encryptor, o.key, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_encrypt(&out, encryptor, foreign, NULL), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_null(out);
    cr_expect_eq(qs_encrypt_keep(&out, &alpha, encryptor, foreign, NULL), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_null(alpha.limb);
    cr_expect_eq(quorsum_encrypt(&out, encryptor, plaintexts, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_null(out);
    calls = 0;
    cr_expect_eq(qs_encrypt_keep(&out, &alpha, encryptor, plaintexts, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_null(alpha.limb, "secrets outlived a failure");
    cr_expect_eq(quorsum_encrypt(NULL, encryptor, plaintexts, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_encrypt(&out, NULL, plaintexts, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_encrypt(&out, encryptor, NULL, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_encryptor_new(NULL, o.key, NULL), QUORSUM_ERR_ARGUMENT);
    cr_assert_eq(quorsum_encrypt(&vector, encryptor, plaintexts, NULL), QUORSUM_OK);
    quorsum_encryptor_free(encryptor);
    cr_assert_eq(quorsum_encryptor_new(&encryptor, other.key, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_ciphertexts_rerandomise(&out, encryptor, vector, NULL), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_null(out);
    quorsum_encryptor_free(encryptor);
    quorsum_encryptor_free(NULL);
    quorsum_ciphertexts_free(vector);
    quorsum_plaintexts_free(plaintexts);
    quorsum_plaintexts_free(foreign);
    oracle_close(&o);
    oracle_close(&other);
}
