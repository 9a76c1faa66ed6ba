/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a ceremony, for the files that make it up:
 *
 *     proposal, step_message, box    bytes
 *     log                            what was said: every message taken, step by step
 *     verdict                        who is accused, and what for
 *     rounds                         the table: for each round its body and what follows from everybody's
 *     setup, reveal, finish, pass_on the rounds that are not generation.h's
 *     receive, speak                 messages that come in, and the own ones
 *     engine                         one step after the other
 *     ceremony                       start, state, result
 *     saved, resume                  at rest, and back
 *
 * Everything public follows from the proposal and the log, by the same code whether messages come from outside or from
 * a file. Everything secret follows from the seed and the log. So both are all there is to save.
 */
#ifndef QS_CEREMONY_H
#define QS_CEREMONY_H

#include "lib/ceremony/generation.h"
#include "lib/ceremony/handover.h"
#include "lib/ceremony/log.h"
#include "lib/ceremony/proposal.h"
#include "lib/ceremony/verdict.h"
#include "quorsum/ceremony.h"

typedef enum qs_round {
    QS_ROUND_COMMIT = 0,
    QS_ROUND_DELIVER,
    QS_ROUND_CONFIRM,
    QS_ROUND_SIFT_COMMIT,
    QS_ROUND_SIFT,
    QS_ROUND_PRODUCT_COMMIT,
    QS_ROUND_PRODUCT,
    QS_ROUND_TEST,
    QS_ROUND_REVEAL,
    QS_ROUND_VERIFY,
    QS_ROUND_DERIVE_COMMIT,
    QS_ROUND_DERIVE,
    QS_ROUND_KEYS,
    QS_ROUND_MASK_COMMIT,
    QS_ROUND_MASK,
    QS_ROUND_CERTIFICATE,
    QS_ROUND_SIGN,
    QS_ROUNDS
} qs_round;

#define QS_SETUP_STEPS 3

struct quorsum_ceremony {
    qs_proposal proposal;
    quorsum_identity *identity;  /* NULL: an observer */
    uint32_t member;             /* own slots, 0 if there is none */
    uint32_t dealer;
    uint32_t slots;
    quorsum_key_record *parent;  /* held; NULL for a new key */
    quorsum_key_share *share;    /* of the parent, a dealer's */
    qs_sets *sets;
    qs_generation *generation;   /* of a new key, or */
    qs_handover *handover;

    uint8_t *secret;             /* one guarded block: */
    uint8_t *seed;               /* 32 bytes */
    uint8_t *set_key;            /* a member's, of its own sets: 32 bytes each */
    uint8_t *batch_key;          /* the same for the batch under way */
    uint8_t *given;              /* of every dealer, for the own sets */

    /* what the setup has agreed on */
    uint8_t *exchange;           /* public keys of all slots, 32 bytes each */
    uint8_t *pledge;             /* of all sets, for the batch under way */
    uint32_t complaint;          /* the slot this member complains about, or 0 */

    quorsum_ceremony_phase phase;
    qs_verdict verdict;
    int aborts;                  /* failed by judging a step: says so in one message more */
    qs_log log;
    uint32_t step;               /* the one under way, from 1 on */
    qs_round round;
    uint8_t transcript[QUORSUM_DIGEST_BYTES]; /* after the step before */
    uint8_t after[QUORSUM_DIGEST_BYTES];      /* after the one that is being ended */
    uint8_t *pending;            /* the body that was committed to, until it is opened; or NULL */
    uint64_t batch;
    uint32_t batch_step;         /* the first step of the batch, or 0 */
    uint8_t batch_transcript[QUORSUM_DIGEST_BYTES]; /* before that step */
    uint64_t candidates;         /* in batches before */
    uint64_t reported;           /* progress never goes back */
    qs_ruling ruling;            /* what a batch is revealed for */

    /* once there is a key */
    qs_key_parts parts;          /* parts.key == NULL before */
    mp_limb_t *v;
    quorsum_key_share *result_share;
    qs_buffer unsigned_record;
    uint8_t record_digest[QUORSUM_DIGEST_BYTES];
    quorsum_key_record *record;  /* the result */

    uint8_t *waiting;            /* lent by quorsum_ceremony_state */
};

/* ---- rounds.c ---- */

/* A round. Committed ones are two rows: the first names the second. say and hear answer ERR_DEVIATION once somebody is
 * accused, ERR_MEMORY, ERR_CANCELLED; they may be called again after a failure. */
typedef struct qs_round_rule {
    const char *name;
    qs_round next;      /* where QS_GO_ON leads */
    qs_round commits;   /* not 0: the body is a commitment to that round's */
    int opens;          /* the body is 32 bytes of nonce, then what was committed to */
    const qs_generation_round *generation; /* or these three: */
    size_t (*len)(const quorsum_ceremony *ceremony, uint32_t slot);
    quorsum_status (*say)(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run);
    quorsum_status (*hear)(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                           const quorsum_run *run);
} qs_round_rule;

const qs_round_rule *qs_round_rule_of(qs_round round);
int qs_round_speaks(const quorsum_ceremony *ceremony, qs_round round, uint32_t slot);
size_t qs_round_len(const quorsum_ceremony *ceremony, qs_round round, uint32_t slot); /* of the whole body */
/* The whole body of an own slot, and what everybody's bodies (body[slot-1]) lead to. Lengths have been checked. */
quorsum_status qs_round_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run);
quorsum_status qs_round_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                             const quorsum_run *run);
/* Oneself, with the keys of the batch under way. */
qs_party qs_ceremony_party(const quorsum_ceremony *ceremony);

/* ---- secrets.c ---- */

/* 32 bytes that follow from the seed. */
void qs_ceremony_secret(const quorsum_ceremony *ceremony, uint8_t out[32], const char *purpose, uint64_t index);
void qs_ceremony_pledge(const quorsum_ceremony *ceremony, uint8_t out[32], uint64_t batch, size_t set,
                        const uint8_t key[32]);
void qs_ceremony_batch_keys(quorsum_ceremony *ceremony, uint64_t batch); /* from the sets' keys */
const uint8_t *qs_ceremony_identity(const quorsum_ceremony *ceremony, uint32_t slot); /* NULL for no slot */
const quorsum_identity *qs_ceremony_speaker(const quorsum_ceremony *ceremony, uint32_t slot); /* NULL: not oneself */
size_t qs_common_sets(const qs_sets *sets, uint32_t member, uint32_t other); /* how many have both */

/* ---- the rounds of setup.c, reveal.c, pass_on.c and finish.c ---- */

size_t qs_commit_len(const quorsum_ceremony *ceremony, uint32_t slot);
quorsum_status qs_commit_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run);
quorsum_status qs_commit_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                              const quorsum_run *run);
size_t qs_deliver_len(const quorsum_ceremony *ceremony, uint32_t slot);
quorsum_status qs_deliver_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run);
quorsum_status qs_deliver_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                               const quorsum_run *run);
size_t qs_confirm_len(const quorsum_ceremony *ceremony, uint32_t slot);
quorsum_status qs_confirm_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run);
quorsum_status qs_confirm_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                               const quorsum_run *run);
size_t qs_reveal_len(const quorsum_ceremony *ceremony, uint32_t slot);
quorsum_status qs_reveal_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run);
quorsum_status qs_reveal_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                              const quorsum_run *run);
size_t qs_mask_len(const quorsum_ceremony *ceremony, uint32_t slot);
quorsum_status qs_mask_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run);
quorsum_status qs_mask_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                            const quorsum_run *run);
size_t qs_certificate_len(const quorsum_ceremony *ceremony, uint32_t slot);
quorsum_status qs_certificate_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run);
quorsum_status qs_certificate_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                                   const quorsum_run *run);
size_t qs_sign_len(const quorsum_ceremony *ceremony, uint32_t slot);
quorsum_status qs_sign_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run);
quorsum_status qs_sign_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                            const quorsum_run *run);

/* pass_on.c: a dealer's part in `deliver`, behind its exchange key: the public part, then a box for every member. */
size_t qs_dealt_len(const quorsum_ceremony *ceremony);
quorsum_status qs_dealt_say(quorsum_ceremony *ceremony, uint8_t *body, const quorsum_run *run);
/* Everybody's view of the public parts, then a member's of its boxes: *complaint is the first slot that it has
 * something against, or 0. body[d] is dealer d's whole body. */
quorsum_status qs_dealt_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, uint32_t *complaint,
                             const quorsum_run *run);

/* finish.c: whether the signatures of a message of `sign` are good. */
int qs_sign_is_good(const quorsum_ceremony *ceremony, const qs_step_message *message);
/* The parts of the record and the own share, once the verification keys are there. */
quorsum_status qs_finish_begin(quorsum_ceremony *ceremony);

/* ---- engine.c ---- */

/* How the parts of the work report: as candidates, never going back. The run lives as long as the watch. */
typedef struct qs_watch {
    quorsum_ceremony *ceremony;
    const quorsum_run *outer;
} qs_watch;

quorsum_run qs_watch_begin(qs_watch *watch, quorsum_ceremony *ceremony, const quorsum_run *run);

/* Ends the step under way, all of whose messages are there. ERR_DEVIATION, ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_ceremony_end_step(quorsum_ceremony *ceremony, const quorsum_run *run);
int qs_ceremony_step_complete(const quorsum_ceremony *ceremony);

/* What has been signed to may be had by others already, so the last step never ends for good but with the record. */
static inline int qs_is_last_step(const quorsum_ceremony *ceremony)
{
    return ceremony->round == QS_ROUND_SIGN;
}

/* ---- speak.c ---- */

/* The own messages of this step that are not made yet; *made: there were such. ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_ceremony_make_messages(quorsum_ceremony *ceremony, int *made, const quorsum_run *run);
/* A member that has judged a step and found somebody guilty says once more what it has seen of that step: whoever was
 * shown something else, and goes on, learns so whom it has to thank for it. Who is convicted by a second message says
 * nothing: others may not have seen that one. ERR_MEMORY. */
quorsum_status qs_ceremony_make_abort(quorsum_ceremony *ceremony);

/* ---- ceremony.c ---- */

/* As quorsum_ceremony_start; seed: 32 bytes, or NULL to draw one. */
quorsum_status qs_ceremony_begin(quorsum_ceremony **out, const uint8_t *proposal, size_t len,
                                 const quorsum_identity *identity, const quorsum_key_record *parent,
                                 const quorsum_key_share *share, const uint8_t *seed);

#endif
