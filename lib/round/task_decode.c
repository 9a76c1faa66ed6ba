/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a task. The plan is derived anew from the fields and the key: a task whose plan cannot hold its sum is
 * refused here, so nobody else needs to ask. Every count is bounded before memory is taken for it.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/message.h"
#include "lib/encode/fields.h"
#include "lib/round/level.h"
#include "lib/round/task.h"

#define IDENTITY_ITEM (2 + QUORSUM_IDENTITY_BYTES) /* an identity in CBOR: two bytes of head */

#define OPTIONS_ALL_MAX ((size_t)1 << 16) /* of all fields */

typedef struct field_names { /* a field's strings, 0-terminated, until the plan has its copies */
    char name[QS_NAME_MAX + 1];
    char column[QS_NAME_MAX + 1];
    char *option_text; /* QS_NAME_MAX + 1 bytes each */
    const char **options;
} field_names;

typedef struct field_list {
    quorsum_field *fields;
    field_names *names;
    size_t count;
    size_t options; /* of all fields so far */
    quorsum_level level;
    uint64_t norm_squared;
} field_list;

static void field_list_clear(field_list *list)
{
    for (size_t i = 0; i < list->count && list->names != NULL; i++) {
        free(list->names[i].option_text);
        free(list->names[i].options);
    }
    free(list->fields);
    free(list->names);
}

static void take_text(qs_cbor_reader *reader, uint64_t key, char *out, size_t max)
{
    const char *text;
    size_t len = 0;

    qs_cbor_key(reader, key);
    text = qs_cbor_text(reader, &len, max);
    if (text != NULL)
        memcpy(out, text, len);
    out[text != NULL ? len : 0] = '\0';
}

static uint64_t take_uint(qs_cbor_reader *reader, uint64_t key, uint64_t max)
{
    qs_cbor_key(reader, key);
    return qs_cbor_uint(reader, max);
}

static void take_option(qs_cbor_reader *reader, char *out)
{
    size_t len = 0;
    const char *text = qs_cbor_text(reader, &len, QS_NAME_MAX);

    if (text != NULL)
        memcpy(out, text, len);
}

/* A text takes a byte at least, so memory is bounded by the bytes that came, times 137. */
static void take_options(qs_cbor_reader *reader, field_list *list, quorsum_field *field, field_names *names)
{
    size_t count;

    qs_cbor_key(reader, 10);
    count = (size_t)qs_cbor_array(reader, QS_OPTIONS_MAX);
    if (reader->status == QUORSUM_OK && list->options + count > OPTIONS_ALL_MAX)
        reader->status = QUORSUM_ERR_LIMIT;
    if (reader->status == QUORSUM_OK && count > (size_t)(reader->end - reader->at))
        reader->status = QUORSUM_ERR_TRUNCATED;
    if (reader->status == QUORSUM_OK && count != (count > 0 ? field->count : 0))
        reader->status = QUORSUM_ERR_FIELDS;
    if (reader->status != QUORSUM_OK || count == 0)
        return;
    names->option_text = calloc(count, QS_NAME_MAX + 1);
    names->options = calloc(count, sizeof *names->options);
    if (names->option_text == NULL || names->options == NULL) {
        reader->status = QUORSUM_ERR_MEMORY;
        return;
    }
    list->options += count;
    field->options = names->options;
    for (size_t i = 0; i < count && reader->status == QUORSUM_OK; i++) {
        names->options[i] = names->option_text + i * (QS_NAME_MAX + 1);
        take_option(reader, names->option_text + i * (QS_NAME_MAX + 1));
    }
}

static void take_field(qs_cbor_reader *reader, field_list *list, quorsum_field *field, field_names *names)
{
    if (qs_cbor_map(reader, 11) != 11 && reader->status == QUORSUM_OK)
        reader->status = QUORSUM_ERR_NOT_CANONICAL;
    take_text(reader, 0, names->name, QS_NAME_MAX);
    field->name = names->name;
    field->count = (uint32_t)take_uint(reader, 1, UINT32_MAX);
    field->bits = (uint32_t)take_uint(reader, 2, UINT32_MAX);
    field->is_signed = (int)take_uint(reader, 3, 1);
    field->scale = take_uint(reader, 4, UINT64_MAX);
    field->clip = take_uint(reader, 5, UINT64_MAX);
    take_text(reader, 6, names->column, QS_NAME_MAX);
    field->column = names->column;
    field->reduce = (quorsum_reduce)take_uint(reader, 7, QUORSUM_REDUCE_SUM_SQUARES);
    field->choose_min = (uint32_t)take_uint(reader, 8, UINT32_MAX);
    field->choose_max = (uint32_t)take_uint(reader, 9, UINT32_MAX);
    take_options(reader, list, field, names);
}

static void take_fields(qs_cbor_reader *reader, field_list *list)
{
    qs_cbor_key(reader, 12);
    list->count = (size_t)qs_cbor_array(reader, QS_FIELDS_MAX);
    if (reader->status == QUORSUM_OK && list->count == 0)
        reader->status = QUORSUM_ERR_FIELDS;
    if (reader->status != QUORSUM_OK)
        return;
    list->fields = calloc(list->count, sizeof *list->fields);
    list->names = calloc(list->count, sizeof *list->names);
    if (list->fields == NULL || list->names == NULL) {
        reader->status = QUORSUM_ERR_MEMORY;
        return;
    }
    for (size_t i = 0; i < list->count && reader->status == QUORSUM_OK; i++)
        take_field(reader, list, &list->fields[i], &list->names[i]);
}

/* Strictly ascending, so that a roster has one encoding and lists nobody twice. */
static void take_roster(qs_cbor_reader *reader, quorsum_task *task)
{
    size_t count;

    qs_cbor_key(reader, 17);
    count = (size_t)qs_cbor_array(reader, QS_ROSTER_MAX);
    if (reader->status == QUORSUM_OK && count > (size_t)(reader->end - reader->at) / IDENTITY_ITEM)
        reader->status = QUORSUM_ERR_TRUNCATED;
    if (reader->status != QUORSUM_OK || count == 0)
        return;
    task->roster = malloc(count * QUORSUM_IDENTITY_BYTES);
    if (task->roster == NULL) {
        reader->status = QUORSUM_ERR_MEMORY;
        return;
    }
    task->roster_count = count;
    for (size_t i = 0; i < count && reader->status == QUORSUM_OK; i++) {
        uint8_t *at = task->roster + i * QUORSUM_IDENTITY_BYTES;
        int order = 1;

        qs_cbor_fixed(reader, at, QUORSUM_IDENTITY_BYTES);
        if (i > 0)
            order = memcmp(at, at - QUORSUM_IDENTITY_BYTES, QUORSUM_IDENTITY_BYTES);
        if (reader->status == QUORSUM_OK && order <= 0)
            reader->status = order == 0 ? QUORSUM_ERR_DUPLICATE : QUORSUM_ERR_NOT_CANONICAL;
    }
}

/* Below 2^62, as a plan has it. */
static uint64_t take_natural(qs_cbor_reader *reader, uint64_t key)
{
    const uint8_t *bytes;
    size_t len = 0;
    uint64_t value = 0;

    qs_cbor_key(reader, key);
    bytes = qs_cbor_bytes(reader, &len, sizeof value);
    for (size_t i = 0; bytes != NULL && i < len; i++)
        value = value << 8 | bytes[i];
    if (reader->status == QUORSUM_OK && len > 0 && bytes[0] == 0)
        reader->status = QUORSUM_ERR_NOT_CANONICAL;
    return value;
}

static quorsum_status take_task(quorsum_task *task, field_list *list, qs_cbor_reader *reader)
{
    uint8_t nonce[QS_NONCE_BYTES]; /* makes two tasks of the same content two; only its length matters here */

    task->label = calloc(1, QS_LABEL_MAX + 1);
    if (task->label == NULL)
        return QUORSUM_ERR_MEMORY;
    take_text(reader, 10, task->label, QS_LABEL_MAX);
    qs_cbor_key(reader, 11);
    qs_cbor_fixed(reader, nonce, sizeof nonce);
    take_fields(reader, list);
    task->weight_bits = (uint32_t)take_uint(reader, 13, 40);
    task->min_cohort = (uint32_t)take_uint(reader, 14, UINT32_MAX);
    task->max_cohort = (uint32_t)take_uint(reader, 15, UINT32_MAX);
    task->guard_bits = (uint32_t)take_uint(reader, 16, 16);
    take_roster(reader, task);
    list->level = (quorsum_level)take_uint(reader, 18, QUORSUM_LEVEL_NORM);
    list->norm_squared = take_natural(reader, 19);
    task->revote = (quorsum_revote)take_uint(reader, 20, QUORSUM_REVOTE_LAST);
    task->agreement = (uint32_t)take_uint(reader, 21, QUORSUM_TRUSTEES_MAX);
    return reader->status;
}

static quorsum_status derive_plan(quorsum_task *task, const field_list *list)
{
    quorsum_plan_options sizes = {
        .max_cohort = task->max_cohort,
        .weight_bits = task->weight_bits,
        .guard_bits = task->guard_bits,
        .plaintext_bits = quorsum_public_key_plaintext_bits(quorsum_key_record_public(task->record)),
        .level = list->level,
        .norm_squared = list->norm_squared,
    };
    quorsum_status status;

    if (task->min_cohort < 2 || task->max_cohort < task->min_cohort)
        return QUORSUM_ERR_COHORT;
    status = qs_task_check_agreement(task->agreement, task->record);
    if (status != QUORSUM_OK)
        return status;
    status = quorsum_plan_new(&task->plan, list->fields, list->count, &sizes, NULL);
    return status == QUORSUM_ERR_ARGUMENT ? QUORSUM_ERR_RANGE : status; /* a level with what is not for it */
}

static quorsum_status keep_bytes(quorsum_task *task, const uint8_t *in, size_t len)
{
    task->encoded.data = malloc(len);
    if (task->encoded.data == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(task->encoded.data, in, len);
    task->encoded.len = len;
    return QUORSUM_OK;
}

static quorsum_status read_task(quorsum_task *task, const uint8_t *in, size_t len)
{
    qs_message message;
    field_list list = {0};
    quorsum_status status = qs_message_open(&message, QS_KIND_TASK, QS_TASK_KEYS, in, len);

    if (status == QUORSUM_OK &&
        memcmp(message.key, quorsum_key_record_digest(task->record), QUORSUM_DIGEST_BYTES) != 0)
        status = QUORSUM_ERR_KEY_MISMATCH;
    if (status == QUORSUM_OK)
        status = take_task(task, &list, &message.header);
    if (status == QUORSUM_OK)
        status = qs_message_close(&message, 0);
    if (status == QUORSUM_OK)
        status = derive_plan(task, &list);
    if (status == QUORSUM_OK)
        status = qs_level_prepare(task);
    if (status == QUORSUM_OK)
        status = keep_bytes(task, in, len);
    memcpy(task->digest, message.digest, sizeof task->digest);
    if (status == QUORSUM_OK)
        memcpy(task->coordinator, message.sender, sizeof task->coordinator);
    field_list_clear(&list);
    return status;
}

quorsum_status quorsum_task_decode(quorsum_task **out, const quorsum_key_record *record, const uint8_t *in, size_t len)
{
    quorsum_task *task;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || record == NULL || (in == NULL && len > 0))
        return QUORSUM_ERR_ARGUMENT;
    if (len > QS_TASK_BYTES_MAX)
        return QUORSUM_ERR_LIMIT;
    if (!qs_key_record_is_confirmed(record))
        return QUORSUM_ERR_UNCONFIRMED;
    task = calloc(1, sizeof *task);
    if (task == NULL)
        return QUORSUM_ERR_MEMORY;
    atomic_init(&task->references, 1);
    task->record = qs_key_record_hold(record);
    status = read_task(task, in, len);
    if (status == QUORSUM_OK) {
        *out = task;
        task = NULL;
    }
    quorsum_task_free(task);
    return status;
}
