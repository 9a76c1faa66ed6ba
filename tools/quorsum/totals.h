/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a result for people and for programs. Every form states how the totals came about. */
#ifndef TOOL_TOTALS_H
#define TOOL_TOTALS_H

#include <stdio.h>

#include "quorsum.h"

typedef struct tool_statement { /* what every result states */
    const char *label;
    const char *scheme; /* "Damgard-Jurik, root opening" */
    char key[65], task[65];
    uint32_t bits, degree, trustees, quorum, cohort;
    const uint32_t *opened_by;
    size_t opened_by_count;
    int64_t weight; /* sum of weights; the cohort when unweighted */
    int weighted;
} tool_statement;

void tool_statement_make(tool_statement *out, const quorsum_task *task, const quorsum_result *result);

/* A total in the field's own units: exact when the scale is a power of ten, else 17 digits. out: 64 bytes. */
void tool_total_text(char *out, const quorsum_field *field, int64_t total);

/* What a value is called: its field, with [index] or =option where there are several. tool_clean has been at it. */
#define TOOL_VALUE_NAME 384
void tool_value_name(char out[TOOL_VALUE_NAME], const quorsum_field *field, uint32_t index);

typedef int (*tool_format)(FILE *to, const tool_statement *statement, const quorsum_plan *plan, const int64_t *totals);
int tool_format_table(FILE *to, const tool_statement *statement, const quorsum_plan *plan, const int64_t *totals);
int tool_format_csv(FILE *to, const tool_statement *statement, const quorsum_plan *plan, const int64_t *totals);
int tool_format_json(FILE *to, const tool_statement *statement, const quorsum_plan *plan, const int64_t *totals);
int tool_format_npy(FILE *to, const tool_statement *statement, const quorsum_plan *plan, const int64_t *totals);
int tool_format_html(FILE *to, const tool_statement *statement, const quorsum_plan *plan, const int64_t *totals);

#endif
