/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a public key: the three rings its numbers live in, and the maps between them.
 *
 *     ring   Z mod N^(s+1)   ciphertexts            root   Z mod N   randomisers and partial decryptions
 *     plain  Z mod N^s       plaintexts and responses z
 *
 *     (1+N)^m = sum_k C(m,k) N^k mod N^(s+1), no exponentiation; for s = 1: digits (1, m)
 */
#ifndef QS_PUBLIC_KEY_H
#define QS_PUBLIC_KEY_H

#include <stdatomic.h>

#include "lib/arith/fixed_base.h"
#include "lib/arith/lanes.h"
#include "lib/arith/ring.h"
#include "lib/base/secret.h"
#include "lib/base/transcript.h"
#include "quorsum/ciphertexts.h"

#define QS_MODULUS_BITS_DEFAULT 3072
#define QS_DEGREE_MAX 4
#define QS_ALPHA_SHORT 384
#define QS_SLACK 128 /* sigma */
#define QS_COUNT_MAX ((size_t)1 << 26) /* elements of a vector */

struct quorsum_public_key {
    atomic_uint references; /* objects hold a key with qs_public_key_hold: none depends on the caller's staying alive */
    unsigned degree;
    quorsum_randomiser randomiser;
    size_t alpha_bits;
    qs_ring *ring;
    qs_ring *root;
    qs_ring *plain;
    mpz_t n;
    mpz_t ns;               /* N^s */
    mp_limb_t *h;           /* HashToZ(N, "h")^2 mod N, plain form in root */
    mp_limb_t *h_s;         /* h^(N^s) mod N^(s+1), Montgomery form in ring */
    _Atomic(mp_limb_t *) steps; /* see qs_public_key_steps; NULL until somebody asks */
    mp_limb_t *binomial;    /* 1/k! for k = 2..s, plain ring, Montgomery form; NULL for s = 1 */
    uint8_t digest[QUORSUM_DIGEST_BYTES];
};

struct quorsum_plaintexts {
    quorsum_public_key *key;
    size_t count;
    mp_limb_t *value; /* guarded; plain form in key->plain, plain->width limbs each */
};

struct quorsum_ciphertexts {
    quorsum_public_key *key;
    size_t count;
    mp_limb_t *value; /* plain form in key->ring, ring->width limbs each */
};

struct quorsum_encryptor {
    quorsum_public_key *key;
    _Atomic(qs_fixed_base *) table; /* of h_s; NULL until qs_encryptor_ready has built it */
    _Atomic(qs_fixed_base *) masks; /* the same for longer exponents; NULL until qs_masks_ready has built it */
    size_t alpha_bits;
    struct qs_pool *pool; /* randomisers made ahead of time */
};

quorsum_public_key *qs_public_key_hold(const quorsum_public_key *key);
int qs_public_key_same(const quorsum_public_key *a, const quorsum_public_key *b); /* by digest */

/* h_s^(-2^(128 k)) for k < qs_public_key_step_count(key), plain form in ring, side by side: with them h_s^(-w), w
 * public and of at most alpha_bits + 384 bits, is a product of powers by 128 bits each. Made when first asked for, by
 * whichever thread comes first; they belong to the key. NULL: no memory. */
size_t qs_public_key_step_count(const quorsum_public_key *key);
const mp_limb_t *qs_public_key_steps(const quorsum_public_key *key);

/* Sizes a key may have in this build; and options with their defaults filled in, except for the bits (ERR_ARGUMENT). */
int qs_modulus_bits_allowed(size_t bits);
quorsum_status qs_key_options_complete(quorsum_key_options *out, const quorsum_key_options *options);

/* HashToZ(N, label, index): a public integer below N, |N|+128 hashed bits reduced; plain form in root. */
void qs_hash_to_residue(const quorsum_public_key *key, const char *label, uint64_t index, mp_limb_t *out);
/* The same modulo another public modulus; and its last step alone: |n|+128 bits expanded from a seed, modulo n. */
void qs_hash_to_ring(const qs_ring *root, const char *label, uint64_t index, mp_limb_t *out);
void qs_seed_to_ring(const qs_ring *root, const uint8_t seed[QS_SEED_BYTES], mp_limb_t *out);

/* out (ring, plain form) = (1+N)^m, m in plain, plain form. Constant time. Scratch: qs_lift_scratch limbs. */
size_t qs_lift_scratch(const quorsum_public_key *key);
void qs_lift(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *m, mp_limb_t *scratch);

/* The inverse: m from a = (1+N)^m; a's digit 0 must be 1 (-1 if not). Public data. (Damgard-Jurik 2001, theorem 1:
 * here as s rounds of m <- (a-1)/N - sum_{k=2..s} C(m,k) N^(k-1), each round making one more digit right.) */
int qs_discrete_log_vartime(const quorsum_public_key *key, mp_limb_t *m, const mp_limb_t *a);

/* r^(N^s) for a public r: digit form in ring from a plain root element. The completion, and half of a re-encryption. */
quorsum_status qs_randomiser_vartime(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *r);
/* The same for several neighbours, each 0 < r < N: together where the kernel has lanes for it. A loop hands them out in
 * blocks of qs_randomisers_block(key) and no more. */
size_t qs_randomisers_block(const quorsum_public_key *key);
quorsum_status qs_randomisers_vartime(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *r, size_t count);

/* An empty vector of `count` elements (values uninitialised, for the library to fill). ERR_LIMIT above QS_COUNT_MAX. */
quorsum_status qs_ciphertexts_new(quorsum_ciphertexts **out, const quorsum_public_key *key, size_t count);
/* Elements begin .. begin+count-1 as a vector of their own: lent by `whole`, and not to be freed. */
quorsum_ciphertexts qs_ciphertexts_range(const quorsum_ciphertexts *whole, size_t begin, size_t count);

/* Encrypts and keeps the randomness for a proof: alpha gets count * alpha_limbs limbs (guarded, from qs_secret_init by
 * the callee), each below 2^alpha_bits. */
quorsum_status qs_encrypt_keep(quorsum_ciphertexts **out, qs_secret *alpha, const quorsum_encryptor *encryptor,
                               const quorsum_plaintexts *plaintexts, const quorsum_run *run);
size_t qs_alpha_limbs(const quorsum_public_key *key);

/* Masked exponents: results[j] = factors[j] h_s^(exponents[j]) as qs_fixed_base_blind has it, exponents of
 * alpha_bits + QS_MASK_BITS bits in qs_mask_limbs limbs. The table for it is built when a proof first asks for it. */
#define QS_MASK_BITS (2 * QS_SLACK + 32)
size_t qs_mask_limbs(const quorsum_public_key *key);
quorsum_status qs_masks_ready(const quorsum_encryptor *encryptor, const quorsum_run *run);
size_t qs_mask_scratch(const quorsum_encryptor *encryptor); /* once they are ready */
void qs_mask_blind(const quorsum_encryptor *encryptor, mp_limb_t *const *results, const mp_limb_t *const *factors,
                   const mp_limb_t *const *exponents, size_t count, mp_limb_t *scratch);

/* Validates `count` wire ciphertexts without keeping them (streaming): digits < N, units. As decode. */
quorsum_status qs_ciphertexts_validate(const quorsum_public_key *key, const uint8_t *in, size_t count, size_t *index,
                                       const quorsum_run *run);

#endif
