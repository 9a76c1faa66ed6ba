/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of many powers in lanes. Lane j has an eighth of every exponent to itself, so all eight read the same table
 * of 64 single residues, each by its own bits: a table is 20 KiB at 2048 bits, and stays in the nearest cache while all
 * places are served. Eight tables are built at once, one in every lane.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/lanes.h"
#include "lib/arith/products.h"
#include "lib/base/parallel.h"
#include "lib/base/secret.h"

#define SIZE ((size_t)1 << QS_SUBSET)
#define BLOCK (QS_SUBSET * QS_LANES) /* bases of eight tables */

typedef struct own { /* one worker's, in groups */
    mp_limb_t *place;  /* secret: for every place of a lane's share of every exponent */
    mp_limb_t *picked; /* secret: QS_LANE_PICKS of them, and one for the end */
    mp_limb_t *parts;  /* secret: eight elements of the ring */
    mp_limb_t *rest;   /* secret: scratch */
    mp_limb_t *all;    /* public, as the others below */
    mp_limb_t *entries;
    mp_limb_t *start;
    mp_limb_t *tables;
    mp_limb_t *plain; /* eight elements of the ring */
} own;

typedef struct gathering {
    const qs_ring *ring;
    const qs_lanes *lanes;
    const qs_bases *bases;
    const qs_exponents *exponents;
    size_t products;
    size_t places; /* of all exponents together */
    size_t table_limbs;
    mp_limb_t *secret;
    mp_limb_t *open;
    own *workers;
    size_t count; /* of workers */
} gathering;

static size_t share_of(const qs_exponents *exponents) /* bits of a lane */
{
    return (exponents->bits + QS_LANES - 1) / QS_LANES;
}

/* ---- tables ---- */

/* Member t of eight subsets: base first + 6 j + t in lane j, or 1 beyond the last. */
static void enter_members(const gathering *work, const own *self, size_t first, size_t t, mp_limb_t *out)
{
    const mp_limb_t *sources[QS_LANES];
    size_t width = work->ring->width;

    for (size_t j = 0; j < QS_LANES; j++) {
        mp_limb_t *plain = self->plain + j * width;
        size_t index = first + j * QS_SUBSET + t;

        if (index < work->bases->count) {
            work->bases->base(work->bases->context, index, plain);
        } else {
            memset(plain, 0, width * sizeof *plain);
            plain[0] = 1;
        }
    }
    qs_lanes_sources(sources, self->plain, width, QS_LANES);
    qs_lanes_enter(work->lanes, out, sources, self->rest);
}

/* Entry d of eight tables stands in eight lanes: each goes to its table. */
static void store_entry(const gathering *work, const own *self, size_t d, const mp_limb_t *entry)
{
    const qs_lane_body *body = qs_lanes_body(work->lanes);
    size_t rows = qs_lanes_rows(work->lanes);
    mp_limb_t *residues[QS_LANES];

    qs_lanes_places(residues, self->start, rows, QS_LANES);
    body->split(residues, entry, rows);
    for (size_t j = 0; j < QS_LANES; j++)
        body->lay(self->tables + j * work->table_limbs, rows, QS_SUBSET, d, residues[j]);
}

static void build_tables(const gathering *work, const own *self, size_t first)
{
    const qs_lanes *lanes = work->lanes;
    size_t group = qs_lanes_group(lanes);

    memcpy(self->entries, qs_lanes_one(lanes), group * sizeof *self->entries);
    for (size_t t = 0; t < QS_SUBSET; t++) {
        mp_limb_t *member = self->entries + (group << t);

        enter_members(work, self, first, t, member);
        for (size_t d = 1; d < (size_t)1 << t; d++)
            qs_lanes_mul(lanes, member + d * group, self->entries + d * group, member, self->rest);
    }
    qs_lanes_mul(lanes, self->all, self->all, self->entries + (SIZE - 1) * group, self->rest);
    for (size_t d = 0; d < SIZE; d++)
        store_entry(work, self, d, self->entries + d * group);
}

/* ---- places ---- */

static void use_table(const gathering *work, const own *self, const mp_limb_t *table, size_t first,
                      const qs_exponents *exponents, mp_limb_t *place)
{
    const qs_lane_body *body = qs_lanes_body(work->lanes);
    size_t group = qs_lanes_group(work->lanes);
    size_t share = share_of(exponents);
    mp_limb_t digits[QS_LANE_PICKS * QS_LANES];

    for (size_t at = 0; at < share; at += QS_LANE_PICKS) {
        size_t groups = share - at < QS_LANE_PICKS ? share - at : QS_LANE_PICKS;

        for (size_t k = 0; k < groups * QS_LANES; k++)
            digits[k] = qs_subset_at(exponents, work->bases->count, first, k % QS_LANES * share + at + k / QS_LANES);
        body->pick(self->picked, table, qs_lanes_rows(work->lanes), QS_SUBSET, digits, groups);
        for (size_t g = 0; g < groups; g++) {
            mp_limb_t *target = place + (at + g) * group;

            qs_lanes_mul(work->lanes, target, target, self->picked + g * group, self->rest);
        }
    }
    sodium_memzero(digits, sizeof digits);
}

static quorsum_status gather(void *context, unsigned worker, size_t begin, size_t end)
{
    const gathering *work = context;
    const own *self = &work->workers[worker];
    size_t group = qs_lanes_group(work->lanes);

    for (size_t block = begin; block < end; block += BLOCK) {
        build_tables(work, self, block);
        for (size_t j = 0; j < QS_LANES && block + j * QS_SUBSET < end; j++) {
            mp_limb_t *place = self->place;

            for (size_t p = 0; p < work->products; p++) {
                use_table(work, self, self->tables + j * work->table_limbs, block + j * QS_SUBSET,
                          &work->exponents[p], place);
                place += share_of(&work->exponents[p]) * group;
            }
        }
    }
    return QUORSUM_OK;
}

/* ---- all of it ---- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t whole_lines(size_t limbs) /* groups and tables begin on multiples of 64 bytes */
{
    return (limbs + QS_LANES_SLACK - 1) / QS_LANES_SLACK * QS_LANES_SLACK;
}

static void fill_ones(const gathering *work, mp_limb_t *groups, size_t count)
{
    size_t group = qs_lanes_group(work->lanes);

    for (size_t i = 0; i < count; i++)
        memcpy(groups + i * group, qs_lanes_one(work->lanes), group * sizeof *groups);
}

static quorsum_status open_workers(gathering *work, size_t count)
{
    size_t group = qs_lanes_group(work->lanes);
    size_t rest = whole_lines(larger(qs_lanes_scratch(work->lanes), qs_power_scratch(work->ring)));
    size_t hidden = (work->places + QS_LANE_PICKS + 1) * group + QS_LANES * work->ring->width + rest;
    size_t shown;

    work->table_limbs =
        whole_lines(qs_lane_table_limbs(qs_lanes_body(work->lanes), qs_lanes_rows(work->lanes), QS_SUBSET));
    shown = (SIZE + 2) * group + QS_LANES * (work->table_limbs + work->ring->width);
    work->count = count;
    work->secret = qs_secret_block((count * hidden + QS_LANES_SLACK) * sizeof *work->secret);
    work->open = malloc((count * shown + QS_LANES_SLACK) * sizeof *work->open);
    work->workers = calloc(count, sizeof *work->workers);
    if (work->secret == NULL || work->open == NULL || work->workers == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        own *self = &work->workers[i];

        self->place = qs_lanes_align(work->secret) + i * hidden;
        self->picked = self->place + work->places * group;
        self->parts = self->picked + (QS_LANE_PICKS + 1) * group;
        self->rest = self->parts + QS_LANES * work->ring->width;
        self->all = qs_lanes_align(work->open) + i * shown;
        self->entries = self->all + group;
        self->start = self->entries + SIZE * group;
        self->tables = self->start + group;
        self->plain = self->tables + QS_LANES * work->table_limbs;
        fill_ones(work, self->place, work->places);
        fill_ones(work, self->all, 1);
    }
    return QUORSUM_OK;
}

/* The first worker's products take in the others'. */
static void join_workers(const gathering *work)
{
    size_t group = qs_lanes_group(work->lanes);
    const own *to = &work->workers[0];

    for (size_t i = 1; i < work->count; i++) {
        const own *from = &work->workers[i];

        for (size_t at = 0; at < work->places * group; at += group)
            qs_lanes_mul(work->lanes, to->place + at, to->place + at, from->place + at, to->rest);
        qs_lanes_mul(work->lanes, to->all, to->all, from->all, to->rest);
    }
}

/* r = prod_j (lane j of x)^(2^(share j)), Montgomery form of the ring. x is spoilt. */
static void join_lanes(const gathering *work, mp_limb_t *r, mp_limb_t *x, size_t share)
{
    const qs_ring *ring = work->ring;
    const own *self = &work->workers[0];
    mp_limb_t *places[QS_LANES];

    for (size_t j = 0; j < QS_LANES; j++) /* highest first */
        places[j] = self->parts + (QS_LANES - 1 - j) * ring->width;
    qs_lanes_leave(work->lanes, places, x, self->rest);
    for (size_t j = 0; j < QS_LANES; j++)
        qs_ring_enter(ring, places[j], places[j], self->rest);
    qs_power_chain(ring, r, self->parts, QS_LANES, share, self->rest);
}

/* One chain of squarings passes all places, highest first, for all lanes. */
static void join_places(const gathering *work, mp_limb_t *r, mp_limb_t *all)
{
    const own *self = &work->workers[0];
    size_t group = qs_lanes_group(work->lanes);
    mp_limb_t *x = self->picked + QS_LANE_PICKS * group;
    const mp_limb_t *place = self->place;

    for (size_t p = 0; p < work->products; p++) {
        size_t share = share_of(&work->exponents[p]);

        memcpy(x, place + (share - 1) * group, group * sizeof *x);
        for (size_t at = share - 1; at-- > 0;) {
            qs_lanes_sqr(work->lanes, x, x, self->rest);
            qs_lanes_mul(work->lanes, x, x, place + at * group, self->rest);
        }
        join_lanes(work, r + p * work->ring->width, x, share);
        place += share * group;
    }
    join_lanes(work, all, self->all, 0);
}

quorsum_status qs_lanes_products(const qs_ring *ring, mp_limb_t *r, mp_limb_t *all, const qs_bases *bases,
                                 const qs_exponents *exponents, size_t products, const quorsum_run *run)
{
    gathering work = {.ring = ring, .lanes = ring->lanes, .bases = bases, .exponents = exponents, .products = products};
    size_t threads = qs_run_threads(run);
    size_t blocks = bases->count / BLOCK + 1;
    quorsum_status status;

    for (size_t p = 0; p < products; p++)
        work.places += share_of(&exponents[p]);
    status = open_workers(&work, threads < blocks ? threads : blocks);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, bases->count, BLOCK, gather, &work);
    if (status == QUORSUM_OK) {
        join_workers(&work);
        join_places(&work, r, all);
    }
    qs_secret_release(work.secret);
    free(work.open);
    free(work.workers);
    return status;
}
