/* SPDX-License-Identifier: Apache-2.0 */
/* Partial decryption: what a share is used on, and what it is never used on. */
#include "tests/unit/threshold/fixture.h"

static quorsum_status decrypt(const fixture *f, uint32_t trustee, const quorsum_ciphertexts *vector,
                              const uint8_t *prover)
{
    quorsum_partial *partial = NULL;
    quorsum_status status =
        quorsum_partial_decrypt(&partial, f->record, f->shares[trustee - 1], vector, test_task, prover, NULL);

    cr_expect_eq(partial != NULL, status == QUORSUM_OK);
    quorsum_partial_free(partial);
    return status;
}

Test(partial, refuses_a_share_that_is_not_the_records)
{
    fixture f, other;
    sample a;
    const uint8_t *me;

    fixture_new(&f, 1, 3, 2);
    fixture_new(&other, 1, 3, 2);
    sample_new(&a, &f, 2);
    me = prover_of(&f, 1);
    cr_expect_eq(decrypt(&f, 1, a.vector, me), QUORSUM_OK);
    f.shares[0]->value.limb[0] ^= 1;
    cr_expect_eq(decrypt(&f, 1, a.vector, me), QUORSUM_ERR_KEY_CHECK, "another value");
    f.shares[0]->value.limb[0] ^= 1;
    f.shares[0]->trustee = 2;
    cr_expect_eq(decrypt(&f, 1, a.vector, me), impostor(&f, QUORSUM_ERR_KEY_CHECK), "another index");
    cr_expect_eq(decrypt(&f, 1, a.vector, prover_of(&f, 2)), QUORSUM_ERR_KEY_CHECK, "another index and name");
    f.shares[0]->trustee = 4;
    cr_expect_eq(decrypt(&f, 1, a.vector, me), QUORSUM_ERR_KEY_CHECK, "an index beyond n");
    f.shares[0]->trustee = 0;
    cr_expect_eq(decrypt(&f, 1, a.vector, me), QUORSUM_ERR_KEY_CHECK, "index zero");
    f.shares[0]->trustee = 1;
    f.shares[0]->share_bits++;
    cr_expect_eq(decrypt(&f, 1, a.vector, me), QUORSUM_ERR_KEY_CHECK, "another bound");
    f.shares[0]->share_bits--;
    f.shares[0]->key[31] ^= 1;
    cr_expect_eq(decrypt(&f, 1, a.vector, me), QUORSUM_ERR_KEY_MISMATCH, "another record");
    sample_free(&a);
    fixture_free(&other);
    fixture_free(&f);
}

Test(partial, refuses_ciphertexts_of_another_key)
{
    fixture f, other;
    sample a;

    fixture_new(&f, 1, 3, 2);
    fixture_new(&other, 2, 3, 2);
    sample_new(&a, &other, 2);
    cr_expect_eq(decrypt(&f, 1, a.vector, prover_of(&f, 1)), QUORSUM_ERR_KEY_MISMATCH);
    sample_free(&a);
    fixture_free(&other);
    fixture_free(&f);
}

/* c0^(2 S) by GMP for every element, however many are raised together. */
Test(partial, raises_every_element_of_vectors_of_any_length)
{
    fixture f;

    fixture_new(&f, 1, 3, 2);
    for (size_t count = 1; count <= 17; count++) {
        const quorsum_public_key *key = quorsum_key_record_public(f.record);
        const quorsum_key_share *share = f.shares[count % 3];
        size_t limbs = key->root->limbs;
        mp_limb_t *out = calloc(count, limbs * sizeof *out);
        sample a;
        mpz_t exponent, base, got;

        sample_new(&a, &f, count);
        mpz_inits(exponent, base, got, NULL);
        cr_assert_eq(qs_partial_powers(out, key, a.vector->value, key->ring->width, count, &share->value,
                                       share->share_bits, NULL),
                     QUORSUM_OK);
        mpz_import(exponent, share->value.limbs, -1, sizeof(mp_limb_t), 0, 0, share->value.limb);
        mpz_mul_ui(exponent, exponent, 2);
        for (size_t k = 0; k < count; k++) {
            mpz_import(base, limbs, -1, sizeof(mp_limb_t), 0, 0, a.vector->value + k * key->ring->width);
            mpz_powm(base, base, exponent, f.n);
            mpz_import(got, limbs, -1, sizeof(mp_limb_t), 0, 0, out + k * limbs);
            cr_assert_eq(mpz_cmp(got, base), 0, "element %zu of %zu", k, count);
        }
        mpz_clears(exponent, base, got, NULL);
        sample_free(&a);
        free(out);
    }
    fixture_free(&f);
}

/* Vectors are valid by construction; should one not be, the share still never touches it. */
Test(partial, raises_nothing_that_is_no_unit_or_out_of_range)
{
    fixture f;
    sample a;
    qs_secret factor = {0};
    mp_limb_t *last;
    const qs_ring *root;

    fixture_new(&f, 1, 3, 2);
    sample_new(&a, &f, 3);
    root = f.record->parts.key->root;
    last = a.vector->value + 2 * f.record->parts.key->ring->width;
    secret_from_hex(&factor, SAFE_Q);
    mpn_zero(last, (mp_size_t)root->limbs);
    cr_expect_eq(decrypt(&f, 1, a.vector, prover_of(&f, 1)), QUORSUM_ERR_NOT_UNIT, "zero");
    mpn_copyi(last, factor.limb, (mp_size_t)factor.limbs);
    cr_expect_eq(decrypt(&f, 1, a.vector, prover_of(&f, 1)), QUORSUM_ERR_NOT_UNIT, "a factor");
    mpn_copyi(last, root->n, (mp_size_t)root->limbs);
    cr_expect_eq(decrypt(&f, 1, a.vector, prover_of(&f, 1)), QUORSUM_ERR_RANGE, "N");
    qs_secret_clear(&factor);
    sample_free(&a);
    fixture_free(&f);
}

Test(partial, missing_arguments_are_refused)
{
    fixture f;
    sample a;
    quorsum_partial *partial = NULL;
    const uint8_t *me;

    fixture_new(&f, 1, 1, 1);
    sample_new(&a, &f, 1);
    me = prover_of(&f, 1);
    cr_expect_eq(quorsum_partial_decrypt(NULL, f.record, f.shares[0], a.vector, test_task, me, NULL),
                 QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_partial_decrypt(&partial, NULL, f.shares[0], a.vector, test_task, me, NULL),
                 QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_partial_decrypt(&partial, f.record, NULL, a.vector, test_task, me, NULL),
                 QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_partial_decrypt(&partial, f.record, f.shares[0], NULL, test_task, me, NULL),
                 QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_partial_decrypt(&partial, f.record, f.shares[0], a.vector, NULL, me, NULL),
                 QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_partial_decrypt(&partial, f.record, f.shares[0], a.vector, test_task, NULL, NULL),
                 QUORSUM_ERR_ARGUMENT);
    sample_free(&a);
    fixture_free(&f);
}

/* The same values on one thread as on several. */
Test(partial, does_not_depend_on_the_number_of_threads)
{
    fixture f;
    sample a;
    quorsum_partial *one = NULL;
    quorsum_partial *many = NULL;
    quorsum_run single = {.threads = 1};
    quorsum_run several = {.threads = 5};

    fixture_new(&f, 3, 4, 2);
    sample_new(&a, &f, 13);
    cr_assert_eq(quorsum_partial_decrypt(&one, f.record, f.shares[3], a.vector, test_task, prover_of(&f, 4), &single),
                 QUORSUM_OK);
    cr_assert_eq(quorsum_partial_decrypt(&many, f.record, f.shares[3], a.vector, test_task, prover_of(&f, 4), &several),
                 QUORSUM_OK);
    cr_expect_eq(memcmp(one->value, many->value, 13 * one->limbs * sizeof(mp_limb_t)), 0);
    cr_expect_eq(quorsum_partial_trustee(one), 4);
    quorsum_partial_free(one);
    quorsum_partial_free(many);
    sample_free(&a);
    fixture_free(&f);
}
