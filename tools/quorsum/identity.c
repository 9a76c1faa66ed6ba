/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum identity: makes and shows Ed25519 signing identities. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/quorsum/command.h"

enum { OPT_OUT = 1, OPT_PASSPHRASE };

static const struct option options[] = {
    {"out", required_argument, NULL, OPT_OUT},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    TOOL_COMMON_OPTIONS,
};

/* Where the public half goes: beside the sealed one, so that rosters are made with cat. */
static char *public_path(const char *path)
{
    size_t size = strlen(path) + 5;
    char *name = malloc(size);

    if (name != NULL)
        snprintf(name, size, "%s.pub", path);
    return name;
}

/* Asked before a passphrase is, and before half of the two files is there. Where the first half is all that there is, a
 * command was ended between the two: the other half can be made from it. */
static int check_free(const tool_command *command, const char *path, const char *public_name)
{
    struct stat there;

    if (stat(path, &there) != 0)
        return stat(public_name, &there) == 0 ? tool_fail(command, public_name, QUORSUM_ERR_EXISTS) : TOOL_DONE;
    tool_fail(command, path, QUORSUM_ERR_EXISTS);
    if (stat(public_name, &there) != 0)
        tool_say(command, "%s is missing, so this identity is unfinished: 'quorsum identity show' prints what belongs there",
                 public_name);
    return TOOL_USAGE;
}

static int write_public(const tool_command *command, const char *name, const quorsum_identity *identity)
{
    char line[TOOL_HEX(QUORSUM_IDENTITY_BYTES) + 1];
    int status;

    tool_hex(line, quorsum_identity_public(identity), QUORSUM_IDENTITY_BYTES);
    strcat(line, "\n");
    status = tool_fail(command, name, tool_write_new(name, line, strlen(line), 0));
    if (status == TOOL_DONE)
        fputs(line, stdout);
    return status;
}

static int write_identity(const tool_command *command, const char *path, const char *public_name,
                          const char *passphrase_file)
{
    quorsum_identity *identity = NULL;
    quorsum_bytes sealed = {0};
    tool_passphrase passphrase = {0};
    int status = tool_passphrase_get(command, &passphrase, passphrase_file, path, 1);

    if (status == TOOL_DONE)
        status = tool_fail(command, path, quorsum_identity_generate(&identity));
    if (status == TOOL_DONE)
        status = tool_fail(command, path,
                           quorsum_identity_seal(&sealed, identity, passphrase.text, passphrase.len));
    if (status == TOOL_DONE)
        status = tool_fail(command, path, tool_write_new(path, sealed.data, sealed.len, 1));
    if (status == TOOL_DONE)
        status = write_public(command, public_name, identity);
    tool_passphrase_free(&passphrase);
    quorsum_bytes_free(&sealed);
    quorsum_identity_free(identity);
    return status;
}

static int identity_new(const tool_command *command, const char *path, const char *passphrase_file)
{
    char *name = path != NULL ? public_path(path) : NULL;
    int status;

    if (path == NULL)
        return tool_usage(command, "--out is missing");
    status = tool_fail(command, path, name != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY);
    if (status == TOOL_DONE)
        status = check_free(command, path, name);
    if (status == TOOL_DONE)
        status = write_identity(command, path, name, passphrase_file);
    free(name);
    return status;
}

static int identity_show(const tool_command *command, const char *path, const char *passphrase_file)
{
    quorsum_identity *identity = NULL;
    char text[TOOL_HEX(QUORSUM_IDENTITY_BYTES)];
    int status;

    if (path == NULL)
        return tool_usage(command, "which identity file?");
    status = tool_identity_load(command, &identity, path, passphrase_file);
    if (status == TOOL_DONE) {
        tool_hex(text, quorsum_identity_public(identity), QUORSUM_IDENTITY_BYTES);
        puts(text);
    }
    quorsum_identity_free(identity);
    return status;
}

static int identity(const tool_command *command, int argc, char **argv)
{
    tool_common common = {0};
    const char *out = NULL, *passphrase_file = NULL, *verb;
    int option, status;

    while ((option = tool_next_option(command, argc, argv, options, &common, &status)) >= 0) {
        if (option == OPT_OUT)
            out = optarg;
        else
            passphrase_file = optarg;
    }
    if (option == -2)
        return status;
    verb = optind < argc ? argv[optind++] : "";
    if (strcmp(verb, "new") == 0 && optind == argc)
        return identity_new(command, out, passphrase_file);
    if (strcmp(verb, "show") == 0 && optind + 1 >= argc)
        return identity_show(command, optind < argc ? argv[optind] : NULL, passphrase_file);
    return tool_usage(command, "'new --out FILE' or 'show FILE'?");
}

const tool_command command_identity = {
    .name = "identity",
    .summary = "make or show an Ed25519 signing identity",
    .run = identity,
    .help =
        "Usage: quorsum identity new --out FILE [--passphrase-file FILE]\n"
        "  or:  quorsum identity show FILE [--passphrase-file FILE]\n"
        "Make or show a signing identity.\n\n"
        "new writes the identity to FILE, sealed under a passphrase, and its public half, a line of 64 hex digits, to\n"
        "FILE.pub and to stdout. A roster is such lines, one an identity. show prints the public half of FILE.\n\n"
        "      --out FILE        where the new identity goes; nothing is overwritten\n"
        "      --passphrase-file FILE  its first line is the passphrase (default: ask on the terminal)\n" TOOL_COMMON_HELP,
};
