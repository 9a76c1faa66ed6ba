/* SPDX-License-Identifier: Apache-2.0 */
/* The second ring, second half: partial decryption, combining, completion, and checking openings. */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "lib/arith/lagrange.h"
#include "lib/threshold/partial.h"

static const uint8_t no_task[QUORSUM_DIGEST_BYTES];

/* A vector, a quorum's partials of it, and its opening. */
typedef struct opened {
    const bench *b;
    quorsum_ciphertexts *ciphertexts;
    quorsum_partial *partials[BENCH_QUORUM];
    quorsum_opening *opening;
    mp_limb_t *out; /* an element of the ring a ciphertext */
    quorsum_bytes encoded;
    quorsum_run run;
} opened;

static const uint8_t *prover(const bench *b)
{
    return quorsum_identity_public(b->keys.signer);
}

static void opened_clear(opened *o)
{
    for (unsigned i = 0; i < BENCH_QUORUM; i++)
        quorsum_partial_free(o->partials[i]);
    quorsum_opening_free(o->opening);
    quorsum_ciphertexts_free(o->ciphertexts);
    quorsum_bytes_free(&o->encoded);
    free(o->out);
}

static quorsum_status combine(quorsum_opening **out, const opened *o)
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

/* To be cleared in any case. */
static quorsum_status opened_init(opened *o, bench *b, size_t count)
{
    quorsum_status status;

    *o = (opened){.b = b};
    status = bench_ciphertexts(&o->ciphertexts, b, count);
    for (unsigned i = 0; i < BENCH_QUORUM && status == QUORSUM_OK; i++)
        status = quorsum_partial_decrypt(&o->partials[i], b->keys.record, b->keys.shares[i], o->ciphertexts, no_task,
                                         prover(b), NULL);
    if (status == QUORSUM_OK)
        status = combine(&o->opening, o);
    o->out = calloc(count, bench_key(b)->ring->width * sizeof *o->out);
    if (status == QUORSUM_OK && o->out == NULL)
        status = QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK)
        status = quorsum_key_record_encode(&o->encoded, b->keys.record);
    o->run.threads = b->options.threads;
    return status;
}

/* ---- partial decryption ---- */

static quorsum_status partial_work(void *context)
{
    opened *o = context;
    const quorsum_public_key *key = bench_key(o->b);
    const quorsum_key_share *share = o->b->keys.shares[0];

    return qs_partial_powers(o->out, key, o->ciphertexts->value, key->ring->width, o->ciphertexts->count, &share->value,
                             share->share_bits, &o->run);
}

static quorsum_status proven_work(void *context)
{
    opened *o = context;
    quorsum_partial *partial = NULL;
    quorsum_status status = quorsum_partial_decrypt(&partial, o->b->keys.record, o->b->keys.shares[0], o->ciphertexts,
                                                    no_task, prover(o->b), &o->run);

    quorsum_partial_free(partial);
    return status;
}

static quorsum_status compare_powm(bench *b, bench_row *row, bench_work work, const mpz_t exponent, const mpz_t modulus,
                                   int secret)
{
    bench_powm powm;
    opened o;
    quorsum_status status = opened_init(&o, b, row->values);
    bench_side ours = {work, &o, row->values};
    bench_side theirs;

    bench_powm_init(&powm, b, exponent, modulus, secret);
    theirs = bench_powm_side(&powm);
    if (status == QUORSUM_OK)
        status = bench_compare(b, row, &ours, &theirs);
    bench_powm_clear(&powm);
    opened_clear(&o);
    return status;
}

/* Beside GMP's power by an exponent of the length of 2 S_i, which is what the partial's is. */
static quorsum_status partial(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 64));
    mpz_t exponent;
    quorsum_status status;

    mpz_init(exponent);
    bench_exponent(exponent, b, b->keys.shares[0]->share_bits + 1);
    row.bytes = (double)(row.values * quorsum_public_key_modulus_bytes(bench_key(b)));
    row.reference = "mpz_powm_sec mod N";
    bench_ask(&row, BENCH_AT_MOST, 1.1);
    status = compare_powm(b, &row, partial_work, exponent, b->keys.n, 1);
    mpz_clear(exponent);
    return status;
}

/* Beside c^(2 Delta s_i) mod N^(s+1), s_i below N^s times the order of the squares: (s+1) |N| - 2 bits, and those of
 * 2 Delta. */
static quorsum_status partial_classical(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 32));
    mpz_t exponent, delta;
    quorsum_status status;

    mpz_inits(exponent, delta, NULL);
    qs_factorial(delta, BENCH_TRUSTEES);
    bench_exponent(exponent, b, (b->options.degree + 1) * b->options.bits - 2);
    mpz_mul(exponent, exponent, delta);
    mpz_mul_2exp(exponent, exponent, 1);
    row.bytes = (double)(row.values * quorsum_public_key_modulus_bytes(bench_key(b)));
    row.reference = "c^(2 D s_i) mod N^(s+1)";
    bench_ask(&row, BENCH_AT_LEAST, 6);
    status = compare_powm(b, &row, partial_work, exponent, b->keys.ns1, 1);
    mpz_clears(exponent, delta, NULL);
    return status;
}

static quorsum_status alone(bench *b, const bench_case *self, bench_work work, size_t count, size_t bytes)
{
    bench_row row = bench_row_new(b, self->name, count);
    opened o;
    quorsum_status status = opened_init(&o, b, count);
    bench_side ours = {work, &o, count};

    row.bytes = (double)(bytes > 0 ? bytes : o.encoded.len);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, NULL);
    opened_clear(&o);
    return status;
}

static quorsum_status partial_proven(bench *b, const bench_case *self)
{
    size_t count = bench_count(b, 100);

    return alone(b, self, proven_work, count,
                 count * quorsum_public_key_modulus_bytes(bench_key(b)) +
                     qs_share_proof_bytes(b->keys.shares[0]->share_bits));
}

/* ---- combining, completion, openings ---- */

static quorsum_status combine_work(void *context)
{
    opened *o = context;
    const uint32_t trustees[BENCH_QUORUM] = {1, 2, 3};
    const mp_limb_t *values[BENCH_QUORUM];

    for (unsigned i = 0; i < BENCH_QUORUM; i++)
        values[i] = o->partials[i]->value;
    return qs_combine_vartime(o->out, o->b->keys.record, o->ciphertexts, trustees, values, &o->run);
}

static quorsum_status randomiser_work(void *context)
{
    opened *o = context;

    return qs_randomiser_vartime(bench_key(o->b), o->out, o->opening->r);
}

static quorsum_status complete_work(void *context)
{
    opened *o = context;

    return qs_complete_vartime(o->out, o->ciphertexts, o->opening->r, &o->run);
}

static quorsum_status opening_work(void *context)
{
    opened *o = context;

    return quorsum_opening_verify(o->opening, o->ciphertexts, &o->run);
}

static quorsum_status record_work(void *context)
{
    opened *o = context;
    quorsum_key_record *record = NULL;
    quorsum_status status = quorsum_key_record_decode(&record, o->encoded.data, o->encoded.len, &o->run);

    quorsum_key_record_free(record);
    return status;
}

static quorsum_status compare_completion(bench *b, const bench_case *self, bench_work work, size_t count, double asked)
{
    bench_row row = bench_row_new(b, self->name, count);

    row.reference = "r^N by mpz_powm";
    bench_ask(&row, BENCH_AT_MOST, asked);
    return compare_powm(b, &row, work, b->keys.ns, b->keys.ns1, 0);
}

static quorsum_status combine_roots(bench *b, const bench_case *self)
{
    return alone(b, self, combine_work, bench_count(b, 64),
                 bench_count(b, 64) * quorsum_public_key_modulus_bytes(bench_key(b)));
}

static quorsum_status randomiser(bench *b, const bench_case *self)
{
    return compare_completion(b, self, randomiser_work, 1, 1.05);
}

static quorsum_status complete(bench *b, const bench_case *self)
{
    return compare_completion(b, self, complete_work, bench_count(b, 32), 1.05);
}

static quorsum_status opening(bench *b, const bench_case *self)
{
    return compare_completion(b, self, opening_work, bench_count(b, 1334), 0);
}

static quorsum_status record(bench *b, const bench_case *self)
{
    return alone(b, self, record_work, 1, 0);
}

/* ---- two threads ---- */

static quorsum_status compare_threads(bench *b, const bench_case *self, bench_work work, size_t count)
{
    unsigned threads = b->options.threads > 1 ? b->options.threads : 2;
    bench_row row = bench_row_new(b, self->name, count);
    opened many, one;
    quorsum_status status = opened_init(&many, b, count);
    bench_side ours = {work, &many, count};
    bench_side theirs = {work, &one, count};

    one = many;
    one.run.threads = 1;
    many.run.threads = row.threads = threads;
    row.reference = "one thread";
    row.sense = BENCH_AT_LEAST;
    row.asked = threads == 2 ? 1.8 : 0;
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, &theirs);
    opened_clear(&many); /* the other one borrows */
    return status;
}

static quorsum_status threads_partial(bench *b, const bench_case *self)
{
    return compare_threads(b, self, partial_work, bench_count(b, 64));
}

static quorsum_status threads_complete(bench *b, const bench_case *self)
{
    return compare_threads(b, self, complete_work, bench_count(b, 32));
}

const bench_case bench_threshold[] = {
    {"calls.partial", "partial decryption, the power alone, beside the same power", partial},
    {"calls.partial_classical", "the same beside the classical partial decryption", partial_classical},
    {"calls.partial_proven", "partial decryption of a vector with its proof", partial_proven},
    {"calls.combine", "randomisers from a quorum's partials", combine_roots},
    {"calls.randomiser", "r^(N^s) mod N^(s+1), the power inside a completion", randomiser},
    {"calls.complete", "completion: r to m, checked by re-encryption", complete},
    {"calls.opening", "checking a batch of openings", opening},
    {"calls.record", "reading a key record with its key check and certificate", record},
    {"calls.threads_partial", "partial decryption on two threads and on one", threads_partial},
    {"calls.threads_complete", "completion on two threads and on one", threads_complete},
    {NULL, NULL, NULL},
};
