/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ceremony/party.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/candidate.h"
#include "lib/ceremony/prf.h"
#include "lib/ceremony/sifter.h"

static const qs_generation_round *const all_rounds[] = {&qs_round_sift,   &qs_round_product, &qs_round_test,
                                                        &qs_round_verify, &qs_round_derive,  &qs_round_keys};

#define ROUNDS (sizeof all_rounds / sizeof all_rounds[0])

static void give_keys(committee *self)
{
    for (uint32_t i = 1; i <= self->sets->members; i++) {
        for (size_t k = 0; k < self->sets->own; k++)
            memcpy(self->party_key[i - 1] + 32 * k, self->set_key + 32 * qs_party_set(&self->party[i - 1], k), 32);
    }
}

committee *committee_new(const committee_shape *shape)
{
    committee *self = calloc(1, sizeof *self);
    uint8_t ceremony[32] = "a ceremony of tests";
    uint8_t seed[32] = "members of tests";

    cr_assert_not_null(self);
    cr_assert_eq(qs_sets_new(&self->sets, shape->members, shape->t), QUORSUM_OK);
    cr_assert_eq(qs_generation_new(&self->generation, shape->bits, shape->degree, QUORSUM_RANDOMISER_HALF, self->sets,
                                   ceremony, shape->batch != 0 ? shape->batch : 16),
                 QUORSUM_OK);
    self->root_key = calloc(self->sets->count, 32);
    self->set_key = calloc(self->sets->count, 32);
    memcpy(seed + 24, &shape->seed, sizeof shape->seed);
    for (size_t a = 0; a < self->sets->count; a++)
        qs_prf_derive(self->root_key + 32 * a, seed, "test-set", a);
    for (uint32_t i = 0; i < shape->members; i++) {
        self->party_key[i] = calloc(self->sets->own, 32);
        self->party[i] = (qs_party){.index = i + 1, .sets = self->sets, .key = self->party_key[i]};
    }
    committee_batch(self, 0);
    return self;
}

static void drop_bodies(committee *self)
{
    for (size_t i = 0; i < QS_MEMBERS_MAX; i++) {
        free(self->body[i]);
        self->body[i] = NULL;
    }
}

void committee_free(committee *self)
{
    drop_bodies(self);
    for (size_t i = 0; i < QS_MEMBERS_MAX; i++)
        free(self->party_key[i]);
    qs_generation_free(self->generation);
    qs_sets_free(self->sets);
    free(self->root_key);
    free(self->set_key);
    free(self);
}

void committee_batch(committee *self, uint64_t batch)
{
    qs_generation_next(self->generation, batch);
    for (size_t a = 0; a < self->sets->count; a++)
        qs_prf_derive(self->set_key + 32 * a, self->root_key + 32 * a, "ceremony-batch", batch);
    give_keys(self);
}

void committee_say(committee *self, const qs_generation_round *round)
{
    drop_bodies(self);
    for (uint32_t i = 1; i <= self->sets->members; i++) {
        self->len[i - 1] = round->len(self->generation, i);
        self->body[i - 1] = malloc(self->len[i - 1] + 1);
        memset(self->body[i - 1], 0xa5, self->len[i - 1] + 1);
        cr_assert_eq(round->say(self->generation, &self->party[i - 1], self->body[i - 1], NULL), QUORSUM_OK);
        cr_assert_eq(self->body[i - 1][self->len[i - 1]], 0xa5, "%s says more than it says it does", round->name);
    }
}

qs_ruling committee_hear(committee *self, const qs_generation_round *round)
{
    qs_ruling ruling = QS_FAULT;

    cr_assert_eq(round->hear(self->generation, (const uint8_t *const *)self->body, &ruling, NULL), QUORSUM_OK);
    return ruling;
}

void committee_run(committee *self, const qs_generation_round *until)
{
    for (size_t step = 0; step < ROUNDS && all_rounds[step] != until;) {
        committee_say(self, all_rounds[step]);
        if (committee_hear(self, all_rounds[step]) == QS_GO_ON) {
            step++;
            continue;
        }
        cr_assert_lt(self->generation->batch, COMMITTEE_BATCHES, "no key in so many batches");
        committee_batch(self, self->generation->batch + 1);
        step = 0;
    }
}

/* out += 4 sum of the pieces */
static void add_pieces(mpz_t out, const mp_limb_t *pieces, size_t limbs, size_t count)
{
    mpz_t piece;

    for (size_t a = 0; a < count; a++)
        mpz_addmul_ui(out, mpz_roinit_n(piece, pieces + a * limbs, (mp_size_t)limbs), 4);
}

void committee_primes(const committee *self, uint32_t candidate, mpz_t p, mpz_t q)
{
    size_t limbs = qs_candidate_limbs(self->generation);
    size_t count = self->sets->count;
    mp_limb_t *pieces = calloc(2 * count * limbs, sizeof *pieces);

    cr_assert_eq(qs_candidate_pieces(self->generation, self->set_key, count, candidate, pieces, pieces + count * limbs,
                                     NULL),
                 QUORSUM_OK);
    mpz_set(p, self->generation->sifter->least);
    mpz_set(q, self->generation->sifter->least);
    add_pieces(p, pieces, limbs, count);
    add_pieces(q, pieces + count * limbs, limbs, count);
    free(pieces);
}

void committee_total(const committee *self, mpz_t out, const char *label, size_t bits)
{
    size_t limbs = (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
    mp_limb_t *value = calloc(limbs, sizeof *value);
    qs_prf prf;
    mpz_t term;

    mpz_set_ui(out, 0);
    for (size_t a = 0; a < self->sets->count; a++) {
        qs_prf_begin(&prf, self->set_key + 32 * a, label, 0);
        qs_prf_integer(&prf, value, limbs, bits);
        qs_prf_end(&prf);
        mpz_add(out, out, mpz_roinit_n(term, value, (mp_size_t)limbs));
    }
    free(value);
}
