/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key records: made from parts or read from bytes, and in both cases checked whole before one exists. Immutable and
 * counted: whoever needs a record holds it.
 */
#include "lib/threshold/key_record.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/proof/factors.h"

void qs_key_parts_clear(qs_key_parts *parts)
{
    if (parts->key != NULL) /* theta is initialised exactly when there is a key */
        mpz_clear(parts->theta);
    quorsum_public_key_free(parts->key);
    free(parts->verify);
    free(parts->roots);
    free(parts->roster);
    free(parts->modulus.words);
    free(parts->factors);
    memset(parts, 0, sizeof *parts);
}

/* Room for everything of the parts' sizes. What is there already on failure is for qs_key_parts_clear. */
static int make_room(qs_key_parts *parts, int proofs, int roster)
{
    size_t word = parts->key->root->limbs * sizeof(mp_limb_t);

    parts->verify = calloc(parts->trustees, word);
    parts->roots = calloc(QS_CERTIFICATE_ROOTS, word);
    if (proofs) {
        parts->modulus.words = calloc(QS_MODULUS_WORDS, word);
        parts->factors = calloc(1, qs_factors_proof_bytes(parts->key->root->bits));
    }
    if (roster)
        parts->roster = malloc((size_t)parts->trustees * QUORSUM_IDENTITY_BYTES);
    return parts->verify != NULL && parts->roots != NULL &&
           (!proofs || (parts->modulus.words != NULL && parts->factors != NULL)) && (!roster || parts->roster != NULL);
}

quorsum_status qs_key_parts_init(qs_key_parts *parts, const quorsum_public_key *key, const char *origin,
                                 uint32_t trustees, uint32_t quorum, size_t share_bits, const uint8_t *roster)
{

    memset(parts, 0, sizeof *parts);
    parts->key = qs_public_key_hold(key);
    parts->trustees = trustees;
    parts->quorum = quorum;
    parts->share_bits = share_bits;
    parts->origin = origin;
    mpz_init_set_ui(parts->theta, 1);
    if (!make_room(parts, origin == qs_origin_dealer, roster != NULL)) {
        qs_key_parts_clear(parts);
        return QUORSUM_ERR_MEMORY;
    }
    if (roster != NULL)
        memcpy(parts->roster, roster, (size_t)trustees * QUORSUM_IDENTITY_BYTES);
    return QUORSUM_OK;
}

qs_context qs_key_context(const qs_key_parts *parts)
{
    qs_context context = {.label = "key"};

    memcpy(context.key, parts->key->digest, sizeof context.key);
    memcpy(context.prover, parts->prover, sizeof context.prover);
    return context;
}

void qs_key_v(const quorsum_public_key *key, mp_limb_t *out)
{
    const qs_ring *root = key->root;
    mpz_t value;

    mpz_init(value);
    qs_hash_to_residue(key, "v", 0, out);
    qs_ring_to_mpz(root, value, out);
    mpz_mul(value, value, value);
    qs_ring_from_mpz_vartime(root, out, value);
    mpz_clear(value);
}

/* Takes the parts over. The digest and the bytes are the caller's to set. */
static quorsum_status record_new(quorsum_key_record **out, qs_key_parts *parts, const quorsum_run *run)
{
    quorsum_key_record *record = calloc(1, sizeof *record);
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (record != NULL) {
        atomic_init(&record->references, 1);
        record->parts = *parts;
        memset(parts, 0, sizeof *parts);
        record->v = calloc(record->parts.key->root->width, sizeof *record->v);
    }
    if (record != NULL && record->v != NULL) {
        qs_key_v(record->parts.key, record->v);
        status = qs_key_check_vartime(&record->parts, record->v, run);
        if (status == QUORSUM_OK)
            status = qs_certificate_check_vartime(&record->parts, run);
        if (status == QUORSUM_OK && qs_key_has_proofs(&record->parts))
            status = qs_key_proofs_check_vartime(&record->parts, run);
    }
    if (status != QUORSUM_OK) {
        quorsum_key_record_free(record);
        qs_key_parts_clear(parts);
        return status;
    }
    *out = record;
    return QUORSUM_OK;
}

/* The bytes of a record: message, signature, confirmations. */
static quorsum_status join(quorsum_key_record *record, const qs_buffer *unsigned_message,
                           const uint8_t signature[QS_SIGNATURE_BYTES], const uint8_t *confirmations, size_t len)
{
    qs_buffer bytes = {0};

    qs_buffer_append(&bytes, unsigned_message->data, unsigned_message->len);
    qs_buffer_append(&bytes, signature, QS_SIGNATURE_BYTES);
    record->message_len = bytes.len;
    if (len > 0)
        qs_buffer_append(&bytes, confirmations, len);
    if (bytes.status != QUORSUM_OK) {
        qs_buffer_free(&bytes);
        return QUORSUM_ERR_MEMORY;
    }
    record->encoded = (quorsum_bytes){bytes.data, bytes.len};
    return QUORSUM_OK;
}

quorsum_status qs_key_record_complete(quorsum_key_record **out, qs_key_parts *parts, const qs_buffer *unsigned_message,
                                      const uint8_t signature[QS_SIGNATURE_BYTES], const uint8_t *confirmations,
                                      size_t len, const quorsum_run *run)
{
    quorsum_key_record *record = NULL;
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    quorsum_status status;

    *out = NULL;
    (void)crypto_generichash(digest, sizeof digest, unsigned_message->data, unsigned_message->len, NULL, 0);
    status = qs_message_check_signature(signature, QS_KIND_KEY, NULL, digest, parts->signer);
    if (status == QUORSUM_OK)
        status = qs_confirmations_check(parts, digest, confirmations, len);
    if (status == QUORSUM_OK)
        status = record_new(&record, parts, run);
    if (status == QUORSUM_OK) {
        memcpy(record->digest, digest, sizeof digest);
        status = join(record, unsigned_message, signature, confirmations, len);
    }
    qs_key_parts_clear(parts);
    if (status == QUORSUM_OK) {
        *out = record;
        record = NULL;
    }
    quorsum_key_record_free(record);
    return status;
}

quorsum_status qs_key_record_make(quorsum_key_record **out, qs_key_parts *parts, const quorsum_identity *signer,
                                  const quorsum_run *run)
{
    qs_buffer message = {0};
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    uint8_t signature[QS_SIGNATURE_BYTES];
    quorsum_status status = QUORSUM_ERR_ARGUMENT;

    *out = NULL;
    if (memcmp(parts->signer, quorsum_identity_public(signer), sizeof parts->signer) == 0)
        status = qs_key_record_prepare(&message, digest, parts);
    if (status == QUORSUM_OK) {
        qs_message_make_signature(signature, QS_KIND_KEY, signer, NULL, digest);
        status = qs_key_record_complete(out, parts, &message, signature, NULL, 0, run);
    }
    qs_key_parts_clear(parts);
    qs_buffer_free(&message);
    return status;
}

static quorsum_status copy_bytes(quorsum_bytes *out, const uint8_t *data, size_t len)
{
    out->data = malloc(len);
    if (out->data == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(out->data, data, len);
    out->len = len;
    return QUORSUM_OK;
}

quorsum_status quorsum_key_record_decode(quorsum_key_record **out, const uint8_t *in, size_t len,
                                         const quorsum_run *run)
{
    qs_key_parts parts = {0};
    quorsum_key_record *record = NULL;
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    size_t message_len = 0;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || in == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = qs_key_parts_read(&parts, digest, &message_len, in, len);
    if (status == QUORSUM_OK)
        status = qs_confirmations_check(&parts, digest, in + message_len, len - message_len);
    if (status == QUORSUM_OK)
        status = record_new(&record, &parts, run);
    if (status == QUORSUM_OK) {
        memcpy(record->digest, digest, sizeof digest);
        record->message_len = message_len;
        status = copy_bytes(&record->encoded, in, len);
    }
    qs_key_parts_clear(&parts);
    if (status == QUORSUM_OK) {
        *out = record;
        record = NULL;
    }
    quorsum_key_record_free(record);
    return status;
}

quorsum_status quorsum_key_record_encode(quorsum_bytes *out, const quorsum_key_record *record)
{
    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || record == NULL)
        return QUORSUM_ERR_ARGUMENT;
    return copy_bytes(out, record->encoded.data, record->encoded.len);
}

quorsum_status qs_key_record_with(quorsum_key_record **out, const quorsum_key_record *record,
                                  const uint8_t *confirmations, size_t len)
{
    quorsum_key_record *copy = calloc(1, sizeof *copy);

    *out = NULL;
    if (copy == NULL)
        return QUORSUM_ERR_MEMORY;
    atomic_init(&copy->references, 1);
    copy->encoded.len = record->message_len + len;
    copy->encoded.data = malloc(copy->encoded.len);
    if (copy->encoded.data == NULL) {
        free(copy);
        return QUORSUM_ERR_MEMORY;
    }
    memcpy(copy->encoded.data, record->encoded.data, record->message_len);
    if (len > 0)
        memcpy(copy->encoded.data + record->message_len, confirmations, len);
    copy->message_len = record->message_len;
    copy->whole = qs_key_record_hold(record->whole != NULL ? record->whole : record);
    copy->parts = record->parts; /* lent by `whole`, and so is v */
    copy->v = record->v;
    memcpy(copy->digest, record->digest, sizeof copy->digest);
    *out = copy;
    return QUORSUM_OK;
}

quorsum_key_record *qs_key_record_hold(const quorsum_key_record *record)
{
    quorsum_key_record *held = (quorsum_key_record *)(uintptr_t)record; /* immutable but for its counter */

    (void)atomic_fetch_add(&held->references, 1);
    return held;
}

void quorsum_key_record_free(quorsum_key_record *record)
{
    if (record == NULL || atomic_fetch_sub(&record->references, 1) > 1)
        return;
    if (record->whole == NULL) {
        qs_key_parts_clear(&record->parts);
        free(record->v);
    }
    quorsum_key_record_free(record->whole);
    quorsum_bytes_free(&record->encoded);
    free(record);
}

const quorsum_public_key *quorsum_key_record_public(const quorsum_key_record *record)
{
    return record->parts.key;
}

uint32_t quorsum_key_record_trustees(const quorsum_key_record *record)
{
    return record->parts.trustees;
}

uint32_t quorsum_key_record_quorum(const quorsum_key_record *record)
{
    return record->parts.quorum;
}

const uint8_t *quorsum_key_record_digest(const quorsum_key_record *record)
{
    return record->digest;
}

const uint8_t *quorsum_key_record_signer(const quorsum_key_record *record)
{
    return record->parts.signer;
}

const uint8_t *quorsum_key_record_trustee(const quorsum_key_record *record, uint32_t trustee)
{
    if (record->parts.roster == NULL || trustee < 1 || trustee > record->parts.trustees)
        return NULL;
    return record->parts.roster + (size_t)(trustee - 1) * QUORSUM_IDENTITY_BYTES;
}
