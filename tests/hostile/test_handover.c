/* SPDX-License-Identifier: Apache-2.0 */
/* Hand-overs in which a member, a dealer, or several deviate; thresholds above n/2, where sets may be all theirs. */
#include "lib/ceremony/handover_inside.h"
#include "play.h"

typedef struct shape {
    uint32_t trustees, quorum, kept;
} shape;

static stage parent;

static void deal(void)
{
    stage_open(&parent, &TWO_OF_THREE);
    stage_run(&parent);
    cr_assert_eq(stage_judge(&parent, 0), 3);
}

static void end(void)
{
    stage_close(&parent);
}

/* Answers how many honest parties failed. */
static outcome hand(const shape *to, deed *deeds, size_t count, int may_wait)
{
    stage all;
    outcome out;

    stage_hand_on(&all, &parent, to->trustees, to->quorum, to->kept);
    out = play_on(&all, deeds, count, may_wait);
    stage_close(&all);
    for (size_t k = 0; k < count; k++)
        deed_clear(&deeds[k]);
    return out;
}

static const shape shapes[] = {{4, 3, 0}, {3, 2, 3}, {5, 3, 1}, {2, 2, 0}, {3, 3, 3}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

TestSuite(handing, .init = deal, .fini = end);

static void lie(const char *round, deed_kind kind, int may_pass, int as_dealer)
{
    size_t happened = 0;

    for (size_t s = 0; s < SHAPES; s++) {
        for (unsigned i = (unsigned)s % 2; i < 6; i += 2) {
            size_t dealer = shapes[s].kept == 3 ? 0 : shapes[s].trustees; /* of the parent's trustee 1 */
            deed one = {.kind = kind,
                        .round = round,
                        .party = as_dealer ? dealer : i % shapes[s].trustees,
                        .as_dealer = as_dealer,
                        .at = 13 * i > 64 ? 64 : 13 * i,
                        .change = i % 2 ? CHANGE_RANDOM : CHANGE_BIT,
                        .variant = i};
            outcome out = hand(&shapes[s], &one, 1, 0);

            happened += (size_t)out.happened;
            /* a set of one member has nobody to agree with, and what it says of its key binds only itself */
            if (out.happened && !may_pass &&
                (strcmp(round, "confirm") != 0 || shapes[s].quorum < shapes[s].trustees))
                cr_assert_eq(out.done, 0, "%s: shape %zu, lie %u passed", round, s, i);
        }
    }
    cr_assert_gt(happened, 0);
}

Test(handing, members_lie)
{
    lie("commit", DEED_LIE, 1, 0);
    lie("deliver", DEED_LIE, 0, 0);
    lie("confirm", DEED_LIE, 0, 0);
    lie("mask", DEED_LIE, 0, 0);
    lie("mask", DEED_BAD_OPENING, 0, 0);
    lie("mask", DEED_BAD_COMMITMENT, 0, 0);
    lie("certificate", DEED_LIE, 0, 0);
    lie("sign", DEED_LIE, 0, 0);
}

Test(handing, dealers_lie)
{
    lie("deliver", DEED_LIE, 0, 1);
    lie("deliver", DEED_ROUND, 0, 1);
    lie("deliver", DEED_LENGTH, 0, 1);
    lie("deliver", DEED_LIE_SEEN, 0, 1);
}

/* Low order in a dealer's key. */
Test(handing, a_dealers_exchange_key_of_low_order)
{
    for (size_t s = 0; s < SHAPES; s++) {
        deed one = {.kind = DEED_LIE, .round = "deliver", .party = shapes[s].kept == 3 ? 0 : shapes[s].trustees,
                    .as_dealer = 1, .change = CHANGE_ZERO, .len = 32};

        cr_assert_eq(hand(&shapes[s], &one, 1, 0).done, 0);
    }
}

Test(handing, other_keys_of_a_member)
{
    static const char *const rounds[] = {"confirm", "mask-commit", "mask"};

    for (size_t s = 0; s < SHAPES; s++) {
        for (size_t r = 0; r < 3; r++) {
            for (size_t party = (r + s) % 2; party < shapes[s].trustees; party += 2) {
                deed one = {.kind = DEED_KEY, .round = rounds[r], .party = party, .at = r};
                deed two = {.kind = DEED_BATCH_KEY, .round = rounds[r], .party = party, .at = r};

                /* who finds that its own share is not what it said goes no further */
                (void)hand(&shapes[s], &one, 1, 1);
                (void)hand(&shapes[s], &two, 1, 1);
            }
        }
    }
}

Test(handing, two_views)
{
    static const char *const rounds[] = {"commit", "deliver", "confirm", "mask-commit", "mask", "certificate", "sign"};
    const shape to = {4, 3, 0};

    for (size_t r = 0; r < 7; r++) {
        for (int as_dealer = 0; as_dealer <= (r == 1); as_dealer++) {
            deed one = {.kind = DEED_SPLIT, .round = rounds[r], .party = as_dealer ? 4 : 1, .as_dealer = as_dealer,
                        .mask = 1 | 1 << 3, .at = 30, .change = CHANGE_BIT};
            stage all;
            outcome out;

            stage_hand_on(&all, &parent, to.trustees, to.quorum, to.kept);
            out = play_on(&all, &one, 1, 1);
            cr_assert(out.happened);
            if (r < 6)
                cr_assert_eq(out.done, 0, "%s: done in spite of two views", rounds[r]);
            stage_exchange(&all);
            (void)stage_judge(&all, 1);
            if (r == 6)
                cr_assert_eq(stage_done(&all), all.parties - 1);
            stage_close(&all);
            deed_clear(&one);
        }
    }
}

Test(handing, silence_and_late)
{
    static const char *const rounds[] = {"commit", "deliver", "confirm", "mask-commit", "mask", "certificate", "sign"};

    for (size_t r = 0; r < 7; r++) {
        for (int as_dealer = 0; as_dealer <= (r == 1); as_dealer++) {
            deed one = {.kind = DEED_ONE_SILENCE, .round = rounds[r], .party = as_dealer ? 4 : 1,
                        .as_dealer = as_dealer};
            stage all;

            stage_hand_on(&all, &parent, 4, 3, 0);
            cr_assert_eq(play_on(&all, &one, 1, 1).failed, 0);
            cr_assert(one.done);
            cr_assert_eq(stage_done(&all), 0);
            stage_release(&all);
            cr_assert_eq(stage_judge(&all, 0), all.parties - 1);
            stage_close(&all);
        }
    }
}

/* ---- sets that are all theirs: (3,3) has sets of one member, who says of its mask what it likes ---- */

static void minus_word(deed *self, stage *all, uint8_t *body, size_t len)
{
    const qs_handover *handover = all->party[self->party]->handover;
    size_t bytes = qs_handover_root(handover)->bytes;
    mpz_t word;

    mpz_init(word);
    mpz_import(word, bytes, 1, 1, 1, 0, body + len - bytes);
    mpz_sub(word, handover->parent->parts.key->n, word);
    memset(body + len - bytes, 0, bytes);
    mpz_export(body + len - (mpz_sizeinbase(word, 2) + 7) / 8, NULL, 1, 1, 1, 0, word);
    mpz_clear(word);
}

/* The same key in effect, R' longer by 2^(L + variant): consistent, but out of range. */
static void longer_mask(deed *self, stage *all, uint8_t *body, size_t len)
{
    const qs_handover *handover = all->party[self->party]->handover;
    size_t gap_len = qs_handover_gap_len(handover);
    size_t bytes = qs_handover_root(handover)->bytes;
    uint8_t *entry = body + len - gap_len - bytes;
    mpz_t gap, more, word, n;

    mpz_inits(gap, more, word, NULL);
    mpz_init_set(n, handover->parent->parts.key->n);
    mpz_import(gap, gap_len - 1, 1, 1, 1, 0, entry + 1);
    if (entry[0])
        mpz_neg(gap, gap);
    mpz_setbit(more, handover->widths.mask_bits + self->variant);
    if (self->at == 1)
        mpz_neg(more, more);
    mpz_submul(gap, handover->kappa, more);
    memset(entry, 0, gap_len + bytes);
    entry[0] = mpz_sgn(gap) < 0;
    mpz_export(entry + gap_len - (mpz_sizeinbase(gap, 2) + 7) / 8, NULL, 1, 1, 1, 0, gap);
    {
        mpz_t base;
        qs_party party = qs_ceremony_party(all->party[self->party]);
        qs_prf prf;
        mp_limb_t r[64];

        qs_prf_begin(&prf, qs_party_key(&party, all->party[self->party]->sets->own - 1), "R", 0);
        qs_prf_integer(&prf, r, 64, handover->widths.mask_bits);
        qs_prf_end(&prf);
        mpz_init(base);
        stage_hash_to_z(base, handover->parent->parts.key, "v");
        mpz_import(word, 64, -1, sizeof *r, 0, 0, r);
        mpz_add(word, word, more);
        mpz_powm(word, base, word, n);
        mpz_export(entry + gap_len + bytes - (mpz_sizeinbase(word, 2) + 7) / 8, NULL, 1, 1, 1, 0, word);
        mpz_clear(base);
    }
    mpz_clears(gap, more, word, n, NULL);
}

Test(handing, minus_one_in_sets_of_their_own)
{
    const shape to = {3, 3, 0};

    for (unsigned members = 1; members < 7; members++) { /* who does it */
        deed some[3];
        size_t count = 0;

        for (size_t party = 0; party < 3; party++) {
            if (members >> party & 1)
                some[count++] = (deed){.kind = DEED_LIE, .round = "mask", .party = party, .change = CHANGE_CALL,
                                       .call = minus_word};
        }
        (void)hand(&to, some, count, 0); /* no harm, or no key */
    }
}

Test(handing, masks_that_are_too_long)
{
    const shape to = {3, 3, 0};
    size_t failed = 0;

    for (size_t party = 0; party < 3; party++) {
        for (unsigned more = 0; more < 130; more += 16) {
            for (size_t sign = 0; sign < 2; sign++) {
                deed one = {.kind = DEED_LIE, .round = "mask", .party = party, .change = CHANGE_CALL,
                            .call = longer_mask, .variant = more, .at = sign};

                failed += hand(&to, &one, 1, 1).failed > 0;
            }
        }
    }
    cr_assert_gt(failed, 10);
}

/* What does not fit what the dealers gave is its author's alone, who has nobody to agree with. */
Test(handing, a_mask_that_does_not_fit_is_certain)
{
    for (size_t i = 0; i < 6; i++) {
        deed one = {.kind = DEED_LIE, .round = "mask", .party = i % 3, .at = 10 * i + 6, .change = CHANGE_BIT};
        stage all;

        stage_hand_on(&all, &parent, 3, 3, 0);
        cr_assert_eq(play_on(&all, &one, 1, 0).done, 0);
        cr_assert_eq(stage_status(&all, (i + 1) % 3).certain, 1);
        cr_assert_eq(stage_status(&all, (i + 1) % 3).accused, 1);
        stage_close(&all);
    }
}
