/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three squares whose sum is a given secret number, 1 modulo 4: what makes 4 D + 1 for D >= 0 a statement that a proof
 * about squares can make (Groth, ACNS 2005; Rabin and Shallit 1986 for the search).
 *
 * A random even y1 with p = n - y1^2, until p is 1 or a root t of -1 modulo p turns up as a power a^((p-1)/4); then
 * Euclid's algorithm on p and t passes the two numbers whose squares are p (Hermite, Serret 1848). A perfect square n,
 * and 85, are answered outright: for some of these the search would not end.
 *
 * Time. A round tries 16 bits candidates, all of them whatever they give, and is constant time in n: `bits` is public,
 * of the largest n there could be. Whether a further round is needed shows. Of a random n that is so once in 2^20
 * times; the odds depend on n, whose residues modulo small primes say how many of the p can be prime. For an n that is
 * a square modulo all of them, the worst, it is once in 2^11 times: with C = prod_q (1 - (1 + (n/q))/q) / (1 - 1/q)
 * over odd primes q, 0.19 then and about 1 else, a round finds nothing with probability e^(-40 C).
 */
#ifndef QS_THREE_SQUARES_H
#define QS_THREE_SQUARES_H

#include <stdint.h>

#include "quorsum/status.h"

__extension__ typedef unsigned __int128 qs_wide;

#define QS_THREE_SQUARES_BITS 126 /* of n at most, so that a y has 63 */

/* y[0]^2 + y[1]^2 + y[2]^2 = n, n = 1 modulo 4, below 2^bits. y lies in secret memory. ERR_MEMORY. */
quorsum_status qs_three_squares(uint64_t y[3], qs_wide n, unsigned bits);

#endif
