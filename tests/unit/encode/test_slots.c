/* SPDX-License-Identifier: Apache-2.0 */
/* Packing against plain integer arithmetic; totals of extreme cohorts; what the range check refuses. */
#include "lib/encode/slots.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "lib/encode/fields.h"

/* Two plaintexts' worth of mixed slots, some wider than 64 bits. */
static quorsum_plan *mixed_plan(uint32_t cohort, uint32_t weight_bits, uint32_t guard, uint32_t plaintext_bits)
{
    const quorsum_field f[4] = {
        {.name = "small", .count = 9, .bits = 5, .is_signed = 1, .scale = 1},
        {.name = "wide", .count = 3, .bits = 40, .is_signed = 1, .scale = 1},
        {.name = "unsigned", .count = 7, .bits = 13, .is_signed = 0, .scale = 1},
        {.name = "clipped", .count = 4, .bits = 30, .is_signed = 1, .scale = 1, .clip = 12345},
    };
    quorsum_plan_options o = {.max_cohort = cohort, .weight_bits = weight_bits, .guard_bits = guard,
                              .plaintext_bits = plaintext_bits};
    quorsum_plan *plan = NULL;

    cr_assert_eq(quorsum_plan_new(&plan, f, 4, &o, NULL), QUORSUM_OK);
    return plan;
}

static size_t all_values(const quorsum_plan *plan)
{
    return quorsum_plan_values(plan) + (size_t)quorsum_plan_weighted(plan);
}

/* The largest value of one contribution at place i, and the smallest, weight included. */
static void extremes(const quorsum_plan *plan, size_t i, uint32_t weight_bits, int64_t *low, int64_t *high)
{
    int64_t weight = weight_bits > 0 ? ((int64_t)1 << weight_bits) - 1 : 1;
    size_t field = quorsum_plan_fields(plan);

    *low = 0;
    *high = 1;
    for (size_t f = 0; f < quorsum_plan_fields(plan); f++) {
        if (i >= quorsum_plan_offset(plan, f) && i < quorsum_plan_offset(plan, f) + quorsum_plan_field(plan, f)->count)
            field = f;
    }
    if (field < quorsum_plan_fields(plan))
        qs_field_range(quorsum_plan_field(plan, field), low, high);
    *low *= weight;
    *high *= weight;
}

/* X = sum of values times 2^offset, by the rule of slots.h and nothing of the packing code. */
static void oracle_pack(mpz_t *out, const quorsum_plan *plan, uint32_t room, const int64_t *values)
{
    size_t plaintext = 0;
    uint32_t bit = 0;
    size_t i = 0;
    mpz_t term;

    mpz_init(term);
    for (size_t p = 0; p < quorsum_plan_plaintexts(plan); p++)
        mpz_set_ui(out[p], 0);
    for (size_t f = 0; i < all_values(plan); f++) {
        size_t count = f < quorsum_plan_fields(plan) ? quorsum_plan_field(plan, f)->count : 1;

        for (size_t k = 0; k < count; k++, i++) {
            if (bit + quorsum_plan_slot_bits(plan, f) > room) {
                plaintext++;
                bit = 0;
            }
            mpz_set_si(term, values[i]);
            mpz_mul_2exp(term, term, bit);
            mpz_add(out[plaintext], out[plaintext], term);
            bit += quorsum_plan_slot_bits(plan, f);
        }
    }
    mpz_clear(term);
}

static void pack_to_mpz(mpz_t out, const quorsum_plan *plan, size_t index, const int64_t *values)
{
    size_t limbs = qs_plan_limbs(plan);
    mp_limb_t *magnitude = malloc(limbs * sizeof *magnitude);
    mp_limb_t negative = 5;

    cr_assert_not_null(magnitude);
    memset(magnitude, 0xee, limbs * sizeof *magnitude);
    qs_plan_pack(plan, index, values, magnitude, &negative);
    cr_assert(negative == 0 || negative == ~(mp_limb_t)0);
    mpz_import(out, limbs, -1, sizeof *magnitude, 0, 0, magnitude);
    if (negative)
        mpz_neg(out, out);
    free(magnitude);
}

static mpz_t *new_integers(size_t count)
{
    mpz_t *list = malloc(count * sizeof *list);

    cr_assert_not_null(list);
    for (size_t i = 0; i < count; i++)
        mpz_init(list[i]);
    return list;
}

static void free_integers(mpz_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mpz_clear(list[i]);
    free(list);
}

typedef int64_t (*chooser)(unsigned contributor, size_t i, int64_t low, int64_t high, gmp_randstate_t state);

static int64_t lowest(unsigned c, size_t i, int64_t low, int64_t high, gmp_randstate_t state)
{
    (void)c, (void)i, (void)high, (void)state;
    return low;
}

static int64_t highest(unsigned c, size_t i, int64_t low, int64_t high, gmp_randstate_t state)
{
    (void)c, (void)i, (void)low, (void)state;
    return high;
}

static int64_t alternating(unsigned c, size_t i, int64_t low, int64_t high, gmp_randstate_t state)
{
    (void)c, (void)state;
    return i % 2 ? low : high;
}

static int64_t quarrelling(unsigned c, size_t i, int64_t low, int64_t high, gmp_randstate_t state)
{
    (void)state;
    return (i + c) % 2 ? low : high;
}

static int64_t any(unsigned c, size_t i, int64_t low, int64_t high, gmp_randstate_t state)
{
    (void)c, (void)i;
    return low + (int64_t)(gmp_urandomb_ui(state, 62) % (uint64_t)(high - low + 1));
}

/* A cohort of `cohort` contributions: packs each, adds the integers modulo 2^(plaintext_bits-1) + 1, the
 * smallest odd number N^s could be, and reads the sums back. */
static void whole_sum(quorsum_plan *plan, uint32_t weight_bits, uint32_t plaintext_bits, unsigned cohort,
                      chooser choose)
{
    size_t values = all_values(plan);
    size_t plaintexts = quorsum_plan_plaintexts(plan);
    int64_t *value = calloc(values, sizeof *value);
    int64_t *sum = calloc(values, sizeof *sum);
    int64_t *read = calloc(values, sizeof *read);
    mpz_t *want = new_integers(plaintexts);
    mpz_t *total = new_integers(plaintexts);
    mpz_t packed;
    mpz_t modulus;
    gmp_randstate_t state;

    gmp_randinit_default(state);
    mpz_inits(packed, modulus, NULL);
    mpz_setbit(modulus, plaintext_bits - 1);
    mpz_add_ui(modulus, modulus, 1);
    for (unsigned c = 0; c < cohort; c++) {
        for (size_t i = 0; i < values; i++) {
            int64_t low;
            int64_t high;

            extremes(plan, i, weight_bits, &low, &high);
            value[i] = choose(c, i, low, high, state);
            sum[i] += value[i];
        }
        oracle_pack(want, plan, plaintext_bits - 1, value);
        for (size_t p = 0; p < plaintexts; p++) {
            pack_to_mpz(packed, plan, p, value);
            cr_assert_eq(mpz_cmp(packed, want[p]), 0, "plaintext %zu", p);
            mpz_add(total[p], total[p], packed);
            mpz_mod(total[p], total[p], modulus);
        }
    }
    mpz_fdiv_q_2exp(packed, modulus, 1);
    for (size_t p = 0; p < plaintexts; p++) {
        if (mpz_cmp(total[p], packed) > 0)
            mpz_sub(total[p], total[p], modulus);
        cr_assert_eq(qs_plan_unpack_vartime(plan, p, total[p], cohort, read), QUORSUM_OK);
    }
    cr_assert_arr_eq(read, sum, values * sizeof *read);
    free(value);
    free(sum);
    free(read);
    free_integers(want, plaintexts);
    free_integers(total, plaintexts);
    mpz_clears(packed, modulus, NULL);
    gmp_randclear(state);
}

Test(slots, sums_of_extreme_cohorts_come_back)
{
    static const chooser choosers[] = {lowest, highest, alternating, quarrelling, any};
    static const struct {
        uint32_t cohort;
        uint32_t weight_bits;
        uint32_t guard;
        uint32_t plaintext_bits;
    } rows[] = {{7, 0, 0, 256}, {7, 0, 1, 256}, {8, 0, 16, 300}, {100, 0, 0, 2048}, {5, 20, 0, 193},
                {2, 21, 3, 90}, {1, 22, 16, 82}, {64, 0, 0, 65}, {63, 3, 0, 64}, {31, 0, 2, 63}};

    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        quorsum_plan *plan = mixed_plan(rows[r].cohort, rows[r].weight_bits, rows[r].guard, rows[r].plaintext_bits);

        for (size_t k = 0; k < sizeof choosers / sizeof *choosers; k++)
            whole_sum(plan, rows[r].weight_bits, rows[r].plaintext_bits, rows[r].cohort, choosers[k]);
        quorsum_plan_free(plan);
    }
}

/* Every vector over a tiny plaintext: packed, scaled by a negative weight, read back. */
Test(slots, every_small_vector_survives_every_weight)
{
    const quorsum_field f[2] = {{.name = "a", .count = 2, .bits = 2, .is_signed = 1, .scale = 1},
                                {.name = "b", .count = 1, .bits = 1, .is_signed = 1, .scale = 1}};

    for (uint32_t bits = 4; bits <= 14; bits++) {
        quorsum_plan_options o = {.max_cohort = 3, .guard_bits = 0, .plaintext_bits = bits};
        quorsum_plan *plan = NULL;
        int64_t v[3];
        int64_t read[3];
        mpz_t x;

        if (quorsum_plan_new(&plan, f, 2, &o, NULL) != QUORSUM_OK)
            continue;
        mpz_init(x);
        for (unsigned code = 0; code < 4 * 4 * 2 * 7; code++) {
            int weight = (int)(code / 32) - 3;

            v[0] = (int64_t)(code % 4) - 2;
            v[1] = (int64_t)(code / 4 % 4) - 2;
            v[2] = -(int64_t)(code / 16 % 2);
            for (size_t p = 0; p < quorsum_plan_plaintexts(plan); p++) {
                pack_to_mpz(x, plan, p, v);
                mpz_mul_si(x, x, weight);
                cr_assert_eq(qs_plan_unpack_vartime(plan, p, x, 3, read), QUORSUM_OK);
            }
            for (size_t i = 0; i < 3; i++)
                cr_assert_eq(read[i], weight * v[i], "bits %u, vector %u", bits, code);
        }
        mpz_clear(x);
        quorsum_plan_free(plan);
    }
}

/* Every integer near a tiny plaintext's range: accepted exactly when it is a sum of slots in range. */
Test(slots, accepts_exactly_the_totals_a_cohort_can_have)
{
    const quorsum_field f = {.name = "a", .count = 2, .bits = 2, .is_signed = 1, .scale = 1};
    quorsum_plan_options o = {.max_cohort = 5, .guard_bits = 1, .plaintext_bits = 16};
    quorsum_plan *plan = NULL;
    uint32_t beta;
    mpz_t x;

    cr_assert_eq(quorsum_plan_new(&plan, &f, 1, &o, NULL), QUORSUM_OK);
    beta = quorsum_plan_slot_bits(plan, 0);
    cr_assert_eq(beta, 6);
    mpz_init(x);
    for (uint64_t cohort = 0; cohort <= 5; cohort++) {
        int bound = 2 * (int)cohort;

        for (int total = -9000; total <= 9000; total++) {
            int64_t read[2] = {111, 111};
            int possible = 0;
            quorsum_status status;

            for (int high = -bound; high <= bound; high++) {
                int low = total - high * 64;

                possible |= -bound <= low && low <= bound;
            }
            mpz_set_si(x, total);
            status = qs_plan_unpack_vartime(plan, 0, x, cohort, read);
            cr_assert_eq(status, possible ? QUORSUM_OK : QUORSUM_ERR_OVERFLOW, "%d of %d", total, (int)cohort);
            if (possible)
                cr_assert_eq(read[0] + 64 * read[1], total);
            else
                cr_assert(read[0] == 0 && read[1] == 0, "%d left something behind", total);
        }
    }
    mpz_clear(x);
    quorsum_plan_free(plan);
}

Test(slots, one_contribution_too_many_is_seen_at_the_extremes)
{
    const quorsum_field f = {.name = "a", .count = 5, .bits = 8, .is_signed = 1, .scale = 1};
    quorsum_plan_options o = {.max_cohort = 10, .guard_bits = 1, .plaintext_bits = 128};
    quorsum_plan *plan = NULL;
    int64_t v[5] = {-128, 127, -128, 127, -128};
    int64_t read[5];
    mpz_t x;
    mpz_t many;

    cr_assert_eq(quorsum_plan_new(&plan, &f, 1, &o, NULL), QUORSUM_OK);
    mpz_inits(x, many, NULL);
    pack_to_mpz(x, plan, 0, v);
    mpz_mul_ui(many, x, 10);
    cr_expect_eq(qs_plan_unpack_vartime(plan, 0, many, 10, read), QUORSUM_OK);
    cr_expect_eq(qs_plan_unpack_vartime(plan, 0, many, 9, read), QUORSUM_ERR_OVERFLOW);
    mpz_mul_ui(many, x, 11);
    cr_expect_eq(qs_plan_unpack_vartime(plan, 0, many, 10, read), QUORSUM_ERR_OVERFLOW);
    cr_expect_eq(qs_plan_unpack_vartime(plan, 0, many, 11, read), QUORSUM_ERR_COHORT);
    cr_expect_eq(qs_plan_unpack_vartime(plan, 1, many, 10, read), QUORSUM_ERR_ARGUMENT);
    mpz_clears(x, many, NULL);
    quorsum_plan_free(plan);
}

Test(slots, a_residue_above_the_last_slot_is_refused)
{
    quorsum_plan *plan = mixed_plan(7, 0, 1, 1024);
    int64_t v[23] = {0};
    int64_t read[23];
    mpz_t x;

    cr_assert_eq(quorsum_plan_plaintexts(plan), 1);
    mpz_init(x);
    v[22] = -12345;
    pack_to_mpz(x, plan, 0, v);
    cr_expect_eq(qs_plan_unpack_vartime(plan, 0, x, 7, read), QUORSUM_OK);
    cr_expect_eq(read[22], -12345);
    for (unsigned bit = 700; bit < 1100; bit += 7) { /* all above the last slot */
        mpz_t spoilt;

        mpz_init_set(spoilt, x);
        mpz_combit(spoilt, bit);
        cr_expect_eq(qs_plan_unpack_vartime(plan, 0, spoilt, 7, read), QUORSUM_ERR_OVERFLOW, "bit %u", bit);
        mpz_clear(spoilt);
    }
    mpz_clear(x);
    quorsum_plan_free(plan);
}

Test(slots, the_bound_below_half_the_modulus_is_kept_for_the_fullest_plaintext)
{
    for (uint32_t bits = 4; bits <= 130; bits++) {
        const quorsum_field f = {.name = "a", .count = (bits - 1) / 3, .bits = 1, .is_signed = 1, .scale = 1};
        quorsum_plan_options o = {.max_cohort = 3, .guard_bits = 0, .plaintext_bits = bits};
        quorsum_plan *plan = NULL;
        int64_t v[64];
        int64_t read[64];
        mpz_t x;

        cr_assert_eq(quorsum_plan_new(&plan, &f, 1, &o, NULL), QUORSUM_OK);
        cr_assert_eq(quorsum_plan_plaintexts(plan), 1); /* beta = 3: -3..3 */
        for (size_t i = 0; i < f.count; i++)
            v[i] = -1;
        mpz_init(x);
        pack_to_mpz(x, plan, 0, v);
        mpz_mul_ui(x, x, 3);
        cr_assert_leq(mpz_sizeinbase(x, 2), bits - 2, "2 |X| < 2^(bits-1) <= N^s");
        cr_assert_eq(qs_plan_unpack_vartime(plan, 0, x, 3, read), QUORSUM_OK);
        for (size_t i = 0; i < f.count; i++)
            cr_assert_eq(read[i], -3);
        mpz_clear(x);
        quorsum_plan_free(plan);
    }
}
