/* SPDX-License-Identifier: Apache-2.0 */
/* lib/ceremony/proposal.c */
#include "group.h"

static uint8_t roster[32 * 15];

static quorsum_ceremony_options good(void)
{
    for (size_t i = 0; i < sizeof roster; i++)
        roster[i] = (uint8_t)(i / 32 * 7 + i);
    return (quorsum_ceremony_options){
        .key = {.modulus_bits = 128}, .trustees = 5, .quorum = 3, .roster = roster, .purpose = "W\xc3\xa4hlen"};
}

static quorsum_status propose(const quorsum_ceremony_options *options, qs_proposal *out)
{
    quorsum_identity *convener = NULL;
    quorsum_bytes bytes = {0};
    quorsum_status status;

    cr_assert_eq(quorsum_identity_generate(&convener), QUORSUM_OK);
    status = quorsum_ceremony_propose(&bytes, options, convener);
    cr_expect_eq(bytes.data != NULL, status == QUORSUM_OK);
    if (status == QUORSUM_OK)
        cr_expect_eq(qs_proposal_read(out, bytes.data, bytes.len), QUORSUM_OK);
    quorsum_bytes_free(&bytes);
    quorsum_identity_free(convener);
    return status;
}

Test(proposal, says_what_was_asked_for_and_fills_in_the_rest)
{
    quorsum_ceremony_options options = good();
    qs_proposal first, second;

    cr_assert_eq(propose(&options, &first), QUORSUM_OK);
    cr_expect_str_eq(first.purpose, options.purpose);
    cr_expect(first.bits == 128 && first.degree == 1 && first.randomiser == QUORSUM_RANDOMISER_HALF);
    cr_expect(first.trustees == 5 && first.quorum == 3 && first.batch == 64);
    cr_expect(!first.handed_on && first.dealers == 0 && first.epoch == 0);
    cr_expect_eq(memcmp(first.roster, roster, 5 * 32), 0);
    cr_assert_eq(propose(&options, &second), QUORSUM_OK);
    cr_expect_neq(memcmp(first.digest, second.digest, 32), 0, "another one each time");
    options.key = (quorsum_key_options){2048, 3, QUORSUM_RANDOMISER_FULL};
    options.batch = 77;
    cr_assert_eq(propose(&options, &second), QUORSUM_OK);
    cr_expect(second.bits == 2048 && second.degree == 3 && second.randomiser == QUORSUM_RANDOMISER_FULL);
    cr_expect_eq(second.batch, 77);
    options.batch = 0;
    cr_assert_eq(propose(&options, &second), QUORSUM_OK);
    cr_expect_eq(second.batch, 1024);
}

Test(proposal, refuses_sizes_that_cannot_be)
{
    static const struct { uint32_t trustees, quorum; quorsum_status expected; } sizes[] = {
        {3, 2, QUORSUM_OK}, {2, 2, QUORSUM_ERR_ARGUMENT}, {3, 1, QUORSUM_ERR_ARGUMENT}, {3, 3, QUORSUM_ERR_ARGUMENT},
        {4, 2, QUORSUM_OK}, {4, 3, QUORSUM_ERR_ARGUMENT}, {9, 5, QUORSUM_OK}, {15, 5, QUORSUM_OK},
        {15, 6, QUORSUM_ERR_LIMIT}, {13, 6, QUORSUM_OK}, {13, 7, QUORSUM_ERR_LIMIT}, {16, 2, QUORSUM_ERR_ARGUMENT},
        {0, 0, QUORSUM_ERR_ARGUMENT},
    };

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        quorsum_ceremony_options options = good();
        qs_proposal proposal;

        options.trustees = sizes[i].trustees;
        options.quorum = sizes[i].quorum;
        cr_expect_eq(propose(&options, &proposal), sizes[i].expected, "%u of %u", sizes[i].quorum, sizes[i].trustees);
    }
}

Test(proposal, refuses_other_options_that_cannot_be)
{
    char text[130];
    quorsum_ceremony_options options = good();
    qs_proposal proposal;

    memset(text, 'x', 129);
    text[129] = '\0';
    options.purpose = text;
    cr_expect_eq(propose(&options, &proposal), QUORSUM_ERR_ARGUMENT);
    options.purpose = text + 1;
    cr_expect_eq(propose(&options, &proposal), QUORSUM_OK);
    options.purpose = "";
    cr_expect_eq(propose(&options, &proposal), QUORSUM_ERR_ARGUMENT);
    options.purpose = "\xff";
    cr_expect_eq(propose(&options, &proposal), QUORSUM_ERR_ARGUMENT);
    options.purpose = NULL;
    cr_expect_eq(propose(&options, &proposal), QUORSUM_ERR_ARGUMENT);
    options = good();
    memcpy(roster + 32, roster, 32);
    cr_expect_eq(propose(&options, &proposal), QUORSUM_ERR_DUPLICATE_TRUSTEE);
    options = good();
    options.key.degree = 5;
    cr_expect_eq(propose(&options, &proposal), QUORSUM_ERR_ARGUMENT);
    options = good();
    options.key.modulus_bits = 4097;
    cr_expect_eq(propose(&options, &proposal), QUORSUM_ERR_MODULUS_SIZE);
    options = good();
    options.batch = 65537;
    cr_expect_eq(propose(&options, &proposal), QUORSUM_ERR_ARGUMENT);
}
