/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encryption: c = (1+N)^m h_s^alpha with alpha fresh and uniform below 2^alpha_bits, and re-randomising, where a
 * ciphertext stands in the place of (1+N)^m. Randomisers made ahead of time go first (lib/paillier/pool.h); for the rest,
 * groups of QS_FIXED_GROUP elements share one pass over the table. Constant time: all that touches m or alpha works in
 * guarded scratch and does the same for every value.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/random.h"
#include "lib/base/secret.h"
#include "lib/paillier/pool.h"
#include "lib/paillier/public_key.h"
#include "lib/paillier/workers.h"

size_t qs_alpha_limbs(const quorsum_public_key *key)
{
    return (key->alpha_bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
}

quorsum_status qs_encryptor_bare(quorsum_encryptor **out, const quorsum_public_key *key)
{
    quorsum_encryptor *encryptor = calloc(1, sizeof *encryptor);
    quorsum_status status;

    *out = NULL;
    if (encryptor == NULL)
        return QUORSUM_ERR_MEMORY;
    encryptor->key = qs_public_key_hold(key);
    encryptor->alpha_bits = key->alpha_bits;
    atomic_init(&encryptor->table, NULL);
    atomic_init(&encryptor->masks, NULL);
    status = qs_pool_new(&encryptor->pool, encryptor->key);
    if (status == QUORSUM_OK) {
        *out = encryptor;
        encryptor = NULL;
    }
    quorsum_encryptor_free(encryptor);
    return status;
}

/* Without a lock, which a fork could leave locked: of two threads that build it, one throws its own away. */
static quorsum_status build_table(_Atomic(qs_fixed_base *) *place, const quorsum_public_key *key, size_t bits,
                                  const quorsum_run *run)
{
    qs_fixed_base *table = NULL;
    qs_fixed_base *none = NULL;
    quorsum_status status;

    if (atomic_load(place) != NULL)
        return QUORSUM_OK;
    status = qs_fixed_base_new(&table, key->ring, key->h_s, bits, run);
    if (status == QUORSUM_OK && !atomic_compare_exchange_strong(place, &none, table))
        qs_fixed_base_free(table);
    return status;
}

quorsum_status qs_encryptor_ready(const quorsum_encryptor *encryptor, const quorsum_run *run)
{
    quorsum_encryptor *self = (quorsum_encryptor *)(uintptr_t)encryptor; /* immutable but for its tables */

    return build_table(&self->table, encryptor->key, encryptor->key->alpha_bits, run);
}

quorsum_status quorsum_encryptor_new(quorsum_encryptor **out, const quorsum_public_key *key, const quorsum_run *run)
{
    quorsum_encryptor *encryptor;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || key == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = qs_encryptor_bare(&encryptor, key);
    if (status == QUORSUM_OK)
        status = qs_encryptor_ready(encryptor, run);
    if (status == QUORSUM_OK) {
        *out = encryptor;
        encryptor = NULL;
    }
    quorsum_encryptor_free(encryptor);
    return status;
}

void quorsum_encryptor_free(quorsum_encryptor *encryptor)
{
    if (encryptor == NULL)
        return;
    qs_pool_free(encryptor->pool);
    qs_fixed_base_free(atomic_load(&encryptor->table));
    qs_fixed_base_free(atomic_load(&encryptor->masks));
    quorsum_public_key_free(encryptor->key);
    free(encryptor);
}

/* What is blinded: plaintexts, or the ciphertexts `source`. alpha: where to keep the exponents, or NULL. */
typedef struct blinding {
    const quorsum_encryptor *encryptor;
    const quorsum_plaintexts *plaintexts;
    const quorsum_ciphertexts *source;
    mp_limb_t *alpha;
    size_t pooled;       /* the first ones have their randomisers from the pool */
    atomic_size_t taken; /* of these */
    quorsum_ciphertexts *result;
    qs_workers workers;
} blinding;

/* A group's results, exponents and lifted plaintexts, and the longest of what the steps need. */
static size_t blinding_scratch(const quorsum_encryptor *encryptor)
{
    const quorsum_public_key *key = encryptor->key;
    const qs_fixed_base *built = atomic_load(&encryptor->table);
    size_t table = built != NULL ? qs_fixed_base_scratch(built) : 0;
    size_t lift = qs_lift_scratch(key);
    size_t ring = qs_ring_scratch(key->ring);
    size_t longest = table > lift ? table : lift;

    if (ring > longest)
        longest = ring;
    return QS_FIXED_GROUP * (2 * key->ring->width + qs_alpha_limbs(key)) + longest;
}

static void draw_alpha(const quorsum_public_key *key, mp_limb_t *alpha, size_t count)
{
    size_t limbs = qs_alpha_limbs(key);
    unsigned spare = (unsigned)(limbs * GMP_LIMB_BITS - key->alpha_bits);

    qs_random_bytes(alpha, count * limbs * sizeof *alpha);
    for (size_t j = 0; j < count; j++)
        alpha[(j + 1) * limbs - 1] &= ~(mp_limb_t)0 >> spare;
}

/* What is to be blinded, in plain form: (1+N)^m into `lifted`, or a ciphertext as it stands. */
static void find_factors(const blinding *job, const mp_limb_t **factors, size_t begin, size_t end, mp_limb_t *lifted,
                         mp_limb_t *scratch)
{
    const quorsum_public_key *key = job->encryptor->key;
    size_t width = key->ring->width;

    for (size_t i = begin; i < end; i++) {
        if (job->plaintexts == NULL) {
            factors[i - begin] = job->source->value + i * width;
            continue;
        }
        factors[i - begin] = lifted + (i - begin) * width;
        qs_lift(key, lifted + (i - begin) * width, job->plaintexts->value + i * key->plain->width, scratch);
    }
}

/* Factors times randomisers of the pool. A plain residue times one in Montgomery form is plain. CANCELLED where a fork cut
 * the call in two, in the child. */
static quorsum_status blind_pooled(blinding *job, mp_limb_t *values, const mp_limb_t *const *factors, mp_limb_t *alpha,
                                   size_t count, mp_limb_t *scratch)
{
    const qs_ring *ring = job->encryptor->key->ring;

    if (qs_pool_take(job->encryptor->pool, alpha, values, count) != 0)
        return QUORSUM_ERR_CANCELLED;
    atomic_fetch_add(&job->taken, count);
    for (size_t j = 0; j < count; j++)
        qs_ring_mul(ring, values + j * ring->width, factors[j], values + j * ring->width, scratch);
    return QUORSUM_OK;
}

/* Fresh exponents of a group, and where its results go. */
typedef struct group {
    const mp_limb_t *exponents[QS_FIXED_GROUP];
    mp_limb_t *results[QS_FIXED_GROUP];
} group;

static void begin_group(group *fresh, const quorsum_public_key *key, mp_limb_t *values, mp_limb_t *alpha, size_t count)
{
    draw_alpha(key, alpha, count);
    for (size_t j = 0; j < count; j++) {
        fresh->exponents[j] = alpha + j * qs_alpha_limbs(key);
        fresh->results[j] = values + j * key->ring->width;
    }
}

/* Factors times fresh randomisers. */
static void blind_fresh(const blinding *job, mp_limb_t *values, const mp_limb_t *const *factors, mp_limb_t *alpha,
                        size_t count, mp_limb_t *scratch)
{
    group fresh;

    begin_group(&fresh, job->encryptor->key, values, alpha, count);
    qs_fixed_base_blind(atomic_load(&job->encryptor->table), fresh.results, factors, fresh.exponents, count, scratch);
}

/* What the pool owes comes first, in elements below job->pooled. */
static quorsum_status blind_group(void *context, unsigned worker, size_t begin, size_t end)
{
    blinding *job = context;
    const quorsum_public_key *key = job->encryptor->key;
    size_t width = key->ring->width;
    mp_limb_t *values = qs_workers_scratch(&job->workers, worker);
    mp_limb_t *lifted = values + QS_FIXED_GROUP * width;
    mp_limb_t *own = lifted + QS_FIXED_GROUP * width;
    mp_limb_t *rest = own + QS_FIXED_GROUP * qs_alpha_limbs(key);
    mp_limb_t *alpha = job->alpha != NULL ? job->alpha + begin * qs_alpha_limbs(key) : own;
    const mp_limb_t *factors[QS_FIXED_GROUP];
    size_t last = end < job->pooled ? end : job->pooled;
    size_t pooled = begin < last ? last - begin : 0;
    quorsum_status status = QUORSUM_OK;

    find_factors(job, factors, begin, end, lifted, rest);
    if (pooled > 0)
        status = blind_pooled(job, values, factors, alpha, pooled, rest);
    if (status == QUORSUM_OK && begin + pooled < end)
        blind_fresh(job, values + pooled * width, factors + pooled, alpha + pooled * qs_alpha_limbs(key),
                    end - begin - pooled, rest);
    if (status == QUORSUM_OK)
        memcpy(job->result->value + begin * width, values, (end - begin) * width * sizeof *values);
    return status;
}

static quorsum_status blind(quorsum_ciphertexts **out, blinding *job, size_t count, const quorsum_run *run)
{
    const quorsum_encryptor *encryptor = job->encryptor;
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    quorsum_status status = qs_ciphertexts_new(&job->result, encryptor->key, count);

    atomic_init(&job->taken, 0);
    if (status == QUORSUM_OK)
        job->pooled = qs_pool_reserve(encryptor->pool, count);
    if (status == QUORSUM_OK && job->pooled < count)
        status = qs_encryptor_ready(encryptor, &quiet);
    if (status == QUORSUM_OK)
        status = qs_workers_init(&job->workers, run, count, QS_FIXED_GROUP, blinding_scratch(encryptor), 1);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, count, QS_FIXED_GROUP, blind_group, job);
    if (status == QUORSUM_OK) {
        *out = job->result;
        job->result = NULL;
    }
    qs_pool_give_up(encryptor->pool, job->pooled - atomic_load(&job->taken));
    qs_workers_clear(&job->workers);
    quorsum_ciphertexts_free(job->result);
    return status;
}

static quorsum_status check_plaintexts(quorsum_ciphertexts **out, const quorsum_encryptor *encryptor,
                                       const quorsum_plaintexts *plaintexts)
{
    if (out == NULL || encryptor == NULL || plaintexts == NULL)
        return QUORSUM_ERR_ARGUMENT;
    return qs_public_key_same(encryptor->key, plaintexts->key) ? QUORSUM_OK : QUORSUM_ERR_KEY_MISMATCH;
}

quorsum_status quorsum_encrypt(quorsum_ciphertexts **out, const quorsum_encryptor *encryptor,
                               const quorsum_plaintexts *plaintexts, const quorsum_run *run)
{
    blinding job = {.encryptor = encryptor, .plaintexts = plaintexts};
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    status = check_plaintexts(out, encryptor, plaintexts);
    if (status == QUORSUM_OK)
        status = blind(out, &job, plaintexts->count, run);
    return status;
}

quorsum_status qs_encrypt_keep(quorsum_ciphertexts **out, qs_secret *alpha, const quorsum_encryptor *encryptor,
                               const quorsum_plaintexts *plaintexts, const quorsum_run *run)
{
    blinding job = {.encryptor = encryptor, .plaintexts = plaintexts};
    quorsum_status status;

    *alpha = (qs_secret){0};
    *out = NULL;
    status = check_plaintexts(out, encryptor, plaintexts);
    if (status == QUORSUM_OK && qs_secret_init(alpha, plaintexts->count * qs_alpha_limbs(encryptor->key)) != 0)
        status = QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK) {
        job.alpha = alpha->limb;
        status = blind(out, &job, plaintexts->count, run);
    }
    if (status != QUORSUM_OK)
        qs_secret_clear(alpha);
    return status;
}

quorsum_status quorsum_ciphertexts_rerandomise(quorsum_ciphertexts **out, const quorsum_encryptor *encryptor,
                                               const quorsum_ciphertexts *a, const quorsum_run *run)
{
    blinding job = {.encryptor = encryptor, .source = a};

    if (out != NULL)
        *out = NULL;
    if (out == NULL || encryptor == NULL || a == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_public_key_same(encryptor->key, a->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    return blind(out, &job, a->count, run);
}

/* ---- masks of proofs ---- */

size_t qs_mask_limbs(const quorsum_public_key *key)
{
    return (key->alpha_bits + QS_MASK_BITS + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
}

quorsum_status qs_masks_ready(const quorsum_encryptor *encryptor, const quorsum_run *run)
{
    quorsum_encryptor *self = (quorsum_encryptor *)(uintptr_t)encryptor;

    return build_table(&self->masks, encryptor->key, encryptor->key->alpha_bits + QS_MASK_BITS, run);
}

size_t qs_mask_scratch(const quorsum_encryptor *encryptor)
{
    return qs_fixed_base_scratch(atomic_load(&encryptor->masks));
}

void qs_mask_blind(const quorsum_encryptor *encryptor, mp_limb_t *const *results, const mp_limb_t *const *factors,
                   const mp_limb_t *const *exponents, size_t count, mp_limb_t *scratch)
{
    qs_fixed_base_blind(atomic_load(&encryptor->masks), results, factors, exponents, count, scratch);
}

/* ---- ahead of time ---- */

typedef struct making {
    const quorsum_encryptor *encryptor;
    qs_pool_block *block;
    qs_workers workers;
} making;

static quorsum_status make_group(void *context, unsigned worker, size_t begin, size_t end)
{
    making *job = context;
    const quorsum_public_key *key = job->encryptor->key;
    group fresh;

    begin_group(&fresh, key, job->block->power + begin * key->ring->width,
                job->block->alpha + begin * qs_alpha_limbs(key), end - begin);
    qs_fixed_base_power(atomic_load(&job->encryptor->table), fresh.results, fresh.exponents, end - begin,
                        qs_workers_scratch(&job->workers, worker));
    return QUORSUM_OK;
}

quorsum_status qs_pool_block_make(qs_pool_block **out, const quorsum_encryptor *encryptor, size_t count,
                                  const quorsum_run *run)
{
    making job = {.encryptor = encryptor};
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    quorsum_status status = qs_encryptor_ready(encryptor, &quiet);

    *out = NULL;
    if (status == QUORSUM_OK)
        status = qs_pool_block_new(&job.block, encryptor->key, count);
    if (status == QUORSUM_OK)
        status = qs_workers_init(&job.workers, &quiet, count, QS_FIXED_GROUP,
                                 qs_fixed_base_scratch(atomic_load(&encryptor->table)), 1);
    if (status == QUORSUM_OK)
        status = qs_parallel(&quiet, count, QS_FIXED_GROUP, make_group, &job);
    if (status == QUORSUM_OK) {
        *out = job.block;
        job.block = NULL;
    }
    qs_workers_clear(&job.workers);
    qs_pool_block_free(job.block);
    return status;
}
