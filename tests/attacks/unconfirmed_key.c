/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dealer gives trustees shares that are none, or the same to two of them, and puts the key to use before they have
 * looked; what was encrypted under it is lost, or opens for fewer than the quorum says. Or a man in the middle shows
 * contributors a key of his own with the trustees' names. Stopped by: a trustee confirms a key with its identity only
 * after checking its share against v_i, and no task is made or read under a key without a quorum of these.
 */
#include "crooked_dealer.h"

#define ENTRY 65

static quorsum_bytes with_confirmations(const scene *s, const uint8_t *entries, size_t count)
{
    size_t len = s->f.record->message_len;
    quorsum_bytes out = {malloc(len + count * ENTRY + 1), len + count * ENTRY};

    memcpy(out.data, s->f.record->encoded.data, len);
    if (count > 0)
        memcpy(out.data + len, entries, count * ENTRY);
    return out;
}

static quorsum_status reopen(scene *s, quorsum_bytes key)
{
    scene_give(s, "key", key);
    quorsum_board_close(s->board);
    s->count = 0;
    return quorsum_board_open(&s->board, s->path, &s->watch, NULL);
}

Test(attack, use_an_unconfirmed_key)
{
    scene s;
    const uint8_t *entries;
    uint8_t forged[3 * ENTRY];
    quorsum_key_record *record = NULL;
    quorsum_task_options options = {.label = "early", .fields = fixture_fields, .field_count = FIELDS, .min_cohort = 2,
                                    .max_cohort = MAX_COHORT};
    quorsum_task *task = NULL;
    quorsum_bytes two;

    scene_open(&s, SCENE_SUM, (setup){0});
    entries = s.f.record->encoded.data + s.f.record->message_len;
    two = with_confirmations(&s, entries, 2);
    cr_assert_eq(quorsum_key_record_decode(&record, two.data, two.len, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_task_make(&task, record, &options, s.f.coordinator, NULL), QUORSUM_ERR_UNCONFIRMED);
    cr_expect_eq(reopen(&s, two), QUORSUM_ERR_UNCONFIRMED, "nor does a contributor take somebody else's task");
    EXPECT_NAMED(&s, "task", s.f.coordinator, QUORSUM_ERR_UNCONFIRMED);

    memcpy(forged, entries, sizeof forged);
    memcpy(forged + ENTRY, entries, ENTRY); /* one trustee counts once */
    cr_expect_eq(reopen(&s, with_confirmations(&s, forged, 3)), QUORSUM_ERR_DUPLICATE_TRUSTEE);
    EXPECT_NAMED(&s, "key", s.f.dealer, QUORSUM_ERR_DUPLICATE_TRUSTEE);
    memcpy(forged, entries, sizeof forged);
    forged[2 * ENTRY] = 4; /* trustee 3's signature is not trustee 4's */
    cr_expect_eq(reopen(&s, with_confirmations(&s, forged, 3)), QUORSUM_ERR_SIGNATURE);
    EXPECT_NAMED(&s, "key", s.f.dealer, QUORSUM_ERR_SIGNATURE);
    quorsum_key_record_free(record);
    scene_close(&s);
}

/* The man in the middle has confirmations of the trustees' for another key, an honest one. */
Test(attack, use_confirmations_of_another_key)
{
    scene s;
    scene other;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_open(&other, SCENE_SUM, (setup){0});
    cr_expect_eq(reopen(&s, with_confirmations(&s, other.f.record->encoded.data + other.f.record->message_len, 3)),
                 QUORSUM_ERR_SIGNATURE);
    EXPECT_NAMED(&s, "key", s.f.dealer, QUORSUM_ERR_SIGNATURE);
    scene_close(&other);
    scene_close(&s);
}

Test(attack, have_trustees_confirm_what_they_do_not_hold)
{
    scene s;
    quorsum_key_record *record = NULL;

    scene_open(&s, SCENE_SUM, (setup){0});
    s.f.shares[3]->value.limb[1] ^= 1; /* the dealer's mistake, or not */
    cr_expect_eq(quorsum_key_record_confirm(&record, s.f.record, s.f.shares[3], s.f.trustees[3]),
                 s.f.setup.made ? QUORSUM_ERR_TYPE : QUORSUM_ERR_KEY_CHECK);
    cr_expect_eq(quorsum_key_record_confirm(&record, s.f.record, s.f.shares[4], s.f.trustees[3]),
                 s.f.setup.made ? QUORSUM_ERR_TYPE : QUORSUM_ERR_TRUSTEE);
    cr_expect_null(record);
    scene_close(&s);
}
