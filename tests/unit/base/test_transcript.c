/* SPDX-License-Identifier: Apache-2.0 */
/* The transcript against vectors computed by tests/vectors/make_transcript.py, and what it must tell apart. */
#include "lib/base/transcript.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES 2048

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    cr_assert_not_null(value, "the vector has no %s", key);
    return value;
}

static size_t unhex(uint8_t *out, size_t capacity, const char *hex)
{
    size_t len = 0;

    cr_assert_eq(sodium_hex2bin(out, capacity, hex, strlen(hex), NULL, &len, NULL), 0, "%s", hex);
    return len;
}

static uint64_t word(const json_t *object, const char *key)
{
    return strtoull(text(object, key), NULL, 16);
}

static void absorb_integer(qs_transcript *transcript, const json_t *item)
{
    size_t width = (size_t)json_integer_value(json_object_get(item, "width"));
    mpz_t value;

    mpz_init_set_str(value, text(item, "integer"), 16);
    qs_transcript_limbs(transcript, mpz_limbs_read(value), mpz_size(value), width);
    mpz_clear(value);
}

static void absorb(qs_transcript *transcript, const json_t *item)
{
    uint8_t bytes[MAX_BYTES];

    if (json_object_get(item, "bytes") != NULL)
        qs_transcript_bytes(transcript, bytes, unhex(bytes, sizeof bytes, text(item, "bytes")));
    else if (json_object_get(item, "u64") != NULL)
        qs_transcript_u64(transcript, word(item, "u64"));
    else
        absorb_integer(transcript, item);
}

static void seed_of(uint8_t seed[QS_SEED_BYTES], const json_t *vector)
{
    const json_t *items = json_object_get(vector, "items");
    qs_transcript transcript;
    qs_context context;

    unhex(context.key, 32, text(vector, "key"));
    unhex(context.task, 32, text(vector, "task"));
    unhex(context.prover, 32, text(vector, "prover"));
    context.label = text(vector, "label");
    qs_transcript_begin(&transcript, text(vector, "proof"), &context);
    for (size_t i = 0; i < json_array_size(items); i++)
        absorb(&transcript, json_array_get(items, i));
    qs_transcript_seed(&transcript, seed);
}

static void check_vector(const json_t *vector, size_t number)
{
    const json_t *exponents = json_object_get(vector, "exponents");
    uint8_t seed[QS_SEED_BYTES], wanted[MAX_BYTES], got[MAX_BYTES];
    size_t len;

    seed_of(seed, vector);
    cr_assert_eq(unhex(wanted, sizeof wanted, text(vector, "seed")), sizeof seed);
    cr_expect_arr_eq(seed, wanted, sizeof seed, "seed of vector %zu", number);
    for (size_t i = 0; i < json_array_size(exponents); i++) {
        const json_t *entry = json_array_get(exponents, i);

        qs_seed_exponent(got, seed, word(entry, "index"));
        cr_assert_eq(unhex(wanted, sizeof wanted, text(entry, "value")), QS_CHALLENGE_BYTES);
        cr_expect_arr_eq(got, wanted, QS_CHALLENGE_BYTES, "exponent %zu of vector %zu", i, number);
    }
    len = unhex(wanted, sizeof wanted, text(vector, "expand"));
    memset(got, 0xee, sizeof got);
    qs_seed_expand(got, len, seed);
    cr_expect_arr_eq(got, wanted, len, "expansion of vector %zu", number);
    cr_expect_eq(got[len], 0xee, "expansion of vector %zu is too long", number);
}

Test(transcript, agrees_with_the_vectors_of_an_independent_program)
{
    const char *top = getenv("top_srcdir");
    char path[4096];
    json_t *root, *cases;

    snprintf(path, sizeof path, "%s/tests/vectors/transcript.json", top != NULL ? top : ".");
    root = json_load_file(path, 0, NULL);
    cr_assert_not_null(root, "cannot read %s", path);
    cases = json_object_get(root, "cases");
    cr_assert_geq(json_array_size(cases), 5);
    for (size_t i = 0; i < json_array_size(cases); i++)
        check_vector(json_array_get(cases, i), i);
    json_decref(root);
}

/* The seed of a transcript with two items. */
static void seed_with(uint8_t seed[QS_SEED_BYTES], const char *proof, const qs_context *context, const char *a,
                      const char *b)
{
    qs_transcript transcript;

    qs_transcript_begin(&transcript, proof, context);
    qs_transcript_bytes(&transcript, a, strlen(a));
    qs_transcript_bytes(&transcript, b, strlen(b));
    qs_transcript_seed(&transcript, seed);
}

Test(transcript, every_part_it_is_bound_to_changes_the_seed)
{
    const qs_context base = {.key = {1}, .task = {2}, .prover = {3}, .label = "contribution"};
    qs_context key = base, task = base, prover = base, label = base, swapped = base;
    uint8_t seeds[9][QS_SEED_BYTES];

    key.key[31] ^= 1;
    task.task[0] ^= 0x80;
    prover.prover[16] ^= 1;
    label.label = "contributioN";
    memcpy(swapped.key, base.task, 32);
    memcpy(swapped.task, base.key, 32);
    seed_with(seeds[0], "pok", &base, "ab", "c");
    seed_with(seeds[1], "pok", &key, "ab", "c");
    seed_with(seeds[2], "pok", &task, "ab", "c");
    seed_with(seeds[3], "pok", &prover, "ab", "c");
    seed_with(seeds[4], "pok", &label, "ab", "c");
    seed_with(seeds[5], "pok", &swapped, "ab", "c");
    seed_with(seeds[6], "pok2", &base, "ab", "c");
    seed_with(seeds[7], "pok", &base, "a", "bc"); /* the same bytes, cut elsewhere */
    seed_with(seeds[8], "pok", &base, "abc", "");
    for (size_t a = 0; a < 9; a++) {
        for (size_t b = 0; b < a; b++)
            cr_expect_arr_neq(seeds[a], seeds[b], QS_SEED_BYTES, "%zu and %zu", a, b);
    }
}

Test(transcript, one_integer_in_two_widths_is_two_statements)
{
    const mp_limb_t value[3] = {5, 0, 0};
    const qs_context context = {.label = "x"};
    qs_transcript transcript;
    uint8_t seeds[3][QS_SEED_BYTES];

    for (size_t i = 0; i < 3; i++) {
        qs_transcript_begin(&transcript, "p", &context);
        qs_transcript_limbs(&transcript, value, i == 0 ? 1 : 3, i == 2 ? 9 : 8);
        qs_transcript_seed(&transcript, seeds[i]);
    }
    cr_expect_arr_eq(seeds[0], seeds[1], QS_SEED_BYTES); /* zero limbs above change nothing */
    cr_expect_arr_neq(seeds[0], seeds[2], QS_SEED_BYTES);
}

Test(transcript, no_label_is_the_empty_label)
{
    const qs_context none = {.label = NULL}, empty = {.label = ""};
    uint8_t a[QS_SEED_BYTES], b[QS_SEED_BYTES];

    seed_with(a, "p", &none, "", "");
    seed_with(b, "p", &empty, "", "");
    cr_expect_arr_eq(a, b, QS_SEED_BYTES);
}
