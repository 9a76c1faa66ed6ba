/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of ciphertexts, and what may be computed on them without any secret. */
#ifndef QUORSUM_CIPHERTEXTS_H
#define QUORSUM_CIPHERTEXTS_H

#include "quorsum/plaintexts.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A vector of valid ciphertexts under one key: every digit below N, every element a unit. A single ciphertext is a
 * vector of one. Immutable. All operations below work element by element, on all cores, on public data (their time
 * may depend on the values unless said otherwise), and refuse operands of another key (_ERR_KEY_MISMATCH) or of
 * another length (_ERR_WIDTH). A result is the caller's, NULL on failure. All may also return _ERR_ARGUMENT (a NULL
 * other than run), _ERR_MEMORY and _ERR_CANCELLED; what a call can return beyond these stands with it.
 */
typedef struct quorsum_ciphertexts quorsum_ciphertexts;

/** Encrypts under one key: holds its table of powers of h_s (some MiB), and a pool of randomisers made ahead of time
 *  (quorsum/pool.h). Any number of threads may encrypt with one at once. */
typedef struct quorsum_encryptor quorsum_encryptor;

/**
 * Builds the table: as much work as some dozens of encryptions. The key may be freed afterwards.
 * @return QUORSUM_OK, _ERR_ARGUMENT (out or key is NULL), _ERR_MEMORY, _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_encryptor_new(quorsum_encryptor **out, const quorsum_public_key *key,
                                                                    const quorsum_run *run);
QUORSUM_API void quorsum_encryptor_free(quorsum_encryptor *encryptor); /* wipes its pool */

/**
 * Encrypts a vector, each element with fresh randomness. Constant time in plaintexts and randomness.
 * @return QUORSUM_OK, _ERR_ARGUMENT, _ERR_KEY_MISMATCH, _ERR_MEMORY, _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_encrypt(quorsum_ciphertexts **out, const quorsum_encryptor *encryptor,
                                                              const quorsum_plaintexts *plaintexts, const quorsum_run *run);
/** Decrypts with a private key by the Chinese remainder theorem. Constant time. Errors as quorsum_encrypt. */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_decrypt(quorsum_plaintexts **out, const quorsum_private_key *key,
                                                              const quorsum_ciphertexts *ciphertexts,
                                                              const quorsum_run *run);

QUORSUM_API void quorsum_ciphertexts_free(quorsum_ciphertexts *ciphertexts);
QUORSUM_API size_t quorsum_ciphertexts_count(const quorsum_ciphertexts *ciphertexts);

/**
 * Adds: decrypts to (a + b) mod N^s. No fresh randomness goes in, so whoever knows a and b recognises the sum;
 * quorsum_ciphertexts_rerandomise breaks that link. a and b may be the same object.
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ciphertexts_add(quorsum_ciphertexts **out,
                                                                      const quorsum_public_key *key,
                                                                      const quorsum_ciphertexts *a,
                                                                      const quorsum_ciphertexts *b, const quorsum_run *run);
/** Subtracts: decrypts to (a - b) mod N^s. */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ciphertexts_subtract(quorsum_ciphertexts **out,
                                                                           const quorsum_public_key *key,
                                                                           const quorsum_ciphertexts *a,
                                                                           const quorsum_ciphertexts *b,
                                                                           const quorsum_run *run);
/** Multiplies every element by one public signed integer: decrypts to (factor * a) mod N^s. */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ciphertexts_scale(quorsum_ciphertexts **out,
                                                                        const quorsum_public_key *key,
                                                                        const quorsum_ciphertexts *a, int64_t factor,
                                                                        const quorsum_run *run);
/**
 * Weighted sum of `count` vectors: decrypts, element by element, to (weights[0] vectors[0] + ... ) mod N^s. Weights are
 * public and signed, zero included; with weights[i] for vectors[i], count >= 1 (_ERR_ARGUMENT). Twice as fast as to scale
 * and add, for weights of twenty bits: the vectors share the squarings.
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ciphertexts_weighted_sum(quorsum_ciphertexts **out,
                                                                               const quorsum_public_key *key,
                                                                               const quorsum_ciphertexts *const *vectors,
                                                                               const int64_t *weights, size_t count,
                                                                               const quorsum_run *run);
/** The same plaintexts under fresh randomness: nobody can link the two. Constant time in the randomness. */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ciphertexts_rerandomise(quorsum_ciphertexts **out,
                                                                              const quorsum_encryptor *encryptor,
                                                                              const quorsum_ciphertexts *a,
                                                                              const quorsum_run *run);

/**
 * The wire form: each ciphertext as s+1 digits in base N, least digit first, each big-endian and as long as N.
 * encode needs count * quorsum_public_key_ciphertext_bytes bytes (_ERR_BUFFER, with *len set, when capacity is less).
 * decode checks everything: _ERR_TRUNCATED or _TRAILING for a wrong length, _ERR_RANGE for a digit >= N,
 * _ERR_NOT_UNIT for an element that shares a factor with N; *index then names the first bad element (may be NULL).
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ciphertexts_encode(const quorsum_ciphertexts *ciphertexts,
                                                                         uint8_t *out, size_t capacity, size_t *len);
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ciphertexts_decode(quorsum_ciphertexts **out,
                                                                         const quorsum_public_key *key,
                                                                         const uint8_t *in, size_t len, size_t *index,
                                                                         const quorsum_run *run);
/**
 * The sum of any number of vectors of one length, added one at a time in memory that does not grow: that of two vectors.
 * Vectors may come as they lie in a file, in the wire form (quorsum_ciphertexts_encode): then reading, checking and
 * adding are one pass over the bytes. One thread at a time may use a sum. Not constant time: all of it is public.
 *
 *     quorsum_sum_new(&sum, key, count);
 *     for each vector: quorsum_sum_add_bytes(sum, bytes, len, &index, NULL);
 *     quorsum_sum_value(&ciphertexts, sum, NULL);
 */
typedef struct quorsum_sum quorsum_sum;

/**
 * An empty sum of vectors of `count` ciphertexts, owned by the caller. The key may be freed afterwards.
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL, or count is 0), _ERR_LIMIT (count above 2^26), _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_sum_new(quorsum_sum **out, const quorsum_public_key *key,
                                                              size_t count);
QUORSUM_API void quorsum_sum_free(quorsum_sum *sum);
/**
 * Adds a vector, as quorsum_ciphertexts_add does. Whatever the reason of a failure, the sum is what it was before.
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL), _ERR_KEY_MISMATCH, _ERR_WIDTH (not `count` ciphertexts), _ERR_MEMORY,
 *         _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_sum_add(quorsum_sum *sum, const quorsum_ciphertexts *ciphertexts,
                                                              const quorsum_run *run);
/**
 * Adds a vector from its wire form, checking all that quorsum_ciphertexts_decode checks. A refused vector leaves no
 * trace. The bytes do not say under which key they were made: a vector of another key of the same size may pass, and
 * spoils the sum. Messages of a round (quorsum/round.h) are bound to their key.
 *
 * @param[in]  in     `count` ciphertexts of quorsum_public_key_ciphertext_bytes each, such as a mapped file
 * @param[in]  len    bytes of in
 * @param[out] index  the first bad element after _ERR_RANGE or _ERR_NOT_UNIT, else 0; may be NULL
 * @return QUORSUM_OK, _ERR_ARGUMENT (sum or in is NULL), _ERR_TRUNCATED or _ERR_TRAILING (len is less or more),
 *         _ERR_RANGE (a digit >= N), _ERR_NOT_UNIT (an element shares a factor with N), _ERR_MEMORY, _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_sum_add_bytes(quorsum_sum *sum, const uint8_t *in, size_t len,
                                                                    size_t *index, const quorsum_run *run);
/**
 * The sum so far, as a new vector; the sum stays usable, and more may be added.
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL, or nothing has been added), _ERR_MEMORY, _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_sum_value(quorsum_ciphertexts **out, const quorsum_sum *sum,
                                                                const quorsum_run *run);

/**
 * The form other libraries use: one integer in (0, N^(s+1)) per ciphertext, big-endian, in blocks of
 * quorsum_public_key_ciphertext_bytes. Errors as encode and decode (_ERR_RANGE: >= N^(s+1)).
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ciphertexts_export(const quorsum_ciphertexts *ciphertexts,
                                                                         const quorsum_public_key *key, uint8_t *out,
                                                                         size_t capacity, size_t *len);
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ciphertexts_import(quorsum_ciphertexts **out,
                                                                         const quorsum_public_key *key,
                                                                         const uint8_t *in, size_t len, size_t *index,
                                                                         const quorsum_run *run);

#ifdef __cplusplus
}
#endif
#endif
