/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and transcript of the ballot proof: what its maker and its reader share. All public. */
#include "lib/proof/choice.h"

#include <stdlib.h>

#include "lib/proof/absorb.h"
#include "lib/proof/sizes.h"

size_t qs_choice_mask_bits(const qs_choices *choices)
{
    return choices->key->alpha_bits + 8 * QS_CHALLENGE_BYTES + QS_SLACK + qs_log2_ceiling(choices->branches);
}

size_t qs_choice_w_bytes(const qs_choices *choices)
{
    return (qs_choice_mask_bits(choices) + 1 + 7) / 8;
}

size_t qs_choice_bytes(const qs_choices *choices)
{
    const qs_ring *ring = choices->key->ring;

    return choices->branches * (ring->digits * ring->bytes + QS_CHALLENGE_BYTES + qs_choice_w_bytes(choices));
}

/* wire: room for a value */
static void absorb_values(qs_transcript *transcript, const qs_choices *choices, const qs_choice_clause *clause,
                          uint8_t *wire)
{
    const qs_ring *plain = choices->key->plain;
    size_t bytes = plain->digits * plain->bytes;

    for (size_t l = clause->begin; l < clause->end; l++)
        qs_ring_write(plain, wire + (l - clause->begin) * bytes, choices->values + l * plain->width);
    qs_transcript_bytes(transcript, wire, (clause->end - clause->begin) * bytes);
}

static void absorb_clauses(qs_transcript *transcript, const qs_choices *choices, uint8_t *wire)
{
    qs_transcript_u64(transcript, choices->clause_count);
    for (size_t i = 0; i < choices->clause_count; i++) {
        const qs_choice_clause *clause = &choices->clauses[i];

        qs_transcript_u64(transcript, clause->first);
        qs_transcript_u64(transcript, clause->count);
        qs_transcript_u64(transcript, clause->end - clause->begin);
        absorb_values(transcript, choices, clause, wire);
    }
}

/* What is written at a time: a ciphertext, or the values of a clause. */
static size_t wire_bytes(const qs_choices *choices)
{
    const qs_ring *ring = choices->key->ring;
    size_t most = 1;

    for (size_t i = 0; i < choices->clause_count; i++) {
        size_t values = choices->clauses[i].end - choices->clauses[i].begin;

        most = values > most ? values : most;
    }
    return (most + 1) * ring->digits * ring->bytes;
}

quorsum_status qs_choice_seed(uint8_t seed[QS_SEED_BYTES], const qs_context *context, const qs_choices *choices,
                              const quorsum_ciphertexts *ciphertexts, const uint8_t *commitments)
{
    const quorsum_public_key *key = choices->key;
    uint8_t *wire = malloc(wire_bytes(choices));
    qs_transcript transcript;

    if (wire == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_transcript_begin(&transcript, "or", context);
    qs_transcript_u64(&transcript, key->degree);
    qs_transcript_u64(&transcript, key->alpha_bits);
    qs_transcript_u64(&transcript, ciphertexts->count);
    qs_absorb_ciphertexts(&transcript, ciphertexts, wire);
    absorb_clauses(&transcript, choices, wire);
    qs_transcript_u64(&transcript, choices->branches);
    qs_transcript_bytes(&transcript, commitments, choices->branches * key->ring->digits * key->ring->bytes);
    qs_transcript_seed(&transcript, seed);
    free(wire);
    return QUORSUM_OK;
}
