/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a secret that is shared by sets to the shares and verification keys of a key record, without a message: what a
 * generation and a hand-over end with (docs/protocol.md, "Keys without a dealer").
 *
 * D = delta + sum over sets A of R_A, delta public, R_A below 2^mask_bits from the set's key. With Delta = n! and the
 * whole numbers Delta f_A(i) of sets.h,
 *
 *     S_i = Delta delta + sum over A with i of R_A (Delta f_A(i)) + i 2^w            a polynomial of degree t over Z,
 *     v_i = v^(Delta delta + i 2^w) prod V_A^(Delta f_A(i)),   V_A = v^(R_A)         F(0) = Delta D
 *
 * and (v^delta prod V_A)^(N^s) = v^theta shows D N^s = theta. i 2^w makes every S_i positive and is 0 at 0; w comes
 * from public sizes: |delta| < (C + 1) 2^mask_bits, C the number of sets, so |S_i - i 2^w| < 2^w by
 *
 *     w = bit length of (Delta (C + 1) + weight_max) 2^mask_bits
 */
#ifndef QS_SHARES_H
#define QS_SHARES_H

#include "lib/ceremony/sets.h"
#include "lib/threshold/key_record.h"

#define QS_MASK_LABEL "R" /* the stream that R_A comes from, index 0 */

typedef struct qs_widths {
    size_t secret_bits; /* |D| < 2^secret_bits */
    size_t mask_bits;   /* R_A < 2^mask_bits = 2^(secret_bits + 128): what hides D in delta */
    size_t shift;       /* w */
    size_t share_bits;  /* 0 < S_i < (n+1) 2^w, which has so many bits */
} qs_widths;

/* secret_bits of a new key: bits + 128 + ceil(log2 C) + s. */
size_t qs_generation_secret_bits(size_t bits, unsigned degree, const qs_sets *sets);
qs_widths qs_widths_of(const qs_sets *sets, size_t secret_bits);

static inline size_t qs_limbs_of(size_t bits)
{
    return (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
}

/* ceil(log2 count), count >= 1. */
size_t qs_ceil_log2(size_t count);

/* S_i from the keys of the party's sets; |delta| < (C + 1) 2^mask_bits. The share's key digest is the caller's to set.
 * Constant time in the keys. ERR_MEMORY. */
quorsum_status qs_share_of(quorsum_key_share **out, const qs_party *party, const qs_widths *widths, const mpz_t delta);

/* V_A = v^(R_A) of the party's own sets, in their order: plain form in key->root, root->limbs apart. Constant time in
 * the keys. ERR_MEMORY, ERR_CANCELLED. */
quorsum_status qs_set_keys_of(mp_limb_t *out, const quorsum_public_key *key, const qs_party *party, size_t mask_bits,
                              const quorsum_run *run);

/* The same for exponents that the caller has (guarded): out[k] = v^(exponent k), `count` exponents of `bits` bits,
 * qs_limbs_of(bits) limbs each, side by side. */
quorsum_status qs_set_powers(mp_limb_t *out, const quorsum_public_key *key, const mp_limb_t *exponents, size_t bits,
                             size_t count, const quorsum_run *run);

/* Whether all words are units below N, root->limbs apart. ERR_MEMORY. */
quorsum_status qs_set_keys_units_vartime(int *units, const quorsum_public_key *key, const mp_limb_t *words,
                                         size_t count);

/* (v^delta prod V_A)^(N^s) = v^theta, set_keys being the V_A of all `count` sets, units. ERR_MEMORY, ERR_NOT_UNIT. */
quorsum_status qs_set_keys_check_vartime(int *holds, const quorsum_public_key *key, const mp_limb_t *set_keys,
                                         size_t count, const mpz_t delta, const mpz_t theta);

/* v_1..v_n into verify, root->limbs apart. ERR_MEMORY, ERR_CANCELLED, ERR_NOT_UNIT. */
quorsum_status qs_verify_keys_vartime(mp_limb_t *verify, const quorsum_public_key *key, const qs_sets *sets,
                                      const qs_widths *widths, const mp_limb_t *set_keys, const mpz_t delta,
                                      const quorsum_run *run);

/* Parts with all that follows from the above: theta, widths, verify, roster (not NULL). Origin "ceremony"; no proofs,
 * no certificate, no transcript, epoch 0. ERR_MEMORY. */
quorsum_status qs_parts_of(qs_key_parts *parts, const quorsum_public_key *key, const qs_sets *sets,
                           const qs_widths *widths, const mpz_t theta, const mp_limb_t *verify, const uint8_t *roster);

#endif
