/* SPDX-License-Identifier: Apache-2.0 */
/* The dealer's proofs against those that tests/vectors/make_modulus.py makes, which shares no code. */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>

#include "lib/proof/factors.h"
#include "lib/proof/modulus.h"
#include "tests/unit/proof/modulus_fixture.h"

/* The bytes written in hexadecimal under `key`. */
static uint8_t *bytes_of(const json_t *object, const char *key, size_t *len)
{
    const char *hex = json_string_value(json_object_get(object, key));
    size_t size, got = 0;
    uint8_t *bytes;

    cr_assert_not_null(hex, "the vector has no %s", key);
    size = strlen(hex) / 2;
    bytes = malloc(size + 1);
    cr_assert_eq(sodium_hex2bin(bytes, size, hex, 2 * size, NULL, &got, NULL), 0);
    cr_assert_eq(got, size);
    *len = size;
    return bytes;
}

static void take(uint8_t *out, size_t len, const json_t *object, const char *key)
{
    size_t got;
    uint8_t *bytes = bytes_of(object, key, &got);

    cr_assert_eq(got, len, "%s", key);
    memcpy(out, bytes, len);
    free(bytes);
}

static quorsum_public_key *key_of_vector(const json_t *vector)
{
    quorsum_key_options options = {
        .degree = (uint32_t)json_integer_value(json_object_get(vector, "degree")),
        .randomiser = (quorsum_randomiser)json_integer_value(json_object_get(vector, "randomiser")),
    };
    quorsum_public_key *key = NULL;
    size_t len;
    uint8_t *modulus = bytes_of(vector, "modulus", &len);

    cr_assert_eq(quorsum_public_key_new(&key, modulus, len, &options), QUORSUM_OK);
    free(modulus);
    return key;
}

static void check_vector(const json_t *vector)
{
    const char *name = json_string_value(json_object_get(vector, "name"));
    quorsum_public_key *key = key_of_vector(vector);
    const qs_ring *root = key->root;
    qs_context context = {.label = "key"};
    qs_modulus_proof proof = {.words = calloc(QS_MODULUS_WORDS, root->limbs * sizeof(mp_limb_t))};
    size_t len;
    uint8_t *bytes = bytes_of(vector, "words", &len);

    cr_assert_eq(len, QS_MODULUS_WORDS * root->bytes);
    for (size_t i = 0; i < QS_MODULUS_WORDS; i++)
        cr_assert_eq(qs_ring_read(root, proof.words + i * root->limbs, bytes + i * root->bytes), 0);
    free(bytes);
    take(proof.negate, sizeof proof.negate, vector, "negate");
    take(proof.twist, sizeof proof.twist, vector, "twist");
    take(context.key, sizeof context.key, vector, "key");
    take(context.prover, sizeof context.prover, vector, "prover");
    cr_expect_eq(memcmp(context.key, quorsum_public_key_digest(key), sizeof context.key), 0);
    cr_expect_eq(qs_modulus_verify_vartime(&proof, &context, key), QUORSUM_OK, "%s", name);
    bytes = bytes_of(vector, "factors", &len);
    cr_expect_eq(qs_factors_verify_vartime(bytes, len, &context, key), QUORSUM_OK, "%s", name);
    free(bytes);
    free(proof.words);
    quorsum_public_key_free(key);
}

Test(modulus_vectors, agree_with_an_independent_program)
{
    const char *top = getenv("top_srcdir");
    char path[4096];
    json_error_t error;
    json_t *all;
    size_t i;
    json_t *vector;

    snprintf(path, sizeof path, "%s/tests/vectors/modulus.json", top != NULL ? top : ".");
    all = json_load_file(path, 0, &error);
    cr_assert_not_null(all, "%s: %s", path, error.text);
    cr_assert_eq(json_array_size(json_object_get(all, "cases")), 3);
    json_array_foreach(json_object_get(all, "cases"), i, vector)
        check_vector(vector);
    json_decref(all);
}
