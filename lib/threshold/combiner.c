/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The combiner. A partial enters only after its proof has been checked against the record's verification key, so
 * that whoever sent a wrong one is known at once. What proven partials open is checked all the same, element by
 * element, by re-encryption; if that fails the key is at fault (docs/protocol.md), and another quorum may still do.
 */
#include "lib/threshold/combiner.h"

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

/* Two loops (combining, completing) a range and possibly several quorums, reported as one rising count. */
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

static void choose_trustees(quorum_choice *choice)
{
    for (size_t i = 0; i < choice->quorum; i++)
        choice->trustees[i] = choice->senders[choice->chosen[i]];
}

/* What is to be opened, and where to: see qs_combiner_fill. */
typedef struct filling {
    quorsum_opening *opening;
    size_t first;
    const quorsum_combiner *combiner;
    const qs_range *ranges;
    size_t range_count;
} filling;

static quorsum_status fill_range(const filling *work, const qs_range *range, quorum_choice *choice, stage *now,
                                 uint64_t before)
{
    const quorsum_combiner *combiner = work->combiner;
    const quorsum_public_key *key = combiner->record->parts.key;
    quorsum_ciphertexts part = qs_ciphertexts_range(combiner->ciphertexts, range->begin, range->count);
    mp_limb_t *m = work->opening->m + (range->begin - work->first) * key->plain->width;
    mp_limb_t *r = work->opening->r + (range->begin - work->first) * key->root->width;
    quorsum_run run = stage_run(now, before);
    quorsum_status status;

    for (size_t i = 0; i < choice->quorum; i++)
        choice->partials[i] = combiner->partials[choice->trustees[i] - 1] + range->begin * key->root->limbs;
    status = qs_combine_vartime(r, combiner->record, &part, choice->trustees, choice->partials, &run);
    if (status == QUORSUM_OK) {
        run = stage_run(now, before + range->count);
        status = qs_complete_vartime(m, &part, r, &run);
    }
    return status;
}

static quorsum_status fill_ranges(const filling *work, quorum_choice *choice, stage *now)
{
    uint64_t before = 0;
    quorsum_status status = QUORSUM_OK;

    choose_trustees(choice);
    for (size_t i = 0; i < work->range_count && status == QUORSUM_OK; i++) {
        status = fill_range(work, &work->ranges[i], choice, now, before);
        before += 2 * (uint64_t)work->ranges[i].count;
    }
    return status;
}

/* Quorum after quorum until one opens. Only a refused completion leads to the next. */
static quorsum_status try_quorums(const filling *work, quorum_choice *choice, const quorsum_run *run)
{
    stage now = {.outer = run};
    quorsum_status status = QUORSUM_ERR_OPENING;

    for (size_t i = 0; i < work->range_count; i++)
        now.total += 2 * (uint64_t)work->ranges[i].count;
    for (unsigned tries = 0; status == QUORSUM_ERR_OPENING && tries < QUORUMS_MAX; tries++) {
        if (tries > 0 && !next_choice(choice))
            break;
        status = fill_ranges(work, choice, &now);
    }
    return status == QUORSUM_ERR_OPENING ? QUORSUM_ERR_KEY_FAULTY : status;
}

int qs_combiner_has_quorum(const quorsum_combiner *combiner)
{
    return combiner->added >= combiner->record->parts.quorum;
}

quorsum_status qs_combiner_fill(quorsum_opening *opening, size_t first, const quorsum_combiner *combiner,
                                const qs_range *ranges, size_t range_count, const quorsum_run *run)
{
    const filling work = {opening, first, combiner, ranges, range_count};
    quorum_choice choice = {0};
    quorsum_status status;

    if (!qs_combiner_has_quorum(combiner))
        return QUORSUM_ERR_TOO_FEW_SHARES;
    status = choice_new(&choice, combiner);
    if (status == QUORSUM_OK)
        status = try_quorums(&work, &choice, run);
    if (status == QUORSUM_OK) {
        free(opening->trustees);
        opening->trustees = choice.trustees;
        opening->trustee_count = choice.quorum;
        choice.trustees = NULL;
    }
    choice_free(&choice);
    return status;
}

quorsum_status quorsum_combiner_open(quorsum_opening **out, const quorsum_combiner *combiner, const quorsum_run *run)
{
    quorsum_opening *opening = NULL;
    qs_range whole = {0};
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || combiner == NULL)
        return QUORSUM_ERR_ARGUMENT;
    whole.count = combiner->ciphertexts->count;
    status = qs_opening_new(&opening, combiner->record->parts.key, whole.count);
    if (status == QUORSUM_OK)
        status = qs_combiner_fill(opening, 0, combiner, &whole, 1, run);
    if (status == QUORSUM_OK) {
        *out = opening;
        opening = NULL;
    }
    quorsum_opening_free(opening);
    return status;
}
