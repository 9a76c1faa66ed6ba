/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quorsum_opening_verify leaves r_k open up to a factor of small order: N - r_k passes whenever all eight exponents of
 * k happen to be even. Who reads a result need not care, for m_k is right. Who takes openings from others and signs
 * them as his own has to: a result with such an r is refused by most who read it, and none is ever written twice.
 *
 * Let f_k = c_k / ((1+N)^m_k r_k^(N^s)), which is to be 1, and e_k = f_k mod N = c_k / r_k^(N^s) mod N. Where all m_k
 * are right the f_k are N^s-th powers, and 1 where their e_k are; wrong ones are passed with 2^-128 (opening.c). If some
 * e_k is not 1, the product of the e_k over a random subset is not 1 with probability 1/2 at least, as in any group. So
 *
 *     prod c_k = (prod r_k)^(N^s) mod N     over 32 random subsets
 *
 * which with the eight parities of before leaves an error of 2^-40 (docs/protocol.md has all of it). All is modulo N: a
 * round costs half a product an element and side, and one exponentiation. Both checks together have a fixed price of
 * about 20 completions, so up to 20 openings are cheaper one by one.
 */
#include "lib/threshold/exact.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/base/parallel.h"
#include "lib/base/random.h"
#include "lib/paillier/workers.h"

#define SUBSETS ((size_t)32)
#define ONE_BY_ONE 20

typedef struct subsets {
    const quorsum_opening *opening;
    const quorsum_ciphertexts *ciphertexts;
    uint8_t *members; /* of each subset one bit an element */
    size_t bytes;     /* of one subset */
    qs_workers workers;
} subsets;

/* Both products, a power of R, then ring scratch. */
static size_t work_limbs(const qs_ring *root)
{
    return 3 * root->width + qs_ring_scratch(root);
}

/* out = the product of the members, all plain. */
static void subset_product(const qs_ring *root, mp_limb_t *out, const mp_limb_t *values, size_t stride, size_t count,
                           const uint8_t *members, mp_limb_t *rest)
{
    mp_limb_t *radix = rest;
    uint64_t factors = 1; /* the 1 to begin with */

    rest += root->width;
    mpn_zero(out, (mp_size_t)root->width);
    out[0] = 1;
    for (size_t k = 0; k < count; k++) {
        if ((members[k / 8] >> k % 8 & 1) == 0)
            continue;
        qs_ring_mul(root, out, out, values + k * stride, rest);
        factors++;
    }
    qs_ring_radix_vartime(root, radix, factors, rest);
    qs_ring_mul(root, out, out, radix, rest);
}

static quorsum_status check_subset(const subsets *work, const uint8_t *members, mp_limb_t *scratch)
{
    const quorsum_public_key *key = work->opening->key;
    const qs_ring *root = key->root;
    size_t count = work->opening->count;
    mp_limb_t *c = scratch;
    mp_limb_t *r = c + root->width;
    mp_limb_t *rest = r + root->width;
    quorsum_status status;

    subset_product(root, c, work->ciphertexts->value, key->ring->width, count, members, rest);
    subset_product(root, r, work->opening->r, root->width, count, members, rest);
    qs_ring_enter(root, r, r, rest);
    status = qs_power_vartime(root, r, r, key->ns);
    if (status != QUORSUM_OK)
        return status;
    qs_ring_leave(root, r, r, rest);
    return qs_ring_equal(root, c, r) ? QUORSUM_OK : QUORSUM_ERR_OPENING;
}

static quorsum_status check_some(void *context, unsigned worker, size_t begin, size_t end)
{
    const subsets *work = context;
    quorsum_status status = QUORSUM_OK;

    for (size_t i = begin; i < end && status == QUORSUM_OK; i++)
        status = check_subset(work, work->members + i * work->bytes, qs_workers_scratch(&work->workers, worker));
    return status;
}

static quorsum_status check_subsets(const quorsum_opening *opening, const quorsum_ciphertexts *ciphertexts,
                                    const quorsum_run *run)
{
    subsets work = {.opening = opening, .ciphertexts = ciphertexts, .bytes = (opening->count + 7) / 8};
    quorsum_status status = qs_workers_init(&work.workers, run, SUBSETS, 1, work_limbs(opening->key->root), 0);

    work.members = malloc(SUBSETS * work.bytes);
    if (status == QUORSUM_OK && work.members == NULL)
        status = QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK) {
        qs_random_bytes(work.members, SUBSETS * work.bytes);
        status = qs_parallel(run, SUBSETS, 1, check_some, &work);
    }
    free(work.members);
    qs_workers_clear(&work.workers);
    return status;
}

/* ---- a few ---- */

static quorsum_status check_singles(void *context, unsigned worker, size_t begin, size_t end)
{
    const subsets *work = context;
    quorsum_status status = QUORSUM_OK;

    (void)worker;
    for (size_t k = begin; k < end && status == QUORSUM_OK; k++)
        status = qs_opening_verify_one_vartime(work->opening, k, work->ciphertexts);
    return status;
}

quorsum_status qs_opening_verify_exact_vartime(const quorsum_opening *opening, const quorsum_ciphertexts *ciphertexts,
                                               const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    subsets few = {.opening = opening, .ciphertexts = ciphertexts};
    quorsum_status status;

    if (opening->count == ciphertexts->count && opening->count <= ONE_BY_ONE)
        return qs_parallel(&quiet, opening->count, 1, check_singles, &few);
    status = quorsum_opening_verify(opening, ciphertexts, &quiet);
    return status == QUORSUM_OK ? check_subsets(opening, ciphertexts, &quiet) : status;
}
