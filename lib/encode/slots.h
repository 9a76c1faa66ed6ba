/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Balanced packing (protocols.md 5): a plaintext is the integer X = sum_j x_j 2^(offset_j) with signed x_j, so sums,
 * differences and negative weights need no bias. Slots follow each other from bit 0; a slot never straddles two
 * plaintexts; all slots of one field have one width. |X| < 2^(plaintext_bits - 1) - 1, hence |X| < N^s / 2.
 *
 * Packing is constant time in the values. Unpacking works on public totals.
 */
#ifndef QS_SLOTS_H
#define QS_SLOTS_H

#include <gmp.h>

#include "quorsum/plan.h"

size_t qs_plan_limbs(const quorsum_plan *plan); /* limbs of one packed magnitude */

/* The packed values of plaintext `index`: magnitude (qs_plan_limbs) and sign (0, or all ones for negative).
 * values: all values of the plan, then the weight if the plan is weighted: quorsum_plan_values() + weighted.
 * With weights, `values` are already multiplied by the weight. scratch: 2*qs_plan_limbs limbs. */
void qs_plan_pack(const quorsum_plan *plan, size_t index, const int64_t *values, mp_limb_t *magnitude,
                  mp_limb_t *negative, mp_limb_t *scratch);

/* The signed slots of a centred plaintext total. ERR_OVERFLOW if a residue is left at the top or a slot lies outside
 * [-X_max, X_max] for `cohort` contributions: then nothing of this plaintext is to be trusted. totals as values. */
quorsum_status qs_plan_unpack_vartime(const quorsum_plan *plan, size_t index, const mpz_t total, uint64_t cohort,
                                      int64_t *totals);

#endif
