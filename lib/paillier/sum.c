/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running sum: a product of ciphertexts, position by position. A Montgomery product of plain residues is theirs over
 * R, so after k factors each position holds the product over R^(k-1); one more multiplication by R^k modulo N^(s+1)
 * mends it. Public data.
 *
 * Where the kernel has lanes, positions are kept in groups of eight in lane form, with the lanes' R; the last group
 * repeats the last position.
 *
 * The product by a new vector is made beside the present one and takes its place when all of it is right. So bytes are
 * read, checked and multiplied in one pass, and a vector that turns out bad, or a call that is cancelled, leaves nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/paillier/intake.h"
#include "lib/paillier/workers.h"

#define BLOCK ((size_t)64) /* positions of one hand-out */

struct quorsum_sum {
    quorsum_public_key *key;
    size_t count; /* positions */
    uint64_t vectors;
    const qs_lanes *lanes; /* the ring's; NULL where it has none */
    mp_limb_t *value;
    mp_limb_t *next;  /* of the same size: the product in the making */
    mp_limb_t *block; /* what both lie in */
};

/* A step is a group where there are lanes, else a position. */
static size_t step_limbs(const quorsum_sum *sum)
{
    return sum->lanes != NULL ? qs_lanes_group(sum->lanes) : sum->key->ring->width;
}

static size_t steps(const quorsum_sum *sum)
{
    return sum->lanes != NULL ? (sum->count + QS_LANES - 1) / QS_LANES : sum->count;
}

static mp_limb_t *place(const quorsum_sum *sum, mp_limb_t *vector, size_t position)
{
    return vector + (sum->lanes != NULL ? position / QS_LANES : position) * step_limbs(sum);
}

/* next = value x / R for one step; x alone at first. */
static void multiply(const quorsum_sum *sum, size_t position, const mp_limb_t *x, mp_limb_t *scratch)
{
    mp_limb_t *next = place(sum, sum->next, position);
    const mp_limb_t *value = place(sum, sum->value, position);

    if (sum->vectors == 0)
        memcpy(next, x, step_limbs(sum) * sizeof *next);
    else if (sum->lanes != NULL)
        qs_lanes_mul(sum->lanes, next, value, x, scratch);
    else
        qs_ring_mul(sum->key->ring, next, value, x, scratch);
}

static void keep(void *context, size_t first, size_t used, const mp_limb_t *x, mp_limb_t *scratch)
{
    (void)used; /* the last group may be whole */
    multiply(context, first, x, scratch);
}

static void accept(quorsum_sum *sum)
{
    mp_limb_t *before = sum->value;

    sum->value = sum->next;
    sum->next = before;
    sum->vectors++;
}

/* ---- over all positions ---- */

typedef struct walk {
    const quorsum_sum *sum;
    const mp_limb_t *from; /* elements to multiply in; or one step's R^k */
    mp_limb_t *result;     /* elements */
    qs_workers workers;    /* what a step works on, and scratch */
} walk;

static size_t walk_limbs(const quorsum_sum *sum)
{
    size_t rest = sum->lanes != NULL ? qs_lanes_scratch(sum->lanes) : qs_ring_scratch(sum->key->ring);

    return step_limbs(sum) + rest + QS_LANES_SLACK;
}

static quorsum_status walk_all(walk *job, qs_loop_body body, const quorsum_run *run)
{
    const quorsum_sum *sum = job->sum;
    quorsum_status status = qs_workers_init(&job->workers, run, sum->count, BLOCK, walk_limbs(sum), 0);

    if (status == QUORSUM_OK)
        status = qs_parallel(run, sum->count, BLOCK, body, job);
    qs_workers_clear(&job->workers);
    return status;
}

static quorsum_status add_block(void *context, unsigned worker, size_t begin, size_t end)
{
    walk *job = context;
    const quorsum_sum *sum = job->sum;
    size_t width = sum->key->ring->width;
    mp_limb_t *x = qs_lanes_align(qs_workers_scratch(&job->workers, worker));
    mp_limb_t *rest = x + step_limbs(sum);
    const mp_limb_t *sources[QS_LANES];

    for (size_t i = begin; i < end && sum->lanes == NULL; i++)
        multiply(sum, i, job->from + i * width, rest);
    for (size_t i = begin; i < end && sum->lanes != NULL; i += QS_LANES) {
        qs_lanes_sources(sources, job->from + i * width, width, end - i);
        qs_lanes_load(sum->lanes, x, sources, rest);
        multiply(sum, i, x, rest);
    }
    return QUORSUM_OK;
}

/* result = value R^k / R */
static quorsum_status mend_block(void *context, unsigned worker, size_t begin, size_t end)
{
    walk *job = context;
    const quorsum_sum *sum = job->sum;
    const qs_ring *ring = sum->key->ring;
    mp_limb_t *x = qs_lanes_align(qs_workers_scratch(&job->workers, worker));
    mp_limb_t *rest = x + step_limbs(sum);
    mp_limb_t *places[QS_LANES];

    for (size_t i = begin; i < end && sum->lanes == NULL; i++)
        qs_ring_mul(ring, job->result + i * ring->width, place(sum, sum->value, i), job->from, rest);
    for (size_t i = begin; i < end && sum->lanes != NULL; i += QS_LANES) {
        qs_lanes_mul(sum->lanes, x, place(sum, sum->value, i), job->from, rest);
        qs_lanes_places(places, job->result + i * ring->width, ring->width, end - i);
        qs_lanes_store(sum->lanes, places, x, rest);
    }
    return QUORSUM_OK;
}

static quorsum_status mend(quorsum_ciphertexts *result, const quorsum_sum *sum, const quorsum_run *run)
{
    mp_limb_t *block = malloc(walk_limbs(sum) * sizeof *block);
    walk job = {.sum = sum, .result = result->value};
    mp_limb_t *radix;
    quorsum_status status;

    if (block == NULL)
        return QUORSUM_ERR_MEMORY;
    radix = qs_lanes_align(block);
    if (sum->lanes != NULL)
        qs_lanes_radix_vartime(sum->lanes, radix, sum->vectors, radix + step_limbs(sum));
    else
        qs_ring_radix_vartime(sum->key->ring, radix, sum->vectors, radix + step_limbs(sum));
    job.from = radix;
    status = walk_all(&job, mend_block, run);
    free(block);
    return status;
}

/* ---- the calls ---- */

static quorsum_status sum_alloc(quorsum_sum *sum)
{
    size_t limbs = step_limbs(sum);

    if (steps(sum) > (SIZE_MAX / sizeof(mp_limb_t) - QS_LANES_SLACK) / 2 / limbs)
        return QUORSUM_ERR_LIMIT;
    sum->block = malloc((2 * steps(sum) * limbs + QS_LANES_SLACK) * sizeof(mp_limb_t));
    if (sum->block == NULL)
        return QUORSUM_ERR_MEMORY;
    sum->value = qs_lanes_align(sum->block);
    sum->next = sum->value + steps(sum) * limbs;
    return QUORSUM_OK;
}

quorsum_status quorsum_sum_new(quorsum_sum **out, const quorsum_public_key *key, size_t count)
{
    quorsum_sum *sum;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || key == NULL || count == 0)
        return QUORSUM_ERR_ARGUMENT;
    if (count > QS_COUNT_MAX)
        return QUORSUM_ERR_LIMIT;
    sum = calloc(1, sizeof *sum);
    if (sum == NULL)
        return QUORSUM_ERR_MEMORY;
    sum->key = qs_public_key_hold(key);
    sum->lanes = key->ring->lanes;
    sum->count = count;
    status = sum_alloc(sum);
    if (status == QUORSUM_OK) {
        *out = sum;
        sum = NULL;
    }
    quorsum_sum_free(sum);
    return status;
}

void quorsum_sum_free(quorsum_sum *sum)
{
    if (sum == NULL)
        return;
    quorsum_public_key_free(sum->key);
    free(sum->block);
    free(sum);
}

quorsum_status quorsum_sum_add(quorsum_sum *sum, const quorsum_ciphertexts *ciphertexts, const quorsum_run *run)
{
    walk job = {.sum = sum};
    quorsum_status status;

    if (sum == NULL || ciphertexts == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_public_key_same(sum->key, ciphertexts->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (ciphertexts->count != sum->count)
        return QUORSUM_ERR_WIDTH;
    job.from = ciphertexts->value;
    status = walk_all(&job, add_block, run);
    if (status == QUORSUM_OK)
        accept(sum);
    return status;
}

quorsum_status quorsum_sum_add_bytes(quorsum_sum *sum, const uint8_t *in, size_t len, size_t *index,
                                     const quorsum_run *run)
{
    qs_intake intake = {.in = in, .keep = keep, .context = sum};
    size_t needed;
    quorsum_status status;

    if (index != NULL)
        *index = 0;
    if (sum == NULL || in == NULL)
        return QUORSUM_ERR_ARGUMENT;
    needed = sum->count * quorsum_public_key_ciphertext_bytes(sum->key);
    if (len != needed)
        return len < needed ? QUORSUM_ERR_TRUNCATED : QUORSUM_ERR_TRAILING;
    intake.key = sum->key;
    intake.count = sum->count;
    status = qs_intake_all(&intake, index, run);
    if (status == QUORSUM_OK)
        accept(sum);
    return status;
}

quorsum_status quorsum_sum_value(quorsum_ciphertexts **out, const quorsum_sum *sum, const quorsum_run *run)
{
    quorsum_ciphertexts *result = NULL;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || sum == NULL || sum->vectors == 0)
        return QUORSUM_ERR_ARGUMENT;
    status = qs_ciphertexts_new(&result, sum->key, sum->count);
    if (status == QUORSUM_OK)
        status = mend(result, sum, run);
    if (status == QUORSUM_OK) {
        *out = result;
        result = NULL;
    }
    quorsum_ciphertexts_free(result);
    return status;
}
