/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as quorsum needs them: a file is there whole or not at all, and what was read stays as it was.
 * Failures are QUORSUM_ERR_SYSTEM with errno set, or the named status.
 */
#ifndef QS_FILE_H
#define QS_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "quorsum/status.h"

typedef struct qs_view { /* a copy of a whole regular file; zero-initialise */
    const uint8_t *data;
    size_t len;
} qs_view;

/* ERR_NOT_FOUND, ERR_LIMIT above max_len, ERR_TYPE when it is not a regular file (a symbolic link is none: where it
 * leads is not part of the board, and may be a place where reading fails in ways that look like a broken disk). An
 * empty file gives len 0.
 * Whoever else may write to the file cannot change the copy: what was checked is what is used. */
quorsum_status qs_view_open(qs_view *view, const char *path, size_t max_len);
void qs_view_close(qs_view *view);

/* A file in the making: written beside its place under a temporary name, then fsync, rename, fsync of the
 * directory. Until commit nothing is visible under `path`; close without commit removes the temporary. */
typedef struct qs_writer {
    int fd;
    char *path;
    char *temporary;
} qs_writer;

/* mode: permission bits, 0644 or 0600. */
quorsum_status qs_writer_open(qs_writer *writer, const char *path, mode_t mode);
quorsum_status qs_writer_append(qs_writer *writer, const void *data, size_t len);
/* replace = 0: ERR_EXISTS if `path` is there by now (decided atomically by link(2)); replace = 1: renames over it. */
quorsum_status qs_writer_commit(qs_writer *writer, int replace);
void qs_writer_close(qs_writer *writer);

/* All of the above in one call. */
quorsum_status qs_file_write(const char *path, const void *data, size_t len, mode_t mode, int replace);

/* A file that is read or changed in place. ERR_NOT_FOUND, or ERR_TYPE when it is no regular file; *fd is -1 then. lock opens
 * it for writing too, under its own exclusive lock (flock), for which it waits. A child of fork has the same lock: unlock
 * takes it from both, closing leaves it to the other. Both keep errno; -1 is fine. */
quorsum_status qs_file_open(int *fd, const char *path);
quorsum_status qs_file_lock(int *fd, const char *path);
quorsum_status qs_file_read_at(int fd, void *out, size_t len, off_t offset); /* ERR_SYSTEM (EIO) when it ends before */
quorsum_status qs_file_sync(int fd);
void qs_file_unlock(int fd);
void qs_file_close(int fd);

quorsum_status qs_directory_make(const char *path); /* mkdir, existing is fine, fsync of the parent */
char *qs_path_join(const char *directory, const char *name); /* malloc'd; NULL without memory */

/* An exclusive advisory lock on directory/.lock (flock): ERR_BUSY when another process has it.
 * Released by qs_lock_release or when the process ends, however it ends. */
quorsum_status qs_lock_acquire(int *fd, const char *directory);
void qs_lock_release(int fd);

#endif
