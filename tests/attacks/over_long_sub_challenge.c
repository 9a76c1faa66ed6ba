/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A voter wants a "bit" of 1000. If a sub-challenge may be a multiple of N, c_l^(e_l) loses its plaintext, and both
 * branches of the bit can be answered for any ciphertext, with sub-challenges that do sum to the challenge. Stopped by:
 * a sub-challenge has sixteen bytes and N no prime factor that small; there is no way to write a longer one. He tries:
 * cut to its field, in a field as long as it needs, with the field of a neighbour. (A prototype of this protocol was
 * forged so.)
 */
#include "ballot_forger.h"

/* e with N | e and e = challenge mod 2^128. */
static void multiple_of_n(mpz_t e, const ballot_forger *b)
{
    mpz_t two, inverse;

    mpz_inits(two, inverse, NULL);
    mpz_setbit(two, 128);
    cr_assert(mpz_invert(inverse, b->g.o.n, two));
    mpz_mul(e, b->h.challenge, inverse);
    mpz_mod(e, e, two);
    mpz_mul(e, e, b->g.o.n);
    mpz_clears(two, inverse, NULL);
}

/* Mayor and two councillors honest, the third gets 1000; the sum clause is as false as the bit. */
static void prove_thousand(ballot_forger *b, const scene *s)
{
    static const size_t lies[2] = {8, 10}; /* branches of the third bit, of the sum */

    forger_open(&b->g, s, 3);
    forger_encrypt_si(&b->g, 0, 1);
    forger_encrypt_si(&b->g, 1, 1);
    forger_encrypt_si(&b->g, 2, 0);
    forger_encrypt_si(&b->g, 3, 1000);
    forger_prove(&b->g);
    ballot_take(b);
    memcpy(b->real, (const size_t[]){1, 5, 6, 8, 10}, sizeof b->real);
    ballot_commit(b);
    for (size_t i = 0; i < 2; i++) { /* both branches with e = 0: they answer for any multiple of N */
        mpz_set_ui(b->h.e[lies[i]], 0);
        mpz_set_ui(b->h.e[lies[i] + 1], 0);
        hand_commit(&b->h, lies[i]);
        hand_commit(&b->h, lies[i] + 1);
    }
    hand_hash(&b->h);
    for (size_t clause = 0; clause < 3; clause++)
        ballot_answer(b, clause);
    for (size_t i = 0; i < 2; i++) {
        multiple_of_n(b->h.e[lies[i]], b);
        mpz_addmul(b->h.w[lies[i]], b->h.e[lies[i]], b->h.alpha[lies[i]]);
        cr_expect(mpz_congruent_2exp_p(b->h.e[lies[i]], b->h.challenge, 128), "they sum to the challenge");
    }
    for (size_t l = 0; l < BALLOT_BRANCHES; l++)
        cr_expect(hand_equation_holds(&b->h, l), "and branch %zu fits", l);
}

static void attack(int way)
{
    scene s;
    ballot_forger b;
    quorsum_bytes forged;
    size_t before = BALLOT_BRANCHES * 64 + 8 * 16; /* the commitments, and the sub-challenges in front */
    uint8_t *longer;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    prove_thousand(&b, &s);
    for (size_t l = 0; l < BALLOT_BRANCHES; l++) /* the whole of a w has no room either */
        mpz_fdiv_r_2exp(b.h.w[l], b.h.w[l], qs_choice_mask_bits(b.x.choices));
    if (way == 0) {
        forged = ballot_message(&b);
        expect_refused_contribution(&s, 3, &forged, QUORSUM_ERR_PROOF, 3);
    } else { /* 48 bytes where 16 are */
        mpz_t e;

        mpz_init_set(e, b.h.e[8]);
        forged = ballot_message(&b);
        quorsum_bytes_free(&forged);
        longer = malloc(b.x.len + 32);
        memcpy(longer, b.x.proof, before);
        number_to_bytes(longer + before, 48, e);
        memcpy(longer + before + 48, b.x.proof + before + 16, b.x.len - before - 16);
        forged = forger_message(&b.g, longer, way == 1 ? b.x.len + 32 : b.x.len);
        /* without room for it, what follows stands in the wrong places */
        cr_expect_eq(scene_send(&s, &forged), way == 1 ? QUORSUM_ERR_TRAILING : QUORSUM_ERR_RANGE);
        free(longer);
        mpz_clear(e);
    }
    quorsum_bytes_free(&forged);
    ballot_close(&b);
    scene_close(&s);
}

Test(attack, over_long_sub_challenge)
{
    for (int way = 0; way < 3; way++)
        attack(way);
}
