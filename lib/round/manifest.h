/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a manifest: the list of contributions in a sum, and of those that were refused. */
#ifndef QS_MANIFEST_H
#define QS_MANIFEST_H

#include "lib/round/bound.h"

#define QS_REASON_MAX 64 /* bytes of a reason's name */

typedef struct qs_refused { /* what stood on the board under this name, and why it does not count */
    uint8_t sender[QUORSUM_IDENTITY_BYTES];
    uint32_t sequence;
    uint8_t digest[QUORSUM_DIGEST_BYTES]; /* zeros when the file could not be read */
    char reason[QS_REASON_MAX + 1];
} qs_refused;

struct quorsum_manifest {
    uint8_t task[QUORSUM_DIGEST_BYTES];
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    uint8_t signature[QS_SIGNATURE_BYTES];
    uint8_t root[QUORSUM_DIGEST_BYTES];
    uint32_t revote;
    uint32_t cohort;
    uint8_t *entries; /* QS_ENTRY_BYTES each, strictly ascending by sender */
    qs_refused *refused; /* strictly ascending by sender and sequence */
    size_t refused_count;
};

/* Signs a list of entries in ascending order of sender, and refusals in order of sender and sequence, of which the
 * first QS_REFUSED_MAX are listed. digest gets the manifest's. ERR_COORDINATOR. */
quorsum_status qs_manifest_encode(quorsum_bytes *out, uint8_t *digest, const quorsum_task *task, const uint8_t *entries,
                                  uint32_t cohort, const qs_refused *refused, size_t refused_count,
                                  const quorsum_identity *signer);

uint32_t qs_entry_sequence(const uint8_t *entry);
void qs_entry_write(uint8_t entry[QS_ENTRY_BYTES], const uint8_t *sender, uint32_t sequence, const uint8_t *digest);

/* 1 and the place of the sender's contribution, or 0. */
int qs_manifest_find(const quorsum_manifest *manifest, const uint8_t *sender, uint32_t *index);
/* NULL, or what it says about a file that it refuses. */
const qs_refused *qs_manifest_find_refused(const quorsum_manifest *manifest, const uint8_t *sender, uint32_t sequence);

#endif
