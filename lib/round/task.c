/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a task and asking it. A task is made by writing its message and reading that back, so that whatever this
 * library makes passes every check a stranger will run on it.
 */
#include "lib/round/task.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/message.h"
#include "lib/base/random.h"
#include "lib/round/level.h"

static int compare_identities(const void *a, const void *b)
{
    return memcmp(a, b, QUORSUM_IDENTITY_BYTES);
}

static quorsum_status check_options(const quorsum_task_options *options)
{
    if ((options->roster == NULL) != (options->roster_count == 0))
        return QUORSUM_ERR_ARGUMENT; /* an empty roster would read as "anybody" */
    if ((unsigned)options->level > (unsigned)QUORSUM_LEVEL_NORM || (unsigned)options->revote > 1)
        return QUORSUM_ERR_ARGUMENT;
    if (options->field_count > QS_FIELDS_MAX || options->roster_count > QS_ROSTER_MAX ||
        (options->label != NULL && strnlen(options->label, QS_LABEL_MAX + 1) > QS_LABEL_MAX))
        return QUORSUM_ERR_LIMIT;
    if (options->min_cohort < 2 || options->max_cohort < options->min_cohort)
        return QUORSUM_ERR_COHORT;
    return QUORSUM_OK;
}

/* Whether a plan comes of the fields: refusals of reading would not say which field it is. */
static quorsum_status check_fields(const quorsum_task_options *options, const quorsum_key_record *record, size_t *index)
{
    quorsum_plan_options sizes = {
        .max_cohort = options->max_cohort,
        .weight_bits = options->weight_bits,
        .guard_bits = options->guard_bits,
        .plaintext_bits = quorsum_public_key_plaintext_bits(quorsum_key_record_public(record)),
        .level = options->level,
        .norm_squared = options->norm_squared,
    };
    quorsum_plan *plan = NULL;
    quorsum_status status;

    if (options->field_count == 0)
        return QUORSUM_ERR_FIELDS;
    status = quorsum_plan_new(&plan, options->fields, options->field_count, &sizes, index);
    quorsum_plan_free(plan);
    return status;
}

/* A sorted copy; ERR_DUPLICATE for an identity twice. */
static quorsum_status sort_roster(uint8_t **out, const uint8_t *roster, size_t count)
{
    uint8_t *sorted;

    *out = NULL;
    if (count == 0)
        return QUORSUM_OK;
    sorted = malloc(count * QUORSUM_IDENTITY_BYTES);
    if (sorted == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(sorted, roster, count * QUORSUM_IDENTITY_BYTES);
    qsort(sorted, count, QUORSUM_IDENTITY_BYTES, compare_identities);
    *out = sorted;
    for (size_t i = 1; i < count; i++) {
        const uint8_t *at = sorted + i * QUORSUM_IDENTITY_BYTES;

        if (compare_identities(at - QUORSUM_IDENTITY_BYTES, at) == 0)
            return QUORSUM_ERR_DUPLICATE;
    }
    return QUORSUM_OK;
}

static void put_options(qs_buffer *out, const quorsum_field *field)
{
    size_t count = field->options != NULL ? field->count : 0;

    qs_cbor_put_array(out, count);
    for (size_t i = 0; i < count; i++)
        qs_cbor_put_text(out, field->options[i]);
}

static void put_field(qs_buffer *out, const quorsum_field *field)
{
    qs_cbor_put_map(out, 11);
    qs_cbor_put_uint(out, 0);
    qs_cbor_put_text(out, field->name);
    qs_cbor_put_uint(out, 1);
    qs_cbor_put_uint(out, field->count);
    qs_cbor_put_uint(out, 2);
    qs_cbor_put_uint(out, field->bits);
    qs_cbor_put_uint(out, 3);
    qs_cbor_put_uint(out, field->is_signed != 0);
    qs_cbor_put_uint(out, 4);
    qs_cbor_put_uint(out, field->scale);
    qs_cbor_put_uint(out, 5);
    qs_cbor_put_uint(out, field->clip);
    qs_cbor_put_uint(out, 6);
    qs_cbor_put_text(out, field->column != NULL ? field->column : "");
    qs_cbor_put_uint(out, 7);
    qs_cbor_put_uint(out, (uint64_t)field->reduce);
    qs_cbor_put_uint(out, 8);
    qs_cbor_put_uint(out, field->choose_min);
    qs_cbor_put_uint(out, 9);
    qs_cbor_put_uint(out, field->choose_max);
    qs_cbor_put_uint(out, 10);
    put_options(out, field);
}

static void put_uint(qs_buffer *out, uint64_t key, uint64_t value)
{
    qs_cbor_put_uint(out, key);
    qs_cbor_put_uint(out, value);
}

static void put_natural(qs_buffer *out, uint64_t key, uint64_t value)
{
    uint8_t bytes[sizeof value];
    size_t len = 0;

    for (unsigned shift = 64; shift > 0; shift -= 8) {
        if (len > 0 || value >> (shift - 8) != 0)
            bytes[len++] = (uint8_t)(value >> (shift - 8));
    }
    qs_cbor_put_uint(out, key);
    qs_cbor_put_bytes(out, bytes, len);
}

static void put_task(qs_buffer *out, const quorsum_task_options *options, const uint8_t *roster, uint32_t agreement)
{
    uint8_t nonce[QS_NONCE_BYTES];

    qs_random_bytes(nonce, sizeof nonce);
    qs_cbor_put_uint(out, 10);
    qs_cbor_put_text(out, options->label != NULL ? options->label : "");
    qs_cbor_put_uint(out, 11);
    qs_cbor_put_bytes(out, nonce, sizeof nonce);
    qs_cbor_put_uint(out, 12);
    qs_cbor_put_array(out, options->field_count);
    for (size_t i = 0; i < options->field_count; i++)
        put_field(out, &options->fields[i]);
    put_uint(out, 13, options->weight_bits);
    put_uint(out, 14, options->min_cohort);
    put_uint(out, 15, options->max_cohort);
    put_uint(out, 16, options->guard_bits);
    qs_cbor_put_uint(out, 17);
    qs_cbor_put_array(out, options->roster_count);
    for (size_t i = 0; i < options->roster_count; i++)
        qs_cbor_put_bytes(out, roster + i * QUORSUM_IDENTITY_BYTES, QUORSUM_IDENTITY_BYTES);
    put_uint(out, 18, (uint64_t)options->level);
    put_natural(out, 19, options->norm_squared);
    put_uint(out, 20, (uint64_t)options->revote);
    put_uint(out, 21, agreement);
}

uint32_t quorsum_key_record_agreement(const quorsum_key_record *record)
{
    return (quorsum_key_record_trustees(record) + quorsum_key_record_quorum(record) + 1) / 2;
}

quorsum_status qs_task_check_agreement(uint32_t agreement, const quorsum_key_record *record)
{
    return agreement >= quorsum_key_record_quorum(record) && agreement <= quorsum_key_record_trustees(record)
               ? QUORSUM_OK
               : QUORSUM_ERR_AGREEMENT;
}

quorsum_status quorsum_task_make(quorsum_task **out, const quorsum_key_record *record,
                                 const quorsum_task_options *options, const quorsum_identity *signer, size_t *index)
{
    qs_buffer message = {0};
    uint8_t *roster = NULL;
    uint32_t agreement;
    size_t unused;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || record == NULL || options == NULL || signer == NULL ||
        (options->fields == NULL && options->field_count > 0))
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_key_record_is_confirmed(record))
        return QUORSUM_ERR_UNCONFIRMED;
    agreement = options->agreement > 0 ? options->agreement : quorsum_key_record_agreement(record);
    status = check_options(options);
    if (status == QUORSUM_OK)
        status = qs_task_check_agreement(agreement, record);
    if (status == QUORSUM_OK)
        status = check_fields(options, record, index != NULL ? index : &unused);
    if (status == QUORSUM_OK)
        status = sort_roster(&roster, options->roster, options->roster_count);
    if (status == QUORSUM_OK) {
        qs_message_begin(&message, QS_KIND_TASK, QS_TASK_KEYS, quorsum_identity_public(signer),
                         quorsum_key_record_digest(record), NULL);
        put_task(&message, options, roster, agreement);
        qs_message_sign(&message, QS_KIND_TASK, signer, NULL, NULL);
        status = message.status;
    }
    if (status == QUORSUM_OK)
        status = quorsum_task_decode(out, record, message.data, message.len);
    qs_buffer_free(&message);
    free(roster);
    return status;
}

quorsum_task *qs_task_hold(const quorsum_task *task)
{
    quorsum_task *held = (quorsum_task *)(uintptr_t)task; /* the count is the one part that changes */

    atomic_fetch_add_explicit(&held->references, 1, memory_order_relaxed);
    return held;
}

void quorsum_task_free(quorsum_task *task)
{
    if (task == NULL || atomic_fetch_sub_explicit(&task->references, 1, memory_order_acq_rel) > 1)
        return;
    qs_level_release(task);
    quorsum_key_record_free(task->record);
    quorsum_plan_free(task->plan);
    quorsum_bytes_free(&task->encoded);
    free(task->label);
    free(task->roster);
    free(task);
}

quorsum_status quorsum_task_encode(quorsum_bytes *out, const quorsum_task *task)
{
    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || task == NULL)
        return QUORSUM_ERR_ARGUMENT;
    out->data = malloc(task->encoded.len);
    if (out->data == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(out->data, task->encoded.data, task->encoded.len);
    out->len = task->encoded.len;
    return QUORSUM_OK;
}

const uint8_t *quorsum_task_digest(const quorsum_task *task)
{
    return task->digest;
}

const char *quorsum_task_label(const quorsum_task *task)
{
    return task->label;
}

const quorsum_plan *quorsum_task_plan(const quorsum_task *task)
{
    return task->plan;
}

const quorsum_key_record *quorsum_task_record(const quorsum_task *task)
{
    return task->record;
}

uint32_t quorsum_task_min_cohort(const quorsum_task *task)
{
    return task->min_cohort;
}

uint32_t quorsum_task_max_cohort(const quorsum_task *task)
{
    return task->max_cohort;
}

uint32_t quorsum_task_weight_bits(const quorsum_task *task)
{
    return task->weight_bits;
}

quorsum_revote quorsum_task_revote(const quorsum_task *task)
{
    return task->revote;
}

uint32_t quorsum_task_agreement(const quorsum_task *task)
{
    return task->agreement;
}

const uint8_t *quorsum_task_coordinator(const quorsum_task *task)
{
    return task->coordinator;
}

size_t quorsum_task_roster(const quorsum_task *task, const uint8_t **roster)
{
    *roster = task->roster;
    return task->roster_count;
}

int quorsum_task_admits(const quorsum_task *task, const uint8_t *identity)
{
    if (task->roster_count == 0)
        return 1;
    return bsearch(identity, task->roster, task->roster_count, QUORSUM_IDENTITY_BYTES, compare_identities) != NULL;
}
