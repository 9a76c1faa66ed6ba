/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds coordinator and trustees to one list of contributions: receipts, inclusion, acknowledgements, evidence.
 *
 * A receipt is the coordinator's word, given to a contributor, that its contribution will be in the manifest. An
 * inclusion shows that it is, by a path in the manifest's Merkle tree. An acknowledgement is a trustee's word that it
 * has checked one manifest with its aggregate and opens no other of the task; a partial leaves only when enough of them
 * agree. Evidence is two signatures where there may be one.
 *
 * What arrives through an output is the caller's, and NULL or empty on failure. All calls may return _ERR_ARGUMENT (a
 * NULL) and _ERR_MEMORY. "Reading errors" are those of quorsum/round.h. All of it is public: nothing is constant time.
 */
#ifndef QUORSUM_AGREEMENT_H
#define QUORSUM_AGREEMENT_H

#include "quorsum/round.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- inclusion ---- */

#define QUORSUM_PATH_MAX 32

/** That a contribution stands at place `index` of a manifest's list: with the root and the cohort, which the manifest's
 *  header holds, anybody can check it without the list. Plain bytes, to be sent in any form. */
typedef struct quorsum_inclusion {
    uint8_t sender[QUORSUM_IDENTITY_BYTES];
    uint32_t sequence;
    uint8_t contribution[QUORSUM_DIGEST_BYTES]; /* digest */
    uint32_t index;                             /* from 0 */
    uint32_t path_count;
    uint8_t path[QUORSUM_PATH_MAX][QUORSUM_DIGEST_BYTES]; /* siblings, from the leaf upwards */
} quorsum_inclusion;

/** Of the contribution of `sender` (32 bytes) that counts. _ERR_NOT_FOUND when the manifest has none. */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_manifest_inclusion(quorsum_inclusion *out,
                                                                         const quorsum_manifest *manifest,
                                                                         const uint8_t *sender);
/** Whether the path leads to this root (32 bytes) of a list of `cohort`. Where root and cohort come from is the
 *  caller's to know: the coordinator's signature covers the whole manifest, of which the trustees' acknowledgements
 *  give the digest.
 *  @return QUORSUM_OK, _ERR_MISSING (it does not) */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_inclusion_check(const quorsum_inclusion *inclusion,
                                                                      const uint8_t *root, uint32_t cohort);

/* ---- receipts ---- */

typedef struct quorsum_receipt quorsum_receipt;

/** Signs that an accepted contribution was received. @return QUORSUM_OK, _ERR_TASK_MISMATCH, _ERR_COORDINATOR (the
 *  identity is not the task's coordinator) */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_receipt_make(quorsum_bytes *out, const quorsum_task *task,
                                                                   const quorsum_contribution *contribution,
                                                                   const quorsum_identity *coordinator);
/** Reads one. @return QUORSUM_OK, reading errors, _ERR_COORDINATOR (somebody else's signature) */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_receipt_decode(quorsum_receipt **out, const quorsum_task *task,
                                                                     const uint8_t *in, size_t len);
QUORSUM_API void quorsum_receipt_free(quorsum_receipt *receipt);
QUORSUM_API const uint8_t *quorsum_receipt_contributor(const quorsum_receipt *receipt);  /* lent */
QUORSUM_API uint32_t quorsum_receipt_sequence(const quorsum_receipt *receipt);
QUORSUM_API const uint8_t *quorsum_receipt_contribution(const quorsum_receipt *receipt); /* digest, lent */
/** Whether the manifest keeps the receipt's word.
 *  @return QUORSUM_OK, _ERR_SUPERSEDED (kept, too: the contributor's later contribution counts, as the task's rule has
 *          it), _ERR_OMITTED (broken: receipt and manifest together prove it), _ERR_TASK_MISMATCH */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_receipt_check(const quorsum_receipt *receipt,
                                                                    const quorsum_manifest *manifest);

/* ---- acknowledgements ---- */

typedef struct quorsum_acknowledgement quorsum_acknowledgement;

/**
 * Signs, as a trustee, that this aggregate of this manifest is the one it agrees to open for the task. It is checked
 * against what was multiplied again. Whoever calls this answers for the rest (quorsum_board_acknowledge does): that
 * every contribution was verified, that no receipt is broken, and that a journal on disk says so before the
 * acknowledgement leaves.
 *
 * @param[in] recomputed  an aggregator that was fed the manifest's contributions
 * @return QUORSUM_OK, _ERR_TRUSTEE (the identity is no trustee's), or as quorsum_aggregate_check
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_acknowledgement_make(
    quorsum_bytes *out, const quorsum_task *task, const quorsum_manifest *manifest, const quorsum_aggregate *aggregate,
    const quorsum_aggregator *recomputed, const quorsum_identity *trustee, const quorsum_run *run);
/** Reads one. @return QUORSUM_OK, reading errors, _ERR_TRUSTEE (no such trustee, or not its signature) */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_acknowledgement_decode(quorsum_acknowledgement **out,
                                                                             const quorsum_task *task, const uint8_t *in,
                                                                             size_t len);
QUORSUM_API void quorsum_acknowledgement_free(quorsum_acknowledgement *acknowledgement);
QUORSUM_API uint32_t quorsum_acknowledgement_trustee(const quorsum_acknowledgement *acknowledgement);
QUORSUM_API const uint8_t *quorsum_acknowledgement_manifest(const quorsum_acknowledgement *acknowledgement);  /* lent */
QUORSUM_API const uint8_t *quorsum_acknowledgement_aggregate(const quorsum_acknowledgement *acknowledgement); /* lent */

/* ---- evidence ---- */

/** Two different manifests signed by one coordinator, or two acknowledgements by one trustee, of one task. */
typedef struct quorsum_evidence quorsum_evidence;

/**
 * Makes it from two messages, each whole, as it came. `signer` may be anybody: the evidence proves itself.
 * @return QUORSUM_OK, reading errors of the messages, _ERR_DUPLICATE (it is twice the same content), _ERR_TYPE (of two
 *         kinds, or of one that may be signed often), _ERR_COORDINATOR, _ERR_TRUSTEE (not signed by the one who answers
 *         for it)
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_evidence_make(quorsum_bytes *out, const quorsum_task *task,
                                                                    const quorsum_bytes *first,
                                                                    const quorsum_bytes *second,
                                                                    const quorsum_identity *signer);
/** Reads one and checks both signatures: what comes out is a proof.
 *  @return QUORSUM_OK, reading errors (_ERR_SIGNATURE: of the message or of one of the two), _ERR_DUPLICATE (one digest
 *          twice), _ERR_TYPE (kind), _ERR_COORDINATOR or _ERR_TRUSTEE (the accused is not who answers for the kind) */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_evidence_decode(quorsum_evidence **out, const quorsum_task *task,
                                                                      const uint8_t *in, size_t len);
QUORSUM_API void quorsum_evidence_free(quorsum_evidence *evidence);
QUORSUM_API const uint8_t *quorsum_evidence_accused(const quorsum_evidence *evidence); /* 32 bytes, lent */
QUORSUM_API uint32_t quorsum_evidence_trustee(const quorsum_evidence *evidence); /* its index; 0: the coordinator */
/** The digests of what was signed, index 0 or 1, ascending; lent. */
QUORSUM_API const uint8_t *quorsum_evidence_digest(const quorsum_evidence *evidence, unsigned index);

#ifdef __cplusplus
}
#endif
#endif
