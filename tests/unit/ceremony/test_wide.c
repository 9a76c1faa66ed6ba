/* SPDX-License-Identifier: Apache-2.0 */
/* lib/ceremony/wide.c: weighted sums, shares and masks against GMP integers, at the largest sizes there can be too. */
#include "lib/ceremony/wide.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void to_integer(mpz_t out, const mp_limb_t *wide, size_t limbs)
{
    mpz_t added, taken;

    mpz_sub(out, mpz_roinit_n(added, wide, (mp_size_t)limbs), mpz_roinit_n(taken, wide + limbs, (mp_size_t)limbs));
}

Test(wide, adds_values_by_weights_of_either_sign)
{
    static const int64_t weights[] = {1, -1, 0, 7, -12, INT64_MAX, INT64_MIN, INT64_MIN + 1, (int64_t)1 << 51};
    enum { LIMBS = 3 };
    size_t limbs = qs_wide_limbs(LIMBS * GMP_LIMB_BITS);
    mp_limb_t *wide = calloc(2 * limbs, sizeof *wide);
    mp_limb_t value[LIMBS];
    mpz_t expected, got, one, factor;

    mpz_inits(expected, got, factor, NULL);
    memset(value, 0xff, sizeof value);
    for (size_t k = 0; k < sizeof weights / sizeof weights[0]; k++) {
        value[0] -= k;
        qs_wide_add(wide, limbs, value, LIMBS, weights[k]);
        mpz_set_si(factor, weights[k]);
        mpz_addmul(expected, mpz_roinit_n(one, value, LIMBS), factor);
        to_integer(got, wide, limbs);
        cr_expect_eq(mpz_cmp(got, expected), 0, "weight number %zu", k);
    }
    mpz_clears(expected, got, factor, NULL);
    free(wide);
}

/* ---- shares of random numbers and of zero, from the first of a stream on and from later ones ---- */

static const struct { uint32_t members, degree; } sizes[] = {
    {3, 1}, {4, 3}, {5, 2}, {7, 3}, {15, 2}, {15, 12}, {15, 14}};

#define SIZES (sizeof sizes / sizeof sizes[0])
#define BITS ((size_t)150)
#define NUMBERS ((size_t)3)

typedef struct committee {
    qs_sets *sets;
    qs_ring *ring;
    mp_limb_t *inverse;
    mp_limb_t *scratch;
    size_t limbs;
    uint8_t *key; /* of all sets */
    uint8_t *mine;
    mpz_t modulus;
    mpz_t share[QS_MEMBERS_MAX];
} committee;

static void committee_new(committee *c, uint32_t members, uint32_t degree)
{
    size_t scratch;

    cr_assert_eq(qs_sets_new(&c->sets, members, degree), QUORSUM_OK);
    cr_assert_eq(qs_wide_ring(&c->ring, BITS + 30), QUORSUM_OK);
    scratch = qs_wide_scratch(c->sets, BITS) + c->ring->width + qs_ring_scratch(c->ring);
    c->inverse = calloc(c->ring->width, sizeof *c->inverse);
    c->scratch = calloc(scratch, sizeof *c->scratch);
    cr_assert_eq(qs_wide_inverse_vartime(c->inverse, c->ring, c->sets), QUORSUM_OK);
    c->limbs = qs_wide_limbs(BITS);
    c->key = malloc(32 * c->sets->count);
    c->mine = malloc(32 * c->sets->own);
    for (size_t i = 0; i < 32 * c->sets->count; i++)
        c->key[i] = (uint8_t)(i * 41 + i / 32);
    mpz_init(c->modulus);
    mpz_import(c->modulus, c->ring->limbs, -1, sizeof(mp_limb_t), 0, 0, c->ring->n);
    for (size_t i = 0; i < QS_MEMBERS_MAX; i++)
        mpz_init(c->share[i]);
}

static void committee_free(committee *c)
{
    for (size_t i = 0; i < QS_MEMBERS_MAX; i++)
        mpz_clear(c->share[i]);
    mpz_clear(c->modulus);
    free(c->mine);
    free(c->key);
    free(c->scratch);
    free(c->inverse);
    qs_ring_free(c->ring);
    qs_sets_free(c->sets);
}

typedef void (*drawing)(mp_limb_t *wide, size_t limbs, size_t first, size_t count, const qs_party *party, size_t k,
                        const char *label, size_t bits, mp_limb_t *scratch);

/* Everybody's share of number `number`, drawn as one of those from `first` on. */
static void shares(committee *c, drawing draw, size_t first, size_t number)
{
    mp_limb_t *wide = calloc(NUMBERS * 2 * c->limbs, sizeof *wide);
    mp_limb_t *share = calloc(c->ring->width, sizeof *share);

    for (uint32_t i = 1; i <= c->sets->members; i++) {
        qs_party party = {.index = i, .sets = c->sets, .key = c->mine};

        memset(wide, 0, NUMBERS * 2 * c->limbs * sizeof *wide);
        for (size_t k = 0; k < c->sets->own; k++) {
            memcpy(c->mine + 32 * k, c->key + 32 * qs_party_set(&party, k), 32);
            draw(wide, c->limbs, first, NUMBERS - first, &party, k, "a label", BITS, c->scratch);
        }
        qs_wide_share(c->ring, share, wide + (number - first) * 2 * c->limbs, c->limbs, c->inverse, c->scratch);
        qs_ring_to_mpz(c->ring, c->share[i - 1], share);
    }
    free(share);
    free(wide);
}

/* Number `number` of a set's stream, by the definition. */
static void drawn(mpz_t out, const uint8_t *key, size_t number)
{
    uint8_t bytes[(BITS + 7) / 8];
    qs_prf prf;

    qs_prf_begin(&prf, key, "a label", 0);
    for (size_t k = 0; k <= number; k++)
        qs_prf_bytes(&prf, bytes, sizeof bytes);
    mpz_import(out, sizeof bytes, -1, 1, 0, 0, bytes);
    mpz_fdiv_r_2exp(out, out, BITS);
}

Test(wide, shares_of_pieces_open_to_their_sum)
{
    for (size_t s = 0; s < SIZES; s++) {
        committee c;
        mpz_t sum, piece, opened;

        mpz_inits(sum, piece, opened, NULL);
        committee_new(&c, sizes[s].members, sizes[s].degree);
        for (size_t number = 0; number < NUMBERS; number++) {
            int consistent;

            mpz_set_ui(sum, 0);
            for (size_t a = 0; a < c.sets->count; a++) {
                drawn(piece, c.key + 32 * a, number);
                mpz_add(sum, sum, piece);
            }
            for (size_t first = 0; first <= number; first++) {
                shares(&c, qs_wide_draw, first, number);
                qs_wide_open(opened, &consistent, c.share, sizes[s].members, sizes[s].degree, c.modulus);
                cr_expect(consistent);
                cr_expect_eq(mpz_cmp(opened, sum), 0, "(%u,%u)", sizes[s].members, sizes[s].degree);
            }
        }
        committee_free(&c);
        mpz_clears(sum, piece, opened, NULL);
    }
}

Test(wide, masks_open_to_zero_are_of_degree_2t_and_are_not_zero)
{
    for (size_t s = 0; s < SIZES; s++) {
        uint32_t degree = 2 * sizes[s].degree;
        committee c;
        mpz_t opened;
        int consistent;

        mpz_init(opened);
        committee_new(&c, sizes[s].members, sizes[s].degree);
        for (size_t first = 0; first < NUMBERS; first++) {
            shares(&c, qs_wide_mask, first, NUMBERS - 1);
            for (uint32_t i = 0; i < sizes[s].members; i++)
                cr_expect_neq(mpz_sgn(c.share[i]), 0);
            if (degree >= sizes[s].members)
                continue; /* too few to tell */
            qs_wide_open(opened, &consistent, c.share, sizes[s].members, degree, c.modulus);
            cr_expect(consistent);
            cr_expect_eq(mpz_sgn(opened), 0);
            qs_wide_open(opened, &consistent, c.share, sizes[s].members, degree - 1, c.modulus);
            cr_expect(!consistent || mpz_sgn(opened) != 0, "of degree 2t and no less");
        }
        committee_free(&c);
        mpz_clear(opened);
    }
}

Test(wide, an_altered_share_is_off_the_polynomial)
{
    committee c;
    mpz_t opened;
    int consistent;

    mpz_init(opened);
    committee_new(&c, 5, 2);
    shares(&c, qs_wide_draw, 0, 0);
    for (uint32_t i = 0; i < 5; i++) {
        mpz_add_ui(c.share[i], c.share[i], 1);
        qs_wide_open(opened, &consistent, c.share, 5, 2, c.modulus);
        cr_expect_not(consistent, "member %u", i + 1);
        mpz_sub_ui(c.share[i], c.share[i], 1);
    }
    committee_free(&c);
    mpz_clear(opened);
}

Test(wide, the_ring_is_the_first_that_has_all_differences_as_units)
{
    static const size_t bits[] = {64, 65, 98, 128, 2050, 3074, 4098};

    for (size_t k = 0; k < sizeof bits / sizeof bits[0]; k++) {
        size_t words = (bits[k] + 63) / 64;
        unsigned long c = 1;
        qs_ring *ring;
        mpz_t expected, got;

        mpz_inits(expected, got, NULL);
        for (;; c += 2) {
            mpz_ui_pow_ui(expected, 2, 64 * words);
            mpz_sub_ui(expected, expected, c);
            if (mpz_gcd_ui(NULL, expected, 15015) == 1)
                break;
        }
        cr_assert_eq(qs_wide_ring(&ring, bits[k]), QUORSUM_OK);
        mpz_import(got, ring->limbs, -1, sizeof(mp_limb_t), 0, 0, ring->n);
        cr_expect_eq(mpz_cmp(got, expected), 0, "%zu bits", bits[k]);
        qs_ring_free(ring);
        mpz_clears(expected, got, NULL);
    }
}
