/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum complete: does a part of the public work of opening, so that several machines can share it. */
#include <stdlib.h>
#include <string.h>

#include "tools/quorsum/command.h"

enum { OPT_BOARD = 1, OPT_PART };

static const struct option options[] = {
    {"board", required_argument, NULL, OPT_BOARD},
    {"part", required_argument, NULL, OPT_PART},
    TOOL_COMMON_OPTIONS,
};

typedef struct work_part {
    uint64_t number;
    uint64_t parts;
} work_part;

/* "K/N"; 0, or -1 after saying what is wrong. */
static int read_part(const tool_command *command, work_part *out, const char *text)
{
    const char *slash = strchr(text, '/');
    char number[16] = "";

    if (slash == NULL || slash == text || (size_t)(slash - text) >= sizeof number) {
        tool_usage(command, "--part: '%s' is not of the form K/N, such as 2/3", text);
        return -1;
    }
    memcpy(number, text, (size_t)(slash - text));
    if (tool_number(command, "--part, behind the '/'", slash + 1, 1, UINT32_MAX, &out->parts) != 0)
        return -1;
    return tool_number(command, "--part, before the '/'", number, 1, out->parts, &out->number);
}

static int complete_part(const tool_command *command, quorsum_board *board, const work_part *part,
                         const quorsum_identity *signer, tool_board_watch *watch, const tool_common *common)
{
    quorsum_watch report = {.report = tool_board_report, .user = watch};
    tool_progress progress;
    quorsum_run run;
    char object[64];
    int there, status;

    snprintf(object, sizeof object, "completions/%u-of-%u", (unsigned)part->number, (unsigned)part->parts);
    there = tool_board_has(watch->board, object);
    run = tool_progress_begin(&progress, common, "complete", "ciphertexts");
    status = tool_board_fail(board, watch, quorsum_board_complete(board, (uint32_t)part->number, (uint32_t)part->parts,
                                                                  signer, &report, &run));
    tool_progress_end(&progress);
    if (status == TOOL_DONE && there)
        tool_say(command, "%s: %s is there already, and right: nothing was done", watch->board, object);
    if (status == TOOL_DONE)
        printf("%s\n", object);
    return status;
}

static int complete(const tool_command *command, int argc, char **argv)
{
    tool_common common = {0};
    const char *path = NULL, *text = NULL;
    tool_board_watch watch = {0};
    quorsum_identity *signer = NULL;
    quorsum_board *board = NULL;
    work_part part = {0};
    size_t count;
    int option, status;

    while ((option = tool_next_option(command, argc, argv, options, &common, &status)) >= 0) {
        if (option == OPT_BOARD)
            path = optarg;
        else
            text = optarg;
    }
    if (option == -2)
        return status;
    if (optind != argc)
        return tool_usage(command, "'%s' is one word too many", argv[optind]);
    if (text == NULL)
        return tool_usage(command, "--part is missing");
    if (read_part(command, &part, text) != 0)
        return TOOL_USAGE;
    status = tool_board_load(command, &board, path, &watch, &common);
    if (status == TOOL_DONE)
        status = tool_board_closed(command, path);
    count = status == TOOL_DONE ? quorsum_plan_plaintexts(quorsum_task_plan(quorsum_board_task(board))) : 0;
    if (status == TOOL_DONE && part.parts > count)
        status = tool_usage(command, "--part %s: the aggregate has only %zu ciphertext%s to share out", text, count,
                            count == 1 ? "" : "s");
    if (status == TOOL_DONE)
        status = tool_identity_load(command, &signer, NULL, NULL);
    if (status == TOOL_DONE)
        status = complete_part(command, board, &part, signer, &watch, &common);
    quorsum_identity_free(signer);
    quorsum_board_close(board);
    return status;
}

const tool_command command_complete = {
    .name = "complete",
    .summary = "do a part of the public work of opening, on any machine",
    .run = complete,
    .help =
        "Usage: quorsum complete --board DIR --part K/N [OPTION]...\n"
        "Combine and complete the K-th of N nearly equal parts of the aggregate's ciphertexts, and write one file\n"
        "to the board's completions/. Needs a quorum of partial decryptions on the board, and no secret.\n\n"
        "Copy the board to N machines, run a part on each, copy the completions/ together, and run 'quorsum open'\n"
        "there: it checks each file, names and ignores a wrong one, and does itself what is missing. So the machines\n"
        "need not be trusted. Parts of different N may lie side by side. Run again, the same command does nothing.\n\n"
        "      --board DIR       the board\n"
        "      --part K/N        which part, such as 2/3\n" TOOL_COMMON_HELP,
};
