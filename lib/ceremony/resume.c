/* SPDX-License-Identifier: Apache-2.0 */
/* Going on from a saved ceremony: its log is read, and run through the code that made it. */
#include <stdlib.h>

#include "lib/base/secret.h"
#include "lib/ceremony/ceremony.h"
#include "lib/ceremony/saved.h"

#define STEPS_MAX ((uint64_t)1 << 24)
#define MESSAGE_MAX ((size_t)1 << 31)

/* ---- the header ---- */

typedef struct header {
    uint8_t owner[QUORSUM_IDENTITY_BYTES];
    uint8_t ceremony[QUORSUM_DIGEST_BYTES];
    size_t len;
} header;

static quorsum_status parse_header(header *out, const uint8_t *data, size_t len)
{
    uint8_t salt[QS_SAVED_SALT_BYTES];
    qs_cbor_reader reader;

    qs_cbor_begin(&reader, data, len);
    qs_cbor_file_head(&reader, QS_SAVED_TYPE, QS_SAVED_VERSION, QS_SAVED_FIELDS);
    qs_cbor_key(&reader, 2);
    qs_cbor_fixed(&reader, out->owner, sizeof out->owner);
    qs_cbor_key(&reader, 3);
    qs_cbor_fixed(&reader, out->ceremony, sizeof out->ceremony);
    qs_cbor_key(&reader, 4);
    qs_cbor_fixed(&reader, salt, sizeof salt);
    out->len = (size_t)(reader.at - data);
    return reader.status;
}

/* ---- the log ---- */

typedef struct saved {
    quorsum_ceremony_phase phase;
    uint32_t step;
    qs_round round;
    uint64_t batch;
    uint32_t batch_step;
    uint64_t candidates;
    uint8_t transcript[QUORSUM_DIGEST_BYTES];
    const uint8_t *pledge;
} saved;

static uint64_t take_uint(qs_cbor_reader *reader, uint64_t key, uint64_t max)
{
    qs_cbor_key(reader, key);
    return qs_cbor_uint(reader, max);
}

static void refuse(qs_cbor_reader *reader, quorsum_status status)
{
    if (reader->status == QUORSUM_OK)
        reader->status = status;
}

static void take_numbers(qs_cbor_reader *reader, saved *out, const quorsum_ceremony *ceremony)
{
    size_t len = 0;

    if (qs_cbor_map(reader, QS_SAVED_LOG_FIELDS) != QS_SAVED_LOG_FIELDS)
        refuse(reader, QUORSUM_ERR_NOT_CANONICAL);
    out->phase = (quorsum_ceremony_phase)take_uint(reader, 0, QUORSUM_CEREMONY_FAILED);
    out->step = (uint32_t)take_uint(reader, 1, STEPS_MAX);
    out->round = (qs_round)take_uint(reader, 2, QS_ROUNDS - 1);
    out->batch = take_uint(reader, 3, UINT64_MAX);
    out->batch_step = (uint32_t)take_uint(reader, 4, STEPS_MAX);
    out->candidates = take_uint(reader, 5, UINT64_MAX);
    qs_cbor_key(reader, 6);
    qs_cbor_fixed(reader, out->transcript, sizeof out->transcript);
    qs_cbor_key(reader, 7);
    out->pledge = qs_cbor_bytes(reader, &len, 32 * QS_SETS_MAX);
    if (out->step == 0 || out->batch_step > out->step || len != 32 * ceremony->sets->count)
        refuse(reader, QUORSUM_ERR_RANGE);
}

/* Who speaks in a step: dealers in the second. */
static uint32_t speakers(const quorsum_ceremony *ceremony, uint32_t step)
{
    return step == QS_ROUND_DELIVER + 1 ? ceremony->slots : ceremony->proposal.trustees;
}

static void take_digests(qs_cbor_reader *reader, quorsum_ceremony *ceremony, const saved *from)
{
    uint64_t count;

    qs_cbor_key(reader, 8);
    count = qs_cbor_array(reader, STEPS_MAX);
    if (reader->status == QUORSUM_OK && count != from->step - 1)
        refuse(reader, QUORSUM_ERR_RANGE);
    for (uint32_t step = 1; step <= count && reader->status == QUORSUM_OK; step++) {
        size_t len = 0;
        const uint8_t *digests = qs_cbor_bytes(reader, &len, QS_SLOTS_MAX * QUORSUM_DIGEST_BYTES);
        uint32_t spoke = speakers(ceremony, step);

        if (reader->status == QUORSUM_OK && len != (size_t)spoke * QUORSUM_DIGEST_BYTES)
            refuse(reader, QUORSUM_ERR_RANGE);
        for (uint32_t slot = 1; slot <= spoke && reader->status == QUORSUM_OK; slot++)
            qs_log_take_digest(&ceremony->log, step, slot, digests + (size_t)(slot - 1) * QUORSUM_DIGEST_BYTES);
    }
}

static quorsum_status take_message(quorsum_ceremony *ceremony, const saved *from, const uint8_t *data, size_t len)
{
    qs_step_message message;
    quorsum_status status = qs_step_message_read(&message, data, len);

    if (status != QUORSUM_OK)
        return status;
    if (message.step > from->step + 1 || message.slot > ceremony->slots ||
        qs_log_at(&ceremony->log, message.step, message.slot)->data != NULL)
        return QUORSUM_ERR_RANGE;
    return qs_log_take(&ceremony->log, data, len, &message);
}

static void take_messages(qs_cbor_reader *reader, quorsum_ceremony *ceremony, const saved *from)
{
    uint64_t count;

    qs_cbor_key(reader, 9);
    count = qs_cbor_array(reader, STEPS_MAX);
    for (uint64_t i = 0; i < count && reader->status == QUORSUM_OK; i++) {
        size_t len = 0;
        const uint8_t *data = qs_cbor_bytes(reader, &len, MESSAGE_MAX);

        if (reader->status == QUORSUM_OK)
            refuse(reader, take_message(ceremony, from, data, len));
    }
}

static void take_verdict(qs_cbor_reader *reader, quorsum_ceremony *ceremony)
{
    qs_verdict *verdict = &ceremony->verdict;
    const char *reason;
    size_t len = 0;

    qs_cbor_key(reader, 10);
    verdict->accused = (uint32_t)qs_cbor_array(reader, ceremony->slots);
    for (uint32_t i = 0; i < verdict->accused; i++)
        verdict->slot[i] = (uint32_t)qs_cbor_uint(reader, ceremony->slots);
    verdict->certain = (int)take_uint(reader, 11, 1);
    qs_cbor_key(reader, 12);
    reason = qs_cbor_text(reader, &len, QS_REASON_MAX);
    if (reason != NULL)
        memcpy(verdict->reason, reason, len);
    ceremony->aborts = (int)take_uint(reader, 13, 1);
}

/* The log is the owner's own, so what does not fit is no release of ours, or altered by one who has the identity. */
static quorsum_status read_log(quorsum_ceremony *ceremony, saved *out, const uint8_t *data, size_t len)
{
    qs_cbor_reader reader;

    qs_cbor_begin(&reader, data, len);
    take_numbers(&reader, out, ceremony);
    if (reader.status == QUORSUM_OK)
        reader.status = qs_log_room(&ceremony->log, out->step + 1);
    if (reader.status == QUORSUM_OK) {
        take_digests(&reader, ceremony, out);
        take_messages(&reader, ceremony, out);
        take_verdict(&reader, ceremony);
    }
    return qs_cbor_finish(&reader);
}

/* ---- resuming ---- */

/* From the end of the setup to the batch that was under way. */
static void jump(quorsum_ceremony *ceremony, const saved *from)
{
    ceremony->step = from->batch_step;
    ceremony->batch_step = from->batch_step;
    ceremony->batch = from->batch;
    ceremony->candidates = from->candidates;
    ceremony->reported = from->candidates;
    memcpy(ceremony->transcript, from->transcript, sizeof ceremony->transcript);
    memcpy(ceremony->batch_transcript, from->transcript, sizeof ceremony->batch_transcript);
    memcpy(ceremony->pledge, from->pledge, 32 * ceremony->sets->count);
    qs_generation_next(ceremony->generation, ceremony->batch);
    qs_ceremony_batch_keys(ceremony, ceremony->batch);
    ceremony->log.round[ceremony->step - 1] = ceremony->round;
}

/* Whether the messages of the step under way are there, and not only their digests. */
static int can_end_step(const quorsum_ceremony *ceremony)
{
    for (uint32_t slot = 1; slot <= speakers(ceremony, ceremony->step); slot++) {
        if (qs_log_at(&ceremony->log, ceremony->step, slot)->data == NULL)
            return 0;
    }
    return 1;
}

static quorsum_status replay(quorsum_ceremony *ceremony, const saved *from, const quorsum_run *run)
{
    quorsum_status status = QUORSUM_OK;

    while (ceremony->step < from->step && status == QUORSUM_OK) {
        if (ceremony->round == QS_ROUND_SIFT_COMMIT && ceremony->batch < from->batch)
            jump(ceremony, from);
        else
            status = can_end_step(ceremony) ? qs_ceremony_end_step(ceremony, run) : QUORSUM_ERR_OWNER;
    }
    if (status == QUORSUM_OK && ceremony->round == QS_ROUND_SIGN && from->phase != QUORSUM_CEREMONY_RUNNING &&
        can_end_step(ceremony)) {
        status = qs_ceremony_end_step(ceremony, run);
        if (status == QUORSUM_ERR_DEVIATION && from->phase == QUORSUM_CEREMONY_FAILED)
            status = QUORSUM_OK;
    }
    return status == QUORSUM_ERR_DEVIATION || (status == QUORSUM_OK && ceremony->round != from->round)
               ? QUORSUM_ERR_OWNER
               : status;
}

/* A failed one only tells what for. */
static void restore_failure(quorsum_ceremony *ceremony, const saved *from)
{
    ceremony->phase = QUORSUM_CEREMONY_FAILED;
    ceremony->step = from->step;
    ceremony->round = from->round;
    ceremony->batch = from->batch;
    ceremony->batch_step = from->batch_step;
    ceremony->candidates = from->candidates;
    memcpy(ceremony->batch_transcript, from->transcript, sizeof ceremony->batch_transcript);
    memcpy(ceremony->pledge, from->pledge, 32 * ceremony->sets->count);
}

static quorsum_status continue_from(quorsum_ceremony *ceremony, const uint8_t *log, size_t len, const quorsum_run *run)
{
    saved from = {0};
    qs_watch watch;
    quorsum_run watched = qs_watch_begin(&watch, ceremony, run);
    quorsum_status status = read_log(ceremony, &from, log, len);

    if (status != QUORSUM_OK)
        return status == QUORSUM_ERR_MEMORY ? status : QUORSUM_ERR_OWNER;
    if (from.phase == QUORSUM_CEREMONY_FAILED && from.round != QS_ROUND_SIGN) {
        restore_failure(ceremony, &from);
        return QUORSUM_OK;
    }
    if (ceremony->generation == NULL && from.batch > 0)
        return QUORSUM_ERR_OWNER;
    return replay(ceremony, &from, &watched);
}

typedef struct opened {
    uint8_t *secret; /* key, seed */
    uint8_t *log;
    size_t log_len;
} opened;

/* len: of what is sealed. */
static int open_part(uint8_t *out, const uint8_t *sealed, size_t len, uint64_t part, const uint8_t *key)
{
    uint8_t nonce[QS_SAVED_NONCE_BYTES];

    qs_saved_nonce(nonce, part);
    return crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, len + QS_SAVED_TAG_BYTES, NULL, 0, nonce,
                                                      key) == 0;
}

static quorsum_status open_parts(opened *out, const quorsum_identity *identity, const uint8_t *data, size_t len,
                                 size_t head_len)
{
    size_t sealed_seed = QS_SAVED_SEED_BYTES + QS_SAVED_TAG_BYTES;
    const uint8_t *seed = data + head_len;
    const uint8_t *log = seed + sealed_seed;

    if (len - head_len < sealed_seed + QS_SAVED_TAG_BYTES)
        return QUORSUM_ERR_OWNER;
    out->log_len = len - head_len - sealed_seed - QS_SAVED_TAG_BYTES;
    out->secret = qs_secret_block(QS_SAVED_KEY_BYTES + QS_SAVED_SEED_BYTES);
    out->log = malloc(out->log_len > 0 ? out->log_len : 1);
    if (out->secret == NULL || out->log == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_identity_derive(identity, out->secret, QS_SAVED_PURPOSE, data, head_len);
    return open_part(out->secret + QS_SAVED_KEY_BYTES, seed, QS_SAVED_SEED_BYTES, QS_SAVED_SEED, out->secret) &&
                   open_part(out->log, log, out->log_len, QS_SAVED_LOG, out->secret)
               ? QUORSUM_OK
               : QUORSUM_ERR_OWNER;
}

static quorsum_status check_header(const header *head, const uint8_t *proposal, size_t len,
                                   const quorsum_identity *identity)
{
    qs_proposal read;
    quorsum_status status = qs_proposal_read(&read, proposal, len);

    if (status != QUORSUM_OK)
        return status;
    if (memcmp(head->owner, quorsum_identity_public(identity), sizeof head->owner) != 0 ||
        memcmp(head->ceremony, read.digest, sizeof head->ceremony) != 0)
        return QUORSUM_ERR_OWNER;
    return QUORSUM_OK;
}

quorsum_status quorsum_ceremony_resume(quorsum_ceremony **out, const uint8_t *proposal, size_t len,
                                       const quorsum_identity *identity, const quorsum_key_record *parent,
                                       const quorsum_key_share *share, const uint8_t *saved_data, size_t saved_len,
                                       const quorsum_run *run)
{
    quorsum_ceremony *ceremony = NULL;
    opened parts = {0};
    header head = {0};
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || proposal == NULL || identity == NULL || saved_data == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = parse_header(&head, saved_data, saved_len);
    if (status == QUORSUM_OK)
        status = check_header(&head, proposal, len, identity);
    if (status == QUORSUM_OK)
        status = open_parts(&parts, identity, saved_data, saved_len, head.len);
    if (status == QUORSUM_OK)
        status = qs_ceremony_begin(&ceremony, proposal, len, identity, parent, share,
                                   parts.secret + QS_SAVED_KEY_BYTES);
    if (status == QUORSUM_OK)
        status = continue_from(ceremony, parts.log, parts.log_len, run);
    if (status == QUORSUM_OK) {
        *out = ceremony;
        ceremony = NULL;
    }
    qs_secret_release(parts.secret);
    free(parts.log);
    quorsum_ceremony_free(ceremony);
    return status;
}
