/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Residues by Barrett's method: with v = floor(2^64 / prime) and value < 2^54,
 *
 *     value / prime - 1 - 2^-10 < value v / 2^64 <= value / prime,
 *
 * so q = floor(value v / 2^64) is the quotient or one less, or (never met, but not excluded) two less; two
 * masked subtractions make the rest canonical.
 */
#include "lib/arith/sieve.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/invariant.h"

static uint64_t high_product(uint64_t x, uint64_t y)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 wide;

    return (uint64_t)((wide)x * y >> 64);
#else
    uint64_t x0 = x & 0xffffffff, x1 = x >> 32;
    uint64_t y0 = y & 0xffffffff, y1 = y >> 32;
    uint64_t middle = x1 * y0 + (x0 * y0 >> 32);
    uint64_t other = x0 * y1 + (middle & 0xffffffff);

    return x1 * y1 + (middle >> 32) + (other >> 32);
#endif
}

static uint64_t subtract_once(uint64_t value, uint64_t prime)
{
    uint64_t difference = value - prime;

    return difference + (prime & ((uint64_t)0 - (difference >> 63)));
}

uint64_t qs_small_reduce(uint64_t value, const qs_small_prime *prime)
{
    uint64_t rest = value - high_product(value, prime->reciprocal) * prime->prime;

    QS_INVARIANT(value >> 54 == 0);
    rest = subtract_once(subtract_once(rest, prime->prime), prime->prime);
    QS_INVARIANT(rest < prime->prime);
    return rest;
}

/* 32 bits at a time from the top: rest 2^32 + word stays below 2^54 as primes are below 2^22. */
uint64_t qs_small_residue(const mp_limb_t *x, size_t limbs, const qs_small_prime *prime)
{
    uint64_t rest = 0;

    for (size_t i = limbs; i-- > 0;)
        for (unsigned shift = GMP_LIMB_BITS; shift > 0;) {
            shift -= 32;
            rest = qs_small_reduce(rest << 32 | (uint32_t)(x[i] >> shift), prime);
        }
    return rest;
}

static void mark_multiples(uint8_t *marks, size_t window, size_t first, size_t step)
{
    for (size_t k = first; k < window; k += step)
        marks[k] = 1;
}

/* start + 4 k = 0 mod l at k = -start / 4, and (start + 4 k - 1) / 2 = 0 at k = (1 - start) / 4. */
void qs_sieve_window(uint8_t *marks, size_t window, const qs_small_prime *primes, size_t count,
                     const mp_limb_t *start, size_t limbs, int safe)
{
    memset(marks, 0, window);
    for (size_t i = 0; i < count; i++) {
        const qs_small_prime *l = &primes[i];
        uint64_t negated = l->prime - qs_small_residue(start, limbs, l);

        mark_multiples(marks, window, qs_small_reduce(negated * l->quarter, l), l->prime);
        if (safe)
            mark_multiples(marks, window, qs_small_reduce((negated + 1) * l->quarter, l), l->prime);
    }
}

/* Eratosthenes over the odd numbers: composite[i] speaks of 2 i + 1. */
static size_t strike_composites(uint8_t *composite, uint32_t limit)
{
    size_t primes = 0;

    for (uint32_t l = 3; l <= limit; l += 2) {
        if (composite[l / 2])
            continue;
        primes++;
        for (uint64_t k = (uint64_t)l * l; k <= limit; k += 2 * (uint64_t)l)
            composite[k / 2] = 1;
    }
    return primes;
}

static qs_small_prime small_prime(uint32_t l)
{
    qs_small_prime out = {.prime = l};

    out.reciprocal = UINT64_MAX / l; /* = floor(2^64 / l) for odd l > 1 */
    out.quarter = l % 4 == 3 ? (l + 1) / 4 : (uint32_t)((3 * (uint64_t)l + 1) / 4);
    return out;
}

qs_small_prime *qs_small_primes(uint32_t limit, size_t *count)
{
    uint8_t *composite;
    qs_small_prime *primes = NULL;
    size_t filled = 0;

    *count = 0;
    if (limit > QS_SMALL_PRIME_MAX)
        limit = QS_SMALL_PRIME_MAX;
    composite = calloc((size_t)limit / 2 + 1, 1);
    if (composite != NULL)
        primes = calloc(strike_composites(composite, limit) + 1, sizeof *primes);
    for (uint32_t l = 3; primes != NULL && l <= limit; l += 2)
        if (!composite[l / 2])
            primes[filled++] = small_prime(l);
    free(composite);
    *count = filled;
    return primes;
}
