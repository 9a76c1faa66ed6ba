/* SPDX-License-Identifier: Apache-2.0 */
/* See fixture.h. The safe primes are random ones of 64 and 128 bits, found and checked outside this project. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/identity.h"
#include "lib/round/acknowledgement.h"
#include "lib/threshold/dealer.h"
#include "quorsum/ceremony.h"
#include "tests/fixtures/made_key.h"

static const char *const primes[2][2] = {
    {"e8b317fa31a0ea57", "ff897143fce2d62b"},
    {"eb93f78cc415e2b0ba5b209ef18b20e7", "de5bc68a3262adea749a8bfbda6c176f"},
};

const quorsum_field fixture_fields[FIELDS] = {
    {.name = "a", .count = COUNT_A, .bits = 8, .is_signed = 1, .scale = 1},
    {.name = "b", .count = COUNT_B, .bits = 7, .scale = 10, .clip = 100},
    {.name = "c", .count = 1, .bits = 11, .is_signed = 1, .scale = 1000, .column = "bee", .reduce = QUORSUM_REDUCE_SUM},
};

/* ---- parties ---- */

static int by_public_half(const void *a, const void *b)
{
    return memcmp(quorsum_identity_public(*(quorsum_identity *const *)a),
                  quorsum_identity_public(*(quorsum_identity *const *)b), QUORSUM_IDENTITY_BYTES);
}

static void make_identities(fixture *f)
{
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_assert_eq(quorsum_identity_generate(&f->trustees[i]), QUORSUM_OK);
    for (size_t i = 0; i < CONTRIBUTORS; i++)
        cr_assert_eq(quorsum_identity_generate(&f->contributors[i]), QUORSUM_OK);
    qsort(f->contributors, CONTRIBUTORS, sizeof f->contributors[0], by_public_half);
    cr_assert_eq(quorsum_identity_generate(&f->dealer), QUORSUM_OK);
    cr_assert_eq(quorsum_identity_generate(&f->coordinator), QUORSUM_OK);
    cr_assert_eq(quorsum_identity_generate(&f->stranger), QUORSUM_OK);
}

static void to_secret(qs_secret *out, const mpz_t value)
{
    cr_assert_eq(qs_secret_init(out, mpz_size(value)), 0);
    memcpy(out->limb, mpz_limbs_read(value), mpz_size(value) * sizeof(mp_limb_t));
}

static void deal(fixture *f)
{
    uint8_t roster[TRUSTEES * QUORSUM_IDENTITY_BYTES];
    quorsum_deal_options options = {.trustees = TRUSTEES, .quorum = QUORUM};
    qs_secret p = {0};
    qs_secret q = {0};

    for (size_t i = 0; i < TRUSTEES; i++)
        memcpy(roster + i * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(f->trustees[i]), QUORSUM_IDENTITY_BYTES);
    options.roster = roster;
    options.key.degree = f->setup.degree;
    to_secret(&p, f->p);
    to_secret(&q, f->q);
    cr_assert_eq(qs_deal_from_primes(&f->record, f->shares, &p, &q, &options, f->dealer, NULL), QUORSUM_OK);
    qs_secret_clear(&p);
    qs_secret_clear(&q);
}

static void make_key(fixture *f)
{
    made_options options = {.key = {.degree = f->setup.degree}, .trustees = TRUSTEES, .quorum = QUORUM,
                            .members = f->trustees};

    cr_assert_eq(made_key(&f->record, f->shares, f->p, f->q, &options), QUORSUM_OK);
}

/* One member's messages of its step, to everybody else. */
static void speak(quorsum_ceremony *const *members, size_t from)
{
    for (size_t k = 0; k < quorsum_ceremony_messages(members[from]); k++) {
        quorsum_bytes message = {0};

        cr_assert_eq(quorsum_ceremony_message(&message, members[from], k), QUORSUM_OK);
        for (size_t to = 0; to < TRUSTEES; to++) {
            if (to != from)
                cr_assert_eq(quorsum_ceremony_receive(members[to], message.data, message.len), QUORSUM_OK);
        }
        quorsum_bytes_free(&message);
    }
}

static int all_done(quorsum_ceremony *const *members)
{
    quorsum_ceremony_status state;
    int done = 1;

    for (size_t i = 0; i < TRUSTEES; i++) {
        cr_assert_eq(quorsum_ceremony_work(members[i], NULL), QUORSUM_OK);
        quorsum_ceremony_state(&state, members[i]);
        done &= state.phase == QUORSUM_CEREMONY_DONE;
    }
    return done;
}

static void hold_ceremony(fixture *f)
{
    uint8_t roster[TRUSTEES * QUORSUM_IDENTITY_BYTES];
    quorsum_ceremony_options options = {.key = {.modulus_bits = 128, .degree = f->setup.degree}, .trustees = TRUSTEES,
                                        .quorum = QUORUM, .roster = roster, .purpose = "a round", .batch = 64};
    quorsum_ceremony *members[TRUSTEES] = {NULL};
    quorsum_bytes proposal = {0};

    for (size_t i = 0; i < TRUSTEES; i++)
        memcpy(roster + i * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(f->trustees[i]), QUORSUM_IDENTITY_BYTES);
    cr_assert_eq(quorsum_ceremony_propose(&proposal, &options, f->coordinator), QUORSUM_OK);
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_assert_eq(quorsum_ceremony_start(&members[i], proposal.data, proposal.len, f->trustees[i], NULL, NULL),
                     QUORSUM_OK);
    while (!all_done(members)) {
        for (size_t i = 0; i < TRUSTEES; i++)
            speak(members, i);
    }
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_assert_eq(quorsum_ceremony_result(i == 0 ? &f->record : NULL, &f->shares[i], members[i]), QUORSUM_OK);
    for (size_t i = 0; i < TRUSTEES; i++)
        quorsum_ceremony_free(members[i]);
    quorsum_bytes_free(&proposal);
    mpz_inits(f->p, f->q, f->n, NULL);
    qs_ring_to_mpz(f->record->parts.key->root, f->n, f->record->parts.key->root->n);
}

static void take_key(fixture *f)
{
    if (f->setup.ceremony) {
        hold_ceremony(f);
        return;
    }
    mpz_init_set_str(f->p, primes[f->setup.large][0], 16);
    mpz_init_set_str(f->q, primes[f->setup.large][1], 16);
    mpz_init(f->n);
    mpz_mul(f->n, f->p, f->q);
    if (f->setup.made)
        make_key(f);
    else
        deal(f);
}

static void confirm_key(fixture *f)
{
    for (size_t i = 0; i < f->setup.confirmed; i++) {
        quorsum_key_record *confirmed = NULL;

        cr_assert_eq(made_confirm(&confirmed, f->record, f->shares[i], f->trustees[i]), QUORSUM_OK);
        quorsum_key_record_free(f->record);
        f->record = confirmed;
    }
}

static void make_task(fixture *f)
{
    uint8_t roster[(CONTRIBUTORS - 1) * QUORSUM_IDENTITY_BYTES];
    quorsum_task_options options = {
        .label = f->setup.label != NULL ? f->setup.label : "a test",
        .fields = fixture_fields,
        .field_count = FIELDS,
        .weight_bits = f->setup.weight_bits,
        .guard_bits = 1,
        .min_cohort = 2,
        .max_cohort = MAX_COHORT,
        .revote = f->setup.revote,
        .agreement = f->setup.agreement,
    };

    for (size_t i = 0; i + 1 < CONTRIBUTORS; i++) /* backwards: a roster may come in any order */
        memcpy(roster + i * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(f->contributors[CONTRIBUTORS - 2 - i]),
               QUORSUM_IDENTITY_BYTES);
    if (f->setup.roster) {
        options.roster = roster;
        options.roster_count = CONTRIBUTORS - 1;
    }
    cr_assert_eq(quorsum_task_make(&f->task, f->record, &options, f->coordinator, NULL), QUORSUM_OK);
}

void fixture_open(fixture *f, setup wanted)
{
    memset(f, 0, sizeof *f);
    f->setup = wanted;
    make_identities(f);
    f->setup.made |= made_keys_wanted() | wanted.ceremony;
    take_key(f);
    if (f->setup.confirmed == 0)
        f->setup.confirmed = quorsum_key_record_needed(f->record);
    confirm_key(f);
    make_task(f);
    cr_assert_eq(quorsum_encryptor_new(&f->encryptor, quorsum_key_record_public(f->record), NULL), QUORSUM_OK);
}

void fixture_close(fixture *f)
{
    for (size_t i = 0; i < TRUSTEES; i++) {
        quorsum_identity_free(f->trustees[i]);
        quorsum_key_share_free(f->shares[i]);
    }
    for (size_t i = 0; i < CONTRIBUTORS; i++)
        quorsum_identity_free(f->contributors[i]);
    quorsum_identity_free(f->dealer);
    quorsum_identity_free(f->coordinator);
    quorsum_identity_free(f->stranger);
    quorsum_bytes_free(&f->manifest_bytes);
    quorsum_bytes_free(&f->aggregate_bytes);
    quorsum_manifest_free(f->manifest);
    quorsum_aggregate_free(f->aggregate);
    quorsum_encryptor_free(f->encryptor);
    quorsum_task_free(f->task);
    quorsum_key_record_free(f->record);
    mpz_clears(f->p, f->q, f->n, NULL);
}

/* ---- what they hold and send ---- */

void fixture_values(int64_t values[VALUES], size_t contributor)
{
    for (size_t i = 0; i < COUNT_A; i++)
        values[i] = i == 0 ? -128 : i == 1 ? 127 : (int64_t)((37 * i + 59 * contributor) % 256) - 128;
    for (size_t i = 0; i < COUNT_B; i++)
        values[COUNT_A + i] = i == 0 ? 100 : i == 1 ? 0 : (int64_t)((13 * i + 29 * contributor + 1) % 101);
    values[VALUES - 1] = (int64_t)(311 * contributor) - 1000;
}

uint64_t fixture_weight(const fixture *f, size_t contributor)
{
    uint64_t most = ((uint64_t)1 << f->setup.weight_bits) - 1;

    if (f->setup.weight_bits == 0)
        return 1;
    return contributor == 0 ? most : contributor % (most + 1);
}

int64_t fixture_total(const fixture *f, size_t cohort, size_t value)
{
    int64_t total = 0;

    for (size_t i = 0; i < cohort; i++) {
        int64_t values[VALUES];

        fixture_values(values, i);
        total += values[value] * (int64_t)fixture_weight(f, i);
    }
    return total;
}

quorsum_bytes fixture_contribution(const fixture *f, size_t contributor)
{
    return fixture_again(f, contributor, 1);
}

quorsum_bytes fixture_again(const fixture *f, size_t contributor, uint32_t sequence)
{
    int64_t values[VALUES];
    quorsum_bytes out = {0};

    fixture_values(values, contributor);
    cr_assert_eq(quorsum_contribution_make(&out, f->task, f->encryptor, f->contributors[contributor], values, VALUES,
                                           fixture_weight(f, contributor), sequence, NULL),
                 QUORSUM_OK);
    return out;
}

void fixture_aggregate_these(fixture *f, quorsum_bytes *contributions, size_t count)
{
    quorsum_aggregator *aggregator = NULL;

    cr_assert_eq(quorsum_aggregator_new(&aggregator, f->task), QUORSUM_OK);
    for (size_t i = 0; i < count; i++) {
        quorsum_contribution *contribution = NULL;

        cr_assert_eq(quorsum_contribution_decode(&contribution, f->task, contributions[i].data, contributions[i].len,
                                                 NULL),
                     QUORSUM_OK);
        cr_assert_eq(quorsum_aggregator_add(aggregator, contribution, NULL), QUORSUM_OK);
        quorsum_contribution_free(contribution);
        quorsum_bytes_free(&contributions[i]);
    }
    cr_assert_eq(quorsum_aggregator_finish(&f->manifest_bytes, &f->aggregate_bytes, aggregator, f->coordinator, NULL),
                 QUORSUM_OK);
    quorsum_aggregator_free(aggregator);
    cr_assert_eq(quorsum_manifest_decode(&f->manifest, f->task, f->manifest_bytes.data, f->manifest_bytes.len),
                 QUORSUM_OK);
    cr_assert_eq(quorsum_aggregate_decode(&f->aggregate, f->task, f->manifest, f->aggregate_bytes.data,
                                          f->aggregate_bytes.len, NULL),
                 QUORSUM_OK);
}

void fixture_aggregate(fixture *f, size_t cohort)
{
    quorsum_bytes contributions[CONTRIBUTORS] = {{0}};

    cr_assert_leq(cohort, CONTRIBUTORS);
    for (size_t i = 0; i < cohort; i++)
        contributions[i] = fixture_contribution(f, i);
    fixture_aggregate_these(f, contributions, cohort);
}

quorsum_bytes fixture_partial(const fixture *f, size_t index)
{
    quorsum_bytes out = {0};

    cr_assert_eq(quorsum_partial_make(&out, f->task, f->aggregate, f->shares[index], f->trustees[index], NULL),
                 QUORSUM_OK);
    return out;
}

quorsum_bytes fixture_acknowledgement(const fixture *f, size_t index)
{
    quorsum_bytes out = {0};

    cr_assert_eq(qs_acknowledgement_encode(&out, f->task, f->aggregate, (uint32_t)index + 1, f->trustees[index]),
                 QUORSUM_OK);
    return out;
}

quorsum_opening *fixture_opening(const fixture *f)
{
    static const size_t who[QUORUM] = {3, 0, 1};
    quorsum_combiner *combiner = NULL;
    quorsum_opening *opening = NULL;

    cr_assert_eq(quorsum_combiner_new(&combiner, f->record, quorsum_aggregate_ciphertexts(f->aggregate),
                                      quorsum_task_digest(f->task)),
                 QUORSUM_OK);
    for (size_t i = 0; i < QUORUM; i++) {
        quorsum_bytes bytes = fixture_partial(f, who[i]);
        quorsum_partial *partial = NULL;

        cr_assert_eq(quorsum_partial_decode(&partial, f->task, f->aggregate, bytes.data, bytes.len), QUORSUM_OK);
        cr_assert_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK);
        quorsum_partial_free(partial);
        quorsum_bytes_free(&bytes);
    }
    cr_assert_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_OK);
    quorsum_combiner_free(combiner);
    return opening;
}

quorsum_bytes fixture_result(const fixture *f)
{
    quorsum_opening *opening = fixture_opening(f);
    quorsum_bytes out = {0};

    cr_assert_eq(quorsum_result_make(&out, f->task, f->manifest, f->aggregate, opening, f->coordinator), QUORSUM_OK);
    quorsum_opening_free(opening);
    return out;
}

quorsum_result *fixture_read_result(const fixture *f)
{
    quorsum_bytes bytes = fixture_result(f);
    quorsum_result *result = NULL;

    cr_assert_eq(quorsum_result_decode(&result, f->task, f->manifest, f->aggregate, bytes.data, bytes.len, NULL),
                 QUORSUM_OK);
    quorsum_bytes_free(&bytes);
    return result;
}

/* ---- the forger's own CBOR ---- */

static uint64_t item_head(const uint8_t *in, size_t *at)
{
    unsigned detail = in[*at] & 31;
    size_t more = detail < 24 ? 0 : (size_t)1 << (detail - 24);
    uint64_t value = detail < 24 ? detail : 0;

    for (size_t i = 0; i < more; i++)
        value = value << 8 | in[*at + 1 + i];
    *at += 1 + more;
    return value;
}

static void skip_item(const uint8_t *in, size_t *at)
{
    unsigned major = in[*at] >> 5;
    uint64_t value = item_head(in, at);

    if (major == 2 || major == 3)
        *at += value;
    for (uint64_t i = 0; major >= 4 && i < (major == 5 ? 2 * value : value); i++)
        skip_item(in, at);
}

static size_t put_head(uint8_t *out, unsigned major, uint64_t value)
{
    unsigned more = value < 24 ? 0 : value < 256 ? 1 : value < 65536 ? 2 : value <= UINT32_MAX ? 4 : 8;
    unsigned code = more == 1 ? 24 : more == 2 ? 25 : more == 4 ? 26 : 27;

    out[0] = (uint8_t)(major << 5 | (more == 0 ? value : code));
    for (unsigned i = 0; i < more; i++)
        out[1 + i] = (uint8_t)(value >> (8 * (more - 1 - i)));
    return 1 + more;
}

size_t header_len(const uint8_t *in, size_t len)
{
    size_t at = 0;

    skip_item(in, &at);
    cr_assert_leq(at, len);
    return at;
}

void value_at(const quorsum_bytes *message, uint64_t key, size_t *begin, size_t *end)
{
    size_t at = 0;
    uint64_t keys = item_head(message->data, &at);

    for (uint64_t i = 0; i < keys; i++) {
        uint64_t found = item_head(message->data, &at);

        *begin = at;
        skip_item(message->data, &at);
        *end = at;
        if (found == key)
            return;
    }
    cr_assert_fail("no key %u", (unsigned)key);
}

size_t blocks_len(const quorsum_bytes *message)
{
    return message->len - crypto_sign_BYTES - header_len(message->data, message->len);
}

const uint8_t *blocks_of(const quorsum_bytes *message)
{
    return message->data + header_len(message->data, message->len);
}

static size_t put_item(uint8_t *out, const void *data, size_t len)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)((uint64_t)len >> (56 - 8 * i));
    memcpy(out + 8, data, len);
    return 8 + len;
}

/* Keys ascend, so the search ends before it meets a value that was spoiled: only the kind's own ones are. */
static int has_key(const quorsum_bytes *message, uint64_t key)
{
    size_t at = 0;
    uint64_t keys = item_head(message->data, &at);

    for (uint64_t i = 0; i < keys; i++) {
        uint64_t found = item_head(message->data, &at);

        if (found >= key)
            return found == key;
        skip_item(message->data, &at);
    }
    return 0;
}

/* Puts the signer's identity and signature into a message whose length is right already. */
static void sign_again(quorsum_bytes *message, const quorsum_identity *signer)
{
    static const char domain[] = "quorsum/v1/message";
    uint8_t digest[32];
    uint8_t task[32] = {0};
    uint8_t text[256];
    size_t len = 0;
    size_t begin = 0;
    size_t end = 0;
    char kind[32] = {0};

    value_at(message, 2, &begin, &end);
    if (end - begin == 34) /* else the sender itself is what was forged */
        memcpy(message->data + begin + 2, quorsum_identity_public(signer), 32);
    if (has_key(message, 4)) {
        value_at(message, 4, &begin, &end);
        memcpy(task, message->data + end - 32, 32);
    }
    value_at(message, 0, &begin, &end);
    memcpy(kind, message->data + begin + 1, end - begin - 1);
    crypto_generichash(digest, sizeof digest, message->data, message->len - crypto_sign_BYTES, NULL, 0);
    len += put_item(text + len, domain, sizeof domain - 1);
    len += put_item(text + len, kind, strlen(kind));
    len += put_item(text + len, task, sizeof task);
    len += put_item(text + len, digest, sizeof digest);
    crypto_sign_detached(message->data + message->len - crypto_sign_BYTES, NULL, text, len, signer->secret);
}

quorsum_bytes forge(const quorsum_bytes *message, uint64_t key, const uint8_t *value, size_t len,
                    const quorsum_identity *signer)
{
    quorsum_bytes out = {0};
    size_t begin = 0;
    size_t end = 0;

    if (key != FORGE_NOTHING)
        value_at(message, key, &begin, &end);
    out.len = message->len - (end - begin) + len;
    out.data = malloc(out.len);
    cr_assert_not_null(out.data);
    memcpy(out.data, message->data, begin);
    if (len > 0)
        memcpy(out.data + begin, value, len);
    memcpy(out.data + begin + len, message->data + end, message->len - end);
    sign_again(&out, signer);
    return out;
}

quorsum_bytes forge_uint(const quorsum_bytes *message, uint64_t key, uint64_t value, const quorsum_identity *signer)
{
    uint8_t item[9];

    return forge(message, key, item, put_head(item, 0, value), signer);
}

quorsum_bytes forge_bytes(const quorsum_bytes *message, uint64_t key, const void *value, size_t len,
                          const quorsum_identity *signer)
{
    uint8_t item[1024];
    size_t head = put_head(item, 2, len);

    cr_assert_leq(len + head, sizeof item);
    memcpy(item + head, value, len);
    return forge(message, key, item, head + len, signer);
}

quorsum_bytes forge_block(const quorsum_bytes *message, size_t offset, const void *data, size_t len,
                          const quorsum_identity *signer)
{
    quorsum_bytes out = forge(message, FORGE_NOTHING, NULL, 0, signer);

    cr_assert_leq(offset + len, blocks_len(message));
    memcpy(out.data + header_len(out.data, out.len) + offset, data, len);
    sign_again(&out, signer);
    return out;
}

/* ---- every kind ---- */

quorsum_status read_once(reader read, const fixture *f, quorsum_bytes message)
{
    quorsum_status status = read(f, message.data, message.len);

    quorsum_bytes_free(&message);
    return status;
}

static void check_lengths(const fixture *f, const quorsum_bytes *message, reader read)
{
    uint8_t *longer = malloc(message->len + 1);
    quorsum_bytes more;

    cr_assert_not_null(longer);
    for (size_t len = 0; len < message->len; len++)
        cr_expect_eq(read(f, message->data, len), QUORSUM_ERR_TRUNCATED, "cut to %zu of %zu", len, message->len);
    memcpy(longer, message->data, message->len);
    longer[message->len] = 0;
    cr_expect_eq(read(f, longer, message->len + 1), QUORSUM_ERR_TRAILING);
    free(longer);
    /* a byte more in the blocks */
    more = (quorsum_bytes){malloc(message->len + 1), message->len + 1};
    memcpy(more.data, message->data, message->len - crypto_sign_BYTES);
    memset(more.data + message->len - crypto_sign_BYTES, 0, crypto_sign_BYTES + 1);
    cr_expect_eq(read_once(read, f, more), QUORSUM_ERR_TRAILING);
}

static void check_bits(const fixture *f, const quorsum_bytes *message, reader read)
{
    for (size_t bit = 0; bit < 8 * message->len; bit += 3) {
        message->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_neq(read(f, message->data, message->len), QUORSUM_OK, "bit %zu", bit);
        message->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

void check_envelope(const fixture *f, const quorsum_bytes *message, reader read, int names_task,
                    const quorsum_identity *signer)
{
    static const uint8_t other[32] = {1, 2, 3};
    static const uint8_t kind[] = "\x63key";
    static const uint8_t unknown[] = "\x64what";
    quorsum_bytes copy = forge(message, FORGE_NOTHING, NULL, 0, signer);

    cr_expect_eq(read(f, message->data, message->len), QUORSUM_OK);
    cr_expect_eq(read_once(read, f, copy), QUORSUM_OK, "the forger signs as the library does");
    cr_expect_eq(read_once(read, f, forge(message, 0, kind, 4, signer)), QUORSUM_ERR_TYPE);
    cr_expect_eq(read_once(read, f, forge(message, 0, unknown, 5, signer)), QUORSUM_ERR_TYPE);
    cr_expect_eq(read_once(read, f, forge_uint(message, 1, 2, signer)), QUORSUM_ERR_VERSION);
    cr_expect_eq(read_once(read, f, forge_bytes(message, 2, other, 31, signer)), QUORSUM_ERR_RANGE);
    cr_expect_eq(read_once(read, f, forge_bytes(message, 3, other, 32, signer)), QUORSUM_ERR_KEY_MISMATCH);
    if (names_task)
        cr_expect_eq(read_once(read, f, forge_bytes(message, 4, other, 32, signer)), QUORSUM_ERR_TASK_MISMATCH);
    copy = forge(message, FORGE_NOTHING, NULL, 0, signer);
    copy.data[copy.len - 1] ^= 1;
    cr_expect_eq(read_once(read, f, copy), QUORSUM_ERR_SIGNATURE);
    check_lengths(f, message, read);
    check_bits(f, message, read);
}

/* ---- directories ---- */

char *new_directory(void)
{
    const char *base = getenv("TMPDIR");
    char path[512];

    (void)snprintf(path, sizeof path, "%s/quorsum-round-XXXXXX", base != NULL ? base : "/tmp");
    cr_assert_not_null(mkdtemp(path));
    return strdup(path);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

void remove_directory(char *path)
{
    (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(path);
}
