/* SPDX-License-Identifier: Apache-2.0 */
/* Ballots at 2048 bits that tests/vectors/make_choice.py computed, which shares no code. */
#include "tests/unit/proof/choice_fixture.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>

typedef struct vector {
    const json_t *json;
    form f;
    quorsum_public_key *key;
    qs_choices *choices;
    quorsum_ciphertexts *ciphertexts;
    qs_context context;
    uint8_t *proof;
    size_t len;
} vector;

/* The bytes written in hexadecimal under `key`. */
static uint8_t *bytes_of(const json_t *object, const char *key, size_t *len)
{
    const char *hex = json_string_value(json_object_get(object, key));
    size_t size;
    uint8_t *bytes;

    cr_assert_not_null(hex, "the vector has no %s", key);
    size = strlen(hex) / 2;
    bytes = malloc(size + 1);
    cr_assert_eq(sodium_hex2bin(bytes, size, hex, 2 * size, NULL, len, NULL), 0);
    cr_assert_eq(*len, size);
    return bytes;
}

static void copy_bytes(uint8_t *out, size_t wanted, const json_t *object, const char *key)
{
    size_t len;
    uint8_t *bytes = bytes_of(object, key, &len);

    cr_assert_eq(len, wanted);
    memcpy(out, bytes, len);
    free(bytes);
}

static size_t small(const json_t *object, const char *key)
{
    return (size_t)json_integer_value(json_object_get(object, key));
}

static void read_clauses(vector *v)
{
    const json_t *clauses = json_object_get(v->json, "clauses");

    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *clause = json_array_get(clauses, i);
        const json_t *values = json_object_get(clause, "values");

        form_clause(&v->f, small(clause, "first"), small(clause, "count"));
        for (size_t j = 0; j < json_array_size(values); j++)
            form_value(&v->f, small(json_array_get(values, j), "factor"), small(json_array_get(values, j), "shift"));
    }
}

static void vector_open(vector *v, const json_t *json)
{
    quorsum_key_options options = {.modulus_bits = 2048, .degree = (uint32_t)small(json, "degree"),
                                   .randomiser = (quorsum_randomiser)small(json, "randomiser")};
    size_t len;
    uint8_t *bytes = bytes_of(json, "modulus", &len);

    memset(v, 0, sizeof *v);
    v->json = json;
    cr_assert_eq(quorsum_public_key_new(&v->key, bytes, len, &options), QUORSUM_OK);
    free(bytes);
    bytes = bytes_of(json, "ciphertexts", &len);
    cr_assert_eq(quorsum_ciphertexts_decode(&v->ciphertexts, v->key, bytes, len, NULL, NULL), QUORSUM_OK);
    free(bytes);
    read_clauses(v);
    cr_assert_eq(qs_choices_new(&v->choices, v->key, v->ciphertexts->count, v->f.clauses, v->f.clause_count),
                 QUORSUM_OK);
    v->context.label = "contribution";
    memcpy(v->context.key, quorsum_public_key_digest(v->key), 32);
    copy_bytes(v->context.task, 32, json, "task");
    copy_bytes(v->context.prover, 32, json, "prover");
    v->proof = bytes_of(json, "proof", &v->len);
}

static void vector_close(vector *v)
{
    free(v->proof);
    qs_choices_free(v->choices);
    quorsum_ciphertexts_free(v->ciphertexts);
    quorsum_public_key_free(v->key);
}

static quorsum_status verify(const vector *v, const uint8_t *proof)
{
    return qs_choice_verify_vartime(proof, v->len, &v->context, v->choices, v->ciphertexts, NULL);
}

static void expect_challenge(const vector *v)
{
    uint8_t expected[16];
    uint8_t seed[64];

    copy_bytes(expected, 16, v->json, "challenge");
    cr_assert_eq(qs_choice_seed(seed, &v->context, v->choices, v->ciphertexts, v->proof), QUORSUM_OK);
    cr_expect_eq(memcmp(seed, expected, 16), 0);
}

/* Its last byte is of a w; the others are those of the first A, of an e and of a w. */
static void expect_refused_when_changed(vector *v)
{
    size_t element = quorsum_public_key_ciphertext_bytes(v->key);
    size_t places[] = {element / 2 - 1, element * v->choices->branches, v->len - 1};

    for (size_t i = 0; i < 3; i++) {
        v->proof[places[i]] ^= 1;
        cr_expect_eq(verify(v, v->proof), QUORSUM_ERR_PROOF, "byte %zu", places[i]);
        v->proof[places[i]] ^= 1;
    }
}

/* With the script's ciphertexts and secrets. */
static void expect_ours(const vector *v)
{
    quorsum_encryptor *encryptor = NULL;
    size_t limbs = qs_alpha_limbs(v->key);
    qs_secret alpha, chosen;
    uint8_t *proof = malloc(v->len);
    mpz_t number;

    cr_assert_eq(quorsum_encryptor_new(&encryptor, v->key, NULL), QUORSUM_OK);
    cr_assert_eq(qs_secret_init(&alpha, limbs * v->ciphertexts->count), 0);
    cr_assert_eq(qs_secret_init(&chosen, v->f.clause_count), 0);
    for (size_t k = 0; k < v->ciphertexts->count; k++) {
        const char *hex = json_string_value(json_array_get(json_object_get(v->json, "alpha"), k));

        cr_assert_eq(mpz_init_set_str(number, hex, 16), 0);
        mpn_copyi(alpha.limb + k * limbs, mpz_limbs_read(number), (mp_size_t)mpz_size(number));
        mpz_clear(number);
    }
    for (size_t i = 0; i < v->f.clause_count; i++)
        chosen.limb[i] = (mp_limb_t)json_integer_value(json_array_get(json_object_get(v->json, "chosen"), i));
    cr_assert_eq(qs_choice_prove(proof, &v->context, v->choices, encryptor, v->ciphertexts, &alpha, &chosen, NULL),
                 QUORSUM_OK);
    cr_expect_eq(verify(v, proof), QUORSUM_OK);
    free(proof);
    qs_secret_clear(&alpha);
    qs_secret_clear(&chosen);
    quorsum_encryptor_free(encryptor);
}

static void expect_in_batch(const vector *v)
{
    qs_ballot ballots[5];
    size_t bad;

    for (size_t i = 0; i < 5; i++)
        ballots[i] = (qs_ballot){&v->context, v->ciphertexts, v->proof, v->len, QUORSUM_ERR_ARGUMENT};
    cr_assert_eq(qs_choice_verify_all_vartime(ballots, 5, v->choices, &bad, NULL), QUORSUM_OK);
    cr_expect_eq(bad, 0);
}

Test(choice_vectors, agree_with_an_independent_program)
{
    const char *top = getenv("top_srcdir");
    char path[4096];
    json_t *root;
    const json_t *cases;

    snprintf(path, sizeof path, "%s/tests/vectors/choice.json", top != NULL ? top : ".");
    root = json_load_file(path, 0, NULL);
    cr_assert_not_null(root, "cannot read %s", path);
    cases = json_object_get(root, "cases");
    cr_assert_geq(json_array_size(cases), 4);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        vector v;

        vector_open(&v, json_array_get(cases, i));
        cr_assert_eq(v.len, qs_choice_bytes(v.choices));
        expect_challenge(&v);
        cr_expect_eq(verify(&v, v.proof), QUORSUM_OK, "case %zu", i);
        expect_refused_when_changed(&v);
        expect_in_batch(&v);
        if (i % 3 == 0) /* tables at this size take long where lanes are plain C */
            expect_ours(&v);
        vector_close(&v);
    }
    json_decref(root);
}
