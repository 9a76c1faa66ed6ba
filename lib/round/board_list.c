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
    qs_buffer *places;
    qs_buffer *names;
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

/* A folder that is not there is an empty one: copies of a board may have lost it. So is a file in its place, which is told:
 * a trustee that stopped there would stop whenever anybody made one. */
static quorsum_status list_folder(listing *list, const quorsum_board *board)
{
    char *path = qs_path_join(board->path, list->folder);
    DIR *directory = path != NULL ? opendir(path) : NULL;
    quorsum_status status = path != NULL ? QUORSUM_ERR_SYSTEM : QUORSUM_ERR_MEMORY;

    free(path);
    if (directory == NULL && status == QUORSUM_ERR_SYSTEM && errno == ENOMEM)
        status = QUORSUM_ERR_MEMORY;
    if (directory == NULL && status == QUORSUM_ERR_SYSTEM && errno == ENOTDIR) {
        qs_account_tell(list->account, list->folder, NULL, QUORSUM_ERR_TYPE);
        return QUORSUM_OK;
    }
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

/* 32 bytes in lower-case hex; goes on behind them. */
static int take_hex(uint8_t out[QUORSUM_DIGEST_BYTES], const char **name)
{
    for (size_t i = 0; i < QUORSUM_DIGEST_BYTES; i++) {
        int high = hex_digit((*name)[0]);
        int low = high < 0 ? -1 : hex_digit((*name)[1]);

        if (low < 0)
            return 0;
        out[i] = (uint8_t)(high << 4 | low);
        *name += 2;
    }
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

/* "<hex>" for a first contribution, "<hex>-<decimal>" for a later one */
static int take_place(listing *list, const char *name)
{
    qs_place place = {.sequence = 1};

    if (!take_hex(place.sender, &name))
        return 0;
    if (*name == '-') {
        name++;
        place.sequence = take_number(&name, QS_SEQUENCE_MAX);
        if (place.sequence < 2)
            return 0;
    }
    if (*name != '\0')
        return 0;
    if (list->places->len / sizeof place >= QS_SENDERS_MAX && list->places->status == QUORSUM_OK)
        list->places->status = QUORSUM_ERR_LIMIT;
    qs_buffer_append(list->places, &place, sizeof place);
    return 1;
}

static int take_name(listing *list, const char *name)
{
    uint8_t digest[QUORSUM_DIGEST_BYTES];

    if (!take_hex(digest, &name) || *name != '\0')
        return 0;
    if (list->names->len / sizeof digest >= QS_SENDERS_MAX && list->names->status == QUORSUM_OK)
        list->names->status = QUORSUM_ERR_LIMIT;
    qs_buffer_append(list->names, digest, sizeof digest);
    return 1;
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

static int compare_places(const void *a, const void *b)
{
    const qs_place *x = a;
    const qs_place *y = b;
    int order = memcmp(x->sender, y->sender, sizeof x->sender);

    return order != 0 ? order : x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static int compare_names(const void *a, const void *b)
{
    return memcmp(a, b, QUORSUM_DIGEST_BYTES);
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

quorsum_status qs_board_places(qs_buffer *out, const quorsum_board *board, const char *folder,
                               const qs_account *account)
{
    listing list = {.account = account, .folder = folder, .take = take_place, .places = out};
    quorsum_status status = list_folder(&list, board);

    if (status == QUORSUM_OK)
        status = out->status;
    if (status == QUORSUM_OK && out->len > 0)
        qsort(out->data, out->len / sizeof(qs_place), sizeof(qs_place), compare_places);
    return status;
}

quorsum_status qs_board_evidence_names(qs_buffer *out, const quorsum_board *board, const qs_account *account)
{
    listing list = {.account = account, .folder = "evidence", .take = take_name, .names = out};
    quorsum_status status = list_folder(&list, board);

    if (status == QUORSUM_OK)
        status = out->status;
    if (status == QUORSUM_OK && out->len > 0)
        qsort(out->data, out->len / QUORSUM_DIGEST_BYTES, QUORSUM_DIGEST_BYTES, compare_names);
    return status;
}

quorsum_status qs_board_trustees(uint8_t present[QUORSUM_TRUSTEES_MAX + 1], const quorsum_board *board,
                                 const char *folder, const qs_account *account)
{
    listing list = {.account = account, .folder = folder, .take = take_trustee, .trustees = present};

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
