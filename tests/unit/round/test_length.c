/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks that bound a contribution's norm: what is allowed is taken and summed, what is longer is refused on both sides. */
#include "lib/round/length.h"

#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"
#include "lib/encode/plan.h"
#include "lib/round/level.h"

#define SLOTS 23 /* three plaintexts of 128 bits: eleven, eleven, one */

static const quorsum_field fields[2] = {{.name = "a", .count = 20, .bits = 8, .is_signed = 1, .scale = 4},
                                        {.name = "b", .count = 3, .bits = 6, .scale = 4}};

static quorsum_task *norm_task(const fixture *f, uint64_t norm_squared)
{
    quorsum_task_options options = {.label = "updates", .fields = fields, .field_count = 2, .guard_bits = 1,
                                    .min_cohort = 2, .max_cohort = 5, .level = QUORSUM_LEVEL_NORM,
                                    .norm_squared = norm_squared};
    quorsum_task *task = NULL;

    cr_assert_eq(quorsum_task_make(&task, f->record, &options, f->coordinator, NULL), QUORSUM_OK);
    return task;
}

static quorsum_status make(quorsum_bytes *out, const fixture *f, const quorsum_task *task, size_t who,
                           const int64_t *values)
{
    return quorsum_contribution_make(out, task, f->encryptor, f->contributors[who], values, SLOTS, 1, 1, NULL);
}

static quorsum_status read_vector(const quorsum_task *task, const quorsum_bytes *bytes)
{
    quorsum_contribution *contribution = NULL;
    quorsum_status status = quorsum_contribution_decode(&contribution, task, bytes->data, bytes->len, NULL);

    quorsum_contribution_free(contribution);
    return status;
}

static void vector_of(int64_t values[SLOTS], size_t who)
{
    for (size_t i = 0; i < SLOTS; i++)
        values[i] = i < 20 ? (int64_t)((7 * i + 11 * who) % 13) - 6 : (int64_t)((i + who) % 7);
}

Test(length, is_allowed_up_to_the_bound)
{
    fixture f;
    quorsum_task *task;
    int64_t values[SLOTS] = {0};

    fixture_open(&f, (setup){0});
    task = norm_task(&f, 50 * 50 + 21);
    cr_expect_eq(qs_length_is_allowed(quorsum_task_plan(task), values), 1);
    values[3] = -50;
    cr_expect_eq(qs_length_is_allowed(quorsum_task_plan(task), values), 1);
    values[22] = 4;
    cr_expect_eq(qs_length_is_allowed(quorsum_task_plan(task), values), 1);
    values[21] = 2;
    cr_expect_eq(qs_length_is_allowed(quorsum_task_plan(task), values), 1);
    values[0] = -1;
    cr_expect_eq(qs_length_is_allowed(quorsum_task_plan(task), values), 1);
    values[1] = 1;
    cr_expect_eq(qs_length_is_allowed(quorsum_task_plan(task), values), 0);
    memset(values, 0, sizeof values);
    for (size_t i = 0; i < SLOTS; i++) {
        static const int64_t large[] = {51, -51, INT64_MAX, INT64_MIN, (int64_t)1 << 32, -((int64_t)1 << 32)};

        for (size_t k = 0; k < 6; k++) {
            values[i] = large[k];
            cr_expect_eq(qs_length_is_allowed(quorsum_task_plan(task), values), 0, "%zu %zu", i, k);
        }
        values[i] = 0;
    }
    quorsum_task_free(task);
    fixture_close(&f);
}

Test(length, of_a_contribution_is_proven_and_its_sum_is_right)
{
    fixture f;
    quorsum_bytes vectors[4] = {{0}};
    quorsum_result *result;
    int64_t values[SLOTS];
    int64_t want[SLOTS] = {0};

    fixture_open(&f, (setup){0});
    quorsum_task_free(f.task);
    f.task = norm_task(&f, 500);
    for (size_t i = 0; i < 4; i++) {
        vector_of(values, i);
        cr_assert_eq(make(&vectors[i], &f, f.task, i, values), QUORSUM_OK);
        for (size_t k = 0; k < SLOTS; k++)
            want[k] += values[k];
    }
    fixture_aggregate_these(&f, vectors, 4);
    result = fixture_read_result(&f);
    cr_expect_arr_eq(quorsum_result_totals(result), want, sizeof want);
    quorsum_result_free(result);
    fixture_close(&f);
}

Test(length, is_refused_by_its_maker_and_by_its_reader)
{
    fixture f;
    quorsum_task *task;
    quorsum_bytes bytes = {0};
    quorsum_bytes forged;
    int64_t values[SLOTS];
    size_t ciphertexts;

    fixture_open(&f, (setup){0});
    task = norm_task(&f, 500);
    ciphertexts = quorsum_plan_plaintexts(quorsum_task_plan(task)) *
                  quorsum_public_key_ciphertext_bytes(quorsum_key_record_public(f.record));
    vector_of(values, 0);
    values[4] = 23;
    cr_expect_eq(make(&bytes, &f, task, 0, values), QUORSUM_ERR_NORM);
    cr_expect_null(bytes.data);
    vector_of(values, 0);
    cr_assert_eq(make(&bytes, &f, task, 0, values), QUORSUM_OK);
    cr_expect_eq(read_vector(task, &bytes), QUORSUM_OK);
    forged = forge_uint(&bytes, 14, 0, f.contributors[0]);
    cr_expect_eq(read_vector(task, &forged), QUORSUM_ERR_LEVEL);
    quorsum_bytes_free(&forged);
    forged = forge(&bytes, FORGE_NOTHING, NULL, 0, f.contributors[1]);
    cr_expect_eq(read_vector(task, &forged), QUORSUM_ERR_PROOF, "somebody else's vector, signed anew");
    quorsum_bytes_free(&forged);
    for (size_t at = ciphertexts; at < blocks_len(&bytes); at += 11) {
        uint8_t spoiled = (uint8_t)(blocks_of(&bytes)[at] ^ 1);

        forged = forge_block(&bytes, at, &spoiled, 1, f.contributors[0]);
        cr_expect_neq(read_vector(task, &forged), QUORSUM_OK, "byte %zu", at);
        quorsum_bytes_free(&forged);
    }
    quorsum_bytes_free(&bytes);
    quorsum_task_free(task);
    fixture_close(&f);
}
