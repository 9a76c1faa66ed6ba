/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a board for a subcommand, and saying what was found on it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/quorsum/command.h"

void tool_board_report(const char *object, const uint8_t *who, quorsum_status status, void *user)
{
    tool_board_watch *watch = user;
    char name[TOOL_HEX(QUORSUM_IDENTITY_BYTES)] = "";

    if (status == QUORSUM_OK) {
        watch->partials += strncmp(object, "partials/", 9) == 0;
        watch->contributions += strncmp(object, "contributions/", 14) == 0;
        watch->completions += strncmp(object, "completions/", 12) == 0;
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

int tool_board_has(const char *board, const char *object)
{
    char *path = tool_join(board, object);
    struct stat there;
    int found = stat(path, &there) == 0;

    free(path);
    return found;
}

int tool_board_load(const tool_command *command, quorsum_board **out, const char *path, tool_board_watch *watch,
                    const tool_common *common)
{
    quorsum_watch report = {.report = tool_board_report, .user = watch};
    quorsum_run run = {.threads = common->threads};

    if (path == NULL)
        return tool_usage(command, "--board is missing");
    watch->command = command;
    watch->board = path;
    if (!tool_board_has(path, "key") || !tool_board_has(path, "task")) {
        tool_say(command, "%s: no board there (%s)", path, quorsum_status_name(QUORSUM_ERR_NOT_FOUND));
        return TOOL_USAGE;
    }
    return tool_fail(command, path, quorsum_board_open(out, path, &report, &run));
}

int tool_board_closed(const tool_command *command, const char *path)
{
    if (tool_board_has(path, "manifest") || tool_board_has(path, "aggregate"))
        return TOOL_DONE;
    tool_say(command, "%s: the task is still open: 'quorsum aggregate' comes first (%s)", path,
             quorsum_status_name(QUORSUM_ERR_MISSING));
    return TOOL_REFUSED;
}

static int too_few_partials(const quorsum_task *task, const tool_board_watch *watch, quorsum_status status)
{
    tool_say(watch->command, "%s: %u good partial decryption%s, %u needed (%s)", watch->board, watch->partials,
             watch->partials == 1 ? "" : "s", quorsum_key_record_quorum(quorsum_task_record(task)),
             quorsum_status_name(status));
    return tool_exit_code(status);
}

int tool_board_fail(const quorsum_board *board, const tool_board_watch *watch, quorsum_status status)
{
    const quorsum_task *task = quorsum_board_task(board);

    if (status == QUORSUM_ERR_TOO_FEW_SHARES)
        return too_few_partials(task, watch, status);
    if (status != QUORSUM_ERR_COHORT)
        return tool_fail(watch->command, watch->board, status);
    if ((watch->contributions > 0 || !tool_board_has(watch->board, "manifest")) &&
        watch->contributions < quorsum_task_min_cohort(task))
        tool_say(watch->command, "%s: %u good contribution%s, at least %u needed (%s)", watch->board,
                 watch->contributions, watch->contributions == 1 ? "" : "s", quorsum_task_min_cohort(task),
                 quorsum_status_name(status));
    else
        tool_say(watch->command, "%s: the task takes %u to %u contributions (%s)", watch->board,
                 quorsum_task_min_cohort(task), quorsum_task_max_cohort(task), quorsum_status_name(status));
    return tool_exit_code(status);
}
