/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maps between plaintexts, randomisers and ciphertexts: m to (1+N)^m and back, r to r^(N^s).
 *
 * (1+N)^m = 1 + N S(m) with the series S of digits.h, so its digits are 1 and then those of S(m).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/paillier/digits.h"
#include "lib/paillier/public_key.h"

size_t qs_lift_scratch(const quorsum_public_key *key)
{
    return qs_series_scratch(key->plain);
}

void qs_lift(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *m, mp_limb_t *scratch)
{
    size_t limbs = key->plain->limbs;

    qs_series_sum(key->plain, key->binomial, out + limbs, m, scratch);
    memset(out, 0, limbs * sizeof *out);
    out[0] = 1;
}

static int digit_is_one(const mp_limb_t *digit, size_t limbs)
{
    return digit[0] == 1 && (limbs == 1 || mpn_zero_p(digit + 1, (mp_size_t)limbs - 1));
}

/* The scratch comes from GMP, as for every other computation on public numbers. */
int qs_discrete_log_vartime(const quorsum_public_key *key, mp_limb_t *m, const mp_limb_t *a)
{
    size_t limbs = key->plain->limbs;
    mpz_t scratch;

    if (!digit_is_one(a, limbs))
        return -1;
    mpz_init(scratch);
    qs_series_solve(key->plain, key->binomial, m, a + limbs,
                    mpz_limbs_write(scratch, (mp_size_t)qs_series_scratch(key->plain)));
    mpz_clear(scratch); /* its size is still 0: what lies in the limbs was never a GMP number */
    return 0;
}

/* out <- out^N in `digits` digits, from plain form to plain form. */
static quorsum_status raise(const quorsum_public_key *key, mp_limb_t *out, unsigned digits)
{
    const qs_ring *ring = key->ring;
    qs_ring *shorter = NULL;
    mp_limb_t *scratch = NULL;
    quorsum_status status = QUORSUM_OK;

    if (digits < ring->digits) {
        status = qs_ring_new(&shorter, ring->n, ring->limbs, digits, 0);
        ring = shorter;
    }
    if (status == QUORSUM_OK) {
        scratch = malloc(qs_ring_scratch(ring) * sizeof *scratch);
        status = scratch == NULL ? QUORSUM_ERR_MEMORY : QUORSUM_OK;
    }
    if (status == QUORSUM_OK) {
        qs_ring_enter(ring, out, out, scratch);
        status = qs_power_vartime(ring, out, out, key->n);
    }
    if (status == QUORSUM_OK)
        qs_ring_leave(ring, out, out, scratch);
    free(scratch);
    qs_ring_free(shorter);
    return status;
}

/* x = y mod N^k gives x^N = y^N mod N^(k+1), since N divides all but the outer binomials of degree N. So the k-th of
 * the s powers by N is right in k+1 digits, and needs no more than those. */
quorsum_status qs_randomiser_vartime(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *r)
{
    size_t limbs = key->ring->limbs;
    quorsum_status status = QUORSUM_OK;

    memmove(out, r, limbs * sizeof *out);
    memset(out + limbs, 0, (key->ring->width - limbs) * sizeof *out);
    for (unsigned digits = 2; digits <= key->ring->digits && status == QUORSUM_OK; digits++)
        status = raise(key, out, digits);
    return status;
}

/* For s = 1: one power by N of all of them at once, as digits (r, 0). */
static quorsum_status raise_together(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *r, size_t count)
{
    const qs_lanes *lanes = key->ring->lanes;
    size_t limbs = key->ring->limbs;
    size_t width = key->ring->width;
    size_t room = 2 * qs_lanes_group(lanes) + qs_lanes_power_scratch(lanes) + QS_LANES_SLACK;
    mp_limb_t *block = malloc(room * sizeof *block);
    mp_limb_t *x;
    mp_limb_t *power;
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];

    if (block == NULL)
        return QUORSUM_ERR_MEMORY;
    x = qs_lanes_align(block);
    power = x + qs_lanes_group(lanes);
    for (size_t j = 0; j < count; j++) {
        memcpy(out + j * width, r + j * limbs, limbs * sizeof *out);
        memset(out + j * width + limbs, 0, limbs * sizeof *out);
    }
    qs_lanes_sources(sources, out, width, count);
    qs_lanes_places(places, out, width, count);
    qs_lanes_enter(lanes, x, sources, power + qs_lanes_group(lanes));
    qs_lanes_power_vartime(lanes, power, x, key->n, power + qs_lanes_group(lanes));
    qs_lanes_leave(lanes, places, power, power + qs_lanes_group(lanes));
    free(block);
    return QUORSUM_OK;
}

size_t qs_randomisers_block(const quorsum_public_key *key)
{
    return key->ring->lanes != NULL && key->ring->digits == 2 ? QS_LANES : 1;
}

quorsum_status qs_randomisers_vartime(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *r, size_t count)
{
    quorsum_status status = QUORSUM_OK;

    if (count >= QS_LANES_WORTH && qs_randomisers_block(key) == QS_LANES)
        return raise_together(key, out, r, count);
    for (size_t j = 0; j < count && status == QUORSUM_OK; j++)
        status = qs_randomiser_vartime(key, out + j * key->ring->width, r + j * key->ring->limbs);
    return status;
}
