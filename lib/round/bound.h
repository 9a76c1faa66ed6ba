/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the messages of one task have in common: each names the task and its key, and is refused under any other.
 * Also the bounds on how long each may be, known from the task before a file is opened.
 */
#ifndef QS_BOUND_H
#define QS_BOUND_H

#include "lib/base/message.h"
#include "lib/round/task.h"

/* How many keys of its own each kind has (docs/wire-format.md). */
#define QS_CONTRIBUTION_KEYS 6
#define QS_RECEIPT_KEYS 3
#define QS_MANIFEST_KEYS 4
#define QS_AGGREGATE_KEYS 3
#define QS_ACKNOWLEDGEMENT_KEYS 3
#define QS_PARTIAL_KEYS 5
#define QS_COMPLETION_KEYS 5
#define QS_RESULT_KEYS 5
#define QS_EVIDENCE_KEYS 6

#define QS_SENDERS_MAX ((size_t)1 << 26) /* contributions of one board: 2 GiB of names, 4 GiB of manifest */
#define QS_SEQUENCE_MAX 65535u
#define QS_REFUSED_MAX 65536 /* that one manifest lists */
/* Of a manifest: sender, sequence, contribution digest. */
#define QS_ENTRY_SEQUENCE QUORSUM_IDENTITY_BYTES
#define QS_ENTRY_DIGEST (QUORSUM_IDENTITY_BYTES + 4)
#define QS_ENTRY_BYTES (QUORSUM_IDENTITY_BYTES + 4 + QUORSUM_DIGEST_BYTES)
/* Receipts, acknowledgements and evidence: no blocks, and a header that is short whatever the task. */
#define QS_PROMISE_BYTES_MAX 1024

void qs_bound_begin(qs_buffer *out, const char *kind, size_t keys, const quorsum_task *task,
                    const quorsum_identity *signer);
void qs_bound_put_uint(qs_buffer *out, uint64_t key, uint64_t value);
void qs_bound_put_bytes(qs_buffer *out, uint64_t key, const void *data, size_t len);
void qs_bound_put_trustees(qs_buffer *out, uint64_t key, const uint32_t *trustees, size_t count);
/* Signs and hands the bytes over; on failure *out is empty and the buffer released. digest may be NULL. */
quorsum_status qs_bound_finish(quorsum_bytes *out, qs_buffer *buffer, const char *kind, const quorsum_task *task,
                               const quorsum_identity *signer, uint8_t *digest);

/* qs_message_open, then ERR_KEY_MISMATCH, ERR_TASK_MISMATCH. */
quorsum_status qs_bound_open(qs_message *message, const char *kind, size_t keys, const quorsum_task *task,
                             const uint8_t *in, size_t len);
/* The next key with its value; what differs from the expected value ends the header with `otherwise`. */
void qs_bound_expect_uint(qs_message *message, uint64_t key, uint64_t expected, quorsum_status otherwise);
void qs_bound_expect_digest(qs_message *message, uint64_t key, const uint8_t *expected, quorsum_status otherwise);
/* The next key with a quorum of the record's trustees or more, strictly ascending: how many. ERR_TOO_FEW_SHARES,
 * ERR_TRUSTEE, ERR_DUPLICATE_TRUSTEE, ERR_NOT_CANONICAL. */
size_t qs_bound_take_trustees(qs_message *message, uint64_t key, uint32_t trustees[QUORSUM_TRUSTEES_MAX],
                              const quorsum_key_record *record);
/* Ends the header with `status` unless it has ended with an error before. */
void qs_bound_refuse(qs_message *message, quorsum_status status);
/* 1 when the header was read and header, `blocks_len` bytes of blocks and a signature are all there is. */
int qs_bound_fits(const qs_message *message, uint64_t blocks_len);

/* The next key with a contribution's sequence: ERR_RANGE unless it is 1..QS_SEQUENCE_MAX. */
uint32_t qs_bound_take_sequence(qs_message *message, uint64_t key);

/* Whether an identity is the one that made the task; which trustee of its key it is, from 1, or 0. */
int qs_bound_is_coordinator(const quorsum_task *task, const uint8_t *identity);
uint32_t qs_bound_trustee_of(const quorsum_task *task, const uint8_t *identity);

/* The sender a message claims, for naming it in a report: 1 and 32 bytes, or 0 when it cannot be read. No signature
 * is checked. */
int qs_bound_sender(uint8_t out[QUORSUM_IDENTITY_BYTES], const char *kind, size_t keys, const uint8_t *in, size_t len);

/* Upper bounds of encoded lengths. */
size_t qs_contribution_max(const quorsum_task *task);
size_t qs_manifest_max(const quorsum_task *task);
size_t qs_aggregate_max(const quorsum_task *task);
size_t qs_partial_max(const quorsum_task *task);
size_t qs_completion_max(const quorsum_task *task);
size_t qs_result_max(const quorsum_task *task);

/* The same threads, no progress: for the steps of a longer operation that counts for itself. */
static inline quorsum_run qs_run_quiet(const quorsum_run *run)
{
    return (quorsum_run){.threads = run != NULL ? run->threads : 0};
}

#endif
