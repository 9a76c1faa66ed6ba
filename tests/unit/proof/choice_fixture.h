/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ballots to test with, and the proof once more in plain GMP integers, step by step, so that tests can make it wrongly.
 * Whoever forges knows everything but the factors of N.
 */
#ifndef QS_TEST_CHOICE_FIXTURE_H
#define QS_TEST_CHOICE_FIXTURE_H

#include "lib/proof/choice.h"
#include "tests/unit/paillier/oracle.h"

#define FORM_CLAUSES 40
#define FORM_VALUES 200

typedef struct form { /* clauses in the making */
    size_t ciphertexts;
    size_t clause_count;
    size_t value_count;
    qs_clause clauses[FORM_CLAUSES];
    qs_value values[FORM_VALUES];
} form;

static inline void form_clause(form *f, size_t first, size_t count)
{
    cr_assert_lt(f->clause_count, FORM_CLAUSES);
    f->clauses[f->clause_count++] = (qs_clause){first, count, f->values + f->value_count, 0};
}

static inline void form_value(form *f, uint64_t factor, size_t shift)
{
    cr_assert_lt(f->value_count, FORM_VALUES);
    f->values[f->value_count++] = (qs_value){factor, shift};
    f->clauses[f->clause_count - 1].value_count++;
}

/* One of the options, each with `beta` bits of one plaintext; or none, if that may be. */
static inline void form_packed(form *f, size_t options, size_t beta, int none)
{
    form_clause(f, f->ciphertexts++, 1);
    if (none)
        form_value(f, 0, 0);
    for (size_t j = 0; j < options; j++)
        form_value(f, 1, beta * j);
}

/* A plaintext each, least to most of them 1. */
static inline void form_vector(form *f, size_t options, size_t least, size_t most)
{
    for (size_t j = 0; j < options; j++) {
        form_clause(f, f->ciphertexts + j, 1);
        form_value(f, 0, 0);
        form_value(f, 1, 0);
    }
    form_clause(f, f->ciphertexts, options);
    for (size_t sum = least; sum <= most; sum++)
        form_value(f, sum, 0);
    f->ciphertexts += options;
}

typedef struct sample { /* a ballot */
    oracle o;
    form f;
    qs_choices *choices;
    quorsum_encryptor *encryptor;
    quorsum_plaintexts *plaintexts;
    quorsum_ciphertexts *ciphertexts;
    qs_secret alpha;
    qs_secret chosen;
    qs_context context;
    uint8_t *proof;
    size_t len;
} sample;

static inline quorsum_status sample_prove(sample *x)
{
    return qs_choice_prove(x->proof, &x->context, x->choices, x->encryptor, x->ciphertexts, &x->alpha, &x->chosen,
                           NULL);
}

static inline quorsum_status sample_verify(const sample *x)
{
    return qs_choice_verify_vartime(x->proof, x->len, &x->context, x->choices, x->ciphertexts, NULL);
}

/* The ballot: a plaintext for every ciphertext, a place for every clause. */
static inline void sample_fill(sample *x, mpz_t *plaintexts, const size_t *chosen)
{
    quorsum_ciphertexts_free(x->ciphertexts);
    qs_secret_clear(&x->alpha);
    for (size_t k = 0; k < x->f.ciphertexts; k++)
        cr_assert_eq(set_number(x->plaintexts, k, plaintexts[k]), QUORSUM_OK);
    for (size_t i = 0; i < x->f.clause_count; i++)
        x->chosen.limb[i] = (mp_limb_t)chosen[i];
    cr_assert_eq(qs_encrypt_keep(&x->ciphertexts, &x->alpha, x->encryptor, x->plaintexts, NULL), QUORSUM_OK);
}

static inline void value_number(const qs_value *value, mpz_t out)
{
    mpz_import(out, 1, 1, sizeof value->factor, 0, 0, &value->factor);
    mpz_mul_2exp(out, out, value->shift);
}

/* Plaintexts from the clauses of one ciphertext. */
static inline void sample_choose(sample *x, const size_t *chosen)
{
    mpz_t plaintexts[FORM_CLAUSES];

    for (size_t k = 0; k < x->f.ciphertexts; k++)
        mpz_init(plaintexts[k]);
    for (size_t i = 0; i < x->f.clause_count; i++)
        if (x->f.clauses[i].count == 1) {
            value_number(&x->f.clauses[i].values[chosen[i]], plaintexts[x->f.clauses[i].first]);
            mpz_mod(plaintexts[x->f.clauses[i].first], plaintexts[x->f.clauses[i].first], x->o.ns);
        }
    sample_fill(x, plaintexts, chosen);
    clear_numbers(plaintexts, x->f.ciphertexts);
}

static inline void sample_open(sample *x, size_t prime_bits, unsigned s, quorsum_randomiser randomiser, const form *f)
{
    *x = (sample){.f = *f};
    for (size_t i = 0; i < f->clause_count; i++)
        x->f.clauses[i].values = x->f.values + (f->clauses[i].values - f->values);
    if (prime_bits < 16)
        oracle_open_small(&x->o, 47, 59, s, randomiser);
    else
        oracle_open_random(&x->o, prime_bits, s, randomiser);
    cr_assert_eq(qs_choices_new(&x->choices, x->o.key, f->ciphertexts, x->f.clauses, f->clause_count), QUORSUM_OK);
    cr_assert_eq(quorsum_encryptor_new(&x->encryptor, x->o.key, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_new(&x->plaintexts, x->o.key, f->ciphertexts), QUORSUM_OK);
    cr_assert_eq(qs_secret_init(&x->chosen, f->clause_count), 0);
    x->context = (qs_context){.label = "contribution"};
    memcpy(x->context.key, quorsum_public_key_digest(x->o.key), sizeof x->context.key);
    memset(x->context.task, 7, sizeof x->context.task);
    memset(x->context.prover, 9, sizeof x->context.prover);
    x->len = qs_choice_bytes(x->choices);
    x->proof = malloc(x->len + 8);
}

static inline void sample_close(sample *x)
{
    free(x->proof);
    qs_secret_clear(&x->alpha);
    qs_secret_clear(&x->chosen);
    quorsum_ciphertexts_free(x->ciphertexts);
    quorsum_plaintexts_free(x->plaintexts);
    quorsum_encryptor_free(x->encryptor);
    qs_choices_free(x->choices);
    oracle_close(&x->o);
}

/* ---- in plain integers ---- */

typedef struct hand { /* a proof in the making, by hand */
    const sample *x;
    mpz_t a[FORM_VALUES];     /* A_l */
    mpz_t e[FORM_VALUES];
    mpz_t w[FORM_VALUES];
    mpz_t base[FORM_VALUES];  /* c_l */
    mpz_t alpha[FORM_VALUES]; /* of the clause's product */
    mpz_t challenge;
} hand;

static inline void alpha_number(const sample *x, mpz_t out, size_t k)
{
    size_t limbs = qs_alpha_limbs(x->o.key);

    mpz_import(out, limbs, -1, sizeof(mp_limb_t), 0, 0, x->alpha.limb + k * limbs);
}

static inline void hand_base(hand *h, const qs_clause *clause, size_t branch, const qs_value *value)
{
    const oracle *o = &h->x->o;
    mpz_t number;

    mpz_init(number);
    value_number(value, number);
    mpz_neg(number, number);
    mpz_mod(number, number, o->ns);
    oracle_lift(o, h->base[branch], number);
    for (size_t k = clause->first; k < clause->first + clause->count; k++) {
        number_of(o, number, h->x->ciphertexts, k);
        mpz_mul(h->base[branch], h->base[branch], number);
        mpz_mod(h->base[branch], h->base[branch], o->modulus);
        alpha_number(h->x, number, k);
        mpz_add(h->alpha[branch], h->alpha[branch], number);
    }
    mpz_clear(number);
}

static inline void hand_open(hand *h, const sample *x)
{
    size_t branch = 0;

    h->x = x;
    mpz_init(h->challenge);
    for (size_t i = 0; i < x->f.clause_count; i++)
        for (size_t v = 0; v < x->f.clauses[i].value_count; v++, branch++) {
            mpz_inits(h->a[branch], h->e[branch], h->w[branch], h->base[branch], h->alpha[branch], NULL);
            hand_base(h, &x->f.clauses[i], branch, &x->f.clauses[i].values[v]);
        }
}

static inline void hand_close(hand *h)
{
    for (size_t l = 0; l < h->x->f.value_count; l++)
        mpz_clears(h->a[l], h->e[l], h->w[l], h->base[l], h->alpha[l], NULL);
    mpz_clear(h->challenge);
}

static inline void hand_draw(hand *h, size_t l)
{
    mpz_urandomb(h->e[l], ((sample *)(uintptr_t)h->x)->o.random, 128);
    mpz_urandomb(h->w[l], ((sample *)(uintptr_t)h->x)->o.random, qs_choice_mask_bits(h->x->choices));
}

/* A_l = h_s^w c_l^(-e) */
static inline void hand_commit(hand *h, size_t l)
{
    const oracle *o = &h->x->o;
    mpz_t power;

    mpz_init(power);
    mpz_neg(power, h->e[l]);
    mpz_powm(power, h->base[l], power, o->modulus);
    mpz_powm(h->a[l], o->h_s, h->w[l], o->modulus);
    mpz_mul(h->a[l], h->a[l], power);
    mpz_mod(h->a[l], h->a[l], o->modulus);
    mpz_clear(power);
}

static inline void put_values(const sample *x, qs_transcript *t, const qs_clause *clause)
{
    size_t digit = quorsum_public_key_modulus_bytes(x->o.key);
    uint8_t *wire = malloc(clause->value_count * x->o.s * digit);
    mpz_t number, part;

    mpz_inits(number, part, NULL);
    for (size_t v = 0; v < clause->value_count; v++) {
        value_number(&clause->values[v], number);
        mpz_mod(number, number, x->o.ns);
        for (size_t i = 0; i < x->o.s; i++) {
            mpz_fdiv_qr(number, part, number, x->o.n);
            number_to_bytes(wire + (v * x->o.s + i) * digit, digit, part);
        }
    }
    qs_transcript_bytes(t, wire, clause->value_count * x->o.s * digit);
    mpz_clears(number, part, NULL);
    free(wire);
}

/* The transcript as docs/wire-format.md has it. commitments: in wire form. */
static inline void hand_challenge(hand *h, const uint8_t *commitments)
{
    const sample *x = h->x;
    size_t len = x->f.ciphertexts * ciphertext_bytes(&x->o);
    uint8_t *wire = malloc(len);
    uint8_t seed[64];
    qs_transcript t;

    qs_transcript_begin(&t, "or", &x->context);
    qs_transcript_u64(&t, x->o.s);
    qs_transcript_u64(&t, x->o.key->alpha_bits);
    qs_transcript_u64(&t, x->f.ciphertexts);
    cr_assert_eq(quorsum_ciphertexts_encode(x->ciphertexts, wire, len, &len), QUORSUM_OK);
    qs_transcript_bytes(&t, wire, len);
    qs_transcript_u64(&t, x->f.clause_count);
    for (size_t i = 0; i < x->f.clause_count; i++) {
        qs_transcript_u64(&t, x->f.clauses[i].first);
        qs_transcript_u64(&t, x->f.clauses[i].count);
        qs_transcript_u64(&t, x->f.clauses[i].value_count);
        put_values(x, &t, &x->f.clauses[i]);
    }
    qs_transcript_u64(&t, x->f.value_count);
    qs_transcript_bytes(&t, commitments, x->f.value_count * ciphertext_bytes(&x->o));
    qs_transcript_seed(&t, seed);
    number_from_bytes(h->challenge, seed, 16);
    free(wire);
}

/* The commitments go into the proof, and the challenge is what they make it. */
static inline void hand_hash(hand *h)
{
    const sample *x = h->x;

    for (size_t l = 0; l < x->f.value_count; l++)
        wire_of(&x->o, x->proof + l * ciphertext_bytes(&x->o), h->a[l]);
    hand_challenge(h, x->proof);
}

/* e[l] = what the others of the clause leave of the challenge. */
static inline void hand_balance(hand *h, size_t begin, size_t end, size_t l)
{
    mpz_set(h->e[l], h->challenge);
    for (size_t k = begin; k < end; k++)
        if (k != l)
            mpz_sub(h->e[l], h->e[l], h->e[k]);
    mpz_fdiv_r_2exp(h->e[l], h->e[l], 128);
}

/* What does not fit its field is cut. */
static inline void hand_write(hand *h)
{
    const sample *x = h->x;
    size_t w_bytes = qs_choice_w_bytes(x->choices);
    uint8_t *e = x->proof + x->f.value_count * ciphertext_bytes(&x->o);
    uint8_t *w = e + x->f.value_count * 16;

    for (size_t l = 0; l < x->f.value_count; l++) {
        mpz_fdiv_r_2exp(h->e[l], h->e[l], 128);
        mpz_fdiv_r_2exp(h->w[l], h->w[l], 8 * w_bytes);
        number_to_bytes(e + l * 16, 16, h->e[l]);
        number_to_bytes(w + l * w_bytes, w_bytes, h->w[l]);
    }
}

static inline void hand_read(hand *h)
{
    const sample *x = h->x;
    size_t w_bytes = qs_choice_w_bytes(x->choices);
    size_t digit = quorsum_public_key_modulus_bytes(x->o.key);
    const uint8_t *e = x->proof + x->f.value_count * ciphertext_bytes(&x->o);
    const uint8_t *w = e + x->f.value_count * 16;
    mpz_t part;

    mpz_init(part);
    for (size_t l = 0; l < x->f.value_count; l++) {
        mpz_set_ui(h->a[l], 0);
        for (unsigned i = x->o.s + 1; i-- > 0;) {
            number_from_bytes(part, x->proof + l * ciphertext_bytes(&x->o) + i * digit, digit);
            mpz_mul(h->a[l], h->a[l], x->o.n);
            mpz_add(h->a[l], h->a[l], part);
        }
        number_from_bytes(h->e[l], e + l * 16, 16);
        number_from_bytes(h->w[l], w + l * w_bytes, w_bytes);
    }
    mpz_clear(part);
    hand_challenge(h, x->proof);
}

/* (h_s^w)^2 = (A c_l^e)^2 */
static inline int hand_equation_holds(const hand *h, size_t l)
{
    const oracle *o = &h->x->o;
    mpz_t left, right;
    int answer;

    mpz_inits(left, right, NULL);
    mpz_powm(left, o->h_s, h->w[l], o->modulus);
    mpz_mul(left, left, left);
    mpz_powm(right, h->base[l], h->e[l], o->modulus);
    mpz_mul(right, right, h->a[l]);
    mpz_mul(right, right, right);
    answer = mpz_congruent_p(left, right, o->modulus) != 0;
    mpz_clears(left, right, NULL);
    return answer;
}

/* The whole check. Units are not looked at. */
static inline int hand_accepts(hand *h)
{
    const sample *x = h->x;
    size_t begin = 0;
    mpz_t sum;
    int good = 1;

    hand_read(h);
    mpz_init(sum);
    for (size_t i = 0; i < x->f.clause_count; i++) {
        mpz_set_ui(sum, 0);
        for (size_t l = begin; l < begin + x->f.clauses[i].value_count; l++) {
            mpz_add(sum, sum, h->e[l]);
            good = good && hand_equation_holds(h, l) &&
                   mpz_sizeinbase(h->w[l], 2) <= qs_choice_mask_bits(x->choices) + 1;
        }
        mpz_fdiv_r_2exp(sum, sum, 128);
        good = good && mpz_cmp(sum, h->challenge) == 0;
        begin += x->f.clauses[i].value_count;
    }
    mpz_clear(sum);
    return good;
}

#endif
