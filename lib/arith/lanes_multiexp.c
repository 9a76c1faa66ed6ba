/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pippenger's buckets in lanes. Lane j has bits of every exponent to itself, 16 of them, so all eight multiply the same
 * base, each into the bucket its own digit names: buckets are arrays of limbs, joined into a group and split again. The
 * 16 bits are cut into windows of at most 8 bits. A window costs a product for each base and two for each bucket, all
 * eight lanes together, and memory for 256 groups of buckets at most: 1.3 MiB at 2048 bits and two digits, with limbs of
 * 52 bits. Digit 0 has a bucket, too, which is never looked at.
 *
 * A task is one window of one slice of the bases. Bases come plain, x, and are used as if they were Montgomery forms,
 * x/R: the result lacks R^(sum of the exponents), another sum for every lane. So powers of R are multiplied in as
 * further bases, whose exponents make up these sums.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/lanes.h"
#include "lib/base/parallel.h"

#define LANE_EXPONENT 16u
#define WINDOW_MAX 8u
#define SLICE_MAX ((size_t)1 << 16) /* bases of one task: some seconds */
#define OWED_MAX 4                  /* sums have 64 bits, and each takes off 16 unless it is the last */

typedef uint8_t exponent_bytes[16]; /* 16 bits a lane, lane 0 first */

typedef struct buckets { /* one worker's */
    mp_limb_t *products; /* lane j's product for digit d: rows at (d * QS_LANES + j) * rows */
    mp_limb_t *bases;    /* eight bases, an array each */
    mp_limb_t *base;     /* one of them in all lanes */
    mp_limb_t *x;
    mp_limb_t *scratch;
} buckets;

typedef struct pippenger {
    const qs_lanes *lanes;
    size_t rows;
    const qs_terms *terms;
    size_t count;
    unsigned windows;
    size_t slices;
    size_t owed; /* how many powers of R there are */
    exponent_bytes owed_exponents[OWED_MAX];
    mp_limb_t *powers; /* they, in all lanes */
    mp_limb_t *partial;
    buckets *workers;
    mp_limb_t *block;
} pippenger;

/* ---- windows and slices ---- */

/* Windows of nearly one length, the longer ones below. */
static unsigned window_length(unsigned windows, unsigned window)
{
    return LANE_EXPONENT / windows + (window < LANE_EXPONENT % windows);
}

static unsigned window_begin(unsigned windows, unsigned window)
{
    unsigned longer = LANE_EXPONENT % windows;

    return window * (LANE_EXPONENT / windows) + (window < longer ? window : longer);
}

/* Products that the slowest worker does, about. */
static size_t cost_of(size_t count, unsigned windows, size_t slices, size_t threads)
{
    size_t share = (count + slices - 1) / slices;
    size_t tasks = windows * slices;
    size_t products = 0;

    for (unsigned k = 0; k < windows; k++)
        products += share + ((size_t)2 << window_length(windows, k));
    return (tasks + threads - 1) / threads * products / windows;
}

static void choose_shape(pippenger *work, size_t threads)
{
    size_t fewest = work->count / SLICE_MAX + 1;
    size_t most = fewest > threads ? fewest : threads;
    size_t best = SIZE_MAX;

    for (size_t slices = fewest; slices <= most; slices++)
        for (unsigned windows = LANE_EXPONENT / WINDOW_MAX; windows <= LANE_EXPONENT; windows++) {
            size_t cost = cost_of(work->count, windows, slices, threads);

            if (cost < best) {
                best = cost;
                work->windows = windows;
                work->slices = slices;
            }
        }
}

/* ---- what the Montgomery products leave out ---- */

static unsigned lane_exponent(const uint8_t *exponent, size_t lane)
{
    return (unsigned)exponent[2 * lane] << 8 | exponent[2 * lane + 1];
}

/* How many bits the largest sum has beyond an exponent's, and no more than those. */
static unsigned excess_bits(const uint64_t sum[QS_LANES])
{
    uint64_t any = 0;
    unsigned excess = 0;

    for (size_t j = 0; j < QS_LANES; j++)
        any |= sum[j];
    while (excess < LANE_EXPONENT && any >> excess >> LANE_EXPONENT != 0)
        excess++;
    return excess;
}

/* The next owed power of R takes the low bits off the sums, all of them if none are in excess. */
static unsigned owe(pippenger *work, uint64_t sum[QS_LANES])
{
    unsigned excess = excess_bits(sum);
    uint8_t *exponent = work->owed_exponents[work->owed++];

    for (size_t j = 0; j < QS_LANES; j++) {
        uint64_t low = excess > 0 ? sum[j] & (((uint64_t)1 << excess) - 1) : sum[j];

        exponent[2 * j] = (uint8_t)(low >> 8);
        exponent[2 * j + 1] = (uint8_t)low;
        sum[j] >>= excess;
    }
    return excess;
}

static void fill_owed(pippenger *work, mp_limb_t *scratch)
{
    size_t group = qs_lanes_group(work->lanes);
    mp_limb_t *power = work->powers;
    uint64_t sum[QS_LANES] = {0};
    unsigned shift;

    for (size_t i = 0; i < work->count; i++)
        for (size_t j = 0; j < QS_LANES; j++)
            sum[j] += lane_exponent(qs_terms_exponent(work->terms, i), j);
    memcpy(power, qs_lanes_radix(work->lanes), group * sizeof *power);
    while ((shift = owe(work, sum)) > 0) {
        memcpy(power + group, power, group * sizeof *power);
        power += group;
        for (unsigned k = 0; k < shift; k++)
            qs_lanes_sqr(work->lanes, power, power, scratch);
    }
}

/* ---- a task ---- */

static mp_limb_t *bucket_at(const pippenger *work, const buckets *own, size_t lane, size_t digit)
{
    return own->products + (digit * QS_LANES + lane) * work->rows;
}

static void empty_buckets(const pippenger *work, const buckets *own, size_t digits)
{
    size_t group = qs_lanes_group(work->lanes);
    mp_limb_t *places[QS_LANES];

    qs_lanes_places(places, own->products, work->rows, QS_LANES);
    qs_lanes_body(work->lanes)->split(places, qs_lanes_one(work->lanes), work->rows);
    for (size_t d = 1; d < digits; d++)
        memcpy(own->products + d * group, own->products, group * sizeof *own->products);
}

/* Every lane's bucket times the base that is in all lanes. */
static void gather(const pippenger *work, const buckets *own, const mp_limb_t *base, const uint8_t *exponent,
                   unsigned window)
{
    const qs_lane_body *body = qs_lanes_body(work->lanes);
    unsigned begin = window_begin(work->windows, window);
    unsigned mask = (1u << window_length(work->windows, window)) - 1;
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];
    unsigned any = 0;

    for (size_t j = 0; j < QS_LANES; j++) {
        unsigned digit = lane_exponent(exponent, j) >> begin & mask;

        places[j] = bucket_at(work, own, j, digit);
        sources[j] = places[j];
        any |= digit;
    }
    if (any == 0)
        return;
    body->join(own->x, sources, work->rows);
    qs_lanes_mul(work->lanes, own->x, own->x, base, own->scratch);
    body->split(places, own->x, work->rows);
}

/* Eight bases at a time become limbs, then one after the other goes into all lanes. */
static void gather_some(const pippenger *work, const buckets *own, unsigned window, size_t begin, size_t end)
{
    const qs_lane_body *body = qs_lanes_body(work->lanes);
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];

    for (size_t i = begin; i < end; i += QS_LANES) {
        size_t count = end - i < QS_LANES ? end - i : QS_LANES;

        for (size_t k = 0; k < QS_LANES; k++)
            sources[k] = qs_terms_base(work->terms, i + (k < count ? k : 0));
        qs_lanes_load(work->lanes, own->base, sources, own->scratch);
        qs_lanes_places(places, own->bases, work->rows, QS_LANES);
        body->split(places, own->base, work->rows);
        for (size_t k = 0; k < count; k++) {
            qs_lanes_sources(sources, own->bases + k * work->rows, 0, 1);
            body->join(own->base, sources, work->rows);
            gather(work, own, own->base, qs_terms_exponent(work->terms, i + k), window);
        }
    }
}

/* result = prod_d bucket_d^d in every lane: the product of all the running products from the top bucket down. */
static void weigh_buckets(const pippenger *work, const buckets *own, mp_limb_t *result, size_t digits)
{
    size_t group = qs_lanes_group(work->lanes);
    mp_limb_t *running = own->base;
    const mp_limb_t *sources[QS_LANES];

    for (size_t d = digits - 1; d > 0; d--) {
        mp_limb_t *next = d + 1 == digits ? running : own->x;

        qs_lanes_sources(sources, bucket_at(work, own, 0, d), work->rows, QS_LANES);
        qs_lanes_body(work->lanes)->join(next, sources, work->rows);
        if (next == running) {
            memcpy(result, running, group * sizeof *result);
            continue;
        }
        qs_lanes_mul(work->lanes, running, running, next, own->scratch);
        qs_lanes_mul(work->lanes, result, result, running, own->scratch);
    }
}

static quorsum_status do_tasks(void *context, unsigned worker, size_t begin, size_t end)
{
    const pippenger *work = context;
    const buckets *own = &work->workers[worker];
    size_t group = qs_lanes_group(work->lanes);

    for (size_t task = begin; task < end; task++) {
        size_t share = (work->count + work->slices - 1) / work->slices;
        size_t slice = task / work->windows;
        size_t first = slice * share < work->count ? slice * share : work->count;
        size_t last = work->count - first < share ? work->count : first + share;
        unsigned window = (unsigned)(task % work->windows);
        size_t digits = (size_t)1 << window_length(work->windows, window);

        empty_buckets(work, own, digits);
        gather_some(work, own, window, first, last);
        for (size_t k = 0; slice == 0 && k < work->owed; k++)
            gather(work, own, work->powers + k * group, work->owed_exponents[k], window);
        weigh_buckets(work, own, work->partial + task * group, digits);
    }
    return QUORSUM_OK;
}

/* ---- all of it ---- */

static void join_tasks(const pippenger *work, mp_limb_t *const *results)
{
    size_t group = qs_lanes_group(work->lanes);
    mp_limb_t *r = work->workers[0].x;
    mp_limb_t *scratch = work->workers[0].scratch;

    memcpy(r, qs_lanes_one(work->lanes), group * sizeof *r);
    for (unsigned window = work->windows; window-- > 0;) {
        for (unsigned i = 0; window + 1 < work->windows && i < window_length(work->windows, window); i++)
            qs_lanes_sqr(work->lanes, r, r, scratch);
        for (size_t slice = 0; slice < work->slices; slice++)
            qs_lanes_mul(work->lanes, r, r, work->partial + (slice * work->windows + window) * group, scratch);
    }
    qs_lanes_leave(work->lanes, results, r, scratch);
}

/* One block: the partial results, the powers of R, and each worker's buckets, bases, two groups and scratch. */
static quorsum_status open_work(pippenger *work, size_t threads)
{
    size_t group = qs_lanes_group(work->lanes);
    size_t products = group << window_length(work->windows, 0);
    size_t each = products + 3 * group + qs_lanes_scratch(work->lanes);
    size_t shared = (work->windows * work->slices + OWED_MAX) * group;
    size_t most = SIZE_MAX / sizeof(mp_limb_t) - shared - QS_LANES_SLACK;

    if (threads > most / each)
        return QUORSUM_ERR_MEMORY;
    work->block = malloc((shared + threads * each + QS_LANES_SLACK) * sizeof *work->block);
    work->workers = calloc(threads, sizeof *work->workers);
    if (work->block == NULL || work->workers == NULL)
        return QUORSUM_ERR_MEMORY;
    work->partial = qs_lanes_align(work->block);
    work->powers = work->partial + work->windows * work->slices * group;
    for (size_t i = 0; i < threads; i++) {
        buckets *own = &work->workers[i];

        own->products = work->partial + shared + i * each;
        own->bases = own->products + products;
        own->base = own->bases + group;
        own->x = own->base + group;
        own->scratch = own->x + group;
    }
    return QUORSUM_OK;
}

quorsum_status qs_lanes_multiexp_vartime(const qs_lanes *lanes, mp_limb_t *const *results, const qs_terms *terms,
                                         const quorsum_run *run)
{
    size_t threads = qs_run_threads(run);
    pippenger work = {.lanes = lanes, .rows = qs_lanes_rows(lanes), .terms = terms, .count = qs_terms_count(terms)};
    size_t tasks;
    quorsum_status status;

    choose_shape(&work, threads);
    tasks = work.windows * work.slices;
    status = open_work(&work, threads < tasks ? threads : tasks);
    if (status == QUORSUM_OK) {
        fill_owed(&work, work.workers[0].scratch);
        status = qs_parallel(run, tasks, 1, do_tasks, &work);
    }
    if (status == QUORSUM_OK)
        join_tasks(&work, results);
    free(work.block);
    free(work.workers);
    return status;
}
