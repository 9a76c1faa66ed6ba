/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: slot widths from the largest sum, refusals, and the layout against a value-by-value walk. */
#include "lib/encode/plan.h"

#include <criterion/criterion.h>
#include <string.h>

static quorsum_plan *make(const quorsum_field *fields, size_t count, quorsum_plan_options options)
{
    quorsum_plan *plan = NULL;

    cr_assert_eq(quorsum_plan_new(&plan, fields, count, &options, NULL), QUORSUM_OK);
    cr_assert_not_null(plan);
    return plan;
}

/* docs/protocol.md: four rows of bits and cohort, three lengths of N^s. */
Test(plan, has_the_slots_of_the_published_table)
{
    static const struct {
        uint32_t bits;
        uint32_t cohort;
        uint32_t beta;
        uint32_t slots[3];
    } rows[] = {
        {8, 100, 16, {127, 191, 383}},
        {16, 1000, 27, {75, 113, 227}},
        {24, 10000, 39, {52, 78, 157}},
        {32, 1000000, 53, {38, 57, 115}},
    };
    static const uint32_t plaintext_bits[3] = {2048, 3072, 6143}; /* N^3 has 6142 to 6144 bits */

    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 3; j++) {
            uint32_t slots = rows[i].slots[j];
            quorsum_field f = {.name = "v", .count = slots, .bits = rows[i].bits, .is_signed = 1, .scale = 1};
            quorsum_plan_options o = {.max_cohort = rows[i].cohort, .guard_bits = 1,
                                      .plaintext_bits = plaintext_bits[j]};
            quorsum_plan *plan = make(&f, 1, o);

            cr_expect_eq(quorsum_plan_slot_bits(plan, 0), rows[i].beta, "row %zu", i);
            cr_expect_eq(quorsum_plan_plaintexts(plan), 1, "row %zu column %zu", i, j);
            quorsum_plan_free(plan);
            f.count = slots + 1;
            plan = make(&f, 1, o);
            cr_expect_eq(quorsum_plan_plaintexts(plan), 2, "row %zu column %zu", i, j);
            quorsum_plan_free(plan);
        }
    }
}

/* beta without guard is the smallest b with 2^b >= 2 X_max + 1. */
Test(plan, makes_slots_no_wider_than_the_sum_needs)
{
    for (uint32_t bits = 1; bits <= 12; bits++) {
        for (uint32_t cohort = 1; cohort <= 40; cohort++) {
            quorsum_field f = {.name = "v", .count = 1, .bits = bits, .is_signed = 1, .scale = 1};
            quorsum_plan *plan = make(&f, 1, (quorsum_plan_options){.max_cohort = cohort, .plaintext_bits = 64});
            uint64_t sum = (uint64_t)cohort << (bits - 1);
            uint32_t beta = quorsum_plan_slot_bits(plan, 0);

            cr_assert_geq((uint64_t)1 << beta, 2 * sum + 1);
            cr_assert_lt((uint64_t)1 << (beta - 1), 2 * sum + 1);
            quorsum_plan_free(plan);
        }
    }
}

Test(plan, clip_and_unsigned_values_set_the_width)
{
    quorsum_field f[3] = {
        {.name = "clipped", .count = 1, .bits = 32, .is_signed = 1, .scale = 1, .clip = 5},
        {.name = "unsigned", .count = 1, .bits = 8, .is_signed = 0, .scale = 1},
        {.name = "too wide a clip", .count = 1, .bits = 8, .is_signed = 1, .scale = 1, .clip = 1000},
    };
    quorsum_plan *plan = make(f, 3, (quorsum_plan_options){.max_cohort = 10, .guard_bits = 3, .plaintext_bits = 64});

    cr_expect_eq(quorsum_plan_slot_bits(plan, 0), 7 + 3); /* 2 * 50 + 1 = 101 */
    cr_expect_eq(quorsum_plan_slot_bits(plan, 1), 13 + 3); /* 2 * 2550 + 1 = 5101 */
    cr_expect_eq(quorsum_plan_slot_bits(plan, 2), 12 + 3); /* 2 * 1280 + 1 = 2561 */
    quorsum_plan_free(plan);
}

Test(plan, puts_the_weight_behind_all_values)
{
    quorsum_field f[2] = {{.name = "a", .count = 3, .bits = 8, .is_signed = 1, .scale = 1},
                          {.name = "b", .count = 2, .bits = 4, .is_signed = 0, .scale = 1}};
    quorsum_plan *plan = make(f, 2, (quorsum_plan_options){.max_cohort = 10, .weight_bits = 5, .plaintext_bits = 256});

    cr_expect(quorsum_plan_weighted(plan));
    cr_expect_eq(quorsum_plan_fields(plan), 2);
    cr_expect_eq(quorsum_plan_values(plan), 5);
    cr_expect_eq(quorsum_plan_offset(plan, 1), 3);
    cr_expect_eq(quorsum_plan_offset(plan, 2), 5);
    cr_expect_eq(quorsum_plan_slot_bits(plan, 0), 17); /* 2 * 10 * 31 * 128 + 1 = 79361 */
    cr_expect_eq(quorsum_plan_slot_bits(plan, 1), 14); /* 2 * 10 * 31 * 15 + 1 = 9301 */
    cr_expect_eq(quorsum_plan_slot_bits(plan, 2), 10); /* 2 * 10 * 31 + 1 = 621 */
    cr_expect_eq(quorsum_plan_plaintexts(plan), 1);
    cr_expect_str_eq(quorsum_plan_field(plan, 1)->name, "b");
    cr_expect_null(quorsum_plan_field(plan, 2));
    quorsum_plan_free(plan);
    quorsum_plan_free(NULL);
}

static quorsum_status try_plan(uint32_t bits, int is_signed, quorsum_plan_options options)
{
    quorsum_field f[2] = {{.name = "small", .count = 1, .bits = 1, .is_signed = 0, .scale = 1},
                          {.name = "tried", .count = 1, .bits = bits, .is_signed = is_signed, .scale = 1}};
    quorsum_plan *plan = (quorsum_plan *)&options;
    size_t index = 99;
    quorsum_status status = quorsum_plan_new(&plan, f, 2, &options, &index);

    cr_expect_eq(plan != NULL, status == QUORSUM_OK);
    if (status == QUORSUM_ERR_PLAN)
        cr_expect_eq(index, 1);
    quorsum_plan_free(plan);
    return status;
}

Test(plan, is_refused_when_it_cannot_hold_the_sum)
{
    quorsum_plan_options o = {.max_cohort = 2, .plaintext_bits = 2048};

    cr_expect_eq(try_plan(62, 1, o), QUORSUM_OK); /* 2 * 2^61 = 2^62 */
    cr_expect_eq(try_plan(62, 0, o), QUORSUM_ERR_PLAN);
    o.max_cohort = 3;
    cr_expect_eq(try_plan(62, 1, o), QUORSUM_ERR_PLAN);
    o.max_cohort = 1;
    cr_expect_eq(try_plan(62, 0, o), QUORSUM_OK);
    o.max_cohort = UINT32_MAX;
    cr_expect_eq(try_plan(31, 1, o), QUORSUM_OK); /* (2^32 - 1) 2^30 */
    cr_expect_eq(try_plan(32, 1, o), QUORSUM_ERR_PLAN);
    o.max_cohort = 1;
    o.weight_bits = 40; /* 2^61 (2^40 - 1) overflows 64 bits */
    cr_expect_eq(try_plan(62, 1, o), QUORSUM_ERR_PLAN);
    cr_expect_eq(try_plan(23, 1, o), QUORSUM_OK);
    cr_expect_eq(try_plan(24, 1, o), QUORSUM_ERR_PLAN);
    o = (quorsum_plan_options){.max_cohort = 1, .guard_bits = 16, .plaintext_bits = 34};
    cr_expect_eq(try_plan(16, 1, o), QUORSUM_OK); /* 17 + 16 = 33 bits in 33 */
    cr_expect_eq(try_plan(17, 1, o), QUORSUM_ERR_PLAN);
}

Test(plan, names_the_weight_when_only_that_does_not_fit)
{
    quorsum_field f = {.name = "v", .count = 1, .bits = 8, .is_signed = 0, .scale = 1};
    quorsum_plan_options o = {.max_cohort = 1u << 24, .weight_bits = 30, .guard_bits = 0, .plaintext_bits = 2048};
    quorsum_plan *plan = NULL;
    size_t index = 99;

    cr_expect_eq(quorsum_plan_new(&plan, &f, 1, &o, &index), QUORSUM_OK); /* 2^24 2^30 2^8 = 2^62, a little less */
    quorsum_plan_free(plan);
    f.clip = 1;
    o.max_cohort = 1u << 30;
    cr_expect_eq(quorsum_plan_new(&plan, &f, 1, &o, &index), QUORSUM_OK);
    quorsum_plan_free(plan);
    o.max_cohort = UINT32_MAX;
    o.weight_bits = 31;
    cr_expect_eq(quorsum_plan_new(&plan, &f, 1, &o, &index), QUORSUM_ERR_PLAN);
    cr_expect_eq(index, 0);
    cr_expect_null(plan);
}

Test(plan, refuses_options_and_fields_by_name)
{
    quorsum_field f[2] = {{.name = "v", .count = 1, .bits = 8, .scale = 1},
                          {.name = "w", .count = 1, .bits = 0, .scale = 1}};
    quorsum_plan_options o = {.max_cohort = 1, .plaintext_bits = 64};
    quorsum_plan_options bad = o;
    quorsum_plan *plan = NULL;
    size_t index = 99;

    cr_expect_eq(quorsum_plan_new(&plan, f, 2, &o, &index), QUORSUM_ERR_FIELDS);
    cr_expect_eq(index, 1);
    cr_expect_eq(quorsum_plan_new(&plan, f, 0, &o, &index), QUORSUM_ERR_FIELDS);
    f[1] = f[0];
    cr_expect_eq(quorsum_plan_new(&plan, f, 2, &o, &index), QUORSUM_ERR_FIELDS);
    cr_expect_eq(index, 1);
    f[1].name = "w";
    f[1].count = f[0].count = 1u << 26;
    cr_expect_eq(quorsum_plan_new(&plan, f, 2, &o, NULL), QUORSUM_ERR_LIMIT);
    cr_expect_eq(quorsum_plan_new(&plan, f, SIZE_MAX, &o, NULL), QUORSUM_ERR_LIMIT);
    cr_expect_eq(quorsum_plan_new(NULL, f, 1, &o, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_plan_new(&plan, NULL, 1, &o, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_plan_new(&plan, f, 1, NULL, NULL), QUORSUM_ERR_ARGUMENT);
    bad.max_cohort = 0;
    cr_expect_eq(quorsum_plan_new(&plan, f, 1, &bad, NULL), QUORSUM_ERR_ARGUMENT);
    bad = o;
    bad.weight_bits = 41;
    cr_expect_eq(quorsum_plan_new(&plan, f, 1, &bad, NULL), QUORSUM_ERR_ARGUMENT);
    bad = o;
    bad.guard_bits = 17;
    cr_expect_eq(quorsum_plan_new(&plan, f, 1, &bad, NULL), QUORSUM_ERR_ARGUMENT);
    bad = o;
    bad.plaintext_bits = 0;
    cr_expect_eq(quorsum_plan_new(&plan, f, 1, &bad, NULL), QUORSUM_ERR_ARGUMENT);
}

/* The layout rule of slots.h walked value by value. */
static void walk(const quorsum_plan *plan, uint32_t room)
{
    size_t values = quorsum_plan_values(plan) + (size_t)quorsum_plan_weighted(plan);
    size_t spans = quorsum_plan_fields(plan) + (size_t)quorsum_plan_weighted(plan);
    size_t plaintext = 0;
    size_t value = 0;
    uint32_t bit = 0;
    size_t span = qs_plan_first_span(plan, 0);
    qs_slot_run run = {0};
    size_t in_run = 0;

    cr_assert(qs_plan_slot_run(plan, 0, span, &run));
    for (size_t f = 0; f < spans; f++) {
        uint32_t beta = quorsum_plan_slot_bits(plan, f);
        size_t count = f < quorsum_plan_fields(plan) ? quorsum_plan_field(plan, f)->count : 1;

        cr_assert_eq(quorsum_plan_offset(plan, f), value);
        for (size_t i = 0; i < count; i++, value++, in_run++) {
            if (bit + beta > room) {
                plaintext++;
                bit = 0;
            }
            if (in_run == run.count) { /* the next run: of a later span here, or the first of the next plaintext */
                if (!qs_plan_slot_run(plan, plaintext, span + 1, &run) || run.value != value) {
                    span = qs_plan_first_span(plan, plaintext);
                    cr_assert(qs_plan_slot_run(plan, plaintext, span, &run));
                } else {
                    span++;
                }
                in_run = 0;
            }
            cr_assert_eq(run.value + in_run, value);
            cr_assert_eq(run.beta, beta);
            cr_assert_eq(run.bit + in_run * beta, bit);
            bit += beta;
        }
    }
    cr_assert_eq(in_run, run.count);
    cr_assert_eq(value, values);
    cr_assert_eq(quorsum_plan_plaintexts(plan), plaintext + 1);
}

Test(plan, lays_out_as_the_rule_says_for_small_plaintexts)
{
    unsigned made = 0;

    for (uint32_t bits = 2; bits <= 40; bits++) {
        for (uint32_t mix = 0; mix < 3 * 3 * 3 * 5 * 2; mix++) {
            static const uint32_t widths[3] = {1, 4, 7};
            uint32_t counts = mix / 27;
            quorsum_field f[3] = {
                {.name = "a", .count = 1 + counts % 5, .bits = widths[mix % 3], .is_signed = 1, .scale = 1},
                {.name = "b", .count = 1 + 2 * (counts % 5), .bits = widths[mix / 3 % 3], .is_signed = 1, .scale = 1},
                {.name = "c", .count = 1 + (7 * counts) % 19, .bits = widths[mix / 9 % 3], .is_signed = 0, .scale = 1},
            };
            quorsum_plan_options o = {.max_cohort = 3, .weight_bits = counts / 5 * 2, .plaintext_bits = bits};
            quorsum_plan *plan = NULL;

            if (quorsum_plan_new(&plan, f, 3, &o, NULL) == QUORSUM_OK) {
                walk(plan, bits - 1);
                made++;
            }
            quorsum_plan_free(plan);
        }
    }
    cr_expect_gt(made, 3000);
}

Test(plan, finds_slots_of_millions_of_values_without_a_table)
{
    quorsum_field f[3] = {{.name = "a", .count = 1u << 20, .bits = 16, .is_signed = 1, .scale = 1},
                          {.name = "b", .count = 3, .bits = 40, .is_signed = 1, .scale = 1},
                          {.name = "c", .count = 1000003, .bits = 8, .is_signed = 1, .scale = 1}};
    quorsum_plan *plan = make(f, 3, (quorsum_plan_options){.max_cohort = 1000, .weight_bits = 10, .guard_bits = 1,
                                                           .plaintext_bits = 3072});

    walk(plan, 3071);
    quorsum_plan_free(plan);
}

/* ---- levels ---- */

static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};

static quorsum_field choice(const char *name, uint32_t count, uint32_t min, uint32_t max)
{
    return (quorsum_field){.name = name, .count = count, .bits = 1, .scale = 1, .options = names, .choose_min = min,
                           .choose_max = max};
}

Test(plan, gives_every_choice_plaintexts_of_its_own)
{
    quorsum_field f[4] = {choice("one", 4, 0, 1), choice("some", 3, 1, 2), choice("too many", 12, 1, 1),
                          choice("last", 2, 1, 1)};
    quorsum_plan_options o = {.max_cohort = 100, .guard_bits = 1, .plaintext_bits = 64,
                              .level = QUORSUM_LEVEL_BALLOT}; /* beta = 8 + 1: seven fit */
    quorsum_plan *plan = make(f, 4, o);
    static const size_t first[4] = {0, 1, 4, 16};
    qs_slot_run run;

    cr_expect_eq(quorsum_plan_level(plan), QUORSUM_LEVEL_BALLOT);
    cr_expect_eq(quorsum_plan_plaintexts(plan), 17);
    cr_expect(qs_plan_is_packed(plan, 0) && !qs_plan_is_packed(plan, 1) && !qs_plan_is_packed(plan, 2) &&
              qs_plan_is_packed(plan, 3));
    for (size_t i = 0; i < 4; i++) {
        size_t each = qs_plan_is_packed(plan, i) ? f[i].count : 1;

        for (size_t k = 0; k < f[i].count / each; k++) {
            cr_assert_eq(qs_plan_first_span(plan, first[i] + k), i);
            cr_assert(qs_plan_slot_run(plan, first[i] + k, i, &run));
            cr_expect(run.bit == 0 && run.count == each && run.beta == 9 && run.bound == 1);
            cr_expect_eq(run.value, quorsum_plan_offset(plan, i) + k);
            cr_expect_not(qs_plan_slot_run(plan, first[i] + k, i + 1 < 4 ? i + 1 : 0, &run));
        }
    }
    cr_expect_str_eq(quorsum_plan_field(plan, 1)->options[2], "c");
    cr_expect_neq(quorsum_plan_field(plan, 1)->options, names, "the plan has its own copy");
    quorsum_plan_free(plan);
}

Test(plan, refuses_choices_that_are_none)
{
    static const char *const twice[] = {"a", "b", "a"};
    static const char *const empty[] = {"a", ""};
    quorsum_plan_options o = {.max_cohort = 10, .plaintext_bits = 256, .level = QUORSUM_LEVEL_BALLOT};
    quorsum_field bad[12];
    quorsum_plan *plan;
    size_t index;

    for (size_t i = 0; i < 12; i++)
        bad[i] = choice("x", 3, 1, 2);
    bad[0].choose_max = 0, bad[0].choose_min = 0;
    bad[1].choose_max = 4;
    bad[2].choose_min = 3;
    bad[3].options = twice;
    bad[4].options = empty, bad[4].count = 2;
    bad[5].bits = 2;
    bad[6].is_signed = 1;
    bad[7].scale = 10;
    bad[8].clip = 1;
    bad[9].reduce = QUORSUM_REDUCE_SUM, bad[9].count = 1, bad[9].choose_max = 1;
    bad[10].options = NULL;                                          /* numbers with bounds of a choice */
    bad[11].options = NULL, bad[11].choose_min = bad[11].choose_max = 0; /* no choice at level ballot */
    for (size_t i = 0; i < 12; i++) {
        quorsum_field f[2] = {choice("good", 2, 0, 2), bad[i]};

        cr_expect_eq(quorsum_plan_new(&plan, f, 2, &o, &index), QUORSUM_ERR_FIELDS, "%zu", i);
        cr_expect_eq(index, 1, "%zu", i);
        cr_expect_null(plan);
    }
    bad[0] = choice("x", 3, 1, 2);
    o.level = QUORSUM_LEVEL_KNOWLEDGE;
    cr_expect_eq(quorsum_plan_new(&plan, bad, 1, &o, &index), QUORSUM_ERR_FIELDS);
    o.level = QUORSUM_LEVEL_BALLOT;
    o.weight_bits = 3;
    cr_expect_eq(quorsum_plan_new(&plan, bad, 1, &o, &index), QUORSUM_ERR_ARGUMENT);
}

Test(plan, takes_its_slots_from_the_norm_bound)
{
    quorsum_field f[2] = {{.name = "a", .count = 40, .bits = 20, .is_signed = 1, .scale = 4},
                          {.name = "b", .count = 5, .bits = 8, .is_signed = 0, .scale = 1}};
    quorsum_plan_options o = {.max_cohort = 10, .plaintext_bits = 257, .level = QUORSUM_LEVEL_NORM,
                              .norm_squared = 100 * 100 + 200}; /* B = 100: 2 * 10 * 100 + 1 = 2001, beta = 11 */
    quorsum_plan *plan = make(f, 2, o);

    cr_expect_eq(quorsum_plan_slot_bits(plan, 0), 11);
    cr_expect_eq(quorsum_plan_slot_bits(plan, 1), 11);
    cr_expect_eq(quorsum_plan_plaintexts(plan), 2); /* 23 in one */
    cr_expect_eq(quorsum_plan_norm_squared(plan), 10200);
    cr_expect_eq(quorsum_plan_weighted(plan), 0);
    quorsum_plan_free(plan);
    o.norm_squared = 0;
    cr_expect_eq(quorsum_plan_new(&plan, f, 2, &o, NULL), QUORSUM_ERR_ARGUMENT);
    o.norm_squared = (uint64_t)1 << 62;
    cr_expect_eq(quorsum_plan_new(&plan, f, 2, &o, NULL), QUORSUM_ERR_ARGUMENT);
    o.level = QUORSUM_LEVEL_KNOWLEDGE;
    o.norm_squared = 1;
    cr_expect_eq(quorsum_plan_new(&plan, f, 2, &o, NULL), QUORSUM_ERR_ARGUMENT);
}

Test(plan, has_the_square_root_of_every_bound)
{
    uint64_t probes[] = {0, 1, 2, 3, 4, 8, 9, ((uint64_t)1 << 62) - 1, (uint64_t)1 << 62, UINT64_MAX};

    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        unsigned __int128 root = qs_square_root(probes[i]);

        cr_expect(root * root <= probes[i] && (root + 1) * (root + 1) > probes[i], "%zu", i);
    }
}
