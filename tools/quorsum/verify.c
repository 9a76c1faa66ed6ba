/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum verify: re-checks a board from its files alone. */
#include "tools/quorsum/totals.h"
#include "tools/quorsum/verify.h"

enum { OPT_BOARD = 1, OPT_RECEIPT, OPT_AGAINST, OPT_QUIET };

static const struct option options[] = {
    {"board", required_argument, NULL, OPT_BOARD},
    {"receipt", required_argument, NULL, OPT_RECEIPT},
    {"against", required_argument, NULL, OPT_AGAINST},
    {"quiet", no_argument, NULL, OPT_QUIET},
    TOOL_COMMON_OPTIONS,
};

static void print_verdict(const quorsum_board *board, const quorsum_result *result)
{
    tool_statement s;

    tool_statement_make(&s, quorsum_board_task(board), result);
    printf("verified: %u contributions, %s, %u bits, degree %u, opened by %zu of %u trustees\nkey  %s\ntask %s\n",
           s.cohort, s.scheme, s.bits, s.degree, s.opened_by_count, s.trustees, s.key, s.task);
}

static int verify_board(const tool_command *command, quorsum_board *board, tool_board_watch *watch,
                        const tool_common *common)
{
    quorsum_watch report = {.report = tool_board_report, .user = watch};
    quorsum_result *result = NULL;
    tool_progress progress;
    quorsum_run run = tool_progress_begin(&progress, common, "verify", "contributions");
    quorsum_status found = quorsum_board_verify(&result, board, &report, &run);
    int status = found == QUORSUM_ERR_AGREEMENT ? tool_board_fail(board, watch, found)
                                                : tool_fail(command, watch->board, found);

    tool_progress_end(&progress);
    if (status == TOOL_DONE && result != NULL)
        print_verdict(board, result);
    quorsum_result_free(result);
    return status;
}

static int verify(const tool_command *command, int argc, char **argv)
{
    tool_common common = {0};
    tool_board_watch watch = {.all = 1};
    quorsum_board *board = NULL;
    const char *path = NULL, *receipt = NULL, *against = NULL;
    int option, status;

    while ((option = tool_next_option(command, argc, argv, options, &common, &status)) >= 0) {
        const char **slots[] = {&path, &receipt, &against};

        if (option == OPT_QUIET)
            watch.all = 0;
        else
            *slots[option - OPT_BOARD] = optarg;
    }
    if (option == -2)
        return status;
    if (optind != argc)
        return tool_usage(command, "'%s' is one word too many", argv[optind]);
    if (receipt != NULL && against != NULL)
        return tool_usage(command, "--receipt or --against, one at a time");
    status = tool_board_load(command, &board, path, &watch, &common);
    if (status == TOOL_DONE && receipt != NULL)
        status = verify_receipt(command, board, path, receipt);
    else if (status == TOOL_DONE && against != NULL)
        status = verify_against(command, board, &watch, against);
    else if (status == TOOL_DONE)
        status = verify_board(command, board, &watch, &common);
    quorsum_board_close(board);
    return status;
}

const tool_command command_verify = {
    .name = "verify",
    .summary = "re-check a whole board from its files alone",
    .run = verify,
    .help =
        "Usage: quorsum verify --board DIR [OPTION]...\n"
        "Check everything again from the files alone: key record, task, every contribution and its proof, the product,\n"
        "receipts, evidence, acknowledgements, every partial decryption, and the result by re-encryption. Writes nothing;\n"
        "needs no secret and no network.\n\n"
        "With --receipt, only whether the manifest holds the contribution that the receipt is for, and the path in the\n"
        "manifest's Merkle tree that shows it. With --against, only whether somebody signed a second manifest or\n"
        "acknowledgement on another copy of the board; then evidence is written to the board's evidence/.\n\n"
        "      --board DIR       the board\n"
        "      --receipt FILE    a receipt that the coordinator gave\n"
        "      --against PATH    another copy of the board, or a manifest or acknowledgement from one\n"
        "      --quiet           do not name what is good\n" TOOL_COMMON_HELP,
};
