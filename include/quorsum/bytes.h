/* SPDX-License-Identifier: Apache-2.0 */
/* A byte string the library hands to its caller. */
#ifndef QUORSUM_BYTES_H
#define QUORSUM_BYTES_H

#include "quorsum/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An encoded object: public bytes, the caller's to release. {NULL, 0} is empty. */
typedef struct quorsum_bytes {
    uint8_t *data;
    size_t len;
} quorsum_bytes;

/** Releases the bytes and empties the struct; empty or NULL is fine. */
QUORSUM_API void quorsum_bytes_free(quorsum_bytes *bytes);

#ifdef __cplusplus
}
#endif
#endif
