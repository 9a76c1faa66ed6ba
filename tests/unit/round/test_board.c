/* SPDX-License-Identifier: Apache-2.0 */
/* lib/round/board*.c and policy.c: what each step does with a board that is in order, unfinished, or spoiled. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "lib/base/file.h"
#include "lib/round/journal.h"

/* ---- a watch that remembers ---- */

#define SEEN_MAX 64

typedef struct seen {
    size_t count;
    char object[SEEN_MAX][96];
    uint8_t who[SEEN_MAX][32];
    int known[SEEN_MAX];
    quorsum_status status[SEEN_MAX];
} seen;

static void remember(const char *object, const uint8_t *who, quorsum_status status, void *user)
{
    seen *s = user;

    if (s->count == SEEN_MAX)
        return;
    (void)snprintf(s->object[s->count], sizeof s->object[0], "%s", object);
    s->known[s->count] = who != NULL;
    if (who != NULL)
        memcpy(s->who[s->count], who, 32);
    s->status[s->count] = status;
    s->count++;
}

/* How often an object was told with a status; `who` may be NULL for "not asked". */
static size_t told(const seen *s, const char *object, quorsum_status status, const quorsum_identity *who)
{
    size_t count = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->object[i], object) != 0 || s->status[i] != status)
            continue;
        count += who == NULL || (s->known[i] && memcmp(s->who[i], quorsum_identity_public(who), 32) == 0);
    }
    return count;
}

static size_t refusals(const seen *s)
{
    size_t count = 0;

    for (size_t i = 0; i < s->count; i++)
        count += s->status[i] != QUORSUM_OK;
    return count;
}

/* ---- a board in a directory ---- */

typedef struct place {
    fixture f;
    char *directory;
    char board[600];
    quorsum_board *open;
    seen seen;
    quorsum_watch watch;
} place;

static void place_open(place *p, setup wanted)
{
    memset(p, 0, sizeof *p);
    fixture_open(&p->f, wanted);
    p->directory = new_directory();
    (void)snprintf(p->board, sizeof p->board, "%s/board", p->directory);
    p->watch = (quorsum_watch){remember, &p->seen};
    cr_assert_eq(quorsum_board_create(p->board, p->f.task), QUORSUM_OK);
    cr_assert_eq(quorsum_board_open(&p->open, p->board, &p->watch, NULL), QUORSUM_OK);
}

static void place_close(place *p)
{
    quorsum_board_close(p->open);
    remove_directory(p->directory);
    fixture_close(&p->f);
}

static char *path_of(const place *p, const char *object)
{
    static char path[800]; /* one at a time */

    (void)snprintf(path, sizeof path, "%s/%s", p->board, object);
    return path;
}

static const char *contribution_name(const place *p, size_t who)
{
    static char names[2][96];
    static size_t next;
    char *name = names[next++ % 2];

    memcpy(name, "contributions/", 15);
    for (size_t i = 0; i < 32; i++)
        (void)sprintf(name + 14 + 2 * i, "%02x", quorsum_identity_public(p->f.contributors[who])[i]);
    return name;
}

static int is_there(const place *p, const char *object)
{
    return access(path_of(p, object), F_OK) == 0;
}

static quorsum_bytes take_file(const place *p, const char *object)
{
    qs_view view;
    quorsum_bytes out;

    cr_assert_eq(qs_view_open(&view, path_of(p, object), SIZE_MAX), QUORSUM_OK);
    out = (quorsum_bytes){malloc(view.len), view.len};
    memcpy(out.data, view.data, view.len);
    qs_view_close(&view);
    return out;
}

static void put_file(const place *p, const char *object, const void *data, size_t len)
{
    cr_assert_eq(qs_file_write(path_of(p, object), data, len, 0644, 1), QUORSUM_OK);
}

static void put_bytes(const place *p, const char *object, quorsum_bytes bytes)
{
    put_file(p, object, bytes.data, bytes.len);
    quorsum_bytes_free(&bytes);
}

static quorsum_status contribute(place *p, size_t who)
{
    quorsum_bytes bytes = fixture_contribution(&p->f, who);
    quorsum_status status = quorsum_board_contribute(p->open, &bytes, NULL);

    quorsum_bytes_free(&bytes);
    return status;
}

static void contribute_all(place *p, size_t cohort)
{
    for (size_t i = 0; i < cohort; i++)
        cr_assert_eq(contribute(p, i), QUORSUM_OK);
}

static quorsum_status aggregate(place *p)
{
    p->seen.count = 0;
    return quorsum_board_aggregate(p->open, p->f.coordinator, &p->watch, NULL);
}

static quorsum_status decrypt_as(place *p, size_t trustee, const quorsum_identity *identity, const char *journal)
{
    char path[700];

    (void)snprintf(path, sizeof path, "%s/%s%zu", p->directory, journal, trustee);
    p->seen.count = 0;
    return quorsum_board_decrypt(p->open, p->f.shares[trustee], identity, path, &p->watch, NULL);
}

static quorsum_status decrypt(place *p, size_t trustee)
{
    return decrypt_as(p, trustee, p->f.trustees[trustee], "journal");
}

static quorsum_status acknowledge_with(place *p, const quorsum_identity *identity, const char *journal)
{
    char path[700];

    (void)snprintf(path, sizeof path, "%s/%s", p->directory, journal);
    p->seen.count = 0;
    return quorsum_board_acknowledge(p->open, identity, path, &p->watch, NULL);
}

static quorsum_status acknowledge(place *p, size_t trustee)
{
    char name[32];

    (void)snprintf(name, sizeof name, "journal%zu", trustee);
    return acknowledge_with(p, p->f.trustees[trustee], name);
}

/* Closes the task, and all trustees agree. */
static void agree(place *p)
{
    cr_assert_eq(aggregate(p), QUORSUM_OK);
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_assert_eq(acknowledge(p, i), QUORSUM_OK);
}

static int has_agreed(const place *p, size_t trustee)
{
    qs_journal *journal = NULL;
    char path[700];
    int agreed;

    (void)snprintf(path, sizeof path, "%s/journal%zu", p->directory, trustee);
    cr_assert_eq(qs_journal_open(&journal, path, quorsum_task_digest(p->f.task)), QUORSUM_OK);
    agreed = qs_journal_agreement(journal) != NULL;
    qs_journal_close(journal);
    return agreed;
}

static quorsum_status open_result(place *p, size_t cohort)
{
    quorsum_result *result = NULL;
    quorsum_status status;

    p->seen.count = 0;
    status = quorsum_board_result(&result, p->open, p->f.coordinator, &p->watch, NULL);
    cr_assert_eq(result != NULL, status == QUORSUM_OK);
    for (size_t i = 0; i < VALUES && result != NULL; i++)
        cr_expect_eq(quorsum_result_totals(result)[i], fixture_total(&p->f, cohort, i), "total %zu", i);
    quorsum_result_free(result);
    return status;
}

static quorsum_status verify(place *p, int expect_result)
{
    quorsum_result *result = NULL;
    quorsum_status status;

    p->seen.count = 0;
    status = quorsum_board_verify(&result, p->open, &p->watch, NULL);
    cr_expect_eq(result != NULL, expect_result);
    quorsum_result_free(result);
    return status;
}

static void whole_round(place *p, size_t cohort)
{
    contribute_all(p, cohort);
    agree(p);
    for (size_t i = 0; i < QUORUM; i++)
        cr_assert_eq(decrypt(p, i), QUORSUM_OK);
    cr_assert_eq(open_result(p, cohort), QUORSUM_OK);
}

/* ---- making and opening ---- */

Test(board, is_made_once)
{
    place p;
    char missing[800];

    place_open(&p, (setup){0});
    cr_expect_eq(memcmp(quorsum_task_digest(quorsum_board_task(p.open)), quorsum_task_digest(p.f.task), 32), 0);
    cr_expect_eq(quorsum_board_create(p.board, p.f.task), QUORSUM_ERR_EXISTS);
    (void)snprintf(missing, sizeof missing, "%s/nothing", p.directory);
    {
        quorsum_board *board = p.open;

        cr_expect_eq(quorsum_board_open(&board, missing, &p.watch, NULL), QUORSUM_ERR_NOT_FOUND);
        cr_expect_null(board);
        cr_expect_eq(quorsum_board_open(&board, p.directory, NULL, NULL), QUORSUM_ERR_NOT_FOUND);
    }
    place_close(&p);
}

Test(board, that_was_cut_short_in_the_making_is_made_by_the_same_call)
{
    place p;

    place_open(&p, (setup){0});
    cr_assert_eq(unlink(path_of(&p, "task")), 0);
    cr_expect_eq(quorsum_board_create(p.board, p.f.task), QUORSUM_OK);
    cr_assert_eq(unlink(path_of(&p, "task")), 0);
    put_file(&p, "key", "another", 7);
    cr_expect_eq(quorsum_board_create(p.board, p.f.task), QUORSUM_ERR_EXISTS, "somebody else's");
    cr_expect_not(is_there(&p, "task"));
    place_close(&p);
}

Test(board, names_a_key_or_task_that_is_spoiled)
{
    place p;
    quorsum_board *board = NULL;
    quorsum_bytes good;

    place_open(&p, (setup){0});
    good = take_file(&p, "task");
    good.data[good.len - 1] ^= 1;
    put_file(&p, "task", good.data, good.len);
    cr_expect_eq(quorsum_board_open(&board, p.board, &p.watch, NULL), QUORSUM_ERR_SIGNATURE);
    cr_expect_eq(told(&p.seen, "task", QUORSUM_ERR_SIGNATURE, p.f.coordinator), 1);
    put_file(&p, "key", good.data, good.len);
    cr_expect_eq(quorsum_board_open(&board, p.board, &p.watch, NULL), QUORSUM_ERR_TYPE);
    cr_expect_eq(told(&p.seen, "key", QUORSUM_ERR_TYPE, NULL), 1);
    put_file(&p, "key", "", 0);
    cr_expect_eq(quorsum_board_open(&board, p.board, NULL, NULL), QUORSUM_ERR_TRUNCATED);
    quorsum_bytes_free(&good);
    place_close(&p);
}

/* ---- a round in order ---- */

Test(board, carries_a_whole_round)
{
    place p;

    place_open(&p, (setup){.roster = 1, .weight_bits = 4, .large = 1});
    whole_round(&p, 4);
    cr_expect_eq(verify(&p, 1), QUORSUM_OK);
    cr_expect_eq(refusals(&p.seen), 0);
    /* key, task, manifest, aggregate, 4 contributions, 5 acknowledgements, 3 partials, result */
    cr_expect_eq(p.seen.count, 17);
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(told(&p.seen, contribution_name(&p, i), QUORSUM_OK, p.f.contributors[i]), 1);
    cr_expect_eq(told(&p.seen, "key", QUORSUM_OK, p.f.setup.made ? p.f.trustees[0] : p.f.dealer), 1);
    cr_expect_eq(told(&p.seen, "task", QUORSUM_OK, p.f.coordinator), 1);
    cr_expect_eq(told(&p.seen, "result", QUORSUM_OK, p.f.coordinator), 1);
    cr_expect_eq(told(&p.seen, "partials/2", QUORSUM_OK, p.f.trustees[1]), 1);
    place_close(&p);
}

Test(board, carries_a_round_over_a_key_that_its_trustees_made_together)
{
    for (uint32_t degree = 1; degree <= 3; degree++) {
        place p;

        place_open(&p, (setup){.ceremony = 1, .degree = degree});
        cr_expect_str_eq(quorsum_key_record_origin(p.f.record), "ceremony");
        cr_expect_eq(quorsum_key_record_confirmed(p.f.record), TRUSTEES);
        whole_round(&p, 3);
        cr_expect_eq(verify(&p, 1), QUORSUM_OK);
        cr_expect_eq(refusals(&p.seen), 0);
        cr_expect_eq(told(&p.seen, "key", QUORSUM_OK, p.f.trustees[0]), 1);
        place_close(&p);
    }
}

Test(board, takes_every_step_twice_without_harm)
{
    place p;
    quorsum_bytes before;
    quorsum_bytes after;

    place_open(&p, (setup){0});
    whole_round(&p, 3);
    before = take_file(&p, "aggregate");
    agree(&p);
    for (size_t i = 0; i < QUORUM; i++)
        cr_expect_eq(decrypt(&p, i), QUORSUM_OK);
    cr_expect_eq(open_result(&p, 3), QUORSUM_OK);
    after = take_file(&p, "aggregate");
    cr_expect(before.len == after.len && memcmp(before.data, after.data, before.len) == 0);
    cr_expect_eq(verify(&p, 1), QUORSUM_OK);
    quorsum_bytes_free(&before);
    quorsum_bytes_free(&after);
    place_close(&p);
}

Test(board, opens_with_any_quorum)
{
    for (unsigned set = 0; set < 1u << TRUSTEES; set++) {
        place p;

        if (__builtin_popcount(set) != QUORUM && __builtin_popcount(set) != QUORUM - 1)
            continue;
        place_open(&p, (setup){0});
        contribute_all(&p, 2);
        agree(&p);
        for (size_t i = 0; i < TRUSTEES; i++) {
            if (set >> i & 1)
                cr_expect_eq(decrypt(&p, i), QUORSUM_OK);
        }
        cr_expect_eq(open_result(&p, 2), __builtin_popcount(set) == QUORUM ? QUORSUM_OK : QUORSUM_ERR_TOO_FEW_SHARES);
        cr_expect_eq(is_there(&p, "result"), __builtin_popcount(set) == QUORUM);
        place_close(&p);
    }
}

Test(board, says_what_is_not_there_yet)
{
    place p;

    place_open(&p, (setup){0});
    cr_expect_eq(decrypt(&p, 0), QUORSUM_ERR_MISSING);
    cr_expect_eq(told(&p.seen, "manifest", QUORSUM_ERR_MISSING, NULL), 1);
    cr_expect_eq(open_result(&p, 0), QUORSUM_ERR_MISSING);
    cr_expect_eq(verify(&p, 0), QUORSUM_ERR_MISSING);
    contribute_all(&p, 2);
    cr_assert_eq(aggregate(&p), QUORSUM_OK);
    cr_expect_eq(verify(&p, 0), QUORSUM_ERR_AGREEMENT);
    cr_expect_eq(told(&p.seen, "acks", QUORSUM_ERR_AGREEMENT, NULL), 1);
    cr_expect_eq(told(&p.seen, "result", QUORSUM_ERR_MISSING, NULL), 1);
    cr_expect_eq(open_result(&p, 2), QUORSUM_ERR_AGREEMENT);
    agree(&p);
    cr_expect_eq(verify(&p, 0), QUORSUM_ERR_MISSING);
    cr_expect_eq(open_result(&p, 2), QUORSUM_ERR_TOO_FEW_SHARES);
    place_close(&p);
}

/* ---- contributing ---- */

Test(board, takes_one_contribution_of_each_and_none_after_the_manifest)
{
    place p;
    quorsum_bytes bad;

    place_open(&p, (setup){.roster = 1});
    cr_expect_eq(contribute(&p, 0), QUORSUM_OK);
    cr_expect_eq(contribute(&p, 0), QUORSUM_ERR_DUPLICATE);
    cr_expect_eq(contribute(&p, CONTRIBUTORS - 1), QUORSUM_ERR_NOT_ADMITTED);
    bad = fixture_contribution(&p.f, 1);
    bad.data[bad.len - 1] ^= 1;
    cr_expect_eq(quorsum_board_contribute(p.open, &bad, NULL), QUORSUM_ERR_SIGNATURE);
    cr_expect_not(is_there(&p, contribution_name(&p, 1)));
    cr_expect_eq(contribute(&p, 1), QUORSUM_OK);
    cr_assert_eq(aggregate(&p), QUORSUM_OK);
    cr_expect_eq(contribute(&p, 2), QUORSUM_ERR_CLOSED);
    quorsum_bytes_free(&bad);
    place_close(&p);
}

/* ---- aggregating ---- */

Test(board, refuses_bad_contributions_by_name_and_sums_the_rest)
{
    place p;
    quorsum_bytes bytes;

    place_open(&p, (setup){0});
    contribute_all(&p, 2);
    bytes = fixture_contribution(&p.f, 2);
    bytes.data[bytes.len - 70] ^= 1;
    put_file(&p, contribution_name(&p, 2), bytes.data, bytes.len);
    put_file(&p, contribution_name(&p, 3), bytes.data, bytes.len / 2);
    quorsum_bytes_free(&bytes);
    put_bytes(&p, contribution_name(&p, 4), fixture_contribution(&p.f, 5)); /* in another's place */
    put_file(&p, "contributions/README", "hello", 5);
    put_file(&p, "contributions/.tmp-0123", "hello", 5);
    cr_assert_eq(mkdir(path_of(&p, "contributions/"
                                   "0000000000000000000000000000000000000000000000000000000000000000"),
                       0755),
                 0);
    cr_expect_eq(aggregate(&p), QUORSUM_OK);
    cr_expect_eq(told(&p.seen, contribution_name(&p, 0), QUORSUM_OK, p.f.contributors[0]), 1);
    cr_expect_eq(told(&p.seen, contribution_name(&p, 1), QUORSUM_OK, p.f.contributors[1]), 1);
    cr_expect_eq(told(&p.seen, contribution_name(&p, 2), QUORSUM_ERR_SIGNATURE, p.f.contributors[2]), 1);
    cr_expect_eq(told(&p.seen, contribution_name(&p, 3), QUORSUM_ERR_TRUNCATED, p.f.contributors[2]), 1);
    cr_expect_eq(told(&p.seen, contribution_name(&p, 4), QUORSUM_ERR_NOT_ADMITTED, p.f.contributors[5]), 1);
    cr_expect_eq(told(&p.seen, "contributions/README", QUORSUM_ERR_TYPE, NULL), 1);
    cr_expect_eq(told(&p.seen,
                      "contributions/0000000000000000000000000000000000000000000000000000000000000000",
                      QUORSUM_ERR_TYPE, NULL),
                 1);
    cr_expect_eq(refusals(&p.seen), 5);
    agree(&p);
    for (size_t i = 0; i < QUORUM; i++)
        cr_expect_eq(decrypt(&p, i), QUORSUM_OK);
    cr_expect_eq(open_result(&p, 2), QUORSUM_OK);
    cr_expect_eq(verify(&p, 1), QUORSUM_OK, "what is not in the sum does not spoil it");
    place_close(&p);
}

#define STRAYS 30 /* several batches for two and three threads */

/* Files of no one admitted, spread over all names, so that good ones stand between them. */
static void put_strays(place *p)
{
    quorsum_bytes bytes = fixture_contribution(&p->f, CONTRIBUTORS - 1);
    char name[96];

    for (unsigned i = 0; i < STRAYS; i++) {
        (void)snprintf(name, sizeof name, "contributions/%02x%062x", i * 8 + 3, i);
        put_file(p, name, bytes.data, bytes.len);
    }
    quorsum_bytes_free(&bytes);
}

static void expect_order(const seen *s, unsigned threads)
{
    size_t contributions = 0;

    for (size_t i = 0; i < s->count && strncmp(s->object[i], "contributions/", 14) == 0; i++) {
        contributions++;
        if (i > 0)
            cr_expect_lt(strcmp(s->object[i - 1], s->object[i]), 0, "%u threads: %s", threads, s->object[i]);
    }
    cr_expect_eq(contributions, STRAYS + 4, "%u threads", threads);
    cr_expect_eq(refusals(s), STRAYS, "%u threads", threads);
}

/* Some contributions are looked at side by side; what is told, summed and written does not depend on it. */
Test(board, looks_at_contributions_in_order_whatever_the_threads)
{
    place p;

    place_open(&p, (setup){0});
    contribute_all(&p, 4);
    put_strays(&p);
    for (unsigned threads = 1; threads <= 3; threads++) {
        quorsum_run run = {.threads = threads};

        p.seen.count = 0;
        cr_expect_eq(quorsum_board_aggregate(p.open, p.f.coordinator, &p.watch, &run), QUORSUM_OK);
        expect_order(&p.seen, threads);
        p.seen.count = 0;
        cr_expect_eq(quorsum_board_aggregate(p.open, p.f.coordinator, &p.watch, &run), QUORSUM_OK, "it is the product");
        cr_expect_eq(refusals(&p.seen), 0);
        if (threads == 3)
            break;
        cr_assert_eq(unlink(path_of(&p, "manifest")), 0);
        cr_assert_eq(unlink(path_of(&p, "aggregate")), 0);
    }
    agree(&p);
    for (size_t i = 0; i < QUORUM; i++)
        cr_expect_eq(decrypt(&p, i), QUORSUM_OK);
    cr_expect_eq(open_result(&p, 4), QUORSUM_OK);
    place_close(&p);
}

Test(board, does_not_close_below_or_above_the_cohort)
{
    place p;

    place_open(&p, (setup){0});
    cr_expect_eq(aggregate(&p), QUORSUM_ERR_COHORT);
    contribute_all(&p, 1);
    cr_expect_eq(aggregate(&p), QUORSUM_ERR_COHORT, "a sum of one is that one's data");
    for (size_t i = 1; i < CONTRIBUTORS - 1; i++)
        cr_assert_eq(contribute(&p, i), QUORSUM_OK);
    cr_expect_eq(contribute(&p, CONTRIBUTORS - 1), QUORSUM_ERR_COHORT, "the board is full");
    cr_expect_not(is_there(&p, contribution_name(&p, CONTRIBUTORS - 1)));
    put_bytes(&p, contribution_name(&p, CONTRIBUTORS - 1), fixture_contribution(&p.f, CONTRIBUTORS - 1));
    cr_expect_eq(aggregate(&p), QUORSUM_ERR_COHORT, "one more than max_cohort");
    cr_expect_not(is_there(&p, "manifest"));
    cr_expect_not(is_there(&p, "aggregate"));
    cr_assert_eq(unlink(path_of(&p, contribution_name(&p, 5))), 0);
    cr_expect_eq(aggregate(&p), QUORSUM_OK);
    place_close(&p);
}

Test(board, continues_from_a_manifest_without_an_aggregate)
{
    place p;

    place_open(&p, (setup){0});
    contribute_all(&p, 3);
    cr_assert_eq(aggregate(&p), QUORSUM_OK);
    cr_assert_eq(unlink(path_of(&p, "aggregate")), 0);
    put_bytes(&p, contribution_name(&p, 3), fixture_contribution(&p.f, 3)); /* came late: not in the sum */
    agree(&p);
    for (size_t i = 0; i < QUORUM; i++)
        cr_expect_eq(decrypt(&p, i), QUORSUM_OK);
    cr_expect_eq(open_result(&p, 3), QUORSUM_OK);
    cr_expect_eq(verify(&p, 1), QUORSUM_OK);
    cr_expect_eq(told(&p.seen, contribution_name(&p, 3), QUORSUM_ERR_CLOSED, p.f.contributors[3]), 1);
    place_close(&p);
}

Test(board, does_not_go_on_without_a_listed_contribution)
{
    place p;

    place_open(&p, (setup){0});
    contribute_all(&p, 3);
    cr_assert_eq(aggregate(&p), QUORSUM_OK);
    cr_assert_eq(unlink(path_of(&p, "aggregate")), 0);
    cr_assert_eq(unlink(path_of(&p, contribution_name(&p, 1))), 0);
    cr_expect_eq(aggregate(&p), QUORSUM_ERR_MISSING);
    cr_expect_eq(told(&p.seen, contribution_name(&p, 1), QUORSUM_ERR_MISSING, NULL), 1);
    cr_expect_not(is_there(&p, "aggregate"));
    put_bytes(&p, contribution_name(&p, 1), fixture_contribution(&p.f, 1)); /* another one of the same sender */
    cr_expect_eq(aggregate(&p), QUORSUM_ERR_MISSING);
    cr_expect_not(is_there(&p, "aggregate"));
    place_close(&p);
}

Test(board, writes_nothing_beside_an_aggregate_without_a_manifest)
{
    place p;

    place_open(&p, (setup){0});
    contribute_all(&p, 2);
    put_file(&p, "aggregate", "what is this", 12);
    cr_expect_eq(aggregate(&p), QUORSUM_ERR_MISSING);
    cr_expect_not(is_there(&p, "manifest"));
    place_close(&p);
}

Test(board, is_aggregated_by_one_process_at_a_time)
{
    place p;
    int lock = -1;

    place_open(&p, (setup){0});
    contribute_all(&p, 2);
    cr_assert_eq(qs_lock_acquire(&lock, p.board), QUORSUM_OK);
    cr_expect_eq(aggregate(&p), QUORSUM_ERR_BUSY);
    cr_expect_not(is_there(&p, "manifest"));
    qs_lock_release(lock);
    cr_expect_eq(aggregate(&p), QUORSUM_OK);
    place_close(&p);
}

/* ---- what trustees refuse ---- */

/* An aggregate that is not the product: changed, and signed by the coordinator as if it were. */
static void spoil_product(place *p)
{
    quorsum_bytes good = take_file(p, "aggregate");
    uint8_t two[16] = {0};

    two[15] = 2;
    put_bytes(p, "aggregate", forge_block(&good, 16, two, 16, p->f.coordinator));
    quorsum_bytes_free(&good);
}

Test(trustee, refuses_an_aggregate_that_is_not_the_product)
{
    place p;

    place_open(&p, (setup){0});
    contribute_all(&p, 2);
    cr_assert_eq(aggregate(&p), QUORSUM_OK);
    spoil_product(&p);
    cr_expect_eq(decrypt(&p, 0), QUORSUM_ERR_PRODUCT);
    cr_expect_eq(told(&p.seen, "aggregate", QUORSUM_ERR_PRODUCT, NULL), 1);
    cr_expect_not(is_there(&p, "partials/1"));
    cr_expect_eq(aggregate(&p), QUORSUM_ERR_PRODUCT, "nor does the coordinator take it for its own");
    cr_expect_eq(verify(&p, 0), QUORSUM_ERR_PRODUCT);
    place_close(&p);
}

Test(trustee, refuses_what_it_cannot_recompute)
{
    place p;
    quorsum_bytes good;

    place_open(&p, (setup){0});
    contribute_all(&p, 2);
    cr_assert_eq(aggregate(&p), QUORSUM_OK);
    good = take_file(&p, contribution_name(&p, 1));
    cr_assert_eq(unlink(path_of(&p, contribution_name(&p, 1))), 0);
    cr_expect_eq(decrypt(&p, 0), QUORSUM_ERR_MISSING);
    good.data[good.len - 1] ^= 1;
    put_file(&p, contribution_name(&p, 1), good.data, good.len);
    cr_expect_eq(decrypt(&p, 0), QUORSUM_ERR_SIGNATURE);
    cr_expect_eq(told(&p.seen, contribution_name(&p, 1), QUORSUM_ERR_SIGNATURE, p.f.contributors[1]), 1);
    cr_expect_not(is_there(&p, "partials/1"));
    cr_expect_not(has_agreed(&p, 0));
    cr_expect_not(is_there(&p, "acks/1"));
    quorsum_bytes_free(&good);
    place_close(&p);
}

Test(trustee, acts_with_its_own_share_and_identity)
{
    place p;
    place q;

    place_open(&p, (setup){0});
    place_open(&q, (setup){0});
    contribute_all(&p, 2);
    cr_assert_eq(aggregate(&p), QUORSUM_OK);
    cr_expect_eq(decrypt_as(&p, 0, p.f.trustees[1], "journal"), QUORSUM_ERR_TRUSTEE);
    cr_expect_eq(decrypt_as(&p, 0, p.f.stranger, "journal"), QUORSUM_ERR_TRUSTEE);
    {
        quorsum_key_share *own = p.f.shares[0];

        p.f.shares[0] = q.f.shares[0];
        cr_expect_eq(decrypt(&p, 0), QUORSUM_ERR_KEY_MISMATCH);
        p.f.shares[0] = own;
    }
    cr_expect_not(is_there(&p, "partials/1"));
    cr_expect_not(has_agreed(&p, 0));
    cr_expect_eq(decrypt(&p, 0), QUORSUM_ERR_AGREEMENT, "the others have not said anything yet");
    cr_expect(has_agreed(&p, 0));
    cr_expect(is_there(&p, "acks/1"));
    cr_expect_not(is_there(&p, "partials/1"));
    place_close(&p);
    place_close(&q);
}

Test(trustee, needs_its_journal)
{
    place p;

    place_open(&p, (setup){0});
    contribute_all(&p, 2);
    cr_assert_eq(aggregate(&p), QUORSUM_OK);
    cr_expect_eq(decrypt_as(&p, 0, p.f.trustees[0], "no/such/place"), QUORSUM_ERR_SYSTEM);
    cr_expect_not(is_there(&p, "partials/1"));
    place_close(&p);
}

Test(trustee, leaves_what_stands_in_its_place)
{
    place p;
    quorsum_bytes other;

    place_open(&p, (setup){0});
    contribute_all(&p, 2);
    agree(&p);
    put_file(&p, "partials/1", "garbage", 7);
    cr_expect_eq(decrypt(&p, 0), QUORSUM_ERR_EXISTS);
    cr_expect_eq(refusals(&p.seen), 1);
    other = take_file(&p, "partials/1");
    cr_expect(other.len == 7 && memcmp(other.data, "garbage", 7) == 0);
    quorsum_bytes_free(&other);
    cr_assert_eq(decrypt(&p, 1), QUORSUM_OK);
    put_bytes(&p, "partials/1", take_file(&p, "partials/2"));
    cr_expect_eq(decrypt(&p, 0), QUORSUM_ERR_EXISTS);
    cr_expect_eq(told(&p.seen, "partials/1", QUORSUM_ERR_TRUSTEE, p.f.trustees[1]), 1);
    place_close(&p);
}

/* ---- opening and auditing ---- */

Test(board, names_the_trustee_of_a_tampered_partial_and_opens_with_the_others)
{
    place p;
    quorsum_bytes good;
    uint8_t two[16] = {0};

    place_open(&p, (setup){0});
    contribute_all(&p, 2);
    agree(&p);
    for (size_t i = 0; i < QUORUM; i++)
        cr_assert_eq(decrypt(&p, i), QUORSUM_OK);
    good = take_file(&p, "partials/2");
    two[15] = 2;
    put_bytes(&p, "partials/2", forge_block(&good, 0, two, 16, p.f.trustees[1]));
    quorsum_bytes_free(&good);
    put_file(&p, "partials/01", "hello", 5);
    put_file(&p, "partials/256", "hello", 5);
    cr_expect_eq(open_result(&p, 2), QUORSUM_ERR_TOO_FEW_SHARES);
    cr_expect_eq(told(&p.seen, "partials/2", QUORSUM_ERR_PROOF, p.f.trustees[1]), 1);
    cr_expect_eq(told(&p.seen, "partials/01", QUORSUM_ERR_TYPE, NULL), 1);
    cr_expect_eq(told(&p.seen, "partials/256", QUORSUM_ERR_TYPE, NULL), 1);
    cr_expect_eq(refusals(&p.seen), 3);
    cr_expect_not(is_there(&p, "result"));
    cr_assert_eq(decrypt(&p, 4), QUORSUM_OK);
    cr_expect_eq(open_result(&p, 2), QUORSUM_OK);
    cr_expect_eq(verify(&p, 1), QUORSUM_ERR_PROOF, "the result is good, the record is not");
    place_close(&p);
}

Test(board, takes_a_partial_under_its_own_name_only)
{
    place p;

    place_open(&p, (setup){0});
    contribute_all(&p, 2);
    agree(&p);
    cr_assert_eq(decrypt(&p, 0), QUORSUM_OK);
    cr_assert_eq(decrypt(&p, 1), QUORSUM_OK);
    put_bytes(&p, "partials/3", take_file(&p, "partials/2"));
    cr_expect_eq(open_result(&p, 2), QUORSUM_ERR_TOO_FEW_SHARES);
    cr_expect_eq(told(&p.seen, "partials/3", QUORSUM_ERR_TRUSTEE, p.f.trustees[1]), 1);
    place_close(&p);
}

typedef struct spoil {
    const char *object;
    quorsum_status cut;
    int keeps_result; /* whether the totals can still be given */
} spoil;

Test(verify, finds_each_object_that_is_gone_cut_or_changed)
{
    spoil spoils[] = {{"manifest", QUORSUM_ERR_TRUNCATED, 0},
                      {"aggregate", QUORSUM_ERR_TRUNCATED, 0},
                      {NULL, QUORSUM_ERR_TRUNCATED, 1}, /* a contribution */
                      {"partials/2", QUORSUM_ERR_TRUNCATED, 1},
                      {"result", QUORSUM_ERR_TRUNCATED, 0}};
    place p;

    place_open(&p, (setup){0});
    whole_round(&p, 3);
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        const char *object = spoils[i].object != NULL ? spoils[i].object : contribution_name(&p, 1);
        quorsum_bytes good = take_file(&p, object);

        put_file(&p, object, good.data, good.len - 1);
        cr_expect_eq(verify(&p, spoils[i].keeps_result), spoils[i].cut, "%s", object);
        cr_expect_eq(told(&p.seen, object, spoils[i].cut, NULL), 1);
        good.data[good.len - 80] ^= 1;
        put_file(&p, object, good.data, good.len);
        cr_expect_eq(verify(&p, spoils[i].keeps_result), QUORSUM_ERR_SIGNATURE, "%s", object);
        cr_assert_eq(unlink(path_of(&p, object)), 0);
        cr_expect_eq(verify(&p, spoils[i].keeps_result), QUORSUM_ERR_MISSING, "%s", object);
        cr_expect_eq(told(&p.seen, object, QUORSUM_ERR_MISSING, NULL), 1);
        good.data[good.len - 80] ^= 1;
        put_bytes(&p, object, good);
        cr_expect_eq(verify(&p, 1), QUORSUM_OK);
    }
    place_close(&p);
}

Test(verify, does_not_believe_a_signed_result_with_other_totals)
{
    place p;
    quorsum_bytes good;
    uint8_t word[16];

    place_open(&p, (setup){0});
    whole_round(&p, 2);
    good = take_file(&p, "result");
    memcpy(word, blocks_of(&good), 16);
    word[15] ^= 1;
    put_bytes(&p, "result", forge_block(&good, 0, word, 16, p.f.coordinator));
    cr_expect_eq(verify(&p, 0), QUORSUM_ERR_OPENING);
    cr_expect_eq(open_result(&p, 2), QUORSUM_ERR_OPENING, "nor is it given, or replaced");
    quorsum_bytes_free(&good);
    place_close(&p);
}

/* ---- a contributor whose values no plan would hold ---- */

#include "lib/base/secret.h"
#include "lib/paillier/public_key.h"
#include "lib/proof/knowledge.h"

/* A contribution that is valid in every way but for what it encrypts: with its own proof of knowledge. */
static quorsum_bytes overflowing(const place *p, size_t who)
{
    const quorsum_public_key *key = quorsum_key_record_public(p->f.record);
    size_t count = quorsum_plan_plaintexts(quorsum_task_plan(p->f.task));
    quorsum_bytes template = fixture_contribution(&p->f, who);
    quorsum_plaintexts *plain = NULL;
    quorsum_ciphertexts *huge = NULL;
    quorsum_bytes out = template;
    quorsum_bytes next;
    qs_secret alpha = {0};
    qs_context context = {.label = "contribution"};
    uint8_t magnitude[15];
    uint8_t proof[512];
    uint8_t wire[512];
    size_t w_bytes = qs_knowledge_w_bytes(key, count);
    size_t z_bytes = qs_knowledge_bytes(key, count) - 64 - w_bytes;
    size_t len = 0;

    memset(magnitude, 0x55, sizeof magnitude);
    memcpy(context.key, quorsum_public_key_digest(key), 32);
    memcpy(context.task, quorsum_task_digest(p->f.task), 32);
    memcpy(context.prover, quorsum_identity_public(p->f.contributors[who]), 32);
    cr_assert_eq(quorsum_plaintexts_new(&plain, key, count), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_set(plain, 0, magnitude, sizeof magnitude, 0), QUORSUM_OK);
    cr_assert_eq(qs_encrypt_keep(&huge, &alpha, p->f.encryptor, plain, NULL), QUORSUM_OK);
    cr_assert_eq(qs_knowledge_prove(proof, &context, p->f.encryptor, huge, plain, &alpha, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_ciphertexts_encode(huge, wire, sizeof wire, &len), QUORSUM_OK);
    next = forge_bytes(&out, 11, proof, 64, p->f.contributors[who]);
    quorsum_bytes_free(&out);
    out = forge_bytes(&next, 12, proof + 64, z_bytes, p->f.contributors[who]);
    quorsum_bytes_free(&next);
    next = forge_bytes(&out, 13, proof + 64 + z_bytes, w_bytes, p->f.contributors[who]);
    quorsum_bytes_free(&out);
    out = forge_block(&next, 0, wire, len, p->f.contributors[who]);
    quorsum_bytes_free(&next);
    qs_secret_clear(&alpha);
    quorsum_plaintexts_free(plain);
    quorsum_ciphertexts_free(huge);
    return out;
}

Test(board, keeps_a_total_that_overflows_as_evidence_and_gives_none)
{
    place p;
    quorsum_bytes bytes;

    place_open(&p, (setup){0});
    contribute_all(&p, 2);
    bytes = overflowing(&p, 2);
    cr_expect_eq(quorsum_board_contribute(p.open, &bytes, NULL), QUORSUM_OK, "nothing shows its size");
    quorsum_bytes_free(&bytes);
    agree(&p);
    for (size_t i = 0; i < QUORUM; i++)
        cr_assert_eq(decrypt(&p, i), QUORSUM_OK);
    cr_expect_eq(open_result(&p, 3), QUORSUM_ERR_OVERFLOW);
    cr_expect(is_there(&p, "result"));
    cr_expect_eq(told(&p.seen, "result", QUORSUM_ERR_OVERFLOW, p.f.coordinator), 1);
    cr_expect_eq(open_result(&p, 3), QUORSUM_ERR_OVERFLOW);
    cr_expect_eq(verify(&p, 0), QUORSUM_ERR_OVERFLOW);
    place_close(&p);
}

/* ---- progress and a caller who stops ---- */

typedef struct count {
    uint64_t last;
    uint64_t total;
    uint64_t stop_at;
} count;

static int follow(uint64_t done, uint64_t total, void *user)
{
    count *c = user;

    cr_expect_geq(done, c->last);
    c->last = done;
    c->total = total;
    return c->stop_at != 0 && done >= c->stop_at;
}

static void count_and_stop(unsigned threads)
{
    place p;
    count c = {.stop_at = 2};
    quorsum_run run = {.threads = threads, .progress = follow, .user = &c};

    place_open(&p, (setup){0});
    contribute_all(&p, 4);
    cr_expect_eq(quorsum_board_aggregate(p.open, p.f.coordinator, NULL, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_not(is_there(&p, "manifest"));
    c = (count){0};
    cr_expect_eq(quorsum_board_aggregate(p.open, p.f.coordinator, NULL, &run), QUORSUM_OK);
    cr_expect(c.last == 4 && c.total == 4);
    place_close(&p);
}

Test(board, counts_contributions_and_stops_when_asked)
{
    count_and_stop(1);
    count_and_stop(2);
}
