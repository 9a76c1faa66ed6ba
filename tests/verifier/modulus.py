# SPDX-License-Identifier: Apache-2.0
"""The dealer's proof that N has two prime factors, both 3 modulo 4: fourth roots of hashed numbers (`modulus`)."""
import math

import arith
from refusal import require
from transcript import expand, h512, join, proof_seed, u64

ROOTS = 128
NO_TASK = bytes(32)


def challenges(public, dealer, w):
    """y_1 .. y_128"""
    seed = proof_seed("modulus", NO_TASK, "key", dealer, public.digest, public.word(w))
    return [int.from_bytes(expand(h512(join(b"quorsum/v1/modulus-y", seed, u64(i))), public.width + 16), "big")
            % public.n for i in range(1, ROOTS + 1)]


def twisted(n, w, y, a, b):
    """(-1)^a w^b y"""
    return (-1) ** a * w ** b * y % n


def bits(raw):
    """The highest bit of the first byte is the first."""
    return [byte >> 7 - k & 1 for byte in raw for k in range(8)]


def check_modulus(public, dealer, signs, twists, w, roots):
    """signs and twists are the a_i and b_i as the header has them; w and roots are words that are units."""
    n = public.n
    require(arith.jacobi(w, n) == -1, "modulus proof: w has not the Jacobi symbol -1")
    numbers = zip(challenges(public, dealer, w), bits(signs), bits(twists), roots)
    for i, (y, a, b, x) in enumerate(numbers, 1):
        require(pow(x, 4, n) == twisted(n, w, y, a, b), "modulus proof: root %d is wrong" % i)


def prove(public, dealer, p, q, random):
    """signs, twists, w, roots"""
    w = next(w for w in iter(lambda: random.randrange(1, public.n), None) if arith.jacobi(w, public.n) == -1)
    signs = twists = 0
    roots = []
    for y in challenges(public, dealer, w):
        a, b = _twist(w, y, p, q)
        signs, twists = signs << 1 | a, twists << 1 | b
        roots.append(_fourth_root(twisted(public.n, w, y, a, b), p, q))
    return signs.to_bytes(ROOTS // 8, "big"), twists.to_bytes(ROOTS // 8, "big"), w, roots


def _twist(w, y, p, q):
    """(a, b) that make a square of y: -1 is one modulo neither prime, w modulo one of them only."""
    at_p, at_q = arith.jacobi(y, p), arith.jacobi(y, q)
    b = int(at_p != at_q)
    return int(at_p * (arith.jacobi(w, p) if b else 1) == -1), b


def _fourth_root(x, p, q):
    """The root that is a square: both primes are 3 modulo 4."""
    at_p, at_q = (pow(x, ((r + 1) // 4) ** 2 % (r - 1), r) for r in (p, q))
    root = (at_p + p * ((at_q - at_p) * pow(p, -1, q) % q)) % (p * q)
    assert math.gcd(root, p * q) == 1
    return root
