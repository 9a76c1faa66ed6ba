/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partial decryption: one exponentiation modulo N an element, whatever the degree, by the secret share. Every worker
 * has its scratch in one guarded block; what is raised is checked first, so that no share ever meets a number that is
 * no unit.
 */
#include "lib/threshold/partial.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/lanes.h"
#include "lib/base/parallel.h"
#include "lib/paillier/workers.h"
#include "lib/proof/share.h"

typedef struct powers {
    const quorsum_public_key *key;
    mp_limb_t *out;
    const mp_limb_t *bases;
    size_t stride;
    const qs_secret *share;
    size_t share_bits;
    const qs_lanes *lanes; /* NULL where there are none */
    qs_workers workers;
} powers;

static quorsum_status check_bases(const quorsum_public_key *key, const mp_limb_t *bases, size_t stride, size_t count)
{
    const qs_ring *root = key->root;
    mp_limb_t *scratch;
    size_t first;
    int units;

    for (size_t k = 0; k < count; k++) {
        if (mpn_cmp(bases + k * stride, root->n, (mp_size_t)root->limbs) >= 0)
            return QUORSUM_ERR_RANGE;
    }
    scratch = malloc(qs_ring_scratch(root) * sizeof *scratch);
    if (scratch == NULL)
        return QUORSUM_ERR_MEMORY;
    units = qs_ring_units_vartime(root, bases, stride, count, &first, scratch);
    free(scratch);
    return units ? QUORSUM_OK : QUORSUM_ERR_NOT_UNIT;
}

static void raise_one(const powers *work, size_t k, mp_limb_t *x)
{
    const qs_ring *root = work->key->root;
    mp_limb_t *rest = x + root->width;

    qs_ring_enter(root, x, work->bases + k * work->stride, rest);
    qs_ring_sqr(root, x, x, rest);
    qs_power(root, x, x, work->share->limb, work->share_bits, rest);
    qs_ring_leave(root, work->out + k * root->limbs, x, rest);
}

static void raise_together(const powers *work, size_t begin, size_t count, mp_limb_t *scratch)
{
    const qs_lanes *lanes = work->lanes;
    size_t limbs = work->key->root->limbs;
    mp_limb_t *x = qs_lanes_align(scratch);
    mp_limb_t *power = x + qs_lanes_group(lanes);
    mp_limb_t *rest = power + qs_lanes_group(lanes);
    const mp_limb_t *bases[QS_LANES];
    mp_limb_t *results[QS_LANES];

    qs_lanes_sources(bases, work->bases + begin * work->stride, work->stride, count);
    qs_lanes_places(results, work->out + begin * limbs, limbs, count);
    qs_lanes_enter(lanes, x, bases, rest);
    qs_lanes_sqr(lanes, x, x, rest);
    qs_lanes_power(lanes, power, x, work->share->limb, work->share_bits, rest);
    qs_lanes_leave(lanes, results, power, rest);
}

static quorsum_status raise_some(void *context, unsigned worker, size_t begin, size_t end)
{
    const powers *work = context;
    mp_limb_t *scratch = qs_workers_scratch(&work->workers, worker);

    if (work->lanes != NULL && end - begin >= QS_LANES_WORTH) {
        raise_together(work, begin, end - begin, scratch);
        return QUORSUM_OK;
    }
    for (size_t k = begin; k < end; k++)
        raise_one(work, k, scratch);
    return QUORSUM_OK;
}

static size_t power_limbs(const qs_ring *root)
{
    size_t power = qs_power_scratch(root);
    size_t plain = qs_ring_scratch(root);

    return root->width + (power > plain ? power : plain);
}

static size_t work_limbs(const powers *work)
{
    size_t one = power_limbs(work->key->root);
    size_t together = 0;

    if (work->lanes != NULL)
        together = QS_LANES_SLACK + 2 * qs_lanes_group(work->lanes) + qs_lanes_power_scratch(work->lanes);
    return one > together ? one : together;
}

quorsum_status qs_partial_powers(mp_limb_t *out, const quorsum_public_key *key, const mp_limb_t *bases, size_t stride,
                                 size_t count, const qs_secret *share, size_t share_bits, const quorsum_run *run)
{
    powers work = {.key = key, .out = out, .bases = bases, .stride = stride, .share = share, .share_bits = share_bits};
    quorsum_status status = check_bases(key, bases, stride, count);
    size_t block = 1;

    if (count >= QS_LANES_WORTH)
        work.lanes = key->root->lanes;
    if (work.lanes != NULL)
        block = QS_LANES;
    if (status == QUORSUM_OK)
        status = qs_workers_init(&work.workers, run, count, block, work_limbs(&work), 1);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, count, block, raise_some, &work);
    qs_workers_clear(&work.workers);
    return status;
}

quorsum_status qs_verification_key(mp_limb_t *out, const quorsum_public_key *key, const mp_limb_t *v,
                                   const qs_secret *share, size_t share_bits)
{
    const qs_ring *root = key->root;
    qs_secret scratch = {0};

    if (qs_secret_init(&scratch, power_limbs(root)) != 0)
        return QUORSUM_ERR_MEMORY;
    qs_ring_enter(root, scratch.limb, v, scratch.limb + root->width);
    qs_power(root, scratch.limb, scratch.limb, share->limb, share_bits, scratch.limb + root->width);
    qs_ring_leave(root, out, scratch.limb, scratch.limb + root->width);
    qs_secret_clear(&scratch);
    return QUORSUM_OK;
}

static quorsum_status partial_new(quorsum_partial **out, const quorsum_key_record *record, uint32_t trustee,
                                  size_t count)
{
    const qs_ring *root = record->parts.key->root;
    quorsum_partial *partial = calloc(1, sizeof *partial);

    if (partial == NULL)
        return QUORSUM_ERR_MEMORY;
    partial->trustee = trustee;
    partial->count = count;
    partial->limbs = root->limbs;
    partial->proof_len = qs_share_proof_bytes(record->parts.share_bits);
    partial->value = calloc(count, root->limbs * sizeof *partial->value);
    partial->proof = calloc(1, partial->proof_len);
    if (partial->value == NULL || partial->proof == NULL) {
        quorsum_partial_free(partial);
        return QUORSUM_ERR_MEMORY;
    }
    *out = partial;
    return QUORSUM_OK;
}

void qs_partial_statement(qs_share_statement *statement, qs_context *context, const quorsum_key_record *record,
                          const quorsum_partial *partial, const quorsum_ciphertexts *ciphertexts)
{
    const qs_key_parts *parts = &record->parts;

    *statement = (qs_share_statement){
        .key = parts->key,
        .trustee = partial->trustee,
        .share_bits = parts->share_bits,
        .v = record->v,
        .v_i = parts->verify + (size_t)(partial->trustee - 1) * parts->key->root->limbs,
        .bases = ciphertexts->value,
        .stride = parts->key->ring->width,
        .partials = partial->value,
        .count = partial->count,
    };
    memcpy(context->key, record->digest, sizeof context->key);
    memcpy(context->task, partial->task, sizeof context->task);
    memcpy(context->prover, partial->prover, sizeof context->prover);
    context->label = "partial";
}

static quorsum_status check_request(const quorsum_key_record *record, const quorsum_key_share *share,
                                    const quorsum_ciphertexts *ciphertexts, const uint8_t *prover)
{
    const uint8_t *expected;

    if (!qs_public_key_same(ciphertexts->key, record->parts.key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (ciphertexts->count == 0)
        return QUORSUM_ERR_WIDTH;
    expected = quorsum_key_record_trustee(record, share->trustee);
    if (expected != NULL && memcmp(expected, prover, QUORSUM_IDENTITY_BYTES) != 0)
        return QUORSUM_ERR_TRUSTEE;
    return quorsum_key_share_check(share, record);
}

static quorsum_status fill_partial(quorsum_partial *partial, const quorsum_key_record *record,
                                   const quorsum_key_share *share, const quorsum_ciphertexts *ciphertexts,
                                   const quorsum_run *run)
{
    const quorsum_public_key *key = record->parts.key;
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0}; /* progress counts the powers only */
    qs_share_statement statement;
    qs_context context;
    quorsum_status status = qs_partial_powers(partial->value, key, ciphertexts->value, key->ring->width, partial->count,
                                              &share->value, share->share_bits, run);

    if (status != QUORSUM_OK)
        return status;
    qs_partial_statement(&statement, &context, record, partial, ciphertexts);
    return qs_share_prove(partial->proof, &context, &statement, &share->value, &quiet);
}

quorsum_status quorsum_partial_decrypt(quorsum_partial **out, const quorsum_key_record *record,
                                       const quorsum_key_share *share, const quorsum_ciphertexts *ciphertexts,
                                       const uint8_t *task, const uint8_t *prover, const quorsum_run *run)
{
    quorsum_partial *partial = NULL;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || record == NULL || share == NULL || ciphertexts == NULL || task == NULL || prover == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = check_request(record, share, ciphertexts, prover);
    if (status == QUORSUM_OK)
        status = partial_new(&partial, record, share->trustee, ciphertexts->count);
    if (status == QUORSUM_OK) {
        memcpy(partial->key, record->digest, sizeof partial->key);
        memcpy(partial->task, task, sizeof partial->task);
        memcpy(partial->prover, prover, sizeof partial->prover);
        status = fill_partial(partial, record, share, ciphertexts, run);
    }
    if (status == QUORSUM_OK) {
        *out = partial;
        partial = NULL;
    }
    quorsum_partial_free(partial);
    return status;
}

void quorsum_partial_free(quorsum_partial *partial)
{
    if (partial == NULL)
        return;
    free(partial->value);
    free(partial->proof);
    free(partial);
}

uint32_t quorsum_partial_trustee(const quorsum_partial *partial)
{
    return partial->trustee;
}
