/* SPDX-License-Identifier: Apache-2.0 */
/* Small files of the tool: read whole, written whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/quorsum/command.h"

char *tool_join(const char *directory, const char *name)
{
    size_t len = strlen(directory) + strlen(name) + 2;
    char *path = malloc(len);

    if (path == NULL) {
        fputs("quorsum: no memory\n", stderr);
        exit(TOOL_FAILED);
    }
    snprintf(path, len, "%s/%s", directory, name);
    return path;
}

static quorsum_status read_all(quorsum_bytes *out, int fd, size_t max_len)
{
    size_t capacity = 0;

    for (;;) {
        ssize_t got;

        if (out->len + 1 >= capacity) {
            uint8_t *grown;

            capacity = capacity == 0 ? 65536 : 2 * capacity;
            grown = realloc(out->data, capacity);
            if (grown == NULL)
                return QUORSUM_ERR_MEMORY;
            out->data = grown;
        }
        got = read(fd, out->data + out->len, capacity - out->len - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return QUORSUM_ERR_SYSTEM;
        if (got == 0)
            break;
        out->len += (size_t)got;
        if (out->len > max_len)
            return QUORSUM_ERR_LIMIT;
    }
    out->data[out->len] = '\0';
    return QUORSUM_OK;
}

quorsum_status tool_read(quorsum_bytes *out, const char *path, size_t max_len)
{
    quorsum_status status;
    int fd = 0;

    *out = (quorsum_bytes){0};
    if (strcmp(path, "-") != 0)
        fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? QUORSUM_ERR_NOT_FOUND : QUORSUM_ERR_SYSTEM;
    status = read_all(out, fd, max_len);
    if (fd != 0)
        close(fd);
    if (status != QUORSUM_OK)
        quorsum_bytes_free(out);
    return status;
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, data, len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return -1;
        data += put;
        len -= (size_t)put;
    }
    return fsync(fd);
}

/* Makes the name `path` durable. */
static quorsum_status sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *parent = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    quorsum_status status = QUORSUM_ERR_SYSTEM;
    int fd, error;

    if (parent == NULL)
        return QUORSUM_ERR_MEMORY;
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && (fsync(fd) == 0 || errno == EINVAL)) /* EINVAL: this file system syncs no directories */
        status = QUORSUM_OK;
    error = errno;
    if (fd >= 0)
        close(fd);
    free(parent);
    errno = error;
    return status;
}

quorsum_status tool_make_directory(const char *path)
{
    if (mkdir(path, 0700) == 0)
        return sync_parent(path);
    return errno == EEXIST ? QUORSUM_OK : QUORSUM_ERR_SYSTEM;
}

/* Written beside `path` and put into its place: by a link, which leaves what is there, or by a name that replaces it. */
static quorsum_status put_file(const char *path, const void *data, size_t len, int secret, int replace)
{
    size_t size = strlen(path) + 16;
    char *temporary = malloc(size);
    quorsum_status status = QUORSUM_ERR_SYSTEM;
    int fd, error;

    if (temporary == NULL)
        return QUORSUM_ERR_MEMORY;
    snprintf(temporary, size, "%s.tmp-XXXXXX", path);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        error = errno;
        free(temporary);
        errno = error;
        return QUORSUM_ERR_SYSTEM;
    }
    if (write_all(fd, data, len) == 0 && fchmod(fd, secret ? 0600 : 0644) == 0) {
        if ((replace ? rename(temporary, path) : link(temporary, path)) == 0)
            status = QUORSUM_OK;
        else if (errno == EEXIST)
            status = QUORSUM_ERR_EXISTS;
    }
    error = errno;
    close(fd);
    if (status != QUORSUM_OK || !replace)
        unlink(temporary);
    free(temporary);
    errno = error;
    return status == QUORSUM_OK ? sync_parent(path) : status;
}

quorsum_status tool_write_new(const char *path, const void *data, size_t len, int secret)
{
    return put_file(path, data, len, secret, 0);
}

quorsum_status tool_write_over(const char *path, const void *data, size_t len)
{
    return put_file(path, data, len, 0, 1);
}
