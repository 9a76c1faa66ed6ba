/* SPDX-License-Identifier: Apache-2.0 */
/* Ceremonies: who takes part, where one stands, and what it has made. */
#include "lib/ceremony/ceremony.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/random.h"
#include "lib/base/secret.h"
#include "lib/ceremony/digest.h"

/* ---- who takes part ---- */

static quorsum_status find_slots(quorsum_ceremony *ceremony)
{
    const qs_proposal *proposal = &ceremony->proposal;

    ceremony->slots = proposal->trustees + proposal->dealers;
    ceremony->log.slots = ceremony->slots;
    if (ceremony->identity == NULL)
        return QUORSUM_OK;
    for (uint32_t slot = 1; slot <= ceremony->slots; slot++) {
        const uint8_t *identity = qs_ceremony_identity(ceremony, slot);

        if (identity == NULL ||
            memcmp(identity, quorsum_identity_public(ceremony->identity), QUORSUM_IDENTITY_BYTES) != 0)
            continue;
        if (slot <= proposal->trustees)
            ceremony->member = slot;
        else
            ceremony->dealer = slot;
    }
    return ceremony->member != 0 || ceremony->dealer != 0 ? QUORSUM_OK : QUORSUM_ERR_NOT_ADMITTED;
}

/* A dealer's share of the parent, of which a copy is kept. Nobody else needs one. */
static quorsum_status take_share(quorsum_ceremony *ceremony, const quorsum_key_share *share)
{
    quorsum_status status;

    if (ceremony->dealer == 0)
        return QUORSUM_OK;
    if (share == NULL)
        return QUORSUM_ERR_MISSING;
    status = quorsum_key_share_check(share, ceremony->parent);
    if (status != QUORSUM_OK)
        return status;
    if (share->trustee != ceremony->proposal.dealer[ceremony->dealer - ceremony->proposal.trustees - 1])
        return QUORSUM_ERR_KEY_CHECK;
    return qs_key_share_copy(&ceremony->share, share);
}

static quorsum_status make_room(quorsum_ceremony *ceremony)
{
    size_t own = 32 * ceremony->sets->own;

    ceremony->secret = qs_secret_block(32 + 2 * own + own * ceremony->proposal.dealers);
    ceremony->exchange = calloc(ceremony->slots, 32);
    ceremony->pledge = calloc(ceremony->sets->count, 32);
    ceremony->waiting = calloc(ceremony->slots, 1);
    if (ceremony->secret == NULL || ceremony->exchange == NULL || ceremony->pledge == NULL ||
        ceremony->waiting == NULL)
        return QUORSUM_ERR_MEMORY;
    ceremony->seed = ceremony->secret;
    ceremony->set_key = ceremony->seed + 32;
    ceremony->batch_key = ceremony->set_key + own;
    ceremony->given = ceremony->batch_key + own;
    return qs_log_room(&ceremony->log, 2);
}

/* The mathematics behind it: a generation or a hand-over. */
static quorsum_status make_inside(quorsum_ceremony *ceremony)
{
    const qs_proposal *proposal = &ceremony->proposal;
    uint32_t dealer[QUORSUM_TRUSTEES_MAX];
    quorsum_status status;

    if (proposal->handed_on) {
        memcpy(dealer, proposal->dealer, sizeof dealer);
        return qs_handover_new(&ceremony->handover, ceremony->parent, ceremony->sets, dealer, proposal->dealers);
    }
    status = qs_generation_new(&ceremony->generation, proposal->bits, proposal->degree, proposal->randomiser,
                               ceremony->sets, proposal->digest, proposal->batch);
    return status == QUORSUM_ERR_RANGE ? QUORSUM_ERR_MODULUS_SIZE : status; /* too few bits for so many sets */
}

static void begin_transcript(quorsum_ceremony *ceremony)
{
    qs_digest digest;

    qs_digest_begin(&digest, NULL, "ceremony");
    qs_digest_bytes(&digest, ceremony->proposal.digest, QUORSUM_DIGEST_BYTES);
    qs_digest_end(&digest, ceremony->transcript);
    ceremony->step = 1;
    ceremony->round = QS_ROUND_COMMIT;
}

static quorsum_status fill(quorsum_ceremony *ceremony, const uint8_t *proposal, size_t len,
                           const quorsum_identity *identity, const quorsum_key_record *parent,
                           const quorsum_key_share *share)
{
    quorsum_status status = qs_proposal_read(&ceremony->proposal, proposal, len);

    if (status == QUORSUM_OK)
        status = qs_proposal_check_parent(&ceremony->proposal, parent);
    if (status == QUORSUM_OK && parent != NULL)
        ceremony->parent = qs_key_record_hold(parent);
    if (status == QUORSUM_OK && identity != NULL)
        status = qs_identity_copy(&ceremony->identity, identity);
    if (status == QUORSUM_OK)
        status = find_slots(ceremony);
    if (status == QUORSUM_OK)
        status = take_share(ceremony, share);
    if (status == QUORSUM_OK)
        status = qs_sets_new(&ceremony->sets, ceremony->proposal.trustees, ceremony->proposal.quorum - 1);
    if (status == QUORSUM_OK)
        status = make_room(ceremony);
    if (status == QUORSUM_OK)
        status = make_inside(ceremony);
    return status;
}

quorsum_status qs_ceremony_begin(quorsum_ceremony **out, const uint8_t *proposal, size_t len,
                                 const quorsum_identity *identity, const quorsum_key_record *parent,
                                 const quorsum_key_share *share, const uint8_t *seed)
{
    quorsum_ceremony *ceremony = calloc(1, sizeof *ceremony);
    quorsum_status status;

    *out = NULL;
    if (ceremony == NULL)
        return QUORSUM_ERR_MEMORY;
    status = fill(ceremony, proposal, len, identity, parent, share);
    if (status != QUORSUM_OK) {
        quorsum_ceremony_free(ceremony);
        return status;
    }
    if (seed != NULL)
        memcpy(ceremony->seed, seed, 32);
    else
        qs_random_bytes(ceremony->seed, 32);
    begin_transcript(ceremony);
    *out = ceremony;
    return QUORSUM_OK;
}

quorsum_status quorsum_ceremony_start(quorsum_ceremony **out, const uint8_t *proposal, size_t len,
                                      const quorsum_identity *identity, const quorsum_key_record *parent,
                                      const quorsum_key_share *share)
{
    if (out != NULL)
        *out = NULL;
    if (out == NULL || proposal == NULL)
        return QUORSUM_ERR_ARGUMENT;
    return qs_ceremony_begin(out, proposal, len, identity, parent, share, NULL);
}

void quorsum_ceremony_free(quorsum_ceremony *ceremony)
{
    if (ceremony == NULL)
        return;
    quorsum_identity_free(ceremony->identity);
    quorsum_key_record_free(ceremony->parent);
    quorsum_key_share_free(ceremony->share);
    qs_generation_free(ceremony->generation);
    qs_handover_free(ceremony->handover);
    qs_sets_free(ceremony->sets);
    qs_secret_release(ceremony->secret);
    free(ceremony->exchange);
    free(ceremony->pledge);
    qs_log_free(&ceremony->log);
    free(ceremony->pending);
    qs_key_parts_clear(&ceremony->parts);
    free(ceremony->v);
    quorsum_key_share_free(ceremony->result_share);
    qs_buffer_free(&ceremony->unsigned_record);
    quorsum_key_record_free(ceremony->record);
    free(ceremony->waiting);
    free(ceremony);
}

/* ---- where it stands ---- */

void quorsum_ceremony_state(quorsum_ceremony_status *out, const quorsum_ceremony *ceremony)
{
    const qs_verdict *verdict = &ceremony->verdict;

    *out = (quorsum_ceremony_status){
        .phase = ceremony->phase,
        .step = ceremony->step,
        .round = qs_round_rule_of(ceremony->round)->name,
        .trustees = ceremony->proposal.trustees,
        .dealers = ceremony->proposal.dealers,
        .slots = ceremony->slots,
        .waiting = ceremony->waiting,
        .batch = ceremony->batch,
        .candidates = ceremony->candidates,
        .batch_candidates = ceremony->proposal.batch,
        .expected = ceremony->generation != NULL ? qs_generation_expected(ceremony->generation) : 0,
    };
    for (uint32_t slot = 1; slot <= ceremony->slots; slot++)
        ceremony->waiting[slot - 1] = ceremony->phase == QUORSUM_CEREMONY_RUNNING &&
                                      qs_round_speaks(ceremony, ceremony->round, slot) &&
                                      !qs_log_at(&ceremony->log, ceremony->step, slot)->there;
    if (ceremony->phase == QUORSUM_CEREMONY_FAILED) {
        out->accused = verdict->accused;
        out->accused_slot = verdict->slot;
        out->certain = verdict->certain;
        out->reason = verdict->reason;
    }
}

const uint8_t *quorsum_ceremony_slot(const quorsum_ceremony *ceremony, uint32_t slot)
{
    return qs_ceremony_identity(ceremony, slot);
}

const uint8_t *quorsum_ceremony_digest(const quorsum_ceremony *ceremony)
{
    return ceremony->proposal.digest;
}

const char *quorsum_ceremony_purpose(const quorsum_ceremony *ceremony)
{
    return ceremony->proposal.purpose;
}

/* ---- what it has made ---- */

quorsum_status quorsum_ceremony_result(quorsum_key_record **record, quorsum_key_share **share,
                                       const quorsum_ceremony *ceremony)
{
    quorsum_status status = QUORSUM_OK;

    if (record != NULL)
        *record = NULL;
    if (share != NULL)
        *share = NULL;
    if (ceremony == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (ceremony->phase != QUORSUM_CEREMONY_DONE)
        return ceremony->phase == QUORSUM_CEREMONY_FAILED ? QUORSUM_ERR_DEVIATION : QUORSUM_ERR_UNFINISHED;
    if (share != NULL && ceremony->result_share != NULL)
        status = qs_key_share_copy(share, ceremony->result_share);
    if (record != NULL && status == QUORSUM_OK)
        *record = qs_key_record_hold(ceremony->record);
    return status;
}
