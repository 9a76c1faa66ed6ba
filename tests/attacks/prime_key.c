/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dealer whose "modulus" is a prime, a prime's square, or even: then whoever sees N reads everything, from the first
 * day on. Nobody is in league with him: it may be a mistake, or a changed file that was signed again. Stopped by: a
 * public key is refused that is even, prime, a power, of the wrong length, or has a small factor, before anything is
 * done with it. Lesson 5 of the field.
 */
#include "crooked_dealer.h"

static void attack(scene *s, const mpz_t n, quorsum_status reason)
{
    quorsum_bytes honest = {0};
    quorsum_bytes forged;
    uint8_t bytes[32];

    cr_assert_eq(mpz_sizeinbase(n, 2), 256);
    mpz_export(bytes, NULL, 1, 1, 1, 0, n);
    cr_assert_eq(quorsum_key_record_encode(&honest, s->f.record), QUORSUM_OK);
    honest.len = s->f.record->message_len;
    forged = forge_bytes(&honest, 10, bytes, sizeof bytes, s->f.dealer);
    expect_refused_key(s, &forged, reason);
    quorsum_bytes_free(&forged);
    quorsum_bytes_free(&honest);
}

Test(attack, prime_key)
{
    scene s;
    mpz_t n;

    scene_open(&s, SCENE_SUM, (setup){0});
    mpz_init(n);
    mpz_nextprime(n, s.f.n);
    attack(&s, n, QUORSUM_ERR_MODULUS_PRIME);
    mpz_mul(n, s.f.p, s.f.p);
    attack(&s, n, QUORSUM_ERR_MODULUS_PRIME);
    mpz_add_ui(n, s.f.n, 1);
    attack(&s, n, QUORSUM_ERR_MODULUS_EVEN);
    mpz_clear(n);
    scene_close(&s);
}
