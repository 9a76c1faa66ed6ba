/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ceremonies in which one party's memory runs out again and again: in every round each allocation of each call fails.
 * The call answers QUORSUM_ERR_MEMORY and leaves nothing behind, and the same call on the same ceremony goes on from
 * there; in the end there is the key that an undisturbed ceremony with the same secrets makes.
 */
#include <criterion/criterion.h>

#include "allocations.h"
#include "tests/unit/ceremony/group.h"

enum { MEMBER_AND_DEALER = 0, BITS = 128, KEPT = 8 };

const char *const ceremony_calls[] = {"ceremony_propose", "ceremony_start", "ceremony_receive", "ceremony_work",
                                      "ceremony_message", "ceremony_save", "ceremony_resume", "ceremony_result", NULL};

typedef struct story {
    group g;
    size_t victim;
    quorsum_run run;
    const quorsum_ceremony_options *options;
    uint64_t worked;  /* rounds that were ended without memory, and in the upper half: begun */
    uint32_t kept;    /* rounds in which the smaller calls had none */
    unsigned refused; /* allocations */
    const quorsum_bytes *message; /* to be received */
} story;

static quorsum_ceremony *victim_of(const story *s)
{
    return s->g.ceremony[s->victim];
}

/* ---- calls that change nothing, or all at once ---- */

/* The call without memory; 1 when a failure left something in its outputs. */
typedef quorsum_status (*attempt)(story *s, int *left);

static quorsum_status propose(story *s, int *left)
{
    quorsum_bytes out = {(uint8_t *)(uintptr_t)1, 1};
    quorsum_status status;

    memory_arm();
    status = quorsum_ceremony_propose(&out, s->options, s->g.identity[0]);
    memory.armed = 0;
    *left = out.data != NULL;
    quorsum_bytes_free(&out);
    return status;
}

static quorsum_status start(story *s, int *left)
{
    quorsum_ceremony *out = (quorsum_ceremony *)(uintptr_t)1;
    quorsum_status status;

    memory_arm();
    status = quorsum_ceremony_start(&out, s->g.proposal.data, s->g.proposal.len, s->g.identity[s->victim], s->g.parent,
                                    s->g.old_share[s->victim]);
    memory.armed = 0;
    *left = out != NULL;
    quorsum_ceremony_free(out);
    return status;
}

static quorsum_status receive(story *s, int *left)
{
    uint32_t step, slot;
    quorsum_status status;

    memory_arm();
    status = quorsum_ceremony_peek(s->message->data, s->message->len, &step, &slot);
    cr_expect(status == QUORSUM_OK && memory.calls == 0, "a look at a message needs no memory");
    status = quorsum_ceremony_receive(victim_of(s), s->message->data, s->message->len);
    memory.armed = 0;
    *left = 0;
    return status;
}

static quorsum_status message(story *s, int *left)
{
    quorsum_bytes out = {(uint8_t *)(uintptr_t)1, 1};
    quorsum_status status;

    memory_arm();
    status = quorsum_ceremony_message(&out, victim_of(s), 0);
    memory.armed = 0;
    *left = out.data != NULL;
    quorsum_bytes_free(&out);
    return status;
}

static quorsum_status save(story *s, int *left)
{
    quorsum_bytes out = {(uint8_t *)(uintptr_t)1, 1};
    quorsum_status status;

    memory_arm();
    status = quorsum_ceremony_save(&out, victim_of(s));
    memory.armed = 0;
    *left = out.data != NULL;
    quorsum_bytes_free(&out);
    return status;
}

static quorsum_status resume(story *s, int *left)
{
    quorsum_ceremony *out = (quorsum_ceremony *)(uintptr_t)1;
    quorsum_bytes saved = {0};
    quorsum_status status;

    cr_assert_eq(quorsum_ceremony_save(&saved, victim_of(s)), QUORSUM_OK);
    memory_arm();
    status = quorsum_ceremony_resume(&out, s->g.proposal.data, s->g.proposal.len, s->g.identity[s->victim],
                                     s->g.parent, s->g.old_share[s->victim], saved.data, saved.len, &s->run);
    memory.armed = 0;
    *left = out != NULL;
    quorsum_ceremony_free(out);
    quorsum_bytes_free(&saved);
    return status;
}

static quorsum_status result(story *s, int *left)
{
    quorsum_key_record *record = (quorsum_key_record *)(uintptr_t)1;
    quorsum_key_share *share = (quorsum_key_share *)(uintptr_t)1;
    quorsum_status status;

    memory_arm();
    status = quorsum_ceremony_result(&record, &share, victim_of(s));
    memory.armed = 0;
    *left = record != NULL || share != NULL;
    quorsum_key_record_free(record);
    quorsum_key_share_free(share);
    return status;
}

/* A key record may be read with less memory (memory.c), as the last step of a resumption. */
static void starve(story *s, const char *name, attempt call)
{
    quorsum_status status;
    const char *round = victim_of(s) != NULL ? state_of(victim_of(s)).round : "none";

    for (unsigned at = 1;; at++) {
        size_t before = memory.live;
        int left = 0;

        memory.at = at;
        status = call(s, &left);
        if (memory.calls < at)
            break;
        s->refused++;
        if (status == QUORSUM_OK && call == resume && state_of(victim_of(s)).phase == QUORSUM_CEREMONY_DONE)
            continue;
        cr_expect_eq(status, QUORSUM_ERR_MEMORY, "%s in %s, allocation %u: %s", name, round, at,
                     quorsum_status_name(status));
        cr_expect(!left, "%s in %s, allocation %u: something is left in an output", name, round, at);
        cr_expect_eq(memory.live, before, "%s in %s, allocation %u: not released", name, round, at);
        cr_assert_lt(at, 5000);
    }
    cr_expect_eq(status, QUORSUM_OK, "%s in %s: %s", name, round, quorsum_status_name(status));
}

/* ---- work, which goes on from where it failed ---- */

typedef struct place {
    uint32_t step;
    quorsum_ceremony_phase phase;
    size_t messages;
} place;

static place place_of(const quorsum_ceremony *ceremony)
{
    quorsum_ceremony_status state = state_of(ceremony);

    return (place){state.step, state.phase, quorsum_ceremony_messages(ceremony)};
}

static int is_same(place a, place b)
{
    return a.step == b.step && a.phase == b.phase && a.messages == b.messages;
}

/* Where part of it was done before memory ran out, the rest has its own first allocation. Something
 * that was made may be kept for the next time; what is lost shows when the ceremony is released. */
static quorsum_status starve_work(story *s)
{
    quorsum_ceremony *ceremony = victim_of(s);
    const char *round = state_of(ceremony).round;
    quorsum_status status;
    size_t live = memory.live;
    unsigned at = 1;

    for (;;) {
        place before = place_of(ceremony);
        int same;

        memory.at = at;
        memory_arm();
        status = quorsum_ceremony_work(ceremony, &s->run);
        memory.armed = 0;
        if (memory.calls < at)
            return status;
        s->refused++;
        same = is_same(before, place_of(ceremony));
        if (status != QUORSUM_ERR_MEMORY && strcmp(round, "sign") == 0)
            return status; /* as it reads the key record */
        cr_assert_eq(status, QUORSUM_ERR_MEMORY, "work in %s, allocation %u: %s", round, at,
                     quorsum_status_name(status));
        cr_expect(!same || memory.live <= live + KEPT, "work in %s, allocation %u: %zu not released", round, at,
                  memory.live - live);
        if (!same)
            live = memory.live;
        at = same ? at + 1 : 1;
        cr_assert_lt(at, 5000);
    }
}

static void work(story *s, size_t i)
{
    quorsum_ceremony *party = i < s->g.parties ? s->g.ceremony[i] : s->g.observer;
    uint64_t round;
    quorsum_status status;

    if (party == NULL)
        return;
    round = (uint64_t)1 << (party->round + (quorsum_ceremony_messages(party) > 0 ? 0 : 32));
    if (i == s->victim && (s->worked & round) == 0) {
        place before = place_of(party);

        status = starve_work(s);
        if (!is_same(before, place_of(party)))
            s->worked |= round;
    } else {
        status = quorsum_ceremony_work(party, NULL);
    }
    cr_assert(status == QUORSUM_OK || status == QUORSUM_ERR_DEVIATION, "%s", quorsum_status_name(status));
}

/* ---- whole ceremonies ---- */

/* What the others have to say, and the calls of a step, in every round once. */
static void starve_step(story *s, size_t sent, uint32_t resumed)
{
    quorsum_ceremony *ceremony = victim_of(s);
    uint32_t round = (uint32_t)1 << ceremony->round;
    int running = state_of(ceremony).phase == QUORSUM_CEREMONY_RUNNING;

    for (size_t m = sent; m < s->g.posted && running && (s->kept & round) == 0; m++) {
        s->message = &s->g.post[m];
        if (s->g.poster[m] != s->victim)
            starve(s, "receive", receive);
    }
    if ((s->kept & round) != 0 || !running || quorsum_ceremony_messages(ceremony) == 0)
        return;
    s->kept |= round;
    starve(s, "message", message);
    starve(s, "save", save);
    if ((resumed & round) != 0)
        starve(s, "resume", resume);
}

static int turn(story *s, void (*before)(story *s, size_t i), void (*after)(story *s, size_t i))
{
    place all[GROUP_MAX + 1] = {{0}};
    int moved = 0;

    for (size_t i = 0; i <= s->g.parties; i++) {
        const quorsum_ceremony *party = i < s->g.parties ? s->g.ceremony[i] : s->g.observer;

        if (party != NULL)
            all[i] = place_of(party);
        if (before != NULL)
            before(s, i);
        work(s, i);
        if (after != NULL)
            after(s, i);
        moved |= party != NULL && !is_same(all[i], place_of(party));
    }
    return moved;
}

/* resumed: rounds in which the victim is resumed, too, from a state without memory. */
static void play(story *s, uint32_t resumed, void (*before)(story *s, size_t i), void (*after)(story *s, size_t i))
{
    int still = 0;

    starve(s, "start", start);
    while (still < 2) {
        size_t sent = s->g.posted;

        still = turn(s, before, after) ? 0 : still + 1;
        for (size_t i = 0; i < s->g.parties; i++)
            group_post(&s->g, i);
        starve_step(s, sent, resumed);
        group_send_from(&s->g, sent);
    }
}

/* The same secrets, undisturbed. */
static quorsum_key_share *expected_share(const story *s)
{
    group twin = s->g;
    quorsum_key_share *share = NULL;

    for (size_t i = 0; i < twin.parties; i++) {
        twin.ceremony[i] = NULL;
        if (s->g.ceremony[i] != NULL)
            cr_assert_eq(qs_ceremony_begin(&twin.ceremony[i], s->g.proposal.data, s->g.proposal.len, s->g.identity[i],
                                           s->g.parent, s->g.old_share[i], s->g.ceremony[i]->seed), QUORSUM_OK);
    }
    cr_assert_eq(quorsum_ceremony_start(&twin.observer, s->g.proposal.data, s->g.proposal.len, NULL, s->g.parent, NULL),
                 QUORSUM_OK);
    while (state_of(twin.observer).phase == QUORSUM_CEREMONY_RUNNING) {
        group_work(&twin);
        group_send(&twin);
    }
    cr_assert_eq(quorsum_ceremony_result(NULL, &share, twin.ceremony[s->victim]), QUORSUM_OK);
    for (size_t i = 0; i < twin.parties; i++)
        quorsum_ceremony_free(twin.ceremony[i]);
    for (size_t m = 0; m < twin.posted; m++)
        quorsum_bytes_free(&twin.post[m]);
    quorsum_ceremony_free(twin.observer);
    return share;
}

static void expect_same_share(const story *s, quorsum_key_share *expected)
{
    quorsum_key_share *share = NULL;

    cr_assert_eq(quorsum_ceremony_result(NULL, &share, victim_of(s)), QUORSUM_OK);
    cr_expect(share->value.limbs == expected->value.limbs &&
              memcmp(share->value.limb, expected->value.limb, share->value.limbs * sizeof(mp_limb_t)) == 0);
    quorsum_key_share_free(share);
    quorsum_key_share_free(expected);
}

static void roster_of(uint8_t *roster, const group *g, size_t from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        memcpy(roster + 32 * i, quorsum_identity_public(g->identity[from + i]), 32);
}

static void new_key(unsigned threads, int lasting)
{
    enum { ROUNDS = (1 << QS_ROUND_MASK_COMMIT) - 1 };
    uint32_t resumed = lasting ? 0 : 1 << QS_ROUND_DELIVER | 1 << QS_ROUND_PRODUCT;
    uint8_t roster[3 * 32];
    quorsum_ceremony_options options = {
        .key = {.modulus_bits = BITS}, .trustees = 3, .quorum = 2, .roster = roster, .purpose = "hungry", .batch = 4};
    story s = {.victim = 1, .run = {.threads = threads}, .options = &options};
    size_t live = memory.live;
    quorsum_key_share *expected;

    group_new_key(&s.g, 3, 2, BITS, 4, 1);
    roster_of(roster, &s.g, 0, 3);
    memory.lasting = lasting;
    starve(&s, "propose", propose);
    expected = expected_share(&s);
    play(&s, resumed, NULL, NULL);
    cr_expect_eq(s.worked & ROUNDS, ROUNDS, "rounds: %llx", (unsigned long long)s.worked);
    starve(&s, "result", result);
    group_expect_key(&s.g);
    expect_same_share(&s, expected);
    group_free(&s.g);
    cr_expect_eq(memory.live, live, "something is left of the ceremony");
    cr_log_info("%u allocations refused", s.refused);
}

Test(ceremony, a_new_key_is_made_however_often_memory_runs_out)
{
    new_key(1, 0);
}

Test(ceremony, also_if_all_behind_it_fail)
{
    new_key(1, 1);
}

Test(ceremony, also_in_some_thread)
{
    new_key(2, 0);
}

/* Trustees 1 and 2 refresh the key for all three; the victim is a member and a dealer. */
static void hand_over(int lasting)
{
    static const uint32_t dealers[] = {1, 2};
    uint8_t roster[3 * 32];
    quorsum_deal_options deal = {.key = {.modulus_bits = BITS}, .trustees = 3, .quorum = 2, .roster = roster};
    quorsum_ceremony_options options = {
        .trustees = 3, .quorum = 2, .roster = roster, .purpose = "hungry", .dealers = dealers};
    story s = {.victim = MEMBER_AND_DEALER, .run = {.threads = 1}, .options = &options};
    size_t live = memory.live;
    quorsum_key_share *expected;

    group_identities(&s.g, 3);
    roster_of(roster, &s.g, 0, 3);
    cr_assert_eq(quorsum_deal(&s.g.parent, s.g.old_share, &deal, s.g.identity[0], NULL), QUORSUM_OK);
    group_confirm_parent(&s.g, s.g.old_share, 2);
    options.parent = s.g.parent;
    group_start(&s.g, &options);
    memory.lasting = lasting;
    starve(&s, "propose", propose);
    expected = expected_share(&s);
    play(&s, lasting ? 0 : 1 << QS_ROUND_DELIVER | 1 << QS_ROUND_CERTIFICATE, NULL, NULL);
    starve(&s, "result", result);
    starve(&s, "save", save);
    group_expect_key(&s.g);
    expect_same_share(&s, expected);
    group_free(&s.g);
    cr_expect_eq(memory.live, live, "something is left of the ceremony");
    cr_log_info("%u allocations refused", s.refused);
}

Test(ceremony, so_is_a_key_handed_on)
{
    hand_over(0);
}

Test(ceremony, also_if_all_fail)
{
    hand_over(1);
}

/* ---- and whoever deviates is named ---- */

/* The deviator says its products from another key, by which the batch is opened. */
static void change_key(story *s, size_t i)
{
    quorsum_ceremony *party = s->g.ceremony[0];

    if (i == 0 && party->round == QS_ROUND_SIFT)
        party->batch_key[0] ^= 1;
}

static void restore_key(story *s, size_t i)
{
    quorsum_ceremony *party = s->g.ceremony[0];

    if (i == 0 && (party->round == QS_ROUND_SIFT || party->round == QS_ROUND_PRODUCT_COMMIT))
        qs_ceremony_batch_keys(party, party->batch);
}

Test(ceremony, a_deviator_is_named_however_often_memory_runs_out)
{
    story s = {.victim = 2, .run = {.threads = 1}};
    quorsum_ceremony_status state;
    size_t live = memory.live;

    group_new_key(&s.g, 4, 2, BITS, 16, 1);
    play(&s, 0, change_key, restore_key);
    state = state_of(victim_of(&s));
    cr_assert_eq(state.phase, QUORSUM_CEREMONY_FAILED);
    cr_expect(state.certain && state.accused == 1 && state.accused_slot[0] == 1, "%s", state.reason);
    cr_expect_str_eq(state.round, "reveal");
    cr_expect_eq(quorsum_ceremony_messages(victim_of(&s)), 1);
    starve(&s, "message", message);
    starve(&s, "save", save);
    starve(&s, "resume", resume);
    group_free(&s.g);
    cr_expect_eq(memory.live, live, "something is left of the ceremony");
}
