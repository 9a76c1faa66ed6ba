/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bases of the norm proof's integer commitments: hashed from N, so that nobody knows a relation between them.
 *
 *     gamma_i = h2z("fo", i)    gamma_(y,k) = h2z("fo-y", k), k = 1..3    gamma_F = h2z("fo-f", 0)
 *     eta     = the first of h2z("fo-r", 0), h2z("fo-r", 1), ... with Jacobi symbol -1
 *
 * None is squared. Whoever knows a square root g of gamma could commit to half an integer: V = g, x = 1/2, e even.
 */
#ifndef QS_NORM_BASES_H
#define QS_NORM_BASES_H

#include "lib/arith/products.h"
#include "lib/paillier/public_key.h"

#define QS_NORM_SQUARES 3

typedef struct qs_norm_bases {
    const quorsum_public_key *key;
    size_t values; /* n */
    mp_limb_t *block;
    mp_limb_t *gamma_f;         /* Montgomery form in root, as the next two */
    mp_limb_t *gamma_f_inverse;
    mp_limb_t *eta;
} qs_norm_bases;

/* ERR_MODULUS_FACTOR: no base of Jacobi symbol -1 among the first 256, or gamma_F is no unit. ERR_MEMORY. Public. */
quorsum_status qs_norm_bases_init(qs_norm_bases *bases, const quorsum_public_key *key, size_t values);
void qs_norm_bases_clear(qs_norm_bases *bases);

/* gamma_0 .. gamma_(n-1), gamma_(y,1) .. gamma_(y,3), each made when asked for. Lent by `bases`. */
qs_bases qs_norm_bases_all(const qs_norm_bases *bases);

#endif
