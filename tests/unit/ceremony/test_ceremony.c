/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of lib/ceremony: engine.c, setup.c, rounds.c, reveal.c, finish.c, ceremony.c. */
#include "group.h"

#include "lib/ceremony/digest.h"

#define BITS 128 /* of the toy keys */
#define BATCH 64

/* ---- keys ---- */

Test(ceremony, makes_a_key_that_every_quorum_opens)
{
    static const struct { uint32_t n, quorum; unsigned degree; } sizes[] = {{3, 2, 1}, {4, 2, 2}, {5, 3, 1}};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        group g;

        group_new_key(&g, sizes[i].n, sizes[i].quorum, BITS, BATCH, sizes[i].degree);
        group_run(&g);
        group_expect_key(&g);
        group_free(&g);
    }
}

Test(ceremony, goes_on_from_what_was_saved_after_every_step)
{
    group g;

    group_new_key(&g, 3, 2, BITS, 4, 1); /* small batches: several of them */
    g.restarts = 1;
    group_run(&g);
    cr_expect_gt(state_of(g.observer).batch, 1);
    group_expect_key(&g);
    group_free(&g);
}

/* With small batches and other messages lost now and then: whoever misses one gets it with the next turn. */
static void lose_some(group *g, size_t from, size_t to, quorsum_bytes *message)
{
    uint32_t *state = g->user;

    (void)from;
    (void)to;
    *state = *state * 1664525u + 1013904223u;
    if (*state >> 31 != 0)
        return;
    quorsum_bytes_free(message);
}

Test(ceremony, waits_for_who_is_late)
{
    uint32_t count = 1;
    group g;

    group_new_key(&g, 3, 2, BITS, BATCH, 1);
    g.meddle = lose_some;
    g.user = &count;
    for (int i = 0; i < 400 && state_of(g.observer).phase == QUORSUM_CEREMONY_RUNNING; i++)
        (void)group_turn(&g);
    group_expect_key(&g);
    group_free(&g);
}

/* ---- who deviates is named ---- */

/* Everybody but the deviator has ended for that reason, and accuses it; nobody has a key. */
static void expect_accused(const group *g, size_t deviator, int certain)
{
    for (size_t i = 0; i <= g->parties; i++) {
        const quorsum_ceremony *party = i < g->parties ? g->ceremony[i] : g->observer;
        quorsum_ceremony_status state = state_of(party);
        int named = 0;

        if (i == deviator)
            continue;
        cr_expect_eq(state.phase, QUORSUM_CEREMONY_FAILED, "party %zu in %s", i, state.round);
        for (uint32_t k = 0; k < state.accused; k++)
            named |= state.accused_slot[k] == deviator + 1;
        cr_expect(named, "party %zu says: %s", i, state.reason != NULL ? state.reason : "");
        cr_expect_eq(state.certain, certain, "party %zu says: %s", i, state.reason != NULL ? state.reason : "");
        cr_expect_eq(quorsum_ceremony_result(NULL, NULL, party), QUORSUM_ERR_DEVIATION);
        cr_expect_eq(quorsum_ceremony_receive((quorsum_ceremony *)(uintptr_t)party, (const uint8_t *)"", 0),
                     QUORSUM_ERR_DEVIATION);
    }
}

/* In a committed round: commits to another body than the one that follows, and opens that. By hand, from the wire format. */
static void flip_committed(group *g, size_t party, size_t at)
{
    quorsum_ceremony *ceremony = g->ceremony[party];
    qs_step_message said = qs_log_at(&ceremony->log, ceremony->step, ceremony->member)->message;
    size_t len = qs_round_len(ceremony, qs_round_rule_of(ceremony->round)->commits, ceremony->member);
    uint8_t *seen = malloc(said.seen_len);
    uint8_t commitment[32];
    qs_digest digest;

    ceremony->pending[32 + at] ^= 1;
    qs_digest_begin(&digest, NULL, "ceremony-commitment");
    qs_digest_bytes(&digest, ceremony->proposal.digest, 32);
    qs_digest_u64(&digest, said.step + 1);
    qs_digest_u64(&digest, said.slot);
    qs_digest_bytes(&digest, ceremony->pending, 32);
    qs_digest_bytes(&digest, ceremony->pending + 32, len - 32);
    qs_digest_end(&digest, commitment);
    memcpy(seen, said.seen, said.seen_len);
    said.seen = seen;
    said.body = commitment;
    said.ceremony = ceremony->proposal.digest;
    say_instead(g, party, &said);
    free(seen);
}

typedef struct lie {
    const char *round;
    size_t at;    /* the byte of the body that is another one */
    int certain;
} lie;

/* n = 4, t = 1: four shares on a polynomial of degree 2 show a wrong one. */
Test(ceremony, names_who_says_something_wrong)
{
    static const lie lies[] = {
        {"commit", 40, 0},       /* another contribution than will come */
        {"deliver", 3, 0},       /* a box that does not open */
        {"confirm", 2, 0},       /* another check */
        {"confirm", 34, 0},      /* another pledge */
        {"confirm", 1, 1},       /* a complaint with keys all the same */
        {"sift", 40, 1},         /* not what was committed to */
        {"product", 40, 1},
        {"derive", 33, 1},
        {"certificate", 3, 1},   /* a partial, */
        {"certificate", 130, 1}, /* its proof */
    };

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        size_t who = i % 4;
        group g;

        group_new_key(&g, 4, 2, BITS, BATCH, 1);
        cr_assert(group_stop_before(&g, lies[i].round));
        group_flip(&g, who, (uint32_t)who + 1, lies[i].at);
        group_send(&g);
        group_run(&g);
        expect_accused(&g, who, lies[i].certain);
        group_free(&g);
    }
}

/* What is consistent with the commitment, and wrong, comes out when the batch is laid open. */
Test(ceremony, names_who_spoiled_a_batch)
{
    static const lie lies[] = {{"sift-commit", 40, 1}, {"product-commit", 40, 1}, {"derive-commit", 3, 1}};

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        size_t who = 3 - i;
        group g;

        group_new_key(&g, 4, 2, BITS, BATCH, 1);
        g.restarts = i == 1;
        cr_assert(group_stop_before(&g, lies[i].round));
        flip_committed(&g, who, lies[i].at);
        group_send(&g);
        group_run(&g);
        expect_accused(&g, who, 1);
        cr_expect_str_eq(state_of(g.observer).round, "reveal");
        group_free(&g);
    }
}

Test(ceremony, names_who_spoiled_the_last_rounds)
{
    static const lie lies[] = {{"verify", 5, 1}, {"keys", 5, 1}};

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        group g;

        group_new_key(&g, 3, 2, BITS, BATCH, 1);
        cr_assert(group_stop_before(&g, lies[i].round));
        group_flip(&g, 1, 2, lies[i].at);
        group_send(&g);
        group_run(&g);
        expect_accused(&g, 1, 1);
        group_free(&g);
    }
}

/* Whoever spoils the test of a winner makes it look like any other candidate. The batch laid open shows that it was one. */
Test(ceremony, names_who_hides_a_winner)
{
    group g;

    group_new_key(&g, 3, 2, BITS, BATCH, 1);
    while (group_stop_before(&g, "test")) {
        quorsum_ceremony *liar = g.ceremony[2];
        size_t len = qs_log_at(&liar->log, liar->step, 3)->message.body_len;

        for (size_t at = BITS / 8 - 1; at < len; at += BITS / 8) /* every word */
            group_flip(&g, 2, 3, at);
        group_send(&g);
        group_work(&g);
    }
    group_run(&g);
    expect_accused(&g, 2, 1);
    group_free(&g);
}

Test(ceremony, names_who_reveals_another_key_or_pledges_another)
{
    for (size_t at = 0; at <= 32; at += 32) {
        group g;

        group_new_key(&g, 3, 2, BITS, 1, 1); /* hardly a key at once */
        cr_assert(group_stop_before(&g, "reveal"));
        group_flip(&g, 2, 3, at);
        group_send(&g);
        group_run(&g);
        expect_accused(&g, 2, at == 0);
        group_free(&g);
    }
}

Test(ceremony, names_who_sends_another_form)
{
    for (int kind = 0; kind < 4; kind++) {
        qs_step_message as;
        uint8_t seen[96];
        group g;

        group_new_key(&g, 3, 2, BITS, BATCH, 1);
        cr_assert(group_stop_before(&g, "confirm"));
        as = qs_log_at(&g.ceremony[1]->log, 3, 2)->message;
        memcpy(seen, as.seen, sizeof seen);
        as.seen = seen;
        as.ceremony = g.ceremony[1]->proposal.digest;
        if (kind == 0)
            as.body_len--;
        else if (kind == 1)
            strcpy(as.round, "sift");
        else if (kind == 2)
            as.seen_len -= 32;
        else
            seen[40] ^= 1; /* its own message was another one */
        as.body = calloc(1, as.body_len);
        say_instead(&g, 1, &as);
        free((void *)(uintptr_t)as.body);
        group_send(&g);
        group_run(&g);
        expect_accused(&g, 1, 1);
        group_free(&g);
    }
}

/* An X25519 key of small order. */
Test(ceremony, names_who_cannot_be_sealed_for)
{
    qs_step_message as;
    uint8_t body[QS_SLOTS_MAX] = {0};
    group g;

    group_new_key(&g, 3, 2, BITS, BATCH, 1);
    cr_assert(group_stop_before(&g, "commit"));
    as = qs_log_at(&g.ceremony[2]->log, 1, 3)->message;
    as.seen = body;
    memcpy(body + 32, as.body + 32, as.body_len - 32);
    as.body = body;
    as.ceremony = g.ceremony[2]->proposal.digest;
    say_instead(&g, 2, &as);
    group_send(&g);
    group_run(&g);
    expect_accused(&g, 2, 1);
    group_free(&g);
}

/* ---- two messages where there may be one ---- */

typedef struct split { /* party 1 tells `victim` something else in this step */
    uint32_t step;
    size_t at;
    size_t victim;
} split;

static void tell_differently(group *g, size_t from, size_t to, quorsum_bytes *message)
{
    const split *how = g->user;
    qs_step_message read;
    uint8_t *body;

    if (from != 1 || to != how->victim || qs_step_message_read(&read, message->data, message->len) != QUORSUM_OK ||
        read.step != how->step || strcmp(read.round, "abort") == 0)
        return;
    body = malloc(read.body_len);
    memcpy(body, read.body, read.body_len);
    body[how->at] ^= 1;
    read.body = body;
    {
        quorsum_bytes other = forge(g, from, &read);

        quorsum_bytes_free(message);
        *message = other;
    }
    free(body);
}

Test(ceremony, accuses_who_tells_one_something_else_than_the_others)
{
    static const split splits[] = {
        {1, 40, 0}, {2, 3, 0}, {3, 10, 2}, {3, 1, 0}, /* the last: a complaint that one alone sees */
        {4, 3, 2}, {5, 40, 0}, {8, 3, 2},
    };

    for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++) {
        split how = splits[i];
        group g;

        group_new_key(&g, 3, 2, BITS, BATCH, 1);
        g.meddle = tell_differently;
        g.user = &how;
        group_run(&g);
        for (size_t party = 0; party < 3; party++) {
            quorsum_ceremony_status state = state_of(g.ceremony[party]);
            int named = 0;

            if (party == 1)
                continue;
            cr_expect_eq(state.phase, QUORSUM_CEREMONY_FAILED, "step %u, party %zu", how.step, party);
            for (uint32_t k = 0; k < state.accused; k++)
                named |= state.accused_slot[k] == 2;
            cr_expect(named, "step %u, party %zu: %s", how.step, party, state.reason != NULL ? state.reason : "");
        }
        group_free(&g);
    }
}

Test(ceremony, convicts_who_signs_two_messages_of_a_step_also_of_an_old_one)
{
    for (uint32_t back = 0; back <= 3; back++) {
        qs_step_message as;
        quorsum_bytes second;
        quorsum_ceremony_status state;
        group g;

        group_new_key(&g, 3, 2, BITS, 16, 1);
        cr_assert(group_stop_before(&g, "product-commit"));
        if (back == 0)
            group_send(&g);
        as = (qs_step_message){.ceremony = g.observer->proposal.digest, .step = 6 - back, .slot = 2, .round = "x",
                               .seen = (const uint8_t *)"", .body = (const uint8_t *)"no", .body_len = 2};
        second = forge(&g, 1, &as);
        if (back == 3)
            group_restart(&g, 0);
        cr_expect_eq(quorsum_ceremony_receive(g.ceremony[0], second.data, second.len), QUORSUM_ERR_EQUIVOCATION);
        state = state_of(g.ceremony[0]);
        cr_expect_eq(state.phase, QUORSUM_CEREMONY_FAILED);
        cr_expect(state.accused == 1 && state.accused_slot[0] == 2 && state.certain, "%s", state.reason);
        cr_expect_eq(quorsum_ceremony_work(g.ceremony[0], NULL), QUORSUM_ERR_DEVIATION);
        group_restart(&g, 0);
        cr_expect_str_eq(state_of(g.ceremony[0]).reason, state.reason != NULL ? state_of(g.ceremony[0]).reason : "");
        /* oneself: refused, and nothing else */
        cr_expect_eq(quorsum_ceremony_receive(g.ceremony[1], second.data, second.len), QUORSUM_ERR_EQUIVOCATION);
        cr_expect_eq(state_of(g.ceremony[1]).phase, QUORSUM_CEREMONY_RUNNING);
        quorsum_bytes_free(&second);
        group_free(&g);
    }
}

/* ---- the last step ---- */

Test(ceremony, forgives_a_bad_signature_for_a_good_one)
{
    quorsum_bytes good = {0};
    qs_step_message as;
    uint8_t body[2][128];
    uint8_t seen[96];
    group g;

    group_new_key(&g, 3, 2, BITS, BATCH, 1);
    cr_assert(group_stop_before(&g, "sign"));
    cr_assert_eq(quorsum_ceremony_message(&good, g.ceremony[0], 0), QUORSUM_OK);
    as = qs_log_at(&g.ceremony[0]->log, g.ceremony[0]->step, 1)->message;
    memcpy(body[0], as.body, 128);
    memcpy(seen, as.seen, sizeof seen);
    as.seen = seen;
    as.ceremony = g.observer->proposal.digest;
    for (int bad = 0; bad < 3; bad++) { /* the confirmation, the record's signature, a length */
        memcpy(body[1], body[0], 128);
        body[1][bad == 0 ? 3 : 90] ^= 1;
        as.body = body[1];
        as.body_len = bad == 2 ? 64 : 128;
        if (bad == 0) {
            say_instead(&g, 0, &as);
            group_send(&g);
        } else {
            quorsum_bytes message = forge(&g, 0, &as);

            cr_expect_eq(quorsum_ceremony_receive(g.ceremony[1], message.data, message.len), QUORSUM_ERR_EQUIVOCATION);
            quorsum_bytes_free(&message);
        }
        cr_expect_eq(quorsum_ceremony_work(g.ceremony[1], NULL), QUORSUM_ERR_DEVIATION);
        cr_expect_eq(quorsum_ceremony_work(g.ceremony[1], NULL), QUORSUM_ERR_DEVIATION);
        cr_expect_eq(quorsum_ceremony_work(g.observer, NULL), QUORSUM_ERR_DEVIATION);
        cr_expect(state_of(g.ceremony[1]).certain && state_of(g.ceremony[1]).accused_slot[0] == 1);
        group_restart(&g, 1);
    }
    cr_expect_eq(quorsum_ceremony_receive(g.ceremony[1], good.data, good.len), QUORSUM_OK);
    cr_expect_eq(quorsum_ceremony_receive(g.observer, good.data, good.len), QUORSUM_OK);
    cr_expect_eq(quorsum_ceremony_work(g.ceremony[1], NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_ceremony_work(g.observer, NULL), QUORSUM_OK);
    cr_expect_eq(state_of(g.ceremony[1]).phase, QUORSUM_CEREMONY_DONE);
    cr_expect_eq(state_of(g.observer).phase, QUORSUM_CEREMONY_DONE);
    group_restart(&g, 1);
    /* and now nothing changes that */
    as.body_len = 64;
    {
        quorsum_bytes message = forge(&g, 0, &as);

        cr_expect_eq(quorsum_ceremony_receive(g.ceremony[1], message.data, message.len), QUORSUM_ERR_EQUIVOCATION);
        quorsum_bytes_free(&message);
    }
    cr_expect_eq(state_of(g.ceremony[1]).phase, QUORSUM_CEREMONY_DONE);
    quorsum_bytes_free(&good);
    group_free(&g);
}

/* ---- what is refused, and changes nothing ---- */

Test(ceremony, refuses_what_is_not_its_own)
{
    quorsum_identity *stranger = NULL;
    quorsum_bytes message = {0};
    quorsum_bytes other = {0};
    qs_step_message as;
    group g;
    group second;

    group_new_key(&g, 3, 2, BITS, BATCH, 1);
    group_new_key(&second, 3, 2, BITS, BATCH, 1);
    group_work(&g);
    group_work(&second);
    cr_assert_eq(quorsum_ceremony_message(&message, g.ceremony[1], 0), QUORSUM_OK);
    cr_assert_eq(quorsum_ceremony_message(&other, second.ceremony[1], 0), QUORSUM_OK);
    cr_expect_eq(quorsum_ceremony_receive(g.ceremony[0], other.data, other.len), QUORSUM_ERR_CEREMONY);
    cr_expect_eq(quorsum_ceremony_receive(g.ceremony[0], g.proposal.data, g.proposal.len), QUORSUM_ERR_TYPE);
    message.data[message.len - 1] ^= 1;
    cr_expect_eq(quorsum_ceremony_receive(g.ceremony[0], message.data, message.len), QUORSUM_ERR_SIGNATURE);
    message.data[message.len - 1] ^= 1;
    cr_expect_eq(quorsum_ceremony_receive(g.ceremony[0], message.data, message.len - 1), QUORSUM_ERR_TRUNCATED);
    quorsum_bytes_free(&other);
    as = qs_log_at(&g.ceremony[1]->log, 1, 2)->message;
    as.ceremony = g.observer->proposal.digest;
    as.slot = 3;
    other = forge(&g, 1, &as);
    cr_expect_eq(quorsum_ceremony_receive(g.ceremony[0], other.data, other.len), QUORSUM_ERR_NOT_ADMITTED);
    quorsum_bytes_free(&other);
    as.slot = 4;
    other = forge(&g, 1, &as);
    cr_expect_eq(quorsum_ceremony_receive(g.ceremony[0], other.data, other.len), QUORSUM_ERR_NOT_ADMITTED);
    quorsum_bytes_free(&other);
    as.slot = 2;
    as.step = 3;
    other = forge(&g, 1, &as);
    cr_expect_eq(quorsum_ceremony_receive(g.ceremony[0], other.data, other.len), QUORSUM_ERR_RANGE);
    quorsum_bytes_free(&other);
    cr_expect_eq(state_of(g.ceremony[0]).waiting[1], 1);
    cr_expect_eq(quorsum_ceremony_receive(g.ceremony[0], message.data, message.len), QUORSUM_OK);
    cr_expect_eq(quorsum_ceremony_receive(g.ceremony[0], message.data, message.len), QUORSUM_OK);
    cr_expect_eq(state_of(g.ceremony[0]).waiting[1], 0);
    group_run(&g);
    group_expect_key(&g);
    cr_assert_eq(quorsum_identity_generate(&stranger), QUORSUM_OK);
    {
        quorsum_ceremony *none = NULL;

        cr_expect_eq(quorsum_ceremony_start(&none, g.proposal.data, g.proposal.len, stranger, NULL, NULL),
                     QUORSUM_ERR_NOT_ADMITTED);
        cr_expect_null(none);
    }
    quorsum_identity_free(stranger);
    quorsum_bytes_free(&message);
    group_free(&g);
    group_free(&second);
}

/* ---- being stopped ---- */

static int stop_at(uint64_t done, uint64_t total, void *user)
{
    int *left = user;

    (void)done;
    cr_expect_eq(total, 0);
    return (*left)-- <= 0;
}

Test(ceremony, goes_on_after_it_was_stopped)
{
    int stopped = 0;
    group g;

    group_new_key(&g, 3, 2, BITS, BATCH, 1);
    for (int i = 0; i < 300 && state_of(g.ceremony[0]).phase == QUORSUM_CEREMONY_RUNNING; i++) {
        int left = i % 3;
        quorsum_run run = {.threads = 1, .progress = stop_at, .user = &left};
        quorsum_status status;

        while ((status = quorsum_ceremony_work(g.ceremony[0], &run)) == QUORSUM_ERR_CANCELLED) {
            stopped++;
            left = stopped % 3 == 0 ? 1000000 : 1;
        }
        cr_assert_eq(status, QUORSUM_OK);
        (void)group_turn(&g);
    }
    cr_expect_gt(stopped, 0);
    group_run(&g);
    group_expect_key(&g);
    group_free(&g);
}
