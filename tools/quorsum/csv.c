/* SPDX-License-Identifier: Apache-2.0 */
/* The CSV reader: a state machine over bytes that keeps one cell and nothing else. */
#include "tools/quorsum/csv.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/secret.h"

#define FIRST_CAPACITY ((size_t)256)

static tool_csv_event refuse(tool_csv *csv, quorsum_status status, const char *reason)
{
    csv->status = status;
    tool_fault(csv->error, status, "%.100s: line %llu: %s", csv->source->path, (unsigned long long)csv->line, reason);
    return TOOL_CSV_FAULT;
}

/* The next byte, or EOF at the end or when reading failed. */
static int next_byte(tool_csv *csv)
{
    tool_source *source = csv->source;

    if (source->at == source->end && !tool_source_fill(source))
        return EOF;
    csv->record++;
    return source->buffer[source->at++];
}

static int peek_byte(tool_csv *csv)
{
    tool_source *source = csv->source;

    return source->at < source->end || tool_source_fill(source) ? source->buffer[source->at] : EOF;
}

/* Doubles the cell's room; the old bytes are wiped. 0 without memory. */
static int grow(tool_csv *csv)
{
    size_t capacity = csv->capacity == 0 ? FIRST_CAPACITY : 2 * csv->capacity;
    char *wider = qs_secret_block(capacity);

    if (wider == NULL)
        return 0;
    if (csv->len > 0)
        memcpy(wider, csv->cell, csv->len);
    qs_secret_release(csv->cell);
    csv->cell = wider;
    csv->capacity = capacity;
    return 1;
}

/* OK, or why the byte is refused. */
static quorsum_status put(tool_csv *csv, int byte)
{
    if (byte == 0)
        return QUORSUM_ERR_NOT_CANONICAL;
    if (csv->record > TOOL_CSV_RECORD_MAX)
        return QUORSUM_ERR_LIMIT;
    if (csv->len + 1 >= csv->capacity && !grow(csv))
        return QUORSUM_ERR_MEMORY;
    csv->cell[csv->len++] = (char)byte;
    return QUORSUM_OK;
}

static tool_csv_event put_fault(tool_csv *csv, quorsum_status status)
{
    const char *reason = "a NUL byte";

    if (status == QUORSUM_ERR_LIMIT)
        reason = "a record of more than 16 MiB";
    if (status == QUORSUM_ERR_MEMORY)
        reason = "no memory";
    return refuse(csv, status, reason);
}

/* What stands behind a cell. The caller has taken `byte`. */
static tool_csv_event end_cell(tool_csv *csv, int byte)
{
    if (csv->source->status != QUORSUM_OK) {
        csv->status = tool_source_fault(csv->source, csv->error);
        return TOOL_CSV_FAULT;
    }
    if (csv->len == csv->capacity && !grow(csv)) /* an empty first cell: no room for the NUL yet */
        return put_fault(csv, QUORSUM_ERR_MEMORY);
    csv->cell[csv->len] = '\0';
    if (byte == ',') {
        csv->inside = 1;
        return TOOL_CSV_CELL;
    }
    csv->inside = 0;
    csv->record = 0;
    return TOOL_CSV_LAST;
}

/* CR is part of a line end only; anything else it could mean is refused. */
static int is_lone_return(tool_csv *csv, int byte)
{
    return byte == '\r' && peek_byte(csv) != '\n';
}

static tool_csv_event bare_cell(tool_csv *csv, int byte)
{
    quorsum_status status = QUORSUM_OK;

    while (byte != EOF && byte != ',' && byte != '\n' && byte != '\r' && byte != '"' && status == QUORSUM_OK) {
        status = put(csv, byte);
        byte = status == QUORSUM_OK ? next_byte(csv) : byte;
    }
    if (status != QUORSUM_OK)
        return put_fault(csv, status);
    if (byte == '"')
        return refuse(csv, QUORSUM_ERR_NOT_CANONICAL, "a quote inside a cell that does not begin with one");
    if (is_lone_return(csv, byte))
        return refuse(csv, QUORSUM_ERR_NOT_CANONICAL, "a carriage return without a line feed");
    if (byte == '\r')
        byte = next_byte(csv);
    csv->line += byte == '\n';
    return end_cell(csv, byte);
}

static tool_csv_event quoted_cell(tool_csv *csv)
{
    quorsum_status status = QUORSUM_OK;
    int byte = next_byte(csv);

    while (byte != EOF && status == QUORSUM_OK) {
        if (byte == '"' && peek_byte(csv) != '"')
            break;
        if (byte == '"')
            next_byte(csv); /* a doubled quote stands for one */
        csv->line += byte == '\n';
        status = put(csv, byte);
        byte = status == QUORSUM_OK ? next_byte(csv) : byte;
    }
    if (status != QUORSUM_OK)
        return put_fault(csv, status);
    if (byte == EOF && csv->source->status == QUORSUM_OK)
        return refuse(csv, QUORSUM_ERR_NOT_CANONICAL, "the file ends inside a quoted cell");
    byte = next_byte(csv);
    if (byte != EOF && byte != ',' && byte != '\n' && (byte != '\r' || is_lone_return(csv, byte)))
        return refuse(csv, QUORSUM_ERR_NOT_CANONICAL, "text behind a closing quote");
    if (byte == '\r')
        byte = next_byte(csv);
    csv->line += byte == '\n';
    return end_cell(csv, byte);
}

static void start(tool_csv *csv)
{
    if (tool_source_begins(csv->source, "\xef\xbb\xbf", 3))
        csv->source->at += 3;
    csv->started = 1;
    csv->line = 1;
}

/* Passes over line ends where a record would begin. */
static int first_byte(tool_csv *csv)
{
    int byte = next_byte(csv);

    while (!csv->inside && (byte == '\n' || (byte == '\r' && peek_byte(csv) == '\n'))) {
        csv->line += byte == '\n';
        csv->record = 0;
        byte = next_byte(csv);
    }
    return byte;
}

tool_csv_event tool_csv_next(tool_csv *csv)
{
    int byte;

    if (csv->status != QUORSUM_OK)
        return TOOL_CSV_FAULT;
    if (!csv->started)
        start(csv);
    csv->len = 0;
    byte = first_byte(csv);
    if (byte == EOF && !csv->inside && csv->source->status == QUORSUM_OK)
        return TOOL_CSV_END;
    return byte == '"' ? quoted_cell(csv) : bare_cell(csv, byte);
}

void tool_csv_free(tool_csv *csv)
{
    qs_secret_release(csv->cell);
    csv->cell = NULL;
}
