/* SPDX-License-Identifier: Apache-2.0 */
/* Completion and the checks of openings, single and batched, against openings made by plain GMP integers. */
#include "tests/unit/threshold/fixture.h"

#define COUNT 6

/* An opening object with the sample's own m and r. */
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

static void put_plaintext(quorsum_opening *opening, size_t k, const mpz_t m)
{
    qs_ring_from_mpz_vartime(opening->key->plain, opening->m + k * opening->key->plain->width, m);
}

static void put_root(quorsum_opening *opening, size_t k, const mpz_t r)
{
    qs_ring_from_mpz_vartime(opening->key->root, opening->r + k * opening->key->root->width, r);
}

/* Both checks of one element. */
static void expect_refused(const quorsum_opening *opening, const quorsum_ciphertexts *vector, size_t k,
                           quorsum_status expected, const char *what)
{
    cr_expect_eq(quorsum_opening_verify(opening, vector, NULL), expected, "batch: %s", what);
    cr_expect_eq(qs_opening_verify_one_vartime(opening, k, vector), expected, "single: %s", what);
}

Test(opening, right_ones_verify_for_every_degree)
{
    for (unsigned s = 1; s <= 4; s++) {
        fixture f;
        sample a;
        quorsum_opening *opening;

        fixture_new(&f, s, 3, 2);
        sample_new(&a, &f, COUNT);
        opening = opening_of(&f, &a);
        cr_expect_eq(quorsum_opening_verify(opening, a.vector, NULL), QUORSUM_OK, "s = %u", s);
        for (size_t k = 0; k < COUNT; k++)
            cr_expect_eq(qs_opening_verify_one_vartime(opening, k, a.vector), QUORSUM_OK);
        quorsum_opening_free(opening);
        sample_free(&a);
        fixture_free(&f);
    }
}

Test(opening, completion_finds_the_plaintext_from_the_randomiser)
{
    for (unsigned s = 1; s <= 4; s++) {
        fixture f;
        sample a;
        quorsum_opening *opening;

        fixture_new(&f, s, 3, 2);
        sample_new(&a, &f, COUNT);
        opening = opening_of(&f, &a);
        memset(opening->m, 0xee, COUNT * opening->key->plain->width * sizeof *opening->m);
        cr_expect_eq(qs_complete_vartime(opening->m, a.vector, opening->r, NULL), QUORSUM_OK);
        for (size_t k = 0; k < COUNT; k++)
            cr_expect(opens_to(opening, k, a.m[k], a.r[k]), "s = %u, element %zu", s, k);
        quorsum_opening_free(opening);
        sample_free(&a);
        fixture_free(&f);
    }
}

Test(opening, completion_takes_vectors_of_any_length)
{
    fixture f;

    fixture_new(&f, 1, 3, 2);
    for (size_t count = 1; count <= 17; count++) {
        sample a;
        quorsum_opening *opening;

        sample_new(&a, &f, count);
        opening = opening_of(&f, &a);
        memset(opening->m, 0xee, count * opening->key->plain->width * sizeof *opening->m);
        cr_expect_eq(qs_complete_vartime(opening->m, a.vector, opening->r, NULL), QUORSUM_OK);
        for (size_t k = 0; k < count; k++)
            cr_expect(opens_to(opening, k, a.m[k], a.r[k]), "element %zu of %zu", k, count);
        if (count > 1) { /* the last one alone is wrong */
            mpz_add_ui(a.r[count - 1], a.r[count - 1], 1);
            put_root(opening, count - 1, a.r[count - 1]);
            cr_expect_eq(qs_complete_vartime(opening->m, a.vector, opening->r, NULL), QUORSUM_ERR_OPENING);
        }
        quorsum_opening_free(opening);
        sample_free(&a);
    }
    fixture_free(&f);
}

Test(opening, completion_refuses_every_other_randomiser)
{
    fixture f;
    sample a;
    quorsum_opening *opening;
    mpz_t wrong;

    fixture_new(&f, 1, 3, 2);
    sample_new(&a, &f, COUNT);
    opening = opening_of(&f, &a);
    mpz_init(wrong);
    mpz_mul_2exp(wrong, a.r[3], 1);
    put_root(opening, 3, wrong);
    cr_expect_eq(qs_complete_vartime(opening->m, a.vector, opening->r, NULL), QUORSUM_ERR_OPENING, "2 r");
    mpz_sub(wrong, f.n, a.r[3]);
    put_root(opening, 3, wrong);
    cr_expect_eq(qs_complete_vartime(opening->m, a.vector, opening->r, NULL), QUORSUM_ERR_OPENING, "N - r");
    mpz_set_ui(wrong, 0);
    put_root(opening, 3, wrong);
    cr_expect_eq(qs_complete_vartime(opening->m, a.vector, opening->r, NULL), QUORSUM_ERR_OPENING, "0");
    mpz_set_str(wrong, SAFE_P, 16);
    put_root(opening, 3, wrong);
    cr_expect_eq(qs_complete_vartime(opening->m, a.vector, opening->r, NULL), QUORSUM_ERR_OPENING, "p");
    mpn_copyi(opening->r + 3 * opening->key->root->width, opening->key->root->n, (mp_size_t)opening->key->root->limbs);
    cr_expect_eq(qs_complete_vartime(opening->m, a.vector, opening->r, NULL), QUORSUM_ERR_OPENING, "N");
    mpz_clear(wrong);
    quorsum_opening_free(opening);
    sample_free(&a);
    fixture_free(&f);
}

Test(opening, false_plaintexts_and_randomisers_are_refused)
{
    for (unsigned s = 1; s <= 3; s++) {
        fixture f;
        sample a;
        quorsum_opening *opening;
        mpz_t wrong;

        fixture_new(&f, s, 3, 2);
        sample_new(&a, &f, COUNT);
        opening = opening_of(&f, &a);
        mpz_init(wrong);
        for (size_t k = 0; k < COUNT; k++) {
            mpz_add_ui(wrong, a.m[k], 1);
            put_plaintext(opening, k, wrong);
            expect_refused(opening, a.vector, k, QUORSUM_ERR_OPENING, "m + 1");
            put_plaintext(opening, k, a.m[k]);
            mpz_mul_2exp(wrong, a.r[k], 1);
            put_root(opening, k, wrong);
            expect_refused(opening, a.vector, k, QUORSUM_ERR_OPENING, "2 r");
            put_root(opening, k, a.r[k]);
        }
        mpz_add(wrong, a.m[3], f.n); /* right in its first digit only */
        if (s > 1) {
            put_plaintext(opening, 3, wrong);
            expect_refused(opening, a.vector, 3, QUORSUM_ERR_OPENING, "m + N");
        }
        mpz_clear(wrong);
        quorsum_opening_free(opening);
        sample_free(&a);
        fixture_free(&f);
    }
}

/* Rounds of a batch take the plaintexts' part only, and refuse another root but for one in 2^8; a short vector is
 * checked one by one. */
/* Up to eight are checked as they are, more by random sums: every tail of both, and errors that a plain sum misses. */
Test(opening, vectors_of_any_length_verify_and_one_false_plaintext_does_not, .timeout = 300)
{
    static const size_t counts[] = {1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 40};
    fixture f;

    fixture_new(&f, 1, 3, 2);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const quorsum_run run = {.threads = 1 + (unsigned)i % 3};
        size_t last = counts[i] - 1;
        sample a;
        quorsum_opening *opening;
        mpz_t wrong;

        mpz_init(wrong);
        sample_new(&a, &f, counts[i]);
        opening = opening_of(&f, &a);
        cr_expect_eq(quorsum_opening_verify(opening, a.vector, &run), QUORSUM_OK, "%zu", counts[i]);
        mpz_add_ui(wrong, a.m[last], 1);
        mpz_mod(wrong, wrong, opening->key->ns);
        put_plaintext(opening, last, wrong);
        expect_refused(opening, a.vector, last, QUORSUM_ERR_OPENING, "m + 1");
        if (last > 0) {
            mpz_sub_ui(wrong, a.m[0], 1);
            mpz_mod(wrong, wrong, opening->key->ns);
            put_plaintext(opening, 0, wrong);
            expect_refused(opening, a.vector, 0, QUORSUM_ERR_OPENING, "m + 1 and m - 1");
        }
        mpz_clear(wrong);
        quorsum_opening_free(opening);
        sample_free(&a);
    }
    fixture_free(&f);
}

static int stop_at(uint64_t done, uint64_t total, void *user)
{
    (void)total;
    return done == *(const uint64_t *)user;
}

Test(opening, checking_a_batch_stops_when_asked)
{
    fixture f;
    sample a;
    quorsum_opening *opening;

    fixture_new(&f, 2, 3, 2);
    sample_new(&a, &f, 12);
    opening = opening_of(&f, &a);
    for (uint64_t step = 1; step <= 4; step++) {
        quorsum_run run = {.threads = 1, .progress = stop_at, .user = &step};

        cr_expect_eq(quorsum_opening_verify(opening, a.vector, &run), step <= 3 ? QUORSUM_ERR_CANCELLED : QUORSUM_OK);
    }
    quorsum_opening_free(opening);
    sample_free(&a);
    fixture_free(&f);
}

Test(opening, negated_randomiser_fails_the_single_equation)
{
    fixture f;
    sample a;
    quorsum_opening *opening;
    mpz_t negated;

    fixture_new(&f, 1, 3, 2);
    sample_new(&a, &f, COUNT);
    opening = opening_of(&f, &a);
    mpz_init(negated);
    mpz_sub(negated, f.n, a.r[2]);
    put_root(opening, 2, negated);
    cr_expect_eq(qs_opening_verify_one_vartime(opening, 2, a.vector), QUORSUM_ERR_OPENING);
    cr_expect_eq(quorsum_opening_verify(opening, a.vector, NULL), QUORSUM_ERR_OPENING);
    mpz_clear(negated);
    quorsum_opening_free(opening);
    sample_free(&a);
    fixture_free(&f);
}

Test(opening, numbers_out_of_range_are_refused_by_name)
{
    fixture f;
    sample a;
    quorsum_opening *opening;
    const quorsum_public_key *key;
    mp_limb_t *m, *r, *c;
    mpz_t factor;

    fixture_new(&f, 2, 3, 2);
    sample_new(&a, &f, COUNT);
    opening = opening_of(&f, &a);
    key = opening->key;
    m = opening->m + 4 * key->plain->width;
    r = opening->r + 4 * key->root->width;
    c = a.vector->value + 4 * key->ring->width;
    mpn_copyi(m + key->root->limbs, key->root->n, (mp_size_t)key->root->limbs);
    expect_refused(opening, a.vector, 4, QUORSUM_ERR_RANGE, "m >= N^s");
    put_plaintext(opening, 4, a.m[4]);
    mpn_copyi(r, key->root->n, (mp_size_t)key->root->limbs);
    expect_refused(opening, a.vector, 4, QUORSUM_ERR_RANGE, "r = N");
    mpn_zero(r, (mp_size_t)key->root->limbs);
    expect_refused(opening, a.vector, 4, QUORSUM_ERR_RANGE, "r = 0");
    put_root(opening, 4, a.r[4]);
    c[key->root->limbs - 1] |= (mp_limb_t)1 << (GMP_LIMB_BITS - 1);
    mpn_copyi(c + 2 * key->root->limbs, key->root->n, (mp_size_t)key->root->limbs);
    expect_refused(opening, a.vector, 4, QUORSUM_ERR_RANGE, "c >= N^(s+1)");
    mpn_zero(c, (mp_size_t)key->ring->width);
    expect_refused(opening, a.vector, 4, QUORSUM_ERR_NOT_UNIT, "c = 0");
    mpz_init_set_str(factor, SAFE_P, 16);
    mpz_mul_ui(factor, factor, 5);
    qs_ring_from_mpz_vartime(key->ring, c, factor);
    expect_refused(opening, a.vector, 4, QUORSUM_ERR_NOT_UNIT, "c shares a factor with N");
    mpz_clear(factor);
    quorsum_opening_free(opening);
    sample_free(&a);
    fixture_free(&f);
}

/* (0, any, 0) satisfies the bare equation, and in a batch would make it accept everything beside it. */
Test(opening, zero_ciphertext_with_zero_randomiser_is_refused)
{
    fixture f;
    sample a;
    quorsum_opening *opening;
    const quorsum_public_key *key;
    mpz_t wrong;

    fixture_new(&f, 1, 3, 2);
    sample_new(&a, &f, COUNT);
    opening = opening_of(&f, &a);
    key = opening->key;
    mpn_zero(a.vector->value, (mp_size_t)key->ring->width);
    mpn_zero(opening->r, (mp_size_t)key->root->width);
    mpz_init(wrong);
    mpz_add_ui(wrong, a.m[3], 1);
    put_plaintext(opening, 3, wrong);
    expect_refused(opening, a.vector, 0, QUORSUM_ERR_RANGE, "(0, any, 0)");
    /* and with r a multiple of p, so that no range helps */
    mpz_set_str(wrong, SAFE_P, 16);
    put_root(opening, 0, wrong);
    mpz_mul(wrong, wrong, wrong);
    qs_ring_from_mpz_vartime(key->ring, a.vector->value, wrong);
    expect_refused(opening, a.vector, 0, QUORSUM_ERR_NOT_UNIT, "c and r multiples of p");
    mpz_clear(wrong);
    quorsum_opening_free(opening);
    sample_free(&a);
    fixture_free(&f);
}

Test(opening, bytes_come_back_and_bad_ones_are_refused)
{
    for (unsigned s = 1; s <= 3; s++) {
        fixture f;
        sample a;
        quorsum_opening *opening;
        quorsum_opening *again = NULL;
        const quorsum_public_key *key;
        uint8_t *bytes;
        size_t len, word;

        fixture_new(&f, s, 3, 2);
        sample_new(&a, &f, COUNT);
        opening = opening_of(&f, &a);
        key = opening->key;
        word = quorsum_public_key_modulus_bytes(key);
        len = qs_opening_bytes(key, COUNT);
        cr_assert_eq(len, COUNT * (s + 1) * word);
        bytes = malloc(len);
        qs_opening_write(bytes, opening);
        cr_assert_eq(qs_opening_read(&again, key, bytes, COUNT), QUORSUM_OK);
        for (size_t k = 0; k < COUNT; k++)
            cr_expect(opens_to(again, k, a.m[k], a.r[k]));
        cr_expect_null(again->trustees);
        quorsum_opening_free(again);
        for (size_t digit = 0; digit < COUNT * (s + 1); digit++) {
            uint8_t *kept = malloc(word);

            memcpy(kept, bytes + digit * word, word);
            quorsum_public_key_modulus(key, bytes + digit * word);
            cr_expect_eq(qs_opening_read(&again, key, bytes, COUNT), QUORSUM_ERR_RANGE, "digit %zu", digit);
            cr_expect_null(again);
            memset(bytes + digit * word, 0, word);
            cr_expect_eq(qs_opening_read(&again, key, bytes, COUNT),
                         digit % (s + 1) == s ? QUORSUM_ERR_RANGE : QUORSUM_OK, "digit %zu zero", digit);
            quorsum_opening_free(again);
            memcpy(bytes + digit * word, kept, word);
            free(kept);
        }
        cr_expect_eq(qs_opening_read(&again, key, bytes, 0), QUORSUM_ERR_LIMIT);
        free(bytes);
        quorsum_opening_free(opening);
        sample_free(&a);
        fixture_free(&f);
    }
}

Test(opening, other_keys_and_widths_are_refused)
{
    fixture f, other;
    sample a, b, c;
    quorsum_opening *opening;
    quorsum_plaintexts *plaintexts = NULL;

    fixture_new(&f, 1, 3, 2);
    fixture_new(&other, 2, 3, 2);
    sample_new(&a, &f, COUNT);
    sample_new(&b, &f, COUNT - 1);
    sample_new(&c, &other, COUNT);
    opening = opening_of(&f, &a);
    cr_expect_eq(quorsum_opening_verify(opening, b.vector, NULL), QUORSUM_ERR_WIDTH);
    cr_expect_eq(quorsum_opening_verify(opening, c.vector, NULL), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(qs_opening_verify_one_vartime(opening, COUNT - 1, b.vector), QUORSUM_ERR_WIDTH);
    cr_expect_eq(qs_opening_verify_one_vartime(opening, 0, c.vector), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(quorsum_opening_verify(NULL, a.vector, NULL), QUORSUM_ERR_ARGUMENT);
    cr_assert_eq(quorsum_opening_plaintexts(&plaintexts, opening), QUORSUM_OK);
    cr_expect_eq(quorsum_plaintexts_count(plaintexts), COUNT);
    cr_expect_eq(memcmp(plaintexts->value, opening->m, COUNT * opening->key->plain->width * sizeof(mp_limb_t)), 0);
    quorsum_plaintexts_free(plaintexts);
    quorsum_opening_free(opening);
    quorsum_opening_free(NULL);
    sample_free(&c);
    sample_free(&b);
    sample_free(&a);
    fixture_free(&other);
    fixture_free(&f);
}

/* Every tail, and quorums whose weights have all patterns of signs. */
Test(opening, vectors_of_any_length_are_combined_to_their_randomisers, .timeout = 300)
{
    static const uint32_t sets[][3] = {{1, 2, 3}, {5, 3, 1}, {2, 4, 5}, {4, 1, 5}};
    fixture f;

    fixture_new(&f, 1, 5, 3);
    for (size_t count = 1; count <= 17; count++) {
        const quorsum_run run = {.threads = 1 + (unsigned)count % 3};
        sample a;
        quorsum_opening *opening;

        sample_new(&a, &f, count);
        opening = opening_of(&f, &a);
        for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
            quorsum_partial *partials[3];
            const mp_limb_t *values[3];

            for (size_t j = 0; j < 3; j++) {
                partials[j] = partial_of(&f, sets[i][j], a.vector);
                values[j] = partials[j]->value;
            }
            memset(opening->r, 0xee, count * opening->key->root->width * sizeof *opening->r);
            cr_expect_eq(qs_combine_vartime(opening->r, f.record, a.vector, sets[i], values, &run), QUORSUM_OK);
            for (size_t k = 0; k < count; k++)
                cr_expect(opens_to(opening, k, a.m[k], a.r[k]), "element %zu of %zu, set %zu", k, count, i);
            for (size_t j = 0; j < 3; j++)
                quorsum_partial_free(partials[j]);
        }
        quorsum_opening_free(opening);
        sample_free(&a);
    }
    fixture_free(&f);
}

/* t shares put together as if they were a quorum: what comes out is refused, for every set. */
Test(opening, one_share_too_few_never_completes)
{
    fixture f;
    sample a;
    quorsum_opening *opening = NULL;
    qs_key_parts smaller;

    fixture_new(&f, 1, 5, 3);
    sample_new(&a, &f, 1);
    cr_assert_eq(qs_opening_new(&opening, quorsum_key_record_public(f.record), 1), QUORSUM_OK);
    smaller = f.record->parts; /* borrowed */
    smaller.quorum = 2;
    for (uint32_t i = 1; i <= 5; i++) {
        for (uint32_t j = i + 1; j <= 5; j++) {
            const uint32_t trustees[2] = {i, j};
            quorsum_partial *first = partial_of(&f, i, a.vector);
            quorsum_partial *second = partial_of(&f, j, a.vector);
            const mp_limb_t *partials[2] = {first->value, second->value};

            cr_assert_eq(qs_combine_roots_vartime(opening->r, &smaller, a.vector->value, opening->key->ring->width, 1,
                                                  trustees, partials, NULL), QUORSUM_OK);
            cr_expect_eq(qs_complete_vartime(opening->m, a.vector, opening->r, NULL), QUORSUM_ERR_OPENING);
            quorsum_partial_free(first);
            quorsum_partial_free(second);
        }
    }
    quorsum_opening_free(opening);
    sample_free(&a);
    fixture_free(&f);
}

Test(opening, combining_refuses_bad_sets_of_trustees)
{
    static const uint32_t bad[][3] = {{0, 1, 2}, {1, 2, 6}, {1, 1, 2}, {3, 2, 3}};
    fixture f;
    sample a;
    quorsum_partial *partial;
    const mp_limb_t *partials[3];
    mp_limb_t r[8];

    fixture_new(&f, 1, 5, 3);
    sample_new(&a, &f, 1);
    partial = partial_of(&f, 1, a.vector);
    partials[0] = partials[1] = partials[2] = partial->value;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_eq(qs_combine_vartime(r, f.record, a.vector, bad[i], partials, NULL), QUORSUM_ERR_TRUSTEE);
    quorsum_partial_free(partial);
    sample_free(&a);
    fixture_free(&f);
}
