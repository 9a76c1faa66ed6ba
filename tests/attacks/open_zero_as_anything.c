/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 0 = (1+N)^m 0^N for every m: an opening (0, m, 0) satisfies the equation, and in a batch one such entry makes the
 * products 0 and everything true. A coordinator publishes an aggregate with a zero in it, or a result with r = 0 and
 * the total he wants. Stopped by: units and ranges are checked before any equation: 0 < r < N, and every ciphertext is
 * a unit, in the aggregate as in contributions (docs/protocol.md, "Checking many openings").
 */
#include "scene.h"

Test(attack, open_zero_as_anything)
{
    scene s;
    quorsum_bytes good;
    quorsum_bytes aggregate;
    uint8_t zeros[64] = {0};
    uint8_t entry[64] = {0};

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    aggregate = scene_take(&s, "aggregate");
    scene_give(&s, "aggregate", forge_block(&aggregate, 0, zeros, sizeof zeros, s.f.coordinator));
    for (size_t i = 0; i < TRUSTEES; i++) {
        cr_expect_eq(scene_decrypt(&s, i), QUORSUM_ERR_NOT_UNIT);
        EXPECT_NAMED(&s, "aggregate", s.f.coordinator, QUORSUM_ERR_NOT_UNIT);
    }
    cr_expect_eq(scene_verify(&s), QUORSUM_ERR_NOT_UNIT);
    scene_give(&s, "aggregate", aggregate);
    scene_expect_total(&s, 3);

    /* the result: m, then r, for one ciphertext */
    good = scene_take(&s, "result");
    entry[31] = 77;
    scene_give(&s, "result", forge_block(&good, 0, entry, 64, s.f.coordinator));
    cr_expect_eq(scene_verify(&s), QUORSUM_ERR_RANGE, "r is 0");
    EXPECT_NAMED(&s, "result", s.f.coordinator, QUORSUM_ERR_RANGE);
    cr_expect_eq(scene_result(&s, 3), QUORSUM_ERR_RANGE);
    mpz_export(entry + 32, NULL, 1, 1, 1, 0, s.f.n); /* r = N is 0 modulo N */
    scene_give(&s, "result", forge_block(&good, 0, entry, 64, s.f.coordinator));
    cr_expect_eq(scene_verify(&s), QUORSUM_ERR_RANGE);
    scene_give(&s, "result", good);
    cr_expect_eq(scene_verify(&s), QUORSUM_OK);
    scene_close(&s);
}
