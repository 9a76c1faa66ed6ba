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
