/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A contributor's numbers: a CSV table with a header line, or a NumPy .npy array, turned into the integers of a plan.
 */
#ifndef TOOL_INPUT_H
#define TOOL_INPUT_H

#include "quorsum.h"

typedef struct tool_input {
    int64_t *values;   /* quorsum_plan_values() integers in scaled units, in guarded memory, clipped into range */
    size_t count;
    uint64_t *clipped; /* per field: how many values had to be moved into the range */
    uint64_t rows;     /* of the table; 0 for an array */
} tool_input;

/* path "-" is stdin. QUORSUM_ERR_NOT_FOUND, _SYSTEM, _MEMORY, _LIMIT, _NOT_A_NUMBER, _WIDTH, _FIELDS or _NOT_CANONICAL
 * (not readable as a table or array); error names file, row, column or field and the reason. */
quorsum_status tool_input_read(tool_input *out, const quorsum_plan *plan, const char *path, char error[256]);
void tool_input_free(tool_input *input); /* wipes */

#endif
