/* SPDX-License-Identifier: Apache-2.0 */
/* The second ring, second half: partial decryption, combining, completion, and checking openings. */
#include "bench/opened.h"
#include "bench/port.h"
#include "lib/proof/share.h"
#include "lib/threshold/exact.h"

static quorsum_status compare_powm(bench *b, bench_row *row, bench_work work, const mpz_t exponent, const mpz_t modulus,
                                   int secret)
{
    bench_powm powm;
    bench_opened o;
    quorsum_status status = bench_opened_init(&o, b, row->values);
    bench_side ours = {work, &o, row->values};
    bench_side theirs;

    bench_powm_init(&powm, b, exponent, modulus, secret);
    theirs = bench_powm_side(&powm);
    if (status == QUORSUM_OK)
        status = bench_compare(b, row, &ours, &theirs);
    bench_powm_clear(&powm);
    bench_opened_clear(&o);
    return status;
}

static quorsum_status partial(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 64));
    mpz_t exponent;
    quorsum_status status;

    mpz_init(exponent);
    bench_partial_exponent(exponent, b);
    row.bytes = (double)(row.values * quorsum_public_key_modulus_bytes(bench_key(b)));
    row.ifma = bench_ifma_partial(b, row.values);
    row.reference = "mpz_powm_sec mod N";
    bench_ask(&row, BENCH_AT_MOST, 1.1);
    status = compare_powm(b, &row, bench_partial_work, exponent, b->keys.n, 1);
    mpz_clear(exponent);
    return status;
}

static quorsum_status partial_classical(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 32));
    mpz_t exponent;
    quorsum_status status;

    mpz_init(exponent);
    bench_classical_exponent(exponent, b);
    row.bytes = (double)(row.values * quorsum_public_key_modulus_bytes(bench_key(b)));
    row.ifma = bench_ifma_partial(b, row.values);
    row.reference = "c^(2 D s_i) mod N^(s+1)";
    bench_ask(&row, BENCH_AT_LEAST, 6);
    status = compare_powm(b, &row, bench_partial_work, exponent, b->keys.ns1, 1);
    mpz_clear(exponent);
    return status;
}

static quorsum_status alone(bench *b, const bench_case *self, bench_work work, size_t count, size_t bytes)
{
    bench_row row = bench_row_new(b, self->name, count);
    bench_opened o;
    quorsum_status status = bench_opened_init(&o, b, count);
    bench_side ours = {work, &o, count};

    row.bytes = (double)(bytes > 0 ? bytes : o.encoded.len);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, NULL);
    bench_opened_clear(&o);
    return status;
}

static quorsum_status partial_proven(bench *b, const bench_case *self)
{
    size_t count = bench_count(b, 100);

    return alone(b, self, bench_proven_work, count,
                 count * quorsum_public_key_modulus_bytes(bench_key(b)) +
                     qs_share_proof_bytes(b->keys.shares[0]->share_bits));
}

/* ---- combining, completion, openings ---- */

static quorsum_status compare_completion(bench *b, const bench_case *self, bench_work work, size_t count, double asked)
{
    bench_row row = bench_row_new(b, self->name, count);

    row.ifma = work == bench_opening_work ? bench_ifma_opening(b, count) : bench_ifma_complete(b, count);
    row.reference = "r^N by mpz_powm";
    bench_ask(&row, BENCH_AT_MOST, asked);
    return compare_powm(b, &row, work, b->keys.ns, b->keys.ns1, 0);
}

static quorsum_status combine_roots(bench *b, const bench_case *self)
{
    return alone(b, self, bench_combine_work, bench_count(b, 64),
                 bench_count(b, 64) * quorsum_public_key_modulus_bytes(bench_key(b)));
}

static quorsum_status randomiser(bench *b, const bench_case *self)
{
    return compare_completion(b, self, bench_randomiser_work, 1, 1.05);
}

static quorsum_status complete(bench *b, const bench_case *self)
{
    return compare_completion(b, self, bench_complete_work, bench_count(b, 32), 1.05);
}

static quorsum_status opening(bench *b, const bench_case *self)
{
    return compare_completion(b, self, bench_opening_work, bench_count(b, 1334), 0);
}

static quorsum_status exact_work(void *context)
{
    bench_opened *o = context;

    return qs_opening_verify_exact_vartime(o->opening, o->ciphertexts, &o->run);
}

static quorsum_status open_work(void *context)
{
    quorsum_status status = bench_combine_work(context);

    return status == QUORSUM_OK ? bench_complete_work(context) : status;
}

/* What an opener pays for a ciphertext that another machine has completed, beside what it would pay to do it. */
static quorsum_status completion(bench *b, const bench_case *self)
{
    size_t count = bench_count(b, 1000);
    bench_row row = bench_row_new(b, self->name, count);
    bench_opened done, to_do = {.b = b};
    quorsum_status status = bench_opened_init(&done, b, count);
    bench_side ours = {exact_work, &done, count};
    bench_side theirs = {open_work, &to_do, 32};

    row.reference = "combining and completing";
    bench_ask(&row, BENCH_AT_LEAST, 10);
    if (status == QUORSUM_OK)
        status = bench_opened_init(&to_do, b, 32);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, &theirs);
    bench_opened_clear(&to_do);
    bench_opened_clear(&done);
    return status;
}

static quorsum_status record(bench *b, const bench_case *self)
{
    return alone(b, self, bench_record_work, 1, 0);
}

const bench_case bench_threshold[] = {
    {"calls.partial", "partial decryption, the power alone, beside the same power", partial},
    {"calls.partial_classical", "the same beside the classical partial decryption", partial_classical},
    {"calls.partial_proven", "partial decryption of a vector with its proof", partial_proven},
    {"calls.combine", "randomisers from a quorum's partials", combine_roots},
    {"calls.randomiser", "r^(N^s) mod N^(s+1), the power inside a completion", randomiser},
    {"calls.complete", "completion: r to m, checked by re-encryption", complete},
    {"calls.opening", "checking a batch of openings", opening},
    {"calls.completion", "checking openings that another machine made, beside making them", completion},
    {"calls.record", "reading a key record with its key check and certificate", record},
    {NULL, NULL, NULL},
};
