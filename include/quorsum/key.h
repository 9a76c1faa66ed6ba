/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of the Damgard-Jurik cryptosystem (PKC 2001; Paillier, EUROCRYPT 1999, is degree 1). */
#ifndef QUORSUM_KEY_H
#define QUORSUM_KEY_H

#include "quorsum/bytes.h"
#include "quorsum/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * How long the secret exponent alpha is that blinds a ciphertext, c = (1+N)^m h_s^alpha (Damgard, Jurik, Nielsen,
 * IJIS 2010). h is the square of a hash of N, so everybody can recompute it and nobody chooses it.
 */
typedef enum quorsum_randomiser {
    QUORSUM_RANDOMISER_HALF = 0,  /* |N|/2 bits: the default */
    QUORSUM_RANDOMISER_SHORT = 1, /* 384 bits: faster, one more assumption (docs/security.md) */
    QUORSUM_RANDOMISER_FULL = 2   /* |N|+128 bits: statistically uniform, no short-exponent assumption */
} quorsum_randomiser;

/** What a key is made with. Zero in a field means its default. */
typedef struct quorsum_key_options {
    uint32_t modulus_bits; /* bits of N: 2048, 3072 (default) or 4096 */
    uint32_t degree;       /* s, 1 (default) to 4: plaintexts are integers modulo N^s */
    quorsum_randomiser randomiser;
} quorsum_key_options;

/** The public key: N, s and how ciphertexts are blinded. Immutable; any number of threads may use one. */
typedef struct quorsum_public_key quorsum_public_key;

/**
 * Makes a public key from a modulus that came from elsewhere.
 *
 * Refuses a modulus that is even, prime, of another length than declared, or has a prime factor below 2^20.
 * That N has exactly two prime factors cannot be seen from N alone: a key record carries proofs of more.
 *
 * @param[out] out      the key, owned by the caller; NULL on failure
 * @param[in]  modulus  N, big-endian, without leading zero bytes
 * @param[in]  len      bytes of modulus
 * @param[in]  options  modulus_bits 0 takes the length of N as it is
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL other than options, a leading zero byte, a degree or randomiser that is
 *         none), _ERR_MEMORY, _ERR_MODULUS_SIZE, _EVEN, _PRIME or _FACTOR
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_public_key_new(quorsum_public_key **out, const uint8_t *modulus,
                                                                     size_t len, const quorsum_key_options *options);
QUORSUM_API void quorsum_public_key_free(quorsum_public_key *key);

QUORSUM_API uint32_t quorsum_public_key_bits(const quorsum_public_key *key);   /* bits of N */
QUORSUM_API uint32_t quorsum_public_key_degree(const quorsum_public_key *key); /* s */
QUORSUM_API quorsum_randomiser quorsum_public_key_randomiser(const quorsum_public_key *key);
QUORSUM_API uint32_t quorsum_public_key_plaintext_bits(const quorsum_public_key *key); /* bit length of N^s */
QUORSUM_API size_t quorsum_public_key_modulus_bytes(const quorsum_public_key *key);    /* of N, and of a digit */
QUORSUM_API size_t quorsum_public_key_ciphertext_bytes(const quorsum_public_key *key); /* (s+1) digits */
/** Writes N, big-endian, quorsum_public_key_modulus_bytes long. */
QUORSUM_API void quorsum_public_key_modulus(const quorsum_public_key *key, uint8_t *out);
/** The digest of (N, s, randomiser) that proofs by contributors are bound to. Lent until the key is freed. */
QUORSUM_API const uint8_t *quorsum_public_key_digest(const quorsum_public_key *key);

/** A private key for one owner: plain Paillier without trustees. Holds p and q in guarded memory. */
typedef struct quorsum_private_key quorsum_private_key;

/**
 * Generates a private key: two random primes = 3 mod 4 of equal length.
 *
 * @param[out] out      the key, owned by the caller, wiped by _free; NULL on failure
 * @param[in]  options  NULL for the defaults
 * @param[in]  run      threads and progress (candidates tested, total unknown); may be NULL
 * @return QUORSUM_OK, _ERR_ARGUMENT (out is NULL, a degree or randomiser that is none), _ERR_MODULUS_SIZE, _ERR_MEMORY,
 *         _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_private_key_generate(quorsum_private_key **out,
                                                                           const quorsum_key_options *options,
                                                                           const quorsum_run *run);
QUORSUM_API void quorsum_private_key_free(quorsum_private_key *key);
/** The public half, lent until the private key is freed. */
QUORSUM_API const quorsum_public_key *quorsum_private_key_public(const quorsum_private_key *key);

/**
 * Seals the private key under a passphrase (Argon2id, then XChaCha20-Poly1305), for a file of mode 0600.
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL, an empty passphrase), _ERR_LIMIT (a passphrase above 1 MiB), _ERR_MEMORY
 *         (Argon2id takes 256 MiB)
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_private_key_seal(quorsum_bytes *out, const quorsum_private_key *key,
                                                                       const char *passphrase, size_t passphrase_len);
/**
 * Reads it back; owned by the caller, NULL on failure.
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL, an empty passphrase), _ERR_PASSPHRASE (wrong, or the bytes were altered),
 *         _ERR_TYPE (something else is sealed there, or nothing), _ERR_VERSION, _ERR_NOT_CANONICAL, _ERR_RANGE,
 *         _ERR_TRUNCATED, _ERR_TRAILING, _ERR_LIMIT, _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_private_key_unseal(quorsum_private_key **out, const uint8_t *sealed,
                                                                         size_t len, const char *passphrase,
                                                                         size_t passphrase_len);

#ifdef __cplusplus
}
#endif
#endif
