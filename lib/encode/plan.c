/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From fields to slots. All sizes follow from the options and the fields alone, so everybody who reads a task gets
 * the same plan; a plan whose sum does not fit is never made.
 */
#include "lib/encode/plan.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/invariant.h"
#include "lib/encode/fields.h"

#define SUM_MAX ((uint64_t)1 << 62)
#define WEIGHT_BITS_MAX 40u
#define GUARD_BITS_MAX 16u
#define NORM_SQUARED_MAX (((uint64_t)1 << 62) - 1)
#define PLAINTEXT_BITS_MAX 65536u /* far above any key's */

typedef unsigned __int128 u128;

/* Where the next slot goes. */
struct cursor {
    size_t value;
    size_t plaintext;
    uint32_t bit;
};

/* ---- slot widths ---- */

static uint32_t bit_length(uint64_t value)
{
    return value == 0 ? 0 : 64 - (uint32_t)__builtin_clzll(value);
}

/* beta = ceil(log2(2 X_max + 1)) + guard: 2^b >= 2 X_max + 1 exactly when 2^b > 2 X_max, so the logarithm is the
 * bit length of 2 X_max. X_max <= 2^62, hence beta <= 64 + 16. */
static quorsum_status slot_width(qs_span *span, uint64_t largest, const quorsum_plan_options *options)
{
    uint64_t weight = ((uint64_t)1 << options->weight_bits) - 1;
    u128 one = (u128)largest * (options->weight_bits > 0 ? weight : 1);
    u128 sum = one <= SUM_MAX ? one * options->max_cohort : one;

    if (sum > SUM_MAX)
        return QUORSUM_ERR_PLAN;
    span->bound = (uint64_t)one;
    span->beta = bit_length(2 * (uint64_t)sum) + options->guard_bits;
    QS_INVARIANT((((u128)1 << span->beta) - 1) / 2 >= sum);
    return span->beta <= options->plaintext_bits - 1 ? QUORSUM_OK : QUORSUM_ERR_PLAN;
}

/* floor(sqrt(x)), bit by bit. */
uint64_t qs_square_root(uint64_t x)
{
    uint64_t root = 0;

    for (uint64_t bit = (uint64_t)1 << 31; bit > 0; bit >>= 1) {
        if ((root | bit) * (root | bit) <= x)
            root |= bit;
    }
    return root;
}

/* X_1 of a span: of the weight 1, times the largest weight. */
static uint64_t largest_value(const quorsum_plan *plan, size_t span)
{
    if (span == plan->count)
        return 1;
    if (plan->options.level == QUORSUM_LEVEL_NORM)
        return qs_square_root(plan->options.norm_squared);
    return qs_field_bound(&plan->fields[span]);
}

/* ---- layout ---- */

static int fits_whole(const quorsum_field *field, uint32_t beta, const quorsum_plan_options *options)
{
    return field->choose_max == 1 && (uint64_t)field->count * beta <= options->plaintext_bits - 1;
}

int qs_plan_is_packed(const quorsum_plan *plan, size_t field)
{
    return plan->fields[field].options != NULL
           && fits_whole(&plan->fields[field], plan->spans[field].beta, &plan->options);
}

/* Puts span->count slots of span->beta bits behind the cursor, span->per_plaintext in one at most. Bits 0..plaintext_bits-2 of a plaintext are used:
 * one sign bit is left to the packed number. */
static void place(qs_span *span, struct cursor *at, uint32_t plaintext_bits)
{
    uint32_t room = plaintext_bits - 1;
    size_t left;

    span->first = (room - at->bit) / span->beta;
    if (span->first > span->per_plaintext)
        span->first = span->per_plaintext;
    if (span->first == 0) {
        at->plaintext++;
        at->bit = 0;
        span->first = span->per_plaintext;
    }
    if (span->first > span->count)
        span->first = span->count;
    span->value = at->value;
    span->plaintext = at->plaintext;
    span->bit = at->bit;
    at->value += span->count;
    left = span->count - span->first;
    if (left == 0) {
        at->bit += (uint32_t)span->first * span->beta;
    } else {
        size_t whole = (left - 1) / span->per_plaintext; /* plaintexts filled between the first and the last */

        at->plaintext += 1 + whole;
        at->bit = (uint32_t)(left - whole * span->per_plaintext) * span->beta;
    }
    span->last = at->plaintext;
    QS_INVARIANT(at->bit <= room);
}

/* A choice begins a plaintext of its own, because its proof speaks of whole plaintexts; as all fields are choices then,
 * it ends one, too. */
static void place_choice(const quorsum_plan *plan, size_t i, struct cursor *at)
{
    if (at->bit > 0)
        *at = (struct cursor){.value = at->value, .plaintext = at->plaintext + 1};
    if (!qs_plan_is_packed(plan, i))
        plan->spans[i].per_plaintext = 1;
    place(&plan->spans[i], at, plan->options.plaintext_bits);
}

static quorsum_status lay_out(quorsum_plan *plan, size_t *index)
{
    struct cursor at = {0};
    quorsum_status status = QUORSUM_OK;

    for (size_t i = 0; i < plan->span_count && status == QUORSUM_OK; i++) {
        qs_span *span = &plan->spans[i];

        *index = i;
        span->count = i < plan->count ? plan->fields[i].count : 1;
        status = slot_width(span, largest_value(plan, i), &plan->options);
        if (status != QUORSUM_OK)
            break;
        span->per_plaintext = (plan->options.plaintext_bits - 1) / span->beta;
        if (plan->options.level == QUORSUM_LEVEL_BALLOT)
            place_choice(plan, i, &at);
        else
            place(span, &at, plan->options.plaintext_bits);
    }
    plan->values = at.value - (plan->options.weight_bits > 0 ? 1 : 0);
    plan->plaintexts = at.plaintext + 1;
    return status;
}

size_t qs_plan_first_span(const quorsum_plan *plan, size_t index)
{
    size_t low = 0;
    size_t high = plan->span_count - 1; /* the answer lies in low..high: the last span ends in the last plaintext */

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (plan->spans[middle].last < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int qs_plan_slot_run(const quorsum_plan *plan, size_t index, size_t span, qs_slot_run *run)
{
    const qs_span *s = &plan->spans[span];
    size_t done;

    if (span >= plan->span_count || s->plaintext > index || s->last < index)
        return 0;
    *run = (qs_slot_run){.value = s->value, .count = s->first, .bit = s->bit, .beta = s->beta, .bound = s->bound};
    if (index > s->plaintext) {
        done = s->first + (index - s->plaintext - 1) * s->per_plaintext;
        run->value += done;
        run->bit = 0;
        run->count = s->count - done < s->per_plaintext ? s->count - done : s->per_plaintext;
    }
    return 1;
}

/* ---- the public object ---- */

static int level_is_valid(const quorsum_plan_options *options)
{
    int norm = options->level == QUORSUM_LEVEL_NORM;

    return (unsigned)options->level <= (unsigned)QUORSUM_LEVEL_NORM && options->norm_squared <= NORM_SQUARED_MAX
           && norm == (options->norm_squared > 0)
           && (options->level == QUORSUM_LEVEL_KNOWLEDGE || options->weight_bits == 0);
}

static int options_are_valid(const quorsum_plan_options *options)
{
    return options->max_cohort >= 1 && options->weight_bits <= WEIGHT_BITS_MAX
           && options->guard_bits <= GUARD_BITS_MAX && options->plaintext_bits >= 1
           && options->plaintext_bits <= PLAINTEXT_BITS_MAX && level_is_valid(options);
}

/* All fields are choices at level ballot, and none is at another. */
static quorsum_status check_level(const quorsum_field *fields, size_t count, quorsum_level level, size_t *index)
{
    for (size_t i = 0; i < count; i++) {
        *index = i;
        if ((fields[i].options != NULL) != (level == QUORSUM_LEVEL_BALLOT))
            return QUORSUM_ERR_FIELDS;
    }
    return QUORSUM_OK;
}

static quorsum_status plan_allocate(quorsum_plan **out, const quorsum_field *fields, size_t count,
                                    const quorsum_plan_options *options)
{
    quorsum_plan *plan = calloc(1, sizeof *plan);

    *out = plan;
    if (plan == NULL)
        return QUORSUM_ERR_MEMORY;
    plan->options = *options;
    plan->count = count;
    plan->span_count = count + (options->weight_bits > 0 ? 1 : 0);
    plan->fields = qs_fields_copy(fields, count);
    plan->spans = calloc(plan->span_count, sizeof *plan->spans);
    return plan->fields != NULL && plan->spans != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
}

quorsum_status quorsum_plan_new(quorsum_plan **out, const quorsum_field *fields, size_t count,
                                const quorsum_plan_options *options, size_t *index)
{
    quorsum_plan *plan = NULL;
    quorsum_status status;
    size_t at_fault = 0;

    if (out != NULL)
        *out = NULL;
    if (index != NULL)
        *index = 0;
    if (out == NULL || fields == NULL || options == NULL || !options_are_valid(options))
        return QUORSUM_ERR_ARGUMENT;
    status = qs_fields_check(fields, count, &at_fault);
    if (status == QUORSUM_OK)
        status = check_level(fields, count, options->level, &at_fault);
    if (status == QUORSUM_OK)
        status = plan_allocate(&plan, fields, count, options);
    if (status == QUORSUM_OK)
        status = lay_out(plan, &at_fault);
    if (status == QUORSUM_OK) {
        *out = plan;
        plan = NULL;
    } else if (index != NULL) {
        *index = at_fault;
    }
    quorsum_plan_free(plan);
    return status;
}

void quorsum_plan_free(quorsum_plan *plan)
{
    if (plan == NULL)
        return;
    free(plan->fields);
    free(plan->spans);
    free(plan);
}

size_t quorsum_plan_fields(const quorsum_plan *plan)
{
    return plan->count;
}

const quorsum_field *quorsum_plan_field(const quorsum_plan *plan, size_t index)
{
    return index < plan->count ? &plan->fields[index] : NULL;
}

size_t quorsum_plan_values(const quorsum_plan *plan)
{
    return plan->values;
}

size_t quorsum_plan_plaintexts(const quorsum_plan *plan)
{
    return plan->plaintexts;
}

uint32_t quorsum_plan_slot_bits(const quorsum_plan *plan, size_t field)
{
    return field < plan->span_count ? plan->spans[field].beta : 0;
}

int quorsum_plan_weighted(const quorsum_plan *plan)
{
    return plan->options.weight_bits > 0;
}

quorsum_level quorsum_plan_level(const quorsum_plan *plan)
{
    return plan->options.level;
}

uint64_t quorsum_plan_norm_squared(const quorsum_plan *plan)
{
    return plan->options.norm_squared;
}

size_t quorsum_plan_offset(const quorsum_plan *plan, size_t field)
{
    return field < plan->span_count ? plan->spans[field].value : plan->values;
}
