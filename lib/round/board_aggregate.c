/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Closing a task, as its coordinator. The manifest is written before the aggregate, and once it is there it stands:
 * after a crash between the two, or for another coordinator, the product of exactly its contributions is computed and
 * nothing else. Under the board's lock, so that two coordinators do not do the same work twice.
 */
#include "lib/round/board.h"

struct closing {
    const quorsum_board *board;
    quorsum_aggregator *aggregator;
    const quorsum_identity *signer;
    qs_account account;
    const quorsum_run *run;
    quorsum_run quiet;
};

static quorsum_status put_aggregate(const struct closing *closing, const uint8_t *manifest)
{
    quorsum_bytes aggregate = {0};
    quorsum_status status = qs_aggregate_encode(&aggregate, closing->aggregator, manifest, closing->signer,
                                                &closing->quiet);

    if (status == QUORSUM_OK)
        status = qs_board_put(closing->board, NULL, "aggregate", aggregate.data, aggregate.len);
    if (status == QUORSUM_OK)
        qs_account_tell(&closing->account, "aggregate", quorsum_identity_public(closing->signer), QUORSUM_OK);
    quorsum_bytes_free(&aggregate);
    return status;
}

/* A contribution with a receipt that has gone, or was spoiled since, would make a liar of the coordinator. */
static quorsum_status check_promises(struct closing *closing, const quorsum_bytes *bytes)
{
    quorsum_manifest *manifest = NULL;
    quorsum_status status = quorsum_manifest_decode(&manifest, closing->board->task, bytes->data, bytes->len);

    if (status == QUORSUM_OK)
        status = qs_board_check_receipts(closing->board, manifest, NULL, &closing->account);
    quorsum_manifest_free(manifest);
    return status;
}

static quorsum_status close_open_task(struct closing *closing)
{
    quorsum_bytes manifest = {0};
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    quorsum_aggregator *aggregator = closing->aggregator;
    quorsum_status status;

    if (qs_board_has(closing->board, "aggregate")) { /* of what? nothing may be written beside it */
        qs_account_enter(&closing->account, "manifest", NULL, QUORSUM_ERR_MISSING);
        return QUORSUM_ERR_MISSING;
    }
    status = qs_board_feed_all(aggregator, closing->board, &closing->account, closing->run);
    if (status == QUORSUM_OK && aggregator->cohort < closing->board->task->min_cohort)
        status = QUORSUM_ERR_COHORT;
    if (status == QUORSUM_OK)
        status = qs_aggregator_list(&manifest, digest, aggregator, closing->signer);
    if (status == QUORSUM_OK)
        status = check_promises(closing, &manifest);
    if (status == QUORSUM_OK)
        status = qs_board_put(closing->board, NULL, "manifest", manifest.data, manifest.len);
    if (status == QUORSUM_OK) {
        qs_account_tell(&closing->account, "manifest", quorsum_identity_public(closing->signer), QUORSUM_OK);
        status = put_aggregate(closing, digest);
    }
    quorsum_bytes_free(&manifest);
    return status;
}

static quorsum_status check_aggregate(struct closing *closing, const quorsum_manifest *manifest)
{
    quorsum_aggregate *aggregate = NULL;
    quorsum_status status = qs_board_aggregate(&aggregate, closing->board, manifest, &closing->account, closing->run);

    if (status == QUORSUM_OK) {
        status = quorsum_aggregate_check(aggregate, manifest, closing->aggregator, &closing->quiet);
        if (status != QUORSUM_OK)
            qs_account_enter(&closing->account, "aggregate", closing->board->task->coordinator, status);
    }
    quorsum_aggregate_free(aggregate);
    return status;
}

static quorsum_status continue_closed_task(struct closing *closing)
{
    quorsum_manifest *manifest = NULL;
    quorsum_status status = qs_board_manifest(&manifest, closing->board, &closing->account);

    if (status == QUORSUM_OK)
        status = qs_board_feed_manifest(closing->aggregator, closing->board, manifest, NULL, &closing->account,
                                        closing->run);
    if (status == QUORSUM_OK && qs_board_has(closing->board, "aggregate"))
        status = check_aggregate(closing, manifest);
    else if (status == QUORSUM_OK)
        status = put_aggregate(closing, manifest->digest);
    quorsum_manifest_free(manifest);
    return status;
}

quorsum_status quorsum_board_aggregate(quorsum_board *board, const quorsum_identity *signer, const quorsum_watch *watch,
                                       const quorsum_run *run)
{
    struct closing closing = {.board = board, .signer = signer, .run = run};
    quorsum_status status;
    int lock = -1;

    if (board == NULL || signer == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_bound_is_coordinator(board->task, quorsum_identity_public(signer)))
        return QUORSUM_ERR_COORDINATOR;
    closing.account.watch = watch;
    closing.quiet = qs_run_quiet(run);
    status = qs_lock_acquire(&lock, board->path);
    if (status == QUORSUM_OK)
        status = qs_board_place_manifest(board, &closing.account);
    if (status == QUORSUM_OK)
        status = quorsum_aggregator_new(&closing.aggregator, board->task);
    if (status == QUORSUM_OK) {
        if (qs_board_has(board, "manifest"))
            status = continue_closed_task(&closing);
        else
            status = close_open_task(&closing);
    }
    quorsum_aggregator_free(closing.aggregator);
    qs_lock_release(lock);
    return status;
}
