/* SPDX-License-Identifier: Apache-2.0 */
/* Handing a key on: what comes out decrypts what was encrypted before, has not grown, and whoever says something else
 * than it should is named. */
#include "lib/proof/factors.h"
#include "lib/threshold/combiner.h"

#include "tests/unit/ceremony/handover_fixture.h"

static const uint32_t one_on[] = {1, 2, 3, 4, 5};

/* ---- what comes out ---- */

/* Shares within their bound, on one polynomial over Z with F(0) = n! D, D N^s = theta. */
static void expect_sound(const fixture *f)
{
    mpz_t secret, other;

    mpz_inits(secret, other, NULL);
    for (uint32_t i = 1; i <= f->trustees; i++) {
        share_integer(other, f->shares[i - 1]);
        cr_expect_gt(mpz_sgn(other), 0);
        cr_expect_leq(mpz_sizeinbase(other, 2), f->record->parts.share_bits);
    }
    cr_expect(secret_of(secret, f, 1), "D is whole");
    for (uint32_t first = 2; first + f->quorum - 1 <= f->trustees; first++) {
        cr_expect(secret_of(other, f, first));
        cr_expect_eq(mpz_cmp(secret, other), 0, "members from %u on", first);
    }
    cr_expect(fits_theta(f, secret), "D N^s = theta");
    cr_expect_leq(mpz_sizeinbase(secret, 2), f->record->parts.secret_bits);
    mpz_clears(secret, other, NULL);
}

static quorsum_status open_with(const fixture *f, unsigned set, const sample *a)
{
    quorsum_combiner *combiner = combiner_of(f, a->vector);
    quorsum_opening *opening = NULL;
    quorsum_status status;

    for (uint32_t i = 1; i <= f->trustees; i++) {
        quorsum_partial *partial;

        if ((set >> (i - 1) & 1) == 0)
            continue;
        partial = partial_of(f, i, a->vector);
        cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK, "trustee %u", i);
        quorsum_partial_free(partial);
    }
    status = quorsum_combiner_open(&opening, combiner, NULL);
    for (size_t k = 0; status == QUORSUM_OK && k < a->count; k++)
        cr_expect(opens_to(opening, k, a->m[k], a->r[k]), "element %zu by %x", k, set);
    quorsum_opening_free(opening);
    quorsum_combiner_free(combiner);
    return status;
}

static void expect_every_quorum_opens(const fixture *f, const sample *a)
{
    for (unsigned set = 0; set < 1u << f->trustees; set++) {
        if (__builtin_popcount(set) == (int)f->quorum)
            cr_expect_eq(open_with(f, set, a), QUORSUM_OK, "set %x", set);
        else if (__builtin_popcount(set) + 1 == (int)f->quorum)
            cr_expect_eq(open_with(f, set, a), QUORSUM_ERR_TOO_FEW_SHARES, "set %x", set);
    }
}

static void expect_child(const fixture *child, const fixture *parent, const sample *a)
{
    const qs_key_parts *parts = &child->record->parts;
    const qs_key_parts *before = &parent->record->parts;

    expect_sound(child);
    expect_every_quorum_opens(child, a);
    cr_expect_eq(parts->epoch, before->epoch + 1);
    cr_expect_eq(memcmp(parts->parent, parent->record->digest, 32), 0);
    cr_expect_eq(parts->origin, before->origin);
    cr_expect_eq(memcmp(parts->prover, before->prover, 32), 0);
    if (before->origin == qs_origin_dealer) {
        cr_expect_eq(memcmp(parts->factors, before->factors, qs_factors_proof_bytes(parts->key->root->bits)), 0);
        cr_expect_eq(memcmp(parts->modulus.words, before->modulus.words,
                            QS_MODULUS_WORDS * parts->key->root->limbs * sizeof(mp_limb_t)), 0);
        cr_expect_eq(memcmp(parts->modulus.negate, before->modulus.negate, sizeof parts->modulus.negate), 0);
        cr_expect_eq(memcmp(parts->modulus.twist, before->modulus.twist, sizeof parts->modulus.twist), 0);
    } else {
        cr_expect_null(parts->factors);
        cr_expect_null(parts->modulus.words);
    }
}

static const uint32_t shapes[][2] = {{3, 2}, {5, 3}, {4, 4}, {5, 5}, {2, 2}, {6, 5}}; /* n', quorum' */

#define SHAPES (sizeof shapes / sizeof shapes[0])

Test(handover, a_dealt_key_goes_to_committees_of_every_shape)
{
    static const uint32_t dealer[] = {1, 3, 4};

    for (unsigned s = 1; s <= 3; s++) {
        fixture f;
        sample a;

        fixture_new(&f, s, 5, 3);
        sample_new(&a, &f, 2);
        for (size_t i = 0; i < SHAPES; i++) {
            fixture child;

            hand_over(&child, &f, dealer, shapes[i][0], shapes[i][1]);
            cr_expect_eq(mpz_cmp_ui(child.record->parts.theta, 120), 0, "5!");
            cr_expect_eq(child.record->parts.secret_bits, f.record->parts.share_bits + 10);
            expect_child(&child, &f, &a);
            fixture_free(&child);
        }
        sample_free(&a);
        fixture_free(&f);
    }
}

Test(handover, every_quorum_of_dealers_hands_the_same_key_on)
{
    fixture f;
    fixture dealt;
    sample a;

    fixture_new(&dealt, 1, 4, 2);
    generate(&f, &dealt, 4, 2);
    sample_new(&a, &dealt, 1);
    for (int generated = 0; generated <= 1; generated++) {
        const fixture *parent = generated ? &f : &dealt;

        for (uint32_t i = 1; i <= 4; i++) {
            for (uint32_t j = i + 1; j <= 4; j++) {
                const uint32_t dealer[] = {i, j};
                fixture child;

                hand_over(&child, parent, dealer, 3, 3);
                expect_child(&child, parent, &a);
                fixture_free(&child);
            }
        }
    }
    sample_free(&a);
    fixture_free(&f);
    fixture_free(&dealt);
}

Test(handover, a_generated_key_stays_the_same_integer)
{
    for (unsigned s = 1; s <= 2; s++) {
        fixture dealt;
        fixture f;
        sample a;
        mpz_t before, after;

        mpz_inits(before, after, NULL);
        fixture_new(&dealt, s, 3, 2);
        generate(&f, &dealt, 5, 3);
        sample_new(&a, &dealt, 2);
        expect_sound(&f);
        cr_assert(secret_of(before, &f, 1));
        for (size_t i = 0; i < SHAPES; i++) {
            static const uint32_t dealer[] = {2, 3, 5};
            fixture child;

            hand_over(&child, &f, dealer, shapes[i][0], shapes[i][1]);
            expect_child(&child, &f, &a);
            cr_expect(secret_of(after, &child, 1));
            cr_expect_eq(mpz_cmp(before, after), 0);
            cr_expect_eq(mpz_cmp(child.record->parts.theta, f.record->parts.theta), 0);
            cr_expect_eq(child.record->parts.secret_bits, f.record->parts.secret_bits);
            fixture_free(&child);
        }
        mpz_clears(before, after, NULL);
        sample_free(&a);
        fixture_free(&f);
        fixture_free(&dealt);
    }
}

Test(handover, fifty_refreshes_let_nothing_grow)
{
    fixture dealt;
    fixture now;
    sample a;
    size_t share_bits;

    fixture_new(&dealt, 1, 3, 2);
    sample_new(&a, &dealt, 1);
    generate(&now, &dealt, 5, 3);
    share_bits = now.record->parts.share_bits;
    for (unsigned round = 1; round <= 50; round++) {
        const uint32_t dealer[] = {1 + round % 2, 3, 4 + round % 2};
        fixture next;

        hand_over(&next, &now, dealer, 5, 3);
        cr_expect_eq(next.record->parts.share_bits, share_bits);
        cr_expect_eq(next.record->parts.secret_bits, now.record->parts.secret_bits);
        cr_expect_eq(mpz_cmp(next.record->parts.theta, now.record->parts.theta), 0);
        cr_expect_eq(next.record->parts.epoch, round);
        cr_expect_neq(memcmp(next.shares[0]->value.limb, now.shares[0]->value.limb,
                             now.shares[0]->value.limbs * sizeof(mp_limb_t)), 0);
        expect_sound(&next);
        fixture_free(&now);
        now = next;
    }
    expect_every_quorum_opens(&now, &a);
    sample_free(&a);
    fixture_free(&now);
    fixture_free(&dealt);
}

Test(handover, goes_on_from_committee_to_committee)
{
    static const uint32_t chain[][2] = {{5, 3}, {3, 3}, {7, 2}, {4, 4}, {2, 2}, {5, 3}};
    fixture dealt;
    fixture now;
    sample a;
    size_t first = 0;

    fixture_new(&dealt, 2, 3, 2);
    sample_new(&a, &dealt, 2);
    hand_over(&now, &dealt, one_on, 4, 3);
    for (size_t i = 0; i < sizeof chain / sizeof chain[0]; i++) {
        fixture next;

        hand_over(&next, &now, one_on, chain[i][0], chain[i][1]);
        expect_child(&next, &now, &a);
        cr_expect_eq(mpz_cmp_ui(next.record->parts.theta, 6), 0, "3! of the dealer's committee, once");
        if (i == 0)
            first = next.record->parts.share_bits;
        fixture_free(&now);
        now = next;
    }
    cr_expect_eq(now.record->parts.share_bits, first, "5, 3 is as long as it was");
    sample_free(&a);
    fixture_free(&now);
    fixture_free(&dealt);
}

Test(handover, a_key_of_one_dealer_alone_is_handed_on)
{
    fixture f;
    fixture child;
    sample a;

    fixture_new(&f, 1, 3, 1);
    sample_new(&a, &f, 1);
    hand_over(&child, &f, one_on + 1, 3, 2);
    expect_child(&child, &f, &a);
    fixture_free(&child);
    sample_free(&a);
    fixture_free(&f);
}

/* ---- epochs ---- */

Test(handover, partials_of_two_epochs_are_refused_and_would_not_open)
{
    fixture dealt;
    fixture old;
    fixture new;
    sample a;
    quorsum_combiner *combiner;
    quorsum_opening *opening = NULL;
    quorsum_partial *partial;

    fixture_new(&dealt, 1, 3, 2);
    sample_new(&a, &dealt, 1);
    generate(&old, &dealt, 3, 2);
    hand_over(&new, &old, one_on, 3, 2);
    expect_every_quorum_opens(&old, &a); /* old shares are old, and as good as they were */
    combiner = combiner_of(&new, a.vector);
    partial = partial_of(&old, 1, a.vector);
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_ERR_KEY_MISMATCH);
    memcpy(partial->key, new.record->digest, 32);
    cr_expect_neq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK, "its proof is for another v_1");
    quorsum_partial_free(partial);
    partial = partial_of(&new, 2, a.vector);
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_ERR_TOO_FEW_SHARES);
    quorsum_partial_free(partial);
    quorsum_combiner_free(combiner);
    cr_expect_eq(quorsum_partial_decrypt(&partial, new.record, old.shares[0], a.vector, test_task,
                                         quorsum_identity_public(new.identity), NULL), QUORSUM_ERR_KEY_MISMATCH);
    sample_free(&a);
    fixture_free(&new);
    fixture_free(&old);
    fixture_free(&dealt);
}

/* A record in which trustee 1 is the old one and the others are new: no check of it passes, and no polynomial goes
 * through its shares. */
Test(handover, shares_of_two_epochs_are_on_no_polynomial)
{
    fixture dealt;
    fixture old;
    fixture new;
    quorsum_key_share *share;
    mpz_t secret;

    mpz_init(secret);
    fixture_new(&dealt, 1, 3, 2);
    generate(&old, &dealt, 3, 2);
    hand_over(&new, &old, one_on, 3, 2);
    share = new.shares[0];
    new.shares[0] = old.shares[0];
    cr_expect_not(secret_of(secret, &new, 1) && fits_theta(&new, secret));
    new.shares[0] = share;
    cr_expect(secret_of(secret, &new, 1) && fits_theta(&new, secret));
    mpz_clear(secret);
    fixture_free(&new);
    fixture_free(&old);
    fixture_free(&dealt);
}

/* ---- what is refused from the start ---- */

Test(handover, dealers_that_are_no_ascending_quorum_are_refused)
{
    static const uint32_t bad[][4] = {{1, 1, 2}, {2, 1, 3}, {1, 3, 2}, {0, 1, 2}, {3, 4, 6}};
    qs_handover *handover = NULL;
    qs_sets *sets;
    fixture f;

    fixture_new(&f, 1, 5, 3);
    cr_assert_eq(qs_sets_new(&sets, 3, 1), QUORSUM_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_eq(qs_handover_new(&handover, f.record, sets, bad[i], 3), QUORSUM_ERR_RANGE, "%zu", i);
    cr_expect_eq(qs_handover_new(&handover, f.record, sets, one_on, 2), QUORSUM_ERR_RANGE);
    cr_expect_eq(qs_handover_new(&handover, f.record, sets, one_on, 4), QUORSUM_ERR_RANGE);
    cr_expect_null(handover);
    f.record->parts.share_bits = QS_SHARE_BITS_MAX;
    cr_expect_eq(qs_handover_new(&handover, f.record, sets, one_on, 3), QUORSUM_ERR_RANGE, "too long");
    qs_handover_free(NULL);
    qs_sets_free(sets);
    fixture_free(&f);
}

Test(handover, a_share_that_the_parent_does_not_name_is_not_dealt)
{
    fixture f;
    fixture other;
    hand h;

    fixture_new(&f, 1, 4, 2);
    fixture_new(&other, 1, 4, 2);
    hand_open(&h, &f, one_on, 3, 2);
    cr_expect_eq(qs_handover_deal(h.handover, other.shares[0], h.dealt_key, h.dealt[0], NULL),
                 QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(qs_handover_deal(h.handover, f.shares[2], h.dealt_key, h.dealt[0], NULL), QUORSUM_ERR_TRUSTEE);
    f.shares[0]->value.limb[0] ^= 2;
    cr_expect_eq(qs_handover_deal(h.handover, f.shares[0], h.dealt_key, h.dealt[0], NULL), QUORSUM_ERR_KEY_CHECK);
    f.shares[0]->value.limb[0] ^= 2;
    memcpy(f.record->parts.verify, f.record->parts.verify + f.record->parts.key->root->limbs,
           f.record->parts.key->root->limbs * sizeof(mp_limb_t));
    cr_expect_eq(qs_handover_deal(h.handover, f.shares[0], h.dealt_key, h.dealt[0], NULL), QUORSUM_ERR_KEY_CHECK);
    hand_free(&h);
    fixture_free(&other);
    fixture_free(&f);
}
