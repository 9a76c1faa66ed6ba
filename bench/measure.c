/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timing. A sample is as many calls as make it long beside the clock's grain; ours and the reference's samples take
 * turns. Medians throughout: on a machine that others use too, a mean shows what the others did.
 */
#include <stdlib.h>
#include <time.h>

#include "bench/bench.h"

#define SAMPLES_MAX 31

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

static double figure(const bench_row *row, double ours, double theirs)
{
    return row->sense == BENCH_AT_LEAST ? theirs / ours : ours / theirs;
}

/* Seconds of one of `calls` calls. */
static quorsum_status sample(const bench_side *side, unsigned calls, unsigned threads, double *seconds)
{
    double start = bench_clock(threads);
    quorsum_status status = QUORSUM_OK;

    for (unsigned i = 0; i < calls && status == QUORSUM_OK; i++)
        status = side->work(side->context);
    *seconds = (bench_clock(threads) - start) / calls;
    return status;
}

/* How many calls make a sample last: a first call warms up, a second tells. */
static quorsum_status calibrate(const bench *b, const bench_side *side, unsigned threads, unsigned *calls,
                                double *seconds)
{
    double wanted = b->options.quick ? 0.001 : 0.02;
    quorsum_status status = sample(side, 1, threads, seconds);

    if (status == QUORSUM_OK && *seconds < 2)
        status = sample(side, 1, threads, seconds);
    *calls = 1;
    if (*seconds < wanted)
        *calls = *seconds < wanted / 1000 ? 1000 : (unsigned)(wanted / *seconds) + 1;
    *seconds *= *calls;
    return status;
}

static unsigned choose_samples(const bench *b, double pair)
{
    double budget = b->options.quick ? 0.05 : 3;
    double fit = budget / (pair > 1e-6 ? pair : 1e-6);
    unsigned least = b->options.quick ? 1 : 3;

    if (fit >= SAMPLES_MAX)
        return SAMPLES_MAX;
    return fit < least ? least : (unsigned)fit | 1;
}

/* One turn of both sides, the later one first in every other turn. */
static quorsum_status turn(const bench_side *const sides[2], const unsigned calls[2], unsigned threads, unsigned number,
                           double *const seconds[2])
{
    quorsum_status status = QUORSUM_OK;

    for (unsigned k = 0; k < 2 && status == QUORSUM_OK; k++) {
        unsigned side = (k + number) % 2;

        if (sides[side] != NULL)
            status = sample(sides[side], calls[side], threads, &seconds[side][number]);
    }
    return status;
}

/* a: seconds of ours, b: of the reference, over the values of a call; both are sorted by it in the end. */
static void fill_ratio(bench_row *row, const bench_side *ours, const bench_side *reference, double *a, double *b)
{
    double ratios[SAMPLES_MAX];
    double fastest, unused;
    double scale = (double)reference->values / (double)ours->values;

    for (unsigned i = 0; i < row->samples; i++)
        ratios[i] = figure(row, a[i] * scale, b[i]);
    bench_summarise(ratios, row->samples, &unused, &row->figure, &unused);
    bench_summarise(a, row->samples, &row->min, &row->median, &row->max);
    bench_summarise(b, row->samples, &fastest, &row->reference_median, &unused);
    row->best = figure(row, row->min * scale, fastest);
    row->reference_median /= (double)reference->values;
    row->unit = row->sense == BENCH_AT_LEAST ? "x faster" : "x time";
}

quorsum_status bench_compare(bench *b, bench_row *row, const bench_side *ours, const bench_side *reference)
{
    const bench_side *sides[2] = {ours, reference};
    double a[SAMPLES_MAX], other[SAMPLES_MAX];
    double *seconds[2] = {a, other};
    unsigned calls[2] = {1, 1};
    double pair = 0;
    quorsum_status status = QUORSUM_OK;

    for (unsigned k = 0; k < 2 && status == QUORSUM_OK; k++) {
        double one = 0;

        if (sides[k] != NULL)
            status = calibrate(b, sides[k], row->threads, &calls[k], &one);
        pair += one;
    }
    row->samples = choose_samples(b, pair);
    for (unsigned i = 0; i < row->samples && status == QUORSUM_OK; i++)
        status = turn(sides, calls, row->threads, i, seconds);
    if (status != QUORSUM_OK)
        return status;
    if (reference != NULL)
        fill_ratio(row, ours, reference, a, other);
    else
        bench_summarise(a, row->samples, &row->min, &row->median, &row->max);
    bench_print_row(b, row);
    return QUORSUM_OK;
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

    if (!b->options.quick)
        return count;
    return few < 2 ? 2 : few;
}

void bench_ask(bench_row *row, bench_sense sense, double asked)
{
    row->sense = sense;
    row->asked = row->bits == 2048 && row->degree == 1 && row->threads == 1 ? asked : 0;
}
