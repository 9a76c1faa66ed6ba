/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever holds the files wants a record that still looks right but proves nothing, or a reader that stumbles: cuts
 * each file at several lengths, empties it, makes it longer, takes it away, folders too. Stopped by: a message has one
 * length, known before anything is allocated; verify looks for all that the manifest, the agreement and the result
 * need, and names what is cut or gone. What is left whole is still believed. Lessons 13 and 14 of the field.
 */
#include "scene.h"

static void expect_cut_is_seen(scene *s, const char *object, size_t len)
{
    quorsum_bytes good = scene_take(s, object);
    quorsum_bytes cut = {good.data, len < good.len ? len : good.len};
    quorsum_bytes longer = {good.data, good.len + 1}; /* scene_take has room for it */
    size_t told = 0;

    scene_put(s, object, &cut);
    cr_expect_eq(scene_verify(s), QUORSUM_ERR_TRUNCATED, "%s cut to %zu of %zu", object, cut.len, good.len);
    for (size_t i = 0; i < s->count; i++)
        told += strcmp(s->reports[i].object, object) == 0 && s->reports[i].status == QUORSUM_ERR_TRUNCATED;
    cr_expect_eq(told, 1, "%s", object);
    good.data[good.len] = 0;
    scene_put(s, object, &longer);
    cr_expect_eq(scene_verify(s), QUORSUM_ERR_TRAILING, "%s", object);
    scene_put(s, object, &good);
    quorsum_bytes_free(&good);
}

/* Nothing needed is missing in silence. */
static void expect_loss_is_seen(scene *s, const char *object, const char *named)
{
    quorsum_bytes good = scene_take(s, object);

    scene_remove(s, object);
    cr_expect_eq(scene_verify(s), QUORSUM_ERR_MISSING, "%s", object);
    EXPECT_NAMED(s, named, NULL, QUORSUM_ERR_MISSING);
    scene_give(s, object, good);
}

Test(attack, truncate_the_board, .timeout = 120)
{
    scene s;
    const char *objects[7];

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    scene_expect_total(&s, 3);
    objects[0] = "manifest";
    objects[1] = "aggregate";
    objects[2] = contribution_name(&s, 1, 1);
    objects[3] = "acks/2";
    objects[4] = "partials/2";
    objects[5] = "result";
    for (size_t i = 0; i < 6; i++) {
        static const size_t lengths[] = {0, 1, 17, 63, 64, 65, 200, 300};
        quorsum_bytes whole = scene_take(&s, objects[i]);

        for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++)
            if (lengths[k] < whole.len)
                expect_cut_is_seen(&s, objects[i], lengths[k]);
        expect_cut_is_seen(&s, objects[i], whole.len - 1);
        expect_cut_is_seen(&s, objects[i], whole.len - 64);
        quorsum_bytes_free(&whole);
    }
    for (size_t i = 0; i < 6; i++)
        if (i != 3)
            expect_loss_is_seen(&s, objects[i], objects[i]);
    cr_expect_eq(scene_verify(&s), QUORSUM_OK);
    scene_close(&s);
}

/* One acknowledgement too few and the totals are not given any more, whoever asks. */
Test(attack, truncate_the_agreement)
{
    scene s;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    scene_expect_total(&s, 3);
    scene_remove(&s, "acks/1");
    cr_expect_eq(scene_verify(&s), QUORSUM_OK, "four of five");
    scene_remove(&s, "acks/4");
    cr_expect_eq(scene_verify(&s), QUORSUM_ERR_AGREEMENT);
    EXPECT_NAMED(&s, "acks", NULL, QUORSUM_ERR_AGREEMENT);
    cr_expect_eq(scene_result(&s, 3), QUORSUM_ERR_AGREEMENT);
    scene_close(&s);
}

/* The contributions of two districts are gone, and with them the manifest: what is left closes to another manifest,
 * which no trustee takes that has seen the first. */
Test(attack, truncate_the_board_and_close_it_again)
{
    scene s;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 5);
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    cr_assert_eq(scene_acknowledge(&s, 0), QUORSUM_OK);
    cr_assert_eq(scene_acknowledge(&s, 1), QUORSUM_OK);
    scene_remove(&s, "manifest");
    scene_remove(&s, "aggregate");
    scene_remove(&s, contribution_name(&s, 3, 1));
    scene_remove(&s, contribution_name(&s, 4, 1));
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    cr_expect_eq(scene_acknowledge(&s, 0), QUORSUM_ERR_EQUIVOCATION);
    cr_expect_eq(scene_decrypt(&s, 2), QUORSUM_ERR_EQUIVOCATION, "the evidence is on the board");
    cr_expect_eq(scene_verify(&s), QUORSUM_ERR_EQUIVOCATION);
    cr_expect_not(scene_has(&s, "partials/1"));
    scene_close(&s);
}
