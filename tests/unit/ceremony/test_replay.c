/* SPDX-License-Identifier: Apache-2.0 */
/* lib/ceremony/replay.c: an honest batch is sound, and every value that was opened counts. */
#include "tests/unit/ceremony/batch.h"

static int replay(const batch *b)
{
    int sound;

    cr_assert_eq(qs_generation_replay(&sound, b->generation, b->key, NULL), QUORSUM_OK);
    return sound;
}

static void run(batch *b, uint32_t members, uint32_t degree, size_t bits, uint64_t seed)
{
    batch_new(b, members, degree, bits, 16, seed);
    batch_go(b, &qs_round_sift);
    batch_go(b, &qs_round_product);
}

/* Of toy numbers many are prime; those are no batches without a winner. */
static int has_winner(const batch *b)
{
    int winner = 0;
    mpz_t p;
    mpz_t q;

    mpz_inits(p, q, NULL);
    for (size_t i = 0; i < b->generation->survivors; i++) {
        batch_prime(p, b, 0, b->generation->survivor[i]);
        batch_prime(q, b, 1, b->generation->survivor[i]);
        winner |= mpz_probab_prime_p(p, 25) != 0 && mpz_probab_prime_p(q, 25) != 0;
    }
    mpz_clears(p, q, NULL);
    return winner;
}

Test(replay, is_sound_unless_there_was_a_winner)
{
    static const struct { uint32_t members, degree; } sizes[] = {{3, 1}, {4, 1}, {5, 2}, {7, 3}, {11, 1}, {15, 1}};
    int seen[2] = {0};

    for (size_t i = 0; i < 6; i++) {
        for (uint64_t seed = 0; seed < 6; seed++) {
            batch b;

            run(&b, sizes[i].members, sizes[i].degree, seed % 2 == 0 ? 96 : 512, seed);
            cr_expect_eq(replay(&b), !has_winner(&b));
            seen[has_winner(&b)]++;
            batch_free(&b);
        }
    }
    cr_expect(seen[0] > 0 && seen[1] > 0);
}

static void honest(batch *b)
{
    for (uint64_t seed = 0;; seed++) {
        run(b, 5, 2, 512, seed);
        if (!has_winner(b))
            return;
        batch_free(b);
    }
}

Test(replay, sees_every_opened_value)
{
    const qs_sifter *sifter;
    batch b;

    honest(&b);
    sifter = b.generation->sifter;
    for (size_t at = 0; at < 2 * sifter->residues; at += 37) {
        b.generation->kept->opened[at] ^= 1;
        cr_expect_eq(replay(&b), 0, "value %zu", at);
        b.generation->kept->opened[at] ^= 1;
    }
    b.generation->kept->opened[2 * sifter->residues - 1] ^= 1;
    cr_expect_eq(replay(&b), 0);
    b.generation->kept->opened[2 * sifter->residues - 1] ^= 1;
    for (size_t c = 0; c < b.generation->candidates; c++) {
        mpz_add_ui(b.generation->product[c], b.generation->product[c], 2);
        cr_expect_eq(replay(&b), 0, "product %zu", c);
        mpz_sub_ui(b.generation->product[c], b.generation->product[c], 2);
    }
    cr_expect_eq(replay(&b), 1);
    batch_free(&b);
}

Test(replay, sees_another_key_of_any_set)
{
    batch b;

    honest(&b);
    for (size_t a = 0; a < b.sets->count; a++) {
        b.key[32 * a + a] ^= 1;
        cr_expect_eq(replay(&b), 0, "set %zu", a);
        b.key[32 * a + a] ^= 1;
    }
    cr_expect_eq(replay(&b), 1);
    batch_free(&b);
}

Test(replay, sees_a_lie_that_nobody_could_see_before)
{
    batch b;

    batch_new(&b, 3, 1, 96, 16, 1);
    batch_go(&b, &qs_round_sift);
    batch_say(&b, &qs_round_product);
    b.body[1][b.len - 1] ^= 4;
    cr_assert_eq(batch_hear(&b, &qs_round_product), QS_GO_ON);
    cr_expect_eq(replay(&b), 0);
    batch_free(&b);

    batch_new(&b, 3, 1, 96, 16, 2);
    batch_say(&b, &qs_round_sift);
    b.body[2][b.len / 2] ^= 1;
    cr_assert_eq(batch_hear(&b, &qs_round_sift), QS_GO_ON);
    batch_go(&b, &qs_round_product);
    cr_expect_eq(replay(&b), 0);
    batch_free(&b);
}
