/* SPDX-License-Identifier: Apache-2.0 */
/* The decoders of messages, behind and before the signature. */
#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "lib/round/completion.h"
#include "target.h"

typedef void (*reader)(const fuzz_world *world, const uint8_t *data, size_t len);

static void run(enum fuzz_object object, reader read, const uint8_t *data, size_t len)
{
    const fuzz_world *world = fuzz_world_get();
    fuzz_script script = {data, data + len};
    quorsum_bytes message;

    if (fuzz_take(&script, 1) % 2 == 0) {
        read(world, script.at, (size_t)(script.end - script.at));
        return;
    }
    message = fuzz_edit(world, object, world->message[object].bytes.data, fuzz_body_len(world, object), &script);
    read(world, message.data, message.len);
    quorsum_bytes_free(&message);
}

/* What was accepted is written as it was read: there is one form. */
static void same(quorsum_bytes *again, const uint8_t *data, size_t len)
{
    if (again->len != len || memcmp(again->data, data, len) != 0)
        fuzz_stop("accepted in two forms");
    quorsum_bytes_free(again);
}

static void read_key(const fuzz_world *world, const uint8_t *data, size_t len)
{
    quorsum_key_record *record = NULL;
    quorsum_bytes again = {0};

    (void)world;
    if (quorsum_key_record_decode(&record, data, len, NULL) == QUORSUM_OK) {
        if (quorsum_key_record_encode(&again, record) != QUORSUM_OK)
            fuzz_stop("a record that is read cannot be written");
        same(&again, data, len);
        for (uint32_t i = 1; i <= quorsum_key_record_trustees(record); i++)
            (void)quorsum_key_record_trustee(record, i);
        if ((quorsum_key_record_epoch(record) == 0) != (quorsum_key_record_parent(record) == NULL) ||
            (strcmp(quorsum_key_record_origin(record), "dealer") != 0 && quorsum_key_record_ceremony(record) == NULL) ||
            quorsum_key_record_needed(record) < quorsum_key_record_quorum(record))
            fuzz_stop("a lineage that does not fit together");
    } else if (record != NULL) {
        fuzz_stop("a record in spite of an error");
    }
    quorsum_key_record_free(record);
}

static void read_task(const fuzz_world *world, const uint8_t *data, size_t len)
{
    quorsum_task *task = NULL;
    quorsum_bytes again = {0};

    if (quorsum_task_decode(&task, world->record, data, len) == QUORSUM_OK) {
        const quorsum_plan *plan = quorsum_task_plan(task);

        if (quorsum_task_encode(&again, task) != QUORSUM_OK)
            fuzz_stop("a task that is read cannot be written");
        same(&again, data, len);
        for (size_t i = 0; i < quorsum_plan_fields(plan); i++) {
            if (quorsum_plan_slot_bits(plan, i) >= quorsum_public_key_plaintext_bits(quorsum_key_record_public(world->record)))
                fuzz_stop("a slot wider than a plaintext");
        }
    } else if (task != NULL) {
        fuzz_stop("a task in spite of an error");
    }
    quorsum_task_free(task);
}

/* No other contribution can be made of these: what is accepted says what one of the originals says. */
static void read_contribution(const fuzz_world *world, const uint8_t *data, size_t len)
{
    quorsum_contribution *contribution = NULL;

    if (quorsum_contribution_decode(&contribution, world->task, data, len, NULL) == QUORSUM_OK) {
        int known = 0;

        for (enum fuzz_object i = OBJECT_CONTRIBUTION; i <= OBJECT_LAST_CONTRIBUTION; i++) {
            size_t body = fuzz_body_len(world, i);

            known |= len == body + 64 && memcmp(data, world->message[i].bytes.data, body) == 0;
        }
        if (!known)
            fuzz_stop("a contribution was forged");
    }
    quorsum_contribution_free(contribution);
}

static void read_manifest(const fuzz_world *world, const uint8_t *data, size_t len)
{
    quorsum_manifest *manifest = NULL;

    if (quorsum_manifest_decode(&manifest, world->task, data, len) == QUORSUM_OK) {
        uint32_t cohort = quorsum_manifest_cohort(manifest);

        if (cohort < quorsum_task_min_cohort(world->task) || cohort > quorsum_task_max_cohort(world->task))
            fuzz_stop("a manifest of too few or too many");
        for (uint32_t i = 1; i < cohort; i++) {
            if (memcmp(quorsum_manifest_sender(manifest, i - 1), quorsum_manifest_sender(manifest, i), 32) >= 0)
                fuzz_stop("a manifest that counts one twice");
        }
    }
    quorsum_manifest_free(manifest);
}

static void read_aggregate(const fuzz_world *world, const uint8_t *data, size_t len)
{
    quorsum_aggregate *aggregate = NULL;

    if (quorsum_aggregate_decode(&aggregate, world->task, world->manifest, data, len, NULL) == QUORSUM_OK &&
        quorsum_ciphertexts_count(quorsum_aggregate_ciphertexts(aggregate)) !=
            quorsum_plan_plaintexts(quorsum_task_plan(world->task)))
        fuzz_stop("an aggregate of another length");
    quorsum_aggregate_free(aggregate);
}

static void read_partial(const fuzz_world *world, const uint8_t *data, size_t len)
{
    quorsum_partial *partial = NULL;
    quorsum_combiner *combiner = NULL;
    quorsum_opening *opening = NULL;
    quorsum_partial *other = NULL;
    const quorsum_bytes *later = &world->message[OBJECT_LATER_PARTIAL].bytes;

    if (quorsum_partial_decode(&partial, world->task, world->aggregate, data, len) != QUORSUM_OK)
        return;
    if (quorsum_combiner_new(&combiner, world->record, quorsum_aggregate_ciphertexts(world->aggregate),
                             quorsum_task_digest(world->task)) != QUORSUM_OK ||
        quorsum_partial_decode(&other, world->task, world->aggregate, later->data, later->len) != QUORSUM_OK)
        fuzz_stop("no combiner");
    /* one that proves itself opens the aggregate, or the combiner says why not: it never opens to anything else */
    if (quorsum_combiner_add(combiner, partial, NULL) == QUORSUM_OK &&
        quorsum_combiner_add(combiner, other, NULL) == QUORSUM_OK &&
        quorsum_combiner_open(&opening, combiner, NULL) == QUORSUM_OK &&
        quorsum_opening_verify(opening, quorsum_aggregate_ciphertexts(world->aggregate), NULL) != QUORSUM_OK)
        fuzz_stop("opened to something else");
    quorsum_opening_free(opening);
    quorsum_combiner_free(combiner);
    quorsum_partial_free(partial);
    quorsum_partial_free(other);
}

static void read_completion(const fuzz_world *world, const uint8_t *data, size_t len)
{
    qs_completion *completion = NULL;

    if (qs_completion_decode(&completion, world->task, world->aggregate, data, len) == QUORSUM_OK)
        (void)!qs_completion_check(completion, world->aggregate, NULL);
    qs_completion_free(completion);
}

/* There is one right total, whoever signs it. */
static void read_result(const fuzz_world *world, const uint8_t *data, size_t len)
{
    quorsum_result *result = NULL;

    if (quorsum_result_decode(&result, world->task, world->manifest, world->aggregate, data, len, NULL) == QUORSUM_OK) {
        for (size_t i = 0; i < FUZZ_VALUES; i++) {
            int64_t total = 0;

            for (size_t who = 0; who < FUZZ_COHORT; who++)
                total += fuzz_value(who, i);
            if (quorsum_result_totals(result)[i] != total)
                fuzz_stop("a wrong total was accepted");
        }
    }
    quorsum_result_free(result);
}

static void read_receipt(const fuzz_world *world, const uint8_t *data, size_t len)
{
    quorsum_receipt *receipt = NULL;

    if (quorsum_receipt_decode(&receipt, world->task, data, len) == QUORSUM_OK)
        (void)!quorsum_receipt_check(receipt, world->manifest);
    quorsum_receipt_free(receipt);
}

static void read_acknowledgement(const fuzz_world *world, const uint8_t *data, size_t len)
{
    quorsum_acknowledgement *acknowledgement = NULL;

    if (quorsum_acknowledgement_decode(&acknowledgement, world->task, data, len) == QUORSUM_OK &&
        quorsum_key_record_trustee(world->record, quorsum_acknowledgement_trustee(acknowledgement)) == NULL)
        fuzz_stop("the word of nobody");
    quorsum_acknowledgement_free(acknowledgement);
}

/* The stranger signs evidence as it likes; only who signed twice can be accused. In this world that is the coordinator, and of
 * these two manifests. */
static void read_evidence(const fuzz_world *world, const uint8_t *data, size_t len)
{
    quorsum_evidence *evidence = NULL;

    if (quorsum_evidence_decode(&evidence, world->task, data, len) == QUORSUM_OK) {
        if (memcmp(quorsum_evidence_accused(evidence), quorsum_identity_public(world->party[COORDINATOR]), 32) != 0)
            fuzz_stop("somebody who did nothing is accused");
        if (memcmp(quorsum_evidence_digest(evidence, 0), quorsum_evidence_digest(evidence, 1), 32) >= 0)
            fuzz_stop("evidence of one thing");
    }
    quorsum_evidence_free(evidence);
}

void fuzz_receipt(const uint8_t *data, size_t len)
{
    run(OBJECT_RECEIPT, read_receipt, data, len);
}

void fuzz_acknowledgement(const uint8_t *data, size_t len)
{
    run(OBJECT_ACKNOWLEDGEMENT, read_acknowledgement, data, len);
}

void fuzz_evidence(const uint8_t *data, size_t len)
{
    run(OBJECT_EVIDENCE, read_evidence, data, len);
}

void fuzz_key(const uint8_t *data, size_t len)
{
    run(len > 0 && (data[0] & 2) != 0 ? OBJECT_MADE_KEY : OBJECT_KEY, read_key, data, len);
}

void fuzz_task(const uint8_t *data, size_t len)
{
    run(OBJECT_TASK, read_task, data, len);
}

void fuzz_contribution(const uint8_t *data, size_t len)
{
    run(OBJECT_CONTRIBUTION, read_contribution, data, len);
}

void fuzz_manifest(const uint8_t *data, size_t len)
{
    run(OBJECT_MANIFEST, read_manifest, data, len);
}

void fuzz_aggregate(const uint8_t *data, size_t len)
{
    run(OBJECT_AGGREGATE, read_aggregate, data, len);
}

void fuzz_partial(const uint8_t *data, size_t len)
{
    run(OBJECT_PARTIAL, read_partial, data, len);
}

void fuzz_completion(const uint8_t *data, size_t len)
{
    run(OBJECT_COMPLETION, read_completion, data, len);
}

void fuzz_result(const uint8_t *data, size_t len)
{
    run(OBJECT_RESULT, read_result, data, len);
}
