/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum decrypt: a trustee checks what it is asked to open, and makes its partial decryption. */
#include <stdlib.h>
#include <string.h>

#include "tools/quorsum/command.h"

typedef struct decrypt_options {
    tool_common common;
    const char *board, *share, *identity, *passphrase, *identity_passphrase, *journal;
} decrypt_options;

enum { OPT_BOARD = 1, OPT_SHARE, OPT_IDENTITY, OPT_PASSPHRASE, OPT_IDENTITY_PASSPHRASE, OPT_JOURNAL };

static const struct option options[] = {
    {"board", required_argument, NULL, OPT_BOARD},
    {"share", required_argument, NULL, OPT_SHARE},
    {"identity", required_argument, NULL, OPT_IDENTITY},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    {"identity-passphrase-file", required_argument, NULL, OPT_IDENTITY_PASSPHRASE},
    {"journal", required_argument, NULL, OPT_JOURNAL},
    TOOL_COMMON_OPTIONS,
};

static int parse(const tool_command *command, int argc, char **argv, decrypt_options *o, int *status)
{
    int option;

    while ((option = tool_next_option(command, argc, argv, options, &o->common, status)) >= 0) {
        const char **slots[] = {&o->board, &o->share, &o->identity, &o->passphrase, &o->identity_passphrase, &o->journal};

        *slots[option - OPT_BOARD] = optarg;
    }
    if (option == -2)
        return -1;
    *status = TOOL_USAGE;
    if (optind != argc)
        tool_usage(command, "'%s' is one word too many", argv[optind]);
    else if (o->board == NULL || o->share == NULL || o->identity == NULL)
        tool_usage(command, "--board, --share and --identity are needed");
    else if (strcmp(o->share, "-") == 0 && o->journal == NULL)
        tool_usage(command, "a share from stdin has no place for its journal: --journal is needed");
    else
        return 0;
    return -1;
}

/* It is the share that is the wrong one, so it is named and not the board. */
static int check_share(const tool_command *command, const decrypt_options *o, const quorsum_board *board,
                       const quorsum_key_share *share)
{
    const quorsum_key_record *record = quorsum_task_record(quorsum_board_task(board));
    int same = memcmp(quorsum_key_share_key(share), quorsum_key_record_digest(record), QUORSUM_DIGEST_BYTES) == 0;

    return tool_fail(command, o->share, same ? QUORSUM_OK : QUORSUM_ERR_KEY_MISMATCH);
}

static int decrypt(const tool_command *command, int argc, char **argv)
{
    decrypt_options o = {0};
    tool_board_watch watch = {0};
    quorsum_watch report = {.report = tool_board_report, .user = &watch};
    quorsum_board *board = NULL;
    quorsum_key_share *share = NULL;
    quorsum_identity *identity = NULL;
    char *journal = NULL;
    tool_progress progress;
    quorsum_run run;
    int status;

    if (parse(command, argc, argv, &o, &status) != 0)
        return status;
    status = tool_board_load(command, &board, o.board, &watch, &o.common);
    if (status == TOOL_DONE)
        status = tool_board_closed(command, o.board);
    if (status == TOOL_DONE)
        status = tool_share_load(command, &share, o.share, o.passphrase);
    if (status == TOOL_DONE)
        status = check_share(command, &o, board, share);
    if (status == TOOL_DONE)
        status = tool_trustee_load(command, &identity, o.identity, o.identity_passphrase, o.passphrase);
    if (status == TOOL_DONE)
        status = tool_trustee_check(command, quorsum_task_record(quorsum_board_task(board)), share, identity, o.share,
                                    o.identity);
    if (status == TOOL_DONE && (journal = tool_journal_path(o.journal, o.share)) == NULL)
        status = tool_fail(command, o.share, QUORSUM_ERR_SYSTEM);
    if (status == TOOL_DONE) {
        run = tool_progress_begin(&progress, &o.common, "check and decrypt", "contributions");
        status = tool_board_fail(board, &watch, quorsum_board_decrypt(board, share, identity, journal, &report, &run));
        tool_progress_end(&progress);
    }
    if (status == TOOL_DONE)
        printf("partials/%u\n", quorsum_key_share_trustee(share));
    free(journal);
    quorsum_identity_free(identity);
    quorsum_key_share_free(share);
    quorsum_board_close(board);
    return status;
}

const tool_command command_decrypt = {
    .name = "decrypt",
    .summary = "as a trustee, check the aggregate and make a partial decryption",
    .run = decrypt,
    .help =
        "Usage: quorsum decrypt --board DIR --share FILE --identity FILE [OPTION]...\n"
        "Do what 'quorsum acknowledge' does, if it was not done; then, once as many trustees as the task demands have\n"
        "acknowledged the same manifest, write the partial decryption to the board. Run it again when they have.\n\n"
        "A cohort that is too small, a bad or missing contribution, a wrong product, a broken receipt, or a second\n"
        "manifest for the same task is refused. Keep the journal: without it a trustee cannot know what it opened.\n\n"
        "      --board DIR       the board\n"
        "      --share FILE      the sealed key share\n"
        "      --identity FILE   the trustee's signing identity\n"
        "      --passphrase-file FILE  its first line unseals the share (default: ask on the terminal)\n"
        "      --identity-passphrase-file FILE  unseals the identity (default: the same file)\n"
        "      --journal FILE    the trustee's journal (default: the share's name with .journal)\n" TOOL_COMMON_HELP,
};
