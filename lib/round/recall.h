/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A contribution that was verified before, taken up again by its name in the journal. The name covers the digest, so
 * header and blocks, and the signature: whatever was checked then holds for these bytes, kind, version, key, task, sender
 * and its admission, sequence, level, proof, units, and the signature, which anybody else will check again. Only where
 * things stand in them is looked up; ciphertexts are read anew.
 */
#ifndef QS_RECALL_H
#define QS_RECALL_H

#include "lib/round/bound.h"

typedef struct qs_recalled {
    uint8_t sender[QUORSUM_IDENTITY_BYTES];
    uint32_t sequence;
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    const uint8_t *ciphertexts; /* in the message's own bytes */
    size_t ciphertexts_len;
} qs_recalled;

/* name = H256("quorsum/v1/verified" | digest | signature) */
void qs_contribution_name(uint8_t name[QUORSUM_DIGEST_BYTES], const uint8_t digest[QUORSUM_DIGEST_BYTES],
                          const uint8_t signature[QS_SIGNATURE_BYTES]);

/* digest: of these bytes, whose name is of ones that quorsum_contribution_decode has accepted for this very task. */
quorsum_status qs_contribution_recall(qs_recalled *out, const quorsum_task *task, const uint8_t *in, size_t len,
                                      const uint8_t digest[QUORSUM_DIGEST_BYTES]);

#endif
