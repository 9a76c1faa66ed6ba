/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Field descriptions and fixed point.
 *
 * A number becomes an integer exactly: a double is m 2^e with |m| < 2^53 and the scale is at most 2^53, so m * scale
 * fits 128 bits and the only rounding is the one that is asked for. Time depends on the numbers here: a contributor
 * converts its own data on its own machine, and what leaves it leaves through constant-time code.
 */
#include "lib/encode/fields.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/cbor.h"
#include "lib/base/invariant.h"

#define SCALE_MAX ((uint64_t)1 << 53)
#define BITS_MAX 62u

typedef unsigned __int128 u128;

/* ---- what a field may be ---- */

/* A name is what the wire's text is, so the writer of text decides: UTF-8 without NUL. */
static quorsum_status check_text(const char *text)
{
    qs_buffer buffer = {0};
    quorsum_status status = QUORSUM_ERR_FIELDS;

    if (strnlen(text, QS_NAME_MAX + 1) <= QS_NAME_MAX) {
        qs_cbor_put_text(&buffer, text);
        status = buffer.status == QUORSUM_ERR_ARGUMENT ? QUORSUM_ERR_FIELDS : buffer.status;
    }
    qs_buffer_free(&buffer);
    return status;
}

static int numbers_are_valid(const quorsum_field *field)
{
    int reduces = field->reduce != QUORSUM_REDUCE_NONE;

    return field->count >= 1 && field->count <= QS_VALUES_MAX && field->bits >= 1 && field->bits <= BITS_MAX
           && (field->is_signed == 0 || field->is_signed == 1) && field->scale >= 1 && field->scale <= SCALE_MAX
           && (unsigned)field->reduce <= (unsigned)QUORSUM_REDUCE_SUM_SQUARES && !(reduces && field->count != 1);
}

struct named {
    const char *name;
    size_t index;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a;
    const struct named *y = b;
    int order = strcmp(x->name, y->name);

    if (order == 0)
        order = x->index < y->index ? -1 : 1;
    return order;
}

/* *index: the first that has the name of an earlier one. Sorted, so that a long list costs n log n. */
static quorsum_status check_different(struct named *names, size_t count, size_t *index)
{
    quorsum_status status = QUORSUM_OK;

    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(names[i - 1].name, names[i].name) != 0)
            continue;
        *index = status == QUORSUM_OK || names[i].index < *index ? names[i].index : *index;
        status = QUORSUM_ERR_FIELDS;
    }
    return status;
}

static int choice_is_valid(const quorsum_field *field)
{
    if (field->options == NULL)
        return field->choose_min == 0 && field->choose_max == 0;
    return field->count <= QS_OPTIONS_MAX && field->bits == 1 && !field->is_signed && field->scale == 1
           && field->clip == 0 && field->reduce == QUORSUM_REDUCE_NONE && field->choose_min <= field->choose_max
           && field->choose_max >= 1 && field->choose_max <= field->count;
}

static quorsum_status check_options(const quorsum_field *field)
{
    struct named names[QS_OPTIONS_MAX]; /* 64 KiB */
    quorsum_status status = QUORSUM_OK;
    size_t twice = 0;

    for (uint32_t i = 0; i < field->count && status == QUORSUM_OK; i++) {
        const char *name = field->options[i];

        status = name == NULL || name[0] == '\0' ? QUORSUM_ERR_FIELDS : check_text(name);
        names[i] = (struct named){name, i};
    }
    return status == QUORSUM_OK ? check_different(names, field->count, &twice) : status;
}

quorsum_status qs_field_check(const quorsum_field *field)
{
    quorsum_status status = QUORSUM_OK;

    if (field == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (field->name == NULL || field->name[0] == '\0' || !numbers_are_valid(field)
        || !choice_is_valid(field))
        status = QUORSUM_ERR_FIELDS;
    if (status == QUORSUM_OK)
        status = check_text(field->name);
    if (status == QUORSUM_OK && field->column != NULL)
        status = check_text(field->column);
    if (status == QUORSUM_OK && field->options != NULL)
        status = check_options(field);
    return status;
}

static quorsum_status check_unique(const quorsum_field *fields, size_t count, size_t *index)
{
    struct named *names = calloc(count, sizeof *names);
    quorsum_status status;

    if (names == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        names[i] = (struct named){fields[i].name, i};
    status = check_different(names, count, index);
    free(names);
    return status;
}

quorsum_status qs_fields_check(const quorsum_field *fields, size_t count, size_t *index)
{
    quorsum_status status = count > 0 ? QUORSUM_OK : QUORSUM_ERR_FIELDS;
    size_t values = 0;

    *index = 0;
    if (count > QS_VALUES_MAX)
        return QUORSUM_ERR_LIMIT;
    for (size_t i = 0; i < count && status == QUORSUM_OK; i++) {
        *index = i;
        status = qs_field_check(&fields[i]);
        if (status == QUORSUM_OK && fields[i].count > QS_VALUES_MAX - values)
            status = QUORSUM_ERR_LIMIT;
        values += status == QUORSUM_OK ? fields[i].count : 0;
    }
    if (status == QUORSUM_OK)
        status = check_unique(fields, count, index);
    return status;
}

static const char *put_text(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *start = *at;

    memcpy(start, text, size);
    *at += size;
    return start;
}

static const char *column_of(const quorsum_field *field)
{
    return field->column != NULL ? field->column : "";
}

static size_t options_of(const quorsum_field *field)
{
    return field->options != NULL ? field->count : 0;
}

static size_t text_size(const quorsum_field *field)
{
    size_t bytes = strlen(field->name) + strlen(column_of(field)) + 2;

    for (size_t i = 0; i < options_of(field); i++)
        bytes += strlen(field->options[i]) + 1;
    return bytes;
}

/* One block: the fields, the pointers to their options, all text. */
quorsum_field *qs_fields_copy(const quorsum_field *fields, size_t count)
{
    size_t bytes = count * sizeof *fields; /* count <= 2^26: no overflow here or in the sum */
    size_t pointers = 0;
    quorsum_field *copy;
    const char **option;
    char *text;

    for (size_t i = 0; i < count; i++) {
        bytes += text_size(&fields[i]) + options_of(&fields[i]) * sizeof *option;
        pointers += options_of(&fields[i]);
    }
    copy = malloc(bytes);
    if (copy == NULL)
        return NULL;
    option = (const char **)(copy + count);
    text = (char *)(option + pointers);
    for (size_t i = 0; i < count; i++) {
        copy[i] = fields[i];
        copy[i].name = put_text(&text, fields[i].name);
        copy[i].column = put_text(&text, column_of(&fields[i]));
        copy[i].options = options_of(&fields[i]) > 0 ? option : NULL;
        for (size_t j = 0; j < options_of(&fields[i]); j++)
            *option++ = put_text(&text, fields[i].options[j]);
    }
    return copy;
}

/* ---- ranges ---- */

void qs_field_range(const quorsum_field *field, int64_t *low, int64_t *high)
{
    uint64_t clip = field->clip;

    *high = (int64_t)(((uint64_t)1 << (field->is_signed ? field->bits - 1 : field->bits)) - 1);
    *low = field->is_signed ? -*high - 1 : 0;
    if (clip > 0 && clip < (uint64_t)*high)
        *high = (int64_t)clip;
    if (clip > 0 && *low < 0 && clip < (uint64_t)-*low)
        *low = -(int64_t)clip;
}

uint64_t qs_field_bound(const quorsum_field *field)
{
    int64_t low;
    int64_t high;

    qs_field_range(field, &low, &high);
    return -low > high ? (uint64_t)-low : (uint64_t)high; /* low >= -2^61 */
}

/* ---- fixed point ---- */

int64_t quorsum_field_clip(const quorsum_field *field, int64_t value, int *clipped)
{
    int64_t low;
    int64_t high;
    int64_t inside = value;

    qs_field_range(field, &low, &high);
    if (value < low)
        inside = low;
    if (value > high)
        inside = high;
    if (clipped != NULL)
        *clipped = inside != value;
    return inside;
}

/* A double's bits: number = +-mantissa * 2^exponent. Not with frexp, which would want the mathematics library. */
static void split(double number, int *negative, uint64_t *mantissa, int *exponent)
{
    uint64_t bits;
    unsigned biased;

    memcpy(&bits, &number, sizeof bits);
    biased = (unsigned)(bits >> 52) & 0x7ff;
    *negative = (int)(bits >> 63);
    *mantissa = bits & (((uint64_t)1 << 52) - 1);
    if (biased > 0)
        *mantissa |= (uint64_t)1 << 52;
    else
        biased = 1; /* subnormal: no hidden bit, the exponent of the smallest normal */
    *exponent = (int)biased - 1075;
}

/* round(product * 2^exponent), half to even, for product < 2^107; anything of 2^63 or more is INT64_MAX, which is
 * outside every field's range and so ends as clipped. */
static int64_t round_scaled(u128 product, int exponent)
{
    u128 value = 0;

    if (product != 0 && exponent >= 63)
        value = (u128)INT64_MAX;
    else if (exponent >= 0)
        value = product > ((u128)INT64_MAX >> exponent) ? (u128)INT64_MAX : product << exponent;
    else if (exponent >= -108) { /* below that the number is under 1/2 */
        u128 unit = (u128)1 << -exponent;
        u128 rest = product & (unit - 1);
        u128 half = unit >> 1;

        value = product >> -exponent;
        value += rest > half || (rest == half && (value & 1) != 0);
    }
    return value > (u128)INT64_MAX ? INT64_MAX : (int64_t)value;
}

quorsum_status quorsum_field_quantise(const quorsum_field *field, double number, int64_t *out, int *clipped)
{
    uint64_t mantissa;
    int exponent;
    int negative;
    int64_t value;

    if (out != NULL)
        *out = 0;
    if (clipped != NULL)
        *clipped = 0;
    if (field == NULL || out == NULL || field->scale > SCALE_MAX || field->bits < 1 || field->bits > BITS_MAX)
        return QUORSUM_ERR_ARGUMENT;
    if (!(number - number == 0)) /* NaN for NaN and for the infinities */
        return QUORSUM_ERR_NOT_A_NUMBER;
    split(number, &negative, &mantissa, &exponent);
    value = round_scaled((u128)mantissa * field->scale, exponent);
    *out = quorsum_field_clip(field, negative ? -value : value, clipped);
    return QUORSUM_OK;
}

/* The bits of a whole number in 1..2^127. */
static int bit_length(u128 value)
{
    uint64_t high = (uint64_t)(value >> 64);

    return high != 0 ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)value | 1);
}

/*
 * The double nearest to value / scale, half to even. The numerator is shifted up so that the quotient has 72 bits or
 * more, and then brought down to 64 with a last bit that says whether anything non-zero was cut off: rounding
 * those 64 bits to 53 is rounding the exact quotient.
 */
double quorsum_field_number(const quorsum_field *field, int64_t value)
{
    uint64_t magnitude = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    u128 quotient;
    u128 rest;
    double number;
    int shift;
    int drop;

    if (value == 0 || field->scale == 0)
        return 0.0;
    shift = 127 - bit_length(magnitude); /* 63..126 */
    quotient = ((u128)magnitude << shift) / field->scale;
    rest = ((u128)magnitude << shift) % field->scale;
    drop = bit_length(quotient) - 64;
    QS_INVARIANT(drop > 0); /* 2^126 / 2^53 = 2^73 */
    rest |= quotient & (((u128)1 << drop) - 1);
    number = (double)((uint64_t)(quotient >> drop) | (uint64_t)(rest != 0));
    for (int i = shift - drop; i > 0; i--)
        number *= 0.5; /* exact: the result is at least 2^-53 */
    for (int i = shift - drop; i < 0; i++)
        number *= 2.0;
    return value < 0 ? -number : number;
}
