/* SPDX-License-Identifier: Apache-2.0 */
/* Streams from the key of a set. Constant time but for the words passed over, which say nothing about those kept. */
#include "lib/ceremony/prf.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/ceremony/digest.h"

#define BLOCK 64

/* L("quorsum/v1/" name) [L(label)] L(u64(index)) */
static void keyed(uint8_t out[32], const uint8_t key[32], const char *name, const char *label, uint64_t index)
{
    qs_digest digest;

    qs_digest_begin(&digest, key, name);
    if (label != NULL)
        qs_digest_text(&digest, label);
    qs_digest_u64(&digest, index);
    qs_digest_end(&digest, out);
}

void qs_prf_derive(uint8_t out[32], const uint8_t key[32], const char *name, uint64_t index)
{
    keyed(out, key, name, NULL, index);
}

void qs_prf_begin(qs_prf *prf, const uint8_t key[32], const char *label, uint64_t index)
{
    keyed(prf->key, key, "prf", label, index);
    prf->block = 0;
    prf->at = sizeof prf->bytes;
}

void qs_prf_end(qs_prf *prf)
{
    sodium_memzero(prf, sizeof *prf);
}

static void refill(qs_prf *prf)
{
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];

    memset(prf->bytes, 0, sizeof prf->bytes);
    (void)crypto_stream_chacha20_xor_ic(prf->bytes, prf->bytes, sizeof prf->bytes, nonce, prf->block, prf->key);
    prf->block += sizeof prf->bytes / BLOCK;
    prf->at = 0;
}

void qs_prf_seek(qs_prf *prf, uint64_t byte)
{
    prf->block = byte / BLOCK;
    refill(prf);
    prf->at = byte % BLOCK;
}

void qs_prf_bytes(qs_prf *prf, void *out, size_t len)
{
    uint8_t *to = out;

    while (len > 0) {
        size_t left = sizeof prf->bytes - prf->at;
        size_t now = len < left ? len : left;

        if (now == 0) {
            refill(prf);
            continue;
        }
        memcpy(to, prf->bytes + prf->at, now);
        prf->at += now;
        to += now;
        len -= now;
    }
}

void qs_prf_integer(qs_prf *prf, mp_limb_t *out, size_t limbs, size_t bits)
{
    size_t len = (bits + 7) / 8;
    uint8_t part[sizeof(mp_limb_t)];

    memset(out, 0, limbs * sizeof *out);
    for (size_t i = 0; i < len; i += sizeof part) {
        size_t now = len - i < sizeof part ? len - i : sizeof part;

        qs_prf_bytes(prf, part, now);
        for (size_t j = 0; j < now; j++)
            out[i / sizeof part] |= (mp_limb_t)part[j] << (8 * j);
    }
    if (bits % GMP_LIMB_BITS != 0)
        out[bits / GMP_LIMB_BITS] &= ((mp_limb_t)1 << bits % GMP_LIMB_BITS) - 1;
    sodium_memzero(part, sizeof part);
}

#define WORDS 32

/* `words` <= WORDS words as residues: those that are kept, one behind the other; how many those are. Which ones they
 * are may be known. */
static size_t keep_block(uint16_t *out, const uint8_t *at, size_t words, uint32_t modulus)
{
    uint64_t reciprocal = ((uint64_t)1 << 32) / modulus + 1; /* exact for words of 16 bits and moduli of 12 */
    uint32_t limit = 65536 / modulus * modulus;
    uint32_t accepted = 0;
    size_t kept = 0;

    for (size_t i = 0; i < words; i++) {
        uint32_t word = (uint32_t)(at[2 * i] | at[2 * i + 1] << 8);
        uint32_t quotient = (uint32_t)(word * reciprocal >> 32);

        out[i] = (uint16_t)(word - quotient * modulus);
        accepted |= ((word - limit) >> 31) << i; /* 1 if the word is below the limit */
    }
    accepted = (uint32_t)qs_reveal(accepted);
    if (accepted == UINT32_MAX)
        return words;
    for (size_t i = 0; i < words; i++) {
        out[kept] = out[i];
        kept += accepted >> i & 1;
    }
    return kept;
}

/* The words in front as residues: as many as fit into `room`, at most. How many were kept. */
static size_t keep(qs_prf *prf, uint16_t *out, size_t room, uint32_t modulus)
{
    size_t words = (sizeof prf->bytes - prf->at) / 2;
    size_t kept = 0;

    if (words > room)
        words = room;
    for (size_t i = 0; i < words; i += WORDS) {
        kept += keep_block(out + kept, prf->bytes + prf->at, words - i < WORDS ? words - i : WORDS, modulus);
        prf->at += 2 * (words - i < WORDS ? words - i : WORDS);
    }
    return kept;
}

void qs_prf_residues(qs_prf *prf, uint16_t *out, size_t count, uint32_t modulus)
{
    while (count > 0) {
        size_t kept;

        if (sizeof prf->bytes - prf->at < 2)
            refill(prf);
        kept = keep(prf, out, count, modulus);
        out += kept;
        count -= kept;
    }
}
