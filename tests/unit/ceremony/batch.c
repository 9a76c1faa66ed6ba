/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ceremony/batch.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/prf.h"

static const quorsum_run one_thread = {.threads = 1};

void batch_keys(batch *b, uint64_t seed)
{
    uint8_t stream[randombytes_SEEDBYTES] = {0};
    const qs_sets *sets = b->sets;

    memcpy(stream, &seed, sizeof seed);
    randombytes_buf_deterministic(b->key, 32 * sets->count, stream);
    for (uint32_t i = 0; i < sets->members; i++)
        for (size_t k = 0; k < sets->own; k++)
            memcpy(b->mine[i] + 32 * k, b->key + 32 * sets->mine[i * sets->own + k], 32);
    qs_generation_next(b->generation, seed);
}

void batch_new(batch *b, uint32_t members, uint32_t degree, size_t bits, size_t wanted, uint64_t seed)
{
    static const uint8_t ceremony[32] = {7};

    memset(b, 0, sizeof *b);
    cr_assert_eq(qs_sets_new(&b->sets, members, degree), QUORSUM_OK);
    cr_assert_eq(qs_generation_new(&b->generation, bits, 1, QUORSUM_RANDOMISER_FULL, b->sets, ceremony, wanted),
                 QUORSUM_OK);
    b->key = malloc(32 * b->sets->count);
    for (uint32_t i = 0; i < members; i++) {
        b->mine[i] = malloc(32 * b->sets->own);
        b->party[i] = (qs_party){.index = i + 1, .sets = b->sets, .key = b->mine[i]};
    }
    batch_keys(b, seed);
}

void batch_free(batch *b)
{
    for (size_t i = 0; i < QS_MEMBERS_MAX; i++) {
        free(b->mine[i]);
        free(b->body[i]);
    }
    free(b->key);
    qs_generation_free(b->generation);
    qs_sets_free(b->sets);
}

void batch_say(batch *b, const qs_generation_round *round)
{
    for (uint32_t i = 0; i < b->sets->members; i++) {
        b->len = round->len(b->generation, i + 1);
        free(b->body[i]);
        b->body[i] = malloc(b->len + 1);
        b->body[i][b->len] = 0xa5;
        cr_assert_eq(round->say(b->generation, &b->party[i], b->body[i], &one_thread), QUORSUM_OK);
        cr_assert_eq(b->body[i][b->len], 0xa5);
    }
}

qs_ruling batch_hear(batch *b, const qs_generation_round *round)
{
    qs_ruling ruling;

    cr_assert_eq(round->hear(b->generation, (const uint8_t *const *)b->body, &ruling, &one_thread), QUORSUM_OK);
    return ruling;
}

void batch_go(batch *b, const qs_generation_round *round)
{
    batch_say(b, round);
    cr_assert_eq(batch_hear(b, round), QS_GO_ON);
}

void batch_piece(mpz_t piece, const batch *b, size_t set, unsigned which, size_t candidate)
{
    const qs_sifter *sifter = b->generation->sifter;
    uint16_t *drawn = malloc(sifter->slots_max * sizeof *drawn);
    qs_prf prf;
    mpz_t cofactor;

    mpz_init(cofactor);
    mpz_set_ui(piece, 0);
    qs_prf_begin(&prf, b->key + 32 * set, which == 0 ? "p" : "q", 0);
    for (size_t l = 0; l < sifter->count; l++) {
        qs_prf_residues(&prf, drawn, sifter->prime[l].slots, sifter->prime[l].prime);
        mpz_divexact_ui(cofactor, sifter->product, sifter->prime[l].prime);
        mpz_addmul_ui(piece, cofactor, drawn[qs_kept_slots(sifter, b->generation->kept, which, l)[candidate]]);
    }
    mpz_mod(piece, piece, sifter->product);
    mpz_clear(cofactor);
    free(drawn);
}

void batch_prime(mpz_t p, const batch *b, unsigned which, size_t candidate)
{
    mpz_t piece;

    mpz_init(piece);
    mpz_set_ui(p, 0);
    for (size_t a = 0; a < b->sets->count; a++) {
        batch_piece(piece, b, a, which, candidate);
        mpz_add(p, p, piece);
    }
    mpz_mul_2exp(p, p, 2);
    mpz_add(p, p, b->generation->sifter->least);
    mpz_clear(piece);
}
