/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Balanced packing and its inverse. Where slots lie is public; only the values are secret, and packing touches
 * them with additions, shifts by public amounts and masks. Right shifts of negative numbers are arithmetic, as in
 * every compiler with a 128-bit integer type.
 */
#include "lib/encode/slots.h"

#include "lib/arith/mask.h"
#include "lib/base/invariant.h"
#include "lib/encode/plan.h"

typedef __int128 i128;
typedef unsigned __int128 u128;

#define LIMB_BITS ((uint32_t)GMP_LIMB_BITS)

size_t qs_plan_limbs(const quorsum_plan *plan)
{
    return (plan->options.plaintext_bits + LIMB_BITS - 1) / LIMB_BITS;
}

/* ---- packing ---- */

/* ORs the low `count` bits of value into the bits from `at` on, which are zero. */
static void put_bits(mp_limb_t *limbs, uint32_t at, u128 value, uint32_t count)
{
    value &= ((u128)1 << count) - 1; /* count <= 80 */
    while (count > 0) {
        uint32_t shift = at % LIMB_BITS;
        uint32_t step = LIMB_BITS - shift < count ? LIMB_BITS - shift : count;

        limbs[at / LIMB_BITS] |= (mp_limb_t)value << shift;
        value >>= step;
        at += step;
        count -= step;
    }
}

/* Sets all bits from `at` to the end to the sign. */
static void extend_sign(mp_limb_t *limbs, size_t count, uint32_t at, mp_limb_t sign)
{
    size_t i = at / LIMB_BITS;

    if (i < count)
        limbs[i] |= sign << (at % LIMB_BITS);
    for (i++; i < count; i++)
        limbs[i] = sign;
}

/* Two's complement to magnitude: (x ^ sign) - sign. */
static void negate_if(mp_limb_t *limbs, size_t count, mp_limb_t sign)
{
    mp_limb_t carry = sign & 1;

    for (size_t i = 0; i < count; i++) {
        mp_limb_t limb = (limbs[i] ^ sign) + carry;

        carry &= qs_is_zero(limb); /* adding 1 carries on exactly when the limb becomes 0 */
        limbs[i] = limb;
    }
}

/* X in two's complement from the least slot up. carry is what the slots below owe this one, 0 or -1:
 * |x| <= 2^(beta-1) - 1, so x + carry lies in [-2^(beta-1), 2^(beta-1)) and its floor by 2^beta is 0 or -1 again. */
void qs_plan_pack(const quorsum_plan *plan, size_t index, const int64_t *values, mp_limb_t *magnitude,
                  mp_limb_t *negative)
{
    size_t limbs = qs_plan_limbs(plan);
    size_t span = qs_plan_first_span(plan, index);
    uint32_t at = 0;
    i128 carry = 0;
    qs_slot_run run;

    for (size_t i = 0; i < limbs; i++)
        magnitude[i] = 0;
    for (; qs_plan_slot_run(plan, index, span, &run); span++) {
        at = run.bit;
        for (size_t i = 0; i < run.count; i++) {
            i128 digit = (i128)values[run.value + i] + carry;

            QS_INVARIANT(values[run.value + i] <= (int64_t)run.bound && -values[run.value + i] <= (int64_t)run.bound);
            put_bits(magnitude, at, (u128)digit, run.beta);
            carry = digit >> run.beta;
            at += run.beta;
        }
    }
    QS_INVARIANT(at <= plan->options.plaintext_bits - 1); /* so |X| < 2^(plaintext_bits-2), see slots.h */
    *negative = qs_mask((mp_limb_t)carry & 1);
    extend_sign(magnitude, limbs, at, *negative);
    negate_if(magnitude, limbs, *negative);
}

/* ---- unpacking ---- */

static u128 get_bits(const mpz_t value, uint32_t at, uint32_t count)
{
    u128 bits = 0;

    for (uint32_t got = 0; got < count;) {
        uint32_t shift = (at + got) % LIMB_BITS;

        bits |= (u128)(mpz_getlimbn(value, (mp_size_t)((at + got) / LIMB_BITS)) >> shift) << got;
        got += LIMB_BITS - shift;
    }
    return bits & (((u128)1 << count) - 1);
}

/* Reads a run's slots from the low bits of X, *carry as in packing but added. 0 if a slot lies outside its range. */
static int read_run(const qs_slot_run *run, const mpz_t low, uint64_t cohort, unsigned *carry, int64_t *totals)
{
    i128 bound = (i128)run->bound * (i128)cohort; /* <= X_max <= 2^62 */
    int valid = 1;

    for (size_t i = 0; i < run->count && valid; i++) {
        i128 x = (i128)get_bits(low, run->bit + (uint32_t)i * run->beta, run->beta) + *carry;

        *carry = x >= (i128)1 << (run->beta - 1);
        x -= (i128)*carry << run->beta;
        valid = -bound <= x && x <= bound;
        if (valid)
            totals[run->value + i] = (int64_t)x;
    }
    return valid;
}

static uint32_t end_of_slots(const quorsum_plan *plan, size_t index, size_t span)
{
    uint32_t end = 0;
    qs_slot_run run;

    for (; qs_plan_slot_run(plan, index, span, &run); span++)
        end = run.bit + (uint32_t)run.count * run.beta;
    return end;
}

static void forget_totals(const quorsum_plan *plan, size_t index, size_t span, int64_t *totals)
{
    qs_slot_run run;

    for (; qs_plan_slot_run(plan, index, span, &run); span++) {
        for (size_t i = 0; i < run.count; i++)
            totals[run.value + i] = 0;
    }
}

quorsum_status qs_plan_unpack_vartime(const quorsum_plan *plan, size_t index, const mpz_t total, uint64_t cohort,
                                      int64_t *totals)
{
    size_t first;
    uint32_t end;
    mpz_t top; /* X = top * 2^end + low */
    mpz_t low;
    unsigned carry = 0;
    int valid;
    qs_slot_run run;

    if (index >= plan->plaintexts)
        return QUORSUM_ERR_ARGUMENT;
    if (cohort > plan->options.max_cohort)
        return QUORSUM_ERR_COHORT;
    first = qs_plan_first_span(plan, index);
    end = end_of_slots(plan, index, first);
    mpz_init(top);
    mpz_init(low);
    mpz_fdiv_q_2exp(top, total, end);
    mpz_fdiv_r_2exp(low, total, end);
    valid = 1;
    for (size_t span = first; valid && qs_plan_slot_run(plan, index, span, &run); span++)
        valid = read_run(&run, low, cohort, &carry, totals);
    if (mpz_cmp_si(top, -(long)carry) != 0)
        valid = 0;
    if (!valid)
        forget_totals(plan, index, first, totals);
    mpz_clear(top);
    mpz_clear(low);
    return valid ? QUORSUM_OK : QUORSUM_ERR_OVERFLOW;
}
