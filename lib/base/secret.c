/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secret memory on libsodium's guarded allocations: a no-access page on either side, locked into RAM where the
 * system lets it (a refusal is not an error), wiped as a whole when released.
 */
#include "lib/base/secret.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

/* sodium_malloc puts the end of a block at the end of a page, so only sizes that are multiples of the wanted
 * alignment give aligned starts. A cache line serves limbs and vector registers alike. */
#define BLOCK_ALIGNMENT ((size_t)64)

void *qs_secret_block(size_t bytes)
{
    void *block;
    size_t rounded;

    if (bytes > SIZE_MAX - (BLOCK_ALIGNMENT - 1) || sodium_init() < 0)
        return NULL;
    rounded = (bytes + BLOCK_ALIGNMENT - 1) & ~(BLOCK_ALIGNMENT - 1);
    if (rounded == 0)
        rounded = BLOCK_ALIGNMENT;
    block = sodium_malloc(rounded);
    if (block != NULL)
        memset(block, 0, rounded);
    return block;
}

void qs_secret_release(void *block)
{
    sodium_free(block); /* wipes; NULL is fine there too */
}

int qs_secret_init(qs_secret *secret, size_t limbs)
{
    secret->limb = NULL;
    secret->limbs = 0;
    if (limbs > SIZE_MAX / sizeof(mp_limb_t))
        return -1;
    secret->limb = qs_secret_block(limbs * sizeof(mp_limb_t));
    if (secret->limb == NULL)
        return -1;
    secret->limbs = limbs;
    return 0;
}

size_t qs_reveal(size_t value)
{
    return value;
}

void qs_secret_clear(qs_secret *secret)
{
    qs_secret_release(secret->limb);
    secret->limb = NULL;
    secret->limbs = 0;
}
