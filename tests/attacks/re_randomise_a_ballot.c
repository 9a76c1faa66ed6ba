/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As in copy_a_ballot_verbatim.c, but nobody shall see that it is a copy: contributor 4 multiplies the victim's
 * ciphertexts by fresh powers of h_s, and moves the responses of both proofs along, so that every equation fits the old
 * challenges. Stopped by: the ciphertexts and the prover are in the hash, so the challenges are other ones, and whoever
 * does not know what is encrypted cannot answer those (knowledge proof, Damgard-Jurik 2001). Lesson 8 of the field.
 */
#include "ballot_forger.h"

/* The victim's ciphertexts times h_s^beta, with w + sum e_k beta_k: g->alpha is beta. */
static void blind_again(forger *g)
{
    mpz_t e, blind, before, after;

    mpz_inits(e, blind, before, after, NULL);
    forger_commitment(g, before);
    for (size_t k = 0; k < g->count; k++) {
        mpz_urandomb(g->alpha[k], g->o.random, g->o.key->alpha_bits);
        mpz_powm(blind, g->o.h_s, g->alpha[k], g->o.modulus);
        mpz_mul(g->c[k], g->c[k], blind);
        mpz_mod(g->c[k], g->c[k], g->o.modulus);
        forger_exponent(g, e, k);
        mpz_addmul(g->w, e, g->alpha[k]);
    }
    forger_commitment(g, after);
    cr_assert_eq(mpz_cmp(before, after), 0, "the old challenges fit the moved responses");
    mpz_clears(e, blind, before, after, NULL);
}

/* The same for the or-proof: w_l + e_l times the betas of its clause. */
static void move_branches(ballot_forger *b, const quorsum_bytes *victim)
{
    memcpy(b->x.proof, blocks_of(victim) + ciphertexts_len(b->g.s), b->x.len);
    hand_read(&b->h);
    for (size_t l = 0; l < BALLOT_BRANCHES; l++) {
        mpz_addmul(b->h.w[l], b->h.e[l], b->h.alpha[l]);
        cr_assert(hand_equation_holds(&b->h, l));
    }
}

Test(attack, re_randomise_a_ballot)
{
    scene s;
    ballot_forger b;
    quorsum_bytes victim;
    quorsum_bytes forged;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    victim = scene_take(&s, contribution_name(&s, 0, 1));
    forger_open(&b.g, &s, 3);
    forger_steal(&b.g, &victim);
    blind_again(&b.g);
    ballot_take(&b);
    move_branches(&b, &victim);
    forged = ballot_message(&b);
    expect_refused_contribution(&s, 3, &forged, QUORSUM_ERR_PROOF, 3);
    quorsum_bytes_free(&forged);
    quorsum_bytes_free(&victim);
    ballot_close(&b);
    scene_close(&s);
}
