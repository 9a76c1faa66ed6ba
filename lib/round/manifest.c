/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests. One that exists is the task's coordinator's, has a cohort the task allows, each contributor once, admitted
 * ones only, and the root of its list; what it refuses, it does not count.
 */
#include "lib/round/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "lib/round/merkle.h"
#include "quorsum/agreement.h"

#define REFUSED_KEYS 4

/* ---- entries ---- */

uint32_t qs_entry_sequence(const uint8_t *entry)
{
    const uint8_t *at = entry + QS_ENTRY_SEQUENCE;

    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void qs_entry_write(uint8_t entry[QS_ENTRY_BYTES], const uint8_t *sender, uint32_t sequence, const uint8_t *digest)
{
    memcpy(entry, sender, QUORSUM_IDENTITY_BYTES);
    for (unsigned i = 0; i < 4; i++)
        entry[QS_ENTRY_SEQUENCE + i] = (uint8_t)(sequence >> (24 - 8 * i));
    memcpy(entry + QS_ENTRY_DIGEST, digest, QUORSUM_DIGEST_BYTES);
}

static void leaf_of(uint8_t out[QUORSUM_DIGEST_BYTES], uint32_t index, const void *context)
{
    const uint8_t *entry = (const uint8_t *)context + (size_t)index * QS_ENTRY_BYTES;

    qs_merkle_leaf(out, entry, qs_entry_sequence(entry), entry + QS_ENTRY_DIGEST);
}

static void root_of(uint8_t out[QUORSUM_DIGEST_BYTES], const uint8_t *entries, uint32_t cohort)
{
    qs_merkle tree;

    qs_merkle_begin(&tree);
    for (uint32_t i = 0; i < cohort; i++) {
        uint8_t leaf[QUORSUM_DIGEST_BYTES];

        leaf_of(leaf, i, entries);
        qs_merkle_add(&tree, leaf);
    }
    qs_merkle_root(out, &tree);
}

/* ---- writing ---- */

static void put_refused(qs_buffer *message, const qs_refused *refused, size_t count)
{
    qs_cbor_put_uint(message, 13);
    qs_cbor_put_array(message, count);
    for (size_t i = 0; i < count; i++) {
        qs_cbor_put_map(message, REFUSED_KEYS);
        qs_bound_put_bytes(message, 0, refused[i].sender, sizeof refused[i].sender);
        qs_bound_put_uint(message, 1, refused[i].sequence);
        qs_bound_put_bytes(message, 2, refused[i].digest, sizeof refused[i].digest);
        qs_cbor_put_uint(message, 3);
        qs_cbor_put_text(message, refused[i].reason);
    }
}

quorsum_status qs_manifest_encode(quorsum_bytes *out, uint8_t *digest, const quorsum_task *task, const uint8_t *entries,
                                  uint32_t cohort, const qs_refused *refused, size_t refused_count,
                                  const quorsum_identity *signer)
{
    qs_buffer message = {0};
    uint8_t root[QUORSUM_DIGEST_BYTES];

    *out = (quorsum_bytes){0};
    if (!qs_bound_is_coordinator(task, quorsum_identity_public(signer)))
        return QUORSUM_ERR_COORDINATOR;
    root_of(root, entries, cohort);
    qs_bound_begin(&message, QS_KIND_MANIFEST, QS_MANIFEST_KEYS, task, signer);
    qs_bound_put_uint(&message, 10, cohort);
    qs_bound_put_bytes(&message, 11, root, sizeof root);
    qs_bound_put_uint(&message, 12, task->revote);
    put_refused(&message, refused, refused_count < QS_REFUSED_MAX ? refused_count : QS_REFUSED_MAX);
    qs_buffer_append(&message, entries, (size_t)cohort * QS_ENTRY_BYTES);
    return qs_bound_finish(out, &message, QS_KIND_MANIFEST, task, signer, digest);
}

/* ---- reading ---- */

static void take_one_refused(qs_cbor_reader *reader, qs_refused *refused)
{
    const char *reason;
    size_t len = 0;

    if (qs_cbor_map(reader, REFUSED_KEYS) != REFUSED_KEYS && reader->status == QUORSUM_OK)
        reader->status = QUORSUM_ERR_NOT_CANONICAL;
    qs_cbor_key(reader, 0);
    qs_cbor_fixed(reader, refused->sender, sizeof refused->sender);
    qs_cbor_key(reader, 1);
    refused->sequence = (uint32_t)qs_cbor_uint(reader, QS_SEQUENCE_MAX);
    qs_cbor_key(reader, 2);
    qs_cbor_fixed(reader, refused->digest, sizeof refused->digest);
    qs_cbor_key(reader, 3);
    reason = qs_cbor_text(reader, &len, QS_REASON_MAX);
    if (reason != NULL)
        memcpy(refused->reason, reason, len);
    if (reader->status == QUORSUM_OK && (refused->sequence == 0 || len == 0))
        reader->status = QUORSUM_ERR_RANGE;
}

static void take_refused(qs_cbor_reader *reader, quorsum_manifest *manifest)
{
    size_t count;

    qs_cbor_key(reader, 13);
    count = (size_t)qs_cbor_array(reader, QS_REFUSED_MAX);
    if (reader->status == QUORSUM_OK && count > (size_t)(reader->end - reader->at) / (2 * QUORSUM_DIGEST_BYTES))
        reader->status = QUORSUM_ERR_TRUNCATED;
    if (reader->status != QUORSUM_OK || count == 0)
        return;
    manifest->refused = calloc(count, sizeof *manifest->refused);
    if (manifest->refused == NULL) {
        reader->status = QUORSUM_ERR_MEMORY;
        return;
    }
    manifest->refused_count = count;
    for (size_t i = 0; i < count && reader->status == QUORSUM_OK; i++)
        take_one_refused(reader, &manifest->refused[i]);
}

static quorsum_status check_entries(const quorsum_task *task, const uint8_t *entries, uint32_t cohort)
{
    for (uint32_t i = 0; i < cohort; i++) {
        const uint8_t *sender = entries + (size_t)i * QS_ENTRY_BYTES;
        uint32_t sequence = qs_entry_sequence(sender);
        int order = i == 0 ? 1 : memcmp(sender, sender - QS_ENTRY_BYTES, QUORSUM_IDENTITY_BYTES);

        if (order <= 0)
            return order == 0 ? QUORSUM_ERR_DUPLICATE : QUORSUM_ERR_NOT_CANONICAL;
        if (sequence == 0 || sequence > (task->revote != 0 ? QS_SEQUENCE_MAX : 1))
            return QUORSUM_ERR_RANGE;
        if (!quorsum_task_admits(task, sender))
            return QUORSUM_ERR_NOT_ADMITTED;
    }
    return QUORSUM_OK;
}

static int compare_refused(const qs_refused *a, const uint8_t *sender, uint32_t sequence)
{
    int order = memcmp(a->sender, sender, sizeof a->sender);

    return order != 0 ? order : a->sequence < sequence ? -1 : a->sequence > sequence;
}

/* In order, none of them counted, and what is said to be superseded really is. */
static quorsum_status check_refused(const quorsum_manifest *manifest)
{
    for (size_t i = 0; i < manifest->refused_count; i++) {
        const qs_refused *at = &manifest->refused[i];
        int order = i == 0 ? 1 : compare_refused(at, at[-1].sender, at[-1].sequence);
        uint32_t index;
        uint32_t counted = 0;

        if (order <= 0)
            return order == 0 ? QUORSUM_ERR_DUPLICATE : QUORSUM_ERR_NOT_CANONICAL;
        if (qs_manifest_find(manifest, at->sender, &index))
            counted = quorsum_manifest_sequence(manifest, index);
        if (counted == at->sequence)
            return QUORSUM_ERR_DUPLICATE;
        if (strcmp(at->reason, quorsum_status_name(QUORSUM_ERR_SUPERSEDED)) == 0 &&
            (manifest->revote == 0 || counted < at->sequence))
            return QUORSUM_ERR_NOT_CANONICAL;
    }
    return QUORSUM_OK;
}

static quorsum_status keep_entries(quorsum_manifest *manifest, const qs_message *message)
{
    manifest->entries = malloc(message->blocks_len);
    if (manifest->entries == NULL)
        return QUORSUM_ERR_MEMORY;
    memcpy(manifest->entries, message->blocks, message->blocks_len);
    return QUORSUM_OK;
}

static quorsum_status check_root(const quorsum_manifest *manifest)
{
    uint8_t root[QUORSUM_DIGEST_BYTES];

    root_of(root, manifest->entries, manifest->cohort);
    return memcmp(root, manifest->root, sizeof root) == 0 ? QUORSUM_OK : QUORSUM_ERR_NOT_CANONICAL;
}

static void take_header(quorsum_manifest *manifest, qs_message *message, const quorsum_task *task)
{
    uint64_t cohort;

    qs_cbor_key(&message->header, 10);
    cohort = qs_cbor_uint(&message->header, UINT32_MAX);
    if (cohort < task->min_cohort || cohort > task->max_cohort)
        qs_bound_refuse(message, QUORSUM_ERR_COHORT);
    qs_cbor_key(&message->header, 11);
    qs_cbor_fixed(&message->header, manifest->root, sizeof manifest->root);
    qs_bound_expect_uint(message, 12, task->revote, QUORSUM_ERR_TASK_MISMATCH);
    take_refused(&message->header, manifest);
    manifest->cohort = (uint32_t)cohort;
    manifest->revote = task->revote;
}

static quorsum_status read_manifest(quorsum_manifest *manifest, const quorsum_task *task, const uint8_t *in, size_t len)
{
    qs_message message;
    quorsum_status status = qs_bound_open(&message, QS_KIND_MANIFEST, QS_MANIFEST_KEYS, task, in, len);
    uint64_t blocks_len;

    if (status != QUORSUM_OK)
        return status;
    take_header(manifest, &message, task);
    blocks_len = (uint64_t)manifest->cohort * QS_ENTRY_BYTES;
    if (qs_bound_fits(&message, blocks_len) && !qs_bound_is_coordinator(task, message.sender))
        return QUORSUM_ERR_COORDINATOR;
    status = qs_message_close(&message, blocks_len);
    if (status == QUORSUM_OK)
        status = check_entries(task, message.blocks, manifest->cohort);
    if (status == QUORSUM_OK)
        status = keep_entries(manifest, &message);
    if (status == QUORSUM_OK)
        status = check_root(manifest);
    if (status == QUORSUM_OK)
        status = check_refused(manifest);
    if (status != QUORSUM_OK)
        return status;
    memcpy(manifest->task, task->digest, sizeof manifest->task);
    memcpy(manifest->digest, message.digest, sizeof manifest->digest);
    memcpy(manifest->signature, qs_message_signature(&message), sizeof manifest->signature);
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
    free(manifest->refused);
    free(manifest);
}

/* ---- asking ---- */

static const uint8_t *entry_at(const quorsum_manifest *manifest, uint32_t index)
{
    return manifest->entries + (size_t)index * QS_ENTRY_BYTES;
}

uint32_t quorsum_manifest_cohort(const quorsum_manifest *manifest)
{
    return manifest->cohort;
}

const uint8_t *quorsum_manifest_sender(const quorsum_manifest *manifest, uint32_t index)
{
    return index < manifest->cohort ? entry_at(manifest, index) : NULL;
}

uint32_t quorsum_manifest_sequence(const quorsum_manifest *manifest, uint32_t index)
{
    return index < manifest->cohort ? qs_entry_sequence(entry_at(manifest, index)) : 0;
}

const uint8_t *quorsum_manifest_contribution(const quorsum_manifest *manifest, uint32_t index)
{
    return index < manifest->cohort ? entry_at(manifest, index) + QS_ENTRY_DIGEST : NULL;
}

const uint8_t *quorsum_manifest_digest(const quorsum_manifest *manifest)
{
    return manifest->digest;
}

const uint8_t *quorsum_manifest_root(const quorsum_manifest *manifest)
{
    return manifest->root;
}

size_t quorsum_manifest_refused(const quorsum_manifest *manifest)
{
    return manifest->refused_count;
}

const char *quorsum_manifest_refusal(const quorsum_manifest *manifest, size_t index, const uint8_t **sender,
                                     uint32_t *sequence, const uint8_t **contribution)
{
    if (index >= manifest->refused_count)
        return NULL;
    *sender = manifest->refused[index].sender;
    *sequence = manifest->refused[index].sequence;
    *contribution = manifest->refused[index].digest;
    return manifest->refused[index].reason;
}

int qs_manifest_find(const quorsum_manifest *manifest, const uint8_t *sender, uint32_t *index)
{
    uint32_t low = 0;
    uint32_t high = manifest->cohort;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(entry_at(manifest, middle), sender, QUORSUM_IDENTITY_BYTES);

        if (order == 0) {
            *index = middle;
            return 1;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

const qs_refused *qs_manifest_find_refused(const quorsum_manifest *manifest, const uint8_t *sender, uint32_t sequence)
{
    size_t low = 0;
    size_t high = manifest->refused_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_refused(&manifest->refused[middle], sender, sequence);

        if (order == 0)
            return &manifest->refused[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- inclusion ---- */

quorsum_status quorsum_manifest_inclusion(quorsum_inclusion *out, const quorsum_manifest *manifest,
                                         const uint8_t *sender)
{
    uint32_t index;

    if (out != NULL)
        memset(out, 0, sizeof *out);
    if (out == NULL || manifest == NULL || sender == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_manifest_find(manifest, sender, &index))
        return QUORSUM_ERR_NOT_FOUND;
    memcpy(out->sender, sender, sizeof out->sender);
    out->sequence = quorsum_manifest_sequence(manifest, index);
    memcpy(out->contribution, quorsum_manifest_contribution(manifest, index), sizeof out->contribution);
    out->index = index;
    out->path_count = (uint32_t)qs_merkle_path(out->path, index, manifest->cohort, leaf_of, manifest->entries);
    return QUORSUM_OK;
}

quorsum_status quorsum_inclusion_check(const quorsum_inclusion *inclusion, const uint8_t *root, uint32_t cohort)
{
    uint8_t leaf[QUORSUM_DIGEST_BYTES];
    uint8_t top[QUORSUM_DIGEST_BYTES];

    if (inclusion == NULL || root == NULL || inclusion->path_count > QUORSUM_PATH_MAX)
        return QUORSUM_ERR_ARGUMENT;
    qs_merkle_leaf(leaf, inclusion->sender, inclusion->sequence, inclusion->contribution);
    if (qs_merkle_climb(top, leaf, inclusion->index, cohort, inclusion->path[0], inclusion->path_count) != 0 ||
        memcmp(top, root, sizeof top) != 0)
        return QUORSUM_ERR_MISSING;
    return QUORSUM_OK;
}
