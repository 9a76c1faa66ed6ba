/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dealer hides a third, small prime in one of two factors of the right length: N = (a b) c. That N has two large
 * factors is true, and proven; N-th roots exist; shares and verification keys fit. But challenges could be guessed
 * modulo a, and signs would not be all the roots of 1 that proofs allow for. Stopped by: Pi_mod with fourth roots: with
 * three primes only half of the challenges have any (Blum integers; Canetti et al., CCS 2020). Neither proof would do
 * alone.
 */
#include "crooked_dealer.h"

static const char *const primes[] = {"394c294f", "323103a904d33ded107aa67a7", "faa3317e5256b6868cff478f70ba7197"};

Test(attack, key_with_a_third_prime)
{
    scene s;
    crooked_dealer d;
    quorsum_bytes record;
    size_t hold;
    mpz_t one, first;

    scene_open(&s, SCENE_SUM, (setup){0});
    crooked_open(&d, &s.f, primes, (const unsigned[]){1, 1, 1}, 3);
    mpz_init_set_ui(one, 1);
    mpz_init(first);
    mpz_mul(first, d.prime[0], d.prime[1]);
    crooked_deal(&d, one);
    cr_expect_eq(crooked_certify(&d), QS_CERTIFICATE_ROOTS);
    cr_expect(crooked_prove_factors(&d, first));
    hold = crooked_prove_modulus(&d);
    cr_expect(hold > 40 && hold < 100, "about half of 128 can hold: %zu", hold);
    record = crooked_record(&d);
    expect_refused_key(&s, &record, QUORSUM_ERR_MODULUS_PROOF);
    quorsum_bytes_free(&record);
    mpz_clears(one, first, NULL);
    crooked_close(&d);
    scene_close(&s);
}

/* The control: two primes, and nothing else is different. */
Test(attack, key_by_the_same_dealer_with_two_primes)
{
    scene s;
    crooked_dealer d;
    quorsum_key_record *record = NULL;
    quorsum_bytes bytes;
    mpz_t one;

    scene_open(&s, SCENE_SUM, (setup){0});
    crooked_open(&d, &s.f, (const char *const[]){"eb93f78cc415e2b0ba5b209ef18b20e7", primes[2]},
                 (const unsigned[]){1, 1}, 2);
    mpz_init_set_ui(one, 1);
    crooked_deal(&d, one);
    cr_expect_eq(crooked_certify(&d), QS_CERTIFICATE_ROOTS);
    cr_expect(crooked_prove_factors(&d, d.prime[0]));
    cr_expect_eq(crooked_prove_modulus(&d), QS_MODULUS_ROOTS);
    bytes = crooked_record(&d);
    cr_expect_eq(quorsum_key_record_decode(&record, bytes.data, bytes.len, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_key_record_confirmed(record), QUORUM);
    quorsum_key_record_free(record);
    quorsum_bytes_free(&bytes);
    mpz_clear(one);
    crooked_close(&d);
    scene_close(&s);
}
