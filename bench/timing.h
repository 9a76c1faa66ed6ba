/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quorsum-timing: does the time of a constant-time routine depend on its secret? After Reparaz, Balasch, Verbauwhede,
 * "Dude, is my code constant time?" (DATE 2017): two classes of secrets in random order, one measurement a call,
 * Welch's t test on the times. For the body of the eight-lane kernel that valgrind cannot run; it links the library's
 * objects.
 */
#ifndef QS_TIMING_H
#define QS_TIMING_H

#include <stdint.h>

#include "lib/arith/exponent.h"
#include "lib/arith/fixed_base.h"
#include "lib/arith/lanes.h"

#define TIMING_BITS 2048         /* of N */
#define TIMING_EXPONENT_BITS 256 /* long enough to be all windows and tables, short enough for many measurements */
#define TIMING_EXPONENT_LIMBS (TIMING_EXPONENT_BITS / GMP_LIMB_BITS)

/* ---- statistics ---- */

typedef struct timing_sample {
    uint64_t ticks;
    unsigned class; /* 0 or 1 */
} timing_sample;

/* The largest |t| over the crops. kept: the part of the samples in that crop, 1 for all of them. */
typedef struct timing_t {
    double t;
    double kept;
} timing_t;

typedef enum timing_verdict { TIMING_OK, TIMING_UNSURE, TIMING_LEAK } timing_verdict;

/* Sorts the samples. A crop is the fastest part of them, because what interrupts a measurement only makes it longer;
 * there are 100, from 7 to 99.9 per cent, and the whole. 0 where every crop has fewer than TIMING_CROP_LEAST of
 * a class, infinity where the classes differ and do not vary. */
timing_t timing_largest_t(timing_sample *samples, size_t count);
#define TIMING_CROP_LEAST 50

/* Below 4.5: nothing seen. Above 10: a leak. Between: measure longer, a leak's t grows with the root of the count. */
timing_verdict timing_judge(double t);

/* ---- measuring ---- */

typedef struct timing timing;

typedef struct timing_case {
    const char *name; /* group.case */
    const char *text;
    int planted; /* known to leak: has to be found */
    int lanes;   /* needs a kernel that has them */
    size_t (*limbs)(const timing *t); /* of an input */
    void (*draw)(timing *t, mp_limb_t *input, unsigned class);
    void (*run)(timing *t, mp_limb_t *input); /* what is timed; may spoil the input */
} timing_case;

/* Ends with a case without a name. */
extern const timing_case timing_cases[];

/* What the cases work on: N is a product of public test primes. */
struct timing {
    qs_ring *ring, *square_ring; /* modulo N and N^2 */
    const qs_lanes *lanes, *square_lanes; /* theirs; NULL where the kernel has none */
    qs_fixed_base *comb;
    mpz_t n;
    gmp_randstate_t random;
    mp_limb_t *fixed;    /* TIMING_INPUT random limbs, others for each case: what the fixed class uses */
    mp_limb_t *residues; /* eight residues modulo N^2 in lanes; these and what follows on multiples of 64 bytes */
    mp_limb_t *base;     /* a residue modulo N, or eight of them in lanes, Montgomery form */
    mp_limb_t *table;    /* TIMING_TABLE random limbs */
    mp_limb_t *result;
    mp_limb_t *scratch;
    void *block;
};

#define TIMING_INPUT ((size_t)QS_LANES * 2 * QS_LANE_COLUMNS_MAX)
#define TIMING_TABLE ((size_t)32 * 2048) /* 512 KiB: more than a nearest cache holds */

quorsum_status timing_init(timing *t);
void timing_clear(timing *t); /* in any case */

/* Eight random residues modulo N^2 in lane form: digits below N, or from N on. */
void timing_residues(timing *t, mp_limb_t *group, int reduced);

typedef struct timing_result {
    size_t measurements;
    uint64_t median; /* ticks */
    timing_t largest;
    timing_verdict verdict;
} timing_result;

/* Measures for so many seconds, up to four times as long while it is unsure or a planted leak is not found; at least
 * TIMING_LEAST measurements. */
quorsum_status timing_measure(timing_result *result, timing *t, const timing_case *one, double seconds);
#define TIMING_LEAST 400

/* What a tick is. */
const char *timing_clock_name(void);

#endif
