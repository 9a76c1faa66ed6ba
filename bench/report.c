/* SPDX-License-Identifier: Apache-2.0 */
/* What quorsum-bench prints: the machine first, then a row a case, as a table, as CSV or as JSON lines. */
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

static void print_string(const char *name, const char *value)
{
    printf("\"%s\":\"", name);
    for (const char *at = value; *at != 0; at++) {
        if (*at == '"' || *at == '\\')
            putchar('\\');
        if ((unsigned char)*at >= 0x20)
            putchar(*at);
    }
    putchar('"');
}

static void machine_json(const bench *b, const char *cpu, long cores)
{
    printf("{\"machine\":{");
    print_string("quorsum", quorsum_version());
    putchar(',');
    print_string("compiler", COMPILER);
    putchar(',');
    print_string("flags", BENCH_FLAGS);
    putchar(',');
    print_string("gmp", gmp_version);
    putchar(',');
    print_string("sodium", sodium_version_string());
    putchar(',');
    print_string("cpu", cpu);
    putchar(',');
    print_string("kernel", quorsum_kernel());
    putchar(',');
    print_string("clock", bench_clock_name(b->options.threads));
    printf(",\"cores\":%ld,\"load\":%.2f,\"threads\":%u,\"quick\":%s}}\n", cores, load_now(), b->options.threads,
           b->options.quick ? "true" : "false");
}

void bench_print_machine(const bench *b)
{
    const bench_options *o = &b->options;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    char cpu[128];

    cpu_model(cpu, sizeof cpu);
    if (o->format == BENCH_JSON) {
        machine_json(b, cpu, cores);
        return;
    }
    printf("%squorsum %s, %s %s, GMP %s, %s, %ld core%s, load %.2f, kernel %s, %u thread%s, %s\n",
           o->format == BENCH_CSV ? "# " : "", quorsum_version(), COMPILER, BENCH_FLAGS, gmp_version, cpu, cores,
           cores == 1 ? "" : "s", load_now(), quorsum_kernel(), o->threads, o->threads == 1 ? "" : "s",
           bench_clock_name(o->threads));
    if (o->format == BENCH_CSV)
        printf("case,bits,degree,threads,values,min_ms,median_ms,max_ms,each_us,bytes,reference,reference_us,figure,"
               "best,unit,sense,asked,verdict,samples\n");
    else
        printf("%-28s %4s %3s %3s %6s %10s %10s %10s %11s %9s  %-22s %10s %16s %8s  %s\n", "case", "bits", "deg", "thr",
               "values", "min_ms", "median_ms", "max_ms", "each_us", "bytes", "against", "its_us", "figure", "asked",
               "verdict");
}

static int limited(const bench_row *row)
{
    return row->sense != BENCH_NO_LIMIT && row->asked > 0;
}

static int met(const bench_row *row)
{
    return row->sense == BENCH_AT_MOST ? row->figure <= row->asked : row->figure >= row->asked;
}

static const char *verdict(const bench_row *row)
{
    if (!limited(row))
        return "";
    return met(row) ? "met" : "missed";
}

static void print_table(const bench_row *row)
{
    double each = row->median / (double)row->values;
    char bytes[32] = "-", its[32] = "-", figure[32] = "-", asked[32] = "-";

    if (row->bytes > 0)
        snprintf(bytes, sizeof bytes, "%.0f", row->bytes);
    if (row->reference_median > 0)
        snprintf(its, sizeof its, "%.3f", row->reference_median * 1e6);
    if (row->unit != NULL)
        snprintf(figure, sizeof figure, "%.3f %s", row->figure, row->unit);
    if (limited(row))
        snprintf(asked, sizeof asked, "%s%g", row->sense == BENCH_AT_MOST ? "<= " : ">= ", row->asked);
    printf("%-28s %4u %3u %3u %6zu %10.3f %10.3f %10.3f %11.3f %9s  %-22s %10s %16s %8s  %s\n", row->name, row->bits,
           row->degree, row->threads, row->values, row->min * 1e3, row->median * 1e3, row->max * 1e3, each * 1e6, bytes,
           row->reference != NULL ? row->reference : "-", its, figure, asked, verdict(row));
}

static const char *sense_name(const bench_row *row)
{
    if (!limited(row))
        return "";
    return row->sense == BENCH_AT_MOST ? "at most" : "at least";
}

static void print_csv(const bench_row *row)
{
    printf("%s,%u,%u,%u,%zu,%.6f,%.6f,%.6f,%.4f,%.0f,%s,", row->name, row->bits, row->degree, row->threads, row->values,
           row->min * 1e3, row->median * 1e3, row->max * 1e3, row->median / (double)row->values * 1e6, row->bytes,
           row->reference != NULL ? row->reference : "");
    if (row->reference_median > 0)
        printf("%.4f", row->reference_median * 1e6);
    putchar(',');
    if (row->unit != NULL)
        printf("%.5f,", row->figure);
    else
        putchar(',');
    if (row->best > 0)
        printf("%.5f", row->best);
    printf(",%s", row->unit != NULL ? row->unit : "");
    printf(",%s,", sense_name(row));
    if (limited(row))
        printf("%g", row->asked);
    printf(",%s,%u\n", verdict(row), row->samples);
}

static void print_json(const bench_row *row)
{
    putchar('{');
    print_string("case", row->name);
    printf(",\"bits\":%u,\"degree\":%u,\"threads\":%u,\"values\":%zu,\"samples\":%u", row->bits, row->degree,
           row->threads, row->values, row->samples);
    printf(",\"min_ms\":%.6f,\"median_ms\":%.6f,\"max_ms\":%.6f,\"each_us\":%.4f,\"bytes\":%.0f", row->min * 1e3,
           row->median * 1e3, row->max * 1e3, row->median / (double)row->values * 1e6, row->bytes);
    if (row->reference != NULL) {
        putchar(',');
        print_string("reference", row->reference);
    }
    if (row->reference_median > 0)
        printf(",\"reference_us\":%.4f", row->reference_median * 1e6);
    if (row->best > 0)
        printf(",\"best\":%.5f", row->best);
    if (row->unit != NULL) {
        printf(",\"figure\":%.5f,", row->figure);
        print_string("unit", row->unit);
    }
    if (limited(row)) {
        putchar(',');
        print_string("sense", sense_name(row));
        printf(",\"asked\":%g,\"met\":%s", row->asked, met(row) ? "true" : "false");
    }
    puts("}");
}

void bench_print_row(bench *b, const bench_row *row)
{
    if (limited(row) && !met(row))
        b->missed++;
    if (b->options.format == BENCH_JSON)
        print_json(row);
    else if (b->options.format == BENCH_CSV)
        print_csv(row);
    else
        print_table(row);
    (void)fflush(stdout);
}
