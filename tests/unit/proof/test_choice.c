/* SPDX-License-Identifier: Apache-2.0 */
/* Ballot proofs: honest ones pass whatever was chosen, and everything that differs from them is refused. */
#include "tests/unit/proof/choice_fixture.h"

/* ---- the honest ones ---- */

/* By ours and by hand. */
static void expect_shown(sample *x, const char *what, size_t choice)
{
    hand h;

    cr_assert_eq(sample_prove(x), QUORSUM_OK);
    cr_expect_eq(sample_verify(x), QUORSUM_OK, "%s, degree %u, %zu bits, choice %zu", what, x->o.s, x->o.key->root->bits,
                 choice);
    hand_open(&h, x);
    cr_expect(hand_accepts(&h), "%s, degree %u, choice %zu", what, x->o.s, choice);
    hand_close(&h);
}

static void expect_every_packed(size_t bits, unsigned s, quorsum_randomiser randomiser, size_t options, int none)
{
    form f = {0};
    sample x;

    form_packed(&f, options, 3, none);
    sample_open(&x, bits, s, randomiser, &f);
    for (size_t choice = 0; choice < f.value_count; choice++) {
        sample_choose(&x, &choice);
        expect_shown(&x, "packed", choice);
    }
    sample_close(&x);
}

Test(choice, is_shown_for_every_option_of_a_packed_ballot)
{
    static const size_t sizes[] = {6, 64, 101};

    for (unsigned s = 1; s <= 3; s++)
        for (int randomiser = 0; randomiser < 3; randomiser++)
            for (size_t b = 0; b < 3; b++) {
                expect_every_packed(sizes[b], s, (quorsum_randomiser)randomiser, 3, 1);
                expect_every_packed(sizes[b], s, (quorsum_randomiser)randomiser, 1, 0);
            }
    expect_every_packed(128, 1, QUORSUM_RANDOMISER_HALF, 10, 1);
    expect_every_packed(128, 1, QUORSUM_RANDOMISER_HALF, 40, 1);
}

/* Bit j of `marks` is option j. */
static void choose_marks(sample *x, unsigned marks, size_t options, size_t least)
{
    size_t chosen[FORM_CLAUSES];
    size_t sum = 0;

    for (size_t j = 0; j < options; j++) {
        chosen[j] = marks >> j & 1;
        sum += chosen[j];
    }
    chosen[options] = sum - least;
    sample_choose(x, chosen);
}

static size_t ones(unsigned marks)
{
    size_t sum = 0;

    for (; marks != 0; marks &= marks - 1)
        sum++;
    return sum;
}

static void expect_every_vector(size_t bits, unsigned s, size_t options, size_t least, size_t most)
{
    form f = {0};
    sample x;

    form_vector(&f, options, least, most);
    sample_open(&x, bits, s, QUORSUM_RANDOMISER_HALF, &f);
    for (unsigned marks = 0; marks < 1u << options; marks++)
        if (ones(marks) >= least && ones(marks) <= most) {
            choose_marks(&x, marks, options, least);
            expect_shown(&x, "vector", marks);
        }
    sample_close(&x);
}

Test(choice, is_shown_for_every_choice_of_a_vector)
{
    for (unsigned s = 1; s <= 3; s++) {
        expect_every_vector(70, s, 1, 0, 1);
        expect_every_vector(70, s, 3, 0, 3);
        expect_every_vector(101, s, 3, 1, 2);
        expect_every_vector(6, s, 4, 2, 2);
    }
}

Test(choice, is_shown_for_fields_of_both_forms_together)
{
    for (unsigned s = 1; s <= 2; s++) {
        form f = {0};
        sample x;

        form_packed(&f, 4, 20, 1);
        form_vector(&f, 5, 0, 2);
        form_packed(&f, 2, 20, 0);
        sample_open(&x, 128, s, QUORSUM_RANDOMISER_HALF, &f);
        sample_choose(&x, (const size_t[]){4, 0, 1, 0, 0, 1, 2, 1});
        expect_shown(&x, "mixed", 0);
        sample_choose(&x, (const size_t[]){0, 0, 0, 0, 0, 0, 0, 0});
        expect_shown(&x, "mixed", 1);
        sample_close(&x);
    }
}
