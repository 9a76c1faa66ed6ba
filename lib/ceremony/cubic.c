/* SPDX-License-Identifier: Apache-2.0 */
/* GF(l^3), public elements. x^3 = a x + b, so x^4 = a x^2 + b x. */
#include "lib/ceremony/cubic.h"

static int has_root(uint32_t prime, uint32_t a, uint32_t b)
{
    for (uint32_t x = 0; x < prime; x++)
        if (x * x * x % prime == (a * x + b) % prime)
            return 1;
    return 0;
}

qs_cubic qs_cubic_of(uint32_t prime)
{
    qs_cubic field = {.prime = prime};

    for (field.a = 0; field.a < prime; field.a++)
        for (field.b = 1; field.b < prime; field.b++)
            if (!has_root(prime, field.a, field.b))
                return field; /* a cubic without a root is irreducible; every l has some */
    return field;
}

qs_cube qs_cubic_point(uint32_t member)
{
    return (qs_cube){{member % 3, member / 3 % 3, member / 9}};
}

qs_cube qs_cubic_multiply_vartime(const qs_cubic *field, qs_cube x, qs_cube y)
{
    uint32_t c[5] = {0};
    qs_cube out;

    for (unsigned i = 0; i < 3; i++)
        for (unsigned j = 0; j < 3; j++)
            c[i + j] += x.at[i] * y.at[j];
    qs_cubic_fold(field, out.at, c);
    for (unsigned i = 0; i < 3; i++)
        out.at[i] %= field->prime;
    return out;
}

static qs_cube subtract(const qs_cubic *field, qs_cube x, qs_cube y)
{
    for (unsigned i = 0; i < 3; i++)
        x.at[i] = (x.at[i] + field->prime - y.at[i]) % field->prime;
    return x;
}

/* 1/x = x^(l^3 - 2) */
static qs_cube invert(const qs_cubic *field, qs_cube x)
{
    uint32_t exponent = field->prime * field->prime * field->prime - 2;
    qs_cube power = {{1, 0, 0}};

    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            power = qs_cubic_multiply_vartime(field, power, x);
        x = qs_cubic_multiply_vartime(field, x, x);
    }
    return power;
}

qs_cube qs_cubic_weight(const qs_cubic *field, const qs_sets *sets, size_t set, uint32_t member)
{
    qs_cube top = {{1, 0, 0}};
    qs_cube below = top;

    for (uint32_t j = 1; j <= sets->members; j++) {
        if (qs_sets_has(sets, set, j))
            continue;
        top = qs_cubic_multiply_vartime(field, top, subtract(field, qs_cubic_point(j), qs_cubic_point(member)));
        below = qs_cubic_multiply_vartime(field, below, qs_cubic_point(j));
    }
    return qs_cubic_multiply_vartime(field, top, invert(field, below));
}

qs_cube qs_cubic_lagrange(const qs_cubic *field, uint32_t degree, uint32_t j, uint32_t at)
{
    qs_cube top = {{1, 0, 0}};
    qs_cube below = top;

    for (uint32_t m = 1; m <= degree + 1; m++) {
        if (m == j)
            continue;
        top = qs_cubic_multiply_vartime(field, top, subtract(field, qs_cubic_point(at), qs_cubic_point(m)));
        below = qs_cubic_multiply_vartime(field, below, subtract(field, qs_cubic_point(j), qs_cubic_point(m)));
    }
    return qs_cubic_multiply_vartime(field, top, invert(field, below));
}
