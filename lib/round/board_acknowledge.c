/* SPDX-License-Identifier: Apache-2.0 */
/* A trustee's word on a board, what it may do for it in advance, and counting the words of all. */
#include <string.h>

#include "lib/round/board.h"

quorsum_status quorsum_board_examine(quorsum_board *board, const char *journal, const quorsum_watch *watch,
                                     const quorsum_run *run)
{
    qs_account account = {.watch = watch};
    qs_journal *memory = NULL;
    quorsum_status written;
    quorsum_status status;

    if (board == NULL || journal == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = qs_journal_open(&memory, journal, board->task->digest);
    if (status != QUORSUM_OK)
        return status;
    status = qs_board_check_receipts(board, NULL, memory, &account);
    if (status == QUORSUM_OK)
        status = qs_board_feed_journal(memory, board, &account, run);
    written = qs_journal_write(memory); /* of what was interrupted, too */
    qs_journal_close(memory);
    return status != QUORSUM_OK ? status : written;
}

quorsum_status quorsum_board_acknowledge(quorsum_board *board, const quorsum_identity *identity, const char *journal,
                                         const quorsum_watch *watch, const quorsum_run *run)
{
    qs_duty duty = {.board = board, .identity = identity, .run = run};
    char object[QS_OBJECT_BYTES];
    quorsum_status status;

    if (board == NULL || identity == NULL || journal == NULL)
        return QUORSUM_ERR_ARGUMENT;
    duty.account.watch = watch;
    duty.quiet = qs_run_quiet(run);
    duty.trustee = qs_bound_trustee_of(board->task, quorsum_identity_public(identity));
    status = duty.trustee != 0 ? qs_board_agree(&duty, journal) : QUORSUM_ERR_TRUSTEE;
    qs_acknowledgement_object(object, duty.trustee);
    if (status == QUORSUM_OK)
        qs_account_tell(&duty.account, object, quorsum_identity_public(identity), QUORSUM_OK);
    qs_duty_end(&duty);
    return status;
}

/* ---- counting ---- */

static quorsum_status check_one(uint8_t who[QUORSUM_IDENTITY_BYTES], int *known, const quorsum_board *board,
                                uint32_t trustee, const quorsum_manifest *manifest, const quorsum_aggregate *aggregate)
{
    char object[QS_OBJECT_BYTES];
    quorsum_acknowledgement *found = NULL;
    qs_view view = {0};
    quorsum_status status;

    qs_acknowledgement_object(object, trustee);
    status = qs_board_map(&view, board, object, QS_PROMISE_BYTES_MAX);
    *known = qs_bound_sender(who, QS_KIND_ACKNOWLEDGEMENT, QS_ACKNOWLEDGEMENT_KEYS, view.data, view.len);
    if (status == QUORSUM_OK)
        status = quorsum_acknowledgement_decode(&found, board->task, view.data, view.len);
    if (status == QUORSUM_OK && found->trustee != trustee)
        status = QUORSUM_ERR_TRUSTEE; /* under another trustee's name */
    if (status == QUORSUM_OK && (memcmp(found->manifest, manifest->digest, sizeof found->manifest) != 0 ||
                                 memcmp(found->aggregate, aggregate->digest, sizeof found->aggregate) != 0))
        status = QUORSUM_ERR_MISSING; /* of another manifest or aggregate */
    quorsum_acknowledgement_free(found);
    qs_view_close(&view);
    return status;
}

quorsum_status qs_board_count_acknowledgements(uint8_t good[QUORSUM_TRUSTEES_MAX + 1], const quorsum_board *board,
                                               const quorsum_manifest *manifest, const quorsum_aggregate *aggregate,
                                               qs_account *account)
{
    uint8_t present[QUORSUM_TRUSTEES_MAX + 1];
    uint32_t count = 0;
    quorsum_status status = qs_board_trustees(present, board, "acks", account);

    memset(good, 0, QUORSUM_TRUSTEES_MAX + 1);
    for (uint32_t trustee = 1; trustee <= QUORSUM_TRUSTEES_MAX && status == QUORSUM_OK; trustee++) {
        uint8_t who[QUORSUM_IDENTITY_BYTES];
        char object[QS_OBJECT_BYTES];
        quorsum_status found;
        int known;

        if (!present[trustee])
            continue;
        found = check_one(who, &known, board, trustee, manifest, aggregate);
        qs_acknowledgement_object(object, trustee);
        qs_account_enter(account, object, known ? who : NULL, found);
        good[trustee] = found == QUORSUM_OK;
        count += good[trustee];
        if (qs_is_trouble(found) && found != QUORSUM_ERR_SYSTEM)
            status = found;
    }
    if (status != QUORSUM_OK || count >= board->task->agreement)
        return status;
    qs_account_enter(account, "acks", NULL, QUORSUM_ERR_AGREEMENT);
    return QUORSUM_ERR_AGREEMENT;
}
