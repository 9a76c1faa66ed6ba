/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Primes: secret ones to make keys with, and the checks everybody makes on a public modulus.
 *
 * A secret candidate is tested by constant-time exponentiation only. The sieve that picks candidates marks a
 * table at places that depend on the secret window start: key generation is meant for the dealer's own machine
 * (docs/security.md).
 */
#ifndef QS_PRIME_H
#define QS_PRIME_H

#include "lib/base/secret.h"
#include "quorsum/status.h"

/* A random prime p of exactly `bits` bits, top two bits set, p = 3 mod 4; if safe, (p-1)/2 is prime too (joint
 * sieve of both, parallel over windows). bits >= 16, error below 2^-128. progress: done = candidates tested,
 * total = 0. ERR_MEMORY, ERR_CANCELLED. out is initialised by the call with ceil(bits/GMP_LIMB_BITS) limbs. */
quorsum_status qs_prime_generate(qs_secret *out, size_t bits, int safe, const quorsum_run *run);

/* The public checks on N: odd, exactly `bits` bits, composite, no prime factor < 2^20. Answers ERR_MODULUS_*.
 * min_bits of the build apply (qs_modulus_bits_min). Toy moduli of test builds are checked for factors only
 * below the 2^20 bound that do not exceed 2^(bits/4). */
quorsum_status qs_modulus_check_vartime(const mpz_t n, size_t bits);

/* Smallest modulus the library accepts: 2048 in every shipped build; the test twin of modulus_bits.c says 12. */
size_t qs_modulus_bits_min(void);
#define QS_MODULUS_BITS_MAX 4096

#endif
