/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/round/board_agree.c and its neighbours: which contributions count, that one manifest of a task is opened and no
 * other, and what coordinators, trustees and strangers try against that. Every refusal names the object and who is to
 * blame.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "lib/base/file.h"
#include "lib/round/evidence.h"
#include "lib/round/journal.h"
#include "lib/round/manifest.h"
#include "lib/round/recall.h"

#define SEEN_MAX 64

typedef struct scene {
    fixture f;
    char *directory;
    quorsum_board *board[2]; /* the second is a copy */
    struct {
        char object[160];
        uint8_t who[32];
        quorsum_status status;
    } seen[SEEN_MAX];
    size_t count;
    quorsum_watch watch;
} scene;

static void remember(const char *object, const uint8_t *who, quorsum_status status, void *user)
{
    scene *s = user;

    if (s->count == SEEN_MAX)
        return;
    (void)snprintf(s->seen[s->count].object, sizeof s->seen[0].object, "%s", object);
    memset(s->seen[s->count].who, 0, 32);
    if (who != NULL)
        memcpy(s->seen[s->count].who, who, 32);
    s->seen[s->count++].status = status;
}

/* How often an object whose name begins so was told with a status, and by whom (NULL: not asked). */
static size_t told(const scene *s, const char *object, quorsum_status status, const quorsum_identity *who)
{
    size_t count = 0;

    for (size_t i = 0; i < s->count; i++)
        count += strncmp(s->seen[i].object, object, strlen(object)) == 0 && s->seen[i].status == status &&
                 (who == NULL || memcmp(s->seen[i].who, quorsum_identity_public(who), 32) == 0);
    return count;
}

static const char *path_of(const scene *s, int copy, const char *object)
{
    static char paths[2][800];
    static size_t next;
    char *path = paths[next++ % 2];

    (void)snprintf(path, sizeof paths[0], "%s/%s/%s", s->directory, copy ? "copy" : "board", object);
    return path;
}

static void scene_open(scene *s, setup wanted)
{
    memset(s, 0, sizeof *s);
    fixture_open(&s->f, wanted);
    s->directory = new_directory();
    s->watch = (quorsum_watch){remember, s};
    cr_assert_eq(quorsum_board_create(path_of(s, 0, ""), s->f.task), QUORSUM_OK);
    cr_assert_eq(quorsum_board_open(&s->board[0], path_of(s, 0, ""), NULL, NULL), QUORSUM_OK);
}

static void scene_close(scene *s)
{
    quorsum_board_close(s->board[0]);
    quorsum_board_close(s->board[1]);
    remove_directory(s->directory);
    fixture_close(&s->f);
}

static void copy_board(scene *s)
{
    char command[1700];

    (void)snprintf(command, sizeof command, "cp -r '%s/board' '%s/copy'", s->directory, s->directory);
    cr_assert_eq(system(command), 0);
    cr_assert_eq(quorsum_board_open(&s->board[1], path_of(s, 1, ""), NULL, NULL), QUORSUM_OK);
}

static const char *name_of(const scene *s, const char *folder, size_t who, uint32_t sequence)
{
    static char names[4][120];
    static size_t next;
    char *name = names[next++ % 4];
    size_t at = (size_t)snprintf(name, sizeof names[0], "%s/", folder);

    for (size_t i = 0; i < 32; i++)
        at += (size_t)snprintf(name + at, sizeof names[0] - at, "%02x",
                               quorsum_identity_public(s->f.contributors[who])[i]);
    if (sequence > 1)
        (void)snprintf(name + at, sizeof names[0] - at, "-%u", (unsigned)sequence);
    return name;
}

static int is_there(const scene *s, int copy, const char *object)
{
    return access(path_of(s, copy, object), F_OK) == 0;
}

static quorsum_bytes take(const scene *s, int copy, const char *object)
{
    qs_view view;
    quorsum_bytes out;

    cr_assert_eq(qs_view_open(&view, path_of(s, copy, object), SIZE_MAX), QUORSUM_OK, "%s", object);
    out = (quorsum_bytes){malloc(view.len), view.len};
    memcpy(out.data, view.data, view.len);
    qs_view_close(&view);
    return out;
}

static void put(const scene *s, int copy, const char *object, quorsum_bytes bytes)
{
    char folder[64];

    (void)snprintf(folder, sizeof folder, "%s", object);
    if (strchr(folder, '/') != NULL) {
        *strchr(folder, '/') = '\0';
        (void)mkdir(path_of(s, copy, folder), 0755);
    }
    cr_assert_eq(qs_file_write(path_of(s, copy, object), bytes.data, bytes.len, 0644, 1), QUORSUM_OK);
    quorsum_bytes_free(&bytes);
}

static void put_junk(const scene *s, const char *object, const void *data, size_t len)
{
    quorsum_bytes bytes = {malloc(len + 1), len};

    memcpy(bytes.data, data, len);
    put(s, 0, object, bytes);
}

static quorsum_bytes copy_of(const quorsum_bytes *bytes)
{
    quorsum_bytes out = {malloc(bytes->len), bytes->len};

    memcpy(out.data, bytes->data, bytes->len);
    return out;
}

static void drop(const scene *s, int copy, const char *object)
{
    cr_assert_eq(unlink(path_of(s, copy, object)), 0, "%s", object);
}

static quorsum_status contribute(scene *s, size_t who, uint32_t sequence)
{
    quorsum_bytes bytes = fixture_again(&s->f, who, sequence);
    quorsum_status status = quorsum_board_contribute(s->board[0], &bytes, NULL);

    quorsum_bytes_free(&bytes);
    return status;
}

static void contribute_all(scene *s, size_t cohort)
{
    for (size_t i = 0; i < cohort; i++)
        cr_assert_eq(contribute(s, i, 1), QUORSUM_OK);
}

static quorsum_status aggregate(scene *s, int copy)
{
    s->count = 0;
    return quorsum_board_aggregate(s->board[copy], s->f.coordinator, &s->watch, NULL);
}

/* A trustee with two faces has two journals. */
static char *journal_of(const scene *s, size_t trustee, int face)
{
    static char path[700];

    (void)snprintf(path, sizeof path, "%s/journal%zu-%d", s->directory, trustee, face);
    return path;
}

static quorsum_status acknowledge_as(scene *s, int copy, size_t trustee, int face)
{
    s->count = 0;
    return quorsum_board_acknowledge(s->board[copy], s->f.trustees[trustee], journal_of(s, trustee, face), &s->watch, NULL);
}

static quorsum_status acknowledge(scene *s, int copy, size_t trustee)
{
    return acknowledge_as(s, copy, trustee, 0);
}

static quorsum_status examine(scene *s, int copy, size_t trustee)
{
    s->count = 0;
    return quorsum_board_examine(s->board[copy], journal_of(s, trustee, 0), &s->watch, NULL);
}

static quorsum_status decrypt_as(scene *s, int copy, size_t trustee, int face)
{
    s->count = 0;
    return quorsum_board_decrypt(s->board[copy], s->f.shares[trustee], s->f.trustees[trustee],
                                 journal_of(s, trustee, face), &s->watch, NULL);
}

static quorsum_status decrypt(scene *s, int copy, size_t trustee)
{
    return decrypt_as(s, copy, trustee, 0);
}

static quorsum_status open_totals(scene *s, int copy)
{
    quorsum_result *result = NULL;
    quorsum_status status;

    s->count = 0;
    status = quorsum_board_result(&result, s->board[copy], s->f.stranger, &s->watch, NULL);
    cr_expect_eq(result != NULL, status == QUORSUM_OK);
    quorsum_result_free(result);
    return status;
}

static quorsum_status verify(scene *s, int copy)
{
    s->count = 0;
    return quorsum_board_verify(NULL, s->board[copy], &s->watch, NULL);
}

static void agree(scene *s, int copy)
{
    cr_assert_eq(aggregate(s, copy), QUORSUM_OK);
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_assert_eq(acknowledge(s, copy, i), QUORSUM_OK);
}

static quorsum_status receive(scene *s)
{
    s->count = 0;
    return quorsum_board_receive(s->board[0], s->f.coordinator, &s->watch, NULL);
}

static quorsum_status compare(scene *s, int copy, quorsum_bytes message)
{
    quorsum_status status;

    s->count = 0;
    status = quorsum_board_compare(s->board[copy], &message, s->f.stranger, &s->watch);
    quorsum_bytes_free(&message);
    return status;
}

/* ---- which contribution counts ---- */

Test(revote, the_last_valid_contribution_counts_and_the_manifest_shows_it)
{
    scene s;
    quorsum_bytes bytes;
    quorsum_manifest *manifest = NULL;
    const uint8_t *sender, *digest;
    uint32_t sequence = 0;

    scene_open(&s, (setup){.revote = QUORSUM_REVOTE_LAST});
    contribute_all(&s, 2);
    cr_expect_eq(contribute(&s, 0, 1), QUORSUM_ERR_DUPLICATE);
    cr_expect_eq(contribute(&s, 0, 3), QUORSUM_ERR_RANGE, "one after the other");
    cr_assert_eq(quorsum_board_sequence(&sequence, s.board[0], quorsum_identity_public(s.f.contributors[0])), QUORSUM_OK);
    cr_expect_eq(sequence, 2);
    cr_expect_eq(contribute(&s, 0, 2), QUORSUM_OK);
    cr_expect_eq(contribute(&s, 0, 3), QUORSUM_OK);
    cr_assert_eq(quorsum_board_sequence(&sequence, s.board[0], quorsum_identity_public(s.f.contributors[2])), QUORSUM_OK);
    cr_expect_eq(sequence, 1);
    bytes = take(&s, 0, name_of(&s, "contributions", 0, 3)); /* spoiled on the board */
    bytes.data[bytes.len - 1] ^= 1;
    put(&s, 0, name_of(&s, "contributions", 0, 3), bytes);
    put(&s, 0, name_of(&s, "contributions", 0, 4), fixture_again(&s.f, 0, 5)); /* another number than its name */
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, name_of(&s, "contributions", 0, 4), QUORSUM_ERR_RANGE, s.f.contributors[0]), 1);
    cr_expect_eq(told(&s, name_of(&s, "contributions", 0, 3), QUORSUM_ERR_SIGNATURE, s.f.contributors[0]), 1);
    cr_expect_eq(told(&s, name_of(&s, "contributions", 0, 2), QUORSUM_OK, s.f.contributors[0]), 1);
    cr_expect_eq(told(&s, name_of(&s, "contributions", 0, 1), QUORSUM_ERR_SUPERSEDED, s.f.contributors[0]), 1);
    bytes = take(&s, 0, "manifest");
    cr_assert_eq(quorsum_manifest_decode(&manifest, s.f.task, bytes.data, bytes.len), QUORSUM_OK);
    cr_expect_eq(quorsum_manifest_cohort(manifest), 2);
    cr_expect(quorsum_manifest_sequence(manifest, 0) == 2 && quorsum_manifest_sequence(manifest, 1) == 1);
    cr_assert_eq(quorsum_manifest_refused(manifest), 3);
    cr_expect_str_eq(quorsum_manifest_refusal(manifest, 0, &sender, &sequence, &digest), "QUORSUM_ERR_SUPERSEDED");
    cr_expect_str_eq(quorsum_manifest_refusal(manifest, 1, &sender, &sequence, &digest), "QUORSUM_ERR_SIGNATURE");
    cr_expect_eq(sequence, 3);
    cr_expect_str_eq(quorsum_manifest_refusal(manifest, 2, &sender, &sequence, &digest), "QUORSUM_ERR_RANGE");
    cr_expect_eq(sequence, 4);
    quorsum_manifest_free(manifest);
    quorsum_bytes_free(&bytes);
    agree(&s, 0);
    for (size_t i = 0; i < QUORUM; i++)
        cr_expect_eq(decrypt(&s, 0, i), QUORSUM_OK);
    cr_expect_eq(open_totals(&s, 0), QUORSUM_OK);
    cr_expect_eq(verify(&s, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, name_of(&s, "contributions", 0, 1), QUORSUM_ERR_SUPERSEDED, s.f.contributors[0]), 1);
    scene_close(&s);
}

Test(revote, where_the_first_counts_there_is_no_second)
{
    scene s;
    uint32_t sequence = 9;
    int64_t values[VALUES];
    quorsum_bytes out = {0};

    scene_open(&s, (setup){0});
    contribute_all(&s, 2);
    cr_expect_eq(quorsum_board_sequence(&sequence, s.board[0], quorsum_identity_public(s.f.contributors[0])),
                 QUORSUM_ERR_DUPLICATE);
    fixture_values(values, 0);
    cr_expect_eq(quorsum_contribution_make(&out, s.f.task, s.f.encryptor, s.f.contributors[0], values, VALUES, 1, 2, NULL),
                 QUORSUM_ERR_RANGE);
    put(&s, 0, name_of(&s, "contributions", 0, 2), fixture_contribution(&s.f, 0));
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, name_of(&s, "contributions", 0, 2), QUORSUM_ERR_DUPLICATE, s.f.contributors[0]), 1);
    cr_expect_eq(told(&s, name_of(&s, "contributions", 0, 1), QUORSUM_OK, s.f.contributors[0]), 1);
    scene_close(&s);
}

/* Names in contributions/ that are none. */
Test(revote, numbers_are_written_in_one_way)
{
    static const char *const tails[] = {"-1", "-0", "-02", "-", "-65536", "-2x", "--2", "-99999999999999999999"};
    scene s;

    scene_open(&s, (setup){.revote = QUORSUM_REVOTE_LAST});
    contribute_all(&s, 2);
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        char name[140];

        (void)snprintf(name, sizeof name, "%s%s", name_of(&s, "contributions", 0, 1), tails[i]);
        put(&s, 0, name, fixture_again(&s.f, 0, 2));
    }
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, "contributions/", QUORSUM_ERR_TYPE, NULL), sizeof tails / sizeof tails[0]);
    scene_close(&s);
}

/* ---- agreement ---- */

Test(agreement, lets_no_partial_leave_before_enough_trustees_agree)
{
    scene s;

    scene_open(&s, (setup){0});
    contribute_all(&s, 3);
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(decrypt(&s, 0, i), QUORSUM_ERR_AGREEMENT, "%zu have agreed", i + 1);
        cr_expect_eq(told(&s, "acks", QUORSUM_ERR_AGREEMENT, NULL), 1);
        cr_expect_eq(told(&s, "acks/", QUORSUM_OK, NULL), i + 1);
    }
    cr_expect_not(is_there(&s, 0, "partials/1"));
    cr_expect_eq(open_totals(&s, 0), QUORSUM_ERR_AGREEMENT);
    cr_expect_eq(decrypt(&s, 0, 3), QUORSUM_OK, "the fourth of five");
    for (size_t i = 0; i < 2; i++)
        cr_expect_eq(decrypt(&s, 0, i), QUORSUM_OK);
    cr_expect_eq(open_totals(&s, 0), QUORSUM_OK);
    cr_expect_eq(verify(&s, 0), QUORSUM_OK);
    drop(&s, 0, "acks/2");
    cr_expect_eq(verify(&s, 0), QUORSUM_ERR_AGREEMENT, "a result without agreement is none");
    cr_expect_eq(open_totals(&s, 0), QUORSUM_ERR_AGREEMENT);
    scene_close(&s);
}

Test(agreement, is_what_the_task_says)
{
    scene s;

    scene_open(&s, (setup){.agreement = 5});
    contribute_all(&s, 2);
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_expect_eq(decrypt(&s, 0, i), i + 1 < TRUSTEES ? QUORSUM_ERR_AGREEMENT : QUORSUM_OK);
    scene_close(&s);
}

/* Anybody may write into acks/: what is there is named and counts for nothing, and good ones open all the same. */
Test(agreement, counts_good_acknowledgements_and_names_the_others)
{
    scene s, other;
    quorsum_bytes good, bytes;
    uint8_t nothing[32] = {0};

    scene_open(&s, (setup){.agreement = 3});
    contribute_all(&s, 2);
    agree(&s, 0);
    for (size_t i = 0; i < QUORUM; i++)
        cr_assert_eq(decrypt(&s, 0, i), QUORSUM_OK);
    good = take(&s, 0, "acks/4");
    put(&s, 0, "acks/4", forge(&good, FORGE_NOTHING, NULL, 0, s.f.stranger));
    put(&s, 0, "acks/5", take(&s, 0, "acks/1")); /* trustee 1's, once more */
    put(&s, 0, "acks/6", take(&s, 0, "acks/1"));
    put(&s, 0, "acks/01", take(&s, 0, "acks/1"));
    cr_expect_eq(open_totals(&s, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, "acks/4", QUORSUM_ERR_TRUSTEE, s.f.stranger), 1, "a stranger's");
    cr_expect_eq(told(&s, "acks/5", QUORSUM_ERR_TRUSTEE, s.f.trustees[0]), 1);
    cr_expect_eq(told(&s, "acks/6", QUORSUM_ERR_TRUSTEE, s.f.trustees[0]), 1);
    cr_expect_eq(told(&s, "acks/01", QUORSUM_ERR_TYPE, NULL), 1);
    cr_expect_eq(verify(&s, 0), QUORSUM_ERR_TRUSTEE, "the record is not in order");
    drop(&s, 0, "acks/6");
    put(&s, 0, "acks/5", forge_bytes(&good, 11, nothing, 32, s.f.trustees[3])); /* trustee 4's, of another manifest */
    put(&s, 0, "acks/4", forge_bytes(&good, 11, nothing, 32, s.f.trustees[3]));
    cr_expect_eq(open_totals(&s, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, "acks/4", QUORSUM_ERR_MISSING, s.f.trustees[3]), 1);
    put(&s, 0, "acks/4", forge_bytes(&good, 12, nothing, 32, s.f.trustees[3]));
    cr_expect_eq(open_totals(&s, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, "acks/4", QUORSUM_ERR_MISSING, s.f.trustees[3]), 1, "of another aggregate");
    /* two good ones are too few, whatever else is there */
    bytes = take(&s, 0, "acks/1");
    bytes.data[bytes.len - 1] ^= 1;
    put(&s, 0, "acks/1", bytes);
    cr_expect_eq(open_totals(&s, 0), QUORSUM_ERR_AGREEMENT);
    cr_expect_eq(told(&s, "acks/1", QUORSUM_ERR_SIGNATURE, s.f.trustees[0]), 1);
    /* from another task of another key */
    scene_open(&other, (setup){0});
    contribute_all(&other, 2);
    agree(&other, 0);
    put(&s, 0, "acks/4", take(&other, 0, "acks/4"));
    cr_expect_eq(open_totals(&s, 0), QUORSUM_ERR_AGREEMENT);
    cr_expect_eq(told(&s, "acks/4", QUORSUM_ERR_KEY_MISMATCH, other.f.trustees[3]), 1);
    quorsum_bytes_free(&good);
    scene_close(&other);
    scene_close(&s);
}

/* The same trustees, another task: an acknowledgement given there says nothing here. */
Test(agreement, is_not_replayed_from_another_task)
{
    quorsum_task_options options = {.label = "another", .fields = fixture_fields, .field_count = FIELDS, .guard_bits = 1,
                                    .min_cohort = 2, .max_cohort = MAX_COHORT};
    scene s;
    quorsum_task *first;
    quorsum_board *elsewhere = NULL;
    char path[700];

    scene_open(&s, (setup){0});
    contribute_all(&s, 2);
    agree(&s, 0);
    first = s.f.task;
    cr_assert_eq(quorsum_task_make(&s.f.task, s.f.record, &options, s.f.coordinator, NULL), QUORSUM_OK);
    (void)snprintf(path, sizeof path, "%s/copy", s.directory);
    cr_assert_eq(quorsum_board_create(path, s.f.task), QUORSUM_OK);
    cr_assert_eq(quorsum_board_open(&elsewhere, path, NULL, NULL), QUORSUM_OK);
    for (size_t i = 0; i < 2; i++) {
        quorsum_bytes bytes = fixture_contribution(&s.f, i);

        cr_assert_eq(quorsum_board_contribute(elsewhere, &bytes, NULL), QUORSUM_OK);
        quorsum_bytes_free(&bytes);
    }
    s.board[1] = elsewhere;
    cr_assert_eq(aggregate(&s, 1), QUORSUM_OK);
    for (size_t i = 1; i < TRUSTEES; i++) {
        char object[16];

        (void)snprintf(object, sizeof object, "acks/%zu", i + 1);
        put(&s, 1, object, take(&s, 0, object));
    }
    cr_expect_eq(decrypt(&s, 1, 0), QUORSUM_ERR_AGREEMENT);
    cr_expect_eq(told(&s, "acks/3", QUORSUM_ERR_TASK_MISMATCH, s.f.trustees[2]), 1);
    cr_expect_eq(decrypt(&s, 1, 1), QUORSUM_ERR_EXISTS, "something else stands in its place");
    quorsum_task_free(first);
    scene_close(&s);
}

/* ---- verified once ---- */

/* What is spared is the proof and the signature, which the digest does not cover: nothing else. */
/* The bytes with which a journal is told that a contribution was verified. */
static void claim_verified(const scene *s, size_t trustee, const quorsum_bytes *bytes)
{
    uint8_t digest[32], name[32];
    qs_journal *journal = NULL;

    qs_message_digest(digest, bytes->data, bytes->len);
    qs_contribution_name(name, digest, bytes->data + bytes->len - 64);
    cr_assert_eq(qs_journal_open(&journal, journal_of(s, trustee, 0), quorsum_task_digest(s->f.task)), QUORSUM_OK);
    cr_assert_eq(qs_journal_note_verified(journal, name), QUORSUM_OK);
    cr_assert_eq(qs_journal_write(journal), QUORSUM_OK);
    qs_journal_close(journal);
}

Test(trustee, does_not_verify_twice_what_it_knows_by_its_name)
{
    scene s;
    quorsum_bytes good, bytes;
    const char *object;

    scene_open(&s, (setup){0});
    contribute_all(&s, 3);
    cr_expect_eq(examine(&s, 0, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, "contributions/", QUORSUM_OK, NULL), 3);
    cr_expect_eq(examine(&s, 0, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, "contributions/", QUORSUM_OK, NULL), 3);
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    object = name_of(&s, "contributions", 1, 1);
    good = take(&s, 0, object);
    bytes = take(&s, 0, object);
    bytes.data[bytes.len - 1] ^= 1; /* the signature */
    put(&s, 0, object, copy_of(&bytes));
    cr_expect_eq(acknowledge(&s, 0, 1), QUORSUM_ERR_SIGNATURE, "one who has not seen it");
    cr_expect_eq(told(&s, object, QUORSUM_ERR_SIGNATURE, s.f.contributors[1]), 1);
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_ERR_SIGNATURE, "one who has seen it with its signature");
    claim_verified(&s, 0, &bytes);
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_OK, "one whose journal says that it has seen these very bytes");
    quorsum_bytes_free(&bytes);
    put(&s, 0, object, good);
    cr_expect_eq(acknowledge(&s, 0, 1), QUORSUM_OK);
    scene_close(&s);
}

/* Any other byte changed makes another digest, which nobody has verified. */
Test(trustee, knows_nothing_of_a_contribution_that_differs_in_any_byte)
{
    scene s;
    quorsum_bytes good;
    const char *object;
    size_t count = 0;

    scene_open(&s, (setup){0});
    contribute_all(&s, 2);
    cr_assert_eq(examine(&s, 0, 0), QUORSUM_OK);
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    object = name_of(&s, "contributions", 0, 1);
    good = take(&s, 0, object);
    for (size_t at = 0; at < good.len; at += 5) {
        quorsum_bytes bytes = {malloc(good.len), good.len};

        memcpy(bytes.data, good.data, good.len);
        bytes.data[at] ^= 1;
        put(&s, 0, object, bytes);
        cr_expect_neq(acknowledge(&s, 0, 0), QUORSUM_OK, "byte %zu", at);
        cr_expect_not(is_there(&s, 0, "acks/1"));
        count++;
    }
    cr_expect_gt(count, 50);
    /* another good contribution of the same sender is not the listed one */
    put(&s, 0, object, fixture_contribution(&s.f, 0));
    cr_expect_eq(examine(&s, 0, 0), QUORSUM_OK);
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_ERR_MISSING);
    /* nor is a known one under another's name */
    put(&s, 0, object, take(&s, 0, name_of(&s, "contributions", 1, 1)));
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_ERR_NOT_ADMITTED);
    put(&s, 0, object, good);
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_OK);
    scene_close(&s);
}

Test(trustee, checks_the_product_of_what_it_knows)
{
    scene s;
    quorsum_bytes good;
    uint8_t two[16] = {0};

    scene_open(&s, (setup){0});
    contribute_all(&s, 2);
    cr_assert_eq(examine(&s, 0, 0), QUORSUM_OK);
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    good = take(&s, 0, "aggregate");
    two[15] = 2;
    put(&s, 0, "aggregate", forge_block(&good, 16, two, 16, s.f.coordinator));
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_ERR_PRODUCT);
    cr_expect_eq(told(&s, "aggregate", QUORSUM_ERR_PRODUCT, s.f.coordinator), 1, "who signed it");
    cr_expect_eq(verify(&s, 0), QUORSUM_ERR_PRODUCT);
    cr_expect_eq(told(&s, "aggregate", QUORSUM_ERR_PRODUCT, s.f.coordinator), 1);
    put(&s, 0, "aggregate", forge(&good, FORGE_NOTHING, NULL, 0, s.f.stranger));
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_ERR_COORDINATOR);
    cr_expect_eq(told(&s, "aggregate", QUORSUM_ERR_COORDINATOR, s.f.stranger), 1);
    put(&s, 0, "aggregate", good);
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_OK);
    scene_close(&s);
}

/* ---- a coordinator with two faces ---- */

/* Contributor 2 is in the board's sum and not in the copy's: their difference is its data. */
static void two_manifests(scene *s)
{
    contribute_all(s, 3);
    copy_board(s);
    drop(s, 1, name_of(s, "contributions", 2, 1));
    cr_assert_eq(aggregate(s, 0), QUORSUM_OK);
    cr_assert_eq(aggregate(s, 1), QUORSUM_OK);
}

Test(attack, differencing_by_two_manifests_opens_neither)
{
    scene s;

    scene_open(&s, (setup){0});
    two_manifests(&s);
    /* trustees 1 and 2 see one, 4 and 5 the other; trustee 3 is the coordinator's and has two journals */
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(decrypt_as(&s, 0, i, 0), QUORSUM_ERR_AGREEMENT);
    for (size_t i = 2; i < 5; i++)
        cr_expect_eq(decrypt_as(&s, 1, i, 1), QUORSUM_ERR_AGREEMENT);
    cr_expect_eq(decrypt(&s, 1, 0), QUORSUM_ERR_EQUIVOCATION, "an honest one is shown the second");
    cr_expect_eq(told(&s, "evidence/", QUORSUM_ERR_EQUIVOCATION, s.f.coordinator), 1);
    cr_expect_not(is_there(&s, 1, "acks/1"));
    cr_expect_eq(verify(&s, 1), QUORSUM_ERR_EQUIVOCATION);
    cr_expect_eq(told(&s, "evidence/", QUORSUM_ERR_EQUIVOCATION, s.f.coordinator), 1);
    cr_expect_eq(told(&s, "contributions/", QUORSUM_OK, NULL), 2, "all else is checked, too");
    scene_close(&s);
}

/* What a task gives up that asks for a quorum's agreement only. */
Test(attack, differencing_succeeds_where_the_agreement_is_a_quorum)
{
    scene s;

    scene_open(&s, (setup){.agreement = QUORUM});
    two_manifests(&s);
    for (size_t i = 0; i < 3; i++)
        (void)acknowledge_as(&s, 0, i, 0);
    for (size_t i = 2; i < 5; i++)
        (void)acknowledge_as(&s, 1, i, 1);
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(decrypt_as(&s, 0, i, 0), QUORSUM_OK);
    for (size_t i = 2; i < 5; i++)
        cr_expect_eq(decrypt_as(&s, 1, i, 1), QUORSUM_OK);
    cr_expect_eq(open_totals(&s, 0), QUORSUM_OK);
    cr_expect_eq(open_totals(&s, 1), QUORSUM_OK);
    /* and still they are found out, by whoever sees both */
    cr_expect_eq(compare(&s, 0, take(&s, 1, "manifest")), QUORSUM_ERR_EQUIVOCATION);
    cr_expect_eq(compare(&s, 0, take(&s, 1, "acks/3")), QUORSUM_ERR_EQUIVOCATION);
    cr_expect_eq(told(&s, "evidence/", QUORSUM_ERR_EQUIVOCATION, s.f.trustees[2]), 1);
    cr_expect_eq(verify(&s, 0), QUORSUM_ERR_EQUIVOCATION);
    cr_expect_eq(told(&s, "evidence/", QUORSUM_ERR_EQUIVOCATION, s.f.coordinator), 1);
    cr_expect_eq(told(&s, "evidence/", QUORSUM_ERR_EQUIVOCATION, s.f.trustees[2]), 1);
    scene_close(&s);
}

Test(attack, two_copies_of_a_board_show_who_signed_twice)
{
    scene s;

    scene_open(&s, (setup){0});
    two_manifests(&s);
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(acknowledge_as(&s, 0, i, 0), QUORSUM_OK);
    for (size_t i = 2; i < 4; i++)
        cr_assert_eq(acknowledge_as(&s, 1, i, 1), QUORSUM_OK);
    cr_expect_eq(compare(&s, 0, take(&s, 0, "manifest")), QUORSUM_OK, "the same");
    cr_expect_eq(compare(&s, 0, take(&s, 1, "acks/4")), QUORSUM_OK, "nothing to hold it against");
    cr_expect_eq(compare(&s, 0, take(&s, 0, "task")), QUORSUM_ERR_TYPE);
    cr_expect_not(is_there(&s, 0, "evidence"));
    cr_expect_eq(compare(&s, 0, take(&s, 1, "acks/3")), QUORSUM_ERR_EQUIVOCATION);
    cr_expect_eq(told(&s, "evidence/", QUORSUM_ERR_EQUIVOCATION, s.f.trustees[2]), 1);
    cr_expect_eq(compare(&s, 1, take(&s, 0, "manifest")), QUORSUM_ERR_EQUIVOCATION);
    cr_expect_eq(compare(&s, 1, take(&s, 0, "manifest")), QUORSUM_ERR_EQUIVOCATION, "made once, said again");
    {
        quorsum_bytes manifest = take(&s, 1, "manifest");

        cr_expect_eq(compare(&s, 0, forge(&manifest, FORGE_NOTHING, NULL, 0, s.f.stranger)), QUORSUM_ERR_COORDINATOR,
                     "anybody may sign a manifest: it is nobody's word");
        quorsum_bytes_free(&manifest);
    }
    /* evidence against a trustee stops no other; against the coordinator it stops all who have not agreed yet */
    cr_expect_eq(acknowledge(&s, 0, 4), QUORSUM_OK);
    cr_expect_eq(acknowledge(&s, 1, 4), QUORSUM_ERR_EQUIVOCATION);
    scene_close(&s);
}

Test(attack, a_victim_isolated_by_a_cohort_of_one_is_not_opened)
{
    scene s;
    quorsum_manifest *manifest = NULL;
    quorsum_bytes bytes, lonely = {0};
    uint8_t digest[32];

    scene_open(&s, (setup){0});
    contribute_all(&s, 3);
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    bytes = take(&s, 0, "manifest");
    cr_assert_eq(quorsum_manifest_decode(&manifest, s.f.task, bytes.data, bytes.len), QUORSUM_OK);
    cr_assert_eq(qs_manifest_encode(&lonely, digest, s.f.task, manifest->entries, 1, NULL, 0, s.f.coordinator),
                 QUORSUM_OK);
    put(&s, 0, "manifest", lonely);
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_expect_eq(decrypt(&s, 0, i), QUORSUM_ERR_COHORT);
    cr_expect_eq(told(&s, "manifest", QUORSUM_ERR_COHORT, s.f.coordinator), 1);
    cr_expect_not(is_there(&s, 0, "acks/1"));
    /* to a trustee that has agreed to the whole cohort, it is a second manifest besides */
    put(&s, 0, "manifest", bytes);
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_OK);
    cr_assert_eq(qs_manifest_encode(&lonely, digest, s.f.task, manifest->entries, 1, NULL, 0, s.f.coordinator),
                 QUORSUM_OK);
    put(&s, 0, "manifest", lonely);
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_ERR_EQUIVOCATION);
    quorsum_manifest_free(manifest);
    scene_close(&s);
}

Test(attack, a_smaller_cohort_after_the_agreement_is_a_second_manifest)
{
    scene s;

    scene_open(&s, (setup){0});
    contribute_all(&s, 3);
    agree(&s, 0);
    drop(&s, 0, "manifest");
    drop(&s, 0, "aggregate");
    drop(&s, 0, name_of(&s, "contributions", 2, 1));
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_expect_eq(decrypt(&s, 0, i), QUORSUM_ERR_EQUIVOCATION);
    cr_expect_not(is_there(&s, 0, "partials/1"));
    scene_close(&s);
}

/* ---- a coordinator that died ---- */

/* Killed between signing the manifest and placing it, it leaves a whole manifest in a ".tmp-" file for all to see. */
static quorsum_bytes die_before_placing(scene *s)
{
    quorsum_bytes manifest;

    cr_assert_eq(aggregate(s, 0), QUORSUM_OK);
    manifest = take(s, 0, "manifest");
    cr_assert_eq(rename(path_of(s, 0, "manifest"), path_of(s, 0, ".tmp-00112233445566778899aabbccddeeff")), 0);
    drop(s, 0, "aggregate");
    return manifest;
}

Test(coordinator, that_died_before_placing_its_manifest_is_not_made_a_liar)
{
    scene s;
    quorsum_bytes first, placed;

    scene_open(&s, (setup){0});
    contribute_all(&s, 3);
    first = die_before_placing(&s);
    cr_assert_eq(contribute(&s, 3, 1), QUORSUM_OK); /* so that another manifest would be made now */
    put_junk(&s, ".tmp-0", "", 0);
    put_junk(&s, ".tmp-1", first.data, first.len - 1);
    cr_assert_eq(symlink("manifest", path_of(&s, 0, ".tmp-2")), 0);
    cr_assert_eq(mkdir(path_of(&s, 0, ".tmp-3"), 0755), 0);
    cr_assert_eq(mkfifo(path_of(&s, 0, ".tmp-4"), 0644), 0);
    put(&s, 0, ".tmp-5", forge_uint(&first, 10, 4, s.f.coordinator));
    put(&s, 0, ".tmp-6", forge(&first, FORGE_NOTHING, NULL, 0, s.f.stranger));
    cr_expect_eq(receive(&s), QUORSUM_ERR_CLOSED, "no receipt for what the manifest does not hold");
    cr_expect_eq(told(&s, "receipts/", QUORSUM_OK, NULL), 0);
    cr_expect_eq(aggregate(&s, 0), QUORSUM_OK);
    placed = take(&s, 0, "manifest");
    cr_expect_eq(placed.len, first.len);
    cr_expect_eq(memcmp(placed.data, first.data, first.len), 0);
    cr_expect_eq(compare(&s, 0, first), QUORSUM_OK, "nobody signed two");
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_expect_eq(acknowledge(&s, 0, i), QUORSUM_OK);
    for (size_t i = 0; i < QUORUM; i++)
        cr_expect_eq(decrypt(&s, 0, i), QUORSUM_OK);
    cr_expect_eq(open_totals(&s, 0), QUORSUM_OK);
    cr_expect_eq(verify(&s, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, name_of(&s, "contributions", 3, 1), QUORSUM_ERR_CLOSED, s.f.contributors[3]), 1, "late");
    quorsum_bytes_free(&placed);
    scene_close(&s);
}

/* What is no manifest of the task's coordinator closes nothing. */
Test(coordinator, is_closed_by_nobody_elses_leftovers)
{
    scene s;
    quorsum_bytes first;

    scene_open(&s, (setup){0});
    contribute_all(&s, 2);
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    first = take(&s, 0, "manifest");
    drop(&s, 0, "manifest");
    drop(&s, 0, "aggregate");
    put(&s, 0, ".tmp-a", forge(&first, FORGE_NOTHING, NULL, 0, s.f.stranger));
    first.data[first.len - 1] ^= 1;
    put(&s, 0, ".tmp-b", first);
    cr_expect_eq(contribute(&s, 2, 1), QUORSUM_OK);
    cr_expect_eq(receive(&s), QUORSUM_OK);
    cr_expect_eq(told(&s, "receipts/", QUORSUM_OK, NULL), 3);
    cr_expect_eq(aggregate(&s, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, "contributions/", QUORSUM_OK, NULL), 3);
    scene_close(&s);
}

Test(verify, finds_evidence_where_the_manifest_is_gone_or_spoiled)
{
    scene s;

    scene_open(&s, (setup){0});
    two_manifests(&s);
    cr_assert_eq(compare(&s, 0, take(&s, 1, "manifest")), QUORSUM_ERR_EQUIVOCATION);
    put_junk(&s, "manifest", "", 0);
    cr_expect_neq(verify(&s, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, "evidence/", QUORSUM_ERR_EQUIVOCATION, s.f.coordinator), 1);
    drop(&s, 0, "manifest");
    cr_expect_eq(verify(&s, 0), QUORSUM_ERR_MISSING);
    cr_expect_eq(told(&s, "evidence/", QUORSUM_ERR_EQUIVOCATION, s.f.coordinator), 1);
    scene_close(&s);
}

Test(attack, a_manifest_that_is_not_the_coordinators_is_nobodys)
{
    scene s;
    quorsum_bytes good;

    scene_open(&s, (setup){0});
    contribute_all(&s, 2);
    cr_expect_eq(quorsum_board_aggregate(s.board[0], s.f.stranger, NULL, NULL), QUORSUM_ERR_COORDINATOR);
    cr_expect_eq(quorsum_board_receive(s.board[0], s.f.stranger, NULL, NULL), QUORSUM_ERR_COORDINATOR);
    agree(&s, 0);
    good = take(&s, 0, "manifest");
    put(&s, 0, "manifest", forge(&good, FORGE_NOTHING, NULL, 0, s.f.stranger));
    cr_expect_eq(decrypt(&s, 0, 0), QUORSUM_ERR_COORDINATOR);
    cr_expect_eq(told(&s, "manifest", QUORSUM_ERR_COORDINATOR, s.f.stranger), 1);
    cr_expect_not(is_there(&s, 0, "evidence"), "it is no second word of the coordinator's");
    cr_expect_eq(verify(&s, 0), QUORSUM_ERR_COORDINATOR);
    quorsum_bytes_free(&good);
    scene_close(&s);
}

/* ---- receipts ---- */

Test(receipts, are_given_once_for_what_is_good)
{
    scene s;
    quorsum_bytes bytes;

    scene_open(&s, (setup){.revote = QUORSUM_REVOTE_LAST});
    contribute_all(&s, 2);
    bytes = fixture_contribution(&s.f, 2);
    bytes.data[bytes.len - 1] ^= 1;
    put(&s, 0, name_of(&s, "contributions", 2, 1), bytes);
    cr_expect_eq(receive(&s), QUORSUM_OK);
    cr_expect_eq(told(&s, "receipts/", QUORSUM_OK, s.f.coordinator), 2);
    cr_expect_eq(told(&s, name_of(&s, "contributions", 2, 1), QUORSUM_ERR_SIGNATURE, s.f.contributors[2]), 1);
    cr_expect_not(is_there(&s, 0, name_of(&s, "receipts", 2, 1)));
    cr_expect_eq(receive(&s), QUORSUM_OK);
    cr_expect_eq(told(&s, "receipts/", QUORSUM_OK, NULL), 0, "nothing new");
    cr_assert_eq(contribute(&s, 1, 2), QUORSUM_OK);
    cr_expect_eq(receive(&s), QUORSUM_OK);
    cr_expect(is_there(&s, 0, name_of(&s, "receipts", 1, 2)));
    agree(&s, 0);
    cr_expect_eq(receive(&s), QUORSUM_ERR_CLOSED);
    for (size_t i = 0; i < QUORUM; i++)
        cr_expect_eq(decrypt(&s, 0, i), QUORSUM_OK);
    cr_expect_eq(open_totals(&s, 0), QUORSUM_OK);
    cr_expect_eq(verify(&s, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, "receipts/", QUORSUM_OK, s.f.coordinator), 3);
    scene_close(&s);
}

/* Somebody else's file where its receipt belongs would leave a contributor with nothing to show, and nobody told. */
Test(receipts, that_are_none_are_told)
{
    scene s;
    quorsum_bytes good;

    scene_open(&s, (setup){0});
    contribute_all(&s, 3);
    cr_assert_eq(receive(&s), QUORSUM_OK);
    good = take(&s, 0, name_of(&s, "receipts", 1, 1));
    put_junk(&s, name_of(&s, "receipts", 0, 1), "none", 4);
    put(&s, 0, name_of(&s, "receipts", 2, 1), good); /* another's */
    cr_expect_eq(receive(&s), QUORSUM_OK);
    cr_expect_eq(s.count, 2);
    cr_expect_eq(told(&s, name_of(&s, "receipts", 0, 1), QUORSUM_OK, NULL), 0);
    cr_expect_eq(told(&s, name_of(&s, "receipts", 2, 1), QUORSUM_ERR_RANGE, NULL), 1);
    drop(&s, 0, name_of(&s, "receipts", 0, 1));
    cr_expect_eq(receive(&s), QUORSUM_OK);
    cr_expect_eq(told(&s, name_of(&s, "receipts", 0, 1), QUORSUM_OK, s.f.coordinator), 1);
    scene_close(&s);
}

/* A file in the place of a folder is no reason to stop. */
Test(attack, a_file_where_a_folder_belongs_stops_nobody)
{
    static const char *const folders[] = {"receipts", "evidence", "completions"};
    scene s;

    scene_open(&s, (setup){0});
    contribute_all(&s, 3);
    for (size_t i = 0; i < 3; i++)
        put_junk(&s, folders[i], "", 0);
    cr_expect_eq(examine(&s, 0, 0), QUORSUM_OK);
    agree(&s, 0);
    cr_expect_eq(told(&s, "receipts", QUORSUM_ERR_TYPE, NULL), 1);
    cr_expect_eq(told(&s, "evidence", QUORSUM_ERR_TYPE, NULL), 1);
    for (size_t i = 0; i < QUORUM; i++)
        cr_expect_eq(decrypt(&s, 0, i), QUORSUM_OK);
    cr_expect_eq(open_totals(&s, 0), QUORSUM_OK);
    cr_expect_eq(verify(&s, 0), QUORSUM_OK);
    scene_close(&s);
}

Test(receipts, keep_an_honest_coordinator_from_breaking_its_word)
{
    scene s;
    quorsum_bytes good;

    scene_open(&s, (setup){0});
    contribute_all(&s, 3);
    cr_assert_eq(receive(&s), QUORSUM_OK);
    good = take(&s, 0, name_of(&s, "contributions", 1, 1));
    drop(&s, 0, name_of(&s, "contributions", 1, 1)); /* by somebody who can write to the board */
    cr_expect_eq(aggregate(&s, 0), QUORSUM_ERR_OMITTED);
    cr_expect_eq(told(&s, name_of(&s, "receipts", 1, 1), QUORSUM_ERR_OMITTED, s.f.coordinator), 1);
    cr_expect_not(is_there(&s, 0, "manifest"));
    put(&s, 0, name_of(&s, "contributions", 1, 1), good);
    cr_expect_eq(aggregate(&s, 0), QUORSUM_OK);
    scene_close(&s);
}

/* The coordinator takes the contribution and its receipt off the board before it closes the task; one trustee had
 * looked. */
Test(attack, a_contribution_with_a_receipt_is_not_left_out)
{
    scene s;

    scene_open(&s, (setup){0});
    contribute_all(&s, 3);
    cr_assert_eq(receive(&s), QUORSUM_OK);
    cr_assert_eq(examine(&s, 0, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, "receipts/", QUORSUM_OK, s.f.coordinator), 3);
    drop(&s, 0, name_of(&s, "contributions", 1, 1));
    drop(&s, 0, name_of(&s, "receipts", 1, 1));
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    cr_expect_eq(acknowledge(&s, 0, 1), QUORSUM_OK, "one who knows nothing of it");
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_ERR_OMITTED);
    cr_expect_eq(told(&s, name_of(&s, "receipts", 1, 1), QUORSUM_ERR_OMITTED, s.f.coordinator), 1);
    cr_expect(is_there(&s, 0, name_of(&s, "receipts", 1, 1)), "it is there again, for everybody");
    for (size_t i = 1; i < TRUSTEES; i++)
        cr_expect_eq(decrypt(&s, 0, i), QUORSUM_ERR_OMITTED, "also for who had agreed");
    cr_expect_eq(verify(&s, 0), QUORSUM_ERR_OMITTED);
    cr_expect_eq(told(&s, name_of(&s, "receipts", 1, 1), QUORSUM_ERR_OMITTED, s.f.coordinator), 1);
    scene_close(&s);
}

Test(attack, a_forged_receipt_stops_nobody)
{
    scene s;
    quorsum_bytes good;

    scene_open(&s, (setup){0});
    contribute_all(&s, 2);
    cr_assert_eq(receive(&s), QUORSUM_OK);
    good = take(&s, 0, name_of(&s, "receipts", 0, 1));
    /* for somebody who has not contributed: signed by himself, or taken from another */
    put(&s, 0, name_of(&s, "receipts", 2, 1),
        forge_bytes(&good, 10, quorsum_identity_public(s.f.contributors[2]), 32, s.f.contributors[2]));
    put(&s, 0, name_of(&s, "receipts", 3, 1), take(&s, 0, name_of(&s, "receipts", 0, 1)));
    put(&s, 0, "receipts/junk", take(&s, 0, name_of(&s, "receipts", 0, 1)));
    agree(&s, 0);
    cr_expect_eq(told(&s, name_of(&s, "receipts", 2, 1), QUORSUM_ERR_COORDINATOR, s.f.contributors[2]), 1);
    cr_expect_eq(told(&s, name_of(&s, "receipts", 3, 1), QUORSUM_ERR_RANGE, s.f.coordinator), 1);
    cr_expect_eq(told(&s, "receipts/junk", QUORSUM_ERR_TYPE, NULL), 1);
    for (size_t i = 0; i < QUORUM; i++)
        cr_expect_eq(decrypt(&s, 0, i), QUORSUM_OK);
    cr_expect_eq(open_totals(&s, 0), QUORSUM_OK);
    cr_expect_eq(verify(&s, 0), QUORSUM_OK);
    quorsum_bytes_free(&good);
    scene_close(&s);
}

/* ---- forged evidence ---- */

Test(attack, forged_evidence_stops_nobody)
{
    static const char name[] = "evidence/0000000000000000000000000000000000000000000000000000000000000001";
    scene s;
    quorsum_bytes evidence, bad;
    size_t begin, end;
    uint8_t signature[64];
    quorsum_bytes a, b;
    quorsum_bytes made = {0};

    scene_open(&s, (setup){0});
    contribute_all(&s, 2);
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    a = take(&s, 0, "manifest");
    b = forge_block(&a, 40, "xyz", 3, s.f.coordinator); /* with the coordinator's key, to have something to spoil */
    cr_assert_eq(quorsum_evidence_make(&made, s.f.task, &a, &b, s.f.stranger), QUORSUM_OK);
    evidence = made;
    value_at(&evidence, 15, &begin, &end);
    memcpy(signature, evidence.data + end - 64, 64);
    signature[3] ^= 1;
    bad = forge_bytes(&evidence, 15, signature, 64, s.f.stranger);
    put(&s, 0, name, bad);
    put(&s, 0, "evidence/junk", take(&s, 0, "manifest"));
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_expect_eq(acknowledge(&s, 0, i), QUORSUM_OK);
    cr_expect_eq(told(&s, name, QUORSUM_ERR_SIGNATURE, s.f.stranger), 1, "named by who hands it over");
    for (size_t i = 0; i < QUORUM; i++)
        cr_expect_eq(decrypt(&s, 0, i), QUORSUM_OK);
    cr_expect_eq(open_totals(&s, 0), QUORSUM_OK);
    cr_expect_eq(verify(&s, 0), QUORSUM_OK);
    cr_expect_eq(told(&s, "evidence/junk", QUORSUM_ERR_TYPE, NULL), 1);
    put(&s, 0, name, evidence); /* and the real one */
    cr_expect_eq(verify(&s, 0), QUORSUM_ERR_EQUIVOCATION);
    quorsum_bytes_free(&a);
    quorsum_bytes_free(&b);
    scene_close(&s);
}

/* ---- partials in wrong places ---- */

Test(attack, swapped_partials_are_named_and_the_others_open)
{
    scene s;
    quorsum_bytes first;

    scene_open(&s, (setup){0});
    contribute_all(&s, 2);
    agree(&s, 0);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(decrypt(&s, 0, i), QUORSUM_OK);
    first = take(&s, 0, "partials/1");
    put(&s, 0, "partials/1", take(&s, 0, "partials/2"));
    put(&s, 0, "partials/2", first);
    cr_expect_eq(open_totals(&s, 0), QUORSUM_ERR_TOO_FEW_SHARES);
    cr_expect_eq(told(&s, "partials/1", QUORSUM_ERR_TRUSTEE, s.f.trustees[1]), 1);
    cr_expect_eq(told(&s, "partials/2", QUORSUM_ERR_TRUSTEE, s.f.trustees[0]), 1);
    cr_assert_eq(decrypt(&s, 0, 4), QUORSUM_OK);
    cr_expect_eq(open_totals(&s, 0), QUORSUM_OK);
    cr_expect_eq(verify(&s, 0), QUORSUM_ERR_TRUSTEE);
    scene_close(&s);
}

/* ---- a board with things missing ---- */

Test(attack, a_truncated_board_is_missed_by_trustees)
{
    scene s;
    quorsum_bytes bytes;

    scene_open(&s, (setup){0});
    contribute_all(&s, 3);
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    bytes = take(&s, 0, name_of(&s, "contributions", 2, 1));
    drop(&s, 0, name_of(&s, "contributions", 2, 1));
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_ERR_MISSING);
    cr_expect_eq(told(&s, name_of(&s, "contributions", 2, 1), QUORSUM_ERR_MISSING, NULL), 1);
    put(&s, 0, name_of(&s, "contributions", 2, 1), bytes);
    bytes = take(&s, 0, "manifest");
    bytes.len -= 70;
    put(&s, 0, "manifest", bytes);
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_ERR_TRUNCATED);
    cr_expect_eq(told(&s, "manifest", QUORSUM_ERR_TRUNCATED, s.f.coordinator), 1);
    drop(&s, 0, "manifest");
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_ERR_MISSING);
    cr_expect_not(is_there(&s, 0, "acks/1"));
    scene_close(&s);
}

/* ---- a journal that was lost ---- */

Test(trustee, without_its_journal_learns_from_its_own_acknowledgement)
{
    scene s;

    scene_open(&s, (setup){0});
    two_manifests(&s);
    cr_assert_eq(acknowledge(&s, 0, 0), QUORSUM_OK);
    cr_assert_eq(unlink(journal_of(&s, 0, 0)), 0);
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_OK, "the same manifest");
    cr_assert_eq(unlink(journal_of(&s, 0, 0)), 0);
    put(&s, 1, "acks/1", take(&s, 0, "acks/1"));
    cr_expect_eq(acknowledge(&s, 1, 0), QUORSUM_ERR_POLICY, "it has said something else");
    cr_expect_eq(told(&s, "acks/1", QUORSUM_ERR_POLICY, s.f.trustees[0]), 1);
    cr_expect_eq(decrypt(&s, 1, 0), QUORSUM_ERR_POLICY);
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_OK);
    cr_expect_eq(acknowledge(&s, 1, 0), QUORSUM_ERR_EQUIVOCATION, "now it knows better");
    scene_close(&s);
}

Test(trustee, leaves_what_stands_where_its_acknowledgement_belongs)
{
    scene s;
    quorsum_bytes other = {malloc(7), 7};

    memcpy(other.data, "garbage", 7);
    scene_open(&s, (setup){0});
    contribute_all(&s, 2);
    cr_assert_eq(aggregate(&s, 0), QUORSUM_OK);
    put(&s, 0, "acks/1", other);
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_ERR_EXISTS);
    cr_expect_eq(told(&s, "acks/1", QUORSUM_ERR_NOT_CANONICAL, NULL), 1);
    cr_expect_eq(decrypt(&s, 0, 0), QUORSUM_ERR_EXISTS);
    drop(&s, 0, "acks/1");
    cr_expect_eq(acknowledge(&s, 0, 0), QUORSUM_OK);
    cr_expect_eq(quorsum_board_acknowledge(s.board[0], s.f.stranger, journal_of(&s, 8, 0), NULL, NULL), QUORSUM_ERR_TRUSTEE);
    cr_expect_neq(access(journal_of(&s, 8, 0), F_OK), 0);
    scene_close(&s);
}

/* ---- at the same time ---- */

static int wait_for(pid_t child)
{
    int status;

    cr_assert_eq(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

Test(concurrency, two_coordinators_make_one_manifest)
{
    scene s;
    pid_t children[4];
    size_t done = 0;

    scene_open(&s, (setup){0});
    contribute_all(&s, 4);
    for (size_t i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit((int)aggregate(&s, 0));
    }
    for (size_t i = 0; i < 4; i++) {
        int status = wait_for(children[i]);

        cr_expect(status == QUORSUM_OK || status == QUORSUM_ERR_BUSY, "%s", quorsum_status_name((quorsum_status)status));
        done += status == QUORSUM_OK;
    }
    cr_expect_geq(done, 1);
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_expect_eq(acknowledge(&s, 0, i), QUORSUM_OK);
    scene_close(&s);
}

/* One trustee, one journal, two processes, two boards: it says one thing. */
Test(concurrency, two_processes_of_a_trustee_agree_to_one_manifest)
{
    scene s;

    scene_open(&s, (setup){0});
    two_manifests(&s);
    for (size_t trustee = 0; trustee < TRUSTEES; trustee++) {
        pid_t children[4];
        size_t agreed[2] = {0, 0};

        for (size_t i = 0; i < 4; i++) {
            children[i] = fork();
            if (children[i] == 0)
                _exit((int)acknowledge(&s, i % 2, trustee));
        }
        for (size_t i = 0; i < 4; i++) {
            int status = wait_for(children[i]);

            cr_expect(status == QUORSUM_OK || status == QUORSUM_ERR_EQUIVOCATION, "%s",
                      quorsum_status_name((quorsum_status)status));
            agreed[i % 2] += status == QUORSUM_OK;
        }
        cr_expect(agreed[0] == 0 || agreed[1] == 0, "trustee %zu: %zu and %zu", trustee + 1, agreed[0], agreed[1]);
        if (trustee == 0)
            cr_expect_gt(agreed[0] + agreed[1], 0); /* the others may find the evidence first */
    }
    scene_close(&s);
}
