/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library's opinion of many boards, for differ.py. Reads a line, answers with a line:
 *
 *     judge PATH         OBJECT=STATUS<tab>... =STATUS: each object of the board that it did not find good, then what
 *                        quorsum_board_verify returns
 *     make NUMBER PATH   SEED<tab>...: makes a board of its own there (rounds.h)
 *
 * Linked with the test library, so boards may have small moduli.
 */
#include "quorsum.h"
#include "tests/verifier/rounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096 };

static void print_object(const char *object, const uint8_t *who, quorsum_status status, void *user)
{
    (void)who;
    (void)user;
    if (status != QUORSUM_OK)
        printf("%s=%s\t", object, quorsum_status_name(status));
}

static quorsum_status judge(const char *path)
{
    const quorsum_watch watch = {.report = print_object};
    const quorsum_run run = {.threads = 1};
    quorsum_board *board = NULL;
    quorsum_status status = quorsum_board_open(&board, path, &watch, &run);

    if (status == QUORSUM_OK)
        status = quorsum_board_verify(NULL, board, &watch, &run);
    quorsum_board_close(board);
    return status;
}

int main(void)
{
    char line[LINE], *path;

    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "judge ", 6) == 0) {
            printf("=%s", quorsum_status_name(judge(line + 6)));
        } else if (strncmp(line, "make ", 5) == 0) {
            unsigned long kind = strtoul(line + 5, &path, 10);

            rounds_make(path + 1, (unsigned)kind);
        } else {
            return 2;
        }
        putchar('\n');
        fflush(stdout);
    }
    return 0;
}
