/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TEST ONLY. All parties of a ceremony in one process, each with its own state, and the post between them. Parties may
 * deviate: what they do otherwise than the library is a deed (deed.h). They sign properly, for they have their
 * identities, and know everything the library knows of them.
 */
#ifndef HOSTILE_STAGE_H
#define HOSTILE_STAGE_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/ceremony.h"

enum { STAGE_PARTIES = 12 };

struct deed;

typedef struct stage_letter { /* a message, or the two that its sender signed */
    uint32_t step;
    uint32_t slot;
    size_t sender;            /* party */
    quorsum_bytes bytes;
    quorsum_bytes other;      /* for the parties of the mask; empty: there is one */
    unsigned to_other;        /* bit p: party p gets the other */
    unsigned sent;            /* bit p: party p has it */
    unsigned withheld;        /* bit p: not sent to party p, until stage_release */
} stage_letter;

typedef struct stage {
    size_t parties;
    quorsum_identity *identity[STAGE_PARTIES];
    quorsum_ceremony *party[STAGE_PARTIES];
    quorsum_ceremony *observer;
    quorsum_bytes proposal;
    uint32_t trustees, quorum;
    const quorsum_key_record *parent; /* lent */
    quorsum_key_share *share[STAGE_PARTIES]; /* of the parent, lent */
    stage_letter *letter;
    size_t letters, room;
    unsigned deviators;       /* bit p */
    struct deed *deed[4];
    size_t deeds;
    quorsum_run run;
} stage;

typedef struct stage_sizes {
    uint32_t bits, trustees, quorum, batch;
    unsigned degree; /* 0: 1 */
} stage_sizes;

/* A new key; names: party i is trustee i+1. */
void stage_open(stage *all, const stage_sizes *sizes);
/* Hands the key of a finished stage on. kept: how many of its parties, the last ones, are in the new committee, too,
 * as its first members. Parties of the new stage: members, then those dealers (the parent's first `quorum` trustees)
 * who are no members. from must outlive it. */
void stage_hand_on(stage *all, const stage *from, uint32_t trustees, uint32_t quorum, uint32_t kept);
void stage_add(stage *all, struct deed *deed); /* lent */
void stage_close(stage *all);

/* Everybody works once and everything is delivered; deviators work last: they have read what the honest ones say in the
 * step. Whether anything moved; and until nothing does. */
int stage_turn(stage *all);
void stage_run(stage *all);
/* What was withheld is sent, and with exchange everybody shows everybody everything; then goes on. */
void stage_release(stage *all);
void stage_exchange(stage *all);

quorsum_ceremony_status stage_status(const stage *all, size_t party);
uint32_t stage_slot(const stage *all, size_t party, int as_dealer); /* 0 if there is none */
size_t stage_party_of(const stage *all, uint32_t slot);
static inline int stage_is_honest(const stage *all, size_t party)
{
    return !(all->deviators >> party & 1);
}
stage_letter *stage_find(stage *all, uint32_t step, uint32_t slot);

/* judge.c. Every honest party: done with the one good key, or accuses so that a deviator is among the accused, and only
 * deviators when it is certain; or, where `may_wait`, waits for somebody. Answers how many of them are done. */
size_t stage_judge(const stage *all, int may_wait);
/* The parties' result is a good key: factored, D N^s = theta, every quorum opens. Of parties that are done. */
void stage_check_key(const stage *all);
size_t stage_done(const stage *all);   /* honest parties that are done */
size_t stage_failed(const stage *all); /* honest parties that have failed */

/* Properly signed messages. */
quorsum_bytes stage_sign(const quorsum_identity *identity, const qs_step_message *message);
typedef void stage_edit(qs_step_message *message, void *context);
void stage_resign(stage *all, size_t party, quorsum_bytes *bytes, stage_edit *change, void *context);

/* HashToZ(N, label, 0) */
void stage_hash_to_z(mpz_t out, const quorsum_public_key *key, const char *label);

/* The party's process ends, and another takes up what it had saved. */
void stage_restart(stage *all, size_t party);
void stage_resume(stage *all, size_t party, const quorsum_bytes *saved);

#endif
