/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everybody of a ceremony in one process, passing bytes only: parties, an observer, and somebody in between who may change,
 * withhold or add messages.
 */
#ifndef QS_TEST_GROUP_H
#define QS_TEST_GROUP_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/message.h"
#include "lib/ceremony/ceremony.h"
#include "tests/unit/ceremony/opens.h"

#define GROUP_MAX 16
#define POST_MAX 2048

typedef struct group group;

/* One message on its way: may be replaced (free the old data), or withheld by leaving no data. */
typedef void (*group_meddle)(group *g, size_t from, size_t to, quorsum_bytes *message);

struct group {
    size_t parties;
    quorsum_identity *identity[GROUP_MAX];
    quorsum_ceremony *ceremony[GROUP_MAX];
    quorsum_key_share *old_share[GROUP_MAX]; /* a dealer's */
    quorsum_ceremony *observer;
    quorsum_key_record *parent;
    quorsum_bytes proposal;
    uint32_t trustees;
    uint32_t quorum;
    group_meddle meddle;
    void *user;
    quorsum_bytes post[POST_MAX]; /* everything sent so far */
    size_t poster[POST_MAX];
    size_t posted;
    int restarts; /* everybody is saved and resumed between any two steps */
};

static inline void group_identities(group *g, size_t parties)
{
    g->parties = parties;
    for (size_t i = 0; i < parties; i++)
        cr_assert_eq(quorsum_identity_generate(&g->identity[i]), QUORSUM_OK);
}

static inline void group_free(group *g)
{
    for (size_t i = 0; i < g->parties; i++) {
        quorsum_ceremony_free(g->ceremony[i]);
        quorsum_identity_free(g->identity[i]);
        quorsum_key_share_free(g->old_share[i]);
    }
    for (size_t m = 0; m < g->posted; m++)
        quorsum_bytes_free(&g->post[m]);
    quorsum_ceremony_free(g->observer);
    quorsum_key_record_free(g->parent);
    quorsum_bytes_free(&g->proposal);
    memset(g, 0, sizeof *g);
}

static inline void group_start(group *g, const quorsum_ceremony_options *options)
{
    g->trustees = options->trustees;
    g->quorum = options->quorum;
    cr_assert_eq(quorsum_ceremony_propose(&g->proposal, options, g->identity[0]), QUORSUM_OK);
    for (size_t i = 0; i < g->parties; i++) { /* who has no part in it has no ceremony */
        quorsum_status status = quorsum_ceremony_start(&g->ceremony[i], g->proposal.data, g->proposal.len,
                                                       g->identity[i], g->parent, g->old_share[i]);

        cr_assert(status == QUORSUM_OK || (status == QUORSUM_ERR_NOT_ADMITTED && g->parent != NULL), "party %zu: %s", i,
                  quorsum_status_name(status));
    }
    cr_assert_eq(quorsum_ceremony_start(&g->observer, g->proposal.data, g->proposal.len, NULL, g->parent, NULL),
                 QUORSUM_OK);
}

/* By a quorum, as a dealt key needs it to be handed on. */
static inline void group_confirm_parent(group *g, quorsum_key_share *const *shares, uint32_t quorum)
{
    for (uint32_t i = 0; i < quorum; i++) {
        quorsum_key_record *more = NULL;

        cr_assert_eq(quorsum_key_record_confirm(&more, g->parent, shares[i], g->identity[i]), QUORSUM_OK);
        quorsum_key_record_free(g->parent);
        g->parent = more;
    }
}

/* n trustees who make a key of their own. */
static inline void group_new_key(group *g, uint32_t n, uint32_t quorum, uint32_t bits, uint32_t batch, unsigned degree)
{
    uint8_t roster[32 * GROUP_MAX];
    quorsum_ceremony_options options = {
        .key = {.modulus_bits = bits, .degree = degree},
        .trustees = n, .quorum = quorum, .roster = roster, .purpose = "a test", .batch = batch};

    memset(g, 0, sizeof *g);
    group_identities(g, n);
    for (size_t i = 0; i < n; i++)
        memcpy(roster + 32 * i, quorsum_identity_public(g->identity[i]), 32);
    group_start(g, &options);
}

static inline quorsum_ceremony_status state_of(const quorsum_ceremony *ceremony)
{
    quorsum_ceremony_status state;

    quorsum_ceremony_state(&state, ceremony);
    return state;
}

static inline void group_restart(group *g, size_t i)
{
    quorsum_bytes saved = {0};
    quorsum_ceremony_status before = state_of(g->ceremony[i]);
    quorsum_ceremony_status after;
    size_t messages = quorsum_ceremony_messages(g->ceremony[i]);

    cr_assert_eq(quorsum_ceremony_save(&saved, g->ceremony[i]), QUORSUM_OK);
    quorsum_ceremony *next = NULL;
    cr_assert_eq(quorsum_ceremony_resume(&next, g->proposal.data, g->proposal.len, g->identity[i], g->parent,
                                         g->old_share[i], saved.data, saved.len, NULL), QUORSUM_OK,
                 "party %zu in step %u, %s", i, before.step, before.round);
    after = state_of(next);
    cr_assert_eq(after.phase, before.phase);
    cr_assert_eq(after.step, before.step);
    cr_assert_str_eq(after.round, before.round);
    cr_assert_eq(after.batch, before.batch);
    cr_assert_eq(after.candidates, before.candidates);
    cr_assert_eq(after.accused, before.accused);
    cr_assert_eq(memcmp(after.waiting, before.waiting, before.slots), 0);
    cr_assert(before.phase == QUORSUM_CEREMONY_FAILED || memcmp(next->transcript, g->ceremony[i]->transcript, 32) == 0);
    cr_assert_eq(quorsum_ceremony_messages(next), messages);
    for (size_t k = 0; k < messages; k++) {
        quorsum_bytes a = {0};
        quorsum_bytes b = {0};

        cr_assert_eq(quorsum_ceremony_message(&a, g->ceremony[i], k), QUORSUM_OK);
        cr_assert_eq(quorsum_ceremony_message(&b, next, k), QUORSUM_OK);
        cr_assert(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
        quorsum_bytes_free(&a);
        quorsum_bytes_free(&b);
    }
    quorsum_ceremony_free(g->ceremony[i]);
    g->ceremony[i] = next;
    quorsum_bytes_free(&saved);
}

/* Puts what a party has to send where everybody finds it. */
static inline void group_post(group *g, size_t from)
{
    for (size_t k = 0; g->ceremony[from] != NULL && k < quorsum_ceremony_messages(g->ceremony[from]); k++) {
        quorsum_bytes message = {0};
        int known = 0;

        cr_assert_eq(quorsum_ceremony_message(&message, g->ceremony[from], k), QUORSUM_OK);
        for (size_t m = 0; m < g->posted; m++)
            known |= g->post[m].len == message.len && memcmp(g->post[m].data, message.data, message.len) == 0;
        if (known) {
            quorsum_bytes_free(&message);
            continue;
        }
        cr_assert_lt(g->posted, POST_MAX);
        g->poster[g->posted] = from;
        g->post[g->posted++] = message;
    }
}

/* to: a party, or g->parties for the observer. */
static inline void group_deliver(group *g, size_t from, size_t to, const quorsum_bytes *message)
{
    quorsum_bytes copy = {malloc(message->len), message->len};
    quorsum_ceremony *receiver = to < g->parties ? g->ceremony[to] : g->observer;

    memcpy(copy.data, message->data, message->len);
    if (g->meddle != NULL)
        g->meddle(g, from, to, &copy);
    if (copy.data != NULL && receiver != NULL)
        (void)!quorsum_ceremony_receive(receiver, copy.data, copy.len);
    quorsum_bytes_free(&copy);
}

/* What was posted from that one on, to everybody. */
static inline void group_send_from(group *g, size_t first)
{
    for (size_t m = first; m < g->posted; m++) {
        for (size_t to = 0; to <= g->parties; to++) {
            if (to != g->poster[m])
                group_deliver(g, g->poster[m], to, &g->post[m]);
        }
    }
}

/* Everybody works; what there is to send goes to everybody. 0 when nothing moved. */
static inline int group_turn(group *g)
{
    int moved = 0;

    for (size_t i = 0; i <= g->parties; i++) {
        quorsum_ceremony *party = i < g->parties ? g->ceremony[i] : g->observer;
        quorsum_ceremony_status before;
        size_t messages;
        quorsum_status status;
        uint32_t step;
        quorsum_ceremony_phase phase;

        if (party == NULL)
            continue;
        before = state_of(party);
        step = before.step;
        phase = before.phase;
        messages = quorsum_ceremony_messages(party);
        status = quorsum_ceremony_work(party, NULL);
        cr_assert(status == QUORSUM_OK || status == QUORSUM_ERR_DEVIATION, "party %zu: %s", i,
                  quorsum_status_name(status));
        before = state_of(party);
        moved |= before.step != step || before.phase != phase || quorsum_ceremony_messages(party) != messages;
        if (i < g->parties && g->restarts)
            group_restart(g, i);
    }
    for (size_t i = 0; i < g->parties; i++)
        group_post(g, i);
    group_send_from(g, 0);
    return moved;
}

static inline void group_run(group *g)
{
    int still = 0;

    while (still < 2)
        still = group_turn(g) ? 0 : still + 1;
}

/* A message of party `from` that its own machine would not make. */
static inline quorsum_bytes forge(const group *g, size_t from, const qs_step_message *as)
{
    qs_step_message header = *as;
    qs_buffer out = {0};

    header.sender = quorsum_identity_public(g->identity[from]);
    qs_step_message_begin(&out, &header);
    qs_buffer_append(&out, header.body, header.body_len);
    qs_message_sign(&out, QS_KIND_CEREMONY, g->identity[from], NULL, NULL);
    cr_assert_eq(out.status, QUORSUM_OK);
    return (quorsum_bytes){out.data, out.len};
}

/* Makes party `from` say this instead of what it said in the step under way, and stand by it. */
static inline void say_instead(group *g, size_t from, const qs_step_message *as)
{
    quorsum_ceremony *ceremony = g->ceremony[from];
    quorsum_bytes message = forge(g, from, as);

    qs_taken *taken = qs_log_at(&ceremony->log, as->step, as->slot);
    free(taken->data);
    memset(taken, 0, sizeof *taken);
    cr_assert_eq(qs_log_take_over(&ceremony->log, message.data, message.len), QUORSUM_OK);
}

static inline size_t party_of_slot(const group *g, uint32_t slot)
{
    size_t i = 0;

    while (memcmp(quorsum_identity_public(g->identity[i]), quorsum_ceremony_slot(g->observer, slot), 32) != 0)
        i++;
    return i;
}

/* As group_turn, up to where messages are made. */
static inline void group_work(group *g)
{
    for (size_t i = 0; i <= g->parties; i++) {
        quorsum_ceremony *party = i < g->parties ? g->ceremony[i] : g->observer;

        quorsum_status status = party != NULL ? quorsum_ceremony_work(party, NULL) : QUORSUM_OK;

        cr_assert(status == QUORSUM_OK || status == QUORSUM_ERR_DEVIATION, "party %zu: %s", i,
                  quorsum_status_name(status));
    }
}

static inline void group_send(group *g)
{
    size_t before = g->posted;

    for (size_t i = 0; i < g->parties; i++)
        group_post(g, i);
    group_send_from(g, before);
}

/* Everybody has made its message of the round; nobody has sent it. 0 when it has failed before that. */
static inline int group_stop_before(group *g, const char *round)
{
    for (int i = 0; i < 1000; i++) {
        group_work(g);
        if (state_of(g->observer).phase == QUORSUM_CEREMONY_FAILED)
            return 0;
        if (strcmp(state_of(g->observer).round, round) == 0)
            return 1;
        group_send(g);
    }
    cr_assert_fail("%s is not reached", round);
    return 0;
}

/* What the party says in this step, for one of its slots, with one byte of the body changed. */
static inline void group_flip(group *g, size_t party, uint32_t slot, size_t at)
{
    quorsum_ceremony *ceremony = g->ceremony[party];
    qs_step_message said = qs_log_at(&ceremony->log, ceremony->step, slot)->message;
    uint8_t *body = malloc(said.body_len);
    uint8_t seen[32 * 2 * GROUP_MAX];

    memcpy(body, said.body, said.body_len);
    memcpy(seen, said.seen, said.seen_len);
    body[at] ^= 1;
    said.body = body;
    said.seen = seen;
    said.ceremony = ceremony->proposal.digest;
    say_instead(g, party, &said);
    free(body);
}

/* What all have in the end: one record, and shares that open. */
static inline void group_expect_key(group *g)
{
    quorsum_key_share *share[GROUP_MAX] = {NULL};
    quorsum_key_record *record = NULL;

    cr_assert_eq(quorsum_ceremony_result(&record, NULL, g->observer), QUORSUM_OK, "%s", state_of(g->observer).round);
    cr_expect_eq(quorsum_key_record_confirmed(record), g->trustees);
    for (uint32_t slot = 1; slot <= g->trustees; slot++) {
        quorsum_key_record *own = NULL;

        cr_assert_eq(quorsum_ceremony_result(&own, &share[slot - 1], g->ceremony[party_of_slot(g, slot)]), QUORSUM_OK);
        cr_expect_eq(memcmp(quorsum_key_record_digest(own), quorsum_key_record_digest(record), 32), 0);
        cr_assert_eq(quorsum_key_share_check(share[slot - 1], own), QUORSUM_OK);
        quorsum_key_record_free(own);
    }
    opens_expect_quorums(record, share);
    for (uint32_t i = 0; i < g->trustees; i++)
        quorsum_key_share_free(share[i]);
    quorsum_key_record_free(record);
}

#endif
