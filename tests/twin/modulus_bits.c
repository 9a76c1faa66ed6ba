/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for lib/arith/modulus_bits.c in test builds: toy moduli, so that tests can be exhaustive. */
#include "lib/arith/prime.h"

size_t qs_modulus_bits_min(void)
{
    return 12;
}
