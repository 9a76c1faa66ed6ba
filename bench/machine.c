/* SPDX-License-Identifier: Apache-2.0 */
/* The first line of a run: what was measured, made by which compiler, on which machine. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "bench/bench.h"

#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown flags"
#endif

#if defined __clang__
#define COMPILER "clang " __clang_version__
#elif defined __GNUC__
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown compiler"
#endif

/* The processor's name as the system has it, or "unknown". */
static void cpu_model(char *out, size_t len)
{
    FILE *info = fopen("/proc/cpuinfo", "r");
    char line[256];

    snprintf(out, len, "unknown");
    while (info != NULL && fgets(line, sizeof line, info) != NULL) {
        char *colon = strchr(line, ':');

        if (colon != NULL && strncmp(line, "model name", 10) == 0) {
            colon[strcspn(colon, "\n")] = 0;
            snprintf(out, len, "%s", colon + 1 + (colon[1] == ' '));
            break;
        }
    }
    if (info != NULL)
        (void)fclose(info);
}

/* What else keeps the machine busy: near 0 on a quiet one. */
static double load_now(void)
{
    double load = -1;

    return getloadavg(&load, 1) == 1 ? load : -1;
}

static void machine_json(const bench *b, const char *cpu, long cores)
{
    printf("{\"machine\":{");
    bench_json_string("quorsum", quorsum_version());
    putchar(',');
    bench_json_string("compiler", COMPILER);
    putchar(',');
    bench_json_string("flags", BENCH_FLAGS);
    putchar(',');
    bench_json_string("gmp", gmp_version);
    putchar(',');
    bench_json_string("sodium", sodium_version_string());
    putchar(',');
    bench_json_string("cpu", cpu);
    putchar(',');
    bench_json_string("kernel", quorsum_kernel());
    putchar(',');
    bench_json_string("clock", bench_clock_name(b->options.threads));
    if (b->port.seconds > 0)
        printf(",\"ifma_ns\":%.4f,\"ifma_a_cycle\":%.3f", b->port.seconds * 1e9, b->port.per_cycle);
    printf(",\"cores\":%ld,\"load\":%.2f,\"threads\":%u,\"quick\":%s}}\n", cores, load_now(), b->options.threads,
           b->options.quick ? "true" : "false");
}

void bench_print_machine(const bench *b)
{
    const bench_options *o = &b->options;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    char cpu[128];
    char port[64] = "";

    cpu_model(cpu, sizeof cpu);
    if (b->port.seconds > 0)
        snprintf(port, sizeof port, " (an IFMA takes %.3f ns, %.2f a cycle)", b->port.seconds * 1e9, b->port.per_cycle);
    if (o->format == BENCH_JSON) {
        machine_json(b, cpu, cores);
        return;
    }
    printf("%squorsum %s, %s %s, GMP %s, %s, %ld core%s, load %.2f, kernel %s%s, %u thread%s, %s\n",
           o->format == BENCH_CSV ? "# " : "", quorsum_version(), COMPILER, BENCH_FLAGS, gmp_version, cpu, cores,
           cores == 1 ? "" : "s", load_now(), quorsum_kernel(), port, o->threads, o->threads == 1 ? "" : "s",
           bench_clock_name(o->threads));
    bench_print_headings(b);
}
