/* SPDX-License-Identifier: Apache-2.0 */
/* The CSV reader cell by cell: quoting, line ends, and what it refuses. */
#include "tools/quorsum/csv.h"

#include "tests/unit/tools/files.h"

/* All cells as text: '|' between cells, '/' between records, "!status line" where it was refused. */
static void dump(char *out, size_t size, const void *data, size_t len)
{
    char error[TOOL_ERROR] = "";
    tool_source source = {0};
    tool_csv csv = {.source = &source, .error = error};
    tool_csv_event event = TOOL_CSV_CELL;
    size_t at = 0;

    cr_assert_eq(tool_source_open(&source, test_file_of(data, len), error), QUORSUM_OK);
    out[0] = '\0';
    while (event != TOOL_CSV_END && event != TOOL_CSV_FAULT && at < size - 64) {
        event = tool_csv_next(&csv);
        if (event == TOOL_CSV_FAULT)
            at += (size_t)snprintf(out + at, size - at, "!%d %llu", (int)csv.status, (unsigned long long)csv.line);
        else if (event != TOOL_CSV_END)
            at += (size_t)snprintf(out + at, size - at, "%s%c", csv.cell, event == TOOL_CSV_CELL ? '|' : '/');
    }
    if (event == TOOL_CSV_FAULT)
        cr_expect_eq(tool_csv_next(&csv), TOOL_CSV_FAULT, "a refusal stays");
    tool_csv_free(&csv);
    tool_source_close(&source);
    test_file_remove();
}

static void expect_cells(const char *text, const char *want)
{
    char got[1024];

    dump(got, sizeof got, text, strlen(text));
    cr_expect_str_eq(got, want, "%s", text);
}

Test(csv, reads_cells_and_records)
{
    expect_cells("", "");
    expect_cells("a", "a/");
    expect_cells("a,b\nc,d\n", "a|b/c|d/");
    expect_cells("a,b\r\nc,d\r\n", "a|b/c|d/");
    expect_cells("a,b\nc,d", "a|b/c|d/");
    expect_cells(",\n,,\n", "|/||/");
    expect_cells("a,", "a|/");
    expect_cells(" a , b ", " a | b /");
    expect_cells("\xef\xbb\xbf" "a,b\n", "a|b/");
    expect_cells("\xef\xbb\xbf", "");
    expect_cells("a\xef\xbb\xbf", "a\xef\xbb\xbf/");
}

Test(csv, passes_over_empty_lines)
{
    expect_cells("\n\r\n\na\n\n\nb\n\n", "a/b/");
    expect_cells("a\n\"\"\nb\n", "a//b/"); /* a quoted empty cell is a record */
}

Test(csv, reads_quoted_cells)
{
    expect_cells("\"a\",\"b,c\"\n", "a|b,c/");
    expect_cells("\"a \"\"b\"\"\"\n", "a \"b\"/");
    expect_cells("\"\"\"\"", "\"/");
    expect_cells("\"two\nlines\r\n\",x\r\ny", "two\nlines\r\n|x/y/");
    expect_cells("\"a\"", "a/");
    expect_cells("\"\",\"\"\r\n", "|/");
}

Test(csv, refuses_what_the_format_does_not_know)
{
    expect_cells("a\nb\"c\n", "a/!22 2");
    expect_cells("a\n\"b\"c\n", "a/!22 2");
    expect_cells("a\n\"b\" ,c\n", "a/!22 2");
    expect_cells("a\rb\n", "!22 1");
    expect_cells("a\r", "!22 1");
    expect_cells("\"a\"\rb", "!22 1");
    expect_cells("a\n\"b\nc", "a/!22 3");
    expect_cells("\"", "!22 1");
    expect_cells("\"a\"\"", "!22 1");
}

Test(csv, refuses_a_nul_byte)
{
    char got[256];

    dump(got, sizeof got, "a\nb\0c\n", 6);
    cr_expect_str_eq(got, "a/!22 2");
    dump(got, sizeof got, "\"b\0c\"", 5);
    cr_expect_str_eq(got, "!22 1");
}

Test(csv, reads_across_its_buffer)
{
    char error[TOOL_ERROR] = "";
    char *text = malloc(400000);
    tool_source source = {0};
    tool_csv csv = {.source = &source, .error = error};
    size_t len = 0;

    cr_assert_not_null(text);
    for (unsigned i = 0; len < 300000; i++)
        len += (size_t)sprintf(text + len, "%u,\"x\"\"%0*u\"\r\n", i, (int)(i % 70), i);
    cr_assert_eq(tool_source_open(&source, test_file_of(text, len), error), QUORSUM_OK);
    for (unsigned i = 0;; i++) {
        char want[100];
        tool_csv_event event = tool_csv_next(&csv);

        if (event == TOOL_CSV_END)
            break;
        sprintf(want, "%u", i);
        cr_assert_eq(event, TOOL_CSV_CELL);
        cr_assert_str_eq(csv.cell, want);
        sprintf(want, "x\"%0*u", (int)(i % 70), i);
        cr_assert_eq(tool_csv_next(&csv), TOOL_CSV_LAST);
        cr_assert_str_eq(csv.cell, want);
    }
    tool_csv_free(&csv);
    tool_source_close(&source);
    test_file_remove();
    free(text);
}

Test(csv, bounds_a_record)
{
    size_t len = TOOL_CSV_RECORD_MAX + 100;
    char *text = malloc(len);
    char *got = malloc(2 * len);

    cr_assert(text != NULL && got != NULL);
    memset(text, 'x', len);
    text[TOOL_CSV_RECORD_MAX - 2] = '\n';
    dump(got, 2 * len, text, len);
    cr_expect_eq(strlen(got), len + 1);
    cr_expect(got[TOOL_CSV_RECORD_MAX - 2] == '/' && got[len] == '/', "two records");
    text[TOOL_CSV_RECORD_MAX - 2] = 'x';
    dump(got, 2 * len, text, len);
    cr_expect_str_eq(got, "!10 1");
    free(text);
    free(got);
}
