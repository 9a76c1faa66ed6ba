/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ballots: what the fields of a plan at level ballot allow, as clauses of the proof (lib/proof/choice.h).
 *
 *     packed field: one clause, its ciphertext encrypts 2^(beta j) for the option j that is chosen, or 0 if none need be
 *     any other:    a clause an option, 0 or 1, then one clause for the product of all: choose_min .. choose_max
 */
#ifndef QS_BALLOT_H
#define QS_BALLOT_H

#include "lib/proof/choices.h"
#include "quorsum/plan.h"

quorsum_status qs_ballot_choices(qs_choices **out, const quorsum_plan *plan, const quorsum_public_key *key);

/* 1 if every value is 0 or 1 and every field has as many 1s as it may. Constant time. */
uint64_t qs_ballot_is_allowed(const quorsum_plan *plan, const int64_t *values);

/* The real branch of every clause, a limb each, for an allowed ballot. Constant time. ERR_MEMORY. */
quorsum_status qs_ballot_chosen(qs_secret *out, const quorsum_plan *plan, const qs_choices *choices,
                                const int64_t *values);

#endif
