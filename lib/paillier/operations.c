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
    return (2 * BLOCK + JOINT + 2) * ring->width + qs_ring_scratch(ring);
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

static quorsum_status add_block(void *context, unsigned worker, size_t begin, size_t end)
{
    operation *job = context;
    mp_limb_t *scratch = qs_workers_scratch(&job->workers, worker);

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

/* x <- prod of the vectors' element i to the power |weight|, over those whose weight has this sign; Montgomery form.
 * JOINT bases at a time share their squarings. bases: JOINT elements and one; then the ring's scratch. */
static quorsum_status weigh_element(const operation *job, size_t i, int negative, mp_limb_t *x, mp_limb_t *bases)
{
    const qs_ring *ring = job->key->ring;
    mp_limb_t *power = bases + JOINT * ring->width;
    mp_limb_t *rest = power + ring->width;
    const mp_limb_t *pointers[JOINT];
    mpz_t exponents[JOINT];
    size_t taken = 0;
    quorsum_status status = QUORSUM_OK;

    for (size_t k = 0; k < JOINT; k++)
        mpz_init(exponents[k]);
    memcpy(x, ring->one, ring->width * sizeof *x);
    for (size_t v = 0; v < job->count && status == QUORSUM_OK; v++) {
        int64_t weight = job->weights[v];

        if (weight != 0 && (weight < 0) == negative) {
            uint64_t magnitude = negative ? 0 - (uint64_t)weight : (uint64_t)weight;

            mpz_import(exponents[taken], 1, 1, sizeof magnitude, 0, 0, &magnitude);
            pointers[taken] = bases + taken * ring->width;
            qs_ring_enter(ring, bases + taken * ring->width, element(job->vectors[v], i), rest);
            taken++;
        }
        if (taken == JOINT || (taken > 0 && v + 1 == job->count)) {
            status = qs_power_joint_vartime(ring, power, pointers, exponents, taken);
            qs_ring_mul(ring, x, x, power, rest);
            taken = 0;
        }
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
