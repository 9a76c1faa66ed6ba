/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confirmations behind a key record: what a trustee adds, what two copies give together, and everything else a byte string
 * there might be. The forger signs with code of its own.
 */
#include "tests/unit/threshold/fixture.h"

#include <sodium.h>

#include "lib/base/identity.h"

#define TRUSTEES 5
#define QUORUM 3
#define ENTRY 65

typedef struct confirming {
    quorsum_identity *trustees[TRUSTEES];
    quorsum_identity *dealer;
    quorsum_identity *stranger;
    quorsum_key_record *record;
    quorsum_key_share *shares[TRUSTEES];
} confirming;

static void confirming_new(confirming *c)
{
    uint8_t roster[TRUSTEES * 32];
    quorsum_deal_options options = {.trustees = TRUSTEES, .quorum = QUORUM, .roster = roster};
    qs_secret p = {0}, q = {0};

    cr_assert_eq(quorsum_identity_generate(&c->dealer), QUORSUM_OK);
    cr_assert_eq(quorsum_identity_generate(&c->stranger), QUORSUM_OK);
    for (size_t i = 0; i < TRUSTEES; i++) {
        cr_assert_eq(quorsum_identity_generate(&c->trustees[i]), QUORSUM_OK);
        memcpy(roster + 32 * i, quorsum_identity_public(c->trustees[i]), 32);
    }
    secret_from_hex(&p, SAFE_P);
    secret_from_hex(&q, SAFE_Q);
    cr_assert_eq(qs_deal_from_primes(&c->record, c->shares, &p, &q, &options, c->dealer, NULL), QUORSUM_OK);
    qs_secret_clear(&p);
    qs_secret_clear(&q);
}

static void confirming_free(confirming *c)
{
    for (size_t i = 0; i < TRUSTEES; i++) {
        quorsum_identity_free(c->trustees[i]);
        quorsum_key_share_free(c->shares[i]);
    }
    quorsum_identity_free(c->dealer);
    quorsum_identity_free(c->stranger);
    quorsum_key_record_free(c->record);
}

/* The record confirmed by the trustees of a set of bits, in descending order. */
static quorsum_key_record *confirmed_by(const confirming *c, unsigned set)
{
    quorsum_key_record *record = NULL;

    cr_assert_eq(quorsum_key_record_merge(&record, c->record, c->record), QUORSUM_OK);
    for (size_t i = TRUSTEES; i-- > 0;) {
        quorsum_key_record *more = NULL;

        if ((set >> i & 1) == 0)
            continue;
        cr_assert_eq(quorsum_key_record_confirm(&more, record, c->shares[i], c->trustees[i]), QUORSUM_OK);
        quorsum_key_record_free(record);
        record = more;
    }
    return record;
}

static void expect_set(const quorsum_key_record *record, unsigned set)
{
    cr_expect_eq(quorsum_key_record_confirmed(record), (unsigned)__builtin_popcount(set));
    for (uint32_t i = 0; i <= TRUSTEES + 1; i++)
        cr_expect_eq(quorsum_key_record_confirmed_by(record, i), i > 0 && (set >> (i - 1) & 1), "trustee %u in %x", i, set);
}

Test(key_confirm, says_who_confirmed_for_every_set_of_trustees)
{
    confirming c;

    confirming_new(&c);
    for (unsigned set = 0; set < 1u << TRUSTEES; set++) {
        quorsum_key_record *record = confirmed_by(&c, set);
        quorsum_key_record *again = NULL;
        quorsum_bytes bytes = {0};

        expect_set(record, set);
        cr_assert_eq(quorsum_key_record_encode(&bytes, record), QUORSUM_OK);
        cr_expect_eq(bytes.len, c.record->encoded.len + ENTRY * (size_t)__builtin_popcount(set));
        cr_assert_eq(quorsum_key_record_decode(&again, bytes.data, bytes.len, NULL), QUORSUM_OK, "set %x", set);
        expect_set(again, set);
        cr_expect_eq(memcmp(quorsum_key_record_digest(again), quorsum_key_record_digest(c.record), 32), 0);
        quorsum_key_record_free(again);
        quorsum_key_record_free(record);
        quorsum_bytes_free(&bytes);
    }
    expect_set(c.record, 0);
    confirming_free(&c);
}

/* What was confirmed goes on when the record it was confirmed on is gone. */
Test(key_confirm, outlives_the_record_it_came_from)
{
    confirming c;
    quorsum_key_record *record;

    confirming_new(&c);
    record = confirmed_by(&c, 9);
    quorsum_key_record_free(c.record);
    c.record = NULL;
    expect_set(record, 9);
    cr_expect_eq(quorsum_key_share_check(c.shares[2], record), QUORSUM_OK);
    cr_expect_eq(memcmp(quorsum_key_record_signer(record), quorsum_identity_public(c.dealer), 32), 0);
    quorsum_key_record_free(record);
    confirming_free(&c);
}

Test(key_confirm, twice_is_once)
{
    confirming c;
    quorsum_key_record *once, *twice = NULL;

    confirming_new(&c);
    once = confirmed_by(&c, 4);
    cr_assert_eq(quorsum_key_record_confirm(&twice, once, c.shares[2], c.trustees[2]), QUORSUM_OK);
    expect_set(twice, 4);
    cr_expect_eq(twice->encoded.len, once->encoded.len);
    quorsum_key_record_free(once);
    quorsum_key_record_free(twice);
    confirming_free(&c);
}

Test(key_confirm, copies_are_merged)
{
    confirming c;

    confirming_new(&c);
    for (unsigned a = 0; a < 1u << TRUSTEES; a += 3) {
        for (unsigned b = 0; b < 1u << TRUSTEES; b += 5) {
            quorsum_key_record *left = confirmed_by(&c, a);
            quorsum_key_record *right = confirmed_by(&c, b);
            quorsum_key_record *both = NULL, *again = NULL;

            cr_assert_eq(quorsum_key_record_merge(&both, left, right), QUORSUM_OK);
            expect_set(both, a | b);
            cr_assert_eq(quorsum_key_record_decode(&again, both->encoded.data, both->encoded.len, NULL), QUORSUM_OK);
            quorsum_key_record_free(again);
            quorsum_key_record_free(both);
            quorsum_key_record_free(left);
            quorsum_key_record_free(right);
        }
    }
    confirming_free(&c);
}

Test(key_confirm, needs_the_share_and_the_identity_of_one_trustee)
{
    confirming c, other;
    fixture f;
    quorsum_key_record *out = (quorsum_key_record *)(uintptr_t)&c; /* not NULL, to see it become so */

    confirming_new(&c);
    confirming_new(&other);
    fixture_new(&f, 1, TRUSTEES, QUORUM);
    cr_expect_eq(quorsum_key_record_confirm(&out, c.record, c.shares[0], c.trustees[1]), QUORSUM_ERR_TRUSTEE);
    cr_expect_null(out);
    cr_expect_eq(quorsum_key_record_confirm(&out, c.record, c.shares[0], c.stranger), QUORSUM_ERR_TRUSTEE);
    cr_expect_eq(quorsum_key_record_confirm(&out, c.record, other.shares[0], c.trustees[0]), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(quorsum_key_record_confirm(&out, f.record, f.shares[0], f.identity),
                 made_keys_wanted() ? QUORSUM_ERR_TYPE : QUORSUM_ERR_TRUSTEE, "no roster, or of a ceremony");
    cr_expect_eq(quorsum_key_record_merge(&out, c.record, other.record), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_null(out);
    c.shares[1]->value.limb[0] ^= 1;
    cr_expect_eq(quorsum_key_record_confirm(&out, c.record, c.shares[1], c.trustees[1]), QUORSUM_ERR_KEY_CHECK);
    cr_expect_eq(quorsum_key_record_confirm(NULL, c.record, c.shares[0], c.trustees[0]), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_key_record_confirm(&out, NULL, c.shares[0], c.trustees[0]), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_key_record_confirm(&out, c.record, NULL, c.trustees[0]), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_key_record_confirm(&out, c.record, c.shares[0], NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_key_record_merge(&out, c.record, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_key_record_merge(&out, NULL, c.record), QUORSUM_ERR_ARGUMENT);
    fixture_free(&f);
    confirming_free(&other);
    confirming_free(&c);
}

/* A dealer that swaps two verification keys swaps the shares' places: neither of the two trustees confirms. */
Test(key_confirm, swapped_shares_are_not_confirmed)
{
    confirming c;
    quorsum_key_record *out = NULL;

    confirming_new(&c);
    c.shares[0]->trustee = 2;
    c.shares[1]->trustee = 1;
    cr_expect_eq(quorsum_key_record_confirm(&out, c.record, c.shares[0], c.trustees[1]), QUORSUM_ERR_KEY_CHECK);
    cr_expect_eq(quorsum_key_record_confirm(&out, c.record, c.shares[1], c.trustees[0]), QUORSUM_ERR_KEY_CHECK);
    confirming_free(&c);
}

/* ---- what may stand behind a record ---- */

static size_t put_item(uint8_t *out, const void *data, size_t len)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)((uint64_t)len >> (56 - 8 * i));
    memcpy(out + 8, data, len);
    return 8 + len;
}

/* An entry as docs/wire-format.md has it, for any index, number, digest and signer. */
static void forge_entry(uint8_t out[ENTRY], uint8_t index, uint8_t number, const uint8_t *digest,
                        const quorsum_identity *signer)
{
    static const char domain[] = "quorsum/v1/confirmation";
    uint8_t text[128];
    uint8_t eight[8] = {[7] = number};
    size_t len = put_item(text, domain, sizeof domain - 1);

    len += put_item(text + len, digest, 32);
    len += put_item(text + len, eight, 8);
    out[0] = index;
    cr_assert_eq(crypto_sign_detached(out + 1, NULL, text, len, signer->secret), 0);
}

static quorsum_status decode_with(const confirming *c, const uint8_t *entries, size_t len)
{
    size_t own = c->record->encoded.len;
    uint8_t *bytes = malloc(own + len);
    quorsum_key_record *record = NULL;
    quorsum_status status;

    memcpy(bytes, c->record->encoded.data, own);
    memcpy(bytes + own, entries, len);
    status = quorsum_key_record_decode(&record, bytes, own + len, NULL);
    cr_expect_eq(record != NULL, status == QUORSUM_OK);
    quorsum_key_record_free(record);
    free(bytes);
    return status;
}

static void entry_of(uint8_t *out, const confirming *c, uint32_t trustee)
{
    forge_entry(out, (uint8_t)trustee, (uint8_t)trustee, c->record->digest, c->trustees[trustee - 1]);
}

Test(key_confirm, hand_written_form_is_the_same)
{
    confirming c;
    quorsum_key_record *record;
    uint8_t entries[2 * ENTRY];

    confirming_new(&c);
    record = confirmed_by(&c, 2 | 16);
    entry_of(entries, &c, 2);
    entry_of(entries + ENTRY, &c, 5);
    cr_assert_eq(record->encoded.len, c.record->encoded.len + sizeof entries);
    cr_expect_eq(memcmp(record->encoded.data + c.record->encoded.len, entries, sizeof entries), 0);
    cr_expect_eq(decode_with(&c, entries, sizeof entries), QUORSUM_OK);
    quorsum_key_record_free(record);
    confirming_free(&c);
}

Test(key_confirm, forged_entries_are_refused_by_name)
{
    static const uint8_t other_digest[32] = {7};
    uint8_t entries[3 * ENTRY];
    confirming c;
    fixture f;

    confirming_new(&c);
    entry_of(entries, &c, 1);
    forge_entry(entries + ENTRY, 3, 3, c.record->digest, c.stranger);
    cr_expect_eq(decode_with(&c, entries, 2 * ENTRY), QUORSUM_ERR_SIGNATURE, "a stranger");
    forge_entry(entries + ENTRY, 3, 3, c.record->digest, c.trustees[3]);
    cr_expect_eq(decode_with(&c, entries, 2 * ENTRY), QUORSUM_ERR_SIGNATURE, "another trustee");
    forge_entry(entries + ENTRY, 3, 3, other_digest, c.trustees[2]);
    cr_expect_eq(decode_with(&c, entries, 2 * ENTRY), QUORSUM_ERR_SIGNATURE, "another key");
    forge_entry(entries + ENTRY, 3, 4, c.record->digest, c.trustees[2]);
    cr_expect_eq(decode_with(&c, entries, 2 * ENTRY), QUORSUM_ERR_SIGNATURE, "another index signed");
    forge_entry(entries + ENTRY, 4, 3, c.record->digest, c.trustees[2]);
    cr_expect_eq(decode_with(&c, entries, 2 * ENTRY), QUORSUM_ERR_SIGNATURE, "another index written");
    forge_entry(entries, 0, 0, c.record->digest, c.trustees[0]);
    cr_expect_eq(decode_with(&c, entries, ENTRY), QUORSUM_ERR_TRUSTEE, "index 0");
    forge_entry(entries, 6, 6, c.record->digest, c.trustees[0]);
    cr_expect_eq(decode_with(&c, entries, ENTRY), QUORSUM_ERR_TRUSTEE, "index n + 1");
    entry_of(entries, &c, 2);
    entry_of(entries + ENTRY, &c, 2);
    cr_expect_eq(decode_with(&c, entries, 2 * ENTRY), QUORSUM_ERR_DUPLICATE_TRUSTEE);
    entry_of(entries, &c, 4);
    cr_expect_eq(decode_with(&c, entries, 2 * ENTRY), QUORSUM_ERR_NOT_CANONICAL, "out of order");
    cr_assert_eq(fixture_deal(&f, SAFE_P, SAFE_Q, 1, TRUSTEES, QUORUM), QUORSUM_OK); /* without a roster: nobody can */
    {
        uint8_t bytes[65536];
        quorsum_key_record *record = NULL;

        memcpy(bytes, f.record->encoded.data, f.record->encoded.len);
        forge_entry(bytes + f.record->encoded.len, 1, 1, f.record->digest, f.identity);
        cr_expect_eq(quorsum_key_record_decode(&record, bytes, f.record->encoded.len + ENTRY, NULL), QUORSUM_ERR_TRUSTEE);
    }
    fixture_free(&f);
    confirming_free(&c);
}

Test(key_confirm, every_bit_of_a_confirmation_counts)
{
    uint8_t entry[ENTRY];
    confirming c;

    confirming_new(&c);
    entry_of(entry, &c, 3);
    for (size_t bit = 0; bit < 8 * ENTRY; bit++) {
        entry[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_neq(decode_with(&c, entry, ENTRY), QUORSUM_OK, "bit %zu", bit);
        entry[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    cr_expect_eq(decode_with(&c, entry, ENTRY), QUORSUM_OK);
    for (size_t len = 1; len < ENTRY; len++)
        cr_expect_eq(decode_with(&c, entry, len), QUORSUM_ERR_TRUNCATED, "%zu bytes", len);
    confirming_free(&c);
}

/* ---- a record in steps, as a committee makes one ---- */

typedef struct making {
    fixture f; /* whose record is made once more */
    qs_key_parts parts;
    qs_buffer message;
    uint8_t digest[32];
    uint8_t signature[64];
    uint8_t entries[TRUSTEES * ENTRY];
} making;

static void making_new(making *m)
{
    uint8_t named[32];
    size_t message_len;

    memset(m, 0, sizeof *m);
    cr_assert_eq(fixture_make(&m->f, SAFE_P, SAFE_Q, 1, TRUSTEES, QUORUM, 0, 0), QUORSUM_OK);
    cr_assert_eq(qs_key_parts_read(&m->parts, named, &message_len, m->f.record->encoded.data, m->f.record->encoded.len),
                 QUORSUM_OK);
    cr_assert_eq(qs_key_record_prepare(&m->message, m->digest, &m->parts), QUORSUM_OK);
    qs_message_make_signature(m->signature, QS_KIND_KEY, m->f.members[0], NULL, m->digest);
    for (uint32_t i = 0; i < TRUSTEES; i++)
        qs_confirmation_sign(m->entries + i * ENTRY, m->digest, i + 1, m->f.members[i]);
}

static void making_free(making *m)
{
    qs_key_parts_clear(&m->parts);
    qs_buffer_free(&m->message);
    fixture_free(&m->f);
}

static quorsum_status complete(making *m, quorsum_key_record **record, size_t confirmed)
{
    return qs_key_record_complete(record, &m->parts, &m->message, m->signature, m->entries, confirmed * ENTRY, NULL);
}

Test(key_confirm, a_record_made_in_steps_is_the_one_it_was_read_from)
{
    making m;
    quorsum_key_record *record = NULL;

    making_new(&m);
    cr_expect_eq(memcmp(m.digest, m.f.record->digest, 32), 0);
    for (uint32_t i = 1; i <= TRUSTEES; i++)
        cr_expect_eq(qs_confirmation_check(m.entries + (i - 1) * ENTRY, m.digest, prover_of(&m.f, i)), QUORSUM_OK);
    cr_assert_eq(complete(&m, &record, TRUSTEES), QUORSUM_OK);
    cr_expect_null(m.parts.key, "taken over");
    cr_expect_eq(record->encoded.len, m.f.record->encoded.len);
    cr_expect_eq(memcmp(record->encoded.data, m.f.record->encoded.data, record->encoded.len), 0);
    quorsum_key_record_free(record);
    making_free(&m);
}

/* Nothing comes of a signature, a confirmation or a part that is not right; and the parts are gone. */
Test(key_confirm, a_record_is_not_completed_with_anything_wrong)
{
    enum { SIGNATURE, ANOTHER_SIGNER, CONFIRMATION, TWICE, VERIFY, ROOT, CASES };
    static const quorsum_status expected[CASES] = {QUORSUM_ERR_SIGNATURE, QUORSUM_ERR_SIGNATURE, QUORSUM_ERR_SIGNATURE,
                                                   QUORSUM_ERR_DUPLICATE_TRUSTEE, QUORSUM_ERR_KEY_CHECK,
                                                   QUORSUM_ERR_CERTIFICATE};

    for (int i = 0; i < CASES; i++) {
        making m;
        quorsum_key_record *record = NULL;

        making_new(&m);
        m.signature[3] ^= i == SIGNATURE;
        if (i == ANOTHER_SIGNER)
            qs_message_make_signature(m.signature, QS_KIND_KEY, m.f.members[1], NULL, m.digest);
        m.entries[ENTRY + 7] ^= i == CONFIRMATION;
        if (i == TWICE)
            memcpy(m.entries + ENTRY, m.entries, ENTRY);
        m.parts.verify[0] ^= i == VERIFY;
        m.parts.roots[0] ^= i == ROOT;
        cr_expect_eq(complete(&m, &record, TRUSTEES), expected[i], "case %d", i);
        cr_expect_null(record);
        cr_expect_null(m.parts.key);
        making_free(&m);
    }
}

Test(key_confirm, a_record_of_no_lineage_is_not_prepared)
{
    making m;
    qs_buffer message = {0};
    uint8_t digest[32];

    making_new(&m);
    m.parts.secret_bits = 0;
    cr_expect_eq(qs_key_record_prepare(&message, digest, &m.parts), QUORSUM_ERR_RANGE);
    m.parts.secret_bits = 1;
    memcpy(m.parts.roster + 32, m.parts.roster, 32);
    cr_expect_eq(qs_key_record_prepare(&message, digest, &m.parts), QUORSUM_ERR_DUPLICATE_TRUSTEE);
    cr_expect_null(message.data);
    making_free(&m);
}

Test(key_confirm, confirmations_are_of_one_digest_index_and_identity)
{
    making m;

    making_new(&m);
    cr_expect_eq(qs_confirmation_check(m.entries, m.digest, prover_of(&m.f, 2)), QUORSUM_ERR_SIGNATURE);
    m.entries[0] = 2;
    cr_expect_eq(qs_confirmation_check(m.entries, m.digest, prover_of(&m.f, 1)), QUORSUM_ERR_SIGNATURE);
    m.entries[0] = 1;
    m.digest[31] ^= 1;
    cr_expect_eq(qs_confirmation_check(m.entries, m.digest, prover_of(&m.f, 1)), QUORSUM_ERR_SIGNATURE);
    making_free(&m);
}
