/* SPDX-License-Identifier: Apache-2.0 */
/* All slots of such a plan are equally wide, so they lie one behind the other whatever the fields are. */
#include "lib/round/length.h"

#include <stdlib.h>

#include "lib/base/invariant.h"
#include "lib/encode/plan.h"

typedef unsigned __int128 u128;

quorsum_status qs_length_statement(qs_norm_statement *out, const quorsum_plan *plan, const quorsum_public_key *key)
{
    size_t each = (plan->options.plaintext_bits - 1) / plan->spans[0].beta;
    size_t left = plan->values;
    size_t *slots;

    if (plan->values > QS_NORM_VALUES_MAX)
        return QUORSUM_ERR_LIMIT;
    slots = calloc(plan->plaintexts, sizeof *slots);
    *out = (qs_norm_statement){.key = key, .slots = slots, .count = plan->plaintexts, .slot_bits = plan->spans[0].beta,
                               .norm_squared = plan->options.norm_squared, .max_cohort = plan->options.max_cohort};
    if (slots == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t k = 0; k < plan->plaintexts; k++) {
        slots[k] = left < each ? left : each;
        left -= slots[k];
    }
    QS_INVARIANT(left == 0);
    return qs_norm_check(out);
}

/* No value is above 2^31 in an allowed vector, which is asked first: so no square and no sum of 2^20 overflows. */
uint64_t qs_length_is_allowed(const quorsum_plan *plan, const int64_t *values)
{
    uint64_t most = plan->spans[0].bound;
    u128 sum = 0;
    uint64_t outside = 0;

    for (size_t i = 0; i < plan->values; i++) {
        uint64_t sign = 0 - ((uint64_t)values[i] >> 63);
        uint64_t magnitude = ((uint64_t)values[i] ^ sign) - sign;

        outside |= (most - magnitude) >> 63; /* both below 2^63 */
        magnitude &= UINT32_MAX;
        sum += magnitude * magnitude;
    }
    outside |= (uint64_t)((plan->options.norm_squared - sum) >> 127);
    return outside ^ 1;
}
