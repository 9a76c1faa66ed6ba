/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The auditor's view: everything again, from the files alone, as far as each thing can still be checked when another
 * one is refused. The first refusal is the answer, in the order key, task, manifest, aggregate, contributions, product,
 * receipts, evidence, acknowledgements, partials, result.
 *
 * A contribution on the board that the manifest does not list is told (ERR_CLOSED when it is valid: late, or left out)
 * but is no refusal: anybody may drop a file after the closing. So are completions: the result stands or falls without.
 */
#include <string.h>

#include "lib/round/board.h"

struct audit {
    const quorsum_board *board;
    qs_account account;
    const quorsum_run *run;
    quorsum_run quiet;
    quorsum_manifest *manifest;
    quorsum_aggregate *aggregate;
    quorsum_result *result;
};

static void tell_ground(struct audit *audit)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    const quorsum_task *task = audit->board->task;
    int known;

    /* Both were checked when the board was opened. */
    qs_account_enter(&audit->account, "key", quorsum_key_record_signer(task->record), QUORSUM_OK);
    known = qs_bound_sender(who, QS_KIND_TASK, QS_TASK_KEYS, task->encoded.data, task->encoded.len);
    qs_account_enter(&audit->account, "task", known ? who : NULL, QUORSUM_OK);
}

/* Every listed contribution, and the product when all of them are good. */
static quorsum_status check_product(struct audit *audit)
{
    quorsum_aggregator *aggregator = NULL;
    quorsum_status status = quorsum_aggregator_new(&aggregator, audit->board->task);

    if (status == QUORSUM_OK)
        status = qs_board_feed_manifest(aggregator, audit->board, audit->manifest, NULL,
                                        &audit->account, audit->run);
    if (status == QUORSUM_OK && audit->aggregate != NULL) {
        status = quorsum_aggregate_check(audit->aggregate, audit->manifest, aggregator, &audit->quiet);
        if (status != QUORSUM_OK)
            qs_account_enter(&audit->account, "aggregate", audit->board->task->coordinator, status);
    }
    quorsum_aggregator_free(aggregator);
    return status;
}

/* Valid, and not in the sum: a later one counts, or it came late, or was left out. What the manifest says was wrong
 * with it proves nothing: it may have been another file then. */
static quorsum_status judge_unlisted(const struct audit *audit, const qs_place *place)
{
    const qs_refused *refused = qs_manifest_find_refused(audit->manifest, place->sender, place->sequence);

    if (refused != NULL && strcmp(refused->reason, quorsum_status_name(QUORSUM_ERR_SUPERSEDED)) == 0)
        return QUORSUM_ERR_SUPERSEDED;
    return QUORSUM_ERR_CLOSED;
}

/* Looks at one that the manifest does not list. Only trouble is answered. */
static quorsum_status tell_unlisted(const struct audit *audit, const qs_place *place)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    char object[QS_OBJECT_BYTES];
    quorsum_contribution *contribution = NULL;
    int known;
    quorsum_status status = qs_board_contribution(&contribution, who, &known, audit->board, place, &audit->quiet);

    quorsum_contribution_free(contribution);
    qs_contribution_object(object, place);
    qs_account_tell(&audit->account, object, known ? who : NULL,
                    status == QUORSUM_OK ? judge_unlisted(audit, place) : status);
    if (status == QUORSUM_ERR_SYSTEM) /* nobody needs it: that it cannot be read is told, and that is all */
        status = QUORSUM_OK;
    return qs_is_trouble(status) ? status : QUORSUM_OK;
}

static quorsum_status check_unlisted(const struct audit *audit)
{
    qs_buffer places = {0};
    quorsum_status status = qs_board_places(&places, audit->board, "contributions", &audit->account);
    const qs_place *place = (const qs_place *)(const void *)places.data;

    for (size_t i = 0; i < places.len / sizeof *place && status == QUORSUM_OK; i++) {
        uint32_t index;

        if (!qs_manifest_find(audit->manifest, place[i].sender, &index) ||
            quorsum_manifest_sequence(audit->manifest, index) != place[i].sequence)
            status = tell_unlisted(audit, &place[i]);
    }
    qs_buffer_free(&places);
    return status;
}

/* Whether the coordinator kept its word, and who has given two. */
static quorsum_status check_promises(struct audit *audit)
{
    quorsum_status status = qs_board_check_receipts(audit->board, audit->manifest, NULL, &audit->account);

    if (!qs_is_trouble(status))
        status = qs_board_check_evidence(audit->board, NULL, &audit->account);
    return status;
}

static quorsum_status check_opening(struct audit *audit)
{
    uint8_t good[QUORSUM_TRUSTEES_MAX + 1] = {0};
    const quorsum_task *task = audit->board->task;
    quorsum_combiner *combiner = NULL;
    quorsum_status status = qs_board_count_acknowledgements(good, audit->board, audit->manifest, audit->aggregate,
                                                            &audit->account);

    if (!qs_is_trouble(status))
        status = quorsum_combiner_new(&combiner, task->record, audit->aggregate->ciphertexts, task->digest);
    if (status == QUORSUM_OK)
        status = qs_board_feed_partials(combiner, good, audit->board, audit->aggregate, &audit->account, &audit->quiet);
    quorsum_combiner_free(combiner);
    if (status == QUORSUM_OK)
        status = qs_board_tell_completions(audit->board, audit->aggregate, &audit->account, &audit->quiet);
    if (status != QUORSUM_OK)
        return status;
    status = qs_board_read_result(&audit->result, audit->board, audit->manifest, audit->aggregate, &audit->account,
                                  &audit->quiet);
    if (status == QUORSUM_ERR_NOT_FOUND)
        qs_account_enter(&audit->account, "result", NULL, QUORSUM_ERR_MISSING);
    if (status == QUORSUM_OK)
        (void)qs_board_check_named(audit->result, good, audit->board, &audit->account);
    return qs_is_trouble(status) ? status : QUORSUM_OK;
}

/* Answers trouble only; refusals are in the account. */
static quorsum_status check_everything(struct audit *audit)
{
    quorsum_status status = qs_board_manifest(&audit->manifest, audit->board, &audit->account);

    if (status != QUORSUM_OK) { /* without it nothing else says what it belongs to, but for who has given two */
        return qs_is_trouble(status) ? status : qs_board_check_evidence(audit->board, NULL, &audit->account);
    }
    status = qs_board_aggregate(&audit->aggregate, audit->board, audit->manifest, &audit->account, audit->run);
    if (!qs_is_trouble(status))
        status = check_product(audit);
    if (!qs_is_trouble(status))
        status = check_unlisted(audit);
    if (!qs_is_trouble(status))
        status = check_promises(audit);
    if (!qs_is_trouble(status) && audit->aggregate != NULL)
        status = check_opening(audit);
    return status;
}

quorsum_status quorsum_board_verify(quorsum_result **out, quorsum_board *board, const quorsum_watch *watch,
                                    const quorsum_run *run)
{
    struct audit audit = {.board = board, .run = run};
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (board == NULL)
        return QUORSUM_ERR_ARGUMENT;
    audit.account.watch = watch;
    audit.quiet = qs_run_quiet(run);
    tell_ground(&audit);
    status = check_everything(&audit);
    if (!qs_is_trouble(status))
        status = audit.account.first;
    if (out != NULL && !qs_is_trouble(status)) {
        *out = audit.result;
        audit.result = NULL;
    }
    quorsum_result_free(audit.result);
    quorsum_aggregate_free(audit.aggregate);
    quorsum_manifest_free(audit.manifest);
    return status;
}
