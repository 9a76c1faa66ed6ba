/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of one 512-bit vpmadd52 when nothing waits for anything but the port, and the clock, taken right beside it
 * from a chain of additions that wait for each other, one a cycle. Both are the fastest of several short samples.
 * Processors differ by two: some do two a cycle, some one.
 */
#include "bench/port.h"

#include "lib/arith/kernel.h"
#include "lib/arith/lanes_body.h"

#ifdef QS_LANE_IFMA

#define SAMPLES 25
#define ROUNDS 20000
#define STREAMS 12 /* independent sums: more than latency (4) times the most ports there are (2) */
#define CHAIN 64

/* Whatever stands in the registers: the time does not depend on it. */
static void ifma_stream(void)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        __asm__ volatile(".irp sum, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11\n\t"
                         "vpmadd52luq %%zmm12, %%zmm13, %%zmm\\sum\n\t"
                         ".endr" ::
                             : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                               "xmm11");
    __asm__ volatile("vzeroupper" ::: "memory");
}

static void add_chain(void)
{
    unsigned long sum = 1, step = 3;

    for (unsigned i = 0; i < ROUNDS / 4; i++)
        __asm__ volatile(".rept 64\n\tadd %1, %0\n\t.endr" : "+r"(sum) : "r"(step));
}

static double elapsed(void (*work)(void))
{
    double start = bench_clock(1);

    work();
    return bench_clock(1) - start;
}

void bench_port_measure(bench *b)
{
    double stream = 1, chain = 1;

    if (qs_kernel_active()->lanes != &qs_lane_ifma || !qs_lane_ifma_usable())
        return;
    for (unsigned i = 0; i < SAMPLES; i++) {
        double one = elapsed(add_chain);
        double other = elapsed(ifma_stream);

        chain = one < chain ? one : chain;
        stream = other < stream ? other : stream;
    }
    b->port.seconds = stream / ((double)ROUNDS * STREAMS);
    b->port.per_cycle = chain / (ROUNDS / 4.0 * CHAIN) / b->port.seconds;
}

#else

void bench_port_measure(bench *b)
{
    (void)b;
}

#endif
