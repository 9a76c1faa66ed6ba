/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Powers of one public base by many secret exponents of one length: a comb whose tables are read whole for every
 * digit, and once for a group of exponents, so that the scan costs little beside the products.
 */
#ifndef QS_FIXED_BASE_H
#define QS_FIXED_BASE_H

#include "lib/arith/ring.h"

#define QS_FIXED_GROUP 16 /* exponents that share one pass over the table */

typedef struct qs_fixed_base qs_fixed_base;

/* base: Montgomery form. The table's size follows from the ring and the length (1/64 of bits times the size of 256
 * elements: 2 MiB at 2048 bits with two digits and 1024 bits; see fixed_base.c; 768 KiB at most where the kernel in use
 * has lanes). Building runs on run's threads.
 * ERR_ARGUMENT for 0 bits or beyond all bounds, ERR_MEMORY. The ring must outlive the table. */
quorsum_status qs_fixed_base_new(qs_fixed_base **out, const qs_ring *ring, const mp_limb_t *base, size_t bits,
                                 const quorsum_run *run);
void qs_fixed_base_free(qs_fixed_base *table);
size_t qs_fixed_base_bytes(const qs_fixed_base *table);

size_t qs_fixed_base_scratch(const qs_fixed_base *table); /* limbs, for one worker */

/* results[j] = base^exponents[j], Montgomery form, j < count <= QS_FIXED_GROUP. Every exponent is an array of
 * ceil(bits/GMP_LIMB_BITS) limbs below 2^bits. Constant time in the exponents. */
void qs_fixed_base_power(const qs_fixed_base *table, mp_limb_t *const *results, const mp_limb_t *const *exponents,
                         size_t count, mp_limb_t *scratch);

/* results[j] = factors[j] * base^exponents[j], factors and results plain. Constant time in the factors, too. On the way
 * the powers alone may stand in the results: these are as secret as the exponents until the call is over. */
void qs_fixed_base_blind(const qs_fixed_base *table, mp_limb_t *const *results, const mp_limb_t *const *factors,
                         const mp_limb_t *const *exponents, size_t count, mp_limb_t *scratch);

#endif
