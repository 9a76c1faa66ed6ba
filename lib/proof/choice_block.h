/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the check of ballot proofs: what is kept of the ballots that are checked together, and the three steps, a file
 * each. choice_check.c says what is checked, and why that is enough.
 */
#ifndef QS_CHOICE_BLOCK_H
#define QS_CHOICE_BLOCK_H

#include "lib/proof/choice.h"

#define QS_PIECE_BYTES QS_CHALLENGE_BYTES
#define QS_PIECE_BITS (8 * QS_PIECE_BYTES)
#define QS_PIECES ((size_t)3) /* of a ciphertext's exponent, a sum of fewer than 2^128 products of two pieces */

typedef uint8_t qs_piece[QS_PIECE_BYTES];

typedef struct qs_choice_block { /* of ballots; what is well formed is moved to the front */
    const qs_choices *choices;
    const quorsum_run *run;
    qs_ballot **ballots;
    size_t count;
    mp_limb_t *commitments;            /* every ballot's A */
    mp_limb_t *ciphertexts;            /* every ballot's */
    uint8_t (*digests)[QS_SEED_BYTES]; /* of all that is in a ballot */
    qs_piece *weights;                 /* of every A */
    qs_piece *exponents[QS_PIECES];    /* of every ciphertext, lowest piece first; then of the steps */
    mp_limb_t *parts;                  /* products for the pieces, and what a product needs */
    mpz_t *sums;                       /* rho e of every branch, over the ballots */
} qs_choice_block;

/* ---- the parts of a proof ---- */

static inline size_t qs_element_bytes(const qs_choices *choices)
{
    return choices->key->ring->digits * choices->key->ring->bytes;
}

static inline const uint8_t *qs_challenge_at(const qs_choices *choices, const uint8_t *proof, size_t branch)
{
    return proof + choices->branches * qs_element_bytes(choices) + branch * QS_CHALLENGE_BYTES;
}

static inline const uint8_t *qs_response_at(const qs_choices *choices, const uint8_t *proof, size_t branch)
{
    return qs_challenge_at(choices, proof, choices->branches) + branch * qs_choice_w_bytes(choices);
}

/* ---- the steps ---- */

/* choice_read.c: whether the ballot at `place` is well formed and its sub-challenges come to the challenge; then its
 * elements and digest are there. As qs_choice_verify_vartime. */
quorsum_status qs_choice_read(const qs_choice_block *block, size_t place);

/* choice_weigh.c: fresh weights for the branches of ballots begin .. end-1, and the exponents that follow from them.
 * ERR_MEMORY. */
quorsum_status qs_choice_weigh(const qs_choice_block *block, size_t begin, size_t end);

/* choice_equation.c: whether these ballots are right, all of them: QUORSUM_OK or QUORSUM_ERR_PROOF; ERR_MEMORY,
 * ERR_CANCELLED. */
size_t qs_choice_parts_limbs(const quorsum_public_key *key); /* of block->parts */
quorsum_status qs_choice_equation(const qs_choice_block *block, size_t begin, size_t end);

#endif
