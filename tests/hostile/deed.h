/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TEST ONLY. What a party of a stage does otherwise than the library, once, at the `skip`-th time that a round comes.
 * All messages are signed properly, and what follows from a lie is consistent with it as far as the kind says.
 */
#ifndef HOSTILE_DEED_H
#define HOSTILE_DEED_H

#include "stage.h"

typedef enum deed_kind {
    DEED_LIE,         /* another body, committed to where the round is; to everybody, oneself included */
    DEED_BAD_OPENING, /* another body than the one committed to */
    DEED_BAD_COMMITMENT,
    DEED_SPLIT,       /* the other body goes to the parties of the mask only; committed to, to them */
    DEED_SPLIT_SEEN,  /* the same body, but the mask is told of another view of the step before */
    DEED_LIE_SEEN,    /* says to everybody that it saw another message of `victim` */
    DEED_ROUND,       /* names another round */
    DEED_LENGTH,      /* a byte more, or less (variant) */
    DEED_SILENCE,     /* from this round on, to the mask */
    DEED_ONE_SILENCE, /* this message only */
    DEED_KEY,         /* another key of its set number `at` from this round on */
    DEED_BATCH_KEY,   /* likewise in the batch under way only */
    DEED_BODY_OF,     /* the body of another step's message: `at` steps before */
    DEED_ABORT        /* "abort", without a reason */
} deed_kind;

typedef enum deed_change { CHANGE_BIT, CHANGE_RANDOM, CHANGE_ZERO, CHANGE_FULL, CHANGE_CALL } deed_change;

typedef struct deed {
    deed_kind kind;
    size_t party;
    const char *round;
    unsigned skip;
    deed_change change;
    size_t at;        /* of the body, in 1/64 of its length; a set or a number of steps */
    size_t len;       /* bytes that change; 0: 32 */
    unsigned mask;    /* parties */
    unsigned victim;  /* index in `seen` */
    unsigned variant;
    int as_dealer;
    void (*call)(struct deed *deed, stage *all, uint8_t *body, size_t len);
    /* as it goes */
    unsigned passed;
    int done;         /* it has been done */
    int over;         /* nothing more is withheld */
    uint32_t step;    /* when */
    uint32_t counted; /* the last step that was counted */
    uint8_t *pending; /* the other opening of a split */
    size_t pending_len;
} deed;

void deed_before_work(deed *deed, stage *all);
void deed_apply(deed *deed, stage *all, stage_letter *letter);
void deed_clear(deed *deed);

/* stage.c: puts a message in the place of the own one in a party's log. */
void stage_into_log(stage *all, size_t party, const quorsum_bytes *bytes);

#endif
