/* SPDX-License-Identifier: Apache-2.0 */
/* See scene.h. */
#include "scene.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"

/* ---- tasks ---- */

static const char *const people[] = {"Alice", "Bob", "Carol"};

static const quorsum_field ballot_fields[2] = {
    {.name = "Mayor", .count = 3, .bits = 1, .scale = 1, .options = people, .choose_min = 0, .choose_max = 1},
    {.name = "Council", .count = 3, .bits = 1, .scale = 1, .options = people, .choose_min = 1, .choose_max = 2},
};

static const quorsum_field norm_fields[1] = {
    {.name = "update", .count = NORM_VALUES, .bits = 8, .is_signed = 1, .scale = 1},
};

static void fill_roster(uint8_t *roster, const fixture *f)
{
    for (size_t i = 0; i + 1 < CONTRIBUTORS; i++)
        memcpy(roster + i * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(f->contributors[i]),
               QUORSUM_IDENTITY_BYTES);
}

quorsum_task *scene_task(const fixture *f, scene_kind kind, setup wanted)
{
    uint8_t roster[(CONTRIBUTORS - 1) * QUORSUM_IDENTITY_BYTES];
    quorsum_task_options options = {.label = "a round", .guard_bits = 1, .min_cohort = 2, .max_cohort = MAX_COHORT,
                                    .revote = wanted.revote, .agreement = wanted.agreement};
    quorsum_task *task = NULL;

    options.fields = kind == SCENE_SUM ? fixture_fields : kind == SCENE_BALLOT ? ballot_fields : norm_fields;
    options.field_count = kind == SCENE_SUM ? FIELDS : kind == SCENE_BALLOT ? 2 : 1;
    options.level = kind == SCENE_SUM      ? QUORSUM_LEVEL_KNOWLEDGE
                    : kind == SCENE_BALLOT ? QUORSUM_LEVEL_BALLOT
                                           : QUORSUM_LEVEL_NORM;
    options.norm_squared = kind == SCENE_NORM ? SCENE_NORM_SQUARED : 0;
    if (wanted.roster) {
        fill_roster(roster, f);
        options.roster = roster;
        options.roster_count = CONTRIBUTORS - 1;
    }
    cr_assert_eq(quorsum_task_make(&task, f->record, &options, f->coordinator, NULL), QUORSUM_OK);
    return task;
}

/* ---- opening and closing ---- */

static void remember(const char *object, const uint8_t *who, quorsum_status status, void *user)
{
    scene *s = user;
    report *r = &s->reports[s->count];

    cr_assert_lt(s->count, REPORTS_MAX);
    s->count++;
    (void)snprintf(r->object, sizeof r->object, "%s", object);
    r->known = who != NULL;
    if (who != NULL)
        memcpy(r->who, who, sizeof r->who);
    r->status = status;
}

static void begin(scene *s)
{
    s->directory = new_directory();
    (void)snprintf(s->path, sizeof s->path, "%s/board", s->directory);
    s->watch = (quorsum_watch){remember, s};
    s->count = 0;
}

void scene_open(scene *s, scene_kind kind, setup wanted)
{
    memset(s, 0, sizeof *s);
    wanted.large = 1;
    s->kind = kind;
    fixture_open(&s->f, wanted);
    if (kind != SCENE_SUM) {
        quorsum_task_free(s->f.task);
        s->f.task = scene_task(&s->f, kind, wanted);
    }
    begin(s);
    cr_assert_eq(quorsum_board_create(s->path, s->f.task), QUORSUM_OK);
    cr_assert_eq(quorsum_board_open(&s->board, s->path, NULL, NULL), QUORSUM_OK);
}

void scene_close(scene *s)
{
    quorsum_board_close(s->board);
    remove_directory(s->directory);
    fixture_close(&s->f);
}

static void copy_folder(const scene *copy, const scene *s, const char *folder)
{
    DIR *directory = opendir(scene_path(s, folder));
    struct dirent *entry;

    if (directory == NULL)
        return;
    (void)mkdir(scene_path(copy, folder), 0755);
    while ((entry = readdir(directory)) != NULL) {
        char object[600];
        struct stat info;

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(object, sizeof object, "%s%s%s", folder, *folder != '\0' ? "/" : "", entry->d_name);
        cr_assert_eq(stat(scene_path(s, object), &info), 0);
        if (S_ISDIR(info.st_mode))
            copy_folder(copy, s, object);
        else
            scene_give(copy, object, scene_take(s, object));
    }
    closedir(directory);
}

void scene_copy(scene *copy, const scene *s)
{
    *copy = *s;
    copy->f.manifest = NULL;
    copy->f.aggregate = NULL;
    begin(copy);
    copy_folder(copy, s, "");
    cr_assert_eq(quorsum_board_open(&copy->board, copy->path, NULL, NULL), QUORSUM_OK);
}

void scene_close_copy(scene *copy)
{
    quorsum_aggregate_free(copy->f.aggregate);
    quorsum_manifest_free(copy->f.manifest);
    quorsum_board_close(copy->board);
    remove_directory(copy->directory);
}

/* ---- honest parties ---- */

size_t scene_values(const scene *s, int64_t values[SCENE_VALUES_MAX], size_t who)
{
    static const unsigned votes[CONTRIBUTORS] = {0x09, 0x12, 0x20, 0x2c, 0x31, 0x0a}; /* bits 0-2 Mayor, 3-5 Council */

    if (s->kind == SCENE_SUM) {
        fixture_values(values, who);
        return VALUES;
    }
    for (size_t i = 0; i < BALLOT_VALUES && s->kind == SCENE_BALLOT; i++)
        values[i] = votes[who] >> i & 1;
    for (size_t i = 0; i < NORM_VALUES && s->kind == SCENE_NORM; i++)
        values[i] = (int64_t)((7 * i + 11 * who) % 17) - 8;
    return s->kind == SCENE_BALLOT ? BALLOT_VALUES : NORM_VALUES;
}

quorsum_status scene_make(quorsum_bytes *out, const scene *s, size_t who, const int64_t *values, uint32_t sequence)
{
    return quorsum_contribution_make(out, s->f.task, s->f.encryptor, s->f.contributors[who], values,
                                     quorsum_plan_values(quorsum_task_plan(s->f.task)), 1, sequence, NULL);
}

quorsum_bytes scene_contribution(const scene *s, size_t who)
{
    int64_t values[SCENE_VALUES_MAX];
    quorsum_bytes out = {0};

    (void)scene_values(s, values, who);
    cr_assert_eq(scene_make(&out, s, who, values, 1), QUORSUM_OK);
    return out;
}

quorsum_status scene_send(scene *s, const quorsum_bytes *contribution)
{
    return quorsum_board_contribute(s->board, contribution, NULL);
}

void scene_contribute(scene *s, size_t cohort)
{
    for (size_t i = 0; i < cohort; i++) {
        quorsum_bytes bytes = scene_contribution(s, i);

        cr_assert_eq(scene_send(s, &bytes), QUORSUM_OK);
        quorsum_bytes_free(&bytes);
    }
}

static char *journal(const scene *s, size_t trustee)
{
    static char path[700];

    (void)snprintf(path, sizeof path, "%s/journal%zu", s->directory, trustee);
    return path;
}

quorsum_status scene_aggregate(scene *s)
{
    s->count = 0;
    return quorsum_board_aggregate(s->board, s->f.coordinator, &s->watch, NULL);
}

quorsum_status scene_examine(scene *s, size_t trustee)
{
    s->count = 0;
    return quorsum_board_examine(s->board, journal(s, trustee), &s->watch, NULL);
}

quorsum_status scene_acknowledge(scene *s, size_t trustee)
{
    s->count = 0;
    return quorsum_board_acknowledge(s->board, s->f.trustees[trustee], journal(s, trustee), &s->watch, NULL);
}

quorsum_status scene_decrypt(scene *s, size_t trustee)
{
    s->count = 0;
    return quorsum_board_decrypt(s->board, s->f.shares[trustee], s->f.trustees[trustee], journal(s, trustee), &s->watch,
                                 NULL);
}

quorsum_status scene_verify(scene *s)
{
    s->count = 0;
    return quorsum_board_verify(NULL, s->board, &s->watch, NULL);
}

void scene_agree(scene *s)
{
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_assert_eq(scene_acknowledge(s, i), QUORSUM_OK);
}

quorsum_status scene_result(scene *s, size_t cohort)
{
    int64_t want[SCENE_VALUES_MAX] = {0};
    quorsum_result *result = NULL;
    size_t count = 0;
    quorsum_status status;

    s->count = 0;
    status = quorsum_board_result(&result, s->board, s->f.stranger, &s->watch, NULL);
    for (size_t who = 0; who < cohort; who++) {
        int64_t values[SCENE_VALUES_MAX];

        count = scene_values(s, values, who);
        for (size_t i = 0; i < count; i++)
            want[i] += values[i];
    }
    for (size_t i = 0; i < count && result != NULL; i++)
        cr_expect_eq(quorsum_result_totals(result)[i], want[i], "total %zu", i);
    if (result != NULL)
        cr_expect_eq(quorsum_result_cohort(result), cohort);
    quorsum_result_free(result);
    return status;
}

void scene_expect_total(scene *s, size_t cohort)
{
    if (!scene_has(s, "aggregate"))
        cr_assert_eq(scene_aggregate(s), QUORSUM_OK);
    scene_agree(s);
    for (size_t i = 0; i < QUORUM; i++)
        cr_assert_eq(scene_decrypt(s, i), QUORSUM_OK);
    cr_expect_eq(scene_result(s, cohort), QUORSUM_OK);
}

/* ---- files ---- */

char *scene_path(const scene *s, const char *object)
{
    static char path[1400];

    (void)snprintf(path, sizeof path, "%s/%s", s->path, object);
    return path;
}

static const char *place_name(const char *folder, const scene *s, size_t who, uint32_t sequence)
{
    static char names[4][112];
    static size_t next;
    char *name = names[next++ % 4];
    size_t at = (size_t)sprintf(name, "%s/", folder);

    for (size_t i = 0; i < 32; i++)
        at += (size_t)sprintf(name + at, "%02x", quorsum_identity_public(s->f.contributors[who])[i]);
    if (sequence > 1)
        (void)sprintf(name + at, "-%u", sequence);
    return name;
}

const char *contribution_name(const scene *s, size_t who, uint32_t sequence)
{
    return place_name("contributions", s, who, sequence);
}

const char *receipt_name(const scene *s, size_t who)
{
    return place_name("receipts", s, who, 1);
}

quorsum_bytes scene_take(const scene *s, const char *object)
{
    qs_view view;
    quorsum_bytes out;

    cr_assert_eq(qs_view_open(&view, scene_path(s, object), SIZE_MAX), QUORSUM_OK, "%s", object);
    out = (quorsum_bytes){malloc(view.len + 1), view.len};
    memcpy(out.data, view.data, view.len);
    qs_view_close(&view);
    return out;
}

void scene_put(const scene *s, const char *object, const quorsum_bytes *bytes)
{
    char folder[96];
    char *slash;

    (void)snprintf(folder, sizeof folder, "%s", object);
    slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
        (void)mkdir(scene_path(s, folder), 0755);
    }
    cr_assert_eq(qs_file_write(scene_path(s, object), bytes->data, bytes->len, 0644, 1), QUORSUM_OK, "%s", object);
}

void scene_give(const scene *s, const char *object, quorsum_bytes bytes)
{
    scene_put(s, object, &bytes);
    quorsum_bytes_free(&bytes);
}

void scene_remove(const scene *s, const char *object)
{
    cr_assert_eq(unlink(scene_path(s, object)), 0, "%s", object);
}

int scene_has(const scene *s, const char *object)
{
    return access(scene_path(s, object), F_OK) == 0;
}

void scene_load(scene *s)
{
    quorsum_bytes manifest = scene_take(s, "manifest");
    quorsum_bytes aggregate = scene_take(s, "aggregate");

    quorsum_aggregate_free(s->f.aggregate);
    quorsum_manifest_free(s->f.manifest);
    cr_assert_eq(quorsum_manifest_decode(&s->f.manifest, s->f.task, manifest.data, manifest.len), QUORSUM_OK);
    cr_assert_eq(quorsum_aggregate_decode(&s->f.aggregate, s->f.task, s->f.manifest, aggregate.data, aggregate.len,
                                          NULL),
                 QUORSUM_OK);
    quorsum_bytes_free(&manifest);
    quorsum_bytes_free(&aggregate);
}

/* ---- naming ---- */

size_t scene_told(const scene *s, const char *object, const quorsum_identity *who, quorsum_status status)
{
    size_t told = 0;

    for (size_t i = 0; i < s->count; i++) {
        const report *r = &s->reports[i];

        if (strcmp(r->object, object) == 0 && r->status == status && r->known == (who != NULL))
            told += who == NULL || memcmp(r->who, quorsum_identity_public(who), 32) == 0;
    }
    return told;
}

/* The manifest on the board lists it as refused, with the reason by name. */
static void expect_listed_as_refused(const scene *s, size_t who, quorsum_status reason)
{
    quorsum_bytes bytes = scene_take(s, "manifest");
    quorsum_manifest *manifest = NULL;
    const uint8_t *sender = NULL;
    const uint8_t *digest = NULL;
    uint32_t sequence = 0;
    const char *name;

    cr_assert_eq(quorsum_manifest_decode(&manifest, s->f.task, bytes.data, bytes.len), QUORSUM_OK);
    cr_assert_eq(quorsum_manifest_refused(manifest), 1);
    name = quorsum_manifest_refusal(manifest, 0, &sender, &sequence, &digest);
    cr_expect_str_eq(name, quorsum_status_name(reason));
    cr_expect_arr_eq(sender, quorsum_identity_public(s->f.contributors[who]), 32);
    quorsum_manifest_free(manifest);
    quorsum_bytes_free(&bytes);
}

/* Counted by the coordinator all the same, if it can be multiplied at all. */
static void expect_no_accomplice(scene *s, size_t who, quorsum_status reason, size_t cohort)
{
    size_t all[CONTRIBUTORS];
    size_t count = 0;

    for (size_t i = 0; i < CONTRIBUTORS; i++)
        if (i < cohort || i == who)
            all[count++] = i;
    scene_close_dishonestly(s, all, count);
    for (size_t i = 0; i < TRUSTEES; i++) {
        cr_expect_eq(scene_decrypt(s, i), reason, "trustee %zu", i + 1);
        EXPECT_NAMED(s, contribution_name(s, who, 1), s->f.contributors[who], reason);
    }
    cr_expect_not(scene_has(s, "acks/1"));
    cr_expect_eq(scene_verify(s), reason);
    EXPECT_NAMED(s, contribution_name(s, who, 1), s->f.contributors[who], reason);
    scene_remove(s, "manifest");
    scene_remove(s, "aggregate");
}

/* What is no message of this form, or has a digit or element that is none, is multiplied in by no program. */
static int can_be_counted(quorsum_status reason)
{
    return reason != QUORSUM_ERR_NOT_UNIT && reason != QUORSUM_ERR_RANGE && reason != QUORSUM_ERR_LEVEL &&
           reason != QUORSUM_ERR_TRUNCATED;
}

void expect_refused_contribution(scene *s, size_t who, const quorsum_bytes *forged, quorsum_status reason,
                                 size_t cohort)
{
    const char *name = contribution_name(s, who, 1);

    cr_expect_eq(scene_send(s, forged), reason);
    cr_expect_not(scene_has(s, name));
    scene_put(s, name, forged);
    if (can_be_counted(reason))
        expect_no_accomplice(s, who, reason, cohort);
    cr_assert_eq(scene_aggregate(s), QUORSUM_OK);
    EXPECT_NAMED(s, contribution_name(s, who, 1), s->f.contributors[who], reason);
    expect_listed_as_refused(s, who, reason);
    scene_expect_total(s, cohort);
    cr_expect_eq(scene_verify(s), QUORSUM_OK);
    EXPECT_NAMED(s, contribution_name(s, who, 1), s->f.contributors[who], reason);
    scene_remove(s, contribution_name(s, who, 1));
}

/* ---- a coordinator in league ---- */

static void count_in(quorsum_aggregator *aggregator, const scene *s, size_t who)
{
    quorsum_bytes bytes = scene_take(s, contribution_name(s, who, 1));
    size_t len = quorsum_plan_plaintexts(quorsum_task_plan(s->f.task)) *
                 quorsum_public_key_ciphertext_bytes(quorsum_key_record_public(s->f.record));
    qs_recalled recalled = {.sequence = 1, .ciphertexts = blocks_of(&bytes), .ciphertexts_len = len};

    memcpy(recalled.sender, quorsum_identity_public(s->f.contributors[who]), sizeof recalled.sender);
    qs_message_digest(recalled.digest, bytes.data, bytes.len);
    cr_assert_eq(qs_aggregator_add_recalled(aggregator, &recalled, NULL), QUORSUM_OK);
    quorsum_bytes_free(&bytes);
}

void scene_close_dishonestly(scene *s, const size_t *who, size_t count)
{
    quorsum_aggregator *aggregator = NULL;
    quorsum_bytes manifest = {0};
    quorsum_bytes aggregate = {0};
    uint8_t digest[32];

    cr_assert_eq(quorsum_aggregator_new(&aggregator, s->f.task), QUORSUM_OK);
    for (size_t i = 0; i < count; i++)
        count_in(aggregator, s, who[i]);
    cr_assert_eq(qs_aggregator_list(&manifest, digest, aggregator, s->f.coordinator), QUORSUM_OK);
    cr_assert_eq(qs_aggregate_encode(&aggregate, aggregator, digest, s->f.coordinator, NULL), QUORSUM_OK);
    scene_give(s, "manifest", manifest);
    scene_give(s, "aggregate", aggregate);
    quorsum_aggregator_free(aggregator);
}
