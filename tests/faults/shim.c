/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TEST ONLY, put before a command by LD_PRELOAD (tests/faults/harness.py). Counts the calls that change what is on disk and
 * lets one of them be the last, or lets it fail; and can let the system's randomness fail.
 *
 *     QS_FAULT        none | kill | torn | full | short | broken | random: what happens at call number QS_FAULT_AT
 *     QS_FAULT_AT     counted from 1
 *     QS_FAULT_LOG    a file that gets a line a call: "number call path"
 *
 * kill: the process is killed before the call. torn: a write is killed half done. full: from that call on whatever needs
 * room on the disk fails with ENOSPC. short: that write writes half, and then the disk is full. broken: that call fails
 * with EIO. random: every source of randomness fails from the first call on.
 *
 * Argon2id is replaced by one BLAKE2b, or a test would spend its minute on 256 MiB a passphrase: the files of such a run
 * are sealed for runs of this kind only.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char what[16];
static long at;
static long calls;
static int log_fd = -1;

/* The next function of that name, whatever its type. */
#define REAL(name) *(void **)(&real) = dlsym(RTLD_NEXT, name)

static void choose(const char *fault, long number)
{
    snprintf(what, sizeof what, "%s", fault);
    at = number;
}

__attribute__((constructor)) static void begin(void)
{
    const char *fault = getenv("QS_FAULT"), *number = getenv("QS_FAULT_AT"), *log = getenv("QS_FAULT_LOG");

    choose(fault != NULL ? fault : "none", number != NULL ? atol(number) : 0);
    if (log != NULL)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is(const char *fault)
{
    return strcmp(what, fault) == 0;
}

/* ---- counting ---- */

static void note(const char *call, const char *path)
{
    char line[1200];
    int len = snprintf(line, sizeof line, "%ld %s %s\n", calls, call, path);

    if (log_fd >= 0)
        (void)!syscall(SYS_write, log_fd, line, (size_t)len);
}

/* One more call. Does not come back from a kill; answers whether this is the one. */
static int step(const char *call, const char *path)
{
    calls++;
    note(call, path);
    if (is("kill") && calls == at)
        raise(SIGKILL);
    return calls == at;
}

/* As many as the one. */
static int no_room(void)
{
    return (is("full") && calls >= at) || (is("short") && calls > at);
}

static int fail(int error)
{
    errno = error;
    return -1;
}

static const char *path_of(int fd, char *path, size_t size)
{
    char name[64];
    ssize_t len;

    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    len = readlink(name, path, size - 1);
    path[len < 0 ? 0 : len] = '\0';
    return path;
}

/* Of files and folders; a terminal or a pipe is no disk. */
static int on_disk(int fd)
{
    struct stat info;

    return fd != log_fd && fd > STDERR_FILENO && fstat(fd, &info) == 0 && (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode));
}

/* ---- the calls ---- */

ssize_t write(int fd, const void *data, size_t len)
{
    ssize_t (*real)(int, const void *, size_t);
    char path[1024];

    REAL("write");
    if (!on_disk(fd))
        return real(fd, data, len);
    if (step("write", path_of(fd, path, sizeof path))) {
        if (is("torn")) {
            (void)!real(fd, data, len / 2);
            raise(SIGKILL);
        }
        if (is("short"))
            return len > 1 ? real(fd, data, len / 2) : fail(ENOSPC);
        if (is("broken"))
            return fail(EIO);
    }
    return no_room() ? fail(ENOSPC) : real(fd, data, len);
}

static int descriptor_call(const char *name, int fd, int (*real)(int))
{
    char path[1024];

    if (on_disk(fd) && step(name, path_of(fd, path, sizeof path)) && is("broken"))
        return fail(EIO);
    return real(fd);
}

int fsync(int fd)
{
    int (*real)(int);

    REAL("fsync");
    return descriptor_call("fsync", fd, real);
}

int fdatasync(int fd)
{
    int (*real)(int);

    REAL("fdatasync");
    return descriptor_call("fdatasync", fd, real);
}

/* Cutting needs no room. */
#define CUT(name, type)                                                                                                \
    int name(int fd, type len)                                                                                         \
    {                                                                                                                  \
        int (*real)(int, type);                                                                                        \
        char path[1024];                                                                                               \
                                                                                                                       \
        REAL(#name);                                                                                                   \
        if (on_disk(fd) && step("ftruncate", path_of(fd, path, sizeof path)) && is("broken"))                          \
            return fail(EIO);                                                                                          \
        return real(fd, len);                                                                                          \
    }
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

/* A folder that is there is not made. */
static int is_there(const char *path, const char *call)
{
    return strcmp(call, "mkdir") == 0 && access(path, F_OK) == 0;
}

/* What makes an entry in a folder needs room. */
#define ENTRY(name, parameters, path, arguments)                                                                       \
    int name parameters                                                                                                \
    {                                                                                                                  \
        int (*real) parameters;                                                                                        \
        int here;                                                                                                      \
                                                                                                                       \
        REAL(#name);                                                                                                   \
        if (is_there(path, #name))                                                                                     \
            return real arguments;                                                                                     \
        here = step(#name, path);                                                                                      \
        if (here && is("broken"))                                                                                      \
            return fail(EIO);                                                                                          \
        return no_room() ? fail(ENOSPC) : real arguments;                                                              \
    }
ENTRY(link, (const char *from, const char *to), to, (from, to))
ENTRY(linkat, (int a, const char *from, int b, const char *to, int flags), to, (a, from, b, to, flags))
ENTRY(rename, (const char *from, const char *to), to, (from, to))
ENTRY(renameat2, (int a, const char *from, int b, const char *to, unsigned flags), to, (a, from, b, to, flags))
ENTRY(mkdir, (const char *path, mode_t mode), path, (path, mode))

int unlink(const char *path)
{
    int (*real)(const char *);

    REAL("unlink");
    (void)step("unlink", path);
    return real(path);
}

int fchmod(int fd, mode_t mode)
{
    int (*real)(int, mode_t);
    char path[1024];

    REAL("fchmod");
    if (on_disk(fd) && step("fchmod", path_of(fd, path, sizeof path)) && is("broken"))
        return fail(EIO);
    return real(fd, mode);
}

int mkostemp(char *template, int flags)
{
    int (*real)(char *, int);
    int here;

    REAL("mkostemp");
    here = step("create", template);
    if (here && is("broken"))
        return fail(EIO);
    return no_room() ? fail(ENOSPC) : real(template, flags);
}

static int open_call(const char *name, const char *path, int flags, mode_t mode)
{
    int (*real)(const char *, int, ...);

    REAL(name);
    if (is("random") && (strcmp(path, "/dev/urandom") == 0 || strcmp(path, "/dev/random") == 0))
        return fail(ENOENT);
    if ((flags & O_CREAT) != 0 && access(path, F_OK) != 0) {
        int here = step("create", path);

        if (here && is("broken"))
            return fail(EIO);
        if (no_room())
            return fail(ENOSPC);
    }
    return real(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    mode_t mode;

    va_start(more, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_call("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list more;
    mode_t mode;

    va_start(more, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_call("open64", path, flags, mode);
}

/* ---- randomness ---- */

ssize_t getrandom(void *out, size_t len, unsigned flags)
{
    ssize_t (*real)(void *, size_t, unsigned);

    REAL("getrandom");
    return is("random") ? fail(ENOSYS) : real(out, len, flags);
}

int getentropy(void *out, size_t len)
{
    int (*real)(void *, size_t);

    REAL("getentropy");
    return is("random") ? fail(ENOSYS) : real(out, len);
}

/* ---- passphrases ---- */

int crypto_generichash(unsigned char *out, size_t out_len, const unsigned char *in, unsigned long long in_len,
                       const unsigned char *key, size_t key_len);
int crypto_pwhash(unsigned char *out, unsigned long long out_len, const char *text, unsigned long long text_len,
                  const unsigned char *salt, unsigned long long ops, size_t mem, int algorithm);

int crypto_pwhash(unsigned char *out, unsigned long long out_len, const char *text, unsigned long long text_len,
                  const unsigned char *salt, unsigned long long ops, size_t mem, int algorithm)
{
    (void)ops;
    (void)mem;
    (void)algorithm;
    return crypto_generichash(out, (size_t)out_len, (const unsigned char *)text, text_len, salt, 16);
}
