/* SPDX-License-Identifier: Apache-2.0 */
/* One level of Karatsuba, constant time, over a kernel's own product of half the length. */
#ifndef QS_KARATSUBA_H
#define QS_KARATSUBA_H

#include <gmp.h>
#include <stddef.h>

typedef void (*qs_mul_function)(mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, size_t limbs,
                                mp_limb_t *scratch);
typedef void (*qs_sqr_function)(mp_limb_t *r, const mp_limb_t *x, size_t limbs, mp_limb_t *scratch);

/* Scratch beside what the half products need. */
size_t qs_karatsuba_scratch(size_t limbs);

/* r[0..4*half) = x y; x and y of 2*half limbs. */
void qs_karatsuba_mul(qs_mul_function mul, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, size_t half,
                      mp_limb_t *scratch);
void qs_karatsuba_sqr(qs_sqr_function sqr, mp_limb_t *r, const mp_limb_t *x, size_t half, mp_limb_t *scratch);

#endif
