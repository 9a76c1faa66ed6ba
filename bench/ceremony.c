/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quorsum-ceremony: whole ceremonies on this machine, every party a process of its own with one thread, messages passed on
 * by this one, at once or after a latency. What a run took, and how many candidates it looked at: docs/benchmarks.md.
 *
 *     quorsum-ceremony [--bits B] [--trustees N] [--quorum Q] [--degree S] [--batch K] [--runs R] [--latency MS]
 *
 * It links the library's objects to see the winner's number, and takes keys of 1024 bits, for counting candidates only.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/arith/prime.h"
#include "lib/ceremony/ceremony.h"
#include "quorsum.h"

size_t qs_modulus_bits_min(void) /* in place of the library's */
{
    return 1024;
}

typedef struct settings {
    unsigned bits, trustees, quorum, degree, batch, runs, latency;
} settings;

/* What a party says of itself when it is done. */
typedef struct account {
    uint64_t candidates; /* up to the winner, which counts */
    uint64_t expected;
    uint64_t batches;
    uint32_t steps;
    uint32_t largest_prime;
} account;

typedef struct outcome {
    account account;
    double wall;
    double cpu_median, cpu_max; /* of the parties */
    double memory_max;          /* MB */
    double sent_max;            /* MB */
} outcome;

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "quorsum-ceremony: %s\n", what);
        exit(3);
    }
}

static void must_status(quorsum_status status, const char *what)
{
    if (status != QUORSUM_OK) {
        fprintf(stderr, "quorsum-ceremony: %s: %s\n", what, quorsum_status_text(status));
        exit(3);
    }
}

/* ---- frames: length, then bytes; length 0: an account follows ---- */

static void write_all(int fd, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t done = write(fd, at, len);

        if (done < 0 && errno == EPIPE)
            return; /* who is done reads no more; who is not is missed elsewhere */
        must(done > 0 || errno == EINTR, "a party cannot be written to");
        if (done > 0) {
            at += done;
            len -= (size_t)done;
        }
    }
}

static int read_all(int fd, void *data, size_t len)
{
    char *at = data;

    while (len > 0) {
        ssize_t done = read(fd, at, len);

        if (done <= 0 && errno != EINTR)
            return 0;
        if (done > 0) {
            at += done;
            len -= (size_t)done;
        }
    }
    return 1;
}

/* ---- a party ---- */

static void send_messages(int fd, const quorsum_ceremony *ceremony)
{
    for (size_t i = 0; i < quorsum_ceremony_messages(ceremony); i++) {
        quorsum_bytes message;
        uint32_t len;

        must_status(quorsum_ceremony_message(&message, ceremony, i), "message");
        len = (uint32_t)message.len;
        write_all(fd, &len, sizeof len);
        write_all(fd, message.data, message.len);
        quorsum_bytes_free(&message);
    }
}

static void take_message(int fd, quorsum_ceremony *ceremony)
{
    uint32_t len;
    uint8_t *message;

    must(read_all(fd, &len, sizeof len), "a party is cut off");
    message = malloc(len);
    must(message != NULL && read_all(fd, message, len), "a party is cut off");
    must_status(quorsum_ceremony_receive(ceremony, message, len), "receive");
    free(message);
}

static void be_party(int fd, const quorsum_bytes *proposal, const quorsum_identity *identity)
{
    const quorsum_run one_thread = {.threads = 1};
    quorsum_ceremony *ceremony;
    quorsum_ceremony_status state;
    account mine = {0};
    uint32_t step = 0, none = 0;

    must_status(quorsum_ceremony_start(&ceremony, proposal->data, proposal->len, identity, NULL, NULL), "start");
    for (;;) {
        must_status(quorsum_ceremony_work(ceremony, &one_thread), "work");
        quorsum_ceremony_state(&state, ceremony);
        if (state.step != step || state.phase == QUORSUM_CEREMONY_DONE)
            send_messages(fd, ceremony);
        step = state.step;
        if (state.phase == QUORSUM_CEREMONY_DONE)
            break;
        take_message(fd, ceremony);
    }
    mine.steps = state.step;
    mine.batches = state.batch + 1;
    mine.expected = state.expected;
    mine.candidates = state.candidates + ceremony->generation->winner + 1;
    mine.largest_prime = qs_generation_bound(ceremony->generation);
    write_all(fd, &none, sizeof none);
    write_all(fd, &mine, sizeof mine);
    quorsum_ceremony_free(ceremony);
}

/* ---- between them ---- */

typedef struct letter { /* one message, to all but its sender */
    double due;
    uint32_t len;
    unsigned from;
    uint8_t *data;
    struct letter *next;
} letter;

typedef struct post {
    const settings *set;
    int socket[QUORSUM_CEREMONY_TRUSTEES_MAX];
    size_t sent[QUORSUM_CEREMONY_TRUSTEES_MAX];
    int done[QUORSUM_CEREMONY_TRUSTEES_MAX];
    letter *first, *last;
    account account;
} post;

static void deliver(post *p)
{
    while (p->first != NULL && p->first->due <= now()) {
        letter *l = p->first;

        for (unsigned i = 0; i < p->set->trustees; i++) {
            if (i == l->from || p->done[i])
                continue;
            write_all(p->socket[i], &l->len, sizeof l->len);
            write_all(p->socket[i], l->data, l->len);
        }
        p->first = l->next;
        if (p->first == NULL)
            p->last = NULL;
        free(l->data);
        free(l);
    }
}

static void collect(post *p, unsigned from)
{
    letter *l = calloc(1, sizeof *l);

    must(l != NULL && read_all(p->socket[from], &l->len, sizeof l->len), "a party has ended");
    if (l->len == 0) {
        must(read_all(p->socket[from], &p->account, sizeof p->account), "a party has ended");
        p->done[from] = 1;
        free(l);
        return;
    }
    l->data = malloc(l->len);
    must(l->data != NULL && read_all(p->socket[from], l->data, l->len), "a party has ended");
    l->from = from;
    l->due = now() + 1e-3 * p->set->latency;
    p->sent[from] += l->len;
    if (p->last != NULL)
        p->last->next = l;
    else
        p->first = l;
    p->last = l;
}

static int wait_time(const post *p)
{
    double left;

    if (p->first == NULL)
        return 1000;
    left = 1e3 * (p->first->due - now());
    return left > 0 ? (int)left + 1 : 0;
}

static void pass_messages(post *p)
{
    for (;;) {
        struct pollfd watch[QUORSUM_CEREMONY_TRUSTEES_MAX];
        unsigned running = 0;

        for (unsigned i = 0; i < p->set->trustees; i++) {
            watch[i] = (struct pollfd){.fd = p->done[i] ? -1 : p->socket[i], .events = POLLIN};
            running += !p->done[i];
        }
        if (running == 0)
            return;
        must(poll(watch, p->set->trustees, wait_time(p)) >= 0 || errno == EINTR, "poll");
        for (unsigned i = 0; i < p->set->trustees; i++) {
            if (watch[i].revents & (POLLIN | POLLHUP))
                collect(p, i);
        }
        deliver(p);
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double seconds_of(const struct rusage *use)
{
    return (double)use->ru_utime.tv_sec + 1e-6 * (double)use->ru_utime.tv_usec + (double)use->ru_stime.tv_sec +
           1e-6 * (double)use->ru_stime.tv_usec;
}

static void settle(const post *p, const pid_t *process, outcome *out)
{
    double cpu[QUORSUM_CEREMONY_TRUSTEES_MAX];

    for (unsigned i = 0; i < p->set->trustees; i++) {
        struct rusage use;
        int status;

        must(wait4(process[i], &status, 0, &use) == process[i] && status == 0, "a party failed");
        cpu[i] = seconds_of(&use);
        if ((double)use.ru_maxrss / 1024 > out->memory_max)
            out->memory_max = (double)use.ru_maxrss / 1024;
        if (1e-6 * (double)p->sent[i] > out->sent_max)
            out->sent_max = 1e-6 * (double)p->sent[i];
        (void)close(p->socket[i]);
    }
    qsort(cpu, p->set->trustees, sizeof *cpu, ascending);
    out->cpu_median = cpu[p->set->trustees / 2];
    out->cpu_max = cpu[p->set->trustees - 1];
    out->account = p->account;
}

static void start_party(post *p, pid_t *process, unsigned i, const quorsum_bytes *proposal,
                        const quorsum_identity *identity)
{
    int pair[2];
    int room = 8 << 20; /* a step's messages fit, so that nobody waits for somebody who is writing */

    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
    (void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    (void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    process[i] = fork();
    must(process[i] >= 0, "fork");
    if (process[i] == 0) {
        (void)close(pair[0]);
        be_party(pair[1], proposal, identity);
        _exit(0);
    }
    (void)close(pair[1]);
    p->socket[i] = pair[0];
}

static outcome run(const settings *set)
{
    quorsum_identity *identity[QUORSUM_CEREMONY_TRUSTEES_MAX];
    uint8_t roster[QUORSUM_CEREMONY_TRUSTEES_MAX * QUORSUM_IDENTITY_BYTES];
    pid_t process[QUORSUM_CEREMONY_TRUSTEES_MAX];
    quorsum_ceremony_options options = {.key = {.modulus_bits = set->bits, .degree = set->degree},
                                        .trustees = set->trustees,
                                        .quorum = set->quorum,
                                        .roster = roster,
                                        .purpose = "measuring",
                                        .batch = set->batch};
    post p = {.set = set};
    quorsum_bytes proposal;
    outcome out = {0};

    for (unsigned i = 0; i < set->trustees; i++) {
        must_status(quorsum_identity_generate(&identity[i]), "identity");
        memcpy(roster + (size_t)i * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(identity[i]), QUORSUM_IDENTITY_BYTES);
    }
    must_status(quorsum_ceremony_propose(&proposal, &options, identity[0]), "proposal");
    out.wall = -now();
    (void)fflush(stdout);
    for (unsigned i = 0; i < set->trustees; i++)
        start_party(&p, process, i, &proposal, identity[i]);
    pass_messages(&p);
    out.wall += now();
    settle(&p, process, &out);
    for (unsigned i = 0; i < set->trustees; i++)
        quorsum_identity_free(identity[i]);
    quorsum_bytes_free(&proposal);
    return out;
}

/* ---- reporting ---- */

static double middle(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, ascending);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

#define COLUMN_LIST(X) X(wall) X(cpu_median) X(cpu_max) X(memory_max) X(sent_max)

static void report(const outcome *runs, unsigned count)
{
    double *column = malloc(count * sizeof *column);
    double candidates = 0;

    must(column != NULL, "memory");
    printf("median");
#define PRINT(name)                                                                                                    \
    for (unsigned i = 0; i < count; i++)                                                                               \
        column[i] = runs[i].name;                                                                                      \
    printf("  %s %.2f", #name, middle(column, count));
    COLUMN_LIST(PRINT)
    for (unsigned i = 0; i < count; i++)
        candidates += (double)runs[i].account.candidates;
    candidates /= count;
    /* The count is geometric: its standard deviation is its mean. */
    printf("\ncandidates: mean of %u %.0f, formula %llu (sieve to %u), ratio %.2f; one standard error is 1/sqrt(%u)\n", count,
           candidates, (unsigned long long)runs[0].account.expected, runs[0].account.largest_prime,
           candidates / (double)runs[0].account.expected, count);
    free(column);
}

static unsigned *option(settings *set, const char *name)
{
    static const char *const names[] = {"--bits", "--trustees", "--quorum", "--degree", "--batch", "--runs", "--latency"};
    unsigned *const places[] = {&set->bits,  &set->trustees, &set->quorum, &set->degree,
                                &set->batch, &set->runs,     &set->latency};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0)
            return places[i];
    }
    return NULL;
}

int main(int argc, char **argv)
{
    settings set = {.bits = 2048, .trustees = 5, .quorum = 3, .degree = 1, .runs = 10};
    outcome *runs;

    for (int i = 1; i < argc; i += 2) {
        unsigned *place = option(&set, argv[i]);

        if (place == NULL || i + 1 == argc || sscanf(argv[i + 1], "%u", place) != 1) {
            fprintf(stderr, "quorsum-ceremony: see the head of bench/ceremony.c for its options\n");
            return 2;
        }
    }
    (void)signal(SIGPIPE, SIG_IGN);
    must(set.runs > 0 && set.trustees <= QUORSUM_CEREMONY_TRUSTEES_MAX, "runs or trustees out of range");
    runs = calloc(set.runs, sizeof *runs);
    must(runs != NULL, "memory");
    printf("%u of %u, %u bits, degree %u, latency %u ms, kernel %s; a process a party, one thread each\n", set.quorum,
           set.trustees, set.bits, set.degree, set.latency, quorsum_kernel());
    for (unsigned i = 0; i < set.runs; i++) {
        runs[i] = run(&set);
        printf("run %2u: wall %6.2f s, cpu a party %5.2f s (most %5.2f), %5.1f MB memory, %6.2f MB sent, %u steps, %llu "
               "batches, %llu candidates\n",
               i + 1, runs[i].wall, runs[i].cpu_median, runs[i].cpu_max, runs[i].memory_max, runs[i].sent_max,
               runs[i].account.steps, (unsigned long long)runs[i].account.batches,
               (unsigned long long)runs[i].account.candidates);
        (void)fflush(stdout);
    }
    report(runs, set.runs);
    free(runs);
    return 0;
}
