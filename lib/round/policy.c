/* SPDX-License-Identifier: Apache-2.0 */
/* The trustee's checks. All on public data. */
#include "lib/round/policy.h"

#include <string.h>

quorsum_status qs_policy_trustee(const quorsum_task *task, const quorsum_key_share *share,
                                 const quorsum_identity *identity)
{
    uint32_t trustee = quorsum_key_share_trustee(share);
    const uint8_t *expected;

    if (memcmp(quorsum_key_share_key(share), quorsum_key_record_digest(task->record), QUORSUM_DIGEST_BYTES) != 0)
        return QUORSUM_ERR_KEY_MISMATCH;
    if (trustee == 0 || trustee > quorsum_key_record_trustees(task->record))
        return QUORSUM_ERR_TRUSTEE;
    expected = quorsum_key_record_trustee(task->record, trustee);
    if (expected == NULL || memcmp(expected, quorsum_identity_public(identity), QUORSUM_IDENTITY_BYTES) != 0)
        return QUORSUM_ERR_TRUSTEE;
    return QUORSUM_OK;
}

quorsum_status qs_policy_aggregate(const quorsum_task *task, const quorsum_manifest *manifest,
                                   const quorsum_aggregate *aggregate, const quorsum_aggregator *recomputed,
                                   const quorsum_run *run)
{
    uint32_t cohort = quorsum_aggregator_cohort(recomputed);

    /* Reading the manifest checked its cohort; what counts here is what was multiplied. */
    if (cohort < task->min_cohort || cohort > task->max_cohort)
        return QUORSUM_ERR_COHORT;
    if (memcmp(recomputed->task->digest, task->digest, QUORSUM_DIGEST_BYTES) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    return quorsum_aggregate_check(aggregate, manifest, recomputed, run);
}
