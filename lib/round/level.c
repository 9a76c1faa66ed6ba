/* SPDX-License-Identifier: Apache-2.0 */
/* One switch a question, so that a level is a case in each and nothing else knows of levels. */
#include "lib/round/level.h"

#include <stdlib.h>

#include "lib/encode/plan.h"
#include "lib/proof/choice.h"
#include "lib/round/ballot.h"
#include "lib/round/length.h"

quorsum_status qs_level_prepare(quorsum_task *task)
{
    const quorsum_public_key *key = quorsum_key_record_public(task->record);

    switch (quorsum_plan_level(task->plan)) {
    case QUORSUM_LEVEL_BALLOT:
        return qs_ballot_choices(&task->choices, task->plan, key);
    case QUORSUM_LEVEL_NORM:
        return qs_length_statement(&task->length, task->plan, key);
    case QUORSUM_LEVEL_KNOWLEDGE:
        break;
    }
    return QUORSUM_OK;
}

void qs_level_release(quorsum_task *task)
{
    qs_choices_free(task->choices);
    free((size_t *)(uintptr_t)task->length.slots);
    task->choices = NULL;
    task->length.slots = NULL;
}

size_t qs_level_bytes(const quorsum_task *task)
{
    switch (quorsum_plan_level(task->plan)) {
    case QUORSUM_LEVEL_BALLOT:
        return qs_choice_bytes(task->choices);
    case QUORSUM_LEVEL_NORM:
        return qs_norm_bytes(&task->length);
    case QUORSUM_LEVEL_KNOWLEDGE:
        break;
    }
    return 0;
}

quorsum_status qs_level_check(const quorsum_task *task, const int64_t *values)
{
    switch (quorsum_plan_level(task->plan)) {
    case QUORSUM_LEVEL_BALLOT:
        return qs_reveal(qs_ballot_is_allowed(task->plan, values) == 1) ? QUORSUM_OK : QUORSUM_ERR_CHOICE;
    case QUORSUM_LEVEL_NORM:
        return qs_reveal(qs_length_is_allowed(task->plan, values) == 1) ? QUORSUM_OK : QUORSUM_ERR_NORM;
    case QUORSUM_LEVEL_KNOWLEDGE:
        break;
    }
    return QUORSUM_OK;
}

static quorsum_status prove_ballot(uint8_t *out, const quorsum_task *task, const qs_context *context,
                                   const quorsum_encryptor *encryptor, const quorsum_ciphertexts *ciphertexts,
                                   const int64_t *values, const qs_secret *alpha, const quorsum_run *run)
{
    qs_secret chosen = {0};
    quorsum_status status = qs_ballot_chosen(&chosen, task->plan, task->choices, values);

    if (status == QUORSUM_OK)
        status = qs_choice_prove(out, context, task->choices, encryptor, ciphertexts, alpha, &chosen, run);
    qs_secret_clear(&chosen);
    return status;
}

quorsum_status qs_level_prove(uint8_t *out, const quorsum_task *task, const qs_context *context,
                              const quorsum_encryptor *encryptor, const quorsum_ciphertexts *ciphertexts,
                              const int64_t *values, const qs_secret *alpha, const quorsum_run *run)
{
    switch (quorsum_plan_level(task->plan)) {
    case QUORSUM_LEVEL_BALLOT:
        return prove_ballot(out, task, context, encryptor, ciphertexts, values, alpha, run);
    case QUORSUM_LEVEL_NORM:
        return qs_norm_prove(out, context, encryptor, &task->length, ciphertexts, values, alpha, run);
    case QUORSUM_LEVEL_KNOWLEDGE:
        break;
    }
    return QUORSUM_OK;
}

quorsum_status qs_level_verify_vartime(const uint8_t *proof, const quorsum_task *task, const qs_context *context,
                                       const quorsum_ciphertexts *ciphertexts, const quorsum_run *run)
{
    switch (quorsum_plan_level(task->plan)) {
    case QUORSUM_LEVEL_BALLOT:
        return qs_choice_verify_vartime(proof, qs_level_bytes(task), context, task->choices, ciphertexts, run);
    case QUORSUM_LEVEL_NORM:
        return qs_norm_verify_vartime(proof, qs_level_bytes(task), context, &task->length, ciphertexts, run);
    case QUORSUM_LEVEL_KNOWLEDGE:
        break;
    }
    return QUORSUM_OK;
}
