/* SPDX-License-Identifier: Apache-2.0 */
/* Acknowledgements. Manifest and aggregate fix every byte, and Ed25519 signs the same way each time: a trustee that
 * makes one again makes the same one, so only one who agreed to two things has signed two. */
#include "lib/round/acknowledgement.h"

#include <stdlib.h>
#include <string.h>

quorsum_status qs_acknowledgement_encode(quorsum_bytes *out, const quorsum_task *task,
                                         const quorsum_aggregate *aggregate, uint32_t trustee,
                                         const quorsum_identity *identity)
{
    qs_buffer message = {0};

    qs_bound_begin(&message, QS_KIND_ACKNOWLEDGEMENT, QS_ACKNOWLEDGEMENT_KEYS, task, identity);
    qs_bound_put_uint(&message, 10, trustee);
    qs_bound_put_bytes(&message, 11, aggregate->manifest, QUORSUM_DIGEST_BYTES);
    qs_bound_put_bytes(&message, 12, aggregate->digest, QUORSUM_DIGEST_BYTES);
    return qs_bound_finish(out, &message, QS_KIND_ACKNOWLEDGEMENT, task, identity, NULL);
}

quorsum_status quorsum_acknowledgement_make(quorsum_bytes *out, const quorsum_task *task,
                                            const quorsum_manifest *manifest, const quorsum_aggregate *aggregate,
                                            const quorsum_aggregator *recomputed, const quorsum_identity *trustee,
                                            const quorsum_run *run)
{
    uint32_t index;
    quorsum_status status;

    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || task == NULL || manifest == NULL || aggregate == NULL || recomputed == NULL || trustee == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (memcmp(aggregate->task, task->digest, sizeof aggregate->task) != 0)
        return QUORSUM_ERR_TASK_MISMATCH;
    index = qs_bound_trustee_of(task, quorsum_identity_public(trustee));
    if (index == 0)
        return QUORSUM_ERR_TRUSTEE;
    status = quorsum_aggregate_check(aggregate, manifest, recomputed, run);
    return status == QUORSUM_OK ? qs_acknowledgement_encode(out, task, aggregate, index, trustee) : status;
}

static quorsum_status read_acknowledgement(quorsum_acknowledgement *acknowledgement, const quorsum_task *task,
                                           const uint8_t *in, size_t len)
{
    qs_message message;
    quorsum_status status = qs_bound_open(&message, QS_KIND_ACKNOWLEDGEMENT, QS_ACKNOWLEDGEMENT_KEYS, task, in, len);

    if (status != QUORSUM_OK)
        return status;
    qs_cbor_key(&message.header, 10);
    acknowledgement->trustee = (uint32_t)qs_cbor_uint(&message.header, QUORSUM_TRUSTEES_MAX);
    qs_cbor_key(&message.header, 11);
    qs_cbor_fixed(&message.header, acknowledgement->manifest, sizeof acknowledgement->manifest);
    qs_cbor_key(&message.header, 12);
    qs_cbor_fixed(&message.header, acknowledgement->aggregate, sizeof acknowledgement->aggregate);
    if (qs_bound_fits(&message, 0) && (acknowledgement->trustee == 0 ||
                                       qs_bound_trustee_of(task, message.sender) != acknowledgement->trustee))
        return QUORSUM_ERR_TRUSTEE;
    return qs_message_close(&message, 0);
}

quorsum_status quorsum_acknowledgement_decode(quorsum_acknowledgement **out, const quorsum_task *task,
                                              const uint8_t *in, size_t len)
{
    quorsum_acknowledgement *acknowledgement;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || task == NULL || (in == NULL && len > 0))
        return QUORSUM_ERR_ARGUMENT;
    acknowledgement = calloc(1, sizeof *acknowledgement);
    if (acknowledgement == NULL)
        return QUORSUM_ERR_MEMORY;
    status = read_acknowledgement(acknowledgement, task, in, len);
    if (status == QUORSUM_OK) {
        *out = acknowledgement;
        acknowledgement = NULL;
    }
    quorsum_acknowledgement_free(acknowledgement);
    return status;
}

void quorsum_acknowledgement_free(quorsum_acknowledgement *acknowledgement)
{
    free(acknowledgement);
}

uint32_t quorsum_acknowledgement_trustee(const quorsum_acknowledgement *acknowledgement)
{
    return acknowledgement->trustee;
}

const uint8_t *quorsum_acknowledgement_manifest(const quorsum_acknowledgement *acknowledgement)
{
    return acknowledgement->manifest;
}

const uint8_t *quorsum_acknowledgement_aggregate(const quorsum_acknowledgement *acknowledgement)
{
    return acknowledgement->aggregate;
}
