/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contributor 4 wants the victim's numbers to count three times, or to count for nothing: he contributes their double,
 * or their negative, made from the victim's ciphertexts without knowing what is in them. His responses are those of the
 * victim, scaled: they fit the old challenges. Stopped by: the knowledge proof, bound to ciphertexts and prover; the
 * bits of a ballot could not be 2 or -1 besides. Lesson 8 of the field.
 */
#include "forger.h"

/* c^factor, z factor, w factor: with A^factor in place of A it is a proof again. */
static void scale(forger *g, long factor)
{
    mpz_t before, after, power;

    mpz_inits(before, after, NULL);
    mpz_init_set_si(power, factor);
    forger_commitment(g, before);
    mpz_powm(before, before, power, g->o.modulus);
    for (size_t k = 0; k < g->count; k++)
        mpz_powm(g->c[k], g->c[k], power, g->o.modulus);
    mpz_mul(g->z, g->z, power);
    mpz_mod(g->z, g->z, g->o.n);
    mpz_mul(g->w, g->w, power);
    forger_commitment(g, after);
    cr_assert_eq(mpz_cmp(before, after), 0);
    mpz_clears(before, after, power, NULL);
}

static void attack(scene_kind kind, long factor)
{
    scene s;
    forger g;
    quorsum_bytes victim;
    quorsum_bytes forged;

    scene_open(&s, kind, (setup){0});
    scene_contribute(&s, 3);
    victim = scene_take(&s, contribution_name(&s, 0, 1));
    forger_open(&g, &s, 3);
    forger_steal(&g, &victim);
    scale(&g, factor);
    forged = forger_message(&g, blocks_of(&victim) + ciphertexts_len(&s), blocks_len(&victim) - ciphertexts_len(&s));
    expect_refused_contribution(&s, 3, &forged, QUORSUM_ERR_PROOF, 3);
    quorsum_bytes_free(&forged);
    quorsum_bytes_free(&victim);
    forger_close(&g);
    scene_close(&s);
}

Test(attack, scale_a_ballot)
{
    attack(SCENE_SUM, 2);
    attack(SCENE_BALLOT, 2);
}

/* A negative w fits no field: mod 2^(8 bytes) it is too long, or another number. */
Test(attack, take_a_ballot_away)
{
    scene s;
    forger g;
    quorsum_bytes victim;
    quorsum_bytes forged;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    victim = scene_take(&s, contribution_name(&s, 0, 1));
    forger_open(&g, &s, 3);
    forger_steal(&g, &victim);
    scale(&g, -1);
    mpz_abs(g.w, g.w);
    forged = forger_message(&g, NULL, 0);
    expect_refused_contribution(&s, 3, &forged, QUORSUM_ERR_PROOF, 3);
    quorsum_bytes_free(&forged);
    quorsum_bytes_free(&victim);
    forger_close(&g);
    scene_close(&s);
}
