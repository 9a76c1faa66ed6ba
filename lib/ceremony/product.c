/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The product round: shares p(i) q(i) + o(i) of every candidate's N = p q in the sifter's ring, opened and divided by
 * small primes. With sums P = n! sum p_A f_A(i) and so on over the integers, from the pieces of the party's sets:
 *
 *     p(i) = T + 4 P / n!,    o(i) = O / n!
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"
#include "lib/ceremony/candidate.h"
#include "lib/ceremony/sifter.h"
#include "lib/ceremony/trial.h"
#include "lib/ceremony/wide.h"
#include "lib/paillier/workers.h"

#define CANDIDATES_AT_ONCE 64

static size_t ring_bits(const qs_sifter *sifter) /* 64 m: of a number in a body and of z */
{
    return sifter->ring->limbs * GMP_LIMB_BITS;
}

static size_t product_len(const qs_generation *generation, uint32_t index)
{
    (void)index;
    return generation->candidates * (ring_bits(generation->sifter) / 8);
}

/* ---- say ---- */

typedef struct saying {
    const qs_generation *generation;
    const qs_sifter *sifter;
    const qs_party *party;
    size_t piece_limbs; /* of the wides P and Q */
    size_t mask_limbs;  /* of O */
    mp_limb_t *sums;    /* P and Q of each candidate */
    mp_limb_t *least;   /* T in the ring */
    uint8_t *body;
    qs_workers workers; /* masks of a block of candidates, shares, scratch */
} saying;

static mp_limb_t *sum_of(const saying *self, size_t c, unsigned which)
{
    return self->sums + (2 * c + which) * 2 * self->piece_limbs;
}

static void add_piece(void *context, size_t place, size_t k, const mp_limb_t *p, const mp_limb_t *q)
{
    saying *self = context;
    int64_t weight = qs_party_weight(self->party, k);

    qs_wide_add(sum_of(self, place, 0), self->piece_limbs, p, self->sifter->limbs, weight);
    qs_wide_add(sum_of(self, place, 1), self->piece_limbs, q, self->sifter->limbs, weight);
}

/* T + 4 P / n! */
static void factor(const saying *self, mp_limb_t *r, const mp_limb_t *sum, mp_limb_t *scratch)
{
    const qs_ring *ring = self->sifter->ring;

    qs_wide_share(ring, r, sum, self->piece_limbs, self->sifter->inverse, scratch);
    qs_ring_add(ring, r, r, r, scratch);
    qs_ring_add(ring, r, r, r, scratch);
    qs_ring_add(ring, r, r, self->least, scratch);
}

static void share(const saying *self, size_t c, const mp_limb_t *mask, mp_limb_t *scratch)
{
    const qs_ring *ring = self->sifter->ring;
    mp_limb_t *p = scratch;
    mp_limb_t *q = p + ring->width;
    mp_limb_t *rest = q + ring->width;

    factor(self, p, sum_of(self, c, 0), rest);
    factor(self, q, sum_of(self, c, 1), rest);
    qs_ring_enter(ring, q, q, rest);
    qs_ring_mul(ring, p, p, q, rest);
    qs_wide_share(ring, q, mask, self->mask_limbs, self->sifter->inverse, rest);
    qs_ring_add(ring, p, p, q, rest);
    qs_ring_write(ring, self->body + c * ring->bytes, p);
}

static quorsum_status make_shares(void *context, unsigned worker, size_t begin, size_t end)
{
    saying *self = context;
    size_t bits = ring_bits(self->sifter);
    mp_limb_t *mask = qs_workers_scratch(&self->workers, worker);
    mp_limb_t *rest = mask + CANDIDATES_AT_ONCE * 2 * self->mask_limbs;

    memset(mask, 0, CANDIDATES_AT_ONCE * 2 * self->mask_limbs * sizeof *mask);
    for (size_t k = 0; k < self->party->sets->own; k++)
        qs_wide_mask(mask, self->mask_limbs, begin, end - begin, self->party, k, "nz", bits, rest);
    for (size_t c = begin; c < end; c++)
        share(self, c, mask + (c - begin) * 2 * self->mask_limbs, rest);
    return QUORSUM_OK;
}

static quorsum_status prepare(saying *self, const quorsum_run *run)
{
    const qs_ring *ring = self->sifter->ring;
    size_t candidates = self->generation->candidates;
    size_t scratch = 3 * ring->width + qs_ring_scratch(ring);
    size_t draw = qs_wide_scratch(self->party->sets, ring_bits(self->sifter));

    self->piece_limbs = qs_wide_limbs(self->sifter->limbs * GMP_LIMB_BITS);
    self->mask_limbs = qs_wide_limbs(ring_bits(self->sifter));
    self->least = calloc(ring->width, sizeof *self->least);
    self->sums = qs_secret_block(candidates * 4 * self->piece_limbs * sizeof *self->sums);
    if (self->least == NULL || self->sums == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_ring_from_mpz_vartime(ring, self->least, self->sifter->least);
    return qs_workers_init(&self->workers, run, candidates, CANDIDATES_AT_ONCE,
                           CANDIDATES_AT_ONCE * 2 * self->mask_limbs + (draw > scratch ? draw : scratch), 1);
}

static quorsum_status product_say(qs_generation *generation, const qs_party *party, uint8_t *body,
                                  const quorsum_run *run)
{
    saying self = {.generation = generation, .sifter = generation->sifter, .party = party, .body = body};
    quorsum_status status = prepare(&self, run);

    if (status == QUORSUM_OK)
        status = qs_candidates_visit(generation, party->key, party->sets->own, NULL, generation->candidates, add_piece,
                                     &self, run);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, generation->candidates, CANDIDATES_AT_ONCE, make_shares, &self);
    qs_workers_clear(&self.workers);
    qs_secret_release(self.sums);
    free(self.least);
    return status;
}

/* ---- hear ---- */

typedef struct hearing {
    qs_generation *generation;
    const uint8_t *const *body;
    mpz_t modulus;
    uint8_t *misfit; /* of each candidate */
    uint8_t *passed;
} hearing;

/* Opens candidate c's product; 0 when a share is no residue or off the polynomial. */
static int open_product(const hearing *self, mpz_t *share, size_t c)
{
    const qs_sets *sets = self->generation->sets;
    size_t bytes = self->generation->sifter->ring->bytes;
    mpz_t *product = &self->generation->product[c];
    int fits = 1;
    int consistent;

    for (uint32_t i = 0; i < sets->members; i++) {
        mpz_import(share[i], bytes, 1, 1, 1, 0, self->body[i] + c * bytes);
        fits &= mpz_cmp(share[i], self->modulus) < 0;
    }
    qs_wide_open(*product, &consistent, share, sets->members, 2 * sets->degree, self->modulus);
    if (mpz_sizeinbase(*product, 2) != self->generation->bits || mpz_fdiv_ui(*product, 4) != 1)
        mpz_set_ui(*product, 0); /* p and q are 3 modulo 4, and the test divides N + 1 - 2 T by 4 */
    return fits && consistent;
}

static quorsum_status open_products(void *context, unsigned worker, size_t begin, size_t end)
{
    hearing *self = context;
    mpz_t share[QS_MEMBERS_MAX];

    (void)worker;
    for (size_t i = 0; i < QS_MEMBERS_MAX; i++)
        mpz_init(share[i]);
    for (size_t c = begin; c < end; c++)
        self->misfit[c] = !open_product(self, share, c);
    for (size_t i = 0; i < QS_MEMBERS_MAX; i++)
        mpz_clear(share[i]);
    return QUORSUM_OK;
}

static quorsum_status hearing_new(hearing *self, qs_generation *generation, const uint8_t *const *body)
{
    const qs_ring *ring = generation->sifter->ring;
    size_t room = generation->candidates + 1; /* there may be none */

    self->generation = generation;
    self->body = body;
    mpz_init(self->modulus);
    mpz_import(self->modulus, ring->limbs, -1, sizeof(mp_limb_t), 0, 0, ring->n);
    self->misfit = calloc(room, sizeof *self->misfit);
    self->passed = calloc(room, sizeof *self->passed);
    if (generation->product == NULL) { /* else it is there since an attempt that was stopped */
        generation->product = calloc(room, sizeof *generation->product);
        for (size_t c = 0; generation->product != NULL && c < generation->candidates; c++)
            mpz_init(generation->product[c]);
    }
    if (generation->survivor == NULL)
        generation->survivor = calloc(room, sizeof *generation->survivor);
    if (self->misfit == NULL || self->passed == NULL || generation->product == NULL || generation->survivor == NULL)
        return QUORSUM_ERR_MEMORY;
    return QUORSUM_OK;
}

static void hearing_free(hearing *self)
{
    mpz_clear(self->modulus);
    free(self->misfit);
    free(self->passed);
}

static int all_fit(const hearing *self)
{
    for (size_t c = 0; c < self->generation->candidates; c++)
        if (self->misfit[c])
            return 0;
    return 1;
}

static void keep_survivors(const hearing *self)
{
    qs_generation *generation = self->generation;

    generation->survivors = 0;
    for (size_t c = 0; c < generation->candidates; c++)
        if (self->passed[c])
            generation->survivor[generation->survivors++] = (uint32_t)c;
}

static quorsum_status product_hear(qs_generation *generation, const uint8_t *const *body, qs_ruling *ruling,
                                   const quorsum_run *run)
{
    hearing self = {0};
    quorsum_status status = hearing_new(&self, generation, body);

    *ruling = QS_FAULT;
    if (status == QUORSUM_OK)
        status = qs_parallel(run, generation->candidates, CANDIDATES_AT_ONCE, open_products, &self);
    if (status == QUORSUM_OK && all_fit(&self)) {
        status = qs_trial_divide(generation->sifter->trial, self.passed, generation->product, generation->candidates,
                                 run);
        if (status == QUORSUM_OK) {
            keep_survivors(&self);
            *ruling = QS_GO_ON;
        }
    }
    hearing_free(&self);
    return status;
}

const qs_generation_round qs_round_product = {"product", 1, product_len, product_say, product_hear};
