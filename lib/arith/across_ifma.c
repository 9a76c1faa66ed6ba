/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The single-number kernel on AVX-512 IFMA, one function for each size, so that its sums stay in registers. Nobody gets
 * here unless the processor has the instructions.
 */
#include "lib/arith/across_body.h"

#ifdef QS_LANE_IFMA

#include "lib/arith/vec_ifma.h"

#include "lib/arith/across_kernel.h"

/* A size is a number of digits and of vectors a digit, the latter as qs_across_vectors() has them. */
#define MUL(digits, vectors)                                                                                           \
    LANE_FN static void mul_##digits##_##vectors(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x,         \
                                                 const mp_limb_t *y)                                                   \
    {                                                                                                                  \
        across_product(m, r, x, y, digits, vectors, 0);                                                                \
    }
#define SQR(digits, vectors)                                                                                           \
    LANE_FN static void sqr_##digits##_##vectors(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x,         \
                                                 const mp_limb_t *y)                                                   \
    {                                                                                                                  \
        across_product(m, r, x, y, digits, vectors, 1);                                                                \
    }
#define ALL(OF, digits) OF(digits, 3) OF(digits, 4) OF(digits, 5) OF(digits, 8) OF(digits, 10)

ALL(MUL, 1)
ALL(MUL, 2)
ALL(SQR, 2)
ALL(MUL, 3)
ALL(SQR, 3)

typedef void (*product)(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y);

#define MUL_AT(digits, vectors) [digits][vectors] = mul_##digits##_##vectors,
#define SQR_AT(digits, vectors) [digits][vectors] = sqr_##digits##_##vectors,

static const product products[QS_ACROSS_DIGITS_MAX + 1][QS_ACROSS_VECTORS_MAX + 1] = {
    ALL(MUL_AT, 1) ALL(MUL_AT, 2) ALL(MUL_AT, 3)};

/* A single digit has no mixed products, so there its square is a product. */
static const product squares[QS_ACROSS_DIGITS_MAX + 1][QS_ACROSS_VECTORS_MAX + 1] = {
    ALL(MUL_AT, 1) ALL(SQR_AT, 2) ALL(SQR_AT, 3)};

static void across_mul(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y)
{
    products[m->digits][m->vectors](m, r, x, y);
}

static void across_sqr(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x)
{
    squares[m->digits][m->vectors](m, r, x, x);
}

const qs_across_body qs_across_ifma = {"ifma", across_mul, across_sqr, across_select};

#else

typedef int qs_no_across_ifma; /* a file must declare something */

#endif
