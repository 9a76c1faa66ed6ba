/* SPDX-License-Identifier: Apache-2.0 */
/* What comes of a hand-over: the record's parts and a member's share. */
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/handover_inside.h"
#include "lib/proof/factors.h"

/* The dealer's proofs stay with N. */
static quorsum_status copy_proofs(qs_key_parts *parts, const qs_key_parts *parent)
{
    size_t words = QS_MODULUS_WORDS * parent->key->root->limbs * sizeof(mp_limb_t);
    size_t factors = qs_factors_proof_bytes(parent->key->root->bits);

    parts->origin = parent->origin;
    memcpy(parts->prover, parent->prover, sizeof parts->prover);
    if (strcmp(parent->origin, QS_ORIGIN_DEALER) != 0)
        return QUORSUM_OK;
    parts->modulus = parent->modulus;
    parts->modulus.words = malloc(words);
    parts->factors = malloc(factors);
    if (parts->modulus.words == NULL || parts->factors == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(parts->modulus.words, parent->modulus.words, words);
    memcpy(parts->factors, parent->factors, factors);
    return QUORSUM_OK;
}

quorsum_status qs_handover_parts(qs_key_parts *parts, const qs_handover *handover, const uint8_t *roster)
{
    const qs_key_parts *parent = &handover->parent->parts;
    quorsum_status status = qs_parts_of(parts, parent->key, handover->sets, &handover->widths, handover->theta,
                                        handover->verify, roster);

    if (status != QUORSUM_OK)
        return status;
    parts->epoch = parent->epoch + 1;
    memcpy(parts->parent, handover->parent->digest, sizeof parts->parent);
    memcpy(parts->dealer, roster, sizeof parts->dealer);
    status = copy_proofs(parts, parent);
    if (status != QUORSUM_OK)
        qs_key_parts_clear(parts);
    return status;
}

/* v^(S_i) = v_i: of sets with an honest member, which the own ones are, nothing else can come. */
static quorsum_status check_share(const qs_handover *handover, const quorsum_key_share *share)
{
    const qs_ring *root = qs_handover_root(handover);
    mp_limb_t *power = calloc(root->width, sizeof *power);
    quorsum_status status;

    if (power == NULL)
        return QUORSUM_ERR_MEMORY;
    status = qs_verification_key(power, handover->parent->parts.key, handover->parent->v, &share->value,
                                 share->share_bits);
    if (status == QUORSUM_OK && !qs_ring_equal(root, power, handover->verify + (share->trustee - 1) * root->limbs))
        status = QUORSUM_ERR_KEY_CHECK;
    free(power);
    return status;
}

quorsum_status qs_handover_share(quorsum_key_share **out, const qs_handover *handover, const qs_party *party)
{
    quorsum_key_share *share = NULL;
    quorsum_status status = qs_share_of(&share, party, &handover->widths, handover->delta);

    *out = NULL;
    if (status == QUORSUM_OK)
        status = check_share(handover, share);
    if (status == QUORSUM_OK) {
        *out = share;
        share = NULL;
    }
    quorsum_key_share_free(share);
    return status;
}
