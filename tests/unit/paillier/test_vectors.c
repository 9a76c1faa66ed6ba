/* SPDX-License-Identifier: Apache-2.0 */
/* The cryptosystem against vectors that tests/vectors/make_paillier.py computed at 2048 and 3072 bits. */
#include "tests/unit/paillier/oracle.h"

#include <jansson.h>
#include <stdio.h>

#include "lib/arith/exponent.h"

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    cr_assert_not_null(value, "the vector has no %s", key);
    return value;
}

static uint32_t small(const json_t *object, const char *key)
{
    return (uint32_t)json_integer_value(json_object_get(object, key));
}

static size_t unhex(uint8_t *out, size_t capacity, const char *hex)
{
    size_t len = 0;

    cr_assert_eq(sodium_hex2bin(out, capacity, hex, strlen(hex), NULL, &len, NULL), 0);
    return len;
}

static void number(mpz_t out, const json_t *object, const char *key)
{
    cr_assert_eq(mpz_init_set_str(out, text(object, key), 16), 0);
}

typedef struct vectors { /* one key of the file, and room to work in */
    const json_t *json;
    quorsum_private_key *private;
    const quorsum_public_key *key;
    mp_limb_t *element;
    mp_limb_t *wanted;
    mp_limb_t *plain;
    mp_limb_t *scratch;
} vectors;

static void vectors_open(vectors *v, const json_t *json)
{
    quorsum_key_options options = {.degree = small(json, "degree"),
                                   .randomiser = (quorsum_randomiser)small(json, "randomiser")};
    mpz_t p, q;

    v->json = json;
    number(p, json, "p");
    number(q, json, "q");
    cr_assert_eq(key_from_mpz(&v->private, p, q, &options), QUORSUM_OK);
    mpz_clears(p, q, NULL);
    v->key = quorsum_private_key_public(v->private);
    v->element = calloc(v->key->ring->width, sizeof(mp_limb_t));
    v->wanted = calloc(v->key->ring->width, sizeof(mp_limb_t));
    v->plain = calloc(v->key->plain->width, sizeof(mp_limb_t));
    v->scratch = calloc(qs_power_scratch(v->key->ring) + qs_lift_scratch(v->key), sizeof(mp_limb_t));
}

static void vectors_close(vectors *v)
{
    free(v->element);
    free(v->wanted);
    free(v->plain);
    free(v->scratch);
    quorsum_private_key_free(v->private);
}

static void read_digits(const qs_ring *ring, mp_limb_t *out, const json_t *object, const char *key)
{
    uint8_t wire[5 * 512];

    cr_assert_eq(unhex(wire, sizeof wire, text(object, key)), ring->digits * ring->bytes);
    cr_assert_eq(qs_ring_read(ring, out, wire), 0);
}

static int same(const qs_ring *ring, const mp_limb_t *a, const mp_limb_t *b)
{
    return memcmp(a, b, ring->width * sizeof *a) == 0;
}

static void check_key(const vectors *v)
{
    const json_t *hashes = json_object_get(v->json, "hashes");
    const qs_ring *ring = v->key->ring;
    uint8_t wanted[512], got[512];
    size_t len = unhex(wanted, sizeof wanted, text(v->json, "modulus"));

    cr_assert_eq(len, quorsum_public_key_modulus_bytes(v->key));
    quorsum_public_key_modulus(v->key, got);
    cr_expect_arr_eq(got, wanted, len, "modulus");
    unhex(wanted, sizeof wanted, text(v->json, "digest"));
    cr_expect_arr_eq(quorsum_public_key_digest(v->key), wanted, 32, "digest");
    cr_expect_eq(v->key->alpha_bits, small(v->json, "alpha_bits"));
    read_digits(v->key->root, v->wanted, v->json, "h");
    cr_expect(same(v->key->root, v->key->h, v->wanted), "h");
    read_digits(ring, v->wanted, v->json, "h_s");
    qs_ring_leave(ring, v->element, v->key->h_s, v->scratch);
    cr_expect(same(ring, v->element, v->wanted), "h_s");
    cr_assert_gt(json_array_size(hashes), 0);
    for (size_t i = 0; i < json_array_size(hashes); i++) {
        const json_t *hash = json_array_get(hashes, i);

        read_digits(v->key->root, v->wanted, hash, "value");
        qs_hash_to_residue(v->key, text(hash, "label"), (uint64_t)json_integer_value(json_object_get(hash, "index")),
                           v->element);
        cr_expect(same(v->key->root, v->element, v->wanted), "hash to Z, %zu", i);
    }
}

static void check_lifts(const vectors *v)
{
    const json_t *lifts = json_object_get(v->json, "lifts");

    cr_assert_gt(json_array_size(lifts), 0);
    for (size_t i = 0; i < json_array_size(lifts); i++) {
        read_digits(v->key->plain, v->plain, json_array_get(lifts, i), "m");
        read_digits(v->key->ring, v->wanted, json_array_get(lifts, i), "digits");
        qs_lift(v->key, v->element, v->plain, v->scratch);
        cr_expect(same(v->key->ring, v->element, v->wanted), "lift %zu", i);
        cr_expect_eq(qs_discrete_log_vartime(v->key, v->element, v->wanted), 0);
        cr_expect(same(v->key->plain, v->element, v->plain), "logarithm %zu", i);
    }
}

/* element = (1+N)^m h_s^alpha with the secret-exponent power. */
static void encrypt_with(const vectors *v, const json_t *one)
{
    const qs_ring *ring = v->key->ring;
    mp_limb_t *power = malloc(ring->width * sizeof *power);
    mpz_t alpha;

    number(alpha, one, "alpha");
    read_digits(v->key->plain, v->plain, one, "m");
    qs_power(ring, power, v->key->h_s, mpz_limbs_read(alpha), mpz_sizeinbase(alpha, 2), v->scratch);
    qs_lift(v->key, v->element, v->plain, v->scratch);
    qs_ring_mul(ring, v->element, v->element, power, v->scratch);
    mpz_clear(alpha);
    free(power);
}

static void check_ciphertext(const vectors *v, const json_t *one)
{
    uint8_t wire[5 * 512], integer[5 * 512], got[5 * 512];
    size_t len = unhex(wire, sizeof wire, text(one, "digits"));
    quorsum_ciphertexts *decoded, *imported;
    quorsum_plaintexts *plain;

    cr_assert_eq(unhex(integer, sizeof integer, text(one, "integer")), len);
    cr_assert_eq(quorsum_ciphertexts_decode(&decoded, v->key, wire, len, NULL, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_ciphertexts_import(&imported, v->key, integer, len, NULL, NULL), QUORSUM_OK);
    cr_expect(same(v->key->ring, decoded->value, imported->value));
    cr_assert_eq(quorsum_ciphertexts_export(decoded, v->key, got, sizeof got, &len), QUORSUM_OK);
    cr_expect_arr_eq(got, integer, len);
    cr_assert_eq(quorsum_ciphertexts_encode(imported, got, sizeof got, &len), QUORSUM_OK);
    cr_expect_arr_eq(got, wire, len);
    encrypt_with(v, one);
    cr_expect(same(v->key->ring, v->element, decoded->value), "encryption");
    cr_assert_eq(quorsum_decrypt(&plain, v->private, decoded, NULL), QUORSUM_OK);
    cr_expect(same(v->key->plain, plain->value, v->plain), "decryption");
    quorsum_plaintexts_free(plain);
    quorsum_ciphertexts_free(decoded);
    quorsum_ciphertexts_free(imported);
}

/* integer_m, taken in as bytes, is the m given in digits. */
static void check_plaintext(const vectors *v, const json_t *one)
{
    quorsum_plaintexts *plaintexts;
    mpz_t m;

    number(m, one, "integer_m");
    cr_assert_eq(quorsum_plaintexts_new(&plaintexts, v->key, 1), QUORSUM_OK);
    cr_assert_eq(set_number(plaintexts, 0, m), QUORSUM_OK);
    read_digits(v->key->plain, v->plain, one, "m");
    cr_expect(same(v->key->plain, plaintexts->value, v->plain), "plaintext");
    quorsum_plaintexts_free(plaintexts);
    mpz_clear(m);
}

static json_t *load(void)
{
    const char *top = getenv("top_srcdir");
    char path[4096];
    json_error_t error;
    json_t *json;

    snprintf(path, sizeof path, "%s/tests/vectors/paillier.json", top != NULL ? top : ".");
    json = json_load_file(path, 0, &error);
    cr_assert_not_null(json, "%s: %s", path, error.text);
    return json;
}

Test(vectors, agree_with_another_language)
{
    json_t *json = load();
    const json_t *cases = json_object_get(json, "cases");

    cr_assert_gt(json_array_size(cases), 0);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        vectors v;
        const json_t *ciphertexts = json_object_get(json_array_get(cases, i), "ciphertexts");

        vectors_open(&v, json_array_get(cases, i));
        check_key(&v);
        check_lifts(&v);
        cr_assert_gt(json_array_size(ciphertexts), 0);
        for (size_t k = 0; k < json_array_size(ciphertexts); k++) {
            check_ciphertext(&v, json_array_get(ciphertexts, k));
            check_plaintext(&v, json_array_get(ciphertexts, k));
        }
        vectors_close(&v);
    }
    json_decref(json);
}
