/* SPDX-License-Identifier: Apache-2.0 */
/* lib/round/merkle.c against RFC 6962 section 2.1 written down as it stands there, and a root computed outside this
 * project. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "lib/round/merkle.h"

#define LEAVES 70

static uint8_t leaves[LEAVES][32];

static void make_leaves(void)
{
    for (uint32_t i = 0; i < LEAVES; i++) {
        uint8_t sender[32], digest[32];

        memset(sender, (int)i, sizeof sender);
        memset(digest, (int)(i + 100), sizeof digest);
        qs_merkle_leaf(leaves[i], sender, i + 1, digest);
    }
}

static void leaf_at(uint8_t out[32], uint32_t index, const void *context)
{
    memcpy(out, ((const uint8_t(*)[32])context)[index], 32);
}

/* L("quorsum/v1/merkle-node") L(left) L(right), by hand. */
static void node(uint8_t out[32], const uint8_t *left, const uint8_t *right)
{
    uint8_t text[8 + 22 + 8 + 32 + 8 + 32] = {0};

    text[7] = 22;
    memcpy(text + 8, "quorsum/v1/merkle-node", 22);
    text[37] = 32;
    memcpy(text + 38, left, 32);
    text[77] = 32;
    memcpy(text + 78, right, 32);
    crypto_generichash(out, 32, text, sizeof text, NULL, 0);
}

/* MTH of RFC 6962: split at the largest power of two below n. */
static void tree_hash(uint8_t out[32], uint32_t begin, uint32_t end)
{
    uint8_t left[32], right[32];
    uint32_t k = 1;

    if (end - begin == 1) {
        memcpy(out, leaves[begin], 32);
        return;
    }
    while (2 * k < end - begin)
        k *= 2;
    tree_hash(left, begin, begin + k);
    tree_hash(right, begin + k, end);
    node(out, left, right);
}

static void stream(uint8_t out[32], uint32_t count)
{
    qs_merkle tree;

    qs_merkle_begin(&tree);
    for (uint32_t i = 0; i < count; i++)
        qs_merkle_add(&tree, leaves[i]);
    qs_merkle_root(out, &tree);
}

Test(merkle, root_is_that_of_rfc_6962_for_every_count)
{
    make_leaves();
    for (uint32_t count = 1; count <= LEAVES; count++) {
        uint8_t expected[32], root[32];

        tree_hash(expected, 0, count);
        stream(root, count);
        cr_expect_eq(memcmp(root, expected, 32), 0, "%u leaves", count);
    }
}

/* hashlib.blake2b(digest_size=32) over the same five leaves, in Python. */
Test(merkle, root_is_what_another_program_computes)
{
    static const uint8_t expected[32] = {0xe7, 0xc1, 0xfc, 0x51, 0x12, 0x48, 0x1c, 0x5e,
                                         0xf5, 0x7f, 0x45, 0xff, 0xac, 0x8c, 0x27, 0x52,
                                         0x38, 0xc3, 0x5a, 0x4c, 0xae, 0xfa, 0xe0, 0x94,
                                         0x0e, 0xce, 0x9d, 0x57, 0x37, 0x80, 0x3f, 0xb3};
    uint8_t root[32];

    make_leaves();
    stream(root, 5);
    cr_expect_eq(memcmp(root, expected, 32), 0);
}

Test(merkle, path_of_every_leaf_leads_to_the_root_and_nowhere_else)
{
    make_leaves();
    for (uint32_t count = 1; count <= LEAVES; count++) {
        uint8_t root[32];

        stream(root, count);
        for (uint32_t i = 0; i < count; i++) {
            uint8_t path[QS_MERKLE_DEPTH][32], top[32];
            size_t length = qs_merkle_path(path, i, count, leaf_at, leaves);

            cr_assert(qs_merkle_climb(top, leaves[i], i, count, path[0], length) == 0 && memcmp(top, root, 32) == 0,
                      "leaf %u of %u", i, count);
            cr_expect(length <= 7);
            /* another place, another number of leaves, more or fewer siblings, another leaf, another sibling */
            for (uint32_t j = 0; j < count; j++)
                cr_expect(j == i || qs_merkle_climb(top, leaves[i], j, count, path[0], length) != 0 ||
                          memcmp(top, root, 32) != 0);
            cr_expect_neq(qs_merkle_climb(top, leaves[i], count, count, path[0], length), 0);
            if (length > 0)
                cr_expect_neq(qs_merkle_climb(top, leaves[i], i, count, path[0], length - 1), 0);
            cr_expect_neq(qs_merkle_climb(top, leaves[i], i, count, path[0], length + 1), 0);
            cr_expect(qs_merkle_climb(top, leaves[(i + 1) % LEAVES], i, count, path[0], length) != 0 ||
                      memcmp(top, root, 32) != 0);
            for (size_t level = 0; level < length; level++) {
                path[level][level % 32] ^= 4;
                cr_expect(qs_merkle_climb(top, leaves[i], i, count, path[0], length) == 0 &&
                          memcmp(top, root, 32) != 0);
                path[level][level % 32] ^= 4;
            }
        }
    }
}

Test(merkle, every_part_of_a_leaf_counts)
{
    uint8_t sender[32] = {1}, digest[32] = {2}, leaf[32], other[32];

    qs_merkle_leaf(leaf, sender, 7, digest);
    for (size_t i = 0; i < 32; i++) {
        sender[i] ^= 1;
        qs_merkle_leaf(other, sender, 7, digest);
        cr_expect_neq(memcmp(leaf, other, 32), 0);
        sender[i] ^= 1;
        digest[i] ^= 1;
        qs_merkle_leaf(other, sender, 7, digest);
        cr_expect_neq(memcmp(leaf, other, 32), 0);
        digest[i] ^= 1;
    }
    qs_merkle_leaf(other, sender, 8, digest);
    cr_expect_neq(memcmp(leaf, other, 32), 0);
    node(other, sender, digest);
    cr_expect_neq(memcmp(leaf, other, 32), 0, "no node is a leaf");
}
