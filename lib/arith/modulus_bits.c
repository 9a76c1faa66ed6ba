/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest modulus of this build, alone in its file so that tests can link another answer: there is no
 * option or variable that would let a shipped library accept less.
 */
#include "lib/arith/prime.h"

size_t qs_modulus_bits_min(void)
{
    return 2048;
}
