/* SPDX-License-Identifier: Apache-2.0 */
/* l(n) of docs/wire-format.md: how many bits longer a mask is that hides n things at once. */
#ifndef QS_PROOF_SIZES_H
#define QS_PROOF_SIZES_H

#include <stddef.h>

/* max(1, ceil(log2 count)) */
static inline size_t qs_log2_ceiling(size_t count)
{
    size_t log = 1;

    while (log < 8 * sizeof count - 1 && ((size_t)1 << log) < count)
        log++;
    return log;
}

#endif
