/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a receipt, and making one from what a journal keeps of it. */
#ifndef QS_RECEIPT_H
#define QS_RECEIPT_H

#include "lib/round/bound.h"
#include "quorsum/agreement.h"

struct quorsum_receipt {
    uint8_t task[QUORSUM_DIGEST_BYTES];
    uint8_t contributor[QUORSUM_IDENTITY_BYTES];
    uint32_t sequence;
    uint8_t contribution[QUORSUM_DIGEST_BYTES];
    uint8_t signature[QS_SIGNATURE_BYTES];
};

/* The message again: a receipt has one encoding, so its content and the signature are all of it. */
quorsum_status qs_receipt_encode(quorsum_bytes *out, const quorsum_task *task, const quorsum_receipt *receipt);

#endif
