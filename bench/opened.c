/* SPDX-License-Identifier: Apache-2.0 */
/* Making vectors with their partials and openings, and the calls on them that rows time. */
#include "bench/opened.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/lagrange.h"
#include "lib/threshold/partial.h"

#define DIFFERENT ((size_t)64) /* ciphertexts that are made: making is slow, and no time depends on their being new */

static const uint8_t no_task[QUORSUM_DIGEST_BYTES];

static const uint8_t *prover(const bench *b, unsigned trustee)
{
    return quorsum_identity_public(b->keys.trustees[trustee]);
}

void bench_opened_clear(bench_opened *o)
{
    for (unsigned i = 0; i < BENCH_QUORUM; i++)
        quorsum_partial_free(o->partials[i]);
    quorsum_opening_free(o->opening);
    quorsum_ciphertexts_free(o->ciphertexts);
    quorsum_bytes_free(&o->encoded);
    free(o->out);
}

static quorsum_status combine(quorsum_opening **out, const bench_opened *o)
{
    quorsum_combiner *combiner = NULL;
    quorsum_status status = quorsum_combiner_new(&combiner, o->b->keys.record, o->ciphertexts, no_task);

    for (unsigned i = 0; i < BENCH_QUORUM && status == QUORSUM_OK; i++)
        status = quorsum_combiner_add(combiner, o->partials[i], &o->run);
    if (status == QUORSUM_OK)
        status = quorsum_combiner_open(out, combiner, &o->run);
    quorsum_combiner_free(combiner);
    return status;
}

/* The first `made` elements of `width` limbs again and again, until there are `count`. */
static quorsum_status repeat(mp_limb_t **values, size_t width, size_t made, size_t count)
{
    mp_limb_t *longer = realloc(*values, count * width * sizeof *longer);

    if (longer == NULL)
        return QUORSUM_ERR_MEMORY;
    *values = longer;
    for (size_t k = made; k < count; k++)
        memcpy(longer + k * width, longer + (k - made) * width, width * sizeof *longer);
    return QUORSUM_OK;
}

static quorsum_status repeat_all(bench_opened *o, size_t count)
{
    const quorsum_public_key *key = bench_key(o->b);
    size_t made = o->ciphertexts->count;
    quorsum_status status = repeat(&o->ciphertexts->value, key->ring->width, made, count);

    if (status == QUORSUM_OK)
        status = repeat(&o->opening->m, key->plain->width, made, count);
    if (status == QUORSUM_OK)
        status = repeat(&o->opening->r, key->root->width, made, count);
    for (unsigned i = 0; i < BENCH_QUORUM && status == QUORSUM_OK; i++) {
        status = repeat(&o->partials[i]->value, key->root->limbs, made, count);
        o->partials[i]->count = count;
    }
    o->ciphertexts->count = o->opening->count = count;
    return status;
}

static quorsum_status make_some(bench_opened *o, bench *b, size_t count)
{
    quorsum_status status = bench_ciphertexts(&o->ciphertexts, b, count);

    for (unsigned i = 0; i < BENCH_QUORUM && status == QUORSUM_OK; i++)
        status = quorsum_partial_decrypt(&o->partials[i], b->keys.record, b->keys.shares[i], o->ciphertexts, no_task,
                                         prover(b, i), NULL);
    return status == QUORSUM_OK ? combine(&o->opening, o) : status;
}

quorsum_status bench_opened_init(bench_opened *o, bench *b, size_t count)
{
    quorsum_status status;

    *o = (bench_opened){.b = b};
    status = make_some(o, b, count < DIFFERENT ? count : DIFFERENT);
    if (status == QUORSUM_OK)
        status = repeat_all(o, count);
    o->out = calloc(count, bench_key(b)->ring->width * sizeof *o->out);
    if (status == QUORSUM_OK && o->out == NULL)
        status = QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK)
        status = quorsum_key_record_encode(&o->encoded, b->keys.record);
    o->run.threads = b->options.threads;
    return status;
}

/* ---- partial decryption ---- */

quorsum_status bench_partial_work(void *context)
{
    bench_opened *o = context;
    const quorsum_public_key *key = bench_key(o->b);
    const quorsum_key_share *share = o->b->keys.shares[0];

    return qs_partial_powers(o->out, key, o->ciphertexts->value, key->ring->width, o->ciphertexts->count, &share->value,
                             share->share_bits, &o->run);
}

quorsum_status bench_proven_work(void *context)
{
    bench_opened *o = context;
    quorsum_partial *partial = NULL;
    quorsum_status status = quorsum_partial_decrypt(&partial, o->b->keys.record, o->b->keys.shares[0], o->ciphertexts,
                                                    no_task, prover(o->b, 0), &o->run);

    quorsum_partial_free(partial);
    return status;
}

quorsum_status bench_combine_work(void *context)
{
    bench_opened *o = context;
    const uint32_t trustees[BENCH_QUORUM] = {1, 2, 3};
    const mp_limb_t *values[BENCH_QUORUM];

    for (unsigned i = 0; i < BENCH_QUORUM; i++)
        values[i] = o->partials[i]->value;
    return qs_combine_vartime(o->out, o->b->keys.record, o->ciphertexts, trustees, values, &o->run);
}

quorsum_status bench_randomiser_work(void *context)
{
    bench_opened *o = context;

    return qs_randomiser_vartime(bench_key(o->b), o->out, o->opening->r);
}

quorsum_status bench_complete_work(void *context)
{
    bench_opened *o = context;

    return qs_complete_vartime(o->out, o->ciphertexts, o->opening->r, &o->run);
}

quorsum_status bench_opening_work(void *context)
{
    bench_opened *o = context;

    return quorsum_opening_verify(o->opening, o->ciphertexts, &o->run);
}

quorsum_status bench_record_work(void *context)
{
    bench_opened *o = context;
    quorsum_key_record *record = NULL;
    quorsum_status status = quorsum_key_record_decode(&record, o->encoded.data, o->encoded.len, &o->run);

    quorsum_key_record_free(record);
    return status;
}

/* ---- exponents ---- */

void bench_partial_exponent(mpz_t out, bench *b)
{
    bench_exponent(out, b, b->keys.shares[0]->share_bits + 1);
}

void bench_classical_exponent(mpz_t out, bench *b)
{
    mpz_t delta;

    mpz_init(delta);
    qs_factorial(delta, BENCH_TRUSTEES);
    bench_exponent(out, b, (b->options.degree + 1) * b->options.bits - 2);
    mpz_mul(out, out, delta);
    mpz_mul_2exp(out, out, 1);
    mpz_clear(delta);
}
