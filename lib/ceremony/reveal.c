/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch that came to nothing is laid open: everybody says the keys of its sets for this batch, as pledged before the
 * batch began, and pledges those of the next. Then all that was said in the batch can be said again by anybody.
 *
 *     reveal    for each own set: key 32 | pledge for the next batch 32
 *
 * The batch's N is never used: whoever reveals does not sign, and a key record needs everybody's signature.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/ceremony.h"

#define ENTRY 64
#define NONCE_BYTES 32

size_t qs_reveal_len(const quorsum_ceremony *ceremony, uint32_t slot)
{
    (void)slot;
    return ENTRY * ceremony->sets->own;
}

quorsum_status qs_reveal_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run)
{
    qs_party party = qs_ceremony_party(ceremony);
    size_t own = ceremony->sets->own;

    (void)slot;
    (void)run;
    for (size_t k = 0; k < own; k++)
        memcpy(body + ENTRY * k, qs_party_key(&party, k), 32);
    qs_ceremony_batch_keys(ceremony, ceremony->batch + 1);
    for (size_t k = 0; k < own; k++)
        qs_ceremony_pledge(ceremony, body + ENTRY * k + 32, ceremony->batch + 1, qs_party_set(&party, k),
                           qs_party_key(&party, k));
    qs_ceremony_batch_keys(ceremony, ceremony->batch);
    return QUORSUM_OK;
}

static const uint8_t *entry_of(const uint8_t *const *body, uint32_t member, size_t k)
{
    return body[member - 1] + ENTRY * k;
}

/* The keys are those that were pledged. key: of all sets. */
static quorsum_status take_keys(quorsum_ceremony *ceremony, const uint8_t *const *body, uint8_t *key)
{
    const qs_sets *sets = ceremony->sets;
    uint8_t guilty[QS_SLOTS_MAX] = {0};

    for (uint32_t i = 1; i <= sets->members; i++) {
        for (size_t k = 0; k < sets->own; k++) {
            size_t set = sets->mine[(i - 1) * sets->own + k];
            uint8_t pledge[32];

            qs_ceremony_pledge(ceremony, pledge, ceremony->batch, set, entry_of(body, i, k));
            if (memcmp(pledge, ceremony->pledge + 32 * set, sizeof pledge) != 0)
                guilty[i - 1] = 1;
            else
                memcpy(key + 32 * set, entry_of(body, i, k), 32);
        }
    }
    return qs_accuse_all(ceremony, guilty, "revealed another key than the one pledged");
}

/* The pledges for the next batch agree within every set. pledge: of all sets. */
static quorsum_status take_pledges(quorsum_ceremony *ceremony, const uint8_t *const *body, uint8_t *pledge)
{
    const qs_sets *sets = ceremony->sets;
    uint32_t first[QS_SETS_MAX] = {0}; /* whose pledge it is */

    for (uint32_t i = 1; i <= sets->members; i++) {
        for (size_t k = 0; k < sets->own; k++) {
            size_t set = sets->mine[(i - 1) * sets->own + k];
            const uint8_t *said = entry_of(body, i, k) + 32;

            if (first[set] == 0) {
                first[set] = i;
                memcpy(pledge + 32 * set, said, 32);
            } else if (memcmp(pledge + 32 * set, said, 32) != 0) {
                return qs_accuse_pair(ceremony, first[set], i, "deviated: they pledged different keys of a set");
            }
        }
    }
    return QUORSUM_OK;
}

/* ---- saying the batch again ---- */

/* What member `who` should have said in a step, beside what it said. */
static quorsum_status compare_one(quorsum_ceremony *ceremony, uint32_t step, const qs_party *party, int *differs,
                                  const quorsum_run *run)
{
    qs_round round = (qs_round)ceremony->log.round[step - 1];
    const qs_round_rule *rule = qs_round_rule_of(round);
    const qs_step_message *message = &qs_log_at(&ceremony->log, step, party->index)->message;
    size_t len = qs_round_len(ceremony, round, party->index);
    size_t skip = rule->opens ? NONCE_BYTES : 0;
    uint8_t *body;
    quorsum_status status;

    if (rule->generation == NULL)
        return QUORSUM_OK;
    body = malloc(len > 0 ? len : 1);
    if (body == NULL)
        return QUORSUM_ERR_MEMORY;
    status = rule->generation->say(ceremony->generation, party, body + skip, run);
    if (status == QUORSUM_OK)
        *differs |= message->body_len != len || memcmp(body + skip, message->body + skip, len - skip) != 0;
    free(body);
    return status;
}

static quorsum_status compare_member(quorsum_ceremony *ceremony, uint32_t who, const uint8_t *key, uint8_t *guilty,
                                     const quorsum_run *run)
{
    const qs_sets *sets = ceremony->sets;
    qs_party party = {.index = who, .sets = sets};
    uint8_t *own = malloc(32 * sets->own); /* public by now */
    quorsum_status status = own != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
    int differs = 0;

    for (size_t k = 0; own != NULL && k < sets->own; k++)
        memcpy(own + 32 * k, key + 32 * qs_party_set(&party, k), 32);
    party.key = own;
    for (uint32_t step = ceremony->batch_step; step < ceremony->step && status == QUORSUM_OK; step++)
        status = compare_one(ceremony, step, &party, &differs, run);
    *guilty = (uint8_t)differs;
    free(own);
    return status;
}

static quorsum_status name_deviators(quorsum_ceremony *ceremony, const uint8_t *key, const quorsum_run *run)
{
    uint8_t guilty[QS_SLOTS_MAX] = {0};
    quorsum_status status = QUORSUM_OK;

    for (uint32_t i = 1; i <= ceremony->sets->members && status == QUORSUM_OK; i++)
        status = compare_member(ceremony, i, key, &guilty[i - 1], run);
    if (status != QUORSUM_OK)
        return status;
    return qs_accuse_all(ceremony, guilty, "said in this batch what does not follow from its keys");
}

static quorsum_status judge(quorsum_ceremony *ceremony, const uint8_t *key, const quorsum_run *run)
{
    int sound = 0;
    quorsum_status status = QUORSUM_OK;

    if (ceremony->ruling == QS_NO_WINNER)
        status = qs_generation_replay(&sound, ceremony->generation, key, run);
    if (status == QUORSUM_OK && !sound)
        status = name_deviators(ceremony, key, run);
    return status;
}

static void begin_next_batch(quorsum_ceremony *ceremony, const uint8_t *pledge)
{
    memcpy(ceremony->pledge, pledge, 32 * ceremony->sets->count);
    ceremony->candidates += ceremony->generation->candidates;
    ceremony->batch++;
    qs_generation_next(ceremony->generation, ceremony->batch);
    qs_ceremony_batch_keys(ceremony, ceremony->batch);
}

quorsum_status qs_reveal_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                              const quorsum_run *run)
{
    size_t bytes = 32 * ceremony->sets->count;
    uint8_t *key = calloc(2, bytes);
    uint8_t *pledge;
    quorsum_status status;

    *next = QS_ROUND_SIFT_COMMIT;
    if (key == NULL)
        return QUORSUM_ERR_MEMORY;
    pledge = key + bytes;
    status = take_keys(ceremony, body, key);
    if (status == QUORSUM_OK)
        status = take_pledges(ceremony, body, pledge);
    if (status == QUORSUM_OK)
        status = judge(ceremony, key, run);
    if (status == QUORSUM_OK)
        begin_next_batch(ceremony, pledge);
    free(key);
    return status;
}
