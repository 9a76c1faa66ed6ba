/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool in memory: a stack of blocks under one lock. All of it is copying; how long that takes depends on counts.
 *
 * A child of fork is told apart by a page that the system wipes on fork, and by its process number where the system
 * knows no such pages. (The number alone would do until a grandchild is given the number of a dead grandparent.) The
 * child never touches the lock, which another thread may have held at that moment.
 */
#include "lib/paillier/pool.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct qs_pool {
    const quorsum_public_key *key;
    pthread_mutex_t lock;
    qs_pool_block *top;  /* never an empty block */
    size_t stored;
    size_t reserved;     /* of the stored ones */
    pid_t process;
    unsigned char *mark; /* a page whose first byte is 1, in the process that made it */
    size_t mark_bytes;
};

int qs_pool_is_ours(const qs_pool *pool)
{
    return pool->mark[0] == 1 && pool->process == getpid();
}

static quorsum_status make_mark(qs_pool *pool)
{
    long page = sysconf(_SC_PAGESIZE);

    pool->mark_bytes = page > 0 ? (size_t)page : 4096;
    pool->mark = mmap(NULL, pool->mark_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pool->mark == MAP_FAILED)
        return QUORSUM_ERR_MEMORY;
#ifdef MADV_WIPEONFORK
    (void)madvise(pool->mark, pool->mark_bytes, MADV_WIPEONFORK); /* where it fails there is the process number */
#endif
    pool->mark[0] = 1;
    pool->process = getpid();
    return QUORSUM_OK;
}

quorsum_status qs_pool_new(qs_pool **out, const quorsum_public_key *key)
{
    qs_pool *pool = calloc(1, sizeof *pool);
    quorsum_status status = QUORSUM_ERR_MEMORY;

    *out = NULL;
    if (pool == NULL)
        return status;
    pool->key = key;
    if (pthread_mutex_init(&pool->lock, NULL) == 0) {
        status = make_mark(pool);
        if (status != QUORSUM_OK)
            pthread_mutex_destroy(&pool->lock);
    }
    if (status == QUORSUM_OK)
        *out = pool;
    else
        free(pool);
    return status;
}

/* In a child too: blocks are linked and unlinked whole, so the list it was left with holds none twice. */
void qs_pool_free(qs_pool *pool)
{
    if (pool == NULL)
        return;
    if (qs_pool_is_ours(pool))
        pthread_mutex_destroy(&pool->lock);
    while (pool->top != NULL) {
        qs_pool_block *block = pool->top;

        pool->top = block->next;
        qs_pool_block_free(block);
    }
    munmap(pool->mark, pool->mark_bytes);
    free(pool);
}

/* ---- blocks ---- */

quorsum_status qs_pool_block_new(qs_pool_block **out, const quorsum_public_key *key, size_t count)
{
    qs_pool_block *block = calloc(1, sizeof *block);
    size_t limbs = qs_alpha_limbs(key);

    *out = NULL;
    if (block == NULL)
        return QUORSUM_ERR_MEMORY;
    block->count = count;
    block->alpha = qs_secret_block(count * (limbs + key->ring->width) * sizeof *block->alpha);
    if (block->alpha == NULL) {
        free(block);
        return QUORSUM_ERR_MEMORY;
    }
    block->power = block->alpha + count * limbs;
    *out = block;
    return QUORSUM_OK;
}

void qs_pool_block_free(qs_pool_block *block)
{
    if (block == NULL)
        return;
    qs_secret_release(block->alpha);
    free(block);
}

quorsum_status qs_pool_add(qs_pool *pool, qs_pool_block *block)
{
    quorsum_status status = QUORSUM_OK;

    if (!qs_pool_is_ours(pool))
        return QUORSUM_ERR_ARGUMENT;
    pthread_mutex_lock(&pool->lock);
    if (block->count > QS_COUNT_MAX - pool->stored) {
        status = QUORSUM_ERR_LIMIT;
    } else {
        block->next = pool->top;
        pool->top = block;
        pool->stored += block->count;
    }
    pthread_mutex_unlock(&pool->lock);
    return status;
}

/* ---- entries ---- */

size_t qs_pool_available(qs_pool *pool)
{
    size_t available;

    if (!qs_pool_is_ours(pool))
        return 0;
    pthread_mutex_lock(&pool->lock);
    available = pool->stored - pool->reserved;
    pthread_mutex_unlock(&pool->lock);
    return available;
}

size_t qs_pool_reserve(qs_pool *pool, size_t count)
{
    size_t available;

    if (!qs_pool_is_ours(pool))
        return 0;
    pthread_mutex_lock(&pool->lock);
    available = pool->stored - pool->reserved;
    if (count > available)
        count = available;
    pool->reserved += count;
    pthread_mutex_unlock(&pool->lock);
    return count;
}

void qs_pool_give_up(qs_pool *pool, size_t count)
{
    if (count == 0 || !qs_pool_is_ours(pool))
        return;
    pthread_mutex_lock(&pool->lock);
    pool->reserved -= count;
    pthread_mutex_unlock(&pool->lock);
}

/* Moves the block's last `count` entries out. */
static void move_out(qs_pool_block *block, const quorsum_public_key *key, mp_limb_t *alpha, mp_limb_t *power,
                     size_t count)
{
    size_t limbs = qs_alpha_limbs(key);
    size_t width = key->ring->width;
    mp_limb_t *from_alpha = block->alpha + (block->count - count) * limbs;
    mp_limb_t *from_power = block->power + (block->count - count) * width;

    memcpy(alpha, from_alpha, count * limbs * sizeof *alpha);
    memcpy(power, from_power, count * width * sizeof *power);
    sodium_memzero(from_alpha, count * limbs * sizeof *alpha);
    sodium_memzero(from_power, count * width * sizeof *power);
    block->count -= count;
}

int qs_pool_take(qs_pool *pool, mp_limb_t *alpha, mp_limb_t *power, size_t count)
{
    qs_pool_block *empty = NULL; /* released outside the lock */

    if (!qs_pool_is_ours(pool))
        return -1;
    pthread_mutex_lock(&pool->lock);
    pool->reserved -= count;
    pool->stored -= count;
    while (count > 0) {
        qs_pool_block *block = pool->top;
        size_t some = count < block->count ? count : block->count;

        move_out(block, pool->key, alpha, power, some);
        alpha += some * qs_alpha_limbs(pool->key);
        power += some * pool->key->ring->width;
        count -= some;
        if (block->count == 0) {
            pool->top = block->next;
            block->next = empty;
            empty = block;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    while (empty != NULL) {
        qs_pool_block *block = empty;

        empty = block->next;
        qs_pool_block_free(block);
    }
    return qs_pool_is_ours(pool) ? 0 : -1; /* a fork meanwhile: the parent has them too, and may have given them away */
}

/* ---- what a user calls ---- */

static quorsum_status fill(const quorsum_encryptor *encryptor, size_t count, const quorsum_run *run)
{
    quorsum_status status = QUORSUM_OK;

    for (size_t done = 0; done < count && status == QUORSUM_OK;) {
        size_t some = count - done < QS_POOL_BLOCK ? count - done : QS_POOL_BLOCK;
        qs_pool_block *block = NULL;

        status = qs_pool_block_make(&block, encryptor, some, run);
        if (status == QUORSUM_OK)
            status = qs_pool_add(encryptor->pool, block);
        if (status != QUORSUM_OK)
            qs_pool_block_free(block);
        done += some;
        if (status == QUORSUM_OK && run != NULL && run->progress != NULL && run->progress(done, count, run->user) != 0)
            status = QUORSUM_ERR_CANCELLED;
    }
    return status;
}

quorsum_status quorsum_pool_fill(const quorsum_encryptor *encryptor, size_t count, const quorsum_run *run)
{
    if (encryptor == NULL || count == 0 || !qs_pool_is_ours(encryptor->pool))
        return QUORSUM_ERR_ARGUMENT;
    return count > QS_COUNT_MAX ? QUORSUM_ERR_LIMIT : fill(encryptor, count, run);
}

size_t quorsum_pool_available(const quorsum_encryptor *encryptor)
{
    return encryptor != NULL ? qs_pool_available(encryptor->pool) : 0;
}
