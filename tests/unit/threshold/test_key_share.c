/* SPDX-License-Identifier: Apache-2.0 */
/* Shares at rest and against their record. */
#include "tests/unit/threshold/fixture.h"

#include "lib/base/cbor.h"
#include "lib/base/seal.h"

Test(key_share, comes_back_from_its_sealed_form)
{
    fixture f;

    fixture_new(&f, 1, 3, 2);
    for (uint32_t i = 0; i < 3; i++) {
        quorsum_bytes sealed = {0};
        quorsum_key_share *again = NULL;

        cr_assert_eq(quorsum_key_share_seal(&sealed, f.shares[i], "secret", 6), QUORSUM_OK);
        cr_assert_eq(quorsum_key_share_unseal(&again, sealed.data, sealed.len, "secret", 6), QUORSUM_OK);
        cr_expect_eq(quorsum_key_share_trustee(again), i + 1);
        cr_expect_eq(memcmp(quorsum_key_share_key(again), quorsum_key_record_digest(f.record), 32), 0);
        cr_expect_eq(again->share_bits, f.shares[i]->share_bits);
        cr_expect_eq(memcmp(again->value.limb, f.shares[i]->value.limb, again->value.limbs * sizeof(mp_limb_t)), 0);
        cr_expect_eq(quorsum_key_share_check(again, f.record), QUORSUM_OK);
        quorsum_key_share_free(again);
        cr_expect_eq(quorsum_key_share_unseal(&again, sealed.data, sealed.len, "Secret", 6), QUORSUM_ERR_PASSPHRASE);
        cr_expect_null(again);
        cr_expect_neq(quorsum_key_share_unseal(&again, sealed.data, sealed.len - 1, "secret", 6), QUORSUM_OK);
        quorsum_bytes_free(&sealed);
    }
    quorsum_key_share_free(NULL);
    fixture_free(&f);
}

Test(key_share, check_finds_every_changed_bit)
{
    fixture f;
    quorsum_key_share *share;

    fixture_new(&f, 1, 3, 2);
    share = f.shares[1];
    for (size_t bit = 0; bit < share->share_bits; bit++) {
        share->value.limb[bit / GMP_LIMB_BITS] ^= (mp_limb_t)1 << bit % GMP_LIMB_BITS;
        cr_expect_eq(quorsum_key_share_check(share, f.record), QUORSUM_ERR_KEY_CHECK, "bit %zu", bit);
        share->value.limb[bit / GMP_LIMB_BITS] ^= (mp_limb_t)1 << bit % GMP_LIMB_BITS;
    }
    cr_expect_eq(quorsum_key_share_check(share, f.record), QUORSUM_OK);
    share->key[0] ^= 1;
    cr_expect_eq(quorsum_key_share_check(share, f.record), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(quorsum_key_share_check(NULL, f.record), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_key_share_check(share, NULL), QUORSUM_ERR_ARGUMENT);
    fixture_free(&f);
}

/* A sealed file with this content, written by hand. */
static quorsum_status unseal(uint64_t trustee, size_t key_len, uint64_t bits, const uint8_t *value, size_t value_len)
{
    static const uint8_t key[33];
    qs_buffer content = {0};
    qs_buffer sealed = {0};
    quorsum_key_share *share = NULL;
    quorsum_status status;

    qs_cbor_put_map(&content, 4);
    qs_cbor_put_uint(&content, 0);
    qs_cbor_put_uint(&content, trustee);
    qs_cbor_put_uint(&content, 1);
    qs_cbor_put_bytes(&content, key, key_len);
    qs_cbor_put_uint(&content, 2);
    qs_cbor_put_uint(&content, bits);
    qs_cbor_put_uint(&content, 3);
    qs_cbor_put_bytes(&content, value, value_len);
    cr_assert_eq(qs_seal(&sealed, "share", content.data, content.len, "x", 1), QUORSUM_OK);
    status = quorsum_key_share_unseal(&share, sealed.data, sealed.len, "x", 1);
    cr_expect_eq(share != NULL, status == QUORSUM_OK);
    quorsum_key_share_free(share);
    qs_buffer_free(&sealed);
    qs_buffer_free(&content);
    return status;
}

Test(key_share, content_out_of_range_is_refused)
{
    static const uint8_t value[3] = {0x1f, 0xff, 0xff}; /* 21 bits */
    static const uint8_t large[2049];

    cr_expect_eq(unseal(1, 32, 21, value, 3), QUORSUM_OK);
    cr_expect_eq(unseal(255, 32, 24, value, 3), QUORSUM_OK);
    cr_expect_eq(unseal(0, 32, 21, value, 3), QUORSUM_ERR_RANGE);
    cr_expect_eq(unseal(256, 32, 21, value, 3), QUORSUM_ERR_RANGE);
    cr_expect_eq(unseal(1, 31, 21, value, 3), QUORSUM_ERR_RANGE);
    cr_expect_eq(unseal(1, 33, 21, value, 3), QUORSUM_ERR_RANGE);
    cr_expect_eq(unseal(1, 32, 20, value, 3), QUORSUM_ERR_RANGE, "a bit above the bound");
    cr_expect_eq(unseal(1, 32, 25, value, 3), QUORSUM_ERR_RANGE, "a byte too few");
    cr_expect_eq(unseal(1, 32, 16, value, 3), QUORSUM_ERR_RANGE, "a byte too many");
    cr_expect_eq(unseal(1, 32, 0, value, 0), QUORSUM_ERR_RANGE);
    cr_expect_eq(unseal(1, 32, 16392, large, 2049), QUORSUM_ERR_RANGE);
}

Test(key_share, content_of_another_form_is_refused)
{
    static const uint8_t short_map[] = {0xa1, 0x00, 0x01};
    static const uint8_t no_map[] = {0x01};
    qs_buffer sealed = {0};
    quorsum_key_share *share = NULL;

    cr_assert_eq(qs_seal(&sealed, "share", short_map, sizeof short_map, "x", 1), QUORSUM_OK);
    cr_expect_eq(quorsum_key_share_unseal(&share, sealed.data, sealed.len, "x", 1), QUORSUM_ERR_NOT_CANONICAL);
    qs_buffer_free(&sealed);
    cr_assert_eq(qs_seal(&sealed, "share", no_map, sizeof no_map, "x", 1), QUORSUM_OK);
    cr_expect_eq(quorsum_key_share_unseal(&share, sealed.data, sealed.len, "x", 1), QUORSUM_ERR_NOT_CANONICAL);
    qs_buffer_free(&sealed);
    cr_assert_eq(qs_seal(&sealed, "identity", no_map, sizeof no_map, "x", 1), QUORSUM_OK);
    cr_expect_eq(quorsum_key_share_unseal(&share, sealed.data, sealed.len, "x", 1), QUORSUM_ERR_TYPE);
    qs_buffer_free(&sealed);
}
