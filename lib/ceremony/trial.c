/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primorial P has a million and a half bits for primes up to 2^20: dividing it by every number would take longer
 * than all else. So numbers are multiplied up in pairs, P is reduced modulo the product of a group, and the remainder
 * goes down the tree of products again (Bernstein's remainder tree), all of it in GMP's fast products and divisions. In
 * the end gcd(P mod N, N) tells.
 */
#include "lib/ceremony/trial.h"

#include <stdlib.h>

#include "lib/arith/sieve.h"

/* Leaves of one tree. The first division costs about as much for 128 numbers as for one. */
#define GROUP 128
#define LEVELS 8

struct qs_trial {
    mpz_t primorial;
};

/* The product of prime[0..count). */
static void multiply(mpz_t out, const qs_small_prime *prime, size_t count)
{
    mpz_t upper;

    if (count <= 16) {
        mpz_set_ui(out, 1);
        for (size_t i = 0; i < count; i++)
            mpz_mul_ui(out, out, prime[i].prime);
        return;
    }
    mpz_init(upper);
    multiply(out, prime, count / 2);
    multiply(upper, prime + count / 2, count - count / 2);
    mpz_mul(out, out, upper);
    mpz_clear(upper);
}

quorsum_status qs_trial_new(qs_trial **out, uint32_t limit)
{
    qs_trial *trial = malloc(sizeof *trial);
    size_t count = 0;
    qs_small_prime *prime = qs_small_primes(limit, &count);

    *out = NULL;
    if (trial == NULL || prime == NULL) {
        free(trial);
        free(prime);
        return QUORSUM_ERR_MEMORY;
    }
    mpz_init(trial->primorial);
    multiply(trial->primorial, prime, count);
    free(prime);
    *out = trial;
    return QUORSUM_OK;
}

void qs_trial_free(qs_trial *trial)
{
    if (trial == NULL)
        return;
    mpz_clear(trial->primorial);
    free(trial);
}

/* ---- a tree for up to GROUP numbers: level 0 has the numbers themselves ---- */

struct tree {
    mpz_t node[LEVELS][GROUP];
    size_t width[LEVELS];
    size_t levels;
};

static void grow(struct tree *tree, mpz_t *number, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mpz_init_set(tree->node[0][i], number[i]);
        if (mpz_sgn(number[i]) <= 0)
            mpz_set_ui(tree->node[0][i], 1);
    }
    tree->width[0] = count;
    tree->levels = 1;
    while (tree->width[tree->levels - 1] > 1) {
        mpz_t *below = tree->node[tree->levels - 1];
        size_t width = tree->width[tree->levels - 1];

        for (size_t i = 0; i < (width + 1) / 2; i++) {
            mpz_init_set(tree->node[tree->levels][i], below[2 * i]);
            if (2 * i + 1 < width)
                mpz_mul(tree->node[tree->levels][i], below[2 * i], below[2 * i + 1]);
        }
        tree->width[tree->levels++] = (width + 1) / 2;
    }
}

/* Every node becomes the primorial modulo itself, from the root down to level 1. */
static void descend(struct tree *tree, const mpz_t primorial)
{
    mpz_mod(tree->node[tree->levels - 1][0], primorial, tree->node[tree->levels - 1][0]);
    for (size_t level = tree->levels - 1; level-- > 1;)
        for (size_t i = 0; i < tree->width[level]; i++)
            mpz_mod(tree->node[level][i], tree->node[level + 1][i / 2], tree->node[level][i]);
}

static void clear(struct tree *tree)
{
    for (size_t level = 0; level < tree->levels; level++)
        for (size_t i = 0; i < tree->width[level]; i++)
            mpz_clear(tree->node[level][i]);
}

struct division {
    const qs_trial *trial;
    uint8_t *passed;
    mpz_t *number;
};

static quorsum_status divide(void *context, unsigned worker, size_t begin, size_t end)
{
    struct division *self = context;
    struct tree *tree = malloc(sizeof *tree);
    mpz_t rest;

    (void)worker;
    if (tree == NULL)
        return QUORSUM_ERR_MEMORY;
    mpz_init(rest);
    grow(tree, self->number + begin, end - begin);
    if (tree->levels > 1)
        descend(tree, self->trial->primorial);
    for (size_t i = begin; i < end; i++) {
        mpz_srcptr above = tree->levels > 1 ? tree->node[1][(i - begin) / 2] : self->trial->primorial;

        mpz_mod(rest, above, tree->node[0][i - begin]);
        mpz_gcd(rest, rest, tree->node[0][i - begin]);
        self->passed[i] = mpz_sgn(self->number[i]) > 0 && mpz_cmp_ui(rest, 1) == 0;
    }
    clear(tree);
    mpz_clear(rest);
    free(tree);
    return QUORSUM_OK;
}

quorsum_status qs_trial_divide(const qs_trial *trial, uint8_t *passed, mpz_t *number, size_t count,
                               const quorsum_run *run)
{
    struct division division = {.trial = trial, .passed = passed, .number = number};

    return qs_parallel(run, count, GROUP, divide, &division);
}
