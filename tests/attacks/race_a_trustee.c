/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As in subtract_two_totals.c, but the coordinator asks trustee 1 about both manifests in the same moment, from several
 * processes, so that each may look into the journal before the other has written. Stopped by: whether the journal names
 * another manifest, and writing this one's name, are one step under the file's lock, on disk before any acknowledgement
 * leaves; one manifest wins, for good, and the other becomes half of the evidence. Lesson 9 of the field.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "scene.h"

#define PROCESSES 8

/* Exits with 0 for the acknowledgement, 1 for a second manifest refused, 2 for anything else. */
static void acknowledge_when_told(const scene *s, const char *journal, int start)
{
    quorsum_status status;
    char nothing;

    (void)!read(start, &nothing, 1);
    status = quorsum_board_acknowledge(s->board, s->f.trustees[0], journal, NULL, NULL);
    _exit(status == QUORSUM_OK ? 0 : status == QUORSUM_ERR_EQUIVOCATION ? 1 : 2);
}

/* Every other process asks about the other board. ends[board][how it ended] */
static void race(const scene *boards[2], const char *journal, unsigned ends[2][3])
{
    pid_t children[PROCESSES];
    int start[2];

    cr_assert_eq(pipe(start), 0);
    for (size_t i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        cr_assert_neq(children[i], -1);
        if (children[i] == 0) {
            close(start[1]);
            acknowledge_when_told(boards[i % 2], journal, start[0]);
        }
    }
    close(start[0]);
    close(start[1]);
    for (size_t i = 0; i < PROCESSES; i++) {
        int status = 0;

        cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) <= 2);
        ends[i % 2][WEXITSTATUS(status)]++;
    }
}

Test(attack, race_a_trustee)
{
    for (unsigned round = 0; round < 4; round++) {
        scene large;
        scene small;
        unsigned ends[2][3] = {{0}};
        char journal[700];
        int winner;

        scene_open(&large, SCENE_SUM, (setup){0});
        scene_contribute(&large, 3);
        scene_copy(&small, &large);
        cr_assert_eq(scene_aggregate(&large), QUORSUM_OK);
        scene_close_dishonestly(&small, (const size_t[]){0, 1}, 2);
        (void)snprintf(journal, sizeof journal, "%s/journal0", large.directory);
        race((const scene *[]){&large, &small}, journal, ends);
        winner = ends[0][0] > 0 ? 0 : 1;
        cr_expect_eq(ends[winner][0], PROCESSES / 2);
        cr_expect_eq(ends[!winner][1], PROCESSES / 2);
        cr_expect_eq(scene_has(&large, "acks/1"), winner == 0);
        cr_expect_eq(scene_has(&small, "acks/1"), winner == 1);
        cr_expect_eq(scene_verify(winner == 0 ? &small : &large), QUORSUM_ERR_EQUIVOCATION, "the evidence is there");
        scene_close_copy(&small);
        scene_close(&large);
    }
}
