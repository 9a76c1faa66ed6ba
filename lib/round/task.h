/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a task: what its message says, the plan that follows, and the key record it is for. */
#ifndef QS_TASK_H
#define QS_TASK_H

#include <stdatomic.h>

#include "lib/proof/choices.h"
#include "lib/proof/norm.h"
#include "lib/threshold/key_record.h"
#include "quorsum/round.h"

#define QS_TASK_KEYS 12
#define QS_LABEL_MAX 256
#define QS_FIELDS_MAX 4096
#define QS_ROSTER_MAX ((size_t)1 << 20)
#define QS_NONCE_BYTES 16
#define QS_TASK_BYTES_MAX ((size_t)64 << 20) /* more than the most fields and the longest roster take */

struct quorsum_task {
    atomic_uint references;
    quorsum_key_record *record;
    quorsum_plan *plan;
    qs_choices *choices;      /* level ballot: what its proofs are about */
    qs_norm_statement length; /* level norm: likewise; the slots are the task's */
    char *label;
    uint32_t weight_bits;
    uint32_t guard_bits;
    uint32_t min_cohort;
    uint32_t max_cohort;
    uint8_t *roster; /* 32 bytes each, strictly ascending; NULL admits anybody */
    size_t roster_count;
    quorsum_revote revote;
    uint32_t agreement;
    uint8_t coordinator[QUORSUM_IDENTITY_BYTES]; /* who signed the task */
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    quorsum_bytes encoded;
};

quorsum_task *qs_task_hold(const quorsum_task *task);

/* ERR_AGREEMENT below the record's quorum or above its number of trustees. */
quorsum_status qs_task_check_agreement(uint32_t agreement, const quorsum_key_record *record);

#endif
