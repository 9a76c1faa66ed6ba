/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step after the other. A step ends when everybody's message is there; then everybody has seen the same of the step
 * before, or somebody signed two messages; bodies have the one possible length; and the round says what they lead to.
 *
 * Nothing changes before all of that has succeeded, so that a step whose work was cancelled, or found no memory, is
 * simply ended again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/ceremony.h"
#include "lib/ceremony/digest.h"

#define ABORT "abort" /* a round in which somebody says that it ends here */

/* ---- receiving ---- */

/* Whether the message's step is one of which this ceremony may take messages, and its slot speaks in it. */
static quorsum_status check_place(const quorsum_ceremony *ceremony, const qs_step_message *message)
{
    uint32_t trustees = ceremony->proposal.trustees;
    uint32_t last = ceremony->round == QS_ROUND_SIGN ? ceremony->step : ceremony->step + 1;

    if (message->step > last)
        return QUORSUM_ERR_RANGE;
    if (message->slot > trustees && message->step != QS_ROUND_DELIVER + 1)
        return QUORSUM_ERR_RANGE; /* a dealer speaks once */
    return QUORSUM_OK;
}

/* What has been signed to may be had by others already, so the last step never ends for good but with the record. */
static int is_last_step(const quorsum_ceremony *ceremony)
{
    return ceremony->round == QS_ROUND_SIGN;
}

/* A message that is not the one taken for its step and slot: its sender signed two. Of oneself that says nothing. */
static quorsum_status convict(quorsum_ceremony *ceremony, const qs_step_message *message)
{
    char what[64];

    if (ceremony->phase != QUORSUM_CEREMONY_RUNNING || is_last_step(ceremony) ||
        qs_ceremony_speaker(ceremony, message->slot) != NULL)
        return QUORSUM_ERR_EQUIVOCATION;
    (void)snprintf(what, sizeof what, "signed two different messages of step %u", message->step);
    (void)qs_accuse(ceremony, message->slot, what);
    return QUORSUM_ERR_EQUIVOCATION;
}

/* A bad signature of the record is forgiven for a good one: whoever sent the bad one here may have sent the good one to
 * others, who have a record with it. */
static quorsum_status mend(quorsum_ceremony *ceremony, const uint8_t *data, size_t len, const qs_step_message *message)
{
    qs_taken *taken = qs_log_at(&ceremony->log, message->step, message->slot);
    qs_taken bad = *taken;
    quorsum_status status;

    if (qs_ceremony_speaker(ceremony, message->slot) != NULL || !qs_sign_is_good(ceremony, message) ||
        qs_sign_is_good(ceremony, &taken->message))
        return QUORSUM_ERR_EQUIVOCATION;
    status = qs_log_take(&ceremony->log, data, len, message);
    if (status != QUORSUM_OK)
        return status;
    free(bad.data);
    memset(&ceremony->verdict, 0, sizeof ceremony->verdict);
    ceremony->phase = QUORSUM_CEREMONY_RUNNING;
    return QUORSUM_OK;
}

static quorsum_status place(quorsum_ceremony *ceremony, const uint8_t *data, size_t len,
                            const qs_step_message *message)
{
    const qs_taken *taken = qs_log_at(&ceremony->log, message->step, message->slot);

    if (taken->there && memcmp(taken->digest, message->digest, sizeof message->digest) == 0)
        return QUORSUM_OK;
    if (taken->there && is_last_step(ceremony) && message->step == ceremony->step &&
        ceremony->phase != QUORSUM_CEREMONY_DONE)
        return mend(ceremony, data, len, message);
    if (taken->there)
        return convict(ceremony, message);
    if (qs_ceremony_speaker(ceremony, message->slot) != NULL)
        return QUORSUM_ERR_EQUIVOCATION; /* signed in the own name, and not made here */
    return qs_log_take(&ceremony->log, data, len, message);
}

/* Nothing is judged here but whose it is and where it belongs: whoever has been shown another message of the step before
 * may rightly be in another round, which only the end of the step can tell. */
quorsum_status quorsum_ceremony_receive(quorsum_ceremony *ceremony, const uint8_t *message, size_t len)
{
    qs_step_message read;
    const uint8_t *expected;
    quorsum_status status;

    if (ceremony == NULL || message == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (ceremony->phase == QUORSUM_CEREMONY_FAILED && !is_last_step(ceremony))
        return QUORSUM_ERR_DEVIATION;
    status = qs_step_message_read(&read, message, len);
    if (status != QUORSUM_OK)
        return status;
    if (memcmp(read.ceremony, ceremony->proposal.digest, QUORSUM_DIGEST_BYTES) != 0)
        return QUORSUM_ERR_CEREMONY;
    expected = qs_ceremony_identity(ceremony, read.slot);
    if (expected == NULL || memcmp(expected, read.sender, QUORSUM_IDENTITY_BYTES) != 0)
        return QUORSUM_ERR_NOT_ADMITTED;
    status = check_place(ceremony, &read);
    return status == QUORSUM_OK ? place(ceremony, message, len, &read) : status;
}

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
    quorsum_status status = is_last_step(ceremony) ? check_signatures(ceremony) : check_views(ceremony);

    if (status == QUORSUM_OK && !is_last_step(ceremony))
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
    ceremony->aborts = status == QUORSUM_ERR_DEVIATION && !is_last_step(ceremony);
    return status;
}

/* ---- the own messages ---- */

static qs_step_message header_of(const quorsum_ceremony *ceremony, uint32_t step, uint32_t slot, const char *round,
                                 size_t body_len)
{
    qs_step_message header = {.ceremony = ceremony->proposal.digest, .step = step, .slot = slot, .body_len = body_len};

    header.sender = quorsum_identity_public(ceremony->identity);
    memcpy(header.round, round, strlen(round));
    return header;
}

/* Header, room for the body, which *body is then. */
static quorsum_status begin_message(qs_buffer *message, qs_step_message *header, const qs_log *log, uint8_t **body)
{
    qs_buffer seen = {0};
    quorsum_status status;

    if (header->step > 1)
        qs_log_digests(log, header->step - 1, &seen);
    header->seen = seen.data != NULL ? seen.data : (const uint8_t *)"";
    header->seen_len = seen.len;
    qs_step_message_begin(message, header);
    *body = qs_buffer_extend(message, header->body_len);
    status = seen.status != QUORSUM_OK ? seen.status : message->status;
    qs_buffer_free(&seen);
    return status;
}

/* Signs it and takes it down. The buffer is empty afterwards. */
static quorsum_status end_message(quorsum_ceremony *ceremony, qs_buffer *message)
{
    quorsum_status status;

    qs_message_sign(message, QS_KIND_CEREMONY, ceremony->identity, NULL, NULL);
    status = message->status;
    if (status == QUORSUM_OK) {
        status = qs_log_take_over(&ceremony->log, message->data, message->len);
        *message = (qs_buffer){0};
    }
    return status;
}

static quorsum_status make_message(quorsum_ceremony *ceremony, uint32_t slot, const quorsum_run *run)
{
    qs_step_message header = header_of(ceremony, ceremony->step, slot, qs_round_rule_of(ceremony->round)->name,
                                       qs_round_len(ceremony, ceremony->round, slot));
    qs_buffer message = {0};
    uint8_t *body = NULL;
    quorsum_status status = begin_message(&message, &header, &ceremony->log, &body);

    if (status == QUORSUM_OK && header.body_len > 0)
        status = qs_round_say(ceremony, slot, body, run);
    if (status == QUORSUM_OK)
        status = end_message(ceremony, &message);
    qs_buffer_free(&message);
    return status;
}

/* Those of this step that are not made yet. */
static quorsum_status make_messages(quorsum_ceremony *ceremony, int *made, const quorsum_run *run)
{
    const uint32_t own[2] = {ceremony->member, ceremony->dealer};
    quorsum_status status = QUORSUM_OK;

    *made = 0;
    for (size_t i = 0; i < 2 && status == QUORSUM_OK; i++) {
        if (own[i] == 0 || !qs_round_speaks(ceremony, ceremony->round, own[i]) ||
            qs_log_at(&ceremony->log, ceremony->step, own[i])->there)
            continue;
        status = make_message(ceremony, own[i], run);
        *made = 1;
    }
    return status;
}

/* A member that has judged a step and found somebody guilty says once more what it has seen of that step: whoever was
 * shown something else, and goes on, learns so whom it has to thank for it. Who is convicted by a second message says
 * nothing: others may not have seen that one. */
static quorsum_status make_abort(quorsum_ceremony *ceremony)
{
    qs_step_message header;
    qs_buffer message = {0};
    uint8_t *body;
    quorsum_status status;

    if (!ceremony->aborts || ceremony->member == 0 ||
        qs_log_at(&ceremony->log, ceremony->step + 1, ceremony->member)->there)
        return QUORSUM_OK;
    header = header_of(ceremony, ceremony->step + 1, ceremony->member, ABORT, 0);
    status = begin_message(&message, &header, &ceremony->log, &body);
    if (status == QUORSUM_OK)
        status = end_message(ceremony, &message);
    qs_buffer_free(&message);
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

/* Own messages have to leave before their step may end: so it stops there, also when all the others' are there already. */
static quorsum_status go_on(quorsum_ceremony *ceremony, const quorsum_run *run)
{
    quorsum_status status = QUORSUM_OK;
    int made = 0;

    while (ceremony->phase == QUORSUM_CEREMONY_RUNNING && status == QUORSUM_OK) {
        status = make_messages(ceremony, &made, run);
        if (status != QUORSUM_OK || made || !qs_ceremony_step_complete(ceremony))
            return status;
        status = qs_ceremony_end_step(ceremony, run);
    }
    return status;
}

static quorsum_status fail(quorsum_ceremony *ceremony)
{
    quorsum_status status = make_abort(ceremony);

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

/* The index-th of the messages that are to be sent, or NULL. */
static const qs_taken *to_send(const quorsum_ceremony *ceremony, size_t index)
{
    const uint32_t own[2] = {ceremony->member, ceremony->dealer};
    uint32_t step = ceremony->step + (ceremony->aborts ? 1 : 0);

    for (size_t i = 0; i < 2; i++) {
        const qs_taken *taken = own[i] != 0 ? qs_log_at(&ceremony->log, step, own[i]) : NULL;

        if (taken != NULL && taken->there && index-- == 0)
            return taken;
    }
    return NULL;
}

size_t quorsum_ceremony_messages(const quorsum_ceremony *ceremony)
{
    size_t count = 0;

    while (to_send(ceremony, count) != NULL)
        count++;
    return count;
}

quorsum_status quorsum_ceremony_message(quorsum_bytes *out, const quorsum_ceremony *ceremony, size_t index)
{
    const qs_taken *taken;

    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || ceremony == NULL)
        return QUORSUM_ERR_ARGUMENT;
    taken = to_send(ceremony, index);
    if (taken == NULL)
        return QUORSUM_ERR_ARGUMENT;
    out->data = malloc(taken->len);
    if (out->data == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(out->data, taken->data, taken->len);
    out->len = taken->len;
    return QUORSUM_OK;
}
