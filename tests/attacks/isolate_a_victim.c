/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coordinator wants contributor 1's numbers. The sum of a cohort of one is that one's data, so he closes the task
 * with the victim alone; then with the victim and identities that he made up himself. Stopped by: no task has a
 * smallest cohort below two, trustees read a manifest only within the task's bounds, and only with contributors that
 * its roster admits. (Against admitted accomplices only a larger smallest cohort helps: docs/security.md.) Lesson 9 of
 * the field.
 */
#include "scene.h"

static void expect_refused(scene *s, const size_t *who, size_t count, quorsum_status reason)
{
    scene_close_dishonestly(s, who, count);
    for (size_t i = 0; i < TRUSTEES; i++) {
        cr_expect_eq(scene_decrypt(s, i), reason);
        EXPECT_NAMED(s, "manifest", s->f.coordinator, reason);
    }
    cr_expect_not(scene_has(s, "acks/1"));
    cr_expect_eq(scene_result(s, 0), reason);
    cr_expect_eq(scene_verify(s), reason);
    EXPECT_NAMED(s, "manifest", s->f.coordinator, reason);
    scene_remove(s, "manifest");
    scene_remove(s, "aggregate");
}

Test(attack, isolate_a_victim)
{
    scene s;
    quorsum_bytes bytes;

    scene_open(&s, SCENE_SUM, (setup){.roster = 1});
    scene_contribute(&s, 1);
    cr_expect_eq(scene_aggregate(&s), QUORSUM_ERR_COHORT, "the honest coordinator's program does not do it");
    expect_refused(&s, (const size_t[]){0}, 1, QUORSUM_ERR_COHORT);

    /* contributor 6 is not on the roster: the coordinator made it up, and knows its numbers */
    bytes = scene_contribution(&s, 5);
    cr_expect_eq(scene_send(&s, &bytes), QUORSUM_ERR_NOT_ADMITTED);
    scene_give(&s, contribution_name(&s, 5, 1), bytes);
    cr_expect_eq(scene_aggregate(&s), QUORSUM_ERR_COHORT);
    expect_refused(&s, (const size_t[]){0, 5}, 2, QUORSUM_ERR_NOT_ADMITTED);

    bytes = scene_contribution(&s, 1);
    cr_assert_eq(scene_send(&s, &bytes), QUORSUM_OK);
    quorsum_bytes_free(&bytes);
    scene_expect_total(&s, 2);
    scene_close(&s);
}

Test(attack, make_a_task_for_one)
{
    quorsum_task_options options = {.label = "you", .fields = fixture_fields, .field_count = FIELDS, .min_cohort = 1,
                                    .max_cohort = MAX_COHORT};
    scene s;
    quorsum_task *task = NULL;
    quorsum_bytes honest;
    quorsum_bytes forged;

    scene_open(&s, SCENE_SUM, (setup){0});
    cr_expect_eq(quorsum_task_make(&task, s.f.record, &options, s.f.coordinator, NULL), QUORSUM_ERR_COHORT);
    honest = scene_take(&s, "task");
    forged = forge_uint(&honest, 14, 1, s.f.coordinator);
    cr_expect_eq(quorsum_task_decode(&task, s.f.record, forged.data, forged.len), QUORSUM_ERR_COHORT);
    scene_give(&s, "task", forged);
    quorsum_board_close(s.board);
    s.count = 0;
    cr_expect_eq(quorsum_board_open(&s.board, s.path, &s.watch, NULL), QUORSUM_ERR_COHORT);
    EXPECT_NAMED(&s, "task", s.f.coordinator, QUORSUM_ERR_COHORT);
    quorsum_bytes_free(&honest);
    scene_close(&s);
}
