/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table's columns to a plan's values, in one pass and without keeping the table. input.h says which cells feed which
 * field.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "tools/quorsum/decimal.h"
#include "tools/quorsum/header.h"
#include "tools/quorsum/input_format.h"

struct use { /* a column's part in a field */
    size_t column;
    size_t field;
    size_t index;  /* NONE: the value's index, in the first row */
    size_t rows;   /* NONE: how many rows feed it; 0 with a reduction */
    tool_total *total;
};

struct table {
    tool_input *out;
    const quorsum_plan *plan;
    tool_source *source;
    char *error;
    tool_csv csv;
    tool_header header;
    struct use *uses; /* by column */
    size_t use_count;
    size_t use_capacity;
    tool_total *totals; /* one a field with a reduction, in guarded memory */
    uint64_t *counted;  /* cells that had a value, one a field */
};

/* ---- which columns feed which values ---- */

static const char *column_of(const quorsum_field *field)
{
    return field->column != NULL && field->column[0] != '\0' ? field->column : field->name;
}

static quorsum_status no_memory(struct table *t)
{
    return tool_fault(t->error, QUORSUM_ERR_MEMORY, "%.100s: no memory", t->source->path);
}

static quorsum_status add_use(struct table *t, struct use use)
{
    if (t->use_count == t->use_capacity) {
        size_t capacity = 2 * t->use_capacity + 64;
        struct use *wider = realloc(t->uses, capacity * sizeof *wider);

        if (wider == NULL)
            return no_memory(t);
        t->uses = wider;
        t->use_capacity = capacity;
    }
    t->uses[t->use_count++] = use;
    return QUORSUM_OK;
}

static quorsum_status column_fault(struct table *t, size_t field, const char *column, size_t found)
{
    char name[TOOL_SHOWN];
    char shown[TOOL_SHOWN];

    return tool_fault(t->error, QUORSUM_ERR_FIELDS, "%.70s: %s column \"%s\" (field \"%s\")", t->source->path,
                      found == TOOL_COLUMN_TWICE ? "more than one" : "no", tool_shown(shown, column),
                      tool_shown(name, quorsum_plan_field(t->plan, field)->name));
}

/* Columns B[0] .. B[k-1]. */
static quorsum_status map_across(struct table *t, size_t field)
{
    const quorsum_field *f = quorsum_plan_field(t->plan, field);
    size_t size = strlen(column_of(f)) + sizeof "[4294967295]";
    char *name = malloc(size);
    quorsum_status status = name != NULL ? QUORSUM_OK : no_memory(t);

    for (uint32_t i = 0; i < f->count && status == QUORSUM_OK; i++) {
        size_t column;

        snprintf(name, size, "%s[%u]", column_of(f), (unsigned)i);
        column = tool_header_find(&t->header, name);
        if (column >= TOOL_COLUMN_TWICE) /* neither B nor B[0]: B is what was meant */
            status = column_fault(t, field, i == 0 && column == TOOL_COLUMN_NONE ? column_of(f) : name, column);
        else
            status = add_use(t, (struct use){column, field, quorsum_plan_offset(t->plan, field) + i, 1, NULL});
    }
    free(name);
    return status;
}

static quorsum_status map_field(struct table *t, size_t field, tool_total *total)
{
    const quorsum_field *f = quorsum_plan_field(t->plan, field);
    size_t column = tool_header_find(&t->header, column_of(f));
    struct use use = {column, field, quorsum_plan_offset(t->plan, field), total == NULL ? f->count : 0, total};

    if (column == TOOL_COLUMN_TWICE)
        return column_fault(t, field, column_of(f), column);
    if (column != TOOL_COLUMN_NONE)
        return add_use(t, use);
    return total == NULL ? map_across(t, field) : column_fault(t, field, column_of(f), column);
}

static int by_column(const void *a, const void *b)
{
    const struct use *x = a;
    const struct use *y = b;

    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static quorsum_status map_fields(struct table *t)
{
    size_t fields = quorsum_plan_fields(t->plan);
    size_t reduced = 0;
    quorsum_status status = QUORSUM_OK;

    for (size_t f = 0; f < fields; f++)
        reduced += quorsum_plan_field(t->plan, f)->reduce != QUORSUM_REDUCE_NONE;
    t->totals = qs_secret_block(reduced * sizeof *t->totals);
    t->counted = calloc(fields, sizeof *t->counted);
    if (t->totals == NULL || t->counted == NULL)
        return no_memory(t);
    reduced = 0;
    for (size_t f = 0; f < fields && status == QUORSUM_OK; f++) {
        int reduces = quorsum_plan_field(t->plan, f)->reduce != QUORSUM_REDUCE_NONE;

        status = map_field(t, f, reduces ? &t->totals[reduced++] : NULL);
    }
    if (status == QUORSUM_OK)
        qsort(t->uses, t->use_count, sizeof *t->uses, by_column);
    return status;
}

/* ---- cells ---- */

/* The value itself stays out of the text: it is private, and messages end up in logs. */
static quorsum_status cell_fault(struct table *t, const struct use *use, quorsum_status status, const char *reason)
{
    const quorsum_field *f = quorsum_plan_field(t->plan, use->field);
    char column[TOOL_SHOWN + sizeof "[4294967295]"];
    char shown[TOOL_SHOWN];
    size_t at = use->index - quorsum_plan_offset(t->plan, use->field);

    snprintf(column, sizeof column, "%s", tool_shown(shown, column_of(f)));
    if (use->rows == 1 && f->count > 1)
        snprintf(column, sizeof column, "%s[%zu]", shown, at);
    return tool_fault(t->error, status, "%.100s: row %llu, column \"%s\": %s", t->source->path,
                      (unsigned long long)t->out->rows, column, reason);
}

static const char *refusal(tool_decimal_kind kind)
{
    switch (kind) {
    case TOOL_DECIMAL_FINITE:
        break;
    case TOOL_DECIMAL_EMPTY:
        return "empty, and the field wants a value in every row";
    case TOOL_DECIMAL_NAN:
        return "NaN is not a number";
    case TOOL_DECIMAL_INFINITE:
        return "an infinite value";
    case TOOL_DECIMAL_TEXT:
        return "not a number";
    }
    return NULL;
}

static quorsum_status use_value(struct table *t, const struct use *use, tool_decimal_kind kind, const tool_decimal *x)
{
    const quorsum_field *f = quorsum_plan_field(t->plan, use->field);

    if (kind != TOOL_DECIMAL_FINITE)
        return cell_fault(t, use, QUORSUM_ERR_NOT_A_NUMBER, refusal(kind));
    if (t->out->rows > use->rows)
        return cell_fault(t, use, QUORSUM_ERR_WIDTH, "more rows than the field has values");
    tool_input_store(t->out, t->plan, use->field, use->index + t->out->rows - 1, tool_decimal_scale(x, f->scale));
    return QUORSUM_OK;
}

/* Counting takes any text as a value, but a cell that says NaN says that it has none. */
static quorsum_status use_reduced(struct table *t, const struct use *use, tool_decimal_kind kind, const tool_decimal *x)
{
    quorsum_reduce reduce = quorsum_plan_field(t->plan, use->field)->reduce;

    if (kind == TOOL_DECIMAL_EMPTY)
        return QUORSUM_OK;
    if (kind != TOOL_DECIMAL_FINITE && !(kind == TOOL_DECIMAL_TEXT && reduce == QUORSUM_REDUCE_COUNT))
        return cell_fault(t, use, QUORSUM_ERR_NOT_A_NUMBER, refusal(kind));
    t->counted[use->field]++;
    if (reduce == QUORSUM_REDUCE_COUNT)
        return QUORSUM_OK;
    if (x->huge)
        return cell_fault(t, use, QUORSUM_ERR_LIMIT, "1e38 or more: too large for an exact sum");
    if (reduce == QUORSUM_REDUCE_SUM)
        tool_total_add(use->total, x);
    else
        tool_total_add_square(use->total, x);
    return QUORSUM_OK;
}

/* Gives the cell just read to all uses of its column, from *use on; moves *use behind them. */
static quorsum_status use_cell(struct table *t, size_t column, size_t *use)
{
    quorsum_status status = QUORSUM_OK;
    tool_decimal_kind kind = TOOL_DECIMAL_EMPTY;
    tool_decimal x = {0};

    if (*use < t->use_count && t->uses[*use].column == column)
        kind = tool_decimal_parse(&x, t->csv.cell, t->csv.len);
    for (; *use < t->use_count && t->uses[*use].column == column && status == QUORSUM_OK; (*use)++) {
        const struct use *u = &t->uses[*use];

        status = u->total == NULL ? use_value(t, u, kind, &x) : use_reduced(t, u, kind, &x);
    }
    sodium_memzero(&x, sizeof x);
    return status;
}

/* ---- rows ---- */

static quorsum_status read_row(struct table *t, int *more)
{
    tool_csv_event event = tool_csv_next(&t->csv);
    size_t column = 0;
    size_t use = 0;
    quorsum_status status = QUORSUM_OK;

    *more = event != TOOL_CSV_END;
    if (!*more)
        return QUORSUM_OK;
    t->out->rows++;
    for (;; event = tool_csv_next(&t->csv)) {
        if (event == TOOL_CSV_FAULT)
            return t->csv.status;
        status = use_cell(t, column++, &use);
        if (status != QUORSUM_OK || event == TOOL_CSV_LAST || column == t->header.count)
            break;
    }
    if (status == QUORSUM_OK && (event != TOOL_CSV_LAST || column != t->header.count))
        status = tool_fault(t->error, QUORSUM_ERR_WIDTH, "%.100s: row %llu has %s than the header's %zu columns",
                            t->source->path, (unsigned long long)t->out->rows,
                            event != TOOL_CSV_LAST ? "more" : "fewer", t->header.count);
    return status;
}

/* Fields fed row by row have seen exactly their number of rows: more is refused on the way, fewer here. */
static quorsum_status check_rows(struct table *t)
{
    char shown[TOOL_SHOWN];

    for (size_t i = 0; i < t->use_count; i++) {
        const struct use *use = &t->uses[i];

        if (use->total == NULL && t->out->rows < use->rows)
            return tool_fault(t->error, QUORSUM_ERR_WIDTH, "%.70s: %llu rows, but field \"%s\" has %zu values",
                              t->source->path, (unsigned long long)t->out->rows,
                              tool_shown(shown, quorsum_plan_field(t->plan, use->field)->name), use->rows);
    }
    return QUORSUM_OK;
}

static int64_t count_of(uint64_t counted, uint64_t scale)
{
    unsigned __int128 value = (unsigned __int128)counted * scale;

    return value > (unsigned __int128)INT64_MAX ? INT64_MAX : (int64_t)value;
}

static void store_reduced(struct table *t)
{
    for (size_t i = 0; i < t->use_count; i++) {
        const struct use *use = &t->uses[i];
        const quorsum_field *f = quorsum_plan_field(t->plan, use->field);
        int64_t value = 0;

        if (f->reduce == QUORSUM_REDUCE_NONE)
            continue;
        if (f->reduce == QUORSUM_REDUCE_COUNT)
            value = count_of(t->counted[use->field], f->scale);
        else if (f->reduce == QUORSUM_REDUCE_SUM)
            value = tool_total_scale(use->total, f->scale);
        else
            value = tool_total_scale_squares(use->total, f->scale);
        tool_input_store(t->out, t->plan, use->field, use->index, value);
    }
}

quorsum_status tool_input_csv(tool_input *out, const quorsum_plan *plan, tool_source *source, char error[TOOL_ERROR])
{
    struct table t = {.out = out, .plan = plan, .source = source, .error = error,
                      .csv = {.source = source, .error = error}};
    quorsum_status status = tool_header_read(&t.header, &t.csv);
    int more = 1;

    if (status == QUORSUM_OK)
        status = map_fields(&t);
    while (status == QUORSUM_OK && more)
        status = read_row(&t, &more);
    if (status == QUORSUM_OK)
        status = check_rows(&t);
    if (status == QUORSUM_OK)
        store_reduced(&t);
    tool_csv_free(&t.csv);
    tool_header_free(&t.header);
    qs_secret_release(t.totals);
    free(t.counted);
    free(t.uses);
    return status;
}
