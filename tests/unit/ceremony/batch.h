/* SPDX-License-Identifier: Apache-2.0 */
/* A batch of candidates with everybody's keys in one place, all of them from one number. */
#ifndef BATCH_H
#define BATCH_H

#include <criterion/criterion.h>

#include "lib/ceremony/candidate.h"
#include "lib/ceremony/generation.h"
#include "lib/ceremony/sifter.h"

typedef struct batch {
    qs_sets *sets;
    qs_generation *generation;
    uint8_t *key;                       /* of all sets */
    uint8_t *mine[QS_MEMBERS_MAX];      /* of each member's sets */
    qs_party party[QS_MEMBERS_MAX];
    uint8_t *body[QS_MEMBERS_MAX];      /* what each has said last */
    size_t len;                         /* of a body */
} batch;

void batch_new(batch *b, uint32_t members, uint32_t degree, size_t bits, size_t wanted, uint64_t seed);
void batch_free(batch *b);
void batch_keys(batch *b, uint64_t seed); /* new keys, and a new batch */
void batch_say(batch *b, const qs_generation_round *round);
qs_ruling batch_hear(batch *b, const qs_generation_round *round);
void batch_go(batch *b, const qs_generation_round *round); /* say and hear, which must go on */

/* The pieces of a candidate by the definition: drawn and combined in plain GMP integers. which: 0 for p, 1 for q. */
void batch_piece(mpz_t piece, const batch *b, size_t set, unsigned which, size_t candidate);
/* T + 4 sum p_A */
void batch_prime(mpz_t p, const batch *b, unsigned which, size_t candidate);

#endif
