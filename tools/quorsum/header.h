/* SPDX-License-Identifier: Apache-2.0 */
/* The header line of a table: column names, found by name. */
#ifndef TOOL_HEADER_H
#define TOOL_HEADER_H

#include "tools/quorsum/csv.h"

typedef struct tool_column {
    const char *name;
    size_t index;
} tool_column;

typedef struct tool_header { /* zero-initialise */
    char *names;         /* one behind the other, each with its NUL */
    tool_column *sorted; /* by name */
    size_t count;
} tool_header;

#define TOOL_COLUMN_NONE SIZE_MAX
#define TOOL_COLUMN_TWICE (SIZE_MAX - 1)

/* Reads the first record. ERR_NOT_CANONICAL for an empty file. */
quorsum_status tool_header_read(tool_header *out, tool_csv *csv);
void tool_header_free(tool_header *header);
/* A column's index, or one of the two above. */
size_t tool_header_find(const tool_header *header, const char *name);

#endif
