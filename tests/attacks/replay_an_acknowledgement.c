/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coordinator lacks acknowledgements and takes what there is: those that trustees gave for another task over the
 * same key, those they gave for the manifest before he exchanged it, one trustee's file under four names, another
 * trustee's signed by himself. Stopped by: an acknowledgement names task, manifest and aggregate, is signed by the
 * identity that the key has for the index in the file's name, and each counts once. Lessons 4 and 9 of the field.
 */
#include "scene.h"

/* Trustee 5 is honest and asked for its partial; `wanted` is what is told of acks/2. */
static void expect_none_leaves(scene *s, const quorsum_identity *who, quorsum_status wanted)
{
    cr_expect_eq(scene_decrypt(s, 4), QUORSUM_ERR_AGREEMENT);
    EXPECT_NAMED(s, "acks/2", who, wanted);
    EXPECT_NAMED(s, "acks", NULL, QUORSUM_ERR_AGREEMENT);
    cr_expect_not(scene_has(s, "partials/5"));
    cr_expect_eq(scene_result(s, 0), QUORSUM_ERR_AGREEMENT);
    cr_expect_eq(scene_verify(s), wanted);
    EXPECT_NAMED(s, "acks/2", who, wanted);
}

static char *ack(size_t trustee)
{
    static char name[16];

    (void)snprintf(name, sizeof name, "acks/%zu", trustee + 1);
    return name;
}

static void expect_honest_end(scene *s)
{
    for (size_t i = 0; i < 4; i++)
        if (scene_has(s, ack(i)))
            scene_remove(s, ack(i));
    scene_expect_total(s, 3);
    cr_expect_eq(scene_verify(s), QUORSUM_OK);
}

Test(attack, replay_acknowledgements_of_another_task)
{
    scene s;
    scene last = {0};

    scene_open(&s, SCENE_SUM, (setup){0});
    last.kind = SCENE_SUM;
    last.f = s.f;
    last.f.task = scene_task(&s.f, SCENE_SUM, (setup){0});
    fixture_aggregate(&last.f, 3);
    scene_contribute(&s, 3);
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    for (size_t i = 0; i < 4; i++)
        scene_give(&s, ack(i), fixture_acknowledgement(&last.f, i));
    expect_none_leaves(&s, s.f.trustees[1], QUORSUM_ERR_TASK_MISMATCH);
    expect_honest_end(&s);
    quorsum_bytes_free(&last.f.manifest_bytes);
    quorsum_bytes_free(&last.f.aggregate_bytes);
    quorsum_manifest_free(last.f.manifest);
    quorsum_aggregate_free(last.f.aggregate);
    quorsum_task_free(last.f.task);
    scene_close(&s);
}

/* The manifest is exchanged for a smaller one after all have acknowledged; a trustee restored without journal would
 * sign. */
Test(attack, replay_acknowledgements_of_another_manifest)
{
    scene s;
    scene smaller;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(scene_acknowledge(&s, i), QUORSUM_OK);
    scene_copy(&smaller, &s);
    scene_close_dishonestly(&smaller, (const size_t[]){0, 1}, 2);
    expect_none_leaves(&smaller, s.f.trustees[1], QUORSUM_ERR_MISSING);
    cr_expect_eq(scene_decrypt(&smaller, 0), QUORSUM_ERR_POLICY, "its journal is lost, its word is on the board");
    EXPECT_NAMED(&smaller, "acks/1", s.f.trustees[0], QUORSUM_ERR_POLICY);
    scene_close_copy(&smaller);
    expect_honest_end(&s);
    scene_close(&s);
}

Test(attack, give_one_acknowledgement_four_times)
{
    scene s;
    quorsum_bytes own;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    cr_assert_eq(scene_acknowledge(&s, 0), QUORSUM_OK);
    own = scene_take(&s, "acks/1");
    for (size_t i = 1; i < 4; i++)
        scene_put(&s, ack(i), &own);
    expect_none_leaves(&s, s.f.trustees[0], QUORSUM_ERR_TRUSTEE);
    for (size_t i = 1; i < 4; i++) /* with the index of whoever it is laid under */
        scene_give(&s, ack(i), forge_uint(&own, 10, i + 1, s.f.trustees[0]));
    expect_none_leaves(&s, s.f.trustees[0], QUORSUM_ERR_TRUSTEE);
    for (size_t i = 1; i < 4; i++)
        scene_give(&s, ack(i), forge_uint(&own, 10, i + 1, s.f.coordinator));
    expect_none_leaves(&s, s.f.coordinator, QUORSUM_ERR_TRUSTEE);
    quorsum_bytes_free(&own);
    expect_honest_end(&s);
    scene_close(&s);
}
