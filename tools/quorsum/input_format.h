/* SPDX-License-Identifier: Apache-2.0 */
/* The formats a contributor's numbers may come in: each fills the values of a plan from an opened source. */
#ifndef TOOL_INPUT_FORMAT_H
#define TOOL_INPUT_FORMAT_H

#include "tools/quorsum/input.h"
#include "tools/quorsum/source.h"

#define TOOL_NPY_MAGIC "\x93NUMPY"
#define TOOL_NPY_MAGIC_BYTES 6

/* out has its values (zero), count and clipped counters allocated. */
quorsum_status tool_input_csv(tool_input *out, const quorsum_plan *plan, tool_source *source, char error[TOOL_ERROR]);
quorsum_status tool_input_npy(tool_input *out, const quorsum_plan *plan, tool_source *source, char error[TOOL_ERROR]);

/* Clips a value of `field` into its range, stores it as value number `index`, and counts it if it was moved. */
void tool_input_store(tool_input *out, const quorsum_plan *plan, size_t field, size_t index, int64_t value);

#endif
