/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A contributor wants a slot to hold (N+1)/2, which is 1/2 modulo N, and enormous: it spoils all totals. The proof
 * bounds a sum of squares, and 1/4 is small. He commits to the half by the root of its base, and waits for an even
 * challenge, for which all responses are whole. That forged this protocol's first version, whose bases were squares of
 * hashes. Stopped by: the bases are the hashes themselves, and nobody knows a root of one (Damgard, Fujisaki, ASIACRYPT
 * 2002; docs/protocol.md, the norm).
 */
#include "norm_forger.h"

static const long halves[NORM_SLOTS] = {[4] = 1}; /* twice 1/2; all others 0 */

static quorsum_bytes message_of(norm_forger *x)
{
    return forger_message(&x->g, x->proof, x->len);
}

/* The hash that the first version squared to get its base. */
static void take_hash(norm_forger *x, uint64_t slot)
{
    mp_limb_t limbs[16];
    mpz_t value;

    qs_hash_to_residue(x->g.o.key, "fo", slot, limbs);
    mpz_set(x->half_base, mpz_roinit_n(value, limbs, (mp_size_t)x->g.o.key->root->limbs));
}

/* Of a or -a, whichever has one modulo p, and likewise modulo q: the proof squares what it compares. */
static void square_root(mpz_t out, const fixture *f, const mpz_t a)
{
    mpz_t roots[2], exponent, inverse;

    mpz_inits(roots[0], roots[1], exponent, inverse, NULL);
    for (int i = 0; i < 2; i++) {
        mpz_add_ui(exponent, i == 0 ? f->p : f->q, 1);
        mpz_fdiv_q_2exp(exponent, exponent, 2);
        mpz_powm(roots[i], a, exponent, i == 0 ? f->p : f->q);
    }
    cr_assert(mpz_invert(inverse, f->p, f->q));
    mpz_sub(out, roots[1], roots[0]);
    mpz_mul(out, out, inverse);
    mpz_mod(out, out, f->q);
    mpz_mul(out, out, f->p);
    mpz_add(out, out, roots[0]);
    mpz_clears(roots[0], roots[1], exponent, inverse, NULL);
}

/* His work is good where the statement is true, and over squared bases where it is not. */
Test(attack, prove_half_an_integer_as_of_old)
{
    scene s;
    norm_forger x;
    quorsum_bytes message;
    long whole[NORM_SLOTS] = {[0] = 2 * 44, [7] = -2 * 3, [29] = 2 * 8};

    scene_open(&s, SCENE_NORM, (setup){0});
    norm_open(&x, &s, 3, whole, 0);
    norm_prove(&x);
    cr_expect(norm_accepts(&x));
    message = message_of(&x);
    cr_expect_eq(scene_send(&s, &message), QUORSUM_OK, "the forger proves what is true");
    quorsum_bytes_free(&message);
    norm_close(&x);

    norm_open(&x, &s, 3, halves, 1);
    take_hash(&x, 4);
    norm_prove(&x);
    cr_expect(norm_accepts(&x), "the first version took it");
    norm_close(&x);
    scene_close(&s);
}

static void attack(int way)
{
    scene s;
    norm_forger x;
    quorsum_bytes forged;

    scene_open(&s, SCENE_NORM, (setup){0});
    scene_contribute(&s, 3);
    norm_open(&x, &s, 3, halves, way == 0);
    if (way != 1) /* the hash as the root: of its square it is one, of itself it is none; else 1 */
        take_hash(&x, 4);
    norm_prove(&x);
    cr_expect_eq(norm_accepts(&x), way == 0);
    forged = message_of(&x);
    expect_refused_contribution(&s, 3, &forged, QUORSUM_ERR_PROOF, 3);
    quorsum_bytes_free(&forged);
    norm_close(&x);
    scene_close(&s);
}

Test(attack, prove_half_an_integer)
{
    for (int way = 0; way < 3; way++)
        attack(way);
}

/* Opened for half a unit in the first slot whose base, or its negative, is a square modulo N. */
static void open_with_root(norm_forger *x, const scene *s)
{
    for (size_t slot = 0; slot < NORM_SLOTS; slot++) {
        long twice[NORM_SLOTS] = {0};

        twice[slot] = 1;
        norm_open(x, s, 3, twice, 0);
        if (mpz_jacobi(x->base[slot], x->g.o.n) == 1) {
            square_root(x->half_base, &s->f, x->base[slot]);
            return;
        }
        norm_close(x);
    }
    cr_assert_fail("half of all bases have a root");
}

/* The limit: whoever has the factors of N (the dealer, or a quorum of trustees together) takes the root, and the
 * proof binds him no more. The total shows that something is wrong, and is not given; it does not show who. */
Test(attack, prove_half_an_integer_with_the_factors)
{
    scene s;
    norm_forger x;
    quorsum_bytes forged;

    scene_open(&s, SCENE_NORM, (setup){0});
    open_with_root(&x, &s);
    norm_prove(&x);
    cr_expect(norm_accepts(&x));
    forged = message_of(&x);
    cr_expect_eq(scene_send(&s, &forged), QUORSUM_OK);
    scene_contribute(&s, 3);
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    scene_agree(&s);
    for (size_t i = 0; i < QUORUM; i++)
        cr_assert_eq(scene_decrypt(&s, i), QUORSUM_OK);
    cr_expect_eq(scene_result(&s, 0), QUORSUM_ERR_OVERFLOW);
    quorsum_bytes_free(&forged);
    norm_close(&x);
    scene_close(&s);
}
