/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exact decimal arithmetic of fixed width on GMP's limbs: nothing is allocated, so a contributor's numbers stay in the
 * caller's memory, which the caller wipes; what a call keeps on its own stack it wipes itself.
 */
#include "tools/quorsum/decimal.h"

#include <sodium.h>
#include <string.h>

#define DIGITS (2 * TOOL_DECIMAL_PLACES) /* digit i counts 10^(37 - i) */
#define EXPONENT_MAX 1000000000
#define FEW 19 /* digits that fit a limb */

/* ---- reading ---- */

struct literal { /* a number's parts, lent from its text */
    const char *digits;
    const char *end; /* of the digits, the point among them */
    int64_t whole;   /* digits before the point */
    int64_t exponent;
    int negative;
};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static int same_word(const char *text, const char *end, const char *word)
{
    for (; text < end && *word != '\0'; text++, word++) {
        if ((*text | 0x20) != *word)
            return 0;
    }
    return text == end && *word == '\0';
}

/* "e" and what follows it, up to the end; an exponent of more than nine digits counts as 10^9. */
static int read_exponent(const char *at, const char *end, int64_t *exponent)
{
    int negative = 0;

    *exponent = 0;
    if (at == end)
        return 1;
    if (*at != 'e' && *at != 'E')
        return 0;
    at++;
    if (at < end && (*at == '+' || *at == '-'))
        negative = *at++ == '-';
    if (at == end)
        return 0;
    for (; at < end && is_digit(*at); at++)
        *exponent = *exponent < EXPONENT_MAX ? *exponent * 10 + (*at - '0') : EXPONENT_MAX;
    *exponent = negative ? -*exponent : *exponent;
    return at == end;
}

static tool_decimal_kind read_literal(struct literal *out, const char *text, const char *end)
{
    const char *at = text;
    size_t digits = 0;

    *out = (struct literal){0};
    if (at < end && (*at == '+' || *at == '-'))
        out->negative = *at++ == '-';
    if (same_word(at, end, "nan"))
        return TOOL_DECIMAL_NAN;
    if (same_word(at, end, "inf") || same_word(at, end, "infinity"))
        return TOOL_DECIMAL_INFINITE;
    out->digits = at;
    for (; at < end && is_digit(*at); at++)
        digits++;
    out->whole = (int64_t)digits;
    if (at < end && *at == '.') {
        for (at++; at < end && is_digit(*at); at++)
            digits++;
    }
    out->end = at;
    return digits > 0 && read_exponent(at, end, &out->exponent) ? TOOL_DECIMAL_FINITE : TOOL_DECIMAL_TEXT;
}

/* Sorts the digits by what they count; what lies behind the last place only decides the rounding. */
static void place_digits(tool_decimal *out, const struct literal *literal)
{
    uint8_t places[DIGITS] = {0};
    mp_limb_t units[TOOL_DECIMAL_LIMBS + 1] = {0}; /* mpn_set_str may want one limb more than it sets */
    int64_t power = literal->whole - 1 + literal->exponent;
    int next = 0; /* the first digit behind the last place */
    int rest = 0; /* whether any later one is not 0 */
    size_t lead = 0;

    for (const char *at = literal->digits; at < literal->end; at++) {
        if (*at == '.')
            continue;
        if (power >= TOOL_DECIMAL_PLACES)
            out->huge |= *at != '0';
        else if (power >= -TOOL_DECIMAL_PLACES)
            places[TOOL_DECIMAL_PLACES - 1 - power] = (uint8_t)(*at - '0');
        else if (power == -TOOL_DECIMAL_PLACES - 1)
            next = *at - '0';
        else
            rest |= *at != '0';
        power--;
    }
    while (lead < DIGITS && places[lead] == 0)
        lead++;
    if (lead < DIGITS && !out->huge)
        mpn_set_str(units, places + lead, DIGITS - lead, 10);
    memcpy(out->units, units, sizeof out->units);
    if (!out->huge && (next > 5 || (next == 5 && (rest || (units[0] & 1)))))
        mpn_add_1(out->units, out->units, TOOL_DECIMAL_LIMBS, 1); /* 10^76 at most: it still fits */
    sodium_memzero(places, sizeof places);
    sodium_memzero(units, sizeof units);
}

static mp_limb_t ten_to(int64_t power) /* at most FEW */
{
    mp_limb_t value = 1;

    if (power == FEW) /* twice for every whole number */
        return UINT64_C(10000000000000000000);
    while (power-- > 0)
        value *= 10;
    return value;
}

/* Most numbers: up to 19 digits, none of them out of place. One limb times a power of ten; 0 if it is not such a one. */
static int place_few(tool_decimal *out, const struct literal *literal)
{
    mp_limb_t value = 0;
    int64_t digits = 0;
    int64_t lowest; /* digit's power of ten */

    if (literal->end - literal->digits > FEW + 1) /* and a point */
        return 0;
    for (const char *at = literal->digits; at < literal->end; at++) {
        if (*at == '.')
            continue;
        value = 10 * value + (mp_limb_t)(*at - '0');
        digits++;
    }
    lowest = literal->whole - digits + literal->exponent;
    if (digits > FEW || lowest < -TOOL_DECIMAL_PLACES || lowest + digits > TOOL_DECIMAL_PLACES)
        return 0;
    out->units[0] = value;
    for (lowest += TOOL_DECIMAL_PLACES; lowest > 0; lowest -= FEW)
        mpn_mul_1(out->units, out->units, TOOL_DECIMAL_LIMBS, ten_to(lowest < FEW ? lowest : FEW));
    return 1;
}

tool_decimal_kind tool_decimal_parse(tool_decimal *out, const char *text, size_t len)
{
    const char *end = text + len;
    struct literal literal;
    tool_decimal_kind kind;

    while (text < end && is_blank(*text))
        text++;
    while (text < end && is_blank(end[-1]))
        end--;
    if (text == end)
        return TOOL_DECIMAL_EMPTY;
    kind = read_literal(&literal, text, end);
    if (kind == TOOL_DECIMAL_FINITE) {
        *out = (tool_decimal){.negative = literal.negative};
        if (!place_few(out, &literal))
            place_digits(out, &literal);
    }
    return kind;
}

/* ---- arithmetic ---- */

/* 10^38 in two limbs, or 10^76 in four: the top limb is not 0 in either. Returns how many. */
static mp_size_t unit_of(mp_limb_t out[4], int squares)
{
    static const mp_limb_t ten19 = 10000000000000000000u;
    mp_limb_t ten38[2];

    mpn_sqr(ten38, &ten19, 1);
    if (squares)
        mpn_sqr(out, ten38, 2);
    else
        memcpy(out, ten38, sizeof ten38);
    return squares ? 4 : 2;
}

/* round(value * scale / unit), half to even, saturating at INT64_MAX. */
static int64_t divide(const mp_limb_t value[TOOL_TOTAL_LIMBS], uint64_t scale, int squares)
{
    mp_limb_t product[TOOL_TOTAL_LIMBS + 1];
    mp_limb_t quotient[TOOL_TOTAL_LIMBS + 1] = {0};
    mp_limb_t rest[4];
    mp_limb_t unit[4];
    mp_size_t limbs = unit_of(unit, squares);
    int64_t out = INT64_MAX;
    int order;

    product[TOOL_TOTAL_LIMBS] = mpn_mul_1(product, value, TOOL_TOTAL_LIMBS, scale);
    mpn_tdiv_qr(quotient, rest, 0, product, TOOL_TOTAL_LIMBS + 1, unit, limbs);
    mpn_lshift(rest, rest, limbs, 1); /* rest < unit, whose top bit is 0 */
    order = mpn_cmp(rest, unit, limbs);
    if (order > 0 || (order == 0 && (quotient[0] & 1)))
        mpn_add_1(quotient, quotient, TOOL_TOTAL_LIMBS + 1, 1);
    if (mpn_zero_p(quotient + 1, TOOL_TOTAL_LIMBS) && quotient[0] <= (mp_limb_t)INT64_MAX)
        out = (int64_t)quotient[0];
    sodium_memzero(product, sizeof product);
    sodium_memzero(quotient, sizeof quotient);
    sodium_memzero(rest, sizeof rest);
    return out;
}

int64_t tool_decimal_scale(const tool_decimal *x, uint64_t scale)
{
    mp_limb_t value[TOOL_TOTAL_LIMBS] = {0};
    int64_t magnitude = INT64_MAX;

    if (!x->huge) {
        memcpy(value, x->units, sizeof x->units);
        magnitude = divide(value, scale, 0);
        sodium_memzero(value, sizeof value);
    }
    return x->negative ? -magnitude : magnitude;
}

void tool_total_add(tool_total *total, const tool_decimal *x)
{
    mp_limb_t *side = x->negative ? total->below : total->above;

    mpn_add(side, side, TOOL_TOTAL_LIMBS, x->units, TOOL_DECIMAL_LIMBS);
}

void tool_total_add_square(tool_total *total, const tool_decimal *x)
{
    mp_limb_t square[2 * TOOL_DECIMAL_LIMBS];

    mpn_sqr(square, x->units, TOOL_DECIMAL_LIMBS);
    mpn_add(total->above, total->above, TOOL_TOTAL_LIMBS, square, 2 * TOOL_DECIMAL_LIMBS);
    sodium_memzero(square, sizeof square);
}

int64_t tool_total_scale(const tool_total *total, uint64_t scale)
{
    mp_limb_t difference[TOOL_TOTAL_LIMBS];
    int negative = mpn_cmp(total->above, total->below, TOOL_TOTAL_LIMBS) < 0;
    int64_t magnitude;

    mpn_sub_n(difference, negative ? total->below : total->above, negative ? total->above : total->below,
              TOOL_TOTAL_LIMBS);
    magnitude = divide(difference, scale, 0);
    sodium_memzero(difference, sizeof difference);
    return negative ? -magnitude : magnitude;
}

int64_t tool_total_scale_squares(const tool_total *total, uint64_t scale)
{
    return divide(total->above, scale, 1);
}
