/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums with signed weights. How much longer than its values a sum gets: for member i of any of the set systems there
 * can be, (i + i^2 + .. + i^t) sum over A of |n! f_A(i)| is below 2^97, reached with 15 members and t = 12 for i = 15.
 */
#include "lib/ceremony/wide.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/invariant.h"

#define GROWTH 128     /* of a sum */
#define MASK_GROWTH 64 /* of a mask's number: 15 + .. + 15^14 < 2^55 */

static size_t limbs_for(size_t bits)
{
    return (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
}

size_t qs_wide_limbs(size_t bits)
{
    return limbs_for(bits + GROWTH);
}

/* target (limbs) += value factor: the carry runs to the end whatever it is. */
static void add_multiple(mp_limb_t *target, size_t limbs, const mp_limb_t *value, size_t value_limbs, mp_limb_t factor)
{
    mp_limb_t carry = mpn_addmul_1(target, value, (mp_size_t)value_limbs, factor);

    for (size_t i = value_limbs; i < limbs; i++) {
        target[i] += carry;
        carry = (mp_limb_t)(target[i] < carry);
    }
    QS_INVARIANT(carry == 0);
}

void qs_wide_add(mp_limb_t *wide, size_t limbs, const mp_limb_t *value, size_t value_limbs, int64_t weight)
{
    mp_limb_t *target = weight < 0 ? wide + limbs : wide;
    uint64_t size = weight < 0 ? (uint64_t)0 - (uint64_t)weight : (uint64_t)weight;

#if GMP_LIMB_BITS == 32
    add_multiple(target + 1, limbs - 1, value, value_limbs, (mp_limb_t)(size >> 32));
#endif
    add_multiple(target, limbs, value, value_limbs, (mp_limb_t)size);
}

/* ---- pieces from streams ---- */

static size_t prf_limbs(void)
{
    return (sizeof(qs_prf) + sizeof(mp_limb_t) - 1) / sizeof(mp_limb_t);
}

static size_t mask_limbs(size_t bits)
{
    return limbs_for(bits + MASK_GROWTH);
}

size_t qs_wide_scratch(const qs_sets *sets, size_t bits)
{
    return sets->degree * prf_limbs() + mask_limbs(bits) + limbs_for(bits);
}

static qs_prf *begin(mp_limb_t *scratch, const qs_party *party, size_t k, const char *label, uint64_t index,
                     size_t bits, size_t first)
{
    qs_prf *prf = (qs_prf *)(void *)scratch;

    qs_prf_begin(prf, qs_party_key(party, k), label, index);
    if (first > 0)
        qs_prf_seek(prf, (uint64_t)first * ((bits + 7) / 8));
    return prf;
}

void qs_wide_draw(mp_limb_t *wide, size_t limbs, size_t first, size_t count, const qs_party *party, size_t k,
                  const char *label, size_t bits, mp_limb_t *scratch)
{
    qs_prf *prf = begin(scratch, party, k, label, 0, bits, first);
    mp_limb_t *value = scratch + prf_limbs();
    int64_t weight = qs_party_weight(party, k);

    for (size_t c = 0; c < count; c++) {
        qs_prf_integer(prf, value, limbs_for(bits), bits);
        qs_wide_add(wide + 2 * limbs * c, limbs, value, limbs_for(bits), weight);
    }
    qs_prf_end(prf);
}

/* sum (mask_limbs) = sum i + z */
static void horner(mp_limb_t *sum, size_t limbs, uint32_t i, const mp_limb_t *z, size_t z_limbs)
{
    mp_limb_t carry;

    (void)mpn_mul_1(sum, sum, (mp_size_t)limbs, i);
    carry = mpn_add_n(sum, sum, z, (mp_size_t)z_limbs);
    for (size_t k = z_limbs; k < limbs; k++) {
        sum[k] += carry;
        carry = (mp_limb_t)(sum[k] < carry);
    }
}

/* sum = i (z_1 + i (z_2 + ..)) */
static void next_mask(mp_limb_t *sum, mp_limb_t *z, const qs_party *party, mp_limb_t *streams, size_t bits)
{
    size_t limbs = mask_limbs(bits);

    memset(sum, 0, limbs * sizeof *sum);
    for (uint32_t j = party->sets->degree; j >= 1; j--) {
        qs_prf_integer((qs_prf *)(void *)(streams + (j - 1) * prf_limbs()), z, limbs_for(bits), bits);
        horner(sum, limbs, party->index, z, limbs_for(bits));
    }
    (void)mpn_mul_1(sum, sum, (mp_size_t)limbs, party->index);
}

void qs_wide_mask(mp_limb_t *wide, size_t limbs, size_t first, size_t count, const qs_party *party, size_t k,
                  const char *label, size_t bits, mp_limb_t *scratch)
{
    uint32_t degree = party->sets->degree;
    mp_limb_t *sum = scratch + degree * prf_limbs();
    mp_limb_t *z = sum + mask_limbs(bits);
    int64_t weight = qs_party_weight(party, k);

    for (uint32_t j = 1; j <= degree; j++)
        (void)begin(scratch + (j - 1) * prf_limbs(), party, k, label, j, bits, first);
    for (size_t c = 0; c < count; c++) {
        next_mask(sum, z, party, scratch, bits);
        qs_wide_add(wide + 2 * limbs * c, limbs, sum, mask_limbs(bits), weight);
    }
    for (uint32_t j = 1; j <= degree; j++)
        qs_prf_end((qs_prf *)(void *)(scratch + (j - 1) * prf_limbs()));
}

/* ---- shares ---- */

quorsum_status qs_wide_inverse_vartime(mp_limb_t *inverse, const qs_ring *ring, const qs_sets *sets)
{
    mp_limb_t *scratch = malloc(qs_ring_scratch(ring) * sizeof *scratch);
    quorsum_status status = QUORSUM_OK;
    mpz_t factorial;

    if (scratch == NULL)
        return QUORSUM_ERR_MEMORY;
    mpz_init(factorial);
    mpz_fac_ui(factorial, sets->members);
    qs_ring_from_mpz_vartime(ring, inverse, factorial);
    if (qs_ring_invert_vartime(ring, inverse, inverse) != 0)
        status = QUORSUM_ERR_RANGE;
    qs_ring_enter(ring, inverse, inverse, scratch);
    mpz_clear(factorial);
    free(scratch);
    return status;
}

void qs_wide_share(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *wide, size_t limbs, const mp_limb_t *inverse,
                   mp_limb_t *scratch)
{
    mp_limb_t *taken = scratch;
    mp_limb_t *rest = taken + ring->width;

    qs_ring_reduce(ring, r, wide, limbs, rest);
    qs_ring_reduce(ring, taken, wide + limbs, limbs, rest);
    qs_ring_sub(ring, r, r, taken, rest);
    qs_ring_mul(ring, r, r, inverse, rest);
}

quorsum_status qs_wide_ring(qs_ring **out, size_t bits)
{
    size_t words = (bits + 63) / 64;
    quorsum_status status;
    mpz_t modulus;

    *out = NULL;
    mpz_init(modulus);
    mpz_setbit(modulus, 64 * words);
    mpz_sub_ui(modulus, modulus, 1);
    while (mpz_gcd_ui(NULL, modulus, 3 * 5 * 7 * 11 * 13) != 1)
        mpz_sub_ui(modulus, modulus, 2);
    status = qs_ring_new(out, mpz_limbs_read(modulus), mpz_size(modulus), 1, 0);
    mpz_clear(modulus);
    return status;
}

/* ---- opening ---- */

int64_t qs_wide_lagrange(uint32_t degree, uint32_t j, uint32_t at)
{
    int64_t top = 1;
    int64_t below = 1;

    for (uint32_t m = 1; m <= degree + 1; m++) {
        if (m == j)
            continue;
        top *= (int64_t)at - (int64_t)m;
        below *= (int64_t)j - (int64_t)m;
    }
    return top / below; /* whole: up to signs a product of two binomial coefficients */
}

static void interpolate(mpz_t out, mpz_t *share, uint32_t degree, uint32_t at, const mpz_t modulus)
{
    mpz_set_ui(out, 0);
    for (uint32_t j = 1; j <= degree + 1; j++) {
        int64_t weight = qs_wide_lagrange(degree, j, at);

        if (weight < 0)
            mpz_submul_ui(out, share[j - 1], (unsigned long)-weight);
        else
            mpz_addmul_ui(out, share[j - 1], (unsigned long)weight);
    }
    mpz_mod(out, out, modulus);
}

void qs_wide_open(mpz_t out, int *consistent, mpz_t *share, uint32_t members, uint32_t degree, const mpz_t modulus)
{
    *consistent = 1;
    for (uint32_t at = degree + 2; at <= members; at++) {
        interpolate(out, share, degree, at, modulus);
        if (mpz_cmp(out, share[at - 1]) != 0)
            *consistent = 0;
    }
    interpolate(out, share, degree, 0, modulus);
}
