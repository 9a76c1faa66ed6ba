/* SPDX-License-Identifier: Apache-2.0 */
/* See edit.h. CBOR is read and signatures are made by code of its own. */
#include "edit.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/identity.h"

#define DOMAIN "quorsum/v1/message"
#define BODY_MAX ((size_t)1 << 16)

uint64_t fuzz_take(fuzz_script *script, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | (script->at < script->end ? *script->at++ : 0);
    return value;
}

static size_t take_bytes(fuzz_script *script, uint8_t *out)
{
    size_t len = (size_t)fuzz_take(script, 1);

    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)fuzz_take(script, 1);
    return len;
}

/* ---- a body: bytes with room ---- */

typedef struct body {
    uint8_t bytes[BODY_MAX];
    size_t len;
} body;

/* bytes[begin, end) becomes these. */
static void replace(body *b, size_t begin, size_t end, const void *data, size_t len)
{
    if (begin > end || end > b->len || b->len - (end - begin) + len > BODY_MAX)
        return;
    memmove(b->bytes + begin + len, b->bytes + end, b->len - end);
    if (len > 0)
        memcpy(b->bytes + begin, data, len);
    b->len = b->len - (end - begin) + len;
}

/* ---- the header ---- */

static int item_head(const uint8_t *in, size_t len, size_t *at, uint64_t *value)
{
    unsigned detail;
    size_t more;

    if (*at >= len)
        return -1;
    detail = in[*at] & 31;
    more = detail < 24 ? 0 : (size_t)1 << (detail - 24);
    if (detail > 27 || len - *at - 1 < more)
        return -1;
    *value = detail < 24 ? detail : 0;
    for (size_t i = 0; i < more; i++)
        *value = *value << 8 | in[*at + 1 + i];
    *at += 1 + more;
    return 0;
}

static int skip_item(const uint8_t *in, size_t len, size_t *at, int depth)
{
    unsigned major = *at < len ? in[*at] >> 5 : 7;
    uint64_t value;

    if (depth > 8 || item_head(in, len, at, &value) != 0)
        return -1;
    if (major == 2 || major == 3) {
        if (value > len - *at)
            return -1;
        *at += (size_t)value;
    }
    for (uint64_t i = 0; (major == 4 || major == 5) && i < (major == 5 ? 2 * value : value); i++) {
        if (skip_item(in, len, at, depth + 1) != 0)
            return -1;
    }
    return 0;
}

/* Where key number `which` modulo their number begins, its value begins, and ends. */
static int find_key(const uint8_t *in, size_t len, size_t which, size_t *key, size_t *begin, size_t *end)
{
    size_t at = 0;
    uint64_t keys, name;

    if (item_head(in, len, &at, &keys) != 0 || keys == 0 || in[0] >> 5 != 5)
        return -1;
    which %= keys;
    for (uint64_t i = 0; i < keys; i++) {
        *key = at;
        if (item_head(in, len, &at, &name) != 0)
            return -1;
        *begin = at;
        if (skip_item(in, len, &at, 0) != 0)
            return -1;
        *end = at;
        if (i == which)
            return 0;
    }
    return -1;
}

static size_t header_len(const uint8_t *in, size_t len)
{
    size_t at = 0;

    return skip_item(in, len, &at, 0) == 0 ? at : 0;
}

static size_t put_head(uint8_t *out, unsigned major, uint64_t value)
{
    unsigned more = value < 24 ? 0 : value < 256 ? 1 : value < 65536 ? 2 : value <= UINT32_MAX ? 4 : 8;
    unsigned code = more == 1 ? 24 : more == 2 ? 25 : more == 4 ? 26 : 27;

    out[0] = (uint8_t)(major << 5 | (more == 0 ? value : code));
    for (unsigned i = 0; i < more; i++)
        out[1 + i] = (uint8_t)(value >> (8 * (more - 1 - i)));
    return 1 + more;
}

/* ---- edits ---- */

static void edit_value(const fuzz_world *world, body *b, enum fuzz_edit edit, fuzz_script *script)
{
    uint8_t item[300];
    size_t key, begin, end, len = 0, where = (size_t)fuzz_take(script, 1);
    const quorsum_bytes *other;
    int found = find_key(b->bytes, b->len, where, &key, &begin, &end) == 0;

    switch (edit) {
    case EDIT_UINT:
        len = put_head(item, 0, fuzz_take(script, 8));
        break;
    case EDIT_BYTES: {
        uint8_t bytes[255];
        size_t count = take_bytes(script, bytes);

        len = put_head(item, 2, count);
        memcpy(item + len, bytes, count);
        len += count;
        break;
    }
    case EDIT_SPLICE:
        other = &world->message[fuzz_take(script, 1) % OBJECTS].bytes;
        if (found && header_len(other->data, other->len) > 0) {
            size_t their_key, their_begin, their_end;

            if (find_key(other->data, other->len, where, &their_key, &their_begin, &their_end) == 0)
                replace(b, begin, end, other->data + their_begin, their_end - their_begin);
        }
        return;
    default: /* EDIT_DROP */
        if (found && (b->bytes[0] & 31) > 0 && (b->bytes[0] & 31) < 24) {
            replace(b, key, end, NULL, 0);
            b->bytes[0]--;
        }
        return;
    }
    if (found)
        replace(b, begin, end, item, len);
}

static void edit_length(body *b, fuzz_script *script)
{
    static const uint8_t zeros[UINT16_MAX];
    size_t key, begin, end, at, where = (size_t)fuzz_take(script, 1), len = (size_t)fuzz_take(script, 2);
    uint64_t old;
    uint8_t head[9];

    if (find_key(b->bytes, b->len, where, &key, &begin, &end) != 0 || b->bytes[begin] >> 5 != 2)
        return;
    at = begin;
    if (item_head(b->bytes, b->len, &at, &old) != 0)
        return;
    if (len < old)
        replace(b, at + len, end, NULL, 0);
    else
        replace(b, end, end, zeros, len - (size_t)old);
    replace(b, begin, at, head, put_head(head, 2, len));
}

static void edit_word(const fuzz_world *world, body *b, fuzz_script *script)
{
    const quorsum_public_key *key = quorsum_key_record_public(world->record);
    size_t width = quorsum_public_key_modulus_bytes(key);
    size_t blocks = header_len(b->bytes, b->len);
    size_t words = (b->len - blocks) / width, number = (size_t)fuzz_take(script, 2);
    unsigned which = (unsigned)fuzz_take(script, 1) % 8;
    uint8_t word[512] = {0};
    uint8_t *at;

    if (words == 0 || blocks == 0)
        return;
    at = b->bytes + blocks + number % words * width;
    quorsum_public_key_modulus(key, word);
    switch (which) {
    case 0:
        memset(word, 0, width);
        break;
    case 1:
        memset(word, 0, width);
        word[width - 1] = 1;
        break;
    case 2:
        word[width - 1]--; /* odd numbers: no borrow, and no carry below but at 255 */
        break;
    case 4:
        word[width - 1]++;
        break;
    case 5: /* p, a factor */
        memset(word, 0, width);
        memcpy(word + width - 8, "\xe8\xb3\x17\xfa\x31\xa0\xea\x57", 8);
        break;
    case 6:
        memset(word, 255, width);
        break;
    case 7:
        memcpy(word, b->bytes + blocks + (number + 1) % words * width, width);
        break;
    default:
        break;
    }
    memcpy(at, word, width);
}

static void edit_swap(const fuzz_world *world, body *b, fuzz_script *script)
{
    size_t width = quorsum_public_key_modulus_bytes(quorsum_key_record_public(world->record));
    size_t blocks = header_len(b->bytes, b->len), words = (b->len - blocks) / width;
    size_t one = (size_t)fuzz_take(script, 2), other = (size_t)fuzz_take(script, 2);
    uint8_t kept[512];

    if (words == 0 || blocks == 0)
        return;
    one = blocks + one % words * width;
    other = blocks + other % words * width;
    memcpy(kept, b->bytes + one, width);
    memmove(b->bytes + one, b->bytes + other, width);
    memcpy(b->bytes + other, kept, width);
}

static void edit_bytes(body *b, enum fuzz_edit edit, fuzz_script *script)
{
    size_t place = (size_t)fuzz_take(script, 3) % (b->len + 1);
    uint8_t bytes[255];
    size_t len;

    if (edit == EDIT_XOR) {
        if (place < b->len)
            b->bytes[place] ^= (uint8_t)fuzz_take(script, 1);
        return;
    }
    if (edit == EDIT_DELETE) {
        len = (size_t)fuzz_take(script, 1);
        replace(b, place, place + len < b->len ? place + len : b->len, NULL, 0);
        return;
    }
    len = take_bytes(script, bytes);
    if (edit == EDIT_INSERT)
        replace(b, place, place, bytes, len);
    else
        replace(b, place, place + len < b->len ? place + len : b->len, bytes, len);
}

static void run_script(const fuzz_world *world, body *b, fuzz_script *script)
{
    while (script->at < script->end) {
        enum fuzz_edit edit = (enum fuzz_edit)(fuzz_take(script, 1) % EDITS);

        switch (edit) {
        case EDIT_END:
            return;
        case EDIT_UINT:
        case EDIT_BYTES:
        case EDIT_SPLICE:
        case EDIT_DROP:
            edit_value(world, b, edit, script);
            break;
        case EDIT_LENGTH:
            edit_length(b, script);
            break;
        case EDIT_WORD:
            edit_word(world, b, script);
            break;
        case EDIT_SWAP:
            edit_swap(world, b, script);
            break;
        default:
            edit_bytes(b, edit, script);
            break;
        }
    }
}

/* ---- signing ---- */

static size_t put_item(uint8_t *out, const void *data, size_t len)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)((uint64_t)len >> (56 - 8 * i));
    memcpy(out + 8, data, len);
    return 8 + len;
}

/* The domain of a signature holds kind and task, as the header has them where it is one. */
static size_t signed_bytes(uint8_t out[600], const body *b)
{
    static const uint8_t none[32];
    uint8_t digest[32];
    size_t at = 0, len = 0, key, begin = 0, end = 0, kind = 0;
    uint64_t kind_len = 0;
    const uint8_t *task = none;

    if (find_key(b->bytes, b->len, 0, &key, &begin, &end) == 0) {
        at = begin;
        if (item_head(b->bytes, b->len, &at, &kind_len) != 0 || kind_len > 200 || kind_len > b->len - at)
            kind_len = 0;
        kind = at;
    }
    for (size_t i = 0; i < 5 && find_key(b->bytes, b->len, i, &key, &begin, &end) == 0; i++) {
        if (b->bytes[key] == 4 && end - begin == 34) /* key 4, 32 bytes behind a head of two */
            task = b->bytes + begin + 2;
    }
    (void)crypto_generichash(digest, sizeof digest, b->bytes, b->len, NULL, 0);
    len += put_item(out + len, DOMAIN, sizeof DOMAIN - 1);
    len += put_item(out + len, b->bytes + kind, (size_t)kind_len);
    len += put_item(out + len, task, 32);
    len += put_item(out + len, digest, 32);
    return len;
}

static void put_sender(body *b, const quorsum_identity *party)
{
    size_t key, begin, end;

    if (find_key(b->bytes, b->len, 2, &key, &begin, &end) == 0 && end - begin == 34)
        memcpy(b->bytes + begin + 2, party->public_half, 32);
}

/* A key's digest is another one now: its trustees confirm that. */
static void confirm_again(const fuzz_world *world, const body *b, uint8_t *tail, size_t len)
{
    uint8_t text[200], digest[32], index[8] = {0};

    (void)crypto_generichash(digest, sizeof digest, b->bytes, b->len, NULL, 0);
    for (size_t at = 0; at + 65 <= len; at += 65) {
        size_t size = put_item(text, "quorsum/v1/confirmation", 23);

        index[7] = tail[at];
        size += put_item(text + size, digest, 32);
        size += put_item(text + size, index, 8);
        qs_identity_sign(world->party[TRUSTEE_1 + tail[at] - 1], tail + at + 1, text, size);
    }
}

size_t fuzz_body_len(const fuzz_world *world, enum fuzz_object object)
{
    return world->message[object].bytes.len - crypto_sign_BYTES - world->message[object].tail;
}

quorsum_bytes fuzz_edit(const fuzz_world *world, enum fuzz_object object, const uint8_t *bytes, size_t len,
                        fuzz_script *script)
{
    static body b;
    const fuzz_message *message = &world->message[object];
    uint8_t text[600];
    quorsum_bytes out;
    unsigned who = (unsigned)fuzz_take(script, 1);

    b.len = len < BODY_MAX ? len : BODY_MAX;
    memcpy(b.bytes, bytes, b.len);
    run_script(world, &b, script);
    if (who >= 1 && who <= PARTIES)
        put_sender(&b, world->party[who - 1]);
    out.len = b.len + crypto_sign_BYTES + message->tail;
    out.data = malloc(out.len);
    if (out.data == NULL)
        fuzz_stop("no memory");
    memcpy(out.data, b.bytes, b.len);
    memcpy(out.data + b.len, message->bytes.data + fuzz_body_len(world, object), crypto_sign_BYTES + message->tail);
    if (who <= PARTIES)
        qs_identity_sign(world->party[who == 0 ? message->signer : who - 1], out.data + b.len, text, signed_bytes(text, &b));
    if (who <= PARTIES && message->tail > 0)
        confirm_again(world, &b, out.data + out.len - message->tail, message->tail);
    return out;
}
