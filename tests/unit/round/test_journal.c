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
#define HEAD_LEN (sizeof HEAD - 1)
#define AGREED (1 + 32 + 32 + 64 + 32 + 16)
#define RECEIPT (1 + 32 + 32 + 4 + 32 + 64 + 16)
#define VERIFIED (1 + 32 + 32 + 16)

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

static qs_agreement agreement_of(size_t manifest, size_t aggregate)
{
    qs_agreement agreement;

    memcpy(agreement.manifest, digests[manifest], 32);
    memcpy(agreement.aggregate, digests[aggregate], 32);
    memset(agreement.signature, (int)(0x80 + manifest), 64);
    return agreement;
}

/* Opens, agrees, closes: as a trustee's process does. */
static quorsum_status agree(const char *path, size_t task, size_t manifest, size_t aggregate)
{
    qs_agreement agreement = agreement_of(manifest, aggregate);
    qs_journal *journal = NULL;
    quorsum_status status = qs_journal_open(&journal, path, digests[task]);

    cr_assert_eq(journal != NULL, status == QUORSUM_OK);
    if (status == QUORSUM_OK)
        status = qs_journal_agree(journal, &agreement);
    qs_journal_close(journal);
    return status;
}

static quorsum_receipt receipt_of(size_t task, size_t contributor, uint32_t sequence)
{
    quorsum_receipt receipt = {.sequence = sequence};

    memcpy(receipt.task, digests[task], 32);
    memcpy(receipt.contributor, digests[contributor], 32);
    memset(receipt.contribution, (int)(0x40 + sequence), 32);
    memset(receipt.signature, (int)(0xc0 + sequence), 64);
    return receipt;
}

Test(journal, agrees_to_one_manifest_and_aggregate_a_task)
{
    char *directory = new_directory();
    char *path = journal_in(directory);
    char text[1024];
    struct stat info;

    make_digests();
    cr_expect_eq(agree(path, 0, 1, 2), QUORSUM_OK);
    cr_expect_eq(agree(path, 0, 1, 2), QUORSUM_OK, "the same again");
    cr_expect_eq(agree(path, 0, 2, 2), QUORSUM_ERR_EQUIVOCATION);
    cr_expect_eq(agree(path, 0, 1, 3), QUORSUM_ERR_POLICY);
    cr_expect_eq(agree(path, 3, 2, 2), QUORSUM_OK, "another task");
    cr_expect_eq(agree(path, 3, 1, 2), QUORSUM_ERR_EQUIVOCATION);
    cr_expect_eq(agree(path, 0, 1, 2), QUORSUM_OK);
    cr_expect_eq(read_all(path, text, sizeof text), HEAD_LEN + 2 * AGREED, "one record a task");
    cr_expect_eq(memcmp(text, HEAD, HEAD_LEN), 0);
    cr_assert_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0600);
    free(path);
    remove_directory(directory);
}

Test(journal, remembers_what_was_agreed_seen_and_verified)
{
    char *directory = new_directory();
    char *path = journal_in(directory);
    quorsum_receipt receipts[3];
    qs_agreement agreement = agreement_of(1, 2);
    qs_journal *journal = NULL;
    char text[2048];

    make_digests();
    agreement = agreement_of(1, 2);
    for (uint32_t i = 0; i < 3; i++)
        receipts[i] = receipt_of(0, 4, i + 1);
    cr_assert_eq(qs_journal_open(&journal, path, digests[0]), QUORSUM_OK);
    cr_expect_null(qs_journal_agreement(journal));
    cr_expect_not(qs_journal_verified(journal, digests[5]));
    cr_expect_eq(qs_journal_write(journal), QUORSUM_OK, "nothing to write");
    cr_expect_neq(access(path, F_OK), 0, "and nothing written");
    cr_expect_eq(qs_journal_note_verified(journal, digests[5]), QUORSUM_OK);
    cr_expect_eq(qs_journal_note_verified(journal, digests[5]), QUORSUM_OK);
    cr_expect_eq(qs_journal_note_receipt(journal, &receipts[0]), QUORSUM_OK);
    cr_expect_eq(qs_journal_note_receipt(journal, &receipts[1]), QUORSUM_OK);
    cr_expect_eq(qs_journal_note_receipt(journal, &receipts[0]), QUORSUM_OK);
    cr_expect(qs_journal_verified(journal, digests[5]));
    cr_expect_eq(qs_journal_write(journal), QUORSUM_OK);
    cr_expect_eq(read_all(path, text, sizeof text), HEAD_LEN + VERIFIED + 2 * RECEIPT);
    cr_expect_eq(qs_journal_note_receipt(journal, &receipts[2]), QUORSUM_OK);
    cr_expect_eq(qs_journal_agree(journal, &agreement), QUORSUM_OK);
    cr_expect_eq(read_all(path, text, sizeof text), HEAD_LEN + VERIFIED + 3 * RECEIPT + AGREED);
    qs_journal_close(journal);
    cr_assert_eq(qs_journal_open(&journal, path, digests[0]), QUORSUM_OK);
    cr_expect_eq(memcmp(qs_journal_agreement(journal), &agreement, sizeof agreement), 0);
    cr_expect(qs_journal_verified(journal, digests[5]));
    cr_expect_not(qs_journal_verified(journal, digests[6]));
    cr_assert_eq(qs_journal_receipts(journal), 3);
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(memcmp(qs_journal_receipt(journal, i), &receipts[i], sizeof receipts[i]), 0);
    qs_journal_close(journal);
    cr_assert_eq(qs_journal_open(&journal, path, digests[1]), QUORSUM_OK);
    cr_expect_null(qs_journal_agreement(journal), "another task has nothing of it");
    cr_expect_eq(qs_journal_receipts(journal), 0);
    cr_expect_not(qs_journal_verified(journal, digests[5]));
    qs_journal_close(journal);
    free(path);
    remove_directory(directory);
}

Test(journal, of_many_records_is_read_whole)
{
    char *directory = new_directory();
    char *path = journal_in(directory);
    qs_journal *journal = NULL;
    uint8_t digest[32] = {0};

    make_digests();
    cr_assert_eq(qs_journal_open(&journal, path, digests[0]), QUORSUM_OK);
    for (uint32_t i = 0; i < 3000; i++) { /* several chunks, and the digest of all zeros */
        memcpy(digest, &i, sizeof i);
        cr_assert_eq(qs_journal_note_verified(journal, digest), QUORSUM_OK);
    }
    cr_assert_eq(qs_journal_write(journal), QUORSUM_OK);
    qs_journal_close(journal);
    cr_assert_eq(agree(path, 0, 1, 2), QUORSUM_OK);
    cr_assert_eq(qs_journal_open(&journal, path, digests[0]), QUORSUM_OK);
    for (uint32_t i = 0; i < 3001; i++) {
        memcpy(digest, &i, sizeof i);
        cr_assert_eq(qs_journal_verified(journal, digest), i < 3000, "%u", i);
    }
    cr_expect_not_null(qs_journal_agreement(journal));
    qs_journal_close(journal);
    cr_expect_eq(agree(path, 0, 2, 2), QUORSUM_ERR_EQUIVOCATION);
    free(path);
    remove_directory(directory);
}

/* A crash may leave any beginning of what was to be written. */
Test(journal, forgets_a_record_that_was_cut_and_nothing_else)
{
    char *directory = new_directory();
    char *path = journal_in(directory);
    char whole[1024];
    char text[1024];
    size_t len;

    make_digests();
    cr_assert_eq(agree(path, 0, 1, 1), QUORSUM_OK);
    cr_assert_eq(agree(path, 2, 3, 3), QUORSUM_OK);
    len = read_all(path, whole, sizeof whole);
    for (size_t cut = 0; cut <= len; cut++) {
        int first = cut >= HEAD_LEN + AGREED;
        int second = cut >= HEAD_LEN + 2 * AGREED;

        write_all(path, whole, cut);
        cr_expect_eq(agree(path, 4, 5, 5), QUORSUM_OK, "cut to %zu", cut);
        cr_expect_eq(read_all(path, text, sizeof text), HEAD_LEN + (size_t)(1 + first + second) * AGREED);
        cr_expect_eq(agree(path, 0, 5, 5), first ? QUORSUM_ERR_EQUIVOCATION : QUORSUM_OK);
        cr_expect_eq(agree(path, 2, 5, 5), second ? QUORSUM_ERR_EQUIVOCATION : QUORSUM_OK);
    }
    free(path);
    remove_directory(directory);
}

/* Of any kind and in any place: what is damaged may have been an agreement. */
Test(journal, stops_at_what_it_does_not_know)
{
    char *directory = new_directory();
    char *path = journal_in(directory);
    quorsum_receipt receipt;
    qs_journal *journal = NULL;
    char whole[1024];
    char text[1100];
    size_t len;

    make_digests();
    receipt = receipt_of(0, 4, 7);
    cr_assert_eq(qs_journal_open(&journal, path, digests[0]), QUORSUM_OK);
    cr_assert_eq(qs_journal_note_verified(journal, digests[5]), QUORSUM_OK);
    cr_assert_eq(qs_journal_note_receipt(journal, &receipt), QUORSUM_OK);
    cr_assert_eq(qs_journal_write(journal), QUORSUM_OK);
    qs_journal_close(journal);
    cr_assert_eq(agree(path, 0, 1, 1), QUORSUM_OK);
    len = read_all(path, whole, sizeof whole);
    for (size_t at = 0; at < len; at++) {
        quorsum_status status;

        memcpy(text, whole, len);
        text[at] ^= 0x20;
        write_all(path, text, len);
        status = agree(path, 2, 3, 3);
        cr_expect(status == QUORSUM_ERR_TYPE || status == QUORSUM_ERR_VERSION || status == QUORSUM_ERR_NOT_CANONICAL,
                  "byte %zu: %s", at, quorsum_status_name(status));
        cr_expect_eq(read_all(path, text, sizeof text), len, "left as it was");
    }
    /* a tail that is no cut record, and a file of another kind, lose no byte */
    memcpy(text, whole, len);
    memcpy(text + len, "precious", 8);
    write_all(path, text, len + 8);
    cr_expect_eq(agree(path, 2, 3, 3), QUORSUM_ERR_NOT_CANONICAL);
    cr_expect_eq(read_all(path, text, sizeof text), len + 8);
    memset(text + len, 0, 8); /* a file that grew and was never filled: nobody can tell what was there */
    write_all(path, text, len + 8);
    cr_expect_eq(agree(path, 2, 3, 3), QUORSUM_ERR_NOT_CANONICAL);
    write_all(path, "key", 3);
    cr_expect_eq(agree(path, 2, 3, 3), QUORSUM_ERR_TYPE);
    cr_expect_eq(read_all(path, text, sizeof text), 3);
    write_all(path, "quorsum-journal 2\n", 18);
    cr_expect_eq(agree(path, 2, 3, 3), QUORSUM_ERR_VERSION);
    cr_expect_eq(agree(directory, 2, 3, 3), QUORSUM_ERR_TYPE);
    free(path);
    path = journal_in("/nonexistent");
    cr_expect_eq(agree(path, 2, 3, 3), QUORSUM_ERR_SYSTEM);
    free(path);
    remove_directory(directory);
}

/* Two records of one task that name two manifests: each is whole, and nobody wrote both. */
Test(journal, with_two_agreements_of_one_task_stops)
{
    char *directory = new_directory();
    char *path = journal_in(directory);
    char *other = NULL;
    char one[1024];
    char two[1024];
    size_t len;

    make_digests();
    cr_assert_eq(agree(path, 0, 1, 1), QUORSUM_OK);
    len = read_all(path, one, sizeof one);
    other = malloc(strlen(directory) + 16);
    (void)sprintf(other, "%s/other", directory);
    cr_assert_eq(agree(other, 0, 2, 2), QUORSUM_OK);
    cr_assert_eq(read_all(other, two, sizeof two), len);
    memcpy(one + len, two + HEAD_LEN, len - HEAD_LEN);
    write_all(path, one, 2 * len - HEAD_LEN);
    cr_expect_eq(agree(path, 0, 1, 1), QUORSUM_ERR_NOT_CANONICAL);
    cr_expect_eq(agree(path, 3, 1, 1), QUORSUM_OK, "the other tasks are not touched by it");
    free(other);
    free(path);
    remove_directory(directory);
}

/* What another process has agreed to between opening and agreeing counts. */
Test(journal, learns_what_others_wrote_meanwhile)
{
    char *directory = new_directory();
    char *path = journal_in(directory);
    qs_agreement agreement;
    qs_journal *journal = NULL;

    make_digests();
    agreement = agreement_of(1, 1);
    cr_assert_eq(qs_journal_open(&journal, path, digests[0]), QUORSUM_OK);
    cr_assert_eq(qs_journal_note_verified(journal, digests[6]), QUORSUM_OK);
    cr_assert_eq(agree(path, 0, 2, 2), QUORSUM_OK);
    cr_expect_eq(qs_journal_agree(journal, &agreement), QUORSUM_ERR_EQUIVOCATION);
    agreement = agreement_of(2, 2);
    cr_expect_eq(memcmp(qs_journal_agreement(journal), &agreement, sizeof agreement), 0);
    cr_expect_eq(qs_journal_write(journal), QUORSUM_OK);
    cr_assert_eq(truncate(path, 40), 0);
    cr_expect_eq(qs_journal_agree(journal, &agreement), QUORSUM_ERR_NOT_CANONICAL, "records are gone");
    qs_journal_close(journal);
    free(path);
    remove_directory(directory);
}

/* A full disk, by a limit on the size of files: at every size at which the record does not fit. */
static quorsum_status agree_with_limit(const char *path, rlim_t limit)
{
    struct rlimit sizes = {limit, RLIM_INFINITY};
    pid_t child = fork();
    int status;

    if (child == 0) {
        (void)signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &sizes) != 0)
            _exit(99);
        _exit((int)agree(path, 2, 3, 3));
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
    cr_expect_eq(agree(path, 0, 1, 1), QUORSUM_OK);
    len = read_all(path, text, sizeof text);
    for (rlim_t more = 0; more < AGREED; more += 43) {
        cr_expect_eq(agree_with_limit(path, len + more), QUORSUM_ERR_SYSTEM);
        cr_expect_eq(read_all(path, text, sizeof text), len, "nothing half written");
    }
    cr_expect_eq(agree_with_limit(path, len + AGREED), QUORSUM_OK);
    cr_expect_eq(agree(path, 2, 1, 1), QUORSUM_ERR_EQUIVOCATION);
    free(path);
    remove_directory(directory);
}

/* Many processes at once, each with its own manifest: exactly one wins. */
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
            _exit((int)agree(path, 0, i, i));
    }
    for (size_t i = 0; i < 8; i++) {
        int status;

        cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
        cr_expect(WEXITSTATUS(status) == QUORSUM_OK || WEXITSTATUS(status) == QUORSUM_ERR_EQUIVOCATION);
        agreed += WEXITSTATUS(status) == QUORSUM_OK;
    }
    cr_expect_eq(agreed, 1);
    free(path);
    remove_directory(directory);
}
