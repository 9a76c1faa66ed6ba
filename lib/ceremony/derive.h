/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The secret of the key from the winner: two values are opened, each masked so that nothing else is learnt.
 *
 *     r (p + q - 1) mod N                  has to be prime to N: no factor of N divides another less one
 *     F = phi beta + R N^s over Z          theta = F mod N^s, delta = -floor(F / N^s),  D = delta + R
 *
 * beta is so long that theta is uniform but for 2^-128, R so long that it hides the quotient; D N^s = theta - phi beta,
 * so D N^s = theta modulo phi. F is opened modulo 2^w - c, which it is below:
 *
 *     phi beta < 2^bits C 2^(s bits + 128),   R N^s < C 2^mask_bits 2^(s bits),
 *     mask_bits = bits + 256 + ceil(log2 C) + s
 */
#ifndef QS_DERIVE_H
#define QS_DERIVE_H

#include "lib/arith/ring.h"
#include "lib/ceremony/generation.h"
#include "lib/ceremony/shares.h"

/* Widths of the shares of a new key. */
qs_widths qs_generation_widths(const qs_generation *generation);

/* The ring in which F is opened. ERR_MEMORY. */
quorsum_status qs_derive_ring(qs_ring **out, const qs_generation *generation);
size_t qs_derive_ring_bits(const qs_generation *generation); /* w */

#endif
