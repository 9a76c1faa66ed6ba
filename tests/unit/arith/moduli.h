/* SPDX-License-Identifier: Apache-2.0 */
/* Odd moduli, residues and a GMP oracle for the tests of lib/arith. Fixed seeds: a failure comes again. */
#ifndef QS_TEST_MODULI_H
#define QS_TEST_MODULI_H

#include <criterion/criterion.h>
#include <gmp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/kernel.h"
#include "lib/arith/ring.h"

#define SHAPES 5 /* random, long runs, 2^k - 1, 2^(k-1) + 1, all bits but few */

static inline void make_modulus(mpz_t n, size_t bits, unsigned shape, gmp_randstate_t random)
{
    switch (shape) {
    case 0:
        mpz_urandomb(n, random, bits);
        break;
    case 1:
        mpz_rrandomb(n, random, bits);
        break;
    case 2:
        mpz_set_ui(n, 0);
        mpz_setbit(n, bits);
        mpz_sub_ui(n, n, 1);
        break;
    case 3:
        mpz_set_ui(n, 1);
        break;
    default:
        mpz_set_ui(n, 0);
        mpz_setbit(n, bits);
        mpz_sub_ui(n, n, 1 + 2 * gmp_urandomm_ui(random, 20));
        break;
    }
    mpz_setbit(n, bits - 1);
    mpz_setbit(n, 0);
}

typedef struct sample { /* a ring with room to work, and n^digits */
    qs_ring *ring;
    mpz_t n;
    mpz_t modulus;
    mpz_t radix;
    mp_limb_t *scratch;
} sample;

static inline void sample_open(sample *s, const mpz_t n, unsigned digits, int secret)
{
    cr_assert_eq(qs_ring_new(&s->ring, mpz_limbs_read(n), mpz_size(n), digits, secret), QUORSUM_OK);
    mpz_init_set(s->n, n);
    mpz_init(s->modulus);
    mpz_init(s->radix);
    mpz_pow_ui(s->modulus, n, digits);
    mpz_setbit(s->radix, s->ring->limbs * GMP_LIMB_BITS);
    s->scratch = calloc(qs_ring_scratch(s->ring), sizeof *s->scratch);
    cr_assert_not_null(s->scratch);
}

static inline void sample_close(sample *s)
{
    free(s->scratch);
    mpz_clears(s->n, s->modulus, s->radix, NULL);
    qs_ring_free(s->ring);
}

static inline mp_limb_t *new_element(const sample *s)
{
    mp_limb_t *element = calloc(s->ring->width, sizeof *element);

    cr_assert_not_null(element);
    return element;
}

/* The oracle's own way from digits to an integer, which also checks that every digit is below n. */
static inline void value_of(mpz_t out, const sample *s, const mp_limb_t *x)
{
    mpz_t digit;

    mpz_set_ui(out, 0);
    for (unsigned i = s->ring->digits; i-- > 0;) {
        mpz_roinit_n(digit, x + i * s->ring->limbs, (mp_size_t)s->ring->limbs);
        cr_assert_lt(mpz_cmp(digit, s->n), 0, "a digit is not canonical");
        mpz_mul(out, out, s->n);
        mpz_add(out, out, digit);
    }
}

static inline void set_element(const sample *s, mp_limb_t *x, const mpz_t value)
{
    mpz_t rest;
    mpz_t digit;

    mpz_init_set(rest, value);
    mpz_init(digit);
    memset(x, 0, s->ring->width * sizeof *x);
    for (unsigned i = 0; i < s->ring->digits; i++) {
        mpz_tdiv_qr(rest, digit, rest, s->n);
        memcpy(x + i * s->ring->limbs, mpz_limbs_read(digit), mpz_size(digit) * sizeof *x);
    }
    cr_assert_eq(mpz_sgn(rest), 0);
    mpz_clears(rest, digit, NULL);
}

/* Residue number `kind`: edges first, then random ones, below s->modulus. */
#define EDGES 10
static inline void make_residue(mpz_t x, const sample *s, unsigned kind, gmp_randstate_t random)
{
    mpz_set_ui(x, kind);
    if (kind == 2)
        mpz_sub_ui(x, s->modulus, 1);
    else if (kind == 3)
        mpz_sub_ui(x, s->n, 1);
    else if (kind == 4)
        mpz_set(x, s->radix);
    else if (kind == 5)
        mpz_mul(x, s->radix, s->radix);
    else if (kind == 6)
        mpz_neg(x, s->radix);
    else if (kind == 7)
        mpz_set(x, s->n);
    else if (kind == 8)
        mpz_sub(x, s->modulus, s->n);
    else if (kind == 9)
        mpz_rrandomb(x, random, mpz_sizeinbase(s->modulus, 2));
    else if (kind >= EDGES)
        mpz_urandomm(x, random, s->modulus);
    mpz_mod(x, x, s->modulus);
}

#endif
