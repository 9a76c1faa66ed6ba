/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What anybody may compute on ciphertexts: sums, differences, multiples, weighted sums. All public, element by element
 * over all cores. Where inverses are needed a block shares one.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/paillier/public_key.h"
#include "lib/paillier/workers.h"

#define BLOCK ((size_t)32)  /* an inversion costs about as much as 60 products: so two products an element */
#define JOINT ((size_t)16)  /* bases raised together: their tables stay small */

typedef struct operation {
    const quorsum_public_key *key;
    const quorsum_ciphertexts *a;
    const quorsum_ciphertexts *b;
    const quorsum_ciphertexts *const *vectors;
    const int64_t *weights;
    size_t count; /* of vectors */
    quorsum_ciphertexts *result;
    qs_workers workers; /* two blocks of elements, a few elements, the ring's scratch */
} operation;

static mp_limb_t *element(const quorsum_ciphertexts *vector, size_t i)
{
    return vector->value + i * vector->key->ring->width;
}

static size_t operation_scratch(const qs_ring *ring)
{
    size_t single = (2 * BLOCK + JOINT + 2) * ring->width + qs_ring_scratch(ring);

    if (ring->lanes == NULL)
        return single;
    return single + (BLOCK / QS_LANES + JOINT + 2) * qs_lanes_group(ring->lanes) + qs_lanes_scratch(ring->lanes) +
           QS_LANES_SLACK;
}

/* Whether a block's elements go eight at a time. */
static int in_lanes(const operation *job, size_t begin, size_t end)
{
    return job->key->ring->lanes != NULL && end - begin >= QS_LANES_WORTH;
}

static size_t lanes_used(size_t i, size_t end)
{
    return end - i < QS_LANES ? end - i : QS_LANES;
}

static quorsum_status run_operation(quorsum_ciphertexts **out, operation *job, size_t count, qs_loop_body body,
                                    const quorsum_run *run)
{
    const qs_ring *ring = job->key->ring;
    quorsum_status status = qs_ciphertexts_new(&job->result, job->key, count);

    if (status == QUORSUM_OK)
        status = qs_workers_init(&job->workers, run, count, BLOCK, operation_scratch(ring), 0);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, count, BLOCK, body, job);
    if (status == QUORSUM_OK) {
        *out = job->result;
        job->result = NULL;
    }
    qs_workers_clear(&job->workers);
    quorsum_ciphertexts_free(job->result);
    return status;
}

static quorsum_status check_operand(const quorsum_public_key *key, const quorsum_ciphertexts *a, size_t count)
{
    if (a == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_public_key_same(key, a->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    return a->count == count ? QUORSUM_OK : QUORSUM_ERR_WIDTH;
}

/* ---- sum and difference ---- */

/* a b, as a R b / R */
static void add_groups(const operation *job, size_t begin, size_t end, mp_limb_t *scratch)
{
    const qs_ring *ring = job->key->ring;
    mp_limb_t *x = qs_lanes_align(scratch);
    mp_limb_t *y = x + qs_lanes_group(ring->lanes);
    mp_limb_t *rest = y + qs_lanes_group(ring->lanes);
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];

    for (size_t i = begin; i < end; i += QS_LANES) {
        size_t used = lanes_used(i, end);

        qs_lanes_sources(sources, element(job->a, i), ring->width, used);
        qs_lanes_enter(ring->lanes, x, sources, rest);
        qs_lanes_sources(sources, element(job->b, i), ring->width, used);
        qs_lanes_load(ring->lanes, y, sources, rest);
        qs_lanes_mul(ring->lanes, x, x, y, rest);
        qs_lanes_places(places, element(job->result, i), ring->width, used);
        qs_lanes_store(ring->lanes, places, x, rest);
    }
}

static quorsum_status add_block(void *context, unsigned worker, size_t begin, size_t end)
{
    operation *job = context;
    mp_limb_t *scratch = qs_workers_scratch(&job->workers, worker);

    if (in_lanes(job, begin, end)) {
        add_groups(job, begin, end, scratch);
        return QUORSUM_OK;
    }
    for (size_t i = begin; i < end; i++)
        qs_ring_product_vartime(job->key->ring, element(job->result, i), element(job->a, i), element(job->b, i),
                                scratch);
    return QUORSUM_OK;
}

static quorsum_status subtract_block(void *context, unsigned worker, size_t begin, size_t end)
{
    operation *job = context;
    const qs_ring *ring = job->key->ring;
    size_t width = ring->width;
    mp_limb_t *inverses = qs_workers_scratch(&job->workers, worker);
    mp_limb_t *prefix = inverses + BLOCK * width;
    mp_limb_t *rest = prefix + BLOCK * width;
    quorsum_status status = QUORSUM_OK;

    memcpy(inverses, element(job->b, begin), (end - begin) * width * sizeof *inverses);
    if (qs_ring_invert_all_vartime(ring, inverses, end - begin, prefix, rest) != 0)
        status = QUORSUM_ERR_NOT_UNIT;
    for (size_t i = begin; i < end && status == QUORSUM_OK; i++)
        qs_ring_product_vartime(ring, element(job->result, i), element(job->a, i), inverses + (i - begin) * width,
                                rest);
    return status;
}

static quorsum_status combine(quorsum_ciphertexts **out, const quorsum_public_key *key, const quorsum_ciphertexts *a,
                              const quorsum_ciphertexts *b, qs_loop_body body, const quorsum_run *run)
{
    operation job = {.key = key, .a = a, .b = b};
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || key == NULL || a == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = check_operand(key, a, a->count);
    if (status == QUORSUM_OK)
        status = check_operand(key, b, a->count);
    if (status == QUORSUM_OK)
        status = run_operation(out, &job, a->count, body, run);
    return status;
}

quorsum_status quorsum_ciphertexts_add(quorsum_ciphertexts **out, const quorsum_public_key *key,
                                       const quorsum_ciphertexts *a, const quorsum_ciphertexts *b,
                                       const quorsum_run *run)
{
    return combine(out, key, a, b, add_block, run);
}

quorsum_status quorsum_ciphertexts_subtract(quorsum_ciphertexts **out, const quorsum_public_key *key,
                                            const quorsum_ciphertexts *a, const quorsum_ciphertexts *b,
                                            const quorsum_run *run)
{
    return combine(out, key, a, b, subtract_block, run);
}

/* ---- weighted sums ---- */

/* The next JOINT vectors whose weight has this sign, from *next on; their weights without it into exponents. */
static size_t take_weights(const operation *job, size_t *next, int negative, size_t *taken, mpz_t *exponents)
{
    size_t count = 0;

    for (; *next < job->count && count < JOINT; (*next)++) {
        int64_t weight = job->weights[*next];
        uint64_t magnitude = negative ? 0 - (uint64_t)weight : (uint64_t)weight;

        if (weight == 0 || (weight < 0) != negative)
            continue;
        mpz_import(exponents[count], 1, 1, sizeof magnitude, 0, 0, &magnitude);
        taken[count++] = *next;
    }
    return count;
}

/* x <- prod of the vectors' element i to the power |weight|, over those whose weight has this sign; Montgomery form.
 * JOINT bases at a time share their squarings. bases: JOINT elements and one; then the ring's scratch. */
static quorsum_status weigh_element(const operation *job, size_t i, int negative, mp_limb_t *x, mp_limb_t *bases)
{
    const qs_ring *ring = job->key->ring;
    mp_limb_t *power = bases + JOINT * ring->width;
    mp_limb_t *rest = power + ring->width;
    const mp_limb_t *pointers[JOINT];
    mpz_t exponents[JOINT];
    size_t taken[JOINT];
    size_t next = 0;
    size_t count;
    quorsum_status status = QUORSUM_OK;

    for (size_t k = 0; k < JOINT; k++)
        mpz_init(exponents[k]);
    memcpy(x, ring->one, ring->width * sizeof *x);
    while (status == QUORSUM_OK && (count = take_weights(job, &next, negative, taken, exponents)) > 0) {
        for (size_t k = 0; k < count; k++) {
            pointers[k] = bases + k * ring->width;
            qs_ring_enter(ring, bases + k * ring->width, element(job->vectors[taken[k]], i), rest);
        }
        status = qs_power_joint_vartime(ring, power, pointers, (const mpz_t *)exponents, count);
        qs_ring_mul(ring, x, x, power, rest);
    }
    for (size_t k = 0; k < JOINT; k++)
        mpz_clear(exponents[k]);
    return status;
}

/* The same for eight elements from i on, in lane form. bases: JOINT groups and one; then the lanes' scratch. */
static quorsum_status weigh_group(const operation *job, size_t i, size_t used, int negative, mp_limb_t *x,
                                  mp_limb_t *bases)
{
    const qs_lanes *lanes = job->key->ring->lanes;
    size_t group = qs_lanes_group(lanes);
    mp_limb_t *power = bases + JOINT * group;
    mp_limb_t *rest = power + group;
    const mp_limb_t *sources[QS_LANES];
    mpz_t exponents[JOINT];
    size_t taken[JOINT];
    size_t next = 0;
    size_t count;
    quorsum_status status = QUORSUM_OK;

    for (size_t k = 0; k < JOINT; k++)
        mpz_init(exponents[k]);
    memcpy(x, qs_lanes_one(lanes), group * sizeof *x);
    while (status == QUORSUM_OK && (count = take_weights(job, &next, negative, taken, exponents)) > 0) {
        for (size_t k = 0; k < count; k++) {
            qs_lanes_sources(sources, element(job->vectors[taken[k]], i), job->key->ring->width, used);
            qs_lanes_enter(lanes, bases + k * group, sources, rest);
        }
        status = qs_lanes_power_joint_vartime(lanes, power, bases, (const mpz_t *)exponents, count);
        if (status == QUORSUM_OK)
            qs_lanes_mul(lanes, x, x, power, rest);
    }
    for (size_t k = 0; k < JOINT; k++)
        mpz_clear(exponents[k]);
    return status;
}

static int has_negative(const operation *job)
{
    for (size_t v = 0; v < job->count; v++)
        if (job->weights[v] < 0)
            return 1;
    return 0;
}

/* A block in lanes: its groups of products stay in lane form until their divisors are inverted. */
static quorsum_status weigh_groups(const operation *job, size_t begin, size_t end, mp_limb_t *below)
{
    const qs_ring *ring = job->key->ring;
    const qs_lanes *lanes = ring->lanes;
    size_t group = qs_lanes_group(lanes);
    mp_limb_t *prefix = below + BLOCK * ring->width;
    mp_limb_t *single = prefix + BLOCK * ring->width;
    mp_limb_t *above = qs_lanes_align(single + ring->width + qs_ring_scratch(ring));
    mp_limb_t *bases = above + BLOCK / QS_LANES * group;
    mp_limb_t *factor = bases + JOINT * group; /* nothing else is there meanwhile */
    mp_limb_t *rest = factor + group;
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];
    int divide = has_negative(job);
    quorsum_status status = QUORSUM_OK;

    for (size_t i = begin; i < end && status == QUORSUM_OK; i += QS_LANES) {
        status = weigh_group(job, i, lanes_used(i, end), 0, above + (i - begin) / QS_LANES * group, bases);
        if (status != QUORSUM_OK || !divide)
            continue;
        status = weigh_group(job, i, lanes_used(i, end), 1, rest + qs_lanes_scratch(lanes), bases);
        qs_lanes_places(places, below + (i - begin) * ring->width, ring->width, lanes_used(i, end));
        qs_lanes_leave(lanes, places, rest + qs_lanes_scratch(lanes), rest);
    }
    if (status == QUORSUM_OK && divide && qs_ring_invert_all_vartime(ring, below, end - begin, prefix, single) != 0)
        status = QUORSUM_ERR_NOT_UNIT;
    for (size_t i = begin; i < end && status == QUORSUM_OK; i += QS_LANES) {
        mp_limb_t *x = above + (i - begin) / QS_LANES * group;

        qs_lanes_places(places, element(job->result, i), ring->width, lanes_used(i, end));
        if (!divide) {
            qs_lanes_leave(lanes, places, x, rest);
            continue;
        }
        qs_lanes_sources(sources, below + (i - begin) * ring->width, ring->width, lanes_used(i, end));
        qs_lanes_load(lanes, factor, sources, rest);
        qs_lanes_mul(lanes, x, x, factor, rest); /* Montgomery form times plain is plain */
        qs_lanes_store(lanes, places, x, rest);
    }
    return status;
}

/* Positive and negative weights apart, so that a block needs one inversion whatever the number of vectors. */
static quorsum_status weigh_block(void *context, unsigned worker, size_t begin, size_t end)
{
    operation *job = context;
    const qs_ring *ring = job->key->ring;
    size_t width = ring->width;
    mp_limb_t *below = qs_workers_scratch(&job->workers, worker);
    mp_limb_t *prefix = below + BLOCK * width;
    mp_limb_t *bases = prefix + BLOCK * width;
    mp_limb_t *rest = bases + (JOINT + 1) * width;
    int divide = has_negative(job);
    quorsum_status status = QUORSUM_OK;

    if (in_lanes(job, begin, end))
        return weigh_groups(job, begin, end, below);
    for (size_t i = begin; i < end && status == QUORSUM_OK; i++) {
        status = weigh_element(job, i, 0, element(job->result, i), bases);
        if (status == QUORSUM_OK && divide)
            status = weigh_element(job, i, 1, below + (i - begin) * width, bases);
        if (divide)
            qs_ring_leave(ring, below + (i - begin) * width, below + (i - begin) * width, rest);
    }
    if (status == QUORSUM_OK && divide && qs_ring_invert_all_vartime(ring, below, end - begin, prefix, bases) != 0)
        status = QUORSUM_ERR_NOT_UNIT;
    for (size_t i = begin; i < end && status == QUORSUM_OK; i++) {
        if (divide) /* Montgomery form times plain is plain */
            qs_ring_mul(ring, element(job->result, i), element(job->result, i), below + (i - begin) * width, rest);
        else
            qs_ring_leave(ring, element(job->result, i), element(job->result, i), rest);
    }
    return status;
}

quorsum_status quorsum_ciphertexts_weighted_sum(quorsum_ciphertexts **out, const quorsum_public_key *key,
                                                const quorsum_ciphertexts *const *vectors, const int64_t *weights,
                                                size_t count, const quorsum_run *run)
{
    operation job = {.key = key, .vectors = vectors, .weights = weights, .count = count};
    quorsum_status status = QUORSUM_OK;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || key == NULL || vectors == NULL || weights == NULL || count == 0 || vectors[0] == NULL)
        return QUORSUM_ERR_ARGUMENT;
    for (size_t v = 0; v < count && status == QUORSUM_OK; v++)
        status = check_operand(key, vectors[v], vectors[0]->count);
    if (status == QUORSUM_OK)
        status = run_operation(out, &job, vectors[0]->count, weigh_block, run);
    return status;
}

quorsum_status quorsum_ciphertexts_scale(quorsum_ciphertexts **out, const quorsum_public_key *key,
                                         const quorsum_ciphertexts *a, int64_t factor, const quorsum_run *run)
{
    return quorsum_ciphertexts_weighted_sum(out, key, &a, &factor, 1, run);
}
