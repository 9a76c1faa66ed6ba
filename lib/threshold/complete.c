/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion, which needs no key: u = r^(N^s), m = dlog(c/u), and the single equation c = (1+N)^m r^(N^s) that decides
 * what a valid opening is. Public data on all cores.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/parallel.h"
#include "lib/paillier/workers.h"
#include "lib/threshold/opening.h"

typedef struct completion {
    const quorsum_ciphertexts *ciphertexts;
    mp_limb_t *m;
    const mp_limb_t *r;
    size_t block; /* elements of one hand-out */
    qs_workers workers;
} completion;

/* Elements (as many u as are raised together, and c/u or (1+N)^m), then what the ring and the lift need. */
static size_t work_limbs(const quorsum_public_key *key, size_t together)
{
    size_t ring = qs_ring_scratch(key->ring);
    size_t lift = qs_lift_scratch(key);

    return (together + 1) * key->ring->width + (ring > lift ? ring : lift);
}

int qs_in_range(const qs_ring *ring, const mp_limb_t *x)
{
    for (unsigned i = 0; i < ring->digits; i++) {
        if (mpn_cmp(x + i * ring->limbs, ring->n, (mp_size_t)ring->limbs) >= 0)
            return 0;
    }
    return 1;
}

/* (1+N)^m u = c; `u` in plain form. Ranges, and that c is a unit, are the caller's to check: they belong to it. */
static quorsum_status check_equation(const quorsum_public_key *key, const mp_limb_t *c, const mp_limb_t *m,
                                     const mp_limb_t *u, mp_limb_t *lifted, mp_limb_t *rest)
{
    qs_lift(key, lifted, m, rest);
    qs_ring_product_vartime(key->ring, lifted, lifted, u, rest);
    return qs_ring_equal(key->ring, lifted, c) ? QUORSUM_OK : QUORSUM_ERR_OPENING;
}

/* u = r^(N^s) */
static quorsum_status complete_one(const quorsum_public_key *key, const mp_limb_t *c, const mp_limb_t *u, mp_limb_t *m,
                                   mp_limb_t *scratch)
{
    const qs_ring *ring = key->ring;
    mp_limb_t *a = scratch;
    mp_limb_t *rest = a + ring->width;

    if (mpn_cmp(u, c, (mp_size_t)ring->limbs) != 0) /* c = u mod N */
        return QUORSUM_ERR_OPENING;
    if (qs_ring_invert_vartime(ring, a, u) != 0)
        return QUORSUM_ERR_OPENING;
    qs_ring_product_vartime(ring, a, a, c, rest);
    if (qs_discrete_log_vartime(key, m, a) != 0)
        return QUORSUM_ERR_OPENING;
    return check_equation(key, c, m, u, a, rest);
}

static quorsum_status complete_some(void *context, unsigned worker, size_t begin, size_t end)
{
    const completion *work = context;
    const quorsum_public_key *key = work->ciphertexts->key;
    size_t limbs = key->root->limbs;
    size_t width = key->ring->width;
    mp_limb_t *u = qs_workers_scratch(&work->workers, worker);
    quorsum_status status;

    for (size_t k = begin; k < end; k++) {
        const mp_limb_t *r = work->r + k * limbs;

        if (!qs_in_range(key->root, r) || mpn_zero_p(r, (mp_size_t)limbs)) /* 0 < r < N */
            return QUORSUM_ERR_OPENING;
    }
    status = qs_randomisers_vartime(key, u, work->r + begin * limbs, end - begin);
    for (size_t k = begin; k < end && status == QUORSUM_OK; k++)
        status = complete_one(key, work->ciphertexts->value + k * width, u + (k - begin) * width,
                              work->m + k * key->plain->width, u + work->block * width);
    return status;
}

quorsum_status qs_complete_vartime(mp_limb_t *m, const quorsum_ciphertexts *ciphertexts, const mp_limb_t *r,
                                   const quorsum_run *run)
{
    size_t block = qs_randomisers_block(ciphertexts->key);
    completion work = {.ciphertexts = ciphertexts, .m = m, .r = r, .block = block};
    size_t limbs = work_limbs(ciphertexts->key, block);
    quorsum_status status = qs_workers_init(&work.workers, run, ciphertexts->count, block, limbs, 0);

    if (status == QUORSUM_OK)
        status = qs_parallel(run, ciphertexts->count, block, complete_some, &work);
    qs_workers_clear(&work.workers);
    return status;
}

/* ---- one given opening ---- */

static quorsum_status check_one(const quorsum_opening *opening, size_t index, const quorsum_ciphertexts *ciphertexts,
                                mp_limb_t *scratch)
{
    const quorsum_public_key *key = ciphertexts->key;
    const mp_limb_t *c = ciphertexts->value + index * key->ring->width;
    const mp_limb_t *m = opening->m + index * key->plain->width;
    const mp_limb_t *r = opening->r + index * key->root->limbs;
    mp_limb_t *u = scratch;
    mp_limb_t *lifted = u + key->ring->width;
    mp_limb_t *rest = lifted + key->ring->width;
    size_t first;
    quorsum_status status;

    if (!qs_in_range(key->plain, m) || !qs_in_range(key->ring, c) || !qs_in_range(key->root, r) ||
        mpn_zero_p(r, (mp_size_t)key->root->limbs))
        return QUORSUM_ERR_RANGE;
    if (!qs_ring_units_vartime(key->root, c, key->ring->width, 1, &first, rest))
        return QUORSUM_ERR_NOT_UNIT;
    status = qs_randomiser_vartime(key, u, r);
    return status == QUORSUM_OK ? check_equation(key, c, m, u, lifted, rest) : status;
}

quorsum_status qs_opening_verify_one_vartime(const quorsum_opening *opening, size_t index,
                                             const quorsum_ciphertexts *ciphertexts)
{
    mp_limb_t *scratch;
    quorsum_status status;

    if (!qs_public_key_same(opening->key, ciphertexts->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (index >= opening->count || index >= ciphertexts->count)
        return QUORSUM_ERR_WIDTH;
    scratch = calloc(work_limbs(ciphertexts->key, 1), sizeof *scratch);
    if (scratch == NULL)
        return QUORSUM_ERR_MEMORY;
    status = check_one(opening, index, ciphertexts, scratch);
    free(scratch);
    return status;
}
