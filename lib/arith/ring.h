/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Residues modulo n^digits in n-adic form: x = x0 + x1 n + x2 n^2 + ..., every digit canonical (0 <= xi < n).
 * Digit i stands at x + i*limbs, little-endian limbs; an element is `width` = digits*limbs limbs.
 * n is odd and has exactly limbs*GMP_LIMB_BITS bits or fewer; digits is 1..5.
 *
 * Multiplication is Montgomery's, digit by digit (R = 2^(limbs*GMP_LIMB_BITS)): qs_ring_mul gives x*y/R.
 * With c(-1) = 0, q(-1) = 0 and T_i = sum_{j<=i} x_j y_(i-j) + c_(i-1) R - q_(i-1):
 *     q_i = -T_i / n mod R,   r_i + c_i n = (T_i + q_i n) / R,   0 <= r_i < n
 * because x0 y0 = r0 R - q0 n exactly, so the quotient of one digit is what the next digit owes; the sum
 * telescopes modulo n^digits. A product costs 5/8 of plain Montgomery's limb products for digits = 2.
 *
 * Everything here is constant time in the digits (not in n's size) unless the name says _vartime. Results
 * are canonical digits, so every kernel gives the same bits.
 */
#ifndef QS_RING_H
#define QS_RING_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

#include "quorsum/status.h"

#define QS_MAX_DIGITS 5
#define QS_MAX_LIMBS 1024 /* a bound on what is allocated; rings hold moduli of 4096 bits and a few times that */

typedef struct qs_ring {
    size_t limbs;      /* of n */
    size_t width;      /* limbs of an element */
    size_t bits;       /* of n */
    size_t bytes;      /* of one digit on the wire: ceil(bits / 8) */
    unsigned digits;
    int secret;        /* n itself is secret: everything below lies in guarded memory */
    mp_limb_t inverse; /* -1/n mod 2^GMP_LIMB_BITS */
    mp_limb_t *n;
    mp_limb_t *one;    /* R mod n^digits: one in Montgomery form */
    mp_limb_t *square; /* R^2 mod n^digits: qs_ring_mul(x, square) enters Montgomery form */
    struct qs_lanes *lanes; /* eight residues at once (lanes.h); NULL where that is not to be had */
    struct qs_across *across; /* for powers, where the kernel in use has it for this size (across.h), or NULL */
    void *block;
} qs_ring;

/* Immutable once made; any number of threads may use one. ERR_ARGUMENT for an even n, n < 3, a zero top limb, or
 * digits outside 1..5. ERR_MEMORY. */
quorsum_status qs_ring_new(qs_ring **out, const mp_limb_t *n, size_t limbs, unsigned digits, int secret);
void qs_ring_free(qs_ring *ring);

/* A public ring has its lanes from the start. A secret one gets them by this, before it is shared: the search for
 * primes makes a ring a candidate and would never use them. ERR_MEMORY. */
quorsum_status qs_ring_add_lanes(qs_ring *ring);

/* Limbs of scratch that every function taking `scratch` below may use. Callers working on secrets take it
 * from secret memory. */
size_t qs_ring_scratch(const qs_ring *ring);

/* r may be x or y. */
void qs_ring_mul(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *scratch);
void qs_ring_sqr(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch);
void qs_ring_enter(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch); /* x R */
void qs_ring_leave(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch); /* x / R */
void qs_ring_add(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *scratch);
void qs_ring_sub(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *scratch);
/* r = x if bit is 0, y if 1 (bit secret); r may be x or y. */
void qs_ring_select(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t bit);
/* All ones if x == y, else 0. */
mp_limb_t qs_ring_equal(const qs_ring *ring, const mp_limb_t *x, const mp_limb_t *y);

/* R^power mod n^digits (power >= 0, public): what a chain of k qs_ring_mul without Montgomery form owes. A
 * product of k plain residues by k-1 multiplications is the wanted one over R^(k-1); one more multiplication
 * by qs_ring_radix(k) mends it. */
void qs_ring_radix_vartime(const qs_ring *ring, mp_limb_t *r, uint64_t power, mp_limb_t *scratch);

/* An integer of any length modulo n^digits, as plain digits. Constant time in its value. */
void qs_ring_reduce(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *integer, size_t limbs, mp_limb_t *scratch);

/* Wire form: digit 0 first, each digit big-endian in ring->bytes bytes. Reading answers 0, or -1 for a digit
 * >= n; both are constant time in the digits. */
int qs_ring_read(const qs_ring *ring, mp_limb_t *r, const uint8_t *in);
void qs_ring_write(const qs_ring *ring, uint8_t *out, const mp_limb_t *x);

/* One product of two plain residues as plain residue, public data: two plain divisions instead of two
 * Montgomery products. r may be x or y. */
void qs_ring_product_vartime(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y,
                             mp_limb_t *scratch);

/* Public data as GMP integers. from: any integer, reduced. invert answers 0, or -1 if x is no unit. Plain form. */
void qs_ring_to_mpz(const qs_ring *ring, mpz_t out, const mp_limb_t *x);
void qs_ring_from_mpz_vartime(const qs_ring *ring, mp_limb_t *r, const mpz_t integer);
int qs_ring_invert_vartime(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x);

/* x[0..count) <- 1/x[i], count >= 1 elements side by side, by one inversion and three products each (Montgomery's
 * trick: invert the product of all, then take the single inverses out of it). -1, and nothing changed, if one is no
 * unit. prefix: count elements; scratch: an element and qs_ring_scratch limbs. */
int qs_ring_invert_all_vartime(const qs_ring *ring, mp_limb_t *x, size_t count, mp_limb_t *prefix,
                               mp_limb_t *scratch);

/* 1 if every one of `count` values mod n (limbs each, `stride` limbs apart, each < n) is a unit: one long
 * product and one gcd. Public data. On 0, *first is the lowest index that is no unit (found by bisection). */
int qs_ring_units_vartime(const qs_ring *ring, const mp_limb_t *values, size_t stride, size_t count, size_t *first,
                          mp_limb_t *scratch);

#endif
