/* SPDX-License-Identifier: Apache-2.0 */
/* How an object reads: as JSON with every integer of the protocol in hex, or line by line for people. */
#include "tools/quorsum/object_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/quorsum/command.h"
#include "tools/quorsum/source.h"

typedef struct entry_name {
    const char *kind;
    uint64_t key;
    const char *name;
} entry_name;

static const entry_name names[] = {
    {"*", 0, "kind"}, {"*", 1, "version"}, {"*", 2, "sender"}, {"*", 3, "key"}, {"*", 4, "task"},
    {"key", 10, "modulus"}, {"key", 11, "degree"}, {"key", 12, "randomiser"}, {"key", 13, "trustees"},
    {"key", 14, "quorum"}, {"key", 15, "theta"}, {"key", 16, "share_bits"}, {"key", 17, "origin"}, {"key", 18, "roster"},
    {"key", 19, "negate"}, {"key", 20, "twist"}, {"key", 21, "factors_proof"}, {"key", 22, "epoch"},
    {"key", 23, "ceremony"}, {"key", 24, "parent"}, {"key", 25, "prover"}, {"key", 26, "secret_bits"},
    {"task", 10, "label"}, {"task", 11, "nonce"}, {"task", 12, "fields"}, {"task", 13, "weight_bits"},
    {"task", 14, "min_cohort"}, {"task", 15, "max_cohort"}, {"task", 16, "guard_bits"}, {"task", 17, "roster"},
    {"task", 18, "proof_level"}, {"task", 19, "norm_squared"}, {"task", 20, "revote"}, {"task", 21, "agreement"},
    {"contribution", 10, "ciphertext_count"}, {"contribution", 11, "seed"}, {"contribution", 12, "z"},
    {"contribution", 13, "w"}, {"contribution", 14, "proof_level"}, {"contribution", 15, "sequence"},
    {"receipt", 10, "contributor"}, {"receipt", 11, "sequence"}, {"receipt", 12, "contribution"},
    {"manifest", 10, "cohort"}, {"manifest", 11, "root"}, {"manifest", 12, "revote"}, {"manifest", 13, "refused"},
    {"aggregate", 10, "manifest"}, {"aggregate", 11, "cohort"}, {"aggregate", 12, "ciphertext_count"},
    {"acknowledgement", 10, "trustee"}, {"acknowledgement", 11, "manifest"}, {"acknowledgement", 12, "aggregate"},
    {"evidence", 10, "accused"}, {"evidence", 11, "what"}, {"evidence", 12, "first"}, {"evidence", 13, "first_signature"},
    {"evidence", 14, "second"}, {"evidence", 15, "second_signature"},
    {"refusal", 0, "sender"}, {"refusal", 1, "sequence"}, {"refusal", 2, "contribution"}, {"refusal", 3, "reason"},
    {"partial", 10, "trustee"}, {"partial", 11, "aggregate"}, {"partial", 12, "ciphertext_count"}, {"partial", 13, "e"},
    {"partial", 14, "z"},
    {"completion", 10, "aggregate"}, {"completion", 11, "part"}, {"completion", 12, "parts"},
    {"completion", 13, "trustees"}, {"completion", 14, "ciphertext_count"},
    {"proposal", 10, "purpose"}, {"proposal", 11, "nonce"}, {"proposal", 12, "bits"}, {"proposal", 13, "degree"},
    {"proposal", 14, "randomiser"}, {"proposal", 15, "trustees"}, {"proposal", 16, "quorum"}, {"proposal", 17, "roster"},
    {"proposal", 18, "batch"}, {"proposal", 19, "parent"}, {"proposal", 20, "dealers"}, {"proposal", 21, "epoch"},
    {"ceremony", 10, "ceremony"}, {"ceremony", 11, "step"}, {"ceremony", 12, "round"}, {"ceremony", 13, "slot"},
    {"ceremony", 14, "seen"}, {"ceremony", 15, "length"},
    {"result", 10, "manifest"}, {"result", 11, "aggregate"}, {"result", 12, "cohort"}, {"result", 13, "trustees"},
    {"result", 14, "ciphertext_count"},
    {"pool", 2, "owner"}, {"pool", 3, "public_key"}, {"pool", 4, "randomiser_bits"}, {"pool", 5, "entry_bytes"},
    {"pool", 6, "salt"},
    {"sealed", 2, "content"}, {"sealed", 3, "opslimit"}, {"sealed", 4, "memlimit"}, {"sealed", 5, "salt"},
    {"field", 0, "name"}, {"field", 1, "count"}, {"field", 2, "bits"}, {"field", 3, "signed"}, {"field", 4, "scale"},
    {"field", 5, "clip"}, {"field", 6, "column"}, {"field", 7, "reduce"},
    {"field", 8, "choose_min"}, {"field", 9, "choose_max"}, {"field", 10, "options"},
};

static const char *entry_find(const char *kind, uint64_t key)
{
    const char *shared = "unknown";

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].key == key && strcmp(names[i].kind, kind) == 0)
            return names[i].name;
        if (names[i].key == key && names[i].kind[0] == '*' && strcmp(kind, "field") != 0 &&
            strcmp(kind, "refusal") != 0)
            shared = names[i].name;
    }
    return shared;
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

void object_print_json_text(const uint8_t *text, uint64_t len)
{
    size_t size;

    putchar('"');
    for (uint64_t i = 0; i < len; i += size == 0 ? 1 : size) {
        uint32_t code;

        size = tool_utf8(&code, (const char *)text + i, len - i);
        if (text[i] == '"' || text[i] == '\\')
            printf("\\%c", text[i]);
        else if (size == 0)
            printf("\\ufffd");
        else if (!tool_is_visible(code))
            printf("\\u%04x", (unsigned)code);
        else
            printf("%.*s", (int)size, (const char *)text + i);
    }
    putchar('"');
}

/* The first 200 bytes, on one line. */
void object_print_plain_text(const uint8_t *bytes, uint64_t len)
{
    char text[201];
    size_t size = len < sizeof text ? (size_t)len : sizeof text - 1;

    memcpy(text, bytes, size);
    text[size] = '\0';
    tool_clean(text);
    fputs(text, stdout);
}

static void json_hex(const uint8_t *bytes, size_t len)
{
    putchar('"');
    for (size_t i = 0; i < len; i++)
        printf("%02x", bytes[i]);
    putchar('"');
}

static void json_item(const object_item *item, const uint8_t *end, const char *map_kind)
{
    const uint8_t *at = item->bytes;
    object_item entry;

    switch (item->type) {
    case OBJECT_UINT:
        printf("%" PRIu64, item->value);
        return;
    case OBJECT_BYTES:
        json_hex(item->bytes, item->value);
        return;
    case OBJECT_TEXT:
        object_print_json_text(item->bytes, item->value);
        return;
    default:
        break;
    }
    putchar(item->type == OBJECT_ARRAY ? '[' : '{');
    for (uint64_t i = 0; i < item->value && object_item_read(&entry, &at, end) == 0; i++) {
        if (i > 0)
            printf(", ");
        if (item->type == OBJECT_MAP) {
            printf("\"%s\": ", entry_find(map_kind, entry.value));
            if (object_item_read(&entry, &at, end) != 0)
                break;
        }
        json_item(&entry, end, map_kind);
    }
    putchar(item->type == OBJECT_ARRAY ? ']' : '}');
}

/* `count` groups of `per` words of `word` bytes, each group an array; per 1 gives the bare word. */
static const uint8_t *json_words(const uint8_t *at, uint64_t count, size_t per, size_t word)
{
    putchar('[');
    for (uint64_t i = 0; i < count; i++) {
        printf(i == 0 ? "\n  " : ",\n  ");
        if (per > 1)
            putchar('[');
        for (size_t j = 0; j < per; j++, at += word) {
            if (j > 0)
                printf(", ");
            json_hex(at, word);
        }
        if (per > 1)
            putchar(']');
    }
    putchar(']');
    return at;
}

static void json_openings(const object *o, const object_layout *l)
{
    const uint8_t *at = o->blocks;

    printf(",\n \"openings\": [");
    for (uint64_t i = 0; i < object_uint(o, 14); i++) {
        printf(i == 0 ? "\n  {\"m\": [" : ",\n  {\"m\": [");
        for (unsigned j = 0; j < l->degree; j++, at += l->word) {
            if (j > 0)
                printf(", ");
            json_hex(at, l->word);
        }
        printf("], \"r\": ");
        json_hex(at, l->word);
        at += l->word;
        putchar('}');
    }
    putchar(']');
}

#define MANIFEST_ENTRY 68

/* Of a manifest: sender, sequence, digest. */
static void json_entries(const object *o)
{
    const uint8_t *at = o->blocks;

    printf(",\n \"contributions\": [");
    for (uint64_t i = 0; i < object_uint(o, 10); i++, at += MANIFEST_ENTRY) {
        uint32_t sequence = (uint32_t)at[32] << 24 | (uint32_t)at[33] << 16 | (uint32_t)at[34] << 8 | at[35];

        printf(i == 0 ? "\n  [" : ",\n  [");
        json_hex(at, 32);
        printf(", %" PRIu32 ", ", sequence);
        json_hex(at + 36, 32);
        putchar(']');
    }
    putchar(']');
}

static uint64_t block_words(const object *o, const object_layout *l)
{
    int whole = strcmp(o->kind, "contribution") == 0; /* what is behind its ciphertexts is not words alone */

    return l->word == 0 || (o->blocks_len % l->word != 0 && !whole) ? 0 : o->blocks_len / l->word;
}

/* Whether `whole` things are exactly what the entry says, `per` a piece. A product of what it says could overflow. */
static int counts(const object *o, uint64_t key, uint64_t per, uint64_t whole)
{
    return whole > 0 && whole % per == 0 && whole / per == object_uint(o, key);
}

/* Cut into numbers where the key says how and the length agrees; else one hex string. */
static void json_blocks(const object *o, const object_layout *l)
{
    uint64_t words = block_words(o, l), per = (uint64_t)l->degree + 1;

    if (strcmp(o->kind, "key") == 0 && words > 0 && words == object_uint(o, 13) + object_key_words(o)) {
        const uint8_t *at;

        printf(",\n \"verification_keys\": ");
        at = json_words(o->blocks, object_uint(o, 13), 1, l->word);
        printf(",\n \"root_certificate\": ");
        at = json_words(at, OBJECT_KEY_ROOTS, 1, l->word);
        if (object_key_words(o) > OBJECT_KEY_ROOTS) {
            printf(",\n \"modulus_proof\": ");
            json_words(at, object_key_words(o) - OBJECT_KEY_ROOTS, 1, l->word);
        }
    } else if (strcmp(o->kind, "manifest") == 0 && counts(o, 10, MANIFEST_ENTRY, o->blocks_len)) {
        json_entries(o);
    } else if (strcmp(o->kind, "contribution") == 0 && l->word > 0 && object_uint(o, 10) <= words / per) {
        const uint8_t *at;

        printf(",\n \"ciphertexts\": ");
        at = json_words(o->blocks, object_uint(o, 10), per, l->word);
        if (at < o->blocks + o->blocks_len) {
            printf(",\n \"proof\": ");
            json_hex(at, (uint64_t)(o->blocks + o->blocks_len - at));
        }
    } else if (strcmp(o->kind, "aggregate") == 0 && counts(o, 12, per, words)) {
        printf(",\n \"ciphertexts\": ");
        json_words(o->blocks, object_uint(o, 12), per, l->word);
    } else if (strcmp(o->kind, "partial") == 0 && counts(o, 12, 1, words)) {
        printf(",\n \"partials\": ");
        json_words(o->blocks, words, 1, l->word);
    } else if ((strcmp(o->kind, "result") == 0 || strcmp(o->kind, "completion") == 0) && counts(o, 14, per, words)) {
        json_openings(o, l);
    } else if (strcmp(o->kind, "pool") != 0 && o->blocks_len > 0) { /* whoever has a pool's entries has a copy of it */
        printf(",\n \"blocks\": ");
        json_hex(o->blocks, o->blocks_len);
    }
}

/* What the maps inside an object of this kind are. */
static const char *inner_kind(const object *o)
{
    return strcmp(o->kind, "manifest") == 0 ? "refusal" : "field";
}

static void json_confirmations(const object *o)
{
    const uint8_t *at = o->confirmations;

    printf(",\n \"confirmations\": [");
    for (size_t i = 0; i < o->confirmation_count; i++, at += OBJECT_CONFIRMATION) {
        printf(i == 0 ? "\n  {\"trustee\": %u, \"signature\": " : ",\n  {\"trustee\": %u, \"signature\": ", at[0]);
        json_hex(at + 1, OBJECT_CONFIRMATION - 1);
        putchar('}');
    }
    putchar(']');
}

void object_print_json(const object *o, const object_layout *l)
{
    for (size_t i = 0; i < o->entries; i++) {
        printf(i == 0 ? "{\n \"%s\": " : ",\n \"%s\": ", entry_find(o->kind, o->keys[i]));
        json_item(&o->items[i], o->blocks, inner_kind(o));
    }
    json_blocks(o, l);
    if (o->signature != NULL) {
        printf(",\n \"signature\": ");
        json_hex(o->signature, 64);
        printf(",\n \"digest\": ");
        json_hex(o->digest, sizeof o->digest);
    }
    if (o->confirmations != NULL)
        json_confirmations(o);
    printf("\n}");
}

/* ---- for people ---------------------------------------------------------------------------------------------------- */

/* An array of maps, such as a task's fields: one a line. */
static void plain_maps(const object_item *array, const uint8_t *end, const char *kind)
{
    const uint8_t *at = array->bytes;
    object_item entry;

    printf("%" PRIu64, array->value);
    for (uint64_t i = 0; i < array->value && object_item_read(&entry, &at, end) == 0; i++) {
        printf("\n                  ");
        json_item(&entry, end, kind);
    }
}

static void plain_item(const object_item *item, const uint8_t *end, const char *kind)
{
    if (item->type == OBJECT_UINT)
        printf("%" PRIu64, item->value);
    else if (item->type == OBJECT_TEXT)
        object_print_plain_text(item->bytes, item->value);
    else if (item->type == OBJECT_BYTES && item->value == 0)
        printf("none");
    else if (item->type == OBJECT_BYTES && item->value <= 32)
        for (uint64_t i = 0; i < item->value; i++)
            printf("%02x", item->bytes[i]);
    else if (item->type == OBJECT_BYTES)
        printf("%02x%02x%02x%02x... (%" PRIu64 " bits)", item->bytes[0], item->bytes[1], item->bytes[2],
               item->bytes[3], 8 * item->value);
    else if (item->value > 0 && item->bytes[0] >> 5 == OBJECT_MAP)
        plain_maps(item, end, kind);
    else
        printf("%" PRIu64 " entries", item->value);
}

/* What follows from a task's numbers, in words. */
static void plain_task(const object *o, const object_layout *l)
{
    static const char *const levels[] = {"knowledge", "ballot", "norm"};
    const object_item *coordinator = object_find(o, 2);
    uint64_t agreement = object_uint(o, 21), level = object_uint(o, 18);
    unsigned safe = (l->trustees + l->quorum + 1) / 2;

    if (coordinator != NULL && coordinator->type == OBJECT_BYTES) {
        printf("%-17s ", "coordinator");
        plain_item(coordinator, o->blocks, "");
        putchar('\n');
    }
    printf("%-17s %s\n%-17s a contributor's %s contribution counts\n", "must prove", level < 3 ? levels[level] : "unknown",
           "revoting", object_uint(o, 20) == 1 ? "last" : "first");
    printf("%-17s %" PRIu64 " trustees acknowledge one manifest before any of them decrypts\n", "agreement", agreement);
    if (l->trustees > 0 && agreement < safe)
        printf("%-17s below %u of %u: two quorums that share only dishonest trustees could open two cohorts\n", "",
               safe, l->trustees);
}

void object_print_plain(const object *o, const object_layout *l)
{
    for (size_t i = 0; i < o->entries; i++) {
        printf("%-17s ", entry_find(o->kind, o->keys[i]));
        plain_item(&o->items[i], o->blocks, inner_kind(o));
        putchar('\n');
    }
    if (strcmp(o->kind, "task") == 0)
        plain_task(o, l);
    printf("%-17s %zu bytes\n", "blocks", o->blocks_len);
    if (o->signature != NULL) {
        char digest[TOOL_HEX(QUORSUM_DIGEST_BYTES)];

        tool_hex(digest, o->digest, sizeof o->digest);
        printf("%-17s %s\n", "digest", digest);
    }
}
