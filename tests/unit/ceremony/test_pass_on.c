/* SPDX-License-Identifier: Apache-2.0 */
/* lib/ceremony/pass_on.c: whole hand-overs by the public calls. */
#include "group.h"

/* The old committee's trustees 1..n are identities 0..n-1; the new one's are `from` on. */
typedef struct move {
    uint32_t n, quorum;
    uint32_t new_n, new_quorum;
    uint32_t from;
    uint32_t dealer[4];
} move;

static void open_move(group *g, const move *m, unsigned degree)
{
    uint8_t roster[32 * GROUP_MAX];
    quorsum_key_share *shares[GROUP_MAX] = {NULL};
    quorsum_deal_options deal = {.key = {.modulus_bits = 128, .degree = degree}, .trustees = m->n, .quorum = m->quorum,
                                 .roster = roster};
    quorsum_ceremony_options options = {.trustees = m->new_n, .quorum = m->new_quorum, .purpose = "handed on",
                                        .dealers = m->dealer};
    size_t parties = m->from + m->new_n > m->n ? m->from + m->new_n : m->n;

    memset(g, 0, sizeof *g);
    group_identities(g, parties);
    for (size_t i = 0; i < parties; i++)
        memcpy(roster + 32 * i, quorsum_identity_public(g->identity[i]), 32);
    cr_assert_eq(quorsum_deal(&g->parent, shares, &deal, g->identity[0], NULL), QUORSUM_OK);
    group_confirm_parent(g, shares, m->quorum);
    for (uint32_t i = 0; i < m->n; i++)
        g->old_share[i] = shares[i];
    options.roster = roster + 32 * m->from;
    options.parent = g->parent;
    group_start(g, &options);
}

Test(pass_on, gives_a_dealt_key_to_other_committees)
{
    static const move moves[] = {
        {3, 2, 3, 2, 0, {1, 2}},    /* a refresh */
        {3, 2, 4, 3, 2, {1, 3}},    /* trustee 3 stays, as number 1 */
        {4, 3, 2, 2, 4, {1, 3, 4}}, /* nobody does, and all are needed */
        {3, 2, 5, 3, 1, {2, 3}},
    };

    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        group g;

        open_move(&g, &moves[i], 1);
        g.restarts = i % 2 == 0;
        group_run(&g);
        group_expect_key(&g);
        group_free(&g);
    }
}

/* ---- dealers and members who deviate ---- */

static void expect_accused(const group *g, uint32_t slot, int certain)
{
    quorsum_ceremony_status state = state_of(g->observer);
    int named = 0;

    cr_assert_eq(state.phase, QUORSUM_CEREMONY_FAILED);
    for (uint32_t k = 0; k < state.accused; k++)
        named |= state.accused_slot[k] == slot;
    cr_expect(named, "%s", state.reason);
    cr_expect_eq(state.certain, certain, "%s", state.reason);
    for (size_t i = 0; i < g->parties; i++) {
        if (g->ceremony[i] != NULL && qs_ceremony_speaker(g->ceremony[i], slot) == NULL)
            cr_expect_eq(state_of(g->ceremony[i]).phase, QUORSUM_CEREMONY_FAILED, "party %zu", i);
    }
}

Test(pass_on, names_a_dealer_who_deviates)
{
    static const move from_four = {4, 2, 3, 2, 4, {2, 4}}; /* dealer 4, party 3, is slot 5 */

    for (int kind = 0; kind < 4; kind++) {
        size_t dealt;
        group g;

        open_move(&g, &from_four, 1);
        cr_assert(group_stop_before(&g, "deliver"));
        dealt = 32 + qs_handover_dealt_len(g.observer->handover);
        /* the public part's number, one of its words; the boxes of the first and the last member */
        group_flip(&g, 3, 5, kind == 0 ? 40 : kind == 1 ? dealt - 3 : kind == 2 ? dealt + 10 : dealt + 2 * 144 + 10);
        group_send(&g);
        group_run(&g);
        expect_accused(&g, 5, kind < 2);
        group_free(&g);
    }
}

Test(pass_on, names_a_member_who_masks_wrongly)
{
    static const move refresh = {3, 2, 3, 2, 0, {1, 2}};
    group g;

    open_move(&g, &refresh, 1);
    cr_assert(group_stop_before(&g, "mask"));
    group_flip(&g, 2, 3, 50); /* not what was committed to */
    group_send(&g);
    group_run(&g);
    expect_accused(&g, 3, 1);
    group_free(&g);
}

Test(pass_on, is_for_whoever_brings_what_it_needs)
{
    static const move refresh = {3, 2, 3, 2, 0, {1, 2}};
    quorsum_ceremony *out = NULL;
    group other;
    group g;

    open_move(&g, &refresh, 1);
    open_move(&other, &refresh, 1);
    cr_expect_eq(quorsum_ceremony_start(&out, g.proposal.data, g.proposal.len, g.identity[0], g.parent, NULL),
                 QUORSUM_ERR_MISSING);
    cr_expect_eq(quorsum_ceremony_start(&out, g.proposal.data, g.proposal.len, g.identity[0], NULL, g.old_share[0]),
                 QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(quorsum_ceremony_start(&out, g.proposal.data, g.proposal.len, g.identity[0], other.parent,
                                        g.old_share[0]), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(quorsum_ceremony_start(&out, g.proposal.data, g.proposal.len, g.identity[0], g.parent,
                                        other.old_share[0]), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(quorsum_ceremony_start(&out, g.proposal.data, g.proposal.len, g.identity[0], g.parent, g.old_share[1]),
                 QUORSUM_ERR_KEY_CHECK);
    cr_expect_null(out);
    cr_assert_eq(quorsum_ceremony_start(&out, g.proposal.data, g.proposal.len, g.identity[2], g.parent, NULL),
                 QUORSUM_OK, "a member that deals nothing needs no share");
    quorsum_ceremony_free(out);
    group_free(&g);
    group_free(&other);
}

/* Else one who made a key alone, with a roster of strangers who never saw it, could have it handed to honest people. */
Test(pass_on, takes_no_parent_that_its_trustees_have_not_confirmed)
{
    static const move refresh = {3, 2, 3, 2, 0, {1, 2}};
    quorsum_ceremony *out = NULL;
    quorsum_bytes proposal = {0};
    quorsum_bytes saved = {0};
    group g;
    uint8_t roster[32 * 3];
    quorsum_ceremony_options options = {.trustees = 3, .quorum = 2, .purpose = "laundry", .dealers = refresh.dealer,
                                        .roster = roster};

    open_move(&g, &refresh, 1);
    for (size_t i = 0; i < 3; i++)
        memcpy(roster + 32 * i, quorsum_identity_public(g.identity[i]), 32);
    cr_assert_eq(quorsum_ceremony_save(&saved, g.ceremony[0]), QUORSUM_OK);
    for (size_t confirmed = 0; confirmed < 2; confirmed++) {
        quorsum_key_record *less = NULL;
        const uint8_t *entries = g.parent->encoded.data + g.parent->message_len;

        cr_assert_eq(qs_key_record_with(&less, g.parent, entries, confirmed * QS_CONFIRMATION_BYTES), QUORSUM_OK);
        for (size_t i = 0; i <= 3; i++) /* dealers, a member, an observer */
            cr_expect_eq(quorsum_ceremony_start(&out, g.proposal.data, g.proposal.len, i < 3 ? g.identity[i] : NULL, less,
                                                i < 3 ? g.old_share[i] : NULL), QUORSUM_ERR_UNCONFIRMED);
        cr_expect_eq(quorsum_ceremony_resume(&out, g.proposal.data, g.proposal.len, g.identity[0], less, g.old_share[0],
                                             saved.data, saved.len, NULL), QUORSUM_ERR_UNCONFIRMED);
        options.parent = less;
        cr_expect_eq(quorsum_ceremony_propose(&proposal, &options, g.identity[0]), QUORSUM_ERR_UNCONFIRMED);
        cr_expect(out == NULL && proposal.data == NULL);
        quorsum_key_record_free(less);
    }
    options.parent = g.parent;
    cr_expect_eq(quorsum_ceremony_propose(&proposal, &options, g.identity[0]), QUORSUM_OK);
    quorsum_bytes_free(&proposal);
    quorsum_bytes_free(&saved);
    group_free(&g);
}
