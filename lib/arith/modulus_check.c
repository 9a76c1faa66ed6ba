/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What everybody checks of a public modulus before using it. It shows nothing about how N was made; it keeps
 * out what is plainly no modulus, and the small factors that the verification of batches cannot tolerate.
 */
#include <stdlib.h>

#include "lib/arith/prime.h"
#include "lib/arith/sieve.h"

#define FACTOR_BITS 20
#define REPETITIONS 32 /* of a primality test on a public number: a prime never passes as composite */

/* Several primes at a time: their product in one limb, then one division of N. */
static int has_factor(const mpz_t n, const qs_small_prime *primes, size_t count)
{
    int found = 0;
    size_t i = 0;

    while (i < count && !found) {
        unsigned long product = 1;

        while (i < count && product <= (~0ul >> 1) / primes[i].prime)
            product *= primes[i++].prime;
        found = mpz_gcd_ui(NULL, n, product) != 1;
    }
    return found;
}

quorsum_status qs_modulus_check_vartime(const mpz_t n, size_t bits)
{
    uint32_t limit = (uint32_t)1 << (bits / 4 < FACTOR_BITS ? bits / 4 : FACTOR_BITS);
    qs_small_prime *primes;
    size_t count;
    quorsum_status status = QUORSUM_OK;

    if (bits < qs_modulus_bits_min() || bits > QS_MODULUS_BITS_MAX)
        return QUORSUM_ERR_MODULUS_SIZE;
    if (mpz_sgn(n) <= 0 || mpz_sizeinbase(n, 2) != bits)
        return QUORSUM_ERR_MODULUS_SIZE;
    if (mpz_even_p(n))
        return QUORSUM_ERR_MODULUS_EVEN;
    primes = qs_small_primes(limit, &count);
    if (primes == NULL)
        return QUORSUM_ERR_MEMORY;
    if (has_factor(n, primes, count))
        status = QUORSUM_ERR_MODULUS_FACTOR;
    else if (mpz_perfect_power_p(n) || mpz_probab_prime_p(n, REPETITIONS) != 0)
        status = QUORSUM_ERR_MODULUS_PRIME;
    free(primes);
    return status;
}
