/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening, when enough trustees agree: every partial on the board that proves itself goes to the combiner, those that
 * do not are named, and the result is written for everybody; completions save work and change nothing else
 * (board_complete.c). A result that is there already is held against the partials: anybody can encrypt a total of his
 * own choice, call it the aggregate and write its opening, but no quorum has opened that. A total outside its bound
 * (see result.c) is written too, as evidence, and answered with ERR_OVERFLOW now and whenever the result is read.
 */
#include "lib/round/board.h"

quorsum_status qs_board_partial(quorsum_combiner *combiner, uint8_t who[QUORSUM_IDENTITY_BYTES], int *known,
                                const quorsum_board *board, const quorsum_aggregate *aggregate, uint32_t trustee,
                                const quorsum_run *run)
{
    char object[QS_OBJECT_BYTES];
    quorsum_partial *partial = NULL;
    qs_view view = {0};
    quorsum_status status;

    qs_partial_object(object, trustee);
    status = qs_board_map(&view, board, object, qs_partial_max(board->task));
    *known = qs_bound_sender(who, QS_KIND_PARTIAL, QS_PARTIAL_KEYS, view.data, view.len);
    if (status == QUORSUM_OK)
        status = quorsum_partial_decode(&partial, board->task, aggregate, view.data, view.len);
    if (status == QUORSUM_OK && quorsum_partial_trustee(partial) != trustee)
        status = QUORSUM_ERR_TRUSTEE; /* under another trustee's name */
    if (status == QUORSUM_OK)
        status = quorsum_combiner_add(combiner, partial, run);
    quorsum_partial_free(partial);
    qs_view_close(&view);
    return status;
}

quorsum_status qs_board_feed_partials(quorsum_combiner *combiner, uint8_t good[QUORSUM_TRUSTEES_MAX + 1],
                                      const quorsum_board *board, const quorsum_aggregate *aggregate,
                                      qs_account *account, const quorsum_run *run)
{
    uint8_t present[QUORSUM_TRUSTEES_MAX + 1];
    quorsum_status status = qs_board_trustees(present, board, "partials", account);

    for (uint32_t trustee = 1; trustee <= QUORSUM_TRUSTEES_MAX && status == QUORSUM_OK; trustee++) {
        uint8_t who[QUORSUM_IDENTITY_BYTES];
        char object[QS_OBJECT_BYTES];
        quorsum_status found;
        int known;

        good[trustee] = 0;
        if (!present[trustee])
            continue;
        found = qs_board_partial(combiner, who, &known, board, aggregate, trustee, run);
        qs_partial_object(object, trustee);
        qs_account_enter(account, object, known ? who : NULL, found);
        good[trustee] = found == QUORSUM_OK;
        if (qs_is_trouble(found) && found != QUORSUM_ERR_SYSTEM)
            status = found;
    }
    return status;
}

quorsum_status qs_board_read_result(quorsum_result **out, const quorsum_board *board, const quorsum_manifest *manifest,
                                    const quorsum_aggregate *aggregate, qs_account *account, const quorsum_run *run)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    qs_view view = {0};
    quorsum_status status = qs_board_map(&view, board, "result", qs_result_max(board->task));
    int known = qs_bound_sender(who, QS_KIND_RESULT, QS_RESULT_KEYS, view.data, view.len);

    *out = NULL;
    if (status == QUORSUM_ERR_NOT_FOUND)
        return status;
    if (status == QUORSUM_OK)
        status = quorsum_result_decode(out, board->task, manifest, aggregate, view.data, view.len, run);
    qs_account_enter(account, "result", known ? who : NULL, status);
    qs_view_close(&view);
    return status;
}

quorsum_status qs_board_check_named(const quorsum_result *result, const uint8_t good[QUORSUM_TRUSTEES_MAX + 1],
                                    const quorsum_board *board, qs_account *account)
{
    const uint32_t *trustees;
    size_t count = quorsum_result_trustees(result, &trustees);
    quorsum_status status = QUORSUM_OK;

    for (size_t i = 0; i < count; i++) {
        char object[QS_OBJECT_BYTES];

        if (good[trustees[i]])
            continue;
        status = QUORSUM_ERR_MISSING;
        qs_partial_object(object, trustees[i]);
        if (!qs_board_has(board, object))
            qs_account_enter(account, object, NULL, status);
    }
    return status;
}

static quorsum_status put_result(const quorsum_board *board, const quorsum_manifest *manifest,
                                 const quorsum_aggregate *aggregate, const quorsum_opening *opening,
                                 const quorsum_identity *signer)
{
    quorsum_bytes result = {0};
    quorsum_status status = quorsum_result_make(&result, board->task, manifest, aggregate, opening, signer);

    if (status == QUORSUM_OK)
        status = qs_board_put(board, NULL, "result", result.data, result.len);
    if (status == QUORSUM_ERR_EXISTS)
        status = QUORSUM_OK; /* somebody was faster; whatever is there is checked next */
    quorsum_bytes_free(&result);
    return status;
}

/* Combines the partials on the board, good[i] saying which are, and writes the result if there is none. */
static quorsum_status open_aggregate(uint8_t good[QUORSUM_TRUSTEES_MAX + 1], const quorsum_board *board,
                                     const quorsum_manifest *manifest, const quorsum_aggregate *aggregate,
                                     const quorsum_identity *signer, qs_account *account, const quorsum_run *run)
{
    quorsum_run quiet = qs_run_quiet(run);
    quorsum_combiner *combiner = NULL;
    quorsum_opening *opening = NULL;
    quorsum_status status = quorsum_combiner_new(&combiner, board->task->record, aggregate->ciphertexts,
                                                 board->task->digest);

    if (status == QUORSUM_OK)
        status = qs_board_feed_partials(combiner, good, board, aggregate, account, &quiet);
    if (status == QUORSUM_OK && !qs_board_has(board, "result"))
        status = qs_board_open_aggregate(&opening, board, aggregate, combiner, account, run);
    if (opening != NULL)
        status = put_result(board, manifest, aggregate, opening, signer);
    quorsum_opening_free(opening);
    quorsum_combiner_free(combiner);
    return status;
}

quorsum_status quorsum_board_result(quorsum_result **out, quorsum_board *board, const quorsum_identity *signer,
                                    const quorsum_watch *watch, const quorsum_run *run)
{
    qs_account account = {.watch = watch};
    uint8_t good[QUORSUM_TRUSTEES_MAX + 1] = {0};
    quorsum_run quiet = qs_run_quiet(run);
    quorsum_manifest *manifest = NULL;
    quorsum_aggregate *aggregate = NULL;
    quorsum_result *result = NULL;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || board == NULL || signer == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = qs_board_manifest(&manifest, board, &account);
    if (status == QUORSUM_OK)
        status = qs_board_aggregate(&aggregate, board, manifest, &account, run);
    if (status == QUORSUM_OK)
        status = qs_board_count_acknowledgements(good, board, manifest, aggregate, &account);
    if (status == QUORSUM_OK)
        status = open_aggregate(good, board, manifest, aggregate, signer, &account, run);
    if (status == QUORSUM_OK)
        status = qs_board_read_result(&result, board, manifest, aggregate, &account, &quiet);
    if (status == QUORSUM_OK)
        status = qs_board_check_named(result, good, board, &account);
    if (status == QUORSUM_OK) {
        *out = result;
        result = NULL;
    }
    quorsum_result_free(result);
    quorsum_aggregate_free(aggregate);
    quorsum_manifest_free(manifest);
    return status;
}
