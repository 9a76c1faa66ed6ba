/* SPDX-License-Identifier: Apache-2.0 */
/* lib/round/aggregator.c, manifest.c and aggregate.c: the product against plain GMP, the list, and what is refused. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define ENTRY 68 /* sender, sequence, digest */

static quorsum_status read_manifest(const fixture *f, const uint8_t *in, size_t len)
{
    quorsum_manifest *manifest = NULL;
    quorsum_status status = quorsum_manifest_decode(&manifest, f->task, in, len);

    cr_assert_eq(manifest != NULL, status == QUORSUM_OK);
    quorsum_manifest_free(manifest);
    return status;
}

static quorsum_status read_aggregate(const fixture *f, const uint8_t *in, size_t len)
{
    quorsum_aggregate *aggregate = NULL;
    quorsum_status status = quorsum_aggregate_decode(&aggregate, f->task, f->manifest, in, len, NULL);

    cr_assert_eq(aggregate != NULL, status == QUORSUM_OK);
    quorsum_aggregate_free(aggregate);
    return status;
}

static quorsum_contribution *contribution_of(const fixture *f, size_t who)
{
    quorsum_bytes bytes = fixture_contribution(f, who);
    quorsum_contribution *contribution = NULL;

    cr_assert_eq(quorsum_contribution_decode(&contribution, f->task, bytes.data, bytes.len, NULL), QUORSUM_OK);
    quorsum_bytes_free(&bytes);
    return contribution;
}

/* A wire ciphertext as one integer. */
static void import(mpz_t out, const fixture *f, const uint8_t *wire)
{
    size_t bytes = quorsum_public_key_modulus_bytes(quorsum_key_record_public(f->record));
    mpz_t digit;

    mpz_init(digit);
    mpz_import(digit, bytes, 1, 1, 1, 0, wire + bytes);
    mpz_import(out, bytes, 1, 1, 1, 0, wire);
    mpz_addmul(out, digit, f->n);
    mpz_clear(digit);
}

Test(aggregate, is_the_product_of_its_contributions)
{
    fixture f;
    quorsum_bytes each[4];
    quorsum_bytes manifest;
    quorsum_bytes aggregate;
    quorsum_aggregator *aggregator = NULL;
    mpz_t product, factor, modulus;
    size_t bytes;

    fixture_open(&f, (setup){0});
    mpz_inits(product, factor, modulus, NULL);
    mpz_mul(modulus, f.n, f.n);
    cr_assert_eq(quorsum_aggregator_new(&aggregator, f.task), QUORSUM_OK);
    for (size_t i = 0; i < 4; i++) {
        quorsum_contribution *contribution = NULL;

        each[i] = fixture_contribution(&f, i);
        cr_assert_eq(quorsum_contribution_decode(&contribution, f.task, each[i].data, each[i].len, NULL), QUORSUM_OK);
        cr_expect_eq(quorsum_aggregator_add(aggregator, contribution, NULL), QUORSUM_OK);
        quorsum_contribution_free(contribution);
    }
    cr_expect_eq(quorsum_aggregator_cohort(aggregator), 4);
    cr_assert_eq(quorsum_aggregator_finish(&manifest, &aggregate, aggregator, f.coordinator, NULL), QUORSUM_OK);
    bytes = quorsum_public_key_ciphertext_bytes(quorsum_key_record_public(f.record));
    for (size_t at = 0; at < blocks_len(&aggregate); at += bytes) {
        mpz_t expected;

        mpz_init_set_ui(expected, 1);
        for (size_t i = 0; i < 4; i++) {
            import(factor, &f, blocks_of(&each[i]) + at);
            mpz_mul(expected, expected, factor);
            mpz_mod(expected, expected, modulus);
        }
        import(product, &f, blocks_of(&aggregate) + at);
        cr_expect_eq(mpz_cmp(product, expected), 0);
        mpz_clear(expected);
    }
    for (size_t i = 0; i < 4; i++)
        quorsum_bytes_free(&each[i]);
    quorsum_bytes_free(&manifest);
    quorsum_bytes_free(&aggregate);
    quorsum_aggregator_free(aggregator);
    mpz_clears(product, factor, modulus, NULL);
    fixture_close(&f);
}

Test(aggregator, takes_each_contributor_once_and_in_order)
{
    fixture f;
    quorsum_aggregator *aggregator = NULL;
    quorsum_contribution *first;
    quorsum_contribution *again;
    quorsum_contribution *later;

    fixture_open(&f, (setup){0});
    first = contribution_of(&f, 1);
    again = contribution_of(&f, 1);
    later = contribution_of(&f, 0);
    cr_assert_eq(quorsum_aggregator_new(&aggregator, f.task), QUORSUM_OK);
    cr_expect_eq(quorsum_aggregator_add(aggregator, first, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_aggregator_add(aggregator, first, NULL), QUORSUM_ERR_DUPLICATE);
    cr_expect_eq(quorsum_aggregator_add(aggregator, again, NULL), QUORSUM_ERR_DUPLICATE);
    cr_expect_eq(quorsum_aggregator_add(aggregator, later, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_aggregator_cohort(aggregator), 1);
    quorsum_contribution_free(first);
    quorsum_contribution_free(again);
    quorsum_contribution_free(later);
    quorsum_aggregator_free(aggregator);
    fixture_close(&f);
}

Test(aggregator, keeps_to_the_cohort_of_the_task)
{
    fixture f;
    quorsum_aggregator *aggregator = NULL;
    quorsum_bytes manifest = {0};
    quorsum_bytes aggregate = {0};

    fixture_open(&f, (setup){0});
    cr_assert_eq(quorsum_aggregator_new(&aggregator, f.task), QUORSUM_OK);
    cr_expect_eq(quorsum_aggregator_finish(&manifest, &aggregate, aggregator, f.coordinator, NULL), QUORSUM_ERR_COHORT);
    for (size_t i = 0; i <= MAX_COHORT; i++) {
        quorsum_contribution *contribution = contribution_of(&f, i);

        cr_expect_eq(quorsum_aggregator_add(aggregator, contribution, NULL),
                     i < MAX_COHORT ? QUORSUM_OK : QUORSUM_ERR_COHORT);
        cr_expect_eq(quorsum_aggregator_finish(&manifest, &aggregate, aggregator, f.coordinator, NULL),
                     i < 1 ? QUORSUM_ERR_COHORT : QUORSUM_OK, "cohort %zu", i + 1);
        cr_expect_eq(manifest.data != NULL, i >= 1);
        cr_expect_eq(aggregate.data != NULL, i >= 1);
        quorsum_bytes_free(&manifest);
        quorsum_bytes_free(&aggregate);
        quorsum_contribution_free(contribution);
    }
    quorsum_aggregator_free(aggregator);
    fixture_close(&f);
}

Test(aggregator, takes_contributions_of_its_own_task_only)
{
    fixture f;
    fixture g;
    quorsum_aggregator *aggregator = NULL;
    quorsum_contribution *foreign;

    fixture_open(&f, (setup){0});
    fixture_open(&g, (setup){0});
    foreign = contribution_of(&g, 0);
    cr_assert_eq(quorsum_aggregator_new(&aggregator, f.task), QUORSUM_OK);
    cr_expect_eq(quorsum_aggregator_add(aggregator, foreign, NULL), QUORSUM_ERR_TASK_MISMATCH);
    quorsum_contribution_free(foreign);
    quorsum_aggregator_free(aggregator);
    fixture_close(&f);
    fixture_close(&g);
}

Test(manifest, lists_who_is_in)
{
    fixture f;

    fixture_open(&f, (setup){.roster = 1});
    fixture_aggregate(&f, 3);
    cr_expect_eq(quorsum_manifest_cohort(f.manifest), 3);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_eq(memcmp(quorsum_manifest_sender(f.manifest, i), quorsum_identity_public(f.contributors[i]), 32), 0);
    cr_expect_null(quorsum_manifest_sender(f.manifest, 3));
    cr_expect_null(quorsum_manifest_contribution(f.manifest, 3));
    fixture_close(&f);
}

Test(manifest, is_refused_when_any_part_of_it_is_wrong)
{
    fixture f;

    fixture_open(&f, (setup){.roster = 1});
    fixture_aggregate(&f, 3);
    check_envelope(&f, &f.manifest_bytes, read_manifest, 1, f.coordinator);
    fixture_close(&f);
}

Test(manifest, is_refused_by_name_when_signed_again)
{
    fixture f;
    const quorsum_bytes *bytes;
    uint8_t two[2 * ENTRY];

    fixture_open(&f, (setup){.roster = 1});
    fixture_aggregate(&f, 3);
    bytes = &f.manifest_bytes;
    cr_expect_eq(read_once(read_manifest, &f, forge_uint(bytes, 10, 1, f.coordinator)), QUORSUM_ERR_COHORT);
    cr_expect_eq(read_once(read_manifest, &f, forge_uint(bytes, 10, MAX_COHORT + 1, f.coordinator)),
                 QUORSUM_ERR_COHORT);
    cr_expect_eq(read_once(read_manifest, &f, forge_uint(bytes, 10, 2, f.coordinator)), QUORSUM_ERR_TRAILING);
    cr_expect_eq(read_once(read_manifest, &f, forge_uint(bytes, 10, 4, f.coordinator)), QUORSUM_ERR_TRUNCATED);
    cr_expect_eq(read_once(read_manifest, &f, forge_uint(bytes, 10, (uint64_t)1 << 32, f.coordinator)),
                 QUORSUM_ERR_RANGE);
    memcpy(two, blocks_of(bytes), sizeof two);
    memcpy(two, two + ENTRY, 32);
    cr_expect_eq(read_once(read_manifest, &f, forge_block(bytes, 0, two, sizeof two, f.coordinator)),
                 QUORSUM_ERR_DUPLICATE);
    memcpy(two + ENTRY, blocks_of(bytes), 32);
    cr_expect_eq(read_once(read_manifest, &f, forge_block(bytes, 0, two, sizeof two, f.coordinator)),
                 QUORSUM_ERR_NOT_CANONICAL);
    memcpy(two, blocks_of(bytes) + 2 * ENTRY, 32);
    two[31] ^= 1; /* nobody's identity, in its place in the order */
    if (memcmp(two, blocks_of(bytes) + ENTRY, 32) > 0)
        cr_expect_eq(read_once(read_manifest, &f, forge_block(bytes, 2 * ENTRY, two, 32, f.coordinator)),
                     QUORSUM_ERR_NOT_ADMITTED);
    memcpy(two, blocks_of(bytes) + 32, 4);
    two[3] = 0;
    cr_expect_eq(read_once(read_manifest, &f, forge_block(bytes, 32, two, 4, f.coordinator)), QUORSUM_ERR_RANGE);
    two[3] = 2;
    cr_expect_eq(read_once(read_manifest, &f, forge_block(bytes, 32, two, 4, f.coordinator)), QUORSUM_ERR_RANGE,
                 "where the first counts there is no second");
    memset(two, 7, 32);
    cr_expect_eq(read_once(read_manifest, &f, forge_block(bytes, 36, two, 32, f.coordinator)),
                 QUORSUM_ERR_NOT_CANONICAL, "not in the tree");
    cr_expect_eq(read_once(read_manifest, &f, forge_bytes(bytes, 11, two, 32, f.coordinator)),
                 QUORSUM_ERR_NOT_CANONICAL);
    cr_expect_eq(read_once(read_manifest, &f, forge_uint(bytes, 12, 1, f.coordinator)), QUORSUM_ERR_TASK_MISMATCH);
    cr_expect_eq(read_once(read_manifest, &f, forge(bytes, FORGE_NOTHING, NULL, 0, f.stranger)),
                 QUORSUM_ERR_COORDINATOR);
    fixture_close(&f);
}

Test(aggregate, is_refused_when_any_part_of_it_is_wrong)
{
    fixture f;

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 3);
    check_envelope(&f, &f.aggregate_bytes, read_aggregate, 1, f.coordinator);
    fixture_close(&f);
}

Test(aggregate, is_refused_by_name_when_signed_again)
{
    static const uint8_t zeros[32];
    fixture f;
    const quorsum_bytes *bytes;
    uint8_t n[32];

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 3);
    bytes = &f.aggregate_bytes;
    cr_expect_eq(read_once(read_aggregate, &f, forge_bytes(bytes, 10, zeros, 32, f.coordinator)), QUORSUM_ERR_MISSING);
    cr_expect_eq(read_once(read_aggregate, &f, forge_uint(bytes, 11, 4, f.coordinator)), QUORSUM_ERR_COHORT);
    cr_expect_eq(read_once(read_aggregate, &f, forge_uint(bytes, 12, 1, f.coordinator)), QUORSUM_ERR_WIDTH);
    cr_expect_eq(read_once(read_aggregate, &f, forge_block(bytes, 0, zeros, 16, f.coordinator)), QUORSUM_ERR_NOT_UNIT);
    mpz_export(n, NULL, 1, 1, 1, 0, f.n);
    cr_expect_eq(read_once(read_aggregate, &f, forge_block(bytes, 16, n, 16, f.coordinator)), QUORSUM_ERR_RANGE);
    fixture_close(&f);
}

/* An aggregator fed with contributors begin..end-1 in this order. */
static quorsum_aggregator *feed(const fixture *f, quorsum_contribution *const *made, size_t begin, size_t end)
{
    quorsum_aggregator *aggregator = NULL;

    cr_assert_eq(quorsum_aggregator_new(&aggregator, f->task), QUORSUM_OK);
    for (size_t i = begin; i < end; i++)
        cr_assert_eq(quorsum_aggregator_add(aggregator, made[i], NULL), QUORSUM_OK);
    return aggregator;
}

Test(aggregate, is_checked_against_exactly_its_contributions)
{
    fixture f;
    quorsum_contribution *made[4];
    quorsum_aggregator *right;
    quorsum_aggregator *fewer;
    quorsum_aggregator *others;
    quorsum_aggregate *wrong = NULL;
    quorsum_bytes changed;
    uint8_t two[16] = {0};

    fixture_open(&f, (setup){0});
    for (size_t i = 0; i < 4; i++)
        made[i] = contribution_of(&f, i);
    right = feed(&f, made, 0, 3);
    fewer = feed(&f, made, 0, 2);
    others = feed(&f, made, 1, 4);
    cr_assert_eq(quorsum_aggregator_finish(&f.manifest_bytes, &f.aggregate_bytes, right, f.coordinator, NULL),
                 QUORSUM_OK);
    cr_assert_eq(quorsum_manifest_decode(&f.manifest, f.task, f.manifest_bytes.data, f.manifest_bytes.len), QUORSUM_OK);
    cr_assert_eq(quorsum_aggregate_decode(&f.aggregate, f.task, f.manifest, f.aggregate_bytes.data,
                                          f.aggregate_bytes.len, NULL),
                 QUORSUM_OK);
    cr_expect_eq(quorsum_aggregate_check(f.aggregate, f.manifest, right, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_aggregate_check(f.aggregate, f.manifest, fewer, NULL), QUORSUM_ERR_MISSING);
    cr_expect_eq(quorsum_aggregate_check(f.aggregate, f.manifest, others, NULL), QUORSUM_ERR_MISSING);
    /* the same list, another product: in the digit modulo N, and in the digit that holds the plaintext */
    for (size_t at = 0; at < 32; at += 16) {
        two[15] = 2;
        changed = forge_block(&f.aggregate_bytes, at, two, 16, f.coordinator);
        cr_assert_eq(quorsum_aggregate_decode(&wrong, f.task, f.manifest, changed.data, changed.len, NULL), QUORSUM_OK);
        cr_expect_eq(quorsum_aggregate_check(wrong, f.manifest, right, NULL), QUORSUM_ERR_PRODUCT);
        quorsum_aggregate_free(wrong);
        quorsum_bytes_free(&changed);
    }
    for (size_t i = 0; i < 4; i++)
        quorsum_contribution_free(made[i]);
    quorsum_aggregator_free(right);
    quorsum_aggregator_free(fewer);
    quorsum_aggregator_free(others);
    fixture_close(&f);
}
