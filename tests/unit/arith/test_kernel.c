/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel that this processor runs, against GMP's own products and the definition of Montgomery's reduction. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/kernel.h"
#include "lib/arith/table.h"
#include "quorsum/status.h"

#define LIMBS_MAX 80
#define GUARD 0x5a5a5a5a5a5a5a5au

/* Random, long runs, all ones, zero, one. */
static void fill(mp_limb_t *x, size_t limbs, unsigned kind, gmp_randstate_t random)
{
    mpz_t value;

    mpz_init_set_ui(value, kind == 4);
    if (kind == 0)
        mpz_urandomb(value, random, limbs * GMP_LIMB_BITS);
    else if (kind == 1)
        mpz_rrandomb(value, random, limbs * GMP_LIMB_BITS);
    else if (kind == 2)
        mpz_setbit(value, limbs * GMP_LIMB_BITS), mpz_sub_ui(value, value, 1);
    memset(x, 0, limbs * sizeof *x);
    memcpy(x, mpz_limbs_read(value), mpz_size(value) * sizeof *x);
    mpz_clear(value);
}

static void check_products(const qs_kernel *kernel, size_t limbs, const mp_limb_t *x, const mp_limb_t *y)
{
    mp_limb_t got[2 * LIMBS_MAX + 1];
    mp_limb_t wanted[2 * LIMBS_MAX];
    mp_limb_t *scratch = calloc(qs_kernel_scratch(limbs) + 1, sizeof *scratch);

    got[2 * limbs] = scratch[qs_kernel_scratch(limbs)] = (mp_limb_t)GUARD;
    mpn_mul_n(wanted, x, y, (mp_size_t)limbs);
    kernel->mul(got, x, y, limbs, scratch);
    cr_expect_eq(mpn_cmp(got, wanted, (mp_size_t)(2 * limbs)), 0, "%s: mul of %zu limbs", kernel->name, limbs);
    mpn_sqr(wanted, x, (mp_size_t)limbs);
    kernel->sqr(got, x, limbs, scratch);
    cr_expect_eq(mpn_cmp(got, wanted, (mp_size_t)(2 * limbs)), 0, "%s: sqr of %zu limbs", kernel->name, limbs);
    cr_expect_eq(got[2 * limbs], (mp_limb_t)GUARD, "writes no further than its result");
    cr_expect_eq(scratch[qs_kernel_scratch(limbs)], (mp_limb_t)GUARD, "keeps to its scratch");
    free(scratch);
}

/* t + q n = (result with its carry) R, exactly. */
static void check_reduction(const qs_kernel *kernel, size_t limbs, const mp_limb_t *t, const mp_limb_t *n)
{
    mp_limb_t work[2 * LIMBS_MAX + 1];
    mp_limb_t sum[2 * LIMBS_MAX + 1];
    mp_limb_t inverse = 1;
    mp_limb_t carry;

    for (unsigned i = 0; i < 7; i++)
        inverse *= 2 - n[0] * inverse;
    memcpy(work, t, 2 * limbs * sizeof *t);
    work[2 * limbs] = (mp_limb_t)GUARD;
    carry = kernel->reduce(work, n, limbs, (mp_limb_t)0 - inverse);
    mpn_mul_n(sum, work, n, (mp_size_t)limbs);
    sum[2 * limbs] = mpn_add_n(sum, sum, t, (mp_size_t)(2 * limbs));
    cr_expect(mpn_zero_p(sum, (mp_size_t)limbs), "%s: q of %zu limbs", kernel->name, limbs);
    cr_expect_eq(mpn_cmp(sum + limbs, work + limbs, (mp_size_t)limbs), 0, "%s: reduce %zu", kernel->name, limbs);
    cr_expect_eq(sum[2 * limbs], carry, "%s: carry of %zu limbs", kernel->name, limbs);
    cr_expect_eq(work[2 * limbs], (mp_limb_t)GUARD);
}

static void check_kernel(const qs_kernel *kernel, gmp_randstate_t random)
{
    mp_limb_t x[LIMBS_MAX], y[LIMBS_MAX], t[2 * LIMBS_MAX];

    for (size_t limbs = 1; limbs <= LIMBS_MAX; limbs++)
        for (unsigned kind = 0; kind < 5; kind++)
            for (unsigned other = 0; other < 5; other++) {
                fill(x, limbs, kind, random);
                fill(y, limbs, other, random);
                check_products(kernel, limbs, x, y);
                fill(t, 2 * limbs, kind, random);
                y[0] |= 1;
                check_reduction(kernel, limbs, t, y);
            }
}

Test(kernel, gives_the_same_bits_as_gmp_whatever_the_processor, .timeout = 600)
{
    gmp_randstate_t random;
    const qs_kernel *kernel;
    int usable = 0;
    size_t checked = 0;

    gmp_randinit_default(random);
    for (size_t i = 0; (kernel = qs_kernel_at(i, &usable)) != NULL; i++)
        for (unsigned round = 0; usable && kernel->lanes == NULL && round < 4; round++) { /* lanes: loops of another */
            check_kernel(kernel, random);
            checked++;
        }
    cr_expect_geq(checked, 4);
    gmp_randclear(random);
}

Test(kernel, in_use_is_one_of_the_usable_ones)
{
    const qs_kernel *kernel;
    int usable;
    int found = 0;

    for (size_t i = 0; (kernel = qs_kernel_at(i, &usable)) != NULL; i++)
        found |= usable && kernel == qs_kernel_active();
    cr_expect(found);
    cr_expect_str_eq(quorsum_kernel(), qs_kernel_active()->name);
}

/* Widths around the vector columns, every entry, groups of one to eight. */
Test(kernel, table_reads_find_every_entry)
{
    enum { ENTRIES = 13, WIDTH_MAX = 20, GROUP = 8 };
    mp_limb_t entry[WIDTH_MAX], found[GROUP][WIDTH_MAX + 1];
    mp_limb_t *results[GROUP];
    mp_limb_t digits[GROUP];

    for (size_t j = 0; j < GROUP; j++)
        results[j] = found[j];
    for (size_t width = 1; width <= WIDTH_MAX; width++) {
        mp_limb_t *table = calloc(qs_table_limbs(ENTRIES, width), sizeof *table);

        for (size_t k = 0; k < ENTRIES; k++) {
            for (size_t i = 0; i < width; i++)
                entry[i] = ~(mp_limb_t)(1000 * k + i);
            qs_table_store(table, ENTRIES, width, k, entry);
        }
        for (size_t count = 1; count <= GROUP; count++)
            for (size_t first = 0; first < ENTRIES; first++) {
                for (size_t j = 0; j < count; j++)
                    digits[j] = (first + 5 * j) % ENTRIES, found[j][width] = (mp_limb_t)GUARD;
                qs_table_select(results, table, ENTRIES, width, digits, count);
                for (size_t j = 0; j < count; j++) {
                    for (size_t i = 0; i < width; i++)
                        cr_assert_eq(found[j][i], ~(mp_limb_t)(1000 * digits[j] + i));
                    cr_assert_eq(found[j][width], (mp_limb_t)GUARD);
                }
            }
        free(table);
    }
}

Test(kernel, digits_are_read_at_every_place_of_an_exponent)
{
    mp_limb_t e[4];
    gmp_randstate_t random;
    mpz_t value;
    mpz_t digit;

    gmp_randinit_default(random);
    mpz_init(digit);
    fill(e, 4, 0, random);
    mpz_roinit_n(value, e, 4);
    for (size_t from = 0; from < 4 * GMP_LIMB_BITS + 70; from++)
        for (unsigned length = 1; length < 14; length++) {
            mpz_fdiv_q_2exp(digit, value, from);
            mpz_fdiv_r_2exp(digit, digit, length);
            cr_assert_eq(mpz_get_ui(digit), qs_digit_at(e, 4, from, length));
        }
    mpz_clear(digit);
    gmp_randclear(random);
}
