/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Fiat-Shamir transcript. Every item goes in behind its length, so that no two lists of items give the
 * same bytes. Assumes that what it hashes is public.
 */
#include "lib/base/transcript.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/invariant.h"

#define DOMAIN "quorsum/v1/"

/* L(head tail): one length, two pieces. */
static void absorb_pair(crypto_generichash_state *state, const void *head, size_t head_len, const void *tail,
                        size_t tail_len)
{
    uint8_t length[8];

    qs_store64(length, (uint64_t)head_len + (uint64_t)tail_len);
    crypto_generichash_update(state, length, sizeof length);
    if (head_len > 0)
        crypto_generichash_update(state, head, head_len);
    if (tail_len > 0)
        crypto_generichash_update(state, tail, tail_len);
}

static void start(crypto_generichash_state *state)
{
    /* no key and a valid length: cannot fail */
    (void)crypto_generichash_init(state, NULL, 0, QS_SEED_BYTES);
}

void qs_transcript_begin(qs_transcript *transcript, const char *proof, const qs_context *context)
{
    const char *label = context->label != NULL ? context->label : "";

    start(&transcript->state);
    absorb_pair(&transcript->state, DOMAIN, sizeof DOMAIN - 1, proof, strlen(proof));
    qs_transcript_bytes(transcript, context->task, sizeof context->task);
    qs_transcript_bytes(transcript, label, strlen(label));
    qs_transcript_bytes(transcript, context->prover, sizeof context->prover);
    qs_transcript_bytes(transcript, context->key, sizeof context->key);
}

void qs_transcript_bytes(qs_transcript *transcript, const void *data, size_t len)
{
    absorb_pair(&transcript->state, data, len, NULL, 0);
}

void qs_transcript_u64(qs_transcript *transcript, uint64_t value)
{
    uint8_t bytes[8];

    qs_store64(bytes, value);
    qs_transcript_bytes(transcript, bytes, sizeof bytes);
}

/* Byte number `i`, 0 the least significant; zero above the limbs. */
static uint8_t byte_at(const mp_limb_t *value, size_t limbs, size_t i)
{
    size_t limb = i / sizeof(mp_limb_t);

    return (uint8_t)(limb < limbs ? value[limb] >> (8 * (i % sizeof(mp_limb_t))) : 0);
}

/* Piecewise through a small array: a modulus has up to 512 bytes and may have more, and a hash needs no heap. */
void qs_transcript_limbs(qs_transcript *transcript, const mp_limb_t *value, size_t limbs, size_t bytes)
{
    uint8_t piece[128];
    uint8_t length[8];
    size_t left = bytes;

    for (size_t i = bytes; i < limbs * sizeof(mp_limb_t); i++)
        QS_INVARIANT(byte_at(value, limbs, i) == 0); /* a cut value would bind the proof to another number */
    qs_store64(length, (uint64_t)bytes);
    crypto_generichash_update(&transcript->state, length, sizeof length);
    while (left > 0) {
        size_t take = left < sizeof piece ? left : sizeof piece;

        for (size_t i = 0; i < take; i++)
            piece[i] = byte_at(value, limbs, left - 1 - i);
        crypto_generichash_update(&transcript->state, piece, take);
        left -= take;
    }
}

void qs_transcript_seed(qs_transcript *transcript, uint8_t seed[QS_SEED_BYTES])
{
    (void)crypto_generichash_final(&transcript->state, seed, QS_SEED_BYTES);
    memset(transcript, 0, sizeof *transcript); /* ended: using it on would be a mistake, not a leak */
}

/* 128 bytes at most for the names there are: one block of the hash. */
void qs_seed_derive(uint8_t out[QS_SEED_BYTES], const char *name, const uint8_t seed[QS_SEED_BYTES], uint64_t index)
{
    qs_transcript transcript;

    start(&transcript.state);
    absorb_pair(&transcript.state, DOMAIN, sizeof DOMAIN - 1, name, strlen(name));
    qs_transcript_bytes(&transcript, seed, QS_SEED_BYTES);
    qs_transcript_u64(&transcript, index);
    qs_transcript_seed(&transcript, out);
}

void qs_seed_exponent(uint8_t out[QS_CHALLENGE_BYTES], const uint8_t seed[QS_SEED_BYTES], uint64_t index)
{
    uint8_t block[QS_SEED_BYTES];

    qs_seed_derive(block, "exponent", seed, index);
    memcpy(out, block, QS_CHALLENGE_BYTES);
}

void qs_seed_expand(uint8_t *out, size_t len, const uint8_t seed[QS_SEED_BYTES])
{
    uint8_t block[QS_SEED_BYTES];
    uint64_t counter = 0;

    while (len > 0) {
        size_t take = len < sizeof block ? len : sizeof block;

        qs_seed_derive(block, "expand", seed, counter++);
        memcpy(out, block, take);
        out += take;
        len -= take;
    }
}
