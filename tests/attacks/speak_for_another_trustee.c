/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two dishonest trustees are one short of a quorum of three, and trustee 3 is not at home. Trustee 2 speaks for him: a
 * partial with his own numbers and proof, made for index 3, signed by himself, or by nobody who could. Stopped by: the
 * key's roster says which identity is trustee 3, and the proof is about v_3, taken from the key record. Who signed is
 * named, not who was to be blamed. Lesson 3 of the field.
 */
#include "lib/threshold/partial.h"
#include "scene.h"

/* Trustee 2's partial, proven again as trustee 3's: with the share he has. */
static quorsum_bytes in_the_name_of_three(const scene *s, const quorsum_identity *signer)
{
    quorsum_bytes own = scene_take(s, "partials/2");
    quorsum_bytes claimed = forge_uint(&own, 10, 3, signer);
    quorsum_partial *partial = NULL;
    qs_share_statement statement;
    qs_context context;
    quorsum_bytes forged;
    quorsum_bytes out;

    cr_assert_eq(quorsum_partial_decode(&partial, s->f.task, s->f.aggregate, own.data, own.len), QUORSUM_OK);
    partial->trustee = 3;
    qs_partial_statement(&statement, &context, s->f.record, partial, quorsum_aggregate_ciphertexts(s->f.aggregate));
    cr_assert_eq(qs_share_prove(partial->proof, &context, &statement, &s->f.shares[1]->value, NULL), QUORSUM_OK);
    forged = forge_bytes(&claimed, 13, partial->proof, 16, signer);
    out = forge_bytes(&forged, 14, partial->proof + 16, partial->proof_len - 16, signer);
    quorsum_bytes_free(&forged);
    quorsum_bytes_free(&claimed);
    quorsum_bytes_free(&own);
    quorsum_partial_free(partial);
    return out;
}

Test(attack, speak_for_another_trustee)
{
    scene s;
    quorsum_bytes forged;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    scene_load(&s);
    scene_agree(&s);
    cr_assert_eq(scene_decrypt(&s, 0), QUORSUM_OK);
    cr_assert_eq(scene_decrypt(&s, 1), QUORSUM_OK);
    cr_expect_eq(scene_result(&s, 3), QUORSUM_ERR_TOO_FEW_SHARES);

    scene_give(&s, "partials/3", in_the_name_of_three(&s, s.f.trustees[1]));
    cr_expect_eq(scene_result(&s, 3), QUORSUM_ERR_TOO_FEW_SHARES);
    EXPECT_NAMED(&s, "partials/3", s.f.trustees[1], QUORSUM_ERR_TRUSTEE);

    forged = in_the_name_of_three(&s, s.f.trustees[2]); /* had he stolen that identity, and not the share */
    scene_give(&s, "partials/3", forged);
    cr_expect_eq(scene_result(&s, 3), QUORSUM_ERR_TOO_FEW_SHARES);
    EXPECT_NAMED(&s, "partials/3", s.f.trustees[2], QUORSUM_ERR_PROOF);

    cr_assert_eq(scene_decrypt(&s, 3), QUORSUM_OK);
    cr_expect_eq(scene_result(&s, 3), QUORSUM_OK);
    scene_close(&s);
}
