/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading any quorsum object generically, for showing it: the CBOR header as a list of entries, then the blocks. Nothing
 * here decides whether an object is good: `quorsum verify` does.
 */
#ifndef TOOL_OBJECT_H
#define TOOL_OBJECT_H

#include "quorsum.h"

enum { OBJECT_UINT = 0, OBJECT_BYTES = 2, OBJECT_TEXT = 3, OBJECT_ARRAY = 4, OBJECT_MAP = 5 }; /* CBOR's major types */

typedef struct object_item {
    int type;
    uint64_t value;       /* the integer, the length, or the number of entries */
    const uint8_t *bytes; /* content of bytes and text, or where the entries of an array or map start */
} object_item;

#define OBJECT_ENTRIES_MAX 32
#define OBJECT_CONFIRMATION (1 + 64) /* index, signature */
#define OBJECT_KEY_ROOTS 7    /* words of a key record besides one a trustee: its root certificate, and of a dealer's key */
#define OBJECT_KEY_PROOF 129  /* the proof of the modulus */
typedef struct object {
    char kind[16];
    size_t entries;
    uint64_t keys[OBJECT_ENTRIES_MAX];
    object_item items[OBJECT_ENTRIES_MAX];
    const uint8_t *data, *blocks, *signature;
    size_t header_len, blocks_len;
    const uint8_t *confirmations; /* behind a key record's signature: OBJECT_CONFIRMATION bytes a trustee */
    size_t confirmation_count;
    uint8_t digest[QUORSUM_DIGEST_BYTES];
} object;

/* One item at *at; nested entries are skipped over. 0, or -1 when the bytes end or are no item of the subset. */
int object_item_read(object_item *out, const uint8_t **at, const uint8_t *end);

/* The object in data; 0, or -1 when it is none. A sealed file or a pool has no signature (NULL). */
int object_read(object *out, const uint8_t *data, size_t len);
const object_item *object_find(const object *o, uint64_t key); /* NULL when absent */
uint64_t object_uint(const object *o, uint64_t key);           /* 0 when absent or something else */
/* Words of a key record besides one a trustee, as its origin has them. */
uint64_t object_key_words(const object *o);

#endif
