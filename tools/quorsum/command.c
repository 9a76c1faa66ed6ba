/* SPDX-License-Identifier: Apache-2.0 */
/* Options, messages and exit codes that all subcommands share. */
#include "tools/quorsum/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/quorsum/source.h"

int tool_number(const tool_command *command, const char *name, const char *text, uint64_t min, uint64_t max,
                uint64_t *out)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < min || value > max) {
        tool_usage(command, "%s: '%s' is not a whole number from %llu to %llu", name, text, (unsigned long long)min,
                   (unsigned long long)max);
        return -1;
    }
    *out = value;
    return 0;
}

int tool_randomiser(const tool_command *command, const char *text, quorsum_randomiser *out)
{
    static const char *const names[] = {"half", "short", "full"};

    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (quorsum_randomiser)i;
            return 0;
        }
    }
    tool_usage(command, "--randomiser: '%s' is none of half, short, full", text);
    return -1;
}

static int common_option(const tool_command *command, int option, tool_common *common)
{
    uint64_t number;

    switch (option) {
    case OPT_THREADS:
        if (tool_number(command, "--threads", optarg, 1, 1024, &number) != 0)
            return -1;
        common->threads = (unsigned)number;
        return 0;
    case OPT_PROGRESS:
        if (strcmp(optarg, "auto") == 0)
            common->progress = TOOL_PROGRESS_AUTO;
        else if (strcmp(optarg, "json") == 0)
            common->progress = TOOL_PROGRESS_JSON;
        else if (strcmp(optarg, "none") == 0)
            common->progress = TOOL_PROGRESS_NONE;
        else {
            tool_usage(command, "--progress: '%s' is none of auto, json, none", optarg);
            return -1;
        }
        return 0;
    default:
        return 1;
    }
}

int tool_next_option(const tool_command *command, int argc, char **argv, const struct option *options,
                     tool_common *common, int *status)
{
    for (;;) {
        int option;

        opterr = 0;
        option = getopt_long(argc, argv, ":", options, NULL);
        if (option == -1)
            return -1;
        if (option == OPT_HELP) {
            fputs(command->help, stdout);
            *status = TOOL_DONE;
            return -2;
        }
        if (option == '?' || option == ':') {
            *status = tool_usage(command, option == ':' ? "option '%s' needs a value" : "no option '%s'",
                                 argv[optind - 1]);
            return -2;
        }
        switch (common_option(command, option, common)) {
        case 0:
            continue;
        case -1:
            *status = TOOL_USAGE;
            return -2;
        default:
            return option;
        }
    }
}

/* Names of files, fields and options come from others: none of them gets to the terminal as it is. */
static void say(const tool_command *command, const char *format, va_list arguments)
{
    char text[8192]; /* a path of the greatest length, and a sentence */

    vsnprintf(text, sizeof text, format, arguments);
    tool_clean(text);
    fprintf(stderr, "quorsum %s: %s\n", command->name, text);
}

void tool_say(const tool_command *command, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(command, format, arguments);
    va_end(arguments);
}

int tool_usage(const tool_command *command, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(command, format, arguments);
    va_end(arguments);
    fprintf(stderr, "'quorsum %s --help' shows how it is used\n", command->name);
    return TOOL_USAGE;
}

int tool_exit_code(quorsum_status status)
{
    switch (status) {
    case QUORSUM_OK:
        return TOOL_DONE;
    case QUORSUM_ERR_ARGUMENT:
    case QUORSUM_ERR_EXISTS:
    case QUORSUM_ERR_NOT_FOUND:
        return TOOL_USAGE;
    case QUORSUM_ERR_MEMORY:
    case QUORSUM_ERR_BUFFER:
    case QUORSUM_ERR_RANDOM:
    case QUORSUM_ERR_CANCELLED:
    case QUORSUM_ERR_SYSTEM:
    case QUORSUM_ERR_BUSY:
        return TOOL_FAILED;
    default:
        return TOOL_REFUSED;
    }
}

int tool_fail(const tool_command *command, const char *object, quorsum_status status)
{
    if (status == QUORSUM_ERR_SYSTEM && errno != 0)
        tool_say(command, "%s: %s", object, strerror(errno));
    else if (status != QUORSUM_OK)
        tool_say(command, "%s: %s (%s)", object, quorsum_status_text(status), quorsum_status_name(status));
    return tool_exit_code(status);
}

/* A field list that a user wrote wrongly is wrong use; one on a board that does not hold is a refusal. */
int tool_fields_load(const tool_command *command, tool_fields *out, const char *path)
{
    char error[TOOL_ERROR];
    quorsum_status status = tool_fields_read(out, path, error);

    if (status != QUORSUM_OK)
        tool_say(command, "%s", error);
    return status == QUORSUM_ERR_FIELDS ? TOOL_USAGE : tool_exit_code(status);
}

void tool_hex(char *out, const uint8_t *in, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * len] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int tool_unhex(uint8_t *out, size_t len, const char *text)
{
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text[2 * i]);
        int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

        if (low < 0)
            return -1;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}
