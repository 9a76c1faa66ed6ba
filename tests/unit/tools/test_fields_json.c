/* SPDX-License-Identifier: Apache-2.0 */
/* Field lists: defaults, every key, and refusals that name the field and the reason. */
#include "tools/quorsum/fields_json.h"

#include "tests/unit/tools/files.h"

Test(fields_json, fills_in_the_defaults)
{
    tool_fields fields;
    char error[256];

    cr_assert_eq(tool_fields_read(&fields, test_file("{\"fields\": [{\"name\": \"age\"}]}"), error), QUORSUM_OK, "%s",
                 error);
    test_file_remove();
    cr_assert_eq(fields.count, 1);
    cr_expect_str_eq(fields.fields[0].name, "age");
    cr_expect_eq(fields.fields[0].count, 1);
    cr_expect_eq(fields.fields[0].bits, 32);
    cr_expect_eq(fields.fields[0].is_signed, 1);
    cr_expect_eq(fields.fields[0].scale, 1);
    cr_expect_eq(fields.fields[0].clip, 0);
    cr_expect_null(fields.fields[0].column);
    cr_expect_eq(fields.fields[0].reduce, QUORSUM_REDUCE_NONE);
    cr_expect_eq(fields.weight_bits, 0);
    cr_expect_eq(fields.guard_bits, 1);
    cr_expect_str_eq(fields.label, "");
    tool_fields_free(&fields);
    tool_fields_free(&fields); /* empties */
}

Test(fields_json, reads_every_key)
{
    static const char text[] =
        "{\"label\": \"caf\\u00e9\", \"weight_bits\": 40, \"guard_bits\": 0, \"fields\": [\n"
        "  {\"name\": \"v\", \"count\": 1e5, \"bits\": 16, \"signed\": false, \"scale\": 1e6, \"clip\": 0.5,\n"
        "   \"column\": \"c\"},\n"
        "  {\"name\": \"n\", \"reduce\": \"count\", \"clip\": 7},\n"
        "  {\"name\": \"s\", \"reduce\": \"sum\", \"scale\": 9007199254740992},\n"
        "  {\"name\": \"q\", \"reduce\": \"sum-of-squares\"}, {\"name\": \"w\", \"reduce\": \"none\"}]}";
    tool_fields fields;
    char error[256];

    cr_assert_eq(tool_fields_read(&fields, test_file(text), error), QUORSUM_OK, "%s", error);
    test_file_remove();
    cr_assert_eq(fields.count, 5);
    cr_expect_str_eq(fields.label, "caf\xc3\xa9");
    cr_expect_eq(fields.weight_bits, 40);
    cr_expect_eq(fields.guard_bits, 0);
    cr_expect_eq(fields.fields[0].count, 100000);
    cr_expect_eq(fields.fields[0].bits, 16);
    cr_expect_eq(fields.fields[0].is_signed, 0);
    cr_expect_eq(fields.fields[0].scale, 1000000);
    cr_expect_eq(fields.fields[0].clip, 500000);
    cr_expect_str_eq(fields.fields[0].column, "c");
    cr_expect_eq(fields.fields[1].reduce, QUORSUM_REDUCE_COUNT);
    cr_expect_eq(fields.fields[1].clip, 7);
    cr_expect_eq(fields.fields[2].reduce, QUORSUM_REDUCE_SUM);
    cr_expect_eq(fields.fields[2].scale, (uint64_t)1 << 53);
    cr_expect_eq(fields.fields[3].reduce, QUORSUM_REDUCE_SUM_SQUARES);
    cr_expect_eq(fields.fields[4].reduce, QUORSUM_REDUCE_NONE);
    tool_fields_free(&fields);
}

static void expect_refusal(const char *text, const char *a, const char *b)
{
    tool_fields fields;
    char error[256];

    cr_expect_eq(tool_fields_read(&fields, test_file(text), error), QUORSUM_ERR_FIELDS, "%s", text);
    cr_expect(strstr(error, test_path) && strstr(error, a) && strstr(error, b), "\"%s\" lacks one of: %s, %s", error, a,
              b);
    cr_expect(fields.fields == NULL && fields.label == NULL && fields.document == NULL);
    test_file_remove();
}

/* A member of field "f" that is refused, and the key is named. */
static void expect_bad_member(const char *member, const char *names)
{
    char text[256];

    snprintf(text, sizeof text, "{\"fields\": [{\"name\": \"first\"}, {\"name\": \"f\", %s}]}", member);
    expect_refusal(text, "field \"f\"", names);
}

Test(fields_json, refuses_members_by_field_and_reason)
{
    expect_bad_member("\"cuont\": 3", "unknown key \"cuont\"");
    expect_bad_member("\"count\": 0", "\"count\"");
    expect_bad_member("\"count\": 67108865", "\"count\"");
    expect_bad_member("\"count\": 1.5", "\"count\"");
    expect_bad_member("\"count\": -1", "\"count\"");
    expect_bad_member("\"count\": \"3\"", "\"count\"");
    expect_bad_member("\"count\": null", "\"count\"");
    expect_bad_member("\"bits\": 0", "\"bits\"");
    expect_bad_member("\"bits\": 63", "\"bits\"");
    expect_bad_member("\"signed\": 1", "\"signed\"");
    expect_bad_member("\"scale\": 0", "\"scale\"");
    expect_bad_member("\"scale\": 0.1", "\"scale\"");
    expect_bad_member("\"scale\": 9007199254740993", "\"scale\"");
    expect_bad_member("\"scale\": 1e300", "\"scale\"");
    expect_bad_member("\"clip\": 0", "\"clip\"");
    expect_bad_member("\"clip\": -5", "\"clip\"");
    expect_bad_member("\"clip\": 0.5", "\"clip\""); /* times scale 1: rounds to 0, to even */
    expect_bad_member("\"clip\": 1e300", "\"clip\"");
    expect_bad_member("\"clip\": \"5\"", "\"clip\"");
    expect_bad_member("\"column\": 5", "\"column\"");
    expect_bad_member("\"reduce\": \"mean\"", "\"reduce\"");
    expect_bad_member("\"reduce\": 1", "\"reduce\"");
    expect_bad_member("\"reduce\": \"sum\", \"count\": 2", "\"count\" must be 1");
}

Test(fields_json, reads_choices)
{
    static const char text[] = "{\"fields\": [\n"
                               "  {\"name\": \"Mayor\", \"choose\": {\"min\": 0, \"max\": 1}, \"options\": [\"Alice\", \"Bob\"]},\n"
                               "  {\"name\": \"Council\", \"choose\": {\"min\": 2, \"max\": 3}, \"column\": \"c\",\n"
                               "   \"options\": [\"x\", \"y\", \"Alice\"]}]}";
    tool_fields fields;
    char error[256];

    cr_assert_eq(tool_fields_read(&fields, test_file(text), error), QUORSUM_OK, "%s", error);
    test_file_remove();
    cr_assert_eq(fields.count, 2);
    cr_expect_eq(fields.level, QUORSUM_LEVEL_BALLOT);
    cr_expect_eq(fields.norm_squared, 0);
    cr_expect(fields.fields[0].count == 2 && fields.fields[0].bits == 1 && fields.fields[0].is_signed == 0 &&
              fields.fields[0].scale == 1 && fields.fields[0].choose_min == 0 && fields.fields[0].choose_max == 1);
    cr_expect(fields.fields[1].count == 3 && fields.fields[1].choose_min == 2 && fields.fields[1].choose_max == 3);
    cr_expect_str_eq(fields.fields[0].options[1], "Bob");
    cr_expect_str_eq(fields.fields[1].options[2], "Alice");
    cr_expect_str_eq(fields.fields[1].column, "c");
    tool_fields_free(&fields);
}

Test(fields_json, refuses_choices_by_reason)
{
#define ALL "\"choose\": {\"min\": 0, \"max\": 1}"
#define AB "\"options\": [\"a\", \"b\"]"
    expect_bad_member("\"choose\": {\"min\": 0, \"max\": 1}", "\"options\"");
    expect_bad_member(AB, "\"choose\"");
    expect_bad_member(AB ", \"choose\": {\"min\": 0}", "\"choose\"");
    expect_bad_member(AB ", \"choose\": {\"min\": 0, \"max\": 0}", "\"max\"");
    expect_bad_member(AB ", \"choose\": {\"min\": 0, \"max\": 3}", "\"max\"");
    expect_bad_member(AB ", \"choose\": {\"min\": 2, \"max\": 1}", "\"max\"");
    expect_bad_member(AB ", \"choose\": {\"min\": 0, \"max\": 1, \"mid\": 1}", "unknown key \"mid\"");
    expect_bad_member(ALL ", \"options\": []", "\"options\"");
    expect_bad_member(ALL ", \"options\": [\"a\", 1]", "option 2");
    expect_bad_member(ALL ", \"options\": [\"a\", \"\"]", "option 2");
    expect_bad_member(ALL ", \"options\": [\"a\", \"b\", \"a\"]", "option 3");
    expect_bad_member(ALL ", " AB ", \"bits\": 2", "unknown key \"bits\"");
    expect_bad_member(ALL ", " AB ", \"count\": 2", "unknown key \"count\"");
    expect_refusal("{\"fields\": [{\"name\": \"a\"}, {\"name\": \"b\", " ALL ", " AB "}]}", "all fields are choices", "");
    expect_refusal("{\"weight_bits\": 3, \"fields\": [{\"name\": \"b\", " ALL ", " AB "}]}", "\"weight_bits\"", "");
    expect_refusal("{\"norm\": 3, \"fields\": [{\"name\": \"b\", " ALL ", " AB "}]}", "\"norm\"", "choices");
}

Test(fields_json, reads_a_norm_bound)
{
    tool_fields fields;
    char error[256];

    cr_assert_eq(tool_fields_read(&fields, test_file("{\"norm\": 2.5, \"fields\": [{\"name\": \"a\", \"scale\": 100}, "
                                                     "{\"name\": \"b\", \"scale\": 100}]}"),
                                  error),
                 QUORSUM_OK, "%s", error);
    test_file_remove();
    cr_expect_eq(fields.level, QUORSUM_LEVEL_NORM);
    cr_expect_eq(fields.norm_squared, 62500);
    tool_fields_free(&fields);
    expect_refusal("{\"norm\": 0, \"fields\": [{\"name\": \"a\"}]}", "\"norm\"", "");
    expect_refusal("{\"norm\": 1e10, \"fields\": [{\"name\": \"a\"}]}", "\"norm\"", "");
    expect_refusal("{\"norm\": \"1\", \"fields\": [{\"name\": \"a\"}]}", "\"norm\"", "");
    expect_refusal("{\"norm\": 1, \"fields\": [{\"name\": \"a\"}, {\"name\": \"b\", \"scale\": 2}]}", "one scale", "");
    expect_refusal("{\"norm\": 1, \"weight_bits\": 1, \"fields\": [{\"name\": \"a\"}]}", "\"weight_bits\"", "");
}

Test(fields_json, refuses_fields_without_a_name_of_their_own)
{
    char text[400];

    expect_refusal("{\"fields\": [{\"name\": \"a\"}, {\"bits\": 3}]}", "field 2", "no \"name\"");
    expect_refusal("{\"fields\": [{\"name\": \"\"}]}", "field 1", "no \"name\"");
    expect_refusal("{\"fields\": [{\"name\": 5}]}", "field 1", "\"name\"");
    expect_refusal("{\"fields\": [5]}", "field 1", "not an object");
    expect_refusal("{\"fields\": [{\"name\": \"a\"}, {\"name\": \"b\"}, {\"name\": \"a\"}]}", "field \"a\"", "twice");
    snprintf(text, sizeof text, "{\"fields\": [{\"name\": \"%0129d\"}]}", 0);
    expect_refusal(text, "field 1", "128 bytes");
}

Test(fields_json, refuses_documents_by_reason)
{
    expect_refusal("", "line", "");
    expect_refusal("[]", "not an object", "");
    expect_refusal("{}", "\"fields\"", "");
    expect_refusal("{\"fields\": []}", "\"fields\"", "");
    expect_refusal("{\"fields\": {\"name\": \"a\"}}", "\"fields\"", "");
    expect_refusal("{\"fields\": [{\"name\": \"a\"}], \"weights\": 1}", "unknown key \"weights\"", "");
    expect_refusal("{\"fields\": [{\"name\": \"a\"}], \"weight_bits\": 41}", "\"weight_bits\"", "");
    expect_refusal("{\"fields\": [{\"name\": \"a\"}], \"guard_bits\": 17}", "\"guard_bits\"", "");
    expect_refusal("{\"fields\": [{\"name\": \"a\"}], \"label\": 1}", "\"label\"", "");
    expect_refusal("{\"fields\": [{\"name\": \"a\", \"name\": \"b\"}]}", "duplicate", "name");
    expect_refusal("{\"fields\": [{\"name\": \"a\"}]} x", "line 1", "");
    expect_refusal("{\"fields\": [{\"name\": \"a\"},\n}", "line 2", "");
    expect_refusal("{\"fields\": [{\"name\": \"a\\u0000b\"}]}", "line 1", "");
    expect_refusal("{\"fields\": [{\"name\": \"a\", \"bits\": 99999999999999999999}]}", "line 1", "");
}

Test(fields_json, says_when_there_is_no_file)
{
    tool_fields fields;
    char error[256];

    cr_expect_eq(tool_fields_read(&fields, "/nowhere/at/all", error), QUORSUM_ERR_NOT_FOUND);
    cr_expect_not_null(strstr(error, "/nowhere/at/all"));
    cr_expect_eq(tool_fields_read(&fields, "/tmp", error), QUORSUM_ERR_SYSTEM);
}
