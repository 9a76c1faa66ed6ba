/* SPDX-License-Identifier: Apache-2.0 */
/* A generation's state: what is the same for all batches, and what a batch leaves behind. Public. */
#include "lib/ceremony/generation.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/sifter.h"

quorsum_status qs_generation_new(qs_generation **out, size_t bits, unsigned degree, quorsum_randomiser randomiser,
                                 const qs_sets *sets, const uint8_t ceremony[32], size_t batch_candidates)
{
    qs_generation *generation = calloc(1, sizeof *generation);
    quorsum_status status;

    *out = NULL;
    if (generation == NULL)
        return QUORSUM_ERR_MEMORY;
    if (sets->members < 2 * sets->degree + 1) { /* products are of degree 2t */
        free(generation);
        return QUORSUM_ERR_RANGE;
    }
    generation->bits = bits;
    generation->degree = degree;
    generation->randomiser = randomiser;
    generation->sets = sets;
    generation->batch_candidates = batch_candidates;
    memcpy(generation->ceremony, ceremony, sizeof generation->ceremony);
    mpz_init(generation->theta);
    mpz_init(generation->delta);
    status = qs_sifter_new(&generation->sifter, bits, sets, batch_candidates);
    if (status == QUORSUM_OK)
        *out = generation;
    else
        qs_generation_free(generation);
    return status;
}

void qs_generation_next(qs_generation *generation, uint64_t batch)
{
    for (size_t c = 0; generation->product != NULL && c < generation->candidates; c++)
        mpz_clear(generation->product[c]);
    free(generation->product);
    free(generation->survivor);
    free(generation->set_keys);
    free(generation->verify);
    qs_kept_free(generation->kept);
    quorsum_public_key_free(generation->key);
    mpz_set_ui(generation->theta, 0);
    mpz_set_ui(generation->delta, 0);
    generation->batch = batch;
    generation->kept = NULL;
    generation->candidates = 0;
    generation->product = NULL;
    generation->survivor = NULL;
    generation->survivors = 0;
    generation->has_winner = 0;
    generation->winner = 0;
    generation->key = NULL;
    generation->set_keys = NULL;
    generation->verify = NULL;
}

void qs_generation_free(qs_generation *generation)
{
    if (generation == NULL)
        return;
    qs_generation_next(generation, 0);
    mpz_clear(generation->theta);
    mpz_clear(generation->delta);
    qs_sifter_free(generation->sifter);
    free(generation);
}

uint32_t qs_generation_bound(const qs_generation *generation)
{
    return generation->sifter->prime[generation->sifter->count - 1].prime;
}

/* A number below 2^k is prime with probability 1 / ln 2^k, and 1 / prod (1 - 1/l) times as often when none of the primes l
 * up to B divides it: two of them at once take the square of ln 2^k prod (1 - 1/l) candidates. */
uint64_t qs_generation_expected(const qs_generation *generation)
{
    double one = (double)(generation->bits / 2) * 0.6931471805599453 / 2; /* and no 2 */

    for (size_t i = 0; i < generation->sifter->count; i++)
        one *= 1 - 1.0 / (double)generation->sifter->prime[i].prime;
    return (uint64_t)(one * one + 1);
}
