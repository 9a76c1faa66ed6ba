/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plaintext side of a norm proof: packed masks and responses, encrypted by their own exponents, and ciphertexts to
 * the challenge. Where a proof is made all but the last is secret, and is done in guarded memory and constant time.
 */
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/fixed_base.h"
#include "lib/arith/lanes.h"
#include "lib/arith/mask.h"
#include "lib/base/invariant.h"
#include "lib/paillier/workers.h"
#include "lib/proof/norm_inside.h"

/* From so many powers of h_s on a table of it is worth being made, for this one proof. */
#define TABLE_WORTH ((size_t)8)

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- packing ---- */

/* The sum is below 2^(plaintext bits) times one value. */
static size_t sum_limbs(const quorsum_public_key *key, size_t limbs)
{
    return qs_norm_limbs(mpz_sizeinbase(key->ns, 2)) + limbs + 1;
}

size_t qs_norm_pack_scratch(const quorsum_public_key *key, size_t limbs)
{
    return sum_limbs(key, limbs) + limbs + 1 + qs_ring_scratch(key->plain);
}

void qs_norm_pack(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *values, size_t limbs, size_t stride,
                  size_t count, unsigned beta, mp_limb_t *scratch)
{
    size_t length = sum_limbs(key, limbs);
    mp_limb_t *sum = scratch;
    mp_limb_t *term = sum + length;
    mp_limb_t *rest = term + limbs + 1;

    memset(sum, 0, length * sizeof *sum);
    for (size_t j = 0; j < count; j++) {
        size_t at = j * beta / GMP_LIMB_BITS;
        unsigned shift = (unsigned)(j * beta % GMP_LIMB_BITS);
        mp_limb_t carry;

        memcpy(term, values + j * stride, limbs * sizeof *term);
        term[limbs] = shift > 0 ? mpn_lshift(term, term, (mp_size_t)limbs, shift) : 0;
        QS_INVARIANT(at + limbs + 1 <= length);
        carry = mpn_add_n(sum + at, sum + at, term, (mp_size_t)limbs + 1);
        for (size_t i = at + limbs + 1; i < length; i++) {
            sum[i] += carry;
            carry &= qs_is_zero(sum[i]); /* adding 1 carries on exactly when the limb becomes 0 */
        }
    }
    qs_ring_reduce(key->plain, out, sum, length, rest);
}

/* ---- encrypting ---- */

typedef struct blinding {
    const quorsum_public_key *key;
    mp_limb_t *out;
    const mp_limb_t *m;
    const mp_limb_t *exponents;
    size_t bits;
    size_t limbs; /* of an exponent */
    qs_fixed_base *table; /* NULL where there are too few for it */
    qs_workers workers;
} blinding;

static size_t blinding_scratch(const blinding *job)
{
    size_t power = job->table != NULL ? qs_fixed_base_scratch(job->table) : qs_power_scratch(job->key->ring);
    size_t lift = qs_lift_scratch(job->key);

    return QS_FIXED_GROUP * 2 * job->key->ring->width + larger(power, lift);
}

static quorsum_status blind_group(void *context, unsigned worker, size_t begin, size_t end)
{
    const blinding *job = context;
    size_t width = job->key->ring->width;
    mp_limb_t *values = qs_workers_scratch(&job->workers, worker);
    mp_limb_t *lifted = values + QS_FIXED_GROUP * width;
    mp_limb_t *rest = lifted + QS_FIXED_GROUP * width;
    const mp_limb_t *factors[QS_FIXED_GROUP];
    const mp_limb_t *exponents[QS_FIXED_GROUP];
    mp_limb_t *results[QS_FIXED_GROUP];

    for (size_t k = begin; k < end; k++) {
        qs_lift(job->key, lifted + (k - begin) * width, job->m + k * job->key->plain->width, rest);
        factors[k - begin] = lifted + (k - begin) * width;
        exponents[k - begin] = job->exponents + k * job->limbs;
        results[k - begin] = values + (k - begin) * width;
    }
    if (job->table != NULL)
        qs_fixed_base_blind(job->table, results, factors, exponents, end - begin, rest);
    for (size_t k = 0; job->table == NULL && k < end - begin; k++) {
        qs_power(job->key->ring, results[k], job->key->h_s, exponents[k], job->bits, rest);
        qs_ring_mul(job->key->ring, results[k], factors[k], results[k], rest);
    }
    memcpy(job->out + begin * width, values, (end - begin) * width * sizeof *values);
    return QUORSUM_OK;
}

quorsum_status qs_norm_blind(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *m,
                             const mp_limb_t *exponents, size_t bits, size_t count, const quorsum_run *run)
{
    blinding job = {.key = key, .out = out, .m = m, .exponents = exponents, .bits = bits, .limbs = qs_norm_limbs(bits)};
    size_t block = count < TABLE_WORTH ? 1 : QS_FIXED_GROUP;
    quorsum_status status = QUORSUM_OK;

    if (count >= TABLE_WORTH)
        status = qs_fixed_base_new(&job.table, key->ring, key->h_s, bits, run);
    if (status == QUORSUM_OK)
        status = qs_workers_init(&job.workers, run, count, block, blinding_scratch(&job), 1);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, count, block, blind_group, &job);
    qs_workers_clear(&job.workers);
    qs_fixed_base_free(job.table);
    return status;
}

/* ---- ciphertexts to the challenge ---- */

typedef struct raising {
    mp_limb_t *out;
    const quorsum_ciphertexts *ciphertexts;
    const qs_ring *ring;
    mpz_srcptr e;
    qs_workers workers;
} raising;

static size_t raising_scratch(const qs_ring *ring)
{
    size_t group = ring->lanes != NULL ? 2 * qs_lanes_group(ring->lanes) + qs_lanes_power_scratch(ring->lanes) : 0;

    return larger(group + QS_LANES_SLACK, qs_ring_scratch(ring));
}

static void raise_together(const raising *job, size_t first, size_t count, mp_limb_t *scratch)
{
    const qs_ring *ring = job->ring;
    mp_limb_t *x = qs_lanes_align(scratch);
    mp_limb_t *power = x + qs_lanes_group(ring->lanes);
    mp_limb_t *rest = power + qs_lanes_group(ring->lanes);
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];

    qs_lanes_sources(sources, job->ciphertexts->value + first * ring->width, ring->width, count);
    qs_lanes_places(places, job->out + first * ring->width, ring->width, count);
    qs_lanes_enter(ring->lanes, x, sources, rest);
    qs_lanes_power_vartime(ring->lanes, power, x, job->e, rest);
    qs_lanes_leave(ring->lanes, places, power, rest);
}

static quorsum_status raise_one(const raising *job, size_t k, mp_limb_t *scratch)
{
    const qs_ring *ring = job->ring;
    mp_limb_t *power = job->out + k * ring->width;
    quorsum_status status;

    qs_ring_enter(ring, power, job->ciphertexts->value + k * ring->width, scratch);
    status = qs_power_vartime(ring, power, power, job->e);
    qs_ring_leave(ring, power, power, scratch);
    return status;
}

static quorsum_status raise_some(void *context, unsigned worker, size_t begin, size_t end)
{
    const raising *job = context;
    mp_limb_t *scratch = qs_workers_scratch(&job->workers, worker);
    quorsum_status status = QUORSUM_OK;

    if (job->ring->lanes != NULL && end - begin >= QS_LANES_WORTH) {
        raise_together(job, begin, end - begin, scratch);
        return QUORSUM_OK;
    }
    for (size_t k = begin; k < end && status == QUORSUM_OK; k++)
        status = raise_one(job, k, scratch);
    return status;
}

quorsum_status qs_norm_raise_vartime(mp_limb_t *out, const quorsum_ciphertexts *ciphertexts, const mpz_t e,
                                     const quorsum_run *run)
{
    raising job = {.out = out, .ciphertexts = ciphertexts, .ring = ciphertexts->key->ring, .e = e};
    quorsum_status status = qs_workers_init(&job.workers, run, ciphertexts->count, QS_LANES,
                                            raising_scratch(job.ring), 0);

    if (status == QUORSUM_OK)
        status = qs_parallel(run, ciphertexts->count, QS_LANES, raise_some, &job);
    qs_workers_clear(&job.workers);
    return status;
}
