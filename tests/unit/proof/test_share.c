/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The share proof: an honest one verifies, and whatever is changed in proof, statement or context is refused. The
 * oracle of the positive case is the equation itself in plain GMP.
 */
#include "lib/proof/share.h"

#include "tests/unit/threshold/fixture.h"

#define COUNT 5

typedef struct proven {
    fixture f;
    sample a;
    quorsum_partial *partial;
    qs_share_statement statement;
    qs_context context;
} proven;

static void proven_new(proven *p)
{
    fixture_new(&p->f, 1, 5, 3);
    sample_new(&p->a, &p->f, COUNT);
    p->partial = partial_of(&p->f, 2, p->a.vector);
    qs_partial_statement(&p->statement, &p->context, p->f.record, p->partial, p->a.vector);
}

static void proven_free(proven *p)
{
    quorsum_partial_free(p->partial);
    sample_free(&p->a);
    fixture_free(&p->f);
}

static quorsum_status verify(const proven *p)
{
    return qs_share_verify_vartime(p->partial->proof, p->partial->proof_len, &p->context, &p->statement, NULL);
}

Test(share_proof, honest_one_verifies_and_has_the_stated_length)
{
    proven p;

    proven_new(&p);
    cr_expect_eq(verify(&p), QUORSUM_OK);
    cr_expect_eq(p.partial->proof_len, 16 + (p.statement.share_bits + 257 + 7) / 8);
    cr_expect_eq(qs_share_proof_bytes(2053), 305);
    cr_expect_eq(qs_share_proof_bytes(3077), 433);
    cr_expect_eq(qs_share_proof_bytes(4101), 561);
    cr_expect_eq(qs_share_proof_bytes(2324), 339);
    proven_free(&p);
}

Test(share_proof, partials_are_the_stated_powers)
{
    proven p;
    mpz_t c0, expected, value, exponent;

    proven_new(&p);
    mpz_inits(c0, expected, exponent, NULL);
    mpz_set(exponent, mpz_roinit_n(value, p.f.shares[1]->value.limb, (mp_size_t)p.f.shares[1]->value.limbs));
    mpz_mul_2exp(exponent, exponent, 1);
    for (size_t k = 0; k < COUNT; k++) {
        mpz_powm(c0, p.a.r[k], p.f.ns, p.f.n);
        mpz_powm(expected, c0, exponent, p.f.n);
        mpz_roinit_n(value, p.partial->value + k * p.partial->limbs, (mp_size_t)p.partial->limbs);
        cr_expect_eq(mpz_cmp(expected, value), 0, "element %zu", k);
    }
    mpz_clears(c0, expected, exponent, NULL);
    proven_free(&p);
}

Test(share_proof, any_change_of_the_proof_is_refused)
{
    proven p;

    proven_new(&p);
    for (size_t bit = 0; bit < 8 * p.partial->proof_len; bit++) {
        p.partial->proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_neq(verify(&p), QUORSUM_OK, "bit %zu", bit);
        p.partial->proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    p.partial->proof_len--;
    cr_expect_eq(verify(&p), QUORSUM_ERR_TRUNCATED);
    p.partial->proof_len += 2; /* the verifier looks at the length first */
    cr_expect_eq(verify(&p), QUORSUM_ERR_TRAILING);
    p.partial->proof_len--;
    p.partial->proof[16] = 0xff;
    cr_expect_eq(verify(&p), QUORSUM_ERR_RANGE);
    proven_free(&p);
}

Test(share_proof, any_change_of_the_context_is_refused)
{
    proven p;

    proven_new(&p);
    for (size_t i = 0; i < 32; i++) {
        p.context.key[i] ^= 1;
        cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF, "key byte %zu", i);
        p.context.key[i] ^= 1;
        p.context.task[i] ^= 1;
        cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF, "task byte %zu", i);
        p.context.task[i] ^= 1;
        p.context.prover[i] ^= 1;
        cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF, "prover byte %zu", i);
        p.context.prover[i] ^= 1;
    }
    p.context.label = "contribution";
    cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF);
    proven_free(&p);
}

Test(share_proof, any_change_of_the_statement_is_refused)
{
    proven p;
    qs_share_statement honest;
    mp_limb_t other[QS_MAX_DIGITS * 8];
    size_t limbs;

    proven_new(&p);
    honest = p.statement;
    limbs = p.partial->limbs;
    p.statement.trustee = 3;
    cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF, "index alone");
    p.statement.v_i = p.f.record->parts.verify + 2 * limbs;
    cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF, "index and verification key");
    p.statement.trustee = 2;
    cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF, "verification key alone");
    p.statement = honest;
    mpn_copyi(other, honest.v, (mp_size_t)limbs);
    other[0] ^= 2;
    p.statement.v = other;
    cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF, "v");
    p.statement = honest;
    p.statement.share_bits += 8;
    cr_expect_eq(verify(&p), QUORSUM_ERR_TRUNCATED, "bound of the share");
    p.statement = honest;
    p.statement.count--;
    cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF, "one element less");
    p.statement.count = 0;
    cr_expect_eq(verify(&p), QUORSUM_ERR_ARGUMENT, "no element");
    proven_free(&p);
}

/* Each ciphertext, each partial, and partials in another order. */
Test(share_proof, any_change_of_the_vectors_is_refused)
{
    proven p;
    size_t limbs, width;

    proven_new(&p);
    limbs = p.partial->limbs;
    width = p.statement.stride;
    for (size_t k = 0; k < COUNT; k++) {
        p.partial->value[k * limbs] ^= 4;
        cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF, "partial %zu", k);
        p.partial->value[k * limbs] ^= 4;
        p.a.vector->value[k * width] ^= 4;
        cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF, "ciphertext %zu", k);
        p.a.vector->value[k * width] ^= 4;
    }
    for (size_t i = 0; i < limbs; i++) {
        mp_limb_t limb = p.partial->value[i];

        p.partial->value[i] = p.partial->value[limbs + i];
        p.partial->value[limbs + i] = limb;
    }
    cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF, "two partials exchanged");
    proven_free(&p);
}

/* N - c_i has the same square, so it is as good a partial as c_i; but a proof is bound to the one it was made for. */
Test(share_proof, negated_partial_is_refused)
{
    proven p;
    const mp_limb_t *n;

    proven_new(&p);
    n = p.f.record->parts.key->root->n;
    mpn_sub_n(p.partial->value, n, p.partial->value, (mp_size_t)p.partial->limbs);
    cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF);
    proven_free(&p);
}

Test(share_proof, partials_out_of_range_or_no_units_are_refused_by_name)
{
    proven p;
    qs_secret factor = {0};
    size_t limbs;
    mp_limb_t *last;

    proven_new(&p);
    limbs = p.partial->limbs;
    last = p.partial->value + (COUNT - 1) * limbs;
    mpn_zero(last, (mp_size_t)limbs);
    cr_expect_eq(verify(&p), QUORSUM_ERR_NOT_UNIT, "zero");
    secret_from_hex(&factor, SAFE_P);
    mpn_copyi(last, factor.limb, (mp_size_t)factor.limbs);
    cr_expect_eq(verify(&p), QUORSUM_ERR_NOT_UNIT, "a factor");
    mpn_copyi(last, p.f.record->parts.key->root->n, (mp_size_t)limbs);
    cr_expect_eq(verify(&p), QUORSUM_ERR_RANGE, "N itself");
    qs_secret_clear(&factor);
    proven_free(&p);
}

/* Somebody who does not know S_i proves with another share, about the partials that share makes. */
Test(share_proof, proof_with_another_share_is_refused)
{
    proven p;
    const quorsum_key_share *wrong;

    proven_new(&p);
    wrong = p.f.shares[3];
    cr_assert_eq(qs_partial_powers(p.partial->value, p.statement.key, p.statement.bases, p.statement.stride, COUNT,
                                   &wrong->value, wrong->share_bits, NULL), QUORSUM_OK);
    cr_assert_eq(qs_share_prove(p.partial->proof, &p.context, &p.statement, &wrong->value, NULL), QUORSUM_OK);
    cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF);
    proven_free(&p);
}

/* One wrong partial among right ones, proven with the right share: the batch exponents catch it. */
Test(share_proof, one_wrong_partial_in_a_batch_is_refused)
{
    proven p;

    proven_new(&p);
    p.partial->value[2 * p.partial->limbs] ^= 1;
    cr_assert_eq(qs_share_prove(p.partial->proof, &p.context, &p.statement, &p.f.shares[1]->value, NULL), QUORSUM_OK);
    cr_expect_eq(verify(&p), QUORSUM_ERR_PROOF);
    proven_free(&p);
}

Test(share_proof, same_vector_is_proven_differently_each_time)
{
    proven p;
    uint8_t first[16];

    proven_new(&p);
    memcpy(first, p.partial->proof, 16);
    cr_assert_eq(qs_share_prove(p.partial->proof, &p.context, &p.statement, &p.f.shares[1]->value, NULL), QUORSUM_OK);
    cr_expect_neq(memcmp(first, p.partial->proof, 16), 0);
    cr_expect_eq(verify(&p), QUORSUM_OK);
    proven_free(&p);
}
