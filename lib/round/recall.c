/* SPDX-License-Identifier: Apache-2.0 */
/* See recall.h. Key and task are compared again all the same: it costs nothing, and the journal is a file. */
#include "lib/round/recall.h"

#include <sodium.h>
#include <string.h>

#define DOMAIN "quorsum/v1/verified"

enum { KEY_PROOF = 11, KEY_LEVEL = 14, KEY_SEQUENCE = 15 };

void qs_contribution_name(uint8_t name[QUORSUM_DIGEST_BYTES], const uint8_t digest[QUORSUM_DIGEST_BYTES],
                          const uint8_t signature[QS_SIGNATURE_BYTES])
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, NULL, 0, QUORSUM_DIGEST_BYTES);
    (void)crypto_generichash_update(&state, (const uint8_t *)DOMAIN, sizeof DOMAIN - 1);
    (void)crypto_generichash_update(&state, digest, QUORSUM_DIGEST_BYTES);
    (void)crypto_generichash_update(&state, signature, QS_SIGNATURE_BYTES);
    (void)crypto_generichash_final(&state, name, QUORSUM_DIGEST_BYTES);
}

quorsum_status qs_contribution_recall(qs_recalled *out, const quorsum_task *task, const uint8_t *in, size_t len,
                                      const uint8_t digest[QUORSUM_DIGEST_BYTES])
{
    const quorsum_public_key *key = quorsum_key_record_public(task->record);
    size_t count = quorsum_plan_plaintexts(task->plan);
    qs_message message;
    quorsum_status status = qs_bound_open(&message, QS_KIND_CONTRIBUTION, QS_CONTRIBUTION_KEYS, task, in, len);

    if (status != QUORSUM_OK)
        return status;
    qs_bound_expect_uint(&message, 10, count, QUORSUM_ERR_WIDTH);
    for (uint64_t part = KEY_PROOF; part < KEY_LEVEL; part++) {
        size_t unused;

        qs_cbor_key(&message.header, part);
        (void)qs_cbor_bytes(&message.header, &unused, len);
    }
    qs_bound_expect_uint(&message, KEY_LEVEL, (uint64_t)quorsum_plan_level(task->plan), QUORSUM_ERR_LEVEL);
    out->sequence = qs_bound_take_sequence(&message, KEY_SEQUENCE);
    out->ciphertexts = message.header.at;
    out->ciphertexts_len = count * quorsum_public_key_ciphertext_bytes(key);
    if (message.header.status == QUORSUM_OK &&
        (size_t)(message.header.end - message.header.at) < out->ciphertexts_len + QS_SIGNATURE_BYTES)
        return QUORSUM_ERR_TRUNCATED;
    memcpy(out->sender, message.sender, sizeof out->sender);
    memcpy(out->digest, digest, sizeof out->digest);
    return message.header.status;
}
