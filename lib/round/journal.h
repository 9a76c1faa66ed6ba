/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trustee's memory of what it has agreed to open: one aggregate a task, for good. Two cohorts that differ by one
 * contributor, both opened, disclose that contributor, so this must be on disk before a partial leaves.
 *
 *     quorsum-journal 1\n
 *     <task digest, 64 lower-case hex digits> <aggregate digest, likewise>\n      one line a task
 *
 * Lines are only ever appended. A line without its newline was cut by a crash before it was synced, so nothing was
 * released on its strength: it is removed. Anything else that is not as above stops the trustee.
 */
#ifndef QS_JOURNAL_H
#define QS_JOURNAL_H

#include <stdint.h>

#include "quorsum/status.h"

/*
 * OK when the journal says, or says from now on, durably, that `aggregate` is the one to open for `task`.
 * ERR_POLICY when it names another one. ERR_TYPE: the file is no journal; ERR_VERSION; ERR_NOT_CANONICAL: a line is
 * damaged; ERR_SYSTEM (nothing is agreed then; errno says why). Waits while another process has the journal.
 */
quorsum_status qs_journal_agree(const char *path, const uint8_t task[QUORSUM_DIGEST_BYTES],
                                const uint8_t aggregate[QUORSUM_DIGEST_BYTES]);

#endif
