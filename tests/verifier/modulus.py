# SPDX-License-Identifier: Apache-2.0
"""The dealer's two proofs: N has exactly two prime factors, both 3 modulo 4, and both are large (docs/protocol.md)."""
import functools
import math

import arith
from refusal import require
from transcript import expand, h512, hash_to_z, join, proof_seed, u64

ROOTS = 128
# RSA-2048, as RSA Laboratories published it.
HAT = int(
    "2519590847565789349402718324004839857142928212620403202777713783604366202070"
    "7595556264018525880784406918290641249515082189298559149176184502808489120072"
    "8449926873928072877767359714183472702618963750149718246911650776133798590957"
    "0009733045974880842840179742910064245869181719511874612151517265463228221686"
    "9987549182422433637259085141865462043576798423387184774447920739934236584823"
    "8242811981638150106748104516603773060562016196762561338441436038339044149526"
    "3443219011465754445417842402092461651572335077870774981712577246796292638635"
    "6373289912154831438167899885040445364023527381951378636564391212010397122822"
    "120720357")
HAT_WIDTH = 256


def jacobi(a, n):
    """The Jacobi symbol (a/n), n odd."""
    a, out = a % n, 1
    while a:
        twos = (a & -a).bit_length() - 1
        a >>= twos
        if twos % 2 and n % 8 in (3, 5):
            out = -out
        if a % 4 == 3 and n % 4 == 3:
            out = -out
        a, n = n % a, a
    return out if n == 1 else 0


def seed(proof, public, dealer, *items):
    return proof_seed(proof, bytes(32), "key", dealer, public.digest, *items)


def bits(raw):
    """128 bits, the first one the top of the first byte."""
    return [byte >> shift & 1 for byte in raw for shift in range(7, -1, -1)]


def challenges(public, dealer, w):
    start = seed("modulus", public, dealer, public.word(w))
    return [int.from_bytes(expand(h512(join(b"quorsum/v1/modulus-y", start, u64(i))), public.width + 16), "big") % public.n
            for i in range(1, ROOTS + 1)]


def check_modulus(public, dealer, negate, twist, words):
    """words: w, x_1..x_128, units below N."""
    n, w, roots = public.n, words[0], words[1:]
    require(jacobi(w, n) == -1, "proof of the modulus: w has the wrong Jacobi symbol")
    for i, (x, y) in enumerate(zip(roots, challenges(public, dealer, w))):
        right = y * (w if bits(twist)[i] else 1) * (-1 if bits(negate)[i] else 1) % n
        require(pow(x, 4, n) == right, "proof of the modulus: root %d is wrong" % (i + 1))


@functools.lru_cache(maxsize=1)
def bases():
    return tuple(hash_to_z(HAT, label, 0) ** 2 % HAT for label in ("fac-s", "fac-t"))


def widths(public):
    """Where P, Q, e, z1, z2, w1, w2, the sign and |u| end."""
    half = (public.bits + 1) // 2
    z, w, u = (half + 257 + 7) // 8, (2048 + 385 + 7) // 8, HAT_WIDTH + (half + 385 + 7) // 8
    return [HAT_WIDTH, HAT_WIDTH, 16, z, z, w, w, 1, u]


def factors_challenge(public, dealer, elements):
    items = [public.word(public.n), HAT.to_bytes(HAT_WIDTH, "big")]
    items += [x.to_bytes(HAT_WIDTH, "big") for x in bases() + tuple(elements)]
    return seed("factors", public, dealer, *items)[:16]


def product(*powers):
    out = 1
    for base, exponent in powers:
        out = out * arith.powmod(base, exponent, HAT) % HAT
    return out


def check_factors(public, dealer, proof):
    sizes, cut, at = widths(public), [], 0
    require(len(proof) == sum(sizes), "proof of the factors: wrong length")
    for size in sizes:
        cut.append(int.from_bytes(proof[at:at + size], "big"))
        at += size
    p, q, e, z1, z2, w1, w2, sign, u = cut
    half = (public.bits + 1) // 2
    require(0 < p < HAT and 0 < q < HAT and math.gcd(p * q, HAT) == 1, "proof of the factors: P or Q is no unit")
    require(max(z1, z2) < 1 << half + 257 and max(w1, w2) < HAT << 385 and u < HAT << half + 385,
            "proof of the factors: a response is out of range")
    require(sign in (0, 1) and (u or not sign), "proof of the factors: a sign that is none")
    u = -u if sign else u
    s, t = bases()
    first = (product((s, z1), (t, w1), (p, -e)), product((s, z2), (t, w2), (q, -e)),
             product((q, z1), (t, u), (s, -public.n * e)))
    require(factors_challenge(public, dealer, (p, q) + first) == proof[512:528], "proof of the factors: wrong challenge")
