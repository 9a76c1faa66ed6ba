/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a hand-over share. */
#ifndef QS_HANDOVER_INSIDE_H
#define QS_HANDOVER_INSIDE_H

#include "lib/ceremony/handover.h"
#include "lib/ceremony/prf.h"

#define QS_RHO_LABEL "mask" /* the stream that rho comes from, index 0 */

static inline const qs_ring *qs_handover_root(const qs_handover *handover)
{
    return handover->parent->parts.key->root;
}

/* Bytes of E and of G: sign and magnitude. */
static inline size_t qs_handover_rest_len(const qs_handover *handover)
{
    return 1 + (mpz_sizeinbase(handover->rest_bound, 2) + 7) / 8;
}

static inline size_t qs_handover_gap_len(const qs_handover *handover)
{
    return 1 + (mpz_sizeinbase(handover->gap_bound, 2) + 7) / 8;
}

/* Limbs of an exponent. */
static inline size_t qs_handover_power_limbs(const qs_handover *handover)
{
    return qs_limbs_of(handover->power_bits);
}

static inline mp_limb_t *qs_handover_dealt_at(const qs_handover *handover, uint32_t d, size_t set)
{
    return handover->dealt + (d * handover->sets->count + set) * qs_handover_root(handover)->limbs;
}

/* out = the integer of `bits` bits that a key's stream gives. */
static inline void qs_handover_draw(qs_prf *prf, mp_limb_t *out, size_t limbs, const uint8_t key[32], const char *label,
                                    size_t bits)
{
    qs_prf_begin(prf, key, label, 0);
    qs_prf_integer(prf, out, limbs, bits);
    qs_prf_end(prf);
}

/* out[k] = y^(exponent k), or v^(exponent k) if `squared`: plain form, root->limbs apart; exponents below 2^power_bits,
 * qs_handover_power_limbs apart. Constant time in them. ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_handover_raise(const qs_handover *handover, mp_limb_t *out, const mp_limb_t *exponents, size_t count,
                                 int squared, const quorsum_run *run);
/* The magnitude of a public integer as such an exponent. */
void qs_handover_exponent(const qs_handover *handover, mp_limb_t *out, const mpz_t integer);

#endif
