/* SPDX-License-Identifier: Apache-2.0 */
/* Results as table, CSV, JSON and NumPy array. Numbers never depend on the locale. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tools/quorsum/command.h"
#include "tools/quorsum/source.h"
#include "tools/quorsum/totals.h"

void tool_statement_make(tool_statement *out, const quorsum_task *task, const quorsum_result *result)
{
    const quorsum_key_record *record = quorsum_task_record(task);
    const quorsum_public_key *key = quorsum_key_record_public(record);

    memset(out, 0, sizeof *out);
    out->label = quorsum_task_label(task);
    out->scheme = "Damgard-Jurik, root opening";
    tool_hex(out->key, quorsum_key_record_digest(record), QUORSUM_DIGEST_BYTES);
    tool_hex(out->task, quorsum_task_digest(task), QUORSUM_DIGEST_BYTES);
    out->bits = quorsum_public_key_bits(key);
    out->degree = quorsum_public_key_degree(key);
    out->trustees = quorsum_key_record_trustees(record);
    out->quorum = quorsum_key_record_quorum(record);
    out->cohort = quorsum_result_cohort(result);
    out->opened_by_count = quorsum_result_trustees(result, &out->opened_by);
    out->weight = quorsum_result_weight(result);
    out->weighted = quorsum_task_weight_bits(task) > 0;
}

static int decimals(uint64_t scale)
{
    int count = 0;

    while (scale > 1 && scale % 10 == 0) {
        scale /= 10;
        count++;
    }
    return scale == 1 ? count : -1;
}

void tool_total_text(char *out, const quorsum_field *field, int64_t total)
{
    uint64_t magnitude = total < 0 ? 0 - (uint64_t)total : (uint64_t)total;
    int places = decimals(field->scale);

    if (places < 0 || places > 19) /* 10^19 is the last power of ten below 2^64 */
        snprintf(out, 64, "%.17g", (double)total / (double)field->scale);
    else if (places == 0)
        snprintf(out, 64, "%" PRId64, total);
    else
        snprintf(out, 64, "%s%" PRIu64 ".%0*" PRIu64, total < 0 ? "-" : "", magnitude / field->scale, places,
                 magnitude % field->scale);
}

void tool_value_name(char out[TOOL_VALUE_NAME], const quorsum_field *field, uint32_t index)
{
    if (field->options != NULL)
        snprintf(out, TOOL_VALUE_NAME, "%s=%s", field->name, field->options[index]);
    else if (field->count == 1)
        snprintf(out, TOOL_VALUE_NAME, "%s", field->name);
    else
        snprintf(out, TOOL_VALUE_NAME, "%s[%u]", field->name, index);
    tool_clean(out);
}

static void opened_by_text(char *out, size_t size, const tool_statement *s)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < s->opened_by_count && at + 8 < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%u", i == 0 ? "" : " ", s->opened_by[i]);
}

static void put_statement(FILE *to, const char *prefix, const tool_statement *s)
{
    char trustees[2048];
    char label[512]; /* 256 bytes at most */

    opened_by_text(trustees, sizeof trustees, s);
    snprintf(label, sizeof label, "%s", s->label);
    tool_clean(label); /* one line, or it could look like others of this page */
    if (label[0] != '\0')
        fprintf(to, "%slabel     %s\n", prefix, label);
    fprintf(to, "%sscheme    %s, %u bits, degree %u\n", prefix, s->scheme, s->bits, s->degree);
    fprintf(to, "%skey       %s\n%stask      %s\n", prefix, s->key, prefix, s->task);
    fprintf(to, "%scohort    %u contributions\n", prefix, s->cohort);
    if (s->weighted)
        fprintf(to, "%sweight    %" PRId64 " in all\n", prefix, s->weight);
    fprintf(to, "%strustees  %s of %u (quorum %u)\n", prefix, trustees, s->trustees, s->quorum);
}

static double mean(const tool_statement *s, const quorsum_field *field, int64_t total)
{
    return s->weight == 0 ? 0 : (double)total / (double)field->scale / (double)s->weight;
}

int tool_format_table(FILE *to, const tool_statement *statement, const quorsum_plan *plan, const int64_t *totals)
{
    char total[64];

    put_statement(to, "", statement);
    fprintf(to, "\n%-40s %24s %24s\n", "field", "total", statement->weighted ? "weighted mean" : "total / cohort");
    for (size_t i = 0; i < quorsum_plan_fields(plan); i++) {
        const quorsum_field *field = quorsum_plan_field(plan, i);
        const int64_t *first = totals + quorsum_plan_offset(plan, i);

        for (uint32_t j = 0; j < field->count; j++) {
            char name[TOOL_VALUE_NAME];

            tool_value_name(name, field, j);
            tool_total_text(total, field, first[j]);
            fprintf(to, "%-40s %24s %24.10g\n", name, total, mean(statement, field, first[j]));
        }
    }
    return 0;
}

static void put_csv_text(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

int tool_format_csv(FILE *to, const tool_statement *statement, const quorsum_plan *plan, const int64_t *totals)
{
    char total[64];
    int choices = quorsum_plan_level(plan) == QUORSUM_LEVEL_BALLOT;

    put_statement(to, "# ", statement);
    fprintf(to, "field,index,total,scaled_total,scale%s\n", choices ? ",option" : "");
    for (size_t i = 0; i < quorsum_plan_fields(plan); i++) {
        const quorsum_field *field = quorsum_plan_field(plan, i);
        const int64_t *first = totals + quorsum_plan_offset(plan, i);

        for (uint32_t j = 0; j < field->count; j++) {
            tool_total_text(total, field, first[j]);
            put_csv_text(to, field->name);
            fprintf(to, ",%u,%s,%" PRId64 ",%" PRIu64, j, total, first[j], field->scale);
            if (choices) {
                fputc(',', to);
                put_csv_text(to, field->options[j]);
            }
            fputc('\n', to);
        }
    }
    return 0;
}

static json_t *json_field(const quorsum_field *field, const int64_t *first)
{
    json_t *scaled = json_array(), *total = json_array(), *made;
    char text[64];

    for (uint32_t j = 0; j < field->count; j++) {
        tool_total_text(text, field, first[j]);
        json_array_append_new(scaled, json_integer(first[j]));
        json_array_append_new(total, json_string(text));
    }
    made = json_pack("{s:s, s:I, s:o, s:o}", "name", field->name, "scale", (json_int_t)field->scale, "scaled_totals",
                     scaled, "totals", total);
    if (field->options != NULL) {
        json_t *options = json_array();

        for (uint32_t j = 0; j < field->count; j++)
            json_array_append_new(options, json_string(field->options[j]));
        json_object_set_new(made, "options", options);
    }
    return made;
}

int tool_format_json(FILE *to, const tool_statement *s, const quorsum_plan *plan, const int64_t *totals)
{
    json_t *fields = json_array(), *trustees = json_array(), *document;
    int result = -1;

    for (size_t i = 0; i < s->opened_by_count; i++)
        json_array_append_new(trustees, json_integer((json_int_t)s->opened_by[i]));
    for (size_t i = 0; i < quorsum_plan_fields(plan); i++)
        json_array_append_new(fields, json_field(quorsum_plan_field(plan, i), totals + quorsum_plan_offset(plan, i)));
    document = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:I, s:o, s:o}", "label", s->label, "scheme",
                         s->scheme, "key", s->key, "task", s->task, "bits", (int)s->bits, "degree", (int)s->degree,
                         "trustees", (int)s->trustees, "quorum", (int)s->quorum, "cohort", (int)s->cohort, "weight",
                         (json_int_t)s->weight, "opened_by", trustees, "fields", fields);
    if (document != NULL && json_dumpf(document, to, JSON_INDENT(1)) == 0)
        result = fputc('\n', to) == '\n' ? 0 : -1;
    json_decref(document);
    return result;
}

int tool_format_npy(FILE *to, const tool_statement *statement, const quorsum_plan *plan, const int64_t *totals)
{
    size_t values = quorsum_plan_values(plan);
    char header[128];
    int len;

    put_statement(stderr, "", statement); /* an array has no room for it */
    len = snprintf(header, sizeof header, "{'descr': '<f8', 'fortran_order': False, 'shape': (%zu,), }", values);
    memset(header + len, ' ', sizeof header - (size_t)len);
    header[117] = '\n'; /* 10 bytes of magic and length, then 118: 128 in all */
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, to);
    fwrite(header, 1, 118, to);
    for (size_t i = 0; i < quorsum_plan_fields(plan); i++) {
        const quorsum_field *field = quorsum_plan_field(plan, i);

        for (uint32_t j = 0; j < field->count; j++) {
            double number = (double)totals[quorsum_plan_offset(plan, i) + j] / (double)field->scale;
            uint64_t bits;
            uint8_t bytes[8];

            memcpy(&bits, &number, 8);
            for (int k = 0; k < 8; k++)
                bytes[k] = (uint8_t)(bits >> 8 * k);
            fwrite(bytes, 1, 8, to);
        }
    }
    return ferror(to) ? -1 : 0;
}
