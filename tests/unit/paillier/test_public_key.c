/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys: what is refused, what a key is made of, what names it, and that it lives as long as it is needed. */
#include "lib/paillier/public_key.h"

#include "tests/unit/paillier/oracle.h"

#include "lib/base/bytes.h"

static quorsum_status make(quorsum_public_key **out, const mpz_t n, quorsum_key_options options)
{
    uint8_t bytes[1024];
    size_t len = (mpz_sizeinbase(n, 2) + 7) / 8;

    number_to_bytes(bytes, len, n);
    return quorsum_public_key_new(out, bytes, len, &options);
}

static quorsum_status make_small(unsigned long n, quorsum_key_options options)
{
    quorsum_public_key *key = (quorsum_public_key *)1;
    quorsum_status status;
    mpz_t modulus;

    mpz_init_set_ui(modulus, n);
    status = make(&key, modulus, options);
    cr_expect((status == QUORSUM_OK) == (key != NULL));
    if (status == QUORSUM_OK)
        quorsum_public_key_free(key);
    mpz_clear(modulus);
    return status;
}

Test(public_key, refuses_calls_without_sense)
{
    static const uint8_t good[] = {47 * 59 / 256, 47 * 59 % 256};
    static const uint8_t padded[] = {0, 47 * 59 / 256, 47 * 59 % 256};
    quorsum_public_key *key = (quorsum_public_key *)1;

    cr_expect_eq(quorsum_public_key_new(NULL, good, sizeof good, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_public_key_new(&key, NULL, 2, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_null(key);
    cr_expect_eq(quorsum_public_key_new(&key, good, 0, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_public_key_new(&key, padded, sizeof padded, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(make_small(47 * 59, (quorsum_key_options){.degree = 5}), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(make_small(47 * 59, (quorsum_key_options){.randomiser = (quorsum_randomiser)3}), QUORSUM_ERR_ARGUMENT);
    quorsum_public_key_free(NULL);
}

Test(public_key, refuses_what_is_no_modulus)
{
    cr_expect_eq(make_small(47 * 59, (quorsum_key_options){0}), QUORSUM_OK);
    cr_expect_eq(make_small(47 * 59 + 1, (quorsum_key_options){0}), QUORSUM_ERR_MODULUS_EVEN);
    cr_expect_eq(make_small(2777, (quorsum_key_options){0}), QUORSUM_ERR_MODULUS_PRIME);
    cr_expect_eq(make_small(7 * 397, (quorsum_key_options){0}), QUORSUM_ERR_MODULUS_FACTOR);
    cr_expect_eq(make_small(37 * 41, (quorsum_key_options){0}), QUORSUM_ERR_MODULUS_SIZE, "11 bits");
    cr_expect_eq(make_small(47 * 59, (quorsum_key_options){.modulus_bits = 12}), QUORSUM_OK);
    cr_expect_eq(make_small(47 * 59, (quorsum_key_options){.modulus_bits = 13}), QUORSUM_ERR_MODULUS_SIZE);
}

Test(public_key, refuses_sizes_that_are_not_offered)
{
    static const size_t sizes[] = {2049, 2560, 3071, 4095, 4104, 5120};
    quorsum_public_key *key;
    mpz_t n;

    mpz_init(n);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        mpz_set_ui(n, 1);
        mpz_setbit(n, sizes[i] - 1);
        cr_expect_eq(make(&key, n, (quorsum_key_options){0}), QUORSUM_ERR_MODULUS_SIZE, "%zu bits", sizes[i]);
        cr_expect_null(key);
    }
    mpz_clear(n);
}

static void expect_limbs(const mp_limb_t *got, size_t limbs, const mpz_t wanted, const char *what)
{
    mpz_t value;

    cr_expect_eq(mpz_cmp(mpz_roinit_n(value, got, (mp_size_t)limbs), wanted), 0, "%s", what);
}

/* H(...) by hand; the golden vectors check the same from another language. */
static void oracle_hash(const oracle *o, mpz_t out, const char *label, uint64_t index)
{
    qs_transcript hash;
    uint8_t seed[64], stream[600], modulus[600];
    size_t bytes = quorsum_public_key_modulus_bytes(o->key);

    number_to_bytes(modulus, bytes, o->n);
    crypto_generichash_init(&hash.state, NULL, 0, 64);
    qs_transcript_bytes(&hash, "quorsum/v1/hash-to-z", 20);
    qs_transcript_bytes(&hash, label, strlen(label));
    qs_transcript_bytes(&hash, modulus, bytes);
    qs_transcript_u64(&hash, index);
    crypto_generichash_final(&hash.state, seed, 64);
    qs_seed_expand(stream, bytes + 16, seed);
    number_from_bytes(out, stream, bytes + 16);
    mpz_mod(out, out, o->n);
}

Test(public_key, takes_h_from_a_hash_of_n)
{
    for (unsigned s = 1; s <= 4; s++) {
        oracle o;
        mpz_t value;
        mp_limb_t *element;

        oracle_open_random(&o, 200, s, QUORSUM_RANDOMISER_HALF);
        mpz_init(value);
        oracle_hash(&o, value, "h", 0);
        mpz_mul(value, value, value);
        mpz_mod(value, value, o.n);
        expect_limbs(o.key->h, o.key->root->limbs, value, "h");
        element = malloc((o.key->ring->width + qs_ring_scratch(o.key->ring)) * sizeof *element);
        qs_ring_leave(o.key->ring, element, o.key->h_s, element + o.key->ring->width);
        qs_ring_to_mpz(o.key->ring, value, element);
        cr_expect_eq(mpz_cmp(value, o.h_s), 0, "h_s, degree %u", s);
        for (uint64_t index = 0; index < 3; index++) {
            qs_hash_to_residue(o.key, "label", index, element);
            oracle_hash(&o, value, "label", index);
            expect_limbs(element, o.key->root->limbs, value, "hash to Z");
        }
        free(element);
        mpz_clear(value);
        oracle_close(&o);
    }
}

Test(public_key, says_what_it_was_made_of)
{
    for (unsigned s = 1; s <= 4; s++) {
        oracle o;
        uint8_t bytes[64], wanted[64];

        oracle_open_random(&o, 101, s, QUORSUM_RANDOMISER_FULL);
        cr_expect_eq(quorsum_public_key_bits(o.key), mpz_sizeinbase(o.n, 2));
        cr_expect_eq(quorsum_public_key_degree(o.key), s);
        cr_expect_eq(quorsum_public_key_randomiser(o.key), QUORSUM_RANDOMISER_FULL);
        cr_expect_eq(quorsum_public_key_plaintext_bits(o.key), mpz_sizeinbase(o.ns, 2));
        cr_expect_eq(quorsum_public_key_modulus_bytes(o.key), (mpz_sizeinbase(o.n, 2) + 7) / 8);
        cr_expect_eq(quorsum_public_key_ciphertext_bytes(o.key), (s + 1) * quorsum_public_key_modulus_bytes(o.key));
        number_to_bytes(wanted, quorsum_public_key_modulus_bytes(o.key), o.n);
        quorsum_public_key_modulus(o.key, bytes);
        cr_expect_arr_eq(bytes, wanted, quorsum_public_key_modulus_bytes(o.key));
        oracle_close(&o);
    }
}

Test(public_key, defaults_to_degree_one_and_half_length_randomisers)
{
    static const uint8_t modulus[] = {47 * 59 / 256, 47 * 59 % 256};
    quorsum_public_key *key;

    cr_assert_eq(quorsum_public_key_new(&key, modulus, sizeof modulus, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_public_key_degree(key), 1);
    cr_expect_eq(quorsum_public_key_randomiser(key), QUORSUM_RANDOMISER_HALF);
    cr_expect_eq(key->alpha_bits, 6);
    quorsum_public_key_free(key);
}

Test(public_key, has_randomisers_as_long_as_asked_for)
{
    static const struct {
        size_t prime_bits;
        quorsum_randomiser randomiser;
        size_t alpha_bits;
    } cases[] = {
        {64, QUORSUM_RANDOMISER_HALF, 64},    {64, QUORSUM_RANDOMISER_SHORT, 128},  {64, QUORSUM_RANDOMISER_FULL, 256},
        {256, QUORSUM_RANDOMISER_HALF, 256},  {256, QUORSUM_RANDOMISER_SHORT, 384}, {256, QUORSUM_RANDOMISER_FULL, 640},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        oracle o;

        oracle_open_random(&o, cases[i].prime_bits, 1, cases[i].randomiser);
        cr_expect_eq(o.key->alpha_bits, cases[i].alpha_bits, "case %zu", i);
        oracle_close(&o);
    }
}

Test(public_key, is_named_by_modulus_degree_and_randomiser)
{
    oracle keys[5];

    oracle_open_small(&keys[0], 47, 59, 1, QUORSUM_RANDOMISER_HALF);
    oracle_open_small(&keys[1], 47, 61, 1, QUORSUM_RANDOMISER_HALF);
    oracle_open_small(&keys[2], 47, 59, 2, QUORSUM_RANDOMISER_HALF);
    oracle_open_small(&keys[3], 47, 59, 1, QUORSUM_RANDOMISER_FULL);
    oracle_open_small(&keys[4], 59, 47, 1, QUORSUM_RANDOMISER_HALF);
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 5; j++)
            cr_expect_eq(qs_public_key_same(keys[i].key, keys[j].key), i == j || (i % 4 == 0 && j % 4 == 0),
                         "keys %zu and %zu", i, j);
    cr_expect_arr_eq(quorsum_public_key_digest(keys[0].key), keys[4].key->digest, QUORSUM_DIGEST_BYTES);
    for (size_t i = 0; i < 5; i++)
        oracle_close(&keys[i]);
}

Test(public_key, lives_as_long_as_what_was_made_under_it)
{
    static const uint8_t modulus[] = {47 * 59 / 256, 47 * 59 % 256};
    quorsum_public_key *key;
    quorsum_plaintexts *plaintexts;
    quorsum_encryptor *encryptor;
    quorsum_ciphertexts *ciphertexts;

    cr_assert_eq(quorsum_public_key_new(&key, modulus, sizeof modulus, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_new(&plaintexts, key, 3), QUORSUM_OK);
    cr_assert_eq(quorsum_encryptor_new(&encryptor, key, NULL), QUORSUM_OK);
    quorsum_public_key_free(key);
    cr_expect_eq(quorsum_plaintexts_set_int64(plaintexts, 2, -1), QUORSUM_OK);
    cr_assert_eq(quorsum_encrypt(&ciphertexts, encryptor, plaintexts, NULL), QUORSUM_OK);
    quorsum_encryptor_free(encryptor);
    quorsum_plaintexts_free(plaintexts);
    cr_expect_eq(ciphertexts->key->references, 1);
    quorsum_ciphertexts_free(ciphertexts);
}
