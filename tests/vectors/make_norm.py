#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Norm proofs from the formulas of docs/wire-format.md with Python's own integers: maker, checker, and norm.json.

  python3 make_norm.py > norm.json       the golden proofs: no input, always the same
  python3 make_norm.py --check FILE      checks one proof, given in JSON as below; exit code 1 if it is refused

Every number is hex, big-endian; ciphertexts and proofs are bytes as they go over the wire. The primes are fixed and
public, for tests only. Nothing here is shared with lib/, and nothing is constant time.
"""
import hashlib
import json
import sys
from math import gcd, isqrt

import make_paillier as paillier
from make_paillier import H, HALF, PRIMES, SHORT, expand, filler, u64

KAPPA = SIGMA = 128


# ---- residues ----


def word(key, x):
    return x.to_bytes(key.width, "big")


def element(key, x):
    """A residue modulo N^(s+1) as its digits."""
    out = b""
    for _ in range(key.s + 1):
        x, digit = divmod(x, key.N)
        out += word(key, digit)
    return out


def parse_element(key, raw):
    digits = [int.from_bytes(raw[at:at + key.width], "big") for at in range(0, len(raw), key.width)]
    if any(digit >= key.N for digit in digits):
        raise ValueError("a digit is not below N")
    return sum(digit * key.N ** i for i, digit in enumerate(digits))


def jacobi(a, n):
    a, sign = a % n, 1
    while a:
        while a % 2 == 0:
            a //= 2
            if n % 8 in (3, 5):
                sign = -sign
        a, n = n, a
        if a % 4 == n % 4 == 3:
            sign = -sign
        a %= n
    return sign if n == 1 else 0


def product(bases, exponents, modulus):
    """prod bases^exponents; exponents may be negative."""
    out = 1
    for base, exponent in zip(bases, exponents):
        out = out * pow(base, exponent, modulus) % modulus
    return out


def encrypt(key, m, alpha):
    return pow(1 + key.N, m % key.N ** key.s, key.modulus) * pow(key.h_s, alpha, key.modulus) % key.modulus


# ---- the statement ----


class Statement:
    def __init__(self, key, context, slots, beta, cohort, bound):
        """context: label, task, prover"""
        self.key, self.context, self.slots = key, context, slots
        self.beta, self.cohort, self.bound = beta, cohort, bound
        self.n = sum(slots)
        self.root = isqrt(bound)
        self.b = self.root.bit_length() + 1
        self.b_y = isqrt(4 * bound + 1).bit_length()
        self.mu = KAPPA + SIGMA + max(1, (self.n - 1).bit_length())

    def holds(self):
        room = (self.key.N ** self.key.s).bit_length() - 1
        return (1 <= self.bound < 1 << 124 and self.cohort >= 1 and 1 <= self.n <= 1 << 20
                and all(1 <= count and count * self.beta <= room for count in self.slots)
                and 2 * self.cohort * self.root + 1 <= 1 << self.beta and self.root < 1 << self.beta - 1)

    def bases(self):
        """gamma_0.., the three gamma_y, gamma_F, eta"""
        hashed = self.key.hash_to_z
        slots = [hashed("fo", i) for i in range(self.n)] + [hashed("fo-y", k) for k in (1, 2, 3)]
        i = 0
        while jacobi(hashed("fo-r", i), self.key.N) != -1:
            i += 1
        return slots, hashed("fo-f", 0), hashed("fo-r", i)

    def pack(self, values):
        out, at = [], 0
        for count in self.slots:
            out.append(sum(x << self.beta * j for j, x in enumerate(values[at:at + count])))
            at += count
        return out

    def challenge(self, ciphertexts, V, A, a, C1, C0):
        key, (label, task, prover) = self.key, self.context
        bound = self.bound.to_bytes((self.bound.bit_length() + 7) // 8, "big")
        items = [u64(key.s), u64(key.alpha_bits), u64(len(self.slots)), *map(u64, self.slots),
                 b"".join(element(key, c) for c in ciphertexts), bound, u64(self.cohort), u64(self.beta), u64(self.b),
                 word(key, V), word(key, A), b"".join(element(key, x) for x in a), word(key, C1), word(key, C0)]
        return H(64, b"quorsum/v1/l2", task, label, prover, key.digest, *items)[:16]

    def sizes(self):
        """Bytes of a z, a z_y, z_r or z_t, and a w."""
        return ((self.b + self.mu + 2 + 7) // 8, (self.b_y + self.mu + 1 + 7) // 8, self.key.width + 49,
                (self.key.alpha_bits + self.mu + 1 + 7) // 8)


# ---- three squares ----


def is_prime(n):
    if n < 4:
        return n in (2, 3)
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for a in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        x = pow(a, odd, n)
        if a % n == 0 or x in (1, n - 1):
            continue
        if not any((x := x * x % n) == n - 1 for _ in range(twos - 1)):
            return False
    return n % 2 == 1


def three_squares(n, name):
    """n = 1 mod 4; the even y1 are tried in an order that `name` gives."""
    if isqrt(n) ** 2 == n:
        return isqrt(n), 0, 0
    if n == 85:
        return 9, 2, 0
    for i in range(1 << 20):
        y = filler("%s y %d" % (name, i), 80) % (isqrt(n) // 2 + 1) * 2
        p = n - y * y
        if p == 1:
            return y, 1, 0
        if not is_prime(p):
            continue
        t = next(t for a in range(2, p) for t in [pow(a, (p - 1) // 4, p)] if t * t % p == p - 1)
        a, b = p, t
        while b * b > p:
            a, b = b, a % b
        return y, b, isqrt(p - b * b)
    raise AssertionError


# ---- making and checking ----


def prove(name, statement, ciphertexts, values, squares, alphas, bases=None, commit=None):
    """The caller answers for values and squares. bases, commit: an attack's; commit(bases, values) in place of
    prod bases^values, where values are no integers. Their masks are `name`'s."""
    key, mu = statement.key, statement.mu
    N, n = key.N, statement.n
    gammas, gamma_f, eta = bases or statement.bases()
    witness = list(values) + list(squares)

    def draw(what, bits):
        return filler("%s %s" % (name, what), bits)

    def below(what, slack):
        return draw(what, key.bits + slack + 128) % (N << slack)

    def signed(what, x):
        return (N - x) % N if draw(what, 1) else x

    masks = [draw("m %d" % i, statement.b + mu) for i in range(n)]
    masks += [draw("my %d" % k, statement.b_y + mu) for k in range(3)]
    r, big_r = below("r", SIGMA), below("R", KAPPA + 2 * SIGMA)
    r1, r0 = below("r1", SIGMA), below("r0", KAPPA + 2 * SIGMA)
    y = [draw("y' %d" % k, key.alpha_bits + mu) for k in range(len(statement.slots))]
    committed = (commit or (lambda g, x: product(g, x, N)))(gammas, witness)
    V = signed("sign V", committed * pow(eta, r, N) % N)
    A = pow(product(gammas, masks, N) * pow(eta, big_r, N), 2, N)
    a = [encrypt(key, m, x) for m, x in zip(statement.pack(masks[:n]), y)]
    F1 = int(-8 * sum(m * x for m, x in zip(masks[:n], values)) - 2 * sum(m * x for m, x in zip(masks[n:], squares)))
    F0 = -4 * sum(m * m for m in masks[:n]) - sum(m * m for m in masks[n:])
    C1 = signed("sign C1", product((gamma_f, eta), (F1, r1), N))
    C0 = pow(product((gamma_f, eta), (F0, r0), N), 2, N)
    raw = statement.challenge(ciphertexts, V, A, a, C1, C0)
    e = int.from_bytes(raw, "big")
    z = [m + e * x for m, x in zip(masks, witness)]
    if any(int(x) != x for x in z):
        return None  # an attack's fraction: another name may have an even challenge
    z = [int(x) for x in z]
    z_bytes, y_bytes, r_bytes, w_bytes = statement.sizes()
    offset = 1 << statement.b - 1 + KAPPA
    return (word(key, V) + word(key, C1) + raw + b"".join((x + offset).to_bytes(z_bytes, "big") for x in z[:n])
            + b"".join(x.to_bytes(y_bytes, "big") for x in z[n:]) + (big_r + e * r).to_bytes(r_bytes, "big")
            + b"".join((x + e * alpha).to_bytes(w_bytes, "big") for x, alpha in zip(y, alphas))
            + (r0 + e * r1).to_bytes(r_bytes, "big"))


def refusal(statement, ciphertexts, proof, bases=None):
    """None for a good proof, else why it is none."""
    key = statement.key
    N, n, b, mu, K = key.N, statement.n, statement.b, statement.mu, len(statement.slots)
    z_bytes, y_bytes, r_bytes, w_bytes = statement.sizes()
    if not statement.holds():
        return "plan"
    if len(ciphertexts) != K or any(not 0 < c < key.modulus or gcd(c, N) != 1 for c in ciphertexts):
        return "ciphertexts"
    fields = [key.width] * 2 + [16] + [z_bytes] * n + [y_bytes] * 3 + [r_bytes] + [w_bytes] * K + [r_bytes]
    if len(proof) != sum(fields):
        return "length"
    numbers, at = [], 0
    for size in fields:
        numbers.append(int.from_bytes(proof[at:at + size], "big"))
        at += size
    V, C1, e = numbers[:3]
    z = [x - (1 << b - 1 + KAPPA) for x in numbers[3:3 + n]]
    z_y, z_r, w, z_t = numbers[3 + n:6 + n], numbers[6 + n], numbers[7 + n:-1], numbers[-1]
    if not (0 < V < N and 0 < C1 < N and gcd(V * C1, N) == 1):
        return "commitments"
    if any(x >= 1 << b + mu + 1 for x in z) or any(x >= 1 << statement.b_y + mu + 1 for x in z_y):
        return "range of z"
    if any(x >= 1 << key.alpha_bits + mu + 1 for x in w):
        return "range of w"
    if max(z_r, z_t) >= N << KAPPA + 2 * SIGMA + 1:
        return "range of z_r"
    gammas, gamma_f, eta = bases or statement.bases()
    A = pow(product(gammas, z + z_y, N) * product((eta, V), (z_r, -e), N), 2, N)
    a = [encrypt(key, m, x) * pow(c, -e, key.modulus) % key.modulus
         for m, x, c in zip(statement.pack(z), w, ciphertexts)]
    F = 4 * (e * e * statement.bound - sum(x * x for x in z)) + e * e - sum(x * x for x in z_y)
    C0 = pow(product((gamma_f, eta, C1), (F, z_t, -e), N), 2, N)
    return None if statement.challenge(ciphertexts, V, A, a, C1, C0) == proof[2 * key.width:][:16] else "challenge"


# ---- in and out ----


def case(name, key, slots, beta, cohort, values, left):
    task, prover = (hashlib.sha256((name + part).encode()).digest() for part in ("task", "prover"))
    bound = sum(x * x for x in values) + left
    statement = Statement(key, (b"contribution", task, prover), slots, beta, cohort, bound)
    assert statement.holds()
    alphas = [filler("%s alpha %d" % (name, k), key.alpha_bits) for k in range(len(slots))]
    ciphertexts = [encrypt(key, m, alpha) for m, alpha in zip(statement.pack(values), alphas)]
    squares = three_squares(4 * left + 1, name)
    proof = prove(name, statement, ciphertexts, values, squares, alphas)
    assert refusal(statement, ciphertexts, proof) is None, name
    return {"name": name, "p": "%x" % key.p, "q": "%x" % key.q, "degree": key.s, "randomiser": key.randomiser,
            "slots": slots, "beta": beta, "cohort": cohort, "bound": "%x" % bound, "values": values,
            "task": task.hex(), "prover": prover.hex(),
            "ciphertexts": b"".join(element(key, c) for c in ciphertexts).hex(), "proof": proof.hex()}


def check(text):
    key = paillier.Key(int(text["p"], 16), int(text["q"], 16), text["degree"], text["randomiser"])
    context = (text.get("label", "contribution").encode(), bytes.fromhex(text["task"]), bytes.fromhex(text["prover"]))
    statement = Statement(key, context, text["slots"], text["beta"], text["cohort"], int(text["bound"], 16))
    raw, size = bytes.fromhex(text["ciphertexts"]), (key.s + 1) * key.width
    ciphertexts = [parse_element(key, raw[at:at + size]) for at in range(0, len(raw), size)]
    return refusal(statement, ciphertexts, bytes.fromhex(text["proof"]))


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="ascii") as file:
            reason = check(json.load(file))
        sys.exit("refused: " + reason if reason else 0)
    one = paillier.Key(PRIMES[0], PRIMES[1], 1, HALF)
    two = paillier.Key(PRIMES[0], PRIMES[1], 2, SHORT)
    mixed = [filler("value %d" % i, 16) - (1 << 15) for i in range(100)]
    json.dump({"about": "made by make_norm.py", "cases": [
        case("mixed, the last plaintext short", one, [68, 32], 30, 100, mixed, 123456789),
        case("nothing, three squares of a square", one, [5], 30, 100, [0] * 5, 6),
        case("all of it in one slot", one, [60, 60, 1], 34, 1000, [0] * 120 + [-(1 << 20)], 0),
        case("eighty-five", one, [3], 20, 2, [-5, 0, 7], 21),
        case("the longest there can be", one, [1], 64, 1, [-((1 << 62) - 1)], (1 << 63) - 2),
        case("two digits", two, [100, 28], 40, 1000, [(-1) ** i * x for i, x in enumerate(mixed)] + [7] * 28, 5),
    ]}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
