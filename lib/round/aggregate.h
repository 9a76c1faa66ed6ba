/* SPDX-License-Identifier: Apache-2.0 */
/* The insides of the running product and of the aggregate that comes of it. */
#ifndef QS_AGGREGATE_H
#define QS_AGGREGATE_H

#include "lib/round/manifest.h"
#include "lib/round/recall.h"

struct quorsum_aggregator {
    quorsum_task *task;
    quorsum_sum *sum;
    qs_buffer entries; /* of the manifest to be: QS_ENTRY_BYTES each */
    qs_buffer refused; /* likewise: qs_refused each, QS_REFUSED_MAX at most */
    uint32_t cohort;
};

struct quorsum_aggregate {
    uint8_t task[QUORSUM_DIGEST_BYTES];
    uint8_t manifest[QUORSUM_DIGEST_BYTES];
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    uint32_t cohort;
    quorsum_ciphertexts *ciphertexts;
};

/* quorsum_aggregator_add for a contribution that was verified before. */
quorsum_status qs_aggregator_add_recalled(quorsum_aggregator *aggregator, const qs_recalled *recalled,
                                          const quorsum_run *run);

/* The manifest of what was added and refused. */
quorsum_status qs_aggregator_list(quorsum_bytes *out, uint8_t *digest, const quorsum_aggregator *aggregator,
                                  const quorsum_identity *signer);

/* Signs the aggregator's product under a manifest that lists the same contributions. */
quorsum_status qs_aggregate_encode(quorsum_bytes *out, const quorsum_aggregator *aggregator, const uint8_t *manifest,
                                   const quorsum_identity *signer, const quorsum_run *run);

/* OK, or ERR_MISSING when the aggregator was fed another list than the manifest's. */
quorsum_status qs_aggregator_matches(const quorsum_aggregator *aggregator, const quorsum_manifest *manifest);

#endif
