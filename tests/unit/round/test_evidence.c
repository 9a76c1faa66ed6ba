/* SPDX-License-Identifier: Apache-2.0 */
/* lib/round/evidence.c: two signatures where there may be one, and nothing that only looks like it. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "fixture.h"
#include "lib/round/evidence.h"

static quorsum_status read_evidence(const fixture *f, const uint8_t *in, size_t len)
{
    quorsum_evidence *evidence = NULL;
    quorsum_status status = quorsum_evidence_decode(&evidence, f->task, in, len);

    cr_assert_eq(evidence != NULL, status == QUORSUM_OK);
    quorsum_evidence_free(evidence);
    return status;
}

/* A second manifest: the first with another digest in its list, signed again. It would be refused as a manifest, for
 * its root: to have signed it is enough. */
static quorsum_bytes second_manifest(const fixture *f, const quorsum_identity *signer)
{
    return forge_block(&f->manifest_bytes, 40, "another digest", 14, signer);
}

static quorsum_bytes second_acknowledgement(const fixture *f, const quorsum_bytes *first, size_t trustee)
{
    uint8_t other[32] = {7};

    return forge_bytes(first, 12, other, 32, f->trustees[trustee]);
}

static void open_round(fixture *f)
{
    fixture_open(f, (setup){0});
    fixture_aggregate(f, 3);
}

static quorsum_bytes two_manifests(const fixture *f)
{
    quorsum_bytes second = second_manifest(f, f->coordinator);
    quorsum_bytes out = {0};

    cr_assert_eq(quorsum_evidence_make(&out, f->task, &f->manifest_bytes, &second, f->stranger), QUORSUM_OK);
    quorsum_bytes_free(&second);
    return out;
}

static void digest_of(uint8_t out[32], const quorsum_bytes *message)
{
    crypto_generichash(out, 32, message->data, message->len - 64, NULL, 0);
}

Test(evidence, of_two_manifests_names_the_coordinator)
{
    fixture f;
    quorsum_bytes second;
    quorsum_bytes bytes = {0};
    quorsum_bytes swapped = {0};
    quorsum_evidence *evidence = NULL;
    uint8_t digests[2][32];

    open_round(&f);
    second = second_manifest(&f, f.coordinator);
    cr_assert_eq(quorsum_evidence_make(&bytes, f.task, &f.manifest_bytes, &second, f.stranger), QUORSUM_OK);
    cr_assert_eq(quorsum_evidence_make(&swapped, f.task, &second, &f.manifest_bytes, f.stranger), QUORSUM_OK);
    cr_expect(bytes.len == swapped.len && memcmp(bytes.data, swapped.data, bytes.len) == 0, "in whatever order");
    cr_assert_eq(quorsum_evidence_decode(&evidence, f.task, bytes.data, bytes.len), QUORSUM_OK);
    cr_expect_eq(quorsum_evidence_trustee(evidence), 0);
    cr_expect_eq(memcmp(quorsum_evidence_accused(evidence), quorsum_identity_public(f.coordinator), 32), 0);
    digest_of(digests[0], &f.manifest_bytes);
    digest_of(digests[1], &second);
    if (memcmp(digests[0], digests[1], 32) > 0)
        for (size_t i = 0; i < 32; i++) {
            uint8_t held = digests[0][i];

            digests[0][i] = digests[1][i];
            digests[1][i] = held;
        }
    for (unsigned i = 0; i < 2; i++)
        cr_expect_eq(memcmp(quorsum_evidence_digest(evidence, i), digests[i], 32), 0);
    cr_expect_null(quorsum_evidence_digest(evidence, 2));
    quorsum_evidence_free(evidence);
    quorsum_bytes_free(&bytes);
    quorsum_bytes_free(&swapped);
    quorsum_bytes_free(&second);
    fixture_close(&f);
}

Test(evidence, of_two_acknowledgements_names_the_trustee)
{
    fixture f;
    quorsum_bytes first, second, other;
    quorsum_bytes bytes = {0};
    quorsum_evidence *evidence = NULL;

    open_round(&f);
    first = fixture_acknowledgement(&f, 3);
    second = second_acknowledgement(&f, &first, 3);
    other = fixture_acknowledgement(&f, 2);
    cr_expect_eq(quorsum_evidence_make(&bytes, f.task, &first, &other, f.stranger), QUORSUM_ERR_TRUSTEE,
                 "two trustees may say one thing each");
    cr_assert_eq(quorsum_evidence_make(&bytes, f.task, &first, &second, f.stranger), QUORSUM_OK);
    cr_assert_eq(quorsum_evidence_decode(&evidence, f.task, bytes.data, bytes.len), QUORSUM_OK);
    cr_expect_eq(quorsum_evidence_trustee(evidence), 4);
    cr_expect_eq(memcmp(quorsum_evidence_accused(evidence), quorsum_identity_public(f.trustees[3]), 32), 0);
    quorsum_evidence_free(evidence);
    quorsum_bytes_free(&bytes);
    quorsum_bytes_free(&first);
    quorsum_bytes_free(&second);
    quorsum_bytes_free(&other);
    fixture_close(&f);
}

Test(evidence, is_not_made_of_what_proves_nothing)
{
    fixture f;
    fixture g;
    quorsum_bytes mine, spoiled, ack, contribution;
    quorsum_bytes out = {0};

    open_round(&f);
    fixture_open(&g, (setup){0});
    fixture_aggregate(&g, 3);
    cr_expect_eq(quorsum_evidence_make(&out, f.task, &f.manifest_bytes, &f.manifest_bytes, f.stranger),
                 QUORSUM_ERR_DUPLICATE, "the same twice");
    mine = second_manifest(&f, f.stranger);
    cr_expect_eq(quorsum_evidence_make(&out, f.task, &f.manifest_bytes, &mine, f.stranger), QUORSUM_ERR_COORDINATOR);
    cr_expect_eq(quorsum_evidence_make(&out, f.task, &mine, &mine, f.stranger), QUORSUM_ERR_COORDINATOR);
    spoiled = second_manifest(&f, f.coordinator);
    spoiled.data[spoiled.len - 1] ^= 1;
    cr_expect_eq(quorsum_evidence_make(&out, f.task, &f.manifest_bytes, &spoiled, f.stranger), QUORSUM_ERR_SIGNATURE);
    cr_expect_eq(quorsum_evidence_make(&out, f.task, &g.manifest_bytes, &f.manifest_bytes, f.stranger),
                 QUORSUM_ERR_KEY_MISMATCH);
    ack = fixture_acknowledgement(&f, 0);
    cr_expect_eq(quorsum_evidence_make(&out, f.task, &f.manifest_bytes, &ack, f.stranger), QUORSUM_ERR_TYPE);
    contribution = fixture_contribution(&f, 0);
    cr_expect_eq(quorsum_evidence_make(&out, f.task, &contribution, &contribution, f.stranger), QUORSUM_ERR_TYPE);
    cr_expect_null(out.data);
    quorsum_bytes_free(&mine);
    quorsum_bytes_free(&spoiled);
    quorsum_bytes_free(&ack);
    quorsum_bytes_free(&contribution);
    fixture_close(&f);
    fixture_close(&g);
}

Test(evidence, is_refused_when_any_part_of_it_is_wrong)
{
    fixture f;
    quorsum_bytes bytes;

    open_round(&f);
    bytes = two_manifests(&f);
    check_envelope(&f, &bytes, read_evidence, 1, f.stranger);
    cr_expect_eq(read_once(read_evidence, &f, forge(&bytes, FORGE_NOTHING, NULL, 0, f.dealer)), QUORSUM_OK,
                 "whoever hands it over");
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

/* Each field changed, and signed again by whoever wants somebody accused. */
Test(evidence, that_is_forged_convicts_nobody)
{
    fixture f;
    quorsum_bytes bytes;
    uint8_t value[64];
    size_t begin, end;

    open_round(&f);
    bytes = two_manifests(&f);
    cr_expect_eq(read_once(read_evidence, &f, forge_bytes(&bytes, 10, quorsum_identity_public(f.stranger), 32, f.stranger)),
                 QUORSUM_ERR_COORDINATOR);
    cr_expect_eq(read_once(read_evidence, &f,
                           forge_bytes(&bytes, 10, quorsum_identity_public(f.trustees[0]), 32, f.stranger)),
                 QUORSUM_ERR_COORDINATOR, "a trustee signs no manifests");
    for (uint64_t key = 13; key <= 15; key += 2) { /* one signature bad */
        value_at(&bytes, key, &begin, &end);
        memcpy(value, bytes.data + end - 64, 64);
        value[10] ^= 1;
        cr_expect_eq(read_once(read_evidence, &f, forge_bytes(&bytes, key, value, 64, f.stranger)),
                     QUORSUM_ERR_SIGNATURE);
    }
    for (uint64_t key = 12; key <= 14; key += 2) { /* a digest that nobody signed */
        value_at(&bytes, key, &begin, &end);
        memcpy(value, bytes.data + end - 32, 32);
        value[31] ^= 1;
        cr_expect_eq(read_once(read_evidence, &f, forge_bytes(&bytes, key, value, 32, f.stranger)),
                     QUORSUM_ERR_SIGNATURE);
    }
    value_at(&bytes, 12, &begin, &end);
    memcpy(value, bytes.data + end - 32, 32);
    cr_expect_eq(read_once(read_evidence, &f, forge_bytes(&bytes, 14, value, 32, f.stranger)), QUORSUM_ERR_DUPLICATE);
    memset(value, 0xff, 32);
    cr_expect_eq(read_once(read_evidence, &f, forge_bytes(&bytes, 12, value, 32, f.stranger)), QUORSUM_ERR_NOT_CANONICAL,
                 "descending");
    cr_expect_eq(read_once(read_evidence, &f, forge(&bytes, 11, (const uint8_t *)"\x6f" "acknowledgement", 16, f.stranger)),
                 QUORSUM_ERR_TRUSTEE, "the coordinator acknowledges nothing");
    cr_expect_eq(read_once(read_evidence, &f, forge(&bytes, 11, (const uint8_t *)"\x67" "partial", 8, f.stranger)),
                 QUORSUM_ERR_TYPE);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

/* The same key, coordinator and two digests; another task: its signatures say nothing about this one. */
Test(evidence, of_another_task_convicts_nobody)
{
    quorsum_task_options options = {.label = "another", .fields = fixture_fields, .field_count = FIELDS, .guard_bits = 1,
                                    .min_cohort = 2, .max_cohort = MAX_COHORT};
    fixture f;
    quorsum_task *other = NULL;
    quorsum_evidence *evidence = NULL;
    quorsum_bytes bytes, moved;

    open_round(&f);
    cr_assert_eq(quorsum_task_make(&other, f.record, &options, f.coordinator, NULL), QUORSUM_OK);
    bytes = two_manifests(&f);
    cr_expect_eq(quorsum_evidence_decode(&evidence, other, bytes.data, bytes.len), QUORSUM_ERR_TASK_MISMATCH);
    moved = forge_bytes(&bytes, 4, quorsum_task_digest(other), 32, f.stranger);
    cr_expect_eq(quorsum_evidence_decode(&evidence, other, moved.data, moved.len), QUORSUM_ERR_SIGNATURE);
    quorsum_bytes_free(&bytes);
    quorsum_bytes_free(&moved);
    quorsum_task_free(other);
    fixture_close(&f);
}
