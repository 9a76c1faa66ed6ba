/* SPDX-License-Identifier: Apache-2.0 */
/* The plain GMP calls that rows are compared with. */
#include <stdlib.h>

#include "bench/bench.h"

void bench_exponent(mpz_t out, bench *b, size_t bits)
{
    mpz_urandomb(out, b->keys.random, bits);
    mpz_setbit(out, bits - 1);
    mpz_setbit(out, 0);
}

void bench_powm_init(bench_powm *powm, bench *b, const mpz_t exponent, const mpz_t modulus, int secret)
{
    mpz_init(powm->base);
    mpz_urandomm(powm->base, b->keys.random, modulus);
    mpz_init_set(powm->exponent, exponent);
    mpz_init_set(powm->modulus, modulus);
    mpz_init(powm->result);
    powm->secret = secret;
}

void bench_powm_clear(bench_powm *powm)
{
    mpz_clears(powm->base, powm->exponent, powm->modulus, powm->result, NULL);
}

quorsum_status bench_powm_work(void *context)
{
    bench_powm *powm = context;

    if (powm->secret)
        mpz_powm_sec(powm->result, powm->base, powm->exponent, powm->modulus);
    else
        mpz_powm(powm->result, powm->base, powm->exponent, powm->modulus);
    return QUORSUM_OK;
}

bench_side bench_powm_side(bench_powm *powm)
{
    return (bench_side){bench_powm_work, powm, 1};
}

quorsum_status bench_vector_init(bench_vector *vector, bench *b, const mpz_t modulus, size_t count)
{
    mpz_t *all = malloc(3 * count * sizeof *all);

    *vector = (bench_vector){.count = 0};
    if (all == NULL)
        return QUORSUM_ERR_MEMORY;
    vector->count = count;
    vector->a = all;
    vector->b = all + count;
    vector->out = all + 2 * count;
    mpz_init_set(vector->modulus, modulus);
    for (size_t i = 0; i < 3 * count; i++) {
        mpz_init(all[i]);
        mpz_urandomm(all[i], b->keys.random, modulus);
    }
    return QUORSUM_OK;
}

void bench_vector_clear(bench_vector *vector)
{
    for (size_t i = 0; i < 3 * vector->count; i++)
        mpz_clear(vector->a[i]);
    if (vector->a != NULL)
        mpz_clear(vector->modulus);
    free(vector->a);
    *vector = (bench_vector){.count = 0};
}

quorsum_status bench_mulmod_work(void *context)
{
    bench_vector *vector = context;

    for (size_t i = 0; i < vector->count; i++) {
        mpz_mul(vector->out[i], vector->a[i], vector->b[i]);
        mpz_mod(vector->out[i], vector->out[i], vector->modulus);
    }
    return QUORSUM_OK;
}

quorsum_status bench_gcd_work(void *context)
{
    bench_vector *vector = context;

    for (size_t i = 0; i < vector->count; i++)
        mpz_gcd(vector->out[i], vector->a[i], vector->modulus);
    return QUORSUM_OK;
}

bench_side bench_vector_side(bench_vector *vector, bench_work work)
{
    return (bench_side){work, vector, vector->count};
}

quorsum_status bench_crt_work(void *context)
{
    bench_crt *k = context;

    for (unsigned i = 0; i < 2; i++) {
        mpz_mod(k->m[i], k->c, k->square[i]);
        (k->secret ? mpz_powm_sec : mpz_powm)(k->m[i], k->m[i], k->e[i], k->square[i]);
        mpz_sub_ui(k->m[i], k->m[i], 1);
        mpz_fdiv_q(k->m[i], k->m[i], k->prime[i]);
        mpz_mul(k->m[i], k->m[i], k->h[i]);
        mpz_mod(k->m[i], k->m[i], k->prime[i]);
    }
    mpz_sub(k->m[0], k->m[0], k->m[1]);
    mpz_mul(k->m[0], k->m[0], k->unmix);
    mpz_mod(k->m[0], k->m[0], k->prime[0]);
    mpz_addmul(k->m[1], k->m[0], k->prime[1]);
    return QUORSUM_OK;
}

void bench_crt_init(bench_crt *k, bench *b, int secret)
{
    k->secret = secret;
    mpz_inits(k->c, k->unmix, NULL);
    for (unsigned i = 0; i < 2; i++) {
        mpz_inits(k->e[i], k->square[i], k->m[i], k->h[i], NULL);
        mpz_init_set(k->prime[i], i == 0 ? b->keys.p : b->keys.q);
        mpz_sub_ui(k->e[i], k->prime[i], 1);
        mpz_mul(k->square[i], k->prime[i], k->prime[i]);
        mpz_urandomm(k->h[i], b->keys.random, k->prime[i]);
    }
    mpz_urandomm(k->c, b->keys.random, b->keys.ns1);
    mpz_urandomm(k->unmix, b->keys.random, b->keys.p);
}

void bench_crt_clear(bench_crt *k)
{
    for (unsigned i = 0; i < 2; i++)
        mpz_clears(k->e[i], k->square[i], k->m[i], k->h[i], k->prime[i], NULL);
    mpz_clears(k->c, k->unmix, NULL);
}
