/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys: decryption against plain integers, what makes no key, generation, and the sealed form. */
#include "lib/base/seal.h"

#include "tests/unit/paillier/oracle.h"

static void expect_decryption(oracle *o, const quorsum_run *run, size_t count)
{
    mpz_t *numbers = malloc(count * sizeof *numbers);
    quorsum_ciphertexts *vector = random_vector(o, numbers, count);
    quorsum_plaintexts *plain = NULL;
    mpz_t wanted, got;

    mpz_inits(wanted, got, NULL);
    cr_assert_eq(quorsum_decrypt(&plain, o->private, vector, run), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_count(plain), count);
    for (size_t i = 0; i < count; i++) {
        oracle_decrypt(o, wanted, numbers[i]);
        get_number(o, got, plain, i);
        cr_assert_eq(mpz_cmp(got, wanted), 0, "element %zu, degree %u", i, o->s);
    }
    mpz_clears(wanted, got, NULL);
    clear_numbers(numbers, count);
    free(numbers);
    quorsum_ciphertexts_free(vector);
    quorsum_plaintexts_free(plain);
}

Test(private_key, decrypts_every_degree_and_size)
{
    static const size_t sizes[] = {12, 32, 63, 64, 65, 128, 200};

    for (unsigned s = 1; s <= 4; s++)
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            oracle o;

            oracle_open_random(&o, sizes[k], s, QUORSUM_RANDOMISER_HALF);
            expect_decryption(&o, NULL, 6);
            oracle_close(&o);
        }
}

/* Ciphertexts of the form (1+N)^m r^(N^s), r not a power of h, such as other libraries make. */
Test(private_key, decrypts_what_was_blinded_by_any_unit)
{
    for (unsigned s = 1; s <= 3; s++) {
        oracle o;
        mpz_t numbers[8], m[8], r, got;
        quorsum_ciphertexts *vector;
        quorsum_plaintexts *plain;

        oracle_open_random(&o, 90, s, QUORSUM_RANDOMISER_HALF);
        mpz_inits(r, got, NULL);
        for (size_t i = 0; i < 8; i++) {
            mpz_inits(numbers[i], m[i], NULL);
            mpz_urandomm(m[i], o.random, o.ns);
            mpz_urandomm(r, o.random, o.n);
            mpz_powm(r, r, o.ns, o.modulus);
            oracle_lift(&o, numbers[i], m[i]);
            mpz_mul(numbers[i], numbers[i], r);
            mpz_mod(numbers[i], numbers[i], o.modulus);
        }
        vector = vector_of(&o, numbers, 8);
        cr_assert_eq(quorsum_decrypt(&plain, o.private, vector, NULL), QUORSUM_OK);
        for (size_t i = 0; i < 8; i++) {
            get_number(&o, got, plain, i);
            cr_expect_eq(mpz_cmp(got, m[i]), 0);
        }
        mpz_clears(r, got, NULL);
        clear_numbers(numbers, 8);
        clear_numbers(m, 8);
        quorsum_plaintexts_free(plain);
        quorsum_ciphertexts_free(vector);
        oracle_close(&o);
    }
}

Test(private_key, decrypts_on_any_number_of_threads)
{
    for (unsigned threads = 1; threads <= 7; threads += 3) {
        quorsum_run run = {.threads = threads};
        oracle o;

        oracle_open_random(&o, 64, 1, QUORSUM_RANDOMISER_HALF);
        expect_decryption(&o, &run, 33);
        oracle_close(&o);
    }
}

/* Edges 0, 1, N^s - 1 and N, then anything. */
static void make_plaintext(oracle *o, mpz_t m, size_t index)
{
    mpz_set_ui(m, index == 1);
    if (index == 2)
        mpz_sub_ui(m, o->ns, 1);
    else if (index == 3)
        mpz_mod(m, o->n, o->ns);
    else if (index > 3)
        mpz_urandomm(m, o->random, o->ns);
}

/* The first `count` of some ciphertexts of known plaintexts. */
static void expect_plaintexts(oracle *o, mpz_t *numbers, mpz_t *wanted, size_t count)
{
    quorsum_ciphertexts *vector = vector_of(o, numbers, count);
    quorsum_plaintexts *plain = NULL;
    mpz_t got;

    mpz_init(got);
    cr_assert_eq(quorsum_decrypt(&plain, o->private, vector, NULL), QUORSUM_OK);
    for (size_t i = 0; i < count; i++) {
        get_number(o, got, plain, i);
        cr_assert_eq(mpz_cmp(got, wanted[i]), 0, "element %zu of %zu, degree %u", i, count, o->s);
    }
    mpz_clear(got);
    quorsum_plaintexts_free(plain);
    quorsum_ciphertexts_free(vector);
}

/* Whole groups, tails of every length, and what is left for one by one. */
static void check_counts(size_t bits, unsigned s, size_t first, size_t last)
{
    enum { MOST = 17 };
    oracle o;
    mpz_t numbers[MOST], m[MOST], alpha;

    oracle_open_random(&o, bits, s, QUORSUM_RANDOMISER_SHORT);
    mpz_init(alpha);
    for (size_t i = 0; i < MOST; i++) {
        mpz_inits(numbers[i], m[i], NULL);
        make_plaintext(&o, m[i], i);
        mpz_urandomb(alpha, o.random, i % 5 == 0 ? 0 : o.key->alpha_bits);
        oracle_encrypt(&o, numbers[i], m[i], alpha);
    }
    for (size_t count = first; count <= last; count++)
        expect_plaintexts(&o, numbers, m, count);
    mpz_clear(alpha);
    clear_numbers(numbers, MOST);
    clear_numbers(m, MOST);
    oracle_close(&o);
}

Test(private_key, decrypts_vectors_of_any_length, .timeout = 600)
{
    for (unsigned s = 1; s <= 4; s++)
        check_counts(100 + 33 * s, s, 1, 17);
}

/* Primes on both sides of a length that fills the lanes' blocks of columns, and those of keys in use. */
Test(private_key, decrypts_with_primes_of_awkward_and_of_usual_lengths, .timeout = 600)
{
    static const size_t sizes[] = {64, 512, 516, 517, 1024, 1536};

    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
        for (unsigned s = 1; s <= 2; s++)
            check_counts(sizes[k], s, sizes[k] > 1000 ? 8 : 7, 8);
}

static int stop(uint64_t done, uint64_t total, void *user)
{
    (void)done, (void)total, (void)user;
    return 1;
}

Test(private_key, refuses_other_keys_and_stops_when_asked)
{
    quorsum_run run = {.threads = 1, .progress = stop};
    oracle o, other;
    mpz_t numbers[9];
    quorsum_ciphertexts *vector;
    quorsum_plaintexts *plain = (quorsum_plaintexts *)1;

    oracle_open_random(&o, 64, 1, QUORSUM_RANDOMISER_HALF);
    oracle_open_random(&other, 64, 1, QUORSUM_RANDOMISER_SHORT);
    vector = random_vector(&o, numbers, 9);
    cr_expect_eq(quorsum_decrypt(&plain, other.private, vector, NULL), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_null(plain);
    cr_expect_eq(quorsum_decrypt(&plain, o.private, vector, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_null(plain);
    cr_expect_eq(quorsum_decrypt(&plain, NULL, vector, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_decrypt(&plain, o.private, NULL, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_decrypt(NULL, o.private, vector, NULL), QUORSUM_ERR_ARGUMENT);
    quorsum_private_key_free(NULL);
    quorsum_ciphertexts_free(vector);
    clear_numbers(numbers, 9);
    oracle_close(&o);
    oracle_close(&other);
}

static quorsum_status try_primes(unsigned long p, unsigned long q)
{
    quorsum_private_key *key = (quorsum_private_key *)1;
    quorsum_status status;
    mpz_t first, second;

    mpz_init_set_ui(first, p);
    mpz_init_set_ui(second, q);
    status = key_from_mpz(&key, first, second, NULL);
    cr_expect((status == QUORSUM_OK) == (key != NULL));
    if (status == QUORSUM_OK)
        quorsum_private_key_free(key);
    mpz_clears(first, second, NULL);
    return status;
}

Test(private_key, takes_two_different_odd_primes_of_one_length)
{
    cr_expect_eq(try_primes(47, 59), QUORSUM_OK);
    cr_expect_eq(try_primes(59, 59), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(try_primes(47, 58), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(try_primes(58, 47), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(try_primes(23, 47), QUORSUM_ERR_ARGUMENT, "23 divides 47 - 1");
    cr_expect_eq(try_primes(3, 2), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(try_primes(37, 41), QUORSUM_ERR_MODULUS_SIZE, "11 bits");
    cr_expect_eq(try_primes(53, 33), QUORSUM_ERR_MODULUS_SIZE, "11 bits");
    cr_expect_eq(try_primes(63, 59), QUORSUM_ERR_MODULUS_FACTOR, "63 is no prime");
}

typedef struct watch {
    uint64_t last;
    unsigned calls;
    unsigned backwards;
} watch;

static int observe(uint64_t done, uint64_t total, void *user)
{
    watch *seen = user;

    seen->backwards += done < seen->last || total != 0;
    seen->last = done;
    seen->calls++;
    return 0;
}

Test(private_key, is_generated_at_the_size_asked_for)
{
    static const uint32_t sizes[] = {32, 64, 256, 1024};

    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
        for (uint32_t s = 1; s <= 2; s++) {
            quorsum_key_options options = {.modulus_bits = sizes[k], .degree = s};
            watch seen = {0};
            quorsum_run run = {.progress = observe, .user = &seen};
            quorsum_private_key *key;
            mpz_t p, q;

            cr_assert_eq(quorsum_private_key_generate(&key, &options, &run), QUORSUM_OK);
            cr_expect_eq(quorsum_public_key_bits(quorsum_private_key_public(key)), sizes[k]);
            cr_expect_eq(quorsum_public_key_degree(quorsum_private_key_public(key)), s);
            cr_expect_eq(seen.backwards, 0);
            mpz_roinit_n(p, key->p.ring->n, (mp_size_t)key->p.ring->limbs);
            mpz_roinit_n(q, key->q.ring->n, (mp_size_t)key->q.ring->limbs);
            cr_expect(mpz_probab_prime_p(p, 30) && mpz_probab_prime_p(q, 30));
            cr_expect(mpz_fdiv_ui(p, 4) == 3 && mpz_fdiv_ui(q, 4) == 3);
            cr_expect(mpz_sizeinbase(p, 2) == sizes[k] / 2 && mpz_sizeinbase(q, 2) == sizes[k] / 2);
            quorsum_private_key_free(key);
        }
}

Test(private_key, is_not_generated_at_other_sizes_nor_after_a_stop)
{
    static const uint32_t sizes[] = {1, 12, 30, 33, 2049, 2560, 4098, 8192};
    quorsum_private_key *key = (quorsum_private_key *)1;
    quorsum_key_options options = {.modulus_bits = 512};
    quorsum_run run = {.progress = stop};

    cr_expect_eq(quorsum_private_key_generate(&key, &options, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_null(key);
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        options.modulus_bits = sizes[k];
        cr_expect_eq(quorsum_private_key_generate(&key, &options, NULL), QUORSUM_ERR_MODULUS_SIZE, "%u bits", sizes[k]);
    }
    options = (quorsum_key_options){.modulus_bits = 512, .degree = 5};
    cr_expect_eq(quorsum_private_key_generate(&key, &options, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_private_key_generate(NULL, NULL, NULL), QUORSUM_ERR_ARGUMENT);
}

Test(private_key, comes_back_from_its_sealed_form)
{
    for (unsigned s = 1; s <= 4; s++)
        for (size_t bits = 61; bits <= 129; bits += 34) {
            oracle o;
            quorsum_private_key *own;
            quorsum_bytes sealed;

            oracle_open_random(&o, bits, s, (quorsum_randomiser)(s % 3));
            cr_assert_eq(quorsum_private_key_seal(&sealed, o.private, "open sesame", 11), QUORSUM_OK);
            cr_assert_eq(quorsum_private_key_unseal(&own, sealed.data, sealed.len, "open sesame", 11), QUORSUM_OK);
            quorsum_private_key_free(o.private);
            o.private = own;
            o.key = quorsum_private_key_public(own);
            cr_expect_eq(quorsum_public_key_degree(o.key), s);
            cr_expect_eq(quorsum_public_key_randomiser(o.key), (quorsum_randomiser)(s % 3));
            expect_decryption(&o, NULL, 2);
            quorsum_bytes_free(&sealed);
            oracle_close(&o);
        }
}

Test(private_key, stays_closed_to_others)
{
    oracle o;
    quorsum_private_key *key = (quorsum_private_key *)1;
    quorsum_bytes sealed;

    oracle_open_random(&o, 64, 1, QUORSUM_RANDOMISER_HALF);
    cr_expect_eq(quorsum_private_key_seal(&sealed, o.private, "", 0), QUORSUM_ERR_ARGUMENT);
    cr_expect(sealed.data == NULL && sealed.len == 0);
    cr_expect_eq(quorsum_private_key_seal(&sealed, NULL, "abc", 3), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_private_key_seal(NULL, o.private, "abc", 3), QUORSUM_ERR_ARGUMENT);
    cr_assert_eq(quorsum_private_key_seal(&sealed, o.private, "abc", 3), QUORSUM_OK);
    cr_expect_eq(quorsum_private_key_unseal(&key, sealed.data, sealed.len, "abd", 3), QUORSUM_ERR_PASSPHRASE);
    cr_expect_null(key);
    sealed.data[sealed.len - 1] ^= 1;
    cr_expect_eq(quorsum_private_key_unseal(&key, sealed.data, sealed.len, "abc", 3), QUORSUM_ERR_PASSPHRASE);
    cr_expect_eq(quorsum_private_key_unseal(&key, sealed.data, 10, "abc", 3), QUORSUM_ERR_TRUNCATED);
    cr_expect_eq(quorsum_private_key_unseal(NULL, sealed.data, sealed.len, "abc", 3), QUORSUM_ERR_ARGUMENT);
    quorsum_bytes_free(&sealed);
    oracle_close(&o);
}

static quorsum_status unseal_content(const char *kind, const void *content, size_t len)
{
    qs_buffer sealed = {0};
    quorsum_private_key *key = NULL;
    quorsum_status status;

    cr_assert_eq(qs_seal(&sealed, kind, content, len, "abc", 3), QUORSUM_OK);
    status = quorsum_private_key_unseal(&key, sealed.data, sealed.len, "abc", 3);
    cr_expect((status == QUORSUM_OK) == (key != NULL));
    quorsum_private_key_free(key);
    qs_buffer_free(&sealed);
    return status;
}

Test(private_key, is_checked_when_its_seal_is_opened)
{
    uint8_t good[] = {1, 0, 47, 59};
    uint8_t large[2 + 512 + 2] = {1, 0, 1};

    cr_expect_eq(unseal_content("private-key", good, 4), QUORSUM_OK);
    cr_expect_eq(unseal_content("share", good, 4), QUORSUM_ERR_TYPE);
    cr_expect_eq(unseal_content("private-key", good, 3), QUORSUM_ERR_TRUNCATED);
    cr_expect_eq(unseal_content("private-key", large, 5), QUORSUM_ERR_TRAILING);
    cr_expect_eq(unseal_content("private-key", large, sizeof large), QUORSUM_ERR_TRAILING);
    cr_expect_eq(unseal_content("private-key", ((uint8_t[]){0, 0, 47, 59}), 4), QUORSUM_ERR_RANGE, "degree 0");
    cr_expect_eq(unseal_content("private-key", ((uint8_t[]){5, 0, 47, 59}), 4), QUORSUM_ERR_RANGE, "degree 5");
    cr_expect_eq(unseal_content("private-key", ((uint8_t[]){1, 3, 47, 59}), 4), QUORSUM_ERR_RANGE, "randomiser 3");
    cr_expect_eq(unseal_content("private-key", ((uint8_t[]){1, 0, 59, 59}), 4), QUORSUM_ERR_RANGE, "p = q");
    cr_expect_eq(unseal_content("private-key", ((uint8_t[]){1, 0, 58, 59}), 4), QUORSUM_ERR_RANGE, "even");
    cr_expect_eq(unseal_content("private-key", ((uint8_t[]){1, 0, 0, 59}), 4), QUORSUM_ERR_RANGE, "zero");
    cr_expect_eq(unseal_content("private-key", ((uint8_t[]){1, 0, 0, 47, 0, 59}), 6), QUORSUM_ERR_RANGE, "padded");
}
