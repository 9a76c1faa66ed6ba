/* SPDX-License-Identifier: Apache-2.0 */
/* Ballots through tasks and contributions: every allowed ballot counts, every other one is refused by name. */
#include "lib/round/ballot.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "lib/base/file.h"
#include "lib/round/contribution.h"

#define BALLOT 10 /* values */

static const char *const people[] = {"Alice", "Bob", "Carol"};

/* One of three or none (packed), one to two of three (a vector), exactly one of two (packed), any of two. */
static const quorsum_field fields[4] = {
    {.name = "Mayor", .count = 3, .bits = 1, .scale = 1, .options = people, .choose_min = 0, .choose_max = 1},
    {.name = "Council", .count = 3, .bits = 1, .scale = 1, .options = people, .choose_min = 1, .choose_max = 2},
    {.name = "Judge", .count = 2, .bits = 1, .scale = 1, .options = people, .choose_min = 1, .choose_max = 1},
    {.name = "Approval", .count = 2, .bits = 1, .scale = 1, .options = people, .choose_min = 0, .choose_max = 2},
};

static quorsum_task *ballot_task(const fixture *f, uint32_t max_cohort)
{
    quorsum_task_options options = {.label = "a vote", .fields = fields, .field_count = 4, .guard_bits = 1,
                                    .min_cohort = 2, .max_cohort = max_cohort, .level = QUORSUM_LEVEL_BALLOT};
    quorsum_task *task = NULL;

    cr_assert_eq(quorsum_task_make(&task, f->record, &options, f->coordinator, NULL), QUORSUM_OK);
    return task;
}

/* Bits of `code` as a ballot. */
static void ballot_of(int64_t values[BALLOT], unsigned code)
{
    for (size_t i = 0; i < BALLOT; i++)
        values[i] = code >> i & 1;
}

static int is_allowed(unsigned code)
{
    int mayor = __builtin_popcount(code & 7);
    int council = __builtin_popcount(code >> 3 & 7);
    int judge = __builtin_popcount(code >> 6 & 3);

    return mayor <= 1 && council >= 1 && council <= 2 && judge == 1;
}

static quorsum_status make(quorsum_bytes *out, const fixture *f, const quorsum_task *task, size_t who, const int64_t *values)
{
    return quorsum_contribution_make(out, task, f->encryptor, f->contributors[who], values, BALLOT, 1, 1, NULL);
}

static quorsum_status read_ballot(const quorsum_task *task, const quorsum_bytes *bytes)
{
    quorsum_contribution *contribution = NULL;
    quorsum_status status = quorsum_contribution_decode(&contribution, task, bytes->data, bytes->len, NULL);

    cr_expect_eq(contribution != NULL, status == QUORSUM_OK);
    quorsum_contribution_free(contribution);
    return status;
}

Test(ballot, is_allowed_exactly_when_every_field_is)
{
    fixture f;
    quorsum_task *task;
    int64_t values[BALLOT];

    fixture_open(&f, (setup){0});
    task = ballot_task(&f, 5);
    for (unsigned code = 0; code < 1u << BALLOT; code++) {
        ballot_of(values, code);
        cr_expect_eq(qs_ballot_is_allowed(quorsum_task_plan(task), values), (uint64_t)is_allowed(code), "%u", code);
    }
    for (size_t i = 0; i < BALLOT; i++) { /* -1 and 2, however the sum comes out */
        ballot_of(values, 1 | 1 << 3 | 1 << 6);
        values[i] = -1;
        cr_expect_eq(qs_ballot_is_allowed(quorsum_task_plan(task), values), 0);
        values[i] = 2;
        cr_expect_eq(qs_ballot_is_allowed(quorsum_task_plan(task), values), 0);
        values[i] = INT64_MIN;
        cr_expect_eq(qs_ballot_is_allowed(quorsum_task_plan(task), values), 0);
    }
    quorsum_task_free(task);
    fixture_close(&f);
}

Test(ballot, is_taken_for_every_allowed_choice_and_made_for_no_other)
{
    fixture f;
    quorsum_task *task;
    int64_t values[BALLOT];

    fixture_open(&f, (setup){0});
    task = ballot_task(&f, 5);
    for (unsigned code = 0; code < 1u << BALLOT; code += is_allowed(code) ? 7 : 1) {
        quorsum_bytes bytes = {0};

        ballot_of(values, code);
        cr_assert_eq(make(&bytes, &f, task, 0, values), is_allowed(code) ? QUORSUM_OK : QUORSUM_ERR_CHOICE, "%u", code);
        if (is_allowed(code))
            cr_expect_eq(read_ballot(task, &bytes), QUORSUM_OK, "%u", code);
        quorsum_bytes_free(&bytes);
    }
    quorsum_task_free(task);
    fixture_close(&f);
}

static const unsigned votes[5] = {1 | 1 << 3 | 1 << 6, 2 | 3 << 4 | 2 << 6 | 3 << 8, 0 | 1 << 5 | 1 << 6 | 1 << 8,
                                  4 | 5 << 3 | 1 << 6, 1 | 2 << 3 | 2 << 6 | 2 << 8};

Test(ballot, counts)
{
    fixture f;
    quorsum_bytes ballots[5] = {{0}};
    quorsum_result *result;
    int64_t values[BALLOT];

    fixture_open(&f, (setup){.large = 1});
    quorsum_task_free(f.task);
    f.task = ballot_task(&f, 5);
    for (size_t i = 0; i < 5; i++) {
        ballot_of(values, votes[i]);
        cr_assert_eq(make(&ballots[i], &f, f.task, i, values), QUORSUM_OK);
    }
    fixture_aggregate_these(&f, ballots, 5);
    result = fixture_read_result(&f);
    for (size_t i = 0; i < BALLOT; i++) {
        int64_t want = 0;

        for (size_t k = 0; k < 5; k++)
            want += votes[k] >> i & 1;
        cr_expect_eq(quorsum_result_totals(result)[i], want, "value %zu", i);
    }
    quorsum_result_free(result);
    fixture_close(&f);
}

Test(ballot, is_refused_without_its_proof_or_with_another)
{
    fixture f;
    quorsum_task *task;
    quorsum_task *other;
    quorsum_bytes bytes = {0};
    quorsum_bytes forged;
    int64_t values[BALLOT];
    size_t ciphertexts;

    fixture_open(&f, (setup){0});
    task = ballot_task(&f, 5);
    other = ballot_task(&f, 5);
    ciphertexts = quorsum_plan_plaintexts(quorsum_task_plan(task)) *
                  quorsum_public_key_ciphertext_bytes(quorsum_key_record_public(f.record));
    ballot_of(values, votes[1]);
    cr_assert_eq(make(&bytes, &f, task, 0, values), QUORSUM_OK);
    cr_expect_eq(read_ballot(other, &bytes), QUORSUM_ERR_TASK_MISMATCH);

    forged = forge_uint(&bytes, 14, 0, f.contributors[0]);
    cr_expect_eq(read_ballot(task, &forged), QUORSUM_ERR_LEVEL);
    quorsum_bytes_free(&forged);
    forged = forge(&bytes, FORGE_NOTHING, NULL, 0, f.contributors[1]);
    cr_expect_eq(read_ballot(task, &forged), QUORSUM_ERR_PROOF, "somebody else's ballot, signed anew");
    quorsum_bytes_free(&forged);
    for (size_t at = ciphertexts; at < blocks_len(&bytes); at += 7) {
        uint8_t spoiled = (uint8_t)(blocks_of(&bytes)[at] ^ 1);

        forged = forge_block(&bytes, at, &spoiled, 1, f.contributors[0]);
        cr_expect_neq(read_ballot(task, &forged), QUORSUM_OK, "byte %zu", at);
        quorsum_bytes_free(&forged);
    }
    quorsum_bytes_free(&bytes);
    quorsum_task_free(task);
    quorsum_task_free(other);
    fixture_close(&f);
}

/* ---- on a board, where they are checked together ---- */

typedef struct account {
    size_t good;
    size_t bad;
    char name[120]; /* of the last that was refused */
    quorsum_status status;
} account;

static void enter(const char *object, const uint8_t *who, quorsum_status status, void *user)
{
    account *all = user;

    (void)who;
    if (strncmp(object, "contributions/", 14) != 0)
        return;
    all->good += status == QUORSUM_OK;
    if (status == QUORSUM_OK)
        return;
    all->bad++;
    all->status = status;
    (void)snprintf(all->name, sizeof all->name, "%s", object);
}

static void drop(const char *board, const quorsum_identity *sender, unsigned sequence, const quorsum_bytes *bytes)
{
    char path[800];
    size_t at = (size_t)snprintf(path, sizeof path, "%s/contributions/", board);

    for (size_t i = 0; i < QUORSUM_IDENTITY_BYTES; i++)
        at += (size_t)snprintf(path + at, sizeof path - at, "%02x", quorsum_identity_public(sender)[i]);
    if (sequence > 1)
        (void)snprintf(path + at, sizeof path - at, "-%u", sequence);
    cr_assert_eq(qs_file_write(path, bytes->data, bytes->len, 0644, 0), QUORSUM_OK);
}

static quorsum_bytes spoiled_ballot(const fixture *f, const quorsum_task *task, size_t who, uint32_t sequence)
{
    quorsum_bytes bytes = {0};
    quorsum_bytes forged;
    int64_t values[BALLOT];
    uint8_t last;

    ballot_of(values, votes[who]);
    cr_assert_eq(quorsum_contribution_make(&bytes, task, f->encryptor, f->contributors[who], values, BALLOT, 1, sequence,
                                           NULL),
                 QUORSUM_OK);
    last = (uint8_t)(blocks_of(&bytes)[blocks_len(&bytes) - 1] ^ 1);
    forged = forge_block(&bytes, blocks_len(&bytes) - 1, &last, 1, f->contributors[who]);
    quorsum_bytes_free(&bytes);
    return forged;
}

/* Five ballots; the third has a bad proof, and where the last counts its sender has a good one before it. */
static void close_a_vote(quorsum_revote revote, size_t cohort)
{
    fixture f;
    quorsum_task_options options = {.label = "a vote", .fields = fields, .field_count = 4, .guard_bits = 1,
                                    .min_cohort = 2, .max_cohort = 5, .level = QUORSUM_LEVEL_BALLOT, .revote = revote};
    quorsum_task *task = NULL;
    quorsum_board *board = NULL;
    char *directory = new_directory();
    char path[600];
    account all = {0};
    quorsum_watch watch = {enter, &all};

    fixture_open(&f, (setup){0});
    cr_assert_eq(quorsum_task_make(&task, f.record, &options, f.coordinator, NULL), QUORSUM_OK);
    (void)snprintf(path, sizeof path, "%s/board", directory);
    cr_assert_eq(quorsum_board_create(path, task), QUORSUM_OK);
    cr_assert_eq(quorsum_board_open(&board, path, NULL, NULL), QUORSUM_OK);
    for (size_t i = 0; i < 5; i++) {
        quorsum_bytes bytes = {0};
        int64_t values[BALLOT];

        ballot_of(values, votes[i]);
        cr_assert_eq(make(&bytes, &f, task, i, values), QUORSUM_OK);
        if (i != 2 || revote == QUORSUM_REVOTE_LAST)
            drop(path, f.contributors[i], 1, &bytes);
        quorsum_bytes_free(&bytes);
        if (i == 2) {
            bytes = spoiled_ballot(&f, task, 2, revote == QUORSUM_REVOTE_LAST ? 2 : 1);
            drop(path, f.contributors[2], revote == QUORSUM_REVOTE_LAST ? 2 : 1, &bytes);
            quorsum_bytes_free(&bytes);
        }
    }
    cr_expect_eq(quorsum_board_aggregate(board, f.coordinator, &watch, NULL), QUORSUM_OK);
    cr_expect_eq(all.good, cohort);
    cr_expect_eq(all.bad, 1);
    cr_expect_eq(all.status, QUORSUM_ERR_PROOF, "%s", quorsum_status_name(all.status));
    quorsum_board_close(board);
    quorsum_task_free(task);
    remove_directory(directory);
    fixture_close(&f);
}

Test(ballot, with_a_bad_proof_is_named_among_good_ones)
{
    close_a_vote(QUORSUM_REVOTE_FIRST, 4);
}

Test(ballot, with_a_bad_proof_leaves_its_senders_earlier_one)
{
    close_a_vote(QUORSUM_REVOTE_LAST, 5);
}
