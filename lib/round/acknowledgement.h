/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an acknowledgement: a trustee's word for one manifest and its aggregate. */
#ifndef QS_ACKNOWLEDGEMENT_H
#define QS_ACKNOWLEDGEMENT_H

#include "lib/round/aggregate.h"
#include "quorsum/agreement.h"

struct quorsum_acknowledgement {
    uint32_t trustee;
    uint8_t manifest[QUORSUM_DIGEST_BYTES];
    uint8_t aggregate[QUORSUM_DIGEST_BYTES];
};

/* Signs without looking: for whoever has checked, and whose journal says so on disk. */
quorsum_status qs_acknowledgement_encode(quorsum_bytes *out, const quorsum_task *task,
                                         const quorsum_aggregate *aggregate, uint32_t trustee,
                                         const quorsum_identity *identity);

#endif
