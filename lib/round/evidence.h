/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of evidence: two digests that one party has signed as messages of one kind and task, where it may sign
 * one. The messages themselves are not needed. A signature given for another task, kind or purpose is none here,
 * because what it covers names task and kind (lib/base/message.h).
 */
#ifndef QS_EVIDENCE_H
#define QS_EVIDENCE_H

#include "lib/round/bound.h"
#include "quorsum/agreement.h"

typedef struct qs_signed { /* what is left of a message: its name, and who answers for it */
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    uint8_t signature[QS_SIGNATURE_BYTES];
} qs_signed;

struct quorsum_evidence {
    uint8_t accused[QUORSUM_IDENTITY_BYTES];
    uint32_t trustee; /* its index, or 0 for the coordinator */
    const char *kind;
    qs_signed objects[2]; /* digests ascending */
};

/* Checks and signs. Errors as quorsum_evidence_decode. */
quorsum_status qs_evidence_make(quorsum_bytes *out, const quorsum_task *task, const char *kind, const uint8_t *accused,
                                const qs_signed *first, const qs_signed *second, const quorsum_identity *signer);

/* Of a message only what was signed, and by whom: whether it is a good one besides does not matter, to have signed it
 * does. *kind is one of this file's own strings: compare addresses. The signature is not checked yet. ERR_TYPE for a
 * kind that may be signed often, reading errors. */
quorsum_status qs_evidence_take(qs_signed *out, const char **kind, uint8_t sender[QUORSUM_IDENTITY_BYTES],
                                const quorsum_task *task, const quorsum_bytes *bytes);

/* Whether `accused` answers for the kind: what a stranger signs is nobody's misbehaviour. ERR_COORDINATOR, ERR_TRUSTEE */
quorsum_status qs_evidence_check_accused(const quorsum_task *task, const char *kind, const uint8_t *accused);

/* Its name on a board: the same two digests have the same, whoever signed the evidence. */
void qs_evidence_name(uint8_t out[QUORSUM_DIGEST_BYTES], const uint8_t *first, const uint8_t *second);

#endif
