/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contributor 4 wants contributor 1's numbers from the published totals: he contributes c^(2^k), the victim's packed
 * plaintext moved up into bits that no slot uses, and will read it there when the sum is opened; slots stay in range,
 * so nothing else would show. Stopped by: every contribution proves knowledge of each plaintext, bound to its sender,
 * at every level: no task switches it off (docs/protocol.md: "Knowledge is not an option"). Lesson 8 of the field.
 */
#include "forger.h"

#define SHIFT 120

/* The victim's ciphertexts to the power 2^SHIFT, with a fresh power of h_s; responses are what they can be. */
static void shift(forger *g)
{
    mpz_t power, blind;

    mpz_inits(power, blind, NULL);
    mpz_setbit(power, SHIFT);
    mpz_mul(g->z, g->z, power);
    mpz_mod(g->z, g->z, g->o.n);
    mpz_mul(g->w, g->w, power);
    mpz_fdiv_r_2exp(g->w, g->w, g->o.key->alpha_bits + 256); /* the whole of it has no room */
    for (size_t k = 0; k < g->count; k++) {
        mpz_powm(g->c[k], g->c[k], power, g->o.modulus);
        mpz_urandomb(blind, g->o.random, g->o.key->alpha_bits);
        mpz_powm(blind, g->o.h_s, blind, g->o.modulus);
        mpz_mul(g->c[k], g->c[k], blind);
        mpz_mod(g->c[k], g->c[k], g->o.modulus);
    }
    mpz_clears(power, blind, NULL);
}

/* What the sum would give away: the victim's plaintext, read by the owner of the key in place of the published
 * total. */
static void expect_payoff(const forger *g, const quorsum_bytes *victim)
{
    forger own;
    mpz_t sum, m;

    forger_open(&own, g->s, g->who);
    forger_steal(&own, victim);
    mpz_inits(sum, m, NULL);
    oracle_decrypt(&g->o, m, own.c[0]);
    mpz_mul(sum, g->c[0], own.c[0]);
    mpz_mod(sum, sum, g->o.modulus);
    oracle_decrypt(&g->o, sum, sum);
    mpz_sub(sum, sum, m);
    mpz_mul_2exp(m, m, SHIFT);
    mpz_sub(sum, sum, m);
    cr_expect(mpz_divisible_p(sum, g->o.n), "the sum holds the victim's plaintext, shifted");
    mpz_clears(sum, m, NULL);
    forger_close(&own);
}

Test(attack, shift_a_copied_ciphertext)
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
    shift(&g);
    expect_payoff(&g, &victim);
    forged = forger_message(&g, NULL, 0);
    expect_refused_contribution(&s, 3, &forged, QUORSUM_ERR_PROOF, 3);
    quorsum_bytes_free(&forged);
    quorsum_bytes_free(&victim);
    forger_close(&g);
    scene_close(&s);
}

/* One stolen ciphertext among his own, for all of which he answers truly: the proof covers each. */
Test(attack, hide_a_stolen_ciphertext_among_ones_own)
{
    scene s;
    forger g;
    quorsum_bytes victim;
    quorsum_bytes forged;

    scene_open(&s, SCENE_NORM, (setup){0});
    scene_contribute(&s, 3);
    victim = scene_take(&s, contribution_name(&s, 0, 1));
    forger_open(&g, &s, 3);
    forger_steal(&g, &victim);
    cr_assert_geq(g.count, 2);
    for (size_t k = 1; k < g.count; k++)
        forger_encrypt_si(&g, k, 0);
    forger_prove(&g); /* as if c_1 held 0 with alpha 0 */
    forged = forger_message(&g, blocks_of(&victim) + ciphertexts_len(&s), blocks_len(&victim) - ciphertexts_len(&s));
    expect_refused_contribution(&s, 3, &forged, QUORSUM_ERR_PROOF, 3);
    quorsum_bytes_free(&forged);
    quorsum_bytes_free(&victim);
    forger_close(&g);
    scene_close(&s);
}
