/* SPDX-License-Identifier: Apache-2.0 */
/* Hand-overs in which somebody says something else: every byte of every body, and what takes more thought. */
#include "tests/unit/ceremony/handover_fixture.h"

static const uint32_t dealers_135[] = {1, 3, 5};
static const uint32_t one_on_two[] = {1, 2};

static size_t word_bytes(const hand *h)
{
    return h->handover->parent->parts.key->root->bytes;
}

/* ---- dealers ---- */

static int takes(hand *h, uint32_t d, const uint8_t *body)
{
    int sound = -1;

    cr_assert_eq(qs_handover_take(h->handover, d, body, &sound, NULL), QUORSUM_OK);
    return sound;
}

Test(handover_deviations, a_dealer_is_found_by_any_byte)
{
    static const uint8_t changes[] = {1, 2, 0x80};
    fixture f;
    hand h;

    fixture_new(&f, 1, 5, 3);
    hand_open(&h, &f, dealers_135, 4, 3);
    hand_deal(&h, &f);
    for (uint32_t d = 0; d < 3; d++) {
        for (size_t at = 0; at < qs_handover_dealt_len(h.handover); at++) {
            for (size_t i = 0; i < sizeof changes; i++) {
                h.dealt[d][at] ^= changes[i];
                cr_expect_not(takes(&h, d, h.dealt[d]), "dealer %u, byte %zu", d, at);
                h.dealt[d][at] ^= changes[i];
            }
        }
        cr_expect(takes(&h, d, h.dealt[d]), "after all that");
    }
    cr_expect_not(takes(&h, 0, h.dealt[1]), "another dealer's words");
    hand_free(&h);
    fixture_free(&f);
}

/* Words that are 0, N, p or a residue plus N, where bytes have room. */
static void put_bad_word(uint8_t *word, size_t len, const fixture *f, unsigned kind)
{
    mpz_t value;

    mpz_init(value);
    if (kind == 1)
        mpz_set(value, f->n);
    else if (kind == 2)
        mpz_set_str(value, SAFE_P, 16);
    else if (kind == 3)
        mpz_setbit(value, 8 * len), mpz_sub_ui(value, value, 1);
    memset(word, 0, len);
    if (mpz_sgn(value) != 0)
        mpz_export(word + len - mpz_sizeinbase(value, 256), NULL, 1, 1, 1, 0, value);
    mpz_clear(value);
}

Test(handover_deviations, words_that_are_no_units_are_refused_for_certain)
{
    fixture f;
    hand h;
    uint8_t kept[64];

    fixture_new(&f, 1, 3, 2);
    hand_open(&h, &f, one_on_two, 4, 2);
    hand_deal(&h, &f);
    hand_mask(&h);
    for (unsigned kind = 0; kind < 4; kind++) {
        uint8_t *word = h.dealt[1] + qs_handover_dealt_len(h.handover) - word_bytes(&h);
        qs_accused accused;

        memcpy(kept, word, word_bytes(&h));
        put_bad_word(word, word_bytes(&h), &f, kind);
        cr_expect_not(takes(&h, 1, h.dealt[1]), "kind %u", kind);
        memcpy(word, kept, word_bytes(&h));
        cr_expect(takes(&h, 1, h.dealt[1]));
        word = h.mask[2] + qs_handover_mask_len(h.handover) - word_bytes(&h);
        memcpy(kept, word, word_bytes(&h));
        put_bad_word(word, word_bytes(&h), &f, kind);
        accused = hand_hear(&h);
        cr_expect(accused.members == 1u << 2 && accused.certain && !accused.unnamed, "kind %u", kind);
        memcpy(word, kept, word_bytes(&h));
    }
    cr_expect_not(accuses(hand_hear(&h)));
    hand_free(&h);
    fixture_free(&f);
}

/* E at its bound and beyond, in the form of bytes. */
Test(handover_deviations, integers_beyond_their_bound_are_refused)
{
    fixture f;
    hand h;

    fixture_new(&f, 1, 3, 2);
    hand_open(&h, &f, one_on_two, 3, 3);
    hand_deal(&h, &f);
    hand_mask(&h);
    for (int negative = 0; negative <= 1; negative++) {
        size_t len = (mpz_sizeinbase(h.handover->gap_bound, 2) + 7) / 8;
        qs_accused accused;

        h.mask[1][0] = (uint8_t)negative;
        memset(h.mask[1] + 1, 0, len);
        mpz_export(h.mask[1] + 1 + len - mpz_sizeinbase(h.handover->gap_bound, 256), NULL, 1, 1, 1, 0,
                   h.handover->gap_bound);
        accused = hand_hear(&h);
        cr_expect(accused.certain && accused.members == 1u << 1);
        memset(h.mask[1] + 1, 0xff, len);
        accused = hand_hear(&h);
        cr_expect(accused.certain && accused.members == 1u << 1);
    }
    hand_free(&h);
    fixture_free(&f);
}

/* out = words' product modulo N, as bytes. */
static void multiply_word(uint8_t *word, size_t len, const mpz_t factor, const fixture *f)
{
    mpz_t value;

    mpz_init(value);
    mpz_import(value, len, 1, 1, 1, 0, word);
    mpz_mul(value, value, factor);
    mpz_mod(value, value, f->n);
    memset(word, 0, len);
    mpz_export(word + len - mpz_sizeinbase(value, 256), NULL, 1, 1, 1, 0, value);
    mpz_clear(value);
}

/* integer (sign and magnitude) += term */
static void add_to_integer(uint8_t *integer, size_t len, const mpz_t term)
{
    mpz_t value;

    mpz_init(value);
    mpz_import(value, len - 1, 1, 1, 1, 0, integer + 1);
    if (integer[0])
        mpz_neg(value, value);
    mpz_add(value, value, term);
    memset(integer, 0, len);
    integer[0] = mpz_sgn(value) < 0;
    mpz_abs(value, value);
    if (mpz_sgn(value) != 0)
        mpz_export(integer + len - mpz_sizeinbase(value, 256), NULL, 1, 1, 1, 0, value);
    mpz_clear(value);
}

static size_t rest_len(const hand *h)
{
    return qs_handover_dealt_len(h->handover) - h->sets->count * word_bytes(h);
}

static size_t gap_len(const hand *h)
{
    return qs_handover_mask_len(h->handover) / h->sets->own - word_bytes(h);
}

static void root_of_v(mpz_t out, const fixture *f)
{
    const quorsum_public_key *key = quorsum_key_record_public(f->record);
    mp_limb_t *y = calloc(key->root->width, sizeof *y);

    qs_hash_to_residue(key, "v", 0, y);
    qs_ring_to_mpz(key->root, out, y);
    free(y);
}

/* E - 1 and V v for one set: the equation with v_d holds, and the set's members see that their key says otherwise. */
Test(handover_deviations, a_dealer_whose_words_fit_and_whose_keys_do_not_is_found_by_the_members_of_the_set)
{
    fixture f;
    hand h;
    mpz_t term;

    mpz_init_set_si(term, -1);
    fixture_new(&f, 1, 3, 2);
    hand_open(&h, &f, one_on_two, 4, 3);
    hand_deal(&h, &f);
    add_to_integer(h.dealt[1], rest_len(&h), term);
    root_of_v(term, &f);
    mpz_mul(term, term, term);
    multiply_word(h.dealt[1] + rest_len(&h) + 2 * word_bytes(&h), word_bytes(&h), term, &f);
    cr_expect(takes(&h, 1, h.dealt[1]));
    for (uint32_t i = 1; i <= 4; i++) {
        const uint8_t *given = h.given[i - 1];
        int sound;

        cr_expect_eq(qs_handover_check_keys(h.handover, 0, i, given, &sound, NULL), QUORSUM_OK);
        cr_expect(sound, "the other dealer");
        cr_expect_eq(qs_handover_check_keys(h.handover, 1, i, given + 32 * h.sets->own, &sound, NULL), QUORSUM_OK);
        cr_expect_eq(sound, !qs_sets_has(h.sets, 2, i), "member %u", i);
    }
    for (size_t k = 0; k < h.sets->own; k++) {
        int sound;

        h.given[0][32 * k + 31] ^= 1;
        cr_expect_eq(qs_handover_check_keys(h.handover, 0, 1, h.given[0], &sound, NULL), QUORSUM_OK);
        cr_expect_not(sound, "another key for set %zu", k);
        h.given[0][32 * k + 31] ^= 1;
    }
    mpz_clear(term);
    hand_free(&h);
    fixture_free(&f);
}

/* E beyond its bound by just so much as a V is beyond: only the bound says no. */
Test(handover_deviations, a_dealer_whose_words_fit_and_are_too_long_is_refused)
{
    fixture f;
    hand h;
    mpz_t y, shift, factor;

    mpz_inits(y, shift, factor, NULL);
    fixture_new(&f, 1, 3, 2);
    hand_open(&h, &f, one_on_two, 4, 3);
    root_of_v(y, &f);
    for (int up = 0; up <= 1; up++) {
        hand_deal(&h, &f);
        mpz_set(shift, h.handover->rest_bound);
        if (up)
            mpz_mul_2exp(shift, shift, 1);
        mpz_mul_2exp(factor, shift, 1);
        mpz_powm(factor, y, factor, f.n); /* v^shift */
        if (up)
            mpz_invert(factor, factor, f.n);
        else
            mpz_neg(shift, shift);
        add_to_integer(h.dealt[0], rest_len(&h), shift);
        multiply_word(h.dealt[0] + rest_len(&h), word_bytes(&h), factor, &f);
        cr_expect_not(takes(&h, 0, h.dealt[0]), "up %d", up);
        cr_expect_eq(h.dealt[0][0], !up);
    }
    mpz_clears(y, shift, factor, NULL);
    hand_free(&h);
    fixture_free(&f);
}

/* ---- members ---- */

/* One member deviates: it is named, alone or in a pair, and if it is for certain, nobody else is. */
static void expect_named(const qs_accused *accused, uint32_t who, size_t at)
{
    cr_expect_not(accused->unnamed, "member %u, byte %zu", who, at);
    cr_expect(accused->members >> (who - 1) & 1, "member %u, byte %zu: %x", who, at, accused->members);
    cr_expect_eq(__builtin_popcount(accused->members), accused->certain ? 1 : 2, "member %u, byte %zu: %x", who, at,
                 accused->members);
}

Test(handover_deviations, a_member_is_named_for_any_byte)
{
    static const uint32_t committee[][2] = {{3, 2}, {5, 4}, {4, 4}, {2, 2}};
    fixture f;

    fixture_new(&f, 1, 3, 2);
    for (size_t c = 0; c < sizeof committee / sizeof committee[0]; c++) {
        int alone = committee[c][0] == committee[c][1];
        hand h;

        hand_open(&h, &f, one_on_two, committee[c][0], committee[c][1]);
        hand_deal(&h, &f);
        hand_mask(&h);
        for (uint32_t i = 1; i <= h.sets->members; i++) {
            for (size_t at = 0; at < qs_handover_mask_len(h.handover); at++) {
                qs_accused accused;

                h.mask[i - 1][at] ^= at % 3 == 0 ? 1 : 0x40;
                accused = hand_hear(&h);
                expect_named(&accused, i, at);
                cr_expect(!alone || accused.certain);
                h.mask[i - 1][at] ^= at % 3 == 0 ? 1 : 0x40;
            }
        }
        cr_expect_not(accuses(hand_hear(&h)));
        hand_free(&h);
    }
    fixture_free(&f);
}

Test(handover_deviations, a_member_with_another_key_disagrees_with_its_set)
{
    fixture f;
    hand h;

    fixture_new(&f, 1, 3, 2);
    hand_open(&h, &f, one_on_two, 5, 3);
    hand_deal(&h, &f);
    for (int given = 0; given <= 1; given++) {
        uint8_t *key = given ? h.given[3] : h.party_key[3];
        qs_accused accused;

        key[5] ^= 1;
        hand_mask(&h);
        accused = hand_hear(&h);
        expect_named(&accused, 4, 0);
        cr_expect_not(accused.certain);
        cr_expect_eq(accused.members & ~h.sets->mask[h.sets->mine[3 * h.sets->own]], 0);
        key[5] ^= 1;
    }
    hand_mask(&h);
    cr_expect_not(accuses(hand_hear(&h)));
    hand_free(&h);
    fixture_free(&f);
}

/* A whole set says the same wrong thing: for every set, in G or in U, and it is the set that is named. */
Test(handover_deviations, a_set_that_agrees_on_a_lie_is_named)
{
    fixture f;
    hand h;

    fixture_new(&f, 1, 3, 2);
    hand_open(&h, &f, one_on_two, 5, 4);
    hand_deal(&h, &f);
    for (size_t set = 0; set < h.sets->count; set++) {
        for (int word = 0; word <= 1; word++) {
            uint32_t met = 0;
            qs_accused accused;

            hand_mask(&h);
            for (uint32_t i = 1; i <= 5; i++) {
                size_t k = 0;

                if (!qs_sets_has(h.sets, set, i))
                    continue;
                while (h.sets->mine[(i - 1) * h.sets->own + k] != set)
                    k++;
                k = k * (gap_len(&h) + word_bytes(&h)) + gap_len(&h) - 1; /* the last byte of G */
                h.mask[i - 1][k + (size_t)word * word_bytes(&h)] ^= 1;
                met++;
            }
            cr_assert_eq(met, 2);
            accused = hand_hear(&h);
            cr_expect(accused.members == h.sets->mask[set] && accused.certain && !accused.unnamed, "set %zu", set);
        }
    }
    hand_free(&h);
    fixture_free(&f);
}

/* ---- what a set without an honest member can do ---- */

/* R' + term and U y^term for member i's set in a committee whose sets are single members. */
static void shift_mask(hand *h, const fixture *f, uint32_t i, const mpz_t term)
{
    mpz_t value;

    mpz_init(value);
    mpz_mul(value, term, h->handover->kappa);
    mpz_neg(value, value);
    add_to_integer(h->mask[i - 1], gap_len(h), value);
    root_of_v(value, f);
    mpz_powm(value, value, term, f->n);
    multiply_word(h->mask[i - 1] + gap_len(h), word_bytes(h), value, f);
    mpz_clear(value);
}

Test(handover_deviations, a_mask_of_another_length_makes_no_key_and_one_of_another_value_makes_the_same)
{
    fixture dealt;
    fixture f;
    fixture child;
    hand h;
    mpz_t term, secret, before;

    mpz_inits(term, secret, before, NULL);
    fixture_new(&dealt, 1, 3, 2);
    generate(&f, &dealt, 3, 2);
    cr_assert(secret_of(before, &f, 1));
    hand_open(&h, &f, one_on_two, 4, 4);
    hand_deal(&h, &f);
    for (int negative = 0; negative <= 1; negative++) {
        qs_accused accused;

        hand_mask(&h);
        mpz_set_ui(term, 1);
        mpz_mul_2exp(term, term, h.handover->widths.mask_bits + 3);
        if (negative)
            mpz_neg(term, term);
        shift_mask(&h, &f, 2, term);
        accused = hand_hear(&h);
        cr_expect(accused.members == 0 && accused.unnamed && !accused.certain);
        cr_expect_gt(mpz_sizeinbase(h.handover->delta, 2), h.handover->widths.mask_bits + 2);
    }
    hand_mask(&h);
    mpz_set_si(term, -12345);
    shift_mask(&h, &f, 3, term); /* its own affair: its share is another */
    cr_expect_not(accuses(hand_hear(&h)));
    for (uint32_t i = 1; i <= 4; i++) {
        qs_party party = party_of(&h, i);
        quorsum_key_share *share = NULL;

        cr_expect_eq(qs_handover_share(&share, h.handover, &party), i == 3 ? QUORSUM_ERR_KEY_CHECK : QUORSUM_OK);
        quorsum_key_share_free(share);
    }
    hand_mask(&h);
    cr_expect_not(accuses(hand_hear(&h)));
    hand_result(&child, &h, &f);
    cr_expect(secret_of(secret, &child, 1));
    cr_expect_eq(mpz_cmp(secret, before), 0);
    fixture_free(&child);
    mpz_clears(term, secret, before, NULL);
    hand_free(&h);
    fixture_free(&f);
    fixture_free(&dealt);
}

/* -U has the same square, so a sign is nowhere: alone or in two sets, all that follows is as without. */
Test(handover_deviations, a_sign_changes_nothing)
{
    fixture f;
    hand h;
    mpz_t minus;
    mp_limb_t *verify;
    size_t len;

    mpz_init(minus);
    fixture_new(&f, 1, 3, 2);
    mpz_sub_ui(minus, f.n, 1);
    hand_open(&h, &f, one_on_two, 3, 3);
    hand_deal(&h, &f);
    hand_mask(&h);
    cr_assert_not(accuses(hand_hear(&h)));
    len = 3 * f.record->parts.key->root->limbs * sizeof *verify;
    verify = malloc(len);
    memcpy(verify, h.handover->verify, len);
    for (uint32_t i = 1; i <= 2; i++) {
        multiply_word(h.mask[i - 1] + gap_len(&h), word_bytes(&h), minus, &f);
        memset(h.handover->verify, 0, len);
        cr_expect_not(accuses(hand_hear(&h)));
        cr_expect_eq(memcmp(h.handover->verify, verify, len), 0);
    }
    free(verify);
    mpz_clear(minus);
    hand_free(&h);
    fixture_free(&f);
}

/* ---- a dealer who dealt shares that do not add up ---- */

/* S_1 + p'q' has the same v_1. With the trustees 1 and 3 of 3, lambda_1 = 9 and W is no multiple of 3!. */
Test(handover_deviations, a_key_that_was_dealt_wrong_is_handed_on_by_nobody)
{
    static const uint32_t dealer[] = {1, 3};
    fixture f;
    hand h;
    qs_accused accused;
    mpz_t order, other;

    fixture_new(&f, 1, 3, 2);
    mpz_init_set_str(order, SAFE_P, 16);
    mpz_init_set_str(other, SAFE_Q, 16);
    mpz_fdiv_q_2exp(order, order, 1);
    mpz_fdiv_q_2exp(other, other, 1);
    mpz_mul(order, order, other);
    (void)mpn_add(f.shares[0]->value.limb, f.shares[0]->value.limb, (mp_size_t)f.shares[0]->value.limbs,
                  mpz_limbs_read(order), (mp_size_t)mpz_size(order));
    cr_assert_eq(quorsum_key_share_check(f.shares[0], f.record), QUORSUM_OK);
    hand_open(&h, &f, dealer, 3, 2);
    hand_deal(&h, &f);
    hand_mask(&h);
    accused = hand_hear(&h);
    cr_expect(accused.members == 0 && accused.unnamed && !accused.certain);
    mpz_clears(order, other, NULL);
    hand_free(&h);
    fixture_free(&f);
}

/* ---- somebody who only listens ---- */

Test(handover_deviations, an_observer_comes_to_the_same_key)
{
    qs_handover *observer;
    qs_accused accused;
    fixture f;
    hand h;

    fixture_new(&f, 2, 5, 3);
    hand_open(&h, &f, dealers_135, 4, 2);
    hand_deal(&h, &f);
    hand_mask(&h);
    cr_assert_not(accuses(hand_hear(&h)));
    cr_assert_eq(qs_handover_new(&observer, f.record, h.sets, dealers_135, 3), QUORSUM_OK);
    for (uint32_t d = 3; d-- > 0;) {
        int sound = 0;

        cr_expect_eq(qs_handover_take(observer, d, h.dealt[d], &sound, NULL), QUORSUM_OK);
        cr_expect(sound);
    }
    cr_expect_eq(qs_handover_hear(observer, (const uint8_t *const *)h.mask, &accused, NULL), QUORSUM_OK);
    cr_expect_not(accuses(accused));
    cr_expect_eq(mpz_cmp(observer->delta, h.handover->delta), 0);
    cr_expect_eq(memcmp(observer->verify, h.handover->verify, 4 * f.record->parts.key->root->limbs * sizeof(mp_limb_t)),
                 0);
    qs_handover_free(observer);
    hand_free(&h);
    fixture_free(&f);
}
