/* SPDX-License-Identifier: Apache-2.0 */
/* Progress on stderr: a bar with rate and remaining time on a terminal, or one JSON object a line for programs. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/quorsum/command.h"

#define BAR_WIDTH 28
#define SECONDS_BETWEEN 0.1

double tool_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void draw_bar(tool_progress *progress, uint64_t done, uint64_t total, double seconds)
{
    char bar[BAR_WIDTH + 1];
    double rate = seconds > 0 ? (double)done / seconds : 0;
    int filled = total == 0 ? 0 : (int)(BAR_WIDTH * (double)done / (double)total);
    int width;

    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)(filled > BAR_WIDTH ? BAR_WIDTH : filled));
    bar[BAR_WIDTH] = '\0';
    if (total == 0)
        width = fprintf(stderr, "\r%s: %llu %s, %.0f/s, %.0f s", progress->label, (unsigned long long)done,
                        progress->unit, rate, seconds);
    else
        width = fprintf(stderr, "\r%s [%s] %llu/%llu %s, %.0f/s, %.0f s left", progress->label, bar,
                        (unsigned long long)done, (unsigned long long)total, progress->unit, rate,
                        rate > 0 ? (double)(total - done) / rate : 0);
    if (width < progress->width)
        fprintf(stderr, "%*s", progress->width - width, "");
    progress->width = width;
    fflush(stderr);
}

static int show(uint64_t done, uint64_t total, void *user)
{
    tool_progress *progress = user;
    double now = tool_now();

    if (done != total && now - progress->shown < SECONDS_BETWEEN)
        return 0;
    progress->shown = now;
    if (progress->mode == TOOL_PROGRESS_JSON)
        fprintf(stderr, "{\"step\":\"%s\",\"unit\":\"%s\",\"done\":%llu,\"total\":%llu,\"seconds\":%.3f}\n",
                progress->label, progress->unit, (unsigned long long)done, (unsigned long long)total,
                now - progress->started);
    else
        draw_bar(progress, done, total, now - progress->started);
    return 0;
}

quorsum_run tool_progress_begin(tool_progress *progress, const tool_common *common, const char *label, const char *unit)
{
    quorsum_run run = {.threads = common->threads};

    *progress = (tool_progress){.mode = common->progress, .label = label, .unit = unit, .started = tool_now()};
    if (progress->mode == TOOL_PROGRESS_AUTO && !isatty(STDERR_FILENO))
        progress->mode = TOOL_PROGRESS_NONE;
    if (progress->mode != TOOL_PROGRESS_NONE) {
        run.progress = show;
        run.user = progress;
    }
    return run;
}

void tool_progress_end(tool_progress *progress)
{
    if (progress->mode == TOOL_PROGRESS_AUTO && progress->width > 0)
        fprintf(stderr, "\r%*s\r", progress->width, "");
    progress->width = 0;
}
