/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Byte strings: a growing output buffer whose first failure sticks, and big-endian integers of fixed width.
 */
#ifndef QS_BYTES_H
#define QS_BYTES_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

#include "quorsum/status.h"

/* Public bytes only: growing copies the old ones about. Zero-initialise. After an error every append is
 * a no-op, so callers check `status` once at the end. What is appended must not lie in the buffer itself. */
typedef struct qs_buffer {
    uint8_t *data;
    size_t len;
    size_t capacity;
    quorsum_status status;
} qs_buffer;

void qs_buffer_append(qs_buffer *buffer, const void *data, size_t len);
uint8_t *qs_buffer_extend(qs_buffer *buffer, size_t len); /* room for len bytes, zeroed; NULL on failure */
void qs_buffer_free(qs_buffer *buffer);                   /* also empties */

/* limbs (little-endian, `limbs` of them) <-> big-endian bytes of exactly `len`. Constant time in the value.
 * Reading returns 0, or -1 when the value does not fit the limbs (they are zeroed then); writing likewise when
 * it does not fit the bytes (nothing is written then). */
int qs_limbs_from_bytes(mp_limb_t *out, size_t limbs, const uint8_t *in, size_t len);
int qs_limbs_to_bytes(uint8_t *out, size_t len, const mp_limb_t *in, size_t limbs);

void qs_store64(uint8_t out[8], uint64_t value); /* big-endian */
uint64_t qs_load64(const uint8_t in[8]);

#endif
