/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one Fiat-Shamir transcript (docs/protocol.md; strong Fiat-Shamir: Bernhard, Pereira, Warinschi,
 * ASIACRYPT 2012). BLAKE2b-512 over length-prefixed items:
 *
 *     L("quorsum/v1/" proof) L(task) L(label) L(prover) L(key) then L(item) for everything absorbed
 *     L(x) = 8-byte big-endian length, then the bytes
 *
 * Everything hashed is public. Integers are absorbed big-endian at the fixed width of their modulus.
 */
#ifndef QS_TRANSCRIPT_H
#define QS_TRANSCRIPT_H

#include <gmp.h>
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>

#define QS_SEED_BYTES 64      /* a full BLAKE2b-512 output */
#define QS_CHALLENGE_BYTES 16 /* kappa_c = 128 bits */

/* What every challenge is bound to besides its statement. */
typedef struct qs_context {
    uint8_t key[32];    /* digest of the public key (contributors) or of the key record (trustees) */
    uint8_t task[32];   /* digest of the task; zeros where there is none (key certificate) */
    uint8_t prover[32]; /* Ed25519 public key of who proves */
    const char *label;  /* what the proof is for, such as "contribution" */
} qs_context;

typedef struct qs_transcript {
    crypto_generichash_state state;
} qs_transcript;

void qs_transcript_begin(qs_transcript *transcript, const char *proof, const qs_context *context);
void qs_transcript_bytes(qs_transcript *transcript, const void *data, size_t len);
void qs_transcript_u64(qs_transcript *transcript, uint64_t value); /* as 8 big-endian bytes, length-prefixed */
void qs_transcript_limbs(qs_transcript *transcript, const mp_limb_t *value, size_t limbs, size_t bytes);
void qs_transcript_seed(qs_transcript *transcript, uint8_t seed[QS_SEED_BYTES]); /* ends the transcript */

/* Exponent number `index` of a batch: the first 16 bytes of H(L("quorsum/v1/exponent") L(seed) L(index)), the
 * index as 8 big-endian bytes. */
void qs_seed_exponent(uint8_t out[QS_CHALLENGE_BYTES], const uint8_t seed[QS_SEED_BYTES], uint64_t index);

/* H(L("quorsum/v1/" name) L(seed) L(index)): one of many values that follow from a seed, for another purpose. */
void qs_seed_derive(uint8_t out[QS_SEED_BYTES], const char *name, const uint8_t seed[QS_SEED_BYTES], uint64_t index);

/* The first `len` bytes of H(L("quorsum/v1/expand") L(seed) L(counter)) for counter = 0, 1, 2, ... (8 big-endian
 * bytes each) one behind the other, for hash-to-Z. */
void qs_seed_expand(uint8_t *out, size_t len, const uint8_t seed[QS_SEED_BYTES]);

#endif
