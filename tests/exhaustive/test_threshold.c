/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Toy keys, completely: every plaintext of a 12-bit modulus, every quorum of every size for n = 1..5, every set one
 * short, s = 1..3. The opened r must be the one that was put in, squares and non-squares alike.
 */
#include "tests/unit/threshold/fixture.h"

/* (p, q) in hexadecimal: 47, 59 and 59, 83: p', q' > 5 and gcd(pq, p'q') = 1; then 1019, 1187 and 2027, 2039. */
static const char *const toys[][2] = {{"2f", "3b"}, {"3b", "53"}, {"3fb", "4a3"}, {"7eb", "7f7"}};

typedef struct opened {
    const fixture *f;
    const sample *a;
    quorsum_opening *opening;
    quorsum_partial *partials[MAX_TRUSTEES];
} opened;

/* The trustees of a set of bits, ascending. */
static size_t members(uint32_t *trustees, unsigned set, uint32_t n)
{
    size_t count = 0;

    for (uint32_t i = 1; i <= n; i++) {
        if (set >> (i - 1) & 1)
            trustees[count++] = i;
    }
    return count;
}

/* What exactly these trustees combine to. */
static quorsum_status combine_set(opened *o, const uint32_t *trustees, size_t count)
{
    const mp_limb_t *values[MAX_TRUSTEES];
    quorsum_status status;

    for (size_t i = 0; i < count; i++)
        values[i] = o->partials[trustees[i] - 1]->value;
    status = qs_combine_vartime(o->opening->r, o->f->record, o->a->vector, trustees, values, NULL);
    return status == QUORSUM_OK ? qs_complete_vartime(o->opening->m, o->a->vector, o->opening->r, NULL) : status;
}

static void expect_quorum(opened *o, unsigned set)
{
    uint32_t trustees[MAX_TRUSTEES];
    size_t count = members(trustees, set, o->f->trustees);

    cr_assert_eq(combine_set(o, trustees, count), QUORSUM_OK, "set %x of %u", set, o->f->trustees);
    for (size_t k = 0; k < o->a->count; k++)
        cr_assert(opens_to(o->opening, k, o->a->m[k], o->a->r[k]), "set %x, element %zu", set, k);
}

/* One short: refused by the combiner. */
static void expect_short(const opened *o, unsigned set)
{
    uint32_t trustees[MAX_TRUSTEES];
    size_t count = members(trustees, set, o->f->trustees);
    quorsum_combiner *combiner = combiner_of(o->f, o->a->vector);
    quorsum_opening *opening = NULL;

    for (size_t i = 0; i < count; i++)
        cr_assert_eq(quorsum_combiner_add(combiner, o->partials[trustees[i] - 1], NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_combiner_open(&opening, combiner, NULL), QUORSUM_ERR_TOO_FEW_SHARES, "set %x", set);
    cr_assert_null(opening);
    quorsum_combiner_free(combiner);
}

static void open_sets(opened *o)
{
    const fixture *f = o->f;

    for (unsigned set = 1; set < 1u << f->trustees; set++) {
        size_t size = (size_t)__builtin_popcount(set);

        if (size == f->quorum)
            expect_quorum(o, set);
        else if (size + 1 == f->quorum)
            expect_short(o, set);
    }
}

static void open_everywhere(fixture *f, const sample *a)
{
    opened o = {.f = f, .a = a};

    cr_assert_eq(qs_opening_new(&o.opening, quorsum_key_record_public(f->record), a->count), QUORSUM_OK);
    for (uint32_t i = 1; i <= f->trustees; i++)
        o.partials[i - 1] = partial_of(f, i, a->vector);
    open_sets(&o);
    for (uint32_t i = 0; i < f->trustees; i++)
        quorsum_partial_free(o.partials[i]);
    quorsum_opening_free(o.opening);
}

/* Plaintexts 0, 1, 2, ... of the whole of Z_N, with an r of its own each. */
static void number_plaintexts(sample *a, fixture *f)
{
    mpz_t *c = calloc(a->count, sizeof *c);

    quorsum_ciphertexts_free(a->vector);
    for (size_t k = 0; k < a->count; k++) {
        mpz_init(c[k]);
        mpz_set_ui(a->m[k], k);
        encrypt_integers(c[k], f, a->m[k], a->r[k]);
    }
    a->vector = vector_of(f, (const mpz_t *)c, a->count);
    for (size_t k = 0; k < a->count; k++)
        mpz_clear(c[k]);
    free(c);
}

Test(threshold_exhaustive, every_plaintext_opens_with_every_quorum_of_three_in_five)
{
    fixture f;
    sample a;

    cr_assert_eq(fixture_deal(&f, toys[0][0], toys[0][1], 1, 5, 3), QUORSUM_OK);
    sample_new(&a, &f, mpz_get_ui(f.n));
    number_plaintexts(&a, &f);
    open_everywhere(&f, &a);
    sample_free(&a);
    fixture_free(&f);
}

/* Every unit of Z_N as the randomiser of one plaintext: r comes back as it was, whatever its quadratic character. */
Test(threshold_exhaustive, every_unit_comes_back_as_the_randomiser)
{
    fixture f;
    sample a;
    mpz_t *c;
    size_t units = 0;

    cr_assert_eq(fixture_deal(&f, toys[0][0], toys[0][1], 1, 3, 2), QUORSUM_OK);
    sample_new(&a, &f, mpz_get_ui(f.n));
    c = calloc(a.count, sizeof *c);
    for (unsigned long r = 1; mpz_cmp_ui(f.n, r) > 0; r++) {
        if (mpz_gcd_ui(NULL, f.n, r) != 1)
            continue;
        mpz_set_ui(a.m[units], 1234);
        mpz_set_ui(a.r[units], r);
        mpz_init(c[units]);
        encrypt_integers(c[units], &f, a.m[units], a.r[units]);
        units++;
    }
    cr_assert_eq(units, 46 * 58);
    quorsum_ciphertexts_free(a.vector);
    a.vector = vector_of(&f, (const mpz_t *)c, units);
    for (size_t k = units; k < a.count; k++)
        mpz_clears(a.m[k], a.r[k], NULL);
    a.count = units;
    open_everywhere(&f, &a);
    for (size_t k = 0; k < units; k++)
        mpz_clear(c[k]);
    free(c);
    sample_free(&a);
    fixture_free(&f);
}

Test(threshold_exhaustive, every_quorum_of_every_size_opens_for_every_degree)
{
    for (size_t toy = 0; toy < sizeof toys / sizeof toys[0]; toy++) {
        for (unsigned s = 1; s <= 3; s++) {
            for (uint32_t n = 1; n <= 5; n++) {
                for (uint32_t quorum = 1; quorum <= n; quorum++) {
                    fixture f;
                    sample a;

                    cr_assert_eq(fixture_deal(&f, toys[toy][0], toys[toy][1], s, n, quorum), QUORSUM_OK,
                                 "toy %zu, s %u, n %u, quorum %u", toy, s, n, quorum);
                    sample_new(&a, &f, 12);
                    open_everywhere(&f, &a);
                    sample_free(&a);
                    fixture_free(&f);
                }
            }
        }
    }
}

/* The dealt numbers themselves: sum lambda_i S_i = n!^2 D with D N^s = 1 modulo p'q', for every quorum, and S_i below
 * its stated bound. */
Test(threshold_exhaustive, shares_interpolate_to_the_inverse_of_the_modulus)
{
    fixture f;
    mpz_t order, sum, lambda;

    mpz_inits(sum, lambda, NULL);
    mpz_init_set_ui(order, 509ul * 593);
    for (unsigned s = 1; s <= 3; s++) {
        cr_assert_eq(fixture_deal(&f, "3fb", "4a3", s, 5, 3), QUORSUM_OK);
        cr_expect_eq(f.record->parts.share_bits, mpz_sizeinbase(f.n, 2) - 2 + 7);
        for (unsigned set = 1; set < 32; set++) {
            uint32_t trustees[MAX_TRUSTEES];
            size_t count = members(trustees, set, 5);

            if (count != 3)
                continue;
            mpz_set_ui(sum, 0);
            for (size_t i = 0; i < 3; i++) {
                const qs_secret *share = &f.shares[trustees[i] - 1]->value;
                long numerator = 120, denominator = 1;
                mpz_t value;

                for (size_t j = 0; j < 3; j++) {
                    numerator *= j == i ? 1 : -(long)trustees[j];
                    denominator *= j == i ? 1 : (long)trustees[i] - (long)trustees[j];
                }
                cr_assert_eq(numerator % denominator, 0);
                mpz_roinit_n(value, share->limb, (mp_size_t)share->limbs);
                cr_expect_leq(mpz_sizeinbase(value, 2), f.record->parts.share_bits);
                mpz_mul_si(lambda, value, numerator / denominator);
                mpz_add(sum, sum, lambda);
            }
            mpz_mul(sum, sum, f.ns);
            cr_expect(mpz_sgn(sum) != 0);
            mpz_sub_ui(sum, sum, 120 * 120);
            cr_expect(mpz_divisible_p(sum, order), "set %x, s %u", set, s);
        }
        fixture_free(&f);
    }
    mpz_clears(order, sum, lambda, NULL);
}
