/* SPDX-License-Identifier: Apache-2.0 */
/* What the command reads from its user: tables, arrays, field lists, and any object at all for `show`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target.h"
#include "tools/quorsum/fields_json.h"
#include "tools/quorsum/input.h"
#include "tools/quorsum/object_print.h"
#include "tools/quorsum/source.h"
#include "world.h"

/* What was read is in range, whatever the file says. */
static void read_values(const char *path)
{
    const quorsum_plan *plan = quorsum_task_plan(fuzz_world_get()->task);
    tool_input input = {0};
    char error[TOOL_ERROR] = "";
    size_t value = 0;

    if (tool_input_read(&input, plan, path, error) == QUORSUM_OK) {
        if (input.count != quorsum_plan_values(plan))
            fuzz_stop("another number of values");
        for (size_t f = 0; f < quorsum_plan_fields(plan); f++) {
            const quorsum_field *field = quorsum_plan_field(plan, f);

            for (uint32_t i = 0; i < field->count; i++, value++) {
                int clipped = 0;

                if (quorsum_field_clip(field, input.values[value], &clipped) != input.values[value] || clipped)
                    fuzz_stop("a value out of range");
            }
        }
    } else if (error[0] == '\0' || memchr(error, '\0', sizeof error) == NULL) {
        fuzz_stop("an error without a word");
    }
    tool_input_free(&input);
}

void fuzz_csv(const uint8_t *data, size_t len)
{
    read_values(fuzz_file("input.csv", data, len));
}

/* Behind the magic, which nobody has to guess. */
void fuzz_npy(const uint8_t *data, size_t len)
{
    static uint8_t bytes[1 << 16] = "\x93NUMPY";

    if (len > sizeof bytes - 6)
        return;
    memcpy(bytes + 6, data, len);
    read_values(fuzz_file("input.npy", bytes, len + 6));
}

void fuzz_fields(const uint8_t *data, size_t len)
{
    tool_fields fields = {0};
    char error[TOOL_ERROR] = "";
    const quorsum_plan_options options = {.max_cohort = 10, .plaintext_bits = 2047};
    quorsum_plan *plan = NULL;
    size_t index = 0;

    if (tool_fields_read(&fields, fuzz_file("fields.json", data, len), error) == QUORSUM_OK)
        (void)!quorsum_plan_new(&plan, fields.fields, fields.count, &options, &index);
    else if (error[0] == '\0' || memchr(error, '\0', sizeof error) == NULL)
        fuzz_stop("an error without a word");
    quorsum_plan_free(plan);
    tool_fields_free(&fields);
}

/* stdout is nobody's here: the drivers point it at /dev/null. */
void fuzz_show(const uint8_t *data, size_t len)
{
    const quorsum_public_key *key = quorsum_key_record_public(fuzz_world_get()->record);
    object_layout layout = {.word = quorsum_public_key_modulus_bytes(key), .degree = 1, .trustees = FUZZ_TRUSTEES};
    object o;

    if (object_read(&o, data, len) != 0)
        return;
    object_print_plain(&o, &layout);
    object_print_json(&o, &layout);
    layout.word = 0;
    object_print_json(&o, &layout);
}
