/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One round as signed messages: a task, contributions, their aggregate, the trustees' partial decryptions, the result.
 * Every message is one byte string (docs/wire-format.md); each step's checked object is what the next step takes.
 *
 * What arrives through an output is the caller's, and NULL or empty on failure. All calls may return _ERR_ARGUMENT (a
 * NULL other than run) and _ERR_MEMORY, those with a run also _ERR_CANCELLED. "Reading errors" are _ERR_TRUNCATED,
 * _TRAILING, _NOT_CANONICAL, _VERSION, _TYPE, _LIMIT, _RANGE and _SIGNATURE, and of a message of a task _KEY_MISMATCH,
 * _TASK_MISMATCH and _WIDTH. Nothing but quorsum_contribution_make and quorsum_partial_make is constant time: the rest
 * sees public values only.
 */
#ifndef QUORSUM_ROUND_H
#define QUORSUM_ROUND_H

#include "quorsum/identity.h"
#include "quorsum/plan.h"
#include "quorsum/threshold.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Everything that is fixed in advance. A task that exists has been checked, its plan included. Immutable. */
typedef struct quorsum_task quorsum_task;

/** Which contribution of one contributor counts. */
typedef enum quorsum_revote {
    QUORSUM_REVOTE_FIRST = 0, /* the first: there can be no second */
    QUORSUM_REVOTE_LAST = 1   /* the last: a later one takes the place of the one before */
} quorsum_revote;

typedef struct quorsum_task_options {
    const char *label;           /* 0..256 bytes of UTF-8 */
    const quorsum_field *fields;
    size_t field_count;          /* 1..4096 */
    uint32_t weight_bits;        /* 0: unweighted */
    uint32_t guard_bits;
    uint32_t min_cohort;         /* at least 2: the sum of one is that one's data */
    uint32_t max_cohort;
    const uint8_t *roster;       /* admitted identities, 32 bytes each, any order; NULL: anybody */
    size_t roster_count;
    quorsum_level level;         /* what a contribution must prove (quorsum/plan.h) */
    uint64_t norm_squared;       /* level norm: the largest sum of squares, in scaled units */
    quorsum_revote revote;
    uint32_t agreement;          /* trustees that must acknowledge the same manifest before any of them opens: from the
                                    quorum to all; 0: quorum_key_record_agreement() */
} quorsum_task_options;

/** How many of n trustees make two different agreements impossible while fewer than a quorum lie: ceil((n + quorum) /
 *  2). The default of a task; a task with a lower one could be opened for two cohorts that differ by one contributor.
 *  */
QUORSUM_API uint32_t quorsum_key_record_agreement(const quorsum_key_record *record);

/** Makes and signs a task, with a random nonce, so that no two are the same. The signer is the task's coordinator: the
 *  one who may close it.
 *  @return QUORSUM_OK, _ERR_UNCONFIRMED (by fewer trustees than quorsum_key_record_needed), _ERR_ARGUMENT,
 *  _ERR_AGREEMENT (no such agreement), _ERR_COHORT (min < 2 or max < min), _ERR_FIELDS or _ERR_PLAN (*index names the
 *  field), _ERR_DUPLICATE (an identity twice on the roster), _ERR_LIMIT, _ERR_MEMORY */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_task_make(quorsum_task **out, const quorsum_key_record *record,
                                                                const quorsum_task_options *options,
                                                                const quorsum_identity *signer, size_t *index);
/** Reads a task and checks it whole. @return QUORSUM_OK, reading errors, or as quorsum_task_make */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_task_decode(quorsum_task **out, const quorsum_key_record *record,
                                                                  const uint8_t *in, size_t len);
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_task_encode(quorsum_bytes *out, const quorsum_task *task);
QUORSUM_API void quorsum_task_free(quorsum_task *task);
QUORSUM_API const uint8_t *quorsum_task_digest(const quorsum_task *task);            /* lent */
QUORSUM_API const char *quorsum_task_label(const quorsum_task *task);                /* lent */
QUORSUM_API const quorsum_plan *quorsum_task_plan(const quorsum_task *task);         /* lent */
QUORSUM_API const quorsum_key_record *quorsum_task_record(const quorsum_task *task); /* lent */
QUORSUM_API uint32_t quorsum_task_min_cohort(const quorsum_task *task);
QUORSUM_API uint32_t quorsum_task_max_cohort(const quorsum_task *task);
QUORSUM_API uint32_t quorsum_task_weight_bits(const quorsum_task *task);
QUORSUM_API quorsum_revote quorsum_task_revote(const quorsum_task *task);
QUORSUM_API uint32_t quorsum_task_agreement(const quorsum_task *task);
QUORSUM_API const uint8_t *quorsum_task_coordinator(const quorsum_task *task); /* 32 bytes, lent */
QUORSUM_API size_t quorsum_task_roster(const quorsum_task *task, const uint8_t **roster); /* count; sorted, lent */
QUORSUM_API int quorsum_task_admits(const quorsum_task *task, const uint8_t *identity);   /* 1 or 0 */

/**
 * Encrypts, proves and signs one contribution, with the encryptor's pool first (quorsum/pool.h).
 *
 * @param[in] values  quorsum_plan_values() integers in scaled units, each inside its field's range (_ERR_RANGE
 *                    otherwise: clip first, and report what was clipped). Constant time in the values.
 * @param[in] weight  1 for an unweighted task; else below 2^weight_bits: the values are multiplied by it inside
 * @param[in] sequence 1; where the last contribution counts, one more than this contributor's last, to 65535
 * @return QUORSUM_OK, _ERR_KEY_MISMATCH (the encryptor's key is not the task's), _ERR_WIDTH (count), _ERR_RANGE (a
 *         value, the weight or the sequence), _ERR_CHOICE (a ballot that the task does not allow), _ERR_NORM (the values
 *         are longer than its norm)
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_contribution_make(quorsum_bytes *out, const quorsum_task *task,
                                                                        const quorsum_encryptor *encryptor,
                                                                        const quorsum_identity *identity,
                                                                        const int64_t *values, size_t count,
                                                                        uint64_t weight, uint32_t sequence,
                                                                        const quorsum_run *run);

/** A contribution that has passed every check: form, key, task, admission, signature, ciphertexts, knowledge proof. */
typedef struct quorsum_contribution quorsum_contribution;

/** Reads and checks one. @return QUORSUM_OK, reading errors, _ERR_NOT_ADMITTED, _ERR_NOT_UNIT, _ERR_PROOF */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_contribution_decode(quorsum_contribution **out,
                                                                          const quorsum_task *task, const uint8_t *in,
                                                                          size_t len, const quorsum_run *run);
QUORSUM_API void quorsum_contribution_free(quorsum_contribution *contribution);
QUORSUM_API const uint8_t *quorsum_contribution_sender(const quorsum_contribution *contribution); /* lent */
QUORSUM_API uint32_t quorsum_contribution_sequence(const quorsum_contribution *contribution);
QUORSUM_API const uint8_t *quorsum_contribution_digest(const quorsum_contribution *contribution); /* lent */

/** Multiplies accepted contributions together, one at a time, in memory that does not grow with their size. */
typedef struct quorsum_aggregator quorsum_aggregator;

QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_aggregator_new(quorsum_aggregator **out, const quorsum_task *task);
QUORSUM_API void quorsum_aggregator_free(quorsum_aggregator *aggregator);
/**
 * Contributions come in ascending order of sender, so that "each contributor once" needs no memory. After a failure the
 * aggregator is what it was before.
 * @return QUORSUM_OK, _ERR_TASK_MISMATCH, _ERR_DUPLICATE (the same sender again), _ERR_ARGUMENT (out of order),
 *         _ERR_COHORT (more than max_cohort)
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_aggregator_add(quorsum_aggregator *aggregator,
                                                                     const quorsum_contribution *contribution,
                                                                     const quorsum_run *run);
QUORSUM_API uint32_t quorsum_aggregator_cohort(const quorsum_aggregator *aggregator);
/**
 * Notes for the manifest that a contribution does not count, and why: in ascending order of sender and sequence. Of
 * more than 65536 the manifest lists the first.
 *
 * @param[in] sender        whose it says it is, 32 bytes
 * @param[in] contribution  its digest; zeros when it could not be read
 * @param[in] reason        such as what quorsum_contribution_decode answered, or _ERR_SUPERSEDED
 * @return QUORSUM_OK, _ERR_ARGUMENT (out of order, or no reason)
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_aggregator_refuse(quorsum_aggregator *aggregator,
                                                                        const uint8_t *sender, uint32_t sequence,
                                                                        const uint8_t *contribution,
                                                                        quorsum_status reason);
/** Signs, as the task's coordinator, the manifest (who is in) and the aggregate (the product). _ERR_COHORT below
 *  min_cohort, _ERR_COORDINATOR (another identity than the task's). */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_aggregator_finish(quorsum_bytes *manifest, quorsum_bytes *aggregate,
                                                                        const quorsum_aggregator *aggregator,
                                                                        const quorsum_identity *signer,
                                                                        const quorsum_run *run);

/** The list of contributions in a sum, in ascending order of sender, and of those that were refused. Immutable. */
typedef struct quorsum_manifest quorsum_manifest;

/** Reads one. @return QUORSUM_OK, reading errors, _ERR_COORDINATOR (not the task's), _ERR_COHORT (outside the task's),
 *  _ERR_DUPLICATE, _ERR_NOT_ADMITTED */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_manifest_decode(quorsum_manifest **out, const quorsum_task *task,
                                                                      const uint8_t *in, size_t len);
QUORSUM_API void quorsum_manifest_free(quorsum_manifest *manifest);
QUORSUM_API uint32_t quorsum_manifest_cohort(const quorsum_manifest *manifest);
QUORSUM_API const uint8_t *quorsum_manifest_sender(const quorsum_manifest *manifest, uint32_t index);       /* lent */
QUORSUM_API uint32_t quorsum_manifest_sequence(const quorsum_manifest *manifest, uint32_t index);
QUORSUM_API const uint8_t *quorsum_manifest_contribution(const quorsum_manifest *manifest, uint32_t index); /* lent */
QUORSUM_API const uint8_t *quorsum_manifest_digest(const quorsum_manifest *manifest);                       /* lent */
QUORSUM_API const uint8_t *quorsum_manifest_root(const quorsum_manifest *manifest); /* of its Merkle tree, lent */
QUORSUM_API size_t quorsum_manifest_refused(const quorsum_manifest *manifest);      /* how many it lists */
/** A refused one: the reason, a status by name, or NULL when there is no such index. All lent. */
QUORSUM_API const char *quorsum_manifest_refusal(const quorsum_manifest *manifest, size_t index, const uint8_t **sender,
                                                 uint32_t *sequence, const uint8_t **contribution);

/** A well-formed aggregate. That it is the product of its manifest is what quorsum_aggregate_check shows. */
typedef struct quorsum_aggregate quorsum_aggregate;

/** Reads one. @return QUORSUM_OK, reading errors, _ERR_COORDINATOR (not the task's), _ERR_MISSING or _ERR_COHORT (of
 *  another manifest), _ERR_NOT_UNIT */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_aggregate_decode(quorsum_aggregate **out, const quorsum_task *task,
                                                                       const quorsum_manifest *manifest,
                                                                       const uint8_t *in, size_t len,
                                                                       const quorsum_run *run);
QUORSUM_API void quorsum_aggregate_free(quorsum_aggregate *aggregate);
QUORSUM_API const uint8_t *quorsum_aggregate_digest(const quorsum_aggregate *aggregate);                    /* lent */
QUORSUM_API const quorsum_ciphertexts *quorsum_aggregate_ciphertexts(const quorsum_aggregate *aggregate);   /* lent */
/** Whether an aggregator that was fed the manifest's contributions, all of them, gives this aggregate.
 *  @return QUORSUM_OK, _ERR_TASK_MISMATCH, _ERR_MISSING (another list of contributions), _ERR_PRODUCT */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_aggregate_check(const quorsum_aggregate *aggregate,
                                                                      const quorsum_manifest *manifest,
                                                                      const quorsum_aggregator *recomputed,
                                                                      const quorsum_run *run);

/** A partial decryption as a message: made from an aggregate, signed by the trustee's identity.
 *  @return QUORSUM_OK, _ERR_TASK_MISMATCH, or as quorsum_partial_decrypt */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_partial_make(quorsum_bytes *out, const quorsum_task *task,
                                                                   const quorsum_aggregate *aggregate,
                                                                   const quorsum_key_share *share,
                                                                   const quorsum_identity *identity,
                                                                   const quorsum_run *run);
/** Reads one: form, key, task, aggregate, signature, and the trustee's identity when the key has a roster. Its proof is
 *  checked where it is used (quorsum_combiner_add).
 *  @return QUORSUM_OK, reading errors, _ERR_TRUSTEE, _ERR_MISSING (made for another aggregate) */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_partial_decode(quorsum_partial **out, const quorsum_task *task,
                                                                     const quorsum_aggregate *aggregate,
                                                                     const uint8_t *in, size_t len);

/** Totals that passed every check. Immutable. */
typedef struct quorsum_result quorsum_result;

/** The opening of an aggregate, signed and encoded; opening must be quorsum_combiner_open's.
 *  @return QUORSUM_OK, _ERR_TASK_MISMATCH, _ERR_MISSING (of another manifest), _ERR_KEY_MISMATCH, _ERR_WIDTH */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_result_make(quorsum_bytes *out, const quorsum_task *task,
                                                                  const quorsum_manifest *manifest,
                                                                  const quorsum_aggregate *aggregate,
                                                                  const quorsum_opening *opening,
                                                                  const quorsum_identity *signer);
/** Reads a result and checks it against the aggregate by re-encryption, then decodes the totals.
 *  @return QUORSUM_OK, reading errors, _ERR_OPENING, _ERR_OVERFLOW (a total is outside its bound: untrusted), ... */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_result_decode(quorsum_result **out, const quorsum_task *task,
                                                                    const quorsum_manifest *manifest,
                                                                    const quorsum_aggregate *aggregate,
                                                                    const uint8_t *in, size_t len,
                                                                    const quorsum_run *run);
QUORSUM_API void quorsum_result_free(quorsum_result *result);
/** All totals in scaled units: quorsum_plan_values() of them, lent. */
QUORSUM_API const int64_t *quorsum_result_totals(const quorsum_result *result);
QUORSUM_API int64_t quorsum_result_weight(const quorsum_result *result); /* sum of weights; the cohort if unweighted */
QUORSUM_API uint32_t quorsum_result_cohort(const quorsum_result *result);
QUORSUM_API size_t quorsum_result_trustees(const quorsum_result *result, const uint32_t **trustees); /* lent */

#ifdef __cplusplus
}
#endif
#endif
