/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a ballot proof. Which branch of a clause is the real one is a secret, and so are masks, sub-challenges until
 * they are complete, and alpha: every branch is worked on alike, and masks choose. The ciphertexts, their products and
 * the inverses of these are public.
 *
 * A clause of V values needs V-1 powers of its 1/c: the real branch has none. So sub-challenges are drawn for V-1
 * slots, and branch l takes what is in slot l if it stands before the real one, and in slot l-1 behind it.
 */
#include "lib/proof/choice.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/mask.h"
#include "lib/arith/multiply.h"
#include "lib/base/bytes.h"
#include "lib/base/invariant.h"
#include "lib/base/random.h"
#include "lib/paillier/workers.h"

#define CHALLENGE_BITS (8 * QS_CHALLENGE_BYTES)
#define CHALLENGE_LIMBS (CHALLENGE_BITS / GMP_LIMB_BITS)

typedef struct prover {
    const qs_choices *choices;
    const quorsum_public_key *key;
    const quorsum_encryptor *encryptor;
    const quorsum_ciphertexts *ciphertexts;
    const mp_limb_t *alpha;
    const mp_limb_t *chosen;
    uint8_t *commitments; /* wire */
    mp_limb_t *inverses;  /* 1/c of every clause, Montgomery form; public */
    mp_limb_t *block;     /* secret; everything below lies in it */
    mp_limb_t *slots;     /* sub-challenges, from each clause's first branch on; the last one is not used */
    mp_limb_t *e;         /* of every branch: of the real ones 0 until the challenge is known */
    mp_limb_t *w;         /* of every branch, qs_mask_limbs */
    mp_limb_t *real;      /* of every branch, a mask */
    mp_limb_t *behind;    /* the same: it stands behind its clause's real one */
    mp_limb_t *sum;       /* of alphas: sum_limbs */
    mp_limb_t *term;      /* product of it and a sub-challenge: qs_mask_limbs */
    mp_limb_t *rest;
    qs_workers workers;
} prover;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t sum_limbs(const quorsum_public_key *key) /* fewer than 2^26 alphas: a limb more than one */
{
    return qs_alpha_limbs(key) + 1;
}

/* ---- the clauses' ciphertexts ---- */

static void multiply_clause(const prover *self, mp_limb_t *product, const qs_choice_clause *clause, mp_limb_t *scratch)
{
    const qs_ring *ring = self->key->ring;
    const mp_limb_t *value = self->ciphertexts->value + clause->first * ring->width;

    memcpy(product, value, ring->width * sizeof *product);
    for (size_t i = 1; i < clause->count; i++)
        qs_ring_product_vartime(ring, product, product, value + i * ring->width, scratch);
}

static quorsum_status invert_clauses(prover *self)
{
    const qs_ring *ring = self->key->ring;
    size_t count = self->choices->clause_count;
    mp_limb_t *prefix = malloc(((count + 1) * ring->width + qs_ring_scratch(ring)) * sizeof *prefix);
    mp_limb_t *scratch = prefix + count * ring->width;
    quorsum_status status = QUORSUM_ERR_MEMORY;

    self->inverses = malloc(count * ring->width * sizeof *self->inverses);
    if (prefix != NULL && self->inverses != NULL) {
        for (size_t i = 0; i < count; i++)
            multiply_clause(self, self->inverses + i * ring->width, &self->choices->clauses[i], scratch);
        status = qs_ring_invert_all_vartime(ring, self->inverses, count, prefix, scratch) == 0 ? QUORSUM_OK
                                                                                                : QUORSUM_ERR_NOT_UNIT;
        for (size_t i = 0; i < count && status == QUORSUM_OK; i++)
            qs_ring_enter(ring, self->inverses + i * ring->width, self->inverses + i * ring->width, scratch);
    }
    free(prefix);
    return status;
}

/* ---- random numbers ---- */

/* x (limbs) = what branch l has: the slot of its place, the one before, or `own` if it is the real one. Slots lie
 * `limbs` apart, and slot points to that of place l. */
static void choose_slot(const prover *self, size_t l, mp_limb_t *x, const mp_limb_t *slot, const mp_limb_t *own,
                        size_t limbs)
{
    const qs_choice_clause *clause = &self->choices->clauses[self->choices->owner[l]];
    const mp_limb_t *here = l + 1 < clause->end ? slot : own;
    const mp_limb_t *before = l > clause->begin ? slot - limbs : own;
    mp_limb_t front = ~(self->real[l] | self->behind[l]);

    for (size_t i = 0; i < limbs; i++)
        x[i] = (here[i] & front) | (before[i] & self->behind[l]) | (own[i] & self->real[l]);
}

static void find_real(const prover *self)
{
    for (size_t i = 0; i < self->choices->clause_count; i++) {
        const qs_choice_clause *clause = &self->choices->clauses[i];

        for (size_t l = clause->begin; l < clause->end; l++) {
            mp_limb_t place = (mp_limb_t)(l - clause->begin);

            self->real[l] = qs_mask(qs_is_zero(self->chosen[i] ^ place));
            self->behind[l] = qs_mask(qs_is_below(&self->chosen[i], &place, 1));
        }
    }
}

/* Every w from exactly its bits. */
static void draw(const prover *self)
{
    static const mp_limb_t zero[CHALLENGE_LIMBS] = {0};
    size_t bits = qs_choice_mask_bits(self->choices);
    size_t limbs = qs_mask_limbs(self->key);
    size_t whole = bits / GMP_LIMB_BITS;

    qs_random_bytes(self->slots, self->choices->branches * CHALLENGE_LIMBS * sizeof *self->slots);
    qs_random_bytes(self->w, self->choices->branches * limbs * sizeof *self->w);
    for (size_t l = 0; l < self->choices->branches; l++) {
        choose_slot(self, l, self->e + l * CHALLENGE_LIMBS, self->slots + l * CHALLENGE_LIMBS, zero, CHALLENGE_LIMBS);
        for (size_t i = whole; i < limbs; i++)
            self->w[l * limbs + i] &= i == whole ? ((mp_limb_t)1 << bits % GMP_LIMB_BITS) - 1 : 0;
    }
}

/* ---- the commitments ---- */

#define SLOTS (QS_FIXED_GROUP + 1) /* those of a group, and one before */

/* A group's slots, factors and commitments, and the longest of what the steps need. */
static size_t commit_scratch(const prover *self)
{
    const quorsum_public_key *key = self->key;
    size_t rest = larger(qs_power_several_scratch(key->ring), qs_mask_scratch(self->encryptor));

    rest = larger(rest, key->ring->width + key->plain->width +
                            larger(qs_lift_scratch(key), qs_ring_scratch(key->ring)));
    return (SLOTS + 2 * QS_FIXED_GROUP) * key->ring->width + rest;
}

/* powers[1 + j] = c^(-e) for the slot of branch begin + j, Montgomery form, and powers[0] for the one before: those
 * that the branches up to end-1, all of one clause, choose from. */
static void raise_slots(const prover *self, mp_limb_t *powers, size_t begin, size_t end, mp_limb_t *scratch)
{
    const qs_ring *ring = self->key->ring;
    const qs_choice_clause *clause = &self->choices->clauses[self->choices->owner[begin]];
    size_t first = begin > clause->begin ? begin - 1 : begin;
    size_t last = end < clause->end ? end : clause->end - 1;
    mp_limb_t *results[SLOTS];
    const mp_limb_t *exponents[SLOTS];

    if (first >= last)
        return;
    for (size_t l = first; l < last; l++) {
        results[l - first] = powers + (l + 1 - begin) * ring->width;
        exponents[l - first] = self->slots + l * CHALLENGE_LIMBS;
    }
    qs_power_several(ring, results, self->inverses + self->choices->owner[begin] * ring->width, exponents, last - first,
                     CHALLENGE_BITS, scratch);
}

/* factor = c_l^(-e_l) = c^(-e_l) (1+N)^(mu_l e_l), plain. slot: that of the branch's place */
static void find_factor(const prover *self, mp_limb_t *factor, size_t branch, const mp_limb_t *slot, mp_limb_t *scratch)
{
    const quorsum_public_key *key = self->key;
    mp_limb_t *lifted = scratch;
    mp_limb_t *z = lifted + key->ring->width;
    mp_limb_t *rest = z + key->plain->width;

    choose_slot(self, branch, factor, slot, key->ring->one, key->ring->width);
    qs_ring_reduce(key->plain, z, self->e + branch * CHALLENGE_LIMBS, CHALLENGE_LIMBS, rest);
    qs_ring_mul(key->plain, z, z, self->choices->factors + branch * key->plain->width, rest);
    qs_lift(key, lifted, z, rest);
    qs_ring_mul(key->ring, factor, factor, lifted, rest);
}

/* The factors of a group, clause by clause. */
static void find_factors(const prover *self, mp_limb_t *factor, size_t begin, size_t end, mp_limb_t *powers,
                         mp_limb_t *scratch)
{
    const qs_choices *choices = self->choices;
    size_t width = self->key->ring->width;
    size_t next;

    for (size_t from = begin; from < end; from = next) {
        next = choices->clauses[choices->owner[from]].end;
        next = next < end ? next : end;
        raise_slots(self, powers, from, next, scratch);
        for (size_t l = from; l < next; l++)
            find_factor(self, factor + (l - begin) * width, l, powers + (l + 1 - from) * width, scratch);
    }
}

static quorsum_status commit_group(void *context, unsigned worker, size_t begin, size_t end)
{
    const prover *self = context;
    const qs_ring *ring = self->key->ring;
    mp_limb_t *powers = qs_workers_scratch(&self->workers, worker);
    mp_limb_t *factor = powers + SLOTS * ring->width;
    mp_limb_t *result = factor + QS_FIXED_GROUP * ring->width;
    mp_limb_t *rest = result + QS_FIXED_GROUP * ring->width;
    mp_limb_t *results[QS_FIXED_GROUP];
    const mp_limb_t *factors[QS_FIXED_GROUP];
    const mp_limb_t *exponents[QS_FIXED_GROUP];

    find_factors(self, factor, begin, end, powers, rest);
    for (size_t j = 0; j < end - begin; j++) {
        factors[j] = factor + j * ring->width;
        results[j] = result + j * ring->width;
        exponents[j] = self->w + (begin + j) * qs_mask_limbs(self->key);
    }
    qs_mask_blind(self->encryptor, results, factors, exponents, end - begin, rest);
    for (size_t j = 0; j < end - begin; j++)
        qs_ring_write(ring, self->commitments + (begin + j) * ring->digits * ring->bytes, results[j]);
    return QUORSUM_OK;
}

/* ---- the responses ---- */

/* term = alpha of the clause's product times e */
static void multiply_alpha(const prover *self, const qs_choice_clause *clause, const mp_limb_t *e)
{
    size_t limbs = qs_alpha_limbs(self->key);
    size_t wide = sum_limbs(self->key);

    QS_INVARIANT(wide + CHALLENGE_LIMBS <= qs_mask_limbs(self->key));
    memset(self->sum, 0, wide * sizeof *self->sum);
    for (size_t k = clause->first; k < clause->first + clause->count; k++)
        self->sum[limbs] += mpn_add_n(self->sum, self->sum, self->alpha + k * limbs, (mp_size_t)limbs);
    memset(self->term, 0, qs_mask_limbs(self->key) * sizeof *self->term);
    qs_multiply(self->term, self->sum, wide, e, CHALLENGE_LIMBS, self->rest);
}

/* The real sub-challenge is what the others leave of e; the real w gets it times alpha: 2^(bits of w) + 2^128 alphas is
 * below twice as much, so nothing is carried out. */
static void respond(const prover *self, const qs_choice_clause *clause, const mp_limb_t e[CHALLENGE_LIMBS])
{
    size_t limbs = qs_mask_limbs(self->key);
    mp_limb_t left[CHALLENGE_LIMBS];

    memcpy(left, e, sizeof left);
    for (size_t l = clause->begin; l < clause->end; l++)
        (void)mpn_sub_n(left, left, self->e + l * CHALLENGE_LIMBS, CHALLENGE_LIMBS); /* 0 of the real one */
    multiply_alpha(self, clause, left);
    for (size_t l = clause->begin; l < clause->end; l++) {
        mp_limb_t carry;

        for (size_t i = 0; i < CHALLENGE_LIMBS; i++)
            self->e[l * CHALLENGE_LIMBS + i] |= left[i] & self->real[l];
        carry = mpn_cnd_add_n(self->real[l], self->w + l * limbs, self->w + l * limbs, self->term, (mp_size_t)limbs);
        QS_INVARIANT(carry == 0);
        (void)carry;
    }
    sodium_memzero(left, sizeof left);
}

static void write_responses(const prover *self, uint8_t *out)
{
    size_t branches = self->choices->branches;
    size_t w_bytes = qs_choice_w_bytes(self->choices);
    uint8_t *w = out + branches * QS_CHALLENGE_BYTES;

    for (size_t l = 0; l < branches; l++) {
        (void)qs_limbs_to_bytes(out + l * QS_CHALLENGE_BYTES, QS_CHALLENGE_BYTES, self->e + l * CHALLENGE_LIMBS,
                                CHALLENGE_LIMBS);
        (void)qs_limbs_to_bytes(w + l * w_bytes, w_bytes, self->w + l * qs_mask_limbs(self->key),
                                qs_mask_limbs(self->key));
    }
}

/* ---- all of it ---- */

static quorsum_status check_witness(const prover *self, const qs_secret *alpha, const qs_secret *chosen)
{
    const qs_choices *choices = self->choices;
    size_t beyond = 0;

    if (!qs_public_key_same(self->key, self->ciphertexts->key) || !qs_public_key_same(self->key, choices->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (self->ciphertexts->count != choices->ciphertexts || chosen->limbs != choices->clause_count ||
        alpha->limbs != choices->ciphertexts * qs_alpha_limbs(self->key))
        return QUORSUM_ERR_WIDTH;
    for (size_t i = 0; i < choices->clause_count; i++) {
        mp_limb_t values = (mp_limb_t)(choices->clauses[i].end - choices->clauses[i].begin);

        beyond |= 1 ^ qs_is_below(&chosen->limb[i], &values, 1);
    }
    return qs_reveal(beyond) == 0 ? QUORSUM_OK : QUORSUM_ERR_CHOICE;
}

static quorsum_status prepare(prover *self, const quorsum_run *run)
{
    const quorsum_public_key *key = self->key;
    size_t branches = self->choices->branches;
    size_t wide = qs_mask_limbs(key);
    quorsum_status status;

    self->block = qs_secret_block((branches * (2 * CHALLENGE_LIMBS + wide + 2) + sum_limbs(key) + wide +
                                   qs_multiply_scratch(sum_limbs(key), CHALLENGE_LIMBS)) * sizeof *self->block);
    if (self->block == NULL)
        return QUORSUM_ERR_MEMORY;
    self->slots = self->block;
    self->e = self->slots + branches * CHALLENGE_LIMBS;
    self->w = self->e + branches * CHALLENGE_LIMBS;
    self->real = self->w + branches * wide;
    self->behind = self->real + branches;
    self->sum = self->behind + branches;
    self->term = self->sum + sum_limbs(key);
    self->rest = self->term + wide;
    status = qs_masks_ready(self->encryptor, run);
    if (status == QUORSUM_OK)
        status = qs_workers_init(&self->workers, run, branches, QS_FIXED_GROUP, commit_scratch(self), 1);
    if (status == QUORSUM_OK)
        status = invert_clauses(self);
    return status;
}

quorsum_status qs_choice_prove(uint8_t *out, const qs_context *context, const qs_choices *choices,
                               const quorsum_encryptor *encryptor, const quorsum_ciphertexts *ciphertexts,
                               const qs_secret *alpha, const qs_secret *chosen, const quorsum_run *run)
{
    prover self = {.choices = choices, .key = encryptor->key, .encryptor = encryptor, .ciphertexts = ciphertexts,
                   .alpha = alpha->limb, .chosen = chosen->limb, .commitments = out};
    const qs_ring *ring = self.key->ring;
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    uint8_t seed[QS_SEED_BYTES];
    mp_limb_t e[CHALLENGE_LIMBS];
    quorsum_status status = check_witness(&self, alpha, chosen);

    if (status == QUORSUM_OK)
        status = prepare(&self, &quiet);
    if (status == QUORSUM_OK) {
        find_real(&self);
        draw(&self);
        status = qs_parallel(&quiet, choices->branches, QS_FIXED_GROUP, commit_group, &self);
    }
    if (status == QUORSUM_OK)
        status = qs_choice_seed(seed, context, choices, ciphertexts, out);
    if (status == QUORSUM_OK) {
        (void)qs_limbs_from_bytes(e, CHALLENGE_LIMBS, seed, QS_CHALLENGE_BYTES);
        for (size_t i = 0; i < choices->clause_count; i++)
            respond(&self, &choices->clauses[i], e);
        write_responses(&self, out + choices->branches * ring->digits * ring->bytes);
    }
    qs_workers_clear(&self.workers);
    qs_secret_release(self.block);
    free(self.inverses);
    return status;
}
