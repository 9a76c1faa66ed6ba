/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 64 bases of the winner's test (biprime.h) and their powers. They share the modulus, and an exponent goes over all
 * of them, so eight powers go together where the kernel has lanes.
 */
#ifndef QS_CEREMONY_BASES_H
#define QS_CEREMONY_BASES_H

#include "lib/arith/lanes.h"
#include "lib/ceremony/biprime.h"

#define QS_BASES ((size_t)QS_BIPRIME_ROUNDS)
#define QS_BASE_GROUPS (QS_BASES / QS_LANES)

typedef struct qs_base_set { /* zero-initialise */
    const qs_ring *root;
    const qs_lanes *lanes; /* NULL where there are none */
    mp_limb_t *plain;      /* elements; scratch behind them */
    mp_limb_t *block;
    mp_limb_t *groups;     /* aligned in it: Montgomery form, groups of lanes or one after the other */
} qs_base_set;

/* For the generation's key. ERR_MEMORY; to be cleared in any case. */
quorsum_status qs_bases_init(qs_base_set *self, const qs_generation *generation);
void qs_bases_clear(qs_base_set *self);

/* A secret exponent of `bits` bits, or, if that is NULL, a public one. */
typedef struct qs_exponent_of {
    const mp_limb_t *secret;
    size_t bits;
    const mpz_t *open;
} qs_exponent_of;

/* The powers of the eight bases of a group, plain, one element behind the other. scratch: qs_bases_scratch limbs of any
 * alignment, guarded for a secret exponent, in which it is constant time. ERR_MEMORY for a public one. */
quorsum_status qs_bases_raise(const qs_base_set *self, mp_limb_t *out, size_t group, const qs_exponent_of *by,
                              mp_limb_t *scratch);
size_t qs_bases_scratch(const qs_ring *root);

#endif
