/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of the rounds sift and product are, byte for byte, those that tests/vectors/make_sift.py makes. */
#include <sodium.h>
#include <string.h>

#include "tests/unit/ceremony/batch.h"

static const struct {
    uint32_t members, degree;
    size_t bits, wanted;
    uint32_t index;
    const char *sift; /* BLAKE2b-256 of the body */
    const char *product;
} vectors[] = {
    {3, 1, 96, 16, 1,
     "8c4df8e3c617780ca2a9ae0ceb77130633485d2838e65b17c75935564f0326b3",
     "0babc37873b35de0907b1c6baa0acfeb92d9038112a872198719829bbb2e9568"},
    {3, 1, 96, 16, 2,
     "5093c0ac87241dbf1485cf440a2a85c12860ec18c9525983ba25374ee06aa235",
     "884dbbed6f83410f831ca49735a35244bff075da778231615d3c4af9cea81291"},
    {3, 1, 96, 16, 3,
     "70e73d13f410aa77631d1b7293c67940c5f853b0fbf69aaeb9d3e06d7c33afd3",
     "4ecfd257cf68e3c867eb46cc75560eb99a02c2108b28d92d08812a9c0def6a7c"},
    {5, 2, 64, 16, 1,
     "7b4d0241379728b1f10f0fc5c155b11f9cc66085283bc2885b1584a4c6b7dbe1",
     "8f6770c45f5c52e91eff717e02ff2df70108e10259746fe250d4cd6c13ecf458"},
    {5, 2, 64, 16, 2,
     "2411e4868b9f6bb3779a9e64ad8e1aef3ab85e1b156f8d59d2ee300e2634727a",
     "04259af473139b09b2dd80bed20baba7da9d8c0d2e3d50d61806f4899683d226"},
    {5, 2, 64, 16, 5,
     "20ae85430573acfb2617d0386bb3ff0e0720cfdf3e1ae94e03b959a2ea945ed4",
     "ed4ad3aade89c0eca688ec16d33ddeb79dd855397647b600b68b3436dd20377f"},
    {11, 1, 96, 16, 1,
     "c20a2a21cf64aad2d60a6af2e9fa41e47bce99354ff6993c2731782d9f923cc5",
     "5e2cc8a3eeda29946852f39b61d4b2d355978b4ed7ceff5deb2db1ef5b847b1f"},
    {11, 1, 96, 16, 2,
     "a6785dd1f20b4a21d199d2663e1cb6c33c9257692c2b77e5d84794049d6d007d",
     "56b031e4058a93eb138aa45d07bab8073d9c411ca7d783f364413ee3d9bad6a6"},
    {11, 1, 96, 16, 11,
     "8af47674c5abce2d00c41e29d3afe9b91a9eaa01684e26e04a4c437b96ef042e",
     "25cf3ae6dffc2ad00b96ab30c614e9f0b6eae3ef1aec527d4f0c32593c9ece38"}};

static void expect_body(const batch *b, uint32_t index, const char *digest)
{
    uint8_t hash[32];
    char hex[65];

    crypto_generichash(hash, sizeof hash, b->body[index - 1], b->len, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    cr_expect_str_eq(hex, digest, "(%u,%u), member %u", b->sets->members, b->sets->degree, index);
}

/* The key of set number a is 32 times a + 1. */
static void set_keys(batch *b)
{
    for (size_t a = 0; a < b->sets->count; a++)
        memset(b->key + 32 * a, (int)a + 1, 32);
    for (uint32_t i = 0; i < b->sets->members; i++)
        for (size_t k = 0; k < b->sets->own; k++)
            memset(b->mine[i] + 32 * k, b->sets->mine[i * b->sets->own + k] + 1, 32);
}

Test(sift_vectors, bodies_are_those_of_the_definitions)
{
    for (size_t v = 0; v < sizeof vectors / sizeof vectors[0]; v++) {
        batch b;

        batch_new(&b, vectors[v].members, vectors[v].degree, vectors[v].bits, vectors[v].wanted, 0);
        set_keys(&b);
        batch_go(&b, &qs_round_sift);
        expect_body(&b, vectors[v].index, vectors[v].sift);
        batch_go(&b, &qs_round_product);
        expect_body(&b, vectors[v].index, vectors[v].product);
        batch_free(&b);
    }
}
