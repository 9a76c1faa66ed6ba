/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A voter sees the trend and votes again, in a task where the first vote counts; a coordinator in league counts the
 * second. Stopped by: the rule is part of the task. Where the first counts, a contribution's number can only be 1, so
 * the library makes no second, a reader refuses one, and a manifest that lists one is not believed; that file in the
 * first one's place breaks the first one's receipt (omit_a_contribution.c).
 */
#include "scene.h"

Test(attack, vote_late_where_the_first_counts)
{
    scene s;
    int64_t values[BALLOT_VALUES] = {0, 1, 0, 0, 1, 1};
    quorsum_bytes late = {0};
    quorsum_bytes first;
    quorsum_bytes manifest = {0};
    uint8_t entries[2 * QS_ENTRY_BYTES];
    uint8_t digest[32];
    uint32_t sequence = 0;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    cr_expect_eq(quorsum_board_sequence(&sequence, s.board, quorsum_identity_public(s.f.contributors[0])),
                 QUORSUM_ERR_DUPLICATE);
    cr_expect_eq(scene_make(&late, &s, 0, values, 2), QUORSUM_ERR_RANGE);
    cr_assert_eq(scene_make(&late, &s, 0, values, 1), QUORSUM_OK);
    cr_expect_eq(scene_send(&s, &late), QUORSUM_ERR_DUPLICATE);
    scene_give(&s, contribution_name(&s, 0, 2), forge_uint(&late, 15, 2, s.f.contributors[0]));

    /* the accomplice lists the second as his, with its number */
    first = scene_take(&s, contribution_name(&s, 0, 2));
    qs_message_digest(digest, first.data, first.len);
    qs_entry_write(entries, quorsum_identity_public(s.f.contributors[0]), 2, digest);
    quorsum_bytes_free(&first);
    first = scene_take(&s, contribution_name(&s, 1, 1));
    qs_message_digest(digest, first.data, first.len);
    qs_entry_write(entries + QS_ENTRY_BYTES, quorsum_identity_public(s.f.contributors[1]), 1, digest);
    quorsum_bytes_free(&first);
    cr_assert_eq(qs_manifest_encode(&manifest, digest, s.f.task, entries, 2, NULL, 0, s.f.coordinator), QUORSUM_OK);
    scene_give(&s, "manifest", manifest);
    for (size_t i = 0; i < TRUSTEES; i++) {
        cr_expect_eq(scene_acknowledge(&s, i), QUORSUM_ERR_RANGE);
        EXPECT_NAMED(&s, "manifest", s.f.coordinator, QUORSUM_ERR_RANGE);
    }
    scene_remove(&s, "manifest");

    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    EXPECT_NAMED(&s, contribution_name(&s, 0, 2), s.f.contributors[0], QUORSUM_ERR_DUPLICATE);
    scene_expect_total(&s, 3);
    quorsum_bytes_free(&late);
    scene_close(&s);
}
