/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One of the trustees to be draws p and q alone, computes shares and a record of the shape that a ceremony gives, with the
 * real trustees on its roster and any digest for a transcript, gives everybody a share that fits, and asks all to confirm.
 * If they did, the record would have all that a key without a dealer has, and one who keeps p and q. Or it makes the
 * record look like one that was refreshed. Stopped by: what says it comes of a ceremony is confirmed in the ceremony and
 * nowhere else, and it serves for nothing without the confirmations of all.
 */
#include "scene.h"

#include "quorsum/ceremony.h"
#include "tests/fixtures/made_key.h"

typedef struct claim {
    fixture f; /* of which the parties count */
    quorsum_key_record *record;
    quorsum_key_share *shares[TRUSTEES];
} claim;

static void claim_open(claim *c, uint64_t epoch, int dealt)
{
    made_options options = {.trustees = TRUSTEES, .quorum = QUORUM, .epoch = epoch, .confirmed = 1};

    fixture_open(&c->f, (setup){.large = 1});
    options.members = c->f.trustees;
    options.dealer = dealt ? c->f.dealer : NULL;
    cr_assert_eq(made_key(&c->record, c->shares, c->f.p, c->f.q, &options), QUORSUM_OK);
}

static void claim_close(claim *c)
{
    for (size_t i = 0; i < TRUSTEES; i++)
        quorsum_key_share_free(c->shares[i]);
    quorsum_key_record_free(c->record);
    fixture_close(&c->f);
}

static void expect_of_no_use(claim *c)
{
    const quorsum_task_options options = {.label = "claimed", .fields = fixture_fields, .field_count = FIELDS,
                                          .min_cohort = 2, .max_cohort = MAX_COHORT};
    uint8_t roster[TRUSTEES * QUORSUM_IDENTITY_BYTES];
    static const uint32_t dealers[QUORUM] = {1, 2, 3};
    const quorsum_ceremony_options on = {.trustees = TRUSTEES, .quorum = QUORUM, .roster = roster, .purpose = "claimed",
                                         .parent = c->record, .dealers = dealers};
    quorsum_task *task = NULL;
    quorsum_bytes proposal = {0};

    for (size_t i = 0; i < TRUSTEES; i++)
        memcpy(roster + 32 * i, quorsum_identity_public(c->f.trustees[i]), 32);
    cr_expect_eq(quorsum_task_make(&task, c->record, &options, c->f.coordinator, NULL), QUORSUM_ERR_UNCONFIRMED);
    cr_expect_eq(quorsum_ceremony_propose(&proposal, &on, c->f.trustees[0]), QUORSUM_ERR_UNCONFIRMED);
}

Test(attack, claim_that_a_ceremony_made_the_key)
{
    for (int kind = 0; kind < 3; kind++) {
        claim c;

        claim_open(&c, kind > 0, kind == 2);
        for (size_t i = 0; i < TRUSTEES; i++) {
            quorsum_key_record *confirmed = NULL;

            cr_assert_eq(quorsum_key_share_check(c.shares[i], c.record), QUORSUM_OK, "the share fits");
            cr_expect_eq(quorsum_key_record_confirm(&confirmed, c.record, c.shares[i], c.f.trustees[i]),
                         QUORSUM_ERR_TYPE);
            cr_expect_null(confirmed);
        }
        cr_expect_eq(quorsum_key_record_confirmed(c.record), 1);
        expect_of_no_use(&c);
        claim_close(&c);
    }
}
