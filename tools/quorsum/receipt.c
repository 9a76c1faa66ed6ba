/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum receipt: the coordinator confirms what has arrived. */
#include "tools/quorsum/command.h"

enum { OPT_BOARD = 1, OPT_IDENTITY, OPT_PASSPHRASE };

static const struct option options[] = {
    {"board", required_argument, NULL, OPT_BOARD},
    {"identity", required_argument, NULL, OPT_IDENTITY},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    TOOL_COMMON_OPTIONS,
};

static int receive(const tool_command *command, quorsum_board *board, const quorsum_identity *coordinator,
                   tool_board_watch *watch, const tool_common *common)
{
    quorsum_watch report = {.report = tool_board_report, .user = watch};
    tool_progress progress;
    quorsum_run run = tool_progress_begin(&progress, common, "check", "contributions");
    int status = tool_board_fail(board, watch, quorsum_board_receive(board, coordinator, &report, &run));

    tool_progress_end(&progress);
    if (status == TOOL_DONE && watch->refused > 0)
        tool_say(command, "%s: %u refused", watch->board, watch->refused);
    if (status == TOOL_DONE)
        printf("%u new receipt%s\n", watch->receipts, watch->receipts == 1 ? "" : "s");
    return status;
}

static int receipt(const tool_command *command, int argc, char **argv)
{
    tool_common common = {0};
    const char *path = NULL, *identity_file = NULL, *passphrase_file = NULL;
    tool_board_watch watch = {0};
    quorsum_identity *coordinator = NULL;
    quorsum_board *board = NULL;
    int option, status;

    while ((option = tool_next_option(command, argc, argv, options, &common, &status)) >= 0) {
        const char **slots[] = {&path, &identity_file, &passphrase_file};

        *slots[option - OPT_BOARD] = optarg;
    }
    if (option == -2)
        return status;
    if (optind != argc)
        return tool_usage(command, "'%s' is one word too many", argv[optind]);
    if (path == NULL || identity_file == NULL)
        return tool_usage(command, "--board and --identity are needed");
    status = tool_board_load(command, &board, path, &watch, &common);
    if (status == TOOL_DONE)
        status = tool_identity_load(command, &coordinator, identity_file, passphrase_file);
    if (status == TOOL_DONE)
        status = tool_check_coordinator(command, board, identity_file, coordinator);
    if (status == TOOL_DONE)
        status = receive(command, board, coordinator, &watch, &common);
    quorsum_identity_free(coordinator);
    quorsum_board_close(board);
    return status;
}

const tool_command command_receipt = {
    .name = "receipt",
    .summary = "as the coordinator, sign for the contributions that have arrived",
    .run = receipt,
    .help =
        "Usage: quorsum receipt --board DIR --identity FILE [OPTION]...\n"
        "Check the contributions that have no receipt yet, name bad ones, and write a receipt for each good one to the\n"
        "board's receipts/. A contributor keeps its receipt: a manifest without its contribution then convicts the\n"
        "coordinator, and trustees refuse it. 'quorsum verify --receipt' shows whether the word was kept.\n\n"
        "      --board DIR       the board\n"
        "      --identity FILE   the coordinator's identity, which made the task\n"
        "      --passphrase-file FILE  unseals the identity (default: ask on the terminal)\n" TOOL_COMMON_HELP,
};
