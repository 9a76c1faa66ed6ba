/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts on a board. The coordinator writes one for every contribution that it has checked; from then on a manifest
 * without that contribution convicts it. Trustees hold them against the manifest, and remember those they have seen: a
 * receipt that was taken off the board before the closing is put there again.
 */
#include <string.h>

#include "lib/round/board.h"
#include "lib/round/contribution.h"

/* The receipt in this place, if it is one. */
static quorsum_status read_receipt(quorsum_receipt **out, uint8_t who[QUORSUM_IDENTITY_BYTES], int *known,
                                   const quorsum_board *board, const qs_place *place, const char *object)
{
    qs_view view = {0};
    quorsum_status status = qs_board_map(&view, board, object, QS_PROMISE_BYTES_MAX);

    *out = NULL;
    *known = qs_bound_sender(who, QS_KIND_RECEIPT, QS_RECEIPT_KEYS, view.data, view.len);
    if (status == QUORSUM_OK)
        status = quorsum_receipt_decode(out, board->task, view.data, view.len);
    if (status == QUORSUM_OK && (memcmp((*out)->contributor, place->sender, sizeof place->sender) != 0 ||
                                 (*out)->sequence != place->sequence))
        status = QUORSUM_ERR_RANGE; /* another's than its name says */
    if (status != QUORSUM_OK) {
        quorsum_receipt_free(*out);
        *out = NULL;
    }
    qs_view_close(&view);
    return status;
}

/* ---- writing ---- */

static quorsum_status put_receipt(const quorsum_board *board, const quorsum_contribution *contribution,
                                  const quorsum_identity *coordinator, const char *object)
{
    quorsum_bytes receipt = {0};
    quorsum_status status = quorsum_receipt_make(&receipt, board->task, contribution, coordinator);

    if (status == QUORSUM_OK)
        status = qs_board_put(board, "receipts", object, receipt.data, receipt.len);
    if (status == QUORSUM_ERR_EXISTS)
        status = QUORSUM_OK; /* somebody was faster: one content has one encoding */
    quorsum_bytes_free(&receipt);
    return status;
}

/* What stands where a receipt belongs is left as it is; a contributor cannot show anybody what is none, so it is told. */
static quorsum_status look_at_given(const quorsum_board *board, const qs_place *place, const char *object,
                                    const qs_account *account)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    quorsum_receipt *receipt = NULL;
    int known;
    quorsum_status status = read_receipt(&receipt, who, &known, board, place, object);

    quorsum_receipt_free(receipt);
    if (status != QUORSUM_OK)
        qs_account_tell(account, object, known ? who : NULL, status);
    return qs_is_trouble(status) && status != QUORSUM_ERR_SYSTEM ? status : QUORSUM_OK;
}

/* Answers trouble only. */
static quorsum_status receive(const quorsum_board *board, const qs_place *place, const quorsum_identity *coordinator,
                              const qs_account *account, const quorsum_run *run)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    char object[QS_OBJECT_BYTES];
    quorsum_contribution *contribution = NULL;
    quorsum_status status;
    int known;

    qs_receipt_object(object, place);
    if (qs_board_has(board, object))
        return look_at_given(board, place, object, account);
    status = qs_board_contribution(&contribution, who, &known, board, place, run);
    if (status == QUORSUM_OK) {
        status = put_receipt(board, contribution, coordinator, object);
        qs_account_tell(account, object, quorsum_identity_public(coordinator), status);
    } else {
        qs_contribution_object(object, place);
        qs_account_tell(account, object, known ? who : NULL, status);
    }
    quorsum_contribution_free(contribution);
    return qs_is_trouble(status) ? status : QUORSUM_OK;
}

static quorsum_status receive_all(const quorsum_board *board, const quorsum_identity *coordinator,
                                  const qs_account *account, const quorsum_run *run)
{
    quorsum_run quiet = qs_run_quiet(run);
    qs_buffer places = {0};
    quorsum_status status = qs_board_places(&places, board, "contributions", account);
    const qs_place *place = (const qs_place *)(const void *)places.data;
    size_t count = places.len / sizeof *place;

    for (size_t i = 0; i < count && status == QUORSUM_OK; i++) {
        status = receive(board, &place[i], coordinator, account, &quiet);
        if (status == QUORSUM_OK && run != NULL && run->progress != NULL && run->progress(i + 1, count, run->user) != 0)
            status = QUORSUM_ERR_CANCELLED;
    }
    qs_buffer_free(&places);
    return status;
}

quorsum_status quorsum_board_receive(quorsum_board *board, const quorsum_identity *coordinator,
                                     const quorsum_watch *watch, const quorsum_run *run)
{
    qs_account account = {.watch = watch};
    quorsum_status status;
    int lock = -1;

    if (board == NULL || coordinator == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_bound_is_coordinator(board->task, quorsum_identity_public(coordinator)))
        return QUORSUM_ERR_COORDINATOR;
    status = qs_lock_acquire(&lock, board->path);
    if (status == QUORSUM_OK)
        status = qs_board_place_manifest(board, &account);
    if (status == QUORSUM_OK && qs_board_has(board, "manifest"))
        status = QUORSUM_ERR_CLOSED; /* a receipt for what it leaves out would be a promise already broken */
    if (status == QUORSUM_OK)
        status = receive_all(board, coordinator, &account, run);
    qs_lock_release(lock);
    return status;
}

/* ---- checking ---- */

static quorsum_status hold_against(const quorsum_receipt *receipt, const quorsum_manifest *manifest)
{
    quorsum_status status = manifest != NULL ? quorsum_receipt_check(receipt, manifest) : QUORSUM_OK;

    return status == QUORSUM_ERR_SUPERSEDED ? QUORSUM_OK : status;
}

/* Answers trouble, or ERR_OMITTED. What is no receipt is told and binds nobody. */
static quorsum_status check_on_board(const quorsum_board *board, const qs_place *place,
                                     const quorsum_manifest *manifest, qs_journal *journal, qs_account *account)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    char object[QS_OBJECT_BYTES];
    quorsum_receipt *receipt = NULL;
    quorsum_status noted = QUORSUM_OK;
    quorsum_status status;
    int known;

    qs_receipt_object(object, place);
    status = read_receipt(&receipt, who, &known, board, place, object);
    if (status == QUORSUM_OK && journal != NULL)
        noted = qs_journal_note_receipt(journal, receipt);
    if (status == QUORSUM_OK)
        status = hold_against(receipt, manifest);
    if (status == QUORSUM_ERR_OMITTED)
        qs_account_enter(account, object, known ? who : NULL, status);
    else
        qs_account_tell(account, object, known ? who : NULL, status);
    quorsum_receipt_free(receipt);
    if (noted != QUORSUM_OK)
        return noted;
    return status == QUORSUM_ERR_OMITTED || (qs_is_trouble(status) && status != QUORSUM_ERR_SYSTEM) ? status
                                                                                                   : QUORSUM_OK;
}

/* One that the journal knows and the board does not show. */
static quorsum_status check_remembered(const quorsum_board *board, const quorsum_receipt *receipt,
                                       const quorsum_manifest *manifest, qs_account *account)
{
    quorsum_status status = hold_against(receipt, manifest);
    char object[QS_OBJECT_BYTES];
    quorsum_bytes message = {0};
    qs_place place = {.sequence = receipt->sequence};

    if (status != QUORSUM_ERR_OMITTED)
        return status;
    memcpy(place.sender, receipt->contributor, sizeof place.sender);
    qs_receipt_object(object, &place);
    if (!qs_board_has(board, object) && qs_receipt_encode(&message, board->task, receipt) == QUORSUM_OK)
        (void)qs_board_put(board, "receipts", object, message.data, message.len); /* if not, it is named all the same */
    quorsum_bytes_free(&message);
    qs_account_enter(account, object, board->task->coordinator, status);
    return status;
}

quorsum_status qs_board_check_receipts(const quorsum_board *board, const quorsum_manifest *manifest,
                                       qs_journal *journal, qs_account *account)
{
    size_t remembered = journal != NULL ? qs_journal_receipts(journal) : 0; /* before this look */
    qs_buffer places = {0};
    quorsum_status broken = QUORSUM_OK;
    quorsum_status status = qs_board_places(&places, board, "receipts", account);
    const qs_place *place = (const qs_place *)(const void *)places.data;

    for (size_t i = 0; i < places.len / sizeof *place && !qs_is_trouble(status); i++) {
        status = check_on_board(board, &place[i], manifest, journal, account);
        broken = status == QUORSUM_ERR_OMITTED ? status : broken;
    }
    for (size_t i = 0; i < remembered && broken == QUORSUM_OK && !qs_is_trouble(status); i++) {
        status = check_remembered(board, qs_journal_receipt(journal, i), manifest, account);
        broken = status;
    }
    qs_buffer_free(&places);
    return qs_is_trouble(status) ? status : broken;
}
