/* SPDX-License-Identifier: Apache-2.0 */
/* Whole openings at 2048 bits against numbers computed by tests/vectors/make_threshold.py, which shares no code. */
#include "tests/unit/threshold/fixture.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>

typedef struct vector {
    const json_t *json;
    quorsum_key_record *record;
    quorsum_ciphertexts *ciphertexts;
    uint8_t *task;
} vector;

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
    if (len != NULL)
        *len = size;
    return bytes;
}

static uint32_t number_of(const json_t *object, const char *key)
{
    return (uint32_t)json_integer_value(json_object_get(object, key));
}

static void vector_open(vector *v, const json_t *json)
{
    size_t len;
    uint8_t *bytes = bytes_of(json, "record", &len);

    v->json = json;
    cr_assert_eq(quorsum_key_record_decode(&v->record, bytes, len, NULL), QUORSUM_OK);
    free(bytes);
    bytes = bytes_of(json, "ciphertexts", &len);
    cr_assert_eq(quorsum_ciphertexts_decode(&v->ciphertexts, quorsum_key_record_public(v->record), bytes, len, NULL,
                                            NULL), QUORSUM_OK);
    free(bytes);
    v->task = bytes_of(json, "task", NULL);
}

static void vector_close(vector *v)
{
    free(v->task);
    quorsum_ciphertexts_free(v->ciphertexts);
    quorsum_key_record_free(v->record);
}

static void expect_record(const vector *v)
{
    uint8_t *digest = bytes_of(v->json, "digest", NULL);

    cr_expect_eq(memcmp(digest, quorsum_key_record_digest(v->record), 32), 0);
    cr_expect_eq(quorsum_key_record_trustees(v->record), number_of(v->json, "trustees"));
    cr_expect_eq(quorsum_key_record_quorum(v->record), number_of(v->json, "quorum"));
    cr_expect_eq(quorsum_public_key_degree(quorsum_key_record_public(v->record)), number_of(v->json, "degree"));
    cr_expect_eq(v->record->parts.share_bits, number_of(v->json, "share_bits"));
    cr_expect_str_eq(quorsum_key_record_origin(v->record), json_string_value(json_object_get(v->json, "origin")));
    free(digest);
}

static quorsum_key_share *share_of(const vector *v, uint32_t trustee)
{
    const char *hex = json_string_value(json_array_get(json_object_get(v->json, "shares"), trustee - 1));
    quorsum_key_share *share = NULL;
    mpz_t value;

    cr_assert_eq(qs_key_share_new(&share, trustee, v->record->parts.share_bits), QUORSUM_OK);
    memcpy(share->key, quorsum_key_record_digest(v->record), 32);
    mpz_init_set_str(value, hex, 16);
    mpn_copyi(share->value.limb, mpz_limbs_read(value), (mp_size_t)mpz_size(value));
    mpz_clear(value);
    return share;
}

/* Our partial by this share has the script's values; and with the script's proof in place of ours it is accepted. */
static void expect_partial(const vector *v, quorsum_combiner *combiner, const json_t *expected)
{
    uint32_t trustee = number_of(expected, "trustee");
    quorsum_key_share *share = share_of(v, trustee);
    const qs_ring *root = quorsum_key_record_public(v->record)->root;
    quorsum_partial *partial = NULL;
    size_t len;
    uint8_t *values = bytes_of(expected, "values", &len);
    uint8_t *prover = bytes_of(expected, "prover", NULL);
    uint8_t *word = malloc(root->bytes);

    cr_assert_eq(quorsum_partial_decrypt(&partial, v->record, share, v->ciphertexts, v->task, prover, NULL),
                 QUORSUM_OK);
    cr_assert_eq(len, partial->count * root->bytes);
    for (size_t k = 0; k < partial->count; k++) {
        qs_ring_write(root, word, partial->value + k * root->limbs);
        cr_expect_eq(memcmp(word, values + k * root->bytes, root->bytes), 0, "trustee %u, element %zu", trustee, k);
    }
    free(partial->proof);
    partial->proof = bytes_of(expected, "proof", &partial->proof_len);
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK, "trustee %u", trustee);
    free(word);
    free(values);
    free(prover);
    quorsum_partial_free(partial);
    quorsum_key_share_free(share);
}

static void expect_opening(const vector *v, const quorsum_combiner *combiner)
{
    const quorsum_public_key *key = quorsum_key_record_public(v->record);
    quorsum_opening *opening = NULL;
    size_t len;
    uint8_t *expected = bytes_of(v->json, "openings", &len);
    uint8_t *bytes;

    cr_assert_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_OK);
    cr_assert_eq(len, qs_opening_bytes(key, quorsum_opening_count(opening)));
    bytes = malloc(len);
    qs_opening_write(bytes, opening);
    cr_expect_eq(memcmp(bytes, expected, len), 0);
    cr_expect_eq(quorsum_opening_verify(opening, v->ciphertexts, NULL), QUORSUM_OK);
    quorsum_opening_free(opening);
    cr_assert_eq(qs_opening_read(&opening, key, expected, v->ciphertexts->count), QUORSUM_OK);
    for (size_t k = 0; k < v->ciphertexts->count; k++)
        cr_expect_eq(qs_opening_verify_one_vartime(opening, k, v->ciphertexts), QUORSUM_OK);
    free(bytes);
    free(expected);
    quorsum_opening_free(opening);
}

Test(threshold_vectors, agree_with_an_independent_program)
{
    const char *top = getenv("top_srcdir");
    char path[4096];
    json_t *root;
    const json_t *cases;

    snprintf(path, sizeof path, "%s/tests/vectors/threshold.json", top != NULL ? top : ".");
    root = json_load_file(path, 0, NULL);
    cr_assert_not_null(root, "cannot read %s", path);
    cases = json_object_get(root, "cases");
    cr_assert_geq(json_array_size(cases), 4);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        vector v;
        quorsum_combiner *combiner = NULL;
        const json_t *partials = json_object_get(json_array_get(cases, i), "partials");

        vector_open(&v, json_array_get(cases, i));
        expect_record(&v);
        cr_assert_eq(quorsum_combiner_new(&combiner, v.record, v.ciphertexts, v.task), QUORSUM_OK);
        for (size_t k = 0; k < json_array_size(partials); k++)
            expect_partial(&v, combiner, json_array_get(partials, k));
        expect_opening(&v, combiner);
        quorsum_combiner_free(combiner);
        vector_close(&v);
    }
    json_decref(root);
}
