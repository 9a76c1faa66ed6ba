/* SPDX-License-Identifier: Apache-2.0 */
/* The combiner: what it takes, what it refuses and by which name, and that what it opens is r itself. */
#include "lib/paillier/private_key.h"
#include "lib/threshold/combiner.h"

#include "tests/unit/threshold/fixture.h"

#define COUNT 4

static void add(const fixture *f, quorsum_combiner *combiner, uint32_t trustee, const quorsum_ciphertexts *vector)
{
    quorsum_partial *partial = partial_of(f, trustee, vector);

    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK, "trustee %u", trustee);
    quorsum_partial_free(partial);
}

static void expect_openings(const quorsum_opening *opening, const sample *a)
{
    cr_assert_eq(quorsum_opening_count(opening), a->count);
    for (size_t k = 0; k < a->count; k++)
        cr_expect(opens_to(opening, k, a->m[k], a->r[k]), "element %zu", k);
}

Test(combiner, every_set_of_at_least_a_quorum_opens_m_and_r)
{
    fixture f;
    sample a;

    fixture_new(&f, 2, 5, 3);
    sample_new(&a, &f, COUNT);
    for (unsigned set = 0; set < 32; set++) {
        quorsum_combiner *combiner = combiner_of(&f, a.vector);
        quorsum_opening *opening = NULL;
        int enough = __builtin_popcount(set) >= 3;

        for (uint32_t i = 5; i >= 1; i--) {
            if (set >> (i - 1) & 1)
                add(&f, combiner, i, a.vector);
        }
        cr_expect_eq(quorsum_combiner_open(&opening, combiner, NULL),
                     enough ? QUORSUM_OK : QUORSUM_ERR_TOO_FEW_SHARES, "set %x", set);
        if (enough) {
            expect_openings(opening, &a);
            cr_expect_eq(quorsum_opening_verify(opening, a.vector, NULL), QUORSUM_OK);
            cr_expect_eq(opening->trustee_count, 3);
            for (size_t i = 0; i < 3; i++) {
                cr_expect(set >> (opening->trustees[i] - 1) & 1);
                cr_expect(i == 0 || opening->trustees[i] > opening->trustees[i - 1]);
            }
        }
        quorsum_opening_free(opening);
        quorsum_combiner_free(combiner);
    }
    sample_free(&a);
    fixture_free(&f);
}

/* The plaintexts of the sample, as the owner of p and q decrypts them. */
static quorsum_plaintexts *owner_decrypts(const sample *a, unsigned s)
{
    quorsum_key_options options = {.degree = s};
    quorsum_private_key *owner = NULL;
    quorsum_plaintexts *decrypted = NULL;
    qs_secret p = {0};
    qs_secret q = {0};

    secret_from_hex(&p, SAFE_P);
    secret_from_hex(&q, SAFE_Q);
    cr_assert_eq(qs_private_key_from_primes(&owner, &p, &q, &options), QUORSUM_OK);
    cr_assert_eq(quorsum_decrypt(&decrypted, owner, a->vector, NULL), QUORSUM_OK);
    quorsum_private_key_free(owner);
    qs_secret_clear(&p);
    qs_secret_clear(&q);
    return decrypted;
}

Test(combiner, opens_what_the_owner_of_the_primes_decrypts)
{
    for (unsigned s = 1; s <= 3; s++) {
        fixture f;
        sample a;
        quorsum_combiner *combiner;
        quorsum_opening *opening = NULL;
        quorsum_plaintexts *decrypted;

        fixture_new(&f, s, 3, 2);
        sample_new(&a, &f, 11);
        combiner = combiner_of(&f, a.vector);
        add(&f, combiner, 1, a.vector);
        add(&f, combiner, 3, a.vector);
        cr_assert_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_OK);
        decrypted = owner_decrypts(&a, s);
        cr_expect_eq(memcmp(decrypted->value, opening->m, 11 * opening->key->plain->width * sizeof(mp_limb_t)), 0);
        quorsum_plaintexts_free(decrypted);
        quorsum_opening_free(opening);
        quorsum_combiner_free(combiner);
        sample_free(&a);
        fixture_free(&f);
    }
}

Test(combiner, opens_for_one_trustee_and_for_all_of_them)
{
    static const uint32_t shapes[][2] = {{1, 1}, {2, 1}, {2, 2}, {5, 5}, {9, 1}, {9, 9}};

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        fixture f;
        sample a;
        quorsum_combiner *combiner;
        quorsum_opening *opening = NULL;

        fixture_new(&f, 1, shapes[i][0], shapes[i][1]);
        sample_new(&a, &f, COUNT);
        combiner = combiner_of(&f, a.vector);
        for (uint32_t trustee = shapes[i][0]; trustee > shapes[i][0] - shapes[i][1]; trustee--)
            add(&f, combiner, trustee, a.vector);
        cr_assert_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_OK, "%u of %u", shapes[i][1],
                     shapes[i][0]);
        expect_openings(opening, &a);
        quorsum_opening_free(opening);
        quorsum_combiner_free(combiner);
        sample_free(&a);
        fixture_free(&f);
    }
}

Test(combiner, refuses_the_same_trustee_twice)
{
    fixture f;
    sample a;
    quorsum_combiner *combiner;
    quorsum_opening *opening = NULL;

    fixture_new(&f, 1, 5, 3);
    sample_new(&a, &f, COUNT);
    combiner = combiner_of(&f, a.vector);
    for (uint32_t trustee = 1; trustee <= 2; trustee++) {
        for (int again = 0; again < 3; again++) { /* a fresh partial of the same trustee is no other trustee */
            quorsum_partial *partial = partial_of(&f, trustee, a.vector);

            cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL),
                         again == 0 ? QUORSUM_OK : QUORSUM_ERR_DUPLICATE_TRUSTEE, "trustee %u", trustee);
            quorsum_partial_free(partial);
        }
    }
    cr_expect_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_ERR_TOO_FEW_SHARES);
    quorsum_combiner_free(combiner);
    sample_free(&a);
    fixture_free(&f);
}

/* A refused partial changes nothing: afterwards the honest one of the same trustee is taken. */
Test(combiner, names_a_wrong_partial_and_still_opens_without_it)
{
    fixture f;
    sample a;
    quorsum_combiner *combiner;
    quorsum_opening *opening = NULL;
    quorsum_partial *bad;

    fixture_new(&f, 1, 5, 3);
    sample_new(&a, &f, COUNT);
    combiner = combiner_of(&f, a.vector);
    bad = partial_of(&f, 2, a.vector);
    bad->value[bad->limbs] ^= 1;
    add(&f, combiner, 1, a.vector);
    cr_expect_eq(quorsum_combiner_add(combiner, bad, NULL), QUORSUM_ERR_PROOF);
    bad->value[bad->limbs] ^= 1;
    bad->proof[20] ^= 1;
    cr_expect_eq(quorsum_combiner_add(combiner, bad, NULL), QUORSUM_ERR_PROOF);
    bad->proof[20] ^= 1;
    bad->trustee = 3; /* the partial of 2 passed off as that of 3 */
    cr_expect_eq(quorsum_combiner_add(combiner, bad, NULL), impostor(&f, QUORSUM_ERR_PROOF));
    memcpy(bad->prover, prover_of(&f, 3), sizeof bad->prover);
    cr_expect_eq(quorsum_combiner_add(combiner, bad, NULL), QUORSUM_ERR_PROOF);
    memcpy(bad->prover, prover_of(&f, 2), sizeof bad->prover);
    add(&f, combiner, 4, a.vector);
    cr_expect_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_ERR_TOO_FEW_SHARES);
    bad->trustee = 2;
    cr_expect_eq(quorsum_combiner_add(combiner, bad, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_OK);
    expect_openings(opening, &a);
    quorsum_opening_free(opening);
    quorsum_partial_free(bad);
    quorsum_combiner_free(combiner);
    sample_free(&a);
    fixture_free(&f);
}

Test(combiner, refuses_what_belongs_elsewhere)
{
    fixture f, other;
    sample a, b;
    quorsum_combiner *combiner;
    quorsum_partial *partial;

    fixture_new(&f, 1, 5, 3);
    fixture_new(&other, 1, 5, 3); /* the same primes dealt again: another key record */
    sample_new(&a, &f, COUNT);
    sample_new(&b, &f, COUNT - 1);
    combiner = combiner_of(&f, a.vector);
    partial = partial_of(&other, 1, a.vector);
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_ERR_KEY_MISMATCH);
    quorsum_partial_free(partial);
    partial = partial_of(&f, 1, b.vector);
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_ERR_WIDTH);
    quorsum_partial_free(partial);
    partial = partial_of(&f, 1, a.vector);
    partial->task[0] ^= 1;
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_ERR_TASK_MISMATCH);
    partial->task[0] ^= 1;
    partial->trustee = 0;
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_ERR_TRUSTEE);
    partial->trustee = 6;
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_ERR_TRUSTEE);
    partial->trustee = 1;
    partial->prover[5] ^= 1;
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), impostor(&f, QUORSUM_ERR_PROOF));
    partial->prover[5] ^= 1;
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_combiner_add(NULL, partial, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_combiner_add(combiner, NULL, NULL), QUORSUM_ERR_ARGUMENT);
    quorsum_partial_free(partial);
    quorsum_combiner_free(combiner);
    quorsum_combiner_free(NULL);
    sample_free(&b);
    sample_free(&a);
    fixture_free(&other);
    fixture_free(&f);
}

/* Changes a share and gives it the verification key that fits: a dealer's deceit that the key check would refuse, put
 * into a record that has passed it. Far apart for every trustee, so that errors do not cancel in a quorum. */
static void corrupt_trustee(fixture *f, uint32_t trustee)
{
    const quorsum_public_key *key = f->record->parts.key;
    quorsum_key_share *share = f->shares[trustee - 1];
    mp_limb_t *v_i = f->record->parts.verify + (trustee - 1) * key->root->limbs;

    share->value.limb[trustee - 1] ^= 1;
    cr_assert_eq(qs_verification_key(v_i, key, f->record->v, &share->value, share->share_bits), QUORSUM_OK);
}

Test(combiner, tries_another_quorum_when_proven_partials_do_not_open)
{
    fixture f;
    sample a;
    quorsum_combiner *combiner;
    quorsum_opening *opening = NULL;

    fixture_new(&f, 1, 5, 3);
    sample_new(&a, &f, COUNT);
    corrupt_trustee(&f, 1);
    combiner = combiner_of(&f, a.vector);
    for (uint32_t trustee = 1; trustee <= 3; trustee++)
        add(&f, combiner, trustee, a.vector);
    cr_expect_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_ERR_KEY_FAULTY);
    cr_expect_null(opening);
    add(&f, combiner, 5, a.vector);
    cr_assert_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_OK);
    expect_openings(opening, &a);
    cr_expect_eq(opening->trustees[0], 2);
    cr_expect_eq(opening->trustees[1], 3);
    cr_expect_eq(opening->trustees[2], 5);
    quorsum_opening_free(opening);
    quorsum_combiner_free(combiner);
    sample_free(&a);
    fixture_free(&f);
}

Test(combiner, says_that_the_key_is_faulty_when_no_quorum_opens)
{
    fixture f;
    sample a;
    quorsum_combiner *combiner;
    quorsum_opening *opening = NULL;

    fixture_new(&f, 1, 5, 3);
    sample_new(&a, &f, COUNT);
    for (uint32_t trustee = 1; trustee <= 3; trustee++)
        corrupt_trustee(&f, trustee);
    combiner = combiner_of(&f, a.vector);
    for (uint32_t trustee = 1; trustee <= 5; trustee++)
        add(&f, combiner, trustee, a.vector);
    cr_expect_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_ERR_KEY_FAULTY);
    quorsum_combiner_free(combiner);
    sample_free(&a);
    fixture_free(&f);
}

typedef struct progress {
    uint64_t last;
    uint64_t total;
    unsigned calls;
    unsigned stop_at;
    int fell;
} progress;

static int watch(uint64_t done, uint64_t total, void *user)
{
    progress *seen = user;

    seen->fell |= done < seen->last || (seen->total != 0 && total != seen->total);
    seen->last = done;
    seen->total = total;
    return ++seen->calls == seen->stop_at;
}

Test(combiner, reports_rising_progress_and_stops_when_asked)
{
    fixture f;
    sample a;
    quorsum_combiner *combiner;
    quorsum_opening *opening = NULL;
    progress seen = {0};
    quorsum_run run = {.threads = 1, .progress = watch, .user = &seen};

    fixture_new(&f, 1, 3, 2);
    sample_new(&a, &f, COUNT);
    corrupt_trustee(&f, 1); /* so that more than one quorum is tried */
    combiner = combiner_of(&f, a.vector);
    for (uint32_t trustee = 1; trustee <= 3; trustee++)
        add(&f, combiner, trustee, a.vector);
    cr_assert_eq(quorsum_combiner_open(&opening, combiner, &run), QUORSUM_OK);
    cr_expect_eq(seen.fell, 0);
    cr_expect_eq(seen.last, 2 * COUNT);
    cr_expect_eq(seen.total, 2 * COUNT);
    quorsum_opening_free(opening);
    seen = (progress){.stop_at = 2};
    cr_expect_eq(quorsum_combiner_open(&opening, combiner, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_null(opening);
    quorsum_combiner_free(combiner);
    sample_free(&a);
    fixture_free(&f);
}

/* Every set of elements, each run of neighbours being a range: they are opened, and the others left as they are. */
Test(combiner, fills_any_ranges)
{
    fixture f;
    sample a;
    quorsum_combiner *combiner;
    progress seen;
    quorsum_run run = {.threads = 2, .progress = watch, .user = &seen};

    fixture_new(&f, 2, 3, 2);
    sample_new(&a, &f, COUNT);
    combiner = combiner_of(&f, a.vector);
    add(&f, combiner, 3, a.vector);
    cr_expect_not(qs_combiner_has_quorum(combiner));
    add(&f, combiner, 1, a.vector);
    cr_expect(qs_combiner_has_quorum(combiner));
    for (unsigned set = 0; set < 1u << COUNT; set++) {
        quorsum_opening *opening = NULL;
        qs_range ranges[COUNT];
        size_t count = 0;

        for (size_t k = 0; k < COUNT; k++) {
            if ((set >> k & 1) == 0)
                continue;
            if (k == 0 || (set >> (k - 1) & 1) == 0)
                ranges[count++] = (qs_range){k, 0};
            ranges[count - 1].count++;
        }
        seen = (progress){0};
        cr_assert_eq(qs_opening_new(&opening, quorsum_key_record_public(f.record), COUNT), QUORSUM_OK);
        cr_expect_eq(qs_combiner_fill(opening, 0, combiner, ranges, count, &run), QUORSUM_OK);
        for (size_t k = 0; k < COUNT; k++) {
            if (set >> k & 1)
                cr_expect(opens_to(opening, k, a.m[k], a.r[k]), "set %x, element %zu", set, k);
            else
                cr_expect(mpn_zero_p(opening->r + k * opening->key->root->width, (mp_size_t)opening->key->root->width));
        }
        cr_expect(opening->trustee_count == 2 && opening->trustees[0] == 1 && opening->trustees[1] == 3);
        cr_expect_eq(seen.fell, 0);
        cr_expect_eq(seen.last, 2 * (uint64_t)__builtin_popcount(set));
        quorsum_opening_free(opening);
    }
    quorsum_combiner_free(combiner);
    sample_free(&a);
    fixture_free(&f);
}

Test(combiner, opens_a_part_into_an_opening_of_its_own)
{
    fixture f;
    sample a;
    quorsum_combiner *combiner;

    fixture_new(&f, 1, 1, 1);
    sample_new(&a, &f, COUNT);
    combiner = combiner_of(&f, a.vector);
    add(&f, combiner, 1, a.vector);
    for (size_t begin = 0; begin < COUNT; begin++) {
        for (size_t count = 1; begin + count <= COUNT; count++) {
            quorsum_ciphertexts part = qs_ciphertexts_range(a.vector, begin, count);
            quorsum_opening *opening = NULL;
            qs_range range = {begin, count};

            cr_assert_eq(qs_opening_new(&opening, quorsum_key_record_public(f.record), count), QUORSUM_OK);
            cr_expect_eq(qs_combiner_fill(opening, begin, combiner, &range, 1, NULL), QUORSUM_OK);
            for (size_t k = 0; k < count; k++)
                cr_expect(opens_to(opening, k, a.m[begin + k], a.r[begin + k]));
            cr_expect_eq(quorsum_opening_verify(opening, &part, NULL), QUORSUM_OK);
            quorsum_opening_free(opening);
        }
    }
    quorsum_combiner_free(combiner);
    sample_free(&a);
    fixture_free(&f);
}

/* A quorum counts for all ranges or none: one that opens the first only is not named. */
Test(combiner, fills_all_ranges_with_one_quorum)
{
    static const qs_range ranges[] = {{0, 1}, {2, 1}};
    fixture f;
    sample a;
    quorsum_combiner *combiner;
    quorsum_opening *opening = NULL;

    fixture_new(&f, 1, 3, 2);
    sample_new(&a, &f, 3);
    corrupt_trustee(&f, 1);
    combiner = combiner_of(&f, a.vector);
    add(&f, combiner, 1, a.vector);
    add(&f, combiner, 2, a.vector);
    cr_assert_eq(qs_opening_new(&opening, quorsum_key_record_public(f.record), 3), QUORSUM_OK);
    cr_expect_eq(qs_combiner_fill(opening, 0, combiner, ranges, 2, NULL), QUORSUM_ERR_KEY_FAULTY);
    cr_expect_null(opening->trustees);
    add(&f, combiner, 3, a.vector);
    cr_expect_eq(qs_combiner_fill(opening, 0, combiner, ranges, 2, NULL), QUORSUM_OK);
    cr_expect(opens_to(opening, 0, a.m[0], a.r[0]) && opens_to(opening, 2, a.m[2], a.r[2]));
    cr_expect(opening->trustees[0] == 2 && opening->trustees[1] == 3);
    quorsum_opening_free(opening);
    quorsum_combiner_free(combiner);
    sample_free(&a);
    fixture_free(&f);
}

/* Nothing depends on the caller's objects staying alive. */
Test(combiner, outlives_record_and_ciphertexts)
{
    fixture f;
    sample a;
    quorsum_combiner *combiner;
    quorsum_opening *opening = NULL;

    fixture_new(&f, 1, 1, 1);
    sample_new(&a, &f, COUNT);
    combiner = combiner_of(&f, a.vector);
    add(&f, combiner, 1, a.vector);
    quorsum_ciphertexts_free(a.vector);
    a.vector = NULL;
    quorsum_key_record_free(f.record);
    f.record = NULL;
    cr_assert_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_OK);
    quorsum_combiner_free(combiner);
    expect_openings(opening, &a);
    quorsum_opening_free(opening);
    sample_free(&a);
    fixture_free(&f);
}
