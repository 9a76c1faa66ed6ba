/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum aggregate: closes the task and multiplies the contributions. */
#include "tools/quorsum/command.h"

enum { OPT_BOARD = 1, OPT_IDENTITY, OPT_PASSPHRASE };

static const struct option options[] = {
    {"board", required_argument, NULL, OPT_BOARD},
    {"identity", required_argument, NULL, OPT_IDENTITY},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    TOOL_COMMON_OPTIONS,
};

static int aggregate(const tool_command *command, int argc, char **argv)
{
    tool_common common = {0};
    const char *path = NULL, *identity_file = NULL, *passphrase_file = NULL;
    tool_board_watch watch = {0};
    quorsum_watch report = {.report = tool_board_report, .user = &watch};
    quorsum_identity *signer = NULL;
    quorsum_board *board = NULL;
    tool_progress progress;
    quorsum_run run;
    int option, status;

    while ((option = tool_next_option(command, argc, argv, options, &common, &status)) >= 0) {
        if (option == OPT_BOARD)
            path = optarg;
        else if (option == OPT_IDENTITY)
            identity_file = optarg;
        else
            passphrase_file = optarg;
    }
    if (option == -2)
        return status;
    if (optind != argc)
        return tool_usage(command, "'%s' is one word too many", argv[optind]);
    if (path == NULL || identity_file == NULL)
        return tool_usage(command, "--board and --identity are needed");
    status = tool_board_load(command, &board, path, &watch, &common);
    if (status == TOOL_DONE)
        status = tool_identity_load(command, &signer, identity_file, passphrase_file);
    if (status == TOOL_DONE)
        status = tool_check_coordinator(command, board, identity_file, signer);
    if (status == TOOL_DONE) {
        run = tool_progress_begin(&progress, &common, "aggregate", "contributions");
        status = tool_board_fail(board, &watch, quorsum_board_aggregate(board, signer, &report, &run));
        tool_progress_end(&progress);
    }
    if (status == TOOL_DONE && watch.refused > 0)
        tool_say(command, "%s: %u refused; the aggregate holds the others", path, watch.refused);
    if (status == TOOL_DONE)
        printf("manifest and aggregate of %u contributions\n", watch.contributions);
    quorsum_identity_free(signer);
    quorsum_board_close(board);
    return status;
}

const tool_command command_aggregate = {
    .name = "aggregate",
    .summary = "close the task and multiply its contributions",
    .run = aggregate,
    .help =
        "Usage: quorsum aggregate --board DIR --identity FILE [OPTION]...\n"
        "Close the task: check every contribution, leave out and name bad ones, write manifest and aggregate.\n\n"
        "The manifest is the coordinator's word: two of one task, as from two copies of the board, are proof of\n"
        "misbehaviour. Interrupted, the same command continues. Memory does not grow with the cohort.\n\n"
        "      --board DIR       the board\n"
        "      --identity FILE   the coordinator's identity, which made the task\n"
        "      --passphrase-file FILE  unseals the identity (default: ask on the terminal)\n" TOOL_COMMON_HELP,
};
