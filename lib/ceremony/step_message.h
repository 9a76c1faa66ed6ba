/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed message of one slot in one step of a ceremony: kind "ceremony", with the keys
 *
 *     10: ceremony   11: step   12: round   13: slot   14: seen   15: length of the body, which is the blocks
 *
 * seen: the digests of the messages of the step before, in slot order, as the sender has them.
 */
#ifndef QS_STEP_MESSAGE_H
#define QS_STEP_MESSAGE_H

#include "lib/base/message.h"

#define QS_ROUND_NAME_MAX 23
#define QS_SLOTS_MAX 512 /* more than members and dealers can be */

typedef struct qs_step_message { /* pointers are lent by the bytes that were read */
    const uint8_t *ceremony;
    const uint8_t *sender;
    uint32_t step;
    uint32_t slot;
    char round[QS_ROUND_NAME_MAX + 1];
    const uint8_t *seen;
    size_t seen_len;
    const uint8_t *body;
    size_t body_len;
    uint8_t digest[QUORSUM_DIGEST_BYTES];
} qs_step_message;

/* Form and signature, not what it belongs to. Errors of reading, ERR_SIGNATURE. */
quorsum_status qs_step_message_read(qs_step_message *out, const uint8_t *in, size_t len);

/* Everything in front of the body. Writes into an empty buffer; the body and qs_message_sign follow. */
void qs_step_message_begin(qs_buffer *out, const qs_step_message *message);

#endif
