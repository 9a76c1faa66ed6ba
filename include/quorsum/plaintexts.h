/* SPDX-License-Identifier: Apache-2.0 */
/* A vector of secret integers modulo N^s. */
#ifndef QUORSUM_PLAINTEXTS_H
#define QUORSUM_PLAINTEXTS_H

#include "quorsum/key.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Integers modulo N^s in guarded memory, zero at first. One thread at a time may write. */
typedef struct quorsum_plaintexts quorsum_plaintexts;

/**
 * `count` zeros for this key, which may be freed afterwards; owned by the caller, NULL on failure.
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL, count 0), _ERR_LIMIT (count above 2^26), _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_plaintexts_new(quorsum_plaintexts **out,
                                                                     const quorsum_public_key *key, size_t count);
QUORSUM_API void quorsum_plaintexts_free(quorsum_plaintexts *plaintexts); /* wipes */
QUORSUM_API size_t quorsum_plaintexts_count(const quorsum_plaintexts *plaintexts);

/**
 * Sets element `index` to an integer: magnitude big-endian, `negative` 0 or 1; a negative one stands for N^s minus
 * it. Constant time in the value. @return QUORSUM_OK, _ERR_ARGUMENT (index), _ERR_RANGE (magnitude >= N^s)
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_plaintexts_set(quorsum_plaintexts *plaintexts, size_t index,
                                                                     const uint8_t *magnitude, size_t len, int negative);
/** The same for a value that fits 64 bits. Constant time in it. @return QUORSUM_OK, _ERR_ARGUMENT (NULL, index) */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_plaintexts_set_int64(quorsum_plaintexts *plaintexts, size_t index,
                                                                           int64_t value);
/**
 * Reads element `index` as the integer nearest to zero it stands for, in (-N^s/2, N^s/2): magnitude big-endian,
 * exactly `len` bytes, and `negative` 0 or 1. Constant time in the value, but for whether it fits.
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL, index), _ERR_RANGE (it does not fit `len` bytes: zeroed), _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_plaintexts_get(const quorsum_plaintexts *plaintexts, size_t index,
                                                                     uint8_t *magnitude, size_t len, int *negative);
/** The same as one number. _ERR_RANGE when it does not fit 64 bits: *value is 0 then. */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_plaintexts_get_int64(const quorsum_plaintexts *plaintexts,
                                                                           size_t index, int64_t *value);

#ifdef __cplusplus
}
#endif
#endif
