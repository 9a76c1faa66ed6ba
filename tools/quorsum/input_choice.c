/* SPDX-License-Identifier: Apache-2.0 */
/* A ballot from the command line: FIELD=OPTION, as often as there are choices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "tools/quorsum/input_format.h"

static size_t chosen(const tool_input *input, const quorsum_plan *plan, size_t field)
{
    size_t sum = 0;

    for (uint32_t i = 0; i < quorsum_plan_field(plan, field)->count; i++)
        sum += (size_t)input->values[quorsum_plan_offset(plan, field) + i];
    return sum;
}

/* The field whose name and a '=' the choice begins with; *option is what follows. */
static const quorsum_field *find_field(const quorsum_plan *plan, const char *choice, size_t *index, const char **option)
{
    for (size_t i = 0; i < quorsum_plan_fields(plan); i++) {
        const quorsum_field *field = quorsum_plan_field(plan, i);
        size_t len = strlen(field->name);

        if (field->options != NULL && strncmp(choice, field->name, len) == 0 && choice[len] == '=') {
            *index = i;
            *option = choice + len + 1;
            return field;
        }
    }
    return NULL;
}

#define LIST 120 /* bytes of the names that a mistyped one is answered with */

/* Adds a name to those that there are; "..." stands for all that have no room. */
static void list_name(char list[LIST], const char *name)
{
    char shown[TOOL_SHOWN];
    size_t len = strlen(list);
    const char *comma = len == 0 ? "" : ", ";

    if (len >= 5 && strcmp(list + len - 5, ", ...") == 0)
        return;
    tool_shown(shown, name);
    if (len + strlen(comma) + strlen(shown) + sizeof ", ..." <= LIST)
        snprintf(list + len, LIST - len, "%s%s", comma, shown);
    else
        snprintf(list + len, LIST - len, "%s...", comma);
}

static quorsum_status no_field(const quorsum_plan *plan, const char *choice, char error[TOOL_ERROR])
{
    char shown[TOOL_SHOWN], list[LIST] = "";

    if (strchr(choice, '=') == NULL)
        return tool_fault(error, QUORSUM_ERR_CHOICE, "--choice \"%s\": a choice is written FIELD=OPTION",
                          tool_shown(shown, choice));
    for (size_t i = 0; i < quorsum_plan_fields(plan); i++)
        list_name(list, quorsum_plan_field(plan, i)->name);
    return tool_fault(error, QUORSUM_ERR_CHOICE, "--choice \"%s\": the task has no such field; it has %s",
                      tool_shown(shown, choice), list);
}

static quorsum_status no_option(const quorsum_field *field, const char *choice, char error[TOOL_ERROR])
{
    char shown[TOOL_SHOWN], list[LIST] = "";

    for (uint32_t i = 0; i < field->count; i++)
        list_name(list, field->options[i]);
    return tool_fault(error, QUORSUM_ERR_CHOICE, "--choice \"%s\": the field has no such option; it has %s",
                      tool_shown(shown, choice), list);
}

static quorsum_status choose(tool_input *out, const quorsum_plan *plan, const char *choice, char error[TOOL_ERROR])
{
    char shown[TOOL_SHOWN];
    const char *option = NULL;
    size_t index = 0;
    const quorsum_field *field = find_field(plan, choice, &index, &option);

    if (field == NULL)
        return no_field(plan, choice, error);
    if (option[0] == '\0') /* "FIELD=": nothing is chosen */
        return QUORSUM_OK;
    for (uint32_t i = 0; i < field->count; i++) {
        int64_t *value = &out->values[quorsum_plan_offset(plan, index) + i];

        if (strcmp(option, field->options[i]) != 0)
            continue;
        if (*value != 0)
            return tool_fault(error, QUORSUM_ERR_CHOICE, "--choice \"%s\": given twice", tool_shown(shown, choice));
        *value = 1;
        return QUORSUM_OK;
    }
    return no_option(field, choice, error);
}

static quorsum_status check_counts(const tool_input *input, const quorsum_plan *plan, char error[TOOL_ERROR])
{
    for (size_t i = 0; i < quorsum_plan_fields(plan); i++) {
        const quorsum_field *field = quorsum_plan_field(plan, i);
        size_t count = chosen(input, plan, i);
        char shown[TOOL_SHOWN];

        if (count < field->choose_min || count > field->choose_max)
            return tool_fault(error, QUORSUM_ERR_CHOICE, "field \"%s\": %zu chosen, the task takes %u to %u",
                              tool_shown(shown, field->name), count, field->choose_min, field->choose_max);
    }
    return QUORSUM_OK;
}

quorsum_status tool_input_choices(tool_input *out, const quorsum_plan *plan, const char *const *choices, size_t count,
                                  char error[TOOL_ERROR])
{
    quorsum_status status = QUORSUM_OK;

    *out = (tool_input){.count = quorsum_plan_values(plan)};
    error[0] = '\0';
    if (quorsum_plan_level(plan) != QUORSUM_LEVEL_BALLOT)
        return tool_fault(error, QUORSUM_ERR_CHOICE, "--choice: the task has no choices, it sums numbers: give --input");
    out->values = qs_secret_block(out->count * sizeof *out->values);
    out->clipped = calloc(quorsum_plan_fields(plan), sizeof *out->clipped);
    if (out->values == NULL || out->clipped == NULL)
        status = tool_fault(error, QUORSUM_ERR_MEMORY, "no memory for %zu values", out->count);
    for (size_t i = 0; i < count && status == QUORSUM_OK; i++)
        status = choose(out, plan, choices[i], error);
    if (status == QUORSUM_OK)
        status = check_counts(out, plan, error);
    if (status != QUORSUM_OK)
        tool_input_free(out);
    return status;
}
