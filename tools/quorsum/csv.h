/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comma-separated values (RFC 4180), a cell at a time: a cell in double quotes may hold commas, line ends and doubled
 * quotes; lines end with LF or CR LF; empty lines are passed over; a byte-order mark is too. Refused: a quote inside
 * a bare cell, text behind a closing quote, a lone CR, a NUL, a quote never closed, a record above 16 MiB.
 */
#ifndef TOOL_CSV_H
#define TOOL_CSV_H

#include "tools/quorsum/source.h"

#define TOOL_CSV_RECORD_MAX ((size_t)1 << 24)

typedef enum tool_csv_event {
    TOOL_CSV_CELL, /* a cell, and another one follows in this record */
    TOOL_CSV_LAST, /* the last cell of a record */
    TOOL_CSV_END,  /* no more records */
    TOOL_CSV_FAULT /* refused: see status and error */
} tool_csv_event;

typedef struct tool_csv { /* zero-initialise, set source and error */
    tool_source *source;
    char *error;
    char *cell; /* NUL-terminated, in guarded memory, until the next call */
    size_t len;
    size_t capacity;
    size_t record; /* bytes of this record so far */
    uint64_t line; /* where the cell ends, from 1 */
    int inside;    /* a record has begun */
    int started;
    quorsum_status status;
} tool_csv;

tool_csv_event tool_csv_next(tool_csv *csv);
void tool_csv_free(tool_csv *csv); /* wipes; the source is the caller's */

#endif
