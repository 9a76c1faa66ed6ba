/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of bounded length: a plan at level norm as the statement of its proof (lib/proof/norm.h). */
#ifndef QS_LENGTH_H
#define QS_LENGTH_H

#include "lib/proof/norm.h"
#include "quorsum/plan.h"

/* out->slots is the caller's to free. ERR_LIMIT above QS_NORM_VALUES_MAX values, ERR_PLAN, ERR_MEMORY. */
quorsum_status qs_length_statement(qs_norm_statement *out, const quorsum_plan *plan, const quorsum_public_key *key);

/* 1 if the squares of all values sum to at most norm_squared. Constant time. */
uint64_t qs_length_is_allowed(const quorsum_plan *plan, const int64_t *values);

#endif
