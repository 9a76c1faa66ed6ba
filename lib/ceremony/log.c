/* SPDX-License-Identifier: Apache-2.0 */
/* The log of a ceremony: a row of slots for every step. */
#include "lib/ceremony/log.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_FIRST 32 /* enough for a key of the first or second batch */

qs_taken *qs_log_at(const qs_log *log, uint32_t step, uint32_t slot)
{
    return log->taken + (size_t)(step - 1) * log->slots + (slot - 1);
}

quorsum_status qs_log_room(qs_log *log, uint32_t steps)
{
    uint32_t capacity = log->capacity > 0 ? log->capacity : STEPS_FIRST;
    qs_taken *taken;
    unsigned *round;

    while (capacity < steps)
        capacity *= 2;
    if (capacity > log->capacity) {
        taken = realloc(log->taken, (size_t)capacity * log->slots * sizeof *taken);
        if (taken != NULL)
            log->taken = taken;
        round = realloc(log->round, capacity * sizeof *round);
        if (round != NULL)
            log->round = round;
        if (taken == NULL || round == NULL)
            return QUORSUM_ERR_MEMORY;
        memset(taken + (size_t)log->capacity * log->slots, 0,
               (size_t)(capacity - log->capacity) * log->slots * sizeof *taken);
        memset(round + log->capacity, 0, (capacity - log->capacity) * sizeof *round);
        log->capacity = capacity;
    }
    if (steps > log->steps)
        log->steps = steps;
    return QUORSUM_OK;
}

void qs_log_free(qs_log *log)
{
    if (log->steps > 0)
        qs_log_drop(log, 1, log->steps);
    free(log->taken);
    free(log->round);
    memset(log, 0, sizeof *log);
}

static void place(qs_log *log, uint8_t *data, size_t len, const qs_step_message *message)
{
    qs_taken *taken = qs_log_at(log, message->step, message->slot);

    taken->there = 1;
    taken->data = data;
    taken->len = len;
    taken->message = *message;
    memcpy(taken->digest, message->digest, sizeof taken->digest);
}

quorsum_status qs_log_take(qs_log *log, const uint8_t *data, size_t len, const qs_step_message *message)
{
    qs_step_message moved = *message;
    uint8_t *copy = malloc(len);

    if (copy == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(copy, data, len);
    moved.ceremony = copy + (message->ceremony - data);
    moved.sender = copy + (message->sender - data);
    moved.seen = copy + (message->seen - data);
    moved.body = copy + (message->body - data);
    place(log, copy, len, &moved);
    return QUORSUM_OK;
}

quorsum_status qs_log_take_over(qs_log *log, uint8_t *data, size_t len)
{
    qs_step_message message;
    quorsum_status status = qs_step_message_read(&message, data, len);

    if (status == QUORSUM_OK)
        place(log, data, len, &message);
    else
        free(data);
    return status;
}

void qs_log_take_digest(qs_log *log, uint32_t step, uint32_t slot, const uint8_t digest[QUORSUM_DIGEST_BYTES])
{
    qs_taken *taken = qs_log_at(log, step, slot);

    taken->there = 1;
    memcpy(taken->digest, digest, sizeof taken->digest);
}

void qs_log_drop(qs_log *log, uint32_t first, uint32_t last)
{
    for (uint32_t step = first; step <= last; step++) {
        for (uint32_t slot = 1; slot <= log->slots; slot++) {
            qs_taken *taken = qs_log_at(log, step, slot);

            free(taken->data);
            taken->data = NULL;
            taken->len = 0;
            memset(&taken->message, 0, sizeof taken->message);
        }
    }
}

void qs_log_digests(const qs_log *log, uint32_t step, qs_buffer *out)
{
    for (uint32_t slot = 1; slot <= log->slots; slot++) {
        const qs_taken *taken = qs_log_at(log, step, slot);

        if (taken->there)
            qs_buffer_append(out, taken->digest, sizeof taken->digest);
    }
}
