/* SPDX-License-Identifier: Apache-2.0 */
/* Passphrases, identities and rosters for the subcommands. Passphrases live in guarded memory. */
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "tools/quorsum/command.h"

void tool_passphrase_free(tool_passphrase *passphrase)
{
    sodium_free(passphrase->text);
    *passphrase = (tool_passphrase){0};
}

static int passphrase_room(const tool_command *command, tool_passphrase *out)
{
    *out = (tool_passphrase){0};
    if (sodium_init() >= 0)
        out->text = sodium_malloc(TOOL_PASSPHRASE_MAX);
    if (out->text == NULL)
        return tool_fail(command, "passphrase", QUORSUM_ERR_MEMORY);
    return TOOL_DONE;
}

int tool_passphrase_line(tool_passphrase *out, int fd)
{
    out->len = 0;
    for (;;) {
        char c;
        ssize_t got = read(fd, &c, 1);

        if (got < 0)
            return -1;
        if (got == 0 || c == '\n')
            break;
        if (out->len == TOOL_PASSPHRASE_MAX)
            return -1;
        out->text[out->len++] = c;
        sodium_memzero(&c, 1);
    }
    if (out->len > 0 && out->text[out->len - 1] == '\r')
        out->len--;
    return out->len == 0 ? -1 : 0;
}

static volatile sig_atomic_t caught;

static void catch(int number)
{
    caught = number;
}

/* One line with what is typed not shown. A signal ends the reading and is obeyed once the terminal is as before: else it
 * would stay blind for whatever runs next. */
static int read_hidden(tool_passphrase *out, int terminal, const struct termios *hidden, const struct termios *shown)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};
    enum { COUNT = sizeof ending / sizeof ending[0] };
    struct sigaction before[COUNT];
    struct sigaction after = {.sa_handler = catch}; /* no SA_RESTART */
    int result = -1;

    caught = 0;
    for (int i = 0; i < COUNT; i++) {
        if (sigaction(ending[i], NULL, &before[i]) == 0 && before[i].sa_handler != SIG_IGN)
            sigaction(ending[i], &after, NULL);
    }
    if (tcsetattr(terminal, TCSAFLUSH, hidden) == 0)
        result = tool_passphrase_line(out, terminal);
    tcsetattr(terminal, TCSAFLUSH, shown);
    for (int i = 0; i < COUNT; i++)
        sigaction(ending[i], &before[i], NULL);
    if (caught != 0) {
        dprintf(terminal, "\n");
        raise(caught);
    }
    return result;
}

static int ask(int terminal, tool_passphrase *out, const char *prompt, const char *what)
{
    struct termios shown, hidden;
    int result;

    dprintf(terminal, "%s for %s: ", prompt, what);
    if (tcgetattr(terminal, &shown) != 0)
        return -1;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    result = read_hidden(out, terminal, &hidden, &shown);
    dprintf(terminal, "\n");
    return result;
}

static int from_terminal(const tool_command *command, tool_passphrase *out, const char *what, int confirm)
{
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    tool_passphrase again = {0};
    int status = TOOL_DONE;

    if (terminal < 0)
        return tool_usage(command, "%s needs a passphrase: no terminal to ask on; give a --passphrase-file", what);
    if (ask(terminal, out, "Passphrase", what) != 0)
        status = tool_usage(command, "no passphrase given for %s", what);
    if (status == TOOL_DONE && confirm) {
        status = passphrase_room(command, &again);
        if (status == TOOL_DONE && (ask(terminal, &again, "The same again", what) != 0 || again.len != out->len ||
                                    sodium_memcmp(again.text, out->text, out->len) != 0))
            status = tool_usage(command, "the two passphrases differ");
        tool_passphrase_free(&again);
    }
    close(terminal);
    return status;
}

int tool_passphrase_get(const tool_command *command, tool_passphrase *out, const char *file, const char *what, int confirm)
{
    int status = passphrase_room(command, out);

    if (status != TOOL_DONE)
        return status;
    if (file == NULL) {
        status = from_terminal(command, out, what, confirm);
    } else {
        int fd = strcmp(file, "-") == 0 ? 0 : open(file, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
            status = tool_fail(command, file, QUORSUM_ERR_NOT_FOUND);
        else if (tool_passphrase_line(out, fd) != 0)
            status = tool_usage(command, "%s: its first line is no passphrase of 1 to %d bytes", file,
                                TOOL_PASSPHRASE_MAX);
        if (fd > 0)
            close(fd);
    }
    if (status != TOOL_DONE)
        tool_passphrase_free(out);
    return status;
}

static int roster_line(const char *line, uint8_t *out)
{
    if (strlen(line) < TOOL_HEX(QUORSUM_IDENTITY_BYTES) - 1 || tool_unhex(out, QUORSUM_IDENTITY_BYTES, line) != 0)
        return -1;
    return strchr(" \t\r\n", line[2 * QUORSUM_IDENTITY_BYTES]) != NULL ? 0 : -1;
}

/* FILE.pub in place of FILE: the likeliest mistake, told before a passphrase is asked for. */
static int refuse_public_half(const tool_command *command, const char *path, const quorsum_bytes *bytes)
{
    uint8_t public_half[QUORSUM_IDENTITY_BYTES];

    if (bytes->len <= 2 * QUORSUM_IDENTITY_BYTES || roster_line((const char *)bytes->data, public_half) != 0)
        return TOOL_DONE;
    tool_say(command, "%s: this is an identity's public half; give the sealed file beside it (%s)", path,
             quorsum_status_name(QUORSUM_ERR_TYPE));
    return tool_exit_code(QUORSUM_ERR_TYPE);
}

int tool_identity_load(const tool_command *command, quorsum_identity **out, const char *path, const char *passphrase_file)
{
    quorsum_bytes sealed = {0};
    tool_passphrase passphrase = {0};
    int status;

    *out = NULL;
    if (path == NULL)
        return tool_fail(command, "one-time identity", quorsum_identity_generate(out));
    status = tool_fail(command, path, tool_read(&sealed, path, 1 << 16));
    if (status == TOOL_DONE)
        status = refuse_public_half(command, path, &sealed);
    if (status == TOOL_DONE)
        status = tool_passphrase_get(command, &passphrase, passphrase_file, path, 0);
    if (status == TOOL_DONE)
        status = tool_fail(command, path, quorsum_identity_unseal(out, sealed.data, sealed.len, passphrase.text,
                                                                  passphrase.len));
    tool_passphrase_free(&passphrase);
    quorsum_bytes_free(&sealed);
    return status;
}

int tool_share_load(const tool_command *command, quorsum_key_share **out, const char *path, const char *passphrase_file)
{
    quorsum_bytes sealed = {0};
    tool_passphrase passphrase = {0};
    int status = tool_fail(command, path, tool_read(&sealed, path, 1 << 20));

    if (status == TOOL_DONE)
        status = tool_passphrase_get(command, &passphrase, passphrase_file, path, 0);
    if (status == TOOL_DONE)
        status = tool_fail(command, path, quorsum_key_share_unseal(out, sealed.data, sealed.len, passphrase.text,
                                                                   passphrase.len));
    tool_passphrase_free(&passphrase);
    quorsum_bytes_free(&sealed);
    return status;
}

int tool_trustee_load(const tool_command *command, quorsum_identity **out, const char *path,
                      const char *identity_passphrase_file, const char *share_passphrase_file)
{
    const char *file = identity_passphrase_file != NULL ? identity_passphrase_file : share_passphrase_file;
    int status = tool_identity_load(command, out, path, file);

    if (status == TOOL_REFUSED && identity_passphrase_file == NULL && share_passphrase_file != NULL)
        tool_say(command, "%s was tried on the identity, too: give --identity-passphrase-file if that has its own",
                 share_passphrase_file);
    return status;
}

int tool_trustee_check(const tool_command *command, const quorsum_key_record *record, const quorsum_key_share *share,
                       const quorsum_identity *identity, const char *share_path, const char *identity_path)
{
    uint32_t index = quorsum_key_share_trustee(share);
    const uint8_t *trustee = quorsum_key_record_trustee(record, index);

    if (trustee != NULL && memcmp(trustee, quorsum_identity_public(identity), QUORSUM_IDENTITY_BYTES) == 0)
        return TOOL_DONE;
    tool_say(command, "%s: the key's roster does not name %s as trustee %u, whose share this is (%s)", share_path,
             identity_path, index, quorsum_status_name(QUORSUM_ERR_TRUSTEE));
    return tool_exit_code(QUORSUM_ERR_TRUSTEE);
}

int tool_roster_load(const tool_command *command, uint8_t **out, size_t *count, const char *path)
{
    quorsum_bytes text = {0};
    uint8_t *roster = NULL;
    size_t found = 0, number = 0;
    char *rest = NULL;
    int status = tool_fail(command, path, tool_read(&text, path, 1 << 28));

    *out = NULL;
    *count = 0;
    if (status == TOOL_DONE) /* an identity takes at least 64 characters of text */
        roster = malloc(text.len / 2 + QUORSUM_IDENTITY_BYTES);
    if (status == TOOL_DONE && roster == NULL)
        status = tool_fail(command, path, QUORSUM_ERR_MEMORY);
    if (status == TOOL_DONE && strlen((char *)text.data) != text.len)
        status = tool_usage(command, "%s: not a text: it has a NUL byte", path);
    for (char *line = status == TOOL_DONE ? (char *)text.data : NULL; line != NULL && *line != '\0'; line = rest) {
        char *end = strchr(line, '\n');

        number++;
        rest = end == NULL ? line + strlen(line) : end + 1;
        if (end != NULL)
            *end = '\0';
        if (line[0] == '#' || line[strspn(line, " \t\r")] == '\0')
            continue;
        if (roster_line(line, roster + found * QUORSUM_IDENTITY_BYTES) != 0) {
            status = tool_usage(command, "%s: line %zu does not start with an identity of 64 hex digits", path, number);
            break;
        }
        found++;
    }
    if (status == TOOL_DONE && found == 0)
        status = tool_usage(command, "%s: no identity in it", path);
    quorsum_bytes_free(&text);
    if (status != TOOL_DONE) {
        free(roster);
        return status;
    }
    *out = roster;
    *count = found;
    return TOOL_DONE;
}
