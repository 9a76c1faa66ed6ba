/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dealer who takes N = P^2 q can say of one aggregate that it holds this total, or that, and each opening passes the
 * check that anybody makes: (1 + jN/P)^N = (1+N)^(jN/P), so (m + jN/P, r) and (m, r (1 + jN/P)) are both openings.
 * Stopped by: the root certificate. P divides gcd(N, phi(N)), so only one unit in P has an N-th root, and the record
 * must show seven of hashed ones (Goldberg, Reyzin, Sagga, Baldimtsi 2019). Nor do shares fit such an N, unless theta
 * is no unit either.
 */
#include "crooked_dealer.h"
#include "lib/threshold/opening.h"

static const char *const primes[] = {"1a3f22b3d50f4a4bdeee2f", "3d59daf3980493dddf1677"};

static void store(mp_limb_t *out, size_t width, const mpz_t value)
{
    mpn_zero(out, (mp_size_t)width);
    mpn_copyi(out, mpz_limbs_read(value), (mp_size_t)mpz_size(value));
}

static quorsum_status verify(const quorsum_public_key *key, const quorsum_ciphertexts *vector, const mpz_t m,
                             const mpz_t r)
{
    quorsum_opening *opening = NULL;
    quorsum_status status;

    cr_assert_eq(qs_opening_new(&opening, key, 1), QUORSUM_OK);
    store(opening->m, key->plain->width, m);
    store(opening->r, key->root->width, r);
    status = quorsum_opening_verify(opening, vector, NULL);
    quorsum_opening_free(opening);
    return status;
}

/* That the danger is real: two totals of one ciphertext, and the library's own check finds nothing wrong with
 * either. */
static void expect_two_openings(const crooked_dealer *d)
{
    const quorsum_public_key *key = d->parts.key;
    quorsum_ciphertexts *vector = NULL;
    mpz_t m, r, c, step, square, root;

    mpz_inits(c, step, square, root, NULL);
    mpz_init_set_ui(m, 1000);
    mpz_init_set_ui(r, 12345);
    mpz_mul(square, d->n, d->n);
    mpz_add_ui(c, d->n, 1);
    mpz_powm(c, c, m, square);
    mpz_powm(root, r, d->n, square);
    mpz_mul(c, c, root);
    mpz_mod(c, c, square);
    cr_assert_eq(qs_ciphertexts_new(&vector, key, 1), QUORSUM_OK);
    qs_ring_from_mpz_vartime(key->ring, vector->value, c);
    cr_expect_eq(verify(key, vector, m, r), QUORSUM_OK);
    mpz_divexact(step, d->n, d->prime[0]);
    mpz_mul_ui(step, step, 7);
    mpz_sub(m, m, step); /* (m, r) = (m - 7 N/P, r (1 + 7 N/P)) */
    mpz_mod(m, m, d->n);
    mpz_add_ui(step, step, 1);
    mpz_mul(r, r, step);
    mpz_mod(r, r, d->n);
    cr_expect_eq(verify(key, vector, m, r), QUORSUM_OK, "another total of the same ciphertext");
    quorsum_ciphertexts_free(vector);
    mpz_clears(m, r, c, step, square, root, NULL);
}

Test(attack, open_one_ciphertext_twice)
{
    scene s;
    crooked_dealer d;
    quorsum_bytes record;
    mpz_t theta;

    scene_open(&s, SCENE_SUM, (setup){0});
    crooked_open(&d, &s.f, primes, (const unsigned[]){2, 1}, 2);
    expect_two_openings(&d);
    mpz_init_set_ui(theta, 1);
    crooked_deal(&d, theta);
    cr_expect_eq(crooked_certify(&d), 0, "one unit in P has a root");
    cr_expect_eq(crooked_prove_modulus(&d), QS_MODULUS_ROOTS, "P^2 q is within what Pi_mod shows");
    cr_expect(crooked_prove_factors(&d, d.prime[1]));
    cr_expect_eq(qs_certificate_check_vartime(&d.parts, NULL), QUORSUM_ERR_CERTIFICATE);
    record = crooked_record(&d);
    expect_refused_key(&s, &record, QUORSUM_ERR_KEY_CHECK);
    quorsum_bytes_free(&record);

    mpz_set(theta, d.prime[0]); /* D N = P modulo the order: the shares fit, theta does not */
    crooked_deal(&d, theta);
    record = crooked_record(&d);
    expect_refused_key(&s, &record, QUORSUM_ERR_NOT_UNIT);
    quorsum_bytes_free(&record);
    mpz_clear(theta);
    crooked_close(&d);
    scene_close(&s);
}
