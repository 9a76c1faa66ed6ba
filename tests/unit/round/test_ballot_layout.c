/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the clauses of a ballot's proof allow, read the way totals are read: every plaintext is spoken for, whatever is
 * allowed of it is votes or none, and a field has no more and no fewer than it may. Over many ways fields can lie.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "lib/encode/plan.h"
#include "lib/encode/slots.h"
#include "lib/round/ballot.h"

#define OPTIONS 40
#define CHOICES 4 /* fields of a ballot */

typedef struct layout {
    quorsum_plan *plan;
    qs_choices *choices;
    size_t clause; /* the next one that is looked at */
} layout;

/* What branch l puts into a plaintext, as the votes of a field's options: bit j for option j. */
static uint64_t votes_of(const layout *x, size_t plaintext, size_t l, size_t field)
{
    const qs_ring *plain = x->choices->key->plain;
    size_t offset = quorsum_plan_offset(x->plan, field);
    int64_t totals[CHOICES * OPTIONS] = {0};
    uint64_t votes = 0;
    mpz_t number;

    mpz_init(number);
    qs_ring_to_mpz(plain, number, x->choices->values + l * plain->width);
    cr_assert_eq(qs_plan_unpack_vartime(x->plan, plaintext, number, 1, totals), QUORSUM_OK);
    mpz_clear(number);
    for (size_t i = 0; i < quorsum_plan_values(x->plan); i++) {
        cr_assert(totals[i] == 0 || totals[i] == 1);
        cr_assert(totals[i] == 0 || (i >= offset && i < offset + quorsum_plan_field(x->plan, field)->count));
        votes |= totals[i] == 1 ? (uint64_t)1 << (i - offset) : 0;
    }
    return votes;
}

/* One clause: no vote, if that may be, and one for each option. */
static size_t expect_packed(layout *x, size_t field, size_t plaintext)
{
    const quorsum_field *f = quorsum_plan_field(x->plan, field);
    const qs_choice_clause *clause = &x->choices->clauses[x->clause++];
    uint64_t options = 0;
    int none = 0;

    cr_assert(clause->first == plaintext && clause->count == 1 && f->choose_max == 1);
    for (size_t l = clause->begin; l < clause->end; l++) {
        uint64_t votes = votes_of(x, plaintext, l, field);

        cr_expect_eq(votes & (votes - 1), 0, "two votes at once");
        cr_expect_eq(options & votes, 0, "an option twice");
        options |= votes;
        none += votes == 0;
    }
    cr_expect_eq(options, ((uint64_t)1 << f->count) - 1);
    cr_expect_eq(none, f->choose_min == 0);
    return plaintext + 1;
}

/* A clause an option, no vote or one for it; then their sum. */
static size_t expect_vector(layout *x, size_t field, size_t plaintext)
{
    const quorsum_field *f = quorsum_plan_field(x->plan, field);
    const qs_ring *plain = x->choices->key->plain;
    const qs_choice_clause *clause;

    for (size_t j = 0; j < f->count; j++) {
        clause = &x->choices->clauses[x->clause++];
        cr_assert(clause->first == plaintext + j && clause->count == 1 && clause->end - clause->begin == 2);
        cr_expect_eq(votes_of(x, plaintext + j, clause->begin, field), 0);
        cr_expect_eq(votes_of(x, plaintext + j, clause->begin + 1, field), (uint64_t)1 << j);
    }
    clause = &x->choices->clauses[x->clause++];
    cr_assert(clause->first == plaintext && clause->count == f->count);
    cr_assert_eq(clause->end - clause->begin, f->choose_max - f->choose_min + 1);
    for (size_t l = clause->begin; l < clause->end; l++) {
        mpz_t number;

        mpz_init(number);
        qs_ring_to_mpz(plain, number, x->choices->values + l * plain->width);
        cr_expect_eq(mpz_cmp_ui(number, f->choose_min + (l - clause->begin)), 0);
        mpz_clear(number);
    }
    return plaintext + f->count;
}

static void expect_sound(layout *x)
{
    size_t plaintext = 0;

    x->clause = 0;
    for (size_t i = 0; i < quorsum_plan_fields(x->plan); i++)
        plaintext = qs_plan_is_packed(x->plan, i) ? expect_packed(x, i, plaintext) : expect_vector(x, i, plaintext);
    cr_expect_eq(plaintext, quorsum_plan_plaintexts(x->plan), "plaintexts that no clause speaks of");
    cr_expect_eq(plaintext, x->choices->ciphertexts);
    cr_expect_eq(x->clause, x->choices->clause_count);
}

static void draw_fields(quorsum_field *fields, size_t count, const char *const *options)
{
    static const char *const names[CHOICES] = {"a", "b", "c", "d"};

    for (size_t i = 0; i < count; i++) {
        uint32_t options_count = 1 + (uint32_t)rand() % OPTIONS;
        uint32_t most = rand() % 2 ? 1 : 1 + (uint32_t)rand() % options_count;

        fields[i] = (quorsum_field){.name = names[i], .count = options_count, .bits = 1, .scale = 1, .options = options,
                                    .choose_min = (uint32_t)rand() % (most + 1), .choose_max = most};
    }
}

Test(ballot_layout, leaves_no_plaintext_and_no_slot_to_the_voter)
{
    static const uint32_t cohorts[] = {2, 3, 100, 1u << 20, UINT32_MAX};
    char names[OPTIONS][4];
    const char *options[OPTIONS];
    fixture f;
    unsigned packed = 0;
    unsigned vectors = 0;

    fixture_open(&f, (setup){.large = 1});
    srand(4);
    for (int i = 0; i < OPTIONS; i++) {
        names[i][0] = (char)('a' + i / 10);
        names[i][1] = (char)('0' + i % 10);
        names[i][2] = '\0';
        options[i] = names[i];
    }
    for (unsigned round = 0; round < 200; round++) {
        const quorsum_public_key *key = quorsum_key_record_public(f.record);
        quorsum_field fields[CHOICES];
        size_t count = 1 + (size_t)rand() % CHOICES;
        quorsum_plan_options sizes = {.max_cohort = cohorts[round % 5], .guard_bits = (uint32_t)round % 3,
                                      .plaintext_bits = quorsum_public_key_plaintext_bits(key),
                                      .level = QUORSUM_LEVEL_BALLOT};
        layout x;

        draw_fields(fields, count, options);
        cr_assert_eq(quorsum_plan_new(&x.plan, fields, count, &sizes, NULL), QUORSUM_OK);
        cr_assert_eq(qs_ballot_choices(&x.choices, x.plan, key), QUORSUM_OK);
        for (size_t i = 0; i < count; i++) {
            packed += qs_plan_is_packed(x.plan, i) != 0;
            vectors += qs_plan_is_packed(x.plan, i) == 0;
        }
        expect_sound(&x);
        qs_choices_free(x.choices);
        quorsum_plan_free(x.plan);
    }
    cr_expect(packed > 50 && vectors > 50);
    fixture_close(&f);
}
