/* SPDX-License-Identifier: Apache-2.0 */
/* What the cases of quorsum-timing work on: rings, lanes, tables and room, under a key of public test primes. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "bench/timing.h"
#include "lib/arith/table.h"
#include "tests/fixtures/primes.h"

static quorsum_status make_modulus(timing *t)
{
    const test_primes *primes = test_primes_find(TIMING_BITS);
    mpz_t q;
    quorsum_status status = QUORSUM_ERR_MODULUS_SIZE;

    mpz_init(q);
    if (primes != NULL && mpz_set_str(t->n, primes->p, 16) == 0 && mpz_set_str(q, primes->q, 16) == 0) {
        mpz_mul(t->n, t->n, q);
        status = QUORSUM_OK;
    }
    mpz_clear(q);
    return status;
}

static quorsum_status make_rings(timing *t)
{
    quorsum_status status = qs_ring_new(&t->ring, mpz_limbs_read(t->n), mpz_size(t->n), 1, 0);

    if (status == QUORSUM_OK)
        status = qs_ring_new(&t->square_ring, mpz_limbs_read(t->n), mpz_size(t->n), 2, 0);
    if (status == QUORSUM_OK) {
        t->lanes = t->ring->lanes;
        t->square_lanes = t->square_ring->lanes;
    }
    return status;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Room for any case: groups of eight residues modulo N^2, and the most scratch that one asks for. */
static quorsum_status make_room(timing *t)
{
    size_t group = TIMING_INPUT; /* the largest modulo N^2 */
    size_t scratch = larger(qs_power_scratch(t->ring), qs_fixed_base_scratch(t->comb));

    if (t->lanes != NULL)
        scratch = larger(scratch, larger(qs_lanes_power_scratch(t->lanes), qs_lanes_scratch(t->square_lanes)));
    t->block = malloc((TIMING_INPUT + 3 * group + TIMING_TABLE + scratch + QS_LANES_SLACK) * sizeof *t->fixed);
    if (t->block == NULL)
        return QUORSUM_ERR_MEMORY;
    t->base = qs_lanes_align(t->block);
    t->table = t->base + group;
    t->result = t->table + TIMING_TABLE;
    t->scratch = t->result + group;
    t->residues = t->scratch + scratch;
    t->fixed = t->residues + group;
    randombytes_buf(t->table, TIMING_TABLE * sizeof *t->table);
    return QUORSUM_OK;
}

static quorsum_status make_comb(timing *t)
{
    mp_limb_t base[2 * QS_LANE_COLUMNS_MAX];
    mpz_t x;

    mpz_init(x);
    mpz_urandomm(x, t->random, t->n);
    qs_ring_from_mpz_vartime(t->square_ring, base, x); /* any residue is some other one's Montgomery form */
    mpz_clear(x);
    return qs_fixed_base_new(&t->comb, t->square_ring, base, TIMING_EXPONENT_BITS, NULL);
}

/* One lane's limbs of a digit: value in limbs of the body's bits. */
static void put_digit(const timing *t, mp_limb_t *limbs, size_t columns, const mpz_t value)
{
    unsigned bits = qs_lanes_body(t->square_lanes)->bits;

    for (size_t c = 0; c < columns; c++)
        limbs[c] = qs_digit_at(mpz_limbs_read(value), mpz_size(value), c * bits, bits);
}

void timing_residues(timing *t, mp_limb_t *group, int reduced)
{
    mp_limb_t limbs[QS_LANES][2 * QS_LANE_COLUMNS_MAX];
    const mp_limb_t *arrays[QS_LANES];
    size_t rows = qs_lanes_rows(t->square_lanes);
    mpz_t digit;

    mpz_init(digit);
    for (size_t i = 0; i < 2 * QS_LANES; i++) {
        mpz_urandomm(digit, t->random, t->n);
        if (!reduced)
            mpz_add(digit, digit, t->n);
        put_digit(t, limbs[i / 2] + i % 2 * (rows / 2), rows / 2, digit);
        arrays[i / 2] = limbs[i / 2];
    }
    mpz_clear(digit);
    qs_lanes_body(t->square_lanes)->join(group, arrays, rows);
}

/* The base: a residue, eight times the same where there are lanes. */
static void fill_residues(timing *t)
{
    mp_limb_t element[QS_LANE_COLUMNS_MAX];
    const mp_limb_t *sources[QS_LANES];
    mpz_t x;

    mpz_init(x);
    mpz_urandomm(x, t->random, t->n);
    qs_ring_from_mpz_vartime(t->ring, element, x);
    mpz_clear(x);
    if (t->lanes == NULL) {
        memcpy(t->base, element, t->ring->width * sizeof *element);
        return;
    }
    qs_lanes_sources(sources, element, 0, 1);
    qs_lanes_load(t->lanes, t->base, sources, t->scratch);
    timing_residues(t, t->residues, 1);
}

quorsum_status timing_init(timing *t)
{
    quorsum_status status;

    *t = (timing){0};
    mpz_init(t->n);
    gmp_randinit_default(t->random);
    gmp_randseed_ui(t->random, randombytes_random());
    status = make_modulus(t);
    if (status == QUORSUM_OK)
        status = make_rings(t);
    if (status == QUORSUM_OK)
        status = make_comb(t);
    if (status == QUORSUM_OK)
        status = make_room(t);
    if (status == QUORSUM_OK)
        fill_residues(t);
    return status;
}

void timing_clear(timing *t)
{
    free(t->block);
    qs_fixed_base_free(t->comb);
    qs_ring_free(t->ring);
    qs_ring_free(t->square_ring);
    gmp_randclear(t->random);
    mpz_clear(t->n);
}
