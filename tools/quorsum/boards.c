/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a board for a subcommand, and saying what was found on it. */
#include <errno.h>
#include <string.h>

#include "tools/quorsum/command.h"

void tool_board_report(const char *object, const uint8_t *who, quorsum_status status, void *user)
{
    tool_board_watch *watch = user;
    char name[TOOL_HEX(QUORSUM_IDENTITY_BYTES)] = "";

    if (status == QUORSUM_OK) {
        watch->partials += strncmp(object, "partials/", 9) == 0;
        if (watch->all)
            tool_say(watch->command, "%s: ok", object);
        return;
    }
    watch->refused++;
    if (who != NULL)
        tool_hex(name, who, QUORSUM_IDENTITY_BYTES);
    tool_say(watch->command, "refused %s%s%s: %s (%s)", object, who == NULL ? "" : " by ", name,
             status == QUORSUM_ERR_SYSTEM && errno != 0 ? strerror(errno) : quorsum_status_text(status),
             quorsum_status_name(status));
}

int tool_board_load(const tool_command *command, quorsum_board **out, const char *path, tool_board_watch *watch,
                    const quorsum_run *run)
{
    quorsum_watch report = {.report = tool_board_report, .user = watch};

    if (path == NULL)
        return tool_usage(command, "--board is missing");
    watch->command = command;
    watch->board = path;
    return tool_fail(command, path, quorsum_board_open(out, path, &report, run));
}
