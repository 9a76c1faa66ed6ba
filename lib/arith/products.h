/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of powers of many public bases, each with a secret exponent of its own: what a commitment to a long vector
 * is. One product, or two by different exponents that share all the work on the bases.
 *
 *     r_p = prod_i base_i^(e_(p,i)),   all = prod_i base_i
 *
 * Six bases at a time get a table of the 64 products of their subsets; from there a bit of six exponents costs one
 * product. Every place in the exponents has a product of its own, so the squarings are done once, at the end, and the
 * memory does not grow with the number of bases: at 2048 bits less than 1 MiB a thread.
 */
#ifndef QS_PRODUCTS_H
#define QS_PRODUCTS_H

#include "lib/arith/ring.h"

#define QS_PRODUCTS_MAX 2

/* count exponents side by side, `limbs` limbs each, below 2^bits. */
typedef struct qs_exponents {
    const mp_limb_t *value;
    size_t limbs;
    size_t bits;
} qs_exponents;

/* base: writes base number `index` in plain form; called once for each, from any thread. */
typedef struct qs_bases {
    size_t count;
    void (*base)(const void *context, size_t index, mp_limb_t *out);
    const void *context;
} qs_bases;

/* r: `products` elements side by side (1 .. QS_PRODUCTS_MAX); all: one element. Both in Montgomery form; r is as secret
 * as the exponents, and constant time in them. No bases give 1. ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_products(const qs_ring *ring, mp_limb_t *r, mp_limb_t *all, const qs_bases *bases,
                           const qs_exponents *exponents, size_t products, const quorsum_run *run);

/* ---- for lanes_products.c ---- */

#define QS_SUBSET 6u /* bases that share a table */

/* Bit k: bit `place` of the exponent of base first + k, for k < QS_SUBSET. Zero beyond the exponents and the bases. */
mp_limb_t qs_subset_at(const qs_exponents *exponents, size_t count, size_t first, size_t place);

quorsum_status qs_lanes_products(const qs_ring *ring, mp_limb_t *r, mp_limb_t *all, const qs_bases *bases,
                                 const qs_exponents *exponents, size_t products, const quorsum_run *run);

#endif
