/* SPDX-License-Identifier: Apache-2.0 */
/* Shares and verification keys that a generation ends with, against integers of GMP and the record's own checks. */
#include "lib/ceremony/shares.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/lagrange.h"
#include "lib/ceremony/derive.h"
#include "lib/threshold/opening.h"
#include "lib/threshold/partial.h"
#include "tests/unit/ceremony/party.h"

static const committee_shape shapes[] = {
    {.bits = 64, .degree = 1, .members = 3, .t = 1, .seed = 1},
    {.bits = 80, .degree = 2, .members = 3, .t = 1, .seed = 2},
    {.bits = 96, .degree = 3, .members = 4, .t = 1, .seed = 3},
    {.bits = 96, .degree = 1, .members = 5, .t = 2, .seed = 4},
    {.bits = 112, .degree = 2, .members = 5, .t = 2, .seed = 5},
    {.bits = 128, .degree = 1, .members = 6, .t = 2, .seed = 6},
    {.bits = 128, .degree = 1, .members = 7, .t = 3, .seed = 7},
};

#define SHAPES (sizeof shapes / sizeof shapes[0])

static committee *finished(const committee_shape *shape)
{
    committee *self = committee_new(shape);

    committee_run(self, NULL);
    return self;
}

/* ---- widths ---- */

Test(shares, widths_hold_every_share_there_can_be)
{
    for (uint32_t n = 2; n <= QS_MEMBERS_MAX; n++) {
        for (uint32_t t = 1; t < n; t++) {
            qs_sets *sets;
            qs_widths widths;
            mpz_t most, shift, top;

            if (qs_sets_new(&sets, n, t) != QUORSUM_OK)
                continue;
            widths = qs_widths_of(sets, qs_generation_secret_bits(2048, 2, sets));
            cr_expect_eq(widths.secret_bits, 2048 + 128 + qs_ceil_log2(sets->count) + 2);
            cr_expect_eq(widths.mask_bits, widths.secret_bits + 128);
            mpz_init_set_ui(most, sets->factorial);
            mpz_mul_ui(most, most, sets->count + 1);
            mpz_add_ui(most, most, qs_sets_weight_max(sets));
            mpz_mul_2exp(most, most, widths.mask_bits); /* |S_i - i 2^w| is below that */
            mpz_init_set_ui(shift, 1);
            mpz_mul_2exp(shift, shift, widths.shift);
            cr_expect(mpz_cmp(most, shift) < 0);
            mpz_mul_2exp(most, most, 1);
            cr_expect(mpz_cmp(most, shift) >= 0, "not a bit more than needed");
            mpz_init(top);
            mpz_mul_ui(top, shift, n + 1);
            cr_expect_eq(mpz_sizeinbase(top, 2), widths.share_bits);
            cr_expect_leq(widths.share_bits, QS_SHARE_BITS_MAX);
            mpz_clears(most, shift, top, NULL);
            qs_sets_free(sets);
        }
    }
}

Test(shares, ceil_log2)
{
    static const size_t expected[] = {0, 1, 2, 2, 3, 3, 3, 3, 4};

    for (size_t k = 1; k <= 9; k++)
        cr_expect_eq(qs_ceil_log2(k), expected[k - 1]);
    cr_expect_eq(qs_ceil_log2(1365), 11);
}

/* ---- shares ---- */

static void share_of(const committee *self, uint32_t i, mpz_t out)
{
    quorsum_key_share *share;

    cr_assert_eq(qs_generation_share(&share, self->generation, &self->party[i - 1]), QUORSUM_OK);
    cr_expect_eq(share->trustee, i);
    cr_expect_eq(share->share_bits, qs_generation_widths(self->generation).share_bits);
    mpz_import(out, share->value.limbs, -1, sizeof(mp_limb_t), 0, 0, share->value.limb);
    quorsum_key_share_free(share);
}

/* Every quorum of consecutive members interpolates to Delta (Delta D), and every other member's share. */
static void check_polynomial(const committee *self)
{
    uint32_t n = self->sets->members;
    uint32_t quorum = self->sets->degree + 1;
    qs_widths widths = qs_generation_widths(self->generation);
    mpz_t share[QS_MEMBERS_MAX + 1];
    uint32_t points[QS_MEMBERS_MAX];
    mpz_t lambda, sum;

    mpz_inits(lambda, sum, share[0], NULL);
    committee_total(self, share[0], "R", widths.mask_bits);
    mpz_add(share[0], share[0], self->generation->delta);
    mpz_mul_ui(share[0], share[0], self->sets->factorial); /* F(0) = Delta D */
    for (uint32_t i = 1; i <= n; i++) {
        mpz_init(share[i]);
        share_of(self, i, share[i]);
        cr_expect(mpz_sgn(share[i]) > 0 && mpz_sizeinbase(share[i], 2) <= widths.share_bits);
    }
    for (uint32_t first = 1; first + quorum - 1 <= n; first++) {
        for (uint32_t k = 0; k < quorum; k++)
            points[k] = first + k;
        for (uint32_t at = 0; at <= n; at++) {
            mpz_mul_ui(sum, share[at], self->sets->factorial);
            for (uint32_t k = 0; k < quorum; k++) {
                if (at >= first && at < first + quorum)
                    continue;
                qs_lagrange(lambda, n, points, quorum, points[k], at);
                mpz_submul(sum, lambda, share[points[k]]);
            }
            cr_expect(at >= first && at < first + quorum ? 1 : mpz_sgn(sum) == 0, "F(%u) from %u..", at, first);
        }
    }
    for (uint32_t i = 0; i <= n; i++)
        mpz_clear(share[i]);
    mpz_clears(lambda, sum, NULL);
}

Test(shares, lie_on_a_polynomial_of_integers_through_delta_d)
{
    for (size_t k = 0; k < SHAPES; k++) {
        committee *self = finished(&shapes[k]);

        check_polynomial(self);
        committee_free(self);
    }
}

Test(shares, have_the_verification_keys_that_everybody_computes)
{
    for (size_t k = 0; k < SHAPES; k++) {
        committee *self = finished(&shapes[k]);
        const qs_ring *root = self->generation->key->root;
        mp_limb_t *v = calloc(root->width, sizeof *v);
        mpz_t value, share;

        mpz_inits(value, share, NULL);
        qs_key_v(self->generation->key, v);
        for (uint32_t i = 1; i <= self->sets->members; i++) {
            share_of(self, i, share);
            qs_ring_to_mpz(root, value, v);
            mpz_powm(value, value, share, self->generation->key->n);
            qs_ring_to_mpz(root, share, self->generation->verify + (i - 1) * root->limbs);
            cr_expect_eq(mpz_cmp(value, share), 0, "v_%u", i);
        }
        mpz_clears(value, share, NULL);
        free(v);
        committee_free(self);
    }
}

/* ---- the parts of a record ---- */

static void roster_of(uint8_t roster[32 * QS_MEMBERS_MAX])
{
    for (size_t i = 0; i < (size_t)32 * QS_MEMBERS_MAX; i++)
        roster[i] = (uint8_t)(7 * i + i / 32);
}

Test(shares, parts_pass_the_check_of_a_key_record)
{
    uint8_t roster[32 * QS_MEMBERS_MAX];

    roster_of(roster);
    for (size_t k = 0; k < SHAPES; k++) {
        committee *self = finished(&shapes[k]);
        mp_limb_t *v = calloc(self->generation->key->root->width, sizeof *v);
        qs_key_parts parts;

        cr_assert_eq(qs_generation_parts(&parts, self->generation, roster), QUORSUM_OK);
        qs_key_v(parts.key, v);
        cr_expect_eq(qs_key_check_vartime(&parts, v, NULL), QUORSUM_OK);
        cr_expect_eq(parts.trustees, shapes[k].members);
        cr_expect_eq(parts.quorum, shapes[k].t + 1);
        cr_expect_eq(parts.secret_bits, qs_generation_widths(self->generation).secret_bits);
        cr_expect_eq(parts.share_bits, qs_generation_widths(self->generation).share_bits);
        cr_expect_eq(mpz_cmp(parts.theta, self->generation->theta), 0);
        cr_expect_eq(parts.origin, qs_origin_ceremony);
        cr_expect_eq(parts.epoch, 0);
        cr_expect_null(parts.factors);
        cr_expect_null(parts.modulus.words);
        cr_expect_eq(memcmp(parts.roster, roster, (size_t)32 * shapes[k].members), 0);
        cr_expect_eq(memcmp(parts.signer, roster, 32), 0);
        mpz_add_ui(parts.theta, parts.theta, 1);
        cr_expect_neq(qs_key_check_vartime(&parts, v, NULL), QUORSUM_OK);
        qs_key_parts_clear(&parts);
        free(v);
        committee_free(self);
    }
}

/* ---- decryption ---- */

#define ROOTS 2

/* For r^(N^s) the quorum finds r, whichever quorum it is. */
static void check_quorum(const qs_key_parts *parts, const mp_limb_t *bases, const mp_limb_t *expected,
                         const mp_limb_t *const *partials, uint32_t mask)
{
    size_t limbs = parts->key->root->limbs;
    mp_limb_t *r = calloc(ROOTS, limbs * sizeof *r);
    const mp_limb_t *used[QS_MEMBERS_MAX];
    uint32_t trustees[QS_MEMBERS_MAX];
    uint32_t count = 0;

    for (uint32_t i = 1; i <= parts->trustees; i++) {
        if (mask >> (i - 1) & 1) {
            used[count] = partials[i - 1];
            trustees[count++] = i;
        }
    }
    if (count == parts->quorum) {
        cr_expect_eq(qs_combine_roots_vartime(r, parts, bases, limbs, ROOTS, trustees, used, NULL), QUORSUM_OK);
        cr_expect_eq(memcmp(r, expected, ROOTS * limbs * sizeof *r), 0, "quorum %#x", mask);
    }
    free(r);
}

static mp_limb_t *partials_of(const committee *self, uint32_t i, const mp_limb_t *bases)
{
    const qs_generation *generation = self->generation;
    size_t limbs = generation->key->root->limbs;
    mp_limb_t *partial = calloc(ROOTS, limbs * sizeof *partial);
    quorsum_key_share *share;

    cr_assert_eq(qs_generation_share(&share, generation, &self->party[i - 1]), QUORSUM_OK);
    cr_assert_eq(qs_partial_powers(partial, generation->key, bases, limbs, ROOTS, &share->value, share->share_bits,
                                   NULL),
                 QUORSUM_OK);
    quorsum_key_share_free(share);
    return partial;
}

static void check_decryption(const committee *self)
{
    const qs_generation *generation = self->generation;
    const qs_ring *root = generation->key->root;
    uint8_t roster[32 * QS_MEMBERS_MAX];
    mp_limb_t *numbers = calloc(2 * ROOTS, root->limbs * sizeof *numbers);
    mp_limb_t *partials[QS_MEMBERS_MAX];
    qs_key_parts parts;
    mpz_t r;

    roster_of(roster);
    mpz_init(r);
    cr_assert_eq(qs_generation_parts(&parts, generation, roster), QUORSUM_OK);
    for (size_t k = 0; k < ROOTS; k++) {
        mpz_fdiv_q_ui(r, generation->key->n, 3 + k);
        qs_ring_from_mpz_vartime(root, numbers + k * root->limbs, r);
        mpz_powm(r, r, generation->key->ns, generation->key->n);
        qs_ring_from_mpz_vartime(root, numbers + (ROOTS + k) * root->limbs, r);
    }
    for (uint32_t i = 1; i <= self->sets->members; i++)
        partials[i - 1] = partials_of(self, i, numbers + ROOTS * root->limbs);
    for (uint32_t mask = 1; mask < (uint32_t)1 << self->sets->members; mask++)
        check_quorum(&parts, numbers + ROOTS * root->limbs, numbers, (const mp_limb_t *const *)partials, mask);
    for (uint32_t i = 1; i <= self->sets->members; i++)
        free(partials[i - 1]);
    qs_key_parts_clear(&parts);
    mpz_clear(r);
    free(numbers);
}

Test(shares, every_quorum_opens)
{
    for (size_t k = 0; k < SHAPES; k++) {
        committee *self = finished(&shapes[k]);

        check_decryption(self);
        committee_free(self);
    }
}

/* ---- what is refused ---- */

static committee *derived(uint32_t members, uint32_t t, uint64_t seed)
{
    const committee_shape shape = {.bits = 96, .degree = 1, .members = members, .t = t, .seed = seed};
    committee *self = committee_new(&shape);

    committee_run(self, &qs_round_keys);
    committee_say(self, &qs_round_keys);
    return self;
}

Test(shares, one_member_with_another_word_is_noticed)
{
    committee *self = derived(5, 2, 20);

    for (uint32_t i = 1; i <= 5; i++) {
        for (size_t byte = 0; byte < self->len[i - 1]; byte++) {
            self->body[i - 1][byte] ^= 1;
            cr_expect_eq(committee_hear(self, &qs_round_keys), QS_FAULT, "member %u, byte %zu", i, byte);
            self->body[i - 1][byte] ^= 1;
        }
    }
    cr_expect_eq(committee_hear(self, &qs_round_keys), QS_GO_ON);
    committee_free(self);
}

/* Has all members of set a say `word`. */
static void say_together(committee *self, size_t a, const mpz_t word)
{
    size_t bytes = (self->generation->bits + 7) / 8;

    for (uint32_t i = 1; i <= self->sets->members; i++) {
        for (size_t k = 0; k < self->sets->own; k++) {
            uint8_t *at = self->body[i - 1] + k * bytes;

            if (qs_party_set(&self->party[i - 1], k) != a)
                continue;
            memset(at, 0, bytes);
            mpz_export(at + bytes - (mpz_sizeinbase(word, 2) + 7) / 8, NULL, 1, 1, 1, 0, word);
        }
    }
}

Test(shares, a_wrong_word_that_its_set_agrees_on_fails_the_key_check)
{
    committee *self = derived(4, 1, 21);
    const quorsum_public_key *key = self->generation->key;
    mpz_t good, bad, p, q;

    mpz_inits(good, bad, p, q, NULL);
    committee_primes(self, self->generation->winner, p, q);
    for (size_t a = 0; a < self->sets->count; a++) {
        cr_assert_eq(committee_hear(self, &qs_round_keys), QS_GO_ON);
        qs_ring_to_mpz(key->root, good, self->generation->set_keys + a * key->root->limbs);
        mpz_xor(bad, good, key->n);
        mpz_mod(bad, bad, key->n);
        say_together(self, a, bad);
        cr_expect_eq(committee_hear(self, &qs_round_keys), QS_FAULT);
        mpz_sub(bad, key->n, good); /* -V_A */
        say_together(self, a, bad);
        cr_expect_eq(committee_hear(self, &qs_round_keys), QS_FAULT);
        mpz_set(bad, p); /* no unit */
        say_together(self, a, bad);
        cr_expect_eq(committee_hear(self, &qs_round_keys), QS_FAULT);
        mpz_set_ui(bad, 0);
        say_together(self, a, bad);
        cr_expect_eq(committee_hear(self, &qs_round_keys), QS_FAULT);
        say_together(self, a, key->n); /* no residue */
        cr_expect_eq(committee_hear(self, &qs_round_keys), QS_FAULT);
        say_together(self, a, good);
    }
    cr_expect_eq(committee_hear(self, &qs_round_keys), QS_GO_ON);
    mpz_clears(good, bad, p, q, NULL);
    committee_free(self);
}

Test(shares, a_wrong_delta_or_theta_fails_the_key_check)
{
    committee *self = derived(3, 1, 22);

    cr_expect_eq(committee_hear(self, &qs_round_keys), QS_GO_ON);
    mpz_add_ui(self->generation->delta, self->generation->delta, 1);
    cr_expect_eq(committee_hear(self, &qs_round_keys), QS_FAULT);
    mpz_sub_ui(self->generation->delta, self->generation->delta, 1);
    mpz_add_ui(self->generation->theta, self->generation->theta, 1);
    cr_expect_eq(committee_hear(self, &qs_round_keys), QS_FAULT);
    mpz_sub_ui(self->generation->theta, self->generation->theta, 1);
    cr_expect_eq(committee_hear(self, &qs_round_keys), QS_GO_ON);
    committee_free(self);
}

Test(shares, the_key_check_sees_units_and_each_of_its_numbers)
{
    committee *self = finished(&shapes[3]);
    const qs_generation *generation = self->generation;
    const quorsum_public_key *key = generation->key;
    size_t count = self->sets->count;
    size_t limbs = key->root->limbs;
    int answer;

    cr_assert_eq(qs_set_keys_units_vartime(&answer, key, generation->set_keys, count), QUORSUM_OK);
    cr_expect(answer);
    cr_assert_eq(qs_set_keys_check_vartime(&answer, key, generation->set_keys, count, generation->delta,
                                           generation->theta),
                 QUORSUM_OK);
    cr_expect(answer);
    for (size_t a = 0; a < count; a++) {
        mp_limb_t *word = generation->set_keys + a * limbs;
        mp_limb_t saved = word[0];

        word[0] ^= 8;
        cr_assert_eq(qs_set_keys_check_vartime(&answer, key, generation->set_keys, count, generation->delta,
                                               generation->theta),
                     QUORSUM_OK);
        cr_expect_not(answer);
        word[0] = saved;
        saved = word[limbs - 1];
        word[limbs - 1] = ~(mp_limb_t)0;
        cr_assert_eq(qs_set_keys_units_vartime(&answer, key, generation->set_keys, count), QUORSUM_OK);
        cr_expect_not(answer);
        word[limbs - 1] = saved;
    }
    committee_free(self);
}

/* A hand-over has shares of a delta that may be positive, and a secret of other bits. */
Test(shares, take_a_positive_delta)
{
    committee *self = finished(&shapes[3]);
    qs_widths widths = qs_widths_of(self->sets, 300);
    mpz_t delta, total, sum, lambda, value;
    uint32_t points[] = {1, 3, 5};

    mpz_inits(delta, total, sum, lambda, value, NULL);
    for (int sign = -1; sign <= 1; sign += 2) {
        mpz_set_ui(delta, self->sets->count + 1);
        mpz_mul_2exp(delta, delta, widths.mask_bits);
        mpz_sub_ui(delta, delta, 1);
        mpz_mul_si(delta, delta, sign);
        committee_total(self, total, "R", widths.mask_bits);
        mpz_add(total, total, delta);
        mpz_mul_ui(total, total, 120 * 120);
        for (size_t k = 0; k < 3; k++) {
            quorsum_key_share *share;

            cr_assert_eq(qs_share_of(&share, &self->party[points[k] - 1], &widths, delta), QUORSUM_OK);
            mpz_import(value, share->value.limbs, -1, sizeof(mp_limb_t), 0, 0, share->value.limb);
            cr_expect(mpz_sgn(value) > 0 && mpz_sizeinbase(value, 2) <= widths.share_bits);
            qs_lagrange(lambda, 5, points, 3, points[k], 0);
            mpz_submul(total, lambda, value);
            quorsum_key_share_free(share);
        }
        cr_expect_eq(mpz_sgn(total), 0);
    }
    mpz_clears(delta, total, sum, lambda, value, NULL);
    committee_free(self);
}
