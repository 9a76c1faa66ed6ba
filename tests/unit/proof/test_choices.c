/* SPDX-License-Identifier: Apache-2.0 */
/* Clauses: what is taken, what is kept of it, and what is refused. */
#include "tests/unit/proof/choice_fixture.h"

static quorsum_status attempt(const oracle *o, size_t ciphertexts, const qs_clause *clauses, size_t count)
{
    qs_choices *choices = NULL;
    quorsum_status status = qs_choices_new(&choices, o->key, ciphertexts, clauses, count);

    cr_expect_eq(choices != NULL, status == QUORSUM_OK);
    qs_choices_free(choices);
    return status;
}

Test(choices, keeps_values_as_residues)
{
    static const qs_value values[] = {{0, 0}, {1, 0}, {1, 63}, {1, 64}, {UINT64_MAX, 1}, {3, 200}, {UINT64_MAX, 320}};
    static const size_t sizes[] = {6, 64, 101};

    for (unsigned s = 1; s <= 3; s++)
        for (size_t b = 0; b < 3; b++) {
            form f = {0};
            sample x;
            mpz_t expected, got;

            form_clause(&f, 0, 1);
            f.ciphertexts = 1;
            for (size_t v = 0; v < 7; v++)
                form_value(&f, values[v].factor, sizes[b] == 6 ? values[v].shift % 20 : values[v].shift % 128);
            sample_open(&x, sizes[b], s, QUORSUM_RANDOMISER_HALF, &f);
            mpz_inits(expected, got, NULL);
            for (size_t v = 0; v < 7; v++) {
                value_number(&x.f.values[v], expected);
                mpz_mod(expected, expected, x.o.ns);
                qs_ring_to_mpz(x.o.key->plain, got, x.choices->values + v * x.o.key->plain->width);
                cr_expect_eq(mpz_cmp(got, expected), 0, "value %zu, degree %u", v, s);
            }
            mpz_clears(expected, got, NULL);
            sample_close(&x);
        }
}

Test(choices, refuses_clauses_that_make_no_sense)
{
    static const qs_value bit[] = {{0, 0}, {1, 0}};
    static const qs_value far[] = {{1, 0}, {1, 100000}};
    const qs_clause good = {0, 1, bit, 2};
    oracle o;

    oracle_open_random(&o, 64, 1, QUORSUM_RANDOMISER_HALF);
    cr_expect_eq(attempt(&o, 1, &good, 1), QUORSUM_OK);
    cr_expect_eq(attempt(&o, 1, &good, 0), QUORSUM_ERR_ARGUMENT, "no clause");
    cr_expect_eq(attempt(&o, 1, NULL, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(attempt(&o, 0, &good, 1), QUORSUM_ERR_ARGUMENT, "no ciphertext");
    cr_expect_eq(attempt(&o, 1, &(qs_clause){0, 0, bit, 2}, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(attempt(&o, 1, &(qs_clause){0, 2, bit, 2}, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(attempt(&o, 1, &(qs_clause){1, 1, bit, 2}, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(attempt(&o, 2, &(qs_clause){1, SIZE_MAX, bit, 2}, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(attempt(&o, 1, &(qs_clause){0, 1, bit, 0}, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(attempt(&o, 1, &(qs_clause){0, 1, NULL, 2}, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(attempt(&o, 1, &(qs_clause){0, 1, far, 2}, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(attempt(&o, QS_COUNT_MAX + 1, &good, 1), QUORSUM_ERR_LIMIT);
    cr_expect_eq(attempt(&o, 1, &(qs_clause){0, 1, bit, QS_COUNT_MAX + 1}, 1), QUORSUM_ERR_LIMIT);
    oracle_close(&o);
}

/* Else w would hide less of alpha than the slack says. */
Test(choices, refuses_sums_of_more_ciphertexts_than_it_has_branches)
{
    static const qs_value bit[] = {{0, 0}, {1, 0}};
    const qs_clause three[] = {{0, 1, bit, 2}, {1, 1, bit, 2}, {0, 4, bit, 2}};
    oracle o;

    oracle_open_random(&o, 64, 1, QUORSUM_RANDOMISER_HALF);
    cr_expect_eq(attempt(&o, 2, &(qs_clause){0, 2, bit, 2}, 1), QUORSUM_OK);
    cr_expect_eq(attempt(&o, 3, &(qs_clause){0, 3, bit, 2}, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(attempt(&o, 4, three, 3), QUORSUM_OK, "6 and 6");
    cr_expect_eq(attempt(&o, 4, three + 1, 2), QUORSUM_ERR_ARGUMENT, "5 and 4");
    oracle_close(&o);
}
