/* SPDX-License-Identifier: Apache-2.0 */
/* Hashing a vector without a copy of it in wire form. Public data. */
#include "lib/proof/absorb.h"

#include "lib/base/bytes.h"

void qs_absorb_ciphertexts(qs_transcript *transcript, const quorsum_ciphertexts *ciphertexts, uint8_t *wire)
{
    const qs_ring *ring = ciphertexts->key->ring;
    size_t bytes = ring->digits * ring->bytes;
    uint8_t length[8];

    qs_store64(length, (uint64_t)ciphertexts->count * bytes);
    (void)crypto_generichash_update(&transcript->state, length, sizeof length);
    for (size_t i = 0; i < ciphertexts->count; i++) {
        qs_ring_write(ring, wire, ciphertexts->value + i * ring->width);
        (void)crypto_generichash_update(&transcript->state, wire, bytes);
    }
}
