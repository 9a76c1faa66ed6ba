/* SPDX-License-Identifier: Apache-2.0 */
/* The parallel loop: every item once, the lowest failure whatever the threads, progress, cancelling, forks. */
#include "lib/base/parallel.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEMS 1000

struct tally {
    size_t count;
    size_t block;
    unsigned threads;
    atomic_uint seen[ITEMS];
    atomic_uint workers[64]; /* is this worker's scratch in use? */
    atomic_int wrong;
    atomic_int calls;
    size_t fail_from; /* items at and above this fail, each block with its own status */
};

static quorsum_status tally_body(void *context, unsigned worker, size_t begin, size_t end)
{
    struct tally *tally = context;

    atomic_fetch_add(&tally->calls, 1);
    if (worker >= tally->threads || begin >= end || end > tally->count || begin % tally->block != 0 ||
        end - begin > tally->block || atomic_fetch_add(&tally->workers[worker], 1) != 0)
        atomic_store(&tally->wrong, 1);
    for (size_t i = begin; i < end && !atomic_load(&tally->wrong); i++)
        atomic_fetch_add(&tally->seen[i], 1);
    atomic_fetch_sub(&tally->workers[worker], 1);
    if (end > tally->fail_from)
        return begin <= tally->fail_from ? QUORSUM_ERR_PROOF : QUORSUM_ERR_RANGE;
    return QUORSUM_OK;
}

static quorsum_status run_tally(struct tally *tally, unsigned threads, size_t count, size_t block, size_t fail_from)
{
    quorsum_run run = {.threads = threads};

    memset(tally, 0, sizeof *tally);
    tally->count = count;
    tally->block = block;
    tally->threads = threads;
    tally->fail_from = fail_from;
    return qs_parallel(&run, count, block, tally_body, tally);
}

Test(parallel, does_every_item_once_with_any_tail)
{
    static const size_t counts[] = {0, 1, 2, 3, 7, 64, 65, 999, 1000};
    static const size_t blocks[] = {1, 2, 3, 64, 999, 1000, 5000, SIZE_MAX};
    static struct tally tally;

    for (unsigned threads = 1; threads <= 5; threads++) {
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
                cr_assert_eq(run_tally(&tally, threads, counts[c], blocks[b], SIZE_MAX), QUORSUM_OK);
                cr_assert_eq(tally.wrong, 0, "%u threads, %zu items by %zu", threads, counts[c], blocks[b]);
                for (size_t i = 0; i < ITEMS; i++)
                    cr_assert_eq(tally.seen[i], i < counts[c] ? 1 : 0);
            }
        }
    }
}

Test(parallel, refuses_a_block_of_nothing)
{
    cr_expect_eq(qs_parallel(NULL, 5, 0, tally_body, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_parallel(NULL, 5, 1, NULL, NULL), QUORSUM_ERR_ARGUMENT);
}

Test(parallel, the_lowest_failing_block_decides_on_any_number_of_threads)
{
    static struct tally tally;

    for (unsigned threads = 1; threads <= 5; threads++) {
        for (int round = 0; round < 40; round++) {
            size_t fail_from = (size_t)round * 25;
            quorsum_status status = run_tally(&tally, threads, ITEMS, 7, fail_from);

            /* only the block that holds fail_from says PROOF; all above it say RANGE */
            cr_assert_eq(status, QUORSUM_ERR_PROOF, "%u threads, from %zu", threads, fail_from);
            cr_assert_eq(tally.wrong, 0);
            for (size_t i = 0; i < fail_from; i++)
                cr_assert_eq(tally.seen[i], 1, "a block below the failure was left out");
        }
    }
}

Test(parallel, a_failure_ends_the_loop_early)
{
    static struct tally tally;

    cr_expect_eq(run_tally(&tally, 1, ITEMS, 1, 10), QUORSUM_ERR_PROOF);
    cr_expect_eq(tally.calls, 11);
}

struct watch {
    pthread_t caller;
    uint64_t last;
    uint64_t total;
    uint64_t stop_at;
    int calls;
    int wrong;
};

static int watch_progress(uint64_t done, uint64_t total, void *user)
{
    struct watch *watch = user;

    if (!pthread_equal(pthread_self(), watch->caller) || done < watch->last || done > total ||
        total != watch->total)
        watch->wrong = 1;
    watch->last = done;
    watch->calls++;
    return done >= watch->stop_at;
}

static quorsum_status short_work(void *context, unsigned worker, size_t begin, size_t end)
{
    (void)worker;
    atomic_fetch_add((atomic_size_t *)context, end - begin);
    usleep(200);
    return QUORSUM_OK;
}

Test(parallel, progress_comes_from_the_caller_alone_and_never_goes_back)
{
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct watch watch = {.caller = pthread_self(), .total = 203, .stop_at = UINT64_MAX};
        quorsum_run run = {.threads = threads, .progress = watch_progress, .user = &watch};
        atomic_size_t done = 0;

        cr_expect_eq(qs_parallel(&run, 203, 5, short_work, &done), QUORSUM_OK);
        cr_expect_eq(done, 203);
        cr_expect_eq(watch.wrong, 0);
        cr_expect_eq(watch.last, 203, "the end was not reported");
        cr_expect_geq(watch.calls, 1);
    }
}

Test(parallel, the_callback_can_cancel)
{
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct watch watch = {.caller = pthread_self(), .total = 100000, .stop_at = 20};
        quorsum_run run = {.threads = threads, .progress = watch_progress, .user = &watch};
        atomic_size_t done = 0;

        cr_expect_eq(qs_parallel(&run, 100000, 5, short_work, &done), QUORSUM_ERR_CANCELLED);
        cr_expect_lt(done, 5000, "%zu items were done after cancelling", (size_t)done);
        cr_expect_eq(watch.wrong, 0);
    }
}

Test(parallel, cancelling_at_the_very_end_is_cancelling_too)
{
    struct watch watch = {.caller = pthread_self(), .total = 10, .stop_at = 10};
    quorsum_run run = {.threads = 3, .progress = watch_progress, .user = &watch};
    atomic_size_t done = 0;

    cr_expect_eq(qs_parallel(&run, 10, 1, short_work, &done), QUORSUM_ERR_CANCELLED);
}

static quorsum_status inner_loop(void *context, unsigned worker, size_t begin, size_t end)
{
    quorsum_run run = {.threads = 2};

    (void)worker;
    return qs_parallel(&run, 10 * (end - begin), 1, short_work, context);
}

Test(parallel, a_loop_may_run_within_a_loop)
{
    quorsum_run run = {.threads = 3};
    atomic_size_t done = 0;

    cr_expect_eq(qs_parallel(&run, 20, 3, inner_loop, &done), QUORSUM_OK);
    cr_expect_eq(done, 200);
}

Test(parallel, a_child_after_fork_runs_loops_of_its_own)
{
    for (int round = 0; round < 5; round++) {
        quorsum_run run = {.threads = 4};
        atomic_size_t done = 0;
        pid_t child;
        int status = 0;

        cr_assert_eq(qs_parallel(&run, 40, 1, short_work, &done), QUORSUM_OK);
        child = fork();
        cr_assert_geq(child, 0);
        if (child == 0) {
            alarm(20);
            atomic_store(&done, 0);
            _exit(qs_parallel(&run, 4, 1, inner_loop, &done) == QUORSUM_OK && done == 40 ? 0 : 1);
        }
        cr_assert_eq(qs_parallel(&run, 40, 1, short_work, &done), QUORSUM_OK);
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        cr_expect_eq(done, 80);
    }
}

static quorsum_status see_signals(void *context, unsigned worker, size_t begin, size_t end)
{
    sigset_t blocked;

    (void)begin;
    (void)end;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    if (worker > 0 && (!sigismember(&blocked, SIGINT) || !sigismember(&blocked, SIGTERM) ||
                       sigismember(&blocked, SIGSEGV)))
        atomic_store((atomic_size_t *)context, 1);
    if (worker == 0 && sigismember(&blocked, SIGINT))
        atomic_store((atomic_size_t *)context, 1);
    usleep(1000);
    return QUORSUM_OK;
}

Test(parallel, signals_stay_with_the_callers_threads)
{
    quorsum_run run = {.threads = 4};
    atomic_size_t wrong = 0;
    sigset_t blocked;

    cr_assert_eq(qs_parallel(&run, 40, 1, see_signals, &wrong), QUORSUM_OK);
    cr_expect_eq(wrong, 0);
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    cr_expect_eq(sigismember(&blocked, SIGINT), 0, "the caller's mask was not restored");
}

Test(parallel, counts_the_cores_the_process_may_use)
{
    quorsum_run run = {0};
    cpu_set_t all, one;

    cr_assert_eq(sched_getaffinity(0, sizeof all, &all), 0);
    cr_expect_eq(qs_run_threads(NULL), (unsigned)CPU_COUNT(&all));
    cr_expect_eq(qs_run_threads(&run), (unsigned)CPU_COUNT(&all));
    CPU_ZERO(&one);
    for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++) {
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &one);
    }
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    cr_expect_eq(qs_run_threads(NULL), 1);
    run.threads = 7;
    cr_expect_eq(qs_run_threads(&run), 7);
    run.threads = 4000000000u;
    cr_expect_leq(qs_run_threads(&run), 1024, "scratch for every worker would be asked for");
}

/* Runs without the right to make threads; in a child, because the right does not come back. */
static int run_without_threads(void)
{
    static struct tally tally;
    struct rlimit limit = {0, 0};
    int missed = setrlimit(RLIMIT_NPROC, &limit) != 0;

    if (geteuid() == 0 && setuid(65534) != 0) /* root is not held by that limit */
        return 1;
    missed |= run_tally(&tally, 8, ITEMS, 3, SIZE_MAX) != QUORSUM_OK;
    for (size_t i = 0; i < ITEMS; i++)
        missed |= tally.seen[i] != 1;
    return missed;
}

Test(parallel, threads_that_cannot_be_had_only_make_it_slower)
{
    pid_t child = fork();
    int status = 0;

    cr_assert_geq(child, 0);
    if (child == 0)
        _exit(run_without_threads());
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
