/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CBOR subset. An item is a head (three bits of major type, five bits that are the argument or say how many
 * bytes it has) and, for strings, the bytes. The one canonical head is the shortest.
 */
#include "lib/base/cbor.h"

#include <string.h>

enum { MAJOR_UINT = 0, MAJOR_BYTES = 2, MAJOR_TEXT = 3, MAJOR_ARRAY = 4, MAJOR_MAP = 5 };

/* The additional information of a head: arguments below 24 stand in it, 24..27 say 1, 2, 4, 8 bytes follow. */
#define FOLLOWING 24u

/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. NUL is refused too, so
 * that a text means the same to programs that end strings with it.
 */

/* Length of the sequence that starts at p, 0 when it is none. `left` >= 1. */
static size_t utf8_sequence(const uint8_t *p, size_t left)
{
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

    if (len > left || p[0] == 0)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return len;
}

static int utf8_valid(const uint8_t *text, size_t len)
{
    while (len > 0) {
        size_t step = utf8_sequence(text, len);

        if (step == 0)
            return 0;
        text += step;
        len -= step;
    }
    return 1;
}

/* Writing. */

static void put_head(qs_buffer *out, unsigned major, uint64_t argument)
{
    uint8_t wide[8];
    uint8_t first = (uint8_t)(major << 5);
    unsigned log; /* 2^log bytes follow */

    if (argument < FOLLOWING) {
        first = (uint8_t)(first | argument);
        qs_buffer_append(out, &first, 1);
        return;
    }
    log = argument <= 0xff ? 0 : argument <= 0xffff ? 1 : argument <= 0xffffffff ? 2 : 3;
    first = (uint8_t)(first | (FOLLOWING + log));
    qs_store64(wide, argument);
    qs_buffer_append(out, &first, 1);
    qs_buffer_append(out, wide + 8 - ((size_t)1 << log), (size_t)1 << log);
}

static void put_failure(qs_buffer *out, quorsum_status status)
{
    if (out->status == QUORSUM_OK)
        out->status = status;
}

void qs_cbor_put_uint(qs_buffer *out, uint64_t value)
{
    put_head(out, MAJOR_UINT, value);
}

void qs_cbor_put_bytes(qs_buffer *out, const void *data, size_t len)
{
    put_head(out, MAJOR_BYTES, len);
    qs_buffer_append(out, data, len);
}

void qs_cbor_put_text(qs_buffer *out, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;

    if (text == NULL || !utf8_valid((const uint8_t *)text, len)) {
        put_failure(out, QUORSUM_ERR_ARGUMENT);
        return;
    }
    put_head(out, MAJOR_TEXT, len);
    qs_buffer_append(out, text, len);
}

void qs_cbor_put_array(qs_buffer *out, uint64_t count)
{
    put_head(out, MAJOR_ARRAY, count);
}

void qs_cbor_put_map(qs_buffer *out, uint64_t count)
{
    put_head(out, MAJOR_MAP, count);
}

void qs_cbor_put_mpz(qs_buffer *out, const mpz_t value)
{
    size_t len = mpz_sgn(value) == 0 ? 0 : (mpz_sizeinbase(value, 2) + 7) / 8;
    uint8_t *room;

    if (mpz_sgn(value) < 0) {
        put_failure(out, QUORSUM_ERR_ARGUMENT);
        return;
    }
    put_head(out, MAJOR_BYTES, len);
    room = qs_buffer_extend(out, len);
    if (room != NULL)
        mpz_export(room, NULL, 1, 1, 1, 0, value);
}

/* Reading. */

static void fail(qs_cbor_reader *reader, quorsum_status status)
{
    if (reader->status == QUORSUM_OK)
        reader->status = status;
}

static size_t left(const qs_cbor_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/* The argument of an item of this major type; 0 after an error. */
static uint64_t take_head(qs_cbor_reader *reader, unsigned major)
{
    unsigned info;
    uint64_t argument = 0;
    size_t following;

    if (reader->status == QUORSUM_OK && left(reader) == 0)
        fail(reader, QUORSUM_ERR_TRUNCATED);
    if (reader->status != QUORSUM_OK)
        return 0;
    info = reader->at[0] & 0x1fu;
    if (reader->at[0] >> 5 != major || info > FOLLOWING + 3) {
        fail(reader, QUORSUM_ERR_NOT_CANONICAL);
        return 0;
    }
    following = info < FOLLOWING ? 0 : (size_t)1 << (info - FOLLOWING);
    if (left(reader) < 1 + following) {
        fail(reader, QUORSUM_ERR_TRUNCATED);
        return 0;
    }
    for (size_t i = 1; i <= following; i++)
        argument = argument << 8 | reader->at[i];
    reader->at += 1 + following;
    if (following == 0)
        return info;
    /* shortest form only: what would fit the next narrower head must stand there */
    if (following == 1 ? argument < FOLLOWING : argument >> (4 * following) == 0) {
        fail(reader, QUORSUM_ERR_NOT_CANONICAL);
        return 0;
    }
    return argument;
}

/* A count or length no larger than max, else ERR `above`. */
static uint64_t take_bounded(qs_cbor_reader *reader, unsigned major, uint64_t max, quorsum_status above)
{
    uint64_t argument = take_head(reader, major);

    if (argument > max) {
        fail(reader, above);
        return 0;
    }
    return argument;
}

/* The content of a string whose head has been read. */
static const uint8_t *take_content(qs_cbor_reader *reader, uint64_t len)
{
    const uint8_t *content;

    if (reader->status == QUORSUM_OK && len > left(reader))
        fail(reader, QUORSUM_ERR_TRUNCATED);
    if (reader->status != QUORSUM_OK)
        return NULL;
    content = reader->at;
    reader->at += len;
    return content;
}

static const uint8_t *take_string(qs_cbor_reader *reader, unsigned major, size_t *len, size_t max)
{
    uint64_t length = take_bounded(reader, major, max, QUORSUM_ERR_LIMIT);
    const uint8_t *content = take_content(reader, length);

    *len = content != NULL ? (size_t)length : 0;
    return content;
}

void qs_cbor_begin(qs_cbor_reader *reader, const uint8_t *data, size_t len)
{
    reader->at = data;
    reader->end = data;
    reader->status = QUORSUM_OK;
    if (data != NULL)
        reader->end = data + len;
    else if (len > 0)
        reader->status = QUORSUM_ERR_ARGUMENT;
}

uint64_t qs_cbor_uint(qs_cbor_reader *reader, uint64_t max)
{
    return take_bounded(reader, MAJOR_UINT, max, QUORSUM_ERR_RANGE);
}

const uint8_t *qs_cbor_bytes(qs_cbor_reader *reader, size_t *len, size_t max)
{
    return take_string(reader, MAJOR_BYTES, len, max);
}

void qs_cbor_fixed(qs_cbor_reader *reader, uint8_t *out, size_t len)
{
    uint64_t length = take_head(reader, MAJOR_BYTES);
    const uint8_t *content;

    if (length != len)
        fail(reader, QUORSUM_ERR_RANGE);
    content = take_content(reader, length);
    if (len > 0 && content != NULL)
        memcpy(out, content, len);
    else if (len > 0)
        memset(out, 0, len);
}

const char *qs_cbor_text(qs_cbor_reader *reader, size_t *len, size_t max)
{
    const uint8_t *text = take_string(reader, MAJOR_TEXT, len, max);

    if (text != NULL && !utf8_valid(text, *len)) {
        fail(reader, QUORSUM_ERR_NOT_CANONICAL);
        *len = 0;
        return NULL;
    }
    return (const char *)text;
}

uint64_t qs_cbor_array(qs_cbor_reader *reader, uint64_t max)
{
    return take_bounded(reader, MAJOR_ARRAY, max, QUORSUM_ERR_LIMIT);
}

uint64_t qs_cbor_map(qs_cbor_reader *reader, uint64_t max)
{
    return take_bounded(reader, MAJOR_MAP, max, QUORSUM_ERR_LIMIT);
}

void qs_cbor_key(qs_cbor_reader *reader, uint64_t key)
{
    if (take_head(reader, MAJOR_UINT) != key)
        fail(reader, QUORSUM_ERR_NOT_CANONICAL);
}

void qs_cbor_mpz(qs_cbor_reader *reader, mpz_t out, size_t max_bytes)
{
    size_t len;
    const uint8_t *bytes = take_string(reader, MAJOR_BYTES, &len, max_bytes);

    mpz_set_ui(out, 0);
    if (bytes == NULL || len == 0)
        return;
    if (bytes[0] == 0)
        fail(reader, QUORSUM_ERR_NOT_CANONICAL);
    else
        mpz_import(out, len, 1, 1, 1, 0, bytes);
}

void qs_cbor_file_head(qs_cbor_reader *reader, const char *type, uint64_t version, uint64_t fields)
{
    uint64_t count = qs_cbor_map(reader, 64);
    size_t len = 0;
    const char *text;

    qs_cbor_key(reader, 0);
    text = qs_cbor_text(reader, &len, 32);
    if (text == NULL || len != strlen(type) || memcmp(text, type, len) != 0)
        reader->status = QUORSUM_ERR_TYPE;
    qs_cbor_key(reader, 1);
    if (qs_cbor_uint(reader, UINT64_MAX) != version && reader->status == QUORSUM_OK)
        reader->status = QUORSUM_ERR_VERSION;
    if (count != fields && reader->status == QUORSUM_OK)
        reader->status = QUORSUM_ERR_NOT_CANONICAL;
}

quorsum_status qs_cbor_finish(qs_cbor_reader *reader)
{
    if (reader->at != reader->end)
        fail(reader, QUORSUM_ERR_TRAILING);
    return reader->status;
}
