/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From files to checked objects. A few contributions a core are in memory at a time: read and checked side by side,
 * then multiplied in and told in their order, and dropped. So coordinator and trustee need the same memory for ten
 * contributions as for ten thousand.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/parallel.h"
#include "lib/round/board.h"
#include "lib/round/contribution.h"

#define BATCH_EACH 4 /* contributions a core: the cores wait for each other once a batch */
#define BATCH_BALLOTS 256 /* their proofs are checked together: the more, the less each costs */
#define BATCH_BYTES ((size_t)64 << 20)

/* Only what a file of this board can be: MISSING instead of NOT_FOUND for an object that has to be there. */
static quorsum_status map_needed(qs_view *view, const quorsum_board *board, const char *object, size_t max_len)
{
    quorsum_status status = qs_board_map(view, board, object, max_len);

    return status == QUORSUM_ERR_NOT_FOUND ? QUORSUM_ERR_MISSING : status;
}

quorsum_status qs_board_manifest(quorsum_manifest **out, const quorsum_board *board, qs_account *account)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    qs_view view = {0};
    quorsum_status status = map_needed(&view, board, "manifest", qs_manifest_max(board->task));
    int known = qs_bound_sender(who, QS_KIND_MANIFEST, QS_MANIFEST_KEYS, view.data, view.len);

    *out = NULL;
    if (status == QUORSUM_OK)
        status = quorsum_manifest_decode(out, board->task, view.data, view.len);
    qs_account_enter(account, "manifest", known ? who : NULL, status);
    qs_view_close(&view);
    return status;
}

quorsum_status qs_board_aggregate(quorsum_aggregate **out, const quorsum_board *board, const quorsum_manifest *manifest,
                                  qs_account *account, const quorsum_run *run)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    qs_view view = {0};
    quorsum_run quiet = qs_run_quiet(run);
    quorsum_status status = map_needed(&view, board, "aggregate", qs_aggregate_max(board->task));
    int known = qs_bound_sender(who, QS_KIND_AGGREGATE, QS_AGGREGATE_KEYS, view.data, view.len);

    *out = NULL;
    if (status == QUORSUM_OK)
        status = quorsum_aggregate_decode(out, board->task, manifest, view.data, view.len, &quiet);
    qs_account_enter(account, "aggregate", known ? who : NULL, status);
    qs_view_close(&view);
    return status;
}

/* Under another's name it would take that contributor's place: its sender is not the one admitted to it. */
static quorsum_status check_place(const qs_place *place, const uint8_t *sender, uint32_t sequence)
{
    if (memcmp(place->sender, sender, sizeof place->sender) != 0)
        return QUORSUM_ERR_NOT_ADMITTED;
    return place->sequence == sequence ? QUORSUM_OK : QUORSUM_ERR_RANGE;
}

static quorsum_status map_contribution(qs_view *view, uint8_t who[QUORSUM_IDENTITY_BYTES], int *known,
                                       const quorsum_board *board, const qs_place *place)
{
    char object[QS_OBJECT_BYTES];
    quorsum_status status;

    qs_contribution_object(object, place);
    status = qs_board_map(view, board, object, qs_contribution_max(board->task));
    *known = qs_bound_sender(who, QS_KIND_CONTRIBUTION, QS_CONTRIBUTION_KEYS, view->data, view->len);
    return status;
}

typedef quorsum_status (*decoder)(quorsum_contribution **out, const quorsum_task *task, const uint8_t *in, size_t len,
                                  const quorsum_run *run);

static quorsum_status read_contribution(decoder decode, quorsum_contribution **out, uint8_t who[QUORSUM_IDENTITY_BYTES],
                                        int *known, const quorsum_board *board, const qs_place *place,
                                        const quorsum_run *run)
{
    qs_view view = {0};
    quorsum_status status = map_contribution(&view, who, known, board, place);

    *out = NULL;
    if (status == QUORSUM_OK)
        status = decode(out, board->task, view.data, view.len, run);
    if (status == QUORSUM_OK)
        status = check_place(place, (*out)->sender, (*out)->sequence);
    if (status != QUORSUM_OK) {
        quorsum_contribution_free(*out);
        *out = NULL;
    }
    qs_view_close(&view);
    return status;
}

quorsum_status qs_board_contribution(quorsum_contribution **out, uint8_t who[QUORSUM_IDENTITY_BYTES], int *known,
                                     const quorsum_board *board, const qs_place *place, const quorsum_run *run)
{
    return read_contribution(quorsum_contribution_decode, out, who, known, board, place, run);
}

/* ---- looking ---- */

struct verdict { /* on one file */
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    int known;
    uint8_t digest[QUORSUM_DIGEST_BYTES]; /* of one that is refused; zeros if it could not be read */
    quorsum_status status;
};

/* One item of a feed: a file, or all files of one sender. */
struct look {
    const qs_place *places;
    size_t count;
    qs_place own; /* for a place that is in no list */
    struct verdict *verdicts; /* `count` of them */
    size_t taken; /* which file counts */
    decoder decode;
    quorsum_contribution *contribution; /* what it holds, one of the two, or neither */
    qs_recalled recalled;
    qs_view view; /* that `recalled` points into */
};

struct feed {
    quorsum_aggregator *aggregator; /* or NULL: they are only looked at */
    const quorsum_board *board;
    const quorsum_manifest *manifest; /* whose entries are the items; or NULL, and `places` */
    const qs_place *places;
    const size_t *starts; /* where an item's files begin, and behind the last where all end; NULL: each is an item */
    qs_journal *journal; /* may be NULL */
    const qs_account *account;
    const quorsum_run *run;
    struct look *looks; /* `batch` of them */
    size_t batch;
    size_t done;
    size_t total;
    quorsum_status first; /* that is not OK */
};

static quorsum_status begin_look(struct look *look, const struct feed *feed, size_t item, decoder decode)
{
    memset(look, 0, sizeof *look);
    look->decode = decode;
    look->count = 1;
    if (feed->manifest != NULL) {
        memcpy(look->own.sender, quorsum_manifest_sender(feed->manifest, (uint32_t)item), sizeof look->own.sender);
        look->own.sequence = quorsum_manifest_sequence(feed->manifest, (uint32_t)item);
        look->places = &look->own;
    } else if (feed->starts != NULL) {
        look->places = feed->places + feed->starts[item];
        look->count = feed->starts[item + 1] - feed->starts[item];
    } else {
        look->places = feed->places + item;
    }
    look->taken = look->count;
    look->verdicts = calloc(look->count, sizeof *look->verdicts);
    return look->verdicts != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
}

static void end_look(struct look *look)
{
    quorsum_contribution_free(look->contribution);
    qs_view_close(&look->view);
    free(look->verdicts);
    memset(look, 0, sizeof *look);
}

/* Who it says it is of, and the digest of all but its signature: for a file that is not read further. */
static quorsum_status name_file(struct verdict *verdict, qs_view *view, const quorsum_board *board,
                                const qs_place *place)
{
    quorsum_status status = map_contribution(view, verdict->who, &verdict->known, board, place);

    if (status == QUORSUM_OK && view->len > QS_SIGNATURE_BYTES)
        qs_message_digest(verdict->digest, view->data, view->len);
    return status;
}

static void pass_over(struct look *look, size_t i, const struct feed *feed, quorsum_status status)
{
    qs_view view = {0};
    quorsum_status named = name_file(&look->verdicts[i], &view, feed->board, &look->places[i]);

    qs_view_close(&view);
    look->verdicts[i].status = qs_is_trouble(named) ? named : status;
}

static int is_known(const qs_journal *journal, const struct verdict *verdict, const qs_view *view)
{
    uint8_t name[QUORSUM_DIGEST_BYTES];

    if (view->len <= QS_SIGNATURE_BYTES)
        return 0;
    qs_contribution_name(name, verdict->digest, view->data + view->len - QS_SIGNATURE_BYTES);
    return qs_journal_verified(journal, name);
}

/* 1 when the journal knows these bytes: then proof and signature are not looked at again. Also when there is no memory to
 * find out: that is no reason to look again. A file that cannot be named is read whole, which says why. */
static int recall_file(struct look *look, size_t i, const struct feed *feed)
{
    struct verdict *verdict = &look->verdicts[i];
    quorsum_status status;

    if (feed->journal == NULL)
        return 0;
    status = name_file(verdict, &look->view, feed->board, &look->places[i]);
    if (qs_is_trouble(status)) {
        verdict->status = status;
        return 1;
    }
    if (!is_known(feed->journal, verdict, &look->view) ||
        qs_contribution_recall(&look->recalled, feed->board->task, look->view.data, look->view.len, verdict->digest) !=
            QUORSUM_OK) {
        qs_view_close(&look->view);
        return 0;
    }
    verdict->status = check_place(&look->places[i], look->recalled.sender, look->recalled.sequence);
    return 1;
}

static void look_at_file(struct look *look, size_t i, const struct feed *feed, const quorsum_run *run)
{
    struct verdict *verdict = &look->verdicts[i];

    if (!recall_file(look, i, feed))
        verdict->status = read_contribution(look->decode, &look->contribution, verdict->who, &verdict->known,
                                            feed->board, &look->places[i], run);
    if (verdict->status == QUORSUM_OK)
        look->taken = i;
}

/* The manifest lists what was there: neither nothing nor another one of the same sender. */
static void look_at_listed(struct look *look, const struct feed *feed, size_t item, const quorsum_run *run)
{
    const uint8_t *expected = quorsum_manifest_contribution(feed->manifest, (uint32_t)item);
    struct verdict *verdict = &look->verdicts[0];
    const uint8_t *digest;

    look_at_file(look, 0, feed, run);
    digest = look->contribution != NULL ? look->contribution->digest : look->recalled.digest;
    if (verdict->status == QUORSUM_ERR_NOT_FOUND ||
        (verdict->status == QUORSUM_OK && memcmp(digest, expected, QUORSUM_DIGEST_BYTES) != 0))
        verdict->status = QUORSUM_ERR_MISSING;
}

/* All files of one sender, until one is good: from the last one down where the last counts. */
static void look_at_sender(struct look *look, const struct feed *feed, const quorsum_run *run)
{
    int last = feed->board->task->revote == QUORSUM_REVOTE_LAST;

    for (size_t n = 0; n < look->count; n++) {
        size_t i = last ? look->count - 1 - n : n;

        if (look->taken < look->count) {
            pass_over(look, i, feed, last ? QUORSUM_ERR_SUPERSEDED : QUORSUM_ERR_DUPLICATE);
            continue;
        }
        look_at_file(look, i, feed, run);
        if (look->verdicts[i].status != QUORSUM_OK && !qs_is_trouble(look->verdicts[i].status))
            pass_over(look, i, feed, look->verdicts[i].status);
    }
}

static quorsum_status look_at_item(struct feed *feed, size_t i, decoder decode, const quorsum_run *run)
{
    struct look *look = &feed->looks[i];
    quorsum_status status = begin_look(look, feed, feed->done + i, decode);

    if (status != QUORSUM_OK)
        return status;
    if (feed->manifest != NULL)
        look_at_listed(look, feed, feed->done + i, run);
    else if (feed->starts != NULL)
        look_at_sender(look, feed, run);
    else
        look_at_file(look, 0, feed, run);
    return QUORSUM_OK;
}

/* Items are the places of a batch. One that is refused is no failure of the loop: the others are looked at, too. */
static quorsum_status look_at(void *context, unsigned worker, size_t begin, size_t end)
{
    struct feed *feed = context;
    quorsum_run run = {.threads = feed->batch > 1 ? 1 : qs_run_threads(feed->run)};
    quorsum_status status = QUORSUM_OK;

    (void)worker;
    for (size_t i = begin; i < end && status == QUORSUM_OK; i++)
        status = look_at_item(feed, i, qs_contribution_begin, &run);
    return status;
}

/* What was left pending of a batch. An item with a bad proof is looked at again from the start, whole: another file of
 * the same sender may count in its place. */
static quorsum_status finish_looks(struct feed *feed, size_t count)
{
    quorsum_run quiet = qs_run_quiet(feed->run);
    quorsum_contribution **list = calloc(count, sizeof *list);
    quorsum_status *statuses = calloc(count, sizeof *statuses);
    quorsum_status status = list != NULL && statuses != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    for (size_t i = 0; i < count && status == QUORSUM_OK; i++)
        list[i] = feed->looks[i].contribution;
    if (status == QUORSUM_OK)
        status = qs_contributions_finish(statuses, list, count, feed->board->task, &quiet);
    for (size_t i = 0; i < count && status == QUORSUM_OK; i++) {
        if (statuses[i] == QUORSUM_OK)
            continue;
        end_look(&feed->looks[i]);
        status = look_at_item(feed, i, quorsum_contribution_decode, &quiet);
    }
    free(list);
    free(statuses);
    return status;
}

/* ---- taking ---- */

static quorsum_status take(const struct feed *feed, const struct look *look)
{
    quorsum_run quiet = qs_run_quiet(feed->run);
    quorsum_status status = QUORSUM_OK;

    if (feed->journal != NULL && look->contribution != NULL)
        status = qs_journal_note_verified(feed->journal, look->contribution->name);
    if (status != QUORSUM_OK || feed->aggregator == NULL)
        return status;
    return look->contribution != NULL ? quorsum_aggregator_add(feed->aggregator, look->contribution, &quiet)
                                      : qs_aggregator_add_recalled(feed->aggregator, &look->recalled, &quiet);
}

/* Multiplies in, tells, notes. Answers what ends the whole feed. */
static quorsum_status settle_file(struct feed *feed, const struct look *look, size_t i)
{
    const struct verdict *verdict = &look->verdicts[i];
    const qs_place *place = &look->places[i];
    quorsum_status status = verdict->status;
    char object[QS_OBJECT_BYTES];

    if (status == QUORSUM_OK)
        status = take(feed, look);
    qs_contribution_object(object, place);
    qs_account_tell(feed->account, object, verdict->known ? verdict->who : NULL, status);
    if (feed->first == QUORSUM_OK)
        feed->first = status;
    if (status == QUORSUM_OK || qs_is_trouble(status))
        return status;
    if (feed->starts == NULL)
        return QUORSUM_OK;
    if (status == QUORSUM_ERR_COHORT)
        return status; /* one too many: which to leave out is not for the coordinator to choose */
    return quorsum_aggregator_refuse(feed->aggregator, place->sender, place->sequence, verdict->digest, status);
}

static quorsum_status settle(struct feed *feed, const struct look *look)
{
    const quorsum_run *run = feed->run;
    quorsum_status status = QUORSUM_OK;

    for (size_t i = 0; i < look->count && status == QUORSUM_OK; i++)
        status = settle_file(feed, look, i);
    if (status != QUORSUM_OK)
        return status;
    feed->done++;
    if (run != NULL && run->progress != NULL && run->progress(feed->done, feed->total, run->user) != 0)
        return QUORSUM_ERR_CANCELLED;
    return QUORSUM_OK;
}

static quorsum_status feed_batch(struct feed *feed)
{
    quorsum_run quiet = qs_run_quiet(feed->run);
    size_t left = feed->total - feed->done;
    size_t count = left < feed->batch ? left : feed->batch;
    quorsum_status status;

    memset(feed->looks, 0, count * sizeof *feed->looks);
    status = qs_parallel(&quiet, count, 1, look_at, feed);
    if (status == QUORSUM_OK)
        status = finish_looks(feed, count);
    for (size_t i = 0; i < count; i++) {
        if (status == QUORSUM_OK)
            status = settle(feed, &feed->looks[i]);
        end_look(&feed->looks[i]);
    }
    return status;
}

/* Contributions side by side keep every core busy however short they are; very long ones are split among cores. */
static size_t batch_of(const struct feed *feed)
{
    const quorsum_task *task = feed->board->task;
    size_t threads = qs_run_threads(feed->run);
    size_t room = BATCH_BYTES / qs_contribution_max(task);
    int ballots = quorsum_plan_level(task->plan) == QUORSUM_LEVEL_BALLOT;
    size_t batch = ballots ? BATCH_BALLOTS : BATCH_EACH * threads;

    if ((threads == 1 && !ballots) || room < threads)
        return 1;
    return batch < room ? batch : room;
}

static quorsum_status feed_everything(struct feed *feed)
{
    quorsum_status status = QUORSUM_OK;

    feed->batch = batch_of(feed);
    feed->looks = calloc(feed->batch, sizeof *feed->looks);
    if (feed->looks == NULL)
        return QUORSUM_ERR_MEMORY;
    while (status == QUORSUM_OK && feed->done < feed->total)
        status = feed_batch(feed);
    free(feed->looks);
    return status;
}

/* ---- what is fed ---- */

quorsum_status qs_board_feed_manifest(quorsum_aggregator *aggregator, const quorsum_board *board,
                                      const quorsum_manifest *manifest, qs_journal *journal, qs_account *account,
                                      const quorsum_run *run)
{
    struct feed feed = {.aggregator = aggregator, .board = board, .manifest = manifest, .journal = journal,
                        .account = account, .run = run, .total = manifest->cohort};
    quorsum_status status = feed_everything(&feed);

    if (account->first == QUORSUM_OK)
        account->first = feed.first;
    return status != QUORSUM_OK ? status : feed.first;
}

/* Where each sender's files begin. */
static quorsum_status find_starts(qs_buffer *out, const qs_place *places, size_t count)
{
    for (size_t i = 0; i <= count; i++) {
        if (i == 0 || i == count || memcmp(places[i].sender, places[i - 1].sender, sizeof places[i].sender) != 0)
            qs_buffer_append(out, &i, sizeof i);
    }
    return out->status;
}

quorsum_status qs_board_feed_all(quorsum_aggregator *aggregator, const quorsum_board *board, const qs_account *account,
                                 const quorsum_run *run)
{
    qs_buffer places = {0};
    qs_buffer starts = {0};
    struct feed feed = {.aggregator = aggregator, .board = board, .account = account, .run = run};
    quorsum_status status = qs_board_places(&places, board, "contributions", account);
    size_t count = places.len / sizeof(qs_place);

    feed.places = (const qs_place *)(const void *)places.data;
    if (status == QUORSUM_OK && count > 0) {
        status = find_starts(&starts, feed.places, count);
        feed.starts = (const size_t *)(const void *)starts.data;
        feed.total = starts.len / sizeof *feed.starts - 1;
        if (status == QUORSUM_OK)
            status = feed_everything(&feed);
    }
    qs_buffer_free(&starts);
    qs_buffer_free(&places);
    return status;
}

quorsum_status qs_board_feed_journal(qs_journal *journal, const quorsum_board *board, const qs_account *account,
                                     const quorsum_run *run)
{
    qs_buffer places = {0};
    quorsum_status status = qs_board_places(&places, board, "contributions", account);
    struct feed feed = {.board = board, .journal = journal, .account = account, .run = run,
                        .places = (const qs_place *)(const void *)places.data,
                        .total = places.len / sizeof(qs_place)};

    if (status == QUORSUM_OK)
        status = feed_everything(&feed);
    qs_buffer_free(&places);
    return status;
}
