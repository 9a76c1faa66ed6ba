/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is different when a key is handed on: dealers give keys for every set of the new committee in `deliver`, and one
 * committed round, `mask`, takes the place of a generation's. The equations are in handover.h.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/ceremony/box.h"
#include "lib/ceremony/ceremony.h"

static size_t box_len(const quorsum_ceremony *ceremony)
{
    return qs_box_bytes(32 * ceremony->sets->own);
}

size_t qs_dealt_len(const quorsum_ceremony *ceremony)
{
    return qs_handover_dealt_len(ceremony->handover) + ceremony->proposal.trustees * box_len(ceremony);
}

static qs_box_ends box_ends(const quorsum_ceremony *ceremony, uint32_t from, uint32_t to)
{
    return (qs_box_ends){.ceremony = ceremony->proposal.digest,
                         .sender = qs_ceremony_identity(ceremony, from),
                         .recipient = qs_ceremony_identity(ceremony, to),
                         .sender_slot = from,
                         .recipient_index = to};
}

/* Boxes with the keys of the sets of each member. secret: the exchange key, room for content. */
static quorsum_status seal_boxes(const quorsum_ceremony *ceremony, const uint8_t *set_key, uint8_t *secret,
                                 uint8_t *out)
{
    const qs_sets *sets = ceremony->sets;
    quorsum_status status = QUORSUM_OK;

    qs_ceremony_secret(ceremony, secret, "exchange", ceremony->dealer);
    for (uint32_t to = 1; to <= ceremony->proposal.trustees && status == QUORSUM_OK; to++) {
        qs_box_ends ends = box_ends(ceremony, ceremony->dealer, to);

        for (size_t k = 0; k < sets->own; k++)
            memcpy(secret + 32 + 32 * k, set_key + 32 * (size_t)sets->mine[(to - 1) * sets->own + k], 32);
        status = qs_box_seal(out, &ends, secret + 32, 32 * sets->own, ceremony->identity,
                             ceremony->exchange + (size_t)(to - 1) * QS_EXCHANGE_BYTES, secret);
        out += box_len(ceremony);
    }
    return status;
}

quorsum_status qs_dealt_say(quorsum_ceremony *ceremony, uint8_t *body, const quorsum_run *run)
{
    const qs_sets *sets = ceremony->sets;
    uint8_t *set_key = qs_secret_block(32 * sets->count);
    uint8_t *secret = qs_secret_block(32 + 32 * sets->own);
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (set_key != NULL && secret != NULL) {
        for (size_t set = 0; set < sets->count; set++)
            qs_ceremony_secret(ceremony, set_key + 32 * set, "dealt", set);
        status = qs_handover_deal(ceremony->handover, ceremony->share, set_key, body, run);
    }
    if (status == QUORSUM_OK)
        status = seal_boxes(ceremony, set_key, secret, body + qs_handover_dealt_len(ceremony->handover));
    qs_secret_release(set_key);
    qs_secret_release(secret);
    return status;
}

/* The own box of dealer d: its keys for the own sets, checked against the public part. */
static quorsum_status open_box(quorsum_ceremony *ceremony, uint32_t d, const uint8_t *boxes, const uint8_t *exchange,
                               int *sound, const quorsum_run *run)
{
    const qs_sets *sets = ceremony->sets;
    uint32_t slot = ceremony->proposal.trustees + 1 + d;
    uint8_t *given = ceremony->given + 32 * sets->own * d;
    qs_box_ends ends = box_ends(ceremony, slot, ceremony->member);
    quorsum_status status = qs_box_open(sound, given, 32 * sets->own, &ends,
                                        boxes + (ceremony->member - 1) * box_len(ceremony),
                                        ceremony->exchange + (size_t)(slot - 1) * QS_EXCHANGE_BYTES, exchange);

    if (status == QUORSUM_OK && *sound)
        status = qs_handover_check_keys(ceremony->handover, d, ceremony->member, given, sound, run);
    return status;
}

static quorsum_status open_boxes(quorsum_ceremony *ceremony, const uint8_t *const *body, uint32_t *complaint,
                                 const quorsum_run *run)
{
    size_t public_len = QS_EXCHANGE_BYTES + qs_handover_dealt_len(ceremony->handover);
    uint8_t *exchange = qs_secret_block(32);
    quorsum_status status = exchange != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    if (status == QUORSUM_OK)
        qs_ceremony_secret(ceremony, exchange, "exchange", ceremony->member);
    for (uint32_t d = 0; d < ceremony->proposal.dealers && status == QUORSUM_OK; d++) {
        int sound = 0;

        status = open_box(ceremony, d, body[d] + public_len, exchange, &sound, run);
        if (!sound && *complaint == 0)
            *complaint = ceremony->proposal.trustees + 1 + d;
    }
    qs_secret_release(exchange);
    return status;
}

quorsum_status qs_dealt_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, uint32_t *complaint,
                             const quorsum_run *run)
{
    uint8_t guilty[QS_SLOTS_MAX] = {0};
    quorsum_status status = QUORSUM_OK;

    *complaint = 0;
    for (uint32_t d = 0; d < ceremony->proposal.dealers && status == QUORSUM_OK; d++) {
        int sound = 0;

        status = qs_handover_take(ceremony->handover, d, body[d] + QS_EXCHANGE_BYTES, &sound, run);
        guilty[ceremony->proposal.trustees + d] = !sound;
    }
    if (status == QUORSUM_OK)
        status = qs_accuse_all(ceremony, guilty, "dealt what does not add up to its share");
    if (status == QUORSUM_OK && ceremony->member != 0)
        status = open_boxes(ceremony, body, complaint, run);
    return status;
}

/* ---- mask ---- */

size_t qs_mask_len(const quorsum_ceremony *ceremony, uint32_t slot)
{
    (void)slot;
    return qs_handover_mask_len(ceremony->handover);
}

quorsum_status qs_mask_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run)
{
    qs_party party = qs_ceremony_party(ceremony);

    (void)slot;
    return qs_handover_mask(ceremony->handover, &party, ceremony->given, body, run);
}

static uint32_t first_of(uint16_t members) /* members != 0 */
{
    uint32_t i = 1;

    while ((members >> (i - 1) & 1) == 0)
        i++;
    return i;
}

static uint32_t last_of(uint16_t members)
{
    uint32_t i = QS_MEMBERS_MAX;

    while ((members >> (i - 1) & 1) == 0)
        i--;
    return i;
}

static quorsum_status accuse(quorsum_ceremony *ceremony, const qs_accused *accused)
{
    uint8_t guilty[QS_SLOTS_MAX] = {0};

    if (accused->unnamed)
        return qs_accuse_others(ceremony, "somebody masked a secret wrongly, so that there is no key");
    for (uint32_t i = 0; i < ceremony->proposal.trustees; i++)
        guilty[i] = accused->members >> i & 1;
    if (accused->certain)
        return qs_accuse_all(ceremony, guilty, "masked a secret wrongly");
    return qs_accuse_pair(ceremony, first_of(accused->members), last_of(accused->members),
                          "deviated: they do not mask a set's secret alike");
}

quorsum_status qs_mask_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                            const quorsum_run *run)
{
    qs_accused accused = {0};
    quorsum_status status = qs_handover_hear(ceremony->handover, body, &accused, run);

    *next = QS_ROUND_CERTIFICATE;
    if (status == QUORSUM_OK)
        status = accused.members != 0 || accused.unnamed ? accuse(ceremony, &accused) : qs_finish_begin(ceremony);
    return status;
}
