/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The field list as JSON. Strict, because a misspelt key would otherwise quietly become a default that all contributors
 * then live with: unknown and repeated keys, wrong types and numbers out of range are refused by name.
 */
#include "tools/quorsum/fields_json.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/quorsum/source.h"

#define FILE_MAX ((off_t)1 << 26)
#define COUNT_MAX ((uint64_t)1 << 26)
#define SCALE_MAX ((uint64_t)1 << 53)
#define TEXT_MAX 128
#define LABEL_MAX 256
#define FIELDS_MAX 4096
#define OPTIONS_MAX 4096

struct reader {
    const char *path;
    char *error;
    size_t index;     /* of the field being read; SIZE_MAX outside the list */
    const char *name; /* of that field, once known */
    const char **options; /* where the next one goes */
};

static quorsum_status refuse(const struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static quorsum_status refuse(const struct reader *r, const char *format, ...)
{
    char reason[TOOL_ERROR / 2];
    char shown[TOOL_SHOWN];
    va_list args;

    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    if (r->index == SIZE_MAX)
        return tool_fault(r->error, QUORSUM_ERR_FIELDS, "%.60s: %s", r->path, reason);
    if (r->name == NULL)
        return tool_fault(r->error, QUORSUM_ERR_FIELDS, "%.60s: field %zu: %s", r->path, r->index + 1, reason);
    return tool_fault(r->error, QUORSUM_ERR_FIELDS, "%.60s: field \"%s\": %s", r->path, tool_shown(shown, r->name),
                      reason);
}

/* ---- values ---- */

static quorsum_status check_keys(const struct reader *r, json_t *object, const char *const *known)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value) {
        char shown[TOOL_SHOWN];
        size_t i = 0;

        while (known[i] != NULL && strcmp(known[i], key) != 0)
            i++;
        if (known[i] == NULL)
            return refuse(r, "unknown key \"%s\"", tool_shown(shown, key));
    }
    return QUORSUM_OK;
}

/* A whole number in [min, max], also written as 1e6; *out keeps its default when the key is absent. */
static quorsum_status read_whole(const struct reader *r, json_t *object, const char *key, uint64_t min, uint64_t max,
                                 uint64_t *out)
{
    json_t *value = json_object_get(object, key);
    uint64_t whole = 0;
    int valid = json_is_number(value);

    if (value == NULL)
        return QUORSUM_OK;
    if (json_is_integer(value)) {
        valid = json_integer_value(value) >= 0;
        whole = valid ? (uint64_t)json_integer_value(value) : 0;
    } else if (valid) {
        double real = json_real_value(value);

        valid = real >= 0 && real <= (double)SCALE_MAX;
        whole = valid ? (uint64_t)real : 0;
        valid = valid && (double)whole == real;
    }
    if (!valid || whole < min || whole > max)
        return refuse(r, "\"%s\" is not a whole number from %llu to %llu", key, (unsigned long long)min,
                      (unsigned long long)max);
    *out = whole;
    return QUORSUM_OK;
}

static quorsum_status read_text(const struct reader *r, json_t *object, const char *key, size_t max, const char **out)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL)
        return QUORSUM_OK;
    if (!json_is_string(value) || json_string_length(value) > max)
        return refuse(r, "\"%s\" is not a text of at most %zu bytes", key, max);
    *out = json_string_value(value);
    return QUORSUM_OK;
}

static quorsum_status read_flag(const struct reader *r, json_t *object, const char *key, int *out)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL)
        return QUORSUM_OK;
    if (!json_is_boolean(value))
        return refuse(r, "\"%s\" is neither true nor false", key);
    *out = json_is_true(value);
    return QUORSUM_OK;
}

static quorsum_status read_reduce(const struct reader *r, json_t *object, quorsum_reduce *out)
{
    static const char *const names[4] = {"none", "count", "sum", "sum-of-squares"};
    json_t *value = json_object_get(object, "reduce");

    if (value == NULL)
        return QUORSUM_OK;
    for (unsigned i = 0; i < 4; i++) {
        if (json_is_string(value) && strcmp(json_string_value(value), names[i]) == 0) {
            *out = (quorsum_reduce)i;
            return QUORSUM_OK;
        }
    }
    return refuse(r, "\"reduce\" is none of \"none\", \"count\", \"sum\" and \"sum-of-squares\"");
}

/* clip is in the value's own units: round(clip * scale), by the same rounding as the values. */
static quorsum_status read_clip(const struct reader *r, json_t *object, quorsum_field *field)
{
    quorsum_field unit = {.name = "clip", .count = 1, .bits = 62, .scale = field->scale};
    json_t *value = json_object_get(object, "clip");
    int64_t clip = 0;
    int clipped = 0;

    if (value == NULL)
        return QUORSUM_OK;
    if (!json_is_number(value) || quorsum_field_quantise(&unit, json_number_value(value), &clip, &clipped) != QUORSUM_OK
        || clipped || clip < 1)
        return refuse(r, "\"clip\" times scale does not round to a number from 1 to 2^62 - 1");
    field->clip = (uint64_t)clip;
    return QUORSUM_OK;
}

/* ---- fields ---- */

static quorsum_status read_numbers(const struct reader *r, json_t *object, quorsum_field *field)
{
    uint64_t count = 1;
    uint64_t bits = 32;
    quorsum_status status = read_whole(r, object, "count", 1, COUNT_MAX, &count);

    if (status == QUORSUM_OK)
        status = read_whole(r, object, "bits", 1, 62, &bits);
    if (status == QUORSUM_OK)
        status = read_whole(r, object, "scale", 1, SCALE_MAX, &field->scale);
    if (status == QUORSUM_OK)
        status = read_flag(r, object, "signed", &field->is_signed);
    if (status == QUORSUM_OK)
        status = read_reduce(r, object, &field->reduce);
    if (status == QUORSUM_OK)
        status = read_clip(r, object, field);
    if (status == QUORSUM_OK && field->reduce != QUORSUM_REDUCE_NONE && count != 1)
        status = refuse(r, "\"reduce\" makes one value, so \"count\" must be 1");
    field->count = (uint32_t)count;
    field->bits = (uint32_t)bits;
    return status;
}

/* ---- choices ---- */

static quorsum_status read_limits(const struct reader *r, json_t *object, quorsum_field *field)
{
    static const char *const known[] = {"min", "max", NULL};
    json_t *choose = json_object_get(object, "choose");
    uint64_t min = 0;
    uint64_t max = field->count;
    quorsum_status status;

    if (!json_is_object(choose) || json_object_get(choose, "min") == NULL || json_object_get(choose, "max") == NULL)
        return refuse(r, "\"options\" need \"choose\": {\"min\": .., \"max\": ..}");
    status = check_keys(r, choose, known);
    if (status == QUORSUM_OK)
        status = read_whole(r, choose, "min", 0, field->count, &min);
    if (status == QUORSUM_OK)
        status = read_whole(r, choose, "max", min > 0 ? min : 1, field->count, &max);
    field->choose_min = (uint32_t)min;
    field->choose_max = (uint32_t)max;
    return status;
}

/* The names go to r->options, which has room for them. */
static quorsum_status read_options(struct reader *r, json_t *list, quorsum_field *field)
{
    json_t *names = json_object(); /* used as a set */
    quorsum_status status = names != NULL ? QUORSUM_OK : tool_fault(r->error, QUORSUM_ERR_MEMORY, "no memory");

    field->options = r->options;
    for (size_t i = 0; i < json_array_size(list) && status == QUORSUM_OK; i++) {
        json_t *name = json_array_get(list, i);

        if (!json_is_string(name) || json_string_length(name) < 1 || json_string_length(name) > TEXT_MAX)
            status = refuse(r, "option %zu is not a text of 1 to %d bytes", i + 1, TEXT_MAX);
        else if (json_object_get(names, json_string_value(name)) != NULL)
            status = refuse(r, "option %zu has the name of an earlier one", i + 1);
        else if (json_object_set_new(names, json_string_value(name), json_true()) != 0)
            status = tool_fault(r->error, QUORSUM_ERR_MEMORY, "%.100s: no memory", r->path);
        else
            *r->options++ = json_string_value(name);
    }
    json_decref(names);
    return status;
}

static quorsum_status read_choice(struct reader *r, json_t *object, quorsum_field *field)
{
    static const char *const known[] = {"name", "choose", "options", "column", NULL};
    json_t *list = json_object_get(object, "options");
    quorsum_status status = check_keys(r, object, known);

    if (status == QUORSUM_OK && (json_array_size(list) < 1 || json_array_size(list) > OPTIONS_MAX))
        status = refuse(r, "\"options\" is not a list of 1 to %d names", OPTIONS_MAX);
    if (status != QUORSUM_OK)
        return status;
    field->count = (uint32_t)json_array_size(list);
    field->bits = 1;
    field->is_signed = 0;
    status = read_options(r, list, field);
    if (status == QUORSUM_OK)
        status = read_limits(r, object, field);
    return status;
}

static quorsum_status read_field(struct reader *r, json_t *object, quorsum_field *field)
{
    static const char *const known[] = {"name", "count", "bits", "signed", "scale", "clip", "column", "reduce", NULL};
    int choice = json_object_get(object, "options") != NULL || json_object_get(object, "choose") != NULL;
    quorsum_status status;

    *field = (quorsum_field){.is_signed = 1, .scale = 1};
    r->name = NULL;
    if (!json_is_object(object))
        return refuse(r, "not an object");
    status = read_text(r, object, "name", TEXT_MAX, &field->name);
    if (status == QUORSUM_OK && (field->name == NULL || field->name[0] == '\0'))
        status = refuse(r, "no \"name\"");
    r->name = field->name;
    if (status == QUORSUM_OK)
        status = read_text(r, object, "column", TEXT_MAX, &field->column);
    if (status == QUORSUM_OK && choice)
        return read_choice(r, object, field);
    if (status == QUORSUM_OK)
        status = check_keys(r, object, known);
    if (status == QUORSUM_OK)
        status = read_numbers(r, object, field);
    return status;
}

/* floor((norm * scale)^2): what the task says is this integer. */
static quorsum_status read_norm(tool_fields *out, const struct reader *r, json_t *document)
{
    json_t *value = json_object_get(document, "norm");
    double scaled = json_number_value(value) * (double)out->fields[0].scale;

    if (value == NULL)
        return QUORSUM_OK;
    for (size_t i = 0; i < out->count; i++) {
        if (out->fields[i].options != NULL)
            return refuse(r, "\"norm\" is for numbers, not for choices");
        if (out->fields[i].scale != out->fields[0].scale)
            return refuse(r, "\"norm\" needs one scale for all fields");
    }
    if (!json_is_number(value) || !(scaled >= 1 && scaled < 2147483648.0))
        return refuse(r, "\"norm\" times scale is not a number from 1 to 2^31");
    if (out->weight_bits > 0)
        return refuse(r, "\"norm\" and \"weight_bits\" exclude each other");
    out->level = QUORSUM_LEVEL_NORM;
    out->norm_squared = (uint64_t)(scaled * scaled);
    return QUORSUM_OK;
}

static quorsum_status find_level(tool_fields *out, const struct reader *r, json_t *document)
{
    size_t choices = 0;

    for (size_t i = 0; i < out->count; i++)
        choices += out->fields[i].options != NULL;
    if (choices > 0 && choices < out->count)
        return refuse(r, "all fields are choices, or none is: nothing could be proven about the others");
    if (choices > 0 && out->weight_bits > 0)
        return refuse(r, "choices and \"weight_bits\" exclude each other");
    if (choices > 0)
        out->level = QUORSUM_LEVEL_BALLOT;
    return read_norm(out, r, document);
}

static size_t all_options(json_t *list)
{
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(list); i++)
        count += json_array_size(json_object_get(json_array_get(list, i), "options"));
    return count;
}

static quorsum_status read_list(tool_fields *out, struct reader *r, json_t *list)
{
    json_t *names = json_object(); /* used as a set */
    quorsum_status status = names != NULL ? QUORSUM_OK : tool_fault(r->error, QUORSUM_ERR_MEMORY, "no memory");

    for (size_t i = 0; i < out->count && status == QUORSUM_OK; i++) {
        r->index = i;
        status = read_field(r, json_array_get(list, i), &out->fields[i]);
        if (status == QUORSUM_OK && json_object_get(names, r->name) != NULL)
            status = refuse(r, "the name is used twice");
        else if (status == QUORSUM_OK && json_object_set_new(names, r->name, json_true()) != 0)
            status = tool_fault(r->error, QUORSUM_ERR_MEMORY, "%.100s: no memory", r->path);
    }
    r->index = SIZE_MAX;
    json_decref(names);
    return status;
}

static quorsum_status read_document(tool_fields *out, struct reader *r, json_t *document)
{
    static const char *const known[] = {"label", "weight_bits", "guard_bits", "norm", "fields", NULL};
    json_t *list = json_object_get(document, "fields");
    const char *label = "";
    uint64_t weight_bits = 0;
    uint64_t guard_bits = 1;
    quorsum_status status = json_is_object(document) ? check_keys(r, document, known) : refuse(r, "not an object");

    if (status == QUORSUM_OK && json_array_size(list) == 0)
        status = refuse(r, "\"fields\" is not a list of at least one field");
    if (status == QUORSUM_OK && json_array_size(list) > FIELDS_MAX)
        status = refuse(r, "%zu fields; a task has at most %d", json_array_size(list), FIELDS_MAX);
    if (status == QUORSUM_OK)
        status = read_text(r, document, "label", LABEL_MAX, &label);
    if (status == QUORSUM_OK)
        status = read_whole(r, document, "weight_bits", 0, 40, &weight_bits);
    if (status == QUORSUM_OK)
        status = read_whole(r, document, "guard_bits", 0, 16, &guard_bits);
    if (status != QUORSUM_OK)
        return status;
    out->count = json_array_size(list);
    out->weight_bits = (uint32_t)weight_bits;
    out->guard_bits = (uint32_t)guard_bits;
    out->label = strdup(label);
    out->fields = calloc(out->count, sizeof *out->fields);
    out->options = calloc(all_options(list) + 1, sizeof *out->options);
    if (out->label == NULL || out->fields == NULL || out->options == NULL)
        return tool_fault(r->error, QUORSUM_ERR_MEMORY, "%.100s: no memory", r->path);
    r->options = out->options;
    status = read_list(out, r, list);
    return status == QUORSUM_OK ? find_level(out, r, document) : status;
}

/* ---- the file ---- */

static quorsum_status load(json_t **out, const struct reader *r)
{
    json_error_t fault;
    struct stat about;
    int fd = strcmp(r->path, "-") == 0 ? STDIN_FILENO : open(r->path, O_RDONLY | O_CLOEXEC);
    int found = errno;
    quorsum_status status = QUORSUM_OK;

    *out = NULL;
    if (fd < 0)
        return tool_fault(r->error, found == ENOENT ? QUORSUM_ERR_NOT_FOUND : QUORSUM_ERR_SYSTEM, "%.100s: %s", r->path,
                          strerror(found));
    if (fstat(fd, &about) != 0 || S_ISDIR(about.st_mode))
        status = tool_fault(r->error, QUORSUM_ERR_SYSTEM, "%.100s: %s", r->path, strerror(EISDIR));
    else if (about.st_size > FILE_MAX)
        status = refuse(r, "a file of more than 64 MiB");
    if (status == QUORSUM_OK) {
        *out = json_loadfd(fd, JSON_REJECT_DUPLICATES, &fault);
        if (*out == NULL)
            status = refuse(r, "line %d: %s", fault.line, fault.text);
    }
    if (fd != STDIN_FILENO)
        close(fd);
    return status;
}

quorsum_status tool_fields_read(tool_fields *out, const char *path, char error[TOOL_ERROR])
{
    struct reader r = {.path = path, .error = error, .index = SIZE_MAX};
    json_t *document = NULL;
    quorsum_status status;

    *out = (tool_fields){0};
    error[0] = '\0';
    status = load(&document, &r);
    out->document = document;
    if (status == QUORSUM_OK)
        status = read_document(out, &r, document);
    if (status != QUORSUM_OK)
        tool_fields_free(out);
    return status;
}

void tool_fields_free(tool_fields *fields)
{
    free(fields->fields);
    free(fields->options);
    free(fields->label);
    json_decref(fields->document);
    *fields = (tool_fields){0};
}
