/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole board. An input is a small archive:
 *
 *     input = flags (1) ‖ entry*          entry = object (1) ‖ action (1) ‖ length (2, big-endian) ‖ payload
 *
 * The board is this world's, finished, but for what the entries say of its files. Flags say what is called besides verify,
 * and whether digests follow: then whatever names an edited object names the edited one, and is signed again for it.
 */
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edit.h"
#include "target.h"

enum { FLAG_FOLLOW = 1, FLAG_DECRYPT = 2, FLAG_OPEN = 4, FLAG_AGGREGATE = 8, FLAG_COMPLETE = 16 };
enum action { ACTION_EDIT, ACTION_ABSENT, ACTION_RAW, ACTION_OTHER, ACTION_EXTRA, ACTIONS };

typedef struct entry {
    enum fuzz_object object;
    enum action action;
    const uint8_t *payload;
    size_t len;
} entry;

static int take_entry(entry *out, fuzz_script *in)
{
    size_t left;

    if (in->end - in->at < 4)
        return -1;
    out->object = (enum fuzz_object)(fuzz_take(in, 1) % OBJECTS);
    out->action = (enum action)(fuzz_take(in, 1) % ACTIONS);
    out->len = (size_t)fuzz_take(in, 2);
    left = (size_t)(in->end - in->at);
    if (out->len > left)
        out->len = left;
    out->payload = in->at;
    in->at += out->len;
    return 0;
}

/* ---- the files ---- */

static char place[300];

static char *in_place(const char *name)
{
    static char path[500];

    (void)snprintf(path, sizeof path, "%s/%s", place, name);
    return path;
}

static void put(const char *name, const void *data, size_t len)
{
    FILE *file = fopen(in_place(name), "wb");

    if (file == NULL || fwrite(data, 1, len, file) != len || fclose(file) != 0)
        fuzz_stop("a file of the board");
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

typedef struct bodies {
    uint8_t *data[OBJECTS];
    size_t len[OBJECTS];
    int touched[OBJECTS]; /* to be signed again */
} bodies;

static void digest_of(uint8_t out[32], const uint8_t *data, size_t len)
{
    (void)crypto_generichash(out, 32, data, len, NULL, 0);
}

/* Every later object that names `old` names `new`. */
static void follow(bodies *b, enum fuzz_object from, const uint8_t old[32], const uint8_t new[32])
{
    for (int i = (int)from + 1; i < OBJECTS; i++) {
        for (size_t at = 0; at + 32 <= b->len[i]; at++) {
            if (memcmp(b->data[i] + at, old, 32) == 0) {
                memcpy(b->data[i] + at, new, 32);
                b->touched[i] = 1;
            }
        }
    }
}

static void write_object(const fuzz_world *world, bodies *b, enum fuzz_object object, const entry *what, int follows)
{
    const fuzz_message *message = &world->message[object];
    static const uint8_t as_it_is[1] = {0};
    fuzz_script script = {as_it_is, as_it_is + 1};
    uint8_t before[32], after[32];
    quorsum_bytes out;

    if (what != NULL ? what->action == ACTION_ABSENT : object == OBJECT_EVIDENCE)
        return;
    if (what != NULL && what->action == ACTION_RAW) {
        put(message->name, what->payload, what->len);
        return;
    }
    if (what != NULL && what->action == ACTION_OTHER) {
        const fuzz_message *other = &world->message[what->len > 0 ? what->payload[0] % OBJECTS : 0];

        put(message->name, other->bytes.data, other->bytes.len);
        return;
    }
    if (what == NULL && !b->touched[object]) {
        put(message->name, message->bytes.data, message->bytes.len);
        return;
    }
    if (what != NULL)
        script = (fuzz_script){what->payload, what->payload + what->len};
    digest_of(before, message->bytes.data, fuzz_body_len(world, object));
    out = fuzz_edit(world, object, b->data[object], b->len[object], &script);
    digest_of(after, out.data, out.len - crypto_sign_BYTES - message->tail);
    if (follows && memcmp(before, after, 32) != 0)
        follow(b, object, before, after);
    if (what != NULL && what->action == ACTION_EXTRA) { /* under the stranger's name, beside the original */
        char name[100] = "contributions/";

        (void)sodium_bin2hex(name + 14, sizeof name - 14, quorsum_identity_public(world->party[STRANGER]), 32);
        put(name, out.data, out.len);
        put(message->name, message->bytes.data, message->bytes.len);
    } else {
        put(message->name, out.data, out.len);
    }
    quorsum_bytes_free(&out);
}

static void write_board(const fuzz_world *world, const entry what[OBJECTS], const int is_set[OBJECTS], int follows)
{
    static const char *const folders[] = {"", "contributions", "receipts", "acks", "partials", "completions", "evidence"};
    bodies b = {0};

    (void)snprintf(place, sizeof place, "%s/board", world->folder);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (mkdir(in_place(folders[i]), 0700) != 0)
            fuzz_stop("a folder of the board");
    }
    for (int i = 0; i < OBJECTS; i++) {
        b.len[i] = fuzz_body_len(world, (enum fuzz_object)i);
        b.data[i] = malloc(b.len[i]);
        if (b.data[i] == NULL)
            fuzz_stop("no memory");
        memcpy(b.data[i], world->message[i].bytes.data, b.len[i]);
    }
    for (int i = 0; i < OBJECTS; i++) {
        write_object(world, &b, (enum fuzz_object)i, is_set[i] ? &what[i] : NULL, follows);
        free(b.data[i]);
    }
}

/* ---- what may not be ---- */

/* Contributor `number`'s value counts when the manifest lists it. */
static void check_totals(const fuzz_world *world, const quorsum_result *result)
{
    quorsum_manifest *manifest = NULL;
    FILE *file = fopen(in_place("manifest"), "rb");
    static uint8_t bytes[1 << 16];
    size_t len = file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0;

    if (file == NULL || fclose(file) != 0 || quorsum_manifest_decode(&manifest, world->task, bytes, len) != QUORSUM_OK)
        fuzz_stop("a board of another task");
    for (size_t i = 0; i < FUZZ_VALUES; i++) {
        int64_t total = 0;

        for (uint32_t at = 0; at < quorsum_manifest_cohort(manifest); at++) {
            for (size_t who = 0; who < FUZZ_COHORT; who++) {
                if (memcmp(quorsum_manifest_sender(manifest, at),
                           quorsum_identity_public(world->party[CONTRIBUTOR_1 + who]), 32) == 0)
                    total += fuzz_value(who, i);
            }
        }
        if (quorsum_result_totals(result)[i] != total)
            fuzz_stop("a board with a wrong total");
    }
    quorsum_manifest_free(manifest);
}

static void use_board(const fuzz_world *world, unsigned flags)
{
    const quorsum_identity *anybody = world->party[COORDINATOR];
    quorsum_board *board = NULL;
    quorsum_result *result = NULL;
    char journal[400];

    if (quorsum_board_open(&board, place, NULL, NULL) != QUORSUM_OK)
        return;
    (void)snprintf(journal, sizeof journal, "%s/journal", world->folder);
    (void)remove(journal);
    if ((flags & FLAG_AGGREGATE) != 0) {
        (void)!quorsum_board_receive(board, anybody, NULL, NULL);
        (void)!quorsum_board_examine(board, journal, NULL, NULL);
        (void)!quorsum_board_aggregate(board, anybody, NULL, NULL);
    }
    if ((flags & FLAG_DECRYPT) != 0) {
        (void)!quorsum_board_acknowledge(board, world->party[TRUSTEE_1 + 2], journal, NULL, NULL);
        (void)!quorsum_board_decrypt(board, world->share[2], world->party[TRUSTEE_1 + 2], journal, NULL, NULL);
    }
    if ((flags & FLAG_COMPLETE) != 0)
        (void)!quorsum_board_complete(board, 1, 1, anybody, NULL, NULL);
    if ((flags & FLAG_OPEN) != 0) /* takes the trustees' word for the product: what it says is judged by verify */
        (void)!quorsum_board_result(&result, board, anybody, NULL, NULL);
    quorsum_result_free(result);
    result = NULL;
    if (quorsum_board_verify(&result, board, NULL, NULL) == QUORSUM_OK)
        check_totals(world, result);
    quorsum_result_free(result);
    quorsum_board_close(board);
}

void fuzz_board(const uint8_t *data, size_t len)
{
    const fuzz_world *world = fuzz_world_get();
    fuzz_script in = {data, data + len};
    unsigned flags = (unsigned)fuzz_take(&in, 1);
    entry what[OBJECTS], one;
    int is_set[OBJECTS] = {0};

    while (take_entry(&one, &in) == 0) {
        what[one.object] = one;
        is_set[one.object] = 1;
    }
    write_board(world, what, is_set, (flags & FLAG_FOLLOW) != 0);
    use_board(world, flags);
    if (nftw(place, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0)
        fuzz_stop("the board stays");
}

/* ---- an archive stays one when it is mutated ---- */

enum { ENTRIES_MAX = 16 };

static size_t parse(entry entries[ENTRIES_MAX], const uint8_t *data, size_t len)
{
    fuzz_script in = {data, data + len};
    size_t count = 0;

    (void)fuzz_take(&in, 1);
    while (count < ENTRIES_MAX && take_entry(&entries[count], &in) == 0)
        count++;
    return count;
}

/* Takes the entries apart, changes one of them (or how many there are, or the flags), and puts them together again. */
size_t fuzz_board_mutate(uint8_t *data, size_t len, size_t max_len, unsigned seed,
                         size_t (*mutate)(uint8_t *data, size_t len, size_t max_len))
{
    static uint8_t copy[1 << 16], payload[1 << 16], out[1 << 17];
    entry entries[ENTRIES_MAX];
    size_t count, which, at = 0, changed;

    if (len > sizeof copy || max_len > sizeof copy)
        return mutate(data, len, max_len);
    memcpy(copy, data, len);
    count = parse(entries, copy, len);
    which = count > 0 ? seed / 16 % count : 0;
    out[at++] = len > 0 ? copy[0] : 0;
    if (seed % 8 == 0)
        out[0] ^= (uint8_t)(1u << seed / 16 % 8);
    if (count < ENTRIES_MAX && (count == 0 || seed % 8 == 1)) /* one more: an edit of some object */
        entries[count++] = (entry){(enum fuzz_object)(seed / 16 % OBJECTS), ACTION_EDIT, payload, 0};
    if (count > 1 && seed % 8 == 2)
        entries[which] = entries[--count];
    if (count > 0 && seed % 8 == 3)
        entries[which].action = (enum action)(seed / 256 % ACTIONS);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *from = entries[i].payload;
        size_t size = entries[i].len;

        if (i == which && seed % 8 >= 3) {
            memmove(payload, from, size);
            changed = mutate(payload, size, size + 64 < sizeof payload ? size + 64 : sizeof payload);
            from = payload;
            size = changed;
        }
        if (at + 4 + size > max_len || size > UINT16_MAX)
            break;
        out[at++] = (uint8_t)entries[i].object;
        out[at++] = (uint8_t)entries[i].action;
        out[at++] = (uint8_t)(size >> 8);
        out[at++] = (uint8_t)size;
        memmove(out + at, from, size);
        at += size;
    }
    memcpy(data, out, at < max_len ? at : max_len);
    return at < max_len ? at : max_len;
}
