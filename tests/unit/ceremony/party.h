/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TEST ONLY. All members of a generation in one process: they say every round from their own keys, and since all hear
 * the same, one public state serves them all. A test can stop before any round, change what was said, and ask for the
 * ruling.
 */
#ifndef QS_TEST_PARTY_H
#define QS_TEST_PARTY_H

#include "lib/ceremony/generation.h"

#define COMMITTEE_BATCHES 400 /* without a key after so many something is wrong */

typedef struct committee_shape {
    size_t bits;
    unsigned degree; /* s */
    uint32_t members;
    uint32_t t;
    size_t batch;  /* K; 0: 16 */
    uint64_t seed; /* of the sets' keys */
} committee_shape;

typedef struct committee {
    qs_sets *sets;
    qs_generation *generation;
    uint8_t *root_key;                /* k_A of every set, 32 bytes each */
    uint8_t *set_key;                 /* of the batch under way: k_(A,b) */
    qs_party party[QS_MEMBERS_MAX];
    uint8_t *party_key[QS_MEMBERS_MAX];
    uint8_t *body[QS_MEMBERS_MAX];    /* what was said last */
    size_t len[QS_MEMBERS_MAX];
} committee;

/* At the beginning of batch 0. */
committee *committee_new(const committee_shape *shape);
void committee_free(committee *self);

/* Empties the generation and draws the keys of that batch. */
void committee_batch(committee *self, uint64_t batch);
/* Everybody's body; and the ruling on what stands there. */
void committee_say(committee *self, const qs_generation_round *round);
qs_ruling committee_hear(committee *self, const qs_generation_round *round);

/* Goes on, in new batches if need be, until the round is the next one to be said; NULL: to the end. */
void committee_run(committee *self, const qs_generation_round *until);

/* p_A, q_A of all sets summed up: p and q of a candidate. */
void committee_primes(const committee *self, uint32_t candidate, mpz_t p, mpz_t q);
/* sum over all sets of what their streams `label`, index 0, begin with: `bits` bits. */
void committee_total(const committee *self, mpz_t out, const char *label, size_t bits);

#endif
