/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum contribute: encrypts a contributor's numbers, proves, signs, and drops them on the board. */
#include <stdlib.h>
#include <string.h>

#include "tools/quorsum/command.h"
#include "tools/quorsum/input.h"

typedef struct contribute_options {
    tool_common common;
    const char *board, *identity, *input, *passphrase, *pool;
    const char **choices; /* lent argv, as many as there were */
    size_t choice_count;
    uint64_t weight;
    int has_weight;
} contribute_options;

enum { OPT_BOARD = 1, OPT_IDENTITY, OPT_INPUT, OPT_PASSPHRASE, OPT_POOL, OPT_WEIGHT, OPT_CHOICE };

static const struct option options[] = {
    {"board", required_argument, NULL, OPT_BOARD},
    {"identity", required_argument, NULL, OPT_IDENTITY},
    {"input", required_argument, NULL, OPT_INPUT},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    {"pool", required_argument, NULL, OPT_POOL},
    {"weight", required_argument, NULL, OPT_WEIGHT},
    {"choice", required_argument, NULL, OPT_CHOICE},
    TOOL_COMMON_OPTIONS,
};

static int parse(const tool_command *command, int argc, char **argv, contribute_options *o, int *status)
{
    int option;

    while ((option = tool_next_option(command, argc, argv, options, &o->common, status)) >= 0) {
        const char **slots[] = {&o->board, &o->identity, &o->input, &o->passphrase, &o->pool};

        if (option == OPT_CHOICE) {
            o->choices[o->choice_count++] = optarg;
        } else if (option != OPT_WEIGHT) {
            *slots[option - OPT_BOARD] = optarg;
        } else if (tool_number(command, "--weight", optarg, 0, UINT64_C(1) << 40, &o->weight) != 0) {
            *status = TOOL_USAGE;
            return -1;
        } else {
            o->has_weight = 1;
        }
    }
    if (option == -2)
        return -1;
    *status = TOOL_USAGE;
    if (optind != argc)
        tool_usage(command, "'%s' is one word too many", argv[optind]);
    else if (o->board == NULL || o->identity == NULL || (o->input == NULL) == (o->choice_count == 0))
        tool_usage(command, "--board, --identity and either --input or --choice are needed");
    else
        return 0;
    return -1;
}

/* Clipping is said out loud: a sum of clipped values is not the sum of what was given. */
static void report_clipping(const tool_command *command, const quorsum_plan *plan, const tool_input *input)
{
    for (size_t i = 0; i < quorsum_plan_fields(plan); i++) {
        const quorsum_field *field = quorsum_plan_field(plan, i);

        if (input->clipped[i] > 0)
            tool_say(command, "warning: field '%s': %llu of %u values clipped to the range of %u bits%s", field->name,
                     (unsigned long long)input->clipped[i], field->count, field->bits,
                     field->clip > 0 ? " and the task's clip" : "");
    }
}

static int check_weight(const tool_command *command, const contribute_options *o, const quorsum_task *task)
{
    uint32_t bits = quorsum_task_weight_bits(task);

    if (bits == 0 && o->has_weight)
        return tool_usage(command, "--weight: the task is unweighted");
    if (bits > 0 && !o->has_weight)
        return tool_usage(command, "the task is weighted: give a --weight below %llu",
                          (unsigned long long)(UINT64_C(1) << bits));
    if (bits > 0 && o->weight >> bits != 0)
        return tool_usage(command, "--weight %llu: the task allows less than %llu", (unsigned long long)o->weight,
                          (unsigned long long)(UINT64_C(1) << bits));
    return TOOL_DONE;
}

/*
 * What can be told before anything is encrypted and the randomisers of a pool are spent. The board has the last word, when
 * the contribution is dropped.
 */
static int check_place(const tool_command *command, const quorsum_board *board, const char *path,
                       const quorsum_identity *identity, uint32_t *sequence)
{
    const uint8_t *sender = quorsum_identity_public(identity);
    quorsum_status status;

    if (tool_board_has(path, "manifest"))
        status = QUORSUM_ERR_CLOSED;
    else if (!quorsum_task_admits(quorsum_board_task(board), sender))
        status = QUORSUM_ERR_NOT_ADMITTED;
    else
        status = quorsum_board_sequence(sequence, board, sender);
    return tool_fail(command, path, status);
}

static int say_dropped(const quorsum_board *board, const tool_board_watch *watch, quorsum_status status)
{
    if (status != QUORSUM_ERR_COHORT)
        return tool_fail(watch->command, watch->board, status);
    tool_say(watch->command, "%s: the board is full: the task takes %u contributions (%s)", watch->board,
             quorsum_task_max_cohort(quorsum_board_task(board)), quorsum_status_name(status));
    return tool_exit_code(status);
}

/* With randomisers from the pool file, as far as they go. What was taken is spent, whatever comes of the contribution. */
static int prepare(const tool_command *command, const contribute_options *o, quorsum_encryptor **out,
                   const quorsum_task *task, const quorsum_identity *identity, const quorsum_run *run)
{
    const quorsum_public_key *key = quorsum_key_record_public(quorsum_task_record(task));
    size_t needed = quorsum_plan_plaintexts(quorsum_task_plan(task));
    size_t ready;
    int status;

    if (o->pool == NULL)
        return tool_fail(command, "encryptor", quorsum_encryptor_new(out, key, run));
    status = tool_fail(command, o->pool, quorsum_pool_open(out, o->pool, key, identity, needed));
    if (status != TOOL_DONE)
        return status;
    ready = quorsum_pool_available(*out);
    tool_say(command, "%s: %zu randomiser%s taken, %zu to compute", o->pool, ready, ready == 1 ? "" : "s",
             needed - ready);
    return TOOL_DONE;
}

static int encrypt_and_drop(const tool_command *command, const contribute_options *o, quorsum_board *board,
                            const tool_board_watch *watch, const quorsum_identity *identity, uint32_t sequence,
                            const tool_input *input, const quorsum_run *run)
{
    const quorsum_task *task = quorsum_board_task(board);
    quorsum_encryptor *encryptor = NULL;
    quorsum_bytes message = {0};
    uint64_t weight = quorsum_task_weight_bits(task) == 0 ? 1 : o->weight;
    char name[TOOL_HEX(QUORSUM_IDENTITY_BYTES)];
    int status = prepare(command, o, &encryptor, task, identity, run);

    if (status == TOOL_DONE)
        status = tool_fail(command, o->input != NULL ? o->input : "ballot",
                           quorsum_contribution_make(&message, task, encryptor, identity, input->values, input->count,
                                                     weight, sequence, run));
    if (status == TOOL_DONE)
        status = say_dropped(board, watch, quorsum_board_contribute(board, &message, run));
    if (status == TOOL_DONE) {
        tool_hex(name, quorsum_identity_public(identity), QUORSUM_IDENTITY_BYTES);
        if (sequence == 1)
            printf("contributions/%s\n", name);
        else
            printf("contributions/%s-%u (counts in place of those before)\n", name, sequence);
        if (input->rows > 0)
            printf("%llu row%s read, ", (unsigned long long)input->rows, input->rows == 1 ? "" : "s");
        printf("%zu value%s in %zu bytes (%.2f a value)\n", input->count, input->count == 1 ? "" : "s", message.len,
               (double)message.len / (double)input->count);
    }
    quorsum_bytes_free(&message);
    quorsum_encryptor_free(encryptor);
    return status;
}

static int contribute(const tool_command *command, int argc, char **argv)
{
    contribute_options o = {.choices = calloc((size_t)argc, sizeof *o.choices)};
    tool_board_watch watch = {0};
    quorsum_board *board = NULL;
    quorsum_identity *identity = NULL;
    tool_input input = {0};
    tool_progress progress;
    quorsum_run run;
    uint32_t sequence = 0;
    char error[256];
    int status;

    if (o.choices == NULL)
        return tool_fail(command, "options", QUORSUM_ERR_MEMORY);
    if (parse(command, argc, argv, &o, &status) != 0) {
        free(o.choices);
        return status;
    }
    status = tool_board_load(command, &board, o.board, &watch, &o.common);
    if (status == TOOL_DONE)
        status = check_weight(command, &o, quorsum_board_task(board));
    if (status == TOOL_DONE)
        status = tool_identity_load(command, &identity, o.identity, o.passphrase);
    if (status == TOOL_DONE)
        status = check_place(command, board, o.board, identity, &sequence);
    if (status == TOOL_DONE) {
        const quorsum_plan *plan = quorsum_task_plan(quorsum_board_task(board));

        if (o.choice_count > 0)
            status = tool_exit_code(tool_input_choices(&input, plan, o.choices, o.choice_count, error));
        else
            status = tool_exit_code(tool_input_read(&input, plan, o.input, error));
        if (status != TOOL_DONE)
            tool_say(command, "%s", error);
        else
            report_clipping(command, plan, &input);
    }
    if (status == TOOL_DONE) {
        run = tool_progress_begin(&progress, &o.common, "encrypt", "ciphertexts");
        status = encrypt_and_drop(command, &o, board, &watch, identity, sequence, &input, &run);
        tool_progress_end(&progress);
    }
    free(o.choices);
    tool_input_free(&input);
    quorsum_identity_free(identity);
    quorsum_board_close(board);
    return status;
}

const tool_command command_contribute = {
    .name = "contribute",
    .summary = "encrypt, prove and sign one's numbers, and drop them on the board",
    .run = contribute,
    .help =
        "Usage: quorsum contribute --board DIR --identity FILE --input FILE [OPTION]...\n"
        "  or:  quorsum contribute --board DIR --identity FILE --choice FIELD=OPTION... [OPTION]...\n"
        "Read a table (CSV with a header line) or an array (.npy of float32, float64, int32 or int64), encrypt it under\n"
        "the task's key, prove knowledge of it, sign it and drop it on the board. Each identity contributes once, unless\n"
        "the task says that the last contribution counts: then a further one takes the place of those before.\n"
        "For a task of choices, name what is chosen: --choice \"Mayor=Alice\", once for each choice, \"Mayor=\" for none.\n"
        "Others who can list the processes of this machine may see a command line: --input - reads 0s and 1s instead,\n"
        "as a table: columns Mayor[0], Mayor[1] and so on, in the order of the options, and one row.\n\n"
        "A field takes the column of its name. A field of count K takes that column of a table of K rows, or the columns\n"
        "NAME[0] to NAME[K-1] of a table of one row. A field with \"reduce\" takes the count, the sum or the sum of\n"
        "squares over all rows. An array gives all values in order. Clipped values are counted and reported.\n\n"
        "      --board DIR       the board; its key and task are checked first\n"
        "      --identity FILE   who signs\n"
        "      --input FILE      the numbers; - reads stdin\n"
        "      --choice FIELD=OPTION  a choice, for a task of choices\n"
        "      --passphrase-file FILE  unseals the identity (default: ask on the terminal)\n"
        "      --pool FILE       take randomisers from this file of 'quorsum pool'; what it lacks is computed\n"
        "      --weight W        this contribution's weight, for a weighted task\n" TOOL_COMMON_HELP,
};
