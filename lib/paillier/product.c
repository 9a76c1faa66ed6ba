/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running product. A Montgomery product of plain residues is theirs over R, so after k factors each position holds
 * the product over R^(k-1); one more multiplication by R^k modulo N^(s+1) mends it. Public data.
 */
#include "lib/paillier/product.h"

#include <stdlib.h>
#include <string.h>

#include "lib/paillier/workers.h"

#define BLOCK ((size_t)64)

struct qs_product {
    quorsum_public_key *key;
    size_t width; /* positions */
    uint64_t factors;
    quorsum_status broken; /* why a factor went into some positions only: such a product is never handed out */
    mp_limb_t *value;
};

typedef struct multiplication {
    const qs_ring *ring;
    mp_limb_t *result; /* result[i] = a[i] b[i] / R; b's elements stand `stride` apart: 0 for one b for all */
    const mp_limb_t *a;
    const mp_limb_t *b;
    size_t stride;
    qs_workers workers;
} multiplication;

static quorsum_status multiply_block(void *context, unsigned worker, size_t begin, size_t end)
{
    multiplication *job = context;
    size_t width = job->ring->width;
    mp_limb_t *scratch = qs_workers_scratch(&job->workers, worker);

    for (size_t i = begin; i < end; i++)
        qs_ring_mul(job->ring, job->result + i * width, job->a + i * width, job->b + i * job->stride, scratch);
    return QUORSUM_OK;
}

static quorsum_status multiply_all(multiplication *job, size_t count, const quorsum_run *run)
{
    quorsum_status status = qs_workers_init(&job->workers, run, count, BLOCK, qs_ring_scratch(job->ring), 0);

    if (status == QUORSUM_OK)
        status = qs_parallel(run, count, BLOCK, multiply_block, job);
    qs_workers_clear(&job->workers);
    return status;
}

quorsum_status qs_product_new(qs_product **out, const quorsum_public_key *key, size_t width)
{
    qs_product *product;

    *out = NULL;
    if (key == NULL || width == 0)
        return QUORSUM_ERR_ARGUMENT;
    if (width > QS_COUNT_MAX || width > SIZE_MAX / sizeof(mp_limb_t) / key->ring->width)
        return QUORSUM_ERR_LIMIT;
    product = calloc(1, sizeof *product);
    if (product == NULL)
        return QUORSUM_ERR_MEMORY;
    product->value = malloc(width * key->ring->width * sizeof(mp_limb_t));
    if (product->value == NULL) {
        free(product);
        return QUORSUM_ERR_MEMORY;
    }
    product->key = qs_public_key_hold(key);
    product->width = width;
    *out = product;
    return QUORSUM_OK;
}

void qs_product_free(qs_product *product)
{
    if (product == NULL)
        return;
    quorsum_public_key_free(product->key);
    free(product->value);
    free(product);
}

quorsum_status qs_product_multiply(qs_product *product, const quorsum_ciphertexts *factor, const quorsum_run *run)
{
    const qs_ring *ring = product->key->ring;
    multiplication job = {.ring = ring, .result = product->value, .a = product->value, .b = factor->value,
                          .stride = ring->width};

    if (!qs_public_key_same(product->key, factor->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (factor->count != product->width)
        return QUORSUM_ERR_WIDTH;
    if (product->broken != QUORSUM_OK)
        return product->broken;
    if (product->factors == 0)
        memcpy(product->value, factor->value, product->width * ring->width * sizeof(mp_limb_t));
    else
        product->broken = multiply_all(&job, product->width, run);
    if (product->broken == QUORSUM_OK)
        product->factors++;
    return product->broken;
}

static quorsum_status mend(quorsum_ciphertexts *result, const qs_product *product, const quorsum_run *run)
{
    const qs_ring *ring = product->key->ring;
    mp_limb_t *radix = malloc((ring->width + qs_ring_scratch(ring)) * sizeof *radix);
    multiplication job = {.ring = ring, .result = result->value, .a = product->value, .b = radix, .stride = 0};
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (radix != NULL) {
        qs_ring_radix_vartime(ring, radix, product->factors, radix + ring->width);
        status = multiply_all(&job, product->width, run);
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
        status = mend(result, product, run);
    if (status == QUORSUM_OK) {
        *out = result;
        result = NULL;
    }
    quorsum_ciphertexts_free(result);
    return status;
}
