/* SPDX-License-Identifier: Apache-2.0 */
/* Streams, against libsodium's own stream cipher in one piece. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "lib/ceremony/prf.h"

static const uint8_t key[32] = {1, 2, 3, 4, 5};

/* The same by another way: the whole stream at once. */
static void whole(uint8_t *out, size_t len, const char *label, uint8_t index)
{
    static const uint8_t nonce[8];
    uint8_t text[64] = {0};
    uint8_t stream_key[32];
    size_t label_len = strlen(label);
    size_t at = 0;

    text[7] = 14;
    memcpy(text + 8, "quorsum/v1/prf", 14);
    at = 22;
    text[at + 7] = (uint8_t)label_len;
    memcpy(text + at + 8, label, label_len);
    at += 8 + label_len;
    text[at + 7] = 8;
    text[at + 15] = index;
    at += 16;
    crypto_generichash(stream_key, 32, text, at, key, 32);
    crypto_stream_chacha20(out, len, nonce, stream_key);
}

Test(prf, is_chacha20_under_a_derived_key_however_it_is_read)
{
    static uint8_t expected[10000], got[10000];
    static const size_t pieces[] = {1, 7, 63, 64, 65, 4095, 4096, 1000};
    qs_prf prf;
    size_t at = 0;

    whole(expected, sizeof expected, "label", 9);
    qs_prf_begin(&prf, key, "label", 9);
    for (size_t k = 0; at < sizeof got; k++) {
        size_t now = pieces[k % 8];

        if (now > sizeof got - at)
            now = sizeof got - at;
        qs_prf_bytes(&prf, got + at, now);
        at += now;
    }
    cr_expect_arr_eq(got, expected, sizeof got);
    qs_prf_end(&prf);
    for (size_t i = 0; i < sizeof prf; i++)
        cr_assert_eq(((uint8_t *)&prf)[i], 0);
}

Test(prf, labels_indices_and_keys_give_different_streams)
{
    uint8_t other_key[32] = {1, 2, 3, 4, 6};
    uint8_t a[32], b[32];
    qs_prf prf;

    whole(a, 32, "p", 0);
    qs_prf_begin(&prf, key, "q", 0);
    qs_prf_bytes(&prf, b, 32);
    cr_expect_arr_neq(a, b, 32);
    qs_prf_begin(&prf, key, "p", 1);
    qs_prf_bytes(&prf, b, 32);
    cr_expect_arr_neq(a, b, 32);
    qs_prf_begin(&prf, other_key, "p", 0);
    qs_prf_bytes(&prf, b, 32);
    cr_expect_arr_neq(a, b, 32);
    qs_prf_begin(&prf, key, "p", 0);
    qs_prf_bytes(&prf, b, 32);
    cr_expect_arr_eq(a, b, 32);
}

Test(prf, integers_are_little_endian_and_below_their_bound)
{
    static const size_t sizes[] = {1, 7, 8, 9, 63, 64, 65, 1000, 2112};
    uint8_t expected[600];
    mp_limb_t got[40];

    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        size_t len = (sizes[k] + 7) / 8;
        qs_prf prf;

        whole(expected, 2 * len, "x", 3);
        qs_prf_begin(&prf, key, "x", 3);
        for (size_t turn = 0; turn < 2; turn++) {
            uint8_t *e = expected + turn * len;

            memset(got, 0xff, sizeof got);
            qs_prf_integer(&prf, got, 40, sizes[k]);
            if (sizes[k] % 8 != 0)
                e[len - 1] &= (uint8_t)((1u << sizes[k] % 8) - 1);
            for (size_t i = 0; i < sizeof got; i++)
                cr_assert_eq((uint8_t)(got[i / 8] >> 8 * (i % 8)), i < len ? e[i] : 0, "%zu bits, byte %zu", sizes[k], i);
        }
    }
}

Test(prf, residues_are_the_words_below_the_largest_multiple)
{
    static const uint32_t moduli[] = {2, 3, 5, 7, 251, 739, 1459, 2048, 4093, 4096};
    static uint8_t bytes[40000];
    static uint16_t got[9000];

    for (size_t k = 0; k < sizeof moduli / sizeof moduli[0]; k++) {
        uint32_t m = moduli[k];
        size_t at = 0;
        qs_prf prf;

        whole(bytes, sizeof bytes, "r", 1);
        qs_prf_begin(&prf, key, "r", 1);
        qs_prf_residues(&prf, got, 5000, m);
        qs_prf_residues(&prf, got + 5000, 4000, m);
        for (size_t i = 0; i < 9000; i++, at += 2) {
            while ((uint32_t)(bytes[at] + 256 * bytes[at + 1]) >= 65536 / m * m)
                at += 2;
            cr_assert_eq(got[i], (bytes[at] + 256u * bytes[at + 1]) % m, "modulus %u, %zu", m, i);
        }
    }
}

Test(prf, derives_by_name)
{
    uint8_t text[8 + 15 + 16] = {0};
    uint8_t expected[32], got[32];

    text[7] = 15;
    memcpy(text + 8, "quorsum/v1/name", 15);
    text[8 + 15 + 7] = 8;
    text[sizeof text - 1] = 5;
    crypto_generichash(expected, 32, text, sizeof text, key, 32);
    qs_prf_derive(got, key, "name", 5);
    cr_expect_arr_eq(got, expected, 32);
}
