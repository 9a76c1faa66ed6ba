/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BLAKE2b-256 over items behind their lengths, keyed or not: every hash of a ceremony but the streams of prf.h.
 *
 *     L("quorsum/v1/" name) L(item) L(item) ..        L(x) = 8-byte big-endian length, then x
 *
 * What is hashed may be secret: the state is wiped at the end.
 */
#ifndef QS_CEREMONY_DIGEST_H
#define QS_CEREMONY_DIGEST_H

#include <sodium.h>
#include <stddef.h>
#include <stdint.h>

#include "quorsum/status.h"

typedef struct qs_digest {
    crypto_generichash_state state;
} qs_digest;

/* key: 32 bytes, or NULL. */
void qs_digest_begin(qs_digest *digest, const uint8_t *key, const char *name);
void qs_digest_bytes(qs_digest *digest, const void *data, size_t len);
void qs_digest_text(qs_digest *digest, const char *text);
void qs_digest_u64(qs_digest *digest, uint64_t value);
void qs_digest_end(qs_digest *digest, uint8_t out[QUORSUM_DIGEST_BYTES]);

#endif
