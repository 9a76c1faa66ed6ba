/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum pool: makes randomisers ahead of time into a file, and says how many are left in one. */
#include <string.h>
#include <sys/stat.h>

#include "tools/quorsum/command.h"

#define COUNT_MAX (UINT64_C(1) << 26)

typedef struct pool_options {
    tool_common common;
    const char *key, *identity, *passphrase, *out;
    uint64_t count;
} pool_options;

enum { OPT_KEY = 1, OPT_IDENTITY, OPT_PASSPHRASE, OPT_OUT, OPT_COUNT };

static const struct option options[] = {
    {"key", required_argument, NULL, OPT_KEY},
    {"identity", required_argument, NULL, OPT_IDENTITY},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    {"out", required_argument, NULL, OPT_OUT},
    {"count", required_argument, NULL, OPT_COUNT},
    TOOL_COMMON_OPTIONS,
};

static int write_pool(const tool_command *command, const pool_options *o, const quorsum_public_key *key,
                      const quorsum_identity *owner)
{
    tool_progress progress;
    quorsum_run run = {.threads = o->common.threads};
    quorsum_encryptor *encryptor = NULL;
    int status = tool_fail(command, "encryptor", quorsum_encryptor_new(&encryptor, key, &run));

    if (status == TOOL_DONE) {
        run = tool_progress_begin(&progress, &o->common, "pool", "randomisers");
        status = tool_fail(command, o->out, quorsum_pool_make(o->out, encryptor, owner, (size_t)o->count, &run));
        tool_progress_end(&progress);
    }
    if (status == TOOL_DONE)
        printf("%llu randomiser%s in %s\n", (unsigned long long)o->count, o->count == 1 ? "" : "s", o->out);
    quorsum_encryptor_free(encryptor);
    return status;
}

static int pool_make(const tool_command *command, const pool_options *o)
{
    quorsum_key_record *record = NULL;
    quorsum_identity *owner = NULL;
    struct stat there;
    int status = TOOL_DONE;

    if (o->key == NULL || o->identity == NULL || o->count == 0 || o->out == NULL)
        return tool_usage(command, "make needs --key, --identity, --count and --out");
    if (stat(o->out, &there) == 0) /* asked before a passphrase is */
        status = tool_fail(command, o->out, QUORSUM_ERR_EXISTS);
    if (status == TOOL_DONE)
        status = tool_record_load(command, &record, o->key, &o->common);
    if (status == TOOL_DONE)
        status = tool_identity_load(command, &owner, o->identity, o->passphrase);
    if (status == TOOL_DONE)
        status = write_pool(command, o, quorsum_key_record_public(record), owner);
    quorsum_identity_free(owner);
    quorsum_key_record_free(record);
    return status;
}

static int pool_show(const tool_command *command, const char *path)
{
    char owner[TOOL_HEX(QUORSUM_IDENTITY_BYTES)], key[TOOL_HEX(QUORSUM_DIGEST_BYTES)];
    quorsum_pool_info info;
    int status = tool_fail(command, path, quorsum_pool_inspect(&info, path));

    if (status != TOOL_DONE)
        return status;
    tool_hex(owner, info.owner, sizeof info.owner);
    tool_hex(key, info.key, sizeof info.key);
    printf("%llu randomiser%s left, of %u bits\nowner %s\npublic key %s\n", (unsigned long long)info.available,
           info.available == 1 ? "" : "s", info.randomiser_bits, owner, key);
    return TOOL_DONE;
}

static int pool(const tool_command *command, int argc, char **argv)
{
    pool_options o = {0};
    const char *verb;
    int option, status;

    while ((option = tool_next_option(command, argc, argv, options, &o.common, &status)) >= 0) {
        const char **slots[] = {&o.key, &o.identity, &o.passphrase, &o.out};

        if (option != OPT_COUNT)
            *slots[option - OPT_KEY] = optarg;
        else if (tool_number(command, "--count", optarg, 1, COUNT_MAX, &o.count) != 0)
            return TOOL_USAGE;
    }
    if (option == -2)
        return status;
    verb = optind < argc ? argv[optind++] : "";
    if (strcmp(verb, "make") == 0 && optind == argc)
        return pool_make(command, &o);
    if (strcmp(verb, "show") == 0 && optind + 1 == argc)
        return pool_show(command, argv[optind]);
    return tool_usage(command, "'make --key FILE --identity FILE --count N --out FILE' or 'show FILE'?");
}

const tool_command command_pool = {
    .name = "pool",
    .summary = "make randomisers ahead of time, for a contribution on the day",
    .run = pool,
    .help =
        "Usage: quorsum pool make --key FILE --identity FILE --count N --out FILE [OPTION]...\n"
        "  or:  quorsum pool show FILE\n"
        "Make what encryption spends its time on before the numbers are there: N randomisers, one a ciphertext ('quorsum\n"
        "cost' and 'quorsum task new' say how many a contribution has). 'quorsum contribute --pool' takes them from the\n"
        "file and computes what is missing. show says how many are left, for whom and for which key.\n\n"
        "Never copy a pool file, and never restore one from a backup: a randomiser that encrypts twice discloses the\n"
        "difference of the two numbers. Taken ones are cut off the file before they are used, whatever happens to the\n"
        "command afterwards; but that there is a copy of the file no command can see. Move the file, or delete it.\n\n"
        "      --key FILE        the key record; a board's file 'key' will do\n"
        "      --identity FILE   who will contribute: the pool is sealed for this identity alone\n"
        "      --passphrase-file FILE  unseals the identity (default: ask on the terminal)\n"
        "      --count N         how many, 1 to 67108864\n"
        "      --out FILE        where they go; nothing is overwritten\n" TOOL_COMMON_HELP,
};
