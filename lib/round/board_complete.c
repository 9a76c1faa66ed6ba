/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sharing the public work of opening: a part of the aggregate is combined and completed on some machine and put on the
 * board, and whoever opens takes from there what is right.
 *
 * A completion backs nothing. It proves what the ciphertexts hold, as its re-encryption shows, but whoever encrypted
 * them himself could have written it: that a quorum has opened this aggregate is said by the partials alone, which the
 * opener still needs, checks, and names. So the worst that a file in completions/ can do is to cost the time of looking
 * at it, and the folder may be removed at any time.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/round/board.h"
#include "lib/threshold/opening.h"

quorsum_status qs_board_completion(qs_completion **out, uint8_t who[QUORSUM_IDENTITY_BYTES], int *known,
                                   const quorsum_board *board, const quorsum_aggregate *aggregate, qs_part part,
                                   const quorsum_run *run)
{
    char object[QS_OBJECT_BYTES];
    qs_view view = {0};
    quorsum_status status;

    *out = NULL;
    qs_completion_object(object, part);
    status = qs_board_map(&view, board, object, qs_completion_max(board->task));
    *known = qs_bound_sender(who, QS_KIND_COMPLETION, QS_COMPLETION_KEYS, view.data, view.len);
    if (status == QUORSUM_OK)
        status = qs_completion_decode(out, board->task, aggregate, view.data, view.len);
    if (status == QUORSUM_OK && ((*out)->part.number != part.number || (*out)->part.parts != part.parts))
        status = QUORSUM_ERR_RANGE; /* another part than its name says */
    if (status == QUORSUM_OK)
        status = qs_completion_check(*out, aggregate, run);
    if (status != QUORSUM_OK) {
        qs_completion_free(*out);
        *out = NULL;
    }
    qs_view_close(&view);
    return status;
}

/* Reads one and tells it. Only trouble is answered, and a file that cannot be read is none. */
static quorsum_status look_at(qs_completion **out, const quorsum_board *board, const quorsum_aggregate *aggregate,
                              qs_part part, const qs_account *account, const quorsum_run *run)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    char object[QS_OBJECT_BYTES];
    int known;
    quorsum_status status = qs_board_completion(out, who, &known, board, aggregate, part, run);

    qs_completion_object(object, part);
    qs_account_tell(account, object, known ? who : NULL, status);
    return qs_is_trouble(status) && status != QUORSUM_ERR_SYSTEM ? status : QUORSUM_OK;
}

/* qs_board_parts, but a folder that cannot be read is told and counts as empty. */
static quorsum_status list_parts(qs_buffer *out, const quorsum_board *board, size_t count, const qs_account *account)
{
    quorsum_status status = qs_board_parts(out, board, count, account);

    if (status != QUORSUM_ERR_SYSTEM)
        return status;
    qs_account_tell(account, "completions", NULL, status);
    out->len = 0;
    return QUORSUM_OK;
}

quorsum_status qs_board_tell_completions(const quorsum_board *board, const quorsum_aggregate *aggregate,
                                         const qs_account *account, const quorsum_run *run)
{
    qs_buffer parts = {0};
    quorsum_status status = list_parts(&parts, board, aggregate->ciphertexts->count, account);

    for (size_t at = 0; at < parts.len && status == QUORSUM_OK; at += sizeof(qs_part)) {
        qs_completion *completion = NULL;
        qs_part part;

        memcpy(&part, parts.data + at, sizeof part);
        status = look_at(&completion, board, aggregate, part, account, run);
        qs_completion_free(completion);
    }
    qs_buffer_free(&parts);
    return status;
}

/* ---- opening with what there is ---- */

/* An opening in the making. */
typedef struct piecework {
    quorsum_opening *opening;
    uint8_t *known;   /* an element each */
    qs_range *gaps;   /* the ranges of unknown ones, when all completions have been taken */
    size_t gap_count;
} piecework;

static quorsum_status piecework_new(piecework *work, const quorsum_ciphertexts *ciphertexts)
{
    memset(work, 0, sizeof *work);
    work->known = calloc(ciphertexts->count, 1);
    if (work->known == NULL)
        return QUORSUM_ERR_MEMORY;
    return qs_opening_new(&work->opening, ciphertexts->key, ciphertexts->count);
}

static void piecework_free(piecework *work)
{
    quorsum_opening_free(work->opening);
    free(work->known);
    free(work->gaps);
}

/* A known element is the one opening of its ciphertext: to write it again changes nothing. */
static void take_openings(piecework *work, const qs_completion *completion)
{
    const quorsum_public_key *key = work->opening->key;
    const qs_range *range = &completion->range;
    size_t m_bytes = key->plain->width * sizeof(mp_limb_t);
    size_t r_bytes = key->root->width * sizeof(mp_limb_t);

    memcpy(work->opening->m + range->begin * key->plain->width, completion->opening->m, range->count * m_bytes);
    memcpy(work->opening->r + range->begin * key->root->width, completion->opening->r, range->count * r_bytes);
    memset(work->known + range->begin, 1, range->count);
}

static quorsum_status take_part(piecework *work, const quorsum_board *board, const quorsum_aggregate *aggregate,
                                qs_part part, const qs_account *account, const quorsum_run *run)
{
    qs_completion *completion = NULL;
    qs_range range;
    quorsum_status status;

    if (qs_part_range(&range, part, work->opening->count) != QUORSUM_OK ||
        memchr(work->known + range.begin, 0, range.count) == NULL)
        return QUORSUM_OK; /* nothing new in it */
    status = look_at(&completion, board, aggregate, part, account, run);
    if (completion != NULL)
        take_openings(work, completion);
    qs_completion_free(completion);
    return status;
}

static quorsum_status take_completions(piecework *work, const quorsum_board *board, const quorsum_aggregate *aggregate,
                                       const qs_account *account, const quorsum_run *run)
{
    qs_buffer parts = {0};
    quorsum_status status = list_parts(&parts, board, work->opening->count, account);

    for (size_t at = 0; at < parts.len && status == QUORSUM_OK; at += sizeof(qs_part)) {
        qs_part part;

        memcpy(&part, parts.data + at, sizeof part);
        status = take_part(work, board, aggregate, part, account, run);
    }
    qs_buffer_free(&parts);
    return status;
}

/* Whether a gap begins at k. */
static int gap_begins(const piecework *work, size_t k)
{
    return !work->known[k] && (k == 0 || work->known[k - 1]);
}

static quorsum_status find_gaps(piecework *work)
{
    size_t count = work->opening->count;
    size_t next = 0;

    for (size_t k = 0; k < count; k++)
        work->gap_count += (size_t)gap_begins(work, k);
    work->gaps = calloc(work->gap_count + 1, sizeof *work->gaps);
    if (work->gaps == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t k = 0; k < count; k++) {
        if (gap_begins(work, k))
            work->gaps[next++].begin = k;
        if (!work->known[k])
            work->gaps[next - 1].count++;
    }
    return QUORSUM_OK;
}

quorsum_status qs_board_open_aggregate(quorsum_opening **out, const quorsum_board *board,
                                       const quorsum_aggregate *aggregate, const quorsum_combiner *combiner,
                                       const qs_account *account, const quorsum_run *run)
{
    quorsum_run quiet = qs_run_quiet(run);
    piecework work = {0};
    quorsum_status status;

    *out = NULL;
    if (!qs_combiner_has_quorum(combiner)) /* then no completion is of use */
        return QUORSUM_ERR_TOO_FEW_SHARES;
    status = piecework_new(&work, aggregate->ciphertexts);
    if (status == QUORSUM_OK)
        status = take_completions(&work, board, aggregate, account, &quiet);
    if (status == QUORSUM_OK)
        status = find_gaps(&work);
    if (status == QUORSUM_OK)
        status = qs_combiner_fill(work.opening, 0, combiner, work.gaps, work.gap_count, run);
    if (status == QUORSUM_OK) {
        *out = work.opening;
        work.opening = NULL;
    }
    piecework_free(&work);
    return status;
}

/* ---- completing a part ---- */

struct completing {
    const quorsum_board *board;
    const quorsum_aggregate *aggregate;
    qs_part part;
    const quorsum_identity *signer;
    qs_account account;
    const quorsum_run *run;
    quorsum_run quiet;
};

/* What stands in the part's place: OK for a good completion, ERR_NOT_FOUND for nothing, ERR_EXISTS for something else,
 * which is told and left as it is. */
static quorsum_status look_at_place(struct completing *job, const char *object)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    qs_completion *completion = NULL;
    int known;
    quorsum_status status = qs_board_completion(&completion, who, &known, job->board, job->aggregate, job->part,
                                                &job->quiet);

    qs_completion_free(completion);
    if (status == QUORSUM_ERR_NOT_FOUND || qs_is_trouble(status))
        return status;
    qs_account_enter(&job->account, object, known ? who : NULL, status);
    return status == QUORSUM_OK ? QUORSUM_OK : QUORSUM_ERR_EXISTS;
}

static quorsum_status open_part(quorsum_opening **out, struct completing *job, const qs_range *range)
{
    uint8_t good[QUORSUM_TRUSTEES_MAX + 1];
    const quorsum_task *task = job->board->task;
    quorsum_combiner *combiner = NULL;
    quorsum_status status = quorsum_combiner_new(&combiner, task->record, job->aggregate->ciphertexts, task->digest);

    if (status == QUORSUM_OK)
        status = qs_board_feed_partials(combiner, good, job->board, job->aggregate, &job->account, &job->quiet);
    if (status == QUORSUM_OK)
        status = qs_opening_new(out, job->aggregate->ciphertexts->key, range->count);
    if (status == QUORSUM_OK)
        status = qs_combiner_fill(*out, range->begin, combiner, range, 1, job->run);
    quorsum_combiner_free(combiner);
    return status;
}

static quorsum_status put_completion(struct completing *job, const qs_range *range, const char *object)
{
    quorsum_opening *opening = NULL;
    quorsum_bytes message = {0};
    quorsum_status status = open_part(&opening, job, range);

    if (status == QUORSUM_OK)
        status = qs_completion_make(&message, job->board->task, job->aggregate, job->part, opening, job->signer);
    if (status == QUORSUM_OK)
        status = qs_board_put(job->board, "completions", object, message.data, message.len);
    if (status == QUORSUM_OK)
        qs_account_tell(&job->account, object, quorsum_identity_public(job->signer), status);
    quorsum_bytes_free(&message);
    quorsum_opening_free(opening);
    return status;
}

static quorsum_status complete_part(struct completing *job)
{
    char object[QS_OBJECT_BYTES];
    qs_range range;
    quorsum_status status = qs_part_range(&range, job->part, job->aggregate->ciphertexts->count);

    if (status != QUORSUM_OK)
        return QUORSUM_ERR_ARGUMENT;
    qs_completion_object(object, job->part);
    status = look_at_place(job, object);
    if (status != QUORSUM_ERR_NOT_FOUND)
        return status;
    status = put_completion(job, &range, object);
    return status == QUORSUM_ERR_EXISTS ? look_at_place(job, object) : status; /* somebody was faster */
}

quorsum_status quorsum_board_complete(quorsum_board *board, uint32_t part, uint32_t parts,
                                      const quorsum_identity *signer, const quorsum_watch *watch,
                                      const quorsum_run *run)
{
    struct completing job = {.board = board, .part = {part, parts}, .signer = signer, .run = run};
    quorsum_manifest *manifest = NULL;
    quorsum_aggregate *aggregate = NULL;
    quorsum_status status;

    if (board == NULL || signer == NULL || part < 1 || part > parts)
        return QUORSUM_ERR_ARGUMENT;
    job.account.watch = watch;
    job.quiet = qs_run_quiet(run);
    status = qs_board_manifest(&manifest, board, &job.account);
    if (status == QUORSUM_OK)
        status = qs_board_aggregate(&aggregate, board, manifest, &job.account, run);
    if (status == QUORSUM_OK) {
        job.aggregate = aggregate;
        status = complete_part(&job);
    }
    quorsum_aggregate_free(aggregate);
    quorsum_manifest_free(manifest);
    return status;
}
