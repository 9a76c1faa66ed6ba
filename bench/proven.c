/* SPDX-License-Identifier: Apache-2.0 */
/* Making vectors with their proofs, and checking them. */
#include "bench/proven.h"

#include <stdlib.h>
#include <string.h>

/* ---- a contributor's ---- */

quorsum_status bench_prove_work(void *context)
{
    bench_known *k = context;

    return qs_knowledge_prove(k->proof, &k->context, k->encryptor, k->ciphertexts, k->plaintexts, &k->alpha, &k->run);
}

quorsum_status bench_verify_work(void *context)
{
    bench_known *k = context;

    return qs_knowledge_verify_vartime(k->proof, k->len, &k->context, k->encryptor->key, k->ciphertexts, &k->run);
}

quorsum_status bench_known_init(bench_known *k, bench *b, size_t count)
{
    const quorsum_public_key *key = bench_key(b);
    quorsum_status status;

    *k = (bench_known){.context = {.label = "bench"}, .run = {.threads = b->options.threads}};
    k->len = qs_knowledge_bytes(key, count);
    k->proof = malloc(k->len);
    status = k->proof != NULL ? quorsum_encryptor_new(&k->encryptor, key, NULL) : QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK)
        status = bench_plaintexts(&k->plaintexts, b, key, count);
    if (status == QUORSUM_OK)
        status = qs_encrypt_keep(&k->ciphertexts, &k->alpha, k->encryptor, k->plaintexts, NULL);
    if (status == QUORSUM_OK)
        status = bench_prove_work(k);
    return status;
}

void bench_known_clear(bench_known *k)
{
    qs_secret_clear(&k->alpha);
    quorsum_ciphertexts_free(k->ciphertexts);
    quorsum_plaintexts_free(k->plaintexts);
    quorsum_encryptor_free(k->encryptor);
    free(k->proof);
}

/* ---- a trustee's ---- */

quorsum_status bench_share_prove_work(void *context)
{
    bench_shared *s = context;

    return qs_share_prove(s->proof, &s->context, &s->statement, &s->share->value, &s->run);
}

quorsum_status bench_share_verify_work(void *context)
{
    bench_shared *s = context;

    return qs_share_verify_vartime(s->partial->proof, s->partial->proof_len, &s->context, &s->statement, &s->run);
}

quorsum_status bench_shared_init(bench_shared *s, bench *b, size_t count)
{
    static const uint8_t no_task[QUORSUM_DIGEST_BYTES];
    quorsum_status status;

    *s = (bench_shared){.share = b->keys.shares[0], .run = {.threads = b->options.threads}};
    s->proof = malloc(qs_share_proof_bytes(s->share->share_bits));
    status = s->proof != NULL ? bench_ciphertexts(&s->ciphertexts, b, count) : QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK)
        status = quorsum_partial_decrypt(&s->partial, b->keys.record, s->share, s->ciphertexts, no_task,
                                         quorsum_identity_public(b->keys.trustees[0]), NULL);
    if (status == QUORSUM_OK)
        qs_partial_statement(&s->statement, &s->context, b->keys.record, s->partial, s->ciphertexts);
    return status;
}

void bench_shared_clear(bench_shared *s)
{
    quorsum_partial_free(s->partial);
    quorsum_ciphertexts_free(s->ciphertexts);
    free(s->proof);
}
