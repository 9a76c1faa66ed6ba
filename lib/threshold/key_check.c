/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What everybody checks of a key record (docs/protocol.md). All public.
 *
 * Step 5 asks that v_i = v^(F(i)) for an integer polynomial F of degree t = quorum - 1 and that F(0) = Delta D. Over
 * the consecutive points 0..n the Lagrange coefficients are whole, so the polynomial is checked by its differences
 * of order t+1 = quorum, which vanish, with exponents as small as binomials:
 *
 *     prod_{k=0..quorum} v_(j+k)^((-1)^k C(quorum,k)) = 1        for j = 0 .. n - quorum
 *
 * where v_0 = prod_{k=1..quorum} v_k^((-1)^(k-1) C(quorum,k)) is what the case j = 0 makes it, v^(F(0)). And since
 * D N^s = theta,
 *
 *     v_0^(N^s) = v^(Delta theta)
 *
 * Raised to Delta these are the equations of step 5 for the quorum 1..t+1; and V = prod v_i^(lambda_i) = v_0^Delta
 * for every other quorum follows, because each of its v_i is a product of powers of the first t+1. No root of
 * order dividing Delta can hide here, as it could in the equations of step 5.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/lagrange.h"
#include "lib/base/parallel.h"
#include "lib/proof/factors.h"
#include "lib/threshold/key_record.h"

/* What the loops share. All elements in Montgomery form. */
typedef struct checker {
    const qs_key_parts *parts;
    mp_limb_t *verify; /* v_0, v_1 .. v_n */
    mpz_t *binomial;   /* (-1)^k C(quorum,k), k = 0..quorum */
} checker;

static const mp_limb_t *verify_at(const checker *work, size_t i)
{
    return work->verify + i * work->parts->key->root->width;
}

static quorsum_status check_units(const quorsum_public_key *key, const mp_limb_t *values, size_t count)
{
    const qs_ring *root = key->root;
    mp_limb_t *scratch = malloc(qs_ring_scratch(root) * sizeof *scratch);
    size_t first;
    int units;

    if (scratch == NULL)
        return QUORSUM_ERR_MEMORY;
    units = qs_ring_units_vartime(root, values, root->limbs, count, &first, scratch);
    free(scratch);
    return units ? QUORSUM_OK : QUORSUM_ERR_NOT_UNIT;
}

static quorsum_status check_ranges(const qs_key_parts *parts, const mp_limb_t *v)
{
    quorsum_status status = QUORSUM_OK;
    mpz_t common;

    if (parts->trustees < 1 || parts->trustees > QUORSUM_TRUSTEES_MAX || parts->quorum < 1 ||
        parts->quorum > parts->trustees || parts->share_bits < 1 || parts->share_bits > QS_SHARE_BITS_MAX ||
        mpz_sgn(parts->theta) <= 0)
        return QUORSUM_ERR_RANGE;
    mpz_init(common);
    mpz_gcd(common, parts->theta, parts->key->n);
    if (mpz_cmp_ui(common, 1) != 0)
        status = QUORSUM_ERR_NOT_UNIT;
    mpz_clear(common);
    if (status == QUORSUM_OK)
        status = check_units(parts->key, v, 1);
    if (status == QUORSUM_OK)
        status = check_units(parts->key, parts->verify, parts->trustees);
    return status;
}

static void checker_free(checker *work)
{
    for (size_t k = 0; work->binomial != NULL && k <= work->parts->quorum; k++)
        mpz_clear(work->binomial[k]);
    free(work->binomial);
    free(work->verify);
}

static quorsum_status checker_new(checker *work, const qs_key_parts *parts)
{
    const qs_ring *root = parts->key->root;
    mp_limb_t *scratch = malloc(qs_ring_scratch(root) * sizeof *scratch);

    work->parts = parts;
    work->verify = calloc((size_t)parts->trustees + 1, root->width * sizeof *work->verify);
    work->binomial = calloc((size_t)parts->quorum + 1, sizeof *work->binomial);
    for (size_t k = 0; work->binomial != NULL && k <= parts->quorum; k++) {
        mpz_init(work->binomial[k]);
        mpz_bin_uiui(work->binomial[k], parts->quorum, (unsigned long)k);
        if (k % 2 == 1)
            mpz_neg(work->binomial[k], work->binomial[k]);
    }
    for (size_t i = 0; scratch != NULL && work->verify != NULL && i < parts->trustees; i++)
        qs_ring_enter(root, work->verify + (i + 1) * root->width, parts->verify + i * root->limbs, scratch);
    if (scratch == NULL || work->verify == NULL || work->binomial == NULL) {
        free(scratch);
        return QUORSUM_ERR_MEMORY;
    }
    free(scratch);
    return QUORSUM_OK;
}

/* out = prod_{k=from..quorum} v_(j+k)^((-1)^k C(quorum,k)) */
static quorsum_status difference(const checker *work, mp_limb_t *out, size_t j, size_t from)
{
    size_t count = work->parts->quorum + 1 - from;
    const mp_limb_t **bases = calloc(count, sizeof *bases);
    quorsum_status status;

    if (bases == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t k = 0; k < count; k++)
        bases[k] = verify_at(work, j + from + k);
    status = qs_power_joint_vartime(work->parts->key->root, out, bases, (const mpz_t *)(work->binomial + from), count);
    free(bases);
    return status;
}

/* v_0 = (prod_{k=1..quorum} v_k^((-1)^k C(quorum,k)))^(-1) */
static quorsum_status make_v0(checker *work)
{
    const qs_ring *root = work->parts->key->root;
    const mp_limb_t *bases[1] = {work->verify};
    quorsum_status status = difference(work, work->verify, 0, 1);
    mpz_t exponents[1];

    if (status != QUORSUM_OK)
        return status;
    mpz_init_set_si(exponents[0], -1);
    status = qs_power_joint_vartime(root, work->verify, bases, (const mpz_t *)exponents, 1);
    mpz_clear(exponents[0]);
    return status;
}

static quorsum_status check_differences(void *context, unsigned worker, size_t begin, size_t end)
{
    const checker *work = context;
    const qs_ring *root = work->parts->key->root;
    mp_limb_t *product = malloc(root->width * sizeof *product);
    quorsum_status status = product != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    (void)worker;
    for (size_t i = begin; i < end && status == QUORSUM_OK; i++) {
        status = difference(work, product, i + 1, 0);
        if (status == QUORSUM_OK && !qs_ring_equal(root, product, root->one))
            status = QUORSUM_ERR_KEY_CHECK;
    }
    free(product);
    return status;
}

/* v_0^(N^s) = v^(Delta theta) */
static quorsum_status check_secret(const checker *work, const mp_limb_t *v)
{
    const qs_key_parts *parts = work->parts;
    const qs_ring *root = parts->key->root;
    mp_limb_t *left = calloc(2 * root->width + qs_ring_scratch(root), sizeof *left);
    mp_limb_t *right;
    mpz_t exponent;
    quorsum_status status;

    if (left == NULL)
        return QUORSUM_ERR_MEMORY;
    right = left + root->width;
    mpz_init(exponent);
    qs_factorial(exponent, parts->trustees);
    mpz_mul(exponent, exponent, parts->theta);
    qs_ring_enter(root, right, v, right + root->width);
    status = qs_power_vartime(root, right, right, exponent);
    if (status == QUORSUM_OK)
        status = qs_power_vartime(root, left, work->verify, parts->key->ns);
    if (status == QUORSUM_OK && !qs_ring_equal(root, left, right))
        status = QUORSUM_ERR_KEY_CHECK;
    mpz_clear(exponent);
    free(left);
    return status;
}

quorsum_status qs_key_check_vartime(const qs_key_parts *parts, const mp_limb_t *v, const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    checker work = {0};
    quorsum_status status = check_ranges(parts, v);

    if (status != QUORSUM_OK)
        return status;
    status = checker_new(&work, parts);
    if (status == QUORSUM_OK)
        status = make_v0(&work);
    if (status == QUORSUM_OK)
        status = check_secret(&work, v);
    if (status == QUORSUM_OK)
        status = qs_parallel(&quiet, parts->trustees - parts->quorum, 1, check_differences, &work);
    checker_free(&work);
    return status;
}

/* ---- the root certificate ---- */

typedef struct certificate {
    const qs_key_parts *parts;
    mp_limb_t *challenges; /* y_1 .. y_7, plain */
} certificate;

static quorsum_status check_root(const quorsum_public_key *key, const mp_limb_t *root_value, const mp_limb_t *y)
{
    const qs_ring *root = key->root;
    mp_limb_t *power = calloc(root->width + qs_ring_scratch(root), sizeof *power);
    quorsum_status status;

    if (power == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_ring_enter(root, power, root_value, power + root->width);
    status = qs_power_vartime(root, power, power, key->ns);
    qs_ring_leave(root, power, power, power + root->width);
    if (status == QUORSUM_OK && !qs_ring_equal(root, power, y))
        status = QUORSUM_ERR_CERTIFICATE;
    free(power);
    return status;
}

static quorsum_status check_roots(void *context, unsigned worker, size_t begin, size_t end)
{
    const certificate *work = context;
    size_t limbs = work->parts->key->root->limbs;
    quorsum_status status = QUORSUM_OK;

    (void)worker;
    for (size_t i = begin; i < end && status == QUORSUM_OK; i++)
        status = check_root(work->parts->key, work->parts->roots + i * limbs, work->challenges + i * limbs);
    return status;
}

/* 0 < rho_i needs no check of its own: y_i is a unit, so rho_i must be one. */
quorsum_status qs_certificate_check_vartime(const qs_key_parts *parts, const quorsum_run *run)
{
    const qs_ring *root = parts->key->root;
    certificate work = {.parts = parts};
    quorsum_status status;

    work.challenges = calloc(QS_CERTIFICATE_ROOTS, root->width * sizeof *work.challenges);
    if (work.challenges == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_certificate_challenges(parts->key, work.challenges);
    status = check_units(parts->key, work.challenges, QS_CERTIFICATE_ROOTS);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, QS_CERTIFICATE_ROOTS, 1, check_roots, &work);
    free(work.challenges);
    return status;
}

/* ---- the dealer's proofs ---- */

static quorsum_status check_proof(void *context, unsigned worker, size_t begin, size_t end)
{
    const qs_key_parts *parts = context;
    qs_context bound = qs_key_context(parts);
    quorsum_status status = QUORSUM_OK;

    (void)worker;
    for (size_t i = begin; i < end && status == QUORSUM_OK; i++) {
        if (i == 0)
            status = qs_modulus_verify_vartime(&parts->modulus, &bound, parts->key);
        else
            status = qs_factors_verify_vartime(parts->factors, qs_factors_proof_bytes(parts->key->root->bits), &bound,
                                               parts->key);
    }
    return status;
}

quorsum_status qs_key_proofs_check_vartime(const qs_key_parts *parts, const quorsum_run *run)
{
    return qs_parallel(run, 2, 1, check_proof, (void *)(uintptr_t)parts); /* only read */
}

void qs_certificate_challenges(const quorsum_public_key *key, mp_limb_t *out)
{
    for (size_t i = 0; i < QS_CERTIFICATE_ROOTS; i++)
        qs_hash_to_residue(key, "cert", i + 1, out + i * key->root->limbs);
}
