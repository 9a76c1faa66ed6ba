/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a signing identity, and the one place where its secret half is used. */
#ifndef QS_IDENTITY_H
#define QS_IDENTITY_H

#include "quorsum/identity.h"

struct quorsum_identity {
    uint8_t public_half[QUORSUM_IDENTITY_BYTES];
    uint8_t *secret; /* 64 bytes, guarded: seed ‖ public half, libsodium's form */
};

void qs_identity_sign(const quorsum_identity *identity, uint8_t signature[64], const void *message, size_t len);

/* Another object for the same identity, owned by the caller; NULL on failure. ERR_MEMORY. */
quorsum_status qs_identity_copy(quorsum_identity **out, const quorsum_identity *identity);

/* A key of 32 bytes that only the identity's owner can compute: one for each purpose and `data`. */
void qs_identity_derive(const quorsum_identity *identity, uint8_t key[32], const char *purpose, const void *data,
                        size_t len);

#endif
