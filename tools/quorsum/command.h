/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the subcommands of the quorsum tool share: how they are found, the options all of them take, how they report, and
 * how they end. Results go to stdout; progress, logs and errors go to stderr.
 */
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "quorsum.h"
#include "tools/quorsum/fields_json.h"

enum tool_exit {
    TOOL_DONE = 0,
    TOOL_REFUSED = 1, /* a check said no */
    TOOL_USAGE = 2,   /* wrong use: options, or a file that is not there */
    TOOL_FAILED = 3,  /* the system failed: disk, memory, permission */
};

typedef struct tool_command {
    const char *name;
    const char *summary; /* one line, no full stop */
    const char *help;    /* the whole --help text, shaped for help2man */
    int (*run)(const struct tool_command *command, int argc, char **argv);
} tool_command;

extern const tool_command command_ceremony, command_keygen, command_confirm, command_identity, command_task, command_pool,
    command_contribute, command_receipt, command_aggregate, command_acknowledge, command_decrypt, command_complete,
    command_open, command_verify, command_show, command_cost;

/* ---- options ------------------------------------------------------------------------------------------------------ */

typedef enum tool_progress_mode { TOOL_PROGRESS_AUTO, TOOL_PROGRESS_JSON, TOOL_PROGRESS_NONE } tool_progress_mode;

typedef struct tool_common { /* options every command takes */
    unsigned threads;
    tool_progress_mode progress;
} tool_common;

/* The long options every command's table ends with; their values lie above any character. */
enum { OPT_HELP = 1000, OPT_THREADS, OPT_PROGRESS };
#define TOOL_COMMON_OPTIONS                                                                                            \
    {"help", no_argument, NULL, OPT_HELP}, {"threads", required_argument, NULL, OPT_THREADS},                          \
        {"progress", required_argument, NULL, OPT_PROGRESS}, {NULL, 0, NULL, 0}

#define TOOL_COMMON_HELP                                                                                               \
    "      --threads N       use N threads (default: every core)\n"                                                    \
    "      --progress MODE   auto (a bar on a terminal), json (a line per step) or none\n"                             \
    "      --help            show this help\n"

/* The next option of the command's own, -1 at the end, or -2 when the command is to return *status now (help was shown,
 * or the options were wrong and that was said). */
int tool_next_option(const tool_command *command, int argc, char **argv, const struct option *options,
                     tool_common *common, int *status);

/* A whole decimal number in [min, max]; 0, or -1 after saying what was wrong with option `name`. */
int tool_number(const tool_command *command, const char *name, const char *text, uint64_t min, uint64_t max,
                uint64_t *out);
/* What --randomiser says, likewise. */
int tool_randomiser(const tool_command *command, const char *text, quorsum_randomiser *out);

/* ---- saying what happened ------------------------------------------------------------------------------------------ */

/* "quorsum COMMAND: ..." on stderr, one line whatever the names in it hold. */
void tool_say(const tool_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for wrong use, with a pointer to --help. Returns TOOL_USAGE. */
int tool_usage(const tool_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Names object and reason; returns the exit code that fits the status (TOOL_DONE for QUORSUM_OK, saying nothing). */
int tool_fail(const tool_command *command, const char *object, quorsum_status status);
int tool_exit_code(quorsum_status status);

#define TOOL_HEX(bytes) (2 * (bytes) + 1)
void tool_hex(char *out, const uint8_t *in, size_t len); /* 2*len digits and a NUL */
int tool_unhex(uint8_t *out, size_t len, const char *text); /* exactly 2*len lower- or upper-case digits; 0 or -1 */

/* ---- files --------------------------------------------------------------------------------------------------------- */

/* The whole file (or stdin for "-"), at most max_len bytes, NUL-terminated behind. */
quorsum_status tool_read(quorsum_bytes *out, const char *path, size_t max_len);
/* A key record, checked whole; says what is wrong with it. */
int tool_record_load(const tool_command *command, quorsum_key_record **out, const char *path, const tool_common *common);
/* What people compare and count of a key: its fingerprint, who dealt it, who confirmed it. */
void tool_record_print(const quorsum_key_record *record);
/* Written beside and linked into place: whole or not at all, and on disk by then. QUORSUM_ERR_EXISTS never overwrites. */
quorsum_status tool_write_new(const char *path, const void *data, size_t len, int secret);
/* The same in the place of a public file that is there already. */
quorsum_status tool_write_over(const char *path, const void *data, size_t len);
quorsum_status tool_make_directory(const char *path); /* for its owner alone, durable; one that is there is fine */
char *tool_join(const char *directory, const char *name); /* malloc'd; ends the program without memory */

/* tool_fields_read, with what is wrong said. */
int tool_fields_load(const tool_command *command, tool_fields *out, const char *path);

/* ---- progress ------------------------------------------------------------------------------------------------------ */

typedef struct tool_progress {
    tool_progress_mode mode;
    const char *label;
    const char *unit;
    double started;
    double shown;
    int width;
} tool_progress;

/* A quorsum_run whose callback draws for `progress`; call tool_progress_end when the step is over. */
quorsum_run tool_progress_begin(tool_progress *progress, const tool_common *common, const char *label, const char *unit);
void tool_progress_end(tool_progress *progress);
double tool_now(void); /* seconds, monotonic */

/* ---- secrets ------------------------------------------------------------------------------------------------------- */

#define TOOL_PASSPHRASE_MAX 1024
typedef struct tool_passphrase {
    char *text; /* guarded memory */
    size_t len;
} tool_passphrase;

/* The next line of fd into out->text, read byte by byte so that no buffer keeps a copy; the line end, also CR LF, is no
 * part of it. -1 when it is empty or longer than TOOL_PASSPHRASE_MAX. */
int tool_passphrase_line(tool_passphrase *out, int fd);
/* The first line of `file`; without a file, asked for on the terminal (twice if `confirm`). Says what is wrong. */
int tool_passphrase_get(const tool_command *command, tool_passphrase *out, const char *file, const char *what, int confirm);
void tool_passphrase_free(tool_passphrase *passphrase);

/* Unseals the identity in `path`; says why not. NULL path: a one-time identity, whose signature only shows integrity. */
int tool_identity_load(const tool_command *command, quorsum_identity **out, const char *path, const char *passphrase_file);

/* Unseals the key share in `path`; says why not. */
int tool_share_load(const tool_command *command, quorsum_key_share **out, const char *path, const char *passphrase_file);

/* A trustee's identity beside its share: where --identity-passphrase-file is not given, the share's passphrase is tried. */
int tool_trustee_load(const tool_command *command, quorsum_identity **out, const char *path,
                      const char *identity_passphrase_file, const char *share_passphrase_file);
/* Whether the key's roster has this identity for this share; if not, says so and returns TOOL_REFUSED. */
int tool_trustee_check(const tool_command *command, const quorsum_key_record *record, const quorsum_key_share *share,
                       const quorsum_identity *identity, const char *share_path, const char *identity_path);

/* A roster file: a line an identity, 64 hex digits, then anything; '#' starts a comment. *out is malloc'd. */
int tool_roster_load(const tool_command *command, uint8_t **out, size_t *count, const char *path);

/* ---- boards -------------------------------------------------------------------------------------------------------- */

typedef struct tool_board_watch {
    const tool_command *command;
    const char *board;
    const quorsum_task *task; /* once the board is open */
    int all;          /* also say what was accepted */
    unsigned refused;  /* counted */
    unsigned partials;      /* good ones */
    unsigned contributions; /* good ones */
    unsigned completions;   /* good ones */
    unsigned receipts;      /* good ones */
    unsigned acks;          /* good ones */
} tool_board_watch;

void tool_board_report(const char *object, const uint8_t *who, quorsum_status status, void *user);
/* Opens without drawing progress: a prompt may follow. */
int tool_board_load(const tool_command *command, quorsum_board **out, const char *path, tool_board_watch *watch,
                    const tool_common *common);
/* Whether the task is closed; if not, says what comes first and returns TOOL_REFUSED. */
int tool_board_closed(const tool_command *command, const char *path);
/* Whether there is something under that name. */
int tool_board_has(const char *board, const char *object);
/* tool_fail, with the numbers that QUORSUM_ERR_COHORT, _TOO_FEW_SHARES and _AGREEMENT are about. */
int tool_board_fail(const quorsum_board *board, const tool_board_watch *watch, quorsum_status status);
/* Who broke which word: the coordinator, to the receipt's contributor. `object` is where the receipt is. */
void tool_say_omitted(const tool_command *command, const char *object, const quorsum_task *task,
                      const quorsum_receipt *receipt);

/* ---- roles --------------------------------------------------------------------------------------------------------- */

/* The trustee's journal, malloc'd: as given, or else beside the share. NULL: the share is not there, or no memory. */
char *tool_journal_path(const char *journal, const char *share);
/* Whether the identity is the task's coordinator; says who is if not. */
int tool_check_coordinator(const tool_command *command, const quorsum_board *board, const char *identity_file,
                           const quorsum_identity *identity);

#endif
