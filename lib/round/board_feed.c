/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From files to checked objects. A few contributions a core are in memory at a time: read and checked side by side, then
 * multiplied in and told in their order, and dropped. So coordinator and trustee need the same memory for ten
 * contributions as for ten thousand.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/parallel.h"
#include "lib/round/board.h"
#include "lib/round/contribution.h"

#define BATCH_EACH 4 /* contributions a core: the cores wait for each other once a batch */
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

quorsum_status qs_board_contribution(quorsum_contribution **out, uint8_t who[QUORSUM_IDENTITY_BYTES], int *known,
                                     const quorsum_board *board, const uint8_t *sender, const quorsum_run *run)
{
    char object[QS_OBJECT_BYTES];
    qs_view view = {0};
    quorsum_status status;

    *out = NULL;
    qs_contribution_object(object, sender);
    status = qs_board_map(&view, board, object, qs_contribution_max(board->task));
    *known = qs_bound_sender(who, QS_KIND_CONTRIBUTION, QS_CONTRIBUTION_KEYS, view.data, view.len);
    if (status == QUORSUM_OK)
        status = quorsum_contribution_decode(out, board->task, view.data, view.len, run);
    /* Under another's name it would take that contributor's place: its sender is not the one admitted to it. */
    if (status == QUORSUM_OK && memcmp(quorsum_contribution_sender(*out), sender, QUORSUM_IDENTITY_BYTES) != 0)
        status = QUORSUM_ERR_NOT_ADMITTED;
    if (status != QUORSUM_OK) {
        quorsum_contribution_free(*out);
        *out = NULL;
    }
    qs_view_close(&view);
    return status;
}

/* What came of reading and checking one file. */
struct look {
    quorsum_contribution *contribution; /* NULL if it is refused */
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    int known;
    quorsum_status status;
};

struct feed {
    quorsum_aggregator *aggregator;
    const quorsum_board *board;
    const quorsum_manifest *manifest; /* what to look at; or NULL, and the senders of all files */
    const uint8_t *senders;
    const qs_account *account;
    const quorsum_run *run;
    struct look *looks; /* `batch` of them */
    size_t batch;
    size_t done;
    size_t total;
    quorsum_status first; /* that is not OK */
};

static const uint8_t *sender_at(const struct feed *feed, size_t i)
{
    return feed->manifest != NULL ? quorsum_manifest_sender(feed->manifest, (uint32_t)i)
                                  : feed->senders + i * QUORSUM_IDENTITY_BYTES;
}

/* The manifest lists what was there: neither nothing nor another one of the same sender. */
static void compare_with_manifest(struct look *look, const quorsum_manifest *manifest, size_t i)
{
    const uint8_t *digest = quorsum_manifest_contribution(manifest, (uint32_t)i);

    if (look->status == QUORSUM_ERR_NOT_FOUND ||
        (look->status == QUORSUM_OK &&
         memcmp(quorsum_contribution_digest(look->contribution), digest, QUORSUM_DIGEST_BYTES) != 0))
        look->status = QUORSUM_ERR_MISSING;
}

/* Items are the places of a batch. One that is refused is no failure of the loop: the others are looked at, too. */
static quorsum_status look_at(void *context, unsigned worker, size_t begin, size_t end)
{
    const struct feed *feed = context;
    quorsum_run run = {.threads = feed->batch > 1 ? 1 : qs_run_threads(feed->run)};

    (void)worker;
    for (size_t i = begin; i < end; i++) {
        struct look *look = &feed->looks[i];

        look->status = qs_board_contribution(&look->contribution, look->who, &look->known, feed->board,
                                             sender_at(feed, feed->done + i), &run);
        if (feed->manifest != NULL)
            compare_with_manifest(look, feed->manifest, feed->done + i);
    }
    return QUORSUM_OK;
}

/* Multiplies in, tells, counts. Answers what ends the whole feed. */
static quorsum_status settle(struct feed *feed, struct look *look)
{
    quorsum_run quiet = qs_run_quiet(feed->run);
    const quorsum_run *run = feed->run;
    quorsum_status status = look->status;
    char object[QS_OBJECT_BYTES];

    if (status == QUORSUM_OK)
        status = quorsum_aggregator_add(feed->aggregator, look->contribution, &quiet);
    qs_contribution_object(object, sender_at(feed, feed->done));
    qs_account_tell(feed->account, object, look->known ? look->who : NULL, status);
    if (feed->first == QUORSUM_OK)
        feed->first = status;
    if (qs_is_trouble(status))
        return status;
    if (feed->manifest == NULL && status == QUORSUM_ERR_COHORT)
        return status; /* one too many: which to leave out is not for the coordinator to choose */
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
    for (size_t i = 0; i < count; i++) {
        if (status == QUORSUM_OK)
            status = settle(feed, &feed->looks[i]);
        quorsum_contribution_free(feed->looks[i].contribution);
    }
    return status;
}

/* Contributions side by side keep every core busy however short they are; very long ones are split among cores. */
static size_t batch_of(const struct feed *feed)
{
    const quorsum_task *task = feed->board->task;
    size_t threads = qs_run_threads(feed->run);
    size_t room = BATCH_BYTES / qs_contribution_max(task);
    size_t batch = BATCH_EACH * threads;

    if (threads == 1 || room < threads)
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

quorsum_status qs_board_feed_manifest(quorsum_aggregator *aggregator, const quorsum_board *board,
                                      const quorsum_manifest *manifest, qs_account *account, const quorsum_run *run)
{
    struct feed feed = {.aggregator = aggregator, .board = board, .manifest = manifest, .account = account, .run = run,
                        .total = manifest->cohort};
    quorsum_status status = feed_everything(&feed);

    if (account->first == QUORSUM_OK)
        account->first = feed.first;
    return status != QUORSUM_OK ? status : feed.first;
}

quorsum_status qs_board_feed_all(quorsum_aggregator *aggregator, const quorsum_board *board, const qs_account *account,
                                 const quorsum_run *run)
{
    qs_buffer senders = {0};
    quorsum_status status = qs_board_senders(&senders, board, account);
    struct feed feed = {.aggregator = aggregator, .board = board, .senders = senders.data, .account = account,
                        .run = run, .total = senders.len / QUORSUM_IDENTITY_BYTES};

    if (status == QUORSUM_OK)
        status = feed_everything(&feed);
    qs_buffer_free(&senders);
    return status;
}
