/* SPDX-License-Identifier: Apache-2.0 */
/* lib/ceremony/saved.c and resume.c: what is refused. That a ceremony goes on is shown in test_ceremony.c. */
#include "group.h"

static quorsum_status resume(const group *g, size_t as, const uint8_t *data, size_t len, const quorsum_bytes *proposal)
{
    quorsum_ceremony *out = (quorsum_ceremony *)(uintptr_t)g; /* not NULL, to see it become so */
    quorsum_status status = quorsum_ceremony_resume(&out, proposal->data, proposal->len, g->identity[as], NULL, NULL,
                                                    data, len, NULL);

    cr_assert_eq(out != NULL, status == QUORSUM_OK);
    quorsum_ceremony_free(out);
    return status;
}

static void open_and_walk(group *g, int turns)
{
    group_new_key(g, 3, 2, 128, 64, 1);
    for (int i = 0; i < turns; i++)
        (void)group_turn(g);
}

Test(saved, is_for_one_identity_and_one_ceremony)
{
    quorsum_bytes saved = {0};
    group g;
    group other;

    open_and_walk(&g, 4);
    group_new_key(&other, 3, 2, 128, 64, 1);
    cr_assert_eq(quorsum_ceremony_save(&saved, g.ceremony[0]), QUORSUM_OK);
    cr_expect_eq(resume(&g, 0, saved.data, saved.len, &g.proposal), QUORSUM_OK);
    cr_expect_eq(resume(&g, 1, saved.data, saved.len, &g.proposal), QUORSUM_ERR_OWNER);
    cr_expect_eq(resume(&g, 0, saved.data, saved.len, &other.proposal), QUORSUM_ERR_OWNER);
    cr_expect_eq(resume(&g, 0, g.proposal.data, g.proposal.len, &g.proposal), QUORSUM_ERR_TYPE);
    quorsum_bytes_free(&saved);
    cr_expect_eq(quorsum_ceremony_save(&saved, g.observer), QUORSUM_ERR_ARGUMENT);
    group_free(&g);
    group_free(&other);
}

Test(saved, is_refused_when_a_bit_of_it_is_another_one)
{
    quorsum_bytes saved = {0};
    group g;

    open_and_walk(&g, 2);
    cr_assert_eq(quorsum_ceremony_save(&saved, g.ceremony[0]), QUORSUM_OK);
    for (size_t at = 0; at < saved.len; at += at < 300 ? 1 : 97) {
        saved.data[at] ^= 4;
        cr_expect_neq(resume(&g, 0, saved.data, saved.len, &g.proposal), QUORSUM_OK, "byte %zu", at);
        saved.data[at] ^= 4;
    }
    for (size_t len = 0; len < saved.len; len += 1 + len / 8)
        cr_expect_neq(resume(&g, 0, saved.data, len, &g.proposal), QUORSUM_OK, "cut to %zu", len);
    quorsum_bytes_free(&saved);
    group_free(&g);
}

/* An older state does not know what was sent since: its own message is not taken for one of its own. */
Test(saved, of_an_older_step_refuses_the_own_message_that_it_does_not_know)
{
    quorsum_bytes saved = {0};
    quorsum_bytes message = {0};
    quorsum_ceremony *older = NULL;
    group g;

    open_and_walk(&g, 1);
    cr_assert_eq(quorsum_ceremony_save(&saved, g.ceremony[0]), QUORSUM_OK);
    (void)group_turn(&g);
    cr_assert_eq(quorsum_ceremony_message(&message, g.ceremony[0], 0), QUORSUM_OK);
    cr_assert_eq(quorsum_ceremony_resume(&older, g.proposal.data, g.proposal.len, g.identity[0], NULL, NULL, saved.data,
                                         saved.len, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_ceremony_receive(older, message.data, message.len), QUORSUM_ERR_EQUIVOCATION);
    cr_expect_eq(state_of(older).phase, QUORSUM_CEREMONY_RUNNING);
    quorsum_ceremony_free(older);
    quorsum_bytes_free(&saved);
    quorsum_bytes_free(&message);
    group_free(&g);
}

/* The seed lies in it, sealed: neither it nor a set's key is to be found in what is saved or sent. */
Test(saved, and_sent_bytes_show_no_secret)
{
    quorsum_bytes saved = {0};
    group g;

    open_and_walk(&g, 5);
    cr_assert_eq(quorsum_ceremony_save(&saved, g.ceremony[0]), QUORSUM_OK);
    cr_assert_eq(g.ceremony[0]->step, 5);
    for (size_t k = 0; k < 2 + g.ceremony[0]->sets->own; k++) {
        const uint8_t *secret = g.ceremony[0]->secret + 32 * k;

        cr_expect_null(memmem(saved.data, saved.len, secret, 32), "saved, %zu", k);
        for (size_t m = 0; m < g.posted; m++)
            cr_expect_null(memmem(g.post[m].data, g.post[m].len, secret, 32), "message %zu, %zu", m, k);
    }
    quorsum_bytes_free(&saved);
    group_free(&g);
}
