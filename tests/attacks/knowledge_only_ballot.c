/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A voter wants a thousand votes for Bob and sends what he knows, 1000, truly proven to be known: a contribution of a
 * task that asks for no more. Then with the level of a ballot and no proof of it, and with noise for one. Stopped by:
 * the task names the level, a contribution says its own, and one below is refused when it is sent; a ballot has room
 * for its proof and the proof is checked. Lesson 2 of the field: a verifier that can say no.
 */
#include "forger.h"

static quorsum_bytes thousand(const scene *s, forger *g, size_t level_len)
{
    uint8_t *noise = calloc(1, level_len + 1);
    quorsum_bytes out;

    forger_open(g, s, 3);
    for (size_t k = 0; k < g->count; k++)
        forger_encrypt_si(g, k, k == 2 ? 1000 : 0);
    forger_prove(g);
    for (size_t i = 0; i < level_len; i++)
        noise[i] = (uint8_t)(i % 251);
    out = forger_message(g, noise, level_len);
    free(noise);
    return out;
}

Test(attack, knowledge_only_ballot)
{
    scene s;
    forger g;
    quorsum_bytes plain;
    quorsum_bytes named;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    plain = thousand(&s, &g, 0);
    named = forge_uint(&plain, 14, QUORSUM_LEVEL_KNOWLEDGE, s.f.contributors[3]);
    expect_refused_contribution(&s, 3, &named, QUORSUM_ERR_LEVEL, 3);
    quorsum_bytes_free(&named);
    quorsum_bytes_free(&plain);
    forger_close(&g);
    scene_close(&s);
}

Test(attack, ballot_without_a_proof)
{
    scene s;
    forger g;
    quorsum_bytes forged;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    forged = thousand(&s, &g, 0);
    expect_refused_contribution(&s, 3, &forged, QUORSUM_ERR_TRUNCATED, 3);
    quorsum_bytes_free(&forged);
    forger_close(&g);
    scene_close(&s);
}

/* And by a contributor whose ciphertexts hold an honest ballot, with the proof of another honest ballot of his. */
Test(attack, ballot_with_the_proof_of_another)
{
    scene s;
    forger g;
    quorsum_bytes first;
    quorsum_bytes second;
    quorsum_bytes forged;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    forger_open(&g, &s, 3);
    first = scene_contribution(&s, 3);
    second = scene_contribution(&s, 3);
    forger_steal(&g, &first);
    forged = forger_message(&g, blocks_of(&second) + ciphertexts_len(&s), blocks_len(&second) - ciphertexts_len(&s));
    expect_refused_contribution(&s, 3, &forged, QUORSUM_ERR_PROOF, 3);
    quorsum_bytes_free(&first);
    quorsum_bytes_free(&second);
    quorsum_bytes_free(&forged);
    forger_close(&g);
    scene_close(&s);
}
