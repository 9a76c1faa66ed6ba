/* SPDX-License-Identifier: Apache-2.0 */
/* See scan.h. Allocates nothing while it looks: what was released is to stay as it was left. */
#include "scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATTERN UINT64_C(0x5a5aa5a55aa5a55a)
#define SHOWN 12

typedef struct needle {
    uint64_t half[2]; /* xored with PATTERN */
    char what[40];
} needle;

static struct {
    size_t count;
    needle needle[NEEDLES_MAX];
} list;
static uint16_t begins[1 << 16];    /* by a hash of the first half: number of a needle from 1 on, or 0 */
static uint16_t next[NEEDLES_MAX];  /* with the same hash */

static size_t hash(uint64_t masked)
{
    return (size_t)((masked * UINT64_C(0x9e3779b97f4a7c15)) >> 48);
}

static int is_plain(const uint8_t *piece)
{
    uint8_t seen[256] = {0};
    int different = 0;

    for (int i = 0; i < NEEDLE_BYTES; i++) {
        different += !seen[piece[i]];
        seen[piece[i]] = 1;
    }
    return different < 8;
}

static uint64_t half_of(const uint8_t *piece, int backwards, int which)
{
    uint64_t value = 0;

    for (int i = 0; i < 8; i++) {
        int at = which * 8 + i;

        value |= (uint64_t)piece[backwards ? NEEDLE_BYTES - 1 - at : at] << (8 * i);
    }
    return value ^ PATTERN;
}

static void plant_piece(const char *what, const uint8_t *piece)
{
    for (int backwards = 0; backwards < 2 && !is_plain(piece) && list.count < NEEDLES_MAX; backwards++) {
        needle *one = &list.needle[list.count++];

        one->half[0] = half_of(piece, backwards, 0);
        one->half[1] = half_of(piece, backwards, 1);
        (void)snprintf(one->what, sizeof one->what, "%s", what);
    }
}

void scan_plant(const char *what, const void *secret, size_t len)
{
    const uint8_t *bytes = secret;

    if (len < NEEDLE_BYTES)
        return;
    plant_piece(what, bytes);
    if (len >= 3 * NEEDLE_BYTES)
        plant_piece(what, bytes + len / 2);
    if (len >= 2 * NEEDLE_BYTES)
        plant_piece(what, bytes + len - NEEDLE_BYTES);
}

void scan_forget(void)
{
    list.count = 0;
}

size_t scan_needles(void)
{
    return list.count;
}

static void prepare(void)
{
    memset(begins, 0, sizeof begins);
    for (size_t i = 0; i < list.count; i++) {
        uint16_t *begin = &begins[hash(list.needle[i].half[0])];

        next[i] = *begin;
        *begin = (uint16_t)(i + 1);
    }
}

static uint64_t load(const uint8_t *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof value);
    return value ^ PATTERN;
}

/* The number of the needle that begins here, or NEEDLES_MAX. */
static size_t found_at(const uint8_t *at)
{
    uint64_t first = load(at);

    for (size_t i = begins[hash(first)]; i != 0; i = next[i - 1]) {
        if (list.needle[i - 1].half[0] == first && list.needle[i - 1].half[1] == load(at + 8))
            return i - 1;
    }
    return NEEDLES_MAX;
}

void scan_publish(const void *data, size_t len)
{
    const uint8_t *bytes = data;

    prepare();
    for (size_t at = 0; at + NEEDLE_BYTES <= len; at++) {
        size_t which = found_at(bytes + at);

        if (which == NEEDLES_MAX)
            continue;
        which &= ~(size_t)1; /* forwards and backwards stand side by side */
        list.count -= 2;
        memcpy(&list.needle[which], &list.needle[list.count], 2 * sizeof list.needle[0]);
        prepare();
        at--;
    }
}

static size_t look(const char *where, const uint8_t *data, size_t len, size_t found)
{
    for (size_t at = 0; at + NEEDLE_BYTES <= len; at++) {
        size_t which;

        if (data + at == (const uint8_t *)&list) /* over the list */
            at += sizeof list;
        if (at + NEEDLE_BYTES > len)
            break;
        which = found_at(data + at);
        if (which == NEEDLES_MAX)
            continue;
        if (found++ < SHOWN)
            (void)fprintf(stderr, "    %s: at %zu of %zu bytes of %s\n", list.needle[which].what, at, len, where);
    }
    return found;
}

size_t scan_bytes(const char *where, const uint8_t *data, size_t len)
{
    prepare();
    return look(where, data, len, 0);
}

static uintptr_t take_hex(const char **at)
{
    uintptr_t value = 0;

    for (; **at != '\0'; (*at)++) {
        char c = **at;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

        if (digit < 0)
            break;
        value = value << 4 | (uintptr_t)digit;
    }
    return value;
}

/* A line of smaps that begins a mapping: its bounds, or 0. */
static int is_mapping(const char *line, uintptr_t *begin, uintptr_t *end, int *readable)
{
    const char *at = line;

    *begin = take_hex(&at);
    if (at == line || *at++ != '-')
        return 0;
    *end = take_hex(&at);
    /* what the kernel puts there, and devices, hold nothing of the program's */
    *readable = at[0] == ' ' && at[1] == 'r' && strstr(line, "[v") == NULL && strstr(line, "/dev/") == NULL;
    return 1;
}

size_t scan_process(int guarded)
{
    static char maps[1 << 21];
    static char where[200];
    size_t len = 0, found = 0;
    uintptr_t begin = 0, end = 0, next_begin, next_end;
    int readable = 0, next_readable, fd = open("/proc/self/smaps", O_RDONLY);
    ssize_t got;

    while (fd >= 0 && (got = read(fd, maps + len, sizeof maps - 1 - len)) > 0)
        len += (size_t)got;
    if (fd >= 0)
        close(fd);
    if (len == 0 || len == sizeof maps - 1) {
        (void)fputs("    the process's mappings cannot be read\n", stderr);
        return 1;
    }
    maps[len] = '\0';
    prepare();
    for (char *line = maps, *end_of; *line != '\0'; line = end_of) {
        end_of = strchr(line, '\n');
        if (end_of == NULL)
            break;
        *end_of++ = '\0';
        if (is_mapping(line, &next_begin, &next_end, &next_readable)) {
            begin = next_begin;
            end = next_end;
            readable = next_readable;
            (void)snprintf(where, sizeof where, "%.190s", line);
        } else if (strncmp(line, "VmFlags:", 8) == 0 && readable && (guarded || strstr(line, " dd") == NULL)) {
            found = look(where, (const uint8_t *)begin, end - begin, found); /* NOLINT: an address is what it is */
        }
    }
    return found;
}

const void *scan_list(size_t *len)
{
    *len = sizeof list;
    return &list;
}

void scan_set_list(const void *saved, size_t len)
{
    if (len == sizeof list)
        memcpy(&list, saved, len);
}
