/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What names there are in the board's two folders. A name that is not exactly what it should be is told and passed
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

/* "1" to "255", no zeros in front. */
static int take_trustee(listing *list, const char *name)
{
    unsigned trustee = 0;
    size_t len = strlen(name);

    if (len < 1 || len > 3 || name[0] == '0')
        return 0;
    for (size_t i = 0; i < len; i++) {
        if (name[i] < '0' || name[i] > '9')
            return 0;
        trustee = 10 * trustee + (unsigned)(name[i] - '0');
    }
    if (trustee > QUORSUM_TRUSTEES_MAX)
        return 0;
    list->trustees[trustee] = 1;
    return 1;
}

static int compare_senders(const void *a, const void *b)
{
    return memcmp(a, b, QUORSUM_IDENTITY_BYTES);
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
