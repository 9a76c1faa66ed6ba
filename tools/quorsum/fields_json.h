/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a task as people write them: a JSON file.
 *
 *     {"label": "text", "weight_bits": 0, "guard_bits": 1,
 *      "fields": [{"name": "age", "count": 1, "bits": 16, "signed": true, "scale": 100, "clip": 120.0,
 *                  "column": "age", "reduce": "none" | "count" | "sum" | "sum-of-squares"}]}
 *     {"norm": 10.0, "fields": [{"name": "update", "count": 1000, "bits": 24, "scale": 65536}]}
 *     {"fields": [{"name": "Mayor", "choose": {"min": 0, "max": 1}, "options": ["Alice", "Bob"]}]}
 *
 * A norm bounds the square root of the sum of the squares of all values, in the values' own units, so all fields have
 * one scale then. Choices make a ballot: all fields are choices or none is. Both follow quorsum/plan.h's levels.
 *
 * Defaults: count 1, bits 32, signed true, scale 1, no clip, column = name, reduce none, weight_bits 0, guard_bits 1,
 * label "". `clip` is in the value's own units and becomes round(clip * scale). Unknown keys are refused by name.
 */
#ifndef TOOL_FIELDS_JSON_H
#define TOOL_FIELDS_JSON_H

#include "quorsum.h"

typedef struct tool_fields {
    quorsum_field *fields;
    size_t count;
    const char **options; /* of all fields, one behind the other */
    char *label;
    uint32_t weight_bits;
    uint32_t guard_bits;
    quorsum_level level;
    uint64_t norm_squared;
    void *document; /* owns the strings */
} tool_fields;

/* QUORSUM_ERR_NOT_FOUND, _SYSTEM, _MEMORY or _FIELDS; error then says file, field and reason. */
quorsum_status tool_fields_read(tool_fields *out, const char *path, char error[256]);
void tool_fields_free(tool_fields *fields);

#endif
