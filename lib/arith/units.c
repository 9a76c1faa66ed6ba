/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether residues modulo n are units: one long product and one gcd. It is made of Montgomery products: the powers of R
 * that they leave out are units. Public data.
 */
#include <stdlib.h>

#include "lib/arith/kernel.h"
#include "lib/arith/lanes.h"
#include "lib/arith/ring.h"

#define TOGETHER ((size_t)4 * QS_LANES) /* from so many on, eight products side by side take less time than one */

/* One after the other. The kernel's result may be n too large: below 2 n, with its carry, as ring.c derives. */
static int all_units_singly(const qs_ring *ring, const mp_limb_t *values, size_t stride, size_t begin, size_t end,
                     mp_limb_t *scratch)
{
    const qs_kernel *kernel = qs_kernel_active();
    mp_size_t limbs = (mp_size_t)ring->limbs;
    mp_limb_t *chain = scratch;
    mp_limb_t *term = chain + limbs;
    mp_limb_t *rest = term + 2 * limbs;
    mpz_t n;
    mpz_t value;
    mpz_t divisor;
    int answer;

    mpn_copyi(chain, values + begin * stride, limbs);
    for (size_t i = begin + 1; i < end; i++) {
        kernel->mul(term, chain, values + i * stride, ring->limbs, rest);
        if (kernel->reduce(term, ring->n, ring->limbs, ring->inverse) != 0 ||
            mpn_cmp(term + limbs, ring->n, limbs) >= 0)
            (void)mpn_sub_n(term + limbs, term + limbs, ring->n, limbs);
        mpn_copyi(chain, term + limbs, limbs);
    }
    mpz_init(divisor);
    mpz_gcd(divisor, mpz_roinit_n(value, chain, limbs), mpz_roinit_n(n, ring->n, limbs));
    answer = mpz_cmp_ui(divisor, 1) == 0;
    mpz_clear(divisor);
    return answer;
}

/* product = eight products of an eighth of the values each; lanes beyond the last value repeat it. */
static void multiply_lanes(const qs_ring *ring, mp_limb_t *const *products, const mp_limb_t *values, size_t stride,
                           size_t count, mp_limb_t *block)
{
    const qs_lanes *lanes = ring->lanes;
    mp_limb_t *chain = qs_lanes_align(block);
    mp_limb_t *factor = chain + qs_lanes_group(lanes);
    mp_limb_t *rest = factor + qs_lanes_group(lanes);
    const mp_limb_t *sources[QS_LANES];

    for (size_t i = 0; i < count; i += QS_LANES) {
        qs_lanes_sources(sources, values + i * stride, stride, count - i < QS_LANES ? count - i : QS_LANES);
        qs_lanes_load(lanes, i == 0 ? chain : factor, sources, rest);
        if (i > 0)
            qs_lanes_mul(lanes, chain, chain, factor, rest);
    }
    qs_lanes_store(lanes, products, chain, rest);
}

/* Whether all of values[begin..end) are units. Without memory for lanes it only takes longer. */
static int all_units(const qs_ring *ring, const mp_limb_t *values, size_t stride, size_t begin, size_t end,
                     mp_limb_t *scratch)
{
    const qs_lanes *lanes = ring->digits == 1 && end - begin >= TOGETHER ? ring->lanes : NULL;
    mp_limb_t *places[QS_LANES];
    mp_limb_t *products;
    int answer;

    if (lanes == NULL)
        return all_units_singly(ring, values, stride, begin, end, scratch);
    products = malloc((QS_LANES * ring->limbs + 2 * qs_lanes_group(lanes) + qs_lanes_scratch(lanes) + QS_LANES_SLACK) *
                      sizeof *products);
    if (products == NULL)
        return all_units_singly(ring, values, stride, begin, end, scratch);
    qs_lanes_places(places, products, ring->limbs, QS_LANES);
    multiply_lanes(ring, places, values + begin * stride, stride, end - begin, products + QS_LANES * ring->limbs);
    answer = all_units_singly(ring, products, ring->limbs, 0, QS_LANES, scratch);
    free(products);
    return answer;
}

int qs_ring_units_vartime(const qs_ring *ring, const mp_limb_t *values, size_t stride, size_t count, size_t *first,
                          mp_limb_t *scratch)
{
    size_t begin = 0;
    size_t end = count;

    if (count == 0 || all_units(ring, values, stride, 0, count, scratch))
        return 1;
    while (end - begin > 1) { /* the lowest non-unit lies in [begin, end) */
        size_t middle = begin + (end - begin) / 2;

        if (all_units(ring, values, stride, begin, middle, scratch))
            begin = middle;
        else
            end = middle;
    }
    *first = begin;
    return 0;
}
