/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files or none: views that are copies, writers that publish by link or rename, directories and the board's lock.
 * Assumes a POSIX file system; where there are no hard links (a FAT stick) publishing falls back to a rename
 * that refuses to replace. A crash may leave a ".tmp-" file behind, which readers of a board pass over.
 */
#include "lib/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/random.h"

#define TEMPORARY_PREFIX ".tmp-"
#define TEMPORARY_RANDOM 16   /* bytes, twice as many hex digits */
#define TEMPORARY_ATTEMPTS 16 /* names drawn before giving up: one is enough unless randomness repeats */

/* Clean-up must not hide why it was needed. */
static void close_keeping_errno(int fd)
{
    int kept = errno;

    close(fd);
    errno = kept;
}

static quorsum_status status_of_errno(void)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return QUORSUM_ERR_NOT_FOUND;
    case EEXIST:
        return QUORSUM_ERR_EXISTS;
    case ENOMEM:
        return QUORSUM_ERR_MEMORY;
    default:
        return QUORSUM_ERR_SYSTEM;
    }
}

/* Views. */

/* Up to len bytes, fewer when the file was cut in the meantime: what reads the view finds that out. */
static quorsum_status read_whole(int fd, uint8_t *out, size_t len, size_t *done)
{
    *done = 0;
    while (*done < len) {
        ssize_t got = read(fd, out + *done, len - *done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return QUORSUM_ERR_SYSTEM;
        if (got == 0)
            break;
        *done += (size_t)got;
    }
    return QUORSUM_OK;
}

/*
 * A copy and no mapping. Others may write to the directory, and a mapping follows the file: bytes that changed behind a
 * signature's check would be used unchecked, and a file that got shorter would end the process with SIGBUS.
 */
static quorsum_status view_copy(qs_view *view, int fd, size_t max_len)
{
    struct stat info;
    quorsum_status status;
    uint8_t *data;

    if (fstat(fd, &info) != 0)
        return QUORSUM_ERR_SYSTEM;
    if (!S_ISREG(info.st_mode))
        return QUORSUM_ERR_TYPE;
    if ((uintmax_t)info.st_size > max_len)
        return QUORSUM_ERR_LIMIT;
    if (info.st_size == 0)
        return QUORSUM_OK;
    data = malloc((size_t)info.st_size);
    if (data == NULL)
        return QUORSUM_ERR_MEMORY;
    status = read_whole(fd, data, (size_t)info.st_size, &view->len);
    if (status == QUORSUM_OK && view->len > 0) {
        view->data = data;
        return QUORSUM_OK;
    }
    view->len = 0;
    free(data);
    return status;
}

quorsum_status qs_view_open(qs_view *view, const char *path, size_t max_len)
{
    quorsum_status status;
    int fd;

    if (view != NULL)
        memset(view, 0, sizeof *view);
    if (view == NULL || path == NULL)
        return QUORSUM_ERR_ARGUMENT;
    /* O_NONBLOCK: opening a named pipe must not wait for its writer; regular files ignore it */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENXIO || errno == ELOOP ? QUORSUM_ERR_TYPE : status_of_errno(); /* a socket, a symbolic link */
    status = view_copy(view, fd, max_len);
    close_keeping_errno(fd);
    return status;
}

void qs_view_close(qs_view *view)
{
    if (view == NULL)
        return;
    free((void *)(uintptr_t)view->data);
    memset(view, 0, sizeof *view);
}

/* Paths. */

/* Where the last component of `path` begins. */
static size_t base_offset(const char *path, size_t len)
{
    while (len > 0 && path[len - 1] != '/')
        len--;
    return len;
}

char *qs_path_join(const char *directory, const char *name)
{
    size_t directory_len = strlen(directory);
    size_t name_len = strlen(name);
    int slash = directory_len > 0 && directory[directory_len - 1] != '/';
    char *path = malloc(directory_len + (size_t)slash + name_len + 1);

    if (path == NULL)
        return NULL;
    memcpy(path, directory, directory_len);
    if (slash)
        path[directory_len] = '/';
    memcpy(path + directory_len + (size_t)slash, name, name_len + 1);
    return path;
}

/* The directory that holds `path`, malloc'd: what stands before the last component. */
static char *parent_of(const char *path)
{
    size_t len = strlen(path);
    char *parent;

    while (len > 1 && path[len - 1] == '/')
        len--;
    len = base_offset(path, len);
    if (len == 0)
        return strdup(".");
    parent = strdup(path);
    if (parent != NULL)
        parent[len] = '\0';
    return parent;
}

static int sync_fd(int fd)
{
    int result;

    do
        result = fsync(fd);
    while (result != 0 && errno == EINTR);
    return result;
}

/* The directory whose entry `path` is or will be. Opened before the entry is made: afterwards nothing but the disk may
 * fail, or a file would be there of which its writer hears that it is not. */
static quorsum_status open_parent(int *fd, const char *path)
{
    char *parent = parent_of(path);

    *fd = -1;
    if (parent == NULL)
        return QUORSUM_ERR_MEMORY;
    *fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(parent);
    return *fd >= 0 ? QUORSUM_OK : status_of_errno();
}

/* Makes its entries durable. */
static quorsum_status sync_directory(int fd)
{
    return sync_fd(fd) == 0 || errno == EINVAL ? QUORSUM_OK : QUORSUM_ERR_SYSTEM; /* EINVAL: this file system syncs none */
}

/* Writers. */

/* "<directory of path>/.tmp-<random hex>", malloc'd. */
static char *temporary_name(const char *path)
{
    size_t directory_len = base_offset(path, strlen(path));
    size_t size = directory_len + sizeof TEMPORARY_PREFIX + 2 * TEMPORARY_RANDOM;
    uint8_t random[TEMPORARY_RANDOM];
    char *name = malloc(size);
    char *at;

    if (name == NULL)
        return NULL;
    qs_random_bytes(random, sizeof random);
    memcpy(name, path, directory_len);
    at = name + directory_len;
    memcpy(at, TEMPORARY_PREFIX, sizeof TEMPORARY_PREFIX);
    at += sizeof TEMPORARY_PREFIX - 1;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(at + 2 * i, 3, "%02x", random[i]);
    return name;
}

static quorsum_status create_temporary(qs_writer *writer, mode_t mode)
{
    for (int attempt = 0; attempt < TEMPORARY_ATTEMPTS; attempt++) {
        writer->temporary = temporary_name(writer->path);
        if (writer->temporary == NULL)
            return QUORSUM_ERR_MEMORY;
        writer->fd = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (writer->fd >= 0)
            return QUORSUM_OK;
        free(writer->temporary);
        writer->temporary = NULL; /* not ours: nothing to remove */
        if (errno != EEXIST)
            return status_of_errno();
    }
    return QUORSUM_ERR_SYSTEM;
}

quorsum_status qs_writer_open(qs_writer *writer, const char *path, mode_t mode)
{
    quorsum_status status;
    size_t len;

    if (writer == NULL)
        return QUORSUM_ERR_ARGUMENT;
    *writer = (qs_writer){.fd = -1};
    len = path != NULL ? strlen(path) : 0;
    if (len == 0 || path[len - 1] == '/')
        return QUORSUM_ERR_ARGUMENT;
    writer->path = strdup(path);
    if (writer->path == NULL)
        return QUORSUM_ERR_MEMORY;
    status = create_temporary(writer, mode);
    if (status != QUORSUM_OK)
        qs_writer_close(writer);
    return status;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, data, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written == 0)
            errno = EIO; /* a regular file takes something or says why not */
        if (written <= 0)
            return -1;
        data += written;
        len -= (size_t)written;
    }
    return 0;
}

quorsum_status qs_writer_append(qs_writer *writer, const void *data, size_t len)
{
    if (writer == NULL || writer->path == NULL || (data == NULL && len > 0))
        return QUORSUM_ERR_ARGUMENT;
    if (write_all(writer->fd, data, len) == 0)
        return QUORSUM_OK;
    qs_writer_close(writer); /* a file with a hole in it is of no use: gone at once, and no commit can follow */
    return QUORSUM_ERR_SYSTEM;
}

/* On disk, with a name nobody looks for yet. */
static quorsum_status finish_temporary(qs_writer *writer)
{
    int failed = sync_fd(writer->fd) != 0;

    if (failed)
        close_keeping_errno(writer->fd);
    else
        failed = close(writer->fd) != 0 && errno != EINTR; /* EINTR: closed all the same, and synced before */
    writer->fd = -1;
    return failed ? QUORSUM_ERR_SYSTEM : QUORSUM_OK;
}

/* Renames unless `path` exists, for file systems without hard links. */
static int rename_new(const char *temporary, const char *path)
{
#ifdef RENAME_NOREPLACE
    return renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE);
#else
    (void)temporary;
    (void)path;
    return -1; /* errno stays link's */
#endif
}

static quorsum_status publish_new(qs_writer *writer)
{
    int moved = 0;

    if (link(writer->temporary, writer->path) != 0) {
        if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS)
            moved = rename_new(writer->temporary, writer->path) == 0;
        if (!moved)
            return status_of_errno();
    }
    if (!moved)
        unlink(writer->temporary); /* the second name; if this fails a ".tmp-" stays, which harms nobody */
    free(writer->temporary);
    writer->temporary = NULL;
    return QUORSUM_OK;
}

static quorsum_status publish_over(qs_writer *writer)
{
    if (rename(writer->temporary, writer->path) != 0)
        return status_of_errno();
    free(writer->temporary);
    writer->temporary = NULL;
    return QUORSUM_OK;
}

quorsum_status qs_writer_commit(qs_writer *writer, int replace)
{
    quorsum_status status;
    int parent = -1;

    if (writer == NULL || writer->path == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = finish_temporary(writer);
    if (status == QUORSUM_OK)
        status = open_parent(&parent, writer->path);
    if (status == QUORSUM_OK)
        status = replace ? publish_over(writer) : publish_new(writer);
    if (status == QUORSUM_OK)
        status = sync_directory(parent);
    qs_file_close(parent);
    qs_writer_close(writer);
    return status;
}

void qs_writer_close(qs_writer *writer)
{
    int kept = errno;

    if (writer == NULL || writer->path == NULL) /* never opened, or closed: fd means nothing */
        return;
    if (writer->fd >= 0)
        close(writer->fd);
    if (writer->temporary != NULL)
        unlink(writer->temporary);
    free(writer->temporary);
    free(writer->path);
    *writer = (qs_writer){.fd = -1};
    errno = kept;
}

quorsum_status qs_file_write(const char *path, const void *data, size_t len, mode_t mode, int replace)
{
    qs_writer writer;
    quorsum_status status = qs_writer_open(&writer, path, mode);

    if (status == QUORSUM_OK)
        status = qs_writer_append(&writer, data, len);
    if (status == QUORSUM_OK)
        status = qs_writer_commit(&writer, replace);
    qs_writer_close(&writer);
    return status;
}

/* In place. */

quorsum_status qs_file_read_at(int fd, void *out, size_t len, off_t offset)
{
    uint8_t *at = out;

    while (len > 0) {
        ssize_t got = pread(fd, at, len, offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = EIO;
        if (got <= 0)
            return QUORSUM_ERR_SYSTEM;
        at += got;
        len -= (size_t)got;
        offset += got;
    }
    return QUORSUM_OK;
}

quorsum_status qs_file_sync(int fd)
{
    return sync_fd(fd) == 0 ? QUORSUM_OK : QUORSUM_ERR_SYSTEM;
}

void qs_file_unlock(int fd)
{
    int kept = errno;

    if (fd >= 0)
        (void)flock(fd, LOCK_UN);
    errno = kept;
}

void qs_file_close(int fd)
{
    if (fd >= 0)
        close_keeping_errno(fd);
}

/* A pipe must not wait for its other end. */
static quorsum_status open_regular(int *fd, const char *path, int flags)
{
    struct stat info;
    quorsum_status status = QUORSUM_OK;

    *fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return errno == EISDIR || errno == ENXIO ? QUORSUM_ERR_TYPE : status_of_errno();
    if (fstat(*fd, &info) != 0)
        status = QUORSUM_ERR_SYSTEM;
    else if (!S_ISREG(info.st_mode))
        status = QUORSUM_ERR_TYPE;
    if (status != QUORSUM_OK) {
        close_keeping_errno(*fd);
        *fd = -1;
    }
    return status;
}

quorsum_status qs_file_open(int *fd, const char *path)
{
    return open_regular(fd, path, O_RDONLY);
}

quorsum_status qs_file_lock(int *fd, const char *path)
{
    quorsum_status status = open_regular(fd, path, O_RDWR);
    int result;

    if (status != QUORSUM_OK)
        return status;
    do
        result = flock(*fd, LOCK_EX);
    while (result != 0 && errno == EINTR);
    if (result == 0)
        return QUORSUM_OK;
    close_keeping_errno(*fd);
    *fd = -1;
    return QUORSUM_ERR_SYSTEM;
}

/* Directories. */

static quorsum_status make_in(int parent, const char *path)
{
    struct stat info;

    if (mkdir(path, 0777) == 0)
        return sync_directory(parent);
    if (errno != EEXIST || stat(path, &info) != 0)
        return status_of_errno();
    return S_ISDIR(info.st_mode) ? QUORSUM_OK : QUORSUM_ERR_TYPE;
}

quorsum_status qs_directory_make(const char *path)
{
    quorsum_status status;
    int parent;

    if (path == NULL || path[0] == '\0')
        return QUORSUM_ERR_ARGUMENT;
    status = open_parent(&parent, path);
    if (status == QUORSUM_OK)
        status = make_in(parent, path);
    qs_file_close(parent);
    return status;
}

quorsum_status qs_lock_acquire(int *fd, const char *directory)
{
    char *path;
    int result;

    if (fd != NULL)
        *fd = -1;
    if (fd == NULL || directory == NULL)
        return QUORSUM_ERR_ARGUMENT;
    path = qs_path_join(directory, ".lock");
    if (path == NULL)
        return QUORSUM_ERR_MEMORY;
    *fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    free(path);
    if (*fd < 0)
        return status_of_errno();
    do
        result = flock(*fd, LOCK_EX | LOCK_NB);
    while (result != 0 && errno == EINTR);
    if (result == 0)
        return QUORSUM_OK;
    close_keeping_errno(*fd);
    *fd = -1;
    return errno == EWOULDBLOCK ? QUORSUM_ERR_BUSY : QUORSUM_ERR_SYSTEM;
}

void qs_lock_release(int fd)
{
    if (fd >= 0)
        close(fd); /* the lock goes with the last descriptor of this open file */
}
