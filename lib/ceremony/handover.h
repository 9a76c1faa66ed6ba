/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handing a key on: the holders of a quorum of shares (dealers here) give it to a committee, the same or another, whose
 * shares have nothing to do with the old ones and are not longer (docs/protocol.md). A refresh is a hand-over to the same
 * roster; a dealer's key gets the dealer-free shape on the way. Pure computation, as generation.h.
 *
 * Let S_d be dealer d's share, W = sum lambda_d S_d with the integer Lagrange coefficients of the dealers at 0, Delta of the old
 * committee, and kappa = Delta^2 for a parent made by a ceremony, Delta for a dealt one: W = kappa D', and D' N^s = theta' with
 * theta' = theta (Delta^2 / kappa).
 *
 *   deliver  dealer d draws a key for every set A' of the new committee and gives it to A''s members; from it
 *            rho_(d,A') below 2^(l_S + 128).  Public: E_d = S_d - sum rho_(d,A'),  V_(d,A') = v^rho_(d,A')
 *            check: v_d = v^(E_d) prod V_(d,A');  each member of A' also checks V_(d,A')
 *   mask     every member of A', for R'_A' below 2^(l_D + 128) from the set's own key:
 *            G_A' = sum lambda_d rho_(d,A') - kappa R'_A',  V'_A' = v^(R'_A')
 *            check: v^(G_A') V'_A'^kappa = prod V_(d,A')^(lambda_d);  all members of A' said the same
 *   then     delta' = (sum lambda_d E_d + sum G_A') / kappa,  D' = delta' + sum R'_A'   and all is as after a generation
 */
#ifndef QS_HANDOVER_H
#define QS_HANDOVER_H

#include "lib/ceremony/sets.h"
#include "lib/threshold/key_record.h"

typedef struct qs_handover {
    quorsum_key_record *parent; /* held */
    const qs_sets *sets;        /* of the new committee, lent */
    uint32_t dealers;           /* the parent's quorum */
    uint32_t *dealer;           /* their indices in the parent, ascending */
    size_t mask_bits;           /* of rho: the parent's share_bits + 128 */
    size_t secret_bits;         /* l_D: the parent's, or |N| + |Delta| + 2n when the parent was dealt */
    mpz_t kappa;
    mpz_t *lambda;              /* of dealer d at [d] */

    /* public, as it becomes known */
    mpz_t *rest;                /* E_d */
    mp_limb_t *dealt;           /* V_(d,A') at [d * sets->count + A'], plain form in the key's root */
    mp_limb_t *set_keys;        /* V'_A' */
    mpz_t delta;
    mpz_t theta;
    mp_limb_t *verify;          /* v_1..v_n' of the new committee */
} qs_handover;

/* ERR_RANGE (dealers not ascending, not the parent's quorum), ERR_MEMORY. */
quorsum_status qs_handover_new(qs_handover **out, const quorsum_key_record *parent, const qs_sets *sets,
                               const uint32_t *dealer, uint32_t dealers);
void qs_handover_free(qs_handover *handover);

/* Who a ruling accuses. */
typedef struct qs_accused {
    int any;
    int dealer;     /* else a member */
    uint32_t index; /* of the dealer (0-based, in handover->dealer) or of the member (1..n) */
    uint32_t other; /* a second member of whom one of the two deviated, or 0 */
} qs_accused;

/* ---- deliver: the public part of dealer d's body (behind its exchange key, before its boxes) ---- */
size_t qs_handover_dealt_len(const qs_handover *handover);
/* set_key: the dealer's keys for all sets, 32 bytes each. ERR_MEMORY. Constant time in share and keys. */
quorsum_status qs_handover_deal(const qs_handover *handover, const quorsum_key_share *share, const uint8_t *set_key,
                                uint8_t *out, const quorsum_run *run);
/* Takes in what dealer d said; *sound = 0 unless ranges, units and the equation with v_d hold. */
quorsum_status qs_handover_take(qs_handover *handover, uint32_t d, const uint8_t *in, int *sound, const quorsum_run *run);
/* Whether the key that dealer d gave for a set gives V_(d,A'). Constant time in it. */
quorsum_status qs_handover_check_key(const qs_handover *handover, uint32_t d, size_t set, const uint8_t key[32], int *sound);

/* ---- mask: what a member says; party->key are the set keys that R' comes from, given: of its k-th set from dealer d the
 * key at [32 * (d * own + k)] ---- */
size_t qs_handover_mask_len(const qs_handover *handover);
quorsum_status qs_handover_mask(const qs_handover *handover, const qs_party *party, const uint8_t *given, uint8_t *out,
                                const quorsum_run *run);
/* Everybody's bodies: delta, theta, set_keys and verify follow, key check included; or somebody is accused. */
quorsum_status qs_handover_hear(qs_handover *handover, const uint8_t *const *body, qs_accused *accused,
                                const quorsum_run *run);

quorsum_status qs_handover_parts(qs_key_parts *parts, const qs_handover *handover, const uint8_t *roster);
quorsum_status qs_handover_share(quorsum_key_share **out, const qs_handover *handover, const qs_party *party);

#endif
