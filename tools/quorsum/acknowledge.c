/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum acknowledge: a trustee checks the manifest and says so, or, while the task is open, verifies in advance. */
#include <stdlib.h>
#include <string.h>

#include "tools/quorsum/command.h"

enum { OPT_BOARD = 1, OPT_IDENTITY, OPT_PASSPHRASE, OPT_JOURNAL, OPT_SHARE };

static const struct option options[] = {
    {"board", required_argument, NULL, OPT_BOARD},
    {"identity", required_argument, NULL, OPT_IDENTITY},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    {"journal", required_argument, NULL, OPT_JOURNAL},
    {"share", required_argument, NULL, OPT_SHARE},
    TOOL_COMMON_OPTIONS,
};

typedef struct acknowledge_options {
    tool_common common;
    const char *board, *identity, *passphrase, *journal, *share;
} acknowledge_options;

static int parse(const tool_command *command, int argc, char **argv, acknowledge_options *o, int *status)
{
    int option;

    while ((option = tool_next_option(command, argc, argv, options, &o->common, status)) >= 0) {
        const char **slots[] = {&o->board, &o->identity, &o->passphrase, &o->journal, &o->share};

        *slots[option - OPT_BOARD] = optarg;
    }
    if (option == -2)
        return -1;
    *status = TOOL_USAGE;
    if (optind != argc)
        tool_usage(command, "'%s' is one word too many", argv[optind]);
    else if (o->board == NULL || o->identity == NULL)
        tool_usage(command, "--board and --identity are needed");
    else if (o->journal == NULL && o->share == NULL)
        tool_usage(command, "--journal is needed, or --share to find the journal beside it");
    else
        return 0;
    return -1;
}

static uint32_t find_trustee(const quorsum_task *task, const quorsum_identity *identity)
{
    const quorsum_key_record *record = quorsum_task_record(task);

    for (uint32_t i = 1; i <= quorsum_key_record_trustees(record); i++) {
        const uint8_t *trustee = quorsum_key_record_trustee(record, i);

        if (trustee != NULL && memcmp(trustee, quorsum_identity_public(identity), QUORSUM_IDENTITY_BYTES) == 0)
            return i;
    }
    return 0;
}

static int examine(const tool_command *command, quorsum_board *board, const char *journal, tool_board_watch *watch,
                   const tool_common *common)
{
    quorsum_watch report = {.report = tool_board_report, .user = watch};
    tool_progress progress;
    quorsum_run run = tool_progress_begin(&progress, common, "verify", "contributions");
    int status = tool_board_fail(board, watch, quorsum_board_examine(board, journal, &report, &run));

    tool_progress_end(&progress);
    if (status == TOOL_DONE) {
        tool_say(command, "%s: the task is still open; nothing is acknowledged yet", watch->board);
        printf("%u contribution%s verified, %u receipt%s noted\n", watch->contributions,
               watch->contributions == 1 ? "" : "s", watch->receipts, watch->receipts == 1 ? "" : "s");
    }
    return status;
}

static int agree(quorsum_board *board, const quorsum_identity *identity, const char *journal, tool_board_watch *watch,
                 const tool_common *common)
{
    quorsum_watch report = {.report = tool_board_report, .user = watch};
    tool_progress progress;
    quorsum_run run = tool_progress_begin(&progress, common, "check", "contributions");
    int status = tool_board_fail(board, watch, quorsum_board_acknowledge(board, identity, journal, &report, &run));

    tool_progress_end(&progress);
    if (status == TOOL_DONE)
        printf("acks/%u\n", find_trustee(quorsum_board_task(board), identity));
    return status;
}

static int acknowledge(const tool_command *command, int argc, char **argv)
{
    acknowledge_options o = {0};
    tool_board_watch watch = {0};
    quorsum_board *board = NULL;
    quorsum_identity *identity = NULL;
    char *journal = NULL;
    int status;

    if (parse(command, argc, argv, &o, &status) != 0)
        return status;
    status = tool_board_load(command, &board, o.board, &watch, &o.common);
    if (status == TOOL_DONE)
        status = tool_identity_load(command, &identity, o.identity, o.passphrase);
    if (status == TOOL_DONE && find_trustee(quorsum_board_task(board), identity) == 0)
        status = tool_fail(command, o.identity, QUORSUM_ERR_TRUSTEE);
    if (status == TOOL_DONE && (journal = tool_journal_path(o.journal, o.share)) == NULL)
        status = tool_fail(command, o.share, QUORSUM_ERR_SYSTEM);
    if (status == TOOL_DONE && tool_board_has(o.board, "manifest"))
        status = agree(board, identity, journal, &watch, &o.common);
    else if (status == TOOL_DONE)
        status = examine(command, board, journal, &watch, &o.common);
    free(journal);
    quorsum_identity_free(identity);
    quorsum_board_close(board);
    return status;
}

const tool_command command_acknowledge = {
    .name = "acknowledge",
    .summary = "as a trustee, check the manifest and agree to it",
    .run = acknowledge,
    .help =
        "Usage: quorsum acknowledge --board DIR --identity FILE --share FILE [OPTION]...\n"
        "  or:  quorsum acknowledge --board DIR --identity FILE --journal FILE [OPTION]...\n"
        "Check every contribution of the manifest, the product, the cohort and the receipts, note in the journal that\n"
        "this manifest is the one opened for this task, and say so on the board. Trustees decrypt once enough of them\n"
        "agree. 'quorsum decrypt' does all this, too: acknowledging needs no key share, and can be done before.\n\n"
        "While the task is open: verify the contributions that are there and note their digests and the receipts in the\n"
        "journal, as often as you like. What was verified once is not verified again.\n\n"
        "A second manifest of the task is refused, and evidence written to the board; so is one that leaves out a\n"
        "contribution whose receipt is on the board or was seen. Keep the journal: without it a trustee cannot know what\n"
        "it agreed to.\n\n"
        "      --board DIR       the board\n"
        "      --identity FILE   the trustee's signing identity\n"
        "      --passphrase-file FILE  unseals the identity (default: ask on the terminal)\n"
        "      --journal FILE    the trustee's journal (default: the share's name with .journal)\n"
        "      --share FILE      the key share, not read: only to find the journal beside it\n" TOOL_COMMON_HELP,
};
