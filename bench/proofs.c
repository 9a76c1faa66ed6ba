/* SPDX-License-Identifier: Apache-2.0 */
/* The second ring, proofs: one knowledge proof for a vector of 100 and of 1334 ciphertexts, one norm proof for
 * 10000 values, one share proof for 100, and the dealer's two of a modulus. */
#include <stdlib.h>
#include <string.h>

#include "bench/normed.h"
#include "bench/port.h"
#include "bench/proven.h"
#include "lib/proof/factors.h"
#include "lib/proof/modulus.h"

static quorsum_status knowledge(bench *b, const bench_case *self, bench_work work, size_t count)
{
    bench_row row = bench_row_new(b, self->name, count);
    bench_known k;
    quorsum_status status = bench_known_init(&k, b, count);
    bench_side ours = {work, &k, count};

    row.bytes = (double)k.len;
    if (work == bench_verify_work)
        row.ifma = bench_ifma_knowledge(b, count);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, NULL);
    bench_known_clear(&k);
    return status;
}

static quorsum_status prove_100(bench *b, const bench_case *self)
{
    return knowledge(b, self, bench_prove_work, bench_count(b, 100));
}

static quorsum_status prove_1334(bench *b, const bench_case *self)
{
    return knowledge(b, self, bench_prove_work, bench_count(b, 1334));
}

static quorsum_status verify_100(bench *b, const bench_case *self)
{
    return knowledge(b, self, bench_verify_work, bench_count(b, 100));
}

static quorsum_status verify_1334(bench *b, const bench_case *self)
{
    return knowledge(b, self, bench_verify_work, bench_count(b, 1334));
}

/* A norm's, of values of 16 bits. */
static quorsum_status norm(bench *b, const bench_case *self, bench_work work, double goal)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 10000));
    bench_normed x;
    quorsum_status status = bench_normed_init(&x, b, row.values);
    bench_side ours = {work, &x, row.values};

    row.bytes = (double)x.len;
    row.figure = row.bytes / (double)row.values;
    row.unit = "B a value";
    if (!b->options.quick)
        bench_ask(&row, BENCH_AT_MOST, 40);
    if (b->options.bits == 2048 && b->options.degree == 1 && b->options.threads == 1)
        row.goal = goal;
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, NULL);
    bench_normed_clear(&x);
    return status;
}

static quorsum_status norm_prove(bench *b, const bench_case *self)
{
    return norm(b, self, bench_norm_prove_work, 60e-6);
}

static quorsum_status norm_verify(bench *b, const bench_case *self)
{
    return norm(b, self, bench_norm_verify_work, 40e-6);
}

/* ---- a trustee's ---- */

static quorsum_status share_proof(bench *b, const bench_case *self, bench_work work)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 100));
    bench_shared s;
    quorsum_status status = bench_shared_init(&s, b, row.values);
    bench_side ours = {work, &s, row.values};

    row.bytes = (double)qs_share_proof_bytes(b->keys.shares[0]->share_bits);
    if (work == bench_share_verify_work)
        row.ifma = bench_ifma_share(b, row.values);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, NULL);
    bench_shared_clear(&s);
    return status;
}

static quorsum_status share_prove(bench *b, const bench_case *self)
{
    return share_proof(b, self, bench_share_prove_work);
}

static quorsum_status share_verify(bench *b, const bench_case *self)
{
    return share_proof(b, self, bench_share_verify_work);
}

/* ---- a dealer's ---- */

typedef struct dealt {
    const bench_keys *keys;
    qs_context context;
    qs_modulus_proof modulus;
    uint8_t *factors;
    qs_secret p, q;
} dealt;

static quorsum_status modulus_prove_work(void *context)
{
    dealt *d = context;

    return qs_modulus_prove(&d->modulus, &d->context, quorsum_key_record_public(d->keys->record), &d->p, &d->q);
}

static quorsum_status modulus_check_work(void *context)
{
    dealt *d = context;

    return qs_modulus_verify_vartime(&d->modulus, &d->context, quorsum_key_record_public(d->keys->record));
}

static quorsum_status factors_prove_work(void *context)
{
    dealt *d = context;

    return qs_factors_prove(d->factors, &d->context, quorsum_key_record_public(d->keys->record), &d->p, &d->q);
}

static quorsum_status factors_check_work(void *context)
{
    dealt *d = context;
    const quorsum_public_key *key = quorsum_key_record_public(d->keys->record);

    return qs_factors_verify_vartime(d->factors, qs_factors_proof_bytes(quorsum_public_key_bits(key)), &d->context, key);
}

static quorsum_status dealt_init(dealt *d, bench *b)
{
    const quorsum_public_key *key = quorsum_key_record_public(b->keys.record);
    quorsum_status status;

    *d = (dealt){.keys = &b->keys, .context = {.label = "key"}};
    memcpy(d->context.key, quorsum_public_key_digest(key), sizeof d->context.key);
    d->modulus.words = calloc(QS_MODULUS_WORDS, key->root->limbs * sizeof(mp_limb_t));
    d->factors = malloc(qs_factors_proof_bytes(key->root->bits));
    status = d->modulus.words != NULL && d->factors != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK)
        status = bench_secret(&d->p, b->keys.p);
    if (status == QUORSUM_OK)
        status = bench_secret(&d->q, b->keys.q);
    if (status == QUORSUM_OK)
        status = modulus_prove_work(d);
    return status == QUORSUM_OK ? factors_prove_work(d) : status;
}

static quorsum_status dealer_proof(bench *b, const bench_case *self, bench_work work, size_t bytes)
{
    bench_row row = bench_row_new(b, self->name, 1);
    dealt d;
    quorsum_status status = dealt_init(&d, b);
    bench_side ours = {work, &d, 1};

    row.bytes = (double)bytes;
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, NULL);
    qs_secret_clear(&d.p);
    qs_secret_clear(&d.q);
    free(d.modulus.words);
    free(d.factors);
    return status;
}

static size_t modulus_bytes(const bench *b)
{
    return 2 * QS_MODULUS_ROOTS / 8 + QS_MODULUS_WORDS * bench_key(b)->root->bytes;
}

static quorsum_status modulus_prove(bench *b, const bench_case *self)
{
    return dealer_proof(b, self, modulus_prove_work, modulus_bytes(b));
}

static quorsum_status modulus_check(bench *b, const bench_case *self)
{
    return dealer_proof(b, self, modulus_check_work, modulus_bytes(b));
}

static quorsum_status factors_prove(bench *b, const bench_case *self)
{
    return dealer_proof(b, self, factors_prove_work, qs_factors_proof_bytes(bench_key(b)->root->bits));
}

static quorsum_status factors_check(bench *b, const bench_case *self)
{
    return dealer_proof(b, self, factors_check_work, qs_factors_proof_bytes(bench_key(b)->root->bits));
}

const bench_case bench_proofs[] = {
    {"calls.knowledge_prove_100", "proof of plaintext knowledge for 100 ciphertexts", prove_100},
    {"calls.knowledge_prove_1334", "the same for 1334", prove_1334},
    {"calls.knowledge_check_100", "checking it for 100", verify_100},
    {"calls.knowledge_check_1334", "checking it for 1334", verify_1334},
    {"calls.norm_prove_10000", "proof of the norm of 10000 values of 16 bits", norm_prove},
    {"calls.norm_check_10000", "checking it", norm_verify},
    {"calls.share_prove_100", "a trustee's proof for a vector of 100 partials", share_prove},
    {"calls.share_check_100", "checking it", share_verify},
    {"calls.modulus_prove", "a dealer's proof that N has two primes = 3 mod 4", modulus_prove},
    {"calls.modulus_check", "checking it", modulus_check},
    {"calls.factors_prove", "a dealer's proof that both are large", factors_prove},
    {"calls.factors_check", "checking it", factors_check},
    {NULL, NULL, NULL},
};
