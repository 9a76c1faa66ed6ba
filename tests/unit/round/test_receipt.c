/* SPDX-License-Identifier: Apache-2.0 */
/* lib/round/receipt.c, and inclusion in lib/round/manifest.c: the coordinator's word to a contributor. */
#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"
#include "lib/round/manifest.h"
#include "lib/round/receipt.h"

static quorsum_status read_receipt(const fixture *f, const uint8_t *in, size_t len)
{
    quorsum_receipt *receipt = NULL;
    quorsum_status status = quorsum_receipt_decode(&receipt, f->task, in, len);

    cr_assert_eq(receipt != NULL, status == QUORSUM_OK);
    quorsum_receipt_free(receipt);
    return status;
}

/* A contribution's digest, from outside the library: of what is not signature. */
static void contribution_digest(uint8_t out[32], const fixture *f, const quorsum_bytes *bytes)
{
    quorsum_contribution *contribution = NULL;

    cr_assert_eq(quorsum_contribution_decode(&contribution, f->task, bytes->data, bytes->len, NULL), QUORSUM_OK);
    memcpy(out, quorsum_contribution_digest(contribution), 32);
    quorsum_contribution_free(contribution);
}

static quorsum_bytes receipt_for(const fixture *f, const quorsum_bytes *bytes, const quorsum_identity *coordinator)
{
    quorsum_contribution *contribution = NULL;
    quorsum_bytes out = {0};

    cr_assert_eq(quorsum_contribution_decode(&contribution, f->task, bytes->data, bytes->len, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_receipt_make(&out, f->task, contribution, coordinator), QUORSUM_OK);
    quorsum_contribution_free(contribution);
    return out;
}

/* A manifest of contributors 0..2, each with the given sequence. */
static quorsum_manifest *manifest_of(fixture *f, const uint32_t sequences[3], quorsum_bytes contributions[3])
{
    quorsum_aggregator *aggregator = NULL;
    quorsum_bytes manifest = {0};
    quorsum_bytes aggregate = {0};
    quorsum_manifest *out = NULL;

    cr_assert_eq(quorsum_aggregator_new(&aggregator, f->task), QUORSUM_OK);
    for (size_t i = 0; i < 3; i++) {
        quorsum_contribution *contribution = NULL;

        contributions[i] = fixture_again(f, i, sequences[i]);
        cr_assert_eq(quorsum_contribution_decode(&contribution, f->task, contributions[i].data, contributions[i].len,
                                                 NULL),
                     QUORSUM_OK);
        cr_assert_eq(quorsum_aggregator_add(aggregator, contribution, NULL), QUORSUM_OK);
        quorsum_contribution_free(contribution);
    }
    cr_assert_eq(quorsum_aggregator_finish(&manifest, &aggregate, aggregator, f->coordinator, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_manifest_decode(&out, f->task, manifest.data, manifest.len), QUORSUM_OK);
    quorsum_bytes_free(&manifest);
    quorsum_bytes_free(&aggregate);
    quorsum_aggregator_free(aggregator);
    return out;
}

static quorsum_status judge(const fixture *f, const quorsum_bytes *bytes, const quorsum_manifest *manifest)
{
    quorsum_receipt *receipt = NULL;
    quorsum_status status;

    cr_assert_eq(quorsum_receipt_decode(&receipt, f->task, bytes->data, bytes->len), QUORSUM_OK);
    status = quorsum_receipt_check(receipt, manifest);
    quorsum_receipt_free(receipt);
    return status;
}

Test(receipt, says_what_was_received)
{
    fixture f;
    quorsum_bytes contribution;
    quorsum_bytes bytes;
    quorsum_bytes again = {0};
    quorsum_receipt *receipt = NULL;
    uint8_t digest[32];

    fixture_open(&f, (setup){.revote = QUORSUM_REVOTE_LAST});
    contribution = fixture_again(&f, 1, 7);
    contribution_digest(digest, &f, &contribution);
    bytes = receipt_for(&f, &contribution, f.coordinator);
    cr_assert_eq(quorsum_receipt_decode(&receipt, f.task, bytes.data, bytes.len), QUORSUM_OK);
    cr_expect_eq(memcmp(quorsum_receipt_contributor(receipt), quorsum_identity_public(f.contributors[1]), 32), 0);
    cr_expect_eq(quorsum_receipt_sequence(receipt), 7);
    cr_expect_eq(memcmp(quorsum_receipt_contribution(receipt), digest, 32), 0);
    cr_assert_eq(qs_receipt_encode(&again, f.task, receipt), QUORSUM_OK);
    cr_expect(again.len == bytes.len && memcmp(again.data, bytes.data, bytes.len) == 0, "the same bytes from its content");
    quorsum_receipt_free(receipt);
    quorsum_bytes_free(&again);
    quorsum_bytes_free(&bytes);
    quorsum_bytes_free(&contribution);
    fixture_close(&f);
}

Test(receipt, is_refused_when_any_part_of_it_is_wrong)
{
    fixture f;
    quorsum_bytes contribution;
    quorsum_bytes bytes;

    fixture_open(&f, (setup){0});
    contribution = fixture_contribution(&f, 0);
    bytes = receipt_for(&f, &contribution, f.coordinator);
    check_envelope(&f, &bytes, read_receipt, 1, f.coordinator);
    cr_expect_eq(read_once(read_receipt, &f, forge_uint(&bytes, 11, 0, f.coordinator)), QUORSUM_ERR_RANGE);
    cr_expect_eq(read_once(read_receipt, &f, forge_uint(&bytes, 11, 65536, f.coordinator)), QUORSUM_ERR_RANGE);
    cr_expect_eq(read_once(read_receipt, &f, forge_bytes(&bytes, 10, bytes.data, 31, f.coordinator)), QUORSUM_ERR_RANGE);
    cr_expect_eq(read_once(read_receipt, &f, forge_bytes(&bytes, 12, bytes.data, 33, f.coordinator)), QUORSUM_ERR_RANGE);
    quorsum_bytes_free(&bytes);
    quorsum_bytes_free(&contribution);
    fixture_close(&f);
}

Test(receipt, is_the_coordinators_alone_to_give)
{
    fixture f;
    fixture g;
    quorsum_bytes contribution;
    quorsum_bytes bytes;
    quorsum_bytes out = {0};
    quorsum_contribution *checked = NULL;

    fixture_open(&f, (setup){0});
    fixture_open(&g, (setup){0});
    contribution = fixture_contribution(&f, 0);
    cr_assert_eq(quorsum_contribution_decode(&checked, f.task, contribution.data, contribution.len, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_receipt_make(&out, f.task, checked, f.stranger), QUORSUM_ERR_COORDINATOR);
    cr_expect_eq(quorsum_receipt_make(&out, f.task, checked, f.contributors[0]), QUORSUM_ERR_COORDINATOR);
    cr_expect_eq(quorsum_receipt_make(&out, g.task, checked, g.coordinator), QUORSUM_ERR_TASK_MISMATCH);
    cr_expect_eq(quorsum_receipt_make(&out, f.task, NULL, f.coordinator), QUORSUM_ERR_ARGUMENT);
    cr_expect_null(out.data);
    bytes = receipt_for(&f, &contribution, f.coordinator);
    cr_expect_eq(read_once(read_receipt, &f, forge(&bytes, FORGE_NOTHING, NULL, 0, f.stranger)),
                 QUORSUM_ERR_COORDINATOR, "a forged receipt convicts nobody");
    cr_expect_eq(read_receipt(&g, bytes.data, bytes.len), QUORSUM_ERR_KEY_MISMATCH);
    quorsum_contribution_free(checked);
    quorsum_bytes_free(&bytes);
    quorsum_bytes_free(&contribution);
    fixture_close(&f);
    fixture_close(&g);
}

Test(receipt, is_kept_or_broken_by_a_manifest)
{
    static const uint32_t sequences[3] = {1, 2, 5};
    fixture f;
    quorsum_manifest *manifest;
    quorsum_bytes counted[3];
    quorsum_bytes other;
    quorsum_bytes bytes;

    fixture_open(&f, (setup){.revote = QUORSUM_REVOTE_LAST});
    manifest = manifest_of(&f, sequences, counted);
    for (size_t i = 0; i < 3; i++) {
        bytes = receipt_for(&f, &counted[i], f.coordinator);
        cr_expect_eq(judge(&f, &bytes, manifest), QUORSUM_OK);
        quorsum_bytes_free(&bytes);
    }
    /* contributor, sequence of what has the receipt, and what the manifest makes of it */
    const struct {
        size_t who;
        uint32_t sequence;
        quorsum_status expected;
    } cases[] = {{0, 1, QUORSUM_ERR_OMITTED},    /* another one of the same number counts */
                 {0, 2, QUORSUM_ERR_OMITTED},    /* an earlier one counts */
                 {1, 1, QUORSUM_ERR_SUPERSEDED}, {1, 3, QUORSUM_ERR_OMITTED},
                 {2, 4, QUORSUM_ERR_SUPERSEDED}, {2, 1, QUORSUM_ERR_SUPERSEDED},
                 {3, 1, QUORSUM_ERR_OMITTED}};   /* none of this contributor's does */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        other = fixture_again(&f, cases[i].who, cases[i].sequence);
        bytes = receipt_for(&f, &other, f.coordinator);
        cr_expect_eq(judge(&f, &bytes, manifest), cases[i].expected, "case %zu", i);
        quorsum_bytes_free(&bytes);
        quorsum_bytes_free(&other);
    }
    for (size_t i = 0; i < 3; i++)
        quorsum_bytes_free(&counted[i]);
    quorsum_manifest_free(manifest);
    fixture_close(&f);
}

Test(inclusion, is_shown_by_root_and_cohort_alone)
{
    static const uint32_t sequences[3] = {1, 1, 1};
    fixture f;
    quorsum_manifest *manifest;
    quorsum_bytes counted[3];
    quorsum_inclusion one;
    uint8_t root[32];

    fixture_open(&f, (setup){0});
    manifest = manifest_of(&f, sequences, counted);
    memcpy(root, quorsum_manifest_root(manifest), 32);
    for (uint32_t i = 0; i < 3; i++) {
        uint8_t *parts[] = {one.sender, one.contribution, one.path[0], root};

        cr_assert_eq(quorsum_manifest_inclusion(&one, manifest, quorsum_identity_public(f.contributors[i])), QUORSUM_OK);
        cr_expect_eq(one.index, i);
        cr_expect_eq(memcmp(one.contribution, quorsum_manifest_contribution(manifest, i), 32), 0);
        cr_expect_eq(quorsum_inclusion_check(&one, root, 3), QUORSUM_OK);
        for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++) {
            parts[part][5] ^= 1;
            cr_expect_eq(quorsum_inclusion_check(&one, root, 3), QUORSUM_ERR_MISSING, "part %zu", part);
            parts[part][5] ^= 1;
        }
        one.sequence++;
        cr_expect_eq(quorsum_inclusion_check(&one, root, 3), QUORSUM_ERR_MISSING);
        one.sequence--;
        one.index = (i + 1) % 3;
        cr_expect_eq(quorsum_inclusion_check(&one, root, 3), QUORSUM_ERR_MISSING);
        one.index = i;
        one.path_count++;
        cr_expect_eq(quorsum_inclusion_check(&one, root, 3), QUORSUM_ERR_MISSING);
        one.path_count = QUORSUM_PATH_MAX + 1;
        cr_expect_eq(quorsum_inclusion_check(&one, root, 3), QUORSUM_ERR_ARGUMENT);
    }
    cr_expect_eq(quorsum_manifest_inclusion(&one, manifest, quorsum_identity_public(f.stranger)), QUORSUM_ERR_NOT_FOUND);
    for (size_t i = 0; i < 3; i++)
        quorsum_bytes_free(&counted[i]);
    quorsum_manifest_free(manifest);
    fixture_close(&f);
}

/* ---- what a manifest refuses ---- */

static quorsum_status read_manifest(const fixture *f, const uint8_t *in, size_t len)
{
    quorsum_manifest *manifest = NULL;
    quorsum_status status = quorsum_manifest_decode(&manifest, f->task, in, len);

    quorsum_manifest_free(manifest);
    return status;
}

static quorsum_status with_refused(fixture *f, const qs_refused *refused, size_t count)
{
    quorsum_bytes out = {0};
    uint8_t digest[32];

    cr_assert_eq(qs_manifest_encode(&out, digest, f->task, f->manifest->entries, f->manifest->cohort, refused, count,
                                    f->coordinator),
                 QUORSUM_OK);
    return read_once(read_manifest, f, out);
}

static qs_refused refusal(const fixture *f, size_t who, uint32_t sequence, const char *reason)
{
    qs_refused out = {.sequence = sequence};

    memcpy(out.sender, quorsum_identity_public(f->contributors[who]), 32);
    memset(out.digest, (int)who, 32);
    (void)strcpy(out.reason, reason);
    return out;
}

Test(manifest, names_what_it_refuses_and_why)
{
    static const uint8_t zeros[32];
    fixture f;
    quorsum_aggregator *aggregator = NULL;
    const uint8_t *sender, *digest;
    uint32_t sequence;

    fixture_open(&f, (setup){.revote = QUORSUM_REVOTE_LAST});
    cr_assert_eq(quorsum_aggregator_new(&aggregator, f.task), QUORSUM_OK);
    for (size_t i = 0; i < 2; i++) {
        quorsum_bytes bytes = fixture_again(&f, i, 2);
        quorsum_contribution *contribution = NULL;

        cr_assert_eq(quorsum_contribution_decode(&contribution, f.task, bytes.data, bytes.len, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_aggregator_add(aggregator, contribution, NULL), QUORSUM_OK);
        quorsum_contribution_free(contribution);
        quorsum_bytes_free(&bytes);
    }
    cr_expect_eq(quorsum_aggregator_refuse(aggregator, quorsum_identity_public(f.contributors[1]), 1, zeros,
                                           QUORSUM_ERR_SUPERSEDED), QUORSUM_OK);
    cr_expect_eq(quorsum_aggregator_refuse(aggregator, quorsum_identity_public(f.contributors[1]), 3, zeros,
                                           QUORSUM_ERR_PROOF), QUORSUM_OK);
    cr_expect_eq(quorsum_aggregator_refuse(aggregator, quorsum_identity_public(f.contributors[0]), 3, zeros,
                                           QUORSUM_ERR_PROOF), QUORSUM_ERR_ARGUMENT, "out of order");
    cr_expect_eq(quorsum_aggregator_refuse(aggregator, quorsum_identity_public(f.contributors[1]), 3, zeros,
                                           QUORSUM_ERR_PROOF), QUORSUM_ERR_ARGUMENT, "twice");
    cr_expect_eq(quorsum_aggregator_refuse(aggregator, quorsum_identity_public(f.contributors[2]), 0, zeros,
                                           QUORSUM_ERR_PROOF), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_aggregator_refuse(aggregator, quorsum_identity_public(f.contributors[2]), 1, zeros, QUORSUM_OK),
                 QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_aggregator_finish(&f.manifest_bytes, &f.aggregate_bytes, aggregator, f.stranger, NULL),
                 QUORSUM_ERR_COORDINATOR);
    cr_assert_eq(quorsum_aggregator_finish(&f.manifest_bytes, &f.aggregate_bytes, aggregator, f.coordinator, NULL),
                 QUORSUM_OK);
    cr_assert_eq(quorsum_manifest_decode(&f.manifest, f.task, f.manifest_bytes.data, f.manifest_bytes.len), QUORSUM_OK);
    cr_assert_eq(quorsum_manifest_refused(f.manifest), 2);
    cr_expect_str_eq(quorsum_manifest_refusal(f.manifest, 0, &sender, &sequence, &digest), "QUORSUM_ERR_SUPERSEDED");
    cr_expect(sequence == 1 && memcmp(sender, quorsum_identity_public(f.contributors[1]), 32) == 0);
    cr_expect_str_eq(quorsum_manifest_refusal(f.manifest, 1, &sender, &sequence, &digest), "QUORSUM_ERR_PROOF");
    cr_expect_eq(sequence, 3);
    cr_expect_null(quorsum_manifest_refusal(f.manifest, 2, &sender, &sequence, &digest));
    cr_expect_eq(quorsum_manifest_sequence(f.manifest, 0), 2);
    quorsum_aggregator_free(aggregator);
    fixture_close(&f);
}

Test(manifest, whose_refusals_do_not_fit_its_list_is_refused)
{
    fixture f;
    qs_refused two[2];

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 3);
    two[0] = refusal(&f, 3, 1, "QUORSUM_ERR_PROOF");
    two[1] = refusal(&f, 4, 1, "QUORSUM_ERR_SIGNATURE");
    cr_expect_eq(with_refused(&f, two, 2), QUORSUM_OK);
    cr_expect_eq(with_refused(&f, two + 1, 1), QUORSUM_OK);
    two[1] = two[0];
    cr_expect_eq(with_refused(&f, two, 2), QUORSUM_ERR_DUPLICATE);
    two[0] = refusal(&f, 4, 1, "QUORSUM_ERR_SIGNATURE");
    cr_expect_eq(with_refused(&f, two, 2), QUORSUM_ERR_NOT_CANONICAL, "out of order");
    two[0] = refusal(&f, 2, 1, "QUORSUM_ERR_PROOF");
    cr_expect_eq(with_refused(&f, two, 1), QUORSUM_ERR_DUPLICATE, "counted and refused");
    two[0] = refusal(&f, 2, 0, "QUORSUM_ERR_PROOF");
    cr_expect_eq(with_refused(&f, two, 1), QUORSUM_ERR_RANGE);
    two[0] = refusal(&f, 3, 1, "");
    cr_expect_eq(with_refused(&f, two, 1), QUORSUM_ERR_RANGE);
    two[0] = refusal(&f, 3, 1, "QUORSUM_ERR_SUPERSEDED");
    cr_expect_eq(with_refused(&f, two, 1), QUORSUM_ERR_NOT_CANONICAL, "by what?");
    fixture_close(&f);
    fixture_open(&f, (setup){.revote = QUORSUM_REVOTE_LAST});
    fixture_aggregate(&f, 3);
    two[0] = refusal(&f, 2, 2, "QUORSUM_ERR_SUPERSEDED");
    cr_expect_eq(with_refused(&f, two, 1), QUORSUM_ERR_NOT_CANONICAL, "by an earlier one");
    two[0] = refusal(&f, 2, 2, "QUORSUM_ERR_PROOF");
    cr_expect_eq(with_refused(&f, two, 1), QUORSUM_OK);
    fixture_close(&f);
}
