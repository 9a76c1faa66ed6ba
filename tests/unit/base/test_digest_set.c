/* SPDX-License-Identifier: Apache-2.0 */
/* lib/base/digest_set.c */
#include <criterion/criterion.h>
#include <string.h>

#include "lib/base/digest_set.h"

static void number(uint8_t digest[QUORSUM_DIGEST_BYTES], uint32_t i, int same_hash)
{
    memset(digest, 0, QUORSUM_DIGEST_BYTES);
    memcpy(digest + (same_hash ? 28 : 0), &i, sizeof i);
}

/* Spread by their first bytes, or all in one place. */
static void fill(int same_hash)
{
    qs_digest_set set = {0};
    uint8_t digest[QUORSUM_DIGEST_BYTES];

    for (uint32_t i = 0; i < 1000; i++) {
        number(digest, 2 * i, same_hash);
        cr_expect_not(qs_digest_set_has(&set, digest), "%u", i);
        cr_assert_eq(qs_digest_set_add(&set, digest), QUORSUM_OK);
        cr_assert_eq(qs_digest_set_add(&set, digest), QUORSUM_OK);
    }
    for (uint32_t i = 0; i < 2000; i++) {
        number(digest, i, same_hash);
        cr_expect_eq(qs_digest_set_has(&set, digest), i % 2 == 0, "%u", i);
    }
    cr_expect_eq(set.count, 999, "the digest of zeros needs no slot");
    qs_digest_set_free(&set);
    cr_expect_not(qs_digest_set_has(&set, digest));
    qs_digest_set_free(&set);
}

Test(digest_set, holds_what_was_added_and_nothing_else)
{
    fill(0);
    fill(1);
}
