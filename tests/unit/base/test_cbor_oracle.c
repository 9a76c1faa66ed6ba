/* SPDX-License-Identifier: Apache-2.0 */
/* The CBOR writer and reader against libcbor, an implementation that shares no code with this one. */
#include "lib/base/cbor.h"

#include <cbor.h>
#include <criterion/criterion.h>
#include <gmp.h>
#include <string.h>

#define ROUNDS 2000

static gmp_randstate_t dice;

static void set_up(void)
{
    gmp_randinit_default(dice);
    gmp_randseed_ui(dice, 20240229);
}

static void tear_down(void)
{
    gmp_randclear(dice);
}

TestSuite(cbor_oracle, .init = set_up, .fini = tear_down);

static size_t roll(unsigned long sides)
{
    return gmp_urandomm_ui(dice, sides);
}

/* Every length of head comes up about equally often. */
static uint64_t some_uint(void)
{
    uint64_t value = (uint64_t)gmp_urandomb_ui(dice, 32) << 32 | gmp_urandomb_ui(dice, 32);

    return value >> roll(64);
}

/* Writes the same number through both, in libcbor's shortest form. */
static cbor_item_t *oracle_uint(uint64_t value)
{
    return value <= UINT8_MAX    ? cbor_build_uint8((uint8_t)value)
           : value <= UINT16_MAX ? cbor_build_uint16((uint16_t)value)
           : value <= UINT32_MAX ? cbor_build_uint32((uint32_t)value)
                                 : cbor_build_uint64(value);
}

/* An item that is no container. */
static cbor_item_t *some_leaf(qs_buffer *out)
{
    uint8_t content[300];
    char text[301];
    size_t len = roll(3) == 0 ? roll(sizeof content) : roll(30);
    uint64_t value = some_uint();

    for (size_t i = 0; i < len; i++) {
        content[i] = (uint8_t)roll(256);
        text[i] = (char)(1 + content[i] % 127);
    }
    text[len] = '\0';
    switch (roll(3)) {
    case 0:
        qs_cbor_put_uint(out, value);
        return oracle_uint(value);
    case 1:
        qs_cbor_put_bytes(out, content, len);
        return cbor_build_bytestring(content, len);
    default:
        qs_cbor_put_text(out, text);
        return cbor_build_string(text);
    }
}

static cbor_item_t *some_array(qs_buffer *out)
{
    size_t count = roll(40);
    cbor_item_t *array = cbor_new_definite_array(count);

    qs_cbor_put_array(out, count);
    for (size_t i = 0; i < count; i++)
        cr_assert(cbor_array_push(array, cbor_move(some_leaf(out))));
    return array;
}

static cbor_item_t *some_map(qs_buffer *out)
{
    size_t count = roll(30);
    cbor_item_t *map = cbor_new_definite_map(count);

    qs_cbor_put_map(out, count);
    for (size_t i = 0; i < count; i++) {
        cbor_item_t *value;

        qs_cbor_put_uint(out, i);
        value = i % 7 == 3 ? some_array(out) : some_leaf(out);
        cr_assert(cbor_map_add(map, (struct cbor_pair){cbor_move(oracle_uint(i)), cbor_move(value)}));
    }
    return map;
}

Test(cbor_oracle, both_write_the_same_bytes)
{
    for (int round = 0; round < ROUNDS; round++) {
        qs_buffer buffer = {0};
        cbor_item_t *item = round % 2 == 0 ? some_map(&buffer) : some_array(&buffer);
        unsigned char *wanted = NULL;
        size_t capacity, len = cbor_serialize_alloc(item, &wanted, &capacity);

        cr_assert_eq(buffer.status, QUORSUM_OK);
        cr_assert_eq(buffer.len, len);
        cr_assert_arr_eq(buffer.data, wanted, len);
        free(wanted);
        cbor_decref(&item);
        qs_buffer_free(&buffer);
    }
}

/* Reads one item as what its first byte says; 0 if the reader accepted it. */
static quorsum_status read_leaf(const uint8_t *data, size_t size, size_t *used)
{
    qs_cbor_reader reader;
    size_t len;

    qs_cbor_begin(&reader, data, size);
    switch (data[0] >> 5) {
    case 2: qs_cbor_bytes(&reader, &len, SIZE_MAX); break;
    case 3: qs_cbor_text(&reader, &len, SIZE_MAX); break;
    default: qs_cbor_uint(&reader, UINT64_MAX); break;
    }
    *used = (size_t)(reader.at - data);
    return reader.status;
}

Test(cbor_oracle, what_the_reader_accepts_libcbor_reads_and_writes_back_unchanged)
{
    uint8_t data[24];
    int accepted = 0;

    for (int round = 0; round < 200000; round++) {
        struct cbor_load_result result;
        cbor_item_t *item;
        unsigned char *again = NULL;
        size_t used, capacity, len;

        for (size_t i = 0; i < sizeof data; i++)
            data[i] = (uint8_t)(roll(3) == 0 ? roll(32) : 1 + roll(127));
        data[0] = (uint8_t)((data[0] & 0x1f) | (roll(8) << 5));
        if (read_leaf(data, sizeof data, &used) != QUORSUM_OK)
            continue;
        accepted++;
        item = cbor_load(data, sizeof data, &result);
        cr_assert_not_null(item);
        cr_assert_eq(result.read, used);
        len = cbor_serialize_alloc(item, &again, &capacity);
        cr_assert_eq(len, used);
        cr_assert_arr_eq(again, data, used);
        free(again);
        cbor_decref(&item);
    }
    cr_expect_gt(accepted, 1000);
}
