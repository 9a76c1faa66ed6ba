/* SPDX-License-Identifier: Apache-2.0 */
/* A result as one self-contained HTML page: statement, bars, table. No script, nothing fetched from elsewhere. */
#include <inttypes.h>
#include <string.h>

#include "tools/quorsum/command.h"
#include "tools/quorsum/totals.h"

#define BARS_MAX 60 /* more values than this are listed only */

static void put_text(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        default:
            fputc(*text, to);
        }
    }
}

static void put_head(FILE *to, const tool_statement *s)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>", to);
    put_text(to, s->label[0] != '\0' ? s->label : "Quorsum result");
    fputs("</title>\n<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
          "color:#1a1a1a;background:#fff}table{border-collapse:collapse;width:100%}th,td{padding:.25rem .6rem;"
          "text-align:left;border-bottom:1px solid #ddd}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
          "code{word-break:break-all}svg text{font:12px system-ui,sans-serif;fill:#1a1a1a}</style></head><body>\n<h1>",
          to);
    put_text(to, s->label[0] != '\0' ? s->label : "Quorsum result");
    fputs("</h1>\n", to);
}

static void put_statement(FILE *to, const tool_statement *s)
{
    fprintf(to,
            "<table>\n<tr><th>Scheme</th><td>%s, %u bits, degree %u</td></tr>\n"
            "<tr><th>Key</th><td><code>%s</code></td></tr>\n<tr><th>Task</th><td><code>%s</code></td></tr>\n"
            "<tr><th>Cohort</th><td>%u contributions</td></tr>\n",
            s->scheme, s->bits, s->degree, s->key, s->task, s->cohort);
    if (s->weighted)
        fprintf(to, "<tr><th>Weight</th><td>%" PRId64 " in all</td></tr>\n", s->weight);
    fputs("<tr><th>Opened by</th><td>trustees", to);
    for (size_t i = 0; i < s->opened_by_count; i++)
        fprintf(to, " %u", s->opened_by[i]);
    fprintf(to, " of %u (quorum %u)</td></tr>\n", s->trustees, s->quorum);
    fputs("<tr><th>Check it</th><td>each total was verified by re-encryption before this page was written; "
          "<code>quorsum verify --board DIR</code> repeats every check</td></tr>\n</table>\n",
          to);
}

static double magnitude(const quorsum_field *field, int64_t total)
{
    double number = (double)total / (double)field->scale;

    return number < 0 ? -number : number;
}

static double largest_of(const quorsum_plan *plan, const int64_t *totals)
{
    double largest = 0;

    for (size_t i = 0; i < quorsum_plan_fields(plan); i++) {
        const quorsum_field *field = quorsum_plan_field(plan, i);

        for (uint32_t j = 0; j < field->count; j++) {
            double size = magnitude(field, totals[quorsum_plan_offset(plan, i) + j]);

            largest = size > largest ? size : largest;
        }
    }
    return largest;
}

static void put_bar(FILE *to, size_t line, const quorsum_field *field, uint32_t index, int64_t total, double largest)
{
    double width = largest > 0 ? 380 * magnitude(field, total) / largest : 0;
    char name[TOOL_VALUE_NAME];
    char text[64];

    tool_value_name(name, field, index);
    tool_total_text(text, field, total);
    fprintf(to, "<text x=\"255\" y=\"%zu\" text-anchor=\"end\">", 20 * line + 15);
    put_text(to, name);
    fprintf(to, "</text><rect x=\"260\" y=\"%zu\" width=\"%.2f\" height=\"14\" fill=\"%s\"/>", 20 * line + 4, width,
            total < 0 ? "#D55E00" : "#0072B2");
    fprintf(to, "<text x=\"%.2f\" y=\"%zu\">%s</text>\n", 264 + width, 20 * line + 15, text);
}

/* One bar a value, from zero, in the task's order. */
static void put_bars(FILE *to, const quorsum_plan *plan, const int64_t *totals)
{
    double largest = largest_of(plan, totals);
    size_t line = 0;

    fprintf(to, "<svg role=\"img\" viewBox=\"0 0 800 %zu\" width=\"100%%\"><title>Totals by field</title>\n",
            20 * quorsum_plan_values(plan) + 4);
    for (size_t i = 0; i < quorsum_plan_fields(plan); i++) {
        const quorsum_field *field = quorsum_plan_field(plan, i);

        for (uint32_t j = 0; j < field->count; j++)
            put_bar(to, line++, field, j, totals[quorsum_plan_offset(plan, i) + j], largest);
    }
    fputs("</svg>\n", to);
}

static void put_table(FILE *to, const tool_statement *s, const quorsum_plan *plan, const int64_t *totals)
{
    char name[TOOL_VALUE_NAME];
    char text[64];

    fprintf(to, "<table>\n<tr><th>Field</th><th class=\"n\">Total</th><th class=\"n\">%s</th></tr>\n",
            s->weighted ? "Weighted mean" : "Total / cohort");
    for (size_t i = 0; i < quorsum_plan_fields(plan); i++) {
        const quorsum_field *field = quorsum_plan_field(plan, i);
        const int64_t *first = totals + quorsum_plan_offset(plan, i);

        for (uint32_t j = 0; j < field->count; j++) {
            tool_total_text(text, field, first[j]);
            fputs("<tr><td>", to);
            tool_value_name(name, field, j);
            put_text(to, name);
            fprintf(to, "</td><td class=\"n\">%s</td><td class=\"n\">%.10g</td></tr>\n", text,
                    s->weight == 0 ? 0 : (double)first[j] / (double)field->scale / (double)s->weight);
        }
    }
    fputs("</table>\n", to);
}

int tool_format_html(FILE *to, const tool_statement *statement, const quorsum_plan *plan, const int64_t *totals)
{
    int single = quorsum_plan_fields(plan) == quorsum_plan_values(plan) ||
                 quorsum_plan_level(plan) == QUORSUM_LEVEL_BALLOT;

    put_head(to, statement);
    put_statement(to, statement);
    fputs("<h2>Totals</h2>\n", to);
    if (single && quorsum_plan_values(plan) <= BARS_MAX)
        put_bars(to, plan, totals);
    put_table(to, statement, plan, totals);
    fputs("</body></html>\n", to);
    return ferror(to) ? -1 : 0;
}
