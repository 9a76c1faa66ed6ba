/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unified key record (docs/protocol.md): one form for keys that were dealt, made without a dealer, and handed on.
 *
 * The secret is an integer D with D N^s = theta modulo the order of the squares of Z_N^*; theta is public and prime to
 * N. Party i holds S_i = F(i) for an integer polynomial F of degree quorum-1 with F(0) = Delta D, Delta = n!. Nothing
 * below assumes theta = 1.
 */
#ifndef QS_KEY_RECORD_H
#define QS_KEY_RECORD_H

#include "lib/base/message.h"
#include "lib/base/secret.h"
#include "lib/paillier/public_key.h"
#include "lib/proof/modulus.h"
#include "quorsum/threshold.h"

#define QS_KEY_KEYS 17 /* of its own, from 10 on, in the header of every record */
#define QS_CERTIFICATE_ROOTS 7
#define QS_CONFIRMATION_BYTES (1 + QS_SIGNATURE_BYTES)
#define QS_THETA_BYTES_MAX 4096 /* theta is below N^s when a key is made, and grows by |n!| bits a refresh */
#define QS_SHARE_BITS_MAX 16384 /* dealt: at most 4094 + |255!| = 5770; the rest is room for dealer-free slack */

/* The two origins: parts->origin is one of these pointers. */
extern const char qs_origin_dealer[];   /* "dealer" */
extern const char qs_origin_ceremony[]; /* "ceremony" */

typedef struct qs_key_parts { /* everything a record says; v and h are recomputed, never carried */
    quorsum_public_key *key;
    uint32_t trustees;
    uint32_t quorum;
    mpz_t theta;
    size_t share_bits;   /* l_S: every S_i is below 2^share_bits */
    mp_limb_t *verify;   /* v_1..v_n, plain form in key->root */
    mp_limb_t *roots;    /* rho_1..rho_7 */
    uint8_t *roster;     /* n * 32 bytes, or NULL */
    const char *origin;  /* how N came about: one of the two above; it stays when a key is handed on */
    uint8_t signer[QUORSUM_IDENTITY_BYTES]; /* who signs the record: the dealer, or trustee 1 after a ceremony */
    uint64_t epoch;      /* 0, and one more each time the key is refreshed or handed on */
    size_t secret_bits;  /* l_D: |D| is below 2^secret_bits, S_i on a polynomial over Z. 0: shares as they were dealt */
    uint8_t ceremony[QUORSUM_DIGEST_BYTES]; /* of the transcript of the ceremony that made the shares; else zeros */
    uint8_t parent[QUORSUM_DIGEST_BYTES];   /* of the record that was handed on; zeros at epoch 0 */
    /* origin "dealer" only: the proofs of the modulus, and who made them */
    uint8_t prover[QUORSUM_IDENTITY_BYTES];
    qs_modulus_proof modulus;
    uint8_t *factors;    /* qs_factors_proof_bytes; NULL, as modulus.words, for the other origin */
} qs_key_parts;

struct quorsum_key_record {
    atomic_uint references;
    qs_key_parts parts;
    mp_limb_t *v;                          /* HashToZ(N, "v")^2 mod N, plain form */
    uint8_t digest[QUORSUM_DIGEST_BYTES];  /* of header and blocks: names the key, epoch included */
    quorsum_bytes encoded;                 /* the signed record as it was made or read, confirmations behind it */
    size_t message_len;                    /* of `encoded` without confirmations */
    quorsum_key_record *whole; /* NULL, or the record whose parts and v these are: this one has other confirmations */
};

struct quorsum_key_share {
    uint32_t trustee;
    uint8_t key[QUORSUM_DIGEST_BYTES];
    size_t share_bits;
    qs_secret value; /* S_i at the full width of share_bits */
};

struct quorsum_partial {
    uint32_t trustee;
    uint8_t key[QUORSUM_DIGEST_BYTES];
    uint8_t task[QUORSUM_DIGEST_BYTES];
    uint8_t prover[QUORSUM_IDENTITY_BYTES];
    size_t count;
    size_t limbs;
    mp_limb_t *value; /* c_(i,k), plain form mod N, `limbs` apart */
    uint8_t *proof;
    size_t proof_len;
};

struct quorsum_opening {
    quorsum_public_key *key;
    size_t count;
    mp_limb_t *m; /* plain form in key->plain: public once opened */
    mp_limb_t *r; /* plain form in key->root */
    uint32_t *trustees;   /* whose partials were used, ascending; NULL for one that was read from bytes */
    size_t trustee_count;
};

quorsum_key_record *qs_key_record_hold(const quorsum_key_record *record);

/* A record is made in three steps, so that whoever is to sign and to confirm can see its digest first: prepare, signatures
 * (qs_message_make_signature of kind "key", without task; qs_confirmation_sign), complete. make does all three, without
 * confirmations.
 *
 * prepare: header and blocks into an empty buffer (the caller's to free; emptied on failure), and their digest. ERR_RANGE
 * (the lineage), ERR_DUPLICATE_TRUSTEE, ERR_MEMORY. Does not run the checks below.
 * complete: takes the parts over (also on failure, `parts` is left empty); the message is what prepare made of them, and
 * stays the caller's. The signature is parts->signer's; the confirmations are entries of QS_CONFIRMATION_BYTES, ascending.
 * Runs every check: ERR_SIGNATURE, what qs_confirmations_check answers, and what the checks below do.
 * make: likewise; ERR_ARGUMENT when the signer is not parts->signer. */
quorsum_status qs_key_record_prepare(qs_buffer *unsigned_message, uint8_t digest[QUORSUM_DIGEST_BYTES],
                                     const qs_key_parts *parts);
quorsum_status qs_key_record_complete(quorsum_key_record **out, qs_key_parts *parts, const qs_buffer *unsigned_message,
                                      const uint8_t signature[QS_SIGNATURE_BYTES], const uint8_t *confirmations,
                                      size_t len, const quorsum_run *run);
quorsum_status qs_key_record_make(quorsum_key_record **out, qs_key_parts *parts, const quorsum_identity *signer,
                                  const quorsum_run *run);
/* An empty set of parts with room for v_i, rho_i, the proofs if the origin has them and, if `roster` is not NULL, its copy.
 * Holds the key. */
quorsum_status qs_key_parts_init(qs_key_parts *parts, const quorsum_public_key *key, const char *origin,
                                 uint32_t trustees, uint32_t quorum, size_t share_bits, const uint8_t *roster);
void qs_key_parts_clear(qs_key_parts *parts);

/* ---- where a key comes from (key_lineage.c) ---- */

/* The origin that a text names, or NULL. */
const char *qs_origin_find(const char *text, size_t len);
/* Zeros: there is none. */
int qs_digest_is_none(const uint8_t digest[QUORSUM_DIGEST_BYTES]);
/* Whether the record has a dealer's proofs of the modulus: exactly when its origin is a dealer. */
static inline int qs_key_has_proofs(const qs_key_parts *parts)
{
    return parts->factors != NULL;
}
/* Whether origin, signer, prover, epoch, ceremony, parent and secret_bits fit together (docs/wire-format.md): ERR_RANGE. */
quorsum_status qs_key_lineage_check(const qs_key_parts *parts);

/* What the dealer's proofs are bound to. */
qs_context qs_key_context(const qs_key_parts *parts);

/* A record's bytes: answers parts whose numbers are in range, and the digest, signature checked, and how many of the bytes
 * are the message: confirmations may follow. Does not run the checks below. */
quorsum_status qs_key_parts_read(qs_key_parts *parts, uint8_t digest[QUORSUM_DIGEST_BYTES], size_t *message_len,
                                 const uint8_t *in, size_t len);

/* An all-zero share of `share_bits` bits; the key digest is the caller's to set. ERR_MEMORY. */
quorsum_status qs_key_share_new(quorsum_key_share **out, uint32_t trustee, size_t share_bits);

/* Another object for the same share, owned by the caller; NULL on failure. ERR_MEMORY. */
quorsum_status qs_key_share_copy(quorsum_key_share **out, const quorsum_key_share *share);

/* v^share, plain form in key->root like v; constant time in the share. */
quorsum_status qs_verification_key(mp_limb_t *out, const quorsum_public_key *key, const mp_limb_t *v,
                                   const qs_secret *share, size_t share_bits);

/* 1.1 step 5 and step 6 on parts; v in plain form. ERR_KEY_CHECK, ERR_CERTIFICATE, ERR_NOT_UNIT, ERR_RANGE. */
quorsum_status qs_key_check_vartime(const qs_key_parts *parts, const mp_limb_t *v, const quorsum_run *run);
quorsum_status qs_certificate_check_vartime(const qs_key_parts *parts, const quorsum_run *run);
/* The dealer's proofs of the modulus, where there are any. ERR_MODULUS_PROOF, ERR_NOT_UNIT, ERR_RANGE, ERR_NOT_CANONICAL. */
quorsum_status qs_key_proofs_check_vartime(const qs_key_parts *parts, const quorsum_run *run);

/* The confirmations behind a record's message, for its digest (key_confirm.c): ERR_TRUNCATED, ERR_TRUSTEE,
 * ERR_DUPLICATE_TRUSTEE, ERR_NOT_CANONICAL (not ascending), ERR_SIGNATURE. */
quorsum_status qs_confirmations_check(const qs_key_parts *parts, const uint8_t digest[QUORSUM_DIGEST_BYTES],
                                      const uint8_t *in, size_t len);
/* One of them: made by trustee `index` for a record's digest, and checked against the trustee's identity. ERR_SIGNATURE. */
void qs_confirmation_sign(uint8_t entry[QS_CONFIRMATION_BYTES], const uint8_t digest[QUORSUM_DIGEST_BYTES],
                          uint32_t index, const quorsum_identity *identity);
quorsum_status qs_confirmation_check(const uint8_t entry[QS_CONFIRMATION_BYTES],
                                     const uint8_t digest[QUORSUM_DIGEST_BYTES],
                                     const uint8_t trustee[QUORSUM_IDENTITY_BYTES]);
/* Whether as many of its trustees as quorsum_key_record_needed says have confirmed the record: what a task needs. */
int qs_key_record_is_confirmed(const quorsum_key_record *record);
/* A record that is this one but for its confirmations, which are checked ones: copies the bytes, shares the rest. */
quorsum_status qs_key_record_with(quorsum_key_record **out, const quorsum_key_record *record,
                                  const uint8_t *confirmations, size_t len);

/* v of a key: HashToZ(N, "v")^2 mod N. */
void qs_key_v(const quorsum_public_key *key, mp_limb_t *out);

/* y_1..y_7, which the certificate must be roots of, plain form in key->root. */
void qs_certificate_challenges(const quorsum_public_key *key, mp_limb_t *out);

#endif
