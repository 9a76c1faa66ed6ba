/* SPDX-License-Identifier: Apache-2.0 */
/* lib/round/journal.c */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "lib/round/journal.h"

#define HEAD "quorsum-journal 1\n"
#define LINE 130

static uint8_t digests[8][32];

static void make_digests(void)
{
    for (size_t i = 0; i < 8; i++)
        memset(digests[i], (int)(0x11 * (i + 1)), 32);
}

static char *journal_in(const char *directory)
{
    char *path = malloc(strlen(directory) + 16);

    (void)sprintf(path, "%s/journal", directory);
    return path;
}

static size_t read_all(const char *path, char *out, size_t room)
{
    FILE *file = fopen(path, "rb");
    size_t len;

    cr_assert_not_null(file);
    len = fread(out, 1, room, file);
    (void)fclose(file);
    return len;
}

static void write_all(const char *path, const char *data, size_t len)
{
    FILE *file = fopen(path, "wb");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(data, 1, len, file), len);
    (void)fclose(file);
}

Test(journal, agrees_to_one_aggregate_a_task)
{
    char *directory = new_directory();
    char *path = journal_in(directory);
    char text[1024];
    struct stat info;

    make_digests();
    cr_expect_eq(qs_journal_agree(path, digests[0], digests[1]), QUORSUM_OK);
    cr_expect_eq(qs_journal_agree(path, digests[0], digests[1]), QUORSUM_OK, "the same again");
    cr_expect_eq(qs_journal_agree(path, digests[0], digests[2]), QUORSUM_ERR_POLICY);
    cr_expect_eq(qs_journal_agree(path, digests[3], digests[2]), QUORSUM_OK, "another task");
    cr_expect_eq(qs_journal_agree(path, digests[3], digests[1]), QUORSUM_ERR_POLICY);
    cr_expect_eq(qs_journal_agree(path, digests[0], digests[1]), QUORSUM_OK);
    cr_expect_eq(read_all(path, text, sizeof text), sizeof HEAD - 1 + 2 * LINE, "one line a task");
    cr_expect_eq(memcmp(text, HEAD, sizeof HEAD - 1), 0);
    for (size_t i = 0; i < 2; i++) {
        const char *line = text + sizeof HEAD - 1 + i * LINE;

        cr_expect(line[0] == (i == 0 ? '1' : '4') && line[64] == ' ' && line[LINE - 1] == '\n');
    }
    cr_assert_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0600);
    free(path);
    remove_directory(directory);
}

/* A crash may leave any beginning of what was to be written. */
Test(journal, forgets_a_line_that_was_cut_and_nothing_else)
{
    char *directory = new_directory();
    char *path = journal_in(directory);
    char whole[1024];
    char text[1024];
    size_t len;

    make_digests();
    cr_assert_eq(qs_journal_agree(path, digests[0], digests[1]), QUORSUM_OK);
    cr_assert_eq(qs_journal_agree(path, digests[2], digests[3]), QUORSUM_OK);
    len = read_all(path, whole, sizeof whole);
    for (size_t cut = 0; cut <= len; cut++) {
        int first = cut >= sizeof HEAD - 1 + LINE;
        int second = cut >= sizeof HEAD - 1 + 2 * LINE;

        write_all(path, whole, cut);
        cr_expect_eq(qs_journal_agree(path, digests[4], digests[5]), QUORSUM_OK, "cut to %zu", cut);
        cr_expect_eq(read_all(path, text, sizeof text), sizeof HEAD - 1 + (size_t)(1 + first + second) * LINE);
        cr_expect_eq(qs_journal_agree(path, digests[0], digests[5]), first ? QUORSUM_ERR_POLICY : QUORSUM_OK);
        cr_expect_eq(qs_journal_agree(path, digests[2], digests[5]), second ? QUORSUM_ERR_POLICY : QUORSUM_OK);
    }
    free(path);
    remove_directory(directory);
}

Test(journal, stops_at_what_it_does_not_know)
{
    char *directory = new_directory();
    char *path = journal_in(directory);
    char whole[1024];
    char text[1024];
    size_t len;

    make_digests();
    cr_assert_eq(qs_journal_agree(path, digests[0], digests[1]), QUORSUM_OK);
    len = read_all(path, whole, sizeof whole);
    for (size_t at = 0; at < len; at++) {
        size_t after;
        quorsum_status status;

        memcpy(text, whole, len);
        text[at] = 'Z';
        write_all(path, text, len);
        status = qs_journal_agree(path, digests[2], digests[3]);
        cr_expect(status == QUORSUM_ERR_TYPE || status == QUORSUM_ERR_VERSION || status == QUORSUM_ERR_NOT_CANONICAL,
                  "byte %zu: %s", at, quorsum_status_name(status));
        after = read_all(path, text, sizeof text);
        cr_expect_eq(after, len, "left as it was");
    }
    /* a tail that is no cut line, and a file of another kind, lose no byte */
    memcpy(text, whole, len);
    memcpy(text + len, "precious", 8);
    write_all(path, text, len + 8);
    cr_expect_eq(qs_journal_agree(path, digests[2], digests[3]), QUORSUM_ERR_NOT_CANONICAL);
    cr_expect_eq(read_all(path, text, sizeof text), len + 8);
    write_all(path, "key", 3);
    cr_expect_eq(qs_journal_agree(path, digests[2], digests[3]), QUORSUM_ERR_TYPE);
    cr_expect_eq(read_all(path, text, sizeof text), 3);
    write_all(path, "quorsum-journal 2\n", 18);
    cr_expect_eq(qs_journal_agree(path, digests[2], digests[3]), QUORSUM_ERR_VERSION);
    cr_expect_eq(qs_journal_agree(directory, digests[2], digests[3]), QUORSUM_ERR_TYPE);
    free(path);
    path = journal_in("/nonexistent");
    cr_expect_eq(qs_journal_agree(path, digests[2], digests[3]), QUORSUM_ERR_SYSTEM);
    free(path);
    remove_directory(directory);
}

/* A full disk, by a limit on the size of files: at every size at which the line does not fit. */
static quorsum_status agree_with_limit(const char *path, rlim_t limit)
{
    struct rlimit sizes = {limit, RLIM_INFINITY};
    pid_t child = fork();
    int status;

    if (child == 0) {
        (void)signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &sizes) != 0)
            _exit(99);
        _exit((int)qs_journal_agree(path, digests[2], digests[3]));
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    return (quorsum_status)WEXITSTATUS(status);
}

Test(journal, is_as_before_when_the_disk_is_full)
{
    char *directory = new_directory();
    char *path = journal_in(directory);
    char text[1024];
    size_t len;

    make_digests();
    cr_expect_eq(agree_with_limit(path, 0), QUORSUM_ERR_SYSTEM);
    cr_expect_eq(agree_with_limit(path, 5), QUORSUM_ERR_SYSTEM);
    cr_expect_eq(agree_with_limit(path, 60), QUORSUM_ERR_SYSTEM);
    cr_expect_eq(qs_journal_agree(path, digests[0], digests[1]), QUORSUM_OK);
    len = read_all(path, text, sizeof text);
    for (rlim_t more = 0; more < LINE; more += 43) {
        cr_expect_eq(agree_with_limit(path, len + more), QUORSUM_ERR_SYSTEM);
        cr_expect_eq(read_all(path, text, sizeof text), len, "nothing half written");
    }
    cr_expect_eq(agree_with_limit(path, len + LINE), QUORSUM_OK);
    cr_expect_eq(qs_journal_agree(path, digests[2], digests[1]), QUORSUM_ERR_POLICY);
    free(path);
    remove_directory(directory);
}

/* Many processes at once, each with its own aggregate: exactly one wins. */
Test(journal, agrees_with_one_of_many_at_once)
{
    char *directory = new_directory();
    char *path = journal_in(directory);
    pid_t children[8];
    size_t agreed = 0;

    make_digests();
    for (size_t i = 0; i < 8; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit((int)qs_journal_agree(path, digests[0], digests[i]));
    }
    for (size_t i = 0; i < 8; i++) {
        int status;

        cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
        cr_expect(WEXITSTATUS(status) == QUORSUM_OK || WEXITSTATUS(status) == QUORSUM_ERR_POLICY);
        agreed += WEXITSTATUS(status) == QUORSUM_OK;
    }
    cr_expect_eq(agreed, 1);
    free(path);
    remove_directory(directory);
}
