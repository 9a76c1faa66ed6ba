/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ballot of the scene's task in the hands of somebody who proves it himself, with the or-proof of
 * tests/unit/proof/choice_fixture.h: step by step, so that any step can be another one.
 */
#ifndef QS_ATTACKS_BALLOT_FORGER_H
#define QS_ATTACKS_BALLOT_FORGER_H

#include "forger.h"
#include "tests/unit/proof/choice_fixture.h"

/* Of the scene's task: "Mayor" is ciphertext 0, "Council" ciphertexts 1 .. 3. Clauses 0 (Mayor), 1 .. 3 (bits), 4
 * (sum). */
#define BALLOT_CIPHERTEXTS 4
#define BALLOT_CLAUSES 5
#define BALLOT_BRANCHES 12 /* 0 .. 3 Mayor, 4 .. 9 bits, 10 and 11 sum */

typedef struct ballot_forger {
    forger g;
    sample x; /* the same ciphertexts; its oracle is a copy of the forger's */
    hand h;
    size_t real[BALLOT_CLAUSES]; /* the branch of each clause that is claimed */
} ballot_forger;

/* After the forger's ciphertexts are made or stolen. */
static inline void ballot_take(ballot_forger *b)
{
    const forger *g = &b->g;
    size_t limbs = qs_alpha_limbs(g->o.key);
    size_t beta = quorsum_plan_slot_bits(quorsum_task_plan(g->s->f.task), 0);
    form f = {0};

    form_packed(&f, 3, beta, 1);
    form_vector(&f, 3, 1, 2);
    b->x = (sample){.f = f, .o = g->o};
    for (size_t i = 0; i < f.clause_count; i++)
        b->x.f.clauses[i].values = b->x.f.values + (f.clauses[i].values - f.values);
    cr_assert_eq(qs_choices_new(&b->x.choices, g->o.key, f.ciphertexts, b->x.f.clauses, f.clause_count), QUORSUM_OK);
    b->x.ciphertexts = vector_of(&g->o, (mpz_t *)(uintptr_t)g->c, BALLOT_CIPHERTEXTS);
    forger_context(&b->x.context, g->s, g->who);
    b->x.len = qs_choice_bytes(b->x.choices);
    b->x.proof = malloc(b->x.len);
    cr_assert_eq(qs_secret_init(&b->x.alpha, BALLOT_CIPHERTEXTS * limbs), 0);
    for (size_t k = 0; k < BALLOT_CIPHERTEXTS; k++)
        mpn_copyi(b->x.alpha.limb + k * limbs, mpz_limbs_read(g->alpha[k]), (mp_size_t)mpz_size(g->alpha[k]));
    hand_open(&b->h, &b->x);
}

static inline void ballot_close(ballot_forger *b)
{
    hand_close(&b->h);
    free(b->x.proof);
    qs_secret_clear(&b->x.alpha);
    quorsum_ciphertexts_free(b->x.ciphertexts);
    qs_choices_free(b->x.choices);
    forger_close(&b->g);
}

static inline size_t clause_begin(size_t clause)
{
    return clause == 0 ? 0 : 4 + 2 * (clause - 1);
}

static inline size_t clause_end(size_t clause)
{
    return clause == 0 ? 4 : clause_begin(clause) + 2;
}

/* Commitments for drawn sub-challenges, 0 for the branches in `real`; hashed. */
static inline void ballot_commit(ballot_forger *b)
{
    for (size_t l = 0; l < BALLOT_BRANCHES; l++)
        hand_draw(&b->h, l);
    for (size_t i = 0; i < BALLOT_CLAUSES; i++)
        mpz_set_ui(b->h.e[b->real[i]], 0);
    for (size_t l = 0; l < BALLOT_BRANCHES; l++)
        hand_commit(&b->h, l);
    hand_hash(&b->h);
}

/* One clause answered as by somebody who knows its real branch. */
static inline void ballot_answer(ballot_forger *b, size_t clause)
{
    size_t l = b->real[clause];

    hand_balance(&b->h, clause_begin(clause), clause_end(clause), l);
    mpz_addmul(b->h.w[l], b->h.e[l], b->h.alpha[l]);
}

static inline quorsum_bytes ballot_message(ballot_forger *b)
{
    hand_write(&b->h);
    return forger_message(&b->g, b->x.proof, b->x.len);
}

#endif
