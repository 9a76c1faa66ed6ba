/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a private key: for each prime the ring its half of a decryption runs in, and its constants. All in
 * guarded memory. Below, `prime` is one of p and q and `other` the other one, and s the degree.
 *
 * Sealed (lib/base/seal.h, kind "private-key") it is: degree (1 byte), randomiser (1 byte), p, q; the primes big-endian
 * and equally long.
 */
#ifndef QS_PRIVATE_KEY_H
#define QS_PRIVATE_KEY_H

#include "lib/base/secret.h"
#include "lib/paillier/public_key.h"

typedef struct qs_prime_half {
    qs_ring *ring;          /* Z mod prime^(s+1), with lanes where it can have them */
    qs_ring *plain;         /* Z mod prime^s */
    mp_limb_t *exponent;    /* prime - 1 */
    mp_limb_t *weight;      /* what the pieces of a ciphertext count for, ring, Montgomery form: see private_key.c */
    mp_limb_t *unlift;      /* 1/other, plain, Montgomery form */
    mp_limb_t *unscale;     /* 1/(prime - 1), plain, Montgomery form */
    mp_limb_t *coefficient; /* other^(k-1)/k! for k = 2..s, plain, Montgomery form */
} qs_prime_half;

struct quorsum_private_key {
    quorsum_public_key *key;
    qs_prime_half p;
    qs_prime_half q;
    mp_limb_t *unmix; /* q^(-s) modulo p^s, p.plain, Montgomery form */
    mp_limb_t *mix;   /* q^s modulo N^s, key->plain, Montgomery form */
    mp_limb_t *block; /* where all the numbers lie */
};

/* From two different odd primes of one bit length, whose product is an acceptable modulus (options->modulus_bits, if
 * given, is its length): then gcd(pq, (p-1)(q-1)) = 1. ERR_ARGUMENT for others. Constant time in the primes; whether
 * they are prime is the caller's word. */
quorsum_status qs_private_key_from_primes(quorsum_private_key **out, const qs_secret *p, const qs_secret *q,
                                          const quorsum_key_options *options);

#endif
