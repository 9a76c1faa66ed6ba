/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/timing.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#define MANY 4000

static timing_sample samples[MANY];

static uint64_t next_random(void)
{
    static uint64_t state = 20260101;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void shuffle(size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = next_random() % i;
        timing_sample kept = samples[i - 1];

        samples[i - 1] = samples[j];
        samples[j] = kept;
    }
}

/* Class 0 takes `a` and a + 2 in turn, class 1 `b` and b + 4: 50 of each, as few as count. */
static void fill_two(uint64_t a, uint64_t b)
{
    for (size_t i = 0; i < 100; i++) {
        unsigned class = i % 2;

        samples[i] = (timing_sample){.ticks = class == 0 ? a + i / 2 % 2 * 2 : b + i / 2 % 2 * 4, .class = class};
    }
    shuffle(100);
}

/* Means a + 1 and b + 2, variances 50/49 and 200/49: t = |b - a + 1| / sqrt(1/49 + 4/49). */
Test(timing_stats, t_is_the_one_computed_by_hand)
{
    timing_t found;

    fill_two(10, 20);
    found = timing_largest_t(samples, 100);
    cr_expect_float_eq(found.t, 11 * 7 / sqrt(5), 1e-9, "%g", found.t);
    cr_expect_float_eq(found.kept, 1, 1e-9);
    fill_two(1000020, 1000010); /* the other class is the slower one, and the numbers are large */
    found = timing_largest_t(samples, 100);
    cr_expect_float_eq(found.t, 9 * 7 / sqrt(5), 1e-6, "%g", found.t);
}

static double two_pass(size_t count)
{
    double mean[2] = {0}, squares[2] = {0}, n[2] = {0};

    for (size_t i = 0; i < count; i++) {
        n[samples[i].class] += 1;
        mean[samples[i].class] += (double)samples[i].ticks;
    }
    if (n[0] < TIMING_CROP_LEAST || n[1] < TIMING_CROP_LEAST)
        return 0;
    for (unsigned k = 0; k < 2; k++)
        mean[k] /= n[k];
    for (size_t i = 0; i < count; i++)
        squares[samples[i].class] += pow((double)samples[i].ticks - mean[samples[i].class], 2);
    return fabs(mean[0] - mean[1]) / sqrt(squares[0] / (n[0] - 1) / n[0] + squares[1] / (n[1] - 1) / n[1]);
}

/* The samples, which are sorted, cut at every crop, by two passes over each. */
static double largest_by_two_passes(size_t count)
{
    double largest = 0;

    for (unsigned i = 1; i <= 101; i++) {
        size_t end = i == 101 ? count : (size_t)ceil((1 - pow(2, -(double)i / 10)) * (double)count);
        double t;

        while (end < count && samples[end].ticks == samples[end - 1].ticks)
            end++;
        t = two_pass(end);
        largest = t > largest ? t : largest;
    }
    return largest;
}

Test(timing_stats, largest_t_agrees_with_two_passes_over_every_crop)
{
    for (unsigned round = 0; round < 40; round++) {
        size_t count = 100 + next_random() % (MANY - 100);
        uint64_t spread = 2 + next_random() % 300; /* small: many equal times */
        timing_t found;

        for (size_t i = 0; i < count; i++) {
            unsigned class = next_random() & 1;

            samples[i] = (timing_sample){.ticks = 5000 + next_random() % spread + class * (round % 4), .class = class};
        }
        found = timing_largest_t(samples, count);
        cr_expect_float_eq(found.t, largest_by_two_passes(count), 1e-6, "round %u", round);
    }
}

Test(timing_stats, equal_classes_have_no_t_in_whatever_order_they_come)
{
    for (unsigned round = 0; round < 10; round++) {
        for (size_t i = 0; i < 400; i++)
            samples[i] = (timing_sample){.ticks = 100 + i / 2 % 3, .class = i % 2};
        shuffle(400);
        cr_expect_float_eq(timing_largest_t(samples, 400).t, 0, 1e-9);
    }
}

Test(timing_stats, classes_that_differ_and_do_not_vary_are_infinitely_apart)
{
    for (size_t i = 0; i < 200; i++)
        samples[i] = (timing_sample){.ticks = 100 + i % 2, .class = i % 2};
    cr_expect(isinf(timing_largest_t(samples, 200).t));
    for (size_t i = 0; i < 200; i++)
        samples[i] = (timing_sample){.ticks = 100, .class = i % 2};
    cr_expect_eq(timing_largest_t(samples, 200).t, 0);
}

Test(timing_stats, a_crop_shows_what_interruptions_hide)
{
    timing_t found;

    for (size_t i = 0; i < MANY; i++) {
        unsigned class = next_random() & 1;
        uint64_t interrupted = i % 50 == 0 ? next_random() % 10000000 : 0;

        samples[i] = (timing_sample){.ticks = 1000 + next_random() % 8 + class * 2 + interrupted, .class = class};
    }
    found = timing_largest_t(samples, MANY);
    cr_expect_gt(found.t, 10);
    cr_expect_lt(found.kept, 1);
    cr_expect_lt(two_pass(MANY), 4.5);
}

Test(timing_stats, a_class_of_too_few_says_nothing)
{
    for (size_t i = 0; i < 149; i++)
        samples[i] = (timing_sample){.ticks = i < 49 ? 1 + i % 2 : 1000 + i % 2, .class = i < 49};
    cr_expect_eq(timing_largest_t(samples, 149).t, 0);
    cr_expect_eq(timing_largest_t(samples, 0).t, 0);
}

Test(timing_stats, verdicts_change_at_their_thresholds)
{
    cr_expect_eq(timing_judge(0), TIMING_OK);
    cr_expect_eq(timing_judge(4.49), TIMING_OK);
    cr_expect_eq(timing_judge(4.5), TIMING_UNSURE);
    cr_expect_eq(timing_judge(10), TIMING_UNSURE);
    cr_expect_eq(timing_judge(10.01), TIMING_LEAK);
    cr_expect_eq(timing_judge(INFINITY), TIMING_LEAK);
}
