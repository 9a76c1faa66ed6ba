/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measurements. Inputs are drawn beforehand, some hundred at a time, each in a place of its own, and copied to one and
 * the same place before the clock starts: memory and caches know no class.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "bench/timing.h"

#define BATCH 128
#define WARM_UP 32          /* measurements that are dropped */
#define SAMPLES_MAX 1000000 /* 16 MB */
#define EXTENSIONS 4        /* times `seconds`, at most */

#if defined(__x86_64__) && defined(__GNUC__)
#include <x86intrin.h>

/* Nothing begins before the clock has been read, and it is read when everything has ended. */
static uint64_t ticks_before(void)
{
    uint64_t now;

    _mm_mfence();
    _mm_lfence();
    now = __rdtsc();
    _mm_lfence();
    return now;
}

static uint64_t ticks_after(void)
{
    unsigned core;
    uint64_t now = __rdtscp(&core);

    _mm_lfence();
    return now;
}

const char *timing_clock_name(void)
{
    return "time stamp counter";
}
#else
static uint64_t ticks_before(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t ticks_after(void)
{
    return ticks_before();
}

const char *timing_clock_name(void)
{
    return "nanoseconds";
}
#endif

typedef struct measuring {
    timing *t;
    const timing_case *one;
    size_t limbs;         /* of an input */
    mp_limb_t *inputs;    /* BATCH of them, side by side */
    mp_limb_t *work;      /* where an input stands when it is measured */
    unsigned char class[BATCH];
    timing_sample *samples;
    size_t count;
} measuring;

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void draw_batch(measuring *m)
{
    randombytes_buf(m->class, sizeof m->class);
    for (size_t i = 0; i < BATCH; i++) {
        m->class[i] &= 1;
        m->one->draw(m->t, m->inputs + i * m->limbs, m->class[i]);
    }
}

static uint64_t measure_one(measuring *m, size_t i)
{
    uint64_t start;

    memcpy(m->work, m->inputs + i * m->limbs, m->limbs * sizeof *m->work);
    start = ticks_before();
    m->one->run(m->t, m->work);
    return ticks_after() - start;
}

static void measure_until(measuring *m, double end)
{
    size_t least = m->count + TIMING_LEAST;
    size_t i = BATCH;

    while (m->count < SAMPLES_MAX && (m->count < least || seconds_now() < end)) {
        if (i == BATCH) {
            draw_batch(m);
            i = 0;
        }
        m->samples[m->count++] = (timing_sample){.ticks = measure_one(m, i), .class = m->class[i]};
        i++;
    }
}

static void judge(timing_result *result, measuring *m)
{
    result->largest = timing_largest_t(m->samples, m->count);
    result->measurements = m->count;
    result->median = m->samples[m->count / 2].ticks; /* they are sorted now */
    result->verdict = timing_judge(result->largest.t);
}

static quorsum_status measuring_init(measuring *m, timing *t, const timing_case *one)
{
    *m = (measuring){.t = t, .one = one, .limbs = one->limbs(t)};
    m->inputs = aligned_alloc(64, BATCH * m->limbs * sizeof *m->inputs); /* groups of lanes begin on such places */
    m->work = aligned_alloc(64, TIMING_INPUT * sizeof *m->work);
    m->samples = calloc(SAMPLES_MAX, sizeof *m->samples);
    return m->inputs != NULL && m->work != NULL && m->samples != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
}

static void measuring_clear(measuring *m)
{
    free(m->inputs);
    free(m->work);
    free(m->samples);
}

/* Doubt is worth more measurements, and so is a planted leak that does not show yet. */
static int goes_on(const timing_case *one, timing_verdict verdict)
{
    return one->planted ? verdict != TIMING_LEAK : verdict == TIMING_UNSURE;
}

quorsum_status timing_measure(timing_result *result, timing *t, const timing_case *one, double seconds)
{
    measuring m;
    quorsum_status status = measuring_init(&m, t, one);

    if (status == QUORSUM_OK) {
        randombytes_buf(t->fixed, TIMING_INPUT * sizeof *t->fixed);
        draw_batch(&m);
        for (size_t i = 0; i < WARM_UP; i++)
            (void)measure_one(&m, i);
        for (unsigned turn = 0; turn == 0 || (turn < EXTENSIONS && goes_on(one, result->verdict)); turn++) {
            measure_until(&m, seconds_now() + seconds);
            judge(result, &m);
        }
    }
    measuring_clear(&m);
    return status;
}
