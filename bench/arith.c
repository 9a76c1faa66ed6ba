/* SPDX-License-Identifier: Apache-2.0 */
/* The first ring: residues, powers, long products, beside the GMP calls that do the same. One thread, or as asked. */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/port.h"
#include "lib/arith/exponent.h"
#include "lib/arith/fixed_base.h"
#include "lib/base/secret.h"

/* What a case works on: `count` elements x and y of a ring, an exponent, and room for the results. */
typedef struct arith {
    const qs_ring *ring;
    size_t count;
    size_t bits; /* of the exponent */
    mp_limb_t *block, *x, *y, *out, *scratch;
    qs_secret exponent;
    mpz_t public_exponent;
    uint8_t (*small)[16];
    qs_fixed_base *table;
    quorsum_run run;
} arith;

static void arith_clear(arith *a)
{
    free(a->block);
    free(a->small);
    qs_secret_clear(&a->exponent);
    qs_fixed_base_free(a->table);
    mpz_clear(a->public_exponent);
}

static size_t scratch_limbs(const qs_ring *ring)
{
    size_t power = qs_power_scratch(ring);
    size_t plain = qs_ring_scratch(ring);

    return power > plain ? power : plain;
}

static quorsum_status draw_exponent(arith *a, bench *b)
{
    bench_exponent(a->public_exponent, b, a->bits);
    if (qs_secret_init(&a->exponent, mpz_size(a->public_exponent)) != 0)
        return QUORSUM_ERR_MEMORY;
    memcpy(a->exponent.limb, mpz_limbs_read(a->public_exponent), a->exponent.limbs * sizeof *a->exponent.limb);
    return QUORSUM_OK;
}

/* bits 0: no exponent. To be cleared in any case. */
static quorsum_status arith_init(arith *a, bench *b, const qs_ring *ring, size_t count, size_t bits)
{
    mpz_t value;

    *a = (arith){.ring = ring, .count = count, .bits = bits, .run = {.threads = b->options.threads}};
    mpz_init(a->public_exponent);
    a->block = calloc(3 * count * ring->width + scratch_limbs(ring), sizeof *a->block);
    if (a->block == NULL)
        return QUORSUM_ERR_MEMORY;
    a->x = a->block;
    a->y = a->x + count * ring->width;
    a->out = a->y + count * ring->width;
    a->scratch = a->out + count * ring->width;
    mpz_init(value);
    for (size_t i = 0; i < 2 * count; i++) {
        mpz_urandomm(value, b->keys.random, b->keys.ns1);
        qs_ring_from_mpz_vartime(ring, a->x + i * ring->width, value);
    }
    mpz_clear(value);
    return bits > 0 ? draw_exponent(a, b) : QUORSUM_OK;
}

/* ---- products ---- */

static quorsum_status mul_work(void *context)
{
    arith *a = context;

    for (size_t i = 0; i < a->count * a->ring->width; i += a->ring->width)
        qs_ring_mul(a->ring, a->out + i, a->x + i, a->y + i, a->scratch);
    return QUORSUM_OK;
}

static quorsum_status sqr_work(void *context)
{
    arith *a = context;

    for (size_t i = 0; i < a->count * a->ring->width; i += a->ring->width)
        qs_ring_sqr(a->ring, a->out + i, a->x + i, a->scratch);
    return QUORSUM_OK;
}

static quorsum_status product_work(void *context)
{
    arith *a = context;

    for (size_t i = 0; i < a->count * a->ring->width; i += a->ring->width)
        qs_ring_product_vartime(a->ring, a->out + i, a->x + i, a->y + i, a->scratch);
    return QUORSUM_OK;
}

static quorsum_status units_work(void *context)
{
    arith *a = context;
    size_t first;

    return qs_ring_units_vartime(a->ring, a->x, a->ring->width, a->count, &first, a->scratch) ? QUORSUM_OK
                                                                                              : QUORSUM_ERR_NOT_UNIT;
}

/* These take one thread whatever was asked for. */
static quorsum_status compare_products(bench *b, const bench_case *self, const qs_ring *ring, const mpz_t modulus,
                                       bench_work ours, bench_work theirs, const char *reference)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 256));
    bench_vector vector = {0};
    arith a;
    quorsum_status status = arith_init(&a, b, ring, row.values, 0);
    bench_side side = {ours, &a, row.values};
    bench_side other;

    if (status == QUORSUM_OK)
        status = bench_vector_init(&vector, b, modulus, row.values);
    row.reference = reference;
    row.threads = 1;
    other = bench_vector_side(&vector, theirs);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &side, &other);
    bench_vector_clear(&vector);
    arith_clear(&a);
    return status;
}

static quorsum_status mul(bench *b, const bench_case *self)
{
    return compare_products(b, self, bench_key(b)->ring, b->keys.ns1, mul_work, bench_mulmod_work, "mpz_mul + mpz_mod");
}

static quorsum_status sqr(bench *b, const bench_case *self)
{
    return compare_products(b, self, bench_key(b)->ring, b->keys.ns1, sqr_work, bench_mulmod_work, "mpz_mul + mpz_mod");
}

static quorsum_status product(bench *b, const bench_case *self)
{
    return compare_products(b, self, bench_key(b)->ring, b->keys.ns1, product_work, bench_mulmod_work,
                            "mpz_mul + mpz_mod");
}

static quorsum_status mul_root(bench *b, const bench_case *self)
{
    return compare_products(b, self, bench_key(b)->root, b->keys.n, mul_work, bench_mulmod_work, "mpz_mul + mpz_mod");
}

static quorsum_status units(bench *b, const bench_case *self)
{
    return compare_products(b, self, bench_key(b)->root, b->keys.n, units_work, bench_gcd_work, "mpz_gcd each");
}

/* ---- powers ---- */

static quorsum_status power_work(void *context)
{
    arith *a = context;

    qs_power(a->ring, a->out, a->x, a->exponent.limb, a->bits, a->scratch);
    return QUORSUM_OK;
}

static quorsum_status power_vartime_work(void *context)
{
    arith *a = context;

    return qs_power_vartime(a->ring, a->out, a->x, a->public_exponent);
}

static quorsum_status compare_powers(bench *b, const bench_case *self, const qs_ring *ring, const mpz_t modulus,
                                     size_t bits, int secret)
{
    bench_row row = bench_row_new(b, self->name, 1);
    bench_powm powm;
    arith a;
    quorsum_status status = arith_init(&a, b, ring, 1, bits);
    bench_side ours = {secret ? power_work : power_vartime_work, &a, 1};
    bench_side theirs;

    bench_powm_init(&powm, b, a.public_exponent, modulus, secret);
    theirs = bench_powm_side(&powm);
    row.threads = 1;
    row.reference = secret ? "mpz_powm_sec" : "mpz_powm";
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, &theirs);
    bench_powm_clear(&powm);
    arith_clear(&a);
    return status;
}

static quorsum_status power(bench *b, const bench_case *self)
{
    return compare_powers(b, self, bench_key(b)->ring, b->keys.ns1, b->options.bits, 1);
}

static quorsum_status power_root(bench *b, const bench_case *self)
{
    return compare_powers(b, self, bench_key(b)->root, b->keys.n, b->options.bits, 1);
}

static quorsum_status power_public(bench *b, const bench_case *self)
{
    return compare_powers(b, self, bench_key(b)->ring, b->keys.ns1, b->options.bits, 0);
}

static quorsum_status power_public_root(bench *b, const bench_case *self)
{
    return compare_powers(b, self, bench_key(b)->root, b->keys.n, b->options.bits, 0);
}

static quorsum_status fixed_base_work(void *context)
{
    arith *a = context;
    mp_limb_t *results[QS_FIXED_GROUP];
    const mp_limb_t *exponents[QS_FIXED_GROUP];

    for (size_t i = 0; i < QS_FIXED_GROUP; i++) {
        results[i] = a->out + i * a->ring->width;
        exponents[i] = a->exponent.limb;
    }
    qs_fixed_base_power(a->table, results, exponents, QS_FIXED_GROUP, a->scratch);
    return QUORSUM_OK;
}

static quorsum_status fixed_base(bench *b, const bench_case *self)
{
    const quorsum_public_key *key = bench_key(b);
    bench_row row = bench_row_new(b, self->name, QS_FIXED_GROUP);
    qs_secret scratch = {0};
    bench_powm powm;
    arith a;
    quorsum_status status = arith_init(&a, b, key->ring, QS_FIXED_GROUP, key->alpha_bits);
    bench_side ours = {fixed_base_work, &a, QS_FIXED_GROUP};
    bench_side theirs;

    bench_powm_init(&powm, b, a.public_exponent, b->keys.ns1, 1);
    theirs = bench_powm_side(&powm);
    row.threads = 1;
    row.reference = "mpz_powm_sec of h_s";
    if (status == QUORSUM_OK)
        status = qs_fixed_base_new(&a.table, key->ring, key->h_s, key->alpha_bits, NULL);
    if (status == QUORSUM_OK && qs_secret_init(&scratch, qs_fixed_base_scratch(a.table)) != 0)
        status = QUORSUM_ERR_MEMORY;
    a.scratch = scratch.limb;
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, &theirs);
    qs_secret_clear(&scratch);
    bench_powm_clear(&powm);
    arith_clear(&a);
    return status;
}

static quorsum_status multiexp_work(void *context)
{
    arith *a = context;

    const qs_terms terms = {.bases = a->x, .stride = a->ring->width, .exponents = (const uint8_t (*)[16])a->small,
                            .count = a->count};

    return qs_multiexp_vartime(a->ring, a->out, &terms, 1, &a->run);
}

/* prod x_i^(e_i) with 128-bit e_i, beside as many powers by GMP. */
static quorsum_status multiexp(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 1334));
    bench_powm powm;
    arith a;
    quorsum_status status = arith_init(&a, b, bench_key(b)->ring, row.values, 128);
    bench_side ours = {multiexp_work, &a, row.values};
    bench_side theirs;

    bench_powm_init(&powm, b, a.public_exponent, b->keys.ns1, 0);
    theirs = bench_powm_side(&powm);
    row.reference = "mpz_powm each";
    row.ifma = bench_ifma_multiexp(b, row.values);
    a.small = malloc(row.values * sizeof *a.small);
    if (a.small == NULL)
        status = QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < row.values && a.small != NULL; i++)
        for (size_t k = 0; k < 16; k++)
            a.small[i][k] = (uint8_t)gmp_urandomb_ui(b->keys.random, 8);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, &theirs);
    bench_powm_clear(&powm);
    arith_clear(&a);
    return status;
}

const bench_case bench_arith[] = {
    {"arith.mul", "a Montgomery product modulo N^(s+1), constant time", mul},
    {"arith.sqr", "a Montgomery square modulo N^(s+1), constant time", sqr},
    {"arith.product", "a plain product modulo N^(s+1), public", product},
    {"arith.mul_root", "a Montgomery product modulo N, constant time", mul_root},
    {"arith.power", "a power modulo N^(s+1), secret exponent of |N| bits", power},
    {"arith.power_root", "a power modulo N, secret exponent of |N| bits", power_root},
    {"arith.power_public", "a power modulo N^(s+1), public exponent of |N| bits", power_public},
    {"arith.power_public_root", "a power modulo N, public exponent of |N| bits", power_public_root},
    {"arith.fixed_base", "powers of one base from a table, secret exponents of |N|/2 bits", fixed_base},
    {"arith.multiexp", "a product of powers with 128-bit public exponents", multiexp},
    {"arith.units", "are these units modulo N? one long product", units},
    {NULL, NULL, NULL},
};
