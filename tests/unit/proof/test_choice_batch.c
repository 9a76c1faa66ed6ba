/* SPDX-License-Identifier: Apache-2.0 */
/* Many ballots at once: all are right, or the wrong ones are named, whatever else is among them. */
#include "tests/unit/proof/choice_fixture.h"

typedef struct box { /* ballots of one task, each by another voter */
    sample x;
    size_t count;
    qs_ballot *ballots;
    qs_context *contexts;
} box;

static void cast(box *b, size_t i)
{
    sample *x = &b->x;
    uint8_t *proof = malloc(x->len);
    size_t first = i % 2;
    size_t second = i / 2 % 2;

    sample_choose(x, (const size_t[]){i % 4, first, second, first + second});
    memset(x->context.prover, 0, sizeof x->context.prover);
    x->context.prover[0] = (uint8_t)i;
    x->context.prover[1] = (uint8_t)(i >> 8);
    cr_assert_eq(sample_prove(x), QUORSUM_OK);
    memcpy(proof, x->proof, x->len);
    b->contexts[i] = x->context;
    b->ballots[i] = (qs_ballot){&b->contexts[i], x->ciphertexts, proof, x->len, QUORSUM_ERR_ARGUMENT};
    x->ciphertexts = NULL;
}

static void box_open(box *b, size_t prime_bits, unsigned s, size_t count)
{
    form f = {0};

    form_packed(&f, 3, 4, 1);
    form_vector(&f, 2, 0, 2);
    sample_open(&b->x, prime_bits, s, QUORSUM_RANDOMISER_HALF, &f);
    b->count = count;
    b->ballots = calloc(count, sizeof *b->ballots);
    b->contexts = calloc(count, sizeof *b->contexts);
    for (size_t i = 0; i < count; i++)
        cast(b, i);
}

static void box_close(box *b)
{
    for (size_t i = 0; i < b->count; i++) {
        quorsum_ciphertexts_free((quorsum_ciphertexts *)(uintptr_t)b->ballots[i].ciphertexts);
        free((uint8_t *)(uintptr_t)b->ballots[i].proof);
    }
    free(b->ballots);
    free(b->contexts);
    sample_close(&b->x);
}

static uint8_t *bytes_of(const box *b, size_t i)
{
    return (uint8_t *)(uintptr_t)b->ballots[i].proof;
}

/* Judges all, and compares with what each is by itself. */
static size_t judge(box *b, unsigned threads)
{
    const quorsum_run run = {.threads = threads};
    size_t bad = 99999;
    size_t counted = 0;

    cr_assert_eq(qs_choice_verify_all_vartime(b->ballots, b->count, b->x.choices, &bad, &run), QUORSUM_OK);
    for (size_t i = 0; i < b->count; i++) {
        const qs_ballot *ballot = &b->ballots[i];

        counted += ballot->status != QUORSUM_OK;
        cr_expect_eq(ballot->status, qs_choice_verify_vartime(ballot->proof, ballot->len, ballot->context, b->x.choices,
                                                              ballot->ciphertexts, NULL), "ballot %zu", i);
    }
    cr_expect_eq(counted, bad);
    return bad;
}

Test(choice_batch, takes_honest_ballots)
{
    for (unsigned s = 1; s <= 2; s++)
        for (size_t count = 1; count <= 16; count += count < 3 ? 1 : 13) {
            box b;

            box_open(&b, 101, s, count);
            for (unsigned threads = 1; threads <= 3; threads += 2)
                cr_expect_eq(judge(&b, threads), 0, "%zu ballots, %u threads", count, threads);
            box_close(&b);
        }
}

Test(choice_batch, of_nothing_is_right)
{
    box b;
    size_t bad = 1;

    box_open(&b, 64, 1, 1);
    cr_expect_eq(qs_choice_verify_all_vartime(b.ballots, 0, b.x.choices, &bad, NULL), QUORSUM_OK);
    cr_expect_eq(bad, 0);
    box_close(&b);
}

Test(choice_batch, names_the_wrong_one_wherever_it_is)
{
    box b;

    box_open(&b, 101, 1, 9);
    for (size_t i = 0; i < b.count; i++) {
        bytes_of(&b, i)[b.ballots[i].len - 1] ^= 1;
        cr_expect_eq(judge(&b, 1 + i % 2), 1);
        cr_expect_eq(b.ballots[i].status, QUORSUM_ERR_PROOF, "ballot %zu", i);
        bytes_of(&b, i)[b.ballots[i].len - 1] ^= 1;
    }
    box_close(&b);
}

Test(choice_batch, names_every_set_of_wrong_ones)
{
    box b;

    box_open(&b, 64, 1, 6);
    for (unsigned set = 0; set < 64; set++) {
        for (size_t i = 0; i < 6; i++)
            bytes_of(&b, i)[b.ballots[i].len - 1] ^= (uint8_t)(set >> i & 1);
        (void)judge(&b, 1);
        for (size_t i = 0; i < 6; i++) {
            cr_expect_eq(b.ballots[i].status == QUORSUM_OK, (set >> i & 1) == 0, "set %u, ballot %zu", set, i);
            bytes_of(&b, i)[b.ballots[i].len - 1] ^= (uint8_t)(set >> i & 1);
        }
    }
    box_close(&b);
}

Test(choice_batch, tells_what_is_wrong_with_each)
{
    box b;
    uint8_t *proof;
    size_t digit;

    box_open(&b, 101, 1, 12);
    digit = quorsum_public_key_modulus_bytes(b.x.o.key);
    b.ballots[1].len--;
    memset(bytes_of(&b, 3), 0, digit); /* A */
    memset(bytes_of(&b, 4), 0xff, digit);
    proof = bytes_of(&b, 6);
    proof[b.ballots[6].len - qs_choice_w_bytes(b.x.choices)] |= 0x80;
    bytes_of(&b, 7)[b.x.f.value_count * ciphertext_bytes(&b.x.o)] ^= 1; /* e */
    bytes_of(&b, 9)[b.ballots[9].len - 1] ^= 1;
    b.ballots[11].context = b.ballots[10].context;
    cr_expect_eq(judge(&b, 2), 7);
    cr_expect_eq(b.ballots[0].status, QUORSUM_OK);
    cr_expect_eq(b.ballots[1].status, QUORSUM_ERR_TRUNCATED);
    cr_expect_eq(b.ballots[3].status, QUORSUM_ERR_NOT_UNIT);
    cr_expect_eq(b.ballots[4].status, QUORSUM_ERR_RANGE);
    cr_expect_eq(b.ballots[6].status, QUORSUM_ERR_RANGE);
    cr_expect_eq(b.ballots[7].status, QUORSUM_ERR_PROOF);
    cr_expect_eq(b.ballots[9].status, QUORSUM_ERR_PROOF);
    cr_expect_eq(b.ballots[11].status, QUORSUM_ERR_PROOF);
    box_close(&b);
}

Test(choice_batch, sees_a_proof_under_a_neighbours_ciphertexts)
{
    box b;

    box_open(&b, 101, 1, 4);
    for (size_t i = 0; i < 4; i++) {
        const quorsum_ciphertexts *kept = b.ballots[i].ciphertexts;

        b.ballots[i].ciphertexts = b.ballots[(i + 1) % 4].ciphertexts;
        cr_expect_eq(judge(&b, 1), 1);
        b.ballots[i].ciphertexts = kept;
    }
    box_close(&b);
}

/* ---- errors that cancel ---- */

/* The ballot once more, by hand, with A_l times (1+N)^shift before the challenge. */
static void spoil(box *b, size_t i, size_t l, long shift)
{
    sample *x = &b->x;
    size_t real[4] = {i % 4, 4 + i % 2, 6 + i / 2 % 2, 8 + i % 2 + i / 2 % 2};
    size_t begins[5] = {0, 4, 6, 8, 11};
    quorsum_ciphertexts *old = (quorsum_ciphertexts *)(uintptr_t)b->ballots[i].ciphertexts;
    mpz_t factor;
    hand h;

    sample_choose(x, (const size_t[]){i % 4, i % 2, i / 2 % 2, i % 2 + i / 2 % 2});
    x->context = b->contexts[i];
    hand_open(&h, x);
    for (size_t k = 0; k < x->f.value_count; k++)
        hand_draw(&h, k);
    for (size_t k = 0; k < 4; k++)
        mpz_set_ui(h.e[real[k]], 0);
    for (size_t k = 0; k < x->f.value_count; k++)
        hand_commit(&h, k);
    mpz_init_set_si(factor, shift);
    mpz_mod(factor, factor, x->o.ns);
    oracle_lift(&x->o, factor, factor);
    mpz_mul(h.a[l], h.a[l], factor);
    mpz_mod(h.a[l], h.a[l], x->o.modulus);
    hand_hash(&h);
    for (size_t k = 0; k < 4; k++) {
        hand_balance(&h, begins[k], begins[k + 1], real[k]);
        mpz_addmul(h.w[real[k]], h.e[real[k]], h.alpha[real[k]]);
    }
    hand_write(&h);
    memcpy(bytes_of(b, i), x->proof, x->len);
    b->ballots[i].ciphertexts = x->ciphertexts;
    x->ciphertexts = NULL;
    quorsum_ciphertexts_free(old);
    mpz_clear(factor);
    hand_close(&h);
}

Test(choice_batch, sees_errors_of_two_ballots_that_cancel)
{
    box b;

    box_open(&b, 101, 1, 8);
    spoil(&b, 2, 5, 0);
    cr_expect_eq(judge(&b, 1), 0, "by hand, and right");
    for (size_t l = 0; l < 11; l += 5) {
        spoil(&b, 2, l, 1);
        spoil(&b, 6, l, -1);
        cr_expect_eq(judge(&b, 1), 2);
        cr_expect_eq(b.ballots[2].status, QUORSUM_ERR_PROOF);
        cr_expect_eq(b.ballots[6].status, QUORSUM_ERR_PROOF);
    }
    box_close(&b);
}

/* ---- more than a block ---- */

Test(choice_batch, takes_any_number)
{
    box b;
    qs_ballot *many;
    size_t count = 1200; /* of 14 elements: more than 2^14 in all, which is a block */
    size_t bad;

    box_open(&b, 6, 1, 2);
    bytes_of(&b, 1)[b.ballots[1].len - 1] ^= 1;
    many = malloc(count * sizeof *many);
    for (size_t i = 0; i < count; i++)
        many[i] = b.ballots[i == count - 2];
    cr_assert_eq(qs_choice_verify_all_vartime(many, count, b.x.choices, &bad, NULL), QUORSUM_OK);
    cr_expect_eq(bad, 1);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(many[i].status == QUORSUM_OK, i != count - 2, "ballot %zu", i);
    free(many);
    box_close(&b);
}
