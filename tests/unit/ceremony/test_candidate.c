/* SPDX-License-Identifier: Apache-2.0 */
/* lib/ceremony/candidate.c and the product round, against the definitions in GMP integers. */
#include "lib/ceremony/candidate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/ceremony/wide.h"
#include "tests/unit/ceremony/batch.h"

static const struct { uint32_t members, degree; size_t bits; } committees[] = {
    {3, 1, 64}, {3, 1, 256}, {4, 1, 96}, {5, 2, 128}, {7, 3, 192}, {11, 2, 128}, {13, 1, 96}};

#define COMMITTEES (sizeof committees / sizeof committees[0])

typedef struct noted { /* what a visitor was given */
    const batch *b;
    size_t limbs;
    size_t keys;
    mp_limb_t *p;
    mp_limb_t *q;
    size_t *visits; /* of each place */
} noted;

static void note(void *context, size_t place, size_t k, const mp_limb_t *p, const mp_limb_t *q)
{
    noted *self = context;

    cr_assert_eq(self->visits[place]++, k, "keys in ascending order");
    memcpy(self->p + (place * self->keys + k) * self->limbs, p, self->limbs * sizeof *p);
    memcpy(self->q + (place * self->keys + k) * self->limbs, q, self->limbs * sizeof *q);
}

static noted pieces_new(const batch *b, size_t keys, size_t places)
{
    noted pieces = {.b = b, .limbs = qs_candidate_limbs(b->generation), .keys = keys};

    pieces.p = calloc(places * keys * pieces.limbs, sizeof *pieces.p);
    pieces.q = calloc(places * keys * pieces.limbs, sizeof *pieces.q);
    pieces.visits = calloc(places, sizeof *pieces.visits);
    return pieces;
}

static void pieces_free(noted *pieces)
{
    free(pieces->p);
    free(pieces->q);
    free(pieces->visits);
}

static void expect_piece(const mp_limb_t *piece, size_t limbs, const batch *b, size_t set, unsigned which, size_t c)
{
    mpz_t expected;
    mpz_t got;

    mpz_init(expected);
    batch_piece(expected, b, set, which, c);
    cr_assert_eq(mpz_cmp(expected, mpz_roinit_n(got, piece, (mp_size_t)limbs)), 0, "set %zu, candidate %zu", set, c);
    mpz_clear(expected);
}

Test(candidate, pieces_are_those_of_the_residues)
{
    for (size_t i = 0; i < COMMITTEES; i++) {
        noted all;
        batch b;

        batch_new(&b, committees[i].members, committees[i].degree, committees[i].bits, 40, i);
        batch_go(&b, &qs_round_sift);
        all = pieces_new(&b, b.sets->count, b.generation->candidates);
        cr_assert_eq(qs_candidates_visit(b.generation, b.key, b.sets->count, NULL, b.generation->candidates, note, &all,
                                         NULL),
                     QUORSUM_OK);
        for (size_t c = 0; c < b.generation->candidates; c++) {
            cr_assert_eq(all.visits[c], b.sets->count);
            for (size_t a = c % 5; a < b.sets->count; a += 5) {
                size_t at = (c * all.keys + a) * all.limbs;

                expect_piece(all.p + at, all.limbs, &b, a, 0, c);
                expect_piece(all.q + at, all.limbs, &b, a, 1, c);
            }
        }
        pieces_free(&all);
        batch_free(&b);
    }
}

Test(candidate, only_the_wanted_ones_are_visited)
{
    static const uint32_t wanted[] = {5, 0, 11, 11, 3};
    const qs_party *party;
    noted some;
    batch b;

    batch_new(&b, 5, 2, 256, 16, 50);
    batch_go(&b, &qs_round_sift);
    cr_assert_gt(b.generation->candidates, 11);
    party = &b.party[3];
    some = pieces_new(&b, b.sets->own, 5);
    cr_assert_eq(qs_candidates_visit(b.generation, party->key, b.sets->own, wanted, 5, note, &some, NULL), QUORSUM_OK);
    for (size_t place = 0; place < 5; place++) {
        cr_expect_eq(some.visits[place], b.sets->own);
        for (size_t k = 0; k < b.sets->own; k++) {
            size_t at = (place * some.keys + k) * some.limbs;

            expect_piece(some.p + at, some.limbs, &b, qs_party_set(party, k), 0, wanted[place]);
            expect_piece(some.q + at, some.limbs, &b, qs_party_set(party, k), 1, wanted[place]);
        }
    }
    cr_expect_eq(qs_candidate_pieces(b.generation, party->key, b.sets->own, 3, some.p, some.q, NULL), QUORSUM_OK);
    for (size_t k = 0; k < b.sets->own; k++) {
        expect_piece(some.p + k * some.limbs, some.limbs, &b, qs_party_set(party, k), 0, 3);
        expect_piece(some.q + k * some.limbs, some.limbs, &b, qs_party_set(party, k), 1, 3);
    }
    cr_expect_eq(qs_candidates_visit(b.generation, party->key, b.sets->own, NULL, 0, note, &some, NULL), QUORSUM_OK);
    pieces_free(&some);
    batch_free(&b);
}

/* ---- products ---- */

static int is_survivor(const qs_generation *generation, size_t c)
{
    for (size_t i = 0; i < generation->survivors; i++)
        if (generation->survivor[i] == c)
            return 1;
    return 0;
}

static int has_factor(const mpz_t x, unsigned long limit)
{
    for (unsigned long d = 3; d <= limit; d += 2)
        if (mpz_divisible_ui_p(x, d))
            return 1;
    return 0;
}

Test(product, opens_p_times_q_and_divides)
{
    for (size_t i = 0; i < COMMITTEES; i++) {
        unsigned long limit = committees[i].bits / 4 < 20 ? 1ul << committees[i].bits / 4 : 1ul << 20;
        mpz_t p;
        mpz_t q;
        batch b;

        mpz_inits(p, q, NULL);
        batch_new(&b, committees[i].members, committees[i].degree, committees[i].bits, 16, 100 + i);
        batch_go(&b, &qs_round_sift);
        batch_go(&b, &qs_round_product);
        for (size_t c = 0; c < b.generation->candidates; c++) {
            batch_prime(p, &b, 0, c);
            batch_prime(q, &b, 1, c);
            mpz_mul(p, p, q);
            cr_expect_eq(mpz_cmp(p, b.generation->product[c]), 0, "(%u,%u), candidate %zu", committees[i].members,
                         committees[i].degree, c);
            if (i < 4)
                cr_expect_eq(is_survivor(b.generation, c), !has_factor(p, limit));
        }
        for (size_t k = 1; k < b.generation->survivors; k++)
            cr_expect_lt(b.generation->survivor[k - 1], b.generation->survivor[k]);
        mpz_clears(p, q, NULL);
        batch_free(&b);
    }
}

/* Opens what members from `first` on say, 2t+1 of them, by plain Lagrange with divisions modulo the ring's modulus. */
static void open_from(mpz_t out, const batch *b, size_t c, const uint32_t *members)
{
    const qs_ring *ring = b->generation->sifter->ring;
    size_t count = 2 * b->sets->degree + 1;
    mpz_t modulus, share, top, below;

    mpz_inits(modulus, share, top, below, NULL);
    mpz_import(modulus, ring->limbs, -1, sizeof(mp_limb_t), 0, 0, ring->n);
    mpz_set_ui(out, 0);
    for (size_t i = 0; i < count; i++) {
        mpz_import(share, ring->bytes, 1, 1, 1, 0, b->body[members[i] - 1] + c * ring->bytes);
        mpz_set_ui(below, 1);
        for (size_t j = 0; j < count; j++) {
            if (j == i)
                continue;
            mpz_mul_si(share, share, -(long)members[j]);
            mpz_mul_si(below, below, (long)members[i] - (long)members[j]);
        }
        mpz_invert(below, below, modulus);
        mpz_addmul(out, share, below);
    }
    mpz_mod(out, out, modulus);
    mpz_clears(modulus, share, top, below, NULL);
}

Test(product, every_subset_of_members_opens_the_same)
{
    static const struct { uint32_t members, degree; } sizes[] = {{4, 1}, {5, 2}, {6, 2}, {7, 3}};

    for (size_t i = 0; i < 4; i++) {
        mpz_t opened;
        batch b;

        mpz_init(opened);
        batch_new(&b, sizes[i].members, sizes[i].degree, 128, 16, 200 + i);
        batch_go(&b, &qs_round_sift);
        batch_go(&b, &qs_round_product);
        for (unsigned mask = 0; mask < 1u << sizes[i].members; mask++) {
            uint32_t members[QS_MEMBERS_MAX];
            size_t count = 0;

            for (uint32_t m = 1; m <= sizes[i].members; m++)
                if (mask >> (m - 1) & 1)
                    members[count++] = m;
            if (count != 2 * sizes[i].degree + 1)
                continue;
            open_from(opened, &b, 3, members);
            cr_expect_eq(mpz_cmp(opened, b.generation->product[3]), 0, "members %x", mask);
        }
        mpz_clear(opened);
        batch_free(&b);
    }
}

Test(product, an_altered_share_is_noticed_where_there_are_more_than_enough)
{
    batch b;

    batch_new(&b, 4, 1, 96, 16, 300);
    batch_go(&b, &qs_round_sift);
    for (size_t member = 0; member < 4; member++) {
        for (size_t at = 0; at < 3; at++) {
            batch_say(&b, &qs_round_product);
            b.body[member][at * (b.len - 1) / 2] ^= 1;
            cr_expect_eq(batch_hear(&b, &qs_round_product), QS_FAULT);
            cr_expect_eq(b.generation->survivors, 0);
            for (size_t c = 0; c < b.generation->candidates; c++)
                mpz_clear(b.generation->product[c]);
            free(b.generation->product);
            free(b.generation->survivor);
            b.generation->product = NULL;
            b.generation->survivor = NULL;
        }
    }
    batch_free(&b);
}

Test(product, a_share_that_is_no_residue_is_noticed_and_a_wrong_one_is_no_product)
{
    size_t bytes;
    batch b;

    batch_new(&b, 3, 1, 96, 16, 301);
    batch_go(&b, &qs_round_sift);
    batch_say(&b, &qs_round_product);
    bytes = b.generation->sifter->ring->bytes;
    memset(b.body[2] + bytes, 0xff, bytes);
    cr_expect_eq(batch_hear(&b, &qs_round_product), QS_FAULT);
    batch_free(&b);

    batch_new(&b, 3, 1, 96, 16, 301);
    batch_go(&b, &qs_round_sift);
    batch_say(&b, &qs_round_product);
    b.body[2][bytes] ^= 1; /* no redundancy: the value opened is another one, and too long for a product */
    cr_expect_eq(batch_hear(&b, &qs_round_product), QS_GO_ON);
    cr_expect_eq(mpz_sgn(b.generation->product[1]), 0);
    cr_expect_neq(mpz_sgn(b.generation->product[0]), 0);
    cr_expect_not(is_survivor(b.generation, 1));
    batch_free(&b);
}

/* Among three members the third's share counts once, so what is added to it is added to N. */
static void add_to_product(batch *b, size_t c, unsigned long more)
{
    const qs_ring *ring = b->generation->sifter->ring;
    uint8_t *at = b->body[2] + c * ring->bytes;
    mpz_t share;

    mpz_init(share);
    mpz_import(share, ring->bytes, 1, 1, 1, 0, at);
    mpz_add_ui(share, share, more);
    memset(at, 0, ring->bytes);
    mpz_export(at + ring->bytes - (mpz_sizeinbase(share, 2) + 7) / 8, NULL, 1, 1, 1, 0, share);
    mpz_clear(share);
}

Test(product, is_one_modulo_four)
{
    batch b;

    batch_new(&b, 3, 1, 96, 16, 303);
    batch_go(&b, &qs_round_sift);
    batch_say(&b, &qs_round_product);
    for (size_t c = 0; c < 5; c++)
        add_to_product(&b, c, c);
    cr_expect_eq(batch_hear(&b, &qs_round_product), QS_GO_ON);
    for (size_t c = 0; c < 5; c++) {
        cr_expect_eq(mpz_sgn(b.generation->product[c]) != 0, c == 0 || c == 4, "N + %zu", c);
        if (c == 0 || c == 4)
            cr_expect_eq(mpz_fdiv_ui(b.generation->product[c], 4), 1);
    }
    batch_free(&b);
}

Test(product, more_threads_say_the_same)
{
    static const quorsum_run threads = {.threads = 3};
    uint8_t *body;
    batch b;

    batch_new(&b, 5, 2, 128, 200, 302);
    batch_go(&b, &qs_round_sift);
    batch_say(&b, &qs_round_product);
    cr_assert_gt(b.generation->candidates, 128, "more than a block of candidates");
    body = malloc(b.len);
    cr_assert_eq(qs_round_product.say(b.generation, &b.party[2], body, &threads), QUORSUM_OK);
    cr_expect_arr_eq(body, b.body[2], b.len);
    free(body);
    batch_free(&b);
}

/* ---- primes are what they are to be: equally often every residue but 0 ---- */

Test(candidate, primes_are_uniform_modulo_small_primes, .timeout = 120)
{
    static const uint32_t moduli[] = {3, 5, 7, 11, 13, 23, 29, 31}; /* of the sieve, and behind it */
    size_t count[8][32] = {{0}};
    size_t total = 0;
    mpz_t p;
    batch b;

    mpz_init(p);
    batch_new(&b, 5, 2, 96, 400, 0); /* primes up to 29 are in M */
    for (uint64_t seed = 400; seed < 406; seed++) {
        batch_keys(&b, seed);
        batch_go(&b, &qs_round_sift);
        for (size_t c = 0; c < b.generation->candidates; c++, total++) {
            batch_prime(p, &b, (unsigned)(seed % 2), c);
            for (size_t m = 0; m < 8; m++)
                count[m][mpz_fdiv_ui(p, moduli[m])]++;
        }
    }
    for (size_t m = 0; m < 8; m++) {
        int sieved = moduli[m] <= qs_generation_bound(b.generation);
        double classes = sieved ? moduli[m] - 1 : moduli[m];
        double mean = (double)total / classes;
        double deviation = 0;

        if (sieved)
            cr_expect_eq(count[m][0], 0);
        for (size_t x = sieved ? 1 : 0; x < moduli[m]; x++)
            deviation += ((double)count[m][x] - mean) * ((double)count[m][x] - mean) / mean;
        cr_expect_lt(deviation, classes + 6 * sqrt(2 * classes), "chi^2 = %f modulo %u", deviation, moduli[m]);
    }
    mpz_clear(p);
    batch_free(&b);
}
