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
#define SIZE(digits, vectors)                                                                                          \
    LANE_FN static void mul_##digits##_##vectors(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x,         \
                                                 const mp_limb_t *y)                                                   \
    {                                                                                                                  \
        across_product(m, r, x, y, digits, vectors, 0);                                                                \
    }                                                                                                                  \
    LANE_FN static void sqr_##digits##_##vectors(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x)         \
    {                                                                                                                  \
        across_product(m, r, x, x, digits, vectors, (digits) > 1);                                                     \
    }
#define SIZES(digits) SIZE(digits, 3) SIZE(digits, 4) SIZE(digits, 5) SIZE(digits, 8) SIZE(digits, 10)

SIZES(1)
SIZES(2)
SIZES(3)

#define AT(digits, vectors) [digits][vectors] = {mul_##digits##_##vectors, sqr_##digits##_##vectors}
#define ALL_AT(digits) AT(digits, 3), AT(digits, 4), AT(digits, 5), AT(digits, 8), AT(digits, 10)

static const struct {
    void (*mul)(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y);
    void (*sqr)(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x);
} sizes[QS_ACROSS_DIGITS_MAX + 1][QS_ACROSS_VECTORS_MAX + 1] = {ALL_AT(1), ALL_AT(2), ALL_AT(3)};

static void across_mul(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y)
{
    sizes[m->digits][m->vectors].mul(m, r, x, y);
}

static void across_sqr(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x)
{
    sizes[m->digits][m->vectors].sqr(m, r, x);
}

const qs_across_body qs_across_ifma = {"ifma", across_mul, across_sqr, across_select};

#else

typedef int qs_no_across_ifma; /* a file must declare something */

#endif
