/* SPDX-License-Identifier: Apache-2.0 */
/* A hand-over as its public sizes: which dealers, the coefficients of their shares, how long everything may be. */
#include "lib/ceremony/handover.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/lagrange.h"
#include "lib/ceremony/handover_inside.h"
#include "lib/paillier/workers.h"

/* ---- powers of y ---- */

typedef struct raising {
    const qs_handover *handover;
    mp_limb_t *out;
    const mp_limb_t *exponents;
    int squared;
    qs_workers workers;
} raising;

static quorsum_status raise_some(void *context, unsigned worker, size_t begin, size_t end)
{
    const raising *work = context;
    const qs_ring *root = qs_handover_root(work->handover);
    size_t limbs = qs_handover_power_limbs(work->handover);
    mp_limb_t *power = qs_workers_scratch(&work->workers, worker);
    mp_limb_t *rest = power + QS_FIXED_GROUP * root->width;
    const mp_limb_t *exponents[QS_FIXED_GROUP];
    mp_limb_t *results[QS_FIXED_GROUP];

    for (size_t k = begin; k < end; k++) {
        exponents[k - begin] = work->exponents + k * limbs;
        results[k - begin] = power + (k - begin) * root->width;
    }
    qs_fixed_base_power(work->handover->powers, results, exponents, end - begin, rest);
    for (size_t k = begin; k < end; k++) {
        mp_limb_t *x = results[k - begin];

        if (work->squared)
            qs_ring_sqr(root, x, x, rest);
        qs_ring_leave(root, work->out + k * root->limbs, x, rest);
    }
    return QUORSUM_OK;
}

quorsum_status qs_handover_raise(const qs_handover *handover, mp_limb_t *out, const mp_limb_t *exponents, size_t count,
                                 int squared, const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    const qs_ring *root = qs_handover_root(handover);
    raising work = {.handover = handover, .out = out, .exponents = exponents, .squared = squared};
    size_t power = qs_fixed_base_scratch(handover->powers);
    size_t plain = qs_ring_scratch(root);
    quorsum_status status = qs_workers_init(&work.workers, &quiet, count, QS_FIXED_GROUP,
                                            QS_FIXED_GROUP * root->width + (power > plain ? power : plain), 1);

    if (status == QUORSUM_OK)
        status = qs_parallel(&quiet, count, QS_FIXED_GROUP, raise_some, &work);
    qs_workers_clear(&work.workers);
    return status;
}

void qs_handover_exponent(const qs_handover *handover, mp_limb_t *out, const mpz_t integer)
{
    memset(out, 0, qs_handover_power_limbs(handover) * sizeof *out);
    mpn_copyi(out, mpz_limbs_read(integer), (mp_size_t)mpz_size(integer));
}

static quorsum_status make_powers(qs_handover *handover)
{
    const quorsum_run alone = {.threads = 1};
    const quorsum_public_key *key = handover->parent->parts.key;
    mp_limb_t *y = calloc(key->root->width + qs_ring_scratch(key->root), sizeof *y);
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (y != NULL) {
        qs_hash_to_residue(key, "v", 0, y);
        qs_ring_enter(key->root, y, y, y + key->root->width);
        status = qs_fixed_base_new(&handover->powers, key->root, y, handover->power_bits, &alone);
    }
    free(y);
    return status;
}

/* ---- sizes ---- */

static int dealers_are_sound(const qs_key_parts *parent, const uint32_t *dealer, uint32_t dealers)
{
    if (dealers != parent->quorum)
        return 0;
    for (uint32_t d = 0; d < dealers; d++) {
        if (dealer[d] < 1 || dealer[d] > parent->trustees || (d > 0 && dealer[d] <= dealer[d - 1]))
            return 0;
    }
    return 1;
}

/* kappa and theta' = theta Delta^2 / kappa */
static void set_factors(qs_handover *handover)
{
    const qs_key_parts *parent = &handover->parent->parts;
    mpz_t *kappa = &handover->kappa;

    qs_factorial(*kappa, parent->trustees);
    mpz_set(handover->theta, parent->theta);
    if (parent->secret_bits == 0)
        mpz_mul(handover->theta, handover->theta, *kappa);
    else
        mpz_mul(*kappa, *kappa, *kappa);
}

/* The bounds of handover.h */
static void set_bounds(qs_handover *handover)
{
    mpz_t term;

    mpz_init(term);
    for (uint32_t d = 0; d < handover->dealers; d++) {
        mpz_abs(term, handover->lambda[d]);
        mpz_add(handover->gap_bound, handover->gap_bound, term);
    }
    mpz_mul_2exp(handover->gap_bound, handover->gap_bound, handover->rho_bits);
    mpz_mul_2exp(term, handover->kappa, handover->widths.mask_bits);
    mpz_add(handover->gap_bound, handover->gap_bound, term);
    mpz_set_ui(handover->rest_bound, handover->sets->count);
    mpz_mul_2exp(handover->rest_bound, handover->rest_bound, handover->rho_bits);
    mpz_clear(term);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static quorsum_status set_sizes(qs_handover *handover)
{
    const qs_key_parts *parent = &handover->parent->parts;
    size_t secret_bits = parent->secret_bits != 0 ? parent->secret_bits : parent->share_bits + 2 * parent->trustees;
    size_t bits;

    for (uint32_t d = 0; d < handover->dealers; d++)
        qs_lagrange(handover->lambda[d], parent->trustees, handover->dealer, handover->dealers, handover->dealer[d], 0);
    set_factors(handover);
    handover->rho_bits = parent->share_bits + QS_SLACK;
    handover->widths = qs_widths_of(handover->sets, secret_bits);
    if (handover->widths.share_bits > QS_SHARE_BITS_MAX)
        return QUORSUM_ERR_RANGE;
    set_bounds(handover);
    bits = larger(mpz_sizeinbase(handover->rest_bound, 2), mpz_sizeinbase(handover->gap_bound, 2));
    handover->power_bits = larger(bits, handover->widths.mask_bits);
    return QUORSUM_OK;
}

/* ---- the object ---- */

static mpz_t *integers_new(size_t count)
{
    mpz_t *integers = calloc(count, sizeof *integers);

    for (size_t i = 0; integers != NULL && i < count; i++)
        mpz_init(integers[i]);
    return integers;
}

static void integers_free(mpz_t *integers, size_t count)
{
    for (size_t i = 0; integers != NULL && i < count; i++)
        mpz_clear(integers[i]);
    free(integers);
}

static quorsum_status allocate(qs_handover *handover, const uint32_t *dealer)
{
    size_t word = qs_handover_root(handover)->limbs * sizeof(mp_limb_t);
    size_t count = handover->sets->count;

    mpz_inits(handover->kappa, handover->rest_bound, handover->gap_bound, handover->delta, handover->theta, NULL);
    handover->dealer = calloc(handover->dealers, sizeof *dealer);
    handover->lambda = integers_new(handover->dealers);
    handover->rest = integers_new(handover->dealers);
    handover->dealt = calloc(handover->dealers * count, word);
    handover->gap = integers_new(count);
    handover->set_keys = calloc(count, word);
    handover->verify = calloc(handover->sets->members, word);
    if (handover->dealer == NULL || handover->lambda == NULL || handover->rest == NULL || handover->dealt == NULL ||
        handover->gap == NULL || handover->set_keys == NULL || handover->verify == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(handover->dealer, dealer, handover->dealers * sizeof *dealer);
    return QUORSUM_OK;
}

quorsum_status qs_handover_new(qs_handover **out, const quorsum_key_record *parent, const qs_sets *sets,
                               const uint32_t *dealer, uint32_t dealers)
{
    qs_handover *handover;
    quorsum_status status;

    *out = NULL;
    if (!dealers_are_sound(&parent->parts, dealer, dealers))
        return QUORSUM_ERR_RANGE;
    handover = calloc(1, sizeof *handover);
    if (handover == NULL)
        return QUORSUM_ERR_MEMORY;
    handover->parent = qs_key_record_hold(parent);
    handover->sets = sets;
    handover->dealers = dealers;
    status = allocate(handover, dealer);
    if (status == QUORSUM_OK)
        status = set_sizes(handover);
    if (status == QUORSUM_OK)
        status = make_powers(handover);
    if (status == QUORSUM_OK) {
        *out = handover;
        handover = NULL;
    }
    qs_handover_free(handover);
    return status;
}

void qs_handover_free(qs_handover *handover)
{
    if (handover == NULL)
        return;
    qs_fixed_base_free(handover->powers);
    integers_free(handover->lambda, handover->dealers);
    integers_free(handover->rest, handover->dealers);
    integers_free(handover->gap, handover->sets->count);
    mpz_clears(handover->kappa, handover->rest_bound, handover->gap_bound, handover->delta, handover->theta, NULL);
    free(handover->dealer);
    free(handover->dealt);
    free(handover->set_keys);
    free(handover->verify);
    quorsum_key_record_free(handover->parent);
    free(handover);
}
