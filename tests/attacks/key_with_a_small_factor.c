/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dealer whose key is small enough for somebody else to factor later, or for a proof's challenges to be guessed
 * modulo its least prime. He proves all that is true of it: that its factors are two primes, 3 modulo 4, with N-th
 * roots. Stopped by: trial division below 2^20; above it Pi_fac (Canetti, Gennaro, Goldfeder, Makriyannis, Peled, CCS
 * 2020), whose response for the larger factor has no room. Lesson 5 of the field: such moduli have cost money in 2023
 * and 2026.
 */
#include "crooked_dealer.h"

/* 64 and 1984 bits. */
static const char small[] = "f1e273a87984a8ab";
static const char large[] =
    "ccb9448003b4d020b69d532b05dc9bc95e17b68b4281725151c022d9ed184b97a1aa55f8a3a76d95352695a7fc2634ac"
    "a28b43527ee828e794b94d82aaf617b65d6db7a57af65839d7a8269bc4c3caba71daeca7d7d4638b1471e2721d5d829b"
    "eb626e7a2a099bbed7ca666cc827f648a14b09d4f28af4caf72eab979e4d7da58affca58110b85edb284acbed03b7217"
    "015e856a0f5c5c6b9008322baa95d5edb3ca53241e2f007de3e1a0572e103fadf06f0658dd28b02d648cb3e4dccec5e9"
    "a7298690b7de7c98fe4c4858b467795ad4bb4b9ce6e97748a0b51f15955509bf9c3b68752397f47b96fd32f2dbe87e77"
    "9e5a8244a0b513af";

Test(attack, key_with_a_factor_of_64_bits, .timeout = 120)
{
    scene s;
    crooked_dealer d;
    quorsum_bytes record;
    mpz_t one;

    scene_open(&s, SCENE_SUM, (setup){0});
    crooked_open(&d, &s.f, (const char *const[]){small, large}, (const unsigned[]){1, 1}, 2);
    mpz_init_set_ui(one, 1);
    crooked_deal(&d, one);
    cr_expect_eq(crooked_certify(&d), QS_CERTIFICATE_ROOTS);
    cr_expect_eq(crooked_prove_modulus(&d), QS_MODULUS_ROOTS, "all of this is true");
    cr_expect_not(crooked_prove_factors(&d, d.prime[0]), "e times the large factor is too long");
    record = crooked_record(&d);
    expect_refused_key(&s, &record, QUORSUM_ERR_MODULUS_PROOF);
    quorsum_bytes_free(&record);
    mpz_clear(one);
    crooked_close(&d);
    scene_close(&s);
}

Test(attack, key_with_a_factor_of_20_bits)
{
    scene s;
    quorsum_bytes honest;
    quorsum_bytes forged;
    uint8_t bytes[32];
    mpz_t n;

    scene_open(&s, SCENE_SUM, (setup){0});
    honest = scene_take(&s, "key");
    honest.len = s.f.record->message_len;
    mpz_init_set(n, s.f.n);
    mpz_fdiv_q_ui(n, n, 1048573); /* the largest prime below 2^20 */
    mpz_setbit(n, 0);
    mpz_mul_ui(n, n, 1048573);
    cr_assert_eq(mpz_sizeinbase(n, 2), 256);
    mpz_export(bytes, NULL, 1, 1, 1, 0, n);
    forged = forge_bytes(&honest, 10, bytes, sizeof bytes, s.f.dealer);
    expect_refused_key(&s, &forged, QUORSUM_ERR_MODULUS_FACTOR);
    quorsum_bytes_free(&forged);
    quorsum_bytes_free(&honest);
    mpz_clear(n);
    scene_close(&s);
}
