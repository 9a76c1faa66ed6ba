/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sieve by construction: small primes l, of each so many slots that enough of them open to something else than 0, and
 * what makes an integer of the residues in the kept ones. All public; made once for a generation.
 */
#ifndef QS_SIFTER_H
#define QS_SIFTER_H

#include <gmp.h>

#include "lib/arith/ring.h"
#include "lib/ceremony/sets.h"
#include "quorsum/status.h"

/* l <= n: the points 1..n collide modulo l, so shares are in GF(l^3), three residues each. */
typedef struct qs_sift_prime {
    uint32_t prime;
    uint32_t reciprocal;  /* floor(2^32 / prime) */
    uint32_t slots;       /* S */
    unsigned bits;        /* of a residue in a body */
    unsigned parts;       /* residues of a field element: 1, or 3 */
    uint32_t least;       /* T mod l */
    uint32_t group;       /* which of the sifter's groups it belongs to */
    mp_limb_t in_group;   /* the group's product over l */
    uint64_t fraction;    /* floor(2^QS_SIFT_FRACTION / l) */
    size_t first;         /* the place of its first slot among all slots' residues (parts each) */
} qs_sift_prime;

#define QS_SIFT_FRACTION 54 /* bits; sums of c_l / l are below 2^10 */
#define QS_SIFT_PRIMES_MAX 1024

typedef struct qs_sifter {
    size_t count;         /* primes */
    qs_sift_prime *prime; /* ascending */
    uint32_t bound;       /* B */
    size_t residues;      /* of all slots of all primes, for p or q */
    size_t bits;          /* of them in a body */
    size_t slots_max;     /* of one prime */
    mpz_t least;          /* T = 3 2^(k-2) + 3 */
    mpz_t product;        /* M */
    size_t limbs;         /* of M */
    mp_limb_t *modulus;   /* M in limbs */
    size_t groups;        /* of primes whose product, times their number, fits a limb */
    mp_limb_t *cofactor;  /* M over the product of group g, `limbs` each */
    qs_ring *ring;        /* where N = p q is opened */
    mp_limb_t *inverse;   /* 1 / n! there, Montgomery form */
    struct qs_trial *trial;
} qs_sifter;

/* ERR_RANGE (no prime fits), ERR_MEMORY. */
quorsum_status qs_sifter_new(qs_sifter **out, size_t bits, const qs_sets *sets, size_t batch_candidates);
void qs_sifter_free(qs_sifter *sifter);

/* x mod the prime for any x of 32 bits, constant time. */
static inline uint32_t qs_sift_reduce(uint32_t x, const qs_sift_prime *prime)
{
    uint32_t rest = x - (uint32_t)((uint64_t)x * prime->reciprocal >> 32) * prime->prime;

    rest -= prime->prime; /* the quotient was right or one less: rest was below 2 l */
    return rest + (prime->prime & ((uint32_t)0 - (rest >> 31)));
}

#endif
