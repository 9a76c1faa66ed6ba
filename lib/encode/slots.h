/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Balanced packing (docs/protocol.md): a plaintext is the integer X = sum_j x_j 2^(offset_j) with signed x_j, so sums,
 * differences and negative weights need no bias.
 *
 * The layout rule, which everybody who reads a plaintext follows:
 *
 *     X_1(field)  = 2^(bits-1) if signed, else 2^bits - 1; clip instead where clip > 0 and smaller;
 *                   at level norm floor(sqrt(norm_squared)) instead, in every field
 *     W           = 2^weight_bits - 1 if weight_bits > 0, else 1
 *     X_max       = max_cohort * W * X_1;  for the weight itself X_1 = 1
 *     beta(field) = ceil(log2(2 X_max + 1)) + guard_bits = (bit length of 2 X_max) + guard_bits
 *
 *     plaintext = 0; bit = 0
 *     for each field in order, then the weight if there is one:
 *         for each of its values in order (the weight: one value):
 *             if bit + beta > plaintext_bits - 1: plaintext += 1; bit = 0
 *             the value's slot is bits bit .. bit + beta - 1 of that plaintext;  bit += beta
 *
 * At level ballot every field starts a new plaintext. One with choose_max = 1 whose count * beta <= plaintext_bits - 1 is
 * laid out as above; of any other, each value starts a new plaintext, at bit 0.
 *
 * A contribution's X is the sum of its values times 2^(first bit of the slot), negative when that sum is; the
 * plaintext is X mod N^s. A total is read from its representative in (-N^s/2, N^s/2), slot by slot from bit 0:
 *
 *     x = ((X + 2^(beta-1)) mod 2^beta) - 2^(beta-1);   X = (X - x) / 2^beta;   X = 0 behind the last slot
 *
 * Why it cannot wrap. Every |x| <= X_max <= 2^(beta-1) - 1. If a plaintext whose first u bits are used has
 * |X| <= 2^(u-1) - 1, then with one more slot |X| <= 2^(u-1) - 1 + 2^u (2^(beta-1) - 1) < 2^(u+beta-1) - 1, the same
 * statement for u + beta. As u <= plaintext_bits - 1, |X| <= 2^(plaintext_bits-2) - 1 < N^s / 2, because N^s has
 * plaintext_bits bits and so is at least 2^(plaintext_bits-1).
 *
 * Packing is constant time in the values. Unpacking works on public totals.
 */
#ifndef QS_SLOTS_H
#define QS_SLOTS_H

#include <gmp.h>

#include "quorsum/plan.h"

size_t qs_plan_limbs(const quorsum_plan *plan); /* limbs of one packed magnitude, ceil(plaintext_bits / limb bits) */

/* The packed values of plaintext `index`: magnitude (qs_plan_limbs) and sign (0, or all ones for negative).
 * values: all values of the plan, then the weight if the plan is weighted: quorsum_plan_values() + weighted.
 * With weights, `values` are already multiplied by the weight. Each value is one contribution's: at most W * X_1. */
void qs_plan_pack(const quorsum_plan *plan, size_t index, const int64_t *values, mp_limb_t *magnitude,
                  mp_limb_t *negative);

/* The signed slots of a centred plaintext total. ERR_OVERFLOW if a residue is left at the top or a slot lies outside
 * [-X, X], X = cohort * W * X_1 for `cohort` contributions: then nothing of this plaintext is to be trusted, and its
 * totals are 0. ERR_COHORT above the plan's max_cohort, ERR_ARGUMENT for no such plaintext. totals: as values; only
 * those that lie in this plaintext are written. */
quorsum_status qs_plan_unpack_vartime(const quorsum_plan *plan, size_t index, const mpz_t total, uint64_t cohort,
                                      int64_t *totals);

#endif
