/* SPDX-License-Identifier: Apache-2.0 */
/* The sets of n-t members out of n, and the weights of their keys in a member's share. All public. */
#include "lib/ceremony/sets.h"

#include <stdlib.h>

static size_t binomial(uint32_t n, uint32_t k)
{
    size_t value = 1;

    for (uint32_t i = 1; i <= k; i++)
        value = value * (n - k + i) / i;
    return value;
}

static uint64_t factorial(uint32_t n)
{
    uint64_t value = 1;

    for (uint32_t i = 2; i <= n; i++)
        value *= i;
    return value;
}

/* The mask behind `mask` in lexicographic order of the members: the last member that has room above it moves up one, and
 * those behind it follow closely. */
static uint16_t next_mask(uint16_t mask, uint32_t n)
{
    uint32_t behind = 0; /* members that stand as far up as they can */
    uint32_t i = n;

    while (mask >> (i - 1) & 1) {
        behind++;
        i--;
    }
    while ((mask >> (i - 1) & 1) == 0)
        i--;
    mask = (uint16_t)(mask & ((1u << (i - 1)) - 1));
    return (uint16_t)(mask | ((1u << (behind + 1)) - 1) << i);
}

/* n! f_A(i) = n! prod over j outside A of (j - i) / j: whole, and below 15! C(14,4) < 2^51 for the sets there can be. */
static int64_t weight_of(const qs_sets *sets, uint16_t mask, uint32_t i)
{
    int64_t top = 1;
    int64_t below = 1;

    for (uint32_t j = 1; j <= sets->members; j++) {
        if (mask >> (j - 1) & 1)
            continue;
        top *= (int64_t)j - (int64_t)i;
        below *= (int64_t)j;
    }
    return (int64_t)sets->factorial / below * top; /* n! / prod j is whole: the j are different and at most n */
}

static void fill(qs_sets *sets)
{
    uint16_t mask = (uint16_t)((1u << (sets->members - sets->degree)) - 1);
    size_t held[QS_MEMBERS_MAX] = {0};

    for (size_t a = 0; a < sets->count; a++) {
        sets->mask[a] = mask;
        for (uint32_t i = 1; i <= sets->members; i++) {
            if (!qs_sets_has(sets, a, i))
                continue;
            sets->weight[a * sets->members + i - 1] = weight_of(sets, mask, i);
            sets->mine[(i - 1) * sets->own + held[i - 1]++] = (uint16_t)a;
        }
        if (a + 1 < sets->count)
            mask = next_mask(mask, sets->members);
    }
}

quorsum_status qs_sets_new(qs_sets **out, uint32_t members, uint32_t degree)
{
    qs_sets *sets;

    *out = NULL;
    if (members < 2 || members > QS_MEMBERS_MAX || degree < 1 || degree >= members ||
        binomial(members, degree) > QS_SETS_MAX)
        return QUORSUM_ERR_RANGE;
    sets = calloc(1, sizeof *sets);
    if (sets == NULL)
        return QUORSUM_ERR_MEMORY;
    sets->members = members;
    sets->degree = degree;
    sets->count = binomial(members, degree);
    sets->own = binomial(members - 1, degree);
    sets->factorial = factorial(members);
    sets->mask = calloc(sets->count, sizeof *sets->mask);
    sets->weight = calloc(sets->count * members, sizeof *sets->weight);
    sets->mine = calloc(sets->own * members, sizeof *sets->mine);
    if (sets->mask == NULL || sets->weight == NULL || sets->mine == NULL) {
        qs_sets_free(sets);
        return QUORSUM_ERR_MEMORY;
    }
    fill(sets);
    *out = sets;
    return QUORSUM_OK;
}

void qs_sets_free(qs_sets *sets)
{
    if (sets == NULL)
        return;
    free(sets->mask);
    free(sets->weight);
    free(sets->mine);
    free(sets);
}

uint64_t qs_sets_weight_max(const qs_sets *sets)
{
    uint64_t max = 0;

    for (uint32_t i = 0; i < sets->members; i++) {
        uint64_t sum = 0;

        for (size_t a = 0; a < sets->count; a++) {
            int64_t weight = sets->weight[a * sets->members + i];

            sum += (uint64_t)(weight < 0 ? -weight : weight);
        }
        if (sum > max)
            max = sum;
    }
    return max;
}
