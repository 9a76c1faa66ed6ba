/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and arrays to the values of a plan: which cell feeds which value, exact sums, refusals that name the place. */
#include "tools/quorsum/input.h"

#include "tests/unit/tools/files.h"

static quorsum_plan *plan_of(const quorsum_field *fields, size_t count)
{
    quorsum_plan_options o = {.max_cohort = 2, .guard_bits = 1, .plaintext_bits = 2048};
    quorsum_plan *plan = NULL;

    cr_assert_eq(quorsum_plan_new(&plan, fields, count, &o, NULL), QUORSUM_OK);
    return plan;
}

#define SCALED(field_name, n, field_scale) \
    {.name = field_name, .count = n, .bits = 40, .is_signed = 1, .scale = field_scale}
#define REDUCED(field_name, from, how, field_scale) \
    {.name = field_name, .count = 1, .bits = 50, .is_signed = 1, .scale = field_scale, .column = from, \
     .reduce = QUORSUM_REDUCE_##how}

/* Reads `text` and compares with what is expected of each value. */
static void expect_values(const quorsum_field *fields, size_t count, const char *path, const int64_t *want,
                          const uint64_t *clipped)
{
    quorsum_plan *plan = plan_of(fields, count);
    tool_input input;
    char error[256];

    cr_assert_eq(tool_input_read(&input, plan, path, error), QUORSUM_OK, "%s", error);
    cr_expect_eq(input.count, quorsum_plan_values(plan));
    for (size_t i = 0; i < input.count; i++)
        cr_expect_eq(input.values[i], want[i], "value %zu is %lld", i, (long long)input.values[i]);
    for (size_t f = 0; f < count; f++)
        cr_expect_eq(input.clipped[f], clipped == NULL ? 0 : clipped[f], "field %zu", f);
    tool_input_free(&input);
    quorsum_plan_free(plan);
    test_file_remove();
}

/* Reading fails with this status, and the text says these three things. */
static void expect_refusal(const quorsum_field *fields, size_t count, const char *path, quorsum_status status,
                           const char *a, const char *b, const char *c)
{
    quorsum_plan *plan = plan_of(fields, count);
    tool_input input;
    char error[256];

    cr_expect_eq(tool_input_read(&input, plan, path, error), status, "%s", error);
    cr_expect(strstr(error, a) && strstr(error, b) && strstr(error, c), "\"%s\" lacks one of: %s, %s, %s", error, a, b,
              c);
    cr_expect(input.values == NULL && input.clipped == NULL);
    tool_input_free(&input);
    quorsum_plan_free(plan);
    test_file_remove();
}

/* ---- tables ---- */

Test(input, reads_a_column_downwards)
{
    const quorsum_field f[2] = {SCALED("b", 3, 100), SCALED("a", 3, 1)};
    const int64_t want[] = {150, -225, 0, 1, 2, 3};

    expect_values(f, 2, test_file("a,text,b\n1,x,1.5\n2,\"y,z\",-2.25\n3,,0.001\n"), want, NULL);
}

Test(input, reads_a_row_across)
{
    const quorsum_field f[2] = {SCALED("v", 3, 10), SCALED("w", 1, 1)};
    const int64_t want[] = {1, 2, 3, 9};

    expect_values(f, 2, test_file("v[2],w,v[0],v[1]\n0.3,9,0.1,0.2\n"), want, NULL);
}

Test(input, takes_the_named_column_and_prefers_the_whole_one)
{
    quorsum_field f[2] = {SCALED("x", 2, 1), SCALED("y", 2, 1)};
    const int64_t want[] = {5, 6, 5, 6};

    f[1].column = "x";
    expect_values(f, 2, test_file("x[0],x[1],x\r\n1,2,5\r\n3,4,6\r\n"), want, NULL);
}

Test(input, counts_sums_and_squares_over_all_rows)
{
    const quorsum_field f[5] = {REDUCED("n", "x", COUNT, 1), REDUCED("s", "x", SUM, 1000),
                                REDUCED("q", "x", SUM_SQUARES, 1000000), REDUCED("t", "x", SUM, 1),
                                REDUCED("k", "kind", COUNT, 10)};
    const int64_t want[] = {4, 200, 40000, 0, 30};

    expect_values(f, 5, test_file("x,kind\n0.1,a\n,b\n0.1,\n-0.1,\n0.1,c\n"), want, NULL);
}

Test(input, sums_without_losing_a_digit)
{
    const quorsum_field f[2] = {REDUCED("s", "x", SUM, 1000000), REDUCED("q", "x", SUM_SQUARES, 1)};

    expect_values(f, 2, test_file("x\n10000000\n0.000001\n-10000000\n"), (const int64_t[]){1, 200000000000000}, NULL);
    expect_values(f, 2, test_file("x\n0.0000005\n"), (const int64_t[]){0, 0}, NULL);
    expect_values(f, 2, test_file("x\n0.0000005\n0.000001\n"), (const int64_t[]){2, 0}, NULL);
    expect_values(f, 2, test_file("x\n"), (const int64_t[]){0, 0}, NULL);
    expect_values(f, 2, test_file("x\n0.5\n0.5\n"), (const int64_t[]){1000000, 0}, NULL); /* 0.5 to even */
    expect_values(f, 2, test_file("x\n0.5\n0.5\n1\n"), (const int64_t[]){2000000, 2}, NULL); /* 1.5 to even */
}

Test(input, clips_and_counts_by_field)
{
    quorsum_field f[3] = {SCALED("a", 3, 1), SCALED("b", 3, 1), REDUCED("c", "b", SUM, 1)};

    f[0].clip = 10;
    f[1].is_signed = 0;
    f[2].clip = 1;
    expect_values(f, 3, test_file("a,b\n11,-1\n-10,1e30\n-1e50,5\n"),
                  (const int64_t[]){10, -10, -10, 0, ((int64_t)1 << 40) - 1, 5, 1}, (const uint64_t[]){2, 2, 1});
}

Test(input, mixes_wide_tables_and_reductions)
{
    quorsum_field f[2] = {SCALED("v", 2000, 1), REDUCED("n", "v[7]", COUNT, 1)};
    char *text = malloc(60000);
    int64_t want[2001];
    size_t len = 0;

    cr_assert_not_null(text);
    for (unsigned i = 0; i < 2000; i++)
        len += (size_t)sprintf(text + len, "%sv[%u]", i > 0 ? "," : "", i * 7 % 2000);
    for (unsigned i = 0; i < 2000; i++) {
        len += (size_t)sprintf(text + len, "%s%u", i > 0 ? "," : "\n", i);
        want[i * 7 % 2000] = i;
    }
    want[2000] = 1;
    expect_values(f, 2, test_file_of(text, len), want, NULL);
    free(text);
}

Test(input, refuses_cells_by_row_and_column)
{
    const quorsum_field down = SCALED("x", 2, 1);
    const quorsum_field across = SCALED("v", 2, 1);
    const quorsum_field sum = REDUCED("total", "x", SUM, 1);
    const quorsum_field count = REDUCED("n", "x", COUNT, 1);
    const quorsum_status no = QUORSUM_ERR_NOT_A_NUMBER;

    expect_refusal(&down, 1, test_file("x,y\n1,1\nNaN,1\n"), no, "row 2", "\"x\"", "NaN");
    expect_refusal(&down, 1, test_file("x,y\n-inf,1\n"), no, "row 1", "\"x\"", "infinite");
    expect_refusal(&down, 1, test_file("x,y\n1,1\n secret ,1\n"), no, "row 2", "\"x\"", "not a number");
    expect_refusal(&down, 1, test_file("x,y\n1,1\n,1\n"), no, "row 2", "\"x\"", "empty");
    expect_refusal(&across, 1, test_file("v[0],v[1]\n1,z\n"), no, "row 1", "\"v[1]\"", "not a number");
    expect_refusal(&sum, 1, test_file("x,y\n1,1\n,2\nnan,3\n"), no, "row 3", "\"x\"", "NaN");
    expect_refusal(&sum, 1, test_file("x,y\nzz,1\n"), no, "row 1", "\"x\"", "not a number");
    expect_refusal(&count, 1, test_file("x,y\nzz,1\nNaN,2\n"), no, "row 2", "\"x\"", "NaN");
    expect_refusal(&sum, 1, test_file("x,y\n1e38,1\n"), QUORSUM_ERR_LIMIT, "row 1", "\"x\"", "too large");
}

Test(input, says_nothing_of_a_cells_content)
{
    const quorsum_field f = SCALED("x", 1, 1);
    quorsum_plan *plan = plan_of(&f, 1);
    tool_input input;
    char error[256];

    cr_expect_eq(tool_input_read(&input, plan, test_file("x\nsecret\n"), error), QUORSUM_ERR_NOT_A_NUMBER);
    cr_expect_null(strstr(error, "secret"));
    test_file_remove();
    quorsum_plan_free(plan);
}

Test(input, refuses_tables_of_another_shape)
{
    const quorsum_field down = SCALED("x", 2, 1);
    const quorsum_field across = SCALED("v", 2, 1);
    const quorsum_status width = QUORSUM_ERR_WIDTH;

    expect_refusal(&down, 1, test_file("x\n1\n"), width, "1 rows", "\"x\"", "2 values");
    expect_refusal(&down, 1, test_file("x\n1\n2\n3\n"), width, "row 3", "\"x\"", "more rows");
    expect_refusal(&across, 1, test_file("v[0],v[1]\n"), width, "0 rows", "\"v\"", "1 values");
    expect_refusal(&across, 1, test_file("v[0],v[1]\n1,2\n1,2\n"), width, "row 2", "\"v[0]\"", "more rows");
    expect_refusal(&down, 1, test_file("x,y\n1,2\n3\n"), width, "row 2", "fewer", "2 columns");
    expect_refusal(&down, 1, test_file("x,y\n1,2,3\n3,4\n"), width, "row 1", "more", "2 columns");
    expect_refusal(&down, 1, test_file("x,y\n1,\"2\n3,4\n"), QUORSUM_ERR_NOT_CANONICAL, "line 4", "quoted", "");
    expect_refusal(&down, 1, test_file(""), QUORSUM_ERR_NOT_CANONICAL, "no header line", "", "");
}

Test(input, refuses_columns_that_are_missing_or_ambiguous)
{
    const quorsum_field down = SCALED("x", 2, 1);
    const quorsum_field sum = REDUCED("total", "col", SUM, 1);
    const quorsum_status status = QUORSUM_ERR_FIELDS;

    expect_refusal(&down, 1, test_file("y,X\n1,1\n"), status, "no column \"x\"", "field \"x\"", "");
    expect_refusal(&down, 1, test_file("x[0],y\n1,1\n"), status, "no column \"x[1]\"", "field \"x\"", "");
    expect_refusal(&down, 1, test_file("x,y,x\n1,1,1\n"), status, "more than one column \"x\"", "field \"x\"", "");
    expect_refusal(&sum, 1, test_file("total,col[0]\n1,1\n"), status, "no column \"col\"", "field \"total\"", "");
}

Test(input, shows_no_control_characters_of_a_file)
{
    const quorsum_field f = SCALED("a\x1b[2J\nb", 1, 1);
    quorsum_plan *plan = plan_of(&f, 1);
    tool_input input;
    char error[256];

    cr_expect_eq(tool_input_read(&input, plan, test_file("x\n1\n"), error), QUORSUM_ERR_FIELDS);
    cr_expect_not_null(strstr(error, "a?[2J?b"));
    for (const char *at = error; *at != '\0'; at++)
        cr_expect_geq((unsigned char)*at, 0x20);
    test_file_remove();
    quorsum_plan_free(plan);
}

Test(input, says_when_a_file_is_not_there_or_not_readable)
{
    const quorsum_field f = SCALED("x", 1, 1);

    expect_refusal(&f, 1, "/nowhere/at/all", QUORSUM_ERR_NOT_FOUND, "/nowhere/at/all", "", "");
    expect_refusal(&f, 1, "/tmp", QUORSUM_ERR_SYSTEM, "/tmp", "", "");
}

/* ---- arrays ---- */

static const char *vector(const char *name)
{
    static char path[4096];
    const char *top = getenv("top_srcdir");

    snprintf(path, sizeof path, "%s/tests/vectors/npy/%s", top != NULL ? top : ".", name);
    return path;
}

Test(input, reads_every_kind_of_array)
{
    const quorsum_field f[2] = {SCALED("a", 2, 8), SCALED("b", 4, 1)};
    static const char *const floats[] = {"f8.npy", "f8_2d.npy", "f8_big.npy", "f4.npy", "f4_big_v3.npy",
                                         "f8_row_fortran.npy"};
    static const char *const integers[] = {"i4.npy", "i4_big.npy", "i8_v2.npy", "i8_big.npy"};

    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
        expect_values(f, 2, vector(floats[i]), (const int64_t[]){12, -18, 0, 1000, 0, 65536}, NULL);
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        expect_values(f, 2, vector(integers[i]), (const int64_t[]){8, -16, 3, 1000, -5, 65536}, NULL);
}

Test(input, clips_arrays_too)
{
    quorsum_field f = SCALED("a", 6, 1000);
    const int64_t top = ((int64_t)1 << 39) - 1;

    expect_values(&f, 1, vector("i8_extreme.npy"), (const int64_t[]){top, -top - 1, top, -top - 1, 0, 1000},
                  (const uint64_t[]){4});
    f.clip = 2;
    f.scale = 1;
    expect_values(&f, 1, vector("f8.npy"), (const int64_t[]){2, -2, 0, 2, 0, 2}, (const uint64_t[]){2});
}

Test(input, refuses_arrays_by_what_is_wrong_with_them)
{
    const quorsum_field f = SCALED("a", 6, 1);
    const quorsum_field five = SCALED("a", 5, 1);
    const quorsum_field sum = REDUCED("s", "x", SUM, 1);
    const quorsum_status no = QUORSUM_ERR_NOT_CANONICAL;

    expect_refusal(&f, 1, vector("f8_nan.npy"), QUORSUM_ERR_NOT_A_NUMBER, "row 2", "column 2", "NaN");
    expect_refusal(&f, 1, vector("f4_infinite.npy"), QUORSUM_ERR_NOT_A_NUMBER, "row 3", "column 1", "infinite");
    expect_refusal(&f, 1, vector("f8_fortran.npy"), no, "Fortran order", "", "");
    expect_refusal(&f, 1, vector("f8_3d.npy"), QUORSUM_ERR_WIDTH, "3 dimensions", "", "");
    expect_refusal(&f, 1, vector("f8_0d.npy"), QUORSUM_ERR_WIDTH, "0 dimensions", "", "");
    expect_refusal(&f, 1, vector("f2.npy"), no, "\"<f2\"", "float32", "");
    expect_refusal(&f, 1, vector("u1.npy"), no, "\"|u1\"", "int64", "");
    expect_refusal(&f, 1, vector("records.npy"), no, "plain array", "", "");
    expect_refusal(&five, 1, vector("f8.npy"), QUORSUM_ERR_WIDTH, "6 elements", "5 values", "");
    expect_refusal(&five, 1, vector("f8_2d.npy"), QUORSUM_ERR_WIDTH, "2 x 3 elements", "5 values", "");
    expect_refusal(&sum, 1, vector("f8.npy"), QUORSUM_ERR_FIELDS, "\"s\"", "column", "");
}

static size_t load(const char *name, char *out, size_t size)
{
    FILE *file = fopen(vector(name), "rb");
    size_t len;

    cr_assert_not_null(file);
    len = fread(out, 1, size, file);
    fclose(file);
    return len;
}

Test(input, refuses_every_truncation_of_an_array_and_a_byte_more)
{
    const quorsum_field f = SCALED("a", 6, 1);
    quorsum_plan *plan = plan_of(&f, 1);
    char bytes[512] = {0};
    size_t len = load("f8_2d.npy", bytes, sizeof bytes);
    tool_input input;
    char error[256];

    for (size_t cut = 0; cut < len; cut++)
        cr_expect_eq(tool_input_read(&input, plan, test_file_of(bytes, cut), error),
                     cut < 6 ? (cut == 0 ? QUORSUM_ERR_NOT_CANONICAL : QUORSUM_ERR_FIELDS) : QUORSUM_ERR_NOT_CANONICAL,
                     "%zu: %s", cut, error);
    cr_expect_eq(tool_input_read(&input, plan, test_file_of(bytes, len + 1), error), QUORSUM_ERR_NOT_CANONICAL);
    cr_expect_not_null(strstr(error, "left over"));
    quorsum_plan_free(plan);
    test_file_remove();
}

/* The header replaced by another text of any length. */
static quorsum_status with_header(const char *header, char version)
{
    const quorsum_field f = SCALED("a", 1, 1);
    quorsum_plan *plan = plan_of(&f, 1);
    size_t len = strlen(header);
    char bytes[512] = "\x93NUMPY";
    tool_input input;
    char error[256];
    quorsum_status status;

    bytes[6] = version;
    bytes[8] = (char)len;
    memcpy(bytes + 10, header, len);
    status = tool_input_read(&input, plan, test_file_of(bytes, 10 + len + 8), error);
    tool_input_free(&input);
    quorsum_plan_free(plan);
    test_file_remove();
    return status;
}

Test(input, reads_a_header_strictly)
{
    static const char *const good[] = {
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n",
        "{\"descr\":\"<f8\",\"fortran_order\":True,\"shape\":(1,)}",
        "{'shape': (1, 1), 'fortran_order': False, 'descr': '<i8'}   \n",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1L,), }",
    };
    static const char *const bad[] = {
        "", "{}", "{", "'descr'",
        "{'descr': '<f8', 'fortran_order': False}",
        "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f8' 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1 1)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)",
        "{'descr': '<f8\\'', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8 and a good deal more than that', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '=f8', 'fortran_order': False, 'shape': (1,)}",
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect_eq(with_header(good[i], 1), QUORSUM_OK, "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_eq(with_header(bad[i], 1), QUORSUM_ERR_NOT_CANONICAL, "%s", bad[i]);
    cr_expect_eq(with_header(good[0], 0), QUORSUM_ERR_VERSION);
    cr_expect_eq(with_header(good[0], 4), QUORSUM_ERR_VERSION);
    /* 2^63 x 2 elements must not look like none */
    cr_expect_eq(with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775808, 2)}", 1),
                 QUORSUM_ERR_WIDTH);
    cr_expect_eq(with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967297)}", 1),
                 QUORSUM_ERR_WIDTH);
}

/* ---- stdin ---- */

static void expect_from_pipe(const quorsum_field *f, const void *data, size_t len, const int64_t *want)
{
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], data, len), (ssize_t)len);
    close(ends[1]);
    cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    expect_values(f, 1, "-", want, NULL);
}

Test(input, tells_the_format_of_a_pipe_by_its_first_bytes)
{
    const quorsum_field f = SCALED("x", 6, 8);
    char bytes[512];
    size_t len = load("f4.npy", bytes, sizeof bytes);

    expect_from_pipe(&f, bytes, len, (const int64_t[]){12, -18, 1, 8000, -4, 524288});
    expect_from_pipe(&f, "x\n1\n2\n3\n4\n5\n6\n", 14, (const int64_t[]){8, 16, 24, 32, 40, 48});
}

/* ---- choices ---- */

static quorsum_plan *ballot(void)
{
    static const char *const people[] = {"Alice", "Bob", "a=b"};
    static const char *const answers[] = {"yes", "no"};
    quorsum_field fields[3] = {
        {.name = "Mayor", .count = 3, .bits = 1, .scale = 1, .options = people, .choose_min = 0, .choose_max = 1},
        {.name = "Council", .count = 3, .bits = 1, .scale = 1, .options = people, .choose_min = 1, .choose_max = 2},
        {.name = "x=y", .count = 2, .bits = 1, .scale = 1, .options = answers, .choose_min = 0, .choose_max = 1}};
    quorsum_plan_options o = {.max_cohort = 2, .plaintext_bits = 2048, .level = QUORSUM_LEVEL_BALLOT};
    quorsum_plan *plan = NULL;

    cr_assert_eq(quorsum_plan_new(&plan, fields, 3, &o, NULL), QUORSUM_OK);
    return plan;
}

Test(input, takes_choices_by_name)
{
    static const char *const choices[] = {"Council=a=b", "Mayor=Bob", "Council=Alice", "x=y=no"};
    static const int64_t want[8] = {0, 1, 0, 1, 0, 1, 0, 1};
    quorsum_plan *plan = ballot();
    tool_input input;
    char error[256];

    cr_assert_eq(tool_input_choices(&input, plan, choices, 4, error), QUORSUM_OK, "%s", error);
    cr_assert_eq(input.count, 8);
    cr_expect_arr_eq(input.values, want, sizeof want);
    tool_input_free(&input);
    cr_assert_eq(tool_input_choices(&input, plan, (const char *const[]){"Mayor=", "Council=Bob"}, 2, error), QUORSUM_OK);
    cr_expect(input.values[0] == 0 && input.values[4] == 1);
    tool_input_free(&input);
    quorsum_plan_free(plan);
}

Test(input, refuses_choices_by_name_and_reason)
{
    static const struct {
        const char *choices[4];
        size_t count;
        const char *says, *too;
    } bad[] = {
        {{"Mayor=Bob"}, 1, "Council", "0 chosen"},
        {{"Council=Bob", "Council=Alice", "Council=a=b"}, 3, "Council", "3 chosen"},
        {{"Council=Bob", "Mayor=Bob", "Mayor=Alice"}, 3, "Mayor", "2 chosen"},
        {{"Council=Bob", "Council=Bob"}, 2, "Council=Bob", "twice"},
        {{"Council=bob"}, 1, "Council=bob", "no such option; it has Alice, Bob"},
        {{"Mayors=Bob"}, 1, "Mayors=Bob", "no such field; it has Mayor, Council, x=y"},
        {{"Council"}, 1, "Council", "FIELD=OPTION"},
    };
    quorsum_field number = SCALED("v", 1, 1);
    quorsum_plan *plan = ballot();
    tool_input input;
    char error[256];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(tool_input_choices(&input, plan, bad[i].choices, bad[i].count, error), QUORSUM_ERR_CHOICE);
        cr_expect(strstr(error, bad[i].says) && strstr(error, bad[i].too), "%zu: %s", i, error);
        cr_expect_null(input.values);
    }
    quorsum_plan_free(plan);
    plan = plan_of(&number, 1);
    cr_expect_eq(tool_input_choices(&input, plan, bad[0].choices, 1, error), QUORSUM_ERR_CHOICE);
    cr_expect(strstr(error, "sums numbers"));
    quorsum_plan_free(plan);
}
