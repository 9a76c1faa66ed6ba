/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of quorsum verify. All answer an exit code. */
#ifndef TOOL_VERIFY_H
#define TOOL_VERIFY_H

#include "tools/quorsum/command.h"

/* Whether the board's manifest keeps the word of the receipt in `path`, with the Merkle path that shows it. */
int verify_receipt(const tool_command *command, const quorsum_board *board, const char *board_path, const char *path);
/* Whether somebody signed something else on another copy of the board (a directory), or in a message (a file). Evidence
 * is put on the board. */
int verify_against(const tool_command *command, quorsum_board *board, tool_board_watch *watch, const char *other);

/* A ceremony's directory, replayed by an observer; `key` is a record that must be the one it made, or NULL. */
int verify_ceremony(const tool_command *command, const char *directory, const char *key, int quiet,
                    const tool_common *common);

#endif
