/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trustee's turn. It agrees first, or has (board_agree.c); then as many trustees as the task demands must have
 * acknowledged the same manifest and aggregate; and only then does a partial come to be.
 */
#include "lib/round/board.h"
#include "lib/round/policy.h"

/* What stands in this trustee's place: OK for a good partial of its own, ERR_NOT_FOUND for nothing, ERR_EXISTS for
 * something else, which is told and left as it is. */
static quorsum_status look_at_place(qs_duty *duty, const char *object)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    quorsum_combiner *combiner = NULL;
    int known = 0;
    quorsum_status status = quorsum_combiner_new(&combiner, duty->board->task->record, duty->aggregate->ciphertexts,
                                                 duty->board->task->digest);

    if (status == QUORSUM_OK)
        status = qs_board_partial(combiner, who, &known, duty->board, duty->aggregate, duty->trustee, &duty->quiet);
    quorsum_combiner_free(combiner);
    if (status == QUORSUM_ERR_NOT_FOUND || qs_is_trouble(status))
        return status;
    qs_account_enter(&duty->account, object, known ? who : NULL, status);
    return status == QUORSUM_OK ? QUORSUM_OK : QUORSUM_ERR_EXISTS;
}

static quorsum_status put_partial(qs_duty *duty, const quorsum_key_share *share, const char *object)
{
    quorsum_bytes partial = {0};
    quorsum_status status = quorsum_partial_make(&partial, duty->board->task, duty->aggregate, share, duty->identity,
                                                 &duty->quiet);

    if (status == QUORSUM_OK)
        status = qs_board_put(duty->board, "partials", object, partial.data, partial.len);
    if (status == QUORSUM_OK)
        qs_account_tell(&duty->account, object, quorsum_identity_public(duty->identity), QUORSUM_OK);
    quorsum_bytes_free(&partial);
    return status;
}

static quorsum_status take_turn(qs_duty *duty, const quorsum_key_share *share, const char *journal)
{
    uint8_t good[QUORSUM_TRUSTEES_MAX + 1];
    char object[QS_OBJECT_BYTES];
    quorsum_status status = qs_policy_trustee(duty->board->task, share, duty->identity);

    duty->trustee = quorsum_key_share_trustee(share);
    qs_partial_object(object, duty->trustee);
    if (status == QUORSUM_OK)
        status = qs_board_agree(duty, journal);
    if (status == QUORSUM_OK)
        status = qs_board_count_acknowledgements(good, duty->board, duty->manifest, duty->aggregate, &duty->account);
    if (status == QUORSUM_OK)
        status = look_at_place(duty, object);
    if (status == QUORSUM_ERR_NOT_FOUND)
        status = put_partial(duty, share, object);
    return status;
}

quorsum_status quorsum_board_decrypt(quorsum_board *board, const quorsum_key_share *share,
                                     const quorsum_identity *identity, const char *journal, const quorsum_watch *watch,
                                     const quorsum_run *run)
{
    qs_duty duty = {.board = board, .identity = identity, .run = run};
    quorsum_status status;

    if (board == NULL || share == NULL || identity == NULL || journal == NULL)
        return QUORSUM_ERR_ARGUMENT;
    duty.account.watch = watch;
    duty.quiet = qs_run_quiet(run);
    status = take_turn(&duty, share, journal);
    qs_duty_end(&duty);
    return status;
}
