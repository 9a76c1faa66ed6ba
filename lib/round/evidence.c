/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence: made of two messages, or of what a journal kept of one of them, and checked by anybody. */
#include "lib/round/evidence.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* The kinds of which a party signs one a task. */
static const struct {
    const char *name;
    size_t keys;
} kinds[] = {{QS_KIND_MANIFEST, QS_MANIFEST_KEYS}, {QS_KIND_ACKNOWLEDGEMENT, QS_ACKNOWLEDGEMENT_KEYS}};

static const char *find_kind(const char *name, size_t len, size_t *keys)
{
    for (size_t i = 0; name != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, name, len) == 0) {
            *keys = kinds[i].keys;
            return kinds[i].name;
        }
    }
    return NULL;
}

quorsum_status qs_evidence_check_accused(const quorsum_task *task, const char *kind, const uint8_t *accused)
{
    if (strcmp(kind, QS_KIND_MANIFEST) == 0)
        return qs_bound_is_coordinator(task, accused) ? QUORSUM_OK : QUORSUM_ERR_COORDINATOR;
    return qs_bound_trustee_of(task, accused) != 0 ? QUORSUM_OK : QUORSUM_ERR_TRUSTEE;
}

static quorsum_status check_objects(const quorsum_task *task, const char *kind, const uint8_t *accused,
                                    const qs_signed *objects)
{
    quorsum_status status = qs_evidence_check_accused(task, kind, accused);

    if (status == QUORSUM_OK && memcmp(objects[0].digest, objects[1].digest, QUORSUM_DIGEST_BYTES) == 0)
        return QUORSUM_ERR_DUPLICATE;
    for (int i = 0; i < 2 && status == QUORSUM_OK; i++)
        status = qs_message_check_signature(objects[i].signature, kind, task->digest, objects[i].digest, accused);
    return status;
}

quorsum_status qs_evidence_make(quorsum_bytes *out, const quorsum_task *task, const char *kind, const uint8_t *accused,
                                const qs_signed *first, const qs_signed *second, const quorsum_identity *signer)
{
    int swap = memcmp(first->digest, second->digest, sizeof first->digest) > 0;
    const qs_signed objects[2] = {swap ? *second : *first, swap ? *first : *second};
    qs_buffer message = {0};
    quorsum_status status = check_objects(task, kind, accused, objects);

    *out = (quorsum_bytes){0};
    if (status != QUORSUM_OK)
        return status;
    qs_bound_begin(&message, QS_KIND_EVIDENCE, QS_EVIDENCE_KEYS, task, signer);
    qs_bound_put_bytes(&message, 10, accused, QUORSUM_IDENTITY_BYTES);
    qs_cbor_put_uint(&message, 11);
    qs_cbor_put_text(&message, kind);
    for (uint64_t i = 0; i < 2; i++) {
        qs_bound_put_bytes(&message, 12 + 2 * i, objects[i].digest, sizeof objects[i].digest);
        qs_bound_put_bytes(&message, 13 + 2 * i, objects[i].signature, sizeof objects[i].signature);
    }
    return qs_bound_finish(out, &message, QS_KIND_EVIDENCE, task, signer, NULL);
}

void qs_evidence_name(uint8_t out[QUORSUM_DIGEST_BYTES], const uint8_t *first, const uint8_t *second)
{
    int swap = memcmp(first, second, QUORSUM_DIGEST_BYTES) > 0;
    uint8_t both[2 * QUORSUM_DIGEST_BYTES];

    memcpy(both, swap ? second : first, QUORSUM_DIGEST_BYTES);
    memcpy(both + QUORSUM_DIGEST_BYTES, swap ? first : second, QUORSUM_DIGEST_BYTES);
    (void)crypto_generichash(out, QUORSUM_DIGEST_BYTES, both, sizeof both, NULL, 0);
}

quorsum_status qs_evidence_take(qs_signed *out, const char **kind, uint8_t sender[QUORSUM_IDENTITY_BYTES],
                                const quorsum_task *task, const quorsum_bytes *bytes)
{
    char name[QS_KIND_BYTES];
    qs_message message;
    size_t keys = 0;
    quorsum_status status = qs_message_peek(bytes->data, bytes->len, name);

    if (status != QUORSUM_OK)
        return status;
    *kind = find_kind(name, strlen(name), &keys);
    if (*kind == NULL)
        return QUORSUM_ERR_TYPE;
    status = qs_bound_open(&message, *kind, keys, task, bytes->data, bytes->len);
    if (status == QUORSUM_OK && (size_t)(message.header.end - message.header.at) < QS_SIGNATURE_BYTES)
        status = QUORSUM_ERR_TRUNCATED;
    if (status != QUORSUM_OK)
        return status;
    memcpy(sender, message.sender, QUORSUM_IDENTITY_BYTES);
    qs_message_digest(out->digest, bytes->data, bytes->len);
    memcpy(out->signature, qs_message_signature(&message), sizeof out->signature);
    return QUORSUM_OK;
}

quorsum_status quorsum_evidence_make(quorsum_bytes *out, const quorsum_task *task, const quorsum_bytes *first,
                                     const quorsum_bytes *second, const quorsum_identity *signer)
{
    const quorsum_bytes *both[2] = {first, second};
    uint8_t senders[2][QUORSUM_IDENTITY_BYTES];
    const char *kind[2];
    qs_signed objects[2];
    quorsum_status status = QUORSUM_OK;

    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || task == NULL || first == NULL || second == NULL || signer == NULL || first->data == NULL ||
        second->data == NULL)
        return QUORSUM_ERR_ARGUMENT;
    for (int i = 0; i < 2 && status == QUORSUM_OK; i++)
        status = qs_evidence_take(&objects[i], &kind[i], senders[i], task, both[i]);
    if (status != QUORSUM_OK)
        return status;
    if (kind[0] != kind[1])
        return QUORSUM_ERR_TYPE;
    if (memcmp(senders[0], senders[1], sizeof senders[0]) != 0) /* one of them is not by the one who answers for it */
        return strcmp(kind[0], QS_KIND_MANIFEST) == 0 ? QUORSUM_ERR_COORDINATOR : QUORSUM_ERR_TRUSTEE;
    return qs_evidence_make(out, task, kind[0], senders[0], &objects[0], &objects[1], signer);
}

static void take_header(quorsum_evidence *evidence, qs_message *message)
{
    qs_cbor_reader *header = &message->header;
    const char *kind;
    size_t len = 0;
    size_t keys;

    qs_cbor_key(header, 10);
    qs_cbor_fixed(header, evidence->accused, sizeof evidence->accused);
    qs_cbor_key(header, 11);
    kind = qs_cbor_text(header, &len, QS_KIND_BYTES - 1);
    evidence->kind = find_kind(kind, len, &keys);
    if (evidence->kind == NULL)
        qs_bound_refuse(message, QUORSUM_ERR_TYPE);
    for (uint64_t i = 0; i < 2; i++) {
        qs_cbor_key(header, 12 + 2 * i);
        qs_cbor_fixed(header, evidence->objects[i].digest, sizeof evidence->objects[i].digest);
        qs_cbor_key(header, 13 + 2 * i);
        qs_cbor_fixed(header, evidence->objects[i].signature, sizeof evidence->objects[i].signature);
    }
    if (memcmp(evidence->objects[0].digest, evidence->objects[1].digest, QUORSUM_DIGEST_BYTES) > 0)
        qs_bound_refuse(message, QUORSUM_ERR_NOT_CANONICAL);
}

static quorsum_status read_evidence(quorsum_evidence *evidence, const quorsum_task *task, const uint8_t *in, size_t len)
{
    qs_message message;
    quorsum_status status = qs_bound_open(&message, QS_KIND_EVIDENCE, QS_EVIDENCE_KEYS, task, in, len);

    if (status != QUORSUM_OK)
        return status;
    take_header(evidence, &message);
    status = qs_message_close(&message, 0);
    if (status == QUORSUM_OK)
        status = check_objects(task, evidence->kind, evidence->accused, evidence->objects);
    if (status == QUORSUM_OK)
        evidence->trustee =
            strcmp(evidence->kind, QS_KIND_MANIFEST) == 0 ? 0 : qs_bound_trustee_of(task, evidence->accused);
    return status;
}

quorsum_status quorsum_evidence_decode(quorsum_evidence **out, const quorsum_task *task, const uint8_t *in, size_t len)
{
    quorsum_evidence *evidence;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || task == NULL || (in == NULL && len > 0))
        return QUORSUM_ERR_ARGUMENT;
    evidence = calloc(1, sizeof *evidence);
    if (evidence == NULL)
        return QUORSUM_ERR_MEMORY;
    status = read_evidence(evidence, task, in, len);
    if (status == QUORSUM_OK) {
        *out = evidence;
        evidence = NULL;
    }
    quorsum_evidence_free(evidence);
    return status;
}

void quorsum_evidence_free(quorsum_evidence *evidence)
{
    free(evidence);
}

const uint8_t *quorsum_evidence_accused(const quorsum_evidence *evidence)
{
    return evidence->accused;
}

uint32_t quorsum_evidence_trustee(const quorsum_evidence *evidence)
{
    return evidence->trustee;
}

const uint8_t *quorsum_evidence_digest(const quorsum_evidence *evidence, unsigned index)
{
    return index < 2 ? evidence->objects[index].digest : NULL;
}
