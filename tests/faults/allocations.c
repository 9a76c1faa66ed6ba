/* SPDX-License-Identifier: Apache-2.0 */
/* See allocations.h. The linker puts these functions in front of malloc and its like (--wrap), for the library. */
#include "allocations.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLOTS = 1 << 20 };

scarce memory;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *slots[SLOTS]; /* what has not been released: open addressing */

void memory_arm(void)
{
    memory.calls = 0;
    memory.armed = 1;
}

static int refused(void)
{
    int no = 0;

    pthread_mutex_lock(&lock);
    if (memory.armed) {
        memory.calls++;
        no = memory.at > 0 && (memory.lasting ? memory.calls >= memory.at : memory.calls == memory.at);
    }
    pthread_mutex_unlock(&lock);
    if (no)
        errno = ENOMEM;
    return no;
}

static size_t place_of(const void *pointer)
{
    size_t at = ((size_t)pointer >> 4) * 0x9e3779b97f4a7c15u % SLOTS;

    while (slots[at] != NULL && slots[at] != pointer)
        at = (at + 1) % SLOTS;
    return at;
}

static void *born(void *pointer)
{
    if (pointer == NULL)
        return NULL;
    pthread_mutex_lock(&lock);
    slots[place_of(pointer)] = pointer;
    memory.live++;
    pthread_mutex_unlock(&lock);
    return pointer;
}

/* What these functions have not given is not counted. */
static void dies(void *pointer)
{
    pthread_mutex_lock(&lock);
    if (pointer != NULL && slots[place_of(pointer)] == pointer) {
        size_t hole = place_of(pointer);

        memory.live--;
        slots[hole] = NULL;
        for (size_t at = (hole + 1) % SLOTS; slots[at] != NULL; at = (at + 1) % SLOTS) { /* those behind move up */
            void *moved = slots[at];

            slots[at] = NULL;
            slots[place_of(moved)] = moved;
        }
    }
    pthread_mutex_unlock(&lock);
}

/* NOLINTBEGIN: the linker's names */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
void __real_free(void *pointer);
void *__real_sodium_malloc(size_t size);
void __real_sodium_free(void *pointer);
void *__real_mmap(void *where, size_t len, int protection, int flags, int fd, off_t offset);
DIR *__real_opendir(const char *path);
int __real_crypto_pwhash(unsigned char *out, unsigned long long out_len, const char *text, unsigned long long text_len,
                         const unsigned char *salt, unsigned long long ops, size_t mem, int algorithm);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
void __wrap_free(void *pointer);
void *__wrap_sodium_malloc(size_t size);
void __wrap_sodium_free(void *pointer);
void *__wrap_mmap(void *where, size_t len, int protection, int flags, int fd, off_t offset);
DIR *__wrap_opendir(const char *path);
int __wrap_crypto_pwhash(unsigned char *out, unsigned long long out_len, const char *text, unsigned long long text_len,
                         const unsigned char *salt, unsigned long long ops, size_t mem, int algorithm);

void *__wrap_malloc(size_t size)
{
    return refused() ? NULL : born(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return refused() ? NULL : born(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    if (refused())
        return NULL;
    dies(old);
    return born(__real_realloc(old, size));
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return refused() ? NULL : born(__real_aligned_alloc(alignment, size));
}

char *__wrap_strdup(const char *text)
{
    return refused() ? NULL : born(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t len)
{
    return refused() ? NULL : born(__real_strndup(text, len));
}

void __wrap_free(void *pointer)
{
    dies(pointer);
    __real_free(pointer);
}

void *__wrap_sodium_malloc(size_t size)
{
    return refused() ? NULL : born(__real_sodium_malloc(size));
}

void __wrap_sodium_free(void *pointer)
{
    dies(pointer);
    __real_sodium_free(pointer);
}

void *__wrap_mmap(void *where, size_t len, int protection, int flags, int fd, off_t offset)
{
    return refused() ? MAP_FAILED : __real_mmap(where, len, protection, flags, fd, offset);
}

DIR *__wrap_opendir(const char *path)
{
    return refused() ? NULL : __real_opendir(path);
}

int __wrap_crypto_pwhash(unsigned char *out, unsigned long long out_len, const char *text, unsigned long long text_len,
                         const unsigned char *salt, unsigned long long ops, size_t mem, int algorithm)
{
    return refused() ? -1 : __real_crypto_pwhash(out, out_len, text, text_len, salt, ops, mem, algorithm);
}
/* What is on disk at a loss of power is another test's subject. */
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
    (void)fd;
    return 0;
}
/* NOLINTEND */
