/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weights and exponents. A ciphertext's exponent is a sum of products of 128 bits by 128 bits: three pieces. That of
 * h_s is cut into pieces for the steps of the key, powers of h_s^(-1) that lie 128 bits apart.
 */
#include "lib/proof/choice_block.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/invariant.h"
#include "lib/base/random.h"

#define SALT_BYTES 32

static void weigh_seed(uint8_t seed[QS_SEED_BYTES], const qs_choice_block *self, size_t begin, size_t end)
{
    const qs_context context = {.label = "weights"};
    uint8_t salt[SALT_BYTES];
    qs_transcript transcript;

    qs_random_bytes(salt, sizeof salt);
    qs_transcript_begin(&transcript, "or-batch", &context);
    qs_transcript_bytes(&transcript, salt, sizeof salt);
    for (size_t i = begin; i < end; i++)
        qs_transcript_bytes(&transcript, self->digests[i], QS_SEED_BYTES);
    qs_transcript_seed(&transcript, seed);
}

static void read_integer(mpz_t out, const uint8_t *in, size_t len)
{
    mpz_import(out, len, 1, 1, 1, 0, in);
}

/* Digit number `digit` of a number in pieces. */
static void write_piece(qs_piece out, const mpz_t value, size_t digit, mpz_t scratch)
{
    size_t used;

    mpz_tdiv_q_2exp(scratch, value, digit * QS_PIECE_BITS);
    mpz_tdiv_r_2exp(scratch, scratch, QS_PIECE_BITS);
    used = mpz_sgn(scratch) == 0 ? 0 : (mpz_sizeinbase(scratch, 2) + 7) / 8;
    memset(out, 0, QS_PIECE_BYTES);
    if (used > 0)
        (void)mpz_export(out + QS_PIECE_BYTES - used, NULL, 1, 1, 1, 0, scratch);
}

typedef struct exponents { /* in the making */
    mpz_t rho;
    mpz_t product;
    mpz_t response; /* sum of rho w */
    mpz_t clause;   /* sum of rho e over a clause */
    mpz_t *totals;  /* of every ciphertext of the ballot at hand: sum of rho e over the clauses it is in */
} exponents;

static quorsum_status exponents_open(exponents *made, const qs_choices *choices)
{
    made->totals = malloc(choices->ciphertexts * sizeof *made->totals);
    if (made->totals == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t k = 0; k < choices->ciphertexts; k++)
        mpz_init(made->totals[k]);
    mpz_inits(made->rho, made->product, made->response, made->clause, NULL);
    return QUORSUM_OK;
}

static void exponents_close(exponents *made, const qs_choices *choices)
{
    for (size_t k = 0; k < choices->ciphertexts; k++)
        mpz_clear(made->totals[k]);
    mpz_clears(made->rho, made->product, made->response, made->clause, NULL);
    free(made->totals);
}

/* The branches of a clause: their weights, and what these make of e and w. */
static void weigh_clause(const qs_choice_block *self, exponents *made, size_t place, const qs_choice_clause *clause,
                         const uint8_t seed[QS_SEED_BYTES])
{
    const qs_choices *choices = self->choices;
    const uint8_t *proof = self->ballots[place]->proof;

    mpz_set_ui(made->clause, 0);
    for (size_t l = clause->begin; l < clause->end; l++) {
        size_t number = place * choices->branches + l;

        qs_seed_exponent(self->weights[number], seed, number);
        read_integer(made->rho, self->weights[number], QS_PIECE_BYTES);
        read_integer(made->product, qs_response_at(choices, proof, l), qs_choice_w_bytes(choices));
        mpz_addmul(made->response, made->rho, made->product);
        read_integer(made->product, qs_challenge_at(choices, proof, l), QS_CHALLENGE_BYTES);
        mpz_mul(made->product, made->product, made->rho);
        mpz_add(self->sums[l], self->sums[l], made->product);
        mpz_add(made->clause, made->clause, made->product);
    }
    for (size_t k = clause->first; k < clause->first + clause->count; k++)
        mpz_add(made->totals[k], made->totals[k], made->clause);
}

static void weigh_ballot(const qs_choice_block *self, exponents *made, size_t place, const uint8_t seed[QS_SEED_BYTES])
{
    const qs_choices *choices = self->choices;

    for (size_t k = 0; k < choices->ciphertexts; k++)
        mpz_set_ui(made->totals[k], 0);
    for (size_t i = 0; i < choices->clause_count; i++)
        weigh_clause(self, made, place, &choices->clauses[i], seed);
    for (size_t k = 0; k < choices->ciphertexts; k++)
        for (size_t digit = 0; digit < QS_PIECES; digit++)
            write_piece(self->exponents[digit][place * choices->ciphertexts + k], made->totals[k], digit,
                        made->product);
}

/* The digits of the response as exponents of the steps, behind the ciphertexts' exponents: one more than there are
 * steps, so the last step stands again among the middle pieces. */
static void cut_response(const qs_choice_block *self, exponents *made, size_t end)
{
    size_t steps = qs_public_key_step_count(self->choices->key);
    size_t at = end * self->choices->ciphertexts;

    QS_INVARIANT(mpz_sizeinbase(made->response, 2) <= (steps + 1) * QS_PIECE_BITS);
    for (size_t k = 0; k < steps; k++)
        write_piece(self->exponents[0][at + k], made->response, k, made->product);
    write_piece(self->exponents[1][at], made->response, steps, made->product);
}

quorsum_status qs_choice_weigh(const qs_choice_block *self, size_t begin, size_t end)
{
    uint8_t seed[QS_SEED_BYTES];
    exponents made;

    if (exponents_open(&made, self->choices) != QUORSUM_OK)
        return QUORSUM_ERR_MEMORY;
    for (size_t l = 0; l < self->choices->branches; l++)
        mpz_set_ui(self->sums[l], 0);
    weigh_seed(seed, self, begin, end);
    for (size_t i = begin; i < end; i++)
        weigh_ballot(self, &made, i, seed);
    cut_response(self, &made, end);
    exponents_close(&made, self->choices);
    return QUORSUM_OK;
}
