/* SPDX-License-Identifier: Apache-2.0 */
/* lib/arith/prime.c, sieve.c and modulus_check.c against GMP's own primality test and divisions. */
#include "lib/arith/prime.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/sieve.h"

static void check_prime(size_t bits, int safe, const quorsum_run *run)
{
    qs_secret secret;
    mpz_t p;
    mpz_t half;

    cr_assert_eq(qs_prime_generate(&secret, bits, safe, run), QUORSUM_OK);
    cr_expect_eq(secret.limbs, (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS);
    mpz_roinit_n(p, secret.limb, (mp_size_t)secret.limbs);
    cr_expect_eq(mpz_sizeinbase(p, 2), bits);
    cr_expect(mpz_tstbit(p, bits - 2), "the second bit is set");
    cr_expect_eq(mpz_fdiv_ui(p, 4), 3);
    cr_expect(mpz_probab_prime_p(p, 40), "%zu bits", bits);
    mpz_init(half);
    mpz_fdiv_q_2exp(half, p, 1);
    if (safe)
        cr_expect(mpz_probab_prime_p(half, 40), "half of a safe prime of %zu bits", bits);
    mpz_clear(half);
    qs_secret_clear(&secret);
}

Test(prime, generates_primes_of_the_asked_shape, .timeout = 600)
{
    static const size_t sizes[] = {16, 17, 20, 24, 31, 32, 33, 48, 63, 64, 65, 66, 100, 127, 128, 129, 200, 256};
    const quorsum_run runs[] = {{.threads = 1}, {.threads = 3}};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int safe = 0; safe < 2; safe++)
            for (int k = 0; k < 2; k++)
                check_prime(sizes[i], safe, &runs[k]);
    check_prime(512, 1, NULL);
    check_prime(1024, 0, NULL);
}

/* Draws until the tests must have met many composites that only the strong test refuses at toy sizes. */
Test(prime, lets_no_composite_through_at_the_smallest_sizes, .timeout = 600)
{
    const quorsum_run run = {.threads = 1};

    for (unsigned i = 0; i < 150; i++)
        check_prime(16 + i % 4, (int)(i % 2), &run);
}

static int count_and_stop(uint64_t done, uint64_t total, void *user)
{
    uint64_t *calls = user;

    cr_expect_eq(total, 0);
    cr_expect_geq(done, *calls, "progress never goes back");
    return ++*calls >= 3;
}

Test(prime, stops_when_asked)
{
    uint64_t calls = 0;
    const quorsum_run run = {.threads = 2, .progress = count_and_stop, .user = &calls};
    qs_secret secret;

    cr_expect_eq(qs_prime_generate(&secret, 4096, 1, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_null(secret.limb);
    cr_expect_eq(calls, 3);
}

Test(prime, refuses_sizes_out_of_bounds)
{
    qs_secret secret;

    cr_expect_eq(qs_prime_generate(&secret, 15, 1, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_prime_generate(&secret, (size_t)1 << 20, 1, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_null(secret.limb);
}

/* Against GMP: which of the window's candidates have a small factor themselves or in their halves. */
Test(prime, sieves_out_exactly_the_multiples, .timeout = 600)
{
    enum { SPAN = 3000 };
    uint8_t marks[SPAN];
    size_t count;
    qs_small_prime *primes = qs_small_primes(5000, &count);
    gmp_randstate_t random;
    mpz_t start;
    mpz_t p;
    mpz_t product;

    gmp_randinit_default(random);
    mpz_inits(start, p, product, NULL);
    mpz_primorial_ui(product, 5000);
    mpz_divexact_ui(product, product, 2);
    for (unsigned round = 0; round < 6; round++) {
        mpz_rrandomb(start, random, 64 * (round + 1));
        mpz_setbit(start, 0), mpz_setbit(start, 1);
        qs_sieve_window(marks, SPAN, primes, count, mpz_limbs_read(start), mpz_size(start), (int)(round % 2));
        for (unsigned k = 0; k < SPAN; k++) {
            int marked;

            mpz_add_ui(p, start, 4 * k);
            mpz_gcd(p, p, product);
            marked = mpz_cmp_ui(p, 1) != 0;
            mpz_add_ui(p, start, 4 * k);
            mpz_fdiv_q_2exp(p, p, 1);
            mpz_gcd(p, p, product);
            marked |= round % 2 == 1 && mpz_cmp_ui(p, 1) != 0;
            cr_expect_eq(marks[k], marked, "round %u, candidate %u", round, k);
        }
    }
    free(primes);
    mpz_clears(start, p, product, NULL);
    gmp_randclear(random);
}

Test(prime, knows_the_small_primes_and_reduces_by_them)
{
    static const uint64_t values[] = {0, 1, 2, 0x3fffffffffffff, 0x3ffffffffffffe, 0x20000000000000, 123456789012};
    size_t count;
    qs_small_prime *primes = qs_small_primes(QS_SMALL_PRIME_MAX, &count);

    cr_assert_not_null(primes);
    cr_expect_eq(count, 295946, "odd primes below 2^22");
    cr_expect_eq(primes[0].prime, 3);
    for (size_t i = 0; i < count; i++) {
        uint64_t l = primes[i].prime;

        cr_assert_eq(4 * (uint64_t)primes[i].quarter % l, 1);
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++)
            cr_assert_eq(qs_small_reduce(values[k], &primes[i]), values[k] % l);
        for (uint64_t k = 1; k < 4; k++)
            cr_assert_eq(qs_small_reduce(0x3fffffffffffff / l * l - k, &primes[i]), l - k);
    }
    free(primes);
    primes = qs_small_primes(2, &count);
    cr_expect_eq(count, 0);
    free(primes);
}

static quorsum_status check_modulus(const char *text, size_t bits)
{
    mpz_t n;
    quorsum_status status;

    mpz_init_set_str(n, text, 0);
    status = qs_modulus_check_vartime(n, bits);
    mpz_clear(n);
    return status;
}

Test(prime, refuses_moduli_that_are_no_moduli)
{
    cr_expect_eq(check_modulus("2773", 12), QUORSUM_OK, "47 * 59");
    cr_expect_eq(check_modulus("2773", 13), QUORSUM_ERR_MODULUS_SIZE);
    cr_expect_eq(check_modulus("2773", 11), QUORSUM_ERR_MODULUS_SIZE);
    cr_expect_eq(check_modulus("-2773", 12), QUORSUM_ERR_MODULUS_SIZE);
    cr_expect_eq(check_modulus("0", 12), QUORSUM_ERR_MODULUS_SIZE);
    cr_expect_eq(check_modulus("1517", 11), QUORSUM_ERR_MODULUS_SIZE, "below the build's least size");
    cr_expect_eq(check_modulus("2774", 12), QUORSUM_ERR_MODULUS_EVEN);
    cr_expect_eq(check_modulus("2777", 12), QUORSUM_ERR_MODULUS_PRIME);
    cr_expect_eq(check_modulus("2809", 12), QUORSUM_ERR_MODULUS_PRIME, "53 * 53");
    cr_expect_eq(check_modulus("2779", 12), QUORSUM_ERR_MODULUS_FACTOR, "7 * 397");
    cr_expect_eq(check_modulus("2781", 12), QUORSUM_ERR_MODULUS_FACTOR, "27 * 103");
}

/* Factors on either side of 2^20 in a modulus of full size. */
Test(prime, finds_every_small_factor_of_a_large_modulus, .timeout = 600)
{
    static const unsigned long factors[] = {3, 5, 65537, 1048573, 524287, 1048583, 1048589};
    mpz_t n;
    mpz_t rest;

    mpz_inits(n, rest, NULL);
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        size_t bits;

        mpz_set_ui(rest, 0);
        mpz_setbit(rest, 2040);
        mpz_add_ui(rest, rest, 10000 * i);
        mpz_nextprime(rest, rest);
        mpz_mul_ui(n, rest, factors[i]);
        bits = mpz_sizeinbase(n, 2);
        cr_expect_eq(qs_modulus_check_vartime(n, bits), factors[i] < 1 << 20 ? QUORSUM_ERR_MODULUS_FACTOR : QUORSUM_OK,
                     "factor %lu", factors[i]);
    }
    mpz_setbit(n, 4097);
    mpz_setbit(n, 0);
    cr_expect_eq(qs_modulus_check_vartime(n, 4098), QUORSUM_ERR_MODULUS_SIZE);
    mpz_clears(n, rest, NULL);
}
