/* SPDX-License-Identifier: Apache-2.0 */
/* The CBOR subset: RFC 8949's own examples, and every way in which bytes can fail to be canonical. */
#include "lib/base/cbor.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Bytes and their count. */
#define RAW(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static qs_cbor_reader over(const uint8_t *data, size_t len)
{
    qs_cbor_reader reader;

    qs_cbor_begin(&reader, data, len);
    return reader;
}

static void expect_bytes(qs_buffer *buffer, const uint8_t *wanted, size_t len)
{
    cr_expect_eq(buffer->status, QUORSUM_OK);
    cr_expect_eq(buffer->len, len);
    if (buffer->len == len)
        cr_expect_arr_eq(buffer->data, wanted, len);
    qs_buffer_free(buffer);
}

static void check_uint(uint64_t value, const uint8_t *wanted, size_t len)
{
    qs_cbor_reader reader = over(wanted, len);
    qs_buffer buffer = {0};

    cr_expect_eq(qs_cbor_uint(&reader, UINT64_MAX), value);
    cr_expect_eq(qs_cbor_finish(&reader), QUORSUM_OK);
    qs_cbor_put_uint(&buffer, value);
    expect_bytes(&buffer, wanted, len);
}

Test(cbor, unsigned_integers_are_those_of_the_rfc)
{
    check_uint(0, RAW(0x00));
    check_uint(1, RAW(0x01));
    check_uint(10, RAW(0x0a));
    check_uint(23, RAW(0x17));
    check_uint(24, RAW(0x18, 0x18));
    check_uint(25, RAW(0x18, 0x19));
    check_uint(100, RAW(0x18, 0x64));
    check_uint(255, RAW(0x18, 0xff));
    check_uint(256, RAW(0x19, 0x01, 0x00));
    check_uint(1000, RAW(0x19, 0x03, 0xe8));
    check_uint(65535, RAW(0x19, 0xff, 0xff));
    check_uint(65536, RAW(0x1a, 0x00, 0x01, 0x00, 0x00));
    check_uint(1000000, RAW(0x1a, 0x00, 0x0f, 0x42, 0x40));
    check_uint(4294967295, RAW(0x1a, 0xff, 0xff, 0xff, 0xff));
    check_uint(4294967296, RAW(0x1b, 0, 0, 0, 1, 0, 0, 0, 0));
    check_uint(1000000000000, RAW(0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4, 0xa5, 0x10, 0x00));
    check_uint(UINT64_MAX, RAW(0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
}

Test(cbor, a_record_is_written_and_read_as_the_rfc_says)
{
    static const uint8_t wanted[] = {0xa3, 0x00, 0x64, 'I',  'E',  'T',  'F', 0x01, 0x44, 0x01, 0x02, 0x03,
                                     0x04, 0x18, 0x64, 0x82, 0x01, 0x62, 0xc3, 0xbc};
    qs_buffer buffer = {0};
    qs_cbor_reader reader = over(wanted, sizeof wanted);
    uint8_t fixed[4];
    size_t len;

    qs_cbor_put_map(&buffer, 3);
    qs_cbor_put_uint(&buffer, 0);
    qs_cbor_put_text(&buffer, "IETF");
    qs_cbor_put_uint(&buffer, 1);
    qs_cbor_put_bytes(&buffer, "\x01\x02\x03\x04", 4);
    qs_cbor_put_uint(&buffer, 100);
    qs_cbor_put_array(&buffer, 2);
    qs_cbor_put_uint(&buffer, 1);
    qs_cbor_put_text(&buffer, "\xc3\xbc");
    expect_bytes(&buffer, wanted, sizeof wanted);

    cr_expect_eq(qs_cbor_map(&reader, 3), 3);
    qs_cbor_key(&reader, 0);
    cr_expect_arr_eq(qs_cbor_text(&reader, &len, 4), "IETF", 4);
    cr_expect_eq(len, 4);
    qs_cbor_key(&reader, 1);
    qs_cbor_fixed(&reader, fixed, 4);
    cr_expect_arr_eq(fixed, "\x01\x02\x03\x04", 4);
    qs_cbor_key(&reader, 100);
    cr_expect_eq(qs_cbor_array(&reader, 2), 2);
    cr_expect_eq(qs_cbor_uint(&reader, 1), 1);
    cr_expect_eq(qs_cbor_text(&reader, &len, 2), (const char *)wanted + 18, "text is lent, not copied");
    cr_expect_eq(qs_cbor_finish(&reader), QUORSUM_OK);
}

/* Heads whose argument would have fitted a shorter one, for one major type. */
static void check_long_heads(unsigned major)
{
    static const uint8_t arguments[][9] = {
        {24, 0},    {24, 23},                           /* below 24 in one byte */
        {25, 0, 0}, {25, 0, 23}, {25, 0, 24}, {25, 0, 255}, /* below 2^8 in two */
        {26, 0, 0, 0, 0}, {26, 0, 0, 0xff, 0xff},       /* below 2^16 in four */
        {27, 0, 0, 0, 0, 0, 0, 0, 0}, {27, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, /* below 2^32 in eight */
    };
    uint8_t bytes[600] = {0};

    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++) {
        qs_cbor_reader reader = over(bytes, sizeof bytes);
        size_t len;

        memcpy(bytes, arguments[i], sizeof arguments[i]);
        bytes[0] = (uint8_t)(bytes[0] | major << 5);
        switch (major) {
        case 0: qs_cbor_uint(&reader, UINT64_MAX); break;
        case 2: qs_cbor_bytes(&reader, &len, SIZE_MAX); break;
        case 3: qs_cbor_text(&reader, &len, SIZE_MAX); break;
        case 4: qs_cbor_array(&reader, UINT64_MAX); break;
        default: qs_cbor_map(&reader, UINT64_MAX); break;
        }
        cr_expect_eq(reader.status, QUORSUM_ERR_NOT_CANONICAL, "major %u, form %zu", major, i);
    }
}

Test(cbor, longer_heads_than_needed_are_refused)
{
    static const unsigned majors[] = {0, 2, 3, 4, 5};

    for (size_t i = 0; i < 5; i++)
        check_long_heads(majors[i]);
}

/* Calls the reading function number `kind` and returns the status. */
static quorsum_status read_as(unsigned kind, const uint8_t *data, size_t size)
{
    qs_cbor_reader reader = over(data, size);
    uint8_t fixed[1];
    size_t len = 99;
    mpz_t number;

    mpz_init_set_ui(number, 7);
    switch (kind) {
    case 0: cr_expect_eq(qs_cbor_uint(&reader, UINT64_MAX) != 0 && reader.status != QUORSUM_OK, 0); break;
    case 1: qs_cbor_bytes(&reader, &len, SIZE_MAX); break;
    case 2: qs_cbor_text(&reader, &len, SIZE_MAX); break;
    case 3: qs_cbor_array(&reader, UINT64_MAX); break;
    case 4: qs_cbor_map(&reader, UINT64_MAX); break;
    case 5: qs_cbor_fixed(&reader, fixed, 1); break;
    case 6: qs_cbor_mpz(&reader, number, SIZE_MAX); break;
    default: qs_cbor_key(&reader, 0); break;
    }
    mpz_clear(number);
    return reader.status;
}

#define KINDS 8
static const unsigned major_of[KINDS] = {0, 2, 3, 4, 5, 2, 2, 0};

Test(cbor, no_first_byte_outside_the_subset_is_accepted)
{
    uint8_t bytes[64] = {0};

    for (unsigned kind = 0; kind < KINDS; kind++) {
        for (unsigned first = 0; first < 256; first++) {
            unsigned info = first & 31;

            bytes[0] = (uint8_t)first;
            /* negatives, tags, floats, simple values, breaks, reserved and indefinite lengths, other types */
            if (first >> 5 != major_of[kind] || info >= 28)
                cr_expect_eq(read_as(kind, bytes, sizeof bytes), QUORSUM_ERR_NOT_CANONICAL, "%02x", first);
        }
    }
}

Test(cbor, a_cut_item_is_truncated_at_every_length)
{
    static const uint8_t heads[][9] = {{0x18, 24}, {0x19, 1, 0}, {0x1a, 0, 1, 0, 0}, {0x1b, 0, 0, 0, 1, 0, 0, 0, 0}};
    static const size_t lengths[] = {2, 3, 5, 9};

    for (unsigned kind = 0; kind < KINDS; kind++) {
        cr_expect_eq(read_as(kind, heads[0], 0), QUORSUM_ERR_TRUNCATED);
        cr_expect_eq(read_as(kind, NULL, 0), QUORSUM_ERR_TRUNCATED);
        for (size_t i = 0; i < 4; i++) {
            uint8_t bytes[9];

            memcpy(bytes, heads[i], sizeof bytes);
            bytes[0] = (uint8_t)(bytes[0] | major_of[kind] << 5);
            for (size_t len = 1; len < lengths[i]; len++)
                cr_expect_eq(read_as(kind, bytes, len), QUORSUM_ERR_TRUNCATED, "kind %u head %zu", kind, i);
        }
    }
    cr_expect_eq(read_as(1, RAW(0x43, 1, 2)), QUORSUM_ERR_TRUNCATED);
    cr_expect_eq(read_as(2, RAW(0x63, 'a', 'b')), QUORSUM_ERR_TRUNCATED);
    cr_expect_eq(read_as(5, RAW(0x41)), QUORSUM_ERR_TRUNCATED);
    cr_expect_eq(read_as(6, RAW(0x42, 1)), QUORSUM_ERR_TRUNCATED);
    /* lengths that would wrap a pointer */
    cr_expect_eq(read_as(1, RAW(0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)), QUORSUM_ERR_TRUNCATED);
    cr_expect_eq(read_as(6, RAW(0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf7)), QUORSUM_ERR_TRUNCATED);
}

Test(cbor, bounds_are_kept_and_named)
{
    static const uint8_t hundred[] = {0x18, 100};
    static const uint8_t three[] = {0x43, 1, 2, 3};
    static const uint8_t text[] = {0x63, 'a', 'b', 'c'};
    qs_cbor_reader reader = over(hundred, sizeof hundred);
    uint8_t fixed[4];
    size_t len = 9;
    mpz_t number;

    cr_expect_eq(qs_cbor_uint(&reader, 99), 0);
    cr_expect_eq(reader.status, QUORSUM_ERR_RANGE);
    reader = over(hundred, sizeof hundred);
    cr_expect_eq(qs_cbor_uint(&reader, 100), 100);
    reader = over(three, sizeof three);
    cr_expect_null(qs_cbor_bytes(&reader, &len, 2));
    cr_expect_eq(reader.status, QUORSUM_ERR_LIMIT);
    cr_expect_eq(len, 0);
    reader = over(text, sizeof text);
    cr_expect_null(qs_cbor_text(&reader, &len, 2));
    cr_expect_eq(reader.status, QUORSUM_ERR_LIMIT);
    for (size_t wanted = 0; wanted <= 4; wanted++) {
        reader = over(three, sizeof three);
        memset(fixed, 0xee, sizeof fixed);
        qs_cbor_fixed(&reader, fixed, wanted);
        cr_expect_eq(reader.status, wanted == 3 ? QUORSUM_OK : QUORSUM_ERR_RANGE);
        cr_expect(wanted == 0 || fixed[0] == (wanted == 3 ? 1 : 0), "the output is not zeroed");
    }
    reader = over(RAW(0x84));
    cr_expect_eq(qs_cbor_array(&reader, 3), 0);
    cr_expect_eq(reader.status, QUORSUM_ERR_LIMIT);
    reader = over(RAW(0xa4));
    cr_expect_eq(qs_cbor_map(&reader, 3), 0);
    cr_expect_eq(reader.status, QUORSUM_ERR_LIMIT);
    mpz_init_set_ui(number, 7);
    reader = over(three, sizeof three);
    qs_cbor_mpz(&reader, number, 2);
    cr_expect_eq(reader.status, QUORSUM_ERR_LIMIT);
    cr_expect_eq(mpz_sgn(number), 0);
    mpz_clear(number);
}

Test(cbor, another_key_than_the_expected_one_is_refused)
{
    for (uint8_t key = 0; key < 5; key++) {
        const uint8_t byte[] = {key};
        qs_cbor_reader reader = over(byte, 1);

        qs_cbor_key(&reader, 2);
        cr_expect_eq(reader.status, key == 2 ? QUORSUM_OK : QUORSUM_ERR_NOT_CANONICAL);
    }
}

Test(cbor, the_first_error_stays_and_every_output_is_zero)
{
    static const uint8_t bytes[] = {0x18, 100, 0x43, 1, 2, 3, 0x61, 'a', 0x81, 0xa1};
    qs_cbor_reader reader = over(bytes, sizeof bytes);
    uint8_t fixed[3] = {9, 9, 9};
    const uint8_t *at;
    size_t len = 9;
    mpz_t number;

    mpz_init_set_ui(number, 7);
    qs_cbor_uint(&reader, 99);
    at = reader.at;
    cr_expect_null(qs_cbor_bytes(&reader, &len, 9));
    cr_expect_eq(len, 0);
    qs_cbor_fixed(&reader, fixed, 3);
    cr_expect_arr_eq(fixed, "\0\0\0", 3);
    len = 9;
    cr_expect_null(qs_cbor_text(&reader, &len, 9));
    cr_expect_eq(len, 0);
    cr_expect_eq(qs_cbor_array(&reader, 9), 0);
    cr_expect_eq(qs_cbor_map(&reader, 9), 0);
    qs_cbor_key(&reader, 1);
    qs_cbor_mpz(&reader, number, 9);
    cr_expect_eq(mpz_sgn(number), 0);
    cr_expect_eq(qs_cbor_finish(&reader), QUORSUM_ERR_RANGE);
    cr_expect_eq(reader.at, at, "a failed reader moved on");
    mpz_clear(number);
}

Test(cbor, bytes_behind_the_last_item_are_trailing)
{
    static const uint8_t two[] = {0x01, 0x02};
    qs_cbor_reader reader = over(two, sizeof two);

    qs_cbor_uint(&reader, 9);
    cr_expect_eq(reader.status, QUORSUM_OK);
    cr_expect_eq(qs_cbor_finish(&reader), QUORSUM_ERR_TRAILING);
    reader = over(NULL, 0);
    cr_expect_eq(qs_cbor_finish(&reader), QUORSUM_OK);
    reader = over(NULL, 3);
    cr_expect_eq(qs_cbor_finish(&reader), QUORSUM_ERR_ARGUMENT);
}

static int text_is_accepted(const uint8_t *text, size_t size)
{
    uint8_t bytes[32];
    char string[32] = {0};
    qs_buffer buffer = {0};
    qs_cbor_reader reader;
    size_t len;
    int read, written;

    bytes[0] = (uint8_t)(0x60 | size);
    memcpy(bytes + 1, text, size);
    memcpy(string, text, size);
    reader = over(bytes, size + 1);
    read = qs_cbor_text(&reader, &len, 31) != NULL;
    cr_expect_eq(reader.status, read ? QUORSUM_OK : QUORSUM_ERR_NOT_CANONICAL);
    qs_cbor_put_text(&buffer, string);
    written = buffer.status == QUORSUM_OK;
    cr_expect(written || (buffer.status == QUORSUM_ERR_ARGUMENT && buffer.len == 0));
    if (memchr(text, 0, size) == NULL)
        cr_expect_eq(read, written, "reader and writer disagree");
    qs_buffer_free(&buffer);
    return read;
}

/* UTF-8 of a code point by the arithmetic of RFC 3629, without its exclusions; `len` bytes, 1..4. */
static void encode_point(uint8_t *out, uint32_t point, size_t len)
{
    static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = len; i > 1; i--, point >>= 6)
        out[i - 1] = (uint8_t)(0x80 | (point & 0x3f));
    out[0] = (uint8_t)(marks[len] | point);
}

static size_t point_length(uint32_t point)
{
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

Test(cbor, text_takes_exactly_the_code_points_of_unicode_in_their_shortest_form)
{
    uint8_t text[4];

    for (uint32_t point = 1; point < 0x120000; point += point < 0x11000 ? 1 : 61) {
        int allowed = (point < 0xd800 || point > 0xdfff) && point <= 0x10ffff;
        size_t len = point_length(point);

        encode_point(text, point, len);
        cr_assert_eq(text_is_accepted(text, len), allowed, "U+%04X", point);
        if (len < 4) {
            encode_point(text, point, len + 1);
            cr_assert_eq(text_is_accepted(text, len + 1), 0, "U+%04X overlong", point);
        }
    }
    encode_point(text, 0x10ffff, 4);
    cr_expect_eq(text_is_accepted(text, 4), 1);
    encode_point(text, 0x110000, 4);
    cr_expect_eq(text_is_accepted(text, 4), 0);
}

Test(cbor, broken_utf8_is_refused)
{
    cr_expect_eq(text_is_accepted(RAW(0x80)), 0);
    cr_expect_eq(text_is_accepted(RAW(0xff)), 0);
    cr_expect_eq(text_is_accepted(RAW(0xf8, 0x88, 0x80, 0x80, 0x80)), 0);
    cr_expect_eq(text_is_accepted(RAW(0xc3)), 0);
    cr_expect_eq(text_is_accepted(RAW('a', 0xe2, 0x82)), 0);
    cr_expect_eq(text_is_accepted(RAW(0xf0, 0x9f, 0x98)), 0);
    cr_expect_eq(text_is_accepted(RAW(0xc3, 'a')), 0);
    cr_expect_eq(text_is_accepted(RAW(0xe2, 0x82, 0xc2)), 0);
    cr_expect_eq(text_is_accepted(RAW('a', 0, 'b')), 0);
    cr_expect_eq(text_is_accepted(RAW(0)), 0);
    cr_expect_eq(text_is_accepted(RAW('a', 0xc3, 0xbc, 'b', 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80)), 1);
}

Test(cbor, text_and_bytes_may_be_empty)
{
    qs_cbor_reader reader = over(RAW(0x60, 0x40));
    size_t len = 9;

    cr_expect_not_null(qs_cbor_text(&reader, &len, 0));
    cr_expect_eq(len, 0);
    len = 9;
    cr_expect_not_null(qs_cbor_bytes(&reader, &len, 0));
    cr_expect_eq(len, 0);
    cr_expect_eq(qs_cbor_finish(&reader), QUORSUM_OK);
}

static void check_mpz(const char *hex, const uint8_t *wanted, size_t len)
{
    qs_cbor_reader reader = over(wanted, len);
    qs_buffer buffer = {0};
    mpz_t value, read;

    mpz_init_set_str(value, hex, 16);
    mpz_init_set_ui(read, 99);
    qs_cbor_mpz(&reader, read, len);
    cr_expect_eq(qs_cbor_finish(&reader), QUORSUM_OK);
    cr_expect_eq(mpz_cmp(read, value), 0, "%s", hex);
    qs_cbor_put_mpz(&buffer, value);
    expect_bytes(&buffer, wanted, len);
    mpz_clears(value, read, NULL);
}

Test(cbor, integers_are_byte_strings_without_leading_zeros)
{
    check_mpz("0", RAW(0x40));
    check_mpz("1", RAW(0x41, 0x01));
    check_mpz("ff", RAW(0x41, 0xff));
    check_mpz("100", RAW(0x42, 0x01, 0x00));
    check_mpz("ffffffffffffffff", RAW(0x48, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
    check_mpz("10000000000000000", RAW(0x49, 1, 0, 0, 0, 0, 0, 0, 0, 0));
    cr_expect_eq(read_as(6, RAW(0x41, 0x00)), QUORSUM_ERR_NOT_CANONICAL);
    cr_expect_eq(read_as(6, RAW(0x42, 0x00, 0x01)), QUORSUM_ERR_NOT_CANONICAL);
}

Test(cbor, the_writer_refuses_what_the_reader_would)
{
    qs_buffer buffer = {0};
    mpz_t negative;

    mpz_init_set_si(negative, -1);
    qs_cbor_put_mpz(&buffer, negative);
    cr_expect_eq(buffer.status, QUORSUM_ERR_ARGUMENT);
    qs_cbor_put_uint(&buffer, 1);
    qs_cbor_put_text(&buffer, NULL);
    cr_expect_eq(buffer.len, 0);
    qs_buffer_free(&buffer);
    qs_cbor_put_text(&buffer, NULL);
    cr_expect_eq(buffer.status, QUORSUM_ERR_ARGUMENT);
    qs_buffer_free(&buffer);
    mpz_clear(negative);
}
