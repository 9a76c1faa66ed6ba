/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paillier and Damgard-Jurik over moduli so small that everything can be tried: every plaintext, every digit, every
 * residue. What ought to come out is computed with plain integers.
 */
#include "tests/unit/paillier/oracle.h"

static const unsigned long primes[][2] = {{47, 59}, {59, 47}, {43, 53}, {61, 37}, {101, 127}};
#define PAIRS (sizeof primes / sizeof primes[0])

/* Every plaintext in one vector: the ciphertexts are those of the formula, and both ways of decrypting them agree. */
Test(exhaustive_paillier, encrypts_and_decrypts_every_plaintext_of_degree_one)
{
    for (size_t pair = 0; pair < PAIRS; pair++)
        for (int randomiser = 0; randomiser < 3; randomiser++) {
            oracle o;
            quorsum_encryptor *encryptor;
            quorsum_plaintexts *plaintexts, *back;
            quorsum_ciphertexts *ciphertexts;
            qs_secret alpha;
            unsigned long count = primes[pair][0] * primes[pair][1];
            mpz_t m, exponent, wanted;

            oracle_open_small(&o, primes[pair][0], primes[pair][1], 1, (quorsum_randomiser)randomiser);
            cr_assert_eq(quorsum_encryptor_new(&encryptor, o.key, NULL), QUORSUM_OK);
            cr_assert_eq(quorsum_plaintexts_new(&plaintexts, o.key, count), QUORSUM_OK);
            for (unsigned long i = 0; i < count; i++)
                cr_assert_eq(quorsum_plaintexts_set_int64(plaintexts, i, (int64_t)i), QUORSUM_OK);
            cr_assert_eq(qs_encrypt_keep(&ciphertexts, &alpha, encryptor, plaintexts, NULL), QUORSUM_OK);
            cr_assert_eq(quorsum_decrypt(&back, o.private, ciphertexts, NULL), QUORSUM_OK);
            mpz_inits(m, wanted, NULL);
            for (unsigned long i = 0; i < count; i++) {
                const mp_limb_t *c = ciphertexts->value + 2 * i; /* one limb a digit */

                mpz_set_ui(m, i);
                mpz_roinit_n(exponent, alpha.limb + i * qs_alpha_limbs(o.key), (mp_size_t)qs_alpha_limbs(o.key));
                oracle_encrypt(&o, wanted, m, exponent);
                cr_assert_eq(mpz_get_ui(wanted), c[0] + c[1] * count);
                oracle_decrypt(&o, wanted, wanted);
                cr_assert_eq(mpz_get_ui(wanted), i);
                cr_assert_eq(back->value[i], i);
            }
            mpz_clears(m, wanted, NULL);
            qs_secret_clear(&alpha);
            quorsum_plaintexts_free(plaintexts);
            quorsum_plaintexts_free(back);
            quorsum_ciphertexts_free(ciphertexts);
            quorsum_encryptor_free(encryptor);
            oracle_close(&o);
        }
}

/* (1+N)^m for m = 0, 1, 2, ... is one multiplication by 1+N after the other. */
static void walk_lifts(oracle *o, unsigned long long limit)
{
    unsigned long n = mpz_get_ui(o->n);
    mp_limb_t m[3] = {0}, got[4], back[3];
    mp_limb_t *scratch = calloc(qs_lift_scratch(o->key), sizeof *scratch);
    unsigned long wanted[4] = {1, 0, 0, 0}; /* digits */

    for (unsigned long long i = 0; i < limit; i++) {
        unsigned long carry = 0;

        qs_lift(o->key, got, m, scratch);
        for (unsigned d = 0; d <= o->s; d++)
            cr_assert_eq(got[d], wanted[d], "(1+N)^%llu, digit %u, degree %u", i, d, o->s);
        cr_assert_eq(qs_discrete_log_vartime(o->key, back, got), 0);
        cr_assert_arr_eq(back, m, o->s * sizeof *m);
        for (unsigned d = o->s; d > 0; d--) /* digit d takes digit d-1: x + x N */
            wanted[d] += wanted[d - 1];
        for (unsigned d = 0; d <= o->s; d++) {
            wanted[d] += carry;
            carry = wanted[d] / n;
            wanted[d] %= n;
        }
        for (unsigned d = 0; d < o->s && ++m[d] == n; d++)
            m[d] = 0;
    }
    free(scratch);
}

Test(exhaustive_paillier, lifts_every_plaintext_of_degree_one_and_two)
{
    for (unsigned s = 1; s <= 2; s++) {
        oracle o;

        oracle_open_small(&o, 43, 53, s, QUORSUM_RANDOMISER_HALF);
        walk_lifts(&o, mpz_get_ui(o.ns));
        oracle_close(&o);
    }
}

Test(exhaustive_paillier, lifts_the_first_of_degree_three)
{
    oracle o;

    oracle_open_small(&o, 43, 53, 3, QUORSUM_RANDOMISER_HALF);
    walk_lifts(&o, 200000);
    oracle_close(&o);
}

/* Digits 0, 1, N-1 and some in between, in every combination. */
Test(exhaustive_paillier, encrypts_and_decrypts_the_corners_of_every_degree)
{
    for (unsigned s = 1; s <= 3; s++)
        for (size_t pair = 0; pair < PAIRS; pair++) {
            oracle o;
            unsigned long n = primes[pair][0] * primes[pair][1];
            const unsigned long corner[] = {0, 1, 2, n / 2, n / 2 + 1, n - 2, n - 1};
            size_t count = s == 1 ? 7 : s == 2 ? 49 : 343;
            quorsum_encryptor *encryptor;
            quorsum_plaintexts *plaintexts, *back;
            quorsum_ciphertexts *ciphertexts;
            mpz_t value, wanted;

            oracle_open_small(&o, primes[pair][0], primes[pair][1], s, QUORSUM_RANDOMISER_FULL);
            mpz_inits(value, wanted, NULL);
            cr_assert_eq(quorsum_encryptor_new(&encryptor, o.key, NULL), QUORSUM_OK);
            cr_assert_eq(quorsum_plaintexts_new(&plaintexts, o.key, count), QUORSUM_OK);
            for (size_t i = 0; i < count; i++) {
                mpz_set_ui(value, corner[i % 7] + n * corner[i / 7 % 7 * (s > 1)] + n * n * corner[i / 49 * (s > 2)]);
                cr_assert_eq(set_number(plaintexts, i, value), QUORSUM_OK);
            }
            cr_assert_eq(quorsum_encrypt(&ciphertexts, encryptor, plaintexts, NULL), QUORSUM_OK);
            cr_assert_eq(quorsum_decrypt(&back, o.private, ciphertexts, NULL), QUORSUM_OK);
            cr_assert_arr_eq(back->value, plaintexts->value, count * o.key->plain->width * sizeof(mp_limb_t));
            for (size_t i = 0; i < count; i++) {
                number_of(&o, value, ciphertexts, i);
                oracle_decrypt(&o, value, value);
                get_number(&o, wanted, plaintexts, i);
                mpz_mod(wanted, wanted, o.ns);
                cr_assert_eq(mpz_cmp(value, wanted), 0, "degree %u, element %zu", s, i);
            }
            mpz_clears(value, wanted, NULL);
            quorsum_plaintexts_free(plaintexts);
            quorsum_plaintexts_free(back);
            quorsum_ciphertexts_free(ciphertexts);
            quorsum_encryptor_free(encryptor);
            oracle_close(&o);
        }
}

static unsigned long gcd(unsigned long a, unsigned long b)
{
    while (b != 0) {
        unsigned long rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* Every value a digit's two bytes can take, in every digit. */
Test(exhaustive_paillier, takes_in_valid_ciphertexts_and_no_others)
{
    for (unsigned s = 1; s <= 3; s++) {
        oracle o;
        unsigned long n = 47 * 59;

        oracle_open_small(&o, 47, 59, s, QUORSUM_RANDOMISER_HALF);
        for (unsigned digit = 0; digit <= s; digit++)
            for (unsigned long value = 0; value < 65536; value++) {
                uint8_t wire[8] = {0, 1, 1, 2, 3, 4, 5, 6};
                quorsum_status wanted = value >= n ? QUORSUM_ERR_RANGE : QUORSUM_OK;
                size_t index = 9;

                if (digit == 0 && value < n && gcd(value, n) != 1)
                    wanted = QUORSUM_ERR_NOT_UNIT;
                wire[2 * digit] = (uint8_t)(value >> 8);
                wire[2 * digit + 1] = (uint8_t)value;
                cr_assert_eq(qs_ciphertexts_validate(o.key, wire, 1, &index, NULL), wanted, "digit %u = %lu", digit,
                             value);
                cr_assert_eq(index, 0);
            }
        oracle_close(&o);
    }
}

/* Every number below N^2 (and some above) as one integer: every 7th, which is prime to N. */
Test(exhaustive_paillier, imports_units_and_no_others)
{
    oracle o;
    unsigned long n = 47 * 59;

    oracle_open_small(&o, 47, 59, 1, QUORSUM_RANDOMISER_HALF);
    for (unsigned long value = 0; value < n * n + 10000; value += value + 5000 < n * n ? 7 : 1) {
        uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
        quorsum_status wanted = value >= n * n    ? QUORSUM_ERR_RANGE
                                : gcd(value, n) != 1 ? QUORSUM_ERR_NOT_UNIT
                                                   : QUORSUM_OK;
        quorsum_ciphertexts *vector;

        cr_assert_eq(quorsum_ciphertexts_import(&vector, o.key, bytes, 4, NULL, NULL), wanted, "%lu", value);
        if (wanted == QUORSUM_OK)
            cr_assert(vector->value[0] == value % n && vector->value[1] == value / n);
        quorsum_ciphertexts_free(vector);
    }
    oracle_close(&o);
}

/* Every unit modulo N as first digit, which covers every randomiser, with some second digit. */
Test(exhaustive_paillier, decrypts_every_unit)
{
    for (size_t pair = 0; pair < PAIRS; pair++) {
        oracle o;
        unsigned long n = primes[pair][0] * primes[pair][1];
        mpz_t value;

        oracle_open_small(&o, primes[pair][0], primes[pair][1], 1, QUORSUM_RANDOMISER_HALF);
        mpz_init(value);
        for (unsigned long first = 1; first < n; first++) {
            quorsum_ciphertexts *vector;
            quorsum_plaintexts *plain;

            if (gcd(first, n) != 1)
                continue;
            cr_assert_eq(qs_ciphertexts_new(&vector, o.key, 1), QUORSUM_OK);
            vector->value[0] = first;
            vector->value[1] = first * first % n;
            cr_assert_eq(quorsum_decrypt(&plain, o.private, vector, NULL), QUORSUM_OK);
            mpz_set_ui(value, first + n * (first * first % n));
            oracle_decrypt(&o, value, value);
            cr_assert_eq(plain->value[0], mpz_get_ui(value), "%lu", first);
            quorsum_plaintexts_free(plain);
            quorsum_ciphertexts_free(vector);
        }
        mpz_clear(value);
        oracle_close(&o);
    }
}

/* Random pairs, through the ciphertexts. */
Test(exhaustive_paillier, adds_subtracts_and_scales_modulo_n_to_the_s)
{
    for (unsigned s = 1; s <= 3; s++) {
        oracle o;
        mpz_t a[200], b[200], first, second, wanted;
        quorsum_ciphertexts *x, *y, *sum, *difference, *multiple;
        quorsum_plaintexts *plain[3];

        oracle_open_small(&o, 59, 61, s, QUORSUM_RANDOMISER_HALF);
        mpz_inits(first, second, wanted, NULL);
        x = random_vector(&o, a, 200);
        y = random_vector(&o, b, 200);
        cr_assert_eq(quorsum_ciphertexts_add(&sum, o.key, x, y, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_ciphertexts_subtract(&difference, o.key, x, y, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_ciphertexts_scale(&multiple, o.key, x, -12345, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_decrypt(&plain[0], o.private, sum, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_decrypt(&plain[1], o.private, difference, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_decrypt(&plain[2], o.private, multiple, NULL), QUORSUM_OK);
        for (size_t i = 0; i < 200; i++) {
            oracle_decrypt(&o, first, a[i]);
            oracle_decrypt(&o, second, b[i]);
            for (int k = 0; k < 3; k++) {
                if (k == 0)
                    mpz_add(wanted, first, second);
                else if (k == 1)
                    mpz_sub(wanted, first, second);
                else
                    mpz_mul_si(wanted, first, -12345);
                get_number(&o, second, plain[k], i);
                cr_assert(mpz_congruent_p(second, wanted, o.ns), "degree %u, operation %d", s, k);
                oracle_decrypt(&o, second, b[i]);
            }
        }
        for (int k = 0; k < 3; k++)
            quorsum_plaintexts_free(plain[k]);
        quorsum_ciphertexts_free(sum);
        quorsum_ciphertexts_free(difference);
        quorsum_ciphertexts_free(multiple);
        quorsum_ciphertexts_free(x);
        quorsum_ciphertexts_free(y);
        clear_numbers(a, 200);
        clear_numbers(b, 200);
        mpz_clears(first, second, wanted, NULL);
        oracle_close(&o);
    }
}
