/* SPDX-License-Identifier: Apache-2.0 */
/* lib/ceremony/sifter.c and the sift round: what is opened is (T + 4 p) r, and a kept slot means what it says. */
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/prf.h"
#include "lib/ceremony/sift.h"
#include "tests/unit/ceremony/batch.h"

static const struct { uint32_t members, degree; size_t bits; } committees[] = {
    {3, 1, 64}, {4, 1, 96}, {5, 2, 128}, {7, 3, 128}, {11, 1, 96}, {12, 2, 128}, {13, 1, 256}, {15, 1, 96}};

#define FULL QUORSUM_RANDOMISER_FULL
#define COMMITTEES (sizeof committees / sizeof committees[0])

Test(sifter, takes_as_many_primes_as_fit)
{
    for (size_t i = 0; i < COMMITTEES; i++) {
        const qs_sifter *sifter;
        mpz_t next;
        batch b;

        batch_new(&b, committees[i].members, committees[i].degree, committees[i].bits, 16, 1);
        sifter = b.generation->sifter;
        mpz_init_set_ui(next, 1);
        for (size_t l = 0; l < sifter->count; l++)
            mpz_mul_ui(next, next, sifter->prime[l].prime);
        cr_expect_eq(mpz_cmp(next, sifter->product), 0);
        mpz_mul_ui(next, next, 4 * b.sets->count);
        cr_expect_leq(mpz_sizeinbase(next, 2), committees[i].bits / 2 - 2, "4 C M below 2^(k-2)");
        mpz_mul_ui(next, next, sifter->prime[sifter->count - 1].prime + 2); /* the next prime is no smaller */
        cr_expect_gt(mpz_sizeinbase(next, 2), committees[i].bits / 2 - 2);
        mpz_clear(next);
        batch_free(&b);
    }
}

Test(sifter, has_the_slots_of_the_protocol)
{
    const qs_sifter *sifter;
    batch b;

    /* 1024 in 2048 bits for 5 members: acceptance (2/3)(26/27), (4/5)(124/125), then (1 - 1/l)^2 */
    batch_new(&b, 5, 2, 2048, 1024, 1);
    sifter = b.generation->sifter;
    cr_expect_eq(sifter->prime[0].slots, 1596 + 3 * 23 + 3); /* ceil(1024 81 / 52) = 1596, isqrt(572) = 23 */
    cr_expect_eq(sifter->prime[1].slots, 1291 + 3 * 16 + 3); /* ceil(1024 625 / 496) = 1291, isqrt(267) = 16 */
    cr_expect_eq(sifter->prime[2].slots, 1394 + 3 * 19 + 3); /* ceil(1024 49 / 36) = 1394, isqrt(370) = 19 */
    cr_expect_eq(sifter->prime[0].parts, 3);
    cr_expect_eq(sifter->prime[1].parts, 3);
    cr_expect_eq(sifter->prime[2].parts, 1);
    batch_free(&b);
}

Test(sifter, refuses_sizes_without_a_sieve)
{
    static const uint8_t ceremony[32] = {0};
    qs_generation *generation;
    qs_sets *sets;

    cr_assert_eq(qs_sets_new(&sets, 4, 2), QUORSUM_OK); /* 2t+1 > n */
    cr_expect_eq(qs_generation_new(&generation, 256, 1, FULL, sets, ceremony, 16), QUORSUM_ERR_RANGE);
    qs_sets_free(sets);
    cr_assert_eq(qs_sets_new(&sets, 3, 1), QUORSUM_OK);
    cr_expect_eq(qs_generation_new(&generation, 255, 1, FULL, sets, ceremony, 16), QUORSUM_ERR_RANGE);
    cr_expect_eq(qs_generation_new(&generation, 14, 1, FULL, sets, ceremony, 16), QUORSUM_ERR_RANGE);
    cr_expect_eq(qs_generation_new(&generation, 256, 1, FULL, sets, ceremony, 0), QUORSUM_ERR_RANGE);
    cr_expect_null(generation);
    qs_sets_free(sets);
}

Test(sifter, reduces_every_number_of_32_bits)
{
    static const uint32_t edges[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    const qs_sifter *sifter;
    batch b;

    batch_new(&b, 5, 2, 2048, 16, 1);
    sifter = b.generation->sifter;
    for (size_t l = 0; l < sifter->count; l++) {
        const qs_sift_prime *prime = &sifter->prime[l];
        uint32_t whole = UINT32_MAX / prime->prime * prime->prime;

        for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
            cr_expect_eq(qs_sift_reduce(edges[i], prime), edges[i] % prime->prime);
        for (uint32_t d = 0; d < 5; d++)
            cr_expect_eq(qs_sift_reduce(whole - d, prime), (whole - d) % prime->prime);
        for (uint32_t x = (uint32_t)l; x < 0xff000000; x += 0x00fedcb9)
            cr_expect_eq(qs_sift_reduce(x, prime), x % prime->prime);
    }
    batch_free(&b);
}

/* sum over all sets of what a stream gives, of slot s of prime number l, coordinate d of `parts`. */
static uint32_t shared(const batch *b, const char *label, size_t l, size_t s, int scalar, unsigned d)
{
    const qs_sifter *sifter = b->generation->sifter;
    uint16_t *drawn = malloc(3 * sifter->slots_max * sizeof *drawn);
    uint32_t sum = 0;

    for (size_t a = 0; a < b->sets->count; a++) {
        qs_prf prf;

        qs_prf_begin(&prf, b->key + 32 * a, label, 0);
        for (size_t i = 0; i <= l; i++)
            qs_prf_residues(&prf, drawn, sifter->prime[i].slots * (scalar ? 1 : sifter->prime[i].parts),
                            sifter->prime[i].prime);
        sum += drawn[scalar ? s : s * sifter->prime[l].parts + d];
    }
    free(drawn);
    return sum % sifter->prime[l].prime;
}

Test(sifter, opens_the_masked_primes, .timeout = 120)
{
    for (size_t i = 0; i < COMMITTEES; i++) {
        const qs_sifter *sifter;
        mpz_t whole;
        batch b;

        mpz_init(whole);
        batch_new(&b, committees[i].members, committees[i].degree, committees[i].bits, 16, i);
        batch_go(&b, &qs_round_sift);
        sifter = b.generation->sifter;
        for (unsigned which = 0; which < 2; which++) {
            for (size_t l = 0; l < sifter->count; l++) {
                const qs_sift_prime *prime = &sifter->prime[l];

                uint32_t cofactor;

                mpz_divexact_ui(whole, sifter->product, prime->prime);
                cofactor = (uint32_t)mpz_fdiv_ui(whole, prime->prime);
                for (size_t s = l % 3; s < prime->slots; s += 7) {
                    uint32_t p = shared(&b, which == 0 ? "p" : "q", l, s, 1, 0);

                    p = (uint32_t)(mpz_fdiv_ui(sifter->least, prime->prime) + 4 * cofactor * p) % prime->prime;
                    for (unsigned d = 0; d < prime->parts; d++) {
                        uint32_t r = shared(&b, which == 0 ? "pr" : "qr", l, s, 0, d);
                        size_t at = which * sifter->residues + prime->first + s * prime->parts + d;

                        cr_assert_eq(b.generation->kept->opened[at], p * r % prime->prime, "l = %u, slot %zu",
                                     prime->prime, s);
                    }
                }
            }
        }
        mpz_clear(whole);
        batch_free(&b);
    }
}

Test(sifter, keeps_exactly_the_slots_that_open_to_something)
{
    const qs_sifter *sifter;
    batch b;

    batch_new(&b, 5, 2, 128, 40, 3);
    batch_go(&b, &qs_round_sift);
    sifter = b.generation->sifter;
    for (unsigned which = 0; which < 2; which++) {
        for (size_t l = 0; l < sifter->count; l++) {
            const qs_sift_prime *prime = &sifter->prime[l];
            const uint16_t *opened = b.generation->kept->opened + which * sifter->residues + prime->first;
            size_t kept = 0;

            for (size_t s = 0; s < prime->slots && kept < 40; s++, opened += prime->parts) {
                if (opened[0] == 0 && (prime->parts == 1 || (opened[1] == 0 && opened[2] == 0)))
                    continue;
                cr_assert_eq(qs_kept_slots(sifter, b.generation->kept, which, l)[kept], s);
                kept++;
            }
            cr_expect_geq(kept, b.generation->candidates);
        }
    }
    cr_expect_gt(b.generation->candidates, 20);
    cr_expect_leq(b.generation->candidates, 40);
    batch_free(&b);
}

Test(sifter, candidates_have_no_small_factor)
{
    for (size_t i = 0; i < COMMITTEES; i++) {
        batch b;
        mpz_t p;

        mpz_init(p);
        batch_new(&b, committees[i].members, committees[i].degree, committees[i].bits, 16, 10 + i);
        batch_go(&b, &qs_round_sift);
        cr_expect_gt(b.generation->candidates, 8);
        for (unsigned which = 0; which < 2; which++) {
            for (size_t c = 0; c < b.generation->candidates; c++) {
                batch_prime(p, &b, which, c);
                cr_expect_eq(mpz_fdiv_ui(p, 4), 3);
                cr_expect_eq(mpz_sizeinbase(p, 2), committees[i].bits / 2);
                cr_expect_geq(mpz_cmp(p, b.generation->sifter->least), 0);
                for (size_t l = 0; l < b.generation->sifter->count; l++)
                    cr_expect_neq(mpz_fdiv_ui(p, b.generation->sifter->prime[l].prime), 0);
            }
        }
        mpz_clear(p);
        batch_free(&b);
    }
}

static void swap_members(batch *b, size_t i, size_t j)
{
    uint8_t *body = b->body[i];

    b->body[i] = b->body[j];
    b->body[j] = body;
}

Test(sifter, a_member_that_says_anothers_shares_is_noticed_where_there_are_more_than_enough)
{
    static const struct { uint32_t members, degree; } redundant[] = {{4, 1}, {6, 2}, {11, 1}};

    for (size_t i = 0; i < 3; i++) {
        batch b;

        batch_new(&b, redundant[i].members, redundant[i].degree, 128, 16, 20 + i);
        batch_say(&b, &qs_round_sift);
        swap_members(&b, 0, redundant[i].members - 1);
        cr_expect_eq(batch_hear(&b, &qs_round_sift), QS_FAULT);
        cr_expect_null(b.generation->kept);
        swap_members(&b, 0, redundant[i].members - 1);
        cr_expect_eq(batch_hear(&b, &qs_round_sift), QS_GO_ON);
        batch_free(&b);
    }
}

/* Changes residue number `at` of member i's body by one, up or down, within its prime. */
static void alter(batch *b, size_t i, size_t at)
{
    const qs_sifter *sifter = b->generation->sifter;
    uint16_t *value = malloc(2 * sifter->residues * sizeof *value);

    cr_assert_eq(qs_sift_read(sifter, value, b->body[i]), 0);
    value[at] = (uint16_t)(value[at] == 0 ? 1 : value[at] - 1);
    qs_sift_write(sifter, b->body[i], value);
    free(value);
}

Test(sifter, one_altered_residue_is_noticed_where_there_are_more_than_enough)
{
    batch b;
    size_t last;

    batch_new(&b, 4, 1, 96, 16, 30);
    last = 2 * b.generation->sifter->residues - 1;
    for (size_t member = 0; member < 4; member++) {
        for (size_t step = 0; step < 4; step++) {
            batch_say(&b, &qs_round_sift);
            alter(&b, member, step * last / 3);
            cr_expect_eq(batch_hear(&b, &qs_round_sift), QS_FAULT, "member %zu, step %zu", member + 1, step);
        }
    }
    batch_free(&b);
}

Test(sifter, residues_out_of_range_and_bits_to_fill_up_are_noticed)
{
    const qs_sifter *sifter;
    size_t spare;
    batch b;

    batch_new(&b, 3, 1, 64, 17, 31);
    sifter = b.generation->sifter;
    spare = 8 * qs_sift_len(sifter) - 2 * sifter->residue_bits;
    batch_say(&b, &qs_round_sift);
    for (size_t bit = 0; bit < spare; bit++) {
        b.body[1][b.len - 1] ^= (uint8_t)(1 << bit);
        cr_expect_eq(batch_hear(&b, &qs_round_sift), QS_FAULT);
        b.body[1][b.len - 1] ^= (uint8_t)(1 << bit);
    }
    cr_expect_eq(batch_hear(&b, &qs_round_sift), QS_GO_ON);
    for (size_t member = 0; member < 3; member++) {
        batch_say(&b, &qs_round_sift);
        b.body[member][0] |= 0xc0; /* 3 modulo 3 */
        cr_expect_eq(batch_hear(&b, &qs_round_sift), QS_FAULT);
    }
    cr_expect_gt(spare, 0, "choose other sizes, so that there are bits to fill up");
    batch_free(&b);
}

Test(sifter, bodies_are_read_as_they_were_written)
{
    const qs_sifter *sifter;
    uint16_t *value;
    uint16_t *back;
    uint8_t *body;
    batch b;

    batch_new(&b, 11, 2, 256, 16, 32);
    sifter = b.generation->sifter;
    value = malloc(2 * sifter->residues * sizeof *value);
    back = malloc(2 * sifter->residues * sizeof *back);
    body = malloc(qs_sift_len(sifter));
    for (size_t at = 0; at < 2 * sifter->residues; at++) {
        size_t l = 0;

        while (l + 1 < sifter->count && sifter->prime[l + 1].first <= at % sifter->residues)
            l++;
        value[at] = (uint16_t)((at * 2654435761u >> 8) % sifter->prime[l].prime);
    }
    qs_sift_write(sifter, body, value);
    cr_expect_eq(qs_sift_read(sifter, back, body), 0);
    cr_expect_arr_eq(value, back, 2 * sifter->residues * sizeof *value);
    free(value);
    free(back);
    free(body);
    batch_free(&b);
}

Test(sifter, more_threads_say_the_same)
{
    static const quorsum_run threads = {.threads = 3};
    uint8_t *body;
    batch b;

    batch_new(&b, 7, 3, 128, 16, 33);
    batch_say(&b, &qs_round_sift);
    body = malloc(b.len);
    cr_assert_eq(qs_round_sift.say(b.generation, &b.party[2], body, &threads), QUORSUM_OK);
    cr_expect_arr_eq(body, b.body[2], b.len);
    free(body);
    batch_free(&b);
}
