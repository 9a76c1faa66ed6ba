/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new key and its hand-over with every party in a thread of its own, which works with two more, and letters between
 * them under one lock: for ThreadSanitizer (tests/hostile/threads.sh). Different objects on different threads need no
 * locks.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quorsum.h"

enum { PARTIES = 5, DEALERS = 3, LETTERS = 4000 };

typedef struct office {
    pthread_mutex_t lock;
    quorsum_bytes letter[LETTERS];
    size_t letters;
    quorsum_bytes proposal;
    const quorsum_key_record *parent;
} office;

typedef struct party {
    office *post;
    quorsum_identity *identity;
    quorsum_key_share *old;
    quorsum_key_record *record;
    quorsum_key_share *share;
    pthread_t thread;
} party;

static void must(int good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "%s\n", what);
    exit(1);
}

static void ok(quorsum_status status)
{
    must(status == QUORSUM_OK, quorsum_status_name(status));
}

static void send_all(office *post, quorsum_ceremony *ceremony, uint32_t step, uint32_t *sent)
{
    if (*sent == step)
        return;
    for (size_t i = 0; i < quorsum_ceremony_messages(ceremony); i++) {
        quorsum_bytes bytes = {0};

        ok(quorsum_ceremony_message(&bytes, ceremony, i));
        (void)pthread_mutex_lock(&post->lock);
        must(post->letters < LETTERS, "too many letters");
        post->letter[post->letters++] = bytes;
        (void)pthread_mutex_unlock(&post->lock);
        *sent = step;
    }
}

/* Letters stay where they are once they are there. */
static int read_all(office *post, quorsum_ceremony *ceremony, size_t *seen)
{
    size_t letters;
    int news = 0;

    (void)pthread_mutex_lock(&post->lock);
    letters = post->letters;
    (void)pthread_mutex_unlock(&post->lock);
    for (; *seen < letters; (*seen)++, news = 1) {
        if (quorsum_ceremony_receive(ceremony, post->letter[*seen].data, post->letter[*seen].len) != QUORSUM_OK)
            must(0, "a letter is refused");
    }
    return news;
}

static void *take_part(void *context)
{
    party *self = context;
    quorsum_ceremony *ceremony = NULL;
    quorsum_run run = {.threads = 2};
    quorsum_ceremony_status status;
    quorsum_bytes saved = {0};
    size_t seen = 0;
    uint32_t sent = 0;

    ok(quorsum_ceremony_start(&ceremony, self->post->proposal.data, self->post->proposal.len, self->identity,
                              self->post->parent, self->old));
    do {
        ok(quorsum_ceremony_work(ceremony, &run));
        ok(quorsum_ceremony_save(&saved, ceremony));
        quorsum_bytes_free(&saved);
        quorsum_ceremony_state(&status, ceremony);
        send_all(self->post, ceremony, status.step, &sent);
        while (status.phase == QUORSUM_CEREMONY_RUNNING && !read_all(self->post, ceremony, &seen))
            (void)sched_yield();
    } while (status.phase == QUORSUM_CEREMONY_RUNNING);
    ok(quorsum_ceremony_result(&self->record, &self->share, ceremony));
    quorsum_ceremony_free(ceremony);
    return NULL;
}

static void run(office *post, party *parties, size_t count, const quorsum_ceremony_options *options)
{
    (void)pthread_mutex_init(&post->lock, NULL);
    ok(quorsum_ceremony_propose(&post->proposal, options, parties[0].identity));
    post->parent = options->parent;
    for (size_t p = 0; p < count; p++) {
        parties[p].post = post;
        must(pthread_create(&parties[p].thread, NULL, take_part, &parties[p]) == 0, "no thread");
    }
    for (size_t p = 0; p < count; p++)
        (void)pthread_join(parties[p].thread, NULL);
    for (size_t i = 0; i < post->letters; i++)
        quorsum_bytes_free(&post->letter[i]);
    quorsum_bytes_free(&post->proposal);
}

int main(void)
{
    static office offices[2];
    static party first[PARTIES];
    static party second[PARTIES];
    static const uint32_t dealers[DEALERS] = {1, 2, 3};
    uint8_t roster[PARTIES * QUORSUM_IDENTITY_BYTES];
    quorsum_ceremony_options options = {.key = {.modulus_bits = 256}, .trustees = PARTIES, .quorum = DEALERS,
                                        .roster = roster, .purpose = "threads", .batch = 48};

    for (size_t p = 0; p < PARTIES; p++) {
        ok(quorsum_identity_generate(&first[p].identity));
        memcpy(roster + p * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(first[p].identity), QUORSUM_IDENTITY_BYTES);
        second[p].identity = first[p].identity;
    }
    run(&offices[0], first, PARTIES, &options);
    for (size_t p = 0; p < PARTIES; p++)
        second[p].old = first[p].share;
    options.parent = first[0].record;
    options.dealers = dealers;
    run(&offices[1], second, PARTIES, &options);
    for (size_t p = 0; p < PARTIES; p++) {
        quorsum_key_share_free(first[p].share);
        quorsum_key_share_free(second[p].share);
        quorsum_key_record_free(first[p].record);
        quorsum_key_record_free(second[p].record);
        quorsum_identity_free(first[p].identity);
    }
    (void)puts("two ceremonies, five threads each");
    return 0;
}
