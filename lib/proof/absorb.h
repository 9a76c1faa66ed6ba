/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of ciphertexts as items of a transcript. */
#ifndef QS_ABSORB_H
#define QS_ABSORB_H

#include "lib/paillier/public_key.h"

/* All ciphertexts as one item: its length, then the elements in wire form one by one. wire: room for one element. */
void qs_absorb_ciphertexts(qs_transcript *transcript, const quorsum_ciphertexts *ciphertexts, uint8_t *wire);

#endif
