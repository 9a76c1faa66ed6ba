/* SPDX-License-Identifier: Apache-2.0 */
/* Parties end after any message and go on from what they saved: with the same messages, and to the same end. */
#include "play.h"

static const stage_sizes SMALL_BATCHES = {.bits = 64, .trustees = 3, .quorum = 2, .batch = 6};

static void same_messages(const quorsum_ceremony *ceremony, const quorsum_bytes *before, size_t count)
{
    cr_assert_eq(quorsum_ceremony_messages(ceremony), count);
    for (size_t i = 0; i < count; i++) {
        quorsum_bytes now = {0};

        cr_assert_eq(quorsum_ceremony_message(&now, ceremony, i), QUORSUM_OK);
        cr_assert_eq(now.len, before[i].len);
        cr_assert_arr_eq(now.data, before[i].data, now.len);
        quorsum_bytes_free(&now);
    }
}

/* Ends and goes on, and stands where it stood. */
static void restart(stage *all, size_t p)
{
    quorsum_ceremony_status before = stage_status(all, p);
    quorsum_ceremony_status after;
    quorsum_bytes message[2] = {{0}, {0}};
    size_t count = quorsum_ceremony_messages(all->party[p]);

    for (size_t i = 0; i < count; i++)
        cr_assert_eq(quorsum_ceremony_message(&message[i], all->party[p], i), QUORSUM_OK);
    stage_restart(all, p);
    after = stage_status(all, p);
    cr_assert_eq(before.phase, after.phase);
    cr_assert_eq(before.step, after.step);
    cr_assert_str_eq(before.round, after.round);
    cr_assert_eq(before.batch, after.batch);
    cr_assert_eq(before.candidates, after.candidates);
    cr_assert_eq(before.certain, after.certain);
    cr_assert_eq(before.accused, after.accused);
    same_messages(all->party[p], message, count);
    for (size_t i = 0; i < count; i++)
        quorsum_bytes_free(&message[i]);
}

/* pattern: which parties, in which turns. */
static void restart_all_along(stage *all, unsigned pattern)
{
    unsigned turn = 0;

    do {
        for (size_t p = 0; p < all->parties; p++) {
            if (stage_is_honest(all, p) && (pattern == 0 || (turn + p) % (pattern + 1) == 0))
                restart(all, p);
        }
        turn++;
    } while (stage_turn(all));
    for (size_t p = 0; p < all->parties; p++)
        restart(all, p);
}

Test(resume, after_every_message)
{
    for (unsigned pattern = 0; pattern < 3; pattern++) {
        stage all;

        stage_open(&all, &SMALL_BATCHES);
        restart_all_along(&all, pattern);
        cr_assert_eq(stage_judge(&all, 0), 3);
        stage_close(&all);
    }
}

Test(resume, a_hand_over_after_every_message)
{
    stage first;

    stage_open(&first, &TWO_OF_THREE);
    stage_run(&first);
    for (unsigned pattern = 0; pattern < 3; pattern++) {
        stage all;

        stage_hand_on(&all, &first, 4, 3, pattern);
        restart_all_along(&all, pattern);
        cr_assert_eq(stage_judge(&all, 0), all.parties);
        stage_close(&all);
    }
    stage_close(&first);
}

/* What was found out is not forgotten. */
Test(resume, a_failure)
{
    static const char *const rounds[] = {"deliver", "confirm", "verify", "keys", "certificate", "sign"};

    for (size_t r = 0; r < sizeof rounds / sizeof rounds[0]; r++) {
        deed one = {.kind = DEED_LIE, .round = rounds[r], .party = 1, .at = 32, .change = CHANGE_BIT};
        deed two = {.kind = DEED_SPLIT, .round = rounds[r], .party = 1, .at = 32, .change = CHANGE_BIT, .mask = 1};
        stage all;

        stage_open(&all, &TWO_OF_THREE);
        stage_add(&all, &one);
        restart_all_along(&all, 0);
        (void)stage_judge(&all, 0);
        cr_assert_eq(stage_failed(&all), 2);
        stage_close(&all);
        stage_open(&all, &TWO_OF_THREE);
        stage_add(&all, &two);
        restart_all_along(&all, 0);
        (void)stage_judge(&all, 1);
        stage_exchange(&all);
        (void)stage_judge(&all, 0);
        stage_close(&all);
    }
}

/* A proof is drawn afresh: the one thing that is not said again as it was. Others see that there are two, and so does
 * the party itself; nobody is certain of anything but that. */
static void is_the_certificate(const stage *all, size_t p)
{
    quorsum_ceremony_status status = stage_status(all, p);
    int self = 0;

    cr_assert_str_eq(status.round, "sign");
    cr_assert_eq(status.certain, 0);
    for (uint32_t i = 0; i < status.accused; i++)
        self |= status.accused_slot[i] == stage_slot(all, p, 0);
    cr_assert(self);
}

/* A party goes back to an older state, and hears again what the others said: up to the certificate it says the same
 * again. */
Test(resume, an_older_state_says_the_same_again)
{
    stage all;
    quorsum_bytes saved[64] = {{0}};
    size_t states = 0;

    stage_open(&all, &SMALL_BATCHES);
    do {
        cr_assert_lt(states, 64);
        cr_assert_eq(quorsum_ceremony_save(&saved[states++], all.party[1]), QUORSUM_OK);
    } while (stage_turn(&all));
    for (size_t i = 0; i < states; i++) {
        stage_resume(&all, 1, &saved[i]);
        for (unsigned again = 0; again < 2; again++) {
            for (uint32_t step = 1; step < 60; step++) {
                for (uint32_t slot = 1; slot <= 3; slot++) {
                    const stage_letter *letter = stage_find(&all, step, slot);

                    if (letter != NULL && slot != 2)
                        (void)!quorsum_ceremony_receive(all.party[1], letter->bytes.data, letter->bytes.len);
                }
                if (quorsum_ceremony_work(all.party[1], &all.run) != QUORSUM_OK)
                    is_the_certificate(&all, 1);
                for (size_t k = 0; k < quorsum_ceremony_messages(all.party[1]); k++) {
                    quorsum_bytes now = {0};
                    uint32_t at = 0;
                    uint32_t slot = 0;
                    const stage_letter *letter;

                    cr_assert_eq(quorsum_ceremony_message(&now, all.party[1], k), QUORSUM_OK);
                    cr_assert_eq(quorsum_ceremony_peek(now.data, now.len, &at, &slot), QUORSUM_OK);
                    letter = stage_find(&all, at, slot);
                    if (letter != NULL && strcmp(stage_status(&all, 1).round, "certificate") != 0 &&
                        strcmp(stage_status(&all, 1).round, "sign") != 0) {
                        cr_assert_eq(now.len, letter->bytes.len);
                        cr_assert_arr_eq(now.data, letter->bytes.data, now.len, "state %zu: another message of step %u",
                                         i, at);
                    }
                    quorsum_bytes_free(&now);
                }
            }
        }
    }
    for (size_t i = 0; i < states; i++)
        quorsum_bytes_free(&saved[i]);
    stage_close(&all);
}

/* Messages that the party has sent since, and does not remember, do not end up as somebody else's deviation. */
Test(resume, own_messages_from_the_future)
{
    stage all;
    quorsum_bytes saved = {0};

    stage_open(&all, &TWO_OF_THREE);
    for (int turn = 0; turn < 3; turn++)
        (void)stage_turn(&all);
    cr_assert_eq(quorsum_ceremony_save(&saved, all.party[1]), QUORSUM_OK);
    stage_run(&all);
    stage_resume(&all, 1, &saved);
    for (size_t i = 0; i < all.letters; i++) {
        for (size_t p = 0; p < 3; p++)
            (void)!quorsum_ceremony_receive(all.party[p], all.letter[i].bytes.data, all.letter[i].bytes.len);
        (void)!quorsum_ceremony_work(all.party[1], &all.run);
    }
    if (stage_status(&all, 1).phase == QUORSUM_CEREMONY_FAILED)
        is_the_certificate(&all, 1);
    cr_assert_eq(stage_status(&all, 0).phase, QUORSUM_CEREMONY_DONE);
    quorsum_bytes_free(&saved);
    stage_close(&all);
}

Test(resume, what_is_altered_or_another_ones_is_refused)
{
    stage all;
    stage other;
    quorsum_bytes saved = {0};
    quorsum_bytes none = {0};
    quorsum_ceremony *ceremony = NULL;

    stage_open(&all, &TWO_OF_THREE);
    stage_open(&other, &TWO_OF_THREE);
    for (int turn = 0; turn < 5; turn++)
        (void)stage_turn(&all);
    cr_assert_neq(quorsum_ceremony_save(&none, all.observer), QUORSUM_OK);
    cr_assert_eq(quorsum_ceremony_save(&saved, all.party[1]), QUORSUM_OK);
    cr_assert_eq(quorsum_ceremony_resume(&ceremony, all.proposal.data, all.proposal.len, all.identity[0], NULL, NULL,
                                         saved.data, saved.len, NULL),
                 QUORSUM_ERR_OWNER);
    cr_assert_neq(quorsum_ceremony_resume(&ceremony, other.proposal.data, other.proposal.len, all.identity[1], NULL,
                                          NULL, saved.data, saved.len, NULL),
                  QUORSUM_OK);
    cr_assert_neq(quorsum_ceremony_resume(&ceremony, all.proposal.data, all.proposal.len, NULL, NULL, NULL, saved.data,
                                          saved.len, NULL),
                  QUORSUM_OK);
    for (size_t at = 0; at < saved.len; at += at < 200 ? 1 : 1 + saved.len / 50) {
        saved.data[at] ^= 1;
        cr_assert_neq(quorsum_ceremony_resume(&ceremony, all.proposal.data, all.proposal.len, all.identity[1], NULL,
                                              NULL, saved.data, saved.len, NULL),
                      QUORSUM_OK, "byte %zu", at);
        cr_assert_null(ceremony);
        saved.data[at] ^= 1;
        cr_assert_neq(quorsum_ceremony_resume(&ceremony, all.proposal.data, all.proposal.len, all.identity[1], NULL,
                                              NULL, saved.data, at, NULL),
                      QUORSUM_OK);
    }
    quorsum_bytes_free(&saved);
    stage_close(&other);
    stage_close(&all);
}
