/* SPDX-License-Identifier: Apache-2.0 */
/* Timing: clocks, samples, and the rows they go into. A sample is as many calls as make it long beside the clock's
 * grain. */
#include <stdlib.h>
#include <time.h>

#include "bench/bench.h"

double bench_clock(unsigned threads)
{
    struct timespec now;

    clock_gettime(threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

const char *bench_clock_name(unsigned threads)
{
    return threads == 1 ? "process time" : "wall clock";
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

void bench_summarise(double *samples, size_t count, double *min, double *median, double *max)
{
    qsort(samples, count, sizeof *samples, ascending);
    *min = samples[0];
    *max = samples[count - 1];
    *median = (samples[(count - 1) / 2] + samples[count / 2]) / 2;
}

quorsum_status bench_sample(const bench_side *side, unsigned calls, unsigned threads, double *seconds)
{
    double start = bench_clock(threads);
    quorsum_status status = QUORSUM_OK;

    for (unsigned i = 0; i < calls && status == QUORSUM_OK; i++)
        status = side->work(side->context);
    *seconds = (bench_clock(threads) - start) / calls;
    return status;
}

/* A first call warms up, a second tells. */
quorsum_status bench_calibrate(const bench *b, const bench_side *side, unsigned threads, unsigned *calls,
                               double *seconds)
{
    double wanted = b->options.quick ? 0.001 : 0.02;
    quorsum_status status = bench_sample(side, 1, threads, seconds);

    if (status == QUORSUM_OK && *seconds < 2)
        status = bench_sample(side, 1, threads, seconds);
    *calls = 1;
    if (*seconds < wanted)
        *calls = *seconds < wanted / 1000 ? 1000 : (unsigned)(wanted / *seconds) + 1;
    *seconds *= *calls;
    return status;
}

bench_row bench_row_new(const bench *b, const char *name, size_t values)
{
    return (bench_row){.name = name,
                       .bits = b->options.bits,
                       .degree = b->options.degree,
                       .threads = b->options.threads,
                       .values = values};
}

size_t bench_count(const bench *b, size_t count)
{
    size_t few = count / 16;

    if (b->options.values > 0)
        return b->options.values;
    if (!b->options.quick)
        return count;
    return few < 2 ? 2 : few;
}

void bench_ask(bench_row *row, bench_sense sense, double asked)
{
    row->sense = sense;
    row->asked = row->bits == 2048 && row->degree == 1 && row->threads == 1 ? asked : 0;
}
