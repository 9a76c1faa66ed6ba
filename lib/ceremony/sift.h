/* SPDX-License-Identifier: Apache-2.0 */
/* The sift round. Its body: residues of different lengths, bit by bit, the first bit the highest of the first byte. */
#ifndef QS_SIFT_H
#define QS_SIFT_H

#include "lib/ceremony/generation.h"
#include "lib/ceremony/sifter.h"

size_t qs_sift_len(const qs_sifter *sifter); /* bytes of a body */

/* value: 2 sifter->residues, those of p, then those of q. */
void qs_sift_write(const qs_sifter *sifter, uint8_t *body, const uint16_t *value);
/* -1 unless every residue is below its prime and the bits that fill up the last byte are 0. */
int qs_sift_read(const qs_sifter *sifter, uint16_t *value, const uint8_t *body);

/* What the round does (generation.h). */
quorsum_status qs_sift_say(qs_generation *generation, const qs_party *party, uint8_t *body, const quorsum_run *run);
quorsum_status qs_sift_hear(qs_generation *generation, const uint8_t *const *body, qs_ruling *ruling,
                            const quorsum_run *run);

#endif
