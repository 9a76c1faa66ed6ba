/* SPDX-License-Identifier: Apache-2.0 */
/* Who is accused, and what for. A ceremony has one verdict at most, and ends with it. */
#ifndef QS_VERDICT_H
#define QS_VERDICT_H

#include <stdint.h>

#include "lib/ceremony/step_message.h"
#include "quorsum/ceremony.h"

#define QS_REASON_MAX 255

typedef struct qs_verdict {
    uint32_t accused;
    uint32_t slot[QS_SLOTS_MAX]; /* ascending */
    int certain;
    char reason[QS_REASON_MAX + 1];
} qs_verdict;

/* They set the verdict and answer ERR_DEVIATION. what: a clause such as "sent a body of another length". Slot, step and
 * round are added to it. */
quorsum_status qs_accuse(quorsum_ceremony *ceremony, uint32_t slot, const char *what);
quorsum_status qs_accuse_pair(quorsum_ceremony *ceremony, uint32_t slot, uint32_t other, const char *what);
/* guilty: a byte for each slot; ERR_DEVIATION if one is not 0, else OK. */
quorsum_status qs_accuse_all(quorsum_ceremony *ceremony, const uint8_t *guilty, const char *what);
/* Something is wrong that no message shows: all slots but one's own. what: a sentence. */
quorsum_status qs_accuse_others(quorsum_ceremony *ceremony, const char *what);

#endif
