/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secret integers with a sign, at a public width: two's complement in `limbs` limbs, zeroed memory is 0. On the wire a
 * sign byte (1: negative) and the magnitude, big-endian at a fixed length; 0 is not negative.
 */
#ifndef QS_SIGNED_H
#define QS_SIGNED_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

/* sum += x factor, modulo 2^(64 limbs); x is secret and not negative, factor public and not 0. scratch:
 * qs_signed_scratch limbs. */
size_t qs_signed_scratch(size_t x_limbs, const mpz_t factor);
void qs_signed_add_product(mp_limb_t *sum, size_t limbs, const mp_limb_t *x, size_t x_limbs, const mpz_t factor,
                           mp_limb_t *scratch);
/* sum += x, or -= x; x_limbs <= limbs. */
void qs_signed_add(mp_limb_t *sum, size_t limbs, const mp_limb_t *x, size_t x_limbs, int subtract);

/* Sign byte and magnitude, `len` bytes together; x becomes its magnitude, which fits. Constant time. */
void qs_signed_write(uint8_t *out, size_t len, mp_limb_t *x, size_t limbs);
/* Public. 0, or -1 when the sign byte is neither 0 nor 1, or 0 is negative. */
int qs_signed_read(mpz_t out, const uint8_t *in, size_t len);

#endif
