/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results. The (m, r) of every ciphertext stands in the message, so reading one re-encrypts and needs to trust nobody:
 * neither who signed it nor which trustees it names.
 *
 * The batch check of quorsum_opening_verify proves the plaintexts. That every r is the one randomiser is the single
 * equation, which the combiner evaluated on each opening before there was a result to sign; openings that others
 * completed were held against it in a batch of its own (lib/threshold/exact.h).
 *
 * A total outside its bound is still a true opening: some contributor encrypted values it should not have, and the
 * message is the evidence. So such a result can be made and kept, but decoding it answers ERR_OVERFLOW and gives none.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/encode/slots.h"
#include "lib/round/aggregate.h"
#include "lib/threshold/opening.h"

struct quorsum_result {
    uint32_t cohort;
    int64_t *totals; /* the plan's values, then the weight if it is weighted */
    int64_t weight;
    uint32_t trustees[QUORSUM_TRUSTEES_MAX];
    size_t trustee_count;
};

static quorsum_status encode(quorsum_bytes *out, const quorsum_task *task, const quorsum_aggregate *aggregate,
                             const quorsum_opening *opening, const quorsum_identity *signer)
{
    qs_buffer message = {0};
    uint8_t *blocks;

    qs_bound_begin(&message, QS_KIND_RESULT, QS_RESULT_KEYS, task, signer);
    qs_bound_put_bytes(&message, 10, aggregate->manifest, QUORSUM_DIGEST_BYTES);
    qs_bound_put_bytes(&message, 11, aggregate->digest, QUORSUM_DIGEST_BYTES);
    qs_bound_put_uint(&message, 12, aggregate->cohort);
    qs_bound_put_trustees(&message, 13, opening->trustees, opening->trustee_count);
    qs_bound_put_uint(&message, 14, opening->count);
    blocks = qs_buffer_extend(&message, qs_opening_bytes(opening->key, opening->count));
    if (blocks != NULL)
        qs_opening_write(blocks, opening);
    return qs_bound_finish(out, &message, QS_KIND_RESULT, task, signer, NULL);
}

static quorsum_status check_parents(const quorsum_task *task, const quorsum_manifest *manifest,
                                    const quorsum_aggregate *aggregate)
{
    if (memcmp(manifest->task, task->digest, sizeof manifest->task) != 0 ||
        memcmp(aggregate->task, task->digest, sizeof aggregate->task) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    if (memcmp(aggregate->manifest, manifest->digest, sizeof aggregate->manifest) != 0)
        return QUORSUM_ERR_MISSING;
    return QUORSUM_OK;
}

quorsum_status quorsum_result_make(quorsum_bytes *out, const quorsum_task *task, const quorsum_manifest *manifest,
                                   const quorsum_aggregate *aggregate, const quorsum_opening *opening,
                                   const quorsum_identity *signer)
{
    quorsum_status status;

    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || task == NULL || manifest == NULL || aggregate == NULL || opening == NULL || signer == NULL ||
        opening->trustees == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_public_key_same(opening->key, aggregate->ciphertexts->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (opening->count != aggregate->ciphertexts->count)
        return QUORSUM_ERR_WIDTH;
    status = check_parents(task, manifest, aggregate);
    if (status == QUORSUM_OK)
        status = encode(out, task, aggregate, opening, signer);
    return status;
}

static quorsum_status read_result(quorsum_result *result, quorsum_opening **opening, const quorsum_task *task,
                                  const quorsum_aggregate *aggregate, const uint8_t *in, size_t len)
{
    const quorsum_public_key *key = quorsum_key_record_public(task->record);
    size_t count = aggregate->ciphertexts->count;
    qs_message message;
    quorsum_status status = qs_bound_open(&message, QS_KIND_RESULT, QS_RESULT_KEYS, task, in, len);

    if (status != QUORSUM_OK)
        return status;
    qs_bound_expect_digest(&message, 10, aggregate->manifest, QUORSUM_ERR_MISSING);
    qs_bound_expect_digest(&message, 11, aggregate->digest, QUORSUM_ERR_MISSING);
    qs_bound_expect_uint(&message, 12, aggregate->cohort, QUORSUM_ERR_COHORT);
    result->trustee_count = qs_bound_take_trustees(&message, 13, result->trustees, task->record);
    qs_bound_expect_uint(&message, 14, count, QUORSUM_ERR_WIDTH);
    status = qs_message_close(&message, qs_opening_bytes(key, count));
    if (status == QUORSUM_OK)
        status = qs_opening_read(opening, key, message.blocks, count);
    return status;
}

/* m stands for the integer nearest to zero in its class modulo N^s. */
static void centre(mpz_t out, const quorsum_public_key *key, const mp_limb_t *m)
{
    qs_ring_to_mpz(key->plain, out, m);
    mpz_mul_2exp(out, out, 1);
    if (mpz_cmp(out, key->ns) > 0) {
        mpz_tdiv_q_2exp(out, out, 1);
        mpz_sub(out, out, key->ns);
    } else {
        mpz_tdiv_q_2exp(out, out, 1);
    }
}

static quorsum_status unpack(quorsum_result *result, const quorsum_plan *plan, const quorsum_opening *opening)
{
    size_t values = quorsum_plan_values(plan);
    int weighted = quorsum_plan_weighted(plan);
    quorsum_status status = QUORSUM_OK;
    mpz_t total;

    result->totals = calloc(values + 1, sizeof *result->totals);
    if (result->totals == NULL)
        return QUORSUM_ERR_MEMORY;
    mpz_init(total);
    for (size_t i = 0; i < opening->count && status == QUORSUM_OK; i++) {
        centre(total, opening->key, opening->m + i * opening->key->plain->width);
        status = qs_plan_unpack_vartime(plan, i, total, result->cohort, result->totals);
    }
    mpz_clear(total);
    result->weight = weighted ? result->totals[values] : (int64_t)result->cohort;
    return status;
}

quorsum_status quorsum_result_decode(quorsum_result **out, const quorsum_task *task, const quorsum_manifest *manifest,
                                     const quorsum_aggregate *aggregate, const uint8_t *in, size_t len,
                                     const quorsum_run *run)
{
    quorsum_result *result;
    quorsum_opening *opening = NULL;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || task == NULL || manifest == NULL || aggregate == NULL || (in == NULL && len > 0))
        return QUORSUM_ERR_ARGUMENT;
    status = check_parents(task, manifest, aggregate);
    if (status != QUORSUM_OK)
        return status;
    result = calloc(1, sizeof *result);
    if (result == NULL)
        return QUORSUM_ERR_MEMORY;
    result->cohort = aggregate->cohort;
    status = read_result(result, &opening, task, aggregate, in, len);
    if (status == QUORSUM_OK)
        status = quorsum_opening_verify(opening, aggregate->ciphertexts, run);
    if (status == QUORSUM_OK)
        status = unpack(result, task->plan, opening);
    if (status == QUORSUM_OK) {
        *out = result;
        result = NULL;
    }
    quorsum_opening_free(opening);
    quorsum_result_free(result);
    return status;
}

void quorsum_result_free(quorsum_result *result)
{
    if (result == NULL)
        return;
    free(result->totals);
    free(result);
}

const int64_t *quorsum_result_totals(const quorsum_result *result)
{
    return result->totals;
}

int64_t quorsum_result_weight(const quorsum_result *result)
{
    return result->weight;
}

uint32_t quorsum_result_cohort(const quorsum_result *result)
{
    return result->cohort;
}

size_t quorsum_result_trustees(const quorsum_result *result, const uint32_t **trustees)
{
    *trustees = result->trustees;
    return result->trustee_count;
}
