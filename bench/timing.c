/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum-timing: options, the run through the cases, the verdict. Results on stdout, complaints on stderr. */
#include "bench/timing.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

enum { EXIT_CLEAN, EXIT_LEAK, EXIT_USAGE, EXIT_SYSTEM, EXIT_UNSURE };

enum { OPT_ONLY = 1, OPT_SECONDS, OPT_LIST, OPT_HELP };

static const struct option options[] = {
    {"only", required_argument, NULL, OPT_ONLY},
    {"seconds", required_argument, NULL, OPT_SECONDS},
    {"list", no_argument, NULL, OPT_LIST},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "Usage: quorsum-timing [OPTION]...\n"
    "Measure constant-time routines with two classes of secrets and compare their times by Welch's t test: |t| below\n"
    "4.5 shows nothing, above 10 a leak; between, the case is measured up to four times as long. Planted leaks, which\n"
    "are always measured, must be found. QUORSUM_KERNEL chooses the kernel.\n\n"
    "      --only NAME     only the cases whose name begins with NAME, and the planted ones\n"
    "      --seconds S     of one case; default 5, up to 3600, fractions allowed\n"
    "      --list          name the cases and end\n"
    "      --help          this text\n\n"
    "Exit status: 0 nothing found; 1 a leak, or a planted one was not found; 2 wrong use; 3 a failure of the system;\n"
    "4 still between the two thresholds.\n";

typedef struct command {
    const char *only;
    double seconds;
    int list, help;
} command;

static int parse(command *c, int argc, char **argv)
{
    char *end;
    int option;

    *c = (command){.only = "", .seconds = 5};
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case OPT_ONLY:
            c->only = optarg;
            break;
        case OPT_SECONDS:
            c->seconds = strtod(optarg, &end);
            if (end == optarg || *end != 0 || !(c->seconds > 0 && c->seconds <= 3600)) {
                fprintf(stderr, "quorsum-timing: --seconds takes a number up to 3600, not '%s'\n", optarg);
                return -1;
            }
            break;
        case OPT_LIST:
            c->list = 1;
            break;
        case OPT_HELP:
            c->help = 1;
            break;
        default:
            return -1;
        }
    }
    if (optind == argc)
        return 0;
    fprintf(stderr, "quorsum-timing: '%s' is one word too many\n", argv[optind]);
    return -1;
}

static int wanted(const command *c, const timing_case *one)
{
    return strncmp(one->name, c->only, strlen(c->only)) == 0;
}

static int list_cases(const command *c)
{
    int count = 0;

    for (const timing_case *one = timing_cases; one->name != NULL; one++)
        if (wanted(c, one)) {
            count++;
            if (c->list)
                printf("%-20s %s\n", one->name, one->text);
        }
    return count;
}

static const char *verdict_name(const timing_case *one, timing_verdict verdict)
{
    static const char *const names[] = {"ok", "unsure", "LEAK"};

    if (one->planted)
        return verdict == TIMING_LEAK ? "found, as it must be" : "NOT FOUND";
    return names[verdict];
}

/* What the case makes of the exit status. */
static int report(const timing_case *one, const timing_result *result)
{
    printf("%-20s %12zu %12llu %9.2f %7.1f  %s\n", one->name, result->measurements,
           (unsigned long long)result->median, result->largest.t, 100 * result->largest.kept,
           verdict_name(one, result->verdict));
    (void)fflush(stdout);
    if (one->planted)
        return result->verdict == TIMING_LEAK ? EXIT_CLEAN : EXIT_LEAK;
    return result->verdict == TIMING_OK ? EXIT_CLEAN : result->verdict == TIMING_LEAK ? EXIT_LEAK : EXIT_UNSURE;
}

static int run_case(timing *t, const timing_case *one, double seconds)
{
    timing_result result = {0};
    quorsum_status status;

    if (one->lanes && t->lanes == NULL) {
        printf("%-20s skipped: the kernel %s has no lanes\n", one->name, quorsum_kernel());
        return EXIT_CLEAN;
    }
    status = timing_measure(&result, t, one, seconds);
    if (status == QUORSUM_OK)
        return report(one, &result);
    fprintf(stderr, "quorsum-timing: %s: %s\n", one->name, quorsum_status_text(status));
    return EXIT_SYSTEM;
}

/* The gravest of what two cases say: a failure, a leak, doubt, nothing. */
static int worse(int a, int b)
{
    static const int order[] = {EXIT_SYSTEM, EXIT_LEAK, EXIT_UNSURE};

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return EXIT_CLEAN;
}

static int run_cases(const command *c)
{
    timing t;
    quorsum_status status = timing_init(&t);
    int code = status == QUORSUM_OK ? EXIT_CLEAN : EXIT_SYSTEM;

    if (status != QUORSUM_OK)
        fprintf(stderr, "quorsum-timing: %s\n", quorsum_status_text(status));
    else
        printf("# quorsum %s, kernel %s, N of %d bits, exponents of %d, %g s a case, ticks: %s\n"
               "%-20s %12s %12s %9s %7s  %s\n",
               quorsum_version(), quorsum_kernel(), TIMING_BITS, TIMING_EXPONENT_BITS, c->seconds,
               timing_clock_name(), "case", "measurements", "median_ticks", "max_t", "kept_%", "verdict");
    for (const timing_case *one = timing_cases; one->name != NULL && code != EXIT_SYSTEM; one++)
        if (one->planted || wanted(c, one))
            code = worse(code, run_case(&t, one, c->seconds));
    timing_clear(&t);
    return code;
}

int main(int argc, char **argv)
{
    command c;

    if (parse(&c, argc, argv) != 0)
        return EXIT_USAGE;
    if (c.help) {
        fputs(help, stdout);
        return EXIT_CLEAN;
    }
    if (list_cases(&c) == 0) {
        fprintf(stderr, "quorsum-timing: no case begins with '%s'\n", c.only);
        return EXIT_USAGE;
    }
    if (c.list)
        return EXIT_CLEAN;
    if (sodium_init() < 0)
        return EXIT_SYSTEM;
    return run_cases(&c);
}
