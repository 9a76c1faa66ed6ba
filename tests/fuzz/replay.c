/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The targets without an engine:
 *
 *     fuzz_replay --all FOLDER...     every file of FOLDER/<target>/, for every target; what make check does
 *     fuzz_replay TARGET [FILE...]    these files, or stdin: so that AFL++ can drive it (afl-fuzz ... -- fuzz_replay TARGET @@)
 *     fuzz_replay --seeds FOLDER      writes FOLDER/<target>/: good messages of this world, and edits of every kind
 *     fuzz_replay --list              the targets
 *
 * A find ends the process; the last line on stderr names the file.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edit.h"
#include "target.h"
#include "world.h"

static FILE *report; /* the real stdout: what targets print goes nowhere */

static const fuzz_target *find(const char *name)
{
    for (const fuzz_target *target = fuzz_targets; target->name != NULL; target++) {
        if (strcmp(target->name, name) == 0)
            return target;
    }
    (void)fprintf(stderr, "no target '%s'\n", name);
    exit(2);
}

static void run_stream(const fuzz_target *target, FILE *file)
{
    size_t len = 0, room = (size_t)1 << 16;
    uint8_t *data = malloc(room);
    uint8_t *exact;

    while (data != NULL && (len += fread(data + len, 1, room - len, file)) == room)
        data = realloc(data, room *= 2);
    exact = data != NULL ? malloc(len > 0 ? len : 1) : NULL; /* so that a sanitizer sees the end */
    if (exact == NULL)
        fuzz_stop("no memory");
    memcpy(exact, data, len);
    free(data);
    if (len <= target->max_len)
        target->run(exact, len);
    free(exact);
}

static void run_file(const fuzz_target *target, const char *path)
{
    FILE *file = fopen(path, "rb");

    (void)fprintf(stderr, "%s: %s\n", target->name, path);
    if (file == NULL)
        fuzz_stop("it cannot be read");
    run_stream(target, file);
    (void)fclose(file);
}

static unsigned run_folder(const fuzz_target *target, const char *folder, const char *name)
{
    char path[2000];
    struct dirent **entries = NULL;
    int count;
    unsigned ran = 0;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.') {
            (void)snprintf(path, sizeof path, "%s/%s/%s", folder, name, entries[i]->d_name);
            run_file(target, path);
            ran++;
        }
        free(entries[i]);
    }
    free(entries);
    return ran;
}

static int run_all(int folders, char **folder)
{
    int number = 0, failed = 0;

    for (const fuzz_target *target = fuzz_targets; target->name != NULL; target++) {
        unsigned ran = 0;

        for (int i = 0; i < folders; i++) {
            ran += run_folder(target, folder[i], target->name);
            if (target->shared != NULL)
                ran += run_folder(target, folder[i], target->shared);
        }
        (void)fprintf(report, "%s %d - %s: %u inputs\n", ran > 0 ? "ok" : "not ok", ++number, target->name, ran);
        failed |= ran == 0;
    }
    return failed;
}

/* ---- seeds ---- */

static void write_seed(const char *folder, const char *target, const char *name, const void *head, size_t head_len,
                       const void *data, size_t len)
{
    char path[2000];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", folder, target);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fuzz_stop("a folder for seeds");
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, target, name);
    file = fopen(path, "wb");
    if (file == NULL || fwrite(head, 1, head_len, file) != head_len || fwrite(data, 1, len, file) != len ||
        fclose(file) != 0)
        fuzz_stop("a seed cannot be written");
}

/* As it is, and as `show` and a board take it. */
static void write_good(const char *folder, const fuzz_world *world)
{
    for (int i = 0; i < MESSAGES; i++) {
        const quorsum_bytes *bytes = &world->message[i].bytes;
        char name[40];
        static const uint8_t raw[1] = {0};

        (void)snprintf(name, sizeof name, "good-%02d", i);
        write_seed(folder, "show", name, raw, 0, bytes->data, bytes->len);
        for (const fuzz_target *target = fuzz_targets; target->name != NULL; target++) {
            /* the target is called as the kind, which stands behind the map's head and key 0 */
            if (bytes->len > 3 && strlen(target->name) == (bytes->data[2] & 31u) &&
                memcmp(bytes->data + 3, target->name, strlen(target->name)) == 0)
                write_seed(folder, target->name, name, raw, 1, bytes->data, bytes->len);
        }
    }
}

static void write_secrets(const char *folder, const fuzz_world *world)
{
    quorsum_bytes sealed = {0};
    size_t len = 0, room;
    uint8_t *wire;

    if (quorsum_identity_seal(&sealed, world->party[DEALER], "open", 4) != QUORSUM_OK)
        fuzz_stop("an identity");
    write_seed(folder, "sealed", "good-identity", "", 0, sealed.data, sealed.len);
    quorsum_bytes_free(&sealed);
    if (quorsum_key_share_seal(&sealed, world->share[0], "open", 4) != QUORSUM_OK)
        fuzz_stop("a share");
    write_seed(folder, "sealed", "good-share", "", 0, sealed.data, sealed.len);
    quorsum_bytes_free(&sealed);
    room = quorsum_ciphertexts_count(quorsum_aggregate_ciphertexts(world->aggregate)) *
           quorsum_public_key_ciphertext_bytes(quorsum_key_record_public(world->record));
    wire = malloc(room);
    if (wire == NULL || quorsum_ciphertexts_encode(quorsum_aggregate_ciphertexts(world->aggregate), wire, room, &len) != QUORSUM_OK)
        fuzz_stop("ciphertexts");
    write_seed(folder, "ciphertexts", "good", "", 0, wire, len);
    free(wire);
}

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";
    int copy;

    if (strcmp(first, "--list") == 0) {
        for (const fuzz_target *target = fuzz_targets; target->name != NULL; target++)
            (void)printf("%s %zu %s\n", target->name, target->max_len, target->shared != NULL ? target->shared : "-");
        return 0;
    }
    copy = dup(1);
    report = copy >= 0 ? fdopen(copy, "w") : NULL;
    if (report == NULL || freopen("/dev/null", "w", stdout) == NULL)
        fuzz_stop("no /dev/null");
    if (strcmp(first, "--seeds") == 0 && argc == 3) {
        write_good(argv[2], fuzz_world_get());
        write_secrets(argv[2], fuzz_world_get());
        return 0;
    }
    if (strcmp(first, "--all") == 0) {
        int failed = run_all(argc - 2, argv + 2);

        return fclose(report) != 0 || failed;
    }
    if (argc < 2) {
        (void)fputs("usage: fuzz_replay --all FOLDER... | TARGET [FILE...] | --seeds FOLDER | --list\n", stderr);
        return 2;
    }
    if (argc == 2)
        run_stream(find(first), stdin);
    for (int i = 2; i < argc; i++)
        run_file(find(first), argv[i]);
    return 0;
}
