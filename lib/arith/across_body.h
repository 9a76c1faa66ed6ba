/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one body of the single-number kernel offers to powers of one residue (across.h). Both bodies are made from
 * across_kernel.h and share one memory layout, so a caller cannot tell them apart.
 *
 * The limbs of ONE residue lie across the lanes: an element is `digits` times `vectors` vectors of eight 52-bit limbs,
 * digit 0 first, lowest limb first. Elements start on a multiple of 64 bytes. A digit is below 2 n between operations.
 */
#ifndef QS_ACROSS_BODY_H
#define QS_ACROSS_BODY_H

#include <gmp.h>
#include <stddef.h>

#include "lib/arith/lanes_body.h"

#define QS_ACROSS_BITS 52 /* of a limb */
#define QS_ACROSS_VECTORS_MAX 10 /* of a digit: moduli of up to 10 * 8 * 52 - 4 bits */
#define QS_ACROSS_DIGITS_MAX 3

/* 16 n <= R = 2^(52 * 8 * vectors). The arrays begin on multiples of 64 bytes. */
typedef struct qs_across_modulus {
    size_t vectors;
    size_t limbs; /* of n as mp_limb_t's, as qs_ring has it */
    unsigned digits;
    mp_limb_t inverse;      /* -1/n mod 2^52 */
    const mp_limb_t *n;     /* 52-bit limbs */
    const mp_limb_t *lower; /* floor(n / 2^52): the same, one place down */
} qs_across_modulus;

typedef struct qs_across_body {
    const char *name;
    /* x y / R and x^2 / R, digits below 2 n in and out; r may be x or y. Constant time. */
    void (*mul)(const qs_across_modulus *modulus, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y);
    void (*sqr)(const qs_across_modulus *modulus, mp_limb_t *r, const mp_limb_t *x);
    /* r = element `index` of a table of `entries` elements of `rows` vectors, one behind the other. Reads all of it. */
    void (*select)(mp_limb_t *r, const mp_limb_t *table, size_t rows, size_t entries, mp_limb_t index);
} qs_across_body;

/* The smallest number of vectors that a body has for a modulus of `bits` bits; 0 for a modulus beyond the largest. */
size_t qs_across_vectors(size_t bits);

#ifdef QS_LANE_PLAIN
extern const qs_across_body qs_across_plain;
#endif
#ifdef QS_LANE_IFMA
extern const qs_across_body qs_across_ifma; /* for processors of which qs_lane_ifma_usable() says so */
#endif

/* 1 if products, squares and table reads of this body agree with GMP on fixed numbers. */
int qs_across_check(const qs_across_body *body);

#endif
