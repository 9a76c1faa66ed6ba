/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key record: what is written reads back; each claim changed in turn and signed again is refused by name; and
 * theta is whatever the record says.
 */
#include "tests/unit/threshold/fixture.h"

#include "lib/arith/lagrange.h"
#include "lib/base/message.h"
#include "lib/proof/factors.h"

#define TRUSTEES 4
#define QUORUM 2
#define ROOTS 7
#define PROOF_WORDS 129
#define WORDS(trustees) ((trustees) + ROOTS + PROOF_WORDS)

/* Where a key comes from. */
typedef enum lineage { DEALT, MADE, DEALT_AND_HANDED_ON, MADE_AND_HANDED_ON, LINEAGES } lineage;

static void open_key(fixture *f, lineage of, unsigned s, uint32_t trustees, uint32_t quorum)
{
    uint64_t epoch = of == MADE_AND_HANDED_ON ? 3 : of == DEALT_AND_HANDED_ON;

    if (of == DEALT)
        cr_assert_eq(fixture_deal(f, SAFE_P, SAFE_Q, s, trustees, quorum), QUORSUM_OK);
    else
        cr_assert_eq(fixture_make(f, SAFE_P, SAFE_Q, s, trustees, quorum, epoch, of == DEALT_AND_HANDED_ON), QUORSUM_OK);
}

static const quorsum_identity *signer_of(const fixture *f)
{
    return f->members[0] != NULL ? f->members[0] : f->identity;
}

/* A record taken apart, to be changed and put together again by hand from docs/wire-format.md. */
typedef struct claims {
    uint8_t modulus[600];
    size_t modulus_len;
    uint64_t degree, randomiser, trustees, quorum, share_bits;
    mpz_t theta;
    const char *origin;
    uint8_t roster[6][32];
    uint64_t roster_count;
    uint8_t negate[16], twist[16];
    size_t negate_len, twist_len;
    uint8_t factors[4096];
    size_t factors_len;
    uint64_t epoch;
    uint8_t ceremony[32], parent[32], prover[32];
    size_t ceremony_len, parent_len, prover_len;
    uint64_t secret_bits;
    const quorsum_identity *signer;
    uint8_t *blocks;
    size_t blocks_len;
    size_t word;
} claims;

static void claim_proofs(claims *c, const qs_key_parts *parts)
{
    memcpy(c->negate, parts->modulus.negate, 16);
    memcpy(c->twist, parts->modulus.twist, 16);
    c->negate_len = c->twist_len = 16;
    c->factors_len = qs_factors_proof_bytes(parts->key->root->bits);
    memcpy(c->factors, parts->factors, c->factors_len);
    c->prover_len = 32;
    memcpy(c->prover, parts->prover, 32);
}

static void claim_lineage(claims *c, const qs_key_parts *parts)
{
    c->epoch = parts->epoch;
    c->secret_bits = parts->secret_bits;
    c->ceremony_len = parts->secret_bits > 0 ? 32 : 0;
    memcpy(c->ceremony, parts->ceremony, 32);
    c->parent_len = parts->epoch > 0 ? 32 : 0;
    memcpy(c->parent, parts->parent, 32);
}

static void claims_new(claims *c, const fixture *f)
{
    const quorsum_key_record *record = f->record;
    const qs_key_parts *parts = &record->parts;

    memset(c, 0, sizeof *c);
    c->word = quorsum_public_key_modulus_bytes(record->parts.key);
    c->modulus_len = c->word;
    quorsum_public_key_modulus(record->parts.key, c->modulus);
    c->degree = f->s;
    c->trustees = f->trustees;
    c->quorum = f->quorum;
    c->share_bits = record->parts.share_bits;
    mpz_init_set(c->theta, parts->theta);
    c->origin = parts->origin;
    c->signer = signer_of(f);
    c->roster_count = parts->roster != NULL ? f->trustees : 0;
    for (uint64_t i = 0; i < c->roster_count; i++)
        memcpy(c->roster[i], parts->roster + 32 * i, 32);
    claim_lineage(c, parts);
    if (parts->factors != NULL)
        claim_proofs(c, parts);
    c->blocks_len = (f->trustees + ROOTS + (parts->factors != NULL ? PROOF_WORDS : 0)) * c->word;
    c->blocks = malloc(c->blocks_len);
    memcpy(c->blocks, record->encoded.data + record->message_len - 64 - c->blocks_len, c->blocks_len);
}

static void claims_free(claims *c)
{
    mpz_clear(c->theta);
    free(c->blocks);
}

static void put(qs_buffer *out, uint64_t key, uint64_t value)
{
    qs_cbor_put_uint(out, key);
    qs_cbor_put_uint(out, value);
}

static quorsum_status decode_claims(const claims *c)
{
    qs_buffer out = {0};
    quorsum_key_record *record = NULL;
    quorsum_status status;

    qs_message_begin(&out, "key", 17, quorsum_identity_public(c->signer), NULL, NULL);
    qs_cbor_put_uint(&out, 10);
    qs_cbor_put_bytes(&out, c->modulus, c->modulus_len);
    put(&out, 11, c->degree);
    put(&out, 12, c->randomiser);
    put(&out, 13, c->trustees);
    put(&out, 14, c->quorum);
    qs_cbor_put_uint(&out, 15);
    qs_cbor_put_mpz(&out, c->theta);
    put(&out, 16, c->share_bits);
    qs_cbor_put_uint(&out, 17);
    qs_cbor_put_text(&out, c->origin);
    qs_cbor_put_uint(&out, 18);
    qs_cbor_put_array(&out, c->roster_count);
    for (uint64_t i = 0; i < c->roster_count; i++)
        qs_cbor_put_bytes(&out, c->roster[i], 32);
    qs_cbor_put_uint(&out, 19);
    qs_cbor_put_bytes(&out, c->negate, c->negate_len);
    qs_cbor_put_uint(&out, 20);
    qs_cbor_put_bytes(&out, c->twist, c->twist_len);
    qs_cbor_put_uint(&out, 21);
    qs_cbor_put_bytes(&out, c->factors, c->factors_len);
    put(&out, 22, c->epoch);
    qs_cbor_put_uint(&out, 23);
    qs_cbor_put_bytes(&out, c->ceremony, c->ceremony_len);
    qs_cbor_put_uint(&out, 24);
    qs_cbor_put_bytes(&out, c->parent, c->parent_len);
    qs_cbor_put_uint(&out, 25);
    qs_cbor_put_bytes(&out, c->prover, c->prover_len);
    put(&out, 26, c->secret_bits);
    qs_buffer_append(&out, c->blocks, c->blocks_len);
    qs_message_sign(&out, "key", c->signer, NULL, NULL);
    cr_assert_eq(out.status, QUORSUM_OK);
    status = quorsum_key_record_decode(&record, out.data, out.len, NULL);
    cr_expect_eq(record != NULL, status == QUORSUM_OK);
    quorsum_key_record_free(record);
    qs_buffer_free(&out);
    return status;
}

static void set_modulus(claims *c, const mpz_t n)
{
    size_t len;

    memset(c->modulus, 0, sizeof c->modulus);
    mpz_export(c->modulus, &len, 1, 1, 1, 0, n);
    c->modulus_len = len;
}

static int digest_is(const uint8_t *digest, int filler)
{
    uint8_t expected[32];

    memset(expected, filler, sizeof expected);
    return digest != NULL && memcmp(digest, expected, sizeof expected) == 0;
}

static void expect_lineage(const quorsum_key_record *record, const fixture *f, lineage of)
{
    static const uint64_t epochs[LINEAGES] = {0, 0, 1, 3};
    int dealt = of == DEALT || of == DEALT_AND_HANDED_ON;

    cr_expect_str_eq(quorsum_key_record_origin(record), dealt ? "dealer" : "ceremony");
    cr_expect_eq(quorsum_key_record_epoch(record), epochs[of]);
    cr_expect_eq(memcmp(quorsum_key_record_signer(record), quorsum_identity_public(signer_of(f)), 32), 0);
    cr_expect_eq(quorsum_key_record_needed(record), of == DEALT ? QUORUM : TRUSTEES);
    cr_expect_eq(quorsum_key_record_confirmed(record), of == DEALT ? 0 : TRUSTEES);
    if (of == DEALT)
        cr_expect_null(quorsum_key_record_ceremony(record));
    else
        cr_expect(digest_is(quorsum_key_record_ceremony(record), 0xce));
    if (epochs[of] == 0)
        cr_expect_null(quorsum_key_record_parent(record));
    else
        cr_expect(digest_is(quorsum_key_record_parent(record), 0xfa));
    cr_expect_eq(quorsum_key_record_trustee(record, 1) == NULL, of == DEALT);
}

Test(key_record, reads_back_what_was_written)
{
    for (unsigned s = 1; s <= 3; s++) {
        for (lineage of = DEALT; of < LINEAGES; of++) {
            fixture f;
            quorsum_bytes bytes = {0};
            quorsum_bytes again_bytes = {0};
            quorsum_key_record *again = NULL;

            open_key(&f, of, s, TRUSTEES, QUORUM);
            cr_assert_eq(quorsum_key_record_encode(&bytes, f.record), QUORSUM_OK);
            cr_assert_eq(quorsum_key_record_decode(&again, bytes.data, bytes.len, NULL), QUORSUM_OK);
            cr_expect_eq(quorsum_key_record_trustees(again), TRUSTEES);
            cr_expect_eq(quorsum_key_record_quorum(again), QUORUM);
            cr_expect_eq(quorsum_public_key_degree(quorsum_key_record_public(again)), s);
            cr_expect_eq(memcmp(quorsum_key_record_digest(again), quorsum_key_record_digest(f.record), 32), 0);
            expect_lineage(again, &f, of);
            cr_assert_eq(quorsum_key_record_encode(&again_bytes, again), QUORSUM_OK);
            cr_assert_eq(again_bytes.len, bytes.len);
            cr_expect_eq(memcmp(again_bytes.data, bytes.data, bytes.len), 0);
            for (uint32_t i = 0; i < TRUSTEES; i++)
                cr_expect_eq(quorsum_key_share_check(f.shares[i], again), QUORSUM_OK);
            quorsum_key_record_free(again);
            quorsum_bytes_free(&again_bytes);
            quorsum_bytes_free(&bytes);
            fixture_free(&f);
        }
    }
}

Test(key_record, hand_written_form_is_the_same)
{
    for (lineage of = DEALT; of < LINEAGES; of++) {
        fixture f;
        claims c;

        open_key(&f, of, 1, TRUSTEES, QUORUM);
        claims_new(&c, &f);
        cr_expect_eq(decode_claims(&c), QUORSUM_OK);
        claims_free(&c);
        fixture_free(&f);
    }
}

static void expect_fixed(lineage of, uint32_t trustees)
{
    fixture f;
    quorsum_bytes bytes = {0};
    quorsum_key_record *record = NULL;

    open_key(&f, of, 1, trustees, trustees);
    cr_assert_eq(quorsum_key_record_encode(&bytes, f.record), QUORSUM_OK);
    bytes.len = f.record->message_len; /* without confirmations */
    for (size_t bit = 0; bit < 8 * bytes.len; bit += 5) {
        bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_neq(quorsum_key_record_decode(&record, bytes.data, bytes.len, NULL), QUORSUM_OK, "bit %zu", bit);
        cr_expect_null(record);
        bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t len = 0; len < bytes.len; len++)
        cr_expect_eq(quorsum_key_record_decode(&record, bytes.data, len, NULL), QUORSUM_ERR_TRUNCATED, "%zu", len);
    quorsum_bytes_free(&bytes);
    fixture_free(&f);
}

Test(key_record, no_bit_can_be_changed_and_no_byte_cut)
{
    expect_fixed(DEALT, 1);
    expect_fixed(MADE, 2);
    expect_fixed(DEALT_AND_HANDED_ON, 2);
}

Test(key_record, false_claims_are_refused_by_name)
{
    fixture f;
    claims c;

    open_key(&f, DEALT, 1, TRUSTEES, QUORUM);
    claims_new(&c, &f);
#define EXPECT(change, undo, expected)                                      \
    do {                                                                    \
        change;                                                             \
        cr_expect_eq(decode_claims(&c), expected, "%s: %s", #change,    \
                     quorsum_status_name(decode_claims(&c)));           \
        undo;                                                               \
    } while (0)
    EXPECT(c.degree = 2, c.degree = 1, QUORSUM_ERR_KEY_CHECK);
    EXPECT(c.degree = 0, c.degree = 1, QUORSUM_ERR_RANGE);
    EXPECT(c.degree = 5, c.degree = 1, QUORSUM_ERR_RANGE);
    EXPECT(c.randomiser = 3, c.randomiser = 0, QUORSUM_ERR_RANGE);
    EXPECT(c.trustees = 5, c.trustees = 4, QUORSUM_ERR_TRUNCATED);
    EXPECT(c.trustees = 3, c.trustees = 4, QUORSUM_ERR_SIGNATURE); /* the signature would stand a word further on */
    EXPECT(c.trustees = 0, c.trustees = 4, QUORSUM_ERR_RANGE);
    EXPECT(c.trustees = 256, c.trustees = 4, QUORSUM_ERR_RANGE);
    EXPECT(c.quorum = 1, c.quorum = 2, QUORSUM_ERR_KEY_CHECK);
    EXPECT(c.quorum = 0, c.quorum = 2, QUORSUM_ERR_RANGE);
    EXPECT(c.quorum = 5, c.quorum = 2, QUORSUM_ERR_RANGE);
    EXPECT(c.share_bits = 0, c.share_bits = 260, QUORSUM_ERR_RANGE);
    EXPECT(c.share_bits = 16385, c.share_bits = 260, QUORSUM_ERR_RANGE);
    EXPECT(c.origin = "dealt", c.origin = "dealer", QUORSUM_ERR_RANGE);
    EXPECT(c.origin = "", c.origin = "dealer", QUORSUM_ERR_RANGE);
    EXPECT(c.roster_count = 3, c.roster_count = 0, QUORSUM_ERR_RANGE);
    EXPECT(c.roster_count = 5, c.roster_count = 0, QUORSUM_ERR_LIMIT);
    EXPECT(c.roster_count = 4, c.roster_count = 0, QUORSUM_ERR_DUPLICATE_TRUSTEE);
    EXPECT(mpz_set_ui(c.theta, 2), mpz_set_ui(c.theta, 1), QUORSUM_ERR_KEY_CHECK);
    EXPECT(mpz_set_ui(c.theta, 0), mpz_set_ui(c.theta, 1), QUORSUM_ERR_RANGE);
    EXPECT(mpz_set(c.theta, f.n), mpz_set_ui(c.theta, 1), QUORSUM_ERR_NOT_UNIT);
    EXPECT(mpz_setbit(c.theta, 8 * 4096), mpz_set_ui(c.theta, 1), QUORSUM_ERR_LIMIT);
    cr_expect_eq(decode_claims(&c), QUORSUM_OK);
    claims_free(&c);
    fixture_free(&f);
}

Test(key_record, false_moduli_are_refused_by_name)
{
    fixture f;
    claims c;
    mpz_t n;

    open_key(&f, DEALT, 1, TRUSTEES, QUORUM);
    claims_new(&c, &f);
    mpz_init(n);
    mpz_add_ui(n, f.n, 1);
    EXPECT(set_modulus(&c, n), (void)0, QUORSUM_ERR_MODULUS_EVEN);
    mpz_nextprime(n, f.n);
    EXPECT(set_modulus(&c, n), (void)0, QUORSUM_ERR_MODULUS_PRIME);
    mpz_fdiv_q_ui(n, f.n, 65537);
    mpz_setbit(n, 0);
    mpz_mul_ui(n, n, 65537);
    EXPECT(set_modulus(&c, n), (void)0, QUORSUM_ERR_MODULUS_FACTOR);
    mpz_set_ui(n, 1027);
    EXPECT(set_modulus(&c, n); c.blocks_len = WORDS(4) * 2, c.blocks_len = WORDS(4) * 32, QUORSUM_ERR_MODULUS_SIZE);
    EXPECT(c.modulus_len = 0; c.blocks_len = 0, c.blocks_len = WORDS(4) * 32, QUORSUM_ERR_MODULUS_SIZE);
    EXPECT(c.modulus_len = 513, (void)0, QUORSUM_ERR_LIMIT);
    memset(c.modulus, 0, sizeof c.modulus);
    EXPECT(c.modulus_len = 32, (void)0, QUORSUM_ERR_NOT_CANONICAL);
    set_modulus(&c, f.n);
    cr_expect_eq(decode_claims(&c), QUORSUM_OK);
    mpz_clear(n);
    claims_free(&c);
    fixture_free(&f);
}

/* The blocks: every v_i and every rho_i in turn. */
static void expect_words_checked(lineage of)
{
    fixture f;
    claims c;

    open_key(&f, of, 1, TRUSTEES, QUORUM);
    claims_new(&c, &f);
    for (size_t i = 0; i < TRUSTEES + ROOTS; i++) {
        int root = i >= TRUSTEES;
        uint8_t *word = c.blocks + i * c.word;
        uint8_t kept[64];

        memcpy(kept, word, c.word);
        word[c.word - 1] ^= 1;
        cr_expect_eq(decode_claims(&c), root ? QUORSUM_ERR_CERTIFICATE : QUORSUM_ERR_KEY_CHECK, "word %zu", i);
        memset(word, 0, c.word);
        cr_expect_eq(decode_claims(&c), root ? QUORSUM_ERR_CERTIFICATE : QUORSUM_ERR_NOT_UNIT, "zero %zu", i);
        quorsum_public_key_modulus(f.record->parts.key, word);
        cr_expect_eq(decode_claims(&c), QUORSUM_ERR_RANGE, "N %zu", i);
        memcpy(word, kept, c.word);
    }
    memcpy(c.blocks, c.blocks + c.word, c.word); /* v_1 = v_2 */
    cr_expect_eq(decode_claims(&c), QUORSUM_ERR_KEY_CHECK);
    claims_free(&c);
    fixture_free(&f);
}

Test(key_record, false_verification_keys_and_roots_are_refused)
{
    for (lineage of = DEALT; of < LINEAGES; of++)
        expect_words_checked(of);
}

Test(key_record, false_proofs_of_the_modulus_are_refused)
{
    fixture f;
    claims c;

    open_key(&f, DEALT, 1, TRUSTEES, QUORUM);
    claims_new(&c, &f);
    for (size_t i = TRUSTEES + ROOTS; i < WORDS(TRUSTEES); i++) {
        uint8_t *word = c.blocks + i * c.word;
        uint8_t kept[64];

        memcpy(kept, word, c.word);
        word[c.word - 1] ^= 1;
        cr_expect_eq(decode_claims(&c), QUORSUM_ERR_MODULUS_PROOF, "word %zu", i);
        memset(word, 0, c.word);
        cr_expect_eq(decode_claims(&c), QUORSUM_ERR_NOT_UNIT, "zero %zu", i);
        quorsum_public_key_modulus(f.record->parts.key, word);
        cr_expect_eq(decode_claims(&c), QUORSUM_ERR_RANGE, "N %zu", i);
        memcpy(word, kept, c.word);
    }
    for (size_t i = 0; i < 128; i += 9) {
        uint8_t bit = (uint8_t)(128u >> i % 8);

        EXPECT(c.negate[i / 8] ^= bit, c.negate[i / 8] ^= bit, QUORSUM_ERR_MODULUS_PROOF);
        EXPECT(c.twist[i / 8] ^= bit, c.twist[i / 8] ^= bit, QUORSUM_ERR_MODULUS_PROOF);
    }
    for (size_t i = 513; i < c.factors_len; i += 60)
        EXPECT(c.factors[i] ^= 1, c.factors[i] ^= 1, QUORSUM_ERR_MODULUS_PROOF);
    EXPECT(c.factors_len--, c.factors_len++, QUORSUM_ERR_RANGE);
    EXPECT(c.factors_len++, c.factors_len--, QUORSUM_ERR_RANGE);
    EXPECT(c.factors_len = 0, c.factors_len = qs_factors_proof_bytes(256), QUORSUM_ERR_RANGE);
    EXPECT(c.factors_len = 4096, c.factors_len = qs_factors_proof_bytes(256), QUORSUM_ERR_LIMIT);
    EXPECT(c.twist_len = 15, c.twist_len = 16, QUORSUM_ERR_RANGE);
    EXPECT(c.degree = 1, c.degree = 1, QUORSUM_OK);
    claims_free(&c);
    fixture_free(&f);
}

/* Every rule of where a key comes from, broken alone. */
static void expect_changed(lineage of, void (*change)(claims *c, const fixture *f), quorsum_status expected,
                                   const char *what)
{
    fixture f;
    claims c;
    quorsum_status status;

    open_key(&f, of, 1, TRUSTEES, QUORUM);
    claims_new(&c, &f);
    change(&c, &f);
    status = decode_claims(&c);
    cr_expect_eq(status, expected, "%d, %s: %s", (int)of, what, quorsum_status_name(status));
    claims_free(&c);
    fixture_free(&f);
}

/* Each a function of its own, so that a case says in one line what it changes. */
#define CHANGE(name, code)                                  \
    static void name(claims *c, const fixture *f)           \
    {                                                       \
        (void)f;                                            \
        code;                                               \
    }
CHANGE(epoch_one, c->epoch = 1)
CHANGE(epoch_zero, c->epoch = 0)
CHANGE(epoch_last, c->epoch = UINT64_MAX)
CHANGE(some_parent, c->parent_len = 32; c->parent[0] = 1)
CHANGE(no_parent, c->parent_len = 0)
CHANGE(short_parent, c->parent_len = 31)
CHANGE(zero_parent, memset(c->parent, 0, 32))
CHANGE(long_parent, c->parent_len = 32; c->epoch = 1; memset(c->parent, 7, 32))
CHANGE(some_ceremony, c->ceremony_len = 32; c->ceremony[0] = 1)
CHANGE(no_ceremony, c->ceremony_len = 0)
CHANGE(zero_ceremony, c->ceremony_len = 32; memset(c->ceremony, 0, 32))
CHANGE(short_ceremony, c->ceremony_len = 31)
CHANGE(other_ceremony, memset(c->ceremony, 9, 32))
CHANGE(some_secret_bits, c->secret_bits = 1)
CHANGE(no_secret_bits, c->secret_bits = 0)
CHANGE(most_secret_bits, c->secret_bits = c->share_bits - 1)
CHANGE(all_secret_bits, c->secret_bits = c->share_bits)
CHANGE(huge_secret_bits, c->secret_bits = UINT64_MAX)
CHANGE(no_prover, c->prover_len = 0)
CHANGE(some_prover, c->prover_len = 32; memcpy(c->prover, c->roster[0], 32))
CHANGE(other_prover, memcpy(c->prover, quorsum_identity_public(f->members[1]), 32))
CHANGE(second_signs, c->signer = f->members[1])
CHANGE(dealer_signs, c->signer = f->identity)
CHANGE(no_roster, c->roster_count = 0)
CHANGE(no_negate, c->negate_len = 0)
CHANGE(no_twist, c->twist_len = 0)
CHANGE(some_twist, c->twist_len = 16)
CHANGE(no_factors, c->factors_len = 0)
CHANGE(some_factors, c->factors_len = 1)
CHANGE(from_ceremony, c->origin = "ceremony")
CHANGE(from_dealer, c->origin = "dealer")
CHANGE(stripped, c->origin = "ceremony"; c->negate_len = c->twist_len = c->factors_len = c->prover_len = 0;
       c->blocks_len = (TRUSTEES + ROOTS) * c->word)
CHANGE(as_if_handed_on, c->ceremony_len = c->parent_len = 32; c->ceremony[0] = c->parent[0] = 1; c->epoch = 1;
       c->secret_bits = 1)

Test(key_record, false_lineages_are_refused_by_name)
{
#define REFUSED(of, change) expect_changed(of, change, QUORSUM_ERR_RANGE, #change)
    REFUSED(DEALT, epoch_one);
    REFUSED(DEALT, some_parent);
    REFUSED(DEALT, long_parent);
    REFUSED(DEALT, some_ceremony);
    REFUSED(DEALT, zero_ceremony);
    REFUSED(DEALT, some_secret_bits);
    REFUSED(DEALT, no_prover);
    REFUSED(DEALT, no_negate);
    REFUSED(DEALT, no_twist);
    REFUSED(DEALT, no_factors);
    REFUSED(DEALT, from_ceremony);
    REFUSED(DEALT, stripped);
    REFUSED(DEALT, as_if_handed_on); /* it has no roster */
    REFUSED(MADE, epoch_one);
    REFUSED(MADE, some_parent);
    REFUSED(MADE, no_ceremony);
    REFUSED(MADE, zero_ceremony);
    REFUSED(MADE, short_ceremony);
    REFUSED(MADE, no_secret_bits);
    REFUSED(MADE, all_secret_bits);
    REFUSED(MADE, some_prover);
    REFUSED(MADE, some_twist);
    REFUSED(MADE, some_factors);
    REFUSED(MADE, second_signs);
    REFUSED(MADE, no_roster);
    REFUSED(MADE, from_dealer);
    expect_changed(MADE, huge_secret_bits, QUORSUM_ERR_RANGE, "huge_secret_bits");
    REFUSED(DEALT_AND_HANDED_ON, epoch_zero);
    REFUSED(DEALT_AND_HANDED_ON, no_parent);
    REFUSED(DEALT_AND_HANDED_ON, zero_parent);
    REFUSED(DEALT_AND_HANDED_ON, short_parent);
    REFUSED(DEALT_AND_HANDED_ON, no_ceremony);
    REFUSED(DEALT_AND_HANDED_ON, dealer_signs);
    REFUSED(DEALT_AND_HANDED_ON, no_prover);
    REFUSED(DEALT_AND_HANDED_ON, no_factors);
    REFUSED(MADE_AND_HANDED_ON, epoch_zero);
    REFUSED(MADE_AND_HANDED_ON, no_parent);
    REFUSED(MADE_AND_HANDED_ON, no_ceremony);
    expect_changed(DEALT_AND_HANDED_ON, other_prover, QUORSUM_ERR_MODULUS_PROOF, "other_prover");
}

/* What no reader can know: it is the trustees' word that counts there. */
Test(key_record, other_true_lineages_are_accepted)
{
#define ACCEPTED(of, change) expect_changed(of, change, QUORSUM_OK, #change)
    ACCEPTED(MADE, other_ceremony);
    ACCEPTED(MADE, some_secret_bits);
    ACCEPTED(MADE, most_secret_bits);
    ACCEPTED(MADE, long_parent);
    ACCEPTED(MADE_AND_HANDED_ON, epoch_one);
    ACCEPTED(MADE_AND_HANDED_ON, epoch_last);
    ACCEPTED(DEALT_AND_HANDED_ON, stripped);
}

/* Neither the words nor the bits of another dealer's record of the same primes: its name is in the challenges. */
Test(key_record, proofs_of_another_dealer_are_refused)
{
    fixture f, g;
    claims c;

    open_key(&f, DEALT, 1, TRUSTEES, QUORUM);
    open_key(&g, DEALT, 1, TRUSTEES, QUORUM);
    claims_new(&c, &f);
    c.signer = g.identity;
    cr_expect_eq(decode_claims(&c), QUORSUM_ERR_RANGE, "another prover than the signer");
    memcpy(c.prover, quorsum_identity_public(g.identity), 32);
    cr_expect_eq(decode_claims(&c), QUORSUM_ERR_MODULUS_PROOF, "signed by somebody else");
    memcpy(c.prover, quorsum_identity_public(f.identity), 32);
    c.signer = f.identity;
    cr_expect_eq(decode_claims(&c), QUORSUM_OK);
    claims_free(&c);
    fixture_free(&g);
    fixture_free(&f);
}

/* One trustee off the polynomial of the others is found whoever it is. */
static void expect_every_trustee_checked(lineage of)
{
    fixture f;
    const quorsum_public_key *key;

    open_key(&f, of, 1, 7, 3);
    key = f.record->parts.key;
    cr_expect_eq(qs_key_check_vartime(&f.record->parts, f.record->v, NULL), QUORSUM_OK);
    for (uint32_t i = 0; i < 7; i++) {
        mp_limb_t *v_i = f.record->parts.verify + i * key->root->limbs;
        mp_limb_t kept[8];

        mpn_copyi(kept, v_i, (mp_size_t)key->root->limbs);
        f.shares[i]->value.limb[0] ^= 1;
        cr_assert_eq(qs_verification_key(v_i, key, f.record->v, &f.shares[i]->value, f.shares[i]->share_bits),
                     QUORSUM_OK);
        cr_expect_eq(qs_key_check_vartime(&f.record->parts, f.record->v, NULL), QUORSUM_ERR_KEY_CHECK, "trustee %u",
                     i + 1);
        mpn_sub_n(v_i, key->root->n, kept, (mp_size_t)key->root->limbs); /* of order 2: a sign */
        cr_expect_eq(qs_key_check_vartime(&f.record->parts, f.record->v, NULL), QUORSUM_ERR_KEY_CHECK, "sign %u",
                     i + 1);
        mpn_copyi(v_i, kept, (mp_size_t)key->root->limbs);
    }
    fixture_free(&f);
}

Test(key_record, every_quorum_is_covered_by_the_check_of_one)
{
    expect_every_trustee_checked(DEALT);
    expect_every_trustee_checked(MADE);
}

/* The stated equations of docs/protocol.md in plain GMP, for every quorum of three in five. */
static void expect_equations(lineage of)
{
    fixture f;
    const quorsum_public_key *key;
    mpz_t v, product, power, expected, exponent, value;

    open_key(&f, of, 2, 5, 3);
    key = f.record->parts.key;
    mpz_inits(v, product, power, expected, exponent, NULL);
    mpz_set(v, mpz_roinit_n(value, f.record->v, (mp_size_t)key->root->limbs));
    mpz_mul_ui(exponent, f.record->parts.theta, 120ul * 120ul);
    mpz_powm(expected, v, exponent, f.n);
    for (unsigned set = 0; set < 32; set++) {
        uint32_t trustees[5];
        size_t count = 0;

        for (uint32_t i = 1; i <= 5; i++) {
            if (set >> (i - 1) & 1)
                trustees[count++] = i;
        }
        if (count != 3)
            continue;
        mpz_set_ui(product, 1);
        for (size_t i = 0; i < 3; i++) {
            qs_lagrange(exponent, 5, trustees, 3, trustees[i], 0);
            mpz_roinit_n(value, f.record->parts.verify + (trustees[i] - 1) * key->root->limbs,
                         (mp_size_t)key->root->limbs);
            mpz_powm(power, value, exponent, f.n);
            mpz_mul(product, product, power);
            mpz_mod(product, product, f.n);
        }
        mpz_powm(product, product, f.ns, f.n);
        cr_expect_eq(mpz_cmp(product, expected), 0, "set %x", set);
    }
    mpz_clears(v, product, power, expected, exponent, NULL);
    fixture_free(&f);
}

Test(key_record, accepted_keys_satisfy_the_stated_equations_for_every_quorum)
{
    for (lineage of = DEALT; of < LINEAGES; of++)
        expect_equations(of);
}

/* ---- theta ---- */

/* The same key with D, and so every S_i, multiplied by theta. */
static void multiply_key(fixture *f, const mpz_t theta)
{
    const qs_key_parts *old = &f->record->parts;
    const qs_ring *root = old->key->root;
    size_t share_bits = old->share_bits + mpz_sizeinbase(theta, 2);
    qs_key_parts parts;
    quorsum_key_record *record = NULL;

    cr_assert_eq(qs_key_parts_init(&parts, old->key, qs_origin_dealer, f->trustees, f->quorum, share_bits, NULL),
                 QUORSUM_OK);
    mpz_set(parts.theta, theta);
    memcpy(parts.signer, old->signer, sizeof parts.signer);
    memcpy(parts.prover, old->prover, sizeof parts.prover);
    memcpy(parts.factors, old->factors, qs_factors_proof_bytes(root->bits));
    memcpy(parts.modulus.negate, old->modulus.negate, sizeof parts.modulus.negate);
    memcpy(parts.modulus.twist, old->modulus.twist, sizeof parts.modulus.twist);
    mpn_copyi(parts.modulus.words, old->modulus.words, (mp_size_t)(PROOF_WORDS * root->limbs));
    mpn_copyi(parts.roots, old->roots, (mp_size_t)(ROOTS * root->limbs));
    for (uint32_t i = 0; i < f->trustees; i++) {
        quorsum_key_share *share = NULL;
        mpz_t value, product;

        cr_assert_eq(qs_key_share_new(&share, i + 1, share_bits), QUORSUM_OK);
        mpz_init(product);
        mpz_roinit_n(value, f->shares[i]->value.limb, (mp_size_t)f->shares[i]->value.limbs);
        mpz_mul(product, value, theta);
        mpn_copyi(share->value.limb, mpz_limbs_read(product), (mp_size_t)mpz_size(product));
        mpz_clear(product);
        quorsum_key_share_free(f->shares[i]);
        f->shares[i] = share;
        cr_assert_eq(qs_verification_key(parts.verify + i * root->limbs, old->key, f->record->v, &share->value,
                                         share_bits), QUORSUM_OK);
    }
    cr_assert_eq(qs_key_record_make(&record, &parts, f->identity, NULL), QUORSUM_OK);
    for (uint32_t i = 0; i < f->trustees; i++)
        memcpy(f->shares[i]->key, record->digest, 32);
    quorsum_key_record_free(f->record);
    f->record = record;
}

static void expect_opens(fixture *f)
{
    sample a;
    quorsum_combiner *combiner;
    quorsum_opening *opening = NULL;

    sample_new(&a, f, 5);
    combiner = combiner_of(f, a.vector);
    for (uint32_t trustee = f->trustees; trustee > f->trustees - f->quorum; trustee--) {
        quorsum_partial *partial = partial_of(f, trustee, a.vector);

        cr_assert_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK);
        quorsum_partial_free(partial);
    }
    cr_assert_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_OK);
    for (size_t k = 0; k < a.count; k++)
        cr_expect(opens_to(opening, k, a.m[k], a.r[k]), "element %zu", k);
    quorsum_opening_free(opening);
    quorsum_combiner_free(combiner);
    sample_free(&a);
}

Test(key_record, keys_with_any_theta_open)
{
    static const char *const thetas[] = {"2", "78", "fedcba9876543210fedcba9876543211"};

    for (unsigned s = 1; s <= 3; s++) {
        for (size_t i = 0; i <= sizeof thetas / sizeof thetas[0]; i++) {
            fixture f;
            mpz_t theta;
            quorsum_key_record *again = NULL;

            open_key(&f, DEALT, s, 5, 3);
            mpz_init(theta);
            if (i < sizeof thetas / sizeof thetas[0]) {
                mpz_set_str(theta, thetas[i], 16);
            } else { /* as long as a dealer-free key's: anything below N^s */
                mpz_urandomm(theta, f.random, f.ns);
                mpz_setbit(theta, 0);
            }
            multiply_key(&f, theta);
            cr_expect_eq(mpz_cmp(f.record->parts.theta, theta), 0);
            expect_opens(&f);
            cr_assert_eq(quorsum_key_record_decode(&again, f.record->encoded.data, f.record->encoded.len, NULL),
                         QUORSUM_OK);
            cr_expect_eq(mpz_cmp(again->parts.theta, theta), 0);
            quorsum_key_record_free(again);
            mpz_clear(theta);
            fixture_free(&f);
        }
    }
}

/* ---- the certificate ---- */

/* N = P^2 q: P divides gcd(N, phi(N)), so there are units without an N-th root, and ciphertexts that open as several
 * totals. Nothing in N alone shows it; the certificate fails even when every root that exists is given. P = 1019 and
 * q = 1187: y is an N-th power iff y^(phi(N)/P) = 1. */
Test(key_record, certificate_refuses_a_modulus_with_a_square)
{
    quorsum_key_options options = {0};
    quorsum_public_key *key = NULL;
    qs_key_parts parts;
    uint8_t bytes[4];
    mp_limb_t *y;
    mpz_t n, value, power, exponent;
    unsigned without = 0;

    mpz_init_set_ui(n, 1019ul * 1019ul * 1187ul);
    mpz_export(bytes, NULL, 1, 1, 1, 0, n);
    cr_assert_eq(quorsum_public_key_new(&key, bytes, sizeof bytes, &options), QUORSUM_OK);
    cr_assert_eq(qs_key_parts_init(&parts, key, qs_origin_dealer, 1, 1, 40, NULL), QUORSUM_OK);
    y = calloc(ROOTS, key->root->width * sizeof *y);
    qs_certificate_challenges(key, y);
    mpz_init(power);
    mpz_init_set_ui(exponent, 1018ul * 1186ul); /* phi(N) / P */
    for (size_t i = 0; i < ROOTS; i++) {
        mpz_roinit_n(value, y + i * key->root->limbs, (mp_size_t)key->root->limbs);
        mpz_powm(power, value, exponent, n);
        without += mpz_cmp_ui(power, 1) != 0;
        /* the best a forger can do: the root modulo the part of the group where one exists */
        mpz_set_ui(power, 1018ul * 1186ul);
        cr_assert(mpz_invert(power, n, power));
        mpz_powm(power, value, power, n);
        qs_ring_from_mpz_vartime(key->root, parts.roots + i * key->root->limbs, power);
    }
    cr_expect(without >= 6, "%u challenges without a root", without);
    cr_expect_eq(qs_certificate_check_vartime(&parts, NULL), QUORSUM_ERR_CERTIFICATE);
    mpz_clears(n, power, exponent, NULL);
    free(y);
    qs_key_parts_clear(&parts);
    quorsum_public_key_free(key);
}
