/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handing a key on: the holders of a quorum of shares (dealers here) give it to a committee, the same or another, whose
 * shares have nothing to do with the old ones and are not longer (docs/protocol.md). A refresh is a hand-over to the
 * same roster; a dealer's key gets the dealer-free shape on the way. Pure computation, as generation.h.
 *
 * Let S_d be dealer d's share, W = sum lambda_d S_d with the integer Lagrange coefficients of the dealers at 0, Delta
 * of the old committee, and kappa = Delta^2 for a parent made by a ceremony, Delta for a dealt one: W = kappa D', and
 * D' N^s = theta' with theta' = theta (Delta^2 / kappa). v = y^2, y = HashToZ(N, "v"), is the record's.
 *
 *   deliver  dealer d draws a key for every set A' of the new committee and gives it to A''s members; from it
 *            rho_(d,A') below 2^(l_S + 128).  Public: E_d = S_d - sum rho_(d,A'),  V_(d,A') = v^rho_(d,A')
 *            check: v_d = v^(E_d) prod V_(d,A');  each member of A' also checks V_(d,A')
 *   mask     every member of A', for R'_A' below 2^(l_D + 128) from the set's own key:
 *            G_A' = sum lambda_d rho_(d,A') - kappa R'_A',  U_A' = y^(R'_A'),  V'_A' = U_A'^2
 *            check: v^(G_A') V'_A'^kappa = prod V_(d,A')^(lambda_d);  all members of A' said the same
 *   then     delta' = (sum lambda_d E_d + sum G_A') / kappa,  D' = delta' + sum R'_A'   and on as after a generation
 *
 * Ranges. l_S is the parent's share_bits; l_D its secret_bits, or l_S + 2n for a dealt one: |D'| < 2^l_D, because there
 * |lambda_d| <= Delta C(n,d) 2^(d-1) (a factor j / |j - d| of lambda_d / Delta is below 1 only for j < d/2, so leave
 * those out), hence sum |lambda_d| < Delta 3^n / 2. C' sets:
 *
 *     |E_d| < C' 2^(l_S + 128),   |G_A'| < sum |lambda_d| 2^(l_S + 128) + kappa 2^(l_D + 128),
 *     |delta'| < (C' + 1) 2^(l_D + 128)
 *
 * What is hidden. t' corrupt members know all keys but those of one set A*. E_d gives them S_d - rho_(d,A*), and rho is
 * 128 bits longer than S_d; what G_A* adds is kappa (D' - R'_A*), exactly what delta' says, and R'_A* is 128 bits
 * longer than D'. kappa divides it whatever D' is, so the remainder modulo kappa says nothing of it.
 *
 * Who can do what. A dealer is bound to S_d by v_d and by the members that check its keys; the members of a set to what
 * the honest one among them says. A set without an honest member exists only where n' - t' are corrupt, who can keep
 * every ciphertext from being opened anyway. It is bound by the equation of its G: with U squared there is no -1 and no
 * root of v to hide in V' (squares have odd order, so the even part of kappa cancels), so delta' is whole and the key
 * check holds, unless somebody knows roots of small odd order or the factors of N. What it can still do is take R'
 * longer than it should: then delta' is out of its range, and the hand-over ends with nobody named.
 */
#ifndef QS_HANDOVER_H
#define QS_HANDOVER_H

#include "lib/arith/fixed_base.h"
#include "lib/ceremony/shares.h"

typedef struct qs_handover {
    quorsum_key_record *parent; /* held */
    const qs_sets *sets;        /* of the new committee, lent */
    uint32_t dealers;           /* the parent's quorum */
    uint32_t *dealer;           /* their indices in the parent, ascending */
    qs_widths widths;           /* of the new shares: secret_bits is l_D, mask_bits of R' */
    size_t rho_bits;            /* the parent's share_bits + 128 */
    mpz_t kappa;
    mpz_t *lambda;              /* of dealer d at [d] */
    mpz_t rest_bound;           /* |E_d| is below it */
    mpz_t gap_bound;            /* |G_A'| is below it */
    size_t power_bits;          /* every exponent here is below 2^power_bits */
    qs_fixed_base *powers;      /* of y */

    /* public, as it becomes known */
    mpz_t *rest;                /* E_d */
    mp_limb_t *dealt;           /* V_(d,A') at [d * sets->count + A'], plain form in the key's root */
    mpz_t *gap;                 /* G_A' */
    mp_limb_t *set_keys;        /* V'_A' */
    mpz_t delta;
    mpz_t theta;
    mp_limb_t *verify;          /* v_1..v_n' of the new committee */
} qs_handover;

/* ERR_RANGE (dealers not ascending, not the parent's quorum; shares would be too long), ERR_MEMORY. */
quorsum_status qs_handover_new(qs_handover **out, const quorsum_key_record *parent, const qs_sets *sets,
                               const uint32_t *dealer, uint32_t dealers);
void qs_handover_free(qs_handover *handover);

/* Who a ruling accuses; nobody, if all is zero. */
typedef struct qs_accused {
    uint16_t members; /* bit i-1: member i */
    int certain;      /* each of them deviated; else at least one did */
    int unnamed;      /* somebody did, and nothing says who: anybody but oneself */
} qs_accused;

/* ---- deliver: the public part of dealer d's body (behind its exchange key, before its boxes) ---- */
size_t qs_handover_dealt_len(const qs_handover *handover);
/* set_key: the dealer's keys for all sets, 32 bytes each. ERR_KEY_MISMATCH (another key's share), ERR_TRUSTEE (of no
 * dealer), ERR_KEY_CHECK (not the share the parent names), ERR_MEMORY, ERR_CANCELLED. Constant time in share, keys. */
quorsum_status qs_handover_deal(const qs_handover *handover, const quorsum_key_share *share, const uint8_t *set_key,
                                uint8_t *out, const quorsum_run *run);
/* Takes in what dealer d said; *sound = 0 unless ranges, units and the equation with v_d hold. */
quorsum_status qs_handover_take(qs_handover *handover, uint32_t d, const uint8_t *in, int *sound,
                                const quorsum_run *run);
/* Whether the keys that dealer d gave member `index` for its sets, in their order, give the V_(d,A') of these. Constant
 * time in them. ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_handover_check_keys(const qs_handover *handover, uint32_t d, uint32_t index, const uint8_t *key,
                                      int *sound, const quorsum_run *run);

/* ---- mask: what a member says; party->key are the set keys that R' comes from, given: of its k-th set from dealer d
 * the key at [32 * (d * own + k)] ---- */
size_t qs_handover_mask_len(const qs_handover *handover);
quorsum_status qs_handover_mask(const qs_handover *handover, const qs_party *party, const uint8_t *given, uint8_t *out,
                                const quorsum_run *run);
/* Everybody's bodies: delta, theta, set_keys and verify follow, a reader's check of the key included; or somebody is
 * accused. `unnamed`: all equations hold and yet there is no key, see above; for a dealt parent it may be its dealer's
 * doing. ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_handover_hear(qs_handover *handover, const uint8_t *const *body, qs_accused *accused,
                                const quorsum_run *run);

/* After that: everything of the record but the certificate and the transcript. */
quorsum_status qs_handover_parts(qs_key_parts *parts, const qs_handover *handover, const uint8_t *roster);
/* S_i, checked against v_i (ERR_KEY_CHECK). The key digest is the caller's to set. */
quorsum_status qs_handover_share(quorsum_key_share **out, const qs_handover *handover, const qs_party *party);

#endif
