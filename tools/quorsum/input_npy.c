/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NumPy's .npy (format 1.0, 2.0 and 3.0): magic, version, header length, a Python dictionary that says type, order and
 * shape, then the elements. All elements in C order are all values of the plan in order. Read in one pass, so that
 * it works from a pipe and leaves no copy of private data behind.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "tools/quorsum/input_format.h"

#define HEADER_MAX ((size_t)65536)
#define TEXT_MAX ((size_t)32)

struct layout {
    char descr[TEXT_MAX]; /* such as "<f8" */
    int fortran;
    size_t dimensions;
    uint64_t shape[2];
    int seen; /* bit a key */
};

struct array {
    tool_input *out;
    const quorsum_plan *plan;
    tool_source *source;
    char *error;
    struct layout layout;
};

static quorsum_status fault(struct array *a, quorsum_status status, const char *reason)
{
    if (a->source->status != QUORSUM_OK)
        return tool_source_fault(a->source, a->error);
    return tool_fault(a->error, status, "%.100s: %s", a->source->path, reason);
}

/* ---- the header's dictionary: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), } ---- */

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " \t\n");
}

static int take(const char **at, const char *word)
{
    size_t len = strlen(word);

    skip_blanks(at);
    if (strncmp(*at, word, len) != 0)
        return 0;
    *at += len;
    return 1;
}

/* A quoted string without escapes. */
static int take_text(const char **at, char out[TEXT_MAX])
{
    char quote;
    const char *end;

    skip_blanks(at);
    quote = **at;
    if (quote != '\'' && quote != '"')
        return 0;
    end = strchr(*at + 1, quote);
    if (end == NULL || (size_t)(end - *at) > TEXT_MAX || memchr(*at, '\\', (size_t)(end - *at)) != NULL)
        return 0;
    memcpy(out, *at + 1, (size_t)(end - *at) - 1);
    out[end - *at - 1] = '\0';
    *at = end + 1;
    return 1;
}

static int take_number(const char **at, uint64_t *out)
{
    skip_blanks(at);
    if (**at < '0' || **at > '9')
        return 0;
    for (*out = 0; **at >= '0' && **at <= '9'; (*at)++) {
        if (*out > (UINT64_MAX - 9) / 10)
            return 0;
        *out = *out * 10 + (uint64_t)(**at - '0');
    }
    if (**at == 'L') /* written by Python 2 */
        (*at)++;
    return 1;
}

/* (3,) or (3, 4); more dimensions are counted and their lengths dropped. */
static int take_shape(const char **at, struct layout *layout)
{
    uint64_t length;

    if (!take(at, "("))
        return 0;
    while (!take(at, ")")) {
        if (!take_number(at, &length))
            return 0;
        if (layout->dimensions < 2)
            layout->shape[layout->dimensions] = length;
        layout->dimensions++;
        if (!take(at, ",")) /* behind a comma a number or the end may follow; without one, only the end */
            return take(at, ")");
    }
    return 1;
}

static int take_entry(const char **at, struct layout *layout)
{
    char key[TEXT_MAX];
    int bit = 0;
    int taken = 0;

    if (!take_text(at, key) || !take(at, ":"))
        return 0;
    if (strcmp(key, "descr") == 0) {
        bit = 1;
        taken = take_text(at, layout->descr);
    } else if (strcmp(key, "fortran_order") == 0) {
        bit = 2;
        layout->fortran = take(at, "True");
        taken = layout->fortran || take(at, "False");
    } else if (strcmp(key, "shape") == 0) {
        bit = 4;
        taken = take_shape(at, layout);
    }
    taken = taken && (layout->seen & bit) == 0;
    layout->seen |= bit;
    return taken;
}

static int read_layout(const char *text, struct layout *layout)
{
    const char *at = text;

    *layout = (struct layout){0};
    if (!take(&at, "{"))
        return 0;
    while (!take(&at, "}")) {
        if (!take_entry(&at, layout))
            return 0;
        if (!take(&at, ",") && *at != '}')
            return 0;
    }
    skip_blanks(&at);
    return *at == '\0' && layout->seen == 7;
}

static quorsum_status read_header(struct array *a)
{
    uint8_t start[12] = {0};
    char text[HEADER_MAX + 1];
    size_t len = 0;
    size_t width;

    if (tool_source_read(a->source, start, 8) != 8)
        return fault(a, QUORSUM_ERR_NOT_CANONICAL, "the array ends inside its header");
    if (start[6] < 1 || start[6] > 3 || start[7] != 0)
        return fault(a, QUORSUM_ERR_VERSION, "an .npy version other than 1.0, 2.0 and 3.0");
    width = start[6] == 1 ? 2 : 4;
    if (tool_source_read(a->source, start + 8, width) != width)
        return fault(a, QUORSUM_ERR_NOT_CANONICAL, "the array ends inside its header");
    for (size_t i = 0; i < width; i++)
        len |= (size_t)start[8 + i] << (8 * i);
    if (len > HEADER_MAX)
        return fault(a, QUORSUM_ERR_LIMIT, "a header of more than 64 KiB");
    if (tool_source_read(a->source, text, len) != len)
        return fault(a, QUORSUM_ERR_NOT_CANONICAL, "the array ends inside its header");
    text[len] = '\0';
    if (strlen(text) != len || !read_layout(text, &a->layout))
        return fault(a, QUORSUM_ERR_NOT_CANONICAL, "a header that is not one of a plain array");
    return QUORSUM_OK;
}

/* ---- what the plan takes ---- */

static quorsum_status check_plan(struct array *a)
{
    char shown[TOOL_SHOWN];

    for (size_t f = 0; f < quorsum_plan_fields(a->plan); f++) {
        const quorsum_field *field = quorsum_plan_field(a->plan, f);

        if (field->reduce != QUORSUM_REDUCE_NONE)
            return tool_fault(a->error, QUORSUM_ERR_FIELDS,
                              "%.100s: field \"%s\" is computed from a table's column; an array has none",
                              a->source->path, tool_shown(shown, field->name));
    }
    return QUORSUM_OK;
}

static quorsum_status check_layout(struct array *a)
{
    const struct layout *l = &a->layout;
    unsigned __int128 elements = (unsigned __int128)l->shape[0] * (l->dimensions == 2 ? l->shape[1] : 1);
    char text[160];

    if (l->dimensions < 1 || l->dimensions > 2) {
        snprintf(text, sizeof text, "an array of %zu dimensions; one or two are read", l->dimensions);
        return fault(a, QUORSUM_ERR_WIDTH, text);
    }
    if (l->fortran && l->dimensions == 2 && l->shape[0] > 1 && l->shape[1] > 1)
        return fault(a, QUORSUM_ERR_NOT_CANONICAL, "an array in Fortran order; save it with numpy.ascontiguousarray");
    if (elements != a->out->count) {
        if (l->dimensions == 1)
            snprintf(text, sizeof text, "an array of %llu elements; the fields have %zu values",
                     (unsigned long long)l->shape[0], a->out->count);
        else
            snprintf(text, sizeof text, "an array of %llu x %llu elements; the fields have %zu values",
                     (unsigned long long)l->shape[0], (unsigned long long)l->shape[1], a->out->count);
        return fault(a, QUORSUM_ERR_WIDTH, text);
    }
    return QUORSUM_OK;
}

/* ---- elements ---- */

struct type {
    char kind; /* 'f' or 'i' */
    size_t bytes;
    int big;
};

static int read_type(const char *descr, struct type *out)
{
    static const char *const known[4] = {"f4", "f8", "i4", "i8"};

    for (size_t i = 0; i < 4; i++) {
        if ((descr[0] == '<' || descr[0] == '>') && strcmp(descr + 1, known[i]) == 0) {
            *out = (struct type){known[i][0], (size_t)(known[i][1] - '0'), descr[0] == '>'};
            return 1;
        }
    }
    return 0;
}

static uint64_t load(const uint8_t *bytes, const struct type *type)
{
    uint64_t value = 0;

    for (size_t i = 0; i < type->bytes; i++)
        value = value << 8 | bytes[type->big ? i : type->bytes - 1 - i];
    return value;
}

static double load_float(uint64_t bits, size_t bytes)
{
    uint32_t low = (uint32_t)bits;
    float narrow;
    double wide;

    memcpy(&narrow, &low, sizeof narrow);
    memcpy(&wide, &bits, sizeof wide);
    return bytes == 4 ? (double)narrow : wide;
}

/* An integer times the scale, saturating: what lies beyond 64 bits lies beyond every field. */
static int64_t scale_integer(uint64_t bits, size_t bytes, uint64_t scale)
{
    __int128 value = bytes == 4 ? (int32_t)(uint32_t)bits : (int64_t)bits;

    value *= (__int128)scale;
    if (value > INT64_MAX)
        return INT64_MAX;
    return value < -INT64_MAX ? -INT64_MAX : (int64_t)value;
}

/* Row and column count from 1, as for a table. */
static quorsum_status element_fault(struct array *a, size_t index, quorsum_status status)
{
    uint64_t width = a->layout.dimensions == 2 ? a->layout.shape[1] : 1;

    return tool_fault(a->error, status, "%.100s: row %llu, column %llu: NaN or infinite", a->source->path,
                      (unsigned long long)(index / width + 1), (unsigned long long)(index % width + 1));
}

static quorsum_status store_element(struct array *a, const struct type *type, size_t field, size_t index,
                                    const uint8_t *bytes)
{
    const quorsum_field *f = quorsum_plan_field(a->plan, field);
    uint64_t bits = load(bytes, type);
    quorsum_status status = QUORSUM_OK;
    int64_t value = 0;
    int clipped = 0;

    if (type->kind == 'i') {
        tool_input_store(a->out, a->plan, field, index, scale_integer(bits, type->bytes, f->scale));
    } else {
        status = quorsum_field_quantise(f, load_float(bits, type->bytes), &value, &clipped);
        a->out->values[index] = value;
        a->out->clipped[field] += (uint64_t)clipped;
    }
    return status == QUORSUM_OK ? status : element_fault(a, index, status);
}

static quorsum_status read_elements(struct array *a, const struct type *type)
{
    uint8_t bytes[8] = {0};
    quorsum_status status = QUORSUM_OK;
    size_t index = 0;

    for (size_t field = 0; field < quorsum_plan_fields(a->plan) && status == QUORSUM_OK; field++) {
        size_t end = quorsum_plan_offset(a->plan, field) + quorsum_plan_field(a->plan, field)->count;

        for (; index < end && status == QUORSUM_OK; index++) {
            if (tool_source_read(a->source, bytes, type->bytes) != type->bytes)
                status = fault(a, QUORSUM_ERR_NOT_CANONICAL, "the array ends before its last element");
            else
                status = store_element(a, type, field, index, bytes);
        }
    }
    if (status == QUORSUM_OK && (tool_source_fill(a->source) || a->source->status != QUORSUM_OK))
        status = fault(a, QUORSUM_ERR_NOT_CANONICAL, "bytes are left over behind the array");
    sodium_memzero(bytes, sizeof bytes);
    return status;
}

quorsum_status tool_input_npy(tool_input *out, const quorsum_plan *plan, tool_source *source, char error[TOOL_ERROR])
{
    struct array a = {.out = out, .plan = plan, .source = source, .error = error};
    struct type type = {0};
    char text[160];
    quorsum_status status = check_plan(&a);

    if (status == QUORSUM_OK)
        status = read_header(&a);
    if (status == QUORSUM_OK && !read_type(a.layout.descr, &type)) {
        char shown[TOOL_SHOWN];

        snprintf(text, sizeof text, "elements of type \"%s\"; float32, float64, int32 and int64 are read",
                 tool_shown(shown, a.layout.descr));
        status = fault(&a, QUORSUM_ERR_NOT_CANONICAL, text);
    }
    if (status == QUORSUM_OK)
        status = check_layout(&a);
    if (status == QUORSUM_OK)
        status = read_elements(&a, &type);
    return status;
}
