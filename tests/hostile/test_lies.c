/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One party says something else than it should, in every round, at several places of the body, to everybody alike.
 * Either it is named (or a pair with it), or the lie had no effect and the key is good. Where a lie cannot be without
 * effect, it has to be named.
 */
#include <stdio.h>

#include "play.h"

enum { NEVER_PASSES = 0, MAY_PASS = 1 };

static void lie(const stage_sizes *sizes, const char *round, deed_kind kind, int may_pass)
{
    static const struct {
        size_t at;
        deed_change change;
    } places[] = {{0, CHANGE_BIT},  {0, CHANGE_RANDOM}, {21, CHANGE_BIT},  {32, CHANGE_FULL},
                  {50, CHANGE_RANDOM}, {63, CHANGE_BIT},   {64, CHANGE_BIT}, {0, CHANGE_FULL}};
    size_t step = sizes->trustees > 3 ? 2 : 1; /* every second one where a ceremony costs more */
    size_t happened = 0;

    for (size_t i = strlen(round) % step; i < sizeof places / sizeof places[0]; i += step) {
        deed one = {.kind = kind,
                    .round = round,
                    .party = i % sizes->trustees,
                    .at = places[i].at,
                    .change = places[i].change,
                    .variant = (unsigned)i};
        outcome out = play(sizes, &one, 1, 0);

        happened += (size_t)out.happened;
        if (out.happened && !may_pass)
            cr_assert_eq(out.failed, sizes->trustees - 1, "%s: a lie at %zu/64 went unnoticed (%zu)", round,
                         places[i].at, i);
    }
    cr_assert_gt(happened, 0, "%s: nothing happened", round);
}

static void in_every_round(const stage_sizes *sizes)
{
    lie(sizes, "commit", DEED_LIE, MAY_PASS); /* another exchange key that one can use */
    lie(sizes, "deliver", DEED_LIE, NEVER_PASSES);
    lie(sizes, "confirm", DEED_LIE, NEVER_PASSES);
    lie(sizes, "sift", DEED_LIE, MAY_PASS);
    lie(sizes, "product", DEED_LIE, MAY_PASS);
    lie(sizes, "test", DEED_LIE, MAY_PASS);
    lie(sizes, "verify", DEED_LIE, NEVER_PASSES);
    lie(sizes, "derive", DEED_LIE, MAY_PASS); /* the gcd's share may be any */
    lie(sizes, "keys", DEED_LIE, NEVER_PASSES);
    lie(sizes, "certificate", DEED_LIE, NEVER_PASSES);
    lie(sizes, "sign", DEED_LIE, NEVER_PASSES);
}

Test(lies, two_of_three)
{
    in_every_round(&TWO_OF_THREE);
}

Test(lies, three_of_five)
{
    in_every_round(&THREE_OF_FIVE);
}

Test(lies, two_of_four)
{
    in_every_round(&TWO_OF_FOUR);
}

/* A member more than the openings need: every lie in a sum that is opened is off the polynomial. */
Test(lies, redundancy_names_them)
{
    for (unsigned variant = 0; variant < 6; variant++) {
        deed sift = {.kind = DEED_LIE, .round = "sift", .party = variant % 4, .at = 10 * variant, .change = CHANGE_BIT};
        deed product = {.kind = DEED_LIE, .round = "product", .party = variant % 4, .at = 10 * variant, .variant = 1};
        deed derive = {.kind = DEED_LIE, .round = "derive", .party = variant % 4, .at = 12 * variant, .variant = 2};

        cr_assert_eq(play(&TWO_OF_FOUR, &sift, 1, 0).failed, 3);
        cr_assert_eq(play(&TWO_OF_FOUR, &product, 1, 0).failed, 3);
        cr_assert_eq(play(&TWO_OF_FOUR, &derive, 1, 0).failed, 3);
    }
}

Test(lies, in_a_reveal)
{
    const stage_sizes sizes = {.bits = 64, .trustees = 3, .quorum = 2, .batch = 1};

    lie(&sizes, "reveal", DEED_LIE, NEVER_PASSES);
}

Test(lies, commitments)
{
    static const char *const rounds[] = {"sift", "product", "derive"};

    for (size_t r = 0; r < 3; r++) {
        lie(&TWO_OF_THREE, rounds[r], DEED_BAD_OPENING, NEVER_PASSES);
        lie(&TWO_OF_THREE, rounds[r], DEED_BAD_COMMITMENT, NEVER_PASSES);
    }
}

static const char *const all_rounds[] = {"commit", "deliver", "confirm", "sift-commit", "sift", "product-commit",
                                         "product", "test", "verify", "derive-commit", "derive", "keys",
                                         "certificate", "sign", "reveal"};
enum { ROUNDS = sizeof all_rounds / sizeof all_rounds[0] };

/* Headers that do not fit: who sends them is certain, but for a view that differs, which may be another's fault. */
Test(lies, headers)
{
    const stage_sizes sizes = {.bits = 64, .trustees = 3, .quorum = 2, .batch = 4};

    for (size_t r = 0; r < ROUNDS; r++) {
        static const deed_kind kinds[] = {DEED_ROUND, DEED_LENGTH, DEED_LENGTH, DEED_LIE_SEEN, DEED_ABORT};

        for (size_t k = 0; k < 5; k++) {
            deed one = {.kind = kinds[k], .round = all_rounds[r], .party = (r + k) % 3, .variant = (unsigned)k - 1,
                        .victim = (unsigned)(r % 3)};
            outcome out;

            if (r == 0 && kinds[k] == DEED_LIE_SEEN)
                continue; /* there is nothing to be seen before */
            out = play(&sizes, &one, 1, 0);
            /* at the end only the signature counts */
            if (out.happened && strcmp(all_rounds[r], "sign") != 0)
                cr_assert_eq(out.failed, 2, "%s: header %zu passed", all_rounds[r], k);
        }
    }
}

/* ---- the setup ---- */

static void low_order(deed *self, stage *all, uint8_t *body, size_t len)
{
    static const uint8_t eight[32] = {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
                                      0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
                                      0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00};

    (void)all;
    (void)len;
    memset(body, self->variant == 3 ? 0xff : 0, 32);
    if (self->variant == 3) /* p in another form: 2^255 - 19 + 0 */
        body[0] = 0xed, body[31] = 0x7f;
    if (self->variant == 1)
        body[0] = 1;
    if (self->variant == 2)
        memcpy(body, eight, 32);
    if (self->variant == 4)
        body[31] = 0x80; /* 0 with the bit that is not looked at */
}

Test(lies, exchange_keys_of_low_order_are_certain)
{
    for (unsigned variant = 0; variant < 5; variant++) {
        deed one = {.kind = DEED_LIE, .round = "commit", .party = 1, .change = CHANGE_CALL, .call = low_order,
                    .variant = variant};
        stage all;

        stage_open(&all, &TWO_OF_THREE);
        cr_assert_eq(play_on(&all, &one, 1, 0).failed, 2, "low order %u", variant);
        cr_assert_eq(stage_status(&all, 0).certain, 1);
        stage_close(&all);
    }
}

static void another_ones_key(deed *self, stage *all, uint8_t *body, size_t len)
{
    const stage_letter *theirs = stage_find(all, 1, 1);
    qs_step_message message;

    (void)self;
    (void)len;
    cr_assert_eq(qs_step_message_read(&message, theirs->bytes.data, theirs->bytes.len), QUORSUM_OK);
    memcpy(body, message.body, self->variant == 0 ? 32 : len);
}

/* Or with all its commitments. */
Test(lies, a_copied_exchange_key)
{
    for (unsigned variant = 0; variant < 2; variant++) {
        deed one = {.kind = DEED_LIE, .round = "commit", .party = 2, .change = CHANGE_CALL, .call = another_ones_key,
                    .variant = variant};

        cr_assert_eq(play(&TWO_OF_THREE, &one, 1, 0).failed, 2);
    }
}

static void complain(deed *self, stage *all, uint8_t *body, size_t len)
{
    (void)all;
    memset(body, 0, len);
    body[0] = (uint8_t)(self->variant >> 8);
    body[1] = (uint8_t)self->variant;
    if (self->at == 1)
        body[len - 1] = 1; /* and a pledge all the same */
}

Test(lies, complaints)
{
    static const struct {
        unsigned about;
        size_t form;
        int certain;
    } cases[] = {{1, 0, 0}, {3, 0, 0}, {2, 0, 1}, {4, 0, 1}, {65535, 0, 1}, {0, 0, 0}, {1, 1, 1}, {256, 0, 1}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        deed one = {.kind = DEED_LIE, .round = "confirm", .party = 1, .change = CHANGE_CALL, .call = complain,
                    .variant = cases[i].about, .at = cases[i].form};
        stage all;

        stage_open(&all, &TWO_OF_THREE);
        cr_assert_eq(play_on(&all, &one, 1, 0).failed, 2);
        cr_assert_eq(stage_status(&all, 0).certain, cases[i].certain, "complaint %zu", i);
        stage_close(&all);
    }
}

/* ---- other keys from some round on, so that all that follows is wrong in a consistent way ---- */

Test(lies, other_keys)
{
    static const char *const rounds[] = {"confirm", "sift-commit", "sift", "product", "test", "verify", "derive",
                                         "keys"};
    static const stage_sizes *const sizes[] = {&TWO_OF_THREE, &THREE_OF_FIVE, &TWO_OF_FOUR};

    for (size_t r = 0; r < sizeof rounds / sizeof rounds[0]; r++) {
        for (size_t s = r % 2; s < 3; s += 2) {
            deed one = {.kind = DEED_KEY, .round = rounds[r], .party = r % sizes[s]->trustees, .at = r};
            deed two = {.kind = DEED_BATCH_KEY, .round = rounds[r], .party = (r + 1) % sizes[s]->trustees, .at = r + 1};

            (void)play(sizes[s], &one, 1, 0);
            (void)play(sizes[s], &two, 1, 0);
        }
    }
}

/* From the beginning on, it cannot pass. */
Test(lies, another_key_from_the_beginning_on)
{
    for (size_t party = 0; party < 3; party++) {
        deed one = {.kind = DEED_KEY, .round = "deliver", .party = party, .at = party};
        deed two = {.kind = DEED_KEY, .round = "confirm", .party = party, .at = party};

        (void)play(&TWO_OF_THREE, &one, 1, 0);
        cr_assert_eq(play(&TWO_OF_THREE, &two, 1, 0).failed, 2);
    }
}

/* ---- two of five ---- */

Test(lies, a_pair)
{
    static const char *const rounds[] = {"commit", "deliver", "confirm", "sift", "product", "test",
                                         "verify", "derive", "keys", "certificate", "sign"};

    for (size_t r = 0; r < sizeof rounds / sizeof rounds[0]; r++) {
        for (unsigned variant = 0; variant < 2; variant++) {
            deed one = {.kind = DEED_LIE, .round = rounds[r], .party = 1, .at = 20 * variant, .change = CHANGE_BIT};
            deed pair[2] = {one, one};

            pair[1].party = 3;
            (void)play(&THREE_OF_FIVE, pair, 2, 0);
        }
    }
}

/* Both change the same key of a set that they share with one honest member only, and keep to it. */
Test(lies, a_pair_with_the_same_other_key)
{
    static const char *const rounds[] = {"deliver", "confirm", "sift", "product", "test", "verify", "derive", "keys"};

    for (size_t r = 0; r < sizeof rounds / sizeof rounds[0]; r++) {
        for (size_t which = 0; which < 3; which++) { /* {1, 2, x}: the first three of both members' sets */
            deed pair[2] = {{.kind = DEED_KEY, .round = rounds[r], .party = 0, .at = which},
                            {.kind = DEED_KEY, .round = rounds[r], .party = 1, .at = which}};

            (void)play(&THREE_OF_FIVE, pair, 2, 0);
        }
    }
}

/* ---- whoever speaks last in `test` decides what passes: verify finds it, and the replay its author ---- */

static const uint8_t *word_of(const stage *all, uint32_t step, uint32_t slot, size_t index, size_t width)
{
    const stage_letter *letter = stage_find((stage *)all, step, slot);
    qs_step_message message;

    if (letter == NULL || qs_step_message_read(&message, letter->bytes.data, letter->bytes.len) != QUORSUM_OK ||
        (index + 1) * width > message.body_len)
        return NULL;
    return message.body + index * width;
}

/* The first survivor of three members, one of whom says w and two u: the last one makes its word fit. */
static void make_it_pass(deed *self, stage *all, uint8_t *body, size_t len)
{
    const quorsum_ceremony *ceremony = all->party[self->party];
    const qs_generation *generation = ceremony->generation;
    size_t width = generation->bits / 8;
    size_t index[3] = {0};

    for (size_t c = 0; c < generation->survivors; c++) {
        uint32_t number = generation->survivor[c];
        uint32_t order[3] = {number % 3 + 1, (number + 1) % 3 + 1, (number + 2) % 3 + 1};
        mpz_t n, value[3];

        mpz_init_set(n, generation->product[number]);
        for (size_t m = 0; m < 3; m++) {
            const uint8_t *word = order[m] == ceremony->member ? NULL
                                  : word_of(all, ceremony->step, order[m], index[order[m] - 1], width);

            mpz_init(value[m]);
            if (word != NULL)
                mpz_import(value[m], width, 1, 1, 1, 0, word);
        }
        for (size_t m = 0; m < 3; m++) {
            mpz_t other;

            if (order[m] != ceremony->member)
                continue;
            mpz_init(other);
            if (m == 2) { /* w = u u' */
                mpz_mul(other, value[0], value[1]);
            } else { /* u = w / u' */
                mpz_set(other, value[1 - m]);
                cr_assert(mpz_invert(other, other, n));
                mpz_mul(other, other, value[2]);
            }
            mpz_mod(other, other, n);
            cr_assert_leq((index[ceremony->member - 1] + 1) * width, len);
            memset(body + index[ceremony->member - 1] * width, 0, width);
            {
                size_t bytes = (mpz_sizeinbase(other, 2) + 7) / 8;

                if (mpz_sgn(other) != 0)
                    mpz_export(body + (index[ceremony->member - 1] + 1) * width - bytes, NULL, 1, 1, 1, 0, other);
            }
            mpz_clear(other);
        }
        for (size_t m = 0; m < 3; m++) {
            index[order[m] - 1]++;
            mpz_clear(value[m]);
        }
        mpz_clear(n);
    }
}

/* Large enough for candidates that trial division lets through and that are no products of two primes. */
static const stage_sizes LARGER = {.bits = 128, .trustees = 3, .quorum = 2, .batch = 48};

Test(lies, everything_passes_the_first_test)
{
    unsigned failed = 0;

    for (size_t party = 0; party < 3; party++) {
        for (unsigned again = 0; again < 2; again++) {
            deed one = {.kind = DEED_LIE, .round = "test", .party = party, .change = CHANGE_CALL, .call = make_it_pass};

            failed += play(&LARGER, &one, 1, 0).failed > 0;
        }
    }
    cr_assert_gt(failed, 0);
}

/* Zeros for all of the own words: no winner, and the reveal shows who hid one. */
static void hide_winners(deed *self, stage *all, uint8_t *body, size_t len)
{
    (void)self;
    (void)all;
    memset(body, 0, len);
}

Test(lies, winners_are_hidden)
{
    unsigned failed = 0;

    for (size_t party = 0; party < 3; party++) {
        deed one = {.kind = DEED_LIE, .round = "test", .party = party, .change = CHANGE_CALL, .call = hide_winners};

        failed += play(&LARGER, &one, 1, 0).failed > 0;
    }
    cr_assert_gt(failed, 0, "in three batches there was no winner to hide");
}
