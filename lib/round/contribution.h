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
    uint8_t name[QUORSUM_DIGEST_BYTES]; /* for the journal: qs_contribution_name */
    uint32_t sequence;
    quorsum_ciphertexts *ciphertexts;
    uint8_t *pending; /* a ballot proof that has not been checked yet; NULL in every contribution that may be used */
};

/*
 * Ballots are checked several times faster together than one by one. begin is quorsum_contribution_decode without the
 * check of a ballot proof, finish checks those of many: statuses[i] is what decode would have answered. At other levels
 * nothing is pending, and finish answers QUORSUM_OK for all. NULLs in the list are passed over.
 */
quorsum_status qs_contribution_begin(quorsum_contribution **out, const quorsum_task *task, const uint8_t *in, size_t len,
                                     const quorsum_run *run);
quorsum_status qs_contributions_finish(quorsum_status *statuses, quorsum_contribution *const *list, size_t count,
                                       const quorsum_task *task, const quorsum_run *run);

#endif
