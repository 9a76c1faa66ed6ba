/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trustee's turn. The order is the point: everything is recomputed from the contributions themselves, then the
 * journal says on disk which aggregate this trustee opens for the task, and only then does a partial come to be.
 */
#include "lib/round/board.h"
#include "lib/round/journal.h"
#include "lib/round/policy.h"

struct turn {
    const quorsum_board *board;
    const quorsum_key_share *share;
    const quorsum_identity *identity;
    qs_account account;
    const quorsum_run *run;
    quorsum_run quiet;
    quorsum_manifest *manifest;
    quorsum_aggregate *aggregate;
};

/* Manifest, aggregate, every contribution, the product, the cohort. */
static quorsum_status check_board(struct turn *turn)
{
    const quorsum_board *board = turn->board;
    quorsum_aggregator *aggregator = NULL;
    quorsum_status status = qs_board_manifest(&turn->manifest, board, &turn->account);

    if (status == QUORSUM_OK)
        status = qs_board_aggregate(&turn->aggregate, board, turn->manifest, &turn->account, turn->run);
    if (status == QUORSUM_OK)
        status = quorsum_aggregator_new(&aggregator, board->task);
    if (status == QUORSUM_OK)
        status = qs_board_feed_manifest(aggregator, board, turn->manifest, &turn->account, turn->run);
    if (status == QUORSUM_OK) {
        status = qs_policy_aggregate(board->task, turn->manifest, turn->aggregate, aggregator, &turn->quiet);
        if (status != QUORSUM_OK)
            qs_account_enter(&turn->account, "aggregate", NULL, status);
    }
    quorsum_aggregator_free(aggregator);
    return status;
}

/* What stands in this trustee's place: OK for a good partial of its own, ERR_NOT_FOUND for nothing, ERR_EXISTS for
 * something else, which is told and left as it is. */
static quorsum_status look_at_place(struct turn *turn, uint32_t trustee, const char *object)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    quorsum_combiner *combiner = NULL;
    int known = 0;
    quorsum_status status = quorsum_combiner_new(&combiner, turn->board->task->record, turn->aggregate->ciphertexts,
                                                 turn->board->task->digest);

    if (status == QUORSUM_OK)
        status = qs_board_partial(combiner, who, &known, turn->board, turn->aggregate, trustee, &turn->quiet);
    quorsum_combiner_free(combiner);
    if (status == QUORSUM_ERR_NOT_FOUND || qs_is_trouble(status))
        return status;
    qs_account_enter(&turn->account, object, known ? who : NULL, status);
    return status == QUORSUM_OK ? QUORSUM_OK : QUORSUM_ERR_EXISTS;
}

static quorsum_status put_partial(struct turn *turn, const char *object)
{
    quorsum_bytes partial = {0};
    quorsum_status status = quorsum_partial_make(&partial, turn->board->task, turn->aggregate, turn->share,
                                                 turn->identity, &turn->quiet);

    if (status == QUORSUM_OK)
        status = qs_board_put(turn->board, "partials", object, partial.data, partial.len);
    if (status == QUORSUM_OK)
        qs_account_tell(&turn->account, object, quorsum_identity_public(turn->identity), QUORSUM_OK);
    quorsum_bytes_free(&partial);
    return status;
}

static quorsum_status take_turn(struct turn *turn, const char *journal)
{
    uint32_t trustee = quorsum_key_share_trustee(turn->share);
    char object[QS_OBJECT_BYTES];
    quorsum_status status = qs_policy_trustee(turn->board->task, turn->share, turn->identity);

    qs_partial_object(object, trustee);
    if (status == QUORSUM_OK)
        status = check_board(turn);
    if (status == QUORSUM_OK) /* also when the partial is out already: a journal that was lost learns of it again */
        status = qs_journal_agree(journal, turn->board->task->digest, turn->aggregate->digest);
    if (status == QUORSUM_OK)
        status = look_at_place(turn, trustee, object);
    if (status == QUORSUM_ERR_NOT_FOUND)
        status = put_partial(turn, object);
    return status;
}

quorsum_status quorsum_board_decrypt(quorsum_board *board, const quorsum_key_share *share,
                                     const quorsum_identity *identity, const char *journal, const quorsum_watch *watch,
                                     const quorsum_run *run)
{
    struct turn turn = {.board = board, .share = share, .identity = identity, .run = run};
    quorsum_status status;

    if (board == NULL || share == NULL || identity == NULL || journal == NULL)
        return QUORSUM_ERR_ARGUMENT;
    turn.account.watch = watch;
    turn.quiet = qs_run_quiet(run);
    status = take_turn(&turn, journal);
    quorsum_aggregate_free(turn.aggregate);
    quorsum_manifest_free(turn.manifest);
    return status;
}
