/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replicated sharing among n members (Cramer, Damgard, Ishai, TCC 2005; docs/protocol.md, "Keys without a dealer").
 *
 * Every set A of n-t members has a key k_A that its members know. Integers x_A drawn from it share x = sum x_A without
 * a message, and give member i a share of degree t in any ring where 1..n and their differences are units:
 *
 *     x(i) = sum over sets A with i of x_A f_A(i),     f_A(X) = prod over j outside A of (j - X) / j
 *
 * The sets stand in lexicographic order of their members in ascending order. n! f_A(i) is an integer.
 */
#ifndef QS_SETS_H
#define QS_SETS_H

#include <stddef.h>
#include <stdint.h>

#include "quorsum/status.h"

#define QS_MEMBERS_MAX 15
#define QS_SETS_MAX 1500

typedef struct qs_sets {
    uint32_t members;  /* n */
    uint32_t degree;   /* t = quorum - 1 */
    size_t count;      /* C(n,t) */
    size_t own;        /* C(n-1,t): the sets of one member */
    uint64_t factorial; /* n! */
    uint16_t *mask;    /* of set a, bit i-1: member i belongs to it */
    int64_t *weight;   /* n! f_A(i) at weight[a * n + i - 1]; 0 outside the set */
    uint16_t *mine;    /* the sets of member i, ascending, at mine[(i-1) * own]: the sets it has keys of */
} qs_sets;

/* 2 <= members <= QS_MEMBERS_MAX, 1 <= degree < members, at most QS_SETS_MAX sets: ERR_RANGE otherwise. ERR_MEMORY. */
quorsum_status qs_sets_new(qs_sets **out, uint32_t members, uint32_t degree);
void qs_sets_free(qs_sets *sets);

static inline int qs_sets_has(const qs_sets *sets, size_t set, uint32_t member)
{
    return sets->mask[set] >> (member - 1) & 1;
}

/* The largest sum over A of |n! f_A(i)| of any member i. */
uint64_t qs_sets_weight_max(const qs_sets *sets);

/* One member as far as it knows secrets: oneself, or anybody whose keys have been revealed. Lends all. */
typedef struct qs_party {
    uint32_t index; /* 1..n */
    const qs_sets *sets;
    const uint8_t *key; /* its sets' keys (of the batch under way), 32 bytes each, in the order of mine; secret */
} qs_party;

static inline size_t qs_party_set(const qs_party *party, size_t k) /* the number of its k-th set */
{
    return party->sets->mine[(party->index - 1) * party->sets->own + k];
}

static inline const uint8_t *qs_party_key(const qs_party *party, size_t k)
{
    return party->key + 32 * k;
}

#endif
