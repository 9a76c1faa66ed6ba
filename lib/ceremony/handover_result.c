/* SPDX-License-Identifier: Apache-2.0 */
/* What comes of a hand-over: the record's parts and a member's share. */
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/handover_inside.h"
#include "lib/proof/factors.h"

/* The dealer's proofs stay with N, and so does their maker's name; there is room for them where the parent has them. */
static void copy_proofs(qs_key_parts *parts, const qs_key_parts *parent)
{
    mp_limb_t *words = parts->modulus.words;

    memcpy(parts->prover, parent->prover, sizeof parts->prover);
    if (!qs_key_has_proofs(parent))
        return;
    parts->modulus = parent->modulus;
    parts->modulus.words = words;
    memcpy(words, parent->modulus.words, QS_MODULUS_WORDS * parent->key->root->limbs * sizeof *words);
    memcpy(parts->factors, parent->factors, qs_factors_proof_bytes(parent->key->root->bits));
}

quorsum_status qs_handover_parts(qs_key_parts *parts, const qs_handover *handover, const uint8_t *roster)
{
    const qs_key_parts *parent = &handover->parent->parts;
    const qs_sets *sets = handover->sets;
    quorsum_status status = qs_key_parts_init(parts, parent->key, parent->origin, sets->members, sets->degree + 1,
                                              handover->widths.share_bits, roster);

    if (status != QUORSUM_OK)
        return status;
    mpz_set(parts->theta, handover->theta);
    memcpy(parts->verify, handover->verify, sets->members * parent->key->root->limbs * sizeof *parts->verify);
    memcpy(parts->signer, roster, sizeof parts->signer);
    parts->secret_bits = handover->widths.secret_bits;
    parts->epoch = parent->epoch + 1;
    memcpy(parts->parent, handover->parent->digest, sizeof parts->parent);
    copy_proofs(parts, parent);
    return QUORSUM_OK;
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
