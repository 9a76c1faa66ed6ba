/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every public call without memory: each of its allocations fails in turn, alone, and then it and all behind it. The call
 * must answer QUORSUM_ERR_MEMORY with nothing in its outputs, must have released everything, and must work the next time.
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocations.h"
#include "quorsum.h"
#include "tests/unit/round/fixture.h"

#define PASSPHRASE "open", 4

/* ---- what the calls work on ---- */

enum { COHORT = 3, OPENERS = 3 };

typedef struct kit {
    fixture f;
    quorsum_run run;
    int broken; /* a call that failed left something in its outputs */
    const quorsum_public_key *key;
    quorsum_private_key *private_key;
    quorsum_plaintexts *plaintexts;
    quorsum_ciphertexts *ciphertexts;
    quorsum_bytes identity, private_sealed, share, record, task;
    quorsum_bytes contribution[COHORT];
    quorsum_bytes partial[OPENERS];
    quorsum_bytes result;
    quorsum_bytes receipt, acknowledgement, evidence;
    quorsum_bytes another_manifest; /* of two contributions, by the same coordinator */
    quorsum_opening *opening;
    uint8_t modulus[512];
    uint8_t *wire;     /* ciphertexts as digits */
    uint8_t *integers; /* and as other libraries write them */
    size_t wire_len;
    char *place;
    quorsum_board *board[6]; /* by stage */
} kit;

typedef quorsum_status (*call)(kit *k);

/* CALL(status, nothing, ...): the call under test, then whether a failure left `nothing`. */
#define CALL(k, nothing, ...)                                                                                          \
    do {                                                                                                               \
        memory_arm();                                                                                                  \
        status = __VA_ARGS__;                                                                                          \
        memory.armed = 0;                                                                                              \
        if (status != QUORSUM_OK && !(nothing))                                                                        \
            (k)->broken = 1;                                                                                           \
    } while (0)

/* A call that makes one object. */
#define MAKES(name, type, release, ...)                                                                                \
    static quorsum_status name(kit *k)                                                                                 \
    {                                                                                                                  \
        type *out = (type *)(uintptr_t)1;                                                                              \
        quorsum_status status;                                                                                         \
                                                                                                                       \
        CALL(k, out == NULL, __VA_ARGS__);                                                                             \
        release(status == QUORSUM_OK ? out : NULL);                                                                    \
        return status;                                                                                                 \
    }
/* A call that makes bytes. */
#define WRITES(name, ...)                                                                                              \
    static quorsum_status name(kit *k)                                                                                 \
    {                                                                                                                  \
        quorsum_bytes out = {(uint8_t *)(uintptr_t)1, 1};                                                              \
        quorsum_status status;                                                                                         \
                                                                                                                       \
        CALL(k, out.data == NULL && out.len == 0, __VA_ARGS__);                                                        \
        if (status == QUORSUM_OK)                                                                                      \
            quorsum_bytes_free(&out);                                                                                  \
        return status;                                                                                                 \
    }
/* A call that answers with its status alone. */
#define ANSWERS(name, ...)                                                                                             \
    static quorsum_status name(kit *k)                                                                                 \
    {                                                                                                                  \
        quorsum_status status;                                                                                         \
                                                                                                                       \
        CALL(k, 1, __VA_ARGS__);                                                                                       \
        return status;                                                                                                 \
    }

static const quorsum_ciphertexts *const *vectors(const kit *k)
{
    static const quorsum_ciphertexts *two[2];

    two[0] = two[1] = k->ciphertexts;
    return two;
}

static const int64_t weights[2] = {3, -70000};
static const quorsum_key_options toy = {.modulus_bits = 128};
static const quorsum_deal_options dealt = {.key = {.modulus_bits = 128}, .trustees = 3, .quorum = 2};

MAKES(identity_generate, quorsum_identity, quorsum_identity_free, quorsum_identity_generate(&out))
WRITES(identity_seal, quorsum_identity_seal(&out, k->f.dealer, PASSPHRASE))
MAKES(identity_unseal, quorsum_identity, quorsum_identity_free,
      quorsum_identity_unseal(&out, k->identity.data, k->identity.len, PASSPHRASE))
MAKES(public_key_new, quorsum_public_key, quorsum_public_key_free,
      quorsum_public_key_new(&out, k->modulus, quorsum_public_key_modulus_bytes(k->key), NULL))
MAKES(private_key_generate, quorsum_private_key, quorsum_private_key_free,
      quorsum_private_key_generate(&out, &toy, &k->run))
WRITES(private_key_seal, quorsum_private_key_seal(&out, k->private_key, PASSPHRASE))
MAKES(private_key_unseal, quorsum_private_key, quorsum_private_key_free,
      quorsum_private_key_unseal(&out, k->private_sealed.data, k->private_sealed.len, PASSPHRASE))
MAKES(plaintexts_new, quorsum_plaintexts, quorsum_plaintexts_free, quorsum_plaintexts_new(&out, k->key, 5))
MAKES(encryptor_new, quorsum_encryptor, quorsum_encryptor_free, quorsum_encryptor_new(&out, k->key, &k->run))
MAKES(encrypt, quorsum_ciphertexts, quorsum_ciphertexts_free,
      quorsum_encrypt(&out, k->f.encryptor, k->plaintexts, &k->run))
MAKES(ciphertexts_add, quorsum_ciphertexts, quorsum_ciphertexts_free,
      quorsum_ciphertexts_add(&out, k->key, k->ciphertexts, k->ciphertexts, &k->run))
MAKES(ciphertexts_subtract, quorsum_ciphertexts, quorsum_ciphertexts_free,
      quorsum_ciphertexts_subtract(&out, k->key, k->ciphertexts, k->ciphertexts, &k->run))
MAKES(ciphertexts_scale, quorsum_ciphertexts, quorsum_ciphertexts_free,
      quorsum_ciphertexts_scale(&out, k->key, k->ciphertexts, -5, &k->run))
MAKES(ciphertexts_weighted_sum, quorsum_ciphertexts, quorsum_ciphertexts_free,
      quorsum_ciphertexts_weighted_sum(&out, k->key, vectors(k), weights, 2, &k->run))
MAKES(ciphertexts_rerandomise, quorsum_ciphertexts, quorsum_ciphertexts_free,
      quorsum_ciphertexts_rerandomise(&out, k->f.encryptor, k->ciphertexts, &k->run))
MAKES(ciphertexts_decode, quorsum_ciphertexts, quorsum_ciphertexts_free,
      quorsum_ciphertexts_decode(&out, k->key, k->wire, k->wire_len, NULL, &k->run))
MAKES(ciphertexts_import, quorsum_ciphertexts, quorsum_ciphertexts_free,
      quorsum_ciphertexts_import(&out, k->key, k->integers, k->wire_len, NULL, &k->run))
MAKES(sum_new, quorsum_sum, quorsum_sum_free, quorsum_sum_new(&out, k->key, 7))
MAKES(plan_new, quorsum_plan, quorsum_plan_free,
      quorsum_plan_new(&out, fixture_fields, FIELDS, &(quorsum_plan_options){.max_cohort = 5, .plaintext_bits = 127}, NULL))
WRITES(key_record_encode, quorsum_key_record_encode(&out, k->f.record))
MAKES(key_record_decode, quorsum_key_record, quorsum_key_record_free,
      quorsum_key_record_decode(&out, k->record.data, k->record.len, &k->run))
WRITES(key_share_seal, quorsum_key_share_seal(&out, k->f.shares[0], PASSPHRASE))
MAKES(key_share_unseal, quorsum_key_share, quorsum_key_share_free,
      quorsum_key_share_unseal(&out, k->share.data, k->share.len, PASSPHRASE))
ANSWERS(key_share_check, quorsum_key_share_check(k->f.shares[0], k->f.record))
MAKES(partial_decrypt, quorsum_partial, quorsum_partial_free,
      quorsum_partial_decrypt(&out, k->f.record, k->f.shares[0], k->ciphertexts, quorsum_task_digest(k->f.task),
                              quorsum_identity_public(k->f.trustees[0]), &k->run))
MAKES(combiner_new, quorsum_combiner, quorsum_combiner_free,
      quorsum_combiner_new(&out, k->f.record, k->ciphertexts, quorsum_task_digest(k->f.task)))
MAKES(opening_plaintexts, quorsum_plaintexts, quorsum_plaintexts_free, quorsum_opening_plaintexts(&out, k->opening))
ANSWERS(opening_verify, quorsum_opening_verify(k->opening, quorsum_aggregate_ciphertexts(k->f.aggregate), &k->run))
MAKES(task_decode, quorsum_task, quorsum_task_free,
      quorsum_task_decode(&out, k->f.record, k->task.data, k->task.len))
WRITES(task_encode, quorsum_task_encode(&out, k->f.task))
MAKES(contribution_decode, quorsum_contribution, quorsum_contribution_free,
      quorsum_contribution_decode(&out, k->f.task, k->contribution[0].data, k->contribution[0].len, &k->run))
MAKES(aggregator_new, quorsum_aggregator, quorsum_aggregator_free, quorsum_aggregator_new(&out, k->f.task))
MAKES(manifest_decode, quorsum_manifest, quorsum_manifest_free,
      quorsum_manifest_decode(&out, k->f.task, k->f.manifest_bytes.data, k->f.manifest_bytes.len))
MAKES(aggregate_decode, quorsum_aggregate, quorsum_aggregate_free,
      quorsum_aggregate_decode(&out, k->f.task, k->f.manifest, k->f.aggregate_bytes.data, k->f.aggregate_bytes.len,
                               &k->run))
WRITES(partial_make, quorsum_partial_make(&out, k->f.task, k->f.aggregate, k->f.shares[0], k->f.trustees[0], &k->run))
MAKES(partial_decode, quorsum_partial, quorsum_partial_free,
      quorsum_partial_decode(&out, k->f.task, k->f.aggregate, k->partial[0].data, k->partial[0].len))
WRITES(result_make, quorsum_result_make(&out, k->f.task, k->f.manifest, k->f.aggregate, k->opening, k->f.coordinator))
MAKES(result_decode, quorsum_result, quorsum_result_free,
      quorsum_result_decode(&out, k->f.task, k->f.manifest, k->f.aggregate, k->result.data, k->result.len, &k->run))

MAKES(key_record_confirm, quorsum_key_record, quorsum_key_record_free,
      quorsum_key_record_confirm(&out, k->f.record, k->f.shares[4], k->f.trustees[4]))
MAKES(key_record_merge, quorsum_key_record, quorsum_key_record_free,
      quorsum_key_record_merge(&out, k->f.record, k->f.record))
MAKES(receipt_decode, quorsum_receipt, quorsum_receipt_free,
      quorsum_receipt_decode(&out, k->f.task, k->receipt.data, k->receipt.len))
MAKES(acknowledgement_decode, quorsum_acknowledgement, quorsum_acknowledgement_free,
      quorsum_acknowledgement_decode(&out, k->f.task, k->acknowledgement.data, k->acknowledgement.len))
MAKES(evidence_decode, quorsum_evidence, quorsum_evidence_free,
      quorsum_evidence_decode(&out, k->f.task, k->evidence.data, k->evidence.len))
WRITES(evidence_make, quorsum_evidence_make(&out, k->f.task, &k->f.manifest_bytes, &k->another_manifest, k->f.stranger))

static quorsum_status decrypt(kit *k)
{
    quorsum_plaintexts *out = (quorsum_plaintexts *)(uintptr_t)1;
    quorsum_encryptor *encryptor = NULL;
    quorsum_plaintexts *plaintexts = NULL;
    quorsum_ciphertexts *ciphertexts = NULL;
    const quorsum_public_key *key = quorsum_private_key_public(k->private_key);
    quorsum_status status;

    cr_assert_eq(quorsum_encryptor_new(&encryptor, key, &k->run), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_new(&plaintexts, key, 4), QUORSUM_OK);
    cr_assert_eq(quorsum_encrypt(&ciphertexts, encryptor, plaintexts, &k->run), QUORSUM_OK);
    CALL(k, out == NULL, quorsum_decrypt(&out, k->private_key, ciphertexts, &k->run));
    quorsum_plaintexts_free(status == QUORSUM_OK ? out : NULL);
    quorsum_ciphertexts_free(ciphertexts);
    quorsum_plaintexts_free(plaintexts);
    quorsum_encryptor_free(encryptor);
    return status;
}

static quorsum_status sum_call(kit *k, int which)
{
    quorsum_sum *sum = NULL;
    quorsum_ciphertexts *value = NULL;
    quorsum_status status;

    cr_assert_eq(quorsum_sum_new(&sum, k->key, quorsum_ciphertexts_count(k->ciphertexts)), QUORSUM_OK);
    cr_assert_eq(quorsum_sum_add(sum, k->ciphertexts, &k->run), QUORSUM_OK);
    if (which == 0)
        CALL(k, 1, quorsum_sum_add(sum, k->ciphertexts, &k->run));
    else if (which == 1)
        CALL(k, 1, quorsum_sum_add_bytes(sum, k->wire, k->wire_len, NULL, &k->run));
    else
        CALL(k, value == NULL, quorsum_sum_value(&value, sum, &k->run));
    quorsum_ciphertexts_free(value);
    quorsum_sum_free(sum);
    return status;
}

static quorsum_status sum_add(kit *k)
{
    return sum_call(k, 0);
}

static quorsum_status sum_add_bytes(kit *k)
{
    return sum_call(k, 1);
}

static quorsum_status sum_value(kit *k)
{
    return sum_call(k, 2);
}

static quorsum_status deal(kit *k)
{
    quorsum_key_record *record = (quorsum_key_record *)(uintptr_t)1;
    quorsum_key_share *shares[3] = {(quorsum_key_share *)(uintptr_t)1};
    quorsum_status status;

    CALL(k, record == NULL && shares[0] == NULL && shares[1] == NULL && shares[2] == NULL,
         quorsum_deal(&record, shares, &dealt, k->f.dealer, &k->run));
    if (status == QUORSUM_OK) {
        quorsum_key_record_free(record);
        for (int i = 0; i < 3; i++)
            quorsum_key_share_free(shares[i]);
    }
    return status;
}

static quorsum_combiner *filled_combiner(kit *k, size_t count)
{
    quorsum_combiner *combiner = NULL;

    cr_assert_eq(quorsum_combiner_new(&combiner, k->f.record, quorsum_aggregate_ciphertexts(k->f.aggregate),
                                      quorsum_task_digest(k->f.task)), QUORSUM_OK);
    for (size_t i = 0; i < count; i++) {
        quorsum_partial *partial = NULL;

        cr_assert_eq(quorsum_partial_decode(&partial, k->f.task, k->f.aggregate, k->partial[i].data, k->partial[i].len),
                     QUORSUM_OK);
        cr_assert_eq(quorsum_combiner_add(combiner, partial, &k->run), QUORSUM_OK);
        quorsum_partial_free(partial);
    }
    return combiner;
}

static quorsum_status combiner_add(kit *k)
{
    quorsum_combiner *combiner = filled_combiner(k, 1);
    quorsum_partial *partial = NULL;
    quorsum_status status;

    cr_assert_eq(quorsum_partial_decode(&partial, k->f.task, k->f.aggregate, k->partial[1].data, k->partial[1].len),
                 QUORSUM_OK);
    CALL(k, 1, quorsum_combiner_add(combiner, partial, &k->run));
    if (status != QUORSUM_OK) /* a refused one changes nothing: it is not there twice */
        cr_expect_eq(quorsum_combiner_add(combiner, partial, &k->run), QUORSUM_OK);
    quorsum_partial_free(partial);
    quorsum_combiner_free(combiner);
    return status;
}

static quorsum_status combiner_open(kit *k)
{
    quorsum_combiner *combiner = filled_combiner(k, OPENERS);
    quorsum_opening *out = (quorsum_opening *)(uintptr_t)1;
    quorsum_status status;

    CALL(k, out == NULL, quorsum_combiner_open(&out, combiner, &k->run));
    quorsum_opening_free(status == QUORSUM_OK ? out : NULL);
    quorsum_combiner_free(combiner);
    return status;
}

static quorsum_task_options task_options(const kit *k)
{
    static uint8_t roster[2 * QUORSUM_IDENTITY_BYTES];

    for (size_t i = 0; i < 2; i++)
        memcpy(roster + i * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(k->f.contributors[i]), QUORSUM_IDENTITY_BYTES);
    return (quorsum_task_options){.label = "without memory", .fields = fixture_fields, .field_count = FIELDS,
                                  .min_cohort = 2, .max_cohort = 3, .roster = roster, .roster_count = 2};
}

static quorsum_status task_make(kit *k)
{
    quorsum_task_options options = task_options(k);
    quorsum_task *out = (quorsum_task *)(uintptr_t)1;
    quorsum_status status;

    CALL(k, out == NULL, quorsum_task_make(&out, k->f.record, &options, k->f.coordinator, NULL));
    quorsum_task_free(status == QUORSUM_OK ? out : NULL);
    return status;
}

static quorsum_status contribution_make(kit *k)
{
    quorsum_bytes out = {(uint8_t *)(uintptr_t)1, 1};
    int64_t values[VALUES];
    quorsum_status status;

    fixture_values(values, 1);
    CALL(k, out.data == NULL && out.len == 0,
         quorsum_contribution_make(&out, k->f.task, k->f.encryptor, k->f.contributors[1], values, VALUES, 1, 1, &k->run));
    if (status == QUORSUM_OK)
        quorsum_bytes_free(&out);
    return status;
}

static quorsum_aggregator *filled_aggregator(kit *k, size_t count)
{
    quorsum_aggregator *aggregator = NULL;

    cr_assert_eq(quorsum_aggregator_new(&aggregator, k->f.task), QUORSUM_OK);
    for (size_t i = 0; i < count; i++) {
        quorsum_contribution *one = NULL;

        cr_assert_eq(quorsum_contribution_decode(&one, k->f.task, k->contribution[i].data, k->contribution[i].len, &k->run),
                     QUORSUM_OK);
        cr_assert_eq(quorsum_aggregator_add(aggregator, one, &k->run), QUORSUM_OK);
        quorsum_contribution_free(one);
    }
    return aggregator;
}

static quorsum_status aggregator_add(kit *k)
{
    quorsum_aggregator *aggregator = filled_aggregator(k, 1);
    quorsum_contribution *one = NULL;
    quorsum_status status;

    cr_assert_eq(quorsum_contribution_decode(&one, k->f.task, k->contribution[1].data, k->contribution[1].len, &k->run),
                 QUORSUM_OK);
    CALL(k, 1, quorsum_aggregator_add(aggregator, one, &k->run));
    if (status != QUORSUM_OK) /* it is what it was before */
        cr_expect_eq(quorsum_aggregator_add(aggregator, one, &k->run), QUORSUM_OK);
    cr_expect_eq(quorsum_aggregator_cohort(aggregator), 2);
    quorsum_contribution_free(one);
    quorsum_aggregator_free(aggregator);
    return status;
}

static quorsum_status aggregator_finish(kit *k)
{
    quorsum_aggregator *aggregator = filled_aggregator(k, COHORT);
    quorsum_bytes manifest = {(uint8_t *)(uintptr_t)1, 1};
    quorsum_bytes aggregate = {(uint8_t *)(uintptr_t)1, 1};
    quorsum_status status;

    CALL(k, manifest.data == NULL && manifest.len == 0 && aggregate.data == NULL && aggregate.len == 0,
         quorsum_aggregator_finish(&manifest, &aggregate, aggregator, k->f.coordinator, &k->run));
    if (status == QUORSUM_OK) {
        quorsum_bytes_free(&manifest);
        quorsum_bytes_free(&aggregate);
    }
    quorsum_aggregator_free(aggregator);
    return status;
}

static quorsum_status aggregate_check(kit *k)
{
    quorsum_aggregator *aggregator = filled_aggregator(k, COHORT);
    quorsum_bytes bytes[2] = {{0}};
    quorsum_manifest *manifest = NULL;
    quorsum_aggregate *aggregate = NULL;
    quorsum_status status;

    cr_assert_eq(quorsum_aggregator_finish(&bytes[0], &bytes[1], aggregator, k->f.coordinator, &k->run), QUORSUM_OK);
    cr_assert_eq(quorsum_manifest_decode(&manifest, k->f.task, bytes[0].data, bytes[0].len), QUORSUM_OK);
    cr_assert_eq(quorsum_aggregate_decode(&aggregate, k->f.task, manifest, bytes[1].data, bytes[1].len, &k->run),
                 QUORSUM_OK);
    CALL(k, 1, quorsum_aggregate_check(aggregate, manifest, aggregator, &k->run));
    quorsum_aggregate_free(aggregate);
    quorsum_manifest_free(manifest);
    quorsum_bytes_free(&bytes[0]);
    quorsum_bytes_free(&bytes[1]);
    quorsum_aggregator_free(aggregator);
    return status;
}

static quorsum_status aggregator_refuse(kit *k)
{
    static const uint8_t digest[QUORSUM_DIGEST_BYTES] = {1};
    quorsum_aggregator *aggregator = filled_aggregator(k, 1);
    quorsum_status status;

    CALL(k, 1, quorsum_aggregator_refuse(aggregator, quorsum_identity_public(k->f.contributors[1]), 1, digest,
                                         QUORSUM_ERR_PROOF));
    quorsum_aggregator_free(aggregator);
    return status;
}

static quorsum_status receipt_make(kit *k)
{
    quorsum_bytes out = {(uint8_t *)(uintptr_t)1, 1};
    quorsum_contribution *one = NULL;
    quorsum_status status;

    cr_assert_eq(quorsum_contribution_decode(&one, k->f.task, k->contribution[0].data, k->contribution[0].len, &k->run),
                 QUORSUM_OK);
    CALL(k, out.data == NULL && out.len == 0, quorsum_receipt_make(&out, k->f.task, one, k->f.coordinator));
    if (status == QUORSUM_OK)
        quorsum_bytes_free(&out);
    quorsum_contribution_free(one);
    return status;
}

static quorsum_status acknowledgement_make(kit *k)
{
    quorsum_aggregator *aggregator = filled_aggregator(k, COHORT);
    quorsum_bytes bytes[2] = {{0}};
    quorsum_bytes out = {(uint8_t *)(uintptr_t)1, 1};
    quorsum_manifest *manifest = NULL;
    quorsum_aggregate *aggregate = NULL;
    quorsum_status status;

    cr_assert_eq(quorsum_aggregator_finish(&bytes[0], &bytes[1], aggregator, k->f.coordinator, &k->run), QUORSUM_OK);
    cr_assert_eq(quorsum_manifest_decode(&manifest, k->f.task, bytes[0].data, bytes[0].len), QUORSUM_OK);
    cr_assert_eq(quorsum_aggregate_decode(&aggregate, k->f.task, manifest, bytes[1].data, bytes[1].len, &k->run),
                 QUORSUM_OK);
    CALL(k, out.data == NULL && out.len == 0,
         quorsum_acknowledgement_make(&out, k->f.task, manifest, aggregate, aggregator, k->f.trustees[0], &k->run));
    if (status == QUORSUM_OK)
        quorsum_bytes_free(&out);
    quorsum_aggregate_free(aggregate);
    quorsum_manifest_free(manifest);
    quorsum_bytes_free(&bytes[0]);
    quorsum_bytes_free(&bytes[1]);
    quorsum_aggregator_free(aggregator);
    return status;
}

/* ---- pools ---- */

static char *in_place(const kit *k, const char *name)
{
    static char path[600];

    (void)snprintf(path, sizeof path, "%s/%s", k->place, name);
    return path;
}

static quorsum_status pool_fill(kit *k)
{
    quorsum_encryptor *encryptor = NULL;
    quorsum_status status;

    cr_assert_eq(quorsum_encryptor_new(&encryptor, k->key, &k->run), QUORSUM_OK);
    CALL(k, 1, quorsum_pool_fill(encryptor, 9, &k->run));
    quorsum_encryptor_free(encryptor);
    return status;
}

static quorsum_status pool_make(kit *k)
{
    char *path = in_place(k, "pool");
    quorsum_status status;

    CALL(k, access(path, F_OK) != 0, quorsum_pool_make(path, k->f.encryptor, k->f.contributors[0], 9, &k->run));
    (void)unlink(path);
    return status;
}

static quorsum_status pool_open(kit *k)
{
    quorsum_encryptor *out = (quorsum_encryptor *)(uintptr_t)1;
    char *path = in_place(k, "pool");
    quorsum_status status;

    cr_assert_eq(quorsum_pool_make(path, k->f.encryptor, k->f.contributors[0], 9, &k->run), QUORSUM_OK);
    CALL(k, out == NULL, quorsum_pool_open(&out, path, k->key, k->f.contributors[0], 5));
    quorsum_encryptor_free(status == QUORSUM_OK ? out : NULL);
    (void)unlink(path);
    return status;
}

/* ---- boards: what a failed call leaves there the same call must be able to go on from ---- */

enum { NEW, CONTRIBUTED, AGGREGATED, ACKNOWLEDGED, DECRYPTED, OPENED, STAGES };

static char *of_stage(const kit *k, int stage, const char *object)
{
    static char path[600];

    (void)snprintf(path, sizeof path, "%s/stage-%d/%s", k->place, stage, object);
    return path;
}

static char *journal_of(const kit *k, size_t trustee)
{
    static char path[600];

    (void)snprintf(path, sizeof path, "%s/journal-%zu", k->place, trustee);
    return path;
}

/* A board as it is after so many steps of a round. */
static void lay_out(kit *k, int stage)
{
    quorsum_board **board = &k->board[stage];
    quorsum_result *result = NULL;
    char *path = strdup(of_stage(k, stage, ""));

    cr_assert_eq(quorsum_board_create(path, k->f.task), QUORSUM_OK);
    cr_assert_eq(quorsum_board_open(board, path, NULL, &k->run), QUORSUM_OK);
    for (size_t i = 0; stage >= CONTRIBUTED && i < COHORT; i++)
        cr_assert_eq(quorsum_board_contribute(*board, &k->contribution[i], &k->run), QUORSUM_OK);
    if (stage >= AGGREGATED)
        cr_assert_eq(quorsum_board_aggregate(*board, k->f.coordinator, NULL, &k->run), QUORSUM_OK);
    for (size_t i = 0; stage >= ACKNOWLEDGED && i < TRUSTEES; i++) {
        cr_assert_eq(quorsum_board_acknowledge(*board, k->f.trustees[i], journal_of(k, i), NULL, &k->run), QUORSUM_OK);
        if (i >= OPENERS)
            cr_assert_eq(unlink(journal_of(k, i)), 0);
    }
    for (size_t i = 0; stage >= ACKNOWLEDGED && i < OPENERS; i++) {
        if (stage >= DECRYPTED)
            cr_assert_eq(quorsum_board_decrypt(*board, k->f.shares[i], k->f.trustees[i], journal_of(k, i), NULL, &k->run),
                         QUORSUM_OK);
        cr_assert_eq(unlink(journal_of(k, i)), 0);
    }
    if (stage >= OPENED)
        cr_assert_eq(quorsum_board_result(&result, *board, k->f.coordinator, NULL, &k->run), QUORSUM_OK);
    quorsum_result_free(result);
    free(path);
}

static quorsum_status board_create(kit *k)
{
    char *path = in_place(k, "new");
    quorsum_status status;

    CALL(k, 1, quorsum_board_create(path, k->f.task));
    if (status != QUORSUM_OK)
        cr_expect_eq(quorsum_board_create(path, k->f.task), QUORSUM_OK, "it does not go on");
    remove_directory(strdup(path));
    return status;
}

MAKES(board_open, quorsum_board, quorsum_board_close,
      quorsum_board_open(&out, of_stage(k, NEW, ""), NULL, &k->run))

/* What the call makes goes away again, so that the next one finds the board as this one did. */
#define ON_BOARD(name, stage, made, again_status, ...)                                                                 \
    static quorsum_status name(kit *k)                                                                                 \
    {                                                                                                                  \
        quorsum_result *result = NULL;                                                                                 \
        quorsum_status status;                                                                                         \
                                                                                                                       \
        CALL(k, result == NULL, __VA_ARGS__);                                                                          \
        if (status != QUORSUM_OK) {                                                                                    \
            quorsum_status again = __VA_ARGS__;                                                                        \
                                                                                                                       \
            cr_expect(again == QUORSUM_OK || again == again_status, "it does not go on: %s", quorsum_status_name(again)); \
        }                                                                                                              \
        quorsum_result_free(result);                                                                                   \
        remove_made(k, stage, made);                                                                                   \
        return status;                                                                                                 \
    }

static void remove_made(const kit *k, int stage, const char *made)
{
    char names[300];

    (void)snprintf(names, sizeof names, "%s", made);
    for (char *rest = NULL, *name = strtok_r(names, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest))
        cr_expect_eq(remove(of_stage(k, stage, name)), 0, "no %s", name);
}

static const char *contribution_name(const kit *k)
{
    static char name[100] = "contributions/";

    (void)sodium_bin2hex(name + 14, sizeof name - 14, quorsum_identity_public(k->f.contributors[0]), QUORSUM_IDENTITY_BYTES);
    return name;
}

static const char *receipt_names(const kit *k)
{
    static char names[COHORT * 80 + 20];
    size_t len = 0;

    for (size_t i = 0; i < COHORT; i++) {
        char hex[2 * QUORSUM_IDENTITY_BYTES + 1];

        (void)sodium_bin2hex(hex, sizeof hex, quorsum_identity_public(k->f.contributors[i]), QUORSUM_IDENTITY_BYTES);
        len += (size_t)snprintf(names + len, sizeof names - len, "receipts/%s ", hex);
    }
    (void)snprintf(names + len, sizeof names - len, "receipts");
    return names;
}

ON_BOARD(board_contribute, NEW, contribution_name(k), QUORSUM_ERR_DUPLICATE,
         quorsum_board_contribute(k->board[NEW], &k->contribution[0], &k->run))
ON_BOARD(board_aggregate, CONTRIBUTED, "manifest aggregate", QUORSUM_OK,
         quorsum_board_aggregate(k->board[CONTRIBUTED], k->f.coordinator, NULL, &k->run))
ON_BOARD(board_receive, CONTRIBUTED, receipt_names(k), QUORSUM_OK,
         quorsum_board_receive(k->board[CONTRIBUTED], k->f.coordinator, NULL, &k->run))
ON_BOARD(board_examine, CONTRIBUTED, "../journal-1", QUORSUM_OK,
         quorsum_board_examine(k->board[CONTRIBUTED], journal_of(k, 1), NULL, &k->run))
ON_BOARD(board_acknowledge, AGGREGATED, "acks/2 acks ../journal-1", QUORSUM_OK,
         quorsum_board_acknowledge(k->board[AGGREGATED], k->f.trustees[1], journal_of(k, 1), NULL, &k->run))
ON_BOARD(board_decrypt, ACKNOWLEDGED, "partials/2 ../journal-1", QUORSUM_OK,
         quorsum_board_decrypt(k->board[ACKNOWLEDGED], k->f.shares[1], k->f.trustees[1], journal_of(k, 1), NULL, &k->run))
ON_BOARD(board_complete, DECRYPTED, "completions/1-of-1", QUORSUM_OK,
         quorsum_board_complete(k->board[DECRYPTED], 1, 1, k->f.stranger, NULL, &k->run))
ON_BOARD(board_result, DECRYPTED, "result", QUORSUM_OK,
         quorsum_board_result(&result, k->board[DECRYPTED], k->f.coordinator, NULL, &k->run))

static quorsum_status board_sequence(kit *k)
{
    uint32_t out = 7;
    quorsum_status status;

    CALL(k, 1, quorsum_board_sequence(&out, k->board[NEW], quorsum_identity_public(k->f.contributors[0])));
    return status;
}

/* The same manifest from elsewhere: there is nothing to tell. */
static quorsum_status board_compare(kit *k)
{
    char *path = of_stage(k, OPENED, "manifest");
    FILE *file = fopen(path, "rb");
    static uint8_t bytes[4096];
    quorsum_bytes message = {bytes, file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0};
    quorsum_status status;

    cr_assert(file != NULL && fclose(file) == 0);
    CALL(k, 1, quorsum_board_compare(k->board[OPENED], &message, k->f.stranger, NULL));
    return status;
}

static quorsum_status board_verify(kit *k)
{
    quorsum_result *result = (quorsum_result *)(uintptr_t)1;
    quorsum_status status;

    CALL(k, 1, quorsum_board_verify(&result, k->board[OPENED], NULL, &k->run));
    quorsum_result_free(result); /* it may be there beside another object's refusal */
    return status;
}

/* ---- all of them ---- */

static const struct {
    const char *name; /* of the function, less quorsum_ */
    call call;
} calls[] = {
#define ENTRY(name) {#name, name}
    ENTRY(identity_generate), ENTRY(identity_seal), ENTRY(identity_unseal), ENTRY(public_key_new),
    ENTRY(private_key_generate), ENTRY(private_key_seal), ENTRY(private_key_unseal), ENTRY(plaintexts_new),
    ENTRY(encryptor_new), ENTRY(encrypt), ENTRY(decrypt), ENTRY(ciphertexts_add), ENTRY(ciphertexts_subtract),
    ENTRY(ciphertexts_scale), ENTRY(ciphertexts_weighted_sum), ENTRY(ciphertexts_rerandomise), 
    ENTRY(ciphertexts_decode), ENTRY(ciphertexts_import), ENTRY(sum_new), ENTRY(sum_add),
    ENTRY(sum_add_bytes), ENTRY(sum_value), ENTRY(plan_new), ENTRY(pool_fill), ENTRY(pool_make), ENTRY(pool_open),
    ENTRY(deal), ENTRY(key_record_encode), ENTRY(key_record_decode), ENTRY(key_share_seal), ENTRY(key_share_unseal),
    ENTRY(key_share_check), ENTRY(partial_decrypt), ENTRY(combiner_new), ENTRY(combiner_add), ENTRY(combiner_open),
    ENTRY(opening_plaintexts), ENTRY(opening_verify), ENTRY(task_make), ENTRY(task_decode), ENTRY(task_encode),
    ENTRY(contribution_make), ENTRY(contribution_decode), ENTRY(aggregator_new), ENTRY(aggregator_add),
    ENTRY(aggregator_finish), ENTRY(manifest_decode), ENTRY(aggregate_decode), ENTRY(aggregate_check), ENTRY(partial_make),
    ENTRY(partial_decode), ENTRY(result_make), ENTRY(result_decode), ENTRY(board_create), ENTRY(board_open),
    ENTRY(board_contribute), ENTRY(board_aggregate), ENTRY(board_decrypt), ENTRY(board_complete), ENTRY(board_result),
    ENTRY(board_verify), ENTRY(key_record_confirm), ENTRY(key_record_merge), ENTRY(receipt_make), ENTRY(receipt_decode),
    ENTRY(acknowledgement_make), ENTRY(acknowledgement_decode), ENTRY(evidence_make), ENTRY(evidence_decode),
    ENTRY(aggregator_refuse), ENTRY(board_receive), ENTRY(board_examine), ENTRY(board_acknowledge),
    ENTRY(board_sequence), ENTRY(board_compare),
};
#define CALLS (sizeof calls / sizeof calls[0])

/* These allocate nothing: they have no such failure. */
static const char *const without[] = {"inclusion_check", "manifest_inclusion", "receipt_check", "ciphertexts_encode", "ciphertexts_export", "field_quantise", "plaintexts_get", "plaintexts_get_int64", "plaintexts_set",
                                      "plaintexts_set_int64", "pool_inspect", "ceremony_peek"};

static void prepare_agreement(kit *k)
{
    quorsum_aggregator *aggregator = filled_aggregator(k, 2);
    quorsum_bytes aggregate = {0};
    quorsum_contribution *one = NULL;

    cr_assert_eq(quorsum_aggregator_finish(&k->another_manifest, &aggregate, aggregator, k->f.coordinator, &k->run),
                 QUORSUM_OK);
    quorsum_aggregator_free(aggregator);
    quorsum_bytes_free(&aggregate);
    cr_assert_eq(quorsum_contribution_decode(&one, k->f.task, k->contribution[0].data, k->contribution[0].len, &k->run),
                 QUORSUM_OK);
    cr_assert_eq(quorsum_receipt_make(&k->receipt, k->f.task, one, k->f.coordinator), QUORSUM_OK);
    quorsum_contribution_free(one);
    k->acknowledgement = fixture_acknowledgement(&k->f, 1);
    cr_assert_eq(quorsum_evidence_make(&k->evidence, k->f.task, &k->f.manifest_bytes, &k->another_manifest,
                                       k->f.stranger), QUORSUM_OK);
}

static void open_kit(kit *k, unsigned threads)
{
    memset(k, 0, sizeof *k);
    k->run.threads = threads;
    fixture_open(&k->f, (setup){.label = "without memory"});
    fixture_aggregate(&k->f, COHORT);
    k->key = quorsum_key_record_public(k->f.record);
    quorsum_public_key_modulus(k->key, k->modulus);
    cr_assert_eq(quorsum_private_key_generate(&k->private_key, &toy, &k->run), QUORSUM_OK);
    cr_assert_eq(quorsum_private_key_seal(&k->private_sealed, k->private_key, PASSPHRASE), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_new(&k->plaintexts, k->key, 9), QUORSUM_OK);
    cr_assert_eq(quorsum_encrypt(&k->ciphertexts, k->f.encryptor, k->plaintexts, &k->run), QUORSUM_OK);
    k->wire_len = 9 * quorsum_public_key_ciphertext_bytes(k->key);
    k->wire = malloc(k->wire_len);
    cr_assert_eq(quorsum_ciphertexts_encode(k->ciphertexts, k->wire, k->wire_len, &k->wire_len), QUORSUM_OK);
    k->integers = malloc(k->wire_len);
    cr_assert_eq(quorsum_ciphertexts_export(k->ciphertexts, k->key, k->integers, k->wire_len, &k->wire_len), QUORSUM_OK);
    cr_assert_eq(quorsum_identity_seal(&k->identity, k->f.dealer, PASSPHRASE), QUORSUM_OK);
    cr_assert_eq(quorsum_key_share_seal(&k->share, k->f.shares[0], PASSPHRASE), QUORSUM_OK);
    cr_assert_eq(quorsum_key_record_encode(&k->record, k->f.record), QUORSUM_OK);
    cr_assert_eq(quorsum_task_encode(&k->task, k->f.task), QUORSUM_OK);
    for (size_t i = 0; i < COHORT; i++)
        k->contribution[i] = fixture_contribution(&k->f, i);
    for (size_t i = 0; i < OPENERS; i++)
        k->partial[i] = fixture_partial(&k->f, i);
    k->opening = fixture_opening(&k->f);
    k->result = fixture_result(&k->f);
    prepare_agreement(k);
    k->place = new_directory();
    for (int stage = 0; stage < STAGES; stage++)
        lay_out(k, stage);
}

static void close_kit(kit *k)
{
    quorsum_private_key_free(k->private_key);
    quorsum_plaintexts_free(k->plaintexts);
    quorsum_ciphertexts_free(k->ciphertexts);
    quorsum_bytes_free(&k->identity);
    quorsum_bytes_free(&k->private_sealed);
    quorsum_bytes_free(&k->share);
    quorsum_bytes_free(&k->record);
    quorsum_bytes_free(&k->task);
    quorsum_bytes_free(&k->result);
    quorsum_bytes_free(&k->receipt);
    quorsum_bytes_free(&k->acknowledgement);
    quorsum_bytes_free(&k->evidence);
    quorsum_bytes_free(&k->another_manifest);
    for (size_t i = 0; i < COHORT; i++)
        quorsum_bytes_free(&k->contribution[i]);
    for (size_t i = 0; i < OPENERS; i++)
        quorsum_bytes_free(&k->partial[i]);
    quorsum_opening_free(k->opening);
    free(k->wire);
    free(k->integers);
    for (int stage = 0; stage < STAGES; stage++)
        quorsum_board_close(k->board[stage]);
    remove_directory(k->place);
    fixture_close(&k->f);
}

/* A search for primes ends well when another thread has found one; the units of a dealer's proof are checked without lanes
 * where there is no memory for them (lib/arith/units.c); and a file that the journal may know is verified again. */
static int may_do_without(const kit *k, size_t which)
{
    call one = calls[which].call;

    return one == deal || one == key_record_decode || one == board_open || one == board_examine ||
           (k->run.threads > 1 && one == private_key_generate);
}

/* Fails number 1, 2, ... until the call has no such number; answers how many it had. */
static unsigned starve(kit *k, size_t which, int lasting)
{
    quorsum_status status;
    unsigned at = 0;

    memory.lasting = lasting;
    memory.at = 0;
    cr_assert_eq(calls[which].call(k), QUORSUM_OK, "%s", calls[which].name);
    do {
        size_t before = memory.live;

        memory.at = ++at;
        k->broken = 0;
        status = calls[which].call(k);
        if (memory.calls >= at && !(status == QUORSUM_OK && may_do_without(k, which)))
            cr_expect_eq(status, QUORSUM_ERR_MEMORY, "%s, allocation %u: %s", calls[which].name, at,
                         quorsum_status_name(status));
        cr_expect(!k->broken, "%s, allocation %u: something is left in an output", calls[which].name, at);
        cr_expect_eq(memory.live, before, "%s, allocation %u: %zu not released", calls[which].name, at,
                     memory.live - before);
    } while (memory.calls >= at && at < 3000);
    cr_expect_eq(status, QUORSUM_OK, "%s: after %u allocations", calls[which].name, at);
    return at - 1;
}

static void starve_all(unsigned threads, int lasting)
{
    kit k;

    open_kit(&k, threads);
    for (size_t i = 0; i < CALLS; i++)
        cr_expect_gt(starve(&k, i, lasting), 0, "%s allocates nothing", calls[i].name);
    close_kit(&k);
}

Test(memory, each_allocation_of_each_call_may_fail)
{
    starve_all(1, 0);
}

Test(memory, or_it_and_all_behind_it)
{
    starve_all(1, 1);
}

Test(memory, or_one_in_some_thread)
{
    starve_all(2, 0);
}

/* A new call in a header is a new line above. */
Test(memory, no_public_call_is_left_out)
{
    static const char *const headers[] = {"agreement", "board", "ceremony", "ciphertexts", "identity", "key", "plaintexts", "plan", "pool", "round",
                                          "threshold"};
    const char *top = getenv("top_srcdir");

    for (size_t h = 0; h < sizeof headers / sizeof headers[0]; h++) {
        char path[600], line[1000];
        FILE *file;

        (void)snprintf(path, sizeof path, "%s/include/quorsum/%s.h", top != NULL ? top : ".", headers[h]);
        file = fopen(path, "r");
        cr_assert_not_null(file, "%s", path);
        while (fgets(line, sizeof line, file) != NULL) {
            static const char mark[] = "quorsum_status quorsum_";
            const char *at = strstr(line, mark);
            size_t len = 0;
            int known = 0;

            if (at == NULL || strstr(line, "QUORSUM_API") == NULL)
                continue;
            at += sizeof mark - 1;
            while (isalnum((unsigned char)at[len]) || at[len] == '_')
                len++;
            for (size_t i = 0; i < CALLS; i++)
                known |= strlen(calls[i].name) == len && strncmp(calls[i].name, at, len) == 0;
            for (size_t i = 0; i < sizeof without / sizeof without[0]; i++)
                known |= strlen(without[i]) == len && strncmp(without[i], at, len) == 0;
            for (size_t i = 0; ceremony_calls[i] != NULL; i++)
                known |= strlen(ceremony_calls[i]) == len && strncmp(ceremony_calls[i], at, len) == 0;
            cr_expect(known, "no test lets an allocation of quorsum_%.*s fail", (int)len, at);
        }
        (void)fclose(file);
    }
}
