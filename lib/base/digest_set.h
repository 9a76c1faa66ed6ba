/* SPDX-License-Identifier: Apache-2.0 */
/* A set of digests, for asking often whether one is in it. Digests are their own hashes: they come of BLAKE2b. */
#ifndef QS_DIGEST_SET_H
#define QS_DIGEST_SET_H

#include <stddef.h>
#include <stdint.h>

#include "quorsum/status.h"

typedef struct qs_digest_set { /* zero-initialise */
    uint8_t *slots; /* QUORSUM_DIGEST_BYTES each; zeros are a free one */
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    int has_zeros; /* the digest of all zeros needs no slot */
} qs_digest_set;

quorsum_status qs_digest_set_add(qs_digest_set *set, const uint8_t digest[QUORSUM_DIGEST_BYTES]); /* twice is fine */
int qs_digest_set_has(const qs_digest_set *set, const uint8_t digest[QUORSUM_DIGEST_BYTES]);
void qs_digest_set_free(qs_digest_set *set); /* also empties */

#endif
