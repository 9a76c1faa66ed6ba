/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum verify: re-checks a board from its files alone. */
#include "tools/quorsum/command.h"
#include "tools/quorsum/totals.h"

enum { OPT_BOARD = 1, OPT_QUIET };

static const struct option options[] = {
    {"board", required_argument, NULL, OPT_BOARD},
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

static int verify(const tool_command *command, int argc, char **argv)
{
    tool_common common = {0};
    tool_board_watch watch = {.all = 1};
    quorsum_watch report = {.report = tool_board_report, .user = &watch};
    quorsum_board *board = NULL;
    quorsum_result *result = NULL;
    const char *path = NULL;
    tool_progress progress;
    quorsum_run run;
    int option, status;

    while ((option = tool_next_option(command, argc, argv, options, &common, &status)) >= 0) {
        if (option == OPT_BOARD)
            path = optarg;
        else
            watch.all = 0;
    }
    if (option == -2)
        return status;
    if (optind != argc)
        return tool_usage(command, "'%s' is one word too many", argv[optind]);
    status = tool_board_load(command, &board, path, &watch, &common);
    if (status == TOOL_DONE) {
        run = tool_progress_begin(&progress, &common, "verify", "contributions");
        status = tool_fail(command, path, quorsum_board_verify(&result, board, &report, &run));
        tool_progress_end(&progress);
    }
    if (status == TOOL_DONE && result != NULL)
        print_verdict(board, result);
    quorsum_result_free(result);
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
        "every partial decryption, and the result by re-encryption. Writes nothing; needs no secret and no network.\n\n"
        "      --board DIR       the board\n"
        "      --quiet           name only what is refused\n" TOOL_COMMON_HELP,
};
