/* SPDX-License-Identifier: Apache-2.0 */
/* A ballot by itself: all that can be said of it without a power. Public data. */
#include "lib/proof/choice_block.h"

#include <string.h>

#include "lib/base/bytes.h"

static quorsum_status check_shape(const qs_choices *choices, const qs_ballot *ballot)
{
    size_t bytes = qs_choice_bytes(choices);
    size_t spare = 8 * qs_choice_w_bytes(choices) - (qs_choice_mask_bits(choices) + 1);

    if (!qs_public_key_same(choices->key, ballot->ciphertexts->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (ballot->ciphertexts->count != choices->ciphertexts)
        return QUORSUM_ERR_WIDTH;
    if (ballot->len != bytes)
        return ballot->len < bytes ? QUORSUM_ERR_TRUNCATED : QUORSUM_ERR_TRAILING;
    for (size_t l = 0; l < choices->branches; l++)
        if (qs_response_at(choices, ballot->proof, l)[0] >> (8 - spare) != 0)
            return QUORSUM_ERR_RANGE;
    return QUORSUM_OK;
}

/* Whether the sub-challenges of every clause come to e modulo 2^128. */
static int sums_agree(const qs_choices *choices, const uint8_t *proof, const uint8_t e[QS_CHALLENGE_BYTES])
{
    uint64_t wanted[2] = {qs_load64(e), qs_load64(e + 8)};

    for (size_t i = 0; i < choices->clause_count; i++) {
        uint64_t high = 0;
        uint64_t low = 0;

        for (size_t l = choices->clauses[i].begin; l < choices->clauses[i].end; l++) {
            uint64_t more = qs_load64(qs_challenge_at(choices, proof, l) + 8);

            low += more;
            high += qs_load64(qs_challenge_at(choices, proof, l)) + (low < more);
        }
        if (high != wanted[0] || low != wanted[1])
            return 0;
    }
    return 1;
}

/* Everything behind the commitments is not in the seed: the weights are to depend on it, too. */
static void digest_ballot(uint8_t digest[QS_SEED_BYTES], const qs_choices *choices, const qs_ballot *ballot,
                          const uint8_t seed[QS_SEED_BYTES])
{
    const uint8_t *responses = qs_challenge_at(choices, ballot->proof, 0);
    qs_transcript transcript;

    qs_transcript_begin(&transcript, "or-ballot", ballot->context);
    qs_transcript_bytes(&transcript, seed, QS_SEED_BYTES);
    qs_transcript_bytes(&transcript, responses, (size_t)(ballot->proof + ballot->len - responses));
    qs_transcript_seed(&transcript, digest);
}

quorsum_status qs_choice_read(const qs_choice_block *self, size_t place)
{
    const qs_choices *choices = self->choices;
    const qs_ballot *ballot = self->ballots[place];
    size_t width = choices->key->ring->width;
    const quorsum_run alone = {.threads = 1};
    uint8_t seed[QS_SEED_BYTES];
    quorsum_ciphertexts *commitments = NULL;
    quorsum_status status = check_shape(choices, ballot);

    if (status == QUORSUM_OK)
        status = quorsum_ciphertexts_decode(&commitments, choices->key, ballot->proof,
                                            choices->branches * qs_element_bytes(choices), NULL, &alone);
    if (status == QUORSUM_OK) {
        memcpy(self->commitments + place * choices->branches * width, commitments->value,
               choices->branches * width * sizeof(mp_limb_t));
        memcpy(self->ciphertexts + place * choices->ciphertexts * width, ballot->ciphertexts->value,
               choices->ciphertexts * width * sizeof(mp_limb_t));
        status = qs_choice_seed(seed, ballot->context, choices, ballot->ciphertexts, ballot->proof);
    }
    if (status == QUORSUM_OK && !sums_agree(choices, ballot->proof, seed))
        status = QUORSUM_ERR_PROOF;
    if (status == QUORSUM_OK)
        digest_ballot(self->digests[place], choices, ballot, seed);
    quorsum_ciphertexts_free(commitments);
    return status;
}
