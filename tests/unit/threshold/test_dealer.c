/* SPDX-License-Identifier: Apache-2.0 */
/* Dealing: what is asked for is what comes, and what cannot be dealt is refused with nothing left behind. */
#include "tests/unit/threshold/fixture.h"

static quorsum_status deal_toys(const char *p_hex, const char *q_hex, const quorsum_deal_options *options)
{
    quorsum_identity *identity = NULL;
    quorsum_key_record *record = NULL;
    quorsum_key_share *shares[QUORSUM_TRUSTEES_MAX] = {0};
    qs_secret p = {0};
    qs_secret q = {0};
    quorsum_status status;

    cr_assert_eq(quorsum_identity_generate(&identity), QUORSUM_OK);
    secret_from_hex(&p, p_hex);
    secret_from_hex(&q, q_hex);
    status = qs_deal_from_primes(&record, shares, &p, &q, options, identity, NULL);
    cr_expect_eq(record != NULL, status == QUORSUM_OK);
    for (uint32_t i = 0; i < QUORSUM_TRUSTEES_MAX; i++) {
        cr_expect_eq(shares[i] != NULL, status == QUORSUM_OK && i < options->trustees, "share %u", i + 1);
        quorsum_key_share_free(shares[i]);
    }
    qs_secret_clear(&p);
    qs_secret_clear(&q);
    quorsum_key_record_free(record);
    quorsum_identity_free(identity);
    return status;
}

Test(dealer, primes_that_do_not_fit_are_refused)
{
    quorsum_deal_options options = {.trustees = 5, .quorum = 3};

    cr_expect_eq(deal_toys("2f", "3b", &options), QUORSUM_OK, "47, 59");
    cr_expect_eq(deal_toys("3b", "2f", &options), QUORSUM_OK, "59, 47");
    cr_expect_eq(deal_toys("3b", "3b", &options), QUORSUM_ERR_ARGUMENT, "p = q");
    cr_expect_eq(deal_toys("17", "2f", &options), QUORSUM_ERR_ARGUMENT, "q' = p: 23, 47");
    cr_expect_eq(deal_toys("2f", "17", &options), QUORSUM_ERR_ARGUMENT, "p' = q");
    cr_expect_eq(deal_toys("b", "3fb", &options), QUORSUM_ERR_ARGUMENT, "p' = 5 = trustees");
    cr_expect_eq(deal_toys("35", "3b", &options), QUORSUM_ERR_ARGUMENT, "p = 1 mod 4");
    cr_expect_eq(deal_toys("3a", "3b", &options), QUORSUM_ERR_ARGUMENT, "an even number");
    options.trustees = 29;
    cr_expect_eq(deal_toys("2f", "3b", &options), QUORSUM_ERR_ARGUMENT, "p' below the number of trustees");
}

Test(dealer, options_out_of_range_are_refused)
{
    quorsum_deal_options options = {.trustees = 0, .quorum = 0};
    quorsum_identity *identity = NULL;
    quorsum_key_record *record = NULL;
    quorsum_key_share *shares[QUORSUM_TRUSTEES_MAX + 1] = {0};
    static const uint32_t bad[][2] = {{0, 0}, {0, 1}, {3, 0}, {3, 4}, {256, 1}};

    cr_assert_eq(quorsum_identity_generate(&identity), QUORSUM_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        options.trustees = bad[i][0];
        options.quorum = bad[i][1];
        cr_expect_eq(deal_toys("3fb", "4a3", &options), QUORSUM_ERR_ARGUMENT);
        cr_expect_eq(quorsum_deal(&record, shares, &options, identity, NULL), QUORSUM_ERR_ARGUMENT);
    }
    options = (quorsum_deal_options){.key = {.degree = 5}, .trustees = 3, .quorum = 2};
    cr_expect_eq(deal_toys("3fb", "4a3", &options), QUORSUM_ERR_ARGUMENT);
    options.key.degree = 1;
    options.key.modulus_bits = 22; /* 1019 * 1187 has 21 */
    cr_expect_eq(deal_toys("3fb", "4a3", &options), QUORSUM_ERR_MODULUS_SIZE);
    options.key.modulus_bits = 21;
    cr_expect_eq(deal_toys("3fb", "4a3", &options), QUORSUM_OK);
    cr_expect_eq(quorsum_deal(&record, shares, &options, identity, NULL), QUORSUM_ERR_MODULUS_SIZE, "odd");
    options.key.modulus_bits = 2050;
    cr_expect_eq(quorsum_deal(&record, shares, &options, identity, NULL), QUORSUM_ERR_MODULUS_SIZE);
    options.key.modulus_bits = 8192;
    cr_expect_eq(quorsum_deal(&record, shares, &options, identity, NULL), QUORSUM_ERR_MODULUS_SIZE);
    options.key.modulus_bits = 128;
    cr_expect_eq(quorsum_deal(NULL, shares, &options, identity, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_deal(&record, NULL, &options, identity, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_deal(&record, shares, NULL, identity, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_deal(&record, shares, &options, NULL, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_null(record);
    quorsum_identity_free(identity);
}

Test(dealer, deals_what_was_asked_for)
{
    static const uint32_t bits[] = {64, 66, 126, 128, 130, 256};
    uint8_t roster[4 * 32];
    quorsum_identity *identity = NULL;

    for (size_t i = 0; i < sizeof roster; i++)
        roster[i] = (uint8_t)(i * 7);
    cr_assert_eq(quorsum_identity_generate(&identity), QUORSUM_OK);
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        quorsum_deal_options options = {
            .key = {.modulus_bits = bits[i], .degree = 2, .randomiser = QUORSUM_RANDOMISER_FULL},
            .trustees = 4,
            .quorum = 3,
            .roster = roster,
        };
        quorsum_key_record *record = NULL;
        quorsum_key_share *shares[4] = {0};
        const quorsum_public_key *key;

        cr_assert_eq(quorsum_deal(&record, shares, &options, identity, NULL), QUORSUM_OK, "%u bits", bits[i]);
        key = quorsum_key_record_public(record);
        cr_expect_eq(quorsum_public_key_bits(key), bits[i]);
        cr_expect_eq(quorsum_public_key_degree(key), 2);
        cr_expect_eq(quorsum_public_key_randomiser(key), QUORSUM_RANDOMISER_FULL);
        cr_expect_eq(record->parts.share_bits, bits[i] - 2 + 5, "4! = 24 has 5 bits");
        for (uint32_t k = 1; k <= 4; k++) {
            cr_expect_eq(quorsum_key_share_trustee(shares[k - 1]), k);
            cr_expect_eq(quorsum_key_share_check(shares[k - 1], record), QUORSUM_OK);
            cr_expect_eq(memcmp(quorsum_key_record_trustee(record, k), roster + 32 * (k - 1), 32), 0);
            quorsum_key_share_free(shares[k - 1]);
        }
        cr_expect_null(quorsum_key_record_trustee(record, 0));
        cr_expect_null(quorsum_key_record_trustee(record, 5));
        quorsum_key_record_free(record);
    }
    quorsum_identity_free(identity);
}

Test(dealer, roster_with_one_identity_twice_is_refused)
{
    static const uint8_t roster[3 * 32] = {1, [32] = 2, [64] = 1};
    quorsum_deal_options options = {.trustees = 3, .quorum = 2, .roster = roster};

    cr_expect_eq(deal_toys("3fb", "4a3", &options), QUORSUM_ERR_DUPLICATE_TRUSTEE);
}

/* A partial under a roster is that identity's or nobody's. */
Test(dealer, roster_binds_trustees_to_identities)
{
    quorsum_deal_options options = {.key = {.modulus_bits = 128}, .trustees = 2, .quorum = 1};
    uint8_t roster[64];
    quorsum_partial *partial = NULL;
    quorsum_combiner *combiner = NULL;
    quorsum_identity *identity = NULL;
    quorsum_key_record *record = NULL;
    quorsum_key_share *shares[2] = {0};
    quorsum_plaintexts *plaintexts = NULL;
    quorsum_encryptor *encryptor = NULL;
    quorsum_ciphertexts *vector = NULL;

    cr_assert_eq(quorsum_identity_generate(&identity), QUORSUM_OK);
    memset(roster, 5, 32);
    memcpy(roster + 32, quorsum_identity_public(identity), 32);
    options.roster = roster;
    cr_assert_eq(quorsum_deal(&record, shares, &options, identity, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_new(&plaintexts, quorsum_key_record_public(record), 1), QUORSUM_OK);
    cr_assert_eq(quorsum_encryptor_new(&encryptor, quorsum_key_record_public(record), NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_encrypt(&vector, encryptor, plaintexts, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_partial_decrypt(&partial, record, shares[0], vector, test_task, roster + 32, NULL),
                 QUORSUM_ERR_TRUSTEE);
    cr_expect_null(partial);
    cr_assert_eq(quorsum_partial_decrypt(&partial, record, shares[1], vector, test_task, roster + 32, NULL),
                 QUORSUM_OK);
    cr_assert_eq(quorsum_combiner_new(&combiner, record, vector, test_task), QUORSUM_OK);
    memcpy(partial->prover, roster, 32);
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_ERR_TRUSTEE);
    memcpy(partial->prover, roster + 32, 32);
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK);
    quorsum_combiner_free(combiner);
    quorsum_partial_free(partial);
    quorsum_ciphertexts_free(vector);
    quorsum_encryptor_free(encryptor);
    quorsum_plaintexts_free(plaintexts);
    quorsum_key_share_free(shares[0]);
    quorsum_key_share_free(shares[1]);
    quorsum_key_record_free(record);
    quorsum_identity_free(identity);
}

Test(dealer, deals_to_as_many_trustees_as_there_may_be)
{
    quorsum_deal_options options = {.trustees = 255, .quorum = 128};

    cr_expect_eq(deal_toys(SAFE_P, SAFE_Q, &options), QUORSUM_OK);
}

Test(dealer, two_dealings_of_one_modulus_share_nothing_but_the_modulus)
{
    fixture a, b;

    cr_assert_eq(fixture_deal(&a, SAFE_P, SAFE_Q, 1, 3, 2), QUORSUM_OK);
    cr_assert_eq(fixture_deal(&b, SAFE_P, SAFE_Q, 1, 3, 2), QUORSUM_OK);
    cr_expect_neq(memcmp(quorsum_key_record_digest(a.record), quorsum_key_record_digest(b.record), 32), 0);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_neq(memcmp(a.shares[i]->value.limb, b.shares[i]->value.limb,
                             a.shares[i]->value.limbs * sizeof(mp_limb_t)), 0);
    fixture_free(&b);
    fixture_free(&a);
}

static int stop(uint64_t done, uint64_t total, void *user)
{
    unsigned *calls = user;

    (void)done;
    cr_expect_eq(total, 0);
    return ++*calls >= 2;
}

Test(dealer, search_can_be_cancelled)
{
    quorsum_deal_options options = {.key = {.modulus_bits = 2048}, .trustees = 2, .quorum = 1};
    unsigned calls = 0;
    quorsum_run run = {.threads = 1, .progress = stop, .user = &calls};
    quorsum_identity *identity = NULL;
    quorsum_key_record *record = NULL;
    quorsum_key_share *shares[2];

    memset(shares, 0xee, sizeof shares);
    cr_assert_eq(quorsum_identity_generate(&identity), QUORSUM_OK);
    cr_expect_eq(quorsum_deal(&record, shares, &options, identity, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_null(record);
    cr_expect_null(shares[0]);
    cr_expect_null(shares[1]);
    quorsum_identity_free(identity);
}
