/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum confirm: a trustee checks key and share and signs the key, or signatures from other copies are collected. */
#include <stdlib.h>
#include <string.h>

#include "tools/quorsum/command.h"

typedef struct confirm_options {
    tool_common common;
    const char *key, *share, *identity, *passphrase, *identity_passphrase;
    const char *copies[QUORSUM_TRUSTEES_MAX];
    size_t copy_count;
} confirm_options;

enum { OPT_KEY = 1, OPT_SHARE, OPT_IDENTITY, OPT_PASSPHRASE, OPT_IDENTITY_PASSPHRASE, OPT_TAKE };

static const struct option options[] = {
    {"key", required_argument, NULL, OPT_KEY},
    {"share", required_argument, NULL, OPT_SHARE},
    {"identity", required_argument, NULL, OPT_IDENTITY},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    {"identity-passphrase-file", required_argument, NULL, OPT_IDENTITY_PASSPHRASE},
    {"take", required_argument, NULL, OPT_TAKE},
    TOOL_COMMON_OPTIONS,
};

static int parse(const tool_command *command, int argc, char **argv, confirm_options *o, int *status)
{
    int option;

    while ((option = tool_next_option(command, argc, argv, options, &o->common, status)) >= 0) {
        const char **slots[] = {&o->key, &o->share, &o->identity, &o->passphrase, &o->identity_passphrase};

        if (option != OPT_TAKE)
            *slots[option - OPT_KEY] = optarg;
        else if (o->copy_count++ < QUORSUM_TRUSTEES_MAX)
            o->copies[o->copy_count - 1] = optarg;
    }
    if (option == -2)
        return -1;
    *status = TOOL_USAGE;
    if (o->copy_count > QUORSUM_TRUSTEES_MAX)
        tool_usage(command, "--take: at most %d copies at once", QUORSUM_TRUSTEES_MAX);
    else if (optind != argc)
        tool_usage(command, "'%s' is one word too many", argv[optind]);
    else if (o->key == NULL)
        tool_usage(command, "--key is needed");
    else if ((o->share == NULL) != (o->identity == NULL))
        tool_usage(command, "--share and --identity go together");
    else if (o->share == NULL && o->copy_count == 0)
        tool_usage(command, "either --share and --identity, or --take, is needed");
    else
        return 0;
    return -1;
}

/* *record becomes `next`. */
static void replace(quorsum_key_record **record, quorsum_key_record *next)
{
    quorsum_key_record_free(*record);
    *record = next;
}

static int add_own(const tool_command *command, const confirm_options *o, quorsum_key_record **record)
{
    quorsum_key_record *confirmed = NULL;
    quorsum_key_share *share = NULL;
    quorsum_identity *identity = NULL;
    int status;

    if (quorsum_key_record_ceremony(*record) != NULL) {
        tool_say(command, "%s: says that a ceremony made it; its trustees confirm it there, as the last step, and never "
                 "later: whoever asks for it may have made the key alone (%s)", o->key,
                 quorsum_status_name(QUORSUM_ERR_TYPE));
        return TOOL_REFUSED;
    }
    status = tool_share_load(command, &share, o->share, o->passphrase);
    if (status == TOOL_DONE)
        status = tool_trustee_load(command, &identity, o->identity, o->identity_passphrase, o->passphrase);
    if (status == TOOL_DONE && memcmp(quorsum_key_share_key(share), quorsum_key_record_digest(*record),
                                      QUORSUM_DIGEST_BYTES) == 0) /* else the share is another key's: said below */
        status = tool_trustee_check(command, *record, share, identity, o->share, o->identity);
    if (status == TOOL_DONE)
        status = tool_fail(command, o->share, quorsum_key_record_confirm(&confirmed, *record, share, identity));
    if (status == TOOL_DONE)
        replace(record, confirmed);
    quorsum_identity_free(identity);
    quorsum_key_share_free(share);
    return status;
}

static int take_copy(const tool_command *command, const confirm_options *o, const char *path,
                     quorsum_key_record **record)
{
    quorsum_key_record *copy = NULL, *both = NULL;
    int status = tool_record_load(command, &copy, path, &o->common);

    if (status == TOOL_DONE)
        status = tool_fail(command, path, quorsum_key_record_merge(&both, *record, copy));
    if (status == TOOL_DONE)
        replace(record, both);
    quorsum_key_record_free(copy);
    return status;
}

/* Into the place of the file itself, not of a link to it. */
static int save(const tool_command *command, const char *key, const quorsum_key_record *record)
{
    quorsum_bytes encoded = {0};
    char *path = realpath(key, NULL);
    int status = path == NULL ? tool_fail(command, key, QUORSUM_ERR_SYSTEM) : TOOL_DONE;

    if (status == TOOL_DONE)
        status = tool_fail(command, key, quorsum_key_record_encode(&encoded, record));
    if (status == TOOL_DONE)
        status = tool_fail(command, key, tool_write_over(path, encoded.data, encoded.len));
    quorsum_bytes_free(&encoded);
    free(path);
    return status;
}

static int confirm(const tool_command *command, int argc, char **argv)
{
    confirm_options o = {0};
    quorsum_key_record *record = NULL;
    uint32_t before = 0;
    int status;

    if (parse(command, argc, argv, &o, &status) != 0)
        return status;
    status = tool_record_load(command, &record, o.key, &o.common);
    if (status == TOOL_DONE)
        before = quorsum_key_record_confirmed(record);
    if (status == TOOL_DONE && o.share != NULL)
        status = add_own(command, &o, &record);
    for (size_t i = 0; i < o.copy_count && status == TOOL_DONE; i++)
        status = take_copy(command, &o, o.copies[i], &record);
    if (status == TOOL_DONE && quorsum_key_record_confirmed(record) > before)
        status = save(command, o.key, record);
    if (status == TOOL_DONE)
        tool_record_print(record);
    quorsum_key_record_free(record);
    return status;
}

const tool_command command_confirm = {
    .name = "confirm",
    .summary = "as a trustee, check a new key and one's share of it, and sign the key",
    .run = confirm,
    .help =
        "Usage: quorsum confirm --key FILE --share FILE --identity FILE [OPTION]...\n"
        "  or:  quorsum confirm --key FILE --take COPY [--take COPY]...\n"
        "Check a key record whole, and that the share is the one it names for this trustee; then add the trustee's\n"
        "signature to the key file. A task needs a key that as many trustees have confirmed as open together.\n\n"
        "Compare the fingerprint with the other trustees before: all must hold the same key. A copy of the key file with\n"
        "the signature is all there is to give on; whoever makes the task takes the signatures of the copies together.\n\n"
        "      --key FILE        the key record; it is replaced by itself with more signatures\n"
        "      --share FILE      the sealed key share\n"
        "      --identity FILE   the trustee's signing identity\n"
        "      --passphrase-file FILE  its first line unseals the share (default: ask on the terminal)\n"
        "      --identity-passphrase-file FILE  unseals the identity (default: the same file)\n"
        "      --take COPY       another copy of the same key record: its signatures are added\n" TOOL_COMMON_HELP,
};
