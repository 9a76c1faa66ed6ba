/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was said in a ceremony: for every step and slot the message that was taken. Of steps that nobody needs any more
 * only the digests are kept, to notice who signs two messages where there may be one. Public.
 */
#ifndef QS_LOG_H
#define QS_LOG_H

#include "lib/base/bytes.h"
#include "lib/ceremony/step_message.h"

typedef struct qs_taken {
    int there;
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    uint8_t *data; /* the message; NULL when only the digest was kept */
    size_t len;
    qs_step_message message; /* lent by data */
} qs_taken;

typedef struct qs_log { /* zero-initialise */
    uint32_t slots;
    uint32_t steps;  /* how many there is room for */
    uint32_t capacity;
    unsigned *round; /* which round a step was; a qs_round */
    qs_taken *taken; /* of step k, slot s at [(k-1) * slots + s-1] */
} qs_log;

/* Room for steps 1..steps. ERR_MEMORY. */
quorsum_status qs_log_room(qs_log *log, uint32_t steps);
void qs_log_free(qs_log *log);
/* Lent until the next qs_log_room. */
qs_taken *qs_log_at(const qs_log *log, uint32_t step, uint32_t slot);
/* Keeps a copy of a message that was read, for its step and slot, which are within the room and free. ERR_MEMORY. */
quorsum_status qs_log_take(qs_log *log, const uint8_t *data, size_t len, const qs_step_message *message);
/* The same without a copy: data is malloc'd and the log's from here on, also on failure. */
quorsum_status qs_log_take_over(qs_log *log, uint8_t *data, size_t len);
/* Only the digest, as after qs_log_drop. */
void qs_log_take_digest(qs_log *log, uint32_t step, uint32_t slot, const uint8_t digest[QUORSUM_DIGEST_BYTES]);
void qs_log_drop(qs_log *log, uint32_t first, uint32_t last); /* keeps the digests of these steps */
/* The digests of a step, in slot order of those who spoke, behind what is in `out`. */
void qs_log_digests(const qs_log *log, uint32_t step, qs_buffer *out);

#endif
