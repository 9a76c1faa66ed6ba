/* SPDX-License-Identifier: Apache-2.0 */
/* A body's check of itself before it is used, as lanes_check.c: a square, a product and table reads against GMP. */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/across.h"
#include "lib/arith/lanes.h"

#define BITS ((size_t)2048)
#define LIMBS (BITS / GMP_LIMB_BITS)
#define DIGITS 2
#define WIDTH (DIGITS * LIMBS)
#define ENTRIES 3

/* Limbs from a simple recurrence, the top bit of a digit clear: below n, which has it. */
static void fill(mp_limb_t *out, size_t limbs, mp_limb_t seed)
{
    for (size_t i = 0; i < limbs; i++) {
        seed = seed * 0x5851f42du + 0x14057b7fu;
        out[i] = seed ^ seed << 29;
        if ((i + 1) % LIMBS == 0)
            out[i] >>= 1;
    }
}

static void value(mpz_t out, const mp_limb_t *x, const mpz_t n)
{
    mpz_t digit;

    mpz_mul(out, n, mpz_roinit_n(digit, x + LIMBS, (mp_size_t)LIMBS));
    mpz_add(out, out, mpz_roinit_n(digit, x, (mp_size_t)LIMBS));
}

/* result R^2 = x^2 y modulo n^2? */
static int is_right(const mp_limb_t *result, const mp_limb_t *x, const mp_limb_t *y, const mpz_t n, size_t radix_bits)
{
    mpz_t modulus, u, v;
    int right;

    mpz_init(modulus);
    mpz_init(u);
    mpz_init(v);
    mpz_mul(modulus, n, n);
    value(u, x, n);
    mpz_mul(u, u, u);
    value(v, y, n);
    mpz_mul(u, u, v);
    value(v, result, n);
    mpz_mul_2exp(v, v, 2 * radix_bits);
    right = mpz_congruent_p(u, v, modulus) != 0;
    mpz_clear(v);
    mpz_clear(u);
    mpz_clear(modulus);
    return right;
}

/* -1/n modulo the limb base, as ring.c's. */
static mp_limb_t negated_inverse(mp_limb_t n)
{
    mp_limb_t inverse = n;

    for (unsigned right = 3; right < GMP_LIMB_BITS; right *= 2)
        inverse *= 2 - n * inverse;
    return (mp_limb_t)0 - inverse;
}

/* The table: y, x, and x with other bits; the square takes x from it, the product y. */
static void compute(const qs_across_body *body, const qs_across_modulus *modulus, mp_limb_t *result,
                    const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *table)
{
    size_t rows = DIGITS * modulus->vectors;
    size_t width = rows * QS_LANES;
    mp_limb_t *factor = table + ENTRIES * width;
    mp_limb_t *power = factor + width;

    qs_across_load(modulus, table, y);
    qs_across_load(modulus, table + width, x);
    for (size_t i = 0; i < width; i++)
        table[2 * width + i] = table[width + i] ^ 1;
    body->select(power, table, rows, ENTRIES, 1);
    body->sqr(modulus, power, power);
    body->select(factor, table, rows, ENTRIES, 0);
    body->mul(modulus, power, power, factor);
    qs_across_store(modulus, result, power);
}

int qs_across_check(const qs_across_body *body)
{
    mp_limb_t n[LIMBS], x[WIDTH], y[WIDTH], result[WIDTH];
    size_t width = DIGITS * qs_across_vectors(BITS) * QS_LANES;
    mp_limb_t *block = malloc(((ENTRIES + 2) * width + 2 * width / DIGITS + QS_LANES_SLACK) * sizeof *block);
    qs_across_modulus modulus;
    mp_limb_t *arrays;
    mpz_t number;

    if (block == NULL)
        return 0;
    arrays = qs_lanes_align(block);
    fill(n, LIMBS, 1);
    n[0] |= 1;
    n[LIMBS - 1] |= (mp_limb_t)1 << (GMP_LIMB_BITS - 1);
    fill(x, WIDTH, 2);
    fill(y, WIDTH, 3);
    qs_across_modulus_set(&modulus, arrays, n, LIMBS, BITS, DIGITS, negated_inverse(n[0]));
    compute(body, &modulus, result, x, y, arrays + 2 * width / DIGITS);
    free(block);
    return is_right(result, x, y, mpz_roinit_n(number, n, (mp_size_t)LIMBS),
                    modulus.vectors * QS_LANES * QS_ACROSS_BITS);
}
