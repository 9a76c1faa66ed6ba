/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence on a board: made when somebody meets a second signature, read by whoever verifies. Files in evidence/ that
 * prove nothing are told and passed over, for anybody may write there.
 */
#include <string.h>

#include "lib/round/board.h"

static quorsum_status put_evidence(const quorsum_board *board, const quorsum_bytes *evidence, const qs_signed *first,
                                   const qs_signed *second, const uint8_t *accused, qs_account *account)
{
    uint8_t name[QUORSUM_DIGEST_BYTES];
    char object[QS_OBJECT_BYTES];
    quorsum_status status;

    qs_evidence_name(name, first->digest, second->digest);
    qs_evidence_object(object, name);
    status = qs_board_put(board, "evidence", object, evidence->data, evidence->len);
    if (status != QUORSUM_OK && status != QUORSUM_ERR_EXISTS)
        return status;
    qs_account_enter(account, object, accused, QUORSUM_ERR_EQUIVOCATION);
    return QUORSUM_ERR_EQUIVOCATION;
}

quorsum_status qs_board_accuse(const quorsum_board *board, const char *kind, const uint8_t *accused,
                               const qs_signed *first, const qs_signed *second, const quorsum_identity *signer,
                               qs_account *account)
{
    quorsum_bytes evidence = {0};
    quorsum_status status = qs_evidence_make(&evidence, board->task, kind, accused, first, second, signer);

    if (status == QUORSUM_OK)
        status = put_evidence(board, &evidence, first, second, accused, account);
    quorsum_bytes_free(&evidence);
    return status;
}

/* ---- against another copy ---- */

/* What the board has in the place of such a message. ERR_NOT_FOUND when nothing. */
static quorsum_status read_own(qs_view *own, const quorsum_board *board, const char *kind, const uint8_t *sender)
{
    char object[QS_OBJECT_BYTES];

    if (strcmp(kind, QS_KIND_MANIFEST) == 0)
        return qs_board_map(own, board, "manifest", qs_manifest_max(board->task));
    qs_acknowledgement_object(object, qs_bound_trustee_of(board->task, sender));
    return qs_board_map(own, board, object, QS_PROMISE_BYTES_MAX);
}

static quorsum_status compare(const quorsum_board *board, const qs_signed *theirs, const char *kind,
                              const uint8_t *accused, const quorsum_identity *signer, qs_account *account)
{
    uint8_t sender[QUORSUM_IDENTITY_BYTES];
    const char *own_kind = NULL;
    qs_signed ours;
    qs_view own = {0};
    quorsum_status status = qs_evidence_check_accused(board->task, kind, accused);

    if (status == QUORSUM_OK)
        status = read_own(&own, board, kind, accused);
    if (status == QUORSUM_OK)
        status = qs_evidence_take(&ours, &own_kind, sender, board->task,
                                  &(const quorsum_bytes){(uint8_t *)(uintptr_t)own.data, own.len});
    qs_view_close(&own);
    if (status == QUORSUM_ERR_NOT_FOUND)
        return QUORSUM_OK; /* nothing to hold it against */
    if (status != QUORSUM_OK)
        return status;
    if (own_kind != kind || memcmp(sender, accused, sizeof sender) != 0)
        return strcmp(kind, QS_KIND_MANIFEST) == 0 ? QUORSUM_ERR_COORDINATOR : QUORSUM_ERR_TRUSTEE;
    if (memcmp(ours.digest, theirs->digest, sizeof ours.digest) == 0)
        return QUORSUM_OK;
    return qs_board_accuse(board, kind, accused, &ours, theirs, signer, account);
}

quorsum_status quorsum_board_compare(quorsum_board *board, const quorsum_bytes *message, const quorsum_identity *signer,
                                     const quorsum_watch *watch)
{
    qs_account account = {.watch = watch};
    uint8_t sender[QUORSUM_IDENTITY_BYTES];
    const char *kind = NULL;
    qs_signed theirs;
    quorsum_status status;

    if (board == NULL || message == NULL || message->data == NULL || signer == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = qs_evidence_take(&theirs, &kind, sender, board->task, message);
    if (status == QUORSUM_OK)
        status = compare(board, &theirs, kind, sender, signer, &account);
    return status;
}

/* ---- reading ---- */

/* Answers trouble only. */
static quorsum_status look_at(const quorsum_board *board, const uint8_t *name, int *coordinator, qs_account *account)
{
    char object[QS_OBJECT_BYTES];
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    quorsum_evidence *evidence = NULL;
    qs_view view = {0};
    quorsum_status status;
    int known;

    qs_evidence_object(object, name);
    status = qs_board_map(&view, board, object, QS_PROMISE_BYTES_MAX);
    known = qs_bound_sender(who, QS_KIND_EVIDENCE, QS_EVIDENCE_KEYS, view.data, view.len);
    if (status == QUORSUM_OK)
        status = quorsum_evidence_decode(&evidence, board->task, view.data, view.len);
    qs_view_close(&view);
    if (status == QUORSUM_OK) {
        if (coordinator != NULL && evidence->trustee == 0)
            *coordinator = 1;
        qs_account_enter(account, object, evidence->accused, QUORSUM_ERR_EQUIVOCATION);
    } else {
        qs_account_tell(account, object, known ? who : NULL, status);
    }
    quorsum_evidence_free(evidence);
    return qs_is_trouble(status) && status != QUORSUM_ERR_SYSTEM ? status : QUORSUM_OK;
}

quorsum_status qs_board_check_evidence(const quorsum_board *board, int *coordinator, qs_account *account)
{
    qs_buffer names = {0};
    quorsum_status status = qs_board_evidence_names(&names, board, account);

    if (coordinator != NULL)
        *coordinator = 0;
    for (size_t at = 0; at < names.len && status == QUORSUM_OK; at += QUORSUM_DIGEST_BYTES)
        status = look_at(board, names.data + at, coordinator, account);
    qs_buffer_free(&names);
    return status;
}
