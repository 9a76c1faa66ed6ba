/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step after the other. A step ends when everybody's message is there; then everybody has seen the same of the step
 * before, or somebody signed two messages; bodies have the one possible length; and the round says what they lead to.
 *
 * Nothing changes before all of that has succeeded, so that a step whose work was cancelled, or found no memory, is
 * simply ended again.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/ceremony.h"
#include "lib/ceremony/digest.h"

/* ---- the end of a step ---- */

int qs_ceremony_step_complete(const quorsum_ceremony *ceremony)
{
    for (uint32_t slot = 1; slot <= ceremony->slots; slot++) {
        if (qs_round_speaks(ceremony, ceremony->round, slot) &&
            !qs_log_at(&ceremony->log, ceremony->step, slot)->there)
            return 0;
    }
    return 1;
}

static const qs_step_message *message_of(const quorsum_ceremony *ceremony, uint32_t slot)
{
    return &qs_log_at(&ceremony->log, ceremony->step, slot)->message;
}

/* The slot of the `index`-th digest of a step. */
static uint32_t speaker_at(const quorsum_ceremony *ceremony, uint32_t step, size_t index)
{
    uint32_t slot = 1;

    while (!qs_log_at(&ceremony->log, step, slot)->there || index-- > 0)
        slot++;
    return slot;
}

static quorsum_status check_one_view(quorsum_ceremony *ceremony, uint32_t slot, const qs_buffer *seen)
{
    const qs_step_message *message = message_of(ceremony, slot);

    if (message->seen_len != seen->len)
        return qs_accuse(ceremony, slot, "says nothing of what it has seen of the step before");
    for (size_t i = 0; i * QUORSUM_DIGEST_BYTES < seen->len; i++) {
        if (memcmp(message->seen + i * QUORSUM_DIGEST_BYTES, seen->data + i * QUORSUM_DIGEST_BYTES,
                   QUORSUM_DIGEST_BYTES) != 0)
            return qs_accuse_pair(ceremony, slot, speaker_at(ceremony, ceremony->step - 1, i),
                                  "deviated: the one has signed two messages, or the other claims to have seen another "
                                  "one");
    }
    return QUORSUM_OK;
}

/* Everybody has seen the same messages of the step before. */
static quorsum_status check_views(quorsum_ceremony *ceremony)
{
    qs_buffer seen = {0};
    quorsum_status status;

    if (ceremony->step > 1)
        qs_log_digests(&ceremony->log, ceremony->step - 1, &seen);
    status = seen.status;
    for (uint32_t slot = 1; slot <= ceremony->slots && status == QUORSUM_OK; slot++) {
        if (qs_round_speaks(ceremony, ceremony->round, slot))
            status = check_one_view(ceremony, slot, &seen);
    }
    qs_buffer_free(&seen);
    return status;
}

/* With the same view there is one round this step can be, and one length of its bodies. */
static quorsum_status check_form(quorsum_ceremony *ceremony)
{
    const char *name = qs_round_rule_of(ceremony->round)->name;
    uint8_t round[QS_SLOTS_MAX] = {0};
    uint8_t length[QS_SLOTS_MAX] = {0};
    quorsum_status status;

    for (uint32_t slot = 1; slot <= ceremony->slots; slot++) {
        if (!qs_round_speaks(ceremony, ceremony->round, slot))
            continue;
        round[slot - 1] = strcmp(message_of(ceremony, slot)->round, name) != 0;
        length[slot - 1] = message_of(ceremony, slot)->body_len != qs_round_len(ceremony, ceremony->round, slot);
    }
    status = qs_accuse_all(ceremony, round, "sent a message of another round");
    return status == QUORSUM_OK ? qs_accuse_all(ceremony, length, "sent a body of another length") : status;
}

static void fold(quorsum_ceremony *ceremony)
{
    qs_digest digest;

    qs_digest_begin(&digest, NULL, "ceremony-step");
    qs_digest_bytes(&digest, ceremony->transcript, sizeof ceremony->transcript);
    qs_digest_u64(&digest, ceremony->step);
    for (uint32_t slot = 1; slot <= ceremony->slots; slot++) {
        const qs_taken *taken = qs_log_at(&ceremony->log, ceremony->step, slot);

        if (taken->there)
            qs_digest_bytes(&digest, taken->digest, sizeof taken->digest);
    }
    qs_digest_end(&digest, ceremony->after);
}

static void advance(quorsum_ceremony *ceremony, qs_round next)
{
    int opened = qs_round_rule_of(ceremony->round)->opens;

    if (ceremony->record != NULL) {
        ceremony->phase = QUORSUM_CEREMONY_DONE;
        return;
    }
    if (opened) {
        free(ceremony->pending);
        ceremony->pending = NULL;
    }
    memcpy(ceremony->transcript, ceremony->after, sizeof ceremony->transcript);
    if (next == QS_ROUND_SIFT_COMMIT && ceremony->round == QS_ROUND_REVEAL)
        qs_log_drop(&ceremony->log, ceremony->batch_step, ceremony->step);
    ceremony->step++;
    ceremony->round = next;
    ceremony->log.round[ceremony->step - 1] = next;
    if (next == QS_ROUND_SIFT_COMMIT || next == QS_ROUND_MASK_COMMIT) {
        ceremony->batch_step = ceremony->step;
        memcpy(ceremony->batch_transcript, ceremony->transcript, sizeof ceremony->batch_transcript);
    }
}

/* In the last step nothing counts but the signatures. One that is bad may be good for another record. */
static quorsum_status check_signatures(quorsum_ceremony *ceremony)
{
    uint8_t bad[QS_SLOTS_MAX] = {0};
    qs_buffer seen = {0};
    quorsum_status status;

    qs_log_digests(&ceremony->log, ceremony->step - 1, &seen);
    status = seen.status;
    for (uint32_t slot = 1; slot <= ceremony->proposal.trustees && status == QUORSUM_OK; slot++) {
        bad[slot - 1] = !qs_sign_is_good(ceremony, message_of(ceremony, slot));
        if (bad[slot - 1])
            status = check_one_view(ceremony, slot, &seen);
    }
    qs_buffer_free(&seen);
    if (status != QUORSUM_OK)
        return status;
    return qs_accuse_all(ceremony, bad, "sent a signature of the record that does not verify");
}

static quorsum_status judge(quorsum_ceremony *ceremony, const quorsum_run *run)
{
    const uint8_t *body[QS_SLOTS_MAX] = {NULL};
    qs_round next = ceremony->round;
    quorsum_status status = qs_is_last_step(ceremony) ? check_signatures(ceremony) : check_views(ceremony);

    if (status == QUORSUM_OK && !qs_is_last_step(ceremony))
        status = check_form(ceremony);
    if (status != QUORSUM_OK)
        return status;
    for (uint32_t slot = 1; slot <= ceremony->slots; slot++) {
        if (qs_round_speaks(ceremony, ceremony->round, slot))
            body[slot - 1] = message_of(ceremony, slot)->body;
    }
    fold(ceremony);
    status = qs_round_hear(ceremony, body, &next, run);
    if (status == QUORSUM_OK)
        advance(ceremony, next);
    return status;
}

quorsum_status qs_ceremony_end_step(quorsum_ceremony *ceremony, const quorsum_run *run)
{
    quorsum_status status = qs_log_room(&ceremony->log, ceremony->step + 2);

    if (status == QUORSUM_OK)
        status = judge(ceremony, run);
    ceremony->aborts = status == QUORSUM_ERR_DEVIATION && !qs_is_last_step(ceremony);
    return status;
}

/* ---- work ---- */

/* Candidates, whatever the parts of the work count. */
static int report(uint64_t done, uint64_t total, void *user)
{
    const qs_watch *self = user;
    quorsum_ceremony *ceremony = self->ceremony;
    uint64_t now = ceremony->candidates;

    if (ceremony->round == QS_ROUND_TEST && total > 0)
        now += (uint64_t)((double)ceremony->generation->candidates * (double)done / (double)total);
    if (now > ceremony->reported)
        ceremony->reported = now;
    return self->outer->progress(ceremony->reported, 0, self->outer->user);
}

quorsum_run qs_watch_begin(qs_watch *watch, quorsum_ceremony *ceremony, const quorsum_run *run)
{
    quorsum_run inner = {.threads = run != NULL ? run->threads : 0};

    *watch = (qs_watch){.ceremony = ceremony, .outer = run};
    if (run != NULL && run->progress != NULL) {
        inner.progress = report;
        inner.user = watch;
    }
    return inner;
}

/* Own messages have to leave before their step may end: so it stops there, also when all the others' are there already.
 * */
static quorsum_status go_on(quorsum_ceremony *ceremony, const quorsum_run *run)
{
    quorsum_status status = QUORSUM_OK;
    int made = 0;

    while (ceremony->phase == QUORSUM_CEREMONY_RUNNING && status == QUORSUM_OK) {
        status = qs_ceremony_make_messages(ceremony, &made, run);
        if (status != QUORSUM_OK || made || !qs_ceremony_step_complete(ceremony))
            return status;
        status = qs_ceremony_end_step(ceremony, run);
    }
    return status;
}

static quorsum_status fail(quorsum_ceremony *ceremony)
{
    quorsum_status status = qs_ceremony_make_abort(ceremony);

    return status == QUORSUM_OK ? QUORSUM_ERR_DEVIATION : status;
}

quorsum_status quorsum_ceremony_work(quorsum_ceremony *ceremony, const quorsum_run *run)
{
    qs_watch watch;
    quorsum_run watched;
    quorsum_status status;

    if (ceremony == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (ceremony->phase == QUORSUM_CEREMONY_FAILED)
        return fail(ceremony);
    watched = qs_watch_begin(&watch, ceremony, run);
    status = go_on(ceremony, &watched);
    return status == QUORSUM_ERR_DEVIATION ? fail(ceremony) : status;
}
