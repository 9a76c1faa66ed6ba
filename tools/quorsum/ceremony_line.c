/* SPDX-License-Identifier: Apache-2.0 */
/* A ceremony's progress on stderr: one line on a terminal that is drawn over, or a JSON object a line for programs. */
#include <string.h>
#include <unistd.h>

#include "tools/quorsum/ceremony.h"

#define SECONDS_BETWEEN 0.1

void ceremony_line_begin(ceremony_line *line, const tool_common *common)
{
    *line = (ceremony_line){.mode = common->progress, .threads = common->threads, .started = tool_now()};
    if (line->mode == TOOL_PROGRESS_AUTO && !isatty(STDERR_FILENO))
        line->mode = TOOL_PROGRESS_NONE;
}

void ceremony_line_clear(ceremony_line *line)
{
    if (line->mode == TOOL_PROGRESS_AUTO && line->width > 0)
        fprintf(stderr, "\r%*s\r", line->width, "");
    line->width = 0;
}

static int draw_bar(const ceremony_line *line)
{
    const quorsum_ceremony_status *s = &line->state;
    double mean = (double)s->expected, seconds = tool_now() - line->started;
    int width = fprintf(stderr, "\rstep %u, %s", s->step, line->round);

    if (s->expected > 0)
        width += fprintf(stderr, ": %llu candidates (half of all ceremonies need up to %.0f, 99 of 100 up to %.0f)",
                         (unsigned long long)line->candidates, CEREMONY_MEDIAN(mean), CEREMONY_NEARLY_ALL(mean));
    if (line->waiting[0] != '\0')
        width += fprintf(stderr, ", waiting for %s", line->waiting);
    return width + fprintf(stderr, ", %.0f s", seconds);
}

static void draw(ceremony_line *line, uint64_t candidates)
{
    const quorsum_ceremony_status *s = &line->state;

    line->shown = tool_now();
    if (candidates > line->candidates)
        line->candidates = candidates;
    if (line->mode == TOOL_PROGRESS_JSON) {
        fprintf(stderr, "{\"step\":\"ceremony\",\"number\":%u,\"round\":\"%s\",\"candidates\":%llu,\"median\":%.0f,"
                "\"nearly_all\":%.0f,\"waiting\":[%s],\"seconds\":%.3f}\n", s->step, line->round,
                (unsigned long long)line->candidates, CEREMONY_MEDIAN((double)s->expected),
                CEREMONY_NEARLY_ALL((double)s->expected), line->waiting, line->shown - line->started);
    } else if (line->mode == TOOL_PROGRESS_AUTO) {
        int width = draw_bar(line);

        if (width < line->width)
            fprintf(stderr, "%*s", line->width - width, "");
        line->width = width;
        fflush(stderr);
    }
}

static void list_waiting(ceremony_line *line, const quorsum_ceremony_status *state)
{
    size_t len = 0;

    line->waiting[0] = '\0';
    for (uint32_t slot = 1; slot <= state->slots && len < sizeof line->waiting - 8; slot++)
        if (state->waiting[slot - 1])
            len += (size_t)snprintf(line->waiting + len, sizeof line->waiting - len, "%s%u", len > 0 ? "," : "", slot);
}

void ceremony_line_state(ceremony_line *line, const quorsum_ceremony *ceremony)
{
    quorsum_ceremony_status state;
    char before[sizeof line->waiting];
    uint32_t step = line->state.step;

    if (line->mode == TOOL_PROGRESS_NONE)
        return;
    memcpy(before, line->waiting, sizeof before);
    quorsum_ceremony_state(&state, ceremony);
    snprintf(line->round, sizeof line->round, "%s", state.round);
    list_waiting(line, &state);
    line->state = state;
    line->state.round = line->state.reason = NULL; /* only lent */
    line->state.waiting = NULL;
    line->state.accused_slot = NULL;
    if (line->mode == TOOL_PROGRESS_AUTO ? tool_now() - line->shown >= SECONDS_BETWEEN
                                         : step != state.step || strcmp(before, line->waiting) != 0)
        draw(line, state.candidates);
}

static int show(uint64_t done, uint64_t total, void *user)
{
    ceremony_line *line = user;

    (void)total; /* nobody can know; and before step 1 there is no state to show */
    if (line->state.step > 0 && tool_now() - line->shown >= SECONDS_BETWEEN)
        draw(line, done);
    return 0;
}

quorsum_run ceremony_line_run(ceremony_line *line)
{
    quorsum_run run = {.threads = line->threads};

    if (line->mode != TOOL_PROGRESS_NONE) {
        run.progress = show;
        run.user = line;
    }
    return run;
}
