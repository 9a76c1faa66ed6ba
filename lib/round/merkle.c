/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of n leaves is the row of complete subtrees that the bits of n name, the largest first, joined from the right:
 * the split at the largest power of two below n, unrolled. */
#include "lib/round/merkle.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/bytes.h"

static void absorb(crypto_generichash_state *state, const void *data, size_t len)
{
    uint8_t prefix[8];

    qs_store64(prefix, len);
    (void)crypto_generichash_update(state, prefix, sizeof prefix);
    (void)crypto_generichash_update(state, data, len);
}

static void begin(crypto_generichash_state *state, const char *domain)
{
    (void)crypto_generichash_init(state, NULL, 0, QUORSUM_DIGEST_BYTES);
    absorb(state, domain, strlen(domain));
}

void qs_merkle_leaf(uint8_t out[QUORSUM_DIGEST_BYTES], const uint8_t *sender, uint32_t sequence, const uint8_t *digest)
{
    crypto_generichash_state state;
    uint8_t number[8];

    qs_store64(number, sequence);
    begin(&state, "quorsum/v1/merkle-leaf");
    absorb(&state, sender, QUORSUM_DIGEST_BYTES);
    absorb(&state, number, sizeof number);
    absorb(&state, digest, QUORSUM_DIGEST_BYTES);
    (void)crypto_generichash_final(&state, out, QUORSUM_DIGEST_BYTES);
}

/* out may be left or right. */
static void join(uint8_t out[QUORSUM_DIGEST_BYTES], const uint8_t *left, const uint8_t *right)
{
    crypto_generichash_state state;

    begin(&state, "quorsum/v1/merkle-node");
    absorb(&state, left, QUORSUM_DIGEST_BYTES);
    absorb(&state, right, QUORSUM_DIGEST_BYTES);
    (void)crypto_generichash_final(&state, out, QUORSUM_DIGEST_BYTES);
}

void qs_merkle_begin(qs_merkle *tree)
{
    memset(tree, 0, sizeof *tree);
}

void qs_merkle_add(qs_merkle *tree, const uint8_t leaf[QUORSUM_DIGEST_BYTES])
{
    uint8_t subtree[QUORSUM_DIGEST_BYTES];
    unsigned level = 0;

    memcpy(subtree, leaf, sizeof subtree);
    for (; tree->count >> level & 1; level++)
        join(subtree, tree->complete[level], subtree);
    memcpy(tree->complete[level], subtree, sizeof subtree);
    tree->count++;
}

void qs_merkle_root(uint8_t out[QUORSUM_DIGEST_BYTES], const qs_merkle *tree)
{
    int started = 0;

    memset(out, 0, QUORSUM_DIGEST_BYTES);
    for (unsigned level = 0; level < QS_MERKLE_DEPTH; level++) {
        if (!(tree->count >> level & 1))
            continue;
        if (started)
            join(out, tree->complete[level], out);
        else
            memcpy(out, tree->complete[level], QUORSUM_DIGEST_BYTES);
        started = 1;
    }
}

/* RFC 9162 section 2.1.3.2: `last` follows the path of the rightmost leaf, which tells where a level has no sibling. */
int qs_merkle_climb(uint8_t out[QUORSUM_DIGEST_BYTES], const uint8_t leaf[QUORSUM_DIGEST_BYTES], uint32_t index,
                    uint32_t count, const uint8_t *path, size_t path_count)
{
    uint32_t last;

    if (index >= count)
        return -1;
    last = count - 1;
    memcpy(out, leaf, QUORSUM_DIGEST_BYTES);
    for (size_t i = 0; i < path_count; i++) {
        if (last == 0)
            return -1;
        if ((index & 1) == 0 && index != last) {
            join(out, out, path + i * QUORSUM_DIGEST_BYTES);
        } else {
            join(out, path + i * QUORSUM_DIGEST_BYTES, out);
            while ((index & 1) == 0 && index != 0) { /* up to where this subtree is a right one */
                index >>= 1;
                last >>= 1;
            }
        }
        index >>= 1;
        last >>= 1;
    }
    return last == 0 ? 0 : -1;
}

static void root_of(uint8_t out[QUORSUM_DIGEST_BYTES], uint32_t begin_, uint32_t end, qs_merkle_source leaf,
                    const void *context)
{
    qs_merkle tree;

    qs_merkle_begin(&tree);
    for (uint32_t i = begin_; i < end; i++) {
        uint8_t digest[QUORSUM_DIGEST_BYTES];

        leaf(digest, i, context);
        qs_merkle_add(&tree, digest);
    }
    qs_merkle_root(out, &tree);
}

size_t qs_merkle_path(uint8_t path[QS_MERKLE_DEPTH][QUORSUM_DIGEST_BYTES], uint32_t index, uint32_t count,
                      qs_merkle_source leaf, const void *context)
{
    uint32_t low = 0;
    uint32_t high = count;
    size_t depth = 0;

    /* From the root down; each step leaves the half that the leaf is not in. */
    while (high - low > 1) {
        uint32_t half = 1;

        while (high - low - half > half)
            half <<= 1;
        if (index - low < half) {
            root_of(path[depth++], low + half, high, leaf, context);
            high = low + half;
        } else {
            root_of(path[depth++], low, low + half, leaf, context);
            low += half;
        }
    }
    for (size_t i = 0; i < depth / 2; i++) {
        uint8_t held[QUORSUM_DIGEST_BYTES];

        memcpy(held, path[i], sizeof held);
        memcpy(path[i], path[depth - 1 - i], sizeof held);
        memcpy(path[depth - 1 - i], held, sizeof held);
    }
    return depth;
}
