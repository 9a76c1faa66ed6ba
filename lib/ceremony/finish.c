/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of every ceremony. All members open the seven challenges of the root certificate together, each with a proof
 * that it did so by the share that its verification key names: the first joint act, and what shows that everybody has
 * its share. Then all sign the same record.
 *
 *     certificate   7 partials, a word each | proof of them (proof/share.h)
 *     sign          confirmation 64 | of member 1: the record's signature 64
 */
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/ceremony.h"
#include "lib/proof/share.h"
#include "lib/threshold/opening.h"
#include "lib/threshold/partial.h"

#define LABEL "certificate"

/* ---- what is known of the key ---- */

static void forget(quorsum_ceremony *ceremony)
{
    qs_key_parts_clear(&ceremony->parts);
    free(ceremony->v);
    ceremony->v = NULL;
    quorsum_key_share_free(ceremony->result_share);
    ceremony->result_share = NULL;
}

static quorsum_status make_share(quorsum_ceremony *ceremony)
{
    qs_party party = qs_ceremony_party(ceremony);

    if (ceremony->member == 0)
        return QUORSUM_OK;
    if (ceremony->handover != NULL)
        return qs_handover_share(&ceremony->result_share, ceremony->handover, &party);
    return qs_generation_share(&ceremony->result_share, ceremony->generation, &party);
}

quorsum_status qs_finish_begin(quorsum_ceremony *ceremony)
{
    const uint8_t *roster = ceremony->proposal.roster;
    quorsum_status status;

    forget(ceremony);
    if (ceremony->handover != NULL)
        status = qs_handover_parts(&ceremony->parts, ceremony->handover, roster);
    else
        status = qs_generation_parts(&ceremony->parts, ceremony->generation, roster);
    if (status == QUORSUM_OK) {
        ceremony->v = calloc(ceremony->parts.key->root->width, sizeof *ceremony->v);
        status = ceremony->v != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
    }
    if (status == QUORSUM_OK) {
        qs_key_v(ceremony->parts.key, ceremony->v);
        status = make_share(ceremony);
    }
    if (status != QUORSUM_OK)
        forget(ceremony);
    return status;
}

/* ---- certificate ---- */

/* Challenges and one member's partials of them. */
typedef struct roots {
    mp_limb_t *challenge; /* plain form, root->limbs apart */
    mp_limb_t *partial;   /* of all members, 7 of each */
} roots;

static quorsum_status roots_new(roots *work, const qs_key_parts *parts)
{
    const qs_ring *root = parts->key->root;

    work->challenge = calloc(QS_CERTIFICATE_ROOTS, root->width * sizeof *work->challenge);
    work->partial = calloc((size_t)parts->trustees * QS_CERTIFICATE_ROOTS, root->width * sizeof *work->partial);
    if (work->challenge == NULL || work->partial == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_certificate_challenges(parts->key, work->challenge);
    return QUORSUM_OK;
}

static void roots_free(roots *work)
{
    free(work->challenge);
    free(work->partial);
}

static mp_limb_t *partials_of(const roots *work, const qs_key_parts *parts, uint32_t member)
{
    return work->partial + (size_t)(member - 1) * QS_CERTIFICATE_ROOTS * parts->key->root->limbs;
}

static void make_statement(qs_share_statement *statement, qs_context *context, const quorsum_ceremony *ceremony,
                           const roots *work, uint32_t member)
{
    const qs_key_parts *parts = &ceremony->parts;
    size_t limbs = parts->key->root->limbs;

    *statement = (qs_share_statement){
        .key = parts->key,
        .trustee = member,
        .share_bits = parts->share_bits,
        .v = ceremony->v,
        .v_i = parts->verify + (size_t)(member - 1) * limbs,
        .bases = work->challenge,
        .stride = limbs,
        .partials = partials_of(work, parts, member),
        .count = QS_CERTIFICATE_ROOTS,
    };
    *context = (qs_context){.label = LABEL};
    memcpy(context->key, parts->key->digest, sizeof context->key);
    memcpy(context->task, ceremony->transcript, sizeof context->task);
    memcpy(context->prover, qs_ceremony_identity(ceremony, member), sizeof context->prover);
}

static size_t words_len(const quorsum_ceremony *ceremony)
{
    return QS_CERTIFICATE_ROOTS * ceremony->parts.key->root->bytes;
}

size_t qs_certificate_len(const quorsum_ceremony *ceremony, uint32_t slot)
{
    (void)slot;
    return words_len(ceremony) + qs_share_proof_bytes(ceremony->parts.share_bits);
}

quorsum_status qs_certificate_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run)
{
    const qs_key_parts *parts = &ceremony->parts;
    const qs_ring *root = parts->key->root;
    const quorsum_key_share *share = ceremony->result_share;
    qs_share_statement statement;
    qs_context context;
    roots work = {0};
    mp_limb_t *own;
    quorsum_status status = roots_new(&work, parts);

    if (status == QUORSUM_OK) {
        own = partials_of(&work, parts, slot);
        status = qs_partial_powers(own, parts->key, work.challenge, root->limbs, QS_CERTIFICATE_ROOTS, &share->value,
                                   share->share_bits, run);
        for (size_t i = 0; i < QS_CERTIFICATE_ROOTS; i++)
            qs_ring_write(root, body + i * root->bytes, own + i * root->limbs);
    }
    if (status == QUORSUM_OK) {
        make_statement(&statement, &context, ceremony, &work, slot);
        status = qs_share_prove(body + words_len(ceremony), &context, &statement, &share->value, run);
    }
    roots_free(&work);
    return status;
}

/* One member's partials and their proof. ERR_MEMORY, ERR_CANCELLED; anything else is the member's doing. */
static quorsum_status check_member(const quorsum_ceremony *ceremony, const roots *work, uint32_t member,
                                   const uint8_t *body, const quorsum_run *run)
{
    const qs_key_parts *parts = &ceremony->parts;
    const qs_ring *root = parts->key->root;
    mp_limb_t *partial = partials_of(work, parts, member);
    qs_share_statement statement;
    qs_context context;

    for (size_t i = 0; i < QS_CERTIFICATE_ROOTS; i++) {
        if (qs_ring_read(root, partial + i * root->limbs, body + i * root->bytes) != 0)
            return QUORSUM_ERR_RANGE;
    }
    make_statement(&statement, &context, ceremony, work, member);
    return qs_share_verify_vartime(body + words_len(ceremony), qs_share_proof_bytes(parts->share_bits), &context,
                                   &statement, run);
}

static int is_own_trouble(quorsum_status status)
{
    return status == QUORSUM_ERR_MEMORY || status == QUORSUM_ERR_CANCELLED;
}

static quorsum_status check_members(quorsum_ceremony *ceremony, const roots *work, const uint8_t *const *body,
                                    const quorsum_run *run)
{
    uint8_t guilty[QS_SLOTS_MAX] = {0};

    for (uint32_t i = 1; i <= ceremony->proposal.trustees; i++) {
        quorsum_status status = check_member(ceremony, work, i, body[i - 1], run);

        if (is_own_trouble(status))
            return status;
        guilty[i - 1] = status != QUORSUM_OK;
    }
    return qs_accuse_all(ceremony, guilty, "does not prove that it used the share that its verification key names");
}

/* rho_1 .. rho_7 from members 1..quorum. */
static quorsum_status open_roots(quorsum_ceremony *ceremony, const roots *work, const quorsum_run *run)
{
    qs_key_parts *parts = &ceremony->parts;
    const mp_limb_t *partial[QS_MEMBERS_MAX];
    uint32_t member[QS_MEMBERS_MAX];

    for (uint32_t i = 0; i < parts->quorum; i++) {
        member[i] = i + 1;
        partial[i] = partials_of(work, parts, i + 1);
    }
    return qs_combine_roots_vartime(parts->roots, parts, work->challenge, parts->key->root->limbs,
                                    QS_CERTIFICATE_ROOTS, member, partial, run);
}

/* The roots, and what everybody will check of the record, before anybody signs it. */
static quorsum_status check_key(quorsum_ceremony *ceremony, const roots *work, const quorsum_run *run)
{
    quorsum_status status = open_roots(ceremony, work, run);

    if (status == QUORSUM_OK)
        status = qs_key_check_vartime(&ceremony->parts, ceremony->v, run);
    if (status == QUORSUM_OK)
        status = qs_certificate_check_vartime(&ceremony->parts, run);
    if (status == QUORSUM_OK || is_own_trouble(status))
        return status;
    return qs_accuse_others(ceremony, "the shares do not open the certificate together");
}

/* The record but for its signature. */
static quorsum_status prepare_record(quorsum_ceremony *ceremony)
{
    qs_key_parts *parts = &ceremony->parts;
    quorsum_status status;

    memcpy(parts->ceremony, ceremony->after, sizeof parts->ceremony);
    memcpy(parts->signer, ceremony->proposal.roster, sizeof parts->signer);
    qs_buffer_free(&ceremony->unsigned_record);
    status = qs_key_record_prepare(&ceremony->unsigned_record, ceremony->record_digest, parts);
    if (status == QUORSUM_OK || is_own_trouble(status))
        return status;
    return qs_accuse_others(ceremony, "there is no record for such a key");
}

quorsum_status qs_certificate_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                                   const quorsum_run *run)
{
    roots work = {0};
    quorsum_status status = roots_new(&work, &ceremony->parts);

    *next = QS_ROUND_SIGN;
    if (status == QUORSUM_OK)
        status = check_members(ceremony, &work, body, run);
    if (status == QUORSUM_OK)
        status = check_key(ceremony, &work, run);
    if (status == QUORSUM_OK)
        status = prepare_record(ceremony);
    if (status == QUORSUM_OK && ceremony->result_share != NULL)
        memcpy(ceremony->result_share->key, ceremony->record_digest, sizeof ceremony->result_share->key);
    roots_free(&work);
    return status;
}

/* ---- sign ---- */

size_t qs_sign_len(const quorsum_ceremony *ceremony, uint32_t slot)
{
    (void)ceremony;
    return (slot == 1 ? 2 : 1) * (size_t)QS_SIGNATURE_BYTES;
}

quorsum_status qs_sign_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run)
{
    uint8_t entry[QS_CONFIRMATION_BYTES];

    (void)run;
    qs_confirmation_sign(entry, ceremony->record_digest, slot, ceremony->identity);
    memcpy(body, entry + 1, QS_SIGNATURE_BYTES);
    if (slot == 1)
        qs_message_make_signature(body + QS_SIGNATURE_BYTES, QS_KIND_KEY, ceremony->identity, NULL,
                                  ceremony->record_digest);
    return QUORSUM_OK;
}

int qs_sign_is_good(const quorsum_ceremony *ceremony, const qs_step_message *message)
{
    const uint8_t *identity = qs_ceremony_identity(ceremony, message->slot);
    uint8_t entry[QS_CONFIRMATION_BYTES];

    if (message->body_len != qs_sign_len(ceremony, message->slot))
        return 0;
    entry[0] = (uint8_t)message->slot;
    memcpy(entry + 1, message->body, QS_SIGNATURE_BYTES);
    if (qs_confirmation_check(entry, ceremony->record_digest, identity) != QUORSUM_OK)
        return 0;
    return message->slot != 1 ||
           qs_message_check_signature(message->body + QS_SIGNATURE_BYTES, QS_KIND_KEY, NULL, ceremony->record_digest,
                                      identity) == QUORSUM_OK;
}

/* Read back as a stranger would read it. */
static quorsum_status complete_record(quorsum_ceremony *ceremony, const uint8_t *signature, const uint8_t *entries,
                                      const quorsum_run *run)
{
    qs_buffer record = {0};
    quorsum_status status;

    qs_buffer_append(&record, ceremony->unsigned_record.data, ceremony->unsigned_record.len);
    qs_buffer_append(&record, signature, QS_SIGNATURE_BYTES);
    qs_buffer_append(&record, entries, (size_t)ceremony->proposal.trustees * QS_CONFIRMATION_BYTES);
    status = record.status;
    if (status == QUORSUM_OK)
        status = quorsum_key_record_decode(&ceremony->record, record.data, record.len, run);
    qs_buffer_free(&record);
    if (status == QUORSUM_OK || is_own_trouble(status))
        return status;
    return qs_accuse_others(ceremony, "what all have signed is no key record");
}

/* The engine has checked the signatures. */
quorsum_status qs_sign_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                            const quorsum_run *run)
{
    uint8_t entries[QS_MEMBERS_MAX * QS_CONFIRMATION_BYTES];

    (void)next;
    for (uint32_t i = 0; i < ceremony->proposal.trustees; i++) {
        entries[i * QS_CONFIRMATION_BYTES] = (uint8_t)(i + 1);
        memcpy(entries + i * QS_CONFIRMATION_BYTES + 1, body[i], QS_SIGNATURE_BYTES);
    }
    return complete_record(ceremony, body[0] + QS_SIGNATURE_BYTES, entries, run);
}
