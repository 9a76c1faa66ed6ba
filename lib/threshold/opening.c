/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Openings as objects and as bytes, and the check of a whole vector by a few exponentiations (docs/protocol.md):
 *
 *     prod c_k^rho_k = (1+N)^(sum rho_k m_k mod N^s) (prod r_k^rho_k mod N)^(N^s) mod N^(s+1)
 *
 * with rho_k drawn by the verifier when the batch lies before it. Ranges and units come first: one entry (0, any, 0)
 * would make the equation accept every other entry. What it proves are the plaintexts; r_k and N - r_k both pass half
 * of the time, which is why the single equation decides what a valid opening is.
 *
 * A false m_k differs from the true one modulo some prime power l^s of N^s, and passes if rho_k has one certain value
 * modulo l. All that is known of a dealer's N is that l > 2^20: then rho_k of 128 bits would be right with probability
 * 1/l, and the dealer can make that 2^-20. So there are seven rounds with rho_k of 20 bits, which have 2^-140 and cost
 * as many products of ciphertexts as one round of 140 bits. Up to seven openings are cheaper one by one.
 */
#include "lib/threshold/opening.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/base/parallel.h"
#include "lib/base/random.h"

#define EXPONENT_BYTES 16
#define ROUNDS 7
#define ROUND_BITS 20 /* no longer than a prime factor of N: qs_modulus_check_vartime */

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

/* One batch: its exponents, both sides, and scratch for them. */
typedef struct check {
    const quorsum_opening *opening;
    const quorsum_ciphertexts *ciphertexts;
    uint8_t (*exponents)[EXPONENT_BYTES];
    mp_limb_t *block;
    mp_limb_t *left;    /* ring */
    mp_limb_t *right;   /* ring */
    mp_limb_t *power;   /* ring */
    mp_limb_t *root;    /* root: prod r_k^rho_k */
    mp_limb_t *sum;     /* plain: sum rho_k m_k */
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
    work->exponents = calloc(opening->count, sizeof *work->exponents);
    work->block = calloc(3 * width + key->root->width + key->plain->width + (lift > plain ? lift : plain),
                         sizeof *work->block);
    if (work->exponents == NULL || work->block == NULL)
        return QUORSUM_ERR_MEMORY;
    work->left = work->block;
    work->right = work->left + width;
    work->power = work->right + width;
    work->root = work->power + width;
    work->sum = work->root + key->root->width;
    work->scratch = work->sum + key->plain->width;
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

/* sum rho_k m_k, digit by digit over Z, then mod N^s. */
static void sum_plaintexts(const check *work)
{
    const quorsum_opening *opening = work->opening;
    const qs_ring *plain = opening->key->plain;
    mpz_t rho, total, digit_total, digit;

    mpz_inits(rho, total, digit_total, NULL);
    for (unsigned i = plain->digits; i-- > 0;) {
        mpz_set_ui(digit_total, 0);
        for (size_t k = 0; k < opening->count; k++) {
            mpz_import(rho, EXPONENT_BYTES, 1, 1, 1, 0, work->exponents[k]);
            mpz_addmul(digit_total, rho,
                       mpz_roinit_n(digit, opening->m + k * plain->width + i * plain->limbs, (mp_size_t)plain->limbs));
        }
        mpz_mul(total, total, opening->key->n);
        mpz_add(total, total, digit_total);
    }
    qs_ring_from_mpz_vartime(plain, work->sum, total);
    mpz_clears(rho, total, digit_total, NULL);
}

static void draw_exponents(const check *work)
{
    size_t count = work->opening->count;
    size_t zeros = EXPONENT_BYTES - (ROUND_BITS + 7) / 8;

    qs_random_bytes(work->exponents, count * sizeof *work->exponents);
    for (size_t k = 0; k < count; k++) {
        memset(work->exponents[k], 0, zeros);
        work->exponents[k][zeros] &= (uint8_t)(0xffu >> (7 - (ROUND_BITS + 7) % 8));
    }
}

static quorsum_status check_round(check *work, const quorsum_run *run)
{
    const quorsum_opening *opening = work->opening;
    const quorsum_public_key *key = opening->key;
    const uint8_t (*exponents)[EXPONENT_BYTES] = (const uint8_t (*)[EXPONENT_BYTES])work->exponents;
    quorsum_status status;

    draw_exponents(work);
    status = qs_multiexp_vartime(key->ring, work->left, work->ciphertexts->value, key->ring->width, exponents, 1,
                                 opening->count, run);
    if (status == QUORSUM_OK)
        status = qs_multiexp_vartime(key->root, work->root, opening->r, key->root->width, exponents, 1, opening->count,
                                     run);
    if (status == QUORSUM_OK)
        status = qs_randomiser_vartime(key, work->power, work->root);
    if (status != QUORSUM_OK)
        return status;
    sum_plaintexts(work);
    qs_lift(key, work->right, work->sum, work->scratch);
    qs_ring_product_vartime(key->ring, work->right, work->right, work->power, work->scratch);
    return qs_ring_equal(key->ring, work->left, work->right) ? QUORSUM_OK : QUORSUM_ERR_OPENING;
}

static quorsum_status check_batch(check *work, const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0}; /* progress counts rounds */
    quorsum_status status = QUORSUM_OK;

    for (uint64_t done = 1; done <= ROUNDS && status == QUORSUM_OK; done++) {
        status = check_round(work, &quiet);
        if (status == QUORSUM_OK && run != NULL && run->progress != NULL &&
            run->progress(done, ROUNDS, run->user) != 0)
            status = QUORSUM_ERR_CANCELLED;
    }
    return status;
}

static quorsum_status check_some(void *context, unsigned worker, size_t begin, size_t end)
{
    const check *work = context;
    quorsum_status status = QUORSUM_OK;

    (void)worker;
    for (size_t k = begin; k < end && status == QUORSUM_OK; k++)
        status = qs_opening_verify_one_vartime(work->opening, k, work->ciphertexts);
    return status;
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
        status = qs_parallel(run, opening->count, 1, check_some, &work);
    else if (status == QUORSUM_OK)
        status = check_batch(&work, run);
    check_free(&work);
    return status;
}
