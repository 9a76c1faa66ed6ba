/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bases and duties of the test, and its first pass over all survivors. Candidates have different moduli, so every power
 * is one by itself, and a worker makes a ring for each. The sums of pieces, the exponents, lie in one guarded block.
 */
#include "lib/ceremony/biprime.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/base/bytes.h"
#include "lib/base/transcript.h"
#include "lib/ceremony/candidate.h"
#include "lib/ceremony/shares.h"
#include "lib/ceremony/sifter.h"
#include "lib/paillier/workers.h"

#define BASE_DOMAIN "quorsum/v1/ceremony-test"

/* ---- bases and duties ---- */

static int jacobi(const qs_ring *root, const mp_limb_t *x)
{
    mpz_t value;
    mpz_t n;

    return mpz_jacobi(mpz_roinit_n(value, x, (mp_size_t)root->limbs), mpz_roinit_n(n, root->n, (mp_size_t)root->limbs));
}

void qs_biprime_base_vartime(mp_limb_t *out, const qs_ring *root, const uint8_t ceremony[32], uint64_t *counter)
{
    uint8_t seed[QS_SEED_BYTES];
    qs_transcript hash;

    do {
        (void)crypto_generichash_init(&hash.state, NULL, 0, sizeof seed);
        qs_transcript_bytes(&hash, BASE_DOMAIN, strlen(BASE_DOMAIN));
        qs_transcript_bytes(&hash, ceremony, 32);
        qs_transcript_limbs(&hash, root->n, root->limbs, root->bytes);
        qs_transcript_u64(&hash, (*counter)++);
        qs_transcript_seed(&hash, seed);
        qs_seed_to_ring(root, seed, out);
    } while (jacobi(root, out) != 1);
}

void qs_biprime_exponent(mpz_t out, const qs_generation *generation, const mpz_t n)
{
    mpz_add_ui(out, n, 1);
    mpz_submul_ui(out, generation->sifter->least, 2);
    mpz_fdiv_q_2exp(out, out, 2);
}

uint32_t qs_speaker_of(const qs_sets *sets, size_t set, size_t number)
{
    uint32_t m = 0;

    while (!qs_sets_has(sets, set, qs_member_in_turn(sets, number, m)))
        m++;
    return qs_member_in_turn(sets, number, m);
}

qs_duty qs_duty_of(const qs_sets *sets, uint32_t candidate, uint32_t index)
{
    uint32_t n = sets->members;
    uint32_t place = (index - 1 + n - candidate % n) % n;

    if (place <= sets->degree)
        return QS_DUTY_FACTOR;
    return place == n - 1 ? QS_DUTY_WHOLE : QS_DUTY_NONE;
}

static size_t word_bytes(const qs_generation *generation)
{
    return (generation->bits + 7) / 8;
}

static size_t test_len(const qs_generation *generation, uint32_t index)
{
    size_t words = 0;

    for (size_t j = 0; j < generation->survivors; j++)
        words += qs_duty_of(generation->sets, generation->survivor[j], index) != QS_DUTY_NONE;
    return words * word_bytes(generation);
}

/* ---- what a member says ---- */

typedef struct speaker {
    const qs_generation *generation;
    const qs_party *party;
    const uint8_t *speaks;  /* of the own set k for candidates c with c mod n = m, at [m * own + k] */
    uint32_t *candidate;    /* those with a duty, in the order of the body */
    size_t count;
    uint32_t *factor;       /* those with a factor to say, in the same order */
    size_t factors;
    size_t *place;          /* of the candidate with a duty: which factor it is */
    mp_limb_t *sum;         /* of the factors' pieces: `limbs` each, guarded */
    size_t limbs;
    size_t bits;            /* of a sum */
    uint8_t *body;
    qs_workers workers;
} speaker;

static void speaker_clear(speaker *self)
{
    qs_workers_clear(&self->workers);
    qs_secret_release(self->sum);
    free(self->candidate);
    free(self->factor);
    free(self->place);
    free((void *)(uintptr_t)self->speaks);
}

static quorsum_status list_duties(speaker *self)
{
    const qs_generation *generation = self->generation;
    const qs_sets *sets = generation->sets;
    uint8_t *speaks = calloc(sets->members, sets->own);
    size_t survivors = generation->survivors + 1;

    self->speaks = speaks;
    self->candidate = calloc(survivors, sizeof *self->candidate);
    self->factor = calloc(survivors, sizeof *self->factor);
    self->place = calloc(survivors, sizeof *self->place);
    if (speaks == NULL || self->candidate == NULL || self->factor == NULL || self->place == NULL)
        return QUORSUM_ERR_MEMORY;
    for (uint32_t m = 0; m < sets->members; m++) {
        for (size_t k = 0; k < sets->own; k++)
            speaks[m * sets->own + k] = qs_speaker_of(sets, qs_party_set(self->party, k), m) == self->party->index;
    }
    for (size_t j = 0; j < generation->survivors; j++) {
        qs_duty duty = qs_duty_of(sets, generation->survivor[j], self->party->index);

        if (duty == QS_DUTY_NONE)
            continue;
        self->place[self->count] = self->factors;
        self->candidate[self->count++] = generation->survivor[j];
        if (duty == QS_DUTY_FACTOR)
            self->factor[self->factors++] = generation->survivor[j];
    }
    return QUORSUM_OK;
}

/* A sum of at most `own` times two pieces is below 2 own M. */
static size_t sum_bits(const qs_generation *generation)
{
    return mpz_sizeinbase(generation->sifter->product, 2) + 1 + qs_ceil_log2(generation->sets->own);
}

/* sum += x, constant time in both; the sum has room. */
static void add_piece(mp_limb_t *sum, size_t limbs, const mp_limb_t *x, size_t x_limbs)
{
    mp_limb_t carry = mpn_add_n(sum, sum, x, (mp_size_t)x_limbs);

    for (size_t i = x_limbs; i < limbs; i++) {
        sum[i] += carry;
        carry = (mp_limb_t)(sum[i] < carry);
    }
}

static void add_pieces(void *context, size_t place, size_t k, const mp_limb_t *p, const mp_limb_t *q)
{
    const speaker *self = context;
    const qs_sets *sets = self->generation->sets;
    size_t pieces = qs_candidate_limbs(self->generation);
    mp_limb_t *sum = self->sum + place * self->limbs;

    if (!self->speaks[self->factor[place] % sets->members * sets->own + k])
        return;
    add_piece(sum, self->limbs, p, pieces);
    add_piece(sum, self->limbs, q, pieces);
}

static quorsum_status say_whole(const speaker *self, const qs_ring *root, mp_limb_t *x, uint32_t candidate)
{
    quorsum_status status;
    mpz_t exponent;

    mpz_init(exponent);
    qs_biprime_exponent(exponent, self->generation, self->generation->product[candidate]);
    status = qs_power_vartime(root, x, x, exponent);
    mpz_clear(exponent);
    return status;
}

static quorsum_status say_one(const speaker *self, size_t j, mp_limb_t *x)
{
    const qs_generation *generation = self->generation;
    uint32_t candidate = self->candidate[j];
    const mpz_t *n = (const mpz_t *)&generation->product[candidate];
    uint64_t counter = 0;
    quorsum_status status;
    qs_ring *root;

    status = qs_ring_new(&root, mpz_limbs_read(*n), mpz_size(*n), 1, 0);
    if (status != QUORSUM_OK)
        return status;
    qs_biprime_base_vartime(x, root, generation->ceremony, &counter);
    qs_ring_enter(root, x, x, x + root->width);
    if (qs_duty_of(generation->sets, candidate, self->party->index) == QS_DUTY_FACTOR)
        qs_power(root, x, x, self->sum + self->place[j] * self->limbs, self->bits, x + root->width);
    else
        status = say_whole(self, root, x, candidate);
    qs_ring_leave(root, x, x, x + root->width);
    qs_ring_write(root, self->body + j * word_bytes(generation), x);
    qs_ring_free(root);
    return status;
}

static quorsum_status say_some(void *context, unsigned worker, size_t begin, size_t end)
{
    const speaker *self = context;
    quorsum_status status = QUORSUM_OK;

    for (size_t j = begin; j < end && status == QUORSUM_OK; j++)
        status = say_one(self, j, qs_workers_scratch(&self->workers, worker));
    return status;
}

static size_t power_limbs(const qs_generation *generation)
{
    qs_ring shape = {.limbs = qs_limbs_of(generation->bits), .bits = generation->bits, .digits = 1};

    shape.width = shape.limbs;
    return shape.width + qs_power_scratch(&shape);
}

static quorsum_status say_test(qs_generation *generation, const qs_party *party, uint8_t *body, const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0}; /* progress counts the powers */
    speaker self = {.generation = generation, .party = party, .body = body};
    quorsum_status status = list_duties(&self);

    self.bits = sum_bits(generation);
    self.limbs = qs_limbs_of(self.bits);
    if (self.limbs < qs_candidate_limbs(generation))
        self.limbs = qs_candidate_limbs(generation);
    if (status == QUORSUM_OK) {
        self.sum = qs_secret_block(self.factors * self.limbs * sizeof *self.sum);
        status = self.sum != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
    }
    if (status == QUORSUM_OK)
        status = qs_candidates_visit(generation, party->key, generation->sets->own, self.factor, self.factors,
                                     add_pieces, &self, &quiet);
    if (status == QUORSUM_OK)
        status = qs_workers_init(&self.workers, run, self.count, 1, power_limbs(generation), 1);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, self.count, 1, say_some, &self);
    speaker_clear(&self);
    return status;
}

/* ---- what everybody hears ---- */

typedef struct listener {
    qs_generation *generation;
    const uint8_t *at[QS_MEMBERS_MAX]; /* where the members' bodies go on */
    mpz_t word;
    mpz_t product; /* of the factors, modulo N */
    mpz_t whole;
    int in_range;
} listener;

/* A word of a member as a residue; the body moves on. */
static void take_word(listener *self, mpz_t word, uint32_t index, const mpz_t n)
{
    size_t bytes = word_bytes(self->generation);

    mpz_import(word, bytes, 1, 1, 1, 0, self->at[index - 1]);
    self->at[index - 1] += bytes;
    if (mpz_cmp(word, n) >= 0)
        self->in_range = 0;
}

/* Whether w = +-prod u modulo N. */
static int passes(listener *self, uint32_t candidate)
{
    const qs_sets *sets = self->generation->sets;
    const mpz_t *n = (const mpz_t *)&self->generation->product[candidate];

    mpz_set_ui(self->product, 1);
    for (uint32_t m = 0; m <= sets->degree; m++) {
        take_word(self, self->word, qs_member_in_turn(sets, candidate, m), *n);
        mpz_mul(self->product, self->product, self->word);
        mpz_mod(self->product, self->product, *n);
    }
    take_word(self, self->whole, qs_member_in_turn(sets, candidate, sets->members - 1), *n);
    mpz_sub(self->word, *n, self->product);
    return mpz_cmp(self->whole, self->product) == 0 || mpz_cmp(self->whole, self->word) == 0;
}

/* The key of the winner. A modulus that no key may have is no product of two primes of ours. */
static quorsum_status make_key(qs_generation *generation, qs_ruling *ruling)
{
    quorsum_key_options options = {
        .modulus_bits = (uint32_t)generation->bits, .degree = generation->degree, .randomiser = generation->randomiser};
    size_t bytes = word_bytes(generation);
    uint8_t *modulus = calloc(1, bytes);
    quorsum_status status;

    if (modulus == NULL)
        return QUORSUM_ERR_MEMORY;
    mpz_export(modulus, NULL, 1, bytes, 1, 0, generation->product[generation->winner]);
    status = quorsum_public_key_new(&generation->key, modulus, bytes, &options);
    free(modulus);
    if (status == QUORSUM_ERR_MEMORY)
        return status;
    *ruling = status == QUORSUM_OK ? QS_GO_ON : QS_FAULT;
    return QUORSUM_OK;
}

static quorsum_status hear_test(qs_generation *generation, const uint8_t *const *body, qs_ruling *ruling,
                                const quorsum_run *run)
{
    listener self = {.generation = generation, .in_range = 1};

    (void)run;
    for (uint32_t i = 0; i < generation->sets->members; i++)
        self.at[i] = body[i];
    mpz_inits(self.word, self.product, self.whole, NULL);
    for (size_t j = 0; j < generation->survivors; j++) {
        if (!passes(&self, generation->survivor[j]) || generation->has_winner)
            continue;
        generation->has_winner = 1;
        generation->winner = generation->survivor[j];
    }
    mpz_clears(self.word, self.product, self.whole, NULL);
    *ruling = !self.in_range ? QS_FAULT : QS_NO_WINNER;
    if (*ruling == QS_FAULT || !generation->has_winner)
        return QUORSUM_OK;
    return make_key(generation, ruling);
}

const qs_generation_round qs_round_test = {"test", 0, test_len, say_test, hear_test};
