/* SPDX-License-Identifier: Apache-2.0 */
/* lib/arith/exponent.c against mpz_powm and mpz_powm over several bases. */
#include "lib/arith/exponent.h"

#include "moduli.h"

typedef void (*power_check)(sample *s, gmp_randstate_t random);

static void over_rings(power_check check)
{
    static const size_t sizes[] = {12, 64, 100, 1020, 2048};
    gmp_randstate_t random;
    mpz_t n;
    sample s;

    gmp_randinit_default(random);
    gmp_randseed_ui(random, 77);
    mpz_init(n);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (unsigned shape = 0; shape < SHAPES; shape++)
            for (unsigned digits = 1; digits <= (sizes[i] > 1024 ? 2 : QS_MAX_DIGITS); digits++) {
                make_modulus(n, sizes[i], shape, random);
                sample_open(&s, n, digits, (int)(shape + digits) % 2);
                check(&s, random);
                sample_close(&s);
            }
    mpz_clear(n);
    gmp_randclear(random);
}

static void set_montgomery(const sample *s, mp_limb_t *x, const mpz_t value)
{
    set_element(s, x, value);
    qs_ring_enter(s->ring, x, x, s->scratch);
}

static void expect_montgomery(const sample *s, mp_limb_t *x, const mpz_t wanted, const char *what, size_t bits)
{
    mpz_t value;

    mpz_init(value);
    qs_ring_leave(s->ring, x, x, s->scratch);
    value_of(value, s, x);
    cr_expect_eq(mpz_cmp(value, wanted), 0, "%s: %zu bits, %u digits, exponent %zu bits", what, s->ring->bits,
                 s->ring->digits, bits);
    mpz_clear(value);
}

/* Exponents of all lengths around the window and limb borders; zero, one and all ones among them. */
static void make_exponent(mpz_t e, size_t bits, unsigned kind, gmp_randstate_t random)
{
    mpz_set_ui(e, 0);
    if (kind == 1)
        mpz_setbit(e, bits), mpz_sub_ui(e, e, 1);
    else if (kind == 2)
        mpz_rrandomb(e, random, bits);
    else if (kind == 3)
        mpz_urandomb(e, random, bits);
}

static void check_powers(sample *s, gmp_randstate_t random)
{
    static const size_t lengths[] = {0, 1, 4, 5, 6, 10, 63, 64, 65, 128, 131, 320};
    mp_limb_t *scratch = calloc(qs_power_scratch(s->ring), sizeof *scratch);
    mp_limb_t *x = new_element(s);
    mp_limb_t *r = new_element(s);
    mp_limb_t limbs[6];
    mpz_t base;
    mpz_t e;
    mpz_t wanted;

    mpz_inits(base, e, wanted, NULL);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        for (unsigned kind = 0; kind < 4; kind++) {
            make_residue(base, s, (unsigned)(3 * i + kind) % (EDGES + 4), random);
            make_exponent(e, lengths[i], kind, random);
            mpz_powm(wanted, base, e, s->modulus);
            memset(limbs, 0, sizeof limbs);
            memcpy(limbs, mpz_limbs_read(e), mpz_size(e) * sizeof limbs[0]);
            set_montgomery(s, x, base);
            qs_power(s->ring, r, x, limbs, lengths[i], scratch);
            expect_montgomery(s, r, wanted, "secret exponent", lengths[i]);
            cr_expect_eq(qs_power_vartime(s->ring, r, x, e), QUORSUM_OK);
            expect_montgomery(s, r, wanted, "public exponent", lengths[i]);
            memcpy(r, x, s->ring->width * sizeof *r);
            cr_expect_eq(qs_power_vartime(s->ring, r, r, e), QUORSUM_OK);
            expect_montgomery(s, r, wanted, "public exponent in place", lengths[i]);
            qs_power(s->ring, x, x, limbs, lengths[i], scratch);
            expect_montgomery(s, x, wanted, "secret exponent in place", lengths[i]);
        }
    mpz_clears(base, e, wanted, NULL);
    free(scratch);
    free(x);
    free(r);
}

Test(exponent, agrees_with_powm_for_secret_and_public_exponents, .timeout = 600)
{
    over_rings(check_powers);
}

#define SEVERAL 5

/* Exponents of all kinds beside each other; the base stays what it was. */
static void check_several(sample *s, gmp_randstate_t random)
{
    static const size_t lengths[] = {1, 4, 5, 6, 63, 64, 65, 128, 131, 320};
    mp_limb_t *scratch = calloc(qs_power_several_scratch(s->ring), sizeof *scratch);
    mp_limb_t *x = new_element(s);
    mp_limb_t *results[SEVERAL];
    mp_limb_t limbs[SEVERAL][6];
    const mp_limb_t *exponents[SEVERAL];
    mpz_t base, e[SEVERAL];

    mpz_init(base);
    for (size_t j = 0; j < SEVERAL; j++) {
        mpz_init(e[j]);
        results[j] = new_element(s);
        exponents[j] = limbs[j];
    }
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        make_residue(base, s, (unsigned)i % (EDGES + 4), random);
        set_montgomery(s, x, base);
        memset(limbs, 0, sizeof limbs);
        for (size_t j = 0; j < SEVERAL; j++) {
            make_exponent(e[j], lengths[i], (unsigned)(i + j) % 4, random);
            memcpy(limbs[j], mpz_limbs_read(e[j]), mpz_size(e[j]) * sizeof limbs[j][0]);
        }
        qs_power_several(s->ring, results, x, exponents, 1 + i % SEVERAL, lengths[i], scratch);
        for (size_t j = 0; j < 1 + i % SEVERAL; j++) {
            mpz_powm(e[j], base, e[j], s->modulus);
            expect_montgomery(s, results[j], e[j], "several exponents", lengths[i]);
        }
    }
    for (size_t j = 0; j < SEVERAL; j++) {
        mpz_clear(e[j]);
        free(results[j]);
    }
    mpz_clear(base);
    free(scratch);
    free(x);
}

Test(exponent, agrees_with_powm_for_several_secret_exponents)
{
    over_rings(check_several);
}

#define BASES 4

/* Signed exponents of different lengths; a base without an inverse only fails under a negative one. */
static void check_joint(sample *s, gmp_randstate_t random)
{
    static const size_t lengths[BASES] = {300, 128, 7, 200};
    mp_limb_t *bases[BASES];
    mp_limb_t *r = new_element(s);
    mpz_t exponents[BASES];
    mpz_t base;
    mpz_t wanted;
    mpz_t power;

    mpz_inits(base, wanted, power, NULL);
    for (unsigned round = 0; round < 4; round++) {
        int units = 1;

        mpz_set_ui(wanted, 1);
        mpz_mod(wanted, wanted, s->modulus);
        for (unsigned i = 0; i < BASES; i++) {
            bases[i] = new_element(s);
            mpz_init(exponents[i]);
            make_residue(base, s, 2 + i * 3 + round, random);
            make_exponent(exponents[i], lengths[(i + round) % BASES], (i + round) % 4, random);
            if ((i ^ round) & 1)
                mpz_neg(exponents[i], exponents[i]);
            set_montgomery(s, bases[i], base);
            if (mpz_sgn(exponents[i]) < 0 && mpz_invert(power, base, s->modulus) == 0) {
                units = 0;
                continue;
            }
            mpz_powm(power, base, exponents[i], s->modulus);
            mpz_mul(wanted, wanted, power);
            mpz_mod(wanted, wanted, s->modulus);
        }
        cr_expect_eq(qs_power_joint_vartime(s->ring, r, (const mp_limb_t *const *)bases, (const mpz_t *)exponents,
                                            BASES), units ? QUORSUM_OK : QUORSUM_ERR_NOT_UNIT);
        if (units)
            expect_montgomery(s, r, wanted, "joint", 300);
        for (unsigned i = 0; i < BASES; i++) {
            mpz_clear(exponents[i]);
            free(bases[i]);
        }
    }
    mpz_clears(base, wanted, power, NULL);
    free(r);
}

Test(exponent, joins_several_bases_with_signed_exponents, .timeout = 600)
{
    over_rings(check_joint);
}

#define PARTS 8

/* From one part to eight, joined at distances of nothing, a bit and a window; in place, too. */
static void check_chain(sample *s, gmp_randstate_t random)
{
    static const size_t distances[] = {0, 1, 16};
    size_t width = s->ring->width;
    mp_limb_t *scratch = calloc(qs_power_scratch(s->ring), sizeof *scratch);
    mp_limb_t *parts = calloc(PARTS * width, sizeof *parts);
    mp_limb_t *r = new_element(s);
    mpz_t part;
    mpz_t wanted;

    mpz_inits(part, wanted, NULL);
    for (size_t d = 0; d < sizeof distances / sizeof distances[0]; d++) {
        mpz_set_ui(wanted, 1);
        for (unsigned j = 0; j < PARTS; j++) {
            for (size_t i = 0; i < distances[d]; i++) {
                mpz_mul(wanted, wanted, wanted);
                mpz_mod(wanted, wanted, s->modulus);
            }
            make_residue(part, s, (unsigned)(5 * d + j) % (EDGES + 4), random);
            mpz_mul(wanted, wanted, part);
            mpz_mod(wanted, wanted, s->modulus);
            set_montgomery(s, parts + j * width, part);
            qs_power_chain(s->ring, r, parts, j + 1, distances[d], scratch);
            expect_montgomery(s, r, wanted, "chain", j * distances[d]);
        }
        qs_power_chain(s->ring, parts, parts, PARTS, distances[d], scratch);
        expect_montgomery(s, parts, wanted, "chain in place", PARTS * distances[d]);
    }
    mpz_clears(part, wanted, NULL);
    free(scratch);
    free(parts);
    free(r);
}

Test(exponent, joins_parts_as_the_digits_of_a_number, .timeout = 600)
{
    over_rings(check_chain);
}

Test(exponent, refuses_a_negative_public_exponent_and_an_inverse_of_zero)
{
    gmp_randstate_t random;
    mpz_t n;
    mpz_t e;
    sample s;
    mp_limb_t *x;
    const mp_limb_t *bases[1];

    gmp_randinit_default(random);
    mpz_init_set_ui(n, 101);
    mpz_init_set_si(e, -1);
    sample_open(&s, n, 2, 0);
    x = new_element(&s);
    bases[0] = x;
    cr_expect_eq(qs_power_vartime(s.ring, x, x, e), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_power_joint_vartime(s.ring, x, bases, (const mpz_t *)&e, 1), QUORSUM_ERR_NOT_UNIT);
    cr_expect_eq(qs_power_joint_vartime(s.ring, x, NULL, NULL, 0), QUORSUM_OK);
    cr_expect_neq(qs_ring_equal(s.ring, x, s.ring->one), 0, "the empty product is one");
    sample_close(&s);
    mpz_clears(n, e, NULL);
    gmp_randclear(random);
    free(x);
}
