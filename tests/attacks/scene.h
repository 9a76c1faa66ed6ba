/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage of the attack gallery: one round on a board, with honest parties that use the library as anybody does, and
 * a report of who was named for what. Attackers have all the identities they need, write access to the board, and code
 * of their own (forger.h). A round is over toy safe primes of 128 bits: no proof passes by chance, and all runs in
 * seconds.
 */
#ifndef QS_ATTACKS_SCENE_H
#define QS_ATTACKS_SCENE_H

#include <criterion/criterion.h>
#include <string.h>

#include "lib/round/aggregate.h"
#include "tests/unit/round/fixture.h"

typedef enum scene_kind {
    SCENE_SUM,    /* fixture_fields: knowledge proofs alone */
    SCENE_BALLOT, /* "Mayor": one of three or none; "Council": one or two of three, a ciphertext each */
    SCENE_NORM    /* 30 numbers whose squares sum to at most SCENE_NORM_SQUARED */
} scene_kind;

#define BALLOT_VALUES 6
#define NORM_VALUES 30
#define SCENE_VALUES_MAX 32
#define SCENE_NORM_SQUARED 2021 /* isqrt: 44 */

#define REPORTS_MAX 96

typedef struct report {
    char object[96];
    int known;
    uint8_t who[32];
    quorsum_status status;
} report;

typedef struct scene {
    fixture f;
    scene_kind kind;
    char *directory;
    char path[600]; /* of the board */
    quorsum_board *board;
    size_t count;   /* what the last step reported */
    report reports[REPORTS_MAX];
    quorsum_watch watch;
} scene;

void scene_open(scene *s, scene_kind kind, setup wanted);
void scene_close(scene *s);
quorsum_task *scene_task(const fixture *f, scene_kind kind, setup wanted);
/* Another copy of the board as it is now, in a directory of its own; the parties are the same. Close it first. */
void scene_copy(scene *copy, const scene *s);
void scene_close_copy(scene *copy);

/* ---- honest parties ---- */

size_t scene_values(const scene *s, int64_t values[SCENE_VALUES_MAX], size_t who); /* how many */
quorsum_status scene_make(quorsum_bytes *out, const scene *s, size_t who, const int64_t *values, uint32_t sequence);
quorsum_bytes scene_contribution(const scene *s, size_t who);
void scene_contribute(scene *s, size_t cohort); /* contributors 0 .. cohort-1 */
quorsum_status scene_send(scene *s, const quorsum_bytes *contribution); /* through the library */
quorsum_status scene_aggregate(scene *s);
quorsum_status scene_examine(scene *s, size_t trustee);
quorsum_status scene_acknowledge(scene *s, size_t trustee);
quorsum_status scene_decrypt(scene *s, size_t trustee);
quorsum_status scene_verify(scene *s); /* gives no totals */
void scene_agree(scene *s);            /* all trustees acknowledge */
/* Opens, and where that is OK expects the sum of exactly contributors 0 .. cohort-1. */
quorsum_status scene_result(scene *s, size_t cohort);
/* All that is left to do after the contributions is done, and ends well. */
void scene_expect_total(scene *s, size_t cohort);

/* ---- the board as a directory ---- */

char *scene_path(const scene *s, const char *object); /* one at a time */
const char *contribution_name(const scene *s, size_t who, uint32_t sequence); /* the last four stay */
const char *receipt_name(const scene *s, size_t who);
quorsum_bytes scene_take(const scene *s, const char *object);
void scene_put(const scene *s, const char *object, const quorsum_bytes *bytes); /* over whatever is there */
void scene_give(const scene *s, const char *object, quorsum_bytes bytes);       /* the same, and frees */
void scene_remove(const scene *s, const char *object);
int scene_has(const scene *s, const char *object);
/* Manifest and aggregate as they lie there, into the fixture, for whoever works without the board (fixture_partial,
 * fixture_acknowledgement). */
void scene_load(scene *s);

/* ---- naming ---- */

/* How often the last step told this object with this sender (NULL: unknown to it) and status. */
size_t scene_told(const scene *s, const char *object, const quorsum_identity *who, quorsum_status status);
#define EXPECT_NAMED(s, object, who, status) \
    cr_expect_eq(scene_told(s, object, who, status), 1, "%s is not named for %s", object, quorsum_status_name(status))

/* A contributor's forgery is refused when it is sent; laid on the board past the library it is refused by the
 * coordinator, who says so in the manifest; a coordinator in league who counts it all the same finds no trustee; and
 * the total is that of contributors 0 .. cohort-1, who have contributed. Each refusal names the attacker, `who`, and
 * the reason. */
void expect_refused_contribution(scene *s, size_t who, const quorsum_bytes *forged, quorsum_status reason,
                                 size_t cohort);

/* ---- a coordinator in league with somebody ---- */

/* Manifest and aggregate over these contributors' files as they lie there, unchecked, in ascending order. */
void scene_close_dishonestly(scene *s, const size_t *who, size_t count);

#endif
