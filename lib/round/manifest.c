/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests. One that exists has a cohort the task allows, each contributor once, and admitted ones only. */
#include "lib/round/manifest.h"

#include <stdlib.h>
#include <string.h>

quorsum_status qs_manifest_encode(quorsum_bytes *out, uint8_t *digest, const quorsum_task *task, const uint8_t *entries,
                                  uint32_t cohort, const quorsum_identity *signer)
{
    qs_buffer message = {0};

    qs_bound_begin(&message, QS_KIND_MANIFEST, QS_MANIFEST_KEYS, task, signer);
    qs_bound_put_uint(&message, 10, cohort);
    qs_buffer_append(&message, entries, (size_t)cohort * QS_ENTRY_BYTES);
    return qs_bound_finish(out, &message, QS_KIND_MANIFEST, task, signer, digest);
}

static quorsum_status check_entries(const quorsum_task *task, const uint8_t *entries, uint32_t cohort)
{
    for (uint32_t i = 0; i < cohort; i++) {
        const uint8_t *sender = entries + (size_t)i * QS_ENTRY_BYTES;
        int order = i == 0 ? 1 : memcmp(sender, sender - QS_ENTRY_BYTES, QUORSUM_IDENTITY_BYTES);

        if (order <= 0)
            return order == 0 ? QUORSUM_ERR_DUPLICATE : QUORSUM_ERR_NOT_CANONICAL;
        if (!quorsum_task_admits(task, sender))
            return QUORSUM_ERR_NOT_ADMITTED;
    }
    return QUORSUM_OK;
}

static quorsum_status read_manifest(quorsum_manifest *manifest, const quorsum_task *task, const uint8_t *in, size_t len)
{
    qs_message message;
    quorsum_status status = qs_bound_open(&message, QS_KIND_MANIFEST, QS_MANIFEST_KEYS, task, in, len);
    uint64_t cohort;

    if (status != QUORSUM_OK)
        return status;
    qs_cbor_key(&message.header, 10);
    cohort = qs_cbor_uint(&message.header, UINT32_MAX);
    if (cohort < task->min_cohort || cohort > task->max_cohort)
        qs_bound_refuse(&message, QUORSUM_ERR_COHORT);
    status = qs_message_close(&message, cohort * QS_ENTRY_BYTES);
    if (status == QUORSUM_OK)
        status = check_entries(task, message.blocks, (uint32_t)cohort);
    if (status != QUORSUM_OK)
        return status;
    manifest->entries = malloc(message.blocks_len);
    if (manifest->entries == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(manifest->entries, message.blocks, message.blocks_len);
    memcpy(manifest->task, task->digest, sizeof manifest->task);
    memcpy(manifest->digest, message.digest, sizeof manifest->digest);
    manifest->cohort = (uint32_t)cohort;
    return QUORSUM_OK;
}

quorsum_status quorsum_manifest_decode(quorsum_manifest **out, const quorsum_task *task, const uint8_t *in, size_t len)
{
    quorsum_manifest *manifest;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || task == NULL || (in == NULL && len > 0))
        return QUORSUM_ERR_ARGUMENT;
    manifest = calloc(1, sizeof *manifest);
    if (manifest == NULL)
        return QUORSUM_ERR_MEMORY;
    status = read_manifest(manifest, task, in, len);
    if (status == QUORSUM_OK) {
        *out = manifest;
        manifest = NULL;
    }
    quorsum_manifest_free(manifest);
    return status;
}

void quorsum_manifest_free(quorsum_manifest *manifest)
{
    if (manifest == NULL)
        return;
    free(manifest->entries);
    free(manifest);
}

uint32_t quorsum_manifest_cohort(const quorsum_manifest *manifest)
{
    return manifest->cohort;
}

const uint8_t *quorsum_manifest_sender(const quorsum_manifest *manifest, uint32_t index)
{
    return index < manifest->cohort ? manifest->entries + (size_t)index * QS_ENTRY_BYTES : NULL;
}

const uint8_t *quorsum_manifest_contribution(const quorsum_manifest *manifest, uint32_t index)
{
    const uint8_t *sender = quorsum_manifest_sender(manifest, index);

    return sender != NULL ? sender + QUORSUM_IDENTITY_BYTES : NULL;
}

const uint8_t *quorsum_manifest_digest(const quorsum_manifest *manifest)
{
    return manifest->digest;
}
