/* SPDX-License-Identifier: Apache-2.0 */
/* The second ring, first half: encryption and what anybody or the owner of a private key does with ciphertexts. */
#include "bench/bench.h"
#include "bench/port.h"
#include "bench/vectors.h"

#define COUNT 256 /* ciphertexts of a vector */

/* ---- encryption ---- */

/* Against r^(N^s) mod N^(s+1), r secret: what the textbook's encryption does. asked 0: nothing was. */
static quorsum_status compare_encryption(bench *b, const bench_case *self, bench_work work,
                                         quorsum_randomiser randomiser, size_t count, double asked)
{
    bench_row row = bench_row_new(b, self->name, count);
    bench_powm powm;
    bench_vectors c;
    quorsum_status status = bench_vectors_init(&c, b, randomiser, count);
    bench_side ours = {work, &c, count};
    bench_side theirs;

    bench_powm_init(&powm, b, b->keys.ns, b->keys.ns1, 1);
    theirs = bench_powm_side(&powm);
    row.bytes = (double)c.len;
    row.reference = "r^N by mpz_powm_sec";
    row.ifma = work != bench_pooled_work ? bench_ifma_encrypt(b, randomiser, count) : 0;
    bench_ask(&row, BENCH_AT_LEAST, asked);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, &theirs);
    bench_powm_clear(&powm);
    bench_vectors_clear(&c);
    return status;
}

static quorsum_status encrypt_half(bench *b, const bench_case *self)
{
    return compare_encryption(b, self, bench_encrypt_work, QUORSUM_RANDOMISER_HALF, bench_count(b, COUNT), 20);
}

static quorsum_status encrypt_pooled(bench *b, const bench_case *self)
{
    return compare_encryption(b, self, bench_pooled_work, QUORSUM_RANDOMISER_HALF, bench_count(b, COUNT), 0);
}

static quorsum_status encrypt_short(bench *b, const bench_case *self)
{
    return compare_encryption(b, self, bench_encrypt_work, QUORSUM_RANDOMISER_SHORT, bench_count(b, COUNT), 0);
}

static quorsum_status encrypt_full(bench *b, const bench_case *self)
{
    return compare_encryption(b, self, bench_encrypt_work, QUORSUM_RANDOMISER_FULL, bench_count(b, COUNT), 0);
}

static quorsum_status encrypt_one(bench *b, const bench_case *self)
{
    return compare_encryption(b, self, bench_encrypt_work, QUORSUM_RANDOMISER_HALF, 1, 0);
}

static quorsum_status rerandomise(bench *b, const bench_case *self)
{
    return compare_encryption(b, self, bench_rerandomise_work, QUORSUM_RANDOMISER_HALF, bench_count(b, COUNT), 0);
}

static quorsum_status encryptor(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, 1);
    bench_vectors c;
    quorsum_status status = bench_vectors_init(&c, b, QUORSUM_RANDOMISER_HALF, 1);
    bench_side ours = {bench_table_work, &c, 1};

    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, NULL);
    bench_vectors_clear(&c);
    return status;
}

/* ---- on ciphertexts ---- */

/* Sums of vectors go one by one. */
static double instructions(const bench *b, bench_work work, size_t count)
{
    if (work == bench_aggregate_work)
        return bench_ifma_aggregate(b, count);
    if (work == bench_wire_work)
        return bench_ifma_aggregate(b, count) + bench_ifma_validate(b, count);
    return work == bench_add_work ? 0 : bench_ifma_validate(b, count);
}

static quorsum_status compare_vectors(bench *b, const bench_case *self, bench_work ours, bench_work theirs,
                                      const char *reference, const mpz_t modulus, double asked)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, COUNT));
    bench_vector vector = {0};
    bench_side other;
    bench_vectors c;
    quorsum_status status = bench_vectors_init(&c, b, QUORSUM_RANDOMISER_HALF, row.values);
    bench_side side = {ours, &c, row.values};

    if (status == QUORSUM_OK)
        status = bench_vector_init(&vector, b, modulus, row.values);
    other = bench_vector_side(&vector, theirs);
    row.bytes = (double)c.len;
    row.reference = reference;
    row.ifma = instructions(b, ours, row.values);
    bench_ask(&row, BENCH_AT_MOST, asked);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &side, &other);
    bench_vector_clear(&vector);
    bench_vectors_clear(&c);
    return status;
}

static quorsum_status add(bench *b, const bench_case *self)
{
    return compare_vectors(b, self, bench_add_work, bench_mulmod_work, "mpz_mul + mpz_mod", b->keys.ns1, 1.1);
}

static quorsum_status aggregate(bench *b, const bench_case *self)
{
    return compare_vectors(b, self, bench_aggregate_work, bench_mulmod_work, "mpz_mul + mpz_mod", b->keys.ns1, 0);
}

static quorsum_status aggregate_wire(bench *b, const bench_case *self)
{
    return compare_vectors(b, self, bench_wire_work, bench_mulmod_work, "mpz_mul + mpz_mod", b->keys.ns1, 0);
}

static quorsum_status validate(bench *b, const bench_case *self)
{
    return compare_vectors(b, self, bench_validate_work, bench_gcd_work, "mpz_gcd each", b->keys.n, 0);
}

static quorsum_status decode(bench *b, const bench_case *self)
{
    return compare_vectors(b, self, bench_decode_work, bench_gcd_work, "mpz_gcd each", b->keys.n, 0);
}

/* ---- a private key ---- */

static quorsum_status decrypt(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 32));
    bench_crt reference;
    bench_vectors c;
    quorsum_status status = bench_vectors_init(&c, b, QUORSUM_RANDOMISER_HALF, row.values);
    bench_side ours = {bench_decrypt_work, &c, row.values};
    bench_side theirs = {bench_crt_work, &reference, 1};

    bench_crt_init(&reference, b, 1);
    row.ifma = bench_ifma_decrypt(b, row.values);
    if (b->options.degree == 1)
        row.reference = "mpz_powm_sec by CRT";
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, b->options.degree == 1 ? &theirs : NULL);
    bench_crt_clear(&reference);
    bench_vectors_clear(&c);
    return status;
}

const bench_case bench_calls[] = {
    {"calls.encryptor", "building the table of an encryptor (half)", encryptor},
    {"calls.encrypt_half", "encryption, randomiser of |N|/2 bits, the default", encrypt_half},
    {"calls.encrypt_pooled", "encryption with randomisers made ahead of time (half)", encrypt_pooled},
    {"calls.encrypt_short", "encryption, randomiser of 384 bits", encrypt_short},
    {"calls.encrypt_full", "encryption, randomiser of |N|+128 bits", encrypt_full},
    {"calls.encrypt_one", "encryption of a single plaintext (half)", encrypt_one},
    {"calls.rerandomise", "fresh randomness for ciphertexts (half)", rerandomise},
    {"calls.add", "addition of two vectors", add},
    {"calls.aggregate", "a vector into the coordinator's running sum", aggregate},
    {"calls.aggregate_wire", "the same from wire bytes, checking them on the way", aggregate_wire},
    {"calls.validate", "checking a vector's bytes: ranges and units", validate},
    {"calls.decode", "the same, and keeping it", decode},
    {"calls.decrypt", "decryption with a private key", decrypt},
    {NULL, NULL, NULL},
};
