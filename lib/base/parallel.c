/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parallel loop. Blocks are handed out in ascending order from one atomic counter, and a block once handed
 * out is always finished. So when block k fails, every block below k runs to its end: the lowest failing
 * block is found whatever the number of threads, and its status is what the loop returns.
 */
#include "lib/base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_THREADS 1024u /* callers allocate scratch per worker: a bound on a number that comes from outside */

struct loop {
    size_t count;
    size_t block;
    size_t blocks;
    qs_loop_body body;
    void *context;
    atomic_size_t next; /* the next block to hand out */
    atomic_size_t done; /* items finished */
    atomic_int stop;    /* hand out nothing more */
    pthread_mutex_t lock;
    size_t failed;         /* under the lock: lowest failing block so far */
    quorsum_status status; /* under the lock: what it said */
};

struct worker {
    pthread_t thread;
    struct loop *loop;
    unsigned index;
};

static unsigned core_count(void)
{
    long online;
#ifdef CPU_COUNT
    cpu_set_t set;

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return (unsigned)CPU_COUNT(&set);
#endif
    online = sysconf(_SC_NPROCESSORS_ONLN); /* more cores than a cpu_set_t holds, or no affinity here */
    if (online < 1)
        return 1;
    return online < (long)MAX_THREADS ? (unsigned)online : MAX_THREADS;
}

unsigned qs_run_threads(const quorsum_run *run)
{
    unsigned threads = run != NULL && run->threads > 0 ? run->threads : core_count();

    return threads < MAX_THREADS ? threads : MAX_THREADS;
}

static void record_failure(struct loop *loop, size_t block, quorsum_status status)
{
    pthread_mutex_lock(&loop->lock);
    if (loop->status == QUORSUM_OK || block < loop->failed) {
        loop->failed = block;
        loop->status = status;
    }
    pthread_mutex_unlock(&loop->lock);
    atomic_store(&loop->stop, 1);
}

/* Takes one block and does it. 0 when there is none left to take. */
static int do_block(struct loop *loop, unsigned index)
{
    size_t block, begin, len;
    quorsum_status status;

    if (atomic_load(&loop->stop))
        return 0;
    block = atomic_fetch_add(&loop->next, 1);
    if (block >= loop->blocks)
        return 0;
    begin = block * loop->block;
    len = loop->count - begin < loop->block ? loop->count - begin : loop->block;
    status = loop->body(loop->context, index, begin, begin + len);
    if (status != QUORSUM_OK)
        record_failure(loop, block, status);
    else
        atomic_fetch_add(&loop->done, len);
    return 1;
}

static void *worker_main(void *argument)
{
    struct worker *self = argument;

    while (do_block(self->loop, self->index))
        continue;
    return NULL;
}

/* Signals are for the caller's threads, whose handlers know nothing of ours; except those a thread's own fault
 * raises, which cannot wait. */
static void block_signals(sigset_t *before)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t blocked;

    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        sigdelset(&blocked, own[i]);
    pthread_sigmask(SIG_BLOCK, &blocked, before);
}

/* Starts up to `wanted` workers and returns how many there are: fewer threads only make it slower. */
static unsigned start_workers(struct loop *loop, struct worker *workers, unsigned wanted)
{
    sigset_t before;
    unsigned started = 0;

    if (wanted == 0)
        return 0;
    block_signals(&before);
    while (started < wanted) {
        struct worker *next = &workers[started];

        next->loop = loop;
        next->index = started + 1; /* worker 0 is the calling thread */
        if (pthread_create(&next->thread, NULL, worker_main, next) != 0)
            break;
        started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

/* Tells the callback how far the loop is, once per new figure. Nonzero when it asks to stop. */
static int report(struct loop *loop, const quorsum_run *run, size_t *reported)
{
    size_t done = atomic_load(&loop->done);

    if (run == NULL || run->progress == NULL || done == *reported)
        return 0;
    *reported = done;
    return run->progress(done, loop->count, run->user);
}

static quorsum_status run_loop(struct loop *loop, const quorsum_run *run, struct worker *workers, unsigned wanted)
{
    unsigned started = start_workers(loop, workers, wanted);
    size_t reported = 0;
    int cancelled = 0;

    while (!cancelled && do_block(loop, 0))
        cancelled = report(loop, run, &reported) != 0;
    if (cancelled)
        atomic_store(&loop->stop, 1);
    for (unsigned i = 0; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    if (loop->status != QUORSUM_OK)
        return loop->status;
    if (!cancelled) /* what the others finished after this thread's last block */
        cancelled = report(loop, run, &reported) != 0;
    return cancelled ? QUORSUM_ERR_CANCELLED : QUORSUM_OK;
}

quorsum_status qs_parallel(const quorsum_run *run, size_t count, size_t block, qs_loop_body body, void *context)
{
    struct loop loop = {.count = count, .block = block, .body = body, .context = context};
    struct worker *workers = NULL;
    quorsum_status status = QUORSUM_OK;
    unsigned threads = qs_run_threads(run);

    if (block == 0 || body == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (count == 0)
        return QUORSUM_OK;
    loop.blocks = count / block + (count % block != 0);
    if (threads > loop.blocks)
        threads = (unsigned)loop.blocks;
    if (threads > 1)
        workers = calloc(threads - 1, sizeof *workers);
    if (threads > 1 && workers == NULL)
        return QUORSUM_ERR_MEMORY;
    if (pthread_mutex_init(&loop.lock, NULL) != 0)
        status = QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK) {
        status = run_loop(&loop, run, workers, threads - 1);
        pthread_mutex_destroy(&loop.lock);
    }
    free(workers);
    return status;
}
