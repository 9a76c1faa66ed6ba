/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A contributor's numbers: a CSV table with a header line, or a NumPy .npy array, turned into the integers of a plan.
 *
 * A table. Let B be a field's `column`, or else its name, and k its count:
 *   with a reduction     every cell of column B that is not empty: how many, their sum, or the sum of their squares,
 *                        exact in decimals and rounded once, half to even, after multiplying by the scale
 *   k values, column B   that column read downwards; the table then has exactly k rows
 *   k values, no B       columns B[0] .. B[k-1]; the table then has exactly one row
 * Columns no field names are passed over. Decimals are exact to 38 places behind the point.
 *
 * An array. float32, float64, int32 or int64 of either byte order, one or two dimensions in C order: all its elements
 * are all values of the plan in order. Fields with a reduction need a table.
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
 * (not readable as a table or array), _VERSION (of the array format); error names file, row, column or field and the
 * reason. */
quorsum_status tool_input_read(tool_input *out, const quorsum_plan *plan, const char *path, char error[256]);
/* A ballot from choices of the form "FIELD=OPTION", in any order; the others are 0. "FIELD=" chooses nothing. QUORSUM_ERR_CHOICE when one names no
 * field or option of the plan or names it twice, or a field has fewer or more than it may have; error says which. The
 * text before the first '=' that makes a field's name decides, so names may hold '='. */
quorsum_status tool_input_choices(tool_input *out, const quorsum_plan *plan, const char *const *choices, size_t count,
                                  char error[256]);
void tool_input_free(tool_input *input); /* wipes */

#endif
