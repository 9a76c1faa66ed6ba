/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum task: fixes what is summed, by whom and with how many, and makes the board. */
#include <stdlib.h>
#include <string.h>

#include "tools/quorsum/command.h"

typedef struct task_options {
    tool_common common;
    const char *key, *fields, *admit, *board, *identity, *passphrase;
    uint32_t min_cohort, max_cohort, agreement;
    quorsum_revote revote;
} task_options;

enum { OPT_KEY = 1, OPT_FIELDS, OPT_MIN, OPT_MAX, OPT_ADMIT, OPT_BOARD, OPT_IDENTITY, OPT_PASSPHRASE,
       OPT_AGREEMENT, OPT_REVOTE };

static const struct option options[] = {
    {"key", required_argument, NULL, OPT_KEY},
    {"fields", required_argument, NULL, OPT_FIELDS},
    {"min-cohort", required_argument, NULL, OPT_MIN},
    {"max-cohort", required_argument, NULL, OPT_MAX},
    {"admit", required_argument, NULL, OPT_ADMIT},
    {"board", required_argument, NULL, OPT_BOARD},
    {"identity", required_argument, NULL, OPT_IDENTITY},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    {"agreement", required_argument, NULL, OPT_AGREEMENT},
    {"revote", required_argument, NULL, OPT_REVOTE},
    TOOL_COMMON_OPTIONS,
};

static int parse_cohort(const tool_command *command, const char *name, uint32_t *out)
{
    uint64_t number;

    if (tool_number(command, name, optarg, 2, UINT32_MAX, &number) != 0)
        return -1;
    *out = (uint32_t)number;
    return 0;
}

static int parse_agreement(const tool_command *command, uint32_t *out)
{
    uint64_t number;

    if (tool_number(command, "--agreement", optarg, 1, QUORSUM_TRUSTEES_MAX, &number) != 0)
        return -1;
    *out = (uint32_t)number;
    return 0;
}

static int parse_revote(const tool_command *command, quorsum_revote *out)
{
    *out = strcmp(optarg, "last") == 0 ? QUORSUM_REVOTE_LAST : QUORSUM_REVOTE_FIRST;
    if (strcmp(optarg, "last") == 0 || strcmp(optarg, "first") == 0)
        return 0;
    tool_usage(command, "--revote: '%s' is neither first nor last", optarg);
    return -1;
}

static int parse_option(const tool_command *command, int option, task_options *o)
{
    switch (option) {
    case OPT_KEY:
        o->key = optarg;
        return 0;
    case OPT_FIELDS:
        o->fields = optarg;
        return 0;
    case OPT_MIN:
        return parse_cohort(command, "--min-cohort", &o->min_cohort);
    case OPT_MAX:
        return parse_cohort(command, "--max-cohort", &o->max_cohort);
    case OPT_ADMIT:
        o->admit = optarg;
        return 0;
    case OPT_BOARD:
        o->board = optarg;
        return 0;
    case OPT_IDENTITY:
        o->identity = optarg;
        return 0;
    case OPT_AGREEMENT:
        return parse_agreement(command, &o->agreement);
    case OPT_REVOTE:
        return parse_revote(command, &o->revote);
    default:
        o->passphrase = optarg;
        return 0;
    }
}

static int parse(const tool_command *command, int argc, char **argv, task_options *o, int *status)
{
    int option;

    while ((option = tool_next_option(command, argc, argv, options, &o->common, status)) >= 0) {
        if (parse_option(command, option, o) != 0) {
            *status = TOOL_USAGE;
            return -1;
        }
    }
    if (option == -2)
        return -1;
    *status = TOOL_USAGE;
    if (optind + 1 != argc || strcmp(argv[optind], "new") != 0)
        tool_usage(command, "'task new' is the one thing this command does");
    else if (o->key == NULL || o->fields == NULL || o->board == NULL || o->identity == NULL || o->min_cohort == 0 ||
             o->max_cohort == 0)
        tool_usage(command, "--key, --fields, --min-cohort, --max-cohort, --identity and --board are needed");
    else if (o->max_cohort < o->min_cohort)
        tool_usage(command, "--max-cohort %u is below --min-cohort %u", o->max_cohort, o->min_cohort);
    else
        return 0;
    return -1;
}

/* The number the task wants, which an agreement must be between, or what a low one gives up. */
static int say_agreement(const tool_command *command, const quorsum_key_record *record, uint32_t agreement,
                         quorsum_status status)
{
    uint32_t safe = quorsum_key_record_agreement(record);

    if (status == QUORSUM_ERR_AGREEMENT)
        return tool_usage(command, "--agreement %u is not from %u, the key's quorum, to %u, its trustees", agreement,
                          quorsum_key_record_quorum(record), quorsum_key_record_trustees(record));
    if (status == QUORSUM_OK && agreement > 0 && agreement < safe)
        tool_say(command, "warning: with an agreement below %u, two quorums that share only dishonest trustees could open "
                 "two cohorts that differ by one contributor", safe);
    return TOOL_DONE;
}

/* Which file is at fault, and what would mend it. */
static int say_made(const tool_command *command, const task_options *o, const quorsum_key_record *record,
                    quorsum_status made)
{
    if (made == QUORSUM_ERR_DUPLICATE && o->admit != NULL)
        tool_say(command, "%s: an identity stands on it twice (%s)", o->admit, quorsum_status_name(made));
    else if (made != QUORSUM_ERR_UNCONFIRMED)
        return tool_fail(command, "task", made);
    else
        tool_say(command, "%s: %u of its %u trustees have confirmed it, a task needs %u: 'quorsum confirm' comes first "
                 "(%s)", o->key, quorsum_key_record_confirmed(record), quorsum_key_record_trustees(record),
                 quorsum_key_record_needed(record), quorsum_status_name(made));
    return tool_exit_code(made);
}

static int make_task(const tool_command *command, const task_options *o, const quorsum_key_record *record,
                     const quorsum_task_options *options_, const quorsum_identity *signer)
{
    quorsum_task *task = NULL;
    char digest[TOOL_HEX(QUORSUM_DIGEST_BYTES)];
    size_t index = 0;
    quorsum_status made = quorsum_task_make(&task, record, options_, signer, &index);
    int status;

    if ((made == QUORSUM_ERR_PLAN || made == QUORSUM_ERR_FIELDS) && index < options_->field_count) {
        tool_say(command, "%s: field '%s': %s%s (%s)", o->fields, options_->fields[index].name,
                 quorsum_status_text(made),
                 made == QUORSUM_ERR_PLAN ? ": take fewer bits or a smaller --max-cohort" : "",
                 quorsum_status_name(made));
        return tool_exit_code(made);
    }
    status = say_agreement(command, record, options_->agreement, made);
    if (status != TOOL_DONE)
        return status;
    status = say_made(command, o, record, made);
    if (status == TOOL_DONE)
        status = tool_fail(command, o->board, quorsum_board_create(o->board, task));
    if (status == TOOL_DONE) {
        const quorsum_plan *plan = quorsum_task_plan(task);

        tool_hex(digest, quorsum_task_digest(task), QUORSUM_DIGEST_BYTES);
        printf("task %s\nvalues %zu, ciphertexts %zu, cohort %u to %u, %s\n", digest, quorsum_plan_values(plan),
               quorsum_plan_plaintexts(plan), o->min_cohort, o->max_cohort,
               o->admit == NULL ? "anybody may contribute" : "contributors on the roster only");
        printf("agreement %u of %u trustees, a contributor's %s contribution counts\n", quorsum_task_agreement(task),
               quorsum_key_record_trustees(record), o->revote == QUORSUM_REVOTE_LAST ? "last" : "first");
    }
    quorsum_task_free(task);
    return status;
}

static int task(const tool_command *command, int argc, char **argv)
{
    task_options o = {0};
    quorsum_key_record *record = NULL;
    quorsum_identity *signer = NULL;
    tool_fields fields = {0};
    uint8_t *roster = NULL;
    size_t count = 0;
    int status;

    if (parse(command, argc, argv, &o, &status) != 0)
        return status;
    status = tool_record_load(command, &record, o.key, &o.common);
    if (status == TOOL_DONE)
        status = tool_fields_load(command, &fields, o.fields);
    if (status == TOOL_DONE && o.admit != NULL)
        status = tool_roster_load(command, &roster, &count, o.admit);
    if (status == TOOL_DONE)
        status = tool_identity_load(command, &signer, o.identity, o.passphrase);
    if (status == TOOL_DONE) {
        quorsum_task_options made = {.label = fields.label == NULL ? "" : fields.label,
                                     .fields = fields.fields,
                                     .field_count = fields.count,
                                     .weight_bits = fields.weight_bits,
                                     .guard_bits = fields.guard_bits,
                                     .min_cohort = o.min_cohort,
                                     .max_cohort = o.max_cohort,
                                     .roster = roster,
                                     .roster_count = count,
                                     .level = fields.level,
                                     .norm_squared = fields.norm_squared,
                                     .revote = o.revote,
                                     .agreement = o.agreement};
        status = make_task(command, &o, record, &made, signer);
    }
    free(roster);
    tool_fields_free(&fields);
    quorsum_identity_free(signer);
    quorsum_key_record_free(record);
    return status;
}

const tool_command command_task = {
    .name = "task",
    .summary = "fix what is summed, and make the board for it",
    .run = task,
    .help =
        "Usage: quorsum task new --key FILE --fields FILE.json --min-cohort K --max-cohort K --identity FILE\n"
        "                        --board DIR [OPTION]...\n"
        "Fix a task in advance (fields, cohort, who is admitted) and make its board.\n\n"
        "FILE.json lists the fields: {\"label\": \"survey\", \"fields\": [{\"name\": \"age\", \"bits\": 20, \"scale\": 10,\n"
        "\"reduce\": \"sum\"}]}. A task whose sums could overflow is refused. Of a field:\n\n"
        "  name    its name; must be given\n"
        "  count   how many values it has (default 1)\n"
        "  bits    1 to 62 (default 32): a contributor's value times scale, sign included, is clipped to this size\n"
        "  signed  true (default) or false\n"
        "  scale   units per 1.0 (default 1): values are rounded to a whole number of 1/scale\n"
        "  clip    a smaller bound of the absolute value, before scale (default: what bits can hold)\n"
        "  column  the table's column that feeds it (default: the one called name)\n"
        "  reduce  what a contributor makes of that column: \"none\" (default), \"count\", \"sum\", \"sum-of-squares\"\n\n"
        "A ballot has fields of choices instead, {\"name\": \"Mayor\", \"choose\": {\"min\": 0, \"max\": 1}, \"options\":\n"
        "[\"Alice\", \"Bob\"]}, and each contribution proves that its choices are allowed ones.\n\n"
        "Beside \"fields\": weight_bits (default 0: no weights), guard_bits (default 1), spare bits a value, and norm: each\n"
        "contribution proves that the root of the sum of its squares is at most this, in the values' own units.\n\n"
        "      --key FILE        the key record (checked whole)\n"
        "      --fields FILE     the fields, as JSON\n"
        "      --min-cohort K    trustees open nothing with fewer contributions; at least 2\n"
        "      --max-cohort K    no more than this many; slots are sized for it\n"
        "      --revote RULE     which of a contributor's contributions counts: first (default; no second) or last\n"
        "      --agreement K     trustees that must acknowledge the same manifest before any of them opens (default: half\n"
        "                        of trustees and quorum together, rounded up; fewer than that is less safe)\n"
        "      --admit ROSTER    identities that may contribute, a line each (default: anybody)\n"
        "      --board DIR       the directory to make\n"
        "      --identity FILE   the coordinator: who signs the task, receipts and the manifest\n"
        "      --passphrase-file FILE  unseals the identity (default: ask on the terminal)\n" TOOL_COMMON_HELP,
};
