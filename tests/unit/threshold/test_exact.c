/* SPDX-License-Identifier: Apache-2.0 */
/* lib/threshold/exact.c: one wrong number is found wherever it stands, one by one (up to 20) and in a batch. */
#include "lib/threshold/exact.h"

#include "tests/unit/threshold/fixture.h"

static quorsum_opening *opening_of(const fixture *f, const sample *a)
{
    const quorsum_public_key *key = quorsum_key_record_public(f->record);
    quorsum_opening *opening = NULL;

    cr_assert_eq(qs_opening_new(&opening, key, a->count), QUORSUM_OK);
    for (size_t k = 0; k < a->count; k++) {
        qs_ring_from_mpz_vartime(key->plain, opening->m + k * key->plain->width, a->m[k]);
        qs_ring_from_mpz_vartime(key->root, opening->r + k * key->root->width, a->r[k]);
    }
    return opening;
}

static mp_limb_t *m_at(quorsum_opening *opening, size_t k)
{
    return opening->m + k * opening->key->plain->width;
}

static mp_limb_t *r_at(quorsum_opening *opening, size_t k)
{
    return opening->r + k * opening->key->root->width;
}

static void put_negated(quorsum_opening *opening, size_t k, const fixture *f, const sample *a)
{
    mpz_t r;

    mpz_init(r);
    mpz_sub(r, f->n, a->r[k]);
    qs_ring_from_mpz_vartime(opening->key->root, r_at(opening, k), r);
    mpz_clear(r);
}

static void put_back(quorsum_opening *opening, size_t k, const sample *a)
{
    qs_ring_from_mpz_vartime(opening->key->plain, m_at(opening, k), a->m[k]);
    qs_ring_from_mpz_vartime(opening->key->root, r_at(opening, k), a->r[k]);
}

static quorsum_status exact(const quorsum_opening *opening, const sample *a, unsigned threads)
{
    const quorsum_run run = {.threads = threads};

    return qs_opening_verify_exact_vartime(opening, a->vector, &run);
}

Test(exact, right_ones_verify_for_every_degree_and_length)
{
    static const size_t counts[] = {1, 7, 8, 20, 21, 40};

    for (unsigned s = 1; s <= 4; s++) {
        fixture f;

        fixture_new(&f, s, 3, 2);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            sample a;
            quorsum_opening *opening;

            sample_new(&a, &f, counts[i]);
            opening = opening_of(&f, &a);
            cr_expect_eq(exact(opening, &a, 1), QUORSUM_OK, "s = %u, %zu", s, counts[i]);
            cr_expect_eq(exact(opening, &a, 3), QUORSUM_OK, "s = %u, %zu", s, counts[i]);
            quorsum_opening_free(opening);
            sample_free(&a);
        }
        fixture_free(&f);
    }
}

/* Element k in turn: m and r with a bit changed, N - r, those of its neighbour, 0. */
static void spoil_each(const fixture *f, const sample *a)
{
    quorsum_opening *opening = opening_of(f, a);

    for (size_t k = 0; k < a->count; k++) {
        size_t next = (k + 1) % a->count;

        m_at(opening, k)[0] ^= 1; /* N^s - 1, the sample's element 1, becomes N^s */
        cr_expect_eq(exact(opening, a, 1), k == 1 ? QUORSUM_ERR_RANGE : QUORSUM_ERR_OPENING, "m of %zu of %zu", k,
                     a->count);
        put_back(opening, k, a);
        r_at(opening, k)[0] ^= 2;
        cr_expect_eq(exact(opening, a, 1), QUORSUM_ERR_OPENING, "r of %zu of %zu", k, a->count);
        put_negated(opening, k, f, a);
        cr_expect_eq(exact(opening, a, 1), QUORSUM_ERR_OPENING, "N - r of %zu of %zu", k, a->count);
        put_negated(opening, next, f, a);
        cr_expect_eq(exact(opening, a, 1), QUORSUM_ERR_OPENING, "N - r of two, from %zu of %zu", k, a->count);
        put_back(opening, k, a);
        put_back(opening, next, a);
        mpn_copyi(m_at(opening, k), m_at(opening, next), (mp_size_t)opening->key->plain->width);
        mpn_copyi(r_at(opening, k), r_at(opening, next), (mp_size_t)opening->key->root->width);
        cr_expect_eq(exact(opening, a, 1), QUORSUM_ERR_OPENING, "%zu twice of %zu", next, a->count);
        mpn_zero(r_at(opening, k), (mp_size_t)opening->key->root->width);
        cr_expect_eq(exact(opening, a, 1), QUORSUM_ERR_RANGE, "r = 0 of %zu of %zu", k, a->count);
        put_back(opening, k, a);
    }
    cr_expect_eq(exact(opening, a, 1), QUORSUM_OK);
    quorsum_opening_free(opening);
}

Test(exact, finds_each_wrong_number)
{
    static const size_t counts[] = {2, 20, 21, 24};

    for (unsigned s = 1; s <= 2; s++) {
        fixture f;

        fixture_new(&f, s, 3, 2);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            sample a;

            sample_new(&a, &f, counts[i]);
            spoil_each(&f, &a);
            sample_free(&a);
        }
        fixture_free(&f);
    }
}

/* What it is for: the weaker check lets N - r pass one time in 256. */
Test(exact, finds_the_sign_that_the_check_of_plaintexts_passes)
{
    fixture f;
    sample a;
    quorsum_opening *opening;
    unsigned passed = 0;

    fixture_new(&f, 1, 3, 2);
    sample_new(&a, &f, 21);
    opening = opening_of(&f, &a);
    put_negated(opening, 3, &f, &a);
    for (unsigned i = 0; i < 1000; i++) {
        passed += quorsum_opening_verify(opening, a.vector, NULL) == QUORSUM_OK;
        cr_assert_eq(exact(opening, &a, 1), QUORSUM_ERR_OPENING);
    }
    cr_expect(passed > 0 && passed < 16, "%u", passed);
    quorsum_opening_free(opening);
    sample_free(&a);
    fixture_free(&f);
}

Test(exact, refuses_what_does_not_belong_together)
{
    fixture f;
    fixture other;
    sample a;
    sample b;
    quorsum_opening *opening;

    fixture_new(&f, 1, 3, 2);
    fixture_new(&other, 2, 3, 2);
    sample_new(&a, &f, 3);
    sample_new(&b, &other, 3);
    opening = opening_of(&f, &a);
    cr_expect_eq(exact(opening, &b, 1), QUORSUM_ERR_KEY_MISMATCH);
    sample_free(&b);
    sample_new(&b, &f, 4);
    cr_expect_eq(exact(opening, &b, 1), QUORSUM_ERR_WIDTH);
    quorsum_opening_free(opening);
    sample_free(&a);
    sample_free(&b);
    fixture_free(&f);
    fixture_free(&other);
}
