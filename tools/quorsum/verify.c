/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum verify: re-checks a board, or a ceremony, from its files alone. */
#include "tools/quorsum/ceremony.h"
#include "tools/quorsum/totals.h"
#include "tools/quorsum/verify.h"

enum { OPT_BOARD = 1, OPT_RECEIPT, OPT_AGAINST, OPT_KEY, OPT_QUIET };

static const struct option options[] = {
    {"board", required_argument, NULL, OPT_BOARD},
    {"receipt", required_argument, NULL, OPT_RECEIPT},
    {"against", required_argument, NULL, OPT_AGAINST},
    {"key", required_argument, NULL, OPT_KEY},
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

typedef struct verify_options {
    tool_common common;
    const char *board, *receipt, *against, *key;
    int quiet;
} verify_options;

static int check_board(const tool_command *command, const verify_options *o)
{
    tool_board_watch watch = {.all = !o->quiet};
    quorsum_board *board = NULL;
    int status;

    if (o->receipt != NULL && o->against != NULL)
        return tool_usage(command, "--receipt or --against, one at a time");
    if (o->key != NULL)
        return tool_usage(command, "--key is for a ceremony's directory; a board has its key");
    status = tool_board_load(command, &board, o->board, &watch, &o->common);
    if (status == TOOL_DONE && o->receipt != NULL)
        status = verify_receipt(command, board, o->board, o->receipt);
    else if (status == TOOL_DONE && o->against != NULL)
        status = verify_against(command, board, &watch, o->against);
    else if (status == TOOL_DONE)
        status = verify_board(command, board, &watch, &o->common);
    quorsum_board_close(board);
    return status;
}

static int verify(const tool_command *command, int argc, char **argv)
{
    verify_options o = {0};
    int option, status;

    while ((option = tool_next_option(command, argc, argv, options, &o.common, &status)) >= 0) {
        const char **slots[] = {&o.board, &o.receipt, &o.against, &o.key};

        if (option == OPT_QUIET)
            o.quiet = 1;
        else
            *slots[option - OPT_BOARD] = optarg;
    }
    if (option == -2)
        return status;
    if (optind == argc)
        return check_board(command, &o);
    if (optind + 1 != argc || o.board != NULL || o.receipt != NULL || o.against != NULL)
        return tool_usage(command, "'%s' is one word too many", argv[argc - 1]);
    if (!ceremony_is_there(argv[optind]))
        return tool_usage(command, "%s: no ceremony's directory; a board is verified with --board", argv[optind]);
    return verify_ceremony(command, argv[optind], o.key, o.quiet, &o.common);
}

const tool_command command_verify = {
    .name = "verify",
    .summary = "re-check a whole board, or a ceremony, from its files alone",
    .run = verify,
    .help =
        "Usage: quorsum verify --board DIR [OPTION]...\n"
        "  or:  quorsum verify CEREMONY [--key FILE] [OPTION]...\n"
        "Check everything again from the files alone: key record, task, every contribution and its proof, the product,\n"
        "receipts, evidence, acknowledgements, every partial decryption, and the result by re-encryption. Writes nothing;\n"
        "needs no secret and no network.\n\n"
        "With --receipt, only whether the manifest holds the contribution that the receipt is for, and the path in the\n"
        "manifest's Merkle tree that shows it. With --against, only whether somebody signed a second manifest or\n"
        "acknowledgement on another copy of the board; then evidence is written to the board's evidence/.\n\n"
        "CEREMONY is the directory of a ceremony ('quorsum ceremony'): every message of every step is replayed, as a\n"
        "trustee would, with every signature, echo, commitment and opening, the failed batches, the 64 iterations of\n"
        "the test of the modulus, the key check, the root certificate, and the confirmations. Prints the key's\n"
        "fingerprint, or who deviated.\n\n"
        "      --board DIR       the board\n"
        "      --key FILE        of a ceremony: a key record that must be the one it made\n"
        "      --receipt FILE    a receipt that the coordinator gave\n"
        "      --against PATH    another copy of the board, or a manifest or acknowledgement from one\n"
        "      --quiet           do not name what is good\n" TOOL_COMMON_HELP,
};
