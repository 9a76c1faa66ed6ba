/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encryption: c = (1+N)^m h_s^alpha with alpha fresh and uniform below 2^alpha_bits, and re-randomising, where a
 * ciphertext stands in the place of (1+N)^m. Groups of QS_FIXED_GROUP elements share one pass over the table. Constant
 * time: all that touches m or alpha works in guarded scratch and does the same for every value.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/random.h"
#include "lib/base/secret.h"
#include "lib/paillier/public_key.h"
#include "lib/paillier/workers.h"

size_t qs_alpha_limbs(const quorsum_public_key *key)
{
    return (key->alpha_bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
}

quorsum_status quorsum_encryptor_new(quorsum_encryptor **out, const quorsum_public_key *key, const quorsum_run *run)
{
    quorsum_encryptor *encryptor;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || key == NULL)
        return QUORSUM_ERR_ARGUMENT;
    encryptor = calloc(1, sizeof *encryptor);
    if (encryptor == NULL)
        return QUORSUM_ERR_MEMORY;
    encryptor->key = qs_public_key_hold(key);
    encryptor->alpha_bits = key->alpha_bits;
    status = qs_fixed_base_new(&encryptor->table, key->ring, key->h_s, key->alpha_bits, run);
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
    qs_fixed_base_free(encryptor->table);
    quorsum_public_key_free(encryptor->key);
    free(encryptor);
}

/* What is blinded: plaintexts, or the ciphertexts `source`. alpha: where to keep the exponents, or NULL. */
typedef struct blinding {
    const quorsum_encryptor *encryptor;
    const quorsum_plaintexts *plaintexts;
    const quorsum_ciphertexts *source;
    mp_limb_t *alpha;
    quorsum_ciphertexts *result;
    qs_workers workers;
} blinding;

/* A group's powers and exponents, one lifted plaintext, and the longest of what the steps need themselves. */
static size_t blinding_scratch(const quorsum_encryptor *encryptor)
{
    const quorsum_public_key *key = encryptor->key;
    size_t table = qs_fixed_base_scratch(encryptor->table);
    size_t lift = qs_lift_scratch(key);
    size_t ring = qs_ring_scratch(key->ring);
    size_t longest = table > lift ? table : lift;

    if (ring > longest)
        longest = ring;
    return QS_FIXED_GROUP * (key->ring->width + qs_alpha_limbs(key)) + key->ring->width + longest;
}

static void draw_alpha(const quorsum_public_key *key, mp_limb_t *alpha, size_t count)
{
    size_t limbs = qs_alpha_limbs(key);
    unsigned spare = (unsigned)(limbs * GMP_LIMB_BITS - key->alpha_bits);

    qs_random_bytes(alpha, count * limbs * sizeof *alpha);
    for (size_t j = 0; j < count; j++)
        alpha[(j + 1) * limbs - 1] &= ~(mp_limb_t)0 >> spare;
}

static void raise_group(const quorsum_encryptor *encryptor, mp_limb_t *powers, const mp_limb_t *alpha, size_t count,
                        mp_limb_t *scratch)
{
    size_t width = encryptor->key->ring->width;
    size_t limbs = qs_alpha_limbs(encryptor->key);
    const mp_limb_t *exponents[QS_FIXED_GROUP];
    mp_limb_t *results[QS_FIXED_GROUP];

    for (size_t j = 0; j < count; j++) {
        exponents[j] = alpha + j * limbs;
        results[j] = powers + j * width;
    }
    qs_fixed_base_power(encryptor->table, results, exponents, count, scratch);
}

static quorsum_status blind_group(void *context, unsigned worker, size_t begin, size_t end)
{
    blinding *job = context;
    const quorsum_public_key *key = job->encryptor->key;
    size_t width = key->ring->width;
    mp_limb_t *powers = qs_workers_scratch(&job->workers, worker);
    mp_limb_t *lifted = powers + QS_FIXED_GROUP * width;
    mp_limb_t *own = lifted + width;
    mp_limb_t *rest = own + QS_FIXED_GROUP * qs_alpha_limbs(key);
    mp_limb_t *alpha = job->alpha != NULL ? job->alpha + begin * qs_alpha_limbs(key) : own;

    draw_alpha(key, alpha, end - begin);
    raise_group(job->encryptor, powers, alpha, end - begin, rest);
    for (size_t i = begin; i < end; i++) {
        const mp_limb_t *start = lifted;

        if (job->plaintexts != NULL)
            qs_lift(key, lifted, job->plaintexts->value + i * key->plain->width, rest);
        else
            start = job->source->value + i * width;
        /* a plain residue times one in Montgomery form is plain */
        qs_ring_mul(key->ring, lifted, start, powers + (i - begin) * width, rest);
        memcpy(job->result->value + i * width, lifted, width * sizeof *lifted);
    }
    return QUORSUM_OK;
}

static quorsum_status blind(quorsum_ciphertexts **out, blinding *job, size_t count, const quorsum_run *run)
{
    const quorsum_encryptor *encryptor = job->encryptor;
    quorsum_status status = qs_ciphertexts_new(&job->result, encryptor->key, count);

    if (status == QUORSUM_OK)
        status = qs_workers_init(&job->workers, run, count, QS_FIXED_GROUP, blinding_scratch(encryptor), 1);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, count, QS_FIXED_GROUP, blind_group, job);
    if (status == QUORSUM_OK) {
        *out = job->result;
        job->result = NULL;
    }
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
