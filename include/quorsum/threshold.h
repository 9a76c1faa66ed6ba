/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that nobody needs to hold whole, and opening with a quorum by root opening (docs/protocol.md): trustees help to
 * compute the randomiser r of a ciphertext, whoever has r completes the decryption, and (m, r) proves itself.
 */
#ifndef QUORSUM_THRESHOLD_H
#define QUORSUM_THRESHOLD_H

#include "quorsum/ciphertexts.h"
#include "quorsum/identity.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QUORSUM_TRUSTEES_MAX 255

/** What a threshold key is dealt with. */
typedef struct quorsum_deal_options {
    quorsum_key_options key;
    uint32_t trustees;     /* n: 1..255 */
    uint32_t quorum;       /* how many of them open: 1..n */
    const uint8_t *roster; /* n trustee identities of 32 bytes, in order of index. NULL: known by share only,
                            * and nobody can confirm the key, which a task needs */
} quorsum_deal_options;

/**
 * The public key record: public key, verification keys, root certificate, the dealer's proofs of the modulus, signed by
 * who made it, and the confirmations of trustees behind that. One that exists has been checked whole: form, modulus, public
 * key check, root certificate, proofs, confirmations (docs/protocol.md). Immutable.
 */
typedef struct quorsum_key_record quorsum_key_record;

/** One trustee's share of the key, in guarded memory. Immutable. */
typedef struct quorsum_key_share quorsum_key_share;

/**
 * Deals a key: safe primes, integer Shamir shares of N^(-s) modulo the order of the squares. The factors and the
 * polynomial are wiped before it returns. Whoever deals could have kept them: the dealer is trusted to forget.
 *
 * @param[out] record   the record, owned by the caller
 * @param[out] shares   room for options->trustees pointers; share i+1 in shares[i], each owned by the caller; all NULL on
 *                      failure
 * @param[in]  options  bits, degree, trustees, quorum
 * @param[in]  signer   who answers for the record
 * @param[in]  run      threads; progress counts tested candidates (total unknown); may be NULL
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL other than run, trustees or quorum out of range), _ERR_MODULUS_SIZE,
 *         _ERR_DUPLICATE_TRUSTEE (an identity twice on the roster), _ERR_RANDOM, _ERR_MEMORY, _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_deal(quorsum_key_record **record, quorsum_key_share **shares,
                                                           const quorsum_deal_options *options,
                                                           const quorsum_identity *signer, const quorsum_run *run);

QUORSUM_API void quorsum_key_record_free(quorsum_key_record *record);
/** The record as bytes (docs/wire-format.md). @return QUORSUM_OK, _ERR_MEMORY */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_key_record_encode(quorsum_bytes *out,
                                                                        const quorsum_key_record *record);
/**
 * Reads and checks a record: about as much work as ten partial decryptions for a handful of trustees, up to some
 * seconds for 255.
 * @return QUORSUM_OK, an error of reading (_TRUNCATED, _TRAILING, _NOT_CANONICAL, _VERSION, _TYPE, _RANGE, _LIMIT,
 *         _NOT_UNIT), _ERR_SIGNATURE (of the record or of a confirmation), _ERR_TRUSTEE (confirmed by nobody of the
 *         roster), _ERR_DUPLICATE_TRUSTEE, _ERR_MODULUS_*, _ERR_KEY_CHECK, _ERR_CERTIFICATE, _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_key_record_decode(quorsum_key_record **out, const uint8_t *in,
                                                                        size_t len, const quorsum_run *run);
QUORSUM_API const quorsum_public_key *quorsum_key_record_public(const quorsum_key_record *record); /* lent */
QUORSUM_API uint32_t quorsum_key_record_trustees(const quorsum_key_record *record);
QUORSUM_API uint32_t quorsum_key_record_quorum(const quorsum_key_record *record);
QUORSUM_API const uint8_t *quorsum_key_record_digest(const quorsum_key_record *record); /* lent; names the key */
/** The identity of trustee 1..n, lent, or NULL when the record has no roster (or no such trustee). */
QUORSUM_API const uint8_t *quorsum_key_record_trustee(const quorsum_key_record *record, uint32_t trustee);

/** The identity of who signed the record, lent: the dealer, or trustee 1 of a key that a ceremony made or handed on. */
QUORSUM_API const uint8_t *quorsum_key_record_signer(const quorsum_key_record *record);

/** How the modulus came about, lent: "dealer" (it has a dealer's proofs) or "ceremony" (nobody ever held its factors). It
 * stays when the key is handed on. */
QUORSUM_API const char *quorsum_key_record_origin(const quorsum_key_record *record);
/** How often the key was refreshed or handed on: 0 for a new one. */
QUORSUM_API uint64_t quorsum_key_record_epoch(const quorsum_key_record *record);
/** The digest of the record that was handed on, lent; NULL at epoch 0. */
QUORSUM_API const uint8_t *quorsum_key_record_parent(const quorsum_key_record *record);
/** The digest of the transcript of the ceremony that made the shares, lent; NULL for shares that a dealer made. */
QUORSUM_API const uint8_t *quorsum_key_record_ceremony(const quorsum_key_record *record);

/**
 * A trustee's confirmation: checks the share against the record (quorsum_key_share_check) and signs the key's digest. A
 * task needs a record that at least a quorum of its trustees has confirmed, so that at least one honest trustee says: this
 * key's shares are where they belong. The digest stays the same: confirmations are no part of what they confirm.
 *
 * Only for shares that a dealer made. Those of a ceremony are confirmed by its last step and in no other way: a share that fits
 * is no sign that there was one, and a record without its trustees' confirmations is nothing that a trustee should mend.
 *
 * @param[out] out      the record with the confirmation, to be given on; owned by the caller, `record` stays as it is
 * @param[in]  record   one that exists has been checked whole
 * @param[in]  share    the trustee's share
 * @param[in]  identity the trustee's, as the record's roster has it
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL), _ERR_TYPE (a record that says a ceremony made it), _ERR_KEY_MISMATCH (another
 *         key's share), _ERR_KEY_CHECK (not the share the record names), _ERR_TRUSTEE (the roster has another identity for
 *         this share, or there is none), _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_key_record_confirm(quorsum_key_record **out,
                                                                         const quorsum_key_record *record,
                                                                         const quorsum_key_share *share,
                                                                         const quorsum_identity *identity);
/** One record with the confirmations of two copies. @return QUORSUM_OK, _ERR_ARGUMENT, _ERR_KEY_MISMATCH, _ERR_MEMORY */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_key_record_merge(quorsum_key_record **out,
                                                                       const quorsum_key_record *record,
                                                                       const quorsum_key_record *other);
/** How many trustees have confirmed the record. */
QUORSUM_API uint32_t quorsum_key_record_confirmed(const quorsum_key_record *record);
/** How many confirmations a task needs: a quorum's of a dealer's key, those of all trustees where a ceremony made the shares,
 * because what protects such a key is that each of them has agreed to it. */
QUORSUM_API uint32_t quorsum_key_record_needed(const quorsum_key_record *record);
/** Whether trustee 1..n has, as 1 or 0. */
QUORSUM_API int quorsum_key_record_confirmed_by(const quorsum_key_record *record, uint32_t trustee);

QUORSUM_API void quorsum_key_share_free(quorsum_key_share *share); /* wipes */
QUORSUM_API uint32_t quorsum_key_share_trustee(const quorsum_key_share *share);
QUORSUM_API const uint8_t *quorsum_key_share_key(const quorsum_key_share *share); /* digest of its key record, lent */
/** Seals a share under a passphrase, for a file of mode 0600. Errors as quorsum_private_key_seal. */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_key_share_seal(quorsum_bytes *out, const quorsum_key_share *share,
                                                                     const char *passphrase, size_t passphrase_len);
/** Reads it back; owned by the caller, NULL on failure. Errors as quorsum_private_key_unseal. */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_key_share_unseal(quorsum_key_share **out, const uint8_t *sealed,
                                                                       size_t len, const char *passphrase,
                                                                       size_t passphrase_len);
/**
 * Whether the share is the one the record names: v^(S_i) = v_i. Constant time in the share.
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL), _ERR_KEY_MISMATCH (another key's), _ERR_KEY_CHECK, _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_key_share_check(const quorsum_key_share *share,
                                                                      const quorsum_key_record *record);

/** A trustee's verified partial decryption of a vector. */
typedef struct quorsum_partial quorsum_partial;

/**
 * Partial decryption with its proof, bound to `task` (32 bytes; zeros outside a task) and to the signer's identity.
 * Constant time in the share. Decrypts whatever it is given: what may be opened is decided above (quorsum/round.h).
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL other than run), _ERR_KEY_MISMATCH, _ERR_TRUSTEE (the record's roster has
 *         another identity for this share), _ERR_KEY_CHECK (the share is not the one the record names), _ERR_MEMORY,
 *         _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_partial_decrypt(quorsum_partial **out,
                                                                      const quorsum_key_record *record,
                                                                      const quorsum_key_share *share,
                                                                      const quorsum_ciphertexts *ciphertexts,
                                                                      const uint8_t *task, const uint8_t *prover,
                                                                      const quorsum_run *run);
QUORSUM_API void quorsum_partial_free(quorsum_partial *partial);
QUORSUM_API uint32_t quorsum_partial_trustee(const quorsum_partial *partial);

/** Plaintexts and randomisers of an opened vector. */
typedef struct quorsum_opening quorsum_opening;

/** Collects verified partials for one vector until there is a quorum. */
typedef struct quorsum_combiner quorsum_combiner;

/**
 * An empty combiner for these ciphertexts and this task (32 bytes; zeros outside a task). It keeps copies: record and
 * ciphertexts may be freed afterwards.
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL), _ERR_KEY_MISMATCH, _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_combiner_new(quorsum_combiner **out, const quorsum_key_record *record,
                                                                   const quorsum_ciphertexts *ciphertexts,
                                                                   const uint8_t *task);
QUORSUM_API void quorsum_combiner_free(quorsum_combiner *combiner);
/**
 * Adds a partial after checking its proof. A refused one changes nothing.
 * @return QUORSUM_OK, _ERR_KEY_MISMATCH, _ERR_TASK_MISMATCH, _ERR_TRUSTEE, _ERR_DUPLICATE_TRUSTEE, _ERR_WIDTH,
 *         _ERR_RANGE, _ERR_NOT_UNIT, _ERR_PROOF; _ERR_ARGUMENT (a NULL), _ERR_MEMORY, _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_combiner_add(quorsum_combiner *combiner,
                                                                   const quorsum_partial *partial, const quorsum_run *run);
/**
 * Opens with the first quorum of partials; every opening is checked by re-encryption before it is returned. If proven
 * partials do not open, other quorums among those added are tried; then the key is at fault and no trustee is.
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL), _ERR_TOO_FEW_SHARES, _ERR_KEY_FAULTY, _ERR_MEMORY, _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_combiner_open(quorsum_opening **out,
                                                                    const quorsum_combiner *combiner,
                                                                    const quorsum_run *run);

QUORSUM_API void quorsum_opening_free(quorsum_opening *opening);
QUORSUM_API size_t quorsum_opening_count(const quorsum_opening *opening);
/** The opened plaintexts, as a new object of the caller's. @return QUORSUM_OK, _ERR_ARGUMENT (a NULL), _ERR_MEMORY */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_opening_plaintexts(quorsum_plaintexts **out,
                                                                         const quorsum_opening *opening);
/**
 * Whether the opening is one of these ciphertexts: ranges, units, then at most eight exponentiations for all. Sound for
 * the plaintexts with error 2^-128 for a certified key, whoever dealt it (docs/security.md).
 * @return QUORSUM_OK, _ERR_ARGUMENT (a NULL), _ERR_KEY_MISMATCH, _ERR_WIDTH, _ERR_RANGE, _ERR_NOT_UNIT, _ERR_OPENING,
 *         _ERR_MEMORY, _ERR_CANCELLED
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_opening_verify(const quorsum_opening *opening,
                                                                     const quorsum_ciphertexts *ciphertexts,
                                                                     const quorsum_run *run);

#ifdef __cplusplus
}
#endif
#endif
