/* SPDX-License-Identifier: Apache-2.0 */
/* A contributor's numbers: which format they come in, and where they go. They are private: guarded memory, wiped. */
#include "tools/quorsum/input.h"

#include <stdlib.h>

#include "lib/base/secret.h"
#include "tools/quorsum/input_format.h"

void tool_input_store(tool_input *out, const quorsum_plan *plan, size_t field, size_t index, int64_t value)
{
    int clipped;

    out->values[index] = quorsum_field_clip(quorsum_plan_field(plan, field), value, &clipped);
    out->clipped[field] += (uint64_t)clipped;
}

static quorsum_status allocate(tool_input *out, const quorsum_plan *plan, const tool_source *source,
                               char error[TOOL_ERROR])
{
    out->count = quorsum_plan_values(plan);
    out->values = qs_secret_block(out->count * sizeof *out->values);
    out->clipped = calloc(quorsum_plan_fields(plan), sizeof *out->clipped);
    if (out->values == NULL || out->clipped == NULL)
        return tool_fault(error, QUORSUM_ERR_MEMORY, "%.100s: no memory for %zu values", source->path, out->count);
    return QUORSUM_OK;
}

quorsum_status tool_input_read(tool_input *out, const quorsum_plan *plan, const char *path, char error[TOOL_ERROR])
{
    tool_source source = {0};
    quorsum_status status;

    *out = (tool_input){0};
    error[0] = '\0';
    status = tool_source_open(&source, path, error);
    if (status == QUORSUM_OK)
        status = allocate(out, plan, &source, error);
    if (status == QUORSUM_OK) {
        if (tool_source_begins(&source, TOOL_NPY_MAGIC, TOOL_NPY_MAGIC_BYTES))
            status = tool_input_npy(out, plan, &source, error);
        else
            status = tool_input_csv(out, plan, &source, error);
    }
    tool_source_close(&source);
    if (status != QUORSUM_OK)
        tool_input_free(out);
    return status;
}

void tool_input_free(tool_input *input)
{
    qs_secret_release(input->values);
    free(input->clipped);
    *input = (tool_input){0};
}
