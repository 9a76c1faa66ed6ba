/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows from the key of a set: streams of secret bytes and uniform numbers, one stream for each label and index.
 *
 *     stream key = BLAKE2b-256, keyed with the 32-byte key, of L("quorsum/v1/prf") L(label) L(u64(index))
 *     stream     = ChaCha20 (64-bit nonce 0) of zeros under the stream key
 *
 * A qs_prf holds secrets: it lies in guarded memory where its key does, and is wiped by qs_prf_end.
 */
#ifndef QS_PRF_H
#define QS_PRF_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

typedef struct qs_prf {
    uint8_t key[32];
    uint64_t block;      /* the next block of 64 bytes */
    size_t at;           /* bytes of `bytes` used up */
    uint8_t bytes[4096];
} qs_prf;

void qs_prf_begin(qs_prf *prf, const uint8_t key[32], const char *label, uint64_t index);
void qs_prf_end(qs_prf *prf);
void qs_prf_bytes(qs_prf *prf, void *out, size_t len);
void qs_prf_seek(qs_prf *prf, uint64_t byte); /* the next byte is that one of the stream, from 0 on */

/* Uniform below 2^bits: ceil(bits/8) bytes, little-endian, the bits above cleared. `limbs` >= ceil(bits/64); higher limbs
 * are 0. */
void qs_prf_integer(qs_prf *prf, mp_limb_t *out, size_t limbs, size_t bits);

/* `count` residues, each uniform below modulus (2..4096): words of 16 bits, little-endian; a word w is passed over unless
 * w < floor(65536 / modulus) modulus, and gives w mod modulus. What is passed over says nothing about what is kept. A stream
 * gives either residues or the others, not both. */
void qs_prf_residues(qs_prf *prf, uint16_t *out, size_t count, uint32_t modulus);

/* 32 bytes for another purpose: BLAKE2b-256, keyed, of L("quorsum/v1/" name) L(u64(index)). */
void qs_prf_derive(uint8_t out[32], const uint8_t key[32], const char *name, uint64_t index);

#endif
