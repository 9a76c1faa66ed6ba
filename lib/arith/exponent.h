/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exponentiation. The plain name is for a secret exponent: fixed window of 5 bits, the whole table read for
 * every digit, `bits` public and the same for every value. _vartime is for public exponents.
 * Bases and results are in Montgomery form. Scratch: qs_power_scratch limbs, secret memory for a secret.
 */
#ifndef QS_EXPONENT_H
#define QS_EXPONENT_H

#include "lib/arith/ring.h"

/* Depends on limbs, bits and digits only, so that a shape will do, and grows with the digits. At least
 * qs_ring_scratch. */
size_t qs_power_scratch(const qs_ring *ring);

/* r = x^e, e = the low `bits` bits of `exponent` (higher limbs, if any, are zero). r may be x. */
void qs_power(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *exponent, size_t bits,
              mp_limb_t *scratch);

/* results[j] = x^(exponents[j]) for j < count: several secret exponents of one length, whose squarings of x are shared,
 * and a table. Constant time like qs_power, and for one exponent of 128 bits as fast. bits is at least 1;
 * results may not overlap x. Scratch: qs_power_several_scratch limbs. */
size_t qs_power_several_scratch(const qs_ring *ring);
void qs_power_several(const qs_ring *ring, mp_limb_t *const *results, const mp_limb_t *x,
                      const mp_limb_t *const *exponents, size_t count, size_t bits, mp_limb_t *scratch);

/* r = prod_j parts[j]^(2^(bits (count-1-j))): `count` elements side by side, at least one, joined as the digits of a
 * number are, highest first. Constant time. */
void qs_power_chain(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *parts, size_t count, size_t bits,
                    mp_limb_t *scratch);

/* Public, non-negative exponent; sliding window. ERR_MEMORY. r may be x. */
quorsum_status qs_power_vartime(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mpz_t exponent);

/* r = prod bases[i]^exponents[i] for a few long public exponents, which may be negative (then that base is
 * inverted: ERR_NOT_UNIT if it cannot be): Straus, one chain of squarings. bases: pointers to elements. */
quorsum_status qs_power_joint_vartime(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *const *bases,
                                      const mpz_t *exponents, size_t count);

/* Bases with short public exponents. bases: plain (not Montgomery) elements, `stride` limbs apart; exponents: 128 bits
 * for each. next: more of them, or NULL. */
typedef struct qs_terms {
    const mp_limb_t *bases;
    size_t stride;
    const uint8_t (*exponents)[16];
    size_t count;
    const struct qs_terms *next;
} qs_terms;

size_t qs_terms_count(const qs_terms *terms);
const mp_limb_t *qs_terms_base(const qs_terms *terms, size_t i);
const uint8_t *qs_terms_exponent(const qs_terms *terms, size_t i);

/* As the small-exponent batch checks need them multiplied: Pippenger's buckets over all cores. For each of `rounds`
 * rounds k, rounds being 1, 2, 4 or 8:
 *
 *     r_k = prod bases[i]^(e_(i,k))        exponents[i] = e_(i,0) .. e_(i,rounds-1), 128/rounds bits each, big-endian
 *
 * r: `rounds` elements side by side, plain. ERR_MEMORY, ERR_CANCELLED. No terms give 1. */
quorsum_status qs_multiexp_vartime(const qs_ring *ring, mp_limb_t *r, const qs_terms *terms, unsigned rounds,
                                   const quorsum_run *run);

#endif
