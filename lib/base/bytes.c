/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The growing output buffer and the fixed-width big-endian integers. The integers may be secret: every loop
 * here runs by lengths alone, and only whether a value fits is ever branched on.
 */
#include "lib/base/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"

#define FIRST_CAPACITY ((size_t)256)
#define LIMB_BYTES sizeof(mp_limb_t)

static void buffer_reserve(qs_buffer *buffer, size_t len)
{
    size_t needed, capacity;
    uint8_t *data;

    if (len <= buffer->capacity - buffer->len)
        return;
    if (len > SIZE_MAX / 2 - buffer->len) {
        buffer->status = QUORSUM_ERR_MEMORY;
        return;
    }
    needed = buffer->len + len;
    capacity = buffer->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buffer->capacity;
    while (capacity < needed)
        capacity *= 2; /* needed <= SIZE_MAX / 2: cannot wrap */
    data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->status = QUORSUM_ERR_MEMORY;
        return;
    }
    buffer->data = data;
    buffer->capacity = capacity;
}

static uint8_t *buffer_room(qs_buffer *buffer, size_t len)
{
    uint8_t *room;

    if (buffer->status == QUORSUM_OK && (len > 0 || buffer->data == NULL))
        buffer_reserve(buffer, len > 0 ? len : 1);
    if (buffer->status != QUORSUM_OK)
        return NULL;
    room = buffer->data + buffer->len;
    buffer->len += len;
    return room;
}

void qs_buffer_append(qs_buffer *buffer, const void *data, size_t len)
{
    uint8_t *room;

    if (buffer->status == QUORSUM_OK && data == NULL && len > 0)
        buffer->status = QUORSUM_ERR_ARGUMENT;
    if (buffer->status != QUORSUM_OK || len == 0)
        return;
    room = buffer_room(buffer, len);
    if (room != NULL)
        memcpy(room, data, len);
}

uint8_t *qs_buffer_extend(qs_buffer *buffer, size_t len)
{
    uint8_t *room = buffer_room(buffer, len);

    if (room != NULL)
        memset(room, 0, len);
    return room;
}

void qs_buffer_free(qs_buffer *buffer)
{
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}

/* The big-endian integer in `len` <= LIMB_BYTES bytes. */
static mp_limb_t load_limb(const uint8_t *in, size_t len)
{
    mp_limb_t limb = 0;

    for (size_t i = 0; i < len; i++)
        limb = (limb << 8) | in[i];
    return limb;
}

/* The low `len` <= LIMB_BYTES bytes of a limb. */
static void store_limb(uint8_t *out, size_t len, mp_limb_t limb)
{
    for (size_t i = len; i > 0; i--) {
        out[i - 1] = (uint8_t)(limb & 0xff);
        limb >>= 8;
    }
}

int qs_limbs_from_bytes(mp_limb_t *out, size_t limbs, const uint8_t *in, size_t len)
{
    size_t left = len; /* bytes not read yet: in[0..left) */
    mp_limb_t excess = 0;

    for (size_t i = 0; i < limbs; i++) {
        size_t take = left < LIMB_BYTES ? left : LIMB_BYTES;

        left -= take;
        out[i] = take == sizeof(uint64_t) ? (mp_limb_t)qs_load64(in + left) : load_limb(in + left, take);
    }
    for (size_t i = 0; i < left; i++)
        excess |= in[i];
    if (qs_reveal(excess == 0))
        return 0;
    memset(out, 0, limbs * LIMB_BYTES);
    return -1;
}

/* Everything of the value at and above byte `len`, folded into one limb: 0 when it fits. */
static mp_limb_t beyond(const mp_limb_t *in, size_t limbs, size_t len)
{
    size_t whole = len / LIMB_BYTES;
    size_t rest = len % LIMB_BYTES;
    mp_limb_t excess = 0;

    for (size_t i = whole; i < limbs; i++)
        excess |= i == whole ? in[i] >> (8 * rest) : in[i];
    return excess;
}

int qs_limbs_to_bytes(uint8_t *out, size_t len, const mp_limb_t *in, size_t limbs)
{
    size_t left = len; /* bytes not written yet: out[0..left) */

    if (qs_reveal(beyond(in, limbs, len) != 0))
        return -1;
    for (size_t i = 0; i < limbs && left > 0; i++) {
        size_t take = left < LIMB_BYTES ? left : LIMB_BYTES;

        left -= take;
        if (take == sizeof(uint64_t))
            qs_store64(out + left, (uint64_t)in[i]);
        else
            store_limb(out + left, take, in[i]);
    }
    if (left > 0)
        memset(out, 0, left);
    return 0;
}

void qs_store64(uint8_t out[8], uint64_t value)
{
    out[0] = (uint8_t)(value >> 56);
    out[1] = (uint8_t)(value >> 48);
    out[2] = (uint8_t)(value >> 40);
    out[3] = (uint8_t)(value >> 32);
    out[4] = (uint8_t)(value >> 24);
    out[5] = (uint8_t)(value >> 16);
    out[6] = (uint8_t)(value >> 8);
    out[7] = (uint8_t)value;
}

uint64_t qs_load64(const uint8_t in[8])
{
    return (uint64_t)in[0] << 56 | (uint64_t)in[1] << 48 | (uint64_t)in[2] << 40 | (uint64_t)in[3] << 32 |
           (uint64_t)in[4] << 24 | (uint64_t)in[5] << 16 | (uint64_t)in[6] << 8 | (uint64_t)in[7];
}
