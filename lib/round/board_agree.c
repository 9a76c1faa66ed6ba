/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a trustee comes to agree. The order is the point: everything is recomputed from the contributions themselves,
 * then the journal says on disk which manifest and aggregate this trustee opens for the task, and only then does its
 * acknowledgement come to be. A manifest that the journal has agreed to was checked before it did, so it is not checked
 * again; receipts are.
 */
#include <string.h>

#include "lib/round/board.h"
#include "lib/round/policy.h"

/* ---- a second manifest ---- */

/* Whether what stands on the board as the manifest is another one than the journal's, whatever else is wrong
 * with it. */
static quorsum_status check_equivocation(qs_duty *duty)
{
    const qs_agreement *agreement = qs_journal_agreement(duty->journal);
    uint8_t sender[QUORSUM_IDENTITY_BYTES];
    const char *kind = NULL;
    qs_signed first;
    qs_signed second;
    qs_view view = {0};
    quorsum_status status;

    if (agreement == NULL)
        return QUORSUM_OK;
    status = qs_board_map(&view, duty->board, "manifest", qs_manifest_max(duty->board->task));
    if (status == QUORSUM_OK)
        status = qs_evidence_take(&second, &kind, sender, duty->board->task,
                                  &(const quorsum_bytes){(uint8_t *)(uintptr_t)view.data, view.len});
    qs_view_close(&view);
    if (status != QUORSUM_OK || memcmp(second.digest, agreement->manifest, sizeof second.digest) == 0)
        return QUORSUM_OK; /* whoever reads the manifest next says what is wrong with it */
    memcpy(first.digest, agreement->manifest, sizeof first.digest);
    memcpy(first.signature, agreement->signature, sizeof first.signature);
    status = qs_board_accuse(duty->board, kind, sender, &first, &second, duty->identity, &duty->account);
    /* A signature that is not the coordinator's is no second word of his: that manifest is refused as it is read. */
    return status == QUORSUM_ERR_EQUIVOCATION || qs_is_trouble(status) ? status : QUORSUM_OK;
}

/* Others may hold the proof that this trustee would have to find. */
static quorsum_status check_accusations(qs_duty *duty)
{
    int coordinator = 0;
    quorsum_status status = qs_board_check_evidence(duty->board, &coordinator, &duty->account);

    return status == QUORSUM_OK && coordinator ? QUORSUM_ERR_EQUIVOCATION : status;
}

/* ---- what there is to agree to ---- */

static int has_agreed(const qs_duty *duty)
{
    const qs_agreement *agreement = qs_journal_agreement(duty->journal);

    return agreement != NULL && memcmp(agreement->manifest, duty->manifest->digest, QUORSUM_DIGEST_BYTES) == 0 &&
           memcmp(agreement->aggregate, duty->aggregate->digest, QUORSUM_DIGEST_BYTES) == 0;
}

/* Every contribution, the product, the cohort. */
static quorsum_status check_product(qs_duty *duty)
{
    const quorsum_board *board = duty->board;
    quorsum_aggregator *aggregator = NULL;
    quorsum_status status = quorsum_aggregator_new(&aggregator, board->task);

    if (status == QUORSUM_OK)
        status = qs_board_feed_manifest(aggregator, board, duty->manifest, duty->journal, &duty->account, duty->run);
    if (status == QUORSUM_OK) {
        status = qs_policy_aggregate(board->task, duty->manifest, duty->aggregate, aggregator, &duty->quiet);
        if (status != QUORSUM_OK)
            qs_account_enter(&duty->account, "aggregate", board->task->coordinator, status);
    }
    quorsum_aggregator_free(aggregator);
    return status;
}

static quorsum_status check_board(qs_duty *duty)
{
    quorsum_status status = check_equivocation(duty);

    if (status == QUORSUM_OK)
        status = qs_board_manifest(&duty->manifest, duty->board, &duty->account);
    if (status == QUORSUM_OK)
        status = qs_board_aggregate(&duty->aggregate, duty->board, duty->manifest, &duty->account, duty->run);
    if (status == QUORSUM_OK && !has_agreed(duty))
        status = check_accusations(duty);
    if (status == QUORSUM_OK && !has_agreed(duty))
        status = check_product(duty);
    if (status == QUORSUM_OK)
        status = qs_board_check_receipts(duty->board, duty->manifest, duty->journal, &duty->account);
    return status;
}

/* ---- one's own acknowledgement ---- */

/* What stands in this trustee's place: OK for its acknowledgement of just this, ERR_NOT_FOUND for nothing. Of something
 * else: ERR_POLICY, a journal that was lost has agreed to another manifest; or ERR_EXISTS for what is not this
 * trustee's. */
static quorsum_status look_at_place(qs_duty *duty, const char *object)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    quorsum_acknowledgement *own = NULL;
    qs_view view = {0};
    quorsum_status status = qs_board_map(&view, duty->board, object, QS_PROMISE_BYTES_MAX);
    int known = qs_bound_sender(who, QS_KIND_ACKNOWLEDGEMENT, QS_ACKNOWLEDGEMENT_KEYS, view.data, view.len);

    if (status == QUORSUM_OK)
        status = quorsum_acknowledgement_decode(&own, duty->board->task, view.data, view.len);
    if (status == QUORSUM_OK && own->trustee != duty->trustee)
        status = QUORSUM_ERR_TRUSTEE;
    if (status == QUORSUM_OK && (memcmp(own->manifest, duty->manifest->digest, sizeof own->manifest) != 0 ||
                                 memcmp(own->aggregate, duty->aggregate->digest, sizeof own->aggregate) != 0))
        status = QUORSUM_ERR_POLICY;
    quorsum_acknowledgement_free(own);
    qs_view_close(&view);
    if (status == QUORSUM_OK || status == QUORSUM_ERR_NOT_FOUND || qs_is_trouble(status))
        return status;
    qs_account_enter(&duty->account, object, known ? who : NULL, status);
    return status == QUORSUM_ERR_POLICY ? status : QUORSUM_ERR_EXISTS;
}

static quorsum_status put_acknowledgement(qs_duty *duty, const char *object)
{
    quorsum_bytes message = {0};
    quorsum_status status = qs_acknowledgement_encode(&message, duty->board->task, duty->aggregate, duty->trustee,
                                                      duty->identity);

    if (status == QUORSUM_OK)
        status = qs_board_put(duty->board, "acks", object, message.data, message.len);
    quorsum_bytes_free(&message);
    /* this trustee's other process may have been faster, or somebody else */
    return status == QUORSUM_ERR_EXISTS ? look_at_place(duty, object) : status;
}

/* Durably, before anything is said to others. */
static quorsum_status agree_in_journal(qs_duty *duty)
{
    qs_agreement agreement;
    quorsum_status status;

    memcpy(agreement.manifest, duty->manifest->digest, sizeof agreement.manifest);
    memcpy(agreement.signature, duty->manifest->signature, sizeof agreement.signature);
    memcpy(agreement.aggregate, duty->aggregate->digest, sizeof agreement.aggregate);
    status = qs_journal_agree(duty->journal, &agreement);
    if (status == QUORSUM_ERR_EQUIVOCATION) { /* another process of this trustee was faster, with another manifest */
        quorsum_status found = check_equivocation(duty);

        status = found != QUORSUM_OK ? found : status;
    }
    return status;
}

quorsum_status qs_board_agree(qs_duty *duty, const char *journal)
{
    char object[QS_OBJECT_BYTES];
    quorsum_status place;
    quorsum_status status = qs_journal_open(&duty->journal, journal, duty->board->task->digest);

    if (status == QUORSUM_OK)
        status = check_board(duty);
    if (status != QUORSUM_OK) {
        if (duty->journal != NULL)
            (void)qs_journal_write(duty->journal); /* what was verified need not be verified again */
        return status;
    }
    qs_acknowledgement_object(object, duty->trustee);
    place = look_at_place(duty, object);
    if (place == QUORSUM_ERR_POLICY || qs_is_trouble(place))
        return place;
    /* also when it is acknowledged already: a journal that was lost learns of it again */
    status = agree_in_journal(duty);
    if (status != QUORSUM_OK)
        return status;
    return place == QUORSUM_ERR_NOT_FOUND ? put_acknowledgement(duty, object) : place;
}

void qs_duty_end(qs_duty *duty)
{
    quorsum_aggregate_free(duty->aggregate);
    quorsum_manifest_free(duty->manifest);
    qs_journal_close(duty->journal);
}
