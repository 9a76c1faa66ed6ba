/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree over a manifest's entries, so that one contribution can be shown to be in it with some dozen digests. Shaped
 * as in RFC 6962 section 2.1: n leaves are split at the largest power of two below n. Leaves and nodes are hashed under
 * domains of their own, so that no node passes for a leaf.
 *
 *     leaf = H256(L("quorsum/v1/merkle-leaf") L(sender) L(u64(sequence)) L(contribution digest))
 *     node = H256(L("quorsum/v1/merkle-node") L(left) L(right))
 */
#ifndef QS_MERKLE_H
#define QS_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "quorsum/status.h"

#define QS_MERKLE_DEPTH 32 /* of 2^32 leaves */

void qs_merkle_leaf(uint8_t out[QUORSUM_DIGEST_BYTES], const uint8_t *sender, uint32_t sequence, const uint8_t *digest);

/* The root of leaves that come one by one, at most 2^32 - 1: a digest for each complete subtree, a level at
 * most one. */
typedef struct qs_merkle {
    uint8_t complete[QS_MERKLE_DEPTH][QUORSUM_DIGEST_BYTES]; /* of 2^level leaves, where bit `level` of count is set */
    uint32_t count;
} qs_merkle;

void qs_merkle_begin(qs_merkle *tree);
void qs_merkle_add(qs_merkle *tree, const uint8_t leaf[QUORSUM_DIGEST_BYTES]);
void qs_merkle_root(uint8_t out[QUORSUM_DIGEST_BYTES], const qs_merkle *tree); /* of one leaf or more */

/* The root that `leaf`, at place `index` of `count`, has with these siblings, one behind the other from the leaf's own
 * upwards. 0, or -1 when there is no such place or it has another number of siblings. */
int qs_merkle_climb(uint8_t out[QUORSUM_DIGEST_BYTES], const uint8_t leaf[QUORSUM_DIGEST_BYTES], uint32_t index,
                    uint32_t count, const uint8_t *path, size_t path_count);

/* The siblings of leaf `index` (below count); how many. Leaves are asked for one by one. */
typedef void (*qs_merkle_source)(uint8_t out[QUORSUM_DIGEST_BYTES], uint32_t index, const void *context);
size_t qs_merkle_path(uint8_t path[QS_MERKLE_DEPTH][QUORSUM_DIGEST_BYTES], uint32_t index, uint32_t count,
                      qs_merkle_source leaf, const void *context);

#endif
