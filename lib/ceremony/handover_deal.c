/* SPDX-License-Identifier: Apache-2.0 */
/* What dealers say: E_d = S_d - sum rho_(d,A') and V_(d,A') = v^rho_(d,A'). */
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/handover_inside.h"
#include "lib/ceremony/signed.h"

size_t qs_handover_dealt_len(const qs_handover *handover)
{
    return qs_handover_rest_len(handover) + handover->sets->count * qs_handover_root(handover)->bytes;
}

static int is_dealer(const qs_handover *handover, uint32_t trustee)
{
    for (uint32_t d = 0; d < handover->dealers; d++) {
        if (handover->dealer[d] == trustee)
            return 1;
    }
    return 0;
}

/* `count` values of rho, as exponents side by side, in guarded memory; NULL without any. */
static mp_limb_t *draw_all(const qs_handover *handover, const uint8_t *key, size_t count)
{
    size_t limbs = qs_handover_power_limbs(handover);
    qs_prf *prf = qs_secret_block(sizeof *prf);
    mp_limb_t *rho = qs_secret_block(count * limbs * sizeof *rho);

    for (size_t k = 0; prf != NULL && rho != NULL && k < count; k++)
        qs_handover_draw(prf, rho + k * limbs, limbs, key + 32 * k, QS_RHO_LABEL, handover->rho_bits);
    if (prf == NULL) {
        qs_secret_release(rho);
        rho = NULL;
    }
    qs_secret_release(prf);
    return rho;
}

/* E = S - sum rho: public from here on, as everything but its own set's rho hides nothing of S. */
static quorsum_status write_rest(const qs_handover *handover, const qs_secret *share, const mp_limb_t *rho,
                                uint8_t *out)
{
    size_t limbs = qs_limbs_of(mpz_sizeinbase(handover->rest_bound, 2) + 1);
    size_t rho_limbs = qs_limbs_of(handover->rho_bits);
    qs_secret sum = {0};

    if (qs_secret_init(&sum, limbs) != 0)
        return QUORSUM_ERR_MEMORY;
    qs_signed_add(sum.limb, limbs, share->limb, share->limbs, 0);
    for (size_t a = 0; a < handover->sets->count; a++)
        qs_signed_add(sum.limb, limbs, rho + a * qs_handover_power_limbs(handover), rho_limbs, 1);
    qs_signed_write(out, qs_handover_rest_len(handover), sum.limb, limbs);
    qs_secret_clear(&sum);
    return QUORSUM_OK;
}

static quorsum_status write_powers(const qs_handover *handover, const mp_limb_t *rho, uint8_t *out,
                                   const quorsum_run *run)
{
    const qs_ring *root = qs_handover_root(handover);
    size_t count = handover->sets->count;
    mp_limb_t *power = calloc(count, root->limbs * sizeof *power);
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (power != NULL)
        status = qs_handover_raise(handover, power, rho, count, 1, run);
    for (size_t a = 0; status == QUORSUM_OK && a < count; a++)
        qs_ring_write(root, out + a * root->bytes, power + a * root->limbs);
    free(power);
    return status;
}

quorsum_status qs_handover_deal(const qs_handover *handover, const quorsum_key_share *share, const uint8_t *set_key,
                                uint8_t *out, const quorsum_run *run)
{
    quorsum_status status = quorsum_key_share_check(share, handover->parent);
    mp_limb_t *rho;

    if (status == QUORSUM_OK && !is_dealer(handover, share->trustee))
        status = QUORSUM_ERR_TRUSTEE;
    if (status != QUORSUM_OK)
        return status;
    rho = draw_all(handover, set_key, handover->sets->count);
    if (rho == NULL)
        return QUORSUM_ERR_MEMORY;
    status = write_rest(handover, &share->value, rho, out);
    if (status == QUORSUM_OK)
        status = write_powers(handover, rho, out + qs_handover_rest_len(handover), run);
    qs_secret_release(rho);
    return status;
}

/* ---- what everybody checks of it ---- */

/* Into rest and dealt; whether E is a canonical integer below its bound and the words are below N. That they are units
 * the equation shows: their product times a unit is v_d. */
static int read_dealt(qs_handover *handover, uint32_t d, const uint8_t *in)
{
    const qs_ring *root = qs_handover_root(handover);
    int sound = qs_signed_read(handover->rest[d], in, qs_handover_rest_len(handover)) == 0 &&
                mpz_cmpabs(handover->rest[d], handover->rest_bound) < 0;

    in += qs_handover_rest_len(handover);
    for (size_t a = 0; a < handover->sets->count; a++) {
        if (qs_ring_read(root, qs_handover_dealt_at(handover, d, a), in + a * root->bytes) != 0)
            sound = 0;
    }
    return sound;
}

/* v^E prod V = v_d, or for a negative E v^|E| v_d = prod V. block: two elements, an exponent, scratch. */
static quorsum_status check_equation(const qs_handover *handover, uint32_t d, mp_limb_t *block, int *holds,
                                     const quorsum_run *run)
{
    const qs_ring *root = qs_handover_root(handover);
    const mp_limb_t *v_d = handover->parent->parts.verify + (handover->dealer[d] - 1) * root->limbs;
    mp_limb_t *product = block;
    mp_limb_t *power = product + root->width;
    mp_limb_t *exponent = power + root->width;
    mp_limb_t *scratch = exponent + qs_handover_power_limbs(handover);
    quorsum_status status;

    qs_handover_exponent(handover, exponent, handover->rest[d]);
    status = qs_handover_raise(handover, power, exponent, 1, 1, run);
    if (status != QUORSUM_OK)
        return status;
    memcpy(product, qs_handover_dealt_at(handover, d, 0), root->limbs * sizeof *product);
    for (size_t a = 1; a < handover->sets->count; a++)
        qs_ring_product_vartime(root, product, product, qs_handover_dealt_at(handover, d, a), scratch);
    if (mpz_sgn(handover->rest[d]) < 0) {
        qs_ring_product_vartime(root, power, power, v_d, scratch);
        *holds = qs_ring_equal(root, power, product) != 0;
    } else {
        qs_ring_product_vartime(root, power, power, product, scratch);
        *holds = qs_ring_equal(root, power, v_d) != 0;
    }
    return QUORSUM_OK;
}

quorsum_status qs_handover_take(qs_handover *handover, uint32_t d, const uint8_t *in, int *sound,
                                const quorsum_run *run)
{
    const qs_ring *root = qs_handover_root(handover);
    mp_limb_t *block;
    quorsum_status status;

    *sound = 0;
    if (!read_dealt(handover, d, in))
        return QUORSUM_OK;
    block = calloc(2 * root->width + qs_handover_power_limbs(handover) + qs_ring_scratch(root), sizeof *block);
    if (block == NULL)
        return QUORSUM_ERR_MEMORY;
    status = check_equation(handover, d, block, sound, run);
    free(block);
    return status;
}

/* ---- what a member checks of it ---- */

static quorsum_status compare(const qs_handover *handover, uint32_t d, const uint16_t *set, const mp_limb_t *rho,
                              int *sound, const quorsum_run *run)
{
    const qs_ring *root = qs_handover_root(handover);
    size_t own = handover->sets->own;
    mp_limb_t *power = qs_secret_block(own * root->limbs * sizeof *power); /* of keys that may be anything */
    mp_limb_t equal = 1;
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (power != NULL)
        status = qs_handover_raise(handover, power, rho, own, 1, run);
    for (size_t k = 0; status == QUORSUM_OK && k < own; k++)
        equal &= qs_ring_equal(root, power + k * root->limbs, qs_handover_dealt_at(handover, d, set[k]));
    *sound = status == QUORSUM_OK && qs_reveal(equal);
    qs_secret_release(power);
    return status;
}

quorsum_status qs_handover_check_keys(const qs_handover *handover, uint32_t d, uint32_t index, const uint8_t *key,
                                      int *sound, const quorsum_run *run)
{
    const qs_sets *sets = handover->sets;
    mp_limb_t *rho = draw_all(handover, key, sets->own);
    quorsum_status status;

    *sound = 0;
    if (rho == NULL)
        return QUORSUM_ERR_MEMORY;
    status = compare(handover, d, sets->mine + (index - 1) * sets->own, rho, sound, run);
    qs_secret_release(rho);
    return status;
}
