/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of ciphertexts, and the calls on them that rows time. */
#include "bench/vectors.h"

#include <stdlib.h>
#include <string.h>

void bench_vectors_clear(bench_vectors *c)
{
    quorsum_encryptor_free(c->encryptor);
    quorsum_plaintexts_free(c->plaintexts);
    quorsum_ciphertexts_free(c->a);
    quorsum_ciphertexts_free(c->b);
    quorsum_sum_free(c->sum);
    qs_pool_block_free(c->stock);
    free(c->wire);
}

quorsum_status bench_vectors_init(bench_vectors *c, bench *b, quorsum_randomiser randomiser, size_t count)
{
    quorsum_status status;

    *c = (bench_vectors){.key = b->keys.key[randomiser],
                         .private = b->keys.private,
                         .run = {.threads = b->options.threads}};
    status = quorsum_encryptor_new(&c->encryptor, c->key, NULL);
    if (status == QUORSUM_OK)
        status = bench_plaintexts(&c->plaintexts, b, c->key, count);
    if (status == QUORSUM_OK)
        status = quorsum_encrypt(&c->a, c->encryptor, c->plaintexts, NULL);
    if (status == QUORSUM_OK)
        status = quorsum_encrypt(&c->b, c->encryptor, c->plaintexts, NULL);
    if (status == QUORSUM_OK)
        status = quorsum_sum_new(&c->sum, c->key, count);
    if (status == QUORSUM_OK) {
        c->len = count * quorsum_public_key_ciphertext_bytes(c->key);
        c->wire = malloc(c->len);
        status = c->wire != NULL ? quorsum_ciphertexts_encode(c->a, c->wire, c->len, &c->len) : QUORSUM_ERR_MEMORY;
    }
    return status;
}

quorsum_status bench_table_work(void *context)
{
    bench_vectors *c = context;
    quorsum_encryptor *encryptor = NULL;
    quorsum_status status = quorsum_encryptor_new(&encryptor, c->key, &c->run);

    quorsum_encryptor_free(encryptor);
    return status;
}

quorsum_status bench_encrypt_work(void *context)
{
    bench_vectors *c = context;
    quorsum_ciphertexts *out = NULL;
    quorsum_status status = quorsum_encrypt(&out, c->encryptor, c->plaintexts, &c->run);

    quorsum_ciphertexts_free(out);
    return status;
}

quorsum_status bench_pooled_work(void *context)
{
    bench_vectors *c = context;
    size_t count = quorsum_plaintexts_count(c->plaintexts);
    size_t limbs = count * (qs_alpha_limbs(c->key) + c->key->ring->width);
    qs_pool_block *block = NULL;
    quorsum_status status = QUORSUM_OK;

    if (c->stock == NULL) /* in the first call, which warms up */
        status = qs_pool_block_make(&c->stock, c->encryptor, count, &c->run);
    if (status == QUORSUM_OK)
        status = qs_pool_block_new(&block, c->key, count);
    if (status == QUORSUM_OK) {
        memcpy(block->alpha, c->stock->alpha, limbs * sizeof *block->alpha);
        status = qs_pool_add(c->encryptor->pool, block);
    }
    return status == QUORSUM_OK ? bench_encrypt_work(c) : status;
}

quorsum_status bench_rerandomise_work(void *context)
{
    bench_vectors *c = context;
    quorsum_ciphertexts *out = NULL;
    quorsum_status status = quorsum_ciphertexts_rerandomise(&out, c->encryptor, c->a, &c->run);

    quorsum_ciphertexts_free(out);
    return status;
}

quorsum_status bench_add_work(void *context)
{
    bench_vectors *c = context;
    quorsum_ciphertexts *out = NULL;
    quorsum_status status = quorsum_ciphertexts_add(&out, c->key, c->a, c->b, &c->run);

    quorsum_ciphertexts_free(out);
    return status;
}

quorsum_status bench_aggregate_work(void *context)
{
    bench_vectors *c = context;

    return quorsum_sum_add(c->sum, c->a, &c->run);
}

quorsum_status bench_wire_work(void *context)
{
    bench_vectors *c = context;

    return quorsum_sum_add_bytes(c->sum, c->wire, c->len, NULL, &c->run);
}

quorsum_status bench_validate_work(void *context)
{
    bench_vectors *c = context;

    return qs_ciphertexts_validate(c->key, c->wire, c->a->count, NULL, &c->run);
}

quorsum_status bench_decode_work(void *context)
{
    bench_vectors *c = context;
    quorsum_ciphertexts *out = NULL;
    quorsum_status status = quorsum_ciphertexts_decode(&out, c->key, c->wire, c->len, NULL, &c->run);

    quorsum_ciphertexts_free(out);
    return status;
}

quorsum_status bench_decrypt_work(void *context)
{
    bench_vectors *c = context;
    quorsum_plaintexts *out = NULL;
    quorsum_status status = quorsum_decrypt(&out, c->private, c->a, &c->run);

    quorsum_plaintexts_free(out);
    return status;
}
