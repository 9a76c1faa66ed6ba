/* SPDX-License-Identifier: Apache-2.0 */
/* Column names, sorted once: wide tables have as many columns as a vector has values. */
#include "tools/quorsum/header.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(((const tool_column *)a)->name, ((const tool_column *)b)->name);
}

struct growing {
    size_t len;
    size_t capacity;
};

/* Names are not secret, and no more than a record of TOOL_CSV_RECORD_MAX bytes in all. */
static quorsum_status add_name(tool_header *header, struct growing *grown, const char *name, size_t len)
{
    if (grown->len + len + 1 > grown->capacity) {
        size_t capacity = 2 * (grown->len + len + 1) + 1024;
        char *wider = realloc(header->names, capacity);

        if (wider == NULL)
            return QUORSUM_ERR_MEMORY;
        header->names = wider;
        grown->capacity = capacity;
    }
    memcpy(header->names + grown->len, name, len + 1);
    grown->len += len + 1;
    header->count++;
    return QUORSUM_OK;
}

static quorsum_status sort_names(tool_header *header)
{
    const char *name = header->names;

    header->sorted = calloc(header->count, sizeof *header->sorted);
    if (header->sorted == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < header->count; i++) {
        header->sorted[i] = (tool_column){name, i};
        name += strlen(name) + 1;
    }
    qsort(header->sorted, header->count, sizeof *header->sorted, by_name);
    return QUORSUM_OK;
}

quorsum_status tool_header_read(tool_header *out, tool_csv *csv)
{
    struct growing grown = {0};
    tool_csv_event event;
    quorsum_status status = QUORSUM_OK;

    do {
        event = tool_csv_next(csv);
        if (event == TOOL_CSV_FAULT)
            return csv->status;
        if (event == TOOL_CSV_END)
            return tool_fault(csv->error, QUORSUM_ERR_NOT_CANONICAL, "%.100s: no header line", csv->source->path);
        status = add_name(out, &grown, csv->cell, csv->len);
    } while (event != TOOL_CSV_LAST && status == QUORSUM_OK);
    if (status == QUORSUM_OK)
        status = sort_names(out);
    if (status != QUORSUM_OK)
        tool_fault(csv->error, status, "%.100s: no memory for the header line", csv->source->path);
    return status;
}

void tool_header_free(tool_header *header)
{
    free(header->names);
    free(header->sorted);
    *header = (tool_header){0};
}

size_t tool_header_find(const tool_header *header, const char *name)
{
    tool_column key = {name, 0};
    const tool_column *end = header->sorted + header->count;
    const tool_column *found = bsearch(&key, header->sorted, header->count, sizeof key, by_name);

    if (found == NULL)
        return TOOL_COLUMN_NONE;
    if ((found > header->sorted && by_name(found - 1, found) == 0)
        || (found + 1 < end && by_name(found, found + 1) == 0))
        return TOOL_COLUMN_TWICE;
    return found->index;
}
