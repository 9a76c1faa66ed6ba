/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts: the coordinator's signature over who has sent what. */
#include "lib/round/receipt.h"

#include <stdlib.h>
#include <string.h>

#include "lib/round/contribution.h"
#include "lib/round/manifest.h"

static void put_content(qs_buffer *message, const uint8_t *contributor, uint32_t sequence, const uint8_t *contribution)
{
    qs_bound_put_bytes(message, 10, contributor, QUORSUM_IDENTITY_BYTES);
    qs_bound_put_uint(message, 11, sequence);
    qs_bound_put_bytes(message, 12, contribution, QUORSUM_DIGEST_BYTES);
}

quorsum_status quorsum_receipt_make(quorsum_bytes *out, const quorsum_task *task,
                                    const quorsum_contribution *contribution, const quorsum_identity *coordinator)
{
    qs_buffer message = {0};

    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || task == NULL || contribution == NULL || coordinator == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (memcmp(contribution->task, task->digest, sizeof contribution->task) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    if (!qs_bound_is_coordinator(task, quorsum_identity_public(coordinator)))
        return QUORSUM_ERR_COORDINATOR;
    qs_bound_begin(&message, QS_KIND_RECEIPT, QS_RECEIPT_KEYS, task, coordinator);
    put_content(&message, contribution->sender, contribution->sequence, contribution->digest);
    return qs_bound_finish(out, &message, QS_KIND_RECEIPT, task, coordinator, NULL);
}

quorsum_status qs_receipt_encode(quorsum_bytes *out, const quorsum_task *task, const quorsum_receipt *receipt)
{
    qs_buffer message = {0};

    *out = (quorsum_bytes){0};
    qs_message_begin(&message, QS_KIND_RECEIPT, QS_RECEIPT_KEYS, task->coordinator,
                     quorsum_key_record_digest(task->record), task->digest);
    put_content(&message, receipt->contributor, receipt->sequence, receipt->contribution);
    qs_buffer_append(&message, receipt->signature, sizeof receipt->signature);
    if (message.status != QUORSUM_OK) {
        qs_buffer_free(&message);
        return QUORSUM_ERR_MEMORY;
    }
    *out = (quorsum_bytes){message.data, message.len};
    return QUORSUM_OK;
}

static quorsum_status read_receipt(quorsum_receipt *receipt, const quorsum_task *task, const uint8_t *in, size_t len)
{
    qs_message message;
    quorsum_status status = qs_bound_open(&message, QS_KIND_RECEIPT, QS_RECEIPT_KEYS, task, in, len);

    if (status != QUORSUM_OK)
        return status;
    qs_cbor_key(&message.header, 10);
    qs_cbor_fixed(&message.header, receipt->contributor, sizeof receipt->contributor);
    receipt->sequence = qs_bound_take_sequence(&message, 11);
    qs_cbor_key(&message.header, 12);
    qs_cbor_fixed(&message.header, receipt->contribution, sizeof receipt->contribution);
    if (qs_bound_fits(&message, 0) && !qs_bound_is_coordinator(task, message.sender))
        return QUORSUM_ERR_COORDINATOR;
    status = qs_message_close(&message, 0);
    if (status == QUORSUM_OK)
        memcpy(receipt->signature, qs_message_signature(&message), sizeof receipt->signature);
    memcpy(receipt->task, task->digest, sizeof receipt->task);
    return status;
}

quorsum_status quorsum_receipt_decode(quorsum_receipt **out, const quorsum_task *task, const uint8_t *in, size_t len)
{
    quorsum_receipt *receipt;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || task == NULL || (in == NULL && len > 0))
        return QUORSUM_ERR_ARGUMENT;
    receipt = calloc(1, sizeof *receipt);
    if (receipt == NULL)
        return QUORSUM_ERR_MEMORY;
    status = read_receipt(receipt, task, in, len);
    if (status == QUORSUM_OK) {
        *out = receipt;
        receipt = NULL;
    }
    quorsum_receipt_free(receipt);
    return status;
}

void quorsum_receipt_free(quorsum_receipt *receipt)
{
    free(receipt);
}

const uint8_t *quorsum_receipt_contributor(const quorsum_receipt *receipt)
{
    return receipt->contributor;
}

uint32_t quorsum_receipt_sequence(const quorsum_receipt *receipt)
{
    return receipt->sequence;
}

const uint8_t *quorsum_receipt_contribution(const quorsum_receipt *receipt)
{
    return receipt->contribution;
}

quorsum_status quorsum_receipt_check(const quorsum_receipt *receipt, const quorsum_manifest *manifest)
{
    uint32_t index;
    uint32_t sequence;

    if (receipt == NULL || manifest == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (memcmp(receipt->task, manifest->task, sizeof receipt->task) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    if (!qs_manifest_find(manifest, receipt->contributor, &index))
        return QUORSUM_ERR_OMITTED;
    sequence = quorsum_manifest_sequence(manifest, index);
    if (sequence > receipt->sequence && manifest->revote != 0)
        return QUORSUM_ERR_SUPERSEDED; /* the contributor signed that one, too: nobody else can outvote it */
    if (sequence != receipt->sequence || memcmp(quorsum_manifest_contribution(manifest, index), receipt->contribution,
                                                sizeof receipt->contribution) != 0)
        return QUORSUM_ERR_OMITTED;
    return QUORSUM_OK;
}
