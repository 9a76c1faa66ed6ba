/* SPDX-License-Identifier: Apache-2.0 */
/* lib/round/acknowledgement.c: a trustee's word for one manifest and aggregate. */
#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"
#include "lib/round/acknowledgement.h"

static quorsum_status read_acknowledgement(const fixture *f, const uint8_t *in, size_t len)
{
    quorsum_acknowledgement *acknowledgement = NULL;
    quorsum_status status = quorsum_acknowledgement_decode(&acknowledgement, f->task, in, len);

    cr_assert_eq(acknowledgement != NULL, status == QUORSUM_OK);
    quorsum_acknowledgement_free(acknowledgement);
    return status;
}

/* An aggregator of two contributions; with `finish` the fixture's manifest and aggregate are its own. */
static quorsum_aggregator *fed(fixture *f, int finish)
{
    quorsum_aggregator *aggregator = NULL;

    cr_assert_eq(quorsum_aggregator_new(&aggregator, f->task), QUORSUM_OK);
    for (size_t i = 0; i < 2; i++) {
        quorsum_bytes bytes = fixture_contribution(f, i);
        quorsum_contribution *contribution = NULL;

        cr_assert_eq(quorsum_contribution_decode(&contribution, f->task, bytes.data, bytes.len, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_aggregator_add(aggregator, contribution, NULL), QUORSUM_OK);
        quorsum_contribution_free(contribution);
        quorsum_bytes_free(&bytes);
    }
    if (finish) {
        cr_assert_eq(quorsum_aggregator_finish(&f->manifest_bytes, &f->aggregate_bytes, aggregator, f->coordinator, NULL),
                     QUORSUM_OK);
        cr_assert_eq(quorsum_manifest_decode(&f->manifest, f->task, f->manifest_bytes.data, f->manifest_bytes.len),
                     QUORSUM_OK);
        cr_assert_eq(quorsum_aggregate_decode(&f->aggregate, f->task, f->manifest, f->aggregate_bytes.data,
                                              f->aggregate_bytes.len, NULL),
                     QUORSUM_OK);
    }
    return aggregator;
}

Test(acknowledgement, is_of_what_was_multiplied_again)
{
    fixture f;
    quorsum_aggregator *right;
    quorsum_aggregator *wrong;
    quorsum_acknowledgement *read = NULL;
    quorsum_bytes first = {0};
    quorsum_bytes second = {0};

    fixture_open(&f, (setup){0});
    right = fed(&f, 1);
    wrong = fed(&f, 0);
    cr_expect_eq(quorsum_acknowledgement_make(&first, f.task, f.manifest, f.aggregate, wrong, f.trustees[2], NULL),
                 QUORSUM_ERR_MISSING);
    cr_expect_null(first.data);
    cr_expect_eq(quorsum_acknowledgement_make(&first, f.task, f.manifest, f.aggregate, right, f.stranger, NULL),
                 QUORSUM_ERR_TRUSTEE);
    cr_expect_eq(quorsum_acknowledgement_make(&first, f.task, f.manifest, f.aggregate, right, f.coordinator, NULL),
                 QUORSUM_ERR_TRUSTEE);
    cr_assert_eq(quorsum_acknowledgement_make(&first, f.task, f.manifest, f.aggregate, right, f.trustees[2], NULL),
                 QUORSUM_OK);
    cr_assert_eq(quorsum_acknowledgement_make(&second, f.task, f.manifest, f.aggregate, right, f.trustees[2], NULL),
                 QUORSUM_OK);
    cr_expect(first.len == second.len && memcmp(first.data, second.data, first.len) == 0, "made again it is the same");
    cr_assert_eq(quorsum_acknowledgement_decode(&read, f.task, first.data, first.len), QUORSUM_OK);
    cr_expect_eq(quorsum_acknowledgement_trustee(read), 3);
    cr_expect_eq(memcmp(quorsum_acknowledgement_manifest(read), quorsum_manifest_digest(f.manifest), 32), 0);
    cr_expect_eq(memcmp(quorsum_acknowledgement_aggregate(read), quorsum_aggregate_digest(f.aggregate), 32), 0);
    quorsum_acknowledgement_free(read);
    quorsum_bytes_free(&first);
    quorsum_bytes_free(&second);
    quorsum_aggregator_free(right);
    quorsum_aggregator_free(wrong);
    fixture_close(&f);
}

Test(acknowledgement, is_refused_when_any_part_of_it_is_wrong)
{
    fixture f;
    quorsum_bytes bytes;

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 2);
    bytes = fixture_acknowledgement(&f, 1);
    check_envelope(&f, &bytes, read_acknowledgement, 1, f.trustees[1]);
    cr_expect_eq(read_once(read_acknowledgement, &f, forge_uint(&bytes, 10, 0, f.trustees[1])), QUORSUM_ERR_TRUSTEE);
    cr_expect_eq(read_once(read_acknowledgement, &f, forge_uint(&bytes, 10, 3, f.trustees[1])), QUORSUM_ERR_TRUSTEE,
                 "another trustee's name");
    cr_expect_eq(read_once(read_acknowledgement, &f, forge_uint(&bytes, 10, 6, f.trustees[1])), QUORSUM_ERR_TRUSTEE);
    cr_expect_eq(read_once(read_acknowledgement, &f, forge_uint(&bytes, 10, 256, f.trustees[1])), QUORSUM_ERR_RANGE);
    cr_expect_eq(read_once(read_acknowledgement, &f, forge(&bytes, FORGE_NOTHING, NULL, 0, f.stranger)),
                 QUORSUM_ERR_TRUSTEE, "a stranger's");
    cr_expect_eq(read_once(read_acknowledgement, &f, forge(&bytes, FORGE_NOTHING, NULL, 0, f.trustees[2])),
                 QUORSUM_ERR_TRUSTEE, "signed by another trustee");
    cr_expect_eq(read_once(read_acknowledgement, &f, forge_bytes(&bytes, 11, bytes.data, 31, f.trustees[1])),
                 QUORSUM_ERR_RANGE);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}
