/* SPDX-License-Identifier: Apache-2.0 */
/* Identities: fresh ones differ, signatures verify by libsodium alone, sealed ones come back. */
#include "lib/base/identity.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

Test(identity, fresh_ones_differ_and_sign)
{
    quorsum_identity *a = NULL;
    quorsum_identity *b = NULL;
    uint8_t signature[64];

    cr_assert_eq(quorsum_identity_generate(&a), QUORSUM_OK);
    cr_assert_eq(quorsum_identity_generate(&b), QUORSUM_OK);
    cr_expect_neq(memcmp(quorsum_identity_public(a), quorsum_identity_public(b), 32), 0);
    qs_identity_sign(a, signature, "text", 4);
    cr_expect_eq(crypto_sign_verify_detached(signature, (const uint8_t *)"text", 4, quorsum_identity_public(a)), 0);
    cr_expect_neq(crypto_sign_verify_detached(signature, (const uint8_t *)"test", 4, quorsum_identity_public(a)), 0);
    cr_expect_neq(crypto_sign_verify_detached(signature, (const uint8_t *)"text", 4, quorsum_identity_public(b)), 0);
    quorsum_identity_free(a);
    quorsum_identity_free(b);
    quorsum_identity_free(NULL);
    cr_expect_eq(quorsum_identity_generate(NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_null(quorsum_identity_public(NULL));
}

Test(identity, comes_back_from_its_sealed_form)
{
    quorsum_identity *identity = NULL;
    quorsum_identity *again = NULL;
    quorsum_bytes sealed = {0};
    uint8_t first[64];
    uint8_t second[64];

    cr_assert_eq(quorsum_identity_generate(&identity), QUORSUM_OK);
    cr_assert_eq(quorsum_identity_seal(&sealed, identity, "correct horse", 13), QUORSUM_OK);
    cr_assert_eq(quorsum_identity_unseal(&again, sealed.data, sealed.len, "correct horse", 13), QUORSUM_OK);
    cr_expect_eq(memcmp(quorsum_identity_public(identity), quorsum_identity_public(again), 32), 0);
    qs_identity_sign(identity, first, "text", 4);
    qs_identity_sign(again, second, "text", 4);
    cr_expect_eq(memcmp(first, second, 64), 0);
    quorsum_identity_free(again);
    cr_expect_eq(quorsum_identity_unseal(&again, sealed.data, sealed.len, "correct house", 13),
                 QUORSUM_ERR_PASSPHRASE);
    cr_expect_null(again);
    quorsum_bytes_free(&sealed);
    cr_expect_eq(quorsum_identity_seal(&sealed, NULL, "x", 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_identity_seal(&sealed, identity, "", 0), QUORSUM_ERR_ARGUMENT);
    cr_expect_null(sealed.data);
    quorsum_identity_free(identity);
}

Test(identity, derives_a_key_for_each_purpose_and_data)
{
    quorsum_identity *a = NULL;
    quorsum_identity *b = NULL;
    uint8_t keys[6][32];

    cr_assert_eq(quorsum_identity_generate(&a), QUORSUM_OK);
    cr_assert_eq(quorsum_identity_generate(&b), QUORSUM_OK);
    qs_identity_derive(a, keys[0], "purpose", "data", 4);
    qs_identity_derive(b, keys[1], "purpose", "data", 4);
    qs_identity_derive(a, keys[2], "purposes", "data", 4);
    qs_identity_derive(a, keys[3], "purpose", "datum", 5);
    qs_identity_derive(a, keys[4], "purposed", "ata", 3);
    qs_identity_derive(a, keys[5], "purpose", "data", 4);
    cr_expect_arr_eq(keys[0], keys[5], 32);
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < i; j++)
            cr_expect_arr_neq(keys[i], keys[j], 32, "%zu and %zu", i, j);
    quorsum_identity_free(a);
    quorsum_identity_free(b);
}
