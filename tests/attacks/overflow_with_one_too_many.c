/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slots have room for the sum of max_cohort contributions of the largest value, and not for one more. Contributor 6,
 * with the largest values as all others, comes as number max_cohort + 1, so that the slots run over and all totals are
 * wrong. Stopped by: the cohort is bounded where a contribution is sent, where the task is closed, and where a trustee
 * reads the manifest of a coordinator who closed it all the same; at the bound itself the sum is exact. Lesson 7 of the
 * field.
 */
#include "scene.h"

static quorsum_bytes largest(const scene *s, size_t who)
{
    int64_t values[VALUES];
    quorsum_bytes out = {0};

    for (size_t i = 0; i < VALUES; i++)
        values[i] = i < COUNT_A ? -128 : i < COUNT_A + COUNT_B ? 100 : -1024;
    cr_assert_eq(scene_make(&out, s, who, values, 1), QUORSUM_OK);
    return out;
}

static void expect_exact(scene *s)
{
    quorsum_result *result = NULL;

    cr_assert_eq(scene_aggregate(s), QUORSUM_OK);
    scene_agree(s);
    for (size_t i = 0; i < QUORUM; i++)
        cr_assert_eq(scene_decrypt(s, i), QUORSUM_OK);
    cr_assert_eq(quorsum_board_result(&result, s->board, s->f.stranger, NULL, NULL), QUORSUM_OK);
    for (size_t i = 0; i < VALUES; i++)
        cr_expect_eq(quorsum_result_totals(result)[i],
                     MAX_COHORT * (i < COUNT_A ? -128 : i < COUNT_A + COUNT_B ? 100 : -1024));
    quorsum_result_free(result);
}

Test(attack, overflow_with_one_too_many)
{
    scene s;
    quorsum_bytes bytes;

    scene_open(&s, SCENE_SUM, (setup){0});
    for (size_t i = 0; i < MAX_COHORT; i++) {
        bytes = largest(&s, i);
        cr_assert_eq(scene_send(&s, &bytes), QUORSUM_OK);
        quorsum_bytes_free(&bytes);
    }
    bytes = largest(&s, MAX_COHORT);
    cr_expect_eq(scene_send(&s, &bytes), QUORSUM_ERR_COHORT);
    scene_put(&s, contribution_name(&s, MAX_COHORT, 1), &bytes);
    cr_expect_eq(scene_aggregate(&s), QUORSUM_ERR_COHORT);
    EXPECT_NAMED(&s, contribution_name(&s, MAX_COHORT, 1), s.f.contributors[MAX_COHORT], QUORSUM_ERR_COHORT);
    cr_expect_not(scene_has(&s, "manifest"));

    s.f.task->max_cohort++; /* the coordinator's own program has other bounds */
    scene_close_dishonestly(&s, (const size_t[]){0, 1, 2, 3, 4, 5}, 6);
    s.f.task->max_cohort--;
    for (size_t i = 0; i < TRUSTEES; i++) {
        cr_expect_eq(scene_decrypt(&s, i), QUORSUM_ERR_COHORT);
        EXPECT_NAMED(&s, "manifest", s.f.coordinator, QUORSUM_ERR_COHORT);
    }
    scene_remove(&s, "manifest");
    scene_remove(&s, "aggregate");
    scene_remove(&s, contribution_name(&s, MAX_COHORT, 1));
    expect_exact(&s);
    quorsum_bytes_free(&bytes);
    scene_close(&s);
}
