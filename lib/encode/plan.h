/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a plan: one span a field, so that slots are found by arithmetic and a plan stays small however long
 * its vectors are. lib/encode/slots.h states the layout rule.
 */
#ifndef QS_PLAN_H
#define QS_PLAN_H

#include "quorsum/plan.h"

/* Where the values of one field (or the weight) lie. Its first plaintext takes `first` of them from bit `bit` on,
 * every later one `per_plaintext` from bit 0 on, the last one what is left. */
typedef struct qs_span {
    size_t value;         /* the field's first value among all */
    size_t count;
    size_t plaintext;     /* where the first value lies */
    size_t last;          /* the plaintext where the last value lies */
    size_t first;
    size_t per_plaintext;
    uint32_t bit;
    uint32_t beta;        /* slot bits */
    uint64_t bound;       /* largest magnitude of one contribution's value: largest weight * X_1 */
} qs_span;

struct quorsum_plan {
    quorsum_field *fields; /* own copy, strings included */
    size_t count;
    qs_span *spans; /* one a field, then one for the weight if there is one */
    size_t span_count;
    size_t values;
    size_t plaintexts;
    quorsum_plan_options options;
};

uint64_t qs_square_root(uint64_t x); /* floor */

/* Consecutive slots of one plaintext that belong to one span. */
typedef struct qs_slot_run {
    size_t value; /* the first one's index among all values */
    size_t count;
    uint32_t bit;
    uint32_t beta;
    uint64_t bound;
} qs_slot_run;

/* 1 for a choice whose options share one plaintext, 0 for one with a plaintext an option. */
int qs_plan_is_packed(const quorsum_plan *plan, size_t field);

/* The first span with a slot in plaintext `index` (index < plaintexts); O(log fields). */
size_t qs_plan_first_span(const quorsum_plan *plan, size_t index);
/* 1 and the run of `span` in plaintext `index`, or 0 when span and all later ones have none there. */
int qs_plan_slot_run(const quorsum_plan *plan, size_t index, size_t span, qs_slot_run *run);

#endif
