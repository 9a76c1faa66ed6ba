/* SPDX-License-Identifier: Apache-2.0 */
/* The output buffer and big-endian integers, the latter against mpz_import and mpz_export. */
#include "lib/base/bytes.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define LIMBS 5
#define BYTES (LIMBS * sizeof(mp_limb_t))

Test(buffer, grows_and_keeps_what_was_appended)
{
    qs_buffer buffer = {0};
    uint8_t piece[37];

    for (size_t i = 0; i < 1000; i++) {
        memset(piece, (int)(i % 251), sizeof piece);
        qs_buffer_append(&buffer, piece, i % sizeof piece);
    }
    cr_assert_eq(buffer.status, QUORSUM_OK);
    for (size_t i = 0, at = 0; i < 1000; at += i % sizeof piece, i++) {
        for (size_t j = 0; j < i % sizeof piece; j++)
            cr_assert_eq(buffer.data[at + j], i % 251);
    }
    qs_buffer_free(&buffer);
    cr_expect_null(buffer.data);
    cr_expect_eq(buffer.len, 0);
    cr_expect_eq(buffer.capacity, 0);
}

Test(buffer, extending_gives_zeroed_room)
{
    qs_buffer buffer = {0};
    uint8_t *room = qs_buffer_extend(&buffer, 1000);

    cr_assert_not_null(room);
    cr_expect_eq(buffer.len, 1000);
    for (size_t i = 0; i < 1000; i++)
        cr_assert_eq(room[i], 0);
    memset(room, 0xff, 1000);
    cr_assert_not_null(qs_buffer_extend(&buffer, 0));
    room = qs_buffer_extend(&buffer, 3000);
    cr_assert_not_null(room);
    cr_expect_eq(room, buffer.data + 1000);
    for (size_t i = 0; i < 3000; i++)
        cr_assert_eq(room[i], 0);
    qs_buffer_free(&buffer);
}

Test(buffer, nothing_can_be_appended_to_or_asked_of_an_empty_one)
{
    qs_buffer buffer = {0};

    qs_buffer_append(&buffer, NULL, 0);
    cr_expect_eq(buffer.status, QUORSUM_OK);
    cr_expect_not_null(qs_buffer_extend(&buffer, 0));
    cr_expect_eq(buffer.len, 0);
    qs_buffer_free(&buffer);
    qs_buffer_free(&buffer);
}

Test(buffer, the_first_failure_sticks)
{
    static const size_t impossible[] = {SIZE_MAX, SIZE_MAX - 2, SIZE_MAX / 2};

    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        qs_buffer buffer = {0};

        qs_buffer_append(&buffer, "abc", 3);
        cr_expect_null(qs_buffer_extend(&buffer, impossible[i]));
        cr_expect_eq(buffer.status, QUORSUM_ERR_MEMORY);
        qs_buffer_append(&buffer, "def", 3);
        cr_expect_null(qs_buffer_extend(&buffer, 1));
        qs_buffer_append(&buffer, NULL, 1);
        cr_expect_eq(buffer.status, QUORSUM_ERR_MEMORY);
        cr_expect_eq(buffer.len, 3);
        cr_expect_arr_eq(buffer.data, "abc", 3);
        qs_buffer_free(&buffer);
        cr_expect_eq(buffer.status, QUORSUM_OK);
    }
}

Test(buffer, bytes_from_nowhere_are_refused)
{
    qs_buffer buffer = {0};

    qs_buffer_append(&buffer, NULL, 1);
    cr_expect_eq(buffer.status, QUORSUM_ERR_ARGUMENT);
    qs_buffer_free(&buffer);
}

/* `significant` bytes of a value whose top byte is not zero, at the end of `len` bytes. */
static void make_value(uint8_t *bytes, size_t len, size_t significant)
{
    memset(bytes, 0, len);
    for (size_t i = 0; i < significant; i++)
        bytes[len - 1 - i] = (uint8_t)((0x11 + 7 * i) | (i == significant - 1));
}

static void import(mp_limb_t *limbs, size_t count, const uint8_t *bytes, size_t len)
{
    mpz_t value;

    mpz_init(value);
    mpz_import(value, len, 1, 1, 1, 0, bytes);
    for (size_t i = 0; i < count; i++)
        limbs[i] = mpz_getlimbn(value, (mp_size_t)i);
    mpz_clear(value);
}

Test(limbs, reading_agrees_with_gmp_or_says_that_it_does_not_fit)
{
    uint8_t bytes[3 * BYTES];
    mp_limb_t got[LIMBS + 1], wanted[LIMBS];

    for (size_t len = 0; len <= BYTES + 20; len++) {
        for (size_t significant = 0; significant <= len; significant++) {
            for (size_t limbs = 1; limbs <= LIMBS; limbs++) {
                int fits = significant <= limbs * sizeof(mp_limb_t);

                make_value(bytes, len, significant);
                import(wanted, limbs, bytes, len);
                memset(got, 0xee, sizeof got);
                cr_assert_eq(qs_limbs_from_bytes(got, limbs, bytes, len), fits ? 0 : -1);
                for (size_t i = 0; i < limbs; i++)
                    cr_assert_eq(got[i], fits ? wanted[i] : 0, "len %zu significant %zu", len, significant);
                cr_assert_eq(got[limbs] & 0xff, 0xee, "wrote behind the limbs");
            }
        }
    }
}

Test(limbs, writing_gives_the_bytes_back_or_touches_nothing)
{
    uint8_t bytes[BYTES], got[BYTES + 20], wanted[BYTES + 20];
    mp_limb_t limbs[LIMBS];

    for (size_t significant = 0; significant <= BYTES; significant++) {
        make_value(bytes, BYTES, significant);
        import(limbs, LIMBS, bytes, BYTES);
        for (size_t len = 0; len <= BYTES + 16; len++) {
            int fits = significant <= len;

            memset(got, 0xee, sizeof got);
            memset(wanted, 0xee, sizeof wanted);
            if (fits) {
                memset(wanted, 0, len);
                memcpy(wanted + len - significant, bytes + BYTES - significant, significant);
            }
            cr_assert_eq(qs_limbs_to_bytes(got, len, limbs, LIMBS), fits ? 0 : -1);
            cr_assert_arr_eq(got, wanted, sizeof got, "len %zu significant %zu", len, significant);
        }
    }
}

Test(limbs, one_bit_too_many_does_not_fit)
{
    mp_limb_t limbs[2] = {0, 0};
    uint8_t bytes[16];

    for (size_t len = 1; len <= 15; len++) {
        size_t bit = 8 * len;

        memset(limbs, 0, sizeof limbs);
        limbs[bit / GMP_LIMB_BITS] = (mp_limb_t)1 << (bit % GMP_LIMB_BITS);
        cr_expect_eq(qs_limbs_to_bytes(bytes, len, limbs, 2), -1, "2^%zu in %zu bytes", bit, len);
        mpn_sub_1(limbs, limbs, 2, 1);
        cr_expect_eq(qs_limbs_to_bytes(bytes, len, limbs, 2), 0);
        for (size_t i = 0; i < len; i++)
            cr_expect_eq(bytes[i], 0xff);
    }
}

Test(limbs, no_limbs_hold_zero_only)
{
    static const uint8_t zeros[3] = {0}, one[3] = {0, 0, 1};
    uint8_t out[3] = {9, 9, 9};
    mp_limb_t none;

    cr_expect_eq(qs_limbs_from_bytes(&none, 0, zeros, 3), 0);
    cr_expect_eq(qs_limbs_from_bytes(&none, 0, one, 3), -1);
    cr_expect_eq(qs_limbs_to_bytes(out, 3, &none, 0), 0);
    cr_expect_arr_eq(out, zeros, 3);
}

Test(words, are_big_endian)
{
    static const uint8_t wanted[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    uint8_t got[8];

    qs_store64(got, 0x0123456789abcdef);
    cr_expect_arr_eq(got, wanted, 8);
    cr_expect_eq(qs_load64(wanted), 0x0123456789abcdef);
    for (unsigned bit = 0; bit < 64; bit++) {
        qs_store64(got, (uint64_t)1 << bit);
        cr_expect_eq(got[7 - bit / 8], 1u << (bit % 8));
        cr_expect_eq(qs_load64(got), (uint64_t)1 << bit);
    }
}
