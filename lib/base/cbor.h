/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deterministic CBOR (RFC 8949 section 4.2), the subset quorsum speaks: unsigned integers, byte strings,
 * UTF-8 text, arrays, and maps with unsigned keys in ascending order. Shortest lengths only; no tags,
 * floats, negatives, simple values or indefinite lengths. Anything else is QUORSUM_ERR_NOT_CANONICAL.
 *
 * Reader and writer keep their first error and turn every later call into a no-op, so a decoder reads
 * straight down and checks once: after an error reads answer 0, NULL and zeroed outputs, so counts that were
 * read may be looped over. A reader lends pointers into the bytes it was given. The writer refuses what the
 * reader would (text that is no UTF-8, a negative number) with ERR_ARGUMENT.
 */
#ifndef QS_CBOR_H
#define QS_CBOR_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"
#include "quorsum/status.h"

typedef struct qs_cbor_reader {
    const uint8_t *at;
    const uint8_t *end;
    quorsum_status status;
} qs_cbor_reader;

void qs_cbor_put_uint(qs_buffer *out, uint64_t value);
void qs_cbor_put_bytes(qs_buffer *out, const void *data, size_t len);
void qs_cbor_put_text(qs_buffer *out, const char *text);
void qs_cbor_put_array(qs_buffer *out, uint64_t count);
void qs_cbor_put_map(qs_buffer *out, uint64_t count);
/* A non-negative integer as a byte string without leading zeros (zero: the empty string). */
void qs_cbor_put_mpz(qs_buffer *out, const mpz_t value);

void qs_cbor_begin(qs_cbor_reader *reader, const uint8_t *data, size_t len);
uint64_t qs_cbor_uint(qs_cbor_reader *reader, uint64_t max);                       /* > max: ERR_RANGE */
const uint8_t *qs_cbor_bytes(qs_cbor_reader *reader, size_t *len, size_t max);     /* longer: ERR_LIMIT */
void qs_cbor_fixed(qs_cbor_reader *reader, uint8_t *out, size_t len);              /* other length: ERR_RANGE */
const char *qs_cbor_text(qs_cbor_reader *reader, size_t *len, size_t max);         /* not 0-terminated; UTF-8, no NUL */
uint64_t qs_cbor_array(qs_cbor_reader *reader, uint64_t max);                      /* > max: ERR_LIMIT */
uint64_t qs_cbor_map(qs_cbor_reader *reader, uint64_t max);                        /* > max: ERR_LIMIT */
/* Reads a map key and demands that it is `key`: our maps have fixed keys, so order needs no other check. */
void qs_cbor_key(qs_cbor_reader *reader, uint64_t key);
void qs_cbor_mpz(qs_cbor_reader *reader, mpz_t out, size_t max_bytes);             /* leading zero: NOT_CANONICAL */
/* The head of a file of ours, a map with 0: type, 1: version: these come before everything that a later version may have
 * changed. ERR_TYPE whatever else it is, ERR_VERSION, ERR_NOT_CANONICAL for another number of fields. */
void qs_cbor_file_head(qs_cbor_reader *reader, const char *type, uint64_t version, uint64_t fields);
/* For an object that ends with its CBOR: the reader's status, ERR_TRAILING when bytes are left. */
quorsum_status qs_cbor_finish(qs_cbor_reader *reader);

#endif
