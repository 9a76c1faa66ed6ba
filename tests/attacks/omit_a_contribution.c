/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coordinator gave contributor 2 a receipt, then saw how that district votes, and closes the task without it; or
 * swaps it for an older file; and takes the receipt off the board so that nobody knows. Stopped by: a receipt is a
 * promise. Trustees hold every receipt that they have ever seen against the manifest before they acknowledge it, and
 * put a vanished one back; receipt and manifest, both signed by the coordinator, convict it before anybody. Any
 * contributor can check its inclusion.
 */
#include "scene.h"

static void expect_convicted(scene *s)
{
    const char *name = receipt_name(s, 1);

    for (size_t i = 0; i < TRUSTEES; i++) {
        cr_expect_eq(scene_decrypt(s, i), QUORSUM_ERR_OMITTED, "trustee %zu", i + 1);
        EXPECT_NAMED(s, name, s->f.coordinator, QUORSUM_ERR_OMITTED);
    }
    cr_expect_not(scene_has(s, "acks/1"));
    cr_expect_eq(scene_verify(s), QUORSUM_ERR_OMITTED);
    EXPECT_NAMED(s, name, s->f.coordinator, QUORSUM_ERR_OMITTED);
}

/* The contributor's own check: no path leads from its contribution to the root. */
static void expect_not_included(const scene *s)
{
    quorsum_inclusion inclusion;
    quorsum_bytes bytes = scene_take(s, "manifest");
    quorsum_manifest *manifest = NULL;

    cr_assert_eq(quorsum_manifest_decode(&manifest, s->f.task, bytes.data, bytes.len), QUORSUM_OK);
    cr_expect_eq(quorsum_manifest_inclusion(&inclusion, manifest, quorsum_identity_public(s->f.contributors[1])),
                 QUORSUM_ERR_NOT_FOUND);
    cr_assert_eq(quorsum_manifest_inclusion(&inclusion, manifest, quorsum_identity_public(s->f.contributors[0])),
                 QUORSUM_OK);
    memcpy(inclusion.sender, quorsum_identity_public(s->f.contributors[1]), 32); /* another's path is none */
    cr_expect_eq(quorsum_inclusion_check(&inclusion, quorsum_manifest_root(manifest), 2), QUORSUM_ERR_MISSING);
    quorsum_manifest_free(manifest);
    quorsum_bytes_free(&bytes);
}

Test(attack, omit_a_contribution)
{
    scene s;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    cr_assert_eq(quorsum_board_receive(s.board, s.f.coordinator, NULL, NULL), QUORSUM_OK);
    scene_close_dishonestly(&s, (const size_t[]){0, 2}, 2);
    expect_convicted(&s);
    expect_not_included(&s);
    scene_close(&s);
}

/* Receipt and contribution are gone before the closing; trustee 1 had a look while the task was open. */
Test(attack, omit_a_contribution_and_its_receipt)
{
    scene s;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    cr_assert_eq(quorsum_board_receive(s.board, s.f.coordinator, NULL, NULL), QUORSUM_OK);
    cr_assert_eq(scene_examine(&s, 0), QUORSUM_OK);
    scene_remove(&s, receipt_name(&s, 1));
    scene_remove(&s, contribution_name(&s, 1, 1));
    scene_close_dishonestly(&s, (const size_t[]){0, 2}, 2);
    cr_expect_eq(scene_acknowledge(&s, 1), QUORSUM_OK, "nobody told trustee 2");
    cr_expect_eq(scene_acknowledge(&s, 0), QUORSUM_ERR_OMITTED);
    EXPECT_NAMED(&s, receipt_name(&s, 1), s.f.coordinator, QUORSUM_ERR_OMITTED);
    cr_expect(scene_has(&s, receipt_name(&s, 1)), "it is back");
    cr_expect_eq(scene_decrypt(&s, 1), QUORSUM_ERR_OMITTED);
    cr_expect_eq(scene_verify(&s), QUORSUM_ERR_OMITTED);
    EXPECT_NAMED(&s, receipt_name(&s, 1), s.f.coordinator, QUORSUM_ERR_OMITTED);
    scene_close(&s);
}

/* With the first counting, another file of the same contributor under the same number is not what the receipt is
 * for. */
Test(attack, exchange_a_contribution_that_has_a_receipt)
{
    scene s;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    cr_assert_eq(quorsum_board_receive(s.board, s.f.coordinator, NULL, NULL), QUORSUM_OK);
    scene_give(&s, contribution_name(&s, 1, 1), scene_contribution(&s, 1)); /* the contributor is in league */
    cr_expect_eq(scene_aggregate(&s), QUORSUM_ERR_OMITTED, "the honest program does not even write that manifest");
    cr_expect_not(scene_has(&s, "manifest"));
    scene_close_dishonestly(&s, (const size_t[]){0, 1, 2}, 3);
    expect_convicted(&s);
    scene_close(&s);
}
