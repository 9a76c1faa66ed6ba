/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contributor 4 does not know how contributor 1 voted and wants to vote the same: his copy shifts the totals, and in a
 * small cohort the shift tells. He posts the victim's file under his own name, or the victim's ciphertexts and proofs
 * in a message that he signs. Stopped by: every proof is bound to who proves (Bernhard, Pereira, Warinschi, ASIACRYPT
 * 2012; Cortier and Smyth 2011 on copied ballots), and a file counts only under its sender's name. Lesson 8 of the
 * field.
 */
#include "scene.h"

Test(attack, copy_a_ballot_verbatim)
{
    scene s;
    quorsum_bytes victim;
    quorsum_bytes copy;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    victim = scene_take(&s, contribution_name(&s, 0, 1));

    cr_expect_eq(scene_send(&s, &victim), QUORSUM_ERR_DUPLICATE, "as it is, it is the victim's own again");
    copy = forge(&victim, FORGE_NOTHING, NULL, 0, s.f.contributors[3]);
    expect_refused_contribution(&s, 3, &copy, QUORSUM_ERR_PROOF, 3);
    quorsum_bytes_free(&copy);
    quorsum_bytes_free(&victim);
    scene_close(&s);
}

/* The victim's own message in another's place. Its signature is the victim's, so the victim is whose message it is. */
Test(attack, copy_a_ballot_into_another_place)
{
    scene s;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    scene_give(&s, contribution_name(&s, 3, 1), scene_take(&s, contribution_name(&s, 0, 1)));
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    EXPECT_NAMED(&s, contribution_name(&s, 3, 1), s.f.contributors[0], QUORSUM_ERR_NOT_ADMITTED);
    EXPECT_NAMED(&s, contribution_name(&s, 0, 1), s.f.contributors[0], QUORSUM_OK);
    scene_expect_total(&s, 3);
    scene_close(&s);
}
