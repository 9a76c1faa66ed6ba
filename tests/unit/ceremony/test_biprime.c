/* SPDX-License-Identifier: Apache-2.0 */
/* The test for products of two primes, against GMP's own primality test and powers. */
#include "lib/ceremony/biprime.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/transcript.h"
#include "lib/ceremony/candidate.h"
#include "lib/ceremony/sifter.h"
#include "tests/unit/ceremony/party.h"

static const uint32_t systems[][2] = {{3, 1}, {4, 1}, {5, 1}, {5, 2}, {6, 2}, {7, 3}};

#define SYSTEMS (sizeof systems / sizeof systems[0])

/* ---- duties ---- */

Test(biprime, every_set_has_one_speaker_among_the_first_of_the_order)
{
    for (size_t s = 0; s < SYSTEMS; s++) {
        qs_sets *sets;

        cr_assert_eq(qs_sets_new(&sets, systems[s][0], systems[s][1]), QUORSUM_OK);
        for (uint32_t c = 0; c < 20; c++) {
            for (size_t a = 0; a < sets->count; a++) {
                uint32_t speaker = qs_speaker_of(sets, a, c);

                cr_expect(qs_sets_has(sets, a, speaker));
                cr_expect_eq(qs_duty_of(sets, c, speaker), QS_DUTY_FACTOR);
            }
        }
        qs_sets_free(sets);
    }
}

Test(biprime, the_members_of_a_candidate_are_t_plus_1_with_factors_and_another_one)
{
    for (size_t s = 0; s < SYSTEMS; s++) {
        uint32_t n = systems[s][0];
        qs_sets *sets;

        cr_assert_eq(qs_sets_new(&sets, n, systems[s][1]), QUORSUM_OK);
        for (uint32_t c = 0; c < 3 * n; c++) {
            uint32_t factors = 0;
            uint32_t wholes = 0;

            for (uint32_t i = 1; i <= n; i++) {
                factors += qs_duty_of(sets, c, i) == QS_DUTY_FACTOR;
                wholes += qs_duty_of(sets, c, i) == QS_DUTY_WHOLE;
            }
            cr_expect_eq(factors, systems[s][1] + 1);
            cr_expect_eq(wholes, 1);
            cr_expect_eq(qs_duty_of(sets, c, c % n + 1), QS_DUTY_FACTOR);
            cr_expect_eq(qs_duty_of(sets, c, (c + n - 1) % n + 1), QS_DUTY_WHOLE);
        }
        qs_sets_free(sets);
    }
}

/* ---- bases ---- */

static qs_ring *ring_of(const char *n)
{
    qs_ring *ring = NULL;
    mpz_t value;

    mpz_init_set_str(value, n, 10);
    cr_assert_eq(qs_ring_new(&ring, mpz_limbs_read(value), mpz_size(value), 1, 0), QUORSUM_OK);
    mpz_clear(value);
    return ring;
}

Test(biprime, a_base_has_jacobi_symbol_1_and_is_the_first_one_that_has)
{
    uint8_t ceremony[32] = {7};
    qs_ring *ring = ring_of("340282366920938463463374607431768211297");
    mp_limb_t *base = calloc(ring->width, sizeof *base);
    uint64_t counter = 0;
    mpz_t n;
    mpz_t value;

    mpz_inits(n, value, NULL);
    mpz_import(n, ring->limbs, -1, sizeof(mp_limb_t), 0, 0, ring->n);
    for (uint64_t next = 0, found = 0; found < 40; next++) {
        uint8_t seed[QS_SEED_BYTES];
        qs_transcript hash;

        (void)crypto_generichash_init(&hash.state, NULL, 0, sizeof seed);
        qs_transcript_bytes(&hash, "quorsum/v1/ceremony-test", 24);
        qs_transcript_bytes(&hash, ceremony, sizeof ceremony);
        qs_transcript_limbs(&hash, ring->n, ring->limbs, ring->bytes);
        qs_transcript_u64(&hash, next);
        qs_transcript_seed(&hash, seed);
        qs_seed_to_ring(ring, seed, base);
        qs_ring_to_mpz(ring, value, base);
        if (mpz_jacobi(value, n) != 1)
            continue;
        found++;
        qs_biprime_base_vartime(base, ring, ceremony, &counter);
        cr_expect_eq(counter, next + 1);
        qs_ring_to_mpz(ring, n, base);
        cr_expect_eq(mpz_cmp(n, value), 0);
        mpz_import(n, ring->limbs, -1, sizeof(mp_limb_t), 0, 0, ring->n);
    }
    mpz_clears(n, value, NULL);
    free(base);
    qs_ring_free(ring);
}

Test(biprime, bases_depend_on_ceremony_and_modulus)
{
    uint8_t ceremony[32] = {7};
    qs_ring *ring = ring_of("340282366920938463463374607431768211297");
    qs_ring *other = ring_of("340282366920938463463374607431768211283");
    mp_limb_t base[3][8] = {{0}};
    uint64_t counter[3] = {0};

    qs_biprime_base_vartime(base[0], ring, ceremony, &counter[0]);
    qs_biprime_base_vartime(base[1], other, ceremony, &counter[1]);
    ceremony[31] ^= 1;
    qs_biprime_base_vartime(base[2], ring, ceremony, &counter[2]);
    cr_expect_neq(memcmp(base[0], base[1], ring->limbs * sizeof(mp_limb_t)), 0);
    cr_expect_neq(memcmp(base[0], base[2], ring->limbs * sizeof(mp_limb_t)), 0);
    qs_ring_free(ring);
    qs_ring_free(other);
}

/* ---- what is said ---- */

/* g of a candidate, by the ring that is tested above */
static void base_of(const committee *self, uint32_t candidate, unsigned skip, mpz_t g)
{
    const mpz_t *n = (const mpz_t *)&self->generation->product[candidate];
    qs_ring *ring;
    mp_limb_t *base;
    uint64_t counter = 0;

    cr_assert_eq(qs_ring_new(&ring, mpz_limbs_read(*n), mpz_size(*n), 1, 0), QUORSUM_OK);
    base = calloc(ring->width, sizeof *base);
    for (unsigned k = 0; k <= skip; k++)
        qs_biprime_base_vartime(base, ring, self->generation->ceremony, &counter);
    qs_ring_to_mpz(ring, g, base);
    free(base);
    qs_ring_free(ring);
}

/* p_A + q_A of set a */
static void piece_of(const committee *self, uint32_t candidate, size_t a, mpz_t out)
{
    size_t limbs = qs_candidate_limbs(self->generation);
    mp_limb_t *pieces = calloc(2 * limbs, sizeof *pieces);
    mpz_t p;
    mpz_t q;

    cr_assert_eq(qs_candidate_pieces(self->generation, self->set_key + 32 * a, 1, candidate, pieces, pieces + limbs,
                                     NULL),
                 QUORSUM_OK);
    mpz_add(out, mpz_roinit_n(p, pieces, (mp_size_t)limbs), mpz_roinit_n(q, pieces + limbs, (mp_size_t)limbs));
    free(pieces);
}

/* What member i should say for a candidate with a duty. */
static void expected_word(const committee *self, uint32_t candidate, uint32_t i, mpz_t out)
{
    const qs_generation *generation = self->generation;
    mpz_t exponent;
    mpz_t piece;

    mpz_inits(exponent, piece, NULL);
    if (qs_duty_of(self->sets, candidate, i) == QS_DUTY_WHOLE) {
        mpz_add_ui(exponent, generation->product[candidate], 1);
        mpz_sub(exponent, exponent, generation->sifter->least);
        mpz_sub(exponent, exponent, generation->sifter->least);
        mpz_divexact_ui(exponent, exponent, 4);
    }
    for (size_t a = 0; a < self->sets->count && qs_duty_of(self->sets, candidate, i) == QS_DUTY_FACTOR; a++) {
        if (qs_speaker_of(self->sets, a, candidate) != i)
            continue;
        piece_of(self, candidate, a, piece);
        mpz_add(exponent, exponent, piece);
    }
    base_of(self, candidate, 0, out);
    mpz_powm(out, out, exponent, generation->product[candidate]);
    mpz_clears(exponent, piece, NULL);
}

static void to_test(committee *self)
{
    committee_run(self, &qs_round_test);
    while (self->generation->survivors == 0) {
        committee_batch(self, self->generation->batch + 1);
        committee_run(self, &qs_round_test);
    }
}

static void compare_words(const committee_shape *shape)
{
    committee *self = committee_new(shape);
    size_t bytes = (shape->bits + 7) / 8;
    mpz_t word;
    mpz_t expected;

    mpz_inits(word, expected, NULL);
    to_test(self);
    committee_say(self, &qs_round_test);
    for (uint32_t i = 1; i <= shape->members; i++) {
        const uint8_t *at = self->body[i - 1];

        for (size_t j = 0; j < self->generation->survivors; j++) {
            uint32_t candidate = self->generation->survivor[j];

            if (qs_duty_of(self->sets, candidate, i) == QS_DUTY_NONE)
                continue;
            mpz_import(word, bytes, 1, 1, 1, 0, at);
            expected_word(self, candidate, i, expected);
            cr_expect_eq(mpz_cmp(word, expected), 0, "member %u of %u, candidate %u", i, shape->members, candidate);
            at += bytes;
        }
        cr_expect_eq((size_t)(at - self->body[i - 1]), self->len[i - 1]);
    }
    mpz_clears(word, expected, NULL);
    committee_free(self);
}

Test(biprime, a_member_says_the_powers_that_its_keys_give)
{
    for (size_t s = 0; s < SYSTEMS; s++)
        compare_words(&(committee_shape){.bits = 96 + 16 * (s % 3),
                                         .degree = 1,
                                         .members = systems[s][0],
                                         .t = systems[s][1],
                                         .batch = 64,
                                         .seed = s});
}

/* ---- rulings ---- */

static int is_biprime(const committee *self, uint32_t candidate)
{
    mpz_t p;
    mpz_t q;
    int both;

    mpz_inits(p, q, NULL);
    committee_primes(self, candidate, p, q);
    both = mpz_probab_prime_p(p, 30) != 0 && mpz_probab_prime_p(q, 30) != 0;
    mpz_mul(p, p, q);
    cr_expect_eq(mpz_cmp(p, self->generation->product[candidate]), 0);
    mpz_clears(p, q, NULL);
    return both;
}

/* The first survivor both of whose factors are primes, or `candidates` if there is none. */
static uint32_t first_biprime(const committee *self)
{
    for (size_t j = 0; j < self->generation->survivors; j++) {
        if (is_biprime(self, self->generation->survivor[j]))
            return self->generation->survivor[j];
    }
    return (uint32_t)self->generation->candidates;
}

Test(biprime, the_winner_is_the_first_product_of_two_primes)
{
    const committee_shape shape = {.bits = 144, .degree = 1, .members = 4, .t = 1, .batch = 64};
    committee *self = committee_new(&shape);
    size_t winners = 0;
    size_t others = 0;

    for (uint64_t batch = 0; batch < 12; batch++) {
        qs_ruling ruling;
        uint32_t expected;

        committee_batch(self, batch);
        committee_run(self, &qs_round_test);
        if (self->generation->batch != batch) { /* one without candidates was passed over */
            batch = self->generation->batch;
        }
        expected = first_biprime(self);
        committee_say(self, &qs_round_test);
        ruling = committee_hear(self, &qs_round_test);
        cr_expect_eq(ruling, expected < self->generation->candidates ? QS_GO_ON : QS_NO_WINNER);
        cr_expect_eq(self->generation->has_winner, ruling == QS_GO_ON);
        if (ruling == QS_GO_ON) {
            winners++;
            others += self->generation->survivor[0] != expected;
            cr_expect_eq(self->generation->winner, expected);
            cr_expect_eq(mpz_cmp(self->generation->key->n, self->generation->product[expected]), 0);
        }
    }
    cr_expect_gt(winners, 0);
    cr_expect_gt(others, 0, "no survivor was ever refused");
    committee_free(self);
}

/* A committee whose next round is `verify`. */
static committee *winning(uint32_t members, uint32_t t, size_t bits, uint64_t seed)
{
    const committee_shape shape = {
        .bits = bits, .degree = 1, .members = members, .t = t, .batch = 32, .seed = seed};
    committee *self = committee_new(&shape);

    committee_run(self, &qs_round_verify);
    return self;
}

static void forget_winner(qs_generation *generation)
{
    quorsum_public_key_free(generation->key);
    generation->key = NULL;
    generation->has_winner = 0;
}

/* Where member i says something for the survivor in place j, or NULL. */
static uint8_t *word_at(const committee *self, size_t place, uint32_t i)
{
    uint8_t *at = self->body[i - 1];

    for (size_t j = 0; j < place; j++) {
        if (qs_duty_of(self->sets, self->generation->survivor[j], i) != QS_DUTY_NONE)
            at += (self->generation->bits + 7) / 8;
    }
    return qs_duty_of(self->sets, self->generation->survivor[place], i) != QS_DUTY_NONE ? at : NULL;
}

Test(biprime, a_wrong_word_makes_the_winner_no_winner)
{
    committee *self = winning(5, 2, 128, 1);
    qs_generation *generation = self->generation;
    size_t bytes = (generation->bits + 7) / 8;
    size_t place = 0;

    while (generation->survivor[place] != generation->winner)
        place++;
    forget_winner(generation);
    committee_say(self, &qs_round_test);
    for (uint32_t i = 1; i <= 5; i++) {
        uint8_t *word = word_at(self, place, i);
        qs_ruling ruling;

        if (word == NULL)
            continue;
        word[bytes - 1] ^= 2;
        ruling = committee_hear(self, &qs_round_test);
        cr_expect(ruling != QS_GO_ON || generation->winner != generation->survivor[place], "member %u", i);
        word[bytes - 1] ^= 2;
        forget_winner(generation);
    }
    cr_expect_eq(committee_hear(self, &qs_round_test), QS_GO_ON);
    committee_free(self);
}

Test(biprime, a_word_that_is_no_residue_is_a_fault)
{
    committee *self = winning(3, 1, 128, 2);
    size_t bytes = (self->generation->bits + 7) / 8;

    forget_winner(self->generation);
    for (uint32_t i = 1; i <= 3; i++) {
        uint8_t *word;

        committee_say(self, &qs_round_test);
        for (size_t j = 0; j < self->generation->survivors; j++) {
            word = word_at(self, j, i);
            if (word == NULL)
                continue;
            mpz_export(word, NULL, 1, bytes, 1, 0, self->generation->product[self->generation->survivor[j]]);
            break;
        }
        cr_expect_eq(committee_hear(self, &qs_round_test), QS_FAULT);
        forget_winner(self->generation);
    }
    committee_free(self);
}

Test(biprime, another_modulus_than_the_pieces_make_does_not_pass)
{
    committee *self = winning(5, 2, 128, 3);
    qs_generation *generation = self->generation;
    uint32_t winner = generation->winner;

    forget_winner(generation);
    generation->survivors = 1;
    generation->survivor[0] = winner;
    for (unsigned k = 1; k < 40; k++) { /* 2 N, N of another length, is not looked at: `product` has seen to that */
        mpz_add_ui(generation->product[winner], generation->product[winner], 4);
        committee_say(self, &qs_round_test);
        cr_expect_eq(committee_hear(self, &qs_round_test), QS_NO_WINNER, "N + %u", 4 * k);
    }
    committee_free(self);
}

/* ---- verify ---- */

Test(biprime, verify_goes_on_with_a_product_of_two_primes)
{
    for (size_t s = 0; s < SYSTEMS; s++) {
        committee *self = winning(systems[s][0], systems[s][1], 80 + 16 * (s % 4), 10 + s);

        committee_say(self, &qs_round_verify);
        cr_expect_eq(committee_hear(self, &qs_round_verify), QS_GO_ON, "%u members", systems[s][0]);
        committee_free(self);
    }
}

static void compare_powers(uint32_t members, uint32_t t)
{
    committee *self = winning(members, t, 112, 20);
    size_t bytes = 14;
    uint8_t *words = calloc(64, bytes);
    uint8_t hash[32];
    mpz_t exponent;
    mpz_t g;

    mpz_inits(exponent, g, NULL);
    committee_say(self, &qs_round_verify);
    for (uint32_t i = 1; i <= members; i++) {
        const uint8_t *at = self->body[i - 1];

        for (size_t k = 0; k < self->sets->own; k++) {
            size_t a = qs_party_set(&self->party[i - 1], k);

            memset(words, 0, 64 * bytes);
            piece_of(self, self->generation->winner, a, exponent);
            for (unsigned j = 0; j < 64; j++) {
                size_t len;

                base_of(self, self->generation->winner, j + 1, g);
                mpz_powm(g, g, exponent, self->generation->key->n);
                len = (mpz_sizeinbase(g, 2) + 7) / 8;
                mpz_export(words + (j + 1) * bytes - len, NULL, 1, 1, 1, 0, g);
            }
            if (qs_speaker_of(self->sets, a, a) == i) {
                cr_expect_eq(memcmp(at, words, 64 * bytes), 0);
                at += 64 * bytes;
                continue;
            }
            crypto_generichash(hash, sizeof hash, words, 64 * bytes, NULL, 0);
            cr_expect_eq(memcmp(at, hash, sizeof hash), 0);
            at += sizeof hash;
        }
        cr_expect_eq((size_t)(at - self->body[i - 1]), self->len[i - 1]);
    }
    mpz_clears(exponent, g, NULL);
    free(words);
    committee_free(self);
}

/* Members of few sets and of many go different ways. */
Test(biprime, verify_says_64_powers_a_set_in_full_or_their_hash)
{
    compare_powers(4, 1);
    compare_powers(7, 3);
}

Test(biprime, verify_refuses_what_one_member_says_otherwise)
{
    committee *self = winning(5, 2, 96, 21);

    committee_say(self, &qs_round_verify);
    for (uint32_t i = 1; i <= 5; i++) {
        for (size_t byte = 0; byte < self->len[i - 1]; byte += 11) {
            self->body[i - 1][byte] ^= 1;
            cr_expect_eq(committee_hear(self, &qs_round_verify), QS_FAULT, "member %u, byte %zu", i, byte);
            self->body[i - 1][byte] ^= 1;
        }
    }
    cr_expect_eq(committee_hear(self, &qs_round_verify), QS_GO_ON);
    committee_free(self);
}

/* Replaces what all members of set a say by other words, as if all of them lied alike. */
static void lie_together(committee *self, size_t a, const uint8_t *words, size_t len)
{
    uint8_t hash[32];

    crypto_generichash(hash, sizeof hash, words, len, NULL, 0);
    for (uint32_t i = 1; i <= self->sets->members; i++) {
        uint8_t *at = self->body[i - 1];

        for (size_t k = 0; k < self->sets->own; k++) {
            size_t set = qs_party_set(&self->party[i - 1], k);
            int full = qs_speaker_of(self->sets, set, set) == i;

            if (set == a)
                memcpy(at, full ? words : hash, full ? len : sizeof hash);
            at += full ? len : sizeof hash;
        }
    }
}

static uint8_t *words_of(committee *self, size_t a, size_t len)
{
    uint32_t i = qs_speaker_of(self->sets, a, a);
    uint8_t *at = self->body[i - 1];

    for (size_t k = 0; qs_party_set(&self->party[i - 1], k) != a; k++) {
        size_t set = qs_party_set(&self->party[i - 1], k);

        at += qs_speaker_of(self->sets, set, set) == i ? len : 32;
    }
    return at;
}

Test(biprime, verify_refuses_a_wrong_factor_at_any_base_though_its_set_agrees)
{
    committee *self = winning(3, 1, 112, 22);
    size_t len = (size_t)64 * 14;
    uint8_t *good = malloc(len);
    uint8_t *bad = malloc(len);

    committee_say(self, &qs_round_verify);
    memcpy(good, words_of(self, 1, len), len);
    for (size_t j = 0; j < 64; j++) {
        memcpy(bad, good, len);
        bad[14 * j + 13] ^= 4;
        lie_together(self, 1, bad, len);
        cr_expect_eq(committee_hear(self, &qs_round_verify), QS_FAULT, "base %zu", j);
    }
    memcpy(bad, good, len);
    memset(bad + 14 * 63, 0xff, 14); /* no residue */
    lie_together(self, 1, bad, len);
    cr_expect_eq(committee_hear(self, &qs_round_verify), QS_FAULT);
    memset(bad, 0, len);
    lie_together(self, 1, bad, len);
    cr_expect_eq(committee_hear(self, &qs_round_verify), QS_FAULT);
    lie_together(self, 1, good, len);
    cr_expect_eq(committee_hear(self, &qs_round_verify), QS_GO_ON);
    free(good);
    free(bad);
    committee_free(self);
}

Test(biprime, verify_takes_minus_one_and_refuses_other_roots_of_one)
{
    committee *self = winning(3, 1, 112, 23);
    size_t len = (size_t)64 * 14;
    uint8_t *words = malloc(len);
    mpz_t word;
    mpz_t root;
    mpz_t p;
    mpz_t q;

    mpz_inits(word, root, p, q, NULL);
    committee_say(self, &qs_round_verify);
    memcpy(words, words_of(self, 0, len), len);
    mpz_import(word, 14, 1, 1, 1, 0, words);
    mpz_sub(word, self->generation->key->n, word);
    memset(words, 0, 14);
    mpz_export(words + 14 - (mpz_sizeinbase(word, 2) + 7) / 8, NULL, 1, 1, 1, 0, word);
    lie_together(self, 0, words, len);
    cr_expect_eq(committee_hear(self, &qs_round_verify), QS_GO_ON); /* +-: the equation cannot tell, and need not */
    committee_primes(self, self->generation->winner, p, q);
    mpz_invert(root, p, q);
    mpz_mul(root, root, p);
    mpz_mul_2exp(root, root, 1);
    mpz_sub_ui(root, root, 1); /* 1 mod q, -1 mod p */
    mpz_mul(word, word, root);
    mpz_mod(word, word, self->generation->key->n);
    memset(words, 0, 14);
    mpz_export(words + 14 - (mpz_sizeinbase(word, 2) + 7) / 8, NULL, 1, 1, 1, 0, word);
    lie_together(self, 0, words, len);
    cr_expect_eq(committee_hear(self, &qs_round_verify), QS_FAULT);
    mpz_clears(word, root, p, q, NULL);
    free(words);
    committee_free(self);
}

Test(biprime, verify_refuses_products_of_three_primes_and_more)
{
    const committee_shape shape = {.bits = 144, .degree = 1, .members = 4, .t = 1, .batch = 64, .seed = 24};
    committee *self = committee_new(&shape);
    qs_generation *generation = self->generation;
    quorsum_key_options options = {.modulus_bits = 144, .degree = 1};
    uint8_t modulus[18];
    size_t seen = 0;

    to_test(self);
    for (size_t j = 0; j < generation->survivors; j++) {
        uint32_t candidate = generation->survivor[j];

        if (is_biprime(self, candidate))
            continue;
        mpz_export(modulus, NULL, 1, sizeof modulus, 1, 0, generation->product[candidate]);
        if (quorsum_public_key_new(&generation->key, modulus, sizeof modulus, &options) != QUORSUM_OK)
            continue;
        generation->has_winner = 1;
        generation->winner = candidate;
        committee_say(self, &qs_round_verify);
        cr_expect_eq(committee_hear(self, &qs_round_verify), QS_FAULT);
        seen++;
        forget_winner(generation);
    }
    cr_expect_gt(seen, 0);
    committee_free(self);
}
