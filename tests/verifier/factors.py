# SPDX-License-Identifier: Apache-2.0
"""The dealer's proof that N is a product of two large numbers, by commitments modulo RSA-2048 (`factors`)."""
import math

import arith
from refusal import require
from rsa2048 import NUMBER, WIDTH
from transcript import hash_to_z, proof_seed

CHALLENGE_BITS, SLACK_BITS = 128, 128
NO_TASK = bytes(32)


def word(x):
    return x.to_bytes(WIDTH, "big")


def bases():
    """s and t"""
    return tuple(hash_to_z(NUMBER, label, 0) ** 2 % NUMBER for label in ("fac-s", "fac-t"))


class Sizes:
    """Limits and lengths for one modulus."""

    def __init__(self, public):
        half = public.bits // 2
        self.z_bits = half + CHALLENGE_BITS + SLACK_BITS + 1
        self.w_limit = NUMBER << CHALLENGE_BITS + 2 * SLACK_BITS + 1
        self.u_limit = NUMBER << half + CHALLENGE_BITS + 2 * SLACK_BITS + 1
        self.z_bytes, self.w_bytes = (self.z_bits + 7) // 8, WIDTH + 49
        self.u_bytes = WIDTH + (half + CHALLENGE_BITS + 2 * SLACK_BITS + 1 + 7) // 8

    def layout(self):
        return (("P", WIDTH), ("Q", WIDTH), ("e", CHALLENGE_BITS // 8), ("z1", self.z_bytes), ("z2", self.z_bytes),
                ("w1", self.w_bytes), ("w2", self.w_bytes), ("sign", 1), ("u", self.u_bytes))

    def proof_bytes(self):
        return sum(size for _, size in self.layout())


def challenge(public, dealer, numbers):
    """numbers = P, Q, A, B, T"""
    items = [public.word(public.n), *map(word, (NUMBER, *bases(), *numbers))]
    return proof_seed("factors", NO_TASK, "key", dealer, public.digest, *items)[:CHALLENGE_BITS // 8]


def _read(sizes, raw):
    require(len(raw) == sizes.proof_bytes(), "factor proof: wrong length")
    out, at = {}, 0
    for name, size in sizes.layout():
        out[name] = int.from_bytes(raw[at:at + size], "big")
        at += size
    require(0 < out["P"] < NUMBER and 0 < out["Q"] < NUMBER, "factor proof: a commitment is out of range")
    require(math.gcd(out["P"] * out["Q"], NUMBER) == 1, "factor proof: a commitment is not a unit")
    require(max(out["z1"], out["z2"]) < 1 << sizes.z_bits, "factor proof: z is out of range")
    require(max(out["w1"], out["w2"]) < sizes.w_limit, "factor proof: w is out of range")
    require(out["u"] < sizes.u_limit, "factor proof: u is out of range")
    require(out["sign"] == 0 or out["sign"] == 1 and out["u"] > 0, "factor proof: no such sign")
    return out


def product(*pairs):
    out = 1
    for base, exponent in pairs:
        out = out * arith.powmod(base, exponent, NUMBER) % NUMBER
    return out


def check_factors(public, dealer, raw):
    proof = _read(Sizes(public), raw)
    s, t = bases()
    p, q, e = (proof[name] for name in "PQe")
    u = -proof["u"] if proof["sign"] else proof["u"]
    a = product((s, proof["z1"]), (t, proof["w1"]), (p, -e))
    b = product((s, proof["z2"]), (t, proof["w2"]), (q, -e))
    third = product((q, proof["z1"]), (t, u), (s, -public.n * e))
    want = challenge(public, dealer, (p, q, a, b, third))
    require(want == e.to_bytes(CHALLENGE_BITS // 8, "big"), "factor proof: wrong")


def prove(public, dealer, p, q, random):
    sizes, (s, t), half = Sizes(public), bases(), public.bits // 2
    mask_bits, long = sizes.z_bits - 1, NUMBER << CHALLENGE_BITS + 2 * SLACK_BITS
    alpha, beta = random.getrandbits(mask_bits), random.getrandbits(mask_bits)
    mu, nu = random.randrange(NUMBER << SLACK_BITS), random.randrange(NUMBER << SLACK_BITS)
    x, y, rho = random.randrange(long), random.randrange(long), random.randrange(long << half)
    first, second = product((s, p), (t, mu)), product((s, q), (t, nu))
    rest = product((s, alpha), (t, x)), product((s, beta), (t, y)), product((second, alpha), (t, rho))
    e = int.from_bytes(challenge(public, dealer, (first, second, *rest)), "big")
    u = rho - e * nu * p
    numbers = {"P": first, "Q": second, "e": e, "z1": alpha + e * p, "z2": beta + e * q, "w1": x + e * mu,
               "w2": y + e * nu, "sign": int(u < 0), "u": abs(u)}
    return b"".join(numbers[name].to_bytes(size, "big") for name, size in sizes.layout())
