/* SPDX-License-Identifier: Apache-2.0 */
/* Clauses from fields, and a ballot's secret branches. Where a field lies is public; which option is chosen is not. */
#include "lib/round/ballot.h"

#include <stdlib.h>

#include "lib/encode/plan.h"

/* ---- the statement ---- */

struct writing { /* clauses and values, one behind the other */
    qs_clause *clause;
    qs_value *value;
};

static void begin_clause(struct writing *to, size_t first, size_t count)
{
    *to->clause = (qs_clause){.first = first, .count = count, .values = to->value};
}

static void put_value(struct writing *to, uint64_t factor, size_t shift)
{
    *to->value++ = (qs_value){factor, shift};
    to->clause->value_count++;
}

static void put_packed(struct writing *to, const quorsum_field *field, const qs_span *span)
{
    begin_clause(to, span->plaintext, 1);
    if (field->choose_min == 0)
        put_value(to, 0, 0);
    for (uint32_t j = 0; j < field->count; j++)
        put_value(to, 1, (size_t)j * span->beta);
    to->clause++;
}

static void put_vector(struct writing *to, const quorsum_field *field, const qs_span *span)
{
    for (uint32_t j = 0; j < field->count; j++) {
        begin_clause(to, span->plaintext + j, 1);
        put_value(to, 0, 0);
        put_value(to, 1, 0);
        to->clause++;
    }
    begin_clause(to, span->plaintext, field->count);
    for (uint32_t sum = field->choose_min; sum <= field->choose_max; sum++)
        put_value(to, sum, 0);
    to->clause++;
}

static size_t clauses_of(const quorsum_plan *plan, size_t field)
{
    return qs_plan_is_packed(plan, field) ? 1 : plan->fields[field].count + (size_t)1;
}

quorsum_status qs_ballot_choices(qs_choices **out, const quorsum_plan *plan, const quorsum_public_key *key)
{
    size_t clauses = 0;
    size_t values = 0;
    struct writing to;
    qs_clause *first_clause;
    qs_value *first_value;
    quorsum_status status = QUORSUM_ERR_MEMORY;

    *out = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        clauses += clauses_of(plan, i);
        values += 3 * (size_t)plan->fields[i].count + 1; /* at most: two an option, and 0..count */
    }
    first_clause = calloc(clauses, sizeof *first_clause);
    first_value = calloc(values, sizeof *first_value);
    to = (struct writing){first_clause, first_value};
    if (first_clause != NULL && first_value != NULL) {
        for (size_t i = 0; i < plan->count; i++) {
            if (qs_plan_is_packed(plan, i))
                put_packed(&to, &plan->fields[i], &plan->spans[i]);
            else
                put_vector(&to, &plan->fields[i], &plan->spans[i]);
        }
        status = qs_choices_new(out, key, plan->plaintexts, first_clause, clauses);
    }
    free(first_clause);
    free(first_value);
    return status;
}

/* ---- a ballot ---- */

uint64_t qs_ballot_is_allowed(const quorsum_plan *plan, const int64_t *values)
{
    uint64_t bad = 0;

    for (size_t i = 0; i < plan->count; i++) {
        const quorsum_field *field = &plan->fields[i];
        const int64_t *value = values + plan->spans[i].value;
        uint64_t sum = 0;

        for (uint32_t j = 0; j < field->count; j++) {
            bad |= (uint64_t)value[j] >> 1;
            sum += (uint64_t)value[j] & 1;
        }
        bad |= (sum - field->choose_min) >> 63; /* count <= 4096: a borrow is the top bit */
        bad |= (field->choose_max - sum) >> 63;
    }
    return (bad | (0 - bad)) >> 63 ^ 1;
}

/* The place of the chosen option among the clause's values: 0 is "none" where that is allowed. */
static mp_limb_t packed_branch(const quorsum_field *field, const int64_t *value)
{
    mp_limb_t branch = 0;

    for (uint32_t j = 0; j < field->count; j++)
        branch += (mp_limb_t)value[j] * (j + (field->choose_min == 0));
    return branch;
}

static mp_limb_t *vector_branches(mp_limb_t *out, const quorsum_field *field, const int64_t *value)
{
    mp_limb_t sum = 0;

    for (uint32_t j = 0; j < field->count; j++) {
        *out++ = (mp_limb_t)value[j];
        sum += (mp_limb_t)value[j];
    }
    *out++ = sum - field->choose_min;
    return out;
}

quorsum_status qs_ballot_chosen(qs_secret *out, const quorsum_plan *plan, const qs_choices *choices,
                                const int64_t *values)
{
    mp_limb_t *branch;

    if (qs_secret_init(out, choices->clause_count) != 0)
        return QUORSUM_ERR_MEMORY;
    branch = out->limb;
    for (size_t i = 0; i < plan->count; i++) {
        const int64_t *value = values + plan->spans[i].value;

        if (qs_plan_is_packed(plan, i))
            *branch++ = packed_branch(&plan->fields[i], value);
        else
            branch = vector_branches(branch, &plan->fields[i], value);
    }
    return QUORSUM_OK;
}
