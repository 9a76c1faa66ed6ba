/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that come in: whose they are, where they belong, and who has signed two where there may be one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/ceremony.h"

/* Whether the message's step is one of which this ceremony may take messages, and its slot speaks in it. */
static quorsum_status check_place(const quorsum_ceremony *ceremony, const qs_step_message *message)
{
    uint32_t trustees = ceremony->proposal.trustees;
    uint32_t last = ceremony->round == QS_ROUND_SIGN ? ceremony->step : ceremony->step + 1;

    if (message->step > last)
        return QUORSUM_ERR_RANGE;
    if (message->slot > trustees && message->step != QS_ROUND_DELIVER + 1)
        return QUORSUM_ERR_RANGE; /* a dealer speaks once */
    return QUORSUM_OK;
}

/* A message that is not the one taken for its step and slot: its sender signed two. Of oneself that says nothing. */
static quorsum_status convict(quorsum_ceremony *ceremony, const qs_step_message *message)
{
    char what[64];

    if (ceremony->phase != QUORSUM_CEREMONY_RUNNING || qs_is_last_step(ceremony) ||
        qs_ceremony_speaker(ceremony, message->slot) != NULL)
        return QUORSUM_ERR_EQUIVOCATION;
    (void)snprintf(what, sizeof what, "signed two different messages of step %u", message->step);
    (void)qs_accuse(ceremony, message->slot, what);
    return QUORSUM_ERR_EQUIVOCATION;
}

/* A bad signature of the record is forgiven for a good one: whoever sent the bad one here may have sent the good one to
 * others, who have a record with it. */
static quorsum_status mend(quorsum_ceremony *ceremony, const uint8_t *data, size_t len, const qs_step_message *message)
{
    qs_taken *taken = qs_log_at(&ceremony->log, message->step, message->slot);
    qs_taken bad = *taken;
    quorsum_status status;

    if (qs_ceremony_speaker(ceremony, message->slot) != NULL || !qs_sign_is_good(ceremony, message) ||
        qs_sign_is_good(ceremony, &taken->message))
        return QUORSUM_ERR_EQUIVOCATION;
    status = qs_log_take(&ceremony->log, data, len, message);
    if (status != QUORSUM_OK)
        return status;
    free(bad.data);
    memset(&ceremony->verdict, 0, sizeof ceremony->verdict);
    ceremony->phase = QUORSUM_CEREMONY_RUNNING;
    return QUORSUM_OK;
}

static quorsum_status place(quorsum_ceremony *ceremony, const uint8_t *data, size_t len,
                            const qs_step_message *message)
{
    const qs_taken *taken = qs_log_at(&ceremony->log, message->step, message->slot);

    if (taken->there && memcmp(taken->digest, message->digest, sizeof message->digest) == 0)
        return QUORSUM_OK;
    if (taken->there && qs_is_last_step(ceremony) && message->step == ceremony->step &&
        ceremony->phase != QUORSUM_CEREMONY_DONE)
        return mend(ceremony, data, len, message);
    if (taken->there)
        return convict(ceremony, message);
    if (qs_ceremony_speaker(ceremony, message->slot) != NULL)
        return QUORSUM_ERR_EQUIVOCATION; /* signed in the own name, and not made here */
    return qs_log_take(&ceremony->log, data, len, message);
}

/* Nothing is judged here but whose it is and where it belongs: whoever has been shown another message of the step
 * before may rightly be in another round, which only the end of the step can tell. */
quorsum_status quorsum_ceremony_receive(quorsum_ceremony *ceremony, const uint8_t *message, size_t len)
{
    qs_step_message read;
    const uint8_t *expected;
    quorsum_status status;

    if (ceremony == NULL || message == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (ceremony->phase == QUORSUM_CEREMONY_FAILED && !qs_is_last_step(ceremony))
        return QUORSUM_ERR_DEVIATION;
    status = qs_step_message_read(&read, message, len);
    if (status != QUORSUM_OK)
        return status;
    if (memcmp(read.ceremony, ceremony->proposal.digest, QUORSUM_DIGEST_BYTES) != 0)
        return QUORSUM_ERR_CEREMONY;
    expected = qs_ceremony_identity(ceremony, read.slot);
    if (expected == NULL || memcmp(expected, read.sender, QUORSUM_IDENTITY_BYTES) != 0)
        return QUORSUM_ERR_NOT_ADMITTED;
    status = check_place(ceremony, &read);
    return status == QUORSUM_OK ? place(ceremony, message, len, &read) : status;
}
