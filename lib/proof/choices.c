/* SPDX-License-Identifier: Apache-2.0 */
/* Making the list of what a ballot may say. All of it is public. */
#include "lib/proof/choices.h"

#include <stdlib.h>
#include <string.h>

static quorsum_status check_clause(const quorsum_public_key *key, size_t ciphertexts, const qs_clause *clause)
{
    if (clause->count == 0 || clause->first >= ciphertexts || clause->count > ciphertexts - clause->first)
        return QUORSUM_ERR_ARGUMENT;
    if (clause->value_count == 0 || clause->values == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (clause->value_count > QS_COUNT_MAX)
        return QUORSUM_ERR_LIMIT;
    for (size_t v = 0; v < clause->value_count; v++)
        if (clause->values[v].shift > key->plain->width * GMP_LIMB_BITS)
            return QUORSUM_ERR_ARGUMENT;
    return QUORSUM_OK;
}

/* Counts the branches. */
static quorsum_status check_clauses(const quorsum_public_key *key, size_t ciphertexts, const qs_clause *clauses,
                                    size_t clause_count, size_t *branches)
{
    size_t covered = 0;
    quorsum_status status = clauses == NULL || clause_count == 0 ? QUORSUM_ERR_ARGUMENT : QUORSUM_OK;

    *branches = 0;
    if (status == QUORSUM_OK && (ciphertexts > QS_COUNT_MAX || clause_count > QS_COUNT_MAX))
        status = QUORSUM_ERR_LIMIT;
    for (size_t i = 0; i < clause_count && status == QUORSUM_OK; i++) {
        status = check_clause(key, ciphertexts, &clauses[i]);
        *branches += clauses[i].value_count;
        covered += clauses[i].count;
        if (status == QUORSUM_OK && *branches > QS_COUNT_MAX)
            status = QUORSUM_ERR_LIMIT;
    }
    return status == QUORSUM_OK && covered > *branches ? QUORSUM_ERR_ARGUMENT : status;
}

/* integer: room for plain->width + 3 limbs. What is surely below N, as a vector's values all are, is its own residue: a
 * task of many options is read by everybody, and reducing these would take longer than all else in it. */
static void set_value(const qs_choices *choices, size_t branch, const qs_value *value, mp_limb_t *integer,
                      mp_limb_t *scratch)
{
    const qs_ring *plain = choices->key->plain;
    mp_limb_t *residue = choices->values + branch * plain->width;
    size_t limbs = plain->width + 3;
    size_t whole = value->shift / GMP_LIMB_BITS;
    unsigned part = (unsigned)(value->shift % GMP_LIMB_BITS);

    memset(integer, 0, limbs * sizeof *integer);
    integer[whole] = (mp_limb_t)value->factor;
#if GMP_LIMB_BITS == 32
    integer[whole + 1] = (mp_limb_t)(value->factor >> 32);
#endif
    if (part > 0)
        (void)mpn_lshift(integer, integer, (mp_size_t)limbs, part);
    if (value->shift + 64 < plain->bits)
        memcpy(residue, integer, plain->width * sizeof *residue);
    else
        qs_ring_reduce(plain, residue, integer, limbs, scratch);
    qs_ring_enter(plain, choices->factors + branch * plain->width, residue, scratch);
}

static void fill(qs_choices *choices, const qs_clause *clauses, mp_limb_t *integer)
{
    const qs_ring *plain = choices->key->plain;
    size_t branch = 0;

    for (size_t i = 0; i < choices->clause_count; i++) {
        choices->clauses[i] = (qs_choice_clause){clauses[i].first, clauses[i].count, branch,
                                                 branch + clauses[i].value_count};
        for (size_t v = 0; v < clauses[i].value_count; v++) {
            choices->owner[branch] = (uint32_t)i;
            set_value(choices, branch++, &clauses[i].values[v], integer, integer + plain->width + 3);
        }
    }
}

quorsum_status qs_choices_new(qs_choices **out, const quorsum_public_key *key, size_t ciphertexts,
                              const qs_clause *clauses, size_t clause_count)
{
    size_t branches;
    quorsum_status status = check_clauses(key, ciphertexts, clauses, clause_count, &branches);
    qs_choices *choices;
    mp_limb_t *integer = NULL;

    *out = NULL;
    if (status != QUORSUM_OK)
        return status;
    choices = calloc(1, sizeof *choices);
    if (choices == NULL)
        return QUORSUM_ERR_MEMORY;
    choices->key = qs_public_key_hold(key);
    choices->ciphertexts = ciphertexts;
    choices->clause_count = clause_count;
    choices->branches = branches;
    choices->clauses = calloc(clause_count, sizeof *choices->clauses);
    choices->owner = calloc(branches, sizeof *choices->owner);
    choices->values = calloc(branches, key->plain->width * sizeof *choices->values);
    choices->factors = calloc(branches, key->plain->width * sizeof *choices->factors);
    integer = malloc((key->plain->width + 3 + qs_ring_scratch(key->plain)) * sizeof *integer);
    if (choices->clauses == NULL || choices->owner == NULL || choices->values == NULL || choices->factors == NULL ||
        integer == NULL) {
        qs_choices_free(choices);
        choices = NULL;
    } else {
        fill(choices, clauses, integer);
    }
    free(integer);
    *out = choices;
    return choices != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
}

void qs_choices_free(qs_choices *choices)
{
    if (choices == NULL)
        return;
    quorsum_public_key_free(choices->key);
    free(choices->clauses);
    free(choices->owner);
    free(choices->values);
    free(choices->factors);
    free(choices);
}
