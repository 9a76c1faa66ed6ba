/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an accepted contribution. */
#ifndef QS_CONTRIBUTION_H
#define QS_CONTRIBUTION_H

#include "quorsum/round.h"

#define QS_CONTRIBUTION_LABEL "contribution" /* of its proof's transcript */

struct quorsum_contribution {
    uint8_t task[QUORSUM_DIGEST_BYTES];
    uint8_t sender[QUORSUM_IDENTITY_BYTES];
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    uint32_t sequence;
    quorsum_ciphertexts *ciphertexts;
};

#endif
