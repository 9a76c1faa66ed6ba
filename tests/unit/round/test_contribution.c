/* SPDX-License-Identifier: Apache-2.0 */
/* lib/round/contribution.c: what is in a contribution, against plain GMP and the layout rule; and what is refused. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "quorsum/pool.h"

static quorsum_status read_contribution(const fixture *f, const uint8_t *in, size_t len)
{
    quorsum_contribution *contribution = NULL;
    quorsum_status status = quorsum_contribution_decode(&contribution, f->task, in, len, NULL);

    cr_assert_eq(contribution != NULL, status == QUORSUM_OK);
    quorsum_contribution_free(contribution);
    return status;
}

static size_t digit_bytes(const fixture *f)
{
    return quorsum_public_key_modulus_bytes(quorsum_key_record_public(f->record));
}

/* ---- an oracle of its own: textbook decryption, and the slots by the rule of docs/wire-format.md ---- */

/* m of one wire ciphertext, centred: dlog of c^lambda over lambda, degree 1 or 2. */
static void decrypt_element(mpz_t m, const fixture *f, const uint8_t *wire)
{
    unsigned s = f->setup.degree == 0 ? 1 : f->setup.degree;
    mpz_t c, lambda, modulus, ns, t, digit;

    mpz_inits(c, lambda, modulus, ns, t, digit, NULL);
    for (unsigned i = s + 1; i-- > 0;) {
        mpz_import(digit, digit_bytes(f), 1, 1, 1, 0, wire + i * digit_bytes(f));
        mpz_mul(c, c, f->n);
        mpz_add(c, c, digit);
    }
    mpz_pow_ui(ns, f->n, s);
    mpz_mul(modulus, ns, f->n);
    mpz_sub_ui(lambda, f->p, 1);
    mpz_sub_ui(t, f->q, 1);
    mpz_mul(lambda, lambda, t);
    mpz_powm(c, c, lambda, modulus); /* (1+N)^(m lambda) */
    mpz_sub_ui(t, c, 1);
    mpz_divexact(m, t, f->n);
    if (s == 2) { /* (1+N)^x = 1 + x N + x (x-1)/2 N^2: x = L - (x (x-1)/2) N modulo N^2, x known modulo N */
        mpz_mod(digit, m, f->n);
        mpz_sub_ui(t, digit, 1);
        mpz_mul(t, t, digit);
        mpz_divexact_ui(t, t, 2);
        mpz_submul(m, t, f->n);
    }
    mpz_invert(t, lambda, ns);
    mpz_mul(m, m, t);
    mpz_mod(m, m, ns);
    mpz_mul_ui(t, m, 2);
    if (mpz_cmp(t, ns) > 0)
        mpz_sub(m, m, ns);
    mpz_clears(c, lambda, modulus, ns, t, digit, NULL);
}

typedef struct layout {
    size_t plaintext;
    unsigned bit;
} layout;

/* The next slot, for a value of at most X_1. */
static unsigned next_slot(layout *at, const fixture *f, uint64_t largest, uint64_t weight)
{
    size_t room = quorsum_public_key_plaintext_bits(quorsum_key_record_public(f->record)) - 1;
    uint64_t bound = 2 * MAX_COHORT * weight * largest + 1;
    unsigned width = 0;
    unsigned begin;

    while (((uint64_t)1 << width) < bound)
        width++;
    width += 1; /* guard */
    if (at->bit + width > room) {
        at->plaintext++;
        at->bit = 0;
    }
    begin = at->bit;
    at->bit += width;
    return begin;
}

static void add_slot(mpz_t *plain, layout *at, const fixture *f, int64_t value, uint64_t largest, uint64_t weight)
{
    unsigned bit = next_slot(at, f, largest, weight);
    mpz_t x;

    mpz_init_set_si(x, value);
    mpz_mul_2exp(x, x, bit);
    mpz_add(plain[at->plaintext], plain[at->plaintext], x);
    mpz_clear(x);
}

static size_t expected_plaintexts(mpz_t *plain, const fixture *f, size_t contributor)
{
    uint64_t most = f->setup.weight_bits > 0 ? ((uint64_t)1 << f->setup.weight_bits) - 1 : 1;
    int64_t weight = (int64_t)fixture_weight(f, contributor);
    int64_t values[VALUES];
    layout at = {0, 0};

    fixture_values(values, contributor);
    for (size_t i = 0; i < VALUES; i++)
        add_slot(plain, &at, f, values[i] * weight, i < COUNT_A ? 128 : i < COUNT_A + COUNT_B ? 100 : 1024, most);
    if (f->setup.weight_bits > 0)
        add_slot(plain, &at, f, weight, most, 1);
    return at.plaintext + 1;
}

static void check_content(setup wanted)
{
    fixture f;
    mpz_t plain[8];
    mpz_t m;

    fixture_open(&f, wanted);
    mpz_init(m);
    for (size_t who = 0; who < CONTRIBUTORS; who++) {
        quorsum_bytes bytes = fixture_contribution(&f, who);
        size_t each = quorsum_public_key_ciphertext_bytes(quorsum_key_record_public(f.record));
        size_t count;

        for (size_t i = 0; i < 8; i++)
            mpz_init(plain[i]);
        count = expected_plaintexts(plain, &f, who);
        cr_assert_eq(blocks_len(&bytes), count * each);
        for (size_t i = 0; i < count; i++) {
            decrypt_element(m, &f, blocks_of(&bytes) + i * each);
            cr_expect_eq(mpz_cmp(m, plain[i]), 0, "contributor %zu, plaintext %zu", who, i);
        }
        for (size_t i = 0; i < 8; i++)
            mpz_clear(plain[i]);
        quorsum_bytes_free(&bytes);
    }
    mpz_clear(m);
    fixture_close(&f);
}

Test(contribution, holds_its_values_in_the_slots_of_the_plan)
{
    check_content((setup){0});
    check_content((setup){.large = 1, .degree = 2});
}

Test(contribution, holds_weighted_values_and_the_weight)
{
    check_content((setup){.weight_bits = 3});
    check_content((setup){.large = 1, .weight_bits = 20});
}

/* ---- making ---- */

static quorsum_status make(const fixture *f, const int64_t *values, size_t count, uint64_t weight)
{
    quorsum_bytes out = {(uint8_t *)1, 1};
    quorsum_status status = quorsum_contribution_make(&out, f->task, f->encryptor, f->contributors[0], values, count,
                                                      weight, 1, NULL);

    cr_assert_eq(out.data != NULL, status == QUORSUM_OK);
    quorsum_bytes_free(&out);
    return status;
}

Test(contribution, is_not_made_of_a_value_outside_its_range)
{
    static const struct {
        size_t value;
        int64_t bad;
        int64_t good;
    } edges[] = {
        {0, -129, -128},           {COUNT_A - 1, 128, 127},   {COUNT_A, -1, 0},
        {COUNT_A + 1, 101, 100},   {VALUES - 1, 1024, 1023},  {VALUES - 1, -1025, -1024},
        {3, INT64_MAX, 5},         {3, INT64_MIN, -5},        {COUNT_A + 4, INT64_MIN, 7},
    };
    fixture f;
    int64_t values[VALUES];

    fixture_open(&f, (setup){0});
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        fixture_values(values, 1);
        values[edges[i].value] = edges[i].good;
        cr_expect_eq(make(&f, values, VALUES, 1), QUORSUM_OK, "edge %zu", i);
        values[edges[i].value] = edges[i].bad;
        cr_expect_eq(make(&f, values, VALUES, 1), QUORSUM_ERR_RANGE, "edge %zu", i);
    }
    fixture_values(values, 1);
    cr_expect_eq(make(&f, values, VALUES - 1, 1), QUORSUM_ERR_WIDTH);
    cr_expect_eq(make(&f, values, VALUES + 1, 1), QUORSUM_ERR_WIDTH);
    cr_expect_eq(make(&f, values, VALUES, 0), QUORSUM_ERR_RANGE, "an unweighted contribution counts once");
    cr_expect_eq(make(&f, values, VALUES, 2), QUORSUM_ERR_RANGE);
    fixture_close(&f);
}

Test(contribution, has_a_weight_below_the_bound)
{
    fixture f;
    int64_t values[VALUES];

    fixture_open(&f, (setup){.weight_bits = 3});
    fixture_values(values, 1);
    cr_expect_eq(make(&f, values, VALUES, 0), QUORSUM_OK);
    cr_expect_eq(make(&f, values, VALUES, 7), QUORSUM_OK);
    cr_expect_eq(make(&f, values, VALUES, 8), QUORSUM_ERR_RANGE);
    cr_expect_eq(make(&f, values, VALUES, UINT64_MAX), QUORSUM_ERR_RANGE);
    fixture_close(&f);
}

Test(contribution, needs_the_encryptor_of_its_key)
{
    fixture f;
    fixture g;
    int64_t values[VALUES];
    quorsum_bytes out;

    fixture_open(&f, (setup){0});
    fixture_open(&g, (setup){.large = 1});
    fixture_values(values, 0);
    cr_expect_eq(quorsum_contribution_make(&out, f.task, g.encryptor, f.contributors[0], values, VALUES, 1, 1, NULL),
                 QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_null(out.data);
    fixture_close(&f);
    fixture_close(&g);
}

/* ---- reading ---- */

Test(contribution, is_refused_when_any_part_of_it_is_wrong)
{
    fixture f;
    quorsum_bytes bytes;

    fixture_open(&f, (setup){.roster = 1});
    bytes = fixture_contribution(&f, 0);
    check_envelope(&f, &bytes, read_contribution, 1, f.contributors[0]);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(contribution, tells_who_sent_it_and_what_it_is_called)
{
    fixture f;
    quorsum_bytes bytes;
    quorsum_contribution *contribution = NULL;

    fixture_open(&f, (setup){0});
    bytes = fixture_contribution(&f, 3);
    cr_assert_eq(quorsum_contribution_decode(&contribution, f.task, bytes.data, bytes.len, NULL), QUORSUM_OK);
    cr_expect_eq(memcmp(quorsum_contribution_sender(contribution), quorsum_identity_public(f.contributors[3]), 32), 0);
    quorsum_contribution_free(contribution);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(contribution, comes_from_the_roster)
{
    fixture f;
    quorsum_bytes bytes;
    quorsum_bytes foreign;

    fixture_open(&f, (setup){.roster = 1});
    bytes = fixture_contribution(&f, CONTRIBUTORS - 1);
    cr_expect_eq(read_contribution(&f, bytes.data, bytes.len), QUORSUM_ERR_NOT_ADMITTED);
    /* admission comes before the signature, lengths before admission */
    bytes.data[bytes.len - 1] ^= 1;
    cr_expect_eq(read_contribution(&f, bytes.data, bytes.len), QUORSUM_ERR_NOT_ADMITTED);
    cr_expect_eq(read_contribution(&f, bytes.data, bytes.len - 1), QUORSUM_ERR_TRUNCATED);
    /* and key and task before everything else */
    foreign = forge_bytes(&bytes, 4, "0123456789abcdef0123456789abcdef", 32, f.stranger);
    foreign.data[foreign.len - 1] ^= 1;
    cr_expect_eq(read_once(read_contribution, &f, foreign), QUORSUM_ERR_TASK_MISMATCH);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(contribution, proves_knowledge_for_its_sender_only)
{
    fixture f;
    quorsum_bytes bytes;

    fixture_open(&f, (setup){0});
    bytes = fixture_contribution(&f, 0);
    cr_expect_eq(read_once(read_contribution, &f, forge(&bytes, FORGE_NOTHING, NULL, 0, f.stranger)),
                 QUORSUM_ERR_PROOF, "a copy under another name");
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(contribution, is_refused_with_a_changed_proof)
{
    static const struct {
        uint64_t key;
        quorsum_status first; /* the first bit set */
    } parts[] = {{11, QUORSUM_ERR_PROOF}, {12, QUORSUM_ERR_RANGE}, {13, QUORSUM_ERR_RANGE}};
    fixture f;
    quorsum_bytes bytes;

    fixture_open(&f, (setup){0});
    bytes = fixture_contribution(&f, 0);
    for (size_t i = 0; i < 3; i++) {
        uint8_t value[256];
        size_t begin;
        size_t end;
        size_t len;

        value_at(&bytes, parts[i].key, &begin, &end);
        begin += bytes.data[begin] == 0x58 ? 2 : 1;
        len = end - begin;
        memcpy(value, bytes.data + begin, len);
        value[len - 1] ^= 1;
        cr_expect_eq(read_once(read_contribution, &f, forge_bytes(&bytes, parts[i].key, value, len, f.contributors[0])),
                     QUORSUM_ERR_PROOF, "part %zu", i);
        value[len - 1] ^= 1;
        memset(value, 0xff, 8);
        cr_expect_eq(read_once(read_contribution, &f, forge_bytes(&bytes, parts[i].key, value, len, f.contributors[0])),
                     parts[i].first, "part %zu", i);
        cr_expect_eq(read_once(read_contribution, &f,
                               forge_bytes(&bytes, parts[i].key, value, len - 1, f.contributors[0])),
                     QUORSUM_ERR_RANGE);
        cr_expect_eq(read_once(read_contribution, &f,
                               forge_bytes(&bytes, parts[i].key, value, len + 1, f.contributors[0])),
                     QUORSUM_ERR_RANGE);
    }
    cr_expect_eq(read_once(read_contribution, &f, forge_uint(&bytes, 10, 1, f.contributors[0])), QUORSUM_ERR_WIDTH);
    cr_expect_eq(read_once(read_contribution, &f, forge_uint(&bytes, 10, UINT64_MAX, f.contributors[0])),
                 QUORSUM_ERR_WIDTH);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(contribution, is_refused_with_a_number_that_is_no_ciphertext)
{
    fixture f;
    quorsum_bytes bytes;
    uint8_t word[64] = {0};
    size_t len;
    const quorsum_identity *who;

    fixture_open(&f, (setup){0});
    bytes = fixture_contribution(&f, 0);
    len = digit_bytes(&f);
    who = f.contributors[0];
    for (size_t place = 0; place < blocks_len(&bytes) / len; place++) {
        int low = place % 2 == 0; /* the digit that is the ciphertext modulo N */

        memset(word, 0, sizeof word);
        cr_expect_eq(read_once(read_contribution, &f, forge_block(&bytes, place * len, word, len, who)),
                     low ? QUORSUM_ERR_NOT_UNIT : QUORSUM_ERR_PROOF, "zero at %zu", place);
        word[len - 1] = 2;
        cr_expect_eq(read_once(read_contribution, &f, forge_block(&bytes, place * len, word, len, who)),
                     QUORSUM_ERR_PROOF, "two at %zu", place);
        memset(word, 0, sizeof word);
        mpz_export(word + len - (mpz_sizeinbase(f.p, 2) + 7) / 8, NULL, 1, 1, 1, 0, f.p);
        cr_expect_eq(read_once(read_contribution, &f, forge_block(&bytes, place * len, word, len, who)),
                     low ? QUORSUM_ERR_NOT_UNIT : QUORSUM_ERR_PROOF, "p at %zu", place);
        mpz_export(word, NULL, 1, 1, 1, 0, f.n);
        cr_expect_eq(read_once(read_contribution, &f, forge_block(&bytes, place * len, word, len, who)),
                     QUORSUM_ERR_RANGE, "N at %zu", place);
    }
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(contribution, belongs_to_one_task)
{
    fixture f;
    fixture g;
    quorsum_bytes bytes;

    fixture_open(&f, (setup){0});
    fixture_open(&g, (setup){.label = "another"});
    bytes = fixture_contribution(&f, 0);
    cr_expect_eq(read_contribution(&g, bytes.data, bytes.len), QUORSUM_ERR_KEY_MISMATCH);
    quorsum_task_free(g.task);
    g.task = NULL;
    {
        quorsum_task_options options = {.fields = fixture_fields, .field_count = FIELDS, .guard_bits = 1,
                                        .min_cohort = 2, .max_cohort = MAX_COHORT};

        cr_assert_eq(quorsum_task_make(&g.task, f.record, &options, f.coordinator, NULL), QUORSUM_OK);
    }
    cr_expect_eq(read_contribution(&g, bytes.data, bytes.len), QUORSUM_ERR_TASK_MISMATCH);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
    fixture_close(&g);
}

/* ---- randomisers made ahead of time ---- */

Test(contribution, is_the_same_to_others_with_randomisers_made_ahead)
{
    for (size_t missing = 0; missing <= 1; missing++) {
        quorsum_bytes message;
        fixture f;
        size_t count;

        fixture_open(&f, (setup){.weight_bits = 3, .roster = 1});
        count = quorsum_plan_plaintexts(quorsum_task_plan(f.task));
        cr_assert_gt(count, 1);
        cr_assert_eq(quorsum_pool_fill(f.encryptor, count - missing, NULL), QUORSUM_OK);
        message = fixture_contribution(&f, 0);
        cr_expect_eq(quorsum_pool_available(f.encryptor), 0);
        cr_expect_eq(read_contribution(&f, message.data, message.len), QUORSUM_OK);
        quorsum_bytes_free(&message);
        fixture_close(&f);
    }
}
