/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch without a winner, when all its keys have been revealed: what was opened is computed from the keys. All
 * public.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/candidate.h"
#include "lib/ceremony/prf.h"
#include "lib/ceremony/sifter.h"
#include "lib/paillier/workers.h"

#define ROUNDS 24 /* of a primality test, whose bases GMP chooses; nothing depends on it but who has to try again */

/* ---- the sieve: every slot opened to (T + 4 sum p_A) sum r_A ---- */

typedef struct opening {
    const qs_sifter *sifter;
    const uint8_t *key;
    qs_workers workers; /* a stream, sums of p_A and of r_A (at most 1500 4095 each), what the stream gives */
} opening;

typedef struct slot_sums {
    uint32_t *p;
    uint32_t *r;
    qs_prf *prf;
    uint16_t *drawn;
} slot_sums;

static size_t sums_limbs(const qs_sifter *sifter)
{
    size_t bytes = sizeof(qs_prf) + 4 * sifter->residues * sizeof(uint32_t) + 3 * sifter->slots_max * sizeof(uint16_t);

    return bytes / sizeof(mp_limb_t) + 1;
}

static slot_sums sums_of(const opening *self, unsigned worker)
{
    slot_sums sums;

    sums.prf = (qs_prf *)(void *)qs_workers_scratch(&self->workers, worker);
    sums.p = (uint32_t *)(void *)(sums.prf + 1);
    sums.r = sums.p + 2 * self->sifter->residues;
    sums.drawn = (uint16_t *)(void *)(sums.r + 2 * self->sifter->residues);
    return sums;
}

static void add_stream(const opening *self, const slot_sums *sums, uint32_t *sum, const uint8_t *key,
                       const char *label, int scalar)
{
    qs_prf_begin(sums->prf, key, label, 0);
    for (size_t l = 0; l < self->sifter->count; l++) {
        const qs_sift_prime *prime = &self->sifter->prime[l];
        size_t count = (size_t)prime->slots * (scalar ? 1 : prime->parts);
        size_t stride = scalar ? prime->parts : 1;

        qs_prf_residues(sums->prf, sums->drawn, count, prime->prime);
        for (size_t s = 0; s < count; s++)
            sum[prime->first + s * stride] += sums->drawn[s];
    }
}

static quorsum_status add_sets(void *context, unsigned worker, size_t begin, size_t end)
{
    opening *self = context;
    slot_sums sums = sums_of(self, worker);
    size_t residues = self->sifter->residues;

    for (size_t item = begin; item < end; item++) {
        const uint8_t *key = self->key + 32 * (item / 2);
        unsigned which = item % 2;

        add_stream(self, &sums, sums.p + which * residues, key, which == 0 ? "p" : "q", 1);
        add_stream(self, &sums, sums.r + which * residues, key, which == 0 ? "pr" : "qr", 0);
    }
    return QUORSUM_OK;
}

static int slots_agree(const opening *self, const slot_sums *all, const qs_kept *kept)
{
    for (size_t item = 0; item < 2 * self->sifter->count; item++) {
        const qs_sift_prime *prime = &self->sifter->prime[item % self->sifter->count];
        size_t first = item / self->sifter->count * self->sifter->residues + prime->first;

        for (size_t at = first; at < first + (size_t)prime->slots * prime->parts; at += prime->parts) {
            uint32_t p = (prime->least + prime->scale * (all->p[at] % prime->prime)) % prime->prime;

            for (unsigned d = 0; d < prime->parts; d++)
                if (p * (all->r[at + d] % prime->prime) % prime->prime != kept->opened[at + d])
                    return 0;
        }
    }
    return 1;
}

static quorsum_status check_sieve(int *sound, const qs_generation *generation, const uint8_t *key,
                                  const quorsum_run *run)
{
    opening self = {.sifter = generation->sifter, .key = key};
    size_t items = 2 * generation->sets->count;
    quorsum_status status = qs_workers_init(&self.workers, run, items, 1, sums_limbs(self.sifter), 0);
    slot_sums all;

    if (status != QUORSUM_OK)
        return status;
    memset(self.workers.block, 0, self.workers.count * self.workers.stride * sizeof(mp_limb_t));
    status = qs_parallel(run, items, 1, add_sets, &self);
    all = sums_of(&self, 0);
    for (unsigned w = 1; w < self.workers.count; w++)
        for (size_t s = 0; s < 4 * self.sifter->residues; s++) /* p, then r */
            all.p[s] += sums_of(&self, w).p[s];
    if (status == QUORSUM_OK)
        *sound &= slots_agree(&self, &all, generation->kept);
    qs_workers_clear(&self.workers);
    return status;
}

/* ---- the products: N = p q, and none that survived is of two primes ---- */

typedef struct factoring {
    const qs_generation *generation;
    size_t limbs;
    mp_limb_t *sums; /* sum of p_A, sum of q_A of each candidate */
    uint8_t *survived;
    uint8_t *sound;
} factoring;

static void add(mp_limb_t *sum, const mp_limb_t *piece, size_t limbs)
{
    sum[limbs] += mpn_add_n(sum, sum, piece, (mp_size_t)limbs);
}

static void add_pieces(void *context, size_t place, size_t k, const mp_limb_t *p, const mp_limb_t *q)
{
    factoring *self = context;
    mp_limb_t *sum = self->sums + 2 * place * (self->limbs + 1);

    (void)k;
    add(sum, p, self->limbs);
    add(sum + self->limbs + 1, q, self->limbs);
}

/* T + 4 sum */
static void set_factor(const factoring *self, mpz_t factor, size_t c, unsigned which)
{
    mpz_import(factor, self->limbs + 1, -1, sizeof(mp_limb_t), 0, 0, self->sums + (2 * c + which) * (self->limbs + 1));
    mpz_mul_2exp(factor, factor, 2);
    mpz_add(factor, factor, self->generation->sifter->least);
}

static quorsum_status check_candidates(void *context, unsigned worker, size_t begin, size_t end)
{
    factoring *self = context;
    mpz_t p, q, product;

    (void)worker;
    mpz_inits(p, q, product, NULL);
    for (size_t c = begin; c < end; c++) {
        set_factor(self, p, c, 0);
        set_factor(self, q, c, 1);
        mpz_mul(product, p, q);
        self->sound[c] = mpz_cmp(product, self->generation->product[c]) == 0;
        if (self->survived[c] && mpz_probab_prime_p(p, ROUNDS) != 0 && mpz_probab_prime_p(q, ROUNDS) != 0)
            self->sound[c] = 0;
    }
    mpz_clears(p, q, product, NULL);
    return QUORSUM_OK;
}

static quorsum_status factoring_new(factoring *self, const qs_generation *generation)
{
    self->generation = generation;
    self->limbs = qs_candidate_limbs(generation);
    self->sums = calloc(generation->candidates + 1, 2 * (self->limbs + 1) * sizeof *self->sums);
    self->survived = calloc(generation->candidates + 1, 1);
    self->sound = calloc(generation->candidates + 1, 1);
    if (self->sums == NULL || self->survived == NULL || self->sound == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < generation->survivors; i++)
        self->survived[generation->survivor[i]] = 1;
    return QUORSUM_OK;
}

static quorsum_status check_products(int *sound, const qs_generation *generation, const uint8_t *key,
                                     const quorsum_run *run)
{
    factoring self = {0};
    quorsum_status status = factoring_new(&self, generation);

    if (status == QUORSUM_OK)
        status = qs_candidates_visit(generation, key, generation->sets->count, NULL, generation->candidates, add_pieces,
                                     &self, run);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, generation->candidates, 16, check_candidates, &self);
    for (size_t c = 0; status == QUORSUM_OK && c < generation->candidates; c++)
        *sound &= self.sound[c];
    free(self.sums);
    free(self.survived);
    free(self.sound);
    return status;
}

quorsum_status qs_generation_replay(int *sound, const qs_generation *generation, const uint8_t *set_key,
                                    const quorsum_run *run)
{
    quorsum_status status;

    *sound = 1;
    status = check_sieve(sound, generation, set_key, run);
    if (status == QUORSUM_OK && *sound)
        status = check_products(sound, generation, set_key, run);
    if (status != QUORSUM_OK)
        *sound = 0;
    return status;
}
