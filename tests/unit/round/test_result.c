/* SPDX-License-Identifier: Apache-2.0 */
/* lib/round/result.c: totals against the plain sums, and what a result is refused for (docs/protocol.md). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "lib/arith/ring.h"
#include "lib/paillier/public_key.h"
#include "lib/threshold/opening.h"

static quorsum_status read_result(const fixture *f, const uint8_t *in, size_t len)
{
    quorsum_result *result = NULL;
    quorsum_status status = quorsum_result_decode(&result, f->task, f->manifest, f->aggregate, in, len, NULL);

    cr_assert_eq(result != NULL, status == QUORSUM_OK);
    quorsum_result_free(result);
    return status;
}

static void check_totals(setup wanted, size_t cohort)
{
    fixture f;
    quorsum_bytes bytes;
    quorsum_result *result = NULL;
    const uint32_t *trustees;
    int64_t weight = 0;

    fixture_open(&f, wanted);
    fixture_aggregate(&f, cohort);
    bytes = fixture_result(&f);
    cr_assert_eq(quorsum_result_decode(&result, f.task, f.manifest, f.aggregate, bytes.data, bytes.len, NULL),
                 QUORSUM_OK);
    for (size_t i = 0; i < VALUES; i++)
        cr_expect_eq(quorsum_result_totals(result)[i], fixture_total(&f, cohort, i), "total %zu", i);
    for (size_t i = 0; i < cohort; i++)
        weight += (int64_t)fixture_weight(&f, i);
    cr_expect_eq(quorsum_result_weight(result), weight);
    cr_expect_eq(quorsum_result_cohort(result), cohort);
    cr_expect_eq(quorsum_result_trustees(result, &trustees), QUORUM);
    cr_expect(trustees[0] == 1 && trustees[1] == 2 && trustees[2] == 4);
    quorsum_result_free(result);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(result, holds_the_sums_of_all_values)
{
    check_totals((setup){0}, 2);
    check_totals((setup){.roster = 1}, MAX_COHORT);
    check_totals((setup){.large = 1, .degree = 3}, 3);
    check_totals((setup){.confirmed = TRUSTEES}, 4);
}

Test(result, holds_weighted_sums_and_the_sum_of_weights)
{
    check_totals((setup){.weight_bits = 3}, 4);
    check_totals((setup){.large = 1, .weight_bits = 30}, MAX_COHORT);
}

Test(result, is_refused_when_any_part_of_it_is_wrong)
{
    fixture f;
    quorsum_bytes bytes;

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 2);
    bytes = fixture_result(&f);
    check_envelope(&f, &bytes, read_result, 1, f.coordinator);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(result, is_refused_by_name_when_signed_again)
{
    static const uint8_t zeros[32];
    static const struct {
        const char *value;
        size_t len;
        quorsum_status status;
    } lists[] = {
        {"\x83\x01\x02\x04", 4, QUORSUM_OK},
        {"\x83\x01\x02\x05", 4, QUORSUM_OK}, /* who helped is the signer's word; the totals prove themselves */
        {"\x84\x01\x02\x03\x05", 5, QUORSUM_OK},
        {"\x82\x01\x02", 3, QUORSUM_ERR_TOO_FEW_SHARES},
        {"\x80", 1, QUORSUM_ERR_TOO_FEW_SHARES},
        {"\x83\x01\x02\x02", 4, QUORSUM_ERR_DUPLICATE_TRUSTEE},
        {"\x83\x02\x01\x03", 4, QUORSUM_ERR_NOT_CANONICAL},
        {"\x83\x00\x01\x02", 4, QUORSUM_ERR_TRUSTEE},
        {"\x83\x01\x02\x06", 4, QUORSUM_ERR_TRUSTEE},
    };
    fixture f;
    quorsum_bytes bytes;

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 2);
    bytes = fixture_result(&f);
    cr_expect_eq(read_once(read_result, &f, forge_bytes(&bytes, 10, zeros, 32, f.coordinator)), QUORSUM_ERR_MISSING);
    cr_expect_eq(read_once(read_result, &f, forge_bytes(&bytes, 11, zeros, 32, f.coordinator)), QUORSUM_ERR_MISSING);
    cr_expect_eq(read_once(read_result, &f, forge_uint(&bytes, 12, 3, f.coordinator)), QUORSUM_ERR_COHORT);
    cr_expect_eq(read_once(read_result, &f, forge_uint(&bytes, 14, 1, f.coordinator)), QUORSUM_ERR_WIDTH);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        cr_expect_eq(read_once(read_result, &f,
                               forge(&bytes, 13, (const uint8_t *)lists[i].value, lists[i].len, f.coordinator)),
                     lists[i].status, "list %zu", i);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

/* m, r of every element in turn: m + 1, m = N, r = 0, r = N, r = p, r + 1. */
Test(result, is_refused_when_it_is_not_the_opening)
{
    fixture f;
    quorsum_bytes bytes;
    uint8_t word[16];
    uint8_t n[16];
    uint8_t p[16] = {0};
    uint8_t zero[16] = {0};

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 2);
    bytes = fixture_result(&f);
    mpz_export(n, NULL, 1, 1, 1, 0, f.n);
    mpz_export(p + 8, NULL, 1, 1, 1, 0, f.p);
    for (size_t at = 0; at < blocks_len(&bytes); at += 16) {
        int is_m = at % 32 == 0;
        quorsum_status status;

        memcpy(word, blocks_of(&bytes) + at, 16);
        word[15] ^= 1;
        cr_expect_eq(read_once(read_result, &f, forge_block(&bytes, at, word, 16, f.coordinator)), QUORSUM_ERR_OPENING);
        cr_expect_eq(read_once(read_result, &f, forge_block(&bytes, at, n, 16, f.coordinator)), QUORSUM_ERR_RANGE);
        status = read_once(read_result, &f, forge_block(&bytes, at, zero, 16, f.coordinator));
        cr_expect(status == (is_m ? QUORSUM_ERR_OPENING : QUORSUM_ERR_RANGE), "zero: %s", quorsum_status_name(status));
        status = read_once(read_result, &f, forge_block(&bytes, at, p, 16, f.coordinator));
        cr_expect(status == (is_m ? QUORSUM_ERR_OPENING : QUORSUM_ERR_NOT_UNIT), "p: %s", quorsum_status_name(status));
    }
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

/* A batch proves plaintexts: with N - r for r it may now and then be accepted, but never with other totals. */
Test(result, never_shows_other_totals_for_another_root)
{
    fixture f;
    quorsum_bytes bytes;
    mpz_t r;

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 2);
    bytes = fixture_result(&f);
    mpz_init(r);
    for (size_t at = 16; at < blocks_len(&bytes); at += 32) {
        uint8_t word[16] = {0};
        quorsum_bytes changed;
        quorsum_result *result = NULL;
        quorsum_status status;

        mpz_import(r, 16, 1, 1, 1, 0, blocks_of(&bytes) + at);
        mpz_sub(r, f.n, r);
        mpz_export(word + 16 - (mpz_sizeinbase(r, 2) + 7) / 8, NULL, 1, 1, 1, 0, r);
        changed = forge_block(&bytes, at, word, 16, f.coordinator);
        status = quorsum_result_decode(&result, f.task, f.manifest, f.aggregate, changed.data, changed.len, NULL);
        cr_expect(status == QUORSUM_OK || status == QUORSUM_ERR_OPENING);
        for (size_t i = 0; i < VALUES && result != NULL; i++)
            cr_expect_eq(quorsum_result_totals(result)[i], fixture_total(&f, 2, i));
        quorsum_result_free(result);
        quorsum_bytes_free(&changed);
    }
    mpz_clear(r);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

/* The single equation tells N - r from r. */
Test(result, has_one_valid_root_by_the_single_equation)
{
    fixture f;
    quorsum_opening *opening;
    mpz_t r;

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 2);
    opening = fixture_opening(&f);
    mpz_init(r);
    for (size_t k = 0; k < opening->count; k++) {
        mp_limb_t *at = opening->r + k * opening->key->root->width;
        const quorsum_ciphertexts *ciphertexts = quorsum_aggregate_ciphertexts(f.aggregate);

        cr_expect_eq(qs_opening_verify_one_vartime(opening, k, ciphertexts), QUORSUM_OK);
        qs_ring_to_mpz(opening->key->root, r, at);
        mpz_sub(r, f.n, r);
        qs_ring_from_mpz_vartime(opening->key->root, at, r);
        cr_expect_eq(qs_opening_verify_one_vartime(opening, k, ciphertexts), QUORSUM_ERR_OPENING);
    }
    mpz_clear(r);
    quorsum_opening_free(opening);
    fixture_close(&f);
}

/* A contributor who encrypts what no honest one would, and proves that it knows it. */
Test(result, of_a_total_outside_its_bound_can_be_made_and_is_not_decoded)
{
    fixture f;
    quorsum_ciphertexts *huge = NULL;
    quorsum_plaintexts *plain = NULL;
    quorsum_bytes bytes;
    size_t count;
    uint8_t magnitude[15];
    const quorsum_public_key *key;

    fixture_open(&f, (setup){0});
    key = quorsum_key_record_public(f.record);
    count = quorsum_plan_plaintexts(quorsum_task_plan(f.task));
    memset(magnitude, 0x55, sizeof magnitude);
    cr_assert_eq(quorsum_plaintexts_new(&plain, key, count), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_set(plain, 0, magnitude, sizeof magnitude, 0), QUORSUM_OK);
    cr_assert_eq(quorsum_encrypt(&huge, f.encryptor, plain, NULL), QUORSUM_OK);
    fixture_aggregate(&f, 2);
    {
        /* in place of a product: the trustees of this test open what they are given */
        quorsum_bytes changed;
        uint8_t *wire = malloc(count * quorsum_public_key_ciphertext_bytes(key));
        size_t len = 0;

        cr_assert_eq(quorsum_ciphertexts_encode(huge, wire, count * quorsum_public_key_ciphertext_bytes(key), &len),
                     QUORSUM_OK);
        changed = forge_block(&f.aggregate_bytes, 0, wire, len, f.coordinator);
        quorsum_aggregate_free(f.aggregate);
        cr_assert_eq(quorsum_aggregate_decode(&f.aggregate, f.task, f.manifest, changed.data, changed.len, NULL),
                     QUORSUM_OK);
        quorsum_bytes_free(&changed);
        free(wire);
    }
    bytes = fixture_result(&f);
    cr_expect_eq(read_result(&f, bytes.data, bytes.len), QUORSUM_ERR_OVERFLOW);
    quorsum_bytes_free(&bytes);
    quorsum_ciphertexts_free(huge);
    quorsum_plaintexts_free(plain);
    fixture_close(&f);
}
