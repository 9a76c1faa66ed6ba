/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the shares of a key open what was encrypted for it, by the public calls alone. */
#ifndef QS_TEST_OPENS_H
#define QS_TEST_OPENS_H

#include <criterion/criterion.h>
#include <stdlib.h>

#include "quorsum.h"

static inline quorsum_ciphertexts *opens_encrypt(const quorsum_public_key *key, int64_t first, int64_t second)
{
    quorsum_plaintexts *plain = NULL;
    quorsum_encryptor *encryptor = NULL;
    quorsum_ciphertexts *out = NULL;

    cr_assert_eq(quorsum_plaintexts_new(&plain, key, 2), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_set_int64(plain, 0, first), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_set_int64(plain, 1, second), QUORSUM_OK);
    cr_assert_eq(quorsum_encryptor_new(&encryptor, key, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_encrypt(&out, encryptor, plain, NULL), QUORSUM_OK);
    quorsum_encryptor_free(encryptor);
    quorsum_plaintexts_free(plain);
    return out;
}

/* The trustees whose bits are set. share[i]: of trustee i+1. */
static inline quorsum_status opens_by(const quorsum_key_record *record, quorsum_key_share *const *share, unsigned set,
                                      const quorsum_ciphertexts *vector, int64_t *values)
{
    static const uint8_t task[32] = {9};
    quorsum_combiner *combiner = NULL;
    quorsum_opening *opening = NULL;
    quorsum_plaintexts *plain = NULL;
    quorsum_status status;

    cr_assert_eq(quorsum_combiner_new(&combiner, record, vector, task), QUORSUM_OK);
    for (uint32_t i = 1; i <= quorsum_key_record_trustees(record); i++) {
        quorsum_partial *partial = NULL;

        if ((set >> (i - 1) & 1) == 0)
            continue;
        cr_assert_eq(quorsum_partial_decrypt(&partial, record, share[i - 1], vector, task,
                                             quorsum_key_record_trustee(record, i), NULL), QUORSUM_OK, "trustee %u", i);
        cr_assert_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK, "trustee %u", i);
        quorsum_partial_free(partial);
    }
    status = quorsum_combiner_open(&opening, combiner, NULL);
    if (status == QUORSUM_OK) {
        cr_assert_eq(quorsum_opening_plaintexts(&plain, opening), QUORSUM_OK);
        for (size_t k = 0; k < 2; k++)
            cr_assert_eq(quorsum_plaintexts_get_int64(plain, k, &values[k]), QUORSUM_OK);
    }
    quorsum_plaintexts_free(plain);
    quorsum_opening_free(opening);
    quorsum_combiner_free(combiner);
    return status;
}

/* Every quorum opens, and no smaller set does. */
static inline void opens_expect_quorums(const quorsum_key_record *record, quorsum_key_share *const *share)
{
    quorsum_ciphertexts *vector = opens_encrypt(quorsum_key_record_public(record), -5, 1234);
    int quorum = (int)quorsum_key_record_quorum(record);

    for (unsigned set = 1; set < 1u << quorsum_key_record_trustees(record); set++) {
        int64_t values[2] = {0, 0};
        int size = __builtin_popcount(set);

        if (size == quorum) {
            cr_expect_eq(opens_by(record, share, set, vector, values), QUORSUM_OK, "set %x", set);
            cr_expect(values[0] == -5 && values[1] == 1234, "set %x", set);
        } else if (size == quorum - 1) {
            cr_expect_eq(opens_by(record, share, set, vector, values), QUORSUM_ERR_TOO_FEW_SHARES, "set %x", set);
        }
    }
    quorsum_ciphertexts_free(vector);
}

#endif
