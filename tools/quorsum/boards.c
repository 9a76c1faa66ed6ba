/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a board for a subcommand, and saying what was found on it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/quorsum/command.h"

static unsigned is_in(const char *object, const char *folder)
{
    return strncmp(object, folder, strlen(folder)) == 0;
}

/* The file behind a name on the board, if it is short. */
static int read_object(quorsum_bytes *out, const tool_board_watch *watch, const char *object)
{
    char *path = tool_join(watch->board, object);
    int found = watch->task != NULL && tool_read(out, path, 1 << 16) == QUORSUM_OK;

    free(path);
    return found;
}

/* The report says that it is a proof; here is what it proves. 0 when it cannot be read again. */
static int say_evidence(const tool_board_watch *watch, const char *object)
{
    char who[TOOL_HEX(QUORSUM_IDENTITY_BYTES)], first[TOOL_HEX(QUORSUM_DIGEST_BYTES)];
    char second[TOOL_HEX(QUORSUM_DIGEST_BYTES)], role[48] = "the coordinator";
    quorsum_evidence *evidence = NULL;
    quorsum_bytes bytes = {0};
    int said = read_object(&bytes, watch, object) &&
               quorsum_evidence_decode(&evidence, watch->task, bytes.data, bytes.len) == QUORSUM_OK;

    if (said) {
        uint32_t trustee = quorsum_evidence_trustee(evidence);

        if (trustee > 0)
            snprintf(role, sizeof role, "trustee %u", trustee);
        tool_hex(who, quorsum_evidence_accused(evidence), QUORSUM_IDENTITY_BYTES);
        tool_hex(first, quorsum_evidence_digest(evidence, 0), QUORSUM_DIGEST_BYTES);
        tool_hex(second, quorsum_evidence_digest(evidence, 1), QUORSUM_DIGEST_BYTES);
        tool_say(watch->command, "%s %s signed two %s of this task: %s and %s (%s, %s)", role, who,
                 trustee > 0 ? "acknowledgements" : "manifests", first, second, object,
                 quorsum_status_name(QUORSUM_ERR_EQUIVOCATION));
    }
    quorsum_evidence_free(evidence);
    quorsum_bytes_free(&bytes);
    return said;
}

void tool_say_omitted(const tool_command *command, const char *object, const quorsum_task *task,
                      const quorsum_receipt *receipt)
{
    char coordinator[TOOL_HEX(QUORSUM_IDENTITY_BYTES)], who[TOOL_HEX(QUORSUM_IDENTITY_BYTES)];
    char contribution[TOOL_HEX(QUORSUM_DIGEST_BYTES)];

    tool_hex(coordinator, quorsum_task_coordinator(task), QUORSUM_IDENTITY_BYTES);
    tool_hex(who, quorsum_receipt_contributor(receipt), QUORSUM_IDENTITY_BYTES);
    tool_hex(contribution, quorsum_receipt_contribution(receipt), QUORSUM_DIGEST_BYTES);
    tool_say(command, "the coordinator %s broke its word: it gave %s a receipt for contribution %s, and its manifest "
             "leaves it out (%s, %s)", coordinator, who, contribution, object, quorsum_status_name(QUORSUM_ERR_OMITTED));
}

static int say_receipt(const tool_board_watch *watch, const char *object)
{
    quorsum_receipt *receipt = NULL;
    quorsum_bytes bytes = {0};
    int said = read_object(&bytes, watch, object) &&
               quorsum_receipt_decode(&receipt, watch->task, bytes.data, bytes.len) == QUORSUM_OK;

    if (said && tool_board_has(watch->board, "manifest"))
        tool_say_omitted(watch->command, object, watch->task, receipt);
    else if (said)
        tool_say(watch->command, "%s was given, and its contribution is not there or no longer good: put it back (%s)",
                 object, quorsum_status_name(QUORSUM_ERR_OMITTED));
    quorsum_receipt_free(receipt);
    quorsum_bytes_free(&bytes);
    return said;
}

/* The file of a step that has not been done; a message of another round has the same status, and is there. */
static int say_missing(const tool_board_watch *watch, const char *object)
{
    const char *step = strcmp(object, "manifest") == 0 || strcmp(object, "aggregate") == 0 ? "aggregate"
                       : strcmp(object, "result") == 0                                     ? "open"
                                                                                           : NULL;

    if (step == NULL || tool_board_has(watch->board, object))
        return 0;
    tool_say(watch->command, "%s: not on the board yet: 'quorsum %s' writes it (%s)", object, step,
             quorsum_status_name(QUORSUM_ERR_MISSING));
    return 1;
}

/* What a refusal is about, where its object says more than its status. */
static int say_more(const tool_board_watch *watch, const char *object, quorsum_status status)
{
    if (status == QUORSUM_ERR_EQUIVOCATION && is_in(object, "evidence/"))
        return say_evidence(watch, object);
    if (status == QUORSUM_ERR_OMITTED && is_in(object, "receipts/"))
        return say_receipt(watch, object);
    if (status == QUORSUM_ERR_MISSING)
        return say_missing(watch, object);
    return status == QUORSUM_ERR_AGREEMENT && strcmp(object, "acks") == 0; /* tool_board_fail says it, with numbers */
}

void tool_board_report(const char *object, const uint8_t *who, quorsum_status status, void *user)
{
    tool_board_watch *watch = user;
    char name[TOOL_HEX(QUORSUM_IDENTITY_BYTES)] = "";
    const char *by = "";

    if (status == QUORSUM_OK) {
        watch->partials += is_in(object, "partials/");
        watch->contributions += is_in(object, "contributions/");
        watch->completions += is_in(object, "completions/");
        watch->receipts += is_in(object, "receipts/");
        watch->acks += is_in(object, "acks/");
        if (watch->all)
            tool_say(watch->command, "%s: ok", object);
        return;
    }
    if (status == QUORSUM_ERR_SUPERSEDED) { /* as the task has it: nothing is wrong with it or with its sender */
        tool_say(watch->command, "passed over %s: %s (%s)", object, quorsum_status_text(status),
                 quorsum_status_name(status));
        return;
    }
    watch->refused++;
    if (say_more(watch, object, status))
        return;
    if (who != NULL)
        tool_hex(name, who, QUORSUM_IDENTITY_BYTES);
    if (who != NULL) /* whoever wrote a file can put another's name in it */
        by = status == QUORSUM_ERR_SIGNATURE ? " in the name of " : " by ";
    tool_say(watch->command, "refused %s%s%s: %s (%s)", object, by, name,
             status == QUORSUM_ERR_SYSTEM && errno != 0 ? strerror(errno) : quorsum_status_text(status),
             quorsum_status_name(status));
}

int tool_board_has(const char *board, const char *object)
{
    char *path = tool_join(board, object);
    struct stat there;
    int found = stat(path, &there) == 0;

    free(path);
    return found;
}

int tool_board_load(const tool_command *command, quorsum_board **out, const char *path, tool_board_watch *watch,
                    const tool_common *common)
{
    quorsum_watch report = {.report = tool_board_report, .user = watch};
    quorsum_run run = {.threads = common->threads};
    int status;

    if (path == NULL)
        return tool_usage(command, "--board is missing");
    watch->command = command;
    watch->board = path;
    if (!tool_board_has(path, "key") || !tool_board_has(path, "task")) {
        tool_say(command, "%s: no board there (%s)", path, quorsum_status_name(QUORSUM_ERR_NOT_FOUND));
        return TOOL_USAGE;
    }
    status = tool_fail(command, path, quorsum_board_open(out, path, &report, &run));
    if (status == TOOL_DONE)
        watch->task = quorsum_board_task(*out);
    return status;
}

int tool_board_closed(const tool_command *command, const char *path)
{
    if (tool_board_has(path, "manifest") || tool_board_has(path, "aggregate"))
        return TOOL_DONE;
    tool_say(command, "%s: the task is still open: 'quorsum aggregate' comes first (%s)", path,
             quorsum_status_name(QUORSUM_ERR_MISSING));
    return TOOL_REFUSED;
}

static int too_few_partials(const quorsum_task *task, const tool_board_watch *watch, quorsum_status status)
{
    tool_say(watch->command, "%s: %u good partial decryption%s, %u needed (%s)", watch->board, watch->partials,
             watch->partials == 1 ? "" : "s", quorsum_key_record_quorum(quorsum_task_record(task)),
             quorsum_status_name(status));
    return tool_exit_code(status);
}

static int too_few_acknowledgements(const quorsum_task *task, const tool_board_watch *watch, quorsum_status status)
{
    uint32_t needed = quorsum_task_agreement(task);
    uint32_t missing = needed > watch->acks ? needed - watch->acks : 0;

    tool_say(watch->command, "%s: waiting for %u more acknowledgement%s: %u of %u are there (%s)", watch->board, missing,
             missing == 1 ? "" : "s", watch->acks, needed, quorsum_status_name(status));
    return tool_exit_code(status);
}

int tool_board_fail(const quorsum_board *board, const tool_board_watch *watch, quorsum_status status)
{
    const quorsum_task *task = quorsum_board_task(board);

    if (status == QUORSUM_ERR_TOO_FEW_SHARES)
        return too_few_partials(task, watch, status);
    if (status == QUORSUM_ERR_AGREEMENT)
        return too_few_acknowledgements(task, watch, status);
    if (status != QUORSUM_ERR_COHORT)
        return tool_fail(watch->command, watch->board, status);
    if ((watch->contributions > 0 || !tool_board_has(watch->board, "manifest")) &&
        watch->contributions < quorsum_task_min_cohort(task))
        tool_say(watch->command, "%s: %u good contribution%s, at least %u needed (%s)", watch->board,
                 watch->contributions, watch->contributions == 1 ? "" : "s", quorsum_task_min_cohort(task),
                 quorsum_status_name(status));
    else
        tool_say(watch->command, "%s: the task takes %u to %u contributions (%s)", watch->board,
                 quorsum_task_min_cohort(task), quorsum_task_max_cohort(task), quorsum_status_name(status));
    return tool_exit_code(status);
}
