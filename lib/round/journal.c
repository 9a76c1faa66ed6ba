/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal on disk. Lines have one length, so the file is read record by record in constant memory, and a torn
 * tail is whatever does not fill a record. Everything is decided under an exclusive lock on the file itself.
 */
#include "lib/round/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"

#define NAME "quorsum-journal "
#define HEAD NAME "1\n"
#define HEAD_BYTES (sizeof HEAD - 1)
#define HEX_BYTES (2 * (size_t)QUORSUM_DIGEST_BYTES)
#define LINE_BYTES (2 * HEX_BYTES + 2) /* two digests, a blank, a newline */

/* Makes the journal's own directory entry durable. */
static quorsum_status sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    char *parent = len > 0 ? strndup(path, len) : strdup(".");
    quorsum_status status;
    int fd;

    if (parent == NULL)
        return QUORSUM_ERR_MEMORY;
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(parent);
    if (fd < 0)
        return QUORSUM_ERR_SYSTEM;
    status = qs_file_sync(fd);
    if (status != QUORSUM_OK && errno == EINVAL)
        status = QUORSUM_OK; /* this file system syncs no directories */
    close(fd);
    return status;
}

/* Appends all or nothing: what a full disk cut short is taken away again, as far as it lets us. */
static quorsum_status append(int fd, const char *data, size_t len, off_t end)
{
    size_t done = 0;
    int kept;

    while (done < len) {
        ssize_t written = write(fd, data + done, len - done);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            break;
        done += (size_t)written;
    }
    if (done == len)
        return QUORSUM_OK;
    kept = errno;
    if (ftruncate(fd, end) != 0) {
        /* a torn line stays, which the next reader removes */
    }
    errno = kept;
    return QUORSUM_ERR_SYSTEM;
}

/* ---- lines ---- */

static int is_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
            return 0;
    }
    return 1;
}

/* Whether `len` bytes are the beginning of a line. */
static int is_line(const char *text, size_t len)
{
    size_t first = len < HEX_BYTES ? len : HEX_BYTES;
    size_t second = len <= HEX_BYTES + 1 ? 0 : len - HEX_BYTES - 1;

    if (second > HEX_BYTES)
        second = HEX_BYTES;
    return is_hex(text, first) && (len <= HEX_BYTES || text[HEX_BYTES] == ' ') &&
           is_hex(text + HEX_BYTES + 1, second) && (len < LINE_BYTES || text[LINE_BYTES - 1] == '\n');
}

static void make_line(char line[LINE_BYTES + 1], const uint8_t *task, const uint8_t *aggregate)
{
    (void)sodium_bin2hex(line, HEX_BYTES + 1, task, QUORSUM_DIGEST_BYTES);
    line[HEX_BYTES] = ' ';
    (void)sodium_bin2hex(line + HEX_BYTES + 1, HEX_BYTES + 1, aggregate, QUORSUM_DIGEST_BYTES);
    line[LINE_BYTES - 1] = '\n';
    line[LINE_BYTES] = '\0';
}

/* ---- the file ---- */

/* The head, written if the file is new or its head was torn. *end: where the lines begin. */
static quorsum_status settle_head(int fd, off_t *end)
{
    char head[HEAD_BYTES];
    size_t len = *end < (off_t)HEAD_BYTES ? (size_t)*end : HEAD_BYTES;
    quorsum_status status = qs_file_read_at(fd, head, len, 0);

    if (status != QUORSUM_OK)
        return status;
    if (memcmp(head, HEAD, len) != 0) {
        size_t name = sizeof NAME - 1;

        return len > name && memcmp(head, NAME, name) == 0 ? QUORSUM_ERR_VERSION : QUORSUM_ERR_TYPE;
    }
    if (len == HEAD_BYTES)
        return QUORSUM_OK;
    if (ftruncate(fd, 0) != 0)
        return QUORSUM_ERR_SYSTEM;
    *end = (off_t)HEAD_BYTES;
    return append(fd, HEAD, HEAD_BYTES, 0);
}

/* Takes a torn last line away. It must look like the beginning of a line: no other file's bytes are cut. */
static quorsum_status settle_tail(int fd, off_t *end)
{
    char tail[LINE_BYTES];
    size_t len = (size_t)((*end - (off_t)HEAD_BYTES) % (off_t)LINE_BYTES);
    quorsum_status status = qs_file_read_at(fd, tail, len, *end - (off_t)len);

    if (status != QUORSUM_OK || len == 0)
        return status;
    if (!is_line(tail, len))
        return QUORSUM_ERR_NOT_CANONICAL;
    *end -= (off_t)len;
    return ftruncate(fd, *end) == 0 ? QUORSUM_OK : QUORSUM_ERR_SYSTEM;
}

/* Looks for the task. *found is 1 when it is there with this very aggregate. All lines are read: one that is damaged
 * may be the one that matters. */
static quorsum_status search(int fd, const char *wanted, off_t end, int *found)
{
    quorsum_status answer = QUORSUM_OK;

    *found = 0;
    for (off_t at = (off_t)HEAD_BYTES; at < end; at += (off_t)LINE_BYTES) {
        char line[LINE_BYTES];
        quorsum_status status = qs_file_read_at(fd, line, sizeof line, at);

        if (status != QUORSUM_OK)
            return status;
        if (!is_line(line, sizeof line))
            return QUORSUM_ERR_NOT_CANONICAL;
        if (memcmp(line, wanted, HEX_BYTES) != 0)
            continue;
        if (memcmp(line, wanted, LINE_BYTES) == 0)
            *found = 1;
        else
            answer = QUORSUM_ERR_POLICY;
    }
    return answer;
}

static quorsum_status agree_locked(int fd, const char *path, const char *line)
{
    struct stat info;
    quorsum_status status;
    off_t end;
    int found = 0;

    if (fstat(fd, &info) != 0)
        return QUORSUM_ERR_SYSTEM;
    if (!S_ISREG(info.st_mode))
        return QUORSUM_ERR_TYPE;
    end = info.st_size;
    status = settle_head(fd, &end);
    if (status == QUORSUM_OK)
        status = settle_tail(fd, &end);
    if (status == QUORSUM_OK)
        status = search(fd, line, end, &found);
    if (status == QUORSUM_OK && !found)
        status = append(fd, line, LINE_BYTES, end);
    /* Also for a line that was there: whoever wrote it may have died before it reached the disk. */
    if (status == QUORSUM_OK)
        status = qs_file_sync(fd);
    if (status == QUORSUM_OK)
        status = sync_directory(path);
    return status;
}

quorsum_status qs_journal_agree(const char *path, const uint8_t task[QUORSUM_DIGEST_BYTES],
                                const uint8_t aggregate[QUORSUM_DIGEST_BYTES])
{
    char line[LINE_BYTES + 1];
    quorsum_status status;
    int result;
    int kept;
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);

    if (fd < 0)
        return errno == EISDIR || errno == ENXIO ? QUORSUM_ERR_TYPE : QUORSUM_ERR_SYSTEM;
    do
        result = flock(fd, LOCK_EX);
    while (result != 0 && errno == EINTR);
    make_line(line, task, aggregate);
    status = result == 0 ? agree_locked(fd, path, line) : QUORSUM_ERR_SYSTEM;
    kept = errno;
    close(fd); /* releases the lock */
    errno = kept;
    return status;
}
