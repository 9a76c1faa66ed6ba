/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As in subtract_two_totals.c, but no honest trustee is asked twice. Of five trustees (quorum three) two are in league
 * with the coordinator and acknowledge both manifests; three honest ones see one board each: two the large cohort, one
 * the small. Two dishonest and one honest are a quorum on either side. Stopped by: a partial leaves only after
 * ceil((5+3)/2) = 4 acknowledgements of one manifest, and two such sets share an honest trustee, who has a journal (the
 * quorum rule of Byzantine agreement). Whoever compares the two boards has proof against coordinator and both trustees.
 */
#include "scene.h"

/* Trustees 1 and 2 sign for whatever lies there, and would open it. */
static void acknowledge_dishonestly(scene *s)
{
    scene_load(s);
    for (size_t i = 0; i < 2; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "acks/%zu", i + 1);
        scene_give(s, name, fixture_acknowledgement(&s->f, i));
        (void)snprintf(name, sizeof name, "partials/%zu", i + 1);
        scene_give(s, name, fixture_partial(&s->f, i));
    }
}

static void open_both(scene *large, scene *small, uint32_t agreement)
{
    scene_open(large, SCENE_SUM, (setup){.agreement = agreement});
    scene_contribute(large, 3);
    scene_copy(small, large);
    cr_assert_eq(scene_aggregate(large), QUORSUM_OK);
    scene_close_dishonestly(small, (const size_t[]){0, 1}, 2);
    acknowledge_dishonestly(large);
    acknowledge_dishonestly(small);
}

/* What each party on the small board finds against somebody of the large one. */
static void expect_convicted(scene *small, const scene *large, const char *object, const quorsum_identity *whom)
{
    quorsum_bytes theirs = scene_take(large, object);
    size_t told = 0;

    small->count = 0;
    cr_expect_eq(quorsum_board_compare(small->board, &theirs, small->f.stranger, &small->watch),
                 QUORSUM_ERR_EQUIVOCATION, "%s", object);
    for (size_t i = 0; i < small->count; i++)
        told += strncmp(small->reports[i].object, "evidence/", 9) == 0 && small->reports[i].known &&
                memcmp(small->reports[i].who, quorsum_identity_public(whom), 32) == 0;
    cr_expect_eq(told, 1, "%s", object);
    quorsum_bytes_free(&theirs);
}

Test(attack, split_the_committee)
{
    scene large;
    scene small;

    open_both(&large, &small, 0);
    cr_expect_eq(scene_decrypt(&small, 2), QUORSUM_ERR_AGREEMENT, "three of four");
    cr_expect_not(scene_has(&small, "partials/3"));
    cr_expect_eq(scene_decrypt(&large, 3), QUORSUM_ERR_AGREEMENT);
    cr_expect_eq(scene_decrypt(&large, 4), QUORSUM_OK, "four of four");
    cr_expect_eq(scene_decrypt(&large, 3), QUORSUM_OK);
    cr_expect_eq(scene_result(&large, 3), QUORSUM_OK);
    cr_expect_eq(scene_result(&small, 2), QUORSUM_ERR_AGREEMENT);

    expect_convicted(&small, &large, "manifest", small.f.coordinator);
    expect_convicted(&small, &large, "acks/1", small.f.trustees[0]);
    expect_convicted(&small, &large, "acks/2", small.f.trustees[1]);
    cr_expect_eq(scene_verify(&small), QUORSUM_ERR_EQUIVOCATION);
    scene_close_copy(&small);
    scene_close(&large);
}

/* What a task gives up that asks for fewer acknowledgements: `quorsum show` says so. With the quorum itself both
 * open. */
Test(attack, split_a_committee_that_does_not_agree_first)
{
    scene large;
    scene small;

    open_both(&large, &small, QUORUM);
    cr_expect_eq(scene_decrypt(&small, 2), QUORSUM_OK);
    cr_expect_eq(scene_decrypt(&large, 3), QUORSUM_OK);
    cr_expect_eq(scene_result(&large, 3), QUORSUM_OK);
    cr_expect_eq(scene_result(&small, 2), QUORSUM_OK, "contributor 3's numbers are the difference");
    expect_convicted(&small, &large, "manifest", small.f.coordinator);
    scene_close_copy(&small);
    scene_close(&large);
}
