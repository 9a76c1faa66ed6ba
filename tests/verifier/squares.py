# SPDX-License-Identifier: Apache-2.0
"""A number that is 1 modulo 4 as a sum of three squares, for normprover.py."""
import math

import arith


def two_squares(p):
    """(a, b) with a^2 + b^2 = p, a prime that is 1 modulo 4: Euclid's algorithm from a root of -1, stopped half-way."""
    base = 2
    while pow(base, p - 1 >> 1, p) != p - 1:
        base += 1
    a, b = p, pow(base, p - 1 >> 2, p)
    while b * b > p:
        a, b = b, a % b
    return b, math.isqrt(p - b * b)


def three_squares(n, random):
    """85 and squares are the only ones from which no even square leaves 1 or a prime."""
    root = math.isqrt(n)
    if root * root == n:
        return root, 0, 0
    if n == 85:
        return 9, 2, 0
    while True:
        first = 2 * random.randrange(root // 2 + 1)
        rest = n - first * first
        if rest == 1:
            return first, 1, 0
        if arith.is_probable_prime(rest):
            return (first, *two_squares(rest))
