/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No attack, but what looks like one: all contributors have their whole norm in the same slot, so that it sums to
 * cohort * B, the most that any slot may come to. A plan with room for the average only would run over, and an honest
 * round would look forged, or a slot's neighbour would be wrong. What makes it right: the plan leaves room for W * B in
 * every slot, since the proof bounds the sum of squares and no slot alone (docs/protocol.md, the norm). And one unit
 * more is refused.
 */
#include "scene.h"

#define SLOT 24 /* the last of its plaintext: what runs over leaves it */
#define B 44    /* isqrt(SCENE_NORM_SQUARED) */

static quorsum_bytes in_one_slot(const scene *s, size_t who, size_t slot, int64_t value, quorsum_status wanted)
{
    int64_t values[NORM_VALUES] = {0};
    quorsum_bytes out = {0};

    values[slot] = value;
    cr_expect_eq(scene_make(&out, s, who, values, 1), wanted);
    return out;
}

static void expect_sum(size_t slot, int64_t value)
{
    scene s;
    quorsum_result *result = NULL;

    scene_open(&s, SCENE_NORM, (setup){0});
    for (size_t who = 0; who < MAX_COHORT; who++) {
        quorsum_bytes bytes = in_one_slot(&s, who, slot, value, QUORSUM_OK);

        cr_assert_eq(scene_send(&s, &bytes), QUORSUM_OK);
        quorsum_bytes_free(&bytes);
    }
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    scene_agree(&s);
    for (size_t i = 0; i < QUORUM; i++)
        cr_assert_eq(scene_decrypt(&s, i), QUORSUM_OK);
    cr_assert_eq(quorsum_board_result(&result, s.board, s.f.stranger, NULL, NULL), QUORSUM_OK);
    for (size_t i = 0; i < NORM_VALUES; i++)
        cr_expect_eq(quorsum_result_totals(result)[i], i == slot ? MAX_COHORT * value : 0, "slot %zu", i);
    quorsum_result_free(result);
    cr_expect_eq(scene_verify(&s), QUORSUM_OK);
    scene_close(&s);
}

Test(attack, whole_norm_in_one_slot)
{
    expect_sum(0, B);
    expect_sum(SLOT, -B);
    expect_sum(NORM_VALUES - 1, B);
}

Test(attack, one_unit_more_than_the_norm)
{
    scene s;

    scene_open(&s, SCENE_NORM, (setup){0});
    cr_expect_null(in_one_slot(&s, 0, SLOT, B + 1, QUORSUM_ERR_NORM).data);
    cr_expect_null(in_one_slot(&s, 0, SLOT, -B - 1, QUORSUM_ERR_NORM).data);
    scene_close(&s);
}
