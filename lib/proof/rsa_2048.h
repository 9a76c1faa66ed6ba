/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A modulus that nobody can have chosen to his advantage: RSA-2048, the number of the RSA Factoring Challenge (RSA
 * Laboratories, 1991) with 617 decimal digits. Its factors were destroyed with the machine that made it, and nobody has
 * published any since. Proofs that a dealer makes, who knows the factors of its own N, live modulo this one.
 */
#ifndef QS_RSA_2048_H
#define QS_RSA_2048_H

#include "lib/arith/ring.h"

#define QS_RSA_2048_BITS 2048
#define QS_RSA_2048_BYTES 256

extern const uint8_t qs_rsa_2048[QS_RSA_2048_BYTES]; /* big-endian */

/* Z modulo RSA-2048. ERR_MEMORY. */
quorsum_status qs_rsa_2048_ring(qs_ring **out);

#endif
