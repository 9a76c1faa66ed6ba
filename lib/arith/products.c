/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of many powers, base by base where the ring has no lanes (else lanes_products.c). Tables are public and
 * read whole; the products that places have so far, and the exponents' bits, are secret.
 */
#include "lib/arith/products.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/lanes.h"
#include "lib/arith/mask.h"
#include "lib/arith/table.h"
#include "lib/base/parallel.h"
#include "lib/base/secret.h"

#define SIZE ((size_t)1 << QS_SUBSET)
#define TOGETHER 8 /* places that share a pass over the table */

mp_limb_t qs_subset_at(const qs_exponents *exponents, size_t count, size_t first, size_t place)
{
    const mp_limb_t *limb = exponents->value + first * exponents->limbs;
    size_t members = count - first < QS_SUBSET ? count - first : QS_SUBSET;
    mp_limb_t subset = 0;

    if (place >= exponents->bits)
        return 0;
    limb += place / GMP_LIMB_BITS;
    for (size_t k = 0; k < members; k++)
        subset |= (limb[k * exponents->limbs] >> place % GMP_LIMB_BITS & 1) << k;
    return subset;
}

typedef struct own { /* one worker's */
    mp_limb_t *place;  /* secret: a product for every place of every exponent */
    mp_limb_t *picked; /* secret: TOGETHER elements */
    mp_limb_t *rest;   /* secret: scratch */
    mp_limb_t *all;    /* public, as the others below */
    mp_limb_t *entries;
    mp_limb_t *table;
} own;

typedef struct gathering {
    const qs_ring *ring;
    const qs_bases *bases;
    const qs_exponents *exponents;
    size_t products;
    size_t places; /* of all exponents together */
    mp_limb_t *secret;
    mp_limb_t *open;
    own *workers;
    size_t count; /* of workers */
} gathering;

/* ---- six bases ---- */

/* entries[d] = the product of the bases that d has bits of; those beyond the last base are 1. */
static void fill_entries(const gathering *work, const own *self, size_t first)
{
    const qs_ring *ring = work->ring;
    size_t width = ring->width;

    memcpy(self->entries, ring->one, width * sizeof *self->entries);
    for (size_t t = 0; t < QS_SUBSET; t++) {
        mp_limb_t *base = self->entries + (width << t);

        if (first + t < work->bases->count) {
            work->bases->base(work->bases->context, first + t, base);
            qs_ring_enter(ring, base, base, self->rest);
        } else {
            memcpy(base, ring->one, width * sizeof *base);
        }
        for (size_t d = 1; d < (size_t)1 << t; d++)
            qs_ring_mul(ring, base + d * width, self->entries + d * width, base, self->rest);
    }
}

static void use_table(const gathering *work, const own *self, const qs_exponents *exponents, mp_limb_t *place,
                      size_t first)
{
    const qs_ring *ring = work->ring;
    mp_limb_t digits[TOGETHER];
    mp_limb_t *picked[TOGETHER];

    for (size_t at = 0; at < exponents->bits; at += TOGETHER) {
        size_t count = exponents->bits - at < TOGETHER ? exponents->bits - at : TOGETHER;

        for (size_t j = 0; j < count; j++) {
            digits[j] = qs_subset_at(exponents, work->bases->count, first, at + j);
            picked[j] = self->picked + j * ring->width;
        }
        qs_table_select(picked, self->table, SIZE, ring->width, digits, count);
        for (size_t j = 0; j < count; j++) {
            mp_limb_t *target = place + (at + j) * ring->width;

            qs_ring_mul(ring, target, target, picked[j], self->rest);
        }
    }
    sodium_memzero(digits, sizeof digits);
}

static quorsum_status gather(void *context, unsigned worker, size_t begin, size_t end)
{
    const gathering *work = context;
    const own *self = &work->workers[worker];
    const qs_ring *ring = work->ring;

    for (size_t first = begin; first < end; first += QS_SUBSET) {
        mp_limb_t *place = self->place;

        fill_entries(work, self, first);
        qs_ring_mul(ring, self->all, self->all, self->entries + (SIZE - 1) * ring->width, self->rest);
        for (size_t d = 0; d < SIZE; d++)
            qs_table_store(self->table, SIZE, ring->width, d, self->entries + d * ring->width);
        for (size_t p = 0; p < work->products; p++) {
            use_table(work, self, &work->exponents[p], place, first);
            place += work->exponents[p].bits * ring->width;
        }
    }
    return QUORSUM_OK;
}

/* ---- all of it ---- */

static quorsum_status open_workers(gathering *work, size_t count)
{
    size_t width = work->ring->width;
    size_t hidden = (work->places + TOGETHER) * width + qs_ring_scratch(work->ring);
    size_t shown = (1 + SIZE) * width + qs_table_limbs(SIZE, width);

    work->count = count;
    work->secret = qs_secret_block(count * hidden * sizeof *work->secret);
    work->open = calloc(count, shown * sizeof *work->open);
    work->workers = calloc(count, sizeof *work->workers);
    if (work->secret == NULL || work->open == NULL || work->workers == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        own *self = &work->workers[i];

        self->place = work->secret + i * hidden;
        self->picked = self->place + work->places * width;
        self->rest = self->picked + TOGETHER * width;
        self->all = work->open + i * shown;
        self->entries = self->all + width;
        self->table = self->entries + SIZE * width;
        for (size_t j = 0; j < work->places; j++)
            memcpy(self->place + j * width, work->ring->one, width * sizeof *self->place);
        memcpy(self->all, work->ring->one, width * sizeof *self->all);
    }
    return QUORSUM_OK;
}

/* The first worker's products take in the others'. */
static void join_workers(const gathering *work)
{
    const qs_ring *ring = work->ring;
    const own *to = &work->workers[0];

    for (size_t i = 1; i < work->count; i++) {
        const own *from = &work->workers[i];

        for (size_t j = 0; j < work->places; j++)
            qs_ring_mul(ring, to->place + j * ring->width, to->place + j * ring->width, from->place + j * ring->width,
                        to->rest);
        qs_ring_mul(ring, to->all, to->all, from->all, to->rest);
    }
}

/* One chain of squarings passes all places, highest first. */
static void join_places(const gathering *work, mp_limb_t *r)
{
    const qs_ring *ring = work->ring;
    const own *self = &work->workers[0];
    const mp_limb_t *place = self->place;

    for (size_t p = 0; p < work->products; p++, r += ring->width) {
        size_t bits = work->exponents[p].bits;

        memcpy(r, ring->one, ring->width * sizeof *r);
        for (size_t at = bits; at-- > 0;) {
            qs_ring_sqr(ring, r, r, self->rest);
            qs_ring_mul(ring, r, r, place + at * ring->width, self->rest);
        }
        place += bits * ring->width;
    }
}

static quorsum_status by_residue(const qs_ring *ring, mp_limb_t *r, mp_limb_t *all, const qs_bases *bases,
                                 const qs_exponents *exponents, size_t products, const quorsum_run *run)
{
    gathering work = {.ring = ring, .bases = bases, .exponents = exponents, .products = products};
    size_t threads = qs_run_threads(run);
    size_t subsets = bases->count / QS_SUBSET + 1;
    quorsum_status status;

    for (size_t p = 0; p < products; p++)
        work.places += exponents[p].bits;
    status = open_workers(&work, threads < subsets ? threads : subsets);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, bases->count, QS_SUBSET, gather, &work);
    if (status == QUORSUM_OK) {
        join_workers(&work);
        join_places(&work, r);
        memcpy(all, work.workers[0].all, ring->width * sizeof *all);
    }
    qs_secret_release(work.secret);
    free(work.open);
    free(work.workers);
    return status;
}

quorsum_status qs_products(const qs_ring *ring, mp_limb_t *r, mp_limb_t *all, const qs_bases *bases,
                           const qs_exponents *exponents, size_t products, const quorsum_run *run)
{
    if (ring->lanes != NULL)
        return qs_lanes_products(ring, r, all, bases, exponents, products, run);
    return by_residue(ring, r, all, bases, exponents, products, run);
}
