/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a dishonest dealer, trustee or combiner may try with openings and partials: keys with a prime factor as small
 * as a modulus may have, keys whose openings are not unique, partials that differ where only squares are looked at.
 */
#include "lib/threshold/opening.h"
#include "lib/threshold/partial.h"

#include "tests/unit/threshold/fixture.h"

#define ENTRIES 20

static void store(mp_limb_t *out, size_t limbs, const mpz_t value)
{
    mpn_zero(out, (mp_size_t)limbs);
    mpn_copyi(out, mpz_limbs_read(value), (mp_size_t)mpz_size(value));
}

/* A public key for any N that passes for a modulus. */
static quorsum_public_key *key_for(const mpz_t n, unsigned s)
{
    quorsum_key_options options = {.degree = s};
    quorsum_public_key *key = NULL;
    uint8_t bytes[64];
    size_t len;

    mpz_export(bytes, &len, 1, 1, 1, 0, n);
    cr_assert_eq(quorsum_public_key_new(&key, bytes, len, &options), QUORSUM_OK);
    return key;
}

/* ---- a dealer's modulus ---- */

/* N = 67 * 127591: a total that is false by a multiple of N / 67 satisfies one equation whose exponent is a multiple of
 * 67. It must not do so once in 67 times. */
Test(attacks, false_total_modulo_a_small_factor_is_refused)
{
    fixture f = {.s = 1};
    quorsum_public_key *key;
    quorsum_ciphertexts *vector;
    quorsum_opening *opening;
    mpz_t m, r, c;
    unsigned accepted = 0;

    mpz_inits(m, r, c, f.ns, f.modulus, NULL);
    mpz_init_set_ui(f.n, 67ul * 127591ul);
    mpz_set(f.ns, f.n);
    mpz_mul(f.modulus, f.n, f.n);
    key = key_for(f.n, 1);
    cr_assert_eq(qs_ciphertexts_new(&vector, key, ENTRIES), QUORSUM_OK);
    cr_assert_eq(qs_opening_new(&opening, key, ENTRIES), QUORSUM_OK);
    for (unsigned k = 0; k < ENTRIES; k++) {
        mpz_set_ui(m, 1000 * k);
        mpz_set_ui(r, 2 + k);
        encrypt_integers(c, &f, m, r);
        qs_ring_from_mpz_vartime(key->ring, vector->value + k * key->ring->width, c);
        if (k == 3)
            mpz_add_ui(m, m, 127591);
        store(opening->m + k * key->plain->width, key->plain->limbs, m);
        store(opening->r + k * key->root->width, key->root->limbs, r);
    }
    for (unsigned i = 0; i < 500; i++)
        accepted += quorsum_opening_verify(opening, vector, NULL) == QUORSUM_OK;
    cr_expect_eq(accepted, 0, "%u of 500", accepted);
    mpz_set_ui(m, 3000);
    store(opening->m + 3 * key->plain->width, key->plain->limbs, m);
    cr_expect_eq(quorsum_opening_verify(opening, vector, NULL), QUORSUM_OK);
    quorsum_opening_free(opening);
    quorsum_ciphertexts_free(vector);
    quorsum_public_key_free(key);
    mpz_clears(m, r, c, f.n, f.ns, f.modulus, NULL);
}

/* q = 1 mod p, so that p divides both N and phi(N): most units are no ciphertexts, and those that are have p openings
 * each. N has no square. The dealer knows the factors and gives the roots there are. */
Test(attacks, certificate_refuses_a_prime_that_divides_the_order_of_another)
{
    quorsum_public_key *key;
    qs_key_parts parts;
    mp_limb_t *y;
    mpz_t n, p, q, order, value, root;

    mpz_inits(n, q, order, root, NULL);
    mpz_init_set_ui(p, 1019);
    for (unsigned long k = 2; mpz_probab_prime_p(q, 25) == 0; k += 2) {
        mpz_mul_ui(q, p, k);
        mpz_add_ui(q, q, 1);
    }
    mpz_mul(n, p, q);
    key = key_for(n, 1);
    cr_assert_eq(qs_key_parts_init(&parts, key, qs_origin_dealer, 1, 1, 40, NULL), QUORSUM_OK);
    y = calloc(QS_CERTIFICATE_ROOTS, key->root->width * sizeof *y);
    qs_certificate_challenges(key, y);
    mpz_sub_ui(order, p, 1);
    mpz_sub_ui(q, q, 1);
    mpz_divexact(q, q, p);
    mpz_mul(order, order, q);
    cr_assert(mpz_invert(order, n, order));
    for (size_t i = 0; i < QS_CERTIFICATE_ROOTS; i++) {
        mpz_roinit_n(value, y + i * key->root->limbs, (mp_size_t)key->root->limbs);
        mpz_powm(root, value, order, n);
        store(parts.roots + i * key->root->limbs, key->root->limbs, root);
    }
    cr_expect_eq(qs_certificate_check_vartime(&parts, NULL), QUORSUM_ERR_CERTIFICATE);
    free(y);
    qs_key_parts_clear(&parts);
    quorsum_public_key_free(key);
    mpz_clears(n, p, q, order, root, NULL);
}

/* ---- a trustee's partials ---- */

/* Element k of the partial times `factor`. */
static void spoil(quorsum_partial *partial, const fixture *f, size_t k, const mpz_t factor)
{
    const qs_ring *root = quorsum_key_record_public(f->record)->root;
    mp_limb_t *at = partial->value + k * root->limbs;
    mpz_t value;

    mpz_init(value);
    qs_ring_to_mpz(root, value, at);
    mpz_mul(value, value, factor);
    qs_ring_from_mpz_vartime(root, at, value);
    mpz_clear(value);
}

/* A fresh proof with the trustee's share. */
static void prove_again(quorsum_partial *partial, const fixture *f, const quorsum_ciphertexts *vector)
{
    qs_share_statement statement;
    qs_context context;

    qs_partial_statement(&statement, &context, f->record, partial, vector);
    cr_assert_eq(qs_share_prove(partial->proof, &context, &statement, &f->shares[partial->trustee - 1]->value, NULL),
                 QUORSUM_OK);
}

/* Square roots of 1: -1, and the ones that only the dealer knows. */
static void root_of_one(mpz_t out, const fixture *f, int trivial)
{
    mpz_t p, q;

    mpz_init_set_str(p, SAFE_P, 16);
    mpz_init_set_str(q, SAFE_Q, 16);
    mpz_sub_ui(out, f->n, 1);
    if (!trivial) { /* 1 mod p, -1 mod q: 1 - 2 p (1/p mod q) */
        cr_assert(mpz_invert(q, p, q));
        mpz_mul(out, p, q);
        mpz_mul_si(out, out, -2);
        mpz_add_ui(out, out, 1);
        mpz_mod(out, out, f->n);
    }
    mpz_clears(p, q, NULL);
}

/* Only squares of partials are proven and combined, so a trustee may multiply its own by a square root of 1 unnoticed.
 * What is opened must be m and r all the same: any other root of c would give away a factor of N. */
Test(attacks, root_of_one_on_a_partial_does_not_change_the_opening)
{
    for (int trivial = 0; trivial <= 1; trivial++) {
        fixture f;
        sample a;
        quorsum_partial *first, *second;
        quorsum_combiner *combiner;
        quorsum_opening *opening = NULL;
        mpz_t one;

        fixture_new(&f, 1, 3, 2);
        sample_new(&a, &f, 3);
        mpz_init(one);
        root_of_one(one, &f, trivial);
        first = partial_of(&f, 1, a.vector);
        second = partial_of(&f, 3, a.vector);
        spoil(first, &f, 1, one);
        spoil(second, &f, 1, one);
        spoil(second, &f, 2, one);
        combiner = combiner_of(&f, a.vector);
        cr_expect_eq(quorsum_combiner_add(combiner, first, NULL), QUORSUM_ERR_PROOF, "proof of another partial");
        prove_again(first, &f, a.vector);
        prove_again(second, &f, a.vector);
        cr_expect_eq(quorsum_combiner_add(combiner, first, NULL), QUORSUM_OK);
        cr_expect_eq(quorsum_combiner_add(combiner, second, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_OK);
        for (size_t k = 0; k < a.count; k++)
            cr_expect(opens_to(opening, k, a.m[k], a.r[k]), "element %zu", k);
        quorsum_opening_free(opening);
        quorsum_combiner_free(combiner);
        quorsum_partial_free(first);
        quorsum_partial_free(second);
        mpz_clear(one);
        sample_free(&a);
        fixture_free(&f);
    }
}

/* Two errors whose product is 1: one exponent for both would let them pass. */
Test(attacks, errors_that_cancel_in_the_product_are_refused)
{
    fixture f;
    sample a;
    quorsum_partial *partial;
    quorsum_combiner *combiner;
    mpz_t error;

    fixture_new(&f, 1, 3, 2);
    sample_new(&a, &f, 3);
    partial = partial_of(&f, 1, a.vector);
    mpz_init_set_ui(error, 3);
    spoil(partial, &f, 0, error);
    cr_assert(mpz_invert(error, error, f.n));
    spoil(partial, &f, 2, error);
    prove_again(partial, &f, a.vector);
    combiner = combiner_of(&f, a.vector);
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_ERR_PROOF);
    quorsum_combiner_free(combiner);
    quorsum_partial_free(partial);
    mpz_clear(error);
    sample_free(&a);
    fixture_free(&f);
}

/* With a quorum of one all shares are the same number. A trustee must not count as its neighbour for that. */
Test(attacks, equal_shares_do_not_make_one_trustee_two)
{
    fixture f;
    sample a;
    quorsum_partial *partial;
    quorsum_combiner *combiner;

    fixture_new(&f, 1, 3, 1);
    sample_new(&a, &f, 2);
    partial = partial_of(&f, 1, a.vector);
    combiner = combiner_of(&f, a.vector);
    partial->trustee = 2;
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_ERR_PROOF);
    partial->trustee = 0;
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_ERR_TRUSTEE);
    partial->trustee = 4;
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_ERR_TRUSTEE);
    partial->trustee = UINT32_MAX;
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_ERR_TRUSTEE);
    partial->trustee = 1;
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK);
    quorsum_combiner_free(combiner);
    quorsum_partial_free(partial);
    sample_free(&a);
    fixture_free(&f);
}
