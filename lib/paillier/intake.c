/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the bytes decides whether all elements are good: every worker multiplies the digits 0 it meets together
 * (an element is prime to N if its residue modulo N is), and one gcd with N judges all of these products. Montgomery's
 * powers of R in them are units. Only if something is wrong a second pass looks for the lowest bad element, block by
 * block.
 */
#include "lib/paillier/intake.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/invariant.h"
#include "lib/paillier/workers.h"

#define BLOCK ((size_t)128) /* a whole number of groups */

typedef struct pass {
    const qs_intake *intake;
    const qs_lanes *lanes; /* the ring's; NULL: element by element */
    size_t bytes;          /* of an element */
    qs_workers workers;    /* the product of digits 0, the element or group at hand, its digit 0, and scratch */
} pass;

/* ---- in lanes ---- */

static quorsum_status take_groups(void *context, unsigned worker, size_t begin, size_t end)
{
    pass *job = context;
    const qs_intake *intake = job->intake;
    const qs_ring *ring = intake->key->ring;
    const qs_lanes *root = intake->key->root->lanes;
    mp_limb_t *product = qs_lanes_align(qs_workers_scratch(&job->workers, worker));
    mp_limb_t *x = product + qs_lanes_group(root);
    mp_limb_t *digit = x + qs_lanes_group(job->lanes);
    mp_limb_t *rest = digit + qs_lanes_group(root);

    for (size_t i = begin; i < end; i += QS_LANES) {
        size_t used = end - i < QS_LANES ? end - i : QS_LANES;
        const uint8_t *elements[QS_LANES];

        for (size_t j = 0; j < QS_LANES; j++)
            elements[j] = intake->in + (i + (j < used ? j : used - 1)) * job->bytes;
        if (qs_lanes_take(job->lanes, x, elements, ring->bytes, rest) != 0)
            return QUORSUM_ERR_RANGE;
        qs_lanes_digit(job->lanes, digit, x, 0);
        qs_lanes_mul(root, product, product, digit, rest);
        if (intake->keep != NULL)
            intake->keep(intake->context, i, used, x, rest);
    }
    return QUORSUM_OK;
}

/* Multiplies a worker's products, one in every lane that was used, into `total`. */
static void gather_lanes(const pass *job, mp_limb_t *total, unsigned worker)
{
    const qs_ring *root = job->intake->key->root;
    size_t used = job->intake->count < QS_LANES ? job->intake->count : QS_LANES;
    mp_limb_t *product = qs_lanes_align(qs_workers_scratch(&job->workers, worker));
    mp_limb_t *numbers = product + qs_lanes_group(root->lanes);
    mp_limb_t *rest = numbers + QS_LANES * root->limbs; /* no more than a group of them took */
    mp_limb_t *places[QS_LANES];

    qs_lanes_places(places, numbers, root->limbs, QS_LANES);
    qs_lanes_store(root->lanes, places, product, qs_lanes_align(rest));
    for (size_t j = 0; j < used; j++)
        qs_ring_mul(root, total, total, numbers + j * root->limbs, rest);
}

/* ---- one by one ---- */

static quorsum_status take_elements(void *context, unsigned worker, size_t begin, size_t end)
{
    pass *job = context;
    const qs_intake *intake = job->intake;
    const qs_ring *root = intake->key->root;
    mp_limb_t *product = qs_workers_scratch(&job->workers, worker);
    mp_limb_t *x = product + root->limbs;
    mp_limb_t *rest = x + intake->key->ring->width;

    for (size_t i = begin; i < end; i++) {
        if (qs_ring_read(intake->key->ring, x, intake->in + i * job->bytes) != 0)
            return QUORSUM_ERR_RANGE;
        qs_ring_mul(root, product, product, x, rest);
        if (intake->keep != NULL)
            intake->keep(intake->context, i, 1, x, rest);
    }
    return QUORSUM_OK;
}

/* ---- the pass ---- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Of one worker; gather_lanes() has room for its numbers, as many limbs as half a group, and either scratch. */
static size_t pass_limbs(const pass *job)
{
    const quorsum_public_key *key = job->intake->key;
    size_t ring = qs_ring_scratch(key->ring);

    if (job->lanes == NULL)
        return key->root->limbs + key->ring->width + ring;
    return 2 * qs_lanes_group(key->root->lanes) + qs_lanes_group(job->lanes) +
           larger(qs_lanes_scratch(job->lanes), ring) + 2 * QS_LANES_SLACK;
}

static quorsum_status begin_pass(pass *job, const quorsum_run *run)
{
    const quorsum_public_key *key = job->intake->key;
    quorsum_status status = qs_workers_init(&job->workers, run, job->intake->count, BLOCK, pass_limbs(job), 0);

    for (unsigned k = 0; k < job->workers.count; k++) {
        mp_limb_t *product = qs_workers_scratch(&job->workers, k);

        if (job->lanes != NULL)
            memcpy(qs_lanes_align(product), qs_lanes_one(key->root->lanes),
                   qs_lanes_group(key->root->lanes) * sizeof *product);
        else
            memcpy(product, key->root->one, key->root->limbs * sizeof *product);
    }
    return status;
}

static int is_unit(const qs_ring *root, const mp_limb_t *x)
{
    mpz_t n, value, divisor;
    int answer;

    mpz_init(divisor);
    mpz_gcd(divisor, mpz_roinit_n(value, x, (mp_size_t)root->limbs), mpz_roinit_n(n, root->n, (mp_size_t)root->limbs));
    answer = mpz_cmp_ui(divisor, 1) == 0;
    mpz_clear(divisor);
    return answer;
}

static quorsum_status judge(const pass *job)
{
    const qs_ring *root = job->intake->key->root;
    mp_limb_t *total = malloc(root->limbs * sizeof *total);
    quorsum_status status;

    if (total == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(total, root->one, root->limbs * sizeof *total);
    for (unsigned k = 0; k < job->workers.count; k++) {
        mp_limb_t *product = qs_workers_scratch(&job->workers, k);

        if (job->lanes != NULL)
            gather_lanes(job, total, k);
        else
            qs_ring_mul(root, total, total, product, product + root->limbs);
    }
    status = is_unit(root, total) ? QUORSUM_OK : QUORSUM_ERR_NOT_UNIT;
    free(total);
    return status;
}

/* ---- what was wrong ---- */

/* The first bad element of [begin, end), or end: units are looked for among those before the first out of range. */
static size_t first_bad(const qs_intake *intake, size_t begin, size_t end, mp_limb_t *values, quorsum_status *status)
{
    const quorsum_public_key *key = intake->key;
    size_t bytes = key->ring->digits * key->ring->bytes;
    size_t width = key->ring->width;
    size_t count = 0;
    size_t first;

    while (begin + count < end &&
           qs_ring_read(key->ring, values + count * width, intake->in + (begin + count) * bytes) == 0)
        count++;
    first = count;
    if (begin + count < end)
        *status = QUORSUM_ERR_RANGE;
    if (!qs_ring_units_vartime(key->root, values, width, count, &first, values + BLOCK * width))
        *status = QUORSUM_ERR_NOT_UNIT;
    return begin + first;
}

/* Only after a pass that found something wrong. */
static quorsum_status blame(const qs_intake *intake, size_t *index)
{
    const quorsum_public_key *key = intake->key;
    size_t limbs = BLOCK * key->ring->width + qs_ring_scratch(key->root);
    mp_limb_t *values = malloc(limbs * sizeof *values);
    quorsum_status status = values == NULL ? QUORSUM_ERR_MEMORY : QUORSUM_OK;
    size_t bad = 0;

    while (status == QUORSUM_OK && bad < intake->count) {
        size_t left = intake->count - bad;

        bad = first_bad(intake, bad, bad + (left < BLOCK ? left : BLOCK), values, &status);
    }
    free(values);
    QS_INVARIANT(status != QUORSUM_OK);
    if (index != NULL && status != QUORSUM_ERR_MEMORY)
        *index = bad;
    return status != QUORSUM_OK ? status : QUORSUM_ERR_NOT_UNIT; /* what the first pass refused is not let in */
}

quorsum_status qs_intake_all(const qs_intake *intake, size_t *index, const quorsum_run *run)
{
    const qs_ring *ring = intake->key->ring;
    pass job = {.intake = intake, .lanes = ring->lanes, .bytes = ring->digits * ring->bytes};
    quorsum_status status = begin_pass(&job, run);

    if (status == QUORSUM_OK)
        status = qs_parallel(run, intake->count, BLOCK, job.lanes != NULL ? take_groups : take_elements, &job);
    if (status == QUORSUM_OK)
        status = judge(&job);
    qs_workers_clear(&job.workers);
    if (status != QUORSUM_ERR_RANGE && status != QUORSUM_ERR_NOT_UNIT)
        return status;
    return blame(intake, index);
}
