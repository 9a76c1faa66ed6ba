/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a sifter. How many slots: a slot is kept when p is not 0 modulo l and the masking r is not 0 either, so one
 * out of S is kept with probability (1 - 1/l)^2, or (1 - 1/l)(1 - 1/l^3) where r is in GF(l^3). S0 slots give K on
 * average; three square roots of what is lost on average are about three standard deviations more.
 */
#include "lib/ceremony/sifter.h"

#include <stdlib.h>

#include "lib/arith/sieve.h"
#include "lib/ceremony/trial.h"
#include "lib/ceremony/wide.h"

#define PRIME_MAX 4095 /* of a stream of residues (prf.h) */
#define TRIAL_MAX ((uint32_t)1 << 20)

static uint32_t square_root(uint64_t x)
{
    uint32_t root = 0;

    for (uint32_t bit = (uint32_t)1 << 31; bit > 0; bit >>= 1)
        if ((uint64_t)(root | bit) * (root | bit) <= x)
            root |= bit;
    return root;
}

static uint32_t slots_for(uint32_t prime, unsigned parts, size_t wanted)
{
    uint64_t l = prime;
    uint64_t all = parts == 1 ? l * l : l * l * l * l;
    uint64_t good = parts == 1 ? (l - 1) * (l - 1) : (l - 1) * (l * l * l - 1);
    uint64_t mean = (wanted * all + good - 1) / good;

    return (uint32_t)(mean + 3 * square_root(mean - wanted) + 3);
}

static uint32_t inverse_of(uint64_t x, uint32_t prime) /* x^(l-2) */
{
    uint64_t power = 1;

    x %= prime;
    for (uint32_t exponent = prime - 2; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            power = power * x % prime;
        x = x * x % prime;
    }
    return (uint32_t)power;
}

static unsigned bits_of(uint32_t x)
{
    unsigned bits = 0;

    for (; x > 0; x >>= 1)
        bits++;
    return bits;
}

/* ---- primes ---- */

static void set_prime(qs_sifter *sifter, uint32_t l)
{
    qs_sift_prime *prime = &sifter->prime[sifter->count++];
    uint64_t terms;

    prime->prime = l;
    prime->reciprocal = (uint32_t)(((uint64_t)1 << 32) / l);
    prime->parts = l <= sifter->sets->members ? 3 : 1;
    prime->slots = slots_for(l, prime->parts, sifter->wanted);
    prime->least = (uint32_t)mpz_fdiv_ui(sifter->least, l);
    if (prime->parts == 3)
        prime->field = qs_cubic_of(l);
    prime->inverse = prime->parts == 1 ? inverse_of(sifter->sets->factorial, l) : 0;
    prime->bits = bits_of(l - 1);
    prime->fraction = ((uint64_t)1 << QS_SIFT_FRACTION) / l;
    prime->first = sifter->residues;
    if (prime->slots > sifter->slots_max)
        sifter->slots_max = prime->slots;
    sifter->residues += (size_t)prime->parts * prime->slots;
    sifter->residue_bits += (size_t)prime->parts * prime->slots * prime->bits;
    terms = (uint64_t)prime->parts * sifter->sets->degree * (l - 1) * (l - 1);
    if (terms > sifter->product_max)
        sifter->product_max = terms;
}

static void set_scales(qs_sifter *sifter)
{
    mpz_t cofactor;

    mpz_init(cofactor);
    for (size_t l = 0; l < sifter->count; l++) {
        mpz_divexact_ui(cofactor, sifter->product, sifter->prime[l].prime);
        mpz_mul_ui(cofactor, cofactor, 4);
        sifter->prime[l].scale = (uint32_t)mpz_fdiv_ui(cofactor, sifter->prime[l].prime);
    }
    mpz_clear(cofactor);
}

/* As many primes as M 4 C < 2^(k-2) allows. */
static quorsum_status choose_primes(qs_sifter *sifter)
{
    size_t count;
    size_t used = 0;
    qs_small_prime *small = qs_small_primes(PRIME_MAX, &count);
    mpz_t next;

    if (small != NULL)
        sifter->prime = calloc(count, sizeof *sifter->prime);
    if (sifter->prime == NULL) {
        free(small);
        return QUORSUM_ERR_MEMORY;
    }
    mpz_init(next);
    while (used < count) {
        mpz_mul_ui(next, sifter->product, small[used].prime);
        mpz_mul_ui(next, next, 4 * sifter->sets->count);
        if (mpz_sizeinbase(next, 2) > sifter->bits / 2 - 2)
            break;
        mpz_mul_ui(sifter->product, sifter->product, small[used].prime);
        set_prime(sifter, small[used++].prime);
    }
    mpz_clear(next);
    free(small);
    set_scales(sifter);
    sifter->limbs = mpz_size(sifter->product);
    return used > 0 && used < count ? QUORSUM_OK : QUORSUM_ERR_RANGE;
}

/* ---- groups: sum over l in a group of c_l (g / l) < number g, so this is to fit a limb ---- */

static size_t group_end(const qs_sifter *sifter, size_t begin, mp_limb_t *product)
{
    size_t end = begin;

    *product = 1;
    while (end < sifter->count) {
        mp_limb_t l = sifter->prime[end].prime;

        if (*product > GMP_NUMB_MAX / l / (end - begin + 1))
            break;
        *product *= l;
        end++;
    }
    return end;
}

static void set_group(qs_sifter *sifter, size_t begin, size_t end, mp_limb_t product)
{
    mp_limb_t *cofactor = sifter->cofactor + sifter->groups * sifter->limbs;

    (void)mpn_divrem_1(cofactor, 0, mpz_limbs_read(sifter->product), (mp_size_t)sifter->limbs, product);
    for (size_t l = begin; l < end; l++) {
        sifter->prime[l].group = sifter->groups;
        sifter->prime[l].in_group = product / sifter->prime[l].prime;
    }
    sifter->groups++;
}

static quorsum_status choose_groups(qs_sifter *sifter)
{
    sifter->cofactor = calloc(sifter->count * sifter->limbs, sizeof *sifter->cofactor);
    if (sifter->cofactor == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t begin = 0; begin < sifter->count;) {
        mp_limb_t product;
        size_t end = group_end(sifter, begin, &product);

        set_group(sifter, begin, end, product);
        begin = end;
    }
    return QUORSUM_OK;
}

/* ---- the rest ---- */

static quorsum_status make_ring(qs_sifter *sifter)
{
    quorsum_status status = qs_wide_ring(&sifter->ring, sifter->bits + 2);

    if (status != QUORSUM_OK)
        return status;
    sifter->inverse = calloc(sifter->ring->width, sizeof *sifter->inverse);
    if (sifter->inverse == NULL)
        return QUORSUM_ERR_MEMORY;
    return qs_wide_inverse_vartime(sifter->inverse, sifter->ring, sifter->sets);
}

static quorsum_status make_trial(qs_sifter *sifter)
{
    size_t quarter = sifter->bits / 4;

    return qs_trial_new(&sifter->trial, quarter < 20 ? (uint32_t)1 << quarter : TRIAL_MAX);
}

static void set_least(qs_sifter *sifter)
{
    mpz_set_ui(sifter->least, 3);
    mpz_mul_2exp(sifter->least, sifter->least, sifter->bits / 2 - 2);
    mpz_add_ui(sifter->least, sifter->least, 3);
}

quorsum_status qs_sifter_new(qs_sifter **out, size_t bits, const qs_sets *sets, size_t wanted)
{
    qs_sifter *sifter;
    quorsum_status status;

    *out = NULL;
    if (bits % 2 != 0 || bits < 16 || wanted < 1 || wanted > 65536)
        return QUORSUM_ERR_RANGE;
    sifter = calloc(1, sizeof *sifter);
    if (sifter == NULL)
        return QUORSUM_ERR_MEMORY;
    sifter->bits = bits;
    sifter->sets = sets;
    sifter->wanted = wanted;
    mpz_init(sifter->least);
    mpz_init_set_ui(sifter->product, 1);
    set_least(sifter);
    status = choose_primes(sifter);
    if (status == QUORSUM_OK)
        status = choose_groups(sifter);
    if (status == QUORSUM_OK)
        status = make_ring(sifter);
    if (status == QUORSUM_OK)
        status = make_trial(sifter);
    if (status == QUORSUM_OK)
        *out = sifter;
    else
        qs_sifter_free(sifter);
    return status;
}

void qs_sifter_free(qs_sifter *sifter)
{
    if (sifter == NULL)
        return;
    mpz_clear(sifter->least);
    mpz_clear(sifter->product);
    free(sifter->prime);
    free(sifter->cofactor);
    free(sifter->inverse);
    qs_ring_free(sifter->ring);
    qs_trial_free(sifter->trial);
    free(sifter);
}

/* ---- what was kept ---- */

quorsum_status qs_kept_new(qs_kept **out, const qs_sifter *sifter)
{
    qs_kept *kept = calloc(1, sizeof *kept);

    *out = NULL;
    if (kept == NULL)
        return QUORSUM_ERR_MEMORY;
    kept->opened = calloc(2 * sifter->residues, sizeof *kept->opened);
    kept->slot = calloc(2 * sifter->count * sifter->wanted, sizeof *kept->slot);
    if (kept->opened == NULL || kept->slot == NULL) {
        qs_kept_free(kept);
        return QUORSUM_ERR_MEMORY;
    }
    *out = kept;
    return QUORSUM_OK;
}

void qs_kept_free(qs_kept *kept)
{
    if (kept == NULL)
        return;
    free(kept->opened);
    free(kept->slot);
    free(kept);
}
