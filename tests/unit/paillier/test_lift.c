/* SPDX-License-Identifier: Apache-2.0 */
/* (1+N)^m and back, r^(N^s), and the digit arithmetic below them, against ordinary integers. */
#include "lib/paillier/digits.h"

#include "tests/unit/paillier/oracle.h"

typedef struct room { /* elements to work with */
    mp_limb_t *element;
    mp_limb_t *plain;
    mp_limb_t *scratch;
} room;

static room room_open(const oracle *o)
{
    size_t lift = qs_lift_scratch(o->key);
    size_t digits = qs_digits_scratch(o->key->plain);

    return (room){.element = calloc(o->key->ring->width, sizeof(mp_limb_t)),
                  .plain = calloc(o->key->plain->width, sizeof(mp_limb_t)),
                  .scratch = calloc(lift + digits, sizeof(mp_limb_t))};
}

static void room_close(room *r)
{
    free(r->element);
    free(r->plain);
    free(r->scratch);
}

static void edge_or_random(oracle *o, mpz_t out, unsigned round, const mpz_t bound)
{
    if (round < 4)
        mpz_set_ui(out, round);
    else if (round < 8)
        mpz_sub_ui(out, bound, round - 3);
    else
        mpz_urandomm(out, o->random, bound);
}

static const size_t sizes[] = {20, 63, 64, 100, 256};
#define SIZES (sizeof sizes / sizeof sizes[0])

Test(lift, is_the_power_of_one_plus_n_and_its_logarithm_undoes_it)
{
    for (unsigned s = 1; s <= 4; s++)
        for (size_t k = 0; k < SIZES; k++) {
            oracle o;
            room r;
            mpz_t m, wanted, got;

            oracle_open_random(&o, sizes[k], s, QUORSUM_RANDOMISER_HALF);
            r = room_open(&o);
            mpz_inits(m, wanted, got, NULL);
            for (unsigned round = 0; round < 24; round++) {
                edge_or_random(&o, m, round, o.ns);
                qs_ring_from_mpz_vartime(o.key->plain, r.plain, m);
                qs_lift(o.key, r.element, r.plain, r.scratch);
                qs_ring_to_mpz(o.key->ring, got, r.element);
                oracle_lift(&o, wanted, m);
                cr_assert_eq(mpz_cmp(got, wanted), 0, "%zu bits, degree %u", sizes[k], s);
                memset(r.plain, 0xff, o.key->plain->width * sizeof *r.plain);
                cr_assert_eq(qs_discrete_log_vartime(o.key, r.plain, r.element), 0);
                qs_ring_to_mpz(o.key->plain, got, r.plain);
                cr_assert_eq(mpz_cmp(got, m), 0, "%zu bits, degree %u", sizes[k], s);
                oracle_log(&o, got, wanted);
                cr_assert_eq(mpz_cmp(got, m), 0, "the oracle disagrees with itself");
            }
            mpz_clears(m, wanted, got, NULL);
            room_close(&r);
            oracle_close(&o);
        }
}

Test(lift, has_no_logarithm_unless_the_first_digit_is_one)
{
    oracle o;
    room r;

    oracle_open_random(&o, 100, 2, QUORSUM_RANDOMISER_HALF);
    r = room_open(&o);
    cr_expect_eq(qs_discrete_log_vartime(o.key, r.plain, r.element), -1, "0");
    r.element[0] = 2;
    cr_expect_eq(qs_discrete_log_vartime(o.key, r.plain, r.element), -1, "2");
    r.element[0] = 1;
    cr_expect_eq(qs_discrete_log_vartime(o.key, r.plain, r.element), 0, "1");
    r.element[1] = 1;
    cr_expect_eq(qs_discrete_log_vartime(o.key, r.plain, r.element), -1, "1 + 2^64");
    room_close(&r);
    oracle_close(&o);
}

Test(lift, raises_randomisers_to_the_power_n_to_the_s)
{
    for (unsigned s = 1; s <= 4; s++)
        for (size_t k = 0; k < SIZES; k++) {
            oracle o;
            room r;
            mpz_t root, got;

            oracle_open_random(&o, sizes[k], s, QUORSUM_RANDOMISER_HALF);
            r = room_open(&o);
            mpz_inits(root, got, NULL);
            for (unsigned round = 0; round < 12; round++) {
                edge_or_random(&o, root, round, o.n);
                qs_ring_from_mpz_vartime(o.key->root, r.element, root); /* in place, too */
                cr_assert_eq(qs_randomiser_vartime(o.key, r.element, r.element), QUORSUM_OK);
                qs_ring_to_mpz(o.key->ring, got, r.element);
                mpz_powm(root, root, o.ns, o.modulus);
                cr_assert_eq(mpz_cmp(got, root), 0, "%zu bits, degree %u", sizes[k], s);
            }
            mpz_clears(root, got, NULL);
            room_close(&r);
            oracle_close(&o);
        }
}

Test(lift, writes_digits_as_one_integer)
{
    for (unsigned s = 1; s <= 4; s++)
        for (size_t k = 0; k < SIZES; k++) {
            oracle o;
            room r;
            mpz_t value, got;

            oracle_open_random(&o, sizes[k], s, QUORSUM_RANDOMISER_HALF);
            r = room_open(&o);
            mpz_init(value);
            for (unsigned round = 0; round < 20; round++) {
                edge_or_random(&o, value, round, o.ns);
                qs_ring_from_mpz_vartime(o.key->plain, r.plain, value);
                qs_digits_integer(o.key->plain, r.element, r.plain, r.scratch);
                mpz_roinit_n(got, r.element, (mp_size_t)o.key->plain->width);
                cr_assert_eq(mpz_cmp(got, value), 0, "%zu bits, degree %u", sizes[k], s);
            }
            mpz_clear(value);
            room_close(&r);
            oracle_close(&o);
        }
}
