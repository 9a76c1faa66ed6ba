/* SPDX-License-Identifier: Apache-2.0 */
/* The single-number kernel in plain C: the same as on the vector instructions, to be tested against. */
#include "lib/arith/across_body.h"

#ifdef QS_LANE_PLAIN

#include "lib/arith/vec_plain.h"

#include "lib/arith/across_kernel.h"

static void across_mul(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y)
{
    across_product(m, r, x, y, m->digits, m->vectors, 0);
}

static void across_sqr(const qs_across_modulus *m, mp_limb_t *r, const mp_limb_t *x)
{
    across_product(m, r, x, x, m->digits, m->vectors, 1);
}

const qs_across_body qs_across_plain = {"plain", across_mul, across_sqr, across_select};

#else

typedef int qs_no_across_plain; /* a file must declare something */

#endif
