/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The turns of a comparison: ours, the reference's, and the portable kernel's in the twin. Medians throughout: on a
 * machine that others use too, a mean shows what the others did.
 */
#include "bench/bench.h"
#include "bench/port.h"
#include "bench/twin.h"

#define SAMPLES_MAX 31

enum { OURS, REFERENCE, PORTABLE, SIDES };

typedef struct contest {
    bench *b;
    bench_row *row;
    const bench_side *side[SIDES]; /* NULL for the twin's, and where there is none */
    unsigned calls[SIDES];
    int taking_part[SIDES];
    double seconds[SIDES][SAMPLES_MAX];
} contest;

/* All sides warm up, and say how long a sample takes. */
static quorsum_status prepare(contest *c, double *turn)
{
    quorsum_status status = QUORSUM_OK;

    *turn = 0;
    for (unsigned k = 0; k < SIDES && status == QUORSUM_OK; k++) {
        double one = 0;

        if (c->taking_part[k] && k == PORTABLE)
            status = bench_twin_prepare(c->b, c->row->name, &one);
        else if (c->taking_part[k])
            status = bench_calibrate(c->b, c->side[k], c->row->threads, &c->calls[k], &one);
        *turn += one;
    }
    return status;
}

static unsigned choose_samples(const bench *b, double turn)
{
    double budget = b->options.quick ? 0.05 : 3;
    double fit = budget / (turn > 1e-6 ? turn : 1e-6);
    unsigned least = b->options.quick ? 1 : 3;

    if (fit >= SAMPLES_MAX)
        return SAMPLES_MAX;
    return fit < least ? least : (unsigned)fit | 1;
}

/* One turn of all sides, the last one first in every other turn. */
static quorsum_status take_turn(contest *c, unsigned number)
{
    quorsum_status status = QUORSUM_OK;

    for (unsigned i = 0; i < SIDES && status == QUORSUM_OK; i++) {
        unsigned k = number % 2 == 0 ? i : SIDES - 1 - i;

        if (c->taking_part[k] && k == PORTABLE)
            status = bench_twin_sample(c->b, &c->seconds[k][number]);
        else if (c->taking_part[k])
            status = bench_sample(c->side[k], c->calls[k], c->row->threads, &c->seconds[k][number]);
    }
    return status;
}

/* The median of the ratios other / ours, or ours / other, of one value each. */
static double median_ratio(const contest *c, unsigned other, double values, int faster)
{
    double ratios[SAMPLES_MAX];
    double median, unused;

    for (unsigned i = 0; i < c->row->samples; i++) {
        double slower = c->seconds[other][i] / values / (c->seconds[OURS][i] / (double)c->row->values);

        ratios[i] = faster ? slower : 1 / slower;
    }
    bench_summarise(ratios, c->row->samples, &unused, &median, &unused);
    return median;
}

static void fill_reference(contest *c)
{
    bench_row *row = c->row;
    int faster = row->sense == BENCH_AT_LEAST;
    double its = (double)c->side[REFERENCE]->values;
    double fastest, unused;

    bench_summarise(c->seconds[REFERENCE], row->samples, &fastest, &row->reference_median, &unused);
    row->reference_median /= its;
    row->best = fastest / its / (row->min / (double)row->values);
    row->best = faster ? row->best : 1 / row->best;
    row->unit = faster ? "x faster" : "x time";
}

static void fill_portable(contest *c)
{
    bench_row *row = c->row;
    double fastest, unused;

    bench_summarise(c->seconds[PORTABLE], row->samples, &fastest, &row->portable_median, &unused);
    row->portable_median /= (double)row->values;
    if (row->beside_portable) {
        row->figure = row->portable_faster;
        row->best = fastest / row->min;
        row->unit = "x faster";
    }
}

/* The ratios first: they need the samples in the order they were taken. */
static void fill_row(contest *c)
{
    bench_row *row = c->row;

    if (c->taking_part[REFERENCE])
        row->figure = median_ratio(c, REFERENCE, (double)c->side[REFERENCE]->values, row->sense == BENCH_AT_LEAST);
    if (c->taking_part[PORTABLE])
        row->portable_faster = median_ratio(c, PORTABLE, (double)row->values, 1);
    bench_summarise(c->seconds[OURS], row->samples, &row->min, &row->median, &row->max);
    if (c->taking_part[REFERENCE])
        fill_reference(c);
    if (c->taking_part[PORTABLE])
        fill_portable(c);
}

quorsum_status bench_compare(bench *b, bench_row *row, const bench_side *ours, const bench_side *reference)
{
    contest c = {.b = b, .row = row, .side = {ours, reference, NULL}};
    double turn;
    quorsum_status status;

    if (b->twin.role == BENCH_IS_TWIN)
        return bench_twin_answer(b, row, ours);
    c.taking_part[OURS] = 1;
    c.taking_part[REFERENCE] = reference != NULL;
    c.taking_part[PORTABLE] = b->twin.role == BENCH_HAS_TWIN;
    status = prepare(&c, &turn);
    row->samples = choose_samples(b, turn);
    for (unsigned i = 0; i < row->samples && status == QUORSUM_OK; i++)
        status = take_turn(&c, i);
    if (status == QUORSUM_OK && c.taking_part[PORTABLE])
        status = bench_twin_finish(b);
    if (status != QUORSUM_OK)
        return status;
    bench_port_measure(b);
    fill_row(&c);
    bench_print_row(b, row);
    return QUORSUM_OK;
}
