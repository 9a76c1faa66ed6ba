/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sieve by construction: small primes l, of each so many slots that enough of them open to something else than 0,
 * and what makes an integer of the residues in the kept ones. All public; made once for a generation.
 */
#ifndef QS_SIFTER_H
#define QS_SIFTER_H

#include <gmp.h>

#include "lib/arith/ring.h"
#include "lib/ceremony/cubic.h"
#include "lib/ceremony/sets.h"
#include "quorsum/status.h"

typedef struct qs_sift_prime {
    uint32_t prime;       /* l, below 4096 */
    uint32_t reciprocal;  /* floor(2^32 / l) */
    uint32_t slots;       /* S, of p and again of q */
    uint32_t least;       /* T mod l */
    uint32_t scale;       /* 4 (M / l) mod l: p = T + 4 sum p_A is T + scale sum c modulo l (candidate.h) */
    uint32_t inverse;     /* 1 / n! mod l, when l > n */
    unsigned parts;       /* residues of a field element: 1, or 3 in GF(l^3), for l <= n: there 1..n collide modulo l */
    qs_cubic field;       /* then */
    unsigned bits;        /* of a residue in a body */
    size_t first;         /* residues of the slots of smaller primes */
    size_t group;         /* of primes that are combined in one limb: number, and the group's product over l */
    mp_limb_t in_group;
    uint64_t fraction;    /* floor(2^QS_SIFT_FRACTION / l) */
} qs_sift_prime;

#define QS_SIFT_FRACTION 54 /* bits of c_l / l in a sum of fewer than 2^10: so many primes are below 4096 */

typedef struct qs_sifter {
    size_t bits;          /* of N */
    const qs_sets *sets;  /* lent */
    size_t wanted;        /* K: candidates at most */
    size_t count;         /* primes */
    qs_sift_prime *prime; /* ascending */
    size_t slots_max;     /* the most slots that one prime has */
    size_t residues;      /* of all slots of all primes, for p or q */
    size_t residue_bits;  /* the same in bits of a body */
    size_t product_max;   /* the largest sum of products in a share of a slot, without reduction, that a set gives */
    mpz_t least;          /* T = 3 2^(k-2) + 3, k = bits / 2 */
    mpz_t product;        /* M */
    size_t limbs;         /* of M */
    size_t groups;
    mp_limb_t *cofactor;  /* M over the product of group g, `limbs` each */
    qs_ring *ring;        /* where N = p q is opened */
    mp_limb_t *inverse;   /* 1 / n! there, Montgomery form */
    struct qs_trial *trial;
} qs_sifter;

/* ERR_RANGE (odd bits; no prime fits, or more and larger ones than are provided for), ERR_MEMORY. */
quorsum_status qs_sifter_new(qs_sifter **out, size_t bits, const qs_sets *sets, size_t wanted);
void qs_sifter_free(qs_sifter *sifter);

/* x mod the prime for any x of 32 bits, constant time. */
static inline uint32_t qs_sift_reduce(uint32_t x, const qs_sift_prime *prime)
{
    uint32_t rest = x - (uint32_t)((uint64_t)x * prime->reciprocal >> 32) * prime->prime;

    rest -= prime->prime; /* the quotient was right or one less: rest was below 2 l */
    return rest + (prime->prime & ((uint32_t)0 - (rest >> 31)));
}

/* What has been opened, and which slots that leaves. Public. which: 0 for p, 1 for q. */
typedef struct qs_kept {
    uint16_t *opened; /* of the slots, in the order of a body */
    uint32_t *slot;   /* number of the c-th kept slot of prime number l: slot[(which * count + l) * wanted + c] */
} qs_kept;

quorsum_status qs_kept_new(qs_kept **out, const qs_sifter *sifter);
void qs_kept_free(qs_kept *kept);

static inline const uint32_t *qs_kept_slots(const qs_sifter *sifter, const qs_kept *kept, unsigned which, size_t prime)
{
    return kept->slot + (which * sifter->count + prime) * sifter->wanted;
}

#endif
