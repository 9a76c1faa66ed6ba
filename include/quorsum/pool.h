/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Randomisers made ahead of time. What encryption costs is its randomiser, which does not depend on the plaintext: made
 * beforehand, in memory or in a file, it leaves one multiplication for the day. A randomiser that served two plaintexts
 * would disclose their difference, so each is handed out once: also across a crash, and across fork.
 */
#ifndef QUORSUM_POOL_H
#define QUORSUM_POOL_H

#include "quorsum/ciphertexts.h"
#include "quorsum/identity.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Fills an encryptor's pool: makes `count` randomisers and adds them, 512 in a step. A thread may fill the pool while
 * others encrypt. What was made before a failure stays. Constant time in the randomisers, as all of this file.
 *
 * Every encryptor has a pool, empty at first. quorsum_encrypt, quorsum_ciphertexts_rerandomise and
 * quorsum_contribution_make take from it what it has and compute the rest. To a child of fork the pool counts as empty,
 * for good: a server that forks fills a pool of its own in each child, with an encryptor made there.
 *
 * An entry is alpha and s+1 digits in guarded memory: 640 bytes for 2048 bits, degree 1 and "half".
 *
 * @param[in] encryptor  whose pool; only the pool changes
 * @param[in] count      how many more; one serves one ciphertext
 * @param[in] run        threads and progress (in randomisers); may be NULL
 * @return QUORSUM_OK, _ERR_ARGUMENT (encryptor NULL, count 0, a child of fork), _ERR_LIMIT (above 2^26 in all),
 *         _ERR_MEMORY, _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_pool_fill(const quorsum_encryptor *encryptor, size_t count,
                                                                const quorsum_run *run);
/** How many are there at this moment, for any thread to take; 0 for NULL and in a child of fork. */
QUORSUM_API size_t quorsum_pool_available(const quorsum_encryptor *encryptor);

/**
 * Makes a file of `count` randomisers, sealed for `owner` alone (no passphrase: the identity's own protects it), of
 * mode 0600. Memory does not grow with count; the file is there whole or not at all, and never replaces another
 * (_ERR_EXISTS). Its form is docs/wire-format.md, section 6.
 *
 * @param[in] path       the file to make
 * @param[in] encryptor  makes them; its own pool is neither used nor changed
 * @param[in] owner      whose contributions they are for; the file's key is derived from its secret half
 * @param[in] count      1..2^26
 * @param[in] run        threads and progress (in randomisers); may be NULL
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL, count 0), _ERR_LIMIT (count above 2^26), _ERR_EXISTS, _ERR_SYSTEM (errno
 *         says which), _ERR_MEMORY, _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_pool_make(const char *path, const quorsum_encryptor *encryptor,
                                                                const quorsum_identity *owner, size_t count,
                                                                const quorsum_run *run);

/**
 * An encryptor whose pool holds up to `count` randomisers out of a file; its table is built only when they do not
 * suffice. They are cut off the file, durably, before this returns: whatever happens afterwards, none of them is in the
 * file again, and those that are not used are lost. Waits while another process takes from the same file. That there is a
 * second copy of the file, from which the same would be taken once more, nobody can see: never copy one, nor restore one
 * from a backup.
 *
 * @param[out] out    the encryptor, owned by the caller; NULL on failure. Key and owner may be freed afterwards
 * @param[in]  path   the file; it is written to
 * @param[in]  key    the key to encrypt under, which the pool must have been made for
 * @param[in]  owner  the identity it was sealed for
 * @param[in]  count  1..2^26. How many were there is quorsum_pool_available of the encryptor: none is no error
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL, count 0), _ERR_LIMIT (count, or entries in the file, above 2^26),
 *         _ERR_NOT_FOUND, _ERR_SYSTEM, _ERR_MEMORY; _ERR_TYPE and _ERR_VERSION (no pool of this release),
 *         _ERR_NOT_CANONICAL, _ERR_RANGE, _ERR_TRUNCATED (cut in the middle of an entry), _ERR_OWNER (another
 *         identity's, or altered), _ERR_KEY_MISMATCH. Nothing is taken then, except that after _ERR_SYSTEM it may be
 *         lost.
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_pool_open(quorsum_encryptor **out, const char *path,
                                                                const quorsum_public_key *key,
                                                                const quorsum_identity *owner, size_t count);

/** What anybody who can read a pool file sees. */
typedef struct quorsum_pool_info {
    uint8_t owner[QUORSUM_IDENTITY_BYTES];
    uint8_t key[QUORSUM_DIGEST_BYTES]; /* quorsum_public_key_digest; that of a key record is another */
    uint32_t randomiser_bits;          /* of alpha, the secret exponent */
    uint64_t available;                /* randomisers left in the file */
} quorsum_pool_info;

/**
 * Reads what a pool file says of itself: unseals nothing, takes nothing, and checks no more than the form. *out is zeroed
 * on failure.
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL), _ERR_NOT_FOUND, _ERR_SYSTEM, _ERR_LIMIT, _ERR_TYPE, _ERR_VERSION,
 *         _ERR_NOT_CANONICAL, _ERR_RANGE, _ERR_TRUNCATED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_pool_inspect(quorsum_pool_info *out, const char *path);

#ifdef __cplusplus
}
#endif
#endif
