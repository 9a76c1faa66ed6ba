/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The norm proof by hand, of any "vector": values may be halves, and then not the library but the formulas decide what
 * comes of it. Also its check by hand, over the bases as they are or over their squares: the protocol's first version,
 * which whoever knew the bases' roots could forge.
 */
#ifndef QS_ATTACKS_NORM_FORGER_H
#define QS_ATTACKS_NORM_FORGER_H

#include "forger.h"

#define NORM_SLOTS 30 /* of the scene's task */
#define NORM_BETA 10
#define NORM_BITS 7    /* b: of a signed value */
#define NORM_MASK 261  /* mu */
#define NORM_COHORT 5

typedef struct norm_forger {
    forger g;
    int squared;            /* whether the bases of the values are squares: the first version */
    long twice[NORM_SLOTS]; /* twice the value of each slot: odd for halves */
    mpz_t half_base;        /* what stands in V for a half: a root of the slot's base if he has one, else 1 */
    mpz_t base[NORM_SLOTS + 4]; /* of the values, y_1 .. y_3, F */
    mpz_t eta;
    uint8_t *proof;
    size_t len;
} norm_forger;

/* twice: NORM_SLOTS numbers. Encrypts them (a half is (N+1)/2) and proves knowledge. */
void norm_open(norm_forger *x, const scene *s, size_t who, const long *twice, int squared);
void norm_close(norm_forger *x);
/* Makes the proof, again and again until the challenge is even, so that halves times it are whole. */
void norm_prove(norm_forger *x);
/* The check of docs/wire-format.md in plain integers, over the same bases. */
int norm_accepts(const norm_forger *x);

#endif
