/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a manifest: the list of contributions in a sum. */
#ifndef QS_MANIFEST_H
#define QS_MANIFEST_H

#include "lib/round/bound.h"

struct quorsum_manifest {
    uint8_t task[QUORSUM_DIGEST_BYTES];
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    uint32_t cohort;
    uint8_t *entries; /* QS_ENTRY_BYTES each, strictly ascending by sender */
};

/* Signs a list of entries in ascending order of sender; digest gets the manifest's. */
quorsum_status qs_manifest_encode(quorsum_bytes *out, uint8_t *digest, const quorsum_task *task, const uint8_t *entries,
                                  uint32_t cohort, const quorsum_identity *signer);

#endif
