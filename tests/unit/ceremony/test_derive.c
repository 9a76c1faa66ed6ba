/* SPDX-License-Identifier: Apache-2.0 */
/* What a generation derives from the winner, against the equations computed with its factors. */
#include "lib/ceremony/derive.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/ceremony/party.h"

static const committee_shape shapes[] = {
    {.bits = 64, .degree = 1, .members = 3, .t = 1, .seed = 1},
    {.bits = 80, .degree = 2, .members = 3, .t = 1, .seed = 2},
    {.bits = 96, .degree = 3, .members = 3, .t = 1, .seed = 3},
    {.bits = 96, .degree = 1, .members = 4, .t = 1, .seed = 4},
    {.bits = 96, .degree = 1, .members = 5, .t = 2, .seed = 5},
    {.bits = 128, .degree = 2, .members = 5, .t = 2, .seed = 6},
    {.bits = 112, .degree = 4, .members = 6, .t = 2, .seed = 7},
    {.bits = 128, .degree = 1, .members = 7, .t = 3, .seed = 8},
    {.bits = 128, .degree = 1, .members = 7, .t = 1, .seed = 9},
};

#define SHAPES (sizeof shapes / sizeof shapes[0])

static void check_equations(const committee *self)
{
    const qs_generation *generation = self->generation;
    qs_widths widths = qs_generation_widths(generation);
    mpz_t p, q, phi, beta, secret, bound;

    mpz_inits(p, q, phi, beta, secret, bound, NULL);
    committee_primes(self, generation->winner, p, q);
    cr_expect(mpz_probab_prime_p(p, 30) && mpz_probab_prime_p(q, 30));
    mpz_mul(phi, p, q);
    cr_expect_eq(mpz_cmp(phi, generation->key->n), 0);
    cr_expect_eq(mpz_sizeinbase(phi, 2), generation->bits);
    mpz_sub(phi, phi, p);
    mpz_sub(phi, phi, q);
    mpz_add_ui(phi, phi, 1);
    committee_total(self, beta, "beta", generation->degree * generation->bits + 128);
    committee_total(self, secret, "R", widths.mask_bits);
    mpz_add(secret, secret, generation->delta); /* D */
    mpz_mul(bound, secret, generation->key->ns);
    mpz_addmul(bound, phi, beta);
    cr_expect_eq(mpz_cmp(bound, generation->theta), 0, "D N^s = theta - phi beta");
    cr_expect(mpz_sgn(generation->theta) > 0 && mpz_cmp(generation->theta, generation->key->ns) < 0);
    mpz_gcd(bound, generation->theta, generation->key->n);
    cr_expect_eq(mpz_cmp_ui(bound, 1), 0);
    cr_expect_leq(mpz_sizeinbase(secret, 2), widths.secret_bits, "D has the bits that the record says");
    mpz_clears(p, q, phi, beta, secret, bound, NULL);
}

Test(derive, the_secret_is_an_inverse_of_n_to_the_s_up_to_theta)
{
    for (size_t k = 0; k < SHAPES; k++) {
        committee *self = committee_new(&shapes[k]);

        committee_run(self, &qs_round_keys);
        check_equations(self);
        committee_free(self);
    }
}

Test(derive, lengths_follow_from_public_sizes)
{
    for (size_t k = 0; k < SHAPES; k++) {
        committee *self = committee_new(&shapes[k]);
        size_t ring_bits = qs_derive_ring_bits(self->generation);
        size_t least = (shapes[k].degree + 1) * shapes[k].bits + 256 + 2 * qs_ceil_log2(self->sets->count) +
                       shapes[k].degree + 4;
        qs_ring *ring;

        cr_assert_eq(qs_derive_ring(&ring, self->generation), QUORSUM_OK);
        cr_expect_eq(ring_bits % 64, 0);
        cr_expect(ring_bits >= least && ring_bits < least + 64);
        cr_expect_eq(ring->bits, ring_bits);
        cr_expect_eq(qs_round_derive.len(self->generation, 1), (shapes[k].bits + 7) / 8 + ring_bits / 8);
        qs_ring_free(ring);
        committee_free(self);
    }
}

/* ---- what is refused ---- */

static committee *verified(uint32_t members, uint32_t t, unsigned degree, uint64_t seed)
{
    const committee_shape shape = {.bits = 96, .degree = degree, .members = members, .t = t, .seed = seed};
    committee *self = committee_new(&shape);

    committee_run(self, &qs_round_derive);
    committee_say(self, &qs_round_derive);
    return self;
}

/* Whether round `derive` or the round behind it refuses. */
static int refused(committee *self)
{
    uint8_t *saved[QS_MEMBERS_MAX];
    int found = committee_hear(self, &qs_round_derive) == QS_FAULT;

    if (found)
        return 1;
    for (uint32_t i = 0; i < self->sets->members; i++) {
        saved[i] = self->body[i];
        self->body[i] = NULL;
    }
    committee_say(self, &qs_round_keys);
    found = committee_hear(self, &qs_round_keys) == QS_FAULT;
    for (uint32_t i = 0; i < self->sets->members; i++) {
        free(self->body[i]);
        self->body[i] = saved[i];
    }
    return found;
}

Test(derive, a_member_beyond_the_polynomial_is_noticed)
{
    committee *self = verified(4, 1, 1, 20); /* 3 shares determine the polynomial */

    for (uint32_t i = 1; i <= 4; i++) {
        for (size_t byte = 0; byte < self->len[i - 1]; byte++) {
            self->body[i - 1][byte] ^= 1;
            cr_expect_eq(committee_hear(self, &qs_round_derive), QS_FAULT, "member %u, byte %zu", i, byte);
            self->body[i - 1][byte] ^= 1;
        }
    }
    cr_expect_eq(committee_hear(self, &qs_round_derive), QS_GO_ON);
    committee_free(self);
}

Test(derive, without_members_beyond_a_wrong_share_of_f_fails_by_range_or_by_the_key_check)
{
    for (unsigned degree = 1; degree <= 2; degree++) {
        committee *self = verified(5, 2, degree, 21);

        for (uint32_t i = 1; i <= 5; i++) {
            for (size_t byte = 12; byte < self->len[i - 1]; byte += 5) {
                self->body[i - 1][byte] ^= 16;
                cr_expect(refused(self), "member %u, byte %zu", i, byte);
                self->body[i - 1][byte] ^= 16;
            }
        }
        cr_expect(!refused(self));
        committee_free(self);
    }
}

/* Adds `by` to the value that is opened at `offset`, modulo the modulus: member 1's share is put where it has to be. */
static void shift(committee *self, size_t offset, size_t bytes, const mpz_t modulus, const mpz_t by)
{
    mpz_t share;
    mpz_t weight;

    /* the Lagrange coefficient of member 1 at 0, of 2t+1 = 3 members: 3 */
    mpz_inits(share, weight, NULL);
    mpz_set_ui(weight, 3);
    mpz_invert(weight, weight, modulus);
    mpz_import(share, bytes, 1, 1, 1, 0, self->body[0] + offset);
    mpz_addmul(share, weight, by);
    mpz_mod(share, share, modulus);
    memset(self->body[0] + offset, 0, bytes);
    mpz_export(self->body[0] + offset + bytes - (mpz_sizeinbase(share, 2) + 7) / 8, NULL, 1, 1, 1, 0, share);
    mpz_clears(share, weight, NULL);
}

/* What the bodies open to. */
static void opened(const committee *self, size_t offset, size_t bytes, const mpz_t modulus, mpz_t out)
{
    static const int weight[] = {3, -3, 1};
    mpz_t share;

    mpz_init(share);
    mpz_set_ui(out, 0);
    for (size_t i = 0; i < 3; i++) {
        mpz_import(share, bytes, 1, 1, 1, 0, self->body[i] + offset);
        mpz_mul_si(share, share, weight[i]);
        mpz_add(out, out, share);
    }
    mpz_mod(out, out, modulus);
    mpz_clear(share);
}

typedef struct opening {
    committee *self;
    size_t bytes; /* of F */
    mpz_t modulus;
    mpz_t value;
} opening;

static void opening_begin(opening *work, uint64_t seed)
{
    qs_ring *ring;

    work->self = verified(3, 1, 1, seed);
    cr_assert_eq(qs_derive_ring(&ring, work->self->generation), QUORSUM_OK);
    work->bytes = ring->bytes;
    mpz_inits(work->modulus, work->value, NULL);
    mpz_import(work->modulus, ring->limbs, -1, sizeof(mp_limb_t), 0, 0, ring->n);
    qs_ring_free(ring);
}

static void opening_end(opening *work)
{
    mpz_clears(work->modulus, work->value, NULL);
    committee_free(work->self);
}

/* Has the members open F to `value`. */
static void open_to(opening *work, const mpz_t value)
{
    mpz_t by;

    mpz_init(by);
    opened(work->self, 12, work->bytes, work->modulus, by);
    mpz_sub(by, value, by);
    shift(work->self, 12, work->bytes, work->modulus, by);
    opened(work->self, 12, work->bytes, work->modulus, by);
    cr_assert_eq(mpz_cmp(by, value), 0);
    mpz_clear(by);
}

Test(derive, the_opened_values_are_those_of_the_equations)
{
    opening work;
    mpz_t p, q, expected;

    opening_begin(&work, 30);
    mpz_inits(p, q, expected, NULL);
    committee_primes(work.self, work.self->generation->winner, p, q);
    committee_total(work.self, expected, "gr", 96 + 128);
    mpz_add(p, p, q);
    mpz_sub_ui(p, p, 1);
    mpz_mul(expected, expected, p);
    mpz_mod(expected, expected, work.self->generation->key->n);
    opened(work.self, 0, 12, work.self->generation->key->n, work.value);
    cr_expect_eq(mpz_cmp(work.value, expected), 0, "r (p + q - 1) mod N");

    mpz_sub(p, work.self->generation->key->n, p); /* phi */
    committee_total(work.self, q, "beta", 96 + 128);
    mpz_mul(expected, p, q);
    committee_total(work.self, q, "R", qs_generation_widths(work.self->generation).mask_bits);
    mpz_addmul(expected, q, work.self->generation->key->ns);
    opened(work.self, 12, work.bytes, work.modulus, work.value);
    cr_expect_eq(mpz_cmp(work.value, expected), 0, "F = phi beta + R N^s");
    mpz_clears(p, q, expected, NULL);
    opening_end(&work);
}

Test(derive, a_gcd_value_with_a_factor_of_n_is_refused)
{
    opening work;
    mpz_t by, p, q;

    opening_begin(&work, 31);
    mpz_inits(by, p, q, NULL);
    committee_primes(work.self, work.self->generation->winner, p, q);
    for (unsigned multiple = 0; multiple < 3; multiple++) { /* 0, p, 2 p */
        const mpz_t *n = (const mpz_t *)&work.self->generation->key->n;

        opened(work.self, 0, 12, *n, by);
        mpz_neg(by, by);
        mpz_addmul_ui(by, p, multiple);
        shift(work.self, 0, 12, *n, by);
        cr_expect_eq(committee_hear(work.self, &qs_round_derive), QS_FAULT, "%u p", multiple);
    }
    mpz_set_ui(by, 1);
    shift(work.self, 0, 12, work.self->generation->key->n, by);
    cr_expect_eq(committee_hear(work.self, &qs_round_derive), QS_GO_ON); /* 2 p + 1: a unit */
    mpz_clears(by, p, q, NULL);
    opening_end(&work);
}

Test(derive, f_has_its_range_and_theta_is_prime_to_n)
{
    opening work;
    mpz_t value, edge, p, q;
    const qs_generation *generation;

    opening_begin(&work, 32);
    generation = work.self->generation;
    mpz_inits(value, edge, p, q, NULL);
    committee_primes(work.self, generation->winner, p, q);
    mpz_set_ui(edge, work.self->sets->count + 1);
    mpz_mul_2exp(edge, edge, qs_generation_widths(generation).mask_bits);
    mpz_mul(edge, edge, generation->key->ns);

    mpz_sub_ui(value, edge, 1); /* theta = N - 1 */
    open_to(&work, value);
    cr_expect_eq(committee_hear(work.self, &qs_round_derive), QS_GO_ON);
    mpz_add_ui(value, edge, 1);
    open_to(&work, value);
    cr_expect_eq(committee_hear(work.self, &qs_round_derive), QS_FAULT);
    mpz_sub_ui(value, work.modulus, 1);
    open_to(&work, value);
    cr_expect_eq(committee_hear(work.self, &qs_round_derive), QS_FAULT);
    mpz_set_ui(value, 1); /* delta = 0, theta = 1 */
    open_to(&work, value);
    cr_expect_eq(committee_hear(work.self, &qs_round_derive), QS_GO_ON);
    mpz_set_ui(value, 0);
    open_to(&work, value);
    cr_expect_eq(committee_hear(work.self, &qs_round_derive), QS_FAULT);
    mpz_mul_ui(value, p, 5);
    open_to(&work, value);
    cr_expect_eq(committee_hear(work.self, &qs_round_derive), QS_FAULT);
    mpz_clears(value, edge, p, q, NULL);
    opening_end(&work);
}

Test(derive, shares_are_canonical)
{
    opening work;
    mpz_t share;

    opening_begin(&work, 33);
    mpz_init(share);
    for (uint32_t i = 0; i < 3; i++) {
        uint8_t *at = work.self->body[i] + 12;
        uint8_t *saved = malloc(work.bytes);

        memcpy(saved, at, work.bytes);
        memset(at, 0xff, work.bytes); /* the modulus or more */
        cr_expect_eq(committee_hear(work.self, &qs_round_derive), QS_FAULT);
        memcpy(at, saved, work.bytes);
        memcpy(saved, work.self->body[i], 12);
        mpz_export(work.self->body[i], NULL, 1, 12, 1, 0, work.self->generation->key->n);
        cr_expect_eq(committee_hear(work.self, &qs_round_derive), QS_FAULT);
        memcpy(work.self->body[i], saved, 12);
        free(saved);
    }
    cr_expect_eq(committee_hear(work.self, &qs_round_derive), QS_GO_ON);
    mpz_clear(share);
    opening_end(&work);
}
