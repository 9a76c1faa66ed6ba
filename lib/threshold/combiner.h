/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening some elements of the combiner's vector, whether to share the work among machines or to do what others left
 * undone. The whole vector is the range 0 .. count-1.
 */
#ifndef QS_COMBINER_H
#define QS_COMBINER_H

#include "lib/threshold/key_record.h"

typedef struct qs_range { /* elements begin .. begin+count-1 */
    size_t begin;
    size_t count; /* at least 1 */
} qs_range;

/* Whether as many trustees as a quorum have been added. */
int qs_combiner_has_quorum(const quorsum_combiner *combiner);

/*
 * Opens the elements of all ranges with the first quorum of partials that opens every one of them, each element checked
 * by the single equation, and names that quorum in the opening. Element `first` of the vector is element 0 of the
 * opening, which has room for them all; its other elements stay as they are. Without a range the first quorum is named.
 * Answers as quorsum_combiner_open; the contents of the ranges are undefined after a failure.
 */
quorsum_status qs_combiner_fill(quorsum_opening *opening, size_t first, const quorsum_combiner *combiner,
                                const qs_range *ranges, size_t range_count, const quorsum_run *run);

#endif
