/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum-bench: options, and the run through the cases. Results on stdout, complaints on stderr. */
#include "bench/bench.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "bench/port.h"
#include "bench/twin.h"

enum { EXIT_DONE, EXIT_MISSED, EXIT_USAGE, EXIT_SYSTEM };

static const bench_case *const rings[] = {bench_arith,   bench_calls,  bench_threshold, bench_proofs,
                                         bench_ballots, bench_rounds, bench_reach,     bench_threads};

#define RINGS (sizeof rings / sizeof rings[0])

enum {
    OPT_ONLY = 1,
    OPT_BITS,
    OPT_DEGREE,
    OPT_THREADS,
    OPT_DEALS,
    OPT_CONTRIBUTIONS,
    OPT_VALUES,
    OPT_LIST,
    OPT_CSV,
    OPT_JSON,
    OPT_QUICK,
    OPT_STRICT,
    OPT_NO_PORTABLE,
    OPT_TWIN,
    OPT_BOARD,
    OPT_HELP
};

static const struct option options[] = {
    {"only", required_argument, NULL, OPT_ONLY},
    {"bits", required_argument, NULL, OPT_BITS},
    {"degree", required_argument, NULL, OPT_DEGREE},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"deals", required_argument, NULL, OPT_DEALS},
    {"contributions", required_argument, NULL, OPT_CONTRIBUTIONS},
    {"values", required_argument, NULL, OPT_VALUES},
    {"list", no_argument, NULL, OPT_LIST},
    {"csv", no_argument, NULL, OPT_CSV},
    {"json", no_argument, NULL, OPT_JSON},
    {"quick", no_argument, NULL, OPT_QUICK},
    {"strict", no_argument, NULL, OPT_STRICT},
    {"no-portable", no_argument, NULL, OPT_NO_PORTABLE},
    {"twin", no_argument, NULL, OPT_TWIN},                   /* for itself: see twin.h */
    {"aggregate-board", required_argument, NULL, OPT_BOARD}, /* likewise: aggregate.c */
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "Usage: quorsum-bench [OPTION]...\n"
    "Time Quorsum beside plain GMP and beside its own portable kernel in the same run: arithmetic, public calls,\n"
    "whole rounds, what was asked, threads. The keys are made of public test primes. Columns in ms are of one call\n"
    "over all its values, those in us of one value; port_% is how much of the processor's limit is reached.\n\n"
    "      --list             name the cases and end\n"
    "      --only NAME        only the cases whose name begins with NAME; reach. is what was asked\n"
    "      --bits B           2048 (default), 3072 or 4096\n"
    "      --degree S         1 (default) to 4\n"
    "      --threads N        default 1: then rows are timed by process time, else by the wall clock; 1 to 1024\n"
    "      --deals N          how many keys rounds.deal_* deals (default 1; with --quick 0)\n"
    "      --contributions N  the larger cohort of rounds.aggregate (default 30; with --quick 12)\n"
    "      --values N         so many in a vector, instead of what each case takes; 1 to 1000000\n"
    "      --no-portable      leave the portable kernel out, which takes most of the time\n"
    "      --quick            fewer values and samples: shows that it runs, not how fast\n"
    "      --strict           exit 1 when a limit is missed\n"
    "      --csv, --json      instead of the table; JSON is one object a line\n"
    "      --help             this text\n";

typedef struct command {
    bench_options bench;
    const char *board;
    int list;
    int twin;
    int strict;
    int help;
} command;

static int number(const char *name, const char *text, unsigned least, unsigned most, unsigned *out)
{
    char *end;
    unsigned long value;

    errno = 0;
    value = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != 0 || text[0] == '-' || value < least || value > most) {
        fprintf(stderr, "quorsum-bench: --%s takes a number from %u to %u, not '%s'\n", name, least, most, text);
        return -1;
    }
    *out = (unsigned)value;
    return 0;
}

static int set_option(command *c, int option, const char *value)
{
    bench_options *o = &c->bench;

    switch (option) {
    case OPT_ONLY:
        o->only = value;
        return 0;
    case OPT_BITS:
        if (number("bits", value, 2048, 4096, &o->bits) != 0)
            return -1;
        if (o->bits % 1024 == 0)
            return 0;
        fprintf(stderr, "quorsum-bench: --bits takes 2048, 3072 or 4096\n");
        return -1;
    case OPT_DEGREE:
        return number("degree", value, 1, 4, &o->degree);
    case OPT_THREADS:
        return number("threads", value, 1, 1024, &o->threads);
    case OPT_DEALS:
        return number("deals", value, 0, 1000, &o->deals);
    case OPT_CONTRIBUTIONS:
        return number("contributions", value, 11, 100000, &o->contributions);
    case OPT_VALUES:
        return number("values", value, 1, 1000000, &o->values);
    case OPT_LIST:
        c->list = 1;
        return 0;
    case OPT_CSV:
        o->format = BENCH_CSV;
        return 0;
    case OPT_JSON:
        o->format = BENCH_JSON;
        return 0;
    case OPT_QUICK:
        o->quick = 1;
        return 0;
    case OPT_STRICT:
        c->strict = 1;
        return 0;
    case OPT_NO_PORTABLE:
        o->no_portable = 1;
        return 0;
    case OPT_TWIN:
        c->twin = 1;
        return 0;
    case OPT_BOARD:
        c->board = value;
        return 0;
    case OPT_HELP:
        c->help = 1;
        return 0;
    default:
        return -1;
    }
}

static int parse(command *c, int argc, char **argv)
{
    const unsigned unset = 1000000;
    int option;

    *c = (command){.bench = {.bits = 2048, .degree = 1, .threads = 1, .deals = unset, .contributions = unset}};
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (set_option(c, option, optarg) != 0)
            return -1;
    if (optind != argc) {
        fprintf(stderr, "quorsum-bench: '%s' is one word too many\n", argv[optind]);
        return -1;
    }
    if (c->bench.deals == unset)
        c->bench.deals = c->bench.quick ? 0 : 1;
    if (c->bench.contributions == unset)
        c->bench.contributions = c->bench.quick ? 12 : 30;
    return 0;
}

static int wanted(const bench_options *o, const bench_case *one)
{
    return o->only == NULL || strncmp(one->name, o->only, strlen(o->only)) == 0;
}

/* How many cases there are to do. */
static unsigned count_cases(const bench_options *o, int print)
{
    unsigned count = 0;

    for (size_t r = 0; r < RINGS; r++)
        for (const bench_case *one = rings[r]; one->name != NULL; one++)
            if (wanted(o, one)) {
                count++;
                if (print)
                    printf("%-28s %s\n", one->name, one->text);
            }
    return count;
}

const bench_case *bench_find(const char *name)
{
    for (size_t r = 0; r < RINGS; r++)
        for (const bench_case *one = rings[r]; one->name != NULL; one++)
            if (strcmp(one->name, name) == 0)
                return one;
    return NULL;
}

static quorsum_status run_cases(bench *b)
{
    quorsum_status status = QUORSUM_OK;

    bench_port_measure(b);
    bench_print_machine(b);
    for (size_t r = 0; r < RINGS && status == QUORSUM_OK; r++)
        for (const bench_case *one = rings[r]; one->name != NULL && status == QUORSUM_OK; one++)
            if (wanted(&b->options, one)) {
                status = one->run(b, one);
                if (status != QUORSUM_OK)
                    fprintf(stderr, "quorsum-bench: %s: %s\n", one->name, quorsum_status_text(status));
            }
    return status;
}

static int run(bench *b, const command *c, char **arguments)
{
    quorsum_status status = bench_keys_make(b);

    if (status == QUORSUM_OK && !c->twin && !b->options.no_portable)
        status = bench_twin_start(b, arguments);
    if (status != QUORSUM_OK)
        fprintf(stderr, "quorsum-bench: %s\n", quorsum_status_text(status));
    else
        status = c->twin ? bench_twin_serve(b) : run_cases(b);
    bench_twin_stop(b);
    bench_keys_clear(b);
    return status == QUORSUM_OK && !ferror(stdout) ? EXIT_DONE : EXIT_SYSTEM;
}

int main(int argc, char **argv)
{
    bench b = {0};
    command c;
    int code;

    if (parse(&c, argc, argv) != 0)
        return EXIT_USAGE;
    if (c.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    if (c.board != NULL)
        return bench_aggregate_board(c.board, c.bench.threads);
    if (count_cases(&c.bench, c.list) == 0) {
        fprintf(stderr, "quorsum-bench: no case begins with '%s'\n", c.bench.only);
        return EXIT_USAGE;
    }
    if (c.list)
        return EXIT_DONE;
    b.options = c.bench;
    code = run(&b, &c, argv);
    if (code == EXIT_DONE && c.strict && b.missed > 0)
        code = EXIT_MISSED;
    return code;
}
