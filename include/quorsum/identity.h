/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 signing identities: who sent a message. */
#ifndef QUORSUM_IDENTITY_H
#define QUORSUM_IDENTITY_H

#include "quorsum/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QUORSUM_IDENTITY_BYTES 32 /* of the public half */

/** A signing identity; its secret half lies in guarded memory. Immutable. */
typedef struct quorsum_identity quorsum_identity;

/** A fresh identity, owned by the caller; NULL on failure. @return QUORSUM_OK, _ERR_ARGUMENT (NULL), _ERR_MEMORY */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_identity_generate(quorsum_identity **out);
QUORSUM_API void quorsum_identity_free(quorsum_identity *identity); /* wipes */
/** The public half, QUORSUM_IDENTITY_BYTES long, lent until the identity is freed. */
QUORSUM_API const uint8_t *quorsum_identity_public(const quorsum_identity *identity);

/**
 * Seals the identity under a passphrase (Argon2id, then XChaCha20-Poly1305), for a file of mode 0600: half a second and
 * 256 MiB of memory, by design. Errors as quorsum_private_key_seal.
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_identity_seal(quorsum_bytes *out, const quorsum_identity *identity,
                                                                    const char *passphrase, size_t passphrase_len);
/** Reads it back, at the same cost; owned by the caller, NULL on failure. Errors as quorsum_private_key_unseal. */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_identity_unseal(quorsum_identity **out, const uint8_t *sealed,
                                                                      size_t len, const char *passphrase,
                                                                      size_t passphrase_len);

#ifdef __cplusplus
}
#endif
#endif
