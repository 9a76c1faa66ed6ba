/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A manifest whose coordinator died between signing it and giving it its name. It lies on the board in a file
 * ".tmp-..", and whoever has seen it there can hold it against another one of the same coordinator. So it is the task's
 * manifest: it gets its name, and none is made beside it.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "lib/round/board.h"

#define UNPLACED ".tmp-" /* as lib/base/file.c names what it is writing */

/* Places what stands in a file, if it is the coordinator's whole manifest. Answers trouble only: a file of this name
 * that is anything else, or cannot be read, is none. */
static quorsum_status place(const quorsum_board *board, const char *name, const qs_account *account)
{
    quorsum_manifest *manifest = NULL;
    qs_view view = {0};
    quorsum_status status = qs_board_map(&view, board, name, qs_manifest_max(board->task));

    if (status == QUORSUM_OK)
        status = quorsum_manifest_decode(&manifest, board->task, view.data, view.len);
    if (status == QUORSUM_OK)
        status = qs_board_put(board, NULL, "manifest", view.data, view.len);
    if (status == QUORSUM_OK)
        qs_account_tell(account, "manifest", board->task->coordinator, QUORSUM_OK);
    else if (status == QUORSUM_ERR_EXISTS || (manifest == NULL && status != QUORSUM_ERR_MEMORY))
        status = QUORSUM_OK;
    quorsum_manifest_free(manifest);
    qs_view_close(&view);
    return status;
}

static quorsum_status look_through(const quorsum_board *board, DIR *directory, const qs_account *account)
{
    while (!qs_board_has(board, "manifest")) {
        const struct dirent *entry;
        quorsum_status status = QUORSUM_OK;

        errno = 0;
        entry = readdir(directory);
        if (entry == NULL)
            return errno == 0 ? QUORSUM_OK : QUORSUM_ERR_SYSTEM;
        if (strncmp(entry->d_name, UNPLACED, sizeof UNPLACED - 1) == 0)
            status = place(board, entry->d_name, account);
        if (status != QUORSUM_OK)
            return status;
    }
    return QUORSUM_OK;
}

quorsum_status qs_board_place_manifest(const quorsum_board *board, const qs_account *account)
{
    DIR *directory = opendir(board->path);
    quorsum_status status;

    if (directory == NULL)
        return errno == ENOMEM ? QUORSUM_ERR_MEMORY : QUORSUM_ERR_SYSTEM;
    status = look_through(board, directory, account);
    closedir(directory);
    return status;
}
