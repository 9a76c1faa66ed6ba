/* SPDX-License-Identifier: Apache-2.0 */
/* TEST ONLY. One ceremony with deeds, played and judged. */
#ifndef HOSTILE_PLAY_H
#define HOSTILE_PLAY_H

#include "deed.h"

typedef struct outcome {
    size_t done;   /* honest parties */
    size_t failed;
    int happened;  /* all deeds were done */
} outcome;

static const stage_sizes TWO_OF_THREE = {.bits = 64, .trustees = 3, .quorum = 2, .batch = 24};
static const stage_sizes THREE_OF_FIVE = {.bits = 64, .trustees = 5, .quorum = 3, .batch = 24};
static const stage_sizes TWO_OF_FOUR = {.bits = 64, .trustees = 4, .quorum = 2, .batch = 24};

static inline outcome play_on(stage *all, deed *deeds, size_t count, int may_wait)
{
    outcome out = {.happened = 1};

    for (size_t k = 0; k < count; k++)
        stage_add(all, &deeds[k]);
    stage_run(all);
    out.done = stage_judge(all, may_wait);
    out.failed = stage_failed(all);
    for (size_t k = 0; k < count; k++)
        out.happened &= deeds[k].done;
    return out;
}

/* deeds are as they were afterwards, but for what they note. */
static inline outcome play(const stage_sizes *sizes, deed *deeds, size_t count, int may_wait)
{
    stage all;
    outcome out;

    stage_open(&all, sizes);
    out = play_on(&all, deeds, count, may_wait);
    stage_close(&all);
    for (size_t k = 0; k < count; k++)
        deed_clear(&deeds[k]);
    return out;
}

static inline outcome play_one(const stage_sizes *sizes, deed one, int may_wait)
{
    return play(sizes, &one, 1, may_wait);
}

#endif
