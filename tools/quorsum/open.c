/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum open: combines the partial decryptions, writes the result, and prints the totals. */
#include <string.h>

#include "tools/quorsum/command.h"
#include "tools/quorsum/totals.h"

enum { OPT_BOARD = 1, OPT_FORMAT, OPT_IDENTITY, OPT_PASSPHRASE };

static const struct option options[] = {
    {"board", required_argument, NULL, OPT_BOARD},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"identity", required_argument, NULL, OPT_IDENTITY},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    TOOL_COMMON_OPTIONS,
};

static tool_format find_format(const char *name)
{
    static const struct {
        const char *name;
        tool_format format;
    } formats[] = {{"table", tool_format_table}, {"csv", tool_format_csv},   {"json", tool_format_json},
                   {"npy", tool_format_npy},     {"html", tool_format_html}};

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(name, formats[i].name) == 0)
            return formats[i].format;
    return NULL;
}

static int print_result(const tool_command *command, const quorsum_board *board, const quorsum_result *result,
                        tool_format format)
{
    const quorsum_task *task = quorsum_board_task(board);
    tool_statement statement;

    tool_statement_make(&statement, task, result);
    if (format(stdout, &statement, quorsum_task_plan(task), quorsum_result_totals(result)) != 0) {
        tool_say(command, "stdout: cannot write");
        return TOOL_FAILED;
    }
    return TOOL_DONE;
}

static int open_board(const tool_command *command, int argc, char **argv)
{
    tool_common common = {0};
    const char *path = NULL, *identity_file = NULL, *passphrase_file = NULL, *format = "table";
    tool_board_watch watch = {0};
    quorsum_watch report = {.report = tool_board_report, .user = &watch};
    quorsum_identity *signer = NULL;
    quorsum_board *board = NULL;
    quorsum_result *result = NULL;
    tool_progress progress;
    quorsum_run run;
    int option, status;

    while ((option = tool_next_option(command, argc, argv, options, &common, &status)) >= 0) {
        const char **slots[] = {&path, &format, &identity_file, &passphrase_file};

        *slots[option - OPT_BOARD] = optarg;
    }
    if (option == -2)
        return status;
    if (optind != argc)
        return tool_usage(command, "'%s' is one word too many", argv[optind]);
    if (find_format(format) == NULL)
        return tool_usage(command, "--format: '%s' is none of table, csv, json, npy, html", format);
    status = tool_board_load(command, &board, path, &watch, &common);
    if (status == TOOL_DONE)
        status = tool_board_closed(command, path);
    if (status == TOOL_DONE)
        status = tool_identity_load(command, &signer, identity_file, passphrase_file);
    if (status == TOOL_DONE) {
        run = tool_progress_begin(&progress, &common, "open", "ciphertexts");
        status = tool_board_fail(board, &watch, quorsum_board_result(&result, board, signer, &report, &run));
        tool_progress_end(&progress);
    }
    if (status == TOOL_DONE && watch.completions > 0)
        tool_say(command, "%s: %u completion%s used", path, watch.completions, watch.completions == 1 ? "" : "s");
    if (status == TOOL_DONE)
        status = print_result(command, board, result, find_format(format));
    quorsum_result_free(result);
    quorsum_identity_free(signer);
    quorsum_board_close(board);
    return status;
}

const tool_command command_open = {
    .name = "open",
    .summary = "combine the partial decryptions and print the totals",
    .run = open_board,
    .help =
        "Usage: quorsum open --board DIR [OPTION]...\n"
        "Combine the partial decryptions that prove themselves, name those that do not, check the totals by\n"
        "re-encryption, write the result to the board and print it. Needs no secret. Run again, it prints the same.\n\n"
        "What 'quorsum complete' has done of the work is checked and used; a wrong file is named and ignored.\n\n"
        "      --board DIR       the board\n"
        "      --format FORM     table (default), csv, json, npy (float64 totals) or html (one self-contained page)\n"
        "      --identity FILE   who signs the result (default: a one-time identity; the result proves itself)\n"
        "      --passphrase-file FILE  the passphrase of that identity\n" TOOL_COMMON_HELP,
};
