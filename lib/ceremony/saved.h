/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ceremony at rest, sealed for the party's identity:
 *
 *     header   deterministic CBOR {0: "ceremony-state", 1: 1 (version), 2: owner, 3: ceremony, 4: salt (32 bytes)}
 *     seed     XChaCha20-Poly1305 of the party's seed, nonce 0
 *     log      the same of the log (below), nonce 1
 *
 * The key follows from the identity and the header, so that the header is authenticated with every part, and no two
 * saved states share a key. The seed is all that is secret; the log is public but for what has not left yet. It is a
 * CBOR map:
 *
 *     0 phase  1 step  2 round  3 batch  4 the batch's first step  5 candidates before  6 transcript before the batch
 *     7 pledges  8 [digests of every step before this one, those of a step in one string]  9 [messages]
 *     10 [accused slots]  11 certain  12 reason  13 aborts
 *
 * Messages are those of the setup, of the batch under way, and whatever is there of this step and the next. Resuming
 * gives them to the same code that took them first, which then stands where it stood.
 */
#ifndef QS_SAVED_H
#define QS_SAVED_H

#include <sodium.h>
#include <string.h>

#include "lib/base/bytes.h"

#define QS_SAVED_TYPE "ceremony-state"
#define QS_SAVED_VERSION 1
#define QS_SAVED_FIELDS 5
#define QS_SAVED_PURPOSE "quorsum/v1/ceremony-state"
#define QS_SAVED_SALT_BYTES 32
#define QS_SAVED_SEED_BYTES 32
#define QS_SAVED_TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define QS_SAVED_KEY_BYTES crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define QS_SAVED_NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define QS_SAVED_LOG_FIELDS 14

_Static_assert(QS_SAVED_TAG_BYTES == 16 && QS_SAVED_KEY_BYTES == 32 && QS_SAVED_NONCE_BYTES == 24,
               "the format has these lengths");

enum { QS_SAVED_SEED = 0, QS_SAVED_LOG = 1 };

static inline void qs_saved_nonce(uint8_t nonce[QS_SAVED_NONCE_BYTES], uint64_t part)
{
    memset(nonce, 0, QS_SAVED_NONCE_BYTES);
    qs_store64(nonce + QS_SAVED_NONCE_BYTES - 8, part);
}

#endif
