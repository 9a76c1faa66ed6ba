/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a task's level asks of a contribution beside the proof of knowledge: the statement that follows from plan and key,
 * whether a contributor's values can be proven at all, and the proof's bytes behind the ciphertexts.
 */
#ifndef QS_LEVEL_H
#define QS_LEVEL_H

#include "lib/base/transcript.h"
#include "lib/round/task.h"

/* Makes the task's statement, once its plan and record are there. ERR_MEMORY, ERR_LIMIT. */
quorsum_status qs_level_prepare(quorsum_task *task);
void qs_level_release(quorsum_task *task);

size_t qs_level_bytes(const quorsum_task *task); /* of the proof; 0 at level knowledge */

/* Whether values that are inside their fields' ranges are what the level allows: ERR_CHOICE, ERR_NORM. Constant time but
 * for the answer. */
quorsum_status qs_level_check(const quorsum_task *task, const int64_t *values);

/* out: qs_level_bytes. For values that passed the check, and what qs_encrypt_keep made of them. Constant time in values
 * and alpha. */
quorsum_status qs_level_prove(uint8_t *out, const quorsum_task *task, const qs_context *context,
                              const quorsum_encryptor *encryptor, const quorsum_ciphertexts *ciphertexts,
                              const int64_t *values, const qs_secret *alpha, const quorsum_run *run);
/* ERR_RANGE, ERR_NOT_UNIT, ERR_PROOF. */
quorsum_status qs_level_verify_vartime(const uint8_t *proof, const quorsum_task *task, const qs_context *context,
                                       const quorsum_ciphertexts *ciphertexts, const quorsum_run *run);

#endif
