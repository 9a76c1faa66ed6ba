/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many bases with short public exponents: Pippenger's buckets, eight at a time where the ring has lanes
 * (lanes_multiexp.c), else here, round by round. For one window of c bits every base is
 * multiplied into the bucket its digit names, and the buckets' powers are then formed by running products:
 * count + 2^(c+1) products a window. A task is one window of one slice of the bases, so there is work for
 * every core; the partial products meet in one chain of 128 squarings.
 *
 * Bases come plain, x, and are used as if they were Montgomery forms: they then stand for x/R, and the result
 * lacks R^(sum of the exponents), one short power at the end.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/lanes.h"
#include "lib/base/parallel.h"

#define EXPONENT_BYTES 16u
#define WINDOW_MAX 12u /* 4095 buckets: 4 MiB for each worker at 4096 bits and two digits */

typedef struct buckets { /* one worker's */
    mp_limb_t *products;
    uint8_t *filled;
    mp_limb_t *chain;
    mp_limb_t *scratch;
} buckets;

typedef struct pippenger {
    const qs_ring *ring;
    const qs_terms *terms;
    unsigned first; /* byte of an exponent that belongs to this round */
    unsigned bits;  /* of an exponent */
    size_t count;
    size_t slices;
    size_t windows;
    unsigned window;
    mp_limb_t *partial; /* windows * slices elements */
    buckets *workers;
} pippenger;

size_t qs_terms_count(const qs_terms *terms)
{
    size_t count = 0;

    for (; terms != NULL; terms = terms->next)
        count += terms->count;
    return count;
}

const mp_limb_t *qs_terms_base(const qs_terms *terms, size_t i)
{
    for (; i >= terms->count; terms = terms->next)
        i -= terms->count;
    return terms->bases + i * terms->stride;
}

const uint8_t *qs_terms_exponent(const qs_terms *terms, size_t i)
{
    for (; i >= terms->count; terms = terms->next)
        i -= terms->count;
    return terms->exponents[i];
}

static size_t windows_of(unsigned bits, unsigned window)
{
    return (bits + window - 1) / window;
}

static unsigned choose_window(unsigned bits, size_t count)
{
    unsigned best = 1;

    for (unsigned window = 2; window <= WINDOW_MAX; window++)
        if (windows_of(bits, window) * (count + ((size_t)2 << window)) <
            windows_of(bits, best) * (count + ((size_t)2 << best)))
            best = window;
    return best;
}

/* Bits [from, from + window) of a big-endian exponent. */
static unsigned digit_of(const pippenger *work, const uint8_t *exponent, unsigned from)
{
    unsigned digit = 0;

    for (unsigned bit = from + work->window; bit-- > from;) {
        digit *= 2;
        if (bit < work->bits)
            digit += exponent[(work->bits - 1 - bit) / 8] >> bit % 8 & 1;
    }
    return digit;
}

/* target *= x, or = x if it was empty */
static void gather(const qs_ring *ring, mp_limb_t *target, uint8_t *filled, const mp_limb_t *x, mp_limb_t *scratch)
{
    if (*filled)
        qs_ring_mul(ring, target, target, x, scratch);
    else
        memcpy(target, x, ring->width * sizeof *target);
    *filled = 1;
}

static void fill_buckets(const pippenger *work, buckets *own, unsigned from, size_t begin, size_t end)
{
    memset(own->filled, 0, (size_t)1 << work->window);
    for (size_t i = begin; i < end; i++) {
        unsigned digit = digit_of(work, qs_terms_exponent(work->terms, i) + work->first, from);

        if (digit != 0)
            gather(work->ring, own->products + digit * work->ring->width, &own->filled[digit],
                   qs_terms_base(work->terms, i), own->scratch);
    }
}

/* result = prod_d bucket_d^d: the product of all the running products from the top bucket down. */
static void weigh_buckets(const pippenger *work, const buckets *own, mp_limb_t *result)
{
    uint8_t running = 0;
    uint8_t any = 0;

    memcpy(result, work->ring->one, work->ring->width * sizeof *result);
    for (size_t d = ((size_t)1 << work->window) - 1; d > 0; d--) {
        if (own->filled[d])
            gather(work->ring, own->chain, &running, own->products + d * work->ring->width, own->scratch);
        if (running)
            gather(work->ring, result, &any, own->chain, own->scratch);
    }
}

static quorsum_status do_tasks(void *context, unsigned worker, size_t begin, size_t end)
{
    const pippenger *work = context;
    buckets *own = &work->workers[worker];

    for (size_t task = begin; task < end; task++) {
        size_t slice = task % work->slices;
        size_t share = (work->count + work->slices - 1) / work->slices;
        size_t first = slice * share < work->count ? slice * share : work->count;
        size_t last = work->count - first < share ? work->count : first + share;

        fill_buckets(work, own, (unsigned)(task / work->slices) * work->window, first, last);
        weigh_buckets(work, own, work->partial + task * work->ring->width);
    }
    return QUORSUM_OK;
}

static void join_windows(const pippenger *work, mp_limb_t *r, mp_limb_t *scratch)
{
    const qs_ring *ring = work->ring;

    memcpy(r, ring->one, ring->width * sizeof *r);
    for (size_t k = work->windows; k-- > 0;) {
        for (unsigned i = 0; k + 1 < work->windows && i < work->window; i++)
            qs_ring_sqr(ring, r, r, scratch);
        for (size_t slice = 0; slice < work->slices; slice++)
            qs_ring_mul(ring, r, r, work->partial + (k * work->slices + slice) * ring->width, scratch);
    }
}

/* r *= R^(sum of exponents), in Montgomery form, whose R is ring->square. */
static quorsum_status mend_radix(const pippenger *work, mp_limb_t *r, mp_limb_t *power, mp_limb_t *scratch)
{
    mpz_t sum;
    mpz_t exponent;
    quorsum_status status;

    mpz_inits(sum, exponent, NULL);
    for (size_t i = 0; i < work->count; i++) {
        mpz_import(exponent, work->bits / 8, 1, 1, 1, 0, qs_terms_exponent(work->terms, i) + work->first);
        mpz_add(sum, sum, exponent);
    }
    status = qs_power_vartime(work->ring, power, work->ring->square, sum);
    if (status == QUORSUM_OK)
        qs_ring_mul(work->ring, r, r, power, scratch);
    mpz_clears(sum, exponent, NULL);
    return status;
}

/* One block for all workers: buckets, a running product, scratch and flags each. */
static mp_limb_t *open_workers(pippenger *work, size_t threads)
{
    size_t products = work->ring->width << work->window;
    size_t flags = ((size_t)1 << work->window) / sizeof(mp_limb_t) + 1;
    size_t each = products + work->ring->width + qs_ring_scratch(work->ring) + flags;
    mp_limb_t *block = calloc(threads, each * sizeof *block);

    work->workers = calloc(threads, sizeof *work->workers);
    for (size_t i = 0; block != NULL && work->workers != NULL && i < threads; i++) {
        buckets *own = &work->workers[i];

        own->products = block + i * each;
        own->chain = own->products + products;
        own->scratch = own->chain + work->ring->width;
        own->filled = (uint8_t *)(own->scratch + qs_ring_scratch(work->ring));
    }
    return block;
}

static void choose_slices(pippenger *work, size_t threads)
{
    work->slices = 1;
    while (windows_of(work->bits, choose_window(work->bits, work->count / work->slices)) * work->slices < 2 * threads &&
           work->count / work->slices > 512)
        work->slices++;
    work->window = choose_window(work->bits, work->count / work->slices);
    work->windows = windows_of(work->bits, work->window);
}

/* One round without lanes. */
static quorsum_status run_round(pippenger *work, mp_limb_t *r, const quorsum_run *run)
{
    const qs_ring *ring = work->ring;
    size_t threads = qs_run_threads(run);
    quorsum_status status = QUORSUM_ERR_MEMORY;
    mp_limb_t *block;
    mp_limb_t *power = calloc(ring->width, sizeof *power);

    choose_slices(work, threads);
    work->partial = calloc(work->windows * work->slices, ring->width * sizeof *work->partial);
    block = open_workers(work, threads);
    if (block != NULL && work->workers != NULL && work->partial != NULL && power != NULL) {
        status = qs_parallel(run, work->windows * work->slices, 1, do_tasks, work);
        if (status == QUORSUM_OK) {
            join_windows(work, r, work->workers[0].scratch);
            status = mend_radix(work, r, power, work->workers[0].scratch);
        }
        if (status == QUORSUM_OK)
            qs_ring_leave(ring, r, r, work->workers[0].scratch);
    }
    free(block);
    free(work->workers);
    free(work->partial);
    free(power);
    return status;
}

/* ---- by lanes, whose eight exponents are the rounds' or their parts ---- */

/* Plain from plain; the parts are spoilt. scratch: qs_power_scratch limbs */
static void join_parts(const qs_ring *ring, mp_limb_t *r, mp_limb_t *part, size_t parts, mp_limb_t *scratch)
{
    if (parts == 1) {
        memcpy(r, part, ring->width * sizeof *r);
        return;
    }
    for (size_t j = 0; j < parts; j++)
        qs_ring_enter(ring, part + j * ring->width, part + j * ring->width, scratch);
    qs_power_chain(ring, r, part, parts, 8 * EXPONENT_BYTES / QS_LANES, scratch);
    qs_ring_leave(ring, r, r, scratch);
}

static quorsum_status run_lanes(const qs_ring *ring, mp_limb_t *r, const qs_terms *terms, unsigned rounds,
                                const quorsum_run *run)
{
    size_t parts = QS_LANES / rounds;
    mp_limb_t *block = malloc((QS_LANES * ring->width + qs_power_scratch(ring)) * sizeof *block);
    mp_limb_t *scratch = block + QS_LANES * ring->width;
    mp_limb_t *places[QS_LANES];
    quorsum_status status;

    if (block == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_lanes_places(places, block, ring->width, QS_LANES);
    status = qs_lanes_multiexp_vartime(ring->lanes, places, terms, run);
    for (unsigned k = 0; k < rounds && status == QUORSUM_OK; k++)
        join_parts(ring, r + k * ring->width, places[k * parts], parts, scratch);
    free(block);
    return status;
}

quorsum_status qs_multiexp_vartime(const qs_ring *ring, mp_limb_t *r, const qs_terms *terms, unsigned rounds,
                                   const quorsum_run *run)
{
    quorsum_status status = QUORSUM_OK;

    if (ring->lanes != NULL)
        return run_lanes(ring, r, terms, rounds, run);
    for (unsigned k = 0; k < rounds && status == QUORSUM_OK; k++) {
        pippenger work = {.ring = ring, .terms = terms, .count = qs_terms_count(terms),
                          .first = k * EXPONENT_BYTES / rounds, .bits = 8 * EXPONENT_BYTES / rounds};

        status = run_round(&work, r + k * ring->width, run);
    }
    return status;
}
