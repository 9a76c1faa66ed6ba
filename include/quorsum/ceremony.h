/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that nobody ever holds whole: n trustees make one together, refresh it, and hand it on (docs/protocol.md, "Keys
 * without a dealer"). A ceremony is a state machine without input and output: messages go in, messages come out, and it
 * can be saved at any moment and resumed elsewhere.
 */
#ifndef QUORSUM_CEREMONY_H
#define QUORSUM_CEREMONY_H

#include "quorsum/threshold.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QUORSUM_CEREMONY_TRUSTEES_MAX 15 /* and at most 1500 sets of n-t trustees */
#define QUORSUM_PURPOSE_MAX 128          /* bytes */

/** What a ceremony is to make. */
typedef struct quorsum_ceremony_options {
    quorsum_key_options key;  /* of a new key; ignored when one is handed on */
    uint32_t trustees;        /* n: 3..15 for a new key, 2..15 for one handed on */
    uint32_t quorum;          /* how many open: 2..n; for a new key at most (n+1)/2 */
    const uint8_t *roster;    /* n identities of 32 bytes, in order of index */
    const char *purpose;      /* what the key is for, for people: 1 to 128 bytes of UTF-8 */
    uint32_t batch;           /* candidates a batch; 0: a default for the size */
    const quorsum_key_record *parent; /* NULL for a new key; the key to hand on */
    const uint32_t *dealers;  /* of the parent: as many trustees as its quorum, ascending, who hand it on */
} quorsum_ceremony_options;

/**
 * The proposal that everybody who takes part starts from: signed, and named in every message of the ceremony.
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL, sizes out of range, a purpose that is empty, too long or no UTF-8),
 *         _ERR_MODULUS_SIZE, _ERR_DUPLICATE_TRUSTEE, _ERR_LIMIT (more than 1500 sets), _ERR_UNCONFIRMED (a parent
 *         that no task could be made under), _ERR_TRUSTEE (a dealer that the parent has not, or not as many as its quorum),
 *         _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ceremony_propose(quorsum_bytes *out,
                                                                       const quorsum_ceremony_options *options,
                                                                       const quorsum_identity *convener);

/** One party's ceremony, its secrets in guarded memory; or an observer's, who checks what everybody can. Not for two
 * threads at once. */
typedef struct quorsum_ceremony quorsum_ceremony;

/**
 * Takes part. Whoever stands on the roster is a member; whoever of a parent's trustees stands among the dealers hands
 * the key on; one may be both.
 *
 * @param[out] out      owned by the caller; NULL on failure
 * @param[in]  proposal its bytes
 * @param[in]  identity the party's own, of which a copy is kept; NULL: an observer
 * @param[in]  parent   the key that is handed on, or NULL
 * @param[in]  share    a dealer's share of the parent, of which a copy is kept, or NULL
 * @return QUORSUM_OK, an error of reading, _ERR_SIGNATURE, _ERR_ARGUMENT, _ERR_NOT_ADMITTED (neither member nor
 *         dealer), _ERR_KEY_MISMATCH (another parent than the proposal's, or none; another key's share), _ERR_UNCONFIRMED
 *         (a parent that fewer of its trustees have confirmed than a task needs: what its members hand on in good faith
 *         would be confirmed by them, whoever made it), _ERR_MISSING (a dealer without its share), _ERR_KEY_CHECK (not the share that the parent names), _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ceremony_start(quorsum_ceremony **out, const uint8_t *proposal,
                                                                     size_t len, const quorsum_identity *identity,
                                                                     const quorsum_key_record *parent,
                                                                     const quorsum_key_share *share);
QUORSUM_API void quorsum_ceremony_free(quorsum_ceremony *ceremony); /* wipes */

/**
 * Gives a message of any party to it. The order does not matter within a step; a message of the next step is kept until
 * its time. Nothing is judged here but whose a message is and where it belongs: what it says, its round and length
 * included, is judged when its step is complete, by quorsum_ceremony_work. A message in the own name that was not made
 * here is refused: an older state was resumed, or somebody else has the identity.
 *
 * In the last step, `sign`, a bad signature gives way to a good one of the same sender, also after the ceremony has
 * failed for it: then it goes on. Nothing else changes a ceremony that has failed or is done.
 * @return QUORSUM_OK (taken, or known already), an error of reading, _ERR_SIGNATURE, _ERR_CEREMONY (of another
 *         ceremony), _ERR_NOT_ADMITTED (a slot that is not the sender's), _ERR_RANGE (a step that is far ahead, or one
 *         in which the slot has nothing to say), _ERR_EQUIVOCATION (the same sender has signed another message of that
 *         step: the ceremony has failed, and its status names the sender, but for one's own messages, the last step and
 *         what is done), _ERR_DEVIATION (the ceremony has failed), _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ceremony_receive(quorsum_ceremony *ceremony,
                                                                       const uint8_t *message, size_t len);
/**
 * Goes on as far as what was received allows: ends the step when every message of it is there, and makes the own
 * messages of the next, which have to leave before that step ends: so it is called again until the step stays. All the
 * work is done here. progress: candidates examined in this and earlier batches, total unknown.
 *
 * Whoever finds that somebody deviated has one message more to send, for those who may have been shown something else:
 * ask quorsum_ceremony_messages after _ERR_DEVIATION too.
 * @return QUORSUM_OK (whether or not there was anything to do), _ERR_DEVIATION (somebody deviated: see the status),
 *         _ERR_MEMORY, _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ceremony_work(quorsum_ceremony *ceremony, const quorsum_run *run);
/** How many messages are to be sent now: 0, 1 or 2 (member and dealer). They are the same until the step ends. */
QUORSUM_API size_t quorsum_ceremony_messages(const quorsum_ceremony *ceremony);
/** Message `index` of them, again and again the same bytes. @return QUORSUM_OK, _ERR_ARGUMENT, _ERR_MEMORY */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ceremony_message(quorsum_bytes *out,
                                                                       const quorsum_ceremony *ceremony, size_t index);

typedef enum quorsum_ceremony_phase {
    QUORSUM_CEREMONY_RUNNING = 0,
    QUORSUM_CEREMONY_DONE = 1,   /* there is a result */
    QUORSUM_CEREMONY_FAILED = 2  /* somebody deviated; start another one without them */
} quorsum_ceremony_phase;

/** Where a ceremony stands. Text and arrays are lent until the next call that changes the ceremony. */
typedef struct quorsum_ceremony_status {
    quorsum_ceremony_phase phase;
    uint32_t step;             /* from 1 on */
    const char *round;         /* its name, such as "sift" */
    uint32_t trustees, dealers;
    uint32_t slots;            /* trustees, then dealers: who speaks */
    const uint8_t *waiting;    /* slots bytes: 1 where the message of this step is not there yet */
    uint64_t batch;            /* number of the batch, from 0 on */
    uint64_t candidates;       /* examined in batches before this one */
    uint64_t batch_candidates; /* in each batch, about */
    uint64_t expected;         /* the mean number of candidates; the count is geometric. 0 when a key is handed on */
    uint32_t accused;          /* how many are accused; 0 unless failed */
    const uint32_t *accused_slot; /* 1..slots */
    int certain;               /* 1: each of the accused deviated; 0: at least one of them did */
    const char *reason;        /* what for, a sentence; NULL unless failed */
} quorsum_ceremony_status;
QUORSUM_API void quorsum_ceremony_state(quorsum_ceremony_status *out, const quorsum_ceremony *ceremony);
/** The identity behind a slot, 1..slots, lent; NULL if there is none. */
QUORSUM_API const uint8_t *quorsum_ceremony_slot(const quorsum_ceremony *ceremony, uint32_t slot);
QUORSUM_API const uint8_t *quorsum_ceremony_digest(const quorsum_ceremony *ceremony);  /* the proposal's, lent */
QUORSUM_API const char *quorsum_ceremony_purpose(const quorsum_ceremony *ceremony);    /* lent */

/**
 * Everything needed to go on, sealed for the party's identity. Save after every call of quorsum_ceremony_work and
 * before its messages leave: a party that sent a message and forgot it could be made to send another. Only the latest
 * state may be resumed, and a proposal is started once: with an older state or a new start a party would sign a second
 * message of a step and be convicted of it, however honest.
 * @return QUORSUM_OK, _ERR_ARGUMENT (an observer has nothing to save), _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ceremony_save(quorsum_bytes *out,
                                                                    const quorsum_ceremony *ceremony);
/**
 * Goes on from what was saved; the other arguments as for quorsum_ceremony_start (identity not NULL).
 * @return as quorsum_ceremony_start, and _ERR_OWNER (sealed for another identity or another ceremony, or altered),
 *         _ERR_TYPE, _ERR_VERSION, _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ceremony_resume(quorsum_ceremony **out, const uint8_t *proposal,
                                                                      size_t len, const quorsum_identity *identity,
                                                                      const quorsum_key_record *parent,
                                                                      const quorsum_key_share *share,
                                                                      const uint8_t *saved, size_t saved_len,
                                                                      const quorsum_run *run);
/**
 * What it has made: the key record, confirmed by all its trustees, and the own share (NULL for an observer and for who
 * is a dealer only). Both owned by the caller. Either pointer may be NULL.
 * @return QUORSUM_OK, _ERR_ARGUMENT (NULL), _ERR_UNFINISHED, _ERR_DEVIATION (failed), _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ceremony_result(quorsum_key_record **record,
                                                                      quorsum_key_share **share,
                                                                      const quorsum_ceremony *ceremony);

/** Where a message belongs, for a transport that names files: its step, slot and round, without checking anything else.
 * @return QUORSUM_OK, an error of reading */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_ceremony_peek(const uint8_t *message, size_t len, uint32_t *step,
                                                                    uint32_t *slot);

#ifdef __cplusplus
}
#endif
#endif
