/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generating a key without a dealer: the rounds of one batch of candidates, as pure computation. Who talks to whom, commits,
 * waits and resumes is ceremony.c's affair; here is what a member says in a round (its keys in, its body out) and what
 * everybody concludes from what all have said.
 *
 *     sift     opens (T + 4p) r modulo small primes, keeps what is not 0          -> candidates p, q without small factors
 *     product  opens N = p q of every candidate, divides by small primes           -> survivors
 *     test     Boneh and Franklin's test, once for each survivor                   -> a winner, or none
 *     verify   the test 64 times for the winner, every set's factor by itself
 *     derive   opens r (p+q-1) mod N and F = phi beta + R N^s                      -> theta, delta
 *     keys     V_A = v^(R_A) of every set                                          -> verification keys, key check
 *
 * A body has a fixed length that everybody can compute. say is a function of the batch and the party alone, so that after a
 * failure, when all keys have been revealed, saying it again for everybody names who said something else. say is constant
 * time in the party's keys; hear sees public values only.
 */
#ifndef QS_GENERATION_H
#define QS_GENERATION_H

#include <gmp.h>

#include "lib/base/parallel.h"
#include "lib/ceremony/sets.h"
#include "lib/threshold/key_record.h"

struct qs_sifter; /* sifter.h: small primes, slots, how they become candidates */
struct qs_kept;   /* which slots were kept */

typedef enum qs_ruling {
    QS_GO_ON,      /* to the next round */
    QS_NO_WINNER,  /* the batch has none: reveal it, and go on with the next */
    QS_FAULT       /* something does not fit: reveal the batch, and name who deviated */
} qs_ruling;

typedef struct qs_generation {
    /* for all batches */
    size_t bits;               /* of N, even */
    unsigned degree;           /* s */
    quorsum_randomiser randomiser;
    const qs_sets *sets;       /* lent */
    uint8_t ceremony[32];      /* digest of the proposal: bases of tests are hashed from it and N */
    size_t batch_candidates;   /* K: candidates wished for in a batch */
    struct qs_sifter *sifter;

    /* of the batch under way, public; emptied by qs_generation_next */
    uint64_t batch;            /* its number, from 0 on */
    struct qs_kept *kept;
    size_t candidates;         /* at most batch_candidates */
    mpz_t *product;            /* N of every candidate; 0 if what was opened has not `bits` bits or is not 1 mod 4 */
    uint32_t *survivor;        /* numbers of candidates that trial division left, ascending */
    size_t survivors;
    int has_winner;
    uint32_t winner;           /* a candidate's number */
    quorsum_public_key *key;   /* the winner's, made when it has passed the test */
    mpz_t theta;
    mpz_t delta;
    mp_limb_t *set_keys;       /* V_A of all sets, plain form in key->root, root->limbs apart */
    mp_limb_t *verify;         /* v_1..v_n likewise */
} qs_generation;

/* ERR_RANGE (odd bits, too few bits for the sets), ERR_MEMORY. */
quorsum_status qs_generation_new(qs_generation **out, size_t bits, unsigned degree, quorsum_randomiser randomiser,
                                 const qs_sets *sets, const uint8_t ceremony[32], size_t batch_candidates);
void qs_generation_free(qs_generation *generation);
void qs_generation_next(qs_generation *generation, uint64_t batch); /* empties it for that batch */

/* A round. len: bytes of member `index`'s body; say: writes them; hear: body[i-1] is member i's, of the right length.
 * say answers ERR_MEMORY or ERR_CANCELLED and nothing else; hear too: what is wrong with the bodies is a ruling. */
typedef struct qs_generation_round {
    const char *name;
    int committed; /* the bodies were committed to before anybody saw one */
    size_t (*len)(const qs_generation *generation, uint32_t index);
    quorsum_status (*say)(qs_generation *generation, const qs_party *party, uint8_t *body, const quorsum_run *run);
    quorsum_status (*hear)(qs_generation *generation, const uint8_t *const *body, qs_ruling *ruling,
                           const quorsum_run *run);
} qs_generation_round;

extern const qs_generation_round qs_round_sift, qs_round_product, qs_round_test, qs_round_verify, qs_round_derive,
    qs_round_keys;

/* Whether a batch without a winner was one: its keys (of all sets, 32 bytes each) are public now. *sound = 0 when an opened
 * value is not what the keys say, or when a survivor is a product of two primes after all. Does not look at single bodies:
 * a lie that changed nothing is not looked for (docs/security.md). */
quorsum_status qs_generation_replay(int *sound, const qs_generation *generation, const uint8_t *set_key,
                                    const quorsum_run *run);

/* After the keys: everything of the record but the certificate and what the ceremony adds (roster, transcript). */
quorsum_status qs_generation_parts(qs_key_parts *parts, const qs_generation *generation, const uint8_t *roster);
/* S_i. The key digest is the caller's to set. */
quorsum_status qs_generation_share(quorsum_key_share **out, const qs_generation *generation, const qs_party *party);

/* The expected number of candidates, both prime, given that none has a factor below the sieve's bound: for progress. */
uint64_t qs_generation_expected(const qs_generation *generation);
uint32_t qs_generation_bound(const qs_generation *generation); /* B, the largest prime of the sieve */

#endif
