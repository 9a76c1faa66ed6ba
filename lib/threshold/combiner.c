/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The combiner. A partial enters only after its proof has been checked against the record's verification key, so
 * that whoever sent a wrong one is known at once. What proven partials open is checked all the same, element by
 * element, by re-encryption; if that fails the key is at fault (docs/protocol.md), and another quorum may still do.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/threshold/opening.h"
#include "lib/threshold/partial.h"

/* A faulty key may have very many quorums: this many are tried. */
#define QUORUMS_MAX 1000

struct quorsum_combiner {
    quorsum_key_record *record;
    quorsum_ciphertexts *ciphertexts; /* our copy */
    uint8_t task[QUORSUM_DIGEST_BYTES];
    size_t added;
    mp_limb_t **partials;             /* by trustee - 1: NULL until added */
};

quorsum_status quorsum_combiner_new(quorsum_combiner **out, const quorsum_key_record *record,
                                    const quorsum_ciphertexts *ciphertexts, const uint8_t *task)
{
    quorsum_combiner *combiner;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || record == NULL || ciphertexts == NULL || task == NULL || ciphertexts->count == 0)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_public_key_same(ciphertexts->key, record->parts.key))
        return QUORSUM_ERR_KEY_MISMATCH;
    combiner = calloc(1, sizeof *combiner);
    if (combiner == NULL)
        return QUORSUM_ERR_MEMORY;
    combiner->record = qs_key_record_hold(record);
    memcpy(combiner->task, task, sizeof combiner->task);
    combiner->partials = calloc(record->parts.trustees, sizeof *combiner->partials);
    status = qs_ciphertexts_new(&combiner->ciphertexts, record->parts.key, ciphertexts->count);
    if (status == QUORSUM_OK && combiner->partials == NULL)
        status = QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK) {
        memcpy(combiner->ciphertexts->value, ciphertexts->value,
               ciphertexts->count * record->parts.key->ring->width * sizeof *ciphertexts->value);
        *out = combiner;
        combiner = NULL;
    }
    quorsum_combiner_free(combiner);
    return status;
}

void quorsum_combiner_free(quorsum_combiner *combiner)
{
    if (combiner == NULL)
        return;
    for (uint32_t i = 0; combiner->partials != NULL && i < combiner->record->parts.trustees; i++)
        free(combiner->partials[i]);
    free(combiner->partials);
    quorsum_ciphertexts_free(combiner->ciphertexts);
    quorsum_key_record_free(combiner->record);
    free(combiner);
}

/* ---- adding ---- */

static quorsum_status check_partial(const quorsum_combiner *combiner, const quorsum_partial *partial)
{
    const quorsum_key_record *record = combiner->record;
    const uint8_t *expected;

    if (memcmp(partial->key, record->digest, sizeof partial->key) != 0)
        return QUORSUM_ERR_KEY_MISMATCH;
    if (memcmp(partial->task, combiner->task, sizeof partial->task) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    if (partial->trustee < 1 || partial->trustee > record->parts.trustees)
        return QUORSUM_ERR_TRUSTEE;
    expected = quorsum_key_record_trustee(record, partial->trustee);
    if (expected != NULL && memcmp(expected, partial->prover, QUORSUM_IDENTITY_BYTES) != 0)
        return QUORSUM_ERR_TRUSTEE;
    if (combiner->partials[partial->trustee - 1] != NULL)
        return QUORSUM_ERR_DUPLICATE_TRUSTEE;
    if (partial->count != combiner->ciphertexts->count || partial->limbs != record->parts.key->root->limbs)
        return QUORSUM_ERR_WIDTH;
    return QUORSUM_OK;
}

quorsum_status quorsum_combiner_add(quorsum_combiner *combiner, const quorsum_partial *partial, const quorsum_run *run)
{
    qs_share_statement statement;
    qs_context context;
    mp_limb_t *copy;
    size_t bytes;
    quorsum_status status;

    if (combiner == NULL || partial == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = check_partial(combiner, partial);
    if (status != QUORSUM_OK)
        return status;
    qs_partial_statement(&statement, &context, combiner->record, partial, combiner->ciphertexts);
    status = qs_share_verify_vartime(partial->proof, partial->proof_len, &context, &statement, run);
    if (status != QUORSUM_OK)
        return status;
    bytes = partial->count * partial->limbs * sizeof *copy;
    copy = malloc(bytes);
    if (copy == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(copy, partial->value, bytes);
    combiner->partials[partial->trustee - 1] = copy;
    combiner->added++;
    return QUORSUM_OK;
}

/* ---- opening ---- */

/* Two loops (combining, completing) and possibly several quorums, reported as one rising count. */
typedef struct stage {
    const quorsum_run *outer;
    uint64_t before;
    uint64_t total;
    uint64_t reported;
} stage;

static int report_stage(uint64_t done, uint64_t total, void *user)
{
    stage *now = user;

    (void)total;
    if (now->before + done > now->reported)
        now->reported = now->before + done;
    return now->outer->progress(now->reported, now->total, now->outer->user);
}

/* The run of one loop. */
static quorsum_run stage_run(stage *now, uint64_t before)
{
    quorsum_run run = {0};

    now->before = before;
    if (now->outer == NULL)
        return run;
    run.threads = now->outer->threads;
    if (now->outer->progress != NULL) {
        run.progress = report_stage;
        run.user = now;
    }
    return run;
}

/* A quorum in the making: `chosen` are positions among the trustees who have sent, ascending. */
typedef struct quorum_choice {
    uint32_t *senders;            /* all who have sent, ascending */
    size_t *chosen;
    uint32_t *trustees;           /* senders[chosen[i]] */
    const mp_limb_t **partials;   /* likewise */
    size_t quorum;
    size_t sent;
} quorum_choice;

static void choice_free(quorum_choice *choice)
{
    free(choice->senders);
    free(choice->chosen);
    free(choice->trustees);
    free(choice->partials);
}

static quorsum_status choice_new(quorum_choice *choice, const quorsum_combiner *combiner)
{
    memset(choice, 0, sizeof *choice);
    choice->quorum = combiner->record->parts.quorum;
    choice->senders = calloc(combiner->added, sizeof *choice->senders);
    choice->chosen = calloc(choice->quorum, sizeof *choice->chosen);
    choice->trustees = calloc(choice->quorum, sizeof *choice->trustees);
    choice->partials = calloc(choice->quorum, sizeof *choice->partials);
    if (choice->senders == NULL || choice->chosen == NULL || choice->trustees == NULL || choice->partials == NULL)
        return QUORSUM_ERR_MEMORY;
    for (uint32_t i = 0; i < combiner->record->parts.trustees; i++) {
        if (combiner->partials[i] != NULL)
            choice->senders[choice->sent++] = i + 1;
    }
    for (size_t i = 0; i < choice->quorum; i++)
        choice->chosen[i] = i;
    return QUORSUM_OK;
}

/* The next set of positions in lexicographic order; 0 after the last. */
static int next_choice(quorum_choice *choice)
{
    size_t i = choice->quorum;

    while (i > 0 && choice->chosen[i - 1] == choice->sent - choice->quorum + i - 1)
        i--;
    if (i == 0)
        return 0;
    choice->chosen[i - 1]++;
    for (; i < choice->quorum; i++)
        choice->chosen[i] = choice->chosen[i - 1] + 1;
    return 1;
}

static quorsum_status open_with(quorsum_opening *opening, const quorsum_combiner *combiner, quorum_choice *choice,
                                stage *now)
{
    quorsum_run run = stage_run(now, 0);
    quorsum_status status;

    for (size_t i = 0; i < choice->quorum; i++) {
        choice->trustees[i] = choice->senders[choice->chosen[i]];
        choice->partials[i] = combiner->partials[choice->trustees[i] - 1];
    }
    status = qs_combine_vartime(opening->r, combiner->record, combiner->ciphertexts, choice->trustees, choice->partials,
                                &run);
    if (status == QUORSUM_OK) {
        run = stage_run(now, opening->count);
        status = qs_complete_vartime(opening->m, combiner->ciphertexts, opening->r, &run);
    }
    return status;
}

/* Quorum after quorum until one opens. Only a refused completion leads to the next. */
static quorsum_status try_quorums(quorsum_opening *opening, const quorsum_combiner *combiner, quorum_choice *choice,
                                  const quorsum_run *run)
{
    stage now = {.outer = run, .total = 2 * (uint64_t)opening->count};
    quorsum_status status = QUORSUM_ERR_OPENING;

    for (unsigned tries = 0; status == QUORSUM_ERR_OPENING && tries < QUORUMS_MAX; tries++) {
        if (tries > 0 && !next_choice(choice))
            break;
        status = open_with(opening, combiner, choice, &now);
    }
    return status == QUORSUM_ERR_OPENING ? QUORSUM_ERR_KEY_FAULTY : status;
}

quorsum_status quorsum_combiner_open(quorsum_opening **out, const quorsum_combiner *combiner, const quorsum_run *run)
{
    quorsum_opening *opening = NULL;
    quorum_choice choice = {0};
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || combiner == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (combiner->added < combiner->record->parts.quorum)
        return QUORSUM_ERR_TOO_FEW_SHARES;
    status = choice_new(&choice, combiner);
    if (status == QUORSUM_OK)
        status = qs_opening_new(&opening, combiner->record->parts.key, combiner->ciphertexts->count);
    if (status == QUORSUM_OK)
        status = try_quorums(opening, combiner, &choice, run);
    if (status == QUORSUM_OK) {
        opening->trustees = choice.trustees;
        opening->trustee_count = choice.quorum;
        choice.trustees = NULL;
        *out = opening;
        opening = NULL;
    }
    quorsum_opening_free(opening);
    choice_free(&choice);
    return status;
}
