/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever writes to the board exchanges the files of trustees 1 and 2; trustee 1 sends trustee 2's numbers as his own,
 * or his own in another order. Each would give a wrong randomiser. Stopped by: a partial counts under its own name
 * only, is signed by the identity the key names, and carries a proof for every one of its numbers in their order
 * (batched Chaum-Pedersen with 128-bit exponents, Bellare, Garay, Rabin 1998). The others still open, and the auditor
 * names who lied. Lesson 10.
 */
#include "scene.h"

static void open_round(scene *s)
{
    scene_open(s, SCENE_NORM, (setup){0}); /* several ciphertexts */
    scene_contribute(s, 3);
    cr_assert_eq(scene_aggregate(s), QUORSUM_OK);
    scene_agree(s);
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_assert_eq(scene_decrypt(s, i), QUORSUM_OK);
}

Test(attack, swap_the_files_of_two_partials)
{
    scene s;
    quorsum_bytes first;

    open_round(&s);
    first = scene_take(&s, "partials/1");
    scene_give(&s, "partials/1", scene_take(&s, "partials/2"));
    scene_give(&s, "partials/2", first);
    cr_expect_eq(scene_result(&s, 3), QUORSUM_OK, "by trustees 3, 4 and 5");
    EXPECT_NAMED(&s, "partials/1", s.f.trustees[1], QUORSUM_ERR_TRUSTEE);
    EXPECT_NAMED(&s, "partials/2", s.f.trustees[0], QUORSUM_ERR_TRUSTEE);
    cr_expect_eq(scene_verify(&s), QUORSUM_ERR_TRUSTEE, "the totals are good, the record is not");
    scene_close(&s);
}

static void expect_named(scene *s, quorsum_bytes forged)
{
    scene_give(s, "partials/1", forged);
    cr_expect_eq(scene_result(s, 3), QUORSUM_OK, "by the others");
    EXPECT_NAMED(s, "partials/1", s->f.trustees[0], QUORSUM_ERR_PROOF);
    cr_expect_eq(scene_verify(s), QUORSUM_ERR_PROOF);
    EXPECT_NAMED(s, "partials/1", s->f.trustees[0], QUORSUM_ERR_PROOF);
    scene_remove(s, "result");
}

Test(attack, swap_the_numbers_of_partials)
{
    scene s;
    quorsum_bytes first;
    quorsum_bytes second;
    uint8_t words[64];

    open_round(&s);
    first = scene_take(&s, "partials/1");
    second = scene_take(&s, "partials/2");
    cr_assert_geq(blocks_len(&first), 64);
    expect_named(&s, forge_block(&first, 0, blocks_of(&second), blocks_len(&second), s.f.trustees[0]));
    memcpy(words, blocks_of(&first) + 32, 32);
    memcpy(words + 32, blocks_of(&first), 32);
    expect_named(&s, forge_block(&first, 0, words, 64, s.f.trustees[0]));
    quorsum_bytes_free(&first);
    quorsum_bytes_free(&second);
    scene_close(&s);
}

/* Three of five lie: nothing is opened, and all three are named. */
Test(attack, keep_the_totals_from_everybody)
{
    scene s;

    open_round(&s);
    for (size_t i = 0; i < 3; i++) {
        char name[16];
        uint8_t two[32] = {0};
        quorsum_bytes good;

        two[31] = 2;
        (void)snprintf(name, sizeof name, "partials/%zu", i + 1);
        good = scene_take(&s, name);
        scene_give(&s, name, forge_block(&good, 32, two, 32, s.f.trustees[i]));
        quorsum_bytes_free(&good);
    }
    cr_expect_eq(scene_result(&s, 3), QUORSUM_ERR_TOO_FEW_SHARES);
    EXPECT_NAMED(&s, "partials/1", s.f.trustees[0], QUORSUM_ERR_PROOF);
    EXPECT_NAMED(&s, "partials/2", s.f.trustees[1], QUORSUM_ERR_PROOF);
    EXPECT_NAMED(&s, "partials/3", s.f.trustees[2], QUORSUM_ERR_PROOF);
    cr_expect_not(scene_has(&s, "result"));
    scene_close(&s);
}
