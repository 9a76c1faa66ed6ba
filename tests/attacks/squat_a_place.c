/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody who may drop files on the board wants contributor 1 not to vote, and to look as if he had: lays rubbish
 * where his contribution belongs, or at a second place of his; fills the board with made-up names up to the largest
 * cohort. Stopped by: only names that a contribution can have take room, and what stands in the victim's place is read
 * before he is told that he has voted: he learns that something else is there, the coordinator reports it, and it is
 * removed. (Whoever may delete files can do worse; that shows.)
 */
#include <stdio.h>

#include "scene.h"

static const quorsum_bytes rubbish = {(uint8_t *)(uintptr_t)"rubbish", 7};

static quorsum_status vote(scene *s, size_t who)
{
    quorsum_bytes bytes = scene_contribution(s, who);
    quorsum_status status = scene_send(s, &bytes);

    quorsum_bytes_free(&bytes);
    return status;
}

Test(attack, squat_a_place)
{
    scene s;
    uint32_t sequence = 0;
    const uint8_t *victim;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    victim = quorsum_identity_public(s.f.contributors[0]);
    for (size_t who = 1; who < 3; who++)
        cr_assert_eq(vote(&s, who), QUORSUM_OK);
    scene_put(&s, contribution_name(&s, 0, 1), &rubbish);
    cr_expect_eq(vote(&s, 0), QUORSUM_ERR_EXISTS);
    cr_expect_eq(quorsum_board_sequence(&sequence, s.board, victim), QUORSUM_ERR_EXISTS);
    s.count = 0;
    cr_assert_eq(quorsum_board_receive(s.board, s.f.coordinator, &s.watch, NULL), QUORSUM_OK);
    EXPECT_NAMED(&s, contribution_name(&s, 0, 1), NULL, QUORSUM_ERR_NOT_CANONICAL);
    scene_remove(&s, contribution_name(&s, 0, 1));
    cr_expect_eq(vote(&s, 0), QUORSUM_OK);
    cr_expect_eq(vote(&s, 0), QUORSUM_ERR_DUPLICATE, "now he has");
    scene_expect_total(&s, 3);
    scene_close(&s);
}

/* Where the first counts there is no second place. */
Test(attack, squat_a_second_place)
{
    scene s;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_put(&s, contribution_name(&s, 0, 2), &rubbish);
    scene_contribute(&s, 3);
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    EXPECT_NAMED(&s, contribution_name(&s, 0, 2), NULL, QUORSUM_ERR_DUPLICATE);
    scene_expect_total(&s, 3);
    scene_close(&s);
}

/* Where the last counts, rubbish in between is passed over, and at the very end it is seen for what it is. */
Test(attack, squat_the_last_place)
{
    scene s;
    uint32_t sequence = 0;
    const uint8_t *victim;

    scene_open(&s, SCENE_BALLOT, (setup){.revote = QUORSUM_REVOTE_LAST});
    victim = quorsum_identity_public(s.f.contributors[0]);
    scene_put(&s, contribution_name(&s, 0, 65535), &rubbish);
    cr_expect_eq(quorsum_board_sequence(&sequence, s.board, victim), QUORSUM_ERR_EXISTS);
    cr_expect_eq(vote(&s, 0), QUORSUM_ERR_EXISTS);
    scene_remove(&s, contribution_name(&s, 0, 65535));
    scene_contribute(&s, 3);
    scene_put(&s, contribution_name(&s, 0, 7), &rubbish);
    cr_expect_eq(quorsum_board_sequence(&sequence, s.board, victim), QUORSUM_OK);
    cr_expect_eq(sequence, 8);
    scene_expect_total(&s, 3);
    scene_close(&s);
}

/* The roster knows none of these names. */
Test(attack, fill_the_board)
{
    scene s;

    scene_open(&s, SCENE_BALLOT, (setup){.roster = 1});
    for (unsigned i = 0; i < 3 * MAX_COHORT; i++) {
        char name[96];

        (void)snprintf(name, sizeof name, "contributions/%064x", 77 + i);
        scene_put(&s, name, &rubbish);
    }
    scene_contribute(&s, 3);
    scene_expect_total(&s, 3);
    scene_close(&s);
}
