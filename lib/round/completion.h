/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completions as messages: the openings of one part of an aggregate, made by whoever had the time. An opening proves
 * itself, so neither the signer (a one-time identity, as for results) nor the trustees it names are believed.
 *
 * Part K of N of `count` elements is floor((K-1) count / N) <= k < floor(K count / N): all N together are the vector.
 */
#ifndef QS_COMPLETION_H
#define QS_COMPLETION_H

#include "lib/round/aggregate.h"
#include "lib/threshold/combiner.h"

typedef struct qs_part {
    uint32_t number; /* K: 1 .. parts */
    uint32_t parts;  /* N: 1 .. count, so that no part is empty */
} qs_part;

typedef struct qs_completion {
    qs_part part;
    qs_range range;
    uint32_t trustees[QUORSUM_TRUSTEES_MAX]; /* whose partials it says it was made from */
    size_t trustee_count;
    quorsum_opening *opening; /* of the range: element 0 is element range.begin of the aggregate */
} qs_completion;

/* ERR_RANGE for a part that `count` elements do not have. */
quorsum_status qs_part_range(qs_range *out, qs_part part, size_t count);

/* opening: of the part's range, with the trustees that opened it. */
quorsum_status qs_completion_make(quorsum_bytes *out, const quorsum_task *task, const quorsum_aggregate *aggregate,
                                  qs_part part, const quorsum_opening *opening, const quorsum_identity *signer);
/* Reads one: form, key, task, aggregate, part, trustees, signature, ranges. Errors as quorsum_result_decode. */
quorsum_status qs_completion_decode(qs_completion **out, const quorsum_task *task, const quorsum_aggregate *aggregate,
                                    const uint8_t *in, size_t len);
/* Whether its openings are the aggregate's (lib/threshold/exact.h). ERR_NOT_UNIT, ERR_OPENING. */
quorsum_status qs_completion_check(const qs_completion *completion, const quorsum_aggregate *aggregate,
                                   const quorsum_run *run);
void qs_completion_free(qs_completion *completion);

#endif
