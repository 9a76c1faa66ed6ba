/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contributions. Making one: range check, weight, packing, encryption, proof of knowledge, signature; the values,
 * whatever is computed from them before encryption, and the encryption's randomness stay in guarded memory and meet
 * no branch. Reading one runs every check there is: what comes out may be multiplied into a sum.
 */
#include "lib/round/contribution.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/encode/slots.h"
#include "lib/proof/choice.h"
#include "lib/proof/knowledge.h"
#include "lib/round/bound.h"
#include "lib/round/level.h"
#include "lib/round/recall.h"

static void make_context(qs_context *context, const quorsum_task *task, const uint8_t *sender)
{
    const quorsum_public_key *key = quorsum_key_record_public(task->record);

    memcpy(context->key, quorsum_public_key_digest(key), sizeof context->key);
    memcpy(context->task, task->digest, sizeof context->task);
    memcpy(context->prover, sender, sizeof context->prover);
    context->label = QS_CONTRIBUTION_LABEL;
}

/* Order-preserving: signed comparisons become unsigned ones, which the compiler turns into a borrow. */
static uint64_t ordered(int64_t value)
{
    return (uint64_t)value ^ ((uint64_t)1 << 63);
}

/* 1 if a value of the field is outside its range. Only the answer for all of them together leaves this file. */
static uint64_t field_out_of_range(const quorsum_field *field, const int64_t *values)
{
    int clipped;
    uint64_t low = ordered(quorsum_field_clip(field, INT64_MIN, &clipped));
    uint64_t high = ordered(quorsum_field_clip(field, INT64_MAX, &clipped));
    uint64_t outside = 0;

    for (uint32_t i = 0; i < field->count; i++)
        outside |= (uint64_t)(ordered(values[i]) < low) | (uint64_t)(ordered(values[i]) > high);
    return outside;
}

static quorsum_status check_values(const quorsum_task *task, const int64_t *values, uint64_t weight)
{
    const quorsum_plan *plan = task->plan;
    uint64_t outside = task->weight_bits > 0 ? weight >> task->weight_bits : weight ^ 1;

    for (size_t i = 0; i < quorsum_plan_fields(plan); i++)
        outside |= field_out_of_range(quorsum_plan_field(plan, i), values + quorsum_plan_offset(plan, i));
    return qs_reveal(outside == 0) ? qs_level_check(task, values) : QUORSUM_ERR_RANGE;
}

/* For a weighted task: value * weight for all, then the weight. |value| * weight <= 2^62 by the plan. */
static quorsum_status apply_weight(int64_t **out, const int64_t *values, size_t count, uint64_t weight)
{
    int64_t *weighted = qs_secret_block((count + 1) * sizeof *weighted); /* count <= 2^26 */

    *out = weighted;
    if (weighted == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        weighted[i] = values[i] * (int64_t)weight;
    weighted[count] = (int64_t)weight;
    return QUORSUM_OK;
}

typedef struct packing { /* where secret numbers pass through; all of it in one guarded block */
    mp_limb_t *magnitude;
    mp_limb_t *negated;
    mp_limb_t *zero;
    mp_limb_t *sign;
    mp_limb_t *ring_scratch;
} packing;

static quorsum_status packing_init(packing *pack, qs_secret *block, const quorsum_plan *plan, const qs_ring *ring)
{
    size_t limbs = qs_plan_limbs(plan);

    if (qs_secret_init(block, limbs + 2 * ring->width + 1 + qs_ring_scratch(ring)) != 0)
        return QUORSUM_ERR_MEMORY;
    pack->magnitude = block->limb;
    pack->negated = pack->magnitude + limbs;
    pack->zero = pack->negated + ring->width;
    pack->sign = pack->zero + ring->width;
    pack->ring_scratch = pack->sign + 1;
    return QUORSUM_OK;
}

/* All plaintexts of the plan. A negative integer stands for N^s minus its magnitude; both are computed. */
static quorsum_status pack_values(quorsum_plaintexts *out, const quorsum_plan *plan, const int64_t *values)
{
    const qs_ring *ring = out->key->plain;
    qs_secret block = {0};
    packing pack;
    quorsum_status status = packing_init(&pack, &block, plan, ring);

    for (size_t i = 0; i < out->count && status == QUORSUM_OK; i++) {
        mp_limb_t *residue = out->value + i * ring->width;

        qs_plan_pack(plan, i, values, pack.magnitude, pack.sign);
        qs_ring_reduce(ring, residue, pack.magnitude, qs_plan_limbs(plan), pack.ring_scratch);
        qs_ring_sub(ring, pack.negated, pack.zero, residue, pack.ring_scratch);
        qs_ring_select(ring, residue, residue, pack.negated, *pack.sign & 1);
    }
    qs_secret_clear(&block);
    return status;
}

static quorsum_status make_plaintexts(quorsum_plaintexts **out, const quorsum_task *task, const int64_t *values,
                                      uint64_t weight)
{
    const quorsum_plan *plan = task->plan;
    int64_t *weighted = NULL;
    quorsum_status status = quorsum_plaintexts_new(out, quorsum_key_record_public(task->record),
                                                   quorsum_plan_plaintexts(plan));

    if (status == QUORSUM_OK && task->weight_bits > 0)
        status = apply_weight(&weighted, values, quorsum_plan_values(plan), weight);
    if (status == QUORSUM_OK)
        status = pack_values(*out, plan, weighted != NULL ? weighted : values);
    qs_secret_release(weighted);
    return status;
}

typedef struct proofs { /* of one contribution, in wire form */
    uint8_t *knowledge;
    uint8_t *level; /* qs_level_bytes; NULL at level knowledge */
} proofs;

/* Encrypts and proves: the plaintexts and the encryption's randomness end here. */
static quorsum_status encrypt_and_prove(quorsum_ciphertexts **out, const proofs *to, const quorsum_task *task,
                                        const qs_context *context, const quorsum_encryptor *encryptor,
                                        const quorsum_plaintexts *plaintexts, const int64_t *values,
                                        const quorsum_run *run)
{
    quorsum_run quiet = qs_run_quiet(run);
    qs_secret alpha = {0};
    quorsum_status status = qs_encrypt_keep(out, &alpha, encryptor, plaintexts, run);

    if (status == QUORSUM_OK)
        status = qs_knowledge_prove(to->knowledge, context, encryptor, *out, plaintexts, &alpha, &quiet);
    if (status == QUORSUM_OK && to->level != NULL)
        status = qs_level_prove(to->level, task, context, encryptor, *out, values, &alpha, &quiet);
    qs_secret_clear(&alpha);
    return status;
}

static quorsum_status encode(quorsum_bytes *out, const quorsum_task *task, const quorsum_ciphertexts *ciphertexts,
                             const proofs *made, uint32_t sequence, const quorsum_identity *identity)
{
    const uint8_t *proof = made->knowledge;
    const quorsum_public_key *key = quorsum_key_record_public(task->record);
    size_t count = quorsum_ciphertexts_count(ciphertexts);
    size_t z_bytes = key->plain->digits * key->plain->bytes;
    size_t len = count * quorsum_public_key_ciphertext_bytes(key);
    quorsum_status status = QUORSUM_OK;
    qs_buffer message = {0};
    uint8_t *blocks;

    qs_bound_begin(&message, QS_KIND_CONTRIBUTION, QS_CONTRIBUTION_KEYS, task, identity);
    qs_bound_put_uint(&message, 10, count);
    qs_bound_put_bytes(&message, 11, proof, QS_SEED_BYTES);
    qs_bound_put_bytes(&message, 12, proof + QS_SEED_BYTES, z_bytes);
    qs_bound_put_bytes(&message, 13, proof + QS_SEED_BYTES + z_bytes, qs_knowledge_w_bytes(key, count));
    qs_bound_put_uint(&message, 14, (uint64_t)quorsum_plan_level(task->plan));
    qs_bound_put_uint(&message, 15, sequence);
    blocks = qs_buffer_extend(&message, len);
    if (blocks != NULL)
        status = quorsum_ciphertexts_encode(ciphertexts, blocks, len, &len);
    if (made->level != NULL)
        qs_buffer_append(&message, made->level, qs_level_bytes(task));
    if (message.status == QUORSUM_OK)
        message.status = status;
    return qs_bound_finish(out, &message, QS_KIND_CONTRIBUTION, task, identity, NULL);
}

static quorsum_status make_checked(quorsum_bytes *out, const quorsum_task *task, const quorsum_encryptor *encryptor,
                                   const quorsum_identity *identity, const int64_t *values, uint64_t weight,
                                   uint32_t sequence, const quorsum_run *run)
{
    const quorsum_public_key *key = quorsum_key_record_public(task->record);
    size_t level_bytes = qs_level_bytes(task);
    proofs made = {.knowledge = malloc(qs_knowledge_bytes(key, quorsum_plan_plaintexts(task->plan))),
                   .level = level_bytes > 0 ? malloc(level_bytes) : NULL};
    quorsum_plaintexts *plaintexts = NULL;
    quorsum_ciphertexts *ciphertexts = NULL;
    quorsum_status status = QUORSUM_OK;
    qs_context context;

    if (made.knowledge == NULL || (level_bytes > 0 && made.level == NULL))
        status = QUORSUM_ERR_MEMORY;

    make_context(&context, task, quorsum_identity_public(identity));
    if (status == QUORSUM_OK)
        status = make_plaintexts(&plaintexts, task, values, weight);
    if (status == QUORSUM_OK)
        status = encrypt_and_prove(&ciphertexts, &made, task, &context, encryptor, plaintexts, values, run);
    quorsum_plaintexts_free(plaintexts);
    if (status == QUORSUM_OK)
        status = encode(out, task, ciphertexts, &made, sequence, identity);
    quorsum_ciphertexts_free(ciphertexts);
    free(made.knowledge);
    free(made.level);
    return status;
}

static int sequence_is_allowed(const quorsum_task *task, uint64_t sequence)
{
    return sequence >= 1 && sequence <= (task->revote == QUORSUM_REVOTE_LAST ? QS_SEQUENCE_MAX : 1);
}

quorsum_status quorsum_contribution_make(quorsum_bytes *out, const quorsum_task *task,
                                         const quorsum_encryptor *encryptor, const quorsum_identity *identity,
                                         const int64_t *values, size_t count, uint64_t weight, uint32_t sequence,
                                         const quorsum_run *run)
{
    quorsum_status status;

    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || task == NULL || encryptor == NULL || identity == NULL || values == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_public_key_same(encryptor->key, quorsum_key_record_public(task->record)))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (count != quorsum_plan_values(task->plan))
        return QUORSUM_ERR_WIDTH;
    if (!sequence_is_allowed(task, sequence))
        return QUORSUM_ERR_RANGE;
    status = check_values(task, values, weight);
    if (status == QUORSUM_OK)
        status = make_checked(out, task, encryptor, identity, values, weight, sequence, run);
    return status;
}

/* Key 15: which of this sender's contributions it is. */
static void take_sequence(qs_message *message, uint32_t *sequence, const quorsum_task *task)
{
    qs_cbor_key(&message->header, 15);
    *sequence = (uint32_t)qs_cbor_uint(&message->header, QS_SEQUENCE_MAX);
    if (!sequence_is_allowed(task, *sequence))
        qs_bound_refuse(message, QUORSUM_ERR_RANGE);
}

/* The proof of knowledge comes out as seed, z, w in one piece, as its verifier takes it. */
static void take_proof(qs_message *message, uint8_t *proof, const quorsum_public_key *key, size_t count)
{
    size_t z_bytes = key->plain->digits * key->plain->bytes;

    qs_bound_expect_uint(message, 10, count, QUORSUM_ERR_WIDTH);
    qs_cbor_key(&message->header, 11);
    qs_cbor_fixed(&message->header, proof, QS_SEED_BYTES);
    qs_cbor_key(&message->header, 12);
    qs_cbor_fixed(&message->header, proof + QS_SEED_BYTES, z_bytes);
    qs_cbor_key(&message->header, 13);
    qs_cbor_fixed(&message->header, proof + QS_SEED_BYTES + z_bytes, qs_knowledge_w_bytes(key, count));
}

/* Form, version, key, task, lengths, admission, signature: everything short of arithmetic. */
static quorsum_status read_message(qs_message *message, uint8_t *proof, uint32_t *sequence, const quorsum_task *task,
                                   const uint8_t *in, size_t len)
{
    const quorsum_public_key *key = quorsum_key_record_public(task->record);
    size_t count = quorsum_plan_plaintexts(task->plan);
    uint64_t blocks_len = (uint64_t)count * quorsum_public_key_ciphertext_bytes(key) + qs_level_bytes(task);
    quorsum_status status = qs_bound_open(message, QS_KIND_CONTRIBUTION, QS_CONTRIBUTION_KEYS, task, in, len);

    if (status != QUORSUM_OK)
        return status;
    take_proof(message, proof, key, count);
    qs_bound_expect_uint(message, 14, (uint64_t)quorsum_plan_level(task->plan), QUORSUM_ERR_LEVEL);
    take_sequence(message, sequence, task);
    if (qs_bound_fits(message, blocks_len) && !quorsum_task_admits(task, message->sender))
        return QUORSUM_ERR_NOT_ADMITTED;
    return qs_message_close(message, blocks_len);
}

static quorsum_status keep_proof(quorsum_contribution *contribution, const uint8_t *proof, size_t len)
{
    contribution->pending = malloc(len);
    if (contribution->pending == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(contribution->pending, proof, len);
    return QUORSUM_OK;
}

/* later: leave the level's proof to qs_contributions_finish */
static quorsum_status check_blocks(quorsum_contribution *contribution, const qs_message *message, const uint8_t *proof,
                                   const quorsum_task *task, int later, const quorsum_run *run)
{
    const quorsum_public_key *key = quorsum_key_record_public(task->record);
    quorsum_run quiet = qs_run_quiet(run);
    size_t ciphertexts_len = message->blocks_len - qs_level_bytes(task);
    qs_context context;
    quorsum_status status = quorsum_ciphertexts_decode(&contribution->ciphertexts, key, message->blocks,
                                                       ciphertexts_len, NULL, run);

    if (status != QUORSUM_OK)
        return status;
    make_context(&context, task, message->sender);
    status = qs_knowledge_verify_vartime(proof, qs_knowledge_bytes(key, quorsum_plan_plaintexts(task->plan)), &context,
                                         key, contribution->ciphertexts, &quiet);
    if (status == QUORSUM_OK && later)
        return keep_proof(contribution, message->blocks + ciphertexts_len, qs_level_bytes(task));
    if (status == QUORSUM_OK)
        status = qs_level_verify_vartime(message->blocks + ciphertexts_len, task, &context, contribution->ciphertexts,
                                         &quiet);
    return status;
}

static quorsum_status decode(quorsum_contribution **out, const quorsum_task *task, const uint8_t *in, size_t len, int later,
                             const quorsum_run *run)
{
    quorsum_contribution *contribution;
    uint8_t *proof;
    qs_message message;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || task == NULL || (in == NULL && len > 0))
        return QUORSUM_ERR_ARGUMENT;
    contribution = calloc(1, sizeof *contribution);
    proof = malloc(qs_knowledge_bytes(quorsum_key_record_public(task->record), quorsum_plan_plaintexts(task->plan)));
    status = contribution != NULL && proof != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK)
        status = read_message(&message, proof, &contribution->sequence, task, in, len);
    if (status == QUORSUM_OK)
        status = check_blocks(contribution, &message, proof, task, later, run);
    if (status == QUORSUM_OK) {
        memcpy(contribution->task, task->digest, sizeof contribution->task);
        memcpy(contribution->sender, message.sender, sizeof contribution->sender);
        memcpy(contribution->digest, message.digest, sizeof contribution->digest);
        qs_contribution_name(contribution->name, message.digest, qs_message_signature(&message));
        *out = contribution;
        contribution = NULL;
    }
    free(proof);
    quorsum_contribution_free(contribution);
    return status;
}

quorsum_status quorsum_contribution_decode(quorsum_contribution **out, const quorsum_task *task, const uint8_t *in,
                                           size_t len, const quorsum_run *run)
{
    return decode(out, task, in, len, 0, run);
}

quorsum_status qs_contribution_begin(quorsum_contribution **out, const quorsum_task *task, const uint8_t *in, size_t len,
                                     const quorsum_run *run)
{
    return decode(out, task, in, len, task != NULL && quorsum_plan_level(task->plan) == QUORSUM_LEVEL_BALLOT, run);
}

/* ---- many at once ---- */

static size_t list_pending(qs_ballot *ballots, qs_context *contexts, quorsum_contribution *const *list, size_t count,
                           const quorsum_task *task)
{
    size_t pending = 0;

    for (size_t i = 0; i < count; i++) {
        if (list[i] == NULL || list[i]->pending == NULL)
            continue;
        make_context(&contexts[pending], task, list[i]->sender);
        ballots[pending] = (qs_ballot){.context = &contexts[pending], .ciphertexts = list[i]->ciphertexts,
                                       .proof = list[i]->pending, .len = qs_level_bytes(task)};
        pending++;
    }
    return pending;
}

static void take_verdicts(quorsum_status *statuses, quorsum_contribution *const *list, size_t count,
                          const qs_ballot *ballots)
{
    for (size_t i = 0; i < count; i++) {
        statuses[i] = QUORSUM_OK;
        if (list[i] == NULL || list[i]->pending == NULL)
            continue;
        statuses[i] = (ballots++)->status;
        free(list[i]->pending);
        list[i]->pending = NULL;
    }
}

quorsum_status qs_contributions_finish(quorsum_status *statuses, quorsum_contribution *const *list, size_t count,
                                       const quorsum_task *task, const quorsum_run *run)
{
    qs_ballot *ballots = calloc(count, sizeof *ballots);
    qs_context *contexts = calloc(count, sizeof *contexts);
    quorsum_run quiet = qs_run_quiet(run);
    quorsum_status status = ballots != NULL && contexts != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
    size_t pending = 0;
    size_t bad;

    if (status == QUORSUM_OK)
        pending = list_pending(ballots, contexts, list, count, task);
    if (pending > 0)
        status = qs_choice_verify_all_vartime(ballots, pending, task->choices, &bad, &quiet);
    if (status == QUORSUM_OK)
        take_verdicts(statuses, list, count, ballots);
    free(ballots);
    free(contexts);
    return status;
}

void quorsum_contribution_free(quorsum_contribution *contribution)
{
    if (contribution == NULL)
        return;
    quorsum_ciphertexts_free(contribution->ciphertexts);
    free(contribution->pending);
    free(contribution);
}

const uint8_t *quorsum_contribution_sender(const quorsum_contribution *contribution)
{
    return contribution->sender;
}

uint32_t quorsum_contribution_sequence(const quorsum_contribution *contribution)
{
    return contribution->sequence;
}

const uint8_t *quorsum_contribution_digest(const quorsum_contribution *contribution)
{
    return contribution->digest;
}
