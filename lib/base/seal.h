/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret byte string under a passphrase, as it lies on disk:
 *
 *     header      deterministic CBOR {0: "sealed", 1: 1 (version), 2: kind, 3: ops, 4: mem, 5: salt (16 bytes)}
 *     stream      24 bytes, the header of crypto_secretstream_xchacha20poly1305
 *     ciphertext  one chunk with TAG_FINAL: the secret's length + 17 bytes; additional data: the CBOR header
 *
 * The key is Argon2id(passphrase, salt, ops, mem). ops and mem stand in the file, so that a later release may
 * raise them, and are bounded on reading, so that a forged file cannot make the reader use up the machine.
 */
#ifndef QS_SEAL_H
#define QS_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"
#include "quorsum/status.h"

#define QS_SEAL_VERSION 1
#define QS_SEAL_KIND_MAX 32               /* bytes of a kind, such as "share", "identity", "private-key" */
#define QS_SEAL_SECRET_MAX ((size_t)1 << 20)
#define QS_SEAL_OPS_MAX 16
#define QS_SEAL_MEM_MIN ((size_t)8 << 20) /* bytes */
#define QS_SEAL_MEM_MAX ((size_t)1 << 30)

/* A sealed string for files: no larger file need be opened. */
#define QS_SEAL_FILE_MAX (QS_SEAL_SECRET_MAX + 256)

/* Seals into *out, an empty buffer (left empty on failure, but for its status). Takes about a second and 256 MiB
 * (libsodium's MODERATE figures; test builds take the smallest ones allowed).
 * ERR_ARGUMENT (a NULL, an empty passphrase, an empty or overlong kind), ERR_LIMIT, ERR_MEMORY. */
quorsum_status qs_seal(qs_buffer *out, const char *kind, const void *secret, size_t len, const void *passphrase,
                       size_t passphrase_len);

/* Opens what qs_seal made: *secret is a qs_secret_block of *len bytes, NULL on failure. ERR_ARGUMENT, ERR_TYPE
 * (not a sealed file, or one of another kind), ERR_VERSION, ERR_NOT_CANONICAL, ERR_RANGE (ops or mem outside the
 * bounds), ERR_LIMIT, ERR_TRUNCATED (too short for any secret), ERR_MEMORY, or ERR_PASSPHRASE: a wrong
 * passphrase and any change of the file, a cut ciphertext included, look the same. */
quorsum_status qs_unseal(void **secret, size_t *len, const char *kind, const uint8_t *sealed, size_t sealed_len,
                         const void *passphrase, size_t passphrase_len);

#endif
