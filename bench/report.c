/* SPDX-License-Identifier: Apache-2.0 */
/* A row a case: the same cells as a table, as CSV or as JSON lines, so that the three cannot disagree. */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"

#define FULL_WIDTH 1.5 /* IFMA a cycle from which on a processor counts as one that does two */

enum {
    CASE,
    BITS,
    DEGREE,
    THREADS,
    KERNEL,
    VALUES,
    MIN,
    MEDIAN,
    MAX,
    EACH,
    BYTES,
    REFERENCE,
    REFERENCE_US,
    FIGURE,
    BEST,
    UNIT,
    SENSE,
    ASKED,
    VERDICT,
    PORTABLE_US,
    PORTABLE_X,
    PORT,
    GOAL_US,
    GOAL,
    SAMPLES,
    COLUMNS
};

typedef struct column {
    const char *name;
    int width; /* in the table; negative: flush left; 0: it is not there */
    int text;
} column;

static const column columns[COLUMNS] = {
    [CASE] = {"case", -28, 1},
    [BITS] = {"bits", 4, 0},
    [DEGREE] = {"degree", 6, 0},
    [THREADS] = {"threads", 7, 0},
    [KERNEL] = {"kernel", -8, 1},
    [VALUES] = {"values", 8, 0},
    [MIN] = {"min_ms", 11, 0},
    [MEDIAN] = {"median_ms", 11, 0},
    [MAX] = {"max_ms", 11, 0},
    [EACH] = {"each_us", 11, 0},
    [BYTES] = {"bytes", 9, 0},
    [REFERENCE] = {"reference", -23, 1},
    [REFERENCE_US] = {"reference_us", 12, 0},
    [FIGURE] = {"figure", 9, 0},
    [BEST] = {"best", 0, 0},
    [UNIT] = {"unit", -9, 1},
    [SENSE] = {"sense", -8, 1},
    [ASKED] = {"asked", 5, 0},
    [VERDICT] = {"verdict", -7, 1},
    [PORTABLE_US] = {"portable_us", 11, 0},
    [PORTABLE_X] = {"portable_x", 10, 0},
    [PORT] = {"port_%", 6, 0},
    [GOAL_US] = {"goal_us", 8, 0},
    [GOAL] = {"goal", -28, 1},
    [SAMPLES] = {"samples", 0, 0},
};

/* Empty: there is none. */
typedef char cell[64];

void bench_json_string(const char *name, const char *value)
{
    printf("\"%s\":\"", name);
    for (const char *at = value; *at != 0; at++) {
        if (*at == '"' || *at == '\\')
            putchar('\\');
        if ((unsigned char)*at >= 0x20)
            putchar(*at);
    }
    putchar('"');
}

static int limited(const bench_row *row)
{
    return row->sense != BENCH_NO_LIMIT && row->asked > 0 && row->unit != NULL;
}

static int met(const bench_row *row)
{
    return row->sense == BENCH_AT_MOST ? row->figure <= row->asked : row->figure >= row->asked;
}

static void put_text(cell out, const char *text)
{
    snprintf(out, sizeof(cell), "%s", text != NULL ? text : "");
}

static void put_count(cell out, size_t count)
{
    snprintf(out, sizeof(cell), "%zu", count);
}

/* 0: none. */
static void put_number(cell out, unsigned decimals, double number)
{
    if (number > 0)
        snprintf(out, sizeof(cell), "%.*f", (int)decimals, number);
}

static void fill_case(cell cells[COLUMNS], const bench_row *row)
{
    put_text(cells[CASE], row->name);
    put_count(cells[BITS], row->bits);
    put_count(cells[DEGREE], row->degree);
    put_count(cells[THREADS], row->threads);
    put_text(cells[KERNEL], quorsum_kernel());
    put_count(cells[VALUES], row->values);
    put_count(cells[SAMPLES], row->samples);
}

static void fill_times(cell cells[COLUMNS], const bench_row *row)
{
    put_number(cells[MIN], 4, row->min * 1e3);
    put_number(cells[MEDIAN], 4, row->median * 1e3);
    put_number(cells[MAX], 4, row->max * 1e3);
    put_number(cells[EACH], 4, row->median / (double)row->values * 1e6);
    put_number(cells[BYTES], 0, row->bytes);
}

static void fill_comparison(cell cells[COLUMNS], const bench_row *row)
{
    put_text(cells[REFERENCE], row->reference);
    put_number(cells[REFERENCE_US], 4, row->reference_median * 1e6);
    if (row->unit != NULL)
        put_number(cells[FIGURE], 4, row->figure);
    put_number(cells[BEST], 4, row->best);
    put_text(cells[UNIT], row->unit);
    put_number(cells[PORTABLE_US], 4, row->portable_median * 1e6);
    put_number(cells[PORTABLE_X], 2, row->portable_faster);
    if (!limited(row))
        return;
    put_text(cells[SENSE], row->sense == BENCH_AT_MOST ? "at most" : "at least");
    snprintf(cells[ASKED], sizeof(cell), "%g", row->asked);
    put_text(cells[VERDICT], met(row) ? "met" : "missed");
}

/* Of a processor that does one IFMA a cycle, half the speed that was asked is all there is: the row says so. */
static void fill_port(cell cells[COLUMNS], const bench *b, const bench_row *row)
{
    double each = row->median / (double)row->values;

    if (b->port.seconds <= 0 || row->median <= 0)
        return;
    put_number(cells[PORT], 1, 100 * row->ifma * b->port.seconds / (row->median * row->threads));
    put_number(cells[GOAL_US], 2, row->goal * 1e6);
    if (row->goal > 0 && each <= row->goal)
        put_text(cells[GOAL], "met");
    else if (row->goal > 0 && b->port.per_cycle >= FULL_WIDTH)
        put_text(cells[GOAL], "missed");
    else if (row->goal > 0)
        snprintf(cells[GOAL], sizeof(cell), "no: %.2f IFMA a cycle not 2", b->port.per_cycle);
}

/* ---- the three forms ---- */

void bench_print_headings(const bench *b)
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        if (b->options.format == BENCH_CSV)
            printf("%s%s", i > 0 ? "," : "", columns[i].name);
        else if (columns[i].width != 0)
            printf("%s%*s", i > 0 ? " " : "", columns[i].width, columns[i].name);
    }
    putchar('\n');
}

static void print_json(cell cells[COLUMNS])
{
    const char *separator = "{";

    for (unsigned i = 0; i < COLUMNS; i++) {
        if (cells[i][0] == 0)
            continue;
        fputs(separator, stdout);
        separator = ",";
        if (columns[i].text)
            bench_json_string(columns[i].name, cells[i]);
        else
            printf("\"%s\":%s", columns[i].name, cells[i]);
    }
    puts("}");
}

static void print_line(cell cells[COLUMNS], bench_format format)
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        if (format == BENCH_CSV)
            printf("%s%s", i > 0 ? "," : "", cells[i]);
        else if (columns[i].width != 0)
            printf("%s%*s", i > 0 ? " " : "", columns[i].width, cells[i][0] != 0 ? cells[i] : "-");
    }
    putchar('\n');
}

void bench_print_row(bench *b, const bench_row *row)
{
    cell cells[COLUMNS] = {""};

    if (limited(row) && !met(row))
        b->missed++;
    fill_case(cells, row);
    fill_times(cells, row);
    fill_comparison(cells, row);
    fill_port(cells, b, row);
    if (b->options.format == BENCH_JSON)
        print_json(cells);
    else
        print_line(cells, b->options.format);
    (void)fflush(stdout);
}
