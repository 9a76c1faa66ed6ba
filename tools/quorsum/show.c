/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum show: any object, or a whole board or ceremony, for people or as JSON with every integer in hex. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/quorsum/ceremony.h"
#include "tools/quorsum/object_print.h"

#define OBJECT_BYTES_MAX ((size_t)1 << 32)

enum { OPT_JSON = 1, OPT_KEY };

static const struct option options[] = {
    {"json", no_argument, NULL, OPT_JSON},
    {"key", required_argument, NULL, OPT_KEY},
    TOOL_COMMON_OPTIONS,
};

static void layout_from(object_layout *l, const object *key)
{
    const object_item *modulus = object_find(key, 10);

    if (strcmp(key->kind, "key") == 0 && modulus != NULL && modulus->type == OBJECT_BYTES) {
        l->word = modulus->value;
        l->degree = (unsigned)object_uint(key, 11);
        l->trustees = (unsigned)object_uint(key, 13);
        l->quorum = (unsigned)object_uint(key, 14);
    }
}

static void layout_read(object_layout *l, const char *path)
{
    quorsum_bytes bytes = {0};
    object key;

    if (tool_read(&bytes, path, 1 << 24) == QUORSUM_OK && object_read(&key, bytes.data, bytes.len) == 0)
        layout_from(l, &key);
    quorsum_bytes_free(&bytes);
}

static int is_file(const char *path)
{
    struct stat there;

    return stat(path, &there) == 0 && S_ISREG(there.st_mode); /* opening a pipe would wait for its writer */
}

/* The key of a board, if that is a file. */
static void layout_on_board(object_layout *l, const char *path)
{
    if (is_file(path))
        layout_read(l, path);
}

/* The key of the board a file lies on: beside it, or one folder up. */
static void layout_near(object_layout *l, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    static const char *const places[] = {"key", "../key"};

    for (int i = 0; folder != NULL && i < 2 && l->word == 0; i++) {
        char *key = tool_join(folder, places[i]);

        layout_on_board(l, key);
        free(key);
    }
    free(folder);
}

/* Of a key also what nobody can see in its numbers: whether it holds, and who says so. */
static void show_key(const quorsum_bytes *bytes)
{
    quorsum_key_record *record = NULL;
    quorsum_status status = quorsum_key_record_decode(&record, bytes->data, bytes->len, NULL);

    if (status != QUORSUM_OK) {
        printf("%-17s refused: %s (%s)\n", "checked", quorsum_status_text(status), quorsum_status_name(status));
        return;
    }
    printf("%-17s modulus, %sroot certificate, verification keys, confirmations: all good\n", "checked",
           strcmp(quorsum_key_record_origin(record), "dealer") == 0 ? "two large primes = 3 mod 4, " : "");
    tool_record_print(record);
    quorsum_key_record_free(record);
}

static int show_file(const tool_command *command, const char *path, int json, object_layout l)
{
    quorsum_bytes bytes = {0};
    object o;
    int status = tool_fail(command, path, tool_read(&bytes, path, OBJECT_BYTES_MAX));

    if (status == TOOL_DONE && object_read(&o, bytes.data, bytes.len) != 0) {
        tool_say(command, "%s: not a quorsum object", path);
        status = TOOL_REFUSED;
    }
    if (status == TOOL_DONE) {
        layout_from(&l, &o);
        if (l.word == 0)
            layout_near(&l, path);
        if (json)
            object_print_json(&o, &l);
        else
            object_print_plain(&o, &l);
        if (!json && strcmp(o.kind, "key") == 0)
            show_key(&bytes);
    }
    quorsum_bytes_free(&bytes);
    return status;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int show_entry(const tool_command *command, const char *board, const char *name, int json, const object_layout *l,
                      int *first)
{
    char *path = tool_join(board, name);
    int status = TOOL_DONE;

    if (is_file(path)) {
        fputs(*first ? (json ? "{" : "") : (json ? ",\n" : "\n"), stdout);
        if (json)
            object_print_json_text((const uint8_t *)name, strlen(name));
        else
            object_print_plain_text((const uint8_t *)name, strlen(name));
        fputs(json ? ": " : "\n", stdout);
        *first = 0;
        status = show_file(command, path, json, *l);
    }
    free(path);
    return status;
}

static int show_folder(const tool_command *command, const char *board, const char *folder, int json, const object_layout *l,
                       int *first)
{
    char *path = tool_join(board, folder);
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, visible, alphasort), status = TOOL_DONE;

    for (int i = 0; i < count; i++) {
        char *name = tool_join(folder, entries[i]->d_name);

        if (status == TOOL_DONE)
            status = show_entry(command, board, name, json, l, first);
        free(name);
        free(entries[i]);
    }
    free(entries);
    free(path);
    return status;
}

/* Its files in their order, NULL at the end; a name that ends with a slash is a folder. */
static int show_all(const tool_command *command, const char *directory, const char *const *order, int json,
                    const object_layout *l)
{
    int first = 1, status = TOOL_DONE;

    for (; status == TOOL_DONE && *order != NULL; order++) {
        size_t len = strlen(*order);
        char folder[32];

        if ((*order)[len - 1] != '/') {
            status = show_entry(command, directory, *order, json, l, &first);
        } else {
            snprintf(folder, sizeof folder, "%.*s", (int)len - 1, *order);
            status = show_folder(command, directory, folder, json, l, &first);
        }
    }
    if (json)
        printf("}\n");
    return status;
}

static int show_directory(const tool_command *command, const char *directory, int json)
{
    static const char *const board[] = {"key", "task", "contributions/", "receipts/", "manifest", "aggregate", "acks/",
                                        "partials/", "completions/", "result", "evidence/", NULL};
    static const char *const ceremony[] = {CEREMONY_FILE, CEREMONY_PARENT, CEREMONY_MESSAGES "/", NULL};
    char *key = tool_join(directory, "key");
    object_layout l = {0};

    layout_on_board(&l, key);
    free(key);
    if (l.word > 0)
        return show_all(command, directory, board, json, &l);
    if (ceremony_is_there(directory))
        return show_all(command, directory, ceremony, json, &l);
    tool_say(command, "%s: no board there, and no ceremony", directory);
    return TOOL_USAGE;
}

static int show(const tool_command *command, int argc, char **argv)
{
    tool_common common = {0};
    object_layout l = {0};
    struct stat there;
    int json = 0, option, status;

    while ((option = tool_next_option(command, argc, argv, options, &common, &status)) >= 0) {
        if (option == OPT_JSON)
            json = 1;
        else
            layout_read(&l, optarg);
    }
    if (option == -2)
        return status;
    if (optind + 1 != argc)
        return tool_usage(command, "one file or board to show");
    if (stat(argv[optind], &there) != 0)
        return tool_fail(command, argv[optind], QUORSUM_ERR_NOT_FOUND);
    if (S_ISDIR(there.st_mode))
        return show_directory(command, argv[optind], json);
    status = show_file(command, argv[optind], json, l);
    if (json && status == TOOL_DONE)
        putchar('\n');
    return status;
}

const tool_command command_show = {
    .name = "show",
    .summary = "print any object, a whole board or a ceremony, for people or as JSON",
    .run = show,
    .help =
        "Usage: quorsum show FILE|BOARD|CEREMONY [--json] [--key FILE]\n"
        "Print what an object says, without judging it ('quorsum verify' does that); of a key also whether it holds, its\n"
        "fingerprint, and which trustees have confirmed it.\n\n"
        "Integers of the protocol are printed in hex with --json, each digit in base N by itself, so that another\n"
        "program can recompute everything. A secret is never shown: of a sealed file only how it is sealed.\n\n"
        "      --json            one JSON object; of a board or ceremony, one an object by name\n"
        "      --key FILE        the key record that says how long numbers are (default: the board's)\n" TOOL_COMMON_HELP,
};
