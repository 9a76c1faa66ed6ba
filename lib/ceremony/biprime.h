/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boneh and Franklin's test that N = p q is a product of two primes, p = q = 3 mod 4, when p and q are known in pieces
 * only: with g of Jacobi symbol +1 and p = T + 4 sum p_A, q likewise,
 *
 *     g^(phi/4) = +-1   iff   w = +- prod u_A,     w = g^((N+1-2T)/4),   u_A = g^(p_A + q_A)
 *
 * An N that is no product of two primes passes with probability at most 1/4 (Chuang, Hsu, Lee, ePrint 2024/2072).
 * Round `test` asks it once of every survivor, with the least work for everybody; round `verify` 64 times of the
 * winner, every set's factor by itself.
 */
#ifndef QS_BIPRIME_H
#define QS_BIPRIME_H

#include "lib/ceremony/generation.h"

#define QS_BIPRIME_ROUNDS 64

/* The next base from *counter on, which moves behind it: HashToZ with the seed
 *
 *     BLAKE2b-512 of L("quorsum/v1/ceremony-test") L(ceremony) L(N) L(u64(counter))
 *
 * for the first counter with Jacobi symbol +1. Plain form. Round `test` takes the first base from 0 on, round `verify`
 * the 64 bases behind it. */
void qs_biprime_base_vartime(mp_limb_t *out, const qs_ring *root, const uint8_t ceremony[32], uint64_t *counter);

/* (N + 1 - 2T) / 4, whole: round `product` lets only N = 1 mod 4 through. */
void qs_biprime_exponent(mpz_t out, const qs_generation *generation, const mpz_t n);

/* Members 1..n in a cyclic order that begins with (number mod n) + 1: the one in place m, m < n. */
static inline uint32_t qs_member_in_turn(const qs_sets *sets, size_t number, uint32_t m)
{
    return (uint32_t)((number + m) % sets->members) + 1;
}

/* Who says the factor of a set: its first member in the order of `number`. */
uint32_t qs_speaker_of(const qs_sets *sets, size_t set, size_t number);

/* What a member does for a candidate in `test`. */
typedef enum qs_duty {
    QS_DUTY_NONE,
    QS_DUTY_FACTOR, /* u, the product of u_A over the sets it speaks for: the first t+1 in the candidate's order */
    QS_DUTY_WHOLE   /* w: the last one, of whom no set is left because n > t + 1 */
} qs_duty;

qs_duty qs_duty_of(const qs_sets *sets, uint32_t candidate, uint32_t index);

#endif
