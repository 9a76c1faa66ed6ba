/* SPDX-License-Identifier: Apache-2.0 */
/* The own messages: made once, signed, taken down like everybody's, and given out again and again. */
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/ceremony.h"

#define ABORT "abort" /* a round in which somebody says that it ends here */

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

quorsum_status qs_ceremony_make_messages(quorsum_ceremony *ceremony, int *made, const quorsum_run *run)
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

quorsum_status qs_ceremony_make_abort(quorsum_ceremony *ceremony)
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
