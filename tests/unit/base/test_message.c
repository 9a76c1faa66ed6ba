/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope: what is written reads back, and no byte of it can be changed, added or left away. */
#include "lib/base/message.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

static const uint8_t key_digest[32] = {1, 2, 3};
static const uint8_t task_digest[32] = {9, 8, 7};
static const uint8_t blocks[5] = {10, 20, 30, 40, 50};

/* A message of `kind` with one key of its own, 10: 1234, and five bytes of blocks. */
static void write_message(qs_buffer *out, const quorsum_identity *identity, const char *kind, uint8_t *digest)
{
    int is_key = strcmp(kind, "key") == 0;
    int is_task = strcmp(kind, "task") == 0;
    const uint8_t *task = is_key || is_task ? NULL : task_digest;

    qs_message_begin(out, kind, 1, quorsum_identity_public(identity), is_key ? NULL : key_digest, task);
    qs_cbor_put_uint(out, 10);
    qs_cbor_put_uint(out, 1234);
    qs_buffer_append(out, blocks, sizeof blocks);
    qs_message_sign(out, kind, identity, task, digest);
    cr_assert_eq(out->status, QUORSUM_OK);
}

static quorsum_status read_message(qs_message *message, const char *kind, const uint8_t *data, size_t len,
                                   uint64_t blocks_len)
{
    quorsum_status status = qs_message_open(message, kind, 1, data, len);

    if (status != QUORSUM_OK)
        return status;
    qs_cbor_key(&message->header, 10);
    (void)qs_cbor_uint(&message->header, 5000);
    return qs_message_close(message, blocks_len);
}

static quorsum_identity *new_identity(void)
{
    quorsum_identity *identity = NULL;

    cr_assert_eq(quorsum_identity_generate(&identity), QUORSUM_OK);
    return identity;
}

Test(message, reads_back_what_was_written_for_every_kind)
{
    static const char *const kinds[] = {"key",       "task",    "contribution", "manifest",
                                        "aggregate", "partial", "completion",   "result"};
    quorsum_identity *identity = new_identity();

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        qs_buffer out = {0};
        uint8_t digest[32];
        uint8_t expected[32];
        char kind[QS_KIND_BYTES];
        qs_message message;

        write_message(&out, identity, kinds[i], digest);
        cr_assert_eq(read_message(&message, kinds[i], out.data, out.len, sizeof blocks), QUORSUM_OK);
        cr_expect_eq(memcmp(message.sender, quorsum_identity_public(identity), 32), 0);
        cr_expect_eq(message.key == NULL, i == 0);
        cr_expect_eq(message.task == NULL, i < 2);
        cr_expect(message.key == NULL || memcmp(message.key, key_digest, 32) == 0);
        cr_expect(message.task == NULL || memcmp(message.task, task_digest, 32) == 0);
        cr_expect_eq(message.blocks_len, sizeof blocks);
        cr_expect_eq(memcmp(message.blocks, blocks, sizeof blocks), 0);
        crypto_generichash(expected, 32, out.data, out.len - 64, NULL, 0);
        cr_expect_eq(memcmp(message.digest, expected, 32), 0);
        cr_expect_eq(memcmp(digest, expected, 32), 0);
        cr_expect_eq(qs_message_peek(out.data, out.len, kind), QUORSUM_OK);
        cr_expect_str_eq(kind, kinds[i]);
        qs_buffer_free(&out);
    }
    quorsum_identity_free(identity);
}

/* The signed bytes once more by hand, from the specification. */
Test(message, signature_covers_domain_kind_task_and_digest)
{
    quorsum_identity *identity = new_identity();
    qs_buffer out = {0};
    qs_buffer text = {0};
    uint8_t digest[32];
    static const uint8_t prefix[] = {0, 0, 0, 0, 0, 0, 0, 18};
    static const uint8_t kind_prefix[] = {0, 0, 0, 0, 0, 0, 0, 7};
    static const uint8_t digest_prefix[] = {0, 0, 0, 0, 0, 0, 0, 32};

    write_message(&out, identity, "partial", digest);
    qs_buffer_append(&text, prefix, 8);
    qs_buffer_append(&text, "quorsum/v1/message", 18);
    qs_buffer_append(&text, kind_prefix, 8);
    qs_buffer_append(&text, "partial", 7);
    qs_buffer_append(&text, digest_prefix, 8);
    qs_buffer_append(&text, task_digest, 32);
    qs_buffer_append(&text, digest_prefix, 8);
    qs_buffer_append(&text, digest, 32);
    cr_expect_eq(crypto_sign_verify_detached(out.data + out.len - 64, text.data, text.len,
                                             quorsum_identity_public(identity)), 0);
    qs_buffer_free(&text);
    qs_buffer_free(&out);
    quorsum_identity_free(identity);
}

Test(message, no_bit_can_be_changed)
{
    quorsum_identity *identity = new_identity();
    qs_buffer out = {0};
    qs_message message;

    write_message(&out, identity, "contribution", NULL);
    for (size_t i = 0; i < out.len * 8; i++) {
        out.data[i / 8] ^= (uint8_t)(1u << i % 8);
        cr_expect_neq(read_message(&message, "contribution", out.data, out.len, sizeof blocks), QUORSUM_OK,
                      "bit %zu changed unnoticed", i);
        out.data[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    cr_expect_eq(read_message(&message, "contribution", out.data, out.len, sizeof blocks), QUORSUM_OK);
    qs_buffer_free(&out);
    quorsum_identity_free(identity);
}

Test(message, every_cut_and_every_extra_byte_is_refused)
{
    quorsum_identity *identity = new_identity();
    qs_buffer out = {0};
    qs_message message;
    size_t len;

    write_message(&out, identity, "manifest", NULL);
    len = out.len;
    for (size_t i = 0; i < len; i++) {
        uint8_t *copy = malloc(i + 1);

        memcpy(copy, out.data, i);
        cr_expect_eq(read_message(&message, "manifest", copy, i, sizeof blocks), QUORSUM_ERR_TRUNCATED, "cut at %zu", i);
        free(copy);
    }
    qs_buffer_append(&out, "x", 1);
    cr_expect_eq(read_message(&message, "manifest", out.data, out.len, sizeof blocks), QUORSUM_ERR_TRAILING);
    cr_expect_eq(read_message(&message, "manifest", out.data, len, sizeof blocks - 1), QUORSUM_ERR_TRAILING);
    cr_expect_eq(read_message(&message, "manifest", out.data, len, sizeof blocks + 1), QUORSUM_ERR_TRUNCATED);
    cr_expect_eq(read_message(&message, "manifest", out.data, len, UINT64_MAX), QUORSUM_ERR_TRUNCATED);
    cr_expect_eq(read_message(&message, "manifest", out.data, len, UINT64_MAX - 63), QUORSUM_ERR_TRUNCATED);
    qs_buffer_free(&out);
    quorsum_identity_free(identity);
}

Test(message, another_kind_is_refused_by_type)
{
    quorsum_identity *identity = new_identity();
    qs_buffer out = {0};
    qs_message message;
    char kind[QS_KIND_BYTES];
    static const uint8_t unknown[] = {0xa3, 0x00, 0x65, 'w', 'h', 'a', 't', '?'};

    write_message(&out, identity, "aggregate", NULL);
    cr_expect_eq(read_message(&message, "manifest", out.data, out.len, sizeof blocks), QUORSUM_ERR_TYPE);
    cr_expect_eq(read_message(&message, "key", out.data, out.len, sizeof blocks), QUORSUM_ERR_TYPE);
    cr_expect_eq(qs_message_peek(unknown, sizeof unknown, kind), QUORSUM_ERR_TYPE);
    cr_expect_str_eq(kind, "");
    cr_expect_neq(qs_message_peek((const uint8_t *)"a,b,c\n", 6, kind), QUORSUM_OK);
    cr_expect_eq(qs_message_peek(NULL, 0, kind), QUORSUM_ERR_TRUNCATED);
    qs_buffer_free(&out);
    quorsum_identity_free(identity);
}

Test(message, another_version_is_refused_by_name)
{
    quorsum_identity *identity = new_identity();
    qs_buffer out = {0};
    qs_message message;

    write_message(&out, identity, "partial", NULL);
    cr_assert_eq(out.data[11], 1); /* a6 00 67 "partial" 01 01 */
    out.data[11] = 2;
    cr_expect_eq(read_message(&message, "partial", out.data, out.len, sizeof blocks), QUORSUM_ERR_VERSION);
    qs_buffer_free(&out);
    quorsum_identity_free(identity);
}

Test(message, another_number_of_keys_is_refused)
{
    quorsum_identity *identity = new_identity();
    qs_buffer out = {0};
    qs_message message;

    write_message(&out, identity, "partial", NULL);
    cr_expect_eq(qs_message_open(&message, "partial", 2, out.data, out.len), QUORSUM_ERR_NOT_CANONICAL);
    cr_expect_eq(qs_message_open(&message, "partial", 0, out.data, out.len), QUORSUM_ERR_NOT_CANONICAL);
    qs_buffer_free(&out);
    quorsum_identity_free(identity);
}

Test(message, signature_of_another_identity_is_refused)
{
    quorsum_identity *identity = new_identity();
    quorsum_identity *other = new_identity();
    qs_buffer out = {0};
    qs_message message;

    write_message(&out, identity, "partial", NULL);
    memcpy(out.data + 15, quorsum_identity_public(other), 32); /* ... 02 58 20 sender */
    cr_expect_eq(read_message(&message, "partial", out.data, out.len, sizeof blocks), QUORSUM_ERR_SIGNATURE);
    qs_buffer_free(&out);
    quorsum_identity_free(other);
    quorsum_identity_free(identity);
}

Test(message, writer_refuses_wrong_use)
{
    quorsum_identity *identity = new_identity();
    quorsum_identity *other = new_identity();
    const uint8_t *sender = quorsum_identity_public(identity);
    qs_buffer out = {0};

    qs_message_begin(&out, "party", 1, sender, key_digest, task_digest);
    cr_expect_eq(out.status, QUORSUM_ERR_ARGUMENT);
    qs_buffer_free(&out);
    qs_message_begin(&out, "key", 1, sender, key_digest, NULL);
    cr_expect_eq(out.status, QUORSUM_ERR_ARGUMENT);
    qs_buffer_free(&out);
    qs_message_begin(&out, "result", 1, sender, key_digest, NULL);
    cr_expect_eq(out.status, QUORSUM_ERR_ARGUMENT);
    qs_buffer_free(&out);
    qs_message_begin(&out, "result", 0, sender, key_digest, task_digest);
    qs_message_sign(&out, "result", other, task_digest, NULL);
    cr_expect_eq(out.status, QUORSUM_ERR_ARGUMENT, "signed for somebody else");
    qs_buffer_free(&out);
    qs_message_sign(&out, "result", identity, task_digest, NULL);
    cr_expect_eq(out.status, QUORSUM_ERR_ARGUMENT, "signed nothing");
    qs_buffer_free(&out);
    quorsum_identity_free(other);
    quorsum_identity_free(identity);
}

/* ---- keys and signatures that need no secret ---- */

#define SMALL 14

/* Every encoding of a point of small order: of order 1, 2, 4 and 8, with and without the sign, canonical or not. */
static void small_points(uint8_t out[SMALL][32])
{
    static const uint8_t eight[2][32] = {
        {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
         0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
         0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}};

    memset(out, 0, SMALL * 32);
    for (size_t i = 0; i < 5; i++) { /* y = 0, 1, p-1, p, p+1 */
        if (i > 1) {
            memset(out[i], 0xff, 31);
            out[i][31] = 0x7f;
        }
        out[i][0] = (uint8_t[]){0, 1, 0xec, 0xed, 0xee}[i];
    }
    memcpy(out[5], eight[0], 32);
    memcpy(out[6], eight[1], 32);
    for (size_t i = 0; i < 7; i++) {
        memcpy(out[7 + i], out[i], 32);
        out[7 + i][31] |= 0x80;
    }
}

/* With such a key R = -h A and S = 0 verify for one digest in eight or for all: whoever put it on a roster could sign for a
 * trustee that does not exist. */
Test(message, keys_of_small_order_sign_nothing)
{
    uint8_t points[SMALL][32];
    uint8_t digest[32] = {0};

    cr_assert_geq(sodium_init(), 0);
    small_points(points);
    for (size_t key = 0; key < SMALL; key++) {
        for (size_t r = 0; r < SMALL; r++) {
            uint8_t signature[64] = {0};

            memcpy(signature, points[r], 32);
            for (digest[0] = 0; digest[0] < 40; digest[0]++)
                cr_assert_eq(qs_message_check_signature(signature, "manifest", task_digest, digest, points[key]),
                             QUORSUM_ERR_SIGNATURE, "key %zu, R %zu", key, r);
        }
    }
}

/* S and S + L are the same number to the equation. */
Test(message, a_signature_has_one_form)
{
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                      0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                      0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    quorsum_identity *identity = new_identity();
    qs_buffer out = {0};
    uint8_t *s;
    unsigned carry = 0;
    qs_message message;

    write_message(&out, identity, "manifest", NULL);
    cr_assert_eq(read_message(&message, "manifest", out.data, out.len, sizeof blocks), QUORSUM_OK);
    s = out.data + out.len - 32;
    for (size_t i = 0; i < 32; i++) {
        carry += s[i] + order[i];
        s[i] = (uint8_t)carry;
        carry >>= 8;
    }
    cr_expect_eq(read_message(&message, "manifest", out.data, out.len, sizeof blocks), QUORSUM_ERR_SIGNATURE);
    qs_buffer_free(&out);
    quorsum_identity_free(identity);
}
