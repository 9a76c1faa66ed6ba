/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of the twin's socket: requests of one size go down, answers of one size come back. */
#include "bench/twin.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_SECONDS 900 /* setting up a whole round on a busy machine takes a minute */
#define END_SECONDS 5

typedef enum verb { PREPARE = 1, SAMPLE, FINISH } verb;

typedef struct request {
    verb verb;
    char name[60];
} request;

typedef struct answer {
    quorsum_status status;
    double seconds;
} answer;

static quorsum_status transmit(int socket, const void *message, size_t len)
{
    return send(socket, message, len, MSG_NOSIGNAL) == (ssize_t)len ? QUORSUM_OK : QUORSUM_ERR_SYSTEM;
}

static quorsum_status receive(int socket, void *message, size_t len)
{
    return recv(socket, message, len, MSG_WAITALL) == (ssize_t)len ? QUORSUM_OK : QUORSUM_ERR_SYSTEM;
}

/* ---- in the process that asks ---- */

static void become_twin(int socket, char **arguments)
{
    size_t count = 0;
    char **more;
    int nowhere = open("/dev/null", O_WRONLY);

    while (arguments[count] != NULL)
        count++;
    more = calloc(count + 2, sizeof *more);
    if (more == NULL || nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0 || dup2(socket, STDIN_FILENO) < 0)
        _exit(127);
    memcpy(more, arguments, count * sizeof *more);
    more[count] = (char[]){"--twin"};
    if (setenv("QUORSUM_KERNEL", "portable", 1) == 0)
        execv("/proc/self/exe", more);
    _exit(127);
}

quorsum_status bench_twin_start(bench *b, char **arguments)
{
    const struct timeval patience = {.tv_sec = ANSWER_SECONDS};
    int ends[2];

    if (strcmp(quorsum_kernel(), "portable") == 0)
        return QUORSUM_OK;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return QUORSUM_ERR_SYSTEM;
    b->twin.process = fork();
    if (b->twin.process == 0)
        become_twin(ends[1], arguments);
    close(ends[1]);
    b->twin.socket = ends[0];
    b->twin.role = BENCH_HAS_TWIN;
    if (b->twin.process < 0 || setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
        return QUORSUM_ERR_SYSTEM;
    return QUORSUM_OK;
}

/* It ends by itself when the socket closes, unless it hangs. */
void bench_twin_stop(bench *b)
{
    if (b->twin.role != BENCH_HAS_TWIN)
        return;
    close(b->twin.socket);
    for (unsigned i = 0; b->twin.process > 0 && i < END_SECONDS * 100; i++) {
        if (waitpid(b->twin.process, NULL, WNOHANG) != 0)
            b->twin.process = 0;
        else
            usleep(10000);
    }
    if (b->twin.process > 0 && kill(b->twin.process, SIGKILL) == 0)
        (void)waitpid(b->twin.process, NULL, 0);
    b->twin.role = BENCH_ALONE;
}

static quorsum_status ask(bench *b, const request *wanted, double *seconds)
{
    answer got = {QUORSUM_ERR_SYSTEM, 0};
    quorsum_status status = transmit(b->twin.socket, wanted, sizeof *wanted);

    if (status == QUORSUM_OK)
        status = receive(b->twin.socket, &got, sizeof got);
    *seconds = got.seconds;
    return status == QUORSUM_OK ? got.status : status;
}

quorsum_status bench_twin_prepare(bench *b, const char *name, double *seconds)
{
    request wanted = {.verb = PREPARE};

    snprintf(wanted.name, sizeof wanted.name, "%s", name);
    return ask(b, &wanted, seconds);
}

quorsum_status bench_twin_sample(bench *b, double *seconds)
{
    return ask(b, &(request){.verb = SAMPLE}, seconds);
}

quorsum_status bench_twin_finish(bench *b)
{
    return transmit(b->twin.socket, &(request){.verb = FINISH}, sizeof(request));
}

/* ---- in the twin ---- */

/* A case that never got to the point of being sampled is answered here. */
quorsum_status bench_twin_serve(bench *b)
{
    request wanted;

    b->twin.socket = STDIN_FILENO;
    b->twin.role = BENCH_IS_TWIN;
    while (receive(b->twin.socket, &wanted, sizeof wanted) == QUORSUM_OK) {
        const bench_case *one;
        answer failed = {QUORSUM_ERR_ARGUMENT, 0};

        wanted.name[sizeof wanted.name - 1] = 0;
        one = wanted.verb == PREPARE ? bench_find(wanted.name) : NULL;
        b->twin.answered = 0;
        if (one != NULL)
            failed.status = one->run(b, one);
        if (failed.status == QUORSUM_OK)
            failed.status = QUORSUM_ERR_ARGUMENT;
        if (!b->twin.answered && transmit(b->twin.socket, &failed, sizeof failed) != QUORSUM_OK)
            break;
    }
    return QUORSUM_OK;
}

quorsum_status bench_twin_answer(bench *b, const bench_row *row, const bench_side *ours)
{
    request wanted = {.verb = SAMPLE};
    answer reply = {QUORSUM_OK, 0};
    unsigned calls = 1;

    reply.status = bench_calibrate(b, ours, row->threads, &calls, &reply.seconds);
    b->twin.answered = 1;
    while (transmit(b->twin.socket, &reply, sizeof reply) == QUORSUM_OK && reply.status == QUORSUM_OK &&
           receive(b->twin.socket, &wanted, sizeof wanted) == QUORSUM_OK && wanted.verb == SAMPLE)
        reply.status = bench_sample(ours, calls, row->threads, &reply.seconds);
    return reply.status;
}
