/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contributor 4 never contributed, or his file was bad, and he wants the honest coordinator to look like one who left
 * him out, or the round to stop. He makes a receipt himself, takes another contributor's for his own, the receipt of
 * another contribution, or of another task. Stopped by: a receipt is the coordinator's signature over task,
 * contributor, number and digest, and lies under that contributor's name; what is none is reported and binds nobody.
 */
#include "lib/round/receipt.h"
#include "scene.h"

static quorsum_bytes receipt_by(const scene *s, size_t contributor, const quorsum_identity *signer)
{
    quorsum_bytes honest = scene_take(s, receipt_name(s, 0));
    quorsum_bytes named = forge_bytes(&honest, 10, quorsum_identity_public(s->f.contributors[contributor]), 32, signer);

    quorsum_bytes_free(&honest);
    return named;
}

/* Nobody believes it, and everybody says whose it is. */
static void expect_harmless(scene *s, const quorsum_identity *who, quorsum_status reason)
{
    cr_expect_eq(scene_acknowledge(s, 0), QUORSUM_OK);
    EXPECT_NAMED(s, receipt_name(s, 3), who, reason);
    cr_expect_eq(scene_verify(s), QUORSUM_ERR_AGREEMENT, "the round is not over, that is all");
    EXPECT_NAMED(s, receipt_name(s, 3), who, reason);
    cr_expect_eq(scene_told(s, receipt_name(s, 3), s->f.coordinator, QUORSUM_ERR_OMITTED), 0);
}

Test(attack, forge_a_receipt)
{
    scene s;
    scene last = {0};
    quorsum_receipt *receipt = NULL;
    quorsum_bytes forged;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    cr_assert_eq(quorsum_board_receive(s.board, s.f.coordinator, NULL, NULL), QUORSUM_OK);
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);

    forged = receipt_by(&s, 3, s.f.contributors[3]);
    cr_expect_eq(quorsum_receipt_decode(&receipt, s.f.task, forged.data, forged.len), QUORSUM_ERR_COORDINATOR);
    scene_give(&s, receipt_name(&s, 3), forged);
    expect_harmless(&s, s.f.contributors[3], QUORSUM_ERR_COORDINATOR);

    forged = receipt_by(&s, 3, s.f.contributors[3]); /* says that it is the coordinator's */
    {
        size_t begin = 0;
        size_t end = 0;

        value_at(&forged, 2, &begin, &end);
        memcpy(forged.data + end - 32, quorsum_identity_public(s.f.coordinator), 32);
    }
    scene_give(&s, receipt_name(&s, 3), forged);
    expect_harmless(&s, s.f.coordinator, QUORSUM_ERR_SIGNATURE);

    scene_give(&s, receipt_name(&s, 3), scene_take(&s, receipt_name(&s, 0)));
    expect_harmless(&s, s.f.coordinator, QUORSUM_ERR_RANGE);

    last.f = s.f; /* a good receipt, for what he contributed last year */
    last.kind = SCENE_SUM;
    last.f.task = scene_task(&s.f, SCENE_SUM, (setup){0});
    {
        quorsum_bytes old = scene_contribution(&last, 3);
        quorsum_contribution *contribution = NULL;

        cr_assert_eq(quorsum_contribution_decode(&contribution, last.f.task, old.data, old.len, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_receipt_make(&forged, last.f.task, contribution, s.f.coordinator), QUORSUM_OK);
        quorsum_contribution_free(contribution);
        quorsum_bytes_free(&old);
    }
    scene_give(&s, receipt_name(&s, 3), forged);
    expect_harmless(&s, s.f.coordinator, QUORSUM_ERR_TASK_MISMATCH);

    scene_expect_total(&s, 3);
    cr_expect_eq(scene_verify(&s), QUORSUM_OK);
    quorsum_task_free(last.f.task);
    scene_close(&s);
}
