/* SPDX-License-Identifier: Apache-2.0 */
/* What members say: G_A' = sum lambda_d rho_(d,A') - kappa R'_A' and U_A' = y^(R'_A') of every own set. */
#include <stdlib.h>

#include "lib/ceremony/handover_inside.h"
#include "lib/ceremony/signed.h"

size_t qs_handover_mask_len(const qs_handover *handover)
{
    return handover->sets->own * (qs_handover_gap_len(handover) + qs_handover_root(handover)->bytes);
}

/* One member's secrets, in one guarded block; and what is public of its sizes. */
typedef struct masking {
    const qs_handover *handover;
    const qs_party *party;
    const uint8_t *given;
    mpz_t take;         /* -kappa */
    size_t limbs;       /* of an exponent */
    size_t sum_limbs;   /* of G */
    qs_prf *prf;
    mp_limb_t *mask;    /* R' of all own sets, as exponents */
    mp_limb_t *rho;     /* one */
    mp_limb_t *sum;     /* G */
    mp_limb_t *scratch;
} masking;

static size_t scratch_limbs(const qs_handover *handover, size_t limbs)
{
    size_t most = qs_signed_scratch(limbs, handover->kappa);

    for (uint32_t d = 0; d < handover->dealers; d++) {
        size_t now = qs_signed_scratch(limbs, handover->lambda[d]);

        most = now > most ? now : most;
    }
    return most;
}

static quorsum_status masking_new(masking *work)
{
    const qs_handover *handover = work->handover;
    size_t own = handover->sets->own;

    work->limbs = qs_handover_power_limbs(handover);
    work->sum_limbs = qs_limbs_of(mpz_sizeinbase(handover->gap_bound, 2) + 1);
    work->prf = qs_secret_block(sizeof *work->prf);
    work->mask = qs_secret_block(((own + 1) * work->limbs + work->sum_limbs + scratch_limbs(handover, work->limbs)) *
                                 sizeof *work->mask);
    if (work->prf == NULL || work->mask == NULL)
        return QUORSUM_ERR_MEMORY;
    work->rho = work->mask + own * work->limbs;
    work->sum = work->rho + work->limbs;
    work->scratch = work->sum + work->sum_limbs;
    return QUORSUM_OK;
}

/* R' of the k-th own set, and its G: public from here on. */
static void write_gap(masking *work, size_t k, uint8_t *out)
{
    const qs_handover *handover = work->handover;
    size_t rho_limbs = qs_limbs_of(handover->rho_bits);
    size_t mask_limbs = qs_limbs_of(handover->widths.mask_bits);
    mp_limb_t *mask = work->mask + k * work->limbs;

    mpn_zero(work->sum, (mp_size_t)work->sum_limbs);
    for (uint32_t d = 0; d < handover->dealers; d++) {
        const uint8_t *key = work->given + 32 * (d * handover->sets->own + k);

        qs_handover_draw(work->prf, work->rho, work->limbs, key, QS_RHO_LABEL, handover->rho_bits);
        qs_signed_add_product(work->sum, work->sum_limbs, work->rho, rho_limbs, handover->lambda[d], work->scratch);
    }
    qs_handover_draw(work->prf, mask, work->limbs, qs_party_key(work->party, k), QS_MASK_LABEL,
                     handover->widths.mask_bits);
    qs_signed_add_product(work->sum, work->sum_limbs, mask, mask_limbs, work->take, work->scratch);
    qs_signed_write(out, qs_handover_gap_len(handover), work->sum, work->sum_limbs);
}

static quorsum_status say(masking *work, uint8_t *out, const quorsum_run *run)
{
    const qs_handover *handover = work->handover;
    const qs_ring *root = qs_handover_root(handover);
    size_t own = handover->sets->own;
    size_t each = qs_handover_gap_len(handover) + root->bytes;
    mp_limb_t *power = calloc(own, root->limbs * sizeof *power);
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (power != NULL) {
        for (size_t k = 0; k < own; k++)
            write_gap(work, k, out + k * each);
        status = qs_handover_raise(handover, power, work->mask, own, 0, run);
    }
    for (size_t k = 0; status == QUORSUM_OK && k < own; k++)
        qs_ring_write(root, out + k * each + qs_handover_gap_len(handover), power + k * root->limbs);
    free(power);
    return status;
}

quorsum_status qs_handover_mask(const qs_handover *handover, const qs_party *party, const uint8_t *given, uint8_t *out,
                                const quorsum_run *run)
{
    masking work = {.handover = handover, .party = party, .given = given};
    quorsum_status status = masking_new(&work);

    mpz_init(work.take);
    mpz_neg(work.take, handover->kappa);
    if (status == QUORSUM_OK)
        status = say(&work, out, run);
    mpz_clear(work.take);
    qs_secret_release(work.prf);
    qs_secret_release(work.mask);
    return status;
}
