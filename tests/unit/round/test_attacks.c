/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody who may write to the board, or sends to it, tries against everybody else. Each was a hole once, or is
 * one that a small change would open. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "lib/base/file.h"

typedef struct scene {
    fixture f;
    char *directory;
    quorsum_board *board;
} scene;

static void scene_open(scene *s, setup wanted)
{
    char path[600];

    fixture_open(&s->f, wanted);
    s->directory = new_directory();
    (void)snprintf(path, sizeof path, "%s/board", s->directory);
    cr_assert_eq(quorsum_board_create(path, s->f.task), QUORSUM_OK);
    cr_assert_eq(quorsum_board_open(&s->board, path, NULL, NULL), QUORSUM_OK);
}

static void scene_close(scene *s)
{
    quorsum_board_close(s->board);
    remove_directory(s->directory);
    fixture_close(&s->f);
}

static const char *path_of(const scene *s, const char *object)
{
    static char path[800]; /* one at a time */

    (void)snprintf(path, sizeof path, "%s/board/%s", s->directory, object);
    return path;
}

static void put(const scene *s, const char *object, const quorsum_bytes *bytes)
{
    cr_assert_eq(qs_file_write(path_of(s, object), bytes->data, bytes->len, 0644, 1), QUORSUM_OK);
}

/* A contribution's file, by contributor. */
static const char *name_of(const scene *s, size_t who)
{
    static char name[96];
    size_t at = (size_t)snprintf(name, sizeof name, "contributions/");

    for (size_t i = 0; i < 32; i++)
        at += (size_t)snprintf(name + at, sizeof name - at, "%02x", quorsum_identity_public(s->f.contributors[who])[i]);
    return name;
}

static void contribute(scene *s, size_t cohort)
{
    for (size_t i = 0; i < cohort; i++) {
        quorsum_bytes bytes = fixture_contribution(&s->f, i);

        cr_assert_eq(quorsum_board_contribute(s->board, &bytes, NULL), QUORSUM_OK);
        quorsum_bytes_free(&bytes);
    }
}

static quorsum_status decrypt(scene *s, size_t trustee)
{
    char journal[700];

    (void)snprintf(journal, sizeof journal, "%s/journal%zu", s->directory, trustee);
    return quorsum_board_decrypt(s->board, s->f.shares[trustee], s->f.trustees[trustee], journal, NULL, NULL);
}

static void agree(scene *s)
{
    for (size_t i = 0; i < TRUSTEES; i++) {
        char journal[700];

        (void)snprintf(journal, sizeof journal, "%s/journal%zu", s->directory, i);
        cr_assert_eq(quorsum_board_acknowledge(s->board, s->f.trustees[i], journal, NULL, NULL), QUORSUM_OK);
    }
}

static quorsum_status open_totals(scene *s)
{
    quorsum_result *result = NULL;
    quorsum_status status = quorsum_board_result(&result, s->board, s->f.stranger, NULL, NULL);

    cr_expect_eq(result != NULL, status == QUORSUM_OK);
    quorsum_result_free(result);
    return status;
}

/* ---- files that change while they are read ---- */

Test(attack, changing_a_file_after_it_was_read_changes_nothing)
{
    uint8_t before[20000];
    char *directory = new_directory();
    char *path = qs_path_join(directory, "contribution");
    qs_view view;
    int fd;

    memset(before, 'a', sizeof before);
    cr_assert_eq(qs_file_write(path, before, sizeof before, 0644, 0), QUORSUM_OK);
    cr_assert_eq(qs_view_open(&view, path, sizeof before), QUORSUM_OK);
    fd = open(path, O_WRONLY);
    cr_assert_eq(pwrite(fd, "forged", 6, 0), 6);
    cr_expect_arr_eq(view.data, before, sizeof before, "a signature that was checked is of other bytes now");
    cr_assert_eq(ftruncate(fd, 0), 0);
    cr_expect_eq(view.len, sizeof before);
    cr_expect_arr_eq(view.data, before, sizeof before, "a mapping would have ended the process here");
    close(fd);
    qs_view_close(&view);
    free(path);
    remove_directory(directory);
}

/* ---- links ---- */

static void link_to(const scene *s, const char *object, const char *target)
{
    cr_assert_eq(symlink(target, path_of(s, object)), 0);
}

Test(attack, links_on_the_board_stop_nobody)
{
    char endless[400];
    scene s;

    memset(endless, 'a', sizeof endless - 1); /* longer than any name: opening it is an error of the system */
    endless[sizeof endless - 1] = '\0';
    scene_open(&s, (setup){0});
    contribute(&s, 2);
    link_to(&s, name_of(&s, 2), path_of(&s, name_of(&s, 2)));
    link_to(&s, name_of(&s, 3), endless);
    link_to(&s, name_of(&s, 4), "/dev/zero");
    cr_expect_eq(quorsum_board_aggregate(s.board, s.f.coordinator, NULL, NULL), QUORSUM_OK);
    link_to(&s, "acks/4", endless);
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_expect_eq(decrypt(&s, i), i == 3 ? QUORSUM_ERR_EXISTS : i < 4 ? QUORSUM_ERR_AGREEMENT : QUORSUM_OK);
    cr_assert_eq(unlink(path_of(&s, "acks/4")), 0);
    agree(&s);
    link_to(&s, "partials/4", endless);
    for (size_t i = 0; i < QUORUM; i++)
        cr_expect_eq(decrypt(&s, i), QUORSUM_OK);
    cr_expect_eq(open_totals(&s), QUORSUM_OK);
    cr_assert_eq(unlink(path_of(&s, "partials/4")), 0);
    cr_expect_eq(quorsum_board_verify(NULL, s.board, NULL, NULL), QUORSUM_OK, "unlisted ones are told and no refusal");
    scene_close(&s);
}

/* ---- a total that no quorum opened ---- */

/* The coordinator's own numbers as the aggregate: a contribution's ciphertexts, in place of the product. */
static void replace_aggregate(scene *s)
{
    qs_view view;
    quorsum_bytes old, forged, contribution = fixture_contribution(&s->f, 0);

    cr_assert_eq(qs_view_open(&view, path_of(s, "aggregate"), SIZE_MAX), QUORSUM_OK);
    old = (quorsum_bytes){(uint8_t *)(uintptr_t)view.data, view.len};
    cr_assert_eq(blocks_len(&old), blocks_len(&contribution));
    forged = forge_block(&old, 0, blocks_of(&contribution), blocks_len(&contribution), s->f.coordinator);
    put(s, "aggregate", &forged);
    qs_view_close(&view);
    quorsum_bytes_free(&contribution);
    quorsum_bytes_free(&forged);
}

/* Its opening as a result. Here the shares give (m, r); who made the ciphertexts knows them. */
static void write_result(scene *s)
{
    qs_view manifest, aggregate;
    quorsum_bytes result;

    cr_assert_eq(qs_view_open(&manifest, path_of(s, "manifest"), SIZE_MAX), QUORSUM_OK);
    cr_assert_eq(quorsum_manifest_decode(&s->f.manifest, s->f.task, manifest.data, manifest.len), QUORSUM_OK);
    cr_assert_eq(qs_view_open(&aggregate, path_of(s, "aggregate"), SIZE_MAX), QUORSUM_OK);
    cr_assert_eq(quorsum_aggregate_decode(&s->f.aggregate, s->f.task, s->f.manifest, aggregate.data, aggregate.len,
                                          NULL),
                 QUORSUM_OK);
    result = fixture_result(&s->f);
    put(s, "result", &result);
    quorsum_bytes_free(&result);
    qs_view_close(&manifest);
    qs_view_close(&aggregate);
}

Test(attack, a_result_that_no_quorum_opened_is_not_given)
{
    scene s;

    scene_open(&s, (setup){0});
    contribute(&s, 2);
    cr_assert_eq(quorsum_board_aggregate(s.board, s.f.coordinator, NULL, NULL), QUORSUM_OK);
    replace_aggregate(&s);
    write_result(&s);
    cr_expect_eq(open_totals(&s), QUORSUM_ERR_AGREEMENT);
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_expect_eq(decrypt(&s, i), QUORSUM_ERR_PRODUCT);
    cr_expect_eq(quorsum_board_verify(NULL, s.board, NULL, NULL), QUORSUM_ERR_PRODUCT);
    scene_close(&s);
}

Test(attack, a_result_stands_on_the_good_partials_of_all_it_names)
{
    scene s;
    quorsum_bytes partial;

    scene_open(&s, (setup){0});
    contribute(&s, 2);
    cr_assert_eq(quorsum_board_aggregate(s.board, s.f.coordinator, NULL, NULL), QUORSUM_OK);
    agree(&s);
    write_result(&s); /* names 1, 2 and 4 */
    cr_expect_eq(decrypt(&s, 0), QUORSUM_OK);
    cr_expect_eq(decrypt(&s, 1), QUORSUM_OK);
    cr_expect_eq(open_totals(&s), QUORSUM_ERR_MISSING);
    partial = fixture_partial(&s.f, 2);
    put(&s, "partials/4", &partial); /* trustee 3's */
    cr_expect_eq(open_totals(&s), QUORSUM_ERR_MISSING);
    put(&s, "partials/3", &partial);
    cr_expect_eq(open_totals(&s), QUORSUM_ERR_MISSING, "a quorum, but not the named one");
    cr_assert_eq(unlink(path_of(&s, "partials/4")), 0);
    cr_expect_eq(decrypt(&s, 3), QUORSUM_OK);
    cr_expect_eq(open_totals(&s), QUORSUM_OK);
    quorsum_bytes_free(&partial);
    scene_close(&s);
}

/* ---- contributions made of somebody else's ---- */

typedef quorsum_status (*change)(quorsum_ciphertexts **out, const fixture *f, const quorsum_ciphertexts *in);

static quorsum_status copied(quorsum_ciphertexts **out, const fixture *f, const quorsum_ciphertexts *in)
{
    return quorsum_ciphertexts_scale(out, quorsum_key_record_public(f->record), in, 1, NULL);
}

static quorsum_status negated(quorsum_ciphertexts **out, const fixture *f, const quorsum_ciphertexts *in)
{
    return quorsum_ciphertexts_scale(out, quorsum_key_record_public(f->record), in, -1, NULL);
}

static quorsum_status hidden(quorsum_ciphertexts **out, const fixture *f, const quorsum_ciphertexts *in)
{
    return quorsum_ciphertexts_rerandomise(out, f->encryptor, in, NULL);
}

static quorsum_status doubled(quorsum_ciphertexts **out, const fixture *f, const quorsum_ciphertexts *in)
{
    return quorsum_ciphertexts_add(out, quorsum_key_record_public(f->record), in, in, NULL);
}

/* The victim's contribution with changed ciphertexts, sent by another contributor with the proof that came with it. */
static quorsum_bytes stolen(const fixture *f, const quorsum_bytes *victim, change how)
{
    const quorsum_public_key *key = quorsum_key_record_public(f->record);
    quorsum_ciphertexts *theirs = NULL;
    quorsum_ciphertexts *ours = NULL;
    size_t len = blocks_len(victim);
    uint8_t *blocks = malloc(len);
    quorsum_bytes out;

    cr_assert_eq(quorsum_ciphertexts_decode(&theirs, key, blocks_of(victim), len, NULL, NULL), QUORSUM_OK);
    cr_assert_eq(how(&ours, f, theirs), QUORSUM_OK);
    cr_assert_eq(quorsum_ciphertexts_encode(ours, blocks, len, &len), QUORSUM_OK);
    out = forge_block(victim, 0, blocks, len, f->contributors[1]);
    quorsum_ciphertexts_free(theirs);
    quorsum_ciphertexts_free(ours);
    free(blocks);
    return out;
}

Test(attack, nobody_contributes_what_another_one_encrypted)
{
    static const change ways[] = {copied, negated, hidden, doubled};
    fixture f;
    quorsum_bytes victim;

    fixture_open(&f, (setup){0});
    victim = fixture_contribution(&f, 0);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        quorsum_bytes theft = stolen(&f, &victim, ways[i]);
        quorsum_contribution *contribution = NULL;

        cr_expect_eq(quorsum_contribution_decode(&contribution, f.task, theft.data, theft.len, NULL), QUORSUM_ERR_PROOF,
                     "way %zu", i);
        cr_expect_null(contribution);
        quorsum_bytes_free(&theft);
    }
    quorsum_bytes_free(&victim);
    fixture_close(&f);
}
