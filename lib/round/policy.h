/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trustee checks before it opens (docs/protocol.md), apart from its journal: the share belongs to the key and
 * the identity to the share, the cohort is one the task allows, and the aggregate is the product of exactly the
 * manifest's contributions, each of which has passed every check on its own.
 */
#ifndef QS_POLICY_H
#define QS_POLICY_H

#include "lib/round/aggregate.h"

/* Who asks: ERR_KEY_MISMATCH, ERR_TRUSTEE (no such trustee, or another identity than the key's roster has). */
quorsum_status qs_policy_trustee(const quorsum_task *task, const quorsum_key_share *share,
                                 const quorsum_identity *identity);
/* What is to be opened: ERR_COHORT, ERR_MISSING, ERR_PRODUCT, ERR_TASK_MISMATCH. */
quorsum_status qs_policy_aggregate(const quorsum_task *task, const quorsum_manifest *manifest,
                                   const quorsum_aggregate *aggregate, const quorsum_aggregator *recomputed,
                                   const quorsum_run *run);

#endif
