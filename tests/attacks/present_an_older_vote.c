/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the last vote counts, contributor 1 has changed his mind, and somebody would rather have the first: an observer
 * files the old message under a later number; the coordinator lists the old one, in silence, or with a reason why the
 * new one does not count. Stopped by: the number is in what the voter signed; a receipt for the last vote is broken by
 * any manifest that lists an earlier one, whatever it says of it; and "superseded" can be said only of what a later one
 * takes the place of.
 */
#include "scene.h"

static quorsum_bytes vote(const scene *s, uint32_t sequence)
{
    int64_t values[SCENE_VALUES_MAX];
    quorsum_bytes out = {0};

    scene_values(s, values, sequence == 1 ? 1 : 0); /* first as contributor 2, then as he is expected to */
    cr_assert_eq(scene_make(&out, s, 0, values, sequence), QUORSUM_OK);
    return out;
}

static void open_votes(scene *s)
{
    scene_open(s, SCENE_BALLOT, (setup){.revote = QUORSUM_REVOTE_LAST});
    for (uint32_t i = 1; i <= 2; i++) {
        quorsum_bytes bytes = vote(s, i);

        cr_assert_eq(scene_send(s, &bytes), QUORSUM_OK);
        quorsum_bytes_free(&bytes);
    }
    for (size_t who = 1; who < 3; who++) {
        quorsum_bytes bytes = scene_contribution(s, who);

        cr_assert_eq(scene_send(s, &bytes), QUORSUM_OK);
        quorsum_bytes_free(&bytes);
    }
}

Test(attack, file_an_old_vote_as_the_last)
{
    scene s;
    quorsum_bytes old;
    quorsum_bytes forged;
    size_t begin = 0;
    size_t end = 0;

    open_votes(&s);
    old = scene_take(&s, contribution_name(&s, 0, 1));
    scene_put(&s, contribution_name(&s, 0, 3), &old);
    /* with the number, and the voter's name; the signature is not his */
    forged = forge_uint(&old, 15, 4, s.f.stranger);
    value_at(&forged, 2, &begin, &end);
    memcpy(forged.data + end - 32, quorsum_identity_public(s.f.contributors[0]), 32);
    scene_give(&s, contribution_name(&s, 0, 4), forged);
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    EXPECT_NAMED(&s, contribution_name(&s, 0, 4), s.f.contributors[0], QUORSUM_ERR_SIGNATURE);
    EXPECT_NAMED(&s, contribution_name(&s, 0, 3), s.f.contributors[0], QUORSUM_ERR_RANGE);
    EXPECT_NAMED(&s, contribution_name(&s, 0, 2), s.f.contributors[0], QUORSUM_OK);
    EXPECT_NAMED(&s, contribution_name(&s, 0, 1), s.f.contributors[0], QUORSUM_ERR_SUPERSEDED);
    scene_expect_total(&s, 3);
    quorsum_bytes_free(&old);
    scene_close(&s);
}

/* The manifest with one refusal in it: what it says of contributor 1's second vote. */
static quorsum_bytes with_reason(const scene *s, quorsum_status reason)
{
    quorsum_bytes manifest = scene_take(s, "manifest");
    quorsum_bytes second = scene_take(s, contribution_name(s, 0, 2));
    qs_refused refused = {.sequence = 2};
    quorsum_bytes out = {0};
    uint8_t digest[32];

    memcpy(refused.sender, quorsum_identity_public(s->f.contributors[0]), 32);
    qs_message_digest(refused.digest, second.data, second.len);
    strcpy(refused.reason, quorsum_status_name(reason));
    cr_assert_eq(qs_manifest_encode(&out, digest, s->f.task, blocks_of(&manifest), 3, &refused, 1, s->f.coordinator),
                 QUORSUM_OK);
    quorsum_bytes_free(&manifest);
    quorsum_bytes_free(&second);
    return out;
}

static void expect_refused(scene *s, const char *object, quorsum_status reason)
{
    for (size_t i = 0; i < TRUSTEES; i++) {
        cr_expect_eq(scene_acknowledge(s, i), reason);
        EXPECT_NAMED(s, object, s->f.coordinator, reason);
    }
    cr_expect_eq(scene_verify(s), reason);
    EXPECT_NAMED(s, object, s->f.coordinator, reason);
}

/* The receipt of the second vote. */
static const char *second_receipt(const scene *s)
{
    static char name[112];

    (void)snprintf(name, sizeof name, "%s-2", receipt_name(s, 0));
    return name;
}

Test(attack, present_an_older_vote)
{
    scene s;
    quorsum_bytes aggregate;

    open_votes(&s);
    cr_assert_eq(quorsum_board_receive(s.board, s.f.coordinator, NULL, NULL), QUORSUM_OK);
    scene_close_dishonestly(&s, (const size_t[]){0, 1, 2}, 3);
    expect_refused(&s, second_receipt(&s), QUORSUM_ERR_OMITTED);
    scene_give(&s, "manifest", with_reason(&s, QUORSUM_ERR_SUPERSEDED));
    expect_refused(&s, "manifest", QUORSUM_ERR_NOT_CANONICAL);

    scene_close_dishonestly(&s, (const size_t[]){0, 1, 2}, 3);
    aggregate = scene_take(&s, "aggregate");
    scene_give(&s, "manifest", with_reason(&s, QUORSUM_ERR_PROOF)); /* it is a good one */
    {
        quorsum_bytes manifest = scene_take(&s, "manifest");
        uint8_t digest[32];

        qs_message_digest(digest, manifest.data, manifest.len);
        scene_give(&s, "aggregate", forge_bytes(&aggregate, 10, digest, 32, s.f.coordinator));
        quorsum_bytes_free(&manifest);
    }
    expect_refused(&s, second_receipt(&s), QUORSUM_ERR_OMITTED);
    quorsum_bytes_free(&aggregate);
    scene_remove(&s, "manifest");
    scene_remove(&s, "aggregate");
    scene_expect_total(&s, 3);
    scene_close(&s);
}

/* Before it gave a receipt a coordinator may still leave a vote out; that it did is there for everybody to see. */
Test(attack, present_an_older_vote_without_a_receipt)
{
    scene s;

    open_votes(&s);
    scene_close_dishonestly(&s, (const size_t[]){0, 1, 2}, 3);
    cr_expect_eq(scene_acknowledge(&s, 0), QUORSUM_OK);
    cr_expect_eq(scene_verify(&s), QUORSUM_ERR_AGREEMENT);
    EXPECT_NAMED(&s, contribution_name(&s, 0, 2), s.f.contributors[0], QUORSUM_ERR_CLOSED);
    scene_close(&s);
}
