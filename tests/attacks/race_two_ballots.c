/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contributor 1 has learnt that second ballots are refused, and sends twelve different ones at the same moment, each
 * from a process of its own, so that all of them find no first one there. Stopped by: "is there one already" and "put
 * it there" are one step of the file system, a link that fails when the name is taken. One process wins and all others
 * are told that he has voted. Lesson 8 of the field: uniqueness is atomic.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scene.h"

#define PROCESSES 12

/* Waits for the starting signal: the writing end of the pipe is closed. */
static int send_when_told(scene *s, const quorsum_bytes *ballot, int start)
{
    quorsum_status status;
    char nothing;

    (void)!read(start, &nothing, 1);
    status = scene_send(s, ballot);
    return status == QUORSUM_OK ? 0 : status == QUORSUM_ERR_DUPLICATE ? 1 : 2;
}

static void count_ends(unsigned ends[3])
{
    for (size_t i = 0; i < PROCESSES; i++) {
        int status = 0;

        cr_assert_neq(wait(&status), -1);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) <= 2);
        ends[WEXITSTATUS(status)]++;
    }
}

Test(attack, race_two_ballots)
{
    scene s;
    quorsum_bytes ballots[PROCESSES];
    unsigned ends[3] = {0};
    int start[2];

    scene_open(&s, SCENE_BALLOT, (setup){0});
    for (size_t i = 0; i < PROCESSES; i++)
        ballots[i] = scene_contribution(&s, 0); /* fresh randomness: no two are the same */
    cr_assert_eq(pipe(start), 0);
    for (size_t i = 0; i < PROCESSES; i++) {
        pid_t child = fork();

        cr_assert_neq(child, -1);
        if (child == 0) {
            close(start[1]);
            _exit(send_when_told(&s, &ballots[i], start[0]));
        }
    }
    close(start[0]);
    close(start[1]);
    count_ends(ends);
    cr_expect_eq(ends[0], 1);
    cr_expect_eq(ends[1], PROCESSES - 1);
    for (size_t i = 0; i < PROCESSES; i++)
        quorsum_bytes_free(&ballots[i]);
    for (size_t who = 1; who < 3; who++) {
        ballots[0] = scene_contribution(&s, who);
        cr_assert_eq(scene_send(&s, &ballots[0]), QUORSUM_OK);
        quorsum_bytes_free(&ballots[0]);
    }
    scene_expect_total(&s, 3);
    scene_close(&s);
}
