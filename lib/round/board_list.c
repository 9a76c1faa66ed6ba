/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What names there are in the board's folders. A name that is not exactly what it should be is told and passed
 * over; names with a dot in front are files in the making. The order of a directory means nothing, so names are sorted.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/round/board.h"

typedef struct listing {
    const qs_account *account;
    const char *folder;
    int (*take)(struct listing *listing, const char *name); /* 1 when the name was one to take */
    qs_buffer *senders;
    uint8_t *trustees;
    qs_buffer *parts;
    size_t part_count; /* of the most parts there can be */
} listing;

static quorsum_status list_open(listing *list, DIR *directory)
{
    struct dirent *entry;

    for (;;) {
        char object[QS_OBJECT_BYTES];

        errno = 0;
        entry = readdir(directory);
        if (entry == NULL)
            return errno == 0 ? QUORSUM_OK : QUORSUM_ERR_SYSTEM;
        if (entry->d_name[0] == '.' || list->take(list, entry->d_name))
            continue;
        (void)snprintf(object, sizeof object, "%s/%s", list->folder, entry->d_name);
        qs_account_tell(list->account, object, NULL, QUORSUM_ERR_TYPE);
    }
}

/* A folder that is not there is an empty one: copies of a board may have lost it. */
static quorsum_status list_folder(listing *list, const quorsum_board *board)
{
    char *path = qs_path_join(board->path, list->folder);
    DIR *directory = path != NULL ? opendir(path) : NULL;
    quorsum_status status = path != NULL ? QUORSUM_ERR_SYSTEM : QUORSUM_ERR_MEMORY;

    free(path);
    if (directory == NULL)
        return status == QUORSUM_ERR_SYSTEM && errno == ENOENT ? QUORSUM_OK : status;
    status = list_open(list, directory);
    closedir(directory);
    return status;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int take_sender(listing *list, const char *name)
{
    uint8_t sender[QUORSUM_IDENTITY_BYTES];

    if (strlen(name) != 2 * sizeof sender)
        return 0;
    for (size_t i = 0; i < sizeof sender; i++) {
        int high = hex_digit(name[2 * i]);
        int low = hex_digit(name[2 * i + 1]);

        if (high < 0 || low < 0)
            return 0;
        sender[i] = (uint8_t)(high << 4 | low);
    }
    if (list->senders->len / sizeof sender >= QS_SENDERS_MAX && list->senders->status == QUORSUM_OK)
        list->senders->status = QUORSUM_ERR_LIMIT;
    qs_buffer_append(list->senders, sender, sizeof sender);
    return 1;
}

/* A number from 1 to max, no zeros in front; 0 if it is none. Goes on behind it. */
static uint32_t take_number(const char **name, uint32_t max)
{
    uint64_t number = 0;

    if (**name == '0')
        return 0;
    for (; **name >= '0' && **name <= '9' && number <= max; (*name)++)
        number = 10 * number + (uint64_t)(**name - '0');
    return number <= max ? (uint32_t)number : 0;
}

static int take_trustee(listing *list, const char *name)
{
    uint32_t trustee = take_number(&name, QUORSUM_TRUSTEES_MAX);

    if (trustee == 0 || *name != '\0')
        return 0;
    list->trustees[trustee] = 1;
    return 1;
}

/* "<K>-of-<N>", 1 <= K <= N */
static int take_part(listing *list, const char *name)
{
    static const char of[] = "-of-";
    uint32_t most = list->part_count < UINT32_MAX ? (uint32_t)list->part_count : UINT32_MAX;
    qs_part part = {0};

    part.number = take_number(&name, most);
    if (part.number == 0 || strncmp(name, of, sizeof of - 1) != 0)
        return 0;
    name += sizeof of - 1;
    part.parts = take_number(&name, most);
    if (part.parts < part.number || *name != '\0')
        return 0;
    qs_buffer_append(list->parts, &part, sizeof part);
    return 1;
}

static int compare_senders(const void *a, const void *b)
{
    return memcmp(a, b, QUORSUM_IDENTITY_BYTES);
}

/* The largest part first: fewest files are looked at, whatever lies beside them. */
static int compare_parts(const void *a, const void *b)
{
    const qs_part *x = a;
    const qs_part *y = b;

    if (x->parts != y->parts)
        return x->parts < y->parts ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

quorsum_status qs_board_senders(qs_buffer *out, const quorsum_board *board, const qs_account *account)
{
    listing list = {.account = account, .folder = "contributions", .take = take_sender, .senders = out};
    quorsum_status status = list_folder(&list, board);

    if (status == QUORSUM_OK)
        status = out->status;
    if (status == QUORSUM_OK && out->len > 0)
        qsort(out->data, out->len / QUORSUM_IDENTITY_BYTES, QUORSUM_IDENTITY_BYTES, compare_senders);
    return status;
}

quorsum_status qs_board_trustees(uint8_t present[QUORSUM_TRUSTEES_MAX + 1], const quorsum_board *board,
                                 const qs_account *account)
{
    listing list = {.account = account, .folder = "partials", .take = take_trustee, .trustees = present};

    memset(present, 0, QUORSUM_TRUSTEES_MAX + 1);
    return list_folder(&list, board);
}

quorsum_status qs_board_parts(qs_buffer *out, const quorsum_board *board, size_t count, const qs_account *account)
{
    listing list = {.account = account, .folder = "completions", .take = take_part, .parts = out, .part_count = count};
    quorsum_status status = list_folder(&list, board);

    if (status == QUORSUM_OK)
        status = out->status;
    if (status == QUORSUM_OK && out->len > 0)
        qsort(out->data, out->len / sizeof(qs_part), sizeof(qs_part), compare_parts);
    return status;
}
