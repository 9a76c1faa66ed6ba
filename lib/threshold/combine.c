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
    mpz_t *weights;     /* 2 lambda_i */
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
    mpz_clears(work->mix[0], work->mix[1], NULL);
    qs_workers_clear(&work->workers);
}

static size_t work_limbs(const combination *work)
{
    return (work->quorum + 2) * work->root->width + qs_ring_scratch(work->root);
}

static quorsum_status combination_new(combination *work, const qs_key_parts *parts, const uint32_t *trustees)
{
    work->root = parts->key->root;
    work->quorum = parts->quorum;
    mpz_inits(work->mix[0], work->mix[1], NULL);
    work->weights = calloc(work->quorum, sizeof *work->weights);
    if (work->weights == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < work->quorum; i++) {
        mpz_init(work->weights[i]);
        qs_lagrange(work->weights[i], parts->trustees, trustees, work->quorum, trustees[i], 0);
        mpz_mul_2exp(work->weights[i], work->weights[i], 1);
    }
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

        qs_ring_enter(root, base, work->partials[i] + k * root->limbs, rest);
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

static quorsum_status combine_some(void *context, unsigned worker, size_t begin, size_t end)
{
    const combination *work = context;
    const mp_limb_t **bases = calloc(work->quorum, sizeof *bases);
    quorsum_status status = bases != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    for (size_t k = begin; k < end && status == QUORSUM_OK; k++)
        status = combine_one(work, k, qs_workers_scratch(&work->workers, worker), bases);
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
        status = qs_workers_init(&work.workers, run, count, 1, work_limbs(&work), 0);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, count, 1, combine_some, &work);
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
