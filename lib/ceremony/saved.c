/* SPDX-License-Identifier: Apache-2.0 */
/* Saving a ceremony. */
#include "lib/ceremony/saved.h"

#include "lib/base/random.h"
#include "lib/base/secret.h"
#include "lib/ceremony/ceremony.h"

static void put_header(qs_buffer *out, const quorsum_ceremony *ceremony)
{
    uint8_t salt[QS_SAVED_SALT_BYTES];

    qs_random_bytes(salt, sizeof salt);
    qs_cbor_put_map(out, QS_SAVED_FIELDS);
    qs_cbor_put_uint(out, 0);
    qs_cbor_put_text(out, QS_SAVED_TYPE);
    qs_cbor_put_uint(out, 1);
    qs_cbor_put_uint(out, QS_SAVED_VERSION);
    qs_cbor_put_uint(out, 2);
    qs_cbor_put_bytes(out, quorsum_identity_public(ceremony->identity), QUORSUM_IDENTITY_BYTES);
    qs_cbor_put_uint(out, 3);
    qs_cbor_put_bytes(out, ceremony->proposal.digest, QUORSUM_DIGEST_BYTES);
    qs_cbor_put_uint(out, 4);
    qs_cbor_put_bytes(out, salt, sizeof salt);
}

static void put_uint(qs_buffer *out, uint64_t key, uint64_t value)
{
    qs_cbor_put_uint(out, key);
    qs_cbor_put_uint(out, value);
}

static void put_digests(qs_buffer *out, const quorsum_ceremony *ceremony)
{
    qs_cbor_put_uint(out, 8);
    qs_cbor_put_array(out, ceremony->step - 1);
    for (uint32_t step = 1; step < ceremony->step; step++) {
        qs_buffer digests = {0};

        qs_log_digests(&ceremony->log, step, &digests);
        if (digests.status != QUORSUM_OK)
            out->status = digests.status;
        qs_cbor_put_bytes(out, digests.data, digests.len);
        qs_buffer_free(&digests);
    }
}

/* What a failed one needs no more is left out. */
static int is_kept(const quorsum_ceremony *ceremony, uint32_t step)
{
    return ceremony->phase != QUORSUM_CEREMONY_FAILED || ceremony->round == QS_ROUND_SIGN || step >= ceremony->step;
}

static void put_messages(qs_buffer *out, const quorsum_ceremony *ceremony)
{
    const qs_log *log = &ceremony->log;
    uint64_t count = 0;

    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1) {
            qs_cbor_put_uint(out, 9);
            qs_cbor_put_array(out, count);
        }
        for (uint32_t step = 1; step <= log->steps; step++) {
            for (uint32_t slot = 1; slot <= log->slots; slot++) {
                const qs_taken *taken = qs_log_at(log, step, slot);

                if (taken->data == NULL || !is_kept(ceremony, step))
                    continue;
                count++;
                if (pass == 1)
                    qs_cbor_put_bytes(out, taken->data, taken->len);
            }
        }
    }
}

static void put_verdict(qs_buffer *out, const quorsum_ceremony *ceremony)
{
    const qs_verdict *verdict = &ceremony->verdict;
    uint32_t accused = ceremony->phase == QUORSUM_CEREMONY_FAILED ? verdict->accused : 0;

    qs_cbor_put_uint(out, 10);
    qs_cbor_put_array(out, accused);
    for (uint32_t i = 0; i < accused; i++)
        qs_cbor_put_uint(out, verdict->slot[i]);
    put_uint(out, 11, (uint64_t)verdict->certain);
    qs_cbor_put_uint(out, 12);
    qs_cbor_put_text(out, verdict->reason);
    put_uint(out, 13, (uint64_t)ceremony->aborts);
}

static void put_log(qs_buffer *out, const quorsum_ceremony *ceremony)
{
    qs_cbor_put_map(out, QS_SAVED_LOG_FIELDS);
    put_uint(out, 0, (uint64_t)ceremony->phase);
    put_uint(out, 1, ceremony->step);
    put_uint(out, 2, (uint64_t)ceremony->round);
    put_uint(out, 3, ceremony->batch);
    put_uint(out, 4, ceremony->batch_step);
    put_uint(out, 5, ceremony->candidates);
    qs_cbor_put_uint(out, 6);
    qs_cbor_put_bytes(out, ceremony->batch_transcript, sizeof ceremony->batch_transcript);
    qs_cbor_put_uint(out, 7);
    qs_cbor_put_bytes(out, ceremony->pledge, 32 * ceremony->sets->count);
    put_digests(out, ceremony);
    put_messages(out, ceremony);
    put_verdict(out, ceremony);
}

static void seal_part(qs_buffer *out, const uint8_t *key, uint64_t part, const void *data, size_t len)
{
    uint8_t *room = qs_buffer_extend(out, len + QS_SAVED_TAG_BYTES);
    uint8_t nonce[QS_SAVED_NONCE_BYTES];

    qs_saved_nonce(nonce, part);
    if (room != NULL)
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(room, NULL, data, len, NULL, 0, NULL, nonce, key);
}

quorsum_status quorsum_ceremony_save(quorsum_bytes *out, const quorsum_ceremony *ceremony)
{
    qs_buffer sealed = {0};
    qs_buffer log = {0};
    uint8_t *key;
    quorsum_status status;

    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || ceremony == NULL || ceremony->identity == NULL)
        return QUORSUM_ERR_ARGUMENT;
    key = qs_secret_block(QS_SAVED_KEY_BYTES);
    if (key == NULL)
        return QUORSUM_ERR_MEMORY;
    put_header(&sealed, ceremony);
    put_log(&log, ceremony);
    status = sealed.status != QUORSUM_OK ? sealed.status : log.status;
    if (status == QUORSUM_OK) {
        qs_identity_derive(ceremony->identity, key, QS_SAVED_PURPOSE, sealed.data, sealed.len);
        seal_part(&sealed, key, QS_SAVED_SEED, ceremony->seed, QS_SAVED_SEED_BYTES);
        seal_part(&sealed, key, QS_SAVED_LOG, log.data, log.len);
        status = sealed.status;
    }
    qs_secret_release(key);
    qs_buffer_free(&log);
    if (status == QUORSUM_OK)
        *out = (quorsum_bytes){sealed.data, sealed.len};
    else
        qs_buffer_free(&sealed);
    return status;
}
