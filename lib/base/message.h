/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed envelope of every object that travels:
 *
 *     message   = header ‖ blocks ‖ signature
 *     header    = map { 0: kind, 1: version, 2: sender, [3: key digest], [4: task digest], 10, 11, ...: the kind's }
 *     digest    = BLAKE2b-256(header ‖ blocks), the object's name
 *     signature = Ed25519 of L("quorsum/v1/message") L(kind) L(task digest, or 32 zeros) L(digest),
 *                 L(x) = 8-byte big-endian length, then x
 *
 * A key record names no key (it is one) and no task, nor do proposal and messages of a ceremony; a task names its
 * key; all others name both. Blocks are raw
 * fixed-width bytes behind the header, so that a message is used in place: a reader lends pointers into the
 * bytes it was given and copies nothing. They must not change while it works: they are read again after the signature.
 */
#ifndef QS_MESSAGE_H
#define QS_MESSAGE_H

#include "lib/base/cbor.h"
#include "lib/base/identity.h"

#define QS_MESSAGE_VERSION 1
#define QS_SIGNATURE_BYTES 64
#define QS_KIND_BYTES 16      /* longest kind name, with its 0 */
#define QS_KEYS_MAX 64        /* of one header */

#define QS_KIND_KEY "key"
#define QS_KIND_TASK "task"
#define QS_KIND_CONTRIBUTION "contribution"
#define QS_KIND_RECEIPT "receipt"
#define QS_KIND_MANIFEST "manifest"
#define QS_KIND_AGGREGATE "aggregate"
#define QS_KIND_ACKNOWLEDGEMENT "acknowledgement"
#define QS_KIND_PARTIAL "partial"
#define QS_KIND_COMPLETION "completion"
#define QS_KIND_RESULT "result"
#define QS_KIND_EVIDENCE "evidence"
#define QS_KIND_PROPOSAL "proposal"
#define QS_KIND_CEREMONY "ceremony"

/*
 * Writing, into an empty buffer: begin (the map's head and the common keys), then the kind's `extra_keys` keys from
 * 10 on with qs_cbor_put_..., then the blocks, then sign. key and task are given exactly when the kind names them
 * (ERR_ARGUMENT otherwise). sign needs the identity whose public half `begin` was given (ERR_ARGUMENT); digest may be
 * NULL.
 */
void qs_message_begin(qs_buffer *out, const char *kind, size_t extra_keys, const uint8_t *sender, const uint8_t *key,
                      const uint8_t *task);
void qs_message_sign(qs_buffer *out, const char *kind, const quorsum_identity *identity, const uint8_t *task,
                     uint8_t *digest);
/* The signature alone, of a message of which only the digest is at hand; task is given where the kind names one. What
 * sign appends. */
void qs_message_make_signature(uint8_t signature[QS_SIGNATURE_BYTES], const char *kind,
                               const quorsum_identity *identity, const uint8_t *task,
                               const uint8_t digest[QUORSUM_DIGEST_BYTES]);

typedef struct qs_message {
    const uint8_t *sender;                /* 32 bytes, lent */
    const uint8_t *key;                   /* NULL where the kind has none */
    const uint8_t *task;                  /* likewise */
    const uint8_t *blocks;                /* set by close */
    size_t blocks_len;
    uint8_t digest[QUORSUM_DIGEST_BYTES]; /* set by close */
    qs_cbor_reader header;                /* stands at the kind's own keys after open */
    const char *kind;
    const uint8_t *data;
    size_t len;
} qs_message;

/*
 * Reading: open, the kind's own keys from message->header, then close with the blocks' length that follows from
 * them. Nothing read may be believed before close says QUORSUM_OK.
 *
 * open: ERR_TYPE for another kind, ERR_VERSION for another version, ERR_NOT_CANONICAL, ERR_TRUNCATED, ERR_RANGE.
 * close: what the header's reader met; ERR_TRUNCATED or ERR_TRAILING unless header, blocks and signature are all
 * there is; ERR_SIGNATURE. One pass over the blocks.
 */
quorsum_status qs_message_open(qs_message *message, const char *kind, size_t extra_keys, const uint8_t *data,
                               size_t len);
quorsum_status qs_message_close(qs_message *message, uint64_t blocks_len);
/* The same for a message that something unsigned follows in the same bytes: *behind is how many those are. message->len
 * is the signed message's then. */
quorsum_status qs_message_close_followed(qs_message *message, uint64_t blocks_len, size_t *behind);

/* The signature of a message of which only the digest is at hand: OK or ERR_SIGNATURE. task as in qs_message_begin. */
quorsum_status qs_message_check_signature(const uint8_t signature[QS_SIGNATURE_BYTES], const char *kind,
                                          const uint8_t *task, const uint8_t digest[QUORSUM_DIGEST_BYTES],
                                          const uint8_t sender[QUORSUM_IDENTITY_BYTES]);
/* Digest and signature of a message that was closed; any bytes may be asked for the digest they would have, 64 at
 * least. */
const uint8_t *qs_message_signature(const qs_message *message);
void qs_message_digest(uint8_t digest[QUORSUM_DIGEST_BYTES], const uint8_t *data, size_t len);

/* The kind of a message of unknown kind: one of the names above, or ERR_TYPE. Only the first bytes are looked at.
 * kind is "" on failure. */
quorsum_status qs_message_peek(const uint8_t *data, size_t len, char kind[QS_KIND_BYTES]);

#endif
