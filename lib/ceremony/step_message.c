/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing the messages of a ceremony's steps. What a body means is the round's affair. */
#include "lib/ceremony/step_message.h"

#include <string.h>

#include "quorsum/ceremony.h"

#define OWN_KEYS 6
#define BODY_MAX ((uint64_t)1 << 28) /* several times the longest there can be: a round's length is not known yet */

enum { KEY_CEREMONY = 10, KEY_STEP = 11, KEY_ROUND = 12, KEY_SLOT = 13, KEY_SEEN = 14, KEY_LENGTH = 15 };

static uint32_t take_positive(qs_cbor_reader *reader, uint64_t key, uint64_t max)
{
    uint64_t value;

    qs_cbor_key(reader, key);
    value = qs_cbor_uint(reader, max);
    if (reader->status == QUORSUM_OK && value == 0)
        reader->status = QUORSUM_ERR_RANGE;
    return (uint32_t)value;
}

static void take_round(qs_cbor_reader *reader, qs_step_message *out)
{
    const char *text;
    size_t len = 0;

    qs_cbor_key(reader, KEY_ROUND);
    text = qs_cbor_text(reader, &len, QS_ROUND_NAME_MAX);
    if (text != NULL)
        memcpy(out->round, text, len);
}

/* Answers the body's length. */
static uint64_t take_header(qs_cbor_reader *reader, qs_step_message *out)
{
    size_t len = 0;

    qs_cbor_key(reader, KEY_CEREMONY);
    out->ceremony = qs_cbor_bytes(reader, &len, QUORSUM_DIGEST_BYTES);
    if (reader->status == QUORSUM_OK && len != QUORSUM_DIGEST_BYTES)
        reader->status = QUORSUM_ERR_RANGE;
    out->step = take_positive(reader, KEY_STEP, UINT32_MAX);
    take_round(reader, out);
    out->slot = take_positive(reader, KEY_SLOT, QS_SLOTS_MAX);
    qs_cbor_key(reader, KEY_SEEN);
    out->seen = qs_cbor_bytes(reader, &out->seen_len, QS_SLOTS_MAX * QUORSUM_DIGEST_BYTES);
    qs_cbor_key(reader, KEY_LENGTH);
    return qs_cbor_uint(reader, BODY_MAX);
}

quorsum_status qs_step_message_read(qs_step_message *out, const uint8_t *in, size_t len)
{
    qs_message message;
    uint64_t body_len;
    quorsum_status status;

    memset(out, 0, sizeof *out);
    status = qs_message_open(&message, QS_KIND_CEREMONY, OWN_KEYS, in, len);
    if (status != QUORSUM_OK)
        return status;
    body_len = take_header(&message.header, out);
    status = qs_message_close(&message, body_len);
    if (status != QUORSUM_OK)
        return status;
    out->sender = message.sender;
    out->body = message.blocks;
    out->body_len = message.blocks_len;
    memcpy(out->digest, message.digest, sizeof out->digest);
    return QUORSUM_OK;
}

void qs_step_message_begin(qs_buffer *out, const qs_step_message *message)
{
    qs_message_begin(out, QS_KIND_CEREMONY, OWN_KEYS, message->sender, NULL, NULL);
    qs_cbor_put_uint(out, KEY_CEREMONY);
    qs_cbor_put_bytes(out, message->ceremony, QUORSUM_DIGEST_BYTES);
    qs_cbor_put_uint(out, KEY_STEP);
    qs_cbor_put_uint(out, message->step);
    qs_cbor_put_uint(out, KEY_ROUND);
    qs_cbor_put_text(out, message->round);
    qs_cbor_put_uint(out, KEY_SLOT);
    qs_cbor_put_uint(out, message->slot);
    qs_cbor_put_uint(out, KEY_SEEN);
    qs_cbor_put_bytes(out, message->seen, message->seen_len);
    qs_cbor_put_uint(out, KEY_LENGTH);
    qs_cbor_put_uint(out, message->body_len);
}

quorsum_status quorsum_ceremony_peek(const uint8_t *message, size_t len, uint32_t *step, uint32_t *slot)
{
    qs_step_message header = {0};
    qs_message opened;
    quorsum_status status;

    if (message == NULL || step == NULL || slot == NULL)
        return QUORSUM_ERR_ARGUMENT;
    *step = 0;
    *slot = 0;
    status = qs_message_open(&opened, QS_KIND_CEREMONY, OWN_KEYS, message, len);
    if (status == QUORSUM_OK) {
        (void)take_header(&opened.header, &header);
        status = opened.header.status;
    }
    if (status == QUORSUM_OK) {
        *step = header.step;
        *slot = header.slot;
    }
    return status;
}
