/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys dealt from given primes or shared among members as a ceremony does it, and ciphertexts and openings made by plain
 * GMP integers: the oracle shares no code with the library.
 */
#ifndef QS_TEST_THRESHOLD_FIXTURE_H
#define QS_TEST_THRESHOLD_FIXTURE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "lib/threshold/dealer.h"
#include "lib/threshold/opening.h"
#include "lib/threshold/partial.h"
#include "tests/fixtures/made_key.h"

/* Safe primes of 128 bits: large enough that a wrong proof never passes by chance. */
#define SAFE_P "f34f71ae9c7185791ab55f805ab62ddf"
#define SAFE_Q "ece341b724d593db687981fe59964717"

#define MAX_TRUSTEES 9

typedef struct fixture {
    quorsum_identity *identity;
    quorsum_key_record *record;
    quorsum_key_share *shares[MAX_TRUSTEES];
    quorsum_identity *members[MAX_TRUSTEES]; /* of a key with a roster; NULL for a dealt one, which has none */
    uint32_t trustees;
    uint32_t quorum;
    unsigned s;
    mpz_t n;       /* N */
    mpz_t ns;      /* N^s */
    mpz_t modulus; /* N^(s+1) */
    gmp_randstate_t random;
} fixture;

/* A prime written in hexadecimal, as the dealer takes it. */
static inline void secret_from_hex(qs_secret *out, const char *hex)
{
    mpz_t value;

    mpz_init_set_str(value, hex, 16);
    cr_assert_eq(qs_secret_init(out, mpz_size(value)), 0);
    mpn_copyi(out->limb, mpz_limbs_read(value), (mp_size_t)mpz_size(value));
    mpz_clear(value);
}

static inline void fixture_free(fixture *f)
{
    for (uint32_t i = 0; i < f->trustees; i++)
        quorsum_key_share_free(f->shares[i]);
    for (uint32_t i = 0; i < f->trustees; i++)
        quorsum_identity_free(f->members[i]);
    quorsum_key_record_free(f->record);
    quorsum_identity_free(f->identity);
    mpz_clears(f->n, f->ns, f->modulus, NULL);
    gmp_randclear(f->random);
}

static inline void fixture_begin(fixture *f, const char *p_hex, const char *q_hex, unsigned s, uint32_t trustees,
                                 uint32_t quorum)
{
    mpz_t other;

    memset(f, 0, sizeof *f);
    f->trustees = trustees;
    f->quorum = quorum;
    f->s = s;
    mpz_inits(f->ns, f->modulus, NULL);
    mpz_init_set_str(f->n, p_hex, 16);
    mpz_init_set_str(other, q_hex, 16);
    mpz_mul(f->n, f->n, other);
    mpz_clear(other);
    mpz_pow_ui(f->ns, f->n, s);
    mpz_mul(f->modulus, f->ns, f->n);
    gmp_randinit_default(f->random);
    gmp_randseed_ui(f->random, 20250);
    cr_assert_eq(quorsum_identity_generate(&f->identity), QUORSUM_OK);
}

static inline quorsum_status fixture_deal(fixture *f, const char *p_hex, const char *q_hex, unsigned s,
                                          uint32_t trustees, uint32_t quorum)
{
    quorsum_deal_options options = {.key = {.degree = s}, .trustees = trustees, .quorum = quorum};
    qs_secret p = {0};
    qs_secret q = {0};
    quorsum_status status;

    fixture_begin(f, p_hex, q_hex, s, trustees, quorum);
    secret_from_hex(&p, p_hex);
    secret_from_hex(&q, q_hex);
    status = qs_deal_from_primes(&f->record, f->shares, &p, &q, &options, f->identity, NULL);
    qs_secret_clear(&p);
    qs_secret_clear(&q);
    return status;
}

/* A key that a ceremony made (epoch 0) or handed on; f->identity dealt it before that if `dealt`. All have confirmed it. */
static inline quorsum_status fixture_make(fixture *f, const char *p_hex, const char *q_hex, unsigned s, uint32_t trustees,
                                          uint32_t quorum, uint64_t epoch, int dealt)
{
    made_options options = {.key = {.degree = s}, .trustees = trustees, .quorum = quorum, .epoch = epoch,
                            .members = f->members, .confirmed = trustees};
    quorsum_status status;
    mpz_t p, q;

    fixture_begin(f, p_hex, q_hex, s, trustees, quorum);
    for (uint32_t i = 0; i < trustees; i++)
        cr_assert_eq(quorsum_identity_generate(&f->members[i]), QUORSUM_OK);
    options.dealer = dealt ? f->identity : NULL;
    mpz_init_set_str(p, p_hex, 16);
    mpz_init_set_str(q, q_hex, 16);
    status = made_key(&f->record, f->shares, p, q, &options);
    mpz_clears(p, q, NULL);
    return status;
}

/* Dealt, or made where the tests are run over such keys and the quorum allows it. */
static inline void fixture_new(fixture *f, unsigned s, uint32_t trustees, uint32_t quorum)
{
    if (made_keys_wanted() && quorum > 1)
        cr_assert_eq(fixture_make(f, SAFE_P, SAFE_Q, s, trustees, quorum, 0, 0), QUORSUM_OK);
    else
        cr_assert_eq(fixture_deal(f, SAFE_P, SAFE_Q, s, trustees, quorum), QUORSUM_OK);
}

/* What passing for another trustee, or under another name, is refused as: a roster says who is who, else the proof does. */
static inline quorsum_status impostor(const fixture *f, quorsum_status without_roster)
{
    return f->members[0] != NULL ? QUORSUM_ERR_TRUSTEE : without_roster;
}

/* Who speaks for a trustee: whoever the roster names, or f->identity where there is none. */
static inline const uint8_t *prover_of(const fixture *f, uint32_t trustee)
{
    return quorsum_identity_public(f->members[trustee - 1] != NULL ? f->members[trustee - 1] : f->identity);
}

/* c = (1+N)^m r^(N^s) mod N^(s+1) */
static inline void encrypt_integers(mpz_t c, const fixture *f, const mpz_t m, const mpz_t r)
{
    mpz_t base;

    mpz_init(base);
    mpz_add_ui(base, f->n, 1);
    mpz_powm(c, base, m, f->modulus);
    mpz_powm(base, r, f->ns, f->modulus);
    mpz_mul(c, c, base);
    mpz_mod(c, c, f->modulus);
    mpz_clear(base);
}

static inline void random_unit(mpz_t out, fixture *f)
{
    mpz_t common;

    mpz_init(common);
    do {
        mpz_urandomm(out, f->random, f->n);
        mpz_gcd(common, out, f->n);
    } while (mpz_cmp_ui(common, 1) != 0);
    mpz_clear(common);
}

/* A vector of given integers below N^(s+1). */
static inline quorsum_ciphertexts *vector_of(const fixture *f, const mpz_t *c, size_t count)
{
    const quorsum_public_key *key = quorsum_key_record_public(f->record);
    size_t width = quorsum_public_key_ciphertext_bytes(key);
    uint8_t *bytes = calloc(count, width);
    quorsum_ciphertexts *vector = NULL;

    for (size_t k = 0; k < count; k++) {
        size_t len = (mpz_sizeinbase(c[k], 2) + 7) / 8;

        cr_assert_leq(len, width);
        mpz_export(bytes + (k + 1) * width - len, NULL, 1, 1, 1, 0, c[k]);
    }
    cr_assert_eq(quorsum_ciphertexts_import(&vector, key, bytes, count * width, NULL, NULL), QUORSUM_OK);
    free(bytes);
    return vector;
}

/* `count` plaintexts and randomisers, and their ciphertexts. */
typedef struct sample {
    size_t count;
    mpz_t *m;
    mpz_t *r;
    quorsum_ciphertexts *vector;
} sample;

static inline void sample_new(sample *a, fixture *f, size_t count)
{
    mpz_t *c = calloc(count, sizeof *c);

    a->count = count;
    a->m = calloc(count, sizeof *a->m);
    a->r = calloc(count, sizeof *a->r);
    for (size_t k = 0; k < count; k++) {
        mpz_inits(a->m[k], a->r[k], c[k], NULL);
        mpz_urandomm(a->m[k], f->random, f->ns);
        if (k == 1)
            mpz_sub_ui(a->m[k], f->ns, 1);
        else if (k == 2)
            mpz_set_ui(a->m[k], 0);
        random_unit(a->r[k], f);
        encrypt_integers(c[k], f, a->m[k], a->r[k]);
    }
    a->vector = vector_of(f, (const mpz_t *)c, count);
    for (size_t k = 0; k < count; k++)
        mpz_clear(c[k]);
    free(c);
}

static inline void sample_free(sample *a)
{
    for (size_t k = 0; k < a->count; k++)
        mpz_clears(a->m[k], a->r[k], NULL);
    free(a->m);
    free(a->r);
    quorsum_ciphertexts_free(a->vector);
}

/* Whether element k of the opening is exactly (m, r). */
static inline int opens_to(const quorsum_opening *opening, size_t k, const mpz_t m, const mpz_t r)
{
    const quorsum_public_key *key = opening->key;
    mpz_t value;
    int same;

    mpz_init(value);
    qs_ring_to_mpz(key->plain, value, opening->m + k * key->plain->width);
    same = mpz_cmp(value, m) == 0;
    qs_ring_to_mpz(key->root, value, opening->r + k * key->root->width);
    same &= mpz_cmp(value, r) == 0;
    mpz_clear(value);
    return same;
}

static const uint8_t test_task[32] = {7, 7, 7};

static inline quorsum_partial *partial_of(const fixture *f, uint32_t trustee, const quorsum_ciphertexts *vector)
{
    quorsum_partial *partial = NULL;

    cr_assert_eq(quorsum_partial_decrypt(&partial, f->record, f->shares[trustee - 1], vector, test_task,
                                         prover_of(f, trustee), NULL), QUORSUM_OK);
    return partial;
}

static inline quorsum_combiner *combiner_of(const fixture *f, const quorsum_ciphertexts *vector)
{
    quorsum_combiner *combiner = NULL;

    cr_assert_eq(quorsum_combiner_new(&combiner, f->record, vector, test_task), QUORSUM_OK);
    return combiner;
}

#endif
