/* SPDX-License-Identifier: Apache-2.0 */
/* The generic reader behind `quorsum show`: bounds-checked, and no opinion on what it reads. */
#include "tools/quorsum/object.h"

#include <sodium.h>
#include <string.h>

#define DEPTH_MAX 4
#define SIGNATURE_BYTES 64

static int item_read(object_item *out, const uint8_t **at, const uint8_t *end, int depth)
{
    unsigned small, more;

    if (*at == end || depth > DEPTH_MAX)
        return -1;
    out->type = **at >> 5;
    small = **at & 31;
    (*at)++;
    if (small > 27 || (out->type != OBJECT_UINT && (out->type < OBJECT_BYTES || out->type > OBJECT_MAP)))
        return -1;
    more = small < 24 ? 0 : 1U << (small - 24);
    if ((size_t)(end - *at) < more)
        return -1;
    out->value = more == 0 ? small : 0;
    for (unsigned i = 0; i < more; i++)
        out->value = out->value << 8 | *(*at)++;
    out->bytes = *at;
    if (out->type == OBJECT_BYTES || out->type == OBJECT_TEXT) {
        if ((uint64_t)(end - *at) < out->value)
            return -1;
        *at += out->value;
    } else if (out->type != OBJECT_UINT) {
        uint64_t entries = out->type == OBJECT_MAP ? 2 * out->value : out->value;
        object_item entry;

        if (out->value > (uint64_t)(end - *at))
            return -1;
        for (uint64_t i = 0; i < entries; i++)
            if (item_read(&entry, at, end, depth + 1) != 0)
                return -1;
    }
    return 0;
}

int object_item_read(object_item *out, const uint8_t **at, const uint8_t *end)
{
    return item_read(out, at, end, 0);
}

static int read_entries(object *out, const object_item *map, const uint8_t *end)
{
    const uint8_t *at = map->bytes;
    object_item key;

    for (out->entries = 0; out->entries < map->value; out->entries++) {
        if (out->entries == OBJECT_ENTRIES_MAX || object_item_read(&key, &at, end) != 0 || key.type != OBJECT_UINT ||
            object_item_read(&out->items[out->entries], &at, end) != 0)
            return -1;
        out->keys[out->entries] = key.value;
    }
    return 0;
}

/* The one message that something follows: how long its blocks are says its header. 0 if they do not fit. */
static int cut_confirmations(object *o)
{
    const object_item *modulus = object_find(o, 10);
    uint64_t word = modulus != NULL && modulus->type == OBJECT_BYTES ? modulus->value : 0;
    uint64_t trustees = object_uint(o, 13);
    uint64_t blocks, behind;

    if (word == 0 || word > o->blocks_len || trustees > QUORSUM_TRUSTEES_MAX)
        return 0;
    blocks = (trustees + object_key_words(o)) * word;
    if (blocks > o->blocks_len)
        return 0;
    behind = o->blocks_len - blocks;
    if (behind % OBJECT_CONFIRMATION != 0)
        return 0;
    o->blocks_len = (size_t)blocks;
    o->signature = o->blocks + blocks;
    o->confirmations = o->signature + SIGNATURE_BYTES;
    o->confirmation_count = (size_t)(behind / OBJECT_CONFIRMATION);
    return 1;
}

int object_read(object *out, const uint8_t *data, size_t len)
{
    const uint8_t *at = data, *end = data + len;
    const object_item *kind;
    object_item map;

    memset(out, 0, sizeof *out);
    if (object_item_read(&map, &at, end) != 0 || map.type != OBJECT_MAP || read_entries(out, &map, end) != 0)
        return -1;
    kind = object_find(out, 0);
    if (kind == NULL || kind->type != OBJECT_TEXT || kind->value >= sizeof out->kind)
        return -1;
    memcpy(out->kind, kind->bytes, kind->value);
    out->data = data;
    out->header_len = (size_t)(at - data);
    out->blocks = at;
    out->blocks_len = (size_t)(end - at);
    if (strcmp(out->kind, "sealed") != 0 && strcmp(out->kind, "pool") != 0) {
        if (out->blocks_len < SIGNATURE_BYTES)
            return -1;
        out->blocks_len -= SIGNATURE_BYTES;
        if (strcmp(out->kind, "key") != 0 || !cut_confirmations(out))
            out->signature = end - SIGNATURE_BYTES;
        crypto_generichash(out->digest, sizeof out->digest, data, out->header_len + out->blocks_len, NULL, 0);
    }
    return 0;
}

const object_item *object_find(const object *o, uint64_t key)
{
    for (size_t i = 0; i < o->entries; i++)
        if (o->keys[i] == key)
            return &o->items[i];
    return NULL;
}

uint64_t object_key_words(const object *o)
{
    static const char dealer[] = "dealer";
    const object_item *origin = object_find(o, 17);
    int dealt = origin != NULL && origin->type == OBJECT_TEXT && origin->value == sizeof dealer - 1 &&
                memcmp(origin->bytes, dealer, sizeof dealer - 1) == 0;

    return OBJECT_KEY_ROOTS + (dealt ? OBJECT_KEY_PROOF : 0);
}

uint64_t object_uint(const object *o, uint64_t key)
{
    const object_item *item = object_find(o, key);

    return item != NULL && item->type == OBJECT_UINT ? item->value : 0;
}
