/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contributor 1 wants two votes under one identity: sends a second contribution, lays it beside the first as number 2,
 * and has a coordinator in league list him twice. Stopped by: the board has one place for each contributor where the
 * first counts, a contribution says its number, and a manifest's senders ascend strictly: each of these names him or
 * the coordinator. Lesson 8 of the field.
 */
#include "scene.h"

/* A manifest that lists the first sender twice. */
static quorsum_bytes listed_twice(const scene *s, const quorsum_bytes *second)
{
    uint8_t entries[2 * QS_ENTRY_BYTES];
    uint8_t digest[32];
    const uint8_t *sender = quorsum_identity_public(s->f.contributors[0]);
    quorsum_bytes first = scene_take(s, contribution_name(s, 0, 1));
    quorsum_bytes out = {0};

    qs_message_digest(digest, first.data, first.len);
    qs_entry_write(entries, sender, 1, digest);
    qs_message_digest(digest, second->data, second->len);
    qs_entry_write(entries + QS_ENTRY_BYTES, sender, 1, digest);
    cr_assert_eq(qs_manifest_encode(&out, digest, s->f.task, entries, 2, NULL, 0, s->f.coordinator), QUORSUM_OK);
    quorsum_bytes_free(&first);
    return out;
}

Test(attack, vote_twice)
{
    scene s;
    quorsum_bytes second;
    quorsum_bytes numbered;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    second = scene_contribution(&s, 0);
    cr_expect_eq(scene_send(&s, &second), QUORSUM_ERR_DUPLICATE);
    numbered = forge_uint(&second, 15, 2, s.f.contributors[0]);
    cr_expect_eq(scene_send(&s, &numbered), QUORSUM_ERR_RANGE, "the task counts the first and knows no second");

    scene_give(&s, "manifest", listed_twice(&s, &second));
    cr_expect_eq(scene_acknowledge(&s, 0), QUORSUM_ERR_DUPLICATE);
    EXPECT_NAMED(&s, "manifest", s.f.coordinator, QUORSUM_ERR_DUPLICATE);
    scene_remove(&s, "manifest");

    scene_give(&s, contribution_name(&s, 0, 2), numbered);
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    EXPECT_NAMED(&s, contribution_name(&s, 0, 2), s.f.contributors[0], QUORSUM_ERR_DUPLICATE);
    scene_expect_total(&s, 3);
    quorsum_bytes_free(&second);
    scene_close(&s);
}
