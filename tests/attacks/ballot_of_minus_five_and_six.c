/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A voter wants eleven votes: six for Bob, five taken away from Alice. The sum of his ballot is 1, as it should be, and
 * the proof of the sum is true. He proves the rest himself: claims a bit that it is not, or draws all sub-challenges
 * before he hashes, or makes them fit afterwards. Stopped by: the or-proof of every single bit. Commitments that answer
 * for two values fix the sum of the sub-challenges before the challenge is known (Cramer, Damgard, Schoenmakers, CRYPTO
 * 1994).
 */
#include "ballot_forger.h"

static void open_ballot(ballot_forger *b, scene *s, const long council[3])
{
    forger_open(&b->g, s, 3);
    forger_encrypt_si(&b->g, 0, 1); /* Alice for Mayor */
    for (size_t k = 0; k < 3; k++)
        forger_encrypt_si(&b->g, 1 + k, council[k]);
    forger_prove(&b->g);
    ballot_take(b);
    b->real[0] = 1;
    for (size_t k = 0; k < 3; k++)
        b->real[1 + k] = 4 + 2 * k + (council[k] > 0);
    b->real[4] = council[0] + council[1] + council[2] == 1 ? 10 : 11;
}

/* The forger's control: what is honest is accepted from him, too. */
static void expect_honest_work_is_accepted(scene *s)
{
    ballot_forger b;
    quorsum_bytes message;

    open_ballot(&b, s, (const long[]){0, 1, 1});
    ballot_commit(&b);
    for (size_t clause = 0; clause < BALLOT_CLAUSES; clause++)
        ballot_answer(&b, clause);
    message = ballot_message(&b);
    cr_expect_eq(scene_send(s, &message), QUORSUM_OK);
    scene_remove(s, contribution_name(s, 3, 1));
    quorsum_bytes_free(&message);
    ballot_close(&b);
}

static void expect_refused(scene *s, int way)
{
    ballot_forger b;
    quorsum_bytes message;

    open_ballot(&b, s, (const long[]){-5, 6, 0});
    ballot_commit(&b);
    if (way == 0) { /* "-5 is 0, 6 is 1" */
        for (size_t clause = 0; clause < BALLOT_CLAUSES; clause++)
            ballot_answer(&b, clause);
    } else { /* all four branches of the two lies are simulated: every equation holds, their sums are what they are */
        for (size_t l = 4; l < 8; l++) {
            hand_draw(&b.h, l);
            hand_commit(&b.h, l);
        }
        hand_hash(&b.h);
        ballot_answer(&b, 0);
        ballot_answer(&b, 3);
        ballot_answer(&b, 4);
        for (size_t l = 0; l < BALLOT_BRANCHES; l++)
            cr_assert(hand_equation_holds(&b.h, l));
    }
    if (way == 2) { /* the sums are mended after the hash */
        hand_balance(&b.h, 4, 6, 4);
        hand_balance(&b.h, 6, 8, 7);
    }
    cr_expect(hand_equation_holds(&b.h, 10), "the sum is one");
    message = ballot_message(&b);
    expect_refused_contribution(s, 3, &message, QUORSUM_ERR_PROOF, 3);
    quorsum_bytes_free(&message);
    ballot_close(&b);
}

Test(attack, ballot_of_minus_five_and_six)
{
    for (int way = 0; way < 3; way++) {
        scene s;

        scene_open(&s, SCENE_BALLOT, (setup){0});
        expect_honest_work_is_accepted(&s);
        scene_contribute(&s, 3);
        expect_refused(&s, way);
        scene_close(&s);
    }
}
