/* SPDX-License-Identifier: Apache-2.0 */
/* The second ring, proofs: one knowledge proof for a vector of 100 and of 1334 ciphertexts, one share proof for 100. */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "lib/base/secret.h"
#include "lib/proof/knowledge.h"
#include "lib/threshold/partial.h"

static const uint8_t no_task[QUORSUM_DIGEST_BYTES];

typedef struct known {
    quorsum_encryptor *encryptor;
    quorsum_plaintexts *plaintexts;
    quorsum_ciphertexts *ciphertexts;
    qs_secret alpha;
    qs_context context;
    uint8_t *proof;
    size_t len;
    quorsum_run run;
} known;

static quorsum_status prove_work(void *context)
{
    known *k = context;

    return qs_knowledge_prove(k->proof, &k->context, k->encryptor, k->ciphertexts, k->plaintexts, &k->alpha, &k->run);
}

static quorsum_status verify_work(void *context)
{
    known *k = context;

    return qs_knowledge_verify_vartime(k->proof, k->len, &k->context, k->encryptor->key, k->ciphertexts, &k->run);
}

static quorsum_status known_init(known *k, bench *b, size_t count)
{
    const quorsum_public_key *key = bench_key(b);
    quorsum_status status;

    *k = (known){.context = {.label = "bench"}, .run = {.threads = b->options.threads}};
    k->len = qs_knowledge_bytes(key, count);
    k->proof = malloc(k->len);
    status = k->proof != NULL ? quorsum_encryptor_new(&k->encryptor, key, NULL) : QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK)
        status = bench_plaintexts(&k->plaintexts, b, key, count);
    if (status == QUORSUM_OK)
        status = qs_encrypt_keep(&k->ciphertexts, &k->alpha, k->encryptor, k->plaintexts, NULL);
    if (status == QUORSUM_OK)
        status = prove_work(k);
    return status;
}

static quorsum_status knowledge(bench *b, const bench_case *self, bench_work work, size_t count)
{
    bench_row row = bench_row_new(b, self->name, count);
    known k;
    quorsum_status status = known_init(&k, b, count);
    bench_side ours = {work, &k, count};

    row.bytes = (double)k.len;
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, NULL);
    qs_secret_clear(&k.alpha);
    quorsum_ciphertexts_free(k.ciphertexts);
    quorsum_plaintexts_free(k.plaintexts);
    quorsum_encryptor_free(k.encryptor);
    free(k.proof);
    return status;
}

static quorsum_status prove_100(bench *b, const bench_case *self)
{
    return knowledge(b, self, prove_work, bench_count(b, 100));
}

static quorsum_status prove_1334(bench *b, const bench_case *self)
{
    return knowledge(b, self, prove_work, bench_count(b, 1334));
}

static quorsum_status verify_100(bench *b, const bench_case *self)
{
    return knowledge(b, self, verify_work, bench_count(b, 100));
}

static quorsum_status verify_1334(bench *b, const bench_case *self)
{
    return knowledge(b, self, verify_work, bench_count(b, 1334));
}

/* ---- a trustee's ---- */

typedef struct shared {
    qs_share_statement statement;
    qs_context context;
    const quorsum_key_share *share;
    const quorsum_partial *partial;
    uint8_t *proof;
    quorsum_run run;
} shared;

static quorsum_status share_prove_work(void *context)
{
    shared *s = context;

    return qs_share_prove(s->proof, &s->context, &s->statement, &s->share->value, &s->run);
}

static quorsum_status share_verify_work(void *context)
{
    shared *s = context;

    return qs_share_verify_vartime(s->partial->proof, s->partial->proof_len, &s->context, &s->statement, &s->run);
}

static quorsum_status share_proof(bench *b, const bench_case *self, bench_work work)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 100));
    shared s = {.share = b->keys.shares[0], .run = {.threads = b->options.threads}};
    quorsum_ciphertexts *ciphertexts = NULL;
    quorsum_partial *partial = NULL;
    bench_side ours = {work, &s, row.values};
    quorsum_status status = bench_ciphertexts(&ciphertexts, b, row.values);

    if (status == QUORSUM_OK)
        status = quorsum_partial_decrypt(&partial, b->keys.record, s.share, ciphertexts, no_task,
                                         quorsum_identity_public(b->keys.signer), NULL);
    row.bytes = (double)qs_share_proof_bytes(s.share->share_bits);
    s.proof = malloc(qs_share_proof_bytes(s.share->share_bits));
    if (status == QUORSUM_OK && s.proof == NULL)
        status = QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK) {
        s.partial = partial;
        qs_partial_statement(&s.statement, &s.context, b->keys.record, partial, ciphertexts);
        status = bench_compare(b, &row, &ours, NULL);
    }
    free(s.proof);
    quorsum_partial_free(partial);
    quorsum_ciphertexts_free(ciphertexts);
    return status;
}

static quorsum_status share_prove(bench *b, const bench_case *self)
{
    return share_proof(b, self, share_prove_work);
}

static quorsum_status share_verify(bench *b, const bench_case *self)
{
    return share_proof(b, self, share_verify_work);
}

const bench_case bench_proofs[] = {
    {"calls.knowledge_prove_100", "proof of plaintext knowledge for 100 ciphertexts", prove_100},
    {"calls.knowledge_prove_1334", "the same for 1334", prove_1334},
    {"calls.knowledge_check_100", "checking it for 100", verify_100},
    {"calls.knowledge_check_1334", "checking it for 1334", verify_1334},
    {"calls.share_prove_100", "a trustee's proof for a vector of 100 partials", share_prove},
    {"calls.share_check_100", "checking it", share_verify},
    {NULL, NULL, NULL},
};
