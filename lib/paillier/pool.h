/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Randomisers made ahead of time: pairs (alpha, h_s^alpha), each handed out once. This is the pool in memory, which
 * every encryptor has; pool_file.c is about the disk.
 *
 * Two ciphertexts made with one alpha disclose the difference of their plaintexts, for their quotient is (1+N)^(m-m').
 * So an entry leaves the pool by being moved, copied out and wiped under the pool's lock, and a pool serves only the
 * process that made it: to a child of fork its copy counts as empty, now and later. Everything lies in guarded memory.
 */
#ifndef QS_POOL_H
#define QS_POOL_H

#include "lib/paillier/public_key.h"
#include "quorsum/pool.h"

#define QS_POOL_BLOCK ((size_t)512) /* entries made, sealed or read in one step */

typedef struct qs_pool qs_pool;

typedef struct qs_pool_block { /* in its maker's hands until it is added */
    struct qs_pool_block *next;
    size_t count;      /* entries that are still there, from the first on */
    mp_limb_t *alpha;  /* qs_alpha_limbs each */
    mp_limb_t *power;  /* an element of key->ring in Montgomery form each; in one guarded block with alpha */
} qs_pool_block;

/* The key must outlive the pool. ERR_MEMORY. */
quorsum_status qs_pool_new(qs_pool **out, const quorsum_public_key *key);
void qs_pool_free(qs_pool *pool); /* wipes; NULL is fine */
/* Whether this process made it, and is no child of fork. */
int qs_pool_is_ours(const qs_pool *pool);

/* Room for `count` entries, 1 to QS_POOL_BLOCK, all of them counted as there: the caller fills it. ERR_MEMORY. */
quorsum_status qs_pool_block_new(qs_pool_block **out, const quorsum_public_key *key, size_t count);
void qs_pool_block_free(qs_pool_block *block); /* wipes; NULL is fine */

/* Takes the block over when it answers OK. ERR_LIMIT above QS_COUNT_MAX entries; ERR_ARGUMENT in a child of fork. The
 * four calls below may come from any number of threads. */
quorsum_status qs_pool_add(qs_pool *pool, qs_pool_block *block);

size_t qs_pool_available(qs_pool *pool);
/* Sets up to `count` entries aside for the caller, who takes every one of them or gives it up; answers how many. */
size_t qs_pool_reserve(qs_pool *pool, size_t count);
void qs_pool_give_up(qs_pool *pool, size_t count);
/* Moves `count` reserved entries out: 0, or -1 in a child of fork, whose parent reserved them; then what was written there
 * is good for nothing. */
int qs_pool_take(qs_pool *pool, mp_limb_t *alpha, mp_limb_t *power, size_t count);

/* ---- of encrypt.c ---- */

/* An encryptor without its table, which qs_encryptor_ready builds once it is needed; several threads may ask for it. */
quorsum_status qs_encryptor_bare(quorsum_encryptor **out, const quorsum_public_key *key);
quorsum_status qs_encryptor_ready(const quorsum_encryptor *encryptor, const quorsum_run *run);

/* A block of fresh randomisers, on run's threads, without progress. */
quorsum_status qs_pool_block_make(qs_pool_block **out, const quorsum_encryptor *encryptor, size_t count,
                                  const quorsum_run *run);

#endif
