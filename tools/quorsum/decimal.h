/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decimal numbers as people write them, exactly: 0.006399 is 6399 / 10^6 here and no nearest double. A number is
 * held in units of 10^-38; digits behind the 38th place are rounded away, half to even. The locale plays no part.
 */
#ifndef TOOL_DECIMAL_H
#define TOOL_DECIMAL_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

#define TOOL_DECIMAL_PLACES 38
#define TOOL_DECIMAL_LIMBS 4 /* |x| < 10^38, so |x| 10^38 < 10^76 < 2^253 */
#define TOOL_TOTAL_LIMBS 10  /* 2^64 squares of these: below 2^(506 + 64) */

_Static_assert(GMP_LIMB_BITS == 64, "the widths above are counted in limbs of 64 bits");

typedef enum tool_decimal_kind {
    TOOL_DECIMAL_FINITE,
    TOOL_DECIMAL_EMPTY,    /* nothing but spaces */
    TOOL_DECIMAL_NAN,      /* "nan" in any case, signed or not */
    TOOL_DECIMAL_INFINITE, /* "inf" or "infinity" likewise */
    TOOL_DECIMAL_TEXT      /* anything else */
} tool_decimal_kind;

typedef struct tool_decimal {
    mp_limb_t units[TOOL_DECIMAL_LIMBS]; /* |x| 10^38 */
    int negative;
    int huge; /* |x| >= 10^38: beyond every field's range; units are 0 */
} tool_decimal;

/* [+-] digits [. digits] [e [+-] digits], spaces and tabs around it; out is set only for TOOL_DECIMAL_FINITE. */
tool_decimal_kind tool_decimal_parse(tool_decimal *out, const char *text, size_t len);

/* round(x * scale), half to even; INT64_MAX or -INT64_MAX where it would be beyond that. */
int64_t tool_decimal_scale(const tool_decimal *x, uint64_t scale);

/* Exact sums of up to 2^64 numbers that are not huge, or of their squares. Zero-initialise; holds what it sums. */
typedef struct tool_total {
    mp_limb_t above[TOOL_TOTAL_LIMBS]; /* of the positive ones */
    mp_limb_t below[TOOL_TOTAL_LIMBS]; /* of the negative ones' magnitudes */
} tool_total;

void tool_total_add(tool_total *total, const tool_decimal *x);
void tool_total_add_square(tool_total *total, const tool_decimal *x);
/* round(total * scale), half to even, the only rounding there is; saturating as tool_decimal_scale. */
int64_t tool_total_scale(const tool_total *total, uint64_t scale);
int64_t tool_total_scale_squares(const tool_total *total, uint64_t scale);

#endif
