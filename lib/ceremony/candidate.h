/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces of candidates. A candidate p = T + 4 sum p_A takes its residues from the kept slots of the sieve; the
 * piece of a set comes from the set's key alone:
 *
 *     p_A = sum over primes l of c_l (M / l)  mod M,      c_l: the set's residue in the candidate's slot of l
 *
 * so it is uniform below M. The quotient by M is floor(sum c_l / l), to be had from a fixed-point sum, so that a piece
 * costs a few products of a limb by M's limbs and no division. Constant time in the keys.
 */
#ifndef QS_CANDIDATE_H
#define QS_CANDIDATE_H

#include "lib/ceremony/generation.h"

/* Limbs of a piece. T is generation->sifter->least, public (sifter.h). */
size_t qs_candidate_limbs(const qs_generation *generation);

/* What is called for each candidate and key: `place` says which of the wanted candidates, k which key. For one
 * candidate the calls come one after the other, k ascending; different candidates may be visited by several threads at
 * once, so what is kept for each place needs no lock. p, q: pieces, secret, gone after the call. */
typedef void (*qs_piece_visit)(void *context, size_t place, size_t k, const mp_limb_t *p, const mp_limb_t *q);

/* Visits the pieces that `keys` keys (32 bytes each; a party's, party->key and sets->own) give for `count` candidates
 * of the batch; candidate: their numbers, any order, or NULL for 0..count-1. ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_candidates_visit(const qs_generation *generation, const uint8_t *key, size_t keys,
                                   const uint32_t *candidate, size_t count, qs_piece_visit visit, void *context,
                                   const quorsum_run *run);

/* All pieces of one candidate: those of key k at p + k limbs, q + k limbs, in guarded memory of the caller's. */
quorsum_status qs_candidate_pieces(const qs_generation *generation, const uint8_t *key, size_t keys, uint32_t candidate,
                                   mp_limb_t *p, mp_limb_t *q, const quorsum_run *run);

#endif
