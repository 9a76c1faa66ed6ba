/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From partials to the randomiser. With c0 = r^(N^s) and c_i = c0^(2 S_i):
 *
 *     w = prod c_i^(2 lambda_i) = c0^(4 Delta^2 D) = r^(4 Delta^2 D N^s) = r^(4 Delta^2 theta)
 *
 * (4 from both squarings: c_i^2 lies in the squares, whose order D N^s = theta refers to). M = 4 Delta^2 theta is
 * prime to N^s, for N has no prime factor up to n and is prime to theta; so a M + b N^s = 1 and
 *
 *     r = r^(a M) r^(b N^s) = w^a c0^b
 *
 * which is r itself, and nothing but a power of r is ever computed. No root is taken and no 4 divided out: a square
 * root of somebody else's choice would let the contributor of a non-square r factor N.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/lagrange.h"
#include "lib/base/parallel.h"
#include "lib/paillier/workers.h"
#include "lib/threshold/opening.h"

/* Everything that depends on the quorum only, made once for all elements. */
typedef struct combination {
    const qs_ring *root;
    size_t quorum;
    size_t *order;      /* the partials', those whose weight is not negative first */
    size_t positive;    /* how many those are */
    mpz_t *weights;     /* 2 lambda_i, in that order */
    mpz_t mix[2];       /* a, b */
    mp_limb_t *out;
    const mp_limb_t *bases;
    size_t stride;
    const mp_limb_t *const *partials;
    qs_workers workers;
} combination;

static quorsum_status check_quorum(const qs_key_parts *parts, const uint32_t *trustees)
{
    for (uint32_t i = 0; i < parts->quorum; i++) {
        if (trustees[i] < 1 || trustees[i] > parts->trustees)
            return QUORSUM_ERR_TRUSTEE;
        for (uint32_t j = 0; j < i; j++) {
            if (trustees[i] == trustees[j])
                return QUORSUM_ERR_TRUSTEE;
        }
    }
    return QUORSUM_OK;
}

static size_t total_bits(const mpz_t a, const mpz_t b)
{
    return mpz_sizeinbase(a, 2) + mpz_sizeinbase(b, 2);
}

/* a M + b N^s = 1. All solutions are (a + k N^s, b - k M); the two around zero are compared, and the shorter one is
 * taken. ERR_NOT_UNIT when there is none. */
static quorsum_status solve_mix(mpz_t a, mpz_t b, const qs_key_parts *parts)
{
    mpz_t m, other_a, other_b, divisor;
    quorsum_status status = QUORSUM_OK;

    mpz_inits(m, other_a, other_b, divisor, NULL);
    qs_factorial(m, parts->trustees);
    mpz_mul(m, m, m);
    mpz_mul(m, m, parts->theta);
    mpz_mul_2exp(m, m, 2);
    mpz_gcdext(divisor, a, b, m, parts->key->ns);
    if (mpz_cmp_ui(divisor, 1) != 0)
        status = QUORSUM_ERR_NOT_UNIT;
    /* 0 <= b < M, and its neighbour with b < 0 */
    mpz_fdiv_qr(divisor, b, b, m);
    mpz_addmul(a, divisor, parts->key->ns);
    mpz_add(other_a, a, parts->key->ns);
    mpz_sub(other_b, b, m);
    if (total_bits(other_a, other_b) < total_bits(a, b)) {
        mpz_swap(a, other_a);
        mpz_swap(b, other_b);
    }
    mpz_clears(m, other_a, other_b, divisor, NULL);
    return status;
}

static void combination_free(combination *work)
{
    for (size_t i = 0; work->weights != NULL && i < work->quorum; i++)
        mpz_clear(work->weights[i]);
    free(work->weights);
    free(work->order);
    mpz_clears(work->mix[0], work->mix[1], NULL);
    qs_workers_clear(&work->workers);
}

static size_t work_limbs(const combination *work)
{
    size_t width = work->root->width;
    size_t single = (work->quorum + 2) * width + qs_ring_scratch(work->root);

    if (work->root->lanes == NULL)
        return single;
    return (work->quorum + 4) * qs_lanes_group(work->root->lanes) + qs_lanes_scratch(work->root->lanes) +
           QS_LANES_SLACK + (4 * QS_LANES + 1) * width + single;
}

/* Weights are as yet in the order of the trustees. */
static void sort_weights(combination *work)
{
    size_t last = work->quorum;

    while (work->positive < last) {
        size_t i = work->positive;
        size_t moved;

        if (mpz_sgn(work->weights[i]) >= 0) {
            work->positive++;
            continue;
        }
        last--;
        mpz_swap(work->weights[i], work->weights[last]);
        moved = work->order[i];
        work->order[i] = work->order[last];
        work->order[last] = moved;
    }
}

static quorsum_status combination_new(combination *work, const qs_key_parts *parts, const uint32_t *trustees)
{
    work->root = parts->key->root;
    work->quorum = parts->quorum;
    mpz_inits(work->mix[0], work->mix[1], NULL);
    work->weights = calloc(work->quorum, sizeof *work->weights);
    work->order = calloc(work->quorum, sizeof *work->order);
    if (work->weights == NULL || work->order == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < work->quorum; i++) {
        mpz_init(work->weights[i]);
        qs_lagrange(work->weights[i], parts->trustees, trustees, work->quorum, trustees[i], 0);
        mpz_mul_2exp(work->weights[i], work->weights[i], 1);
        work->order[i] = i;
    }
    sort_weights(work);
    return solve_mix(work->mix[0], work->mix[1], parts);
}

/* scratch: the quorum's partials, w, c0 (root elements), then ring scratch. bases: room for quorum pointers. */
static quorsum_status combine_one(const combination *work, size_t k, mp_limb_t *scratch, const mp_limb_t **bases)
{
    const qs_ring *root = work->root;
    mp_limb_t *w = scratch + work->quorum * root->width;
    mp_limb_t *c0 = w + root->width;
    mp_limb_t *rest = c0 + root->width;
    const mp_limb_t *pair[2] = {w, c0};
    quorsum_status status;

    for (size_t i = 0; i < work->quorum; i++) {
        mp_limb_t *base = scratch + i * root->width;

        qs_ring_enter(root, base, work->partials[work->order[i]] + k * root->limbs, rest);
        bases[i] = base;
    }
    qs_ring_enter(root, c0, work->bases + k * work->stride, rest);
    status = qs_power_joint_vartime(root, w, bases, (const mpz_t *)work->weights, work->quorum);
    if (status == QUORSUM_OK)
        status = qs_power_joint_vartime(root, w, pair, (const mpz_t *)work->mix, 2);
    if (status == QUORSUM_OK)
        qs_ring_leave(root, work->out + k * root->limbs, w, rest);
    return status;
}

/* ---- eight at once ---- */

typedef struct eight { /* groups, and plain elements for the inverses */
    mp_limb_t *bases; /* the partials; later w and c0 */
    mp_limb_t *above; /* prod of those with positive weights, later the result */
    mp_limb_t *below; /* of those with negative ones, without the sign */
    mp_limb_t *rest;
    mp_limb_t *plain; /* what is to be inverted: two elements a lane */
    mp_limb_t *prefix;
    mp_limb_t *scratch;
} eight;

static eight cut_scratch(const combination *work, mp_limb_t *scratch)
{
    const qs_lanes *lanes = work->root->lanes;
    size_t group = qs_lanes_group(lanes);
    eight own = {.bases = qs_lanes_align(scratch)};

    own.above = own.bases + (work->quorum + 2) * group;
    own.below = own.above + group;
    own.rest = own.below + group;
    own.plain = own.rest + qs_lanes_scratch(lanes);
    own.prefix = own.plain + 2 * QS_LANES * work->root->width;
    own.scratch = own.prefix + 2 * QS_LANES * work->root->width;
    return own;
}

/* w^(+-1) = above / below and c0^(+-1), with the signs of a and b, into the first two groups of bases. One inversion
 * serves all. */
static quorsum_status divide_group(const combination *work, const eight *own, size_t k, size_t count)
{
    const qs_ring *root = work->root;
    const qs_lanes *lanes = root->lanes;
    int negative = mpz_sgn(work->mix[1]) < 0;
    mp_limb_t *c0 = own->plain + QS_LANES * root->width;
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];

    qs_lanes_places(places, own->plain, root->width, QS_LANES);
    qs_lanes_leave(lanes, places, own->below, own->rest);
    qs_lanes_sources(sources, work->bases + k * work->stride, work->stride, count);
    for (size_t j = 0; j < QS_LANES; j++)
        memcpy(c0 + j * root->width, sources[j], root->width * sizeof *c0);
    if (qs_ring_invert_all_vartime(root, own->plain, (negative ? 2 : 1) * QS_LANES, own->prefix, own->scratch) != 0)
        return QUORSUM_ERR_NOT_UNIT;
    qs_lanes_sources(sources, own->plain, root->width, QS_LANES);
    qs_lanes_enter(lanes, own->bases, sources, own->rest);
    qs_lanes_mul(lanes, own->bases, own->bases, own->above, own->rest);
    qs_lanes_sources(sources, c0, root->width, QS_LANES);
    qs_lanes_enter(lanes, own->bases + qs_lanes_group(lanes), sources, own->rest);
    return QUORSUM_OK;
}

static quorsum_status combine_group(const combination *work, size_t k, size_t count, mp_limb_t *scratch)
{
    const qs_ring *root = work->root;
    const qs_lanes *lanes = root->lanes;
    size_t group = qs_lanes_group(lanes);
    eight own = cut_scratch(work, scratch);
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];
    quorsum_status status;

    for (size_t i = 0; i < work->quorum; i++) {
        qs_lanes_sources(sources, work->partials[work->order[i]] + k * root->limbs, root->limbs, count);
        qs_lanes_enter(lanes, own.bases + i * group, sources, own.rest);
    }
    status = qs_lanes_power_joint_vartime(lanes, own.above, own.bases, (const mpz_t *)work->weights, work->positive);
    if (status == QUORSUM_OK)
        status = qs_lanes_power_joint_vartime(lanes, own.below, own.bases + work->positive * group,
                                              (const mpz_t *)work->weights + work->positive,
                                              work->quorum - work->positive);
    if (mpz_sgn(work->mix[0]) < 0) {
        mp_limb_t *above = own.above;

        own.above = own.below;
        own.below = above;
    }
    if (status == QUORSUM_OK)
        status = divide_group(work, &own, k, count);
    if (status == QUORSUM_OK)
        status = qs_lanes_power_joint_vartime(lanes, own.above, own.bases, (const mpz_t *)work->mix, 2);
    if (status != QUORSUM_OK)
        return status;
    qs_lanes_places(places, work->out + k * root->limbs, root->limbs, count);
    qs_lanes_leave(lanes, places, own.above, own.rest);
    return QUORSUM_OK;
}

static size_t block_of(const combination *work)
{
    return work->root->lanes != NULL ? QS_LANES : 1;
}

static quorsum_status combine_some(void *context, unsigned worker, size_t begin, size_t end)
{
    const combination *work = context;
    mp_limb_t *scratch = qs_workers_scratch(&work->workers, worker);
    const mp_limb_t **bases;
    quorsum_status status;

    if (work->root->lanes != NULL && end - begin >= QS_LANES_WORTH)
        return combine_group(work, begin, end - begin, scratch);
    bases = calloc(work->quorum, sizeof *bases);
    status = bases != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
    for (size_t k = begin; k < end && status == QUORSUM_OK; k++)
        status = combine_one(work, k, scratch, bases);
    free(bases);
    return status;
}

quorsum_status qs_combine_roots_vartime(mp_limb_t *r, const qs_key_parts *parts, const mp_limb_t *bases, size_t stride,
                                        size_t count, const uint32_t *trustees, const mp_limb_t *const *partials,
                                        const quorsum_run *run)
{
    combination work = {.out = r, .bases = bases, .stride = stride, .partials = partials};
    quorsum_status status = check_quorum(parts, trustees);

    if (status != QUORSUM_OK)
        return status;
    status = combination_new(&work, parts, trustees);
    if (status == QUORSUM_OK)
        status = qs_workers_init(&work.workers, run, count, block_of(&work), work_limbs(&work), 0);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, count, block_of(&work), combine_some, &work);
    combination_free(&work);
    return status;
}

quorsum_status qs_combine_vartime(mp_limb_t *r, const quorsum_key_record *record,
                                  const quorsum_ciphertexts *ciphertexts, const uint32_t *trustees,
                                  const mp_limb_t *const *partials, const quorsum_run *run)
{
    return qs_combine_roots_vartime(r, &record->parts, ciphertexts->value, ciphertexts->key->ring->width,
                                    ciphertexts->count, trustees, partials, run);
}
