/* SPDX-License-Identifier: Apache-2.0 */
/* Welch's t for many crops in one pass: sorted by time, a crop is a beginning of the samples. */
#include <math.h>
#include <stdlib.h>

#include "bench/timing.h"

#define CROPS 100
#define SUSPECT 4.5
#define CERTAIN 10.0

/* Welford's running mean and sum of squared differences from it. */
typedef struct moments {
    double count, mean, squares;
} moments;

static void add(moments *m, double x)
{
    double from_old = x - m->mean;

    m->count += 1;
    m->mean += from_old / m->count;
    m->squares += from_old * (x - m->mean);
}

static double welch(const moments *a, const moments *b)
{
    double difference = fabs(a->mean - b->mean);
    double variance;

    if (a->count < TIMING_CROP_LEAST || b->count < TIMING_CROP_LEAST)
        return 0;
    variance = a->squares / (a->count - 1) / a->count + b->squares / (b->count - 1) / b->count;
    if (variance > 0)
        return difference / sqrt(variance);
    return difference > 0 ? INFINITY : 0;
}

/* Crop 0 <= i < CROPS keeps this part of the samples: 1 - 2^(-(i+1)/10). */
static double crop(unsigned i)
{
    return i < CROPS ? 1 - exp2(-(double)(i + 1) / 10) : 1;
}

static int by_ticks(const void *a, const void *b)
{
    uint64_t x = ((const timing_sample *)a)->ticks;
    uint64_t y = ((const timing_sample *)b)->ticks;

    return (x > y) - (x < y);
}

/* A crop ends behind the last of equal times, or the sort's order would choose which class is in. */
timing_t timing_largest_t(timing_sample *samples, size_t count)
{
    moments class[2] = {{0}};
    timing_t largest = {.kept = 1};
    unsigned next = 0;

    qsort(samples, count, sizeof *samples, by_ticks);
    for (size_t i = 0; i < count; i++) {
        double kept = (double)(i + 1) / (double)count;
        double t;

        add(&class[samples[i].class], (double)samples[i].ticks);
        if ((i + 1 < count && samples[i + 1].ticks == samples[i].ticks) || kept < crop(next))
            continue;
        while (next < CROPS && crop(next) <= kept)
            next++;
        t = welch(&class[0], &class[1]);
        if (t > largest.t)
            largest = (timing_t){.t = t, .kept = kept};
    }
    return largest;
}

timing_verdict timing_judge(double t)
{
    if (t < SUSPECT)
        return TIMING_OK;
    return t > CERTAIN ? TIMING_LEAK : TIMING_UNSURE;
}
