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
