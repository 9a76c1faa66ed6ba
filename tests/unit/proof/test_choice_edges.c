/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that chance never draws. Who does not mind showing how he voted may give false branches any sub-challenge and
 * any response: 0, so that commitments are 1 and sums of exponents vanish, or the largest there are. One reader takes
 * what another takes, and a lie stays one.
 */
#include "tests/unit/proof/choice_fixture.h"

enum { LOWEST, HIGHEST, RANDOM, EXTREMES };

static void draw_extreme(hand *h, size_t l, int e, int w)
{
    size_t bits = qs_choice_mask_bits(h->x->choices) + 1;

    hand_draw(h, l);
    if (e != RANDOM)
        mpz_set_ui(h->e[l], 0);
    if (e == HIGHEST) {
        mpz_setbit(h->e[l], 128);
        mpz_sub_ui(h->e[l], h->e[l], 1);
    }
    if (w != RANDOM)
        mpz_set_ui(h->w[l], 0);
    if (w == HIGHEST) {
        mpz_setbit(h->w[l], bits);
        mpz_sub_ui(h->w[l], h->w[l], 1);
    }
}

/* A packed field and a vector: branches 0..2, then two pairs, then 7..8 for the sum. */
static void open_edges(sample *x, size_t prime_bits, unsigned s)
{
    form f = {0};

    form_packed(&f, 2, 20, 1);
    form_vector(&f, 2, 0, 1);
    sample_open(x, prime_bits, s, QUORSUM_RANDOMISER_HALF, &f);
}

/* False branches with extreme numbers, real ones with a mask of 0 (so that w = e alpha) or a random one. */
static void prove_extremely(hand *h, const size_t real[4], int e, int w)
{
    static const size_t begins[] = {0, 3, 5, 7, 9};

    for (size_t l = 0; l < 9; l++)
        draw_extreme(h, l, e, w);
    for (size_t i = 0; i < 4; i++) {
        mpz_set_ui(h->e[real[i]], 0);
        if (w == HIGHEST)
            mpz_urandomb(h->w[real[i]], ((sample *)(uintptr_t)h->x)->o.random, qs_choice_mask_bits(h->x->choices));
    }
    for (size_t l = 0; l < 9; l++)
        hand_commit(h, l);
    hand_hash(h);
    for (size_t i = 0; i < 4; i++) {
        hand_balance(h, begins[i], begins[i + 1], real[i]);
        mpz_addmul(h->w[real[i]], h->e[real[i]], h->alpha[real[i]]);
    }
    hand_write(h);
}

Test(choice_edges, any_numbers_of_false_branches_are_taken_by_every_reader)
{
    for (unsigned s = 1; s <= 2; s++)
        for (int e = 0; e < EXTREMES; e++)
            for (int w = 0; w < EXTREMES; w++) {
                sample x;
                hand h;
                qs_ballot twice[2];
                size_t bad = 9;

                open_edges(&x, 101, s);
                sample_choose(&x, (const size_t[]){2, 0, 1, 1});
                hand_open(&h, &x);
                prove_extremely(&h, (const size_t[]){2, 3, 6, 8}, e, w);
                cr_expect(hand_accepts(&h), "degree %u, e %d, w %d", s, e, w);
                cr_expect_eq(sample_verify(&x), QUORSUM_OK, "degree %u, e %d, w %d", s, e, w);
                twice[0] = twice[1] = (qs_ballot){&x.context, x.ciphertexts, x.proof, x.len, QUORSUM_ERR_ARGUMENT};
                cr_expect_eq(qs_choice_verify_all_vartime(twice, 2, x.choices, &bad, NULL), QUORSUM_OK);
                cr_expect_eq(bad, 0, "degree %u, e %d, w %d", s, e, w);
                hand_close(&h);
                sample_close(&x);
            }
}

/* Two votes in one packed field, and two where one is allowed: claimed under every branch there is. */
Test(choice_edges, a_lie_is_refused_with_any_numbers)
{
    mpz_t plaintexts[3];

    for (size_t k = 0; k < 3; k++)
        mpz_init_set_ui(plaintexts[k], 1);
    mpz_setbit(plaintexts[0], 20);
    for (int e = 0; e < EXTREMES; e++)
        for (int w = 0; w < EXTREMES; w++)
            for (size_t claim = 0; claim < 6; claim++) {
                sample x;
                hand h;

                open_edges(&x, 101, 1);
                sample_fill(&x, plaintexts, (const size_t[]){0, 0, 0, 0});
                hand_open(&h, &x);
                prove_extremely(&h, (const size_t[]){claim % 3, 4, 6, 7 + claim / 3}, e, w);
                cr_expect_not(hand_accepts(&h));
                cr_expect_eq(sample_verify(&x), QUORSUM_ERR_PROOF, "e %d, w %d, claim %zu", e, w, claim);
                hand_close(&h);
                sample_close(&x);
            }
    clear_numbers(plaintexts, 3);
}

/* ---- bytes of any kind ---- */

Test(choice_edges, bytes_that_are_no_proof_are_refused)
{
    sample x;
    size_t responses;

    open_edges(&x, 101, 2);
    sample_choose(&x, (const size_t[]){0, 1, 0, 1});
    responses = x.f.value_count * ciphertext_bytes(&x.o);
    memset(x.proof, 0, x.len);
    cr_expect_eq(sample_verify(&x), QUORSUM_ERR_NOT_UNIT);
    memset(x.proof, 0xff, x.len);
    cr_expect_eq(sample_verify(&x), QUORSUM_ERR_RANGE);
    for (int kind = 0; kind < 2; kind++) { /* commitments that could be */
        cr_assert_eq(sample_prove(&x), QUORSUM_OK);
        memset(x.proof + responses, kind == 0 ? 0 : 0xff, x.len - responses);
        cr_expect_eq(sample_verify(&x), kind == 0 ? QUORSUM_ERR_PROOF : QUORSUM_ERR_RANGE);
    }
    sample_close(&x);
}

/* A commitment of 1 and responses of 0 for everything: right wherever the challenge were 0. */
Test(choice_edges, nothing_but_ones_and_zeros_is_refused)
{
    sample x;
    hand h;

    open_edges(&x, 101, 1);
    sample_choose(&x, (const size_t[]){0, 0, 0, 0});
    hand_open(&h, &x);
    for (size_t l = 0; l < 9; l++) {
        mpz_set_ui(h.e[l], 0);
        mpz_set_ui(h.w[l], 0);
        hand_commit(&h, l);
        cr_expect_eq(mpz_cmp_ui(h.a[l], 1), 0);
    }
    hand_hash(&h);
    hand_write(&h);
    for (size_t l = 0; l < 9; l++)
        cr_expect(hand_equation_holds(&h, l));
    cr_expect_eq(sample_verify(&x), QUORSUM_ERR_PROOF);
    hand_close(&h);
    sample_close(&x);
}
