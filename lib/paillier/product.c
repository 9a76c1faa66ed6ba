/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running product. A Montgomery product of plain residues is theirs over R, so after k factors each position holds
 * the product over R^(k-1); one more multiplication by R^k modulo N^(s+1) mends it. Public data.
 *
 * Where the kernel has lanes, the product is kept in groups of eight positions in lane form, with the lanes' R; the
 * last group repeats the last position.
 */
#include "lib/paillier/product.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/lanes.h"
#include "lib/paillier/workers.h"

#define BLOCK ((size_t)64) /* positions of one hand-out */

struct qs_product {
    quorsum_public_key *key;
    size_t width; /* positions */
    uint64_t factors;
    quorsum_status broken; /* why a factor went into some positions only: such a product is never handed out */
    const qs_lanes *lanes; /* the ring's; NULL where it has none */
    mp_limb_t *value;
    mp_limb_t *block;      /* what value lies in */
};

typedef struct multiplication {
    const qs_product *product;
    mp_limb_t *result; /* result[i] = a[i] b[i] / R; b's elements stand `stride` apart: 0 for one b for all */
    const mp_limb_t *a;
    const mp_limb_t *b;
    size_t stride;
    qs_loop_body body;
    size_t scratch; /* limbs */
    qs_workers workers;
} multiplication;

static quorsum_status multiply_block(void *context, unsigned worker, size_t begin, size_t end)
{
    multiplication *job = context;
    const qs_ring *ring = job->product->key->ring;
    mp_limb_t *scratch = qs_workers_scratch(&job->workers, worker);

    for (size_t i = begin; i < end; i++)
        qs_ring_mul(ring, job->result + i * ring->width, job->a + i * ring->width, job->b + i * job->stride, scratch);
    return QUORSUM_OK;
}

/* ---- groups of lanes ---- */

static mp_limb_t *group_at(const qs_product *product, size_t position)
{
    return product->value + position / QS_LANES * qs_lanes_group(product->lanes);
}

static size_t lanes_used(const qs_product *product, size_t position)
{
    return product->width - position < QS_LANES ? product->width - position : QS_LANES;
}

/* value *= b, or = b at first; in lane form */
static quorsum_status multiply_groups(void *context, unsigned worker, size_t begin, size_t end)
{
    multiplication *job = context;
    const qs_product *product = job->product;
    const qs_lanes *lanes = product->lanes;
    mp_limb_t *factor = qs_lanes_align(qs_workers_scratch(&job->workers, worker));
    mp_limb_t *rest = factor + qs_lanes_group(lanes);
    const mp_limb_t *sources[QS_LANES];

    for (size_t i = begin; i < end; i += QS_LANES) {
        mp_limb_t *value = group_at(product, i);

        qs_lanes_sources(sources, job->b + i * job->stride, job->stride, lanes_used(product, i));
        qs_lanes_load(lanes, product->factors == 0 ? value : factor, sources, rest);
        if (product->factors > 0)
            qs_lanes_mul(lanes, value, value, factor, rest);
    }
    return QUORSUM_OK;
}

/* result = value b / R for the one group b */
static quorsum_status mend_groups(void *context, unsigned worker, size_t begin, size_t end)
{
    multiplication *job = context;
    const qs_product *product = job->product;
    const qs_lanes *lanes = product->lanes;
    size_t width = product->key->ring->width;
    mp_limb_t *mended = qs_lanes_align(qs_workers_scratch(&job->workers, worker));
    mp_limb_t *rest = mended + qs_lanes_group(lanes);
    mp_limb_t *places[QS_LANES];

    for (size_t i = begin; i < end; i += QS_LANES) {
        qs_lanes_mul(lanes, mended, group_at(product, i), job->b, rest);
        qs_lanes_places(places, job->result + i * width, width, lanes_used(product, i));
        qs_lanes_store(lanes, places, mended, rest);
    }
    return QUORSUM_OK;
}

static size_t groups_scratch(const qs_lanes *lanes)
{
    return qs_lanes_group(lanes) + qs_lanes_scratch(lanes) + QS_LANES_SLACK;
}

static quorsum_status multiply_all(multiplication *job, const quorsum_run *run)
{
    size_t width = job->product->width;
    quorsum_status status = qs_workers_init(&job->workers, run, width, BLOCK, job->scratch, 0);

    if (status == QUORSUM_OK)
        status = qs_parallel(run, width, BLOCK, job->body, job);
    qs_workers_clear(&job->workers);
    return status;
}

/* Room for whole groups of lanes where there are lanes. */
static quorsum_status product_alloc(qs_product *product)
{
    size_t width = product->width;
    size_t limbs = product->key->ring->width;

    product->lanes = product->key->ring->lanes;
    if (product->lanes != NULL) {
        width = (width + QS_LANES - 1) / QS_LANES;
        limbs = qs_lanes_group(product->lanes);
    }
    if (width > (SIZE_MAX / sizeof(mp_limb_t) - QS_LANES_SLACK) / limbs)
        return QUORSUM_ERR_LIMIT;
    product->block = malloc((width * limbs + QS_LANES_SLACK) * sizeof(mp_limb_t));
    if (product->block == NULL)
        return QUORSUM_ERR_MEMORY;
    product->value = qs_lanes_align(product->block);
    return QUORSUM_OK;
}

quorsum_status qs_product_new(qs_product **out, const quorsum_public_key *key, size_t width)
{
    qs_product *product;
    quorsum_status status;

    *out = NULL;
    if (key == NULL || width == 0)
        return QUORSUM_ERR_ARGUMENT;
    if (width > QS_COUNT_MAX)
        return QUORSUM_ERR_LIMIT;
    product = calloc(1, sizeof *product);
    if (product == NULL)
        return QUORSUM_ERR_MEMORY;
    product->key = qs_public_key_hold(key);
    product->width = width;
    status = product_alloc(product);
    if (status == QUORSUM_OK) {
        *out = product;
        product = NULL;
    }
    qs_product_free(product);
    return status;
}

void qs_product_free(qs_product *product)
{
    if (product == NULL)
        return;
    quorsum_public_key_free(product->key);
    free(product->block);
    free(product);
}

/* value *= factor. The first factor of a product without lanes is copied. */
static quorsum_status multiply(qs_product *product, const quorsum_ciphertexts *factor, const quorsum_run *run)
{
    const qs_ring *ring = product->key->ring;
    multiplication job = {.product = product, .result = product->value, .a = product->value, .b = factor->value,
                          .stride = ring->width, .body = multiply_block, .scratch = qs_ring_scratch(ring)};

    if (product->lanes != NULL) {
        job.body = multiply_groups;
        job.scratch = groups_scratch(product->lanes);
    } else if (product->factors == 0) {
        memcpy(product->value, factor->value, product->width * ring->width * sizeof(mp_limb_t));
        return QUORSUM_OK;
    }
    return multiply_all(&job, run);
}

quorsum_status qs_product_multiply(qs_product *product, const quorsum_ciphertexts *factor, const quorsum_run *run)
{
    if (!qs_public_key_same(product->key, factor->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (factor->count != product->width)
        return QUORSUM_ERR_WIDTH;
    if (product->broken != QUORSUM_OK)
        return product->broken;
    product->broken = multiply(product, factor, run);
    if (product->broken == QUORSUM_OK)
        product->factors++;
    return product->broken;
}

static quorsum_status mend_lanes(quorsum_ciphertexts *result, const qs_product *product, const quorsum_run *run)
{
    const qs_lanes *lanes = product->lanes;
    mp_limb_t *block = malloc(groups_scratch(lanes) * sizeof *block);
    mp_limb_t *radix;
    multiplication job = {.product = product, .result = result->value, .body = mend_groups,
                          .scratch = groups_scratch(lanes)};
    quorsum_status status;

    if (block == NULL)
        return QUORSUM_ERR_MEMORY;
    radix = qs_lanes_align(block);
    qs_lanes_radix_vartime(lanes, radix, product->factors, radix + qs_lanes_group(lanes));
    job.b = radix;
    status = multiply_all(&job, run);
    free(block);
    return status;
}

static quorsum_status mend(quorsum_ciphertexts *result, const qs_product *product, const quorsum_run *run)
{
    const qs_ring *ring = product->key->ring;
    mp_limb_t *radix = malloc((ring->width + qs_ring_scratch(ring)) * sizeof *radix);
    multiplication job = {.product = product, .result = result->value, .a = product->value, .b = radix, .stride = 0,
                          .body = multiply_block, .scratch = qs_ring_scratch(ring)};
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (radix != NULL) {
        qs_ring_radix_vartime(ring, radix, product->factors, radix + ring->width);
        status = multiply_all(&job, run);
    }
    free(radix);
    return status;
}

quorsum_status qs_product_value(quorsum_ciphertexts **out, const qs_product *product, const quorsum_run *run)
{
    quorsum_ciphertexts *result = NULL;
    quorsum_status status;

    *out = NULL;
    if (product->broken != QUORSUM_OK)
        return product->broken;
    if (product->factors == 0)
        return QUORSUM_ERR_COHORT;
    status = qs_ciphertexts_new(&result, product->key, product->width);
    if (status == QUORSUM_OK)
        status = (product->lanes != NULL ? mend_lanes : mend)(result, product, run);
    if (status == QUORSUM_OK) {
        *out = result;
        result = NULL;
    }
    quorsum_ciphertexts_free(result);
    return status;
}
