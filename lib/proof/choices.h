/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ballot may say: clauses, each of which allows the product of some neighbouring ciphertexts a list of
 * plaintexts. Key and task fix it, so one is made for all ballots of a task; it is immutable and any number of threads
 * may use it.
 *
 * An allowed value of a clause is called a branch (of the or-proof, choice.h). Branches are numbered through all
 * clauses.
 */
#ifndef QS_CHOICES_H
#define QS_CHOICES_H

#include "lib/paillier/public_key.h"

/* factor 2^shift mod N^s */
typedef struct qs_value {
    uint64_t factor;
    size_t shift;
} qs_value;

/* The product of ciphertexts first .. first+count-1 encrypts one of the values. */
typedef struct qs_clause {
    size_t first;
    size_t count;
    const qs_value *values;
    size_t value_count;
} qs_clause;

typedef struct qs_choice_clause { /* as it is kept */
    size_t first;
    size_t count;
    size_t begin; /* its branches are begin .. end-1 */
    size_t end;
} qs_choice_clause;

typedef struct qs_choices {
    quorsum_public_key *key;
    size_t ciphertexts; /* K */
    size_t clause_count;
    size_t branches; /* P */
    qs_choice_clause *clauses;
    uint32_t *owner;   /* the clause of every branch */
    mp_limb_t *values;  /* of every branch: plain form in key->plain */
    mp_limb_t *factors; /* the same in Montgomery form */
} qs_choices;

/* ERR_ARGUMENT: no clause, an empty one, ciphertexts beyond K, a shift of more bits than N^s has, or clauses that
 * together cover more ciphertexts, each counted as often as it is covered, than there are branches: then the masks
 * would hide less than they should (choice.h). ERR_LIMIT above QS_COUNT_MAX branches or ciphertexts. ERR_MEMORY. */
quorsum_status qs_choices_new(qs_choices **out, const quorsum_public_key *key, size_t ciphertexts,
                              const qs_clause *clauses, size_t clause_count);
void qs_choices_free(qs_choices *choices); /* NULL is fine */

#endif
