/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight residues of a qs_ring at once, one in each 64-bit lane of a vector: batches of the operations of ring.h and
 * exponent.h, where the kernel in use has such vectors. Elements go in and come out as qs_ring has them, canonical, so
 * results are the same bits with and without.
 *
 * Within, a group of eight residues is in lane form (lanes_body.h): digits below 2 n, Montgomery form with
 * R = 2^(52 columns), which is not the R of qs_ring. Groups and scratch begin on multiples of 64 bytes. All is constant
 * time in the residues, unless the name says _vartime.
 */
#ifndef QS_LANES_H
#define QS_LANES_H

#include "lib/arith/lanes_body.h"
#include "lib/arith/ring.h"

struct qs_terms; /* exponent.h */
typedef struct qs_lanes qs_lanes;

/* Lanes over n^digits, n of exactly `bits` bits, by a body. A ring has its own (ring->lanes); tests compare bodies, and
 * a body checks itself before it is chosen. secret: n itself is; all is made in constant time then, and in guarded
 * memory. QUORSUM_OK and NULL where there are none: the body is NULL, or the size does not fit (at most three digits of
 * at most 4156 bits). ERR_MEMORY. */
void qs_lanes_free(qs_lanes *lanes);
quorsum_status qs_lanes_make(qs_lanes **out, const qs_lane_body *body, const mp_limb_t *n, size_t bits,
                             unsigned digits, int secret);

size_t qs_lanes_group(const qs_lanes *lanes);         /* limbs of a group */
size_t qs_lanes_rows(const qs_lanes *lanes);          /* the same in rows of eight */
size_t qs_lanes_spare(const qs_lanes *lanes);         /* bits by which R is longer than n */
size_t qs_lanes_scratch(const qs_lanes *lanes);       /* limbs of scratch for every function here without its own */
size_t qs_lanes_power_scratch(const qs_lanes *lanes); /* for qs_lanes_power and qs_lanes_power_vartime */

/* From so many residues on a group of eight takes less time than one after the other would (across.h): for moduli of
 * 2048 to 4096 bits with one or two digits it takes 4.8 to 6.3 times as long as one, measured on Zen 4. */
#define QS_LANES_WORTH ((size_t)6)

/* Limbs that a caller adds to an allocation of any alignment, and where its first group then begins. */
#define QS_LANES_SLACK ((size_t)8)
mp_limb_t *qs_lanes_align(mp_limb_t *block);

/* Eight places in a vector of elements `stride` limbs apart, from the first of `count` >= 1 on: lanes beyond the last
 * repeat it, so that they do no harm when they are stored, either. */
void qs_lanes_places(mp_limb_t **places, mp_limb_t *first, size_t stride, size_t count);
void qs_lanes_sources(const mp_limb_t **places, const mp_limb_t *first, size_t stride, size_t count);

/* take: wire elements as ring.h has them, plain; the answer says in bit j that lane j's is out of range.
 * load, store: elements as they are. enter: plain residues into Montgomery form; leave: back, which spoils x. */
unsigned qs_lanes_take(const qs_lanes *lanes, mp_limb_t *x, const uint8_t *const *elements, size_t bytes,
                       mp_limb_t *scratch);
void qs_lanes_load(const qs_lanes *lanes, mp_limb_t *x, const mp_limb_t *const *elements, mp_limb_t *scratch);
void qs_lanes_store(const qs_lanes *lanes, mp_limb_t *const *elements, const mp_limb_t *x, mp_limb_t *scratch);
void qs_lanes_enter(const qs_lanes *lanes, mp_limb_t *x, const mp_limb_t *const *elements, mp_limb_t *scratch);
void qs_lanes_leave(const qs_lanes *lanes, mp_limb_t *const *elements, mp_limb_t *x, mp_limb_t *scratch);
/* Digit i of a group as a group for the lanes of n itself, and back. */
void qs_lanes_digit(const qs_lanes *lanes, mp_limb_t *digit, const mp_limb_t *x, unsigned i);
void qs_lanes_put_digit(const qs_lanes *lanes, mp_limb_t *x, unsigned i, const mp_limb_t *digit);
const mp_limb_t *qs_lanes_one(const qs_lanes *lanes);   /* the group of eight ones, Montgomery form */
const mp_limb_t *qs_lanes_radix(const qs_lanes *lanes); /* eight times R, Montgomery form */
const qs_lane_body *qs_lanes_body(const qs_lanes *lanes);

/* x y / R; r may be x or y. scale: of y digit 0 alone counts. */
void qs_lanes_mul(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *scratch);
void qs_lanes_scale(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t *scratch);
void qs_lanes_sqr(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch);

/* R^power, as qs_ring_radix_vartime; power >= 1. */
void qs_lanes_radix_vartime(const qs_lanes *lanes, mp_limb_t *r, uint64_t power, mp_limb_t *scratch);

/* r = x^e in Montgomery form, the same exponent for all lanes. Not in place. The first is as qs_power: constant time,
 * whole tables; the second for a public, non-negative exponent. */
void qs_lanes_power(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *exponent, size_t bits,
                    mp_limb_t *scratch);
void qs_lanes_power_vartime(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *x, const mpz_t exponent,
                            mp_limb_t *scratch);

/* r = prod bases[i]^|exponents[i]| for a few public exponents, Montgomery form: groups side by side. The exponents'
 * signs are the caller's affair. Not in place. ERR_MEMORY. No bases give 1. */
quorsum_status qs_lanes_power_joint_vartime(const qs_lanes *lanes, mp_limb_t *r, const mp_limb_t *bases,
                                            const mpz_t *exponents, size_t count);

/* results[j], plain, is round j of 8 as qs_multiexp_vartime has it, which is made of this. */
quorsum_status qs_lanes_multiexp_vartime(const qs_lanes *lanes, mp_limb_t *const *results, const struct qs_terms *terms,
                                         const quorsum_run *run);

/*
 * Powers of one public base, an exponent a lane: the comb of fixed_base.c with tables for lanes. base: Montgomery form
 * of the ring, which must outlive it. *out NULL where the ring has no lanes.
 */
typedef struct qs_lanes_comb qs_lanes_comb;

quorsum_status qs_lanes_comb_new(qs_lanes_comb **out, const qs_ring *ring, const mp_limb_t *base, size_t bits);
void qs_lanes_comb_free(qs_lanes_comb *comb);
size_t qs_lanes_comb_bytes(const qs_lanes_comb *comb);
size_t qs_lanes_comb_scratch(const qs_lanes_comb *comb); /* limbs, slack included: of any alignment */

/* As qs_fixed_base_blind; and as qs_fixed_base_power, results in the ring's Montgomery form, if factors is NULL. Either
 * way one product leads out of lane form. 1 <= count <= QS_FIXED_GROUP. */
void qs_lanes_comb_power(const qs_lanes_comb *comb, mp_limb_t *const *results, const mp_limb_t *const *factors,
                         const mp_limb_t *const *exponents, size_t count, mp_limb_t *scratch);

#endif
