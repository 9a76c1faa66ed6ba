/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sieve of the prime search: small odd primes with what it takes to reduce a secret number modulo them
 * without dividing, and the marking of a window.
 */
#ifndef QS_SIEVE_H
#define QS_SIEVE_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

typedef struct qs_small_prime {
    uint64_t reciprocal; /* floor(2^64 / prime) */
    uint32_t prime;
    uint32_t quarter;    /* 1/4 mod prime */
} qs_small_prime;

#define QS_SMALL_PRIME_MAX ((uint32_t)1 << 22)

/* The odd primes up to `limit` (at most QS_SMALL_PRIME_MAX), ascending. NULL without memory. Release with free. */
qs_small_prime *qs_small_primes(uint32_t limit, size_t *count);

/* value mod prime for value < 2^54. Constant time in the value. */
uint64_t qs_small_reduce(uint64_t value, const qs_small_prime *prime);

/* x mod prime, constant time in x. */
uint64_t qs_small_residue(const mp_limb_t *x, size_t limbs, const qs_small_prime *prime);

/* marks[k] = 1 where start + 4 k, or if `safe` (start + 4 k - 1) / 2, has one of the primes as a factor; else 0.
 * start = 3 mod 4. The places marked depend on start. */
void qs_sieve_window(uint8_t *marks, size_t window, const qs_small_prime *primes, size_t count,
                     const mp_limb_t *start, size_t limbs, int safe);

#endif
