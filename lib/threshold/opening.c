/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Openings as objects and as bytes, and the check of a whole vector by a few exponentiations (docs/protocol.md):
 *
 *     prod c_k^rho_k = (1+N)^(sum rho_k m_k mod N^s) (prod r_k^rho_k mod N)^(N^s) mod N^(s+1)
 *
 * with rho_k drawn by the verifier when the batch lies before it. Ranges and units come first: one entry (0, any, 0)
 * would make the equation accept every other entry. What it proves are the plaintexts: where r_k is right, N - r_k passes
 * when all exponents of k are even, one time in 256, which is why the single equation decides what a valid opening is.
 *
 * A false m_k differs from the true one modulo some prime power l^s of N^s, and passes if rho_k has one certain value
 * modulo l. All that is known of a dealer's N is that l > 2^20: then rho_k of 128 bits would be right with probability
 * 1/l, and the dealer can make that 2^-20. So there are eight rounds with rho_k of 16 bits, which have 2^-128, take no
 * more products of ciphertexts than one round of 128 bits, and fill eight lanes. Up to eight openings are rounds
 * themselves: c_k, m_k and r_k instead of the products and sums.
 */
#include "lib/threshold/opening.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/base/parallel.h"
#include "lib/base/random.h"

#define ROUNDS 8
#define ROUND_BYTES 2 /* 16 bits: no more than a prime factor of N has (qs_modulus_check_vartime) */
#define STEPS 3       /* that progress counts */

quorsum_status qs_opening_new(quorsum_opening **out, const quorsum_public_key *key, size_t count)
{
    quorsum_opening *opening;

    *out = NULL;
    if (count == 0 || count > QS_COUNT_MAX)
        return QUORSUM_ERR_LIMIT;
    opening = calloc(1, sizeof *opening);
    if (opening == NULL)
        return QUORSUM_ERR_MEMORY;
    opening->key = qs_public_key_hold(key);
    opening->count = count;
    opening->m = calloc(count, key->plain->width * sizeof *opening->m);
    opening->r = calloc(count, key->root->width * sizeof *opening->r);
    if (opening->m == NULL || opening->r == NULL) {
        quorsum_opening_free(opening);
        return QUORSUM_ERR_MEMORY;
    }
    *out = opening;
    return QUORSUM_OK;
}

void quorsum_opening_free(quorsum_opening *opening)
{
    if (opening == NULL)
        return;
    quorsum_public_key_free(opening->key);
    free(opening->m);
    free(opening->r);
    free(opening->trustees);
    free(opening);
}

size_t quorsum_opening_count(const quorsum_opening *opening)
{
    return opening->count;
}

quorsum_status quorsum_opening_plaintexts(quorsum_plaintexts **out, const quorsum_opening *opening)
{
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || opening == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = quorsum_plaintexts_new(out, opening->key, opening->count);
    if (status == QUORSUM_OK)
        memcpy((*out)->value, opening->m, opening->count * opening->key->plain->width * sizeof *opening->m);
    return status;
}

/* ---- bytes ---- */

static size_t element_bytes(const quorsum_public_key *key)
{
    return (key->plain->digits + 1) * key->root->bytes;
}

size_t qs_opening_bytes(const quorsum_public_key *key, size_t count)
{
    return count * element_bytes(key);
}

void qs_opening_write(uint8_t *out, const quorsum_opening *opening)
{
    const quorsum_public_key *key = opening->key;
    size_t m_bytes = key->plain->digits * key->plain->bytes;

    for (size_t k = 0; k < opening->count; k++) {
        qs_ring_write(key->plain, out, opening->m + k * key->plain->width);
        qs_ring_write(key->root, out + m_bytes, opening->r + k * key->root->width);
        out += element_bytes(key);
    }
}

static quorsum_status read_element(quorsum_opening *opening, size_t k, const uint8_t *in)
{
    const quorsum_public_key *key = opening->key;
    mp_limb_t *r = opening->r + k * key->root->width;

    if (qs_ring_read(key->plain, opening->m + k * key->plain->width, in) != 0 ||
        qs_ring_read(key->root, r, in + key->plain->digits * key->plain->bytes) != 0 ||
        mpn_zero_p(r, (mp_size_t)key->root->limbs))
        return QUORSUM_ERR_RANGE;
    return QUORSUM_OK;
}

quorsum_status qs_opening_read(quorsum_opening **out, const quorsum_public_key *key, const uint8_t *in, size_t count)
{
    quorsum_opening *opening = NULL;
    quorsum_status status = qs_opening_new(&opening, key, count);

    *out = NULL;
    for (size_t k = 0; k < count && status == QUORSUM_OK; k++)
        status = read_element(opening, k, in + k * element_bytes(key));
    if (status == QUORSUM_OK) {
        *out = opening;
        opening = NULL;
    }
    quorsum_opening_free(opening);
    return status;
}

/* ---- checking a vector ---- */

/* One check: its rounds, both sides of each, and scratch for them. */
typedef struct check {
    const quorsum_opening *opening;
    const quorsum_ciphertexts *ciphertexts;
    uint8_t (*exponents)[ROUNDS * ROUND_BYTES];
    size_t rounds;
    mp_limb_t *block;
    mp_limb_t *left;    /* ring, a round each: prod c_k^rho_k */
    mp_limb_t *root;    /* root, a round each: prod r_k^rho_k */
    mp_limb_t *power;   /* ring, a round each: their N^s-th powers */
    mp_limb_t *sum;     /* plain: sum rho_k m_k of one round */
    mp_limb_t *right;   /* ring */
    mp_limb_t *scratch;
} check;

static quorsum_status check_new(check *work, const quorsum_opening *opening, const quorsum_ciphertexts *ciphertexts)
{
    const quorsum_public_key *key = opening->key;
    size_t width = key->ring->width;
    size_t lift = qs_lift_scratch(key);
    size_t plain = qs_ring_scratch(key->ring);

    memset(work, 0, sizeof *work);
    work->opening = opening;
    work->ciphertexts = ciphertexts;
    work->rounds = opening->count < ROUNDS ? opening->count : ROUNDS;
    work->exponents = malloc(opening->count * sizeof *work->exponents);
    work->block = calloc((2 * ROUNDS + 1) * width + ROUNDS * key->root->width + key->plain->width +
                             (lift > plain ? lift : plain), sizeof *work->block);
    if (work->exponents == NULL || work->block == NULL)
        return QUORSUM_ERR_MEMORY;
    work->left = work->block;
    work->root = work->left + ROUNDS * width;
    work->power = work->root + ROUNDS * key->root->width;
    work->sum = work->power + ROUNDS * width;
    work->right = work->sum + key->plain->width;
    work->scratch = work->right + width;
    return QUORSUM_OK;
}

static void check_free(check *work)
{
    free(work->exponents);
    free(work->block);
}

static quorsum_status check_numbers(const check *work)
{
    const quorsum_opening *opening = work->opening;
    const quorsum_public_key *key = opening->key;
    const mp_limb_t *c = work->ciphertexts->value;
    size_t first;

    for (size_t k = 0; k < opening->count; k++) {
        if (!qs_in_range(key->plain, opening->m + k * key->plain->width) ||
            !qs_in_range(key->root, opening->r + k * key->root->width) ||
            !qs_in_range(key->ring, c + k * key->ring->width) ||
            mpn_zero_p(opening->r + k * key->root->width, (mp_size_t)key->root->limbs))
            return QUORSUM_ERR_RANGE;
    }
    if (!qs_ring_units_vartime(key->root, c, key->ring->width, opening->count, &first, work->scratch) ||
        !qs_ring_units_vartime(key->root, opening->r, key->root->width, opening->count, &first, work->scratch))
        return QUORSUM_ERR_NOT_UNIT;
    return QUORSUM_OK;
}

/* total (a digit's limbs and one) = sum rho_k m_(k,i); 16 bits and those of QS_COUNT_MAX fit into the one. */
static void sum_digits(const check *work, size_t round, unsigned i, mp_limb_t *total)
{
    const qs_ring *plain = work->opening->key->plain;
    const mp_limb_t *digit = work->opening->m + i * plain->limbs;

    memset(total, 0, (plain->limbs + 1) * sizeof *total);
    for (size_t k = 0; k < work->opening->count; k++) {
        const uint8_t *rho = work->exponents[k] + round * ROUND_BYTES;
        mp_limb_t factor = (mp_limb_t)rho[0] << 8 | rho[1];

        total[plain->limbs] += mpn_addmul_1(total, digit + k * plain->width, (mp_size_t)plain->limbs, factor);
    }
}

/* sum rho_k m_k, digit by digit over Z, then mod N^s. */
static void sum_plaintexts(const check *work, size_t round)
{
    const qs_ring *plain = work->opening->key->plain;
    mpz_t total, digit_total;

    mpz_init(total);
    for (unsigned i = plain->digits; i-- > 0;) {
        sum_digits(work, round, i, work->scratch);
        mpz_mul(total, total, work->opening->key->n);
        mpz_add(total, total, mpz_roinit_n(digit_total, work->scratch, (mp_size_t)plain->limbs + 1));
    }
    qs_ring_from_mpz_vartime(plain, work->sum, total);
    mpz_clear(total);
}

static quorsum_status raise_some(void *context, unsigned worker, size_t begin, size_t end)
{
    const check *work = context;
    const quorsum_public_key *key = work->opening->key;

    (void)worker;
    return qs_randomisers_vartime(key, work->power + begin * key->ring->width, work->root + begin * key->root->width,
                                  end - begin);
}

/* The right side of every round, and whether it is the left one. sums: in work->sum, or the openings' own m_k. */
static quorsum_status compare(check *work, int batch, const quorsum_run *run)
{
    const quorsum_public_key *key = work->opening->key;
    const qs_ring *ring = key->ring;
    quorsum_status status = qs_parallel(run, work->rounds, qs_randomisers_block(key), raise_some, work);

    for (size_t round = 0; round < work->rounds && status == QUORSUM_OK; round++) {
        const mp_limb_t *m = batch ? work->sum : work->opening->m + round * key->plain->width;

        if (batch)
            sum_plaintexts(work, round);
        qs_lift(key, work->right, m, work->scratch);
        qs_ring_product_vartime(ring, work->right, work->right, work->power + round * ring->width, work->scratch);
        if (!qs_ring_equal(ring, work->left + round * ring->width, work->right))
            status = QUORSUM_ERR_OPENING;
    }
    return status;
}

static quorsum_status report(const quorsum_run *run, uint64_t done)
{
    if (run != NULL && run->progress != NULL && run->progress(done, STEPS, run->user) != 0)
        return QUORSUM_ERR_CANCELLED;
    return QUORSUM_OK;
}

static quorsum_status check_batch(check *work, const quorsum_run *run)
{
    const quorsum_opening *opening = work->opening;
    const qs_ring *ring = opening->key->ring;
    const qs_ring *root = opening->key->root;
    qs_terms terms = {.bases = work->ciphertexts->value, .stride = ring->width, .count = opening->count,
                      .exponents = (const uint8_t (*)[ROUNDS * ROUND_BYTES])work->exponents};
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    quorsum_status status;

    qs_random_bytes(work->exponents, opening->count * sizeof *work->exponents);
    status = qs_multiexp_vartime(ring, work->left, &terms, ROUNDS, &quiet);
    terms.bases = opening->r;
    terms.stride = root->width;
    if (status == QUORSUM_OK)
        status = report(run, 1);
    if (status == QUORSUM_OK)
        status = qs_multiexp_vartime(root, work->root, &terms, ROUNDS, &quiet);
    if (status == QUORSUM_OK)
        status = report(run, 2);
    if (status == QUORSUM_OK)
        status = compare(work, 1, &quiet);
    return status == QUORSUM_OK ? report(run, STEPS) : status;
}

static quorsum_status check_singly(check *work, const quorsum_run *run)
{
    const qs_ring *ring = work->opening->key->ring;
    const qs_ring *root = work->opening->key->root;

    memcpy(work->left, work->ciphertexts->value, work->rounds * ring->width * sizeof *work->left);
    memcpy(work->root, work->opening->r, work->rounds * root->width * sizeof *work->root);
    return compare(work, 0, run);
}

quorsum_status quorsum_opening_verify(const quorsum_opening *opening, const quorsum_ciphertexts *ciphertexts,
                                      const quorsum_run *run)
{
    check work;
    quorsum_status status;

    if (opening == NULL || ciphertexts == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_public_key_same(opening->key, ciphertexts->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (opening->count != ciphertexts->count)
        return QUORSUM_ERR_WIDTH;
    status = check_new(&work, opening, ciphertexts);
    if (status == QUORSUM_OK)
        status = check_numbers(&work);
    if (status == QUORSUM_OK && opening->count <= ROUNDS)
        status = check_singly(&work, run);
    else if (status == QUORSUM_OK)
        status = check_batch(&work, run);
    check_free(&work);
    return status;
}
