/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From files to checked objects. One contribution is in memory at a time: read, checked, multiplied in, dropped. So
 * coordinator and trustee need the same memory for ten contributions as for ten thousand.
 */
#include <string.h>

#include "lib/round/board.h"
#include "lib/round/contribution.h"

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

struct feed {
    quorsum_aggregator *aggregator;
    const quorsum_board *board;
    const quorsum_run *run;
    uint64_t done;
    uint64_t total;
};

/* One contribution; digest: what the manifest lists, or NULL. */
static quorsum_status feed_one(const struct feed *feed, uint8_t *who, int *known, const uint8_t *sender,
                               const uint8_t *digest)
{
    quorsum_run quiet = qs_run_quiet(feed->run);
    quorsum_contribution *contribution = NULL;
    quorsum_status status = qs_board_contribution(&contribution, who, known, feed->board, sender, &quiet);

    if (digest != NULL && status == QUORSUM_ERR_NOT_FOUND)
        status = QUORSUM_ERR_MISSING;
    if (digest != NULL && status == QUORSUM_OK &&
        memcmp(quorsum_contribution_digest(contribution), digest, QUORSUM_DIGEST_BYTES) != 0)
        status = QUORSUM_ERR_MISSING; /* another one of the same sender: the listed one is not there */
    if (status == QUORSUM_OK)
        status = quorsum_aggregator_add(feed->aggregator, contribution, &quiet);
    quorsum_contribution_free(contribution);
    return status;
}

static quorsum_status advance(struct feed *feed)
{
    const quorsum_run *run = feed->run;

    feed->done++;
    if (run != NULL && run->progress != NULL && run->progress(feed->done, feed->total, run->user) != 0)
        return QUORSUM_ERR_CANCELLED;
    return QUORSUM_OK;
}

quorsum_status qs_board_feed_manifest(quorsum_aggregator *aggregator, const quorsum_board *board,
                                      const quorsum_manifest *manifest, qs_account *account, const quorsum_run *run)
{
    struct feed feed = {aggregator, board, run, 0, manifest->cohort};
    quorsum_status first = QUORSUM_OK;

    for (uint32_t i = 0; i < manifest->cohort; i++) {
        const uint8_t *sender = quorsum_manifest_sender(manifest, i);
        uint8_t who[QUORSUM_IDENTITY_BYTES];
        char object[QS_OBJECT_BYTES];
        int known;
        quorsum_status status = feed_one(&feed, who, &known, sender, quorsum_manifest_contribution(manifest, i));

        qs_contribution_object(object, sender);
        qs_account_enter(account, object, known ? who : NULL, status);
        if (first == QUORSUM_OK)
            first = status;
        if (!qs_is_trouble(status))
            status = advance(&feed);
        if (qs_is_trouble(status))
            return status;
    }
    return first;
}

static quorsum_status feed_senders(struct feed *feed, const qs_buffer *senders, const qs_account *account)
{
    for (size_t at = 0; at < senders->len; at += QUORSUM_IDENTITY_BYTES) {
        uint8_t who[QUORSUM_IDENTITY_BYTES];
        char object[QS_OBJECT_BYTES];
        int known;
        quorsum_status status = feed_one(feed, who, &known, senders->data + at, NULL);

        qs_contribution_object(object, senders->data + at);
        qs_account_tell(account, object, known ? who : NULL, status);
        if (status == QUORSUM_ERR_COHORT) /* one too many: which to leave out is not for the coordinator to choose */
            return status;
        if (!qs_is_trouble(status))
            status = advance(feed);
        if (qs_is_trouble(status))
            return status;
    }
    return QUORSUM_OK;
}

quorsum_status qs_board_feed_all(quorsum_aggregator *aggregator, const quorsum_board *board, const qs_account *account,
                                 const quorsum_run *run)
{
    qs_buffer senders = {0};
    quorsum_status status = qs_board_senders(&senders, board, account);
    struct feed feed = {aggregator, board, run, 0, senders.len / QUORSUM_IDENTITY_BYTES};

    if (status == QUORSUM_OK)
        status = feed_senders(&feed, &senders, account);
    qs_buffer_free(&senders);
    return status;
}
