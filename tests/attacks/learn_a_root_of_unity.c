/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A contributor knows an r that is no square, encrypts with it, and waits for the trustees to publish "the" N-th root
 * of the aggregate. Would they return the root of r^2 that is a square itself, it would be r times a root of unity that
 * is not 1 or -1, and the two together factor N. Stopped by: what is opened is r itself, w^a c0^b from w = r^(4 Delta^2
 * theta); all that is published are powers of r that its owner could compute (docs/protocol.md, "Root opening"). At the
 * door, only powers of h and their negatives pass the knowledge proof.
 */
#include "forger.h"

/* The root of r^2 that is a square: with the factors, to show what it would be worth. */
static void principal_root(mpz_t out, const fixture *f, const mpz_t r)
{
    mpz_t square, exponent, inverse;
    mpz_t roots[2];

    mpz_inits(square, exponent, inverse, roots[0], roots[1], NULL);
    mpz_mul(square, r, r);
    for (int i = 0; i < 2; i++) {
        mpz_add_ui(exponent, i == 0 ? f->p : f->q, 1);
        mpz_fdiv_q_2exp(exponent, exponent, 2);
        mpz_powm(roots[i], square, exponent, i == 0 ? f->p : f->q);
    }
    cr_assert(mpz_invert(inverse, f->p, f->q));
    mpz_sub(out, roots[1], roots[0]);
    mpz_mul(out, out, inverse);
    mpz_mod(out, out, f->q);
    mpz_mul(out, out, f->p);
    mpz_add(out, out, roots[0]);
    mpz_clears(square, exponent, inverse, roots[0], roots[1], NULL);
}

/* gcd(a - b, N) and gcd(a + b, N) are 1 or N */
static int tells_a_factor(const mpz_t a, const mpz_t b, const mpz_t n)
{
    mpz_t g;
    int tells = 0;

    mpz_init(g);
    for (int sign = 0; sign < 2; sign++) {
        if (sign)
            mpz_add(g, a, b);
        else
            mpz_sub(g, a, b);
        mpz_gcd(g, g, n);
        tells |= mpz_cmp_ui(g, 1) != 0 && mpz_cmp(g, n) != 0;
    }
    mpz_clear(g);
    return tells;
}

/* Trustees who open anything (no task, no proof): the randomiser of (1+N)^m r^N. */
static void open_for(mpz_t out, const scene *s, const oracle *o, const mpz_t r)
{
    static const uint8_t task[32];
    quorsum_ciphertexts *vector;
    quorsum_combiner *combiner = NULL;
    quorsum_opening *opening = NULL;
    mpz_t c, value;

    mpz_init(c);
    mpz_powm(c, r, o->n, o->modulus);
    vector = vector_of(o, (mpz_t *)c, 1);
    cr_assert_eq(quorsum_combiner_new(&combiner, s->f.record, vector, task), QUORSUM_OK);
    for (size_t i = 0; i < TRUSTEES; i += 2) {
        quorsum_partial *partial = NULL;

        cr_assert_eq(quorsum_partial_decrypt(&partial, s->f.record, s->f.shares[i], vector, task,
                                             quorsum_identity_public(s->f.trustees[i]), NULL), QUORSUM_OK);
        mpz_roinit_n(value, partial->value, (mp_size_t)partial->limbs);
        cr_expect_not(tells_a_factor(value, r, o->n));
        cr_expect_eq(mpz_jacobi(value, o->n), 1, "what a trustee sends is a square's power");
        cr_assert_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK);
        quorsum_partial_free(partial);
    }
    cr_assert_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_OK);
    mpz_roinit_n(value, opening->r, (mp_size_t)opening->key->root->limbs);
    mpz_set(out, value);
    quorsum_opening_free(opening);
    quorsum_combiner_free(combiner);
    quorsum_ciphertexts_free(vector);
    mpz_clear(c);
}

Test(attack, learn_a_root_of_unity)
{
    scene s;
    forger g;
    mpz_t r, opened, principal;

    scene_open(&s, SCENE_SUM, (setup){0});
    forger_open(&g, &s, 3);
    mpz_inits(r, opened, principal, NULL);
    for (unsigned long i = 2; i < 12; i++) {
        mpz_set_ui(r, i);
        open_for(opened, &s, &g.o, r);
        cr_expect_eq(mpz_cmp(opened, r), 0, "the root of %lu is its owner's", i);
        principal_root(principal, &s.f, r);
        if (mpz_jacobi(r, g.o.n) == -1)
            cr_expect(tells_a_factor(principal, r, g.o.n), "the other root of %lu would have told", i);
    }
    mpz_clears(r, opened, principal, NULL);
    forger_close(&g);
    scene_close(&s);
}

/* c_0 times rho^N: a randomiser that is no power of h. */
static quorsum_bytes with_factor(const scene *s, size_t who, long rho, int lucky)
{
    quorsum_bytes out;
    forger g;
    mpz_t factor, e;

    forger_open(&g, s, who);
    mpz_init(e);
    mpz_init_set_si(factor, rho);
    mpz_powm(factor, factor, g.o.n, g.o.modulus);
    for (size_t k = 0; k < g.count; k++)
        forger_encrypt_si(&g, k, 0);
    mpz_mul(g.c[0], g.c[0], factor);
    mpz_mod(g.c[0], g.c[0], g.o.modulus);
    do { /* (-1)^(e_0) = 1 every other time */
        forger_prove(&g);
        forger_exponent(&g, e, 0);
    } while (lucky && mpz_odd_p(e));
    out = forger_message(&g, NULL, 0);
    mpz_clears(factor, e, NULL);
    forger_close(&g);
    return out;
}

Test(attack, send_a_randomiser_that_is_no_power_of_h)
{
    scene s;
    quorsum_bytes forged;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    forged = with_factor(&s, 3, 3, 1);
    expect_refused_contribution(&s, 3, &forged, QUORSUM_ERR_PROOF, 3);
    quorsum_bytes_free(&forged);
    scene_close(&s);
}

/* -1 is an N-th power that anybody knows, so it passes; what comes of it is the negative of what would have come. */
Test(attack, send_a_negative_randomiser)
{
    scene s;
    quorsum_bytes forged;

    scene_open(&s, SCENE_SUM, (setup){0});
    for (size_t who = 0; who < 2; who++) {
        forged = with_factor(&s, who, who == 0 ? -1 : 1, 1);
        cr_assert_eq(scene_send(&s, &forged), QUORSUM_OK);
        quorsum_bytes_free(&forged);
    }
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    scene_agree(&s);
    for (size_t i = 0; i < QUORUM; i++)
        cr_assert_eq(scene_decrypt(&s, i), QUORSUM_OK);
    {
        quorsum_result *result = NULL;

        cr_assert_eq(quorsum_board_result(&result, s.board, s.f.stranger, NULL, NULL), QUORSUM_OK);
        for (size_t i = 0; i < VALUES; i++)
            cr_expect_eq(quorsum_result_totals(result)[i], 0);
        quorsum_result_free(result);
    }
    cr_expect_eq(scene_verify(&s), QUORSUM_OK);
    scene_close(&s);
}
