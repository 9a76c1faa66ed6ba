/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing: what opens, and everything that must not. The format is also written here by hand, from libsodium's
 * calls alone, so that the file layout is checked against its description and not against its writer. */
#include "lib/base/seal.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "lib/base/secret.h"

#define KIND "share"
#define PASS "correct horse"
#define SECRET "the secret share of trustee 3"

static qs_buffer seal_secret(void)
{
    qs_buffer sealed = {0};

    cr_assert_eq(qs_seal(&sealed, KIND, SECRET, strlen(SECRET), PASS, strlen(PASS)), QUORSUM_OK);
    return sealed;
}

/* Opens, expects that nothing is given on failure, and releases. */
static quorsum_status unseal(const char *kind, const void *sealed, size_t sealed_len, const char *pass)
{
    void *secret = &secret;
    size_t len = 99;
    quorsum_status status = qs_unseal(&secret, &len, kind, sealed, sealed_len, pass, strlen(pass));

    if (status != QUORSUM_OK) {
        cr_expect_null(secret);
        cr_expect_eq(len, 0);
    }
    qs_secret_release(secret);
    return status;
}

Test(seal, the_passphrase_opens_what_it_sealed)
{
    static const size_t lengths[] = {0, 1, 29, 4096, QS_SEAL_SECRET_MAX};
    static uint8_t data[QS_SEAL_SECRET_MAX];

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 31 >> 2);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        qs_buffer sealed = {0};
        void *secret = NULL;
        size_t len = 0;

        cr_assert_eq(qs_seal(&sealed, KIND, data, lengths[i], PASS, strlen(PASS)), QUORSUM_OK);
        cr_expect_leq(sealed.len, QS_SEAL_FILE_MAX);
        cr_assert_eq(qs_unseal(&secret, &len, KIND, sealed.data, sealed.len, PASS, strlen(PASS)), QUORSUM_OK);
        cr_assert_eq(len, lengths[i]);
        cr_expect(len == 0 || memcmp(secret, data, len) == 0);
        qs_secret_release(secret);
        qs_buffer_free(&sealed);
    }
}

Test(seal, the_secret_does_not_show_and_no_two_seals_are_alike)
{
    qs_buffer a = seal_secret(), b = seal_secret();

    cr_expect_null(memmem(a.data, a.len, "trustee", 7));
    cr_assert_eq(a.len, b.len);
    cr_expect_arr_neq(a.data, b.data, a.len);
    qs_buffer_free(&a);
    qs_buffer_free(&b);
}

Test(seal, a_wrong_passphrase_opens_nothing)
{
    static const char *const wrong[] = {"correct hors", "correct horse ", "Correct horse", "x"};
    qs_buffer sealed = seal_secret();

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_eq(unseal(KIND, sealed.data, sealed.len, wrong[i]), QUORSUM_ERR_PASSPHRASE);
    cr_expect_eq(unseal(KIND, sealed.data, sealed.len, PASS), QUORSUM_OK);
    qs_buffer_free(&sealed);
}

Test(seal, another_kind_is_refused_by_type)
{
    qs_buffer sealed = seal_secret();

    cr_expect_eq(unseal("identity", sealed.data, sealed.len, PASS), QUORSUM_ERR_TYPE);
    cr_expect_eq(unseal("shar", sealed.data, sealed.len, PASS), QUORSUM_ERR_TYPE);
    cr_expect_eq(unseal("share2", sealed.data, sealed.len, PASS), QUORSUM_ERR_TYPE);
    qs_buffer_free(&sealed);
}

Test(seal, no_byte_can_be_changed)
{
    qs_buffer sealed = seal_secret();

    for (size_t i = 0; i < sealed.len; i++) {
        uint8_t flip = (uint8_t)(1u << (i % 8));
        quorsum_status status;

        sealed.data[i] ^= flip;
        status = unseal(KIND, sealed.data, sealed.len, PASS);
        cr_expect(status == QUORSUM_ERR_PASSPHRASE || status == QUORSUM_ERR_TYPE || status == QUORSUM_ERR_VERSION ||
                      status == QUORSUM_ERR_NOT_CANONICAL || status == QUORSUM_ERR_RANGE ||
                      status == QUORSUM_ERR_LIMIT || status == QUORSUM_ERR_TRUNCATED,
                  "byte %zu of %zu: %s", i, sealed.len, quorsum_status_name(status));
        if (i >= sealed.len - strlen(SECRET) - 17 - 24 - 16) /* salt, stream header, ciphertext */
            cr_expect_eq(status, QUORSUM_ERR_PASSPHRASE, "byte %zu", i);
        sealed.data[i] ^= flip;
    }
    qs_buffer_free(&sealed);
}

Test(seal, no_prefix_and_nothing_longer_opens)
{
    qs_buffer sealed = seal_secret();
    size_t shortest = sealed.len - strlen(SECRET); /* an empty secret's length */

    for (size_t len = 0; len < sealed.len; len++) {
        quorsum_status wanted = len < shortest ? QUORSUM_ERR_TRUNCATED : QUORSUM_ERR_PASSPHRASE;

        cr_expect_eq(unseal(KIND, sealed.data, len, PASS), wanted, "%zu of %zu bytes", len, sealed.len);
    }
    qs_buffer_append(&sealed, "x", 1);
    cr_expect_eq(unseal(KIND, sealed.data, sealed.len, PASS), QUORSUM_ERR_PASSPHRASE);
    qs_buffer_free(&sealed);
}

Test(seal, an_overlong_file_is_refused_before_any_work)
{
    qs_buffer sealed = seal_secret();

    cr_assert_not_null(qs_buffer_extend(&sealed, QS_SEAL_SECRET_MAX));
    cr_expect_eq(unseal(KIND, sealed.data, sealed.len, PASS), QUORSUM_ERR_LIMIT);
    qs_buffer_free(&sealed);
}

Test(seal, wrong_use_is_refused)
{
    static const char long_kind[] = "a kind of thirty-three bytes here";
    qs_buffer out = {0};
    qs_buffer sealed = seal_secret();
    static const uint8_t huge[QS_SEAL_SECRET_MAX + 1];
    void *secret;
    size_t len;

    cr_assert_eq(strlen(long_kind), QS_SEAL_KIND_MAX + 1);
    cr_expect_eq(qs_seal(&out, KIND, "s", 1, "", 0), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(out.len, 0);
    qs_buffer_free(&out);
    cr_expect_eq(qs_seal(&out, KIND, "s", 1, NULL, 3), QUORSUM_ERR_ARGUMENT);
    qs_buffer_free(&out);
    cr_expect_eq(qs_seal(&out, NULL, "s", 1, PASS, 3), QUORSUM_ERR_ARGUMENT);
    qs_buffer_free(&out);
    cr_expect_eq(qs_seal(&out, "", "s", 1, PASS, 3), QUORSUM_ERR_ARGUMENT);
    qs_buffer_free(&out);
    cr_expect_eq(qs_seal(&out, long_kind, "s", 1, PASS, 3), QUORSUM_ERR_ARGUMENT);
    qs_buffer_free(&out);
    cr_expect_eq(qs_seal(&out, KIND, NULL, 1, PASS, 3), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_seal(NULL, KIND, "s", 1, PASS, 3), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_seal(&sealed, KIND, "s", 1, PASS, 3), QUORSUM_ERR_ARGUMENT, "the buffer is not empty");
    cr_expect_eq(qs_seal(&out, KIND, huge, sizeof huge, PASS, 3), QUORSUM_ERR_LIMIT);
    cr_expect_eq(out.status, QUORSUM_ERR_LIMIT);
    cr_expect_null(out.data);
    cr_expect_eq(unseal(KIND, sealed.data, sealed.len, ""), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(unseal(KIND, NULL, 0, PASS), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(unseal("", sealed.data, sealed.len, PASS), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_unseal(NULL, &len, KIND, sealed.data, sealed.len, PASS, 3), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_unseal(&secret, NULL, KIND, sealed.data, sealed.len, PASS, 3), QUORSUM_ERR_ARGUMENT);
    qs_buffer_free(&sealed);
}

/* The layout, by hand: {0: "sealed", 1: version, 2: "share", 3: ops, 4: mem, 5: salt}. */
#define HEADER_BYTES 44

static void hand_header(uint8_t out[HEADER_BYTES], uint8_t version, uint8_t ops, uint32_t mem)
{
    static const uint8_t layout[HEADER_BYTES] = {
        0xa6, 0x00, 0x66, 's', 'e', 'a', 'l', 'e', 'd', 0x01, 0, 0x02, 0x65, 's', 'h', 'a', 'r', 'e', 0x03, 0,
        0x04, 0x1a, 0, 0, 0, 0, 0x05, 0x50, 7}; /* the salt: 7, then zeros */

    memcpy(out, layout, HEADER_BYTES);
    out[10] = version;
    out[19] = ops;
    for (size_t i = 0; i < 4; i++)
        out[22 + i] = (uint8_t)(mem >> (24 - 8 * i));
}

/* A file sealed with other figures than the writer's, in chunks of which the last has `tag`. */
static size_t seal_by_hand(uint8_t *out, uint8_t ops, uint32_t mem, unsigned char tag)
{
    crypto_secretstream_xchacha20poly1305_state state;
    uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];

    cr_assert_geq(sodium_init(), 0);
    hand_header(out, 1, ops, mem);
    cr_assert_eq(crypto_pwhash(key, sizeof key, PASS, strlen(PASS), out + 28, ops, mem, crypto_pwhash_ALG_ARGON2ID13),
                 0);
    crypto_secretstream_xchacha20poly1305_init_push(&state, out + HEADER_BYTES, key);
    crypto_secretstream_xchacha20poly1305_push(&state, out + HEADER_BYTES + 24, NULL, (const uint8_t *)SECRET,
                                               strlen(SECRET), out, HEADER_BYTES, tag);
    return HEADER_BYTES + 24 + strlen(SECRET) + 17;
}

Test(seal, a_file_made_by_hand_with_other_figures_opens)
{
    uint8_t file[256];
    size_t file_len = seal_by_hand(file, 2, 12 << 20, crypto_secretstream_xchacha20poly1305_TAG_FINAL);
    void *secret;
    size_t len;

    cr_assert_eq(qs_unseal(&secret, &len, KIND, file, file_len, PASS, strlen(PASS)), QUORSUM_OK);
    cr_expect_eq(len, strlen(SECRET));
    cr_expect_arr_eq(secret, SECRET, len);
    qs_secret_release(secret);
}

Test(seal, the_writer_writes_that_layout)
{
    qs_buffer sealed = seal_secret();
    uint8_t wanted[HEADER_BYTES];

    hand_header(wanted, 1, 1, 8 << 20); /* the test build's figures */
    cr_assert_eq(sealed.len, HEADER_BYTES + 24 + strlen(SECRET) + 17);
    memcpy(wanted + 28, sealed.data + 28, 16); /* the salt is drawn */
    cr_expect_arr_eq(sealed.data, wanted, HEADER_BYTES);
    qs_buffer_free(&sealed);
}

Test(seal, a_stream_without_its_final_tag_is_not_whole)
{
    uint8_t file[256];
    size_t len = seal_by_hand(file, 1, 8 << 20, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);

    cr_expect_eq(unseal(KIND, file, len, PASS), QUORSUM_ERR_PASSPHRASE);
}

/* What a header with these figures is answered, before any key is derived. */
static quorsum_status answer(uint8_t version, uint8_t ops, uint32_t mem)
{
    uint8_t file[HEADER_BYTES + 24 + 17] = {0};

    hand_header(file, version, ops, mem);
    return unseal(KIND, file, sizeof file, PASS);
}

Test(seal, figures_outside_the_bounds_are_refused)
{
    cr_expect_eq(answer(1, 0, 8 << 20), QUORSUM_ERR_RANGE);
    cr_expect_eq(answer(1, 17, 8 << 20), QUORSUM_ERR_RANGE);
    cr_expect_eq(answer(1, 1, (8 << 20) - 1), QUORSUM_ERR_RANGE);
    cr_expect_eq(answer(1, 1, (1 << 30) + 1), QUORSUM_ERR_RANGE);
    cr_expect_eq(answer(1, 1, UINT32_MAX), QUORSUM_ERR_RANGE);
    cr_expect_eq(answer(1, 1, 8 << 20), QUORSUM_ERR_PASSPHRASE); /* the bounds themselves are allowed */
    cr_expect_eq(answer(1, 16, 8 << 20), QUORSUM_ERR_PASSPHRASE);
}

Test(seal, another_version_or_another_object_is_named)
{
    static const uint8_t other[] = {0xa2, 0x00, 0x64, 't', 'a', 's', 'k', 0x01, 0x01};
    static const uint8_t later[] = {0xa7, 0x00, 0x66, 's', 'e', 'a', 'l', 'e', 'd', 0x01, 0x02, 0x02};
    static const uint8_t more[] = {0xa7, 0x00, 0x66, 's', 'e', 'a', 'l', 'e', 'd', 0x01, 0x01, 0x02};

    cr_expect_eq(answer(0, 1, 8 << 20), QUORSUM_ERR_VERSION);
    cr_expect_eq(answer(2, 1, 8 << 20), QUORSUM_ERR_VERSION);
    cr_expect_eq(unseal(KIND, later, sizeof later, PASS), QUORSUM_ERR_VERSION);
    cr_expect_eq(unseal(KIND, more, sizeof more, PASS), QUORSUM_ERR_NOT_CANONICAL);
    cr_expect_eq(unseal(KIND, other, sizeof other, PASS), QUORSUM_ERR_TYPE);
    cr_expect_eq(unseal(KIND, (const uint8_t *)"not a seal", 10, PASS), QUORSUM_ERR_NOT_CANONICAL);
}
